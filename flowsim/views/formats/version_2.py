"""What version 2 of the JSON of a trace said: each event told all that everybody remembered, and not what it changed."""

from typing import Any

from flowsim.views.text.memory import Remembered, changes, patched

Json = dict[str, Any]


def for_today(said: Json) -> Json:
    """The JSON of a trace of version 2 as version 3 says it; of any other version as it is."""
    if said["version"] != 2:
        return said
    before: Remembered = {}
    events = []
    for event in said["events"]:
        now = dict(event)
        remembered = now.pop("memory")
        events.append(now | {"memory_changes": changes(before, remembered)})
        before = remembered
    return said | {"version": 3, "events": events}


def as_then(computed: Json) -> Json:
    """The JSON of a trace as version 2 wrote it."""
    remembered: Remembered = {}
    events = []
    for event in computed["events"]:
        then = dict(event)
        remembered = patched(remembered, then.pop("memory_changes"))
        events.append(then | {"memory": remembered})
    return computed | {"version": 2, "events": events}
