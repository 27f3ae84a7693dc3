"""The glossary as Markdown, for docs/glossary.md, and as a page that needs no network: every term, chip, check and clause.

Each entry has an anchor, made of its name, so that a link can lead to it: `#code-verifier`, `#token-verifier-fits`.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape

from flowsim.front_end.bundle import STATIC, bundle
from flowsim.model.steps import clause_url
from flowsim.views.text.explain import ENTRIES, KINDS, Entry, Kind

Named = tuple[str, str, list[Entry]]  # its anchor, the name, and what it means
_HEADINGS: dict[Kind, str] = {
    "term": "Terms",
    "step": "Steps",
    "name in a message": "Names in messages",
    "error code": "Error codes",
    "check": "Checks",
    "setting": "Settings",
    "attack": "Attacks",
    "position": "Positions of an attacker",
    "defence": "Defences",
    "choice": "What the server does by choice",
    "clause": "Clauses",
}
_INTRODUCTION = (
    "Every word of the course, of the player and of the command line: terms, steps, names in messages, error codes, "
    "checks, settings, attacks, defences, and the clauses behind them. In a terminal, `python -m flowsim explain WORD` "
    "says the same."
)


def anchor(name: str) -> str:
    """The place on the page where this name is explained, for an address: `code-verifier` for `code_verifier`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("§", " ")).strip("-")


def glossary_markdown() -> str:
    """The whole glossary as Markdown, with an anchor at each name."""
    lines = ["# Glossary", "", _INTRODUCTION, ""]
    lines += [f"- [{_HEADINGS[kind]}](#{anchor(_HEADINGS[kind])})" for kind in KINDS]
    for kind, entries in _parts():
        lines += ["", f"## {_HEADINGS[kind]}"]
        for place, name, same in entries:
            lines += ["", f'<a id="{place}"></a>**{_literal(kind, name)}**  ']
            lines += ["  \n".join(_told(entry) for entry in same)]
    return "\n".join(lines) + "\n"


def glossary_page() -> str:
    """The whole glossary as one HTML page with a field to search in; it loads nothing from elsewhere."""
    parts = "".join(_section(kind, entries) for kind, entries in _parts())
    style, script = (STATIC / "glossary.css").read_text("utf-8"), bundle(STATIC / "glossary.js")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Glossary: OAuth 2.0 with PKCE</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head><body><main>'
        f"<h1>Glossary</h1><p>{_marked(_INTRODUCTION)}</p>"
        '<nav><label>Search <input type="search" autocomplete="off"></label></nav>'
        f'{parts}</main><script type="module">{script}</script></body></html>'
    )


def placed_entries() -> Iterator[tuple[Kind, Named]]:
    """Each name with its kind and its place on the page, in the page's order."""
    for kind, names in _parts():
        yield from ((kind, named) for named in names)


def _parts() -> Iterator[tuple[Kind, list[Named]]]:
    """Each kind with its names in alphabetical order, steps and clauses in their own; one name may have several entries."""
    taken: set[str] = set()
    for kind in KINDS:
        by_name: dict[str, list[Entry]] = {}
        for entry in ENTRIES:
            if entry.kind == kind:
                by_name.setdefault(entry.name, []).append(entry)
        names = by_name if kind in ("step", "clause") else sorted(by_name, key=str.lower)
        placed = [(_place(kind, name, taken), name, by_name[name]) for name in names]
        yield kind, placed


def _place(kind: Kind, name: str, taken: set[str]) -> str:
    """The anchor of this name; where a more general kind has it already, with this kind before it."""
    place = anchor(name) if anchor(name) not in taken else f"{anchor(kind)}-{anchor(name)}"
    taken.add(place)
    return place


def _section(kind: Kind, entries: Iterable[Named]) -> str:
    heading = _HEADINGS[kind]
    return f'<section><h2 id="{anchor(heading)}">{heading}</h2><dl>{"".join(map(_entry, entries))}</dl></section>'


def _entry(named: Named) -> str:
    place, name, same = named
    told = "".join(f"<dd>{_marked(entry.text)} {_links(entry.clauses)}</dd>{_others(entry)}" for entry in same)
    return f'<div><dt id="{place}">{escape(name)}</dt>{told}</div>'


def _others(entry: Entry) -> str:
    said = [f"Also: {escape(', '.join(entry.also))}."] if entry.also else []
    if entry.cited_by:
        said.append(f"Behind it: {', '.join(_link(one) for one in entry.cited_by)}.")
    return f'<dd class="other">{" ".join(said)}</dd>' if said else ""


def _link(name: str) -> str:
    return f'<a href="#{anchor(name)}">{escape(name)}</a>'


def _links(clauses: Iterable[str]) -> str:
    return ", ".join(f'<a href="{escape(clause_url(one))}">{escape(one)}</a>' for one in clauses)


def _marked(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text, quote=False))


def _literal(kind: Kind, name: str) -> str:
    return name if kind in ("term", "step", "position", "clause") else f"`{name}`"


def _told(entry: Entry) -> str:
    said = [entry.text] if entry.text else []
    said += [f"Also: {', '.join(entry.also)}."] if entry.also else []
    said += [f"({', '.join(f'[{one}]({clause_url(one)})' for one in entry.clauses)})"] if entry.clauses else []
    said += [f"Behind it: {', '.join(f'[{one}](#{anchor(one)})' for one in entry.cited_by)}."] if entry.cited_by else []
    return " ".join(said)
