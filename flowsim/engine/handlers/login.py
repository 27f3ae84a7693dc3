"""The eleven steps of a login: what each of them does, and to whom."""

from dataclasses import replace
from typing import Any

from flowsim.actors import (
    api,
    app_proofs,
    authorization_server,
    browser,
    client,
    mcp_client,
    pending_logins,
    redirector,
    user,
)
from flowsim.actors.authorization_server import administration
from flowsim.actors.mistakes import app as mistakes
from flowsim.actors.mistakes import proxies
from flowsim.checks import callback, cross_origin, frame
from flowsim.engine import client_document, device, elsewhere, key_lookup, page, popup
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.registry import handles
from flowsim.engine.honest_moves import (
    actions_run,
    called_back,
    chosen_server,
    frame_of,
    holds_what_it_sent,
    is_step_up,
    renews_silently,
    tab_of,
    tools_called,
)
from flowsim.engine.turn import Turn
from flowsim.model.clients import Profile
from flowsim.model.on_the_way import ON_THE_WAY
from flowsim.model.scenario import UserBehaviour
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER, USER
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKER_USER,
    ATTACKERS_ORIGIN,
    ATTACKERS_TOOLS,
    IN_FRAME,
    VICTIM,
    Api,
    Client,
    Run,
    Sent,
    Server,
    World,
    call_of,
    is_other_app,
)
from flowsim.protocol import credentials, mcp_wire
from flowsim.protocol.messages import (
    REDIRECTS,
    Message,
    Opening,
    Request,
    Response,
    answered_at,
    leads_to,
    query_of,
    response,
    see_other,
    single,
)
from flowsim.protocol.pkce import base64url


@handles(Act.STEP_1)
def step_1(turn: Turn) -> Effect:
    """The click. A website is on a server of its own, so there the click is a request; a page has to be loaded first."""
    run, context = turn.run, turn.context
    context.record_secret(USER, "password", turn.person.password)
    context.record_secret(CLIENT, "client_secret", turn.app.secret)
    context.record_secret(SERVER, "client_secret", turn.app.secret)
    if turn.app.key is not None:
        context.record_secret(CLIENT, "client_key", base64url(turn.app.key))
    if turn.app.profile.in_browser:
        seen, asked = browser.open_url(turn.browser, f"{run.client}/")
        shown = _app_page(turn.app.profile)
        context.record_message(BROWSER, CLIENT, asked)
        context.record_message(CLIENT, BROWSER, shown)
        return Effect(browser=browser.receive(seen, asked.url, shown))
    if turn.app.profile.kind != "website":
        return Effect()
    seen, asked = browser.open_url(turn.browser, f"{run.client}/login")
    context.record_message(BROWSER, CLIENT, asked)
    return Effect(in_flight=Sent(BROWSER, CLIENT, asked), browser=seen)


