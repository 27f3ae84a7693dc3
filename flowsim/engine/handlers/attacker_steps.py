"""The numbered steps in a run of the attacker's own program: it goes on like the app, where it got through."""

from flowsim.actors import client
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.registry import handles
from flowsim.engine.turn import Turn
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import API, ATTACKER, SERVER
from flowsim.model.world import Sent
from flowsim.protocol.messages import Request


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
    asked = turn.written or client.api_request(turn.api.url, turn.world.attacker.loot["access_token"], "attacker")
    turn.context.record_message(ATTACKER, API, asked)
    return Effect(in_flight=Sent(ATTACKER, API, asked), sender=ATTACKER)


@handles(Act.STEP_R1, by_attacker=True)
def send_refresh_token(turn: Turn) -> Effect:
    asked = turn.written
    if not isinstance(asked, Request):
        raise ValueError("an attacker that sends a token must say what it sends: Move(run, act, message=Request(…))")
    turn.context.record_message(ATTACKER, SERVER, asked)
    return Effect(in_flight=Sent(ATTACKER, SERVER, asked), sender=ATTACKER)
