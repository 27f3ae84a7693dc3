"""The settings of one experiment, frozen: which app, which PKCE method, which checks are off, which attacker, which seed.

Two scenarios that are equal give the same login, byte for byte. A setting is declared with those whose it is: the app's
in app_settings.py, the server's in server_settings.py, the API's in api_settings.py, the user's and the experiment's own
here. What the browser does stands in browser_settings.py.
"""

import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from inspect import get_annotations
from itertools import compress
from operator import is_not, itemgetter
from typing import Any, Literal, Protocol, TypedDict

from flowsim.model import order, timeline
from flowsim.model.api_settings import ApiSettings
from flowsim.model.app_settings import (
    API_ORIGIN,
    APIS,
    DEFAULT_API,
    DEFAULT_SCOPE,
    DEFAULT_SCOPES,
    PKCE_METHODS,
    ApiName,
    AppSettings,
    AssertionAudience,
    Cleartext,
    ClientAuth,
    CookieSameSite,
    Discovery,
    DpopUse,
    LoginWindow,
    PkceMethod,
    PopupTarget,
    ResponseMode,
    Transactions,
    VerifierSource,
)
from flowsim.model.assistant_settings import AssistantSettings
from flowsim.model.authentication import ContextClass, LoginOption
from flowsim.model.browser_settings import AnswerTab, BrowserSettings, LoopbackPort, SchemeApp, ThirdPartyCookies
from flowsim.model.clients import Profile, on_another_port
from flowsim.model.frozen import evolve
from flowsim.model.mcp import Behind, ClientIdentity, OpensWith, ResourceMetadata, Revision, Tool
from flowsim.model.server_settings import (
    Cors,
    LoginsPerBrowser,
    Par,
    RedirectMatch,
    RedirectStatus,
    Remembered,
    ServerSettings,
    UnknownScopes,
)
from flowsim.model.settings import ScenarioError, Setting, described, names_in, reference, setting, unknown
from flowsim.model.timeline import LAST_SECOND
from flowsim.protocol.records import quickly_made
from flowsim.protocol.referrer import ReferrerPolicy

__all__ = [
    "APIS",
    "API_ORIGIN",
    "DEFAULT_API",
    "DEFAULT_SCOPE",
    "DEFAULT_SCOPES",
    "ISSUER",
    "LAST_SECOND",
    "LESSON_TIME",
    "PKCE_METHODS",
    "SETTINGS",
    "LoginOption",
    "PkceMethod",
    "Policy",
    "Scenario",
    "ScenarioError",
    "ServerSettings",
    "Settings",
    "UserBehaviour",
    "unknown",
]

UserBehaviour = Literal["accepts", "denies", "wrong-password", "careful", "attentive"]

ISSUER = "https://as.example"
LESSON_TIME = 1_767_268_800  # 2026-01-01 12:00:00 UTC, in seconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which checks are switched off; all others are on."""

    off: frozenset[str] = frozenset()

    def is_on(self, check_id: str) -> bool:
        return check_id not in self.off


@lru_cache(maxsize=256)
def _policy(off: frozenset[str]) -> Policy:
    return Policy(off=off)


@lru_cache(maxsize=256)
def _server_settings(values: tuple[Any, ...], pkce_required: bool, plain_allowed: bool) -> ServerSettings:
    """The server's settings with these values, in the order in which they are declared, and with nothing left open."""
    own = dict(zip(ServerSettings.__dataclass_fields__, values, strict=True))
    return ServerSettings(**own | {"pkce_required": pkce_required, "plain_allowed": plain_allowed})


