"""Attackers that do whatever they can, in any order: nobody learns what its position does not show it.

A secret that an attacker has was in a message that it sent or got, or is there for everybody with the app. And what it
got tells its position. Without A3 it never has a code of the user's own login at the honest app, unless its app on the
device claims the app's address, its script reads it in a window, or the app itself brings it to the attacker's server.
Without A4 it never has the `code_challenge`. Without A5 it has no access token, and without the storage no refresh token,
but what the token endpoint has given it: for a code, or for a refresh token.

And more defences never help: whatever stops an attack does so beside any others.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import OFFLINE, played
from flowsim.analysis.defences import DEFENCES, ROWS, scenario_of
from flowsim.analysis.matrix import cell
from flowsim.attacks import ATTACKERS
from flowsim.attacks.base import Attacker
from flowsim.attacks.referee import PositionError, within_reach
from flowsim.attacks.toolkit import OWN_VERIFIER, has_done, own_request, redeem_the_code, use_the_refresh_token
from flowsim.attacks.view import View, seen
from flowsim.engine.apply import admit_attacker, apply
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.engine.honest_moves import honest_move
from flowsim.engine.initial_world import initial_world
from flowsim.model.positions import POSITIONS
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER as WHO
from flowsim.model.transitions import IllegalMove, Move, acts, honest_act
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKERS_CLIENT,
    ATTACKERS_REDIRECT,
    OWN_LOGIN,
    PLANTED,
    SECOND_SERVER,
    VICTIM,
    World,
    evolve,
)
from flowsim.protocol.messages import Opening, Request, Response, leads_to, query_of, with_params
from flowsim.simulation.ledger import ledger
from tests.kit.worlds import CLIENTS, METHODS

# The honest app, and the attacker's own: what each says for client_id and redirect_uri.
APPS = ((None, None), (ATTACKERS_CLIENT, ATTACKERS_REDIRECT))
# What takes a message of the attacker's. Nothing can be pushed here: the server takes no pushed requests.
WRITTEN = (
    Act.SEND_CODE,
    Act.OPEN_REQUEST,
    Act.FRAME_REQUEST,
    Act.OPEN_WINDOW,
    Act.OPEN_LINK,
    Act.OPEN_LOGIN_PAGE,
    Act.PLANT_RESPONSE,
    Act.MISDIRECT,
    Act.PUSH_REQUEST,
)
SHOWN_BY = {
    "code": "A3",
    "code_challenge": "A4",
    "access_token": "A5",
    "refresh_token": "storage",
    "password": "web_view",
    "client_secret": "",  # no position does
}
SECRET_KINDS = ("code", "code_verifier", "access_token", "id_token", "refresh_token", "client_secret", "password")


class Anything(Attacker):
    """Has positions, and no plan."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        return None


def view_of(world: World) -> View:
    """What an attacker without any position of its own sees."""
    return seen(world, (), quiet=honest_move(world) is None)


def possible(world: World) -> list[Move]:
    """Every move of an attacker's that the table allows, with a message where it has to write one."""
    moves = [
        Move(name, act)
        for name, run in world.runs.items()
        for act in acts(run.role, run.state)
        if act in ATTACKER_ACTS and act not in WRITTEN and not already(world, name, act)
    ]
    own = world.runs.get(OWN_LOGIN)
    act = honest_act(own.role, own.state) if own else Act.STEP_1
    if act:
        moves.append(Move(OWN_LOGIN, act, role=None if own else Role.LOGIN, by_attacker=own is None))
    refreshed = use_the_refresh_token(view_of(world), 1) if "refresh_token" in world.attacker.loot else None
    moves += [refreshed] if refreshed else []
    return [*dict.fromkeys((*moves, *lures(world), *planted(world), *misdirected(world), *redeemed_codes(world)))]


def already(world: World, run: str, act: Act) -> bool:
    """True for what shows nothing new."""
    return act is not Act.READ_STORAGE and has_done(world, act, run)


