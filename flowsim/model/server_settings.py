"""The settings of the authorization server: what it demands, how long things live, and which mistakes it makes.

Source: RFC 6749 section 4.1.2, RFC 9126, RFC 9207, RFC 9700 section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flowsim.model.clients import ONLY_MCP
from flowsim.model.settings import setting
from flowsim.model.timeline import LAST_SECOND
from flowsim.protocol.records import quickly_made
from flowsim.protocol.referrer import REFERRER_POLICIES, ReferrerPolicy

UnknownScopes = Literal["ignored", "refused"]
RedirectMatch = Literal["exact", "origin", "prefix"]
LoginsPerBrowser = Literal["one", "many"]
Remembered = Literal["nothing", "from-now", "login", "consent"]
REMEMBERS_CONSENT: tuple[Remembered, ...] = ("from-now", "consent")
Par = Literal["off", "optional", "required"]
RedirectStatus = Literal[302, 303, 307]
Cors = Literal["apps", "any", "another", "none"]

QUIRKS: Mapping[str, str] = {
    "audience-list": "ID tokens name their audience in a list of one (OIDC Core §2)",
    "token-type-lower-case": "it writes the token_type in small letters (RFC 6749 §5.1)",
    "codes-with-signs": "its codes hold signs that an address writes with percent signs (RFC 6749 appendix A)",
    "secrets-with-signs": "its secrets hold signs that a form writes with percent signs (RFC 6749 appendix A)",
    "openid-metadata-only": "its metadata is at the address of OpenID Connect and nowhere else (OIDC Discovery §4)",
    "web-by-default": "an app that registers itself and is no native one by its own word is a website, with an https "
    "address (MCP Client Registration)",
    "basic-only": "a client with a secret shows it in the Authorization header and nowhere else (RFC 6749 §2.3.1)",
}
DAY = 86_400  # seconds
LONGEST_LIFETIME = 3650 * DAY
MOST_ACTIONS = 10


@quickly_made
@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """What the authorization server demands, allows and forgets. Lifetimes are in seconds."""

    pkce_required: bool | None = setting(
        None,
        title="PKCE required",
        help="The server refuses a request without a code_challenge (RFC 9700 §2.1.1)",
        unset="as the app does",
    )
    pkce_by_method: bool = setting(
        False,
        title="PKCE by its method",
        help="The server takes a request that names a code_challenge_method for one with PKCE, whether or not there is a "
        "code_challenge (RFC 7636 §4.4.1)",
    )
    plain_allowed: bool | None = setting(
        None,
        title="plain allowed",
        help="The server takes the method plain beside S256 (RFC 7636 §4.4.1)",
        unset="as the app does",
    )
    par: Par = setting(
        "off",
        title="use of pushed requests",
        help="How the app's request reaches the server (RFC 9126)",
        choices={
            "off": "it goes through the browser",
            "optional": "the app pushes it",
            "required": "the app pushes it, and the server takes no other",
        },
    )
    dpop_nonce: bool = setting(
        False,
        title="nonce in proofs",
        help="The server and the APIs want a nonce of theirs in each DPoP proof (RFC 9449 §8, §9)",
    )
    redirect_match: RedirectMatch = setting(
        "exact",
        title="way to match a redirect_uri",
        help="What of it the server compares with the registered one (RFC 9700 §2.1)",
        choices={
            "exact": "the whole address",
            "origin": "its host only",
            "prefix": "that it begins like the app's origin",
        },
    )
    compares_ports: bool = setting(
        False,
        title="ports compared",
        help="The server wants the registered port in a loopback redirect_uri as well (RFC 8252 §7.3 forbids it)",
    )
    redirect_status: RedirectStatus = setting(
        303,
        title="status of redirects",
        help="How the server sends the browser back (RFC 9700 §4.12)",
        choices={
            302: "the browser comes with GET, by habit; RFC 9110 §15.4.3 lets it repeat the form as well",
            303: "the browser comes with GET and an empty body",
            307: "the browser repeats the form at the app, password and all",
        },
    )
    unknown_scopes: UnknownScopes = setting(
        "ignored",
        title="treatment of unknown scopes",
        help="What the server does with a scope that it does not know (OIDC Core §3.1.2.1, RFC 6749 §3.3)",
        choices={
            "ignored": "it leaves it out and grants the others",
            "refused": "it refuses the request",
        },
    )
    iss: bool = setting(
        True,
        title="iss",
        help="The server names itself in its answer (RFC 9207 §2)",
    )
    remembered: Remembered = setting(
        "nothing",
        title="memory of the server",
        help="What the server still knows from an earlier visit of the user, by its session with the browser",
        choices={
            "nothing": "neither the user nor the app, and it keeps no session",
            "from-now": "nothing yet; from this login on who the user is, and what the user has allowed",
            "login": "who the user is",
            "consent": "what the user has allowed this app as well, so that it asks nothing",
        },
    )
    logins_per_browser: LoginsPerBrowser = setting(
        "one",
        title="logins under way at the server",
        help="How many logins that are under way the server can tell apart in one browser",
        choices={
            "one": "one: the cookie of the next request takes the place of the one before",
            "many": "one for each request: its pages have an address of their own, and it has a cookie of its own",
        },
    )
    asks_consent: bool = setting(
        True,
        title="consent",
        help="After the login the server asks the user whether the app may have what it wants",
        option="consent",
    )
    loopback_warning: bool = setting(
        True,
        title="warning of loopback redirects",
        help="The server's page warns of an app that tells of itself and has its answers sent to the user's own machine "
        "alone (MCP Security Considerations)",
        only=ONLY_MCP,
    )
    consent_by_link: bool = setting(
        False,
        title="consent by link",
        help="A login can be allowed in another browser, by a link that names it, and then goes on where it began "
        "(RFC 6749 §10.12)",
    )
    ignores_login_parameters: bool = setting(
        False,
        title="login parameters ignored",
        help="The server drops what the app asks of the login, such as max_age (OIDC Core §3.1.2.1 forbids it)",
    )
    cuts_openers: bool = setting(
        False,
        title="openers cut off",
        help="The server says Cross-Origin-Opener-Policy: same-origin, which cuts a popup off from who opened it (HTML)",
    )
    refuses_web_views: bool = setting(
        False,
        title="web views refused",
        help="The server shows no login page to a web view, where it can tell by the User-Agent (RFC 8252 §8.12)",
    )
    allows_framing: bool = setting(
        False,
        title="framing",
        help="The server lets other sites show its pages in a frame (RFC 9700 §4.16 forbids it)",
    )
    pages_load_from_elsewhere: bool = setting(
        False,
        title="content of another site in the server's pages",
        help="The server's pages load a picture of another site (RFC 9700 §4.2.4 says not to)",
    )
    server_referrer_policy: ReferrerPolicy = setting(
        "no-referrer",
        title="Referrer-Policy of the server",
        help="What the server's pages let browsers tell other sites of their address (RFC 9700 §4.2.4)",
        choices=REFERRER_POLICIES,
    )
    cookies_in_frames: bool = setting(
        False,
        title="cookies in frames",
        help="The server marks its cookies SameSite=None, for frames in pages of other sites (RFC 6265bis §5.6.7)",
    )
    cors: Cors = setting(
        "apps",
        title="CORS of the server",
        help="Which pages the server lets read its answers to an app (RFC 10017 §6.3.3.4)",
        choices={
            "apps": "pages of the app that asks, where a registered redirect_uri says which they are",
            "any": "every page",
            "another": "pages of another origin only",
            "none": "no page",
        },
    )
    actions: tuple[str, ...] = setting(
        (),
        title="actions",
        help="Functions that the server runs after each login, in this order",
        unit="names",
        most=MOST_ACTIONS,
        option="action",
    )
    quirks: frozenset[str] = setting(
        frozenset(),
        title="unusual ways",
        help="What the server does that the specifications allow, and that some apps do not expect",
        option="quirk",
    )
    login_lifetime: int = setting(
        1800,
        title="login lifetime",
        help="How long the user may take for the login",
        unit="seconds",
        least=1,
        most=LAST_SECOND,
    )
    code_lifetime: int = setting(
        60,
        title="code lifetime",
        help="How long a code is good for its exchange",
        unit="seconds",
        least=1,
        most=600,
        clause="RFC 6749 §4.1.2",
    )
    access_token_lifetime: int = setting(
        3600,
        title="access token lifetime",
        help="How long an API takes an access token",
        unit="seconds",
        least=1,
        most=LAST_SECOND,
    )
    server_atomic: bool = setting(
        True,
        title="atomic server",
        help="The server looks a code or a refresh token up and marks it as used in one move (RFC 6749 §4.1.2)",
    )
    invalidates_code_on_failure: bool = setting(
        False,
        title="code invalidated on failure",
        help="A refused token request ends the code, so that an attacker without the verifier can keep the user out",
    )
    replay_revokes: bool = setting(
        True,
        title="revocation after replay",
        help="A code that comes again takes back the tokens it gave (RFC 6749 §4.1.2)",
    )
    revokes_any_replay: bool = setting(
        False,
        title="revocation after any replay",
        help="A used code revokes tokens also in a request that is wrong in other ways (OAuth 2.1 §7.5.2 says not to)",
    )
    rotation: bool = setting(
        True,
        title="rotation",
        help="Each refresh token is good for one exchange (RFC 9700 §4.14.2)",
    )
    overlap: int = setting(
        0,
        title="overlap",
        help="How long a refresh token that was just exchanged is good for another exchange",
        unit="seconds",
        least=0,
        most="refresh_idle_lifetime",
    )
    refresh_idle_lifetime: int = setting(
        30 * DAY,
        title="idle refresh token lifetime",
        help="How long after its last use a refresh token ends",
        unit="seconds",
        least=1,
        most=LONGEST_LIFETIME,
    )
    refresh_lifetime: int = setting(
        90 * DAY,
        title="refresh token lifetime",
        help="How long after the login a refresh token ends at the latest",
        unit="seconds",
        least=1,
        most=LONGEST_LIFETIME,
    )
