"""Where a secret stands in a text: one rule, for who knows what and for the chips that the player draws.

It stands where its value does, in the text as it is or with one kind of escapes undone: those of an address or a form
(percent signs, and + for a space), those of a JSON string, those of HTML. A value of fewer than eight signs could be part
of another word by chance, so it must be a word of its own; an empty one stands nowhere.

The player has the same rule in JavaScript (front_end/static/occurrences.js), because it draws into texts that it makes
itself. Both are tested with tests/js/occurrences.json.

Source: RFC 3986 section 2.1 (percent signs), RFC 8259 section 7 (JSON strings), RFC 7617 section 2 (Basic), RFC 7519.
"""

import json
import re
from base64 import b64decode
from functools import lru_cache
from urllib.parse import unquote_plus

from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Message, Opening, Request, Response

LONG_ENOUGH = 8
_HTML_SIGNS = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#34;": '"', "&#39;": "'"}
_JSON_ESCAPES = re.compile(r'(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+')
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_HTML_ESCAPE = re.compile("|".join(_HTML_SIGNS))


def readings(text: str) -> tuple[str, ...]:
    """The text as it is, and as it reads with one kind of escapes undone, each only where it differs."""
    read = [text]
    if "%" in text or "+" in text:
        read.append(unquote_plus(text))
    if "\\" in text:
        read.append(_JSON_ESCAPES.sub(lambda escapes: str(json.loads(f'"{escapes.group()}"')), text))
    if "&" in text:
        read.append(_HTML_ESCAPE.sub(lambda escape: _HTML_SIGNS[escape.group()], text))
    return tuple(dict.fromkeys(read))


def stands_in(value: str, readings: tuple[str, ...]) -> bool:
    """True where this value stands in one of these readings of a text."""
    if len(value) >= LONG_ENOUGH:
        return any(value in text for text in readings)
    return value != "" and any(_as_a_word(value).search(text) for text in readings)


@lru_cache(maxsize=512)
def _as_a_word(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(value)}(?![\w-])", re.ASCII)


@lru_cache(maxsize=512)
def readings_of(message: Message) -> tuple[str, ...]:
    """All text of a message, with what its tokens and credentials hide, in each reading."""
    match message:
        case Opening(url=url):
            parts = [url]
        case Request(url=url, headers=headers, body=body):
            parts = [url, body, *(value for _, value in headers)]
        case Response(headers=headers, body=body):
            parts = [body, *(value for _, value in headers)]
    parts += [_basic(part) for part in parts if part.startswith("Basic ")]
    text = "\n".join(parts)
    claims = [token.claims for found in _JWT.findall(text) if (token := signed_tokens.read(found))]
    return readings("\n".join([text, *(json.dumps(one, ensure_ascii=False) for one in claims)]))


def _basic(value: str) -> str:
    """The name and secret in `Basic …`, which base64 writes in other letters and does not hide."""
    try:
        return b64decode(value.removeprefix("Basic ")).decode("utf-8", "replace")
    except ValueError:
        return ""
