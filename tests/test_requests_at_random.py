"""The fuzzer of requests finds nothing in a bounded time, and finds each fault that is put in."""

import pytest

from tests.fuzz import requests

SEEDS = 400
# Each of these is all that stands between a wrong request and tokens or data in some flow.
NEEDED = [
    "token.code_known",
    "token.code_fresh",
    "token.code_of_client",
    "token.redirect_uri_same",
    "token.verifier_present",
    "token.verifier_fits",
    "token.code_unused",
    "refresh.token_of_client",
    "refresh.not_revoked",
    "refresh.not_used",
    "refresh.scope_not_wider",
    "revoke.token_of_client",
    "userinfo.token_alive",
    "userinfo_proof.scheme userinfo_proof.present",
    "userinfo_proof.method",
    "userinfo_proof.not_seen",
    "api.signature",
    "api.not_expired",
    "api_proof.scheme api_proof.present",
    "code_proof.method",
    "code_proof.key",
    "api_proof.key",
    "userinfo_proof.key",
    "push_proof.key",
    "code_proof.recent",
    "refresh_proof.not_seen",
]


def test_whole_flows_and_broken_requests_get_what_the_book_says() -> None:
    assert requests.main(runs=2500) == 0


@pytest.mark.parametrize("check", NEEDED)
def test_a_check_that_is_off_is_found(check: str) -> None:
    for seed in range(SEEDS):
        try:
            requests.play(seed, frozenset(check.split()))
        except requests.Fault:
            return
    pytest.fail(f"{SEEDS} flows without {check} went as the book says")
