"""What the browser checks of the requests that a page sends to another origin, and of the answers to them.

A page may send what a plain form could send, such as the token request, and the browser asks nobody. Whether the page may
*read* the answer is another question: the answer says it, in `Access-Control-Allow-Origin`. Where the page wants to send
more, such as an `Authorization` header, the browser asks beforehand with a preflight, and without leave it sends nothing.

The request that is sent all the same has its effect: a code is used up, tokens are issued, and nobody gets them. And none
of this keeps anything from a program that is no browser.

Source: RFC 10017 section 6.3.3.4, which refers to the Fetch standard.
"""

from dataclasses import dataclass

from flowsim.model.check import AnyCheck, Check, Finding, finding
from flowsim.model.refusal import Hidden, NotSent
from flowsim.model.steps import BROWSER
from flowsim.protocol import cross_origin
from flowsim.protocol.messages import Request, Response


@dataclass(frozen=True, slots=True)
class PreflightFacts:
    """What the page wants to send, and the answer to the preflight."""

    asked: Request
    answer: Response


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """The origin of the page, and the answer that it wants to read."""

    origin: str
    answer: Response


def may_be_sent(facts: PreflightFacts) -> Finding:
    headers, answer = cross_origin.unsafe_headers(facts.asked), facts.answer
    wanted = f"{facts.asked.method} with {' and '.join(headers)}" if headers else facts.asked.method
    fields = (answer.header(f"access-control-allow-{name}") for name in ("origin", "methods", "headers"))
    said = "; ".join(value for value in fields if value) or "no leave for any page"
    return finding(
        f"2xx, and leave for {facts.asked.header('origin')} to send {wanted}",
        f"{answer.status}, {said}",
        cross_origin.lets_send(answer, facts.asked),
    )


def readable(facts: ReadingFacts) -> Finding:
    said = facts.answer.header("access-control-allow-origin") or "no leave for any page"
    return finding(f"leave for {facts.origin}, or for *", said, cross_origin.readable(facts.answer, facts.origin))


Preflight = tuple[Check[PreflightFacts, NotSent], ...]
Reading = tuple[Check[ReadingFacts, Hidden], ...]
NO_PREFLIGHT: Preflight = ()  # for a GET with no header of the page's own
_CLAUSE = "RFC 10017 §6.3.3.4"


def _before(name: str, step: int, what: str) -> Preflight:
    return (Check(f"page.{name}", BROWSER, step, _CLAUSE, NotSent(), f"the page may send {what}", may_be_sent),)


def _after(name: str, step: int, what: str) -> Reading:
    return (Check(f"page.{name}", BROWSER, step, _CLAUSE, Hidden(), f"the page may read {what}", readable),)


METADATA = _after("metadata_readable", 18, "the server's metadata")
PUSH_PREFLIGHT = _before("request_may_be_pushed", 2, "its authorization request")
PUSHED = _after("pushed_readable", 2, "the answer to its authorization request")
CODE_PREFLIGHT = _before("code_may_be_sent", 7, "the code")
TOKENS = _after("tokens_readable", 9, "the answer of the token endpoint")
KEYS = _after("keys_readable", 9, "the server's keys")
CALL_PREFLIGHT = _before("call_may_be_sent", 10, "the access token to the API")
DATA = _after("data_readable", 11, "the answer of the API")
REFRESH_PREFLIGHT = _before("refresh_may_be_sent", 12, "the refresh token")
REFRESHED = _after("refreshed_readable", 14, "the answer to its refresh token")
REFRESHED_KEYS = _after("new_keys_readable", 14, "the server's keys")
LOGOUT_PREFLIGHT = _before("logout_may_be_sent", 15, "the token to be revoked")
REVOKED = _after("revocation_readable", 16, "the answer of the revocation endpoint")

TABLES: dict[str, tuple[AnyCheck, ...]] = {
    "the browser, for the server's metadata": METADATA,
    "the browser, before the page pushes its request": PUSH_PREFLIGHT,
    "the browser, for the answer to a pushed request": PUSHED,
    "the browser, before the page sends the code": CODE_PREFLIGHT,
    "the browser, for the answer with the tokens": TOKENS,
    "the browser, for the server's keys": KEYS,
    "the browser, before the page calls the API": CALL_PREFLIGHT,
    "the browser, for the API's answer": DATA,
    "the browser, before the page sends its refresh token": REFRESH_PREFLIGHT,
    "the browser, for the answer to a refresh": REFRESHED,
    "the browser, for the server's keys at a refresh": REFRESHED_KEYS,
    "the browser, before the page asks to revoke": LOGOUT_PREFLIGHT,
    "the browser, for the answer to a revocation": REVOKED,
}
