"""Tokens against the vectors of RFC 7515, RFC 7638 and OIDC Core, and the forgeries that must not pass for them."""

import hashlib
import hmac
import json
import string
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from flowsim.protocol import keys, signed_tokens
from flowsim.protocol.pkce import base64url

# RFC 7515 appendix A.2.
A2_SIGNED = (
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
A2_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
    "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
    "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
    "Ge77Rw"
)

# RFC 7638 section 3.1.
RFC7638_KEY = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
    "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQv"
    "RL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}

KEY = signed_tokens.published_keys()[0]
_NUMBERS = KEY.private
PRIVATE = RSAPrivateNumbers(
    p=_NUMBERS.p,
    q=_NUMBERS.q,
    d=_NUMBERS.d,
    dmp1=_NUMBERS.dp,
    dmq1=_NUMBERS.dq,
    iqmp=_NUMBERS.qi,
    public_numbers=RSAPublicNumbers(_NUMBERS.public.e, _NUMBERS.public.n),
).private_key()
JWKS = {"keys": [KEY.public_jwk()]}
CLAIMS = {"iss": "https://as.example", "sub": "user-alice", "exp": 2_000_000_000}


@cache
def other_key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def compact(header: Mapping[str, Any], claims: Any, key: RSAPrivateKey = PRIVATE) -> str:
    """A JWT with exactly this header and these claims, signed RS256 with this key whatever the header says."""
    return signed_tokens.compact(dict(header), claims, lambda text: key.sign(text, PKCS1v15(), SHA256()))


def test_the_published_key_signs_as_in_rfc_7515() -> None:
    signature = keys.rs256(KEY.private, A2_SIGNED.encode())
    assert base64url(signature) == A2_SIGNATURE


def test_the_token_of_rfc_7515_is_taken_apart() -> None:
    token = signed_tokens.read(f"{A2_SIGNED}.{A2_SIGNATURE}")
    assert token is not None
    assert token.header == {"alg": "RS256"}
    assert token.claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert base64url(token.signature) == A2_SIGNATURE


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    assert signed_tokens.thumbprint(RFC7638_KEY) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_kid_is_the_thumbprint_of_the_public_key_and_no_private_number_is_published() -> None:
    assert KEY.kid == signed_tokens.thumbprint(KEY.public_jwk())
    assert KEY.public_jwk().keys() == {"kty", "use", "alg", "kid", "n", "e"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # OIDC Core appendix A.3 and A.4.
        ("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "77QmUPtjPfzWtF2AnpK9RQ"),
        ("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk", "LDktKdoQak3Pk0cnXxCltA"),
    ],
)
def test_at_hash_is_that_of_oidc_core(text: str, expected: str) -> None:
    assert signed_tokens.left_half_hash(text) == expected


def test_a_signed_token_is_read_back_and_its_signature_fits() -> None:
    text = signed_tokens.sign(CLAIMS, KEY, type_="at+jwt")
    token = signed_tokens.read(text)
    assert token is not None
    assert token.header == {"alg": "RS256", "kid": KEY.kid, "typ": "at+jwt"}
    assert token.claims == CLAIMS
    assert signed_tokens.signature_fits(token, JWKS)


def test_the_same_claims_give_the_same_token() -> None:
    assert signed_tokens.sign(CLAIMS, KEY) == signed_tokens.sign(CLAIMS, KEY)


def hs256(header: dict[str, Any], secret: bytes) -> str:
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, CLAIMS))
    return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def rs512() -> str:
    signed = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "RS512", "kid": KEY.kid}, CLAIMS))
    return f"{signed}.{base64url(PRIVATE.sign(signed.encode(), PKCS1v15(), SHA512()))}"


def with_claims(text: str, claims: dict[str, Any]) -> str:
    header, _, signature = text.split(".")
    return ".".join([header, base64url(json.dumps(claims).encode()), signature])


