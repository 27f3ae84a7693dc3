"""The app has many tools, and anybody may add one: the attacker's tool writes the honest server's name as that of its own.

As in mix-up the user picks the attacker's tool, and its server sends the browser on to the honest one. The app knows a
server by what the tool's author has written down, each endpoint by itself, and nobody has compared the name with anything.
So the `iss` of the honest answer fits, and a redirect address for each *server* is one address for both tools: there is
one name. What helps is an address for each *tool*, or to ask the server that is named where its endpoints are.

The draft calls it cross-toolkit OAuth account takeover, and mix-up a special case of it.

Source: Security Topics Update section 2.2 (draft-ietf-oauth-security-topics-update), RFC 9700 sections 4.4 and 4.5.
"""

from flowsim.attacks.mix_up import TOO_LATE, MixUp
from flowsim.attacks.toolkit import has_done
from flowsim.model.states import Act
from flowsim.model.world import World


class CrossTool(MixUp):
    """Does what mix-up does, at an app that takes the name of a tool's server from the tool's author."""

    __slots__ = ()

    def reason(self, world: World) -> str | None:
        if not world.scenario.open_tools or not has_done(world, Act.GET_TOKEN_REQUEST):
            return None
        return (
            "The attacker's tool bore the honest server's name, and the app brought the code where that tool wanted it."
        )


ATTACKER = CrossTool(
    name="cross-tool",
    title="a tool of the attacker's swaps the connection",
    positions=("A1",),
    about="Anybody may add a tool to the app. The attacker's names the honest server, and endpoints of the attacker's.",
    too_late=TOO_LATE,
)
