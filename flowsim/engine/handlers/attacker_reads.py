"""What an attacker gets to see: what leaks, what lies about, and what is sent to it.

Some of it is read where it lies, and the honest party notices nothing. Some is taken, and then the honest party waits in
vain. And what arrives at an address of the attacker's own, or at an app it has on the device, is there without any theft.

Source: RFC 9700 sections 3, 4.1 to 4.4, 4.9 and 4.14; RFC 8252 sections 8.1, 8.5 and 8.12; RFC 10017 section 5.1.
"""

from collections.abc import Iterator

from flowsim.actors import browser
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.registry import attacker_act
from flowsim.engine.turn import Turn
from flowsim.model.positions import REQUEST, RESPONSE, SCRIPT, STORAGE, TOKEN, WEB, WEB_VIEW
from flowsim.model.states import Act, State
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT
from flowsim.model.world import ATTACKERS_DOMAIN, VICTIM, Event
from flowsim.protocol import credentials
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Message, Opening, Request, Response, answered_at, leads_to, query_of, single


def _brought(event: Event) -> Message:
    """The message that the attacker got in this event."""
    return event.messages[-1].message


# ---- What lies about


@attacker_act(
    Act.READ_APP,
    takes=WEB,
    clauses=("RFC 8252 §8.5", "RFC 6749 §10.1"),
    label="read the app's files",
    title="The attacker looks into the app's files",
    text=lambda event: (
        "Whoever has the app has its files, and every text in them. "
        + ("A secret that is shipped with an app is known to all its users." if event.made else "No secret is there.")
    ),
    notes=(
        "Ask who has ever unpacked an app. Then: what is left of a client secret that every user has on the device?"
    ),
)
def read_app(turn: Turn) -> Effect:
    """Anybody who has the app has its files, and every text in them (RFC 8252 section 8.5)."""
    app = turn.world.clients[turn.world.runs[VICTIM].client]
    secret = app.secret if turn.scenario.shipped_secret else None
    turn.context.record_secret(ATTACKER, "client_secret", secret)
    return Effect(loot={"client_secret": secret} if secret else {}, sender=CLIENT, receiver=ATTACKER)


@attacker_act(
    Act.READ_STORAGE,
    takes=STORAGE,
    clauses=("RFC 9700 §4.14", "RFC 6749 §10.4"),
    label="read the app's storage",
    title="The attacker reads the app's storage",
    text=lambda event: (
        "A `refresh_token` has to outlive the app's next start, so the app keeps it in storage. A script in the page, a "
        "program on the device or a backup reads it there."
        if event.made
        else "A script in the page, a program on the device or a backup reads what the app keeps. There is no "
        "`refresh_token` among it."
    ),
    notes=(
        "Ask where the apps of this room keep their tokens. Then: how long is what was found good, and who "
        "notices that it is gone?"
    ),
)
def read_storage(turn: Turn) -> Effect:
    """A refresh token has to outlive the app's next start, so it lies in storage, where others may read it."""
    victim = turn.world.runs[VICTIM]
    held = turn.world.clients[victim.client].tokens.get(victim.who)
    text = held.refresh_token if held else None
    turn.context.record_secret(ATTACKER, "refresh_token", text)
    return Effect(loot={"refresh_token": text} if text else {}, sender=CLIENT, receiver=ATTACKER)


def _request_text(event: Event) -> str:
    names = dict(query_of(leads_to(_brought(event))))
    seen = "There is no `code_challenge` in it."
    if "code_challenge" in names:
        seen = "The attacker reads the `code_challenge` in it."
    elif "request_uri" in names:
        seen = "It holds no more than a name for the request, which was pushed beforehand."
    if event.before is State.PREPARED:
        return f"The app hands the address of the request to the browser, and the attacker sees it on the way. {seen}"
    return f"The address of the request was opened in the browser, so it is in its history and often in a log. {seen}"


def _where_read(event: Event) -> str:
    return "before it is sent" if event.before is State.PREPARED else "in the history"


