"""Proofs of possession wherever they can be shown: at userinfo, with a pushed request, with a nonce, spelt in any way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.actors import app_proofs, client, possession
from flowsim.analysis.counterexamples.after_login import OTHER_KEY, in_flight, made, own_key, to_par, with_proof
from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    client_of,
    played,
    server_of,
    with_form,
    with_headers,
    world_in,
)
from flowsim.analysis.counterexamples.requests import Answer, ask, get, post
from flowsim.engine.apply import apply
from flowsim.lessons import borrowed_token
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import API, SERVER
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World, evolve
from flowsim.protocol import dpop, pkce, signed_tokens
from flowsim.protocol.messages import Request, Response, response
from flowsim.simulation.simulation import Trace
from tests.kit import grammars
from tests.kit.worlds import error_of, with_api

USERINFO, DATA = f"{ISSUER}/userinfo", f"{API_ORIGIN}/messages"
both = pytest.mark.parametrize(("url", "place"), [(USERINFO, "userinfo_proof"), (DATA, "api_proof")])


def bound() -> tuple[World, str]:
    """A world after a login whose tokens are bound to a key, and the access token."""
    world = world_in(State.DONE, client="spa", dpop="tokens")
    return world, client_of(world).tokens[world.runs[VICTIM].who].access_token


def proved(world: World, url: str, token: str, **changes: Any) -> Request:
    sent = get(url, authorization=f"DPoP {token}")
    return with_proof(sent, made(world, sent, **changes))


# ---- At userinfo as at the API


@both
def test_a_bound_token_is_good_with_a_proof_and_not_without(url: str, place: str) -> None:
    world, token = bound()
    assert ask(world, proved(world, url, token)).response.status == 200
    heard = ask(world, get(url, authorization=f"Bearer {token}"))
    assert (heard.response.status, heard.decided) == (401, f"{place}.scheme")
    assert 'error="invalid_token"' in (heard.response.header("www-authenticate") or "")
    with_mere_bearer = with_headers(proved(world, url, token), authorization=f"Bearer {token}")
    assert ask(world, with_mere_bearer).decided == f"{place}.scheme"
    bare = ask(world, get(url, authorization=f"DPoP {token}"))
    assert (bare.response.status, bare.decided) == (401, f"{place}.present")


@pytest.mark.parametrize("url", [USERINFO, DATA])
def test_a_bound_token_in_a_form_is_refused(url: str) -> None:
    world = world_in(State.DONE, client="spa", dpop="tokens", scope="openid write:messages read:messages")
    token = client_of(world).tokens[world.runs[VICTIM].who].access_token
    assert ask(world, post(url, {"access_token": token})).response.status == 401


@both
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("key", {"key": OTHER_KEY}),
        ("method", {"htm": "POST"}),
        ("method", {"htm": "get"}),
        ("address", {"htu": ISSUER}),
        ("address", {"htu": f"{ISSUER}/messages/"}),
        ("address", {"htu": None}),
        ("address", {"htu": ["x"]}),
        ("recent", {"iat": 1}),
        ("recent", {"iat": 10**400}),
        ("token_hash", {"ath": None}),
        ("token_hash", {"ath": "other"}),
        ("not_seen", {"jti": ""}),
    ],
)
def test_a_proof_is_looked_at_alike(url: str, place: str, name: str, change: dict[str, Any]) -> None:
    world, token = bound()
    heard = ask(world, proved(world, url, token, **change))
    assert (heard.response.status, heard.decided) == (401, f"{place}.{name}")
    assert (heard.response.header("www-authenticate") or "").startswith('DPoP realm="')


def test_a_proof_that_has_come_to_userinfo_does_not_come_again() -> None:
    world, token = bound()
    sent = proved(world, USERINFO, token)
    first = ask(world, sent)
    assert first.response.status == 200
    assert ask(first.world, sent).decided == "userinfo_proof.not_seen"


def test_a_token_that_is_bound_to_nothing_is_not_taken_as_a_bound_one_at_userinfo() -> None:
    world = world_in(State.DONE, client="spa")
    token = client_of(world).tokens[world.runs[VICTIM].who].access_token
    sent = get(USERINFO, authorization=f"DPoP {token}")
    own = dpop.proof(OTHER_KEY, "GET", USERINFO, now=world.now, jti="mine", access_token=token)
    assert ask(world, with_proof(sent, own)).response.status == 401


def test_nobody_is_logged_in_elsewhere_by_a_borrowed_token_that_is_bound() -> None:
    assert borrowed_token.attack(bound()[0]).by_access_token is None
    assert borrowed_token.attack(world_in(State.DONE, client="spa")).by_access_token == "user-alice"


@both
@pytest.mark.parametrize("typ", ["dpop+jwt", "DPoP+JWT", "application/dpop+jwt", "Application/DPOP+jwt"])
def test_the_type_of_a_proof_is_a_media_type(url: str, place: str, typ: str) -> None:
    world, token = bound()
    assert ask(world, proved(world, url, token, header={"typ": typ})).response.status == 200
    for wrong in ("jwt", "dpop", "text/dpop+jwt", ["dpop+jwt"], ""):
        assert ask(world, proved(world, url, token, header={"typ": wrong})).decided == f"{place}.type"


# ---- How an address is spelt


@given(data=st.data(), url=st.sampled_from([USERINFO, DATA]))
def test_an_htu_may_be_spelt_in_any_way_that_means_the_same(data: st.DataObject, url: str) -> None:
    world, token = bound()
    spelt = data.draw(grammars.spellings(url))
    assert ask(world, proved(world, url, token, htu=spelt)).response.status == 200, spelt


@pytest.mark.parametrize(
    "htu",
    [
        "https://api.example/messages/",
        "https://api.example/Messages",
        "https://api.example//messages",
        "https://api.example/messages%2F",
        "http://api.example/messages",
        "https://api.example:444/messages",
        "https://api.example:80/messages",
        "https://api.example./messages",
        "https://api.example.evil.example/messages",
        "https://user@api.example/messages",
        "https://api.example@evil.example/messages",
        "//api.example/messages",
        "/messages",
        "https:/api.example/messages",
        "https://api.example",
        "https://api.example/messages;x",
        " https://api.example/messages",
        "http://[",
        "",
    ],
)
def test_an_htu_that_means_something_else_is_refused(htu: str) -> None:
    world, token = bound()
    assert ask(world, proved(world, DATA, token, htu=htu)).decided == "api_proof.address"


# ---- With a pushed request


def pushing(**settings: Any) -> tuple[World, Request]:
    world = world_in(State.PREPARED, client="spa", par="optional", **settings)
    return world, to_par(world)


def code_for(world: World, heard: Answer) -> World:
    """The world in which the user has agreed to this pushed request, and the app's token request is in flight."""
    url = client.pushed_address(f"{ISSUER}/authorize", "photo-page", heard.response.json()["request_uri"])
    sent = world.runs[VICTIM].in_flight
    assert sent is not None
    run = evolve(world.runs[VICTIM], in_flight=type(sent)(sent.sender, sent.receiver, type(sent.message)(url=url)))  # type: ignore[call-arg]
    world = evolve(heard.world, runs=world.runs.set(VICTIM, run))
    for act in (Act.STEP_3, Act.STEP_4, Act.STEP_5, Act.STEP_6, Act.STEP_7):
        world = apply(world, Move(VICTIM, act))
    return world


