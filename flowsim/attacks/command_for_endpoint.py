"""The metadata of the attacker's server have a command in the address that the app has to open.

Where a shell reads the address first, the command runs as the user. Such an address can be `https`, and hold no sign that
an address may not hold: so looking at it does not help, and no shell does. All else is as in script_for_endpoint.py.

Source: Model Context Protocol, revision 2026-07-28, security best practices.
"""

from flowsim.attacks.script_for_endpoint import TOO_LATE, ProgramForEndpoint
from flowsim.model.world import ATTACKERS_COMMAND

ATTACKER = ProgramForEndpoint(
    name="command-for-endpoint",
    title="an address to open holds a command",
    positions=("A1",),
    about="The metadata of the attacker's server have a command in the address to open, which a shell would run.",
    prize="program",
    aim="program",
    endpoint=ATTACKERS_COMMAND,
    too_late=TOO_LATE,
)
