"""PKCE against the vectors of RFC 7636 and OAuth 2.1, at the edges of its grammar, and against guesses."""

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.protocol import pkce

UNRESERVED = string.ascii_letters + string.digits + "-._~"

# RFC 7636 appendix B.
OCTETS_TEXT = """
116 24 223 180 151 153 224 37 79 250 96 125 216 173 187 186 22 212 37 77 105 214 191 240 91 88 5 88 83 132 141 121
"""
DIGEST_TEXT = """
19 211 30 150 26 26 216 236 47 22 177 12 76 152 46 8 118 168 120 173 109 241 68 86 110 225 137 74 203 112 249 195
"""
OCTETS = bytes(map(int, OCTETS_TEXT.split()))
DIGEST = bytes(map(int, DIGEST_TEXT.split()))
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

verifiers = st.text(UNRESERVED, min_size=43, max_size=128)


def test_base64url_is_that_of_appendix_a() -> None:
    assert pkce.base64url(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"


def test_verifier_and_challenge_are_those_of_appendix_b() -> None:
    assert pkce.verifier_from(OCTETS) == VERIFIER
    assert hashlib.sha256(VERIFIER.encode("ascii")).digest() == DIGEST
    assert pkce.base64url(DIGEST) == CHALLENGE
    assert pkce.challenge_for(VERIFIER, "S256") == CHALLENGE


def test_the_second_vector_is_that_of_oauth_2_1() -> None:
    verifier = "3641a2d12d66101249cdf7a79c000c1f8c05d2aafcf14bf146497bed"
    assert pkce.challenge_for(verifier, "S256") == "6fdkQaPm51l13DSukcAH3Mdx7_ntecHYd1vi3n0hMZY"


def test_the_hash_is_taken_over_the_text_and_not_over_the_octets() -> None:
    assert pkce.challenge_for(VERIFIER, "S256") != pkce.base64url(hashlib.sha256(OCTETS).digest())


@pytest.mark.parametrize("octets", [b"", bytes(31), bytes(33)], ids=len)
def test_a_verifier_is_made_from_exactly_32_octets(octets: bytes) -> None:
    with pytest.raises(ValueError, match=f"from 32 random octets, not from {len(octets)}"):
        pkce.verifier_from(octets)


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("a" * 42, False),
        ("a" * 43, True),
        ("a" * 128, True),
        ("a" * 129, False),
        (UNRESERVED, True),
        ("", False),
        ("a" * 43 + "\n", False),
        ("é" * 43, False),
        ("٣" * 43, False),
        *(("a" * 43 + char, False) for char in " +/=%\"'\\\0"),
    ],
)
def test_length_and_alphabet_are_those_of_the_grammar(text: str, fine: bool) -> None:
    assert pkce.well_formed(text) is fine


def test_plain_compares_the_verifier_itself_and_s256_its_hash() -> None:
    assert pkce.challenge_for(VERIFIER, "plain") == VERIFIER
    assert pkce.verify(VERIFIER, VERIFIER, "plain")
    assert not pkce.verify(VERIFIER, VERIFIER, "S256")
    assert pkce.verify(VERIFIER, CHALLENGE, "S256")
    assert not pkce.verify(VERIFIER, CHALLENGE, "plain")
    assert not pkce.verify(CHALLENGE, CHALLENGE, "S256")


@given(verifier=verifiers, method=st.sampled_from(pkce.METHODS))
def test_every_verifier_fits_its_own_challenge(verifier: str, method: pkce.Method) -> None:
    assert pkce.verify(verifier, pkce.challenge_for(verifier, method), method)


@given(verifier=verifiers, guess=verifiers | st.text(), method=st.sampled_from(pkce.METHODS))
def test_only_the_verifier_fits(verifier: str, guess: str, method: pkce.Method) -> None:
    assert pkce.verify(guess, pkce.challenge_for(verifier, method), method) is (guess == verifier)


@given(octets=st.binary(min_size=32, max_size=32))
def test_32_octets_make_43_characters_of_the_right_alphabet(octets: bytes) -> None:
    verifier = pkce.verifier_from(octets)
    assert len(verifier) == 43
    assert pkce.well_formed(verifier)
    assert pkce.well_formed(pkce.challenge_for(verifier, "S256"))


@given(text=st.text())
def test_whatever_is_well_formed_matches_the_grammar_letter_by_letter(text: str) -> None:
    assert pkce.well_formed(text) is (43 <= len(text) <= 128 and set(text) <= set(UNRESERVED))
