"""What the app checks at step 9, before it uses any of the tokens: the thirteen rules for ID tokens, `at_hash`, and
`nbf` where a token has one (RFC 7519 section 4.1.5).

At step R3 it checks the tokens of a refresh: an ID token is optional there, and must speak of the same login as before.
An access token is none of the app's business: it must not look inside (RFC 9068 section 6).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowsim.checks import jwt_rules
from flowsim.checks.jwt_rules import number, shown
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import Stop
from flowsim.model.steps import CLIENT
from flowsim.model.world import Transaction
from flowsim.protocol import credentials, signed_tokens
from flowsim.protocol.records import quickly_made

LEEWAY = 120
MAX_AGE_OF_ISSUE = 600


@quickly_made
@dataclass(frozen=True, slots=True)
class TokenResponseFacts:
    """The token response taken apart. `token` is None where there is no readable ID token. Times are in seconds.

    `before` is the ID token of the login itself, where this is the answer to a refresh, and `token_type` the one it
    expects: DPoP where it sent a proof, else Bearer. `id_token` is None where the answer has none. An app that is badly made
    takes an `aud` for one text (`audience_as_text`), and compares the type letter by letter (`type_by_letter`).
    """

    body: Mapping[str, Any]
    id_token: str | None
    token: signed_tokens.Token | None
    transaction: Transaction
    client_id: str
    jwks: Mapping[str, Any]
    now: int
    before: signed_tokens.Token | None = None
    token_type: str = "Bearer"
    public: bool = True
    audience_as_text: bool = False
    type_by_letter: bool = False

    @property
    def wanted(self) -> bool:
        return "openid" in self.transaction.scope.split(" ")

    def claim(self, name: str) -> Any:
        return self.token.claims.get(name) if self.token else None


def access_token_present(facts: TokenResponseFacts) -> Finding:
    token = facts.body.get("access_token")
    passed = isinstance(token, str) and credentials.well_formed(token)
    return finding("an access_token", shown(token), passed)


def members_readable(facts: TokenResponseFacts) -> Finding:
    """A member that is null says no more than one that is missing."""
    wrong = [
        f"{name} {value!r}"
        for name, fits in _KINDS.items()
        if (value := facts.body.get(name)) is not None and not fits(value)
    ]
    expected = "texts, and for expires_in a number of seconds"
    return finding(expected, ", ".join(wrong) or "that", not wrong)


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_lifetime(value: object) -> bool:
    """True for a whole number of seconds, 0 or more; JSON may write 3600 as 3600.0 or 3.6e3 as well."""
    seconds = number(value)
    return seconds is not None and seconds >= 0 and seconds == int(seconds)


_KINDS: Mapping[str, Callable[[object], bool]] = {
    "expires_in": is_lifetime,
    "refresh_token": is_text,
    "scope": is_text,
}


def token_type_known(facts: TokenResponseFacts) -> Finding:
    kind = facts.body.get("token_type")
    same = kind == facts.token_type if facts.type_by_letter else str(kind).lower() == facts.token_type.lower()
    passed = isinstance(kind, str) and same
    return finding(facts.token_type, shown(kind), passed)


def id_token_readable(facts: TokenResponseFacts) -> Finding:
    if not facts.wanted:
        return finding("no id_token: openid was not asked for", facts.id_token, None)
    return finding("a signed ID token that is not encrypted", facts.id_token, facts.token is not None)


def issuer(facts: TokenResponseFacts) -> Finding:
    return jwt_rules.issuer(facts.token, facts.transaction.issuer)


def audience(facts: TokenResponseFacts) -> Finding:
    if facts.token is None:
        return finding(facts.client_id, None, None)
    value = facts.claim("aud")
    if facts.audience_as_text:
        return finding(facts.client_id, shown(value), value == facts.client_id)
    audiences = value if isinstance(value, list) else [value]
    return finding(facts.client_id, ", ".join(map(str, audiences)), audiences == [facts.client_id])


def authorized_party(facts: TokenResponseFacts) -> Finding:
    party = facts.claim("azp")
    return finding(f"{facts.client_id}, or none", shown(party), None if party is None else party == facts.client_id)


def algorithm(facts: TokenResponseFacts) -> Finding:
    return jwt_rules.algorithm(facts.token, (signed_tokens.ALGORITHM,))


def key_not_shared(facts: TokenResponseFacts) -> Finding:
    if facts.token is None:
        return finding("a public key of the server", None, None)
    name = str(facts.token.header.get("alg"))
    if not facts.public:
        return finding("any key: this app has a secret, which may be one", name, None)
    return finding("a key pair: a public client has no secret to share", name, not name.startswith("HS"))


def signature(facts: TokenResponseFacts) -> Finding:
    return jwt_rules.signature(facts.token, facts.jwks)


def not_expired(facts: TokenResponseFacts) -> Finding:
    return jwt_rules.not_expired(facts.token, facts.now - LEEWAY)


def not_before(facts: TokenResponseFacts) -> Finding:
    return jwt_rules.not_before(facts.token, facts.now + LEEWAY, "ID token")


def issued_recently(facts: TokenResponseFacts) -> Finding:
    if facts.token is None:
        return finding("a recent iat", None, None)
    issued = number(facts.claim("iat"))
    passed = issued is not None and facts.now - MAX_AGE_OF_ISSUE <= issued <= facts.now + LEEWAY
    return finding(f"an iat within {MAX_AGE_OF_ISSUE} seconds of second {facts.now}", shown(facts.claim("iat")), passed)


def nonce(facts: TokenResponseFacts) -> Finding:
    if facts.token is None or facts.transaction.nonce is None:
        return finding(facts.transaction.nonce or "none: the app sent none", shown(facts.claim("nonce")), None)
    return finding(
        facts.transaction.nonce, shown(facts.claim("nonce")), facts.claim("nonce") == facts.transaction.nonce
    )


def context_class(facts: TokenResponseFacts) -> Finding:
    if facts.token is None or not facts.transaction.acr_values:
        return finding("any acr: the app asked for none", shown(facts.claim("acr")), None)
    wanted = facts.transaction.acr_values
    return finding(" or ".join(wanted), shown(facts.claim("acr")), facts.claim("acr") in wanted)


def login_recent(facts: TokenResponseFacts) -> Finding:
    if facts.token is None or facts.transaction.max_age is None:
        return finding("any auth_time: the app set no max_age", shown(facts.claim("auth_time")), None)
    when = number(facts.claim("auth_time"))
    oldest = facts.now - facts.transaction.max_age - LEEWAY
    return finding(
        f"an auth_time after second {oldest}", shown(facts.claim("auth_time")), when is not None and when > oldest
    )


def subject(facts: TokenResponseFacts) -> Finding:
    if facts.token is None:
        return finding("a sub of at most 255 ASCII characters", None, None)
    sub = facts.claim("sub")
    passed = isinstance(sub, str) and 0 < len(sub) <= 255 and sub.isascii()
    return finding("a sub of at most 255 ASCII characters", shown(sub), passed)


def access_token_hash(facts: TokenResponseFacts) -> Finding:
    claimed = facts.claim("at_hash")
    access_token = facts.body.get("access_token")
    if claimed is None or not isinstance(access_token, str):
        return finding("none: at_hash is optional here", shown(claimed), None)
    expected = signed_tokens.left_half_hash(access_token)
    return finding(expected, shown(claimed), claimed == expected)


def id_token_readable_if_there(facts: TokenResponseFacts) -> Finding:
    sent = facts.body.get("id_token")
    return finding("a signed ID token, or none", shown(sent), None if sent is None else facts.token is not None)


def same_subject(facts: TokenResponseFacts) -> Finding:
    if facts.token is None or facts.before is None:
        return finding("the sub of the ID token before", shown(facts.claim("sub")), None)
    before = facts.before.claims.get("sub")
    return finding(str(before), shown(facts.claim("sub")), facts.claim("sub") == before)


def same_login(facts: TokenResponseFacts) -> Finding:
    """An auth_time and a nonce need not be there again; but what is there is what it was before."""
    said = facts.claim("auth_time")
    if facts.token is None or facts.before is None:
        return finding("the auth_time of the ID token before", shown(said), None)
    before, nonce = facts.before.claims.get("auth_time"), facts.claim("nonce")
    if nonce is not None and nonce != facts.before.claims.get("nonce"):
        return finding("the nonce of the ID token before, or none", f"the nonce {nonce}", False)
    if said is None or before is None:
        return finding("any auth_time: not both ID tokens have one", shown(said), None)
    return finding(str(before), shown(said), said == before)


def same_party(facts: TokenResponseFacts) -> Finding:
    """This app as the audience, and the authorized party of the ID token before; none where that one names none."""
    if facts.token is not None and facts.before is not None:
        before, party = facts.before.claims.get("azp"), facts.claim("azp")
        if party != before:
            return finding(f"the azp {before}" if before else "no azp", shown(party), False)
    return audience(facts)


# fmt: off
def _access_token(prefix: str, step: int) -> tuple[Check[TokenResponseFacts, Stop], ...]:
    return (
        Check(f"{prefix}.access_token_present", CLIENT, step, "RFC 6749 §5.1", Stop(), "there is an access token", access_token_present),
        Check(f"{prefix}.members_readable",     CLIENT, step, "RFC 6749 §5.1", Stop(), "what else is in the answer is of the right kind", members_readable),
        Check(f"{prefix}.type_known",           CLIENT, step, "RFC 6749 §7.1", Stop(), "the app knows how to use this token_type", token_type_known),
    )


def _signature_and_time(prefix: str, step: int) -> tuple[Check[TokenResponseFacts, Stop], ...]:
    return (
        Check(f"{prefix}.signature",   CLIENT, step, "OIDC Core §3.1.3.7", Stop(), "the signature was made with the issuer's key", signature),
        Check(f"{prefix}.not_expired", CLIENT, step, "OIDC Core §3.1.3.7", Stop(), "it has not expired", not_expired),
        Check(f"{prefix}.not_before",  CLIENT, step, "RFC 7519 §4.1.5",    Stop(), "if it says from when on it is good, that time has come", not_before),
    )


OF_ACCESS_TOKENS = _access_token("tokens", 9)
CHECKS = (
    *OF_ACCESS_TOKENS,
    Check("id_token.readable",           CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "there is an ID token, signed and not encrypted", id_token_readable),
    Check("id_token.issuer",             CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "the ID token comes from the expected issuer", issuer),
    Check("id_token.audience",           CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "the ID token was made for this app and no other", audience),
    Check("id_token.authorized_party",   CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "if it names an authorized party, it is this app", authorized_party),
    Check("id_token.algorithm",          CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "it is signed with the algorithm agreed on", algorithm),
    Check("id_token.key_not_shared",     CLIENT, 9, "OIDC Core §10.1",    Stop(), "a public app is given no ID token that is signed with a secret", key_not_shared),
    *_signature_and_time("id_token", 9),
    Check("id_token.issued_recently",    CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "it was issued just now", issued_recently),
    Check("id_token.nonce",              CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "the nonce is the one the app sent", nonce),
    Check("id_token.context_class",      CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "the user logged in the way the app asked for", context_class),
    Check("id_token.login_recent",       CLIENT, 9, "OIDC Core §3.1.3.7", Stop(), "the user logged in as recently as the app asked for", login_recent),
    Check("id_token.subject",            CLIENT, 9, "OIDC Core §2",       Stop(), "it says who logged in", subject),
    Check("id_token.access_token_hash",  CLIENT, 9, "OIDC Core §3.1.3.8", Stop(), "the access token is the one it was issued with", access_token_hash),
)
REFRESHED_CHECKS = (
    *_access_token("refreshed", 14),
    Check("refreshed.id_token_readable",    CLIENT, 14, "OIDC Core §12.2",    Stop(), "if there is an ID token, it is signed and not encrypted", id_token_readable_if_there),
    Check("refreshed.issuer",               CLIENT, 14, "OIDC Core §12.2",    Stop(), "the ID token comes from the same issuer", issuer),
    Check("refreshed.subject",              CLIENT, 14, "OIDC Core §12.2",    Stop(), "it speaks of the same user", same_subject),
    Check("refreshed.audience",             CLIENT, 14, "OIDC Core §12.2",    Stop(), "it was made for this app and no other", same_party),
    Check("refreshed.login",                CLIENT, 14, "OIDC Core §12.2",    Stop(), "it speaks of the same login: an auth_time or a nonce is the one before", same_login),
    Check("refreshed.algorithm",            CLIENT, 14, "OIDC Core §3.1.3.7", Stop(), "it is signed with the algorithm agreed on", algorithm),
    *_signature_and_time("refreshed", 14),
    Check("refreshed.issued_recently",      CLIENT, 14, "OIDC Core §12.2",    Stop(), "it was issued just now", issued_recently),
    Check("refreshed.access_token_hash",    CLIENT, 14, "OIDC Core §3.1.3.8", Stop(), "the access token is the one it was issued with", access_token_hash),
)
# fmt: on
