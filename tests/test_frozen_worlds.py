"""A world is frozen all through: nothing that can be reached from it can be changed in place."""

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from inspect import signature
from types import FunctionType, MappingProxyType
from typing import Any

import pytest
from frozendict import frozendict

from flowsim import Simulation
from flowsim.attacks import ATTACKERS
from flowsim.attacks.view import seen
from flowsim.model.hooks import ACTIONS, Claims, Login
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.world import World
from flowsim.protocol.records import quickly_made
from flowsim.simulation.simulation import Trace

PLAIN = (str, bytes, int, float, bool, type(None), Enum, FunctionType, type, datetime)


def changeable(value: Any, where: str, seen: set[int]) -> Iterator[str]:
    """Every place below this one that could be changed in place."""
    if isinstance(value, PLAIN) or id(value) in seen:
        return
    seen.add(id(value))
    if is_dataclass(value):
        if not vars(type(value))["__dataclass_params__"].frozen:
            yield f"{where}: {type(value).__name__} is not frozen"
        for one in fields(value):
            yield from changeable(getattr(value, one.name), f"{where}.{one.name}", seen)
    elif isinstance(value, frozendict | MappingProxyType):
        for name, inner in value.items():
            yield from changeable(name, f"{where} key", seen)
            yield from changeable(inner, f"{where}[{name!r}]", seen)
    elif isinstance(value, tuple | frozenset):
        for number, inner in enumerate(value):
            yield from changeable(inner, f"{where}[{number}]", seen)
    elif not callable(value):
        yield f"{where}: a {type(value).__name__}"


def everything(trace: Trace) -> list[str]:
    seen: set[int] = set()
    return [found for number, world in enumerate(trace.worlds) for found in changeable(world, f"world {number}", seen)]


STORIES: dict[str, dict[str, Any]] = {
    "a login": {},
    "discovery": {"client": "spa", "discovery": "openid"},
    "all that is later": {"later": "1h call refresh keys call password logout", "dpop": "tokens"},
    "a website": {"client": "web", "par": "required", "second_server": True},
}


def settings(wanted: dict[str, Any]) -> dict[str, Any]:
    more = {"scope": "openid read:messages offline_access"} if "later" in wanted else {}
    return {"seed": 7, **wanted, **more}


@pytest.mark.parametrize("story", STORIES)
def test_nothing_in_a_world_can_be_changed_in_place(story: str) -> None:
    assert everything(Simulation(**settings(STORIES[story])).run()) == []


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_nothing_in_the_world_of_an_attacker_can_be_changed_in_place(attacker: str) -> None:
    assert everything(Simulation(seed=7, attacker=attacker).run()) == []


@pytest.mark.parametrize(("word", "name"), [(Role.LOGIN, "phrase"), (Act.STEP_8, "step"), (State.START, "value")])
def test_a_rule_cannot_change_the_words_that_all_worlds_share(word: Any, name: str) -> None:
    before = getattr(word, name)
    for change in (setattr, object.__setattr__):
        with pytest.raises(AttributeError):
            change(word, name, "mine")
    assert getattr(word, name) == before


def test_what_an_action_gives_is_in_the_world_as_a_frozen_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {"https://mine.example/teams": [{"name": "blue", "members": ["alice"]}]}
    told: list[Login] = []

    def mine(login: Login) -> Claims:
        told.append(login)
        return Claims(kept)

    monkeypatch.setitem(ACTIONS, "mine", mine)
    login = Simulation(seed=7, actions=("mine",))
    trace = login.run()
    before: tuple[World, ...] = trace.worlds
    texts = repr(before)
    kept["https://mine.example/teams"][0]["members"].append("mallory")
    object.__setattr__(told[0], "sub", "mallory")
    assert repr(trace.worlds) == texts
    assert everything(trace) == []


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_a_view_is_frozen_all_through_and_shares_no_message_with_its_world(attacker: str) -> None:
    rule = ATTACKERS[attacker]
    simulation = Simulation(attacker=attacker, **rule.needs(Scenario()))
    for world in simulation.run().worlds[:: len(simulation.trace.worlds) - 1]:
        view = seen(world, rule.positions, quiet=True)
        assert [*changeable(view, "view", set())] == []
        own = {id(sent.message) for event in world.log for sent in event.messages}
        own |= {id(run.in_flight.message) for run in world.runs.values() if run.in_flight}
        shown = [sent.message for event in view.log for sent in event.messages]
        shown += [run.in_flight.message for run in view.runs.values() if run.in_flight]
        assert not own & {id(message) for message in shown}


@quickly_made
@dataclass(frozen=True, slots=True)
class Small:
    """A record with slots, and one value that is usual."""

    name: str
    size: int = 7


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Large:
    """A record by keywords, with something to look at when it is made."""

    name: str
    size: int = 7

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("a size is no less than 0")


def test_a_record_that_is_made_quickly_is_a_dataclass_like_any_other() -> None:
    assert str(signature(Small)) == "(name: 'str', size: 'int' = 7) -> 'None'".replace("'", "")
    assert str(signature(Large)) == "(*, name: 'str', size: 'int' = 7) -> 'None'".replace("'", "")
    small, large = Small("a"), Large(name="a")
    assert (small.name, small.size, large.name, large.size) == ("a", 7, "a", 7)
    assert small == Small("a", 7) != Small("a", 8)
    assert hash(large) == hash(Large(name="a", size=7))
    assert replace(large, size=9) == Large(size=9, name="a")
    for record in (small, large):
        with pytest.raises(FrozenInstanceError):
            record.size = 8  # type: ignore[misc]
    wrong: tuple[tuple[Any, tuple[Any, ...], dict[str, Any]], ...] = (
        (Small, (), {}),
        (Small, ("a", 1, 2), {}),
        (Small, (), {"nme": "a"}),
        (Large, ("a",), {}),
    )
    for kind, values, named in wrong:
        with pytest.raises(TypeError):
            kind(*values, **named)
    with pytest.raises(ValueError, match="no less than 0"):
        Large(name="a", size=-1)
