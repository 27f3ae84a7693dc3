"""What the authorization server checks at step 3, in the order of RFC 6749 section 4.1.2.1.

The first group is fatal: as long as the app or the redirect address is in doubt, an error must never be sent there,
so the user sees an error page. Only after that group may an error be redirected to the app.
"""

import re
from dataclasses import dataclass, replace

from flowsim.checks import authentication
from flowsim.checks.authentication import AuthenticationFacts
from flowsim.checks.parameters import no_request_uri
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import ErrorPage, OAuthError
from flowsim.model.steps import SERVER
from flowsim.model.world import Pushed, RegisteredClient
from flowsim.protocol import pkce
from flowsim.protocol.addresses import LOOPBACK_HOSTS, host_of, origin_of, split, unencrypted
from flowsim.protocol.messages import Pairs, repeated, single
from flowsim.protocol.records import quickly_made

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
DEFAULT_SCOPE = "profile"  # for a request that names none (RFC 6749 section 3.3)
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationFacts(AuthenticationFacts):
    """The parameters of the request, the server, and the registered client they name (None if there is none).

    `agent` is what the browser says it is. Where the request was pushed beforehand, `params` are those that were pushed, `brought` those in the address that the
    browser opened, and `pushed` is the server's record of it.
    """

    client: RegisteredClient | None
    brought: Pairs = ()
    request_uri: str | None = None
    pushed: Pushed | None = None
    agent: str = ""


def redirect_matches(registered: str, sent: str, how: str = "exact", *, ports: bool = False) -> bool:
    """Simple string comparison; for a loopback address only the port may differ (RFC 8252 sections 7.3 and 8.4).

    A server that compares less than all of it (`origin`, `prefix`) is one that RFC 9700 section 4.1 tells of. With `ports`
    it compares more than it may: the port of a loopback address as well.
    """
    if registered == sent:
        return True
    if how == "origin" and origin_of(registered) == origin_of(sent):
        return True
    if how == "prefix" and sent.startswith(origin_of(registered).removesuffix(":")):
        return True
    ours, hostname = split(registered), host_of(registered)
    if ports or ours.scheme != "http" or hostname not in LOOPBACK_HOSTS:
        return False
    host = f"[{hostname}]" if ":" in hostname else hostname
    rest = registered.removeprefix(f"http://{ours.authority}")
    return re.fullmatch(re.escape(f"http://{host}") + r"(:[0-9]{1,5})?" + re.escape(rest), sent) is not None


def scope_granted(asked: str | None, allowed: tuple[str, ...]) -> str:
    """What is granted of the scope that is asked for: the words that are allowed, each once, and all where none is."""
    named = dict.fromkeys((asked or DEFAULT_SCOPE).split(" "))
    return " ".join(word for word in named if word in allowed) or " ".join(named)


def address(params: Pairs, client: RegisteredClient | None) -> str | None:
    """Where the answer goes: to the redirect_uri, or where none is named to the one complete address that is registered.

    A request with `openid` must name it (RFC 6749 section 3.1.2.3, OIDC Core section 3.1.2.1), and so must an app that
    listens on a loopback port: its port is not registered.
    """
    named = single(params, "redirect_uri")
    if named is not None or client is None or "openid" in (single(params, "scope") or "").split(" "):
        return named
    registered = client.redirect_uris
    complete = len(registered) == 1 and host_of(registered[0]) not in LOOPBACK_HOSTS
    return registered[0] if complete else None


def client_known(facts: AuthorizationFacts) -> Finding:
    brought = [value for name, value in facts.brought if name == "client_id"]
    ids = brought if len(brought) > 1 else [value for name, value in facts.params if name == "client_id"]
    expected = "one registered client_id"
    return finding(expected, ", ".join(ids), facts.client is not None and len(ids) == 1)


def redirect_uri_registered(facts: AuthorizationFacts) -> Finding:
    uris = [value for name, value in facts.params if name == "redirect_uri"]
    if facts.client is None:
        return finding("an address registered for the client", ", ".join(uris), None)
    uri, settings = address(facts.params, facts.client), facts.server.settings
    matches = len(uris) <= 1 and any(
        redirect_matches(known, uri or "", settings.redirect_match, ports=settings.compares_ports)
        for known in facts.client.redirect_uris
    )
    return finding(" or ".join(facts.client.redirect_uris), ", ".join(filter(None, uris)) or uri, matches)


def by_http(facts: AuthorizationFacts) -> bool:
    """True where the answer would go to an `http` address, of whatever host."""
    return origin_of(address(facts.params, facts.client) or "").startswith("http:")


def redirect_uri_encrypted(facts: AuthorizationFacts) -> Finding:
    where = address(facts.params, facts.client) or ""
    return finding("https, or a loopback address of the user's own machine", where, not unencrypted(where))


