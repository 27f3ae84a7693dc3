"""A login in a popup, against a model of its own: what HTML says of windows and messages, and RFC 9700 §4.17 of answers."""

from dataclasses import replace
from itertools import product
from typing import Unpack

import pytest

from flowsim import Simulation
from flowsim.analysis.counterexamples.popups import posted_by_another
from flowsim.engine.apply import apply
from flowsim.model.app_settings import PopupTarget
from flowsim.model.clients import CLIENTS
from flowsim.model.scenario import Settings, UserBehaviour
from flowsim.model.server_settings import Remembered
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import CLIENT
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World, evolve
from flowsim.protocol.messages import Opening, Request, query_of
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text import narration
from flowsim.views.text.words_of_console import console

SEED = 7
PAGE = "https://spa.example"
POPUP: Settings = {"seed": SEED, "client": "spa", "login_window": "popup"}


def in_popup(**more: Unpack[Settings]) -> Trace:
    settings: Settings = {**POPUP, **more}
    return Simulation(**settings).played()


def ended(trace: Trace) -> State:
    return trace.worlds[-1].runs[VICTIM].state


def posts(trace: Trace) -> list[Opening]:
    sent = (one.message for event in trace.events for one in event.messages)
    return [one for one in sent if isinstance(one, Opening) and one.posted_by]


def should_end(in_click: bool, target: PopupTarget, cut: bool, user: UserBehaviour) -> State:
    """A window needs a click, a message a window that is not cut off and a receiver of the origin that it is for."""
    if not in_click:
        return State.WINDOW_BLOCKED
    if cut or target == "another":
        return State.ANSWER_UNDELIVERED
    return State.DONE if user == "accepts" else State.AUTHORIZATION_FAILED


TARGETS: tuple[PopupTarget, ...] = ("origin", "any", "another")
USERS: tuple[UserBehaviour, ...] = ("accepts", "denies")
MEMORIES: tuple[Remembered, ...] = ("nothing", "consent")


@pytest.mark.parametrize(("in_click", "cut"), [*product([True, False], repeat=2)])
@pytest.mark.parametrize(("target", "user"), [*product(TARGETS, USERS)])
def test_a_login_in_a_popup_ends_as_the_model_of_windows_says(
    in_click: bool, target: PopupTarget, cut: bool, user: UserBehaviour
) -> None:
    trace = in_popup(popup_by_click=in_click, popup_target=target, cuts_openers=cut, user=user)
    assert ended(trace) is should_end(in_click, target, cut, user)
    failed = ended(trace) in (State.WINDOW_BLOCKED, State.ANSWER_UNDELIVERED)
    assert bool([line for one in narration.told(trace) for line in console(one)]) is failed
    assert bool(posts(trace)) is not failed


@pytest.mark.parametrize("remembered", MEMORIES)
def test_a_redirect_with_no_page_cuts_the_popup_off_as_well(remembered: Remembered) -> None:
    """The HTML standard looks at the opener policy of every answer to a navigation, redirects among them."""
    trace = in_popup(cuts_openers=True, remembered=remembered)
    assert ended(trace) is State.ANSWER_UNDELIVERED
    assert "Cross-Origin-Opener-Policy" in trace.events[-1].checks[0].received


def test_in_the_apps_own_window_none_of_it_matters() -> None:
    usual = Simulation(seed=SEED, client="spa").played()
    without_meaning: list[Settings] = [{"popup_target": "another"}, {"popup_by_click": False}]
    for settings in without_meaning:
        trace = Simulation(seed=SEED, client="spa").fork("the same", **settings).played()
        assert [one.messages for one in trace.events] == [one.messages for one in usual.events]
    assert ended(Simulation(seed=SEED, client="spa", cuts_openers=True).played()) is State.DONE


