"""An authorization server that is a proxy before another one: an honest login by way of both, and what keeps apps apart.

Source: Model Context Protocol, Security Best Practices (confused deputy problem); RFC 6749 sections 10.2 and 10.12.
"""

import re
from typing import Any

import pytest

from flowsim.actors.authorization_server.authorization_endpoint import REMEMBER_COOKIE, SENT_ON_COOKIE
from flowsim.actors.authorization_server.proxy import LIFETIME
from flowsim.analysis.counterexamples.case import opened
from flowsim.analysis.counterexamples.edits import played, server_of, world_in
from flowsim.engine.apply import apply
from flowsim.model.scenario import ISSUER, Scenario, ScenarioError
from flowsim.model.states import Act, State
from flowsim.model.steps import BROWSER, SERVER, UPSTREAM
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, PROXY_CLIENT, UPSTREAM_ISSUER, VICTIM, Event, World, evolve
from flowsim.protocol import cookies, signed_tokens
from flowsim.protocol.messages import Request, Response, query_of, single
from flowsim.simulation.simulation import Simulation, Trace

PROXY: dict[str, Any] = {"client": "mcp", "proxy": True}


def event_of(trace: Trace, act: Act, run: str = VICTIM) -> Event:
    (found,) = (event for event in trace.events if event.act is act and event.run == run)
    return found


def sent(event: Event, sender: str, receiver: str) -> list[Any]:
    return [one.message for one in event.messages if (one.sender, one.receiver) == (sender, receiver)]


def cookies_set(trace: Trace, sender: str = SERVER) -> list[tuple[Event, cookies.SetCookie]]:
    """Every cookie that this server has set, with the event in which the browser heard of it."""
    return [
        (event, cookies.read(header))
        for event in trace.events
        for answer in sent(event, sender, BROWSER)
        if isinstance(answer, Response)
        for header in answer.all_of("set-cookie")
    ]


def test_an_honest_login_goes_by_both_servers_and_ends_with_the_data() -> None:
    trace = played(**PROXY)
    acts = [event.act for event in trace.events if event.run == VICTIM and 3 < event.step < 34]
    assert [*acts[:5]] == [Act.STEP_4, Act.STEP_5, Act.STEP_U1, Act.STEP_U2, Act.STEP_U3]
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    assert all(one.passed is not False for event in trace.events for one in event.checks)


def test_to_the_server_behind_the_proxy_is_one_client_whoever_asks() -> None:
    """Two apps of the proxy, the honest one and the attacker's: the server behind hears the same name."""
    own = sent(event_of(played(**PROXY), Act.STEP_U1), BROWSER, UPSTREAM)[0]
    theirs = sent(
        event_of(played(attacker="confused-deputy", proxy_asks=False), Act.STEP_U1, ATTACKER_INITIATED),
        BROWSER,
        UPSTREAM,
    )[0]
    assert [single(one.query, "client_id") for one in (own, theirs)] == [PROXY_CLIENT, PROXY_CLIENT]
    assert {single(one.query, "redirect_uri") for one in (own, theirs)} == {f"{ISSUER}/callback"}


def test_the_proxy_redeems_with_its_secret_and_its_verifier_and_names_the_user_in_its_own_token() -> None:
    trace = played(**PROXY)
    (asked,) = sent(event_of(trace, Act.STEP_U3), SERVER, UPSTREAM)
    assert (asked.header("authorization") or "").startswith("Basic ")
    assert single(asked.form, "code_verifier")
    world = trace.worlds[-1]
    (held,) = world.clients[world.runs[VICTIM].client].tokens.values()
    token = signed_tokens.read(held.access_token)
    assert token is not None
    assert (token.claims["iss"], token.claims["sub"]) == (ISSUER, "user-alice")


def test_neither_the_app_nor_the_proxy_sees_the_password_or_the_other_code() -> None:
    trace = played(**PROXY)
    assert trace.ledger.knows(UPSTREAM, "password")
    assert not trace.ledger.knows(SERVER, "password")
    world = world_in(State.UPSTREAM_ANSWERED, **PROXY)
    (code,) = world.servers[UPSTREAM_ISSUER].grants
    to_app = [one for event in trace.events for one in event.messages if one.receiver == "client"]
    assert to_app
    assert not any(code in one.message.text() for one in to_app)


