"""The pictures of a trace, ready for a notebook: the sequence diagram and the state machine.

A `Picture` shows itself as SVG where that is possible, and as its text where it is not: the same story in words.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowsim.model.states import Act, Role
from flowsim.model.steps import API, LANE_OF
from flowsim.model.telling import Telling
from flowsim.model.world import VICTIM
from flowsim.simulation.simulation import Trace
from flowsim.views.pictures.png import png
from flowsim.views.pictures.sequence import Row, sequence_dot
from flowsim.views.pictures.state_machine import BESIDE, state_machine_dot
from flowsim.views.pictures.svg import svg
from flowsim.views.text import narration, transcript
from flowsim.views.text.experiment import experiment
from flowsim.views.text.words_of_tabs import name_of


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG text, and what it says as plain text."""

    svg: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.text}


def sequence(trace: Trace, current: int | None = None) -> Picture:
    """The sequence diagram of a trace, and its summary as the text.

    With `current`, the index of an event (from 1), that row is lit and later ones are faint. Raises DrawingError where no
    Graphviz is there to draw with.
    """
    return Picture(sequence_svg(trace, current), transcript.summary(trace))


def sequence_svg(trace: Trace, current: int | None = None, lanes: Sequence[str] = ()) -> str:
    """The sequence diagram of this trace as SVG text; `lanes` are shown even where no event needs them."""
    return svg(sequence_source(trace, current, lanes), "nop2")


def sequence_source(trace: Trace, current: int | None = None, lanes: Sequence[str] = ()) -> str:
    """The DOT text of that diagram."""
    made = narration.secrets(trace.events)
    title = f"Sequence diagram: {experiment(trace.scenario, trace.attacker)}"
    rows = (_row(one, made) for one in narration.told(trace))
    return sequence_dot(rows, current=current, lanes=lanes, title=title)


def sequence_png(trace: Trace) -> bytes:
    """The sequence diagram of a trace as a PNG file, two pixels to one of the SVG."""
    return png(sequence_source(trace), "nop2", title=f"Sequence diagram: {experiment(trace.scenario, trace.attacker)}")


def state_machine(trace: Trace | None = None, role: Role = Role.LOGIN) -> Picture:
    """The state machine of a login, or of another role, drawn from the table itself.

    With a trace, the states its login went through are marked, and are the text. Raises DrawingError where no Graphviz is
    there to draw with.
    """
    if trace is None:
        return Picture(svg(state_machine_dot(role), "dot"), f"The state machine of a {role.phrase}.")
    at = trace.worlds[-1].runs[VICTIM].state
    passed = [event.before for event in trace.events if event.run == VICTIM]
    words = " → ".join(state.phrase for state in (*passed, at))
    beside = {event.act for event in trace.events if event.run == VICTIM} & BESIDE
    return Picture(svg(state_machine_dot(role, at, passed, beside), "dot"), words)


def _row(telling: Telling, made: Collection[tuple[str, str]]) -> Row:
    event = telling.event
    pause = event.act is Act.WAIT
    return Row(
        index=event.index,
        step=event.step,
        label=narration.label(telling, made),
        sender_lane=LANE_OF[event.sender],
        receiver_lane=API if pause else LANE_OF[event.receiver],
        attack=event.by_attacker,
        failed=narration.failed(event),
        pause=pause,
        unseen=event.unseen,
        numbered=bool(event.messages or event.checks or event.act.step) and not narration.between(event),
        tooltip=narration.title(telling),
        login=name_of(telling.scenario, event.run),
    )
