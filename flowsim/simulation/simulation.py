"""A simulation: a walk through one world after another, which can be turned back and forked.

`step()` plays the next move, `back()` goes one back, `goto(n)` goes anywhere, `run()` plays to the end. Where the user has
several logins under way, `step("tab 2")` plays the next move of one of them. `until("code")` and `at_step(8)` go to a
moment by its name. `fork()` starts another branch from where one stands, and `inject()` does so with an attacker in it.
Nothing that happened is ever changed: the first branch stays as it was, and both can be looked at side by side.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Unpack

from flowsim.attacks import ATTACKERS, Attacker, known_attacker
from flowsim.attacks.referee import allowed_move, made, settings_needed
from flowsim.engine.apply import admit_attacker, apply
from flowsim.engine.honest_moves import honest_move, may_move
from flowsim.engine.initial_world import initial_world
from flowsim.model.display import Displayed
from flowsim.model.order import Turn
from flowsim.model.scenario import SETTINGS, Scenario, ScenarioError, Settings
from flowsim.model.shown import shown
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, VICTIM, Event, World, evolve
from flowsim.simulation.ledger import Ledger, ledger
from flowsim.simulation.moments import Moment, after_step, moment
from flowsim.simulation.names import check_names
from flowsim.simulation.turns import cannot_move, has_turns, is_turn, turn_named, with_turn
from flowsim.simulation.verdict import Verdict, verdict

_USUAL = Scenario()
LONGEST_NAME = 200  # characters of a branch's name, and of its title
CODE_IN_BROWSER = 6  # moves of an honest login after which the code is in the browser, and most attackers come in time


@dataclass(frozen=True, repr=False)
class Trace(Displayed):
    """The recorded worlds of one branch, and what follows from them: events, ledger, verdict.

    `worlds` has one more than `events`: the first is the one before anything happened. `over` says that nobody has a
    move left; before that the verdict is one on a story that goes on. `attacker` is the one in it, where it is no longer
    only a name in the settings.
    """

    name: str
    worlds: tuple[World, ...]
    over: bool = False
    attacker: Attacker | None = None

    def __repr__(self) -> str:
        return f"Trace({self.name!r}, {len(self.events)} events: {self.verdict.sentence})"

    @property
    def scenario(self) -> Scenario:
        """The settings that were played."""
        return self.worlds[-1].scenario

    @property
    def unseen(self) -> tuple[str, ...]:
        """The lanes of those whose memory nobody here can see; empty in a simulation, where all of it is known."""
        return ()

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened, in order: one event for each move, each with its messages and checks."""
        return self.worlds[-1].log

    @cached_property
    def ledger(self) -> Ledger:
        """Who knows which secret, worked out from the messages."""
        return ledger(self.events, in_browser=self.scenario.profile.in_browser)

    @cached_property
    def verdict(self) -> Verdict:
        """How it ended: who got what, which check stopped it, and a sentence that says so."""
        return verdict(self.worlds[-1], self.ledger, over=self.over, attacker=self.attacker)


