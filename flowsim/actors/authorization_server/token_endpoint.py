"""The token endpoint: a code, or a refresh token, is exchanged for tokens.

All tokens that go back to one code are one family, and the server remembers each of them. With rotation a refresh token
is good for one exchange. One that comes a second time may have been stolen, and the server cannot tell which of the two
is the attacker: it ends the whole family.

Source: RFC 6749 sections 4.1.3, 5 and 6; RFC 7636 section 4.6; RFC 9068; RFC 9449 section 5; RFC 9700 section 4.14.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from frozendict import frozendict

from flowsim.actors.authorization_server.back_channel import (
    NOT_STORED,
    Answer,
    authenticate,
    back_channel_error,
    back_channel_request,
    prove,
    with_nonce,
)
from flowsim.actors.authorization_server.memory import with_at_most, without
from flowsim.actors.authorization_server.revocation import end_family
from flowsim.actors.mistakes import servers as mistakes
from flowsim.checks import assertion, proof, refresh, token_endpoint
from flowsim.checks.back_channel import BackChannelCheck, BackChannelFacts
from flowsim.model.check import evaluate
from flowsim.model.context import Context
from flowsim.model.steps import SERVER
from flowsim.model.world import AccessRecord, AuthorizationRequest, Grant, RefreshRecord, Server, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, response
from flowsim.protocol.records import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class Entitlement:
    """What tokens are issued for: whom, to which app, how much, since which login, bound to which key if to any."""

    family: str
    sub: str
    client_id: str
    scope: str
    auth_time: int
    jkt: str | None = None
    resource: str | None = None
    nonce: str | None = None
    claims: Mapping[str, Any] = frozendict()


def token(server: Server, request: Request, context: Context, read: Server | None = None) -> Answer:
    """The token endpoint: tokens for a code or for a refresh token, or the error of RFC 6749 section 5.2.

    A server that is not atomic judges by what it has `read` some time before, and writes to what is there now.
    """
    read = read or server
    facts = back_channel_request(read, request, context)
    refreshing = facts.get("grant_type") == "refresh_token"
    asserted = assertion.REFRESH_CHECKS if refreshing else assertion.CODE_CHECKS
    server, unknown = authenticate(server, facts, request.path, asserted, context, read)
    if unknown is not None:
        return _after_a_refusal(server, facts), back_channel_error(server, unknown.on_failure, unknown.title, facts)
    table = proof.REFRESH_CHECKS if refreshing else proof.CODE_CHECKS
    server, jkt, failed = prove(server, request, table, context, bound_to=_bound_to(facts, refreshing), read=read)
    if failed is not None:
        answer = back_channel_error(server, failed.on_failure, failed.title, facts)
        return with_nonce(_after_a_refusal(server, facts), request, answer, failed, context)
    exchange = _refresh if refreshing else _redeem
    server, answer = exchange(server, facts, jkt, context)
    return with_nonce(server, request, answer, None, context)


def _after_a_refusal(server: Server, facts: BackChannelFacts) -> Server:
    """What a server that is badly made does when it has refused a code: it hands an attacker a way to keep the user out."""
    if facts.grant is None:
        return server
    code = facts.get("code") or ""
    if facts.grant.used:
        return end_family(server, code, access_too=True) if server.settings.revokes_any_replay else server
    return (
        evolve(server, grants=without(server.grants, code)) if server.settings.invalidates_code_on_failure else server
    )


def personal_claims(server: Server, sub: str, scope: str) -> dict[str, str]:
    """The claims about the user that this scope opens (OIDC Core section 5.4)."""
    account = next((account for account in server.accounts.values() if account.sub == sub), None)
    if account is None:
        return {}
    scopes = scope.split(" ")
    return {
        **({"name": account.name} if "profile" in scopes else {}),
        **({"email": account.email} if "email" in scopes else {}),
    }


def _bound_to(facts: BackChannelFacts, refreshing: bool) -> str | None:
    """The key that the code or the refresh token of this request is bound to; None where it is bound to none."""
    if refreshing:
        return facts.record.jkt if facts.record else None
    return facts.grant.request.dpop_jkt if facts.grant else None


def _redeem(server: Server, facts: BackChannelFacts, jkt: str | None, context: Context) -> Answer:
    """The tokens for this code. Where a switched-off check let a made-up code pass, there is nobody to name in them."""
    failed = context.evaluate(token_endpoint.CHECKS, facts)
    code = facts.get("code") or ""
    if failed is not None:
        if server.settings.replay_revokes and _replayed(failed, facts, context):
            server = end_family(server, code, access_too=True)
        return _after_a_refusal(server, facts), back_channel_error(server, failed.on_failure, failed.title, facts)
    grant = facts.grant or _nobodys_grant(facts, context.now)
    asked = grant.request
    to = Entitlement(
        family=code,
        sub=grant.sub,
        client_id=asked.client_id,
        scope=asked.scope,
        auth_time=grant.auth_time,
        jkt=jkt,
        resource=asked.resource or facts.get("resource"),
        nonce=asked.nonce,
        claims=grant.claims,
    )
    server, body = _issue(server, to, context)
    if "offline_access" in asked.scope.split(" "):
        first = RefreshRecord(
            family=code,
            number=1,
            sub=grant.sub,
            client_id=asked.client_id,
            scope=asked.scope,
            auth_time=grant.auth_time,
            issued=context.now,
            idle_until=context.now + server.settings.refresh_idle_lifetime,
            expires=context.now + server.settings.refresh_lifetime,
            jkt=jkt if _is_public(facts) else None,
            resource=to.resource,
            claims=grant.claims,
        )
        server = _hand_out(server, first, body, context)
    used = evolve(server.grants.get(code, grant), used=True)
    kept = evolve(server, grants=server.grants.set(code, used))
    return kept, response(200, headers=NOT_STORED, json=body)


def _replayed(failed: BackChannelCheck, facts: BackChannelFacts, context: Context) -> bool:
    """True where nothing is wrong but that the code was used before, however long ago (RFC 6749 section 4.1.2)."""
    if failed.id == "token.code_fresh":
        others = tuple(check for check in token_endpoint.CHECKS if check is not failed)
        later = evaluate(others, facts, context.policy)[1]
        return later is not None and later.id == "token.code_unused"
    return failed.id == "token.code_unused"


def _is_public(facts: BackChannelFacts) -> bool:
    """Only refresh tokens of public clients are bound to a key; others are bound to the client itself (RFC 9449 §5)."""
    return facts.client is None or not facts.client.confidential


def _refresh(server: Server, facts: BackChannelFacts, jkt: str | None, context: Context) -> Answer:
    """The tokens for this refresh token. One that comes a second time ends its family (RFC 9700 section 4.14.2)."""
    failed = context.evaluate(refresh.CHECKS, facts)
    if failed is not None:
        if failed.id == "refresh.not_used" and facts.record is not None and server.ends_families:
            server = end_family(server, facts.record.family, access_too=False)
        return server, back_channel_error(server, failed.on_failure, failed.title, facts)
    text = facts.get("refresh_token") or ""
    record = facts.record or _nobodys_record(facts, context.now)
    scope = " ".join(dict.fromkeys((facts.get("scope") or record.scope).split(" ")))
    to = Entitlement(
        family=record.family,
        sub=record.sub,
        client_id=record.client_id,
        scope=scope,
        auth_time=record.auth_time,
        jkt=jkt,
        resource=record.resource,
        claims=record.claims,
    )
    server, body = _issue(server, to, context)
    there = server.refresh_tokens.get(text, record)
    idle_until = context.now + server.settings.refresh_idle_lifetime
    if not server.settings.rotation:
        kept = evolve(server, refresh_tokens=server.refresh_tokens.set(text, evolve(there, idle_until=idle_until)))
        return kept, response(200, headers=NOT_STORED, json=body)
    rotated = context.now if there.rotated is None else there.rotated
    server = evolve(server, refresh_tokens=server.refresh_tokens.set(text, evolve(there, rotated=rotated)))
    following = evolve(record, idle_until=idle_until, number=record.number + 1, issued=context.now, rotated=None)
    return _hand_out(server, following, body, context), response(200, headers=NOT_STORED, json=body)


def _hand_out(server: Server, record: RefreshRecord, body: dict[str, Any], context: Context) -> Server:
    """A fresh refresh token in the answer, and this record of it in the server's memory."""
    text = context.random_token("refresh_token")
    context.record_secret(SERVER, "refresh_token", text)
    body["refresh_token"] = text
    return evolve(server, refresh_tokens=with_at_most(server.refresh_tokens, text, record))


