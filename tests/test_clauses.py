"""Every clause that is cited has a row in tests/clauses.csv, and says there what it is cited for."""

import os
import re
from pathlib import Path

import pytest

from flowsim.model.steps import clause_url
from tests.kit import clauses
from tests.kit.clauses import CHECKED, MOST_WORDS, ROOT, cited, clauses_in, links_in, problems, rows, sources, text_of

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
TEXTS = os.environ.get("FLOWSIM_RFC_TEXTS", "")
# The sections of OIDC Core, whose addresses name them in words.
ANCHORS = {
    "IDToken": "2",
    "AuthRequest": "3.1.2.1",
    "TokenResponse": "3.1.3.3",
    "CodeIDToken": "3.1.3.6",
    "IDTokenValidation": "3.1.3.7",
    "CodeFlowTokenValidation": "3.1.3.8",
    "StandardClaims": "5.1",
    "AdditionalClaims": "5.1.2",
    "ScopeClaims": "5.4",
    "ClientAuthentication": "9",
    "RotateSigKeys": "10.1.1",
    "OfflineAccess": "11",
}


def test_every_clause_that_is_cited_has_a_row_and_every_row_is_cited() -> None:
    where = cited()
    assert {row.clause for row in rows()} == set(where), "run python -m tests.kit.clauses: it names what is missing"
    said = [(row.clause, row.quotation) for row in rows()]
    assert len(set(said)) == len(said)
    stale = [row.clause for row in rows() if row.where.split() != list(where[row.clause])]
    assert not stale, f"run python -m tests.kit.clauses: the files that cite these have changed: {stale}"


def test_a_row_quotes_a_few_words_and_says_how_they_were_checked() -> None:
    for row in rows():
        assert 1 <= len(row.quotation.split()) <= MOST_WORDS, row
        assert row.checked in CHECKED, row
        assert clause_url(row.clause.replace(" appendix ", " §")).startswith("https://")


@pytest.mark.skipif(not TEXTS, reason="FLOWSIM_RFC_TEXTS names no folder with the texts of the RFCs")
def test_every_section_exists_and_says_what_is_quoted() -> None:
    assert not list(problems(Path(TEXTS)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT / "notebooks")))
def test_a_link_leads_to_the_clause_that_its_label_names(path: Path) -> None:
    for source in sources(path):
        for label, clause in links_in(source):
            named = label.replace(",", "")
            assert named in (clause, clause.partition(" ")[2].partition(" ")[2]), f"{label} leads to {clause}"
        for number, anchor in re.findall(r"\[OIDC Core §([\d.]+)\]\(\S+?#(\w+)\)", source):
            assert ANCHORS[anchor] == number
        for number, section in re.findall(r"\[OAuth 2\.1 §([\d.]+)\]\(\S+?#section-([\d.]+)\)", source):
            assert number == section


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see RFC 7636 section 4.6.", ["RFC 7636 §4.6"]),
        ("RFC 9700 sections 2.1, 4.7 and 4.8, RFC 7009", ["RFC 9700 §2.1", "RFC 9700 §4.7", "RFC 9700 §4.8"]),
        ("RFC 9700 §2.1 and §4.7.1; it keeps to §4.8.2", ["RFC 9700 §2.1", "RFC 9700 §4.7.1", "RFC 9700 §4.8.2"]),
        ("RFC 7515, appendix A.2", ["RFC 7515 appendix A.2"]),
        ("[§4.3](https://www.rfc-editor.org/rfc/rfc9700#section-4.3)", ["RFC 9700 §4.3"]),
        ("OIDC Core §3.1.3.7, OAuth 2.1 §7.9", ["OIDC Core §3.1.3.7", "OAuth 2.1 §7.9"]),
        ("RFC 6749 in two sections 4 and 5 pages long", []),
    ],
)
def test_citations_are_found_however_they_are_written(text: str, found: list[str]) -> None:
    assert list(clauses_in(text)) == found


def test_a_text_is_searched_in_the_section_and_nowhere_else(tmp_path: Path) -> None:
    pages = "1.  One\n\n   It is so.\n\nHardt                  [Page 1]\n\fRFC 1234     OAuth     May 2020\n\n"
    (tmp_path / "rfc1234.txt").write_text(
        f"{pages}   More of\n   one.\n\n1.1.  Below\n\n   Here.\n\n2.  Two\n\n   Not so.\n"
    )
    assert text_of("RFC 1234 §1", tmp_path) == "1. One It is so. More of one. 1.1. Below Here."
    assert text_of("RFC 1234 §1.1", tmp_path) == "1.1. Below Here."
    assert text_of("RFC 1234 §3", tmp_path) == ""
    assert text_of("RFC 9999 §1", tmp_path) is None


def test_a_wrong_quotation_and_a_section_that_is_not_there_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rfc1234.txt").write_text("1.  One\n\n   It is so.\n")
    table = tmp_path / "clauses.csv"
    table.write_text("clause,quotation,checked,where\nRFC 1234 §1,It is not so,memory,\nRFC 1234 §2,It is so,memory,\n")
    monkeypatch.setattr(clauses, "TABLE", table)
    assert list(problems(tmp_path)) == [
        "RFC 1234 §1: it does not say “It is not so”",
        "RFC 1234 §2: there is no such section",
    ]
