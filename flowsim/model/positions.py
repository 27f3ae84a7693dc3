"""Where an attacker can stand: the names of the positions, and what each lets it see or touch.

RFC 9700 names five kinds of attackers. A1 is everybody with a browser and a website; A3, A4 and A5 come on top of it. A2
owns the network. What goes over TLS tells it nothing, and it cannot change that; it has something to read only where an app
leaves TLS out (`cleartext`). That it could hold messages back is not played. More lies outside that list: what an app keeps
on the device, and the app itself, which everybody can download; changing the victim's request; being the app that shows the
login page; and running in the app's page. Which act takes which position stands on the act (engine/handlers/), and
attacks/referee.py holds everybody to it.

Source: RFC 9700 section 3.
"""

from typing import cast

from flowsim.model.settings import ScenarioError
from flowsim.model.shown import shown

WEB, NETWORK, RESPONSE, REQUEST, TOKEN, STORAGE = "A1", "A2", "A3", "A4", "A5", "storage"
REWRITE, WEB_VIEW, SCRIPT = "rewrite", "web_view", "script"
POSITIONS: dict[str, str] = {
    WEB: "has websites, apps, accounts and browsers of its own, and can have the victim's browser open any address",
    NETWORK: "is on the network, reads and changes what goes there without TLS, and nothing that goes over TLS",
    RESPONSE: "gets the authorization response: it reads the redirect with the code, or has an app that claims its address",
    REQUEST: "reads the authorization request",
    TOKEN: "gets an access token, for example because it runs an API",
    REWRITE: "changes the victim's authorization request on its way, or before the app makes it",
    WEB_VIEW: "is the app, or in the app, that shows the login page in a window of its own",
    SCRIPT: "runs as a script in the app's page: opens windows, and reads the address of one at the app's own origin",
    STORAGE: "reads what the app keeps: a script in its page, a program beside it, a backup of the phone or of a website",
}


class PositionError(ScenarioError):
    """An attacker reached for something that is out of its reach. Nothing has happened."""


def known_positions(named: object) -> tuple[str, ...]:
    """These positions, each once; a text alone is one. Raises ScenarioError for a position that there is not."""
    try:
        positions: tuple[object, ...] = (named,) if isinstance(named, str) else tuple(named)  # type: ignore[arg-type]
    except Exception:  # what is written in its place may be anything
        positions = (named,)
    plain = tuple(str.__str__(one) if isinstance(one, str) else one for one in positions)
    for one in plain:
        if not isinstance(one, str) or one not in POSITIONS:
            raise ScenarioError(f"there is no position {shown(one)}; {_instead(one)}")
    return cast(tuple[str, ...], tuple(dict.fromkeys(plain)))


def _instead(named: object) -> str:
    """What to name in the place of this, which is no position."""
    if isinstance(named, str):
        meant = [next((known for known in POSITIONS if known.lower() == one), "") for one in named.lower().split(",")]
        if all(meant):
            return f"did you mean {meant[0]}?" if len(meant) == 1 else f"give each by itself: {' and '.join(meant)}"
    return "expected some of: " + "; ".join(f"{name} {about}" for name, about in POSITIONS.items())
