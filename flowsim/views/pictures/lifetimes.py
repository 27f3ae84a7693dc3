"""How long everything lives: a bar for the code and for each token, from its issue to the moment it is good no more.

The columns are the moments at which something begins or ends, and at which time stood still for the reader: the distance
between two columns says nothing, their labels do. A bar that ends early says why: used, exchanged, revoked. The bar of a
JWT goes on where it was revoked, because an API that checks it by itself cannot know.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import graphviz

from flowsim.model.timeline import roughly
from flowsim.model.world import RefreshRecord, World
from flowsim.simulation.simulation import Trace
from flowsim.views.pictures.picture import Picture
from flowsim.views.pictures.svg import BOLD, SANS, inert, inert_tooltip, svg

_INK, _SOFT, _LINE, _LIVE, _LIT, _WHITE = "#1c2430", "#5b6675", "#c9ced6", "#dfe9fb", "#fff4cc", "#ffffff"
_ROW, _NAME_WIDTH, _COLUMN, _TOP, _MARGIN, _WORD = 40, 150, 104, 34, 12, 80


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lives from one second to another, both since 1970, and what ended it before its time."""

    name: str
    begins: int
    ends: int
    why: str


def lifetimes(trace: Trace) -> Picture:
    """The lifetimes of the codes and of the tokens of this trace, as a picture and in words, a line for each.

    Raises DrawingError where no Graphviz is there to draw with.
    """
    start, now = trace.worlds[0].now, trace.worlds[-1].now
    spans = tuple(spans_of(trace))
    return Picture(svg(lifetimes_dot(spans, start, now), "nop2"), "\n".join(_words(spans, start, now)))


def spans_of(trace: Trace) -> Iterator[Span]:
    """What lives or lived in this trace: codes, access tokens, refresh tokens, in the order of their issue."""
    worlds = trace.worlds
    for issuer, server in worlds[-1].servers.items():
        for code, grant in server.grants.items():
            used = _first(tuple(world.servers[issuer].grants.get(code) for world in worlds), worlds, "used")
            begins = grant.expires - server.settings.code_lifetime
            yield Span("code", begins, used or grant.expires, "used" if used else "")
        for number, access in enumerate(server.access_tokens.values(), start=1):
            yield Span(
                f"access token {number}", access.expires - server.settings.access_token_lifetime, access.expires, ""
            )
        for number, (token, record) in enumerate(server.refresh_tokens.items(), start=1):
            yield Span(f"refresh token {number}", record.issued, *_end_of(worlds, issuer, token, record))


def _end_of(worlds: tuple[World, ...], issuer: str, token: str, record: RefreshRecord) -> tuple[int, str]:
    """When a refresh token is good no more, and why, where it is not for its age."""
    records = tuple(world.servers[issuer].refresh_tokens.get(token) for world in worlds)
    revoked = _first(records, worlds, "revoked")
    if record.rotated is not None and (revoked is None or record.rotated <= revoked):
        return record.rotated, "exchanged"
    natural = min(record.idle_until, record.expires)
    return (revoked, "revoked") if revoked is not None and revoked < natural else (natural, "")


def _first(things: tuple[Any, ...], worlds: tuple[World, ...], what: str) -> int | None:
    """When this first was true of a thing, which is given as it was in each of the worlds; None where it never was."""
    return next((world.now for thing, world in zip(things, worlds, strict=True) if getattr(thing, what, False)), None)


def lifetimes_dot(spans: tuple[Span, ...], start: int, now: int) -> str:
    """The DOT text of the picture, for the engine `nop2`; its points are pixels."""
    moments = sorted({start, now, *(span.begins for span in spans), *(span.ends for span in spans)})
    x = {moment: _NAME_WIDTH + _MARGIN + 30 + _COLUMN * number for number, moment in enumerate(moments)}
    height = _TOP + _ROW * len(spans) + _MARGIN
    dot = graphviz.Digraph("Lifetimes")
    dot.attr("graph", pad="0", bgcolor=_WHITE)
    dot.attr("node", fontname=SANS, fontsize="13", fixedsize="true", shape="box", style="filled", color="transparent")
    dot.attr("edge", arrowhead="none", color=_LINE)

    def box(name: str, text: str, middle: float, top: float, width: float, tall: float, **look: str) -> None:
        place = {"pos": f"{middle:g},{height - top:g}", "width": f"{width / 72:.4f}", "height": f"{tall / 72:.4f}"}
        dot.node(name, inert(text), **place, **look)

    for number, moment in enumerate(moments):
        lit = {"fontname": BOLD, "fillcolor": _LIT} if moment == now else {"fillcolor": _WHITE}
        box(f"at_{number}", _when(moment - start), x[moment], _TOP / 2, _COLUMN - 6, 22, fontcolor=_INK, **lit)
    bar = {"fillcolor": _LIVE, "color": _INK, "class": "span"}
    for number, span in enumerate(spans):
        middle = _TOP + _ROW * (number + 0.5)
        box(f"name_{number}", span.name, _NAME_WIDTH / 2, middle, _NAME_WIDTH, 24, fontcolor=_INK, fillcolor=_WHITE)
        left, right = x[span.begins], max(x[span.ends], x[span.begins] + 8)
        told = inert_tooltip(_told(span, start))
        box(f"span_{number}", "", (left + right) / 2, middle, right - left, 22, **bar, tooltip=told)
        narrow = right - left < _WORD
        place = right + _WORD / 2 + 4 if narrow else (left + right) / 2
        box(f"why_{number}", span.why, place, middle, _WORD, 20, fontcolor=_SOFT, fillcolor="transparent")
    text: str = dot.source
    return text


def _when(seconds: int) -> str:
    return roughly(seconds) or "login"


def _words(spans: tuple[Span, ...], start: int, now: int) -> Iterator[str]:
    yield f"Now it is {roughly(now - start)} after the login began." if now > start else "Now is the time of the login."
    for span in spans:
        yield _told(span, start)


def _told(span: Span, start: int) -> str:
    begins = f"{roughly(span.begins - start)} after the login" if span.begins > start else "the login"
    lives = f"lives for {roughly(span.ends - span.begins)}" if span.ends > span.begins else "lives for an instant"
    return f"{span.name}: from {begins}, {lives}{f', {span.why}' if span.why else ''}."
