"""Several logins of one user, in any order: who gets a login and who does not, foreseen by a model of its own."""

import json
from collections import Counter
from contextlib import nullcontext, suppress
from itertools import product
from random import Random
from typing import Any

import pytest

from flowsim import Simulation
from flowsim.actors import pending_logins
from flowsim.model import order
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, Role, State
from flowsim.model.world import VICTIM
from flowsim.session.session import BenchSession
from flowsim.simulation.accidents import families_of_codes
from flowsim.simulation.simulation import Trace
from flowsim.views.formats import replay
from flowsim.views.formats.har import capture, har
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.pictures.picture import sequence_source
from flowsim.views.text import narration
from flowsim.views.text.transcript import summary

OFFLINE = "openid profile read:messages offline_access"
STEPS = range(1, 12)
CLIENTS = ("native-scheme", "spa", "web")
KEPT = {
    "native-scheme": ("browser", "state"),
    "spa": ("browser", "state", "tab"),
    "web": ("browser", "state", "cookie"),
}
SETUPS = [(client, kept, pages) for client in CLIENTS for kept, pages in product(KEPT[client], ("one", "many"))]
RUNS = ("victim", "tab 2", "window 2", "device 2")


def interleaved(random: Random, runs: tuple[str, ...]) -> list[str]:
    """The eleven moves of each of these runs, shuffled together."""
    moves = [run for run in runs for _ in STEPS]
    random.shuffle(moves)
    return moves


def played(moves: list[str], **settings: Any) -> Trace:
    return Simulation(seed=7, order=order.written(moves), **settings).run()


def worked(trace: Trace) -> set[str]:
    """The logins that came to their end."""
    return {name for name, run in trace.worlds[-1].runs.items() if run.role is Role.LOGIN and run.state is State.DONE}


class OnPaper:
    """Who gets a login: what a cookie jar and a memory with one slot do, with no message of the protocol in it.

    A request has the name of the login that sent it. `at_server` is the cookie of the server in each browser, `session`
    that of the website, `went_along` the one that a tab has sent with the answer, and `shown` the request whose form it
    shows.
    """

    def __init__(self, client: str, kept: str, pages: str) -> None:
        self.website, self.kept, self.many = client == "web", kept, pages == "many"
        self.memory: dict[str, str] = {}
        self.session: dict[str, str] = {}
        self.went_along: dict[str, str] = {}
        self.at_server: dict[str, str] = {}
        self.waiting: set[str] = set()
        self.shown: dict[str, str] = {}
        self.answered: dict[str, str] = {}
        self.taken: Counter[str] = Counter()
        self.over: set[str] = set()

    def move(self, run: str) -> None:
        if run in self.over:
            return
        self.taken[run] += 1
        act = getattr(self, f"step_{self.taken[run]}", None)
        if act is not None and not act(run, run if run.startswith("device") else "browser"):
            self.over.add(run)

    def step_2(self, run: str, browser: str) -> bool:
        self.memory[self.place(run, run, browser)] = run
        return True

    def step_3(self, run: str, browser: str) -> bool:
        self.session[browser] = run
        self.at_server[browser] = run
        self.waiting.add(run)
        return True

    def step_4(self, run: str, browser: str) -> bool:
        self.shown[run] = run if self.many else self.at_server[browser]
        return self.shown[run] in self.waiting

    def step_5(self, run: str, browser: str) -> bool:
        asked = run if self.many else self.at_server[browser]
        if asked != self.shown[run] or asked not in self.waiting:
            return False
        self.waiting.discard(asked)
        self.answered[run] = asked
        return True

    def step_6(self, run: str, browser: str) -> bool:
        self.went_along[run] = self.session[browser]
        return True

    def step_7(self, run: str, browser: str) -> bool:
        place = self.place(run, self.answered[run], browser)
        if self.memory.get(place) != self.answered[run]:
            return False
        del self.memory[place]
        return True

    def place(self, run: str, asked: str, browser: str) -> str:
        """Where the app keeps a login of this tab, or looks for one where the answer is to the request `asked`."""
        if self.kept == "tab":
            return run
        if self.kept in ("state", "cookie"):
            return f"{browser} {asked}"
        if self.website:
            return run if self.taken[run] == 2 else self.went_along[run]
        return browser


