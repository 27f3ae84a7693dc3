"""What a browser test says: open a notebook, run all of it, look at it, take a picture.

    def test_the_first_notebook_runs(lab: Lab) -> None:
        lab.ready("00-start.ipynb")
        lab.page.get_by_role("button", name="Next").click()
        lab.shot("00-start")

`page` is Playwright's own page, for everything that is not here.
"""

from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator, Page

from tests.browser.jupyter import ROOT, TOKEN, end_kernels

SCREENSHOTS = ROOT / "build" / "screenshots"
LOAD_MS = 120_000
RUN_MS = 600_000  # for all cells of a notebook, on a machine that has other work

# JupyterLab hands out its application object because the server was started for a test.
_NOTEBOOK = "window.jupyterapp?.shell.currentWidget"

# A test may have gone elsewhere in this window, as to Notebook 7, which does not hand out its application; and it may
# have left a question, or a notice, to which the next one has no answer.
_GOES_ON = "() => Boolean(window.jupyterapp?.shell) && !document.querySelector('.jp-Dialog, .Toastify__toast')"

# JupyterLab gives its parts their places some frames after the window, or what stands beside the notebook, has changed.
_IS_LAID_OUT = """() => new Promise(done => {
    let before = "", same = 0;
    const look = () => {
        const boxes = [...document.querySelectorAll("#main, .jp-NotebookPanel")].map(one => one.getBoundingClientRect());
        const now = JSON.stringify(boxes);
        same = now === before ? same + 1 : 0;
        before = now;
        if (same > 2 && boxes[0]?.width === innerWidth) done(true); else requestAnimationFrame(look);
    };
    look();
})"""

_KERNEL_IS_IDLE = f"""name => {{
    const panel = {_NOTEBOOK};
    return panel?.context?.path === name && panel.sessionContext.session?.kernel?.status === "idle"
}}"""

_ERRORS = f"""() => [...{_NOTEBOOK}.content.model.cells].flatMap((cell, index) =>
    (cell.toJSON().outputs ?? [])
        .filter(output => output.output_type === "error")
        .map(output => `cell ${{index}}: ${{output.ename}}: ${{output.evalue}}`))"""

# A stored notebook has numbers already, of when it was stored.
_NO_CELL_HAS_RUN = f"""() => {{
    window.idleSince = undefined;
    for (const cell of {_NOTEBOOK}.content.model.cells) if (cell.type === "code") cell.executionCount = null;
}}"""

# A cell gets its number when it has run, and cells run in order.
_EVERY_CELL_HAS_RUN = f"""() => {_NOTEBOOK}.sessionContext.session.kernel.status === "idle"
    && [...{_NOTEBOOK}.content.model.cells]
        .filter(cell => cell.type === "code" && cell.sharedModel.getSource().trim())
        .every(cell => cell.executionCount !== null)"""

# A request that got lost leaves its cell waiting beside a kernel that has nothing to do, which no cell needs for so long.
_HOW_IT_GOES = f"""() => {{
    if (({_ERRORS})().length || ({_EVERY_CELL_HAS_RUN})()) return "over";
    const idle = {_NOTEBOOK}.sessionContext.session.kernel.status === "idle";
    window.idleSince = idle ? window.idleSince ?? Date.now() : undefined;
    return idle && Date.now() - window.idleSince > 15_000 && "lost";
}}"""

# An empty request that leaves no trace: has the kernel answered all of it within three seconds?
_KERNEL_ANSWERS = f"""() => Promise.race([
    {_NOTEBOOK}.sessionContext.session.kernel
        .requestExecute({{ code: "", silent: true, store_history: false }}).done.then(() => true),
    new Promise(resolve => setTimeout(() => resolve(false), 3000)),
])"""


# A cell that is run again has a higher number than before, once the kernel has done all of it.
_HAS_RUN_AGAIN = f"""([index, before]) => {_NOTEBOOK}.sessionContext.session.kernel.status === "idle"
    && {_NOTEBOOK}.content.model.cells.get(index).executionCount > before"""

# What a test has changed in a notebook goes with it, and nobody is asked whether to keep it.
_CLOSE_ALL = """async () => {
    for (const widget of [...window.jupyterapp.shell.widgets("main")]) {
        if (widget.context) widget.context.model.dirty = false;
        widget.close();
    }
    await window.jupyterapp.serviceManager.sessions.shutdownAll();
}"""

_SOURCES = f"() => [...{_NOTEBOOK}.content.model.cells].map(cell => cell.sharedModel.getSource())"


