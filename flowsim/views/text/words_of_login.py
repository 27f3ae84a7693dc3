"""What to say of the steps of a login, up to the redirect that brings the code; of the server's pages elsewhere.

Source: RFC 6749 section 4.1, RFC 7636 section 4, RFC 9126 section 4, RFC 9700 sections 4.12 and 4.16.
"""

from functools import partial

from flowsim.actors import pending_logins
from flowsim.actors.client import LINK
from flowsim.engine.honest_moves import renews_silently
from flowsim.model.authentication import CLASSES, options_for
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, CLIENT, ELSEWHERE, SERVER
from flowsim.model.telling import Telling
from flowsim.model.timeline import in_words
from flowsim.model.world import ATTACKER_INITIATED, VICTIM, Event, Transaction
from flowsim.protocol import cookies, pkce
from flowsim.protocol.messages import Request, Response
from flowsim.views.text import words_of_tabs
from flowsim.views.text.words import Table, Words, for_so_long, listed, prose, tells
from flowsim.views.text.words_of_device import port
from flowsim.views.text.words_of_mcp import ran, told_inside
from flowsim.views.text.words_of_mistakes import drawn, hashed
from flowsim.views.text.words_of_pages import UNHEARD
from flowsim.views.text.words_of_popup import opened
from flowsim.views.text.words_of_the_browser import in_the_frame
from flowsim.views.text.words_of_the_page import asked_for_leave

TELLERS: Table = {}
tell = partial(tells, TELLERS)

_MATCHED = {
    "exact": "the redirect address",
    "origin": "the origin of the redirect address",
    "prefix": "how the redirect address begins",
}
_LOOKED_AT = {"state": "callback.state_same", "nonce": "id_token.nonce"}


# ---- Steps 1 and 2: the app


@tell(Act.STEP_1)
def clicks(told: Telling) -> Words:
    two = told.client is not None and told.client.second is not None and told.event.run == VICTIM
    text = prose(
        "The browser loads the page of the app: its script is the app, and runs there." if told.app.in_browser else "",
        words_of_tabs.where_it_begins(told),
        "The user wants something that needs an account.",
        "The app has none of its own: it will send the user to the authorization server.",
        "This app offers two of them, and the user chooses the one that is the attacker's." if two else "",
        "No secret of this login exists yet.",
    )
    return Words("The user clicks “Log in”", text, "click “Log in”")


@tell(Act.STEP_1, whose="step-up")
def steps_up(told: Telling) -> Words:
    demanded = told.client.challenges.get(told.run.who) if told.client else None
    if demanded is not None and demanded.scopes:
        text = (
            f"The API has said which `scope` it takes, and the token that the app holds has not got it: "
            f"`{' '.join(demanded.scopes)}`. So the app begins another login, and will ask for that beside what it had."
        )
        return Words("The app asks the user for more", text, "log in for more")
    text = (
        "The API has said what it demands of the login, and the token that the app holds is of another. The user is logged "
        "in to the app already. So the app begins another login, and will ask the server for what the API demands."
    )
    return Words("The app asks the user to log in once more", text, "log in once more")


@tell(Act.STEP_2)
def prepares(told: Telling) -> Words:
    verifier, challenge = told.made("code_verifier"), told.made("code_challenge")
    if verifier is None:
        title = "The app prepares its request"
        drawn = _recognising(told, "The app draws")
        text = prose(port(told), drawn, _WITHOUT, _key(told), _of_the_login(told))
        text = prose(text, _pushed(told), by_link(told), opened(told), ran(told))
    else:
        title = "The app makes the code_verifier"
        if verifier != challenge:
            right = challenge == pkce.challenge_for(verifier, "S256")
            title += " and its hash" if right else " and a code_challenge"
        recognising = _recognising(told, "It also draws")
        made = prose(port(told), _verifier(told, verifier, challenge), recognising, _key(told))
        text = prose(made, _of_the_login(told), _pushed(told), by_link(told), opened(told), ran(told))
    kinds = [made.kind for made in told.event.made if made.kind.startswith("code_") or verifier is None]
    return Words(title, text, f"make {', '.join(kinds)}" if kinds else "prepare the request")


_WITHOUT = "It makes no `code_verifier`: this is the flow without PKCE."


