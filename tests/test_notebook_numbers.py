"""Numbers in the prose of the notebooks are those that the program has, and what they say of one another is so."""

import re

import pytest

from flowsim.checks import TABLES
from tests.kit.clauses import ROOT
from tests.kit.notebook_claims import IN_WORDS, NOTEBOOKS, cells, prose

MINUTES = {
    "five minutes": "5 minutes",
    "fifteen minutes": "15 minutes",
    "twenty minutes": "20 minutes",
    "half an hour": "30 minutes",
    "thirty minutes": "30 minutes",
    "forty minutes": "40 minutes",
    "three quarters of an hour": "45 minutes",
    "two sittings of forty-five minutes": "twice 45 minutes",
}


def test_the_second_notebook_counts_the_checks_right() -> None:
    text, ids = prose("01-eleven-steps"), [check.id for check in TABLES["the token endpoint"]]
    (count,) = re.findall(r"No message, but (\w+) checks", text)
    assert IN_WORDS[count] == len(ids)
    (heart,) = re.findall(r"The (\w+)th is the heart of PKCE", text)
    assert ids[IN_WORDS[heart] - 1] == "token.verifier_fits"
    rows = re.findall(r"\| (\d+)(?:–(\d+))? \| ", text)
    ends = [(int(first), int(last or first)) for first, last in rows]
    assert [first for first, _ in ends] == [1, *(last + 1 for _, last in ends[:-1])]
    assert ends[-1][1] == len(ids)
    pkce = next(row for row in ends if row[0] <= IN_WORDS[heart] <= row[1])
    assert all("verifier" in one for one in ids[pkce[0] - 1 : pkce[1]])
    (forms,) = re.findall(r"(\w+) rules for the first form, (\w+) for the second", text)
    assert tuple(IN_WORDS[word] for word in forms) == (len(TABLES["the login form"]), len(TABLES["the consent form"]))


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_takes_as_long_as_the_readme_says(notebook: str) -> None:
    (row,) = re.findall(rf"\| \[{notebook}\].* \| ([^|]+) \|\n", (ROOT / "README.md").read_text(encoding="utf-8"))
    opening = " ".join(cells(notebook, "markdown")[0].split()).lower()
    assert [MINUTES[words] for words in MINUTES if re.search(rf"(?<![\w-]){words}", opening)] == [row]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_what_a_notebook_needs_and_leads_to_is_there(notebook: str) -> None:
    opening, *_, last = cells(notebook, "markdown")
    ending = " ".join(last.split())
    needed = re.findall(r"\]\((\d\d-[\w-]+)\.ipynb\)", opening.partition("**You need:**")[2])
    assert set(needed) <= {one for one in NOTEBOOKS if one < notebook}
    assert needed or notebook == NOTEBOOKS[0]
    after = NOTEBOOKS[NOTEBOOKS.index(notebook) + 1 :]
    read_next = re.findall(r"\]\((\d\d-[\w-]+)\.ipynb\)", ending.partition("**Read next")[2])
    assert not after or after[0] in read_next
    assert f"solutions/{notebook}.ipynb" in ending
    if after and int(after[0][:2]) != int(notebook[:2]) + 1:
        assert f"There is no notebook with the number {int(notebook[:2]) + 1:02}" in ending


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_sums_up_what_was_seen_before_its_exercises(notebook: str) -> None:
    text = "\n".join(cells(notebook, "markdown"))
    summary = "## What to take home" if notebook.startswith("02") else "## What you have seen"
    assert 0 < text.index(summary) < text.index("## Exercises")
