"""Running code that a learner wrote: an action, an attacker's rule, a judge. Its time is limited, and it ends no program.

A call that takes longer than SECONDS is stopped and said so, wherever it runs: in a notebook's main thread or another one.
All that it raises comes out as a ScenarioError of one sentence; only Ctrl-C passes, for that is the reader's own.

How it is stopped: when a call is over its time, an exception is raised inside it, which `except Exception` does not
catch. In the main thread a signal of the system's clock does that, and wakes what waits; where there is no such signal,
and in other threads, a thread that looks at the clock does. A browser's Python has neither signal nor threads; there the
interpreter looks at the clock whenever the learner's code jumps back or a function of it begins. Code that catches
everything is struck again until it gives up.

What is not stopped: one long operation inside the interpreter itself, such as 9**9**9, goes on to its end. So does, where
there is no signal, a wait such as time.sleep(100); and code that waits and catches everything, over and over, may never
be stopped there.

Source: the Python manual, "sys.monitoring".
"""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, TypeVar

from flowsim.model.long_tasks import IN_A_BROWSER
from flowsim.model.own_line import is_own
from flowsim.model.settings import ScenarioError
from flowsim.model.shown import one_line

Result = TypeVar("Result")

SECONDS = 5.0
_LOOK = 0.05  # seconds between two looks at the clock
_PATIENCE = 4  # strikes that a call may catch before it is struck all the time
_AT_ONCE = 1e-6  # seconds, and more or less of them each time, so that a strike falls now here, now there
_LONGEST = 160  # characters of what a failure says
_UNWANTED: dict[type, str] = {
    CoroutineType: "a coroutine",
    GeneratorType: "a generator",
    AsyncGeneratorType: "an asynchronous generator",
}


class TookTooLong(ScenarioError):
    """A learner's code took more time than it has."""


