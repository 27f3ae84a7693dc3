"""The README as the package carries it: its link to Binder names the repository that it was built in, or is left out.

The build backend calls this (pyproject.toml, `tool.hatch.metadata.hooks`), so nothing of flowsim is imported here.
"""

import re
import runpy
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).parents[1]
_REPOSITORY = ROOT / "flowsim" / "front_end" / "site" / "repository.py"  # it needs nothing but Python
_BINDER = re.compile(r"\*\*In the browser, on a server of Binder's:\*\*\n.*?\n\n", re.DOTALL)


def built(readme: str, repository: str | None) -> str:
    """This README for a package that was built in a copy of this repository; None where that is not known."""
    address = runpy.run_path(str(_REPOSITORY))["binder"](repository, "00-start")
    told = f"**In the browser, on a server of Binder's:**\n[open it on Binder]({address})\n\n" if address else ""
    return _BINDER.sub(lambda _found: told, readme, count=1)


class Readme(MetadataHookInterface):
    """What the backend asks for."""

    def update(self, metadata: dict[str, object]) -> None:
        """Put the README into the metadata of the package."""
        root = Path(self.root)
        known = runpy.run_path(str(_REPOSITORY))["repository"](root)
        text = built((root / "README.md").read_text("utf-8"), known)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
