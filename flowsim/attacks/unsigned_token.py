"""Nothing is stolen: the attacker writes an access token for the victim, with the algorithm `none` and no signature.

The claims are easy to write, and everybody knows what the API expects. The signature is the difficulty, so the forger
writes another algorithm into the header: here `none`, in public_key_token.py `HS256`. Both fall to one rule: the API
decides which algorithm it takes, and never the token.

In the code flow an ID token comes straight from the server over TLS, so nobody can put a forged one there. What an app
would say to one is in analysis/forged_tokens.py.

Source: RFC 8725 sections 2.1, 3.1 and 3.2, RFC 9068 section 4.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import call_the_api, called, data_at, token_in, was_issued
from flowsim.attacks.view import View
from flowsim.model.scenario import APIS, DEFAULT_API
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World
from flowsim.protocol import signed_tokens

FOR_AN_HOUR = 3600  # seconds
Signature = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgedToken(Attacker):
    """Writes an access token that names the victim, and calls the API with it.

    `explains` says what an API that takes it has believed.
    """

    prize: str = "access_token"
    forges_prize: bool = True
    algorithm: str
    signature: Callable[[View], Signature]
    explains: str

    def next_move(self, world: View) -> Move | None:
        return call_the_api(world, client.api_request(data_at(APIS[DEFAULT_API]), self._token(world), "attacker"))

    def reason(self, world: World) -> str | None:
        token = forged_token(world)
        if token is None or token.header.get("alg") != self.algorithm:
            return None
        keys = [
            signed_tokens.signing_key(key.kid).public_jwk() for key in world.servers[world.runs[VICTIM].server].keys
        ]
        return self.explains if signed_tokens.signature_fits_as_named(token, {"keys": keys}) is not False else None

    def _token(self, world: View) -> str:
        """All of it is public or easy to guess: the issuer, its key, the API, and by what name it knows the victim."""
        kid = world.keys[0]["kid"]
        header = {"alg": self.algorithm, "kid": kid, "typ": signed_tokens.ACCESS_TOKEN_TYPE}
        claims = {
            "iss": world.runs[VICTIM].server,
            "sub": f"user-{world.victim}",
            "aud": APIS[DEFAULT_API],
            "client_id": world.scenario.profile.client_id,
            "scope": "read:messages",
            "iat": world.now,
            "exp": world.now + FOR_AN_HOUR,
            "jti": "written-by-the-attacker",
        }
        return signed_tokens.compact(header, claims, self.signature(world))


def forged_token(world: World) -> signed_tokens.Token | None:
    """The token of the attacker's own making that an API has taken; None where there is none, or where it was stolen."""
    asked = called(world)
    if asked is None or was_issued(world, token_in(asked)):
        return None
    return signed_tokens.read(token_in(asked))


ATTACKER = ForgedToken(
    name="unsigned-token",
    title="a token with the algorithm none",
    positions=("A1",),
    about="Somebody writes an access token for the victim, with no signature and a header that says so.",
    algorithm="none",
    signature=lambda world: signed_tokens.no_signature,
    explains="Its header says that there is no signature, and the API believed that.",
)