@handles(Act.STEP_2)
def step_2(turn: Turn) -> Effect:
    run, context, app, server = turn.run, turn.context, turn.app, turn.server
    website = app.profile.kind == "website"
    known_as = run.who if is_step_up(run) else ""  # the app's session goes on
    who = known_as or (context.random_token("session_cookie") if website else run.at)
    chosen = chosen_server(turn.world, run)
    if not device.listens(turn):
        return Effect(Outcome.STOPPED)
    silent, tools = renews_silently(run), tools_called(turn.world, run)
    app, url = client.prepare_login(app, who, turn.scenario, context, chosen, run.name, silent=silent, tools=tools)
    if url is not None and mistakes.begins_twice(app):
        app, _ = client.prepare_login(app, who, turn.scenario, context, chosen, run.name, silent=silent, tools=tools)
    if url is None:
        return Effect(Outcome.STOPPED, app=app)
    loot: dict[str, str] = {}
    opened_at = url
    if asked := client.push(app, url, context, chosen):
        if browser.belongs_to_attacker(turn.browser, asked.url):
            answer, sent, loot = _pushed_to_attacker(turn, asked)
        else:
            server, answer, sent = page.fetch(turn, server, asked, cross_origin.PUSH_PREFLIGHT, cross_origin.PUSHED)
        if answer is None:
            kept_back = page.hidden(SERVER) if sent else page.not_sent(SERVER)
            return replace(kept_back, app=app, server=server)
        if answer.status != 201:
            return Effect(Outcome.STOPPED, app=app, server=server)
        endpoint = client.server_metadata(app, chosen)["authorization_endpoint"]
        url = client.pushed_address(endpoint, mcp_client.client_id_at(app, chosen), answer.json()["request_uri"])
    if not popup.opens(turn):
        return Effect(Outcome.BLOCKED, app=app, server=server, receiver=BROWSER)
    opening: Message = Opening(url=url)
    if website and turn.scenario.session_in_link:
        return replace(_by_link(turn, app, server, url, who), loot=loot)
    if website:
        same_site, kept = turn.scenario.cookie_same_site, turn.scenario.transactions
        cookie = app.profile.set_session_cookie(who, same_site)
        if pending_logins.has_own_cookie(app.profile, kept):
            app, cookie = pending_logins.hand_over(app, who, single(query_of(opened_at), "state"), kept, same_site)
        opening = see_other(url, {"Set-Cookie": cookie, "Cache-Control": "no-store"})
    seen = device.opens(turn, url) if turn.scenario.speaks_mcp else None
    return Effect(in_flight=Sent(CLIENT, BROWSER, opening), app=app, server=server, browser=seen, who=who, loot=loot)


def _pushed_to_attacker(turn: Turn, asked: Request) -> tuple[Response | None, bool, dict[str, str]]:
    """The app pushes its request to the attacker's server: the answer, whether it was sent, and what that server keeps."""
    sent = page.send(turn, asked, ATTACKER, cross_origin.PUSH_PREFLIGHT)
    if sent is None:
        return None, False, {}
    named = {"request_uri": "urn:ietf:params:oauth:request_uri:kept-by-the-attacker", "expires_in": 60}
    answer = page.to_be_read(turn, response(201, headers={"Cache-Control": "no-store"}, json=named))
    page.receive(turn, answer, ATTACKER, cross_origin.PUSHED)
    return answer, True, credentials.shown_in(sent)


def _by_link(turn: Turn, app: Client, server: Server, url: str, who: str) -> Effect:
    """The website sends the browser to a link of its own that names the session, and from there to the server."""
    context = turn.context
    app, link = client.with_link(app, who, url)
    cookie = app.profile.set_session_cookie(who, turn.scenario.cookie_same_site)
    first = see_other(link, {"Set-Cookie": cookie, "Cache-Control": "no-store"})
    context.record_message(CLIENT, BROWSER, first)
    seen, asked = browser.open_url(browser.receive(turn.browser, turn.run.client, first, now=context.now), link)
    context.record_message(BROWSER, CLIENT, asked)
    onward = client.follow_link(app, asked, context)
    if onward is None:
        return Effect(Outcome.STOPPED, app=app, server=server, browser=seen)
    return Effect(in_flight=Sent(CLIENT, BROWSER, onward), app=app, server=server, browser=seen, who=who)


@handles(Act.STEP_3)
def step_3(turn: Turn) -> Effect:
    run, context, opening = turn.run, turn.context, turn.in_flight
    top, seen = frame_of(turn.world, run), turn.browser
    if run.in_flight and run.in_flight.sender == CLIENT:
        context.record_message(CLIENT, BROWSER, opening)
    if isinstance(opening, Response):
        seen, url = browser.receive(seen, run.client, opening, now=context.now), opening.location
    else:
        url = opening.url
    seen, asked = browser.open_url(seen, url, top=top)
    context.record_message(BROWSER, SERVER, asked)
    server, unbelieved = client_document.read(turn, turn.server, asked)
    server, answer = (server, unbelieved) if unbelieved else authorization_server.handle(server, asked, context)
    if run.owner == VICTIM and proxies.opened_twice(turn.scenario.mistakes):
        context.record_message(SERVER, BROWSER, answer)
        context.record_message(BROWSER, SERVER, asked)
        server, answer = authorization_server.handle(server, asked, context)
    seen = browser.receive(seen, url, answer, top=top)
    onward = _leaves(run, answer) or answer.location
    if not onward:
        context.record_message(SERVER, BROWSER, answer)
        elsewhere.load(turn, answer, url, server.settings.pages_load_from_elsewhere)
        return Effect(Outcome.ERROR_PAGE, browser=seen, server=server)
    refused = single(query_of(onward), "error") is not None
    return Effect(
        Outcome.REDIRECTED_ERROR if refused else Outcome.OK,
        in_flight=Sent(SERVER, BROWSER, answer),
        browser=seen,
        server=server,
    )


