"""A second JOSE library, joserfc, reads what flowsim signs, and flowsim believes what that library signs."""

import json
from typing import Any

import pytest
from joserfc import jwk, jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet, OKPKey, RSAKey

from flowsim.analysis import token_substitution
from flowsim.analysis.counterexamples.edits import OFFLINE, client_of, played, server_of
from flowsim.model.scenario import Scenario
from flowsim.model.world import TokenSet
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.messages import Request
from flowsim.simulation.simulation import Trace
from tests.kit.worlds import CLIENTS, METHODS


def held_by(trace: Trace) -> TokenSet:
    return next(iter(client_of(trace.worlds[-1]).tokens.values()))


def verified(text: str, keys: KeySet) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of this token as joserfc verifies it."""
    read = jws.deserialize_compact(text, keys, algorithms=["RS256"])
    return dict(read.headers()), json.loads(read.payload)


def published(trace: Trace) -> KeySet:
    world = trace.worlds[-1]
    keys = [signed_tokens.signing_key(key.kid).public_jwk() for key in server_of(world).keys]
    return KeySet([RSAKey.import_key(dict(key)) for key in keys])


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("pkce", METHODS)
@pytest.mark.parametrize("plan", ["", "refresh", "keys refresh"])
def test_every_token_of_a_login_is_verified(client: str, pkce: str, plan: str) -> None:
    trace = played(client=client, pkce=pkce, scope=OFFLINE, later=plan)
    held = held_by(trace)
    for text in (held.access_token, held.id_token or ""):
        ours = signed_tokens.read(text)
        assert ours is not None
        assert verified(text, published(trace)) == (ours.header, ours.claims)


def test_a_token_with_one_other_letter_is_refused_by_both() -> None:
    trace = played()
    text = held_by(trace).access_token
    head, claims, signature = text.split(".")
    other = f"{head}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    with pytest.raises(BadSignatureError):
        verified(other, published(trace))
    read = signed_tokens.read(other)
    assert read is not None
    assert not signed_tokens.signature_fits(read, {"keys": [signed_tokens.published_keys()[0].public_jwk()]})


@pytest.mark.parametrize("kind", ["id_token", "access_token"])
def test_a_token_that_the_other_library_signed_is_believed(kind: str) -> None:
    scenario = Scenario(client="spa", seed=7).settled()
    genuine = signed_tokens.read(getattr(token_substitution.genuine(scenario), kind))
    assert genuine is not None
    key = RSAKey.import_key(dict(signed_tokens.published_keys()[0].jwk))
    text = jws.serialize_compact(genuine.header, json.dumps(genuine.claims, indent=1), key, algorithms=["RS256"])
    assert text != genuine.text
    event = (
        token_substitution.to_app(scenario, {kind: text})
        if kind == "id_token"
        else token_substitution.to_api(scenario, text)
    )
    assert not [result.check.id for result in event.checks if result.decides]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # by RFC 9864, which names it Ed25519; PyJWT does not yet
def test_a_proof_of_possession_is_verified() -> None:
    trace = played(dpop="tokens", scope=OFFLINE, later="refresh call")
    sent = [one.message for event in trace.events for one in event.messages if isinstance(one.message, Request)]
    proofs = {text for text in (message.header("dpop") for message in sent) if text}
    assert len(proofs) == 4
    for text in proofs:
        ours = dpop.read(text)
        assert ours is not None
        key = jwk.import_key(ours.header["jwk"], "OKP")
        assert isinstance(key, OKPKey)
        assert not key.is_private
        assert json.loads(jws.deserialize_compact(text, key, algorithms=["EdDSA"]).payload) == ours.claims
        assert key.thumbprint() == ours.jkt


def test_the_thumbprints_are_the_same() -> None:
    for key in signed_tokens.published_keys():
        assert RSAKey.import_key(dict(key.public_jwk())).thumbprint() == key.kid
