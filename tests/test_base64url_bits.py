"""The picture of base64url shows the bits of the octets, the zeros added, and the characters that the RFC prints."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.lessons.base64url_bits import base64url_bits, bits_dot
from flowsim.protocol.pkce import base64url

APPENDIX_A = bytes([3, 236, 255, 224, 193])


def labels(dot: str, kind: str) -> list[str]:
    return re.findall(rf'\b{kind}_\d+ \[label="?(.+?)"? color', dot)


def test_the_example_of_rfc_7636_appendix_a() -> None:
    dot = bits_dot(APPENDIX_A)
    assert labels(dot, "octet") == ["3", "236", "255", "224", "193"]
    assert "".join(labels(dot, "letter")) == "A-z_4ME"
    assert dot.count("style=dashed") == 2
    told = base64url_bits(APPENDIX_A)
    assert "characters  A - z _ 4 M E" in told.text
    assert "zeros added at the end: 2" in told.text
    assert told.svg.startswith("<svg")


@given(st.binary(min_size=1, max_size=6))
def test_every_bit_and_every_character_has_its_box(octets: bytes) -> None:
    dot = bits_dot(octets)
    bits = labels(dot, "bit")
    written = "".join(labels(dot, "letter"))
    assert written == base64url(octets)
    assert len(bits) == 6 * len(written)
    assert "".join(bits[: 8 * len(octets)]) == "".join(f"{octet:08b}" for octet in octets)
    assert dot.count("style=dashed") == len(bits) - 8 * len(octets)


@pytest.mark.parametrize("octets", [b"", bytes(7)], ids=len)
def test_nothing_and_too_much_are_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="1 to 6 octets"):
        base64url_bits(octets)
