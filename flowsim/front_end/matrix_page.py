"""The matrix in one HTML file: each cell is a button, and below the tables the player steps through its run.

Every run is in the page. What two runs have in common is there once, packed with gzip (pool.py), and so is what all of them
need, such as the explanations of names. The tables stand in the page as they are, so that they can be read without script.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from flowsim.analysis.matrix import Matrix
from flowsim.explorer.other_ways import NAME, other_way, told_of
from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, style
from flowsim.front_end.packed import packed, packed_page
from flowsim.front_end.pool import Pool
from flowsim.model.steps import ATTACKER
from flowsim.simulation.simulation import Simulation
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
<p id="run-other" hidden>
<span id="run-other-told"></span> <a href="#" id="run-other-link">Step through the other way</a>
</p>
<div id="player"></div>
</section>
</main>"""


def matrix_page(whole: Matrix, tick: Callable[[int, int], object] = lambda done, total: None) -> str:
    """The HTML text of a page with this matrix and all its runs: three quarters of a megabyte, and some ten seconds.

    Where the search has found another way than the one that is stopped, that is played as well, and stands beside the run
    of its cell. `tick` is called after each run: so many done, of so many.
    """
    common: Json = {}
    runs: Json = {}
    pool = Pool()
    others = {place: found for place, one in whole.cells.items() if (found := other_way(one)) is not None}
    wanted: list[tuple[str, Simulation]] = []
    for place, one in whole.cells.items():
        simulation = one.simulation()
        simulation.title = one.defence if one.defence != "none" else "no defence"
        wanted.append(("|".join(place), simulation))
    wanted += [(f"{'|'.join(place)}|{NAME}", found) for place, found in others.items()]
    for some in (wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE)):
        played = [_run(simulation) for _, simulation in some]
        drawn = svgs([branch["svg"] for _, branch, _ in played], "nop2")
        for (key, _), (run, branch, rest), svg in zip(some, played, drawn, strict=True):
            runs[key] = {**run, "part": pool.add(branch | {"svg": svg})}
            _merge(common, rest)
            tick(len(runs), len(wanted))
    told = {place: told_of(found.played()) for place, found in others.items()}
    for place, sentence in told.items():
        runs["|".join(place)]["other"] = {**runs.pop(f"{'|'.join(place)}|{NAME}"), "told": sentence}
    return packed_page(
        "flowsim: attacks and defences",
        style=style(*PLAYER_STYLES, STATIC / "matrix_page.css"),  # the tables bring their own
        script=bundle(STATIC / "matrix_page.js"),
        data=json.dumps({"common": common, "runs": runs}),
        data_id="runs",
        body=_BODY.format(tables=matrix_html(whole, buttons=True, others=told)),
        look="fs-matrix-page",
        more={"packed-runs": packed(pool.text())},
    )


def _run(simulation: Simulation) -> tuple[Json, Json, Json]:
    """A run: the place to open it at and what came of it; its branch, not drawn; the rest of its payload."""
    trace = simulation.run()
    payload = payload_of([simulation], {}, lambda trace: sequence_source(trace, lanes=(ATTACKER,)))
    (branch,) = payload.pop("branches")
    run = {"position": turning_point(trace), "told": trace.verdict.sentence}
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
