"""Stories at random: any settings, any attacker, injected at any moment, with any checks off; and attackers at random.

The settings are drawn from their own descriptions, so a new setting is covered without a word here. What makes no sense
together is drawn again.
"""

from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

from flowsim.actors import client
from flowsim.analysis.defences import ROWS, scenario_of
from flowsim.attacks import ATTACKERS
from flowsim.attacks.base import Attacker
from flowsim.checks import CHECKS
from flowsim.checks.authorize import KNOWN_SCOPES
from flowsim.engine.apply import admit_attacker, apply
from flowsim.engine.honest_moves import honest_move
from flowsim.engine.initial_world import initial_world
from flowsim.model.positions import POSITIONS
from flowsim.model.scenario import SETTINGS, Scenario, ScenarioError
from flowsim.model.settings import Setting
from flowsim.model.states import Act, Role
from flowsim.model.steps import ATTACKER as WHO
from flowsim.model.transitions import IllegalMove, Move, honest_act
from flowsim.model.world import ATTACKER_CALL, ATTACKER_REFRESH, VICTIM, World
from flowsim.simulation.names import meanings
from flowsim.simulation.simulation import Simulation, Trace

# What no story draws: who attacks is drawn apart, and the seed makes no difference.
_APART = ("attacker", "seed", "start", "without")
_WORDS = ("refresh", "call", "password", "keys", "30s", "61m", "after 4: 5s", "after 6: 2m", "31d", "logout")
_ACTIONS = ("add-role", "deny-at-night", "only-example-mail")
_TIMES = (1, 30, 60, 90, 600, 3600, 86_400)


def random_settings(random: Random) -> dict[str, Any]:
    """A few settings with other values than the usual ones, and a few checks off."""
    drawn = random.sample([name for name in SETTINGS if name not in _APART], random.randint(0, 7))
    settings = {name: _value(random, SETTINGS[name]) for name in drawn}
    off = random.sample([*CHECKS], random.choice((0, 0, 1, 1, 2, 4)))
    return {**settings, "without": frozenset(off)} if off else settings


def _value(random: Random, setting: Setting) -> Any:
    if setting.name == "scope":
        return " ".join(random.sample(KNOWN_SCOPES, random.randint(1, len(KNOWN_SCOPES))))
    if setting.name == "later":
        return " ".join(random.sample(_WORDS, random.randint(1, 4)))
    if setting.name == "actions":
        return tuple(random.sample(_ACTIONS, random.randint(1, 2)))
    if setting.name in ("mistakes", "quirks"):
        return tuple(random.sample([*meanings(setting)], random.randint(1, 2)))
    if setting.kind == "choice":
        return random.choice([*setting.choices])
    if setting.kind == "switch":
        return random.choice([True, False, *([None] if type(None) in setting.types else [])])
    if setting.kind in ("time", "number"):
        return random.choice([setting.default, *_TIMES])
    if setting.words:
        return " ".join(random.sample([*setting.words], 1))
    return setting.default


def without_defences(attacker: str) -> dict[str, Any]:
    """The settings of this attack where nothing is in its way; none for one that is no row of the matrix."""
    if attacker not in ROWS:
        return {}
    bare = scenario_of(attacker)
    return {name: getattr(bare, name) for name in SETTINGS if name != "attacker"}


def scenario(random: Random, base: dict[str, Any] | None = None) -> Scenario:
    """Settings at random that make sense: those of the base, and a few that are drawn."""
    while True:
        with suppress(ScenarioError):
            return Scenario(**{**(base or {}), **random_settings(random), "seed": 7})


def story(random: Random) -> Trace:
    """A story with one of the attackers in it, there from the beginning or injected at some moment."""
    while True:
        with suppress(ScenarioError):
            attacker = random.choice([*ATTACKERS])
            usual = scenario(random, without_defences(attacker) if random.random() < 0.5 else {})
            if random.random() < 0.6:
                return Simulation(usual, attacker=attacker).run()
            honest = Simulation(usual)
            honest.goto(random.randint(0, len(honest.played().events)))
            return honest.inject(attacker).run()


def _with_tokens(world: World) -> Iterator[Move]:
    """What everybody can do with a token: call an API, refresh; and go on with what has been begun."""
    loot = world.attacker.loot
    for name, run in world.runs.items():
        act = honest_act(run.role, run.state)
        ready = run.in_flight is not None or (act is Act.STEP_10 and "access_token" in loot)
        if run.owner == WHO and act is not None and ready:
            yield Move(name, act)
    calls = sum(run.role is Role.CALL and run.owner == WHO for run in world.runs.values())
    if "access_token" in loot and calls < 3:
        for one in world.apis.values():
            asked = client.api_request(one.url, loot["access_token"], "attacker", proof=loot.get("dpop_proof"))
            yield Move(f"{ATTACKER_CALL} {calls + 1}", Act.STEP_10, asked, role=Role.CALL, by_attacker=True)
    refreshes = sum(run.role is Role.REFRESH and run.owner == WHO for run in world.runs.values())
    if "refresh_token" in loot and refreshes < 3:
        asked = client.refresh_request(
            f"{world.runs[VICTIM].server}/oauth/token",
            client_id=world.scenario.profile.client_id,
            refresh_token=loot["refresh_token"],
        )
        yield Move(f"{ATTACKER_REFRESH} {refreshes + 1}", Act.STEP_R1, asked, role=Role.REFRESH, by_attacker=True)


def attackers_at_random(random: Random) -> World:
    """The last world of a story in which an attacker with some positions makes moves at random, all within its reach."""
    from tests.test_attackers_at_random import Anything, reachable

    positions = (*sorted(random.sample([*POSITIONS], random.randint(0, 4))),)
    attacker: Attacker = Anything(
        name="any", title="anything", positions=positions, aim=random.choice(("account", "account", "denial"))
    )
    settled = scenario(random, without_defences(random.choice([*ROWS])) if random.random() < 0.5 else {}).settled()
    world = admit_attacker(initial_world(settled), attacker.name, attacker.aim)
    hurry = random.choice((0.2, 0.5, 0.7))
    for _ in range(random.randint(5, 60)):
        honest, within = honest_move(world), [*reachable(world, attacker), *_with_tokens(world)]
        choices = [honest] if honest and (not within or random.random() < hurry) else within
        if not choices:
            break
        with suppress(IllegalMove):
            world = apply(world, random.choice(choices))
    while move := honest_move(world):
        world = apply(world, move)
    return world
