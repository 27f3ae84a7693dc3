"""The table of the five kinds of redirect says what RFC 8252 says of them."""

import pytest

from flowsim.lessons.redirect_table import redirects
from flowsim.model.clients import CLIENTS, PROFILES

VERIFIER = "stopped at step 8: “the verifier fits the challenge”"
SECRET = "stopped at step 8: “a client that has a secret shows it”"
NOT_STARTED = "stopped at step 6: “the app started a login in this browser”"
READS = "✗ reads the data"

# Cards 01 and 12b: redirect -> who gets it, the code without PKCE, the code with S256, impersonation with S256.
EXPECTED = {
    "private-use scheme": ("✗ the hostile app", READS, VERIFIER, READS),
    "claimed https": ("the app", READS, VERIFIER, NOT_STARTED),
    "loopback": ("✗ the hostile app", READS, VERIFIER, READS),
    "single-page app": ("the app", READS, VERIFIER, NOT_STARTED),
    "website": ("the app", SECRET, SECRET, NOT_STARTED),
}


@pytest.mark.parametrize("seed", [7, "another"])
def test_who_gets_a_redirect_depends_on_its_kind_and_pkce_helps_where_the_app_wrote_the_request(
    seed: int | str,
) -> None:
    table = redirects(seed)
    assert {row[0].partition(":")[0]: row[1:] for row in table.rows} == EXPECTED
    assert [row[0].partition(": ")[2] for row in table.rows] == [PROFILES[one].redirect_uri for one in CLIENTS]
    assert {len(row) for row in table.rows} == {len(table.head)}
