"""What to say where the device stands between the browser and the app: no app for a scheme, no free port.

Source: RFC 8252 sections 7.1 and 7.3.
"""

from functools import partial

from flowsim.model.states import Act, State
from flowsim.model.telling import Telling
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Opening
from flowsim.views.text.words import Table, Words, prose, tells
from flowsim.views.text.words_of_popup import undelivered

TELLERS: Table = {}
tell = partial(tells, TELLERS)


def port(told: Telling) -> str:
    """Which port the app listens on, where the one it usually has is taken; empty where nothing is said of ports."""
    looked_at = told.result("device.port_free")
    if looked_at is None:
        return ""
    if looked_at.passed:
        own = f"so the app listens on port {looked_at.received}: any that is free will do."
        return f"Another program has its usual port, {own}"
    return f"Another program listens on port {looked_at.received}, and the app takes no other one."


@tell(Act.STEP_7, State.ANSWER_UNDELIVERED)
def no_app(told: Telling) -> Words:
    if told.stopped_by.startswith("popup."):
        return undelivered(told)
    assert isinstance(told.delivered, Opening), "only an address that is no HTTP address takes an app"
    scheme = origin_of(told.delivered.url)
    lost = (
        "The `code` is in the address, and nobody takes it." if told.code else "What the server says is lost with it."
    )
    text = prose(
        f"The server has sent the browser to an address of the scheme `{scheme}`. No app on this device has registered "
        "that scheme, so the browser says that it cannot open the address.",
        lost,
        "The app that began the login hears nothing, and waits.",
    )
    return Words("The browser finds no app for the address", text, f"no app for {scheme}")
