"""The table of clauses: every clause that code, texts and notebooks cite, with a few of its own words and who cites it.

`tests/clauses.csv` has a row for each, or several where it is cited for several things: the clause, a quotation of at most
a dozen words that bears what it is cited for, how the quotation was checked, and the files that cite it.

`python -m tests.kit.clauses` writes the last column anew and names the citations that have no row yet. With a folder behind
it the command looks every quotation up in the documents' texts there, `rfc6749.txt` and the like. Debian has them in
doc-rfc-std, doc-rfc-std-proposed and doc-rfc-informational; flowsim needs none.

How a quotation was checked is one of `published` (against the text as published), `draft` (against the source of the last
draft before publication, or of the current one for OAuth 2.1 and the Security Topics Update) and `memory`.
"""

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "tests" / "clauses.csv"
MOST_WORDS = 12
CHECKED = ("published", "draft", "memory")
_PLACES = ("README.md", "flowsim", "notebooks", "docs", "tests", "benchmarks")
_KINDS = (".py", ".md", ".ipynb", ".js", ".html", ".csv")
_NOT_READ = ("node_modules", "golden")
# What is made from other files, and what speaks of citations without making any.
_MADE = (
    "docs/attacks.md",
    "tests/clauses.csv",
    "tests/kit/clauses.py",
    "tests/kit/notebook_definitions.py",
    "tests/outcomes.csv",
    "tests/test_clauses.py",
)

_DOCUMENT = (
    r"RFC 6265bis|RFC \d{4,5}|OAuth Form Post|OAuth 2\.1|Security Topics Update|Client ID Metadata Document"
    r"|OIDC (?:Core|Discovery|RP-Initiated Logout|Back-Channel Logout)"
)
_NUMBER = r"(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)(?![\w])"
_CITATION = re.compile(
    rf"(?P<document>{_DOCUMENT})"
    rf"|(?:§\s?)(?P<sign>{_NUMBER})"
    rf"|(?P<word>[Ss]ections?|[Aa]ppendix) (?P<list>{_NUMBER}(?:(?:,| and| or| to|, and) {_NUMBER})*)"
)
_LINK = re.compile(r"\[([^\]]*)\]\((https://www\.rfc-editor\.org/rfc/rfc(\d+)#(section|appendix)-([\w.]+\w))\)")
_TEXT_OF = {
    "OIDC Core": "oidc-core.txt",
    "OIDC Discovery": "oidc-discovery.txt",
    "OAuth 2.1": "oauth-2.1.txt",
    "Security Topics Update": "security-topics-update.txt",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One clause such as `RFC 7636 §4.6` or `RFC 7636 appendix B`, and what the table says of it."""

    clause: str
    quotation: str
    checked: str
    where: str


def rows() -> tuple[Row, ...]:
    """The table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(Row(**row) for row in csv.DictReader(file))


def cited() -> dict[str, tuple[str, ...]]:
    """Every clause that is cited, with the files that cite it."""
    found = defaultdict(set)
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        for text in _texts(path):
            for clause in clauses_in(text):
                found[clause].add(name)
    return {clause: tuple(sorted(names)) for clause, names in found.items()}


def clauses_in(text: str) -> Iterator[str]:
    """The clauses that this text cites. A `§` without a document belongs to the document named last before it."""
    text = _LINK.sub(lambda link: f"RFC {link[3]} {'appendix ' if link[4] == 'appendix' else '§'}{link[5]}", text)
    document, end = "", -9
    for match in _CITATION.finditer(" ".join(text.split())):
        if match["document"]:
            document, end = match["document"], match.end()
        elif match["sign"] and document:
            yield f"{document} §{match['sign']}"
        elif match["word"] and document and match.start() - end <= len(", "):
            for number in re.findall(_NUMBER, match["list"]):
                yield f"{document} {'appendix ' if number[0].isalpha() else '§'}{number}"


def links_in(text: str) -> Iterator[tuple[str, str]]:
    """The label of each link to a section of an RFC, and the clause that its address leads to."""
    for label, _, number, kind, section in _LINK.findall(text):
        yield label, f"RFC {number} {'appendix ' if kind == 'appendix' else '§'}{section}"


def sources(path: Path) -> tuple[str, ...]:
    """The sources of the cells of this notebook, without what they have put out."""
    return tuple("".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])


