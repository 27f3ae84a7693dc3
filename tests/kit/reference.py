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
LEFT_OUT = (
    "!flowsim.views.formats.payload_types",
)  # shapes for TypeScript, some of which pdoc cannot find in the source


def write(folder: Path) -> None:
    """Write the pages into this folder. They load nothing from elsewhere, and search without a network."""
    for name in flowsim.__all__:
        getattr(flowsim, name)  # pdoc looks at what is loaded
    pdoc.render.configure(show_source=False, template_directory=ROOT / "docs" / "templates")
    modules = ("flowsim", *(f"flowsim.{layer}" for layer in LAYERS), *LEFT_OUT)
    pdoc.pdoc(*modules, output_directory=folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
    print(f"wrote {sys.argv[1]}/index.html")
