"""The matrix in one HTML file: each cell is a button, and below the tables the player steps through its run.

Every run is in the page. What two runs have in common is there once, packed with gzip (pool.py), and so is what all of them
need, such as the explanations of names. The tables stand in the page as they are, so that they can be read without script.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from flowsim.analysis.matrix import Cell, Matrix
from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, style
from flowsim.front_end.packed import packed, packed_page
from flowsim.front_end.pool import Pool
from flowsim.model.steps import ATTACKER
from flowsim.simulation.turning_point import turning_point
from flowsim.views.formats.matrix_html import matrix_html
from flowsim.views.formats.player_payload import payload_of
from flowsim.views.pictures.picture import sequence_source
from flowsim.views.pictures.svg import svgs

Json = dict[str, Any]
_AT_ONCE = 40  # runs, whose pictures are drawn together

_BODY = """<main>
<h1>Attacks and defences</h1>
<p>Each cell is a run of its own, played by the program that wrote this page. Press one, and step through it below. With the
keys: the arrows go from cell to cell, <kbd>Enter</kbd> opens one.</p>
{tables}
<section id="run" aria-labelledby="run-heading" hidden>
<h2 id="run-heading" tabindex="-1"></h2>
<p><span id="run-told"></span> <a href="#" id="run-back">Back to the table</a></p>
<div id="player"></div>
</section>
</main>"""


def matrix_page(whole: Matrix, tick: Callable[[int, int], object] = lambda done, total: None) -> str:
    """The HTML text of a page with this matrix and all its runs: three quarters of a megabyte, and some ten seconds.

    `tick` is called after each run: so many done, of so many.
    """
    common: Json = {}
    runs: Json = {}
    pool = Pool()
    cells = [*whole.cells.items()]
    for some in (cells[at : at + _AT_ONCE] for at in range(0, len(cells), _AT_ONCE)):
        played = [_run(one) for _, one in some]
        drawn = svgs([branch["svg"] for _, branch, _ in played], "nop2")
        for (place, _), (run, branch, rest), svg in zip(some, played, drawn, strict=True):
            runs["|".join(place)] = {**run, "part": pool.add(branch | {"svg": svg})}
            _merge(common, rest)
            tick(len(runs), len(cells))
    return packed_page(
        "flowsim: attacks and defences",
        style=style(*PLAYER_STYLES, STATIC / "matrix_page.css"),  # the tables bring their own
        script=bundle(STATIC / "matrix_page.js"),
        data=json.dumps({"common": common, "runs": runs}),
        data_id="runs",
        body=_BODY.format(tables=matrix_html(whole, buttons=True)),
        look="fs-matrix-page",
        more={"packed-runs": packed(pool.text())},
    )


def _run(one: Cell) -> tuple[Json, Json, Json]:
    """The run of a cell: the place to open it at and what came of it; its branch, not drawn; the rest of its payload."""
    simulation = one.simulation()
    simulation.title = one.defence if one.defence != "none" else "no defence"
    trace = simulation.run()
    payload = payload_of([simulation], {}, lambda trace: sequence_source(trace, lanes=(ATTACKER,)))
    (branch,) = payload.pop("branches")
    run = {"position": turning_point(trace), "told": one.verdict.sentence}
    return run, branch, payload


def _merge(common: Json, payload: Mapping[str, Any]) -> None:
    """Add what this payload has and the others had not: steps of what came later, explanations of other names."""
    for name, value in payload.items():
        if name == "steps":
            known = {step["number"]: step for step in [*common.get("steps", []), *value]}
            common["steps"] = [known[number] for number in sorted(known)]
        elif name == "fields":
            for place, names in value.items():
                common.setdefault("fields", {}).setdefault(place, {}).update(names)
        elif name != "view":
            common.setdefault(name, value)
