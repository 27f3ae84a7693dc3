"""The world before the first move: who is there, what they know, what was installed and registered long ago.

The app and the API learnt the server's metadata and keys when they were set up; they asked the server's own code. Where
the setting `discovery` says so they were told no more than its issuer, and the API where the keys are.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from frozendict import deepfreeze, frozendict

from flowsim.actors import authorization_server, browser, mcp_client
from flowsim.actors.mistakes import app as of_apps
from flowsim.actors.mistakes import assistants, servers
from flowsim.model import timeline
from flowsim.model.authentication import acr_of
from flowsim.model.clients import CLIENTS, PROFILES, Profile, other_app, signed_out_uri
from flowsim.model.context import Context
from flowsim.model.mcp import CONTACTS, CONTACTS_ORIGIN, DATA, ISSUED_ID, MCP_ORIGIN, MCP_PATH, MCP_URL, ToolServer
from flowsim.model.mistakes import Party, mistakes_of
from flowsim.model.scenario import APIS, ISSUER, Policy, Scenario, ServerSettings
from flowsim.model.states import Role
from flowsim.model.world import (
    ATTACKER_USER,
    ATTACKERS_CLIENT,
    ATTACKERS_REDIRECT,
    OTHER_ORIGIN,
    PROXY_CLIENT,
    SECOND_SERVER,
    UPSTREAM_API,
    UPSTREAM_ISSUER,
    VICTIM,
    Account,
    Api,
    Browser,
    Client,
    KnownUser,
    Person,
    Proofs,
    RegisteredClient,
    Run,
    Server,
    ServerKey,
    Upstream,
    World,
    evolve,
)
from flowsim.protocol import client_id_documents, dpop, signed_tokens
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.cookies import Mark
from flowsim.protocol.cross_origin import ANY_ORIGIN
from flowsim.protocol.messages import Request

ALICE = Person(username="alice", password="correct horse battery staple", one_time_secret="12345678901234567890")
ATTACKERS_ACCOUNT = Person(username="mallory", password="swordfish", one_time_secret="09876543210987654321")
HOUR = 3600  # seconds
_SALT = b"flowsim lesson salt"
_DATA = {
    "messages": frozendict(
        {"user-alice": ("Dinner at eight?", "The key is under the blue pot."), "user-mallory": ("Buy rope.",)}
    ),
    "photos": frozendict({"user-alice": ("beach.jpg", "passport.jpg"), "user-mallory": ("mask.jpg",)}),
    CONTACTS: frozendict({"user-alice": ("Bob", "Carol"), "user-mallory": ("Eve",)}),
}


# A client with its secret or its key; a public one has neither.
Registered = tuple[Profile, str | None, bytes | None]


def initial_world(scenario: Scenario) -> World:
    """The world of this scenario before the first move. The scenario must be settled: it has a seed and a start time."""
    assert scenario.seed is not None and scenario.start is not None, "settle the scenario first"
    profile = scenario.profile
    context = Context(scenario.seed, scenario.start, scenario.policy, "world")
    has_key = scenario.has_key
    has_secret = (profile.confidential and not has_key) or scenario.shipped_secret or scenario.has_entered_secret
    key = context.random_bytes("client_key") if has_key else None
    secret = context.random_token("client_secret", 24) if has_secret else None
    if secret and "secrets-with-signs" in scenario.quirks:
        secret = f"{secret}+%2F:"
    cookie_key = context.random_bytes("cookie_key") if scenario.transactions == "cookie" else None
    other = _other_app(scenario, context)
    server = _server(scenario, (profile, secret, key), other)
    told = scenario.discovery == "off"
    metadata, jwks = _published(server) if told else (frozendict({"issuer": ISSUER}), frozendict())
    own = {party: mistakes_of(party, scenario.mistakes) for party in get_args(Party)}
    # The client of an MCP server was told no more than the address of that.
    metadata = frozendict() if scenario.speaks_mcp else of_apps.told(own["app"], metadata)
    if own["authorization server"]:
        server = assistants.told(evolve(server, mistakes=own["authorization server"]))
        if profile.client_id in server.clients:
            entry = servers.registered(own["authorization server"], server.clients[profile.client_id])
            server = evolve(server, clients=server.clients.set(entry.client_id, entry))
    device = Browser(owner=VICTIM, third_party=scenario.third_party_cookies, posts_new=scenario.posts_new_cookies)
    if scenario.web_view and scenario.web_view_named:
        device = evolve(device, agent=browser.WEB_VIEW)
    if profile.kind in ("scheme", "claimed-https"):
        device = browser.claim(device, origin_of(profile.redirect_uri), profile.home)
    if other is not None and profile.kind in ("scheme", "claimed-https"):
        device = browser.claim(device, origin_of(other[0].redirect_uri), other[0].home)
    no_app = profile.kind == "scheme" and scenario.scheme_app == "none"
    run = Run(name=VICTIM, role=Role.LOGIN, owner=VICTIM, client=profile.home, server=ISSUER, api=scenario.api_called)
    second = None
    if scenario.second_server:
        second = second_metadata(server) if told else frozendict({"issuer": SECOND_SERVER})
        second = under_the_honest_name(server) if scenario.open_tools else second
        second = frozendict() if scenario.speaks_mcp else second
    if scenario.remembered in ("login", "consent"):
        cookie = context.random_token("user_cookie")
        agreed_to = frozenset({profile.client_id}) if scenario.remembered == "consent" else frozenset[str]()
        known = KnownUser(sub=f"user-{ALICE.username}", auth_time=scenario.start - HOUR, agreed_to=agreed_to)
        server = evolve(server, known_users=frozendict({cookie: known}))
        jar = frozendict({authorization_server.REMEMBER_COOKIE: cookie})
        device = evolve(device, cookies=frozendict({ISSUER: jar}))
        if scenario.allows_framing or scenario.cookies_in_frames:
            mark = frozendict({authorization_server.REMEMBER_COOKIE: Mark("None", scenario.start)})
            device = evolve(device, marks=frozendict({ISSUER: mark}))
    servers_of_users = {ISSUER: server}
    if scenario.proxy and scenario.speaks_mcp:
        behind, device = _server_behind(scenario, context, device)
        servers_of_users = {ISSUER: _as_proxy(server, behind, asks=scenario.proxy_asks), UPSTREAM_ISSUER: behind}
    pages, known_as = pages_of(scenario, server), of_apps.known_as(own["app"], profile)
    return World(
        scenario=scenario,
        now=scenario.start,
        draws=context.draws,
        runs=frozendict({VICTIM: run}),
        people=frozendict({VICTIM: ALICE, ATTACKER_USER: ATTACKERS_ACCOUNT}),
        browsers=frozendict(
            {
                VICTIM: evolve(device, apps=device.apps.delete(profile.home)) if no_app else device,
                ATTACKER_USER: evolve(device, owner=ATTACKER_USER, cookies=frozendict(), marks=frozendict()),
            }
        ),
        clients=frozendict(
            {
                profile.home: Client(
                    profile=known_as,
                    secret=secret,
                    metadata=metadata,
                    jwks=jwks,
                    second=second,
                    key=key,
                    cookie_key=cookie_key,
                    mistakes=own["app"],
                    assertion_audience=scenario.assertion_audience,
                    document=_document(known_as, key, own["app"]),
                    identities=frozendict({ISSUER: ISSUED_ID} if profile.client_id == ISSUED_ID else {}),
                ),
                **({} if other is None else {other[0].home: evolve(_client_of(*other, server), cookie_key=cookie_key)}),
            }
        ),
        servers=frozendict(servers_of_users),
        apis=frozendict(
            {
                origin: servers.set_up(
                    Api(
                        origin=origin,
                        keeps=keeps,
                        issuer=ISSUER,
                        jwks=jwks,
                        data=_DATA[DATA if tools else keeps],
                        proofs=Proofs(wants_nonce=scenario.dpop_nonce),
                        page_origins=pages,
                        max_age=scenario.api_max_age,
                        acr=acr_of(scenario.api_acr),
                        mistakes=own["API"],
                        tools=tools,
                    )
                )
                for keeps, origin, tools in _apis(scenario)
            }
        ),
    )


def _server_behind(scenario: Scenario, context: Context, device: Browser) -> tuple[Server, Browser]:
    """The server behind the proxy, which knows it as one client; and the device, where that server knows the user again."""
    callback = f"{ISSUER}{authorization_server.CALLBACK}"
    secret = context.random_token("client_secret", 24)
    proxy = authorization_server.register(PROXY_CLIENT, "Tools Proxy", (callback,), secret, True)
    behind = Server(
        issuer=UPSTREAM_ISSUER,
        resources=(UPSTREAM_API,),
        keys=(ServerKey(signed_tokens.published_keys()[1].kid),),
        settings=ServerSettings(pkce_required=True, plain_allowed=False, remembered=scenario.remembered),
        methods=("S256",),
        dpop=False,
        clients=frozendict({PROXY_CLIENT: proxy}),
        accounts=_accounts(),
    )
    if scenario.remembered not in ("login", "consent"):
        return behind, device
    cookie = context.random_token("user_cookie")
    agreed_to = frozenset({PROXY_CLIENT}) if scenario.remembered == "consent" else frozenset[str]()
    known = KnownUser(sub=f"user-{ALICE.username}", auth_time=scenario.start or 0, agreed_to=agreed_to)
    jar = frozendict({authorization_server.REMEMBER_COOKIE: cookie})
    device = evolve(device, cookies=device.cookies.set(UPSTREAM_ISSUER, jar))
    return evolve(behind, known_users=frozendict({cookie: known})), device


def _as_proxy(server: Server, behind: Server, *, asks: bool) -> Server:
    """This server as a proxy: what it is at the server behind it, it was told when it was set up."""
    own = behind.clients[PROXY_CLIENT]
    known = Upstream(
        issuer=behind.issuer,
        client_id=own.client_id,
        secret=own.secret or "",
        redirect_uri=own.redirect_uris[0],
        asks=asks,
    )
    return evolve(server, upstream=known)


def _document(profile: Profile, key: bytes | None, mistakes: frozenset[str]) -> frozendict[str, Any]:
    """What the makers of this app have written at its client_id, where that is an address; else nothing."""
    if not client_id_documents.is_address(profile.client_id):
        return frozendict()
    public = None if key is None else dpop.public_jwk(key)
    written = assistants.described(mistakes, mcp_client.described(profile, "metadata-document", public))
    document: frozendict[str, Any] = deepfreeze(written)
    return document


def _apis(scenario: Scenario) -> Iterator[tuple[str, str, ToolServer | None]]:
    """What each API keeps, its origin, and what makes it an MCP server, if it is the one that the app calls.

    The last is the API behind that one, where there is one.
    """
    for keeps, origin in APIS.items():
        yield keeps, origin, None
    if scenario.speaks_mcp:
        of_tools = ToolServer(
            authorization_servers=(ISSUER,), metadata=scenario.resource_metadata, behind=scenario.behind
        )
        yield MCP_PATH, MCP_ORIGIN, of_tools
    if scenario.behind != "none":
        yield CONTACTS, CONTACTS_ORIGIN, None


def _resources(scenario: Scenario) -> tuple[str, ...]:
    """What the server issues tokens for: each API by its origin, an MCP server by its whole address where it has one."""
    root = scenario.resource_metadata == "at-the-root"
    tools = (MCP_ORIGIN if root else MCP_URL,) if scenario.speaks_mcp else ()
    return (*APIS.values(), *tools)


def _other_app(scenario: Scenario, context: Context) -> Registered | None:
    """The other app that the user will open, where the plan says so; it shows who it is in the way of the first."""
    if not any(item.kind == "other-app" for item in timeline.parse(scenario.later)):
        return None
    profile = other_app(scenario.profile)
    if not profile.confidential:
        return profile, None, None
    if scenario.client_auth == "private_key_jwt":
        return profile, None, context.random_bytes("other_client_key")
    return profile, context.random_token("other_client_secret", 24), None


def _client_of(profile: Profile, secret: str | None, key: bytes | None, server: Server) -> Client:
    """An app that was told what it needs when it was set up."""
    metadata, jwks = _published(server)
    return Client(profile=profile, secret=secret, metadata=metadata, jwks=jwks, key=key)


def second_metadata(server: Server) -> frozendict[str, Any]:
    """What the app's other server says of itself, the attacker's: it is like this one, with no `iss`.

    It takes pushed requests where this one does: whoever pushes shows it who they are (RFC 9126 section 2).
    """
    theirs = evolve(server.settings, iss=False)
    document: frozendict[str, Any] = deepfreeze(
        authorization_server.metadata(evolve(server, issuer=SECOND_SERVER, settings=theirs))
    )
    return document


def under_the_honest_name(server: Server) -> frozendict[str, Any]:
    """The same document with this server's name in it: its author's lie, where nobody compares (RFC 8414 section 6.2)."""
    sends_iss = server.settings.iss
    return second_metadata(server) | {
        "issuer": server.issuer,
        "authorization_response_iss_parameter_supported": sends_iss,
    }


def under_the_honest_endpoint(server: Server) -> frozendict[str, Any]:
    """The document of the attacker's server with this server's token endpoint in it, and one for pushed requests."""
    return second_metadata(server) | {
        "token_endpoint": f"{server.base}/oauth/token",
        "pushed_authorization_request_endpoint": f"{SECOND_SERVER}/oauth/par",
    }


def pages_of(scenario: Scenario, server: Server) -> tuple[str, ...]:
    """The origins of the pages that the API answers: those of every app that the server knows, where it is set up well."""
    if scenario.api_cors == "apps":
        return tuple(sorted({one for app in server.clients.values() for one in authorization_server.page_origins(app)}))
    return {"any": (ANY_ORIGIN,), "another": (OTHER_ORIGIN,), "none": ()}[scenario.api_cors]


def _server(scenario: Scenario, app: Registered, other: Registered | None) -> Server:
    return Server(
        issuer=ISSUER,
        resources=_resources(scenario),
        keys=(ServerKey(signed_tokens.published_keys()[0].kid),),
        settings=scenario.server_settings,
        methods=("S256", "plain") if scenario.allows_plain else ("S256",),
        dpop=scenario.dpop != "off",
        proofs=Proofs(wants_nonce=scenario.dpop_nonce),
        clients=_registered(app, other, scenario.compares_ports),
        accounts=_accounts(),
        response_modes=("query", "form_post") if scenario.posts_answer else ("query",),
        registers=scenario.speaks_mcp and scenario.client_identity == "registered",
        reads_documents=scenario.speaks_mcp and scenario.client_identity == "metadata-document",
    )


def _registered(app: Registered, other: Registered | None, with_port: bool) -> frozendict[str, RegisteredClient]:
    """Every public client, this one with its secret or key, the other app if there is one, and the attacker's own app.

    Anybody may register an app, and call it as they like (RFC 6749 section 10.2). The server has looked at the others, and
    trusts their addresses.
    """
    own = [app] if is_registered(app[0].client_id) else []
    own += [other] if other else []
    entries = {known.client_id: _registration(known, held, key, with_port) for known, held, key in own}
    return frozendict({**_public_clients(with_port), **entries, ATTACKERS_CLIENT: _attackers_client()})


@cache
def _public_clients(with_port: bool) -> frozendict[str, RegisteredClient]:
    profiles = (PROFILES[name] for name in CLIENTS if not PROFILES[name].confidential)
    return frozendict({known.client_id: _registration(known, None, None, with_port) for known in profiles})


@cache
def _attackers_client() -> RegisteredClient:
    theirs = authorization_server.register(ATTACKERS_CLIENT, "Photo Helper", (ATTACKERS_REDIRECT,), None, False)
    return evolve(theirs, trusted=False)


def _registration(known: Profile, held: str | None, key: bytes | None, with_port: bool) -> RegisteredClient:
    """The entry of this app, with its secret or the public half of its key."""
    return authorization_server.register(
        known.client_id,
        known.app_name,
        (_registration_uri(known, with_port),),
        held,
        known.confidential,
        None if key is None else dpop.public_jwk(key),
        tuple(filter(None, (signed_out_uri(known),))),
    )


def is_registered(client_id: str) -> bool:
    """True where somebody has registered an app under this client_id beforehand: one that is an address tells of itself."""
    return bool(client_id) and not client_id_documents.is_address(client_id)


def _registration_uri(profile: Profile, with_port: bool) -> str:
    """What was registered: a loopback address without a port, for the port changes with every start (RFC 8252 §7.3).

    Where the server compares it all the same, the one that the app usually has.
    """
    if profile.kind == "loopback":
        return PROFILES.get(profile.name, profile).redirect_uri if with_port else "http://127.0.0.1/callback"
    return profile.redirect_uri


@cache
def _accounts() -> frozendict[str, Account]:
    """Everybody who can log in at the server: the victim of every attack, and the attacker as an ordinary user."""
    return frozendict({person.username: account_of(person) for person in (ALICE, ATTACKERS_ACCOUNT)})


def account_of(person: Person) -> Account:
    """The account of this person: the server keeps the password as a salted hash."""
    return Account(
        sub=f"user-{person.username}",
        username=person.username,
        name=f"{person.username.title()} Example",
        email=f"{person.username}@example.com",
        salt=_SALT,
        password_hash=authorization_server.scrypt(person.password, _SALT),
        one_time_secret=person.one_time_secret,
    )


_published_by: dict[tuple[Any, ...], tuple[frozendict[str, Any], frozendict[str, Any]]] = {}


def _published(server: Server) -> tuple[frozendict[str, Any], frozendict[str, Any]]:
    """The server's metadata and keys, as its own endpoints answer them; asked once of servers that answer alike."""
    with_keys = any(one.key is not None for one in server.clients.values())
    key = (
        server.issuer,
        server.methods,
        server.settings.iss,
        server.dpop,
        server.settings.par,
        with_keys,
        server.settings.quirks,
        server.response_modes,
        server.registers,
        server.reads_documents,
    )
    if key not in _published_by:
        context = Context(0, 0, Policy(), "world")
        urls = (f"{server.issuer}/.well-known/openid-configuration", f"{server.issuer}/jwks.json")
        answers = [authorization_server.handle(server, Request(method="GET", url=url), context)[1] for url in urls]
        _published_by[key] = (deepfreeze(answers[0].json()), deepfreeze(answers[1].json()))
    return _published_by[key]
