"""A live world: the authorization server and the APIs of the lessons, answering clients that nobody here wrote.

The actors are those of every simulation. What differs is around them: random values come from the operating system, the
time is that of the clock, the server's key is made anew, and requests come from several clients at once, so that a lock
lets one in at a time.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from threading import RLock

from frozendict import deepfreeze, frozendict

from flowsim.actors import api as api_actor
from flowsim.actors import authorization_server
from flowsim.actors.authorization_server import discovery
from flowsim.engine.initial_world import account_of, initial_world
from flowsim.live.context import LiveContext
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.model.world import Api, Person, RegisteredClient, Server, ServerKey, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, response


class LiveWorld:
    """An authorization server and its APIs, ready to answer requests.

    `issuer` is the server's name and address. `apis` maps what an API keeps (`messages`, `photos`) to the address it is
    under, which is also the audience of tokens for it. `clients` are registered in place of the lessons' own; `people` are
    those who can log in. `clock` gives seconds since 1970. Of the scenario only the settings of the server and of
    the API matter here.
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
    ) -> None:
        self.scenario = scenario or Scenario()
        self.issuer = issuer
        self._clock = clock
        self._lock = RLock()
        world = initial_world(self.scenario.settled())
        key = signed_tokens.fresh_key()
        self._apis: dict[str, Api] = {}
        jwks: frozendict[str, object] = deepfreeze({"keys": [key.public_jwk()]})
        for api in world.apis.values():
            origin = (apis or {}).get(api.keeps, api.origin)
            self._apis[origin] = evolve(api, origin=origin, issuer=issuer, jwks=jwks)
        usual: Server = next(iter(world.servers.values()))
        known = usual.clients if clients is None else frozendict({one.client_id: one for one in clients})
        accounts = usual.accounts if people is None else frozendict({one.username: account_of(one) for one in people})
        self._server = evolve(
            usual,
            issuer=issuer,
            keys=(ServerKey(key.kid),),
            resources=tuple(self._apis),
            clients=known,
            accounts=accounts,
        )

    @property
    def server(self) -> Server:
        """The memory of the authorization server as it is now."""
        return self._server

    @property
    def metadata(self) -> dict[str, object]:
        """What the server says of itself (RFC 8414 section 2)."""
        return discovery.metadata(self._server)

    def register(self, client: RegisteredClient) -> None:
        """Have the server know this client from now on."""
        with self._lock:
            self._server = evolve(self._server, clients=self._server.clients.set(client.client_id, client))

    def handle(self, request: Request) -> Response:
        """The answer to this request; 404 where its address belongs to nobody here. It may be called from any thread."""
        with self._lock:
            context = LiveContext(0, int(self._clock()), self.scenario.policy, "live")
            for origin, api in self._apis.items():
                if request.url == origin or request.url.startswith((f"{origin}/", f"{origin}?")):
                    self._apis[origin], answer = api_actor.handle(api, request, context)
                    return answer
            if request.url.startswith(self.issuer.removesuffix("/")):
                self._server, answer = authorization_server.handle(self._server, request, context)
                return answer
        return response(404, json={"error": "there is nobody at this address"})
