"""An API uses the token at another API. It is trusted with one kind of data, and calls for another with what it is shown.

What helps is the audience: an access token says for which API it was made, and every other one has to refuse it.

Source: RFC 9700 sections 4.9.2 and 4.10.2, RFC 9068 section 4.
"""

from typing import Any

from flowsim.attacks.access_token_theft import NOT_ASKING, AccessTokenTheft, made_for_another
from flowsim.attacks.toolkit import called
from flowsim.attacks.view import View
from flowsim.model.scenario import APIS, DEFAULT_API, Scenario
from flowsim.model.world import World


class ApiReplay(AccessTokenTheft):
    """As access token theft, where the app asks one API and the attacker another."""

    __slots__ = ()

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"api": "photos", "scope": "openid profile read:photos read:messages"}

    def api(self, world: View) -> str:
        return APIS[DEFAULT_API]

    def reason(self, world: World) -> str | None:
        asked = called(world)
        if asked is None or "access_token" not in world.attacker.loot or not made_for_another(world, asked):
            return None
        return "The token was made for another API, and this one did not look."


ATTACKER = ApiReplay(
    name="api-replay",
    title="an API uses the token at another API",
    positions=("A5",),
    about="An API that the app trusts takes the token it is shown and calls another API with it.",
    prize="access_token",
    too_late=NOT_ASKING,
)
