"""How the server and an API look at a DPoP proof: what they remember of earlier ones, and the nonces that they give out.

A proof is looked at where one was sent or is needed, and before all else, so that a request with a bad one changes
nothing. What is remembered of a proof is its `jti`, as long as the proof could come again. A party that wants a nonce in
each proof gives one out with its refusal, and a newer one from time to time with an answer. So nobody can make proofs for
next week, and a clock that is wrong does no harm.

Source: RFC 9449 sections 4.3, 8, 9 and 11.1.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from flowsim.checks.proof import WINDOW, ProofFacts
from flowsim.model.check import Check
from flowsim.model.context import Context
from flowsim.model.refusal import OAuthError
from flowsim.model.world import IssuedNonce, Proofs, evolve
from flowsim.protocol import dpop
from flowsim.protocol.messages import Request, Response

NONCE_LIFETIME = 300  # seconds for which a nonce is taken
NONCE_RENEWAL = 60  # seconds after which an answer brings a newer one
HEADER = "DPoP-Nonce"
MOST_SEEN = 10_000  # proofs that are remembered at a time: anybody can make one (RFC 9449 section 11.1)

ProofCheck = Check[ProofFacts, OAuthError]


def presented(request: Request) -> tuple[str, ...]:
    """The proofs of this request."""
    return request.all_of("dpop")


def judge(
    proofs: Proofs,
    table: Sequence[ProofCheck],
    request: Request,
    url: str,
    context: Context,
    *,
    bound_to: str | None,
    token: str | None = None,
    scheme: str = "",
    seen: Collection[str] | None = None,
) -> tuple[Proofs, str | None, ProofCheck | None]:
    """The memory that has seen this proof, the key it was made with, and the check that refused it.

    `url` is where the request went, as the one who got it knows it. `seen` are the `jti` of earlier proofs that it goes by,
    where these are not the ones it remembers now.
    """
    sent = presented(request)
    shown = dpop.read(sent[0]) if sent else None
    facts = ProofFacts(
        presented=sent,
        proof=shown,
        method=request.method,
        url=url,
        now=context.now,
        seen=frozenset(proofs.seen if seen is None else seen),
        bound_to=bound_to,
        token=token,
        scheme=scheme,
        nonces=_taken(proofs, context.now) if proofs.wants_nonce else None,
        algorithms=proofs.algorithms,
    )
    failed = context.evaluate(table, facts)
    if failed is not None or shown is None:
        return proofs, None, failed
    fresh = [(jti, when) for jti, when in proofs.seen.items() if context.now - when <= 2 * WINDOW]
    now_seen = type(proofs.seen)([*fresh[-(MOST_SEEN - 1) :], (str(shown.claims.get("jti")), context.now)])
    return evolve(proofs, seen=now_seen), shown.jkt, None


def with_nonce(proofs: Proofs, answer: Response, refused: bool, context: Context) -> tuple[Proofs, Response]:
    """The memory, and the answer with a nonce: in each refusal for want of one, and where it is time for a newer one."""
    if not proofs.wants_nonce:
        return proofs, answer
    newest = proofs.nonces[-1] if proofs.nonces else None
    if newest is None or context.now - newest.issued >= NONCE_RENEWAL:
        newest = IssuedNonce(context.random_token("dpop_nonce", 16), context.now)
        proofs = evolve(proofs, nonces=(*(one for one in proofs.nonces if _alive(one, context.now)), newest))
    elif not refused:
        return proofs, answer
    return proofs, replace(answer, headers=(*answer.headers, (HEADER, newest.value)))


def _taken(proofs: Proofs, now: int) -> tuple[str, ...]:
    return tuple(one.value for one in proofs.nonces if _alive(one, now))


def _alive(nonce: IssuedNonce, now: int) -> bool:
    return now - nonce.issued < NONCE_LIFETIME
