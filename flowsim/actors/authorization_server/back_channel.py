"""What every endpoint of the back channel does alike: take a request apart, look at its proof, answer with an error.

Source: RFC 6749 sections 2.3, 3.2 and 5.2; RFC 7523 section 3; RFC 7617 section 2; RFC 9449 sections 5 and 8.
"""

from collections.abc import Sequence

from flowsim.actors import possession
from flowsim.actors.authorization_server.memory import with_one_more
from flowsim.actors.possession import ProofCheck
from flowsim.checks.assertion import AssertionCheck, AssertionFacts
from flowsim.checks.back_channel import BackChannelFacts
from flowsim.checks.jwt_rules import number
from flowsim.model.context import Context
from flowsim.model.refusal import OAuthError
from flowsim.model.world import Asserted, Server, evolve
from flowsim.protocol import client_assertions, credentials, signed_tokens
from flowsim.protocol.messages import Request, Response, content_type, response, single

Answer = tuple[Server, Response]
NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
BASIC = "Authorization: Basic"


def because(title: str) -> str:
    """The `error_description` for a check that failed."""
    return f"Refused, because this does not hold: {title}"


def back_channel_request(server: Server, request: Request, context: Context) -> BackChannelFacts:
    """A request to the back channel, taken apart: who sends it, and what the server knows of what is in it."""
    params = request.form
    shown = [credentials.read(value) for value in request.all_of("authorization")]
    pair = next((credentials.name_and_secret(one.shown) for one in shown if one.scheme == "basic"), None)
    posted = single(params, "client_secret")
    assertion, assertion_type = single(params, "client_assertion"), single(params, "client_assertion_type")
    asserted = assertion is not None or assertion_type is not None
    names = (pair[0] if pair else None, single(params, "client_id"))
    client_id = " and ".join(dict.fromkeys(name for name in names if name)) or client_assertions.subject(assertion)
    headers = tuple(BASIC if one.scheme == "basic" else f"Authorization: {one.scheme}" for one in shown)
    return BackChannelFacts(
        method=request.method,
        content_type=content_type(request),
        params=params,
        query=request.query,
        authentications=(
            *headers,
            *(("client_secret",) if posted else ()),
            *(("client_assertion",) if asserted else ()),
        ),
        client_id=client_id,
        named=(pair is not None and pair[0] != "") or not shown,
        secret=pair[1] if pair else posted,
        server=server,
        client=server.clients.get(client_id or ""),
        grant=server.grants.get(single(params, "code") or ""),
        record=server.refresh_tokens.get(single(params, "refresh_token") or ""),
        now=context.now,
        assertion=assertion,
        assertion_type=assertion_type,
    )


def back_channel_error(server: Server, error: OAuthError, title: str, facts: BackChannelFacts) -> Response:
    """The answer of RFC 6749 section 5.2: 401 where a client tried to authenticate in a header, else 400.

    `title` is what the check says that failed.
    """
    headers = dict(NOT_STORED)
    unauthorized = error == OAuthError("invalid_client") and facts.in_header
    if unauthorized:
        headers["WWW-Authenticate"] = f'Basic realm="{server.issuer}"'
    body = {"error": error.code, "error_description": because(title)}
    return response(401 if unauthorized else 400, headers=headers, json=body)


def authenticate(
    server: Server,
    facts: BackChannelFacts,
    path: str,
    table: Sequence[AssertionCheck],
    context: Context,
    read: Server | None = None,
) -> tuple[Server, AssertionCheck | None]:
    """The server that has seen the assertion of this request to this path, and the check that refused it.

    Where none is sent and the client has no key nobody looks. The names by which the server knows itself are its issuer
    and the address of its token endpoint, and at another endpoint also that one's (RFC 7523 section 3, RFC 9126 section 2).
    Which assertions have come before it takes from what it has `read`, where it is not atomic.
    """
    client = facts.client
    if "client_assertion" not in facts.authentications and (client is None or client.key is None):
        return server, None
    token = signed_tokens.read(facts.assertion) if facts.assertion else None
    client_id = client.client_id if client else ""
    own = (server.issuer, f"{server.base}/oauth/token", f"{server.base}{path}")
    shown = AssertionFacts(
        text=facts.assertion,
        type=facts.assertion_type,
        token=token,
        client_id=facts.client_id,
        client=client,
        audiences=tuple(dict.fromkeys(own)),
        seen=frozenset(jti for of, jti in (read or server).assertions if of == client_id),
        now=context.now,
    )
    failed = context.evaluate(table, shown)
    if failed is not None or token is None:
        return server, failed
    expires = number(token.claims.get("exp"))
    ends = Asserted(context.now if expires is None else int(expires))
    name = (client_id, str(token.claims.get("jti")))
    return evolve(server, assertions=with_one_more(server.assertions, name, ends, context.now)), None


def prove(
    server: Server,
    request: Request,
    table: Sequence[ProofCheck],
    context: Context,
    *,
    bound_to: str | None,
    read: Server | None = None,
) -> tuple[Server, str | None, ProofCheck | None]:
    """The server that has seen the proof of this request, the key it was made with, and the check that refused it.

    Where none is sent and none is needed nobody looks; nor does a server that knows nothing of DPoP. Which proofs have come
    before it takes from what it has `read`, where it is not atomic.
    """
    sent = server.dpop and bool(possession.presented(request))
    if not sent and bound_to is None:
        return server, None, None
    url = f"{server.base}{request.path}"
    seen = (read or server).proofs.seen
    proofs, jkt, failed = possession.judge(server.proofs, table, request, url, context, bound_to=bound_to, seen=seen)
    return evolve(server, proofs=proofs), jkt, failed


def with_nonce(
    server: Server, request: Request, answer: Response, failed: ProofCheck | None, context: Context
) -> Answer:
    """This answer, with a nonce in it where the server wants one in each proof and the request is about a proof."""
    if not server.dpop or not (possession.presented(request) or failed is not None):
        return server, answer
    refused = failed is not None and failed.error == "use_dpop_nonce"
    proofs, answer = possession.with_nonce(server.proofs, answer, refused, context)
    return evolve(server, proofs=proofs), answer