class Lab:
    """One browser window on JupyterLab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self._run: tuple[str, list[str]] | None = None  # the notebook that stands open and run, and its cells

    def open(self, name: str) -> None:
        """Open `notebooks/NAME` as a reader does, in a JupyterLab loaded anew, and wait until its new kernel is idle."""
        self.leave()
        self.page.goto(f"{self.url}/lab/tree/notebooks/{name}?token={TOKEN}&reset")
        self._wait_for_lab()
        self._as_at_first()
        self.wait_for_kernel(name)

    def ready(self, name: str, *again: int) -> None:
        """Have `notebooks/NAME` in view with every cell run, and the cells with these numbers at their start.

        The first test that needs a notebook opens it and runs all of it. For those that follow it stands there, as long
        as no other is opened and no test changes its cells, ends its kernel or fails; what they use they have run again.
        The next notebook takes its place, in the JupyterLab that is loaded already.
        """
        if not self._stands(name):
            if self._run and self.page.evaluate(_GOES_ON):
                self._turn_to(name)
            else:
                self.open(name)
            self.run_all()
            self._run = (name, self.page.evaluate(_SOURCES))
            return
        self._as_at_first()
        for index in again:
            self.run_again(index)

    def _turn_to(self, name: str) -> None:
        """Open `notebooks/NAME` in place of the notebook that stands there, with a new kernel: JupyterLab stays loaded."""
        self._run = None
        self._as_at_first()
        self.page.evaluate(_CLOSE_ALL)
        self.command("docmanager:open", {"path": f"notebooks/{name}"})
        self.wait_for_kernel(name)

    def run_again(self, index: int) -> None:
        """Run this cell, counted from 0, once more, and wait until the kernel has done all of it."""
        before = self.page.evaluate(f"index => {_NOTEBOOK}.content.model.cells.get(index).executionCount", arg=index)
        self.page.evaluate(f"index => {{ ({_NOTEBOOK}).content.activeCellIndex = index }}", arg=index)
        self.command("notebook:run-cell")
        self.page.wait_for_function(_HAS_RUN_AGAIN, arg=[index, before], timeout=LOAD_MS)
        errors = self.page.evaluate(_ERRORS)
        assert not errors, "\n".join(errors)

    def _stands(self, name: str) -> bool:
        if self._run is None or self._run[0] != name:
            return False
        alive = self.page.evaluate(_GOES_ON) and self.page.evaluate(_KERNEL_IS_IDLE, arg=f"notebooks/{name}")
        return bool(alive and self.page.evaluate(_SOURCES) == self._run[1])

    def _as_at_first(self) -> None:
        """What a reader of this JupyterLab may have chosen is as it was: a theme is kept where no reload forgets it."""
        self.theme("light")
        self._sidebar(True)

    def wait_for_kernel(self, name: str) -> None:
        """Wait until `notebooks/NAME` is in front, its kernel idle, and no question was asked."""
        self.page.wait_for_function(_KERNEL_IS_IDLE, arg=f"notebooks/{name}", timeout=LOAD_MS)
        questions = self.page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts()
        assert not questions, f"JupyterLab asked the reader: {questions}"

    def run_all(self) -> None:
        """Run all cells from the menu, and wait until each has run; an error in a cell fails.

        While JupyterLab connects to a kernel it can lose the end of a request, and that cell would wait for ever. So
        the kernel is asked something first, until an answer has come back whole; and where a cell waits all the same,
        all are run once more, as a reader would.
        """
        assert any(self.page.evaluate(_KERNEL_ANSWERS) for _ in range(40)), "the kernel does not answer"
        assert any(self._run_all_once() == "over" for _ in range(3)), "a cell waits beside a kernel that is idle"
        errors = self.page.evaluate(_ERRORS)
        assert not errors, "\n".join(errors)

    def _run_all_once(self) -> str:
        self.page.evaluate(_NO_CELL_HAS_RUN)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        said: str = self.page.wait_for_function(_HOW_IT_GOES, timeout=RUN_MS).json_value()
        return said

    def cell(self, index: int) -> Locator:
        """Return the cell, counted from 0 and scrolled to the top of the window."""
        self.page.evaluate(f"index => {_NOTEBOOK}.content.scrollToItem(index, 'start', 0)", arg=index)
        return self.page.locator(f".jp-Notebook [data-windowed-list-index='{index}']")

    def theme(self, kind: Literal["light", "dark"]) -> None:
        """Change JupyterLab's theme, and wait until it is on the screen."""
        name = f"JupyterLab {kind.title()}"
        self.command("apputils:change-theme", {"theme": name})
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    def size(self, width: int, height: int) -> None:
        """Give the window this size, in CSS pixels, and wait until JupyterLab, if it is there, has filled it."""
        self.page.set_viewport_size({"width": width, "height": height})
        if self.page.evaluate("Boolean(window.jupyterapp?.shell)"):
            self._wait_for_layout()

    def hide_sidebar(self) -> None:
        """Give the whole width to the notebook."""
        self._sidebar(False)

    def _sidebar(self, shown: bool) -> None:
        if self.page.evaluate("window.jupyterapp.shell.leftCollapsed") is shown:
            self.command("application:toggle-left-area")
            self._wait_for_layout()

    def command(self, name: str, args: dict[str, object] | None = None) -> None:
        """Carry out one of JupyterLab's commands, and wait for its end."""
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)",
            arg=[name, args or {}],
        )

    def shot(self, name: str, part: Locator | None = None) -> Path:
        """Save a picture of the window, or of one part of it, as build/screenshots/NAME.png."""
        path = SCREENSHOTS / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        (part or self.page).screenshot(path=path, animations="disabled")
        return path

    def leave(self) -> None:
        """Leave JupyterLab, and end every kernel, so that what is opened next starts with nothing remembered.

        The server is asked for that: the page may be any, and one that knows of no kernel.
        """
        self._run = None
        self.page.goto("about:blank")
        end_kernels(self.url)

    def move_to(self, page: Page) -> None:
        """Go on in this window, in which nothing is open."""
        self._run = None
        self.page = page

    def _wait_for_layout(self) -> None:
        self.page.wait_for_function(_IS_LAID_OUT)

    def _wait_for_lab(self) -> None:
        self.page.wait_for_function("() => window.jupyterapp?.restored", timeout=LOAD_MS)
        self.page.evaluate("() => window.jupyterapp.restored.then(() => null)")
