"""The attacker says yes at a proxy, and the victim's browser goes on from there.

As in `confused-deputy`, the authorization server of the MCP server is a proxy, and another server, behind it, logs the user
in. This proxy asks about each app. So the attacker allows its own request itself, with a program that plays a browser, and
stops at the address to which the proxy sends it on. It gives that address to the victim, whom the server behind knows. What
comes back to the proxy is right but for one thing: it comes from another browser.

Source: Model Context Protocol, Security Best Practices (OAuth state parameter validation); RFC 6749 section 10.12.
"""

from flowsim.attacks.confused_deputy import ConfusedDeputy
from flowsim.attacks.toolkit import TOO_LATE, has_done, push, redeemed
from flowsim.attacks.view import View
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER as WHO
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKER_RUN, ATTACKERS_CLIENT, VICTIM, World
from flowsim.protocol.messages import Opening, Response, with_params


class UnboundConsent(ConfusedDeputy):
    """Says yes at the proxy itself, and has the victim's browser go on from there."""

    __slots__ = ()

    def lead(self, world: View, asked: dict[str, str]) -> Move | None:
        if world.runs[VICTIM].state is not State.START:
            return None
        if onward := sent_on_to(world):
            return Move(ATTACKER_INITIATED, Act.OPEN_UPSTREAM, Opening(url=onward), role=Role.LOGIN)
        if has_done(world, Act.CONSENT_ALONE):
            return None
        endpoint = f"{world.runs[ATTACKER_RUN].server}/authorize"
        if world.scenario.par != "required":
            return Move(ATTACKER_RUN, Act.CONSENT_ALONE, Opening(url=with_params(endpoint, asked)))
        if request_uri := world.attacker.loot.get("pushed_request_uri"):
            named = {"client_id": ATTACKERS_CLIENT, "request_uri": request_uri}
            return Move(ATTACKER_RUN, Act.CONSENT_ALONE, Opening(url=with_params(endpoint, named)))
        return push(world, asked)

    def reason(self, world: World) -> str | None:
        if redeemed(world) is None or not has_done(world, Act.OPEN_UPSTREAM):
            return None
        return (
            "The attacker has said yes to its own request at the proxy, and the proxy let another browser go on: the "
            "victim's, which the server behind knew."
        )


def sent_on_to(world: View) -> str | None:
    """The address of the server behind to which the proxy has sent the attacker; None as long as it has not."""
    for event in reversed(world.log):
        if event.act is Act.CONSENT_ALONE and event.messages:
            last = event.messages[-1]
            if last.receiver == WHO and isinstance(last.message, Response) and last.message.location:
                return last.message.location
    return None


ATTACKER = UnboundConsent(
    name="unbound-consent",
    title="the attacker says yes, and the victim goes on",
    positions=("A1",),
    about="The attacker allows its own request at a proxy, and has the victim's browser open the address that comes next.",
    too_late=TOO_LATE,
)
