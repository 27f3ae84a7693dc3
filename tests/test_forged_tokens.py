"""Card 11: every forgery with a token, at the app and at the API, and the check that refuses it."""

import pytest

from flowsim.analysis.forged_tokens import FORGERIES, Attempt, every_forgery, hand_to_api, hand_to_app
from flowsim.model.scenario import ScenarioError
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.protocol.messages import Response

# Forgery -> what refuses it at the app, what refuses it at the API, how often each asked the server for its keys.
CARD_11: dict[str, tuple[str | None, str | None, int]] = {
    "alg-none": ("id_token.algorithm", "api.algorithm", 0),
    "changed-claims": ("id_token.signature", "api.signature", 0),
    "public-key-as-secret": ("id_token.algorithm", "api.algorithm", 0),
    "own-key": ("id_token.signature", "api.signature", 1),
    "servers-kid": ("id_token.signature", "api.signature", 0),
    "kid-path": ("id_token.signature", "api.signature", 1),
    "kid-sql": ("id_token.signature", "api.signature", 1),
    "jku": ("id_token.signature", "api.signature", 1),
    "x5u": ("id_token.signature", "api.signature", 1),
    "jwk": ("id_token.signature", "api.signature", 1),
    "other-issuer": ("id_token.issuer", "api.issuer", 1),
    "expired": ("id_token.not_expired", "api.not_expired", 0),
    "other-client": ("id_token.audience", None, 0),
    "other-nonce": ("id_token.nonce", None, 0),
    "no-nonce": ("id_token.nonce", None, 0),
    "other-access-token": ("id_token.access_token_hash", None, 0),
    "access-token-as-id-token": ("id_token.audience", None, 0),
    "id-token-as-access-token": (None, "api.token_type", 0),
    "other-api": (None, "api.audience", 0),
}


def refused_by(tried: Attempt) -> str | None:
    return tried.refused_by.id if tried.refused_by else None


def test_the_table_names_every_forgery_there_is() -> None:
    assert list(CARD_11) == list(FORGERIES)


@pytest.mark.parametrize("client", ["spa", "native-scheme", "web"])
@pytest.mark.parametrize("name", FORGERIES)
def test_each_forgery_is_refused_by_the_check_on_its_card(name: str, client: str) -> None:
    at_app, at_api, asked = CARD_11[name]
    if at_app:
        tried = hand_to_app(name, client=client)
        assert (refused_by(tried), tried.asked_for_keys) == (at_app, asked)
    if at_api:
        tried = hand_to_api(name, client=client)
        assert (refused_by(tried), tried.asked_for_keys) == (at_api, asked)
        answer = tried.event.messages[-1].message
        assert isinstance(answer, Response)
        assert (answer.status, 'error="invalid_token"' in (answer.header("www-authenticate") or "")) == (401, True)


def test_whoever_asks_for_keys_asks_the_server_it_trusts_and_nobody_else() -> None:
    for tried in every_forgery():
        for sent in tried.event.messages:
            assert {sent.sender, sent.receiver} <= {CLIENT, API, SERVER}


# The check that carries a forgery alone: without it the forgery works.
ALONE = [
    ("app", "other-client", "id_token.audience"),
    ("app", "other-nonce", "id_token.nonce"),
    ("app", "no-nonce", "id_token.nonce"),
    ("app", "other-access-token", "id_token.access_token_hash"),
    ("app", "changed-claims", "id_token.signature"),
    ("app", "own-key", "id_token.signature"),
    ("app", "jwk", "id_token.signature"),
    ("app", "alg-none", "id_token.algorithm"),
    ("API", "alg-none", "api.algorithm"),
    ("API", "public-key-as-secret", "api.algorithm"),
    ("API", "changed-claims", "api.signature"),
    ("API", "own-key", "api.signature"),
    ("API", "expired", "api.not_expired"),
    ("API", "other-api", "api.audience"),
]


@pytest.mark.parametrize(("party", "name", "check"), ALONE)
def test_without_that_check_the_forgery_works(party: str, name: str, check: str) -> None:
    hand = hand_to_app if party == "app" else hand_to_api
    assert hand(name, without=frozenset({check})).accepted


def test_a_forgery_needs_all_checks_off_that_refuse_it() -> None:
    off = {"id_token.algorithm"}
    assert refused_by(hand_to_app("public-key-as-secret", without=frozenset(off))) == "id_token.key_not_shared"
    assert hand_to_app("public-key-as-secret", without=frozenset({*off, "id_token.key_not_shared"})).accepted
    assert refused_by(hand_to_app("expired", without=frozenset({"id_token.not_expired"}))) == "id_token.issued_recently"
    off = {"api.token_type"}
    assert refused_by(hand_to_api("id-token-as-access-token", without=frozenset(off))) == "api.audience"


def test_a_forgery_tells_its_outcome_in_a_line() -> None:
    assert repr(hand_to_api("other-api")) == (
        "a genuine access token for another API: the API refuses it: “it was made for this API” (RFC 9068 §4)"
    )
    accepted = hand_to_api("other-api", without=frozenset({"api.audience"}))
    assert repr(accepted) == "a genuine access token for another API: the API accepts it"


def test_a_forgery_that_does_not_exist_or_not_there_is_explained() -> None:
    with pytest.raises(ScenarioError, match="unknown forgery for the app 'alg-nun'; did you mean alg-none"):
        hand_to_app("alg-nun")
    with pytest.raises(ScenarioError, match="unknown forgery for the API 'other-nonce'"):
        hand_to_api("other-nonce")
