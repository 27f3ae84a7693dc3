"""What a refused request says of its cause by its parameters: addresses, scope, and what PKCE adds."""

from collections.abc import Mapping

from flowsim.checks.jwt_rules import number
from flowsim.checks.prepare import NO_PKCE
from flowsim.diagnosis.clues import Clues, Rule, Suspicion
from flowsim.diagnosis.compared import first_unlike, nearest, what_is_wrong_with
from flowsim.diagnosis.rules_of_clients import client_may, client_unknown, parameter_twice
from flowsim.model.check import NOTHING
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import LOCALHOST, LOOPBACK_HOSTS, host_of
from flowsim.protocol.client_id_documents import is_address
from flowsim.protocol.messages import Response

SHORTEST = 43  # characters of a code_verifier


# How two addresses differ, as the name of the cause.
_DIFFERENCES: Mapping[str, str] = {
    "slash": "redirect-uri-with-slash",
    "case": "redirect-uri-in-other-case",
    "port": "redirect-uri-with-port",
    "scheme": "redirect-uri-over-http",
    "encoding": "redirect-uri-encoded-twice",
    "query": "redirect-uri-query",
}


def redirect_uri(clues: Clues) -> Suspicion:
    """The one that was sent beside those that are registered, which the server's check names."""
    sent = clues.received
    if sent == NOTHING:
        return Suspicion("redirect-uri-missing", "the request names no redirect_uri")
    near, how = nearest(clues.expected.split(" or "), sent)
    seen = f"{sent} was sent and {near} is registered, and they are compared character by character"
    if how == "loopback":
        named = {"localhost": "localhost-for-loopback", "::1": "ipv6-for-loopback"}
        return Suspicion(named.get(host_of(sent), "redirect-uri-loopback"), seen)
    if how == "port" and host_of(sent) in LOOPBACK_HOSTS:
        told = is_address(clues.asked("client_id") or "")  # by a document that nobody can change at each start
        return Suspicion("document-port-compared" if told else "loopback-port-compared", seen)
    if how == "port" and host_of(sent) == LOCALHOST:
        return Suspicion("localhost-without-a-port", f"{seen}; of localhost the port is not free")
    return Suspicion(_DIFFERENCES.get(how or "", "redirect-uri-other"), seen)


def port_taken(clues: Clues) -> Suspicion:
    return Suspicion("loopback-port-taken", f"the app wants the port {clues.received}, and somebody else listens there")


def scheme_unknown(clues: Clues) -> Suspicion:
    return Suspicion("callback-not-opened", f"the answer needs {clues.expected}, and there is none on the device")


def web_view(clues: Clues) -> Suspicion:
    return Suspicion("web-view-refused", f"the page was asked for by {clues.received}")


def redirect_uri_again(clues: Clues) -> Suspicion:
    """The one of the token request beside the one of the authorization request."""
    sent, first = clues.received, clues.expected
    if sent == NOTHING:
        return Suspicion(
            "redirect-uri-left-out-for-the-code", f"step 3 named {first}, and the token request names none"
        )
    place = first_unlike(first, sent)
    seen = f"step 3 named {first}, the token request names {sent}, and they differ from character {place} on"
    return Suspicion("other-redirect-uri-for-the-code", seen)


def signed_out_address(clues: Clues) -> Suspicion:
    """The address to come back to after a logout: registered or not, and whether an ID token vouches for the app."""
    sent, hint = clues.received, clues.sent("id_token_hint")
    if hint is None:
        return Suspicion("logout-hint-left-out", "the logout request has no id_token_hint, so no app is vouched for")
    near, how = nearest(clues.expected.split(" or "), sent)
    if how == "slash":
        return Suspicion("signed-out-address-with-slash", f"{sent} was sent and {near} is registered")
    return Suspicion("signed-out-address-not-registered", f"{sent} is not registered for this")


def unencrypted_address(clues: Clues) -> Suspicion:
    return Suspicion("redirect-not-encrypted", f"the answer would go to {clues.received}, which is not encrypted")


def pushed_where_required(clues: Clues) -> Suspicion:
    return Suspicion("not-pushed", "the request came through the browser, and this server takes only pushed ones")


def response_type(clues: Clues) -> Suspicion:
    name = "response-type-token" if "token" in clues.received.split(" ") else "response-type-wrong"
    return Suspicion(name, f"response_type is {clues.received}, and the server wants {clues.expected}")


def response_mode(clues: Clues) -> Suspicion:
    return Suspicion(
        "answer-in-the-fragment" if clues.received == "fragment" else "response-mode-unsupported",
        f"response_mode is {clues.received}, and the server knows only query",
    )


def scope(clues: Clues) -> Suspicion:
    known = clues.expected.partition(": ")[2].split(" ")
    if "," in clues.received:
        return Suspicion("scope-with-commas", f"the scope {clues.received} has commas in it, where spaces are due")
    foreign = [word for word in clues.received.split(" ") if word not in known]
    if not foreign:
        return Suspicion("scope-unknown", f"the scope {clues.received} is not written as the RFC writes it")
    return Suspicion("scope-unknown", f"{' and '.join(foreign)} is not among the scopes that this app may have")


