"""What each name in a message is for: parameters, headers, cookies, JSON members, and the claims inside a token.

The same name can mean different things in different places. The `error` of a redirect says why there is no code, that
of an API why a token was refused; the `aud` of an ID token is the app, that of an access token the API. So an
explanation belongs to a *place* and a name. It is one plain sentence for a reader who is new to OAuth, with the clause
where the whole truth stands. A test walks the messages of many logins and thefts: every name in them is explained here,
and nothing is explained that never occurs.

The sentences themselves stand in explanations.py.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_plus

from flowsim.actors.authorization_server.authorization_endpoint import LOGIN_COOKIE
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import split
from flowsim.protocol.messages import Message, Opening, Pairs, Request, Response, form_for_another, query_of
from flowsim.views.text.glossary import EXPLAINED, Place


@dataclass(frozen=True, slots=True)
class Field:
    """The explanation of one name in one place: a sentence of at most 25 words, `backquotes` around literal text."""

    place: Place
    name: str
    text: str
    clause: str


class Value(NamedTuple):
    """A name as it occurs in a message: the place it stands in, the name, and its value, decoded."""

    place: Place
    name: str
    value: str


FIELDS: tuple[Field, ...] = tuple(
    Field(place, name, text, clause) for place, names in EXPLAINED.items() for name, (text, clause) in names.items()
)
LETTER_CASE_IS_FREE = ("request header", "response header", "Set-Cookie", "WWW-Authenticate")
ENDPOINTS: dict[str, Place] = {
    "/authorize": "authorization request",
    "/oauth/par": "authorization request",
    "/login": "login form",
    "/consent": "consent form",
    "/oauth/token": "token request",
    "/oauth/revoke": "revocation request",
    "/logout": "logout request",
    "/logout/answer": "logout form",
    "/signed-out": "logout response",
}
_CHALLENGE_PARAMETER = re.compile(r'([A-Za-z_]+)="((?:[^"\\]|\\.)*)"')


def explain(place: str, name: str) -> Field | None:
    """The explanation of this name in this place; None where there is none. Names of headers match in any case."""
    return _FIELD_BY_KEY.get(_key(place, name))


def query_place(url: str) -> Place:
    """The place that the query of this address is: the app's request to the server, or the answer to the app."""
    return ENDPOINTS.get(split(url).path, "authorization response")


def form_place(url: str, form: Pairs) -> Place:
    """The place that a form sent to this address is; one that a redirect has sent on is still the form it was."""
    endpoint = ENDPOINTS.get(split(url).path)
    if endpoint is None and {"code", "error"} & {name for name, _ in form}:
        return "authorization response"
    return endpoint or ("consent form" if "decision" in dict(form) else "login form")


def occurring(message: Message) -> Iterator[Value]:
    """Every name in this message with its place, in the order of the message, and what tokens in it hold."""
    match message:
        case Opening(url=url):
            yield from _pairs(query_place(url), query_of(url))
        case Request(url=url, headers=headers):
            yield from _pairs(query_place(url), message.query)
            yield from _headers("request header", headers)
            yield from _pairs(form_place(url, message.form), message.form)
        case Response(headers=headers):
            yield from _headers("response header", headers)
            if posted := form_for_another(message):
                yield from _pairs("authorization response", posted[1])
            for name, value in message.json().items():
                yield from _value("response body", name, str(value))


def _key(place: str, name: str) -> tuple[str, str]:
    if place == "cookie" and name.startswith(_OF_ONE_LOGIN):
        name = LOGIN_COOKIE
    return place, name.lower() if place in LETTER_CASE_IS_FREE else name


def _pairs(place: Place, pairs: Iterable[tuple[str, str]]) -> Iterator[Value]:
    for name, value in pairs:
        yield from _value(place, name, value)


def _value(place: Place, name: str, value: str) -> Iterator[Value]:
    yield Value(place, name, value)
    yield from _token(value)


def _token(text: str) -> Iterator[Value]:
    """What stands in a signed token; nothing where the text is none."""
    token = signed_tokens.read(text)
    if token is None:
        return
    # What a client signs names the client twice; of a server's tokens none is about the server itself.
    asserted = token.claims.get("iss") == token.claims.get("sub") is not None
    head: Place = "assertion header" if asserted else "token header"
    yield from (Value(head, name, str(value)) for name, value in token.header.items())
    of_server: Place = "access token" if token.header.get("typ") == signed_tokens.ACCESS_TOKEN_TYPE else "ID token"
    kind: Place = "client assertion" if asserted else of_server
    yield from (Value(kind, name, str(value)) for name, value in token.claims.items())


def _headers(place: Place, headers: Pairs) -> Iterator[Value]:
    for name, value in headers:
        yield Value(place, name, value)
        match name.lower():
            case "location":
                yield from _pairs(query_place(value), query_of(value))
            case "cookie":
                yield from (Value("cookie", *_equation(part)) for part in value.split(";"))
            case "set-cookie":
                cookie, *attributes = value.split(";")
                yield Value("cookie", *_equation(cookie))
                yield from (Value("Set-Cookie", *_equation(part)) for part in attributes)
            case "www-authenticate":
                yield from (Value("WWW-Authenticate", *pair) for pair in _CHALLENGE_PARAMETER.findall(value))
            case "authorization":
                yield from _credentials(value)


def _equation(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip()


def _credentials(value: str) -> Iterator[Value]:
    scheme, _, text = value.partition(" ")
    if scheme.lower() != "basic":
        yield from _token(text)
        return
    try:
        client_id, _, secret = b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return
    yield Value("Basic credentials", "client_id", unquote_plus(client_id))
    yield Value("Basic credentials", "client_secret", unquote_plus(secret))


# Where a browser can have several logins, the name of each cookie ends in that of its login.
_OF_ONE_LOGIN = f"{LOGIN_COOKIE}-"
_FIELD_BY_KEY = {_key(field.place, field.name): field for field in FIELDS}
