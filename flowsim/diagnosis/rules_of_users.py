"""What the user's part, time and the order of things say of the cause: pages, sessions and refresh tokens."""

from collections.abc import Mapping

from flowsim.diagnosis.clues import Clues, Passed, Rule, Suspicion, other_login, parameters
from flowsim.diagnosis.times import lasted, seconds_in, skew
from flowsim.model.check import NOTHING
from flowsim.model.states import Act, State
from flowsim.model.steps import BROWSER, SERVER
from flowsim.protocol.messages import Request, Response, single


def _simply(cause: str, seen: str) -> Rule:
    return lambda clues: Suspicion(cause, seen.format(expected=clues.expected, received=clues.received))


def used_request(clues: Clues) -> Suspicion:
    """Whether one login has brought the pushed request twice, or another one before."""
    asked = [one for one in clues.own if one.event is clues.event and one.sender == BROWSER]
    if len(asked) > 1 and asked[-1].message == asked[-2].message:
        return Suspicion("request-opened-twice", "the browser brought the same request_uri twice")
    return Suspicion("request-uri-used", "the request_uri was used before")


def credentials(clues: Clues) -> Suspicion:
    """A login that does not fit: a one-time code does not where the server's clock is wrong (RFC 6238 section 4)."""
    fresh = clues.check("login.session_fresh")
    off = skew("server", None, None, "server", seconds_in(fresh.received) if fresh else None, clues.event.now)
    if off is not None:
        return Suspicion(off.cause, f"{off.told}, and one-time codes do not fit there")
    return Suspicion("wrong-password", f"the server says of the login: {clues.received}")


def silent(clues: Clues) -> Suspicion:
    """A request that allows no page: nobody is logged in, or the browser keeps back by what the server knows the user."""
    asked = [one.message for one in clues.passed if (one.sender, one.receiver) == (BROWSER, SERVER)]
    now = next((one.cookies for one in reversed(asked) if isinstance(one, Request)), {})
    lacking = sorted(_names_of_user(clues) - set(now))
    if lacking:
        seen = f"prompt is none, and the browser has {' and '.join(lacking)} of this server and does not send it"
        return Suspicion("third-party-cookie", seen)
    return Suspicion("silent-login-first", f"prompt is none, and {clues.received}")


def _names_of_user(clues: Clues) -> set[str]:
    """The cookies of the server's that the browser has from a login; what comes with a request is of that login alone."""
    found, of_one_login, last = set[str](), set[str](), ""
    for one in clues.passed:
        if isinstance(one.message, Request) and (one.sender, one.receiver) == (BROWSER, SERVER):
            last = one.message.path
            found |= set(one.message.cookies) if last == "/authorize" else set()
        elif isinstance(one.message, Response) and (one.sender, one.receiver) == (SERVER, BROWSER):
            names = {header.partition("=")[0] for header in one.message.all_of("set-cookie")}
            of_one_login |= names if last == "/authorize" else set()
            found |= names
    return found - of_one_login


def session_lost(clues: Clues) -> Suspicion:
    if other := other_login(clues):
        return Suspicion("login-replaced-at-the-server", f"{other} has asked the server from the same browser")
    if clues.received == NOTHING:
        return Suspicion("login-cookie-not-sent", "the browser sent the form without the server's cookie")
    return Suspicion(
        "login-expired", "the server no longer knows the login that the form belongs to", "login-cookie-not-sent"
    )


def login_expired(clues: Clues) -> Suspicion:
    """How long the user has taken since the server took the request."""
    began = next((one for one in clues.events if one.run == clues.run and one.after is State.REQUESTED), None)
    end, said = seconds_in(clues.expected), seconds_in(clues.received)
    off = skew("server", None, None, "server", said, clues.event.now)
    if off is not None:
        return Suspicion(off.cause, off.told)
    if began is None or end is None:
        return Suspicion("login-expired", "the user answered the page after its time")
    seen = (
        f"the user answered {lasted(clues.event.now - began.now)} after the request, and had {lasted(end - began.now)}"
    )
    return Suspicion("login-expired", seen)


