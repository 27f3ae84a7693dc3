"""Texts with their random values taken out: what is left says the same in every run, and the values are named apart.

A random value is known by how it was drawn (model/context.py): the n-th of a label is worked out anew from the seed, so a
text that is one of them can be told from every other text. With a value go those that are made of it and of nothing else,
so that what fits together is seen to fit: with a `code_verifier` its `code_challenge`, with a key its public half and its
thumbprint, with a token the hashes that other tokens and proofs hold of it. A token is taken apart, and its signature is no
more than the name of the key that it fits.

What looks random and is none of these is *opaque*: a MAC, a hash that a mistake has made. Nobody can say here what fits it.
It stays as it is, and is noted, so that nothing of a world that holds such is renamed (canonical.py).
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from flowsim.actors.authorization_server import scrypt
from flowsim.actors.authorization_server.pages import SENDS_ITSELF
from flowsim.attacks.toolkit import OWN_VERIFIER
from flowsim.engine.initial_world import ALICE, ATTACKERS_ACCOUNT, account_of
from flowsim.explorer.compositions import OWN_KEY, OWN_NUMBER
from flowsim.protocol import client_assertions, dpop, pkce, signed_tokens
from flowsim.protocol.pkce import base64url

BETWEEN = "\x1e"  # stands between the texts of parts, and in none
OPAQUE = ""  # stands among the values of a part that holds something opaque
TIMES = frozenset({"iat", "exp", "nbf", "auth_time"})  # the claims that are seconds since 1970
_HASHES = frozenset({"at_hash", "ath"})  # the claims that are hashes of an access token
_SIZES = (32, 24, 16, 12, 6)  # octets of the values that are drawn
_KEYS = ("dpop_key", "client_key", "other_client_key")
_VERIFIER, _PASSWORD = "code_verifier", "password"
_WORD = re.compile(
    rf"%[0-9A-Fa-f]{{2}}|{OWN_NUMBER}[0-9]+|eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|[A-Za-z0-9_-]{{8,}}"
)
_RANDOM = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9_-]{20,}")  # looks like 15 random octets or more
_LENGTHS = tuple(len(base64url(bytes(size))) for size in _SIZES)
_MOST_KEPT = 200_000  # values


class Part(NamedTuple):
    """Some part of a world: its text without what may differ, the random values in it in order, and its seconds."""

    text: str
    values: tuple[str, ...] = ()
    times: tuple[int, ...] = ()


_drawn: dict[int | str, dict[str, int]] = {}  # how many values of each label are known, by the seed
_known: dict[str, tuple[str, ...]] = {}  # each random value: it itself, as it was drawn, and what is made of it
_of_bytes: dict[bytes, tuple[str, ...]] = {}
_client_keys: dict[str, bytes] = {}  # by their thumbprints


def know(seed: int | str, draws: Mapping[str, int]) -> None:
    """Know the values again that were drawn so far, by how many there are of each label."""
    if len(_known) > _MOST_KEPT:
        forget()
    drawn = _drawn.setdefault(seed, {})
    for label, count in draws.items():
        known = drawn.get(label, 0)
        if known < count:
            for number in range(known + 1, count + 1):
                _add(hashlib.sha256(f"flowsim {seed} {label} {number}".encode()).digest(), label.rpartition(".")[2])
            drawn[label] = count


def _add(octets: bytes, label: str) -> None:
    whole = base64url(octets)
    made: tuple[str, ...] = (whole,)
    if label == _VERIFIER:
        challenge = pkce.challenge_for(whole, "S256")
        _known[challenge], made = (challenge,), (whole, challenge)
    elif label in _KEYS:
        public, thumbprint = dpop.public_jwk(octets)["x"], dpop.thumbprint(octets)
        _known[thumbprint], _known[public] = (thumbprint,), (public, thumbprint)
        made = (whole, public, thumbprint)
        _client_keys[thumbprint] = octets
    elif label == _PASSWORD:
        _of_bytes[scrypt(base64url(octets[:16]), account_of(ALICE).salt)] = made
    for size in _SIZES:
        _known[base64url(octets[:size])] = made
    _of_bytes[octets] = made


def forget() -> None:
    """Forget every value, and what was made of it; each is worked out again when it is met."""
    for kept in (_drawn, _known, _of_bytes, _client_keys):
        kept.clear()
    of_text.cache_clear()


@cache
def _constants() -> frozenset[str]:
    """What looks random and is the same in every world: published keys, the attacker's own verifier, a script's hash."""
    keys = [part for key in signed_tokens.published_keys() for part in (key.kid, key.jwk["n"])]
    script = b64encode(hashlib.sha256(SENDS_ITSELF.encode()).digest()).decode()
    own = (
        OWN_VERIFIER,
        pkce.challenge_for(OWN_VERIFIER, "S256"),
        dpop.thumbprint(OWN_KEY),
        dpop.public_jwk(OWN_KEY)["x"],
    )
    return frozenset((*keys, *own, *_WORD.findall(script)))


@lru_cache(maxsize=1 << 16)
def of_text(text: str) -> Part:
    """This text, with a sign for every random value."""
    if "\0" in text or BETWEEN in text:
        return Part(text.encode("utf-8", "surrogatepass").hex(), (OPAQUE,))
    if len(text) < 8:
        return Part(text)
    values: list[str] = []
    times: list[int] = []

    def sign(found: re.Match[str]) -> str:
        word = found[0]
        if word[0] == "%":
            return word
        if " " in word:
            values.append(word)
            return "\0own\0"
        if word[:3] == "eyJ" and "." in word:
            token = _of_token(word)
            values.extend(token.values)
            times.extend(token.times)
            return token.text
        return _of_word(word, values)

    return Part(_WORD.sub(sign, text), tuple(values), tuple(times))


def of_bytes(octets: bytes) -> Part:
    """These octets: a random value, or what is known not to be one, and else opaque."""
    made = _of_bytes.get(octets)
    if made is not None:
        return Part(f"\0octets.{len(made)}\0", made)
    return Part(octets.hex(), () if octets in _first_hashes() else (OPAQUE,))


@cache
def _first_hashes() -> frozenset[bytes]:
    """What is in the accounts of the first world."""
    accounts = (account_of(ALICE), account_of(ATTACKERS_ACCOUNT))
    return frozenset(one for account in accounts for one in (account.salt, account.password_hash))


def _of_word(word: str, values: list[str]) -> str:
    """The sign for this word, or the word itself; what is random in it is added to the values."""
    made = _known.get(word)
    if made is not None:
        values.extend(made)
        return f"\0{len(word)}.{len(made)}\0"
    for length in _LENGTHS:  # a name and a value behind it
        if len(word) > length and (made := _known.get(word[-length:])) is not None:
            values.extend(made)
            return f"{word[:-length]}\0{length}.{len(made)}\0"
    if _RANDOM.fullmatch(word) and word not in _constants():
        values.append(OPAQUE)
    return word


def _of_token(text: str) -> Part:
    """A signed token: what it says, and which key its signature fits."""
    token = signed_tokens.read(text)
    if token is None:
        return Part(text, (OPAQUE,))
    signer = _signer(token)
    # What other tokens and proofs hold of this one.
    values = [signed_tokens.left_half_hash(text), dpop.token_hash(text)]
    times: list[int] = []
    said = (_of_json("", token.header, values, times), _of_json("", token.claims, values, times))
    if signer is None:
        return Part(text, (OPAQUE,))
    return Part(f"\0{signer}{said}\0", tuple(values), tuple(times))


def _signer(token: signed_tokens.Token) -> str | None:
    """The key that this signature fits; None where it is another, so that it stays as it is."""
    kid = token.header.get("kid")
    if "jwk" in token.header:
        shown = dpop.read(token.text)
        return "the key in it" if shown is not None and shown.signed else None
    if isinstance(kid, str) and kid in _client_keys:
        public = dpop.public_jwk(_client_keys[kid])
        return "the app" if client_assertions.signature_fits(token, public) else None
    jwks = {"keys": [key.public_jwk() for key in signed_tokens.published_keys()]}
    return str(kid) if signed_tokens.signature_fits(token, jwks) else None


def _of_json(name: str, value: object, values: list[str], times: list[int]) -> object:
    """A value of JSON without what may differ, which goes to the values and times."""
    if isinstance(value, Mapping):
        return [(key, _of_json(key, one, values, times)) for key, one in sorted(value.items())]
    if isinstance(value, list):
        return [_of_json(name, one, values, times) for one in value]
    if isinstance(value, str) and name in _HASHES and value not in _constants():
        values.append(value)
        return "\0hash\0"
    if isinstance(value, str):
        part = of_text(value)
        values.extend(part.values)
        times.extend(part.times)
        return part.text
    if name in TIMES and type(value) is int:
        times.append(value)
        return "\0time\0"
    return value
