"""Worlds of one form go on alike; and each part of the form is needed for that."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from random import Random

import pytest
from frozendict import frozendict

from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.explorer import parts
from flowsim.explorer.canonical import canonical, forget, form_of
from flowsim.explorer.compositions import Desk
from flowsim.model import world as model
from flowsim.model.positions import POSITIONS
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World, evolve
from flowsim.protocol.messages import Opening
from flowsim.protocol.pkce import base64url
from tests.kit.random_stories import random_settings
from tests.kit.readers_of_the_log import PARTS, READERS, readers
from tests.kit.same_worlds import Pair, first_world, options, parting, told, walked

OFFLINE = "openid profile read:messages offline_access"
# Settings under which much can happen, each with the positions of an attacker.
STORIES = (
    (("A3", "A4", "A5", "storage"), {"client": "spa", "scope": OFFLINE, "later": "refresh call logout"}),
    (("A3", "A4", "rewrite"), {"client": "web", "remembered": "consent", "state": False, "later": "login"}),
    (("A3", "rewrite"), {"client": "native-scheme", "second_server": True, "discovery": "oauth", "iss": False}),
    (("A3", "A5"), {"client": "native-loopback", "dpop": "tokens", "dpop_nonce": True, "pkce": "none"}),
    (("A3", "A4"), {"client": "web", "client_auth": "private_key_jwt", "par": "required", "pkce": "none"}),
    (("A3", "A4"), {"client": "native-https", "allows_framing": True, "later": "password keys call 61m call"}),
    (("A3",), {"client": "web", "transactions": "state", "consent_by_link": True, "later": "reload"}),
    (("A3", "A5"), {"client": "spa", "api_max_age": 30, "later": "61s call", "dpop": "code"}),
)


def scenario(settings: dict[str, object]) -> Scenario:
    return Scenario(**settings, seed=7)  # type: ignore[arg-type]


def differing(pairs: Iterator[Pair]) -> list[Pair]:
    """The pairs whose worlds came about in different ways."""
    return [pair for pair in pairs if told(pair.one) != told(pair.other)]


@pytest.mark.parametrize(("positions", "settings"), STORIES, ids=str)
def test_two_worlds_of_one_form_go_on_alike(positions: tuple[str, ...], settings: dict[str, object]) -> None:
    random = Random(11)
    tried = 0
    for _ in range(4):
        pairs = differing(walked(scenario(settings), positions, random))
        for pair in random.sample(pairs, min(2, len(pairs))):
            assert not parting(pair, random, 4), (told(pair.one), told(pair.other))
            tried += 1
    assert tried > 3


@pytest.mark.parametrize("seed", range(8))
def test_so_they_do_under_any_settings(seed: int) -> None:
    random = Random(seed)
    while True:
        try:
            usual = scenario(random_settings(random))
            break
        except ScenarioError:
            continue
    positions = (*random.sample([*POSITIONS], random.randint(0, 5)),)
    pairs = [pair for _ in range(2) for pair in differing(walked(usual, positions, random))]
    for pair in random.sample(pairs, min(4, len(pairs))):
        assert not parting(pair, random, 4), (told(pair.one), told(pair.other))


def at(step: int, settings: Mapping[str, object], positions: tuple[str, ...] = ()) -> World:
    """The world in which the user's login has taken this step, and nobody has done anything else."""
    world = first_world(scenario(dict(settings)), positions)
    while world.log[-1:] == () or world.log[-1].act.step < step:
        move = honest_move(world)
        assert move is not None
        world = apply(world, move)
    return world


def test_what_random_values_are_makes_no_difference() -> None:
    """A code is redeemed at the second try: the tokens are others than at the first, and so are the names of the runs."""
    settings = {"pkce": "S256", "without": {"token.verifier_present"}}
    world = apply(at(6, settings, ("A3",)), Move(VICTIM, Act.READ_RESPONSE))
    can = options(world, form_of(world))
    sent = {name: moves for name, moves in can.items() if moves[0].act is Act.SEND_CODE}
    after = {name: play_all(world, moves) for name, moves in sent.items()}
    refused = next(one for one in Desk(world).redemptions() if "code_verifier" in dict(one.form))
    first = Move("attacker code 1", Act.SEND_CODE, refused, role=Role.THEFT, by_attacker=True)
    failed = play_all(world, (first, Move(first.run, Act.STEP_8), Move(first.run, Act.STEP_9)))
    assert "access_token" not in failed.attacker.loot
    name, redeemed = next((name, one) for name, one in after.items() if "access_token" in one.attacker.loot)
    assert canonical(failed) == canonical(world)
    later = play_all(failed, options(failed, form_of(failed))[name])
    assert later.attacker.loot["access_token"] != redeemed.attacker.loot["access_token"]
    assert canonical(later) == canonical(redeemed)
    assert not parting(Pair(redeemed, later), Random(3), 6)


