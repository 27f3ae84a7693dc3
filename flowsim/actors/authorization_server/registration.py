"""Dynamic registration: an app makes itself known to the server, which gives it a name, and a secret if it wants one.

The endpoint is open to everybody, so what it takes is narrow: an address of https, of the user's own machine, or of a
scheme that is a domain name backwards. The server has not looked at such an app, so to an https address it does not send
the browser with an error (RFC 9700 section 4.11.2). Simulations have no such endpoint; a live world has.

Source: RFC 7591 sections 2 and 3, RFC 8252 sections 7 and 8.4, RFC 9700 section 4.11.2.
"""

import re
from typing import Any

from flowsim.actors.authorization_server.back_channel import NOT_STORED
from flowsim.actors.authorization_server.discovery import Answer
from flowsim.actors.authorization_server.memory import with_at_most
from flowsim.actors.authorization_server.pages import error_page
from flowsim.checks import authorize
from flowsim.checks.token_endpoint import GRANT_TYPES
from flowsim.model.context import Context
from flowsim.model.mcp import MCP_URL, SCOPES
from flowsim.model.world import RegisteredClient, Server, evolve
from flowsim.protocol import strict_json
from flowsim.protocol.addresses import OWN_MACHINE, host_of, names_a_host, split
from flowsim.protocol.messages import Request, Response, content_type, response

METHODS = ("none", "client_secret_basic", "client_secret_post")
MOST_ADDRESSES, LONGEST_ADDRESS, LONGEST_NAME = 10, 2000, 100
MOST_REGISTERED = 500  # apps that have registered themselves; of more the oldest go
_SIGNS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")  # of RFC 3986 section 2.2, without `#` and `*`
_BACKWARDS = re.compile(r"[a-z][a-z0-9\-]*(\.[a-z0-9\-]+)+")