def lures(world: World) -> Iterator[Move]:
    """The user's browser opens a request for the honest app, or for the attacker's."""
    endpoint = f"{world.runs[VICTIM].server}/authorize"
    for client_id, redirect_uri in APPS:
        address = Opening(url=with_params(endpoint, own_request(view_of(world), client_id, redirect_uri)))
        for act in (Act.OPEN_REQUEST, Act.FRAME_REQUEST, Act.OPEN_WINDOW):
            if ATTACKER_INITIATED not in world.runs:
                yield Move(ATTACKER_INITIATED, act, address, role=Role.LOGIN)
    if ATTACKER_INITIATED not in world.runs:
        yield from links(world)


def links(world: World) -> Iterator[Move]:
    """The user's browser opens a link to the attacker's own login, at the app or at the server, where there is one."""
    sent = (one.message for event in world.log if event.run == OWN_LOGIN for one in event.messages)
    came = {leads_to(one) for one in sent if isinstance(one, Request | Response)}
    for address in sorted(came):
        names = dict(query_of(address)) if address else {}
        if "session" in names:
            yield Move(ATTACKER_INITIATED, Act.OPEN_LINK, Opening(url=address), role=Role.LOGIN)
        if "login" in names:
            yield Move(ATTACKER_INITIATED, Act.OPEN_LOGIN_PAGE, Opening(url=address), role=Role.LOGIN)


def planted(world: World) -> Iterator[Move]:
    if "redirect" in world.attacker.loot and PLANTED not in world.runs:
        yield Move(PLANTED, Act.PLANT_RESPONSE, role=Role.LOGIN)


def misdirected(world: World) -> Iterator[Move]:
    """Where the app has sent the user to the attacker's server: on to the honest one, with the app's own request."""
    victim = world.runs[VICTIM]
    if victim.state is State.PREPARED and victim.in_flight is not None:
        address = leads_to(victim.in_flight.message)
        if address.startswith(f"{SECOND_SERVER}/"):
            onward = with_params(f"{victim.server}/authorize", dict(query_of(address)))
            yield Move(VICTIM, Act.MISDIRECT, Opening(url=onward))


def redeemed_codes(world: World) -> Iterator[Move]:
    """The code it has, as the honest app or as its own, with each verifier that it may have."""
    loot = world.attacker.loot
    verifiers = (None, loot.get("code_challenge"), loot.get("code_verifier"), OWN_VERIFIER)
    for (client_id, redirect_uri), verifier in product(APPS, verifiers):
        secret = None if client_id else loot.get("client_secret")
        if sent := redeem_the_code(view_of(world), verifier, secret, client_id, redirect_uri):
            yield sent


def reachable(world: World, attacker: Attacker) -> list[Move]:
    """Those of its moves that its positions let it make."""
    within = []
    for move in possible(world):
        with suppress(PositionError):
            within_reach(attacker.name, attacker.positions, world, move)
            within.append(move)
    return within


def told_by_nobody(world: World) -> list[str]:
    """The secrets that the attacker has, and has neither sent nor got nor made."""
    learned = {one.secret.value for event in ledger(world.log).learned for one in event if one.actor == WHO}
    own_login = {made.value for event in world.log if event.run == OWN_LOGIN for made in event.made}
    loot = world.attacker.loot
    return [kind for kind in SECRET_KINDS if kind in loot and loot[kind] not in learned | own_login]


