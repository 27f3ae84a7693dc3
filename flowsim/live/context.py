"""What an actor may use while it acts live: random values of the operating system instead of those of a seed."""

import secrets
from dataclasses import dataclass, field

from flowsim.model.context import Context


@dataclass(slots=True)
class LiveContext(Context):
    """The surroundings of one exchange; the seed is of no use here, and nothing repeats.

    `actions` are those of the server that have run in it, each with whether it has denied the login.
    """

    actions: list[tuple[str, bool]] = field(default_factory=list)

    def random_bytes(self, label: str, size: int = 32) -> bytes:
        """Octets from the operating system; the label says only what they are for."""
        return secrets.token_bytes(size)
