"""What all systems under test have: a world that they live in, and nothing of it to be read from outside.

A system lives in a world of its own and remembers what was done to it. Whatever can be sent is answered; what cannot be
sent raises ScenarioError, which says why. What a system is made of lies in a place of its own, so that a judge who lists
the attributes of a system finds what it offers, and not what is wrong with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from flowsim.engine.apply import apply
from flowsim.engine.initial_world import initial_world
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, Run, Sent, Server, World, evolve
from flowsim.mutants import arguments
from flowsim.mutants.doors import Door
from flowsim.protocol import keys, signed_tokens
from flowsim.protocol.messages import Message
from flowsim.protocol.pkce import challenge_for

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = challenge_for(VERIFIER, "S256")
EVERYTHING = "openid profile read:messages offline_access"
AN_HOUR = 3600  # seconds


@dataclass(slots=True)
class Inside:
    """What a system is made of: its world, what stands before its code, and how many runs there have been."""

    world: World
    door: Door
    runs: int = 0
    more: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)

    @property
    def victim(self) -> Run:
        return self.world.runs[VICTIM]

    @property
    def server(self) -> Server:
        return self.world.servers[self.victim.server]

    @property
    def key(self) -> signed_tokens.SigningKey:
        return signed_tokens.signing_key(self.server.keys[0].kid)

    def new_run(self) -> str:
        self.runs += 1
        return f"try {self.runs}"

    def apply(self, move: Move) -> Run:
        self.world = apply(self.world, move)
        return self.world.runs[move.run]

    def fly(self, run: Run, state: State, sender: str, receiver: str, message: Message) -> None:
        """Put this message on its way in this run, which stands there then."""
        moved = evolve(run, state=state, in_flight=Sent(sender, receiver, message))
        self.world = evolve(self.world, runs=self.world.runs.set(run.name, moved))

    def signed(self, claims: dict[str, Any], type_: str = "JWT") -> str:
        """A token of the authorization server with these claims, whatever they say; None leaves one out."""
        key = self.key.private
        return self.compact(signed_tokens.ALGORITHM, type_, claims, lambda text: keys.rs256(key, text))

    def compact(self, algorithm: str, type_: str, claims: dict[str, Any], signature: Callable[[bytes], bytes]) -> str:
        header = {"alg": algorithm, "kid": self.key.kid, "typ": type_}
        try:
            return signed_tokens.compact(arguments.present(header), arguments.present(claims), signature)
        except (TypeError, ValueError, RecursionError):
            raise ScenarioError(
                "a claim is what JSON can write: a text, a number, True or False, or a list or dict of such; "
                "None leaves one out"
            ) from None


_INSIDES: "WeakKeyDictionary[UnderTest, Inside]" = WeakKeyDictionary()


def inside(system: "UnderTest") -> Inside:
    """What this system is made of."""
    return _INSIDES[system]


def note_unknown(system: "UnderTest", parameters: Iterable[str]) -> None:
    """Note the names among these that no specification knows. They are sent all the same."""
    inside(system).unknown |= dict.fromkeys(one for one in parameters if one not in arguments.PARAMETERS)


def unknown_parameters(system: "UnderTest") -> tuple[str, ...]:
    """The names of parameters that were sent to this system and that no specification knows, in their order."""
    return tuple(inside(system).unknown)


class UnderTest:
    """A world, and one party in it that is looked at."""

    __slots__ = ("__weakref__",)

    def __init__(self, scenario: Scenario, door: Door) -> None:
        _INSIDES[self] = Inside(initial_world(scenario.settled()), door)

    def __repr__(self) -> str:
        return f"a system under test of kind {type(self).__name__}; see help({type(self).__name__})"

    def wait(self, seconds: int) -> None:
        """Let time pass. Raises ScenarioError for what is no whole number of seconds, or below 0."""
        own = inside(self)
        own.world = evolve(own.world, now=own.world.now + arguments.seconds(seconds, own.world.now))

    @property
    def now(self) -> int:
        """The time where the system is, in seconds since 1970."""
        return inside(self).world.now