def foreseen(moves: list[str], *setup: str) -> set[str]:
    """The logins that come to their end, on paper: who is not yet there goes on when all is done, first come first."""
    model = OnPaper(*setup)
    for run in moves:
        model.move(run)
    return set(moves) - model.over


@pytest.mark.parametrize("setup", SETUPS, ids="-".join)
def test_a_model_on_paper_foresees_which_login_works_in_any_interleaving(setup: tuple[str, str, str]) -> None:
    client, kept, pages = setup
    random = Random(f"interleavings of {setup}")
    for _ in range(25):
        moves = interleaved(random, RUNS[: random.choice((2, 3, 4))])
        trace = played(moves, client=client, transactions=kept, logins_per_browser=pages)
        assert worked(trace) == foreseen(moves, *setup), order.written(moves)
        assert max(Counter(families_of_codes(trace.worlds[-1])).values(), default=0) <= 1
        assert trace.over


@pytest.mark.parametrize("client", CLIENTS)
def test_a_careful_app_at_a_careful_server_loses_no_login_whatever_the_order(client: str) -> None:
    random = Random(f"careful {client}")
    kept = {"native-scheme": "state", "spa": "tab", "web": "cookie"}[client]
    for careful in ("state", kept):
        for _ in range(20):
            moves = interleaved(random, RUNS[: random.choice((2, 3))])
            trace = played(moves, client=client, transactions=careful, logins_per_browser="many", scope=OFFLINE)
            assert worked(trace) == set(moves)
            assert trace.verdict.tone == "good"
            server = trace.worlds[-1].servers[trace.worlds[-1].runs[VICTIM].server]
            assert len({one.family for one in server.refresh_tokens.values()}) == len(set(moves))
            assert len(server.refresh_tokens) == len(set(moves))
            assert not any(one.revoked for one in server.refresh_tokens.values())
            assert not any(one.revoked for one in server.access_tokens.values())


def test_with_one_slot_the_login_that_was_overwritten_is_refused_by_the_state() -> None:
    trace = Simulation(seed=7, order="victim:2 tab2:2").run()
    assert worked(trace) == {"tab 2"}
    (refused,) = [event for event in trace.events if any(one.decides for one in event.checks)]
    assert (refused.run, refused.act) == (VICTIM, Act.STEP_7)
    assert [one.check.id for one in refused.checks if one.decides] == ["callback.state_same"]
    assert trace.verdict.sentence == (
        "One of the two logins worked: tab 2. Tab 1 ended at step 6: “the state is the one the app sent” did not hold."
    )


def test_two_devices_have_nothing_in_common_but_the_user() -> None:
    random = Random("devices")
    for client in CLIENTS:
        moves = interleaved(random, ("victim", "device 2", "device 3"))
        assert worked(played(moves, client=client)) == set(moves)


def test_an_order_is_read_and_written_and_means_the_same() -> None:
    random = Random("orders")
    words = ["victim", "tab2*3", "tab2:7", "window2:3", "device8", "refresh1:R1", "step-up1", "victim:lose-answer"]
    for _ in range(200):
        text = " ".join(random.choices(words, k=random.randrange(12)))
        turns = order.parse(text)
        assert order.parse(order.text_of(turns)) == turns
        assert order.text_of(order.parse(order.text_of(turns))) == order.text_of(turns)


WRONG = [
    ("nap", "there is no run 'nap' that could have a turn"),
    ("tab1", "the user's first login is victim"),
    ("tab", "the user's first login is victim"),
    ("tab9", "tab2 to tab8"),
    ("victim2", "the user's first login is victim, without a number"),
    ("refresh1", "the plan has no refresh 1, so it has no turn; add refresh to later"),
    ("refresh", "with its number, for example refresh1"),
    ("tab2:99", "behind a colon stands a step"),
    ("tab2:step", "behind a colon stands a step"),
    ("tab2*0", "1 to 400 moves at a time"),
    ("tab2*399 victim*2", "an order has at most 400 turns"),
    ("victim " * 300, "order must be at most 2000 characters"),
    ("TAB2", "an order is made of words such as"),
    ("tab2:", "an order is made of words such as"),
    ("tab 2", "the user's first login is victim"),
    ("tab２", "an order is made of words such as"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text[:20] for text, _ in WRONG])
