"""Attacks on an MCP login in which somebody goes by another's name: a server's metadata, a token, a program.

What each comes to against one defence stands in tests/outcomes.csv. Here is how it comes to that.
"""

from typing import Any

import pytest
from frozendict import deepfreeze

from flowsim.actors import authorization_server, browser
from flowsim.analysis.counterexamples.edits import client_of, played, server_of, with_client, world_in
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.model.clients import MCP, PROFILES
from flowsim.model.mcp import MCP_URL
from flowsim.model.scenario import ISSUER
from flowsim.model.states import Act, State
from flowsim.model.steps import SERVER
from flowsim.model.transitions import IllegalMove, Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKERS_TOOLS, CONNECTION, DISCOVERY, SECOND_SERVER, VICTIM, World
from flowsim.protocol import client_assertions, dpop, signed_tokens
from flowsim.protocol.client_id_documents import host_shown, name_shown, stays_here
from flowsim.protocol.messages import Request, Response
from flowsim.simulation.simulation import Trace

DOCUMENT = PROFILES[MCP].client_id
NOT_COMPARED = frozenset({"discovery.issuer_same"})
ANY_RESOURCE = frozenset({"authorize.resource_known"})
NO_AUDIENCE = frozenset({"api.audience"})


def attacked(attacker: str, **settings: Any) -> Trace:
    return played(client="mcp", attacker=attacker, **settings)


def documents_of(trace: Trace) -> list[dict[str, Any]]:
    """The metadata of authorization servers that the app has got, in order."""
    got = [one.message for event in trace.events if event.act is Act.STEP_D2 for one in event.messages]
    return [one.json() for one in got if isinstance(one, Response)]


def decided(trace: Trace) -> list[str]:
    return [one.check.id for event in trace.events for one in event.checks if one.decides]


# ---- Metadata of an authorization server, under another issuer


def test_metadata_that_bear_another_issuer_end_the_login_before_a_browser_opens() -> None:
    trace = attacked("borrowed-issuer")
    (document,) = documents_of(trace)
    assert document["issuer"] == ISSUER
    assert document["token_endpoint"].startswith(SECOND_SERVER)
    assert (trace.verdict.attack_succeeded, trace.verdict.stopped_by) == (False, "discovery.issuer_same")
    assert trace.worlds[-1].runs[f"{DISCOVERY} {SECOND_SERVER}"].state is State.METADATA_REFUSED
    assert not any(event.act is Act.STEP_3 for event in trace.events)
    assert not trace.worlds[-1].browsers[VICTIM].history


def test_what_stops_the_truthful_server_does_not_stop_the_one_that_lies() -> None:
    """The issuer is that of the metadata, so the iss of the honest answer fits; and the app brings its verifier along."""
    truthful = attacked("mix-up-by-resource-metadata", without=NOT_COMPARED)
    assert (truthful.verdict.attack_succeeded, truthful.verdict.stopped_by) == (False, "callback.issuer_same")
    lying = attacked("borrowed-issuer", without=NOT_COMPARED)
    assert lying.verdict.attack_succeeded
    came = next(event for event in lying.events if event.act is Act.STEP_7)
    assert [one.passed for one in came.checks if one.check.id == "callback.issuer_same"] == [True]
    taken = next(event for event in lying.events if event.act is Act.GET_TOKEN_REQUEST)
    assert "code_verifier" in taken.detail


def test_the_truthful_server_and_the_one_that_lies_differ_in_what_they_say_of_themselves() -> None:
    (said,) = documents_of(attacked("mix-up-by-resource-metadata"))
    (lied,) = documents_of(attacked("borrowed-issuer"))
    assert (said["issuer"], lied["issuer"]) == (SECOND_SERVER, ISSUER)
    assert said["token_endpoint"] == lied["token_endpoint"]


# ---- A token for one MCP server at another


def test_the_attackers_server_says_nothing_false_and_the_token_is_made_for_it() -> None:
    trace = attacked("wrong-audience", without=ANY_RESOURCE)
    known = client_of(trace.worlds[-1]).connections[ATTACKERS_TOOLS]
    assert known.resource["resource"] == ATTACKERS_TOOLS
    assert known.issuer == ISSUER
    token = signed_tokens.read(trace.worlds[-1].attacker.loot["access_token"])
    assert token is not None
    assert (token.claims["iss"], token.claims["aud"]) == (ISSUER, ATTACKERS_TOOLS)
    assert (trace.verdict.stopped_by, trace.verdict.error) == ("api.audience", "invalid_token")
    refused = next(event for event in trace.events if event.act is Act.STEP_11)
    answer = refused.messages[-1].message
    assert isinstance(answer, Response)
    assert answer.status == 401


