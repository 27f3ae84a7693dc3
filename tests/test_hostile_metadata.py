"""What the attacker's servers name leads an assistant astray: with its secret, to a program, or into its own network."""

from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import with_flying, world_in
from flowsim.attacks import ATTACKERS
from flowsim.engine import network
from flowsim.engine.apply import apply
from flowsim.explorer.goals import GOALS
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, BROWSER, ELSEWHERE, SERVER
from flowsim.model.transitions import Move
from flowsim.model.world import (
    ATTACKERS_COMMAND,
    ATTACKERS_REDIRECT_INSIDE,
    ATTACKERS_SCRIPT,
    ATTACKERS_TOOLS,
    CONNECTION,
    INSIDE,
    INSIDE_BY_NAME,
    REBOUND,
    SECOND_SERVER,
    VICTIM,
)
from flowsim.protocol import fetching, opening_urls
from flowsim.protocol.messages import Request, response
from flowsim.protocol.opened_programs import program_in
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.text import narration
from tests.kit.agreement import differences

OPENED, LISTED, KNOWN = "prepare.address_opened", "discovery.endpoints_https", "prepare.client_id_known"
UNSEEN = frozenset({OPENED, LISTED})


def played(attacker: str, **settings: Any) -> Trace:
    trace = Simulation(attacker=attacker, seed=7, **settings).run()
    assert differences(trace) == []
    return trace


# ---- Another server than the one that gave the app its secret


def secrets_shown(trace: Trace) -> list[str]:
    """To whom the app has shown its secret, in order."""
    secret = trace.worlds[-1].clients[trace.scenario.profile.home].secret
    assert secret
    return [
        sent.receiver
        for event in trace.events
        for sent in event.messages
        if isinstance(sent.message, Request) and sent.message.header("authorization") is not None
        if sent.sender == "client" and trace.ledger.knows(sent.receiver, "client_secret")
    ]


def test_an_app_that_keeps_what_a_server_gave_it_under_the_mcp_server_shows_its_secret_to_the_next_one() -> None:
    trace = played("changed-server", iss=False, without=frozenset({KNOWN}))
    assert trace.verdict.attack_succeeded
    assert trace.verdict.attacker_reads_data
    assert "client_secret" in trace.verdict.attacker_holds
    assert ATTACKER in secrets_shown(trace)
    (kept,) = [event.detail for event in trace.events if event.act is Act.GET_TOKEN_REQUEST]
    assert kept == "code, code_verifier and client_secret"


@pytest.mark.parametrize("par", ["optional", "required"])
def test_an_app_that_pushes_shows_its_secret_there_too_before_there_is_a_code(par: str) -> None:
    trace = played("changed-server", iss=False, par=par, without=frozenset({KNOWN}))
    assert trace.verdict.attack_succeeded
    pushed = [
        (sent.receiver, sent.message.header("authorization"))
        for event in trace.events
        for sent in event.messages
        if isinstance(sent.message, Request) and sent.message.path == "/oauth/par"
    ]
    # RFC 9126 section 2: the app shows who it is as at the token endpoint. The attacker then shows the same.
    assert pushed[0][0] == ATTACKER
    assert (pushed[0][1] or "").startswith("Basic ")
    assert pushed[1:] == ([(SERVER, pushed[0][1])] if par == "required" else [])


def test_kept_under_the_issuer_the_secret_stays_and_nobody_is_sent_anywhere() -> None:
    trace = played("changed-server", iss=False)
    assert (trace.verdict.attack_succeeded, trace.verdict.stopped_by) == (False, KNOWN)
    assert trace.worlds[-1].runs[VICTIM].state is State.PREPARATION_STOPPED
    assert "client_secret" not in trace.verdict.attacker_holds
    assert not any(sent.receiver == BROWSER for event in trace.events for sent in event.messages)


def test_without_the_secret_the_code_and_its_verifier_are_worth_nothing() -> None:
    """So what is lost is the secret, and not only what every mix-up takes."""
    settings: dict[str, Any] = {"client": "mcp", "client_identity": "pre-registered", "entered_secret": True}
    trace = played("mix-up-by-resource-metadata", iss=False, without=frozenset({KNOWN}), **settings)
    assert trace.verdict.attack_succeeded  # it finds the secret beside the code, and takes it
    honest = Simulation(seed=7, **settings).run()
    assert honest.worlds[-1].runs[VICTIM].state is State.DONE
    (asked,) = [
        sent.message
        for event in honest.events
        for sent in event.messages
        if isinstance(sent.message, Request) and sent.message.path == "/oauth/token"
    ]
    assert (asked.header("authorization") or "").startswith("Basic ")


