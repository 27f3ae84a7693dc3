"""Lets `pytest --nbval notebooks` compare what does not depend on the machine; it needs no further option."""

from pathlib import Path

import pytest

SANITIZE = Path(__file__).parents[1] / "tests" / "nbval_sanitize.cfg"


def pytest_configure(config: pytest.Config) -> None:
    """Take the rules for what differs from machine to machine, unless others were asked for."""
    if getattr(config.option, "nbval_sanitize_with", SANITIZE) is None:
        config.option.nbval_sanitize_with = str(SANITIZE)
