"""An app that calls the tools of an MCP server: how it finds where to log in, as whom it does, what it says afterwards."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from frozendict import deepfreeze, frozendict

from flowsim.actors import api as api_actor
from flowsim.actors import mcp_api, mcp_client
from flowsim.actors.authorization_server import metadata
from flowsim.analysis.counterexamples.edits import (
    client_of,
    played,
    server_of,
    with_client,
    with_flying,
    with_query,
    world_in,
)
from flowsim.engine.apply import apply
from flowsim.model.clients import CLIENTS, MCP, PROFILES
from flowsim.model.context import Context
from flowsim.model.mcp import ISSUED_ID, MCP_ORIGIN, MCP_URL
from flowsim.model.scenario import ISSUER, Scenario, ScenarioError
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import API, ELSEWHERE, SERVER
from flowsim.model.transitions import Move
from flowsim.model.world import (
    ATTACKERS_TOOLS,
    CONNECTION,
    DISCOVERY,
    REGISTRATION,
    SESSION,
    STEP_UP,
    VICTIM,
    Event,
    World,
    evolve,
)
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, response
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.replay import differences
from flowsim.views.formats.trace_json import trace_json

DOCUMENT = PROFILES[MCP].client_id
PRELUDE = ["STEP_M1", "STEP_M2", "STEP_M3", "STEP_M4", "STEP_D1", "STEP_D2"]


def assistant(**settings: Any) -> Trace:
    return played(client="mcp", **settings)


def of_run(trace: Trace, run: str) -> list[Event]:
    return [event for event in trace.events if event.run == run]


def requests(trace: Trace, receiver: str) -> list[Request]:
    sent = (one for event in trace.events for one in event.messages if one.receiver == receiver)
    return [one.message for one in sent if isinstance(one.message, Request)]


def form_of(request: Request) -> dict[str, str]:
    return dict(request.form)


def authorization_requests(trace: Trace) -> list[dict[str, str]]:
    return [dict(one.query) for one in requests(trace, SERVER) if one.path == "/authorize"]


def token_requests(trace: Trace) -> list[dict[str, str]]:
    return [form_of(one) for one in requests(trace, SERVER) if one.path == "/oauth/token"]


def messages_to_tools(trace: Trace) -> list[Request]:
    return [one for one in requests(trace, API) if one.method == "POST"]


def methods(trace: Trace) -> list[str]:
    return [json.loads(one.body)["method"] for one in messages_to_tools(trace)]


# ---- Where to log in


def test_the_app_is_told_one_address_and_finds_its_way_to_the_data() -> None:
    trace = assistant()
    assert client_of(trace.worlds[0]).metadata == frozendict()
    assert [event.act.name for event in trace.events][:8] == ["STEP_1", *PRELUDE, "STEP_2"]
    assert [event.act.name for event in trace.events][-4:] == ["STEP_T1", "STEP_T2", "STEP_10", "STEP_11"]
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    assert (trace.verdict.tone, trace.verdict.stopped_by) == ("good", None)
    answer = of_run(trace, VICTIM)[-1].messages[-1].message
    assert isinstance(answer, Response)
    assert api_actor.owner_in(answer) == "user-alice"
    assert "Dinner at eight?" in answer.body


def test_the_first_call_has_no_token_and_its_401_names_the_metadata_and_the_scope() -> None:
    first, second = of_run(assistant(), CONNECTION)[:2]
    call, answer = first.messages[0].message, second.messages[0].message
    assert isinstance(call, Request)
    assert isinstance(answer, Response)
    assert call.url == MCP_URL
    assert call.header("authorization") is None
    assert (answer.status, answer.header("www-authenticate")) == (
        401,
        f'Bearer scope="read:messages", resource_metadata="{MCP_ORIGIN}/.well-known/oauth-protected-resource/mcp"',
    )


@pytest.mark.parametrize(
    ("found", "asked", "resource"),
    [
        ("named", ["/.well-known/oauth-protected-resource/mcp"], MCP_URL),
        ("at-the-path", ["/.well-known/oauth-protected-resource/mcp"], MCP_URL),
        (
            "at-the-root",
            ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"],
            MCP_ORIGIN,
        ),
    ],
)
def test_the_metadata_of_the_mcp_server_is_looked_for_where_it_may_be(
    found: str, asked: list[str], resource: str
) -> None:
    trace = assistant(resource_metadata=found)
    assert [one.path for one in requests(trace, API) if one.method == "GET"] == asked
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    named = {one["resource"] for one in (*authorization_requests(trace), *token_requests(trace))}
    assert named == {resource}
    token = signed_tokens.read(next(iter(client_of(trace.worlds[-1]).tokens.values())).access_token)
    assert token is not None
    assert token.claims["aud"] == resource


def test_a_server_without_the_metadata_of_rfc_8414_is_asked_for_those_of_openid_connect() -> None:
    trace = assistant(quirks=frozenset({"openid-metadata-only"}))
    outcomes = [(event.act, event.outcome) for event in of_run(trace, DISCOVERY)]
    assert outcomes == [
        (Act.STEP_D1, Outcome.OK),
        (Act.STEP_D2, Outcome.NOT_THERE),
        (Act.STEP_D1, Outcome.OK),
        (Act.STEP_D2, Outcome.OK),
    ]
    assert [one.path for one in requests(trace, SERVER) if "well-known" in one.path] == [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    ]


def after_m4(**changes: object) -> World:
    """The world in which the app has got the MCP server's metadata with other members in it; None leaves one out."""
    asked = world_in(State.RESOURCE_ASKED, CONNECTION, client="mcp")
    api = asked.apis[MCP_ORIGIN]
    assert api.tools is not None
    document = {**mcp_api.metadata(api, api.tools), **changes}
    answer = response(200, json={name: value for name, value in document.items() if value is not None})
    return apply(with_flying(asked, answer, CONNECTION), Move(CONNECTION, Act.STEP_M4))


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"resource": f"{MCP_URL}/"}, "resource.same"),
        ({"resource": MCP_ORIGIN}, "resource.same"),
        ({"resource": "https://MCP.example/mcp"}, "resource.same"),
        ({"resource": None}, "resource.same"),
        ({"resource": [MCP_URL]}, "resource.same"),
        ({"authorization_servers": []}, "resource.servers_named"),
        ({"authorization_servers": None}, "resource.servers_named"),
        ({"authorization_servers": ISSUER}, "resource.servers_named"),
        ({"authorization_servers": [7]}, "resource.servers_named"),
    ],
)
def test_an_app_that_does_not_believe_the_mcp_server_asks_nobody_and_sends_the_user_nowhere(
    changes: dict[str, object], check: str
) -> None:
    world = after_m4(**changes)
    assert world.runs[CONNECTION].state is State.RESOURCE_REFUSED
    assert [one.check.id for one in world.log[-1].checks if one.decides] == [check]
    after = apply(world, Move(VICTIM, Act.STEP_2))
    assert after.runs[VICTIM].state is State.PREPARATION_STOPPED


