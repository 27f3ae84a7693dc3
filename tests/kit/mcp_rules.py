"""docs/mcp-rules.md: every MUST and MUST NOT of the authorization of the Model Context Protocol, and what holds it.

`tests/mcp_rules.csv` has a row for each: its code, who must keep it, what it says in words of our own, how far flowsim
holds it, and by which checks (`api.audience`) or tests (`tests/test_x.py::test_name`). `make map` writes the page.

With a folder behind it the command counts the rules in the pages of the specification there, by their file names:
`python -m tests.kit.mcp_rules FOLDER`.
"""

import ast
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "tests" / "mcp_rules.csv"
PAGE = ROOT / "docs" / "mcp-rules.md"
STATUSES = ("held", "partly", "not yet", "out of scope")
REVISION = "2026-07-28"
_SITE = "https://modelcontextprotocol.io"
_AUTHORIZATION = f"{_SITE}/specification/{REVISION}/basic/authorization"
_DISCOVERY, _BEST = "authorization-server-discovery", "security_best_practices"
# The letter of a code, with the page and its title. The number counts the rules of that page, in order.
PAGES = {
    "I": ("index", "Authorization", _AUTHORIZATION),
    "D": (_DISCOVERY, "Authorization server discovery", f"{_AUTHORIZATION}/{_DISCOVERY}"),
    "R": ("client-registration", "Client registration", f"{_AUTHORIZATION}/client-registration"),
    "S": ("security-considerations", "Security considerations", f"{_AUTHORIZATION}/security-considerations"),
    "B": (_BEST, "Security best practices", f"{_SITE}/docs/{REVISION}/tutorials/security/{_BEST}"),
}
ONLY_ANNOUNCED = "I14"  # says that a later revision will turn a SHOULD into a MUST
_RULE = re.compile(r"\*\*MUST(?: NOT)?\*\*")
_HEAD = """# The rules for an MCP login, and what holds them

The Model Context Protocol has clients log in by the authorization code flow with PKCE. The pages on authorization of its
revision {revision}, with the page on security best practices, have {rules} rules, {must} with MUST and {must_not} with
MUST NOT. Each has a row here. Its code is the letter of the page and the place of the rule on it; {announced} is missing,
because it only announces a rule of a later revision.

This page is made from [tests/mcp_rules.csv](../tests/mcp_rules.csv) by `make map`. A test looks whether every check and
every test that is named exists. What a rule says is put into words of our own: what binds is the text of the page.

* **held**: {held}. A check or a test of flowsim fails where the rule is broken.
* **partly**: {partly}. The note says what is missing.
* **not yet**: {not_yet}. Nothing in flowsim looks at it by now.
* **out of scope**: {out}. The note says why.

A check can be read by `python -m flowsim why NAME`.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `held_by` are names of checks and ids of tests, with blanks between them."""

    code: str
    must: str
    who: str
    rule: str
    status: str
    held_by: str
    note: str

    @property
    def holders(self) -> tuple[str, ...]:
        return tuple(self.held_by.split())


def rules() -> tuple[Rule, ...]:
    """The table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(Rule(**row) for row in csv.DictReader(file))


@lru_cache
def functions_in(file: str) -> frozenset[str]:
    """The names of the test functions in this file; none where there is no such file."""
    path = ROOT / file
    if not path.exists():
        return frozenset()
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def is_test(holder: str) -> bool:
    """True where this is the id of a test that exists."""
    file, _, name = holder.partition("::")
    return name in functions_in(file)


def page() -> str:
    """The page as Markdown."""
    every = rules()
    kinds, statuses = Counter(one.must for one in every), Counter(one.status for one in every)
    held, partly, not_yet, out = (statuses[one] for one in STATUSES)
    head = _HEAD.format(
        revision=REVISION, rules=len(every), must=kinds["MUST"], must_not=kinds["MUST NOT"], announced=ONLY_ANNOUNCED,
        held=held, partly=partly, not_yet=not_yet, out=out,
    )  # fmt: skip
    lines = [head]
    for letter, (_, title, address) in PAGES.items():
        lines += [f"## [{title}]({address})\n", "| | who | what | | held by | note |", "|---|---|---|---|---|---|"]
        lines += [_row(one) for one in every if one.code[0] == letter]
        lines.append("")
    return "\n".join(lines)


def codes_in(folder: Path) -> Iterator[tuple[str, str]]:
    """The code and the word of each rule, as the pages in this folder have them."""
    for letter, (name, _, _) in PAGES.items():
        text = next(folder.rglob(f"{name}.mdx")).read_text(encoding="utf-8")
        for number, word in enumerate(_RULE.findall(text), 1):
            if f"{letter}{number}" != ONLY_ANNOUNCED:
                yield f"{letter}{number}", word.strip("*")


def _row(one: Rule) -> str:
    return f"| {one.code} | {one.who} | {one.rule} | {one.status} | {'<br>'.join(map(_holder, one.holders))} | {one.note} |"


def _holder(name: str) -> str:
    file, colons, test = name.partition("::")
    return f"[{test.removeprefix('test_').replace('_', ' ')}](../{file})" if colons else f"`{name}`"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        here, there = [(one.code, one.must) for one in rules()], [*codes_in(Path(sys.argv[1]))]
        sys.exit(0 if here == there else f"the pages have other rules: {sorted({*here} ^ {*there})}")
    PAGE.write_text(page(), encoding="utf-8")
