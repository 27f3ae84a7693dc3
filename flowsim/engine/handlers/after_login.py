"""What happens after a login: refreshing, logging out, a new password, and time that passes."""

from flowsim.actors import client
from flowsim.actors.authorization_server import administration
from flowsim.engine import key_lookup
from flowsim.engine.effect import Done, Handler, answer_to
from flowsim.engine.handlers.login import step_8
from flowsim.model import timeline
from flowsim.model.context import Scene
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import CLIENT, SERVER, USER
from flowsim.model.transitions import Written
from flowsim.model.world import Run, Sent, World


def send_refresh_token(world: World, run: Run, message: Written | None, scene: Scene) -> Done:
    item = next((item for item in timeline.parse(world.scenario.later) if item.run == run.name), None)
    asked = client.refresh(world.clients[run.client], run.who, item.scope if item else None, scene)
    scene.send(CLIENT, SERVER, asked)
    return Done(in_flight=Sent(CLIENT, SERVER, asked))


def receive_refreshed(world: World, run: Run, message: Written | None, scene: Scene) -> Done:
    answer = answer_to(run)
    scene.send(SERVER, CLIENT, answer)
    app = key_lookup.of_client(world, run, answer, scene)
    if answer.status != 200:
        if answer.json().get("error") == "invalid_grant":
            app = client.forget_refresh_token(app, run.who)
        return Done(Outcome.ERROR, changes={"clients": world.clients.set(run.client, app)})
    app, accepted = client.receive_refreshed(app, run.who, answer, scene)
    return Done(Outcome.OK if accepted else Outcome.STOPPED, changes={"clients": world.clients.set(run.client, app)})


def ask_to_revoke(world: World, run: Run, message: Written | None, scene: Scene) -> Done:
    asked = client.revoke(world.clients[run.client], run.who)
    scene.send(CLIENT, SERVER, asked)
    return Done(in_flight=Sent(CLIENT, SERVER, asked))


def answer_revocation(world: World, run: Run, message: Written | None, scene: Scene) -> Done:
    """The app forgets the token whatever the answer is: that is what the user wanted."""
    done = step_8(world, run, message, scene)
    assert done.in_flight is not None
    scene.send(SERVER, CLIENT, done.in_flight.message)
    app = client.forget_refresh_token(world.clients[run.client], run.who)
    return Done(done.outcome, changes={**done.changes, "clients": world.clients.set(run.client, app)})


def change_password(world: World, run: Run, message: Written | None, scene: Scene) -> Done:
    """The user tells the server a new password. How is the server's own business: no specification has messages for it."""
    person = world.people[run.owner]
    password = scene.text("password", 16)
    scene.make(USER, "password", password)
    scene.make(SERVER, "password", password)
    server = administration.change_password(world.servers[run.server], person.username, password)
    changes = {
        "servers": world.servers.set(run.server, server),
        "people": world.people.set(run.owner, type(person)(**{**vars(person), "password": password})),
    }
    return Done(changes=changes, sender=USER, receiver=SERVER, step=world.log[-1].step)


def rotate_keys(world: World, run: Run, message: Written | None, scene: Scene) -> Done:
    """The server's owner changes the key: no message says so. Whoever meets a token of the new key asks for it."""
    server = administration.rotate_keys(world.servers[run.server], scene.now)
    changes = {"servers": world.servers.set(run.server, server)}
    return Done(changes=changes, sender=SERVER, receiver=SERVER, step=world.log[-1].step)


def wait(world: World, run: Run, message: Written | None, scene: Scene) -> Done:
    """Nothing happens; `apply` lets the time pass that the move names."""
    return Done(sender=USER, receiver=USER, step=world.log[-1].step if world.log else 1)


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