def test_the_page_of_the_proxy_names_the_app_the_scopes_and_the_address_and_cannot_be_framed() -> None:
    page = sent(event_of(played(**PROXY), Act.STEP_4), SERVER, BROWSER)[-1]
    for said in ("Photo Assistant", "read your messages", "http://127.0.0.1:51004/callback", UPSTREAM_ISSUER):
        assert said in page.body
    assert re.search(r'name="csrf" value="[^"]{20,}"', page.body)
    assert "frame-ancestors 'none'" in (page.header("content-security-policy") or "")
    assert page.header("x-frame-options") == "DENY"


def test_a_consent_form_at_the_proxy_with_another_secret_sends_nobody_on() -> None:
    world = world_in(State.LOGIN_SHOWN, **PROXY)
    page = re.sub(r'name="csrf" value="[^"]*"', 'name="csrf" value="forged"', world.browsers[VICTIM].page)
    world = evolve(world, browsers=world.browsers.set(VICTIM, evolve(world.browsers[VICTIM], page=page)))
    after = apply(world, Move(VICTIM, Act.STEP_5))
    assert after.runs[VICTIM].state is State.ERROR_PAGE
    assert [one.check.id for one in after.log[-1].checks if one.decides] == ["consent.csrf_fits"]
    assert not upstream(after).sent_on


def upstream(world: World) -> Any:
    known = server_of(world).upstream
    assert known is not None
    return known


def test_nothing_that_holds_the_state_is_there_before_the_user_has_said_yes() -> None:
    trace = played(**PROXY)
    names = [(event.act, cookie.name) for event, cookie in cookies_set(trace)]
    assert [act for act, name in names if name == SENT_ON_COOKIE] == [Act.STEP_U1]
    for world in trace.worlds:
        asked = any(event.act is Act.STEP_5 for event in world.log)
        assert asked or not upstream(world).sent_on
    assert not upstream(world_in(State.LOGIN_SHOWN, **PROXY)).sent_on


@pytest.mark.parametrize("name", [SENT_ON_COOKIE, REMEMBER_COOKIE])
def test_the_cookies_of_a_proxy_are_for_its_host_alone_and_out_of_reach_of_scripts(name: str) -> None:
    """What they say is kept at the proxy: a cookie holds no more than a random name of it."""
    trace = played(**PROXY, remembered="from-now")
    found = [cookie for _, cookie in cookies_set(trace) if cookie.name == name]
    assert found
    for cookie in found:
        assert cookie.name.startswith("__Host-")
        assert cookie.secure
        assert "httponly" in cookie.attributes
        assert cookie.same_site == "Lax"
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie.value)


def test_the_state_is_another_one_each_time_and_works_once() -> None:
    trace = played(**PROXY, remembered="from-now", later="login")
    states = [
        single(query_of(answer.location), "state")
        for event in trace.events
        for answer in sent(event, UPSTREAM, BROWSER)
        if isinstance(answer, Response) and answer.location.startswith(f"{ISSUER}/callback")
    ]
    assert len(states) == 2
    assert len(set(states)) == 2
    assert not upstream(trace.worlds[-1]).sent_on
    world = world_in(State.UPSTREAM_ANSWERED, **PROXY)
    once = apply(world, Move(VICTIM, Act.STEP_U3))
    again = evolve(once, runs=once.runs.set(VICTIM, world.runs[VICTIM]))
    assert decided_by(apply(again, Move(VICTIM, Act.STEP_U3))) == "proxy.state_known"


def decided_by(world: World) -> str:
    return next(one.check.id for one in world.log[-1].checks if one.decides)


@pytest.mark.parametrize(("late", "state"), [(LIFETIME - 1, State.APPROVED), (LIFETIME, State.ERROR_PAGE)])
def test_a_login_may_be_away_for_ten_minutes(late: int, state: State) -> None:
    world = world_in(State.UPSTREAM_ANSWERED, **PROXY)
    assert LIFETIME == 600
    (away,) = upstream(world).sent_on.values()
    moved = evolve(world, now=away.expires - LIFETIME + late)
    # The server behind has issued its code at the same time, so that only the proxy's own clock decides.
    behind = moved.servers[UPSTREAM_ISSUER]
    grants = {code: evolve(grant, expires=moved.now + 60) for code, grant in behind.grants.items()}
    servers = moved.servers.set(UPSTREAM_ISSUER, evolve(behind, grants=type(behind.grants)(grants)))
    after = apply(evolve(moved, servers=servers), Move(VICTIM, Act.STEP_U3))
    assert after.runs[VICTIM].state is state


