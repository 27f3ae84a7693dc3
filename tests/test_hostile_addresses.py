"""What an attacker plants or sends may be no address and no text: the run goes on, and it can be told, drawn and saved."""

import json

import pytest

from flowsim.attacks.base import Attacker
from flowsim.attacks.view import View
from flowsim.front_end.page import player_page
from flowsim.model.scenario import API_ORIGIN, ScenarioError
from flowsim.model.states import Act, Role
from flowsim.model.transitions import Move, Written, honest_act
from flowsim.model.world import ATTACKER_CALL, PLANTED
from flowsim.protocol.messages import Opening, Request
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.transcript import summary, transcript
from tests.kit.worlds import simulation
from tests.test_garbage import STRANGE

CALL = f"{ATTACKER_CALL} 1"


class Planting(Attacker):
    """Has the victim's browser open this address, or sends an API this request."""

    __slots__ = ("message",)
    message: Written

    def next_move(self, world: View) -> Move | None:
        if isinstance(self.message, Opening):
            fresh = PLANTED not in world.runs
            return Move(PLANTED, Act.PLANT_RESPONSE, self.message, role=Role.LOGIN) if fresh else None
        if CALL not in world.runs:
            return Move(CALL, Act.STEP_10, self.message, role=Role.CALL, by_attacker=True)
        act = honest_act(world.runs[CALL].role, world.runs[CALL].state)
        return Move(CALL, act) if act else None


def planted(message: Written, client: str) -> tuple[Trace, str]:
    """The whole trace in which this is planted, and its page."""
    rule = Planting(name="planting", title="a planted message", positions=("A1",))
    object.__setattr__(rule, "message", message)
    branch = simulation(client=client).inject(rule)
    return branch.run(), player_page(branch)


def tried(message: Written, client: str) -> tuple[str, Trace | None]:
    """The refusal, or the trace in which this is planted, which can be told, drawn and saved."""
    try:
        trace, page = planted(message, client)
    except ScenarioError as refused:
        return str(refused), None
    assert can_be_told(trace, page)
    return "", trace


def is_a_sentence(refusal: str) -> bool:
    """True for one line that can be read."""
    return refusal.isprintable() and 20 < len(refusal) < 600


def can_be_told(trace: Trace, page: str) -> bool:
    for text in (transcript(trace), summary(trace), page, json.dumps(har(trace)), json.dumps(trace_json(trace))):
        text.encode()
    return bool(trace.verdict.sentence)


@pytest.mark.parametrize("client", ["native-scheme", "spa", "web"])
@pytest.mark.parametrize("url", STRANGE, ids=lambda url: repr(url)[:30])
def test_an_address_that_leads_nowhere_is_refused_in_one_sentence_and_any_other_can_be_told(
    url: str, client: str
) -> None:
    refusal, trace = tried(Opening(url=url), client)
    assert trace is not None or is_a_sentence(refusal)


@pytest.mark.parametrize(
    ("method", "url", "body", "headers"),
    [
        ("GET", f"{API_ORIGIN}/other", "", ()),
        ("DELETE", f"{API_ORIGIN}/messages", "", ()),
        ("GET", f"{API_ORIGIN}/messages?{'a' * 70_000}", "", ()),
        ("POST", f"{API_ORIGIN}/messages", "a" * 70_000, ()),
        ("GET", "http://[", "", ()),
        ("GET", f"{API_ORIGIN}/messages", "", (("Authorization", "Basic \x7f"),)),
        ("\udcff", f"{API_ORIGIN}/messages\ud800", "\udfff", (("\udfff", "\n"),)),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_whatever_is_sent_to_an_api_is_answered_without_data_or_refused_in_one_sentence(
    method: str, url: str, body: str, headers: tuple[tuple[str, str], ...]
) -> None:
    refusal, trace = tried(Request(method=method, url=url, headers=headers, body=body), "spa")
    assert is_a_sentence(refusal) if trace is None else "data" not in trace.worlds[-1].attacker.loot
