"""Card 11. Nothing is stolen: the attacker writes an access token for the victim and sends it to the API.

The claims are easy to write, and everybody knows what the API expects. The signature is the difficulty, so the forger
writes another algorithm into the header: `none`, for which there is no signature; or `HS256`, for which a careless
verifier takes the public key as the secret. Both fall to one rule: the API decides which algorithm it takes, and never
the token.

In the code flow an ID token comes straight from the server over TLS, so nobody can put a forged one there. What an app
would say to one is in forging.py.

Source: RFC 8725 sections 2.1, 3.1 and 3.2, RFC 9068 section 4.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.model.scenario import APIS, DEFAULT_API
from flowsim.model.states import Act, Role
from flowsim.model.transitions import Move, honest_act
from flowsim.model.world import ATTACKER_CALL, VICTIM, World
from flowsim.protocol import signed_tokens

CALL = f"{ATTACKER_CALL} 1"
FOR_AN_HOUR = 3600  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgedToken(Attacker):
    """Writes an access token that names the victim, and calls the API with it."""

    algorithm: str
    signature: Callable[[World], Callable[[bytes], bytes]]

    def next_move(self, world: World) -> Move | None:
        run = world.runs.get(CALL)
        if run is not None:
            act = honest_act(run.role, run.state)
            return Move(CALL, act) if act else None
        api = world.apis[APIS[DEFAULT_API]]
        asked = client.api_request(api.url, self._token(world), "thief")
        return Move(CALL, Act.STEP_10, asked, role=Role.CALL, by_attacker=True)

    def _token(self, world: World) -> str:
        """All of it is public or easy to guess: the issuer, its key, the API, and by what name it knows the victim."""
        kid = world.servers[world.runs[VICTIM].server].keys[0].kid
        header = {"alg": self.algorithm, "kid": kid, "typ": signed_tokens.ACCESS_TOKEN_TYPE}
        claims = {
            "iss": world.runs[VICTIM].server,
            "sub": f"user-{world.people[VICTIM].username}",
            "aud": APIS[DEFAULT_API],
            "client_id": world.scenario.profile.client_id,
            "scope": "read:messages",
            "iat": world.now,
            "exp": world.now + FOR_AN_HOUR,
            "jti": "written-by-the-attacker",
        }
        return signed_tokens.compact(header, claims, self.signature(world))


def _none(world: World) -> Callable[[bytes], bytes]:
    return signed_tokens.no_signature


def _public_key(world: World) -> Callable[[bytes], bytes]:
    """Made with the key that the server publishes for everybody (RFC 7517)."""
    kid = world.servers[world.runs[VICTIM].server].keys[0].kid
    key = signed_tokens.find_key({"keys": [signed_tokens.signing_key(kid).public_jwk()]}, kid)
    assert key is not None
    return lambda text: signed_tokens.hmac_with_public_key(key, text)


ATTACKERS = (
    ForgedToken(
        name="unsigned-token",
        card="11",
        title="a token with the algorithm none",
        positions=("A1",),
        about="Somebody writes an access token for the victim, with no signature and a header that says so.",
        prize="access_token",
        forges_prize=True,
        algorithm="none",
        signature=_none,
    ),
    ForgedToken(
        name="public-key-token",
        card="11",
        title="a token signed with the public key as a secret",
        positions=("A1",),
        about="Somebody writes an access token for the victim, and signs it with the one key that everybody has.",
        prize="access_token",
        forges_prize=True,
        algorithm="HS256",
        signature=_public_key,
    ),
)