def test_who_has_allowed_an_app_is_not_asked_about_it_again_and_is_asked_about_another() -> None:
    again = played(**PROXY, remembered="from-now", later="login")
    assert event_of(again, Act.STEP_4).after is State.LOGIN_SHOWN
    assert event_of(again, Act.STEP_4, "login 1").after is State.SENT_ON
    another = played(attacker="confused-deputy")  # the user has allowed the honest app before
    assert event_of(another, Act.STEP_4, ATTACKER_INITIATED).after is State.LOGIN_SHOWN


def test_a_redirect_uri_that_has_changed_is_shown_an_error_page_and_no_consent_page() -> None:
    changed = opened(redirect_uri="http://127.0.0.1:51004/callbacks")(world_in(State.PREPARED, **PROXY))
    after = apply(changed, Move(VICTIM, Act.STEP_3))
    assert after.runs[VICTIM].state is State.ERROR_PAGE
    assert decided_by(after) == "authorize.redirect_uri_registered"


def test_where_the_proxy_does_not_ask_the_attackers_app_gets_a_code_that_nobody_has_been_asked_about() -> None:
    trace = played(attacker="confused-deputy", proxy_asks=False)
    assert trace.verdict.attack_succeeded
    posted = [
        one.message
        for event in trace.events
        for one in event.messages
        if one.sender == BROWSER and isinstance(one.message, Request) and one.message.method == "POST"
    ]
    assert not posted, "no form was filled in anywhere"
    assert "nobody has asked the user about this app" in trace.verdict.sentence


def test_a_user_who_reads_the_page_of_the_proxy_stops_the_attackers_app() -> None:
    verdict = played(attacker="confused-deputy", user="careful").verdict
    assert not verdict.attack_succeeded
    assert (verdict.stopped_by, verdict.stopped_at_step, verdict.error) == ("consent.allowed", 5, "access_denied")


@pytest.mark.parametrize("pkce", ["none", "plain", "S256"])
def test_pkce_is_no_help_for_the_request_is_the_attackers(pkce: str) -> None:
    assert played(attacker="confused-deputy", proxy_asks=False, pkce=pkce).verdict.attack_succeeded
    off = frozenset({"proxy.browser_same"})
    assert played(attacker="unbound-consent", pkce=pkce, without=off).verdict.attack_succeeded


def test_an_answer_that_comes_back_in_another_browser_than_was_sent_on_is_refused() -> None:
    trace = played(attacker="unbound-consent")
    assert (trace.verdict.stopped_by, trace.verdict.stopped_at_step) == ("proxy.browser_same", 33)
    page = sent(event_of(trace, Act.STEP_U3, ATTACKER_INITIATED), SERVER, BROWSER)[-1]
    assert page.status == 403
    assert not sent(event_of(trace, Act.STEP_U3, ATTACKER_INITIATED), SERVER, UPSTREAM), "its code is not even redeemed"


def test_without_the_cookie_the_attackers_own_yes_is_enough_however_careful_the_user_is() -> None:
    verdict = played(attacker="unbound-consent", user="careful", without=frozenset({"proxy.browser_same"})).verdict
    assert verdict.attack_succeeded
    assert verdict.stopped_by is None


@pytest.mark.parametrize("user", ["denies", "wrong-password"])
@pytest.mark.parametrize("asks", [True, False])
def test_a_user_who_says_no_or_cannot_log_in_leaves_the_app_without_a_code(user: str, asks: bool) -> None:
    trace = played(**PROXY, user=user, proxy_asks=asks)
    world = trace.worlds[-1]
    assert not server_of(world).grants
    told = user == "denies"
    assert world.runs[VICTIM].state is (State.AUTHORIZATION_FAILED if told else State.LOGIN_FAILED)


def test_an_app_of_another_kind_has_a_server_that_logs_its_users_in_itself() -> None:
    assert UPSTREAM_ISSUER not in Simulation(seed=7).run().worlds[-1].servers
    with pytest.raises(ScenarioError, match="proxy: it does something only where client is 'mcp'"):
        Simulation(proxy=True, seed=7)


def test_a_proxy_ties_a_login_to_a_browser_so_no_link_takes_it_to_another() -> None:
    with pytest.raises(ScenarioError, match="ties each login to the browser"):
        Scenario(**PROXY, consent_by_link=True)
