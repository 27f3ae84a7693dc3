"""The tree of what a search has gone through, as a picture: a box is a decision, and its look says how it goes on.

A search meets thousands of worlds, so most of it is folded. Steps of others are folded into the arrow before a decision.
Decisions of one kind are folded into one box with their number, until one opens it. The way to the attack stands open.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from textwrap import wrap

import graphviz

from flowsim.explorer.decision_tree import Branch, DecisionTree
from flowsim.explorer.exploring import Exploration
from flowsim.views.pictures.boxes import lines_of
from flowsim.views.pictures.picture import Picture
from flowsim.views.pictures.svg import BOLD, SANS, inert_tooltip, svg, text_width
from flowsim.views.text import words_of_search as words

MOST = 12  # decisions of one kind that are shown at once
TITLE = "The tree of what was tried"
_WIDE = 34  # letters of a line
_INK, _RED, _GREY, _PANEL, _PINK, _WHITE = "#1c2430", "#b3261e", "#5b6675", "#f2f3f5", "#fdecec", "#ffffff"
_LOOKS: dict[str, dict[str, str]] = {
    "start": {"shape": "box", "style": "filled,rounded", "color": _INK, "fillcolor": _PANEL, "penwidth": "1.6"},
    "attack": {"shape": "octagon", "color": _RED, "fillcolor": _PINK, "fontcolor": _RED, "peripheries": "2"},
    "way": {"shape": "box", "color": _RED, "fillcolor": _PINK, "fontcolor": _RED, "penwidth": "2.4"},
    "open": {"shape": "box", "style": "filled,rounded", "color": _INK, "fillcolor": _WHITE},
    "dead-end": {"shape": "note", "color": _GREY, "fillcolor": _PANEL, "fontcolor": _GREY},
    "untried": {"shape": "box", "style": "filled,dashed", "color": _GREY, "fillcolor": _WHITE, "fontcolor": _GREY},
    "met": {
        "shape": "parallelogram",
        "style": "filled,dashed",
        "color": _GREY,
        "fillcolor": _PANEL,
        "fontcolor": _GREY,
    },
    "folded": {"shape": "folder", "color": _INK, "fillcolor": _PANEL},
}


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the picture. `key` names it, `under` is the key of the one it hangs on, `look` a key of the looks.

    `unfolds` says whether more can be shown behind it, `unfolded` whether that is shown. `branch` is what can be opened in
    the player, None for the start and where several are folded.
    """

    key: str
    under: str
    look: str
    lines: tuple[str, ...]
    text: str
    unfolds: bool = False
    unfolded: bool = False
    branch: Branch | None = None


def at_first(tree: DecisionTree) -> frozenset[str]:
    """What is unfolded before anybody has touched the picture: the start, and the way to the attack."""
    return frozenset(f"w{number}" for number in (0, *tree.way))


def boxes(tree: DecisionTree, unfolded: Collection[str]) -> tuple[Box, ...]:
    """The boxes of this tree from the left to the right, each behind the one it hangs on."""
    exploration = tree.exploration
    many = words.worlds_in_words(exploration.worlds)
    start = Box(
        "w0", "", "start", ("start", many), f"Nothing has happened. From here on: {many}.", True, "w0" in unfolded
    )
    return (start, *(_behind(tree, 0, "w0", unfolded) if start.unfolded else ()))


def tree_of(exploration: Exploration) -> Picture:
    """The tree of what was gone through, with the way to the attack unfolded, and the same in words.

    Raises DrawingError where no Graphviz is there to draw with.
    """
    tree = DecisionTree(exploration)
    drawn = boxes(tree, at_first(tree))
    return Picture(svg(tree_dot(drawn), "dot"), in_words(drawn))


def in_words(drawn: Collection[Box]) -> str:
    """These boxes as an outline."""
    depth = {"": -1}
    lines = []
    for box in drawn:
        depth[box.key] = depth[box.under] + 1
        lines.append(f"{'  ' * depth[box.key]}{' – '.join(box.lines)}")
    return "\n".join(lines)