def test_what_stands_in_the_metadata_beside_is_left_alone() -> None:
    world = after_m4(authorization_servers=[ISSUER, "https://as.attacker.example"], tls_client_certificate=True)
    assert world.runs[CONNECTION].state is State.RESOURCE_KNOWN
    assert client_of(world).connections[MCP_URL].issuer == ISSUER


def after_d2(**changes: object) -> World:
    asked = world_in(State.METADATA_ASKED, DISCOVERY, client="mcp")
    document = {**metadata(server_of(asked)), **changes}
    answer = response(200, json={name: value for name, value in document.items() if value is not None})
    return apply(with_flying(asked, answer, DISCOVERY), Move(DISCOVERY, Act.STEP_D2))


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"issuer": f"{ISSUER}/"}, "discovery.issuer_same"),
        ({"issuer": "https://AS.example"}, "discovery.issuer_same"),
        ({"token_endpoint": "http://as.example/oauth/token"}, "discovery.endpoints_https"),
        ({"code_challenge_methods_supported": None}, "discovery.s256_named"),
        ({"code_challenge_methods_supported": []}, "discovery.s256_named"),
        ({"code_challenge_methods_supported": ["plain"]}, "discovery.s256_named"),
        ({"code_challenge_methods_supported": "S256"}, "discovery.s256_named"),
    ],
)
def test_an_app_refuses_a_server_whose_metadata_it_cannot_believe(changes: dict[str, object], check: str) -> None:
    world = after_d2(**changes)
    assert world.runs[DISCOVERY].state is State.METADATA_REFUSED
    assert [one.check.id for one in world.log[-1].checks if one.decides] == [check]
    assert not client_of(world).metadata


