"""The eleven steps of a login: what each of them does, and to whom."""

from typing import Any

from flowsim.actors import api, authorization_server, browser, client, user
from flowsim.actors.authorization_server import administration
from flowsim.checks import frame
from flowsim.engine import key_lookup
from flowsim.engine.effect import Effect, Handler, answer_to, flying
from flowsim.engine.honest_moves import in_frame
from flowsim.model.context import Context
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER, USER
from flowsim.model.transitions import IllegalMove, Move, Written
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKERS_ORIGIN,
    IN_FRAME,
    SECOND_SERVER,
    VICTIM,
    Run,
    Sent,
    World,
    evolve,
)
from flowsim.protocol.messages import (
    REDIRECTS,
    Message,
    Opening,
    Request,
    Response,
    query_of,
    response,
    see_other,
    single,
)

SESSION_COOKIE = "__Host-session"


def step_1(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The click. A website is on a server of its own, so there the click is a request."""
    context.record_secret(USER, "password", world.people[run.owner].password)
    secret = world.clients[run.client].secret
    context.record_secret(CLIENT, "client_secret", secret)
    context.record_secret(SERVER, "client_secret", secret)
    if world.clients[run.client].profile.kind != "website":
        return Effect()
    seen, asked = browser.open_url(world.browsers[run.owner], f"{run.client}/login")
    context.record_message(BROWSER, CLIENT, asked)
    return Effect(in_flight=Sent(BROWSER, CLIENT, asked), changes={"browsers": world.browsers.set(run.owner, seen)})


def step_2(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    app = world.clients[run.client]
    website = app.profile.kind == "website"
    who = context.random_token("session_cookie") if website else run.owner
    chosen = SECOND_SERVER if app.second is not None and run.name == VICTIM else run.server
    app, url = client.prepare_login(app, who, world.scenario, context, chosen)
    changes: dict[str, Any] = {"clients": world.clients.set(run.client, app)}
    if url is None:
        return Effect(Outcome.STOPPED, changes=changes)
    if asked := client.push(app, url, chosen):
        context.record_message(CLIENT, SERVER, asked)
        server, answer = authorization_server.handle(world.servers[run.server], asked, context)
        context.record_message(SERVER, CLIENT, answer)
        changes["servers"] = world.servers.set(run.server, server)
        if answer.status != 201:
            return Effect(Outcome.STOPPED, changes=changes)
        endpoint = app.metadata["authorization_endpoint"]
        url = client.pushed_address(endpoint, app.profile.client_id, answer.json()["request_uri"])
    opening: Message = Opening(url=url)
    if website:
        cookie = f"{SESSION_COOKIE}={who}; Path=/; Secure; HttpOnly; SameSite=Lax"
        opening = see_other(url, {"Set-Cookie": cookie, "Cache-Control": "no-store"})
    return Effect(in_flight=Sent(CLIENT, BROWSER, opening), changes=changes, who=who)


def step_3(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    opening, framed = flying(run), in_frame(world, run)
    if run.in_flight and run.in_flight.sender == CLIENT:
        context.record_message(CLIENT, BROWSER, opening)
    seen = world.browsers[run.owner]
    if isinstance(opening, Response):
        seen, url = browser.receive(seen, run.client, opening), opening.location
    else:
        url = opening.url
    seen, asked = browser.open_url(seen, url, framed)
    context.record_message(BROWSER, SERVER, asked)
    server, answer = authorization_server.handle(world.servers[run.server], asked, context)
    done = Effect(in_flight=Sent(SERVER, BROWSER, answer))
    if answer.status not in REDIRECTS:
        context.record_message(SERVER, BROWSER, answer)
        done.outcome, done.in_flight = Outcome.ERROR_PAGE, None
    elif single(query_of(answer.location), "error") is not None:
        done.outcome = Outcome.REDIRECTED_ERROR
    seen = browser.receive(seen, url, answer, framed)
    done.changes = {
        "browsers": world.browsers.set(run.owner, seen),
        "servers": world.servers.set(run.server, server),
    }
    return done


def step_4(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    redirect, framed = answer_to(run), in_frame(world, run)
    context.record_message(SERVER, BROWSER, redirect)
    seen, asked = browser.open_url(world.browsers[run.owner], redirect.location, framed)
    context.record_message(BROWSER, SERVER, asked)
    server, answer = authorization_server.handle(world.servers[run.server], asked, context)
    if _leaves(run, answer):
        changes = {"browsers": world.browsers.set(run.owner, seen), "servers": world.servers.set(run.server, server)}
        return Effect(Outcome.SILENT, Sent(SERVER, BROWSER, answer), changes)
    context.record_message(SERVER, BROWSER, answer)
    if answer.status in REDIRECTS:
        seen, asked = browser.open_url(seen, answer.location, framed)
        context.record_message(BROWSER, SERVER, asked)
        server, answer = authorization_server.handle(server, asked, context)
        context.record_message(SERVER, BROWSER, answer)
    blocked = (
        framed and context.evaluate(frame.CHECKS, frame.FrameFacts(run.server, ATTACKERS_ORIGIN, answer)) is not None
    )
    if not blocked:
        seen = browser.receive(seen, redirect.location, answer, framed)
    shown = Outcome.OK if answer.status == 200 else Outcome.ERROR_PAGE
    return Effect(
        Outcome.BLOCKED if blocked else shown,
        changes={"browsers": world.browsers.set(run.owner, seen), "servers": world.servers.set(run.server, server)},
        detail=IN_FRAME if framed else "",
    )


def step_5(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """Two forms: who are you, and do you allow it. The answer to the last one is in flight until step 6.

    A user whom the server remembers sees only the second form, and where it asks for no consent there is only the first.
    """
    settings, framed = world.scenario, in_frame(world, run)
    seen, server = world.browsers[run.owner], world.servers[run.server]
    answer, url = None, f"{run.server}/consent"
    if browser.form_shown(seen) != "/consent":
        typed = user.credentials(world.people[run.owner], settings.login, settings.user, world.now)
        seen, posted = browser.submit(seen, f"{run.server}/login", typed, settings.login, framed)
        context.record_message(BROWSER, SERVER, posted)
        server, answer = authorization_server.handle(server, posted, context)
        url = posted.url
        if answer.status in REDIRECTS and not _leaves(run, answer):
            context.record_message(SERVER, BROWSER, answer)
            seen, asked = browser.open_url(seen, answer.location)
            context.record_message(BROWSER, SERVER, asked)
            server, consent = authorization_server.handle(server, asked, context)
            context.record_message(SERVER, BROWSER, consent)
            seen, url, answer = browser.receive(seen, asked.url, consent), asked.url, None
    outcome = Outcome.WRONG_CREDENTIALS if answer is not None and answer.status == 200 else Outcome.ERROR_PAGE
    if answer is None:
        # Whoever does not see the page sees no reason not to click.
        pressed = "allow" if framed else user.decision(settings.user, began_it=run.name != ATTACKER_INITIATED)
        seen, posted = browser.submit(seen, url, {"decision": pressed}, framed=framed)
        context.record_message(BROWSER, SERVER, posted)
        server, answer = authorization_server.handle(server, posted, context)
        url = posted.url
    in_flight = None
    if _leaves(run, answer):
        in_flight = Sent(SERVER, BROWSER, answer)
        outcome = Outcome.DENIED if single(query_of(answer.location), "error") else Outcome.OK
    else:
        context.record_message(SERVER, BROWSER, answer)
        seen = browser.receive(seen, url, answer)
    changes = {"browsers": world.browsers.set(run.owner, seen), "servers": world.servers.set(run.server, server)}
    return Effect(outcome, in_flight, changes, detail=IN_FRAME if framed else "")


def _leaves(run: Run, answer: Response) -> bool:
    """True for a redirect that leads away from the server: its answer to the app."""
    return answer.status in REDIRECTS and not answer.location.startswith(f"{run.server}/")


def run_action(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The next action of the server. It runs after the user has agreed and before the answer leaves."""
    prepared = answer_to(run)
    code = single(query_of(prepared.location), "code") or ""
    done_before = sum(event.act is Act.RUN_ACTION and event.run == run.name for event in world.log)
    if done_before >= len(world.scenario.actions):
        raise IllegalMove(Move(run.name, Act.RUN_ACTION), run.role, run.state)
    name = world.scenario.actions[done_before]
    server, denied = administration.run_action(world.servers[run.server], name, code, context.now)
    return Effect(
        Outcome.DENIED if denied else Outcome.OK,
        Sent(SERVER, BROWSER, denied or prepared),
        {"servers": world.servers.set(run.server, server)},
        sender=SERVER,
        receiver=SERVER,
        step=5,
        detail=name,
    )


def step_6(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The redirect reaches the browser. Whom the browser hands it to is the next question, so it stays in flight."""
    redirect = answer_to(run)
    context.record_message(SERVER, BROWSER, redirect)
    context.record_secret(SERVER, "code", single(query_of(redirect.location), "code"))
    seen = world.browsers[run.owner]
    receiver = ATTACKER if browser.belongs_to_attacker(seen, redirect.location) else CLIENT
    if browser.app_for(seen, redirect.location) is not None:
        return Effect(in_flight=Sent(BROWSER, receiver, Opening(url=redirect.location)))
    seen, asked = browser.follow(seen, redirect, _answered(world, run))
    return Effect(in_flight=Sent(BROWSER, receiver, asked), changes={"browsers": world.browsers.set(run.owner, seen)})


def _answered(world: World, run: Run) -> Request | None:
    """The request that the redirect in flight answers: the last one that this run has sent to the server."""
    sent = (one.message for event in reversed(world.log) if event.run == run.name for one in reversed(event.messages))
    return next((message for message in sent if isinstance(message, Request)), None)


def step_7(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The app gets the redirect and judges it: that is the end of step 6. Only what it believes leads to step 7."""
    arrived = flying(run)
    assert not isinstance(arrived, Response)
    context.record_message(BROWSER, CLIENT, arrived)
    app = world.clients[run.client]
    who = _who(run, app.profile.kind, arrived)
    if world.scenario.state_not_bound_to_browser:
        who = client.login_of_state(app, arrived.url) or who
    if app.profile.kind in ("page", "loopback"):
        context.record_message(CLIENT, BROWSER, _landing_page())
    app, believed, code = client.receive_redirect(app, who, arrived.url, context)
    if not believed or code is None:
        # One that is refused is none of this login's business: a planted link must not cancel a login.
        outcome = Outcome.OK if believed else Outcome.ERROR
        changes = {"clients": world.clients.set(run.client, client.give_up(app, who) if believed else app)}
        return Effect(outcome, changes=changes, sender=BROWSER, receiver=CLIENT, step=6, who=who)
    app, asked = client.redeem(app, who, code, context)
    changes = {"clients": world.clients.set(run.client, app)}
    if asked is None:
        return Effect(Outcome.STOPPED, changes=changes)
    receiver = ATTACKER if browser.belongs_to_attacker(world.browsers[run.owner], asked.url) else SERVER
    context.record_message(CLIENT, receiver, asked)
    return Effect(in_flight=Sent(CLIENT, receiver, asked), changes=changes, receiver=receiver, who=who)


def step_8(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    asked = flying(run)
    assert isinstance(asked, Request)
    server, answer = authorization_server.handle(world.servers[run.server], asked, context)
    receiver = ATTACKER if run.owner == ATTACKER else CLIENT
    return Effect(
        Outcome.OK if answer.status == 200 else Outcome.ERROR,
        Sent(SERVER, receiver, answer),
        {"servers": world.servers.set(run.server, server)},
    )


def step_9(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    answer = answer_to(run)
    context.record_message(SERVER, CLIENT, answer)
    app = key_lookup.of_client(world, run, answer, context)
    if answer.status != 200:
        changes = {"clients": world.clients.set(run.client, client.give_up(app, run.who))}
        return Effect(Outcome.ERROR, changes=changes)
    app, accepted = client.receive_tokens(app, run.who, answer, context)
    if accepted and app.profile.kind == "website":
        context.record_message(CLIENT, BROWSER, see_other(f"{run.client}/", {"Cache-Control": "no-store"}))
    return Effect(Outcome.OK if accepted else Outcome.STOPPED, changes={"clients": world.clients.set(run.client, app)})


def step_10(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    asked = client.call(world.clients[run.client], run.who, world.apis[run.api].url, context)
    context.record_message(CLIENT, API, asked)
    return Effect(in_flight=Sent(CLIENT, API, asked))


def step_11(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    asked = flying(run)
    assert isinstance(asked, Request)
    called, answer = api.handle(key_lookup.of_api(world, run, asked, context), asked, context)
    thief = run.owner == ATTACKER
    receiver = ATTACKER if thief else CLIENT
    context.record_message(API, receiver, answer)
    outcome = _API_OUTCOMES[answer.status]
    done = Effect(outcome, changes={"apis": world.apis.set(run.api, called)}, receiver=receiver)
    if outcome is Outcome.OK and answer.json().get("owner") == f"user-{world.people[VICTIM].username}":
        context.record_secret(API, "data", answer.body)
        if thief:
            loot = world.attacker.loot.set("data", answer.body)
            done.changes["attacker"] = evolve(world.attacker, loot=loot)
    return done


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

ACTS: dict[Act, Handler] = {
    Act.STEP_1: step_1,
    Act.STEP_2: step_2,
    Act.STEP_3: step_3,
    Act.STEP_4: step_4,
    Act.STEP_5: step_5,
    Act.RUN_ACTION: run_action,
    Act.STEP_6: step_6,
    Act.STEP_7: step_7,
    Act.STEP_8: step_8,
    Act.STEP_9: step_9,
    Act.STEP_10: step_10,
    Act.STEP_11: step_11,
}
