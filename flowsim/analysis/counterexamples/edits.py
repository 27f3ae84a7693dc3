"""Real worlds out of real runs, small changes to them, and somebody to send a request to."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from flowsim.actors import api, authorization_server
from flowsim.actors.authorization_server import LOGIN_COOKIE
from flowsim.engine.initial_world import ALICE
from flowsim.model.check import CheckResult
from flowsim.model.context import Context
from flowsim.model.scenario import API_ORIGIN, ISSUER, Policy, Scenario
from flowsim.model.states import State
from flowsim.model.world import VICTIM, Client, Grant, Server, Transaction, World, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import FORM, Message, Opening, Pairs, Request, Response
from flowsim.simulation.simulation import Simulation, Trace

SEED = 7


OFFLINE = "openid profile email read:messages offline_access"


Edit = Callable[[World], World]


Change = str | tuple[str, ...] | None


def simulation(**settings: Any) -> Simulation:
    """A simulation with seed 7 and these settings."""
    return Simulation(Scenario(**{"seed": SEED, **settings}))


def played(**settings: Any) -> Trace:
    """The whole trace of `simulation(**settings)`, played once for all tests."""
    return _played(tuple(sorted(settings.items())))


@cache
def _played(settings: tuple[tuple[str, Any], ...]) -> Trace:
    return simulation(**dict(settings)).run()


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


def post(url: str, form: Mapping[str, Change], **headers: Change) -> Request:
    """A form as a test sends it."""
    body = urlencode(pairs_with((), form))
    return with_headers(Request(method="POST", url=url, headers=(("Content-Type", FORM),), body=body), **headers)


def get(url: str, **headers: Change) -> Request:
    return with_headers(Request(method="GET", url=url), **headers)


@dataclass(frozen=True)
class Heard:
    """An answer, what was checked for it, and the world after it."""

    response: Response
    checks: Sequence[CheckResult]
    world: World

    @property
    def decided(self) -> str | None:
        return next((result.check.id for result in self.checks if result.decides), None)

    @property
    def error(self) -> str | None:
        """The error code of a token endpoint's answer."""
        error = self.response.json().get("error")
        return error if isinstance(error, str) else None


def ask(world: World, request: Request, *, now: int | None = None, off: Iterable[str] = ()) -> Heard:
    """What the authorization server or the API of this world answers to this request."""
    policy = Policy(off=frozenset(off) | world.scenario.without)
    context = Context(SEED, world.now if now is None else now, policy, "test", world.draws)
    if request.url.startswith(API_ORIGIN):
        return Heard(api.handle(world.apis[API_ORIGIN], request, context)[1], context.checks, world)
    server, response = authorization_server.handle(server_of(world), request, context)
    after = evolve(world, servers=world.servers.set(ISSUER, server), draws=context.draws)
    return Heard(response, context.checks, after)


def base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def compact(header: Mapping[str, Any], claims: Any, key: RSAPrivateKey | None = None) -> str:
    """A JWT with exactly this header and these claims, signed RS256 with this key whatever the header says."""
    signer = key or signed_tokens.published_keys()[0].private
    return signed_tokens.compact(dict(header), claims, lambda text: signer.sign(text, PKCS1v15(), SHA256()))


def forged(
    text: str,
    claims: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
    key: RSAPrivateKey | None = None,
    sign: Callable[[bytes], bytes] | None = None,
) -> str:
    """This token with other claims and header fields (None leaves one out), signed again: with RS256, or by `sign`."""
    token = signed_tokens.read(text)
    assert token is not None
    parts = [
        {name: value for name, value in {**old, **(new or {})}.items() if value is not None}
        for old, new in ((token.header, header), (token.claims, claims))
    ]
    return signed_tokens.compact(parts[0], parts[1], sign) if sign else compact(parts[0], parts[1], key)


def public_key_as_secret(text: bytes) -> bytes:
    """HS256 with the server's public key as the secret (RFC 8725 section 2.1)."""
    return signed_tokens.hmac_with_public_key(signed_tokens.published_keys()[0].private.public_key(), text)


def hidden(page: str, name: str) -> str:
    found = re.search(f'<input type="hidden" name="{name}" value="([^"]*)">', page)
    assert found, f"the page has no field {name}"
    return found[1]


def cookie_of(world: World) -> str:
    ((session_id, _),) = server_of(world).sessions.items()
    return f"{LOGIN_COOKIE}={session_id}"


def login(world: World, changes: Mapping[str, Change] | None = None, cookie: str | None = "", **how: Any) -> Heard:
    """The login form of this world, filled in by Alice, with these changes."""
    page = ask(world, get(f"{ISSUER}/login", cookie=cookie_of(world))).response.body
    form: dict[str, Change] = {
        "csrf": hidden(page, "csrf"),
        "option": "password",
        "username": ALICE.username,
        "password": ALICE.password,
    }
    sent = post(f"{ISSUER}/login", {**form, **(changes or {})}, cookie=cookie_of(world) if cookie == "" else cookie)
    return ask(world, sent, **how)


def consent(world: World, changes: Mapping[str, Change] | None = None, **how: Any) -> Heard:
    """The consent form, after Alice has logged in, with these changes."""
    after = login(world).world
    page = ask(after, get(f"{ISSUER}/consent", cookie=cookie_of(after))).response.body
    form: dict[str, Change] = {"csrf": hidden(page, "csrf"), "decision": "allow"}
    return ask(after, post(f"{ISSUER}/consent", {**form, **(changes or {})}, cookie=cookie_of(after)), **how)


@cache
def other_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
