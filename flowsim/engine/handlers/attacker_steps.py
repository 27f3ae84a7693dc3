"""The numbered steps in a run of the attacker's own program: it goes on like the app, where it got through."""

from flowsim.actors import client
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.registry import handles
from flowsim.engine.honest_moves import honest_move
from flowsim.engine.turn import Turn
from flowsim.model.scenario import LAST_SECOND
from flowsim.model.shown import shown
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import API, ATTACKER, SERVER
from flowsim.model.timeline import LONGEST_WAIT
from flowsim.model.world import Sent


@handles(Act.STEP_9, Act.STEP_R3, by_attacker=True)
def receive_answer(turn: Turn) -> Effect:
    answer = turn.answer
    turn.context.record_message(SERVER, ATTACKER, answer)
    if answer.status != 200:
        return Effect(Outcome.ERROR, receiver=ATTACKER)
    tokens = {name: str(value) for name, value in answer.json().items() if name.endswith("_token")}
    return Effect(loot=tokens, receiver=ATTACKER)


@handles(Act.STEP_10, by_attacker=True)
def call_api(turn: Turn) -> Effect:
    """Call the API as the attacker has written it, or with the token it has got; the API keeps its data at one address."""
    token = turn.world.attacker.loot.get("access_token")
    if turn.written is None and token is None:
        raise turn.illegal("the attacker has no access token; a call of its own writing is message=Request(…)")
    written = turn.written is not None
    asked = turn.asked_at(turn.api.url) if written else client.api_request(turn.api.url, token or "", "attacker")
    method = "GET" if turn.api.tools is None else "POST"
    if asked.method != method:
        raise turn.illegal(f"the data is read with {method}, and not with {asked.method[:20]!r}")
    turn.context.record_message(ATTACKER, API, asked)
    asks_behind = turn.api.tools is not None and turn.api.tools.behind != "none"
    return Effect(Outcome.TOOL if asks_behind else Outcome.OK, in_flight=Sent(ATTACKER, API, asked), sender=ATTACKER)


@handles(Act.WAIT, by_attacker=True)
def wait(turn: Turn) -> Effect:
    """The attacker waits. It can hold nobody up, so time passes once the others have nothing left to do."""
    seconds = turn.move.seconds
    if honest_move(turn.world) is not None:
        raise turn.illegal(
            "the others have something to do, and no position holds them up; give None until they are done"
        )
    if not 0 < seconds <= LONGEST_WAIT or turn.world.now + seconds > LAST_SECOND:
        raise turn.illegal(
            f"it must say how long, from 1 to {LONGEST_WAIT} seconds: seconds=…, and not {shown(seconds)}"
        )
    return Effect(sender=ATTACKER, receiver=ATTACKER)


@handles(Act.STEP_R1, by_attacker=True)
def send_refresh_token(turn: Turn) -> Effect:
    asked = turn.asked_at(f"{turn.run.server}/oauth/token")
    turn.context.record_message(ATTACKER, SERVER, asked)
    return Effect(in_flight=Sent(ATTACKER, SERVER, asked), sender=ATTACKER)
