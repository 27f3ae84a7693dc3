"""Messages as they come over a wire, in octets, and as this package has them, in text.

Headers stand for their octets one to one, as Latin-1 has it. A body is UTF-8; what is none of it becomes U+FFFD. Of what
the actors understand nothing is lost: what a form holds besides ASCII is in percent signs (RFC 6749 appendix B), and JSON
is UTF-8 (RFC 8259 section 8.1).
"""

import re
from collections.abc import Iterable

from flowsim.protocol.messages import Request, Response

RawHeaders = list[tuple[bytes, bytes]]
_NO_HEADER = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]+")  # what no value of a header holds (RFC 9110 section 5.5)


def request_of(method: str, url: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Request:
    """This request as the actors take it; `url` is absolute, and headers keep their order, repeated ones too."""
    named = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    return Request(method=method, url=url, headers=named, body=body.decode("utf-8", "replace"))


def headers_of(answer: Response) -> RawHeaders:
    """The headers of this answer, in order."""
    return [(name.encode("latin-1", "replace"), _value(value)) for name, value in answer.headers]


def body_of(answer: Response) -> bytes:
    """The body of this answer."""
    return answer.body.encode("utf-8", "replace")


def _value(text: str) -> bytes:
    return _NO_HEADER.sub(b" ", text.encode("latin-1", "replace"))
