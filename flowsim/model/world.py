"""A world: everything that is the case at one moment of a simulation, frozen.

It holds the settings, the clock, how many random values were drawn, every run, every actor's memory and the log of what
happened. Nothing in it is ever changed: a move makes a new world that shares what stayed the same. That is why one can
step back, and why two branches can start from one moment.
"""

from dataclasses import dataclass
from typing import Any

from frozendict import frozendict

from flowsim.model import order
from flowsim.model.app_settings import AssertionAudience
from flowsim.model.authentication import LoginOption
from flowsim.model.browser_settings import ThirdPartyCookies
from flowsim.model.check import CheckResult
from flowsim.model.clients import Profile
from flowsim.model.frozen import evolve as evolve  # whoever changes a world finds it beside its parts
from flowsim.model.mcp import Connection, Conversation, ToolServer
from flowsim.model.order import DEVICE, TAB, WINDOW, kind_of
from flowsim.model.scenario import Scenario, ServerSettings
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.protocol.cookies import Mark
from flowsim.protocol.dpop import ALGORITHM as PROOF_ALGORITHM
from flowsim.protocol.messages import Message
from flowsim.protocol.records import quickly_made
from flowsim.protocol.signed_tokens import ALGORITHM

VICTIM = order.FIRST
ATTACKER_RUN = "attacker"
ATTACKER_USER = "attacker-user"  # the attacker as an ordinary user: with a browser, an account and an app of their own
OWN_LOGIN = "own login"
IN_FRAME = "in_frame"
PLANTED = "planted"
ATTACKER_CALL = "attacker call"  # these two have a number behind them: the first is "attacker call 1"
ATTACKER_REFRESH = "attacker refresh"
STEP_UP = order.STEP_UP  # a login that an API asked for (RFC 9470); has a number behind it
OTHER_APP = "other-app"  # a login at another app of the same server; has a number behind it
SILENT_RENEWAL = "silent-renewal"  # of the page of the app; has a number behind it
SCAN = "scan"  # by a link scanner; has a number behind it
AGAIN = "login"  # another login at the app; has a number behind it
ATTACKER_INITIATED = "lured"  # a login of the victim's that began with a request the attacker wrote
CONNECTION = "connection"  # the first contact with the MCP server that the app calls
REGISTRATION = "registration"
SESSION = "session"  # of the user's first login; that of another one has the name of that login behind it
DISCOVERY = "discovery"  # of the app's server; that of another one has the server's address behind it
ATTACKERS_DOMAIN = "attacker.example"
ATTACKERS_ORIGIN = f"https://{ATTACKERS_DOMAIN}"
ATTACKERS_CLIENT = "photo-helper"  # the attacker's own app, registered like any other
ATTACKERS_REDIRECT = f"{ATTACKERS_ORIGIN}/callback"
OTHER_ORIGIN = "https://other.example"  # of a page that has nothing to do with any of this
ATTACKERS_TOOLS = "https://mcp.attacker.example/mcp"  # an MCP server of the attacker's, which a user may choose
SECOND_SERVER = "https://as.attacker.example"  # the app's other authorization server, where it has one
UPSTREAM_ISSUER = "https://accounts.example"  # the server behind the one that the app knows, where that is a proxy
UPSTREAM_API = "https://api.accounts.example"  # whose tokens that server issues
PROXY_CLIENT = "tools-proxy"  # what the proxy is there

# Addresses that the attacker writes for an app to open: one is a script, the other has a command in it for a shell.
ATTACKERS_SCRIPT = "javascript:send(tokens)//"
ATTACKERS_COMMAND = f"{SECOND_SERVER}/authorize$(send-tokens)"
# A machine inside the network of the honest parties that does what its address says: by its number and by its name; and
# how the attacker leads there: by a redirect, and by a name that stands for something else the second time.
INSIDE = "http://10.0.0.7/restart"
INSIDE_BY_NAME = "https://machines.corp.example/restart"
ATTACKERS_REDIRECT_INSIDE = "https://mcp.attacker.example/onward"
REBOUND = "http://twice.attacker.example/restart"


