"""What the authorization server checks at step 8, before it gives tokens for a code. This is where PKCE decides.

The order follows RFC 6749 sections 4.1.3 and 5.2. That the code is unused comes last, on purpose: tokens issued earlier
from the code are revoked only when the repeated request is right in everything else. Otherwise an attacker without the
verifier could log the user out (OAuth 2.1 section 7.5.2).
"""

from flowsim.checks.back_channel import BackChannelCheck, BackChannelFacts, client_authentication, request_form
from flowsim.model.check import NOTHING, Check, Finding, finding, same
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import SERVER
from flowsim.protocol import pkce

GRANT_TYPES = ("authorization_code", "refresh_token")


def grant_type_present(facts: BackChannelFacts) -> Finding:
    return finding("a grant_type", facts.get("grant_type"), facts.get("grant_type") is not None)


def grant_type_supported(facts: BackChannelFacts) -> Finding:
    kind = facts.get("grant_type")
    return finding(" or ".join(GRANT_TYPES), kind, None if kind is None else kind in GRANT_TYPES)


def client_may_use_grant(facts: BackChannelFacts) -> Finding:
    grant = facts.get("grant_type") if facts.get("grant_type") in GRANT_TYPES else GRANT_TYPES[0]
    if facts.client is None:
        return finding(str(grant), None, None)
    return finding(str(grant), ", ".join(facts.client.grant_types), grant in facts.client.grant_types)


def code_present(facts: BackChannelFacts) -> Finding:
    return finding("a code", facts.get("code"), facts.get("code") is not None)


def code_known(facts: BackChannelFacts) -> Finding:
    code = facts.get("code")
    return finding("a code this server issued", code, None if code is None else facts.grant is not None)


def code_fresh(facts: BackChannelFacts) -> Finding:
    if facts.grant is None:
        return finding("a code that has not expired", None, None)
    return finding(f"before second {facts.grant.expires}", f"second {facts.now}", facts.now < facts.grant.expires)


def code_of_client(facts: BackChannelFacts) -> Finding:
    if facts.grant is None:
        return finding("the client the code was issued to", facts.client_id, None)
    return same(facts.grant.request.client_id, facts.client_id)


def redirect_uri_same(facts: BackChannelFacts) -> Finding:
    uri = facts.get("redirect_uri")
    if facts.grant is None:
        return finding("the redirect_uri of the authorization request", uri, None)
    if not facts.grant.request.redirect_uri_sent:
        address = facts.grant.request.redirect_uri
        return finding(f"none, or the address of the answer: {address}", uri, None if uri is None else uri == address)
    return same(facts.grant.request.redirect_uri, uri)


def _challenge(facts: BackChannelFacts) -> str | None:
    return facts.grant.request.code_challenge if facts.grant else None


def verifier_present(facts: BackChannelFacts) -> Finding:
    verifier = facts.get("code_verifier")
    if _challenge(facts) is None:
        return finding("none needed: no challenge was stored", verifier, None)
    return finding("a code_verifier", verifier, verifier is not None)


def verifier_unexpected(facts: BackChannelFacts) -> Finding:
    verifier = facts.get("code_verifier")
    if facts.grant is None or _challenge(facts) is not None:
        return finding("a challenge was stored", verifier, None)
    return finding("no code_verifier: no challenge was stored", verifier, verifier is None)


def verifier_well_formed(facts: BackChannelFacts) -> Finding:
    verifier = facts.get("code_verifier")
    expected = "43 to 128 characters of A-Z a-z 0-9 - . _ ~"
    return finding(expected, verifier, None if verifier is None else pkce.well_formed(verifier))


