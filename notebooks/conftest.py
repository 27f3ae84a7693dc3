"""Lets `pytest --nbval notebooks`, without more options, compare what depends neither on machine nor on learner."""

import os
from pathlib import Path

import pytest

os.environ["FLOWSIM_PROGRESS"] = ""  # so that what somebody has answered here makes no difference
SANITIZE = Path(__file__).parents[1] / "tests" / "nbval_sanitize.cfg"


def pytest_configure(config: pytest.Config) -> None:
    """Take the rules for what differs from machine to machine, unless others were asked for."""
    if getattr(config.option, "nbval_sanitize_with", SANITIZE) is None:
        config.option.nbval_sanitize_with = str(SANITIZE)
