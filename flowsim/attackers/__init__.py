"""The attackers: one file each, with its position and its moves, listed here by the name used on the command line."""

from flowsim.attackers import (
    access_token_theft,
    code_and_request,
    code_interception,
    code_replay,
    decompiled_secret,
    own_login,
    refresh_theft,
)
from flowsim.attackers.attacker import Attacker
from flowsim.scenario import unknown

ATTACKERS: dict[str, Attacker] = {
    attacker.name: attacker
    for attacker in (
        code_interception.ATTACKER,
        code_and_request.ATTACKER,
        decompiled_secret.ATTACKER,
        *own_login.ATTACKERS,
        code_replay.ATTACKER,
        *refresh_theft.ATTACKERS,
        *access_token_theft.ATTACKERS,
    )
}


def known_attacker(name: str) -> Attacker:
    """The attacker of this name; ScenarioError, with the nearest name there is, for any other."""
    if name not in ATTACKERS:
        raise unknown("attack", name, list(ATTACKERS))
    return ATTACKERS[name]


__all__ = ["ATTACKERS", "Attacker", "known_attacker"]
