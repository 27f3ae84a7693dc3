"""What the browser checks at step 4, where somebody else's page shows the server's page in a frame.

In a frame that nobody can see, over a button that everybody wants to press, a user presses "allow" and does not know it.
No parameter of the protocol helps: the click is genuine. So the server says who may frame its pages, and the browser
keeps to that.

Source: RFC 9700 section 4.16, Content Security Policy Level 3 section 6.4.2 (`frame-ancestors`).
"""

from dataclasses import dataclass

from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import EmptyFrame
from flowsim.model.steps import BROWSER
from flowsim.protocol.messages import Response


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """The page that arrived, the origin that it comes from, and the origin of the page that wants to frame it."""

    origin: str
    framed_by: str
    page: Response


def allowed(facts: FrameFacts) -> Finding:
    policy = facts.page.header("content-security-policy") or ""
    rules = (rule.split() for rule in policy.split(";"))
    named = next((" ".join(rule[1:]) for rule in rules if rule and rule[0].lower() == "frame-ancestors"), None)
    said = f"frame-ancestors {named}" if named is not None else facts.page.header("x-frame-options")
    received = f"X-Frame-Options {said}" if named is None and said else said or "no word on frames"
    return finding(f"a page that {facts.framed_by} may frame", received, said is None or named == facts.framed_by)


CHECKS = (
    Check("frame.allowed", BROWSER, 4, "RFC 9700 §4.16", EmptyFrame(), "the page may be shown in this frame", allowed),
)
