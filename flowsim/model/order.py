"""In which order the moves of several logins happen: a short text that says whose turn it is.

    tab2:3 victim:11 tab2:11      tab 2 goes on until it has taken step 3, the first login to its end, then tab 2
    victim tab2*2 victim          one move of the first login, two of tab 2, one of the first login
    refresh1:R1 refresh2:R3       the second refresh of the plan goes through while the first is under way

A run is written without a blank: `victim` is the user's first login. Whoever is named and is not there yet begins: `tab2`
and `window2` are another login in the same browser, with its cookies and storage, `device2` is one on another device of
the same user. A run of the plan (model/timeline.py) has its name there with its number, for example `refresh1`.

Behind a run stands how far it goes: nothing for one move, `*N` for N moves, `:STEP` for the moves until it has taken that
step. `:ACT` is for what the network does to a message of this run, and for the moves until it can: `lose-request`,
`lose-answer` or `duplicate`. A request that was delivered twice is a run as well, `copy1`. Who cannot move is passed over,
until it can. When all is done that an order says, the logins that have begun go on to their ends, the one that began first
goes first.

    refresh1:lose-answer          the answer to the first refresh never comes to the app
    victim:duplicate copy1        the server gets the token request twice, and answers the second one first
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from frozendict import frozendict

from flowsim.model.shown import shown
from flowsim.model.states import Act
from flowsim.model.steps import ALL_STEPS
from flowsim.model.timeline import Kind, Occurrence

FIRST = "victim"
TAB, WINDOW, DEVICE = "tab", "window", "device"
LOGINS = (TAB, WINDOW, DEVICE)
STEP_UP = "step-up"
COPY = "copy"  # of a request that the network has delivered twice
PLANNED: tuple[str, ...] = get_args(Kind)
MOST_LOGINS = 8  # of each kind, with the first
MOST_WORDS = 400
MOST_MOVES = 400  # of one word
# What the network does to a message, without malice: each is an act of the run whose message it is.
NETWORK_ACTS: tuple[Act, ...] = (Act.LOSE_REQUEST, Act.LOSE_ANSWER, Act.DUPLICATE)
_WORD = re.compile(r"(?P<kind>[a-z]+(?:-[a-z]+)*)(?P<number>[0-9]{0,2})(?:\*(?P<count>[0-9]{1,3})|:(?P<goal>[^*:]+))?")
_STEPS = {step.name: step.number for step in ALL_STEPS}


class OrderError(ValueError):
    """An order that cannot be read; the message says what was expected, what came, and what to do."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is, and how far: one move, the moves until `step` is taken, or the one `act` of the network."""

    run: str
    step: int | None = None
    act: Act | None = None


@lru_cache(maxsize=1024)
def parse(text: str) -> tuple[Turn, ...]:
    """The turns of this order, one by one. Raises OrderError for a word that makes no sense."""
    words = text.split()
    if len(words) > MOST_WORDS:
        raise OrderError(f"an order has at most {MOST_WORDS} words, not {len(words)}")
    turns: list[Turn] = []
    for word in words:
        turns += _turns(word)
        if len(turns) > MOST_MOVES:
            raise OrderError(f"an order has at most {MOST_MOVES} turns")
    return tuple(turns)


def in_plan(text: str, items: Iterable[Occurrence]) -> None:
    """Raises OrderError where this order names a run of a plan that the plan does not have."""
    turns = parse(text)
    planned = {item.run for item in items} | {*_copies(turns)}
    for turn in turns:
        if not may_begin(turn.run) and turn.run != FIRST and turn.run not in planned:
            kind = turn.run.rpartition(" ")[0]
            if kind == COPY:
                raise OrderError(f"the order has no {turn.run}; say first whose request comes twice: victim:duplicate")
            raise OrderError(f"the plan has no {turn.run}, so it has no turn; add {kind} to later")


def may_begin(run: str) -> bool:
    """True for a run that begins because the order names it, or an API: no plan has to say so."""
    return kind_of(run) in (*LOGINS, STEP_UP)


def has_turn(run: str) -> bool:
    """True for a run that an order can name."""
    return run == FIRST or kind_of(run) in (*LOGINS, STEP_UP, COPY, *PLANNED)


@lru_cache(maxsize=256)
def kind_of(run: str) -> str:
    """`tab` of `tab 2`; the name itself where it has no number."""
    kind, _, number = run.rpartition(" ")
    return kind if number.isdigit() else run


