"""Real worlds out of real runs, and small changes to them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode

from flowsim.analysis.forged_tokens import by_server, rewritten
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.model.states import State
from flowsim.model.world import VICTIM, Client, Grant, Server, Transaction, World, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Message, Opening, Pairs, Request, Response
from flowsim.simulation.simulation import Simulation, Trace

SEED = 7
OFFLINE = "openid profile email read:messages offline_access"

Edit = Callable[[World], World]
Change = str | tuple[str, ...] | None


def played(**settings: Any) -> Trace:
    """The whole trace of a simulation with these settings and, where they name none, with seed 7; played once."""
    return _played(tuple(sorted(settings.items())))


@cache
def _played(settings: tuple[tuple[str, Any], ...]) -> Trace:
    return Simulation(Scenario(**{"seed": SEED, **dict(settings)})).run()


def world_in(state: State, run: str = VICTIM, /, **settings: Any) -> World:
    """The first world of that trace in which this run is in this state."""
    worlds = played(**settings).worlds
    found = next((world for world in worlds if run in world.runs and world.runs[run].state is state), None)
    assert found is not None, (
        f"with {settings} no {run} is ever in state {state.phrase!r}: it ended with {worlds[-1].log[-1]}"
    )
    return found


def without(world: World, off: Iterable[str]) -> World:
    """This world with these checks switched off from now on."""
    return evolve(world, scenario=replace(world.scenario, without=frozenset(off)))


def server_of(world: World) -> Server:
    return world.servers[ISSUER]


def client_of(world: World) -> Client:
    return world.clients[world.runs[VICTIM].client]


def with_server(world: World, **fields: Any) -> World:
    """The server has another memory; settings of it may be among the fields."""
    server = server_of(world)
    own = {name: value for name, value in fields.items() if name in Server.__dataclass_fields__}
    settings = evolve(server.settings, **{name: value for name, value in fields.items() if name not in own})
    return evolve(world, servers=world.servers.set(ISSUER, evolve(server, settings=settings, **own)))


def with_api(world: World, **fields: Any) -> World:
    """The API that the app calls has another memory."""
    origin = world.runs[VICTIM].api
    return evolve(world, apis=world.apis.set(origin, evolve(world.apis[origin], **fields)))


def with_client(world: World, **fields: Any) -> World:
    return evolve(world, clients=world.clients.set(world.runs[VICTIM].client, evolve(client_of(world), **fields)))


def with_registration(world: World, **fields: Any) -> World:
    """The server knows these other facts of the app."""
    known, client_id = server_of(world).clients, client_of(world).profile.client_id
    return with_server(world, clients=known.set(client_id, evolve(known[client_id], **fields)))


def with_transaction(world: World, **fields: Any) -> World:
    """The app remembers something else of its one login, wherever that stands."""
    app = client_of(world)
    books = {"transactions": app.transactions, "redeeming": app.redeeming}
    for name, book in books.items():
        books[name] = type(book)({who: evolve(transaction, **fields) for who, transaction in book.items()})
    return with_client(world, **books)


def with_grant(world: World, **fields: Any) -> World:
    """The server remembers something else of the one code; fields of the authorization request may be among them."""
    ((code, grant),) = server_of(world).grants.items()
    own = {name: value for name, value in fields.items() if name in Grant.__dataclass_fields__}
    request = evolve(grant.request, **{name: value for name, value in fields.items() if name not in own})
    return with_server(world, grants=server_of(world).grants.set(code, evolve(grant, request=request, **own)))


def transaction_of(world: World) -> Transaction:
    app = client_of(world)
    return next(iter((*app.transactions.values(), *app.redeeming.values())))


def flying(world: World, run: str = VICTIM) -> Message:
    """The message in flight."""
    sent = world.runs[run].in_flight
    assert sent is not None
    return sent.message


def flying_request(world: World, run: str = VICTIM) -> Request:
    message = flying(world, run)
    assert isinstance(message, Request)
    return message


def flying_response(world: World, run: str = VICTIM) -> Response:
    message = flying(world, run)
    assert isinstance(message, Response)
    return message


def with_flying(world: World, message: Message, run: str = VICTIM) -> World:
    """Another message is in flight instead."""
    sent = world.runs[run].in_flight
    assert sent is not None
    return evolve(world, runs=world.runs.set(run, evolve(world.runs[run], in_flight=replace(sent, message=message))))


def pairs_with(pairs: Pairs, changes: Mapping[str, Change]) -> Pairs:
    """These parameters with others in their place: None leaves one out, a tuple repeats it."""
    kept = [(name, value) for name, value in pairs if name not in changes]
    for name, value in changes.items():
        kept += [(name, one) for one in ((value,) if isinstance(value, str) else value or ())]
    return tuple(kept)


Carrier = TypeVar("Carrier", Request, Opening)


def with_query(message: Carrier, **changes: Change) -> Carrier:
    """This message with other parameters in its address."""
    query = urlencode(pairs_with(message.query, changes))
    return replace(message, url=f"{message.url.partition('?')[0]}{'?' if query else ''}{query}")


def with_form(request: Request, **changes: Change) -> Request:
    """This request with other parameters in its form."""
    return replace(request, body=urlencode(pairs_with(request.form, changes)))


def with_headers(request: Request, **changes: Change) -> Request:
    """This request with other headers; an underscore in a name stands for the hyphen."""
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    kept = tuple((name, value) for name, value in request.headers if name.lower() not in named)
    return replace(request, headers=kept + pairs_with((), named))


def forged(
    text: str,
    claims: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
    sign: Callable[[bytes], bytes] = by_server,
) -> str:
    """This token with other claims and header fields (None leaves one out), signed again: by its server, or so."""
    token = signed_tokens.read(text)
    assert token is not None
    return rewritten(token, sign, claims or {}, header or {})
