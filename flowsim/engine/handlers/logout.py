"""The end of a session, steps L1 to L4: of the app alone, or of the authorization server as well.

Source: OIDC RP-Initiated Logout sections 2 and 3.
"""

from flowsim.actors import authorization_server, browser, client
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.registry import handles
from flowsim.engine.turn import Turn
from flowsim.model.states import Act, Outcome, Role
from flowsim.model.steps import BROWSER, CLIENT, SERVER
from flowsim.model.world import Browser, Sent
from flowsim.protocol.messages import REDIRECTS, Message, Opening, Request, Response, see_other


@handles(Act.STEP_L1)
def log_out(turn: Turn) -> Effect:
    """The app ends its session. A website has a server of its own, so there the click is a request, and the cookie goes."""
    run, context, app = turn.run, turn.context, turn.app
    website, at_server = app.profile.kind == "website", run.role is Role.SERVER_LOGOUT
    known_as = context.random_token("session_cookie") if website else run.who
    ended, url = app, f"{run.client}/"
    if at_server:
        ended, url = client.logout_address(app, run.who, known_as, context)
    ended = client.end_session(ended, run.who)
    if not website:
        return Effect(in_flight=Sent(CLIENT, BROWSER, Opening(url=url)) if at_server else None, app=ended)
    context.record_message(BROWSER, CLIENT, browser.press(turn.browser, f"{run.client}/logout"))
    cookie = app.profile.set_session_cookie(known_as, turn.scenario.cookie_same_site)
    answer = see_other(url, {"Set-Cookie": cookie, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    if at_server:
        return Effect(in_flight=Sent(CLIENT, BROWSER, answer), app=ended, who=known_as)
    context.record_message(CLIENT, BROWSER, answer)
    return Effect(app=ended, browser=browser.receive(turn.browser, run.client, answer), who=known_as)


@handles(Act.STEP_L2)
def ask_the_server(turn: Turn) -> Effect:
    opening: Message = turn.in_flight
    turn.context.record_message(CLIENT, BROWSER, opening)
    seen = turn.browser
    if isinstance(opening, Response):
        seen, url = browser.receive(seen, turn.run.client, opening), opening.location
    else:
        url = opening.url
    seen, asked = browser.open_url(seen, url)
    return _answered(turn, seen, asked)


@handles(Act.STEP_L3)
def answer_the_server(turn: Turn) -> Effect:
    """The user began this, so the answer is yes."""
    seen, posted = browser.submit(turn.browser, f"{turn.run.server}/logout", {"decision": "logout"})
    return _answered(turn, seen, posted)


def _answered(turn: Turn, seen: Browser, asked: Request) -> Effect:
    """What comes of this request to the logout endpoint; a redirect to the app stays in flight until step L4."""
    context, server = turn.context, turn.server
    context.record_message(BROWSER, SERVER, asked)
    server, answer = authorization_server.handle(server, asked, context)
    if answer.status in REDIRECTS:
        return Effect(in_flight=Sent(SERVER, BROWSER, answer), browser=seen, server=server)
    context.record_message(SERVER, BROWSER, answer)
    seen = browser.receive(seen, asked.url, answer)
    shown = Outcome.ASKED if browser.form_shown(seen) else Outcome.STAYS
    return Effect(shown if answer.status == 200 else Outcome.ERROR_PAGE, browser=seen, server=server)


@handles(Act.STEP_L4)
def come_back(turn: Turn) -> Effect:
    """The browser is sent back to the app. It opens the app, where the address is one that an app on the device has."""
    run, redirect, context = turn.run, turn.answer, turn.context
    context.record_message(SERVER, BROWSER, redirect)
    seen = browser.keep_cookies(turn.browser, run.server, redirect)
    if redirect.location.startswith(("https:", "http:")) and browser.app_for(seen, redirect.location) is None:
        seen, arrived = browser.open_url(seen, redirect.location)
        context.record_message(BROWSER, CLIENT, arrived)
    else:
        context.record_message(BROWSER, CLIENT, Opening(url=redirect.location))
    app, believed = client.receive_signed_out(turn.app, run.who, redirect.location, context)
    return Effect(Outcome.OK if believed else Outcome.STOPPED, app=app, browser=seen)
