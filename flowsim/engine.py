"""The heart: `apply(world, move)` gives the world after one move. Same world and same move, same result, always.

The table of machine.py says which moves are legal. Here stands what each of them does: it lets the actors act, records
what they sent and checked, and asks the table where the run stands then. Nothing here reads a clock, draws from the
operating system or talks to anybody: time, randomness and every message are in the world.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from frozendict import frozendict

from flowsim import machine
from flowsim.actors import api, authorization_server, browser, client, user
from flowsim.actors.scene import Scene
from flowsim.machine import Act, IllegalMove, Outcome, Role
from flowsim.messages import Message, Opening, Request, Response, origin_of, query_of, response, see_other, single
from flowsim.steps import API, ATTACKER, BROWSER, CLIENT, SERVER, STEPS, USER
from flowsim.world import ATTACKER_RUN, VICTIM, Event, Run, Sent, World, changed

SESSION_COOKIE = "__Host-session"
DATA_PATH = "/messages"


@dataclass(slots=True)
class Done:
    """What a move came to: how it ended, the message now in flight, and the parts of the world that changed."""

    outcome: Outcome = Outcome.OK
    in_flight: Sent | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    sender: str | None = None
    receiver: str | None = None
    step: int | None = None
    who: str | None = None


def apply(world: World, move: machine.Move) -> World:
    """The world after this move. Raises IllegalMove, and changes nothing, where the table does not allow it."""
    run = world.runs.get(move.run)
    if run is None or move.act not in machine.TRANSITIONS[run.role].get(run.state, {}):
        raise IllegalMove(move, run.role if run else None, run.state if run else None)
    scenario = world.scenario
    scene = Scene(scenario.seed or 0, world.now, scenario.policy, run.name, world.draws)
    done = _ACTS[run.role][move.act](world, run, move.message, scene)
    after = machine.follow(run.role, run.state, move.act, done.outcome)
    number = done.step or move.act.step
    plan = STEPS[number - 1]
    event = Event(
        index=len(world.log) + 1,
        run=run.name,
        act=move.act,
        step=number,
        sender=done.sender or plan.sender,
        receiver=done.receiver or plan.receiver,
        before=run.state,
        after=after,
        outcome=done.outcome,
        messages=tuple(scene.messages),
        checks=tuple(scene.checks),
        made=tuple(scene.made),
        by_attacker=run.role is Role.THEFT or not move.act.step,
        pkce=scenario.pkce != "none",
    )
    moved = changed(run, state=after, in_flight=done.in_flight, who=done.who or run.who)
    return changed(
        world,
        draws=scene.draws,
        runs=world.runs.set(run.name, moved),
        log=(*world.log, event),
        **done.changes,
    )


def admit_attacker(world: World, name: str) -> World:
    """This world with an attacker in it: one more run, which stands at its start."""
    victim = world.runs[VICTIM]
    run = Run(
        name=ATTACKER_RUN,
        role=Role.THEFT,
        owner=ATTACKER,
        client=ATTACKER,
        server=victim.server,
        api=victim.api,
    )
    return changed(world, runs=world.runs.set(ATTACKER_RUN, run), scenario=replace(world.scenario, attacker=name))


def _step_1(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """The click. A website is on a server of its own, so there the click is a request."""
    scene.make(USER, "password", world.people[run.owner].password)
    secret = world.clients[run.client].secret
    scene.make(CLIENT, "client_secret", secret)
    scene.make(SERVER, "client_secret", secret)
    if world.clients[run.client].profile.kind != "website":
        return Done()
    seen, asked = browser.open_url(world.browsers[run.owner], f"{run.client}/login")
    scene.send(BROWSER, CLIENT, asked)
    return Done(in_flight=Sent(BROWSER, CLIENT, asked), changes={"browsers": world.browsers.set(run.owner, seen)})


def _step_2(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    app = world.clients[run.client]
    website = app.profile.kind == "website"
    who = scene.text("session_cookie") if website else run.owner
    app, url = client.prepare_login(app, who, world.scenario, scene)
    changes = {"clients": world.clients.set(run.client, app)}
    if url is None:
        return Done(Outcome.STOPPED, changes=changes)
    opening: Message = Opening(url=url)
    if website:
        cookie = f"{SESSION_COOKIE}={who}; Path=/; Secure; HttpOnly; SameSite=Lax"
        opening = see_other(url, {"Set-Cookie": cookie, "Cache-Control": "no-store"})
    return Done(in_flight=Sent(CLIENT, BROWSER, opening), changes=changes, who=who)


def _step_3(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    opening = _flying(run)
    scene.send(CLIENT, BROWSER, opening)
    seen = world.browsers[run.owner]
    if isinstance(opening, Response):
        seen, url = browser.receive(seen, run.client, opening), opening.location
    else:
        url = opening.url
    seen, asked = browser.open_url(seen, url)
    scene.send(BROWSER, SERVER, asked)
    server, answer = authorization_server.handle(world.servers[run.server], asked, scene)
    done = Done(in_flight=Sent(SERVER, BROWSER, answer))
    if answer.status != 303:
        scene.send(SERVER, BROWSER, answer)
        done.outcome, done.in_flight = Outcome.ERROR_PAGE, None
    elif single(query_of(answer.location), "error") is not None:
        done.outcome = Outcome.REDIRECTED_ERROR
    seen = browser.receive(seen, url, answer)
    done.changes = {
        "browsers": world.browsers.set(run.owner, seen),
        "servers": world.servers.set(run.server, server),
    }
    return done


def _step_4(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    redirect = _answer(run)
    scene.send(SERVER, BROWSER, redirect)
    seen, asked = browser.open_url(world.browsers[run.owner], redirect.location)
    scene.send(BROWSER, SERVER, asked)
    server, answer = authorization_server.handle(world.servers[run.server], asked, scene)
    scene.send(SERVER, BROWSER, answer)
    seen = browser.receive(seen, redirect.location, answer)
    return Done(
        Outcome.OK if answer.status == 200 else Outcome.ERROR_PAGE,
        changes={"browsers": world.browsers.set(run.owner, seen), "servers": world.servers.set(run.server, server)},
    )


def _step_5(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """Two forms: who are you, and do you allow it. The answer to the second one is in flight until step 6."""
    settings, person = world.scenario, world.people[run.owner]
    seen, server = world.browsers[run.owner], world.servers[run.server]
    typed = user.credentials(person, settings.login, settings.user, world.now)
    seen, posted = browser.submit(seen, f"{run.server}/login", typed, settings.login)
    scene.send(BROWSER, SERVER, posted)
    server, answer = authorization_server.handle(server, posted, scene)
    outcome, in_flight = Outcome.ERROR_PAGE, None
    if answer.status == 303:
        scene.send(SERVER, BROWSER, answer)
        seen, asked = browser.open_url(seen, answer.location)
        scene.send(BROWSER, SERVER, asked)
        server, consent = authorization_server.handle(server, asked, scene)
        scene.send(SERVER, BROWSER, consent)
        seen = browser.receive(seen, asked.url, consent)
        seen, posted = browser.submit(seen, asked.url, {"decision": user.decision(settings.user)})
        scene.send(BROWSER, SERVER, posted)
        server, answer = authorization_server.handle(server, posted, scene)
        if answer.status == 303:
            in_flight = Sent(SERVER, BROWSER, answer)
            outcome = Outcome.DENIED if single(query_of(answer.location), "error") else Outcome.OK
    elif answer.status == 200:
        outcome = Outcome.WRONG_CREDENTIALS
    if in_flight is None:
        scene.send(SERVER, BROWSER, answer)
        seen = browser.receive(seen, posted.url, answer)
    changes = {"browsers": world.browsers.set(run.owner, seen), "servers": world.servers.set(run.server, server)}
    return Done(outcome, in_flight, changes)


def _step_6(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """The redirect reaches the browser. Whom the browser hands it to is the next question, so it stays in flight."""
    redirect = _answer(run)
    scene.send(SERVER, BROWSER, redirect)
    scene.make(SERVER, "code", single(query_of(redirect.location), "code"))
    seen = world.browsers[run.owner]
    if browser.app_for(seen, redirect.location) is not None:
        return Done(in_flight=Sent(BROWSER, CLIENT, Opening(url=redirect.location)))
    seen, asked = browser.open_url(seen, redirect.location)
    return Done(in_flight=Sent(BROWSER, CLIENT, asked), changes={"browsers": world.browsers.set(run.owner, seen)})


def _step_7(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """The app gets the redirect and judges it: that is the end of step 6. Only what it believes leads to step 7."""
    arrived = _flying(run)
    assert not isinstance(arrived, Response)
    scene.send(BROWSER, CLIENT, arrived)
    app = world.clients[run.client]
    who = _who(run, app.profile.kind, arrived)
    if app.profile.kind in ("page", "loopback"):
        scene.send(CLIENT, BROWSER, _landing_page())
    app, believed, code = client.receive_redirect(app, who, arrived.url, scene)
    if not believed or code is None:
        outcome = Outcome.OK if believed else Outcome.ERROR
        changes = {"clients": world.clients.set(run.client, client.give_up(app, who))}
        return Done(outcome, changes=changes, sender=BROWSER, receiver=CLIENT, step=6, who=who)
    app, asked = client.redeem(app, who, code, scene)
    changes = {"clients": world.clients.set(run.client, app)}
    if asked is None:
        return Done(Outcome.STOPPED, changes=changes)
    scene.send(CLIENT, SERVER, asked)
    return Done(in_flight=Sent(CLIENT, SERVER, asked), changes=changes, who=who)


def _step_8(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    asked = _flying(run)
    assert isinstance(asked, Request)
    server, answer = authorization_server.handle(world.servers[run.server], asked, scene)
    receiver = ATTACKER if run.role is Role.THEFT else CLIENT
    return Done(
        Outcome.OK if answer.status == 200 else Outcome.ERROR,
        Sent(SERVER, receiver, answer),
        {"servers": world.servers.set(run.server, server)},
    )


def _step_9(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    answer = _answer(run)
    scene.send(SERVER, CLIENT, answer)
    app = world.clients[run.client]
    if answer.status != 200:
        changes = {"clients": world.clients.set(run.client, client.give_up(app, run.who))}
        return Done(Outcome.ERROR, changes=changes)
    app, accepted = client.receive_tokens(app, run.who, answer, scene)
    if accepted and app.profile.kind == "website":
        scene.send(CLIENT, BROWSER, see_other(f"{run.client}/", {"Cache-Control": "no-store"}))
    return Done(Outcome.OK if accepted else Outcome.STOPPED, changes={"clients": world.clients.set(run.client, app)})


def _step_10(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    held = world.clients[run.client].tokens[run.who]
    asked = client.api_request(f"{run.api}{DATA_PATH}", held.access_token)
    scene.send(CLIENT, API, asked)
    return Done(in_flight=Sent(CLIENT, API, asked))


def _step_11(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    asked = _flying(run)
    assert isinstance(asked, Request)
    answer = api.handle(world.apis[run.api], asked, scene)
    thief = run.role is Role.THEFT
    receiver = ATTACKER if thief else CLIENT
    scene.send(API, receiver, answer)
    outcome = _API_OUTCOMES[answer.status]
    done = Done(outcome, receiver=receiver)
    if outcome is Outcome.OK:
        scene.make(API, "data", answer.body)
        if thief:
            loot = world.attacker.loot.set("data", answer.body)
            done.changes = {"attacker": changed(world.attacker, loot=loot)}
    return done


def _read_app(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """Anybody who has the app has its files, and every text in them (RFC 8252 section 8.5)."""
    secret = world.clients[world.runs[VICTIM].client].secret if world.scenario.shipped_secret else None
    scene.make(ATTACKER, "client_secret", secret)
    found = {"client_secret": secret} if secret else {}
    return Done(
        changes=_loot(world, found), sender=CLIENT, receiver=ATTACKER, step=world.log[-1].step if world.log else 1
    )


def _read_request(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """The authorization request is in the browser's history, and often in a log on the device (RFC 7636 section 1)."""
    endpoint = f"{run.server}/authorize"
    url = next(url for url in reversed(world.browsers[run.owner].history) if url.startswith(endpoint))
    scene.send(BROWSER, ATTACKER, Opening(url=url))
    return Done(
        in_flight=run.in_flight, changes=_loot(world, dict(query_of(url))), sender=BROWSER, receiver=ATTACKER, step=3
    )


