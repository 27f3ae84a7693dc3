"""What every seam has in common: which of its entries a party's mistakes are, and how a request is written anew."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from flowsim.protocol.messages import FORM, Pairs, Request, form_encoded

Entry = TypeVar("Entry")
Parameters = dict[str, str]
_OF_THE_BODY = ("content-length", "content-type")


class Mistaken(Protocol):
    """A party that may make mistakes: an app, a server, an API."""

    @property
    def mistakes(self) -> frozenset[str]: ...


def made(party: Mistaken, table: Mapping[str, Entry]) -> list[Entry]:
    """What the mistakes of this party do at the seam with this table, in the order of the table."""
    return [entry for name, entry in table.items() if name in party.mistakes] if party.mistakes else []


def with_body(asked: Request, body: str, content_type: str | None) -> Request:
    """This request with another body, and with what the headers say of it."""
    headers = [(name, value) for name, value in asked.headers if name.lower() not in _OF_THE_BODY]
    headers.append(("Content-Length", str(len(body.encode()))))
    if content_type is not None:
        headers.append(("Content-Type", content_type))
    return replace(asked, headers=tuple(headers), body=body)


def in_the_form(change: Callable[[Parameters], Parameters]) -> Callable[[Request], Request]:
    """The change of a request that is this change of its form; a request without one stays as it is."""

    def changed(asked: Request) -> Request:
        form = dict(asked.form)
        other = change(dict(form)) if form else form
        return asked if other == form else with_body(asked, form_encoded(other), FORM)

    return changed


def as_json(asked: Request) -> Request:
    """This request with its form as a JSON object."""
    return with_body(asked, json.dumps(dict(asked.form)), "application/json") if asked.form else asked


def with_header(asked: Request, name: str, value: str | None) -> Request:
    """This request with another value of this header, or without it for None; where it has none it stays as it is."""
    headers: Pairs = asked.headers
    kept = tuple((own, value if own.lower() == name else old) for own, old in headers)
    return replace(asked, headers=tuple((own, text) for own, text in kept if text is not None))
