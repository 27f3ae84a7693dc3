"""RS256 for PyJWT, which needs the package `cryptography` for it and so has none in a browser."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import jwt
from jwt.algorithms import Algorithm

from flowsim.protocol import keys, signed_tokens
from flowsim.protocol.keys import RsaPublic


class _Rs256(Algorithm):
    """The algorithm as PyJWT calls it: it verifies, and neither signs nor makes keys."""

    def prepare_key(self, key: RsaPublic) -> RsaPublic:
        return key

    def sign(self, msg: bytes, key: RsaPublic) -> bytes:
        raise NotImplementedError("here PyJWT only verifies")

    def verify(self, msg: bytes, key: RsaPublic, sig: bytes) -> bool:
        return keys.rs256_fits(key, msg, sig)

    @staticmethod
    def to_jwk(key_obj: RsaPublic, as_dict: bool = False) -> Any:
        raise NotImplementedError("here PyJWT only verifies")

    @staticmethod
    def from_jwk(jwk: Any) -> RsaPublic:
        known = signed_tokens.find_key({"keys": [jwk]}, None)
        if known is None:
            raise jwt.InvalidKeyError("this is no JWK of an RSA public key that RS256 is verified with")
        return known


def rs256_key(jwk: Mapping[str, Any]) -> Any:
    """The RSA public key in this JWK as `jwt.decode` takes it: `jwt.PyJWK(jwk)` wherever PyJWT has one.

    Where PyJWT lacks RS256, it is given flowsim's. Raises jwt.PyJWTError for what is no such key.
    """
    if jwt.algorithms.has_crypto:
        return jwt.PyJWK(dict(jwk), "RS256")
    with suppress(ValueError):  # PyJWT has it already, from the call before
        jwt.register_algorithm("RS256", _Rs256())
    return _Rs256.from_jwk(jwk)
