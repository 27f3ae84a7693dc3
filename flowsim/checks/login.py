"""What the browser and the authorization server check at steps 4 and 5: the page, the forms, the password, the consent.

A form can be filled in and sent by a stranger's page. So each form carries a secret of its own, bound to the login
session of this browser (RFC 6749 section 10.12).
"""

from dataclasses import dataclass
from hmac import compare_digest

from flowsim.model.authentication import ACR, LoginOption, options_for
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import ErrorPage, LoginAgain, OAuthError
from flowsim.model.steps import SERVER
from flowsim.model.world import LoginSession
from flowsim.protocol.records import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class FormFacts:
    """A form as it arrived: the login session of its cookie (None if unknown), its CSRF token, and what the user did.

    `option` is how the user logs in there, and `sub` who that would be (None for an account that there is not).
    """

    cookie: str | None
    session: LoginSession | None
    csrf: str | None
    username: str | None
    credentials_fit: bool
    decision: str | None
    now: int
    option: LoginOption = "password"
    sub: str | None = None


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """The login that the address of the login page names, and the one in the cookie that comes with it (None without)."""

    named: str
    cookie: str | None


def begun_here(facts: LinkFacts) -> Finding:
    return finding(facts.named, facts.cookie or "no login of this browser", facts.cookie == facts.named)


def session_known(facts: FormFacts) -> Finding:
    return finding("the cookie of a login under way", facts.cookie, facts.session is not None)


def session_fresh(facts: FormFacts) -> Finding:
    if facts.session is None:
        return finding("a login that has not taken too long", None, None)
    return finding(f"before second {facts.session.expires}", f"second {facts.now}", facts.now < facts.session.expires)


def csrf_fits(facts: FormFacts) -> Finding:
    if facts.session is None:
        return finding("the secret of the form that was shown", facts.csrf, None)
    fits = compare_digest(facts.session.csrf.encode(), (facts.csrf or "").encode("utf-8", "replace"))
    return finding(facts.session.csrf, facts.csrf, fits)


def credentials_fit(facts: FormFacts) -> Finding:
    received = f"{facts.username or 'no user name'}, {'which fit' if facts.credentials_fit else 'which do not fit'}"
    return finding("credentials of an account", received, facts.credentials_fit)


def context_class_given(facts: FormFacts) -> Finding:
    wanted = facts.session.request.acr_values if facts.session else ()
    given = ACR[facts.option]
    if not wanted:
        return finding("any way to log in: the app asked for none", given, None)
    return finding(" or ".join(wanted), given, facts.option in options_for(wanted))


def user_hinted(facts: FormFacts) -> Finding:
    hinted = facts.session.request.hinted if facts.session else None
    if hinted is None:
        return finding("any user: the app named none", facts.sub, None)
    return finding(hinted, facts.sub, facts.sub == hinted)


def signed_in(facts: FormFacts) -> Finding:
    if facts.session is None:
        return finding("a user who has logged in", None, None)
    return finding("a user who has logged in", facts.session.sub, facts.session.sub is not None)


def allowed(facts: FormFacts) -> Finding:
    return finding("allow", facts.decision, facts.decision == "allow")


# fmt: off
LINK = (
    Check("login.same_browser", SERVER, 4, "RFC 6749 §10.12", ErrorPage(), "the login began in the browser that goes on with it", begun_here),
)
LOGIN_FORM = (
    Check("login.session_known", SERVER, 5, "RFC 6749 §10.12", ErrorPage(), "the form belongs to a login under way in this browser", session_known),
    Check("login.session_fresh", SERVER, 5, "RFC 6749 §3.1",   ErrorPage(), "the login has not taken too long", session_fresh),
    Check("login.csrf_fits",     SERVER, 5, "RFC 6749 §10.12", ErrorPage(), "the login form is the one the server sent", csrf_fits),
)
CREDENTIALS = (
    Check("login.credentials_fit",     SERVER, 5, "RFC 6749 §3.1", LoginAgain(), "the user is who they say they are", credentials_fit),
    Check("login.context_class_given", SERVER, 5, "RFC 9470 §5", LoginAgain(), "the user logs in the way that the app asked for", context_class_given),
)
USER = (
    Check("login.user_hinted", SERVER, 5, "OIDC Core §3.1.2.1", OAuthError("login_required"), "the user is the one whom the app named by an ID token", user_hinted),
)
CONSENT_FORM = (
    Check("consent.session_known",  SERVER, 5, "RFC 6749 §10.12", ErrorPage(), "the answer belongs to a login under way in this browser", session_known),
    Check("consent.session_fresh",  SERVER, 5, "RFC 6749 §3.1",   ErrorPage(), "the login has not taken too long until the consent", session_fresh),
    Check("consent.csrf_fits",      SERVER, 5, "RFC 6749 §10.12", ErrorPage(), "the consent form is the one the server sent", csrf_fits),
    Check("consent.user_logged_in", SERVER, 5, "RFC 6749 §3.1",   ErrorPage(), "the user has logged in before consenting", signed_in),
)
# Who asks at a proxy does so before anybody has logged in.
CONSENT_FORM_OF_PROXY = CONSENT_FORM[:3]
DECISION = (
    Check("consent.allowed", SERVER, 5, "RFC 6749 §10.2", OAuthError("access_denied"), "the user allows it", allowed),
)
# fmt: on
