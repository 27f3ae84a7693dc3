"""How base64url writes octets: the same bits in groups of eight above, and in groups of six below.

The last group is filled up with zeros, which no octet has; they stand in dashed boxes.

Source: RFC 4648 sections 4 and 5.
"""

import graphviz

from flowsim.protocol.pkce import base64url
from flowsim.views.pictures.picture import Picture
from flowsim.views.pictures.svg import BOLD, SANS, inert, svg

MOST_OCTETS = 6
_INK, _SOFT, _OCTET, _LETTER, _WHITE = "#1c2430", "#5b6675", "#dfe9fb", "#fff4cc", "#ffffff"
_BIT, _TALL, _GAP, _MARGIN = 16, 28, 6, 4


def base64url_bits(octets: bytes) -> Picture:
    """The bits of a few octets and the characters that base64url writes for them; at most six, or ValueError."""
    if not 0 < len(octets) <= MOST_OCTETS:
        raise ValueError(f"a picture holds 1 to {MOST_OCTETS} octets, not {len(octets)}")
    return Picture(svg(bits_dot(octets), "nop2"), _words(octets))


def bits_dot(octets: bytes) -> str:
    """The DOT text of the picture, for the engine `nop2`; its points are pixels."""
    line, filled, written = _bits(octets), _filled(octets), base64url(octets)
    dot = graphviz.Digraph("Base64url")
    dot.attr("graph", pad="0.05", bgcolor=_WHITE)
    dot.attr("node", fontname=SANS, fontsize="14", fixedsize="true", shape="box", style="filled", fontcolor=_INK)

    def box(name: str, text: str, first: int, many: int, row: int, **look: str) -> None:
        middle = _MARGIN + _BIT * (first + many / 2)
        place = {"pos": f"{middle:g},{-(_TALL + _GAP) * row:g}"}
        size = {"width": f"{(_BIT * many - 4) / 72:.4f}", "height": f"{_TALL / 72:.4f}"}
        dot.node(name, inert(text), **place, **size, **look)

    for number, octet in enumerate(octets):
        box(f"octet_{number}", str(octet), 8 * number, 8, 0, fillcolor=_OCTET, color=_INK)
    for number, bit in enumerate(filled):
        added = number >= len(line)
        look = {"style": "dashed", "color": _SOFT, "fontcolor": _SOFT} if added else {"color": _WHITE}
        box(f"bit_{number}", bit, number, 1, 1, fillcolor=_WHITE, **look)
    for number, letter in enumerate(written):
        box(f"letter_{number}", letter, 6 * number, 6, 2, fillcolor=_LETTER, color=_INK, fontname=BOLD)
    text: str = dot.source
    return text


def _bits(octets: bytes) -> str:
    return "".join(f"{octet:08b}" for octet in octets)


def _filled(octets: bytes) -> str:
    line = _bits(octets)
    return line.ljust(-(-len(line) // 6) * 6, "0")


def _words(octets: bytes) -> str:
    filled = _filled(octets)
    added = len(filled) - len(_bits(octets))
    rows = (
        f"octets      {' '.join(map(str, octets))}",
        f"eight bits  {' '.join(f'{octet:08b}' for octet in octets)}",
        f"six bits    {' '.join(filled[start : start + 6] for start in range(0, len(filled), 6))}",
        f"characters  {' '.join(base64url(octets))}",
    )
    return "\n".join((*rows, f"zeros added at the end: {added}"))