def forgeries() -> dict[str, str]:
    genuine = signed_tokens.sign(CLAIMS, KEY)
    header, payload, signature = genuine.split(".")
    public = PRIVATE.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    rs256 = {"alg": "RS256", "kid": KEY.kid}
    mine = other_key().public_key().public_numbers()
    jwk = {"kty": "RSA", "n": base64url(mine.n.to_bytes(256, "big")), "e": "AQAB", "kid": KEY.kid}
    none = base64url(json.dumps({"alg": "none", "kid": KEY.kid}).encode())
    too_long = b'{"exp":' + b"9" * 5000 + b"}"
    return {
        "alg none, no signature": f"{none}.{payload}.",
        "alg none, old signature": f"{none}.{payload}.{signature}",
        "the signature dropped": f"{header}.{payload}.",
        "HS256 with the public key as secret": hs256({"alg": "HS256", "kid": KEY.kid}, pem),
        "HS256 with the modulus as secret": hs256({"alg": "HS256", "kid": KEY.kid}, KEY.public_jwk()["n"].encode()),
        "RS512 with the right key": rs512(),
        "RS256 written small": compact({"alg": "rs256", "kid": KEY.kid}, CLAIMS),
        "another key under the same kid": compact(rs256, CLAIMS, other_key()),
        "the key in the token": compact({**rs256, "jwk": jwk}, CLAIMS, other_key()),
        "the key at an address": compact({**rs256, "jku": "https://evil.example/jwks.json"}, CLAIMS, other_key()),
        "an unknown kid": compact({"alg": "RS256", "kid": "other"}, CLAIMS),
        "padding behind the signature": f"{genuine}==",
        "padding behind the claims": f"{header}.{payload}=.{signature}",
        "an extension that has to be understood": compact({**rs256, "crit": ["exp"]}, CLAIMS),
        "a number that is none in JSON": compact(rs256, {**CLAIMS, "exp": float("inf")}),
        "a header with such a number": compact({**rs256, "x": float("nan")}, CLAIMS),
        "half of a surrogate pair": compact(rs256, {**CLAIMS, "sub": "\ud800"}),
        "a path as kid": compact({"alg": "RS256", "kid": "../../dev/null"}, CLAIMS),
        "a list as kid": compact({"alg": "RS256", "kid": [KEY.kid]}, CLAIMS),
        "other claims": with_claims(genuine, {**CLAIMS, "sub": "user-mallory"}),
        "a later exp": with_claims(genuine, {**CLAIMS, "exp": 2_000_000_001}),
        "a signature cut short": genuine[:-4],
        "a character from outside the alphabet in the signature": f"{header}.{payload}.{signature[:-1]}!{signature[-1]}",
        "a character from outside ASCII in the claims": f"{header}.{payload[:9]}é{payload[9:]}.{signature}",
        "a line end in the signature": f"{genuine}\n",
        "claims that are a list": compact(rs256, ["sub"]),
        "five parts, as of an encrypted token": f"{genuine}.{payload}.{signature}",
        "two parts": f"{header}.{payload}",
        "an empty text": "",
        "a lone surrogate": "\udcff",
        "claims nested too deep": f"{header}.{base64url(b'[' * 100_000)}.{signature}",
        "a number too long": f"{header}.{base64url(too_long)}.{signature}",
    }


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in forgeries().items()])
def test_a_forged_token_does_not_pass(text: str) -> None:
    token = signed_tokens.read(text)
    assert token is None or not signed_tokens.signature_fits(token, JWKS)


def test_a_key_of_another_kind_in_the_document_is_passed_over() -> None:
    token = signed_tokens.read(signed_tokens.sign(CLAIMS, KEY))
    assert token is not None
    elliptic = {"kty": "EC", "kid": "elliptic", "crv": "P-256", "x": "", "y": ""}
    assert signed_tokens.signature_fits(token, {"keys": [elliptic, KEY.public_jwk()]})
    assert not signed_tokens.signature_fits(token, {"keys": [elliptic]})
    assert not signed_tokens.signature_fits(token, {})


