"""The messages of the flow, frozen: what was sent can be looked at for ever and changed by nobody.

Three kinds of thing travel. A `Request` and a `Response` are HTTP messages, complete with their headers. An `Opening`
is no HTTP at all: an app or the operating system opens an address, for example `com.example.app:/callback?code=…`
in the app that claims the scheme. A request is, octet by octet, what httpx puts on a wire.

Source: RFC 9110 (HTTP), RFC 6749 appendix B (forms), RFC 8252 section 7.1 (private-use schemes).
"""

import json as json_
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import unescape
from http import HTTPStatus
from itertools import chain
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from flowsim.protocol import strict_json
from flowsim.protocol.addresses import origin_of, split
from flowsim.protocol.records import quickly_made

Pairs = tuple[tuple[str, str], ...]
FORM = "application/x-www-form-urlencoded"
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
# What a form encoder writes. In a query httpx leaves it as it is.
_ENCODED = re.compile(r"[A-Za-z0-9*\-._~+&=]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9*\-._~+&=]*)*")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]*")  # what a form encoder leaves as it is
# An address that httpx leaves as it is: a name or 127.0.0.1, no default port, no `.` or `..` in the path.
_PLAIN = re.compile(
    r"https?://((?:[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*|127\.0\.0\.1)(?::[1-9][0-9]{3,4})?)"
    r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]*)*"
)
LONGEST = 65_536  # characters of an address, of all headers, of a body; what is longer nobody here reads
_LONGEST_PLAIN = 1000  # characters; far below what is too long for httpx


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request: method, absolute URL, headers in order, body as text."""

    method: str
    url: str
    headers: Pairs = ()
    body: str = ""

    def header(self, name: str) -> str | None:
        return _header(self.headers, name)

    def all_of(self, name: str) -> tuple[str, ...]:
        """The values of every header of this name, in order."""
        return _headers(self.headers, name)

    @property
    def origin(self) -> str:
        return origin_of(self.url)

    @property
    def path(self) -> str:
        return split(self.url).path

    @property
    def query(self) -> Pairs:
        return query_of(self.url)

    @property
    def form(self) -> Pairs:
        return parse_pairs(self.body) if self.body and content_type(self) == FORM else ()

    @property
    def cookies(self) -> dict[str, str]:
        # In HTTP/2 they may come one by one (RFC 9113 section 8.2.3).
        return dict(_cookies_in(";".join(_headers(self.headers, "cookie"))))

    def text(self) -> str:
        """The request as HTTP/1.1 writes it, line ends as plain newlines."""
        parts = split(self.url)
        target = parts.path if parts.query is None else f"{parts.path}?{parts.query}"
        slash = "" if target.startswith("/") else "/"
        return _text(f"{self.method} {slash}{target} HTTP/1.1", self.headers, self.body)


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP response: status, headers in order, body as text."""

    status: int
    headers: Pairs = ()
    body: str = ""

    def header(self, name: str) -> str | None:
        return _header(self.headers, name)

    def all_of(self, name: str) -> tuple[str, ...]:
        """The values of every header of this name, in order."""
        return _headers(self.headers, name)

    @property
    def reason(self) -> str:
        return HTTPStatus(self.status).phrase

    @property
    def location(self) -> str:
        return self.header("location") or ""

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty one where the body is something else."""
        return strict_json.parse_object(self.body)

    def text(self) -> str:
        """The response as HTTP/1.1 writes it, line ends as plain newlines."""
        return _text(f"HTTP/1.1 {self.status} {self.reason}", self.headers, self.body)


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An address that is opened inside the device: no HTTP message, so it has no headers and no body.

    What a page posts to another one with `postMessage` is told in the same way: the parameters of the address are what is
    posted, `posted_by` is the origin of the page that posts, and `posted_to` the origin it is for, or `*` for any.
    """

    url: str
    posted_by: str = ""
    posted_to: str = ""

    @property
    def query(self) -> Pairs:
        return query_of(self.url)

    def text(self) -> str:
        return f"postMessage to {self.posted_to}: {self.url.partition('?')[2]}" if self.posted_by else self.url


Message = Request | Response | Opening


def too_long(request: Request) -> int | None:
    """The status for a request of which a part is too long to be read, 414, 431 or 413; None for any other.

    Every server has such limits (RFC 9110 sections 15.5.14 and 15.5.15, RFC 6585 section 5).
    """
    if len(request.url) > LONGEST:
        return 414
    if sum(map(len, chain.from_iterable(request.headers))) > LONGEST:
        return 431
    return 413 if len(request.body) > LONGEST else None


