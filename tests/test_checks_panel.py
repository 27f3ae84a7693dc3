"""The checks on the bench: every one of them, off and on, and the filter that finds one."""

import comm
import ipywidgets
import pytest
import zmq

from flowsim.checks import CHECKS
from flowsim.model.steps import API, API_BEHIND, BROWSER, CLIENT, SERVER
from flowsim.widgets import Bench, bench
from tests.kit.bench import every_widget, everything_one_can_use, is_in_step, name_of


@pytest.fixture
def made() -> Bench:
    return bench(seed=7)


def test_a_check_is_switched_off_and_all_are_switched_on_again() -> None:
    made = bench(attacker="code-interception", seed=7)
    made.checks.boxes["token.verifier_fits"].value = False
    assert made.session.settings.without == {"token.verifier_fits"}
    assert made.session.trace.verdict.attacker_reads_data
    app, server, api, behind, browser = (
        sum(check.actor == actor for check in CHECKS.values()) for actor in (CLIENT, SERVER, API, API_BEHIND, BROWSER)
    )
    assert made.checks.tabs.titles == (
        f"App ({app})",
        f"Authorization server ({server}, 1 off)",
        f"API ({api})",
        f"API behind ({behind})",
        f"Browser ({browser})",
    )
    assert "Checks: 1 off" in [name_of(one) for one in everything_one_can_use(made)]
    made.checks.boxes["api.scope"].value = False
    all_on = next(one for one in everything_one_can_use(made) if name_of(one) == "All on")
    all_on.click()
    assert made.session.settings.without == frozenset()
    assert all(box.value for box in made.checks.boxes.values())
    assert is_in_step(made)


def test_every_check_has_a_box(made: Bench) -> None:
    assert set(made.checks.boxes) == set(CHECKS)
    boxes = [one for one in every_widget(made.checks) if isinstance(one, ipywidgets.Checkbox)]
    assert len(boxes) == len(CHECKS)


def found(made: Bench) -> list[str]:
    """The checks that the filter leaves."""
    return [check for check, box in made.checks.boxes.items() if box.layout.display != "none"]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("verifier fits", ["token.verifier_fits"]),
        ("FITS token endpoint", ["token.verifier_fits"]),
        ("rfc 7636 §4.6", ["token.verifier_fits"]),
        ("api.sco", ["api.scope"]),
        ("no such check", []),
    ],
)
def test_the_filter_leaves_the_checks_that_have_all_the_words(made: Bench, words: str, ids: list[str]) -> None:
    made.checks.words.value = words
    assert found(made) == ids
    if ids:
        assert made.checks.found.value == f"{len(ids)} of {len(CHECKS)} checks"
        actor = {"token": 1, "api": 2}[ids[0].partition(".")[0]]
        assert made.checks.tabs.selected_index == actor
        assert f"({len(ids)})" in made.checks.tabs.titles[actor]
    else:
        assert made.checks.found.value == f"none of {len(CHECKS)} checks: try fewer words"
    made.checks.words.value = ""
    assert found(made) == list(CHECKS)


def test_a_place_without_a_check_that_is_left_is_hidden(made: Bench) -> None:
    made.checks.words.value = "verifier fits"
    headings = [one for one in every_widget(made.checks.tabs) if isinstance(one, ipywidgets.VBox) and one.children]
    places = [one for one in headings if isinstance(one.children[0], ipywidgets.Label)]
    assert [one.children[0].value for one in places if one.layout.display != "none"] == ["The token endpoint"]


def test_the_boxes_are_made_when_the_panel_is_opened_and_show_what_is_off_already() -> None:
    made = bench(seed=7, without=("api.scope",))
    assert not [one for one in every_widget(made.checks) if isinstance(one, ipywidgets.Checkbox)]
    (opener,) = (one for one in every_widget(made) if getattr(one, "description", "") == "Checks: 1 off")
    opener.value = True
    boxes = [one for one in every_widget(made.checks) if isinstance(one, ipywidgets.Checkbox)]
    assert len(boxes) == len(CHECKS)
    assert [check for check, box in made.checks.boxes.items() if not box.value] == ["api.scope"]
    assert is_in_step(made)


def test_what_the_panel_sends_when_it_is_opened_fits_into_the_queue_of_a_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A kernel keeps this many messages for a page that is slow to take them, and drops what comes beyond."""
    sent = list[str]()

    class Counted(comm.DummyComm):
        def publish_msg(self, msg_type: str, *args: object, **more: object) -> None:
            sent.append(msg_type)

    monkeypatch.setattr(comm, "create_comm", Counted)
    made = bench(seed=7)
    assert sent
    sent.clear()
    opener = next(one for one in everything_one_can_use(made) if name_of(one) == "Checks")
    opener.value = True
    with zmq.Context() as context, context.socket(zmq.PUB) as queue:
        assert len(CHECKS) < len(sent) < queue.sndhwm
