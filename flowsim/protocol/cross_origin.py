"""Requests of a page to another origin: what a browser adds, when it asks beforehand, and whose answers a page may read.

A browser names the page's origin in each such request. Before one that no plain form could send, such as one with an
`Authorization` header, it asks the other side with an OPTIONS request of its own: the *preflight*. And it hands an answer
to the page only where the answer says that this origin may read it. That is all that CORS does. A program that is no
browser sends and reads as it likes.

Source: the Fetch standard (CORS protocol); RFC 10017 section 6.3.3.4 says where OAuth needs it.
"""

from dataclasses import replace

from flowsim.protocol.messages import FORM, Pairs, Request, Response, content_type, request

ANY_ORIGIN = "*"
EXPOSED = "WWW-Authenticate, DPoP-Nonce"  # RFC 9449 sections 7.1 and 8: a page sees neither otherwise
_SAFE_METHODS = ("GET", "HEAD", "POST")
# What a page may send unasked, and what the browser writes by itself, which is no business of the page's.
_SAFE_HEADERS = frozenset({"accept", "accept-language", "content-language", "host", "user-agent", "content-length"})
_SAFE_TYPES = (FORM, "multipart/form-data", "text/plain")


def by_page(asked: Request, origin: str, user_agent: str) -> Request:
    """This request as the browser sends it for a page of this origin: it names the origin, and itself."""
    own = (("User-Agent", user_agent), ("Origin", origin))
    headers = [one for one in asked.headers if one[0] not in ("User-Agent", "Origin")]
    # A form's length and type stand last, as in a request that is built at once.
    place = next((n for n, one in enumerate(headers) if one[0] == "Content-Length" and asked.body), len(headers))
    return replace(asked, headers=(*headers[:place], *own, *headers[place:]))


def unsafe_headers(asked: Request) -> tuple[str, ...]:
    """The names of the headers that a page may not send without leave, in small letters and in order of the alphabet."""
    names = {name.lower() for name, _ in asked.headers} - _SAFE_HEADERS - {"origin"}
    if content_type(asked) in _SAFE_TYPES:
        names.discard("content-type")
    return tuple(sorted(names))


def preflight(asked: Request) -> Request | None:
    """The question that the browser puts before this request; None where it may send it at once."""
    headers, origin = unsafe_headers(asked), asked.header("origin")
    if origin is None or (not headers and asked.method in _SAFE_METHODS):
        return None
    fields = {
        "Accept": "*/*",
        "User-Agent": asked.header("user-agent") or "",
        "Origin": origin,
        "Access-Control-Request-Method": asked.method,
    }
    if headers:
        fields["Access-Control-Request-Headers"] = ",".join(headers)
    return request("OPTIONS", asked.url, headers=fields)


def is_preflight(asked: Request) -> bool:
    """True for the question of a browser whether a page may send what it wants to send."""
    return asked.method == "OPTIONS" and None not in (
        asked.header("origin"),
        asked.header("access-control-request-method"),
    )


def readable(answer: Response, origin: str) -> bool:
    """Whether a page of this origin may read this answer; it asks without cookies, so `*` is good for all."""
    return answer.header("access-control-allow-origin") in (ANY_ORIGIN, origin)


def lets_send(answer: Response, asked: Request) -> bool:
    """Whether this answer to the preflight lets the page send what it wants to send."""
    methods, headers = _listed(answer, "methods"), _listed(answer, "headers")
    lacking = set(unsafe_headers(asked)) - {name.lower() for name in headers}
    if "*" in headers:
        lacking &= {"authorization"}  # which no wildcard covers
    allowed = asked.method in _SAFE_METHODS or asked.method in methods or "*" in methods
    ok = 200 <= answer.status <= 299
    return ok and readable(answer, asked.header("origin") or "") and allowed and not lacking


def _listed(answer: Response, what: str) -> tuple[str, ...]:
    value = answer.header(f"access-control-allow-{what}") or ""
    return tuple(name.strip() for name in value.split(",") if name.strip())


def with_leave(answer: Response, allowed: str | None, exposed: str = EXPOSED) -> Response:
    """This answer, with the word that this origin may read it, with `*` any, and with None no page.

    Of the headers a page sees those that are `exposed`, and few besides.
    """
    shown = (("Access-Control-Expose-Headers", exposed),) if allowed else ()
    return replace(answer, headers=(*answer.headers, *_leave(allowed), *shown))


def preflight_answer(methods: str, headers: str, allowed: str | None) -> Response:
    """The answer to a preflight: who may send, with which methods and headers.

    A browser may keep such an answer for a while. This one says that it must not, so that every preflight is seen.
    """
    more = (
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", headers),
        ("Access-Control-Max-Age", "0"),
    )
    return Response(status=204, headers=(*_leave(allowed), *(more if allowed else ())))


def _leave(allowed: str | None) -> Pairs:
    """Who may read the answer; a cache must not show it to another origin, where it depends on the origin."""
    named = (("Access-Control-Allow-Origin", allowed),) if allowed else ()
    return named if allowed == ANY_ORIGIN else (*named, ("Vary", "Origin"))
