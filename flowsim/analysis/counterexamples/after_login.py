"""The cases of what can be wrong after the login: with a refresh, with a revocation, with a proof of possession."""

import json
from dataclasses import replace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flowsim.analysis.counterexamples.case import (
    Counterexample,
    body,
    form,
    header,
    id_token,
    move,
    no_registration,
    put,
)
from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    Edit,
    server_of,
    with_flying,
    with_registration,
    with_server,
)
from flowsim.analysis.forged_tokens import by_forger
from flowsim.model.scenario import LAST_SECOND
from flowsim.model.states import State
from flowsim.model.world import VICTIM, World, evolve
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.messages import Request
from flowsim.protocol.pkce import base64url

OTHER_KEY = bytes(range(32))
REFRESH, LOGOUT, CALL = "refresh 1", "logout 1", "call 1"
BAD_SECRET = "Basic cGhvdG8td2ViOng="


def record(**fields: Any) -> Edit:
    """The server's record of the one refresh token there is, changed."""

    def edit(world: World) -> World:
        records = server_of(world).refresh_tokens
        (text,) = records
        return with_server(world, refresh_tokens=records.set(text, evolve(records[text], **fields)))

    return edit


def may_not_refresh(world: World) -> World:
    return with_registration(world, grant_types=("authorization_code",))


def refresh(check: str, edit: Edit, **settings: Any) -> Counterexample:
    judged = move(State.REFRESH_SENT, edit, REFRESH, **{"scope": OFFLINE, "later": "refresh", **settings})
    return Counterexample(f"refresh.{check}", judged)


def refreshed(check: str, edit: Edit) -> Counterexample:
    return Counterexample(
        f"refreshed.{check}", move(State.REFRESH_ACCEPTED, edit, REFRESH, scope=OFFLINE, later="refresh")
    )


def revoke(check: str, edit: Edit, **settings: Any) -> Counterexample:
    judged = move(State.REVOCATION_SENT, edit, LOGOUT, **{"scope": OFFLINE, "later": "logout", **settings})
    return Counterexample(f"revoke.{check}", judged)


def with_proof(request: Request, *proofs: str) -> Request:
    kept = tuple(pair for pair in request.headers if pair[0].lower() != "dpop")
    return replace(request, headers=(*kept, *(("DPoP", text) for text in proofs)))


def in_flight(world: World, run: str) -> Request:
    """The request that is on its way in this run."""
    sent = world.runs[run].in_flight
    assert sent is not None
    assert isinstance(sent.message, Request)
    return sent.message


def own_key(world: World) -> bytes:
    """The key of the app."""
    held = next(iter(world.clients.values()))
    keys = [one.dpop_key for one in held.redeeming.values()] + [one.dpop_key for one in held.tokens.values()]
    return next(key for key in keys if key)


