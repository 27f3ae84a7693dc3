"""The cases of a login in a popup: a window that opens in no click, an answer for nobody, and one from anybody."""

from typing import Any

from flowsim.analysis.counterexamples.case import Counterexample, move
from flowsim.analysis.counterexamples.edits import flying_request, with_flying
from flowsim.model.states import State
from flowsim.model.world import OTHER_ORIGIN, VICTIM, World
from flowsim.protocol.messages import Opening

POPUP: dict[str, Any] = {"client": "spa", "login_window": "popup"}


def posted_by_another(world: World) -> World:
    """The answer of this login, as a page of another origin posts it to the page of the app."""
    answer = Opening(url=flying_request(world).url, posted_by=OTHER_ORIGIN, posted_to=world.runs[VICTIM].client)
    return with_flying(world, answer)


CASES: tuple[Counterexample, ...] = (
    Counterexample("popup.opened_by_click", move(State.CLICKED, popup_by_click=False, **POPUP)),
    Counterexample("popup.opener_there", move(State.CODE_IN_BROWSER, cuts_openers=True, **POPUP)),
    Counterexample("popup.receiver_named", move(State.CODE_IN_BROWSER, popup_target="another", **POPUP)),
    Counterexample("popup.sender_origin", move(State.CODE_IN_BROWSER, posted_by_another, **POPUP)),
)
