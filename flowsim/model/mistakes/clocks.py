"""By how much a clock is wrong, and the names that belong to another environment: what the mistakes have in figures."""

from collections.abc import Mapping

from frozendict import frozendict

MINUTE, HOUR = 60, 3600  # seconds
# How many seconds a clock is ahead; less than 0 where it is behind.
SKEWS: Mapping[str, int] = frozendict(
    {
        "clock-of-the-app-ahead": 15 * MINUTE,
        "clock-of-the-app-behind": -15 * MINUTE,
        "clock-of-the-server-ahead": 15 * MINUTE,
        "clock-of-the-server-behind": -15 * MINUTE,
        "clock-of-the-api-ahead": 2 * HOUR,
        "clock-of-the-api-behind": -15 * MINUTE,
    }
)
ANOTHER_ISSUER = "https://as.staging.example"
ANOTHER_CLIENT_ID = "photo-staging"
