"""What stands before or behind a system's own code, and makes it wrong: a door that drops, changes or answers by itself.

Most defects are a check that is off or a setting that is wrong. Some are neither: a server that accepts a parameter and
forgets it, an API that reads JSON with a reader which takes more than JSON. In front of such a system stands a door. All
that the door lets through is judged by the code that every other system has.

Source: the clause of each defect, in the catalogues.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any
from urllib.parse import urlencode

from flowsim.protocol import signed_tokens
from flowsim.protocol.keys import ps256_fits
from flowsim.protocol.messages import Pairs, Request, Response, query_of, response, with_params, without_query

AN_HOUR = 3600  # seconds
Keys = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a system has before and behind its own code; None where it has nothing there.

    `before` gives the request as the code gets it, or an answer at once; `after` gives the answer as it leaves. `redirect`
    gives the address as an app gets it, of the one that came and of the app's own request. `keys` gives the JWKS as it is
    kept, and `tokens` the text of a token as it is judged, with the keys at hand.
    """

    before: Callable[[Request], Request | Response] | None = None
    after: Callable[[Request, Response], Response] | None = None
    redirect: Callable[[str, str], str] | None = None
    keys: Callable[[Keys], Keys] | None = None
    tokens: Callable[[str, Keys, int], str] | None = None


def drops(path: str, *names: str, unless: tuple[str, ...] = ()) -> Door:
    """A server that takes these parameters at this path, and forgets them; not those that have one of these values."""

    def before(request: Request) -> Request:
        if request.path != path:
            return request
        query = _without(request.query, names, unless)
        address = without_query(request.url) + (f"?{urlencode(query)}" if query else "")
        body = urlencode(_without(request.form, names, unless)) if request.form else request.body
        return replace(request, url=address, body=body)

    return Door(before=before)


def drops_header(path: str, name: str) -> Door:
    """A server that does not look at this header at this path."""

    def before(request: Request) -> Request:
        if request.path != path:
            return request
        return replace(request, headers=tuple(one for one in request.headers if one[0].lower() != name))

    return Door(before=before)


def writes(path: str, change: Callable[[Response], Response]) -> Door:
    """A server whose answers at this path leave it changed."""
    return Door(after=lambda request, answer: change(answer) if request.path == path else answer)


def in_redirects(change: Callable[[dict[str, str]], dict[str, str]]) -> Door:
    """A server whose redirects to an app leave it with other parameters."""

    def after(_: Request, answer: Response) -> Response:
        params = dict(query_of(answer.location)) if answer.location else {}
        if "code" not in params and "error" not in params:
            return answer
        address = with_params(without_query(answer.location), change(params))
        headers = tuple((name, address if name.lower() == "location" else value) for name, value in answer.headers)
        return replace(answer, headers=headers)

    return Door(after=after)


def without_header(answer: Response, name: str) -> Response:
    return replace(answer, headers=tuple(one for one in answer.headers if one[0].lower() != name))


def with_members(answer: Response, **members: Any) -> Response:
    """This answer with other members in its JSON, if it is a good one."""
    return answer if answer.status != 200 else response(200, json=answer.json() | members)


def any_case(path: str, name: str, registered: str) -> Door:
    """A server for which this parameter is the registered one, whatever the case of its letters."""

    def before(request: Request) -> Request:
        if request.path != path:
            return request
        params = [(one, registered if _same(one, value) else value) for one, value in request.query]
        return replace(request, url=f"{without_query(request.url)}?{urlencode(params)}")

    def _same(one: str, value: str) -> bool:
        return one == name and value.lower() == registered.lower()

    return Door(before=before)


# ---- At an app


def state_in_any_case(address: str, asked: str) -> str:
    """The redirect as an app reads it that takes a `state` for its own whatever the case of its letters."""
    params, own = dict(query_of(address)), dict(query_of(asked)).get("state", "")
    if params.get("state", "").lower() != own.lower():
        return address
    return with_params(without_query(address), params | {"state": own})


# ---- At an API


def refuses(unless: Callable[[Request], bool], status: int, error: str) -> Door:
    """An API that answers with this error where something does not hold that need not hold."""
    challenge = {"WWW-Authenticate": f'Bearer error="{error}"'}
    return Door(before=lambda request: request if unless(request) else response(status, headers=challenge))


def first_of_each_kid(keys: Keys) -> Keys:
    """The keys as somebody keeps them who thinks that a `kid` names one key."""
    kept: dict[Any, Any] = {}
    for jwk in keys.get("keys", ()):
        kept.setdefault(jwk.get("kid"), jwk)
    return {"keys": tuple(kept.values())}


def dates_that_are_no_json(text: str, keys: Keys, now: int) -> str:
    """The token as somebody reads it whose JSON knows NaN and Infinity: an `exp` of that kind has not come yet."""
    token = _read_laxly(text)
    if token is None or not signed_tokens.signature_fits(token, keys):
        return text
    exp = token.claims.get("exp")
    if not isinstance(exp, float) or isfinite(exp):
        return text
    return _again(token, now)


def another_algorithm(text: str, keys: Keys, now: int) -> str:
    """The token as somebody reads it who takes PS256 as well, and with the very key that is meant for RS256."""
    token = signed_tokens.read(text)
    if token is None or token.header.get("alg") != "PS256":
        return text
    key = signed_tokens.find_key(keys, token.header.get("kid"))
    signed = token.text.rpartition(".")[0].encode()
    if key is None or not ps256_fits(key, signed, token.signature):
        return text
    return _again(token, token.claims.get("exp", now))


def _again(token: signed_tokens.Token, exp: object) -> str:
    """What this reader has understood, in a form that the code behind it understands as well."""
    key = signed_tokens.signing_key(str(token.header.get("kid")))
    if not isinstance(exp, int):
        return token.text
    return signed_tokens.sign({**token.claims, "exp": exp + AN_HOUR}, key, type_=str(token.header.get("typ")))


def _read_laxly(text: str) -> signed_tokens.Token | None:
    parts = [signed_tokens.decoded(part) for part in text.split(".", maxsplit=3)]
    if len(parts) != 3 or None in parts:
        return None
    try:
        header, claims = (json.loads(part or b"") for part in parts[:2])
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return None
    return signed_tokens.Token(text, header, claims, parts[2] or b"")


def _without(pairs: Pairs, names: tuple[str, ...], unless: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in pairs if name not in names or value in unless]
