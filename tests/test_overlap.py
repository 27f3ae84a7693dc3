"""Requests that overlap at the server, in every order: who gets what, at a server that is atomic and at one that is not.

A model (kit/two_servers.py) that knows nothing of flowsim foresees each answer and all that is written down after it.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from flowsim.actors import authorization_server
from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    SEED,
    client_of,
    flying_request,
    server_of,
    with_form,
    world_in,
)
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import may_move
from flowsim.model.context import Context
from flowsim.model.order import NETWORK_ACTS
from flowsim.model.scenario import LESSON_TIME, Policy, ScenarioError
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.transitions import IllegalMove, Move, acts, honest_act
from flowsim.model.world import ATTACKER_REFRESH, ATTACKER_RUN, VICTIM, Server, World, evolve
from flowsim.protocol.messages import Request
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.replay import differences
from flowsim.views.formats.trace_json import trace_json
from tests.kit.accidents import Story, accident_traces
from tests.kit.two_servers import Kind, Model, Token

INTERLEAVINGS = 2400


def settled(**settings: Any) -> tuple[Server, dict[Kind, Request]]:
    """A server that has issued a code and, for another login, a refresh token; and the requests that are about them."""
    server = server_of(world_in(State.CODE_SENT, scope=OFFLINE))
    after = world_in(State.REVOCATION_SENT, "logout 1", scope=OFFLINE, later="refresh logout", seed=8)
    refreshed = world_in(State.REFRESH_SENT, "refresh 1", scope=OFFLINE, later="refresh logout", seed=8)
    other = server_of(refreshed)
    revocation = flying_request(after, "logout 1")
    refresh = flying_request(refreshed, "refresh 1")
    token = dict(refresh.form)["refresh_token"]
    both = evolve(
        server,
        settings=evolve(server.settings, **settings),
        refresh_tokens=other.refresh_tokens,
        access_tokens=other.access_tokens,
    )
    requests: dict[Kind, Request] = {
        "code": flying_request(world_in(State.CODE_SENT, scope=OFFLINE)),
        "refresh": refresh,
        "revoke": with_form(revocation, token=token),
    }
    return both, requests


def named(kind: Kind, request: Request) -> str:
    """What this request is about."""
    return dict(request.form)[{"code": "code", "refresh": "refresh_token", "revoke": "token"}[kind]]


def model_of(server: Server, careless: bool) -> Model:
    settings = server.settings
    model = Model(careless, settings.rotation, settings.overlap > 0, settings.replay_revokes)
    model.paper.used = {code: grant.used for code, grant in server.grants.items()}
    for text, one in server.refresh_tokens.items():
        model.paper.refresh[text] = Token(one.family, one.number, one.rotated is not None, one.revoked)
    for record in server.access_tokens.values():
        model.paper.access.setdefault(record.family, []).append(record.revoked)
    return model


def written(server: Server) -> tuple[object, ...]:
    """All that this server has written down, in the words of the model."""
    tokens = {t: Token(r.family, r.number, r.rotated is not None, r.revoked) for t, r in server.refresh_tokens.items()}
    access: dict[str, list[bool]] = {}
    for record in server.access_tokens.values():
        access.setdefault(record.family, []).append(record.revoked)
    return {code: grant.used for code, grant in server.grants.items()}, tokens, access


Wanted = tuple[Kind, Request]


def play(
    server: Server, careless: bool, model: Model, wanted: list[Wanted], order: list[int], some: Random
) -> Iterator[str]:
    """Let each request come twice in this order: to be looked up, and to be judged. What differs is given.

    Who refreshes or revokes does so with a token that there is when the request arrives, any of them.
    """
    context = Context(SEED, LESSON_TIME + 5, Policy(), "overlap")
    looked: dict[int, tuple[Server, Request]] = {}
    for number in order:
        kind, request = wanted[number]
        if number not in looked:
            if kind != "code":
                field = "refresh_token" if kind == "refresh" else "token"
                request = with_form(request, **{field: some.choice(tuple(server.refresh_tokens))})
            looked[number] = server, request
            model.look(str(number))
            continue
        then, request = looked[number]
        before = set(server.refresh_tokens)
        server, answer = authorization_server.handle(server, request, context, then if careless else None)
        fresh = [text for text in server.refresh_tokens if text not in before]
        given = model.judge(str(number), kind, named(kind, request), fresh.pop)
        place = f"{kind} {number} in {order}"
        if given is not (answer.status == 200):
            yield f"{place}: the model says {given}, the server {answer.status} {answer.body}"
        if fresh or written(server) != (model.paper.used, model.paper.refresh, model.paper.access):
            yield f"{place}: they have written down something else"


def servers() -> list[tuple[Server, dict[Kind, Request]]]:
    return [
        settled(rotation=rotation, overlap=overlap, replay_revokes=revokes)
        for rotation in (True, False)
        for overlap in (0, 60)
        for revokes in (True, False)
    ]


def interleavings(some: Random, number: int) -> Iterator[tuple[Server, list[Wanted], list[int]]]:
    """So many interleavings of two to four requests at servers of all kinds."""
    kinds = servers()
    for _ in range(number):
        server, known = some.choice(kinds)
        wanted = [(kind, known[kind]) for kind in some.choices(tuple(known), k=some.randint(2, 4))]
        order = [place for place in range(len(wanted)) for _ in range(2)]
        some.shuffle(order)
        yield server, wanted, order


@pytest.mark.parametrize("careless", [False, True], ids=["atomic", "careless"])
def test_an_independent_model_agrees_on_who_gets_what_in_any_interleaving(careless: bool) -> None:
    some, wrong, met = Random(7 + careless), list[str](), set[tuple[Kind, ...]]()
    for server, wanted, order in interleavings(some, INTERLEAVINGS // 2):
        wrong += play(server, careless, model_of(server, careless), wanted, order, some)
        met.add(tuple(kind for kind, _ in wanted))
    assert not wrong, "\n".join(wrong[:5])
    assert len(met) > 100  # of the 117 ways to choose two to four of three kinds


def test_a_model_of_the_other_server_does_not_agree() -> None:
    """The comparison sees what it is for: beside the model of the one kind of server, the other kind is found out."""
    for careless in (False, True):
        some, wrong = Random(7), list[str]()
        for server, wanted, order in interleavings(some, 60):
            with suppress(KeyError, IndexError):  # the one has given a token where the other has not
                for fault in play(server, not careless, model_of(server, careless), wanted, order, some):
                    wrong.append(fault)
        assert wrong


# ---- Interleavings of moves


def next_moves(world: World, network: dict[Act, int]) -> list[Move]:
    """What can happen next: the next step of each honest run, and each act of the network that is left to it."""
    moves = []
    for run in world.runs.values():
        for act in (Act.LOOK_UP, Act.ANSWER_COPY, Act.RETRY, Act.TIME_OUT, honest_act(run.role, run.state)):
            if act is not None and may(world, Move(run.name, act)):
                moves.append(Move(run.name, act))
                break
        for act, left in network.items():
            if left and may(world, Move(run.name, act)):
                moves.append(Move(run.name, act))
    return moves


def may(world: World, move: Move) -> bool:
    run = world.runs[move.run]
    if move.act not in acts(run.role, run.state):
        return False
    try:
        apply(world, move)
    except IllegalMove:
        return False
    return True


def orders(world: World, network: dict[Act, int], refreshes: int = 0) -> Iterator[World]:
    """The last world of every order in which these moves can happen. `refreshes` more may begin at any time."""
    moves = next_moves(world, network)
    if refreshes and holds_a_refresh_token(world):
        number = 1 + sum(run.role is Role.REFRESH for run in world.runs.values())
        moves.append(Move(f"refresh {number}", Act.STEP_R1, role=Role.REFRESH))
    if not moves:
        yield world
    for move in moves:
        left = network | ({move.act: network[move.act] - 1} if move.act in network else {})
        yield from orders(apply(world, move), left, refreshes - (move.role is Role.REFRESH))


def holds_a_refresh_token(world: World) -> bool:
    held = client_of(world).tokens.get(world.runs[VICTIM].who)
    return held is not None and held.refresh_token is not None


def sets_of_tokens(world: World) -> int:
    """How many sets of tokens have been issued for the code of the user's login: its first refresh tokens."""
    return sum(one.number == 1 for one in server_of(world).refresh_tokens.values())


