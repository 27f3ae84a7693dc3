"""The quiz as a page: statements, an answer for each, and the runs that decide it; no kernel and no network.

The runs were played when the page was written. Where the page stands in a learning platform that offers the API of SCORM
1.2, it reports what was answered (static/scorm.js).
"""

import json

from flowsim.analysis.statements import STATEMENTS, Decision
from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, style
from flowsim.front_end.packed import packed, packed_page
from flowsim.front_end.pool import Pool
from flowsim.model.steps import clause_url
from flowsim.simulation.turning_point import turning_point
from flowsim.views.formats.player_payload import player_payload

_BODY = """<nav id="home" hidden><a href="index.html">All pages of this class</a></nav>
<main>
<h1>True or false?</h1>
<p>Say of each statement whether it is true; then the runs that decided it are shown. One run can refute what is said of
every case. Runs in which it holds are no proof, because there may be one that nobody has thought of.</p>
<p class="score" id="score" role="status"></p>
<div id="statements"></div>
</main>"""


def quiz_page(*, alone: bool = False) -> str:
    """The HTML text of the page. One that is `alone` has no link to the other pages of a class."""
    pool = Pool()
    statements = []
    for statement in STATEMENTS:
        decision = statement.decide()
        statements.append(
            {
                "name": statement.name,
                "text": statement.text,
                "holds": decision.holds,
                "answer": decision.answer,
                "reason": statement.reason,
                "clause": statement.clause,
                "url": clause_url(statement.clause),
                "lines": [list(one) for one in decision.came],
                "part": pool.add(_payload(decision)),
            }
        )
    return packed_page(
        "True or false?",
        style=style(*PLAYER_STYLES, STATIC / "class.css"),
        script=bundle(STATIC / "quiz_page.js"),
        data=json.dumps({"alone": alone, "statements": statements}),
        data_id="quiz",
        body=_BODY,
        look="quiz",
        more={"packed-runs": packed(pool.text())},
    )


def _payload(decision: Decision) -> dict[str, object]:
    """The player with the run that decides, opened where it was decided, and the one that says most beside it."""
    first, *others = decision.cases
    shown = [first, *others[-1:]]
    runs = [one.simulation() for one in shown]
    for run, one in zip(runs, shown, strict=True):
        run.title = one.short_name(decision.cases)
    view = {"branch": runs[0].name, "position": turning_point(decision.deciding)}
    return {**player_payload(*runs), "view": view}
