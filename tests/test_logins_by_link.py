"""A login that a link takes to another browser: at the app, whose link names the session, and at the server."""

from typing import Any

import pytest

from flowsim.actors.authorization_server import LOGIN_COOKIE
from flowsim.analysis.counterexamples.edits import played, server_of, world_in
from flowsim.analysis.counterexamples.requests import Answer, ask, get, hidden, post
from flowsim.analysis.matrix import cell
from flowsim.engine.initial_world import ALICE
from flowsim.model.clients import CLIENTS
from flowsim.model.scenario import ISSUER
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT
from flowsim.model.world import ATTACKER_INITIATED, OWN_LOGIN, VICTIM, World
from flowsim.protocol.messages import Request, Response, query_of, single
from flowsim.simulation.simulation import Trace

BY_LINK: dict[str, Any] = {"consent_by_link": True, "without": frozenset({"login.same_browser"})}
FIXED: dict[str, Any] = {"session_in_link": True, "without": frozenset({"link.same_browser"})}


def requests_of(trace: Trace, run: str, act: Act) -> list[Request]:
    (event,) = (event for event in trace.events if event.run == run and event.act is act)
    return [one.message for one in event.messages if isinstance(one.message, Request)]


# ---- At the app


@pytest.mark.parametrize("par", ["off", "required"])
def test_a_website_that_begins_a_login_by_a_link_logs_its_user_in(par: str) -> None:
    trace = played(client="web", session_in_link=True, par=par)
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    (link,) = (one for one in requests_of(trace, VICTIM, Act.STEP_2) if one.path == "/begin")
    assert single(link.query, "session") == link.cookies["__Host-session"] == trace.worlds[-1].runs[VICTIM].who
    (judged,) = (one for event in trace.events for one in event.checks if one.check.id == "link.same_browser")
    assert judged.passed


@pytest.mark.parametrize("client", [name for name in CLIENTS if name != "web"])
def test_an_app_without_sessions_on_a_server_of_its_own_makes_no_link(client: str) -> None:
    assert played(client=client, session_in_link=True).events == played(client=client).events


def test_the_link_gives_the_session_to_whoever_opens_it_where_the_app_does_not_look_whose_browser_that_is() -> None:
    trace = played(attacker="session-fixation-by-link", **FIXED)
    world = trace.worlds[-1]
    assert world.runs[ATTACKER_INITIATED].who == world.runs[OWN_LOGIN].who
    jars = [world.browsers[owner].cookies["https://web.example"] for owner in ("victim", "attacker-user")]
    assert jars[0] == jars[1]
    assert trace.verdict.accounts == {"victim": "user-alice", "attacker-user": "user-alice"}
    opened = next(event for event in trace.events if event.act is Act.OPEN_LINK)
    assert [(one.sender, one.receiver) for one in opened.messages] == [(ATTACKER, BROWSER), (BROWSER, CLIENT)]


def test_a_state_that_is_tied_to_the_browser_sees_nothing_wrong_and_the_look_at_the_link_does() -> None:
    assert cell("session-fixation-by-link", "bound-state").works
    assert cell("session-fixation-by-link", "S256").works
    stopped = cell("session-fixation-by-link", "link-for-one-browser").verdict
    assert (stopped.stopped_by, stopped.stopped_at_step) == ("link.same_browser", 2)
    assert cell("session-fixation", "bound-state").stopped


def test_where_the_link_is_refused_the_victims_browser_gets_no_cookie_and_a_page_that_says_so() -> None:
    trace = played(attacker="session-fixation-by-link", session_in_link=True)
    refused = next(event for event in trace.events if event.act is Act.OPEN_LINK).messages[-1].message
    assert isinstance(refused, Response)
    assert (refused.status, refused.header("set-cookie")) == (403, None)
    assert "https://web.example" not in trace.worlds[-1].browsers["victim"].cookies


# ---- At the server


