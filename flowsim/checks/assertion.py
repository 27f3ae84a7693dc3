"""What the server checks of a client assertion, with which a client that has a key shows who it is.

Each endpoint of the back channel has these rows. They are looked at where an assertion was sent, or where the client is
registered with a key, and before all else: whoever is not the client has nothing to ask for.

Source: RFC 7523 section 3, RFC 7521 section 4.2, OIDC Core section 9, RFC 9126 section 2.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from flowsim.checks import jwt_rules
from flowsim.checks.jwt_rules import number, shown
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import SERVER
from flowsim.model.world import RegisteredClient
from flowsim.protocol import client_assertions
from flowsim.protocol.signed_tokens import Token

LONGEST = 600  # seconds from now to an `exp`

NO_KEY = "the client has registered none"  # what a signature is received as where there is nothing to compare it with


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionFacts:
    """An assertion and what it has to fit: `text` as it came, `type` what the request calls it, `token` it taken apart.

    `client` is the one that the request is about, None where the server knows no such client. `audiences` are the names by
    which the server knows itself at this endpoint, and `seen` holds the `jti` of earlier assertions of this client.
    """

    text: str | None
    type: str | None
    token: Token | None
    client_id: str | None
    client: RegisteredClient | None
    audiences: tuple[str, ...]
    seen: Collection[str]
    now: int

    def claim(self, name: str) -> object:
        return self.token.claims.get(name) if self.token else None


AssertionCheck = Check[AssertionFacts, OAuthError]
Judge = Callable[[AssertionFacts], Finding]


def present(facts: AssertionFacts) -> Finding:
    return finding("an assertion", facts.text, facts.text is not None)


def type_right(facts: AssertionFacts) -> Finding:
    nothing = facts.text is None and facts.type is None
    return finding(client_assertions.TYPE, facts.type, None if nothing else facts.type == client_assertions.TYPE)


def readable(facts: AssertionFacts) -> Finding:
    return finding("a signed JWT", facts.text, None if facts.text is None else facts.token is not None)


def algorithm(facts: AssertionFacts) -> Finding:
    return jwt_rules.algorithm(facts.token, (client_assertions.ALGORITHM,))


def signature(facts: AssertionFacts) -> Finding:
    expected = "a signature by the key that the client has registered"
    if facts.token is None:
        return finding(expected, None, None)
    key = facts.client.key if facts.client else None
    if key is None:
        return finding(expected, NO_KEY, False)
    fits = client_assertions.signature_fits(facts.token, key)
    return finding(expected, "that" if fits else "another one", fits)


def issuer(facts: AssertionFacts) -> Finding:
    return _names_the_client(facts, "iss")


def subject(facts: AssertionFacts) -> Finding:
    return _names_the_client(facts, "sub")


def _names_the_client(facts: AssertionFacts, claim: str) -> Finding:
    expected = facts.client.client_id if facts.client else facts.client_id or "a client_id"
    named = facts.claim(claim)
    return finding(expected, shown(named), None if facts.token is None else named == expected)


def audience(facts: AssertionFacts) -> Finding:
    named = facts.claim("aud")
    listed = named if isinstance(named, list | tuple) else [named]
    # Whoever else is named could use the assertion here.
    mine = bool(listed) and all(isinstance(one, str) and one in facts.audiences for one in listed)
    return finding(" or ".join(facts.audiences), shown(named), None if facts.token is None else mine)


def not_expired(facts: AssertionFacts) -> Finding:
    expected = f"an exp after second {facts.now}, and at most {LONGEST} seconds later"
    if facts.token is None:
        return finding(expected, None, None)
    expires = number(facts.claim("exp"))
    good = expires is not None and facts.now < expires <= facts.now + LONGEST
    return finding(expected, shown(facts.claim("exp")), good)


def not_before(facts: AssertionFacts) -> Finding:
    return jwt_rules.not_before(facts.token, facts.now, "assertion")


def not_seen(facts: AssertionFacts) -> Finding:
    if facts.token is None:
        return finding("a jti that did not come before", None, None)
    jti = facts.claim("jti")
    fresh = isinstance(jti, str) and jti != "" and jti not in facts.seen
    return finding("a jti that did not come before", shown(jti), fresh)


_ROWS: tuple[tuple[str, str, str, Judge], ...] = (
    ("present", "OIDC Core §9", "a client that has a key sends an assertion", present),
    ("type", "RFC 7523 §2.2", "the request says that the assertion is a JWT", type_right),
    ("readable", "RFC 7523 §3", "the assertion is a signed JWT", readable),
    ("algorithm", "RFC 8725 §3.1", "the assertion is signed with the algorithm agreed on", algorithm),
    ("signature", "RFC 7523 §3", "the assertion is signed with the client's key", signature),
    ("issuer", "RFC 7523 §3", "the client itself has issued the assertion", issuer),
    ("subject", "RFC 7523 §3", "the assertion is about this client", subject),
    ("audience", "RFC 7523 §3", "the assertion is meant for this server", audience),
    ("not_expired", "RFC 7523 §3", "the assertion has not expired, and will soon", not_expired),
    ("not_before", "RFC 7523 §3", "the time of the assertion has come", not_before),
    ("not_seen", "OIDC Core §9", "the assertion has not come before", not_seen),
)


def _checks(endpoint: str, step: int) -> tuple[AssertionCheck, ...]:
    refusal = OAuthError("invalid_client")
    return tuple(
        Check(f"{endpoint}_assertion.{name}", SERVER, step, clause, refusal, title, judge)
        for name, clause, title, judge in _ROWS
    )


PUSH_CHECKS = _checks("push", 2)
CODE_CHECKS = _checks("code", 8)
REFRESH_CHECKS = _checks("refresh", 13)
REVOKE_CHECKS = _checks("revoke", 15)
