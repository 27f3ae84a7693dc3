"""What to say where one user has several logins: in which tab something happens, and what another tab has done to it.

Source: RFC 6265 section 5.3 (a cookie takes the place of the one of the same name before it), RFC 6749 section 10.12.
"""

from flowsim.model import order
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act
from flowsim.model.telling import Telling
from flowsim.model.world import Event


def name_of(scenario: Scenario, run: str) -> str:
    """What to call the login or the run of the plan that moves, `tab 2`; empty where there is no other beside it."""
    return order.names(scenario.order).get(run, "")


def where_it_begins(told: Telling) -> str:
    """What another tab, window or device has in common with the first one."""
    if told.run.device:
        return "This is another device of the same user: no cookie of the first one is there."
    if not told.run.tab:
        return ""
    kind = order.kind_of(told.run.name)
    return f"This is another {kind} of the same browser: it sends the same cookies."


def began_since(told: Telling) -> str:
    """Which other login the app remembers in the place of this one, where it refuses the answer for its `state`."""
    expected = told.result("callback.state_same")
    if expected is None or expected.passed is not False:
        return ""
    other = _made(told, expected.expected)
    if other is None or other.run == told.event.run:
        return ""
    name = name_of(told.scenario, other.run)
    since = " since" if other.index > _begun(told) else ""
    return f"The login that it remembers for this browser is the one in {name}, which has begun{since}." if name else ""


def in_a_new_tab(told: Telling) -> str:
    """That the answer has come in a tab that has nothing of the login, where the app keeps logins by the tab."""
    if told.scenario.transactions != "tab" or told.scenario.answer_tab != "new":
        return ""
    return "The answer has come in a new tab, whose sessionStorage is empty."


def took_its_place(told: Telling) -> str:
    """Whose request has taken the cookie of the server's from this login, where a browser has one login at a time."""
    if told.server.settings.logins_per_browser == "many":
        return ""
    asked = [event for event in told.before.log if event.act is Act.STEP_3 and _same_browser(told, event)]
    if not asked or asked[-1].run == told.event.run:
        return ""
    name = name_of(told.scenario, asked[-1].run)
    return f"The server knows this browser by one cookie, and the one it has now is that of {name}." if name else ""


def _made(told: Telling, state: str) -> Event | None:
    return next(
        (event for event in told.before.log for one in event.made if one.kind == "state" and one.value == state), None
    )


def _begun(told: Telling) -> int:
    """When the app made the request of this login."""
    return next((one.index for one in told.earlier() if one.act is Act.STEP_2), 0)


def _same_browser(told: Telling, event: Event) -> bool:
    return told.before.runs[event.run].at == told.run.at
