"""What the authorization server checks at step V1, before it revokes a token. A token it does not know is no error."""

from flowsim.checks.back_channel import BackChannelCheck, BackChannelFacts, client_authentication, request_form
from flowsim.model.check import Check, Finding, finding, same
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import SERVER


def token_present(facts: BackChannelFacts) -> Finding:
    return finding("a token", facts.get("token"), facts.get("token") is not None)


def token_of_client(facts: BackChannelFacts) -> Finding:
    known = facts.record or facts.access
    if known is None:
        return finding("any client: the server knows no such token", facts.client_id, None)
    return same(known.client_id, facts.client_id)


# fmt: off
CHECKS: tuple[BackChannelCheck, ...] = (
    *request_form("revoke", 15, clause="RFC 7009 §2.1"),
    *client_authentication("revoke", 15, known="RFC 7009 §2.1", secret="RFC 7009 §2.1"),
    Check("revoke.token_present",   SERVER, 15, "RFC 7009 §2.1", OAuthError("invalid_request"), "there is a token", token_present),
    Check("revoke.token_of_client", SERVER, 15, "RFC 7009 §2.1", OAuthError("invalid_grant"),   "the token was issued to this client", token_of_client),
)
# fmt: on