def play_all(world: World, moves: tuple[Move, ...]) -> World:
    for move in moves:
        world = apply(world, move)
    return world


def server_of(world: World) -> model.Server:
    return world.servers[world.runs[VICTIM].server]


def with_server(world: World, **changed: object) -> World:
    return evolve(world, servers=world.servers.set(world.runs[VICTIM].server, evolve(server_of(world), **changed)))


def with_app(world: World, **changed: object) -> World:
    run = world.runs[VICTIM]
    return evolve(world, clients=world.clients.set(run.client, evolve(world.clients[run.client], **changed)))


def with_grant(world: World, **changed: object) -> World:
    grants = server_of(world).grants
    return with_server(world, grants=type(grants)({code: evolve(one, **changed) for code, one in grants.items()}))


def with_victim(world: World, **changed: object) -> World:
    return evolve(world, runs=world.runs.set(VICTIM, evolve(world.runs[VICTIM], **changed)))


def with_browser(world: World, **changed: object) -> World:
    return evolve(world, browsers=world.browsers.set(VICTIM, evolve(world.browsers[VICTIM], **changed)))


def without_entries(world: World, name: str) -> World:
    """The server has forgotten all that it keeps under this name."""
    return with_server(world, **{name: type(server_of(world).grants)()})


def other_code(world: World) -> World:
    """The server remembers the code as another one that it has given out, and not as the one in the browser."""
    (_, grant), *_ = server_of(world).grants.items()
    csrf = base64url(sha256(b"flowsim 7 victim.login_session 1").digest())
    return with_server(world, grants=type(server_of(world).grants)({csrf: grant}))


def read_by_another(world: World) -> World:
    """What was leaked to the attacker went to the API in place of it."""
    *rest, last = world.log
    return evolve(
        world, log=(*rest, replace(last, messages=tuple(evolved(one, receiver="api") for one in last.messages)))
    )


def evolved(sent: model.Sent, receiver: str) -> model.Sent:
    return replace(sent, receiver=receiver)


def refreshed(world: World, **changed: object) -> World:
    kept = server_of(world).refresh_tokens
    return with_server(world, refresh_tokens=type(kept)({key: evolve(one, **changed) for key, one in kept.items()}))


def accessed(world: World, **changed: object) -> World:
    kept = server_of(world).access_tokens
    return with_server(world, access_tokens=type(kept)({key: evolve(one, **changed) for key, one in kept.items()}))


def leaked(world: World) -> World:
    return apply(world, Move(VICTIM, Act.READ_RESPONSE))


def framed(world: World) -> World:
    """The login is shown in a frame: it began as one that another page has opened."""
    *rest, last = world.log
    return evolve(world, log=(*rest, replace(last, act=Act.FRAME_REQUEST)))


def as_it_is(world: World) -> World:
    return world