def keeps_the_login(world: World) -> bool:
    """The app has a refresh token that the server still takes."""
    held = client_of(world).tokens.get(world.runs[VICTIM].who)
    record = server_of(world).refresh_tokens.get(held.refresh_token or "") if held else None
    return record is not None and not record.revoked and record.rotated is None


NETWORK = {Act.DUPLICATE: 2, Act.LOSE_REQUEST: 1, Act.LOSE_ANSWER: 2}


def ends(atomic: bool, network: dict[Act, int], **settings: Any) -> list[World]:
    """Where every order of what can happen to the token request of a login comes to, up to the call of the API."""
    story = Story(server_atomic=atomic, **settings).until(VICTIM, State.CODE_SENT)
    return list(orders(story.world, network))


@pytest.mark.parametrize("retries", [False, True])
def test_no_interleaving_at_an_atomic_server_makes_two_sets_of_tokens_from_one_code(retries: bool) -> None:
    worlds = ends(True, NETWORK, retries=retries)
    assert len(worlds) > 100
    assert {sets_of_tokens(world) for world in worlds} <= {0, 1}
    assert any(keeps_the_login(world) for world in worlds)


def test_at_a_careless_server_an_interleaving_makes_two_sets_of_tokens_and_this_search_finds_it() -> None:
    worlds = ends(False, {Act.DUPLICATE: 1})
    twice = [world for world in worlds if sets_of_tokens(world) == 2]
    assert twice
    for world in worlds:
        # It takes two look-ups before the first mark.
        log = [event.act for event in world.log if event.act in (Act.LOOK_UP, Act.STEP_8, Act.ANSWER_COPY)]
        assert (log[:2] == [Act.LOOK_UP, Act.LOOK_UP]) is (world in twice)


