"""A program on the user's computer goes by the document of another app, and listens on that app's port.

An app that calls the tools of an MCP server tells of itself: its `client_id` is the address of a document that anybody can
name, and its answers go to a port of the user's own machine. The server reads the genuine document, and its page shows the
genuine name. What is left is the user, whom the page can tell to which host the answer goes, and warn; or a key that the
document names, and that only the makers of the app have. All else is as in app_impersonation.py.

Source: Model Context Protocol, revision 2026-07-28, security considerations; RFC 8252 section 8.6.
"""

from typing import Any

from flowsim.attacks.app_impersonation import AppImpersonation
from flowsim.attacks.toolkit import TOO_LATE, how_it_was_allowed
from flowsim.model.clients import MCP
from flowsim.model.scenario import Scenario
from flowsim.model.world import World
from flowsim.protocol.client_id_documents import is_address


class LoopbackImpersonation(AppImpersonation):
    """The same on a computer: names the app's document, and listens on the app's port."""

    __slots__ = ()

    def reason(self, world: World) -> str | None:
        if super().reason(world) is None:
            return None
        named = "document" if is_address(world.scenario.profile.client_id) else "client_id"
        how = how_it_was_allowed(world)
        return f"The attacker's program named the app's {named}, listened on the app's port, and {how}."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": MCP, "api": "messages"}


ATTACKER = LoopbackImpersonation(
    name="loopback-impersonation",
    title="a program names the document of another app",
    positions=("A1", "A3"),
    about="A program on the computer names the honest app's document as its client_id, and listens on that app's port.",
    too_late=TOO_LATE,
)