def leads_to(message: Message) -> str:
    """The address that this message has a browser open, or opens; empty where it is a page that stays.

    That of a form that sends itself to another site is written with its fields as the query.
    """
    if isinstance(message, Response):
        posted = form_for_another(message)
        return with_params(*posted) if posted else message.location
    return message.url


_FOR_ANOTHER = re.compile(r'<form method="post" action="(https?:[^"]*)">\s*((?:<input type="hidden" [^>]*>\s*)*)')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def form_for_another(page: Response) -> tuple[str, Pairs] | None:
    """Where the form of this page goes and its hidden fields, where it goes to another site; None for any other answer."""
    return _form_in(page.body) if page.status == 200 else None


@lru_cache(maxsize=64)
def _form_in(html: str) -> tuple[str, Pairs] | None:
    found = _FOR_ANOTHER.search(html)
    if found is None:
        return None
    return unescape(found[1]), tuple((unescape(name), unescape(value)) for name, value in _HIDDEN.findall(found[2]))


def answered_at(message: Request | Opening) -> str:
    """The address that the app is called back at, with the answer in it as its query.

    An answer that was posted (OAuth Form Post section 2) is written as if it had come in the address.
    """
    if isinstance(message, Request) and message.method == "POST" and not query_of(message.url):
        return with_params(message.url, message.form)
    return message.url