class Simulation(Displayed):
    """One branch of an experiment and a position in it: how many moves of it have happened.

    `Simulation(scenario)` or `Simulation(client="spa", pkce="none", seed=7)`. `attacker` is one of flowsim's by its name,
    or an `Attacker` of your own; where the scenario names one of your own, it is among the `attackers`. All branches of
    one experiment are in `branches`, by name, which is an id; `title` is what people read on its tab, and the name where
    nothing else is said.
    Raises ScenarioError for settings, checks, attackers or branch names that make no sense.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        name: str = "login",
        title: str | None = None,
        attackers: Iterable[Attacker] = (),
        **settings: Unpack[Settings],
    ) -> None:
        scenario, meant = _scenario(scenario, settings)
        own = (*attackers, *((meant,) if meant else ()))
        check_names(scenario, own)
        name = checked_name(name)
        title = name if title is None else checked_name(title)
        attacker = known_attacker(scenario.attacker, own) if scenario.attacker else None
        if attacker:
            scenario = replace(scenario, **settings_needed(attacker, scenario))
        world = initial_world(scenario.settled())
        self.name = name
        self.title = title
        self.position = 0
        self.forked_from: tuple[str, int] | None = None
        self._family: dict[str, Simulation] = {}
        self._attacker = attacker
        self._enters = 0
        self._worlds: tuple[World, ...] = (admit_attacker(world, attacker.name, attacker.aim) if attacker else world,)

    def __repr__(self) -> str:
        return f"Simulation({self.name!r}, move {self.position}: {self.world.runs[VICTIM].state.phrase})"

    @property
    def branches(self) -> dict[str, "Simulation"]:
        """All branches of this experiment, by name.

        A simulation that was never forked does not refer to itself, so it and its worlds go with the last name for it,
        and need not wait for the garbage collector.
        """
        return self._family or {self.name: self}

    @property
    def world(self) -> World:
        """The world at the current position."""
        return self._worlds[self.position]

    @property
    def event(self) -> Event | None:
        """The event that led to the current position; None at the start."""
        log = self.world.log
        return log[-1] if log else None

    @property
    def scenario(self) -> Scenario:
        """The settings of this branch, with the seed and the start time that it plays with."""
        played = self.world.scenario
        return evolve(played, attacker=self._attacker.name) if self._attacker and not played.attacker else played

    @property
    def trace(self) -> Trace:
        """What has happened up to the current position."""
        return self._traced(over=self._is_over())

    def _traced(self, *, over: bool) -> Trace:
        return Trace(self.name, self._worlds[: self.position + 1], over=over, attacker=self._attacker)

    @property
    def ledger(self) -> Ledger:
        """Who knows which secret at the current position."""
        return self.trace.ledger

    @property
    def verdict(self) -> Verdict:
        """What has come of it up to the current position."""
        return self.trace.verdict

    @property
    def ended(self) -> bool:
        """True when nobody has a move left at the current position."""
        return self.next_move() is None

    @property
    def may_move(self) -> tuple[str, ...]:
        """The runs whose step can come next, for `step("tab 2")`; another tab, window or device can begin besides."""
        return may_move(self.world)

    def next_move(self) -> Move | None:
        """The move `step` would make here: the attacker's if it has one, else that of the honest parties.

        Raises PositionError where the attacker reaches further than its positions let it, or writes what it cannot know,
        and ScenarioError where its rule fails.
        """
        self._let_in()
        return self._attackers_move() or honest_move(self.world)

    def _attackers_move(self) -> Move | None:
        inside = self._attacker is not None and ATTACKER_RUN in self.world.runs
        return allowed_move(self._attacker, self.world) if inside and self._attacker else None

    def _let_in(self) -> None:
        """Admit the attacker where it comes in: after so many moves, or where the honest parties are done before."""
        attacker = self._attacker
        if attacker is None:
            return
        world = self.world
        if ATTACKER_RUN in world.runs or self.position + 1 < len(self._worlds):
            return
        if self.position >= self._enters or honest_move(world) is None:
            self._worlds = (*self._worlds[:-1], admit_attacker(world, attacker.name, attacker.aim))

    def _is_over(self) -> bool:
        """True at the end of a story in which nobody has a move left."""
        try:
            return self.position + 1 == len(self._worlds) and self.next_move() is None
        except ScenarioError:
            return False

    def step(self, run: str | None = None) -> Event | None:
        """Go one move on and give its event; None where the simulation has ended. What was stepped back is kept.

        With a `run`, such as `"tab 2"`, the next move of that run is played and becomes part of the scenario's `order`; a
        login of this name begins where there is none yet. What has to come first, such as a move of the attacker's, does.
        With `"refresh 1:lose-answer"` that run goes on until the network loses an answer to it (model/order.py).
        What was stepped back then goes another way.
        Raises ScenarioError, and stays, where an attacker's rule fails, as `next_move` does, or where that run cannot move.
        """
        if run is not None:
            return self._step_of(turn_named(run, self.scenario))
        if self.position + 1 == len(self._worlds):
            attacker = self._attacker
            if attacker is not None:
                self._let_in()
            world = self._worlds[-1]
            move = self._attackers_move() if attacker is not None else None
            if move is not None and attacker is not None:
                after = made(attacker, world, move)
            elif (honest := honest_move(world)) is not None:
                after = apply(world, honest)
            else:
                return None
            self._worlds = (*self._worlds, after)
        self.position += 1
        return self._worlds[self.position].log[-1]

    def _step_of(self, turn: Turn) -> Event:
        """Play the next move of this run, whose turn it is from now on, or its moves until this act of the network."""
        kept, start = self._worlds, self.position
        if start + 1 < len(kept) and is_turn(turn, kept[start + 1].log[-1]):
            self.position += 1
            return kept[start + 1].log[-1]
        scenario = with_turn(self.world, turn)
        self._worlds = tuple(evolve(world, scenario=scenario) for world in kept[: start + 1])
        try:
            while (event := self.step()) is not None:
                if is_turn(turn, event):
                    return event
                if event.run != turn.run and has_turns(self.world, event):
                    break
        except ScenarioError:
            self._worlds, self.position = kept, start
            raise
        self._worlds, self.position = kept, start
        raise cannot_move(self.world, turn)

    def back(self) -> Event | None:
        """Go one move back and give the event one stands at then; at the start nothing happens."""
        self.position = max(0, self.position - 1)
        return self.event

    def goto(self, position: int) -> Event | None:
        """Go to where this many moves have happened. Raises ScenarioError, and stays, where there are not so many."""
        if type(position) is not int or position < 0:
            raise ScenarioError(f"a position counts moves from 0, so it cannot be {shown(position)}")
        start = self.position
        self.position = min(position, len(self._worlds) - 1)
        while self.position < position:
            if self.step() is None:
                reached, self.position = self.position, start
                raise ScenarioError(
                    f"branch {self.name!r} ends after {reached} moves, so it cannot go to {shown(position)}"
                )
        return self.event

    def until(self, name: str) -> Event | None:
        """Play on until this moment and give the event one stands at then; stay where it is that moment already.

        `name` is that of a state in which a login of the victim then stands (`"code_in_browser"`), of an act that has
        just happened (`"take_response"`), or of a kind of secret that was just made (`"code_verifier"`). Raises
        ScenarioError, and stays, for a name that is none of these and for a moment that does not come.
        """
        return self._seek(moment(name), repr(name), self.position)

    def at_step(self, number: int) -> Event | None:
        """Go to where the honest parties have just taken this step for the first time, back or on, and give its event.

        The steps of the login are 1 to 11, those after it 12 to 16, those of discovery 17 and 18. In an honest login
        without discovery that is the position of the same number; an attacker's moves, actions of the server and waits
        count as moves and not as steps. Raises ScenarioError, and stays, where this step is never taken.
        """
        return self._seek(after_step(number), f"step {number}", 0)

    def _seek(self, reached: Moment, sought: str, start: int) -> Event | None:
        stood, self.position = self.position, start
        try:
            while not reached(self.world):
                if self.step() is None:
                    past = next((move for move in range(start) if reached(self._worlds[move])), None)
                    hint = (
                        f"; it was so after move {past}, and goto({past}) goes back there" if past is not None else ""
                    )
                    end = f"branch {self.name!r} ends after {self.position} moves"
                    raise ScenarioError(f"{end} and does not come to {sought}{hint}")
        except ScenarioError:
            self.position = stood
            raise
        return self.event

    def run(self) -> Trace:
        """Play to the end and give the whole trace."""
        while self.step() is not None:
            pass
        return self._traced(over=True)

    def fork(self, name: str, **settings: Unpack[Settings]) -> "Simulation":
        """A new branch from the current position; this one stays as it is.

        With settings, the moves so far are played again under them, because they may concern the past: a login without
        PKCE differs from step 2 on. Without settings the two branches share their past. An attacker comes in where it
        does in this branch. Raises ScenarioError where there is a branch of this name already, and for settings that
        make no sense.
        """
        return self._fork(name, self._attacker, settings)

    def inject(self, attacker: str | Attacker = "code-interception", name: str | None = None) -> "Simulation":
        """A new branch from the current position with this attacker in it: one of flowsim's by its name, or your own.

        Where no name is given the branch has the attacker's own, such as `code-interception`, and the attacker's title; a
        second one is `code-interception-2`. Raises ScenarioError where the attacker would come too late to do anything,
        where this branch has an attacker already, and for an unknown name.
        """
        attacker = known_attacker(attacker)
        if self._attacker is not None:
            raise ScenarioError(f"branch {self.name!r} has an attacker already: {self._attacker.name}")
        titles = {branch.title for branch in self.branches.values()}
        needed = settings_needed(attacker, self.scenario)
        branch = self._fork(name or numbered(attacker.name, self.branches, "-"), attacker, needed)
        branch.title = name or numbered(attacker.title, titles)
        struck = False
        try:
            struck = any(is_of_the_attacker(event) for event in branch.played().events)
        finally:
            if not struck:  # whatever went wrong, the attacker may come again under this name
                del self._family[branch.name]
        if not struck:
            raise ScenarioError(self._without_a_chance(attacker))
        return branch

    def _without_a_chance(self, attacker: Attacker) -> str:
        """Why an attacker has not made a move from here."""
        from_the_start = Simulation(self.scenario, attacker=attacker).played().events
        if attacker in ATTACKERS.values() or any(is_of_the_attacker(event) for event in from_the_start):
            return f"{attacker.name} comes too late after move {self.position}: {attacker.too_late}"
        return (
            f"{attacker.name} finds no chance to strike, whenever it comes in: its rule gives None in every view here. "
            "A first move is, for example, steal_the_redirect(view) or toolkit.read_the_request(view)"
        )

    def played(self) -> Trace:
        """The whole trace of this branch, as `run` gives it; the position stays."""
        position = self.position
        try:
            return self.run()
        finally:
            self.position = position

    def _fork(self, name: str, attacker: Attacker | None, settings: Mapping[str, Any]) -> "Simulation":
        if checked_name(name) in self.branches:
            raise ScenarioError(f"there is a branch {name!r} already; choose another name")
        scenario, meant = _scenario(self.scenario, settings)
        if "attacker" in settings:
            branch = Simulation(scenario, name=name, attackers=[one for one in (meant, attacker) if one])
        elif scenario != self.scenario:
            needed = settings_needed(attacker, scenario) if attacker else {}
            branch = Simulation(replace(scenario, **needed, attacker=None), name=name)
            branch._attacker, branch._enters = attacker, self._enters if attacker is self._attacker else 0
            branch._let_in()
        else:
            branch = object.__new__(Simulation)
            branch.name, branch.title, branch.position, branch._attacker = name, name, self.position, attacker
            branch._enters = self._enters if attacker is self._attacker else self.position
            branch._worlds = self._worlds[: self.position + 1]
            branch._let_in()
        while branch.position < self.position and branch.step() is not None:
            pass
        branch.forked_from = (self.name, self.position)
        if not self._family:
            self._family = {self.name: self}
        branch._family = self._family
        self._family[name] = branch
        return branch


def is_of_the_attacker(event: Event) -> bool:
    """True for a move of the attacker's, and for one in which a server of its own answers."""
    return event.by_attacker or any(sent.sender == ATTACKER for sent in event.messages)


