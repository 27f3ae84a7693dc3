"""Which worlds are the same: those from which the same can come, whatever was said and done before.

The *form* of a world holds all that moves, checks, goals and the attacker's knowledge can read of it, and nothing else.

    left out                                      why nothing can come of it
    the log, but for a few facts                  facts_of_the_log.py says which are read
    what the attacker's own programs are called   nobody compares these names; a program that has ended does nothing more
    how many random values were drawn             one that comes is another than all there are
    what random values are                        they are compared with each other, and never with anything else
    what time it is                               only how long ago something was, or in how long it will be, is asked
    a page without a form, old addresses          a browser fills in forms; somebody reads the last request in its history
    in which order most things came               who looks something up does so by its name

Random values are named by where they stand first. What looks random and is not known for what it is, is opaque: a hash of
something, say. A world that holds such keeps the values and the time that it has, for nobody knows what fits what. It keeps
the time as well where the hour counts: with codes of an authenticator app, with actions, with a verifier from a clock.

That two worlds with one form go on alike is tried in tests/test_canonical.py, with pairs of worlds at random; and that each
part of the form is needed, by leaving it out.
"""

from array import array
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from flowsim.engine.honest_moves import has_been_replaced, has_retried
from flowsim.explorer import facts_of_the_log, parts
from flowsim.explorer.compositions import is_half_done
from flowsim.explorer.facts_of_the_log import Facts, OfARun, facts_of
from flowsim.explorer.parts import Remembered, joined, part_of, short
from flowsim.explorer.random_values import BETWEEN, OPAQUE, Part, know
from flowsim.model import order, timeline
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import Move, acts, is_terminal
from flowsim.model.world import AGAIN, ATTACKER_INITIATED, STEP_UP, VICTIM, Browser, Run, World

SIZE = 16  # octets of a digest
_IN_ORDER = (VICTIM, order.TAB, order.WINDOW, order.DEVICE, AGAIN, STEP_UP, order.COPY, ATTACKER_INITIATED)
_REQUESTED = (State.START, State.CLICKED, State.PREPARED, State.REQUESTED)
_AT_THE_PROXY = (State.SENT_ON, State.UPSTREAM_SHOWN, State.UPSTREAM_ANSWERED)
_AT_THE_SERVER = (
    *_REQUESTED,
    *_AT_THE_PROXY,
    State.LOGIN_SHOWN,
    State.LOGIN_SHOWN_AGAIN,
    State.APPROVED,
    State.APPROVED_FOR_ANOTHER,
)
_NO_RUN = OfARun()


def canonical(world: World) -> bytes:
    """A digest of the form of this world: with equal digests, what can come is the same."""
    return form_of(world).digest


def forget() -> None:
    """Forget what was worked out of worlds so far, which only saves memory."""
    for kept in (_scenarios, _browsers, _said, _own, _heard):
        kept.clear()
    facts_of_the_log.forget()
    parts.forget()


class Form(NamedTuple):
    """The form of a world: its digest, and what each random value in it is called."""

    digest: bytes
    names: dict[str, int]


def form_of(world: World, without: frozenset[str] = frozenset()) -> Form:
    """The form of this world; `without` some of its ingredients, by their names, to see what comes of that."""
    scenario = world.scenario
    know(scenario.seed or 0, world.draws)
    facts = facts_of(world)
    used = _used(scenario)
    all_parts = [*_lasting(world, without), *_of_runs(world, facts, used, without)]
    names: dict[str, int] = {}
    _name(all_parts, names)
    ordered = _by_names((*_programs(world, without), *_told(facts, without)), names)
    _name(ordered, names)
    all_parts += ordered
    now = world.now
    times = [] if "times" in without else [now - second for part in all_parts for second in part.times]
    if OPAQUE in names or used.hour:
        times.append(now)
    values = chain.from_iterable([part.values for part in all_parts])
    digest = blake2b(short((used.text, repr(times), *[part.text for part in all_parts])).encode(), digest_size=SIZE)
    if OPAQUE in names:
        digest.update(BETWEEN.join(values).encode())
    elif "names" not in without:
        digest.update(array("I", map(names.__getitem__, values)).tobytes())
    return Form(digest.digest(), names)