def test_only_the_client_of_an_mcp_server_insists_on_s256_in_the_metadata() -> None:
    asked = world_in(State.METADATA_ASKED, DISCOVERY, discovery="oauth", pkce="none", pkce_required=False)
    document = {name: value for name, value in metadata(server_of(asked)).items() if "challenge" not in name}
    after = apply(with_flying(asked, response(200, json=document), DISCOVERY), Move(DISCOVERY, Act.STEP_D2))
    assert after.runs[DISCOVERY].state is State.METADATA_KNOWN
    assert "discovery.s256_named" not in {one.check.id for one in after.log[-1].checks}


# ---- As whom


def test_the_server_reads_the_document_at_the_client_id_and_nobody_has_registered_the_app() -> None:
    trace = assistant()
    assert DOCUMENT not in server_of(trace.worlds[0]).clients
    (event,) = [one for one in of_run(trace, VICTIM) if one.act is Act.STEP_3]
    asked, given = [one.message for one in event.messages if ELSEWHERE in (one.sender, one.receiver)]
    assert isinstance(asked, Request)
    assert isinstance(given, Response)
    assert (asked.method, asked.url) == ("GET", DOCUMENT)
    assert given.json()["client_id"] == DOCUMENT == authorization_requests(trace)[0]["client_id"]
    kept = server_of(trace.worlds[-1]).clients[DOCUMENT]
    assert (kept.confidential, kept.secret, kept.redirect_uris) == (False, None, ("http://127.0.0.1/callback",))


def test_a_document_that_is_believed_is_read_once() -> None:
    trace = assistant(later="login")
    assert [one.url for one in requests(trace, ELSEWHERE)] == [DOCUMENT]
    assert len(authorization_requests(trace)) == 2


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"client_id": f"{DOCUMENT}?"},
        {"redirect_uris": []},
        {"redirect_uris": "http://127.0.0.1/callback"},
        {"client_name": ""},
        {"client_secret": "x"},
        {"token_endpoint_auth_method": "client_secret_basic"},
    ],
)
def test_a_document_that_is_not_believed_ends_the_request_with_a_page(written: dict[str, object]) -> None:
    world = world_in(State.PREPARED, client="mcp")
    document = {**client_of(world).document, **written} if written else {}
    after = apply(with_client(world, document=deepfreeze(document)), Move(VICTIM, Act.STEP_3))
    assert after.runs[VICTIM].state is State.ERROR_PAGE
    assert DOCUMENT not in server_of(after).clients
    again = apply(with_client(world, document=client_of(world).document), Move(VICTIM, Act.STEP_3))
    assert again.runs[VICTIM].state is State.REQUESTED


def test_a_redirect_that_the_document_does_not_list_is_refused() -> None:
    world = world_in(State.PREPARED, client="mcp")
    document = client_of(world).document.set("redirect_uris", ("http://127.0.0.1/elsewhere",))
    after = apply(with_client(world, document=document), Move(VICTIM, Act.STEP_3))
    assert after.runs[VICTIM].state is State.ERROR_PAGE
    assert [one.check.id for one in after.log[-1].checks if one.decides] == ["authorize.redirect_uri_registered"]


def test_an_app_that_was_registered_beforehand_has_a_plain_client_id_and_no_document() -> None:
    trace = assistant(client_identity="pre-registered")
    assert {one["client_id"] for one in (*authorization_requests(trace), *token_requests(trace))} == {ISSUED_ID}
    assert not requests(trace, ELSEWHERE)
    assert "client_id_metadata_document_supported" not in metadata(server_of(trace.worlds[0]))


