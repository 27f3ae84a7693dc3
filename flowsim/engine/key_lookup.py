"""The keys that a party verifies with: asked for, once, where a token names one that the party does not have.

Who was told no keys beforehand gets them that way with the first token, and keeps them. It is also how a server can change
its key without a word to anybody. Which party asks, and whom: the app and the API ask
the server they trust, at the address they know, and never one that the token names.

Source: OIDC Core section 10.1.1, RFC 8725 section 3.10.
"""

from typing import Any

from frozendict import deepfreeze, frozendict

from flowsim.actors import authorization_server
from flowsim.engine.turn import Turn
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.model.world import Api, Client, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import request


def of_client(turn: Turn) -> Client:
    """The app of this run, with the keys it needs for the ID token in the answer in flight."""
    app = turn.app
    text = turn.answer.json().get("id_token")
    return evolve(app, jwks=_known(turn, text, app.jwks, app.metadata.get("jwks_uri"), CLIENT))


def of_api(turn: Turn) -> Api:
    """The API of this run, with the keys it needs for the access token in the request in flight."""
    api = turn.api
    text = (turn.asked.header("authorization") or "").partition(" ")[2]
    return evolve(api, jwks=_known(turn, text, api.jwks, f"{api.issuer}/jwks.json", API))


def _known(turn: Turn, text: object, jwks: frozendict[str, Any], address: object, who: str) -> frozendict[str, Any]:
    token = signed_tokens.read(text) if isinstance(text, str) else None
    if token is None or signed_tokens.find_key(jwks, token.header.get("kid")) is not None:
        return jwks
    if not isinstance(address, str) or not address.startswith(f"{turn.server.issuer}/"):
        return jwks
    asked = request("GET", address)
    turn.context.record_message(who, SERVER, asked)
    _, answer = authorization_server.handle(turn.server, asked, turn.context)
    turn.context.record_message(SERVER, who, answer)
    fresh: frozendict[str, Any] = deepfreeze(answer.json())
    return fresh