def test_what_is_posted_is_what_the_server_has_answered_and_the_app_redeems_it_once() -> None:
    trace = in_popup()
    (post,) = posts(trace)
    (event,) = (one for one in trace.events if any(sent.message is post for sent in one.messages))
    came, _, posted, redeemed = event.messages
    assert isinstance(came.message, Request)
    assert isinstance(redeemed.message, Request)
    assert (posted.sender, posted.receiver) == (CLIENT, CLIENT)
    assert query_of(post.url) == came.message.query
    assert dict(redeemed.message.form)["code"] == dict(came.message.query)["code"]
    assert (post.posted_by, post.posted_to) == (PAGE, PAGE)
    assert posts(in_popup(popup_target="any"))[0].posted_to == "*"


def test_a_login_that_hangs_has_spent_no_code_and_leaves_the_page_waiting() -> None:
    trace = in_popup(cuts_openers=True)
    world = trace.worlds[-1]
    app = world.clients[PAGE]
    assert not app.tokens
    assert app.transactions, "the page waits"
    assert not any(grant.used for grant in world.servers["https://as.example"].grants.values())
    assert "never comes" in narration.text(narration.told(trace)[-1])


def at_the_answer(**settings: Unpack[Settings]) -> World:
    """The world of a login in a popup in which the answer is in the browser's hands."""
    return next(one for one in in_popup(**settings).worlds if one.runs[VICTIM].state is State.CODE_IN_BROWSER)


@pytest.mark.parametrize("off", [False, True])
def test_only_a_page_of_the_apps_own_origin_may_post_an_answer_to_it(off: bool) -> None:
    """RFC 9700 §4.17.2 wants exact string matching of the origin; the message is not looked at else."""
    world = posted_by_another(at_the_answer(without={"popup.sender_origin"} if off else set()))
    event = apply(world, Move(VICTIM, Act.STEP_7)).log[-1]
    assert event.outcome is (Outcome.OK if off else Outcome.ERROR)
    assert any(one.check.id.startswith("callback.") for one in event.checks) is off


def test_an_origin_that_begins_like_the_apps_is_another_one() -> None:
    world = posted_by_another(at_the_answer())
    run = world.runs[VICTIM]
    assert run.in_flight is not None
    assert isinstance(run.in_flight.message, Opening)
    for origin in (f"{PAGE}.attacker.example", "https://SPA.example", "http://spa.example", f"{PAGE}/", "null", "*"):
        message = replace(run.in_flight.message, posted_by=origin)
        flying = evolve(run, in_flight=replace(run.in_flight, message=message))
        event = apply(evolve(world, runs=world.runs.set(VICTIM, flying)), Move(VICTIM, Act.STEP_7)).log[-1]
        assert event.outcome is Outcome.ERROR, origin


@pytest.mark.parametrize("client", [one for one in CLIENTS if one != "spa"])
def test_an_app_that_is_no_page_has_no_page_that_a_popup_could_post_to(client: str) -> None:
    usual = Simulation(seed=SEED, client=client).played()
    popup = Simulation(seed=SEED, client=client, login_window="popup", popup_by_click=False).played()
    assert [one.messages for one in popup.events] == [one.messages for one in usual.events]


def test_a_link_of_somebody_elses_to_the_callback_page_has_no_opener_and_brings_nothing() -> None:
    trace = in_popup(attacker="login-csrf", state=False)
    planted = [one for one in trace.events if one.run == "planted"]
    assert planted[-1].outcome is Outcome.UNDELIVERED
    assert "no page has opened this one" in planted[-1].checks[0].received
    assert not trace.verdict.attack_succeeded


def test_what_is_posted_stands_in_the_json_and_in_the_comment_of_the_har() -> None:
    trace = in_popup()
    (post,) = (
        one
        for event in trace_json(trace)["events"]
        for one in event["http"]
        if one["kind"] == "opening" and "posted_by" in one
    )
    assert post["posted_to"] == PAGE
    comments = [one.get("comment", "") for one in har(trace)["log"]["pages"]]
    assert sum("Posted to a page, no HTTP, App → App" in one for one in comments) == 1
