"""What a refused request says of its cause: its parameters, its form, and how the app has shown who it is."""

from collections.abc import Mapping
from urllib.parse import quote_plus, unquote_plus

from flowsim.checks.jwt_rules import number
from flowsim.diagnosis.clues import Clues, Rule, Suspicion, basic, parameters
from flowsim.diagnosis.compared import difference, first_unlike, nearest, what_is_wrong_with
from flowsim.diagnosis.times import lasted, seconds_in, skew
from flowsim.model.check import NOTHING
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import FORM, content_type, query_of, single

PUBLIC = "none: a public client"  # how the check of a secret begins where none is registered


def redirect_uri(clues: Clues) -> Suspicion:
    """The one that was sent beside those that are registered, which the server's check names."""
    sent = clues.received
    near, how = nearest(clues.expected.split(" or "), sent)
    if sent == NOTHING:
        return Suspicion("redirect-uri-missing", "the request names no redirect_uri")
    seen = f"{sent} was sent and {near} is registered, and they are compared character by character"
    return Suspicion(f"redirect-uri-{how or 'other'}", seen)


def redirect_uri_again(clues: Clues) -> Suspicion:
    """The one of the token request beside the one of the authorization request."""
    sent, first = clues.received, clues.expected
    if sent == NOTHING:
        return Suspicion("redirect-uri-not-repeated", f"step 3 named {first}, and the token request names none")
    place = first_unlike(first, sent)
    seen = f"step 3 named {first}, the token request names {sent}, and they differ from character {place} on"
    return Suspicion("redirect-uri-not-repeated", seen)


def unencrypted_address(clues: Clues) -> Suspicion:
    return Suspicion("redirect-uri-scheme", f"the answer would go to {clues.received}, which is not encrypted")


def client_unknown(clues: Clues) -> Suspicion:
    sent, named = clues.received, clues.asked("client_id")
    if named and sent not in (NOTHING, named) and clues.event.act.step != 3:
        return Suspicion("client-unknown", f"step 3 named the client {named}, and this request names {sent}")
    if sent == NOTHING:
        return Suspicion("client-id-missing", "the request names no client_id")
    return Suspicion("client-unknown", f"the server knows no client {sent}")


def parameter_twice(clues: Clues) -> Suspicion:
    return Suspicion("parameter-twice", f"{clues.received} stands in the request more than once")


def pushed_where_required(clues: Clues) -> Suspicion:
    return Suspicion("not-pushed", "the request came through the browser, and this server takes only pushed ones")


def response_type(clues: Clues) -> Suspicion:
    return Suspicion("response-type-wrong", f"response_type is {clues.received}, and the server wants {clues.expected}")


def response_mode(clues: Clues) -> Suspicion:
    return Suspicion("response-mode-unsupported", f"response_mode is {clues.received}, and the server knows only query")


def scope(clues: Clues) -> Suspicion:
    known = clues.expected.partition(": ")[2].split(" ")
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
        return Suspicion("method-not-named", "the request has a code_challenge and no method, which means plain")
    if named == "plain":
        return Suspicion("plain-refused", f"the request names plain, and the server takes {clues.expected}")
    return Suspicion("method-misspelt", f"the request names the method {named}, and the server knows {clues.expected}")


def method_of_metadata(clues: Clues) -> Suspicion:
    seen = f"the app wants {clues.received}, and the server's metadata lists {clues.expected}"
    return Suspicion("plain-refused" if clues.received == "plain" else "method-not-listed", seen)


def challenge_malformed(clues: Clues) -> Suspicion:
    wrong = what_is_wrong_with(clues.received)
    signs = {"challenge-padded": "ends in =", "challenge-in-base64": "has + or / in it"}
    if wrong:
        return Suspicion(wrong, f"the code_challenge {clues.received} {signs[wrong]}")
    return Suspicion(
        "challenge-malformed", f"the code_challenge is {len(clues.received)} characters long: {clues.received}"
    )


