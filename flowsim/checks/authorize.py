"""What the authorization server checks at step 3, in the order of RFC 6749 section 4.1.2.1.

The first group is fatal: as long as the app or the redirect address is in doubt, an error must never be sent there,
so the user sees an error page. Only after that group may an error be redirected to the app.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flowsim.checks.parameters import ParameterFacts, no_request_uri, parameters_once
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import ErrorPage, OAuthError
from flowsim.model.steps import SERVER
from flowsim.model.world import Pushed, RegisteredClient, Server
from flowsim.protocol import pkce
from flowsim.protocol.addresses import origin_of

RESPONSE_TYPES = ("code",)
KNOWN_SCOPES = (
    "openid",
    "profile",
    "email",
    "offline_access",
    "read:messages",
    "write:messages",
    "read:photos",
    "write:photos",
)
LOOPBACK_HOSTS = ("127.0.0.1", "::1")
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True, slots=True)
class AuthorizationFacts(ParameterFacts):
    """The parameters of the request, the server, and the registered client they name (None if there is none).

    `agreed` tells whether this browser's user has agreed to this app before and need not be asked. Where the request
    was pushed beforehand, `params` are those that were pushed, and `pushed` is the server's record of it.
    """

    server: Server
    client: RegisteredClient | None
    agreed: bool = False
    request_uri: str | None = None
    pushed: Pushed | None = None
    now: int = 0


def redirect_matches(registered: str, sent: str, how: str = "exact") -> bool:
    """Simple string comparison; for a loopback address only the port may differ (RFC 8252 sections 7.3 and 8.4).

    A server that compares less than all of it (`origin`, `prefix`) is one that RFC 9700 section 4.1 tells of.
    """
    if registered == sent:
        return True
    if how == "origin" and origin_of(registered) == origin_of(sent):
        return True
    if how == "prefix" and sent.startswith(origin_of(registered).removesuffix(":")):
        return True
    ours = urlsplit(registered)
    if ours.scheme != "http" or ours.hostname not in LOOPBACK_HOSTS:
        return False
    host = f"[{ours.hostname}]" if ":" in ours.hostname else ours.hostname
    rest = registered.removeprefix(f"http://{ours.netloc}")
    return re.fullmatch(re.escape(f"http://{host}") + r"(:[0-9]{1,5})?" + re.escape(rest), sent) is not None


def client_known(facts: AuthorizationFacts) -> Finding:
    ids = [value for name, value in facts.params if name == "client_id"]
    expected = "one registered client_id"
    return finding(expected, ", ".join(ids), facts.client is not None and len(ids) == 1)


def redirect_uri_registered(facts: AuthorizationFacts) -> Finding:
    uris = [value for name, value in facts.params if name == "redirect_uri"]
    if facts.client is None:
        return finding("an address registered for the client", ", ".join(uris), None)
    matches = len(uris) == 1 and any(
        redirect_matches(known, uris[0], facts.server.settings.redirect_match) for known in facts.client.redirect_uris
    )
    return finding(" or ".join(facts.client.redirect_uris), ", ".join(uris), matches)


def request_uri_good(facts: AuthorizationFacts) -> Finding:
    expected = "a request_uri that this server gave to this app a short time ago"
    if facts.request_uri is None:
        return finding(expected, facts.request_uri, None)
    good = facts.pushed is not None and facts.client is not None and facts.pushed.client_id == facts.client.client_id
    return finding(expected, facts.request_uri, good and facts.pushed is not None and facts.now < facts.pushed.expires)


def request_uri_unused(facts: AuthorizationFacts) -> Finding:
    if facts.pushed is None:
        return finding("a request_uri that was not used", None, None)
    return finding(
        "a request_uri that was not used", "used before" if facts.pushed.used else "not used", not facts.pushed.used
    )


def pushed_where_required(facts: AuthorizationFacts) -> Finding:
    received = "a request_uri" if facts.request_uri else "no request_uri"
    return finding("a request_uri", received, facts.server.settings.par != "required" or facts.request_uri is not None)


def response_mode_supported(facts: AuthorizationFacts) -> Finding:
    mode = facts.get("response_mode")
    return finding("query, or none named", mode, mode in (None, "query"))


def response_type_present(facts: AuthorizationFacts) -> Finding:
    kind = facts.get("response_type")
    return finding("a response_type", kind, kind is not None)


def response_type_supported(facts: AuthorizationFacts) -> Finding:
    kind = facts.get("response_type")
    return finding("code", kind, None if kind is None else kind in RESPONSE_TYPES)


def client_may_use_code(facts: AuthorizationFacts) -> Finding:
    if facts.client is None:
        return finding("authorization_code", None, None)
    allowed = "authorization_code" in facts.client.grant_types
    return finding("authorization_code", ", ".join(facts.client.grant_types), allowed)


def no_request_object(facts: AuthorizationFacts) -> Finding:
    return finding("no request parameter", facts.get("request"), facts.get("request") is None)


def scope_allowed(facts: AuthorizationFacts) -> Finding:
    scope = facts.get("scope")
    allowed = facts.client.scopes if facts.client else KNOWN_SCOPES
    asked = (scope or "").split(" ") if scope else []
    passed = all(_SCOPE_TOKEN.fullmatch(one) and one in allowed for one in asked)
    return finding(f"some of: {' '.join(allowed)}", scope, passed)


def prompt_possible(facts: AuthorizationFacts) -> Finding:
    prompt = facts.get("prompt")
    silent = "none" in (prompt or "").split(" ")
    return finding("a prompt that lets the server show its login page", prompt, not silent or facts.agreed)


def resource_known(facts: AuthorizationFacts) -> Finding:
    named = [value for name, value in facts.params if name == "resource"]
    passed = None if not named else len(named) == 1 and named[0] in facts.server.resources
    return finding(f"one of: {' '.join(facts.server.resources)}", " ".join(named) or None, passed)


def challenge_present(facts: AuthorizationFacts) -> Finding:
    challenge = facts.get("code_challenge")
    if not facts.server.settings.pkce_required:
        return finding("a code_challenge, or none", challenge, True)
    return finding("a code_challenge", challenge, challenge is not None)


def method_supported(facts: AuthorizationFacts) -> Finding:
    if facts.get("code_challenge") is None:
        return finding(" or ".join(facts.server.methods), facts.get("code_challenge_method"), None)
    method = facts.get("code_challenge_method") or "plain"
    return finding(" or ".join(facts.server.methods), method, method in facts.server.methods)


def challenge_well_formed(facts: AuthorizationFacts) -> Finding:
    challenge = facts.get("code_challenge")
    expected = "43 to 128 characters of A-Z a-z 0-9 - . _ ~"
    return finding(expected, challenge, None if challenge is None else pkce.well_formed(challenge))


# fmt: off
# Where the server takes pushed requests at all. As long as these are in doubt, there is no address to send an error to.
PUSHED: tuple[Check[AuthorizationFacts, ErrorPage], ...] = (
    Check("authorize.pushed_where_required", SERVER, 3, "RFC 9126 §5",   ErrorPage(), "the request was pushed, where the server wants that", pushed_where_required),
    Check("authorize.request_uri_good",      SERVER, 3, "RFC 9126 §4",   ErrorPage(), "the request_uri is one that this app got from the server", request_uri_good),
    Check("authorize.request_uri_unused",    SERVER, 3, "RFC 9126 §7.3", ErrorPage(), "the request_uri was not used before", request_uri_unused),
)
FATAL: tuple[Check[AuthorizationFacts, ErrorPage], ...] = (
    Check("authorize.client_known",            SERVER, 3, "RFC 6749 §4.1.2.1",  ErrorPage(), "the client_id belongs to a registered client", client_known),
    Check("authorize.redirect_uri_registered", SERVER, 3, "RFC 9700 §2.1",      ErrorPage(), "the redirect_uri is exactly one that was registered", redirect_uri_registered),
    Check("authorize.response_mode_supported", SERVER, 3, "OIDC Core §3.1.2.6", ErrorPage(), "the answer is asked for in the query", response_mode_supported),
)
REDIRECTED: tuple[Check[AuthorizationFacts, OAuthError], ...] = (
    Check("authorize.parameters_once",         SERVER, 3, "RFC 6749 §3.1",      OAuthError("invalid_request"),           "no parameter occurs twice", parameters_once),
    Check("authorize.response_type_present",   SERVER, 3, "RFC 6749 §3.1.1",    OAuthError("invalid_request"),           "there is a response_type", response_type_present),
    Check("authorize.response_type_supported", SERVER, 3, "RFC 6749 §3.1.1",    OAuthError("unsupported_response_type"), "the response_type is code", response_type_supported),
    Check("authorize.client_may_use_code",     SERVER, 3, "RFC 6749 §4.1.2.1",  OAuthError("unauthorized_client"),       "this client may use this flow", client_may_use_code),
    Check("authorize.no_request_object",       SERVER, 3, "OIDC Core §6.1",     OAuthError("request_not_supported"),     "no request object is passed", no_request_object),
    Check("authorize.no_request_uri",          SERVER, 3, "OIDC Core §6.2",     OAuthError("request_uri_not_supported"), "no request object is named by address", no_request_uri),
    Check("authorize.scope_allowed",           SERVER, 3, "RFC 6749 §3.3",      OAuthError("invalid_scope"),             "every scope is known and allowed for this client", scope_allowed),
    Check("authorize.prompt_possible",         SERVER, 3, "OIDC Core §3.1.2.6", OAuthError("login_required"),            "the server may ask the user to log in", prompt_possible),
    Check("authorize.resource_known",          SERVER, 3, "RFC 8707 §2",        OAuthError("invalid_target"),            "the API named is one that the server issues tokens for", resource_known),
    Check("authorize.challenge_present",       SERVER, 3, "RFC 7636 §4.4.1",    OAuthError("invalid_request"),           "there is a code_challenge where PKCE is required", challenge_present),
    Check("authorize.method_supported",        SERVER, 3, "RFC 7636 §4.4.1",    OAuthError("invalid_request"),           "the server takes this code_challenge_method", method_supported),
    Check("authorize.challenge_well_formed",   SERVER, 3, "RFC 7636 §4.2",      OAuthError("invalid_request"),           "the code_challenge has the right length and alphabet", challenge_well_formed),
)
# fmt: on
