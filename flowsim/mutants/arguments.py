"""What a reader hands to a system, looked at before it is used: a slip is answered with a sentence that says what to do.

What is merely wrong, such as a made-up code, is no slip. It goes through to the system, which answers it as it answers
everybody. A slip is what no HTTP client could send, or what is no message at all.

Source: RFC 9110 section 5.5 (what a header may hold), RFC 6749 appendix A (what its parameters may hold).
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from flowsim.model.scenario import LAST_SECOND, ScenarioError
from flowsim.model.shown import shorten
from flowsim.protocol.messages import Pairs, Request, Response, request

Value = TypeVar("Value")
# What the specifications call a parameter of an authorization server's endpoints, or of its answer by the browser.
# fmt: off
PARAMETERS = (
    "acr_values", "assertion", "audience", "authorization_details", "claims", "client_assertion",
    "client_assertion_type", "client_id", "client_secret", "code", "code_challenge", "code_challenge_method",
    "code_verifier", "display", "dpop_jkt", "error", "error_description", "error_uri", "grant_type",
    "id_token_hint", "iss", "login_hint", "max_age", "nonce", "password", "prompt", "redirect_uri", "refresh_token",
    "request", "request_uri", "resource", "response_mode", "response_type", "scope", "session_state", "state",
    "token", "token_type_hint", "ui_locales", "username",
)
# fmt: on


def present(values: Mapping[str, Value | None]) -> dict[str, Value]:
    """These values without those that are None: that is how a system is told to leave one out."""
    return {name: value for name, value in values.items() if value is not None}


def parameters(values: Mapping[str, str | None]) -> dict[str, str]:
    """These parameters without those that are None. Raises ScenarioError for one that is no text, or that UTF-8 has not."""
    kept = present(values)
    for name, value in kept.items():
        if not _encodable(value):
            raise ScenarioError(
                f"{name} is a parameter, so expected a text, or None to leave it out, not {shown(value)}"
            )
    return kept


def pairs(values: Mapping[str, str | tuple[str, ...] | None]) -> Pairs:
    """These parameters in order, without those that are None; a tuple has one come several times.

    Raises ScenarioError for one that is no text, or that UTF-8 has not.
    """
    found: list[tuple[str, str]] = []
    for name, value in present(values).items():
        for one in value if isinstance(value, tuple) else (value,):
            found += parameters({name: one}).items()
    return tuple(found)


def sent(method: str, url: str, form: Pairs | None, headers: Sequence[tuple[str, str]]) -> Request:
    """The request with these headers beside its own. Raises ScenarioError for what no HTTP client could send."""
    if not isinstance(method, str) or not method.isascii() or not method.isalpha():
        raise ScenarioError(f"a request has a method, for example GET or POST, not {shown(method)}")
    for name, value in headers:
        header_text(f"the header {name}", value)
    if form is None:
        bare = request(method, address(url))
        return Request(method=method, url=bare.url, headers=(*bare.headers, *headers))
    body = urlencode(form)
    bare = request(method, address(url), form=dict(form))
    own = tuple((name, str(len(body)) if name == "Content-Length" else value) for name, value in bare.headers)
    return Request(method=method, url=bare.url, headers=(*own, *headers), body=body)


def header_text(what: str, value: str) -> str:
    """This text. Raises ScenarioError for one that no header can hold: a header holds printable ASCII characters."""
    if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
        raise ScenarioError(
            f"{what} is sent in a header, which holds a text of printable ASCII characters, so {shown(value)} cannot be "
            "sent"
        )
    return value


def address(text: str) -> str:
    """This address. Raises ScenarioError for what is no address."""
    try:
        good = _encodable(text) and urlsplit(text) is not None
    except ValueError:
        good = False
    if not good:
        raise ScenarioError(
            f"expected an address, as begin() or redirect_for(…) gives it, for example "
            f"https://app.example/callback?code=x, not {shown(text)}"
        )
    return text


def bearer_token(text: str) -> str:
    """This token. Raises ScenarioError for one that no header can hold: a header holds printable ASCII characters."""
    if not isinstance(text, str) or not (text.isascii() and text.isprintable()):
        raise ScenarioError(
            f"a token is sent in a header, which holds a text of printable ASCII characters, so {shown(text)} cannot be "
            "sent; make one with token(…)"
        )
    return text


def token_response(answer: Response) -> Response:
    """This answer. Raises ScenarioError for what is none."""
    if not isinstance(answer, Response):
        raise ScenarioError(
            f"expected the answer of a token endpoint, as tokens_for(…) or flowsim.protocol.messages.response(…) gives it, "
            f"not {shown(answer)}"
        )
    return answer


def response_of(what: str, made_by: str, answer: Response) -> Response:
    """This answer. Raises ScenarioError for what is none."""
    if not isinstance(answer, Response):
        raise ScenarioError(f"expected the answer to {what}, as {made_by} gives it, not {shown(answer)}")
    return answer


def seconds(given: int, now: int) -> int:
    """So many seconds from now. Raises ScenarioError for what is no whole number, below 0, or past the year 9999."""
    longest = LAST_SECOND - now
    if type(given) is not int or not 0 <= given <= longest:
        raise ScenarioError(f"time passes in whole seconds, from 0 to {longest}, so it cannot be {shown(given)}")
    return given


def _encodable(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: object) -> str:
    return shorten(repr(value), 60)
