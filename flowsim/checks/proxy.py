"""What an authorization server checks that is a proxy: when a browser comes back from the server behind it.

Whoever has the address of the server behind can have any browser open it, and the browser then comes to the proxy with a
`state` and a `code` that are right. Only a cookie says that the user of this very browser has seen the proxy's page.

Source: Model Context Protocol, Security Best Practices (OAuth state parameter validation); RFC 6749 section 10.12.
"""

from dataclasses import dataclass

from flowsim.model.check import AnyCheck, Check, Finding, finding
from flowsim.model.refusal import ErrorPage
from flowsim.model.steps import SERVER
from flowsim.model.world import SentOn
from flowsim.protocol.records import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """The `state` with which a browser comes back, the login that it names (None if unknown), and the browser's cookie."""

    state: str | None
    away: SentOn | None
    cookie: str | None
    now: int


def state_known(facts: ReturnFacts) -> Finding:
    return finding("the state of a login that is away", facts.state, facts.away is not None)


def state_fresh(facts: ReturnFacts) -> Finding:
    if facts.away is None:
        return finding("a login that has not been away too long", None, None)
    return finding(f"before second {facts.away.expires}", f"second {facts.now}", facts.now < facts.away.expires)


def browser_same(facts: ReturnFacts) -> Finding:
    if facts.away is None:
        return finding("the cookie of this login", facts.cookie, None)
    return finding(
        facts.state or "", facts.cookie or "no cookie of a login that was sent on", facts.cookie == facts.state
    )


@dataclass(frozen=True, slots=True)
class UserFacts:
    """The status of the answer of the server behind, and whom its ID token names (None without one)."""

    status: int
    sub: str | None


def user_known(facts: UserFacts) -> Finding:
    received = f"{facts.status} and {facts.sub or 'no ID token'}"
    return finding("200 and an ID token with a sub", received, facts.status == 200 and facts.sub is not None)


# fmt: off
RETURN_CHECKS = (
    Check("proxy.state_known",  SERVER, 33, "RFC 6749 §10.12",             ErrorPage(), "the state names a login that the proxy has sent on, and that has not come back", state_known),
    Check("proxy.state_fresh",  SERVER, 33, "MCP Security Best Practices", ErrorPage(), "the login has not been away too long", state_fresh),
    Check("proxy.browser_same", SERVER, 33, "RFC 6749 §10.12",             ErrorPage(), "the browser that comes back is the one that the proxy has sent on", browser_same),
)
USER_CHECKS = (
    Check("proxy.user_known",   SERVER, 33, "OIDC Core §3.1.3.3",          ErrorPage(), "the server behind says who the user is", user_known),
)
TABLES: dict[str, tuple[AnyCheck, ...]] = {
    "the proxy, when a browser comes back": RETURN_CHECKS,
    "the proxy hears who the user is": USER_CHECKS,
}
# fmt: on