def test_an_order_that_makes_no_sense_is_one_clear_sentence(text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        Scenario(order=text)
    assert said in str(refused.value)
    assert str(refused.value).isprintable()


# ---- One chooses whose step comes next


def walk(random: Random, simulation: Simulation, moves: int) -> None:
    for _ in range(moves):
        names = [*simulation.may_move, *(run for run in RUNS[1:] if run not in simulation.world.runs)]
        # An attacker moves first, and may take what this run waits for.
        with suppress(ScenarioError) if simulation.scenario.attacker else nullcontext():
            simulation.step(random.choice(names))


@pytest.mark.parametrize("seed", range(12))
def test_what_somebody_steps_through_comes_again_byte_for_byte(seed: int) -> None:
    random = Random(seed)
    setups: list[dict[str, Any]] = [
        {"client": "web", "transactions": "cookie"},
        {"client": "spa", "discovery": "openid", "transactions": "tab"},
        {"scope": OFFLINE, "later": "refresh refresh call logout", "server_atomic": False},
        {"later": "after 6: 2m", "attacker": "code-interception"},
        {"client": "web", "later": "app-logout login", "logins_per_browser": "many", "dpop": "tokens"},
    ]
    simulation = Simulation(seed=7, **random.choice(setups))
    walk(random, simulation, random.randrange(5, 30))
    trace = simulation.run()
    text = json.dumps(trace_json(trace))
    assert json.dumps(trace_json(Simulation(trace.scenario).run())) == text
    assert replay.differences(text) == ()
    simulation.goto(random.randrange(len(trace.events)))
    fork = simulation.fork("fork")
    assert fork.run().events == trace.events


def test_the_step_of_a_run_is_that_of_this_run_and_stands_in_the_order() -> None:
    simulation = Simulation(seed=7)
    for run in ("victim", "tab 2", "tab2", "victim"):
        event = simulation.step(run)
        assert event is not None
        assert order.word_of(event.run) == order.word_of(run)
    assert simulation.scenario.order == "victim tab2*2 victim"
    assert simulation.may_move == ("victim", "tab 2")


def test_who_steps_back_can_go_another_way() -> None:
    simulation = Simulation(seed=7, order="victim:2 tab2:2")
    kept = simulation.run()
    simulation.goto(3)
    assert simulation.step("tab 2") == kept.events[3]
    simulation.goto(3)
    event = simulation.step("victim")
    assert event is not None
    assert (event.run, event.act, event.index) == ("victim", Act.STEP_3, 4)
    assert simulation.scenario.order == "victim*2 tab2 victim tab2:2"
    assert simulation.run().events[:3] == kept.events[:3]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("nobody", "step: there is no run 'nobody' that could have a turn"),
        ("attacker", "step: there is no run 'attacker' that could have a turn"),
        ("refresh 1", "step: the plan has no refresh 1, so it has no turn"),
        ("tab 1", "step: the user's first login is victim"),
        ("victim", "victim has no move after move 11: it has ended with “data received”"),
        (7, "a step is that of a run"),
    ],
)
def test_a_run_that_cannot_move_is_one_clear_sentence_and_nothing_has_changed(run: Any, said: str) -> None:
    simulation = Simulation(seed=7)
    trace = simulation.run()
    with pytest.raises(ScenarioError) as refused:
        simulation.step(run)
    assert said in str(refused.value)
    assert simulation.trace.worlds == trace.worlds


# ---- Short runs of the plan overlap, and logins end in a tab that is not theirs


