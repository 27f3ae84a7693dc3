"""What an attacker does: reads, takes, sends, and goes on like the app where it got through."""

from flowsim.actors import browser, client
from flowsim.actors.scene import Scene
from flowsim.machine import Act, Outcome
from flowsim.messages import Opening, Request, Response, origin_of, query_of
from flowsim.moves.done import Done, Handler, answer_to, flying, loot
from flowsim.moves.login import step_8, step_11
from flowsim.steps import API, ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.world import VICTIM, Run, Sent, World


def read_app(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """Anybody who has the app has its files, and every text in them (RFC 8252 section 8.5)."""
    secret = world.clients[world.runs[VICTIM].client].secret if world.scenario.shipped_secret else None
    scene.make(ATTACKER, "client_secret", secret)
    found = {"client_secret": secret} if secret else {}
    return Done(
        changes=loot(world, found), sender=CLIENT, receiver=ATTACKER, step=world.log[-1].step if world.log else 1
    )


def read_request(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """The authorization request is in the browser's history, and often in a log on the device (RFC 7636 section 1)."""
    endpoint = f"{run.server}/authorize"
    url = next(url for url in reversed(world.browsers[run.owner].history) if url.startswith(endpoint))
    scene.send(BROWSER, ATTACKER, Opening(url=url))
    return Done(
        in_flight=run.in_flight, changes=loot(world, dict(query_of(url))), sender=BROWSER, receiver=ATTACKER, step=3
    )


def read_response(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """A copy of the redirect leaks, from a history, a log or a header; the app still gets its own."""
    done = take_response(world, run, message, scene)
    done.in_flight, done.changes = run.in_flight, {"attacker": done.changes["attacker"]}
    return done


def take_response(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """The attacker's app has claimed the same address, and the operating system hands the redirect to it."""
    arrived = flying(run)
    assert not isinstance(arrived, Response)
    scene.send(BROWSER, ATTACKER, arrived)
    device = browser.claim(world.browsers[run.owner], origin_of(arrived.url), ATTACKER)
    changes = {**loot(world, dict(query_of(arrived.url))), "browsers": world.browsers.set(run.owner, device)}
    return Done(changes=changes, sender=BROWSER, receiver=ATTACKER, step=6)


def send_code(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    if message is None:
        raise ValueError("an attacker that sends a code must say what it sends: Move(run, act, message=Request(…))")
    scene.send(ATTACKER, SERVER, message)
    return Done(in_flight=Sent(ATTACKER, SERVER, message), sender=ATTACKER, receiver=SERVER, step=7)


def receive_answer(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    answer = answer_to(run)
    scene.send(SERVER, ATTACKER, answer)
    if answer.status != 200:
        return Done(Outcome.ERROR, receiver=ATTACKER)
    tokens = {name: str(value) for name, value in answer.json().items() if name.endswith("_token")}
    return Done(changes=loot(world, tokens), receiver=ATTACKER)


def read_api_request(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """Whoever runs the API, or reads its logs, has every request to it, and the token in it (RFC 9700 section 4.9)."""
    asked = flying(run)
    assert isinstance(asked, Request)
    scene.send(API, ATTACKER, asked)
    found = {"access_token": (asked.header("authorization") or "").partition(" ")[2]}
    if proof := asked.header("dpop"):
        found["dpop_proof"] = proof
    return Done(in_flight=run.in_flight, changes=loot(world, found), sender=API, receiver=ATTACKER, step=10)


def call_api(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    asked = message or client.api_request(world.apis[run.api].url, world.attacker.loot["access_token"], "thief")
    scene.send(ATTACKER, API, asked)
    return Done(in_flight=Sent(ATTACKER, API, asked), sender=ATTACKER)


def read_storage(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """A refresh token has to outlive the app's next start, so it lies in storage, where others may read it."""
    victim = world.runs[VICTIM]
    held = world.clients[victim.client].tokens.get(victim.who)
    text = held.refresh_token if held else None
    scene.make(ATTACKER, "refresh_token", text)
    found = {"refresh_token": text} if text else {}
    return Done(
        changes=loot(world, found), sender=CLIENT, receiver=ATTACKER, step=world.log[-1].step if world.log else 1
    )


def send_refresh_token(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """Step R1 of an attacker."""
    if message is None:
        raise ValueError("an attacker that sends a token must say what it sends: Move(run, act, message=Request(…))")
    scene.send(ATTACKER, SERVER, message)
    return Done(in_flight=Sent(ATTACKER, SERVER, message), sender=ATTACKER)


# In the login of the user, where the attacker stands beside it.
BESIDE: dict[Act, Handler] = {
    Act.READ_API_REQUEST: read_api_request,
    Act.READ_REQUEST: read_request,
    Act.READ_RESPONSE: read_response,
    Act.TAKE_RESPONSE: take_response,
}
ACTS: dict[Act, Handler] = {
    Act.READ_APP: read_app,
    Act.READ_STORAGE: read_storage,
    Act.SEND_CODE: send_code,
    Act.STEP_8: step_8,
    Act.STEP_9: receive_answer,
    Act.STEP_10: call_api,
    Act.STEP_11: step_11,
    Act.STEP_R1: send_refresh_token,
    Act.STEP_R2: step_8,
    Act.STEP_R3: receive_answer,
}
