"""What every page of the site has: its head, the bar with the search, and the parts that are mounted in it.

The style, the program and the index of the search are files beside the pages, which the browser keeps from page to page.
The program is no module, because a browser loads none from a USB stick.
"""

import json
from collections.abc import Iterable
from html import escape

from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, inert, style
from flowsim.front_end.packed import packed
from flowsim.front_end.pool import Pool
from flowsim.front_end.site.links import CLASS, Links
from flowsim.front_end.site.stored import Part

STYLE, PROGRAM, INDEX = "site/site.css", "site/site.js", "site/index.js"
# A page may run what is beside it, and may fetch nothing from elsewhere.
_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<meta name="description" content="{about}">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{style}">
<script defer src="{program}"></script>
</head>
<body class="{kind}" data-home="{home}" data-index="{index}">
<a class="skip" href="#main">To the content</a>
<header class="bar">
<a class="mark" href="{front}">flowsim</a>
<div role="search" class="find" id="find" hidden><input type="search" id="find-text" placeholder="Search"
 autocomplete="off" spellcheck="false" aria-label="Search lessons, glossary, checks and attacks" aria-keyshortcuts="/">
<div class="found" id="found" hidden><p role="status" id="found-count"></p><ol id="found-list"></ol></div></div>
<nav aria-label="Site"><a href="{front}#lessons">Lessons</a> <a href="{matrix}">Attacks</a>
<a href="{glossary}">Glossary</a></nav>
</header>
{body}
{parts}</body>
</html>
"""


def page(title: str, body: str, links: Links, *, about: str, kind: str, parts: Iterable[Part] = ()) -> str:
    """The HTML text of a page of the site; `parts` are what `place_of` has left places for, in their order."""
    return _PAGE.format(
        policy=_POLICY,
        title=escape(title),
        about=escape(about),
        kind=kind,
        home=links.to("."),
        front=links.to("index.html"),
        matrix=links.to(f"{CLASS}/matrix.html"),
        glossary=links.to(f"{CLASS}/glossary.html"),
        style=links.to(STYLE),
        program=links.to(PROGRAM),
        index=links.to(INDEX),
        body=body,
        parts=_data([*parts]),
    )


def place_of(part: Part, number: int, *, level: int = 2) -> str:
    """The place at which the program mounts this part, the one with this number on its page.

    `level` is that of the heading above it. A player has headings of the third, so below a title it gets one between.
    """
    between = '<h2 class="fs-visually-hidden">Step by step</h2>' if level == 1 and part.kind == "player" else ""
    return (
        f'<div class="part {part.kind}" id="part-{number}">{between}<noscript><p>To step through this, allow the page its '
        "script. It loads nothing from elsewhere.</p></noscript></div>"
    )


def files() -> dict[str, str]:
    """The files that all pages share, by their place on the site, but for the index of the search."""
    program = bundle(STATIC / "site.js")
    return {
        STYLE: style(*PLAYER_STYLES, STATIC / "site.css"),
        PROGRAM: f"(() => {{\n{program}\n}})();\n",
    }


def _data(parts: list[Part]) -> str:
    """The data of the parts, in which whatever two of them have in common is there once."""
    if not parts:
        return ""
    pool = Pool()
    listed = [{"kind": part.kind, "place": pool.add(part.data)} for part in parts]
    data = inert(json.dumps({"parts": listed, "packed": packed(pool.text())}))
    return f'<script type="application/json" id="parts">{data}</script>\n'