def test_a_proof_with_a_pushed_request_binds_the_code() -> None:
    world, sent = pushing(dpop="tokens")
    heard = ask(world, with_proof(sent, made(world, sent)))
    assert heard.response.status == 201
    (record,) = (one for uri, one in server_of(heard.world).pushed.items() if uri in heard.response.body)
    assert dict(record.params)["dpop_jkt"] == dpop.thumbprint(own_key(world))
    world = code_for(world, heard)
    redeeming = in_flight(world, VICTIM)
    assert (
        ask(world, with_proof(redeeming, made(world, redeeming, key=OTHER_KEY, jti="another"))).decided
        == "code_proof.key"
    )
    assert ask(world, with_proof(redeeming)).decided == "code_proof.present"
    assert ask(world, redeeming).response.status == 200


def test_without_a_proof_a_pushed_request_binds_nothing() -> None:
    world, sent = pushing(dpop="tokens")
    world = code_for(world, ask(world, sent))
    redeeming = in_flight(world, VICTIM)
    assert (
        ask(world, with_proof(redeeming, made(world, redeeming, key=OTHER_KEY, jti="another"))).response.status == 200
    )


def test_proof_and_dpop_jkt_name_the_same_key() -> None:
    world, sent = pushing(dpop="code")
    assert dict(sent.form)["dpop_jkt"] == dpop.thumbprint(own_key(world))
    assert ask(world, with_proof(sent, made(world, sent))).response.status == 201
    other = ask(world, with_proof(sent, made(world, sent, key=OTHER_KEY)))
    assert (error_of(other), other.decided) == ("invalid_dpop_proof", "push_proof.key")
    changed = with_form(sent, dpop_jkt=dpop.thumbprint(OTHER_KEY))
    assert ask(world, with_proof(changed, made(world, sent))).decided == "push_proof.key"
    assert ask(world, changed).response.status == 201, "without a proof the name of the key is enough"


