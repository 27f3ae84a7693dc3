"""Every check as a box, ticked if it is on: a tab for each who checks, a heading for each place, and a filter."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import ipywidgets

from flowsim.checks import CHECKS, TABLES
from flowsim.model.check import AnyCheck
from flowsim.model.scenario import Scenario
from flowsim.model.steps import ACTOR_BY_ID, BROWSER
from flowsim.session.session import BenchSession
from flowsim.widgets.controls import Ask, button, row, text, tick


class Checks(ipywidgets.VBox):
    """All checks there are, to switch them off and on and to find one among them.

    Most benches are used without this panel, and it has a control for each of so many checks: so it is filled when it is
    opened, or when its `panel` is asked for.
    """

    def __init__(self, ask: Ask) -> None:
        """`ask` is asked for a change whenever a box is ticked."""
        self._ask = ask
        self._settings = Scenario()
        super().__init__(())

    @cached_property
    def panel(self) -> "_Panel":
        """What is in it, made when it is needed for the first time."""
        made = _Panel(self._ask, self._settings)
        self.children = (made.find, made.tabs)
        return made

    @property
    def filled(self) -> bool:
        """Whether what is in it has been made."""
        return "panel" in vars(self)

    def fill(self) -> None:
        """Make what is in it, if that was not done yet."""
        _ = self.panel

    @property
    def boxes(self) -> dict[str, Any]:
        """The box of each check, by the id of the check."""
        return self.panel.boxes

    @property
    def tabs(self) -> Any:
        return self.panel.tabs

    @property
    def words(self) -> Any:
        return self.panel.words

    @property
    def found(self) -> Any:
        return self.panel.found

    def show(self, settings: Scenario) -> None:
        """Have every box show whether its check is on."""
        self._settings = settings
        if self.filled:
            self.panel.show(settings)


class _Panel:
    """The boxes, a tab for each actor, and the filter."""

    def __init__(self, ask: Ask, settings: Scenario) -> None:
        style = ipywidgets.Checkbox().style  # one for all, for a page that is slow loses what comes in thousands
        self.boxes = {check.id: _box(check, check.id not in settings.without, style) for check in CHECKS.values()}
        alike = ipywidgets.Label()
        self._places = [
            _Place(actor, place, {check: self.boxes[check.id] for check in table if check.actor == actor}, alike)
            for place, table in TABLES.items()
            for actor in dict.fromkeys(check.actor for check in table)
        ]
        checking = {place.actor for place in self._places}
        # The browser checks one thing only, so its tab comes last.
        self._actors = sorted((one for one in ACTOR_BY_ID if one in checking), key=lambda one: one == BROWSER)
        groups = [ipywidgets.VBox([one for one in self._places if one.actor == actor]) for actor in self._actors]
        for group in groups:
            group.add_class("fs-bench-group")
        self.tabs = ipywidgets.Tab(groups, selected_index=0)
        self.words = text("Find a check", "Words of its title, id, clause or place", 260, "words", continuous=True)
        self.words.observe(lambda _: self._sift(), "value")
        self.found = ipywidgets.Label()
        all_on = button("All on", "Switch every check on again", lambda: ask(_switch_all_on))
        self.find = row(self.words, all_on, self.found)
        for check_id, box in self.boxes.items():
            box.observe(_switching(ask, check_id), "value")
        self._sift()

    def show(self, settings: Scenario) -> None:
        for check_id, box in self.boxes.items():
            box.value = check_id not in settings.without
        self._name_tabs()

    def _sift(self) -> None:
        """Hide the checks that do not have all the words; go to a tab that has some left."""
        words = self.words.value.casefold().split()
        for place in self._places:
            place.sift(words)
        self._name_tabs()
        full = [index for index, actor in enumerate(self._actors) if self._left(actor)]
        if full and self.tabs.selected_index not in full:
            self.tabs.selected_index = full[0]
        count, of_all = sum(map(self._left, self._actors)), len(self.boxes)
        self.found.value = f"{count} of {of_all} checks" if count else f"none of {of_all} checks: try fewer words"

    def _name_tabs(self) -> None:
        """A tab says how many checks it has left, and how many of its actor's are off."""
        titles = []
        for actor in self._actors:
            off = sum(place.off for place in self._places if place.actor == actor)
            titles.append(f"{ACTOR_BY_ID[actor].name} ({self._left(actor)}{f', {off} off' if off else ''})")
        self.tabs.titles = titles

    def _left(self, actor: str) -> int:
        return sum(place.left for place in self._places if place.actor == actor)


class _Place(ipywidgets.VBox):
    """The checks of one actor at one place, under a heading."""

    def __init__(self, actor: str, place: str, boxes: dict[AnyCheck, Any], alike: Any) -> None:
        """`alike` is a label: what it has of style and layout, all headings have."""
        self.actor = actor
        self.left = len(boxes)
        self._boxes = [
            (f"{check.id} {check.title} {check.clause} {place} {ACTOR_BY_ID[actor].name}".casefold(), box)
            for check, box in boxes.items()
        ]
        named = {"value": place[:1].upper() + place[1:], "style": alike.style, "layout": alike.layout}
        heading = ipywidgets.Label(**named, _dom_classes=("fs-bench-place",))
        grid = ipywidgets.Box(list(boxes.values()), layout=alike.layout, _dom_classes=("fs-bench-list",))
        super().__init__((heading, grid))

    @property
    def off(self) -> int:
        return sum(not box.value for _, box in self._boxes)

    def sift(self, words: list[str]) -> None:
        """Show only the checks that have all these words."""
        self.left = 0
        for known, box in self._boxes:
            has_all = all(word in known for word in words)
            box.layout.display = None if has_all else "none"
            self.left += has_all
        self.layout.display = None if self.left else "none"


def _box(check: AnyCheck, on: bool, style: Any) -> Any:
    help_text = f"{check.id} · {check.clause} · step {check.step}\nWhen it fails, {check.on_failure.words}."
    return tick(check.title, help_text, "fs-bench-check", value=on, style=style)


def _switching(ask: Ask, check_id: str) -> Callable[[Any], None]:
    def switch(session: BenchSession, on: bool) -> bool:
        off = session.settings.without
        return session.change(without=off - {check_id} if on else off | {check_id})

    return lambda change: ask(lambda session: switch(session, change["new"]), check_id)


def _switch_all_on(session: BenchSession) -> bool:
    return session.change(without=frozenset())
