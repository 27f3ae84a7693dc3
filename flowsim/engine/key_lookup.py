"""The keys that a party verifies with: asked for again, once, where a token names one that the party does not have.

That is how a server can change its key without a word to anybody. Which party asks, and whom: the app and the API ask
the server they trust, at the address they know, and never one that the token names.

Source: OIDC Core section 10.1.1, RFC 8725 section 3.10.
"""

from typing import Any

from frozendict import deepfreeze, frozendict

from flowsim.actors import authorization_server
from flowsim.model.context import Context
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.model.world import Api, Client, Run, World, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, request


def of_client(world: World, run: Run, answer: Response, context: Context) -> Client:
    """The app of this run, with the keys it needs for the ID token in this answer."""
    app = world.clients[run.client]
    return evolve(
        app, jwks=_known(world, run, answer.json().get("id_token"), app.jwks, app.metadata["jwks_uri"], CLIENT, context)
    )


def of_api(world: World, run: Run, asked: Request, context: Context) -> Api:
    """The API of this run, with the keys it needs for the access token in this request."""
    api = world.apis[run.api]
    text = (asked.header("authorization") or "").partition(" ")[2]
    return evolve(api, jwks=_known(world, run, text, api.jwks, f"{api.issuer}/jwks.json", API, context))


def _known(
    world: World, run: Run, text: object, jwks: frozendict[str, Any], address: str, who: str, context: Context
) -> frozendict[str, Any]:
    token = signed_tokens.read(text) if isinstance(text, str) else None
    if token is None or signed_tokens.find_key(jwks, token.header.get("kid")) is not None:
        return jwks
    asked = request("GET", address)
    context.record_message(who, SERVER, asked)
    _, answer = authorization_server.handle(world.servers[run.server], asked, context)
    context.record_message(SERVER, who, answer)
    fresh: frozendict[str, Any] = deepfreeze(answer.json())
    return fresh