def _name(parts: list[Part], names: dict[str, int]) -> None:
    """Give each random value in these parts that has no name yet one: how many were named before."""
    for part in parts:
        for value in part.values:
            if value not in names:
                names[value] = len(names)


def move_in(form: Form, move: Move) -> tuple[object, ...]:
    """This move as the form of its world names it: the same for moves that come to the same in worlds of one form.

    The name of a run of the attacker's own program says nothing.
    """
    written = part_of(move.message)
    names = dict(form.names)
    values = tuple(names.setdefault(value, len(names)) for value in written.values)
    run = move.run if move.role is None or move.role is Role.LOGIN else ""
    return run, move.act, written.text, values, move.role, move.by_attacker, move.seconds


# ---- What is read of a scenario


class _Used(NamedTuple):
    """What of the facts can be read in a scenario at all."""

    text: str
    ordered: bool  # whose turn it is goes by an order
    begun: bool  # and by which run stands first
    after: bool  # something comes after a step
    back: bool  # somebody asks who was called back
    windows: bool
    web_view: bool
    retries: bool
    hour: bool


_scenarios = Remembered()


def _used(scenario: Scenario) -> _Used:
    # All worlds of a search have one scenario, and to compare two of them takes long.
    found: _Used | None = _scenarios.get(scenario)
    if found is None:
        found = _used_in(scenario)
        _scenarios.set(scenario, found)
    return found


@lru_cache(maxsize=256)
def _used_in(scenario: Scenario) -> _Used:
    items = timeline.parse(scenario.later)
    kinds = {item.kind for item in items}
    reloads = "reload" in kinds
    return _Used(
        text=short((repr(scenario.to_json()),)),
        ordered=bool(scenario.order),
        begun=bool(scenario.order) or scenario.discovery != "off",
        after=any(item.after is not None for item in items),
        back=reloads or scenario.loads_from_elsewhere,
        windows=scenario.login_window == "popup",
        web_view=scenario.web_view,
        retries=bool(scenario.order) or scenario.retries or reloads,
        hour=bool(scenario.actions) or scenario.verifier == "clock" or scenario.login != "password",
    )


# ---- Who is there, and what they keep


def _lasting(world: World, without: frozenset[str]) -> Iterator[Part]:
    """What the parties keep: servers, apps, APIs, browsers, people, and the attacker's memory."""
    if "servers" not in without:
        yield part_of(world.servers)
    if "clients" not in without:
        yield part_of(world.clients)
    if "apis" not in without:
        yield part_of(world.apis)
    if "browsers" not in without:
        yield from _of_browsers(world)
    if "people" not in without:
        yield part_of(world.people)
    if "attacker" not in without:
        yield part_of(world.attacker)
    if world.obeyed:
        yield joined("obeyed", (part_of(world.obeyed),))


_KEPT = ("owner", "cookies", "marks", "third_party", "posts_new", "apps", "agent", "ran")
_browsers = Remembered()


def _of_browsers(world: World) -> Iterator[Part]:
    """What each browser keeps; of its pages the forms, where a login waits for one, and the last request that can be read.

    A login that shows a form has brought it; one that has sent a request has it in the history.
    """
    runs = world.runs.values()
    shows = [(run.at, run.tab) for run in runs if run.state in _FORMS]
    reads = [run.at for run in runs if _can_be_read(run.role, run.state)]
    for name, browser in sorted(world.browsers.items()):
        found: Part | None = _browsers.get(browser)
        if found is None:
            found = joined(
                name, (part_of(getattr(browser, one), one) for one in _KEPT if (Browser, one) not in parts.left_out)
            )
            _browsers.set(browser, found)
        yield found
        if shows:
            for tab, page in (("", browser.page), *browser.pages.items()):
                if (name, tab) in shows and "<form" in page:
                    yield joined(f"form {tab}", (part_of(page),))
        if name in reads or world.scenario.consent_by_link:
            for issuer in world.servers:
                endpoint = f"{issuer}/authorize"
                yield part_of(next((url for url in reversed(browser.history) if url.startswith(endpoint)), None))


_FORMS = (State.LOGIN_SHOWN, State.LOGIN_SHOWN_AGAIN, State.UPSTREAM_SHOWN, State.LOGOUT_QUESTION)


@cache
def _can_be_read(role: Role, state: State) -> bool:
    """True where somebody may read the request of such a run in the history (engine/handlers/attacker_reads.py)."""
    return state is not State.PREPARED and Act.READ_REQUEST in acts(role, state)


