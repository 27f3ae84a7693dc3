"""The bench in a notebook: controls that change an experiment, and the player below them that shows it.

Nothing is decided here. A control that changes asks the session for that change, and what the session then says is
shown: its settings in the controls, its branches in the player, its problem or hint in a line between them. What a
reader does in the player goes the same way, so the controls always belong to the branch one looks at.

JupyterLab sends what widgets say to more than one thread of the kernel, so a step in the player can arrive while a
change is being made. One thing is done after the other, and a change that leaves the place in view alone does not tell
the player where to stand.

Source: none of the protocol's; ipywidgets' manual says when an event is sent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any, Unpack

import ipywidgets
import traitlets

from flowsim.attacks import ATTACKERS, Attacker
from flowsim.front_end.page import frame, stored
from flowsim.model.scenario import SETTINGS, Scenario, Settings
from flowsim.session.session import BenchSession
from flowsim.widgets import answers
from flowsim.widgets.checks import Checks
from flowsim.widgets.controls import Ask, button, dropdown, opener, row, text
from flowsim.widgets.module import FrontEnd
from flowsim.widgets.player_widget import Player
from flowsim.widgets.settings import first_settings, help_of, more_settings


class Line(FrontEnd):
    """A line of text that is read aloud when it changes, and below it which attacks the last switch answers.

    It also brings the keys of the bench. A message from the page names the attack to make ready.
    """

    front_end = traitlets.Unicode("bench").tag(sync=True)
    kind = traitlets.Enum(("problem", "hint", "about"), "about").tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    answers = traitlets.List(traitlets.Dict()).tag(sync=True)
    ready = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)


class Bench(ipywidgets.VBox):
    """An experiment, its controls and its player.

    `Bench(client="spa", pkce="none", seed=7)`, `Bench(scenario)` or `Bench(session)`. `session` is the model and
    `player` what one steps through. Raises ScenarioError for settings that make no sense from the beginning.
    """

    def __init__(
        self,
        session: BenchSession | Scenario | None = None,
        *,
        ready: str | Attacker = "code-interception",
        **settings: Unpack[Settings],
    ) -> None:
        """Build the controls and the player, and show in both what the session says."""
        if not isinstance(session, BenchSession):
            session = BenchSession(session, ready=ready, **settings)
        self.session = session
        self.player = Player(self.session.payload())
        self.line = Line()
        self.line.on_msg(lambda _widget, asked, _buffers: self._make_ready(asked["ready"]))
        self.settings = first_settings(self._ask)
        self.more = more_settings(self._ask)
        self.checks = Checks(self._ask)
        self.branches = Branches(self._ask)
        self.turns = Turns(self._ask)
        self._one_by_one = RLock()
        self._showing = False
        self._place = self._seen()
        open_more = opener("More settings", "Show or hide the settings that are needed less often", self.more)
        self._open_checks = opener("Checks", "Show or hide all checks, to switch them off and on", self.checks)
        open_more.observe(self._heard, "value")
        self._open_checks.observe(lambda _change: self._fill_checks(), "value")
        for panel in (self.more, self.checks):
            panel.add_class("fs-bench-panel")
        second = row(*self.branches.controls, open_more, self._open_checks)
        super().__init__((self.settings, second, self.turns.row, self.more, self.checks, self.line, self.player))
        self.add_class("fs-bench")
        self.player.observe(self._follow, ["branch", "position"])
        self.update()

    def __repr__(self) -> str:
        """Return where the player stands; the same in every session, so that a stored notebook can be compared."""
        return repr(self.player).replace("Player", "Bench", 1)

    def _repr_mimebundle_(self, **settings: Any) -> dict[str, Any]:
        """Add the player as a page of its own, for a notebook that no kernel runs and for `nbconvert --to html`."""
        data: dict[str, Any] = super()._repr_mimebundle_(**settings) or {}
        page = stored(frame(self.session.payload()), needs_a_kernel="The controls of this bench")
        return {**data, "text/plain": repr(self), "text/html": page}

    def update(self, asked: str | None = None) -> None:
        """Show what the session says; needed only after it was changed in code, or by the control that `asked` names."""
        with self._one_by_one:
            with self._silence():
                self._show_in_player()
                self._show(asked)
            if self._seen() != self._place:
                self._follow()

    def _ask(self, act: Callable[[BenchSession], bool], switch: str = "", /) -> None:
        """Have the session do it, and show what came of it. What a control shows by itself asks for nothing.

        Then show which attacks the switch answers, if it was one: for that cells of the matrix are played.
        """
        with self._one_by_one:
            if self._showing:
                return
            self._heard()
            if done := act(self.session):
                self.update(switch if switch in SETTINGS else None)
            else:
                self._show()
            self.line.answers = answers.of_switch(switch) if done else []

    def _fill_checks(self) -> None:
        """Make the boxes of all checks, the first time that they are to be seen."""
        with self._one_by_one:
            self._heard()
            if not self.checks.filled:
                self.checks.fill()
                self.checks.words.observe(self._heard, "value")

    def _heard(self, _change: Any = None) -> None:
        """Tell the page that the kernel is there."""
        self.line.answered += 1

    def _make_ready(self, attacker: str) -> None:
        with self._one_by_one:
            self._heard()
            self.session.make_ready(attacker)
            self.update()

    def _follow(self, _change: Any = None) -> None:
        """Look at what the reader looks at. The player shows it already."""
        with self._one_by_one:
            if self._showing:
                return
            before = self.session.branch, self.session.problem
            self.session.show(*self._seen())
            self._place = self.session.branch, self.session.position
            if before != (self.session.branch, self.session.problem):
                self._show()
            else:
                self._show_turns()

    def _seen(self) -> tuple[str, int]:
        """The branch and the position that the player shows."""
        return self.player.branch, self.player.position

    def _show_in_player(self) -> None:
        """Hand over the branches, and the place in view if it is another one than before."""
        player, place = self.player, (self.session.branch, self.session.position)
        with player.hold_sync(), player.hold_trait_notifications():
            player.payload = self.session.payload()
            if place != self._place:
                player.branch, player.position = self._place = place

    def _show(self, asked: str | None = None) -> None:
        with self._silence():
            session = self.session
            settings = session.settings
            for part in (self.settings, self.more):
                part.show(settings, asked=asked)
            self.checks.show(settings)
            self.branches.show(session)
            self.turns.show(session)
            off = len(settings.without)
            self._open_checks.description = f"Checks: {off} off" if off else "Checks"
            said = {"problem": session.problem, "hint": session.hint, "about": session.about}
            kind = next(kind for kind, text in said.items() if text)
            with self.line.hold_sync():
                self.line.kind, self.line.text, self.line.ready = kind, said[kind], session.ready

    def _show_turns(self) -> None:
        with self._silence():
            self.turns.show(self.session)

    @contextmanager
    def _silence(self) -> Iterator[None]:
        before, self._showing = self._showing, True
        try:
            yield
        finally:
            self._showing = before


class Turns:
    """Whose step comes next, where one user has several logins: it is hidden where there is one."""

    def __init__(self, ask: Ask) -> None:
        """Make the list and the button."""
        self.run = dropdown("Whose step comes next", "The login that moves next, after the step in view", [], 150)
        self.run.add_class("fs-bench-unasked")
        self.play = button(
            "Play its step",
            "Play the next step of this login; the order of the logins changes so that it comes here",
            lambda: ask(lambda session: session.play_next(self.run.value)),
        )
        self.row = row(self.run, self.play)
        self.row.layout.display = "none"

    def show(self, session: BenchSession) -> None:
        """List the logins that can move after the step in view, and those that could begin."""
        known = session.may_move
        self.row.layout.display = None if known else "none"
        new = {f"a new {kind}": run for kind, run in session.may_begin.items()} if known else {}
        options, chosen = [*known.items(), *new.items()], self.run.value
        if list(self.run.options) != options:
            self.run.options = options
        values = [run for _, run in options]
        self.run.value = chosen if chosen in values else next(iter(values), None)


class Branches:
    """What makes a branch at the place in view, and what removes one."""

    def __init__(self, ask: Ask) -> None:
        """Make the controls, each of which asks for what it says."""
        self.name = text("New branch", "The name of the next branch, if you want to choose it", 130, "its name")
        self.name.add_class("fs-bench-unasked")
        self.ready = dropdown(
            "Attacker to inject", help_of(SETTINGS["attacker"], "Who comes in next"), list(ATTACKERS), 180
        )
        self.ready.observe(lambda change: ask(lambda session: session.make_ready(change["new"])), "value")
        self.fork = button(
            "Fork here",
            "Make a branch that goes its own way from the step in view",
            lambda: ask(lambda session: self._made(session.fork_here(self.name.value))),
        )
        self.inject = button(
            "Inject the attacker here",
            "Make a branch in which the attacker comes in at the step in view",
            lambda: ask(lambda session: self._made(session.inject_here(name=self.name.value))),
        )
        self.inject.add_class("fs-bench-inject")
        self.remove = button(
            "Remove branch",
            "Remove the branch in view, and all that were made from it",
            lambda: ask(lambda session: session.remove_here()),
        )
        self.controls = (self.name, self.fork, self.ready, self.inject, self.remove)

    def show(self, session: BenchSession) -> None:
        """Have the list of attackers show which one is ready."""
        if session.ready not in self.ready.options:
            self.ready.options = [*self.ready.options, session.ready]
        self.ready.value = session.ready

    def _made(self, made: bool) -> bool:
        """The name was for that one branch."""
        if made:
            self.name.value = ""
        return made
