"""The bench in a notebook: controls that change an experiment, and the player below them that shows it.

Nothing is decided here. A control that changes asks the experiment for that change, and what the experiment then says is
shown: its settings in the controls, its branches in the player, its problem or remark in a line between them. What a
reader does in the player goes the same way, so the controls always belong to the branch one looks at.

Source: none of the protocol's; ipywidgets' manual says when an event is sent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, get_args

import anywidget
import ipywidgets
import traitlets

from flowsim.attackers import ATTACKERS
from flowsim.check import Check
from flowsim.checks import CHECKS, TABLES
from flowsim.experiment import Experiment
from flowsim.scenario import PROFILES, LoginOption, Scenario, UserBehaviour
from flowsim.steps import ACTOR_BY_ID
from flowsim.widgets.player import Player

Ask = Callable[[Callable[[Experiment], bool]], None]

_HERE = Path(__file__).parent
_NOBODY = "nobody"
_ATTACKS = [(attacker.title, name) for name, attacker in ATTACKERS.items()]
_METHODS = {
    "none": "The app uses no PKCE",
    "plain": "The code_challenge is the code_verifier itself",
    "S256": "The code_challenge is a hash of the code_verifier",
}
_BY_SERVER = {"as the app does": None, "yes": True, "no": False}
_LONG_NUMBER = 19  # digits
_WHEN_IT_FAILS = {
    "": "the request is refused without an error code",
    "stop": "the app stops",
    "error page": "the user sees an error page",
    "login again": "the login page is shown again",
}


class Line(anywidget.AnyWidget):
    """A line of text that is read aloud when it changes; it also brings the style sheet of the bench."""

    _esm = (_HERE / "bench.js").read_text(encoding="utf-8")
    _css = (_HERE / "bench.css").read_text(encoding="utf-8")
    kind = traitlets.Enum(("problem", "remark", "about"), "about").tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)


class Bench(ipywidgets.VBox):
    """An experiment, its controls and its player.

    `Bench(client="spa", pkce="none", seed=7)`, `Bench(scenario)` or `Bench(experiment)`. `experiment` is the model and
    `player` what one steps through. Raises ScenarioError for settings that make no sense from the beginning.
    """

    def __init__(self, experiment: Experiment | Scenario | None = None, **settings: Any) -> None:
        """Build the controls and the player, and show in both what the experiment says."""
        self.experiment = experiment if isinstance(experiment, Experiment) else Experiment(experiment, **settings)
        self.player = Player(self.experiment.payload())
        self._showing = False
        self._line = Line()
        self._settings = _Settings(self._ask, _first_fields())
        self._more = _Settings(self._ask, _more_fields())
        self._checks = _Checks(self._ask)
        self._branches = _Branches(self._ask)
        open_more = _opener("More settings", "Show or hide the settings that are needed less often", self._more)
        self._open_checks = _opener("Checks", "Show or hide all checks, to switch them off and on", self._checks)
        self._branches.children += (open_more, self._open_checks)
        self._more.add_class("fs-bench-panel")
        rows = (self._settings, self._branches, self._more, self._checks)
        super().__init__((*rows, self._line, self.player))
        self.add_class("fs-bench")
        self.player.observe(self._follow, ["branch", "position"])
        self.update()

    def __repr__(self) -> str:
        """Return where the player stands; the same in every session, so that a stored notebook can be compared."""
        return repr(self.player).replace("Player", "Bench", 1)

    def update(self) -> None:
        """Show what the experiment says; needed only after the experiment was changed in code."""
        with self._silence():
            self._show()
            experiment, player = self.experiment, self.player
            with player.hold_sync(), player.hold_trait_notifications():
                player.payload = experiment.payload()
                player.branch, player.position = experiment.branch, experiment.position

    def _ask(self, act: Callable[[Experiment], bool]) -> None:
        """Have the experiment do it, and show what came of it. What a control shows by itself asks for nothing."""
        if self._showing:
            return
        if act(self.experiment):
            self.update()
        else:
            self._show()

    def _follow(self, _change: Any) -> None:
        """Look at what the reader looks at. The player shows it already."""
        if self._showing:
            return
        seen = self.experiment.branch, self.experiment.problem
        self.experiment.show(self.player.branch, self.player.position)
        if seen != (self.experiment.branch, self.experiment.problem):
            self._show()

    def _show(self) -> None:
        with self._silence():
            experiment = self.experiment
            settings = experiment.settings
            for part in (self._settings, self._more, self._checks):
                part.show(settings)
            self._branches.show(experiment)
            off = len(settings.without)
            self._open_checks.description = f"Checks: {off} off" if off else "Checks: all on"
            said = {"problem": experiment.problem, "remark": experiment.remark, "about": experiment.about}
            kind = next(kind for kind, text in said.items() if text)
            with self._line.hold_sync():
                self._line.kind, self._line.text = kind, said[kind]

    @contextmanager
    def _silence(self) -> Iterator[None]:
        before, self._showing = self._showing, True
        try:
            yield
        finally:
            self._showing = before


class _Field(NamedTuple):
    """A control, what its value means as a setting, and which value it has for a setting."""

    control: Any
    setting: Callable[[Any], Any] = lambda value: value
    value: Callable[[Any], Any] = lambda setting: setting


class _Settings(ipywidgets.HBox):
    """A row of controls, one for each of some settings."""

    def __init__(self, ask: Ask, fields: dict[str, _Field]) -> None:
        super().__init__([field.control for field in fields.values()])
        self.add_class("fs-bench-row")
        self._fields = fields
        for name, field in fields.items():
            field.control.observe(_asking(ask, name, field.setting), "value")

    def show(self, settings: Scenario) -> None:
        for name, field in self._fields.items():
            field.control.value = field.value(getattr(settings, name))


def _asking(ask: Ask, name: str, setting: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda change: ask(lambda experiment: experiment.change(**{name: setting(change["new"])}))


def _first_fields() -> dict[str, _Field]:
    clients = [(f"{name}: {profile.title}", name) for name, profile in PROFILES.items()]
    named = _named("PKCE", "What the app sends as code_challenge, if anything", 160)
    methods = ipywidgets.ToggleButtons(options=list(_METHODS), tooltips=list(_METHODS.values()), **named)
    return {
        "client": _Field(_dropdown("Client", "What kind of app logs the user in", clients, 230)),
        "pkce": _Field(_field(methods)),
        "attacker": _Field(
            _dropdown("Attacker", "Who is there from the start of this branch", [(_NOBODY, _NOBODY), *_ATTACKS], 200),
            lambda value: None if value == _NOBODY else value,
            lambda setting: setting or _NOBODY,
        ),
        "user": _Field(_dropdown("User", "What the user does at step 5", list(get_args(UserBehaviour)), 120)),
        "login": _Field(_dropdown("Login with", "How the user logs in at step 5", list(get_args(LoginOption)), 120)),
        "seed": _Field(
            _text("Seed", "The same seed gives the same bytes, in all branches; empty for random ones", 80, "random"),
            _seed,
            lambda setting: "" if setting is None else str(setting),
        ),
    }


def _more_fields() -> dict[str, _Field]:
    def by_server(name: str, help_text: str) -> _Field:
        words = {setting: word for word, setting in _BY_SERVER.items()}
        return _Field(_dropdown(name, help_text, list(_BY_SERVER), 150), _BY_SERVER.__getitem__, words.__getitem__)

    return {
        "pkce_required": by_server("Server requires PKCE", "Whether a request without a code_challenge is refused"),
        "plain_allowed": by_server("Server takes plain", "Whether the method plain is taken beside S256"),
        "scope": _Field(_text("Scope", "What the app asks for, in words with one space between them", 240)),
        "state": _Field(_tick("state", "The app sends a state, and wants it back (RFC 6749 §10.12)")),
        "nonce": _Field(_tick("nonce", "The app sends a nonce, and wants it in the ID token (OIDC Core §3.1.2.1)")),
        "iss": _Field(_tick("iss", "The server names itself in its answer (RFC 9207 §2)")),
        "shipped_secret": _Field(_tick("secret in the app", "The app ships a client_secret, the same for everybody")),
    }


def _seed(text: str) -> int | str | None:
    """The seed that somebody typed: a number where it is one, else the text; None for an empty field."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONG_NUMBER else text or None


