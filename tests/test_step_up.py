"""An API demands another login, the app asks for it, and the API takes the token of that one (RFC 9470)."""

from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.model.authentication import ACR
from flowsim.model.scenario import API_ORIGIN
from flowsim.model.states import Act, Outcome, State
from flowsim.model.world import STEP_UP, VICTIM, Event
from flowsim.protocol import challenges
from flowsim.protocol.messages import Request, Response
from flowsim.simulation.simulation import Simulation, Trace
from tests.kit.worlds import CLIENTS

ONE_TIME = ACR["one-time-code"]
FIRST = f"{STEP_UP} 1"
STRONGER: dict[str, Any] = {"api_acr": "one-time-code"}
LATE: dict[str, Any] = {"api_max_age": 600, "later": "30m call"}


def events(trace: Trace, run: str) -> list[Event]:
    return [event for event in trace.events if event.run == run]


def demand(event: Event) -> dict[str, str]:
    """What the API's answer in this event demands."""
    (answer,) = (sent.message for sent in event.messages if isinstance(sent.message, Response))
    assert answer.status == 401
    return dict(challenges.of_scheme(answer.all_of("www-authenticate"), "bearer"))


def asked(trace: Trace, run: str) -> dict[str, str]:
    """The parameters of the authorization request of this run."""
    sent = (sent.message for event in events(trace, run) for sent in event.messages)
    return dict(next(one.query for one in sent if isinstance(one, Request) and one.path == "/authorize"))


@pytest.mark.parametrize("remembered", ["nothing", "login", "consent"])
@pytest.mark.parametrize("client", CLIENTS)
def test_an_app_asks_for_the_login_that_the_api_demands_and_gets_the_data(client: str, remembered: str) -> None:
    trace = played(client=client, remembered=remembered, **STRONGER)
    refused = events(trace, VICTIM)[-1]
    assert refused.outcome is Outcome.UNAUTHORIZED
    said = demand(refused)
    assert (said["error"], said["acr_values"]) == ("insufficient_user_authentication", ONE_TIME)
    assert "acr_values" not in asked(trace, VICTIM)
    assert asked(trace, FIRST)["acr_values"] == ONE_TIME
    assert events(trace, FIRST)[-1].after is State.DONE
    assert (trace.verdict.ended, trace.verdict.stopped_by, trace.verdict.tone) == (State.DONE, None, "good")
    assert "The API demanded another login, and took the token of that one." in trace.verdict.sentence


