"""An MCP server names another authorization server than before, and the app takes there what the honest one had given it.

The app has a `client_id` and a secret of the honest server. Where it keeps them for the MCP server, and not for the issuer,
it shows the secret to whatever server it is told of. All else is as in mix_up.py.

An app that pushes its request shows the secret even before the code, at the attacker's endpoint for pushed requests: the
attacker pushes with it at the honest server. So it does not help that the honest one takes no other requests.

Source: Model Context Protocol, revision 2026-07-28, client registration (authorization server binding), RFC 9126 section 2.
"""

from typing import Any

from flowsim.attacks.mix_up import TOO_LATE, MixUpByResourceMetadata
from flowsim.attacks.toolkit import redeemed
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act
from flowsim.model.world import World


class ChangedServer(MixUpByResourceMetadata):
    """Gets the secret as well, which the app was given by the honest server, and redeems the code with it."""

    __slots__ = ()

    def reason(self, world: World) -> str | None:
        kept = [event.detail for event in world.log if event.act is Act.GET_TOKEN_REQUEST]
        if not kept or "client_secret" not in kept[0] or redeemed(world) is None:
            return None
        return "The app showed the attacker's server the secret that the honest server had given it, beside the code."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        with_secret = {"client_identity": "pre-registered", "entered_secret": True, "shipped_secret": False}
        return {**MixUpByResourceMetadata.needs(self, scenario), **with_secret}


ATTACKER = ChangedServer(
    name="changed-server",
    title="the app's secret is taken to another server",
    positions=("A1",),
    about="An MCP server names another authorization server than the one that gave the app its client_id and secret.",
    too_late=TOO_LATE,
)
