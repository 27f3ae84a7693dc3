"""What to say of the steps of a login, up to the redirect that brings the code: the app, the browser, the server's pages.

Source: RFC 6749 section 4.1, RFC 7636 section 4, RFC 9126 section 4, RFC 9700 sections 4.12 and 4.16.
"""

from functools import partial

from flowsim.model.states import Act, State
from flowsim.model.steps import CLIENT
from flowsim.model.telling import Telling
from flowsim.model.world import VICTIM
from flowsim.views.text.words import Table, Words, for_so_long, listed, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS)

_MATCHED = {
    "exact": "the redirect address",
    "origin": "the origin of the redirect address",
    "prefix": "how the redirect address begins",
}
_LOOKED_AT = {"state": "callback.state_same", "nonce": "id_token.nonce"}
_OUT_OF_REACH = "The user sees an error page, and the app hears nothing."


# ---- Steps 1 and 2: the app


@tell(Act.STEP_1)
def clicks(told: Telling) -> Words:
    two = told.client is not None and told.client.second is not None and told.event.run == VICTIM
    text = prose(
        "The user wants something that needs an account.",
        "The app has none of its own: it will send the user to the authorization server.",
        "This app offers two of them, and the user chooses the one that is the attacker's." if two else "",
        "No secret of this login exists yet.",
    )
    return Words("The user clicks “Log in”", text, "click “Log in”")


@tell(Act.STEP_2)
def prepares(told: Telling) -> Words:
    verifier, challenge = told.made("code_verifier"), told.made("code_challenge")
    if verifier is None:
        title = "The app prepares its request"
        text = prose(_recognising(told, "The app draws"), _WITHOUT, _key(told), _pushed(told))
    else:
        hashed = verifier != challenge
        title = "The app makes the code_verifier and its hash" if hashed else "The app makes the code_verifier"
        text = prose(_verifier(told, hashed), _recognising(told, "It also draws"), _key(told), _pushed(told))
    kinds = [made.kind for made in told.event.made if made.kind.startswith("code_") or verifier is None]
    return Words(title, text, f"make {', '.join(kinds)}" if kinds else "prepare the request")


_WITHOUT = "It makes no `code_verifier`: this is the flow without PKCE."


def _verifier(told: Telling, hashed: bool) -> str:
    if told.scenario.verifier == "clock":
        made = "The app writes the time of day with zeros before it: that is its `code_verifier`."
    else:
        made = "The app draws 32 random octets and writes them as text: the `code_verifier`."
    if not hashed:
        return f"{made} Under `plain` the `code_challenge` is the verifier itself."
    return f"{made} Its SHA-256 hash is the `code_challenge`. The app keeps the verifier to itself."


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
    if told.made("dpop_key") is None:
        return ""
    bound = "the `code` and the tokens" if told.scenario.dpop == "code" else "the tokens"
    return f"It makes a key as well, to which {bound} shall be bound."


def _pushed(told: Telling) -> str:
    if not told.requests:
        return ""
    return "Then it sends the whole request straight to the server, and gets a `request_uri` for it."


@tell(Act.STEP_2, State.PREPARATION_STOPPED)
def cannot_prepare(told: Telling) -> Words:
    pushed = (
        "The app has sent its request straight to the server, and the server has refused it." if told.requests else ""
    )
    stopped = "" if pushed else "The app looks at what it wants to ask for, before it asks."
    label = None if pushed else "prepare the request"
    return Words("The app stops before it asks", prose(pushed, stopped, "So nobody is sent anywhere."), label)


# ---- Step 3: the request


@tell(Act.STEP_3)
def asks(told: Telling) -> Words:
    return Words(
        "The browser takes the request to the server", prose(_opened(told), _address(told), _looked_at_first(told))
    )


