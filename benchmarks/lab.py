"""In a real JupyterLab: how soon the player is on the screen, and what a redraw through the kernel costs.

The notebooks are written here, one cell each. *On the screen* counts from the command that runs the cell, in a kernel
that has just started and imported nothing, to the first frame in which the widget has a size. The redraw through the
kernel is the simplest there is: a button, and an `ipywidgets.HTML` that is given the diagram and the text of the next
event. Both were made before, so that only the way to the kernel and back and the drawing are measured.
"""

import statistics
from pathlib import Path

import nbformat

from benchmarks.clicks import Clicker, Clicks, step_through
from tests.browser.lab import Lab

BUTTON = 'import ipywidgets\nipywidgets.Button(description="bare")'
PLAYER = """from flowsim import Simulation
from flowsim.widgets import player
player(Simulation(seed=7, attacker="code-interception"))"""
REDRAW = """import html
import ipywidgets
from flowsim import Simulation
from flowsim.views.pictures.picture import sequence
from flowsim.views.text.transcript import transcript
trace = Simulation(seed=7, attacker="code-interception").run()
texts = [sent.message.text() for event in trace.events for sent in event.messages]
pages = [f"{sequence(trace, n).svg}<pre>{html.escape(texts[n])}</pre>" for n in range(1, len(trace.events) + 1)]
shown, button, clicks = ipywidgets.HTML(pages[0]), ipywidgets.Button(description="redraw"), []
def redraw(_):
    clicks.append(1)
    shown.value = pages[len(clicks) % len(pages)]
button.on_click(redraw)
ipywidgets.VBox([button, shown])"""
NOTEBOOKS = {"button.ipynb": BUTTON, "player.ipynb": PLAYER, "redraw.ipynb": REDRAW}
SHOWN = {"button.ipynb": ".jp-OutputArea .jupyter-button", "player.ipynb": ".jp-OutputArea [data-testid=player]"}
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
_RUN = """async (selector) => {
    const start = performance.now();
    window.jupyterapp.commands.execute("notebook:run-cell");
    const there = () => document.querySelector(selector)?.getBoundingClientRect().height;
    while (!there()) await new Promise(requestAnimationFrame);
    return performance.now() - start;
}"""


def write_notebooks(folder: Path) -> Path:
    """The folder, with one notebook of one cell for each thing to measure."""
    for name, source in NOTEBOOKS.items():
        cells = [nbformat.v4.new_code_cell(source)]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
        nbformat.write(notebook, folder / name)
    return folder


def first_cells(lab: Lab, rounds: int) -> dict[str, float]:
    """Milliseconds from running the cell to the widget on the screen, by notebook: medians, taken in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in SHOWN}
    for _ in range(rounds):
        for name, selector in SHOWN.items():
            lab.open(name)
            seconds[name].append(lab.page.evaluate(_RUN, selector))
            lab.leave()
    return {name: statistics.median(values) for name, values in seconds.items()}


def player_clicks(lab: Lab, times: int) -> Clicks:
    """The clicks on Next of a player in a notebook."""
    lab.open("player.ipynb")
    lab.page.evaluate(_RUN, SHOWN["player.ipynb"])
    return step_through(lab.page, times)


def kernel_clicks(lab: Lab, times: int) -> Clicks:
    """The clicks on a button whose callback gives an `ipywidgets.HTML` something else to show."""
    lab.open("redraw.ipynb")
    lab.page.evaluate(_RUN, ".jp-OutputArea .widget-html-content svg")
    clicker = Clicker(lab.page)
    for _ in range(times * 10):
        clicker.click(".jp-OutputArea .jupyter-button", ".jp-OutputArea .widget-html-content")
    return clicker.clicks