class _Checks(ipywidgets.VBox):
    """A box for each check, ticked if it is on: a tab for each who checks, a heading for each place, and a filter."""

    def __init__(self, ask: Ask) -> None:
        self._boxes = {check.id: _box(check) for check in CHECKS.values()}
        self._places = [
            _Place(actor, place, [check for check in table if check.actor == actor], self._boxes)
            for place, table in TABLES.items()
            for actor in dict.fromkeys(check.actor for check in table)
        ]
        self._actors = [actor for actor in ACTOR_BY_ID if any(place.actor == actor for place in self._places)]
        self._words = _text("Find a check", "Words of its title, id, clause or place", 260, "words", continuous=True)
        self._words.observe(lambda _: self._sift(), "value")
        self._found = ipywidgets.Label()
        all_on = _button("All on", "Switch every check on again")
        all_on.on_click(lambda _: ask(lambda experiment: experiment.change(without=frozenset())))
        groups = [ipywidgets.VBox([one for one in self._places if one.actor == actor]) for actor in self._actors]
        for group in groups:
            group.add_class("fs-bench-group")
        self._tabs = ipywidgets.Tab(groups, selected_index=0)
        super().__init__((_row(self._words, all_on, self._found), self._tabs))
        self.add_class("fs-bench-panel")
        for check_id, box in self._boxes.items():
            box.observe(_switching(ask, check_id), "value")
        self._sift()

    def show(self, settings: Scenario) -> None:
        for check_id, box in self._boxes.items():
            box.value = check_id not in settings.without

    def _sift(self) -> None:
        """Hide the checks that do not have all the words; go to a tab that has some left."""
        words = self._words.value.casefold().split()
        found = dict.fromkeys(self._actors, 0)
        for place in self._places:
            found[place.actor] += place.sift(words)
        self._tabs.titles = [f"{ACTOR_BY_ID[actor].name} ({count})" for actor, count in found.items()]
        full = [index for index, count in enumerate(found.values()) if count]
        if full and self._tabs.selected_index not in full:
            self._tabs.selected_index = full[0]
        count, of_all = sum(found.values()), len(self._boxes)
        self._found.value = f"{count} of {of_all} checks" if count else f"none of {of_all} checks: try fewer words"


