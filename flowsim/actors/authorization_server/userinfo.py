"""Userinfo: what the server says about a user to whoever shows an access token.

A token that is bound to a key is good here as it is at an API: with a proof, and never as a mere Bearer token.

Source: OIDC Core section 5.3, RFC 6750 sections 2 and 3, RFC 9449 section 7.
"""

from flowsim.actors import bearer, possession
from flowsim.actors.authorization_server.back_channel import Answer, with_nonce
from flowsim.actors.authorization_server.revocation import access_record
from flowsim.actors.authorization_server.token_endpoint import personal_claims
from flowsim.actors.possession import ProofCheck
from flowsim.checks import proof, userinfo
from flowsim.checks.bearer import BearerFacts
from flowsim.model.context import Context
from flowsim.model.refusal import OAuthError
from flowsim.model.world import AccessRecord, Server, evolve
from flowsim.protocol.messages import Request, response

SCOPE = "openid"


def userinfo_request(server: Server, request: Request, context: Context) -> Answer:
    """The claims about the user of this token, or the error RFC 6750 section 3.1 names."""
    shown = bearer.shown(request)
    record = access_record(server, shown.text or "", context.now)[1]
    facts = userinfo.UserinfoFacts(shown.authorization, shown.form, shown.scheme, shown.text, record, context.now)
    failed = context.evaluate(userinfo.CHECKS, facts)
    if failed is not None or record is None:
        refusal = failed.on_failure if failed else OAuthError("invalid_token")
        title = failed.title if failed else "this server issued the token"
        named = shown.scheme_name
        return server, bearer.refuse(
            server.issuer, refusal, title, scope=SCOPE, scheme=named, algorithms=server.proofs.algorithms
        )
    server, refused = _prove(server, request, shown, record, context)
    if refused is not None:
        algorithms = server.proofs.algorithms
        answer = bearer.refuse(
            server.issuer, refused.on_failure, refused.title, scope=SCOPE, scheme="DPoP", algorithms=algorithms
        )
        return with_nonce(server, request, answer, refused, context)
    claims = {"sub": record.sub, **personal_claims(server, record.sub, record.scope)}
    answer = response(200, headers={"Cache-Control": "no-store"}, json=claims)
    return with_nonce(server, request, answer, None, context) if shown.scheme == "dpop" else (server, answer)


def _prove(
    server: Server, request: Request, shown: BearerFacts, record: AccessRecord, context: Context
) -> tuple[Server, ProofCheck | None]:
    """The server that has seen the proof, and the check that refused it; a mere Bearer token needs none."""
    if record.jkt is None and shown.scheme != "dpop":
        return server, None
    proofs, _, failed = possession.judge(
        server.proofs,
        proof.USERINFO_CHECKS,
        request,
        f"{server.base}{request.path}",
        context,
        bound_to=record.jkt,
        token=shown.text or "",
        scheme=shown.scheme_name if shown.scheme else "",
    )
    return evolve(server, proofs=proofs), failed