def refreshed(number: int = 3, **settings: Any) -> list[World]:
    """Where every order of so many refreshes and what the server makes of them comes to."""
    story = Story(**settings).until(VICTIM, State.DONE)
    return list(orders(story.world, {}, refreshes=number))


def test_no_order_of_refreshes_by_a_careful_app_at_an_atomic_server_loses_the_login() -> None:
    worlds = refreshed(single_flight=True)
    assert all(keeps_the_login(world) for world in worlds)
    assert any(run.state is State.REFRESH_JOINED for world in worlds for run in world.runs.values())


def test_without_single_flight_some_orders_throw_the_user_out() -> None:
    lost = [world for world in refreshed() if not keeps_the_login(world)]
    assert lost
    for world in lost:
        assert any(one.decides and one.check.id == "refresh.not_used" for event in world.log for one in event.checks)


def test_an_overlap_at_the_server_saves_two_refreshes_and_not_one_that_comes_after_the_successor_was_used() -> None:
    assert all(keeps_the_login(world) for world in refreshed(2, overlap=60))
    for world in refreshed(3, overlap=60):
        late = [event for event in world.log if event.act is Act.STEP_R2 and event.outcome is Outcome.ERROR]
        assert keeps_the_login(world) is (not late)
        for event in late[:1]:
            newest = max(one.number for one in server_of(world).refresh_tokens.values())
            assert newest == 3, event


RUNS = ("victim", "tab2", "window2", "device2", "refresh1", "refresh2", "refresh3", "call1")