@attacker_act(
    Act.READ_REQUEST,
    takes=REQUEST,
    clauses=("RFC 9700 §3",),
    label=lambda event: f"read the request {_where_read(event)}",
    title=lambda event: f"The attacker reads the request {_where_read(event)}",
    text=_request_text,
    notes=(
        "Name two places where an address is kept: the history, a log. Ask: what in this request is a secret,"
        " and what may everybody see?"
    ),
)
def read_request(turn: Turn) -> Effect:
    """The authorization request is in the browser's history, and often in a log on the device (RFC 7636 section 1).

    Before step 3 it is on its way from the app to the browser.
    """
    if turn.run.state is State.PREPARED:
        address = leads_to(turn.in_flight)
        turn.context.record_message(BROWSER, ATTACKER, Opening(url=address))
        return Effect(
            in_flight=turn.run.in_flight, loot=dict(query_of(address)), sender=BROWSER, receiver=ATTACKER, step=2
        )
    endpoint = f"{turn.run.server}/authorize"
    url = next((one for one in reversed(turn.browser.history) if one.startswith(endpoint)), None)
    if url is None:
        raise turn.illegal("no authorization request was opened in this browser")
    turn.context.record_message(BROWSER, ATTACKER, Opening(url=url))
    return Effect(in_flight=turn.run.in_flight, loot=dict(query_of(url)), sender=BROWSER, receiver=ATTACKER, step=3)


@attacker_act(
    Act.READ_API_REQUEST,
    takes=TOKEN,
    clauses=("RFC 9700 §4.9", "RFC 6750 §5.2"),
    label="read the request to the API",
    title="The attacker reads the request to the API",
    text=lambda event: (
        "Whoever runs the API, or reads its logs, has the whole request, with the `access_token` in it"
        + (" and the proof that goes with it. " if _proof(event) else ". ")
        + "The honest app notices nothing."
    ),
    notes=(
        "Say: nobody broke anything, somebody only read a log. Ask: what must a request show besides the "
        "token, so that the log is worth nothing?"
    ),
)
def read_api_request(turn: Turn) -> Effect:
    """Whoever runs the API, or reads its logs, has every request to it, and the token in it (RFC 9700 section 4.9)."""
    asked = turn.asked
    turn.context.record_message(API, ATTACKER, asked)
    found = {"access_token": (asked.header("authorization") or "").partition(" ")[2]}
    if proof := asked.header("dpop"):
        found["dpop_proof"] = proof
    return Effect(in_flight=turn.run.in_flight, loot=found, sender=API, receiver=ATTACKER, step=10)


def _proof(event: Event) -> str | None:
    asked = _brought(event)
    return asked.header("dpop") if isinstance(asked, Request) else None


@attacker_act(
    Act.READ_WEB_VIEW,
    takes=WEB_VIEW,
    clauses=("RFC 8252 §8.12",),
    label="copy the login form",
    title="The app reads what the user types",
    text="The login page is shown in a window of the app's own. The app can read every key that is pressed there.",
    notes=(
        "Ask how a user can tell a browser from a window of the app's own. Then: what does PKCE do about a "
        "password that was typed here?"
    ),
)
def read_web_view(turn: Turn) -> Effect:
    """An app that shows the login page itself can read every key that is pressed in it (RFC 8252 section 8.12)."""
    posted = next(_login_forms(turn), None)
    if posted is None or not turn.scenario.web_view:
        raise turn.illegal("no login page was filled in where the app could see it")
    turn.context.record_message(BROWSER, ATTACKER, posted)
    found = {name: value for name in ("username", "password") if (value := single(posted.form, name))}
    return Effect(in_flight=turn.run.in_flight, loot=found, sender=BROWSER, receiver=ATTACKER, step=5)


def _login_forms(turn: Turn) -> Iterator[Request]:
    """The login forms that were sent in this run, the last one first."""
    for event in reversed(turn.world.log):
        for sent in event.messages:
            form, own = sent.message, event.run == turn.run.name
            if own and isinstance(form, Request) and form.method == "POST" and form.path == "/login":
                yield form


