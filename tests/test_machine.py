"""The table of states and `apply` agree: every row is walked by a real run, and what is not in the table cannot happen."""

import re
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flowsim.analysis.counterexamples import sessions
from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    SEED,
    Edit,
    flying,
    flying_request,
    flying_response,
    forged,
    played,
    with_api,
    with_flying,
    with_form,
    with_headers,
    with_server,
    with_transaction,
    without,
    world_in,
)
from flowsim.analysis.counterexamples.login import no_cookies, other_csrf, sends_elsewhere, with_session
from flowsim.engine.apply import admit_attacker, apply
from flowsim.engine.initial_world import initial_world
from flowsim.model import transitions
from flowsim.model.scenario import ISSUER, LESSON_TIME, Scenario, ScenarioError, UserBehaviour
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.transitions import TRANSITIONS, IllegalMove, Move
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKER_RUN,
    ATTACKERS_CLIENT,
    ATTACKERS_REDIRECT,
    CONNECTION,
    OWN_LOGIN,
    REGISTRATION,
    UPSTREAM_ISSUER,
    VICTIM,
    Proofs,
    World,
    evolve,
)
from flowsim.protocol.messages import Opening, Request, leads_to, response, see_other, with_params
from flowsim.simulation.simulation import Trace
from tests.kit.accidents import accident_traces
from tests.kit.worlds import CLIENTS, METHODS, walk

ROWS = [(role, state) for role, rows in TRANSITIONS.items() for state in rows]


