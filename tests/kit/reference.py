"""The reference of the public names, the settings and the folders, as HTML out of the docstrings: `make docs` writes it."""

import sys
from pathlib import Path

import pdoc
import pdoc.doc
import pdoc.extract
import pdoc.render

import flowsim
from tests.kit.readme_map import LAYERS

ROOT = Path(__file__).parents[2]


def write(folder: Path) -> None:
    """Write the pages into this folder. They load nothing from elsewhere, and search without a network."""
    for name in flowsim.__all__:
        getattr(flowsim, name)  # pdoc looks at what is loaded
    pdoc.render.configure(show_source=False, template_directory=ROOT / "docs" / "templates")
    pdoc.pdoc("flowsim", *(f"flowsim.{layer}" for layer in LAYERS), output_directory=folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
    print(f"wrote {sys.argv[1]}/index.html")
