"""The metadata of the attacker's server have a script where an address should be.

The user adds the attacker's MCP server to an app, and that names the attacker's authorization server. Its metadata say what
the app has to open. Where the app opens it in a window of its own page, an address of the scheme `javascript` runs there as
the app's own script. See command_for_endpoint.py for a command in an address that a shell reads first.

Nothing runs here: the world keeps that it would have.

Source: Model Context Protocol, revision 2026-07-28, security best practices.
"""

from dataclasses import dataclass
from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import has_done
from flowsim.attacks.view import View
from flowsim.engine.honest_moves import discovery_of
from flowsim.model.clients import MCP
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKERS_SCRIPT, SECOND_SERVER, VICTIM, World
from flowsim.protocol.messages import Opening

_HOW = {
    "window": "The app opened the address in a window of its own page, where a script in it runs as the app's own.",
    "shell": "The app opened the address with a command line, and the shell ran what stood in it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramForEndpoint(Attacker):
    """Answers with metadata in which this text is the authorization endpoint."""

    endpoint: str

    def next_move(self, world: View) -> Move | None:
        asked = world.runs.get(discovery_of(SECOND_SERVER))
        if asked is None or asked.state is not State.METADATA_ASKED or has_done(world, Act.NAME_PROGRAM):
            return None
        return Move(asked.name, Act.NAME_PROGRAM, Opening(url=self.endpoint))

    def reason(self, world: World) -> str | None:
        return _HOW.get(world.scenario.opens_with) if world.browsers[VICTIM].ran else None

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": MCP, "second_server": True, "api": "messages"}


TOO_LATE = "the app has asked for the metadata already. Go back to a position up to 1, and inject it there"
ATTACKER = ProgramForEndpoint(
    name="script-for-endpoint",
    title="an address to open is a script",
    positions=("A1",),
    about="The metadata of the attacker's server have a script where the app looks for the address to open.",
    prize="program",
    aim="program",
    endpoint=ATTACKERS_SCRIPT,
    too_late=TOO_LATE,
)
