"""What an app believes of a server that somebody else names: a tool's server, and the endpoints that assertions are for."""

from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import OFFLINE, played, server_of, world_in
from flowsim.analysis.counterexamples.requests import ask, get
from flowsim.analysis.matrix import cell
from flowsim.model.clients import CLIENTS
from flowsim.model.scenario import ISSUER
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER
from flowsim.model.world import OWN_LOGIN, SECOND_SERVER, VICTIM
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, leads_to, query_of, single, with_params
from flowsim.simulation.simulation import Trace

KEY: dict[str, Any] = {"client": "web", "client_auth": "private_key_jwt"}
ENDPOINTS = {"/oauth/par", "/oauth/token", "/oauth/revoke"}


def assertions(trace: Trace) -> list[tuple[str, str, object]]:
    """Who got each assertion, at which address, and whom it names."""
    found = []
    for event in trace.events:
        for one in event.messages:
            if isinstance(one.message, Request) and (text := single(one.message.form, "client_assertion")):
                token = signed_tokens.read(text)
                assert token is not None
                found.append((one.receiver, one.message.url, token.claims["aud"]))
    return found


# ---- Whom an assertion is for


@pytest.mark.parametrize("audience", ["issuer", "endpoint", "token-endpoint"])
def test_the_server_takes_an_assertion_for_each_of_its_names_at_each_endpoint(audience: str) -> None:
    trace = played(**KEY, assertion_audience=audience, par="required", scope=OFFLINE, later="refresh logout")
    sent = assertions(trace)
    assert {url.removeprefix(ISSUER) for _, url, _ in sent} == ENDPOINTS
    named = {"issuer": ISSUER, "token-endpoint": f"{ISSUER}/oauth/token"}
    assert all(aud == named.get(audience, url) for _, url, aud in sent)
    assert {run.state for run in trace.worlds[-1].runs.values()} == {State.DONE, State.TOKENS_HELD, State.REVOKED}


def test_with_a_nonce_in_its_proof_an_app_signs_again_for_the_same_audience() -> None:
    for audience, named in (("issuer", ISSUER), ("endpoint", f"{ISSUER}/oauth/token")):
        sent = assertions(played(**KEY, assertion_audience=audience, dpop="tokens", dpop_nonce=True))
        assert [aud for _, _, aud in sent] == [named, named]


# ---- The attacker's server names an endpoint


def test_what_reaches_the_attacker_names_the_honest_token_endpoint_only_where_the_app_goes_by_that_name() -> None:
    for audience, named in (
        ("issuer", SECOND_SERVER),
        ("endpoint", f"{SECOND_SERVER}/oauth/par"),
        ("token-endpoint", f"{ISSUER}/oauth/token"),
    ):
        trace = played(attacker="audience-injection", assertion_audience=audience)
        (got,) = [one for one in assertions(trace) if one[0] == ATTACKER]
        assert got[1:] == (f"{SECOND_SERVER}/oauth/par", named)
        assert trace.verdict.attack_succeeded is (audience == "token-endpoint")


def test_the_honest_server_does_nothing_wrong_and_its_check_stops_only_an_app_that_names_something_else() -> None:
    assert cell("audience-injection", "assertion-audience").works
    for defence in ("issuer-as-audience", "endpoint-as-audience"):
        stopped = cell("audience-injection", defence).verdict
        assert (stopped.stopped_by, stopped.error) == ("code_assertion.audience", "invalid_client")
    for defence in ("S256", "dpop", "dpop-bound-code", "iss", "par"):
        assert cell("audience-injection", defence).works


def test_where_requests_have_to_be_pushed_the_attacker_needs_two_assertions_and_gets_the_second_from_the_user() -> None:
    trace = played(attacker="audience-injection", assertion_audience="token-endpoint", par="required")
    got = [event.run for event in trace.events for one in event.messages if one.receiver == ATTACKER and _pushes(one)]
    assert got == [OWN_LOGIN, VICTIM]
    assert trace.verdict.attack_succeeded


