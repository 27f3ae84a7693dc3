"""DPoP: the vectors of RFC 9449 and RFC 8037, and every rule of section 4.3 at the server and at the API."""

from typing import Any

import jwt
import pytest

from flowsim.actors import client
from flowsim.analysis.counterexamples.after_login import OTHER_KEY, in_flight, made, with_proof
from flowsim.analysis.counterexamples.edits import played
from flowsim.analysis.counterexamples.requests import ask
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.model.states import Act
from flowsim.model.world import VICTIM, World
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.messages import Request

OFFLINE = "openid profile read:messages offline_access"
DATA = f"{API_ORIGIN}/messages"


def test_the_vectors_of_the_specifications() -> None:
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    assert dpop.token_hash(token) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    example = {
        "kty": "EC",
        "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    }
    assert signed_tokens.thumbprint(example) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    ed25519 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert signed_tokens.thumbprint(ed25519) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_proof_is_what_the_specification_says_and_repeats() -> None:
    made = dpop.proof(OTHER_KEY, "GET", f"{DATA}?a=b#c", now=7, jti="one", access_token="token")
    assert made == dpop.proof(OTHER_KEY, "GET", DATA, now=7, jti="one", access_token="token")
    read = dpop.read(made)
    assert read is not None
    assert read.signed
    assert read.jkt == dpop.thumbprint(OTHER_KEY)
    assert read.header == {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": dpop.public_jwk(OTHER_KEY)}
    assert read.claims == {"jti": "one", "htm": "GET", "htu": DATA, "iat": 7, "ath": dpop.token_hash("token")}


@pytest.mark.parametrize("use", ["tokens", "code"])
@pytest.mark.parametrize("app", ["native-scheme", "spa", "web"])
def test_every_token_of_a_login_is_bound_and_every_request_proved(app: str, use: str) -> None:
    trace = played(client=app, dpop=use, scope=OFFLINE, later="refresh call")
    assert trace.verdict.stopped_by is None
    held = next(iter(trace.worlds[-1].clients.values())).tokens
    kept = next(iter(held.values()))
    token = signed_tokens.read(kept.access_token)
    assert kept.token_type == "DPoP"
    assert kept.dpop_key is not None
    assert token is not None
    assert token.claims["cnf"] == {"jkt": dpop.thumbprint(kept.dpop_key)}
    asked = [sent.message for event in trace.events for sent in event.messages if isinstance(sent.message, Request)]
    # The browser's question whether a page may send something (RFC 10017 §6.3.3.4) is no request of the app's.
    direct = [one for one in asked if one.path in ("/oauth/token", "/messages") and one.method != "OPTIONS"]
    proofs = [one.header("dpop") for one in direct]
    assert len(direct) == 4
    assert len(set(proofs)) == 4
    assert any("dpop_jkt=" in one.url for one in asked) == (use == "code")
    records = trace.worlds[-1].servers[ISSUER].refresh_tokens.values()
    assert {record.jkt is None for record in records} == {app == "web"}
    assert not any(
        "DPoP" in str(value)
        for event in played().events
        for sent in event.messages
        for value in getattr(sent.message, "headers", ())
    )


# ---- What is wrong with a proof, and what the server and the API say


def before(act: Act, run: str = VICTIM, **settings: Any) -> World:
    """The world before this act, with its message in flight."""
    trace = played(dpop="code", scope=OFFLINE, later="refresh call", **settings)
    number = next(event.index for event in trace.events if event.act is act and event.run == run)
    return trace.worlds[number - 1]


PLACES = [
    ("code_proof", Act.STEP_8, VICTIM),
    ("refresh_proof", Act.STEP_R2, "refresh 1"),
    ("api_proof", Act.STEP_11, "call 1"),
]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("type", {"header": {"typ": "JWT"}}, "invalid_dpop_proof"),
    ("signature", {"header": {"jwk": dpop.public_jwk(OTHER_KEY)}}, "invalid_dpop_proof"),
    ("public_key", {"header": {"jwk": {"kty": "oct", "k": "AA"}}}, "invalid_dpop_proof"),
    ("public_key", {"header": {"jwk": {**dpop.public_jwk(OTHER_KEY), "d": "AA"}}}, "invalid_dpop_proof"),
    ("public_key", {"header": {"jwk": "none"}}, "invalid_dpop_proof"),
    ("method", {"htm": "PUT"}, "invalid_dpop_proof"),
    ("address", {"htu": "https://evil.example/"}, "invalid_dpop_proof"),
    ("recent", {"iat": 1}, "invalid_dpop_proof"),
    ("recent", {"iat": "now"}, "invalid_dpop_proof"),
    ("recent", {"iat": True}, "invalid_dpop_proof"),
    ("not_seen", {"jti": ""}, "invalid_dpop_proof"),
    ("not_seen", {"jti": 5}, "invalid_dpop_proof"),
    ("key", {"key": OTHER_KEY}, "invalid_grant or invalid_token"),
]


@pytest.mark.parametrize(("place", "act", "run"), PLACES)
@pytest.mark.parametrize(("name", "change", "error"), WRONG)
def test_a_wrong_proof_is_refused(
    place: str, act: Act, run: str, name: str, change: dict[str, Any], error: str
) -> None:
    world = before(act, run)
    sent = in_flight(world, run)
    good = ask(world, with_proof(sent, made(world, sent))).response
    assert good.status == 200
    heard = ask(world, with_proof(sent, made(world, sent, **change)))
    refused = heard.response
    said = refused.json().get("error") or (refused.header("www-authenticate") or "")
    assert refused.status in (400, 401)
    assert any(one in said for one in error.split(" or "))
    assert heard.decided == f"{place}.{name}"


@pytest.mark.parametrize(("place", "act", "run"), PLACES)
@pytest.mark.parametrize("proofs", [(), ("x", "x"), ("not a proof",)])
def test_a_bound_request_needs_one_proof(place: str, act: Act, run: str, proofs: tuple[str, ...]) -> None:
    world = before(act, run)
    sent = in_flight(world, run)
    heard = ask(world, with_proof(sent, *proofs))
    refused = heard.response
    name = "readable" if len(proofs) == 1 else "present"
    assert heard.decided == f"{place}.{name}"
    assert refused.status == (401 if place == "api_proof" else 400)


def test_hs256_is_no_algorithm_for_a_proof() -> None:
    world = before(Act.STEP_11, "call 1")
    sent = in_flight(world, "call 1")
    forged = jwt.encode({"jti": "x"}, "secret" * 8, algorithm="HS256", headers={"typ": dpop.TYPE})
    heard = ask(world, with_proof(sent, forged))
    assert heard.decided == "api_proof.algorithm"


# ---- A stolen token


def stolen(**settings: Any) -> tuple[World, Request, str]:
    """The world after a login, the app's own call of the API with its proof, and the access token in it."""
    trace = played(dpop="tokens", **settings)
    world = trace.worlds[-1]
    event = next(event for event in trace.events if event.act is Act.STEP_10)
    message = event.messages[-1].message
    assert isinstance(message, Request)
    return world, message, next(iter(next(iter(world.clients.values())).tokens.values())).access_token


def test_a_stolen_token_opens_nothing_without_the_key() -> None:
    world, _, token = stolen()
    heard = ask(world, client.api_request(DATA, token))
    bare = heard.response
    assert bare.status == 401
    assert heard.decided == "api_proof.scheme"
    own = dpop.proof(OTHER_KEY, "GET", DATA, now=world.now, jti="mine", access_token=token)
    heard = ask(world, client.api_request(DATA, token, proof=own))
    refused = heard.response
    assert refused.status == 401
    assert heard.decided == "api_proof.key"
    assert 'DPoP realm="https://api.example", error="invalid_token"' in (refused.header("www-authenticate") or "")
    assert 'algs="EdDSA"' in (refused.header("www-authenticate") or "")


def test_a_proof_copied_with_its_token_works_only_where_nobody_remembers_it() -> None:
    world, message, _ = stolen()
    heard = ask(world, message)
    refused = heard.response
    assert (refused.status, heard.decided) == (401, "api_proof.not_seen")
    forgetful, message, _ = stolen(without=frozenset({"api_proof.not_seen"}))
    assert ask(forgetful, message).response.status == 200


def test_a_proof_names_its_token() -> None:
    world, message, _ = stolen()
    key = next(iter(next(iter(world.clients.values())).tokens.values())).dpop_key
    assert key is not None
    other = dpop.proof(key, "GET", DATA, now=world.now, jti="two", access_token="another")
    heard = ask(world, with_proof(message, other))
    assert heard.decided == "api_proof.token_hash"


def test_a_token_that_is_bound_to_nothing_is_not_taken_as_a_bound_one() -> None:
    world = played().worlds[-1]
    token = next(iter(next(iter(world.clients.values())).tokens.values())).access_token
    own = dpop.proof(OTHER_KEY, "GET", DATA, now=world.now, jti="mine", access_token=token)
    heard = ask(world, client.api_request(DATA, token, proof=own))
    assert heard.decided == "api_proof.key"


@pytest.mark.parametrize(
    ("settings", "reads", "stopped_by"),
    [
        ({"dpop": "tokens", "attacker": "code-interception", "pkce": "none"}, True, None),
        ({"dpop": "code", "attacker": "code-interception", "pkce": "none"}, False, "code_proof.present"),
        ({"dpop": "tokens", "attacker": "refresh-theft"}, False, "refresh_proof.present"),
        ({"dpop": "tokens", "attacker": "refresh-theft", "rotation": False}, False, "refresh_proof.present"),
    ],
)
def test_what_dpop_binds_and_what_it_does_not(settings: dict[str, Any], reads: bool, stopped_by: str | None) -> None:
    verdict = played(scope=OFFLINE, **settings).verdict
    assert (verdict.attacker_reads_data, verdict.stopped_by) == (reads, stopped_by)
