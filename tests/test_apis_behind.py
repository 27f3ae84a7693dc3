"""An MCP server that asks an API behind it: with a token of its own, or with the one that it was shown.

Source: Model Context Protocol, revision 2026-07-28, security considerations (access token privilege restriction) and
security best practices (token passthrough); RFC 8725 section 3.9.
"""

from dataclasses import replace
from typing import Any

import pytest

from flowsim.actors import mcp_client
from flowsim.analysis.counterexamples.edits import played, world_in
from flowsim.engine.apply import apply
from flowsim.engine.handlers.behind import booked
from flowsim.live.world import LiveWorld
from flowsim.model.mcp import CONTACTS, CONTACTS_ORIGIN, MCP_URL, TOOLS_CLIENT
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, State
from flowsim.model.steps import API, API_BEHIND, CLIENT
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_CALL, VICTIM, Event, evolve
from flowsim.protocol import mcp_wire, signed_tokens, strict_json
from flowsim.protocol.messages import Request, Response
from flowsim.simulation.simulation import Trace
from flowsim.views.text import narration

OWN: dict[str, Any] = {"client": "mcp", "behind": "own-token"}
PASSED_ON: dict[str, Any] = {"client": "mcp", "behind": "passed-on"}
BLIND: dict[str, Any] = {**PASSED_ON, "without": frozenset({"behind.audience"})}
ALICE = "user-alice"
CALL = f"{ATTACKER_CALL} 1"


def event_of(trace: Trace, act: Act, run: str = VICTIM) -> Event:
    (found,) = (event for event in trace.events if event.act is act and event.run == run)
    return found


def sent(event: Event, sender: str, receiver: str) -> Any:
    (found,) = (one.message for one in event.messages if (one.sender, one.receiver) == (sender, receiver))
    return found


def shown(asked: Request) -> str:
    return (asked.header("authorization") or "").partition(" ")[2]


def claims(text: str) -> dict[str, Any]:
    token = signed_tokens.read(text)
    assert token is not None
    return token.claims


def result(answer: Response) -> dict[str, Any]:
    """What the tool has to say."""
    reply = mcp_wire.answered(answer)
    assert reply is not None and reply.result is not None
    return strict_json.parse_object(reply.result["content"][0]["text"])


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
@pytest.mark.parametrize(("tool", "member"), [("read_messages", "messages"), ("send_message", "sent")])
def test_a_tool_gives_what_the_mcp_server_has_and_what_the_api_behind_has(
    tool: str, member: str, revision: str
) -> None:
    trace = played(**OWN, tool=tool, mcp_revision=revision, remembered="consent")
    answer = trace.events[-1].messages[-1].message
    assert isinstance(answer, Response)
    assert trace.events[-1].after is State.DONE
    assert result(answer)["owner"] == ALICE
    assert member in result(answer)
    assert result(answer)[CONTACTS] == ["Bob", "Carol"]


def test_a_token_of_its_own_is_made_for_the_api_behind_and_names_the_mcp_server() -> None:
    trace = played(**OWN)
    own = shown(sent(event_of(trace, Act.STEP_B1), API, API_BEHIND))
    assert own != shown(sent(event_of(trace, Act.STEP_10), CLIENT, API))
    assert claims(own)["aud"] == CONTACTS_ORIGIN
    assert claims(own)["sub"] == claims(own)["client_id"] == TOOLS_CLIENT
    assert booked(event_of(trace, Act.STEP_B2)) == TOOLS_CLIENT


def test_the_token_that_the_app_has_shown_never_comes_to_the_api_behind() -> None:
    trace = played(**OWN, later="1h call")
    (held,) = trace.worlds[-1].clients[trace.worlds[-1].runs[VICTIM].client].tokens.values()
    came = [one.message for event in trace.events for one in event.messages if one.receiver == API_BEHIND]
    assert len(came) == 1, "an hour later the MCP server refuses the app's token, and asks nobody"
    assert not any(held.access_token in str(one) for one in came)


def test_a_token_that_is_passed_on_is_refused_for_its_audience_and_the_tool_says_so() -> None:
    trace = played(**PASSED_ON)
    came, told = sent(event_of(trace, Act.STEP_B1), API, API_BEHIND), event_of(trace, Act.STEP_B2)
    assert came.header("authorization") == sent(event_of(trace, Act.STEP_10), CLIENT, API).header("authorization")
    assert claims(shown(came))["aud"] == MCP_URL
    assert [one.check.id for one in told.checks if one.passed is False] == ["behind.audience"]
    refusal = sent(told, API_BEHIND, API)
    assert refusal.status == 401
    assert 'error="invalid_token"' in refusal.header("www-authenticate")
    assert trace.worlds[-1].runs[VICTIM].state is State.TOOL_FAILED
    answer = sent(trace.events[-1], API, CLIENT)
    assert answer.status == 200
    assert mcp_wire.has_failed(answer)
    assert ALICE not in answer.body, "no data of the user's"