class _Place(ipywidgets.VBox):
    """The checks of one actor at one place, under a heading."""

    def __init__(self, actor: str, place: str, checks: list[Check[Any]], boxes: dict[str, Any]) -> None:
        self.actor = actor
        self._texts = {
            check.id: f"{check.id} {check.title} {check.clause} {place} {ACTOR_BY_ID[actor].name}".casefold()
            for check in checks
        }
        self._boxes = {check.id: boxes[check.id] for check in checks}
        heading = ipywidgets.Label(place[:1].upper() + place[1:])
        heading.add_class("fs-bench-place")
        grid = ipywidgets.Box(list(self._boxes.values()))
        grid.add_class("fs-bench-list")
        super().__init__((heading, grid))

    def sift(self, words: list[str]) -> int:
        """Show only the checks that have all these words; their number."""
        count = 0
        for check_id, box in self._boxes.items():
            has_all = all(word in self._texts[check_id] for word in words)
            box.layout.display = None if has_all else "none"
            count += has_all
        self.layout.display = None if count else "none"
        return count


def _box(check: Check[Any]) -> Any:
    fails = _WHEN_IT_FAILS.get(check.error, f"the answer is the error {check.error}")
    box = _tick(check.title, f"{check.id} · {check.clause} · step {check.step}\nWhen it fails, {fails}.")
    box.add_class("fs-bench-check")
    return box