def numbered(name: str, taken: Container[str], dash: str = " ") -> str:
    """This name or title, with a number behind it where it is taken."""
    number = 1
    while (found := f"{name}{dash}{number}" if number > 1 else name) in taken:
        number += 1
    return found


def checked_name(name: str) -> str:
    """This name or title of a branch. Raises ScenarioError for one that cannot stand on a tab."""
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise ScenarioError(
            f"a branch name is a text of 1 to {LONGEST_NAME} characters that can be seen, not {shown(name)}"
        )
    return name


def _scenario(scenario: Scenario | None, settings: Mapping[str, Any]) -> tuple[Scenario, Attacker | None]:
    """The scenario with these settings, and the attacker of one's own where one stands for its name."""
    if scenario is not None and not isinstance(scenario, Scenario):
        raise ScenarioError(f'expected a Scenario, or settings by name such as client="spa", not {shown(scenario)}')
    wrong = [name for name in settings if name not in SETTINGS]
    if wrong:
        known = ", ".join(SETTINGS)
        raise ScenarioError(f"there is no setting {shown(wrong[0])}; expected one of: {known}")
    named = settings.get("attacker")
    meant = known_attacker(named) if named is not None and not isinstance(named, str) else None
    if meant:
        settings = {**settings, "attacker": meant.name}
    return (scenario or _USUAL).changed(**settings), meant
