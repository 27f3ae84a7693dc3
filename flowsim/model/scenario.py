"""The settings of one experiment, frozen: which app, which PKCE method, which checks are off, which attacker, which seed.

Two scenarios that are equal give the same login, byte for byte. A client is *public* when it can keep no secret from
its own user (an app on a phone, a page in a browser), and *confidential* when it runs on a server of its own.

Source: RFC 6749 section 2.1 (client types), RFC 8252 section 7 (redirects of native apps).
"""

import secrets
import time
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args

from flowsim.model import timeline

PkceMethod = Literal["none", "plain", "S256"]
UserBehaviour = Literal["accepts", "denies", "wrong-password", "careful"]
ApiName = Literal["messages", "photos"]
DpopUse = Literal["off", "tokens", "code"]
LoginOption = Literal["password", "one-time-code"]
RedirectMatch = Literal["exact", "origin", "prefix"]
Par = Literal["off", "optional", "required"]
RedirectStatus = Literal[302, 303, 307]
Remembers = Literal["nothing", "login", "consent"]
VerifierSource = Literal["random", "clock"]
RedirectKind = Literal["scheme", "claimed-https", "loopback", "page", "website"]
PKCE_METHODS: tuple[str, ...] = get_args(PkceMethod)
USER_BEHAVIOURS: tuple[str, ...] = get_args(UserBehaviour)
LOGIN_OPTIONS: tuple[str, ...] = get_args(LoginOption)
DPOP_USES: tuple[str, ...] = get_args(DpopUse)

ISSUER = "https://as.example"
API_ORIGIN = "https://api.example"
APIS = {"messages": API_ORIGIN, "photos": "https://photos.example"}
LESSON_TIME = 1_767_268_800  # 2026-01-01 12:00:00 UTC, in seconds since 1970
LAST_SECOND = 253_402_300_799  # 9999-12-31 23:59:59 UTC
DAY = 86_400  # seconds
LONGEST_LIFETIME = 3650 * DAY
MOST_ACTIONS = 10
LONGEST_SCOPE = 2000  # characters; it must fit into an address
DEFAULT_API = "messages"
DEFAULT_SCOPE = "openid profile read:messages"
DEFAULT_SCOPES = {"messages": DEFAULT_SCOPE, "photos": "openid profile read:photos"}


class ScenarioError(ValueError):
    """A setting or a combination of settings that makes no sense; the message says what to do instead."""


