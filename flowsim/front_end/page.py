"""The player and a trace in one HTML file: no network, no kernel. It can be mailed, or put on any web server.

The trace is data in the page, written so that nothing in it can end the element it stands in.
"""

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import Any

from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, head, inert, style
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.text.predictions import Asks

_PAGE = """{head}<body class="fs-page">
<main id="player"><h1 class="fs-visually-hidden">{title}</h1>
<h2 class="fs-visually-hidden">Step by step</h2></main>
<script type="application/json" id="trace">{data}</script>
<script type="module">
{script}
</script>
</body>
</html>
"""

_UNPACK = """<!doctype html><meta charset="utf-8"><script type="module">
const packed = Uint8Array.from(atob("{packed}"), (sign) => sign.charCodeAt(0));
const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
const page = await new Response(stream).text();
document.open();
document.write(page);
document.close();
</script>"""
_FRAME = (
    '<iframe class="flowsim-player" title="{title}" sandbox="allow-scripts allow-popups" allow="fullscreen" '
    'style="display: block; width: 100%; height: {height}px; border: 0" srcdoc="{inside}"></iframe>'
)
# The page around the frames gives each the height that its player asks for, and tells it a theme of JupyterLab's. Once for
# all frames there are and will be; frame.js has the other half.
_FIT = """<script>
window.flowsimFrames ??= (() => {
  const theme = () => document.body.dataset.jpThemeLight ?? "";
  const frames = () => [...document.querySelectorAll("iframe.flowsim-player")];
  const tell = (frame) => frame.contentWindow?.postMessage({ flowsimTheme: theme() }, "*");
  window.addEventListener("message", ({ source, data }) => {
    const frame = frames().find(({ contentWindow }) => contentWindow === source);
    if (!frame || !(data?.flowsimHeight > 0 && data.flowsimHeight < 20000)) return;
    frame.style.height = `${Math.ceil(data.flowsimHeight)}px`;
    tell(frame);
  });
  new MutationObserver(() => frames().forEach(tell)).observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  return true;
})();
</script>"""
# Marks what a notebook stores in place of a widget of ours, so that its like can be found again.
STORED = '<div class="flowsim-stored" style="padding: 2px 8px">'
NEEDS_A_KERNEL = "This needs a running kernel. Run this cell, and it works."
NO_ANSWER_KEPT = "No kernel is running, so no answer is kept. Open the answer that you would give, to see what is so."
_HALF = re.compile("[\ud800-\udfff]")


def player_page(*simulations: Simulation, attack: str = "code-interception", ask: Asks | None = None) -> str:
    """The HTML text of a page with the player for these simulations, the attack behind its button, and what is asked."""
    return page(player_payload(*simulations, attack=attack, ask=ask))


def page(payload: Mapping[str, Any]) -> str:
    """The HTML text of a page with the player for this payload."""
    # A text may hold half a character, which no encoding writes: that stands in the page as its escape.
    data = _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", json.dumps(payload, ensure_ascii=False))
    opened = next(one for one in payload["branches"] if one["name"] == payload["view"]["branch"])
    title = escape(_HALF.sub("?", f"{opened['experiment']} – flowsim"))
    return _PAGE.format(
        head=head(title, style(*PLAYER_STYLES)), title=title, script=bundle(STATIC / "page.js"), data=inert(data)
    )


def stored(page: str, *, needs_a_kernel: str = "") -> str:
    """The HTML that a notebook stores beside a widget: it stands there where no kernel runs, as in a converted page.

    `needs_a_kernel` says what of the widget is not in it, such as "The controls of this bench".
    """
    said = f"<p><b>{escape(needs_a_kernel)}:</b> {NEEDS_A_KERNEL}</p>" if needs_a_kernel else ""
    return f"{STORED}{said}{page}</div>"


def frame(payload: Mapping[str, Any]) -> str:
    """The page as an element to stand in another page, such as a notebook that no kernel runs."""
    return framed(page(payload), title="Player: a login to step through", height=880)


def framed(text: str, *, title: str, height: int) -> str:
    """A page as an element of another page, packed to a third, so many pixels high.

    The frame may run its own script and nothing else: it cannot reach the page around it.
    """
    packed = b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")
    return _FRAME.format(title=title, height=height, inside=escape(_UNPACK.format(packed=packed))) + _FIT
