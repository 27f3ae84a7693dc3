"""The attacker has no code and sends codes it made up.

A code is drawn from so many that guessing is hopeless, and every guess is a request that the server can count. The answer
does not say why a code is refused, so that it gives nothing away.

Source: RFC 6749 section 10.10.
"""

import hashlib

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import GUESS, go_on, uses_pkce
from flowsim.attacks.view import View
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM
from flowsim.protocol.messages import Request
from flowsim.protocol.pkce import base64url

TRIES = ("guess 1", "guess 2", "guess 3")


class CodeGuessing(Attacker):
    """Sends three made-up codes while the real one is in the browser."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if world.runs[VICTIM].state is not State.CODE_IN_BROWSER:
            return None
        for name in TRIES:
            run = world.runs.get(name)
            if run is None:
                return Move(name, Act.SEND_CODE, self._guess(world, name), role=Role.THEFT, by_attacker=True)
            if following := go_on(world, name):
                return following
        return None

    @staticmethod
    def _guess(world: View, name: str) -> Request:
        profile = world.scenario.profile
        return client.token_request(
            f"{world.runs[VICTIM].server}/oauth/token",
            client_id=profile.client_id,
            redirect_uri=profile.redirect_uri,
            code=base64url(hashlib.sha256(name.encode()).digest()),
            code_verifier=GUESS if uses_pkce(world) else None,
            user_agent="attacker",
        )


ATTACKER = CodeGuessing(
    name="code-guessing",
    title="codes are guessed",
    positions=("A1",),
    about="Somebody without a code sends made-up ones while a login is under way.",
)
