"""A judge of clients: what an OAuth client of your own does right, and which attacks go through.

`judge_client` lets a client log in at servers inside this process, first at an honest one, then at servers with one fault
each, and then it attacks it. Whatever it says comes from what these servers have seen, and nobody reads the client's code.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowsim.judge.client_under_test import FUNCTIONS, App, ClientUnderTest
    from flowsim.judge.judgement import DUTIES, Judgement, judge_client

__all__ = ["DUTIES", "FUNCTIONS", "App", "ClientUnderTest", "Judgement", "judge_client"]
_PLACE_OF = {
    **dict.fromkeys(("FUNCTIONS", "App", "ClientUnderTest"), "flowsim.judge.client_under_test"),
    **dict.fromkeys(("DUTIES", "Judgement", "judge_client"), "flowsim.judge.judgement"),
}

if (
    not TYPE_CHECKING
):  # pytest loads this folder in every run, for the sake of pytest_plugin.py, so it loads nothing itself

    def __getattr__(name: str) -> Any:
        """The name, loaded when it is first asked for (PEP 562)."""
        if name not in _PLACE_OF:
            raise AttributeError(f"module 'flowsim.judge' has no attribute {name!r}")
        return getattr(import_module(_PLACE_OF[name]), name)
