"""What one click costs in a real Chromium: until the next frame is drawn, and how much of that is script and layout.

The click is made in the page. *To the next frame* ends when the first frame that shows the change has been handed over:
a message posted in the frame's `requestAnimationFrame` arrives. Where the change comes from the kernel, it first waits
for the change of the element. A frame comes every 16.7 ms, so a click waits about 8 ms for one however quick the page is.
*Script and layout* is what the browser itself counts for the page between the click and that frame: ScriptDuration,
RecalcStyleDuration and LayoutDuration of the DevTools protocol's `Performance.getMetrics`, in processor time of the
page's thread, so that other programs on the machine do not count. The time to the next frame is that of the clock.
"""

from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

from benchmarks.rounds import percentile

COUNTED = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
PAUSE_MS = 60
_CLICK = """async ([button, changes]) => {
    const pressed = document.querySelector(button);
    const target = changes && document.querySelector(changes);
    const changed = target && new Promise((done) => {
        const watching = new MutationObserver(() => { watching.disconnect(); done(); });
        watching.observe(target, { childList: true, subtree: true, characterData: true });
    });
    const start = performance.now();
    pressed.click();
    if (changed) await changed;
    await new Promise((done) => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        channel.port2.postMessage(0);
    }));
    return performance.now() - start;
}"""


@dataclass(frozen=True)
class Clicks:
    """Milliseconds of each click: to the next frame, and of script and layout."""

    frames: list[float]
    work: list[float]

    def row(self, name: str) -> tuple[str, ...]:
        """The cells of a table: median, 95th percentile and slowest of both."""
        numbers = (percentile(values, percent) for values in (self.frames, self.work) for percent in (50, 95, 100))
        return (name, *(f"{number:.1f}" for number in numbers))


class Clicker:
    """Clicks in one page and writes down what each click cost."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.clicks = Clicks([], [])

    def click(self, button: str, changes: str | None = None) -> None:
        """Click what this selector names; with `changes`, wait until the element that it names has changed."""
        before = self._counted()
        self.clicks.frames.append(self._page.evaluate(_CLICK, [button, changes]))
        self.clicks.work.append((self._counted() - before) * 1000)
        self._page.wait_for_timeout(PAUSE_MS)

    def _counted(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return float(sum(metric["value"] for metric in metrics if metric["name"] in COUNTED))


def step_through(page: Page, times: int) -> Clicks:
    """The clicks on the player's Next, from the start to the end, so many times."""
    clicker = Clicker(page)
    for _ in range(times):
        page.get_by_test_id("player").press("Home")
        while page.get_by_test_id("next").get_attribute("aria-disabled") != "true":
            clicker.click("[data-testid=next]")
    return clicker.clicks
