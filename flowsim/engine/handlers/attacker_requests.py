"""What an attacker does with authorization requests: it writes some, changes others, and has them opened in a browser.

The attacker has websites, a client and an authorization server of its own, and can have an app on the victim's device.
Whatever goes through its own browser it can change.

Source: RFC 9700 sections 3 (A1), 4.4, 4.5.4, 4.8 and 4.16; RFC 8252 sections 8.1 and 8.6; RFC 9126 section 2; RFC 10017
section 5.1.
"""

from dataclasses import replace

from flowsim.actors import authorization_server, browser, user
from flowsim.engine import client_document
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.registry import attacker_act
from flowsim.engine.turn import Turn
from flowsim.model.positions import RESPONSE, REWRITE, SCRIPT, WEB
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, SERVER, USER
from flowsim.model.world import ATTACKER_USER, OWN_LOGIN, VICTIM, Event, Sent
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import (
    Opening,
    Request,
    Response,
    leads_to,
    query_of,
    response,
    see_other,
    single,
    with_params,
    without_query,
)

BINDS_THE_CODE = ("code_challenge", "code_challenge_method", "dpop_jkt")


def _address(event: Event) -> dict[str, str]:
    """The parameters in the address that the attacker had a browser open in this event."""
    return dict(query_of(leads_to(event.messages[-1].message)))


# ---- A login of the victim's that the attacker begins


def _chosen(event: Event) -> str:
    names = _address(event)
    if event.detail == OWN_LOGIN:
        return "The app has prepared this request for a login that the attacker has begun."
    if "request_uri" in names:
        return "The address only names a request, which was pushed to the server before."
    chosen = [f"`{name}`" for name in ("client_id", "redirect_uri", "code_challenge") if name in names]
    return f"All that is in the address was chosen by the attacker: {_listed(chosen)}."


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _open(turn: Turn) -> Effect:
    """The victim's browser opens an authorization request that the attacker chose."""
    opening = turn.opened_at(f"{turn.run.server}/authorize")
    if turn.world.runs[VICTIM].state in (State.LOGIN_SHOWN, State.LOGIN_SHOWN_AGAIN):
        raise turn.illegal("the user has the login page of another login before them, and fills that in first")
    own = turn.world.runs.get(OWN_LOGIN)
    prepared = own.in_flight if own and own.state is State.PREPARED else None
    turn.context.record_secret(USER, "password", turn.person.password)
    turn.context.record_message(ATTACKER, BROWSER, opening)
    return Effect(
        in_flight=Sent(ATTACKER, BROWSER, opening),
        sender=ATTACKER,
        receiver=BROWSER,
        step=2,
        detail=OWN_LOGIN if prepared and leads_to(prepared.message) == opening.url else "",
    )


@attacker_act(
    Act.OPEN_REQUEST,
    takes=WEB,
    clauses=("RFC 9700 §3",),
    label="open this request",
    title=lambda event: (
        "The victim's browser opens the attacker's own login"
        if event.detail == OWN_LOGIN
        else "The victim's browser opens a request that the attacker wrote"
    ),
    text=lambda event: f"A link on any page does it. {_chosen(event)}",
    notes=(
        "Ask: can a user see who wrote the link that they follow? Point at what in this request the attacker chose."
    ),
)
def open_request(turn: Turn) -> Effect:
    """A link on a page of the attacker's: it shows the server's page to the user, for a request the attacker wrote."""
    return _open(turn)


@attacker_act(
    Act.FRAME_REQUEST,
    takes=WEB,
    clauses=("RFC 9700 §4.16",),
    label="open this request in a frame",
    title="The attacker's page opens a request in a hidden frame",
    text=lambda event: (
        "The user sees a game, a picture, a button. Over it lies a frame that nobody can see, and there the browser opens "
        f"an authorization request. {_chosen(event)}"
    ),
    notes=(
        "Ask the room what they see on the page and what the browser does. Then: who could forbid that the "
        "page is shown in a frame?"
    ),
)
def frame_request(turn: Turn) -> Effect:
    """A frame in a page of the attacker's that nobody can see, with the server's page in it."""
    return _open(turn)


