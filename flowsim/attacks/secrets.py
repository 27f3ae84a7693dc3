"""What somebody else knows and an attacker does not, and whether it stands in a message that the attacker writes.

It is looked for where the actors keep it, and not only in the log: a code is known to the server from the moment at which
the user agrees, and a password all along. It is found in a message in whatever way a server would read it there. A token
that fits a key of the server's, and that nobody has sent to the attacker, can only have been signed with that key.

Source: RFC 9700 section 3; RFC 6749 section 2.3.1, RFC 7617 section 2 (Basic); RFC 7515 (signatures).
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import NamedTuple

from flowsim.attacks.view import at_hand, readers
from flowsim.model.positions import REQUEST, RESPONSE, STORAGE, TOKEN, WEB_VIEW
from flowsim.model.world import ATTACKER_USER, Transaction, World
from flowsim.protocol import client_assertions, dpop, pkce, signed_tokens
from flowsim.protocol.messages import Message, Opening, Request, parse_pairs, query_of
from flowsim.protocol.occurrences import readings, readings_of, stands_in

SIGNING_KEY, DPOP_KEY = "token that is signed with the server's key", "proof that is made with the app's key"
CLIENT_KEY = "assertion that is signed with the app's key"
# Which position shows a secret of this kind; of all others no position does.
SHOWN_BY = {
    "code": RESPONSE,
    "state": REQUEST,
    "nonce": REQUEST,
    "code_challenge": REQUEST,
    "dpop_jkt": REQUEST,
    "request_uri": REQUEST,
    "access_token": TOKEN,
    "refresh_token": STORAGE,
    "password": WEB_VIEW,
}
_OF_THE_LOG = (
    "client_secret",
    "client_key",
    "client_assertion",
    "code_verifier",
    "code",
    "access_token",
    "id_token",
    "refresh_token",
    "password",
)
_LAYERS = 4  # of escapes in escapes that are undone
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{8,}")

Parts = tuple[object, bytes]  # what a token says, and its signature


class Told(NamedTuple):
    """What the attacker has been sent or made itself, or has in its hands now: texts, and the tokens among them.

    `keys` are the thumbprints of the keys that the app's page has made in its own browser: whoever owns a browser has the
    page make a proof of anything, even where no script may read the key itself.
    """

    texts: tuple[str, ...]
    made: frozenset[str]
    tokens: tuple[Parts, ...]
    keys: frozenset[str]


def untold(world: World, message: Message) -> str | None:
    """The kind of a secret that stands in this message and that nobody has told the attacker; None where there is none.

    What counts is the value, whatever it was called where the attacker got it: under `plain` the `code_challenge` is the
    `code_verifier`.
    """
    told = _told(world)
    written = _read(message)
    # A token that is bound to a key names it.
    named = (*told.texts, *(str(claims) for claims, _ in told.tokens))
    for kind, value in _secrets(world):
        if kind in ("code_verifier", "code_challenge") and world.scenario.verifier == "clock":
            continue  # everybody can work it out
        if stands_in(value, written) and value not in told.made and not stands_in(value, named):
            return kind
    return next(_signed_by_others(world, message, told), None)


def _told(world: World) -> Told:
    flying = (sent.message for run in world.runs.values() if (sent := at_hand(world, run)))
    came = (
        sent.message for event in world.log for sent in event.messages if sent.receiver in readers(world, event.run)
    )
    messages = [*came, *flying]
    made = [one for event in world.log for one in event.made if one.actor in readers(world, event.run)]
    keys = (signed_tokens.decoded(one.value) for one in made if one.kind == "dpop_key")
    texts = tuple(dict.fromkeys(text for message in messages for text in readings_of(message)))
    tokens = (_parts(value) for message in messages for value in _values(message))
    return Told(
        texts,
        frozenset(one.value for one in made),
        tuple(parts for parts in tokens if parts),
        frozenset(dpop.thumbprint(key) for key in keys if key),
    )


def _secrets(world: World) -> Iterator[tuple[str, str]]:
    """Every secret there is, kind and value: in the memories of the people, browsers, apps and servers, and in the log."""
    for owner, person in world.people.items():
        if owner != ATTACKER_USER:
            yield from (("password", person.password), ("one-time secret", person.one_time_secret))
    for owner, device in world.browsers.items():
        if owner != ATTACKER_USER:
            yield from (("cookie", value) for jar in device.cookies.values() for value in jar.values())
    for app in world.clients.values():
        yield from (("client_secret", app.secret),) if app.secret else ()
        yield from (("client_key", pkce.base64url(app.key)),) if app.key else ()
        for pending in (*app.transactions.values(), *app.redeeming.values()):
            yield from _of_a_login(pending, dpop_in_request=world.scenario.dpop == "code")
        for held in app.tokens.values():
            tokens = (held.access_token, held.id_token, held.refresh_token)
            kinds = ("access_token", "id_token", "refresh_token")
            yield from ((kind, value) for kind, value in zip(kinds, tokens, strict=True) if value)
    for server in world.servers.values():
        yield from (("code", code) for code in server.grants)
        yield from (("refresh_token", token) for token in server.refresh_tokens)
        yield from (("request_uri", uri) for uri in server.pushed)
        yield from (("cookie", value) for value in (*server.sessions, *server.known_users))
        yield from (("csrf value", session.csrf) for session in server.sessions.values())
        if server.upstream is not None:
            yield "client_secret", server.upstream.secret
            yield from (("state", state) for state in server.upstream.sent_on)
            yield from (("code_verifier", away.code_verifier) for away in server.upstream.sent_on.values())
    for event in world.log:
        yield from ((one.kind, one.value) for one in event.made if one.kind in _OF_THE_LOG)


def _of_a_login(pending: Transaction, *, dpop_in_request: bool) -> Iterator[tuple[str, str]]:
    found = (("code_verifier", pending.code_verifier), ("state", pending.state), ("nonce", pending.nonce))
    yield from ((kind, value) for kind, value in found if value)
    # What ties a code to this login: with somebody else's, one's own code would go through in that login.
    if pending.code_verifier:
        yield "code_challenge", pkce.challenge_for(pending.code_verifier, "S256")
    if pending.dpop_key and dpop_in_request:
        yield "dpop_jkt", dpop.thumbprint(pending.dpop_key)


def _read(message: Message) -> tuple[str, ...]:
    """All text of a message, in each way in which somebody may read it: with base64 undone, and with escapes in escapes.

    A server that undoes one layer of escapes may send back what the next layer hides, and then it would count as told.
    """
    found = dict.fromkeys(readings_of(message))
    hidden = (_decoded(piece) for text in [*found] for piece in _ENCODED.findall(text))
    found.update(dict.fromkeys([text for text in hidden if text]))
    latest = [*found]
    for _ in range(_LAYERS):
        latest = [
            text for text in dict.fromkeys(once for last in latest for once in readings(last)) if text not in found
        ]
        found.update(dict.fromkeys(latest))
    return tuple(found)


def _decoded(piece: str) -> str:
    """This text with base64 undone, in either alphabet and with or without its padding; empty where it is none."""
    plain = piece.replace("+", "-").replace("/", "_")
    try:
        return urlsafe_b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8", "ignore")
    except ValueError:
        return ""


def _values(message: Message) -> Iterator[str]:
    """The values in a message where a token can stand: parameters, and headers with and without a scheme."""
    if isinstance(message, Opening):
        yield from (value for _, value in _query(message.url))
        return
    for _, value in message.headers:
        yield from (value, value.partition(" ")[2].strip())
    yield from (value for _, value in parse_pairs(message.body))
    if isinstance(message, Request):
        yield from (value for _, value in _query(message.url))
    else:
        yield from (value for value in message.json().values() if isinstance(value, str))


def _query(url: str) -> tuple[tuple[str, str], ...]:
    try:
        return query_of(url)
    except ValueError:
        return ()


def _parts(value: str) -> Parts | None:
    token = signed_tokens.read(value) if value.count(".") == 2 else None
    return (token.claims, token.signature) if token else None


def _signed_by_others(world: World, message: Message, told: Told) -> Iterator[str]:
    """The kinds of what is signed in this message with a key that is somebody else's, and was not sent to the attacker."""
    keys_of_others = _keys_of_apps(world) - told.keys
    for value in _values(message):
        token = signed_tokens.read(value) if value.count(".") == 2 else None
        if token is None or (token.claims, token.signature) in told.tokens:
            continue
        for server in world.servers.values():
            jwks = {"keys": [signed_tokens.signing_key(key.kid).public_jwk() for key in server.keys]}
            if signed_tokens.signature_fits(token, jwks):
                yield SIGNING_KEY
        registered = (one.key for server in world.servers.values() for one in server.clients.values())
        if any(client_assertions.signature_fits(token, key) for key in registered if key is not None):
            yield CLIENT_KEY
        shown = dpop.read(value) if "jwk" in token.header else None
        if shown is not None and shown.signed and shown.jkt in keys_of_others:
            yield DPOP_KEY


def _keys_of_apps(world: World) -> frozenset[str]:
    """The thumbprints of the keys that the apps make proofs with."""
    pending = [one for app in world.clients.values() for one in (*app.transactions.values(), *app.redeeming.values())]
    held = [one for app in world.clients.values() for one in app.tokens.values()]
    kept = (key for app in world.clients.values() for key in app.dpop_keys.values())
    keys = (*(one.dpop_key for one in pending), *(one.dpop_key for one in held), *kept)
    return frozenset(dpop.thumbprint(key) for key in keys if key is not None)
