"""A client with a key shows who it is with an assertion for each request, and its key never leaves it (RFC 7523)."""

from typing import Any

import pytest
from joserfc import jwk as jose
from joserfc import jws

from flowsim.actors import authorization_server
from flowsim.analysis.counterexamples.assertions import WEB, made
from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    client_of,
    played,
    server_of,
    with_form,
    with_headers,
    world_in,
)
from flowsim.analysis.counterexamples.requests import ask
from flowsim.checks.assertion import LONGEST
from flowsim.model.scenario import ISSUER
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, CLIENT, SERVER
from flowsim.model.world import SECOND_SERVER, World
from flowsim.protocol import client_assertions, dpop, signed_tokens
from flowsim.protocol.messages import Request, single
from flowsim.protocol.pkce import base64url
from flowsim.simulation.simulation import Trace
from flowsim.views.text.memory import remembered

EVERYTHING = {**WEB, "par": "required", "scope": OFFLINE, "later": "refresh logout"}


def requests_of(trace: Trace) -> list[Request]:
    """What the app has sent to the server in this trace, in order."""
    sent = (one for event in trace.events for one in event.messages if one.sender == CLIENT)
    return [one.message for one in sent if isinstance(one.message, Request) and one.receiver in (SERVER, ATTACKER)]


def assertions_of(trace: Trace) -> list[str]:
    return [text for one in requests_of(trace) if (text := single(one.form, "client_assertion"))]


def sent(**settings: Any) -> tuple[World, Request]:
    """The world before step 8, and the token request in it."""
    world = world_in(State.CODE_SENT, **WEB, **settings)
    flying = world.runs["victim"].in_flight
    assert flying is not None
    assert isinstance(flying.message, Request)
    return world, flying.message


def test_each_request_to_the_server_carries_a_fresh_assertion_and_no_other_credentials() -> None:
    trace = played(**EVERYTHING)
    paths = [one.path for one in requests_of(trace)]
    assert paths == ["/oauth/par", "/oauth/token", "/oauth/token", "/oauth/revoke"]
    assert len(set(assertions_of(trace))) == len(paths)
    for one in requests_of(trace):
        assert single(one.form, "client_assertion_type") == client_assertions.TYPE
        assert single(one.form, "client_id") is None
        assert one.header("authorization") is None
    assert all(event.outcome.value == "ok" for event in trace.events if event.act in (Act.STEP_R2, Act.STEP_V2))


def test_an_assertion_says_who_to_whom_and_for_a_minute() -> None:
    trace = played(**WEB)
    (text,) = assertions_of(trace)
    token = signed_tokens.read(text)
    assert token is not None
    assert {name: token.claims[name] for name in ("iss", "sub", "aud")} == {
        "iss": "photo-web",
        "sub": "photo-web",
        "aud": ISSUER,
    }
    assert token.claims["exp"] - token.claims["iat"] == 60


def test_another_library_verifies_an_assertion_with_the_key_that_is_registered() -> None:
    trace = played(**WEB)
    registered = server_of(trace.worlds[0]).clients["photo-web"].key
    assert registered is not None
    assert set(registered) == {"kty", "crv", "x"}, "only the public half"
    key = jose.OKPKey.import_key(dict(registered))
    for text in assertions_of(trace):
        jws.deserialize_compact(text, key, algorithms=["EdDSA"])


@pytest.mark.parametrize("par", ["off", "required"])
def test_the_key_is_in_no_message_and_only_the_app_knows_it(par: str) -> None:
    trace = played(**EVERYTHING | {"par": par})
    key = client_of(trace.worlds[0]).key
    assert key is not None
    written = base64url(key)
    texts = [one.message.text() for event in trace.events for one in event.messages]
    assert not [text for text in texts if written in text]
    assert trace.ledger.table()["client_key"] == ("client",)
    assert set(trace.ledger.table()["client_assertion"]) == {"client", "authorization_server"}
    assert remembered(trace.worlds[-1])["client"]["client_key"] == written


