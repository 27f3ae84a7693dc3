"""What a refused request says of its cause: its parameters, its form, and how the app has shown who it is."""

from collections.abc import Mapping
from urllib.parse import quote_plus, unquote_plus

from flowsim.checks.jwt_rules import number
from flowsim.diagnosis.clues import Clues, Rule, Suspicion, basic, parameters
from flowsim.diagnosis.compared import difference, first_unlike, nearest, what_is_wrong_with
from flowsim.diagnosis.times import seconds_in, skew
from flowsim.model.check import NOTHING
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import host_of, origin_of, split
from flowsim.protocol.messages import FORM, content_type, query_of, single

SHORTEST = 43  # characters of a code_verifier
PUBLIC = "none: a public client"  # how the check of a secret begins where none is registered


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
    return Suspicion(_DIFFERENCES.get(how or "", "redirect-uri-other"), seen)


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


def client_unknown(clues: Clues) -> Suspicion:
    sent, named = clues.received, clues.asked("client_id")
    if sent == NOTHING:
        return Suspicion("client-id-left-out", "the request does not say which client sends it")
    if named and sent != named:
        return Suspicion("client-unknown", f"step 3 named the client {named}, and this request names {sent}")
    return Suspicion("client-id-of-another-environment", f"the server knows no client {sent}")


def parameter_twice(clues: Clues) -> Suspicion:
    name = "code-parameter-sent-twice" if clues.received == "code" else "parameter-twice"
    return Suspicion(name, f"{clues.received} stands in the request more than once")


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
    return Suspicion(
        "resource-unknown", f"the resource {clues.received} is none of {clues.expected.removeprefix('one of: ')}"
    )


def resource_granted(clues: Clues) -> Suspicion:
    seen = f"this request names the API {clues.received}, and what was agreed to is {clues.expected}"
    return Suspicion("resource-unknown", seen)


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


def form(clues: Clues) -> Suspicion:
    """No form, or not sent with POST, or with secrets in the address."""
    asked = clues.refused_request
    if asked is None:
        return Suspicion("token-request-without-content-type", f"the server got {clues.received}")
    kind = content_type(asked)
    if asked.method != "POST":
        return Suspicion("token-request-by-get", f"the request was sent with {asked.method}")
    if kind.endswith("json") or asked.body.lstrip().startswith("{"):
        return Suspicion("token-request-as-json", f"the body is JSON, sent as {kind or 'nothing'}, where {FORM} is due")
    name = "body-not-form" if kind else "token-request-without-content-type"
    if query_of(asked.url):
        names = ", ".join(dict.fromkeys(name for name, _ in query_of(asked.url)))
        return Suspicion("parameters-in-address", f"{names} stand in the address of the request")
    return Suspicion(name, f"the body was sent as {kind or 'nothing'}, where {FORM} is due")


def parameter_missing(clues: Clues) -> Suspicion:
    """A parameter that the check wants is not there: the body may be one that the server does not read."""
    asked = clues.refused_request
    if asked is not None and content_type(asked) != FORM:
        return form(clues)
    return Suspicion("parameter-missing", f"{clues.expected} is not in the request")


def grant_type(clues: Clues) -> Suspicion:
    right = clues.received.replace("-", "_").lower() in clues.expected
    return Suspicion(
        "grant-type-misspelled" if right else "grant-type-wrong",
        f"grant_type is {clues.received}, where {clues.expected} is due",
    )


def client_may(clues: Clues) -> Suspicion:
    seen = f"the client is registered for {clues.received}, and asked for {clues.expected}"
    return Suspicion("refresh-not-registered" if clues.expected == "refresh_token" else "grant-not-registered", seen)


def shown_twice(clues: Clues) -> Suspicion:
    return Suspicion("secret-sent-twice", f"the client has authenticated by {clues.received}")


def secret(clues: Clues) -> Suspicion:
    """The secret that was shown, decoded both ways, beside the one that is registered."""
    asked = clues.refused_request
    shown, registered = basic(asked), clues.expected
    if registered.startswith(PUBLIC):
        return Suspicion(
            "secret-of-public-client", "the request shows a secret, and the client is registered as public"
        )
    if registered.startswith("no secret"):
        return Suspicion("secret-for-assertion", "the request shows a secret, and the client is registered with a key")
    if registered.startswith("the secret in Authorization"):
        return Suspicion("secret-in-the-form", "the secret stands in the form, and the server wants it in Basic")
    if shown is not None:
        raw = shown[1]
        if raw == registered and unquote_plus(raw) != raw:
            return Suspicion(
                "basic-not-form-encoded", "the secret stands in Basic as it is, and form-decoded it is another one"
            )
        if unquote_plus(unquote_plus(raw)) == registered:
            return Suspicion("basic-encoded-twice", "the secret in Basic is form-encoded twice")
    elif asked is not None and (asked.header("authorization") or "").lower().startswith("basic"):
        return Suspicion("basic-malformed", "what stands in Basic is no base64 of a name, a colon and a secret")
    if clues.received == NOTHING:
        return Suspicion("secret-left-out", "the client is registered with a secret, and the request shows none")
    if clues.received.strip() == registered:
        return Suspicion("secret-with-line-end", "the secret that was shown has white space around it")
    if quote_plus(registered) == clues.received:
        return Suspicion("basic-encoded-twice", "the secret that was shown is form-encoded once more than it should be")
    return Suspicion("secret-wrong", "the secret that was shown is not the one that is registered")