@attacker_act(
    Act.OPEN_WINDOW,
    takes=SCRIPT,
    clauses=("RFC 10017 §5.1.3",),
    label="open this request in a window",
    title="A script in the app's page opens a window",
    text=lambda event: (
        "The script is somebody else's and may do what the app may do. It opens an authorization request in a window. "
        f"{_chosen(event)} The script leaves the app's tokens alone."
    ),
    notes=(
        "Say: a script in the page may do what the page may do. Ask: what could it start that looks like a "
        "login of the app's own?"
    ),
)
def open_window(turn: Turn) -> Effect:
    """A script in the app's page opens such a request in a window. An app that is no web page has none to run in."""
    if turn.scenario.profile.kind not in ("page", "website"):
        raise turn.illegal("it takes an app in a browser, for a script to run in its page")
    return _open(turn)


def _who_pushes(event: Event) -> str:
    if event.outcome is not Outcome.OK:
        return "To this one it gives none."
    if any(isinstance(one.message, Request) and single(one.message.form, "client_assertion") for one in event.messages):
        return "With this one comes a `client_assertion` that the app has signed, so it is the app's."
    if any(isinstance(one.message, Request) and one.message.header("authorization") for one in event.messages):
        return "With this one comes the app's secret, so it passes for the app's."
    return "An app without a secret cannot be told from somebody who knows its `client_id`."


@attacker_act(
    Act.PUSH_REQUEST,
    takes=WEB,
    clauses=("RFC 9126 §2.1",),
    label="push its own request",
    title="The attacker pushes a request of its own",
    text=lambda event: "The server takes requests straight from apps and gives them a name. " + _who_pushes(event),
    notes=(
        "Ask: does it help that a request comes straight to the server when anybody can send one? What would "
        "show who sent it?"
    ),
)
def push_request(turn: Turn) -> Effect:
    """The attacker pushes a request to the server, as the app would (RFC 9126 section 2.1)."""
    asked = turn.asked_at(f"{turn.run.server}/oauth/par")
    turn.context.record_message(ATTACKER, SERVER, asked)
    server, _ = client_document.read(turn, turn.server, asked)
    server, answer = authorization_server.handle(server, asked, turn.context)
    turn.context.record_message(SERVER, ATTACKER, answer)
    uri = answer.json().get("request_uri")
    return Effect(
        Outcome.OK if uri else Outcome.ERROR,
        server=server,
        loot={"pushed_request_uri": uri} if isinstance(uri, str) else {},
        sender=ATTACKER,
        receiver=SERVER,
        step=2,
    )


@attacker_act(
    Act.INSTALL_APP,
    takes=RESPONSE,
    clauses=("RFC 8252 §8.1", "RFC 8252 §7.2"),
    label="claim the app's address",
    title="The attacker's app is on the device, too",
    text=(
        "The app says that it opens the honest app's address. A private-use scheme or a loopback port can be claimed by "
        "anybody; an https address goes to the app that the website names."
    ),
    notes=(
        "Ask who decides which app an address opens. Compare the three kinds: a scheme of one's own, an https"
        " address, a port on the device."
    ),
)
def install_app(turn: Turn) -> Effect:
    """An app of the attacker's on the victim's device claims the app's address, where anybody may claim it.

    An https address can be claimed only by the app of the website's owner (RFC 8252 section 7.2), so there nothing
    comes of it.
    """
    profile, device = turn.scenario.profile, None
    if profile.kind in ("scheme", "loopback"):
        device = browser.claim(turn.world.browsers[VICTIM], origin_of(profile.redirect_uri), ATTACKER)
    return Effect(victims_browser=device, sender=ATTACKER, receiver=BROWSER)


# ---- A page that looks like the server's


