"""What an attacker does: reads, takes, sends, and goes on like the app where it got through."""

from dataclasses import replace

from flowsim.actors import browser, client
from flowsim.engine.effect import Effect, Handler, answer_to, flying, loot
from flowsim.engine.handlers.login import step_8, step_11
from flowsim.model.context import Context
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.transitions import IllegalMove, Move, Written
from flowsim.model.world import MALLORY, VICTIM, Run, Sent, World
from flowsim.protocol.messages import (
    Opening,
    Request,
    Response,
    leads_to,
    origin_of,
    query_of,
    with_params,
    without_query,
)


def read_app(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """Anybody who has the app has its files, and every text in them (RFC 8252 section 8.5)."""
    secret = world.clients[world.runs[VICTIM].client].secret if world.scenario.shipped_secret else None
    context.record_secret(ATTACKER, "client_secret", secret)
    found = {"client_secret": secret} if secret else {}
    return Effect(
        changes=loot(world, found), sender=CLIENT, receiver=ATTACKER, step=world.log[-1].step if world.log else 1
    )


def read_request(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The authorization request is in the browser's history, and often in a log on the device (RFC 7636 section 1)."""
    endpoint = f"{run.server}/authorize"
    opened = (url for url in reversed(world.browsers[run.owner].history) if url.startswith(endpoint))
    url = next(opened, None)
    if url is None:
        lacking = "no authorization request was opened in this browser"
        raise IllegalMove(Move(run.name, Act.READ_REQUEST), run.role, run.state, lacking)
    context.record_message(BROWSER, ATTACKER, Opening(url=url))
    return Effect(
        in_flight=run.in_flight, changes=loot(world, dict(query_of(url))), sender=BROWSER, receiver=ATTACKER, step=3
    )


def read_response(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """A copy of the redirect leaks, from a history, a log or a header; the app still gets its own."""
    done = take_response(world, run, message, context)
    done.in_flight, done.changes = run.in_flight, {"attacker": done.changes["attacker"]}
    return done


def take_response(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The attacker's app has claimed the same address, and the operating system hands the redirect to it."""
    arrived = flying(run)
    assert not isinstance(arrived, Response)
    context.record_message(BROWSER, ATTACKER, arrived)
    device = browser.claim(world.browsers[run.owner], origin_of(arrived.url), ATTACKER)
    changes = {**loot(world, dict(query_of(arrived.url))), "browsers": world.browsers.set(run.owner, device)}
    return Effect(changes=changes, sender=BROWSER, receiver=ATTACKER, step=6)


def inject_code(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """In the attacker's own browser: the code in the address is replaced by the stolen one, all else stays.

    Where no redirect has come yet the attacker writes one: every value in it is known, from its own request.
    """
    _only_in_an_own_login(run, Act.INJECT_CODE)
    if "code" not in world.attacker.loot:
        raise IllegalMove(Move(run.name, Act.INJECT_CODE), run.role, run.state, "the attacker has no stolen code yet")
    arrived, changes = flying(run), {}
    if run.state is State.PREPARED:
        url, seen = _own_answer(world, run), world.browsers[run.owner]
        if isinstance(arrived, Response):
            seen = browser.receive(seen, run.client, arrived)
        opening: Opening | Request = Opening(url=url)
        if browser.app_for(seen, url) is None:
            seen, opening = browser.open_url(seen, url)
        changes = {"browsers": world.browsers.set(run.owner, seen)}
        context.record_message(ATTACKER, ATTACKER, Opening(url=url))
        return Effect(
            in_flight=Sent(BROWSER, CLIENT, opening), changes=changes, sender=ATTACKER, receiver=ATTACKER, step=6
        )
    assert not isinstance(arrived, Response)
    query = {**dict(query_of(arrived.url)), "code": world.attacker.loot["code"]}
    changed_url = with_params(without_query(arrived.url), query)
    injected = replace(arrived, url=changed_url)
    context.record_message(ATTACKER, ATTACKER, Opening(url=changed_url))
    return Effect(in_flight=Sent(BROWSER, CLIENT, injected), sender=ATTACKER, receiver=ATTACKER, step=6)


def _own_answer(world: World, run: Run) -> str:
    """The redirect that would answer the attacker's own request, with the stolen code in it."""
    profile, asked = world.scenario.profile, dict(query_of(leads_to(flying(run))))
    answer = {"code": world.attacker.loot["code"]}
    if "state" in asked:
        answer["state"] = asked["state"]
    if world.servers[run.server].settings.iss:
        answer["iss"] = run.server
    return with_params(asked.get("redirect_uri", profile.redirect_uri), answer)


def strip_challenge(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The request is opened in a browser, so whoever sits before that browser can change it, or write another one.

    Whatever would bind the code is taken out: the challenge, and the name of the app's key (RFC 9449 section 10).
    """
    url = leads_to(flying(run))
    query = {name: value for name, value in query_of(url) if not name.startswith(("code_challenge", "dpop_jkt"))}
    stripped = message if isinstance(message, Opening) else Opening(url=with_params(without_query(url), query))
    context.record_message(ATTACKER, ATTACKER if run.owner == MALLORY else BROWSER, stripped)
    opening = flying(run)
    flown = _redirected(opening, stripped.url) if isinstance(opening, Response) else stripped
    return Effect(in_flight=Sent(CLIENT, BROWSER, flown), sender=ATTACKER, receiver=ATTACKER, step=2)


def _redirected(answer: Response, url: str) -> Response:
    """This redirect with another address in it; cookies and all else stay."""
    return replace(
        answer, headers=tuple((name, url if name.lower() == "location" else value) for name, value in answer.headers)
    )


def keep_response(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The attacker does not deliver the redirect of the own login, and keeps its address."""
    _only_in_an_own_login(run, Act.KEEP_RESPONSE)
    arrived = flying(run)
    assert not isinstance(arrived, Response)
    return Effect(changes=loot(world, {"redirect": arrived.url}), sender=ATTACKER, receiver=ATTACKER, step=6)


def plant_response(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The victim's browser opens an address that the attacker chose: a link, a picture, a redirect does it."""
    address = message.url if isinstance(message, Opening) else world.attacker.loot.get("redirect")
    if address is None:
        raise IllegalMove(Move(run.name, Act.PLANT_RESPONSE), run.role, run.state)
    context.record_message(ATTACKER, BROWSER, Opening(url=address))
    seen = world.browsers[run.owner]
    if browser.app_for(seen, address) is not None:
        return Effect(in_flight=Sent(BROWSER, CLIENT, Opening(url=address)), sender=ATTACKER, receiver=BROWSER, step=6)
    seen, asked = browser.open_url(seen, address)
    return Effect(
        in_flight=Sent(BROWSER, CLIENT, asked),
        changes={"browsers": world.browsers.set(run.owner, seen)},
        sender=ATTACKER,
        receiver=BROWSER,
        step=6,
    )


def _only_in_an_own_login(run: Run, act: Act) -> None:
    """Raises IllegalMove where the browser is not the attacker's own: to change what is in another's takes more power."""
    if run.owner != MALLORY:
        raise IllegalMove(Move(run.name, act), run.role, run.state)


def send_code(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    if not isinstance(message, Request):
        raise ValueError("an attacker that sends a code must say what it sends: Move(run, act, message=Request(…))")
    context.record_message(ATTACKER, SERVER, message)
    return Effect(in_flight=Sent(ATTACKER, SERVER, message), sender=ATTACKER, receiver=SERVER, step=7)


def receive_answer(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    answer = answer_to(run)
    context.record_message(SERVER, ATTACKER, answer)
    if answer.status != 200:
        return Effect(Outcome.ERROR, receiver=ATTACKER)
    tokens = {name: str(value) for name, value in answer.json().items() if name.endswith("_token")}
    return Effect(changes=loot(world, tokens), receiver=ATTACKER)


def read_api_request(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """Whoever runs the API, or reads its logs, has every request to it, and the token in it (RFC 9700 section 4.9)."""
    asked = flying(run)
    assert isinstance(asked, Request)
    context.record_message(API, ATTACKER, asked)
    found = {"access_token": (asked.header("authorization") or "").partition(" ")[2]}
    if proof := asked.header("dpop"):
        found["dpop_proof"] = proof
    return Effect(in_flight=run.in_flight, changes=loot(world, found), sender=API, receiver=ATTACKER, step=10)


def call_api(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    asked = message or client.api_request(world.apis[run.api].url, world.attacker.loot["access_token"], "thief")
    context.record_message(ATTACKER, API, asked)
    return Effect(in_flight=Sent(ATTACKER, API, asked), sender=ATTACKER)


def read_storage(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """A refresh token has to outlive the app's next start, so it lies in storage, where others may read it."""
    victim = world.runs[VICTIM]
    held = world.clients[victim.client].tokens.get(victim.who)
    text = held.refresh_token if held else None
    context.record_secret(ATTACKER, "refresh_token", text)
    found = {"refresh_token": text} if text else {}
    return Effect(
        changes=loot(world, found), sender=CLIENT, receiver=ATTACKER, step=world.log[-1].step if world.log else 1
    )


def send_refresh_token(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """Step R1 of an attacker."""
    if not isinstance(message, Request):
        raise ValueError("an attacker that sends a token must say what it sends: Move(run, act, message=Request(…))")
    context.record_message(ATTACKER, SERVER, message)
    return Effect(in_flight=Sent(ATTACKER, SERVER, message), sender=ATTACKER)


# In the login of the user, where the attacker stands beside it.
BESIDE: dict[Act, Handler] = {
    Act.READ_API_REQUEST: read_api_request,
    Act.READ_REQUEST: read_request,
    Act.READ_RESPONSE: read_response,
    Act.TAKE_RESPONSE: take_response,
    Act.INJECT_CODE: inject_code,
    Act.STRIP_CHALLENGE: strip_challenge,
    Act.KEEP_RESPONSE: keep_response,
    Act.PLANT_RESPONSE: plant_response,
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