def text_of(clause: str, folder: Path) -> str | None:
    """The text of this clause with all below it, from the documents in this folder; None where the document is not there.

    It is empty where the document has no such section.
    """
    document, _, section = clause.replace(" appendix ", " §").partition(" §")
    path = folder / _TEXT_OF.get(document, document.replace(" ", "").lower() + ".txt")
    if not path.exists():
        return None
    inside, found = False, []
    for line in _lines(path):
        heading = re.match(rf"(?:Appendix )?({_NUMBER})\.?\s+\S", line)
        if heading and not (inside and heading[1].startswith(f"{section}.")):
            inside = heading[1] == section
        if inside:
            found.append(line)
    return plain(" ".join(found))


def plain(text: str) -> str:
    """This text with straight quotation marks and single blanks."""
    straight = text.translate(str.maketrans("“”‘’", "\"\"''"))
    return re.sub(r"- (?=\w)", "-", " ".join(straight.split()))


def problems(folder: Path) -> Iterator[str]:
    """What is wrong with rows whose document is in this folder: no such section, or it does not say what is quoted."""
    for row in rows():
        text = text_of(row.clause, folder)
        if text == "":
            yield f"{row.clause}: there is no such section"
        elif text is not None and plain(row.quotation) not in text:
            yield f"{row.clause}: it does not say “{row.quotation}”"


def write() -> list[str]:
    """Write the last column anew, drop what nobody cites, and give the citations that have no row."""
    where, known = cited(), rows()
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("clause", "quotation", "checked", "where"))
        for row in sorted(known, key=lambda row: _order(row.clause)):
            if row.clause in where:
                writer.writerow((row.clause, row.quotation, row.checked, " ".join(where[row.clause])))
    return sorted(set(where) - {row.clause for row in known}, key=_order)


def _files() -> Iterator[Path]:
    for place in _PLACES:
        top = ROOT / place
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            inside = path.relative_to(ROOT)
            if path.suffix in _KINDS and not set(inside.parts) & set(_NOT_READ) and inside.as_posix() not in _MADE:
                yield path


def _texts(path: Path) -> tuple[str, ...]:
    if path.suffix == ".ipynb":
        return sources(path)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":  # strings that go on in the next line, and comments
        text = re.sub(r'"\s*\n\s*[rf]?"|\n\s*#\s*', " ", text)
    return (text,)


def _lines(path: Path) -> Iterator[str]:
    """The lines of an RFC without the head and foot of each page."""
    for line in path.read_text(encoding="utf-8", errors="replace").replace("\f", "\n").splitlines():
        line = re.sub(r"^ +\|", " ", line)  # the bar before a note
        if not re.search(r"\[Page \d+\]\s*$", line) and not re.match(r"RFC \d+ .*\b(19|20)\d\d$", line):
            yield line


def _order(clause: str) -> tuple[str, int, list[tuple[bool, int, str]]]:
    document, _, section = clause.replace(" appendix ", " §").partition(" §")
    name, _, number = document.rpartition(" ")
    name = name if number.isdigit() else document
    parts = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in section.split(".")]
    return name, int(number) if number.isdigit() else 0, parts


if __name__ == "__main__":
    if len(sys.argv) > 1:
        wrong = list(problems(Path(sys.argv[1])))
    else:
        wrong = [f"no row for {clause}: cited in {' '.join(cited()[clause])}" for clause in write()]
    sys.exit("\n".join(wrong) or 0)
