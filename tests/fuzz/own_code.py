"""What learners write, at random: rules of attackers, actions, judges of the zoo. Each works, or is refused in one line.

What such code gives back, raises, changes and is called is drawn from odd things, mixed with what is right. Whatever it
does, the worlds that were there stay as they were, nothing that can be changed gets into one, and the same simulation is
there for the next attempt.
"""

import contextlib
import io
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from random import Random
from types import NoneType
from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import redeem_the_code, steal_the_redirect
from flowsim.attacks.view import View
from flowsim.model.hooks import ACTIONS, Claims, Deny, Login
from flowsim.model.positions import POSITIONS
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Act, Role
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, OWN_LOGIN, VICTIM
from flowsim.mutants import grade
from flowsim.mutants.catalogue import SUITES
from flowsim.protocol.messages import Opening, Request
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.transcript import transcript
from tests.kit.own_attackers import ruled

LONGEST = 1300  # characters of what is said
SLOW = 5.0  # seconds of one case
ODD_TEXTS = ["", " ", "\n", "\x00", "\x1b[31m", "\ud800", "é✓", "\u202e", "x" * 5000, "{}", "%s", "http://[", "victim"]


class Silent(Exception):
    """An exception of which nothing can be said."""

    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


class Torn(BaseException):
    """One that `except Exception` does not catch."""


class Odd:
    """A thing that cannot be shown, compared, counted or asked whether it is true."""

    def _no(self, *_: object) -> Any:
        raise ArithmeticError("no\nsuch thing")

    __repr__ = __str__ = __eq__ = __hash__ = __bool__ = __len__ = __iter__ = _no


class OddText(str):
    """A text that cannot be shown, compared or looked up."""

    __slots__ = ()

    def _no(self, *_: object) -> Any:
        raise Silent

    __repr__ = __str__ = __eq__ = __hash__ = _no


class Bent(Move):
    """A kind of move of one's own."""


def text(random: Random) -> str:
    """A text, mostly an odd one."""
    return random.choice([*ODD_TEXTS, "mine", OddText("mine")])


def thing(random: Random, depth: int = 0) -> Any:
    """Anything; lists and dicts with anything in them, and one that holds itself."""
    loop: list[Any] = []
    loop.append(loop)
    plain = [None, True, False, 0, -1, 1, 10**5000, 1.5, float("nan"), float("inf"), b"\xff", "no", ..., NoneType, int]
    made: list[Callable[[], Any]] = [
        lambda: random.choice(plain),
        lambda: text(random),
        Odd,
        Silent,
        lambda: loop,
        lambda: (one for one in "no"),
        lambda: {1, 2},
        lambda: NotImplemented,
    ]
    if depth < 3:
        made.append(lambda: [thing(random, depth + 1) for _ in range(random.randrange(3))])
        made.append(lambda: {text(random)[:]: thing(random, depth + 1) for _ in range(random.randrange(3))})
    return random.choice(made)()


def failing(random: Random) -> Any:
    """Raise anything."""
    said = random.choice([*ODD_TEXTS, "a reason"])
    kinds: list[Any] = [ValueError, KeyError, TypeError, ZeroDivisionError, AssertionError, SystemExit, ScenarioError]
    kinds += [RecursionError, MemoryError, StopIteration, GeneratorExit, OSError, Torn, ImportError]
    if random.random() < 0.2:
        raise random.choice([Silent, Torn])
    raise random.choice(kinds)(said)


def spoil(random: Random, given: Any) -> None:
    """Change what was given, and what hangs on it, in every way there is; what does not let itself be changed stays."""
    for _ in range(8):
        names = [name for name in dir(given) if not name.startswith("_")] or ["x"]
        name = random.choice(names)
        with contextlib.suppress(Exception):
            object.__setattr__(given, name, thing(random))
        with contextlib.suppress(Exception):
            given[random.choice([name, *given])] = thing(random)
        with contextlib.suppress(Exception):
            given.clear()
        with contextlib.suppress(Exception):
            given |= {"code": "mine"}
        with contextlib.suppress(Exception):
            inner = getattr(given, name)
            given = random.choice([*inner.values()]) if hasattr(inner, "values") else inner


# ---- Rules of attackers


def written(random: Random) -> Any:
    """A message of a rule."""
    url: Any = random.choice(["https://as.example/oauth/token", "https://app.example/callback?code=x", text(random), 5])
    if random.random() < 0.2:
        return thing(random)
    if random.random() < 0.4:
        return Opening(url=url)
    headers: Any = random.choice([(), (("A", text(random)),), [["A", "b"]], thing(random)])
    return Request(method=random.choice(["GET", "POST", text(random)]), url=url, headers=headers, body=text(random))