def test_a_secret_is_entered_beside_a_client_id_that_somebody_registered() -> None:
    settings: dict[str, Any] = {"client": "mcp", "client_identity": "pre-registered", "seed": 7}
    entered = [Simulation(entered_secret=one, **settings).world for one in (True, False)]
    with_one, without = (world.clients[world.runs[VICTIM].client].secret for world in entered)
    assert with_one != without


@pytest.mark.parametrize("settings", [{"client": "web"}, {"client": "mcp", "client_identity": "registered"}], ids=str)
def test_no_secret_is_entered_beside_any_other(settings: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match="entered_secret: it does something only where"):
        Simulation(entered_secret=True, seed=7, **settings)


# ---- A program for an address


@pytest.mark.parametrize(
    ("attacker", "opened", "text"),
    [("script-for-endpoint", "window", "send(tokens)//"), ("command-for-endpoint", "shell", "send-tokens")],
)
def test_a_program_in_the_address_runs_where_the_app_opens_it_so(attacker: str, opened: str, text: str) -> None:
    trace = played(attacker, opens_with=opened, without=UNSEEN)
    assert trace.verdict.attack_succeeded
    assert not trace.verdict.attacker_reads_data
    assert trace.worlds[-1].browsers[VICTIM].ran[0].startswith(text)
    assert GOALS[ATTACKERS[attacker].aim](trace.worlds[-1])
    assert "has run on the user's machine" in trace.verdict.sentence
    told = next(one for one in narration.told(trace) if one.event.act is Act.STEP_2)
    assert text in narration.text(told)


@pytest.mark.parametrize("attacker", ["script-for-endpoint", "command-for-endpoint"])
@pytest.mark.parametrize("opened", ["opener", "shell", "window"])
def test_it_runs_in_no_other_way_of_opening_it(attacker: str, opened: str) -> None:
    runs = (attacker, opened) in (("script-for-endpoint", "window"), ("command-for-endpoint", "shell"))
    trace = played(attacker, opens_with=opened, without=UNSEEN)
    assert bool(trace.worlds[-1].browsers[VICTIM].ran) is runs
    assert trace.verdict.attack_succeeded is runs


def test_an_app_that_looks_at_the_address_opens_no_script_and_only_no_shell_helps_against_a_command() -> None:
    """What RFC 3986 allows in an address holds all that a command takes."""
    looked = played("script-for-endpoint", opens_with="window", without=frozenset({LISTED}))
    assert (looked.verdict.stopped_by, looked.verdict.stopped_at_step) == (OPENED, 2)
    assert looked.worlds[-1].runs[VICTIM].state is State.PREPARATION_STOPPED
    assert opening_urls.fault(ATTACKERS_SCRIPT) is not None
    assert opening_urls.fault(ATTACKERS_COMMAND) is None
    assert played("command-for-endpoint", opens_with="shell").verdict.attack_succeeded
    assert not played("command-for-endpoint").verdict.attack_succeeded


@pytest.mark.parametrize(
    ("url", "opened", "program"),
    [
        ("https://a.example/x?a=$(calc)&b=1", "shell", "calc"),
        ("https://a.example/`calc`", "shell", "calc"),
        ("https://a.example/$(calc)", "opener", None),
        ("https://a.example/$(calc)", "window", None),
        ("https://a.example/?a=1&b=$x;c", "shell", None),
        ("JavaScript:alert(1)", "window", "alert(1)"),
        ("javascript:alert(1)", "shell", None),
        ("javascript:alert(1)", "opener", None),
        (f"{SECOND_SERVER}/javascript:alert(1)", "window", None),
    ],
)
def test_what_of_an_address_would_run(url: str, opened: str, program: str | None) -> None:
    assert program_in(url, opened) == program


# ---- An address inside the network

BY_WAY = {
    "inside-by-number": {"fetch.https", "fetch.public"},
    "inside-by-name": {"fetch.public"},
    "inside-by-redirect": {"fetch.hop_public"},
    "inside-by-rebinding": {"fetch.https", "fetch.pinned"},
}
LOOKS = frozenset().union(*BY_WAY.values())


@pytest.mark.parametrize("attacker", BY_WAY)
def test_each_look_at_an_address_stops_the_ways_in_that_it_is_meant_for_and_no_other(attacker: str) -> None:
    for look in sorted(LOOKS):
        trace = played(attacker, without=LOOKS - {look})
        assert trace.verdict.attack_succeeded is (look not in BY_WAY[attacker])
        assert bool(trace.worlds[-1].obeyed) is trace.verdict.attack_succeeded
        assert trace.verdict.stopped_by == (None if trace.verdict.attack_succeeded else look)
    assert not played(attacker).verdict.attack_succeeded


