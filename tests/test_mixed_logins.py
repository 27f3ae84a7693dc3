"""Cards 04 to 07: codes that go into another login, codes without a challenge, and codes that come twice."""

from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import played, server_of
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import IllegalMove, Move
from flowsim.model.world import ATTACKER_USER, OWN_LOGIN, PLANTED, VICTIM, evolve
from flowsim.simulation.simulation import Simulation, Trace
from tests.kit.outcomes import Row, rows
from tests.kit.worlds import event_of

NOTHING: dict[str, Any] = {"pkce": "none", "state": False, "nonce": False, "iss": False}
DEFENCES: dict[str, dict[str, Any]] = {
    "none": {},
    "plain": {"pkce": "plain"},
    "S256": {"pkce": "S256"},
    "state": {"state": True},
    "nonce": {"nonce": True},
    "iss": {"iss": True},
    "dpop": {"dpop": "tokens"},
    "dpop code": {"dpop": "code"},
}
# The rows of the table of outcomes in which two logins are mixed up with success.
MIXED_UP = [
    row
    for row in rows()
    if row.base == "usual"
    and row.attack in ("code-injection", "login-csrf", "pkce-downgrade")
    and row.outcome.step is None
]


def attacked(attack: str, client: str, settings: dict[str, Any], defence: str) -> Trace:
    return played(attacker=attack, client=client, **{**NOTHING, **settings, **DEFENCES[defence]})


@pytest.mark.parametrize("row", MIXED_UP, ids=lambda row: f"{row.attack}-{row.client}-{'; '.join(row.items)}")
def test_who_is_logged_in_as_whom_where_two_logins_are_mixed_up(row: Row) -> None:
    verdict = Simulation(row.scenario).run().verdict
    assert verdict.tone == "bad"
    if row.attack == "code-injection" and row.scenario.nonce:
        # The page refuses the tokens, and the attacker has them from its own browser.
        assert ATTACKER_USER not in verdict.accounts
        assert {"access_token", "id_token"} <= set(verdict.attacker_holds)
        assert verdict.attacker_reads_data is (row.scenario.dpop == "off")
    elif row.attack == "code-injection":
        assert verdict.accounts[ATTACKER_USER] == "user-alice"
        assert verdict.attacker_reads_data
    else:
        assert verdict.accounts[VICTIM] == "user-mallory"
        assert not verdict.attacker_reads_data


@pytest.mark.parametrize("client", ["web", "spa", "native-scheme"])
def test_with_pkce_no_token_is_issued_for_an_injected_code_and_with_a_nonce_one_is_thrown_away(client: str) -> None:
    pkce = attacked("code-injection", client, {}, "S256").worlds[-1]
    nonce = attacked("code-injection", client, {}, "nonce").worlds[-1]
    assert pkce.runs[OWN_LOGIN].state is State.TOKEN_REQUEST_FAILED
    assert nonce.runs[OWN_LOGIN].state is State.TOKENS_REFUSED
    assert len(server_of(nonce).access_tokens) == 1


def test_what_the_attacker_does_in_its_own_login_is_told_as_the_attackers() -> None:
    trace = attacked("code-injection", "web", {}, "none")
    own = [event for event in trace.events if event.run == OWN_LOGIN]
    assert [event.act.step for event in own if event.act.step] == [*range(1, 12)]
    assert all(event.by_attacker for event in own)
    assert {event.sender for event in own[:1]} == {ATTACKER}
    assert event_of(trace, Act.INJECT_CODE, OWN_LOGIN).sender == ATTACKER


def test_the_attackers_own_secrets_are_none_of_the_victims() -> None:
    held = attacked("login-csrf", "web", {}, "S256").ledger
    assert held.holds(ATTACKER) == ()
    injected = attacked("code-injection", "web", {}, "none").ledger
    # The app shows its user the data, and here its user is the attacker.
    assert injected.holds(ATTACKER) == ("code", "data")


def test_a_refused_redirect_does_not_disturb_the_victims_own_login() -> None:
    world = attacked("login-csrf", "web", {}, "state").worlds[-1]
    assert world.runs[PLANTED].state is State.REDIRECT_REFUSED
    assert world.runs[VICTIM].state is State.DONE


def test_a_redirect_that_is_planted_while_the_app_waits_for_its_tokens_spoils_nothing() -> None:
    kept = next(world for world in played(attacker="login-csrf").worlds if "redirect" in world.attacker.loot)
    world = kept
    while world.runs[VICTIM].state is not State.CODE_SENT:
        world = apply(world, honest_move(world) or Move(VICTIM, Act.STEP_5))
    world = apply(world, Move(PLANTED, Act.PLANT_RESPONSE, role=Role.LOGIN))
    while (move := honest_move(world)) is not None:
        world = apply(world, move)
    assert world.runs[PLANTED].state is State.REDIRECT_REFUSED
    assert world.runs[VICTIM].state is State.DONE


def test_a_request_that_never_was_in_a_browser_cannot_be_read_there() -> None:
    planted = next(world for world in played(attacker="login-csrf", client="spa").worlds if PLANTED in world.runs)
    bare = evolve(planted.browsers[VICTIM], history=())
    world = evolve(planted, browsers=planted.browsers.set(VICTIM, bare))
    with pytest.raises(IllegalMove, match="no authorization request was opened in this browser"):
        apply(world, Move(PLANTED, Act.READ_REQUEST))
