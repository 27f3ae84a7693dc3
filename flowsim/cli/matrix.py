"""`flowsim matrix`: every attack against every defence, or one of each, told or as a page."""

import argparse
from collections.abc import Iterable

from flowsim.analysis.defences import DEFENCES, ROWS
from flowsim.analysis.matrix import cell, matrix
from flowsim.cli.files import refuse_unwritable, write
from flowsim.cli.run import tell
from flowsim.cli.terminal import say, task, width
from flowsim.model.scenario import ScenarioError

EXAMPLES = (
    ("flowsim matrix", "every attack against every defence"),
    ("flowsim matrix code-injection state", "one cell of it, told message by message"),
    ("flowsim matrix --html matrix.html", "a page in which each cell opens its run in the player"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("attack", nargs="?", metavar="ATTACK", help=_names(ROWS))
    parser.add_argument("defence", nargs="?", metavar="DEFENCE", help=_names(DEFENCES))
    files = parser.add_mutually_exclusive_group()
    files.add_argument("--csv", metavar="FILE", help="write a line for each cell")
    files.add_argument(
        "--html",
        metavar="FILE",
        help="write a page in which each cell opens its run, or one cell in the player",
    )


def execute(options: argparse.Namespace) -> int:
    if options.attack is not None:
        if options.defence is None:
            raise ScenarioError(f"against which defence? expected one of: {', '.join(DEFENCES)}")
        if options.csv:
            raise ScenarioError(
                "--csv writes all cells, a line for each; leave it out, or name no attack and no defence"
            )
        one = cell(options.attack, options.defence)
        if options.html:
            from flowsim.front_end.page import player_page

            return write(options.html, lambda: player_page(one.simulation()).encode(), "it steps through this run")
        tell(one.simulation().run())
        from flowsim.explorer.other_ways import other_way, told_of

        if (other := other_way(one)) is not None:
            say(f"\n{told_of(other.played())}")
        return 0
    refuse_unwritable(*(name for name in (options.csv, options.html) if name is not None))
    with task("playing the matrix") as tick:
        whole = matrix(tick=tick)
    if options.csv:
        return write(options.csv, lambda: whole.to_csv().encode(), "a line for each cell")
    if options.html:
        from flowsim.front_end.matrix_page import matrix_page

        with task("drawing every run") as tick:
            page = matrix_page(whole, tick).encode()
        return write(options.html, lambda: page, "each cell opens its run in the player")
    say(whole.told(width()))
    from flowsim.explorer.other_ways import stored

    others = sum(one.stopped and place in stored() for place, one in whole.cells.items())
    if others:
        say(
            "\nStopped is the attack of the row, and not always the attacker: in "
            f"{others} cell{'s' if others != 1 else ''} with a ✓ the search has found another way. "
            "`flowsim matrix ATTACK DEFENCE` tells it."
        )
    return 0


def _names(names: Iterable[str]) -> str:
    return f"one of: {', '.join(names)}"
