"""The way by the API behind an MCP server: the steps B1 and B2, between the call of a tool and its answer.

Source: Model Context Protocol, revision 2026-07-28, security considerations (access token privilege restriction).
"""

from flowsim.actors import api, api_behind, authorization_server, mcp_api
from flowsim.actors.mistakes import proxies
from flowsim.engine import key_lookup
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.login import send_again, tries_again
from flowsim.engine.handlers.registry import attacker_act, handles
from flowsim.engine.turn import Turn
from flowsim.model.mcp import CONTACTS, CONTACTS_ORIGIN, TOOLS_CLIENT
from flowsim.model.positions import TOKEN
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import API, API_BEHIND, ATTACKER, CLIENT
from flowsim.model.world import Event, Sent, World
from flowsim.protocol.messages import Request, Response


@handles(Act.STEP_B1)
def ask_behind(turn: Turn) -> Effect:
    """The MCP server judges the call, and asks the API behind it for the rest; or it answers by itself, and asks nobody."""
    arrived = proxies.at_the_api(turn.scenario.mistakes, turn.asked)
    called, answer = api.handle(key_lookup.of_api(turn), arrived, turn.context)
    if tries_again(turn, answer) and (again := send_again(turn, API, answer, api=called)):
        return again
    user = api.owner_in(answer) if answer.status == 200 else None
    if user is None:
        flying = Sent(API, _caller(turn), answer)
        return Effect(Outcome.ERROR, in_flight=flying, api=called, receiver=API)
    asks = api_behind.call(turn.world.apis[CONTACTS_ORIGIN], user, _shown(turn, arrived))
    turn.context.record_message(API, API_BEHIND, asks)
    return Effect(in_flight=Sent(API, API_BEHIND, asks), api=called)


def _shown(turn: Turn, arrived: Request) -> str:
    """What the MCP server shows to the API behind: a token that was issued to it, or what its client has shown."""
    tools = turn.api.tools
    assert tools is not None, "only an MCP server asks an API behind it"
    if tools.behind == "passed-on":
        return arrived.header("authorization") or ""
    scope = f"read:{CONTACTS}"
    own = authorization_server.own_token(turn.server, TOOLS_CLIENT, CONTACTS_ORIGIN, scope, turn.context)
    turn.context.record_secret(API, "access_token", own)
    return f"Bearer {own}"


@handles(Act.STEP_B2)
def answer_behind(turn: Turn) -> Effect:
    behind = turn.world.apis[CONTACTS_ORIGIN]
    if is_the_attackers(turn.world):
        return Effect(in_flight=_finished(turn, _served(turn)))
    behind = key_lookup.of_api(turn, behind, API_BEHIND)
    told = api_behind.handle(behind, turn.asked, turn.context)
    outcome = Outcome.OK if told.status == 200 else Outcome.ERROR
    return Effect(outcome, in_flight=_finished(turn, told), api_behind=behind)


@attacker_act(
    Act.SERVE_BEHIND,
    takes=TOKEN,
    clauses=("RFC 9700 §4.9.2",),
    label="keep the request, and answer it",
    title="The API behind keeps what it is shown",
    text=(
        "The API behind is in the attacker's hands. It keeps the request, with the `access_token` in it, and answers as it "
        "always does. Neither the MCP server nor the app notices anything."
    ),
    notes="Ask: who has done anything wrong here? And what would this API hold, if it had been shown another token?",
)
def serve_behind(turn: Turn) -> Effect:
    """Whoever runs the API behind has every request to it, and the token in it."""
    asked, context = turn.asked, turn.context
    context.record_message(API_BEHIND, ATTACKER, asked)
    shown = (asked.header("authorization") or "").partition(" ")[2]
    flying = _finished(turn, _served(turn))
    return Effect(in_flight=flying, loot={"access_token": shown}, sender=API_BEHIND, receiver=ATTACKER, step=34)


def _served(turn: Turn) -> Response:
    """What an API behind answers that is in the attacker's hands: it takes every token."""
    return api_behind.answer(turn.world.apis[CONTACTS_ORIGIN], turn.asked, api_behind.NOBODY)


def is_the_attackers(world: World) -> bool:
    """True where the API behind is in the attacker's hands, as has been seen."""
    return any(event.act is Act.SERVE_BEHIND for event in world.log)


def booked(event: Event) -> str | None:
    """On whom the API behind has booked the call, as its answer in this event says; None where it has said nothing."""
    answers = (one.message for one in event.messages if one.sender == API_BEHIND)
    named = next((one.json().get("booked_on") for one in answers if isinstance(one, Response)), None)
    return named if isinstance(named, str) else None


def _finished(turn: Turn, told: Response) -> Sent:
    """The answer of the tool, once the API behind has said this."""
    turn.context.record_message(API_BEHIND, API, told)
    call = next(
        one.message
        for event in reversed(turn.world.log)
        for one in reversed(event.messages)
        if event.run == turn.run.name and one.receiver == API and isinstance(one.message, Request)
    )
    return Sent(API, _caller(turn), mcp_api.finish(turn.api, call, told))


def _caller(turn: Turn) -> str:
    """Who has called the tool."""
    return ATTACKER if turn.run.owner == ATTACKER else CLIENT
