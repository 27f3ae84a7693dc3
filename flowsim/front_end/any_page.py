"""The player for pages of others: one ES module, styles inside, and the trace as a file beside it.

`flowsim-player.mjs` needs no other file and no network. It names an element of HTML, a function and a widget in the form of
anywidget's (static/any_page.js); docs/players-in-your-page.md shows each of them.
"""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, style
from flowsim.views.formats.trace_json import VERSION

MODULE, TRACE, EXAMPLE = "flowsim-player.mjs", "trace.json", "index.html"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ max-width: 1480px; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }}
</style>
<script type="module" src="flowsim-player.mjs"></script>
<h1>{title}</h1>
<flowsim-player src="trace.json">
<p>Here stands a player, where JavaScript runs and a web server gives out this folder, such as
<code>python -m http.server</code>; then open the address that it prints.</p>
</flowsim-player>
"""


def player_module() -> str:
    """The text of `flowsim-player.mjs`."""
    styles = json.dumps(style(*PLAYER_STYLES, STATIC / "any_page.css"), ensure_ascii=False)
    return f"const PLAYER_STYLES = {styles};\nconst TRACE_VERSION = {VERSION};\n{bundle(STATIC / 'any_page.js')}"


def player_files(payload: Mapping[str, Any]) -> dict[str, str]:
    """File → its text: the module, this payload as the trace, and a page as an example."""
    opened = next(one for one in payload["branches"] if one["name"] == payload["view"]["branch"])
    return {
        MODULE: player_module(),
        TRACE: json.dumps(payload),
        EXAMPLE: _PAGE.format(title=escape(f"{opened['experiment']} – flowsim")),
    }
