"""DPoP proofs and client assertions that a judge makes: right ones, and ones with anything in them changed.

Source: RFC 9449 section 4.2, RFC 7523 section 3.
"""

import hashlib
from typing import Any

from flowsim.model.scenario import ScenarioError
from flowsim.mutants import arguments
from flowsim.protocol import dpop, signed_tokens

MINE = "mine"


def key(name: str) -> bytes:
    """The private key of this name, 32 octets: whoever names it has it."""
    if not isinstance(name, str):
        raise ScenarioError(f"a key has a name, for example key='mine', not {arguments.shown(name)}")
    return hashlib.sha256(f"flowsim zoo {name}".encode("utf-8", "replace")).digest()


def thumbprint(name: str) -> str:
    """The `jkt` of the key of this name (RFC 7638 section 3)."""
    return dpop.thumbprint(key(name))


def proof(
    name: str, claims: dict[str, Any], header: dict[str, Any] | None = None, access_token: str | None = None
) -> str:
    """A proof with these claims and header fields, signed with the key of this name; None leaves one out."""
    said = {"ath": dpop.token_hash(access_token)} if access_token is not None else {}
    head = {"alg": dpop.ALGORITHM, "typ": dpop.TYPE, "jwk": dpop.public_jwk(key(name)), **(header or {})}
    return signed(name, {**said, **claims}, head)


def signed(name: str, claims: dict[str, Any], header: dict[str, Any]) -> str:
    """A JWT with these claims and header fields, signed with the key of this name; None leaves one out."""
    try:
        return signed_tokens.compact(
            arguments.present(header), arguments.present(claims), lambda text: dpop.sign(key(name), text)
        )
    except (TypeError, ValueError, RecursionError):
        raise ScenarioError(
            "a claim is what JSON can write: a text, a number, True or False, or a list or dict of such; "
            "None leaves one out"
        ) from None
