"""What the browser writes to its console, against what the browsers' own rule says of each message (Fetch, CORS check)."""

import json
import re
from itertools import product

import pytest

from flowsim import Simulation
from flowsim.model.scenario import Settings
from flowsim.model.server_settings import Cors
from flowsim.protocol.messages import Request, Response
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.replay import differences
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.narration import told
from flowsim.views.text.transcript import transcript
from flowsim.views.text.words_of_console import console

SEED = 7
LATER: Settings = {"later": "refresh call logout", "scope": "openid profile read:messages offline_access"}
PAGE = "https://spa.example"


def lines_of(simulation: Simulation) -> dict[int, tuple[str, ...]]:
    return {one.event.index: console(one) for one in told(simulation.played()) if console(one)}


def denied(trace: Trace) -> set[int]:
    """Where an answer to the page has no leave for it, said once more from the messages alone, by the Fetch standard."""
    found: set[int] = set()
    asks: dict[str, bool] = {}
    for event in trace.events:
        for sent in event.messages:
            if isinstance(sent.message, Request):
                asks[sent.receiver] = sent.message.header("origin") == PAGE
            elif isinstance(sent.message, Response) and asks.get(sent.sender):
                leave = sent.message.header("access-control-allow-origin")
                found |= {event.index} if leave not in ("*", PAGE) else set()
    return found


@pytest.mark.parametrize("server", ["apps", "any", "another", "none"])
@pytest.mark.parametrize("api", ["apps", "any", "another", "none"])
@pytest.mark.parametrize("more", [{}, {"dpop": "tokens"}, {"par": "optional"}, {"discovery": "oauth"}, LATER])
def test_a_line_stands_where_an_answer_has_no_leave_for_the_page_and_nowhere_else(
    server: Cors, api: Cors, more: Settings
) -> None:
    settings: Settings = {"seed": SEED, "client": "spa", "cors": server, "api_cors": api, **more}
    simulation = Simulation(**settings)
    lines = lines_of(simulation)
    assert set(lines) == denied(simulation.played())
    assert all(len(one) == 1 for one in lines.values())
    assert lines or (server in ("apps", "any") and api in ("apps", "any"))


@pytest.mark.parametrize("server", ["another", "none"])
def test_a_line_names_the_page_the_address_and_what_was_missing(server: Cors) -> None:
    (line,) = lines_of(Simulation(seed=SEED, client="spa", cors=server))[9]
    assert f"The page {PAGE} may not read the answer of https://as.example/oauth/token (status 200)" in line
    assert ("names https://other.example" if server == "another" else "has no Access-Control-Allow-Origin") in line
    assert "The request was sent" in line


def test_a_request_that_was_kept_back_was_not_sent_and_the_line_says_what_the_preflight_lacked() -> None:
    simulation = Simulation(seed=SEED, client="spa", api_cors="none")
    ((index, (line,)),) = lines_of(simulation).items()
    event = simulation.played().events[index - 1]
    assert [one.message.method for one in event.messages if isinstance(one.message, Request)] == ["OPTIONS"]
    assert f"The page {PAGE} may not send GET to https://api.example/messages" in line
    assert line.endswith("The request was not sent.")


@pytest.mark.parametrize("client", ["native-scheme", "native-https", "native-loopback", "web"])
@pytest.mark.parametrize(("server", "api"), [*product(["none", "another"], repeat=2)])
def test_a_program_that_is_no_browser_has_no_console(client: str, server: Cors, api: Cors) -> None:
    assert not lines_of(Simulation(seed=SEED, client=client, cors=server, api_cors=api))


def test_a_page_that_other_sites_may_not_frame_is_told_in_the_console() -> None:
    trace = Simulation(seed=SEED, attacker="clickjacking", remembered="login").played()
    (line,) = [line for one in told(trace) for line in console(one)]
    assert re.fullmatch(
        r"https://as\.example/\w+ is not shown in a frame of https://attacker\.example: it says .+", line
    )
    assert "frame-ancestors 'none'" in line


def test_the_console_stands_in_the_json_the_har_and_the_transcript_and_only_where_there_is_a_line() -> None:
    cases: list[tuple[Cors, int | None]] = [("apps", None), ("none", 9)]
    for server, index in cases:
        trace = Simulation(seed=SEED, client="spa", cors=server).played()
        lines = {one.event.index: [*console(one)] for one in told(trace)}
        assert [one.get("console", []) for one in trace_json(trace)["events"]] == [*lines.values()]
        pages = {one["id"]: one.get("_console", []) for one in har(trace)["log"]["pages"]}
        assert all(pages.get(f"event_{number}", []) == said for number, said in lines.items())
        assert [number for number, said in lines.items() if said] == ([index] if index else [])
        assert ("the browser's console: " in transcript(trace)) is bool(index)


def test_a_file_from_before_there_was_a_console_still_has_no_difference_and_one_that_was_changed_has() -> None:
    trace = trace_json(Simulation(seed=SEED, client="spa", cors="none").played())
    assert not differences(json.dumps(trace))
    old = {
        **trace,
        "events": [{name: value for name, value in one.items() if name != "console"} for one in trace["events"]],
    }
    assert old != trace
    assert not differences(json.dumps(old))
    trace["events"][8]["console"] = ["All is well."]
    (said,) = differences(json.dumps(trace))
    assert said.startswith("event 9: console[0]: expected")
