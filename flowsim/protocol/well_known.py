"""Where metadata is found: of a protected resource, and of an authorization server.

A name such as `https://m.example/mcp` is turned into the address of a document by putting `/.well-known/…` between its
host and its path. OpenID Connect puts it behind the path, and many servers answer at one of these places only; so a client
has a list of addresses to ask, one after the other.

Source: RFC 9728 section 3.1, RFC 8414 sections 3.1 and 5, OIDC Discovery section 4.1; and Model Context Protocol,
revision 2026-07-28, authorization server discovery, for the order.
"""

from flowsim.protocol.addresses import split

RESOURCE = "/.well-known/oauth-protected-resource"
SERVER = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"


def of_resource(resource: str) -> str:
    """The address of the metadata of this resource: inserted, before a query too (RFC 9728 section 3.1).

    A slash that is all of the path goes. One at the end of a longer path is part of the name, and stays.
    """
    parts = split(resource)
    path = "" if parts.path == "/" else parts.path
    query = "" if parts.query is None else f"?{parts.query}"
    return f"{parts.scheme}://{parts.authority}{RESOURCE}{path}{query}"


def resource_candidates(endpoint: str) -> tuple[str, ...]:
    """Where a client looks for the metadata of the resource at this endpoint, if no challenge names the address.

    First with the path of the endpoint, then at the root of its host; for an endpoint without a path these are one.
    """
    root = f"{split(endpoint).scheme}://{split(endpoint).authority}{RESOURCE}"
    return tuple(dict.fromkeys((of_resource(endpoint), root)))


def resource_behind(address: str) -> str | None:
    """The resource whose metadata is at this well-known address; None for an address that is no such one.

    For a document found there this is what its `resource` has to be, sign by sign (RFC 9728 section 3.3).
    """
    parts = split(address)
    rest = parts.path.removeprefix(RESOURCE)
    if not parts.authority or not parts.path.startswith(RESOURCE) or (rest and not rest.startswith("/")):
        return None
    query = "" if parts.query is None else f"?{parts.query}"
    return f"{parts.scheme}://{parts.authority}{rest}{query}"


def server_candidates(issuer: str) -> tuple[str, ...]:
    """Where a client looks for the metadata of this authorization server, in order.

    A slash at the end goes before something is inserted or appended (RFC 8414 section 3.1, OIDC Discovery section 4.1).
    The issuer in the document has to equal this one with its slash all the same.
    """
    parts = split(issuer)
    host, path = f"{parts.scheme}://{parts.authority}", parts.path.removesuffix("/")
    inserted = (f"{host}{SERVER}{path}", f"{host}{OPENID}{path}")
    return (*inserted, f"{host}{path}{OPENID}") if path else inserted
