"""A script of somebody else's runs in the app's page, and logs the user in once more, unasked.

The script leaves the app's tokens alone and asks for tokens of its own. It opens a window with an authorization request
that it wrote, with its own challenge and `prompt=none`. The server knows the user by a cookie, and the user has agreed to
this app before, so it asks nothing. The window comes back to the app's own origin, and of a page of its own origin a script
may read the address. So the code is the attacker's, and so is the verifier. PKCE and rotation do not help, because to the
server this is the app. DPoP binds tokens to the key of whoever asks for them; the script asks without a key here, and could
use one of its own. A server that asks the user every time ends the silence, and then it is the user who decides. The only
real defence is that no such script runs.

An app with a secret on its server gives the script no tokens, and RFC 10017 leaves it at that. But the attacker can begin a
login of its own at the app and have the script open the request of *that* login. The code goes into the attacker's browser.
There is no token for it, but it is logged in to the app as the user. (In a real browser the app's server is asked before
the script can look. It knows of no such login and refuses, which leaves the code unused and in the address; an app that
answers every such refusal with a redirect would hide it.)

A real script would rather take a hidden frame than a window, where browsers send the server's cookies from frames. A window
opens only when the user clicks, and a server can cut it off from its opener (Cross-Origin-Opener-Policy); not a frame.

Source: RFC 10017 sections 5.1.3 and 6.1.4.2, RFC 9700 section 4.5.4, OIDC Core section 3.1.2.1 (prompt), HTML section 7
(an opener may read the address of a window of its own origin).
"""

from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    OWN_CHALLENGE,
    OWN_VERIFIER,
    has_done,
    let_the_app_redeem,
    log_in_oneself,
    lure,
    lure_into_own,
    lured,
    own_request,
    redeem_the_code,
    redeemed,
    unasked,
)
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, VICTIM, World


class SilentLogin(Attacker):
    """Waits until the user is logged in, opens a window with a request of its own, reads the code in its address."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        confidential = world.scenario.profile.confidential
        if "code" in world.attacker.loot:
            return let_the_app_redeem(world) if confidential else redeem_the_code(world, OWN_VERIFIER)
        if window := lured(world):
            # Where the answer was posted the address says nothing, however often it is read.
            reads = window.state is State.CODE_IN_BROWSER and not has_done(world, Act.READ_WINDOW)
            return Move(ATTACKER_INITIATED, Act.READ_WINDOW) if reads else None
        if not confidential:
            return lure(world, own_request(world) | {"prompt": "none"}, Act.OPEN_WINDOW)
        if world.runs[VICTIM].state is not State.DONE:
            return None
        return log_in_oneself(world, State.PREPARED) or lure_into_own(world, Act.OPEN_WINDOW)

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        own = done is not None and done.asked.code_challenge == OWN_CHALLENGE
        if not own or not has_done(world, Act.READ_WINDOW) or not unasked(world):
            return None
        return "The script began a login of its own with its own challenge, and the server asked nobody."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        page = {} if scenario.profile.kind in ("page", "website") else {"client": "spa", "web_view": False}
        return page | ({"remembered": "consent"} if scenario.remembered in ("nothing", "from-now") else {})


ATTACKER = SilentLogin(
    name="silent-login",
    title="a script in the app's page logs the user in again",
    positions=("script",),
    about="A script of somebody else's in the app's page begins a login of its own, and the server asks nothing.",
    too_late="the script has to run while the user is logged in to an app in a browser",
)