def assertion(cause: str) -> Rule:
    """A client assertion of which one thing is wrong."""

    def found(clues: Clues) -> Suspicion:
        return Suspicion(cause, f"the assertion has {clues.received} where {clues.expected} is due")

    return found


def assertion_audience(clues: Clues) -> Suspicion:
    """The audience in the assertion beside the names that the server has for itself."""
    named, known = clues.received, clues.expected.split(" or ")
    seen = f"the assertion is for {named}, and the server goes by {clues.expected}"
    if any(difference(one, named) == "slash" for one in known):
        return Suspicion("assertion-audience-with-slash", f"{seen}: they differ by a slash", "issuer-with-slash")
    if split(named).scheme == "https" and not any(origin_of(one) == origin_of(named) for one in known):
        return Suspicion("issuer-of-another-environment", seen, "assertion-audience")
    return Suspicion("assertion-audience", seen)


def assertion_missing(clues: Clues) -> Suspicion:
    return Suspicion("assertion-missing", "the client is registered with a key, and the request has no assertion")


def assertion_again(clues: Clues) -> Suspicion:
    """The same `jti` again: in the same assertion, or in another one."""
    found = []
    for one in clues.passed:
        text = single(parameters(one.message), "client_assertion")
        read = signed_tokens.read(text) if text else None
        if text and read is not None and str(read.claims.get("jti")) == clues.received:
            found.append(text)
    if len(found) < 2:
        return Suspicion("assertion-malformed", f"the jti of the assertion is {clues.received}")
    if len(set(found)) > 1:
        return Suspicion("assertion-id-repeated", f"another assertion with the jti {clues.received} has come before")
    return Suspicion("assertion-id-repeated", "the same assertion has come before", "assertion-sent-twice")


def assertion_time(clues: Clues) -> Suspicion:
    """The times in the assertion beside those of the server's clock and of the moment itself."""
    text = clues.sent("client_assertion")
    read = signed_tokens.read(text) if text else None
    made = number(read.claims.get("iat")) if read else None
    now, second = clues.event.now, seconds_in(clues.expected)
    off = skew("app", None if made is None else int(made), now, "server", second, now)
    if off is None:
        return Suspicion("assertion-malformed", f"the assertion has {clues.received}, where {clues.expected} is due")
    return Suspicion(off.cause, off.told)


def request_object(clues: Clues) -> Suspicion:
    return Suspicion("request-object-unsupported", f"the request has {clues.received}, where {clues.expected} is due")


def values_used(clues: Clues) -> Suspicion:
    return Suspicion("values-reused", f"the app has used {clues.received} before")


def foreign_hint(clues: Clues) -> Suspicion:
    return Suspicion("hint-foreign", f"{clues.expected} was expected, and {clues.received} came")


_OF_EVERY_FORM: Mapping[str, Rule] = {
    "post_form": form,
    "parameters_once": parameter_twice,
    "one_authentication": shown_twice,
    "client_known": client_unknown,
    "client_authenticated": secret,
    "client_may_use_grant": client_may,
    "grant_type_present": parameter_missing,
    "grant_type_supported": grant_type,
    "code_present": parameter_missing,
    "token_present": parameter_missing,
    "resource_granted": resource_granted,
}
_OF_ASSERTIONS: Mapping[str, Rule] = {
    "present": assertion_missing,
    "type": assertion("assertion-malformed"),
    "readable": assertion("assertion-malformed"),
    "algorithm": assertion("assertion-malformed"),
    "signature": assertion("assertion-key-unknown"),
    "issuer": assertion("assertion-malformed"),
    "subject": assertion("assertion-malformed"),
    "audience": assertion_audience,
    "not_expired": assertion_time,
    "not_before": assertion_time,
    "not_seen": assertion_again,
}
RULES: Mapping[str, Rule] = {
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
    **{
        f"{place}.{name}": rule
        for place in ("token", "refresh", "push", "revoke")
        for name, rule in _OF_EVERY_FORM.items()
    },
    **{
        f"{place}_assertion.{name}": rule
        for place in ("code", "refresh", "push", "revoke")
        for name, rule in _OF_ASSERTIONS.items()
    },
}
