"""The API behind an MCP server: it lets in whoever shows a token that was made for it, and books the call on its `sub`.

It cannot see who has sent a request. It reads that from the token, and answers about the user whom the request names, or
about whom the token names.

Source: RFC 6750 section 3, RFC 9068 section 4.
"""

from urllib.parse import quote, unquote

from flowsim.actors import bearer
from flowsim.checks import behind as checks
from flowsim.model.context import Context
from flowsim.model.world import Api
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.messages import Request, Response, request, response

NOBODY = "nobody"


def call(api: Api, user: str, authorization: str) -> Request:
    """What the MCP server asks: about this user, with this value of the header `Authorization`."""
    return request("GET", f"{api.url}/{quote(user, safe='')}", headers={"Authorization": authorization})


def handle(api: Api, asked: Request, context: Context) -> Response:
    """What it keeps about the user who is named, and on whom it has booked the call; or the error of RFC 6750 section 3."""
    shown = bearer.shown(asked)
    sent = asked.all_of("dpop")
    facts = checks.CallFacts(
        authorization=shown.authorization,
        form=shown.form,
        scheme=shown.scheme,
        text=shown.text,
        token=signed_tokens.read(shown.text) if shown.text else None,
        origin=api.identifier,
        issuer=api.issuer,
        jwks=api.jwks,
        scope="",
        now=context.now,
        algorithms=api.algorithms,
        proof=dpop.read(sent[0]) if len(sent) == 1 else None,
        url=f"{api.origin}{asked.path}",
    )
    failed = context.evaluate(checks.CHECKS, facts)
    if failed is not None:
        return bearer.refuse(api.origin, failed.on_failure, failed.title, scope="", scheme=facts.scheme_name)
    return answer(api, asked, str(facts.claim("sub") or NOBODY))


def answer(api: Api, asked: Request, booked_on: str) -> Response:
    """What it keeps about this user, in an answer that says on whom the call is booked."""
    user = unquote(asked.path.removeprefix(f"/{api.keeps}").strip("/")) or booked_on
    body = {"owner": user, api.keeps: list(api.data.get(user, ())), "booked_on": booked_on}
    return response(200, headers={"Cache-Control": "no-store"}, json=body)
