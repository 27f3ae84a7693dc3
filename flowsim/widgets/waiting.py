"""How far a long task is: a line below the cell that is running, which is gone when the task is done.

It is for notebooks whose Python runs in a browser, where a run takes several times as long as elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from time import monotonic
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from flowsim.model.long_tasks import Tick

PATIENCE = 1.0  # seconds before a task says how far it is
_AGAIN = 0.25  # and between two times that it does


@contextmanager
def line(what: str) -> Iterator[Tick]:
    """While this lasts for longer than a second, say below the cell what is done, and how far it is."""
    shown: list[Any] = []
    again = monotonic() + PATIENCE

    def tick(done: int, total: int) -> None:
        nonlocal again
        if monotonic() < again or get_ipython() is None:
            return
        again = monotonic() + _AGAIN
        text = f"{what}: {done} of {total}"
        data = {"text/html": f'<p role="status">{escape(text)}</p>', "text/plain": text}
        if shown:
            shown[0].update(data, raw=True)
        else:
            shown.append(display(data, raw=True, display_id=True))  # type: ignore[no-untyped-call]

    try:
        yield tick
    finally:
        if shown:
            shown[0].update({"text/html": ""}, raw=True)
