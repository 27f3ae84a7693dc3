"""What the authorization server checks at step R2, before it gives tokens for a refresh token.

The first checks are those of every token request. Then it is asked whose the token is and whether its family is alive, and
after that whether it has been exchanged before, whatever else the request wants: that a used token is with somebody who
sends it again shows that it may have been stolen, also where that somebody asks for too much scope.
"""

from flowsim.checks.back_channel import BackChannelCheck, BackChannelFacts, client_authentication, request_form
from flowsim.checks.token_endpoint import client_may_use_grant, resource_granted
from flowsim.model.check import NOTHING, Check, Finding, finding, same
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import SERVER


def token_present(facts: BackChannelFacts) -> Finding:
    text = facts.get("refresh_token")
    return finding("a refresh_token", text, text is not None)


def token_known(facts: BackChannelFacts) -> Finding:
    text = facts.get("refresh_token")
    return finding("a refresh token this server issued", text, None if text is None else facts.record is not None)


def token_of_client(facts: BackChannelFacts) -> Finding:
    if facts.record is None:
        return finding("the client the token was issued to", facts.client_id, None)
    return same(facts.record.client_id, facts.client_id)


def not_revoked(facts: BackChannelFacts) -> Finding:
    if facts.record is None:
        return finding("a token that was not revoked", NOTHING, None)
    received = "revoked" if facts.record.revoked else "not revoked"
    return finding("a token that was not revoked", received, not facts.record.revoked)


def not_idle_too_long(facts: BackChannelFacts) -> Finding:
    if facts.record is None:
        return finding("a token that was used in time", None, None)
    return finding(
        f"before second {facts.record.idle_until}", f"second {facts.now}", facts.now < facts.record.idle_until
    )


def family_not_expired(facts: BackChannelFacts) -> Finding:
    if facts.record is None:
        return finding("a family that has not expired", None, None)
    return finding(f"before second {facts.record.expires}", f"second {facts.now}", facts.now < facts.record.expires)


def scope_not_wider(facts: BackChannelFacts) -> Finding:
    asked = facts.get("scope")
    if facts.record is None or asked is None:
        return finding("no more than was granted", asked, None)
    granted = facts.record.scope.split(" ")
    return finding(f"some of: {facts.record.scope}", asked, all(one in granted for one in asked.split(" ")))


def not_used(facts: BackChannelFacts) -> Finding:
    expected = "a token that was not exchanged before"
    if facts.record is None:
        return finding(expected, NOTHING, None)
    if facts.record.rotated is None:
        return finding(expected, "not exchanged before", True)
    ago = facts.now - facts.record.rotated
    newest = max(one.number for one in facts.server.refresh_tokens.values() if one.family == facts.record.family)
    if ago < facts.server.settings.overlap and facts.record.number == newest - 1:
        return finding(
            expected, f"exchanged {ago} seconds ago, within the overlap of {facts.server.settings.overlap}", True
        )
    return finding(expected, f"exchanged {ago} seconds ago", False)


# fmt: off
CHECKS: tuple[BackChannelCheck, ...] = (
    *request_form("refresh", 13, clause="RFC 6749 §3.2"),
    *client_authentication("refresh", 13, known="RFC 6749 §3.2.1", secret="RFC 6749 §6"),
    Check("refresh.client_may_use_grant", SERVER, 13, "RFC 6749 §5.2",    OAuthError("unauthorized_client"), "this client may use refresh tokens", client_may_use_grant),
    Check("refresh.token_present",        SERVER, 13, "RFC 6749 §6",      OAuthError("invalid_request"),     "there is a refresh_token", token_present),
    Check("refresh.token_known",          SERVER, 13, "RFC 6749 §5.2",    OAuthError("invalid_grant"),       "the server issued this refresh token", token_known),
    Check("refresh.token_of_client",      SERVER, 13, "RFC 6749 §6",      OAuthError("invalid_grant"),       "the refresh token was issued to this client", token_of_client),
    Check("refresh.not_revoked",          SERVER, 13, "RFC 6749 §5.2",    OAuthError("invalid_grant"),       "the refresh token has not been revoked", not_revoked),
    Check("refresh.family_not_expired",   SERVER, 13, "RFC 6749 §5.2",    OAuthError("invalid_grant"),       "its family has not reached its full age", family_not_expired),
    Check("refresh.not_used",             SERVER, 13, "RFC 9700 §4.14.2", OAuthError("invalid_grant"),       "the refresh token has not been exchanged before", not_used),
    Check("refresh.not_idle_too_long",    SERVER, 13, "RFC 9700 §4.14.2", OAuthError("invalid_grant"),       "the refresh token was used within its idle lifetime", not_idle_too_long),
    Check("refresh.scope_not_wider",      SERVER, 13, "RFC 6749 §6",      OAuthError("invalid_scope"),       "no more scope is asked for than was granted", scope_not_wider),
    Check("refresh.resource_granted",     SERVER, 13, "RFC 8707 §2.2",    OAuthError("invalid_target"),      "the API named is the one the token was granted for", resource_granted),
)
# fmt: on