def test_an_app_that_registers_itself_says_that_it_is_native_and_keeps_its_name_under_the_issuer() -> None:
    trace = assistant(client_identity="registered")
    (asked,) = [one for one in requests(trace, SERVER) if one.path == "/oauth/register"]
    told = json.loads(asked.body)
    assert (told["application_type"], told["token_endpoint_auth_method"]) == ("native", "none")
    ((issuer, given),) = client_of(trace.worlds[-1]).identities.items()
    assert issuer == ISSUER
    assert {one["client_id"] for one in (*authorization_requests(trace), *token_requests(trace))} == {given}
    assert mcp_client.client_id_at(client_of(trace.worlds[-1]), "https://another.example") == ""


def test_it_registers_once_for_all_its_logins() -> None:
    trace = assistant(client_identity="registered", later="login")
    assert len(of_run(trace, REGISTRATION)) == 2
    assert len(authorization_requests(trace)) == 2


# ---- What is asked for


def test_the_scope_of_the_challenge_is_what_the_app_asks_for() -> None:
    (asked,) = authorization_requests(assistant())
    assert asked["scope"] == "read:messages"


def scope_heard(edit: Callable[[World], World]) -> str | None:
    world = edit(world_in(State.CLICKED, client="mcp"))
    known = client_of(world_in(State.PREPARED, client="mcp"))
    world = with_client(
        world, connections=client_of(edit(with_client(world, connections=known.connections))).connections
    )
    return mcp_client.scope_wanted(client_of(world), MCP_URL, VICTIM, world.scenario)


def without_scopes(listed: tuple[str, ...] | None) -> Callable[[World], World]:
    def edit(world: World) -> World:
        app = client_of(world)
        if MCP_URL not in app.connections:
            return world
        known = app.connections[MCP_URL]
        members = {name: value for name, value in known.resource.items() if name != "scopes_supported"}
        document = frozendict(members if listed is None else members | {"scopes_supported": listed})
        changed = evolve(known, scopes=None, resource=document)
        return with_client(world, connections=app.connections.set(MCP_URL, changed))

    return edit


def test_without_a_scope_in_the_challenge_it_asks_for_all_that_the_metadata_lists_and_else_for_none() -> None:
    assert scope_heard(without_scopes(("read:messages", "write:messages"))) == "read:messages write:messages"
    assert scope_heard(without_scopes(None)) == ""


def test_offline_access_is_asked_for_only_where_the_authorization_server_lists_it() -> None:
    (asked, *_) = authorization_requests(assistant(scope="offline_access"))
    assert asked["scope"] == "read:messages offline_access"
    prepared = world_in(State.PREPARED, client="mcp", scope="offline_access")
    app = client_of(prepared)
    known = app.connections[MCP_URL]
    lists = evolve(known, server=known.server.set("scopes_supported", ("read:messages",)))
    bare = evolve(app, connections=app.connections.set(MCP_URL, lists))
    assert mcp_client.scope_wanted(bare, MCP_URL, VICTIM, prepared.scenario) == "read:messages"


def test_a_403_makes_the_app_ask_once_more_for_all_that_it_had_and_what_was_demanded() -> None:
    trace = assistant(tool="send_message", scope="offline_access")
    first, second = authorization_requests(trace)
    assert set(second["scope"].split()) == {*first["scope"].split(), "write:messages"}
    refused = of_run(trace, VICTIM)[-1]
    assert refused.outcome is Outcome.FORBIDDEN
    answer = refused.messages[-1].message
    assert isinstance(answer, Response)
    said = answer.header("www-authenticate") or ""
    assert 'error="insufficient_scope"' in said
    assert 'scope="write:messages"' in said
    assert "resource_metadata=" in said
    assert of_run(trace, f"{STEP_UP} 1")[-1].after is State.DONE
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_an_app_that_is_refused_again_does_not_ask_for_ever() -> None:
    """A user who allows less than what was asked for gets no endless row of logins."""
    trace = assistant(
        tool="send_message", mistakes=frozenset({"scope-not-registered"}), client_identity="pre-registered"
    )
    steps_up = [name for name in trace.worlds[-1].runs if name.startswith(STEP_UP)]
    assert len(steps_up) <= 1