def some_order(some: Random) -> str:
    """Whose turn it is, at random: three to all of these runs, each for a move or for a few."""
    runs = some.sample(RUNS, some.randint(3, len(RUNS)))
    return " ".join(f"{some.choice(runs)}*{some.randint(1, 4)}" for _ in range(some.randint(4, 24)))


def random_order(number: int, **settings: Any) -> Trace:
    some = Random(number)
    client = some.choice(("native-scheme", "spa", "web"))
    dpop = some.choice(("off", "off", "code"))
    later = "refresh refresh refresh call"
    chosen = {"client": client, "dpop": dpop, "later": later, "order": some_order(some)} | settings
    return Simulation(seed=number, scope=OFFLINE, **chosen).run()


def all_are_in(trace: Trace) -> bool:
    """Each login of the user's has come to its end, and each app that logged in has a token that is still good."""
    world = trace.worlds[-1]
    logins = [run for run in world.runs.values() if run.role is Role.LOGIN]
    records = server_of(world).refresh_tokens
    held = [client_of(world).tokens.get(run.who) for run in logins]
    good = [one and one.refresh_token and not records[one.refresh_token].revoked for one in held]
    return all(run.state is State.DONE for run in logins) and all(good)


CAREFUL: dict[str, Any] = {"transactions": "state", "logins_per_browser": "many", "single_flight": True}


def test_in_no_order_a_careful_app_at_an_atomic_server_loses_a_login_or_gets_two_sets_of_tokens_from_a_code() -> None:
    traces = [random_order(number, **CAREFUL) for number in range(60)]
    for number, trace in enumerate(traces):
        families = [one.family for one in server_of(trace.worlds[-1]).refresh_tokens.values() if one.number == 1]
        assert len(families) == len(set(families)), number
        assert all_are_in(trace), (number, trace.scenario.order, trace.verdict.sentence)
    # The orders are worth something: without that care some of the same stories end badly.
    assert not all(all_are_in(random_order(number, transactions="state")) for number in range(60))


# ---- What becomes of it


def told(trace: Trace, said: str) -> bool:
    return said in trace.verdict.sentence


THROWN_OUT = "The user has to log in again."


def test_a_lost_answer_and_a_second_try_cost_the_login_unless_the_server_has_an_overlap() -> None:
    def refresh(**settings: Any) -> Trace:
        story = Story(later="refresh refresh", **settings).until("refresh 1", State.REFRESH_ACCEPTED)
        return story.do("refresh 1", Act.LOSE_ANSWER).trace()

    assert told(refresh(retries=True), THROWN_OUT)
    assert told(refresh(retries=True), "The server took the second try for a theft")
    # Who does not try again meets the same with the next refresh: the app still holds the token that was exchanged.
    assert told(refresh(), THROWN_OUT)
    for more in ({"overlap": 60}, {"rotation": False}):
        saved = refresh(retries=True, **more)
        assert not told(saved, THROWN_OUT)
        assert told(saved, "Later the app got new tokens twice.")


def test_who_is_thrown_out_on_one_device_stays_in_on_another() -> None:
    trace = Story(later="refresh", order="victim:11 device2:11 refresh1:duplicate").trace()
    assert told(trace, "In that browser the user has to log in again.")
    held = client_of(trace.worlds[-1]).tokens
    records = server_of(trace.worlds[-1]).refresh_tokens
    revoked = {who: records[one.refresh_token or ""].revoked for who, one in held.items()}
    assert revoked == {VICTIM: True, "device 2": False}


def test_a_lost_request_costs_nothing_where_the_app_tries_again() -> None:
    for run, state in ((VICTIM, State.CODE_SENT), ("refresh 1", State.REFRESH_SENT), ("call 1", State.API_ASKED)):
        for more in ({}, {"dpop": "code"}, {"client": "spa"}, {"client": "web", "client_auth": "private_key_jwt"}):
            trace = (
                Story(later="refresh call", retries=True, **more).until(run, state).do(run, Act.LOSE_REQUEST).trace()
            )
            assert trace.verdict.tone == "good"
            assert trace.worlds[-1].runs[run].state in (State.DONE, State.TOKENS_HELD)


