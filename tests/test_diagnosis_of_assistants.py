"""The diagnosis of an MCP login that stops before it begins: the right cause, in a sentence true of the messages."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from flowsim.actors import mcp_api
from flowsim.actors.authorization_server import metadata
from flowsim.analysis.counterexamples.edits import server_of, with_flying, with_server, world_in
from flowsim.diagnosis.diagnosis import Diagnosis, diagnose
from flowsim.engine.apply import apply
from flowsim.model.mcp import MCP_ORIGIN, MCP_URL
from flowsim.model.scenario import Scenario
from flowsim.model.server_settings import QUIRKS
from flowsim.model.states import Outcome, State
from flowsim.model.transitions import Move, honest_act, is_terminal
from flowsim.model.world import CONNECTION, DISCOVERY, REGISTRATION, VICTIM, World
from flowsim.protocol.messages import Response, response
from flowsim.protocol.well_known import OPENID, RESOURCE, SERVER
from flowsim.simulation.simulation import Simulation

ISSUER = server_of(world_in(State.METADATA_ASKED, DISCOVERY, client="mcp")).issuer
HOST = MCP_ORIGIN


@pytest.mark.parametrize("behind", ["none", "own-token"])
@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
def test_a_login_for_more_that_was_demanded_and_came_to_its_end_is_nothing_wrong(behind: Any, revision: Any) -> None:
    """Whether the MCP server says so at once, or after a moment in which it might have asked an API behind it."""
    again = {"client": "mcp", "tool": "send_message", "behind": behind, "mcp_revision": revision}
    assert diagnose(Simulation(**again, seed=7).run()).cause == "none"
    denied = diagnose(Simulation(**again, seed=7, user="denies").run())
    assert denied.cause == "user-denied"


def diagnosis(world: World) -> Diagnosis:
    trace = Simulation(client="mcp", seed=7).run()
    return diagnose(replace(trace, worlds=(world,)))


def next_of(world: World, run: str) -> World:
    act = honest_act(world.runs[run].role, world.runs[run].state)
    assert act is not None
    return apply(world, Move(run, act))


def answered(state: State, run: str, answer: Response, **settings: object) -> Diagnosis:
    """What is said where the app gets this answer in this state of a login for an MCP server."""
    asked = world_in(state, run, client="mcp", **settings)
    return diagnosis(next_of(with_flying(asked, answer, run), run))


def changed(document: dict[str, object], changes: dict[str, object]) -> Response:
    return response(200, json={name: value for name, value in {**document, **changes}.items() if value is not None})


def of_resource(**changes: object) -> Diagnosis:
    api = world_in(State.RESOURCE_ASKED, CONNECTION, client="mcp").apis[MCP_ORIGIN]
    assert api.tools is not None
    return answered(State.RESOURCE_ASKED, CONNECTION, changed(mcp_api.metadata(api, api.tools), changes))


def of_server(**changes: object) -> Diagnosis:
    known = metadata(server_of(world_in(State.METADATA_ASKED, DISCOVERY, client="mcp")))
    return answered(State.METADATA_ASKED, DISCOVERY, changed(known, changes))


@pytest.mark.parametrize(
    ("found", "cause", "told"),
    [
        (lambda: of_resource(resource=f"{MCP_URL}/"), "resource-with-slash", "only a slash at the end differs"),
        (
            lambda: of_resource(resource=HOST),
            "resource-names-the-origin",
            f"about {HOST}, and the app asked about {MCP_URL};",
        ),
        (
            lambda: of_resource(resource="https://another.example/mcp"),
            "resource-other",
            "about https://another.example/mcp,",
        ),
        (lambda: of_resource(resource=None), "resource-other", "the metadata is about nothing"),
        (lambda: of_resource(authorization_servers=None), "no-server-named", "at least one authorization server"),
        (
            lambda: of_server(issuer=f"{ISSUER}/"),
            "issuer-with-slash-in-the-metadata",
            "they differ by the slash at the end",
        ),
        (lambda: of_server(code_challenge_methods_supported=None), "methods-not-named", "the metadata names: nothing"),
        (lambda: of_server(code_challenge_methods_supported=["plain"]), "methods-not-named", "names: plain"),
    ],
)
def test_metadata_that_an_assistant_does_not_believe_is_named_with_what_is_wrong_in_it(
    found: Callable[[], Diagnosis], cause: str, told: str
) -> None:
    assert found().cause == cause
    assert told in found().sentence


@pytest.mark.parametrize(
    ("status", "body", "cause", "told"),
    [
        (403, {"error": "access_denied"}, "closed", "answered 403 and no client_id and the error access_denied;"),
        (401, {}, "closed", "answered 401 and no client_id;"),
        (400, {"error": "invalid_redirect_uri"}, "refused", "and the error invalid_redirect_uri;"),
        (404, {}, "refused", "answered 404 and no client_id;"),
        (201, {}, "refused", "answered 201 and no client_id;"),
        (201, {"error": ["odd"]}, "refused", "answered 201 and no client_id;"),
    ],
)
def test_a_registration_that_came_to_nothing_is_named_with_the_error_that_the_server_gave(
    status: int, body: dict[str, object], cause: str, told: str
) -> None:
    answer = response(status, json=body)
    found = answered(State.REGISTRATION_SENT, REGISTRATION, answer, client_identity="registered")
    assert found.cause == f"registration-{cause}"
    assert told in found.sentence


def nothing_anywhere(state: State, run: str, **settings: object) -> tuple[Diagnosis, int]:
    """What is said where each address that the app asks gives 404, and how many it has asked."""
    world, asked = world_in(state, run, client="mcp", **settings), 0
    while not is_terminal(world.runs[run].role, world.runs[run].state):
        if world.runs[run].state is state:
            world, asked = with_flying(world, response(404), run), asked + 1
        world = next_of(world, run)
    return diagnosis(world), asked


@pytest.mark.parametrize(
    ("metadata_of", "last", "count"),
    [
        ("named", f"{HOST}{RESOURCE}/mcp", 1),
        ("at-the-path", f"{HOST}{RESOURCE}", 2),
        ("at-the-root", f"{HOST}{RESOURCE}", 2),
    ],
)
def test_metadata_of_a_resource_that_are_nowhere_are_missed_at_the_last_address_that_was_asked(
    metadata_of: str, last: str, count: int
) -> None:
    found, asked = nothing_anywhere(State.RESOURCE_ASKED, CONNECTION, resource_metadata=metadata_of)
    assert (found.cause, asked) == ("resource-metadata-missing", count)
    assert f": {last} gave 404 and no JSON object;" in found.sentence


def test_metadata_of_a_server_that_are_nowhere_are_missed_at_the_last_address_and_its_spelling_is_not_blamed() -> None:
    found, asked = nothing_anywhere(State.METADATA_ASKED, DISCOVERY)
    assert (found.cause, asked) == ("metadata-elsewhere", 2)
    assert f" at {ISSUER}{OPENID};" in found.sentence
    assert "underscores" not in found.sentence


@pytest.mark.parametrize("client", ["web", "spa", "native-loopback"])
def test_an_address_of_metadata_is_called_misspelt_only_where_it_is(client: str) -> None:
    assert "openid-metadata-only" in QUIRKS
    right = diagnose(Simulation(client=client, seed=7, discovery="oauth", quirks={"openid-metadata-only"}).run())
    assert (right.cause, f"{ISSUER}{SERVER}" in right.sentence) == ("metadata-elsewhere", True)
    for discovery in ("openid", "oauth"):
        scenario = Scenario(client=client, seed=7, discovery=discovery)
        wrong = diagnose(Simulation(scenario, mistakes={"discovery-at-another-path"}).run())
        assert wrong.cause == "discovery-at-another-path"


def test_an_assistant_goes_on_to_the_next_address_and_nothing_is_found_wrong() -> None:
    trace = Simulation(client="mcp", seed=7, quirks={"openid-metadata-only"}, resource_metadata="at-the-root").run()
    assert sum(one.outcome.value == "not_there" for one in trace.events) >= 2
    assert diagnose(trace).cause == "none"


def test_a_tool_that_takes_more_scope_and_gets_it_is_no_failure() -> None:
    trace = Simulation(client="mcp", seed=7, tool="send_message").run()
    assert any(one.outcome is Outcome.FORBIDDEN for one in trace.events)
    assert diagnose(trace).cause == "none"


def test_a_resource_for_which_the_server_issues_no_tokens_is_named_and_the_server_is_to_be_mended() -> None:
    world = world_in(State.PREPARED, client="mcp")
    refused = next_of(with_server(world, resources=("https://another.example",)), VICTIM)
    found = diagnosis(refused)
    assert (found.cause, found.check) == ("resource-not-known", "authorize.resource_known")
    assert MCP_URL in found.sentence
