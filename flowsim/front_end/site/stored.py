"""A player or a question out of what a notebook stores of it: the data alone, for a page that has the program already.

A stored output has a frame, and in it a page with its data packed (flowsim/front_end/packed.py). Here that is taken out,
also of a page that was stored when all of it was packed as one.
"""

import gzip
import json
import re
from base64 import b64decode
from html import unescape
from typing import Any, Literal, NamedTuple

from flowsim.front_end.packed import unpacked
from flowsim.front_end.pool import values_of
from flowsim.views.formats.trace_json import VERSION
from flowsim.views.formats.version_2 import for_today

_FRAME = re.compile(
    r'<iframe class="flowsim-player"[^>]*? srcdoc="([^"]*)"[^>]*></iframe>(?:<script>.*?</script>)?', re.DOTALL
)
_PACKED = re.compile(r'atob\("([A-Za-z0-9+/=]*)"\)')
_ID = re.compile(r'\.id = "(trace|asked)";')
_DATA = re.compile(r'<script type="application/json" id="(trace|asked)">(.*?)</script>', re.DOTALL)
KINDS: dict[str, Literal["player", "question"]] = {"trace": "player", "asked": "question"}


class Part(NamedTuple):
    """What is mounted in a page: a player with its payload, or a question with what it hides."""

    kind: Literal["player", "question"]
    data: dict[str, Any]


def cut(html: str) -> list[str | Part]:
    """This stored output as pieces: HTML as it is, and between it the parts. What is no frame of ours stays HTML."""
    pieces: list[str | Part] = []
    end = 0
    for found in _FRAME.finditer(html):
        if part := _part(unescape(found[1])):
            pieces += [html[end : found.start()], part]
            end = found.end()
    return [piece for piece in (*pieces, html[end:]) if piece]


def _part(inside: str) -> Part | None:
    if (text := unpacked(inside, "packed-data")) and (id_ := _ID.search(inside)):
        return Part("player", values_of(text)[0]) if id_[1] == "trace" else Part("question", json.loads(text))
    packed = _PACKED.search(inside)
    page = gzip.decompress(b64decode(packed[1])).decode() if packed else inside
    data = _DATA.search(page)
    if not data:
        return None
    kind, held = KINDS[data[1]], json.loads(data[2])
    return Part(kind, _today(held) if kind == "player" else held)


def _today(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload that was stored before the last change of its form, as it is today."""
    asks = [ask | {"before": _branches(ask["before"])} for ask in payload["asks"]]
    return payload | {"version": VERSION, "branches": _branches(payload["branches"]), "asks": asks}


def _branches(stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [branch | {"trace": for_today(branch["trace"])} for branch in stored]