def test_a_secret_is_known_to_the_server_as_well() -> None:
    assert set(played(client="web").ledger.table()["client_secret"]) == {"client", "authorization_server"}


def test_a_public_client_has_no_key_whatever_the_setting_says() -> None:
    for client in ("spa", "native-scheme"):
        trace = played(client=client, client_auth="private_key_jwt")
        assert not assertions_of(trace)
        assert client_of(trace.worlds[0]).key is None
        assert single(requests_of(trace)[-1].form, "client_id")


def test_the_metadata_say_so_and_only_where_a_client_has_registered_a_key() -> None:
    told = authorization_server.metadata(server_of(played(**WEB).worlds[0]))
    assert "private_key_jwt" in told["token_endpoint_auth_methods_supported"]
    for endpoint in ("token", "revocation"):
        assert told[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] == ["EdDSA"]
    others = authorization_server.metadata(server_of(played(client="web").worlds[0]))
    assert "private_key_jwt" not in others["token_endpoint_auth_methods_supported"]
    assert "token_endpoint_auth_signing_alg_values_supported" not in others


def test_an_intercepted_assertion_is_worth_nothing_after_its_use() -> None:
    trace = played(**WEB)
    (request,) = [one for one in requests_of(trace) if one.path == "/oauth/token"]
    assert ask(trace.worlds[-1], request).decided == "code_assertion.not_seen"


def test_an_assertion_of_a_request_that_was_refused_is_used_up_as_well() -> None:
    world, request = sent()
    first = ask(world, with_form(request, code_verifier="a" * 43))
    assert first.response.json()["error"] == "invalid_grant"
    assert ask(first.world, request).decided == "code_assertion.not_seen"


@pytest.mark.parametrize(
    ("change", "decider"),
    [
        ({"aud": f"{ISSUER}/oauth/token"}, None),
        ({"aud": [ISSUER]}, None),
        ({"aud": [ISSUER, f"{ISSUER}/oauth/token"]}, None),
        ({"aud": [ISSUER, SECOND_SERVER]}, "code_assertion.audience"),
        ({"aud": []}, "code_assertion.audience"),
        ({"aud": None}, "code_assertion.audience"),
        ({"aud": f"{ISSUER}/"}, "code_assertion.audience"),
        ({"aud": f"{ISSUER}/oauth/par"}, "code_assertion.audience"),
        ({"aud": {"is": ISSUER}}, "code_assertion.audience"),
        ({"iss": None}, "code_assertion.issuer"),
        ({"sub": None}, "code_assertion.signature"),  # then it names no client at all
        ({"jti": None}, "code_assertion.not_seen"),
        ({"jti": 7}, "code_assertion.not_seen"),
        ({"exp": None}, "code_assertion.not_expired"),
        ({"exp": "soon"}, "code_assertion.not_expired"),
        ({"exp": 10**12}, "code_assertion.not_expired"),
        ({"iat": None}, None),
        ({"nbf": 10**12}, "code_assertion.not_before"),
        ({"nbf": "now"}, "code_assertion.not_before"),
        ({"head": {"alg": "none"}}, "code_assertion.algorithm"),
        ({"head": {"typ": "client-authentication+jwt"}}, None),
        ({"head": {"kid": "whatever"}}, None),
        ({"head": {"jwk": dpop.public_jwk(bytes(32))}, "key": bytes(32)}, "code_assertion.signature"),
    ],
    ids=str,
)
def test_what_an_assertion_may_say(change: dict[str, Any], decider: str | None) -> None:
    world, request = sent()
    heard = ask(world, with_form(request, client_assertion=made(world, **change)))
    assert heard.decided == decider
    assert (heard.response.status == 200) is (decider is None)
    if decider:
        assert heard.response.json()["error"] == "invalid_client"


def test_an_assertion_lives_for_ten_minutes_at_most() -> None:
    world, request = sent()
    at_most = with_form(request, client_assertion=made(world, exp=world.now + LONGEST))
    longer = with_form(request, client_assertion=made(world, exp=world.now + LONGEST + 1))
    assert ask(world, at_most).response.status == 200
    assert ask(world, longer).decided == "code_assertion.not_expired"


