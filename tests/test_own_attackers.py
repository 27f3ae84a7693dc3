"""An attacker of one's own: what it can say, what a newcomer is told, and that it is played like any other."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim.analysis.defences import columns, offered, possible, scenario_of
from flowsim.analysis.matrix import cell
from flowsim.attacks import ATTACKERS
from flowsim.attacks.base import Attacker
from flowsim.attacks.referee import PositionError
from flowsim.attacks.toolkit import (
    OWN_CHALLENGE,
    OWN_VERIFIER,
    go_on,
    log_in_oneself,
    own_request,
    redeem_the_code,
    steal_the_redirect,
)
from flowsim.attacks.view import View
from flowsim.model import own_code
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, OWN_LOGIN, VICTIM
from flowsim.protocol.messages import Opening, Request, with_params
from flowsim.session.session import BenchSession
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.formats import replay
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text import narration
from tests.kit.own_attackers import SERVER, redeem, ruled


def interception(view: View) -> Move | None:
    return redeem_the_code(view, None) if "code" in view.loot else steal_the_redirect(view)


MINE = ruled(interception, "A3")


def told(trace: Trace, act: Act) -> tuple[str, str, str]:
    """The title, the text and the label of this act."""
    telling = next(one for one in narration.told(trace) if one.event.act is act)
    return narration.title(telling), narration.text(telling), narration.label(telling, ())


# ---- What it can say


@pytest.mark.parametrize("client", ["spa", "web"])
def test_it_writes_another_request_in_place_of_the_victims(client: str) -> None:
    def rule(view: View) -> Move | None:
        victim = view.runs[VICTIM]
        done = any(event.act is Act.WRITE_REQUEST for event in view.log)
        if victim.state is State.PREPARED and not done:
            address = with_params(f"{SERVER}/authorize", own_request(view))
            return Move(VICTIM, Act.WRITE_REQUEST, Opening(url=address))
        if "code" in view.loot:
            return redeem_the_code(view, OWN_VERIFIER)
        return steal_the_redirect(view) if done else None

    trace = Simulation(attacker=ruled(rule, "A3", "rewrite"), client=client, seed=7).run()
    assert trace.verdict.attack_succeeded is (client == "spa")
    title, text, label = told(trace, Act.WRITE_REQUEST)
    assert title == "The attacker puts another request in place of the victim's"
    assert "was written by the attacker" in text
    assert "challenge" not in title + text
    assert label == "open another request"
    with pytest.raises(PositionError, match="takes position rewrite"):
        Simulation(attacker=ruled(rule, "A3"), client=client, seed=7).run()


def test_taking_the_challenge_out_is_all_that_the_act_of_that_name_does() -> None:
    def rule(view: View) -> Move | None:
        ready = view.runs[VICTIM].state is State.PREPARED
        return Move(VICTIM, Act.STRIP_CHALLENGE, Opening(url=f"{SERVER}/authorize?x=1")) if ready else None

    with pytest.raises(PositionError, match=r"Act\.WRITE_REQUEST puts another request in its place"):
        Simulation(attacker=ruled(rule, "rewrite"), seed=7).run()


@pytest.mark.parametrize(("client", "begun"), [("web", True), ("spa", True), ("native-scheme", False)])
def test_it_opens_an_address_of_the_app_in_a_browser_of_its_own(client: str, begun: bool) -> None:
    """With the code and the state of a leaked redirect in it, or before it has begun any login."""

    def rule(view: View) -> Move | None:
        if "code" not in view.loot:
            return steal_the_redirect(view)
        if begun and (step := log_in_oneself(view, State.PREPARED)) and OWN_LOGIN not in view.runs:
            return step
        own = view.runs.get(OWN_LOGIN)
        if own is None or own.state in (State.CLICKED, State.PREPARED):
            if own is not None and own.state is State.CLICKED:
                return Move(OWN_LOGIN, Act.STEP_2)
            answer = {name: view.loot[name] for name in ("code", "state", "iss") if name in view.loot}
            address = Opening(url=with_params(view.scenario.profile.redirect_uri, answer))
            role = None if own else Role.LOGIN
            return Move(OWN_LOGIN, Act.OPEN_ADDRESS, address, role=role, by_attacker=own is None)
        return None

    mine = ruled(rule, "A3")
    trace = Simulation(attacker=mine, client=client, pkce="none", nonce=False, state=False, seed=7).run()
    event = next(event for event in trace.events if event.act is Act.OPEN_ADDRESS)
    assert (event.sender, event.receiver, event.after) == ("attacker", "attacker", State.CODE_IN_BROWSER)
    title, text, label = told(trace, Act.OPEN_ADDRESS)
    assert "in its own browser" in title
    assert "any address that it can write" in text
    assert label == "open this address"


def test_what_it_opens_in_its_own_browser_is_delivered_to_the_app() -> None:
    def rule(view: View) -> Move | None:
        if "code" not in view.loot:
            return steal_the_redirect(view)
        own = view.runs.get(OWN_LOGIN)
        if own is None or own.state is State.CLICKED:
            return log_in_oneself(view, State.PREPARED)
        if own.state is State.PREPARED:
            asked = dict(Opening(url=view.runs[OWN_LOGIN].in_flight.message.location).query)  # type: ignore[union-attr]
            answer = {"code": view.loot["code"], "state": asked["state"], "iss": SERVER}
            return Move(OWN_LOGIN, Act.OPEN_ADDRESS, Opening(url=with_params(asked["redirect_uri"], answer)))
        return log_in_oneself(view, State.DONE)

    settings: dict[str, Any] = {"client": "web", "pkce": "none", "nonce": False, "seed": 7}
    assert Simulation(attacker=ruled(rule, "A3"), **settings).run().verdict.attack_succeeded


@pytest.mark.parametrize("client", ["spa", "native-scheme", "web"])
def test_a_request_is_read_before_it_is_sent_as_well_and_that_takes_a4(client: str) -> None:
    def rule(view: View) -> Move | None:
        ready = view.runs[VICTIM].state is State.PREPARED and "code_challenge" not in view.loot
        return Move(VICTIM, Act.READ_REQUEST) if ready else None

    trace = Simulation(attacker=ruled(rule, "A4"), client=client, seed=7).run()
    (event,) = (event for event in trace.events if event.act is Act.READ_REQUEST)
    assert (event.before, event.after, event.step) == (State.PREPARED, State.PREPARED, 2)
    title, text, _ = told(trace, Act.READ_REQUEST)
    assert "before it is sent" in title
    assert "history" not in text
    assert trace.verdict.ended is State.DONE
    with pytest.raises(PositionError, match="takes position A4"):
        Simulation(attacker=ruled(rule, "A3"), client=client, seed=7).run()


def test_it_lets_time_pass_once_the_others_have_done() -> None:
    def rule(view: View) -> Move | None:
        if "access_token" not in view.loot:
            return Move(VICTIM, Act.READ_API_REQUEST) if view.runs[VICTIM].state is State.API_ASKED else None
        if not view.quiet or "late" in view.runs:
            return None
        if "pause" not in view.runs:
            return Move("pause", Act.WAIT, role=Role.WAIT, by_attacker=True, seconds=7200)
        return Move("late", Act.STEP_10, role=Role.CALL, by_attacker=True)

    trace = Simulation(attacker=ruled(rule, "A5"), seed=7).run()
    waited = next(event for event in trace.events if event.act is Act.WAIT)
    assert (waited.sender, waited.elapsed, waited.by_attacker) == ("attacker", 7200, True)
    assert told(trace, Act.WAIT)[0] == "2 hours pass"


@pytest.mark.parametrize("seconds", [0, -1, 10**12])
def test_a_wait_is_of_a_length_that_there_is(seconds: int) -> None:
    def rule(view: View) -> Move | None:
        return Move("pause", Act.WAIT, role=Role.WAIT, by_attacker=True, seconds=seconds) if view.quiet else None

    with pytest.raises(PositionError, match="it must say how long, from 1 to"):
        Simulation(attacker=ruled(rule), seed=7).run()


# ---- What a newcomer is told


class Plain(Attacker):
    """Has a rule and nothing else."""

    __slots__ = ()

    def next_move(self, view: View) -> Move | None:
        return None


def waiting(move: Any) -> Callable[[View], Any]:
    return lambda view: move


def broken(view: View) -> Move | None:
    return Move("x", Act.STEP_10, seconds=1 // 0)


def endless(view: View) -> Move | None:
    while True:
        pass


MISTAKES: list[tuple[Any, str]] = [
    (waiting(Move(ATTACKER_RUN, Act.SEND_CODE, "https://as.example")), "must write its message as Opening"),  # type: ignore[arg-type]
    (waiting(Move(VICTIM, "step 8")), "must name an act, such as Act.READ_RESPONSE, and not 'step 8'"),  # type: ignore[arg-type]
    (waiting(Move(7, Act.STEP_8)), "must name a run, such as 'victim' or 'attacker', and not 7"),  # type: ignore[arg-type]
    (waiting(Move(ATTACKER_RUN, Act.SEND_CODE)), "must say what it sends: message=Request"),
    (waiting(Move(ATTACKER_RUN, Act.SEND_CODE, Opening(url="https://as.example/oauth/token"))), "message=Request"),
    (waiting(Move("planted", Act.PLANT_RESPONSE, Opening(url="https://x/"))), r"role=Role.LOGIN"),
    (waiting(Move("lured", Act.OPEN_REQUEST, Opening(url=f"{SERVER}/authorize"))), r"role=Role.LOGIN"),
    (waiting(Move("nobody", Act.READ_RESPONSE)), "there is no run 'nobody'"),
    (waiting(Move(VICTIM, Act.READ_RESPONSE)), "cannot read the authorization response now"),
    (waiting(Move("c", Act.STEP_10, role=Role.CALL, by_attacker=True)), "has no access token"),
    (
        waiting(
            Move("c", Act.STEP_10, Request(method="GET", url="https://api.example/x"), role=Role.CALL, by_attacker=True)
        ),
        "goes to https://api.example/messages",
    ),
    (
        waiting(
            Move(
                "c",
                Act.STEP_10,
                Request(method="PUT", url="https://api.example/messages"),
                role=Role.CALL,
                by_attacker=True,
            )
        ),
        "read with GET, and not with 'PUT'",
    ),
    (waiting(Move(ATTACKER_RUN, Act.READ_APP, seconds=3)), "only Act.WAIT lets time pass"),
    (waiting("steal it"), "must give a Move, or None to wait, not 'steal it'"),
    (waiting([Move(VICTIM, Act.STEP_1)]), "must give a Move, or None to wait"),
    (waiting(Move(ATTACKER_RUN, Act.SEND_CODE, Request(method="POST", url="\ud800"))), "texts that UTF-8 can write"),
    (broken, r"failed in next_move at line \d+ with ZeroDivisionError: integer (modulo|division) or modulo by zero"),
    (lambda view: view.loot["code"], r"looks for 'code', and there is none yet at line \d+. In its loot is: nothing"),
    (lambda view: view.servers, "an attacker's view has no 'servers'"),
    (lambda view: exit(), "failed in next_move"),
]


@pytest.mark.parametrize(("rule", "said"), MISTAKES, ids=[said[:40] for _, said in MISTAKES])
def test_a_mistake_is_told_in_one_sentence(rule: Any, said: str) -> None:
    simulation = Simulation(attacker=ruled(rule, "A3"), seed=7)
    with pytest.raises(ScenarioError, match=said) as caught:
        simulation.run()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 900
    assert simulation.trace.events == simulation.trace.worlds[-1].log


def test_a_rule_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "SECONDS", 0.1)
    with pytest.raises(ScenarioError, match=r"the rule of the attacker 'mine' took more than 0\.1 seconds"):
        Simulation(attacker=ruled(endless), seed=7).run()


def test_a_rule_that_never_moves_is_told_that_it_has_found_no_chance() -> None:
    login = Simulation(seed=7)
    login.goto(6)
    with pytest.raises(ScenarioError, match="mine finds no chance to strike, whenever it comes in"):
        login.inject(ruled(waiting(None)))
    login.run()
    with pytest.raises(ScenarioError, match="mine comes too late after move 11"):
        login.inject(MINE)


def test_a_class_is_told_how_an_attacker_is_made_of_it() -> None:
    with pytest.raises(ScenarioError, match=r"make one of it: Plain\(name=…, title=…, positions=\(…\)\)"):
        Simulation(seed=7).inject(Plain)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="an Attacker of your own, not 5"):
        Simulation(attacker=5)  # type: ignore[arg-type]


def test_what_an_attacker_is_made_with_is_told() -> None:
    fields: dict[str, Any] = {"name": "mine", "title": "mine", "positions": ("A3",)}
    plain: Any = Plain
    with pytest.raises(ScenarioError, match=r"unexpected keyword argument 'how'. A field of your own takes @dataclass"):
        plain(**fields, how="fast")
    with pytest.raises(ScenarioError, match="missing a required"):
        plain(name="mine", title="mine")
    with pytest.raises(ScenarioError, match="too many positional arguments"):
        plain("mine", "mine", ("A3",))
    with pytest.raises(ScenarioError, match="has no rule: it must define next_move"):
        Attacker(**fields)  # type: ignore[abstract]
    with pytest.raises(ScenarioError, match="is one of: account, password, denial, program, inside, not 'fame'"):
        plain(**fields, aim="fame")
    assert plain(name="mine", title="mine", positions="A3").positions == ("A3",)


def test_a_rule_that_has_failed_is_mended_and_comes_again_under_its_name() -> None:
    login = Simulation(pkce="none", seed=7)
    login.goto(6)
    for rule in (broken, waiting("steal it"), waiting(None), lambda view: view.loot["code"]):
        with pytest.raises(ScenarioError):
            login.inject(ruled(rule, "A3"))
        assert [*login.branches] == ["login"]
    assert login.inject(MINE).run().verdict.attack_succeeded
    assert [*login.branches] == ["login", "mine"]


# ---- Played like any other


def test_it_is_named_in_a_scenario_passed_as_itself_or_injected() -> None:
    scenario = Scenario(attacker="mine", pkce="none", seed=7)
    traces = [
        Simulation(attacker=MINE, pkce="none", seed=7).run(),
        Simulation(scenario, attackers=[MINE]).run(),
        Simulation(pkce="none", seed=7).inject(MINE).run(),
    ]
    assert {trace.scenario.attacker for trace in traces} == {"mine"}
    assert all(trace.events == traces[0].events and trace.verdict.attack_succeeded for trace in traces)
    with pytest.raises(ScenarioError, match="unknown attack 'mine'"):
        Simulation(scenario)


def test_it_is_forked_with_settings_and_without_and_gives_way_to_another() -> None:
    attacked = Simulation(attacker=MINE, pkce="none", seed=7)
    attacked.goto(4)
    assert attacked.fork("same").run().events == attacked.played().events
    assert attacked.fork("protected", pkce="S256").run().verdict.stopped_by == "token.verifier_present"
    assert not attacked.fork("alone", attacker=None).run().verdict.attacker_holds
    other = attacked.fork("other", attacker="code-injection")
    assert other.scenario.attacker == "code-injection"
    back = other.fork("back", attacker=MINE)
    assert back.run().events == attacked.played().events


def test_it_has_a_row_of_its_own_among_the_defences() -> None:
    row = {name: cell(MINE, *([] if name == "none" else [name])) for name in columns(MINE)}
    assert row["none"].works
    assert row["S256"].verdict.stopped_by == "token.verifier_present"
    assert set(offered(MINE)) <= set(possible(MINE))
    assert scenario_of(MINE, "S256").attacker == "mine"
    assert row["S256"].simulation().run().verdict == row["S256"].verdict
    with pytest.raises(ScenarioError, match="unknown attack"):
        cell("mine")


def test_it_is_on_a_bench_and_its_branches_are_played_again_after_a_change() -> None:
    session = BenchSession(pkce="none", seed=7, ready=MINE)
    assert session.inject_here()
    won = session.trace.verdict
    assert (session.branch, won.attack_succeeded) == ("mine", True)
    assert session.change(pkce="S256")
    assert session.trace.verdict.stopped_by == "token.verifier_present"
    assert session.show("login", 3)
    assert session.fork_here("next")
    assert session.inject_here(ruled(interception, "A3", name="another"))
    assert session.trace.scenario.attacker == "another"
    assert session.payload()["branches"]
    assert session.hint is not None


def test_a_file_names_it_and_whoever_reads_the_file_passes_it_along() -> None:
    trace = Simulation(attacker=MINE, pkce="none", seed=7).run()
    text = json.dumps(trace_json(trace))
    assert replay.differences(text, attackers=[MINE]) == ()
    assert replay.read(text, attackers=[MINE]).events == trace.events
    with pytest.raises(ScenarioError, match=r"unknown attack 'mine'.*read\(text, attackers=\[mine\]\)") as caught:
        replay.read(text)
    assert "\n" not in str(caught.value)


def test_the_loot_of_a_view_is_called_so_with_and_without_the_attacker() -> None:
    seen: list[View] = []

    def rule(view: View) -> Move | None:
        seen.append(view)
        return interception(view)

    Simulation(attacker=ruled(rule, "A3"), pkce="none", seed=7).run()
    assert all(view.loot == view.attacker.loot for view in seen)
    assert any("code" in view.loot for view in seen)
    assert OWN_CHALLENGE not in repr(seen)


# ---- Forks

INJECTED = ("code-interception", "access-token-theft", "refresh-theft", "login-csrf", "chosen-challenge", "code-replay")
CHANGES: tuple[dict[str, Any], ...] = ({}, {"state": False}, {"pkce": "none"}, {"user": "denies"}, {"nonce": False})
OFFLINE: dict[str, Any] = {"scope": "openid profile read:messages offline_access", "later": "refresh call refresh"}


@settings(max_examples=60, deadline=None)
@given(
    attack=st.sampled_from(INJECTED),
    enters=st.integers(0, 11),
    leaves=st.integers(0, 25),
    again=st.integers(0, 25),
    changes=st.sampled_from(CHANGES),
)
def test_a_fork_of_any_branch_from_any_place_equals_the_same_story_played_afresh(
    attack: str, enters: int, leaves: int, again: int, changes: dict[str, Any]
) -> None:
    def story(**different: Any) -> Simulation | None:
        login = Simulation(seed=7, client="spa", remembered="consent", **(OFFLINE | different))
        login.goto(min(enters, len(login.played().events)))
        try:
            return login.inject(attack)
        except ScenarioError:
            return None

    attacked = story()
    if attacked is None:
        return
    count = len(attacked.played().events)
    attacked.goto(min(leaves, count))
    fork = attacked.fork("fork", **changes)
    afresh = story(**changes)
    if afresh is not None:
        assert fork.played().events == afresh.played().events
        assert fork.played().verdict == afresh.played().verdict
    fork.goto(min(again, len(fork.played().events)))
    twice = fork.fork("twice")
    assert twice.played().worlds[-1] == fork.played().worlds[-1]
    assert twice.scenario.attacker == attack
    text = json.dumps(trace_json(twice.played()))
    assert replay.differences(text) == ()


@pytest.mark.parametrize("attack", ["access-token-theft", "code-interception", "refresh-theft"])
def test_a_fork_from_before_the_attack_tells_of_the_attack(attack: str) -> None:
    login = Simulation(seed=7, pkce="none", **OFFLINE)
    login.goto(6)
    attacked = login.inject(attack)
    whole = attacked.run()
    attacked.goto(3)
    fork = attacked.fork("from before").run()
    assert fork.verdict.sentence == whole.verdict.sentence
    assert fork.events == whole.events
    attacked.goto(3)
    assert attacked.fork("with settings", state=False).run().verdict.attack_succeeded
    assert ATTACKERS[attack].name == attacked.scenario.attacker


def test_a_redeemed_code_is_asked_for_as_the_app_would() -> None:
    """The kit of these tests writes what flowsim's own attackers write."""
    seen: list[View] = []

    def rule(view: View) -> Move | None:
        seen.append(view)
        return None

    Simulation(attacker=ruled(rule), client="spa", seed=7).run()
    assert dict(redeem(seen[0], "x").form)["client_id"] == "photo-page"


@pytest.mark.parametrize("answered", [True, False])
def test_a_request_without_a_refresh_token_is_told_without_a_code_that_nobody_got(answered: bool) -> None:
    def rule(view: View) -> Move | None:
        if "mine" in view.runs:
            return go_on(view, "mine") if answered and view.runs["mine"].state is State.REFRESH_SENT else None
        return Move("mine", Act.STEP_R1, redeem(view, "made-up-code"), role=Role.REFRESH, by_attacker=True)

    simulation = Simulation(attacker=ruled(rule), seed=7).run()
    assert not simulation.worlds[-1].attacker.loot
    assert simulation.verdict.stopped_by == ("token.code_known" if answered else None)
    said = simulation.verdict.sentence
    assert said.startswith("The attack failed: stopped at step 8" if answered else "Nothing came of the attack")
