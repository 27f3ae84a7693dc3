"""A setting describes itself once: what the command line, the bench, the reference and the server know of it is its own."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from flowsim import Scenario, ScenarioError, Simulation
from flowsim.analysis.defences import scenario_of
from flowsim.analysis.statements import statement
from flowsim.attacks import known_attacker
from flowsim.checks import CHECKS, known_check
from flowsim.cli import main
from flowsim.model.hooks import known_action
from flowsim.model.scenario import PKCE_METHODS, SETTINGS, Named, ServerSettings, Settings
from flowsim.model.settings import Setting
from flowsim.session.session import BenchSession
from flowsim.simulation.names import meanings
from flowsim.widgets import bench
from tests.kit.bench import controls, name_of

Capture = pytest.CaptureFixture[str]
EVERY = pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)


def values_of(setting: Setting) -> list[Any]:
    """Every value where there are a few, else some."""
    match setting.kind:
        case "switch":
            return [True, False]
        case "time":
            return [setting.least or 1, 90, 600]
        case "number":
            return [0, 1_000_000_000]
        case "names":
            known = list(meanings(setting))
            return [(name,) for name in known[:3]] + [tuple(known[:3])]
    return (
        list(meanings(setting))
        or {
            "scope": ["openid", ""],
            "later": ["", "1h call"],
            "order": ["", "victim:2 tab2:2"],
            "seed": ["7", "rain"],
        }[setting.name]
    )


CASES = [(name, value) for name, setting in SETTINGS.items() for value in values_of(setting)]


OWNERS = (
    "the app",
    "an app that calls tools",
    "the user",
    "the browser",
    "the network",
    "the authorization server",
    "the API",
    "the experiment",
)


@EVERY
def test_a_setting_says_what_it_is_and_what_each_of_its_values_means(setting: Setting) -> None:
    assert setting.title
    assert setting.help[:1].isupper()
    assert not setting.help.endswith(".")
    assert setting.owner in OWNERS
    assert all(meanings(setting).values())
    assert setting.default is not None or setting.unset
    if get_origin(setting.type) is Literal:
        assert tuple(setting.choices) == get_args(setting.type)
    if setting.choices:
        assert setting.default in setting.choices


def test_no_two_settings_have_the_same_title_or_help() -> None:
    assert len({setting.title for setting in SETTINGS.values()}) == len(SETTINGS)
    assert len({setting.help for setting in SETTINGS.values()}) == len(SETTINGS)


def test_what_an_editor_completes_is_what_a_scenario_has() -> None:
    declared = get_type_hints(Scenario)
    # These are taken in any form, and kept in one that cannot be changed.
    loose = {
        "without": Collection[str],
        "quirks": Collection[str],
        "mistakes": Collection[str],
        "actions": Sequence[str],
        "attacker": str | Named | None,
    }
    assert get_type_hints(Settings) == {one.name: declared[one.name] for one in fields(Scenario)} | loose


@EVERY
def test_the_reference_names_a_setting_its_default_and_its_values(setting: Setting) -> None:
    of_owner = (Scenario.__doc__ or "").partition(f"**Settings of {setting.owner}**\n\n")[2].partition("\n\n")[0]
    (entry,) = (
        entry for entry in f"\n{of_owner}".split("\n- ") if entry.startswith(f"`{setting.name} = {setting.default!r}`")
    )
    assert f"{setting.title}: {setting.help}." in entry
    for value, meaning in {**setting.choices, **setting.words}.items():
        assert str(value) in entry
        assert meaning in entry


@EVERY
def test_a_value_of_another_kind_is_refused_in_one_line_that_says_what_was_expected(setting: Setting) -> None:
    wrong: dict[str, Any] = {setting.name: 1.5}
    with pytest.raises(ScenarioError) as refused:
        Scenario(**wrong)
    told = str(refused.value)
    assert "\n" not in told
    assert told.startswith((f"unknown {setting.title} 1.5; ", f"{setting.name} must be "))
    assert "1.5" in told


class Hostile:
    """A value that raises at whatever is done with it."""

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    def __repr__(self) -> str:
        raise ZeroDivisionError

    __hash__ = None  # type: ignore[assignment]


def kind_of(value: Any) -> str:
    """What a case is called: some of its values cannot be written."""
    return type(value).__name__


_holds_itself: list[Any] = []
_holds_itself.append(_holds_itself)
ODD: list[Any] = [
    b"x",
    float("nan"),
    10**5000,
    [[]],
    ["a", None],
    {"a": "b"},
    range(10**9),
    _holds_itself,
    object(),
    Hostile(),
    [Hostile()],
    Exception,
    lambda: 1,
    "\x1b[31m\n" * 100_000,
    "\ud800",
]


@EVERY
def test_no_value_of_a_setting_is_anything_but_a_sentence_of_one_short_line(setting: Setting) -> None:
    session = BenchSession(seed=7)
    for value in ODD:
        wrong: dict[str, Any] = {setting.name: value}
        said = []
        for make in (Scenario, Simulation, Simulation(seed=7).fork):
            with pytest.raises(ScenarioError) as refused:
                make(**wrong) if isinstance(make, type) else make("other", **wrong)
            said.append(str(refused.value))
        assert session.change(**wrong) is False
        for text in (*said, session.problem):
            assert text.isprintable()
            assert text.startswith(
                (setting.name, setting.name[:1].upper(), "unknown ", "Unknown ", "an attacker is ", "An attacker is ")
            )
        assert session.branches == ("login",)


@pytest.mark.parametrize("name", ["without", "actions"])
def test_names_are_a_list_and_a_text_is_none(name: str) -> None:
    wrong: dict[str, Any] = {name: "add-role"}
    with pytest.raises(
        ScenarioError, match=rf"^{name} must be a list of names, such as \('add-role',\), not 'add-role'$"
    ):
        Scenario(**wrong)


@pytest.mark.parametrize("wrong", ["no", "yes", 1, 0, [], None])
def test_a_switch_is_on_or_off_and_nothing_else_counts_as_on(wrong: Any) -> None:
    with pytest.raises(ScenarioError, match=r"^rotation must be True or False, not "):
        Scenario(rotation=wrong)


ODD_NAMES = [5, None, "", " ", "\n", "\x1b[31m", "\ud800", "\u202e", "x" * 201, ["x"], Hostile()]


@pytest.mark.parametrize("odd", ODD_NAMES, ids=kind_of)
def test_a_branch_name_is_a_short_text_that_can_be_seen(odd: Any) -> None:
    named = r"^a branch name is a text of 1 to 200 characters that can be seen, not "
    with pytest.raises(ScenarioError, match=named):
        Simulation(seed=7, name=odd)
    one = Simulation(seed=7)
    with pytest.raises(ScenarioError, match=named):
        one.fork(odd)
    assert list(one.branches) == ["login"]
    if odd is not None:
        with pytest.raises(ScenarioError, match=named):
            Simulation(seed=7, title=odd)


@pytest.mark.parametrize("odd", [-1, 1.0, "3", None, [], True, Hostile(), 10**5000], ids=kind_of)
def test_a_position_and_a_step_are_whole_numbers_there_are(odd: Any) -> None:
    one = Simulation(seed=7)
    for go in (one.goto, one.at_step):
        with pytest.raises(ScenarioError, match=r"^(a position counts moves|there is no step|branch 'login' ends)"):
            go(odd)
        assert one.position == 0
    session = BenchSession(seed=7)
    if odd is not None:
        assert not session.show(position=odd)
        assert session.problem.startswith("A position in branch 'login' is 0 to ")


@pytest.mark.parametrize("odd", [5, 1.5, [], {}, "\x1b", "x" * 100_000, [Hostile()]], ids=kind_of)
def test_a_name_that_nobody_has_is_explained_whatever_it_is(odd: Any) -> None:
    session = BenchSession(seed=7)
    for act in (session.show, session.make_ready, session.inject_here, session.fork_here):
        assert not act(odd) or odd in ([], {})  # nothing is named: what there is by default
        assert session.problem.isprintable()
    for known in (known_attacker, known_check, known_action, Simulation(seed=7).until, statement, scenario_of):
        with pytest.raises(ScenarioError, match=r"^(unknown |an attacker is )") as refused:
            known(odd)
        assert str(refused.value).isprintable()


BOUNDED = [setting for setting in SETTINGS.values() if setting.least is not None]


@pytest.mark.parametrize("setting", BOUNDED, ids=lambda setting: setting.name)
def test_a_number_is_refused_beyond_its_bounds_and_taken_at_them(setting: Setting) -> None:
    assert setting.least is not None
    most = getattr(Scenario(), setting.most) if isinstance(setting.most, str) else setting.most
    taken = [setting.least] + ([most] if most is not None else [])
    beyond = [setting.least - 1] + ([most + 1] if most is not None else [])
    for value in taken:
        assert getattr(Scenario(**{setting.name: value}), setting.name) == value
    for value in beyond:
        with pytest.raises(ScenarioError, match=rf"^{setting.name} must be .*, not {value}$"):
            Scenario(**{setting.name: value})


# What is read at no other place than in the tools' app, its proxy, and what the server and the API are for that app.
ONLY_WITH: dict[str, dict[str, Any]] = {
    **{
        name: {"client": "mcp"}
        for name in (
            *("client_identity", "opens_with", "tool", "mcp_revision", "proxy"),
            *("loopback_warning", "resource_metadata", "behind"),
        )
    },
    "entered_secret": {"client": "mcp", "client_identity": "pre-registered"},
    "proxy_asks": {"client": "mcp", "proxy": True},
}
IDLE = [
    (name, other, value)
    for name, wanted in ONLY_WITH.items()
    for other in wanted
    for value in values_of(SETTINGS[other])
    if value != wanted[other]
]


def test_each_setting_of_an_app_that_calls_tools_says_that_it_is_for_no_other() -> None:
    assert {name: dict(one.only) for name, one in SETTINGS.items() if one.only} == ONLY_WITH
    assert {name for name, one in SETTINGS.items() if one.owner == "an app that calls tools"} <= set(ONLY_WITH)


@pytest.mark.parametrize(("name", "other", "value"), IDLE, ids=str)
def test_a_setting_that_would_do_nothing_is_refused_everywhere(
    capsys: Capture, name: str, other: str, value: Any
) -> None:
    """And so it is with one word of what it needs and another that stands against it."""
    setting, beside = SETTINGS[name], {**ONLY_WITH[name], other: value}
    own = next(one for one in values_of(setting) if one != setting.default)
    if other == "client":
        beside = {other: value}
    with pytest.raises(ScenarioError) as refused:
        Scenario(**{**beside, name: own})
    told = str(refused.value)
    assert told.startswith(f"{name}: it does something only where {other} is {ONLY_WITH[name][other]!r}")
    assert repr(value) in told
    assert told.endswith(f"or leave {name} at {setting.default!r}")
    options = [word for key, one in {**beside, name: own}.items() for word in option(SETTINGS[key], one)]
    assert main(["run", *options]) == 2
    assert told in capsys.readouterr().err
    session = BenchSession(seed=7, **beside)
    assert not session.change(**{name: own})
    assert session.problem == f"{told[:1].upper()}{told[1:]}." or session.problem == f"{told}."
    assert Scenario(**{**beside, name: setting.default}).to_json()[name] == setting.default


def test_with_an_attack_that_is_about_such_an_app_its_settings_need_no_more_words() -> None:
    assert Simulation(attacker="confused-deputy", proxy_asks=False, seed=7).scenario.proxy
    with pytest.raises(
        ScenarioError, match=r"proxy_asks: it does something only where client is 'mcp', and here .*'spa'"
    ):
        Simulation(attacker="code-injection", client="spa", proxy_asks=False)
    with pytest.raises(ScenarioError, match="tool: it does something only where client is 'mcp'"):
        Simulation(client="spa", seed=7).fork("another tool", tool="send_message")


def test_the_server_holds_its_settings_and_none_of_them_is_left_open() -> None:
    changed: dict[str, Any] = {
        "pkce_required": False,
        "plain_allowed": True,
        "par": "optional",
        "overlap": 30,
        "actions": ("add-role",),
        "allows_framing": True,
    }
    (server,) = Simulation(seed=7, **changed).world.servers.values()
    scenario = Scenario(**changed)
    assert server.settings == ServerSettings(
        **{one.name: getattr(scenario, one.name) for one in fields(ServerSettings)}
    )
    left_open = [Scenario(pkce=pkce).server_settings for pkce in PKCE_METHODS]
    assert [(one.pkce_required, one.plain_allowed) for one in left_open] == [
        (False, False),
        (True, True),
        (True, False),
    ]


def option(setting: Setting, value: Any) -> list[str]:
    """How one asks for this value on the command line."""
    name = f"--{setting.name.replace('_', '-')}"
    if setting.kind == "switch":
        return [name if value else f"--no-{name[2:]}"]
    if setting.kind == "names":
        return [word for one in value for word in (name, one)]
    return [name, f"{value}s" if setting.kind == "time" else str(value)]


@pytest.mark.parametrize(("name", "value"), CASES, ids=str)
def test_the_option_of_a_setting_gives_the_scenario_that_has_this_value(capsys: Capture, name: str, value: Any) -> None:
    if SETTINGS[name].kind == "time" and value == 0:
        return
    seed = [] if name == "seed" else ["--seed", "7"]
    asked: dict[str, Any] = {"seed": "7", name: value}
    at = {"tab": "spa", "cookie": "web"}.get(value) if name == "transactions" else None
    beside = {"client": at} if at else SETTINGS[name].only
    options = [word for other, needed in beside.items() for word in option(SETTINGS[other], needed)]
    asked |= beside
    assert main(["run", "--json", *seed, *options, *option(SETTINGS[name], value)]) == 0
    assert json.loads(capsys.readouterr().out)["scenario"] == json.loads(
        json.dumps(Simulation(**asked).scenario.to_json())
    )


def test_without_options_a_run_has_the_usual_settings(capsys: Capture) -> None:
    assert main(["run", "--json"]) == 0
    drawn = json.loads(capsys.readouterr().out)["scenario"]
    assert drawn == json.loads(json.dumps(Scenario(seed=drawn["seed"], start=drawn["start"]).to_json()))


@pytest.fixture
def told_by_help(capsys: Capture) -> Iterator[str]:
    with pytest.raises(SystemExit) as left:
        main(["run", "--help"])
    assert left.value.code == 0
    return (yield capsys.readouterr().out)


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_the_help_is_in_groups_with_a_sentence_for_each_option_and_each_value(told_by_help: str) -> None:
    told = in_one_line(told_by_help)
    owners = list(dict.fromkeys(setting.owner for setting in SETTINGS.values()))
    assert set(owners) <= {*OWNERS}
    for setting in SETTINGS.values():
        group = told.index(f"settings of {setting.owner}:")
        name = re.compile(rf"--{setting.name.replace('_', '-')}(, | [A-Z])")
        found = name.search(told, group)
        assert found is not None
        start = told.index(in_one_line(setting.help), found.start())
        if listed := {"without": "checks", "mistakes": "mistakes"}.get(setting.name):
            assert f"`flowsim {listed}` lists them all" in told[start : start + 200]
            continue
        for value, meaning in {**meanings(setting), **setting.words}.items():
            start = told.index(in_one_line(f"{value}: {meaning}"), start)


def test_every_line_of_the_help_fits_into_a_terminal(told_by_help: str) -> None:
    assert max(map(len, told_by_help.splitlines())) <= 100


def test_the_bench_has_a_control_for_each_setting_with_its_title_and_its_help() -> None:
    made = bench(seed=7)
    assert made.checks.boxes.keys() == CHECKS.keys()
    assert controls(made).keys() == SETTINGS.keys() - {"without"}
    for name, control in controls(made).items():
        setting = SETTINGS[name]
        assert name_of(control).casefold().removesuffix(" in seconds") == setting.title.casefold()
        lines = control.tooltip.splitlines()
        assert lines[0] == setting.help
        assert lines[1:] == [f"{value}: {meaning}" for value, meaning in {**meanings(setting), **setting.words}.items()]
        if hasattr(control, "options"):
            assert control.label, "something is chosen, and one can read what"
