"""`flowsim mistakes [NAME]`: the mistakes that honest parties can make, and what there is to know of one."""

import argparse

from flowsim.cli.terminal import say, width
from flowsim.model.mistakes import MISTAKES, Mistake, known_mistake
from flowsim.model.shown import shorten
from flowsim.model.steps import clause_url, step_name
from flowsim.views.text.words import listed

EXAMPLES = (
    ("flowsim mistakes", "all of them, by who makes them"),
    ("flowsim mistakes challenge-padded", "one of them: where it is made, where it shows, what to change"),
)
_WIDE = 105  # columns from which a title stands beside its name
_LONGEST = 60  # characters of a value


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="one of them; left out, they are listed")


def execute(options: argparse.Namespace) -> int:
    say(_told(known_mistake(options.name)) if options.name is not None else _list())
    return 0


def _list() -> str:
    lines = []
    for party in dict.fromkeys(one.party for one in MISTAKES.values()):
        lines += [f"mistakes of {'a' if party in ('browser', 'proxy') else 'the'} {party}"]
        for one in MISTAKES.values():
            if one.party == party:
                lines += _entry(f"  {one.name:40}", one.title)
        lines += [""]
    return "\n".join(lines).rstrip()


def _entry(name: str, text: str) -> list[str]:
    return [f"{name} {text}"] if width() >= _WIDE else [name.rstrip(), f"      {text}"]


def _told(mistake: Mistake) -> str:
    first, *others = [step_name(number) for number in mistake.shows]
    elsewhere = f", or under other settings at {listed(others, 'or')}" if others else ""
    beside = ", ".join(f"{name}={_shown(value)}" for name, value in mistake.beside.items())
    lines = [
        mistake.name,
        f"  {mistake.title}.",
        f"  It is a mistake of the {mistake.party}, made at step {step_name(mistake.step)}.",
        f"  It shows at step {first}{elsewhere}.",
        f"  To repair it: {mistake.repair_words}",
        f"  {mistake.clause}  {clause_url(mistake.clause)}",
    ]
    if beside:
        lines.append(f"  It makes a difference beside such settings as {beside}.")
    if mistake.seen:
        lines.append(f"  Seen in {', '.join(mistake.seen.split())}.")
    return "\n".join(lines)


def _shown(value: object) -> str:
    text = " ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    return shorten({"True": "yes", "False": "no"}.get(text, text), _LONGEST)
