"""`python -m flowsim.front_end.site OUT NOTEBOOKS [--run]`: the pages of the site, which `make site` writes."""

import argparse
from pathlib import Path

from flowsim.front_end.site.repository import repository
from flowsim.front_end.site.site import write


def main() -> None:
    """Write the pages and say how many there are."""
    parser = argparse.ArgumentParser(prog="python -m flowsim.front_end.site", description=__doc__)
    parser.add_argument(
        "folder", metavar="OUT", type=Path, help="the folder to write into; it is made where there is none"
    )
    parser.add_argument("notebooks", metavar="NOTEBOOKS", type=Path, help="the folder with the lessons")
    parser.add_argument("--run", action="store_true", help="the notebooks run in OUT/lite/, so link to them there")
    asked = parser.parse_args()
    known = repository(asked.notebooks)
    names = write(asked.folder, asked.notebooks, repository=known, run=asked.run)
    print(f"wrote {len(names)} files into {asked.folder}; the repository is {known or 'not known'}")


if __name__ == "__main__":
    main()
