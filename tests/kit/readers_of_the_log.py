"""Who reads the log, in all that decides how a world goes on, and what the canonical form of a world has of it for them.

The log is no part of that form: explorer/facts_of_the_log.py says which few facts of it are. So code that asks the log for
something else would make worlds out of one that go on in different ways. READERS has a line for each function that reads
it; the line names the part of the form that says what this function wants to know. Whoever lets another function read the
log adds its line here, and perhaps a fact there.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from flowsim.explorer.facts_of_the_log import Facts, OfARun
from flowsim.model.world import Run

PACKAGE = Path(__file__).parents[2] / "flowsim"
# What plays a world on, what the attacker may know, and what the search itself does.
PLACES = (
    "protocol",
    "checks",
    "actors",
    "engine",
    "attacks/secrets.py",
    "attacks/view.py",
    "simulation/in_hand.py",
    "explorer",
)
# Beside the facts and a run: the names of the runs in the order in which they began, how the last event ended, and what
# the parties keep. `itself` is the search, which looks at the way that it has come and judges no world by it.
PARTS = {*Facts._fields, *OfARun._fields, *Run.__dataclass_fields__, "order of runs", "last", "memories", "itself"}

READERS = {
    "attacks/secrets.py:_told": "told",
    "attacks/secrets.py:_secrets": "memories",
    "attacks/view.py:seen": "told",
    "attacks/view.py:_typed": "form",
    "engine/apply.py:apply": "itself",
    "engine/handlers/attacker_reads.py:_login_forms": "form",
    "engine/handlers/attacker_reads.py:get_response": "in_flight",
    "engine/handlers/attacker_reads.py:read_window": "marks",
    "engine/handlers/behind.py:_finished": "to_api",
    "engine/handlers/behind.py:is_the_attackers": "marks",
    "engine/handlers/login.py:_answered": "request",
    "engine/handlers/login.py:initiator_of": "to_server",
    "engine/handlers/login.py:tries_again": "again",
    "engine/handlers/on_the_way.py:last_request": "by_app",
    "engine/honest_moves.py:_begun": "order of runs",
    "engine/honest_moves.py:_first_waits": "copied",
    "engine/honest_moves.py:_is_chosen": "marks",
    "engine/honest_moves.py:_taken": "taken",
    "engine/honest_moves.py:actions_run": "actions",
    "engine/honest_moves.py:called_back": "called_back",
    "engine/honest_moves.py:has_been_replaced": "in_flight",
    "engine/honest_moves.py:has_retried": "acts",
    "engine/honest_moves.py:in_frame": "marks",
    "engine/popup.py:_cut_by": "cut",
    "engine/popup.py:_opener": "marks",
    "engine/turns_left.py:turns_left": "acts",
    "explorer/canonical.py:_of_runs": "order of runs",
    "explorer/compositions.py:is_half_done": "last",
    "explorer/decision_tree.py:attack_of": "itself",
    "explorer/facts_of_the_log.py:facts_of": "itself",
    "explorer/found.py:next_move": "itself",
    "explorer/goals.py:code_twice": "answered",
    "explorer/goals.py:password": "told",
    "explorer/knowledge.py:_worked_out": "told",
    "explorer/moves.py:_had_its_say": "itself",
    "explorer/moves.py:_is_in_vain": "last",
    "explorer/moves.py:_own_program": "waited",
    "explorer/reductions.py:_last_decision": "itself",
    "explorer/reductions.py:skipped": "last",
    "explorer/reductions.py:tried_first": "itself",
    "explorer/written.py:_consents": "told",
    "explorer/written.py:_shipped": "told",
    "simulation/in_hand.py:__init__": "told",
    "simulation/in_hand.py:_where": "read",
}


def readers() -> Iterator[str]:
    """Each function in PLACES that reads an attribute named `log`, as `file:function`."""
    for place in PLACES:
        path = PACKAGE / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            outer = [part for node in tree.body for part in (node.body if isinstance(node, ast.ClassDef) else [node])]
            for part in outer:
                if any(isinstance(one, ast.Attribute) and one.attr == "log" for one in ast.walk(part)):
                    yield f"{file.relative_to(PACKAGE).as_posix()}:{getattr(part, 'name', 'the file')}"