def verifier_fits(facts: BackChannelFacts) -> Finding:
    verifier, challenge = facts.get("code_verifier"), _challenge(facts)
    if challenge is None or verifier is None:
        return finding(challenge or "nothing: no challenge was stored", verifier, None)
    plain = facts.grant is not None and facts.grant.request.code_challenge_method == "plain"
    method: pkce.Method = "plain" if plain else "S256"
    received = pkce.challenge_for(verifier, method)
    shown = received if plain else f"SHA-256({verifier}) = {received}"
    return finding(challenge, shown, pkce.verify(verifier, challenge, method))


def resource_granted(facts: BackChannelFacts) -> Finding:
    named = list(dict.fromkeys(value for name, value in facts.params if name == "resource" and value))
    if not named or (facts.grant is None and facts.record is None):
        return finding("the API that was asked for at the authorization endpoint", " ".join(named) or None, None)
    granted = facts.grant.request.resource if facts.grant else facts.record.resource if facts.record else None
    return finding(
        granted or facts.server.resources[0], " ".join(named), named == [granted or facts.server.resources[0]]
    )


def code_unused(facts: BackChannelFacts) -> Finding:
    if facts.grant is None:
        return finding("a code that was not used", NOTHING, None)
    received = "used before" if facts.grant.used else "not used before"
    return finding("a code that was not used", received, not facts.grant.used)


# fmt: off
CHECKS: tuple[BackChannelCheck, ...] = (
    *request_form("token", 8, clause="RFC 6749 §3.2"),
    Check("token.grant_type_present",   SERVER, 8, "RFC 6749 §4.1.3", OAuthError("invalid_request"),        "there is a grant_type", grant_type_present),
    Check("token.grant_type_supported", SERVER, 8, "RFC 6749 §5.2",   OAuthError("unsupported_grant_type"), "the server knows this grant_type", grant_type_supported),
    *client_authentication("token", 8, known="RFC 6749 §3.2.1", secret="RFC 6749 §3.2.1"),
    Check("token.client_may_use_grant", SERVER, 8, "RFC 6749 §5.2",   OAuthError("unauthorized_client"), "this client may redeem codes", client_may_use_grant),
    Check("token.code_present",         SERVER, 8, "RFC 6749 §4.1.3", OAuthError("invalid_request"),     "there is a code", code_present),
    Check("token.code_known",           SERVER, 8, "RFC 6749 §4.1.3", OAuthError("invalid_grant"),       "the server issued this code", code_known),
    Check("token.code_fresh",           SERVER, 8, "RFC 6749 §4.1.2", OAuthError("invalid_grant"),       "the code has not expired", code_fresh),
    Check("token.code_of_client",       SERVER, 8, "RFC 6749 §4.1.3", OAuthError("invalid_grant"),       "the code was issued to this client", code_of_client),
    Check("token.redirect_uri_same",    SERVER, 8, "RFC 6749 §4.1.3", OAuthError("invalid_grant"),       "the redirect_uri is the one of step 3", redirect_uri_same),
    Check("token.resource_granted",     SERVER, 8, "RFC 8707 §2.2",   OAuthError("invalid_target"),      "the API named is the one of step 3", resource_granted),
    Check("token.verifier_present",     SERVER, 8, "RFC 9700 §2.1.1", OAuthError("invalid_grant"),       "there is a code_verifier if a challenge was stored", verifier_present),
    Check("token.verifier_unexpected",  SERVER, 8, "RFC 9700 §4.8.2", OAuthError("invalid_request"),     "there is no code_verifier if no challenge was stored", verifier_unexpected),
    Check("token.verifier_well_formed", SERVER, 8, "RFC 7636 §4.1",   OAuthError("invalid_request"),     "the code_verifier has the right length and alphabet", verifier_well_formed),
    Check("token.verifier_fits",        SERVER, 8, "RFC 7636 §4.6",   OAuthError("invalid_grant"),       "the verifier fits the challenge", verifier_fits),
    Check("token.code_unused",          SERVER, 8, "RFC 6749 §4.1.2", OAuthError("invalid_grant"),       "the code has not been used", code_unused),
)
# fmt: on
