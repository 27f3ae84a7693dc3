"""PKCE, "proof key for code exchange": the secret that ties the code to the app that asked for it.

The app draws a secret, the `code_verifier`, and sends only its hash, the `code_challenge`, with the authorization
request. To redeem the code it must show the verifier. Somebody who stole the code on its way through the browser never
saw the verifier, and a hash cannot be turned back. Two details are easy to get wrong. The hash is taken over the
*ASCII text* of the verifier, not over the octets it was made from. And when the method is left out, it is `plain`.

Source: RFC 7636 sections 4.1 to 4.6.
"""

import hashlib
import hmac
import re
from binascii import b2a_base64
from typing import Literal

Method = Literal["plain", "S256"]
METHODS: tuple[Method, ...] = ("plain", "S256")
VERIFIER_OCTETS = 32
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_ABNF = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def base64url(octets: bytes) -> str:
    """These octets in base64url without padding, the way RFC 7515 section 2 and RFC 7636 appendix A write them."""
    return b2a_base64(octets, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")


def verifier_from(octets: bytes) -> str:
    """A `code_verifier` made from 32 random octets: 43 characters (RFC 7636 section 4.1).

    Raises ValueError for any other number of octets: fewer would be guessable.
    """
    if len(octets) != VERIFIER_OCTETS:
        raise ValueError(f"a code_verifier is made from {VERIFIER_OCTETS} random octets, not from {len(octets)}")
    return base64url(octets)


def well_formed(text: str) -> bool:
    """True for 43 to 128 characters of `A-Z a-z 0-9 - . _ ~` (RFC 7636 section 4.1 and 4.2)."""
    return _ABNF.fullmatch(text) is not None


def challenge_for(verifier: str, method: Method) -> str:
    """The `code_challenge` of this verifier (RFC 7636 section 4.2).

    `plain` gives the verifier itself; `S256` gives the base64url form of the SHA-256 of its ASCII text, 43 characters.
    """
    if method == "plain":
        return verifier
    return base64url(hashlib.sha256(verifier.encode("utf-8")).digest())


def verify(verifier: str, challenge: str, method: Method) -> bool:
    """True when the verifier fits the challenge, compared in constant time (RFC 7636 section 4.6)."""
    return hmac.compare_digest(challenge_for(verifier, method).encode("utf-8"), challenge.encode("utf-8"))