def test_the_resource_is_named_in_both_requests_and_in_every_refresh() -> None:
    trace = assistant(scope="offline_access", later="refresh refresh call")
    (asked,) = authorization_requests(trace)
    code, *refreshes = token_requests(trace)
    assert [one["grant_type"] for one in refreshes] == ["refresh_token", "refresh_token"]
    assert {one["resource"] for one in (asked, code, *refreshes)} == {MCP_URL}
    assert refreshes[0]["refresh_token"] != refreshes[1]["refresh_token"]
    assert trace.worlds[-1].runs["call 1"].state is State.DONE


def test_the_issuer_is_kept_before_the_redirect_and_compared_with_the_iss() -> None:
    world = world_in(State.CODE_IN_BROWSER, client="mcp")
    (transaction,) = client_of(world).transactions.values()
    assert transaction.issuer == ISSUER
    flying = world.runs[VICTIM].in_flight
    assert flying is not None
    assert isinstance(flying.message, Request)
    for wrong in (f"{ISSUER}/", "https://AS.example", "https://evil.example"):
        sent = with_query(flying.message, iss=wrong)
        after = apply(with_flying(world, sent), Move(VICTIM, Act.STEP_7))
        assert after.runs[VICTIM].state is State.REDIRECT_REFUSED
        assert [one.check.id for one in after.log[-1].checks if one.decides] == ["callback.issuer_same"]


# ---- What is said to the MCP server


def test_each_message_in_the_present_revision_says_it_all_by_itself() -> None:
    trace = assistant()
    assert methods(trace) == ["tools/list", "tools/list", "tools/call"]
    for sent in messages_to_tools(trace):
        body = json.loads(sent.body)
        assert sent.header("mcp-protocol-version") == "2026-07-28"
        assert sent.header("mcp-method") == body["method"]
        assert sent.header("mcp-name") == body["params"].get("name")
        assert sent.header("mcp-session-id") is None
    assert client_of(trace.worlds[-1]).conversations[VICTIM].tools == ("read_messages", "send_message")


def test_the_revision_before_begins_with_initialize_and_carries_the_session() -> None:
    trace = assistant(mcp_revision="2025-11-25")
    assert methods(trace) == ["initialize", "initialize", "notifications/initialized", "tools/list", "tools/call"]
    without, first, *rest = messages_to_tools(trace)
    assert without.header("mcp-session-id") is first.header("mcp-session-id") is None
    ((session, owner),) = trace.worlds[-1].apis[MCP_ORIGIN].tools.sessions.items()  # type: ignore[union-attr]
    assert owner == "user-alice"
    assert {one.header("mcp-session-id") for one in rest} == {session}
    assert {one.header("mcp-protocol-version") for one in rest} == {"2025-11-25"}
    statuses = [event.messages[-1].message.status for event in of_run(trace, SESSION) if event.act is Act.STEP_T2]  # type: ignore[union-attr]
    assert statuses == [200, 202, 200]


def test_every_message_after_the_login_carries_the_token_in_its_header_and_none_in_its_address() -> None:
    for revision in ("2026-07-28", "2025-11-25"):
        _, *rest = messages_to_tools(assistant(mcp_revision=revision))
        assert all((one.header("authorization") or "").startswith("Bearer ") for one in rest)
        assert not any(one.query for one in rest)


def ask(world: World, **changes: Any) -> Response:
    """The MCP server's answer to the app's call with another token, session or body."""
    token = next(iter(client_of(world).tokens.values())).access_token
    asked = mcp_client.call_tool(MCP_URL, "read_messages", changes.pop("token", token), **changes)
    context = Context(7, world.now, world.scenario.policy, "a try", world.draws)
    return api_actor.handle(world.apis[MCP_ORIGIN], asked, context)[1]


def test_a_token_for_another_api_of_the_same_server_is_none_here() -> None:
    """Access to one API is no access to its neighbour, whoever shows the token (RFC 8707 section 3)."""
    other = played(client="native-loopback", scope="read:messages")
    theirs = next(iter(client_of(other.worlds[-1]).tokens.values())).access_token
    answer = ask(assistant().worlds[-1], token=theirs)
    assert answer.status == 401
    assert 'error="invalid_token"' in (answer.header("www-authenticate") or "")


