"""What the app checks when the redirect of step 6 reaches it, and before it sends the code at step 7.

The redirect comes through the browser, where anybody can plant a link. So the app asks: did *I* start this login, in
*this* browser, with *this* server?
"""

from dataclasses import dataclass
from hmac import compare_digest

from flowsim.checks.parameters import ParameterFacts, parameters_once
from flowsim.model.check import NOTHING, Check, Finding, finding
from flowsim.model.refusal import Stop
from flowsim.model.steps import CLIENT
from flowsim.model.world import Transaction
from flowsim.protocol.messages import Request
from flowsim.protocol.records import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class CallbackFacts(ParameterFacts):
    """The redirect as it arrived, and the login the app remembers for this browser (None if it has none)."""

    arrived_at: str
    transaction: Transaction | None
    server_sends_iss: bool


@quickly_made
@dataclass(frozen=True, slots=True)
class SendingFacts:
    """The code, the endpoint it is about to go to, the login it belongs to, and the codes used so far."""

    code: str
    token_endpoint: str
    transaction: Transaction
    used_codes: frozenset[str]


def transaction_exists(facts: CallbackFacts) -> Finding:
    received = "a login under way" if facts.transaction else "no login under way"
    return finding("a login that this app started in this browser", received, facts.transaction is not None)


def redirect_uri_same(facts: CallbackFacts) -> Finding:
    if facts.transaction is None:
        return finding("the redirect_uri of the request", facts.arrived_at, None)
    return finding(facts.transaction.redirect_uri, facts.arrived_at, facts.arrived_at == facts.transaction.redirect_uri)


def issuer_same(facts: CallbackFacts) -> Finding:
    """Compares as texts (RFC 9207 section 2.4): an empty iss is there, and names nobody."""
    iss = next((value for name, value in facts.params if name == "iss"), None)
    if facts.transaction is None:
        return finding("the issuer the login was started with", iss, None)
    if iss is None and not facts.server_sends_iss:
        return finding("no iss: this server does not send it", iss, None)
    received = "an empty iss" if iss == "" else iss
    return finding(facts.transaction.issuer, received, iss == facts.transaction.issuer)


def state_same(facts: CallbackFacts) -> Finding:
    state = facts.get("state")
    if facts.transaction is None:
        return finding("the state of the request", state, None)
    if facts.transaction.state is None:
        return finding("no state: the app sent none", state, None if state is None else False)
    fits = compare_digest(facts.transaction.state.encode(), (state or "").encode("utf-8", "replace"))
    return finding(facts.transaction.state, state, fits)


def code_or_error(facts: CallbackFacts) -> Finding:
    code, error = facts.get("code"), facts.get("error")
    received = " and ".join(name for name, value in (("code", code), ("error", error)) if value) or NOTHING
    return finding("either a code or an error", received, (code is None) != (error is None))


def endpoint_of_issuer(facts: SendingFacts) -> Finding:
    stored = facts.transaction.token_endpoint
    return finding(
        f"{stored}, the token endpoint of {facts.transaction.issuer}",
        facts.token_endpoint,
        facts.token_endpoint == stored,
    )


@dataclass(frozen=True, slots=True)
class AheadFacts:
    """The request with which the browser comes back."""

    asked: Request


def not_ahead(facts: AheadFacts) -> Finding:
    purpose = facts.asked.header("sec-purpose")
    return finding("no Sec-Purpose: the user comes here", purpose and f"Sec-Purpose: {purpose}", purpose is None)


def code_new(facts: SendingFacts) -> Finding:
    return finding("a code this app has not sent before", facts.code, facts.code not in facts.used_codes)


# fmt: off
CHECKS = (
    Check("callback.transaction_exists", CLIENT, 6, "RFC 9700 §2.1",   Stop(), "the app started a login in this browser", transaction_exists),
    Check("callback.redirect_uri_same",  CLIENT, 6, "RFC 8252 §8.10",  Stop(), "the answer came to the address the app named", redirect_uri_same),
    Check("callback.parameters_once",    CLIENT, 6, "RFC 6749 §3.1",   Stop(), "no parameter occurs twice", parameters_once),
    Check("callback.issuer_same",        CLIENT, 6, "RFC 9207 §2.4",   Stop(), "the iss is the server the login was started with", issuer_same),
    Check("callback.state_same",         CLIENT, 6, "RFC 6749 §10.12", Stop(), "the state is the one the app sent", state_same),
    Check("callback.code_or_error",      CLIENT, 6, "RFC 6749 §4.1.2", Stop(), "there is either a code or an error", code_or_error),
)
# For an app that leaves what comes ahead of its user unanswered.
AHEAD_CHECKS = (
    Check("callback.not_ahead",          CLIENT, 6, "RFC 9110 §9.2.1", Stop(), "the browser does not come ahead of its user", not_ahead),
)
SEND_CHECKS = (
    Check("send.endpoint_of_issuer", CLIENT, 7, "RFC 9700 §4.4.2", Stop(), "the code goes to the server it came from", endpoint_of_issuer),
    Check("send.code_new",           CLIENT, 7, "RFC 6749 §4.1.2", Stop(), "the app has not sent this code before", code_new),
)
# fmt: on
