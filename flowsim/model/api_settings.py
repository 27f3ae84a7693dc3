"""The settings of the API: which pages may read what it answers.

Source: RFC 10017 section 6.3.3.4.
"""

from dataclasses import dataclass

from flowsim.model.server_settings import Cors
from flowsim.model.settings import setting


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """What the API allows."""

    api_cors: Cors = setting(
        "apps",
        title="CORS of the API",
        help="Which pages the API lets call it from a browser (RFC 10017 §6.3.3.4)",
        choices={
            "apps": "pages of the apps that are registered with the authorization server",
            "any": "every page",
            "another": "pages of another origin only",
            "none": "no page",
        },
    )
