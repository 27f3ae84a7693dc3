"""docs/attacks.md, made from the table of outcomes that the tests hold the program to: `make map` writes it."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.explorer.other_ways import stored
from flowsim.model.positions import POSITIONS
from flowsim.model.steps import step_name
from tests.kit.outcomes import Row, rows

PAGE = Path(__file__).parents[2] / "docs" / "attacks.md"
_HEAD = """# What each attack comes to

This page is made from [tests/outcomes.csv](../tests/outcomes.csv), the table of what must come of each attack by the
RFCs. A test plays every row of it and compares; another one keeps this page the same as the table.

**Bare** is an app and a server that have no defence but the one named, so that one sees what it does alone. **Usual** is
an app and a server with all that flowsim has on by default, and what was changed is named.

**Stopped** is this attack, and not always the attacker: where the search has found another way from the same positions,
that is said below the table, and `flowsim matrix ATTACK DEFENCE` tells it.
"""


def page() -> str:
    """The page as Markdown."""
    lines = [_HEAD]
    for attack, group in groupby(rows(), lambda row: row.attack):
        lines += _of(attack, [*group])
    return "\n".join(lines)


def _of(attack: str, group: list[Row]) -> Iterator[str]:
    attacker = ATTACKERS[attack]
    yield f"## {attack}: {attacker.title}\n"
    yield f"{attacker.about} It takes:\n"
    yield from (f"- {position}: {POSITIONS[position]}" for position in attacker.positions)
    for base in ("bare", "usual"):
        listed = [row for row in group if row.base == base]
        works = [_name(row) for row in listed if row.outcome.wins == "attacker"]
        if works:
            yield f"\n{base.title()}, it **works** against: {'; '.join(works)}."
        stopped = [row for row in listed if row.outcome.wins == "app"]
        if stopped:
            yield f"\n{base.title()}, it is **stopped** by:\n"
            yield "| defences | client | step | check | error | clause |\n|---|---|---|---|---|---|"
            yield from map(_line, stopped)
        others = [f"`{defence}`" for name, defence in stored() if name == attack] if base == "bare" else []
        if others:
            yield f"\nBare, the search has found **another way** past: {'; '.join(others)}."
        refused = [row for row in listed if row.outcome.wins == "nobody"]
        if refused:
            yield f"\n{base.title()}, **the login itself is refused**, attack or no attack, so that nothing is defended:\n"
            yield "| defences | client | step | check | error | clause |\n|---|---|---|---|---|---|"
            yield from map(_line, refused)
    yield ""


def _name(row: Row) -> str:
    if row.base == "bare":
        return " + ".join(f"`{item}`" for item in row.items) or "no defence"
    return f"`{row.client}` with {', '.join(f'`{item}`' for item in row.items) or 'no change'}"


def _line(row: Row) -> str:
    said = row.outcome
    names = " + ".join(f"`{item}`" for item in row.items) or "no change"
    if said.check is None:
        nothing = "it comes to nothing: there is nothing to take, and no check that stops the attacker"
        return f"| {names} | {row.client} | | {nothing} | | |"
    check = CHECKS[said.check]
    error = f"`{said.error}`" if said.error else ""
    stopped = f"{step_name(said.step or 0)} | {check.title} (`{check.id}`)"
    return f"| {names} | {row.client} | {stopped} | {error} | {check.clause} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
