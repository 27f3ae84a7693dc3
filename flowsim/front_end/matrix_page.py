"""The matrix in one HTML file: each cell is a button, and below the tables the player steps through its run.

Every run is in the page. What two runs have in common is there once, packed with gzip (pool.py), and so is what all of them
need, such as the explanations of names. The tables stand in the page as they are, so that they can be read without script.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flowsim.analysis.matrix import Cell, Matrix
from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, style
from flowsim.front_end.packed import packed, packed_page
from flowsim.front_end.pool import Pool
from flowsim.simulation.turning_point import turning_point
from flowsim.views.formats.matrix_html import matrix_html
from flowsim.views.formats.player_payload import player_payload

Json = dict[str, Any]

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
    """The HTML text of a page with this matrix and all its runs: a megabyte, and a quarter of a minute.

    `tick` is called after each run: so many done, of so many.
    """
    common: Json = {}
    runs: Json = {}
    pool = Pool()
    with ThreadPoolExecutor() as executor:  # `dot` draws in a process of its own, and meanwhile the next run is played
        for place, (run, branch, rest) in zip(whole.cells, executor.map(_run, whole.cells.values()), strict=True):
            runs["|".join(place)] = {**run, "part": pool.add(branch)}
            _merge(common, rest)
            tick(len(runs), len(whole.cells))
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
    """The run of a cell: the place to open it at and what came of it; its branch; and the rest of its payload."""
    simulation = one.simulation()
    simulation.title = one.defence if one.defence != "none" else "no defence"
    payload = player_payload(simulation)
    (branch,) = payload.pop("branches")
    run = {"position": turning_point(simulation.run()), "told": one.verdict.sentence}
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
