"""The matrix: every attack against every defence, each cell a run of its own.

Each column adds *one* defence to an app and a server that have none; a cell says whether the attack works then, and if
not, which check stopped it, at which step, with which error. Nothing here knows an outcome.

Some attacks cannot begin against an app that has nothing: one that takes the challenge away needs an app that sends one.
Their rows begin with that (`needs`). A defence that such a row has anyway, or that has nothing to do with it, gives an
empty cell.

Source: RFC 9700 section 4, RFC 7636 section 1, RFC 6749 section 10.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from html import escape
from itertools import product
from typing import Any

from flowsim.attackers import ATTACKERS
from flowsim.scenario import Scenario, ScenarioError, unknown
from flowsim.simulation import Simulation
from flowsim.steps import clause_url, step_name
from flowsim.verdict import Verdict

OFFLINE = "openid profile read:messages offline_access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defence:
    """One defence: its name, what it is, its clause, the settings that put it in place, the checks that it switches on."""

    name: str
    title: str
    clause: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    checks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attack: the attacker's name, the settings it begins with, and the defences that its row leaves out."""

    attack: str
    needs: Mapping[str, Any] = field(default_factory=dict)
    leaves_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What came of an attack against a defence. `scenario` plays it again; `verdict` is what was computed."""

    attack: str
    defence: str
    scenario: Scenario
    verdict: Verdict

    @property
    def works(self) -> bool:
        return self.verdict.attack_succeeded

    @property
    def text(self) -> str:
        """`✗` where the attack works, else `✓` and where it was stopped."""
        if self.works or self.verdict.stopped_at_step is None:
            return "✗ works" if self.works else "✓"
        return f"✓ {step_name(self.verdict.stopped_at_step)} {self.verdict.stopped_by}"

    def simulation(self) -> Simulation:
        """The run of this cell, at its start, for a player."""
        return Simulation(self.scenario, name=f"{self.attack} against {self.defence}")


_SINGLE_USE = frozenset({"token.code_unused"})
_NO_DOWNGRADE = frozenset({"token.verifier_unexpected"})
_AUDIENCE = frozenset({"api.audience"})
_SAME_ADDRESS = frozenset({"token.redirect_uri_same"})
_CODE_ONCE = frozenset({"send.code_new"})
_ALGORITHM = frozenset({"api.algorithm"})
_ALL_OFF = _SINGLE_USE | _NO_DOWNGRADE | _AUDIENCE | _SAME_ADDRESS | _CODE_ONCE | _ALGORITHM
_BARE: Mapping[str, Any] = {
    "client": "spa",
    "pkce": "none",
    "state": False,
    "nonce": False,
    "iss": False,
    "rotation": False,
    "pkce_required": False,
    "redirect_match": "prefix",
    "code_lifetime": 600,
    "par": "off",
    "dpop": "off",
    "remembers": "nothing",
    "user": "accepts",
    "own_redirects": False,
    "verifier": "random",
    "burns_codes": False,
    "web_view": False,
    "redirect_status": 303,
    "asks_consent": True,
    "framing": False,
    "replay_revokes": False,
    "shared_state": False,
}
DEFENCES: dict[str, Defence] = {
    one.name: one
    for one in (
        Defence(name="none", title="no defence", clause="RFC 6749 §10"),
        Defence(name="plain", title="PKCE with plain", clause="RFC 7636 §4.2", settings={"pkce": "plain"}),
        Defence(name="S256", title="PKCE with S256", clause="RFC 7636 §4.2", settings={"pkce": "S256"}),
        Defence(name="secret", title="a secret that is one", clause="RFC 6749 §2.3", settings={"client": "web"}),
        Defence(name="state", title="the app checks state", clause="RFC 6749 §10.12", settings={"state": True}),
        Defence(
            name="bound state",
            title="the app ties state to the browser",
            clause="RFC 6749 §10.12",
            settings={"shared_state": False},
        ),
        Defence(name="nonce", title="the app checks nonce", clause="OIDC Core §3.1.3.7", settings={"nonce": True}),
        Defence(name="iss", title="the app checks iss", clause="RFC 9207 §2.4", settings={"iss": True}),
        Defence(name="single use", title="a code works once", clause="RFC 6749 §4.1.2", checks=_SINGLE_USE),
        Defence(
            name="revocation",
            title="a second use takes back what the first one got",
            clause="RFC 6749 §4.1.2",
            settings={"replay_revokes": True},
            checks=_SINGLE_USE,
        ),
        Defence(
            name="no downgrade", title="no verifier without challenge", clause="RFC 9700 §4.8.2", checks=_NO_DOWNGRADE
        ),
        Defence(name="required", title="PKCE is required", clause="RFC 9700 §2.1.1", settings={"pkce_required": True}),
        Defence(
            name="exact",
            title="the redirect_uri is compared as a whole",
            clause="RFC 9700 §2.1",
            settings={"redirect_match": "exact"},
        ),
        Defence(
            name="same address",
            title="the redirect_uri is compared at the token endpoint",
            clause="RFC 6749 §4.1.3",
            checks=_SAME_ADDRESS,
        ),
        Defence(
            name="short life",
            title="a code lives for a minute",
            clause="RFC 6749 §4.1.2",
            settings={"code_lifetime": 60},
        ),
        Defence(name="PAR", title="requests are pushed beforehand", clause="RFC 9126 §5", settings={"par": "required"}),
        Defence(
            name="PAR, secret",
            title="requests are pushed by an app with a secret",
            clause="RFC 9126 §2.1",
            settings={"par": "required", "client": "web"},
        ),
        Defence(
            name="claimed https",
            title="the app is called back by an https address",
            clause="RFC 8252 §7.2",
            settings={"client": "native-https"},
        ),
        Defence(
            name="asks again",
            title="no silent approval, and a user who reads",
            clause="RFC 8252 §8.6",
            settings={"remembers": "login", "user": "careful"},
        ),
        Defence(
            name="own address",
            title="a redirect_uri for each server",
            clause="RFC 9700 §4.4.2.2",
            settings={"own_redirects": True},
        ),
        Defence(name="random", title="the verifier is random", clause="RFC 7636 §7.1", settings={"verifier": "random"}),
        Defence(
            name="code stays",
            title="a refused try leaves the code alone",
            clause="OAuth 2.1 §7.5.2",
            settings={"burns_codes": False},
        ),
        Defence(
            name="browser", title="the app uses the browser", clause="RFC 8252 §8.12", settings={"web_view": False}
        ),
        Defence(
            name="no frames",
            title="the server's pages may not be framed",
            clause="RFC 9700 §4.16",
            settings={"framing": False},
        ),
        Defence(name="303", title="redirects are 303", clause="RFC 9700 §4.12", settings={"redirect_status": 303}),
        Defence(name="algorithm", title="the API decides on the algorithm", clause="RFC 8725 §3.1", checks=_ALGORITHM),
        Defence(name="audience", title="the API checks aud", clause="RFC 9068 §4", checks=_AUDIENCE),
        Defence(name="rotation", title="refresh tokens rotate", clause="RFC 9700 §4.14.2", settings={"rotation": True}),
        Defence(name="DPoP", title="tokens bound to a key", clause="RFC 9449 §5", settings={"dpop": "tokens"}),
        Defence(name="DPoP code", title="the code bound to a key", clause="RFC 9449 §10", settings={"dpop": "code"}),
    )
}
_OF_REFRESH = ("none", "plain", "S256", "secret", "state", "nonce", "iss", "rotation", "DPoP")
_OF_API = ("none", "plain", "S256", "secret", "state", "nonce", "iss", "audience", "DPoP")
_OF_FORGERY = (*_OF_API, "algorithm")


def _all_but(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in DEFENCES if name not in names)


# These have something to do with a few attacks only, and are shown in a table of their own.
PARTICULAR = (
    "revocation",
    "bound state",
    "no downgrade",
    "required",
    "short life",
    "claimed https",
    "asks again",
    "own address",
    "random",
    "code stays",
    "browser",
    "no frames",
    "303",
    "algorithm",
    "audience",
    "rotation",
)
# A website's secret protects a website's code, so that column changes the client; a secret that was shipped is no such.
# Some columns belong to one row only, because they undo what that row begins with.
_SPECIAL = (
    *("claimed https", "asks again", "own address", "random", "code stays", "browser"),
    *("no frames", "303", "algorithm", "revocation", "bound state"),
)
_LOGIN = ("no downgrade", "required", "audience", "rotation", "short life", *_SPECIAL)
_OWN_PKCE = ("plain", "S256", "audience", "rotation", "short life", *_SPECIAL)
_NO_SECRET = ("secret", "PAR, secret")


def _but(left_out: tuple[str, ...], *kept: str) -> tuple[str, ...]:
    return tuple(name for name in left_out if name not in kept)


ROWS: dict[str, Row] = {
    one.attack: one
    for one in (
        Row(attack="code-interception", leaves_out=_LOGIN),
        Row(attack="code-and-request", leaves_out=_LOGIN),
        Row(attack="decompiled-secret", needs={"shipped_secret": True}, leaves_out=(*_LOGIN, *_NO_SECRET)),
        Row(attack="code-injection", leaves_out=_LOGIN),
        Row(attack="login-csrf", leaves_out=_LOGIN),
        Row(attack="login-csrf-with-state", leaves_out=_LOGIN),
        Row(attack="pkce-downgrade", needs={"pkce": "S256"}, leaves_out=_OWN_PKCE),
        Row(attack="request-stripping", needs={"pkce": "S256"}, leaves_out=_OWN_PKCE),
        Row(attack="code-replay", needs={"later": "9m"}, leaves_out=_but(_LOGIN, "short life")),
        Row(
            attack="lasting-access",
            needs={"scope": OFFLINE, "later": "61m"},
            leaves_out=_but(_LOGIN, "revocation"),
        ),
        Row(attack="redirect-manipulation", leaves_out=_LOGIN),
        Row(attack="refresh-theft", needs={"scope": OFFLINE}, leaves_out=_all_but(_OF_REFRESH)),
        Row(attack="refresh-theft-late", needs={"scope": OFFLINE}, leaves_out=_all_but(_OF_REFRESH)),
        Row(attack="access-token-theft", leaves_out=_all_but(_OF_API)),
        Row(attack="api-replay", leaves_out=_all_but(_OF_API)),
        Row(attack="unsigned-token", leaves_out=_all_but(_OF_FORGERY)),
        Row(attack="public-key-token", leaves_out=_all_but(_OF_FORGERY)),
        Row(attack="malicious-client", needs={"remembers": "consent"}, leaves_out=_but(_LOGIN, "asks again")),
        Row(
            attack="app-impersonation",
            needs={"client": "native-scheme", "remembers": "consent"},
            leaves_out=(*_but(_LOGIN, "claimed https", "asks again"), *_NO_SECRET),
        ),
        Row(
            attack="chosen-challenge",
            needs={"remembers": "consent"},
            leaves_out=_but(_LOGIN, "required", "asks again"),
        ),
        Row(
            attack="session-fixation",
            needs={"client": "web", "state": True, "shared_state": True, "remembers": "consent"},
            leaves_out=(*_but(_LOGIN, "bound state", "asks again"), "state", *_NO_SECRET),
        ),
        Row(attack="mix-up", leaves_out=_but(_LOGIN, "own address")),
        Row(
            attack="weak-verifier",
            needs={"pkce": "S256", "verifier": "clock"},
            leaves_out=_but(_OWN_PKCE, "random"),
        ),
        Row(
            attack="code-burning", needs={"pkce": "S256", "burns_codes": True}, leaves_out=_but(_OWN_PKCE, "code stays")
        ),
        Row(
            attack="web-view",
            needs={"client": "native-scheme", "web_view": True},
            leaves_out=(*_but(_LOGIN, "browser"), *_NO_SECRET),
        ),
        Row(
            attack="clickjacking",
            needs={"remembers": "login", "user": "careful", "framing": True},
            leaves_out=_but(_LOGIN, "no frames", "asks again"),
        ),
        Row(
            attack="forwarded-password",
            needs={"redirect_status": 307, "asks_consent": False},
            leaves_out=_but(_LOGIN, "303"),
        ),
    )
}


def scenario_of(attack: str, *defences: str) -> Scenario:
    """The settings of an attack against these defences, all of them together.

    Raises ScenarioError for a name there is not, for a cell that is left empty, and for two defences that cannot be had
    together, because they set the same thing.
    """
    if attack not in ROWS:
        raise unknown("attack of the matrix", attack, list(ROWS))
    row, settings, checks = ROWS[attack], dict(_BARE), frozenset[str]()
    settings |= row.needs
    set_by: dict[str, str] = {}
    for name in defences:
        if name not in DEFENCES:
            raise unknown("defence", name, list(DEFENCES))
        if name in row.leaves_out:
            raise ScenarioError(f"{name} has nothing to do with {attack}, so this cell is empty")
        for setting, value in DEFENCES[name].settings.items():
            if settings[setting] != value and setting in set_by:
                raise ScenarioError(
                    f"{set_by[setting]} and {name} cannot be had together: both set {setting}. Choose one of them"
                )
            settings[setting] = value
            set_by[setting] = name
        checks |= DEFENCES[name].checks
    return Scenario(attacker=attack, seed=7, **settings, without=_ALL_OFF - checks)


def cell(attack: str, *defences: str) -> Cell:
    """One cell, played now; with more than one defence, all of them together. Raises ScenarioError as `scenario_of`."""
    simulation = Simulation(scenario_of(attack, *defences))
    return Cell(
        attack=attack,
        defence=", ".join(defences) or "none",
        scenario=simulation.scenario,
        verdict=simulation.run().verdict,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All cells, by attack and defence; an empty one is not there."""

    cells: Mapping[tuple[str, str], Cell]

    @property
    def attacks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(attack for attack, _ in self.cells))

    @property
    def defences(self) -> tuple[str, ...]:
        return tuple(name for name in DEFENCES if any(defence == name for _, defence in self.cells))

    def to_csv(self) -> str:
        """One line for each cell: attack, defence, works, check, step, error."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["attack", "defence", "works", "stopped_by", "stopped_at_step", "error"])
        for (attack, defence), one in self.cells.items():
            verdict = one.verdict
            step = verdict.stopped_at_step if verdict.stopped_at_step and not one.works else ""
            stopped = "" if one.works else verdict.stopped_by or ""
            writer.writerow([attack, defence, one.works, stopped, step, "" if one.works else verdict.error or ""])
        return out.getvalue()

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def tables(self) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """The two tables it is shown as: heading, defences, and the attacks that they have anything to do with."""
        general = tuple(name for name in self.defences if name not in PARTICULAR)
        yield "Attacks against one defence alone", general, self.attacks
        particular = tuple(name for name in self.defences if name in PARTICULAR)
        concerned = {attack for attack, defence in self.cells if defence in particular}
        rows = tuple(attack for attack in self.attacks if attack in concerned)
        yield "Attacks against a defence that is meant for some of them", particular, rows

    def _lines(self) -> Iterator[str]:
        width = max(len(name) for name in self.attacks) + 2
        for heading, defences, attacks in self.tables():
            columns = {name: max(len(name), 4) + 2 for name in defences}
            yield heading
            yield " " * width + "".join(name.ljust(columns[name]) for name in columns).rstrip()
            for attack in attacks:
                marks = (self.mark(attack, name).ljust(columns[name]) for name in columns)
                yield (attack.ljust(width) + "".join(marks)).rstrip()
            yield ""
        yield "✗ the attack works, ✓ and the step at which it is stopped, · the defence has nothing to do with it"

    def mark(self, attack: str, defence: str) -> str:
        """`✗` or `✓` and the step of this cell; `·` where the defence has nothing to do with the attack."""
        one = self.cells.get((attack, defence))
        if one is None:
            return "·"
        step = one.verdict.stopped_at_step
        return "✗" if one.works else f"✓{step_name(step) if step else ''}"

    def _repr_html_(self) -> str:
        return "".join(self._table(*one) for one in self.tables())

    def _table(self, heading: str, defences: tuple[str, ...], attacks: tuple[str, ...]) -> str:
        head = "".join(
            f'<th scope="col" style="{_CELL};white-space:normal"><a href="{escape(clause_url(DEFENCES[name].clause))}" '
            f'title="{escape(DEFENCES[name].title)}">{escape(name)}</a></th>'
            for name in defences
        )
        rows = "".join(
            f'<tr><th scope="row" style="{_CELL};text-align:left" title="{escape(ATTACKERS[attack].title)}">'
            f"{escape(attack)}</th>{''.join(self._cell(attack, name) for name in defences)}</tr>"
            for attack in attacks
        )
        return (
            '<div style="overflow-x:auto"><table style="border-collapse:collapse;font-size:inherit">'
            f'<caption style="{_CELL};font-weight:600;text-align:left">{heading}</caption>'
            f'<thead><tr><th scope="col" style="{_CELL}"></th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        )

    def _cell(self, attack: str, defence: str) -> str:
        one = self.cells.get((attack, defence))
        if one is None:
            return f'<td style="{_CELL}">·</td>'
        look = _BAD if one.works else _GOOD
        told = escape(f"{attack} against {defence}: {one.verdict.sentence}")
        return f'<td style="{_CELL};{look}" title="{told}">{escape(self.mark(attack, defence))}</td>'


_CELL = "text-align:center;vertical-align:top;padding:.3em .5em;white-space:nowrap"
_BAD = "color:var(--jp-error-color0,#b3261e);font-weight:600"
_GOOD = "color:var(--jp-success-color0,#1b5e20)"


def matrix(executor: Executor | None = None) -> Matrix:
    """All cells, played now: one after the other, or over this executor of `concurrent.futures`."""
    places = [(a, d) for a, d in product(ROWS, DEFENCES) if d not in ROWS[a].leaves_out]
    attacks, defences = [a for a, _ in places], [d for _, d in places]
    cells = executor.map(cell, attacks, defences) if executor else map(cell, attacks, defences)
    return Matrix(cells=dict(zip(places, cells, strict=True)))