@handles(Act.STEP_4)
def step_4(turn: Turn) -> Effect:
    run, context, arrived = turn.run, turn.context, turn.in_flight
    top, url = frame_of(turn.world, run), leads_to(arrived)
    if isinstance(arrived, Response):  # else a link has brought the browser here
        context.record_message(SERVER, BROWSER, arrived)
    seen, asked = browser.open_url(turn.browser, url, top=top)
    context.record_message(BROWSER, SERVER, asked)
    server, answer = authorization_server.handle(turn.server, asked, context)
    if left := _leaves(run, answer):
        refused = single(query_of(left), "error") is not None
        outcome = Outcome.REDIRECTED_ERROR if refused else _without_asking(turn, left)
        return Effect(outcome, in_flight=Sent(SERVER, BROWSER, answer), browser=seen, server=server)
    context.record_message(SERVER, BROWSER, answer)
    if answer.status in REDIRECTS:
        seen, asked = browser.open_url(browser.keep_cookies(seen, url, answer, top=top), answer.location, top=top)
        context.record_message(BROWSER, SERVER, asked)
        server, answer = authorization_server.handle(server, asked, context)
        context.record_message(SERVER, BROWSER, answer)
    blocked = bool(top) and context.evaluate(frame.CHECKS, frame.FrameFacts(run.server, top, answer)) is not None
    if not blocked:
        seen = browser.receive(seen, url, answer, top=top)
        elsewhere.load(turn, answer, asked.url, server.settings.pages_load_from_elsewhere)
    shown = Outcome.OK if answer.status == 200 else Outcome.ERROR_PAGE
    if shown is Outcome.OK and not blocked and browser.form_shown(seen) is None:
        shown = Outcome.STAYS
    return Effect(
        Outcome.BLOCKED if blocked else shown,
        browser=seen,
        server=server,
        detail=IN_FRAME if top else "",
    )


