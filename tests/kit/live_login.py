"""A login at a live world by an app and a user of our own, piece by piece, so that one can look in between."""

from collections.abc import Iterator
from urllib.parse import urlencode

import httpx

from flowsim.live.transport import WorldTransport
from flowsim.live.user import Arrived, User
from flowsim.live.world import LiveWorld
from flowsim.protocol import pkce
from flowsim.protocol.messages import query_of, single

CLIENT, CALLBACK, VERIFIER = "photo-desktop", "http://127.0.0.1:51004/callback", "v" * 43


def authorization_url(issuer: str, **changed: str) -> str:
    params = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "scope": "openid offline_access read:messages",
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": pkce.challenge_for(VERIFIER, "S256"),
        "code_challenge_method": "S256",
    }
    return f"{issuer}/authorize?{urlencode({**params, **changed})}"


def redeem(http: httpx.Client, issuer: str, api: str, address: str) -> Iterator[str]:
    """What the app does with the address that the browser came back to: a word after each exchange."""
    code = single(query_of(address), "code") or ""
    form = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT, "redirect_uri": CALLBACK}
    tokens = http.post(f"{issuer}/oauth/token", data={**form, "code_verifier": VERIFIER}).raise_for_status().json()
    yield "tokens"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    http.get(f"{api}/messages", headers=bearer).raise_for_status()
    yield "data"


def login(world: LiveWorld, **changed: str) -> Iterator[str]:
    """A whole login in this process, which has an API for messages: a word after each part of it."""
    user = User(world)
    there: Arrived = user.open(authorization_url(world.issuer, **changed))
    yield "login page"
    address = user.log_in(there.address)
    yield "code"
    api = next(origin for origin, one in world.apis.items() if one.keeps == "messages")
    with httpx.Client(transport=WorldTransport(world)) as http:
        yield from redeem(http, world.issuer, api, address)
