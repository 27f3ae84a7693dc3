"""What a request of an app to the server says of its cause by its form, and by how the app has shown who it is."""

from collections.abc import Mapping
from urllib.parse import quote_plus, unquote_plus

from flowsim.checks.assertion import NO_KEY
from flowsim.checks.jwt_rules import number
from flowsim.diagnosis.clues import Clues, Rule, Suspicion, basic, parameters
from flowsim.diagnosis.compared import difference
from flowsim.diagnosis.times import seconds_in, skew
from flowsim.model.check import NOTHING
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import origin_of, split
from flowsim.protocol.messages import FORM, content_type, query_of, single

PUBLIC = "none: a public client"  # how the check of a secret begins where none is registered


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


def resource_granted(clues: Clues) -> Suspicion:
    seen = f"this request names the API {clues.received}, and what was agreed to is {clues.expected}"
    return Suspicion("resource-unknown", seen)


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
        if raw in (registered, unquote_plus(registered)) and unquote_plus(registered) != registered:
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


def assertion_key(clues: Clues) -> Suspicion:
    """A signature that does not fit; a server that has no key at all for this client may not know the client either."""
    asked = clues.sent("client_id") or clues.asked("client_id")
    if clues.received == NO_KEY:
        seen = f"the server has no key for the client {asked}" if asked else "the server has no key for this client"
        return Suspicion("client-id-of-another-environment", seen, "assertion-key-unknown")
    return assertion("assertion-key-unknown")(clues)


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
    "signature": assertion_key,
    "issuer": assertion("assertion-malformed"),
    "subject": assertion("assertion-malformed"),
    "audience": assertion_audience,
    "not_expired": assertion_time,
    "not_before": assertion_time,
    "not_seen": assertion_again,
}
RULES: Mapping[str, Rule] = {
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
