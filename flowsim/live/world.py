"""A live world: the authorization server and the APIs of the lessons, answering clients that nobody here wrote.

The actors are those of every simulation. What differs is around them: random values come from the operating system, the
time is that of the clock, the server's key is made anew (not in a browser: see `key_for_a_live_world`), and requests come
from several clients at once, so that a lock lets one in at a time. Every exchange is recorded: each login is a trace that
grows (recorder.py).
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from threading import RLock
from typing import Any

from frozendict import deepfreeze, frozendict

from flowsim.actors import api as api_actor
from flowsim.actors import authorization_server
from flowsim.actors.authorization_server import administration, client_documents, discovery
from flowsim.actors.authorization_server.memory import with_at_most
from flowsim.actors.authorization_server.registration import MOST_REGISTERED
from flowsim.engine.initial_world import account_of, initial_world, pages_of
from flowsim.live import tools
from flowsim.live.attackers import THIEVES, Thief
from flowsim.live.context import LiveContext
from flowsim.live.documents import Fetch
from flowsim.live.login import LiveLogin, LiveTrace
from flowsim.live.payload import live_payload, snapshot, waiting_text
from flowsim.live.recorder import Exchange, Recorder
from flowsim.live.wire import Wire
from flowsim.model.hooks import sendable
from flowsim.model.scenario import ISSUER, Scenario, ScenarioError, unknown
from flowsim.model.steps import API, ATTACKER, CLIENT, ELSEWHERE, SERVER
from flowsim.model.world import Api, Person, RegisteredClient, Sent, Server, ServerKey, evolve
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.addresses import origin_of, split
from flowsim.protocol.messages import REDIRECTS, Request, Response, query_of, response, single

_WELL_KNOWN = "/.well-known/oauth-authorization-server"
_NAMING_AN_APP = ("/authorize", "/oauth/par")  # where an app is named that nobody has registered
PROOF_ALGORITHMS = (dpop.USUAL_ALGORITHM, dpop.ALGORITHM)
Listener = Callable[[], None]
Alter = Callable[[Request, Response], Response]  # what becomes of an answer before it is recorded and sent


class LiveWorld:
    """An authorization server and its APIs, ready to answer requests.

    `issuer` is the server's name and address. `apis` maps what an API keeps (`messages`, `photos`) to the address it is
    under, which is also the audience of tokens for it. `clients` are registered in place of the lessons' own; `people` are
    those who can log in. `clock` gives seconds since 1970, and with `registration` apps
    may register themselves (RFC 7591). With `documents` a client_id may be an address, and this fetches what is there
    (documents.py). Of the scenario only the settings of the server and of
    the API matter here, and no API is behind its MCP server. All methods may be called from any thread.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        issuer: str = ISSUER,
        apis: Mapping[str, str] | None = None,
        clients: Iterable[RegisteredClient] | None = None,
        people: Iterable[Person] | None = None,
        clock: Callable[[], float] = time.time,
        key: signed_tokens.SigningKey | None = None,
        registration: bool = True,
        documents: Fetch | None = None,
    ) -> None:
        self.scenario = evolve((scenario or Scenario()).settled(), behind="none")
        self.issuer = issuer
        self._clock = clock
        self._documents = documents
        self._lock = RLock()
        self._listeners: list[Listener] = []
        self._version = 0
        self._thief: Thief | None = None
        world = initial_world(self.scenario)
        key = key or signed_tokens.key_for_a_live_world()
        jwks: frozendict[str, Any] = deepfreeze({"keys": [key.public_jwk()]})
        self._apis: dict[str, Api] = {}
        for api in world.apis.values():
            origin = (apis or {}).get(api.keeps, api.origin)
            proofs = evolve(api.proofs, algorithms=PROOF_ALGORITHMS)
            served = replace(api.tools, authorization_servers=(issuer,)) if api.tools else None
            self._apis[origin] = evolve(api, origin=origin, issuer=issuer, jwks=jwks, proofs=proofs, tools=served)
        usual: Server = next(iter(world.servers.values()))
        known = usual.clients if clients is None else frozendict({one.client_id: one for one in clients})
        accounts = usual.accounts if people is None else frozendict({one.username: account_of(one) for one in people})
        self._server = evolve(
            usual,
            issuer=issuer,
            keys=(ServerKey(key.kid),),
            resources=tuple(api.identifier for api in self._apis.values()),
            clients=known,
            accounts=accounts,
            registers=registration,
            reads_documents=documents is not None,
            dpop=True,
            proofs=evolve(usual.proofs, algorithms=PROOF_ALGORITHMS),
            hears_audience=True,
        )
        base = evolve(world, servers=frozendict({issuer: self._server}), apis=frozendict(self._apis))
        self._recorder = Recorder(base, self._let_in)

    @property
    def server(self) -> Server:
        """The memory of the authorization server as it is now."""
        return self._server

    @property
    def apis(self) -> Mapping[str, Api]:
        """The memory of each API as it is now, by its address."""
        return dict(self._apis)

    @property
    def mcp_server(self) -> str | None:
        """The address of the MCP server in this world, if there is one; its clients need to know nothing else."""
        return next((api.url for api in self._apis.values() if api.tools), None)

    @property
    def origins(self) -> frozenset[str]:
        """The origins of all addresses at which somebody answers: the server's, and those of the APIs."""
        return frozenset(map(origin_of, (self.issuer, *self._apis)))

    @property
    def metadata(self) -> dict[str, Any]:
        """What the server says of itself (RFC 8414 section 2)."""
        return discovery.metadata(self._server)

    @property
    def logins(self) -> Mapping[str, LiveLogin]:
        """The logins that were recorded, by name, the oldest first. Each has a `trace`."""
        with self._lock:
            return dict(self._recorder.logins)

    @property
    def attacks(self) -> Mapping[str, str]:
        """The attackers that can be turned loose on the logins here: name → title."""
        return {name: thief.title for name, thief in THIEVES.items()}

    @property
    def attack(self) -> str | None:
        """The attacker that is loose, if one is."""
        return self._thief.name if self._thief else None

    @attack.setter
    def attack(self, name: str | None) -> None:
        """Turn this attacker loose on the logins that begin from now on. Raises ScenarioError for one that is not known."""
        if name is not None and (not isinstance(name, str) or name not in THIEVES):
            raise unknown("attack", name, list(THIEVES))
        with self._lock:
            self._thief = THIEVES[name] if name is not None else None
            listeners = list(self._listeners)
        _tell(listeners)

    @property
    def version(self) -> int:
        """A number that grows with every exchange that was recorded."""
        return self._version

    def register(self, client: RegisteredClient) -> None:
        """Have the server know this client from now on."""
        with self._lock:
            self._server = evolve(self._server, clients=self._server.clients.set(client.client_id, client))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called, without arguments and from any thread, after each change; call the answer to end that."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def payload(self) -> dict[str, Any]:
        """What the player shows of this world as it is now: each login is a branch."""
        return self.shown()[0]

    def taken(self) -> list[tuple[LiveLogin, LiveTrace]]:
        """The logins that were recorded, the oldest first, each with its trace as it is at this moment."""
        with self._lock:
            return [(login, login.trace) for login in self._recorder.logins.values()]

    def shown(self) -> tuple[dict[str, Any], dict[str, int]]:
        """The payload, and the version of each branch in it: a branch with the same version has not changed.

        What is to be drawn is drawn while the world goes on.
        """
        with self._lock:
            taken = snapshot(list(self._recorder.logins.values()))
        payload = live_payload(taken, waiting_text(self._server, self.mcp_server), self.attacks, self.attack)
        return payload, {one.login.name: one.version for one in taken}

    def handle(self, request: Request, *, by: str = CLIENT, alter: Alter | None = None) -> Response:
        """The answer to this request; 404 where its address belongs to nobody here. `by` is who sends it, if known.

        `alter` has the last word on the answer (faults.py): what it makes of it is recorded and sent.
        """
        read = self._read(request)
        with self._lock:
            answer = self._answer(request, by, alter or _as_it_is, read)
            listeners = list(self._listeners)
        _tell(listeners)
        return answer

    def _read(self, request: Request) -> tuple[str, Response] | None:
        """The client_id in this request and what is at its address, if that is to be read. The world goes on meanwhile."""
        if self._documents is None or not request.path.endswith(_NAMING_AN_APP):
            return None
        client_id = client_documents.unknown_app(self._server, request)
        if client_id is None:
            return None
        wanted = client_documents.ask(client_id, self._context())
        return client_id, wanted if isinstance(wanted, Response) else self._documents(wanted)

    def _context(self) -> LiveContext:
        return LiveContext(0, int(self._clock()), self.scenario.policy, "live")

    def _believed(self, read: tuple[str, Response], context: LiveContext) -> tuple[Response | None, tuple[Sent, ...]]:
        """The page for an app that is not believed, and what was asked; the server knows one that is."""
        client_id, found = read
        wanted = client_documents.ask(client_id, context)
        if isinstance(wanted, Response):
            return wanted, ()
        server, page = client_documents.believe(self._server, client_id, found, context)
        if page is None:
            kept = with_at_most(server.registered, client_id, context.now, MOST_REGISTERED)
            for forgotten in (name for name in server.registered if name not in kept):
                server = evolve(server, clients=server.clients.delete(forgotten))
            self._server = evolve(server, registered=kept)
        return page, (Sent(SERVER, ELSEWHERE, wanted), Sent(ELSEWHERE, SERVER, found))

    def _answer(self, request: Request, by: str, alter: Alter, read: tuple[str, Response] | None = None) -> Response:
        context = self._context()
        before = self._server
        for origin, api in self._apis.items():
            if _is_at(api, request.url):
                # Which pages it answers is a question of the apps that are registered by now.
                api = evolve(api, page_origins=pages_of(self.scenario, before))
                self._apis[origin], answer = api_actor.handle(api, _below(request, origin), context)
                answer = alter(request, answer)
                exchange = Exchange(request, answer, context, before, before, by, to=API)
                self._noted(self._recorder.at_api(exchange, self._apis[origin]))
                return answer
        base = before.base
        well_known = _WELL_KNOWN + split(base).path
        if well_known != _WELL_KNOWN and request.url == f"{origin_of(base)}{well_known}":  # RFC 8414 section 3.1
            meant = replace(request, url=f"{base}{_WELL_KNOWN}")
        else:
            meant = request
        if meant.url != base and not meant.url.startswith((f"{base}/", f"{base}?")):
            return response(404, json={"error": "there is nobody at this address"})
        path = meant.url.removeprefix(base).partition("?")[0]
        unchanged = None
        if self._thief is not None and by != ATTACKER and path == "/authorize":
            wrote, request = request, self._thief.rewritten(request)
            unchanged = wrote if request != wrote else None
            meant = request
        page, beside = self._believed(read, context) if read is not None else (None, ())
        if page is None:
            self._server, page = authorization_server.handle(self._server, _below(meant, base), context)
        answer = alter(request, self._run_actions(page, context))
        exchange = Exchange(request, answer, context, before, self._server, by, unchanged, beside=beside)
        login = self._recorder.at_server(exchange, path)
        self._noted(login)
        return self._after_the_thief(login, exchange) if login is not None and by != ATTACKER else answer

    # ---- The attacker on the wire

    def _let_in(self, login: LiveLogin) -> None:
        """The attacker that is loose gets into this login, if it can get at it."""
        if self._thief is None:
            return
        if why := self._thief.out_of_reach(login.scenario.app):
            login.keep_out(why)
        else:
            login.admit(self._thief)

    def _after_the_thief(self, login: LiveLogin, exchange: Exchange) -> Response:
        """The answer to this exchange, after the attacker in this login has done what it does."""
        thief = login.attacker
        if not isinstance(thief, Thief):
            return exchange.answer

        def send(request: Request, recorded: bool) -> Exchange:
            return self._by_thief(request, exchange, recorded=recorded)

        others = tuple(one for one in self._recorder.logins.values() if one is not login)
        wire = Wire(login, send, self.metadata, tuple(self._apis.values()), self.issuer, others)
        answer = thief.after(wire, exchange)
        self._recorder.also(login)
        return answer

    def _by_thief(self, request: Request, came: Exchange, *, recorded: bool) -> Exchange:
        """A request of the attacker's, at the same moment; one that is not `recorded` the attacker tells itself."""
        if recorded:
            answer = self._answer(request, ATTACKER, _as_it_is)
            return Exchange(request, answer, came.context, came.before, self._server, ATTACKER)
        context = LiveContext(0, came.now, self.scenario.policy, "live")
        before = self._server
        self._server, answer = authorization_server.handle(before, _below(request, before.base), context)
        answer = self._run_actions(answer, context)
        return Exchange(request, answer, context, before, self._server, ATTACKER)

    def _noted(self, login: LiveLogin | None) -> None:
        if login is not None:
            self._version += 1

    def _run_actions(self, answer: Response, context: LiveContext) -> Response:
        """The answer after the server's actions have run: they do so when the user has agreed, before a code leaves."""
        code = single(query_of(answer.location), "code") if answer.status in REDIRECTS else None
        if code is None or code not in self._server.grants:
            return answer
        for name in self.scenario.actions:
            try:
                self._server, denied = administration.run_action(self._server, name, code, context.now)
            except ScenarioError as failed:  # an action that says nothing lets nobody in
                self._server, denied = administration.deny(self._server, code, sendable(failed))
            context.actions.append((name, denied is not None))
            if denied is not None:
                return denied
        return answer


def _is_at(api: Api, url: str) -> bool:
    """True where this address is below that of the API. An MCP server has two, and shares its host with others."""
    if api.tools is not None:
        return tools.is_at(api, url)
    return url == api.origin or url.startswith((f"{api.origin}/", f"{api.origin}?"))


def _as_it_is(request: Request, answer: Response) -> Response:
    return answer


def _below(request: Request, base: str) -> Request:
    """This request as whoever lives at `base` reads it: below its own root."""
    path = split(base).path
    if not path:
        return request
    start = len(base) - len(path)
    return replace(request, url=f"{request.url[:start]}{request.url[len(base) :]}")


def _tell(listeners: Iterable[Listener]) -> None:
    """Tell these that something has changed. One that fails keeps nobody else from going on."""
    for listener in listeners:
        try:
            listener()
        except Exception:
            logging.getLogger("flowsim").exception("a listener of a live world has failed")