def _pushes(sent: Any) -> bool:
    return isinstance(sent.message, Request) and sent.message.path == "/oauth/par"


def test_a_user_whose_app_has_asked_only_the_other_server_for_metadata_comes_to_an_end_without_a_fault() -> None:
    for later in ("refresh", "logout", "call", "server-logout"):
        trace = played(
            attacker="audience-injection",
            assertion_audience="token-endpoint",
            par="required",
            scope=OFFLINE,
            later=later,
            state=False,
            iss=False,
            nonce=False,
            pkce="none",
            without=frozenset({"id_token.issuer", "id_token.signature", "token.verifier_unexpected"}),
        )
        assert trace.over


# ---- Anybody's tools


@pytest.mark.parametrize("client", CLIENTS)
def test_two_tools_that_write_one_name_have_one_address_where_it_is_for_each_server(client: str) -> None:
    for setting, own in (("redirect_uri_per_server", False), ("redirect_uri_per_tool", True)):
        world = world_in(State.PREPARED, **{"client": client, "second_server": True, "open_tools": True, setting: True})
        (pending,) = next(iter(world.clients.values())).transactions.values()
        assert pending.issuer == ISSUER
        assert pending.token_endpoint == f"{SECOND_SERVER}/oauth/token"
        assert pending.redirect_uri.endswith("/second") is own
    world = world_in(State.PREPARED, client=client, second_server=True, redirect_uri_per_server=True)
    (pending,) = next(iter(world.clients.values())).transactions.values()
    assert (pending.issuer, pending.redirect_uri.endswith("/second")) == (SECOND_SERVER, True)


def test_what_stops_mix_up_does_not_stop_a_tool_under_the_honest_name() -> None:
    for defence in ("iss", "redirect-uri-per-server"):
        assert cell("mix-up", defence).stopped
        assert cell("cross-tool", defence).works
    assert cell("cross-tool", "redirect-uri-per-tool").verdict.stopped_by == "callback.redirect_uri_same"
    assert cell("cross-tool", "resolved-issuer").verdict.stopped_by == "callback.issuer_same"


def test_an_app_that_takes_a_tools_own_words_does_not_ask_its_server_for_metadata() -> None:
    trace = played(attacker="cross-tool", open_tools=True, discovery="openid")
    assert not any(event.act is Act.STEP_D1 and SECOND_SERVER in event.run for event in trace.events)
    assert trace.verdict.attack_succeeded


# ---- PKCE by its name


@pytest.mark.parametrize("by_method", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_a_method_without_a_challenge_is_taken_for_pkce_only_by_a_server_that_goes_by_its_name(
    by_method: bool, named: bool
) -> None:
    world = world_in(State.PREPARED, pkce_by_method=by_method)
    flown = world.runs[VICTIM].in_flight
    assert flown is not None
    query = {name: value for name, value in query_of(leads_to(flown.message)) if not name.startswith("code_challenge")}
    asked = query | ({"code_challenge_method": "S256"} if named else {})
    answer = ask(world, get(with_params(f"{ISSUER}/authorize", asked)))
    assert answer.decided == (None if by_method and named else "authorize.challenge_present")
    kept = [one.request.code_challenge for one in server_of(answer.world).sessions.values()]
    assert kept == ([None] if by_method and named else [])


@pytest.mark.parametrize("attack", ["method-only", "method-only-stripping"])
def test_pkce_that_is_required_by_name_holds_only_where_the_challenge_is_looked_for(attack: str) -> None:
    assert cell(attack, "pkce-required").works
    assert cell(attack, "challenge-looked-for").verdict.stopped_by == "authorize.challenge_present"
    assert cell("pkce-downgrade", "pkce-required").stopped
    assert cell("request-stripping", "pkce-required").stopped


def test_a_server_that_refuses_an_unexpected_verifier_stops_the_one_and_not_the_other() -> None:
    assert cell("method-only", "no-downgrade").verdict.stopped_by == "token.verifier_unexpected"
    assert cell("method-only-stripping", "no-downgrade").works
