"""The clinic in a notebook: a bug report, the login behind it, and three questions about it.

The repair is applied as a setting and the login is played, so whether it works is computed. Step and party are judged once
it does. Six points a case: two for each of the three. A hint costs one, and so does a repair that is none.

Source: none of the protocol's; see flowsim/clinic for the cases and their clauses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets
import traitlets

from flowsim.clinic.case import PARTIES, Case, played, repaired
from flowsim.clinic.cases import CASES, GROUPS, case_named
from flowsim.clinic.evidence import evidence_payload, repaired_payload
from flowsim.clinic.repairs import Tried, offered, tried
from flowsim.diagnosis.causes import CAUSES
from flowsim.diagnosis.diagnosis import diagnose
from flowsim.front_end.page import frame, stored
from flowsim.model.scenario import ScenarioError, unknown
from flowsim.model.steps import ALL_STEPS, clause_url, step_name
from flowsim.widgets.module import FrontEnd
from flowsim.widgets.player_widget import Player

EACH, MOST = 2, 6  # points for one right answer, and for a case
_RULE = (
    "Read the report, step through the login below, and say which step went wrong, whose mistake it was and what repairs "
    "it. The repair is applied and the login is played. Two points for each of the three; a hint costs one, and so does a "
    "repair that does not help."
)
_STEP_BY_NUMBER = {step.number: step for step in ALL_STEPS}


class Ward(FrontEnd):
    """What one sees of the clinic above the player. A message from the page asks for something."""

    front_end = traitlets.Unicode("clinic").tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)


@dataclass(slots=True)
class Treatment:
    """How far a learner is with one case: hints seen, repairs that were none, what was said, and what came of it."""

    hints: int = 0
    misses: int = 0
    step: int | None = None
    party: str | None = None
    repair: str = ""
    came: Tried | None = None
    given_up: bool = False

    @property
    def over(self) -> bool:
        return self.given_up or (self.came is not None and self.came.kind == "works")

    def points(self, case: Case) -> int:
        """Points for this case; none before it is over, and none for who has looked at the solution."""
        if not self.over or self.given_up:
            return 0
        right = 1 + (self.step == case.step) + (self.party == case.party)
        return max(0, right * EACH - self.hints - self.misses)


class Clinic(ipywidgets.VBox):
    """Failing logins to be repaired. `case` is the one in view, `points` what the learner has, `solved` how many cases.

    `hint()` shows the next hint, `repair(key, step=, party=)` tries one of the repairs that `repairs` lists, `give_up()`
    shows the solution. `show(name)` goes to a case, `next()` and `back()` to its neighbours, `end()` to all of them, and
    `again()` forgets everything. Raises ScenarioError for what is none of the choices, and for a case that is over.
    """

    def __init__(self, name: str | None = None) -> None:
        """Begin at this case, or at the first."""
        first = case_named(name) if name is not None else next(iter(CASES.values()))
        self.ward = Ward()
        self.ward.on_msg(lambda _widget, asked, _buffers: self._asked(asked))
        self.player: Player | None = None
        super().__init__()
        self.add_class("fs-task")
        self._treated: dict[str, Treatment] = {}
        self._problem = ""
        self._go(first)

    def __repr__(self) -> str:
        """Return the case in view and how far the learner is; the same in every session."""
        return f"Clinic({self.case.name!r}, {len(CASES)} cases, {self.solved} repaired, {self.points} points)"

    def _repr_mimebundle_(self, **settings: Any) -> dict[str, Any]:
        """Add the reports with their solutions folded, for a notebook that no kernel runs, and the player of this case."""
        data: dict[str, Any] = super()._repr_mimebundle_(**settings) or {}
        page = f"<p>{escape(_RULE)}</p>{''.join(_listed())}<p>{escape(self.case.title)}:</p>"
        page += frame(evidence_payload(self.case))
        return {**data, "text/plain": repr(self), "text/html": stored(page, needs_a_kernel="The clinic")}

    @property
    def points(self) -> int:
        """What all cases that are over have brought."""
        return sum(one.points(CASES[name]) for name, one in self._treated.items())

    @property
    def solved(self) -> int:
        """How many logins work again by the learner's own repair."""
        return sum(one.over and not one.given_up for one in self._treated.values())

    @property
    def repairs(self) -> dict[str, str]:
        """The repairs to choose from for the case in view: key → words."""
        return {one.key: one.words for one in offered(self.case)}

    def hint(self) -> str:
        """Show the next hint of this case, which costs a point, and give it."""
        now = self._now()
        if now.hints == len(self.case.hints):
            raise ScenarioError(f"{self.case.name} has no more hints than these {now.hints}")
        now.hints += 1
        self._show()
        return self.case.hints[now.hints - 1]

    def repair(self, key: str, *, step: int | None = None, party: str | None = None) -> Tried:
        """Apply this repair, play the login, give what came of it. `step` is a number, `party` an id such as "client"."""
        now = self._now()
        repairs = {one.key: one for one in offered(self.case)}
        if not isinstance(key, str) or key not in repairs:
            raise unknown("repair", key, list(repairs))
        if step is not None and step not in {number for number, _ in _steps(self.case)}:
            raise ScenarioError(f"a step is one that this login takes, by its number, not {step!r}")
        if party is not None and party not in PARTIES:
            raise unknown("party", party, list(PARTIES))
        now.step, now.party, now.repair = step, party, key
        now.came = tried(self.case, repairs[key])
        if now.came.kind == "works":
            self._play(repaired_payload(self.case, {**repairs[key].changed}))
        else:
            now.misses += 1
        self._show()
        return now.came

    def give_up(self) -> None:
        """Show the solution of this case, which then brings no points."""
        now = self._now()
        now.given_up = True
        now.came = Tried("works", repaired(self.case).verdict.sentence, repaired(self.case))
        self._play(repaired_payload(self.case, {**self.case.repair}))
        self._show()

    def show(self, name: str) -> None:
        """Go to the case of this name."""
        self._go(case_named(name))

    def next(self) -> None:
        """Go on to the next case; after the last one to all of them."""
        names = list(CASES)
        at = names.index(self.case.name) + 1
        self._go(CASES[names[at]]) if at < len(names) else self.end()

    def back(self) -> None:
        """Go back to the case before."""
        names = list(CASES)
        at = names.index(self.case.name)
        if at == 0:
            raise ScenarioError("this is the first case; there is none before it")
        self._go(CASES[names[at - 1]])

    def end(self) -> None:
        """Show all cases with their points, without a player."""
        self._hold(self.ward)
        self._listed = True
        self._show()

    def again(self) -> None:
        """Forget all answers, hints and points, and begin at the first case."""
        self._treated = {}
        self._go(next(iter(CASES.values())))

    def _now(self) -> Treatment:
        """How far one is with the case in view; ScenarioError where it is over."""
        now = self._treated.setdefault(self.case.name, Treatment())
        if now.over:
            raise ScenarioError(f"{self.case.name} is over; go on with next(), or begin again with again()")
        return now

    def _go(self, case: Case) -> None:
        self.case, self._listed = case, False
        now = self._treated.get(case.name, Treatment())
        chosen = next((one for one in offered(case) if one.key == now.repair), None) if not now.given_up else None
        changed = chosen.changed if chosen else case.repair
        self._play(repaired_payload(case, {**changed}) if now.over else evidence_payload(case))
        self._show()

    def _play(self, payload: dict[str, Any]) -> None:
        if self.player is None:
            self.player = Player(payload)
        else:
            with self.player.hold_sync():
                self.player.payload = payload
                self.player.goto(0, payload["branches"][0]["name"])
        self._hold(self.ward, self.player)

    def _hold(self, *parts: ipywidgets.Widget) -> None:
        self.children = parts

    def _asked(self, asked: Mapping[str, Any]) -> None:
        """Do what the page asks for. What makes no sense, such as a press from a second view, changes nothing."""
        try:
            match dict(asked):
                case {"repair": "", **_rest}:
                    self._problem = "Choose a repair first."
                    self._show()
                case {"repair": key, "step": step, "party": party}:
                    self.repair(key, step=int(step) if step else None, party=party or None)
                case {"show": str(name)}:
                    self.show(name)
                case {"go": ("hint" | "give_up" | "next" | "back" | "end" | "again") as wanted}:
                    getattr(self, wanted)()
                case _:
                    self._show()
        except (ScenarioError, ValueError, TypeError):
            self._show()

    def _show(self) -> None:
        with self.ward.hold_sync():
            self.ward.view = self._view()
            self.ward.answered += 1
        self._problem = ""

    def _view(self) -> dict[str, Any]:
        over = [one for one in self._treated.values() if one.over]
        score = f"{self.points} of {MOST * len(over)} points" if over else ""
        if self._listed:
            groups = [[heading, len(cases)] for heading, cases in GROUPS.items()]
            lines = [*map(self._line, CASES.values())]
            return {"kind": "list", "score": score, "left": self.case.name, "cases": lines, "groups": groups}
        case, now = self.case, self._treated.get(self.case.name, Treatment())
        names = list(CASES)
        return {
            "kind": "over" if now.over else "asked",
            "place": f"Case {names.index(case.name) + 1} of {len(names)}",
            "done": len(over) / len(names),
            "score": score,
            "rule": "" if any(one != Treatment() for one in self._treated.values()) else _RULE,
            "title": case.title,
            "symptom": case.symptom,
            "hints": list(case.hints[: now.hints]),
            "more": len(case.hints) - now.hints,
            "steps": [[str(number), f"{step_name(number)}. {title}"] for number, title in _steps(case)],
            "parties": [[id, name] for id, name in PARTIES.items()],
            "repairs": [[one.key, one.words] for one in offered(case)],
            "said": {"step": str(now.step or ""), "party": now.party or "", "repair": now.repair},
            "came": _came(now) if now.came and not now.over else None,
            "problem": self._problem,
            "solution": _solution(case, now) if now.over else None,
            "first": names[0] == case.name,
            "next": "Next case" if names[-1] != case.name else "All cases",
        }

    def _line(self, case: Case) -> list[str]:
        now = self._treated.get(case.name, Treatment())
        how = "solution seen" if now.given_up else f"{now.points(case)} of {MOST}" if now.over else ""
        return [case.name, case.title, how or ("begun" if now.hints or now.misses else "")]