@quickly_made
@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way: who sent it and who received it."""

    sender: str
    receiver: str
    message: Message


@quickly_made
@dataclass(frozen=True, slots=True)
class Made:
    """A secret that came to be, or that an actor brought along: who holds it, what kind it is, its value."""

    actor: str
    kind: str
    value: str


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the log. `step` is the step that took place; an attacker's act has the step it follows.

    `now` tells when it happened (seconds since 1970), and `elapsed` how many seconds passed in it: 0 for everything but a
    wait. `detail` is a word that the handler adds where nothing else
    says it: the action of the server that ran, IN_FRAME for a step taken in a frame of somebody else's page, or what an
    attacker's act was about. What is `unseen` must have happened, and nobody here has seen it: so it is with what a client
    that somebody else wrote does by itself.
    """

    index: int
    run: str
    act: Act
    step: int
    sender: str
    receiver: str
    before: State
    after: State
    outcome: Outcome
    messages: tuple[Sent, ...]
    checks: tuple[CheckResult, ...]
    made: tuple[Made, ...]
    by_attacker: bool
    now: int
    elapsed: int = 0
    detail: str = ""
    unseen: bool = False


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user and what they know: the password, and the secret in their authenticator app."""

    username: str
    password: str
    one_time_secret: str


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Browser:
    """A browser and the device it runs on. `apps` lists who claims which address, the last one gets it.

    `agent` is what it says it is in its User-Agent, where that is not the usual.
    `cookies` are by the origin they belong to, those that a frame keeps apart by that and the site of the page around it.
    `marks` are what is noted of each, by the same keys; a cookie without one is marked SameSite=Lax.
    `ran` are the programs that came to the device in an address, and that ran there: their texts, for nothing here runs.
    `page` is what the first tab shows, and `pages` what its other tabs and windows show, by the runs that take place there.
    """

    owner: str
    cookies: frozendict[str, frozendict[str, str]] = frozendict()
    marks: frozendict[str, frozendict[str, Mark]] = frozendict()
    third_party: ThirdPartyCookies = "allowed"
    posts_new: bool = False
    history: tuple[str, ...] = ()
    apps: frozendict[str, tuple[str, ...]] = frozendict()
    page: str = ""
    pages: frozendict[str, str] = frozendict()
    agent: str = ""
    ran: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Transaction:
    """What the client remembers of one login that is under way: one record, for one use.

    `issuer` is what the answer must name, and `token_endpoint` where its code goes: both as the metadata said when the
    login began. `at_second` is True where that is the app's other server. `opens` is where a link of the app's that names
    this login leads.
    """

    state: str | None
    nonce: str | None
    code_verifier: str | None
    redirect_uri: str
    issuer: str
    token_endpoint: str
    scope: str
    started: int
    resource: str | None = None
    dpop_key: bytes | None = None
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    at_second: bool = False
    opens: str | None = None


@quickly_made
@dataclass(frozen=True, kw_only=True)
class TokenSet:
    """The tokens of a token response, lifetime in seconds.

    `first_id_token` is the one of the login itself, which those of later refreshes are compared with. `resource` is what
    the app names as such when it refreshes, if it does.
    """

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    id_token: str | None
    refresh_token: str | None
    dpop_key: bytes | None = None
    first_id_token: str | None = None
    resource: str | None = None


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What an API demands of the login before it answers (RFC 9470 section 3); `max_age` is in seconds.

    `scopes` are those that it wants besides (RFC 6750 section 3.1).
    """

    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Client:
    """The memory of a client application: one entry per browser or installation that uses it.

    `seen_values` are those it has sent, each with the device it did so from; a website has one memory for all, named "".
    `metadata` and `jwks` are those of its authorization server; `second` is the metadata of another one, if it has two.
    Where it was told no more than the `issuer`, the rest is missing until it has asked. `dpop_nonces` holds the last nonce
    for proofs that each origin has given it (RFC 9449 sections 8.2 and 9).
    `dpop_keys` are the keys that it uses for all its logins, one for each device; a website has one, named "".
    `key` is the private key that it signs assertions with, where it shows so who it is (RFC 7523), and `assertion_audience`
    says whom it names in them.
    `cookie_key` is what a website signs cookies with, where it leaves it to the browser to keep the logins under way.
    `challenges` are those of APIs that want another login, until the app has asked for it. `logouts` holds the `state` of
    each logout that is under way at the server. `mistakes` are the names of those that it makes (model/mistakes).
    `connections` are those to MCP servers, by address, and `conversations` what it has said there, by browser.
    `identities` are the client_ids that it was given when it registered itself, each by the issuer that gave it, and
    `document` is what its makers have written at the address that is its client_id, where that is one.
    """

    profile: Profile
    secret: str | None
    metadata: frozendict[str, Any]
    jwks: frozendict[str, Any]
    second: frozendict[str, Any] | None = None
    key: bytes | None = None
    assertion_audience: AssertionAudience = "issuer"
    transactions: frozendict[str, Transaction] = frozendict()
    redeeming: frozendict[str, Transaction] = frozendict()
    seen_values: frozenset[tuple[str, str]] = frozenset()
    tokens: frozendict[str, TokenSet] = frozendict()
    used_codes: frozenset[str] = frozenset()
    dpop_nonces: frozendict[str, str] = frozendict()
    dpop_keys: frozendict[str, bytes] = frozendict()
    cookie_key: bytes | None = None
    challenges: frozendict[str, Challenge] = frozendict()
    logouts: frozendict[str, str] = frozendict()
    mistakes: frozenset[str] = frozenset()
    connections: frozendict[str, Connection] = frozendict()
    conversations: frozendict[str, Conversation] = frozendict()
    identities: frozendict[str, str] = frozendict()
    document: frozendict[str, Any] = frozendict()