def another_form(clues: Clues) -> Suspicion:
    """A form or a cookie that is not of this login: the next request in the same browser has taken its place."""
    if other := other_login(clues):
        return Suspicion("login-replaced-at-the-server", f"{other} has asked the server from the same browser")
    return Suspicion("form-of-another-login", "the form is not the last one that the server has sent")


def wrong_user(clues: Clues) -> Suspicion:
    return Suspicion("another-user", f"the app named {clues.expected}, and {clues.received} logged in")


def request_uri(clues: Clues) -> Suspicion:
    """A pushed request that is too old, or that was pushed by another app."""
    pushed = next((one for one in clues.own if one.event.act is Act.STEP_2), None)
    if pushed is None:
        return Suspicion("request-uri-unknown", f"the server knows no pushed request {clues.received}")
    age = clues.event.now - pushed.event.now
    if age:
        return Suspicion("request-uri-expired", f"the request was pushed {lasted(age)} before the browser brought it")
    return Suspicion("request-uri-unknown", f"the server knows no pushed request {clues.received} of this app")


# ---- Refresh tokens


def refresh_used(clues: Clues) -> Suspicion:
    """Who has sent this refresh token before, and whether its answer came: two at once, a retry, an app that keeps it."""
    before = _sent_before(clues)
    if not before:
        return Suspicion("refresh-sent-twice", f"the refresh token was {clues.received}")
    first = before[-1]
    same_run = first.event.run == clues.run
    if not clues.answered(first):
        if same_run:
            seen = "the server has exchanged this refresh token, and the app got no answer and sent it again"
            return Suspicion("answer-lost", seen)
        if any(one.act in (Act.LOSE_ANSWER, Act.TIME_OUT) for one in clues.events if one.run == first.event.run):
            return Suspicion("answer-lost", f"{first.event.run} has sent it, and got no answer")
        return Suspicion("refresh-sent-twice", f"{first.event.run} and {clues.run} have sent it at the same time")
    answered = next((one for one in clues.events if one.run == first.event.run and one.act is Act.STEP_R3), None)
    began = next((one.index for one in clues.events if one.run == clues.run), 0)
    if same_run or answered is None or answered.index > began:
        return Suspicion("refresh-sent-twice", "it was sent again before the answer to the first request was used")
    if answered.after is not State.TOKENS_HELD:
        return Suspicion("answer-lost", "the app did not get the new refresh token, and sent the old one again")
    seen = f"the app got another refresh token in {first.event.run}, and {clues.run} sends the old one again"
    return Suspicion("new-refresh-token-not-kept", seen)


def _sent_before(clues: Clues) -> list[Passed]:
    """The other requests with this refresh token. The one that is refused need not be the last that was sent."""
    token = clues.sent("refresh_token")
    sent = [one for one in clues.token_requests() if single(parameters(one.message), "refresh_token") == token]
    refused = max((at for at, one in enumerate(sent) if one.event.run == clues.run), default=len(sent) - 1)
    return [one for at, one in enumerate(sent) if at != refused]


def refresh_revoked(clues: Clues) -> Suspicion:
    """What has ended the family: a second use, a logout, another password, a code that came twice."""
    for event in reversed(clues.events[:-1]):
        refused = {one.check.id for one in event.checks if one.passed is False}
        if event.act is Act.ANSWER_COPY and refused & {"refresh.not_used", "token.code_unused"}:
            return Suspicion("request-delivered-twice", f"a request that had come twice was refused in {event.run}")
        if "refresh.not_used" in refused:
            return Suspicion(
                "refresh-sent-twice", f"a used refresh token had come again in {event.run}, and ended the family"
            )
        if "token.code_unused" in refused:
            return Suspicion("code-sent-twice", f"the code had come again in {event.run}, and took its tokens back")
        if event.after is State.REVOKED:
            return Suspicion("logged-out", "the app has had the refresh token revoked when the user logged out")
        if event.act is Act.CHANGE_PASSWORD:
            return Suspicion("password-changed", "the user has changed the password since")
    return Suspicion("refresh-token-revoked", "the server has revoked it, and what is recorded does not say why")