def _issue(server: Server, to: Entitlement, context: Context) -> tuple[Server, dict[str, Any]]:
    """An access token, and an ID token where the scope says `openid`; the answer that carries them."""
    jti = context.random_token("access_token_id", 16)
    expires = context.now + server.settings.access_token_lifetime
    claims: signed_tokens.Claims = {
        "iss": server.issuer,
        "sub": to.sub,
        "aud": to.resource or server.resources[0],
        "client_id": to.client_id,
        "scope": to.scope,
        "iat": context.now,
        "exp": expires,
        "auth_time": to.auth_time,
        "jti": jti,
        **({"cnf": {"jkt": to.jkt}} if to.jkt else {}),
        **to.claims,
    }
    access_token = signed_tokens.sign(
        mistakes.claims(server, "access_token", claims),
        signed_tokens.signing_key(server.keys[0].kid),
        type_=signed_tokens.ACCESS_TOKEN_TYPE,
    )
    context.record_secret(SERVER, "access_token", access_token)
    token_type = "DPoP" if to.jkt else "Bearer"
    body: dict[str, Any] = {
        "access_token": access_token,
        "token_type": token_type.lower() if "token-type-lower-case" in server.settings.quirks else token_type,
        "expires_in": server.settings.access_token_lifetime,
        "scope": to.scope,
    }
    if "openid" in to.scope.split(" "):
        body["id_token"] = _id_token(server, to, access_token, context)
        context.record_secret(SERVER, "id_token", body["id_token"])
    record = AccessRecord(
        family=to.family, sub=to.sub, client_id=to.client_id, scope=to.scope, expires=expires, jkt=to.jkt
    )
    return evolve(server, access_tokens=with_at_most(server.access_tokens, jti, record)), body