@quickly_made
@dataclass(frozen=True, kw_only=True)
class RegisteredClient:
    """What the authorization server knows of a client (RFC 6749 section 2); `key` is its public key, as a JWK.

    Only where it has `trusted` the address of the app does it send a browser there with an error (RFC 9700 section 4.11.2).
    `signed_out_uris` are its `post_logout_redirect_uris` (OIDC RP-Initiated Logout section 3.1).
    """

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    confidential: bool
    secret: str | None
    scopes: tuple[str, ...]
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    key: frozendict[str, str] | None = None
    trusted: bool = True
    signed_out_uris: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user account; the password is kept only as a salted scrypt hash."""

    sub: str
    username: str
    name: str
    email: str
    salt: bytes
    password_hash: bytes
    one_time_secret: str


@quickly_made
@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """The request of step 3 as the server keeps it with the login session; `scope` is what is granted of it.

    `prompt`, `max_age` (in seconds), `acr_values` and `display` are those of OIDC Core section 3.1.2.1. `login_hint` is
    what the app knows of the user's name, and `hinted` the `sub` in the ID token that it sent as a hint. With the
    `response_mode` form_post the answer is to come in a form (OAuth Form Post section 2).
    """

    client_id: str
    redirect_uri: str
    redirect_uri_sent: bool
    scope: str
    state: str | None
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    dpop_jkt: str | None = None
    resource: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    display: str | None = None
    login_hint: str | None = None
    hinted: str | None = None
    response_mode: str | None = None

    @property
    def silent(self) -> bool:
        """True where no page may be shown."""
        return "none" in self.prompt


@quickly_made
@dataclass(frozen=True, kw_only=True)
class LoginSession:
    """A login under way in one browser. `failures` counts wrong tries; `expires` is in seconds since 1970.

    `sub`, `auth_time` and `option` say who has logged in, when and how, as soon as somebody has. Where a login can be
    allowed in another browser, the one there is `for_login`, the one named, which goes on where it began once `allowed`.
    Where a browser can have several, `key` stands in the addresses of its pages, and names its cookie.
    """

    request: AuthorizationRequest
    csrf: str
    expires: int
    key: str = ""
    sub: str | None = None
    auth_time: int | None = None
    option: LoginOption = "password"
    failures: int = 0
    for_login: str | None = None
    allowed: bool = False


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """An authorization request that an app pushed to the server: whose, its parameters, until when it may be used."""

    client_id: str
    params: tuple[tuple[str, str], ...]
    expires: int
    used: bool = False


@quickly_made
@dataclass(frozen=True, kw_only=True)
class KnownUser:
    """A user whom the server knows again by a cookie: since which login, how that was, and the apps agreed to."""

    sub: str
    auth_time: int
    option: LoginOption = "password"
    agreed_to: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLogout:
    """A logout that the user is asked about: the secret of the form, and where the browser goes then, if anywhere."""

    csrf: str
    leads_to: str | None


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Grant:
    """A code and all that is bound to it (RFC 6749 section 4.1.2, RFC 7636 section 4.4). Times are seconds since 1970.

    `claims` are those that say how the user logged in, where the app asked, and those that actions have added.
    """

    request: AuthorizationRequest
    sub: str
    auth_time: int
    expires: int
    used: bool = False
    claims: frozendict[str, Any] = frozendict()


@dataclass(frozen=True, slots=True)
class IssuedNonce:
    """A nonce for DPoP proofs that was given out, and when (RFC 9449 section 8)."""

    value: str
    issued: int


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Proofs:
    """What the server or an API remembers of DPoP proofs: the `jti` of those it has seen, with the second they came.

    Where it `wants_nonce`, each proof has to hold one of the `nonces` that it has given out. It takes proofs that
    are signed with one of its `algorithms`.
    """

    wants_nonce: bool = False
    algorithms: tuple[str, ...] = (PROOF_ALGORITHM,)
    seen: frozendict[str, int] = frozendict()
    nonces: tuple[IssuedNonce, ...] = ()


@dataclass(frozen=True, slots=True)
class Asserted:
    """A client assertion that the server has taken, and when it expires; until then it must not come again."""

    expires: int


@quickly_made
@dataclass(frozen=True, kw_only=True)
class AccessRecord:
    """What the server remembers of an access token it issued; `family` is the code it goes back to.

    `jkt` names the key that it is bound to, if it is (RFC 9449 section 6).
    """

    family: str
    sub: str
    client_id: str
    scope: str
    expires: int
    revoked: bool = False
    jkt: str | None = None


@dataclass(frozen=True, kw_only=True)
class RefreshRecord:
    """What the server remembers of a refresh token it issued. Times are seconds since 1970.

    All tokens that go back to one code are a `family`, which is named by that code. `number` counts its refresh tokens,
    and `rotated` is when this one was exchanged for the next. A use renews `idle_until`, and never moves `expires`.
    `jkt` names the key that it is bound to, if it is (RFC 9449 section 5).
    """

    family: str
    number: int
    sub: str
    client_id: str
    scope: str
    auth_time: int
    issued: int
    idle_until: int
    expires: int
    rotated: int | None = None
    revoked: bool = False
    jkt: str | None = None
    resource: str | None = None
    claims: frozendict[str, Any] = frozendict()


@quickly_made
@dataclass(frozen=True, slots=True)
class ServerKey:
    """A key of the server by its `kid`. One that was retired stays in the JWKS until `listed_until` (OIDC Core §10.1.1)."""

    kid: str
    listed_until: int | None = None


@quickly_made
@dataclass(frozen=True, kw_only=True)
class SentOn:
    """A login that a proxy has sent on to the server behind it: the app's request, and what the proxy needs to go on.

    `key` is that of the login session, where a browser can have several.
    """

    request: AuthorizationRequest
    code_verifier: str
    expires: int
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """The server behind a proxy, and what the proxy is there: one client, whoever asks.

    Where it `asks`, it has a consent page of its own for each app and user. `sent_on` are the logins that have not come
    back, each under its `state`.
    """

    issuer: str
    client_id: str
    secret: str
    redirect_uri: str
    asks: bool
    sent_on: frozendict[str, SentOn] = frozendict()


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Server:
    """The memory and the settings of an authorization server.

    It signs with the first of its `keys`. `resources` are the APIs it issues tokens for; the first is the default.
    `assertions` are those of clients that it has taken, by client and `jti`, for as long as they could come again.
    It takes the code_challenge_methods that are among its `methods`, and with `dpop` proofs of a key (RFC 9449).
    `known_users` are its sessions, each under the value of its cookie, and `logouts` those that it asks about, likewise.
    Only a server that is badly made does not end a family when a used refresh token comes again (`ends_families`).
    Where it `registers` apps that ask for it (RFC 7591), the `registered` are these, each with the second it came.
    Where it is said so, an `audience` that names one of its `resources` is taken for a `resource`, as some servers do.
    `response_modes` are the ways in which its answers can come to an app. Where it `reads_documents`, a client_id can
    be the address of a document about the app. A proxy has another server behind it, `upstream`, that logs users in.
    """

    issuer: str
    resources: tuple[str, ...]
    keys: tuple[ServerKey, ...]
    settings: ServerSettings
    methods: tuple[str, ...]
    dpop: bool
    clients: frozendict[str, RegisteredClient]
    accounts: frozendict[str, Account]
    sessions: frozendict[str, LoginSession] = frozendict()
    grants: frozendict[str, Grant] = frozendict()
    access_tokens: frozendict[str, AccessRecord] = frozendict()
    refresh_tokens: frozendict[str, RefreshRecord] = frozendict()
    proofs: Proofs = Proofs()
    known_users: frozendict[str, KnownUser] = frozendict()
    logouts: frozendict[str, AskedLogout] = frozendict()
    pushed: frozendict[str, Pushed] = frozendict()
    assertions: frozendict[tuple[str, str], Asserted] = frozendict()
    ends_families: bool = True
    registers: bool = False
    registered: frozendict[str, int] = frozendict()
    hears_audience: bool = False
    mistakes: frozenset[str] = frozenset()
    response_modes: tuple[str, ...] = ("query",)
    reads_documents: bool = False
    upstream: Upstream | None = None

    @property
    def base(self) -> str:
        """What the addresses of its endpoints begin with: the issuer, without a `/` that it may end in."""
        return self.issuer.removesuffix("/")

    @property
    def https(self) -> bool:
        return self.issuer.startswith("https:")


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Api:
    """The memory of an API: what it keeps (`messages`, `photos`) and for whom, whom it trusts, and with which keys.

    It takes tokens that are signed with one of its `algorithms`. Pages of its `page_origins` may read its answers; `*`
    stands for all, and with none it says nothing to any page. Where it demands so, the login is at most `max_age` seconds
    old and of the class `acr` (RFC 9470). With `tools` it is an MCP server.
    """

    origin: str
    keeps: str
    issuer: str
    jwks: frozendict[str, Any]
    data: frozendict[str, tuple[str, ...]]
    proofs: Proofs = Proofs()
    algorithms: tuple[str, ...] = (ALGORITHM,)
    page_origins: tuple[str, ...] = ()
    max_age: int | None = None
    acr: str | None = None
    mistakes: frozenset[str] = frozenset()
    tools: ToolServer | None = None

    @property
    def url(self) -> str:
        """Where the data is, or where an MCP server takes its messages."""
        return f"{self.origin}/{self.keeps}"

    @property
    def identifier(self) -> str:
        """What names it in a token: the origin, or the whole address of an MCP server (RFC 8707 section 2)."""
        return self.origin if self.tools is None or self.tools.metadata == "at-the-root" else self.url


@quickly_made
@dataclass(frozen=True, kw_only=True)
class AttackerMemory:
    """What an attacker has got hold of, kind of secret to value, and what it is after.

    That is the victim's `account`, the `password`, or the `denial` of the login.
    """

    aim: str = "account"
    loot: frozendict[str, str] = frozendict()


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Run:
    """One trip through the flow: where it stands, who plays in it, and the message in flight between two steps.

    `who` is the name by which the client knows this browser: its session cookie, or the installation itself. Of a login on
    another device of the same owner, `device` names that. `read` is the memory of a careless server at the moment when it
    looked up what the request in flight is about.
    """

    name: str
    role: Role
    owner: str
    client: str
    server: str
    api: str
    who: str = ""
    state: State = State.START
    in_flight: Sent | None = None
    device: str = ""
    read: Server | None = None

    @property
    def at(self) -> str:
        """Under which name the world has the browser of this run."""
        return self.device or self.owner

    @property
    def tab(self) -> str:
        """The tab or window of the browser in which it takes place; empty for the first one."""
        return self.name if kind_of(self.name) in (TAB, WINDOW) else ""


@quickly_made
@dataclass(frozen=True, kw_only=True)
class World:
    """Everything at one moment. Actors live here by origin, browsers and people by owner, runs by name.

    `obeyed` is what a machine inside the honest parties' network was told to do, and did, as addresses.
    """

    scenario: Scenario
    now: int
    draws: frozendict[str, int]
    runs: frozendict[str, Run]
    people: frozendict[str, Person]
    browsers: frozendict[str, Browser]
    clients: frozendict[str, Client]
    servers: frozendict[str, Server]
    apis: frozendict[str, Api]
    attacker: AttackerMemory = AttackerMemory()
    obeyed: tuple[str, ...] = ()
    log: tuple[Event, ...] = ()


def reads_its_page(world: World, run: Run) -> bool:
    """True where the app of this run is a page in a browser of the attacker's own.

    Whoever owns a browser reads all that a page in it receives, sends and keeps. An app that is a program keeps what it
    holds in its own memory, which is not played as readable.
    """
    return run.owner == ATTACKER_USER and world.scenario.profile.in_browser


def is_other_app(run: Run) -> bool:
    """True for a login at another app than the one that all else is about."""
    return run.name.startswith(f"{OTHER_APP} ")


def is_further_login(run: Run) -> bool:
    """True for a login of the user's in another tab or window, or on another device."""
    return kind_of(run.name) in (TAB, WINDOW, DEVICE)


def call_of(run: Run, who: str) -> str:
    """Under which key the app keeps a login whose code it redeems: each such call of its own has what belongs to it.

    Those that an attacker has brought about do not: they are one with the login of the browser that they come through.
    """
    own = kind_of(run.name) in (TAB, WINDOW, AGAIN, order.STEP_UP)
    return f"{who} {run.name}" if own else who


def browser_of(world: World, run: Run) -> Browser:
    """The browser of this run, which shows the page of its own tab."""
    seen = world.browsers[run.at]
    return evolve(seen, page=seen.pages.get(run.tab, "")) if run.tab else seen


def session_of(world: World) -> str:
    """By what name the app knows the user's browser since the last login there; empty where it knows it by none.

    Where the user has logged in in several tabs, that is for a website the cookie which the browser has now.
    """
    app = world.clients[world.runs[VICTIM].client].profile
    if app.kind == "website" and any(run.tab for run in world.runs.values()):
        return world.browsers[VICTIM].cookies.get(app.home, frozendict()).get(app.session_cookie, "")
    own = [run for name, run in world.runs.items() if name == VICTIM or run.tab or name.startswith(f"{AGAIN} ")]
    return next((run.who for run in reversed(own) if run.who), "")
