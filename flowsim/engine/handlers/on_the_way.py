"""What happens to a request on the way, and inside a server that does in two moves what should be one.

Only what honest parties send is lost or delivered twice here: what the network does to an attacker is of no interest.

Source: RFC 9110 section 9.2.2; RFC 6749 sections 4.1.2 and 10.5; RFC 9700 section 4.14.2.
"""

from flowsim.actors import api, app_proofs, authorization_server, client
from flowsim.checks import cross_origin
from flowsim.checks.cross_origin import Preflight
from flowsim.engine import page
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.after_login import without_its_token
from flowsim.engine.handlers.registry import handles
from flowsim.engine.honest_moves import has_no_token, has_retried, holds_what_it_sent, looks_up, stands_against
from flowsim.engine.turn import Turn
from flowsim.model.order import COPY
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.model.world import Sent, call_of, evolve
from flowsim.protocol.messages import Request

# The step by which a request was sent, by the state that the run has come to with it.
_SENT_AT = {
    State.CODE_SENT: 7,
    State.REFRESH_SENT: 12,
    State.REVOCATION_SENT: 15,
    State.API_ASKED: 10,
}
# The step in which the answer is made, where it waits for the next one, and where it is heard at once.
_ANSWERED_AT = {
    State.CODE_ACCEPTED: 8,
    State.CODE_REFUSED: 8,
    State.REFRESH_ACCEPTED: 13,
    State.REFRESH_REFUSED: 13,
    State.REVOCATION_SENT: 16,
    State.API_ASKED: 11,
}
_PREFLIGHTS: dict[Role, Preflight] = {
    Role.LOGIN: cross_origin.CODE_PREFLIGHT,
    Role.REFRESH: cross_origin.REFRESH_PREFLIGHT,
    Role.LOGOUT: cross_origin.LOGOUT_PREFLIGHT,
}


@handles(Act.LOOK_UP)
def look_up(turn: Turn) -> Effect:
    """The server reads what it knows of the code or the refresh token, and of the proof and the assertion beside it."""
    if not looks_up(turn.world, turn.run):
        raise turn.illegal("only a server with server_atomic=False reads first and writes later, and it reads once")
    step = _step_of_the_request(turn.asked)
    return Effect(in_flight=turn.run.in_flight, read=turn.server, sender=SERVER, receiver=SERVER, step=step)


@handles(Act.LOSE_REQUEST)
def lose_request(turn: Turn) -> Effect:
    _can(turn)
    return Effect(Outcome.LOST, sender=CLIENT, receiver=_asked(turn), step=_SENT_AT[turn.run.state])


@handles(Act.LOSE_ANSWER)
def lose_answer(turn: Turn) -> Effect:
    """Whoever was asked has done what was asked. Only the app does not hear of it."""
    _can(turn)
    step, asked = _ANSWERED_AT[turn.run.state], _asked(turn)
    if turn.run.state is State.API_ASKED:
        called = api.handle(turn.api, turn.asked, turn.context)[0]
        return Effect(Outcome.LOST, api=called, sender=asked, receiver=CLIENT, step=step)
    server = turn.server
    if turn.run.state is State.REVOCATION_SENT:
        server = authorization_server.handle(server, turn.asked, turn.context)[0]
    return Effect(Outcome.LOST, server=server, sender=asked, receiver=CLIENT, step=step)


@handles(Act.DUPLICATE)
def duplicate(turn: Turn) -> Effect:
    """The same bytes come to the server once more, as a run of its own. What the server answers to them goes nowhere."""
    run = turn.run
    _can(turn)
    number = 1 + sum(other.role is Role.COPY for other in turn.world.runs.values())
    copy = evolve(run, name=f"{COPY} {number}", role=Role.COPY, state=State.COPY_SENT, read=None)
    turn.context.record_message(CLIENT, SERVER, turn.asked)
    return Effect(
        in_flight=run.in_flight,
        read=run.read,
        opens=copy,
        sender=CLIENT,
        receiver=SERVER,
        step=_SENT_AT[run.state],
        detail=copy.name,
    )


@handles(Act.ANSWER_COPY)
def answer_copy(turn: Turn) -> Effect:
    server, answer = authorization_server.handle(turn.server, turn.asked, turn.context, turn.run.read)
    outcome = Outcome.OK if answer.status == 200 else Outcome.ERROR
    step = _step_of_the_request(turn.asked) + 1
    return Effect(outcome, server=server, sender=SERVER, receiver=SERVER, step=step)


@handles(Act.RETRY)
def retry(turn: Turn) -> Effect:
    """The app sends its request once more: the same one, with a new proof and a new assertion where it sends such."""
    run, role = turn.run, turn.run.role
    if not turn.scenario.retries:
        raise turn.illegal("this app does not send a request twice; the setting retries says so")
    if has_retried(turn.world, run):
        raise turn.illegal("the app has sent it twice")
    if not holds_what_it_sent(turn.world, run):
        raise turn.illegal("the app no longer holds the tokens that it was made with")
    to_api = run.state is State.API_UNANSWERED
    asked = last_request(turn)
    app, again = app_proofs.sent_again(turn.app, run.who, asked, turn.context, call_of(run, run.who))
    receiver = API if to_api else SERVER
    sent = page.send(turn, again, receiver, cross_origin.CALL_PREFLIGHT if to_api else _PREFLIGHTS[role])
    assert sent is not None, "what a browser has sent for the page before it sends again"
    step = 10 if to_api else _step_of_the_request(asked)
    return Effect(in_flight=Sent(CLIENT, receiver, sent), app=app, sender=CLIENT, receiver=receiver, step=step)


@handles(Act.TIME_OUT)
def time_out(turn: Turn) -> Effect:
    """The app gives up what it wanted. What it held before it keeps; a token that was to be revoked it forgets."""
    run, app = turn.run, turn.app
    to_api = run.state is State.API_UNANSWERED
    if run.role is Role.LOGIN and not to_api:
        app = client.give_up(app, call_of(run, run.who))
    if run.role is Role.LOGOUT:
        app = without_its_token(turn)
    step = 11 if to_api else _step_of_the_request(last_request(turn)) + 1
    return Effect(Outcome.STOPPED, app=app, sender=CLIENT, receiver=CLIENT, step=step)


@handles(Act.GO_WITHOUT)
def go_without(turn: Turn) -> Effect:
    """The app has nothing to call the API with: the tokens of this login went with a logout."""
    if not has_no_token(turn.world, turn.run):
        raise turn.illegal("the app holds the tokens of this login")
    return Effect(Outcome.STOPPED, sender=CLIENT, receiver=CLIENT, step=9)


def last_request(turn: Turn) -> Request:
    """The request that this run of the app has sent last."""
    own = (event for event in reversed(turn.world.log) if event.run == turn.run.name)
    sent = (one for event in own for one in reversed(event.messages) if one.sender == CLIENT)
    return next(one.message for one in sent if isinstance(one.message, Request))


def _can(turn: Turn) -> None:
    """Raises IllegalMove where something stands against this act of the network."""
    if why := stands_against(turn.run, turn.move.act):
        raise turn.illegal(why)


def _asked(turn: Turn) -> str:
    """Who has to answer."""
    sent = turn.run.in_flight
    assert sent is not None, "the table allows this only where a message is in flight"
    return sent.receiver if sent.sender == CLIENT else sent.sender


def _step_of_the_request(asked: Request) -> int:
    """The step by which a request to the authorization server was sent."""
    if asked.path == "/oauth/revoke":
        return 15
    return 12 if ("grant_type", "refresh_token") in asked.form else 7