def test_a_code_whose_answer_is_lost_costs_the_login_whatever_the_app_does() -> None:
    for retries in (False, True):
        trace = Story(retries=retries).until(VICTIM, State.CODE_ACCEPTED).do(VICTIM, Act.LOSE_ANSWER).trace()
        assert trace.verdict.ended is (State.TOKEN_REQUEST_FAILED if retries else State.TIMED_OUT)
        revoked = [one.revoked for one in server_of(trace.worlds[-1]).access_tokens.values()]
        assert revoked == [retries]


def test_the_same_bytes_once_more_are_a_replay_to_the_server_and_a_proof_that_came_before_saves_the_family() -> None:
    for run, state in ((VICTIM, State.CODE_SENT), ("refresh 1", State.REFRESH_SENT)):
        for saved, more in (
            (False, {}),
            (False, {"client": "web"}),
            (True, {"dpop": "tokens"}),
            (True, {"client": "web", "client_auth": "private_key_jwt"}),
        ):
            trace = Story(later="refresh", **more).until(run, state).do(run, Act.DUPLICATE).trace()
            world = trace.worlds[-1]
            assert world.runs["copy 1"].state is State.COPY_REFUSED
            assert keeps_the_login(world) is saved
            assert told(trace, THROWN_OUT) is not saved


def test_a_revocation_between_the_look_and_the_mark_is_undone_by_a_careless_server() -> None:
    def logged_out(**settings: Any) -> World:
        story = Story(later="refresh logout", **settings).until("refresh 1", State.REFRESH_SENT)
        if not story.world.scenario.server_atomic:
            story.do("refresh 1", Act.LOOK_UP)
        story.opens("logout 1", Role.LOGOUT, Act.STEP_V1).do("logout 1", Act.STEP_V2)
        return story.do("refresh 1", Act.STEP_R2, Act.STEP_R3).world

    good = [one.revoked for one in server_of(logged_out(server_atomic=False)).refresh_tokens.values()]
    assert good == [True, False]
    assert all(one.revoked for one in server_of(logged_out()).refresh_tokens.values())


def test_who_logs_out_between_the_question_and_the_answer_gets_no_tokens() -> None:
    story = Story(later="refresh app-logout").until("refresh 1", State.REFRESH_ACCEPTED)
    trace = story.opens("app-logout 1", Role.APP_LOGOUT, Act.STEP_L1).trace()
    assert trace.worlds[-1].runs["refresh 1"].state is State.TOKENS_REFUSED
    assert not client_of(trace.worlds[-1]).tokens


@pytest.mark.parametrize("more", [{}, {"dpop": "code"}, {"client": "spa"}], ids=str)
def test_what_comes_for_the_tokens_of_an_earlier_login_does_not_touch_those_of_a_later_one(
    more: dict[str, Any],
) -> None:
    anew = {"transactions": "state", "logins_per_browser": "many", **more}
    for plan, before, after in (
        ("refresh", "refresh1:R2", "refresh1:R3"),
        ("logout", "logout1:V1", "logout1:V2"),
        ("refresh logout", "refresh1:R1 logout1:V2", "refresh1:R3"),
    ):
        order = f"victim:11 tab2:8 {before} tab2:9"
        settings = {"scope": OFFLINE, "later": plan, **anew}
        trace = Simulation(seed=SEED, order=f"{order} {after}", **settings).run()
        (came,) = [event.index for event in trace.events if event.run == "tab 2" and event.act is Act.STEP_9]
        assert client_of(trace.worlds[-1]).tokens == client_of(trace.worlds[came]).tokens
        assert all_are_in(trace)