RSA = KEY.public_jwk()
ELLIPTIC = {"kty": "EC", "kid": KEY.kid, "crv": "P-256", "x": "AA", "y": "AA"}
NOT_FOR_THIS: list[Any] = [
    {**RSA, "use": "enc"},
    {**RSA, "alg": "RSA-OAEP"},
    {**RSA, "alg": "PS256"},
    {**RSA, "key_ops": ["encrypt"]},
    ELLIPTIC,
    {"kty": "oct", "kid": KEY.kid, "k": "AA"},
    {**RSA, "n": "%", "e": "AQAB"},
    {**RSA, "n": None},
    {"kid": KEY.kid},
    "a text",
    None,
]


@pytest.mark.parametrize("other", NOT_FOR_THIS, ids=str)
def test_of_several_keys_with_one_kid_the_one_that_fits_is_taken(other: Any) -> None:
    token = signed_tokens.read(signed_tokens.sign(CLAIMS, KEY))
    assert token is not None
    for listed in ([other, RSA], [RSA, other]):
        assert signed_tokens.signature_fits(token, {"keys": listed})
    assert not signed_tokens.signature_fits(token, {"keys": [other]})


@pytest.mark.parametrize("lacking", [(), ("use",), ("alg",), ("use", "alg")], ids=str)
def test_a_key_need_not_say_what_it_is_for(lacking: tuple[str, ...]) -> None:
    token = signed_tokens.read(signed_tokens.sign(CLAIMS, KEY))
    assert token is not None
    key = {name: value for name, value in RSA.items() if name not in lacking}
    assert signed_tokens.signature_fits(token, {"keys": [ELLIPTIC, {**key, "key_ops": ["verify"]}]})


def test_a_token_needs_a_kid_only_where_there_are_several_keys_that_fit() -> None:
    token = signed_tokens.read(compact({"alg": "RS256"}, CLAIMS))
    assert token is not None
    second = signed_tokens.published_keys()[1].public_jwk()
    assert signed_tokens.signature_fits(token, {"keys": [ELLIPTIC, RSA]})
    assert not signed_tokens.signature_fits(token, {"keys": [RSA, second]})
    assert not signed_tokens.signature_fits(token, {"keys": [second]})


@pytest.mark.parametrize("keys", [None, "keys", 5, {}, {"n": 1}], ids=str)
def test_a_document_without_a_list_of_keys_has_no_key(keys: object) -> None:
    assert signed_tokens.find_key({"keys": keys}, KEY.kid) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
segments = (
    st.text(max_size=20)
    | st.binary(max_size=20).map(base64url)
    | json_values.map(lambda value: base64url(json.dumps(value).encode()))
    | st.sampled_from([*signed_tokens.sign(CLAIMS, KEY).split("."), base64url(b'{"alg":"RS256"}')])
)
surrogates = st.text(st.characters(codec=None))


@given(st.lists(segments, max_size=6).map(".".join) | surrogates)
def test_no_text_makes_the_reader_raise(text: str) -> None:
    token = signed_tokens.read(text)
    if token is not None and signed_tokens.signature_fits(token, JWKS):
        assert token.claims == CLAIMS
    assert len(signed_tokens.left_half_hash(text)) == 22


@given(header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "zip"]), json_values))
def test_no_header_makes_the_reader_raise_or_passes_unless_it_is_the_right_one(header: dict[str, Any]) -> None:
    token = signed_tokens.read(compact(header, CLAIMS))
    if token is not None and signed_tokens.signature_fits(token, JWKS):
        assert (header["alg"], header.get("kid") or KEY.kid) == ("RS256", KEY.kid)


def test_no_character_of_a_signed_token_can_be_changed() -> None:
    genuine = signed_tokens.sign(CLAIMS, KEY)
    last = len(genuine) - 1  # Its last bits are padding, so a lenient reader takes 16 characters for the same.
    changes = [(place, "A" if char != "A" else "B") for place, char in enumerate(genuine)]
    changes += [(last, char) for char in string.ascii_letters + string.digits + "-_" if char != genuine[last]]
    for place, char in changes:
        token = signed_tokens.read(genuine[:place] + char + genuine[place + 1 :])
        assert token is None or not signed_tokens.signature_fits(token, JWKS), (place, char)
