"""The seams of what stands between two parties: a proxy hands on another request, a browser opens an address twice."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowsim.actors.mistakes.seam import with_header
from flowsim.protocol.addresses import split
from flowsim.protocol.messages import Request, without_query

INNER = "http://10.0.0.7:8080"  # where an API behind a proxy listens


def at_the_api(names: frozenset[str], asked: Request) -> Request:
    """This request as it arrives at the API."""
    for name, change in IN_FRONT_OF_THE_API.items():
        asked = change(asked) if name in names else asked
    return asked


def at_the_website(names: frozenset[str], url: str) -> str:
    """The address of this callback as the website behind the proxy sees it."""
    for name, change in IN_FRONT_OF_THE_WEBSITE.items():
        url = change(url) if name in names else url
    return url


def opened_twice(names: frozenset[str]) -> bool:
    """True where the browser, or what looks at links before it, opens the address of the request twice."""
    return not names.isdisjoint(OPENED_TWICE)


def _by_inner_address(asked: Request) -> Request:
    parts = split(asked.url)
    query = "" if parts.query is None else f"?{parts.query}"
    return with_header(replace(asked, url=f"{INNER}{parts.path}{query}"), "host", INNER.removeprefix("http://"))


IN_FRONT_OF_THE_API: Mapping[str, Callable[[Request], Request]] = {
    "authorization-header-dropped": lambda asked: with_header(asked, "authorization", None),
    "address-changed-by-the-proxy": _by_inner_address,
}
IN_FRONT_OF_THE_WEBSITE: Mapping[str, Callable[[str], str]] = {
    "callback-seen-as-http": lambda url: url.replace("https:", "http:", 1),
    "callback-query-dropped": without_query,
}
OPENED_TWICE: Mapping[str, bool] = {"request-opened-twice": True}
TABLES: tuple[Mapping[str, Any], ...] = (IN_FRONT_OF_THE_API, IN_FRONT_OF_THE_WEBSITE, OPENED_TWICE)
