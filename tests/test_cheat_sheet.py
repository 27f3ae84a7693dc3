"""The cheat sheet says what the tables and the runs say, and the printed one is of today, on one page."""

import re
from html import unescape

from flowsim.analysis.matrix import cell
from flowsim.lessons.cheat_sheet import cheat_sheet
from flowsim.model.steps import STEPS
from tests.kit.cheat_sheet import PDF, pages_of, title_of, titled

TEXT = unescape(re.sub(r"<[^>]+>", "\n", cheat_sheet()))


def test_it_has_every_step_by_its_title() -> None:
    assert len(STEPS) == 11
    assert all(step.title in TEXT for step in STEPS)


def test_what_it_says_that_pkce_does_not_stop_is_so() -> None:
    (named,) = re.findall(r"S256 and nothing else: ([^.]*)\.", TEXT)
    assert len(named.split(", ")) >= 5
    assert all(cell(attack, "S256").works for attack in named.split(", "))


def test_the_verifier_stays_between_app_and_server() -> None:
    row = re.search(r"<tr><td>code_verifier</td>(.*?)</tr>", cheat_sheet())
    assert row
    assert re.findall(r"[●–]", row[1]) == ["–", "●", "●", "–"]


def test_the_printed_page_is_of_today_and_is_one() -> None:
    pdf = PDF.read_bytes()
    (title,) = re.findall(r"<title>(.*?)</title>", titled())
    assert title_of(pdf) == title, "make map prints it anew"
    assert pages_of(pdf) == 1
