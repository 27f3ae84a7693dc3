"""How much one peer may ask of the port, and how long it may take. Beyond it there is an error, and the server lives on."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from flowsim.protocol.messages import LONGEST

_MOST_PEERS = 256  # that are remembered; who has been silent for longest is forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a port; the actors have their own, of what they read (`flowsim.protocol.messages.too_long`)."""

    head: int = LONGEST  # octets of the request line and all headers together
    headers: int = 100
    body: int = 4 * LONGEST  # octets that are kept; so the actors see that it is too long
    drained: int = 1 << 20  # octets of a body that are read at all; then the connection ends
    connections: int = 400  # at a time
    rate: float = 3000  # requests a second of one peer, in the long run
    burst: float = 6000  # requests of one peer at once
    seconds_to_ask: float = 20  # from the first octet of a request to its last
    seconds_to_begin: float = 60  # of a connection on which nothing has come yet, or nothing more
    seconds_to_read: float = 30  # in which a peer has to take in what it was sent


class Rate:
    """How many requests each peer has left: they come back with time, up to the burst."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, peer: str) -> bool:
        """Whether this peer may ask once more; if so, that is one less."""
        now = self._clock()
        left, then = self._left.pop(peer, (self._limits.burst, now))
        left = min(self._limits.burst, left + (now - then) * self._limits.rate)
        self._left[peer] = (max(left - 1, 0), now)
        if len(self._left) > _MOST_PEERS:
            self._left.popitem(last=False)
        return left >= 1
