"""An honest party fetches what the attacker has named, and is led to a machine inside its own network: `inside-by-…`.

The user adds the attacker's MCP server to an app. That answers 401 and names an address for its metadata, as it should.
Only the address leads to a machine that the attacker cannot reach, and that does what it is told by whoever comes. It is a
number of that network, or a name for it, or an address of the attacker's own, which redirects there; or a name that stands
for a public machine when the app looks, and for the one inside when it connects. Each takes a look of its own.

The same is done to an authorization server that fetches the document of an app whose `client_id` is an address.

An app that runs on a server is hit harder than one on a user's computer, for nobody else brings requests into its network
(engine/network.py). What comes back from inside the attacker does not see here: it is enough that something was done.

Source: RFC 9728 section 7.7; OAuth Client ID Metadata Document section 6; Model Context Protocol, revision 2026-07-28,
security best practices.
"""

from dataclasses import dataclass
from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import has_done, lure, own_request
from flowsim.attacks.view import View
from flowsim.engine.honest_moves import connection_to
from flowsim.model.clients import MCP
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import (
    ATTACKERS_REDIRECT_INSIDE,
    ATTACKERS_TOOLS,
    INSIDE,
    INSIDE_BY_NAME,
    REBOUND,
    World,
)
from flowsim.protocol.messages import Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class LedInside(Attacker):
    """Names this address for the metadata of its MCP server."""

    address: str

    def next_move(self, world: View) -> Move | None:
        met = world.runs.get(connection_to(ATTACKERS_TOOLS))
        if met is None or met.state is not State.CALLED_WITHOUT_TOKEN or has_done(world, Act.NAME_INSIDE):
            return None
        return Move(met.name, Act.NAME_INSIDE, Opening(url=self.address))

    def reason(self, world: World) -> str | None:
        done = bool(world.obeyed) and has_done(world, Act.NAME_INSIDE)
        return "The app fetched what the attacker's MCP server had named as its metadata." if done else None

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": MCP, "second_server": True, "api": "messages"}


class LedInsideByClientId(Attacker):
    """Has a browser open a request whose `client_id` is the address of the machine inside; any browser would do."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        return lure(world, own_request(world, client_id=INSIDE_BY_NAME))

    def reason(self, world: World) -> str | None:
        done = bool(world.obeyed) and not has_done(world, Act.NAME_INSIDE)
        return "The authorization server fetched what stood in a request as the client_id." if done else None

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": MCP, "api": "messages"}


TOO_LATE = "the app has heard from the MCP server already. Go back to a position up to 1, and inject it there"
ATTACKERS = (
    *(
        LedInside(
            name=f"inside-by-{by}",
            title="the app is led into its own network",
            positions=("A1",),
            about=f"The attacker's MCP server names {what} for its metadata, which leads the app into its own network.",
            prize="order",
            aim="inside",
            address=address,
            too_late=TOO_LATE,
        )
        for by, what, address in (
            ("number", "a number", INSIDE),
            ("name", "a name", INSIDE_BY_NAME),
            ("redirect", "an address of its own", ATTACKERS_REDIRECT_INSIDE),
            ("rebinding", "a name that changes", REBOUND),
        )
    ),
    LedInsideByClientId(
        name="inside-by-client-id",
        title="the server is led into its own network",
        positions=("A1",),
        about="A request has an address inside the server's own network as the client_id, and the server fetches it.",
        prize="order",
        aim="inside",
        too_late="the user has begun a login already. Go back to the start, for example with goto(0), and inject it there",
    ),
)
