"""An MCP server passes the token of its client on to the API behind it, and that API is in the attacker's hands.

What comes to the API behind is the user's token, which was made for the MCP server. There the attacker shows it, and the
MCP server has no way to see that it has been away: its audience is right. So no check of an audience helps at the MCP
server. What helps is that nothing is passed on, since the MCP server has a token of its own for the API behind, or that the
token is bound to a key which only the app holds.

Source: Model Context Protocol, revision 2026-07-28, security considerations (access token privilege restriction) and
security best practices (token passthrough); RFC 9700 section 4.9.2 (a compromised resource server), RFC 9449 section 7.
"""

from typing import Any

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import call_the_api, called, data_at, has_done, token_in
from flowsim.attacks.view import View
from flowsim.model.clients import MCP
from flowsim.model.mcp import CONTACTS_ORIGIN
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_CALL, VICTIM, World
from flowsim.protocol import signed_tokens


class TokenPassthrough(Attacker):
    """Runs the API behind, keeps the token that comes to it, and shows it to the MCP server."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        loot = world.attacker.loot
        if "access_token" not in loot:
            comes = world.runs[VICTIM].state is State.BEHIND_ASKED
            return Move(VICTIM, Act.SERVE_BEHIND) if comes else None
        if f"{ATTACKER_CALL} 1" not in world.runs and not world.quiet:
            return None
        asked = client.api_request(data_at(world.runs[VICTIM].api), loot["access_token"], "attacker")
        return call_the_api(world, asked)

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        behind = {"behind": "passed-on"} if scenario.behind == "none" else {}
        return {"client": MCP, "api": "messages", **behind}

    def reason(self, world: World) -> str | None:
        asked = called(world)
        if asked is None or not has_done(world, Act.SERVE_BEHIND):
            return None
        token = signed_tokens.read(token_in(asked))
        if token is None or asked.origin == CONTACTS_ORIGIN:
            return None
        bound = " It is bound to a key, and the MCP server did not insist on a proof." if "cnf" in token.claims else ""
        right = token.claims.get("aud") == world.apis[asked.origin].identifier
        told = " It was made for the MCP server, so its audience is right there." if right else ""
        return f"The MCP server passed the user's token on to the API behind it, which kept it.{told}{bound}"


ATTACKER = TokenPassthrough(
    name="token-passthrough",
    title="a token is passed on, and shown again",
    positions=("A5",),
    about="An MCP server passes its client's token on to an API behind it. That one shows it to the MCP server.",
    prize="access_token",
    too_late=(
        "the API behind has been asked already, or never was. Go back to a position up to 10, for example with goto(10), "
        "and inject it there"
    ),
)
