"""A login in a popup: the window that opens, and the answer that its last page posts to the page that opened it.

Source: RFC 9700 section 4.17; the HTML standard (user activation, cross-origin opener policies, `postMessage`).
"""

from typing import TypeGuard

from flowsim.checks.popup import ANYBODY, OPENED, POSTED, RECEIVED, PostedFacts, PostFacts, WindowFacts
from flowsim.engine.effect import Effect
from flowsim.engine.honest_moves import frame_of
from flowsim.engine.turn import Turn
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import BROWSER, CLIENT, SERVER
from flowsim.model.world import ATTACKER_USER, OTHER_ORIGIN
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Opening, Request, Response

CUTS = "same-origin"  # the value of Cross-Origin-Opener-Policy that cuts a window off


def is_used(turn: Turn) -> bool:
    """Whether the login takes place in a popup: of an app that is a page, and not in a frame of it."""
    wanted = turn.scenario.login_window == "popup" and turn.app.profile.in_browser
    return wanted and not frame_of(turn.world, turn.run)


def opens(turn: Turn) -> bool:
    """Whether the browser opens the window for the login. In its own browser an attacker lets every window open."""
    if not is_used(turn):
        return True
    refused = turn.context.evaluate(OPENED, WindowFacts(turn.scenario.popup_by_click)) is not None
    return not refused or turn.run.owner == ATTACKER_USER


def is_posted(arrived: Opening | Request) -> TypeGuard[Opening]:
    """True for an answer that some page has posted, and not an address that the browser has come to."""
    return isinstance(arrived, Opening) and bool(arrived.posted_by)


def post(turn: Turn, arrived: Opening | Request) -> Opening | Effect:
    """The page in the window posts the answer to the page that opened it: as the app gets it, or what comes of it else."""
    home = turn.run.client
    target = {"origin": home, "any": ANYBODY, "another": OTHER_ORIGIN}[turn.scenario.popup_target]
    facts = PostFacts(opener=_opener(turn), cut_by=_cut_by(turn), target=target)
    message = Opening(url=arrived.url, posted_by=origin_of(arrived.url), posted_to=target)
    if turn.context.evaluate(POSTED, facts) is not None:
        return Effect(Outcome.UNDELIVERED, sender=BROWSER, receiver=CLIENT, step=6)
    turn.context.record_message(CLIENT, CLIENT, message)
    return message


def believes(turn: Turn, message: Opening) -> bool:
    """Whether the app takes an answer that a page of this origin has posted."""
    return turn.context.evaluate(RECEIVED, PostedFacts(turn.run.client, message.posted_by)) is None


def _opener(turn: Turn) -> str:
    """The origin of the page that opened the window of this login; empty where a link or another program did."""
    by_app = any(event.run == turn.run.name and event.act in (Act.STEP_2, Act.OPEN_WINDOW) for event in turn.world.log)
    return turn.run.client if by_app else ""


def _cut_by(turn: Turn) -> str:
    """The server whose page has cut the window off from a page of another origin; empty where none has."""
    own = (one for event in turn.world.log if event.run == turn.run.name for one in event.messages)
    shown = (one.message for one in own if (one.sender, one.receiver) == (SERVER, BROWSER))
    cut = any(isinstance(one, Response) and one.header("cross-origin-opener-policy") == CUTS for one in shown)
    return turn.run.server if cut and turn.run.server != turn.run.client else ""