def _verifier(told: Telling, verifier: str, challenge: str | None) -> str:
    made = drawn(told, verifier)
    if verifier == challenge:
        return f"{made} Under `plain` the `code_challenge` is the verifier itself."
    kept = "The app keeps the verifier to itself."
    carried = _in_a_cookie(told)
    if carried is not None and carried.code_verifier == verifier:
        kept = "The verifier goes into a cookie that the app signs: the browser keeps it, and can read it."
    return prose(made, hashed(verifier, challenge or ""), kept)


def _recognising(told: Telling, draws: str) -> str:
    """Which of `state` and `nonce` the app has drawn, and whether it will look at them."""
    drawn = [name for name in _LOOKED_AT if told.made(name)]
    lacking = [name for name in _LOOKED_AT if name not in drawn]
    unused = [name for name in drawn if not told.on(_LOOKED_AT[name])]
    if not drawn:
        return f"{draws} no `state` and no `nonce`."
    quoted, answers = listed(f"a `{name}`" for name in drawn), "answers" if len(drawn) == 2 else "answer"
    text = f"{draws} {quoted}, so that it can recognise the {answers} to this one login."
    if unused:
        ignored = listed((f"`{name}`" for name in unused), "or")
        text = f"{draws} {quoted}. It will not look at the {ignored} that comes back."
    return text + (f" It draws no `{lacking[0]}`." if lacking else "")


def _key(told: Telling) -> str:
    if told.scenario.dpop == "off":
        return ""
    bound = "the `code` and the tokens" if told.scenario.dpop == "code" else "the tokens"
    if told.made("dpop_key") is None:
        return f"It has a key from an earlier login, to which {bound} shall be bound."
    kept = "" if told.scenario.dpop_key_per_login else " It will use that key for its later logins, too."
    return f"It makes a key as well, to which {bound} shall be bound.{kept}"


def _in_a_cookie(told: Telling) -> Transaction | None:
    """The login that the app has just handed to the browser in a cookie; None where it has not."""
    sent = told.run.in_flight.message if told.run.in_flight else None
    carried = sent.all_of("set-cookie") if isinstance(sent, Response) else ()
    return next((found for one in carried if (found := pending_logins.opened(cookies.read(one).value)[1])), None)


def _begun(told: Telling) -> Transaction | None:
    """The login that the app has begun in this event, as it keeps it or hands it to the browser; None without one."""
    if (carried := _in_a_cookie(told)) is not None:
        return carried
    place = pending_logins.place_of(told.scenario.transactions, told.run.who, told.made("state"), told.event.run)
    return told.client.transactions.get(place) if told.client else None


def _of_the_login(told: Telling) -> str:
    """What the app will ask of the login: how old it may be, and how the user shall log in."""
    asked = _begun(told)
    if asked is None:
        return ""
    wanted = []
    if asked.max_age is not None:
        age = f"no longer ago than {in_words(asked.max_age)}" if asked.max_age else "for this request"
        wanted.append(f"that the user has logged in {age} (`max_age`)")
    ways = [CLASSES[option] for option in options_for(asked.acr_values)] if asked.acr_values else []
    if ways:
        wanted.append(f"that the login was {listed(ways, 'or')} (`acr_values`)")
    return f"It wants {listed(wanted)}." if wanted else ""


def pushes(told: Telling) -> bool:
    """True where the app has pushed its request to the server."""
    return any(one.path == "/oauth/par" for one in told.requests)


def pushes_to_the_attacker(told: Telling) -> bool:
    """True where the app has pushed its request to the attacker's server."""
    sent = (one.message for one in told.event.messages if one.receiver == ATTACKER)
    return any(isinstance(one, Request) and one.path == "/oauth/par" for one in sent)


def by_link(told: Telling) -> str:
    """What an app does that begins a login by a link."""
    linked = any(one.path == LINK for one in told.requests)
    return "It sends the browser to a link of its own that names the session, and from there on." if linked else ""


def _pushed(told: Telling) -> str:
    if not pushes(told):
        return ""
    theirs = pushes_to_the_attacker(told)
    how = "from the browser that it runs in" if told.app.in_browser else "straight to the server"
    how = f"{how.removesuffix(' to the server')} to the attacker's server" if theirs else how
    secret = theirs and any(one.header("authorization") for one in told.requests)
    signed = " With it goes a `client_assertion`, signed with the app's key." if told.sent("client_assertion") else ""
    return prose(
        f"Then it sends the whole request {how}, and gets a `request_uri` for it.{signed}",
        "The secret that another server had given the app goes with it." if secret else "",
        asked_for_leave(told),
    )


