"""Going to a moment by its name, and to a step by its number."""

import pytest

from flowsim import Attacker, Move, ScenarioError
from flowsim.analysis.counterexamples.edits import played
from flowsim.attacks import ATTACKERS
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.steps import ALL_STEPS
from flowsim.model.world import VICTIM
from flowsim.simulation.ledger import KINDS
from flowsim.simulation.moments import ACTS, STATES
from tests.kit.worlds import simulation

OFFLINE = "openid read:messages offline_access"


def test_no_two_moments_have_the_same_name() -> None:
    assert len({*STATES, *ACTS, *KINDS}) == len(State) + len(Act) + len(KINDS)


def test_until_a_state_plays_on_to_where_the_login_stands_in_it() -> None:
    login = simulation()
    event = login.until("code_in_browser")
    assert login.position == 6
    assert event is not None and event.act is Act.STEP_6
    assert login.world.runs[VICTIM].state is State.CODE_IN_BROWSER


def test_until_an_act_plays_on_to_where_it_has_just_happened_whoever_did_it() -> None:
    stolen = simulation(attacker="code-interception")
    event = stolen.until("take_response")
    assert event is not None and event.act is Act.TAKE_RESPONSE and event.by_attacker
    event = stolen.until("step_8")
    assert event is not None and event.act is Act.STEP_8 and event.by_attacker


@pytest.mark.parametrize(
    ("kind", "step"), [("code_verifier", 2), ("code", 6), ("access_token", 8), ("id_token", 8), ("data", 11)]
)
def test_until_a_secret_plays_on_to_where_one_was_made(kind: str, step: int) -> None:
    login = simulation()
    event = login.until(kind)
    assert event is not None and event.step == step
    assert kind in [made.kind for made in event.made]


def test_every_state_that_a_login_goes_through_can_be_named() -> None:
    for number, world in enumerate(played().worlds):
        login = simulation()
        login.until(world.runs[VICTIM].state.value)
        assert login.position == number


def test_until_stays_where_it_is_that_moment_already() -> None:
    login = simulation()
    assert login.until("start") is None
    assert login.until("code_in_browser") is login.until("code_in_browser")
    assert login.position == 6


def test_until_finds_what_comes_after_the_login() -> None:
    login = simulation(scope=OFFLINE, later="1h refresh")
    login.until("time_passed")
    assert login.position == 12
    event = login.until("refresh_accepted")
    assert event is not None and event.act is Act.STEP_R2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("code_in_the_browser", "unknown moment 'code_in_the_browser'; did you mean code_in_browser?"),
        ("step 6", "unknown moment 'step 6'; did you mean step_6?"),
        ("zzz", "unknown moment 'zzz'; expected one of: start, clicked"),
        ("code_taken", "branch 'login' ends after 11 moves and does not come to 'code_taken'"),
        ("prepared", "does not come to 'prepared'; it was so after move 2, and goto(2) goes back there"),
    ],
)
def test_a_moment_that_does_not_come_is_an_error_and_one_stays(name: str, message: str) -> None:
    login = simulation()
    login.goto(4)
    with pytest.raises(ScenarioError) as refused:
        login.until(name)
    assert message in str(refused.value)
    assert login.position == 4


def test_the_step_of_an_honest_login_is_the_position_of_the_same_number() -> None:
    login = simulation()
    for step in (8, 3, 11, 1):
        event = login.at_step(step)
        assert event is not None and (event.step, login.position) == (step, step)


def test_moves_that_are_no_steps_do_not_count() -> None:
    for settings, step, position in (
        ({"actions": ("add-role",)}, 6, 7),
        ({"scope": OFFLINE, "later": "1h call refresh"}, 14, 17),
    ):
        login = simulation(**settings)
        event = login.at_step(step)
        assert event is not None and event.step == step
        assert login.position == position
    attacked = simulation(attacker="pkce-downgrade")
    attacked.at_step(4)
    assert attacked.position > 4


def test_a_step_is_the_victims_own() -> None:
    injected = simulation(client="web", attacker="code-injection", pkce="none", state=False, nonce=False, iss=False)
    event = injected.at_step(3)
    assert event is not None and not event.by_attacker
    stolen = simulation(attacker="code-interception")
    stolen.at_step(6)
    with pytest.raises(ScenarioError, match=r"ends after \d+ moves and does not come to step 8$"):
        stolen.at_step(8)
    assert stolen.event is not None and stolen.event.step == 6


@pytest.mark.parametrize("number", [0, -1, len(ALL_STEPS) + 1])
def test_a_step_that_there_is_not_is_an_error_and_one_stays(number: int) -> None:
    login = simulation()
    login.goto(4)
    with pytest.raises(ScenarioError, match=f"there is no step {number}; expected 1 to {len(ALL_STEPS)}"):
        login.at_step(number)
    assert login.position == 4


class Reaching(Attacker):
    """Reads what its positions do not let it see, once there is something to read."""

    def next_move(self, world: View) -> Move | None:
        return Move(VICTIM, Act.READ_REQUEST) if world.runs[VICTIM].state is State.REQUESTED else None


def test_a_rule_that_fails_on_the_way_leaves_one_where_one_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ATTACKERS, "reaching", Reaching(name="reaching", title="reaching", positions=("A3",)))
    login = simulation(attacker="reaching")
    login.goto(1)
    with pytest.raises(ScenarioError, match="A4"):
        login.until("code")
    assert login.position == 1
