"""The player and a trace in one HTML file: no network, no kernel. It can be mailed, or put on any web server.

The trace is data in the page, packed beside the script (packed.py). Its branches have most of their texts and drawings in
common; each stands in it once (pool.py).
"""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, style
from flowsim.front_end.packed import packed_page
from flowsim.front_end.pool import Pool
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.text.predictions import Asks

_BODY = """<main id="player"><h1 class="fs-visually-hidden">{title}</h1>
<h2 class="fs-visually-hidden">Step by step</h2></main>"""
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
    opened = next(one for one in payload["branches"] if one["name"] == payload["view"]["branch"])
    title = escape(_HALF.sub("?", f"{opened['experiment']} – flowsim"))
    return packed_page(
        title,
        style=style(*PLAYER_STYLES),
        script=bundle(STATIC / "page.js"),
        data=_pooled(payload),
        data_id="trace",
        body=_BODY.format(title=title),
        look="fs-page",
        outline="" if payload["asks"] else _outline(opened),
    )


def _pooled(payload: Mapping[str, Any]) -> str:
    pool = Pool()
    pool.add(payload)
    return pool.text()


def _outline(branch: Mapping[str, Any]) -> str:
    """What happens in this branch, for whoever reads the page without its script, and for whoever searches it."""
    told = branch["trace"]
    lines = "".join(f"<li>{_whole(event['title'])}</li>" for event in told["events"])
    return f"<ol>{lines}</ol><p>{_whole(told['verdict']['sentence'])}</p>"


def _whole(text: str) -> str:
    return escape(_HALF.sub("?", text))


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
    """A page that is packed as an element of another page, so many pixels high.

    The frame may run its own script and nothing else: it cannot reach the page around it.
    """
    return _FRAME.format(title=title, height=height, inside=escape(text)) + _FIT