def test_a_session_is_no_login() -> None:
    world = assistant(mcp_revision="2025-11-25").worlds[-1]
    (session,) = world.apis[MCP_ORIGIN].tools.sessions  # type: ignore[union-attr]
    assert ask(world, session=session, revision="2025-11-25").status == 200
    assert ask(world, session=session, revision="2025-11-25", token="made-up").status == 401
    assert ask(world, session="made-up", revision="2025-11-25").status == 404


def test_the_session_of_one_user_is_not_open_to_another() -> None:
    world = assistant(mcp_revision="2025-11-25").worlds[-1]
    api = world.apis[MCP_ORIGIN]
    assert api.tools is not None
    theirs = evolve(
        api,
        tools=type(api.tools)(
            authorization_servers=api.tools.authorization_servers,
            metadata=api.tools.metadata,
            sessions=frozendict(dict.fromkeys(api.tools.sessions, "user-mallory")),
        ),
    )
    (session,) = api.tools.sessions
    world = evolve(world, apis=world.apis.set(MCP_ORIGIN, theirs))
    assert ask(world, session=session, revision="2025-11-25").status == 404


def test_a_page_of_another_origin_is_not_answered() -> None:
    world = assistant().worlds[-1]
    asked = mcp_client.first_call(MCP_URL, "2026-07-28")
    foreign = replace(asked, headers=(*asked.headers, ("Origin", "https://evil.example")))
    context = Context(7, world.now, world.scenario.policy, "a try", world.draws)
    assert api_actor.handle(world.apis[MCP_ORIGIN], foreign, context)[1].status == 403


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_the_endpoint_takes_post_and_nothing_else(method: str) -> None:
    world = world_in(State.CLICKED, client="mcp")
    context = Context(7, world.now, world.scenario.policy, "a try", world.draws)
    answer = api_actor.handle(world.apis[MCP_ORIGIN], Request(method=method, url=MCP_URL), context)[1]
    assert (answer.status, answer.header("allow")) == (405, "POST")


# ---- Beside all other apps


def test_every_device_has_a_session_of_its_own() -> None:
    trace = assistant(order="device2:3 victim:11", mcp_revision="2025-11-25")
    sessions = trace.worlds[-1].apis[MCP_ORIGIN].tools.sessions  # type: ignore[union-attr]
    assert len(sessions) == 2
    assert len(of_run(trace, CONNECTION)) == 4
    assert {run.state for run in trace.worlds[-1].runs.values() if run.role is Role.LOGIN} == {State.DONE}


@pytest.mark.parametrize("settings", [{"dpop": "tokens"}, {"dpop": "code", "dpop_nonce": True}, {"par": "required"}])
def test_the_defences_of_other_apps_are_there_for_this_one(settings: dict[str, Any]) -> None:
    for revision in ("2026-07-28", "2025-11-25"):
        trace = assistant(mcp_revision=revision, **settings)
        assert trace.worlds[-1].runs[VICTIM].state is State.DONE
        assert trace.worlds[-1].runs[SESSION].state is State.SESSION_OPEN


@pytest.mark.parametrize("client", CLIENTS)
def test_no_other_app_hears_of_any_of_this(client: str) -> None:
    trace = played(client=client)
    world = trace.worlds[-1]
    assert MCP_ORIGIN not in world.apis
    assert MCP_URL not in server_of(world).resources
    assert not {CONNECTION, SESSION, REGISTRATION} & world.runs.keys()
    assert not client_of(world).connections
    assert not any(step in event.act.name for event in trace.events for step in ("_M", "_T", "_C"))


def test_the_app_calls_its_mcp_server_and_no_other_api() -> None:
    with pytest.raises(ScenarioError, match="calls the tools of an MCP server and no other API"):
        Scenario(client="mcp", api="photos")


