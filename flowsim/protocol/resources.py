"""Which resource a token is for, written in one way: the canonical address of a server, as `resource` carries it.

Source: RFC 8707 section 2; Model Context Protocol, revision 2026-07-28, authorization, canonical server URI.
"""

from flowsim.protocol.addresses import names_a_host, split


def canonical(url: str) -> str:
    """This address as the `resource` of a request: scheme and host in small letters, without a slash that is all the path.

    A longer path keeps its slash, and a port and a query stay as they are: they may name another resource. Raises
    ValueError, with what is wrong, for what names no resource.
    """
    parts = split(url)
    if not parts.scheme or parts.authority is None:
        raise ValueError(f"a resource is an absolute address such as https://m.example/mcp; this is {url!r}")
    if parts.fragment is not None:
        raise ValueError(f"a resource has no fragment; this one has: {url!r}")
    if not names_a_host(url):
        raise ValueError(f"a resource names a host, and no user before it; this one does not: {url!r}")
    path = "" if parts.path == "/" and parts.query is None else parts.path
    query = "" if parts.query is None else f"?{parts.query}"
    return f"{parts.scheme.lower()}://{parts.authority.lower()}{path}{query}"


def same(one: str, other: str) -> bool:
    """True where both name one resource, in capital letters or not where these say nothing. False for what names none."""
    try:
        return canonical(one) == canonical(other)
    except ValueError:
        return False
