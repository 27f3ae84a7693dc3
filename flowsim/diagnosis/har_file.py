"""A HAR file as requests and their answers: what a browser, a proxy or `flowsim clinic --har` has written down of a login.

Source: HTTP Archive 1.2.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from flowsim.model.settings import ScenarioError
from flowsim.protocol import strict_json
from flowsim.protocol.messages import Request, Response, form_encoded

MAX_CHARACTERS = 40_000_000
MOST_ENTRIES = 20_000
_NONE = "this is no HAR file: expected a JSON object with log.entries, as browsers and proxies write it"


class Exchange(NamedTuple):
    """A request, what was answered, and when, in seconds since 1970; 0 where the file does not say."""

    request: Request
    answer: Response
    now: int


def exchanges(text: str) -> tuple[Exchange, ...]:
    """The requests in this HAR file that were answered, in its order. Raises ScenarioError for what is no such file."""
    log = strict_json.parse_object(text.removeprefix("\ufeff")).get("log")
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise ScenarioError(_NONE)
    if len(entries) > MOST_ENTRIES:
        raise ScenarioError(
            f"this HAR file has {len(entries)} entries; cut it down to the login, {MOST_ENTRIES} at most"
        )
    return tuple(found for one in entries if isinstance(one, dict) and (found := _exchange(one)) is not None)


def _exchange(entry: Mapping[str, Any]) -> Exchange | None:
    """This entry; None where nobody has answered, or where it lacks what a HAR entry has."""
    asked, answered = _object(entry, "request"), _object(entry, "response")
    method, url, status = asked.get("method"), asked.get("url"), answered.get("status")
    if not (isinstance(method, str) and isinstance(url, str) and isinstance(status, int)) or status <= 0:
        return None
    posted, content = _object(asked, "postData"), _object(answered, "content")
    request = Request(method=method.upper(), url=url, headers=tuple(_headers(asked)), body=_text(posted))
    response = Response(status=status, headers=tuple(_headers(answered)), body=_text(content))
    return Exchange(request, response, _second(entry.get("startedDateTime")))


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _headers(of: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The headers, but for the pseudo-headers of HTTP/2 that some programs write among them."""
    listed = of.get("headers")
    for one in listed if isinstance(listed, list) else []:
        name, value = (one.get("name"), one.get("value")) if isinstance(one, dict) else (None, None)
        if isinstance(name, str) and isinstance(value, str) and not name.startswith(":"):
            yield name, value


def _text(content: Mapping[str, Any]) -> str:
    """The body; a form that is written as parameters alone is written as a form again."""
    text = content.get("text")
    if isinstance(text, str):
        return _decoded(text) if content.get("encoding") == "base64" else text
    listed = content.get("params")
    pairs = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return form_encoded({str(one.get("name")): str(one.get("value", "")) for one in pairs})


def _decoded(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""


def _second(when: object) -> int:
    try:
        return int(datetime.fromisoformat(str(when)).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0
