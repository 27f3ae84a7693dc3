"""The matrix of attacks and defences as tables: for a notebook, for a page of its own, and for the attack lab.

It is drawn once, as a tree of elements. Here the tree becomes HTML; the attack lab is sent the tree and makes elements of
it. In a notebook that no kernel runs there is nothing to press, so there a cell is a mark; elsewhere it is a button.
"""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from flowsim.analysis.defences import DEFENCES
from flowsim.analysis.matrix import Matrix
from flowsim.model.steps import clause_url
from flowsim.views.formats.light_colours import with_light_colours

Tree = str | list[Any]  # a text, or [tag, {attribute: value}, *trees]
# What the search has found where an attack is stopped, by attack and defence, in a sentence (explorer/other_ways.py).
OtherWays = Mapping[tuple[str, str], str]

_MANY = 14  # columns; with more of them the heads stand upright on a wide screen as well
_NONE: OtherWays = {}
_OTHER = "*"
_OTHER_MEANS = "stopped, but the search found another way from the same positions: press the cell"
_NEW_TAB = {"target": "_blank", "rel": "noopener noreferrer"}


def matrix_html(whole: Matrix, *, buttons: bool = False, others: OtherWays = _NONE) -> str:
    """The HTML text of the tables, with their style sheet and, in two folds, all that the marks stand for.

    A cell with another way has a `*` behind its mark, and the first fold says which way that is.
    """
    parts = [
        *matrix_trees(whole, buttons=buttons, others=others),
        _fold("What happened in each cell", (part for name in whole.attacks for part in _attack(whole, name, others))),
        _fold("What each defence is", (part for name in whole.defences for part in _defence(name))),
    ]
    return f'<div class="fs-matrix"><style>{matrix_style()}</style>{"".join(map(_html, parts))}</div>'


def matrix_trees(whole: Matrix, *, buttons: bool, others: OtherWays = _NONE) -> list[Tree]:
    """The legend and the tables, each with its heading. A button carries its cell in `data-cell`: `attack|defence`."""
    marks = (*whole.legend, *(((_OTHER, _OTHER_MEANS),) if others else ()))
    legend: list[Tree] = [["li", {}, ["b", {}, mark], f" {meaning}"] for mark, meaning in marks]
    tables = (part for table in whole.tables() for part in _table(whole, *table, buttons, others))
    return [["ul", {"class": "fs-matrix-legend"}, *legend], *tables]


def matrix_style() -> str:
    """The style sheet of the tables; every class in it begins with `fs-`."""
    return with_light_colours(Path(__file__).with_name("matrix.css").read_text(encoding="utf-8"))


def _table(
    whole: Matrix, heading: str, defences: tuple[str, ...], attacks: tuple[str, ...], buttons: bool, others: OtherWays
) -> tuple[Tree, Tree]:
    rows: list[Tree] = [
        [
            "tr",
            {},
            ["th", {"scope": "row", "title": whole.title_of(attack)}, attack],
            *(_cell(whole, attack, name, buttons, others) for name in defences),
        ]
        for attack in attacks
    ]
    table: Tree = [
        "table",
        {"role": "grid", "aria-label": heading} if buttons else {},
        ["thead", {}, ["tr", {}, ["td", {}], *(_head(name, buttons) for name in defences)]],
        ["tbody", {}, *rows],
    ]
    many = " fs-matrix-many" if len(defences) > _MANY else ""
    # The cells of a grid are a Tab stop, from which one scrolls; a table of mere marks is one itself.
    stop = {} if buttons else {"tabindex": "0", "role": "region", "aria-label": heading}
    return (
        ["p", {"class": "fs-matrix-heading"}, heading],
        ["div", {"class": f"fs-matrix-scroll{many}", **stop}, table],
    )


def _head(name: str, buttons: bool) -> Tree:
    about = f"{name}: {DEFENCES[name].title}"
    if not buttons:
        return ["th", {"scope": "col", "title": about}, ["span", {}, name]]
    link = {"href": clause_url(DEFENCES[name].clause), **_NEW_TAB, "title": about}
    return ["th", {"scope": "col"}, ["a", link, name]]


def _cell(whole: Matrix, attack: str, defence: str, buttons: bool, others: OtherWays) -> Tree:
    one = whole.cells.get((attack, defence))
    mark = whole.mark(attack, defence)
    if one is None:
        return ["td", {"aria-label": f"{attack} against {defence}: not tried"} if buttons else {}, mark]
    mark += _OTHER if (attack, defence) in others else ""
    look = {"class": "fs-works" if one.works else "fs-stops" if one.stopped else "fs-no-login"}
    about = f"{attack} against {defence}: {one.verdict.sentence}"
    if not buttons:
        return ["td", {"title": about}, ["span", look, mark]]
    said = {"title": about, "aria-label": about, "aria-pressed": "false"}
    return ["td", {}, ["button", {"type": "button", **look, **said, "data-cell": f"{attack}|{defence}"}, mark]]


def _fold(summary: str, parts: Iterable[Tree]) -> Tree:
    return ["details", {}, ["summary", {}, summary], ["dl", {}, *parts]]


def _attack(whole: Matrix, name: str, others: OtherWays) -> Iterable[Tree]:
    yield ["dt", {}, f"{name}: {whole.title_of(name)}"]
    for defences, sentence in whole.sentences(name):
        yield ["dd", {}, ["b", {}, "; ".join(defences)], f": {sentence}"]
    for (attack, defence), told in others.items():
        if attack == name:
            yield ["dd", {}, ["b", {}, f"{defence}{_OTHER}"], f": {told}"]


def _defence(name: str) -> Iterable[Tree]:
    one = DEFENCES[name]
    yield ["dt", {}, name]
    yield ["dd", {}, f"{one.title} (", ["a", {"href": clause_url(one.clause)}, one.clause], ")"]


def _html(tree: Tree) -> str:
    if isinstance(tree, str):
        return escape(tree)
    tag, attributes, *children = tree
    # What a button says in a tip and to a screen reader, the page's script takes from the runs (static/matrix_page.js).
    left_out = ("title", "aria-label") if "data-cell" in attributes else ()
    said = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if name not in left_out)
    return f"<{tag}{said}>{''.join(map(_html, children))}</{tag}>"
