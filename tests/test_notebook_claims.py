"""What the notebooks say of runs is what comes of those runs, and no sentence that says such a thing is left out."""

import pytest

import tests.kit.claims_of_later_notebooks
import tests.kit.claims_of_mcp_login
import tests.kit.claims_of_network_notebooks
import tests.kit.claims_of_notebooks
import tests.kit.claims_of_own_clients
import tests.kit.claims_of_proofs
import tests.kit.claims_of_real_port
import tests.kit.claims_of_sessions
import tests.kit.claims_of_the_clinic
import tests.kit.claims_of_the_search  # noqa: F401  (each puts its claims into the list)
from tests.kit.notebook_claims import (
    CLAIMS,
    NOTEBOOKS,
    Claim,
    answers_at_once,
    cells,
    prose,
    sentences,
    speaks_of_runs,
)
from tests.kit.notebook_definitions import NOT_OF_A_RUN


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.notebook[:2]}-{claim.words[:60]}")
def test_what_a_notebook_says_is_what_its_runs_show(claim: Claim) -> None:
    assert claim.words in prose(claim.notebook), "the notebook says something else by now"
    assert claim.holds()


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_sentence_about_runs_is_held_by_runs_or_is_said_to_be_none(notebook: str) -> None:
    known = [part for one in CLAIMS if one.notebook == notebook for part in sentences(one.words)]
    known += NOT_OF_A_RUN[notebook[3:]]
    left = [
        sentence
        for cell in cells(notebook, "markdown")
        for sentence in sentences(cell)
        if speaks_of_runs(sentence) and not any(one in sentence or sentence in one for one in known)
    ]
    assert not left


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_what_is_said_to_be_no_claim_stands_in_the_notebook(notebook: str) -> None:
    text = prose(notebook)
    assert not [words for words in NOT_OF_A_RUN[notebook[3:]] if words not in text]


@pytest.mark.parametrize(
    ("sentence", "speaks"),
    [
        ("PKCE stops all four.", True),
        ("Four.", True),
        ("See the row `mix-up`.", True),
        ("Nobody but the app has the verifier.", True),
        ("No message, but nineteen checks, in this order:", True),
        ("A *cookie* is a value that the browser stores.", False),
        ("The page comes from the server.", False),
    ],
)
def test_what_speaks_of_runs(sentence: str, speaks: bool) -> None:
    assert speaks_of_runs(sentence) is speaks


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_no_answer_stands_in_the_open_right_below_its_prediction(notebook: str) -> None:
    assert [*answers_at_once(notebook)] == []
