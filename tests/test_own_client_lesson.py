"""The lesson in which one writes a client: the careless one, that of a library and the solved one are judged."""

import pytest

from tests.kit.claims_of_own_clients import careless, library, solved


def test_the_client_of_the_solutions_holds_all_that_it_owes() -> None:
    assert (solved().failed, solved().let_pass) == ((), ("authorized-party", "access-token-hash"))
    assert solved().not_tried == ("userinfo", "userinfo-subject")


def test_the_careless_client_logs_in_and_is_taken_over() -> None:
    assert {"validate-id-token", "call-api", "refresh"} <= {*careless().held}
    through = {"login-csrf", "code-injection", "mix-up", "double-callback", "replayed-redirect", "lost-answer"}
    assert through <= {*careless().failed}


def test_a_client_with_authlib_does_the_cryptography_and_leaves_to_the_app_what_belongs_to_it() -> None:
    held = {"verifier-unguessable", "challenge-right", "state", "nonce", "signature", "algorithm", "expiry", "issuer"}
    assert held <= {*library().held}
    assert {*library().failed} == {
        "metadata-issuer",
        "audience",
        "userinfo-subject",
        "mix-up",
        "mix-up-without-iss",
        "error-redirect",
        "replayed-redirect",
        "double-callback",
        "lost-answer",
    }


@pytest.mark.parametrize("judgement", [careless, library, solved])
def test_every_row_of_them_says_what_happened(judgement: object) -> None:
    assert callable(judgement)
    assert all(row.said and "\n" not in row.said for row in judgement().rows)
