"""Attackers that do whatever they can, in any order: nobody learns what its position does not show it.

A secret that an attacker has was in a message that it sent or got, or is there for everybody with the app. And what it
got tells its position: without A3 it never has a code of a login that is the victim's own, without A5 or a code no access
token, without the storage no refresh token that it was not given.

And more defences never help: whatever stops an attack does so beside any others.
"""

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim.attackers.attacker import Attacker, redeem_the_code
from flowsim.attackers.luring import own_request
from flowsim.attackers.positions import POSITIONS, PositionError, within_reach
from flowsim.defences import DEFENCES, ROWS, scenario_of
from flowsim.engine import admit_attacker, apply
from flowsim.honest import honest_move
from flowsim.ledger import ledger
from flowsim.machine import ATTACKER_ACTS, IllegalMove, Move, acts, honest_act
from flowsim.matrix import cell
from flowsim.messages import Opening, with_params
from flowsim.opening import opening_world
from flowsim.scenario import Scenario, ScenarioError
from flowsim.steps import ATTACKER as WHO
from flowsim.words import Act, Role, State
from flowsim.world import (
    ATTACKER_RUN,
    ATTACKERS_CLIENT,
    ATTACKERS_REDIRECT,
    LURED,
    OWN_LOGIN,
    PLANTED,
    VICTIM,
    World,
)
from tests.worlds import CLIENTS, METHODS, OFFLINE

SECRET_KINDS = ("code", "code_verifier", "access_token", "id_token", "refresh_token", "client_secret", "password")


class Anything(Attacker):
    """Has positions, and no plan."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        return None


def possible(world: World) -> list[Move]:
    """Every move of an attacker's that the table allows, with a message where it has to write one."""
    moves = [
        Move(name, act)
        for name, run in world.runs.items()
        for act in acts(run.role, run.state)
        if act in ATTACKER_ACTS and act not in (Act.SEND_CODE, Act.OPEN_REQUEST, Act.FRAME_REQUEST, Act.PLANT_RESPONSE)
    ]
    endpoint = f"{world.runs[VICTIM].server}/authorize"
    for client_id, redirect_uri in ((None, None), (ATTACKERS_CLIENT, ATTACKERS_REDIRECT)):
        address = Opening(url=with_params(endpoint, own_request(world, client_id, redirect_uri)))
        moves += [
            Move(LURED, act, address, role=Role.LOGIN)
            for act in (Act.OPEN_REQUEST, Act.FRAME_REQUEST)
            if LURED not in world.runs
        ]
    loot = world.attacker.loot
    if "redirect" in loot and PLANTED not in world.runs:
        moves.append(Move(PLANTED, Act.PLANT_RESPONSE, role=Role.LOGIN))
    if "code" in loot:
        for verifier in (None, loot.get("code_challenge"), loot.get("code_verifier")):
            sent = redeem_the_code(world, verifier, loot.get("client_secret"))
            moves += [sent] if sent else []
    own = world.runs.get(OWN_LOGIN)
    act = honest_act(own.role, own.state) if own else Act.STEP_1
    if act:
        moves.append(Move(OWN_LOGIN, act, role=None if own else Role.LOGIN, by_attacker=own is None))
    return moves


@settings(max_examples=150, deadline=None)
@given(
    positions=st.sets(st.sampled_from([*POSITIONS])),
    client=st.sampled_from(CLIENTS),
    pkce=st.sampled_from(METHODS),
    checked=st.booleans(),
    remembers=st.sampled_from(["nothing", "login", "consent"]),
    data=st.data(),
)
def test_nobody_learns_more_than_its_position_shows(
    positions: set[str], client: str, pkce: Any, checked: bool, remembers: Any, data: st.DataObject
) -> None:
    attacker = Anything(name="any", card="–", title="anything", positions=(*sorted(positions),), about="Anything.")
    scenario = Scenario(
        client=client,
        pkce=pkce,
        pkce_required=False,
        state=checked,
        nonce=checked,
        remembers=remembers,
        scope=OFFLINE,
        web_view=client.startswith("native"),
        shipped_secret=client == "spa",
        framing=not checked,
        seed=7,
    )
    world = admit_attacker(opening_world(scenario.settled()), attacker.name, attacker.aim)
    for _ in range(data.draw(st.integers(5, 30))):
        honest = honest_move(world)
        within = []
        for move in possible(world):
            with suppress(PositionError):
                within_reach(attacker.name, attacker.positions, world, move)
                within.append(move)
        choices = within + ([honest] if honest else [])
        if not choices:
            break
        with suppress(IllegalMove):
            world = apply(world, data.draw(st.sampled_from(choices)))
    learned = {one.secret.value for event in ledger(world.log).learned for one in event if one.actor == WHO}
    own_login = {made.value for event in world.log if event.run == OWN_LOGIN for made in event.made}
    loot = world.attacker.loot
    for kind in SECRET_KINDS:
        assert kind not in loot or loot[kind] in learned | own_login, f"nobody has told the attacker its {kind}"
    if not positions & {"A3", "rewrite"}:
        codes = {
            grant for grant, kept in world.servers[scenario_issuer(world)].grants.items() if kept.sub == "user-alice"
        }
        honest_app = world.scenario.profile.client_id
        lost = {
            code
            for code in codes & learned
            if world.servers[scenario_issuer(world)].grants[code].request.client_id == honest_app
        }
        installed = any(event.act is Act.INSTALL_APP for event in world.log)
        assert not lost or installed, "a code of the honest app, without reading a response"
    if "storage" not in positions:
        assert "refresh_token" not in loot or any(run.state is State.TOKENS_HELD for run in thiefs(world))
    if "web view" not in positions:
        assert "password" not in loot


def scenario_issuer(world: World) -> str:
    return world.runs[VICTIM].server


def thiefs(world: World) -> list[Any]:
    """The attacker's runs that got tokens of their own, for a code."""
    return [run for run in world.runs.values() if run.name == ATTACKER_RUN or run.owner == WHO]


def together(attack: str, defences: set[str]) -> bool:
    """True where these defences can be had together in this row."""
    try:
        scenario_of(attack, *sorted(defences))
    except ScenarioError:
        return False
    return True


@settings(max_examples=200, deadline=None)
@given(attack=st.sampled_from([*ROWS]), data=st.data())
def test_more_defences_never_help_an_attacker(attack: str, data: st.DataObject) -> None:
    offered = [name for name in DEFENCES if name != "none" and name not in ROWS[attack].leaves_out]
    fewer = data.draw(st.sets(st.sampled_from(offered), max_size=4))
    more = fewer | data.draw(st.sets(st.sampled_from(offered), max_size=4))
    if not together(attack, fewer) or not together(attack, more):
        return
    if not cell(attack, *sorted(fewer)).works:
        assert not cell(attack, *sorted(more)).works, f"{attack}: {fewer} stops it, {more} does not"