def test_without_the_audience_the_honest_server_serves_whoever_has_a_token_of_its_authorization_server() -> None:
    for revision in ("2026-07-28", "2025-11-25"):
        trace = attacked("wrong-audience", without=ANY_RESOURCE | NO_AUDIENCE, mcp_revision=revision)
        assert trace.verdict.attack_succeeded
        assert "was made for the attacker's MCP server" in trace.verdict.sentence
        called = next(event for event in trace.events if event.act is Act.STEP_10 and event.by_attacker)
        asked = called.messages[-1].message
        assert isinstance(asked, Request)
        assert asked.url.startswith(MCP_URL)


@pytest.mark.parametrize("par", ["off", "required"])
def test_an_authorization_server_that_knows_its_resources_makes_no_token_for_a_strangers(par: str) -> None:
    trace = attacked("wrong-audience", par=par)
    assert (trace.verdict.stopped_by, trace.verdict.error) == ("authorize.resource_known", "invalid_target")
    assert "access_token" not in trace.worlds[-1].attacker.loot


def test_where_no_resource_is_named_the_audience_tells_nothing_apart() -> None:
    """The token is made for another API then, so the honest server refuses everybody's, and it is good elsewhere."""
    honest = played(client="mcp", mistakes=frozenset({"resource-left-out"}))
    assert set(decided(honest)) == {"api.audience"}
    trace = attacked("wrong-audience", mistakes=frozenset({"resource-left-out"}))
    assert "api.audience" in decided(trace)
    assert trace.verdict.attack_succeeded
    assert "was not made for it" in trace.verdict.sentence


def test_only_the_attackers_own_server_answers_for_it() -> None:
    world = world_in(State.CLICKED, client="mcp")
    while CONNECTION not in world.runs or world.runs[CONNECTION].state is not State.RESOURCE_ASKED:
        move = honest_move(world)
        assert move is not None
        world = apply(world, move)
    with pytest.raises(IllegalMove, match="another MCP server"):
        apply(world, Move(CONNECTION, Act.SHARE_SERVER))


# ---- A program that names the document of another app


def consent_page(trace: Trace) -> str:
    sent = [one for event in trace.events if event.act in (Act.STEP_4, Act.STEP_5) for one in event.messages]
    pages = [one.message.body for one in sent if one.sender == SERVER and isinstance(one.message, Response)]
    return next(page for page in pages if 'name="decision"' in page)


def test_a_program_that_names_the_document_gets_the_genuine_page_and_the_code() -> None:
    trace = attacked("loopback-impersonation")
    assert trace.verdict.attack_succeeded
    assert f"<h1>{PROFILES[MCP].app_name} would like to:</h1>" in consent_page(trace)
    asked = trace.worlds[-1].servers[ISSUER].clients[DOCUMENT]
    assert asked.name == PROFILES[MCP].app_name
    came = next(event for event in trace.events if event.act is Act.GET_RESPONSE)
    assert came.run == ATTACKER_INITIATED


@pytest.mark.parametrize("remembered", ["nothing", "login"])
def test_the_warning_stops_who_heeds_it_and_nobody_else(remembered: str) -> None:
    plan: dict[str, Any] = {"remembered": remembered}
    heeded = attacked("loopback-impersonation", user="attentive", **plan)
    assert (heeded.verdict.stopped_by, heeded.verdict.error) == ("consent.allowed", "access_denied")
    assert browser.warns(consent_page(heeded))
    unseen = attacked("loopback-impersonation", user="attentive", loopback_warning=False, **plan)
    assert unseen.verdict.attack_succeeded
    assert not browser.warns(consent_page(unseen))
    assert attacked("loopback-impersonation", user="accepts", **plan).verdict.attack_succeeded
    own = played(client="mcp", user="attentive", **plan)
    assert browser.warns(consent_page(own))
    assert own.worlds[-1].runs[VICTIM].state is State.DONE


def test_where_the_server_remembers_the_consent_it_shows_no_page_to_warn_on() -> None:
    trace = attacked("loopback-impersonation", user="attentive", remembered="consent")
    assert trace.verdict.attack_succeeded
    assert "approved without asking" in trace.verdict.sentence


def test_who_lacks_the_key_that_the_document_names_is_not_taken_for_the_app() -> None:
    trace = attacked("loopback-impersonation", client_auth=client_assertions.METHOD)
    assert (trace.verdict.stopped_by, trace.verdict.error) == ("code_assertion.present", "invalid_client")
    assert "code" in trace.worlds[-1].attacker.loot
    for par in ("off", "required"):
        own = played(
            client="mcp", client_auth=client_assertions.METHOD, par=par, scope="offline_access", later="refresh call"
        )
        assert own.worlds[-1].runs["call 1"].state is State.DONE
        held = server_of(own.worlds[-1]).clients[DOCUMENT].key
        assert dict(held or {}) == dpop.public_jwk(client_of(own.worlds[-1]).key or b"")


