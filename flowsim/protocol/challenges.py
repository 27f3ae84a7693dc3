"""What a server says in `WWW-Authenticate`: one challenge or several, each a scheme with its parameters.

    Bearer resource_metadata="https://m.example/.well-known/oauth-protected-resource", scope="files:read", Basic realm="m"

That is one line with two challenges. A comma stands between parameters as well as between challenges, and a server may
also send several lines, which mean what one line with commas between them means (RFC 9110 section 5.3).

Source: RFC 9110 sections 11.2, 11.3 and 11.6.1, RFC 6750 section 3.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = r'"(?:[^"\\]|\\.)*"|[^\s",=][^\s",]*'  # some servers write an address without the quotes that it needs
_ELEMENT_ENDS = r"[ \t]*(?=,|\Z)"
_PARAMETER = re.compile(rf"({_TOKEN})[ \t]*=[ \t]*({_VALUE}){_ELEMENT_ENDS}", re.DOTALL)
_SCHEME = re.compile(rf"({_TOKEN})(?:[ ]+|{_ELEMENT_ENDS})")
_TOKEN68 = re.compile(rf"[A-Za-z0-9\-._~+/]+=*{_ELEMENT_ENDS}")
_BETWEEN = re.compile(r"[ \t,]*")
_REST = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,])*', re.DOTALL)  # up to the next comma that stands in no string
_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


class Challenge(NamedTuple):
    """One challenge: its scheme in small letters, its parameters (names in small letters), or one token in their place."""

    scheme: str
    parameters: Mapping[str, str] = _NO_PARAMETERS
    token: str | None = None


def challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """Every challenge in the values of all `WWW-Authenticate` headers of an answer, in order.

    Of a parameter that comes twice in one challenge the last counts. What does not fit the grammar is passed over, up to
    the next comma that stands in no quoted string; so this raises nothing.
    """
    text, at = ", ".join(values), 0
    found: list[tuple[str, dict[str, str], str | None]] = []
    while (at := _after(_BETWEEN, text, at)) < len(text):
        parameter = _PARAMETER.match(text, at)
        if parameter and found and found[-1][2] is None:
            found[-1][1][parameter[1].lower()] = _meant(parameter[2])
            at = parameter.end()
            continue
        scheme = _SCHEME.match(text, at)
        if scheme is None:
            at = _after(_REST, text, at)
            continue
        at = scheme.end()
        # `realm=` could be a token of its own; with a value behind the sign it is a parameter.
        shown = None if _PARAMETER.match(text, at) else _TOKEN68.match(text, at)
        found.append((scheme[1].lower(), {}, shown[0].rstrip(" \t") if shown else None))
        if shown:
            at = shown.end()
        elif not _PARAMETER.match(text, at):
            at = _after(_REST, text, at)
    return tuple(Challenge(scheme, MappingProxyType(named), token) for scheme, named, token in found)


def of_scheme(values: Iterable[str], scheme: str) -> Mapping[str, str]:
    """The parameters of the first challenge of this scheme, written small; none where there is no such challenge."""
    return next((one.parameters for one in challenges(values) if one.scheme == scheme), _NO_PARAMETERS)


def with_error(values: Iterable[str], code: str) -> Mapping[str, str] | None:
    """The parameters of the first challenge, of whatever scheme, that names this error; None where none does."""
    return next((one.parameters for one in challenges(values) if one.parameters.get("error") == code), None)


def _after(expression: re.Pattern[str], text: str, at: int) -> int:
    found = expression.match(text, at)
    return found.end() if found else at


def _meant(value: str) -> str:
    """In a quoted string a backslash stands before a character that is meant as it is."""
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.startswith('"') else value