@attacker_act(
    Act.READ_WINDOW,
    takes=SCRIPT,
    clauses=("RFC 10017 §5.1.3",),
    label="read the window's address",
    title="The script reads the code in the address of its window",
    text=(
        "A script may read where its window has come to, if that is a page of its own origin. The redirect leads to the "
        "app's own origin, and that is where the script runs."
    ),
    notes=(
        "Say: the script did not leave its own origin. Ask: which defence is left when somebody else's code "
        "runs in the page?"
    ),
)
def read_window(turn: Turn) -> Effect:
    """A script reads where its window has come to: browsers allow that for a page of its own origin (RFC 10017 §5.1.3)."""
    run, arrived = turn.run, turn.in_flight
    url = leads_to(arrived)
    opened = any(event.act is Act.OPEN_WINDOW and event.run == run.name for event in turn.world.log)
    own_origin = browser.app_for(turn.browser, url) is None and origin_of(url) == run.client
    if not opened or not own_origin or isinstance(arrived, Response):
        raise turn.illegal(
            "it takes a window that the script has opened, and that has come back to the origin of the app's page"
        )
    turn.context.record_message(BROWSER, ATTACKER, Opening(url=url))
    return Effect(in_flight=run.in_flight, loot=dict(query_of(url)), sender=BROWSER, receiver=ATTACKER, step=6)


# ---- The redirect with the code


def _copied(turn: Turn) -> tuple[Opening | Request, dict[str, str]]:
    """The redirect in the browser's hands, of which the attacker now has a copy, and what stands in its address."""
    arrived = turn.in_flight
    assert not isinstance(arrived, Response)
    turn.context.record_message(BROWSER, ATTACKER, arrived)
    return arrived, dict(query_of(answered_at(arrived)))


@attacker_act(
    Act.READ_RESPONSE,
    takes=RESPONSE,
    clauses=("RFC 9700 §4.2", "RFC 9700 §4.3.1"),
    label="a copy of the redirect leaks",
    title="A copy of the redirect leaks",
    text=lambda event: (
        "The answer came in a form, which stands in no history and in no header. Whoever reads what comes back to the "
        "app all the same, from its log for example, has the `code` before the app has used it."
        if _was_posted(_brought(event))
        else "An address ends up in histories, logs and headers. The attacker gets a copy of the redirect with the `code`, "
        "before the app has used it."
    ),
    notes=(
        "Say: the app gets its redirect too, so nobody misses anything. Ask: two hold the code now; who wins,"
        " the first or the one who can prove something?"
    ),
)
def read_response(turn: Turn) -> Effect:
    """A copy of the redirect leaks, from a history, a log or a header; the app still gets its own."""
    _, found = _copied(turn)
    return Effect(in_flight=turn.run.in_flight, loot=found, sender=BROWSER, receiver=ATTACKER, step=6)


def _way_taken(event: Event) -> str:
    """How the redirect came to the attacker's program: by a scheme of its own, or by a port."""
    url = leads_to(_brought(event))
    if url.startswith("http:"):
        return (
            "A program of the attacker's listens at the port where the app would, so the browser brings the redirect with "
            "the `code` to the attacker. The honest app waits in vain."
        )
    return (
        "The attacker's app claims the same address as the honest one. The operating system has to choose, and hands the "
        "redirect with the `code` to the attacker. The honest app waits in vain."
    )


@attacker_act(
    Act.TAKE_RESPONSE,
    takes=RESPONSE,
    clauses=("RFC 8252 §8.1",),
    label="the redirect goes to the wrong app",
    title="The redirect goes to the wrong app",
    text=_way_taken,
    notes=(
        "Pause here. Ask: why could another app get this redirect at all? Then let the room predict the end "
        "before you go on."
    ),
)
def take_response(turn: Turn) -> Effect:
    """The attacker's app has claimed the same address, and the operating system hands the redirect to it."""
    if leads_to(turn.in_flight).startswith("https:"):
        raise turn.illegal(
            "an https address can be claimed only by the app of its website's owner (RFC 8252 section 7.2), so no position "
            f"lets it be taken; {RESPONSE} lets a copy be read: Act.READ_RESPONSE"
        )
    arrived, found = _copied(turn)
    device = browser.claim(turn.browser, origin_of(arrived.url), ATTACKER)
    return Effect(browser=device, loot=found, sender=BROWSER, receiver=ATTACKER, step=6)


# ---- What is sent to the attacker


def _was_posted(message: Message) -> bool:
    """True for an answer that came in a form of the server's, and not in an address."""
    return isinstance(message, Request) and message.method == "POST" and not message.query


def _form_sent_on(event: Event) -> bool:
    """True where a redirect has made the browser send a form on, to whoever stands in the redirect."""
    brought = _brought(event)
    return isinstance(brought, Request) and brought.method == "POST"


