"""`flowsim search`: the machine as attacker. It tries every sequence of moves up to a bound, and says what it has found.

The last line is the answer: an attack and its moves, or that there is none within the bound. Ctrl-C ends it with what is
known so far; with --resume it can be gone on with.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from flowsim.analysis.defences import DEFENCES
from flowsim.cli import INTERRUPTED
from flowsim.cli.files import refuse_unwritable, write
from flowsim.cli.run import add_settings, settled
from flowsim.cli.terminal import line, say
from flowsim.explorer.exploring import Exploration
from flowsim.explorer.goals import GOALS
from flowsim.explorer.minimal import LARGEST, MinimalDefences, minimal_defences
from flowsim.explorer.search import DEPTH, GOAL, search
from flowsim.model.positions import POSITIONS
from flowsim.model.scenario import SETTINGS, ScenarioError
from flowsim.views.text.words_of_search import nothing_to_do

EXAMPLES = (
    ("flowsim search --defence none --position A3", "who gets the redirect, against an app without any defence"),
    ("flowsim search --position A3 --goal data", "the same against an app with all checks on"),
    ("flowsim search --position A3 --without token.verifier_fits", "what if that check is off?"),
    ("flowsim search --defence S256 --defence state --depth 4 --jobs 2", "two defences, over two processes"),
    ("flowsim search --depth 5 --resume search.flowsim", "ends with Ctrl-C, and goes on when it is typed again"),
    ("flowsim search --defence none --position A3 --html attack.html", "the attack in the player, in one file"),
    ("flowsim search --minimal-defences --position A3 --goal data", "which defences are enough, and none too many"),
)
_NOT_SET = ("attacker",)  # the search is the attacker


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s [OPTION ...]"
    asked = parser.add_argument_group("what is searched for")
    several: dict[str, Any] = {"action": "append", "default": []}
    asked.add_argument(
        "--position",
        metavar="NAME",
        help="what the attacker can see and do beside what everybody can (A1); may be repeated"
        + _each({name: f"it {about}" for name, about in POSITIONS.items()}),
        **several,
    )
    asked.add_argument(
        "--goal",
        metavar="NAME",
        help=f"what it is after; may be repeated, and then one is enough; default: {GOAL}"
        + _each({name: _first_sentence(goal) for name, goal in GOALS.items()}),
        **several,
    )
    asked.add_argument(
        "--depth",
        metavar="K",
        type=int,
        default=DEPTH,
        help="how many moves it has at most, a move being one decision with what follows of itself, such as a request and "
        f"its answer; default: {DEPTH}",
    )
    asked.add_argument(
        "--defence",
        metavar="NAME",
        help="begin with an app and a server that have no defence (none), or this one; may be repeated; one of: "
        + ", ".join(DEFENCES),
        **several,
    )
    asked.add_argument(
        "--minimal-defences",
        action="store_true",
        help="search for the smallest sets of defences under which no attack is found; those of --defence are always there",
    )
    asked.add_argument(
        "--largest",
        metavar="N",
        type=int,
        help=f"with --minimal-defences: how many defences a set has at most; default: {LARGEST}",
    )
    how = parser.add_argument_group("how it is done")
    how.add_argument("--jobs", metavar="N", type=int, default=1, help="over so many processes; default: 1")
    how.add_argument(
        "--resume",
        metavar="FILE",
        help="keep the search in this file, and go on with it where the file is there already",
    )
    output = parser.add_argument_group("what to do with the result")
    output.add_argument("--json", metavar="FILE", help="write the result as JSON; - prints it, and nothing else")
    output.add_argument("--html", metavar="FILE", help="write the attack into one HTML file, in the player")
    add_settings(parser, [one for one in SETTINGS.values() if one.name not in _NOT_SET])


def execute(options: argparse.Namespace) -> int:
    asked = settled({name: value for name, value in vars(options).items() if name in SETTINGS})
    asked |= {"positions": options.position, "depth": options.depth, "jobs": options.jobs}
    asked |= {"goals": options.goal} if options.goal else {}
    asked |= {"defences": options.defence} if options.defence else {}
    refuse_unwritable(*(name for name in (options.json, options.html) if name not in (None, "-")))
    if options.minimal_defences:
        return _minimal(options, asked)
    if options.html and options.json == "-":
        raise ScenarioError(
            "--json - prints the result and nothing else; name a file for it where --html is written, too"
        )
    if options.largest is not None:
        raise ScenarioError("--largest says how large a set of --minimal-defences may be; give that, too")
    with line("searching") as progress:
        result = search(**asked, progress=progress, checkpoint=options.resume)
    write_page = partial(_write_player, options.html, result) if options.html else None
    _put(options.json, result, _told(result), bad=result.found is not None, besides=write_page)
    return 0 if result.finished else INTERRUPTED


def _minimal(options: argparse.Namespace, asked: dict[str, Any]) -> int:
    if options.html or options.resume:
        raise ScenarioError(
            "--minimal-defences is many searches, so neither --html nor --resume goes with it; leave it out"
        )
    asked |= {"largest": options.largest} if options.largest is not None else {}
    with line("searching") as progress:
        result = minimal_defences(**asked, progress=progress)
    _put(options.json, result, _told_of_sets(result), bad=not result.sets)
    return 0 if result.finished else INTERRUPTED


def _put(
    file: str | None,
    result: Exploration | MinimalDefences,
    lines: Iterator[str],
    *,
    bad: bool,
    besides: Callable[[], None] | None = None,
) -> None:
    """Write the JSON and what is wanted `besides`, and tell what has come out; the last line is the answer.

    It is told as well where something cannot be written, for the search may have taken hours.
    """
    text = json.dumps(result.to_json(), indent=1, ensure_ascii=False)
    if file == "-":
        print(text)
        return
    try:
        if besides is not None:
            besides()
        if file is not None:
            write(file, text.encode, "the result of the search")
    finally:
        say("\n".join([*lines, result.sentence]), **{"bad" if bad else "good": result.sentence})


def _told(result: Exploration) -> Iterator[str]:
    yield from _asked(result)
    yield ""
    for number, count in enumerate(result.by_depth):
        yield f"{number:>3} {'move ' if number == 1 else 'moves'} {count:>12,} {'world' if count == 1 else 'worlds'}"
    if result.found is not None and len(result.goals) > 1:
        yield f"the goal that is reached: {result.goal}"
    yield from _left_out(result)


def _told_of_sets(result: MinimalDefences) -> Iterator[str]:
    yield from _asked(result)
    if result.always:
        yield f"always there: {', '.join(result.always)}"
    yield f"defences tried: {', '.join(result.among)}; in sets of up to {result.largest}"
    yield ""
    for names, attack in result.attacks:
        yield f"{' + '.join((*result.always, *names)) or 'no defence'}: {attack.sentence}"
    yield (
        f"{_counted(result.searches, 'search', 'searches')}, {_counted(result.worlds, 'world', 'worlds')}; "
        f"an attack found before refuted {_counted(result.refuted, 'set', 'sets')}"
    )
    yield from _left_out(result)


def _asked(result: Exploration | MinimalDefences) -> Iterator[str]:
    positions = ", ".join(("A1", *(name for name in result.positions if name != "A1")))
    moves = _counted(result.depth, "move", "moves")
    yield f"an attacker with {positions}, after {' or '.join(result.goals)}, in at most {moves}"
    if isinstance(result, Exploration) and (idle := nothing_to_do(result.scenario, result.positions)):
        yield idle


def _left_out(result: Exploration | MinimalDefences) -> Iterator[str]:
    yield ""
    yield "The answer says nothing of longer attacks, of other positions and goals, and of what is left out:"
    yield from (f"  - {one}" for one in result.left_out)
    yield ""


def _counted(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _write_player(file: str, result: Exploration) -> None:
    from flowsim.front_end.page import player_page

    simulation = result.simulation()
    if simulation is None:
        sys.stderr.write(f"flowsim: no attack was found, so there is nothing to write into {file}\n")
        return
    write(file, lambda: player_page(simulation).encode(), "it steps through the attack")


def _each(meanings: Mapping[str, str]) -> str:
    """A line for each name, in the manner of the help of a setting."""
    return "".join(f"\n  {name}: {meaning}" for name, meaning in meanings.items()).replace("%", "%%")


def _first_sentence(goal: object) -> str:
    told = (goal.__doc__ or "").strip().partition(".")[0]
    return f"{told[:1].lower()}{told[1:]}"
