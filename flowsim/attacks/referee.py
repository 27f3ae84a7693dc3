"""What an attacker may see and touch, by its position; whoever reaches further is told which position that would take.

RFC 9700 names five kinds of attackers. A1 is everybody with a browser and a website; the others come on top of it. More
lies outside that list: what an app keeps on the device, and the app itself, which everybody can download; changing the
victim's request; being the app that shows the login page; and running in the app's page.

Source: RFC 9700 section 3.
"""

from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Act, Role
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import ATTACKER_ACTS, Move
from flowsim.model.world import MALLORY, OWN_LOGIN, World

WEB, RESPONSE, REQUEST, TOKEN, STORAGE = "A1", "A3", "A4", "A5", "storage"
REWRITE, WEB_VIEW, SCRIPT = "rewrite", "web view", "script"
POSITIONS: dict[str, str] = {
    WEB: "has websites, apps, accounts and browsers of its own, and can have the victim's browser open any address",
    RESPONSE: "reads the authorization response: the redirect with the code",
    REQUEST: "reads the authorization request",
    TOKEN: "gets an access token, for example because it runs an API",
    REWRITE: "changes the victim's authorization request on its way, or before the app makes it",
    WEB_VIEW: "is the app, or in the app, that shows the login page in a window of its own",
    SCRIPT: "runs as a script in the app's page: opens windows, and reads the address of one at the app's own origin",
    STORAGE: "reads what the app keeps: a script in its page, a program beside it, a backup of the phone or of a website",
}
_TAKES: dict[Act, str] = {
    Act.READ_APP: WEB,
    Act.SEND_CODE: WEB,
    Act.INJECT_CODE: WEB,
    Act.STRIP_CHALLENGE: WEB,
    Act.KEEP_RESPONSE: WEB,
    Act.PLANT_RESPONSE: WEB,
    Act.INSTALL_APP: WEB,
    Act.PUSH_REQUEST: WEB,
    Act.OPEN_REQUEST: WEB,
    Act.FRAME_REQUEST: WEB,
    Act.MISDIRECT: WEB,
    Act.GET_RESPONSE: WEB,
    Act.GET_TOKEN_REQUEST: WEB,
    Act.READ_WEB_VIEW: WEB_VIEW,
    Act.OPEN_WINDOW: SCRIPT,
    Act.READ_WINDOW: SCRIPT,
    Act.READ_RESPONSE: RESPONSE,
    Act.TAKE_RESPONSE: RESPONSE,
    Act.READ_REQUEST: REQUEST,
    Act.READ_API_REQUEST: TOKEN,
    Act.READ_STORAGE: STORAGE,
}


# What an attacker can begin on its own.
_OWN_ROLES = (Role.LOGIN, Role.THEFT, Role.REFRESH, Role.CALL)


class PositionError(ScenarioError):
    """An attacker reached for something that is out of its reach. Nothing has happened."""


def known_positions(positions: tuple[str, ...]) -> None:
    """Raises ScenarioError for a position that there is not."""
    wrong = [one for one in positions if one not in POSITIONS]
    if wrong:
        known = "; ".join(f"{name} {about}" for name, about in POSITIONS.items())
        raise ScenarioError(f"there is no position {wrong[0]!r}; expected some of: {known}")


def within_reach(name: str, positions: tuple[str, ...], world: World, move: Move) -> None:
    """Raises PositionError where an attacker with these positions cannot make this move. A1 comes with all others."""
    if move.act in ATTACKER_ACTS:
        takes = _TAKES[move.act]
        if move.act is Act.STRIP_CHALLENGE and move.run != OWN_LOGIN:
            takes = REWRITE
        if takes not in {WEB, *positions}:
            raise PositionError(
                f"the attacker {name!r} wants to {move.act.phrase}, which takes position {takes}: it {POSITIONS[takes]}. "
                f"It has: {', '.join(positions) or 'none'}"
            )
        return
    run = world.runs.get(move.run)
    own = run.owner in (ATTACKER, MALLORY) if run else move.by_attacker and move.role in _OWN_ROLES
    if not own:
        raise PositionError(
            f"the attacker {name!r} wants run {move.run!r} to do {move.act.phrase!r}, and that run is somebody else's. An "
            "attacker moves its own runs; next_move gives None to let the others go on"
        )
