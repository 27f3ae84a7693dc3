"""The state picture shows the transition table: all of it, nothing else, and where a run stands."""

import re
from xml.etree import ElementTree

import pytest

from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import step_name
from flowsim.model.transitions import TRANSITIONS
from flowsim.views.pictures.state_machine import BESIDE, state_machine_dot, states, transitions
from flowsim.views.pictures.svg import svg

NAMESPACE = "{http://www.w3.org/2000/svg}"


def line(dot: str, start: str) -> str:
    """The one statement that begins so."""
    (found,) = [line.strip() for line in dot.splitlines() if line.strip().startswith(f"{start} [")]
    return found


BESIDE_THE_STEPS = pytest.mark.parametrize("beside", [frozenset(), {Act.LOSE_ANSWER, Act.RETRY}, BESIDE], ids=len)


@BESIDE_THE_STEPS
@pytest.mark.parametrize("role", Role)
def test_every_transition_of_the_table_is_drawn(role: Role, beside: set[Act]) -> None:
    dot = state_machine_dot(role, beside=beside)
    for one in transitions(role, beside):
        assert one.words in dot
        before, after = one.before.name.lower(), one.after.name.lower()
        if one.act.step:
            step = next(line for line in dot.splitlines() if one.words in line)
            assert step.strip().startswith(f"{before} -> {after} [")
            assert re.search(rf'label=("  )?{step_name(one.act.step)}\b', step)


@BESIDE_THE_STEPS
@pytest.mark.parametrize("role", Role)
def test_nothing_else_is_drawn(role: Role, beside: set[Act]) -> None:
    dot = state_machine_dot(role, beside=beside)
    drawn = re.findall(r'^\t(\w+) \[.*class="?state', dot, flags=re.MULTILINE)
    assert drawn == [state.value for state in states(role, beside)]
    steps = re.findall(r'->.*class="act step-', dot)
    assert len(steps) == sum(1 for one in transitions(role, beside) if one.act not in ATTACKER_ACTS)


@pytest.mark.parametrize("role", Role)
def test_what_only_the_network_brings_about_is_drawn_where_it_is_wanted(role: Role) -> None:
    assert states(role, beside=BESIDE) == tuple(TRANSITIONS[role])
    left_out = {*states(role, beside=BESIDE)} - {*states(role, beside=())}
    assert (State.UNANSWERED in left_out) == (State.UNANSWERED in TRANSITIONS[role])
    reached = {State.START} | {one.after for one in transitions(role, beside=())}
    if role is Role.COPY:
        assert not left_out
    else:
        assert {*states(role, beside=())} == reached


def test_a_change_of_the_table_changes_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSITIONS[Role.THEFT], State.DONE, {Act.STEP_11: {Outcome.FORBIDDEN: State.API_FORBIDDEN}})
    assert "step 11, 403: data received → API answered 403" in state_machine_dot(Role.THEFT)


@pytest.mark.parametrize(
    ("role", "way"),
    [
        (Role.LOGIN, (State.START, State.CODE_SENT, State.TOKENS_HELD, State.DONE)),
        (Role.THEFT, (State.START, State.CODE_SENT, State.TOKENS_HELD, State.DONE)),
        (Role.REFRESH, (State.START, State.TOKENS_HELD)),
        (Role.CALL, (State.START, State.API_ASKED, State.DONE)),
        (Role.LOGOUT, (State.START, State.REVOCATION_SENT, State.REVOKED)),
        (Role.PASSWORD, (State.START, State.PASSWORD_CHANGED)),
        (Role.WAIT, (State.START, State.TIME_PASSED)),
    ],
)
def test_the_way_on_is_one_straight_line_from_the_start_to_the_end(role: Role, way: tuple[State, ...]) -> None:
    root = ElementTree.fromstring(svg(state_machine_dot(role), "dot"))
    middles = {
        text.text: float(text.attrib["x"])
        for text in root.iter(f"{NAMESPACE}text")
        if text.text in {state.phrase for state in way}
    }
    assert len(middles) == len(way)
    assert max(middles.values()) - min(middles.values()) < 1


def test_ends_and_attacks_have_shapes_of_their_own() -> None:
    dot = state_machine_dot(Role.LOGIN)
    assert "peripheries=2" in line(dot, "done")
    assert "shape=octagon" in line(dot, "login_failed")
    assert "shape=box" in line(dot, "code_sent")
    assert "shape=hexagon" in line(dot, "code_in_browser_take_response")
    assert "style=dashed" in line(dot, "code_in_browser -> code_in_browser_take_response")
    assert "dir=both" in line(dot, "requested_read_request -> requested")


def test_all_that_an_attacker_can_read_in_a_state_stands_in_one_hexagon() -> None:
    hexagon = line(state_machine_dot(Role.LOGIN), "code_in_browser_read_request")
    assert 'label="read the authorization\\nrequest or response"' in hexagon


def test_the_current_state_is_lit_and_the_way_to_it_is_marked() -> None:
    dot = state_machine_dot(Role.THEFT, State.CODE_REFUSED, [State.START, State.CODE_SENT])
    assert "#fff4cc" in line(dot, "code_refused")
    assert 'class="state now"' in line(dot, "code_refused")
    assert 'class="state seen"' in line(dot, "code_sent")
    assert "penwidth=3.2" in line(dot, "start -> start_send_code")
    assert "penwidth=3.2" in line(dot, "code_sent -> code_refused")
    assert "penwidth=3.2" not in line(dot, "code_sent -> code_accepted")
    assert dot.count("#fff4cc") == 1


@pytest.mark.parametrize("role", Role)
def test_every_part_of_the_picture_has_a_tooltip(role: Role) -> None:
    root = ElementTree.fromstring(svg(state_machine_dot(role), "dot"))
    titles = [part.findtext(f"{NAMESPACE}title") for part in root[1].findall(f"{NAMESPACE}g")]
    known = {state.phrase for state in State} | {one.words for one in transitions(role)}
    assert all({*str(title).split("; ")} <= known for title in titles)
