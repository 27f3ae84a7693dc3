"""The API, or resource server: it holds the data, and lets in whoever bears a good access token.

Source: RFC 6750 sections 2 and 3, RFC 9068 section 4.
"""

from flowsim.checks import api as checks
from flowsim.checks import proof
from flowsim.model.check import Check
from flowsim.model.context import Context
from flowsim.model.refusal import OAuthError, Unauthorized
from flowsim.model.world import Api, evolve
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.messages import Request, Response, response, single

VERBS = {"GET": "read", "POST": "write"}
_STATUS: dict[str | None, int] = {"invalid_request": 400, "insufficient_scope": 403}


def handle(api: Api, request: Request, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer: the data of the token's user, or the error RFC 6750 section 3.1 names."""
    if request.path != f"/{api.keeps}":
        return api, response(404, json={"error": f"there is only /{api.keeps} here"})
    if request.method not in VERBS:
        return api, response(405, headers={"Allow": ", ".join(VERBS)}, json={"error": f"expected {' or '.join(VERBS)}"})
    scope = f"{VERBS[request.method]}:{api.keeps}"
    headers = tuple(value for name, value in request.headers if name.lower() == "authorization" and _is_ours(value))
    form = request.form if request.method == "POST" else ()  # a GET has no form to speak of (RFC 6750 section 2.2)
    text = _bearer(headers[0]) if headers else single(form, "access_token")
    facts = checks.ApiFacts(
        authorization=headers,
        form=form,
        text=text,
        token=signed_tokens.read(text) if text else None,
        origin=api.origin,
        issuer=api.issuer,
        jwks=api.jwks,
        scope=scope,
        now=context.now,
        algorithms=api.algorithms,
    )
    failed = context.evaluate(checks.CHECKS, facts)
    if failed is not None:
        return api, _refuse(api, failed.on_failure, failed.title, scope)
    api, failed_proof = _prove(api, request, facts, context)
    if failed_proof is not None:
        return api, _refuse(api, failed_proof.on_failure, failed_proof.title, scope, "DPoP")
    user = str(facts.claim("sub") or "nobody")
    if request.method == "POST":
        return api, response(201, json={"owner": user, "sent": True})
    body = {"owner": user, api.keeps: list(api.data.get(user, ()))}
    return api, response(200, headers={"Cache-Control": "no-store"}, json=body)


def _prove(
    api: Api, request: Request, facts: checks.ApiFacts, context: Context
) -> tuple[Api, Check[proof.ProofFacts, OAuthError] | None]:
    """The API that has seen this proof, and the check that refused it; a mere Bearer token needs none."""
    confirmation = facts.claim("cnf")
    bound_to = str(confirmation.get("jkt")) if isinstance(confirmation, dict) else None
    presented = tuple(value for name, value in request.headers if name.lower() == "dpop")
    if facts.text is None or (bound_to is None and _scheme(facts).lower() != "dpop"):
        return api, None
    shown = dpop.read(presented[0]) if presented else None
    url = f"{api.origin}{request.path}"
    proved = proof.ProofFacts(
        presented, shown, request.method, url, context.now, api.seen_proofs, bound_to, facts.text, _scheme(facts)
    )
    failed = context.evaluate(proof.API_CHECKS, proved)
    if failed is not None or shown is None:
        return api, failed
    return evolve(api, seen_proofs=api.seen_proofs | {str(shown.claims.get("jti"))}), None


def _scheme(facts: checks.ApiFacts) -> str:
    return facts.authorization[0].partition(" ")[0] if facts.authorization else ""


def _is_ours(value: str) -> bool:
    """False for another scheme, such as Basic: to an API that is as if nothing had been sent (RFC 6750 section 3.1)."""
    return value.partition(" ")[0].lower() in ("bearer", "dpop")


def _bearer(value: str) -> str | None:
    token = value.partition(" ")[2]
    return token if token and " " not in token else None


def _refuse(api: Api, refusal: OAuthError | Unauthorized, title: str, scope: str, scheme: str = "Bearer") -> Response:
    """401 without an error code where there was no token at all; else the code, and for 403 the scope it takes."""
    challenge = f'{scheme} realm="{api.origin}"'
    code = refusal.code if isinstance(refusal, OAuthError) else None
    if code is not None:
        challenge += f', error="{code}", error_description="Refused, because this does not hold: {title}"'
    if code == "insufficient_scope":
        challenge += f', scope="{scope}"'
    if scheme == "DPoP":
        challenge += f', algs="{dpop.ALGORITHM}"'
    return response(_STATUS.get(code, 401), headers={"WWW-Authenticate": challenge})