def no_web_view(facts: AuthorizationFacts) -> Finding:
    return finding("a browser", facts.agent or "no User-Agent", re.search(r";\s*wv\b", facts.agent) is None)


def parameters_once(facts: AuthorizationFacts) -> Finding:
    twice = (*repeated(facts.params), *repeated(facts.brought))
    return finding("every parameter at most once", ", ".join(dict.fromkeys(twice)) or "each once", not twice)


def request_uri_good(facts: AuthorizationFacts) -> Finding:
    expected = "a request_uri that this server gave to this app a short time ago"
    if facts.request_uri is None:
        return finding(expected, facts.request_uri, None)
    once = sum(name == "request_uri" for name, _ in facts.brought) == 1
    ours = facts.pushed is not None and facts.client is not None and facts.pushed.client_id == facts.client.client_id
    fresh = facts.pushed is not None and facts.now < facts.pushed.expires
    return finding(expected, facts.request_uri if once else "several of them", once and ours and fresh)


def request_uri_unused(facts: AuthorizationFacts) -> Finding:
    if facts.pushed is None:
        return finding("a request_uri that was not used", None, None)
    return finding(
        "a request_uri that was not used", "used before" if facts.pushed.used else "not used", not facts.pushed.used
    )


def pushed_where_required(facts: AuthorizationFacts) -> Finding:
    pushed = facts.pushed is not None
    received = "one that was pushed" if pushed else "one that was not pushed"
    return finding("a request that was pushed", received, pushed if facts.server.settings.par == "required" else None)


def response_mode_supported(facts: AuthorizationFacts) -> Finding:
    mode = facts.get("response_mode")
    known = facts.server.response_modes
    return finding(f"{' or '.join(known)}, or none named", mode, mode is None or mode in known)


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


def no_registration(facts: AuthorizationFacts) -> Finding:
    return finding("no registration parameter", facts.get("registration"), facts.get("registration") is None)


def scope_allowed(facts: AuthorizationFacts) -> Finding:
    scope = facts.get("scope")
    allowed = facts.client.scopes if facts.client else KNOWN_SCOPES
    asked = (scope or DEFAULT_SCOPE).split(" ")
    enough = all if facts.server.settings.unknown_scopes == "refused" else any
    passed = all(_SCOPE_TOKEN.fullmatch(one) for one in asked) and enough(one in allowed for one in asked)
    return finding(f"some of: {' '.join(allowed)}", scope, passed)


def resource_known(facts: AuthorizationFacts) -> Finding:
    named = list(dict.fromkeys(value for name, value in facts.params if name == "resource" and value))
    passed = None if not named else len(named) == 1 and named[0] in facts.server.resources
    return finding(f"one of: {' '.join(facts.server.resources)}", " ".join(named) or None, passed)


def error_address_trusted(facts: AuthorizationFacts) -> Finding:
    trusted = facts.client is not None and facts.client.trusted
    where = address(facts.params, facts.client)
    received = f"{where}, which the server {'trusts' if trusted else 'has no reason to trust'}"
    return finding("an address that the server trusts", received, trusted)