def test_every_state_can_be_reached_from_the_start() -> None:
    for rows in TRANSITIONS.values():
        # A copy of a request begins where the request is on its way.
        reached, new = set[State](), {next(iter(rows))}
        while new:
            reached |= new
            new = {to for state in new for ways in rows[state].values() for to in ways.values()} - reached
        assert reached == set(rows)
    assert {state for _, state in ROWS} == set(State)


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("step 8", "expected a Move, for example Move(\"victim\", Act.STEP_8), not 'step 8'"),
        (None, "expected a Move, for example"),
        (Move(VICTIM, "step 8"), "a move names an act, for example"),  # type: ignore[arg-type]
        (Move(VICTIM, []), "a move names an act, for example"),  # type: ignore[arg-type]
        (Move(5, Act.STEP_1), "a move names a run, for example"),  # type: ignore[arg-type]
        (Move([], Act.STEP_1), "a move names a run, for example"),  # type: ignore[arg-type]
        (Move("mine", Act.STEP_1, role="login"), "a move opens a run with a role such as"),  # type: ignore[arg-type]
        (Move(VICTIM, Act.WAIT, seconds="5"), "the seconds of a move are a whole number"),  # type: ignore[arg-type]
        (Move(VICTIM, Act.SEND_CODE, "a code"), "the message of a move is an Opening"),  # type: ignore[arg-type]
        (Move(ATTACKER_RUN, Act.SEND_CODE, "a code"), "the message of a move is an Opening"),  # type: ignore[arg-type]
        (Move(VICTIM, Act.SEND_CODE, Opening(url=5)), "the message of a move is an Opening"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_move_is_refused_in_a_sentence(move: Any, said: str) -> None:
    world = admit_attacker(initial_world(Scenario(seed=7).settled()), "code-interception", "account")
    with pytest.raises(ScenarioError) as raised:
        apply(world, move)
    assert str(raised.value).startswith(said)
    assert str(raised.value).isprintable()


def test_every_way_ends_in_a_state_with_a_row_of_its_own() -> None:
    for rows in TRANSITIONS.values():
        for row in rows.values():
            for ways in row.values():
                assert ways, "an act without an outcome could not be carried out"
                assert set(ways.values()) <= set(rows)


def test_a_state_has_an_empty_row_exactly_when_it_is_terminal() -> None:
    ends = {
        role: {state for state in rows if transitions.is_terminal(role, state)} for role, rows in TRANSITIONS.items()
    }
    for role, state in ROWS:
        assert (transitions.acts(role, state) == ()) is (state in ends[role])
    assert ends[Role.THEFT] <= ends[Role.LOGIN]
    assert ends[Role.LOGIN] - ends[Role.THEFT] == {
        State.PREPARATION_STOPPED,
        State.ERROR_PAGE,
        State.APPROVED_FOR_ANOTHER,
        State.FRAME_EMPTY,
        State.LOGIN_FAILED,
        State.CODE_TAKEN,
        State.PASSWORD_GIVEN,
        State.PAGE_LEFT,
        State.REDIRECT_REFUSED,
        State.AUTHORIZATION_FAILED,
        State.SENDING_STOPPED,
        State.ANSWER_UNDELIVERED,
        State.WINDOW_BLOCKED,
        State.TOKENS_REFUSED,
        State.REQUEST_NOT_SENT,
        State.ANSWER_HIDDEN,
        State.TIMED_OUT,
        State.SESSION_OVER,
    }


def test_a_state_has_at_most_one_numbered_step_and_it_stands_first() -> None:
    for role, state in ROWS:
        steps = [act.step for act in transitions.acts(role, state) if act.step]
        assert len(steps) <= 1
        if steps:
            assert transitions.acts(role, state)[0].step == steps[0]


def place(act: Act) -> float:
    """Where a step stands in its run.

    Those of a proxy are numbered on, and come between the steps 5 and 6; those of the API behind between 10 and 11.
    """
    of_a_proxy, behind = (Act.STEP_U1, Act.STEP_U2, Act.STEP_U3), (Act.STEP_B1, Act.STEP_B2)
    after = 5 if act in of_a_proxy else 10 if act in behind else 0
    return after + (1 + (of_a_proxy + behind).index(act)) / 10 if after else act.step


def test_a_run_never_goes_back_to_an_earlier_step() -> None:
    for role, rows in TRANSITIONS.items():
        for row in rows.values():
            for act, ways in row.items():
                # Who finds nothing at one place looks at another, and who has more to say says it.
                begins_again = (Outcome.NOT_THERE, Outcome.MORE)
                after = [transitions.honest_act(role, to) for how, to in ways.items() if how not in begins_again]
                once_more = Outcome.WRONG_CREDENTIALS in ways or Outcome.AGAIN in ways
                later = [place(next_act) for next_act in after if next_act is not None and act.step]
                assert all(one >= place(act) if once_more else one > place(act) for one in later)


def test_only_a_terminal_login_state_can_follow_a_theft() -> None:
    assert transitions.honest_act(Role.LOGIN, State.CODE_TAKEN) is None


def edited(state: State, edit: Edit, **scenario: Any) -> list[World]:
    """What follows when something is wrong in this state."""
    return walk(edit(world_in(state, **scenario)))


def later(state: State, edit: Edit, run: str, plan: str) -> list[World]:
    """What follows when something is wrong in this state of a run that comes after the login."""
    return walk(edit(world_in(state, run, scope=OFFLINE, later=plan)), run)


def ended(state: State, edit: Edit, **scenario: Any) -> list[World]:
    """What follows when something is wrong in this state of a logout at the server."""
    world = world_in(state, sessions.RUN, remembered="from-now", later="server-logout", **scenario)
    return walk(edit(world), sessions.RUN)


def form(run: str, **changes: str) -> Edit:
    return lambda world: with_flying(world, with_form(flying_request(world, run), **changes), run)


def other_subject(world: World) -> World:
    run = "refresh 1"
    body = flying_response(world, run).json()
    body["id_token"] = forged(body["id_token"], {"sub": "somebody-else"})
    return with_flying(world, response(200, json=body), run)


def no_session(world: World) -> World:
    return with_server(world, sessions=type(world.runs)())


def user(behaviour: UserBehaviour) -> Edit:
    def edit(world: World) -> World:
        return evolve(world, scenario=replace(world.scenario, user=behaviour))

    return edit


def two_headers(run: str) -> Edit:
    def edit(world: World) -> World:
        return with_flying(world, with_headers(flying_request(world, run), authorization=("Bearer a", "Bearer b")), run)

    return edit


def no_header(run: str) -> Edit:
    def edit(world: World) -> World:
        return with_flying(world, with_headers(flying_request(world, run), authorization=None), run)

    return edit


def read_request(world: World) -> World:
    return apply(world, Move(VICTIM, Act.READ_REQUEST))


def write_request(world: World) -> World:
    """The victim's request, with another one in its place that is the same."""
    return apply(world, Move(VICTIM, Act.WRITE_REQUEST, Opening(url=leads_to(flying(world)))))


def opened_by_the_attacker(world: World, begins: bool = False) -> list[World]:
    """The attacker opens an address of the app in its own browser, in a login of its own."""
    address = Opening(url=f"{world.scenario.profile.redirect_uri}?code=written-by-the-attacker")
    role = Role.LOGIN if begins else None
    return [apply(world, Move(OWN_LOGIN, Act.OPEN_ADDRESS, address, role=role, by_attacker=begins))]


NEW = "a new run"
# What takes more than a state: another browser, a page of the attacker's, something it has got before.
PARTICULAR = {
    Act.INJECT_CODE,
    Act.KEEP_RESPONSE,
    Act.PLANT_RESPONSE,
    Act.PUSH_REQUEST,
    Act.OPEN_REQUEST,
    Act.FRAME_REQUEST,
    Act.MISDIRECT,
    Act.GET_RESPONSE,
    Act.GET_TOKEN_REQUEST,
    Act.READ_WEB_VIEW,
    Act.OPEN_WINDOW,
    Act.READ_WINDOW,
    Act.ANSWER_METADATA,
    Act.CLAIM_ENDPOINT,
    Act.NAME_INSIDE,
    Act.NAME_PROGRAM,
    Act.BORROW_RESOURCE,
    Act.SHARE_SERVER,
    Act.GET_TOOL_MESSAGE,
    Act.CHOOSE_SERVER,
    Act.OPEN_LINK,
    Act.OPEN_LOGIN_PAGE,
    Act.CONSENT_ALONE,
    Act.OPEN_UPSTREAM,
    Act.SERVE_BEHIND,
    Act.WRITE_REQUEST,
    Act.OPEN_ADDRESS,
    Act.SHOW_COPY,
    Act.WIRETAP,
    Act.REPLACE_REQUEST,
    Act.TAKE_RESPONSE,  # nobody can claim an https address
    Act.LOOK_UP,  # an atomic server looks nothing up beforehand
    Act.GO_WITHOUT,  # an app that has tokens calls
    Act.RETRY,  # an app does not try again by itself
    Act.RENEW_SILENTLY,  # only a page has a frame
    Act.OPEN_AHEAD,  # only an address on the web can be opened
    Act.LOAD_AGAIN,
    Act.DUPLICATE,  # what has been looked up once
    Act.LOSE_REQUEST,  # what the server has already
}
WRONG = {"user": "wrong-password"}
INJECTED: dict[str, Any] = {"attacker": "code-injection", "client": "web", "pkce": "none", "nonce": False}
STOLEN = {"attacker": "code-interception", "pkce": "none"}


NO_TLS: dict[str, Any] = {
    "client": "web",
    "cleartext": "app",
    "without": frozenset({"authorize.redirect_uri_encrypted"}),
}


def tap(world: World) -> World:
    """The attacker on the network has read what is in flight."""
    return apply(world, Move(VICTIM, Act.WIRETAP))


_ANY = frozenset({"link.same_browser"})  # browser may open a link of the app's
BY_LINK: dict[str, Any] = {"consent_by_link": True, "without": frozenset({"login.same_browser"})}


PROXY: dict[str, Any] = {"client": "mcp", "proxy": True}


def sent_on_as_nobody(world: World) -> World:
    """The proxy has sent the browser on in the name of a client that the server behind does not know."""
    return with_flying(world, see_other(f"{UPSTREAM_ISSUER}/authorize?client_id=nobody"))


def allows_alone(client_id: str) -> World:
    """The attacker opens a request for this client at the proxy."""
    world = world_in(State.START, ATTACKER_RUN, attacker="unbound-consent")
    return apply(world, Move(ATTACKER_RUN, Act.CONSENT_ALONE, Opening(url=f"{ISSUER}/authorize?client_id={client_id}")))


BEHIND: dict[str, Any] = {"client": "mcp", "behind": "own-token", "later": "call"}
PASSED_ON = BEHIND | {"behind": "passed-on", "without": frozenset({"behind.audience"})}
NONCES: dict[str, Any] = {"dpop": "tokens", "dpop_nonce": True}
BY_A_THIEF = STOLEN | PASSED_ON


def of_no_scope(run: str) -> Edit:
    """The call of the tool has a token that is good for nothing."""

    def edit(world: World) -> World:
        text = (flying_request(world, run).header("authorization") or "").removeprefix("Bearer ")
        shown = f"Bearer {forged(text, {'scope': 'openid'})}"
        return with_flying(world, with_headers(flying_request(world, run), authorization=shown), run)

    return edit


def as_the_attackers(world: World) -> World:
    """The API behind is in the attacker's hands, and has been asked by this run."""
    run = next(name for name, run in world.runs.items() if run.state is State.BEHIND_ASKED)
    return apply(world, Move(run, Act.SERVE_BEHIND))


def of_tools() -> list[list[World]]:
    """What can become of a call of a tool that asks an API behind: of the app's at the login and later, of a thief's."""
    runs = ((VICTIM, BEHIND, PASSED_ON), ("call 1", BEHIND, PASSED_ON), (ATTACKER_RUN, BY_A_THIEF, BY_A_THIEF))
    worlds = [
        walk(edit(run)(world_in(state, run, **settings)), run)
        for run, own, passed in runs
        for state, edit, settings in (
            (State.TOOL_CALLED, two_headers, own),
            (State.TOOL_CALLED, no_header, own),
            (State.TOOL_CALLED, of_no_scope, own),
            (State.BEHIND_ASKED, no_header, own),
            (State.BEHIND_ASKED, lambda run: lambda world: world, passed),
        )
    ]
    for run in (VICTIM, "call 1"):
        worlds.append(walk(as_the_attackers(world_in(State.BEHIND_ASKED, run, **BEHIND)), run))
    forgets_nonces = with_api(world_in(State.TOOL_CALLED, **BEHIND | NONCES), proofs=Proofs(wants_nonce=True))
    return [*worlds, walk(forgets_nonces)]


def assistants_journeys() -> list[Trace]:
    """What an app does that calls the tools of an MCP server."""
    elsewhere = {"resource_metadata": "at-the-root", "quirks": frozenset({"openid-metadata-only"})}
    return [
        played(client="mcp", client_identity="registered", mcp_revision="2025-11-25", **elsewhere),
        played(client="mcp", dpop="tokens", dpop_nonce=True),
        played(**BEHIND | NONCES | {"later": "10m call"}),
        played(attacker="access-token-theft", **BEHIND),
        played(client="mcp", mistakes=frozenset({"api-expects-another-audience"})),
        played(attacker="inside-by-name"),
        played(attacker="command-for-endpoint", opens_with="shell"),
        played(attacker="borrowed-resource", without=frozenset({"resource.same"})),
        played(attacker="wrong-audience", without=frozenset({"authorize.resource_known"})),
        played(attacker="confused-deputy", proxy_asks=False),
        played(attacker="unbound-consent", without=frozenset({"proxy.browser_same"})),
        played(attacker="unbound-consent"),
        *(played(client="mcp", proxy=True, user=user) for user in ("accepts", "denies", "wrong-password")),
        *(played(client="mcp", proxy=True, proxy_asks=False, user=user) for user in ("denies", "wrong-password")),
    ]


@cache
def journeys() -> tuple[World, ...]:
    """Worlds of real runs, some with one thing made wrong on the way: every row of the table is among them."""
    traces = [played(actions=("add-role",))]
    traces += [played(client=client, pkce=pkce) for client in CLIENTS for pkce in METHODS]
    traces += [
        played(actions=("deny-at-night",), start=LESSON_TIME + 12 * 3600),
        played(scope=OFFLINE, later="keys refresh call password logout 1h call"),
        played(scope=OFFLINE, later="refresh=openid call"),
        played(remembered="from-now", later="other-app server-logout app-logout login app-logout"),
        played(remembered="from-now", later="server-logout", client="native-loopback"),
        played(remembered="from-now", later="server-logout", scope="read:messages"),
        played(scope=OFFLINE, later="10m call refresh", dpop="tokens", dpop_nonce=True),
        played(scope=OFFLINE, attacker="refresh-theft"),
        played(attacker="access-token-theft"),
        played(**INJECTED),
        played(attacker="login-csrf", client="web", state=False),
        played(attacker="pkce-downgrade", client="web", pkce_required=False),
        played(pkce="plain", plain_allowed=False),
        played(scope="unheard-of"),
        played(scope="openid profile"),
        played(user="denies"),
        played(**WRONG),
        played(attacker="code-interception"),
        played(attacker="decompiled-secret"),
        played(attacker="code-and-request"),
        played(**STOLEN),
        played(**STOLEN, client="spa"),
        played(**STOLEN, scope="openid profile"),
        played(attacker="app-impersonation", remembered="consent"),
        played(attacker="malicious-client", par="required"),
        played(attacker="pkce-downgrade", par="required", client="web"),
        played(attacker="redirect-manipulation", redirect_match="prefix", client="web"),
        played(attacker="request-stripping", pkce_required=False),
        played(attacker="mix-up", iss=False),
        played(attacker="web-view", web_view=True),
        played(attacker="clickjacking", remembered="login", allows_framing=True),
        played(attacker="clickjacking", remembered="login"),
        played(attacker="silent-login"),
        played(client="spa", later="silent-renewal", remembered="consent"),
        played(client="web", later="prefetch reload"),
        played(client="web", later="reload", user="denies"),
        played(discovery="openid"),
        played(attacker="mix-up", discovery="oauth"),
        *assistants_journeys(),
        *(
            played(attacker="session-fixation-by-link", session_in_link=True, without=off)
            for off in (_ANY, frozenset())
        ),
        *(played(attacker="consent-by-link", **BY_LINK, remembered=known) for known in ("consent", "nothing")),
        played(attacker="audience-injection", assertion_audience="token-endpoint", discovery="openid"),
        played(attacker="forwarded-password", redirect_status=307, asks_consent=False),
        *(played(attacker=attacker, **NO_TLS) for attacker in ("network-reader", "network-writer")),
        played(attacker="network-reader-of-tokens", cleartext="API"),
        played(client="spa", login_window="popup", popup_by_click=False),
        *(played(scheme_app="none", user=user) for user in ("accepts", "denies")),
        *(
            played(attacker="server-as-redirector", user=user, without=frozenset({"authorize.error_address_trusted"}))
            for user in ("accepts", "careful")
        ),
    ]
    hidden = {"client": "spa", "scope": OFFLINE, "cors": "none"}
    unread = frozenset({"page.tokens_readable", "page.code_may_be_sent"})
    traces += accident_traces()
    traces += [
        played(**hidden),
        played(**hidden, par="optional"),
        played(**hidden, discovery="openid"),
        played(**hidden, par="optional", shipped_secret=True),
        played(**hidden, dpop="tokens"),
        played(**hidden, without=unread, later="refresh refresh logout"),
        played(**hidden, without=unread, later="1h logout"),
        played(**hidden, without=unread, later="refresh logout", shipped_secret=True),
        played(client="spa", api_cors="none", later="call"),
        played(client="spa", api_cors="none", later="call", without=frozenset({"page.call_may_be_sent"})),
    ]
    worlds = [world for trace in traces for world in trace.worlds]
    for run, state, status in (
        (CONNECTION, State.CALLED_WITHOUT_TOKEN, 200),
        (CONNECTION, State.RESOURCE_ASKED, 403),
        (REGISTRATION, State.REGISTRATION_SENT, 400),
    ):
        world = world_in(state, run, client="mcp", client_identity="registered")
        worlds += walk(with_flying(world, response(status, json={}), run), run)
    for states in [
        edited(State.SENT_ON, sent_on_as_nobody, **PROXY),
        edited(State.UPSTREAM_SHOWN, no_cookies, **PROXY),
        [allows_alone("nobody")],
        *of_tools(),
        edited(State.CODE_SENT, lambda world: with_flying(world, with_form(flying_request(world), code="b")), **hidden),
        edited(State.PREPARED, lambda world: with_server(world, clients=type(world.runs)())),
        edited(State.REQUESTED, no_session),
        edited(State.REQUESTED, with_session(prompt=("none",))),
        edited(State.LOGIN_SHOWN, other_csrf),
        edited(State.LOGIN_SHOWN_AGAIN, other_csrf, **WRONG),
        edited(State.LOGIN_SHOWN_AGAIN, user("accepts"), **WRONG),
        edited(State.LOGIN_SHOWN_AGAIN, user("denies"), **WRONG),
        edited(State.LOGIN_SHOWN_AGAIN, read_request, **WRONG),
        edited(State.PREPARED, read_request),
        edited(State.PREPARED, tap, **NO_TLS),
        edited(State.PREPARED, write_request),
        opened_by_the_attacker(world_in(State.START, attacker="code-injection"), begins=True),
        opened_by_the_attacker(own(State.PREPARED)),
        opened_by_the_attacker(own(State.CODE_IN_BROWSER)),
        edited(State.REQUESTED, read_request),
        edited(State.LOGIN_SHOWN, read_request),
        edited(State.APPROVED, read_request),
        edited(State.CODE_IN_BROWSER, read_request),
        edited(State.ERROR_IN_BROWSER, lambda world: with_transaction(world, state="other"), user="denies"),
        edited(State.CODE_IN_BROWSER, lambda world: with_transaction(world, state="other")),
        edited(State.CODE_IN_BROWSER, sends_elsewhere),
        edited(State.CODE_SENT, lambda world: with_flying(world, with_form(flying_request(world), code="other"))),
        edited(State.CODE_ACCEPTED, lambda world: with_transaction(world, nonce="other")),
        edited(State.API_ASKED, two_headers(VICTIM)),
        edited(State.API_ASKED, no_header(VICTIM)),
        later(State.REFRESH_SENT, form("refresh 1", refresh_token="other"), "refresh 1", "refresh"),
        later(State.REFRESH_ACCEPTED, other_subject, "refresh 1", "refresh"),
        later(State.REVOCATION_SENT, form("logout 1", client_id="photo-page"), "logout 1", "logout"),
        ended(State.LOGOUT_PREPARED, sessions.asked(client_id="other")),
        ended(State.LOGOUT_QUESTION, sessions.no_question, scope="read:messages"),
        ended(State.LOGOUT_PREPARED, sessions.somebody_else),
        ended(State.LOGOUT_DONE, sessions.another_state),
        later(State.API_ASKED, two_headers("call 1"), "call 1", "call"),
        walk(
            user("accepts")(
                world_in(State.LOGIN_SHOWN_AGAIN, ATTACKER_INITIATED, attacker="consent-by-link", **BY_LINK, **WRONG)
            ),
            ATTACKER_INITIATED,
        ),
        walk(two_headers(ATTACKER_RUN)(world_in(State.API_ASKED, ATTACKER_RUN, **STOLEN)), ATTACKER_RUN),
        walk(no_header(ATTACKER_RUN)(world_in(State.API_ASKED, ATTACKER_RUN, **STOLEN)), ATTACKER_RUN),
    ]:
        worlds += states
    return tuple(worlds)


def own(state: State) -> World:
    """The attacker's own login in this state, with everything at hand that an attacker needs to tamper with it."""
    return world_in(state, OWN_LOGIN, **INJECTED)


def test_what_needs_the_attackers_own_browser_cannot_be_done_in_the_victims() -> None:
    for state, act in (
        (State.CODE_IN_BROWSER, Act.INJECT_CODE),
        (State.PREPARED, Act.INJECT_CODE),
        (State.CODE_IN_BROWSER, Act.KEEP_RESPONSE),
        (State.START, Act.PLANT_RESPONSE),  # nothing was kept that could be planted
        (State.START, Act.OPEN_REQUEST),  # no request was written that could be opened
        (State.PREPARED, Act.MISDIRECT),  # the app has one server, and that is not the attacker's
        (State.CODE_IN_BROWSER, Act.GET_RESPONSE),
        (State.CODE_SENT, Act.GET_TOKEN_REQUEST),
        (State.APPROVED, Act.READ_WEB_VIEW),  # the app uses the browser
        (State.START, Act.OPEN_WINDOW),  # no request was written that could be opened
        (State.START, Act.OPEN_LINK),  # no link was made
        (State.START, Act.OPEN_LOGIN_PAGE),
        (State.START, Act.OPEN_UPSTREAM),  # the server is no proxy
        (State.CLICKED, Act.CHOOSE_SERVER),
        (State.CODE_IN_BROWSER, Act.READ_WINDOW),  # no script has opened a window
    ):
        with pytest.raises(IllegalMove):
            apply(world_in(state), Move(VICTIM, act))


def test_on_the_network_there_is_nothing_to_read_or_to_change_where_messages_go_over_tls_or_stay_on_the_device() -> (
    None
):
    elsewhere = Opening(url="https://as.example/authorize?client_id=other")
    for client, said in (("native-scheme", "handed over on the device"), ("web", "goes over TLS")):
        for state, move in (
            (State.PREPARED, Move(VICTIM, Act.WIRETAP)),
            (State.PREPARED, Move(VICTIM, Act.REPLACE_REQUEST, elsewhere)),
            (State.CODE_IN_BROWSER, Move(VICTIM, Act.WIRETAP)),
        ):
            with pytest.raises(IllegalMove, match=said):
                apply(world_in(state, client=client), move)
    with pytest.raises(IllegalMove, match="never comes to a network"):
        apply(world_in(State.CODE_IN_BROWSER, client="native-loopback"), Move(VICTIM, Act.WIRETAP))
    with pytest.raises(IllegalMove, match="goes over TLS"):
        apply(world_in(State.API_ASKED), Move(VICTIM, Act.WIRETAP))
    with pytest.raises(IllegalMove, match="goes over TLS"):
        apply(world_in(State.API_ASKED, client="spa", cleartext="API"), Move(VICTIM, Act.WIRETAP))
    tapped = apply(world_in(State.API_ASKED, cleartext="API"), Move(VICTIM, Act.WIRETAP))
    assert "access_token" in tapped.attacker.loot


def test_a_copy_of_the_login_page_is_shown_only_where_the_browser_has_come_to_a_website_of_the_attackers() -> None:
    with pytest.raises(IllegalMove, match=r"come to a website of the attacker's"):
        apply(world_in(State.ERROR_IN_BROWSER, client="web", user="denies"), Move(VICTIM, Act.SHOW_COPY))


def test_a_user_with_a_login_page_before_them_fills_that_in_before_they_look_at_a_copy() -> None:
    """The error of the other login has come to the attacker's website by then; the page that is open stays."""
    off = frozenset({"authorize.error_address_trusted"})
    world = without(world_in(State.PREPARED, client="spa"), off)
    asked = {"client_id": ATTACKERS_CLIENT, "redirect_uri": ATTACKERS_REDIRECT, "response_type": "none"}
    opened = Opening(url=with_params(f"{ISSUER}/authorize", asked))
    world = apply(world, Move(ATTACKER_INITIATED, Act.OPEN_REQUEST, opened, role=Role.LOGIN))
    for act in (Act.STEP_3, Act.STEP_6):
        world = apply(world, Move(ATTACKER_INITIATED, act))
    busy = apply(apply(world, Move(VICTIM, Act.STEP_3)), Move(VICTIM, Act.STEP_4))
    with pytest.raises(IllegalMove, match="fills that in first"):
        apply(busy, Move(ATTACKER_INITIATED, Act.SHOW_COPY))
    assert apply(busy, Move(VICTIM, Act.STEP_5)).runs[VICTIM].state is State.APPROVED


def test_a_script_reads_only_a_window_that_it_has_opened_and_only_at_its_own_origin() -> None:
    window = world_in(State.CODE_IN_BROWSER, ATTACKER_INITIATED, attacker="silent-login", client="spa")
    assert "code" in apply(window, Move(ATTACKER_INITIATED, Act.READ_WINDOW)).attacker.loot
    elsewhere = with_flying(
        window,
        replace(flying_request(window, ATTACKER_INITIATED), url="https://other.example/?code=a"),
        ATTACKER_INITIATED,
    )
    with pytest.raises(IllegalMove, match="the origin of the app's page"):
        apply(elsewhere, Move(ATTACKER_INITIATED, Act.READ_WINDOW))
    with pytest.raises(IllegalMove, match="that the script has opened"):
        apply(world_in(State.CODE_IN_BROWSER, client="spa"), Move(VICTIM, Act.READ_WINDOW))


@pytest.mark.parametrize("client", ["native-scheme", "native-https", "native-loopback"])
def test_in_an_app_that_is_no_web_page_runs_no_script(client: str) -> None:
    move = Move(VICTIM, Act.OPEN_WINDOW, Opening(url=f"{ISSUER}/authorize?client_id=a"))
    with pytest.raises(IllegalMove, match="an app in a browser"):
        apply(world_in(State.START, client=client), move)


def test_every_row_of_the_table_is_walked_and_no_other() -> None:
    walked = {
        (world.runs[event.run].role, event.before, event.act, event.outcome, event.after)
        for world in journeys()
        for event in world.log
    }
    table = {
        (role, state, act, outcome, to)
        for role, state in ROWS
        for act, ways in TRANSITIONS[role][state].items()
        for outcome, to in ways.items()
    }
    assert walked == table


@cache
def one_world_for_every_state() -> dict[tuple[Role, State], tuple[str, World]]:
    """A run and its world for every state, the first there is; at their start those that a move opens are not there yet."""
    found = {(run.role, run.state): (name, world) for world in reversed(journeys()) for name, run in world.runs.items()}
    done = world_in(State.DONE, scope=OFFLINE)
    found |= {(Role.LOGIN, state): (OWN_LOGIN, own(state)) for state in (State.PREPARED, State.CODE_IN_BROWSER)}
    planted = next(world for world in played(attacker="login-csrf").worlds if "redirect" in world.attacker.loot)
    found = {(role, State.START): (NEW, done) for role in Role} | found
    return found | {(Role.LOGIN, State.START): (NEW, planted)}


@pytest.mark.parametrize(("role", "state"), ROWS, ids=str)
def test_a_move_follows_the_table_or_raises_and_nothing_has_changed(role: Role, state: State) -> None:
    run, world = one_world_for_every_state()[role, state]
    before = hash(world)  # Only what nobody can change has a hash.
    for act in Act:
        opens = role if run == NEW else None
        sent = Request(method="POST", url="https://as.example/oauth/token") if act is Act.SEND_CODE else None
        move = Move(run, act, sent, role=opens)
        if act in TRANSITIONS[role][state] and act in PARTICULAR:
            with suppress(IllegalMove):
                assert apply(world, move).runs[run].state in TRANSITIONS[role][state][act].values()
        elif act in TRANSITIONS[role][state]:
            after = apply(world, move)
            assert after.runs[run].state in TRANSITIONS[role][state][act].values()
            assert after.log[:-1] == world.log
            assert after.log[-1].after is after.runs[run].state
        else:
            with pytest.raises(IllegalMove) as caught:
                apply(world, move)
            message = str(caught.value)
            assert all(repr(word) in message for word in (run, state.phrase, act.phrase))
            legal = transitions.acts(role, state)
            assert all(one.phrase in message for one in legal)
            assert legal or message.endswith("nothing: the run has ended")
    assert hash(world) == before


@pytest.mark.parametrize("act", Act)
def test_a_run_that_does_not_exist_cannot_move(act: Act) -> None:
    world = world_in(State.START)
    with pytest.raises(IllegalMove, match=re.escape(f"there is no run 'nobody', so it cannot do {act.phrase!r}")):
        apply(world, Move("nobody", act))


def test_an_attacker_must_say_what_it_sends() -> None:
    world = admit_attacker(world_in(State.CODE_IN_BROWSER), "code-interception", "account")
    with pytest.raises(IllegalMove, match="must say what it sends"):
        apply(world, Move(ATTACKER_RUN, Act.SEND_CODE))


def test_the_same_move_in_the_same_world_gives_the_same_world() -> None:
    for world, after in zip(played(client="web").worlds, played(client="web").worlds[1:], strict=False):
        move = Move(VICTIM, after.log[-1].act)
        assert apply(world, move) == apply(world, move) == after


class RandomMoves(RuleBasedStateMachine):
    """Any legal moves in any order, with an attacker or without: the table holds, and so does time travel."""

    @initialize(
        client=st.sampled_from(CLIENTS),
        pkce=st.sampled_from(METHODS),
        user=st.sampled_from(["accepts", "accepts", "denies", "wrong-password"]),
        scope=st.sampled_from(["openid profile read:messages", OFFLINE, OFFLINE, "openid unheard-of", ""]),
        off=st.sets(st.sampled_from(["token.verifier_fits", "token.code_unused", "callback.state_same"])),
        actions=st.sampled_from([(), (), ("add-role", "only-example-mail")]),
    )
    def begin(self, off: set[str], **fields: Any) -> None:
        scenario = Scenario(seed=SEED, shipped_secret=fields["client"] == "spa", **fields).settled()
        self.worlds = [without(initial_world(scenario), off)]
        self.moves: list[Move] = []

    @property
    def world(self) -> World:
        return self.worlds[-1]

    def legal(self) -> list[tuple[str, Act]]:
        runs = self.world.runs.values()
        ran = sum(event.act is Act.RUN_ACTION for event in self.world.log)
        claimed = {Act.TAKE_RESPONSE} if self.world.scenario.profile.kind in ("scheme", "loopback") else set()
        with_another = (PARTICULAR | {Act.STRIP_CHALLENGE}) - claimed
        none_left = {Act.RUN_ACTION} if ran == len(self.world.scenario.actions) else set()
        return [
            (run.name, act)
            for run in runs
            for act in transitions.acts(run.role, run.state)
            if act not in none_left | with_another
        ]

    def later(self) -> list[tuple[Role, Act]]:
        """What can happen now that opens a run of its own."""
        victim = self.world.runs[VICTIM]
        held = self.world.clients[victim.client].tokens.get(victim.who)
        kinds = [(Role.WAIT, Act.WAIT)]
        kinds += [(Role.PASSWORD, Act.CHANGE_PASSWORD)] if self.world.log else []
        fresh = len(next(iter(self.world.servers.values())).keys) == 1
        kinds += [(Role.KEYS, Act.ROTATE_KEYS)] if self.world.log and fresh else []
        kinds += [(Role.CALL, Act.STEP_10)] if held else []
        kinds += [(Role.REFRESH, Act.STEP_R1), (Role.LOGOUT, Act.STEP_V1)] if held and held.refresh_token else []
        return kinds

    @rule()
    @precondition(lambda self: ATTACKER_RUN not in self.world.runs)
    def an_attacker_comes(self) -> None:
        self.worlds = [admit_attacker(world, "code-interception", "account") for world in self.worlds]

    @rule(data=st.data())
    @precondition(lambda self: self.legal())
    def a_move(self, data: st.DataObject) -> None:
        run, act = data.draw(st.sampled_from(self.legal()))
        request = data.draw(st.sampled_from(self.requests())) if act is Act.SEND_CODE else None
        self.moves.append(Move(run, act, request))
        self.worlds.append(apply(self.world, self.moves[-1]))

    @rule(data=st.data(), seconds=st.sampled_from([1, 60, 3600, 40 * 86_400]))
    def something_later(self, data: st.DataObject, seconds: int) -> None:
        role, act = data.draw(st.sampled_from(self.later()))
        name = f"{role.value} {len(self.world.runs)}"
        self.moves.append(Move(name, act, role=role, seconds=seconds if act is Act.WAIT else 0))
        self.worlds.append(apply(self.world, self.moves[-1]))

    @rule(act=st.sampled_from(Act))
    @precondition(lambda self: not self.legal())
    def nobody_can_move(self, act: Act) -> None:
        for run in self.world.runs:
            with pytest.raises(IllegalMove, match="the run has ended"):
                apply(self.world, Move(run, act))

    def requests(self) -> list[Request]:
        """What an attacker could send: what others have sent, with its own code in it, or nonsense."""
        nonsense = Request(method="PUT", url="https://as.example/oauth/token?code=\0", body="{")
        sent = [sent.message for event in self.world.log for sent in event.messages]
        seen = [message for message in sent if isinstance(message, Request) and message.path == "/oauth/token"]
        code = self.world.attacker.loot.get("code", "no-code")
        return [nonsense, *seen, *(with_form(one, code=code, code_verifier=None) for one in seen)]

    @invariant()
    def every_run_stands_in_the_table(self) -> None:
        for run in self.world.runs.values():
            assert run.state in TRANSITIONS[run.role]

    def teardown(self) -> None:
        again = self.worlds[0]
        for move, recorded in zip(self.moves, self.worlds[1:], strict=True):
            again = apply(again, move)
            assert again == recorded
        assert [event.index for event in again.log] == list(range(1, len(self.moves) + 1))


RandomMoves.TestCase.settings = settings(max_examples=40, stateful_step_count=25)
TestRandomMoves = RandomMoves.TestCase
