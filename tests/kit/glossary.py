"""docs/glossary.md and the links that lead there from the lessons: `make map` writes both.

In each lesson the first place where a term of the glossary stands in running text is a link to its explanation.
"""

import json
import re
from pathlib import Path

from flowsim.front_end.glossary_page import anchor, glossary_markdown
from flowsim.views.text.terms import TERMS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "glossary.md"
_LINK = re.compile(r"\[([^\]]+)\]\(\.\./docs/glossary\.md#[\w-]+\)")
# What is no running text: code, what is a link or a picture already, headings, quotations of questions, rows of tables.
_NOT_TEXT = re.compile(
    r"```[\s\S]*?```|!?\[[^\]]*\]\([^)]*\)|`[^`]*`|^#.*$|^\|.*$|^\*“.*$|^\*\*Read next.*$|<[^>]+>", re.MULTILINE
)
# Words that mean something else as often as what the glossary says of them.
_TOO_PLAIN = {
    "client", "authorization server", "website", "flow", "consent", "claim", "audience", "hash", "event", "check", "branch",
    "position", "verdict", "chip", "matrix", "defence", "session", "307", "plain", "redirect", "native app",
    "single-page app",     "resource server", "own login", "scope", "state", "inject", "S256", "PKCE",
}  # fmt: skip
_TERMS = {term.name: term for term in TERMS if term.name not in _TOO_PLAIN}
_WORDS = re.compile(
    rf"(?<![\w`-])({'|'.join(re.escape(name) for name in sorted(_TERMS, key=len, reverse=True))})(s?)(?![\w`-])"
)


def linked(texts: list[str]) -> list[str]:
    """The texts of a lesson's cells, the first occurrence of each term a link."""
    seen: set[str] = set()
    result = []
    for text in (_LINK.sub(r"\1", text) for text in texts):
        pieces, at = [], 0
        for skipped in [*_NOT_TEXT.finditer(text), None]:
            end = skipped.start() if skipped else len(text)
            pieces.append(_WORDS.sub(lambda found: _link(found, seen), text[at:end]))
            if skipped:
                pieces.append(skipped[0])
                at = skipped.end()
        result.append("".join(pieces))
    return result


def written(notebook: str) -> str:
    """This notebook, as the text of its file, with today's links in it."""
    content = json.loads(notebook)
    cells = [cell for cell in content["cells"] if cell["cell_type"] == "markdown"]
    for cell, text in zip(cells, linked(["".join(cell["source"]) for cell in cells]), strict=True):
        cell["source"] = text.splitlines(keepends=True)
    return f"{json.dumps(content, indent=1, ensure_ascii=False)}\n"


def _link(found: re.Match[str], seen: set[str]) -> str:
    if found[1] in seen:
        return found[0]
    seen.add(found[1])
    return f"[{found[0]}](../docs/glossary.md#{anchor(found[1])})"


if __name__ == "__main__":
    PAGE.write_text(glossary_markdown(), "utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        path.write_text(written(path.read_text("utf-8")), "utf-8")
