"""Actions of the server: what they may add, how they deny, and what is refused in one clear sentence."""

from collections import UserDict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from frozendict import frozendict

from flowsim import ScenarioError
from flowsim.analysis.counterexamples.edits import played
from flowsim.model import hooks, own_code
from flowsim.model.authentication import ACR
from flowsim.model.hooks import ACTIONS, Claims, Deny, Login, action
from flowsim.model.scenario import LAST_SECOND
from flowsim.model.states import Act, State
from flowsim.model.world import VICTIM
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Response, query_of, single
from flowsim.simulation.simulation import Simulation
from flowsim.views.text.transcript import summary
from tests.kit.worlds import simulation

ROLE = "https://as.example/role"
NOON = int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp())
MIDNIGHT = NOON + 12 * 3600


@pytest.fixture
def registry() -> Iterator[None]:
    """Whatever a test registers is gone after it."""
    before = dict(ACTIONS)
    yield
    ACTIONS.clear()
    ACTIONS.update(before)


def test_claims_reach_both_tokens_and_outlive_a_refresh() -> None:
    trace = played(actions=("add-role",), scope="openid read:messages offline_access", later="refresh")
    made = [(one.kind, one.value) for event in trace.events for one in event.made]
    texts = [value for kind, value in made if kind in ("access_token", "id_token")]
    assert len(texts) == 4
    for text in texts:
        token = signed_tokens.read(text)
        assert token is not None
        assert token.claims[ROLE] == "owner"


def test_each_action_is_an_event_of_its_own_between_steps_5_and_6() -> None:
    trace = played(actions=("add-role", "only-example-mail"))
    acts = [event.act for event in trace.events[4:8]]
    assert acts == [Act.STEP_5, Act.RUN_ACTION, Act.RUN_ACTION, Act.STEP_6]
    assert "The server runs the action “add-role”" in summary(trace)
    assert [event.detail for event in trace.events if event.act is Act.RUN_ACTION] == ["add-role", "only-example-mail"]


def test_a_denied_login_ends_with_an_error_at_the_app_and_without_a_code() -> None:
    assert played(actions=("deny-at-night",), start=NOON).verdict.tone == "good"
    trace = played(actions=("deny-at-night", "add-role"), start=MIDNIGHT)
    world = trace.worlds[-1]
    assert world.runs[VICTIM].state is State.AUTHORIZATION_FAILED
    assert not next(iter(world.servers.values())).grants
    assert "access_denied" in trace.verdict.sentence
    redirect = next(event for event in trace.events if event.act is Act.STEP_6).messages[0].message
    assert isinstance(redirect, Response)
    assert single(query_of(redirect.location), "error") == "access_denied"


@pytest.mark.usefixtures("registry")
def test_a_learners_own_action_is_told_who_logged_in() -> None:
    told: list[Login] = []

    @action("mine")
    def mine(login: Login) -> Claims:
        told.append(login)
        return Claims({"https://mine.example/seen": True})

    trace = played(actions=("mine",), start=NOON)
    assert trace.verdict.tone == "good"
    assert told[0] == Login(
        sub="user-alice",
        username="alice",
        email="alice@example.com",
        client_id="photo-app",
        scope=("openid", "profile", "read:messages"),
        time=datetime(2026, 1, 1, 12, tzinfo=UTC),
    )


@pytest.mark.usefixtures("registry")
def test_an_action_may_want_another_kind_of_login_and_the_app_gets_it_by_asking_for_it() -> None:
    @action("only-with-a-code")
    def only_with_a_code(login: Login) -> Claims | Deny:
        return Claims({}) if login.acr == ACR["one-time-code"] else Deny("log in with a one-time code")

    assert played(actions=("only-with-a-code",)).verdict.tone == "neutral"
    assert played(actions=("only-with-a-code",), login="one-time-code").verdict.tone == "neutral", "nobody asked how"
    assert played(actions=("only-with-a-code",), acr="password").verdict.tone == "neutral"
    assert played(actions=("only-with-a-code",), acr="one-time-code").verdict.tone == "good"


