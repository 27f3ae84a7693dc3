"""What the authorization server checks at its userinfo endpoint. It issued the token, so it knows whether it is alive."""

from dataclasses import dataclass

from flowsim.checks.bearer import BearerFacts, BearerRefusal, shown
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import SERVER
from flowsim.model.world import AccessRecord


@dataclass(frozen=True, slots=True)
class UserinfoFacts(BearerFacts):
    """The token of the request and the server's own record of it (None if it issued no such token)."""

    record: AccessRecord | None
    now: int


def token_issued(facts: UserinfoFacts) -> Finding:
    return finding("a token this server issued", facts.text, None if facts.text is None else facts.record is not None)


def token_alive(facts: UserinfoFacts) -> Finding:
    if facts.record is None:
        return finding("a token that is alive", None, None)
    alive = not facts.record.revoked and facts.now < facts.record.expires
    return finding("neither revoked nor expired", "alive" if alive else "revoked or expired", alive)


def scope(facts: UserinfoFacts) -> Finding:
    if facts.record is None:
        return finding("openid", None, None)
    return finding("openid", facts.record.scope, "openid" in facts.record.scope.split(" "))


# fmt: off
CHECKS: tuple[Check[UserinfoFacts, BearerRefusal], ...] = (
    *shown("userinfo", SERVER),
    Check("userinfo.token_issued",  SERVER, 11, "OIDC Core §5.3.3", OAuthError("invalid_token"),      "this server issued the token", token_issued),
    Check("userinfo.token_alive",   SERVER, 11, "OIDC Core §5.3.3", OAuthError("invalid_token"),      "the token is neither revoked nor expired", token_alive),
    Check("userinfo.scope",         SERVER, 11, "OIDC Core §5.3.1", OAuthError("insufficient_scope"), "its scope holds openid", scope),
)
# fmt: on
