"""An attack that was found, as an attacker like any other: its moves, and what it waits for before each.

It is played, told and judged as the attacks that people have written. What it does fits the scenario in which it was found:
in another one the values in its messages are others, and it stops where a move of its own is not possible.
"""

from dataclasses import dataclass
from typing import NamedTuple

from flowsim.attacks.base import Aim, Attacker
from flowsim.attacks.view import View
from flowsim.model.transitions import Move

# Of every other goal it is the account.
AIM_OF: dict[str, Aim] = {"denial": "denial", "password": "password", "program": "program", "inside": "inside"}


class Timed(NamedTuple):
    """A move of the attacker's, and after how many events of the whole story it comes."""

    after: int
    move: Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Attacker):
    """Plays these moves, each when as much has happened as had happened when it was found."""

    moves: tuple[Timed, ...]

    def next_move(self, view: View) -> Move | None:
        done = sum(event.by_attacker for event in view.log)
        if done >= len(self.moves) or len(view.log) < self.moves[done].after:
            return None
        return self.moves[done].move