def out_of_reach(world: World, positions: set[str]) -> list[str]:
    """What the attacker has learned although these positions do not show it."""
    learned = [one.secret for event in ledger(world.log).learned for one in event if one.actor == WHO]
    kinds = {one.kind for one in learned}
    did = {event.act for event in world.log}
    given = {event.act for event in world.log if world.runs[event.run].owner == WHO and event.outcome is Outcome.OK}
    sent = any(event.act is Act.STEP_7 and event.receiver == WHO for event in world.log)
    brought = sent and world.scenario.second_server
    claimed = Act.INSTALL_APP in did and world.scenario.profile.kind in ("scheme", "loopback")
    in_a_page = world.scenario.profile.kind in ("page", "website")
    window = "script" in positions and Act.READ_WINDOW in did and in_a_page
    misdirected = Act.MISDIRECT in did and world.scenario.second_server
    # The victim has allowed a login that goes on in the attacker's own browser.
    elsewhere = any(run.state is State.APPROVED_FOR_ANOTHER for run in world.runs.values())
    challenge = any((one.kind, one.run) == ("code_challenge", VICTIM) for one in learned)
    known: dict[str, tuple[bool, bool]] = {
        "code": (
            not codes_of_the_user(world).isdisjoint(one.value for one in learned),
            claimed or brought or window or elsewhere,
        ),
        "code_challenge": (challenge, misdirected or (brought and world.scenario.pkce == "plain")),
        "access_token": ("access_token" in kinds, not given.isdisjoint((Act.STEP_9, Act.STEP_R3))),
        "refresh_token": ("refresh_token" in kinds, Act.STEP_9 in given),
        "password": ("password" in kinds, False),
        "client_secret": ("client_secret" in kinds, world.scenario.shipped_secret),
    }
    return [kind for kind, (has, may) in known.items() if has and not may and SHOWN_BY[kind] not in positions]


def codes_of_the_user(world: World) -> set[str]:
    """Every code that was issued to the honest app for the user."""
    grants = world.servers[world.runs[VICTIM].server].grants.items()
    honest = world.scenario.profile.client_id
    return {code for code, grant in grants if (grant.sub, grant.request.client_id) == ("user-alice", honest)}


@settings(max_examples=200, deadline=None)
@given(
    positions=st.sets(st.sampled_from([*POSITIONS])),
    client=st.sampled_from(CLIENTS),
    pkce=st.sampled_from(METHODS),
    checked=st.booleans(),
    remembered=st.sampled_from(["nothing", "login", "consent"]),
    second_server=st.booleans(),
    data=st.data(),
)
def test_nobody_learns_more_than_its_position_shows(
    positions: set[str],
    client: str,
    pkce: Any,
    checked: bool,
    remembered: Any,
    second_server: bool,
    data: st.DataObject,
) -> None:
    attacker = Anything(name="any", title="anything", positions=(*sorted(positions),))
    scenario = Scenario(
        client=client,
        pkce=pkce,
        pkce_required=False,
        state=checked,
        nonce=checked,
        iss=checked,
        remembered=remembered,
        scope=OFFLINE,
        web_view=client.startswith("native"),
        shipped_secret=client == "spa",
        allows_framing=not checked,
        second_server=second_server,
        session_in_link=not checked,
        consent_by_link=not checked,
        without=frozenset() if checked else frozenset({"link.same_browser", "login.same_browser"}),
        seed=7,
    )
    world = admit_attacker(initial_world(scenario.settled()), attacker.name, attacker.aim)
    for _ in range(data.draw(st.integers(5, 50))):
        honest = honest_move(world)
        within = reachable(world, attacker)
        # Half of the moves are honest ones, or few stories would come to a token.
        choices = [honest] if honest and (not within or data.draw(st.booleans())) else within
        if not choices:
            break
        with suppress(IllegalMove):
            world = apply(world, data.draw(st.sampled_from(choices)))
    assert told_by_nobody(world) == []
    assert out_of_reach(world, positions) == []


# An attack, and what it learns that takes a position of its own. Whoever denies the position has to notice.
LEARNS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("code-interception", {"client": "spa"}, ["code"]),
    ("code-interception", {"client": "native-scheme"}, ["code"]),
    ("code-and-request", {"client": "spa"}, ["code", "code_challenge"]),
    ("access-token-theft", {}, ["access_token"]),
    ("refresh-theft", {"scope": OFFLINE, "later": "refresh"}, ["refresh_token"]),
    ("web-view", {"web_view": True}, ["password"]),
    ("silent-login", {"client": "spa"}, ["code"]),
]


