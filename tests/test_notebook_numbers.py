"""Numbers that stand in the prose of a notebook are those that the program has."""

import re

import nbformat

from flowsim.checks import TABLES
from tests.browser.jupyter import ROOT

WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty")
IN_WORDS = {word: number for number, word in enumerate((*WORDS, *TEENS))}


def prose(name: str) -> str:
    """All text of this notebook, one line."""
    cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
    return " ".join(" ".join(cell.source.split()) for cell in cells if cell.cell_type == "markdown")


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