def request(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | Pairs | None = None,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    """The request that httpx builds: it adds `Host`, and `Content-Length` and `Content-Type` for a form or for JSON.

    `httpx.Request` itself spends most of its time on what a frozen request has no use for; that both are the same,
    octet by octet, is tested. For an address that is not of the plainest kind, httpx is asked; one that it refuses is
    sent as it is, with what no request line can hold in percent signs, and so is a header that is not plain ASCII. The
    headers given must be others than those three. This raises nothing.
    """
    address, sign, query = url.partition("?")
    if _ENCODED.fullmatch(query):
        address, host = _address(address)
        address += sign + query
    else:
        address, host = _address(url)
    fields = [("Host", host)]
    if not form and json is None and method in ("POST", "PUT", "PATCH"):
        fields.append(("Content-Length", "0"))
    if headers:
        fields += [
            (name, value if value.isascii() and value.isprintable() else _one_line(value))
            for name, value in headers.items()
        ]
    body = ""
    if form:
        body = form_encoded(form)
        fields += [("Content-Length", str(len(body))), ("Content-Type", FORM)]
    elif json is not None:
        body = _compact(json)
        fields += [("Content-Length", str(len(body.encode()))), ("Content-Type", "application/json")]
    return Request(method=method, url=address, headers=tuple(fields), body=body)


def response(
    status: int, *, headers: Mapping[str, str] | None = None, html: str | None = None, json: Any = None
) -> Response:
    """A response with the body named by `html` or `json`, its type and its length in octets."""
    fields = list((headers or {}).items())
    body = ""
    if html is not None:
        fields.append(("Content-Type", "text/html; charset=utf-8"))
        body = html
    elif json is not None:
        fields.append(("Content-Type", "application/json"))
        body = _json(json)
    octets = len(body) if body.isascii() else len(body.encode("utf-8", "replace"))
    fields.append(("Content-Length", str(octets)))
    return Response(status=status, headers=tuple(fields), body=body)


def allow(methods: Iterable[str]) -> dict[str, str]:
    """The header that names these methods; where one can GET, HEAD goes as well (RFC 9110 section 9.1)."""
    return {
        "Allow": ", ".join(one for method in methods for one in ((method, "HEAD") if method == "GET" else (method,)))
    }


def without_content(answer: Response) -> Response:
    """This answer as HEAD gets it: the same status and the same headers, and no content (RFC 9110 section 9.3.2)."""
    return replace(answer, body="")


REDIRECTS = (302, 303, 307)


def see_other(location: str, headers: Mapping[str, str] | None = None, status: int = 303) -> Response:
    """A redirect that makes the browser use GET: 303, never 307, which would send a password on (RFC 9700 §4.12).

    Only a server that is badly made asks for another `status` here. What no address may hold, such as a line end, is
    written with percent signs, so that it cannot start a header.
    """
    return response(status, headers={"Location": _printable(location), **(headers or {})})


def with_params(url: str, params: Mapping[str, str] | Pairs) -> str:
    """This URL with the parameters added to its query; a query it already has is kept (RFC 6749 section 3.1.2)."""
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{form_encoded(params)}"


def single(pairs: Iterable[tuple[str, str]], name: str) -> str | None:
    """The value of this parameter; None where it is missing or empty, which is the same (RFC 6749 section 3.1)."""
    for key, value in pairs:
        if key == name and value:
            return value
    return None


def repeated(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The names that occur more than once, which no OAuth request may have (RFC 6749 sections 3.1 and 3.2).

    A `resource` may (RFC 8707 section 2); it has a check of its own.
    """
    names = [name for name, _ in pairs if name != "resource"]
    if len(set(names)) == len(names):
        return ()
    return tuple(sorted(name for name, count in Counter(names).items() if count > 1))


@lru_cache(maxsize=256)
def parse_pairs(text: str) -> Pairs:
    """Form-encoded text as (name, value) pairs in order, repeated and empty ones included."""
    encodable = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    parts = [part.partition("=") for part in encodable.replace("+", " ").split("&") if part]
    if "%" not in encodable:
        return tuple([(name, value) for name, _, value in parts])
    return tuple([(_unescaped(name), _unescaped(value)) for name, _, value in parts])


@lru_cache(maxsize=512)
def _unescaped(text: str) -> str:
    """One name or value of a form as it is meant; as with `_escaped`, most of them come again and again."""
    return unquote(text) if "%" in text else text


def query_of(url: str) -> Pairs:
    return parse_pairs(split(url).query or "")


def without_query(url: str) -> str:
    return url.partition("?")[0]


def content_type(message: Request | Response) -> str:
    """The media type in small letters, without its parameters; where several are named all of them, so it is none."""
    kinds = [value.partition(";")[0].strip().lower() for value in _headers(message.headers, "content-type")]
    return ", ".join(kinds)


_json = json_.JSONEncoder(ensure_ascii=False).encode
_compact = json_.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@lru_cache(maxsize=64)
def _address(url: str) -> tuple[str, str]:
    """This URL as httpx writes it, and the value of its `Host` header."""
    plain = _PLAIN.fullmatch(url)
    if plain and len(url) <= _LONGEST_PLAIN:
        return url, plain[1]
    import httpx  # here, because most runs do without, and it takes longer to load than all of flowsim

    try:
        parsed = httpx.URL(url)
        return str(parsed), parsed.netloc.decode("ascii")
    except (httpx.InvalidURL, ValueError):  # so it does for a lone surrogate
        return _printable(url), _printable(split(url).authority or "")


def _printable(text: str) -> str:
    """This text with percent signs for all that is not visible ASCII."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    return quote(text, safe=_PRINTABLE, errors="replace")


def _one_line(value: str) -> str:
    """This value as a header may hold it; only what an attacker wrote has to be changed for that."""
    return quote(value, safe=f"{_PRINTABLE} ", errors="replace")


def form_encoded(params: Mapping[str, str] | Pairs) -> str:
    """These parameters as a form or a query writes them (RFC 6749 appendix B)."""
    pairs = params.items() if isinstance(params, (dict, Mapping)) else params
    return "&".join([f"{_escaped(name)}={_escaped(value)}" for name, value in pairs])


@lru_cache(maxsize=512)
def _escaped(text: str) -> str:
    """One name or value of a form; most of them come again and again."""
    return text if _UNRESERVED.fullmatch(text) else quote_plus(text, errors="replace")


@lru_cache(maxsize=256)
def _cookies_in(sent: str) -> Pairs:
    """The cookies of this `Cookie` header, in order."""
    pairs = [part.partition("=") for part in sent.split(";")]
    return tuple([(name.strip(), value.strip()) for name, sign, value in pairs if sign])


def _header(headers: Pairs, name: str) -> str | None:
    wanted, size = name.lower(), len(name)  # most names differ by their length already
    for key, value in headers:
        if len(key) == size and key.lower() == wanted:
            return value
    return None


def _headers(headers: Pairs, name: str) -> tuple[str, ...]:
    wanted, size = name.lower(), len(name)
    return tuple([value for key, value in headers if len(key) == size and key.lower() == wanted])


def _text(first: str, headers: Pairs, body: str) -> str:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "\n".join(lines) + (f"\n\n{body}" if body else "\n")