EMPTY = frozendict[str, object]()
REFRESHING = {"scope": OFFLINE, "later": "refresh refresh"}
USERINFO = {"scope": OFFLINE, "client": "spa"}
# What is left out, an ingredient of the form or a field. A story up to some step, and what is changed then, and no more.
Change = Callable[[World], World]
Left = str | tuple[type, str]
LEFT_OUT: tuple[tuple[Left, int, Mapping[str, object], Change, Change], ...] = (
    ("servers", 7, {}, as_it_is, lambda world: with_grant(world, used=True)),
    ("clients", 6, {}, as_it_is, lambda world: with_app(world, transactions=EMPTY)),
    ("apis", 9, {}, as_it_is, lambda world: evolve(world, apis=world.apis.set(*other_api(world)))),
    ("browsers", 4, {}, as_it_is, lambda world: with_browser(world, cookies=EMPTY)),
    ("people", 4, {}, as_it_is, lambda world: evolve(world, people=world.people.set(VICTIM, forgetful(world)))),
    ("attacker", 6, {}, leaked, lambda world: evolve(world, attacker=evolve(world.attacker, loot=EMPTY))),
    ("runs", 6, {}, as_it_is, lambda world: with_victim(world, in_flight=another_answer(world))),
    ("facts", 3, {"allows_framing": True}, as_it_is, framed),
    ("told", 6, {}, leaked, read_by_another),
    ("times", 7, {}, as_it_is, lambda world: with_grant(world, expires=world.now - 1)),
    ("names", 7, {}, as_it_is, other_code),
    ((model.Grant, "used"), 7, {}, as_it_is, lambda world: with_grant(world, used=True)),
    ((model.Grant, "sub"), 7, {}, as_it_is, lambda world: with_grant(world, sub="user-mallory")),
    ((model.Grant, "expires"), 7, {}, as_it_is, lambda world: with_grant(world, expires=world.now - 1)),
    ((model.Server, "sessions"), 4, {}, as_it_is, lambda world: without_entries(world, "sessions")),
    ((model.Server, "grants"), 7, {}, as_it_is, lambda world: without_entries(world, "grants")),
    (
        (model.Server, "refresh_tokens"),
        11,
        REFRESHING,
        as_it_is,
        lambda world: without_entries(world, "refresh_tokens"),
    ),
    ((model.RefreshRecord, "revoked"), 11, REFRESHING, as_it_is, lambda world: refreshed(world, revoked=True)),
    (
        (model.RefreshRecord, "rotated"),
        11,
        REFRESHING,
        as_it_is,
        lambda world: refreshed(world, rotated=world.now - 999),
    ),
    ((model.RefreshRecord, "idle_until"), 11, REFRESHING, as_it_is, lambda world: refreshed(world, idle_until=0)),
    ((model.Client, "transactions"), 6, {}, as_it_is, lambda world: with_app(world, transactions=EMPTY)),
    ((model.Client, "redeeming"), 8, {}, as_it_is, lambda world: with_app(world, redeeming=EMPTY)),
    ((model.Client, "tokens"), 9, {}, as_it_is, lambda world: with_app(world, tokens=EMPTY)),
    ((model.Browser, "apps"), 5, {}, as_it_is, lambda world: with_browser(world, apps=claimed(world))),
    ((model.Run, "state"), 10, {}, as_it_is, lambda world: with_victim(world, state=State.TOKENS_HELD)),
    ((model.Run, "in_flight"), 6, {}, as_it_is, lambda world: with_victim(world, in_flight=another_answer(world))),
)


def other_api(world: World) -> tuple[str, model.Api]:
    origin = world.runs[VICTIM].api
    return origin, evolve(world.apis[origin], issuer="https://another.example")


def claimed(world: World) -> frozendict[str, tuple[str, ...]]:
    """Another app on the device has claimed every address."""
    return frozendict({origin: (*apps, ATTACKER) for origin, apps in world.browsers[VICTIM].apps.items()})


def forgetful(world: World) -> model.Person:
    return evolve(world.people[VICTIM], password="another")


def another_answer(world: World) -> model.Sent:
    sent = world.runs[VICTIM].in_flight
    assert sent is not None and isinstance(sent.message, Opening)
    return replace(sent, message=replace(sent.message, url=sent.message.url.replace("state=", "other=")))


def _named(value: object) -> str | None:
    """What says which case it is, and is the same in every process."""
    if isinstance(value, tuple):
        kind, field = value
        return f"{kind.__name__}.{field}"
    return None if callable(value) else str(value)


@pytest.mark.parametrize(("left_out", "step", "settings", "before", "change"), LEFT_OUT, ids=_named)
def test_whoever_leaves_a_part_of_the_form_out_is_found_out(
    left_out: Left,
    step: int,
    settings: dict[str, object],
    before: Change,
    change: Change,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two worlds that differ there have one form then, and are seen to go on in different ways."""
    world = before(at(step, {"client": "native-scheme", **settings}, ("A3", "storage")))
    changed = change(world)
    assert canonical(world) != canonical(changed)
    without = frozenset({left_out}) if isinstance(left_out, str) else frozenset[str]()
    if not isinstance(left_out, str):
        monkeypatch.setattr(parts, "left_out", {left_out})
    forget()
    try:
        assert form_of(world, without).digest == form_of(changed, without).digest
        said = (parting(Pair(world, changed), Random(seed), 6, lambda one: form_of(one, without)) for seed in range(8))
        assert any(said)
    finally:
        monkeypatch.undo()
        forget()


def test_whatever_reads_the_log_finds_what_it_asks_for_in_the_form() -> None:
    assert sorted(readers()) == sorted(READERS), "see tests/kit/readers_of_the_log.py"
    assert set(READERS.values()) <= PARTS
