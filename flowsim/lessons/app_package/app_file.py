"""Where the lessons' apps lie, from wherever a notebook is run: its own folder, the solutions, or the whole repository."""

from pathlib import Path

from flowsim.model.scenario import ScenarioError

_PLACES = (Path("apps"), Path("../apps"), Path("notebooks/apps"))


def app_file(name: str) -> Path:
    """The file of this name among the apps of the lessons. Raises ScenarioError where there is none."""
    for place in _PLACES:
        if (found := place / name).is_file():
            return found
    places = ", ".join(str(place) for place in _PLACES)
    raise ScenarioError(f"there is no app's file {name!r}; looked for it in {places}, seen from {Path.cwd()}")
