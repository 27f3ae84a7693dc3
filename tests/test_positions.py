"""An attacker gets what its position lets it see or touch, and is told what more would take."""

from dataclasses import replace
from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import OFFLINE, played, server_of, world_in
from flowsim.analysis.defences import ROWS
from flowsim.attacks import ATTACKERS
from flowsim.attacks.base import Attacker
from flowsim.attacks.referee import PositionError, within_reach
from flowsim.attacks.toolkit import read_the_request, redeem_the_code, steal_the_redirect
from flowsim.attacks.view import View, seen
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.model.positions import POSITIONS
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER as WHO
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, VICTIM
from flowsim.protocol.messages import Request, request
from flowsim.simulation.simulation import Simulation


class Reader(Attacker):
    """Reads the request, steals the redirect, redeems the code."""

    def next_move(self, world: View) -> Move | None:
        if "client_id" not in world.attacker.loot:
            return read_the_request(world)
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        return redeem_the_code(world, world.attacker.loot.get("code_challenge"))


class Pushy(Attacker):
    """Wants the user to log in."""

    def next_move(self, world: View) -> Move | None:
        return Move(VICTIM, Act.STEP_5) if world.runs[VICTIM].state is State.LOGIN_SHOWN else None


class Clockmaker(Attacker):
    """Wants time to pass."""

    def next_move(self, world: View) -> Move | None:
        return Move("mine", Act.WAIT, role=Role.WAIT, seconds=60)


def reader(*positions: str) -> Reader:
    return Reader(name="reader", title="a reader", positions=positions, about="Reads.")


def test_with_its_positions_an_attacker_does_what_it_can() -> None:
    run = Simulation(pkce="plain", seed=7).inject(reader("A3", "A4")).run()
    assert run.verdict.attacker_reads_data


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        (("A3",), "read the authorization request, which takes position A4: it reads the authorization request"),
        ((), "It has: none"),
        (("A4",), "take the authorization response, which takes position A3"),
    ],
)
def test_reaching_further_is_refused_with_the_position_it_would_take(positions: tuple[str, ...], said: str) -> None:
    login = Simulation(pkce="plain", seed=7)
    login.goto(6)
    with pytest.raises(PositionError) as caught:
        login.inject(reader(*positions)).run()
    assert said in str(caught.value)


@pytest.mark.parametrize("kind", [Pushy, Clockmaker])
def test_nobody_elses_run_is_an_attackers_to_move(kind: type[Attacker]) -> None:
    pushy = kind(name="pushy", title="pushy", positions=(*POSITIONS,), about="Pushes.")
    with pytest.raises(PositionError, match="next_move gives None to let the others go on"):
        Simulation(seed=7).inject(pushy).run()


class Forgetful(Attacker):
    """Takes for granted that it has what it has not looked for."""

    def next_move(self, world: View) -> Move | None:
        return redeem_the_code(world, world.attacker.loot["code_challenge"])


class Chatty(Attacker):
    """Says what it wants in words."""

    def next_move(self, world: View) -> Any:
        return "steal the code"


class Restless(Attacker):
    """Reads the same request for ever."""

    def next_move(self, world: View) -> Move | None:
        return read_the_request(world)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Forgetful, "In its loot is: nothing. Ask with loot.get('code_challenge')"),
        (Chatty, "must give a Move, or None to wait, not 'steal the code'"),
        (
            Restless,
            "after 400 moves, 397 of which were Act.READ_REQUEST in run 'victim'; its rule must give None",
        ),
    ],
)
def test_a_rule_that_fails_is_told_what_is_wrong_with_it(kind: type[Attacker], said: str) -> None:
    mine = kind(name="mine", title="mine", positions=(*POSITIONS,), about="An exercise.")
    with pytest.raises(ScenarioError) as caught:
        Simulation(pkce="plain", seed=7).inject(mine).run()
    assert said in str(caught.value)


