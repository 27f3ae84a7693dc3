"""The cases of what can be wrong after the login: with a refresh, with a revocation, with a proof of possession."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowsim.analysis.counterexamples.case import (
    Counterexample,
    Judged,
    asked,
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
    client_of,
    server_of,
    with_flying,
    with_headers,
    with_registration,
    with_server,
)
from flowsim.analysis.counterexamples.requests import get
from flowsim.analysis.forged_tokens import by_forger
from flowsim.model.scenario import ISSUER, LAST_SECOND
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
    app = next(iter(world.clients.values()))
    keys = [one.dpop_key for one in (*app.transactions.values(), *app.redeeming.values())]
    keys += [one.dpop_key for one in app.tokens.values()]
    return next(key for key in keys if key)


def made(world: World, request: Request, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A proof for this request by the app's own key, with these things changed."""
    key = claims.pop("key", None) or own_key(world)
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    said: dict[str, Any] = {"jti": "fresh", "htm": request.method, "htu": request.url, "iat": world.now}
    said |= {"ath": dpop.token_hash(token)} if scheme == "DPoP" else {}
    headers = {"alg": dpop.ALGORITHM, "jwk": dpop.public_jwk(key), "typ": dpop.TYPE} | (header or {})
    return signed_tokens.tight(headers, said | claims, lambda text: dpop.sign(key, text))


Proved = Callable[[World, Request], Request]


def proof(*texts: str, **change: Any) -> Proved:
    """Other proofs in this request: these texts, or one of the app's own with this changed."""
    return lambda world, sent: with_proof(sent, *(texts if not change else (made(world, sent, **change),)))


def another_algorithm(world: World, sent: Request) -> Request:
    """The app's own proof, signed as ever, with another algorithm in its header."""
    good = signed_tokens.read(made(world, sent))
    assert good is not None
    parts = ({**good.header, "alg": "ES256"}, good.claims)
    text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    signature = dpop.sign(own_key(world), text.encode())
    return with_proof(sent, f"{text}.{base64url(signature)}")


def to_userinfo(world: World) -> Request:
    """The request with which the app would ask userinfo about its user."""
    held = next(iter(client_of(world).tokens.values()))
    return get(f"{ISSUER}/userinfo", authorization=f"DPoP {held.access_token}")


def to_par(world: World) -> Request:
    """The request that the app pushed at step 2."""
    sent = (one.message for event in world.log for one in event.messages)
    return next(one for one in sent if isinstance(one, Request) and one.path == "/oauth/par")


def moved(state: State, run: str) -> Callable[..., Callable[[frozenset[str]], Judged]]:
    """The next step of this run, once the proof in its request was changed."""

    def judged(change: Proved, **settings: Any) -> Callable[[frozenset[str]], Judged]:
        def edit(world: World) -> World:
            return with_flying(world, change(world, in_flight(world, run)), run)

        return move(state, edit, run, scope=OFFLINE, later="refresh call", dpop="code", **settings)

    return judged


def sent_to(state: State, request: Callable[[World], Request]) -> Callable[..., Callable[[frozenset[str]], Judged]]:
    """A request of the app that is no step of a login, once the proof in it was changed."""

    def judged(change: Proved, **settings: Any) -> Callable[[frozenset[str]], Judged]:
        return asked(lambda world: change(world, request(world)), state, dpop="code", **{"par": "optional", **settings})

    return judged


PLACES = (
    ("code_proof", moved(State.CODE_SENT, VICTIM)),
    ("refresh_proof", moved(State.REFRESH_SENT, REFRESH)),
    ("api_proof", moved(State.API_ASKED, CALL)),
    ("push_proof", sent_to(State.PREPARED, to_par)),
    ("userinfo_proof", sent_to(State.DONE, to_userinfo)),
)


def another_key_named(world: World, sent: Request) -> Request:
    """The request with a proof that names another key than the one it is signed with."""
    return proof(header={"jwk": dpop.public_jwk(OTHER_KEY)})(world, sent)


def proofs() -> list[Counterexample]:
    cases = []
    for place, judged in PLACES:
        key, signature = f"{place}.key", f"{place}.signature"
        rows: list[tuple[str, Proved, frozenset[str]]] = [
            ("present", proof() if place != "push_proof" else proof("one", "two"), NO_PROOF.get(place, frozenset())),
            ("readable", proof("not a proof"), frozenset()),
            ("type", proof(header={"typ": "JWT"}), frozenset()),
            ("algorithm", another_algorithm, frozenset()),
            ("public_key", proof(header={"jwk": {"kty": "oct", "k": "AA"}}), frozenset({key, signature})),
            ("signature", another_key_named, frozenset({key})),
            ("method", proof(htm="PUT"), frozenset()),
            ("address", proof(htu="https://evil.example/"), frozenset()),
            ("recent", proof(iat=1), frozenset()),
            ("not_seen", proof(jti=""), frozenset()),
            ("key", proof(key=OTHER_KEY), frozenset()),
        ]
        cases += [Counterexample(f"{place}.{name}", judged(change), off=off) for name, change, off in rows]
        unasked = judged(proof(nonce="one that nobody gave out"), dpop_nonce=True)
        cases.append(Counterexample(f"{place}.nonce", unasked))
    return cases


# Two proofs are one too many, and the first of them is read: so that it is none is left out of account there.
NO_PROOF = {"push_proof": frozenset({"push_proof.readable"})}


def as_bearer(world: World) -> World:
    text = (in_flight(world, CALL).header("authorization") or "").removeprefix("DPoP ")
    return header(CALL, authorization=f"Bearer {text}")(world)


def as_bearer_at_userinfo(world: World, sent: Request) -> Request:
    text = (sent.header("authorization") or "").removeprefix("DPoP ")
    return with_headers(with_proof(sent, made(world, sent)), authorization=f"Bearer {text}")


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
    refreshed("members_readable", body(REFRESH, expires_in="soon")),
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
    Counterexample("api_proof.token_hash", moved(State.API_ASKED, CALL)(proof(ath="other"))),
    Counterexample("userinfo_proof.scheme", sent_to(State.DONE, to_userinfo)(as_bearer_at_userinfo)),
    Counterexample("userinfo_proof.token_hash", sent_to(State.DONE, to_userinfo)(proof(ath="other"))),
]