@pytest.mark.parametrize(
    ("proofs", "check"), [(("garbage",), "readable"), (("",), "readable"), (("a.b.c", "a.b.c"), "present")]
)
def test_a_bad_proof_with_a_pushed_request_is_an_error(proofs: tuple[str, ...], check: str) -> None:
    world, sent = pushing(dpop="tokens")
    heard = ask(world, with_proof(sent, *proofs))
    assert (heard.response.status, error_of(heard)) == (400, "invalid_dpop_proof")
    assert heard.decided == f"push_proof.{check}"
    assert server_of(heard.world).pushed == server_of(world).pushed


def test_a_server_that_knows_nothing_of_dpop_leaves_the_header_alone() -> None:
    world, sent = pushing()
    assert ask(world, with_proof(sent, "garbage")).response.status == 201


# ---- Nonces


NONCED: dict[str, Any] = {"client": "spa", "dpop": "tokens", "dpop_nonce": True, "scope": OFFLINE}


def retries(trace: Trace) -> list[str]:
    return [event.act.value for event in trace.events if event.outcome is Outcome.AGAIN]


def requests_to(trace: Trace, party: str) -> list[Request]:
    sent = (one for event in trace.events for one in event.messages if one.receiver == party)
    return [one.message for one in sent if isinstance(one.message, Request) and one.message.header("dpop")]


@pytest.mark.parametrize("app", ["native-scheme", "spa", "web"])
@pytest.mark.parametrize("use", ["tokens", "code"])
def test_an_app_sends_its_first_request_to_each_party_twice_and_all_later_ones_once(app: str, use: str) -> None:
    trace = played(**{**NONCED, "client": app, "dpop": use}, later="call refresh call")
    assert retries(trace) == ["step_8", "step_11"]
    assert trace.verdict.stopped_by is None
    assert len(requests_to(trace, SERVER)) == 3
    assert len(requests_to(trace, API)) == 4


def test_a_retry_is_the_same_request_with_another_proof() -> None:
    trace = played(**NONCED)
    for party in (SERVER, API):
        first, second = requests_to(trace, party)[:2]
        assert (first.url, first.body) == (second.url, second.body)
        assert with_proof(first) == with_proof(second)
        without, within = (signed_tokens.read(one.header("dpop") or "") for one in (first, second))
        assert without is not None and within is not None
        assert "nonce" not in without.claims
        assert without.claims["jti"] != within.claims["jti"]
        assert within.claims["nonce"]


def test_the_error_is_that_of_the_specification_and_brings_the_nonce() -> None:
    trace = played(**NONCED)
    again = [event for event in trace.events if event.outcome is Outcome.AGAIN]
    (of_server, of_api) = (event.messages[0].message for event in again)
    assert isinstance(of_server, Response) and isinstance(of_api, Response)
    assert (of_server.status, of_server.json()["error"]) == (400, "use_dpop_nonce")
    assert of_server.header("cache-control") == "no-store"
    assert of_api.status == 401
    assert 'DPoP realm="https://api.example", error="use_dpop_nonce"' in (of_api.header("www-authenticate") or "")
    for answer in (of_server, of_api):
        assert len(answer.all_of("DPoP-Nonce")) == 1


def test_a_nonce_grows_old_and_an_answer_brings_a_newer_one_before_that() -> None:
    assert retries(played(**NONCED, later="30s call")) == ["step_8", "step_11"]
    assert retries(played(**NONCED, later=f"{possession.NONCE_RENEWAL}s call 250s call")) == ["step_8", "step_11"]
    assert retries(played(**NONCED, later=f"{possession.NONCE_LIFETIME}s call")) == ["step_8", "step_11", "step_11"]
    late = played(**NONCED, later=f"{possession.NONCE_LIFETIME}s refresh call")
    assert retries(late) == ["step_8", "step_11", "step_13", "step_11"]
    assert late.verdict.stopped_by is None


def test_where_nobody_wants_a_nonce_none_is_given() -> None:
    trace = played(**{**NONCED, "dpop_nonce": False}, later="refresh call")
    answers = (one.message for event in trace.events for one in event.messages if isinstance(one.message, Response))
    assert not any(one.header("dpop-nonce") for one in answers)
    assert retries(trace) == []
    assert retries(played(dpop_nonce=True)) == [], "without DPoP there is no proof to put one in"


def test_an_app_that_is_refused_again_gives_up() -> None:
    """A server that is never content with the nonce that it has given out itself."""
    world = next(world for world in played(**NONCED).worlds if world.log and world.log[-1].outcome is Outcome.AGAIN)
    forgetful = evolve(server_of(world), proofs=evolve(server_of(world).proofs, nonces=()))
    world = evolve(world, servers=world.servers.set(ISSUER, forgetful))
    refused = apply(world, Move(VICTIM, Act.STEP_8))
    assert refused.log[-1].outcome is Outcome.ERROR
    assert refused.runs[VICTIM].state is State.CODE_REFUSED
    ended = apply(refused, Move(VICTIM, Act.STEP_9))
    assert ended.runs[VICTIM].state is State.TOKEN_REQUEST_FAILED


