"""The bench without a browser: its controls are set as a reader sets them, and what it then shows is looked at."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import ipywidgets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim import Scenario, ScenarioError
from flowsim.analysis.counterexamples.edits import played
from flowsim.analysis.defences import scenario_of
from flowsim.analysis.matrix import cell
from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.front_end.bundle import bundle
from flowsim.model.clients import PROFILES
from flowsim.model.scenario import SETTINGS
from flowsim.session.branch_recipes import differences
from flowsim.session.session import BenchSession
from flowsim.widgets import Bench, answers, bench
from flowsim.widgets.settings import first_settings, more_settings
from tests.kit.bench import Act, controls, every_widget, everything_one_can_use, is_in_step, name_of, press, shown, use

STOLEN = "code-interception"
HOSTILE = '<img src=x onerror="alert(1)">&amp;'
HERE = Path(__file__).parents[1] / "flowsim" / "widgets"


@pytest.fixture
def made() -> Bench:
    return bench(seed=7)


def test_it_begins_as_a_player_with_the_settings_in_its_controls() -> None:
    made = bench(client="spa", pkce="plain", seed=7)
    assert made.player.payload == made.session.payload()
    assert shown(made) == shown(made) | {"client": "spa", "pkce": "plain", "attacker": None, "seed": 7}
    assert (made.line.kind, made.line.text) == ("about", made.session.about)
    assert is_in_step(made)


def test_it_takes_a_scenario_a_session_or_settings() -> None:
    scenario = Scenario(client="web", seed=7)
    session = BenchSession(scenario, ready="code-and-request")
    for made in (bench(scenario), bench(client="web", seed=7), Bench(scenario), Bench(client="web", seed=7)):
        assert made.session.trace == session.trace
    assert Bench(session).session is session
    assert Bench(session).branches.ready.value == "code-and-request"
    assert bench(attack="code-and-request").session.ready == "code-and-request"


def test_settings_that_make_no_sense_are_raised_at_the_beginning() -> None:
    with pytest.raises(ScenarioError, match=r"unknown client 'sap'; did you mean spa\?"):
        bench(client="sap")


SETTABLE: list[tuple[str, Any, Any]] = [
    *(("client", name, name) for name in ("native-https", "native-loopback", "spa", "web")),
    ("pkce", "none", "none"),
    ("pkce", "plain", "plain"),
    ("attacker", "code-interception", "code-interception"),
    ("user", "denies", "denies"),
    ("login", "one-time-code", "one-time-code"),
    ("seed", "8", 8),
    ("seed", " rain ", "rain"),
    ("seed", "٧", "٧"),
    ("seed", "1234567890123456789012", "1234567890123456789012"),
    ("pkce_required", False, False),
    ("plain_allowed", True, True),
    ("scope", "openid", "openid"),
    ("state", False, False),
    ("nonce", False, False),
    ("iss", False, False),
    ("shipped_secret", True, True),
    ("later", "1h call", "1h call"),
    ("api", "photos", "photos"),
    ("dpop", "code", "code"),
    ("actions", " add-role  add-role ", ("add-role", "add-role")),
    ("overlap", 30, 30),
    ("rotation", False, False),
    ("start", "1000000000", 1_000_000_000),
]


@pytest.mark.parametrize(("name", "value", "setting"), SETTABLE)
def test_a_control_changes_the_session_and_the_player(made: Bench, name: str, value: Any, setting: Any) -> None:
    before = made.player.payload
    controls(made)[name].value = value
    assert getattr(made.session.settings, name) == setting
    assert made.session.trace.worlds == played(**{name: setting}).worlds
    assert made.player.payload != before
    assert is_in_step(made)


# What only one kind of app can have: the first that can.
GO_WITH = {
    ("transactions", "tab"): "spa",
    ("transactions", "cookie"): "web",
    ("response_mode", "form_post"): "web",
    ("behind", "own-token"): "mcp",
    ("behind", "passed-on"): "mcp",
}


def test_every_value_of_a_setting_can_be_chosen_and_is_then_shown() -> None:
    session = BenchSession(seed=7)

    def ask(act: Callable[[BenchSession], bool], _switch: str = "", /) -> None:
        act(session)

    parts = (first_settings(ask), more_settings(ask))
    fields = {name: field for part in parts for name, field in part.fields.items()}
    for part in parts:
        part.show(session.settings)
    for name, setting in SETTINGS.items():
        usual = getattr(session.settings, name)
        several: dict[str, list[Any]] = {"switch": [True, False], "time": [90], "choice": [*setting.choices]}
        values = several.get(setting.kind, [])
        for value in [*values, usual] if values else []:
            client = GO_WITH.get((name, value))
            beside = {"client": client} if client else setting.only
            for other, needed in beside.items():
                fields[name].control.value = fields[name].value(usual)
                fields[other].control.value = fields[other].value(needed)
            fields[name].control.value = fields[name].value(value)
            assert (session.problem, getattr(session.settings, name)) == ("", value)
            assert getattr(fields[name].control, "label", "chosen")
        for other in reversed([*setting.only]):
            fields[other].control.value = fields[other].value(SETTINGS[other].default)
            assert session.problem == ""


def test_an_empty_seed_draws_a_new_one(made: Bench) -> None:
    controls(made)["seed"].value = ""
    assert made.session.settings.seed is None
    assert made.session.trace.worlds != played().worlds


def test_a_change_leaves_the_player_where_it_was(made: Bench) -> None:
    made.player.goto(6)
    controls(made)["client"].value = "spa"
    assert (made.player.branch, made.player.position) == ("login", 6)
    controls(made)["user"].value = "wrong-password"
    assert made.player.position == len(made.session.trace.events) < 11
    assert is_in_step(made)


REFUSED: list[tuple[str, dict[str, Any], Act, str]] = [
    ("a secret of a website", {"client": "web"}, use("attacker", "decompiled-secret"), "keeps its secret on its own"),
    ("a shipped one", {"client": "web"}, use("shipped_secret", True), "so none is shipped with an app;"),
    (
        "what an attack needs",
        {"attacker": "decompiled-secret"},
        use("shipped_secret", False),
        "works only with shipped",
    ),
    ("a seed no byte can hold", {}, use("seed", "\udcff"), "Seed must be text that UTF-8 can write"),
    ("a scope without end", {}, use("scope", "x" * 2001), "Scope must be at most 2000 characters, not 2001."),
    ("a plan that cannot be read", {}, use("later", "refrsh"), "later: a plan is made of times such as"),
    ("a refresh without a token", {}, use("later", "refresh"), "add offline_access to the scope"),
    ("a moment that is none", {}, use("start", "noon"), "Start must be a whole number or None, not 'noon'."),
    ("a life of no time", {}, use("code_lifetime", 0), "must be 1 to 600 seconds (RFC 6749 §4.1.2), not 0."),
    ("an overlap in the past", {}, use("overlap", -1), "Overlap must be 0 to 2592000 seconds, not -1."),
    (
        "an action that is not there",
        {},
        use("actions", "add-rôle"),
        "Unknown action 'add-rôle'; did you mean add-role?",
    ),
    ("a second attacker", {"attacker": "code-interception"}, press("inject"), "has an attacker already: code-interc"),
    ("the first branch", {}, press("remove"), "All other branches were made from 'login', so it stays;"),
]


@pytest.mark.parametrize(("start", "act", "problem"), [case[1:] for case in REFUSED], ids=[one[0] for one in REFUSED])
def test_a_bad_combination_is_explained_and_the_control_goes_back(
    start: dict[str, Any], act: Act, problem: str
) -> None:
    made = bench(seed=7, **start)
    made.player.goto(3)
    before = shown(made), made.player.payload
    act(made)
    assert made.line.kind == "problem"
    assert problem in made.line.text
    assert (shown(made), made.player.payload) == before
    assert is_in_step(made)
    made.player.next()
    assert made.line.kind != "problem"


def test_a_combination_that_shows_nothing_is_made_and_remarked_on(made: Bench) -> None:
    controls(made)["client"].value = "web"
    controls(made)["attacker"].value = "code-interception"
    assert (made.line.kind, made.line.text) == ("hint", made.session.hint)
    assert "lacks the secret of the client web" in made.line.text


def test_the_controls_follow_the_branch_that_the_reader_opens(made: Bench) -> None:
    made.player.goto(6)
    made.branches.fork.click()
    controls(made)["pkce"].value = "none"
    made.player.set_state({"branch": "login", "position": 4})
    assert (shown(made)["pkce"], made.session.position) == ("S256", 4)
    made.player.set_state({"branch": "fork-after-step-6", "position": 8})
    assert (shown(made)["pkce"], made.session.position) == ("none", 8)
    assert made.line.text == "What differs begins at step 2, so the steps up to here were played again."
    assert is_in_step(made)


def test_the_attack_behind_the_players_key_becomes_a_branch(made: Bench) -> None:
    made.player.set_state({"branch": STOLEN, "position": 7})
    assert made.session.branches == ("login", STOLEN)
    assert shown(made)["attacker"] == "code-interception"
    controls(made)["pkce"].value = "none"
    assert made.session.trace.verdict.attacker_reads_data
    assert (made.player.branch, made.player.position) == (STOLEN, 7)
    assert is_in_step(made)


def test_a_fork_begins_at_the_step_in_view_with_the_name_one_gave_it(made: Bench) -> None:
    made.player.goto(5)
    made.branches.name.value = "my own"
    made.branches.fork.click()
    assert (made.player.branch, made.player.position, made.branches.name.value) == ("my own", 5, "")
    made.branches.fork.click()
    assert made.player.branch == "fork-after-step-5"
    made.branches.remove.click()
    assert made.player.branch == "my own"
    assert is_in_step(made)


def test_the_attacker_one_has_chosen_comes_in_at_the_step_in_view(made: Bench) -> None:
    made.player.goto(3)
    made.branches.ready.value = "code-and-request"
    assert made.player.payload["branches"][0]["inject"] == "code-and-request"
    made.branches.name.value = "burglary"
    made.branches.inject.click()
    assert (made.player.branch, made.player.position, made.branches.name.value) == ("burglary", 3, "")
    assert shown(made)["attacker"] == "code-and-request"
    assert is_in_step(made)


def test_an_attacker_who_comes_too_late_is_explained_and_the_name_is_still_there(made: Bench) -> None:
    made.player.goto(9)
    made.branches.name.value = "burglary"
    made.branches.inject.click()
    assert "code-interception comes too late after move 9" in made.line.text
    assert (made.branches.name.value, made.session.branches) == ("burglary", ("login",))


def test_a_change_of_the_session_in_code_is_shown_after_update(made: Bench) -> None:
    made.session.change(pkce="none")
    made.session.inject_here()
    made.update()
    assert (shown(made)["pkce"], made.player.branch) == ("none", STOLEN)
    assert is_in_step(made)


def test_a_step_that_arrives_while_a_change_is_made_is_not_lost(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """JupyterLab sends what widgets say to more than one thread of the kernel."""
    step = Thread(target=made.player.set_state, args=({"position": 8},))
    payload = made.session.payload

    def slow_payload() -> dict[str, Any]:
        step.start()
        while made.player.position != 8:
            sleep(0.001)
        return payload()

    made.player.goto(5)
    monkeypatch.setattr(made.session, "payload", slow_payload)
    controls(made)["pkce"].value = "none"
    step.join(timeout=60)
    assert (made.player.position, made.session.position, shown(made)["pkce"]) == (8, 8, "none")
    assert is_in_step(made)


def test_everything_one_can_use_has_a_name_and_a_help_text(made: Bench) -> None:
    usable = everything_one_can_use(made)
    assert len(usable) >= len(CHECKS) + 20
    for one in usable:
        assert name_of(one), one
        assert one.tooltip, one
        assert one.tooltip != name_of(one)
    for one in usable:
        # ipywidgets shows these tooltips nowhere, so the description must carry them.
        if not isinstance(one, (ipywidgets.Button, ipywidgets.ToggleButton)):
            assert one.tooltip in unescape(one.description)


def test_no_two_controls_have_the_same_name(made: Bench) -> None:
    names = [name_of(one) for one in everything_one_can_use(made) if one not in made.checks.boxes.values()]
    assert len(names) == len(set(names))


def test_what_a_reader_types_is_only_ever_data(made: Bench) -> None:
    """Names and descriptions may hold markup, so none of them holds anything that was typed."""
    controls(made)["seed"].value = HOSTILE
    controls(made)["scope"].value = HOSTILE
    made.branches.name.value = HOSTILE
    made.branches.fork.click()
    assert made.session.branch == HOSTILE
    made.branches.name.value = HOSTILE
    made.branches.fork.click()
    assert HOSTILE in made.line.text
    assert is_in_step(made)
    for one in every_widget(made):
        assert HOSTILE not in getattr(one, "description", "")
        assert HOSTILE not in "".join(getattr(one, "titles", ()))
        assert not isinstance(one, (ipywidgets.HTML, ipywidgets.HTMLMath))
    bundle = made._repr_mimebundle_()
    assert HOSTILE not in bundle["text/html"]


def test_its_text_is_the_same_in_every_session_and_a_player_stands_in_where_no_kernel_runs(made: Bench) -> None:
    made.player.goto(6)
    bundle = made._repr_mimebundle_()
    assert bundle["text/plain"] == repr(made) == "Bench(branch='login', step 6 of 11)"
    assert "<p><b>The controls of this bench:</b> This needs a running kernel." in bundle["text/html"]
    assert bundle["text/html"].count("<iframe") == 1
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_the_front_end_never_reads_text_as_html_and_fetches_nothing() -> None:
    script = bundle(HERE / "bench.js")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "import", "fetch"):
        assert way not in script
    style = re.sub(r"/\*.*?\*/", "", (HERE / "bench.css").read_text("utf-8"), flags=re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    rules = [line for line in style.splitlines() if line.endswith("{") and not line.startswith(" ")]
    assert [line for line in rules if ".fs-bench" not in line] == []


def options(control: Any) -> list[Any]:
    """What one can choose in this control."""
    return [one[1] if isinstance(one, tuple) else one for one in getattr(control, "options", ())]


VALUES: dict[str, list[Any]] = {
    **{name: options(control) for name, control in controls(bench(seed=7)).items()},
    "client": list(PROFILES),
    "seed": ["", "7", "rain", HOSTILE, "\udcff"],
    "scope": ["openid", "openid profile read:messages", "", HOSTILE],
    **{name: [True, False] for name in ("state", "nonce", "iss", "shipped_secret", "rotation")},
}
ACTS: list[Act] = [
    *(use(name, value) for name, values in VALUES.items() for value in values),
    *(press(name) for name in ("fork", "inject", "remove") for _ in range(3)),
    *(lambda made, name=name: setattr(made.branches.ready, "value", name) for name in ATTACKERS),
    *(
        lambda made, name=name: setattr(made.branches.name, "value", name)
        for name in ("", "burglary", HOSTILE, "x" * 50)
    ),
    *(
        lambda made, check=check: setattr(made.checks.boxes[check], "value", not made.checks.boxes[check].value)
        for check in ("token.verifier_fits", "token.code_unused", "api.scope", "callback.state_same")
    ),
    lambda made: made.player.next(),
    lambda made: made.player.back(),
    lambda made: made.player.goto(6) if len(made.session.trace.events) >= 6 else None,
    lambda made: made.player.set_state({"branch": made.session.branches[0], "position": 0}),
    lambda made: made.player.set_state({"branch": made.player.payload["branches"][-1]["name"], "position": 1}),
]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(ACTS), max_size=10))
def test_whatever_one_uses_the_controls_are_in_step_with_the_session(acts: list[Act]) -> None:
    made = bench(seed=7)
    for act in acts:
        act(made)
        assert is_in_step(made)


def test_a_switch_says_which_attacks_it_answers_and_each_of_them_is_stopped_by_it(made: Bench) -> None:
    controls(made)["iss"].value = False
    (iss,) = made.line.answers
    assert (iss["name"], iss["clause"]) == ("iss", "RFC 9207 §2.4")
    assert iss["answers"] == ["mix-up", "mix-up-with-assertion", "mix-up-by-resource-metadata", "changed-server"]
    controls(made)["pkce"].value = "plain"
    assert [one["name"] for one in made.line.answers] == ["plain", "S256"]
    for answer in made.line.answers:
        for attack in answer["answers"]:
            assert cell(attack).works
            assert not cell(attack, answer["name"]).works
    controls(made)["seed"].value = "8"
    assert made.line.answers == []


@pytest.mark.parametrize("switch", Scenario.__dataclass_fields__)
def test_what_a_switch_claims_it_does_alone(switch: str) -> None:
    """Each attack works without it and is stopped with it, and nothing else differs between the two."""
    for answer in answers.of_switch(switch):
        for attack in answer["answers"]:
            without, with_it = scenario_of(attack), scenario_of(attack, answer["name"])
            assert differences(with_it, without).keys() == {switch}
            assert cell(attack).works
            assert not cell(attack, answer["name"]).works


def test_a_check_says_which_attacks_end_at_it(made: Bench) -> None:
    made.checks.boxes["api.audience"].value = False
    (audience,) = made.line.answers
    assert (audience["title"], audience["answers"]) == (CHECKS["api.audience"].title, ["api-replay", "wrong-audience"])
    assert cell("api-replay", "audience").verdict.stopped_by == "api.audience"
    made.checks.boxes["callback.parameters_once"].value = False
    assert [one["answers"] for one in made.line.answers] == [[]]


def test_an_attack_that_is_chosen_there_is_the_one_to_inject_and_the_answers_stay(made: Bench) -> None:
    controls(made)["iss"].value = False
    made.line._handle_custom_msg({"ready": "mix-up"}, [])
    assert (made.session.ready, made.branches.ready.value, made.line.ready) == ("mix-up", "mix-up", "mix-up")
    assert [one["name"] for one in made.line.answers] == ["iss"]
    assert is_in_step(made)
    made.line._handle_custom_msg({"ready": "no-such-attack"}, [])
    assert made.line.kind == "problem"
    assert made.session.ready == "mix-up"


def test_a_control_that_the_reader_has_used_meanwhile_stays_as_they_left_it() -> None:
    made = bench(pkce="S256", seed=7)
    pkce, client = (made.settings.fields[name].control for name in ("pkce", "client"))
    pkce.unobserve_all("value")  # the kernel has not heard of it yet
    pkce.value = "none"
    client.value = "native-https"
    assert (pkce.value, made.session.settings.client, made.session.settings.pkce) == ("none", "native-https", "S256")


def test_a_control_whose_change_is_refused_shows_again_what_is_so() -> None:
    made = bench(client="spa", seed=7)
    window = made.more.fields["web_view"].control
    window.value = True
    assert made.session.problem
    assert window.value is False
