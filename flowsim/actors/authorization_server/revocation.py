"""The revocation endpoint, and what it means to end a token: a record of it says so, and whoever asks the server hears it.

An API that checks tokens by itself does not ask. So there an access token that was revoked is good until it expires.

Source: RFC 7009 sections 2 and 3.
"""

from dataclasses import replace

from flowsim.actors.authorization_server.back_channel import (
    NOT_STORED,
    Answer,
    authenticate,
    back_channel_error,
    back_channel_request,
)
from flowsim.actors.authorization_server.discovery import published_keys
from flowsim.checks import assertion, revocation
from flowsim.model.context import Context
from flowsim.model.world import AccessRecord, Server, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, response


def revoke(server: Server, request: Request, context: Context) -> Answer:
    """The revocation endpoint: 200 also for a token that nobody knows (RFC 7009 section 2.2).

    A refresh token ends with its whole family, its access tokens included; an access token ends alone (section 2.1).
    What kind of token it is the server finds out by itself, whatever the `token_type_hint` says.
    """
    asked = back_channel_request(server, request, context)
    server, unknown = authenticate(server, asked, request.path, assertion.REVOKE_CHECKS, context)
    if unknown is not None:
        return server, back_channel_error(server, unknown.on_failure, unknown.title, asked)
    text = asked.get("token") or ""
    known = server.refresh_tokens.get(text)
    jti, access = access_record(server, text, context.now)
    facts = replace(asked, record=known, access=access)
    failed = context.evaluate(revocation.CHECKS, facts)
    if failed is not None:
        return server, back_channel_error(server, failed.on_failure, failed.title, facts)
    if known is not None:
        server = end_family(server, known.family, access_too=True)
    elif access is not None:
        server = evolve(server, access_tokens=server.access_tokens.set(jti, evolve(access, revoked=True)))
    return server, response(200, headers=NOT_STORED)


def access_record(server: Server, text: str, now: int) -> tuple[str, AccessRecord | None]:
    """The `jti` of this access token and the server's record of it; None where it has issued no such token."""
    token = signed_tokens.read(text) if text else None
    ours = token is not None and signed_tokens.signature_fits(token, published_keys(server, now))
    jti = str(token.claims.get("jti", "")) if token and ours else ""
    return jti, server.access_tokens.get(jti)


def end_family(server: Server, family: str, *, access_too: bool) -> Server:
    """The server after all refresh tokens of this family were revoked, and its access tokens as well where wanted."""
    refresh_tokens = server.refresh_tokens
    for text, record in server.refresh_tokens.items():
        if record.family == family:
            refresh_tokens = refresh_tokens.set(text, evolve(record, revoked=True))
    access_tokens = server.access_tokens
    for jti, kept in server.access_tokens.items():
        if access_too and kept.family == family:
            access_tokens = access_tokens.set(jti, evolve(kept, revoked=True))
    return evolve(server, access_tokens=access_tokens, refresh_tokens=refresh_tokens)
