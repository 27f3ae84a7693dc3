"""What an API checks that an MCP server asks for what its tools need: the token has to be made for this API.

What it judges is what any API judges of a token, at a place of its own. The caller is the MCP server, whoever the token
names. A token that the MCP server has from its client was made for the MCP server, and the audience tells.

Source: RFC 9068 section 4, RFC 8725 section 3.9, RFC 9449 section 7; Model Context Protocol, revision 2026-07-28, security
considerations (access token privilege restriction).
"""

from collections.abc import Callable
from dataclasses import dataclass

from flowsim.checks import api
from flowsim.checks.api import ApiFacts
from flowsim.model.check import AnyCheck, Check, Finding, finding
from flowsim.model.refusal import OAuthError, Unauthorized
from flowsim.model.steps import API_BEHIND
from flowsim.protocol import dpop
from flowsim.protocol.addresses import same_page
from flowsim.protocol.records import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class CallFacts(ApiFacts):
    """A call of the MCP server: the token in it, and the proof that has come with it, taken apart. `url` is where it went."""

    proof: dpop.Proof | None = None
    url: str = ""


def token_present(facts: CallFacts) -> Finding:
    return finding("an access token", "a token" if facts.text else None, facts.text is not None)


def proved(facts: CallFacts) -> Finding:
    """A proof with the key that the token is bound to, for this token and this address; without such a token none."""
    if facts.token is None or facts.bound_to is None:
        return finding("no proof: the token is bound to no key", None, None)
    expected = f"a proof with the key {facts.bound_to}, for this token and this address"
    if facts.proof is None:
        return finding(expected, None, False)
    named = facts.proof.claims.get("htu")
    here = isinstance(named, str) and same_page(named, facts.url)
    this = facts.proof.claims.get("ath") == dpop.token_hash(facts.text or "")
    received = f"one with the key {facts.proof.jkt}, for {'this' if this else 'another'} token and for {named}"
    return finding(expected, received, facts.proof.signed and facts.proof.jkt == facts.bound_to and here and this)


_BAD = OAuthError("invalid_token")
Judge = Callable[[CallFacts], Finding]
_ROWS: tuple[tuple[str, str, OAuthError | Unauthorized, str, Judge], ...] = (
    ("token_present", "RFC 6750 §3.1", Unauthorized(), "the MCP server shows a token", token_present),
    ("is_jwt", "RFC 9068 §4", _BAD, "that token is a signed JWT", api.is_jwt),
    ("token_type", "RFC 9068 §4", _BAD, "that token is an access token", api.token_type),
    ("algorithm", "RFC 9068 §4", _BAD, "that token is signed with the algorithm agreed on", api.algorithm),
    ("issuer", "RFC 9068 §4", _BAD, "that token comes from the server this API trusts", api.issuer),
    ("audience", "RFC 8725 §3.9", _BAD, "that token was made for the API behind", api.audience),
    ("signature", "RFC 9068 §4", _BAD, "that token has a signature by that server's key", api.signature),
    ("not_expired", "RFC 9068 §4", _BAD, "that token has not expired", api.not_expired),
    ("proved", "RFC 9449 §7.1", _BAD, "a token that is bound to a key comes with a proof by it", proved),
)
CHECKS: tuple[Check[CallFacts, OAuthError | Unauthorized], ...] = tuple(
    Check(f"behind.{name}", API_BEHIND, 35, clause, refusal, title, judge)
    for name, clause, refusal, title, judge in _ROWS
)
TABLES: dict[str, tuple[AnyCheck, ...]] = {"the API behind an MCP server": CHECKS}
