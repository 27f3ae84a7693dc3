"""The attackers: one file each, with its position and its moves, listed here by the name used on the command line."""

from flowsim.attacks import (
    access_token_theft,
    chosen_challenge,
    clickjacking,
    code_and_request,
    code_burning,
    code_guessing,
    code_interception,
    code_replay,
    decompiled_secret,
    forged_token,
    forwarded_password,
    lasting_access,
    malicious_app,
    mix_up,
    own_login,
    redirect_manipulation,
    refresh_theft,
    request_stripping,
    session_fixation,
    silent_login,
    weak_verifier,
    web_view,
)
from flowsim.attacks.base import Attacker
from flowsim.model.scenario import unknown

ATTACKERS: dict[str, Attacker] = {
    attacker.name: attacker
    for attacker in (
        code_interception.ATTACKER,
        code_and_request.ATTACKER,
        decompiled_secret.ATTACKER,
        *own_login.ATTACKERS,
        request_stripping.ATTACKER,
        code_replay.ATTACKER,
        lasting_access.ATTACKER,
        redirect_manipulation.ATTACKER,
        *refresh_theft.ATTACKERS,
        *access_token_theft.ATTACKERS,
        *forged_token.ATTACKERS,
        *malicious_app.ATTACKERS,
        chosen_challenge.ATTACKER,
        session_fixation.ATTACKER,
        mix_up.ATTACKER,
        weak_verifier.ATTACKER,
        code_guessing.ATTACKER,
        *code_burning.ATTACKERS,
        silent_login.ATTACKER,
        web_view.ATTACKER,
        clickjacking.ATTACKER,
        forwarded_password.ATTACKER,
    )
}


def known_attacker(name: str) -> Attacker:
    """The attacker of this name; ScenarioError, with the nearest name there is, for any other."""
    if name not in ATTACKERS:
        raise unknown("attack", name, list(ATTACKERS))
    return ATTACKERS[name]


__all__ = ["ATTACKERS", "Attacker", "known_attacker"]
