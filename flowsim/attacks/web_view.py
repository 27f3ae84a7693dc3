"""An app shows the login page in a window of its own, and reads what the user types.

No parameter of the protocol helps: the user gives the password to the app. So an app has to use the browser, which it
cannot look into, and a server may refuse to be shown in a web view.

Source: RFC 8252 sections 8.7 and 8.12.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import has_done
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World


class WebView(Attacker):
    """The app itself, or a library in it, copies what is typed into the login page."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        ready = world.typed and world.runs[VICTIM].state is State.APPROVED
        return Move(VICTIM, Act.READ_WEB_VIEW) if ready and not has_done(world, Act.READ_WEB_VIEW) else None

    def reason(self, world: World) -> str | None:
        if not has_done(world, Act.READ_WEB_VIEW) or "password" not in world.attacker.loot:
            return None
        return "The app showed the login page itself, and read it there."


ATTACKER = WebView(
    name="web-view",
    title="the app reads the password in its web view",
    positions=("web_view",),
    about="The app shows the login page in a window of its own, and copies what the user types.",
    prize="password",
    aim="password",
    too_late=(
        "it needs an app that shows the login page itself (web_view=True) and a user who has just logged in. Go back to a "
        "position up to 5, and inject it there"
    ),
)