def _switching(ask: Ask, check_id: str) -> Callable[[Any], None]:
    def switch(experiment: Experiment, on: bool) -> bool:
        off = experiment.settings.without
        return experiment.change(without=off - {check_id} if on else off | {check_id})

    return lambda change: ask(lambda experiment: switch(experiment, change["new"]))


class _Branches(ipywidgets.HBox):
    """What makes a branch at the place in view, and what removes one."""

    def __init__(self, ask: Ask) -> None:
        self._name = _text("New branch", "Its name, if you want to choose it", 110, "its name", continuous=True)
        self._ready = _dropdown("Attacker to inject", "Who comes in with the button beside this", _ATTACKS, 170)
        self._ready.observe(lambda change: ask(lambda experiment: experiment.make_ready(change["new"])), "value")
        fork = _button("Fork here", "Make a branch that goes its own way from the step in view")
        inject = _button("Inject the attacker here", "Make a branch in which the attacker comes in at the step in view")
        inject.add_class("fs-bench-inject")
        remove = _button("Remove branch", "Remove the branch in view, and all that were made from it")
        fork.on_click(lambda _: ask(self._fork))
        inject.on_click(lambda _: ask(lambda experiment: experiment.inject_here()))
        remove.on_click(lambda _: ask(lambda experiment: experiment.remove_here()))
        super().__init__((self._name, fork, self._ready, inject, remove))
        self.add_class("fs-bench-row")

    def show(self, experiment: Experiment) -> None:
        self._ready.value = experiment.ready

    def _fork(self, experiment: Experiment) -> bool:
        made = experiment.fork_here(self._name.value)
        if made:
            self._name.value = ""
        return made


def _opener(description: str, tooltip: str, part: Any) -> Any:
    """A button that shows and hides this part, which is hidden at first."""
    button = ipywidgets.ToggleButton(description=description, tooltip=tooltip)
    ipywidgets.dlink((button, "value"), (part.layout, "display"), lambda on: None if on else "none")
    return button


def _named(name: str, help_text: str, width: int) -> dict[str, Any]:
    """The arguments that give a control its name and its help.

    ipywidgets shows a tooltip only where there is no description, so the description carries the help.
    """
    return {
        "description": f'<span title="{escape(help_text)}">{escape(name)}</span>',
        "description_allow_html": True,
        "tooltip": help_text,
        "layout": {"flex": f"1 1 {width}px", "width": "auto"},
    }


def _dropdown(name: str, help_text: str, options: list[Any], width: int) -> Any:
    return _field(ipywidgets.Dropdown(options=options, **_named(name, help_text, width)))


def _text(name: str, help_text: str, width: int, placeholder: str = "", *, continuous: bool = False) -> Any:
    text = ipywidgets.Text(placeholder=placeholder, continuous_update=continuous, **_named(name, help_text, width))
    return _field(text)


def _field(control: Any) -> Any:
    control.add_class("fs-bench-field")
    return control


def _tick(name: str, help_text: str) -> Any:
    """A box to tick. ipywidgets shows its description as its tooltip, so the help is there, below the line one sees."""
    box = ipywidgets.Checkbox(description=f"{name}\n{help_text}", tooltip=help_text, indent=False)
    box.add_class("fs-bench-tick")
    return box


def _button(description: str, tooltip: str) -> Any:
    return ipywidgets.Button(description=description, tooltip=tooltip)


def _row(*children: Any) -> Any:
    row = ipywidgets.HBox(children)
    row.add_class("fs-bench-row")
    return row