def resource(clues: Clues) -> Suspicion:
    """The resource of the request beside those that the server knows, and beside what the MCP server calls itself."""
    named, known = clues.received, clues.expected.removeprefix("one of: ")
    seen = f"the resource {named} is none of {known}"
    if named != clues.named_by_the_api().get("resource"):
        return Suspicion("resource-unknown", seen)
    seen = f"{seen}, and it is what the MCP server calls itself"
    slash = any(one != named and one.rstrip("/") == named.rstrip("/") for one in known.split(" "))
    return Suspicion("resource-with-slash-at-the-server" if slash else "resource-not-known", seen)


def challenge_missing(clues: Clues) -> Suspicion:
    method = clues.asked("code_challenge_method")
    if method:
        return Suspicion("challenge-not-sent", f"the request names the method {method} and has no code_challenge")
    return Suspicion("pkce-missing", "the request has no code_challenge, which this server requires")


def method(clues: Clues) -> Suspicion:
    named = clues.asked("code_challenge_method")
    if named is None:
        return Suspicion("method-left-out", "the request has a code_challenge and no method, which means plain")
    if named == "plain":
        return Suspicion("plain-refused", f"the request names plain, and the server takes {clues.expected}")
    name = "method-in-lower-case" if named.upper() == clues.expected else "method-misspelt"
    return Suspicion(name, f"the request names the method {named}, and the server knows {clues.expected}")


def method_of_metadata(clues: Clues) -> Suspicion:
    if clues.expected == NO_PKCE:
        return Suspicion(
            "methods-not-named", f"the app wants {clues.received}, and the server's metadata lists no method"
        )
    seen = f"the app wants {clues.received}, and the server's metadata lists {clues.expected}"
    return Suspicion("plain-refused" if clues.received == "plain" else "method-not-listed", seen)


def challenge_malformed(clues: Clues) -> Suspicion:
    wrong = what_is_wrong_with(clues.received)
    signs = {"challenge-padded": "ends in =", "challenge-in-standard-base64": "has + or / in it"}
    if clues.asked("code_challenge_method") in (None, "plain"):
        return verifier_malformed(clues)
    if wrong:
        return Suspicion(wrong, f"the code_challenge {clues.received} {signs[wrong]}")
    return Suspicion(
        "challenge-malformed", f"the code_challenge is {len(clues.received)} characters long: {clues.received}"
    )


def verifier_malformed(clues: Clues) -> Suspicion:
    """A verifier of another length or of other characters than the RFC's."""
    shown = clues.received
    odd = sorted({sign for sign in shown if not (sign.isascii() and (sign.isalnum() or sign in "-._~"))})
    if odd:
        name = "verifier-in-standard-base64" if {*odd} <= {"+", "/", "=", " "} else "verifier-malformed"
        return Suspicion(name, f"the code_verifier has {' '.join(odd)} in it")
    name = "verifier-too-short" if len(shown) < SHORTEST else "verifier-malformed"
    return Suspicion(name, f"the code_verifier is {len(shown)} characters long")


def request_object(clues: Clues) -> Suspicion:
    return Suspicion("request-object-unsupported", f"the request has {clues.received}, where {clues.expected} is due")


def values_used(clues: Clues) -> Suspicion:
    return Suspicion("values-reused", f"the app has used {clues.received} before")


def foreign_hint(clues: Clues) -> Suspicion:
    """An ID token that this server has given the app may have expired: as a hint it is good all the same."""
    hint = clues.sent("id_token_hint") or ""
    given = any(
        isinstance(one.message, Response) and one.message.json().get("id_token") == hint for one in clues.passed
    )
    token = signed_tokens.read(hint)
    expires = number(token.claims.get("exp")) if token else None
    if given and expires is not None and expires <= clues.event.now:
        return Suspicion("expired-hint-refused", "the ID token that the server gave has expired")
    return Suspicion("hint-foreign", f"{clues.expected} was expected, and {clues.received} came")


RULES: Mapping[str, Rule] = {
    "device.port_free": port_taken,
    "device.scheme_registered": scheme_unknown,
    "authorize.no_web_view": web_view,
    "authorize.client_known": client_unknown,
    "authorize.redirect_uri_registered": redirect_uri,
    "authorize.redirect_uri_encrypted": unencrypted_address,
    "authorize.response_mode_supported": response_mode,
    "authorize.parameters_once": parameter_twice,
    "authorize.pushed_where_required": pushed_where_required,
    "authorize.response_type_present": response_type,
    "authorize.response_type_supported": response_type,
    "authorize.client_may_use_code": client_may,
    "authorize.scope_allowed": scope,
    "authorize.resource_known": resource,
    "authorize.challenge_present": challenge_missing,
    "authorize.method_supported": method,
    "authorize.challenge_well_formed": challenge_malformed,
    "authorize.no_request_object": request_object,
    "authorize.no_request_uri": request_object,
    "authorize.no_registration": request_object,
    "push.no_request_uri": request_object,
    "prepare.method_supported": method_of_metadata,
    "prepare.values_fresh": values_used,
    "callback.parameters_once": parameter_twice,
    "logout.hint_issued_here": foreign_hint,
    "logout.hint_of_client": foreign_hint,
    "logout.user_named": foreign_hint,
    "logout.redirect_registered": signed_out_address,
    "token.redirect_uri_same": redirect_uri_again,
}
