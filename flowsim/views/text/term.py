"""A word of the course with its explanation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A word: what it means in a sentence or two, the clause, or an empty text, and the other words for the same thing."""

    name: str
    text: str
    clause: str = ""
    also: tuple[str, ...] = ()