def test_an_api_behind_that_does_not_look_books_the_call_on_the_user() -> None:
    trace = played(**BLIND)
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    assert booked(event_of(trace, Act.STEP_B2)) == ALICE
    asked = event_of(trace, Act.STEP_B1)
    assert (asked.sender, asked.receiver) == (API, API_BEHIND), "and the user has not asked"


def test_a_token_that_is_bound_to_the_apps_key_is_of_no_use_to_the_mcp_server_either() -> None:
    trace = played(**BLIND, dpop="tokens")
    assert next(one.check.id for one in event_of(trace, Act.STEP_B2).checks if one.decides) == "behind.proved"
    assert played(**OWN, dpop="tokens").worlds[-1].runs[VICTIM].state is State.DONE


def test_the_mcp_server_judges_the_call_before_it_asks_anybody() -> None:
    trace = played(**OWN, mistakes=frozenset({"api-expects-another-audience"}))
    assert not any(one.receiver == API_BEHIND for event in trace.events for one in event.messages)
    assert trace.worlds[-1].runs[VICTIM].state is State.API_UNAUTHORIZED


def test_the_api_behind_knows_the_keys_that_the_server_has_changed_to() -> None:
    trace = played(**OWN, later="keys login call", remembered="consent")
    last = [event for event in trace.events if event.act is Act.STEP_B2][-1]
    assert last.after is State.TOOL_ANSWERED
    assert booked(last) == TOOLS_CLIENT


def test_whoever_runs_the_api_behind_reads_the_users_data_with_a_token_that_was_passed_on() -> None:
    trace = played(attacker="token-passthrough")
    assert trace.verdict.attack_succeeded
    assert "its audience is right there" in trace.verdict.sentence
    stolen = shown(sent(event_of(trace, Act.STEP_10, CALL), "attacker", API))
    assert stolen == shown(sent(event_of(trace, Act.STEP_10), CLIENT, API))
    audience = next(one for one in event_of(trace, Act.STEP_B1, CALL).checks if one.check.id == "api.audience")
    assert audience.on
    assert audience.passed


@pytest.mark.parametrize(
    ("settings", "check"),
    [
        ({"behind": "own-token"}, "api.audience"),
        ({"behind": "own-token", "without": frozenset({"api.audience", "api.scope"})}, None),
        ({"dpop": "tokens"}, "api_proof.scheme"),
    ],
)
def test_a_token_of_its_own_or_one_that_is_bound_to_a_key_keeps_the_data(
    settings: dict[str, Any], check: str | None
) -> None:
    trace = played(client="mcp", attacker="token-passthrough", **settings)
    assert not trace.verdict.attack_succeeded
    assert trace.verdict.stopped_by == check
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE, "the user's own call goes on as ever"
    assert "access_token" in trace.worlds[-1].attacker.loot


def test_an_api_behind_that_is_not_the_attackers_tells_the_attacker_nothing() -> None:
    world = world_in(State.BEHIND_ASKED, **PASSED_ON)
    after = apply(world, Move(VICTIM, Act.STEP_B2))
    assert after.attacker.loot == {}


def test_the_mcp_server_asks_about_whom_the_token_names_whatever_else_the_call_says() -> None:
    world = world_in(State.TOOL_CALLED, **OWN)
    flying = world.runs[VICTIM].in_flight
    assert flying is not None and isinstance(flying.message, Request)
    other = replace(flying.message, url=f"{MCP_URL}?contacts=user-mallory")
    run = evolve(world.runs[VICTIM], in_flight=replace(flying, message=other))
    after = apply(evolve(world, runs=world.runs.set(VICTIM, run)), Move(VICTIM, Act.STEP_B1))
    asked = sent(after.log[-1], API, API_BEHIND)
    assert asked.url == f"{CONTACTS_ORIGIN}/{CONTACTS}/{ALICE}"


@pytest.mark.parametrize("client", ["web", "spa", "native-scheme", "native-loopback"])
def test_only_an_mcp_server_has_an_api_behind_it(client: str) -> None:
    with pytest.raises(ScenarioError, match="choose 'mcp' for client"):
        Scenario(client=client, behind="own-token")


def test_a_login_goes_by_a_server_behind_or_a_call_by_an_api_behind() -> None:
    with pytest.raises(ScenarioError, match="leave one of the two out"):
        Scenario(**OWN, proxy=True)


def test_a_live_mcp_server_has_what_its_tools_need_itself() -> None:
    world = LiveWorld(Scenario(**PASSED_ON))
    asked = mcp_client.call_tool(MCP_URL, "read_messages", "made-up", user_agent="test")
    assert world.handle(asked).status == 401
    assert world.handle(Request(method="GET", url=f"{CONTACTS_ORIGIN}/{CONTACTS}")).status == 404
    assert world.scenario.behind == "none"


def test_it_is_said_where_a_token_of_its_own_comes_from_and_that_this_is_not_shown() -> None:
    def told(settings: dict[str, Any]) -> str:
        return next(narration.text(one) for one in narration.told(played(**settings)) if one.event.act is Act.STEP_B1)

    assert "by the client credentials grant. These two messages are not shown here." in told(OWN)
    assert "client credentials" not in told(PASSED_ON)