@pytest.mark.parametrize(("attack", "played_with", "learns"), LEARNS)
def test_what_takes_a_position_is_missed_where_it_is_denied(
    attack: str, played_with: dict[str, Any], learns: list[str]
) -> None:
    world = played(attacker=attack, **played_with).worlds[-1]
    assert told_by_nobody(world) == []
    assert out_of_reach(world, set(ATTACKERS[attack].positions)) == []
    assert out_of_reach(world, set()) == learns


# An attack that learns something without the position, and the setting that lets it.
WITHOUT: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("mix-up", {"client": "spa", "iss": False}, {"second_server": False}, ["code", "code_challenge"]),
    ("decompiled-secret", {"client": "spa"}, {"shipped_secret": False}, ["client_secret"]),
]


@pytest.mark.parametrize(("attack", "played_with", "denied", "learns"), WITHOUT)
def test_what_a_setting_shows_is_missed_where_the_setting_is_denied(
    attack: str, played_with: dict[str, Any], denied: dict[str, Any], learns: list[str]
) -> None:
    world = played(attacker=attack, **played_with).worlds[-1]
    positions = set(ATTACKERS[attack].positions)
    assert out_of_reach(world, positions) == []
    assert out_of_reach(evolve(world, scenario=replace(world.scenario, **denied)), positions) == learns


def test_the_code_of_the_user_is_missed_where_no_app_of_the_attackers_was_installed() -> None:
    world = played(attacker="app-impersonation", remembered="consent").worlds[-1]
    assert out_of_reach(world, set()) == []
    log = tuple(event for event in world.log if event.act is not Act.INSTALL_APP)
    assert out_of_reach(evolve(world, log=log), set()) == ["code"]


@pytest.mark.parametrize(
    ("attack", "played_with", "answered", "learns"),
    [
        ("malicious-client", {"scope": OFFLINE}, Act.STEP_9, ["access_token", "refresh_token"]),
        ("refresh-theft", {"scope": OFFLINE, "later": "refresh"}, Act.STEP_R3, ["access_token"]),
    ],
)
def test_a_token_is_missed_where_the_token_endpoint_has_given_none(
    attack: str, played_with: dict[str, Any], answered: Act, learns: list[str]
) -> None:
    world = played(attacker=attack, **played_with).worlds[-1]
    positions = set(ATTACKERS[attack].positions)
    assert out_of_reach(world, positions) == []
    log = tuple(replace(one, outcome=Outcome.ERROR) if one.act is answered else one for one in world.log)
    assert out_of_reach(evolve(world, log=log), positions) == learns


def test_a_secret_out_of_nowhere_is_noticed() -> None:
    world = played(attacker="code-interception").worlds[-1]
    loot = world.attacker.loot.set("client_secret", "out of nowhere")
    assert told_by_nobody(evolve(world, attacker=evolve(world.attacker, loot=loot))) == ["client_secret"]


def test_an_attacker_at_random_can_do_all_that_there_is() -> None:
    """It redeems as its own app, too, and sends the user of an app with two servers on to the honest one."""
    settled = Scenario(client="spa", second_server=True, iss=False, seed=7).settled()
    world = admit_attacker(initial_world(settled), "any", "account")
    while not [one for one in possible(world) if one.act is Act.MISDIRECT]:
        move = honest_move(world)
        assert move is not None
        world = apply(world, move)
    (on,) = [one for one in possible(world) if one.act is Act.MISDIRECT]
    world = apply(world, on)
    while move := honest_move(world):
        world = apply(world, move)
    world = apply(world, Move(VICTIM, Act.GET_TOKEN_REQUEST))
    sent = [one.message for one in possible(world) if one.act is Act.SEND_CODE]
    assert {dict(one.form)["client_id"] for one in sent if isinstance(one, Request)} == {"photo-page", ATTACKERS_CLIENT}
    assert out_of_reach(world, set()) == []
    assert "code" in world.attacker.loot


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
    assume(together(attack, fewer) and together(attack, more))
    if not cell(attack, *sorted(fewer)).works:
        assert not cell(attack, *sorted(more)).works, f"{attack}: {fewer} stops it, {more} does not"
