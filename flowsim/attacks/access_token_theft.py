"""Card 10. Somebody gets hold of an access token on its way to an API, and uses it: there again, or elsewhere.

An access token is a bearer token: whoever has it may use it. What limits the damage is its lifetime, its audience (the
one API it was made for), its scope, and, where it is bound to a key, the proof that has to come with each request.

Source: RFC 9700 sections 4.9 and 4.10, RFC 6750 section 5.2, RFC 9449 section 11.1.
"""

from dataclasses import dataclass
from typing import Any

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.engine.honest_moves import honest_move
from flowsim.model.scenario import APIS, DEFAULT_API, Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move, honest_act
from flowsim.model.world import ATTACKER_CALL, VICTIM, World
from flowsim.protocol.messages import Request

CALL = f"{ATTACKER_CALL} 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenTheft(Attacker):
    """Reads one request to the API, lets the app have its answer, and calls an API when all others have done."""

    prize: str = "access_token"
    too_late: str = (
        "the request to the API has been answered, or never came. Go back to a position up to 10, for example with "
        "goto(10), and inject it there"
    )
    settings: tuple[tuple[str, Any], ...] = ()
    with_proof: bool = False

    def next_move(self, world: World) -> Move | None:
        if "access_token" not in world.attacker.loot:
            wanted = world.runs[VICTIM].state is State.API_ASKED
            return Move(VICTIM, Act.READ_API_REQUEST) if wanted else None
        run = world.runs.get(CALL)
        if run is not None:
            act = honest_act(run.role, run.state)
            return Move(CALL, act) if act else None
        if honest_move(world) is not None:
            return None
        return Move(CALL, Act.STEP_10, self._request(world), role=Role.CALL, by_attacker=True)

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return dict(self.settings)

    def _request(self, world: World) -> Request:
        proof = world.attacker.loot.get("dpop_proof") if self.with_proof else None
        api = world.apis[APIS[DEFAULT_API]]
        return client.api_request(api.url, world.attacker.loot["access_token"], "thief", proof=proof)


ATTACKERS = (
    AccessTokenTheft(
        name="access-token-theft",
        card="10",
        title="the access token is stolen",
        positions=("A5",),
        about="Somebody reads a request to the API, and calls the same API with the token in it.",
    ),
    AccessTokenTheft(
        name="api-replay",
        card="10",
        title="an API uses the token at another API",
        positions=("A5",),
        about="An API that the app trusts takes the token it is shown and calls another API with it.",
        settings=(("api", "photos"), ("scope", "openid profile read:photos read:messages")),
    ),
    AccessTokenTheft(
        name="proof-replay",
        card="10",
        title="a token is stolen together with its proof",
        positions=("A5",),
        about="Somebody copies a whole request to the API, access token and DPoP proof, and sends it again.",
        settings=(("dpop", "tokens"),),
        with_proof=True,
    ),
)
