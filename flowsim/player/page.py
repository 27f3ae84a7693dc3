"""The player and a trace in one HTML file: no network, no kernel. It can be mailed, or put on any web server.

The trace is data in the page, written so that nothing in it can end the element it stands in.
"""

import json

from flowsim.player.source import module_source, style_source
from flowsim.simulation import Simulation
from flowsim.views.export import player_payload

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src \
'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'">
<title>flowsim: the Authorization Code Flow with PKCE</title>
<style>
{css}
</style>
</head>
<body class="fs-page">
<div id="player"></div>
<script type="application/json" id="trace">{data}</script>
<script type="module">
{script}
mount(document.getElementById("player"), JSON.parse(document.getElementById("trace").textContent));
</script>
</body>
</html>
"""


def player_page(*simulations: Simulation, attack: str = "code-interception") -> str:
    """The HTML text of a page with the player for these simulations and the attack that its button injects."""
    return _PAGE.format(
        css=style_source(),
        script=module_source(),
        data=_inert(json.dumps(player_payload(*simulations, attack=attack), ensure_ascii=False)),
    )


def _inert(data: str) -> str:
    return data.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
