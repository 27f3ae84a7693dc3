"""What the notebooks' prose says of runs, each sentence with the runs that it rests on.

`CLAIMS` has a notebook, words of a sentence in it, and a function that plays the runs and says whether it is so. A sentence
that looks like such a claim and is none, because it defines a word, gives a task or does a sum that the cell beside it does
as well, is in notebook_definitions.py. What looks like a claim is decided by `speaks_of_runs`.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from flowsim.attacks import ATTACKERS
from flowsim.lessons.course import BY_SLUG, LESSONS
from tests.kit.clauses import ROOT

NOTEBOOKS = tuple(lesson.name for lesson in LESSONS)
WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty")
IN_WORDS = {word: number for number, word in enumerate((*WORDS, *TEENS))}

_COUNT = rf"\b({'|'.join((*WORDS[2:], *TEENS))}|thirty|forty|hundred)(th|teenth)?\b"
_OUTCOME = r"\b(stop|work|win|succeed|fail|notice|refuse|help)(s|ed|ped|ping)?\b|\b(gets|won)\b"
_ABSOLUTE = r"\b([Nn]obody|never|cannot|always|only|every|[Nn]o (defence|check|place|such|other))\b"
_ACTOR = r"PKCE|DPoP|`(S256|plain|state|nonce|iss|dpop)`|secret|attack|theft|[Rr]otation|backend|script|verifier|server"
_ANSWER = r"(None|All|No|Yes|Neither|Both|Once|Only|It (does|cannot|can)|(One|Two|Three|Four)\b)[ .:,]"


@dataclass(frozen=True, slots=True)
class Claim:
    """Words that stand in this notebook, and whether the runs bear them out."""

    notebook: str
    words: str
    holds: Callable[[], bool]


CLAIMS: list[Claim] = []


def claim(slug: str, words: str) -> Callable[[Callable[[], bool]], Callable[[], bool]]:
    """Put a function into CLAIMS, for the notebook of this lesson."""

    def put(holds: Callable[[], bool]) -> Callable[[], bool]:
        CLAIMS.append(Claim(BY_SLUG[slug].name, words, holds))
        return holds

    return put


def cells(notebook: str, kind: str) -> tuple[str, ...]:
    """The sources of the cells of this kind, `markdown` or `code`."""
    stored = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    return tuple("".join(cell["source"]) for cell in stored if cell["cell_type"] == kind)


def prose(notebook: str) -> str:
    """All text of this notebook in one line, without the addresses of links."""
    return " ".join(_plain(cell) for cell in cells(notebook, "markdown"))


def sentences(cell: str) -> Iterator[str]:
    """The sentences of a cell of text, without headings, rows of tables, questions and the way on."""
    lines = [
        line.removeprefix("> ")
        for line in cell.split("\n")
        if not line.startswith(("|", "#", "*“", "**Read next", "<"))
    ]
    for paragraph in re.split(r"\n\s*\n|\n(?=\* )", "\n".join(lines)):
        for sentence in re.split(r"(?<=[.!?:])\*{0,2}\)? (?=[A-Z“`*\[(])", _plain(paragraph)):
            if sentence and not sentence.endswith("?"):
                yield sentence


def answers_at_once(notebook: str) -> Iterator[str]:
    """What begins like an answer and stands, not folded, right below a cell that asks for a prediction."""
    stored = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    for asking, below in pairwise(stored):
        asks = asking["cell_type"] == "code" and re.search(r"\bpredict\(|\bask=", "".join(asking["source"]))
        text = _plain("".join(below["source"]))
        if asks and below["cell_type"] == "markdown" and re.match(rf"({_ANSWER}|It (must|does) )", text):
            yield text[:60]


def speaks_of_runs(sentence: str) -> bool:
    """True for a sentence that counts something, names an attack, or says of somebody what comes of it."""
    if re.match(r"(\* )?\*\*(Read next|You need)|Solutions are in", sentence):
        return False
    acts = re.search(_ACTOR, sentence) and re.search(f"{_OUTCOME}|{_ABSOLUTE}", sentence)
    names = any(f"`{name}`" in sentence for name in ATTACKERS)
    return bool(acts or names or re.search(_COUNT, sentence) or re.match(_ANSWER, sentence.strip("*")))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).split())
