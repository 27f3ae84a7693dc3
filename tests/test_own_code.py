"""Code that a learner wrote: it cannot hang and cannot end the program, and what goes wrong is said in a sentence."""

import contextlib
import re
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from cProfile import Profile
from typing import Any

import pytest

from flowsim.model import own_code
from flowsim.model.own_code import TookTooLong, result_of, within_time
from flowsim.model.scenario import ScenarioError

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short time for what never ends. What ends has its usual time: on a machine with other work it takes longer."""
    monkeypatch.setattr(own_code, "SECONDS", 0.1)


@pytest.fixture(autouse=True)
def _no_hook_of_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    # At the deepest call, whatever Python calls by itself has no room left. It tells this hook of that and goes on; that of
    # pytest is a function as well, which has no room either.
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)


def loops() -> None:
    while True:
        pass


def catches_exceptions() -> None:
    while True:
        with contextlib.suppress(Exception):
            loops()


def catches_everything() -> None:
    while True:
        with contextlib.suppress(BaseException):
            loops()


def catches_in_two_nets() -> None:
    while True:
        try:
            try:
                loops()
            except BaseException:
                continue
        except BaseException:
            continue


def goes_on_at_the_end() -> None:
    try:
        loops()
    finally:
        loops()


def counts_for_ever() -> int:
    return sum(1 for _ in iter(int, 1))


def calls_itself() -> None:
    while True:
        with contextlib.suppress(RecursionError):
            calls_itself()


def sleeps() -> None:
    time.sleep(100)


def waits() -> None:
    threading.Event().wait()


def matches() -> None:
    re.match(r"(a+)+$", "a" * 50 + "b")


ENDLESS = [loops, catches_exceptions, goes_on_at_the_end, counts_for_ever]
ENDLESS_IN_MAIN = [*ENDLESS, catches_in_two_nets, catches_everything, calls_itself, sleeps, waits, matches]


def stopped(function: Callable[[], Any]) -> str:
    """What is said of this function, once it was stopped, which is not before the time that it has is over."""
    start = time.monotonic()
    with pytest.raises(TookTooLong) as raised:
        result_of("the action mine", function)
    assert time.monotonic() - start >= own_code.SECONDS
    return str(raised.value)


SENTENCE = "the action mine took more than 0.1 seconds and was stopped; look for a loop that never ends"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm clock of the system")
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("function", ENDLESS_IN_MAIN)
def test_what_never_ends_is_stopped_in_the_main_thread(function: Callable[[], Any]) -> None:
    usual = signal.getsignal(signal.SIGALRM)
    assert stopped(function) == SENTENCE
    assert signal.getsignal(signal.SIGALRM) is usual
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("function", ENDLESS)
def test_what_never_ends_is_stopped_where_the_system_has_no_alarm(
    function: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(signal, "setitimer", raising=False)
    assert stopped(function) == SENTENCE


@pytest.mark.usefixtures("short")
def test_after_one_was_stopped_a_profiler_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "setitimer", raising=False)
    assert stopped(loops) == SENTENCE
    monkeypatch.undo()
    profiler = Profile()

    def profiled() -> int:
        with profiler:
            return sum(number for number in range(1000))

    assert within_time("this", profiled) == 499_500


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("function", ENDLESS)
def test_what_never_ends_is_stopped_in_another_thread(function: Callable[[], Any]) -> None:
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(stopped(function)), daemon=True)
    thread.start()
    thread.join(60)
    assert said == [SENTENCE]


def test_two_threads_are_watched_at_once_and_only_what_is_late_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "SECONDS", 2.0)  # a hundred times what the others take
    said: list[object] = []
    threads = [threading.Thread(target=lambda: said.append(stopped(loops)), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        said.append(within_time("this", time.sleep, 0.01))
    for thread in threads:
        thread.join(60)
    assert said.count(SENTENCE.replace("0.1", "2")) == 2
    assert said.count(None) == 50


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm clock of the system")
@pytest.mark.usefixtures("short")
def test_an_alarm_that_somebody_else_has_set_is_left_alone() -> None:
    rung: list[int] = []
    usual = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        assert stopped(loops) == SENTENCE
        time.sleep(0.5)
        assert rung == [signal.SIGALRM]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)


def test_what_ends_in_time_is_not_touched_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "SECONDS", 0.5)
    for _ in range(1000):
        assert within_time("this", int, "7") == 7
    time.sleep(0.7)


@pytest.mark.usefixtures("short")
def test_within_one_that_is_watched_the_time_of_the_outer_one_counts() -> None:
    with pytest.raises(TookTooLong, match=r"^the outer one took more than"):
        within_time("the outer one", lambda: within_time("the inner one", loops))
    assert stopped(loops) == SENTENCE


class Silent(Exception):
    def __str__(self) -> str:
        raise ValueError("no")


class Torn(BaseException):
    pass


def divides() -> float:
    return 1 / 0


def raises(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (divides, "ZeroDivisionError: division by zero"),
        (raises(SystemExit(3)), "SystemExit: 3"),
        (raises(GeneratorExit()), "GeneratorExit"),
        (raises(Silent()), "Silent: <Silent that cannot be shown>"),
        (raises(Torn("a\nb\x1b[31m")), "Torn: a b\\u001b[31m"),
        (raises(StopIteration()), "StopIteration"),
        (raises(MemoryError()), "MemoryError"),
        (raises(ValueError("\ud800")), "ValueError: \\ud800"),
    ],
)
def test_whatever_is_raised_is_one_sentence(function: Callable[[], Any], said: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        result_of("the action mine", function)
    assert str(raised.value) == f"the action mine failed with {said}"


def test_what_is_raised_is_cut_where_it_is_long() -> None:
    with pytest.raises(ScenarioError) as raised:
        result_of("it", raises(ValueError("x\n" * 1_000_000)))
    assert len(str(raised.value)) < 220


def test_ctrl_c_is_the_readers_own_and_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        result_of("it", raises(KeyboardInterrupt()))


def test_a_scenario_error_of_its_own_passes_as_it_is() -> None:
    with pytest.raises(ScenarioError, match=r"^choose another$"):
        result_of("it", raises(ScenarioError("choose another")))


async def waits_for_it() -> int:
    return 1


def gives_one_by_one() -> Iterator[int]:
    yield 1


async def gives_later() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (waits_for_it, "a coroutine"),
        (gives_one_by_one, "a generator"),
        (gives_later, "an asynchronous generator"),
    ],
)
def test_only_an_ordinary_function_gives_a_result(function: Callable[[], Any], what: str) -> None:
    with pytest.raises(ScenarioError, match=f"^it gave {what}; write it with def, and without async, await or yield$"):
        result_of("it", function)