@handles(Act.STEP_5)
def step_5(turn: Turn) -> Effect:
    """Two forms: who are you, and do you allow it. The answer to the last one is in flight until step 6.

    A user whom the server remembers sees only the second form, and where it asks for no consent there is only the first.
    """
    run, context, settings = turn.run, turn.context, turn.scenario
    top, seen, server = frame_of(turn.world, run), turn.browser, turn.server
    # The setting is about the user. An attacker knows its own password, and allows what it wants.
    behaviour: UserBehaviour = "accepts" if run.owner == ATTACKER_USER else settings.user
    answer, url = None, f"{run.server}/consent"
    if browser.form_shown(seen) is None:
        # Another page has come in the place of the form, so the user goes back to the login page.
        seen, asked = browser.open_url(seen, f"{run.server}/login", top=top)
        context.record_message(BROWSER, SERVER, asked)
        server, shown = authorization_server.handle(server, asked, context)
        context.record_message(SERVER, BROWSER, shown)
        seen = browser.receive(seen, asked.url, shown, top=top)
        if browser.form_shown(seen) is None:
            return Effect(Outcome.ERROR_PAGE, browser=seen, server=server)
    if browser.form_shown(seen) != "/consent":
        option = user.option_on(browser.options_shown(seen), settings.login)
        typed = user.credentials(turn.person, option, behaviour, context.now)
        seen, posted = browser.submit(seen, f"{run.server}/login", typed, option, top=top)
        context.record_message(BROWSER, SERVER, posted)
        server, answer = authorization_server.handle(server, posted, context)
        url = posted.url
        seen = browser.keep_cookies(seen, url, answer, top=top)
        if answer.status in REDIRECTS and not _leaves(run, answer):
            context.record_message(SERVER, BROWSER, answer)
            seen, asked = browser.open_url(seen, answer.location, top=top)
            context.record_message(BROWSER, SERVER, asked)
            server, consent = authorization_server.handle(server, asked, context)
            context.record_message(SERVER, BROWSER, consent)
            seen, url, answer = browser.receive(seen, asked.url, consent, top=top), asked.url, None
    outcome = Outcome.WRONG_CREDENTIALS if answer is not None and answer.status == 200 else Outcome.ERROR_PAGE
    if answer is None:
        # Whoever does not see the page sees no reason not to click.
        began_it = run.name != ATTACKER_INITIATED
        pressed = "allow" if top else user.decision(behaviour, began_it, browser.warns(seen.page))
        seen, posted = browser.submit(seen, url, {"decision": pressed}, top=top)
        context.record_message(BROWSER, SERVER, posted)
        server, answer = authorization_server.handle(server, posted, context)
        url = posted.url
    in_flight = None
    if left := _leaves(run, answer):
        in_flight = Sent(SERVER, BROWSER, answer)
        onward = Outcome.ONWARD if leads_behind(turn.server, left) else Outcome.OK
        outcome = Outcome.DENIED if single(query_of(left), "error") else onward
    else:
        context.record_message(SERVER, BROWSER, answer)
        seen = browser.receive(seen, url, answer, top=top)
        if answer.status == 200 and browser.form_shown(seen) is None:
            outcome = Outcome.STAYS
    return Effect(outcome, in_flight=in_flight, browser=seen, server=server, detail=IN_FRAME if top else "")


def _without_asking(turn: Turn, left: str) -> Outcome:
    return Outcome.ONWARD if leads_behind(turn.server, left) else Outcome.SILENT


def leads_behind(server: Server, address: str) -> bool:
    """True where this address is one of the server behind this one, which is then a proxy."""
    return server.upstream is not None and address.startswith(f"{server.upstream.issuer}/")


def _leaves(run: Run, answer: Response) -> str:
    """Where this answer leads away from the server, as the address with its answer to the app; empty where it does not."""
    return browser.answer_to_app(answer, run.server) or ""


@handles(Act.RUN_ACTION)
def run_action(turn: Turn) -> Effect:
    """The next action of the server. It runs after the user has agreed and before the answer leaves."""
    run, actions, prepared = turn.run, turn.scenario.actions, turn.answer
    code = single(query_of(_leaves(run, prepared)), "code") or ""
    done_before = actions_run(turn.world, run)
    if done_before >= len(actions):
        raise turn.illegal("every action of the server has run")
    name = actions[done_before]
    server, denied = administration.run_action(turn.server, name, code, turn.context.now)
    return Effect(
        Outcome.DENIED if denied else Outcome.OK,
        in_flight=Sent(SERVER, BROWSER, denied or prepared),
        server=server,
        sender=SERVER,
        receiver=SERVER,
        step=5,
        detail=name,
    )


