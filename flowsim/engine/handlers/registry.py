"""Who does what: one handler for each act. A step of the flow has just that; an attacker's act is a whole record.

    @handles(Act.STEP_4)
    def step_4(turn: Turn) -> Effect:
        ...

    @attacker_act(
        Act.READ_WINDOW,
        takes=SCRIPT,
        clauses=("RFC 10017 §5.1.3",),
        label="read the window's address",
        title="The script reads the code in the address of its window",
        text="A script may read where its window has come to, …",
    )
    def read_window(turn: Turn) -> Effect:
        ...

When an act may happen stands in model/transitions.py. Everything else about an attacker's act stands on its handler:
what it does, which position it takes, and how it is told. What is told may depend on the run, so each of these words can
be a function of the event.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flowsim.engine.effect import Effect
from flowsim.engine.turn import Turn
from flowsim.model.positions import known_positions
from flowsim.model.states import Act
from flowsim.model.steps import ATTACKER, clause_url
from flowsim.model.world import OWN_LOGIN, Event, Run

Handler = Callable[[Turn], Effect]
Words = str | Callable[[Event], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackerAct:
    """One thing that only an attacker does.

    It takes a position, a lesser one in the attacker's own login where `takes_in_own_login` says so. The label is for the
    arrow in the diagram, the title can be said aloud, the text says what happens and why in a few sentences, with names of
    secrets in `backquotes`. `notes` are for somebody who presents it to a room: what to say, what to ask. `is_step`: it is
    itself a step of the flow, taken by the attacker. Raises ValueError for a
    record that lacks something, ScenarioError for a position that there is not, and KeyError for an unknown specification.
    """

    act: Act
    handler: Handler
    takes: str
    clauses: tuple[str, ...]
    label: Words
    title: Words
    text: Words
    takes_in_own_login: str = ""
    is_step: bool = False
    notes: str = ""

    def __post_init__(self) -> None:
        known_positions((self.takes, self.takes_in_own_login or self.takes))
        for name in ("clauses", "label", "title", "text"):
            if not getattr(self, name):
                raise ValueError(f"the record of {self.act.name} has no {name}")
        for clause in self.clauses:
            clause_url(clause)

    def label_of(self, event: Event) -> str:
        """The label for this event; empty where the message says enough."""
        return _words(self.label, event)

    def title_of(self, event: Event) -> str:
        return _words(self.title, event)

    def text_of(self, event: Event) -> str:
        return _words(self.text, event)

    def position(self, run: str) -> str:
        """The position that this act takes in this run."""
        return (self.takes_in_own_login if run == OWN_LOGIN else "") or self.takes


# The handlers of all acts; those of the numbered steps where the attacker's own program takes them; the attackers' acts.
_HANDLERS: dict[Act, Handler] = {}
_OF_THE_ATTACKER: dict[Act, Handler] = {}
ATTACKER_ACTS: dict[Act, AttackerAct] = {}


def handler_of(run: Run, act: Act) -> Handler:
    """What happens when this run does this."""
    return (_OF_THE_ATTACKER.get(act) if run.owner == ATTACKER else None) or _HANDLERS[act]


def handles(*acts: Act, by_attacker: bool = False) -> Callable[[Handler], Handler]:
    """Register the handler of these acts; `by_attacker`, of these steps in a run of the attacker's own program."""

    def register(handler: Handler) -> Handler:
        for act in acts:
            _add(_OF_THE_ATTACKER if by_attacker else _HANDLERS, act, handler)
        return handler

    return register


def attacker_act(
    act: Act,
    *,
    takes: str,
    clauses: tuple[str, ...],
    label: Words,
    title: Words,
    text: Words,
    takes_in_own_login: str = "",
    is_step: bool = False,
    notes: str = "",
) -> Callable[[Handler], Handler]:
    """Register the handler of an attacker's act together with all that is told of it; see `AttackerAct`."""

    def register(handler: Handler) -> Handler:
        record = AttackerAct(
            act=act,
            handler=handler,
            takes=takes,
            clauses=clauses,
            label=label,
            title=title,
            text=text,
            takes_in_own_login=takes_in_own_login,
            is_step=is_step,
            notes=notes,
        )
        _add(_HANDLERS, act, handler)
        ATTACKER_ACTS[act] = record
        return handler

    return register


def _words(told: Words, event: Event) -> str:
    return told if isinstance(told, str) else told(event)


def _add(handlers: dict[Act, Handler], act: Act, handler: Handler) -> None:
    if act in handlers:
        raise ValueError(f"{act.name} has a handler already: {handlers[act].__name__}")
    handlers[act] = handler
