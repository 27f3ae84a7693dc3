"""The user adds the attacker's MCP server to an app, and that server goes by the name of an honest one.

In its metadata it names the honest MCP server as the `resource`, and the honest authorization server. The user logs in
there, the token is made for the honest MCP server, and the app shows it to the one that the user has added: the attacker's.
So the app has to compare the `resource` in the document with the address that it has called.

Source: RFC 9728 sections 3.3 and 7.3, RFC 8707 section 3; Model Context Protocol, revision 2026-07-28, authorization.
"""

from typing import Any

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import call_the_api, data_at, has_done
from flowsim.attacks.view import View
from flowsim.engine.honest_moves import connection_to, session_with_tools
from flowsim.model.clients import MCP
from flowsim.model.mcp import MCP_ORIGIN
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKERS_TOOLS, VICTIM, World
from flowsim.protocol import signed_tokens


class BorrowedResource(Attacker):
    """Names the honest MCP server in its own metadata, and keeps the token that the app then shows to it."""

    __slots__ = ()
    answers = Act.BORROW_RESOURCE

    def next_move(self, world: View) -> Move | None:
        met = world.runs.get(connection_to(ATTACKERS_TOOLS))
        if met is not None and met.state is State.RESOURCE_ASKED and not has_done(world, self.answers):
            return Move(met.name, self.answers)
        talk = world.runs.get(session_with_tools(VICTIM))
        if talk is not None and talk.state is State.MESSAGE_SENT and not has_done(world, Act.GET_TOOL_MESSAGE):
            return Move(talk.name, Act.GET_TOOL_MESSAGE)
        if "access_token" not in world.attacker.loot:
            return None
        token = world.attacker.loot["access_token"]
        return call_the_api(world, client.api_request(data_at(world.runs[VICTIM].api), token, "attacker"))

    def reason(self, world: World) -> str | None:
        token = signed_tokens.read(world.attacker.loot.get("access_token", ""))
        if token is None or not has_done(world, Act.GET_TOOL_MESSAGE) or not has_done(world, self.answers):
            return None
        made_for = token.claims.get("aud")
        if made_for == ATTACKERS_TOOLS:
            return "The token was made for the attacker's MCP server, and the honest one did not look."
        if made_for == world.apis[MCP_ORIGIN].identifier:
            return "The token was made for the honest MCP server, and the app showed it to the attacker's."
        return "The token that the app showed to the attacker's MCP server was not made for it."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": MCP, "second_server": True, "api": "messages"}


ATTACKER = BorrowedResource(
    name="borrowed-resource",
    title="a server goes by the name of another one",
    positions=("A1",),
    about="The user adds the attacker's MCP server to an app. It names an honest one as its resource, and gets the token.",
    prize="access_token",
    too_late="the app has asked for the metadata already. Go back to a position up to 1, and inject it there",
)