# ---- What is under way


def _of_runs(world: World, facts: Facts, used: _Used, without: frozenset[str]) -> Iterator[Part]:
    """The runs of all but the attacker's own programs, and what of the log is about them."""
    runs = [run for run in world.runs.values() if run.owner != ATTACKER]
    if "order of runs" not in without:
        yield Part(" ".join([run.name for run in runs if used.begun or order.kind_of(run.name) in _IN_ORDER]))
    for run in sorted(runs, key=attrgetter("name")):
        if "runs" not in without:
            yield part_of(run)
        if "facts" not in without:
            yield from _facts_of(world, run, facts, used)
    if used.ordered:
        yield Part(" ".join(dict.fromkeys(event.run for event in world.log)))
    if "called back" not in without and used.back:
        yield part_of(tuple(sorted(facts.called_back.items())))
    last = (not world.log, is_half_done(world))
    said = (facts.copied, sorted(facts.read), sorted(facts.waited), facts.taken if used.after else 0, *last)
    yield Part(repr(said) if "rest of the log" not in without else "")


def _facts_of(world: World, run: Run, facts: Facts, used: _Used) -> Iterable[Part]:
    """What of the log is about this run and can still be asked."""
    if is_terminal(run.role, run.state) and not used.ordered and not used.back:
        return ()
    said = facts.runs.get(run.name, _NO_RUN)
    known: tuple[Run, _Used, Part] | None = _said.get(said)
    if known is None or known[0] is not run or known[1] is not used:
        known = run, used, joined("facts", _of_one(run, said, used))
        _said.set(said, known)
    if used.retries:
        return known[2], Part(repr((has_retried(world, run), has_been_replaced(world, run))))
    if run.role in (Role.REFRESH, Role.LOGOUT):
        return known[2], Part(repr(has_been_replaced(world, run)))
    return (known[2],)


_said = Remembered()


def _of_one(run: Run, said: OfARun, used: _Used) -> Iterator[Part]:
    """What was done in this run, as far as it can still be asked."""
    marks = sorted(said.marks)
    yield Part(repr((marks, said.actions, said.again, said.cut, said.acts if used.ordered else ())))
    if used.web_view:
        yield part_of(said.form)
    if run.state in _AT_THE_SERVER or used.back:
        yield part_of(said.request.body if said.request is not None and said.request.method == "POST" else None)
        yield Part("posted" if said.to_server is not None and said.to_server.method == "POST" else "")
    if used.retries:
        yield part_of(said.by_app)
    if run.state is State.BEHIND_ASKED:
        yield part_of(said.to_api)


# ---- The attacker's own programs, and what it was told


def _programs(world: World, without: frozenset[str]) -> Iterator[Part]:
    """The attacker's own programs that are under way, without their names; and which APIs they have gone to."""
    if "programs" in without:
        return
    for run in world.runs.values():
        if run.owner == ATTACKER:
            found: Part | None = _own.get(run)
            if found is None:
                going = not is_terminal(run.role, run.state)
                own = (run.role, run.state, run.server, run.api, run.in_flight, run.read)
                went = Part(f"went to {run.api}" if run.role is Role.CALL else "")
                found = joined("program", map(part_of, own)) if going else went
                _own.set(run, found)
            if found.text:
                yield found


_own = Remembered()


def _told(facts: Facts, without: frozenset[str]) -> Iterator[Part]:
    """What was sent to the attacker: in each run in order, and from its programs in any."""
    if "told" in without:
        return
    for whose, messages in facts.told.items():
        if whose:
            found: Part | None = _heard.get(messages)
            if found is None:
                found = joined(whose, messages)
                _heard.set(messages, found)
            yield found
        else:
            yield from messages
    yield from facts.answered
    if facts.assertions:
        yield joined("assertions", facts.assertions)


_heard = Remembered()


def _by_names(parts: Iterable[Part], names: dict[str, int]) -> list[Part]:
    """These parts, which come in any order, in one that does not depend on what the values are, as far as that can be."""
    last = len(names)
    ranked = [(part.text, [names.get(value, last) for value in part.values], part.values, part) for part in parts]
    ranked.sort(key=lambda one: one[:3])
    return [one[3] for one in ranked]
