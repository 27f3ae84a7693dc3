"""What is checked of a DPoP proof: by the server, before it binds tokens to a key, and by the API, before it answers.

Both look at the same things (RFC 9449 section 4.3). The API also wants the hash of the access token in the proof, and
the key that the token is bound to. A proof is looked at where one was sent, or where one is needed.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from flowsim.checks.jwt_rules import has_type, number
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import API, SERVER
from flowsim.protocol import dpop
from flowsim.protocol.addresses import same_page

WINDOW = 60  # seconds between the making of a proof and its arrival


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """The proofs of a request (values of its `DPoP` headers), the first one taken apart, and what it has to fit.

    `bound_to` is the thumbprint of the key that the code, the refresh token or the access token is bound to; None where
    it is bound to none. `token` is the access token of a request to an API, `scheme` how it was sent. `seen` holds the
    `jti` of earlier proofs, `nonces` those that are taken now; None where none is wanted.
    """

    presented: tuple[str, ...]
    proof: dpop.Proof | None
    method: str
    url: str
    now: int
    seen: Collection[str]
    bound_to: str | None
    token: str | None = None
    scheme: str = ""
    nonces: tuple[str, ...] | None = None
    algorithms: tuple[str, ...] = (dpop.ALGORITHM,)

    @property
    def header(self) -> dict[str, object]:
        return dict(self.proof.header) if self.proof else {}

    def claim(self, name: str) -> object:
        return self.proof.claims.get(name) if self.proof else None


Judge = Callable[[ProofFacts], Finding]


def present(facts: ProofFacts) -> Finding:
    count = len(facts.presented)
    return finding("one DPoP header", f"{count} of them" if count != 1 else "one DPoP header", count == 1)


def readable(facts: ProofFacts) -> Finding:
    if not facts.presented:
        return finding("a signed JWT", None, None)
    return finding("a signed JWT", facts.presented[0], facts.proof is not None)


def type_right(facts: ProofFacts) -> Finding:
    if facts.proof is None:
        return finding(dpop.TYPE, None, None)
    return finding(dpop.TYPE, str(facts.header.get("typ")), has_type(facts.header, dpop.TYPE))


def algorithm(facts: ProofFacts) -> Finding:
    if facts.proof is None:
        return finding(" or ".join(facts.algorithms), None, None)
    name = facts.header.get("alg")
    return finding(" or ".join(facts.algorithms), str(name), name in facts.algorithms)


def public_key(facts: ProofFacts) -> Finding:
    if facts.proof is None:
        return finding("a public key", None, None)
    jwk = facts.header.get("jwk")
    private = [name for name in dpop.PRIVATE_MEMBERS if isinstance(jwk, dict) and name in jwk]
    received = f"a key with the private part {', '.join(private)}" if private else "a public key"
    usable = facts.proof.jkt is not None and not private
    return finding("a public key", received if facts.proof.jkt else "no usable key", usable)


def signature(facts: ProofFacts) -> Finding:
    if facts.proof is None:
        return finding("a signature by the key in it", None, None)
    return finding("a signature by the key in it", "that" if facts.proof.signed else "another one", facts.proof.signed)


def method(facts: ProofFacts) -> Finding:
    if facts.proof is None:
        return finding(facts.method, None, None)
    return finding(facts.method, str(facts.claim("htm")), facts.claim("htm") == facts.method)


def address(facts: ProofFacts) -> Finding:
    expected = facts.url.partition("?")[0].partition("#")[0]
    if facts.proof is None:
        return finding(expected, None, None)
    named = facts.claim("htu")
    return finding(expected, str(named), isinstance(named, str) and same_page(named, expected))


def recent(facts: ProofFacts) -> Finding:
    if facts.proof is None:
        return finding("made just now", None, None)
    made = facts.claim("iat")
    seconds = number(made)
    passed = seconds is not None and abs(facts.now - seconds) <= WINDOW
    return finding(f"an iat within {WINDOW} seconds of second {facts.now}", str(made), passed)


def nonce_given(facts: ProofFacts) -> Finding:
    if facts.proof is None or facts.nonces is None:
        return finding("any nonce or none: none was asked for", _shown(facts.claim("nonce")), None)
    nonce = facts.claim("nonce")
    return finding(" or ".join(facts.nonces) or "a nonce, once one is given out", _shown(nonce), nonce in facts.nonces)


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


def not_seen(facts: ProofFacts) -> Finding:
    if facts.proof is None:
        return finding("a jti that did not come before", None, None)
    jti = facts.claim("jti")
    fresh = isinstance(jti, str) and jti != "" and jti not in facts.seen
    return finding("a jti that did not come before", str(jti), fresh)


def token_named(facts: ProofFacts) -> Finding:
    if facts.proof is None or facts.token is None:
        return finding("the hash of the access token", None, None)
    expected = dpop.token_hash(facts.token)
    return finding(expected, str(facts.claim("ath")), facts.claim("ath") == expected)


def scheme_right(facts: ProofFacts) -> Finding:
    return finding("DPoP", facts.scheme, facts.scheme.lower() == "dpop")


def key_right(facts: ProofFacts) -> Finding:
    if facts.proof is None or (facts.bound_to is None and facts.token is None):
        return finding(
            facts.bound_to or "any key: nothing is bound yet", facts.proof.jkt if facts.proof else None, None
        )
    if facts.bound_to is None:
        return finding("a token that is bound to a key", "one that is bound to none", False)
    return finding(facts.bound_to, facts.proof.jkt, facts.proof.jkt == facts.bound_to)


_SECTION = "RFC 9449 §4.3"
_BAD, _NONCE = OAuthError("invalid_dpop_proof"), OAuthError("use_dpop_nonce")
_ROWS: tuple[tuple[str, str, OAuthError, str, Judge], ...] = (
    ("present", _SECTION, _BAD, "there is one DPoP proof", present),
    ("readable", _SECTION, _BAD, "the proof is a signed JWT", readable),
    ("type", _SECTION, _BAD, "it says that it is a DPoP proof", type_right),
    ("algorithm", _SECTION, _BAD, "it is signed with an asymmetric algorithm agreed on", algorithm),
    ("public_key", _SECTION, _BAD, "it carries a public key and no private one", public_key),
    ("signature", _SECTION, _BAD, "it is signed with that key", signature),
    ("method", _SECTION, _BAD, "it was made for this method", method),
    ("address", _SECTION, _BAD, "it was made for this address", address),
    ("recent", _SECTION, _BAD, "it was made just now", recent),
    ("nonce", "RFC 9449 §4.3", _NONCE, "it holds the nonce that was given out", nonce_given),
    ("not_seen", "RFC 9449 §11.1", _BAD, "it has not come before", not_seen),
)


def _proof_checks(prefix: str, actor: str, step: int) -> tuple[Check[ProofFacts, OAuthError], ...]:
    return tuple(
        Check(f"{prefix}.{name}", actor, step, clause, error, title, judge)
        for name, clause, error, title, judge in _ROWS
    )


def _at_resource(prefix: str, actor: str) -> tuple[Check[ProofFacts, OAuthError], ...]:
    """The rows for a proof that comes with an access token."""
    return (
        Check(
            f"{prefix}.scheme",
            actor,
            11,
            "RFC 9449 §7.2",
            OAuthError("invalid_token"),
            "a token that is bound to a key is not sent as a mere Bearer token",
            scheme_right,
        ),
        *_proof_checks(prefix, actor, 11),
        Check(f"{prefix}.token_hash", actor, 11, _SECTION, _BAD, "the proof names this access token", token_named),
        Check(
            f"{prefix}.key",
            actor,
            11,
            "RFC 9449 §7.1",
            OAuthError("invalid_token"),
            "the proof is made with the key the access token is bound to",
            key_right,
        ),
    )


# fmt: off
CODE_CHECKS: tuple[Check[ProofFacts, OAuthError], ...] = (
    *_proof_checks("code_proof", SERVER, 8),
    Check("code_proof.key", SERVER, 8, "RFC 9449 §10", OAuthError("invalid_grant"), "the proof is made with the key the code is bound to", key_right),
)
REFRESH_CHECKS: tuple[Check[ProofFacts, OAuthError], ...] = (
    *_proof_checks("refresh_proof", SERVER, 13),
    Check("refresh_proof.key", SERVER, 13, "RFC 9449 §5", OAuthError("invalid_grant"), "the proof is made with the key the refresh token is bound to", key_right),
)
PUSH_CHECKS: tuple[Check[ProofFacts, OAuthError], ...] = (
    *_proof_checks("push_proof", SERVER, 2),
    Check("push_proof.key", SERVER, 2, "RFC 9449 §10.1", OAuthError("invalid_dpop_proof"), "the proof is made with the key that dpop_jkt names, if the request has one", key_right),
)
API_CHECKS: tuple[Check[ProofFacts, OAuthError], ...] = _at_resource("api_proof", API)
USERINFO_CHECKS: tuple[Check[ProofFacts, OAuthError], ...] = _at_resource("userinfo_proof", SERVER)
# fmt: on
