"""All that stands in a message, for whoever looks for a value in it: what percent signs and base64 hide, and tokens.

Source: RFC 3986 section 2.1 (percent signs), RFC 7617 section 2 (Basic), RFC 7519 (claims).
"""

import json
import re
from base64 import b64decode
from functools import lru_cache
from urllib.parse import unquote_plus

from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Message, Opening, Request, Response

_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


@lru_cache(maxsize=512)
def searchable(message: Message) -> str:
    """All text of a message, with what percent signs and tokens hide."""
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
    return "\n".join([text, unquote_plus(text), *(json.dumps(one, ensure_ascii=False) for one in claims)])


def _basic(value: str) -> str:
    """The name and secret in `Basic …`, which base64 writes in other letters and does not hide."""
    try:
        return b64decode(value.removeprefix("Basic ")).decode("utf-8", "replace")
    except ValueError:
        return ""
