"""What counts as one decision of an attacker: one act of its choosing, with all that follows of itself.

A request takes its answer along: the code that is sent, what the server says to it, and the tokens that come (steps 7 to
9); a refresh (12 to 14); a call of an API (10 and 11, and B1 and B2 between them). A login of the attacker's own goes on by
itself up to the next point where it has a choice. These points are: the request is in its browser, before the server has
seen it (after step 2); the redirect is in its browser, before the app has seen it (after step 6); and wherever it does
something else first. What it does to its own request or redirect takes the steps that follow along.

The same rule counts in any log, so an attack that somebody has written is measured like one that was searched for.
"""

from collections.abc import Iterable

from flowsim.model.states import Act
from flowsim.model.steps import ATTACKER
from flowsim.model.world import Event

# What belongs to the decision before it in the same run, whatever happened in between.
_OF_ITSELF = (
    Act.STEP_2,
    Act.STEP_8,
    Act.STEP_9,
    Act.STEP_B1,
    Act.STEP_B2,
    Act.STEP_11,
    Act.STEP_R2,
    Act.STEP_R3,
    Act.LOOK_UP,
)
# What the attacker goes on with where it has left off: the act, and the step behind which it has a choice.
_GOES_ON = {Act.STEP_3: Act.STEP_2, Act.STEP_7: Act.STEP_6}


def decisions(log: Iterable[Event]) -> tuple[tuple[Event, ...], ...]:
    """The decisions of the attacker in this log, each as the events that belong to it, in the order they were taken."""
    taken: list[list[Event]] = []
    place: dict[str, int] = {}
    before: dict[str, Act] = {}
    for event in log:
        if event.by_attacker:
            mine = place.get(event.run)
            if mine is None or not _follows(event, before[event.run], latest=mine == len(taken) - 1):
                mine = place[event.run] = len(taken)
                taken.append([])
            taken[mine].append(event)
        before[event.run] = event.act
    return tuple(map(tuple, taken))


def _follows(event: Event, before: Act, *, latest: bool) -> bool:
    """True where this event belongs to the last decision about its run, which is the `latest` one or not."""
    if event.act in _OF_ITSELF:
        return True
    if event.act is Act.CHOOSE_SERVER:
        return before is Act.STEP_1
    if event.act in _GOES_ON:
        return latest and before is not _GOES_ON[event.act]
    if event.act is Act.STEP_10:  # an app goes on to its API; the attacker's own program may do so
        return event.sender != ATTACKER
    return latest and bool(event.act.step)