def _opened(told: Telling) -> str:
    """Who had the browser open the address."""
    if not told.event.messages or told.event.messages[0].sender != CLIENT:
        return "The attacker's server has sent the browser on to this one."
    if any(event.act is Act.STRIP_CHALLENGE and event.detail for event in told.earlier()):
        return "The app's request goes to the server, and somebody has changed it on its way."
    if told.scenario.web_view:
        return "The app opens the authorization server's page in a window of its own."
    match told.app.kind:
        case "website":
            return "The app's own server sends the browser on to the authorization server."
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
    # Where the server takes pushed requests, it asks about these before all else.
    first = "" if any(one.check.id == "authorize.pushed_where_required" for one in told.event.checks) else " first"
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
    elif told.stopped_by == "authorize.pushed_where_required":
        why = "This server takes only requests that were pushed to it beforehand."
    else:
        why = "The server cannot answer this request."
    return Words("The server shows an error page", f"{why} {_OUT_OF_REACH}", "an error page")


@tell(Act.STEP_3, State.REQUEST_REFUSED)
def refuses_the_request(told: Telling) -> Words:
    known = told.holds("authorize.client_known") and told.holds("authorize.redirect_uri_registered")
    why = "The app and its address are known, so" if known else "The server does not ask whose address it is, so"
    return Words("The server refuses the request", f"{why} the error may travel back to the app.")


# ---- Steps 4 and 5: the server's pages


@tell(Act.STEP_4)
def shows_its_page(told: Telling) -> Words:
    if told.page == "/consent":
        return Words("The server shows its consent page", consent_page(told), "consent page")
    return Words("The server shows its login page", login_page(told), "login page")


def login_page(told: Telling) -> str:
    """The page itself, who can read what is typed into it, and what protects it."""
    reader = (
        "The app shows it in a window of its own, so it can read what is typed there."
        if told.scenario.web_view
        else "The app cannot read what the user types there."
    )
    return prose("The page comes from the authorization server.", reader, _protected(told))


def consent_page(told: Telling) -> str:
    return prose(
        "The server knows the user by the cookie of an earlier visit.",
        "So it asks for consent, and for no password.",
        _protected(told),
    )


def _protected(told: Telling) -> str:
    return f"The page {framing(told)}, and its form carries a secret against forged forms."


def framing(told: Telling) -> str:
    """Whether the headers of the page let other sites frame it: the end of a sentence about the page."""
    policy = told.answer.header("content-security-policy") if told.answer else None
    return "forbids other sites to frame it" if "frame-ancestors" in (policy or "") else "lets other sites frame it"


@tell(Act.STEP_4, State.APPROVED)
def asks_nothing(told: Telling) -> Words:
    asks = told.server.settings.asks_consent
    agreed = "and this user has agreed to this app before" if asks else "and this server asks for no consent"
    taken = "takes both for granted and" if asks else "shows no page at all: it"
    text = f"The browser shows a cookie of an earlier visit, {agreed}. So the server {taken} issues a `code`."
    return Words("The server knows the user, and asks nothing", text, "known user, no page")


@tell(Act.STEP_4, State.FRAME_EMPTY)
def leaves_the_frame_empty(told: Telling) -> Words:
    text = (
        "The server's page says who may show it in a frame, and this site may not. So the browser shows nothing, and "
        "there is no button to press."
    )
    return Words("The browser leaves the frame empty", text, "the server's page, in a frame")


@tell(Act.STEP_4, State.ERROR_PAGE)
def has_no_login(told: Telling) -> Words:
    text = f"The server finds no login under way in this browser. {_OUT_OF_REACH}"
    return Words("The server shows an error page", text, "an error page")


@tell(Act.STEP_5)
def logs_in(told: Telling) -> Words:
    typed, decision = told.typed, told.sent("decision")
    decided = {"allow": "consents", "deny": "says no"}.get(decision or "", "")
    did = [what for what in ("logs in" if typed else "", decided) if what]
    return Words(f"The user {listed(did)}", prose(proof(told), _decided(told), _seen_by(told)), given(told))