@handles(Act.STEP_6)
def step_6(turn: Turn) -> Effect:
    """The redirect reaches the browser. Whom the browser hands it to is the next question, so it stays in flight."""
    redirect, seen, now = turn.answer, turn.browser, turn.context.now
    turn.context.record_message(SERVER, BROWSER, redirect)
    answered = _leaves(turn.run, redirect)
    turn.context.record_secret(SERVER, "code", single(query_of(answered), "code"))
    receiver = ATTACKER if browser.belongs_to_attacker(seen, answered) else CLIENT
    if redirect.status not in REDIRECTS:
        seen, posted = browser.post_answer(seen, redirect, turn.run.server, now)
        return Effect(in_flight=Sent(BROWSER, receiver, posted), browser=seen)
    if browser.app_for(seen, redirect.location) is not None or not redirect.location.startswith(("https:", "http:")):
        return Effect(in_flight=Sent(BROWSER, receiver, Opening(url=redirect.location)))
    last, top, initiator = _answered(turn), frame_of(turn.world, turn.run), initiator_of(turn.world, turn.run)
    seen, asked = browser.follow(seen, redirect, last, top=top, initiator=initiator, now=now)
    if receiver == CLIENT and (onward := redirector.sends_on(turn.scenario, asked)):
        turn.context.record_message(BROWSER, CLIENT, asked)
        turn.context.record_message(CLIENT, BROWSER, onward)
        seen, asked = browser.follow(seen, onward, asked, top=top, initiator=initiator, now=now)
        receiver = ATTACKER if browser.belongs_to_attacker(seen, asked.url) else CLIENT
    return Effect(in_flight=Sent(BROWSER, receiver, asked), browser=seen)


def initiator_of(world: World, run: Run) -> str:
    """The page that has the browser go back to the app in this login; empty where no page does.

    That is the server's where its form was sent last. All else goes on with what has begun the login: the page of the app
    or of the attacker, or a program that has opened the browser.
    """
    own = [event for event in world.log if event.run == run.name]
    asked = (
        sent.message
        for event in reversed(own)
        for sent in reversed(event.messages)
        if sent.receiver == SERVER and sent.sender in (BROWSER, ATTACKER)
    )
    last = next((one for one in asked if isinstance(one, Request)), None)
    if (last is not None and last.method == "POST") or world.scenario.posts_answer:
        return run.server
    if any(event.act in _BEGUN_BY_ATTACKER for event in own):
        return ATTACKERS_ORIGIN
    return "" if world.scenario.profile.native else run.client


_BEGUN_BY_ATTACKER = (Act.OPEN_REQUEST, Act.FRAME_REQUEST, Act.PLANT_RESPONSE, Act.OPEN_UPSTREAM)


def _answered(turn: Turn) -> Request | None:
    """The request that the redirect in flight answers: the last one that this run has sent to the server."""
    own = (event for event in reversed(turn.world.log) if event.run == turn.run.name)
    sent = (one.message for event in own for one in reversed(event.messages))
    return next((message for message in sent if isinstance(message, Request)), None)