@lru_cache(maxsize=1024)
def names(text: str) -> frozendict[str, str]:
    """What people call each run that this order names, where there are several: the first one is `tab 1` beside tab 2."""
    turns = parse(text)
    runs = list(dict.fromkeys((*(turn.run for turn in turns), *_copies(turns))))
    kinds = {kind_of(run) for run in runs}
    first = next((kind for kind in LOGINS if kind in kinds), None)
    if first is not None:
        runs = [FIRST, *(run for run in runs if run != FIRST)]
    called = f"{first} 1" if first else "the login"
    return frozendict({run: called if run == FIRST else run for run in runs} if len(runs) > 1 else {})


def _copies(turns: Iterable[Turn]) -> tuple[str, ...]:
    """The runs that begin because a request comes twice."""
    return tuple(f"{COPY} {number + 1}" for number in range(sum(turn.act is Act.DUPLICATE for turn in turns)))


def word_of(run: str) -> str:
    """How this run is written in an order: `tab2` for `tab 2`."""
    return run.replace(" ", "")


def turn_of(name: str) -> Turn:
    """The one turn that this word of an order names, as `tab2` or as `tab 2`, for a move or for an act of the network.

    Raises OrderError for one that there cannot be.
    """
    word = name.strip().replace(" ", "")
    turns = _turns(word)
    if len(turns) != 1 or turns[0].step is not None:
        raise OrderError(f"expected one move, for example tab2 or refresh1:lose-answer, not {shown(name)}")
    return turns[0]


def written(runs: Iterable[str]) -> str:
    """The order in which these runs have made one move each: `victim*2 tab2`."""
    words: list[list[str]] = []
    for run in runs:
        if words and words[-1][0] == run:
            words[-1].append(run)
        else:
            words.append([run])
    return " ".join(word_of(one[0]) + (f"*{len(one)}" if len(one) > 1 else "") for one in words)


def text_of(turns: Iterable[Turn]) -> str:
    """The text of an order that has these turns."""
    words: list[str] = []
    single: list[str] = []
    for turn in turns:
        if turn.step is None and turn.act is None:
            single.append(turn.run)
            continue
        words += [written(single), f"{word_of(turn.run)}:{_goal_of(turn)}"]
        single = []
    return " ".join(word for word in (*words, written(single)) if word)


def _goal_of(turn: Turn) -> str:
    if turn.act is not None:
        return turn.act.value.replace("_", "-")
    return next(name for name, number in _STEPS.items() if number == turn.step)


def _matched(word: str) -> re.Match[str]:
    found = _WORD.fullmatch(word)
    if found is None:
        raise OrderError(
            "an order is made of words such as victim, tab2, window2, device2 or refresh1, with *N for N moves or :STEP "
            f"for the moves until a step, for example tab2:3, not {shown(word)}"
        )
    return found


def _run(word: str, found: re.Match[str]) -> str:
    kind, number = found["kind"], found["number"]
    if kind == FIRST:
        if number:
            raise OrderError(
                f"the user's first login is victim, without a number; another one is tab2, not {shown(word)}"
            )
        return FIRST
    if kind in LOGINS and not (number and 2 <= int(number) <= MOST_LOGINS):
        raise OrderError(
            f"the user's first login is victim, and its tab, window and device are the first; another one is {kind}2 to "
            f"{kind}{MOST_LOGINS}, not {shown(word)}"
        )
    if kind not in (*LOGINS, STEP_UP, COPY, *PLANNED):
        known = ", ".join((FIRST, *LOGINS, *PLANNED, STEP_UP, COPY))
        raise OrderError(
            f"there is no run {shown(word)} that could have a turn; expected one of: {known}, with a number"
        )
    if not number or int(number) == 0:
        raise OrderError(f"beside the logins a run is named with its number, for example {kind}1, not {shown(word)}")
    return f"{kind} {int(number)}"


def _turns(word: str) -> list[Turn]:
    found = _matched(word)
    run, goal, count = _run(word, found), found["goal"], found["count"]
    if goal is None:
        moves = int(count) if count else 1
        if not 1 <= moves <= MOST_MOVES:
            raise OrderError(f"a run makes 1 to {MOST_MOVES} moves at a time, not {shown(word)}")
        return [Turn(run)] * moves
    if goal in _STEPS:
        return [Turn(run, step=_STEPS[goal])]
    act = next((one for one in NETWORK_ACTS if one.value.replace("_", "-") == goal), None)
    if act is None:
        acts = "".join(f", {one.value.replace('_', '-')}" for one in NETWORK_ACTS)
        raise OrderError(
            f"behind a colon stands a step such as 3 or R1{acts and ', or what the network does'}{acts}, not {shown(word)}"
        )
    return [Turn(run, act=act)]
