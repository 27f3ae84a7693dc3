"""The app ships a client secret, the same for everybody, and the attacker takes it out of the app's files.

A secret that every user receives proves nothing. With it the attacker looks exactly like the app.

Source: RFC 6749 section 10.1, RFC 8252 section 8.5.
"""

from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import has_done, made_up_verifier, redeem_the_code, redeemed, steal_the_redirect
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, World


class DecompiledSecret(Attacker):
    """Reads the secret out of the app, takes the code, and sends both."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if not has_done(world, Act.READ_APP):
            return Move(ATTACKER_RUN, Act.READ_APP)
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        verifier = made_up_verifier(world)
        return redeem_the_code(world, verifier, world.attacker.loot.get("client_secret"))

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        if done is None or done.asked.code_challenge is not None or "client_secret" not in world.attacker.loot:
            return None
        return "The app's secret was in the app, and nothing tied the code to the app that asked for it."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        if scenario.profile.confidential:
            raise ScenarioError(
                f"the attack {self.name} needs a secret that is shipped with an app; the client {scenario.client!r} "
                "keeps its secret on its own server. Choose a native client or spa"
            )
        return {"shipped_secret": True}


ATTACKER = DecompiledSecret(
    name="decompiled-secret",
    title="the secret is taken out of the app",
    positions=("A1", "A3"),
    about="The app ships a client secret. The attacker reads it in the app's files and uses it with the stolen code.",
)
