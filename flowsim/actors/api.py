"""The API, or resource server: it holds the data, and lets in whoever bears a good access token.

Source: RFC 6750 sections 2 and 3, RFC 9068 section 4, RFC 9470 section 3.
"""

from flowsim.actors import bearer, possession
from flowsim.actors.mistakes import servers as mistakes
from flowsim.checks import api as checks
from flowsim.checks import proof
from flowsim.model.context import Context
from flowsim.model.world import Api, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import origin_of, split
from flowsim.protocol.cross_origin import is_preflight, preflight_answer, with_leave
from flowsim.protocol.messages import LONGEST, Request, Response, allow, response, too_long, without_content

REQUEST_HEADERS = "Authorization, Content-Type, DPoP"
VERBS = {"GET": "read", "POST": "write"}


def handle(api: Api, request: Request, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer, with what a browser wants to know where a page has sent the request.

    The browser asks before a call: none goes without an `Authorization` header (RFC 10017 section 6.3.3.4).
    """
    if ahead := mistakes.skew(api):
        with context.by_clock(ahead):
            return _handle(api, request, context)
    return _handle(api, request, context)


def _handle(api: Api, request: Request, context: Context) -> tuple[Api, Response]:
    origin = request.header("origin")
    if origin is None or request.path != f"/{api.keeps}":
        return data_request(api, request, context)
    known = api.page_origins
    # An API that answers pages of one origin, or all, need not look who asks.
    allowed = known[0] if len(known) == 1 else origin if origin in known else None
    if is_preflight(request):
        if not api.page_origins:
            return api, response(405, headers=allow(VERBS), json={"error": "no page is answered here"})
        return api, preflight_answer(", ".join(VERBS), REQUEST_HEADERS, allowed)
    api, answer = data_request(api, request, context)
    return api, with_leave(answer, allowed) if api.page_origins else answer


def data_request(api: Api, request: Request, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer: the data of the token's user, or the error RFC 6750 section 3.1 names."""
    if status := too_long(request):
        said = f"expected at most {LONGEST} characters of address, of headers and of body"
        return api, response(status, json={"error": said})
    if request.path != f"/{api.keeps}":
        return api, response(404, json={"error": f"there is only /{api.keeps} here"})
    if request.method == "HEAD":
        api, answer = _judged(api, request, "read", context)
        return api, without_content(answer)
    if request.method not in VERBS:
        return api, response(405, headers=allow(VERBS), json={"error": f"expected {' or '.join(VERBS)}"})
    return _judged(api, request, VERBS[request.method], context)


def _judged(api: Api, request: Request, verb: str, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer to a request that wants to do this with the data."""
    scope = f"{verb}:{api.keeps}"
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
        refusal, scheme = failed.on_failure, facts.scheme_name
        return api, bearer.refuse(
            api.origin,
            refusal,
            failed.title,
            scope=scope,
            scheme=scheme,
            acr=api.acr,
            max_age=api.max_age,
            algorithms=api.proofs.algorithms,
        )
    if facts.text is None or (facts.bound_to is None and facts.scheme != "dpop"):
        return api, _data(api, request, facts)
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
        answer = _data(api, request, facts)
    else:
        algorithms = api.proofs.algorithms
        answer = bearer.refuse(
            api.origin, refused.on_failure, refused.title, scope=scope, scheme="DPoP", algorithms=algorithms
        )
    wants_one = refused is not None and refused.error == "use_dpop_nonce"
    proofs, answer = possession.with_nonce(proofs, answer, wants_one, context)
    return evolve(api, proofs=proofs), answer


def _data(api: Api, request: Request, facts: checks.ApiFacts) -> Response:
    """The data of the token's user, or word that something was written."""
    user = str(facts.claim("sub") or "nobody")
    if request.method == "POST":
        return response(201, json={"owner": user, "sent": True})
    body = {"owner": user, api.keeps: list(api.data.get(user, ()))}
    return response(200, headers={"Cache-Control": "no-store"}, json=body)
