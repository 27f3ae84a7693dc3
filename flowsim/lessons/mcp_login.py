"""What one looks at in an MCP login: the messages of one of its steps, and which defence stops which attack on it.

Every cell of the table is a run, played when the table is made.
"""

from collections.abc import Iterator

from flowsim.analysis.defences import DEFENCES, ROWS, offered
from flowsim.analysis.matrix import Cell, cell
from flowsim.attacks import ATTACKERS
from flowsim.lessons.table import Table
from flowsim.model.clients import MCP
from flowsim.model.scenario import ScenarioError
from flowsim.model.steps import step_name
from flowsim.protocol.messages import Opening, Request, Response
from flowsim.simulation.simulation import Trace


def messages_of(trace: Trace, step: str) -> tuple[Request | Response, ...]:
    """The requests and answers of each step of this name, such as `M2` or `10`, in the order in which they were sent.

    Raises ScenarioError where this login has no such step.
    """
    sent = tuple(
        one.message
        for event in trace.events
        if step_name(event.step) == step
        for one in event.messages
        if not isinstance(one.message, Opening)
    )
    if not sent:
        raise ScenarioError(f"no message was sent at a step {step} of this login")
    return sent


def attacks() -> tuple[str, ...]:
    """The attacks of the matrix that need an app which calls the tools of an MCP server."""
    return tuple(name for name, row in ROWS.items() if row.needs.get("client") == MCP)


def stopping(attack: str) -> Iterator[Cell]:
    """Each defence that stops this attack alone, as the run that shows it."""
    for defence in offered(attack):
        if (found := cell(attack, defence)).stopped:
            yield found


def attacks_and_defences() -> Table:
    """Each attack of an MCP login, whether PKCE alone stops it, and what does; the rows are those of the matrix."""
    return Table(
        caption="Attacks on an MCP login, each against one defence",
        head=("attack", "what it is", "PKCE (S256) alone", "stopped by each of these alone"),
        rows=tuple((name, ATTACKERS[name].title, _pkce(name), _stopped(name)) for name in attacks()),
    )


def _pkce(attack: str) -> str:
    # A row may have it anyway, or nothing to do with it; then there is no such cell.
    return ("✗ no" if cell(attack, "S256").works else "yes") if "S256" in offered(attack) else "–"


def _stopped(attack: str) -> str:
    return "; ".join(DEFENCES[one.defence].title + _where(one) for one in stopping(attack)) or "✗ nothing"


def _where(found: Cell) -> str:
    # Where nobody has to refuse anything, nothing comes of the attack, and no step is to be named.
    number = found.verdict.stopped_at_step
    return "" if number is None else f" (step {step_name(number)})"