@dataclass(frozen=True, kw_only=True)
class UserSettings:
    """What the user does."""

    user: UserBehaviour = setting(
        "accepts",
        title="user behaviour",
        help="What the user does at step 5",
        choices={
            "accepts": "logs in, and allows what the app wants",
            "denies": "logs in, and does not allow it",
            "wrong-password": "cannot log in",
            "careful": "allows nothing that they did not start themselves",
            "attentive": "allows what they did not start themselves, unless the page warns them",
        },
    )
    login: LoginOption = setting(
        "password",
        title="login option",
        help="What the user logs in with, at step 5",
        choices={"password": "a password", "one-time-code": "a code of an authenticator app (RFC 6238)"},
    )


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Scenario(BrowserSettings, ApiSettings, ServerSettings, UserSettings, AssistantSettings):
    """The settings of one experiment. Raises ScenarioError for values that make no sense, alone or together."""

    attacker: str | None = setting(
        None,
        title="attacker",
        help="Who attacks",
        unset="nobody",
        option="attack",
    )
    without: frozenset[str] = setting(
        frozenset(),
        title="checks switched off",
        help="Which checks are switched off, by their ids",
    )
    mistakes: frozenset[str] = setting(
        frozenset(),
        title="mistakes",
        help="Which mistakes of configuration or of code the honest parties make, by their names",
        option="mistake",
    )
    later: str = setting(
        "",
        title="plan for later",
        help="What happens after the login, in order",
        words={
            "90s, 10m, 1h, 30d": "so much time passes",
            "call": "the app calls the API",
            "refresh": "the app exchanges its refresh token; needs the scope offline_access",
            "refresh=SCOPE": "so it does, for less scope; + stands between two",
            "logout": "the app has its refresh token revoked",
            "password": "the user changes the password",
            "keys": "the server changes its signing key",
            "login": "the user logs in to the app again",
            "other-app": "the user logs in to another app of the same server",
            "app-logout": "the user logs out of the app, which tells nobody",
            "server-logout": "the same, and the app sends the browser to the server to log out there, too",
            "silent-renewal": "the page of the app asks the server once more, in a frame that shows nothing",
            "prefetch": "before the user does, the browser opens the address of the redirect",
            "scan": "before the user does, a link scanner opens it from elsewhere",
            "reload": "the user loads the address of the redirect once more",
            "after 6: 2m": "so much time passes in the login, after this step",
        },
    )
    order: str = setting(
        "",
        title="order of several logins",
        help="Which logins of the user's there are beside the first, and whose turn it is; then each goes on to its end",
        words={
            "victim": "one move of the user's first login",
            "tab2, window2": "one move of a login in another tab or window of the same browser",
            "device2": "one move of a login on another device of the same user",
            "refresh1": "one move of that run of the plan",
            "tab2*4": "four moves",
            "tab2:3": "its moves until it has taken step 3",
            "refresh1:lose-answer": "its moves until the network can lose an answer to it, and that it does",
            "refresh1:lose-request": "the same for a request",
            "victim:duplicate": "the same, and the network delivers a request twice",
            "copy1": "the server's next move with a request that came twice",
        },
    )
    seed: int | str | None = setting(
        None,
        title="seed",
        help="The same seed gives the same bytes again",
        unset="random",
    )
    start: int | None = setting(
        None,
        title="start",
        help="When the login begins, in seconds since 1970",
        unset="now, or 2026-01-01 12:00 UTC with a seed",
        unit="seconds since 1970",
        least=0,
        most=LAST_SECOND,
    )

    def __post_init__(self) -> None:
        """Raises ScenarioError for a value that a setting cannot have, and for values that do not go together."""
        # What was left as it usually is can stay so, alone and beside others that were; most settings were.
        given = list(compress(SETTINGS, map(is_not, _VALUES(vars(self)), _USUAL)))
        for name in ("without", "quirks", "mistakes", "actions"):
            if name in given:
                names = names_in(name, getattr(self, name))
                object.__setattr__(self, name, names if name == "actions" else frozenset(names))
        for name in given:
            SETTINGS[name].refuse(getattr(self, name), self)
        if self.attacker is None:  # an attack says itself which app it is about, and is asked later
            self.refuse_idle()
        if self.speaks_mcp and self.api != DEFAULT_API:
            raise ScenarioError(
                f"client {self.client!r} calls the tools of an MCP server and no other API; leave api at {DEFAULT_API!r}"
            )
        if self.proxy and self.speaks_mcp and self.consent_by_link:
            raise ScenarioError(
                "consent_by_link: a proxy ties each login to the browser that it sends on; leave one of the two out"
            )
        if self.behind != "none" and self.proxy:
            raise ScenarioError(
                "behind: a login goes by one party behind the servers that the app knows, the server behind a proxy or the "
                "API behind an MCP server; leave one of the two out"
            )
        if self.scope == DEFAULT_SCOPE:
            object.__setattr__(self, "scope", DEFAULT_SCOPES[self.api])
        profile = self.profile
        if self.web_view and not profile.native:
            raise ScenarioError(
                f"client {self.client!r} runs in a browser, so it has no web view; choose a native client"
            )
        if self.shipped_secret and profile.confidential:
            raise ScenarioError(
                f"client {self.client!r} keeps its secret on its own server, so none is shipped with an app; "
                "choose a native client or spa for shipped_secret"
            )
        if self.speaks_mcp and self.shipped_secret and self.client_identity != "pre-registered":
            raise ScenarioError(
                f"client {self.client!r} tells the server of itself, where all can read it, and no secret comes of that; "
                "choose pre-registered for client_identity to ship one"
            )
        if self.transactions == "tab" and not profile.in_browser:
            raise ScenarioError(
                f"client {self.client!r} has no sessionStorage to keep a login in: only a page has; choose the client spa, "
                "or state for transactions"
            )
        if self.transactions == "cookie" and profile.kind != "website":
            raise ScenarioError(
                f"client {self.client!r} sets no cookies: only a website does; choose the client web, or state for "
                "transactions"
            )
        if self.transactions in ("state", "cookie") and self.session_in_link:
            raise ScenarioError(
                "session_in_link: where each login has a cookie of its own, no link names a session; choose browser for "
                "transactions"
            )
        if self.transactions == "state" and not self.state:
            raise ScenarioError(
                "transactions: without a state in its requests the app cannot find a login by it; switch state on, or "
                "choose browser for transactions"
            )
        try:
            items = timeline.parse(self.later)
        except timeline.PlanError as error:
            raise ScenarioError(f"later: {error}") from None
        try:
            order.in_plan(self.order, items)
        except order.OrderError as error:
            raise ScenarioError(f"order: {error}") from None
        if self.speaks_mcp and any(item.kind == "other-app" for item in items):
            raise ScenarioError(
                f"later: other-app is for apps that were told their server; client {self.client!r} learns it from its MCP "
                "server, and no other app here does; choose login, or another client"
            )
        for item in items:
            if profile.kind not in timeline.IN_BROWSER.get(item.kind, (profile.kind,)):
                clients = " or ".join({"page": "spa", "website": "web"}[one] for one in timeline.IN_BROWSER[item.kind])
                raise ScenarioError(
                    f"later: {item.kind} takes an app that lives in the browser or behind it, and {self.client!r} is "
                    f"none for which it would do anything; choose the client {clients}"
                )
        wants = next((item.kind for item in items if item.kind in ("refresh", "logout")), None)
        if wants and "offline_access" not in self.scope.split(" "):
            raise ScenarioError(
                f"later: {wants} needs a refresh token, and the server issues one only for the scope offline_access, "
                f"not for {self.scope!r}; add offline_access to the scope"
            )
        if self.start is not None and self.start + timeline.length(items) > LAST_SECOND:
            raise ScenarioError(
                f"later: this plan takes {timeline.roughly(timeline.length(items))} and would go past the end of the year "
                "9999, the last one that a date can say; choose an earlier start or shorter times"
            )

    def refuse_idle(self) -> None:
        """Raises ScenarioError for a setting that has a value of its own and would do nothing beside the others."""
        for one in _CONDITIONAL:
            one.refuse_idle(getattr(self, one.name), self)

    @property
    def profile(self) -> Profile:
        """The app. Where its usual loopback port is taken and it takes any that is free, it has another address."""
        known = super().profile
        moves = known.kind == "loopback" and self.loopback_port == "taken" and not self.fixed_port
        return on_another_port(known) if moves else known

    @property
    def has_key(self) -> bool:
        """Whether the app signs assertions: a website can keep a key, and a document can name one that its makers keep."""
        signs = self.client_auth == "private_key_jwt"
        return signs and (
            self.profile.confidential or (self.speaks_mcp and self.client_identity == "metadata-document")
        )

    @property
    def live(self) -> bool:
        """Whether these are the settings of a login with somebody else's client; such a one has a class of its own."""
        return False

    @property
    def at_another_server(self) -> bool:
        """Whether these are the settings of a login of the lesson's app at a server that somebody else wrote."""
        return False

    @property
    def policy(self) -> Policy:
        """Which checks are switched off, as an actor is told of it."""
        return _policy(self.without)

    @property
    def posts_answer(self) -> bool:
        """Whether the app asks for its answer in a form. Only a website has a server that could take one."""
        return self.response_mode == "form_post" and self.profile.kind == "website"

    @property
    def requires_pkce(self) -> bool:
        """Whether the server takes only requests with a `code_challenge`; left open, as the app does."""
        return self.pkce != "none" if self.pkce_required is None else self.pkce_required

    @property
    def allows_plain(self) -> bool:
        """Whether the server takes the method `plain`; left open, where the app uses it."""
        return self.pkce == "plain" if self.plain_allowed is None else self.plain_allowed

    @property
    def server_settings(self) -> ServerSettings:
        """Those of the authorization server, in which nothing is left open any more."""
        return _server_settings(_OF_THE_SERVER(vars(self)), self.requires_pkce, self.allows_plain)

    def changed(self, **settings: Any) -> "Scenario":
        """This scenario with these settings, looked at as if it were made anew. Raises ScenarioError as that does."""
        other = evolve(self, **settings)
        if settings.keys() == {"seed"}:  # which goes with whatever the others are
            SETTINGS["seed"].refuse(other.seed, other)
        else:
            other.__post_init__()
        return other

    def settled(self) -> "Scenario":
        """This scenario with a seed and a start time: its own, or fresh ones from the operating system."""
        if self.seed is None:
            start = int(time.time()) if self.start is None else self.start
            return evolve(self, seed=secrets.token_hex(32), start=start)
        return self if self.start is not None else evolve(self, start=LESSON_TIME)

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON values, names as here."""
        values = {name: getattr(self, name) for name in SETTINGS}
        sets = {name: sorted(getattr(self, name)) for name in ("without", "quirks", "mistakes")}
        return values | sets | {"actions": list(self.actions)}


_OWNERS: Mapping[str, type] = {
    "the experiment": Scenario,
    "the app": AppSettings,
    "an app that calls tools": AssistantSettings,
    "the user": UserSettings,
    "the authorization server": ServerSettings,
    "the API": ApiSettings,
    "the browser": BrowserSettings,
}
# A setting belongs to the class that declares it; all that are declared nowhere else are the experiment's own.
_OWNER = {name: owner for owner, declared in _OWNERS.items() for name in get_annotations(declared)}
assert _OWNER.keys() == {one.name for one in fields(Scenario)}
SETTINGS: Mapping[str, Setting] = {one.name: described(one, _OWNER[one.name]) for one in fields(Scenario)}
# The usual values that fit whatever the other settings are, in the order of the settings; in place of any other stands
# what no setting is. And what takes the values of all settings, or of the server's, out of those of a scenario.
_USUAL = tuple(object() if isinstance(one.most, str) else one.default for one in SETTINGS.values())
_VALUES, _OF_THE_SERVER = itemgetter(*SETTINGS), itemgetter(*ServerSettings.__dataclass_fields__)
_CONDITIONAL = tuple(one for one in SETTINGS.values() if one.only)
Scenario.__doc__ = f"{Scenario.__doc__}\n\n{reference(SETTINGS.values())}"


class Named(Protocol):
    """What may stand for a name: an attacker of one's own has one."""

    @property
    def name(self) -> str: ...


