"""Tokens that are forged, or genuine and in the wrong place: what an app or an API is handed, and which check refuses it.

A forgery turns the genuine tokens of a login into what a forger would hand over. Two parties can be tried: the app, which
gets an ID token at step 9, and the API, which gets an access token at step 11. Nothing is written down here about the
outcome: the real app and the real API of that login judge what they are handed.

In the code flow the ID token comes straight from the server, over TLS, so no attacker on the way can put one in. Forged
ID tokens matter where a token crosses a boundary: at an API, out of storage, in flows that send tokens by the browser.

Source: RFC 8725 sections 2 and 3, OIDC Core section 3.1.3.7, RFC 9068 section 4, RFC 7515 section 5.2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowsim.analysis import token_substitution
from flowsim.model.check import AnyCheck
from flowsim.model.clients import PROFILES
from flowsim.model.scenario import Scenario, ScenarioError, unknown
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.model.world import Event, TokenSet
from flowsim.protocol import keys, signed_tokens

_SOMEBODY_ELSE: Mapping[str, Any] = {"sub": "user-admin"}
_TWO_HOURS = 7200


@dataclass(frozen=True, slots=True)
class Genuine:
    """What the forger starts from: the tokens of this login, and its settings, to have others issued."""

    scenario: Scenario
    access_token: signed_tokens.Token
    id_token: signed_tokens.Token

    def from_another_login(self, **settings: Any) -> TokenSet:
        """The genuine tokens of a login like this one with other settings."""
        return token_substitution.genuine(replace(self.scenario, **settings))


Forged = Mapping[str, str]
Forge = Callable[[Genuine], Forged]
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """A forgery: its name, what it does, its clause, and what it hands to the app and to the API (None: does not apply)."""

    name: str
    title: str
    clause: str
    at_app: Forge | None = None
    at_api: Forge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of a forgery: `event` is the step in which it was judged, `refused_by` the check that refused it."""

    forgery: Forgery
    party: str
    event: Event
    refused_by: AnyCheck | None

    @property
    def accepted(self) -> bool:
        return self.refused_by is None

    @property
    def asked_for_keys(self) -> int:
        """How often the party asked the server for its keys, because it did not know the `kid`."""
        return sum(sent.receiver == SERVER for sent in self.event.messages)

    def __repr__(self) -> str:
        who = {CLIENT: "the app", API: "the API"}[self.party]
        end = f"refuses it: “{self.refused_by.title}” ({self.refused_by.clause})" if self.refused_by else "accepts it"
        return f"{self.forgery.title}: {who} {end}"


def hand_to_app(name: str, **settings: Any) -> Attempt:
    """Hand the ID token of this forgery to the app at step 9. Raises ScenarioError for a name there is not."""
    forgery = _known(name, "app")
    scenario = _settled(settings)
    assert forgery.at_app is not None
    return _attempt(forgery, CLIENT, token_substitution.to_app(scenario, forgery.at_app(_genuine(scenario))))


def hand_to_api(name: str, **settings: Any) -> Attempt:
    """Send the access token of this forgery to the API at step 10. Raises ScenarioError for a name there is not."""
    forgery = _known(name, "API")
    scenario = _settled(settings)
    assert forgery.at_api is not None
    return _attempt(
        forgery, API, token_substitution.to_api(scenario, forgery.at_api(_genuine(scenario))["access_token"])
    )


def every_forgery(**settings: Any) -> list[Attempt]:
    """All forgeries at all parties they apply to."""
    attempts = []
    for forgery in FORGERIES.values():
        attempts += [hand_to_app(forgery.name, **settings)] if forgery.at_app else []
        attempts += [hand_to_api(forgery.name, **settings)] if forgery.at_api else []
    return attempts


def _settled(settings: Mapping[str, Any]) -> Scenario:
    return Scenario(**{"client": "spa", "seed": 7, **settings}).settled()


def _known(name: str, party: str) -> Forgery:
    names = [forgery.name for forgery in FORGERIES.values() if (forgery.at_app if party == "app" else forgery.at_api)]
    if not isinstance(name, str) or name not in names:
        raise unknown(f"forgery for the {party}", name, names)
    return FORGERIES[name]


def _attempt(forgery: Forgery, party: str, event: Event) -> Attempt:
    refused_by = next((result.check for result in event.checks if result.decides), None)
    return Attempt(forgery=forgery, party=party, event=event, refused_by=refused_by)


def _genuine(scenario: Scenario) -> Genuine:
    held = token_substitution.genuine(scenario)
    access_token, id_token = signed_tokens.read(held.access_token), signed_tokens.read(held.id_token or "")
    if access_token is None or id_token is None:
        raise ScenarioError(f"forging starts from an ID token too, so the scope needs openid, not {scenario.scope!r}")
    return Genuine(scenario, access_token, id_token)


def by_server(text: bytes) -> bytes:
    """RS256 with the key of the honest server."""
    return _rs256(0, text)


def by_forger(text: bytes) -> bytes:
    """RS256 with a key of the forger's own."""
    return _rs256(1, text)


def with_public_key_as_secret(text: bytes) -> bytes:
    """HS256 with the server's public key, which everybody has, as the secret (RFC 8725 section 2.1)."""
    return signed_tokens.hmac_with_public_key(signed_tokens.published_keys()[0].private.public, text)


