"""What happens after a login: refreshing, logging out, a new password, and time that passes."""

from flowsim.actors import client
from flowsim.actors.authorization_server import administration
from flowsim.engine import key_lookup
from flowsim.engine.effect import Effect, Handler, answer_to
from flowsim.engine.handlers.login import step_8
from flowsim.model import timeline
from flowsim.model.context import Context
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import CLIENT, SERVER, USER
from flowsim.model.transitions import Written
from flowsim.model.world import Run, Sent, World


def send_refresh_token(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    item = next((item for item in timeline.parse(world.scenario.later) if item.run == run.name), None)
    asked = client.refresh(world.clients[run.client], run.who, item.scope if item else None, context)
    context.record_message(CLIENT, SERVER, asked)
    return Effect(in_flight=Sent(CLIENT, SERVER, asked))


def receive_refreshed(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    answer = answer_to(run)
    context.record_message(SERVER, CLIENT, answer)
    app = key_lookup.of_client(world, run, answer, context)
    if answer.status != 200:
        if answer.json().get("error") == "invalid_grant":
            app = client.forget_refresh_token(app, run.who)
        return Effect(Outcome.ERROR, changes={"clients": world.clients.set(run.client, app)})
    app, accepted = client.receive_refreshed(app, run.who, answer, context)
    return Effect(Outcome.OK if accepted else Outcome.STOPPED, changes={"clients": world.clients.set(run.client, app)})


def ask_to_revoke(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    asked = client.revoke(world.clients[run.client], run.who)
    context.record_message(CLIENT, SERVER, asked)
    return Effect(in_flight=Sent(CLIENT, SERVER, asked))


def answer_revocation(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The app forgets the token whatever the answer is: that is what the user wanted."""
    done = step_8(world, run, message, context)
    assert done.in_flight is not None
    context.record_message(SERVER, CLIENT, done.in_flight.message)
    app = client.forget_refresh_token(world.clients[run.client], run.who)
    return Effect(done.outcome, changes={**done.changes, "clients": world.clients.set(run.client, app)})


def change_password(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The user tells the server a new password. How is the server's own business: no specification has messages for it."""
    person = world.people[run.owner]
    password = context.random_token("password", 16)
    context.record_secret(USER, "password", password)
    context.record_secret(SERVER, "password", password)
    server = administration.change_password(world.servers[run.server], person.username, password)
    changes = {
        "servers": world.servers.set(run.server, server),
        "people": world.people.set(run.owner, type(person)(**{**vars(person), "password": password})),
    }
    return Effect(changes=changes, sender=USER, receiver=SERVER, step=world.log[-1].step)


def rotate_keys(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The server's owner changes the key: no message says so. Whoever meets a token of the new key asks for it."""
    server = administration.rotate_keys(world.servers[run.server], context.now)
    changes = {"servers": world.servers.set(run.server, server)}
    return Effect(changes=changes, sender=SERVER, receiver=SERVER, step=world.log[-1].step)


def wait(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """Nothing happens; `apply` lets the time pass that the move names."""
    return Effect(sender=USER, receiver=USER, step=world.log[-1].step if world.log else 1)


ACTS: dict[Act, Handler] = {
    Act.STEP_R1: send_refresh_token,
    Act.STEP_R2: step_8,
    Act.STEP_R3: receive_refreshed,
    Act.STEP_V1: ask_to_revoke,
    Act.STEP_V2: answer_revocation,
    Act.CHANGE_PASSWORD: change_password,
    Act.ROTATE_KEYS: rotate_keys,
    Act.WAIT: wait,
}