def _read_response(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """A copy of the redirect leaks, from a history, a log or a header; the app still gets its own."""
    done = _take_response(world, run, message, scene)
    done.in_flight, done.changes = run.in_flight, {"attacker": done.changes["attacker"]}
    return done


def _take_response(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    """The attacker's app has claimed the same address, and the operating system hands the redirect to it."""
    arrived = _flying(run)
    assert not isinstance(arrived, Response)
    scene.send(BROWSER, ATTACKER, arrived)
    device = browser.claim(world.browsers[run.owner], origin_of(arrived.url), ATTACKER)
    changes = {**_loot(world, dict(query_of(arrived.url))), "browsers": world.browsers.set(run.owner, device)}
    return Done(changes=changes, sender=BROWSER, receiver=ATTACKER, step=6)


def _send_code(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    if message is None:
        raise ValueError("an attacker that sends a code must say what it sends: Move(run, act, message=Request(…))")
    scene.send(ATTACKER, SERVER, message)
    return Done(in_flight=Sent(ATTACKER, SERVER, message), sender=ATTACKER, receiver=SERVER, step=7)


def _thief_9(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    answer = _answer(run)
    scene.send(SERVER, ATTACKER, answer)
    if answer.status != 200:
        return Done(Outcome.ERROR, receiver=ATTACKER)
    tokens = {name: str(value) for name, value in answer.json().items() if name.endswith("_token")}
    return Done(changes=_loot(world, tokens), receiver=ATTACKER)


def _thief_10(world: World, run: Run, message: Request | None, scene: Scene) -> Done:
    asked = client.api_request(f"{run.api}{DATA_PATH}", world.attacker.loot["access_token"], "thief")
    scene.send(ATTACKER, API, asked)
    return Done(in_flight=Sent(ATTACKER, API, asked), sender=ATTACKER)


def _loot(world: World, found: dict[str, str]) -> dict[str, Any]:
    return {"attacker": changed(world.attacker, loot=frozendict({**world.attacker.loot, **found}))}


def _flying(run: Run) -> Message:
    assert run.in_flight is not None, "the table allows a delivery only where a message is in flight"
    return run.in_flight.message


def _answer(run: Run) -> Response:
    answer = _flying(run)
    assert isinstance(answer, Response)
    return answer


def _who(run: Run, kind: str, arrived: Request | Opening) -> str:
    """Which browser this is, as the app can tell: a website by its cookie, an app by its own storage."""
    if kind == "website" and isinstance(arrived, Request):
        return arrived.cookies.get(SESSION_COOKIE, "")
    return run.owner


def _landing_page() -> Response:
    html = "<!doctype html><title>Back in the app</title><p>You can close this page.</p>"
    return response(200, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}, html=html)


_API_OUTCOMES = {
    200: Outcome.OK,
    400: Outcome.BAD_REQUEST,
    401: Outcome.UNAUTHORIZED,
    403: Outcome.FORBIDDEN,
}

Handler = Callable[[World, Run, Request | None, Scene], Done]
_ACTS: dict[Role, dict[Act, Handler]] = {
    Role.LOGIN: {
        Act.STEP_1: _step_1,
        Act.STEP_2: _step_2,
        Act.STEP_3: _step_3,
        Act.STEP_4: _step_4,
        Act.STEP_5: _step_5,
        Act.STEP_6: _step_6,
        Act.STEP_7: _step_7,
        Act.STEP_8: _step_8,
        Act.STEP_9: _step_9,
        Act.STEP_10: _step_10,
        Act.STEP_11: _step_11,
        Act.READ_REQUEST: _read_request,
        Act.READ_RESPONSE: _read_response,
        Act.TAKE_RESPONSE: _take_response,
    },
    Role.THEFT: {
        Act.READ_APP: _read_app,
        Act.SEND_CODE: _send_code,
        Act.STEP_8: _step_8,
        Act.STEP_9: _thief_9,
        Act.STEP_10: _thief_10,
        Act.STEP_11: _step_11,
    },
}