class Settings(TypedDict, total=False):
    """The settings once more, for type checkers and editors: what `Simulation(…)` and `fork(…)` take by name."""

    client: str
    pkce: PkceMethod
    verifier: VerifierSource
    state: bool
    nonce: bool
    api: ApiName
    scope: str
    max_age: int | None
    acr: ContextClass
    dpop: DpopUse
    dpop_key_per_login: bool
    client_auth: ClientAuth
    assertion_audience: AssertionAudience
    shipped_secret: bool
    discovery: Discovery
    retries: bool
    single_flight: bool
    web_view: bool
    web_view_named: bool
    login_window: LoginWindow
    popup_target: PopupTarget
    popup_by_click: bool
    fixed_port: bool
    second_server: bool
    redirect_uri_per_server: bool
    open_tools: bool
    redirect_uri_per_tool: bool
    state_not_bound_to_browser: bool
    session_in_link: bool
    transactions: Transactions
    open_redirector: bool
    cleartext: Cleartext
    cookie_same_site: CookieSameSite
    loads_from_elsewhere: bool
    referrer_policy: ReferrerPolicy
    refuses_prefetch: bool
    response_mode: ResponseMode
    client_identity: ClientIdentity
    entered_secret: bool
    opens_with: OpensWith
    tool: Tool
    mcp_revision: Revision
    proxy: bool
    proxy_asks: bool
    behind: Behind
    user: UserBehaviour
    login: LoginOption
    pkce_required: bool | None
    pkce_by_method: bool
    plain_allowed: bool | None
    par: Par
    dpop_nonce: bool
    redirect_match: RedirectMatch
    compares_ports: bool
    redirect_status: RedirectStatus
    unknown_scopes: UnknownScopes
    iss: bool
    remembered: Remembered
    logins_per_browser: LoginsPerBrowser
    asks_consent: bool
    loopback_warning: bool
    consent_by_link: bool
    ignores_login_parameters: bool
    cuts_openers: bool
    refuses_web_views: bool
    allows_framing: bool
    pages_load_from_elsewhere: bool
    server_referrer_policy: ReferrerPolicy
    cookies_in_frames: bool
    cors: Cors
    actions: Sequence[str]
    quirks: Collection[str]
    login_lifetime: int
    code_lifetime: int
    access_token_lifetime: int
    server_atomic: bool
    invalidates_code_on_failure: bool
    replay_revokes: bool
    revokes_any_replay: bool
    rotation: bool
    overlap: int
    refresh_idle_lifetime: int
    refresh_lifetime: int
    api_cors: Cors
    api_max_age: int | None
    api_acr: ContextClass
    resource_metadata: ResourceMetadata
    third_party_cookies: ThirdPartyCookies
    posts_new_cookies: bool
    scheme_app: SchemeApp
    loopback_port: LoopbackPort
    answer_tab: AnswerTab
    attacker: str | Named | None
    without: Collection[str]
    mistakes: Collection[str]
    later: str
    order: str
    seed: int | str | None
    start: int | None
