"""The keys that a party verifies with: asked for, once, where a token names one that the party does not have.

Who was told no keys beforehand gets them that way with the first token, and keeps them. It is also how a server can change
its key without a word to anybody. Which party asks, and whom: the app and the API ask
the server they trust, at the address they know, and never one that the token names.

Source: OIDC Core section 10.1.1, RFC 8725 section 3.10.
"""

from typing import Any

from frozendict import deepfreeze, frozendict

from flowsim.actors import authorization_server
from flowsim.actors.mistakes import app as of_apps
from flowsim.actors.mistakes import servers
from flowsim.checks.cross_origin import NO_PREFLIGHT, Reading
from flowsim.engine import page
from flowsim.engine.turn import Turn
from flowsim.model.steps import API, SERVER
from flowsim.model.world import Api, Client, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import request


def of_client(turn: Turn, after: Reading) -> Client | None:
    """The app of this run, with the keys it needs for the ID token in the answer in flight; None where it cannot get them.

    The browser can hide them from a page, by the checks of `after`.
    """
    app, address = turn.app, turn.app.metadata.get("jwks_uri")
    if not _unknown(turn.answer.json().get("id_token"), app.jwks) or not _is_of(turn, address):
        return app
    if app.jwks and not of_apps.asks_for_keys(app):
        return app
    _, answer, _ = page.fetch(turn, turn.server, request("GET", str(address)), NO_PREFLIGHT, after)
    return evolve(app, jwks=deepfreeze(answer.json())) if answer else None


def of_api(turn: Turn, api: Api | None = None, who: str = API) -> Api:
    """The API of this run or another one, `who`, with the keys it needs for the access token in the request in flight."""
    api = api or turn.api
    address = f"{api.issuer}/jwks.json"
    text = (turn.asked.header("authorization") or "").partition(" ")[2]
    if not _unknown(text, api.jwks) or not _is_of(turn, address):
        return api
    if api.jwks and not servers.asks_for_keys(api):
        return api
    asked = request("GET", address)
    turn.context.record_message(who, SERVER, asked)
    _, answer = authorization_server.handle(turn.server, asked, turn.context)
    turn.context.record_message(SERVER, who, answer)
    return evolve(api, jwks=deepfreeze(answer.json()))


def _unknown(text: object, jwks: frozendict[str, Any]) -> bool:
    """True for a token that names a key which is not among these."""
    token = signed_tokens.read(text) if isinstance(text, str) else None
    return token is not None and signed_tokens.find_key(jwks, token.header.get("kid")) is None


def _is_of(turn: Turn, address: object) -> bool:
    """True for an address of the authorization server of this run."""
    return isinstance(address, str) and address.startswith(f"{turn.server.issuer}/")