@pytest.mark.parametrize("client", CLIENTS)
def test_a_login_that_could_be_allowed_elsewhere_is_allowed_in_its_own_browser_as_ever(client: str) -> None:
    for remembered in ("nothing", "consent"):
        trace = played(client=client, consent_by_link=True, remembered=remembered)
        assert trace.worlds[-1].runs[VICTIM].state is State.DONE


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("remembered", ["nothing", "login", "consent"])
def test_what_the_user_allows_by_a_link_goes_on_in_the_browser_that_has_begun(client: str, remembered: str) -> None:
    trace = played(attacker="consent-by-link", client=client, remembered=remembered, **BY_LINK)
    world = trace.worlds[-1]
    assert world.runs[ATTACKER_INITIATED].state is State.APPROVED_FOR_ANOTHER
    assert world.runs[OWN_LOGIN].state is State.DONE
    assert trace.verdict.accounts == {"attacker-user": "user-alice"}
    assert not _codes(trace, ATTACKER_INITIATED)
    assert "password" not in trace.verdict.attacker_holds


def _codes(trace: Trace, run: str) -> list[str]:
    return [one.value for event in trace.events if event.run == run for one in event.made if one.kind == "code"]


@pytest.mark.parametrize("defence", ["S256", "state", "nonce", "iss", "secret", "par-with-secret", "dpop-bound-code"])
def test_nothing_that_the_app_does_helps_for_the_whole_login_is_the_attackers(defence: str) -> None:
    assert cell("consent-by-link", defence).works


def test_a_login_that_the_user_does_not_allow_goes_on_nowhere() -> None:
    trace = played(attacker="consent-by-link", user="denies", **BY_LINK)
    assert trace.worlds[-1].runs[OWN_LOGIN].state is State.REQUESTED
    assert (trace.verdict.stopped_by, trace.verdict.attack_succeeded) == ("consent.allowed", False)


def test_a_server_that_keeps_a_login_to_its_browser_says_so_and_sets_no_cookie() -> None:
    world = world_in(State.REQUESTED, consent_by_link=True)
    answer = ask(world, get(_link(world)))
    assert (answer.response.status, answer.decided) == (403, "login.same_browser")
    assert answer.response.header("set-cookie") is None
    assert server_of(answer.world).sessions == server_of(world).sessions


def _link(world: World) -> str:
    flown = world.runs[VICTIM].in_flight
    assert flown is not None
    assert isinstance(flown.message, Response)
    address = flown.message.location
    assert address.startswith(f"{ISSUER}/login?login=")
    return address


def test_a_link_lets_one_login_go_on_once_and_leads_nowhere_afterwards() -> None:
    world = world_in(State.REQUESTED, **BY_LINK, asks_consent=False)
    link, (begun,) = _link(world), server_of(world).sessions
    page = ask(world, get(link))
    other = (page.response.header("set-cookie") or "").partition(";")[0]
    assert other.startswith(f"{LOGIN_COOKIE}=")
    assert other != f"{LOGIN_COOKIE}={begun}"
    allowed = _allowed(page.world, page.response)
    assert (allowed.response.status, "code=" in allowed.response.text()) == (200, False)
    again = ask(allowed.world, get(f"{ISSUER}/login", cookie=other))
    assert again.response.status == 400
    onward = ask(allowed.world, get(link, cookie=f"{LOGIN_COOKIE}={begun}"))
    assert single(query_of(onward.response.location), "code")
    assert ask(onward.world, get(link, cookie=f"{LOGIN_COOKIE}={begun}")).response.status == 400
    assert ask(onward.world, get(link)).response.status == 400


def test_a_login_that_has_ended_meanwhile_cannot_be_allowed_any_more() -> None:
    """Two browsers have opened the link; by the answer of the first the login has gone on, and is over."""
    world = world_in(State.REQUESTED, **BY_LINK, asks_consent=False)
    link, (begun,) = _link(world), server_of(world).sessions
    first = ask(world, get(link))
    second = ask(first.world, get(link))
    allowed = _allowed(second.world, first.response)
    over = ask(allowed.world, get(link, cookie=f"{LOGIN_COOKIE}={begun}")).world
    too_late = _allowed(over, second.response)
    assert (allowed.response.status, too_late.response.status) == (200, 400)
    assert "has ended" in too_late.response.body


def _allowed(world: World, page: Response) -> Answer:
    """Alice logs in on this page, in the browser that it was sent to."""
    form = {"csrf": hidden(page.body, "csrf"), "option": "password"}
    form |= {"username": ALICE.username, "password": ALICE.password}
    cookie = (page.header("set-cookie") or "").partition(";")[0]
    return ask(world, post(f"{ISSUER}/login", form, cookie=cookie))
