"""The README's map of the code, made from the docstrings of the folders: `python -m tests.kit.readme_map` writes it.

Its rows stand in the order in which the layers are listed in pyproject.toml, each with the folders in it.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["flowsim"]["layers"]
BEGIN, END = "<!-- the map, made by `make map` -->\n", "<!-- the end of the map -->\n"


def code_map() -> str:
    """The map as a Markdown table."""
    rows = [row for layer in LAYERS for row in _rows(ROOT / "flowsim" / layer)]
    return "\n".join(["| where | what is in it |", "|---|---|", *rows, ""])


def written(readme: str) -> str:
    """This README with today's map in it."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{code_map()}{END}{after}"


def _rows(place: Path) -> Iterator[str]:
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    paragraph = (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n\n")[0]
    name = f"{place.relative_to(ROOT / 'flowsim').as_posix()}/" if place.is_dir() else file.name
    target = (place if place.is_dir() else file).relative_to(ROOT).as_posix()
    yield f"| [{name}]({target}) | {' '.join(paragraph.split())} |"
    if place.is_dir():
        for inner in sorted(path.parent for path in place.glob("*/__init__.py")):
            yield from _rows(inner)


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
