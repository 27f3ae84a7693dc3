"""`python -m benchmarks` prints every section, `python -m benchmarks logins` one; `--quick` takes fewer rounds."""

import argparse
import sys
from collections.abc import Callable

from benchmarks import (
    browser,
    browsers_python,
    cells,
    diagram,
    imports,
    logins,
    memory,
    parts,
    search,
    served,
    site,
    sizes,
)

SECTIONS: dict[str, Callable[[bool], str]] = {
    "logins": logins.report,
    "parts": parts.report,
    "search": search.report,
    "served": served.report,
    "cells": cells.report,
    "memory": memory.report,
    "imports": imports.report,
    "sizes": sizes.report,
    "diagram": diagram.report,
    "browser": browser.report,
    "site": site.report,
    "python": browsers_python.report,
}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("section", nargs="*", help=f"one or more of: {', '.join(SECTIONS)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: good enough to see that it works")
    chosen = parser.parse_args(arguments)
    for name in chosen.section:
        if name not in SECTIONS:
            parser.error(f"there is no section {name!r}; expected one of: {', '.join(SECTIONS)}")
    for name in chosen.section or SECTIONS:
        print(f"{SECTIONS[name](chosen.quick)}\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
