"""The words for each act: a title one can say aloud, plain sentences, a short label. One function for each, in one table.

A teller looks at what has happened and chooses its sentences, so that none of them can contradict what is on the screen.
`@tells(act, after)` puts it into the table of its module: `after` is the state that the run has come to, and `whose` says
in whose run it tells this, where it is told differently there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from flowsim.engine.honest_moves import is_step_up
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER
from flowsim.model.telling import Telling
from flowsim.model.timeline import in_words
from flowsim.model.world import AGAIN, ATTACKER_INITIATED, OWN_LOGIN, is_other_app

# In whose run: that of a client that somebody else wrote; that of the lesson's app at a server that somebody else wrote;
# anybody's; the attacker's own, in which it plays the app; the login of the attacker's own account; a login of the user's
# that the attacker began; one that the app began because an API asked for it; one at another app; one more at the same app.
Whose = Literal["live", "own client", "anybody", "attacker", "own login", "lured", "step-up", "other app", "again"]


@dataclass(frozen=True, slots=True)
class Words:
    """What to say of an event. Names of secrets in `text` stand in `backquotes`; without a `label` the message gives it."""

    title: str
    text: str
    label: str | None = None


Teller = Callable[[Telling], Words]
Table = dict[tuple[Whose, Act, State | None], Teller]


def tells(
    table: Table, act: Act, after: State | None = None, *, whose: Whose = "anybody"
) -> Callable[[Teller], Teller]:
    """Put a teller into this table, for an act that leads to this state, or to any that has no teller of its own."""

    def put(teller: Teller) -> Teller:
        assert (whose, act, after) not in table, f"{act} has a teller for {whose}, {after}"
        table[whose, act, after] = teller
        return teller

    return put


def whose_run(told: Telling) -> Whose:
    """Whose run this event belongs to."""
    if told.run.owner == ATTACKER:
        return "attacker"
    if told.scenario.at_another_server:
        return "own client"
    if told.scenario.live:
        # The attacker writes its request itself; from there its login is like one in a simulation.
        return "own login" if told.event.run == OWN_LOGIN and told.event.step > 2 else "live"
    if told.event.run == OWN_LOGIN:
        return "own login"
    if is_step_up(told.run):
        return "step-up"
    if is_other_app(told.run):
        return "other app"
    if told.event.run.startswith(f"{AGAIN} "):
        return "again"
    return "lured" if told.event.run == ATTACKER_INITIATED else "anybody"


def prose(*sentences: str) -> str:
    """These sentences as one text; empty ones are left out."""
    return " ".join(sentence for sentence in sentences if sentence)


def listed(names: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, end = names
    return f"{', '.join(most)} {last} {end}" if most else end


def for_so_long(seconds: int) -> str:
    """`a minute`, `an hour`, `a day`, else the number: `90 seconds`, `10 minutes`."""
    words = in_words(seconds)
    count, _, unit = words.partition(" ")
    return f"{'an' if unit == 'hour' else 'a'} {unit}" if count == "1" else words
