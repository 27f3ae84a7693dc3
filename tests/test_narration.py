"""Every event has a title, a label, a text and clauses, and none of them claims what did not happen.

Each sentence is held against the facts by an oracle (kit/oracle.py) that knows nothing of how the sentences are made.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from flowsim.analysis.counterexamples import sessions
from flowsim.analysis.counterexamples.edits import OFFLINE, played, with_flying, world_in
from flowsim.engine.apply import apply
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import STEPS, clause_url
from flowsim.model.telling import Telling
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, VICTIM
from flowsim.protocol.messages import Opening, response
from flowsim.simulation.simulation import Trace
from flowsim.views.text import narration
from tests.kit import claims_of_verdicts, oracle, told_runs
from tests.kit.accidents import accident_traces
from tests.kit.claims_of_verdicts import verdict_faults
from tests.kit.facts import Facts
from tests.kit.worlds import CLIENTS, METHODS, telling_of, walk
from tests.test_attacks import CELLS
from tests.test_machine import form, journeys

ABOUT_PKCE = re.compile(r"code_verifier|code_challenge|PKCE|verifier|challenge")


GROUPS = told_runs.groups()


def said_of(telling: Telling, made: frozenset[tuple[str, str]]) -> list[str]:
    """The title, the label and every sentence of the text."""
    text = narration.text(telling)
    return [narration.title(telling), narration.label(telling, made), *oracle.sentences(text)]


MADE_WRONG, ACCIDENTS = "made-wrong", "accidents"


def made_wrong() -> list[Telling]:
    """Events of runs in which something is not as it should be: what no setting brings about."""
    refreshed, logged_out = {"scope": OFFLINE, "later": "refresh"}, {"scope": OFFLINE, "later": "logout"}
    bare = Opening(url=f"{ISSUER}/authorize?client_id=photo-app")
    strange = response(200, json={"access_token": "a", "token_type": "strange"})
    bare_logout = {"remembered": "from-now", "later": "server-logout", "scope": "read:messages"}
    question = world_in(State.LOGOUT_QUESTION, sessions.RUN, **bare_logout)
    asked = world_in(State.LOGOUT_PREPARED, sessions.RUN, remembered="from-now", later="server-logout")
    back = world_in(State.LOGOUT_DONE, sessions.RUN, remembered="from-now", later="server-logout")
    reader = world_in(State.START, ATTACKER_RUN, attacker="code-interception")
    walks = [
        walk(with_flying(world_in(State.PREPARED, par="required"), bare)),
        walk(with_flying(world_in(State.CODE_ACCEPTED), strange)),
        walk(
            with_flying(world_in(State.REFRESH_ACCEPTED, "refresh 1", **refreshed), strange, "refresh 1"), "refresh 1"
        ),
        walk(form("logout 1", token="other")(world_in(State.REVOCATION_SENT, "logout 1", **logged_out)), "logout 1"),
        walk(sessions.no_question(question), sessions.RUN),
        walk(sessions.asked(client_id="other")(asked), sessions.RUN),
        walk(sessions.another_state(back), sessions.RUN),
        *([reader, apply(reader, Move(ATTACKER_RUN, act))] for act in (Act.READ_APP, Act.READ_STORAGE)),
    ]
    pairs = [*pairwise(journeys()), *(pair for worlds in walks for pair in pairwise(worlds))]
    return [
        Telling(after.log[-1], before, after) for before, after in pairs if after.log and after.log[:-1] == before.log
    ]


@cache
def walk_over(group: str) -> tuple[frozenset[str], list[str]]:
    """Every sentence that is said in the runs of this group, and what is wrong with any of them."""
    said: set[str] = set()
    wrong: list[str] = []
    for trace in accident_traces() if group == ACCIDENTS else told_runs.traces(GROUPS.get(group, [])):
        said.update(_hear(narration.told(trace), wrong))
        said.add(trace.verdict.sentence)
        wrong += [f"{trace.verdict.sentence!r}: {fault}; {trace.scenario}" for fault in verdict_faults(trace)]
    if group == MADE_WRONG:
        for telling in made_wrong():
            said.update(_hear([telling], wrong))
    return frozenset(said), wrong


def _hear(tellings: Sequence[Telling], wrong: list[str]) -> Iterator[str]:
    """Every sentence that is said of these events; what is wrong with one is added to `wrong`."""
    made = narration.secrets(tellings[-1].after.log) if tellings else frozenset()
    for telling in tellings:
        facts = Facts(telling.before, telling.after)
        for sentence in said_of(telling, made):
            yield sentence
            place = f"{telling.event.act.name} in {telling.scenario}"
            wrong += [f"{sentence!r}: {fault}; {place}" for fault in oracle.faults(facts, sentence)]


@pytest.mark.parametrize("group", [*GROUPS, MADE_WRONG, ACCIDENTS])
def test_every_sentence_is_true_of_the_run_that_it_stands_beside(group: str) -> None:
    said, wrong = walk_over(group)
    assert said
    assert not wrong, "\n".join(wrong[:5])


def test_every_setting_is_walked_over_and_none_that_there_is_not() -> None:
    known = set(Scenario.__dataclass_fields__)
    assert set(told_runs.VALUES) | set(told_runs.ELSEWHERE) == known
    assert {name for group in GROUPS.values() for one in group if isinstance(one, dict) for name in one} <= known


@pytest.mark.parametrize(
    ("settings", "act", "sentence"),
    [
        ({"pkce": "plain"}, Act.STEP_2, "Its SHA-256 hash is the `code_challenge`."),
        ({"pkce": "plain"}, Act.STEP_2, "The app makes the code_verifier and its hash"),
        ({"pkce": "none"}, Act.STEP_2, "The app draws 32 random octets and writes them as text: the `code_verifier`."),
        (
            {"verifier": "clock"},
            Act.STEP_2,
            "The app draws 32 random octets and writes them as text: the `code_verifier`.",
        ),
        ({"nonce": False}, Act.STEP_2, "It also draws a `state` and a `nonce`."),
        (
            {"without": {"id_token.nonce"}},
            Act.STEP_2,
            "It draws a `nonce`, so that it can recognise the answers to this one login.",
        ),
        (
            {"par": "required"},
            Act.STEP_3,
            "It carries who is asking, where to send the answer, and the `code_challenge`.",
        ),
        ({"web_view": True}, Act.STEP_4, "The app cannot read what the user types there."),
        ({"allows_framing": True}, Act.STEP_4, "The page forbids other sites to frame it."),
        ({"remembered": "login"}, Act.STEP_4, "The server shows its login page"),
        ({"web_view": True}, Act.STEP_5, "Only the authorization server sees the `password`."),
        ({"login": "one-time-code"}, Act.STEP_5, "Only the authorization server sees the `password`."),
        ({"asks_consent": False}, Act.STEP_5, "The user logs in and consents"),
        ({"code_lifetime": 600}, Act.STEP_6, "The code is not a token: it works once, for a minute."),
        ({"without": {"token.code_unused"}}, Act.STEP_6, "The code is not a token: it works once, for a minute."),
        ({"client": "spa"}, Act.STEP_7, "Then it talks to the server directly, without the browser."),
        ({"pkce": "none"}, Act.STEP_7, "It sends the `code` and the `code_verifier` behind the challenge of step 3."),
        ({"pkce": "none", "client": "web"}, Act.STEP_7, "It has nothing else to show that it asked for it."),
        ({"pkce": "none"}, Act.STEP_8, "The server checks the verifier"),
        ({"without": {"token.code_fresh"}}, Act.STEP_8, "It also checks that the code is known, fresh and unused."),
        ({"scope": "read:messages"}, Act.STEP_9, "The `id_token` is for the app: it says who logged in."),
        ({"access_token_lifetime": 90}, Act.STEP_9, "The `access_token` is for the API, and lives for an hour."),
        ({"dpop": "tokens"}, Act.STEP_10, "It is a bearer token: whoever has it may use it."),
        ({"without": {"api.audience"}}, Act.STEP_11, "The API checks the token by itself: for which API."),
        ({}, Act.STEP_7, "It sends the `request_uri`."),
        ({}, Act.STEP_9, "It checks the proof."),
    ],
    ids=str,
)
def test_the_oracle_finds_what_is_false_and_what_no_rule_knows(
    settings: dict[str, Any], act: Act, sentence: str
) -> None:
    """Most of these were once said of such runs."""
    settings = settings | ({"without": frozenset(settings["without"])} if "without" in settings else {})
    telling = telling_of(played(**settings), act)
    assert list(oracle.faults(Facts(telling.before, telling.after), sentence))


def test_every_rule_of_the_oracle_has_something_to_say() -> None:
    """A rule whose sentence is gone must go, too; it would cover a claim that nobody has looked at."""
    said = frozenset().union(*(walk_over(group)[0] for group in (*GROUPS, MADE_WRONG, ACCIDENTS)))
    rules = (*oracle.RULES, *claims_of_verdicts.RULES, *claims_of_verdicts.OF_ACCIDENTS)
    assert [pattern.pattern for pattern, _ in rules if not any(pattern.search(one) for one in said)] == []


def every_telling() -> list[Telling]:
    attacked = [narration.told(played(attacker=attack, client=client, pkce=pkce)) for attack, client, pkce, _ in CELLS]
    return [*(telling for some in attacked for telling in some), *made_wrong()]


def test_every_event_has_something_to_say() -> None:
    for telling in every_telling():
        for said in (narration.title(telling), narration.label(telling, ()), narration.text(telling)):
            assert said == said.strip()
            assert said
            assert "None" not in said
            assert "{" not in said
        assert len(narration.title(telling)) <= 60
        assert len(narration.label(telling, ())) <= 80
        assert narration.text(telling).endswith(".")
        assert narration.text(telling).count("`") % 2 == 0
        assert narration.clauses(telling) or telling.event.act is Act.WAIT
        assert all(clause_url(clause).startswith("https://") for clause in narration.clauses(telling))


def test_the_clause_that_stopped_somebody_stands_first_and_none_stands_twice() -> None:
    for telling in every_telling():
        clauses = narration.clauses(telling)
        assert len(set(clauses)) == len(clauses)
        decided = [result.check for result in telling.event.checks if result.decides]
        if decided:
            assert clauses[0] == decided[0].clause
            assert f"Here it stops: “{decided[-1].title}” does not hold." in narration.text(telling)


@pytest.mark.parametrize("attacker", [None, "code-interception", "code-and-request", "decompiled-secret"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_story_without_pkce_speaks_of_pkce_only_to_say_that_there_is_none(client: str, attacker: str | None) -> None:
    if (client, attacker) == ("web", "decompiled-secret"):
        return
    for telling in narration.told(played(client=client, pkce="none", attacker=attacker)):
        assert not ABOUT_PKCE.search(f"{narration.title(telling)} {narration.label(telling, ())}")
        assert not any(clause.startswith("RFC 7636") for clause in narration.clauses(telling))
        for sentence in re.split(r"(?<=[.:?]) ", narration.text(telling)):
            if ABOUT_PKCE.search(sentence):
                assert re.search(r"\b(no|No|without|if there is one)\b", sentence), sentence


def label_of(trace: Trace, act: Act, run: str = VICTIM) -> str:
    return narration.label(telling_of(trace, act, run), narration.secrets(trace.events))


@pytest.mark.parametrize("pkce", METHODS)
def test_a_login_is_told_with_the_titles_of_its_steps(pkce: str) -> None:
    """But for those that say what the run does about PKCE."""
    titles = [narration.title(telling) for telling in narration.told(played(pkce=pkce))]
    differing = {step.number: told for told, step in zip(titles, STEPS, strict=True) if told != step.title}
    assert (
        differing
        == {
            "S256": {2: "The app makes the code_verifier and its hash"},
            "plain": {2: "The app makes the code_verifier"},
            "none": {2: "The app prepares its request", 7: "The app sends the code", 8: "The server checks the code"},
        }[pkce]
    )


@pytest.mark.parametrize(
    ("act", "settings", "label"),
    [
        (Act.STEP_1, {}, "click “Log in”"),
        (Act.STEP_2, {}, "make code_verifier, code_challenge"),
        (Act.STEP_2, {"pkce": "none"}, "make state, nonce"),
        (Act.STEP_2, {"pkce": "none", "state": False, "nonce": False}, "prepare the request"),
        (Act.STEP_3, {}, "GET /authorize code_challenge"),
        (Act.STEP_3, {"pkce": "none"}, "GET /authorize"),
        (Act.STEP_5, {}, "password, consent"),
        (Act.STEP_5, {"login": "one-time-code"}, "one-time-code, consent"),
        (Act.STEP_5, {"remembered": "login"}, "consent"),
        (Act.STEP_5, {"asks_consent": False}, "password"),
        (Act.STEP_5, {"user": "denies"}, "password, consent denied"),
        (Act.STEP_5, {"user": "wrong-password"}, "password, wrong"),
        (Act.STEP_6, {}, "303 com.example.app:/callback code"),
        (Act.STEP_6, {"user": "denies"}, "303 com.example.app:/callback error"),
        (Act.STEP_7, {}, "POST /oauth/token code, code_verifier"),
        (Act.STEP_7, {"client": "web", "pkce": "none"}, "POST /oauth/token code, client_secret"),
        (Act.STEP_8, {}, "verifier fits challenge?"),
        (Act.STEP_9, {}, "200 access_token, id_token"),
        (Act.STEP_10, {}, "GET /messages access_token"),
        (Act.STEP_10, {"dpop": "tokens"}, "GET /messages access_token"),
    ],
    ids=str,
)
def test_a_label_is_taken_from_the_message_itself(act: Act, settings: dict[str, Any], label: str) -> None:
    assert label_of(played(**settings), act) == label


def test_a_verifier_that_nobody_made_is_called_a_guess() -> None:
    guessed = played(attacker="code-interception")
    assert label_of(guessed, Act.SEND_CODE, "attacker") == "POST /oauth/token code, a guess"
    read = played(attacker="code-and-request", pkce="plain")
    assert label_of(read, Act.SEND_CODE, "attacker") == "POST /oauth/token code, code_verifier"
    tried = played(attacker="code-and-request", pkce="S256")
    assert label_of(tried, Act.SEND_CODE, "attacker") == "POST /oauth/token code, the challenge"


def test_a_silent_approval_is_no_page_and_no_failure() -> None:
    silent = telling_of(played(remembered="consent"), Act.STEP_4)
    assert silent.event.outcome is Outcome.SILENT
    assert narration.label(silent, ()) == "known user, no page"
    assert not narration.failed(silent.event)
    assert narration.failed(telling_of(played(user="denies"), Act.STEP_5).event)


def test_an_answer_is_labelled_with_its_error() -> None:
    refused = played(attacker="code-interception")
    assert label_of(refused, Act.STEP_9, "attacker") == "400 invalid_grant"
    forbidden = played(scope="openid")
    assert label_of(forbidden, Act.STEP_11) == "403 insufficient_scope"


def test_only_a_refusal_or_an_error_is_shown_as_failed() -> None:
    assert not any(narration.failed(event) for event in played().events)
    assert [event.act for event in played(attacker="code-interception").events if narration.failed(event)] == [
        Act.STEP_8,
        Act.STEP_9,
    ]
