"""Which messages go with which act of an attacker's: a table, and for each act what there is to be written.

Where an act takes no message there is one thing to be done, or none where it could not do anything. What stands in the
messages is worked out in compositions.py; when an act may happen says the table of model/transitions.py.
"""

from collections.abc import Callable, Iterable, Mapping

from flowsim.explorer.compositions import Desk
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import Written, is_terminal
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKERS_COMMAND,
    ATTACKERS_REDIRECT_INSIDE,
    ATTACKERS_SCRIPT,
    INSIDE,
    INSIDE_BY_NAME,
    REBOUND,
    VICTIM,
    Run,
    World,
)
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Opening, Request, leads_to, query_of, single
from flowsim.protocol.opened_programs import program_in

Composer = Callable[[Desk, Run], Iterable[Written | None]]


def _nothing(desk: Desk, run: Run) -> Iterable[None]:
    return (None,)


def _with_a_code(desk: Desk, run: Run) -> Iterable[None]:
    """It puts in the last code that it has read."""
    return (None,) if "code" in desk.world.attacker.loot else ()


def _claimed(desk: Desk, run: Run) -> Iterable[None]:
    """Nothing is written, and a second time would be like the first."""
    claimed = desk.world.browsers[VICTIM].apps.get(origin_of(desk.profile.redirect_uri), ())
    return () if claimed[-1:] == (ATTACKER,) or desk.profile.kind not in ("scheme", "loopback") else (None,)


def _lures(desk: Desk, run: Run) -> Iterable[Opening]:
    return _openings(desk.lures())


def _framed(desk: Desk, run: Run) -> Iterable[Opening]:
    """Everybody can see whether a server lets its pages be framed."""
    shown = desk.scenario.allows_framing or not desk.scenario.policy.is_on("frame.allowed")
    return _openings(desk.lures()) if shown else ()


def _windows(desk: Desk, run: Run) -> Iterable[Opening]:
    """Only an app in a browser has a page for a script to run in."""
    return _openings(desk.lures()) if desk.profile.kind in ("page", "website") else ()


def _shipped(desk: Desk, run: Run) -> Iterable[None]:
    """Who has looked once knows all that stands there."""
    looked = any(event.act is Act.READ_APP for event in desk.world.log)
    return () if looked or not desk.scenario.shipped_secret else (None,)


def _programs(desk: Desk, run: Run) -> Iterable[Opening]:
    """What the app's way of opening an address would run: who has the app can see how it does that."""
    return _openings(
        text for text in (ATTACKERS_SCRIPT, ATTACKERS_COMMAND) if program_in(text, desk.scenario.opens_with)
    )


def _inside(desk: Desk, run: Run) -> Iterable[Opening]:
    """Each way into the network, where the app does not take every look at an address: that shows outside."""
    looks = all(desk.scenario.policy.is_on(check) for check in _LOOKS)
    return () if looks else _openings((INSIDE, INSIDE_BY_NAME, ATTACKERS_REDIRECT_INSIDE, REBOUND))


_LOOKS = ("fetch.https", "fetch.public", "fetch.pinned", "fetch.hop_public")


def _onward(desk: Desk, run: Run) -> Iterable[Opening]:
    flying = run.in_flight
    return _openings(desk.onward(leads_to(flying.message))) if flying is not None else ()


def _replacements(desk: Desk, run: Run) -> Iterable[Opening]:
    return _openings(desk.replacements(run))


def _links(desk: Desk, run: Run) -> Iterable[Opening]:
    return _openings(link for link in desk.known.links if single(query_of(link), "session"))


def _login_pages(desk: Desk, run: Run) -> Iterable[Opening]:
    return _openings(link for link in desk.known.links if single(query_of(link), "login"))


def _consents(desk: Desk, run: Run) -> Iterable[Opening]:
    """Once it has been sent on, nothing new comes of another time."""
    done = any(event.act is Act.CONSENT_ALONE for event in desk.world.log)
    return () if done else _openings(desk.own_clients_requests())


def _upstream(desk: Desk, run: Run) -> Iterable[Opening]:
    return _openings(desk.sent_on())


def _planted(desk: Desk, run: Run) -> Iterable[Opening]:
    return _openings(desk.planted())


def _addresses(desk: Desk, run: Run) -> Iterable[Opening]:
    return _openings(desk.for_own_browser())


def _openings(addresses: Iterable[str]) -> tuple[Opening, ...]:
    return tuple(Opening(url=address) for address in dict.fromkeys(addresses))


def is_free(world: World) -> bool:
    """True where the victim's browser can be led somewhere else, of all moments those that differ most."""
    state = world.runs[VICTIM].state
    return state in _MOMENTS or is_terminal(Role.LOGIN, state)


_MOMENTS = (State.START, State.REQUESTED, State.CODE_IN_BROWSER)


def _pushes(desk: Desk, run: Run) -> Iterable[Request]:
    """A request is pushed where one could be opened next: in the victim's browser, or in the place of one in flight."""
    runs = desk.world.runs
    leads = ATTACKER_INITIATED not in runs and is_free(desk.world)
    return desk.pushes() if leads or any(one.state is State.PREPARED for one in runs.values()) else ()


MESSAGES: Mapping[Act, Composer] = {
    Act.READ_REQUEST: _nothing,
    Act.WIRETAP: _nothing,
    Act.READ_RESPONSE: _nothing,
    Act.TAKE_RESPONSE: _nothing,
    Act.READ_API_REQUEST: _nothing,
    Act.SERVE_BEHIND: _nothing,
    Act.READ_WEB_VIEW: _nothing,
    Act.READ_WINDOW: _nothing,
    Act.SHOW_COPY: _nothing,
    Act.GET_RESPONSE: _nothing,
    Act.GET_TOKEN_REQUEST: _nothing,
    Act.STRIP_CHALLENGE: _nothing,
    Act.WRITE_REQUEST: _replacements,
    Act.REPLACE_REQUEST: _replacements,
    Act.MISDIRECT: _onward,
    Act.ANSWER_METADATA: _nothing,
    Act.CLAIM_ENDPOINT: _nothing,
    Act.NAME_PROGRAM: _programs,
    Act.NAME_INSIDE: _inside,
    Act.BORROW_RESOURCE: _nothing,
    Act.SHARE_SERVER: _nothing,
    Act.GET_TOOL_MESSAGE: _nothing,
    Act.READ_APP: _shipped,
    Act.READ_STORAGE: _nothing,
    Act.INSTALL_APP: _claimed,
    Act.PUSH_REQUEST: _pushes,
    Act.OPEN_REQUEST: _lures,
    Act.FRAME_REQUEST: _framed,
    Act.OPEN_WINDOW: _windows,
    Act.OPEN_LINK: _links,
    Act.OPEN_LOGIN_PAGE: _login_pages,
    Act.PLANT_RESPONSE: _planted,
    Act.CONSENT_ALONE: _consents,
    Act.OPEN_UPSTREAM: _upstream,
    Act.INJECT_CODE: _with_a_code,
    Act.KEEP_RESPONSE: _nothing,
    Act.OPEN_ADDRESS: _addresses,
}
