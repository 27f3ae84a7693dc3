"""Ctrl-C while something long is going on: it ends where it can be left, with what is known so far.

The first one asks for that. Whoever does not want to wait so long presses it once more, and that ends it at once, as
everywhere in Python.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """While this lasts, what it gives says whether somebody has pressed Ctrl-C, and the first one raises nothing.

    Only the main thread hears it; in another one nothing is changed. Who handles the signal otherwise goes on doing so.
    """
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler and not callable(before):  # ignored, or not Python's
        yield pressed.is_set
        return

    def press(_number: int, _frame: FrameType | None) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        if signal.getsignal(signal.SIGINT) is press:
            signal.signal(signal.SIGINT, before)