class _Refused(Exception):
    """What is wrong with the metadata: the code of RFC 7591 section 3.2.2, and a sentence."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code


def register_app(server: Server, request: Request, context: Context) -> Answer:
    """The endpoint: 201 with what is registered, or an error of RFC 7591 section 3.2.2."""
    if not server.registers:
        return server, error_page(404, "Not found", "There is no such page on this server.")
    if request.method != "POST":
        return server, error_page(405, "Method not allowed", "This page takes POST.", {"Allow": "POST"})
    try:
        of_tools = frozenset(SCOPES.values()) if _has_an_mcp_server(server) else frozenset()
        websites = "web-by-default" in server.settings.quirks
        client, told = _judged(request, context, websites=websites, of_tools=of_tools)
    except _Refused as refused:
        return server, _answer(400, {"error": refused.code, "error_description": str(refused)})
    kept = with_at_most(server.registered, client.client_id, context.now, MOST_REGISTERED)
    forgotten = [name for name in server.registered if name not in kept]
    clients = server.clients.set(client.client_id, client)
    for name in forgotten:
        clients = clients.delete(name)
    return evolve(server, clients=clients, registered=kept), _answer(201, told)


def _has_an_mcp_server(server: Server) -> bool:
    """True where this server issues tokens for an MCP server, which it knows by its address."""
    return any(split(one).path == split(MCP_URL).path for one in server.resources)


def _answer(status: int, body: dict[str, Any]) -> Response:
    return response(status, headers=NOT_STORED, json=body)


def _judged(
    request: Request, context: Context, *, websites: bool, of_tools: frozenset[str]
) -> tuple[RegisteredClient, dict[str, Any]]:
    """The client that this request asks for, and the answer. Raises _Refused for what cannot be registered.

    Where they are `websites`, whoever does not say `native` has https addresses and none of this machine. Who asks
    for one of the scopes `of_tools` is registered for all of them.
    """
    if content_type(request) != "application/json":
        raise _Refused("invalid_client_metadata", "Expected a body of the type application/json.")
    # A member that is null is as if it had been left out (RFC 7592 section 2.2).
    asked = {name: value for name, value in strict_json.parse_object(request.body).items() if value is not None}
    if not asked:
        raise _Refused("invalid_client_metadata", "Expected a JSON object with redirect_uris.")
    uris = _addresses(asked.get("redirect_uris"), "redirect_uris")
    if not uris:
        raise _Refused("invalid_redirect_uri", "Expected at least one address in redirect_uris.")
    if websites and asked.get("application_type") != "native" and not all(_of_a_website(one) for one in uris):
        raise _Refused(
            "invalid_redirect_uri",
            "Expected https addresses that are not of this machine: without application_type native the app is a website.",
        )
    signed_out = _addresses(asked.get("post_logout_redirect_uris", []), "post_logout_redirect_uris")
    method = _one_of(asked, "token_endpoint_auth_method", METHODS, "client_secret_basic")
    grants = _some_of(asked, "grant_types", GRANT_TYPES, ["authorization_code"])
    _some_of(asked, "response_types", authorize.RESPONSE_TYPES, ["code"])
    if "authorization_code" not in grants:
        raise _Refused("invalid_client_metadata", "Expected authorization_code among the grant_types.")
    scopes = _scopes(asked.get("scope"), grants, of_tools)
    client_id = context.random_token("client_id", 12)
    name = _name(asked.get("client_name", client_id))
    secret = None if method == "none" else context.random_token("client_secret", 24)
    client = RegisteredClient(
        client_id=client_id,
        name=name,
        redirect_uris=uris,
        confidential=secret is not None,
        secret=secret,
        scopes=scopes,
        grant_types=tuple(grants),
        trusted=not any(uri.startswith("https:") for uri in uris),
        signed_out_uris=signed_out,
    )
    told: dict[str, Any] = {
        "client_id": client_id,
        "client_id_issued_at": context.now,
        **({} if secret is None else {"client_secret": secret, "client_secret_expires_at": 0}),
        "client_name": name,
        "redirect_uris": list(uris),
        **({"post_logout_redirect_uris": list(signed_out)} if signed_out else {}),
        "token_endpoint_auth_method": method,
        "grant_types": grants,
        "response_types": ["code"],
        "scope": " ".join(scopes),
    }
    return client, told


def _addresses(given: object, member: str) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) > MOST_ADDRESSES:
        raise _Refused("invalid_redirect_uri", f"Expected a list of at most {MOST_ADDRESSES} addresses in {member}.")
    for one in given:
        if not isinstance(one, str) or len(one) > LONGEST_ADDRESS or not _may_come_back(one):
            raise _Refused(
                "invalid_redirect_uri",
                f"Expected in {member} addresses of https, of this machine (http://127.0.0.1), or of a scheme that is a "
                "domain name backwards; none with a fragment, a user name or a wildcard.",
            )
    return tuple(dict.fromkeys(given))


def _may_come_back(uri: str) -> bool:
    """Whether a browser may be sent to this address with a code (RFC 8252 section 7)."""
    parts = split(uri)
    if not _SIGNS.fullmatch(uri) or "@" in (parts.authority or ""):
        return False
    match parts.scheme:
        case "https":
            return names_a_host(uri)
        case "http":
            return names_a_host(uri) and host_of(uri) in OWN_MACHINE
        case None:
            return False
    return _BACKWARDS.fullmatch(parts.scheme) is not None


def _of_a_website(uri: str) -> bool:
    return split(uri).scheme == "https" and host_of(uri) not in OWN_MACHINE


def _one_of(asked: dict[str, Any], member: str, known: tuple[str, ...], usual: str) -> str:
    value = asked.get(member, usual)
    if value not in known:
        raise _Refused("invalid_client_metadata", f"Expected {' or '.join(known)} as {member}.")
    return str(value)


def _some_of(asked: dict[str, Any], member: str, known: tuple[str, ...], usual: list[str]) -> list[str]:
    value = asked.get(member, usual)
    if not isinstance(value, list) or not value or any(one not in known for one in value):
        raise _Refused("invalid_client_metadata", f"Expected a list of {' or '.join(known)} as {member}.")
    return list(dict.fromkeys(value))


def _scopes(given: object, grants: list[str], of_tools: frozenset[str]) -> tuple[str, ...]:
    """Those of the scopes that are known; all where none is named. Without refresh tokens there is no `offline_access`.

    A client of an MCP server registers with what the first 401 has named, and hears only later what its tools take. So who
    names one of the scopes `of_tools` may ask for all of them. A server may register other values than it was asked to,
    and says which (RFC 7591 section 3.2.1); what the app gets is for the user to say.
    """
    possible = tuple(one for one in authorize.KNOWN_SCOPES if one != "offline_access" or "refresh_token" in grants)
    if given is None or given == "":
        return possible
    named = given.split(" ") if isinstance(given, str) else []
    more = of_tools if of_tools.intersection(named) else frozenset()
    scopes = tuple(one for one in possible if one in named or one in more)
    if not scopes:
        raise _Refused("invalid_client_metadata", f"Expected as scope a text with some of: {' '.join(possible)}.")
    return scopes


def _name(given: object) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > LONGEST_NAME or not given.isprintable():
        raise _Refused(
            "invalid_client_metadata",
            f"Expected as client_name a text of 1 to {LONGEST_NAME} characters that can be seen.",
        )
    return given