def refresh_too_old(clues: Clues) -> Suspicion:
    first = next((one for one, body in [*clues.documents("refresh_token")][-1:]), None)
    age = lasted(clues.event.now - first.event.now) if first else "too long"
    return Suspicion(
        "refresh-token-expired", f"the first of these refresh tokens is {age} old, and no exchange prolongs their end"
    )


def refresh_idle(clues: Clues) -> Suspicion:
    return Suspicion("refresh-token-idle", f"the refresh token had come to the app {_age(clues)} before")


def _age(clues: Clues) -> str:
    token = clues.sent("refresh_token")
    made = clues.issued_at(token) if token else None
    return lasted(clues.event.now - made.now) if made else "long"


def refresh_unknown(clues: Clues) -> Suspicion:
    token = clues.sent("refresh_token")
    if token and clues.issued_at(token) is None:
        return Suspicion("refresh-token-changed", "the app sends a refresh token that no answer has brought it")
    return Suspicion(
        "refresh-token-unknown", "the app sends the refresh token that it got, and the server does not know it"
    )


def refresh_scope(clues: Clues) -> Suspicion:
    seen = f"the app asks for {clues.received}, and was granted {clues.expected.removeprefix('some of: ')}"
    return Suspicion("refresh-for-more-scope", seen)


RULES: Mapping[str, Rule] = {
    "authorize.request_uri_good": request_uri,
    "authorize.request_uri_unused": used_request,
    "authorize.prompt_understood": _simply("prompt-unknown", "prompt is {received}"),
    "authorize.display_understood": _simply("prompt-unknown", "display is {received}"),
    "authorize.max_age_well_formed": _simply("prompt-unknown", "max_age is {received}"),
    "authorize.hint_issued_here": _simply("hint-foreign", "the id_token_hint is not an ID token of this server"),
    "authorize.context_class_possible": _simply(
        "login-too-weak", "acr_values is {received}, and there is only {expected}"
    ),
    "authorize.prompt_possible": silent,
    "authorize.consent_there": _simply("consent-required", "prompt is none, and the user {received}"),
    "frame.allowed": _simply("framing-forbidden", "the server allows {received} to show its page in a frame"),
    "login.same_browser": _simply("another-browser", "the login began in {expected}, and {received} goes on with it"),
    "link.same_browser": _simply("another-browser", "the link was made for {expected}, and {received} opened it"),
    "proxy.state_known": _simply("login-not-away", "the browser came back to the proxy with the state {received}"),
    "proxy.state_fresh": _simply(
        "away-too-long", "the browser came back at {received}, and the proxy waits until {expected}"
    ),
    "proxy.browser_same": _simply(
        "another-browser", "the login was sent on in another browser, and this one has {received}"
    ),
    "proxy.user_known": _simply("user-not-named-behind", "the server behind answered {received}"),
    "login.session_known": session_lost,
    "login.session_fresh": login_expired,
    "login.csrf_fits": another_form,
    "login.credentials_fit": credentials,
    "login.context_class_given": _simply(
        "login-too-weak", "the user logged in by {received}, and {expected} is wanted"
    ),
    "login.user_hinted": wrong_user,
    "consent.session_known": session_lost,
    "consent.session_fresh": login_expired,
    "consent.csrf_fits": another_form,
    "logout_form.question_asked": session_lost,
    "logout_form.answer_genuine": _simply(
        "form-of-another-login", "the form is not the last one that the server has sent"
    ),
    "revoke.token_of_client": _simply("code-of-another-client", "it was issued to {expected}, and {received} sent it"),
    "consent.allowed": _simply("user-denied", "the user pressed {received}"),
    "refresh.token_known": refresh_unknown,
    "refresh.token_of_client": _simply("code-of-another-client", "it was issued to {expected}, and {received} sent it"),
    "refresh.not_revoked": refresh_revoked,
    "refresh.family_not_expired": refresh_too_old,
    "refresh.not_used": refresh_used,
    "refresh.not_idle_too_long": refresh_idle,
    "refresh.scope_not_wider": refresh_scope,
}
