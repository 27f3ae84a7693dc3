"""The table of the rules for an MCP login is whole, and names only checks and tests that exist."""

import ast
from collections import Counter

import pytest

from flowsim.checks import CHECKS
from tests.kit.mcp_rules import ONLY_ANNOUNCED, PAGE, PAGES, ROOT, STATUSES, Rule, functions_in, is_test, page, rules

RULES = rules()
HOW_MANY = {"I": 37, "D": 15, "R": 13, "S": 29, "B": 20}  # in bold on each page of revision 2026-07-28


def test_each_rule_of_each_page_has_one_row_in_order() -> None:
    every = [f"{letter}{number}" for letter in PAGES for number in range(1, HOW_MANY[letter] + 1)]
    assert [one.code for one in RULES] == [code for code in every if code != ONLY_ANNOUNCED]
    assert len(RULES) == 113
    assert Counter(one.must for one in RULES) == {"MUST": 98, "MUST NOT": 15}


@pytest.mark.parametrize("rule", RULES, ids=[one.code for one in RULES])
def test_a_row_says_how_far_the_rule_is_held_and_by_what(rule: Rule) -> None:
    assert rule.status in STATUSES
    assert rule.rule.endswith(".")
    assert rule.who
    assert bool(rule.holders) == (rule.status in ("held", "partly"))
    assert rule.note or rule.status in ("held", "not yet")


@pytest.mark.parametrize("holder", sorted({holder for one in RULES for holder in one.holders}))
def test_what_holds_a_rule_is_a_check_or_a_test_that_exists(holder: str) -> None:
    known = is_test(holder) if "::" in holder else holder in CHECKS
    assert known, f"{holder} is neither a check nor a test; has it another name now? Say so in tests/mcp_rules.csv"


def test_a_name_that_does_not_exist_is_no_test() -> None:
    assert not is_test("tests/test_mcp_rules.py::test_that_is_not_there")
    assert not is_test("tests/no_such_file.py::test_x")
    assert "test_a_name_that_does_not_exist_is_no_test" in functions_in("tests/test_mcp_rules.py")


def test_the_page_is_made_from_the_table() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m tests.kit.mcp_rules writes it anew"


def test_no_address_is_opened_through_a_shell() -> None:
    """Nothing in flowsim starts a shell, so no address is ever read by one."""
    for path in sorted((ROOT / "flowsim").rglob("*.py")):
        text = path.read_text("utf-8")
        if not any(word in text for word in ("shell", "system", "popen", "getoutput", "webbrowser")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("os.system", "os.popen", "subprocess.getoutput", "webbrowser.open"), path
                assert not any(one.arg == "shell" for one in node.keywords), path