@handles(Act.STEP_7)
def step_7(turn: Turn) -> Effect:
    """The app gets the redirect and judges it: that is the end of step 6. Only what it believes leads to step 7."""
    run, context, app, arrived = turn.run, turn.context, turn.app, turn.in_flight
    assert not isinstance(arrived, Response)
    if not device.hands_over(turn, arrived):
        return Effect(Outcome.UNDELIVERED, sender=BROWSER, receiver=CLIENT, step=6)
    context.record_message(BROWSER, CLIENT, arrived)
    came, website = answered_at(arrived), app.profile.kind == "website"
    app, who = _who(turn, arrived)
    kept = turn.scenario.transactions
    tab = tab_of(turn.world, run) if turn.scenario.answer_tab == "same" else f"new tab of {run.name}"
    place = pending_logins.place_of(kept, who, single(query_of(came), "state"), tab)
    if turn.scenario.state_not_bound_to_browser:
        place = client.login_of_state(app, came) or place
        who = pending_logins.browser_of(place)
    call, policy = call_of(run, who), turn.scenario.referrer_policy
    if app.profile.in_browser and not popup.is_posted(arrived):
        context.record_message(CLIENT, BROWSER, _app_page(app.profile, policy))
        elsewhere.load(turn, _app_page(app.profile, policy), arrived.url, turn.scenario.loads_from_elsewhere)
    elif app.profile.kind == "loopback":
        context.record_message(CLIENT, BROWSER, _landing_page(policy))
        elsewhere.load(turn, _landing_page(policy), arrived.url, turn.scenario.loads_from_elsewhere)
    ahead = callback.AheadFacts(arrived) if isinstance(arrived, Request) else None
    if turn.scenario.refuses_prefetch and ahead and context.evaluate(callback.AHEAD_CHECKS, ahead) is not None:
        if not app.profile.in_browser:  # the script of a page waits until somebody sees it
            context.record_message(CLIENT, BROWSER, response(503, headers={"Cache-Control": "no-store"}))
        return Effect(Outcome.ERROR, app=app, sender=BROWSER, receiver=CLIENT, step=6, who=who)
    if popup.is_used(turn):
        posted = arrived if popup.is_posted(arrived) else popup.post(turn, arrived)
        if isinstance(posted, Effect):
            return posted
        if not popup.believes(turn, posted):
            return Effect(Outcome.ERROR, sender=BROWSER, receiver=CLIENT, step=6, who=who)
    seen_at = proxies.at_the_website(turn.scenario.mistakes, came) if website else came
    app, believed, code = client.receive_redirect(app, place, seen_at, context, call)
    if not believed or code is None:
        app = turn.app if kept == "cookie" and not believed else app
        # One that is refused is none of this login's business: a planted link must not cancel a login.
        outcome = Outcome.OK if believed else Outcome.ERROR
        app = client.give_up(app, call) if believed else app
        return Effect(outcome, app=app, sender=BROWSER, receiver=CLIENT, step=6, who=who)
    app, asked = client.redeem(app, call, code, context)
    if asked is None:
        return Effect(Outcome.STOPPED, app=app)
    receiver = ATTACKER if browser.belongs_to_attacker(turn.browser, asked.url) else SERVER
    sent = page.send(turn, asked, receiver, cross_origin.CODE_PREFLIGHT)
    if sent is None:
        return replace(page.not_sent(receiver), app=client.give_up(app, call), who=who)
    return Effect(in_flight=Sent(CLIENT, receiver, sent), app=app, receiver=receiver, who=who)


@handles(Act.STEP_8, Act.STEP_R2)
def step_8(turn: Turn) -> Effect:
    server, answer = authorization_server.handle(turn.server, turn.asked, turn.context, turn.run.read)
    if turn.run.owner != ATTACKER and mistakes.sends_twice(turn.app, turn.asked):
        server, answer = _sent_once_more(turn, server, answer)
    if tries_again(turn, answer) and (again := send_again(turn, SERVER, answer, server=server)):
        return again
    receiver = ATTACKER if turn.run.owner == ATTACKER else CLIENT
    outcome = Outcome.OK if answer.status == 200 else Outcome.ERROR
    return Effect(outcome, in_flight=Sent(SERVER, receiver, answer), server=server)


def _sent_once_more(turn: Turn, server: Server, answer: Response) -> tuple[Server, Response]:
    """The server and its answer to the same request, which the app sends again before it has used this answer."""
    before, after = _ASKED_AGAIN[turn.move.act]
    page.receive(turn, answer, SERVER, after)
    _, asked = app_proofs.send_again(turn.app, turn.run.who, turn.asked, answer, turn.context)
    sent = page.send(turn, asked, SERVER, before)
    return (server, answer) if sent is None else authorization_server.handle(server, sent, turn.context)


def tries_again(turn: Turn, answer: Response) -> bool:
    """True where an app is told to send its request once more with a nonce, and has not done so before.

    An attacker does not: with a copied proof there is no key to make another one with.
    """
    if turn.run.owner == ATTACKER or not app_proofs.asks_for_nonce(turn.asked, answer):
        return False
    # What happens to a request on its way, or when a careless server looks a code up, is no try of the app's.
    own = [event for event in turn.world.log if event.run == turn.run.name and event.act not in ON_THE_WAY]
    tried = bool(own) and own[-1].outcome is Outcome.AGAIN
    return not tried and mistakes.hears_of_nonces(turn.app) and holds_what_it_sent(turn.world, turn.run)


