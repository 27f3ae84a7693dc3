"""An MCP server that stands before another service, and whose one name there stands for every app.

The authorization server of the MCP server is a proxy: another server, behind it, logs the user in. There the proxy is one
client, and anybody can become a client of the proxy. The server behind remembers what the user has allowed the proxy,
so it asks nothing. Where the proxy asks nothing either, nobody has been asked about the attacker's app.

PKCE binds a code to whoever has made the request. Here that is the attacker, so it is no help.

Source: Model Context Protocol, Security Best Practices (confused deputy problem); RFC 6749 section 10.2.
"""

from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    OWN_VERIFIER,
    TOO_LATE,
    has_done,
    lure,
    lured,
    own_request,
    receive_at_own_address,
    redeem_the_code,
    redeemed,
)
from flowsim.attacks.view import View
from flowsim.model.clients import MCP
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKERS_CLIENT, ATTACKERS_REDIRECT, World


class ConfusedDeputy(Attacker):
    """Has a client of its own at the proxy, gets the code for it at its own address, and redeems it."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" in world.attacker.loot:
            return redeem_the_code(world, OWN_VERIFIER, client_id=ATTACKERS_CLIENT, redirect_uri=ATTACKERS_REDIRECT)
        if lured(world) is not None:
            return receive_at_own_address(world)
        return self.lead(world, own_request(world, ATTACKERS_CLIENT, ATTACKERS_REDIRECT))

    def lead(self, world: View, asked: dict[str, str]) -> Move | None:
        """Have the victim's browser open this request."""
        return lure(world, asked)

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": MCP, "api": "messages", "proxy": True, "remembered": "consent"}

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        if done is None or not world.scenario.proxy or done.asked.client_id != ATTACKERS_CLIENT:
            return None
        if has_done(world, Act.OPEN_UPSTREAM):
            return None
        asked = {event.act: event.after for event in world.log if event.run == ATTACKER_INITIATED}
        shown = "asked nothing" if asked.get(Act.STEP_U1) is State.UPSTREAM_ANSWERED else "asked about the proxy"
        if asked.get(Act.STEP_4) is State.SENT_ON:
            return f"The server behind {shown}, and the proxy asked nothing: nobody has asked the user about this app."
        return f"The user allowed it when the proxy asked about the attacker's app, and the server behind {shown}."


ATTACKER = ConfusedDeputy(
    name="confused-deputy",
    title="a proxy's one name stands for every app",
    positions=("A1",),
    about="The attacker has a client of its own at a proxy. The server behind asks nothing.",
    too_late=TOO_LATE,
)
