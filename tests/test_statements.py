"""What people say about PKCE: each statement is decided by runs, and comes out as the literature has it."""

import re

import pytest

from flowsim import ScenarioError, Simulation
from flowsim.analysis.matrix import cell
from flowsim.analysis.statements import STATEMENTS, Case, Claim, Statement, statement
from flowsim.lessons.token_storage import Network
from flowsim.model.steps import clause_url
from flowsim.model.world import VICTIM

# RFC 9700 section 4, RFC 7636 sections 1 and 7; the second column is the attack and the defences of the deciding run.
FALSE = {
    "pkce-proves-the-app": "app-impersonation against S256",
    "stolen-code-is-worthless": "code-and-request against plain",
    "state-stops-attackers": "code-injection against state",
    "nonce-protects-the-code": "code-interception against nonce",
    "pkce-replaces-state": "pkce-downgrade against S256",
    "plain-is-broken": "code-interception against plain",
    "rotation-prevents-theft": "refresh-theft against rotation, app closed",
    "dpop-stops-code-theft": "code-interception against dpop",
    "https-hides-the-challenge": "code-and-request against S256",
    "pkce-replaces-exact-match": "redirect-manipulation against S256",
}
TRUE = {
    "plain-stops-a-reader-of-the-redirect": "code-interception against plain",
    "a-planted-code-is-refused": "login-csrf against S256 + pkce-required",
    "a-secret-does-not-stop-injection": "code-injection against secret",
    "rotation-ends-the-family": "refresh-theft-late against rotation",
    "the-verifier-can-be-handed-over": "mix-up against S256",
    "nonce-comes-after-the-tokens": "code-injection against nonce",
    "pkce-outlives-the-secret": "decompiled-secret against S256",
}


def by_name(one: Statement) -> str:
    return one.name


def test_the_tables_name_every_statement() -> None:
    assert [one.name for one in STATEMENTS] == [*FALSE, *TRUE]
    assert len({one.text for one in STATEMENTS}) == len(STATEMENTS)


@pytest.mark.parametrize("one", STATEMENTS, ids=by_name)
def test_the_runs_decide_it_as_the_literature_does(one: Statement) -> None:
    decision = one.decide()
    assert decision.holds is (one.name in TRUE)
    assert decision.deciding.name == {**FALSE, **TRUE}[one.name]
    assert decision.answer.startswith(str(decision.holds))


@pytest.mark.parametrize("one", STATEMENTS, ids=by_name)
def test_every_run_is_a_real_one_and_the_one_that_decides_comes_first(one: Statement) -> None:
    decision = one.decide()
    assert decision.runs[0].name == decision.deciding.name
    assert [run.name for run in decision.runs] == [case.name for case in decision.cases]
    beside = [one.beside.name] if one.beside else []
    assert {run.name for run in decision.runs} == {trace.name for trace in decision.traces} | {*beside}
    for run in decision.runs:
        assert isinstance(run, Simulation)
        assert run.position == 0
        assert any(event.by_attacker for event in run.run().events)
    for case, trace in zip(one.cases, decision.traces, strict=True):
        if not case.later:
            assert trace.verdict == cell(case.attack, *case.defences).verdict


@pytest.mark.parametrize("one", STATEMENTS, ids=by_name)
def test_it_says_what_came_of_each_run_and_where_to_read_on(one: Statement) -> None:
    decision, text = one.decide(), repr(one.decide())
    assert text.splitlines()[0] == f"“{one.text}”"
    assert clause_url(one.clause).startswith("https://")
    assert one.clause in text
    assert one.reason.endswith(".")
    ordered = sorted(decision.traces, key=lambda trace: trace.name != decision.deciding.name)
    for trace, line in zip(ordered, decision.lines, strict=True):
        assert line in text
        assert line.startswith(f"{trace.name}: ")
        assert trace.verdict.sentence in line
        claim = one.claim
        assert (claim.words if claim.holds(trace) else claim.otherwise) in line


@pytest.mark.parametrize("one", [one for one in STATEMENTS if one.beside], ids=by_name)
def test_a_run_beside_it_comes_out_otherwise_than_the_one_that_decides(one: Statement) -> None:
    assert one.beside is not None
    assert one.claim.holds(one.beside.simulation().run()) is not one.decide().holds


def made(can: bool, *cases: Case) -> Statement:
    works = Claim("it works", "it is stopped", lambda trace: trace.verdict.attack_succeeded)
    return Statement("made", "Made.", "RFC 6749 §10", "For this test.", works, cases, can=can)


THEFT, STOPPED = Case("code-interception"), Case("code-interception", ("S256",))


@pytest.mark.parametrize(
    ("can", "cases", "answer", "deciding"),
    [
        (False, (THEFT, STOPPED), "False. Here is a run that refutes it.", STOPPED),
        (False, (THEFT,), "True in this run (one run is no proof).", THEFT),
        (False, (THEFT, THEFT), "True in these 2 runs (runs are no proof).", THEFT),
        (True, (STOPPED, THEFT), "True. Here is a run in which it happens.", THEFT),
        (True, (STOPPED,), "False in this run (one run is no proof).", STOPPED),
    ],
)
def test_one_run_refutes_what_is_said_of_all_and_proves_what_can_happen(
    can: bool, cases: tuple[Case, ...], answer: str, deciding: Case
) -> None:
    decision = made(can, *cases).decide()
    assert (decision.answer, decision.deciding.name) == (answer, deciding.name)


def test_a_defence_that_the_row_begins_with_is_named() -> None:
    assert Case("weak-verifier").name == "weak-verifier against S256"
    assert Case("code-injection").name == "code-injection against no defence"


@pytest.mark.parametrize("one", STATEMENTS, ids=by_name)
def test_short_names_tell_the_runs_of_a_statement_apart(one: Statement) -> None:
    cases = one.decide().cases
    names = [case.short_name(cases) for case in cases]
    assert len(set(names)) == len(cases)
    assert all(
        set(re.split(r"[ ,]+", name)) <= set(re.split(r"[ ,]+", e.name)) for name, e in zip(names, cases, strict=True)
    )


def test_a_server_that_insists_on_pkce_is_one() -> None:
    """What the statement says of its servers is so in its runs."""
    one = statement("a-planted-code-is-refused")
    assert all(case.simulation().scenario.pkce_required for case in one.cases)
    assert all(case.simulation().scenario.pkce == "S256" for case in one.cases)


def test_after_a_family_has_ended_the_access_token_of_the_app_lives_on() -> None:
    """The reason says so: no new tokens, while the one it has works until it expires."""
    world = statement("rotation-ends-the-family").decide().deciding.worlds[-1]
    run = world.runs[VICTIM]
    answer = Network(world).call(world.apis[run.api].url)
    assert answer.status == 200
    assert world.clients[run.client].tokens[run.who].refresh_token is None


def test_a_statement_there_is_not_is_explained() -> None:
    assert statement("plain-is-broken") is next(one for one in STATEMENTS if one.name == "plain-is-broken")
    with pytest.raises(ScenarioError, match=re.escape("did you mean plain-is-broken?")):
        statement("plain-is-brocken")
