"""The app makes its verifier from the clock, and the attacker tries every second of the last hour.

The challenge is a hash, and a hash is easily computed forwards. What keeps a verifier secret is that there are too many
of them to try. Digits of a clock are well formed, pass every check of the server, and are soon tried.

Source: RFC 7636 sections 7.1 and 7.3.
"""

from functools import lru_cache

from flowsim.actors.client import clock_verifier
from flowsim.attacks.base import Attacker
from flowsim.attacks.brute_force import brute_force
from flowsim.attacks.toolkit import (
    GUESS,
    go_on,
    has_done,
    read_the_request,
    read_the_shipped_secret,
    redeem_the_code,
    redeemed,
    steal_the_redirect,
    stolen_code,
    uses_pkce,
)
from flowsim.attacks.view import View
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import World

HOUR = 3600  # seconds
TRIES = 60  # seconds that it tries at the server, one request for each


def is_a_time(verifier: str | None) -> bool:
    """True for a verifier that a clock has made."""
    return verifier is not None and verifier.isdecimal() and clock_verifier(int(verifier)) == verifier


@lru_cache(maxsize=256)
def search(challenge: str, now: int) -> str | None:
    """The verifier behind this challenge, if it is a second of the last hour."""
    return brute_force(challenge, (clock_verifier(second) for second in range(now, now - HOUR, -1))).verifier


class WeakVerifier(Attacker):
    """Reads the challenge, takes the code, and hashes one second after the other until the challenge comes out."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if not has_done(world, Act.READ_REQUEST):
            return read_the_request(world)
        loot = world.attacker.loot
        if "code" not in loot:
            return steal_the_redirect(world)
        if "code_challenge" not in loot:
            if not uses_pkce(world) or world.scenario.verifier != "clock":
                return redeem_the_code(world, GUESS if uses_pkce(world) else None)
            return self._try_at_the_server(world)
        challenge = loot["code_challenge"]
        # Under `plain` nothing is hashed, and what it sees is the time itself.
        found = challenge if is_a_time(challenge) else search(challenge, world.now)
        return redeem_the_code(world, found or GUESS)

    @staticmethod
    def _try_at_the_server(world: View) -> Move | None:
        """The request was pushed, so the server has to say which second it was: one second after the other is sent.

        When the attacker saw the request in the browser it had just been made, so the last second before that comes first.
        """
        seen = next(event.now for event in world.log if event.act is Act.READ_REQUEST)
        for number in range(TRIES):
            name = f"try {number + 1}"
            run = world.runs.get(name)
            if run is None:
                if read := read_the_shipped_secret(world):
                    return read
                secret = world.attacker.loot.get("client_secret")
                asked = stolen_code(world, clock_verifier(seen - number), secret)
                return Move(name, Act.SEND_CODE, asked, role=Role.THEFT, by_attacker=True)
            if following := go_on(world, name):
                return following
            if run.state is not State.TOKEN_REQUEST_FAILED:
                return None
        return None

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        if done is None or done.asked.code_challenge is None or not is_a_time(done.verifier):
            return None
        tried = "hashed one after the other until the challenge came out"
        how = tried if "code_challenge" in world.attacker.loot else "tried them at the server"
        return f"The verifier was a time of day, so the attacker {how}."


ATTACKER = WeakVerifier(
    name="weak-verifier",
    title="the verifier can be guessed",
    positions=("A1", "A3", "A4"),
    about="The attacker has the code and the challenge, and tries every second of the last hour as the verifier.",
)