def own_token(server: Server, client_id: str, resource: str, scope: str, context: Context) -> str:
    """An access token for a client that asks in its own name; it names no user (RFC 6749 section 4.4, RFC 9068 §2.2)."""
    claims: signed_tokens.Claims = {
        "iss": server.issuer,
        "sub": client_id,
        "aud": resource,
        "client_id": client_id,
        "scope": scope,
        "iat": context.now,
        "exp": context.now + server.settings.access_token_lifetime,
        "jti": context.random_token("access_token_id", 16),
    }
    key = signed_tokens.signing_key(server.keys[0].kid)
    token = signed_tokens.sign(claims, key, type_=signed_tokens.ACCESS_TOKEN_TYPE)
    context.record_secret(SERVER, "access_token", token)
    return token


def _id_token(server: Server, to: Entitlement, access_token: str, context: Context) -> str:
    claims: signed_tokens.Claims = {
        "iss": server.issuer,
        "sub": to.sub,
        "aud": [to.client_id] if "audience-list" in server.settings.quirks else to.client_id,
        "iat": context.now,
        "exp": context.now + server.settings.access_token_lifetime,
        "auth_time": to.auth_time,
        "at_hash": signed_tokens.left_half_hash(access_token),
    }
    if to.nonce is not None:
        claims["nonce"] = to.nonce
    claims |= {**personal_claims(server, to.sub, to.scope), **to.claims}
    claims = mistakes.claims(server, "id_token", claims)
    return signed_tokens.sign(claims, signed_tokens.signing_key(server.keys[0].kid))


def _nobodys_grant(facts: BackChannelFacts, now: int) -> Grant:
    asked = AuthorizationRequest(
        client_id=facts.client_id or "",
        redirect_uri=facts.get("redirect_uri") or "",
        redirect_uri_sent=False,
        scope="",
        state=None,
        nonce=None,
        code_challenge=None,
        code_challenge_method=None,
    )
    return Grant(request=asked, sub="nobody", auth_time=now, expires=now)


def _nobodys_record(facts: BackChannelFacts, now: int) -> RefreshRecord:
    return RefreshRecord(
        family="",
        number=0,
        sub="nobody",
        client_id=facts.client_id or "",
        scope="",
        auth_time=now,
        issued=now,
        idle_until=now,
        expires=now,
    )
