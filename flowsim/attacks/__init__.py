"""The attackers: one file for each attack, of its name, with its rule and why it works; here is the list of all.

Attacks that are variants of one another begin with the same name and share its file: `refresh-theft-late` is in
refresh_theft.py.
"""

from collections.abc import Iterable

from flowsim.attacks import (
    access_token_theft,
    api_replay,
    app_impersonation,
    audience_injection,
    borrowed_issuer,
    borrowed_resource,
    changed_server,
    chosen_challenge,
    clickjacking,
    code_and_request,
    code_burning,
    code_guessing,
    code_injection,
    code_interception,
    code_replay,
    command_for_endpoint,
    confused_deputy,
    consent_by_link,
    cross_tool,
    decompiled_secret,
    displaced_login,
    forwarded_password,
    inside_by,
    lasting_access,
    login_csrf,
    logout_by_replay,
    loopback_impersonation,
    malicious_client,
    method_only,
    mix_up,
    network_reader,
    network_writer,
    open_redirector,
    pkce_downgrade,
    proof_replay,
    public_key_token,
    redirect_manipulation,
    refresh_theft,
    request_stripping,
    script_for_endpoint,
    server_as_redirector,
    session_fixation,
    silent_login,
    token_passthrough,
    unbound_consent,
    unsigned_token,
    weak_verifier,
    web_view,
    wrong_audience,
)
from flowsim.attacks.base import Attacker
from flowsim.model.scenario import ScenarioError, unknown
from flowsim.model.shown import shown

# In the order in which they are shown.
ATTACKERS: dict[str, Attacker] = {
    attacker.name: attacker
    for attacker in (
        code_interception.ATTACKER,
        code_and_request.ATTACKER,
        decompiled_secret.ATTACKER,
        code_injection.ATTACKER,
        *login_csrf.ATTACKERS,
        pkce_downgrade.ATTACKER,
        request_stripping.ATTACKER,
        code_replay.ATTACKER,
        lasting_access.ATTACKER,
        redirect_manipulation.ATTACKER,
        open_redirector.ATTACKER,
        *refresh_theft.ATTACKERS,
        access_token_theft.ATTACKER,
        api_replay.ATTACKER,
        proof_replay.ATTACKER,
        unsigned_token.ATTACKER,
        public_key_token.ATTACKER,
        malicious_client.ATTACKER,
        app_impersonation.ATTACKER,
        loopback_impersonation.ATTACKER,
        chosen_challenge.ATTACKER,
        *session_fixation.ATTACKERS,
        consent_by_link.ATTACKER,
        *mix_up.ATTACKERS,
        borrowed_issuer.ATTACKER,
        changed_server.ATTACKER,
        audience_injection.ATTACKER,
        cross_tool.ATTACKER,
        borrowed_resource.ATTACKER,
        wrong_audience.ATTACKER,
        script_for_endpoint.ATTACKER,
        command_for_endpoint.ATTACKER,
        *inside_by.ATTACKERS,
        token_passthrough.ATTACKER,
        confused_deputy.ATTACKER,
        unbound_consent.ATTACKER,
        weak_verifier.ATTACKER,
        *method_only.ATTACKERS,
        code_guessing.ATTACKER,
        code_burning.ATTACKER,
        logout_by_replay.ATTACKER,
        displaced_login.ATTACKER,
        silent_login.ATTACKER,
        web_view.ATTACKER,
        clickjacking.ATTACKER,
        forwarded_password.ATTACKER,
        server_as_redirector.ATTACKER,
        *network_reader.ATTACKERS,
        network_writer.ATTACKER,
    )
}


def known_attacker(named: object, own: Iterable[Attacker] = ()) -> Attacker:
    """The attacker of this name, among those of one's own first; an attacker itself is the one that is meant.

    Raises ScenarioError for anything else, with the nearest name there is where it is a name.
    """
    if isinstance(named, Attacker):
        return named
    if not isinstance(named, str):
        hint = f"; make one of it: {named.__name__}(name=…, title=…, positions=(…))" if isinstance(named, type) else ""
        raise ScenarioError(
            f"an attacker is the name of one of flowsim's, or an Attacker of your own, not {shown(named)}{hint}"
        )
    known = {**ATTACKERS, **{one.name: one for one in own}}
    if named not in known:
        raise unknown("attack", named, list(known))
    return known[named]


__all__ = ["ATTACKERS", "Attacker", "known_attacker"]