def rewritten(token: signed_tokens.Token, sign: Sign, claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """This token with other claims and header fields (None leaves one out), signed so."""
    fields, said = (
        {name: value for name, value in {**old, **new}.items() if value is not None}
        for old, new in ((token.header, header), (token.claims, claims))
    )
    return signed_tokens.compact(fields, said, sign)


def _rs256(number: int, text: bytes) -> bytes:
    return keys.rs256(signed_tokens.published_keys()[number].private, text)


def _rewriting(
    sign: Sign, claims: Mapping[str, Any] = _SOMEBODY_ELSE, **header: Any
) -> Callable[[signed_tokens.Token], str]:
    """Write another user into a token, or these claims, and sign it so, with these fields in the header."""
    return lambda token: rewritten(token, sign, claims, header)


def _both(name: str, title: str, clause: str, forge: Callable[[signed_tokens.Token], str]) -> Forgery:
    """A forgery that is tried with the ID token at the app and with the access token at the API."""
    return Forgery(
        name=name,
        title=title,
        clause=clause,
        at_app=lambda genuine: {"id_token": forge(genuine.id_token)},
        at_api=lambda genuine: {"access_token": forge(genuine.access_token)},
    )


def _other_client(genuine: Genuine) -> str:
    return next(name for name, one in PROFILES.items() if name != genuine.scenario.client and not one.confidential)


_BOTH = ("id_token", "access_token")


def _kept(names: tuple[str, ...], **settings: Any) -> Forge:
    """These tokens out of another genuine login."""

    def forge(genuine: Genuine) -> Forged:
        held = genuine.from_another_login(**settings)
        return {name: getattr(held, name) or "" for name in names}

    return forge


def _too_old(genuine: Genuine) -> Forged:
    return _kept(_BOTH, start=(genuine.scenario.start or 0) - _TWO_HOURS)(genuine)


_OWN_KID = signed_tokens.published_keys()[1].kid
_OWN_JWK = signed_tokens.published_keys()[1].public_jwk()
_OTHER_ISSUER = {"iss": "https://evil.example"}

FORGERIES: dict[str, Forgery] = {
    forgery.name: forgery
    for forgery in (
        _both(
            "alg-none",
            "no signature, and alg none",
            "RFC 8725 §2.1",
            _rewriting(signed_tokens.no_signature, alg="none"),
        ),
        _both(
            "changed-claims",
            "the claims changed, the signature kept",
            "RFC 7515 §5.2",
            lambda token: ".".join(
                (*_rewriting(signed_tokens.no_signature)(token).split(".")[:2], token.text.rpartition(".")[2])
            ),
        ),
        _both(
            "public-key-as-secret",
            "HS256 with the public key as the secret",
            "RFC 8725 §2.1",
            _rewriting(with_public_key_as_secret, alg="HS256"),
        ),
        _both(
            "own-key",
            "signed with a key of one's own, under its kid",
            "RFC 8725 §3.10",
            _rewriting(by_forger, kid=_OWN_KID),
        ),
        _both(
            "servers-kid",
            "signed with a key of one's own, under the server's kid",
            "RFC 7515 §5.2",
            _rewriting(by_forger),
        ),
        _both(
            "kid-path",
            "a kid that is the path of a file",
            "RFC 8725 §3.10",
            _rewriting(by_forger, kid="../../dev/null"),
        ),
        _both(
            "kid-sql",
            "a kid that is a piece of SQL",
            "RFC 8725 §3.10",
            _rewriting(by_forger, kid="' UNION SELECT 'secret"),
        ),
        _both(
            "jku",
            "a header that says where the key is",
            "RFC 8725 §3.10",
            _rewriting(by_forger, kid=_OWN_KID, jku="https://evil.example/jwks.json"),
        ),
        _both(
            "x5u",
            "a header that says where the certificate is",
            "RFC 8725 §3.10",
            _rewriting(by_forger, kid=_OWN_KID, x5u="https://evil.example/cert.pem"),
        ),
        _both(
            "jwk",
            "a header with the key in it",
            "RFC 8725 §3.10",
            _rewriting(by_forger, kid=_OWN_KID, jwk=_OWN_JWK),
        ),
        _both(
            "other-issuer",
            "a token of another issuer",
            "RFC 8725 §3.8",
            _rewriting(by_forger, _OTHER_ISSUER, kid=_OWN_KID),
        ),
        Forgery(
            name="expired",
            title="a genuine token from two hours ago",
            clause="OIDC Core §3.1.3.7",
            at_app=_too_old,
            at_api=_too_old,
        ),
        Forgery(
            name="other-client",
            title="a genuine ID token that was issued to another app",
            clause="RFC 8725 §3.9",
            at_app=lambda genuine: _kept(_BOTH, client=_other_client(genuine))(genuine),
        ),
        Forgery(
            name="other-nonce",
            title="a genuine ID token from another login at the same app",
            clause="OIDC Core §3.1.3.7",
            at_app=_kept(_BOTH, seed="another login"),
        ),
        Forgery(
            name="no-nonce",
            title="a genuine ID token from a login without nonce",
            clause="OIDC Core §3.1.3.7",
            at_app=_kept(_BOTH, nonce=False),
        ),
        Forgery(
            name="other-access-token",
            title="a genuine access token of another login beside the ID token",
            clause="OIDC Core §3.1.3.8",
            at_app=_kept(("access_token",), seed="another login"),
        ),
        Forgery(
            name="access-token-as-id-token",
            title="an access token in the place of the ID token",
            clause="RFC 8725 §3.11",
            at_app=lambda genuine: {"id_token": genuine.access_token.text},
        ),
        Forgery(
            name="id-token-as-access-token",
            title="an ID token in the place of the access token",
            clause="RFC 9068 §5",
            at_api=lambda genuine: {"access_token": genuine.id_token.text},
        ),
        Forgery(
            name="other-api",
            title="a genuine access token for another API",
            clause="RFC 9068 §4",
            at_api=_kept(("access_token",), api="photos", scope="openid read:messages"),
        ),
    )
}