def move(random: Random) -> Any:
    """A move, of which mostly something is odd."""
    run = random.choice([VICTIM, OWN_LOGIN, ATTACKER_RUN, "mine", text(random), thing(random)])
    act = random.choice([*Act, random.choice([*Act]), "step 8", thing(random)])
    more: dict[str, Any] = {}
    if random.random() < 0.6:
        more["message"] = written(random)
    if random.random() < 0.5:
        more["role"] = random.choice([*Role, thing(random)])
        more["by_attacker"] = random.choice([True, True, False, thing(random)])
    if random.random() < 0.2:
        more["seconds"] = random.choice([1, 3600, -1, 10**30, 10**5000, thing(random)])
    return random.choice([Move, Move, Move, Bent])(run, act, **more)


def rule(random: Random, reads: bool) -> Callable[[View], Any]:
    """A rule that does one odd thing at a time, before, after or besides what is right. It `reads` redirects."""
    number = random.randrange(10**9)
    begins = random.randrange(8)
    mixed = random.choices(["thing", "raise", "spoil", "move", "deep", "yield", "right"], [2, 3, 3, 8, 1, 1, 4], k=3)
    kinds = random.choice([mixed, ["spoil"], ["spoil", "right"], ["right", "right", "right", *mixed]])

    def mine(view: View) -> Any:
        done = len(view.log)
        own = Random(f"{number} {done}")
        if done < begins:
            return usual(view, reads)
        match kinds[done % len(kinds)]:
            case "thing":
                return thing(own)
            case "raise":
                return failing(own)
            case "spoil":
                next_one = usual(view, reads)
                spoil(own, view)
                return next_one
            case "move":
                return move(own)
            case "deep":
                return mine(view)
            case "yield":
                return (one for one in [move(own)])
        return usual(view, reads)

    return mine


def usual(view: View, reads: bool) -> Move | None:
    """What is right: to read the redirect, where the positions let it, and to redeem its code."""
    if "code" not in view.loot:
        return steal_the_redirect(view) if reads else None
    return redeem_the_code(view, None)


def attacker(random: Random) -> Attacker:
    """An attacker with this rule; its positions, name and needs may be odd, too."""
    positions: Any = [*random.sample([*POSITIONS], random.randint(0, 4)), random.choice(["A1", "A3"])]
    mine, more = rule(random, "A3" in positions), dict[str, Any]()
    if random.random() < 0.1:
        positions = [thing(random)]
    if random.random() < 0.2:
        more["name"] = text(random)
    if random.random() < 0.1:
        more[random.choice(["title", "about", "prize", "aim", "too_late", "forges_prize"])] = thing(random)
    if random.random() < 0.2:
        needs: Any = {random.choice(["client", "pkce", "later", "x"]): thing(random)}
        more["presupposes"] = random.choice([needs, thing(random)])
    return ruled(mine, *positions, **more)


def rules(random: Random) -> str:
    """An attacker is injected into a login, or is there from its beginning."""
    honest = Simulation(
        seed=7, pkce=random.choice(["S256", "none"]), client=random.choice(["spa", "web", "native-scheme"])
    )
    honest.goto(random.randint(0, 11))
    before = honest.played()
    as_it_was = repr(before.worlds)
    try:
        mine = attacker(random)
        there = random.random() < 0.5
        branch = Simulation(honest.scenario, attacker=mine) if there else honest.inject(mine)
        became = told(branch.run())
    except ScenarioError as error:
        became = refused(error)
        assert [*honest.branches] == ["login"], "a branch is left behind"
    assert repr(honest.played().worlds) == as_it_was, "a world was changed"
    return became


# ---- Actions


def action(random: Random) -> Callable[[Login], Any]:
    """An action that does something odd, with its reason or its claims."""

    def claims() -> Any:
        names = ["https://as.example/team", "sub", text(random), thing(random)]
        made: dict[Any, Any] = {}
        for _ in range(random.randrange(3)):
            with contextlib.suppress(Exception):  # not all can be a key
                made[random.choice(names)] = thing(random)
        return Claims(random.choice([made, made, made, thing(random)]))

    kind = random.choice(["claims", "claims", "claims", "deny", "thing", "raise", "spoil", "changes later", "deep"])
    later: dict[str, Any] = {"https://as.example/teams": [{"name": "blue"}]}

    def mine(login: Login) -> Any:
        match kind:
            case "claims":
                return claims()
            case "deny":
                return Deny(random.choice([text(random), thing(random), "no logins at night"]))
            case "thing":
                return thing(random)
            case "raise":
                return failing(random)
            case "spoil":
                spoil(random, login)
            case "changes later":
                later["https://as.example/teams"][0]["name"] += "!"
                return Claims(later)
            case "deep":
                return mine(login)
        return Claims({})

    return mine