@pytest.mark.parametrize("dpop_nonce", [False, True])
def test_an_app_does_not_try_again_with_what_it_no_longer_holds(dpop_nonce: bool) -> None:
    """After a logout of the app, or another login there, a second try would show tokens or a key of somebody's session."""
    settings: dict[str, Any] = {"scope": OFFLINE, "dpop": "tokens", "dpop_nonce": dpop_nonce, "retries": True}
    settings |= {"later": "10m call app-logout", "transactions": "state", "logins_per_browser": "many"}
    for order in (
        "victim:11 wait1 call1:10 app-logout1 call1",
        "victim:11 wait1 call1:lose-request app-logout1 call1",
        "victim:11 wait1 tab2:8 call1:lose-request tab2:9 call1",
        "victim:11 wait1 tab2:8 call1:10 tab2:9 call1",
    ):
        trace = Simulation(seed=SEED, order=order, **settings).run()
        own = [event for event in trace.events if event.run == "call 1"]
        assert not any(event.act is Act.RETRY or event.outcome is Outcome.AGAIN for event in own)
        sent = [one.message for event in own for one in event.messages]
        assert sum(isinstance(one, Request) for one in sent) == 1


# ---- What cannot be


@pytest.mark.parametrize(
    ("settings", "state", "acts_made", "said"),
    [
        ({}, State.CODE_SENT, (Act.LOOK_UP,), "server_atomic=False"),
        ({"server_atomic": False}, State.CODE_SENT, (Act.LOOK_UP, Act.LOOK_UP), "reads once"),
        ({"server_atomic": False}, State.CODE_SENT, (Act.LOOK_UP, Act.LOSE_REQUEST), "has the request already"),
        ({}, State.CODE_SENT, (Act.LOSE_REQUEST, Act.RETRY), "the setting retries says so"),
        (
            {"retries": True},
            State.CODE_SENT,
            (Act.LOSE_REQUEST, Act.RETRY, Act.LOSE_REQUEST, Act.RETRY),
            "has sent it twice",
        ),
    ],
    ids=str,
)
def test_what_cannot_happen_is_refused_in_a_sentence(
    settings: dict[str, Any], state: State, acts_made: tuple[Act, ...], said: str
) -> None:
    story = Story(**settings).until(VICTIM, state)
    with pytest.raises(IllegalMove, match=said):
        story.do(VICTIM, *acts_made)


def test_an_attacker_is_no_part_of_the_network() -> None:
    to_the_attacker = world_in(State.CODE_SENT, attacker="mix-up", iss=False)
    for act in (Act.DUPLICATE, Act.LOSE_REQUEST):
        with pytest.raises(IllegalMove, match="what goes to the attacker's server"):
            apply(to_the_attacker, Move(VICTIM, act))
    world = world_in(State.CODE_SENT, ATTACKER_RUN, attacker="code-interception")
    for act in (Act.DUPLICATE, Act.LOSE_REQUEST, Act.RETRY, Act.TIME_OUT):
        with pytest.raises(IllegalMove):
            apply(world, Move(ATTACKER_RUN, act))
    stolen = world_in(State.REFRESH_SENT, f"{ATTACKER_REFRESH} 1", attacker="refresh-theft", scope=OFFLINE)
    for act in (Act.DUPLICATE, Act.LOSE_REQUEST):
        with pytest.raises(IllegalMove, match="honest apps"):
            apply(stolen, Move(f"{ATTACKER_REFRESH} 1", act))


# ---- How it is kept and shown


def test_each_of_these_traces_is_played_again_from_its_file() -> None:
    for trace in accident_traces():
        if trace.attacker is None and not begins_before_its_turn(trace):
            assert differences(json.dumps(trace_json(trace))) == ()


