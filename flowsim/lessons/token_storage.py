"""A page of a single-page app, as a script sees it that runs in it: where the app keeps its tokens, and what is in reach.

Five places are usual. In `localStorage` and `sessionStorage` every script of the page can read. A variable inside a
function (`memory`) has no name that another script could use, but the app sends its tokens with the page's own `fetch`,
which any script can replace. A `worker` has a world of its own; this one calls the API itself and hands out
answers, while many hand the access token to the page (RFC 10017 section 8.3). With a backend for the frontend (`bff`) the
tokens are on a server, and the browser holds a cookie that scripts cannot read.

What is asked of the API and of the authorization server is answered by their real code.

Source: RFC 10017 (OAuth 2.0 for Browser-Based Applications), sections 5 to 8.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from flowsim.actors import api, authorization_server, client
from flowsim.model.context import Context
from flowsim.model.scenario import ScenarioError, unknown
from flowsim.model.world import VICTIM, World, evolve
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response, request, response

Storage = Literal["localStorage", "sessionStorage", "memory", "worker", "bff"]
STORAGES: tuple[Storage, ...] = get_args(Storage)
COOKIE = "__Host-bff"
Fetch = Callable[[Request], Response]


class Network:
    """All servers of a world, on the other side of the wire: a request goes in, a response comes out."""

    def __init__(self, world: World) -> None:
        self.world = world

    def context(self) -> Context:
        """What an actor may use at this moment."""
        world = self.world
        return Context(world.scenario.seed or 0, world.now, world.scenario.policy, "page", world.draws)

    def own_request(self, url: str) -> Request:
        """The app's own request to an API, with the token it holds, and with a proof where that is bound to a key."""
        run, context = self.world.runs[VICTIM], self.context()
        asked = client.call(self.world.clients[run.client], run.who, url, context)
        self.world = evolve(self.world, draws=context.draws)
        return asked

    def call(self, url: str) -> Response:
        """That request and its answer, out of reach of every script of the page."""
        return self.send(self.own_request(url))

    def send(self, asked: Request) -> Response:
        """The answer of whoever has this address; 404 where nobody has it."""
        world, origin, context = self.world, origin_of(asked.url), self.context()
        if origin in world.apis:
            changed_api, answer = api.handle(world.apis[origin], asked, context)
            self.world = evolve(world, apis=world.apis.set(origin, changed_api), draws=context.draws)
            return answer
        if origin in world.servers:
            server, answer = authorization_server.handle(world.servers[origin], asked, context)
            self.world = evolve(world, servers=world.servers.set(origin, server), draws=context.draws)
            return answer
        return response(404)


@dataclass
class Page:
    """What every script of the page can reach. `read_data` is the app's own doing, as when the user clicks."""

    local_storage: dict[str, str] = field(default_factory=dict)
    session_storage: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    fetch: Fetch = lambda asked: response(404)
    post_to_worker: Callable[[str], Response] | None = None
    read_data: Callable[[], Response] = lambda: response(404)


def open_page(world: World, storage: Storage) -> tuple[Page, Network]:
    """The page of a single-page app that keeps the tokens of this finished login in this place, and the network.

    Raises ScenarioError for a place that does not exist, and for a world in which no app holds tokens.
    """
    if not isinstance(storage, str) or storage not in STORAGES:
        raise unknown("storage", storage, list(STORAGES))
    run = world.runs[VICTIM]
    held = world.clients[run.client].tokens.get(run.who)
    if held is None:
        raise ScenarioError("there are no tokens to keep: expected a login that went well, for example client='spa'")
    network = Network(world)
    data = world.apis[run.api].url
    page = Page(fetch=network.send)
    match storage:
        case "bff":
            # The app's own server holds the tokens. The browser adds the cookie by itself; no script can read it.
            own = f"{run.client}/bff"
            page.fetch = lambda asked: network.call(data) if asked.url == own else network.send(asked)
            page.read_data = lambda: page.fetch(request("GET", own))
        case "worker":
            page.post_to_worker = network.call
            page.read_data = lambda: network.call(data)
        case "localStorage" | "sessionStorage" | "memory":
            kept = {"access_token": held.access_token, "refresh_token": held.refresh_token}
            store = page.local_storage if storage == "localStorage" else page.session_storage
            if storage != "memory":
                store.update({name: value for name, value in kept.items() if value})
            page.read_data = lambda: page.fetch(network.own_request(data))
    return page, network