def test_whoever_has_no_code_yet_waits_for_one() -> None:
    view = seen(world_in(State.PREPARED, attacker="code-interception"), ("A3",), quiet=False)
    assert redeem_the_code(view, None) is None
    assert "code" not in view.loot


def test_a_position_that_there_is_not_is_explained() -> None:
    with pytest.raises(ScenarioError, match=r"there is no position 'A9'; expected some of: A1 has websites"):
        reader("A9")


def test_every_act_of_an_attacker_takes_a_position() -> None:
    world = world_in(State.START)
    for act in ATTACKER_ACTS:
        move = Move(VICTIM, act, Request(method="GET", url="https://as.example/"))
        within_reach("all", (*POSITIONS,), world, move)


@pytest.mark.parametrize("name", ATTACKERS)
def test_no_attacker_of_ours_has_a_position_that_it_does_not_need(name: str) -> None:
    """Without any one of its positions, A1 aside, the attack is out of reach."""
    attacker = ATTACKERS[name]
    settings: dict[str, Any] = {"client": "native-https", "web_view": True, "pkce": "none", "scope": OFFLINE}
    settings |= {"state": False, "nonce": False}
    for position in attacker.positions:
        if position == "A1":
            continue
        less = replace(attacker, positions=tuple(one for one in attacker.positions if one != position))
        if position == "A2":  # on the network there is something to read only where an app has no TLS
            settings = {"client": ROWS[name].needs["client"], "cleartext": ROWS[name].needs["cleartext"]}
            settings["without"] = frozenset({"authorize.redirect_uri_encrypted"})
        with pytest.raises(PositionError, match=f"which takes position {position}"):
            Simulation(**settings, seed=7).inject(less).run()


def token_request(code: str, code_verifier: str | None = None, **more: str) -> Request:
    """The request that redeems this code at the honest server, as the page-based app would."""
    form = {"grant_type": "authorization_code", "client_id": "photo-page", "code": code, **more}
    form |= {"redirect_uri": "https://spa.example/callback"} | (
        {"code_verifier": code_verifier} if code_verifier else {}
    )
    return request("POST", "https://as.example/oauth/token", form=form)


class Cheat(Attacker):
    """Reads the code out of the server's memory, and the verifier out of the app's."""

    def next_move(self, world: View) -> Move | None:
        live: Any = world
        (app,) = live.clients.values()
        for code in server_of(live).grants:
            verifier = next(iter(app.transactions.values())).code_verifier
            return Move(ATTACKER_RUN, Act.SEND_CODE, token_request(code, verifier))
        return None


def test_a_rule_that_looks_for_others_memories_finds_that_there_are_none_in_its_view() -> None:
    cheat = Cheat(name="cheat", title="a cheat", positions=(*POSITIONS,), about="Cheats.")
    with pytest.raises(
        ScenarioError, match=r"failed in next_move at line \d+ with AttributeError: an attacker's view has no 'clients'"
    ):
        Simulation(client="spa", seed=7).inject(cheat).run()


def test_nobody_can_change_the_servers_keys_or_a_password_for_its_own_ends() -> None:
    for role, act in ((Role.KEYS, Act.ROTATE_KEYS), (Role.PASSWORD, Act.CHANGE_PASSWORD)):
        with pytest.raises(PositionError, match="that run is somebody else's"):
            within_reach("mine", (*POSITIONS,), world_in(State.START), Move("mine", act, role=role, by_attacker=True))


@pytest.mark.parametrize("name", ATTACKERS)
@pytest.mark.parametrize("pkce", ["none", "plain", "S256"])
def test_whatever_an_attacker_has_was_in_a_message_it_got_or_was_there_for_everybody(name: str, pkce: str) -> None:
    trace = played(client="spa", pkce=pkce, attacker=name, scope=OFFLINE, nonce=False, state=False)
    learned = {one.secret.value for event in trace.ledger.learned for one in event if one.actor == WHO}
    loot = trace.worlds[-1].attacker.loot
    for kind in ("code", "access_token", "refresh_token", "id_token", "code_verifier", "client_secret"):
        assert kind not in loot or loot[kind] in learned
