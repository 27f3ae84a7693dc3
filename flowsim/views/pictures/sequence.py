"""A sequence diagram: one column for each party, one row for each event, and time runs downwards.

We choose every place ourselves and Graphviz only draws (`nop2`), because a layout program bends arrows and moves
rows to save paper, while a reader who steps through a login wants each row to stay where it was. A row has a mark with
its step number, an arrow from sender to receiver, and a label in a box of its own, so that no lifeline cuts the words.

No meaning rests on colour alone. Whatever the attacker does is marked by a hexagon, and its lifeline is dotted; a
message that was refused ends in a cross. The classes (`event-8`, `step-8`, `attack`, `failed`, …) let a page recolour
each row.

Source: the notation is that of UML sequence diagrams; what the rows say comes from the log of a run.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import graphviz

from flowsim.model.steps import ALL_LANES, ATTACKER, WHERE_NEEDED, step_name
from flowsim.views.pictures.svg import BOLD, SANS, inert, inert_tooltip, shorten, text_width

WIDTH = 760
ROW_HEIGHT = 42

_MARGIN = 8
_BADGE_X = 28
_HEADER_WIDTH, _HEADER_HEIGHT = 96, 36
_FIRST_LANE_X, _LAST_LANE_X = 102, WIDTH - 64
_ROWS_TOP = 54
_TEXT_SIZE = 15
_LABEL_HEIGHT = 20
_LONG_LABEL = 340
_LOOP_WIDTH = 34
_TRACKS_X, _TRACK_WIDTH = 46, 32
_TOOLTIP_LENGTH = 300

_INK, _FAINT, _LINE = "#1c2430", "#a9b2be", "#a9b2be"
_RED, _FAINT_RED = "#b3261e", "#dfaeab"
# Of the logins of one user: dark enough for white letters, and unlike the red of an attacker.
_LOGINS = ("#1f5fa8", "#1d7446", "#6d3fa8", "#8a5200", "#00707c", "#565c66")
_WHITE, _PANEL, _PINK, _LIT = "#ffffff", "#f2f4f7", "#fdeceb", "#fff4cc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event as the diagram shows it. Lanes are ids of `steps.LANES`.

    What is `unseen` has happened, and nobody here has seen it.
    `login` names the login that moves, where one user has several: each has a track of its own, left of the lanes.
    `numbered` is False for an act between the steps, whose mark then has no number; `step` is the one it follows. In a
    `pause` nothing is sent: time passes for all.
    """

    index: int
    step: int
    label: str
    sender_lane: str
    receiver_lane: str
    attack: bool = False
    failed: bool = False
    numbered: bool = True
    pause: bool = False
    unseen: bool = False
    tooltip: str = ""
    login: str = ""

    @property
    def to_itself(self) -> bool:
        return self.sender_lane == self.receiver_lane


def sequence_dot(
    rows: Iterable[Row],
    *,
    lanes: Iterable[str] = (),
    current: int | None = None,
    title: str = "Sequence diagram",
) -> str:
    """Return the DOT text of the diagram, for `nop2`; its points are the pixels of `svg`.

    All honest parties have a lane, the attacker where a row needs one or `lanes` names it. With `current`, the index
    of an event, that row is lit and later ones are faint; without it the picture is fit for print.
    """
    text: str = _Diagram(tuple(rows), frozenset(lanes), current, title).dot.source
    return text


