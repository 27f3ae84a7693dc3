"""What happens after a login: refreshing, logging out, a new password, and time that passes."""

from dataclasses import replace

from flowsim.actors import client
from flowsim.actors.authorization_server import administration
from flowsim.checks import cross_origin
from flowsim.engine import key_lookup, page
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.login import heard_nonce, step_8
from flowsim.engine.handlers.registry import handles
from flowsim.engine.honest_moves import has_been_replaced, is_of_same_session
from flowsim.engine.turn import Turn
from flowsim.model import timeline
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import CLIENT, SERVER, USER
from flowsim.model.world import Client, Sent
from flowsim.protocol.messages import Response


@handles(Act.STEP_R1)
def send_refresh_token(turn: Turn) -> Effect:
    if turn.scenario.single_flight and _is_refreshing(turn):
        return Effect(Outcome.JOINED, sender=CLIENT, receiver=CLIENT)
    planned = timeline.parse(turn.scenario.later)
    item = next((item for item in planned if item.run == turn.run.name), None)
    asked = client.refresh(turn.app, turn.run.who, item.scope if item else None, turn.context)
    sent = page.send(turn, asked, SERVER, cross_origin.REFRESH_PREFLIGHT)
    return Effect(in_flight=Sent(CLIENT, SERVER, sent)) if sent else page.not_sent(SERVER)


def _is_refreshing(turn: Turn) -> bool:
    """True where the same app has sent the refresh token of the same login, and waits for the answer."""
    waiting = [one for one in turn.world.runs.values() if one.role is Role.REFRESH and one.state in _WAITING]
    return any(is_of_same_session(one, turn.run) and not has_been_replaced(turn.world, one) for one in waiting)


_WAITING = (State.REFRESH_SENT, State.REFRESH_ACCEPTED, State.REFRESH_REFUSED, State.UNANSWERED)


@handles(Act.STEP_R3)
def receive_refreshed(turn: Turn) -> Effect:
    """An app that has logged the user out meanwhile, or in once more, has no use for what comes."""
    who, answer = turn.run.who, turn.answer
    if not page.receive(turn, answer, SERVER, cross_origin.REFRESHED):
        return page.hidden(SERVER)
    app = key_lookup.of_client(turn, cross_origin.REFRESHED_KEYS)
    if app is None:
        return page.hidden(SERVER)
    app = heard_nonce(turn, app)
    replaced = has_been_replaced(turn.world, turn.run)
    if answer.status != 200:
        useless = answer.json().get("error") == "invalid_grant" and not replaced
        return Effect(Outcome.ERROR, app=client.forget_refresh_token(app, who) if useless else app)
    if replaced:
        return Effect(Outcome.STOPPED, app=app)
    app, accepted = client.receive_refreshed(app, who, answer, turn.context)
    return Effect(Outcome.OK if accepted else Outcome.STOPPED, app=app)


@handles(Act.STEP_V1)
def ask_to_revoke(turn: Turn) -> Effect:
    """An app that cannot even ask forgets the token all the same."""
    asked = client.revoke(turn.app, turn.run.who, turn.context)
    sent = page.send(turn, asked, SERVER, cross_origin.LOGOUT_PREFLIGHT)
    if sent is None:
        return replace(page.not_sent(SERVER), app=client.forget_refresh_token(turn.app, turn.run.who))
    return Effect(in_flight=Sent(CLIENT, SERVER, sent))


@handles(Act.STEP_V2)
def answer_revocation(turn: Turn) -> Effect:
    """The app forgets the token whatever the answer is: that is what the user wanted."""
    answered = step_8(turn)
    assert answered.in_flight is not None
    answer = answered.in_flight.message
    assert isinstance(answer, Response)
    app = without_its_token(turn)
    if not page.receive(turn, answer, SERVER, cross_origin.REVOKED):
        return replace(page.hidden(SERVER), app=app, server=answered.server)
    return replace(answered, in_flight=None, app=app)


def without_its_token(turn: Turn) -> Client:
    """The app without the refresh token that it has asked to revoke; one that came by a later login stays."""
    replaced = has_been_replaced(turn.world, turn.run)
    return turn.app if replaced else client.forget_refresh_token(turn.app, turn.run.who)


@handles(Act.CHANGE_PASSWORD)
def change_password(turn: Turn) -> Effect:
    """The user tells the server a new password. How is the server's own business: no specification has messages for it."""
    password = turn.context.random_token("password", 16)
    turn.context.record_secret(USER, "password", password)
    turn.context.record_secret(SERVER, "password", password)
    server = administration.change_password(turn.server, turn.person.username, password)
    return Effect(person=replace(turn.person, password=password), server=server, sender=USER, receiver=SERVER)


@handles(Act.ROTATE_KEYS)
def rotate_keys(turn: Turn) -> Effect:
    """The server's owner changes the key: no message says so. Whoever meets a token of the new key asks for it."""
    server = administration.rotate_keys(turn.server, turn.context.now)
    return Effect(server=server, sender=SERVER, receiver=SERVER)


@handles(Act.WAIT)
def wait(turn: Turn) -> Effect:
    """Nothing happens; `apply` lets the time pass that the move names."""
    return Effect(sender=USER, receiver=USER)
