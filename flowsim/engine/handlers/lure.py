"""What an attacker does to begin a login of the victim's, and to receive what is sent to the attacker's own addresses.

The attacker has websites, a client and an authorization server of its own, and can have an app on the victim's device.
What arrives at one of these is the attacker's without any theft.

Source: RFC 9700 sections 3 (A1), 4.1, 4.4 and 4.5.4; RFC 8252 sections 8.1, 8.6 and 8.12; RFC 9126 section 2; RFC 10017
section 5.1.
"""

from collections.abc import Iterator

from flowsim.actors import authorization_server, browser
from flowsim.engine.effect import Effect, Handler, flying, loot
from flowsim.model.context import Context
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, SERVER, USER
from flowsim.model.transitions import IllegalMove, Move, Written
from flowsim.model.world import VICTIM, Run, Sent, World
from flowsim.protocol.messages import Opening, Request, Response, leads_to, origin_of, query_of, see_other, single


def install_app(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """An app of the attacker's on the victim's device claims the app's address, where anybody may claim it.

    An https address can be claimed only by the app of the website's owner (RFC 8252 section 7.2), so there nothing
    comes of it.
    """
    profile = world.scenario.profile
    step = world.log[-1].step if world.log else 1
    done = Effect(sender=ATTACKER, receiver=BROWSER, step=step)
    if profile.kind in ("scheme", "loopback"):
        device = browser.claim(world.browsers[VICTIM], origin_of(profile.redirect_uri), ATTACKER)
        done.changes = {"browsers": world.browsers.set(VICTIM, device)}
    return done


def push_request(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The attacker pushes a request to the server, as the app would (RFC 9126 section 2.1)."""
    if not isinstance(message, Request):
        raise IllegalMove(
            Move(run.name, Act.PUSH_REQUEST), run.role, run.state, "it must say which: message=Request(…)"
        )
    context.record_message(ATTACKER, SERVER, message)
    server, answer = authorization_server.handle(world.servers[run.server], message, context)
    context.record_message(SERVER, ATTACKER, answer)
    uri = answer.json().get("request_uri")
    changes = {"servers": world.servers.set(run.server, server)}
    changes |= loot(world, {"pushed_request_uri": uri}) if isinstance(uri, str) else {}
    return Effect(Outcome.OK if uri else Outcome.ERROR, changes=changes, sender=ATTACKER, receiver=SERVER, step=2)


def open_request(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """A page of the attacker's: the victim's browser opens an authorization request the attacker wrote.

    A link on the page shows it to the user; a frame in the page that nobody can see does not.
    """
    if not isinstance(message, Opening):
        raise IllegalMove(
            Move(run.name, Act.OPEN_REQUEST), run.role, run.state, "it must say which: message=Opening(…)"
        )
    context.record_secret(USER, "password", world.people[run.owner].password)
    context.record_message(ATTACKER, BROWSER, message)
    return Effect(in_flight=Sent(ATTACKER, BROWSER, message), sender=ATTACKER, receiver=BROWSER, step=2)


def open_window(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """A script in the app's page opens such a request in a window. An app that is no web page has none to run in."""
    if world.scenario.profile.kind not in ("page", "website"):
        lacking = "it takes an app in a browser, for a script to run in its page"
        raise IllegalMove(Move(run.name, Act.OPEN_WINDOW), run.role, run.state, lacking)
    return open_request(world, run, message, context)


def misdirect(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The app sends the browser to the attacker's server, which sends it on to the honest one (RFC 9700 section 4.4)."""
    opening, seen = flying(run), world.browsers[run.owner]
    url = leads_to(opening)
    if not browser.belongs_to_attacker(seen, url) or not isinstance(message, Opening):
        lacking = "it takes an app that has sent the browser to the attacker's server, and message=Opening(…)"
        raise IllegalMove(Move(run.name, Act.MISDIRECT), run.role, run.state, lacking)
    context.record_message(CLIENT, BROWSER, opening)
    if isinstance(opening, Response):
        seen = browser.receive(seen, run.client, opening)
    seen, asked = browser.open_url(seen, url)
    answer = see_other(message.url)
    context.record_message(BROWSER, ATTACKER, asked)
    context.record_message(ATTACKER, BROWSER, answer)
    changes = {**loot(world, dict(query_of(url))), "browsers": world.browsers.set(run.owner, seen)}
    return Effect(
        in_flight=Sent(ATTACKER, BROWSER, message), changes=changes, sender=ATTACKER, receiver=BROWSER, step=3
    )


def get_response(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The redirect goes to an address of the attacker's: nobody has to steal anything."""
    arrived = flying(run)
    if isinstance(arrived, Response) or not browser.belongs_to_attacker(world.browsers[run.owner], arrived.url):
        lacking = "the redirect does not go to an address of the attacker's"
        raise IllegalMove(Move(run.name, Act.GET_RESPONSE), run.role, run.state, lacking)
    context.record_message(BROWSER, ATTACKER, arrived)
    found = dict(query_of(arrived.url)) | (dict(arrived.form) if isinstance(arrived, Request) else {})
    return Effect(changes=loot(world, found), sender=BROWSER, receiver=ATTACKER, step=6)


def get_token_request(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """The app has sent the code, and the verifier, to the server it believes it is talking to (RFC 9700 section 4.4)."""
    asked = flying(run)
    if not isinstance(asked, Request) or not browser.belongs_to_attacker(world.browsers[run.owner], asked.url):
        lacking = "the app has sent its request to somebody else"
        raise IllegalMove(Move(run.name, Act.GET_TOKEN_REQUEST), run.role, run.state, lacking)
    return Effect(changes=loot(world, dict(asked.form)), sender=ATTACKER, receiver=ATTACKER, step=7)


def read_web_view(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """An app that shows the login page itself can read every key that is pressed in it (RFC 8252 section 8.12)."""
    posted = next((one for one in _login_forms(world, run)), None)
    if posted is None or not world.scenario.web_view:
        lacking = "no login page was filled in where the app could see it"
        raise IllegalMove(Move(run.name, Act.READ_WEB_VIEW), run.role, run.state, lacking)
    context.record_message(BROWSER, ATTACKER, posted)
    found = {name: value for name in ("username", "password") if (value := single(posted.form, name))}
    return Effect(in_flight=run.in_flight, changes=loot(world, found), sender=BROWSER, receiver=ATTACKER, step=5)


def read_window(world: World, run: Run, message: Written | None, context: Context) -> Effect:
    """A script reads where its window has come to: browsers allow that for a page of its own origin (RFC 10017 §5.1.3)."""
    arrived, url = flying(run), leads_to(flying(run))
    opened = any(event.act is Act.OPEN_WINDOW and event.run == run.name for event in world.log)
    own_origin = browser.app_for(world.browsers[run.owner], url) is None and origin_of(url) == run.client
    if not opened or not own_origin or isinstance(arrived, Response):
        lacking = "it takes a window that the script has opened, and that has come back to the origin of the app's page"
        raise IllegalMove(Move(run.name, Act.READ_WINDOW), run.role, run.state, lacking)
    context.record_message(BROWSER, ATTACKER, Opening(url=url))
    return Effect(
        in_flight=run.in_flight, changes=loot(world, dict(query_of(url))), sender=BROWSER, receiver=ATTACKER, step=6
    )


def _login_forms(world: World, run: Run) -> Iterator[Request]:
    """The login forms that were sent in this run, the last one first."""
    for event in reversed(world.log):
        for sent in event.messages:
            form = isinstance(sent.message, Request) and sent.message.method == "POST"
            if form and event.run == run.name and isinstance(sent.message, Request) and sent.message.path == "/login":
                yield sent.message


# In a run of the attacker's own.
OWN: dict[Act, Handler] = {Act.INSTALL_APP: install_app, Act.PUSH_REQUEST: push_request}
# In a login of the user.
BESIDE: dict[Act, Handler] = {
    Act.OPEN_REQUEST: open_request,
    Act.FRAME_REQUEST: open_request,
    Act.OPEN_WINDOW: open_window,
    Act.READ_WINDOW: read_window,
    Act.MISDIRECT: misdirect,
    Act.GET_RESPONSE: get_response,
    Act.GET_TOKEN_REQUEST: get_token_request,
    Act.READ_WEB_VIEW: read_web_view,
}
