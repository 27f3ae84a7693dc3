"""The two implementations of the cryptography: the vectors of the RFCs, and one answer to whatever comes.

The package `cryptography` is the judge of the plain one: whatever is signed, changed at random or made up, both say alike.
"""

import hashlib
import os
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim.protocol import dpop, keys, signed_tokens, totp
from flowsim.protocol.keys import P256Public, RsaPublic, plain, plain_scrypt, with_cryptography
from flowsim.protocol.pkce import base64url
from flowsim.protocol.signed_tokens import decoded

BOTH = pytest.mark.parametrize("made_by", [plain, with_cryptography], ids=["plain", "cryptography"])
FIRST, SECOND = (key.private for key in signed_tokens.published_keys())
BASE_ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, made_by: ModuleType) -> None:
    """The module of all keys, with this implementation."""
    monkeypatch.setattr(keys, "_implementation", lambda: made_by)


def octets(text: str) -> bytes:
    found = decoded("".join(text.split()))
    assert found is not None
    return found


# ---- Vectors

A2 = (
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
A2_SIGNATURE = """
cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t
1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j
zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ
Ge77Rw
"""
COOKBOOK = """eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9
.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlv
dSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4"""
COOKBOOK_SIGNATURE = """MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmK
ZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4J
IwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8w
W1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluP
xUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_f
cIe8u9ipH84ogoree7vjbU5y18kDquDg"""


@BOTH
@pytest.mark.usefixtures("use")
@pytest.mark.parametrize(
    ("key", "text", "signature"),
    [(FIRST, A2, A2_SIGNATURE), (SECOND, COOKBOOK, COOKBOOK_SIGNATURE)],
    ids=["RFC 7515 A.2", "RFC 7520 4.1"],
)
def test_rs256_is_that_of_the_specifications(key: keys.RsaPrivate, text: str, signature: str) -> None:
    signed, expected = "".join(text.split()).encode(), octets(signature)
    assert keys.rs256(key, signed) == expected
    assert keys.rs256_fits(key.public, signed, expected)
    assert not keys.rs256_fits(key.public, signed + b".", expected)


@BOTH
@pytest.mark.usefixtures("use")
def test_es256_is_that_of_rfc_7515() -> None:
    """Appendix A.3."""
    text = A2.replace("eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJFUzI1NiJ9").encode()
    signature = octets("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
    key = keys.p256_public(
        octets("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), octets("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
    )
    assert key is not None
    assert keys.es256_fits(key, text, signature)
    assert not keys.es256_fits(key, text + b".", signature)


@BOTH
@pytest.mark.usefixtures("use")
@pytest.mark.parametrize(
    ("private", "public", "text", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
            "655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
            "b00d291612bb0c00",
        ),
    ],
    ids=["test 1", "test 2"],
)
def test_ed25519_is_that_of_rfc_8032(private: str, public: str, text: str, signature: str) -> None:
    """Section 7.1."""
    key, shown, said, expected = (bytes.fromhex(one) for one in (private, public, text, signature))
    assert keys.ed25519_public(key) == shown
    assert keys.ed25519(key, said) == expected
    assert keys.ed25519_fits(shown, said, expected)
    assert not keys.ed25519_fits(shown, said + b"\0", expected)


def test_scrypt_is_that_of_rfc_7914() -> None:
    """Section 12, the first vector; what a second costs the others cost many times."""
    expected = (
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
    )
    assert plain_scrypt.scrypt(b"", b"", n=16, r=1, p=1, length=64).hex() == expected


@pytest.mark.parametrize(("n", "r", "p", "length"), [(2, 1, 1, 1), (16, 8, 1, 32), (64, 2, 3, 77), (256, 1, 1, 33)])
def test_plain_scrypt_is_that_of_hashlib(n: int, r: int, p: int, length: int) -> None:
    expected = hashlib.scrypt(b"password", salt=b"NaCl", n=n, r=r, p=p, dklen=length)
    assert plain_scrypt.scrypt(b"password", b"NaCl", n=n, r=r, p=p, length=length) == expected


@pytest.mark.parametrize(
    ("now", "digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_a_one_time_code_is_that_of_rfc_6238(now: int, digits: str) -> None:
    """Appendix B has eight digits; six are the last six of them (RFC 4226 section 5.3)."""
    secret = "12345678901234567890"
    assert totp.code_at(secret, now) == digits[-6:]
    assert totp.fits(secret, digits[-6:], now)
    assert not totp.fits(secret, digits, now)
    assert not totp.fits(secret, "½", now)


# ---- One against the other


def agreed(name: str, *given: Any) -> bool:
    """What both say of a signature, through the module that looks at numbers and lengths first."""
    said = []
    for made_by in (plain, with_cryptography):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keys, "_implementation", lambda made_by=made_by: made_by)
            said.append(getattr(keys, name)(*given))
    assert said[0] == said[1], (name, given, said)
    answer: bool = said[0]
    return answer


def changed(octets: bytes, draw: random.Random) -> bytes:
    """These octets with a bit turned over, one octet less or more, or others altogether."""
    at = draw.randrange(len(octets) * 8)
    turned = (int.from_bytes(octets, "big") ^ 1 << at).to_bytes(len(octets), "big")
    return draw.choice([turned, octets[1:], octets[:-1], b"\0" + octets, octets + b"\0", draw.randbytes(len(octets))])


@given(st.integers(0, 2**64), st.binary(max_size=99))
@settings(max_examples=25)
def test_both_sign_and_verify_alike(seed: int, text: bytes) -> None:
    draw, private = random.Random(seed), random.Random(seed).randbytes(32)
    key = draw.choice([FIRST, SECOND])
    signature = plain.rs256(key, text)
    assert signature == with_cryptography.rs256(key, text)
    assert agreed("rs256_fits", key.public, text, signature)
    assert not agreed("rs256_fits", key.public, text, changed(signature, draw))
    shorter = (int.from_bytes(signature, "big") + key.public.n).to_bytes(257, "big")
    assert not agreed("rs256_fits", key.public, text, shorter[-256:])
    for made_by in (plain, with_cryptography):
        salted = made_by.ps256(key, text)
        assert agreed("ps256_fits", key.public, text, salted)
        assert not agreed("ps256_fits", key.public, text, changed(salted, draw))
        assert not agreed("rs256_fits", key.public, text, salted)
    public, signed = plain.ed25519_public(private), plain.ed25519(private, text)
    assert (public, signed) == (with_cryptography.ed25519_public(private), with_cryptography.ed25519(private, text))
    assert agreed("ed25519_fits", public, text, signed)
    assert not agreed("ed25519_fits", public, text, changed(signed, draw))
    assert not agreed("ed25519_fits", changed(public, draw), text, signed)
    larger = int.from_bytes(signed[32:], "little") + BASE_ORDER
    assert not agreed("ed25519_fits", public, text, signed[:32] + larger.to_bytes(32, "little"))


@pytest.mark.parametrize("bits", [1024, 1025, 1026, 1031, 1032, 1033, 1536, 2049])
def test_a_modulus_of_any_length_is_filled_alike(bits: int) -> None:
    """PSS and PKCS #1 v1.5 fill the octets that a modulus has; eight lengths lie differently in an octet (RFC 8017 §9)."""
    numbers = rsa.generate_private_key(public_exponent=65537, key_size=bits).private_numbers()
    public = RsaPublic(numbers.public_numbers.n, numbers.public_numbers.e)
    key = keys.RsaPrivate(public, numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    assert plain.rs256(key, b"text") == with_cryptography.rs256(key, b"text")
    for made_by in (plain, with_cryptography):
        assert agreed("ps256_fits", public, b"text", made_by.ps256(key, b"text"))
        assert agreed("rs256_fits", public, b"text", made_by.rs256(key, b"text"))


@pytest.mark.parametrize("bits", [16, 256, 480, 496, 512, 528, 1023, 2048, 3072, 3073, 16385])
def test_numbers_that_make_no_good_key_are_refused_alike(bits: int) -> None:
    """Even, too small, too large, or with an exponent that would keep whoever verifies busy."""
    draw = random.Random(bits)
    n = 1 << bits - 1 | draw.getrandbits(bits - 1) | 1
    for modulus in (n, n - 1):
        for e in (0, 1, 2, 3, 4, 65537, 2**64 - 1, 2**64 + 1, modulus - 2, modulus, modulus + 2):
            try:
                rsa.RSAPublicNumbers(e, modulus).public_key()
                theirs = True
            except ValueError:
                theirs = False
            key = keys.rsa_public(modulus, e)
            assert (key is not None) == theirs, (bits, e)
            if key is not None:
                signature = draw.randbytes((bits + 7) // 8)
                assert not agreed("rs256_fits", key, b"text", signature)
                assert not agreed("ps256_fits", key, b"text", signature)


def test_what_is_no_encoding_of_a_point_is_no_ed25519_key() -> None:
    """RFC 8032 section 5.1.3: a coordinate from 2^255 - 19 on, and a negative 0. The first half is compared as octets."""
    prime = 2**255 - 19
    zero_scalar = bytes(32)
    for y in [*range(prime - 2, 2**255), *range(40)]:
        for sign in (0, 1):
            public = (y | sign << 255).to_bytes(32, "little")
            for commitment in (public, (1).to_bytes(32, "little")):
                fits = agreed("ed25519_fits", public, b"text", commitment + zero_scalar)
                assert not (fits and (y >= prime or (sign and y in (1, prime - 1))))


def test_es256_is_judged_alike() -> None:
    draw = random.Random(7)
    order = 2**256 - 2**224 + 2**192 - 0x4319055258E8617B0C46353D039CDAAF
    for number in range(12):
        private = ec.derive_private_key(draw.choice([1, 2, order - 1, draw.randrange(1, order)]), ec.SECP256R1())
        point = private.public_key().public_numbers()
        key = keys.p256_public(point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big"))
        assert key is not None
        text = b"text %d" % number
        r, s = decode_dss_signature(private.sign(text, ec.ECDSA(SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        assert agreed("es256_fits", key, text, signature)
        assert agreed("es256_fits", key, text, r.to_bytes(32, "big") + (order - s).to_bytes(32, "big"))
        assert not agreed("es256_fits", key, text, changed(signature, draw))
        for odd in (0, order, order + 1, 2**256 - 1):
            assert not agreed("es256_fits", key, text, odd.to_bytes(32, "big") + signature[32:])
            assert not agreed("es256_fits", key, text, signature[:32] + odd.to_bytes(32, "big"))


@pytest.mark.parametrize("change", [(1, 0), (0, 1), (keys.P256, 0), (0, keys.P256)])
def test_what_is_no_point_of_p256_is_no_key(change: tuple[int, int]) -> None:
    point = ec.derive_private_key(5, ec.SECP256R1()).public_key().public_numbers()
    x, y = ((one + more) % 2**256 for one, more in zip((point.x, point.y), change, strict=True))
    assert keys.p256_public(x.to_bytes(32, "big"), y.to_bytes(32, "big")) is None
    assert keys.p256_public(bytes(32), bytes(32)) is None
    assert keys.p256_public(point.x.to_bytes(33, "big"), point.y.to_bytes(32, "big")) is None
    with pytest.raises(ValueError, match="key"):
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def test_adding_points_has_no_exception() -> None:
    """A sum in which a point meets itself, its opposite or nothing: u1 and u2 of FIPS 186-5 with a key that one knows."""
    from flowsim.protocol.keys import plain_p256

    base = plain_p256._BASE
    opposite = (base[0], -base[1] % keys.P256, 1)
    assert plain_p256._sum(base, opposite)[2] == 0
    assert plain_p256._weighed(5, 5, opposite)[2] == 0
    x, y, z = plain_p256._weighed(3, 4, base)
    expected = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_numbers()
    inverse = pow(z, -1, keys.P256)
    assert P256Public(x * inverse % keys.P256, y * inverse % keys.P256) == P256Public(expected.x, expected.y)


@pytest.mark.parametrize("key", [FIRST, SECOND])
def test_a_public_key_is_written_in_pem_as_the_library_writes_it(key: keys.RsaPrivate) -> None:
    theirs = rsa.RSAPublicNumbers(key.public.e, key.public.n).public_key()
    assert keys.pem(key.public) == theirs.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("key", signed_tokens.published_keys(), ids=["RFC 7515", "RFC 7520"])
def test_a_published_key_is_a_good_one_and_comes_back_from_its_jwk(key: signed_tokens.SigningKey) -> None:
    """It is validated here, so that nothing needs to validate it while it is used."""
    one = key.private
    public = rsa.RSAPublicNumbers(one.public.e, one.public.n)
    rsa.RSAPrivateNumbers(one.p, one.q, one.d, one.dp, one.dq, one.qi, public).private_key()
    assert keys.rsa_private(keys.private_jwk(one)) == one
    assert str(one.d) not in repr(one)


def test_a_fresh_key_is_new_and_signs() -> None:
    one, other = (signed_tokens.fresh_key() for _ in range(2))
    assert one.kid != other.kid
    assert one.private.public.n.bit_length() == 2048
    assert agreed("rs256_fits", one.private.public, b"text", plain.rs256(one.private, b"text"))


def test_a_proof_that_carries_a_private_key_is_not_believed() -> None:
    header = {"typ": dpop.TYPE, "alg": "EdDSA", "jwk": {**dpop.public_jwk(bytes(32)), "d": base64url(bytes(32))}}
    read = dpop.read(signed_tokens.compact(header, {}, lambda text: dpop.sign(bytes(32), text)))
    assert read is not None
    assert not read.signed


# ---- Without `cryptography`

# A Python that has no `cryptography`, no scrypt and nothing else of OpenSSL's, as one in a browser.
_AS_IN_A_BROWSER = """
import hashlib, sys
from importlib.abc import MetaPathFinder

class Lacking(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "cryptography":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Lacking())
del hashlib.scrypt, hashlib.pbkdf2_hmac
"""


def answered(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    around = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=around, timeout=300)


def command(*arguments: str) -> str:
    return f"from flowsim.cli import main\nraise SystemExit(main({list(arguments)}))"


LACKING: dict[str, str] = {}
ASKED_FOR = {"FLOWSIM_CRYPTOGRAPHY": "plain"}  # with which `make plain` plays every cell of the matrix (test_outcomes)


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        *((one, way) for one in ("run --json --seed 7", "run --seed 7 --dpop code") for way in (LACKING, ASKED_FOR)),
        ("matrix", LACKING),
    ],
)
def test_the_same_bytes_come_out_of_plain_python(options: str, environment: dict[str, str]) -> None:
    usual, before = usually(options), "" if environment else _AS_IN_A_BROWSER
    done = answered(before + command(*options.split()), **environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, usual.stdout, usual.stderr)
    assert usual.stdout


@cache
def usually(options: str) -> subprocess.CompletedProcess[str]:
    return answered(command(*options.split()))


def test_every_module_can_be_imported_without_cryptography_save_the_two_that_are_about_it() -> None:
    program = f"""{_AS_IN_A_BROWSER}
import pkgutil
from importlib import import_module
import flowsim, jwt
for one in pkgutil.walk_packages(flowsim.__path__, "flowsim."):
    if not one.name.endswith("__main__"):
        try:
            import_module(one.name)
        except ModuleNotFoundError as error:
            print(one.name)
"""
    done = answered(program)
    assert done.stdout.split() == ["flowsim.live.port.certificate", "flowsim.protocol.keys.with_cryptography"]


def test_nobody_else_imports_cryptography() -> None:
    sources = sorted(Path(keys.__file__).parents[2].rglob("*.py"))
    found = [one for one in sources if "from cryptography" in one.read_text("utf-8")]
    assert {one.name for one in found} == {"certificate.py", "with_cryptography.py"}


def test_pyjwt_verifies_without_cryptography() -> None:
    program = """
import jwt
from flowsim.protocol import signed_tokens
from flowsim.protocol.for_pyjwt import rs256_key
key, other = signed_tokens.published_keys()
text = signed_tokens.sign({"sub": "alice", "exp": 4102444800}, key)
for _ in range(2):
    print(jwt.decode(text, rs256_key(key.public_jwk()), algorithms=["RS256"])["sub"])
for wrong in (rs256_key(other.public_jwk()),):
    try:
        jwt.decode(text, wrong, algorithms=["RS256"])
    except jwt.InvalidSignatureError:
        print("refused")
try:
    rs256_key({"kty": "oct", "k": "AA"})
except jwt.PyJWTError:
    print("no key")
"""
    for before in ("", _AS_IN_A_BROWSER):
        done = answered(before + program)
        assert done.stdout.split("\n") == ["alice", "alice", "refused", "no key", ""], done.stderr


@pytest.mark.parametrize("before", ["", _AS_IN_A_BROWSER])
def test_nothing_is_served_with_plain_python(before: str) -> None:
    done = answered(before + command("serve", "--port", "0"), FLOWSIM_CRYPTOGRAPHY="" if before else "plain")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("flowsim: `serve` needs the package cryptography: ")
    assert done.stderr.count("\n") == 1


def test_a_live_world_within_the_program_needs_no_key_of_its_own_and_gets_no_port() -> None:
    program = f"""{_AS_IN_A_BROWSER}
from flowsim.live.port.server import served
from flowsim.live.world import LiveWorld
from flowsim.protocol import signed_tokens
world = LiveWorld()
print(world.server.keys[0].kid == signed_tokens.published_keys()[0].kid)
for asked in (signed_tokens.fresh_key, lambda: served(world).__enter__()):
    try:
        asked()
    except (RuntimeError, ValueError) as error:
        print(error)
"""
    done = answered(program)
    lines = done.stdout.splitlines()
    assert lines[0] == "True", done.stderr
    assert [line.partition(":")[0] for line in lines[1:]] == [
        "a new RSA key needs the package cryptography",
        "a world on a port needs the package cryptography",
    ]


def test_an_implementation_that_there_is_not_is_refused_in_one_sentence() -> None:
    done = answered(command("run", "--seed", "7"), FLOWSIM_CRYPTOGRAPHY="rust")
    assert done.returncode == 2
    assert (
        done.stderr == "flowsim: the environment variable FLOWSIM_CRYPTOGRAPHY must be 'plain' or not set, not 'rust'\n"
    )


# ---- What is remembered


def flipped(octets: bytes, place: int) -> bytes:
    """These octets with one bit changed."""
    number = place % (8 * len(octets))
    return bytes(one ^ (1 << number % 8 if at == number // 8 else 0) for at, one in enumerate(octets))


@BOTH
@settings(max_examples=25)
@given(text=st.binary(min_size=1, max_size=60), place=st.integers(0, 4095))
def test_a_signature_that_was_found_good_vouches_for_no_other(made_by: ModuleType, text: bytes, place: int) -> None:
    """Nor for another text, nor with another key; and what was found bad does not make a good one bad."""
    edwards, other = hashlib.sha256(text).digest(), hashlib.sha256(text + b".").digest()
    kinds: tuple[tuple[Any, Any, Any, bytes], ...] = (
        (made_by.rs256_fits, FIRST.public, SECOND.public, made_by.rs256(FIRST, text)),
        (
            made_by.ed25519_fits,
            made_by.ed25519_public(edwards),
            made_by.ed25519_public(other),
            made_by.ed25519(edwards, text),
        ),
    )
    for fits, key, another, signature in kinds:
        changed = flipped(signature, place)
        for _ in range(2):  # the second time from memory
            assert not fits(key, text, changed)
            assert fits(key, text, signature)
            assert not fits(key, flipped(text, place), signature)
            assert not fits(another, text, signature)
            assert not fits(key, text + b"\0", signature)


@BOTH
def test_an_es256_signature_that_was_found_good_vouches_for_no_other(made_by: ModuleType) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    r, s = decode_dss_signature(private.sign(b"text", ec.ECDSA(SHA256())))
    signature, point = r.to_bytes(32, "big") + s.to_bytes(32, "big"), private.public_key().public_numbers()
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    key, another = P256Public(point.x, point.y), P256Public(stranger.x, stranger.y)
    for _ in range(2):
        assert made_by.es256_fits(key, b"text", signature)
        assert not any(made_by.es256_fits(key, b"text", flipped(signature, place)) for place in (0, 255, 256, 511))
        assert not made_by.es256_fits(key, b"Text", signature)
        assert not made_by.es256_fits(another, b"text", signature)


@BOTH
def test_what_is_remembered_of_signatures_has_an_end(made_by: ModuleType) -> None:
    for function in (made_by.rs256, made_by.rs256_fits, made_by.ed25519, made_by.ed25519_fits, made_by.es256_fits):
        assert function.cache_info().maxsize is not None