KEY = dpop.public_jwk(bytes(32))


@pytest.mark.parametrize(
    ("members", "key"),
    [
        ({}, None),
        ({"token_endpoint_auth_method": "none", "jwks": {"keys": [KEY]}}, None),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [{"kty": "RSA"}, KEY]}}, KEY),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/keys"}, {}),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": "none"}}, {}),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [{"crv": "Ed25519"}]}}, {}),
        ({"token_endpoint_auth_method": "tls_client_auth"}, {}),
    ],
)
def test_an_app_that_would_show_a_key_that_is_not_there_is_nobody(members: dict[str, Any], key: object) -> None:
    held = client_assertions.key_in(members)
    assert (None if held is None else dict(held)) == key
    if key == {}:
        signed = client_assertions.assertion(bytes(32), DOCUMENT, ISSUER, now=0, jti="one")
        token = signed_tokens.read(signed)
        assert token is not None
        assert not client_assertions.signature_fits(token, held or {})


def shown(**members: Any) -> str:
    """The consent page for an app whose document has these members."""
    world = world_in(State.CLICKED, client="mcp")
    document = deepfreeze({**client_of(world).document, **members})
    trace = played_on(with_client(world, document=document))
    return consent_page(trace)


def played_on(world: World) -> Trace:
    worlds = [world]
    while (move := honest_move(worlds[-1])) is not None:
        worlds.append(apply(worlds[-1], move))
    return Trace("changed", tuple(worlds), over=True)


def test_the_name_that_a_stranger_has_chosen_is_text_in_one_line_and_not_too_long() -> None:
    page = shown(client_name='</h1><p class="warning" role="alert">Safe')
    assert page.count('<p class="warning" role="alert">') == 1
    assert "&lt;/h1&gt;&lt;p class=&#34;warning&#34;" in page
    assert "a" * 60 not in shown(client_name="a" * 4000)
    assert name_shown("one\n\ttwo \u202eeerht") == "one two eerht"
    assert name_shown("a" * 60) == "a" * 60
    assert name_shown("a" * 61) == "a" * 59 + "…"


@pytest.mark.parametrize(
    ("redirect_uri", "host"),
    [
        ("http://127.0.0.1:51004/callback", "127.0.0.1"),
        ("http://LocalHost/callback", "localhost"),
        ("http://[::1]:3000/cb", "::1"),
        ("https://app.example@evil.example/cb", "evil.example"),
        (f"https://{'app.example.' * 18}evil.example/cb", f"{'app.example.' * 18}evil.example"),
        ("https://аpp.example/cb", "xn--pp-6kc.example"),
        ("com.example.app:/callback", "com.example.app:"),
    ],
)
def test_the_page_shows_the_whole_host_and_no_other(redirect_uri: str, host: str) -> None:
    assert host_shown(redirect_uri) == host


def test_a_host_that_is_too_long_for_a_line_is_broken_and_not_cut() -> None:
    page = shown()
    assert "overflow-wrap: anywhere" in page
    assert "text-overflow" not in page
    assert "overflow: hidden" not in page


@pytest.mark.parametrize(
    ("listed", "warns"),
    [
        (["http://127.0.0.1/callback"], True),
        (["http://127.0.0.1/callback", "http://localhost/callback", "http://[::1]/callback"], True),
        (["http://127.0.0.1/callback", "https://assistant.example/callback"], False),
    ],
)
def test_it_warns_where_every_answer_goes_to_the_users_own_machine(listed: list[str], warns: bool) -> None:
    assert stays_here(listed) is warns
    page = shown(redirect_uris=listed)
    assert browser.warns(page) is warns
    assert '<strong class="host">127.0.0.1</strong>' in page
    assert '<strong class="author">assistant.example</strong>' in page


@pytest.mark.parametrize("identity", ["pre-registered", "registered"])
def test_of_an_app_that_somebody_has_registered_the_page_is_as_ever(identity: str) -> None:
    page = consent_page(played(client="mcp", client_identity=identity))
    assert not browser.warns(page)
    assert 'class="host"' not in page


def test_a_server_that_reads_documents_says_that_it_takes_keys_in_them() -> None:
    said = authorization_server.metadata(server_of(world_in(State.CLICKED, client="mcp")))
    assert client_assertions.METHOD in said["token_endpoint_auth_methods_supported"]
    others = authorization_server.metadata(server_of(world_in(State.CLICKED, client="spa")))
    assert client_assertions.METHOD not in others["token_endpoint_auth_methods_supported"]
