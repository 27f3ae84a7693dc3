"""Build the site, or only the folder that Python in the browser is made of: `python -m binder.lite site build/site`."""

import argparse
import sys
from pathlib import Path

from binder.lite import kernel, site
from binder.lite.wheels import ROOT, BuildError

WORK = ROOT / "build" / "lite"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m binder.lite", description=__doc__)
    parser.add_argument("what", choices=["site", "kernel"])
    parser.add_argument("folder", type=Path, help="where to write it; what is there before is removed")
    parser.add_argument("--npm", type=Path, default=kernel.NPM, help="the node_modules with Pyodide")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    try:
        if asked.what == "kernel":
            kernel.write(folder, WORK, asked.npm)
            print(f"wrote what Python in the browser is made of into {asked.folder}")
        elif site.build(folder, WORK, asked.npm):
            print(f"wrote the site into {asked.folder}, and {folder.with_name(site.ZIP).name} beside it")
        else:
            print(f"nothing has changed since {asked.folder} was written")
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
