"""What an app signs for its requests: DPoP proofs, with the nonces that it is given for them, and client assertions.

An app that has no key makes none. Where a server or an API wants a nonce it says so with an error, and the app sends the
same request once more, with the nonce in its proof. It keeps the last nonce of each origin for what it sends there next.

An app that shows with assertions who it is makes one for each request, since the server takes each only once.

Source: RFC 9449 sections 4.2, 8 and 9; RFC 7523 sections 2.2 and 3; RFC 9126 section 2.
"""

import re
from dataclasses import replace

from flowsim.actors.mistakes import app as mistakes
from flowsim.model.context import Context
from flowsim.model.steps import CLIENT
from flowsim.model.world import Client, TokenSet, evolve
from flowsim.protocol import challenges, client_assertions, credentials, dpop
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response, single

USE_NONCE = "use_dpop_nonce"
_NONCE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def proof_for(
    client: Client, key: bytes | None, method: str, url: str, context: Context, access_token: str | None = None
) -> str | None:
    """The DPoP proof for one request, with the last nonce that was given out there; None for an app that has no key."""
    if key is None:
        return None
    said = mistakes.proven(client, mistakes.Proven(method, url, access_token, context.random_token("proof_id", 16)))
    return dpop.proof(
        key,
        said.method,
        said.url,
        now=mistakes.now(client, context),
        jti=said.jti,
        access_token=said.token,
        nonce=client.dpop_nonces.get(origin_of(url)),
    )


def assertion_for(client: Client, issuer: str, context: Context, *, endpoint: str, token_endpoint: str) -> str | None:
    """The assertion for one request to this endpoint of the server with this issuer; None for an app that has no key.

    It names the issuer as its audience, also where it goes to another endpoint than the token endpoint: that is one name
    for the whole server, and the app has compared it when it learnt the server's metadata. An app may be set to name the
    endpoint instead, or what the server calls its token endpoint, which nobody has compared with anything.
    """
    if client.key is None:
        return None
    names = {"issuer": issuer, "endpoint": endpoint, "token-endpoint": token_endpoint}
    audience = names[client.assertion_audience]
    said = mistakes.asserted(client, mistakes.Asserted(audience, context.random_token("assertion_id", 16)))
    text = client_assertions.assertion(
        client.key, client.profile.client_id, said.audience, now=mistakes.now(client, context), jti=said.jti
    )
    context.record_secret(CLIENT, "client_assertion", text)
    return text


def assertion_for_own(client: Client, endpoint: str, context: Context) -> str | None:
    """The assertion for one request to this endpoint of the app's own server."""
    own = client.metadata
    called = own.get("token_endpoint", "")
    return assertion_for(client, own["issuer"], context, endpoint=endpoint, token_endpoint=called)


def asks_for_nonce(asked: Request, answer: Response) -> bool:
    """True for the error that says: send this once more, with this nonce in its proof (RFC 9449 sections 8 and 9)."""
    if asked.header("dpop") is None or _nonce_in(answer) is None:
        return False
    challenged = challenges.with_error(answer.all_of("www-authenticate"), USE_NONCE) is not None
    return challenged or answer.json().get("error") == USE_NONCE


def keep_nonce(client: Client, url: str, answer: Response) -> Client:
    """The client with the nonce that this answer from there brings, for its next proof at that origin."""
    nonce = _nonce_in(answer)
    return client if nonce is None else evolve(client, dpop_nonces=client.dpop_nonces.set(origin_of(url), nonce))


def send_again(
    client: Client, who: str, asked: Request, answer: Response, context: Context, call: str | None = None
) -> tuple[Client, Request]:
    """The same request with a new proof, in which the nonce stands that this answer brings, and with a new assertion."""
    return sent_again(keep_nonce(client, asked.url, answer), who, asked, context, call)


def sent_again(
    client: Client, who: str, asked: Request, context: Context, call: str | None = None
) -> tuple[Client, Request]:
    """The same request with a new proof and a new assertion, where it has such: each of them is taken only once.

    `call` is the key under which the app keeps the login whose code it redeems, where that is another than the browser.
    """
    redeeming = client.redeeming.get(who if call is None else call)
    held = redeeming if single(asked.form, "code") else client.tokens.get(who)
    scheme, shown = credentials.read(asked.header("authorization") or "")
    token = shown if scheme == "dpop" else None
    key = held.dpop_key if held else None
    if isinstance(held, TokenSet):
        key = mistakes.key_of(client, held, context)
    proof = proof_for(client, key, asked.method, asked.url, context, token)
    headers = tuple(
        (name, proof or value) if name.lower() == "dpop" else (name, value) for name, value in asked.headers
    )
    shown_before = single(asked.form, "client_assertion")
    if shown_before is None:
        return client, replace(asked, headers=headers)
    fresh = assertion_for_own(client, asked.url, context) or ""
    return client, replace(asked, headers=headers, body=asked.body.replace(shown_before, fresh))


def _nonce_in(answer: Response) -> str | None:
    """The nonce of this answer; None where it has none, or what no nonce can be (RFC 9449 section 8.1)."""
    found = answer.all_of("dpop-nonce")
    return found[0] if len(found) == 1 and _NONCE.fullmatch(found[0]) else None