def proof(told: Telling) -> str:
    """How the user proves who they are."""
    if told.typed is None:
        return "The server knows this user already."
    wrong = told.result("login.credentials_fit")
    fits = "" if wrong is None or wrong.passed else ", and it is wrong"
    if told.typed == "password":
        return f"The user proves who they are with a `password`{fits}."
    return f"The user proves who they are with a `one_time_code` from their authenticator app{fits}."


def _decided(told: Telling) -> str:
    decision = told.sent("decision")
    if decision is None:
        return "This server asks for no consent, and issues the `code` at once."
    then = "Then the user" if told.typed else "The user"
    return f"{then} sees what the app asks for, and says {'yes' if decision == 'allow' else 'no'}."


def _seen_by(told: Telling) -> str:
    """Who sees what was typed."""
    if told.typed is None:
        return ""
    if told.scenario.web_view:
        return f"It is the app's own window, so the app can read the `{told.typed}`, too."
    # After a 307 the browser sends the last form on, and it is this one where no consent is asked for.
    alone = "decision" if told.sent("decision") else told.typed
    if alone == told.typed and told.server.settings.redirect_status == 307:
        return f"The `{told.typed}` goes to the authorization server."
    return f"Only the authorization server sees the `{told.typed}`."


def given(told: Telling) -> str:
    """A label: what the user typed, and how the consent page was answered."""
    if told.event.after in (State.LOGIN_SHOWN_AGAIN, State.LOGIN_FAILED):
        return f"{(told.typed or '').replace('_', '-')}, wrong"
    decision = {"allow": "consent", "deny": "consent denied"}.get(told.sent("decision") or "", "")
    return ", ".join(part for part in ((told.typed or "").replace("_", "-"), decision) if part)


@tell(Act.STEP_5, State.DENIED)
def says_no(told: Telling) -> Words:
    read = (
        "logs in, reads what the app asks for, and says no"
        if told.typed
        else "reads what the app asks for, and says no"
    )
    return Words("The user says no", f"The user {read}. No code is issued.", given(told))


@tell(Act.STEP_5, State.LOGIN_SHOWN_AGAIN)
def types_it_wrong(told: Telling) -> Words:
    return Words(
        f"The {_typed_name(told)} is wrong",
        prose("The server shows its page again.", _hears_nothing(told)),
        given(told),
    )


@tell(Act.STEP_5, State.LOGIN_FAILED)
def types_it_wrong_again(told: Telling) -> Words:
    text = prose("The user gives up.", "The app is still waiting.", _hears_nothing(told))
    return Words(f"The {_typed_name(told)} is wrong again", text, given(told))


def _typed_name(told: Telling) -> str:
    return "password" if told.typed == "password" else "one-time code"


def _hears_nothing(told: Telling) -> str:
    if told.scenario.web_view:
        return "Nobody tells the app, which can see it in its own window."
    return "The app learns nothing about it."


@tell(Act.STEP_5, State.ERROR_PAGE)
def form_refused(told: Telling) -> Words:
    return Words("The server does not take the form", f"Nobody is logged in by it. {_OUT_OF_REACH}", "an error page")


# ---- Step 6: the redirect


@tell(Act.STEP_6)
def sends_back(told: Telling) -> Words:
    text = prose(
        "The answer is a redirect to the app's address with a `code` in it.",
        what_a_code_is(told),
        "The browser now has to hand it to the app. On that way it can be stolen.",
        sent_on(told),
    )
    return Words("The server sends the browser back with a code", text)


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
    if getattr(flying, "method", "") != "POST":
        return ""
    return "It is a 307, so the browser sends the last form along to the new address."


@tell(Act.STEP_6, State.ERROR_IN_BROWSER)
def sends_back_an_error(told: Telling) -> Words:
    state = ", and with the `state` of the request" if told.sent("state") else ""
    text = f"The answer is a redirect to the app's address with an error in it{state}. There is no code."
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
