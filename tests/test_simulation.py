"""Playing, stepping back, going anywhere, forking and injecting: nothing that happened is ever changed."""

import hashlib
import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim import Scenario, ScenarioError, Simulation
from flowsim.analysis.counterexamples.edits import client_of, played, transaction_of, world_in
from flowsim.engine.apply import apply
from flowsim.model.scenario import LESSON_TIME
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World
from flowsim.protocol.messages import Request
from flowsim.views.formats.trace_json import trace_json
from tests.kit.worlds import CLIENTS, METHODS, simulation

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("pkce", METHODS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_login_is_eleven_moves_and_ends_with_the_data(client: str, pkce: str) -> None:
    trace = played(client=client, pkce=pkce)
    assert [event.act.step for event in trace.events] == list(range(1, 12))
    assert [event.step for event in trace.events] == list(range(1, 12))
    assert [event.index for event in trace.events] == list(range(1, 12))
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    assert trace.verdict.sentence.startswith("The login worked")
    assert trace.verdict.stopped_by is None
    assert trace.verdict.attacker_holds == ()
    assert list(trace.verdict.accounts.values()) == ["user-alice"]


def test_steps_7_8_and_9_are_three_moves_with_the_message_in_flight_between_them() -> None:
    sent, judged, answered = played().events[6:9]
    assert (sent.act, judged.act, answered.act) == (Act.STEP_7, Act.STEP_8, Act.STEP_9)
    assert (len(sent.messages), len(judged.messages), len(answered.messages)) == (2, 0, 1)
    assert {result.check.step for result in judged.checks} == {8}


def test_a_step_at_the_end_is_none_and_stays_there() -> None:
    login = simulation()
    login.run()
    assert login.ended
    assert login.step() is None
    assert login.position == 11


def test_a_step_back_at_the_start_stays_there() -> None:
    login = simulation()
    assert login.back() is None
    assert (login.position, login.event) == (0, None)


@pytest.mark.parametrize("attacker", [None, "code-and-request"])
def test_goto_is_the_same_as_making_as_many_moves(attacker: str | None) -> None:
    whole = played(attacker=attacker)
    for number in range(len(whole.worlds)):
        jumped, world = simulation(attacker=attacker), whole.worlds[0]
        jumped.goto(number)
        for event in whole.events[:number]:
            sent = event.messages[-1].message if event.act is Act.SEND_CODE else None
            assert sent is None or isinstance(sent, Request)
            world = apply(world, Move(event.run, event.act, sent))
        assert jumped.world == world == whole.worlds[number]
        assert jumped.trace.worlds == whole.worlds[: number + 1]


@given(st.lists(st.integers(0, 11) | st.sampled_from(["step", "back"]), max_size=12))
def test_any_walk_ends_where_its_last_position_says(walk: list[int | str]) -> None:
    login, position = simulation(), 0
    for move in walk:
        if isinstance(move, int):
            login.goto(move)
            position = move
        elif move == "step":
            login.step()
            position = min(11, position + 1)
        else:
            login.back()
            position = max(0, position - 1)
        assert login.position == position
        assert login.world == played().worlds[position]


@pytest.mark.parametrize(
    ("position", "reason"), [(-1, "counts moves from 0"), (12, "ends after 11 moves"), (10**9, "ends after 11 moves")]
)
def test_a_position_that_does_not_exist_is_refused_and_one_stays(position: int, reason: str) -> None:
    login = simulation()
    login.goto(4)
    with pytest.raises(ScenarioError, match=reason):
        login.goto(position)
    assert login.position == 4


def frozen(worlds: tuple[World, ...]) -> tuple[list[int], str]:
    """A fingerprint of everything in these worlds. Only what cannot be changed has a hash."""
    return [hash(world) for world in worlds], repr(worlds)


def test_nothing_that_is_done_later_changes_an_earlier_world() -> None:
    login = simulation(client="spa", pkce="none")
    login.goto(6)
    worlds = login.trace.worlds
    before, told = frozen(worlds), json.dumps(trace_json(login.trace))
    login.run()
    login.goto(2)
    login.back()
    login.goto(6)
    login.inject("code-interception").run()
    login.fork("with PKCE", pkce="S256").run()
    login.fork("again").run()
    assert login.trace.worlds == worlds
    assert all(ours is theirs for ours, theirs in zip(login.trace.worlds, worlds, strict=True))
    assert frozen(worlds) == before
    assert json.dumps(trace_json(login.trace)) == told


def test_what_was_stepped_back_is_kept() -> None:
    login = simulation()
    login.run()
    last = login.world
    login.goto(3)
    assert login.trace.events == played().events[:3]
    login.run()
    assert login.world is last


def test_played_gives_the_whole_trace_and_one_stays() -> None:
    login = simulation()
    login.goto(3)
    assert len(login.played().events) == 11
    assert login.position == 3


def test_a_fork_shares_its_past_when_nothing_changes() -> None:
    login = simulation()
    login.goto(5)
    branch = login.fork("other", pkce="S256", client="native-scheme")
    assert all(ours is theirs for ours, theirs in zip(branch.trace.worlds, login.trace.worlds, strict=True))
    branch.run()
    assert (login.position, branch.position) == (5, 11)
    assert branch.forked_from == ("login", 5)
    assert login.branches is branch.branches
    assert list(login.branches) == ["login", "other"]


def test_a_fork_with_other_settings_plays_the_past_again_under_them() -> None:
    login = simulation(pkce="S256")
    login.goto(6)
    before = login.trace.worlds
    branch = login.fork("without PKCE", pkce="none")
    assert branch.position == 6
    assert branch.trace.worlds == played(pkce="none").worlds[:7]
    assert login.trace.worlds == before
    assert login.scenario.pkce == "S256"


def test_an_unseeded_fork_keeps_the_random_values_of_its_past() -> None:
    login = Simulation()
    login.goto(6)
    branch = login.fork("lenient", pkce="plain")
    branch.goto(2)
    login.goto(2)
    assert transaction_of(branch.world).code_verifier == transaction_of(login.world).code_verifier
    assert branch.world.now == login.world.now


def test_a_fork_that_ends_early_stands_at_its_end() -> None:
    login = simulation()
    login.goto(10)
    branch = login.fork("denied", user="denies")
    assert branch.ended
    assert branch.position == 7
    assert branch.world.runs[VICTIM].state is State.AUTHORIZATION_FAILED


def test_a_fork_can_switch_a_check_off_or_send_the_attacker_away() -> None:
    attacked = simulation(client="spa", attacker="code-interception")
    attacked.goto(6)
    assert not attacked.played().verdict.attacker_reads_data
    open_ = attacked.fork("open", without={"token.verifier_fits"})
    assert open_.played().verdict.attacker_reads_data
    alone = attacked.fork("alone", attacker=None)
    assert alone.run().worlds == played(client="spa").worlds


@pytest.mark.parametrize("settings", [{"nonsense": 1}, {"nonsense": None}, {"Pkce": "none"}])
def test_an_unknown_setting_is_refused_and_the_known_ones_are_named(settings: dict[str, Any]) -> None:
    login = simulation()
    reason = r"there is no setting .*expected one of: client, pkce, "
    with pytest.raises(ScenarioError, match=reason):
        Simulation(**settings)
    with pytest.raises(ScenarioError, match=reason):
        login.fork("x", **settings)
    assert list(login.branches) == ["login"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"client": "native"}, "unknown client 'native'; did you mean native-http"),
        ({"client": "xyzzy"}, "unknown client 'xyzzy'; expected one of: native-scheme, "),
        ({"pkce": "s256"}, "unknown PKCE method 's256'; did you mean S256?"),
        ({"user": "accept"}, "did you mean accepts?"),
        ({"login": "passwort"}, "did you mean password?"),
        ({"attacker": "code-interceptor"}, "unknown attack 'code-interceptor'; did you mean code-interception?"),
        ({"without": {"token.verifier_fit"}}, "unknown check 'token.verifier_fit'; did you mean token.verifier_fits?"),
        ({"client": "web", "shipped_secret": True}, "keeps its secret on its own server"),
        ({"client": "web", "attacker": "decompiled-secret"}, "needs a secret that is shipped with an app"),
        ({"code_lifetime": 0}, "code_lifetime must be 1 to 600 seconds"),
        ({"code_lifetime": 601}, "code_lifetime must be 1 to 600 seconds"),
        ({"access_token_lifetime": 0}, "access_token_lifetime must be 1 to 253402300799 seconds, not 0"),
        ({"access_token_lifetime": 10**30}, "access_token_lifetime must be 1 to 253402300799 seconds, not 1000"),
        ({"login_lifetime": 10**30}, "login_lifetime must be 1 to 253402300799 seconds, not 1000"),
        ({"max_age": 10**30}, "max_age must be 0 to 253402300799 seconds, not 1000"),
        ({"api_max_age": -1}, "api_max_age must be 0 to 253402300799 seconds, not -1"),
        ({"attacker": ""}, "unknown attack ''; expected one of: code-interception"),
        ({"start": -1}, "start must be 0 to 253402300799 seconds since 1970, not -1"),
        ({"scope": "openid \udcff"}, "scope must be text that UTF-8 can write"),
        ({"seed": "\udcff"}, "seed must be text that UTF-8 can write"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_a_hint(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Simulation(**settings)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_injected_attacker_opens_a_branch_and_leaves_the_login_alone() -> None:
    login = simulation(pkce="none")
    login.goto(6)
    worlds = login.trace.worlds
    stolen = login.inject("code-interception")
    assert stolen.trace.worlds[:6] == worlds[:6]
    assert stolen.run().verdict.attacker_reads_data
    assert login.trace.worlds == worlds
    assert login.run().verdict.sentence.startswith("The login worked")
    assert set(login.branches) == {"login", "code-interception"}
    assert (login.name, login.title) == ("login", "login")
    assert (stolen.name, stolen.title) == ("code-interception", "the code is stolen")


def test_a_second_branch_of_one_attacker_gets_a_number_and_a_name_one_gives_is_kept() -> None:
    login = simulation(pkce="none")
    found = [login.inject(), login.inject(), login.inject(name="what if …"), login.fork("the other way")]
    assert [(branch.name, branch.title) for branch in found] == [
        ("code-interception", "the code is stolen"),
        ("code-interception-2", "the code is stolen 2"),
        ("what if …", "what if …"),
        ("the other way", "the other way"),
    ]
    assert list(login.branches) == ["login", *(branch.name for branch in found)]
    assert Simulation(seed=7, name="a", title="a login").title == "a login"


@pytest.mark.parametrize("position", range(7))
def test_an_attacker_that_comes_in_time_strikes(position: int) -> None:
    login = simulation(pkce="none")
    login.goto(position)
    assert login.inject("code-interception").run().verdict == played(pkce="none", attacker="code-interception").verdict


@pytest.mark.parametrize(
    ("settings", "position"), [({}, 7), ({}, 11), ({"user": "denies"}, 0), ({"scope": "unheard-of"}, 3)]
)
def test_an_attacker_that_comes_too_late_is_refused_and_leaves_no_branch(
    settings: dict[str, Any], position: int
) -> None:
    login = simulation(**settings)
    login.goto(position)
    with pytest.raises(ScenarioError, match=f"comes too late after move {position}: .* goto\\(6\\)"):
        login.inject("code-interception")
    assert list(login.branches) == ["login"]
    assert login.position == position


def test_a_second_attacker_or_a_second_branch_of_one_name_is_refused() -> None:
    login = simulation(pkce="none")
    stolen = login.inject("code-interception", name="stolen")
    with pytest.raises(ScenarioError, match="'stolen' has an attacker already: code-interception"):
        stolen.inject("code-and-request")
    with pytest.raises(ScenarioError, match="there is a branch 'stolen' already; choose another name"):
        login.inject(name="stolen")
    with pytest.raises(ScenarioError, match="there is a branch 'login' already; choose another name"):
        login.fork("login")
    assert set(login.branches) == {"login", "stolen"}


def test_an_attacker_that_needs_something_of_the_past_has_it_played_again() -> None:
    login = simulation(client="spa", pkce="none")
    login.goto(6)
    stolen = login.inject("decompiled-secret")
    assert stolen.scenario.shipped_secret
    assert client_of(stolen.world).secret
    assert client_of(login.world).secret is None
    assert stolen.run().verdict.attacker_reads_data


def test_every_random_value_can_be_computed_again_in_one_line() -> None:
    made = {one.kind: one.value for event in played().events for one in event.made}
    octets = hashlib.sha256(b"flowsim 7 victim.code_verifier 1").digest()
    assert made["code_verifier"] == urlsafe_b64encode(octets).decode().rstrip("=")
    assert made["state"] == urlsafe_b64encode(hashlib.sha256(b"flowsim 7 victim.state 1").digest()[:16]).decode()[:-2]
    assert made["code"] == urlsafe_b64encode(hashlib.sha256(b"flowsim 7 victim.code 1").digest()).decode()[:-1]


def test_a_seeded_lesson_starts_at_the_lesson_time_and_repeats() -> None:
    assert simulation().world.now == LESSON_TIME
    assert simulation().run() == simulation().run()
    assert simulation(seed="7").run().events == simulation(seed=7).run().events
    assert simulation(seed=8).run().events != simulation(seed=7).run().events


def test_a_run_without_a_seed_draws_new_values_each_time() -> None:
    one, other = Simulation(Scenario()).run(), Simulation(Scenario()).run()
    values = [{secret.value for secret in trace.ledger.secrets if secret.kind != "password"} for trace in (one, other)]
    drawn = [value - {secret.value for secret in one.ledger.secrets if secret.kind == "data"} for value in values]
    assert not drawn[0] & drawn[1]
    assert one.worlds[0].now > LESSON_TIME - 10 * 365 * 86_400
    assert len(str(one.scenario.seed)) == 64


@pytest.mark.parametrize("options", [[], ["--attack", "code-and-request", "--pkce", "plain", "--client", "web"]])
def test_a_seeded_lesson_is_the_same_byte_for_byte_in_another_process(options: list[str]) -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "flowsim", "run", "--seed", "7", "--json", *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert len(json.loads(outputs.pop())["events"]) >= 10


def test_a_simulation_says_where_it_stands() -> None:
    login = simulation()
    login.goto(6)
    assert repr(login) == "Simulation('login', move 6: code in the browser)"
    assert world_in(State.CODE_IN_BROWSER) == login.world
