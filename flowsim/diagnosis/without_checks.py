"""What an error says of its cause where nobody's checks were seen, as at a server that somebody else wrote: its messages.

The checks that a server makes can be made again from outside, as far as messages go: does the verifier fit the challenge,
is the redirect_uri the same twice, how old was the code, has it come before?
"""

from flowsim.diagnosis import rules_of_clients, rules_of_codes
from flowsim.diagnosis.causes import UNKNOWN
from flowsim.diagnosis.clues import Clues, Suspicion, other_login, parameters
from flowsim.model.states import Act
from flowsim.protocol import pkce
from flowsim.protocol.messages import FORM, Request, Response, content_type, single


def by_messages(clues: Clues) -> Suspicion:
    """The likeliest cause of an error at a server whose checks nobody here sees."""
    if clues.event.act is Act.STEP_4:
        return _without_a_page(clues)
    error, described = _error(clues)
    said = f"the error is {error}{f' ({described})' if described else ''}"
    if error == "access_denied":
        return Suspicion("user-denied", said, "action-denied")
    if error in _BY_CODE:
        return Suspicion(_BY_CODE[error], said)
    token = clues.token_requests(clues.run)
    if not token:
        return Suspicion(UNKNOWN.name, said)
    asked = token[-1].message
    if isinstance(asked, Request) and content_type(asked) != FORM:
        return rules_of_clients.form(clues)
    return _of_the_grant(clues, said)


def _without_a_page(clues: Clues) -> Suspicion:
    """The server shows no login page: the cookie that should come back to it is not that of a login under way."""
    if other := other_login(clues):
        return Suspicion("login-replaced-at-the-server", f"{other} has asked the server from the same browser")
    return Suspicion("login-cookie-not-sent", "the server does not know the login whose page the browser asks for")


_BY_CODE = {
    "invalid_scope": "scope-unknown",
    "login_required": "silent-login-first",
    "consent_required": "consent-required",
    "insufficient_scope": "scope-not-granted",
    "use_dpop_nonce": "dpop-nonce-unheard",
    "invalid_target": "resource-unknown",
    "invalid_client": "secret-wrong",
    "unsupported_response_type": "response-type-wrong",
    "unsupported_grant_type": "grant-type-wrong",
}


def _error(clues: Clues) -> tuple[str, str]:
    for one in reversed(clues.event.messages):
        if isinstance(one.message, Response):
            body, query = one.message.json(), parameters(one.message)
            error = body.get("error") or single(query, "error")
            described = body.get("error_description") or single(query, "error_description")
            if error:
                return str(error), str(described or "")
            return f"status {one.message.status}", ""
    return "unknown", ""


def _of_the_grant(clues: Clues, said: str) -> Suspicion:
    """An invalid_grant: the checks of the token endpoint, made again."""
    sent = clues.token_requests(clues.run)[-1].message
    pairs = parameters(sent)
    code, verifier, address = (single(pairs, name) for name in ("code", "code_verifier", "redirect_uri"))
    challenge, first = clues.asked("code_challenge"), clues.asked("redirect_uri")
    if challenge and verifier is None:
        return Suspicion("verifier-left-out", f"{said}, and the token request has no code_verifier")
    if challenge and verifier and challenge not in (verifier, pkce.challenge_for(verifier, "S256")):
        return rules_of_codes.verifier_of(clues, verifier, challenge)
    if first and address != first:
        named = f"{said}; step 3 named {first}, and the token request {address or 'none'}"
        return Suspicion("other-redirect-uri-for-the-code", named)
    again = [one for one in clues.token_requests() if code and single(parameters(one.message), "code") == code]
    if len(again) > 1:
        return rules_of_codes.code_used(clues)
    return Suspicion("code-expired", f"{said}; the verifier and the redirect_uri fit", "code-unknown")