def challenge_present(facts: AuthorizationFacts) -> Finding:
    challenge = facts.get("code_challenge")
    if not facts.server.settings.pkce_required:
        return finding("a code_challenge, or none", challenge, True)
    method = facts.get("code_challenge_method")
    if facts.server.settings.pkce_by_method and challenge is None and method is not None:
        return finding("a code_challenge, or what stands for one here: a method", method, True)
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
    Check("authorize.request_uri_good",   SERVER, 3, "RFC 9126 §4",   ErrorPage(), "the request_uri is one that this app got from the server", request_uri_good),
    Check("authorize.request_uri_unused", SERVER, 3, "RFC 9126 §7.3", ErrorPage(), "the request_uri was not used before", request_uri_unused),
)
FATAL: tuple[Check[AuthorizationFacts, ErrorPage], ...] = (
    Check("authorize.client_known",            SERVER, 3, "RFC 6749 §4.1.2.1",  ErrorPage(), "the client_id belongs to a registered client", client_known),
    Check("authorize.redirect_uri_registered", SERVER, 3, "RFC 9700 §2.1",      ErrorPage(), "the redirect_uri is exactly one that was registered", redirect_uri_registered),
    Check("authorize.response_mode_supported", SERVER, 3, "OIDC Core §3.1.2.6", ErrorPage(), "the answer is asked for in the query", response_mode_supported),
)
# For a server that can answer in more than one way.
FATAL_OF_SEVERAL_MODES = tuple(
    replace(one, title="the server has the response mode that is asked for")
    if one.id == "authorize.response_mode_supported"
    else one
    for one in FATAL
)
# Where the request holds something that an error would tell the app of: before that, whether the browser is sent there at all.
ERROR_ADDRESS: tuple[Check[AuthorizationFacts, ErrorPage], ...] = (
    Check("authorize.error_address_trusted",   SERVER, 3, "RFC 9700 §4.11.2",   ErrorPage(), "an error sends the browser only to an address that the server trusts", error_address_trusted),
)
# Where the answer would go to an `http` address.
HTTP: tuple[Check[AuthorizationFacts, ErrorPage], ...] = (
    Check("authorize.redirect_uri_encrypted",  SERVER, 3, "RFC 9700 §2.6",      ErrorPage(), "the answer does not go over a network without TLS", redirect_uri_encrypted),
)
# Where the server refuses web views: an app could send nobody on, so it is no error for the app.
WEB_VIEW: tuple[Check[AuthorizationFacts, ErrorPage], ...] = (
    Check("authorize.no_web_view",             SERVER, 3, "RFC 8252 §8.12",     ErrorPage(), "the page is wanted by a browser, and not by a web view of an app", no_web_view),
)
REDIRECTED: tuple[Check[AuthorizationFacts, OAuthError], ...] = (
    Check("authorize.parameters_once",         SERVER, 3, "RFC 6749 §3.1",      OAuthError("invalid_request"),           "no parameter occurs twice", parameters_once),
    Check("authorize.pushed_where_required",   SERVER, 3, "RFC 9126 §4",        OAuthError("invalid_request"),           "the request was pushed, where the server wants that", pushed_where_required),
    Check("authorize.response_type_present",   SERVER, 3, "RFC 6749 §3.1.1",    OAuthError("invalid_request"),           "there is a response_type", response_type_present),
    Check("authorize.response_type_supported", SERVER, 3, "RFC 6749 §3.1.1",    OAuthError("unsupported_response_type"), "the response_type is code", response_type_supported),
    Check("authorize.client_may_use_code",     SERVER, 3, "RFC 6749 §4.1.2.1",  OAuthError("unauthorized_client"),       "this client may use this flow", client_may_use_code),
    Check("authorize.no_request_object",       SERVER, 3, "OIDC Core §6.1",     OAuthError("request_not_supported"),     "no request object is passed", no_request_object),
    Check("authorize.no_request_uri",          SERVER, 3, "OIDC Core §6.2",     OAuthError("request_uri_not_supported"), "no request object is named by address", no_request_uri),
    Check("authorize.no_registration",         SERVER, 3, "OIDC Core §3.1.2.6", OAuthError("registration_not_supported"), "no app describes itself in the request", no_registration),
    Check("authorize.scope_allowed",           SERVER, 3, "RFC 6749 §3.3",      OAuthError("invalid_scope"),             "the scope is well formed, and the server gives it to this client", scope_allowed),
    Check("authorize.prompt_understood",       SERVER, 3, "OIDC Core §3.1.2.1", OAuthError("invalid_request"),           "the server understands what prompt asks for", authentication.prompt_understood),
    Check("authorize.display_understood",      SERVER, 3, "OIDC Core §3.1.2.1", OAuthError("invalid_request"),           "the server understands what display asks for", authentication.display_understood),
    Check("authorize.max_age_well_formed",     SERVER, 3, "OIDC Core §3.1.2.1", OAuthError("invalid_request"),           "max_age is a number of seconds", authentication.max_age_well_formed),
    Check("authorize.hint_issued_here",        SERVER, 3, "OIDC Core §3.1.2.1", OAuthError("invalid_request"),           "the id_token_hint is an ID token of this server", authentication.hint_issued_here),
    Check("authorize.context_class_possible",  SERVER, 3, "RFC 9470 §5",        OAuthError("unmet_authentication_requirements"), "the server knows a way to log in that gives an acr asked for", authentication.context_class_possible),
    Check("authorize.prompt_possible",         SERVER, 3, "OIDC Core §3.1.2.6", OAuthError("login_required"),            "where no page may be shown, the user is logged in as the app asks", authentication.login_there),
    Check("authorize.consent_there",           SERVER, 3, "OIDC Core §3.1.2.6", OAuthError("consent_required"),          "where no page may be shown, the user need not be asked for consent", authentication.consent_there),
    Check("authorize.resource_known",          SERVER, 3, "RFC 8707 §2",        OAuthError("invalid_target"),            "the API named is one that the server issues tokens for", resource_known),
    Check("authorize.challenge_present",       SERVER, 3, "RFC 7636 §4.4.1",    OAuthError("invalid_request"),           "there is a code_challenge where PKCE is required", challenge_present),
    Check("authorize.method_supported",        SERVER, 3, "RFC 7636 §4.4.1",    OAuthError("invalid_request"),           "the server takes this code_challenge_method", method_supported),
    Check("authorize.challenge_well_formed",   SERVER, 3, "RFC 7636 §4.2",      OAuthError("invalid_request"),           "the code_challenge has the right length and alphabet", challenge_well_formed),
)
# fmt: on