@attacker_act(
    Act.SHOW_COPY,
    takes=WEB,
    clauses=("RFC 9700 §4.11.2",),
    label=lambda event: "a copy of the server's page",
    title=lambda event: (
        "The user logs in at a copy of the server's page"
        if event.outcome is Outcome.OK
        else "The user leaves a copy of the server's page"
    ),
    text=lambda event: (
        "The attacker's page looks like the server's. The link led to the genuine server, which has sent the "
        "browser on by itself. "
        + (
            "Who does not look at the address now types what opens the account, and the attacker has it."
            if event.outcome is Outcome.OK
            else "This user looks at the address, sees that it is another, and types nothing."
        )
    ),
)
def show_copy(turn: Turn) -> Effect:
    """The server has sent the browser to the attacker's website, which shows a page that looks like the server's."""
    context, arrived = turn.context, turn.in_flight
    if not isinstance(arrived, Request) or not browser.belongs_to_attacker(turn.browser, arrived.url):
        raise turn.illegal("it takes a browser that has come to a website of the attacker's")
    if turn.world.runs[VICTIM].state in (State.LOGIN_SHOWN, State.LOGIN_SHOWN_AGAIN):
        raise turn.illegal("the user has the login page of another login before them, and fills that in first")
    copy = response(200, headers={"Cache-Control": "no-store"}, html=_COPY)
    context.record_message(BROWSER, ATTACKER, arrived)
    context.record_message(ATTACKER, BROWSER, copy)
    seen = browser.receive(turn.browser, arrived.url, copy)
    if not user.believes_a_copy(turn.scenario.user):
        return Effect(Outcome.DENIED, browser=seen, sender=ATTACKER, receiver=BROWSER, step=6)
    typed = user.credentials(turn.person, turn.scenario.login, turn.scenario.user, context.now)
    seen, posted = browser.submit(seen, arrived.url, typed)
    context.record_message(BROWSER, ATTACKER, posted)
    return Effect(browser=seen, loot=typed, sender=ATTACKER, receiver=BROWSER, step=6)


_COPY = (
    '<!doctype html><title>Log in</title><form method="post" action="/login">'
    '<input name="username"><input name="password" type="password"><button>Log in</button></form>'
)


# ---- Requests that are changed on their way


@attacker_act(
    Act.MISDIRECT,
    takes=WEB,
    clauses=("RFC 9700 §4.4",),
    label="303 to the honest server",
    title="The attacker's server sends the browser on to the honest one",
    text=(
        "The user chose the attacker's server, and the app sent the browser there. That server answers with a redirect to "
        "the honest server, with the app's own `client_id` there. To the user it looks like one more login page."
    ),
    notes=(
        "Say: to the user this is one more login page. Ask: the app talks to two servers; how could it know "
        "which one has answered?"
    ),
)
def misdirect(turn: Turn) -> Effect:
    """The app sends the browser to the attacker's server, which sends it on to the honest one (RFC 9700 section 4.4)."""
    context, opening, seen = turn.context, turn.in_flight, turn.browser
    url = leads_to(opening)
    if not browser.belongs_to_attacker(seen, url):
        raise turn.illegal("it takes an app that has sent the browser to the attacker's server (second_server=True)")
    onward = turn.opened_at(f"{turn.run.server}/authorize")
    context.record_message(CLIENT, BROWSER, opening)
    if isinstance(opening, Response):
        seen = browser.receive(seen, turn.run.client, opening)
    seen, asked = browser.open_url(seen, url)
    context.record_message(BROWSER, ATTACKER, asked)
    context.record_message(ATTACKER, BROWSER, see_other(onward.url))
    return Effect(
        in_flight=Sent(ATTACKER, BROWSER, onward),
        browser=seen,
        loot=dict(query_of(url)),
        sender=ATTACKER,
        receiver=BROWSER,
        step=3,
    )


def _whose(event: Event) -> str:
    return "its own" if event.run == OWN_LOGIN else "the victim's"


