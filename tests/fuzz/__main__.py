"""`python -m tests.fuzz NAME [--runs N] [--seconds S] [--seed N]`: the fuzzer of this name, a module with a `main`."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

NAMES = sorted(one.stem for one in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> int:
    """Run the fuzzers that were named, or all of them; 1 where one has found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Look for faults at random.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(NAMES)}; all where none is named")
    parser.add_argument("--runs", type=int, help="how many to play")
    parser.add_argument("--seconds", type=float, help="how long to play")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first one, so that others are played")
    given = parser.parse_args()
    wrong = [name for name in given.names if name not in NAMES]
    if wrong:
        parser.error(f"there is no fuzzer {wrong[0]!r}; expected some of: {', '.join(NAMES)}")
    found = [
        import_module(f"tests.fuzz.{name}").main(runs=given.runs, seconds=given.seconds, first=given.seed)
        for name in given.names or NAMES
    ]
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
