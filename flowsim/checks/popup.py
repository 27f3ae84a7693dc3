"""What decides where an app has the login take place in a popup, and its last page posts the answer to the first.

The page of the app opens a window with the server's pages and stays where it is. The answer of the server leads the window
to a page of the app, which posts it to `window.opener` with `postMessage`, and is closed. That is convenient, and much can
go wrong. A browser opens no window that nobody has clicked for. A page with the header `Cross-Origin-Opener-Policy` cuts
the window off from the page that opened it, and then there is nobody to post to. Whoever has opened the window gets the
answer, if the post names no receiver (`*`). And any page can post to the app, so the app looks at who has posted.

A login that fails in this way fails in silence: the app waits for a message that never comes.

Source: RFC 9700 section 4.17; the HTML standard says when a window opens (user activation), what cuts it off (cross-origin
opener policies) and who gets a message (`postMessage`).
"""

from dataclasses import dataclass

from flowsim.model.check import AnyCheck, Check, Finding, finding
from flowsim.model.refusal import NoWindow, Stop, Undelivered
from flowsim.model.steps import BROWSER, CLIENT

ANYBODY = "*"


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """Whether the window is to be opened in the click itself, as browsers want it."""

    in_click: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFacts:
    """The page that has opened the window, its origin or empty; who has cut it off, if anybody; to whom is posted."""

    opener: str
    cut_by: str
    target: str

    @property
    def hears(self) -> str:
        """The origin of the page that a post can still reach; empty where there is none."""
        return "" if self.cut_by else self.opener


@dataclass(frozen=True, slots=True)
class PostedFacts:
    """The origin whose page may post the answer, and the origin of the page that has."""

    expected: str
    posted_by: str


def opened_by_click(facts: WindowFacts) -> Finding:
    return finding("in a click of the user", "in a click" if facts.in_click else "later, in no click", facts.in_click)


def opener_there(facts: PostFacts) -> Finding:
    cut = f"none any more: {facts.cut_by} said Cross-Origin-Opener-Policy: same-origin"
    received = cut if facts.cut_by else facts.opener or "none: no page has opened this one"
    return finding("a page that has opened this one", received, bool(facts.hears))


def receiver_named(facts: PostFacts) -> Finding:
    expected = "a page of any origin" if facts.target == ANYBODY else f"a page of {facts.target}"
    if not facts.hears:
        return finding(expected, None, None)
    return finding(expected, f"one of {facts.hears}", facts.target in (ANYBODY, facts.hears))


def sender_origin(facts: PostedFacts) -> Finding:
    return finding(f"a page of {facts.expected}", f"one of {facts.posted_by}", facts.posted_by == facts.expected)


# fmt: off
OPENED: tuple[Check[WindowFacts, NoWindow], ...] = (
    Check("popup.opened_by_click", BROWSER, 2, "RFC 9700 §4.17",   NoWindow(),    "the window is opened in a click of the user", opened_by_click),
)
POSTED: tuple[Check[PostFacts, Undelivered], ...] = (
    Check("popup.opener_there",    BROWSER, 6, "RFC 9700 §4.17",   Undelivered(), "the window still reaches the page that opened it", opener_there),
    Check("popup.receiver_named",  BROWSER, 6, "RFC 9700 §4.17.2", Undelivered(), "that page has the origin that the answer is posted to", receiver_named),
)
RECEIVED: tuple[Check[PostedFacts, Stop], ...] = (
    Check("popup.sender_origin",   CLIENT,  6, "RFC 9700 §4.17.2", Stop(),        "a page of the app's own origin has posted the answer", sender_origin),
)
# fmt: on
TABLES: dict[str, tuple[AnyCheck, ...]] = {
    "the browser, before it opens a window": OPENED,
    "the browser, for an answer that is posted to a page": POSTED,
    "the app receives a posted answer": RECEIVED,
}
