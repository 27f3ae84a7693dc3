"""What an attacker is: a position, which says what it can see, and a rule that chooses its next move.

The rule is a function of the world, so an attacker has no hidden memory: what it has got is its `loot`, what it has done
is in the log. When the rule has no move, the honest run goes on. What rules are made of is in toolkit.py.

Source: RFC 9700 section 3 (A1, A3, A4 and A5; A2, which owns the network, is not played).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

from flowsim.model.positions import known_positions
from flowsim.model.scenario import Scenario
from flowsim.model.transitions import Move
from flowsim.model.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacker(ABC):
    """An attack: its name on the command line, its title, its positions, and what it is about.

    It is after the victim's account or data, after the password, or after the `denial` of the victim's login. `prize` is
    the kind of secret it goes after, unless it `forges_prize` itself; `too_late` says what to do where that is out of
    reach already.
    """

    name: str
    title: str
    positions: tuple[str, ...]
    about: str = ""
    prize: str = "code"
    forges_prize: bool = False
    aim: Literal["account", "password", "denial"] = "account"
    too_late: str = (
        "the redirect with the code has left the browser, or never came. Go back to a position up to 6, for example "
        "with goto(6), and inject it there"
    )

    def __post_init__(self) -> None:
        known_positions(*self.positions)

    @abstractmethod
    def next_move(self, world: World) -> Move | None:
        """The attacker's next move in this world; None where it waits or has finished."""

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        """The settings this attack presupposes, as changes of the scenario."""
        return {}

    def reason(self, world: World) -> str | None:
        """Why an attack of this kind has worked in this world, in a sentence or two; None where it is not what happened.

        It is read off the log and the memories, and never off the attack's name: an attack that comes upon the same thing
        in another way is told so, too. The verdict says before it what the attacker has got.
        """
        return None