def tree_dot(drawn: Collection[Box]) -> str:
    """The DOT text of these boxes, for the engine `dot`. The class of each box ends in its place among them."""
    dot = graphviz.Digraph(TITLE)
    dot.attr("graph", rankdir="LR", nodesep="0.14", ranksep="0.45", pad="0.1", bgcolor="#ffffff", ordering="out")
    dot.attr("node", fontname=SANS, fontsize="14", fixedsize="true", style="filled", fontcolor=_INK, penwidth="1.2")
    dot.attr("edge", arrowsize="0.7", color=_GREY)
    names: dict[str, str] = {}
    for place, box in enumerate(drawn):
        names[box.key] = f"box_{place}"
        look = dict(_LOOKS[box.look])
        if box.look in ("attack", "way"):
            look["fontname"] = BOLD
        lines = [part for line in box.lines for part in wrap(line, _WIDE) or [""]]
        extra = {"box": 24, "folder": 28, "octagon": 60, "note": 36}.get(look["shape"], 80)
        width = max(text_width(line, 14) for line in lines) * (1.08 if "fontname" in look else 1) + extra
        height = 16 + 17 * len(lines) + {"octagon": 16, "folder": 8}.get(look["shape"], 0)
        about = {"class": f"box {box.look} box-{place}", "tooltip": inert_tooltip(box.text)}
        dot.node(
            names[box.key], lines_of(lines), width=f"{width / 72:.3f}", height=f"{height / 72:.3f}", **look, **about
        )
        if box.under:
            red = box.look in ("attack", "way")
            arrow = {"color": _RED, "penwidth": "2.4"} if red else {}
            dot.edge(names[box.under], names[box.key], **arrow, **{"class": "way" if red else "on"})
    text: str = dot.source
    return text


def _behind(tree: DecisionTree, number: int, under: str, unfolded: Collection[str]) -> Iterator[Box]:
    """What the attacker can decide next: the way to the attack first, then each kind of decision."""
    kinds: dict[str, list[Branch]] = {}
    for branch in tree.branches(number):
        if branch.kind in ("attack", "way"):
            yield from _one(tree, branch, under, words.moment(branch), unfolded)
        else:
            kinds.setdefault(words.decision(branch), []).append(branch)
    for kind, (what, some) in enumerate(kinds.items()):
        if len(some) == 1:
            yield from _one(tree, some[0], under, words.moment(some[0]), unfolded)
        else:
            yield from _folded(tree, f"{under}.{kind}", what, some, under, unfolded)


def _folded(
    tree: DecisionTree, key: str, what: str, some: list[Branch], under: str, unfolded: Collection[str]
) -> Iterator[Box]:
    """Decisions of one kind, and behind them each of them, where that is unfolded."""
    many = _how_many(some)
    yield Box(key, under, "folded", (what, many), f"{what[0].upper()}{what[1:]}: {many}.", True, key in unfolded)
    if key not in unfolded:
        return
    told = words.differences(some)
    shown = MOST
    while f"{key}+{shown}" in unfolded:
        shown += MOST
    for branch, unlike in list(zip(some, told, strict=True))[:shown]:
        when = ", ".join(filter(None, (words.moment(branch), unlike)))
        yield from _one(tree, branch, key, when, unfolded, named=False)
    if len(some) > shown:
        rest = f"{len(some) - shown:,} more"
        yield Box(f"{key}+{shown}", key, "folded", (rest,), f"{what[0].upper()}{what[1:]}: {rest}.", True)


def _how_many(some: list[Branch]) -> str:
    worlds = sum(branch.worlds for branch in some)
    known = sum(branch.kind == "met" for branch in some)
    parts = [f"{len(some)} ways", words.worlds_in_words(worlds) if worlds else ""]
    if known:
        parts.append("all met elsewhere" if known == len(some) else f"{known} met elsewhere")
    return " · ".join(filter(None, parts))


def _one(
    tree: DecisionTree, branch: Branch, under: str, when: str, unfolded: Collection[str], *, named: bool = True
) -> Iterator[Box]:
    """A decision, and what comes after it where that is unfolded; `named` says whether its name stands in it."""
    own = branch.kind in ("way", "open")
    met = branch.number is None or branch.kind == "met"
    key = f"{under}:{branch.parent}.{branch.choice}" if met else f"w{branch.number}"
    what, how = words.decision(branch), (words.outcome(branch), words.kind_in_words(branch))
    lines = tuple(filter(None, (what if named else "", when, *how)))
    told = f"{what[0].upper()}{what[1:]}, {words.moment(branch)}: {'; '.join(filter(None, how))}."
    text = " ".join(filter(None, (told, words.message(branch))))
    shown = own and key in unfolded
    yield Box(key, under, branch.kind.replace(" ", "-"), lines, text, own, shown, branch)
    if shown and branch.number is not None:
        yield from _behind(tree, branch.number, key, unfolded)
