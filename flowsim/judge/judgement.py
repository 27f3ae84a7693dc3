"""The judgement of a client: which of its duties hold, which attack went through, and the logins to see it in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flowsim.judge import attacks, of_faults, of_functions
from flowsim.judge.baseline import Baseline
from flowsim.judge.client_under_test import FUNCTIONS, maker_of
from flowsim.judge.court import Court
from flowsim.judge.duties import Duty, Outcome, Row, Trial, tried
from flowsim.lessons.table import Table
from flowsim.live.login import LiveLogin
from flowsim.live.payload import live_payload, snapshot
from flowsim.model.display import Displayed
from flowsim.model.long_tasks import counted
from flowsim.model.scenario import ScenarioError, unknown


def _ordered() -> tuple[Duty, ...]:
    """Duties by function, then the attacks."""
    duties = (*of_functions.DUTIES, *of_faults.DUTIES)
    return (*(one for name in FUNCTIONS for one in duties if one.function == name), *attacks.ATTACKS)


DUTIES: tuple[Duty, ...] = _ordered()
_SIGNS: dict[Outcome, str] = {
    "holds": "✓ holds",
    "fails": "✗ fails",
    "lets pass": "– lets pass",
    "not tried": "not tried",
}
_ATTACK_SIGNS: dict[Outcome, str] = {**_SIGNS, "holds": "✓ stopped", "fails": "✗ went through"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a client does right, and which attacks go through; each row of it comes from runs of the client."""

    rows: tuple[Row, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the duties that the client does not hold, and of the attacks that went through."""
        return self._with("fails")

    @property
    def let_pass(self) -> tuple[str, ...]:
        """The ids of what the client does not look at, and need not, for the reason that its row gives."""
        return self._with("lets pass")

    @property
    def not_tried(self) -> tuple[str, ...]:
        """The ids of what could not be tried, mostly because a function is not there yet."""
        return self._with("not tried")

    @property
    def held(self) -> tuple[str, ...]:
        """The ids of the duties that hold, and of the attacks that were stopped."""
        return self._with("holds")

    def __getitem__(self, id: str) -> Row:
        """The row of this duty or attack. Raises ScenarioError for one there is not."""
        found = next((row for row in self.rows if row.id == id), None)
        if found is None:
            raise unknown("duty or attack", id, [row.id for row in self.rows])
        return found

    def of(self, *functions: str) -> "Judgement":
        """The part of it that is about these functions, attacks apart. Raises ScenarioError for one there is not."""
        for name in functions:
            if name not in FUNCTIONS:
                raise unknown("function of a client", name, list(FUNCTIONS))
        return Judgement(tuple(row for row in self.rows if row.duty.function in functions and row.duty.kind == "duty"))

    @property
    def attacks(self) -> "Judgement":
        """The part of it that is about attacks."""
        return Judgement(tuple(row for row in self.rows if row.duty.kind == "attack"))

    def table(self) -> Table:
        """One line for each duty and attack: what is asked, by which clause, and what came of it."""
        rows = tuple(
            (row.id, row.duty.title, _sign(row), row.said, row.duty.need, row.duty.clause) for row in self.rows
        )
        head = ("name", "what is asked, or tried", "this client", "what happened", "a client", "clause")
        return Table(caption=self.summary, head=head, rows=rows)

    @property
    def summary(self) -> str:
        """What came of it, in one sentence."""
        counted = [
            f"{len(rows)} {words}"
            for words, rows in (
                ("hold", self.held),
                ("fail" if len(self.failed) != 1 else "fails", self.failed),
                ("let pass for a reason", self.let_pass),
                ("not tried", self.not_tried),
            )
            if rows
        ]
        return f"Of {len(self.rows)} duties and attacks: {', '.join(counted)}."

    @property
    def problems(self) -> str:
        """What fails, a line for each: what is asked, the clause, and what happened. Empty where nothing does."""
        failing = [row for row in self.rows if row.outcome == "fails"]
        return "\n".join(f"{row.id} ({row.duty.clause}): {row.duty.title} – {row.said}" for row in failing)

    def trace(self, id: str) -> tuple[LiveLogin, ...]:
        """The logins in which this was tried, as the servers have recorded them."""
        return self[id].logins

    def player(self, id: str) -> "Played":
        """A player of these logins, for a notebook. Raises ScenarioError where none was begun."""
        return Played(self.payload(id))

    def payload(self, id: str) -> dict[str, Any]:
        """What the player shows of these logins. Raises ScenarioError where none was begun."""
        logins = self.trace(id)
        if not logins:
            raise ScenarioError(f"no login was begun for {id}, so there is nothing to play: {self[id].said}")
        return live_payload(snapshot(logins))

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def _with(self, outcome: Outcome) -> tuple[str, ...]:
        return tuple(row.id for row in self.rows if row.outcome == outcome)


@dataclass(frozen=True, slots=True)
class Played(Displayed):
    """Logins to be played: a notebook shows the player, anything else how many there are."""

    payload: dict[str, Any]

    def __repr__(self) -> str:
        number = len(self.payload["branches"])
        return f"{number} login{'s' if number != 1 else ''}, to be played in a notebook"


def _sign(row: Row) -> str:
    return (_ATTACK_SIGNS if row.duty.kind == "attack" else _SIGNS)[row.outcome]


def judge_client(client: object, *, confidential: bool = False, only: Iterable[str] = ()) -> Judgement:
    """Let this client log in, at honest servers and at others, and attack it: what it does right, and what goes through.

    `client` is a class with the functions of `ClientUnderTest`, some of which may be missing; or anything that is called
    with `http` (an `httpx.Client`), `issuer`, `client_id` and `redirect_uri` by name, and with `client_secret` where it is
    `confidential`; or a list of functions, each of which takes an `App` first. All that it sends by `http` goes to servers
    inside this process, whose clock is the real one. `only` names the functions to be judged; without it all are, and
    the attacks with them. A call of the client may take five seconds. Raises ScenarioError for what is no client, or where
    it cannot be made.
    """
    court = Court(maker_of(client), confidential=confidential)
    trial = Trial(court, Baseline(court))
    wanted = tuple(only)
    for name in wanted:
        if name not in FUNCTIONS:
            raise unknown("function of a client", name, list(FUNCTIONS))
    duties = [one for one in DUTIES if not wanted or (one.function in wanted and one.kind == "duty")]
    return Judgement(tuple(tried(one, trial) for one in counted("Judging your client", duties)))