def _arrival_title(event: Event) -> str:
    if _form_sent_on(event):
        return "The browser sends the form on to the attacker"
    return "The redirect goes to the attacker"


REDIRECTOR = "redirector"  # what brought the redirect on to the attacker


def _arrival_text(event: Event) -> str:
    if event.detail == REDIRECTOR:
        return (
            "The server has sent the browser to the app's own website, and the website has sent it on to the address that "
            "the attacker had written into the request. Everything that came with the redirect came along."
        )
    if _was_posted(_brought(event)):
        return (
            "The server's page sends its form to the address that the request has named, and that is the attacker's own. "
            "So the attacker gets the answer."
        )
    if _form_sent_on(event):
        return (
            "After a 307 the browser repeats what it had sent, at the new address. So the attacker gets the form that the "
            "user filled in at the server, and all that is in it."
        )
    brought = _brought(event)
    if isinstance(brought, Opening) and ATTACKERS_DOMAIN in origin_of(brought.url):
        return (
            "The address in the redirect is the attacker's own: an app of the attacker's on the device has claimed this "
            "scheme. Nothing is stolen: the server was told to send it there."
        )
    if isinstance(brought, Opening):
        return (
            "The address in the redirect is the honest app's, and the attacker's app has claimed it on this device. So the "
            "device hands the redirect with the `code` to the attacker's app."
        )
    return "The address in the redirect is the attacker's own. Nothing is stolen: the server was told to send it there."


@attacker_act(
    Act.GET_RESPONSE,
    takes=WEB,
    clauses=("RFC 9700 §4.1", "RFC 9700 §4.11", "RFC 8252 §8.1"),
    label=lambda event: "the form arrives" if _form_sent_on(event) else "the redirect arrives",
    title=_arrival_title,
    text=_arrival_text,
    notes=(
        "Say: nothing was stolen, it was sent here. Ask: which address did the server compare with which, and"
        " how exactly?"
    ),
)
def get_response(turn: Turn) -> Effect:
    """The redirect goes to an address of the attacker's: nobody has to steal anything."""
    arrived = turn.in_flight
    if isinstance(arrived, Response) or not browser.belongs_to_attacker(turn.browser, arrived.url):
        raise turn.illegal("the redirect does not go to an address of the attacker's")
    turn.context.record_message(BROWSER, ATTACKER, arrived)
    found = dict(query_of(arrived.url)) | (dict(arrived.form) if isinstance(arrived, Request) else {})
    own = (event for event in turn.world.log if event.run == turn.run.name and event.act is Act.STEP_6)
    led_on = any(sent.sender == CLIENT for event in own for sent in event.messages)
    return Effect(loot=found, sender=BROWSER, receiver=ATTACKER, step=6, detail=REDIRECTOR if led_on else "")


@attacker_act(
    Act.GET_TOKEN_REQUEST,
    takes=WEB,
    clauses=("RFC 9700 §4.4.1",),
    label=lambda event: f"keep {event.detail}",
    title="The attacker's server keeps what the app has sent",
    text=lambda event: (
        "The app believes that the attacker's server issued the `code`. So it sends the `code` there"
        + (", and with it the `code_verifier` that goes with it." if "code_verifier" in event.detail else ".")
        + (
            " A `client_assertion` comes along, in which stands which server it was made for."
            if "client_assertion" in event.detail
            else ""
        )
        + (" The secret that another server had given the app comes along." if "secret" in event.detail else "")
    ),
    notes=(
        "Say: the app did all it was told, at the wrong server. Ask: does PKCE help where the app itself "
        "hands over the verifier?"
    ),
)
def get_token_request(turn: Turn) -> Effect:
    """The app has sent the code, and the verifier, to the server it believes it is talking to (RFC 9700 section 4.4)."""
    asked = turn.in_flight
    if not isinstance(asked, Request) or not browser.belongs_to_attacker(turn.browser, asked.url):
        raise turn.illegal("the app has sent its request to somebody else")
    found = credentials.shown_in(asked)
    *others, last = [name for name in ("code", "code_verifier", "client_assertion", "client_secret") if name in found]
    kept = f"{', '.join(others)} and {last}" if others else last
    return Effect(loot=found, sender=ATTACKER, receiver=ATTACKER, step=7, detail=kept)