def send_again(turn: Turn, party: str, answer: Response, **judge: Any) -> Effect | None:
    """The app hears that a nonce is wanted, and sends the same request once more, with a new proof.

    None where the app is a page, and the browser would hide the answer from it.
    """
    before, after = _ASKED_AGAIN[turn.move.act]
    if not page.may_read(turn, answer, after):
        return None
    page.receive(turn, answer, party, after)
    call = call_of(turn.run, turn.run.who)
    app, asked = app_proofs.send_again(turn.app, turn.run.who, turn.asked, answer, turn.context, call)
    sent = page.send(turn, asked, party, before)
    assert sent is not None, "who lets the page read its answer has let it send the same request before"
    return Effect(Outcome.AGAIN, in_flight=Sent(CLIENT, party, sent), app=app, sender=party, receiver=CLIENT, **judge)


# What the browser looks at where a request is sent once more: before it is, and when the answer to the first has come.
_ASKED_AGAIN = {
    Act.STEP_8: (cross_origin.CODE_PREFLIGHT, cross_origin.TOKENS),
    Act.STEP_R2: (cross_origin.REFRESH_PREFLIGHT, cross_origin.REFRESHED),
    Act.STEP_11: (cross_origin.CALL_PREFLIGHT, cross_origin.DATA),
    Act.STEP_T2: (cross_origin.CALL_PREFLIGHT, cross_origin.DATA),
    Act.STEP_B1: (cross_origin.CALL_PREFLIGHT, cross_origin.DATA),
}


@handles(Act.STEP_9)
def step_9(turn: Turn) -> Effect:
    run, context, answer = turn.run, turn.context, turn.answer
    call, seen = call_of(run, run.who), turn.browser
    if not page.receive(turn, answer, SERVER, cross_origin.TOKENS):
        return replace(page.hidden(SERVER), app=client.give_up(turn.app, call))
    app = key_lookup.of_client(turn, cross_origin.KEYS)
    if app is None:
        return replace(page.hidden(SERVER), app=client.give_up(turn.app, call))
    redeemed = app.redeeming.get(call)
    app = app_proofs.keep_nonce(app, redeemed.token_endpoint if redeemed else app.metadata["token_endpoint"], answer)
    if answer.status != 200:
        return Effect(Outcome.ERROR, app=client.give_up(app, call))
    app, accepted = client.receive_tokens(app, run.who, answer, context, call)
    if accepted and app.profile.kind == "website":
        headers = {"Cache-Control": "no-store"}
        if own_cookie := pending_logins.has_own_cookie(app.profile, turn.scenario.transactions):
            headers = {"Set-Cookie": app.profile.set_session_cookie(run.who, turn.scenario.cookie_same_site), **headers}
        home = see_other(f"{run.client}/", headers)
        if turn.scenario.loads_from_elsewhere:  # it does not lead away from the address with the answer
            home = elsewhere.welcome(headers, turn.scenario.referrer_policy)
        context.record_message(CLIENT, BROWSER, home)
        if came := called_back(turn.world, run.at):
            elsewhere.load(turn, home, came[1].url, turn.scenario.loads_from_elsewhere)
        seen = browser.keep_cookies(seen, run.client, home, now=context.now) if own_cookie else seen
    loot = page.seen_by_its_owner(turn, answer)
    return Effect(Outcome.OK if accepted else Outcome.STOPPED, app=app, loot=loot, browser=seen)


def heard_nonce(turn: Turn, app: Client) -> Client:
    """The app with the nonce for later proofs that the answer in flight brings, if it brings one."""
    return app_proofs.keep_nonce(app, app.metadata["token_endpoint"], turn.answer)


@handles(Act.STEP_10)
def step_10(turn: Turn) -> Effect:
    if turn.api.tools is not None:
        address = tools_called(turn.world, turn.run)
        asked = mcp_client.next_call(turn.app, turn.run.who, address, turn.scenario, turn.context)
        if address == ATTACKERS_TOOLS:
            turn.context.record_message(CLIENT, ATTACKER, asked)
            return Effect(in_flight=Sent(CLIENT, ATTACKER, asked), receiver=ATTACKER)
        if turn.api.tools.behind != "none":
            turn.context.record_message(CLIENT, API, asked)
            return Effect(Outcome.TOOL, in_flight=Sent(CLIENT, API, asked))
    else:
        asked = client.call(turn.app, turn.run.who, turn.scenario.address_called(turn.api.url), turn.context)
    sent = page.send(turn, asked, API, cross_origin.CALL_PREFLIGHT)
    return Effect(in_flight=Sent(CLIENT, API, sent)) if sent else page.not_sent(API)


