"""What the player shows of a live world: each login is a branch, which grows while one looks at it."""

from collections.abc import Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from flowsim.live.login import LiveLogin
from flowsim.model.steps import ATTACKER
from flowsim.views.formats.payload_types import Branch
from flowsim.views.formats.player_payload import whole
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.pictures.picture import sequence_svg
from flowsim.views.text import narration
from flowsim.views.text.experiment import experiment

_drawn: "WeakKeyDictionary[LiveLogin, tuple[int, str, Branch]]" = WeakKeyDictionary()


def live_payload(logins: Sequence[LiveLogin], issuer: str) -> dict[str, Any]:
    """The payload for these logins. A branch that has not changed is not drawn again."""
    branches = [_branch(one) for one in logins]
    payload = whole([one.trace for one in logins], branches, (branches[-1]["name"] if branches else "", 0))
    payload["live"] = True
    if not branches:
        payload["waiting"] = (
            f"Nobody has begun a login yet. Point an app at the issuer {issuer} and log in: what it sends appears here."
        )
    return cast(dict[str, Any], payload)


def _branch(login: LiveLogin) -> Branch:
    version, title, branch = _drawn.get(login, (-1, "", None))
    if branch is not None and (version, title) == (login.version, login.title):
        return branch
    trace = login.trace
    attacks = [event.index for event in trace.events if event.by_attacker]
    made: Branch = {
        "name": login.name,
        "title": login.title,
        "experiment": experiment(trace.scenario, trace.attacker),
        "attack": bool(attacks),
        "hidden": False,
        "inject": None,
        "shared": 0,
        "inject_at": attacks[0] - 1 if attacks else None,
        "notes": [narration.notes(one) for one in narration.told(trace)],
        "trace": trace_json(trace),
        "svg": sequence_svg(trace, lanes=(ATTACKER,)),
    }
    _drawn[login] = (login.version, login.title, made)
    return made
