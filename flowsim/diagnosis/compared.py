"""Two texts that should be the same, compared: how two addresses differ, and how a challenge was made of a verifier.

Source: RFC 3986 section 6.2 (addresses that mean the same), RFC 7636 section 4.2 (the challenge), RFC 8252 section 8.3.
"""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote

from flowsim.protocol import pkce, signed_tokens
from flowsim.protocol.addresses import LOOPBACK_HOSTS, OWN_MACHINE, host_of, split

Made = Callable[[str], str]


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _of_octets(verifier: str) -> str:
    octets = signed_tokens.decoded(verifier)
    return pkce.base64url(hashlib.sha256(octets).digest()) if octets is not None else ""


# What an app may have made of its verifier in place of the challenge, by the name of the cause.
_WRONG_CHALLENGES: tuple[tuple[str, Made], ...] = (
    ("challenge-padded", lambda verifier: urlsafe_b64encode(_sha256(verifier)).decode()),
    ("challenge-in-standard-base64", lambda verifier: b64encode(_sha256(verifier)).decode()),
    ("challenge-in-standard-base64", lambda verifier: b64encode(_sha256(verifier)).decode().rstrip("=")),
    ("challenge-in-hex", lambda verifier: _sha256(verifier).hex()),
    ("challenge-in-hex", lambda verifier: _sha256(verifier).hex().upper()),
    ("challenge-of-the-hex-digest", lambda verifier: pkce.base64url(_sha256(verifier).hex().encode())),
    ("challenge-of-octets", _of_octets),
    ("challenge-hashed-twice", lambda verifier: pkce.base64url(hashlib.sha256(_sha256(verifier)).digest())),
    ("challenge-hashed-twice", lambda verifier: pkce.challenge_for(pkce.challenge_for(verifier, "S256"), "S256")),
    ("challenge-not-hashed", lambda verifier: verifier),
    ("challenge-not-hashed", lambda verifier: pkce.base64url(verifier.encode("utf-8", "replace"))),
)


def how_it_was_made(verifier: str, challenge: str) -> str | None:
    """The name of the cause that makes this challenge of this verifier; None where no known way leads to it."""
    return next((name for name, made in _WRONG_CHALLENGES if made(verifier) == challenge), None)


def what_is_wrong_with(challenge: str) -> str | None:
    """The cause that the form of a challenge alone gives away; None where its form says nothing."""
    if challenge.endswith("="):
        return "challenge-in-standard-base64" if set("+/ ") & set(challenge) else "challenge-padded"
    return "challenge-in-standard-base64" if set("+/ ") & set(challenge) else None


def difference(one: str, other: str) -> str | None:
    """How these two addresses differ, where it is in one thing: the last word of a cause's name, such as `slash`."""
    if one == other:
        return None
    return next((name for name, normal in _NORMAL.items() if normal(one) == normal(other)), None)


def nearest(known: Iterable[str], sent: str) -> tuple[str, str | None]:
    """Of the known addresses the one that differs in one thing only, and in what; else the first, and None.

    Of a loopback address the port is free (RFC 8252 section 7.3), so it is no difference there.
    """
    all_known = list(known)
    for one in all_known:
        found = difference(one, sent)
        if found is None and host_of(one) in LOOPBACK_HOSTS:
            bare, plain = _without_port(one), unquote(unquote(sent))
            encoded = plain != sent and _without_port(plain) == bare
            found = "encoding" if encoded else difference(bare, _without_port(sent))
        if found:
            return one, found
    return (all_known or [""])[0], None


def first_unlike(one: str, other: str) -> int:
    """The number, from 1, of the first character in which these texts differ."""
    pairs = enumerate(zip(one, other, strict=False), 1)
    return next((number for number, (left, right) in pairs if left != right), min(len(one), len(other)) + 1)


def _without_port(url: str) -> str:
    parts = split(url)
    head, _, port = (parts.authority or "").rpartition(":")
    return _with_authority(url, head if head and port.isdigit() else parts.authority)


def _with_authority(url: str, authority: str | None) -> str:
    parts = split(url)
    if authority is None:
        return url
    return f"{parts.scheme}://{authority}{parts.path}{'' if parts.query is None else f'?{parts.query}'}"


def _without_scheme(url: str) -> str:
    return url.partition(":")[2] if url.startswith(("http:", "https:")) else url


def _without_own_machine(url: str) -> str:
    return _with_authority(url, "own machine") if host_of(url) in OWN_MACHINE else _without_port(url)


def _without_query(url: str) -> str:
    return url.partition("?")[0].partition("#")[0]


# In this order: what makes the two the same decides, and the smaller difference is tried first.
_NORMAL: Mapping[str, Made] = {
    "slash": lambda url: url.rstrip("/"),
    "case": str.lower,
    "encoding": lambda url: unquote(unquote(url)),
    "port": _without_port,
    "loopback": _without_own_machine,
    "scheme": _without_scheme,
    "query": _without_query,
}