def nested(levels: int) -> list[Any]:
    """A list in a list, so often."""
    inner: list[Any] = []
    for _ in range(levels):
        inner = [inner]
    return inner


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "must give Claims(…) or Deny(…), not NoneType"),
        (Claims({"role": "x"}), "adds a claim named 'role'; the name must be a web address"),
        (Claims({"sub": "somebody-else"}), "adds a claim named 'sub'"),
        (Claims({ROLE: {1}}), "adds a claim that JSON cannot hold"),
        (Claims({ROLE: float("nan")}), "adds a claim that JSON cannot hold"),
        (Claims({ROLE: [float("-inf")]}), "adds a claim that JSON cannot hold"),
        (Claims({ROLE: "\ud800"}), "adds a claim that JSON cannot hold"),
        (Claims({ROLE: nested(100)}), "adds a claim that JSON cannot hold"),
        (Claims({ROLE: nested(5000)}), "adds a claim that JSON cannot hold"),
        (Claims(5), "must give Claims of names and values, not of int"),  # type: ignore[arg-type]
        (Claims({ROLE: "x" * 3000}), "at most 2000 fit into a token"),
        (Deny('confirm your “e-mail” first: see "help"\\faq'), r"it has '\u201c'; write it with letters"),
        (Deny('see "help"'), "it has '\"'; write it with letters"),
        (Deny("line\nbreak"), r"it has '\n'; write it with letters"),
        (Deny("\ud800"), r"it has '\ud800'; write it with letters"),
        (Deny(""), "a reason that cannot be sent: it is empty"),
        (Deny(None), "a reason that is no text but NoneType"),  # type: ignore[arg-type]
        (Deny("no" * 300), "a reason of 600 characters; at most 400 are sent"),
        (Claims({5: "x"}), "adds a claim named '5'; the name must be a web address"),  # type: ignore[dict-item]
    ],
)
def test_an_action_that_breaks_the_rules_is_told_so(said: Any, reason: str) -> None:
    action("bad")(lambda login: said)
    run = simulation(actions=("bad",))
    run.goto(5)
    with pytest.raises(ScenarioError, match="the action bad") as raised:
        run.step()
    assert reason in str(raised.value)
    assert run.position == 5


@pytest.mark.usefixtures("registry")
def test_an_action_that_fails_is_told_so() -> None:
    @action("broken")
    def broken(login: Login) -> Claims:
        return Claims({ROLE: login.scope[9]})

    run = simulation(actions=("broken",))
    with pytest.raises(ScenarioError, match="the action broken failed with IndexError: tuple index out of range"):
        run.run()


@pytest.mark.usefixtures("registry")
def test_an_action_that_never_ends_is_stopped_and_the_simulation_stays_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_code, "SECONDS", 0.1)

    class Endless(UserDict[str, str]):
        def __iter__(self) -> Iterator[str]:
            while True:
                pass

    def loops(login: Login) -> Claims:
        while True:
            pass

    for name, function in (("loops", loops), ("endless", lambda login: Claims(Endless()))):
        action(name)(function)
        run = simulation(actions=(name,))
        run.goto(5)
        with pytest.raises(ScenarioError, match=f"^the action {name} took more than 0.1 seconds and was stopped"):
            run.step()
        assert run.position == 5


@pytest.mark.usefixtures("registry")
def test_what_an_action_keeps_and_changes_afterwards_changes_no_world() -> None:
    kept = {ROLE: {"teams": ["blue"]}}
    action("mine")(lambda login: Claims(kept))
    run = simulation(actions=("mine",))
    run.goto(6)
    before = run.world
    kept[ROLE]["teams"].append("red")
    kept["https://mine.example/more"] = {}
    claims = [grant.claims for grant in next(iter(before.servers.values())).grants.values()]
    assert claims == [frozendict({ROLE: frozendict(teams=("blue",))})]
    token = next(one.value for event in run.run().events for one in event.made if one.kind == "access_token")
    read = signed_tokens.read(token)
    assert read is not None
    assert read.claims[ROLE] == {"teams": ["blue"]}


def test_what_an_action_is_told_ends_with_the_year_9999() -> None:
    assert hooks.at(LAST_SECOND + 7200) == hooks.at(LAST_SECOND)
    assert hooks.at(LAST_SECOND).isoformat() == "9999-12-31T23:59:59+00:00"


def test_an_unknown_action_and_too_many_are_refused_at_once() -> None:
    with pytest.raises(ScenarioError, match="did you mean add-role"):
        simulation(actions=("add-rol",))
    with pytest.raises(ScenarioError, match="actions must be at most 10 names, not 11"):
        simulation(actions=("add-role",) * 11)


def test_a_denial_gives_its_reason() -> None:
    login = Login(sub="x", username="x", email="x@evil.example", client_id="c", scope=(), time=hooks.at(NOON))
    assert hooks.run("only-example-mail", login) == Deny("this app is for example.com only")
    assert hooks.run("add-role", login) == Claims({ROLE: "guest"})


def test_a_branch_keeps_its_name_whatever_actions_run() -> None:
    assert Simulation(seed=7, actions=("add-role",)).name == "login"


def test_a_reason_of_a_class_of_ones_own_is_the_plain_text_that_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unspeakable(str):
        __slots__ = ()

        def __str__(self) -> str:
            raise ArithmeticError("no")

    monkeypatch.setitem(ACTIONS, "mine", lambda login: Deny(Unspeakable("not today")))
    assert "error_description=not+today" in repr(Simulation(seed=7, actions=("mine",)).run().events)