ORDERS: tuple[dict[str, Any], ...] = (
    {"order": "victim:11 refresh1:lose-answer", "later": "refresh refresh"},
    {"order": "victim:11 refresh1:lose-request refresh2:R3", "later": "refresh refresh", "retries": True},
    {"order": "victim:11 refresh1:R1 refresh2:R1 refresh1:R3", "later": "refresh refresh call"},
    {"order": "victim:11 refresh1:R1 refresh2:R1", "later": "refresh refresh call", "single_flight": True},
    {
        "order": "victim:11 refresh1:R1 refresh2:R1 refresh1 refresh2",
        "later": "refresh refresh",
        "server_atomic": False,
    },
    {"order": "victim:duplicate copy1 victim:9", "later": "refresh"},
    {"order": "victim:duplicate victim copy1 victim:8", "later": "refresh", "server_atomic": False},
    {"order": "victim:duplicate tab2:6 copy1 victim:11 tab2:7 tab2:lose-answer"},
)


@pytest.mark.parametrize("settings", ORDERS, ids=lambda settings: settings["order"])
def test_an_order_says_what_the_network_does_and_the_story_is_played_again_and_forked_from_its_settings(
    settings: dict[str, Any],
) -> None:
    simulation = Simulation(seed=SEED, scope=OFFLINE, **settings)
    trace = simulation.run()
    assert differences(json.dumps(trace_json(trace))) == ()
    assert Simulation(trace.scenario).run().events == trace.events
    simulation.goto(len(trace.events) // 2)
    assert simulation.fork("again").run().events == trace.events
    done = [event.act for event in trace.events]
    for act in NETWORK_ACTS:
        wanted = f":{act.value.replace('_', '-')}" in settings["order"]
        assert (act in done) is wanted


def test_a_learner_moves_a_request_that_came_twice_like_any_other_run() -> None:
    simulation = Simulation(seed=SEED, scope=OFFLINE, order="victim:duplicate", later="refresh", server_atomic=False)
    simulation.goto(8)
    assert may_move(simulation.world) == ("victim", "copy 1")
    moved = [simulation.step(run) for run in ("copy 1", "victim", "victim", "copy1")]
    assert [event.act for event in moved if event] == [Act.LOOK_UP, Act.LOOK_UP, Act.STEP_8, Act.ANSWER_COPY]
    trace = simulation.run()
    assert told(trace, "One code gave two sets of tokens.")
    assert Simulation(trace.scenario).run().events == trace.events
    with pytest.raises(ScenarioError, match=r"copy 1 has no move|has ended"):
        simulation.step("copy 1")
    with pytest.raises(ScenarioError, match="say first whose request comes twice"):
        Simulation(scope=OFFLINE).step("copy 1")


def test_a_learner_has_the_network_lose_a_message_or_repeat_one() -> None:
    simulation = Simulation(seed=SEED, scope=OFFLINE, later="refresh refresh", retries=True)
    simulation.at_step(7)
    for word, act, run in (
        ("victim:duplicate", Act.DUPLICATE, VICTIM),
        ("copy 1", Act.ANSWER_COPY, "copy 1"),
        ("victim: lose-answer", Act.LOSE_ANSWER, VICTIM),
    ):
        event = simulation.step(word)
        assert event is not None
        assert (event.act, event.run) == (act, run)
    position = simulation.position
    for word, said in (
        ("refresh1:lose-answer", "the network cannot lose the answer on the way of refresh 1 after move"),
        ("tab2:3", "expected one move, for example tab2 or refresh1:lose-answer"),
        ("victim*2", "expected one move"),
        ("victim:eat", "or what the network does, lose-request"),
    ):
        with pytest.raises(ScenarioError) as refused:
            simulation.step(word)
        assert said in str(refused.value)
        assert simulation.position == position
    trace = simulation.run()
    assert Simulation(trace.scenario).run().events == trace.events
    assert differences(json.dumps(trace_json(trace))) == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (ORDERS[0], THROWN_OUT),
        (ORDERS[1], "Later the app got new tokens once."),
        (ORDERS[2], THROWN_OUT),
        (ORDERS[3], "Later the app got new tokens once."),
        (ORDERS[4], "its family is split"),
        (ORDERS[5], "The server took the second use of a code for a theft"),
        (ORDERS[6], "One code gave two sets of tokens."),
    ],
    ids=str,
)
def test_what_an_order_comes_to(settings: dict[str, Any], said: str) -> None:
    assert told(Simulation(seed=SEED, scope=OFFLINE, **settings).run(), said)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("copy1", "order: the order has no copy 1; say first whose request comes twice: victim:duplicate"),
        ("victim:duplicate copy2", "order: the order has no copy 2; say first whose"),
        ("victim:eat", "or what the network does, lose-request, lose-answer, duplicate, not 'victim:eat'"),
        ("copy", "a run is named with its number, for example copy1, not 'copy'"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_a_sentence(order: str, said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        Simulation(order=order)
    assert said in str(refused.value)


def begins_before_its_turn(trace: Trace) -> bool:
    """A run of the plan begins while a refresh is under way: for that, the scenario has to say so."""
    begun = [trace.worlds[event.index - 1] for event in trace.events if event.before is State.START]
    waiting = (State.REFRESH_SENT, State.REFRESH_ACCEPTED)
    return any(run.state in waiting for world in begun for run in world.runs.values())


def test_in_a_har_file_what_was_lost_was_never_answered_and_the_second_try_was() -> None:
    trace = Story(retries=True).until(VICTIM, State.CODE_SENT).do(VICTIM, Act.LOSE_REQUEST).trace()
    asked = [one for one in har(trace)["log"]["entries"] if one["request"]["url"].endswith("/oauth/token")]
    assert [one["response"]["status"] for one in asked] == [0, 200]


def test_a_retry_has_a_proof_and_an_assertion_of_its_own_and_is_otherwise_the_same() -> None:
    settings = {"client": "web", "client_auth": "private_key_jwt", "dpop": "tokens", "retries": True}
    trace = Story(**settings).until(VICTIM, State.CODE_SENT).do(VICTIM, Act.LOSE_REQUEST).trace()
    first, second = (
        sent.message
        for event in trace.events
        for sent in event.messages
        if isinstance(sent.message, Request) and sent.message.path == "/oauth/token"
    )
    assert first.header("dpop") != second.header("dpop")
    differ = {name for name, value in first.form if dict(second.form)[name] != value}
    assert differ == {"client_assertion"}


def test_of_a_lost_request_the_server_learns_nothing_until_it_comes_again() -> None:
    def knows(trace: Trace) -> bool:
        return trace.ledger.knows("authorization_server", "code_verifier")

    assert not knows(Story().until(VICTIM, State.CODE_SENT).do(VICTIM, Act.LOSE_REQUEST).trace())
    assert knows(Story(retries=True).until(VICTIM, State.CODE_SENT).do(VICTIM, Act.LOSE_REQUEST).trace())
    assert knows(Story().until(VICTIM, State.CODE_SENT).do(VICTIM, Act.DUPLICATE, Act.LOSE_REQUEST).trace())
    lost = Story().until(VICTIM, State.CODE_ACCEPTED).do(VICTIM, Act.LOSE_ANSWER).trace().ledger
    assert lost.knows("authorization_server", "access_token")
    assert not lost.knows("client", "access_token")


def test_an_app_that_is_asked_for_another_nonce_each_time_sends_its_request_once_more_and_no_further() -> None:
    """What a careless server looks up between two tries is no try of the app's."""
    settings = {"dpop": "code", "dpop_nonce": True, "server_atomic": False, "seed": 93843382}
    trace = Simulation(**settings, mistakes={"token-request-without-content-type"}).run()  # type: ignore[arg-type]
    assert sum(event.act is Act.STEP_8 for event in trace.events) <= 3
    assert trace.worlds[-1].runs[VICTIM].state is State.TOKEN_REQUEST_FAILED
