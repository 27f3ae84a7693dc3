"""The model behind the bench: changes, forks, injections; what is refused changes nothing, what shows nothing says so."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim import Scenario, ScenarioError
from flowsim.analysis.counterexamples.edits import played
from flowsim.session.session import LONGEST_NAME, BenchSession
from tests.kit.worlds import CLIENTS, METHODS, PUBLIC, simulation

STOLEN, TITLE = "code-interception", "the code is stolen"
Act = Callable[[BenchSession], bool]


def experiment(position: int = 0, **changes: Any) -> BenchSession:
    """An experiment with seed 7 and these settings, seen at this position."""
    made = BenchSession(Scenario(**{"seed": 7, **changes}))
    assert made.show(position=position)
    return made


def everything(made: BenchSession) -> tuple[Any, ...]:
    """All that a change could have changed."""
    here = made.branch, made.title, made.position
    return made.settings, titles(made), here, made.ready, made.about, made.hint, made.trace


def names(made: BenchSession) -> list[str]:
    return list(made.branches)


def titles(made: BenchSession) -> dict[str, str]:
    """The name of every branch that is shown, and what stands on its tab."""
    return {branch["name"]: branch["title"] for branch in made.payload()["branches"] if not branch["hidden"]}


def test_it_begins_at_the_start_of_one_login() -> None:
    made = BenchSession(client="spa", seed=7)
    assert (made.branches, made.branch, made.position, made.problem, made.hint) == (("login",), "login", 0, "", "")
    assert made.settings == Scenario(client="spa", seed=7)
    assert made.trace == played(client="spa")
    assert repr(made) == "BenchSession('login', move 0 of 11)"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"client": "web", "attacker": "decompiled-secret"}, "keeps its secret on its own server"),
        ({"client": "sap"}, "unknown client 'sap'; did you mean spa?"),
        ({"without": {"token.verifier_fit"}}, "did you mean token.verifier_fits?"),
        ({"colour": "red"}, "unknown setting 'colour'"),
        ({"ready": "code-interceptor"}, "did you mean code-interception?"),
    ],
)
def test_what_makes_no_sense_from_the_beginning_is_raised(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        BenchSession(**wrong)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"client": "web"},
        {"pkce": "none"},
        {"pkce": "none", "pkce_required": True},
        {"attacker": "code-and-request"},
        {"without": {"token.verifier_fits", "api.scope"}},
        {"user": "denies"},
        {"login": "one-time-code"},
        {"scope": "openid"},
        {"state": False},
        {"nonce": False},
        {"iss": False},
        {"shipped_secret": True},
        {"seed": 8},
        {"seed": "rain"},
    ],
)
def test_a_change_plays_the_login_again_and_one_stays_where_one_was(change: dict[str, Any]) -> None:
    made = experiment(5)
    assert made.change(**change)
    assert made.trace == simulation(**change).played()
    assert (made.branches, made.branch, made.position, made.problem) == (("login",), "login", 5, "")
    assert made.change(**{name: getattr(Scenario(seed=7), name) for name in change})
    assert made.trace == played()


def test_one_stands_at_the_end_of_a_login_that_has_become_shorter() -> None:
    made = experiment(10)
    assert made.change(user="denies")
    assert made.position == len(made.trace.events) == 7


MISSPELT: dict[str, Any] = {"pcke": "none"}
REFUSED: list[tuple[dict[str, Any], int, Act, str]] = [
    ({"client": "web"}, 0, lambda made: made.change(attacker="decompiled-secret"), "Choose a native client or spa."),
    ({"client": "web"}, 0, lambda made: made.change(shipped_secret=True), "so none is shipped with an app;"),
    ({"shipped_secret": True}, 3, lambda made: made.change(client="web"), "choose a native client or spa"),
    (
        {"attacker": "decompiled-secret"},
        3,
        lambda made: made.change(client="web"),
        "The attack decompiled-secret needs",
    ),
    (
        {"attacker": "decompiled-secret"},
        3,
        lambda made: made.change(shipped_secret=False),
        "The attack decompiled-secret works only with shipped secret on, not off; choose another attacker first.",
    ),
    ({}, 3, lambda made: made.change(client="sap"), "Unknown client 'sap'; did you mean spa?"),
    ({}, 3, lambda made: made.change(pkce="none", client="sap"), "Unknown client 'sap'; did you mean spa?"),
    ({}, 3, lambda made: made.change(attacker="code-interceptor"), "did you mean code-interception?"),
    ({}, 3, lambda made: made.change(without={"token.verifier_fit"}), "did you mean token.verifier_fits?"),
    ({}, 3, lambda made: made.change(**MISSPELT), "Unknown setting 'pcke'; did you mean pkce?"),
    ({}, 3, lambda made: made.change(seed="\udcff"), "Seed must be text that UTF-8 can write"),
    ({}, 8, lambda made: made.inject_here(), "code-interception comes too late after move 8: the redirect with the"),
    ({}, 3, lambda made: made.inject_here("xyz"), "Unknown attack 'xyz'; expected one of: code-interc"),
    ({"attacker": "code-interception"}, 3, lambda made: made.inject_here(), "has an attacker already: code-interc"),
    ({}, 3, lambda made: made.fork_here("login"), "There is a branch 'login' already; choose another name."),
    ({}, 3, lambda made: made.fork_here("x" * 41), "A branch name is up to 40 characters that can be seen, not 'xxx"),
    ({}, 3, lambda made: made.fork_here("a\u202eb"), "A branch name is up to 40 characters that can be seen"),
    ({}, 3, lambda made: made.fork_here("\udcff"), "A branch name is up to 40 characters that can be seen"),
    ({}, 3, lambda made: made.remove_here(), "All other branches were made from 'login', so it stays;"),
    ({}, 3, lambda made: made.make_ready("burglary"), "Unknown attack 'burglary'"),
    ({}, 3, lambda made: made.show("logn"), "Unknown branch 'logn'; did you mean login?"),
    (
        {},
        3,
        lambda made: made.show(position=12),
        "A position in branch 'login' is 0 to 11, its number of moves, not 12.",
    ),
    ({}, 3, lambda made: made.show(position=-1), "is 0 to 11, its number of moves, not -1."),
    ({}, 3, lambda made: made.show(STOLEN, 99), "A position in branch 'code-interception' is 0 to 10, its number of"),
]


@pytest.mark.parametrize(("start", "position", "act", "problem"), REFUSED)
def test_what_is_refused_changes_nothing_and_says_why(
    start: dict[str, Any], position: int, act: Act, problem: str
) -> None:
    made = experiment(position, **start)
    before = everything(made)
    assert not act(made)
    assert everything(made) == before
    assert problem in made.problem
    assert "\n" not in made.problem
    assert made.problem.endswith((".", "?"))
    assert made.show(position=position)
    assert made.problem == ""


def test_a_fork_goes_its_own_way_from_here_and_one_looks_at_it() -> None:
    made = experiment(6)
    login = made.trace
    assert made.fork_here("  with\tplain ")
    assert (made.branch, made.position, made.branches) == ("with plain", 6, ("login", "with plain"))
    assert made.trace.worlds == login.worlds
    assert made.about == "“with plain” leaves “login” after step 6 and is the same so far: change a setting."
    assert made.change(pkce="plain")
    assert made.about == "“with plain” leaves “login” after step 6 and differs in: PKCE method."
    assert made.trace.worlds == played(pkce="plain").worlds
    assert made.show("login")
    assert (made.settings.pkce, made.trace) == ("S256", login)


def test_a_fork_without_a_name_gets_one_that_is_free() -> None:
    made = experiment()
    for number in ("", "2", "3"):
        assert made.show("login")
        assert made.fork_here()
        assert made.branch == "-".join(["fork-at-the-start", *number])
        assert made.title == " ".join(["fork at the start", *number])
    assert made.show("login", 6)
    assert made.fork_here(" ")
    assert (made.branch, made.title) == ("fork-after-step-6", "fork after step 6")
    assert max(map(len, made.branches)) <= LONGEST_NAME


def test_a_branch_follows_the_one_it_was_made_from_but_for_its_own_settings() -> None:
    made = experiment(2)
    made.fork_here("none")
    made.change(pkce="none")
    made.fork_here("none, denied")
    made.change(user="denies")
    made.show("login")
    made.change(client="spa", pkce="plain")
    seen = {
        name: (made.show(name), made.settings.client, made.settings.pkce, made.settings.user)[1:]
        for name in made.branches
    }
    assert seen == {
        "login": ("spa", "plain", "accepts"),
        "none": ("spa", "none", "accepts"),
        "none, denied": ("spa", "none", "denies"),
    }
    assert made.trace.worlds == played(client="spa", pkce="none", user="denies").worlds


def test_a_setting_that_is_put_back_follows_again() -> None:
    made = experiment()
    made.fork_here("other")
    made.change(pkce="none")
    made.change(pkce="S256")
    made.show("login")
    made.change(pkce="plain")
    made.show("other")
    assert made.settings.pkce == "plain"


@pytest.mark.parametrize("position", [0, 3, 6])
@pytest.mark.parametrize("attacker", ["code-interception", "code-and-request", "decompiled-secret"])
def test_an_attacker_is_injected_as_a_simulation_injects_it(attacker: str, position: int) -> None:
    made = experiment(position, client="spa", pkce="none")
    login = simulation(client="spa", pkce="none")
    login.goto(position)
    assert made.inject_here(attacker)
    assert made.trace == login.inject(attacker).played()
    assert (made.position, made.settings.attacker) == (position, attacker)
    assert made.settings.shipped_secret == (attacker == "decompiled-secret")
    assert made.show("login")
    assert made.trace == login.played()


def test_another_attacker_comes_in_at_the_same_place_and_gives_the_branch_its_title() -> None:
    made = experiment(6, pkce="none")
    made.inject_here()
    made.fork_here("later")
    made.show(STOLEN)
    assert made.change(attacker="decompiled-secret")
    assert titles(made) == {"login": "login", STOLEN: "the secret is taken out of the app", "later": "later"}
    assert (made.branch, made.title, made.position) == (STOLEN, "the secret is taken out of the app", 6)
    assert made.change(attacker=None)
    assert titles(made) == {"login": "login", STOLEN: "login again", "later": "later"}
    assert made.trace.worlds == played(pkce="none").worlds
    assert made.change(attacker="code-interception")
    assert made.trace.worlds == played(pkce="none", attacker="code-interception").worlds


def test_a_branch_that_has_a_name_of_its_own_keeps_it() -> None:
    made = experiment(6, pkce="none")
    made.inject_here(name="burglary")
    assert made.change(attacker="decompiled-secret")
    assert (made.branch, made.title) == ("burglary", "burglary")


def test_two_branches_that_are_called_after_one_attacker_can_be_told_apart() -> None:
    made = experiment(6, pkce="none")
    for _ in range(2):
        assert made.show("login")
        assert made.inject_here()
    assert titles(made) == {"login": "login", STOLEN: TITLE, f"{STOLEN}-2": f"{TITLE} 2"}
    assert made.about.startswith("“the code is stolen 2” is “login” with an attacker")
    assert not made.inject_here()
    assert made.problem.startswith("Branch 'the code is stolen 2' has an attacker already: code-interception;")
    assert made.show("login")
    for taken in (STOLEN, TITLE, f"{TITLE} 2"):
        assert not made.fork_here(taken)
        assert made.problem == f"There is a branch {taken!r} already; choose another name."
    assert made.show(STOLEN)
    assert made.change(attacker="code-and-request")
    assert titles(made)[STOLEN] == "the code is stolen and the request was seen"
    assert titles(made)[f"{STOLEN}-2"] == TITLE
    assert (made.payload()["branches"][0]["inject"], made.make_ready("code-and-request")) == (f"{STOLEN}-2", True)
    assert made.payload()["branches"][0]["inject"] == STOLEN


def test_a_branch_that_cannot_be_is_left_out_and_comes_back() -> None:
    made = experiment(6, pkce="none")
    made.inject_here()
    made.fork_here("after the theft")
    made.show("login")
    assert made.change(user="denies")
    assert names(made) == ["login"]
    assert f"The branch “{TITLE}” is left out for now: code-interception comes too late" in made.hint
    assert (
        "“after the theft” is left out for now: it was made from 'the code is stolen', which is left out" in made.hint
    )
    for taken in (STOLEN, TITLE):
        assert not made.fork_here(taken)
    assert made.change(user="accepts")
    assert names(made) == ["login", STOLEN, "after the theft"]
    assert made.hint == ""


def test_a_branch_made_late_stays_at_the_end_of_a_shorter_one() -> None:
    made = experiment(10)
    made.fork_here("late")
    made.show("login")
    made.change(user="denies")
    assert made.show("late")
    assert (made.position, len(made.trace.events)) == (7, 7)


def test_all_branches_have_the_same_random_values() -> None:
    made = BenchSession()
    made.fork_here("other")
    before = made.trace.worlds
    made.change(client="spa")
    made.change(client="native-scheme")
    assert made.trace.worlds == before
    seeds = [made.settings.seed]
    made.change(seed=7)
    assert made.trace.worlds == played().worlds
    made.show("login")
    assert [*seeds, made.settings.seed] == [None, 7]
    assert made.trace == played()
    made.change(seed=None)
    assert made.trace.events != played().events


def test_a_branch_is_removed_with_those_made_from_it() -> None:
    made = experiment(4)
    made.fork_here("one")
    made.fork_here("two")
    made.show("login")
    made.fork_here("three")
    made.show("one")
    assert made.remove_here()
    assert (made.branches, made.branch, made.position) == (("login", "three"), "login", 4)


def test_the_attack_behind_the_button_becomes_a_branch_when_it_is_shown() -> None:
    made = experiment(8, pkce="none")
    assert made.payload()["branches"][0]["inject"] == STOLEN
    assert made.show(STOLEN, 7)
    assert (made.branches, made.settings.attacker) == (("login", STOLEN), "code-interception")
    login = simulation(pkce="none")
    login.goto(6)
    assert made.trace == login.inject().played()
    assert (made.branch, made.title) == (STOLEN, TITLE)
    assert made.about == "“the code is stolen” is “login” with an attacker who comes in after step 6."
    assert [(branch["name"], branch["hidden"]) for branch in made.payload()["branches"]] == [
        ("login", False),
        (STOLEN, False),
    ]
    assert made.payload()["branches"][0]["inject"] == STOLEN


def test_the_payload_has_every_branch_and_the_place_in_view() -> None:
    made = experiment(6)
    made.fork_here("none")
    made.change(pkce="none")
    payload = made.payload()
    json.dumps(payload)
    assert [branch["name"] for branch in payload["branches"]] == ["login", "none", STOLEN, f"{STOLEN}-2"]
    assert [branch["trace"]["scenario"]["pkce"] for branch in payload["branches"]] == ["S256", "none", "S256", "none"]
    assert [branch["inject"] for branch in payload["branches"]] == [STOLEN, f"{STOLEN}-2", None, None]
    assert payload["view"] == {"branch": "none", "position": 6}
    made.show("login", 3)
    assert made.payload() == payload | {"view": {"branch": "login", "position": 3}}


def test_another_attack_waits_behind_the_button() -> None:
    made = experiment(6, pkce="none")
    assert made.make_ready("code-and-request")
    title = "the code is stolen and the request was seen"
    assert made.payload()["branches"][0]["inject"] == "code-and-request"
    assert made.inject_here()
    assert (made.branch, made.title, made.payload()["branches"][0]["inject"]) == (
        "code-and-request",
        title,
        "code-and-request",
    )
    made.change(attacker="code-interception")
    assert titles(made) == {"login": "login", "code-and-request": TITLE}
    waiting = made.payload()["branches"][-1]
    assert (waiting["name"], waiting["title"], waiting["hidden"]) == ("code-and-request-2", title, True)
    assert made.payload()["branches"][0]["inject"] == "code-and-request-2"
    assert made.show("code-and-request-2")
    assert (made.title, made.settings.attacker) == (title, "code-and-request")


@pytest.mark.parametrize("name", [STOLEN, TITLE])
def test_a_branch_that_only_has_the_name_of_the_attack_is_not_behind_the_button(name: str) -> None:
    made = experiment()
    made.fork_here(name)
    branches, inject = made.payload()["branches"], made.payload()["branches"][0]["inject"]
    assert [(branch["name"], branch["title"]) for branch in branches[:2]] == [("login", "login"), (name, name)]
    waiting = branches[2]
    assert (waiting["name"], waiting["hidden"], waiting["attack"]) == (inject, True, True)
    assert len({branch["name"] for branch in branches}) == len({branch["title"] for branch in branches}) == 3
    assert made.show(inject, 7)
    assert names(made) == ["login", name, inject]
    assert made.settings.attacker == "code-interception"


def test_a_branch_that_the_attack_has_become_is_the_one_behind_the_button_and_no_other() -> None:
    made = experiment(3, pkce="none")
    assert made.inject_here(name="burglary")
    assert made.payload()["branches"][0]["inject"] == STOLEN
    assert made.show("login")
    assert made.inject_here()
    assert [(branch["name"], branch["hidden"]) for branch in made.payload()["branches"]] == [
        ("login", False),
        ("burglary", False),
        (STOLEN, False),
    ]
    assert made.payload()["branches"][0]["inject"] == STOLEN


def test_nothing_waits_behind_the_button_where_an_attacker_is_there_already() -> None:
    made = experiment(attacker="code-interception")
    assert made.payload()["branches"][0]["inject"] is None


@pytest.mark.parametrize(
    ("start", "hint"),
    [
        (
            {"client": "web", "attacker": "code-interception"},
            "The attacker lacks the secret of the client web, which is kept on its own server: "
            "refused at step 8 with invalid_client.",
        ),
        (
            {"shipped_secret": True, "pkce": "none", "attacker": "code-interception"},
            "The attacker lacks the secret of the client native-scheme, which is in the app, where it did not look: "
            "refused at step 8 with invalid_client.",
        ),
        (
            {"pkce": "none", "pkce_required": True},
            "The server requires PKCE and this app uses none: choose S256, or do not require it. The login ended at "
            "step 3: “there is a code_challenge where PKCE is required” did not hold, error invalid_request.",
        ),
        (
            {"pkce": "none", "pkce_required": True, "attacker": "code-interception"},
            "The attacker waits for a code that never comes. The server requires PKCE and this app uses none: "
            "choose S256, or do not require it. The login ended at step 3: ",
        ),
        ({"pkce": "plain", "plain_allowed": False}, "The server does not take the method plain: choose S256, or let"),
        ({"scope": "openid"}, "The API wants a scope that was not asked for. The login ended at step 11"),
        ({"scope": "unheard-of"}, "The scope holds a word that the server does not know"),
        ({"user": "denies", "attacker": "code-interception"}, "waits for a code that never comes. The user said no,"),
        ({"attacker": "decompiled-secret"}, "The attack decompiled-secret needs shipped secret on, so that is how it"),
        ({"without": {"userinfo.scope"}}, "Switched off, but never reached in this run: userinfo.scope."),
        (
            {"without": {"token.verifier_fits", "api.scope", "userinfo.scope", "api.issuer"}, "user": "denies"},
            "Switched off, but never reached in this run: api.issuer, api.scope, token.verifier_fits, 1 more.",
        ),
        ({"without": {"token.verifier_fits"}}, "Switched off, but nothing fails it in this run: token.verifier_fits."),
    ],
)
def test_what_is_legal_and_shows_nothing_gets_a_hint(start: dict[str, Any], hint: str) -> None:
    made = experiment()
    assert made.change(**start)
    assert hint in made.hint
    assert made.problem == ""


@pytest.mark.parametrize("pkce", METHODS)
@pytest.mark.parametrize(
    "start",
    [
        *({"client": client} for client in CLIENTS),
        *({"client": client, "attacker": "code-interception"} for client in PUBLIC),
        {"user": "denies"},
        {"user": "wrong-password"},
    ],
)
def test_what_shows_something_gets_no_hint(start: dict[str, Any], pkce: str) -> None:
    assert experiment(pkce=pkce, **start).hint == ""


def test_a_check_that_stopped_somebody_and_is_off_now_gets_no_hint() -> None:
    made = experiment(attacker="code-interception", without={"token.verifier_fits"})
    assert made.trace.verdict.attacker_reads_data
    assert made.hint == ""


def test_a_fork_that_differs_before_it_begins_says_so() -> None:
    made = experiment(8)
    made.fork_here("none")
    assert made.hint == ""
    made.change(pkce="none")
    assert made.hint == "What differs begins at step 2, so the steps up to here were played again."
    made.change(pkce="S256", without={"api.scope"})
    assert "played again" not in made.hint


def test_an_injected_branch_says_what_else_differs_in_it() -> None:
    made = experiment(6)
    made.inject_here()
    made.change(pkce="none", without={"token.code_unused"})
    assert made.about == (
        "“the code is stolen” is “login” with an attacker who comes in after step 6; "
        "it also differs in: PKCE method, checks switched off."
    )


ACTS: list[Act] = [
    *(act for _, _, act, _ in REFUSED),
    *(lambda made, pkce=pkce: made.change(pkce=pkce) for pkce in METHODS),
    lambda made: made.change(client="web"),
    lambda made: made.change(client="spa"),
    lambda made: made.change(user="denies"),
    lambda made: made.change(user="accepts"),
    lambda made: made.change(attacker="decompiled-secret"),
    lambda made: made.change(attacker=None),
    lambda made: made.change(without={"token.verifier_fits"}),
    lambda made: made.show(position=6),
    lambda made: made.show(made.branches[-1], 2),
    lambda made: made.fork_here(),
    lambda made: made.inject_here(),
    lambda made: made.inject_here("decompiled-secret"),
]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(ACTS), max_size=10))
def test_whatever_one_does_the_experiment_stays_whole(acts: list[Act]) -> None:
    made = BenchSession(seed=7)
    for act in acts:
        before = everything(made)
        done = act(made)
        assert done == (made.problem == "")
        assert done or everything(made) == before
        assert made.branch in made.branches
        assert made.branches[0] == "login"
        assert 0 <= made.position <= len(made.trace.events)


def test_a_scope_that_nobody_chose_goes_with_the_api() -> None:
    session = BenchSession(seed=7)
    usual = session.settings.scope
    assert session.change(api="photos")
    assert session.settings.scope != usual
    assert session.change(api="messages")
    assert session.settings.scope == usual
    assert session.change(scope="openid")
    assert session.change(api="photos")
    assert session.settings.scope == "openid"