@tell(Act.STEP_2, State.PREPARATION_STOPPED)
def cannot_prepare(told: Telling) -> Words:
    if not told.requests and not told.event.checks:
        text = "The app does not know where the server's endpoints are. So nobody is sent anywhere."
        return Words("The app stops before it asks", text, "no endpoint known")
    if told.stopped_by == "device.port_free":
        text = prose(port(told), "An answer could not reach it, so nobody is sent anywhere.")
        return Words("The app stops before it asks", text, "no port to listen on")
    pushed = (
        "The app has sent its request straight to the server, and the server has refused it." if pushes(told) else ""
    )
    stopped = "" if pushed else "The app looks at what it wants to ask for, before it asks."
    label = None if pushed else "prepare the request"
    return Words("The app stops before it asks", prose(pushed, stopped, "So nobody is sent anywhere."), label)


# ---- Step 3: the request


@tell(Act.STEP_3)
def asks(told: Telling) -> Words:
    return Words(
        "The browser takes the request to the server",
        prose(_opened(told), in_the_frame(told), _address(told), _read_about_the_app(told), _looked_at_first(told)),
    )


def _read_about_the_app(told: Telling) -> str:
    """Where the server has found out who the app is, if it did so now."""
    if not any((sent.sender, sent.receiver) == (SERVER, ELSEWHERE) for sent in told.event.messages):
        return ""
    return (
        "The `client_id` is an address. Nobody has registered this app: the server reads the document there, which says "
        "what the app is called and where its answers may go."
    )


def _rewritten(event: Event) -> bool:
    return event.act in (Act.WRITE_REQUEST, Act.STRIP_CHALLENGE, Act.REPLACE_REQUEST) and event.detail != ""


def _opened(told: Telling) -> str:
    """Who had the browser open the address."""
    if not told.event.messages or told.event.messages[0].sender != CLIENT:
        return "The attacker's server has sent the browser on to this one."
    if any(_rewritten(event) for event in told.earlier()):
        return "The app's request goes to the server, and somebody has changed it on its way."
    if told.scenario.web_view:
        return "The app opens the authorization server's page in a window of its own."
    match told.app.kind:
        case "website":
            return "The app's own server sends the browser on to the authorization server."
        case "page" if renews_silently(told.run):
            return "The frame goes to the authorization server."
        case "page":
            return "The page has the browser go to the authorization server."
        case _:
            return "The app opens the authorization server's page in the browser."


def _address(told: Telling) -> str:
    """What the address carries, and what it does not."""
    if told.sent("request_uri"):
        return (
            "The address names the app and, by its `request_uri`, the request that was pushed: nothing else is in it."
        )
    if told.sent("code_challenge") is None:
        return "The address says who is asking and where to send the answer. There is no `code_challenge` in it."
    carried = "The address carries who is asking, where to send the answer, and the `code_challenge`."
    if told.sent("code_challenge_method") == "plain":
        return f"{carried} Under `plain` that is the `code_verifier` itself, so whoever reads the address has it."
    return carried


def _looked_at_first(told: Telling) -> str:
    """What the server checks before anything else, and what it keeps."""
    rules = {
        "authorize.client_known": "the app's name",
        "authorize.redirect_uri_registered": _MATCHED[told.scenario.redirect_match],
    }
    checked = [what for name, what in rules.items() if told.holds(name)]
    # A pushed request is asked about before all else, and so is the document about an app.
    before = ("authorize.request_uri_good", "document.address_fits")
    first = "" if any(one.check.id in before for one in told.event.checks) else " first"
    looked = f"checks {listed(checked)}{first}" if checked else ""
    known = set(told.before.servers[told.run.server].sessions)
    fresh = [one for key, one in told.after.servers[told.run.server].sessions.items() if key not in known]
    kept = "stores the challenge" if any(one.request.code_challenge for one in fresh) else ""
    did = [one for one in (looked, kept) if one]
    return f"The server {listed(did)}." if did else ""


