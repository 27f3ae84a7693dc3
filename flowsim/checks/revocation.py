"""What the authorization server checks at step V1, before it revokes a token. A token it does not know is no error."""

from flowsim.checks.token_endpoint import (
    BackChannelFacts,
    client_authenticated,
    client_known,
    one_authentication,
    parameters_once,
    post_form,
)
from flowsim.model.check import Check, Finding, finding, same
from flowsim.model.steps import SERVER


def token_present(facts: BackChannelFacts) -> Finding:
    return finding("a token", facts.get("token"), facts.get("token") is not None)


def token_of_client(facts: BackChannelFacts) -> Finding:
    if facts.record is None:
        return finding("any client: the server knows no such refresh token", facts.client_id, None)
    return same(facts.record.client_id, facts.client_id)


# fmt: off
CHECKS = (
    Check("revoke.post_form",            SERVER, 15, "RFC 7009 §2.1", "invalid_request", "the request is a form, sent with POST", post_form),
    Check("revoke.parameters_once",      SERVER, 15, "RFC 6749 §3.2", "invalid_request", "no parameter occurs twice", parameters_once),
    Check("revoke.one_authentication",   SERVER, 15, "RFC 6749 §2.3", "invalid_request", "the client authenticates in one way only", one_authentication),
    Check("revoke.client_known",         SERVER, 15, "RFC 7009 §2.1", "invalid_client",  "the client is registered", client_known),
    Check("revoke.client_authenticated", SERVER, 15, "RFC 7009 §2.1", "invalid_client",  "a client that has a secret shows it", client_authenticated),
    Check("revoke.token_present",        SERVER, 15, "RFC 7009 §2.1", "invalid_request", "there is a token", token_present),
    Check("revoke.token_of_client",      SERVER, 15, "RFC 7009 §2.1", "invalid_grant",   "the token was issued to this client", token_of_client),
)
# fmt: on
