"""An attacker of odd parts, a judge shown an odd suite: each is refused in a sentence and never ends in another error."""

from itertools import cycle
from typing import Any

import pytest

from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Act, Role
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN
from flowsim.mutants import grade, system_under_test
from flowsim.protocol.messages import Request
from flowsim.simulation.simulation import Simulation
from tests.kit.own_attackers import SERVER, Ruled


class Unspeakable(str):
    """A text that cannot be shown, compared or looked up."""

    __slots__ = ()

    def _no(self, *_: object) -> Any:
        raise ArithmeticError("no")

    __repr__ = __str__ = __eq__ = __hash__ = _no


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"positions": [["A1"]]}, "there is no position ['A1']; expected some of: A1 has"),
        ({"positions": 5}, "there is no position 5; expected some of: A1 has"),
        ({"positions": [Unspeakable("A9")]}, "there is no position 'A9'; expected some of: A1 has"),
        ({"aim": ["account"]}, "the aim of an attacker is a text, not ['account']"),
        ({"title": None}, "the title of an attacker is a text, not None"),
        ({"name": "x" * 201}, "the name of an attacker is a text of 1 to 200 characters that can be seen, not 'xxx"),
    ],
)
def test_an_attacker_of_odd_parts_is_refused_in_a_sentence(fields: dict[str, Any], said: str) -> None:
    right: dict[str, Any] = {"rule": lambda view: None, "name": "mine", "title": "mine", "positions": ("A1",)}
    with pytest.raises(ScenarioError) as raised:
        Ruled(**right | fields)
    assert str(raised.value).startswith(said)
    assert str(raised.value).isprintable()


def test_texts_of_a_class_of_ones_own_are_the_plain_texts_that_they_hold() -> None:
    plain = Ruled(rule=lambda view: None, name=Unspeakable("mine"), title=Unspeakable("t"), positions=("A1",))
    assert (plain.name, plain.title) == ("mine", "t")
    assert Ruled(rule=lambda view: None, name="mine", title="t", positions=(Unspeakable("A3"),)).positions == ("A3",)


class Incomparable:
    def __eq__(self, other: object) -> bool:
        raise ArithmeticError("no")

    __hash__ = object.__hash__


def test_needs_of_any_class_are_refused_in_a_sentence() -> None:
    mine = Ruled(
        rule=lambda view: None, name="mine", title="t", positions=("A1",), presupposes={"pkce": Incomparable()}
    )
    with pytest.raises(ScenarioError, match=r"^the rule of the attacker 'mine' failed in needs .*ArithmeticError: no$"):
        Simulation(attacker=mine, seed=7)


@pytest.mark.parametrize("headers", [cycle([("a", "b", "c")]), [Incomparable], 5, [(Unspeakable("a"), 5)]])
def test_a_message_of_odd_parts_is_refused_in_a_sentence(headers: Any) -> None:
    asked = Request(method="POST", url=f"{SERVER}/oauth/token", headers=headers)
    mine = Ruled(rule=lambda view: Move(ATTACKER_RUN, Act.SEND_CODE, asked), name="mine", title="t", positions=("A1",))
    with pytest.raises(ScenarioError, match="must write a message of texts that UTF-8 can write"):
        Simulation(attacker=mine, seed=7).run()


def test_a_suite_or_a_system_of_a_class_of_ones_own_is_the_text_that_it_holds_or_refused() -> None:
    assert grade(lambda system: True, Unspeakable("servers")).suite == "servers"
    for odd in (Unspeakable("x"), [Incomparable()], Incomparable()):
        with pytest.raises(ScenarioError, match=r"^unknown suite of the zoo "):
            grade(lambda system: True, odd)  # type: ignore[arg-type]
        with pytest.raises(ScenarioError, match=r"^unknown system of the servers "):
            system_under_test("servers", odd)  # type: ignore[arg-type]


def test_a_wait_of_a_number_that_cannot_be_written_is_refused_in_a_sentence() -> None:
    for act in (Act.WAIT, Act.SEND_CODE):
        pause = Move("pause", act, role=Role.WAIT, by_attacker=True, seconds=10**5000)
        mine = Ruled(rule=lambda view, pause=pause: pause, name="mine", title="t", positions=("A1",))  # type: ignore[misc]
        with pytest.raises(ScenarioError):
            Simulation(attacker=mine, seed=7).run()