@pytest.mark.parametrize("seed", range(30))
def test_any_order_of_any_plan_comes_to_an_end_and_can_be_played_again(seed: int) -> None:
    random = Random(f"plans {seed}")
    kinds = ["refresh", "call", "logout", "app-logout", "server-logout", "password", "keys", "login", "other-app", "1m"]
    plan = random.sample(kinds, random.randrange(1, 6)) + random.choices(["refresh", "call"], k=2)
    named = Counter("wait" if kind == "1m" else kind for kind in plan)
    runs = [f"{kind}{number + 1}" for kind, count in named.items() for number in range(count)]
    words = random.choices([*runs, "victim", "victim:9", "tab2", "tab2:7", "tab2*5", "device2:9"], k=25)
    trace = Simulation(
        seed=7,
        client=random.choice(CLIENTS),
        scope=OFFLINE,
        later=" ".join(plan),
        order=" ".join(words),
        remembered=random.choice(("nothing", "from-now")),
        server_atomic=random.random() < 0.5,
        single_flight=random.random() < 0.5,
    ).run()
    assert trace.over
    assert trace.verdict.sentence
    assert replay.differences(json.dumps(trace_json(trace))) == ()


def test_an_app_whose_user_has_logged_out_in_another_tab_goes_without_the_data() -> None:
    trace = Simulation(seed=7, later="app-logout", order="victim:9 app-logout1").run()
    assert trace.events[-1].act is Act.GO_WITHOUT
    assert trace.worlds[-1].runs[VICTIM].state is State.SESSION_OVER
    assert trace.verdict.sentence == "The login ended: the user logged out of the app before it had called the API."


# ---- Where a login under way is kept: what is in the cookie


def test_a_website_that_keeps_nothing_believes_no_cookie_but_its_own() -> None:
    simulation = Simulation(seed=7, client="web", transactions="cookie")
    simulation.at_step(3)
    app, browser = simulation.world.clients["https://web.example"], simulation.world.browsers[VICTIM]
    assert not app.transactions
    ((name, value),) = [
        (name, value)
        for name, value in browser.cookies["https://web.example"].items()
        if name.startswith("__Host-login-")
    ]
    who, login = pending_logins.opened(value, app.cookie_key)
    assert login is not None
    assert login.state is not None
    assert name == f"__Host-login-{login.state[:8]}"
    assert pending_logins.signed(app.cookie_key or b"", who, login) == value
    for wrong in (
        value[:-1],
        value.replace(who, "somebody"),
        f"{value}&who=me",
        "",
        "&mac=",
        value.replace("&mac=", ""),
    ):
        assert pending_logins.opened(wrong, app.cookie_key) == ("", None)
    assert pending_logins.opened(value, b"another key") == ("", None)


def test_a_cookie_says_all_that_the_app_would_have_remembered() -> None:
    settings: dict[str, Any] = {
        "client": "web",
        "dpop": "code",
        "acr": "one-time-code",
        "max_age": 600,
        "api": "photos",
    }
    kept = Simulation(seed=7, transactions="state", login="one-time-code", **settings)
    given = Simulation(seed=7, transactions="cookie", login="one-time-code", **settings)
    for one in (kept, given):
        one.at_step(3)
    key = given.world.clients["https://web.example"].cookie_key
    jar = given.world.browsers[VICTIM].cookies["https://web.example"].values()
    (read,) = [login for value in jar if (login := pending_logins.opened(value, key)[1])]
    (remembered,) = kept.world.clients["https://web.example"].transactions.values()
    assert read == remembered
    assert worked(given.run()) == {"victim"}


@pytest.mark.parametrize("client", CLIENTS)
def test_what_a_page_keeps_in_its_tab_is_lost_where_the_answer_comes_in_another(client: str) -> None:
    for kept in KEPT[client]:
        settings: dict[str, Any] = {"client": client, "transactions": kept}
        trace = Simulation(seed=7, answer_tab="new", **settings).run()
        assert (worked(trace) == set()) is (kept == "tab")
        if kept == "tab":
            assert trace.verdict.stopped_by == "callback.transaction_exists"


WRONG_PLACES = [
    ({"client": "web", "transactions": "tab"}, "has no sessionStorage"),
    ({"client": "native-scheme", "transactions": "tab"}, "has no sessionStorage"),
    ({"client": "spa", "transactions": "cookie"}, "sets no cookies"),
    ({"transactions": "state", "state": False}, "without a state"),
    ({"client": "web", "transactions": "state", "session_in_link": True}, "choose browser for transactions"),
]


