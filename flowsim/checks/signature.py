"""What an app and an API find in the place of a token's signature.

Both follow the token's own header here, as many a library does when it is told nothing else. That is safe only behind a
check of the algorithm: without it a token that says `none` has nothing to verify, and one that says `HS256` is verified
with the public key as its secret. So the check of the algorithm is what keeps both out.

Source: RFC 8725 sections 2.1 and 3.1.
"""

from collections.abc import Mapping
from typing import Any

from flowsim.model.check import Finding, finding
from flowsim.protocol import signed_tokens


def signature_found(token: signed_tokens.Token | None, jwks: Mapping[str, Any]) -> Finding:
    """The keys that are known, what is there in place of a signature, and whether it fits; None if nothing is there."""
    if token is None:
        return finding("a key of the issuer's JWKS", None, None)
    kids = ", ".join(str(jwk.get("kid")) for jwk in jwks.get("keys", ()))
    kid = token.header.get("kid")
    received = {
        "none": "no signature, and a header that says so",
        "HS256": f"an HMAC, with the public key {kid} as its secret",
    }.get(str(token.header.get("alg")), f"kid {kid}")
    return finding(f"a signature by key {kids}", received, signed_tokens.signature_fits_as_named(token, jwks))
