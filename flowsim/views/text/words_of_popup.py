"""What to say of a login in a popup: that it opens, how the answer comes to the page that opened it, and where it does not.

Source: RFC 9700 section 4.17; the HTML standard (user activation, cross-origin opener policies, `postMessage`).
"""

from functools import partial

from flowsim.model.states import Act, State
from flowsim.model.telling import Telling
from flowsim.protocol.messages import Opening
from flowsim.views.text.words import Table, Words, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS)


def opened(told: Telling) -> str:
    """That the login takes place in a popup; empty where it does not."""
    if told.result("popup.opened_by_click") is None:
        return ""
    return "The server's page will open in a popup, and the page of the app stays where it is."


def posted(told: Telling) -> str:
    """How the answer has come from the popup to the page of the app."""
    message = next((one for one in told.messages if isinstance(one, Opening) and one.posted_by), None)
    if message is None:
        return ""
    anybody = message.posted_to == "*"
    return prose(
        "In the popup the browser gets a page of the app, whose script posts the answer to the page that opened the popup.",
        "It names no receiver (`*`): whatever page had opened the popup would get it."
        if anybody
        else f"It is for a page of `{message.posted_to}` and for no other.",
        "The app looks at the origin of the page that has posted it." if told.holds("popup.sender_origin") else "",
    )


@tell(Act.STEP_2, State.WINDOW_BLOCKED)
def opens_no_window(told: Telling) -> Words:
    text = (
        "The app wants a popup for the login, and asks for it when its request is ready: the click is over by then. A "
        "browser opens no window that nobody has clicked for. The page of the app stays as it is, and nothing happens."
    )
    return Words("The browser blocks the popup", text, "no popup")


def undelivered(told: Telling) -> Words:
    """The answer is in the popup, and the page that waits for it does not get it."""
    lost = "The `code` is in the popup, and nobody uses it." if told.code else "What the server says is lost with it."
    waits = "The app waits for a message that never comes: the login hangs, and no error is shown."
    came = "The server has sent the popup back to a page of the app."
    if told.stopped_by == "popup.receiver_named":
        named = "Its script posts the answer to an origin that the page which opened the popup does not have."
        kept = "So the browser delivers it to nobody."
        return Words(
            "The browser delivers the answer to nobody", prose(came, named, kept, lost, waits), "post to nobody"
        )
    there = told.result("popup.opener_there")
    cut = there is not None and there.received.startswith("none any more")
    why = (
        "A page of the server has said `Cross-Origin-Opener-Policy`, and so the browser has cut the popup off from the "
        "page that opened it."
        if cut
        else "But no page has opened it: it is no popup of the app's."
    )
    nobody = "Its script has nobody to post the answer to."
    return Words(
        "The popup has no opener to post to", prose(came, why, nobody, lost, waits if cut else ""), "no opener"
    )