def test_a_pushed_request_may_name_its_own_endpoint_as_the_audience() -> None:
    world = world_in(State.PREPARED, par="optional", **WEB)
    messages = (one.message for event in world.log for one in event.messages)
    first = next(one for one in messages if isinstance(one, Request) and one.path == "/oauth/par")
    for audience in (ISSUER, f"{ISSUER}/oauth/token", f"{ISSUER}/oauth/par"):
        heard = ask(world, with_form(first, client_assertion=made(world, aud=audience)))
        assert heard.response.status == 201


def test_what_is_pushed_is_kept_without_the_assertion() -> None:
    world = world_in(State.PREPARED, par="required", **WEB)
    (kept,) = server_of(world).pushed.values()
    assert "client_assertion" not in dict(kept.params)
    assert dict(kept.params)["client_id"] == "photo-web"


@pytest.mark.parametrize(
    ("change", "decider"),
    [
        ({"client_assertion": None, "client_assertion_type": None, "client_id": "photo-web"}, "code_assertion.present"),
        ({"client_assertion": None, "client_id": "photo-web"}, "code_assertion.present"),
        ({"client_assertion_type": None}, "code_assertion.type"),
        ({"client_id": "photo-web"}, None),
        ({"client_id": "photo-page"}, "code_assertion.signature"),
        ({"client_secret": "x"}, "token.one_authentication"),
    ],
    ids=str,
)
def test_what_stands_beside_an_assertion(change: dict[str, str | None], decider: str | None) -> None:
    world, request = sent()
    assert ask(world, with_form(request, **change)).decided == decider


def test_a_client_with_a_key_has_no_secret() -> None:
    world, request = sent()
    bare = with_form(request, client_assertion=None, client_assertion_type=None)
    basic = with_headers(bare, authorization="Basic cGhvdG8td2ViOng=")
    heard = ask(world, basic)
    assert heard.decided == "code_assertion.present"
    assert heard.response.status == 401


def test_who_has_registered_no_key_cannot_sign() -> None:
    for client in ("spa", "web"):
        world = world_in(State.CODE_SENT, client=client)
        flying = world.runs["victim"].in_flight
        assert flying is not None
        assert isinstance(flying.message, Request)
        client_id = client_of(world).profile.client_id
        text = made(world, key=bytes(32), iss=client_id, sub=client_id)
        request = with_form(flying.message, **client_assertions.parameters(text))
        assert ask(world, request).decided == "code_assertion.signature"


def test_the_server_forgets_assertions_that_could_not_come_again() -> None:
    world, request = sent()
    heard = ask(world, with_form(request, code="made-up"))
    assert len(server_of(heard.world).assertions) == 1
    later = with_form(request, client_assertion=made(world, jti="later", exp=world.now + 60))
    assert len(server_of(ask(heard.world, later).world).assertions) == 2


@pytest.mark.parametrize("nonce", [False, True])
def test_a_request_that_is_sent_again_for_a_nonce_has_another_assertion(nonce: bool) -> None:
    trace = played(dpop="tokens", dpop_nonce=nonce, **WEB)
    assert trace.verdict.tone == "good"
    assert len(set(assertions_of(trace))) == 1 + nonce


def test_at_another_server_an_assertion_is_useless_because_of_its_audience() -> None:
    settings = {"attacker": "mix-up-with-assertion", "iss": False}
    held = played(**settings)
    (text,) = dict.fromkeys(
        value for event in held.events for one in event.made if one.kind == "client_assertion" for value in [one.value]
    )
    token = signed_tokens.read(text)
    assert token is not None
    assert token.claims["aud"] == SECOND_SERVER
    assert held.ledger.knows(ATTACKER, "client_assertion")
    assert not held.ledger.knows(ATTACKER, "client_key")
    assert (held.verdict.stopped_by, held.verdict.attack_succeeded) == ("code_assertion.audience", False)
    without = played(without=frozenset({"code_assertion.audience"}), **settings)
    assert without.verdict.attack_succeeded
