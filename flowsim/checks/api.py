"""What the API checks at step 11, all by itself: it asks nobody, so it cannot know that a token was revoked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowsim.checks import jwt_rules
from flowsim.checks.bearer import BearerFacts, BearerRefusal, shown
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import API
from flowsim.protocol import signed_tokens
from flowsim.protocol.records import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class ApiFacts(BearerFacts):
    """The credentials of a request; `token` is the JWT taken apart."""

    token: signed_tokens.Token | None
    origin: str
    issuer: str
    jwks: Mapping[str, Any]
    scope: str
    now: int
    algorithms: tuple[str, ...] = (signed_tokens.ALGORITHM,)
    max_age: int | None = None
    acr: str | None = None

    def claim(self, name: str) -> Any:
        return self.token.claims.get(name) if self.token else None

    @property
    def bound_to(self) -> str | None:
        """The thumbprint of the key that the token is bound to; None where it is bound to none (RFC 9449 section 6.1)."""
        confirmation = self.claim("cnf")
        jkt = confirmation.get("jkt") if isinstance(confirmation, dict) else None
        return jkt if isinstance(jkt, str) else None


def is_jwt(facts: ApiFacts) -> Finding:
    return finding("a signed token", facts.text, None if facts.text is None else facts.token is not None)


def token_type(facts: ApiFacts) -> Finding:
    if facts.token is None:
        return finding("at+jwt", None, None)
    named = str(facts.token.header.get("typ"))
    return finding("at+jwt", named, jwt_rules.has_type(facts.token.header, signed_tokens.ACCESS_TOKEN_TYPE))


def algorithm(facts: ApiFacts) -> Finding:
    return jwt_rules.algorithm(facts.token, facts.algorithms)


def issuer(facts: ApiFacts) -> Finding:
    return jwt_rules.issuer(facts.token, facts.issuer)


def audience(facts: ApiFacts) -> Finding:
    if facts.token is None:
        return finding(facts.origin, None, None)
    value = facts.claim("aud")
    audiences = value if isinstance(value, list) else [value]
    return finding(facts.origin, ", ".join(map(str, audiences)), facts.origin in audiences)


def signature(facts: ApiFacts) -> Finding:
    return jwt_rules.signature(facts.token, facts.jwks)


def not_expired(facts: ApiFacts) -> Finding:
    return jwt_rules.not_expired(facts.token, facts.now)


def not_before(facts: ApiFacts) -> Finding:
    return jwt_rules.not_before(facts.token, facts.now, "token")


def scope(facts: ApiFacts) -> Finding:
    if facts.token is None:
        return finding(facts.scope, None, None)
    granted = facts.claim("scope")
    return finding(facts.scope, str(granted or ""), isinstance(granted, str) and facts.scope in granted.split(" "))


def subject(facts: ApiFacts) -> Finding:
    if facts.token is None:
        return finding("a sub that is a text", None, None)
    sub = facts.claim("sub")
    return finding("a sub that is a text", jwt_rules.shown(sub), isinstance(sub, str) and sub != "")


def confirmation(facts: ApiFacts) -> Finding:
    """A `cnf` of another kind than this API knows is left alone, as its RFC wants it."""
    if facts.token is None or "cnf" not in facts.token.claims:
        return finding("a cnf that names a key, or none", None, None)
    said = facts.claim("cnf")
    good = isinstance(said, dict) and ("jkt" not in said or isinstance(said["jkt"], str))
    return finding("a cnf that names a key, or none", str(said), good)


def login_recent(facts: ApiFacts) -> Finding:
    received = jwt_rules.shown(facts.claim("auth_time"))
    if facts.token is None or facts.max_age is None:
        return finding("any auth_time: this API demands none", received, None)
    when = jwt_rules.number(facts.claim("auth_time"))
    oldest = facts.now - facts.max_age
    return finding(f"an auth_time not before second {oldest}", received, when is not None and when >= oldest)


def context_class(facts: ApiFacts) -> Finding:
    received = jwt_rules.shown(facts.claim("acr"))
    if facts.token is None or facts.acr is None:
        return finding("any acr: this API demands none", received, None)
    return finding(facts.acr, received, facts.claim("acr") == facts.acr)


# fmt: off
CHECKS: tuple[Check[ApiFacts, BearerRefusal], ...] = (
    *shown("api", API),
    Check("api.is_jwt",             API, 11, "RFC 9068 §4",     OAuthError("invalid_token"),      "the token is a signed JWT", is_jwt),
    Check("api.token_type",         API, 11, "RFC 9068 §4",     OAuthError("invalid_token"),      "it is an access token, not an ID token", token_type),
    Check("api.algorithm",          API, 11, "RFC 9068 §4",     OAuthError("invalid_token"),      "it is signed with the algorithm agreed on", algorithm),
    Check("api.issuer",             API, 11, "RFC 9068 §4",     OAuthError("invalid_token"),      "it comes from the server this API trusts", issuer),
    Check("api.audience",           API, 11, "RFC 9068 §4",     OAuthError("invalid_token"),      "it was made for this API", audience),
    Check("api.signature",          API, 11, "RFC 9068 §4",     OAuthError("invalid_token"),      "the signature was made with that server's key", signature),
    Check("api.not_expired",        API, 11, "RFC 9068 §4",     OAuthError("invalid_token"),      "it has not expired", not_expired),
    Check("api.not_before",         API, 11, "RFC 7519 §4.1.5", OAuthError("invalid_token"),      "if it says from when on it is good, that time has come", not_before),
    Check("api.subject",            API, 11, "RFC 9068 §2.2",   OAuthError("invalid_token"),      "it says whose data it opens", subject),
    Check("api.confirmation",       API, 11, "RFC 7800 §3.1",   OAuthError("invalid_token"),      "if it is bound to a key, it says to which", confirmation),
    Check("api.scope",              API, 11, "RFC 6750 §3.1",   OAuthError("insufficient_scope"), "its scope covers the request", scope),
    Check("api.login_recent",       API, 11, "RFC 9470 §3",     OAuthError("insufficient_user_authentication"), "the user logged in as recently as this API demands", login_recent),
    Check("api.context_class",      API, 11, "RFC 9470 §3",     OAuthError("insufficient_user_authentication"), "the user logged in the way that this API demands", context_class),
)
# fmt: on
