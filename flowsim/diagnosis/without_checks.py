"""What an error says of its cause where nobody's checks were seen, as at a server that somebody else wrote: its messages.

The checks that a server makes can be made again from outside, as far as messages go: does the verifier fit the challenge,
is the redirect_uri the same twice, how old was the code, has it come before?
"""

import re

from flowsim.checks.jwt_rules import number
from flowsim.diagnosis import rules_of_assistants, rules_of_clients, rules_of_codes
from flowsim.diagnosis.causes import UNKNOWN
from flowsim.diagnosis.clues import Clues, Suspicion, basic, other_login, parameters
from flowsim.diagnosis.compared import difference
from flowsim.model.states import Act
from flowsim.model.world import VICTIM
from flowsim.protocol import mcp_wire, pkce, signed_tokens
from flowsim.protocol.addresses import LOOPBACK_HOSTS, OWN_MACHINE, host_of
from flowsim.protocol.client_id_documents import is_address
from flowsim.protocol.messages import FORM, REDIRECTS, Request, Response, content_type, single


def by_messages(clues: Clues) -> Suspicion:
    """The likeliest cause of an error at a server whose checks nobody here sees."""
    if clues.event.act is Act.STEP_4:
        return _without_a_page(clues)
    error, described = _error(clues)
    said = f"the error is {error}{f' ({described})' if described else ''}"
    if clues.event.act is Act.STEP_C2:
        return rules_of_assistants.registration(clues)
    if clues.event.act in (Act.STEP_11, Act.STEP_T2):
        return _at_the_api(clues, said)
    if named := _of_an_assistant(clues, error, said):
        return named
    if error == "access_denied":
        return Suspicion("user-denied", said, "action-denied")
    if error == "invalid_client":
        return _of_the_client(clues, said)
    if error in _BY_CODE:
        return Suspicion(_BY_CODE[error], said)
    token = clues.token_requests(clues.run)
    if not token:
        return Suspicion(UNKNOWN.name, said)
    asked = token[-1].message
    if isinstance(asked, Request) and content_type(asked) != FORM:
        return rules_of_clients.form(clues)
    return _of_the_grant(clues, error, said)


def _without_a_page(clues: Clues) -> Suspicion:
    """The server shows no login page: the cookie that should come back to it is not that of a login under way."""
    if other := other_login(clues):
        return Suspicion("login-replaced-at-the-server", f"{other} has asked the server from the same browser")
    return Suspicion("login-cookie-not-sent", "the server does not know the login whose page the browser asks for")


def _of_an_assistant(clues: Clues, error: str, said: str) -> Suspicion | None:
    """What a server has against the request of an app that came to it by an MCP server, or is known by a document."""
    resource, sent = clues.asked("resource"), clues.asked("redirect_uri") or ""
    again = _last_sent(clues, "resource")
    if error == "invalid_target" and resource and again not in (None, resource):
        return Suspicion("resource-unknown", f"{said}; step 3 named {resource}, and the token request {again}")
    if error == "invalid_target" and resource and resource == clues.named_by_the_api().get("resource"):
        seen = f"{said}, and {resource} is what the MCP server calls itself"
        return Suspicion("resource-not-known", seen, "resource-with-slash-at-the-server")
    if clues.event.act is not Act.STEP_3 or not is_address(clues.asked("client_id") or ""):
        return None
    answer = clues.answered_last
    about_address = answer is not None and _ADDRESS.search(f"{answer.body} {answer.location}") is not None
    if about_address and host_of(sent) in OWN_MACHINE:
        name = "document-port-compared" if host_of(sent) in LOOPBACK_HOSTS else "localhost-without-a-port"
        return Suspicion(
            name, f"{said}, and the answer should go to {sent}; the document at the client_id has the rest"
        )
    return (
        Suspicion("document-missing", f"{said}, and the client_id is an address") if error == "invalid_client" else None
    )


def _at_the_api(clues: Clues, said: str) -> Suspicion:
    """Why an API refuses a token, as far as the token says for whom and how long it was made."""
    shown, resource = clues.shown_token(), clues.asked("resource", VICTIM)
    if lost := _not_of_the_token(clues, said, shown):
        return lost
    token = signed_tokens.read(shown) if shown else None
    named, ends = (token.claims.get("aud"), number(token.claims.get("exp"))) if token else (None, None)
    if ends is not None and clues.event.now and ends <= clues.event.now:
        return Suspicion("access-token-expired", f"{said}, and the token had reached its end")
    if _error(clues)[0] == "insufficient_scope":
        return Suspicion("scope-not-granted", said)
    if resource is None and clues.named_by_the_api():
        bound = "" if named is None else f"the token is for {named}, and "
        return Suspicion("resource-left-out", f"{said}; {bound}the app had named no resource")
    if token is not None and named is None and resource:
        return Suspicion("resource-ignored", f"{said}; the token names no audience, and the app had named {resource}")
    if named is None or resource in (named if isinstance(named, list) else [named]):
        return Suspicion(UNKNOWN.name, f"{said}, and the token does not say why")
    if resource is None:
        return Suspicion("resource-left-out", f"{said}; the token is for {named}, and the app had named no resource")
    if isinstance(named, str) and difference(resource, named) == "slash":
        seen = (
            f"{said}; the token is for {named}, and the app had named {resource}: they differ by the slash at the end"
        )
        return Suspicion("resource-with-slash-at-the-server", seen)
    return Suspicion("resource-ignored", f"{said}; the token is for {named}, and the app had named {resource}")


