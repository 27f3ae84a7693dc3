"""What an attacker plants or sends may be no address and no text: the run goes on, and it can be told, drawn and saved."""

import json

import pytest

from flowsim.attacks.base import Attacker
from flowsim.attacks.view import View
from flowsim.engine.apply import apply
from flowsim.front_end.page import player_page
from flowsim.model.scenario import API_ORIGIN
from flowsim.model.states import Act, Outcome, Role
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


def can_be_told(trace: Trace, page: str) -> bool:
    for text in (transcript(trace), summary(trace), page, json.dumps(har(trace)), json.dumps(trace_json(trace))):
        text.encode()
    return bool(trace.verdict.sentence)


@pytest.mark.parametrize("client", ["native-scheme", "spa", "web"])
@pytest.mark.parametrize("url", STRANGE, ids=lambda url: repr(url)[:30])
def test_an_address_that_is_none_can_be_planted_and_told(url: str, client: str) -> None:
    assert can_be_told(*planted(Opening(url=url), client))


@pytest.mark.parametrize(
    ("method", "url", "body", "outcome"),
    [
        ("GET", f"{API_ORIGIN}/other", "", Outcome.BAD_REQUEST),
        ("DELETE", f"{API_ORIGIN}/messages", "", Outcome.BAD_REQUEST),
        ("GET", f"{API_ORIGIN}/messages?{'a' * 70_000}", "", Outcome.BAD_REQUEST),
        ("POST", f"{API_ORIGIN}/messages", "a" * 70_000, Outcome.BAD_REQUEST),
        ("GET", "http://[", "", Outcome.BAD_REQUEST),
        ("GET", f"{API_ORIGIN}/messages", "", Outcome.UNAUTHORIZED),
        ("\udcff", f"{API_ORIGIN}/messages\ud800", "\udfff", Outcome.BAD_REQUEST),
    ],
    ids=str,
)
def test_whatever_is_sent_to_an_api_is_answered_and_can_be_told(
    method: str, url: str, body: str, outcome: Outcome
) -> None:
    asked = Request(method=method, url=url, headers=(("Authorization", "Basic \udcff"), ("\udfff", "\n")), body=body)
    trace, page = planted(asked, "spa")
    assert can_be_told(trace, page)
    answered = next(event for event in trace.events if event.run == CALL and event.act is Act.STEP_11)
    assert answered.outcome is outcome


def test_who_may_write_to_an_api_has_read_nothing_by_it() -> None:
    ended = simulation(client="spa", scope="openid read:messages write:messages").run().worlds[-1]
    token = next(iter(next(iter(ended.clients.values())).tokens.values())).access_token
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    asked = Request(method="POST", url=f"{API_ORIGIN}/messages", headers=form, body=f"access_token={token}")
    world = apply(ended, Move(CALL, Act.STEP_10, asked, role=Role.CALL, by_attacker=True))
    world = apply(world, Move(CALL, Act.STEP_11))
    assert world.log[-1].outcome is Outcome.OK
    assert "data" not in world.attacker.loot
