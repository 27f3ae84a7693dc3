"""A login at a live world in this process: an `httpx.Client` with the world for its network, and a scripted user."""

import secrets
from functools import cache
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from benchmarks.visitor import CLIENT_ID, REDIRECT_URI, SCOPE
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.protocol import pkce


@cache
def _world() -> tuple[LiveWorld, httpx.Client, User]:
    world = LiveWorld()
    return world, httpx.Client(transport=WorldTransport(world)), User(world)


def login() -> None:
    """One whole login, its tokens, and one call of the API."""
    world, client, user = _world()
    verifier = pkce.verifier_from(secrets.token_bytes(32))
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "code_challenge": pkce.challenge_for(verifier, "S256"),
        "code_challenge_method": "S256",
    }
    arrived = user.log_in(f"{world.metadata['authorization_endpoint']}?{urlencode(asked)}")
    sent = {
        "grant_type": "authorization_code",
        "code": dict(parse_qsl(urlsplit(arrived).query))["code"],
        "redirect_uri": REDIRECT_URI,
        "client_id": CLIENT_ID,
        "code_verifier": verifier,
    }
    tokens = client.post(world.metadata["token_endpoint"], data=sent).json()
    answer = client.get("https://api.example/messages", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert answer.status_code == 200, answer.text
