"""What a word means: terms, secrets, names in messages, error codes, checks, settings, attacks, defences, steps, clauses.

`explain("PKCE")` gives every entry of that name. `ENTRIES` are all of them, of which the glossary's page is made.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from flowsim.analysis.defences import DEFENCES
from flowsim.attacks import ATTACKERS
from flowsim.checks import TABLES
from flowsim.model.choices import CHOICES
from flowsim.model.positions import POSITIONS
from flowsim.model.refusal import OAuthError
from flowsim.model.scenario import SETTINGS
from flowsim.model.settings import ScenarioError, unknown
from flowsim.model.shown import shown
from flowsim.model.steps import ALL_STEPS, step_name
from flowsim.views.text.error_words import ERRORS
from flowsim.views.text.fields import FIELDS
from flowsim.views.text.terms import TERMS
from flowsim.views.text.words_of_console import told_in_console

Kind = Literal[
    "term",
    "step",
    "name in a message",
    "error code",
    "check",
    "setting",
    "attack",
    "position",
    "defence",
    "choice",
    "clause",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
_CLAUSE = re.compile(
    r"(RFC ?\d{4,5}|OIDC (?:Core|Discovery)|OAuth 2\.1)(?: (?:§ ?|section |appendix )?([\w.]+))?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one name means in one respect: a title where it has one, a text, its clauses, and its other names.

    `text` has `backquotes` around what is literal. `cited_by` are the names that a clause stands behind.
    """

    kind: Kind
    name: str
    text: str
    clauses: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    cited_by: tuple[str, ...] = ()


def explain(name: str) -> tuple[Entry, ...]:
    """Every entry of this name, the most general first. Raises ScenarioError, with the nearest name, where there is none.

    Letter case counts for nothing, and `-`, `_` and spaces are one. A clause is named as in `RFC 9700 §4.5`, and the name
    of a document alone gives all of its clauses.
    """
    if clause := _CLAUSE.match(name.strip()):
        return _of_document(clause[1], clause[2], name)
    found = tuple(entry for entry in ENTRIES if _plain(name) in {_plain(one) for one in (entry.name, *entry.also)})
    if not found:
        known = {one.lower(): one for entry in ENTRIES for one in (entry.name, *entry.also)}
        raise unknown("word", name.lower() if isinstance(name, str) else name, sorted(known))
    return found


def _of_document(document: str, section: str | None, name: str) -> tuple[Entry, ...]:
    wanted = _compact(document)
    of_document = [entry for entry in CLAUSES if _compact(entry.name.partition(" §")[0]) == wanted]
    found = [entry for entry in of_document if section is None or entry.name.partition(" §")[2] == section]
    if not of_document:
        documents = sorted({entry.name.partition(" §")[0] for entry in CLAUSES})
        raise ScenarioError(f"nothing here cites {shown(name)}; the documents are: {', '.join(documents)}")
    if not found:
        cited = ", ".join(f"§{entry.name.partition(' §')[2]}" for entry in of_document)
        raise ScenarioError(f"nothing here cites {shown(name)}; what is cited of it: {cited}")
    return tuple(found)


def _compact(document: str) -> str:
    return document.lower().replace(" ", "")


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", str(text).strip().strip("`").lower())


# Some places of checks are places, and some are what a party does.
_DOES = re.compile(r"^the [^,]*\b(?:reads|prepares|receives|sends|opens|hears)\b")


def _entries() -> Iterator[Entry]:
    for term in TERMS:
        yield Entry("term", term.name, term.text, _clauses(term.clause), term.also)
    for step in ALL_STEPS:
        number = step_name(step.number)
        yield Entry("step", f"step {number}", f"{step.title}. {step.text}", step.clauses, (number,))
    for field in FIELDS:
        yield Entry("name in a message", field.name, f"In the {field.place}: {field.text}", _clauses(field.clause))
    for code, (text, clause) in ERRORS.items():
        checks = tuple(one.id for table in TABLES.values() for one in table if one.on_failure == OAuthError(code))
        yield Entry("error code", code, text, (clause,), cited_by=checks)
    for place, table in TABLES.items():
        for check in table:
            where = f"When {place}" if _DOES.search(place) else f"In {place}"
            text = f"{where}: {check.title}. When it fails, {check.on_failure.words}."
            if told_in_console(check.on_failure):
                text += " Why, the browser says in its console alone."
            yield Entry("check", check.id, text, (check.clause,), (check.title,))
    for setting in SETTINGS.values():
        values = "; ".join(f"`{value}`: {meaning}" for value, meaning in setting.choices.items())
        yield Entry(
            "setting",
            setting.name,
            f"{setting.help}.{f' {values}.' if values else ''}",
            also=_others(setting.name, setting.title),
        )
    for attacker in ATTACKERS.values():
        text = f"{attacker.about} It takes {', '.join(attacker.positions)}."
        yield Entry("attack", attacker.name, text, also=(attacker.title,))
    for name, about in POSITIONS.items():
        yield Entry("position", name, f"An attacker here {about}.", ("RFC 9700 §3",))
    for defence in DEFENCES.values():
        yield Entry("defence", defence.name, f"{defence.title[:1].upper()}{defence.title[1:]}.", (defence.clause,))
    for choice in CHOICES:
        text = f"It is asked: {choice.asks}. This server {choice.does}, because {choice.why}."
        yield Entry("choice", choice.id, text, (choice.clause,), cited_by=choice.checks)


def _clauses(clause: str) -> tuple[str, ...]:
    return (clause,) if clause else ()


def _others(name: str, *titles: str) -> tuple[str, ...]:
    return tuple(title for title in titles if _plain(title) != _plain(name))


def _cited(entries: Sequence[Entry]) -> Iterator[Entry]:
    """A clause for each that the entries name, with those that name it."""
    naming: dict[str, dict[str, None]] = {}
    for entry in entries:
        for clause in entry.clauses:
            naming.setdefault(clause, {})[entry.name] = None
    for clause in sorted(naming, key=_place):
        yield Entry("clause", clause, "", (clause,), cited_by=tuple(naming[clause]))


def _place(clause: str) -> tuple[str, list[tuple[int, str]]]:
    """Sorts clauses as they stand in their documents: §4.2 before §4.12."""
    document, _, section = clause.partition(" §")
    return document, [(int(part), "") if part.isdigit() else (0, part) for part in section.split(".")]


_OWN = tuple(replace(entry, text=" ".join(entry.text.split())) for entry in _entries())
CLAUSES: tuple[Entry, ...] = tuple(_cited(_OWN))
ENTRIES: tuple[Entry, ...] = (*_OWN, *CLAUSES)