def made(world: World, request: Request, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A proof for this request by the app's own key, with these things changed."""
    key = claims.pop("key", None) or own_key(world)
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    said: dict[str, Any] = {"jti": "fresh", "htm": request.method, "htu": request.url, "iat": world.now}
    said |= {"ath": dpop.token_hash(token)} if scheme == "DPoP" else {}
    private = Ed25519PrivateKey.from_private_bytes(key)
    headers = {"typ": dpop.TYPE, "jwk": dpop.public_jwk(key)} | (header or {})
    return jwt.encode(said | claims, private, algorithm="EdDSA", headers=headers)


PLACES = (
    ("code_proof", State.CODE_SENT, VICTIM),
    ("refresh_proof", State.REFRESH_SENT, REFRESH),
    ("api_proof", State.API_ASKED, CALL),
)


def proof(run: str, *texts: str, **change: Any) -> Edit:
    """Other proofs in the request of this run: these texts, or one of the app's own with this changed."""

    def edit(world: World) -> World:
        sent = in_flight(world, run)
        return with_flying(world, with_proof(sent, *(texts if not change else (made(world, sent, **change),))), run)

    return edit


def another_algorithm(run: str) -> Edit:
    """The app's own proof, signed as ever, with another algorithm in its header."""

    def edit(world: World) -> World:
        sent = in_flight(world, run)
        good = signed_tokens.read(made(world, sent))
        assert good is not None
        parts = ({**good.header, "alg": "ES256"}, good.claims)
        text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        signature = Ed25519PrivateKey.from_private_bytes(own_key(world)).sign(text.encode())
        return with_flying(world, with_proof(sent, f"{text}.{base64url(signature)}"), run)

    return edit


def proofs() -> list[Counterexample]:
    cases = []
    for place, state, run in PLACES:
        key, signature = f"{place}.key", f"{place}.signature"
        rows: list[tuple[str, Edit, frozenset[str]]] = [
            ("present", proof(run), frozenset()),
            ("readable", proof(run, "not a proof"), frozenset()),
            ("type", proof(run, header={"typ": "JWT"}), frozenset()),
            ("algorithm", another_algorithm(run), frozenset()),
            ("public_key", proof(run, header={"jwk": {"kty": "oct", "k": "AA"}}), frozenset({key, signature})),
            ("signature", proof(run, header={"jwk": dpop.public_jwk(OTHER_KEY)}), frozenset({key})),
            ("method", proof(run, htm="PUT"), frozenset()),
            ("address", proof(run, htu="https://evil.example/"), frozenset()),
            ("recent", proof(run, iat=1), frozenset()),
            ("not_seen", proof(run, jti=""), frozenset()),
            ("key", proof(run, key=OTHER_KEY), frozenset()),
        ]
        for name, edit, off in rows:
            judged = move(state, edit, run, scope=OFFLINE, later="refresh call", dpop="code")
            cases.append(Counterexample(f"{place}.{name}", judged, off=off))
    return cases


def as_bearer(world: World) -> World:
    text = (in_flight(world, CALL).header("authorization") or "").removeprefix("DPoP ")
    return header(CALL, authorization=f"Bearer {text}")(world)


def bound_call(edit: Edit) -> Any:
    return move(State.API_ASKED, edit, CALL, scope=OFFLINE, later="call", dpop="tokens")


CASES: list[Counterexample] = [
    refresh("post_form", put(REFRESH)),
    refresh("parameters_once", form(REFRESH, unknown=("1", "2"))),
    refresh("one_authentication", form(REFRESH, client_secret="x"), client="web"),
    refresh("client_known", no_registration),
    refresh("client_authenticated", header(REFRESH, authorization=BAD_SECRET), client="web"),
    refresh("client_may_use_grant", may_not_refresh),
    refresh("token_present", form(REFRESH, refresh_token=None)),
    refresh("token_known", form(REFRESH, refresh_token="made-up")),
    refresh("token_of_client", form(REFRESH, client_id="photo-page")),
    refresh("not_revoked", record(revoked=True)),
    refresh("not_idle_too_long", record(idle_until=0)),
    refresh("family_not_expired", record(expires=0)),
    refresh("scope_not_wider", form(REFRESH, scope="openid write:messages")),
    refresh("resource_granted", form(REFRESH, resource="https://photos.example")),
    refresh("not_used", record(rotated=0)),
    refreshed("access_token_present", body(REFRESH, access_token=None)),
    refreshed("type_known", body(REFRESH, token_type="mac")),
    refreshed("id_token_readable", body(REFRESH, id_token="garbage")),
    refreshed("issuer", id_token({"iss": "https://evil.example"}, run=REFRESH)),
    refreshed("subject", id_token({"sub": "user-bob"}, run=REFRESH)),
    refreshed("audience", id_token({"aud": "other"}, run=REFRESH)),
    refreshed("login", id_token({"auth_time": 1}, run=REFRESH)),
    refreshed("algorithm", id_token(head={"alg": "none"}, run=REFRESH, sign=signed_tokens.no_signature)),
    refreshed("signature", id_token(run=REFRESH, sign=by_forger)),
    refreshed("not_expired", id_token({"exp": 1}, run=REFRESH)),
    refreshed("not_before", id_token({"nbf": LAST_SECOND}, run=REFRESH)),
    refreshed("issued_recently", id_token({"iat": 1}, run=REFRESH)),
    refreshed("access_token_hash", id_token({"at_hash": "other"}, run=REFRESH)),
    revoke("post_form", put(LOGOUT)),
    revoke("parameters_once", form(LOGOUT, unknown=("1", "2"))),
    revoke("one_authentication", form(LOGOUT, client_secret="x"), client="web"),
    revoke("client_known", no_registration),
    revoke("client_authenticated", header(LOGOUT, authorization=BAD_SECRET), client="web"),
    revoke("token_present", form(LOGOUT, token=None)),
    revoke("token_of_client", form(LOGOUT, client_id="photo-page")),
    *proofs(),
    Counterexample("api_proof.scheme", bound_call(as_bearer)),
    Counterexample("api_proof.token_hash", bound_call(proof(CALL, ath="other"))),
]
