"""The table of mistakes (tests/mistakes.csv): each under some settings, and the check that it comes to light at.

It is written by hand, from the clauses, and nothing of it is in the program.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flowsim.model.mistakes.settings import OFFLINE
from flowsim.model.scenario import SETTINGS
from flowsim.model.states import Outcome
from flowsim.simulation.simulation import Simulation, Trace

TABLE = Path(__file__).parent.parent / "mistakes.csv"
NOTHING_REFUSED = "-"


@dataclass(frozen=True)
class Row:
    """One line: the mistake, the settings beside it, and the run, the step and the check where it shows.

    Where no check refuses anything, because the user only gets less, `check` is NOTHING_REFUSED.
    """

    mistake: str
    settings: str
    seed: int
    run: str
    step: int
    check: str

    def __str__(self) -> str:
        return f"{self.mistake} {self.settings}"

    @property
    def beside(self) -> dict[str, Any]:
        """The settings beside it, as `Simulation(…)` takes them."""
        parts = [part.strip().partition("=") for part in self.settings.split(",") if part.strip()]
        return {name: _value(name, text) for name, _, text in parts}

    def played(self) -> Trace:
        """The run with the mistake."""
        return _played(self, True)

    def repaired(self) -> Trace:
        """The same run without it."""
        return _played(self, False)


@cache
def _played(row: Row, mistaken: bool) -> Trace:
    return Simulation(**row.beside, mistakes={row.mistake} if mistaken else (), seed=row.seed).run()


def rows() -> list[Row]:
    """The table, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file, delimiter=";")
        return [Row(**one | {"seed": int(one["seed"]), "step": int(one["step"])}) for one in read]  # type: ignore[arg-type]


def _value(name: str, text: str) -> Any:
    kind = SETTINGS[name].kind
    if kind == "switch":
        return {"yes": True, "no": False}[text]
    if kind == "names":
        return tuple(text.split())
    return int(text) if kind in ("time", "number") else text


def got(trace: Trace) -> int:
    """What the user has got of this run: how often the API answered with data, and how often tokens were renewed."""
    log = trace.worlds[-1].log
    good = [event for event in log if event.outcome is Outcome.OK and not event.by_attacker]
    return sum(event.step in (11, 14, 22) for event in good)


def refusals(trace: Trace) -> list[tuple[str, int, str]]:
    """The checks that have refused something for good, in order: the run, the step and the id of the check."""
    return [
        (event.run, event.step, one.check.id)
        for event in trace.worlds[-1].log
        for one in event.checks
        if one.decides and event.outcome is not Outcome.AGAIN
    ]


# Settings beside which each mistake either makes a difference or does not.
BESIDE: tuple[dict[str, Any], ...] = (
    {},
    {"client": "native-loopback", "pkce": "plain", "iss": False},
    {"client": "spa", "discovery": "openid", "dpop": "tokens", "dpop_nonce": True},
    {"client": "web", "state": False, "nonce": False, "redirect_match": "origin"},
    {"client": "native-https", "pkce": "none", "par": "optional", "scope": "read:messages"},
    {"client": "web", "client_auth": "private_key_jwt", "scope": OFFLINE, "later": "refresh refresh call"},
    {"client": "web", "quirks": ("secrets-with-signs", "basic-only", "audience-list"), "later": "keys login"},
    {"scope": OFFLINE, "later": "keys refresh call", "quirks": ("codes-with-signs", "token-type-lower-case")},
    {"remembered": "from-now", "later": "server-logout", "api": "photos", "login": "one-time-code"},
    {"client": "mcp", "scope": OFFLINE, "later": "refresh call"},
    {"client": "mcp", "client_identity": "registered", "quirks": ("web-by-default",), "iss": False},
    {"client": "mcp", "client_identity": "registered", "resource_metadata": "at-the-path", "redirect_match": "prefix"},
    {"client": "mcp", "client_identity": "pre-registered", "resource_metadata": "at-the-root", "dpop": "tokens"},
    {"client": "mcp", "redirect_match": "origin", "mcp_revision": "2025-11-25"},
    {"scope": OFFLINE, "rotation": False, "later": "refresh 2h refresh call", "access_token_lifetime": 86_400},
)


def differs(mistake: str, settings: dict[str, Any]) -> bool:
    """Whether this mistake makes a run go otherwise: the user gets less, or something is refused that was not before."""
    usual = _plain(tuple(settings.items()))
    trace = Simulation(**settings, mistakes={mistake}, seed=7).run()
    return got(trace) < got(usual) or bool(set(refusals(trace)) - set(refusals(usual)))


@cache
def _plain(settings: tuple[tuple[str, Any], ...]) -> Trace:
    return Simulation(**dict(settings), seed=7).run()