def result_of(what: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What this function says. Raises ScenarioError where it fails, takes too long, or is no ordinary function.

    `what` is what a sentence calls it, for example “the action mine”. A ScenarioError of its own passes as it is.
    """
    try:
        result = within_time(what, function, *arguments)
    except (ScenarioError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit too: a learner's exit() does not end the notebook
        raise ScenarioError(f"{what} failed with {failure(error)}") from error
    for kind, name in _UNWANTED.items():
        if isinstance(result, kind):
            if isinstance(result, CoroutineType):
                result.close()  # else Python warns that nobody waited for it
            raise ScenarioError(f"{what} gave {name}; write it with def, and without async, await or yield")
    return result


def within_time(what: str, function: Callable[..., Result], *arguments: Any) -> Result:
    """What this function says, or what it raises. Raises TookTooLong where it takes more than SECONDS.

    Inside a call that is watched already, the time of the outer one counts.
    """
    ident = threading.get_ident()
    if ident in _WATCHED:
        return function(*arguments)
    watch = _Alarm(ident) if _has_alarm(ident) else _Monitor(ident) if IN_A_BROWSER else _Watch(ident)
    seconds = SECONDS
    try:
        try:
            watch.begin(seconds)
            return function(*arguments)
        finally:
            watch.over = True
            watch.end()
    except _TimeIsUp:
        watch.over = True
        watch.end()
        raise TookTooLong(
            f"{what} took more than {seconds:g} seconds and was stopped; look for a loop that never ends"
        ) from None


def failure(error: BaseException) -> str:
    """What was raised, in one line: `ZeroDivisionError: division by zero`; an exception that cannot be shown is named."""
    text = one_line(error, _LONGEST)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class _TimeIsUp(BaseException):
    """Raised inside a call that has had its time."""


class _Watch:
    """A call in any thread, watched by the thread that looks at the clock, from `begin` to `end`."""

    def __init__(self, ident: int) -> None:
        self.ident = ident
        self.until = 0.0
        self.strikes = 0
        self.over = False  # from then on nothing is raised any more

    def begin(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        with _LOCK:
            _WATCHED[self.ident] = self
            _start_to_watch()

    def end(self) -> None:
        """Take it from under watch, once or twice. A strike that is still on its way lands here, and is caught."""
        while True:
            try:
                with _LOCK:
                    _WATCHED.pop(self.ident, None)
                # A strike is not taken back: in CPython 3.11 that leaves a mark on which a profiler waits for ever.
                for _ in range(100 if self.strikes else 0):
                    pass
                return
            except _TimeIsUp:
                continue

    def strike(self) -> None:
        """Raise the exception inside the call; the watching thread does this, and holds the lock."""
        self.strikes += 1
        _raise_in(self.ident, _TimeIsUp)


class _Alarm(_Watch):
    """A call in the main thread, which the system's clock interrupts."""

    def begin(self, seconds: float) -> None:
        _WATCHED[self.ident] = self
        self._before = signal.signal(signal.SIGALRM, self._rings)
        # It rings again by itself: where a call is as deep as it may be, the answer to a ring may fail.
        signal.setitimer(signal.ITIMER_REAL, seconds, _LOOK)

    def end(self) -> None:
        """Stop the clock, and leave the signal to whom it belonged before."""
        if _WATCHED.pop(self.ident, None) is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if self.strikes:
                time.sleep(_LOOK / 10)  # a signal that is on its way arrives
            signal.signal(signal.SIGALRM, self._before)

    def _rings(self, _number: int, _frame: FrameType | None) -> None:
        if self.over:
            return
        self.strikes += 1
        again = _LOOK if self.strikes < _PATIENCE else _AT_ONCE * (8 + self.strikes % 50)
        signal.setitimer(signal.ITIMER_REAL, again, _LOOK)
        raise _TimeIsUp


class _Monitor(_Watch):
    """A call in an interpreter without threads, which looks at the clock itself, in the learner's code and nowhere else."""

    _NUMBER = 4  # of a tool; the manual gives other numbers to debuggers, profilers and the like

    def begin(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        _WATCHED[self.ident] = self
        monitoring = _monitoring()
        events = (monitoring.events.JUMP, monitoring.events.PY_START, monitoring.events.PY_RESUME)
        monitoring.use_tool_id(self._NUMBER, "flowsim own code")
        for event in events:
            monitoring.register_callback(self._NUMBER, event, self._look)
        monitoring.set_events(self._NUMBER, sum(events))

    def end(self) -> None:
        if _WATCHED.pop(self.ident, None) is not None:
            _monitoring().set_events(self._NUMBER, 0)
            _monitoring().free_tool_id(self._NUMBER)

    def _look(self, code: CodeType, *_where: object) -> Any:
        if not is_own(code.co_filename):
            return _monitoring().DISABLE
        if time.monotonic() > self.until and not self.over:
            raise _TimeIsUp
        return None


def _monitoring() -> Any:
    """Python has it from 3.12 on, and so has every Python for a browser that flowsim runs in."""
    return vars(sys)["monitoring"]


def _has_alarm(ident: int) -> bool:
    """Whether this is the main thread, and the system has an alarm clock that nobody else has set."""
    return (
        ident == threading.main_thread().ident
        and hasattr(signal, "setitimer")
        and signal.getitimer(signal.ITIMER_REAL)[0] == 0
    )


def _raise_in(ident: int, error: type[BaseException]) -> None:
    """Have this thread raise this exception at its next step."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


_LOCK = threading.Lock()
_WATCHED: dict[int, _Watch] = {}
_watcher: threading.Thread | None = None
_awake = threading.Event()


def _start_to_watch() -> None:
    global _watcher
    if _watcher is None or not _watcher.is_alive():  # a process that was forked has none
        _watcher = threading.Thread(target=_look_at_the_clock, name="flowsim own code", daemon=True)
        _watcher.start()
    _awake.set()


def _look_at_the_clock() -> None:
    """Look at the clock while a call is under watch, and sleep while none is."""
    while True:
        _awake.wait()
        time.sleep(_LOOK)
        with _LOCK:
            watched = [call for call in [*_WATCHED.values()] if type(call) is _Watch]
            late = [call for call in watched if time.monotonic() > call.until]
            for call in late:
                call.strike()
            if not watched:
                _awake.clear()
        for call in late:
            if call.strikes > _PATIENCE:
                _strike_all_the_time(call)


def _strike_all_the_time(call: _Watch) -> None:
    """Strike a call that catches everything at each of its steps: once it is hit between two of its nets, it falls."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        end = time.monotonic() + 20 * _LOOK
        while time.monotonic() < end:
            with _LOCK:
                if _WATCHED.get(call.ident) is not call:
                    return
                call.strike()
    finally:
        sys.setswitchinterval(usual)
