"""A trace as the text of a Mermaid sequence diagram, which many wikis and code hosts draw where they find it.

One line of text is one arrow: `client->>authorization_server: 7. POST /oauth/token code`. A message that was refused
ends in a cross. Whatever the attacker does begins with ☠, and the attacker itself is drawn as a figure where the others
are boxes. A note beside the arrow tells which check decided, what it expected and what it received.

What a line shows may come from an attacker, and in Mermaid a semicolon ends a line, `#` begins a comment and `%%{` an
instruction. So only letters, digits and a few harmless signs are written as they are. All others become codes such as
`#59;`, which Mermaid draws as the sign and never reads.

Source: the Mermaid manual, "Sequence Diagrams" (section "Entity codes to escape characters").
"""

from collections.abc import Iterator

from flowsim.model.check import CheckResult
from flowsim.model.shown import shorten
from flowsim.model.states import Act
from flowsim.model.steps import ALL_LANES, API, ATTACKER, LANE_OF, LANES, WHERE_NEEDED, step_name
from flowsim.model.telling import Telling
from flowsim.simulation.simulation import Trace
from flowsim.views.text import narration

_HARMLESS = frozenset(" .,()/?!+-=_…→“”☠✗§")
_BREAK = "<br/>"


def mermaid(trace: Trace) -> str:
    """The diagram as Mermaid text, one line for each event and each check that decided; it ends with a newline."""
    return "\n    ".join(["sequenceDiagram", *_participants(trace), *_lines(trace)]) + "\n"


def inert(text: str) -> str:
    """This text for one line of Mermaid, in which it is drawn letter by letter and means nothing.

    A character that cannot be seen, or that turns the direction of writing, becomes U+FFFD.
    """
    return "".join(_code(letter) for letter in " ".join(text.split()))


def _code(letter: str) -> str:
    if not letter.isprintable():
        letter = "\N{REPLACEMENT CHARACTER}"
    return letter if letter.isalnum() or letter in _HARMLESS else f"#{ord(letter)};"


def _participants(trace: Trace) -> Iterator[str]:
    present = {LANE_OF[party] for event in trace.events for party in (event.sender, event.receiver)}
    for lane, name in ALL_LANES:
        if lane in present or lane not in WHERE_NEEDED:
            yield f"{'actor' if lane == ATTACKER else 'participant'} {lane} as {inert(name)}"


def _lines(trace: Trace) -> Iterator[str]:
    made = narration.secrets(trace.events)
    for telling in narration.told(trace):
        yield _arrow(telling, narration.label(telling, made))
        yield from (_note(result) for result in telling.event.checks if result.decides)


def _arrow(telling: Telling, label: str) -> str:
    event = telling.event
    if event.act is Act.WAIT:
        return f"Note over {LANES[0][0]},{API}: {inert(narration.title(telling))}"
    mark = "☠ " if event.by_attacker else ""
    head = "-x" if narration.failed(event) else "->>"
    number = "" if narration.between(event) and not event.by_attacker else f"{step_name(event.step)}. "
    return f"{LANE_OF[event.sender]}{head}{LANE_OF[event.receiver]}: {mark}{number}{inert(shorten(label))}"


def _note(result: CheckResult) -> str:
    check = result.check
    lines = (
        f"✗ {check.title}, {check.clause}",
        f"expected {shorten(result.expected)}",
        f"received {shorten(result.received)}",
    )
    return f"Note over {LANE_OF[check.actor]}: {_BREAK.join(inert(line) for line in lines)}"
