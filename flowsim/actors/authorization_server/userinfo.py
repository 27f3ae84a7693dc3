"""Userinfo: what the server says about a user to whoever shows an access token.

Source: OIDC Core section 5.3, RFC 6750 section 3.
"""

from flowsim.actors.authorization_server.discovery import Answer, published_keys
from flowsim.actors.authorization_server.token_endpoint import (
    personal_claims,
)
from flowsim.checks import userinfo
from flowsim.model.context import Context
from flowsim.model.refusal import OAuthError, Unauthorized
from flowsim.model.world import (
    Server,
)
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, response


def userinfo_request(server: Server, request: Request, context: Context) -> Answer:
    scheme, _, text = (request.header("authorization") or "").partition(" ")
    presented = text.strip() if scheme.lower() == "bearer" and text.strip() else None
    token = signed_tokens.read(presented) if presented else None
    ours = token is not None and signed_tokens.signature_fits(token, published_keys(server, context.now))
    jti = str(token.claims.get("jti", "")) if token and ours else ""
    facts = userinfo.UserinfoFacts(presented, server.access_tokens.get(jti), context.now)
    failed = context.evaluate(userinfo.CHECKS, facts)
    if failed is not None or facts.record is None:
        refusal = failed.on_failure if failed else OAuthError("invalid_token")
        return server, _bearer_error(server, refusal)
    claims = {"sub": facts.record.sub, **personal_claims(server, facts.record.sub, facts.record.scope)}
    return server, response(200, headers={"Cache-Control": "no-store"}, json=claims)


def _bearer_error(server: Server, refusal: OAuthError | Unauthorized) -> Response:
    challenge = f'Bearer realm="{server.issuer}"'
    if isinstance(refusal, OAuthError):
        challenge += f', error="{refusal.code}"'
    status = 403 if refusal == OAuthError("insufficient_scope") else 401
    return response(status, headers={"WWW-Authenticate": challenge})
