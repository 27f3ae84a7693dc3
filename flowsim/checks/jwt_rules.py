"""What an app and an API look at alike in a token that the server has signed: who signed it, how, and for what time.

For the signature both follow the token's own header here, as many a library does when it is told nothing else. That is
safe only behind a check of the algorithm: without it a token that says `none` has nothing to verify, and one that says
`HS256` is verified with the public key as its secret. So the check of the algorithm is what keeps both out.

Source: RFC 7519 section 4.1, RFC 8725 sections 2.1 and 3.1.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from flowsim.model.check import Finding, finding
from flowsim.protocol import signed_tokens


def shown(value: object) -> str | None:
    """A claim as a finding shows it; None where it is missing."""
    return None if value is None else str(value)


def number(value: object) -> int | float | None:
    """A claim that is a NumericDate (RFC 7519 section 2); None where it is anything else.

    JSON sets no limit to a number: 1e400 is one, and here it reads as infinity, which is no date.
    """
    if type(value) is int:
        return value
    return value if type(value) is float and math.isfinite(value) else None


def has_type(header: Mapping[str, Any], wanted: str) -> bool:
    """True for a header that names this type: in any case, and with `application/` or without (RFC 7515 section 4.1.9)."""
    named = header.get("typ")
    return isinstance(named, str) and named.lower().removeprefix("application/") == wanted


def algorithm(token: signed_tokens.Token | None, agreed: Sequence[str]) -> Finding:
    """The algorithms agreed on, and the one that the token names."""
    expected = " or ".join(agreed)
    if token is None:
        return finding(expected, None, None)
    name = token.header.get("alg")
    return finding(expected, shown(name), name in agreed)


def issuer(token: signed_tokens.Token | None, trusted: str) -> Finding:
    """The issuer that is trusted, and the one that the token names."""
    if token is None:
        return finding(trusted, None, None)
    named = token.claims.get("iss")
    return finding(trusted, shown(named), named == trusted)


def not_expired(token: signed_tokens.Token | None, now: int) -> Finding:
    """An `exp` later than `now`, in seconds since 1970."""
    if token is None:
        return finding("an exp in the future", None, None)
    expires = number(token.claims.get("exp"))
    return finding(f"an exp after second {now}", shown(token.claims.get("exp")), expires is not None and now < expires)


def not_before(token: signed_tokens.Token | None, now: int, kind: str) -> Finding:
    """An `nbf` no later than `now`, in seconds since 1970; it is optional. `kind` says what token this is."""
    if token is None or "nbf" not in token.claims:
        return finding(f"any time: the {kind} names no nbf", None, None)
    begins = number(token.claims["nbf"])
    return finding(f"an nbf not after second {now}", shown(token.claims["nbf"]), begins is not None and begins <= now)


def signature(token: signed_tokens.Token | None, jwks: Mapping[str, Any]) -> Finding:
    """The keys that are known, what is there in place of a signature, and whether it fits; None if nothing is there."""
    if token is None:
        return finding("a key of the issuer's JWKS", None, None)
    listed = jwks.get("keys", ())
    # A dict is a Mapping, which takes longer to find out.
    kids = ", ".join([str(jwk.get("kid")) for jwk in listed if isinstance(jwk, (dict, Mapping))])
    kid, named = token.header.get("kid"), token.header.get("alg")
    received = f"kid {kid}"
    if named == "none":
        received = "no signature, and a header that says so"
    elif named == "HS256":
        received = f"an HMAC, with the public key {kid} as its secret"
    return finding(f"a signature by key {kids}", received, signed_tokens.signature_fits_as_named(token, jwks))