def _not_of_the_token(clues: Clues, said: str, shown: str | None) -> Suspicion | None:
    """Where the API has not judged the token that the server gave the app: it saw none, or another, or did not look."""
    answer, asked = clues.answered_last, clues.asked_last
    if answer is None or asked is None:
        return None
    if answer.status in REDIRECTS:
        return Suspicion("server-redirects", f"{said}: it sends the app on to {answer.location}")
    blamed = any(_ERROR.search(one) for one in answer.all_of("www-authenticate"))
    if not asked.header("authorization") and not blamed:  # who names an error has seen a token (RFC 6750 section 3.1)
        onward = [one.message for one in clues.own[:-2] if isinstance(one.message, Response)][-1:]
        if onward and onward[0].status in REDIRECTS and onward[0].location == asked.url:
            return Suspicion("server-redirects", f"{said}, and the call at {asked.url} came without the token")
        return Suspicion("token-not-shown", f"{said}, and the call that is recorded has no Authorization header")
    if answer.status not in (401, 403) and not blamed:
        what = mcp_wire.error_in(answer) or f"no error of JSON-RPC, as {content_type(answer) or 'nothing'}"
        return Suspicion("call-refused", f"what came has the status {answer.status} and {what}")
    given = clues.token_answer()
    if shown and given and isinstance(given[1]["access_token"], str) and given[1]["access_token"] != shown:
        return Suspicion("access-token-malformed", f"{said}, and the token is not the one of the token response")
    return None


_ERROR = re.compile(r'\berror="?([a-z_]+)')
_ADDRESS = re.compile(r"redirect[ _+-]?uri|redirect", re.IGNORECASE)
_BY_CODE = {
    "invalid_scope": "scope-unknown",
    "login_required": "silent-login-first",
    "consent_required": "consent-required",
    "insufficient_scope": "scope-not-granted",
    "use_dpop_nonce": "dpop-nonce-unheard",
    "invalid_target": "resource-unknown",
    "unauthorized_client": "grant-not-registered",
    "unsupported_response_type": "response-type-wrong",
    "unsupported_grant_type": "grant-type-wrong",
}


def _error(clues: Clues) -> tuple[str, str]:
    for one in reversed(clues.event.messages):
        if isinstance(one.message, Response):
            body, query = one.message.json(), parameters(one.message)
            error = body.get("error") or single(query, "error")
            described = body.get("error_description") or single(query, "error_description")
            if isinstance(error, str) and error:
                return error, str(described or "")
            if challenged := _ERROR.search(" ".join(one.message.all_of("www-authenticate"))):
                return challenged[1], ""
            return f"status {one.message.status}", ""
    return "unknown", ""


def _of_the_client(clues: Clues, said: str) -> Suspicion:
    """An invalid_client: what the request has shown of the app. Whether the server knows the app no message says."""
    asked = clues.token_requests(clues.run)
    if not asked or not isinstance(asked[-1].message, Request):
        return Suspicion("client-unknown", said)
    sent, pairs = asked[-1].message, parameters(asked[-1].message)
    named = single(pairs, "client_id") or (basic(sent) or ("", ""))[0]
    if single(pairs, "client_assertion"):
        return Suspicion("assertion-malformed", f"{said}, and the app has sent an assertion", "assertion-key-unknown")
    if sent.header("authorization") or single(pairs, "client_secret"):
        return Suspicion("secret-wrong", f"{said}, and the app has shown a secret", "client-unknown")
    if not named:
        return Suspicion("client-id-left-out", f"{said}, and the token request has no client_id")
    other = "document-missing" if is_address(named) else "client-unknown"
    return Suspicion("secret-left-out", f"{said}, and the app named itself {named} and showed no secret", other)


def _last_sent(clues: Clues, name: str) -> str | None:
    """This parameter of the last token request of this run."""
    asked = clues.token_requests(clues.run)
    return single(parameters(asked[-1].message), name) if asked else None


def _of_the_grant(clues: Clues, error: str, said: str) -> Suspicion:
    """The checks of the token endpoint, made again. What a refresh token was good for no message says.

    That a code was old or unknown is what only invalid_grant says (RFC 6749 section 5.2); another error stays undecided.
    """
    sent = clues.token_requests(clues.run)[-1].message
    pairs = parameters(sent)
    if single(pairs, "grant_type") == "refresh_token":
        return Suspicion(UNKNOWN.name, said)
    code, verifier, address = (single(pairs, name) for name in ("code", "code_verifier", "redirect_uri"))
    challenge, first = clues.asked("code_challenge"), clues.asked("redirect_uri")
    if challenge and verifier is None:
        return Suspicion("verifier-left-out", f"{said}, and the token request has no code_verifier")
    if challenge and verifier and challenge not in (verifier, pkce.challenge_for(verifier, "S256")):
        return rules_of_codes.verifier_of(clues, verifier, challenge)
    if first and address != first:
        seen = f"{said}; step 3 named {first}, and the token request {address or 'none'}"
        return Suspicion("other-redirect-uri-for-the-code", seen)
    asked, named = clues.asked("client_id"), single(pairs, "client_id")
    if asked and named and asked != named:
        seen = f"{said}; step 3 named the client {asked}, and the token request {named}"
        return Suspicion("code-of-another-client", seen)
    again = [one for one in clues.token_requests() if code and single(parameters(one.message), "code") == code]
    if len(again) > 1:
        return rules_of_codes.code_used(clues)
    if error != "invalid_grant":
        return Suspicion(UNKNOWN.name, f"{said}; the verifier and the redirect_uri fit")
    return Suspicion("code-expired", f"{said}; the verifier and the redirect_uri fit", "code-unknown")
