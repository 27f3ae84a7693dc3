"""What version 2 of the JSON of a trace said: each event told all that everybody remembered, and not what it changed."""

from typing import Any

from flowsim.views.text.memory import Remembered, patched

Json = dict[str, Any]


def as_then(computed: Json) -> Json:
    """The JSON of a trace as version 2 wrote it."""
    remembered: Remembered = {}
    events = []
    for event in computed["events"]:
        then = dict(event)
        remembered = patched(remembered, then.pop("memory_changes"))
        events.append(then | {"memory": remembered})
    return computed | {"version": 2, "events": events}
