"""What single mistakes do to a text, to the parameters of a message, to a request."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote_plus, unquote_plus

from flowsim.actors.mistakes.seam import Parameters, in_the_form, with_body, with_header
from flowsim.protocol.addresses import split
from flowsim.protocol.messages import Request, form_encoded, single, with_params, without_query

Change = Callable[[Request], Request]


# ---- Texts


def base64(octets: bytes) -> str:
    """Standard base64, its padding cut off."""
    return b64encode(octets).rstrip(b"=").decode()


def sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def in_other_case(uri: str) -> str:
    """This address with a capital letter at the last part of its path."""
    front, _, last = without_query(uri).rpartition("/")
    return f"{front}/{last.title()}"


def with_default_port(uri: str) -> str:
    authority = split(uri).authority
    return uri.replace(f"https://{authority}", f"https://{authority}:443", 1)


def without_words(*words: str) -> Callable[[str], str]:
    return lambda scope: " ".join(word for word in scope.split(" ") if word not in words)


def without_data(scope: str) -> str:
    """This scope without the words that open data at an API, such as `read:messages`."""
    return " ".join(word for word in scope.split(" ") if ":" not in word)


# ---- Parameters


def without(*names: str) -> Callable[[Parameters], Parameters]:
    return lambda params: {name: value for name, value in params.items() if name not in names}


def with_(**values: str) -> Callable[[Parameters], Parameters]:
    return lambda params: params | values


def changed(name: str, change: Callable[[str], str]) -> Callable[[Parameters], Parameters]:
    """This change of the parameter of this name, where there is one."""
    return lambda params: params | {name: change(params[name])} if name in params else params


# ---- Requests


def of_grant(change: Change, *grants: str) -> Change:
    """This change of token requests, of those with one of these grant types; where none is named, of all."""

    def changed(asked: Request) -> Request:
        named = single(asked.form, "grant_type")
        return change(asked) if named is not None and (not grants or named in grants) else asked

    return changed


def with_credentials(write: Callable[[str, str], str | None], *, in_form: bool = False) -> Change:
    """The credentials of `Authorization: Basic`, written anew from the client_id and the secret; None leaves them out.

    With `in_form` both stand in the form.
    """

    def changed(asked: Request) -> Request:
        scheme, _, pair = (asked.header("authorization") or "").partition(" ")
        if scheme != "Basic":
            return asked
        name, _, secret = b64decode(pair).decode().partition(":")
        name, secret = unquote_plus(name), unquote_plus(secret)
        asked = with_header(asked, "authorization", write(name, secret))
        return in_the_form(with_(client_id=name, client_secret=secret))(asked) if in_form else asked

    return changed


def basic(name: str, secret: str) -> str:
    """The two as HTTP Basic has them, with no form encoding."""
    return f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"


def form_basic(name: str, secret: str) -> str:
    """The two as RFC 6749 section 2.3.1 wants them."""
    return basic(quote_plus(name), quote_plus(secret))


def as_public_client(asked: Request) -> Request:
    """The request as a client sends it that has no secret."""
    scheme, _, pair = (asked.header("authorization") or "").partition(" ")
    if scheme != "Basic":
        return asked
    name = unquote_plus(b64decode(pair).decode().partition(":")[0])
    return in_the_form(with_(client_id=name))(with_header(asked, "authorization", None))


def by_get(asked: Request) -> Request:
    """The form in the address of a GET."""
    headers = tuple((name, value) for name, value in asked.headers if not name.lower().startswith("content-"))
    return replace(asked, method="GET", url=with_params(asked.url, dict(asked.form)), headers=headers, body="")


def without_content_type(asked: Request) -> Request:
    return with_body(asked, asked.body, None)


def twice(name: str) -> Change:
    """The request with this parameter of its form a second time."""

    def changed(asked: Request) -> Request:
        value = single(asked.form, name)
        again = form_encoded({name: value or ""})
        content_type = asked.header("content-type")
        return asked if value is None else with_body(asked, f"{asked.body}&{again}", content_type)

    return changed


def shown_as(write: Callable[[str, str], str | None]) -> Change:
    """The `Authorization` header that shows a token, written anew from its scheme and the token."""

    def changed(asked: Request) -> Request:
        scheme, _, token = (asked.header("authorization") or "").partition(" ")
        return with_header(asked, "authorization", write(scheme, token)) if scheme in ("Bearer", "DPoP") else asked

    return changed


def token_in_address(asked: Request) -> Request:
    scheme, _, token = (asked.header("authorization") or "").partition(" ")
    if scheme not in ("Bearer", "DPoP"):
        return asked
    return replace(with_header(asked, "authorization", None), url=with_params(asked.url, {"access_token": token}))


def at_another_path(asked: Request) -> Request:
    """A request for metadata, with underscores where the path has hyphens."""
    front, known, name = asked.url.partition("/.well-known/")
    return replace(asked, url=f"{front}{known}{name.replace('-', '_')}") if known else asked