def test_the_same_file_is_played_again_to_the_last_byte() -> None:
    trace = assistant(tool="send_message", scope="offline_access", later="refresh call", client_identity="registered")
    assert not differences(json.dumps(trace_json(trace)))


@pytest.mark.parametrize(
    ("attacker", "settings", "wins"),
    [
        ("code-interception", {}, False),
        ("code-interception", {"pkce": "none"}, True),
        ("access-token-theft", {}, True),
        ("access-token-theft", {"dpop": "tokens"}, False),
    ],
)
def test_what_holds_against_a_thief_elsewhere_holds_here(attacker: str, settings: dict[str, Any], wins: bool) -> None:
    assert assistant(attacker=attacker, **settings).verdict.attack_succeeded is wins


MIX_UP, BORROWED = "mix-up-by-resource-metadata", "borrowed-resource"


def test_an_mcp_server_that_names_the_wrong_authorization_server_gets_the_code_where_that_one_sends_no_iss() -> None:
    trace = assistant(attacker=MIX_UP)
    assert (trace.verdict.attack_succeeded, trace.verdict.stopped_by) == (False, "callback.issuer_same")
    silent = assistant(attacker=MIX_UP, iss=False)
    assert silent.verdict.attack_succeeded
    met = f"{CONNECTION} {ATTACKERS_TOOLS}"
    assert silent.worlds[-1].runs[met].state is State.RESOURCE_KNOWN
    code = next(event for event in silent.events if event.act is Act.GET_TOKEN_REQUEST)
    assert "code_verifier" in code.detail


def test_a_client_id_that_one_server_gave_is_shown_to_no_other() -> None:
    """So the attacker's server has nobody to send on, and a client_id that is an address is good everywhere."""
    for identity in ("pre-registered", "registered"):
        trace = assistant(attacker=MIX_UP, iss=False, client_identity=identity)
        assert not trace.verdict.attack_succeeded
        assert any(one.decides and one.check.id == "prepare.client_id_known" for e in trace.events for one in e.checks)
    assert assistant(attacker=MIX_UP, iss=False).verdict.attack_succeeded


@pytest.mark.parametrize("found", ["named", "at-the-path", "at-the-root"])
@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
def test_a_token_for_the_honest_server_goes_to_whoever_borrows_its_name_where_nobody_compares(
    revision: str, found: str
) -> None:
    plan: dict[str, Any] = {"attacker": BORROWED, "mcp_revision": revision, "resource_metadata": found}
    held = assistant(**plan)
    assert (held.verdict.attack_succeeded, held.verdict.stopped_by) == (False, "resource.same")
    assert assistant(**plan, without=frozenset({"resource.same"})).verdict.attack_succeeded
    bound = assistant(**plan, without=frozenset({"resource.same"}), dpop="tokens")
    assert (bound.verdict.attack_succeeded, bound.verdict.stopped_by) == (False, "api_proof.scheme")


def test_the_page_that_asks_for_consent_names_the_app_and_where_its_answer_goes() -> None:
    """Nobody has looked at an app that tells of itself, so the user has to see to which host the code would go."""
    page = next(
        one.message
        for event in assistant().events
        if event.act is Act.STEP_5
        for one in event.messages
        if isinstance(one.message, Response) and "<form" in one.message.body and "Allow" in one.message.body
    )
    assert PROFILES[MCP].app_name in page.body
    assert f"The answer goes to {PROFILES[MCP].redirect_uri}" in page.body
    assert '<strong class="host">127.0.0.1</strong>' in page.body


def test_an_app_that_learns_its_server_has_no_other_app_beside_it() -> None:
    """The other app would have to meet the MCP server as well; a plan that wants one is refused, and plays nothing."""
    with pytest.raises(ScenarioError, match=r"^later: other-app is for apps that were told their server"):
        Scenario(client="mcp", later="other-app")


def test_an_app_whose_tools_anybody_adds_has_learnt_one_server_and_not_the_other() -> None:
    """It compares the names of the two to choose a redirect_uri, and its own is one that it never met."""
    trace = assistant(attacker="mix-up-by-resource-metadata", open_tools=True)
    assert trace.verdict.stopped_by == "callback.issuer_same"