@tell(Act.STEP_3, State.ERROR_PAGE)
def shows_an_error(told: Telling) -> Words:
    if told.stopped_by in ("authorize.client_known", "authorize.redirect_uri_registered"):
        why = "As long as the app's name or the redirect address is in doubt, the server must not send anybody there."
    elif told.stopped_by == "authorize.error_address_trusted":
        why = (
            "The server would have to tell the app of a mistake, and it has no reason to trust the address of this app."
        )
    else:
        why = "The server cannot answer this request."
    return Words("The server shows an error page", prose(told_inside(told), why, UNHEARD), "an error page")


@tell(Act.STEP_3, State.REQUEST_REFUSED)
def refuses_the_request(told: Telling) -> Words:
    known = told.holds("authorize.client_known") and told.holds("authorize.redirect_uri_registered")
    why = "The app and its address are known, so" if known else "The server does not ask whose address it is, so"
    only = "This server takes only requests that were pushed to it beforehand."
    pushed = only if told.stopped_by == "authorize.pushed_where_required" else ""
    return Words(
        "The server refuses the request",
        prose(in_the_frame(told), pushed, f"{why} the error may travel back to the app."),
    )


# ---- Step 6: the redirect


@tell(Act.STEP_6)
def sends_back(told: Telling) -> Words:
    text = prose(
        _POSTED if told.posted else "The answer is a redirect to the app's address with a `code` in it.",
        what_a_code_is(told),
        "The browser now has to hand it to the app. On that way it can be stolen.",
        sent_on(told),
        led_on(told),
    )
    return Words("The server sends the browser back with a code", text)


_POSTED = (
    "The answer is a page with a form for the app's address, with a `code` in it, and the form sends itself. So the `code` "
    "stands in no address, no history and no `Referer`."
)


def what_a_code_is(told: Telling) -> str:
    """How long it lives, how often it works, and what is bound to it."""
    life = f"for {for_so_long(told.server.settings.code_lifetime)}"
    once, fresh = told.on("token.code_unused"), told.on("token.code_fresh")
    works = "it works once" if once else "it works as often as it comes"
    rest = f", {life}" if fresh else ", and never grows too old"
    asked = told.asked
    bound = [
        *(["which `code_challenge` it belongs to"] if asked and asked.code_challenge else []),
        *(["to which key it is bound"] if asked and asked.dpop_jkt else []),
    ]
    remembers = f" The server remembers {listed(bound)}." if bound else ""
    return f"The code is not a token: {works}{rest}.{remembers}"


def sent_on(told: Telling) -> str:
    """What a 307 makes of a form that the browser had sent."""
    flying = told.run.in_flight.message if told.run.in_flight else None
    if getattr(flying, "method", "") != "POST" or told.posted:
        return ""
    return "It is a 307, so the browser sends the last form along to the new address."


def led_on(told: Telling) -> str:
    """What the app's open redirector makes of a redirect to it."""
    if not any(sent.sender == CLIENT for sent in told.event.messages):
        return ""
    return (
        "The address is the app's open redirector: it sends the browser on to the address that stands in it, and hands on "
        "the `code`."
    )


@tell(Act.STEP_6, State.ERROR_IN_BROWSER)
def sends_back_an_error(told: Telling) -> Words:
    state = ", and with the `state` of the request" if told.sent("state") else ""
    whose = "the address of the request" if told.run.name == ATTACKER_INITIATED else "the app's address"
    how = "a page that posts a form" if told.posted else "a redirect"
    text = f"The answer is {how} to {whose} with an error in it{state}. There is no code."
    return Words("The server sends the browser back with an error", text)


@tell(Act.RUN_ACTION)
def runs_an_action(told: Telling) -> Words:
    text = (
        "After a login the server runs what its owner has written. An action may add claims to the tokens, under names of "
        "its own. No specification knows of it, and the app sees only the result."
    )
    return Words(f"The server runs the action “{told.event.detail}”", text, f"action {told.event.detail}")


@tell(Act.RUN_ACTION, State.DENIED)
def action_denies(told: Telling) -> Words:
    text = (
        "What the server's owner has written says no. The `code` that was about to leave is gone, and the app will get an "
        "error."
    )
    return Words(f"The action “{told.event.detail}” denies the login", text, f"action {told.event.detail}")
