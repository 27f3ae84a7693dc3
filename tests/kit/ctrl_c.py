"""A program under test is told to stop as by Ctrl-C, also where the tests run in the background."""

import signal


def heard() -> None:
    """To be called in the process that is begun: a shell has told its jobs in the background to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