def form(clues: Clues) -> Suspicion:
    """No form, or not sent with POST, or with secrets in the address."""
    asked = clues.refused_request
    if asked is None:
        return Suspicion("body-not-form", f"the server got {clues.received}")
    kind = content_type(asked)
    if asked.method != "POST":
        return Suspicion("get-for-post", f"the request was sent with {asked.method}")
    if kind.endswith("json") or asked.body.lstrip().startswith("{"):
        return Suspicion("json-for-form", f"the body is JSON, sent as {kind or 'nothing'}, where {FORM} is due")
    if query_of(asked.url):
        names = ", ".join(dict.fromkeys(name for name, _ in query_of(asked.url)))
        return Suspicion("parameters-in-address", f"{names} stand in the address of the request")
    return Suspicion("body-not-form", f"the body was sent as {kind or 'nothing'}, where {FORM} is due")


def parameter_missing(clues: Clues) -> Suspicion:
    """A parameter that the check wants is not there: the body may be one that the server does not read."""
    asked = clues.refused_request
    if asked is not None and content_type(asked) != FORM:
        return form(clues)
    return Suspicion("parameter-missing", f"{clues.expected} is not in the request")


def grant_type(clues: Clues) -> Suspicion:
    return Suspicion("grant-type-wrong", f"grant_type is {clues.received}, where {clues.expected} is due")


def client_may(clues: Clues) -> Suspicion:
    seen = f"the client is registered for {clues.received}, and asked for {clues.expected}"
    return Suspicion("grant-not-registered", seen)


def shown_twice(clues: Clues) -> Suspicion:
    return Suspicion("basic-and-body", f"the client has authenticated by {clues.received}")


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
    if shown is not None:
        raw = shown[1]
        if raw == registered and unquote_plus(raw) != raw:
            return Suspicion(
                "basic-not-encoded", "the secret stands in Basic as it is, and form-decoded it is another one"
            )
        if unquote_plus(unquote_plus(raw)) == registered:
            return Suspicion("basic-encoded-twice", "the secret in Basic is form-encoded twice")
    elif asked is not None and (asked.header("authorization") or "").lower().startswith("basic"):
        return Suspicion("basic-malformed", "what stands in Basic is no base64 of a name, a colon and a secret")
    if clues.received == NOTHING:
        return Suspicion("secret-missing", "the client is registered with a secret, and the request shows none")
    if clues.received.strip() == registered:
        return Suspicion("secret-wrong", "the secret that was shown has white space around it")
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
        return Suspicion("issuer-with-slash", f"{seen}: they differ by the slash at the end")
    return Suspicion("assertion-audience", seen)


def assertion_missing(clues: Clues) -> Suspicion:
    return Suspicion("assertion-missing", "the client is registered with a key, and the request has no assertion")


def assertion_again(clues: Clues) -> Suspicion:
    times = 0
    for one in clues.passed:
        text = single(parameters(one.message), "client_assertion")
        read = signed_tokens.read(text) if text else None
        times += read is not None and str(read.claims.get("jti")) == clues.received
    if times < 2:
        return Suspicion("assertion-malformed", f"the jti of the assertion is {clues.received}")
    return Suspicion("assertion-sent-twice", f"the assertion with the jti {clues.received} has come before")


def assertion_time(clues: Clues) -> Suspicion:
    """The times in the assertion beside those of the server's clock and of the moment itself."""
    text = clues.sent("client_assertion")
    read = signed_tokens.read(text) if text else None
    made = number(read.claims.get("iat")) if read else None
    now, second = clues.event.now, seconds_in(clues.expected)
    off = skew("app", None if made is None else int(made), now, "server", second, now)
    if off is None:
        return Suspicion("assertion-malformed", f"the assertion has {clues.received}, where {clues.expected} is due")
    name = "app" if off.whose == "app" else "authorization server"
    return Suspicion(f"{off.whose}-clock-{off.way}", f"the clock of the {name} is {lasted(abs(off.seconds))} {off.way}")


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
    "logout.redirect_registered": redirect_uri,
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