@pytest.mark.parametrize("attacker", BY_WAY)
def test_whoever_is_inside_by_says_so_and_believes_nothing_that_comes_from_there(attacker: str) -> None:
    trace = played(attacker, without=LOOKS)
    assert "A machine inside the network has done what the attacker wanted" in trace.verdict.sentence
    assert any("answers a machine inside the network" in narration.text(one) for one in narration.told(trace))
    assert GOALS["inside"](trace.worlds[-1])
    assert trace.worlds[-1].runs[VICTIM].state is State.PREPARATION_STOPPED
    assert not trace.verdict.attacker_holds


@pytest.mark.parametrize("attacker", [one for one in BY_WAY if one != "inside-by-redirect"])
def test_an_app_that_looks_sends_nothing_there(attacker: str) -> None:
    asked = [
        sent.message.url
        for event in played(attacker).events
        for sent in event.messages
        if isinstance(sent.message, Request)
    ]
    assert asked == [ATTACKERS_TOOLS]


def test_a_redirect_to_a_public_page_is_followed_and_the_document_there_is_judged_like_any() -> None:
    at = world_in(State.RESOURCE_ASKED, CONNECTION, client="mcp")
    there = response(302, headers={"Location": "https://mcp.example/.well-known/oauth-protected-resource/mcp"})
    led = apply(with_flying(at, there, CONNECTION), Move(CONNECTION, Act.STEP_M4))
    assert led.runs[CONNECTION].state is State.RESOURCE_KNOWN
    away = response(302, headers={"Location": "https://elsewhere.example/metadata"})
    lost = apply(with_flying(at, away, CONNECTION), Move(CONNECTION, Act.STEP_M4))
    assert lost.runs[CONNECTION].state is State.RESOURCE_REFUSED
    loop = response(302, headers={"Location": ATTACKERS_REDIRECT_INSIDE})
    shut = apply(with_flying(at, loop, CONNECTION), Move(CONNECTION, Act.STEP_M4))
    assert [one.check.id for one in shut.log[-1].checks if one.decides] == ["fetch.hop_public"]
    assert not shut.obeyed


def test_a_server_that_reads_documents_is_inside_by_by_a_client_id_where_it_does_not_look() -> None:
    look = "document.address_public"
    led = played("inside-by-client-id", without=frozenset({look}))
    assert led.verdict.attack_succeeded
    assert led.worlds[-1].obeyed == (INSIDE_BY_NAME,)
    held = played("inside-by-client-id")
    assert (held.verdict.stopped_by, held.verdict.stopped_at_step) == (look, 3)
    assert not any(sent.receiver == ELSEWHERE for event in held.events for sent in event.messages)
    reads_none = played("inside-by-client-id", client_identity="registered", without=frozenset({look}))
    assert reads_none.verdict.stopped_by == "authorize.client_known"


def test_what_the_names_stand_for_agrees_with_what_the_live_client_refuses() -> None:
    for url in (INSIDE, INSIDE_BY_NAME):
        with pytest.raises(ValueError, match=r"https|special use"):
            fetching.permit(url, network.look_up(url))
    assert fetching.permit("https://mcp.example/", network.look_up("https://mcp.example/")).number == network.PUBLIC
    assert network.look_up(REBOUND) != network.look_up(REBOUND, again=True)


# ---- What stays where it is


def test_a_token_of_one_mcp_server_is_shown_to_no_other() -> None:
    """The user is logged in at the honest MCP server, and then adds the attacker's to the same app."""
    trace = Simulation(client="mcp", second_server=True, order="tab2:11 victim:11", seed=7).run()
    assert trace.worlds[-1].runs["tab 2"].state is State.DONE
    asked = [
        sent.message
        for event in trace.events
        for sent in event.messages
        if sent.receiver == ATTACKER and isinstance(sent.message, Request)
    ]
    assert ATTACKERS_TOOLS in {one.url for one in asked}
    assert all(one.header("authorization") is None for one in asked)
    assert not {"access_token", "refresh_token"} & set(trace.ledger.holds(ATTACKER))


@pytest.mark.parametrize("settings", [{}, {"tool": "send_message"}, {"mcp_revision": "2025-11-25"}], ids=str)
def test_a_refresh_token_goes_to_the_server_that_issued_it_and_to_nobody_else(settings: dict[str, Any]) -> None:
    trace = Simulation(client="mcp", scope="offline_access", later="refresh call", seed=7, **settings).run()
    (tokens,) = trace.worlds[-1].clients[trace.scenario.profile.home].tokens.values()
    issued = {made.value for event in trace.events for made in event.made if made.kind == "refresh_token"}
    assert tokens.refresh_token in issued
    assert len(issued) > 1
    assert set(trace.ledger.table()["refresh_token"]) == {"client", "authorization_server"}
    shown = [
        sent.message
        for event in trace.events
        for sent in event.messages
        if isinstance(sent.message, Request) and any(one in sent.message.body + sent.message.url for one in issued)
    ]
    assert shown
    assert {one.url for one in shown} == {"https://as.example/oauth/token"}
    assert all(one.method == "POST" for one in shown)