@pytest.mark.parametrize("remembered", ["nothing", "login", "consent"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_token_of_an_old_login_is_refused_and_one_of_a_fresh_login_taken(client: str, remembered: str) -> None:
    """A remembered login is an hour old, so already its first token is refused; after half an hour every one is."""
    trace = played(client=client, remembered=remembered, **LATE)
    runs = ["call 1"] if remembered == "nothing" else [VICTIM, "call 1"]
    for number, run in enumerate(runs, start=1):
        refused = events(trace, run)[-1]
        assert (demand(refused)["max_age"], "acr_values" in demand(refused)) == ("600", False)
        again = f"{STEP_UP} {number}"
        assert asked(trace, again)["max_age"] == "600"
        assert any(event.act is Act.STEP_5 for event in events(trace, again)), "the user has to log in"
        assert events(trace, again)[-1].after is State.DONE
    assert sum(run.startswith(STEP_UP) for run in trace.worlds[-1].runs) == len(runs)


def test_everything_that_is_demanded_is_asked_for_at_once() -> None:
    trace = played(remembered="consent", api_max_age=600, api_acr="one-time-code", max_age=60)
    said = demand(events(trace, VICTIM)[-1])
    assert (said["acr_values"], said["max_age"]) == (ONE_TIME, "600")
    assert (asked(trace, FIRST)["acr_values"], asked(trace, FIRST)["max_age"]) == (ONE_TIME, "60")


def test_a_later_call_takes_the_token_of_the_new_login() -> None:
    for client in CLIENTS:
        trace = played(client=client, later="call", **STRONGER)
        assert events(trace, "call 1")[-1].after is State.DONE
        assert len([run for run in trace.worlds[-1].runs if run.startswith(STEP_UP)]) == 1


def test_a_refresh_does_not_make_a_login_younger() -> None:
    """RFC 9470 §6: the claims describe the login, and that is the one before."""
    trace = played(api_max_age=600, scope="openid read:messages offline_access", later="1h refresh call")
    assert demand(events(trace, "call 1")[-1])["error"] == "insufficient_user_authentication"
    assert events(trace, FIRST)[-1].after is State.DONE


def test_a_user_who_cannot_log_in_is_asked_once_and_the_login_ends_there() -> None:
    trace = played(user="wrong-password", remembered="consent", **STRONGER)
    assert [run for run in trace.worlds[-1].runs if run.startswith(STEP_UP)] == [FIRST]
    assert events(trace, FIRST)[-1].after is State.LOGIN_FAILED
    assert trace.verdict.stopped_by == "api.context_class"


def test_an_app_that_asks_beforehand_is_asked_for_nothing_more() -> None:
    trace = played(acr="one-time-code", max_age=60, api_acr="one-time-code", api_max_age=60)
    assert [*trace.worlds[-1].runs] == [VICTIM]
    assert trace.verdict.ended is State.DONE


def test_the_second_login_uses_the_first_where_it_is_good_enough() -> None:
    """The login was the right one, and only the app had not asked the server to say so."""
    trace = played(login="one-time-code", remembered="consent", max_age=60, **STRONGER)
    assert [event.outcome for event in events(trace, FIRST) if event.act is Act.STEP_4] == [Outcome.SILENT]
    assert trace.verdict.ended is State.DONE


def test_the_actions_of_the_server_run_in_the_second_login_too() -> None:
    trace = played(actions=("add-role",), **STRONGER)
    acts = [(event.run, event.detail) for event in trace.events if event.act is Act.RUN_ACTION]
    assert acts == [(VICTIM, "add-role"), (FIRST, "add-role")]


@pytest.mark.parametrize(
    ("asks", "check"),
    [({"max_age": 600}, "id_token.login_recent"), ({"acr": "one-time-code"}, "id_token.context_class")],
    ids=str,
)
def test_an_app_refuses_the_tokens_of_a_login_that_is_not_what_it_asked_for(asks: dict[str, Any], check: str) -> None:
    """OIDC Core §3.1.3.7: the app looks itself, for a server may have dropped what it asked."""
    trace = played(ignores_login_parameters=True, remembered="consent", **asks)
    assert (trace.verdict.stopped_by, trace.verdict.ended) == (check, State.TOKENS_REFUSED)
    assert played(remembered="consent", **asks).verdict.ended is State.DONE


def test_an_app_does_not_go_round_in_circles_where_the_server_drops_what_the_api_demands() -> None:
    trace = played(ignores_login_parameters=True, remembered="consent", **STRONGER)
    assert [run for run in trace.worlds[-1].runs if run.startswith(STEP_UP)] == [FIRST]
    assert events(trace, FIRST)[-1].after is State.TOKENS_REFUSED
    assert trace.verdict.stopped_by == "api.context_class"


def test_the_api_keeps_its_other_answers() -> None:
    trace = played(scope="openid", **STRONGER)
    answer = events(trace, VICTIM)[-1]
    assert answer.outcome is Outcome.FORBIDDEN
    assert [*trace.worlds[-1].runs] == [VICTIM]
    assert trace.worlds[-1].apis[API_ORIGIN].acr == ONE_TIME


def test_an_app_that_cannot_ask_for_what_an_api_demands_gives_up_and_tries_no_more() -> None:
    """Its second code_verifier would be that of the same second, which its own check refuses."""
    simulation = Simulation(client="web", verifier="clock", nonce=False, acr="any", api_acr="one-time-code", seed=7)
    while len(simulation.trace.events) < 100 and simulation.step() is not None:
        pass
    assert simulation.ended
    assert [run.state for name, run in simulation.world.runs.items() if name.startswith(STEP_UP)] == [
        State.PREPARATION_STOPPED
    ]