@pytest.mark.parametrize(
    ("status", "headers", "body", "tries"),
    [
        (400, {"DPoP-Nonce": "n"}, {"error": "use_dpop_nonce"}, True),
        (401, {"DPoP-Nonce": "n", "WWW-Authenticate": 'DPoP error="use_dpop_nonce"'}, {}, True),
        (401, {"DPoP-Nonce": "n", "WWW-Authenticate": "dpop realm=x, error=use_dpop_nonce"}, {}, True),
        (401, {"DPoP-Nonce": "n", "WWW-Authenticate": 'DPoP error="invalid_token"'}, {}, False),
        (400, {}, {"error": "use_dpop_nonce"}, False),
        (400, {"DPoP-Nonce": ""}, {"error": "use_dpop_nonce"}, False),
        (400, {"DPoP-Nonce": 'a"b'}, {"error": "use_dpop_nonce"}, False),
        (400, {"DPoP-Nonce": "a b"}, {"error": "use_dpop_nonce"}, False),
        (400, {"DPoP-Nonce": "n"}, {"error": "invalid_grant"}, False),
        (400, {"DPoP-Nonce": "n"}, {"error": ["use_dpop_nonce"]}, False),
    ],
)
def test_only_that_error_with_a_nonce_is_a_reason_to_try_again(
    status: int, headers: dict[str, str], body: dict[str, object], tries: bool
) -> None:
    world = world_in(State.CODE_SENT, client="spa", dpop="tokens")
    answer = response(status, headers=headers, json=body)
    assert app_proofs.asks_for_nonce(in_flight(world, VICTIM), answer) is tries
    assert not app_proofs.asks_for_nonce(with_proof(in_flight(world, VICTIM)), answer)


@given(nonce=grammars.dpop_nonces)
def test_every_nonce_that_the_grammar_has_is_taken_up(nonce: str) -> None:
    world = world_in(State.CODE_SENT, client="spa", dpop="tokens")
    answer = response(400, headers={"dpop-NONCE": nonce}, json={"error": "use_dpop_nonce"})
    sent = in_flight(world, VICTIM)
    app, again = app_proofs.send_again(client_of(world), VICTIM, sent, answer, _context(world))
    read = signed_tokens.read(again.header("dpop") or "")
    assert read is not None
    assert read.claims["nonce"] == nonce
    assert app.dpop_nonces == {ISSUER: nonce}


def _context(world: World) -> Any:
    from flowsim.model.context import Context

    return Context(7, world.now, world.scenario.policy, "asked", world.draws)


def test_a_nonce_does_not_stop_a_copied_proof_at_once_and_stops_one_that_was_made_for_later() -> None:
    """A nonce is good for some minutes. What it ends is a store of proofs for next week (RFC 9449 section 11.2)."""
    off = frozenset({"api_proof.not_seen"})
    soon = played(**NONCED, attacker="proof-replay", without=off)
    assert soon.verdict.attacker_reads_data
    remembered = played(**NONCED, attacker="proof-replay")
    assert (remembered.verdict.attacker_reads_data, remembered.verdict.stopped_by) == (False, "api_proof.not_seen")
    world = world_in(State.DONE, **NONCED)
    token = client_of(world).tokens[world.runs[VICTIM].who].access_token
    week = 7 * 86_400
    ahead = proved(world, DATA, token, nonce=client_of(world).dpop_nonces[API_ORIGIN], iat=world.now + week)
    then = ask(world, ahead, now=world.now + week, off={"api.not_expired"})
    assert then.decided == "api_proof.nonce"
    careless = with_api(world, proofs=evolve(world.apis[API_ORIGIN].proofs, wants_nonce=False))
    assert ask(careless, ahead, now=world.now + week, off={"api.not_expired"}).response.status == 200


def test_proofs_are_remembered_for_as_long_as_they_could_come_again() -> None:
    world, token = bound()
    for number in range(5):
        heard = ask(world, proved(world, USERINFO, token, jti=f"n{number}"))
        world = heard.world
    assert len(server_of(world).proofs.seen) == 6  # the login's own is among them
    later = evolve(world, now=world.now + 121)
    heard = ask(later, proved(later, USERINFO, token, jti="late"), now=later.now)
    assert set(server_of(heard.world).proofs.seen) == {"late"}


# ---- What a verifier and a challenge may be


@given(verifier=grammars.code_verifiers)
def test_every_verifier_of_the_grammar_fits_its_challenge(verifier: str) -> None:
    for method in pkce.METHODS:
        assert pkce.well_formed(verifier)
        assert pkce.verify(verifier, pkce.challenge_for(verifier, method), method)


@given(text=grammars.not_verifiers)
def test_what_is_outside_the_grammar_is_no_verifier(text: str) -> None:
    assert not pkce.well_formed(text)
