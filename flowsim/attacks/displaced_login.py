"""Another login takes the place of the user's own: a link to the server's own page is all it takes.

A server can keep one login per browser: its cookie names the last authorization request, and the one before is forgotten.
While the user's login is under way a page of the attacker's has the browser open a second request, in a tab of its own.
The server begins that login, and its cookie takes the place of the other. Where the user goes on with the first one, the
server knows nothing of it any more: the login that the user wanted ends with an error page.

Nothing is stolen. No check of the app or of the server is passed by, and none could help: every message is genuine, and a
user with two tabs does the same by accident. What helps is to keep each login under a cookie of its own.

Source: RFC 6749 section 10.12 (requests that the user has not begun); none forbids a server to keep one login a browser.
"""

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import own_request, push
from flowsim.attacks.view import View
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKERS_CLIENT, ATTACKERS_REDIRECT, VICTIM
from flowsim.protocol.messages import Opening, with_params


class DisplacedLogin(Attacker):
    """Has the victim's browser open a request of the attacker's own app while another login is under way."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if ATTACKER_INITIATED in world.runs or world.runs[VICTIM].state is not State.REQUESTED:
            return None
        endpoint = f"{world.runs[VICTIM].server}/authorize"
        asked = own_request(world, ATTACKERS_CLIENT, ATTACKERS_REDIRECT)
        address = with_params(endpoint, asked)
        if world.scenario.par == "required":
            request_uri = world.loot.get("pushed_request_uri")
            if request_uri is None:
                return push(world, asked)
            address = client.pushed_address(endpoint, ATTACKERS_CLIENT, request_uri)
        return Move(ATTACKER_INITIATED, Act.OPEN_REQUEST, Opening(url=address), role=Role.LOGIN)


ATTACKER = DisplacedLogin(
    name="displaced-login",
    title="another login takes the place of the user's own",
    positions=("A1",),
    about="While the user logs in, a page of the attacker's begins another login in the same browser.",
    aim="denial",
    too_late=(
        "the server has shown its page already, or the login is over. Go back to a position up to 3, and inject it there"
    ),
)
