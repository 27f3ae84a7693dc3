"""An attacker's act is one record: what it does, which position it takes, and how it is told, in true sentences."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from frozendict import frozendict

from flowsim.analysis.counterexamples.edits import played, world_in
from flowsim.engine.effect import Effect, put_away
from flowsim.engine.handlers import ATTACKER_ACTS, handler_of
from flowsim.engine.handlers.registry import attacker_act, handles
from flowsim.engine.turn import Turn
from flowsim.model.context import Context
from flowsim.model.on_the_way import BY_THE_BROWSER, ON_THE_WAY
from flowsim.model.positions import POSITIONS, REWRITE, WEB
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Act, State
from flowsim.model.steps import clause_url
from flowsim.model.telling import Telling
from flowsim.model.transitions import TRANSITIONS, Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKER_RUN, OWN_LOGIN, PLANTED, VICTIM, Proofs, World
from flowsim.views.text import narration
from tests.kit.worlds import event_of, telling_of

# What happens beside the steps and is no attacker's doing.
HONEST = {Act.RUN_ACTION, Act.WAIT, Act.CHANGE_PASSWORD, Act.ROTATE_KEYS, *ON_THE_WAY, *BY_THE_BROWSER}
IN_THE_TABLE = {act for role in TRANSITIONS.values() for row in role.values() for act in row}


def test_each_act_that_the_table_allows_only_an_attacker_has_a_record_and_no_other_has_one() -> None:
    assert set(ATTACKER_ACTS) == {act for act in IN_THE_TABLE if not act.step} - HONEST
    assert all(record.act is act for act, record in ATTACKER_ACTS.items())


def test_every_act_has_a_handler_and_each_record_brings_its_own() -> None:
    world = world_in(State.START, attacker="code-interception")
    assert set(Act) == IN_THE_TABLE | {Act.EXCHANGE}  # which occurs only in what was recorded of a live world
    for run in (VICTIM, ATTACKER_RUN):
        assert all(callable(handler_of(world.runs[run], act)) for act in IN_THE_TABLE)
        assert all(handler_of(world.runs[run], act) is record.handler for act, record in ATTACKER_ACTS.items())


def test_nobody_gives_an_act_a_second_handler() -> None:
    record = ATTACKER_ACTS[Act.READ_APP]
    with pytest.raises(ValueError, match="READ_APP has a handler already: read_app"):
        attacker_act(Act.READ_APP, takes=WEB, clauses=("RFC 6749 §10.1",), label="x", title="x", text="x")(
            record.handler
        )
    with pytest.raises(ValueError, match="STEP_4 has a handler already: step_4"):
        handles(Act.STEP_4)(record.handler)
    with pytest.raises(ValueError, match="STEP_9 has a handler already: receive_answer"):
        handles(Act.STEP_9, by_attacker=True)(record.handler)
    assert ATTACKER_ACTS[Act.READ_APP] is record


@pytest.mark.parametrize("act", ATTACKER_ACTS)
def test_every_clause_of_a_record_is_well_formed(act: Act) -> None:
    for clause in ATTACKER_ACTS[act].clauses:
        assert re.fullmatch(r"(RFC \d{4,5}|OIDC Core|OAuth 2\.1|Security Topics Update) §\d+(\.\d+)*", clause)
        assert clause_url(clause).startswith("https://")
    assert len(set(ATTACKER_ACTS[act].clauses)) == len(ATTACKER_ACTS[act].clauses)


@pytest.mark.parametrize("name", ["clauses", "label", "title", "text"])
def test_a_record_that_lacks_something_cannot_be_made(name: str) -> None:
    record = ATTACKER_ACTS[Act.READ_WINDOW]
    lacking: dict[str, Any] = {name: () if name == "clauses" else ""}
    with pytest.raises(ValueError, match=f"the record of READ_WINDOW has no {name}"):
        replace(record, **lacking)
    given: dict[str, Any] = {"takes": WEB, "clauses": ("RFC 6749 §10.1",), "label": "x", "title": "x", "text": "x"}
    with pytest.raises(TypeError, match=name):
        attacker_act(Act.READ_WINDOW, **{key: value for key, value in given.items() if key != name})


def test_a_record_with_a_position_or_a_specification_that_there_is_not_cannot_be_made() -> None:
    record = ATTACKER_ACTS[Act.READ_WINDOW]
    with pytest.raises(ScenarioError, match="there is no position 'A9'"):
        replace(record, takes="A9")
    with pytest.raises(ScenarioError, match="there is no position 'A9'"):
        replace(record, takes_in_own_login="A9")
    with pytest.raises(KeyError, match="a blog"):
        replace(record, clauses=("a blog §1",))


def test_every_position_is_taken_by_some_act_and_a_request_of_ones_own_is_anybodys_to_change() -> None:
    runs = (VICTIM, OWN_LOGIN)
    assert {record.position(run) for record in ATTACKER_ACTS.values() for run in runs} == set(POSITIONS)
    assert [ATTACKER_ACTS[Act.STRIP_CHALLENGE].position(run) for run in runs] == [REWRITE, WEB]


def turn_of(world: World, run: str, act: Act) -> Turn:
    return Turn(world, world.runs[run], Move(run, act), Context(7, world.now, world.scenario.policy, run))


def test_what_a_handler_gives_back_is_put_away_under_the_names_of_its_run() -> None:
    turn = turn_of(world_in(State.CODE_IN_BROWSER), VICTIM, Act.STEP_7)
    effect = Effect(
        person=turn.person,
        browser=replace(turn.browser, page="new"),
        app=replace(turn.app, used_codes=frozenset({"a"})),
        server=replace(turn.server, pushed=frozendict()),
        api=replace(turn.api, proofs=Proofs(seen=frozendict({"b": 1}))),
        loot={"code": "c"},
    )
    changes = put_away(effect, turn)
    run = turn.run
    assert changes["people"][run.owner] is effect.person
    assert changes["browsers"][run.owner] is effect.browser
    assert changes["clients"][run.client] is effect.app
    assert changes["servers"][run.server] is effect.server
    assert changes["apis"][run.api] is effect.api
    assert changes["attacker"].loot == {"code": "c"}
    assert put_away(Effect(), turn) == {}


def test_an_app_of_the_attackers_changes_the_victims_device_from_a_run_of_its_own() -> None:
    trace = played(attacker="app-impersonation", remembered="consent")
    installed = event_of(trace, Act.INSTALL_APP, ATTACKER_RUN).index
    before, after = (trace.worlds[index].browsers for index in (installed - 1, installed))
    assert before[VICTIM] != after[VICTIM]
    assert before.delete(VICTIM) == after.delete(VICTIM)


SAID: dict[str, Callable[[Telling], str]] = {
    "title": narration.title,
    "text": narration.text,
    "label": lambda telling: narration.label(telling, ()),
}
# Attack, settings, act, run, whether it is the title, the label or the text, words that are there, words that are not.
TOLD: list[tuple[str, dict[str, Any], Act, str, str, str, str]] = [
    ("request-stripping", {}, Act.STRIP_CHALLENGE, VICTIM, "title", "out of the victim's request", "its own"),
    ("request-stripping", {}, Act.STRIP_CHALLENGE, VICTIM, "text", "where the request comes by", "own browser"),
    ("request-stripping", {"pkce": "none"}, Act.STRIP_CHALLENGE, VICTIM, "title", "finds no challenge", "takes"),
    ("request-stripping", {"par": "required"}, Act.STRIP_CHALLENGE, VICTIM, "text", "which was pushed", "Without a"),
    ("pkce-downgrade", {}, Act.STRIP_CHALLENGE, OWN_LOGIN, "title", "out of its own request", "victim"),
    (
        "pkce-downgrade",
        {"dpop": "code"},
        Act.STRIP_CHALLENGE,
        OWN_LOGIN,
        "text",
        "without the name of a key",
        "nothing to",
    ),
    (
        "pkce-downgrade",
        {"par": "required", "pkce_required": False},
        Act.WRITE_REQUEST,
        OWN_LOGIN,
        "title",
        "another request in place",
        "out of",
    ),
    ("code-and-request", {}, Act.READ_REQUEST, VICTIM, "text", "reads the `code_challenge`", "There is no"),
    (
        "code-and-request",
        {"pkce": "none"},
        Act.READ_REQUEST,
        VICTIM,
        "text",
        "There is no `code_challenge`",
        "reads the",
    ),
    ("code-and-request", {"par": "required"}, Act.READ_REQUEST, VICTIM, "text", "pushed beforehand", "code_challenge"),
    ("code-interception", {"client": "native-loopback"}, Act.TAKE_RESPONSE, VICTIM, "text", "at the port", "claims"),
    ("code-interception", {}, Act.TAKE_RESPONSE, VICTIM, "text", "claims the same address", "the port"),
    ("mix-up", {"iss": False}, Act.GET_TOKEN_REQUEST, VICTIM, "label", "keep code and code_verifier", "None"),
    (
        "mix-up",
        {"iss": False, "pkce": "none"},
        Act.GET_TOKEN_REQUEST,
        VICTIM,
        "text",
        "sends the `code` there.",
        "verifier",
    ),
    ("malicious-client", {}, Act.SEND_CODE, ATTACKER_RUN, "title", "The attacker's app sends its code", "stolen"),
    ("code-interception", {}, Act.SEND_CODE, ATTACKER_RUN, "title", "sends the stolen code", "made up"),
    ("code-guessing", {}, Act.SEND_CODE, "guess 1", "title", "a code that it has made up", "stolen"),
    ("chosen-challenge", {"client": "spa"}, Act.OPEN_REQUEST, ATTACKER_INITIATED, "text", "`code_challenge`", "pushed"),
    ("chosen-challenge", {"client": "web"}, Act.OPEN_REQUEST, ATTACKER_INITIATED, "title", "own login", "wrote"),
    (
        "chosen-challenge",
        {"client": "spa", "par": "required"},
        Act.OPEN_REQUEST,
        ATTACKER_INITIATED,
        "text",
        "names a request, which was pushed",
        "code_challenge",
    ),
    (
        "app-impersonation",
        {},
        Act.GET_RESPONSE,
        ATTACKER_INITIATED,
        "text",
        "has claimed it on this device",
        "is the attacker's own",
    ),
    ("malicious-client", {}, Act.GET_RESPONSE, ATTACKER_INITIATED, "text", "is the attacker's own", "claimed"),
    (
        "forwarded-password",
        {"redirect_status": 307, "asks_consent": False},
        Act.GET_RESPONSE,
        ATTACKER_INITIATED,
        "title",
        "sends the form on to the attacker",
        "redirect",
    ),
    ("access-token-theft", {"dpop": "tokens"}, Act.READ_API_REQUEST, VICTIM, "text", "and the proof", "None"),
    ("access-token-theft", {}, Act.READ_API_REQUEST, VICTIM, "text", "`access_token` in it. ", "proof"),
    (
        "code-injection",
        {"client": "web", "state": False},
        Act.INJECT_CODE,
        OWN_LOGIN,
        "text",
        "leaves all else",
        "`state`",
    ),
    ("code-injection", {"client": "web"}, Act.INJECT_CODE, OWN_LOGIN, "text", "leaves the `state` alone", "all else"),
    (
        "redirect-manipulation",
        {"client": "web", "redirect_match": "prefix"},
        Act.INJECT_CODE,
        OWN_LOGIN,
        "text",
        "does not wait for an answer",
        "where its own was",
    ),
    ("login-csrf-with-state", {"client": "spa"}, Act.PLANT_RESPONSE, PLANTED, "text", "opens this one", "kept"),
]


@pytest.mark.parametrize(
    ("attack", "settings", "act", "run", "part", "words", "others"),
    TOLD,
    ids=[f"{row[0]} {row[4]} {row[5]}" for row in TOLD],
)
def test_what_is_told_of_an_act_is_true_of_the_run(
    attack: str, settings: dict[str, Any], act: Act, run: str, part: str, words: str, others: str
) -> None:
    said = SAID[part](telling_of(played(attacker=attack, **settings), act, run))
    assert words in said
    assert others not in said


def test_a_push_that_is_refused_is_not_told_as_if_it_had_worked() -> None:
    taken = telling_of(
        played(attacker="malicious-client", client="web", par="required"), Act.PUSH_REQUEST, ATTACKER_RUN
    )
    assert "knows its `client_id`" in narration.text(taken)
    web = telling_of(played(attacker="pkce-downgrade", client="web", par="required"), Act.PUSH_REQUEST, ATTACKER_RUN)
    assert "To this one it gives none." in narration.text(web)
    assert narration.clauses(web)[0] == next(one.check.clause for one in web.event.checks if one.decides)


def test_every_act_of_an_attacker_lies_between_two_steps_but_the_sending_of_a_code() -> None:
    assert [act for act, record in ATTACKER_ACTS.items() if record.is_step] == [Act.SEND_CODE]
    taken = event_of(played(attacker="chosen-challenge", remembered="consent"), Act.TAKE_RESPONSE, ATTACKER_INITIATED)
    assert narration.between(taken)