@handles(Act.STEP_11)
def step_11(turn: Turn) -> Effect:
    """What the app gets it shows to the user; an attacker's own program keeps it."""
    if isinstance(turn.in_flight, Response):  # of a tool that has asked an API behind
        effect = _received(turn, turn.answer, turn.api.url, turn.api)
        return replace(effect, outcome=Outcome.TOOL_FAILED) if mcp_wire.has_failed(turn.answer) else effect
    arrived = proxies.at_the_api(turn.scenario.mistakes, turn.asked)
    called, answer = api.handle(key_lookup.of_api(turn), arrived, turn.context)
    if tries_again(turn, answer) and (again := send_again(turn, API, answer, api=called)):
        return again
    return _received(turn, answer, turn.asked.url, called)


def _received(turn: Turn, answer: Response, url: str, called: Api) -> Effect:
    """The answer of the API at this address has arrived."""
    run = turn.run
    by_attacker = run.owner == ATTACKER
    if by_attacker:
        turn.context.record_message(API, ATTACKER, answer)
    elif not page.receive(turn, answer, API, cross_origin.DATA):
        return replace(page.hidden(API), api=called)
    outcome, data = _API_OUTCOMES.get(answer.status, Outcome.BAD_REQUEST), ""
    if answer.status == 200 and api.owner_in(answer) == f"user-{turn.world.people[VICTIM].username}":
        data = answer.body
        turn.context.record_secret(API, "data", data)
        turn.context.record_secret(ATTACKER if by_attacker else USER, "data", data)
    loot = {"data": data} if data and by_attacker else {}
    app = None if by_attacker else app_proofs.keep_nonce(turn.app, url, answer)
    # An app that has just asked for what the API demands does not ask again.
    if app is not None and run.owner == VICTIM and not is_step_up(run) and not is_other_app(run):
        app = client.hear_demand(app, run.who, answer)
    return Effect(outcome, app=app, api=called, loot=loot, receiver=ATTACKER if by_attacker else CLIENT)


def _who(turn: Turn, arrived: Request | Opening) -> tuple[Client, str]:
    """The app, and which browser this is, as the app can tell: a website by its cookie, an app by its own storage."""
    run, app, kept = turn.run, turn.app, turn.scenario.transactions
    if app.profile.kind != "website" or not isinstance(arrived, Request):
        return app, run.at
    if pending_logins.has_own_cookie(app.profile, kept):
        return pending_logins.take_back(app, arrived, kept)
    return app, arrived.cookies.get(app.profile.session_cookie, "")


def _app_page(profile: Profile, policy: str = "no-referrer") -> Response:
    """The page that is the whole app: its script runs in the browser, from wherever the browser has come to it.

    What the page loads besides, its script and its pictures, is left out: no value of the protocol is in it.
    """
    html = (
        f'<!doctype html><title>{profile.app_name}</title><script type="module" src="/app.js"></script>'
        "<p>This page is run by its script.</p>"
    )
    return response(200, headers={"Cache-Control": "no-store", "Referrer-Policy": policy}, html=html)


def _landing_page(policy: str) -> Response:
    """What a program that listens on a port shows in the browser, which has done its part."""
    html = "<!doctype html><title>Back in the app</title><p>You can close this page.</p>"
    return response(200, headers={"Cache-Control": "no-store", "Referrer-Policy": policy}, html=html)


# What an API answers to; for an address or a method that it does not have it says so with another status still.
_API_OUTCOMES = {
    200: Outcome.OK,
    201: Outcome.OK,
    400: Outcome.BAD_REQUEST,
    401: Outcome.UNAUTHORIZED,
    403: Outcome.FORBIDDEN,
}