def _stripped_title(event: Event) -> str:
    whose = _whose(event)
    if not event.detail:
        return f"The attacker finds no challenge in {whose} request"
    taken = "the challenge" if "code_challenge" in event.detail else "the name of the key"
    return f"The attacker takes {taken} out of {whose} request"


def _way(event: Event) -> str:
    if event.run == OWN_LOGIN:
        return "The request goes through the attacker's own browser, so the attacker can change it."
    return "The attacker sits where the request comes by, on its way or before the app makes it, and can change it."


def _replaced_text(event: Event) -> str:
    pushed = "request_uri" in _address(event)
    what = "names a request that was pushed" if pushed else "was written by the attacker"
    return f"{_way(event)} The new address {what}."


def _stripped_text(event: Event) -> str:
    way, pushed = _way(event), "request_uri" in _address(event)
    if not event.detail:
        why = "the address only names a request, which was pushed" if pushed else "there is no `code_challenge` in it"
        return f"{way} But {why}, so there is nothing to take out."
    key = ", and without the name of a key," if "dpop_jkt" in event.detail else ""
    return (
        f"{way} Without a `code_challenge`{key} the server will bind the `code` to nothing, unless it insists on PKCE."
    )


@attacker_act(
    Act.STRIP_CHALLENGE,
    takes=REWRITE,
    takes_in_own_login=WEB,
    clauses=("RFC 9700 §4.8",),
    label=lambda event: f"take {event.detail or 'nothing'} out",
    title=_stripped_title,
    text=_stripped_text,
    notes=(
        "Ask: the app did all right, so who must notice that the challenge is gone? Let the room decide "
        "between app and server."
    ),
)
def strip_challenge(turn: Turn) -> Effect:
    """The request is opened in a browser, so whoever sits before that browser can change it.

    Whatever would bind the code is taken out: the challenge, and the name of the app's key (RFC 9449 section 10).
    """
    if turn.written is not None:
        raise turn.illegal("it only takes the challenge out; Act.WRITE_REQUEST puts another request in its place")
    url = leads_to(turn.in_flight)
    query = dict(query_of(url))
    bare = {name: value for name, value in query.items() if name not in BINDS_THE_CODE}
    taken = ", ".join(name for name in ("code_challenge", "dpop_jkt") if name in query)
    return put_in_its_place(turn, Opening(url=with_params(without_query(url), bare)), taken)


@attacker_act(
    Act.WRITE_REQUEST,
    takes=REWRITE,
    takes_in_own_login=WEB,
    clauses=("RFC 9700 §4.8", "RFC 9700 §4.5.4"),
    label="open another request",
    title=lambda event: f"The attacker puts another request in place of {_whose(event)}",
    text=_replaced_text,
    notes=(
        "Ask: what of the app's own request does the attacker have to keep, so that the app takes the answer?"
        " What did it change?"
    ),
)
def write_request(turn: Turn) -> Effect:
    """Whoever can change a request can put any other in its place, and the same one as well."""
    written = turn.opened_at(f"{turn.run.server}/authorize")
    return put_in_its_place(turn, written, "" if written.url == leads_to(turn.in_flight) else "another")


def put_in_its_place(turn: Turn, written: Opening, detail: str = "") -> Effect:
    """This request goes on in place of the one in flight."""
    opening = turn.in_flight
    turn.context.record_message(ATTACKER, ATTACKER if turn.run.owner == ATTACKER_USER else BROWSER, written)
    flown = _redirected(opening, written.url) if isinstance(opening, Response) else written
    return Effect(in_flight=Sent(CLIENT, BROWSER, flown), sender=ATTACKER, receiver=ATTACKER, step=2, detail=detail)


def _redirected(answer: Response, url: str) -> Response:
    """This redirect with another address in it; cookies and all else stay."""
    return replace(
        answer, headers=tuple((name, url if name.lower() == "location" else value) for name, value in answer.headers)
    )