def unknown(what: str, given: str, known: list[str]) -> ScenarioError:
    """The error for a name that does not exist, with the nearest one that does."""
    near = get_close_matches(given, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"expected one of: {', '.join(known)}"
    return ScenarioError(f"unknown {what} {given!r}; {hint}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of client: its name, its type, where it lives and where the answer is sent."""

    name: str
    title: str
    client_id: str
    app_name: str
    home: str
    redirect_uri: str
    kind: RedirectKind
    confidential: bool = False

    @property
    def native(self) -> bool:
        return self.kind in ("scheme", "claimed-https", "loopback")


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="native-scheme",
            title="an app on a phone that is called back by a private-use URL scheme",
            client_id="photo-app",
            app_name="Photo App",
            home="com.example.app:",
            redirect_uri="com.example.app:/callback",
            kind="scheme",
        ),
        Profile(
            name="native-https",
            title="an app on a phone that is called back by a claimed https address",
            client_id="photo-app-https",
            app_name="Photo App",
            home="https://app.example",
            redirect_uri="https://app.example/callback",
            kind="claimed-https",
        ),
        Profile(
            name="native-loopback",
            title="a program on a computer that listens on a loopback port",
            client_id="photo-desktop",
            app_name="Photo Desktop",
            home="http://127.0.0.1:51004",
            redirect_uri="http://127.0.0.1:51004/callback",
            kind="loopback",
        ),
        Profile(
            name="spa",
            title="a single-page app: its code runs in the browser",
            client_id="photo-page",
            app_name="Photo Page",
            home="https://spa.example",
            redirect_uri="https://spa.example/callback",
            kind="page",
        ),
        Profile(
            name="web",
            title="a regular web app with a server of its own and a real secret",
            client_id="photo-web",
            app_name="Photo Web",
            home="https://web.example",
            redirect_uri="https://web.example/callback",
            kind="website",
            confidential=True,
        ),
    )
}
CLIENTS = tuple(PROFILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which checks are switched off; all others are on."""

    off: frozenset[str] = frozenset()

    def is_on(self, check_id: str) -> bool:
        return check_id not in self.off


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The settings of one experiment. Lifetimes are in seconds; `start` is seconds since 1970.

    `pkce_required` and `plain_allowed` set the authorization server. Left at None the server goes along with the
    client: it requires PKCE of a client that uses it, and takes `plain` only where the client sends `plain`.
    Without a `seed` the simulation draws one from the operating system and starts at the real time.

    `api` is the API that the app wants to call. The server takes `messages` for granted; for another one the app names
    it as the `resource` (RFC 8707). A scope left as it is covers what the app wants to read there.
    `later` is a plan of what happens after the login, and how much time passes (see timeline.py). With `rotation` each
    refresh token is good for one exchange; for `overlap` seconds after it the token just used is good for another one.
    `actions` run on the server after each login, in this order (see hooks.py).
    With `dpop` the app binds its `tokens` to a key of its own, or the `code` as well (RFC 9449).
    A refresh token ends `refresh_idle_lifetime` after its last use, and `refresh_lifetime` after the login at the latest.
    A `careful` user allows nothing that they did not start themselves.
    With `redirect_match` the server compares a redirect_uri with the registered one: as a whole, its origin only, or
    that it begins like that origin. It `remembers` nothing of an earlier visit, the login, or the consent as well.
    With `burns_codes` a refused token request ends the code. The app draws its `verifier` at random, or from the clock.
    With a `second_server` the app offers another authorization server, which is the attacker's, and the user chooses
    it; with `own_redirects` the app is called back from each server at an address of its own.
    With `web_view` the app shows the login page in a window of its own instead of the browser.
    With `par` the app pushes its request to the server beforehand, and the server takes or demands that (RFC 9126).
    The server answers the app with a redirect of this `redirect_status`; it `asks_consent` after the login, or does
    not. With `framing` it lets its pages be shown in a frame of another site. Where a code comes a second time,
    `replay_revokes` says whether it revokes what the first one got, and `revokes_any_replay` whether it does so even for
    a request that is wrong in other ways.
    With `shared_state` the app looks a login up by its state alone, whichever browser brings it.
    Raises ScenarioError for a value that is not one of those listed.
    """

    client: str = "native-scheme"
    pkce: PkceMethod = "S256"
    pkce_required: bool | None = None
    plain_allowed: bool | None = None
    without: frozenset[str] = frozenset()
    attacker: str | None = None
    user: UserBehaviour = "accepts"
    login: LoginOption = "password"
    api: ApiName = "messages"
    scope: str = DEFAULT_SCOPE
    state: bool = True
    nonce: bool = True
    iss: bool = True
    shipped_secret: bool = False
    seed: int | str | None = None
    start: int | None = None
    login_lifetime: int = 1800
    code_lifetime: int = 60
    access_token_lifetime: int = 3600
    later: str = ""
    rotation: bool = True
    overlap: int = 0
    refresh_idle_lifetime: int = 30 * DAY
    refresh_lifetime: int = 90 * DAY
    dpop: DpopUse = "off"
    actions: tuple[str, ...] = ()
    redirect_match: RedirectMatch = "exact"
    remembers: Remembers = "nothing"
    burns_codes: bool = False
    verifier: VerifierSource = "random"
    second_server: bool = False
    own_redirects: bool = False
    web_view: bool = False
    par: Par = "off"
    redirect_status: RedirectStatus = 303
    asks_consent: bool = True
    framing: bool = False
    replay_revokes: bool = True
    revokes_any_replay: bool = False
    shared_state: bool = False

    def __post_init__(self) -> None:
        _one_of("client", self.client, CLIENTS)
        _one_of("PKCE method", self.pkce, PKCE_METHODS)
        _one_of("user behaviour", self.user, USER_BEHAVIOURS)
        _one_of("login option", self.login, LOGIN_OPTIONS)
        _one_of("API", self.api, tuple(APIS))
        if self.scope == DEFAULT_SCOPE:
            object.__setattr__(self, "scope", DEFAULT_SCOPES[self.api])
        _one_of("use of DPoP", self.dpop, DPOP_USES)
        _one_of("way to match a redirect_uri", self.redirect_match, get_args(RedirectMatch))
        _one_of("memory of the server", self.remembers, get_args(Remembers))
        _one_of("use of pushed requests", self.par, get_args(Par))
        _one_of("source of the verifier", self.verifier, get_args(VerifierSource))
        if self.redirect_status not in get_args(RedirectStatus):
            raise ScenarioError(f"redirect_status must be 302, 303 or 307, not {self.redirect_status}")
        if self.web_view and self.profile.kind not in ("scheme", "claimed-https", "loopback"):
            raise ScenarioError(
                f"client {self.client!r} runs in a browser, so it has no web view; choose a native client"
            )
        _encodable("scope", self.scope)
        if len(self.scope) > LONGEST_SCOPE:
            raise ScenarioError(f"scope must be at most {LONGEST_SCOPE} characters, not {len(self.scope)}")
        _encodable("seed", str(self.seed))
        object.__setattr__(self, "without", frozenset(self.without))
        object.__setattr__(self, "actions", tuple(self.actions))
        if len(self.actions) > MOST_ACTIONS:
            raise ScenarioError(f"a server runs at most {MOST_ACTIONS} actions here, not {len(self.actions)}")
        if self.shipped_secret and self.profile.confidential:
            raise ScenarioError(
                f"client {self.client!r} keeps its secret on its own server, so none is shipped with an app; "
                "choose a native client or spa for shipped_secret"
            )
        if not 0 < self.code_lifetime <= 600:
            raise ScenarioError(f"code_lifetime must be 1 to 600 seconds (RFC 6749 §4.1.2), not {self.code_lifetime}")
        if self.start is not None and not 0 <= self.start <= LAST_SECOND:
            raise ScenarioError(
                f"start is in seconds since 1970, from 0 to {LAST_SECOND}, so it cannot be {self.start}"
            )
        for name in ("login_lifetime", "access_token_lifetime"):
            if getattr(self, name) <= 0:
                raise ScenarioError(f"{name} must be positive, not {getattr(self, name)}")
        for name in ("refresh_idle_lifetime", "refresh_lifetime"):
            if not 0 < getattr(self, name) <= LONGEST_LIFETIME:
                raise ScenarioError(f"{name} must be 1 to {LONGEST_LIFETIME} seconds, not {getattr(self, name)}")
        if not 0 <= self.overlap <= self.refresh_idle_lifetime:
            raise ScenarioError(f"overlap must be 0 to {self.refresh_idle_lifetime} seconds, not {self.overlap}")
        try:
            items = timeline.parse(self.later)
        except timeline.PlanError as error:
            raise ScenarioError(f"later: {error}") from None
        wants = next((item.kind for item in items if item.kind in ("refresh", "logout")), None)
        if wants and "offline_access" not in self.scope.split(" "):
            raise ScenarioError(
                f"later: {wants} needs a refresh token, and the server issues one only for the scope offline_access, "
                f"not for {self.scope!r}; add offline_access to the scope"
            )

    @property
    def profile(self) -> Profile:
        return PROFILES[self.client]

    @property
    def policy(self) -> Policy:
        return Policy(off=self.without)

    @property
    def requires_pkce(self) -> bool:
        return self.pkce != "none" if self.pkce_required is None else self.pkce_required

    @property
    def allows_plain(self) -> bool:
        return self.pkce == "plain" if self.plain_allowed is None else self.plain_allowed

    def settled(self) -> "Scenario":
        """This scenario with a seed and a start time: its own, or fresh ones from the operating system."""
        if self.seed is None:
            start = int(time.time()) if self.start is None else self.start
            return replace(self, seed=secrets.token_hex(32), start=start)
        return self if self.start is not None else replace(self, start=LESSON_TIME)

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON values, names as here."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return values | {"without": sorted(self.without), "actions": list(self.actions)}


def _one_of(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise unknown(what, str(given), list(known))


def _encodable(what: str, given: str) -> None:
    try:
        given.encode()
    except UnicodeEncodeError:
        raise ScenarioError(f"{what} must be text that UTF-8 can write, not {given!r}") from None
