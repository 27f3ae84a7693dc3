"""Each two settings of an app that calls tools make a login that comes to an end, and its sentence says to which."""

from itertools import combinations, groupby
from typing import Any

import pytest

from flowsim import Scenario, ScenarioError
from flowsim.model.scenario import SETTINGS
from flowsim.model.states import Act, Outcome, State
from flowsim.model.transitions import is_terminal
from flowsim.model.world import VICTIM
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text import narration
from tests.kit.told_runs import VALUES

# Those of tools' apps, and what such an app, its server and its browser do otherwise than usual.
NAMES = (
    *(name for name, one in SETTINGS.items() if one.only),
    *("second_server", "open_tools", "redirect_uri_per_server", "redirect_uri_per_tool", "iss", "par", "order"),
    *("user", "remembered", "scope", "dpop", "client_auth", "loopback_port", "compares_ports", "consent_by_link"),
)
MORE: dict[str, tuple[Any, ...]] = {
    "client_identity": ("registered", "pre-registered"),
    "resource_metadata": ("at-the-path", "at-the-root"),
}
ONE_BY_ONE = [(name, value) for name in NAMES for value in MORE.get(name, VALUES[name])]
PAIRS = [(one, other) for one, other in combinations(ONE_BY_ONE, 2) if one[0] != other[0]]
BY_THE_FIRST = [list(some) for _, some in groupby(PAIRS, lambda pair: pair[0])]
NO_FURTHER = "the attacker's"


def login(**settings: Any) -> Trace:
    return Simulation(Scenario(client="mcp", seed=7, **settings)).run()


@pytest.mark.parametrize(
    "pairs", [list(some) for _, some in groupby(PAIRS, lambda pair: pair[0])], ids=lambda p: str(p[0][0])
)
def test_a_login_with_each_two_settings_of_tools_ends_well_or_says_what_ended_it(
    pairs: list[tuple[tuple[str, Any], tuple[str, Any]]],
) -> None:
    unnamed = []
    for pair in pairs:
        settings = dict(pair)
        try:
            trace = login(**settings)
        except ScenarioError as refused:
            unnamed += [] if any(name in str(refused) for name in settings) else [settings]
            continue
        run, verdict = trace.worlds[-1].runs[VICTIM], trace.verdict
        assert "under way" not in verdict.sentence, settings
        waits = not is_terminal(run.role, run.state)
        assert waits is (NO_FURTHER in verdict.sentence), settings
        assert not waits or settings.get("second_server"), settings
        well = verdict.ended in (State.DONE, State.API_FORBIDDEN)  # the tool takes more, and a second login gets that
        several = "order" in settings
        assert well or waits or several or verdict.stopped_by or run.state is State.TIMED_OUT, settings
    assert not unnamed


@pytest.mark.parametrize("identity", ["registered", "pre-registered", "metadata-document"])
@pytest.mark.parametrize("par", ["optional", "required"])
def test_a_request_is_pushed_and_opened_under_one_client_id(identity: Any, par: Any) -> None:
    trace = login(client_identity=identity, par=par)
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE


@pytest.mark.parametrize("client", ["native-scheme", "spa", "web", "mcp"])
def test_a_login_at_the_attackers_server_that_nobody_plays_says_so_at_its_end_and_not_before(client: str) -> None:
    whole = Simulation(client=client, second_server=True, seed=7).run()
    assert whole.worlds[-1].runs[VICTIM].state is State.PREPARED
    assert whole.verdict.sentence.startswith("The login goes no further: the user has chosen the server that is")
    assert whole.verdict.tone == "neutral"
    some = Simulation(client=client, second_server=True, seed=7)
    some.goto(1)
    assert some.verdict.sentence == "The login is under way: login wanted."


def test_of_several_logins_the_one_that_nobody_answers_is_told_as_well() -> None:
    told = login(second_server=True, order="victim:2 tab2:2").verdict.sentence
    assert "Tab 1 goes no further: the server that the user has chosen there is the attacker's" in told


def test_an_answer_that_is_not_the_last_of_a_session_is_no_failure() -> None:
    """The revision before this one opens a session with several messages, and the server takes both."""
    events = [one for one in login(mcp_revision="2025-11-25").events if one.act is Act.STEP_T2]
    assert [one.outcome for one in events] == [Outcome.MORE, Outcome.MORE, Outcome.OK]
    assert not any(map(narration.failed, events))
    told = trace_json(login(mcp_revision="2025-11-25"))["events"]
    assert not any(one["failed"] for one in told)
