"""An MCP server at a live world: which requests are its own, and which steps they are.

What comes before the login, a call without a token and the questions for metadata, names no login. It is told at the
beginning of the next one.

Source: Model Context Protocol, revision 2026-07-28, authorization; RFC 9728 section 3.
"""

from typing import NamedTuple

from flowsim.actors import mcp_api
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import API, SERVER
from flowsim.model.world import CONNECTION, DISCOVERY, REGISTRATION, Api, World
from flowsim.protocol import json_rpc, well_known
from flowsim.protocol.json_rpc import Call
from flowsim.protocol.messages import Request, Response

_LAST_OF_SESSION = "tools/list"


class Steps(NamedTuple):
    """The two steps that a request and its answer are, in the run of this name; `party` is who answers."""

    run: str
    role: Role
    asks: Act
    answers: Act
    outcome: Outcome
    party: str = SERVER


def is_at(api: Api, url: str) -> bool:
    """True for the addresses of this MCP server: its endpoint and its metadata."""
    return url.partition("?")[0] in (api.url, mcp_api.metadata_address(api))


def method_of(request: Request) -> str:
    """The method that the message in this request calls; empty where it is no such message."""
    message = json_rpc.parse(request.body) if request.method == "POST" else None
    return message.method if isinstance(message, Call) else ""


def before_login(world: World, asked: Request, answer: Response) -> Steps | None:
    """Which steps of the app these are, as far as it has come in this world; None for what is no step."""
    run = world.runs.get(CONNECTION)
    state = run.state if run else State.START
    path = asked.path
    if path.endswith("/oauth/register") and REGISTRATION not in world.runs:
        outcome = Outcome.OK if answer.status == 201 else Outcome.STOPPED
        return Steps(REGISTRATION, Role.REGISTRATION, Act.STEP_C1, Act.STEP_C2, outcome)
    if state is State.START and method_of(asked) and answer.status == 401:
        return Steps(CONNECTION, Role.CONNECTION, Act.STEP_M1, Act.STEP_M2, Outcome.OK, API)
    if state is State.TOKEN_DEMANDED and path.startswith(well_known.RESOURCE):
        return Steps(CONNECTION, Role.CONNECTION, Act.STEP_M3, Act.STEP_M4, _found(answer), API)
    asked_before = world.runs.get(DISCOVERY)
    wanted = state is State.RESOURCE_KNOWN and (asked_before is None or asked_before.state is State.START)
    if wanted and any(part in path for part in (well_known.SERVER, well_known.OPENID)):
        return Steps(DISCOVERY, Role.DISCOVERY, Act.STEP_D1, Act.STEP_D2, _found(answer))
    return None


def in_session(asked: Request, answer: Response) -> Outcome:
    """How a message that calls no tool came out. After the list of tools there is no more to say before a call."""
    if answer.status not in (200, 202):
        return Outcome.ERROR
    return Outcome.OK if method_of(asked) == _LAST_OF_SESSION else Outcome.MORE


def _found(answer: Response) -> Outcome:
    return {200: Outcome.OK, 404: Outcome.NOT_THERE}.get(answer.status, Outcome.STOPPED)