@pytest.mark.parametrize(("settings", "said"), WRONG_PLACES, ids=[said for _, said in WRONG_PLACES])
def test_an_app_keeps_its_logins_only_where_it_can(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        Scenario(**settings)


# ---- What is told of it


def test_everything_says_in_which_tab_something_happens_and_nothing_does_where_there_is_one() -> None:
    several = Simulation(seed=7, order="victim:2 tab2:2 device2").run()
    told: Any = trace_json(several)
    assert {event["run"]: event["login"] for event in told["events"]} == {
        "victim": "tab 1",
        "tab 2": "tab 2",
        "device 2": "device 2",
    }
    lines = summary(several).splitlines()[: len(several.events)]
    assert all(f"[{event['login']}] " in line for event, line in zip(told["events"], lines, strict=True))
    pages = har(several)["log"]
    assert {page["id"].partition("_event_")[0] for page in pages["pages"]} == {"tab_1", "tab_2", "device_2"}
    assert {entry["pageref"] for entry in pages["entries"]} <= {page["id"] for page in pages["pages"]}
    drawn = sequence_source(several)
    assert all(f"track login-{number}" in drawn for number in range(3))
    alone = Simulation(seed=7).run()
    assert not any("login" in event for event in trace_json(alone)["events"])
    assert "[" not in summary(alone)
    assert "track" not in sequence_source(alone)


def test_a_support_engineer_gets_a_page_for_each_tab() -> None:
    log = capture(Simulation(seed=7, client="spa", order="victim:3 tab2:3", logins_per_browser="many").run())["log"]
    assert [page["id"] for page in log["pages"]] == ["page_1", "page_2"]
    assert {entry["pageref"] for entry in log["entries"]} == {"page_1", "page_2"}


def test_a_refused_login_says_which_other_tab_has_taken_its_place() -> None:
    app = Simulation(seed=7, order="victim:2 tab2:2").run()
    refused = next(one for one in narration.told(app) if one.event.after is State.REDIRECT_REFUSED)
    assert "is the one in tab 2, which has begun since" in narration.text(refused)
    server = Simulation(seed=7, order="victim:4 tab2:4 victim:5", transactions="state").run()
    refused = next(one for one in narration.told(server) if one.event.after is State.ERROR_PAGE)
    assert "by one cookie, and the one it has now is that of tab 2" in narration.text(refused)


def test_whose_step_comes_next_is_chosen_at_the_bench() -> None:
    session = BenchSession(seed=7, order="victim:2 tab2:2")
    assert session.show(position=3)
    assert session.may_move == {"tab 1": "victim", "tab 2": "tab 2"}
    assert session.may_begin == {"tab": "tab 3", "window": "window 2", "device": "device 2"}
    assert session.play_next("victim")
    assert (session.position, session.settings.order) == (4, "victim*2 tab2 victim tab2:2")
    assert session.play_next("tab 2")
    assert (session.position, session.settings.order) == (5, "victim*2 tab2 victim tab2:2")
    assert session.fork_here()
    assert session.play_next("device 2")
    assert session.trace.events[5].run == "device 2"
    assert worked(session.trace) == {"tab 2", "device 2"}
    before = session.settings
    assert not session.play_next("tab 9")
    assert "tab2 to tab8" in session.problem
    assert session.settings == before


def test_where_there_is_one_login_nobody_is_asked_whose_step_comes_next() -> None:
    session = BenchSession(seed=7)
    assert session.may_move == {}
    assert session.play_next("tab 2")
    assert session.may_move == {"tab 1": "victim", "tab 2": "tab 2"}


def test_a_login_is_another_one_only_where_one_was_begun_before() -> None:
    for sequence, titles in (
        ("login1:3 victim:11", ["The user clicks “Log in”"] * 2),
        ("victim:3 login1:11", ["The user clicks “Log in”", "The user clicks “Log in” again"]),
    ):
        told = narration.told(Simulation(seed=7, later="login", order=sequence).run())
        assert [narration.title(one) for one in told if one.event.act is Act.STEP_1] == titles