def _steps(case: Case) -> list[tuple[int, str]]:
    """The steps that this login takes, each once, in their order: number and title."""
    taken = dict.fromkeys(event.step for event in played(case).events if event.step)
    return [(number, _STEP_BY_NUMBER[number].title) for number in taken if number in _STEP_BY_NUMBER]


def _came(now: Treatment) -> dict[str, str]:
    """What the page says of a repair that was none."""
    assert now.came is not None
    lead = "That is no repair." if now.came.kind == "unsafe" else "Not yet. With this change:"
    return {"kind": now.came.kind, "lead": lead, "text": now.came.sentence}


def _solution(case: Case, now: Treatment) -> dict[str, Any]:
    """What the page says once a case is over."""
    assert now.came is not None
    party = PARTIES[case.party]
    said_party = PARTIES[now.party] if now.party else "–"
    return {
        "lead": "The solution." if now.given_up else "It works.",
        "text": now.came.sentence,
        "points": "" if now.given_up else f"{now.points(case)} of {MOST} points.",
        "lines": [
            ["Step", step_name(now.step) if now.step else "–", step_name(case.step), now.step == case.step],
            ["Whose mistake", said_party, party, now.party == case.party],
        ],
        "remedy": case.remedy,
        "cause": _why(case),
        "diagnosis": diagnose(played(case)).sentence,
        "settings": [f"{name} = {value!r}" for name, value in case.repair.items()],
        "clause": case.clause,
        "url": clause_url(case.clause),
        "seen": case.seen,
        "given_up": now.given_up,
    }


def _why(case: Case) -> str:
    """What was wrong, in words."""
    words = CAUSES[case.cause].words
    return f"{words[0].upper()}{words[1:]}."


def _listed() -> Iterator[str]:
    """All reports with their solutions folded, below the headings of their groups, numbered through."""
    number = 1
    for heading, cases in GROUPS.items():
        items = "".join(_folded(case) for case in cases)
        yield f'<p><b>{escape(heading)}</b></p><ol start="{number}">{items}</ol>'
        number += len(cases)


def _folded(case: Case) -> str:
    party = PARTIES[case.party]
    link = f'<a href="{escape(clause_url(case.clause))}">{escape(case.clause)}</a>'
    return (
        f"<li><b>{escape(case.title)}</b> {escape(case.symptom)}<details><summary>What was wrong?</summary>"
        f"<p>{escape(_why(case))} Step {escape(step_name(case.step))}, {escape(party)}. {link}</p>"
        f"<p>{escape(case.remedy)} {escape(repaired(case).verdict.sentence)}</p></details></li>"
    )
