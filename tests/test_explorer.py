"""What a general attacker can decide, what counts as one decision, and that a search finds what there is to be found."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from random import Random

import pytest

from flowsim.analysis.defences import scenario_of
from flowsim.attacks import ATTACKERS, secrets
from flowsim.attacks.referee import within_reach
from flowsim.engine.apply import apply
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.engine.honest_moves import honest_move
from flowsim.explorer import moves
from flowsim.explorer.canonical import canonical
from flowsim.explorer.compositions import is_half_done
from flowsim.explorer.decisions import decisions
from flowsim.explorer.exploring import explore, start
from flowsim.explorer.goals import GOALS, last_acts
from flowsim.explorer.moves import Choice, choices, goes_on, play
from flowsim.explorer.written import MESSAGES
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act
from flowsim.model.transitions import Move
from flowsim.model.world import World
from flowsim.simulation.simulation import Simulation

# Scenarios that differ in what can be decided in them, each with the positions of an attacker.
SAMPLES: dict[str, tuple[Scenario, tuple[str, ...]]] = {
    "page": (scenario_of("code-interception"), ("A1", "A3", "A4", "rewrite", "script")),
    "page with DPoP": (replace(scenario_of("proof-replay"), attacker=None), ("A3", "A5", "storage")),
    "phone": (scenario_of("app-impersonation"), ("A1", "A3", "storage")),
    "website": (scenario_of("session-fixation"), ("A1", "A3", "script")),
    "website without TLS": (scenario_of("network-writer", "S256", "state"), ("A2",)),
    "two servers": (replace(scenario_of("mix-up"), second_server=True), ("A1", "A3")),
    "pushed requests": (scenario_of("chosen-challenge", "par"), ("A1", "A3", "rewrite")),
    "links": (scenario_of("consent-by-link"), ("A1",)),
    "refresh": (scenario_of("refresh-theft"), ("A1", "A3", "storage")),
}


def ways(world: World, positions: tuple[str, ...]) -> list[tuple[Move | Choice, World]]:
    """Everything that can come next in this world, with nothing left out that was tried before."""
    if move := goes_on(world):
        return [(move, apply(world, move))]
    honest = None if is_half_done(world) else honest_move(world)
    found: list[tuple[Move | Choice, World]] = [(honest, apply(world, honest))] if honest else []
    for choice in choices(world, positions, reduced=False):
        if played := play(world, choice):
            found.append((choice, played[0]))
    return found


def walks(name: str, seeds: int = 3) -> Iterator[tuple[World, tuple[str, ...]]]:
    """The worlds on walks at random through what can be decided; honest steps come as often as all decisions together."""
    scenario, positions = SAMPLES[name]
    for seed in range(seeds):
        draw, world = Random(f"{name} {seed}"), start(scenario)
        for _ in range(14):
            yield world, positions
            possible = ways(world, positions)
            if not possible:
                break
            honest = [one for one in possible if isinstance(one[0], Move)]
            world = draw.choice(honest if honest and draw.random() < 0.6 else possible)[1]


def test_every_act_of_an_attackers_is_decided_somewhere() -> None:
    assert MESSAGES.keys() | {Act.SEND_CODE, Act.CHOOSE_SERVER} == ATTACKER_ACTS.keys()


def test_a_search_finds_the_shortest_attack_and_it_plays_like_any_other() -> None:
    scenario = Scenario(pkce="none", seed=7)
    found = explore(scenario, ("A1", "A3"), "data", depth=3)
    assert found.found is not None
    assert found.decisions == 3
    simulation = found.simulation()
    assert simulation is not None
    trace = simulation.run()
    assert len(decisions(trace.events)) == 3
    assert trace.verdict.attacker_reads_data
    assert trace.verdict.attack_succeeded


def test_the_code_alone_is_enough_without_pkce_and_not_with_it() -> None:
    # A careful user allows nothing that they have not begun, so no app of the attacker's own gets anywhere.
    settings = scenario_of("code-interception", "fixed-algorithm", "exact-redirect-uri", "state", "nonce")
    alone = replace(settings, user="careful", attacker=None)
    stolen = explore(alone, ("A1", "A3"), "access-token", depth=2)
    assert stolen.decisions == 2
    assert [act.act for act in (timed.move for timed in stolen.found.moves)][:2] == [Act.READ_RESPONSE, Act.SEND_CODE]  # type: ignore[union-attr]
    bound = explore(replace(alone, pkce="S256", pkce_required=True), ("A1", "A3"), "access-token", depth=2)
    assert bound.found is None
    assert bound.finished


@pytest.mark.parametrize(
    ("attack", "taken"),
    [
        ("code-interception", 3),
        ("code-injection", 4),
        ("login-csrf", 4),
        ("session-fixation", 2),
        ("audience-injection", 6),
        ("consent-by-link", 5),
        ("refresh-theft", 5),
    ],
)
def test_what_people_wrote_is_measured_in_decisions_as_well(attack: str, taken: int) -> None:
    assert len(decisions(Simulation(scenario_of(attack)).run().events)) == taken


def test_each_act_of_the_attackers_belongs_to_one_decision() -> None:
    for attack in ("network-writer", "mix-up", "lasting-access", "silent-login"):
        events = Simulation(scenario_of(attack)).run().events
        taken = [event for decision in decisions(events) for event in decision]
        assert sorted(taken, key=lambda event: event.index) == [event for event in events if event.by_attacker]
        assert all(len({event.run for event in decision}) == 1 for decision in decisions(events))


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_decided_is_within_reach_and_holds_nothing_that_nobody_told(name: str) -> None:
    for world, positions in walks(name):
        for choice in choices(world, positions):
            played = play(world, choice)
            for move in played[1] if played else ():
                within_reach("a search", positions, world, move)
                assert move.message is None or secrets.untold(world, move.message) is None, (choice, world.log[-1:])
                world_then = apply(world, move)
                assert world_then.log[-1].by_attacker
                if move is choice.move and len(played[1] if played else ()) > 1:
                    break  # what follows of itself has no message, and its run is the attacker's


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_skipped_comes_to_the_same_before_the_last_step(name: str) -> None:
    """In both orders: the step of the others and the decision, the decision and the step."""
    skipped = 0
    for before, positions in walks(name):
        honest = honest_move(before)
        if honest is None or goes_on(before) or is_half_done(before):
            continue
        after = apply(before, honest)
        left = {*choices(after, positions)}
        earlier = {*choices(before, positions, reduced=False)}
        for choice in choices(after, positions, reduced=False):
            if choice in left:
                continue
            skipped += 1
            assert choice in earlier
            last, first = play(after, choice), play(before, choice)
            if last is None or first is None:
                assert last is first
                continue
            assert honest_move(first[0]) == honest
            assert canonical(last[0]) == canonical(apply(first[0], honest)), choice
    assert skipped or name in ("page with DPoP", "links")


@pytest.mark.parametrize("attack", ["code-interception", "login-csrf", "session-fixation", "refresh-theft", "web-view"])
def test_a_goal_is_reached_where_the_verdict_says_so(attack: str) -> None:
    attacker = ATTACKERS[attack]
    goal = GOALS[attacker.aim]
    trace = Simulation(scenario_of(attack)).run()
    assert trace.verdict.attack_succeeded
    assert goal(trace.worlds[-1])
    assert not goal(trace.worlds[0])
    assert GOALS["data"](trace.worlds[-1]) == trace.verdict.attacker_reads_data


@pytest.mark.parametrize("attack", ["code-burning", "logout-by-replay"])
def test_a_login_is_denied_where_the_verdict_says_so(attack: str) -> None:
    trace = Simulation(scenario_of(attack)).run()
    assert trace.verdict.attack_succeeded
    assert GOALS["denial"](trace.worlds[-1])
    stopped = Simulation(replace(trace.scenario, attacker=None)).run()
    assert not GOALS["denial"](stopped.worlds[-1])


def test_a_code_that_is_redeemed_twice_is_noticed() -> None:
    twice = Simulation(scenario_of("code-replay")).run().worlds[-1]
    once = Simulation(scenario_of("code-replay", "single-use-code")).run().worlds[-1]
    assert GOALS["code-twice"](twice)
    assert not GOALS["code-twice"](once)


@pytest.mark.parametrize("goal", ["data", "access-token", "victim-in-attackers-account"])
def test_what_is_not_tried_last_would_have_reached_nothing(goal: str) -> None:
    scenario = replace(scenario_of("login-csrf", "fixed-algorithm"), attacker=None)
    assert last_acts([goal]) is not None
    reached = GOALS[goal]

    def my_own(world: World) -> bool:
        return reached(world)

    few, all_tried = (explore(scenario, ("A1",), one, depth=2) for one in (goal, my_own))
    assert few.decisions == all_tried.decisions
    assert few.worlds <= all_tried.worlds


def test_what_was_refused_without_a_trace_has_changed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    in_vain = []
    for world, positions in chain.from_iterable(walks(name) for name in ("phone", "website", "pushed requests")):
        in_vain += [(world, choice) for choice in choices(world, positions) if play(world, choice) is None]
    monkeypatch.setattr(moves, "_is_in_vain", lambda before, after: False)
    # Of a refused call it is kept where it went, for who reads at one API and calls another one is that API (in_hand.py).
    others = [(world, choice) for world, choice in in_vain if choice.move.act is not Act.STEP_10]
    refused = [(world, played[0]) for world, choice in others if (played := play(world, choice))]
    assert refused
    assert all(canonical(before) == canonical(after) for before, after in refused)


# Against everything that leaves the attack working, and at a user who allows nothing that they have not begun.
HARDENED = {
    "code-and-request": ("plain", "fixed-algorithm", "state", "nonce", "iss", "exact-redirect-uri", "single-use-code"),
    "session-fixation": ("S256", "fixed-algorithm", "nonce", "iss", "exact-redirect-uri", "single-use-code", "dpop"),
    "proof-replay": ("S256", "fixed-algorithm", "state", "nonce", "iss", "exact-redirect-uri", "single-use-code"),
    "silent-login": ("S256", "fixed-algorithm", "state", "nonce", "iss", "exact-redirect-uri", "rotation"),
}


@pytest.mark.parametrize("attack", HARDENED)
def test_a_search_finds_what_is_left_behind_other_defences(attack: str) -> None:
    hardened = replace(scenario_of(attack, *HARDENED[attack]), user="careful")
    by_hand = Simulation(hardened).run()
    assert by_hand.verdict.attack_succeeded
    attacker = ATTACKERS[attack]
    found = explore(replace(by_hand.scenario, attacker=None), attacker.positions, "account", depth=3)
    assert found.decisions is not None
    assert found.decisions <= len(decisions(by_hand.events))
    simulation = found.simulation()
    assert simulation is not None
    assert simulation.run().verdict.attack_succeeded
