"""The trusted server sends the user on to a page that only looks like its own, and there the user types the password.

The attacker has registered an app like anybody. It has the user open a request of that app at the genuine server, and puts
a mistake into it, such as a scope that there is not. A server that answers every such mistake with a redirect to the app
is a redirector that anybody can use: the link leads to the genuine address, and the browser ends at the attacker's. No
login takes place and no code is issued, so no parameter of the protocol has a part in it. What helps is a server that
sends nobody on to an address that it has no reason to trust, a user who looks at the address, and a login that a copied
page cannot use, such as a passkey.

A user who is asked and says no is sent on as well, and so is one who is not asked (`prompt=none`). Neither is played.

Source: RFC 9700 section 4.11.2, RFC 6749 section 4.1.2.1.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import TOO_LATE, has_done, lured, open_to, own_request
from flowsim.attacks.view import View
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKERS_CLIENT, ATTACKERS_REDIRECT, VICTIM, World
from flowsim.protocol.messages import Opening, with_params

UNKNOWN_SCOPE = "nothing-that-there-is"


class ServerAsRedirector(Attacker):
    """Has the server answer a request with an error, which brings the browser to a copy of its login page."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if run := lured(world):
            return Move(ATTACKER_INITIATED, Act.SHOW_COPY) if run.state is State.ERROR_IN_BROWSER else None
        if not open_to(world, Act.OPEN_REQUEST):
            return None
        asked = own_request(world, ATTACKERS_CLIENT, ATTACKERS_REDIRECT) | {"scope": UNKNOWN_SCOPE}
        address = with_params(f"{world.runs[VICTIM].server}/authorize", asked)
        return Move(ATTACKER_INITIATED, Act.OPEN_REQUEST, Opening(url=address), role=Role.LOGIN)

    def reason(self, world: World) -> str | None:
        if not has_done(world, Act.SHOW_COPY) or "password" not in world.attacker.loot:
            return None
        return "The server sent the browser on to the attacker's page, and the user took that for the server's."


ATTACKER = ServerAsRedirector(
    name="server-as-redirector",
    title="the server sends the user to a copy of its page",
    positions=("A1",),
    about="A request of the attacker's app holds a mistake, and the server sends the browser on to a copied login page.",
    prize="password",
    aim="password",
    too_late=TOO_LATE,
)