class _Diagram:
    """The DOT text under construction. Places are pixels from the top left, while Graphviz counts from the bottom."""

    def __init__(self, rows: tuple[Row, ...], lanes: frozenset[str], current: int | None, title: str) -> None:
        self.rows, self.current = rows, current
        self.height = _ROWS_TOP + ROW_HEIGHT * len(rows) + _MARGIN
        needed = lanes | {row.sender_lane for row in rows} | {row.receiver_lane for row in rows}
        self.lanes = {lane: name for lane, name in ALL_LANES if lane not in WHERE_NEEDED or lane in needed}
        self.logins = [*dict.fromkeys(row.login for row in rows if row.login)]
        first = _FIRST_LANE_X + (_TRACK_WIDTH * len(self.logins) + 6 if self.logins else 0)
        apart = (_LAST_LANE_X - first) / (len(self.lanes) - 1)
        self.left = first - _HEADER_WIDTH / 2
        self.x = {lane: first + apart * number for number, lane in enumerate(self.lanes)}
        self.dot = graphviz.Digraph(inert(title))
        self.dot.attr("graph", pad="0", bgcolor=_WHITE)
        self.dot.attr("node", fontname=SANS, fontsize=f"{_TEXT_SIZE}", fixedsize="true", margin="0.05,0")
        # Graphviz paints a node, then its edges: bands lie below lifelines, lifelines below arrows, labels on top.
        self._frame()
        self._bands()
        self._lifelines()
        self._headers()
        if self.logins:
            self._tracks()
        self._arrows()
        self._badges()
        self._labels()
        if self.logins:
            self._tags()

    def _frame(self) -> None:
        """An invisible box gives every diagram the same width and its full height."""
        self._node("frame", "", (WIDTH / 2, self.height / 2), (WIDTH, self.height), shape="box", style="invis")

    def _bands(self) -> None:
        self.dot.attr("node", shape="box", style="filled,rounded", color="transparent", fillcolor="transparent")
        for top, row in self._tops():
            lit = {"fillcolor": _LIT} if row.index == self.current else {}
            middle, size = (WIDTH / 2, top + ROW_HEIGHT / 2), (WIDTH - 2 * _MARGIN, ROW_HEIGHT - 2)
            self._node(f"band_{row.index}", "", middle, size, **_about("band", row), **lit)

    def _lifelines(self) -> None:
        """They run upwards, from an invisible point to the header, so that Graphviz paints them before all arrows."""
        self.dot.attr("node", fontname=BOLD, style="filled,rounded", penwidth="1.5")
        self.dot.attr("edge", arrowhead="none", color=_LINE)
        top, bottom = _MARGIN + _HEADER_HEIGHT, self.height - _MARGIN
        for lane, x in self.x.items():
            self._node(f"{lane}_end", "", (x, bottom), (1, 1), style="invis")
        for lane, x in self.x.items():
            look = {"color": _RED, "style": "dotted", "penwidth": "2"} if lane == ATTACKER else {}
            path = self._straight((x, bottom), (x, top))
            self.dot.edge(f"{lane}_end", lane, pos=path, **self._about_lane("lifeline", lane), **look)

    def _headers(self) -> None:
        honest = {"fillcolor": _PANEL, "color": _LINE, "fontcolor": _INK}
        attacker = {
            "shape": "hexagon",
            "style": "filled",
            "fillcolor": _PINK,
            "color": _RED,
            "fontcolor": _RED,
        }
        for lane, x in self.x.items():
            place, size = (x, _MARGIN + _HEADER_HEIGHT / 2), (_HEADER_WIDTH, _HEADER_HEIGHT)
            look = attacker if lane == ATTACKER else honest
            self._node(lane, inert(self.lanes[lane]), place, size, **self._about_lane("lane", lane), **look)

    def _tracks(self) -> None:
        """A line for each login from its first row to its last: where two stand side by side, the logins overlap."""
        self.dot.attr("edge", arrowhead="none", penwidth="3")
        for number, login in enumerate(self.logins):
            x = self._track(number)
            own = [top + ROW_HEIGHT / 2 for top, row in self._tops() if row.login == login]
            for name, y in (("begin", own[0]), ("end", own[-1])):
                self._node(f"track_{number}_{name}", "", (x, y), (1, 1), style="invis")
            look = {
                "class": f"track login-{number}",
                "tooltip": inert_tooltip(login),
                "color": _LOGINS[number % len(_LOGINS)],
            }
            path = self._straight((x, own[0]), (x, own[-1]))
            self.dot.edge(f"track_{number}_begin", f"track_{number}_end", pos=path, **look)

    def _tags(self) -> None:
        """In the row of a move, the tag of the login that moves: its number, and a letter where it is no tab."""
        self.dot.attr("node", shape="box", style="filled,rounded", fontname=BOLD, fontsize="14", fontcolor=_WHITE)
        for top, row in self._tops():
            if not row.login:
                continue
            number = self.logins.index(row.login)
            colour = _LOGINS[number % len(_LOGINS)]
            about = _about("tag", row) | {"tooltip": inert_tooltip(row.login)}
            about["class"] += f" login-{number}"
            place, size = (self._track(number), top + ROW_HEIGHT / 2), (_TRACK_WIDTH - 4, 24)
            self._node(f"tag_{row.index}", inert(_tag(row.login)), place, size, color=colour, fillcolor=colour, **about)

    def _track(self, number: int) -> float:
        return _TRACKS_X + _TRACK_WIDTH * (number + 0.5)

    def _arrows(self) -> None:
        self.dot.attr("edge", arrowhead="normal", penwidth="1.6")
        for top, row in self._tops():
            start, end = self.x[row.sender_lane], self.x[row.receiver_lane]
            if row.to_itself:
                side, y = self._loop_side(row), top + 30
                out = start + side * _LOOP_WIDTH * 4 / 3
                path = self._points((start, y - 18), (out, y - 18), (out + side * 6, y), (end + side * 12, y))
            else:
                side, y = (1 if start > end else -1), top + 30
                path = self._straight((start, y), (end + side * 12, y))
            if row.pause:
                look = {"pos": self._straight((start, y), (end, y)), "arrowhead": "none", "style": "dashed"}
            elif row.failed:
                look = {"pos": path + self._cross(end + side * 10, y), "arrowhead": "none"}
            else:
                look = {"pos": f"e,{self._points((end + side * 3, y))} {path}"}
            if row.unseen:
                look |= {"style": "dashed"}
            if row.index == self.current:
                look |= {"penwidth": "2.4"}
            self.dot.edge(row.sender_lane, row.receiver_lane, color=self._ink(row), **look, **_about("msg", row))

    def _badges(self) -> None:
        self.dot.attr("node", shape="circle", style="filled", fontsize="14", fillcolor=_WHITE, fontcolor=_WHITE)
        for top, row in self._tops():
            ink = self._ink(row)
            look = {"shape": "hexagon", "fillcolor": ink} if row.attack else {"fontcolor": ink}
            place, size = (_BADGE_X, top + ROW_HEIGHT / 2), (30 if row.attack else 25, 25)
            number = step_name(row.step) if row.numbered else "!" if row.attack else "…"
            self._node(f"badge_{row.index}", number, place, size, color=ink, **look, **_about("badge", row))

    def _labels(self) -> None:
        self.dot.attr("node", shape="box", fontname=SANS, fontsize=f"{_TEXT_SIZE}", color="transparent")
        for top, row in self._tops():
            lit = row.index == self.current
            look = {"fontname": BOLD, "fillcolor": _LIT} if lit else {}
            text, place, width = self._beside_loop(row, top) if row.to_itself else self._above_arrow(row, top)
            self._node(
                f"label_{row.index}",
                text,
                place,
                (width, _LABEL_HEIGHT),
                fontcolor=self._ink(row),
                **look,
                **_about("label", row),
            )

    def _above_arrow(self, row: Row, top: float) -> tuple[str, tuple[float, float], float]:
        """Text, place and width of a label in the middle of its arrow, which may be shorter than the words."""
        start, end = self.x[row.sender_lane], self.x[row.receiver_lane]
        text = shorten(row.label, self._text_size(row), max(abs(end - start), _LONG_LABEL))
        width = text_width(text, self._text_size(row)) + 10
        left, right = self.left + width / 2, WIDTH - _MARGIN - width / 2
        return inert(text), (min(max((start + end) / 2, left), right), top + 14), width

    def _beside_loop(self, row: Row, top: float) -> tuple[str, tuple[float, float], float]:
        """Text, place and width of a label that begins, or on the left side ends, where its loop does."""
        side = self._loop_side(row)
        near = self.x[row.sender_lane] + side * (_LOOP_WIDTH + 6)
        text = shorten(row.label, self._text_size(row), self._room_beside(row, side))
        width = text_width(text, self._text_size(row)) + 10
        return inert(text) + ("\\l" if side > 0 else "\\r"), (near + side * width / 2, top + ROW_HEIGHT / 2), width

    def _text_size(self, row: Row) -> float:
        """The size to reckon with: the letters of the current row are bold, and so they are wider."""
        return _TEXT_SIZE * 1.08 if row.index == self.current else _TEXT_SIZE

    def _loop_side(self, row: Row) -> int:
        """1 where a message to itself stands on the right of its lifeline, -1 where only the left has the room."""
        right = self._room_beside(row, 1)
        fits = text_width(row.label[:WIDTH], self._text_size(row)) <= right
        return 1 if fits or right > self._room_beside(row, -1) else -1

    def _room_beside(self, row: Row, side: int) -> float:
        x = self.x[row.sender_lane]
        edge = WIDTH - _MARGIN - x if side > 0 else x - self.left
        return edge - _LOOP_WIDTH - 24

    def _ink(self, row: Row) -> str:
        red = row.attack or row.failed
        if self.current is not None and row.index > self.current:
            return _FAINT_RED if red else _FAINT
        return _RED if red else _INK

    def _about_lane(self, kind: str, lane: str) -> dict[str, str]:
        classes = f"{kind} lane-{lane}" + (" attack" if lane == ATTACKER else "")
        return {"class": classes, "tooltip": inert_tooltip(self.lanes[lane])}

    def _tops(self) -> Iterator[tuple[float, Row]]:
        """Each row with the height at which it begins."""
        return ((_ROWS_TOP + ROW_HEIGHT * number, row) for number, row in enumerate(self.rows))

    def _node(self, name: str, label: str, at: tuple[float, float], size: tuple[float, float], **look: str) -> None:
        # Graphviz takes places in points, but sizes in inches, of which each has 72 points.
        width, height = (f"{length / 72:.4f}" for length in size)
        self.dot.node(name, label, pos=self._points(at), width=width, height=height, **look)

    def _points(self, *points: tuple[float, float]) -> str:
        return " ".join(f"{x:g},{self.height - y:g}" for x, y in points)

    def _straight(self, start: tuple[float, float], end: tuple[float, float]) -> str:
        """A straight line in the only form Graphviz has for it: a Bézier curve of four points."""
        x, y = (end[0] - start[0]) / 3, (end[1] - start[1]) / 3
        return self._points(start, (start[0] + x, start[1] + y), (end[0] - x, end[1] - y), end)

    def _cross(self, x: float, y: float) -> str:
        """Two more strokes for a line that ends at this point."""
        strokes = (((x - 6, y - 6), (x + 6, y + 6)), ((x - 6, y + 6), (x + 6, y - 6)))
        return "".join(f";{self._straight(*stroke)}" for stroke in strokes)


def _tag(login: str) -> str:
    """`2` for tab 2, `d2` for device 2, `w2` for window 2, `r1` for refresh 1."""
    kind, _, number = login.rpartition(" ")
    return number if kind == "tab" else f"{kind[:1]}{number}" if kind and number.isdigit() else login[:1]


def _about(kind: str, row: Row) -> dict[str, str]:
    """The classes and the tooltip of all that is drawn for a row."""
    flags = {"attack": row.attack, "failed": row.failed, "self": row.to_itself}
    classes = [kind, f"event-{row.index}", f"step-{row.step}", *(name for name, on in flags.items() if on)]
    tooltip = row.tooltip or (f"{step_name(row.step)}. {row.label}" if row.numbered else row.label)
    return {"class": " ".join(classes), "tooltip": inert_tooltip(tooltip[:_TOOLTIP_LENGTH])}