def actions(random: Random) -> str:
    """An action at every login of a run that is played, and played again."""
    ACTIONS["mine"] = action(random)
    try:
        login = Simulation(seed=7, actions=("mine",), client=random.choice(["spa", "web"]))
        login.goto(3)
        as_it_was = repr(login.trace.worlds)
        try:
            trace = login.run()
        except ScenarioError as error:
            became = refused(error)
        else:
            became = told(trace)
            whole = repr(trace.worlds)
            with contextlib.suppress(ScenarioError):
                Simulation(seed=8, actions=("mine",)).run()
            assert repr(trace.worlds) == whole, "a world was changed afterwards"
        login.goto(3)
        assert repr(login.trace.worlds) == as_it_was, "a world was changed"
    finally:
        del ACTIONS["mine"]
    return became


# ---- Judges


def judge(random: Random) -> Callable[[Any], Any]:
    """A judge of the zoo; it calls what a system offers with odd arguments, and says something odd."""
    number = random.randrange(10**9)
    asked = count()

    def mine(system: Any) -> Any:
        own = Random(f"{number} {next(asked)}")
        if own.random() < 0.3:
            return thing(own)
        if own.random() < 0.2:
            return failing(own)
        if own.random() < 0.2:
            spoil(own, system)
        offered = [name for name in dir(system) if not name.startswith("_")]
        for name in own.sample(offered, min(2, len(offered))):
            called = getattr(system, name)
            if callable(called):
                with contextlib.suppress(ScenarioError, TypeError):
                    called(*(thing(own) for _ in range(own.randrange(3))))
        print(text(own))
        return own.choice([True, False, thing(own)])

    return mine


def judges(random: Random) -> str:
    """A judge is shown a suite, and so is one that takes other arguments."""
    suite = random.choice([*SUITES, *SUITES, *SUITES, text(random), thing(random)])
    detector: Any = random.choice([judge(random), judge(random), partial(thing, random), lambda: True, thing(random)])
    try:
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")):
            said = grade(detector, suite)
    except ScenarioError as error:
        return refused(error)
    for one in said.judgements:
        assert type(one.said) in (bool, NoneType), one
        assert (one.said is None) == bool(one.problem), one
        assert one.problem.isprintable(), one
    assert len(said.judgements) == len(SUITES[suite].mutants)
    (repr(said) + said._repr_html_()).encode()
    return "graded"


# ---- What becomes of it


def refused(error: ScenarioError) -> str:
    """One line that can be printed. What learners say in a ScenarioError of their own is theirs."""
    said = str(error)
    if said not in ODD_TEXTS:
        assert said.isprintable(), ascii(said)
        assert 0 < len(said) < LONGEST, len(said)
    return "refused"


def told(trace: Trace) -> str:
    """What was played can be told and written, and nothing in it can be changed."""
    from tests.test_frozen_worlds import everything

    assert everything(trace) == []
    transcript(trace).encode()
    json.dumps(trace_json(trace), allow_nan=False).encode()
    json.dumps(har(trace)).encode()
    return "played"


KINDS: dict[str, Callable[[Random], str]] = {"rules": rules, "actions": actions, "judges": judges}


def tried(kind: str, number: int) -> tuple[str, str]:
    """What became of this case, and what is wrong with that: nothing, mostly."""
    start = time.process_time()
    limit = sys.getrecursionlimit()
    try:
        became = KINDS[kind](Random(f"{kind} {number}"))
    except BaseException as error:  # whatever learners' code raises, none of it may come out
        if isinstance(error, KeyboardInterrupt):
            raise
        return "an error", f"{type(error).__name__}: {_shown(error)}"
    took = time.process_time() - start
    assert sys.getrecursionlimit() == limit
    return became, f"took {took:.1f} s" if took > SLOW else ""


def _shown(error: BaseException) -> str:
    try:
        return ascii(str(error))[:600]
    except Exception:
        return "an exception that cannot be shown"


def cases(first: int) -> Iterator[tuple[str, int]]:
    """Every kind with every number; judges, who are shown a whole suite, once in ten."""
    return ((kind, number) for number in count(first) for kind in KINDS if kind != "judges" or number % 10 == 0)


def main(runs: int | None = None, seconds: float | None = None, first: int = 0) -> int:
    """Try so many cases, or for so long; print and count what was wrong. The first one has the number `first`."""
    counts: Counter[str] = Counter()
    wrong, start = 0, time.perf_counter()
    for kind, number in cases(first):
        if seconds is None and counts.total() >= (1000 if runs is None else runs):
            break
        if seconds is not None and time.perf_counter() - start > seconds:
            break
        became, found = tried(kind, number)
        counts[f"{kind}: {became}"] += 1
        if found:
            wrong += 1
            print(f"{kind} {number}: {found}", flush=True)
    print(f"{counts.total()} pieces of own code in {time.perf_counter() - start:.0f} s, {wrong} wrong")
    for name, times in sorted(counts.items()):
        print(f"{times:6} {name}")
    return wrong
