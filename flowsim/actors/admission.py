"""Who is let in at an API: whoever bears a good access token, and proves that it is theirs where it is bound to a key.

Source: RFC 6750 sections 2 and 3, RFC 9068 section 4, RFC 9449 section 7, RFC 9470 section 3, RFC 9728 section 5.1.
"""

from collections.abc import Callable

from flowsim.actors import bearer, possession
from flowsim.actors.mistakes import servers as mistakes
from flowsim.checks import api as checks
from flowsim.checks import proof
from flowsim.checks.api import ApiFacts
from flowsim.model.context import Context
from flowsim.model.world import Api, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import origin_of, split
from flowsim.protocol.messages import Request, Response

# What an API does for somebody whom it has let in: its new memory, and the answer.
Serve = Callable[[Api, ApiFacts], tuple[Api, Response]]


def admit(
    api: Api,
    request: Request,
    scope: str,
    context: Context,
    serve: Serve,
    *,
    realm: str | None = None,
    resource_metadata: str | None = None,
) -> tuple[Api, Response]:
    """The new memory and the answer to a request that takes a token with this scope: what `serve` gives, or a refusal.

    A refusal names the `realm`, or where there is none the address of the API's metadata, if it tells that.
    """
    shown = bearer.shown(request)
    facts = checks.ApiFacts(
        authorization=shown.authorization,
        form=shown.form,
        scheme=shown.scheme,
        text=shown.text,
        token=signed_tokens.read(shown.text) if shown.text else None,
        origin=mistakes.audience(api),
        issuer=api.issuer,
        jwks=api.jwks,
        scope=scope,
        now=context.now,
        algorithms=api.algorithms,
        max_age=api.max_age,
        acr=api.acr,
    )
    failed = context.evaluate(checks.CHECKS, facts)
    if failed is not None:
        return api, bearer.refuse(
            realm,
            failed.on_failure,
            failed.title,
            scope=scope,
            scheme=facts.scheme_name,
            acr=api.acr,
            max_age=api.max_age,
            algorithms=api.proofs.algorithms,
            resource_metadata=resource_metadata,
        )
    if facts.text is None or (facts.bound_to is None and facts.scheme != "dpop"):
        return serve(api, facts)
    proofs, _, refused = possession.judge(
        api.proofs,
        proof.API_CHECKS,
        request,
        f"{origin_of(request.url)}{split(api.origin).path}{request.path}",
        context,
        bound_to=facts.bound_to,
        token=facts.text,
        scheme=facts.scheme_name if facts.scheme else "",
    )
    if refused is None:
        api, answer = serve(api, facts)
    else:
        answer = bearer.refuse(
            realm,
            refused.on_failure,
            refused.title,
            scope=scope,
            scheme="DPoP",
            algorithms=api.proofs.algorithms,
            resource_metadata=resource_metadata,
        )
    wants_one = refused is not None and refused.error == "use_dpop_nonce"
    proofs, answer = possession.with_nonce(proofs, answer, wants_one, context)
    return evolve(api, proofs=proofs), answer
