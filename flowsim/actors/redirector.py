"""The app's redirector: a page of its website that sends the browser on, to wherever a parameter says.

Such pages are made to bring a user back to where they were, or to warn before they leave. An *open* one takes any address.
This one also hands on the parameters that it was called with, as many do so that none gets lost.

Source: RFC 9700 section 4.11.1.
"""

from flowsim.model.clients import Profile
from flowsim.model.scenario import Scenario
from flowsim.protocol.messages import Request, Response, see_other, single, with_params

PATH, TARGET = "/go", "to"


def address(profile: Profile, target: str) -> str:
    """The address of this app's redirector that leads on to `target`."""
    return with_params(f"{profile.home}{PATH}", {TARGET: target})


def sends_on(scenario: Scenario, asked: Request) -> Response | None:
    """The redirect that the app's website answers this request with.

    None where the app is not on the web or has no open redirector, where another page was asked for, or no address named.
    """
    there = scenario.open_redirector and scenario.profile.kind in ("page", "website")
    target = single(asked.query, TARGET)
    if not there or asked.path != PATH or not target:
        return None
    handed_on = {name: value for name, value in asked.query if name != TARGET}
    return see_other(with_params(target, handed_on), {"Cache-Control": "no-store"})
