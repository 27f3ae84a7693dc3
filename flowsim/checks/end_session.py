"""What the server checks of a logout request at step L2, of the user's answer at L3, and the app of what comes back at L4.

Anybody can send a browser to the logout endpoint. An ID token of this server, which the app holds and a stranger does not,
shows who wants the logout; without one the user is asked.

Source: OIDC RP-Initiated Logout sections 2, 3, 4 and 6.
"""

from dataclasses import dataclass
from hmac import compare_digest

from flowsim.checks.parameters import ParameterFacts
from flowsim.model.check import Check, Finding, finding, same
from flowsim.model.refusal import AskUser, ErrorPage, Stop
from flowsim.model.steps import CLIENT, SERVER
from flowsim.model.world import AskedLogout, KnownUser, RegisteredClient


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutFacts(ParameterFacts):
    """The request: the app and the user that its ID token names, None where it has no good one; and who is logged in."""

    hinted_client: str | None
    hinted_user: str | None
    client: RegisteredClient | None
    known: KnownUser | None


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The form as it arrived, and the logout that the server has asked about in this browser."""

    asked: AskedLogout | None
    csrf: str | None


@dataclass(frozen=True, slots=True)
class ReturnFacts(ParameterFacts):
    """What has come back to the app, and the state of the logout that it has under way in this browser."""

    state: str | None


def hint_issued_here(facts: LogoutFacts) -> Finding:
    hint = facts.get("id_token_hint")
    return finding("an ID token of this server", hint, None if hint is None else facts.hinted_user is not None)


def hint_of_client(facts: LogoutFacts) -> Finding:
    named = facts.get("client_id")
    if named is None or facts.hinted_client is None:
        return finding("the app that the ID token was issued to", named, None)
    return same(facts.hinted_client, named)


def redirect_registered(facts: LogoutFacts) -> Finding:
    wanted = facts.get("post_logout_redirect_uri")
    if wanted is None:
        return finding("an address that the app has registered", None, None)
    known = facts.client.signed_out_uris if facts.client and facts.hinted_user is not None else ()
    return finding(" or ".join(known) or "none: no ID token vouches for an app", wanted, wanted in known)


def user_named(facts: LogoutFacts) -> Finding:
    if facts.known is None:
        return finding("the user who is logged in", "nobody is logged in", None)
    return finding(facts.known.sub, facts.hinted_user, facts.hinted_user == facts.known.sub)


def question_asked(facts: AnswerFacts) -> Finding:
    received = "a question" if facts.asked else "no question"
    return finding("a question that was asked in this browser", received, facts.asked is not None)


def answer_genuine(facts: AnswerFacts) -> Finding:
    if facts.asked is None:
        return finding("the secret of the form that was shown", facts.csrf, None)
    fits = compare_digest(facts.asked.csrf.encode(), (facts.csrf or "").encode("utf-8", "replace"))
    return finding(facts.asked.csrf, facts.csrf, fits)


def state_same(facts: ReturnFacts) -> Finding:
    return same(facts.state, facts.get("state"))


LogoutCheck = Check[LogoutFacts, ErrorPage | AskUser]

# fmt: off
CHECKS: tuple[LogoutCheck, ...] = (
    Check("logout.hint_issued_here",    SERVER, 20, "OIDC RP-Initiated Logout §4", ErrorPage(), "the ID token in the request is one of this server", hint_issued_here),
    Check("logout.hint_of_client",      SERVER, 20, "OIDC RP-Initiated Logout §2", ErrorPage(), "the ID token was issued to the app that is named", hint_of_client),
    Check("logout.redirect_registered", SERVER, 20, "OIDC RP-Initiated Logout §3", ErrorPage(), "the app has registered the address to come back to", redirect_registered),
    Check("logout.user_named",          SERVER, 20, "OIDC RP-Initiated Logout §2", AskUser(),   "an ID token names the user who is logged in", user_named),
)
ANSWER_CHECKS = (
    Check("logout_form.question_asked", SERVER, 21, "OIDC RP-Initiated Logout §6", ErrorPage(), "the answer belongs to a question in this browser", question_asked),
    Check("logout_form.answer_genuine", SERVER, 21, "RFC 6749 §10.12",             ErrorPage(), "the form is the one the server sent", answer_genuine),
)
RETURN_CHECKS = (
    Check("signed_out.state_same", CLIENT, 22, "OIDC RP-Initiated Logout §3", Stop(), "the state of the logout is the one the app sent", state_same),
)
# fmt: on
