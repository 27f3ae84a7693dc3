"""What a room can read: every step of every run of the matrix, presented at five sizes of the picture on the wall.

    python -m benchmarks.legibility [--sizes 1280x720,1920x1080] [--every 1]

Measured in a real Chromium, in one page into which each run is loaded: the smallest letter of the diagram as a share of
the picture's width, texts that are cut off anywhere, and whether the current row and the heads of all lanes are in view. It
ends with 1 where a letter is smaller than 1.3 percent, or anything is cut off or out of view.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page, sync_playwright

from flowsim.analysis.defences import ROWS, columns
from flowsim.analysis.matrix import cell
from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, head, style
from flowsim.views.formats.player_payload import player_payload
from tests.browser.conftest import FLAGS
from tests.browser.installed import CHROMIUM, find

Size = tuple[int, int]
SIZES: tuple[Size, ...] = ((1024, 768), (1280, 720), (1366, 768), (1920, 1080), (3840, 2160))
LEAST_SHARE = 0.013
AT_ONCE = 40  # runs in one page: one that has held hundreds grows slow
_PAGE = """{head}<body class="fs-page"><div id="player"></div><script type="module">
{script}
window.mount = mount;
{measure}
</script></body></html>"""


@dataclass
class Legible:
    """What was found at one size. `share` is that of the smallest letter in the width of the picture."""

    steps: int = 0
    share: float = 1.0
    smallest: str = ""
    text: float = 1.0
    fit: float = 1.0
    shortened: int = 0
    cut: Counter[str] = field(default_factory=Counter)
    away: Counter[str] = field(default_factory=Counter)
    where: dict[str, str] = field(default_factory=dict)

    @property
    def fine(self) -> bool:
        return self.steps > 0 and self.share >= LEAST_SHARE and not self.cut and not self.away

    def take(self, name: str, measured: Iterable[dict[str, Any]]) -> None:
        for one in measured:
            where = f"{name}, {one['branch']}, position {one['position']}"
            self.steps += 1
            self.shortened += one["short"]
            if one["share"] < self.share:
                self.share, self.smallest = one["share"], f"“{one['smallest']}” in {where}"
            self.text, self.fit = min(self.text, one["text"]), min(self.fit, one["fit"])
            for found, texts in ((self.cut, one["cut"]), (self.away, one["away"])):
                for text in texts:
                    found[text] += 1
                    self.where.setdefault(text, where)

    def add(self, other: "Legible") -> None:
        self.steps += other.steps
        self.shortened += other.shortened
        if other.share < self.share:
            self.share, self.smallest = other.share, other.smallest
        self.text, self.fit = min(self.text, other.text), min(self.fit, other.fit)
        self.cut.update(other.cut)
        self.away.update(other.away)
        self.where = {**other.where, **self.where}

    def __str__(self) -> str:
        lines = [
            f"{self.steps} steps; smallest letter {self.share:.2%} of the width: {self.smallest}; "
            f"smallest text beside it {self.text:.2%}, set down to {self.fit:.2f} of its size; "
            f"{self.cut.total()} texts cut off, {self.away.total()} rows or heads out of view"
        ]
        for found in (self.cut, self.away):
            lines += [f"    {count} times {text}, first in {self.where[text]}" for text, count in found.most_common(12)]
        return "\n".join(lines)


def open_meter(page: Page, folder: Path) -> None:
    """Open the page that measures. It animates nothing."""
    script = bundle(STATIC / "player.js").replace("export function mount", "function mount")
    measure = (Path(__file__).parent / "legibility.js").read_text("utf-8")
    target = folder / "legibility.html"
    target.write_text(
        _PAGE.format(head=head("legibility", style(*PLAYER_STYLES)), script=script, measure=measure), "utf-8"
    )
    page.emulate_media(reduced_motion="reduce")
    page.goto(target.as_uri())


def measure(page: Page, payloads: Sequence[tuple[str, str]], sizes: Iterable[Size] = SIZES) -> dict[Size, Legible]:
    """What is found at each size, over all steps of these runs: a name and the payload as JSON for each."""
    for _, payload in payloads:
        page.evaluate("text => void window.loaded.push(text)", payload)
    found: dict[Size, Legible] = {}
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("size => innerWidth === size", arg=width)
        legible = found[width, height] = Legible()
        for number, (name, _) in enumerate(payloads):
            legible.take(name, page.evaluate("number => window.measureAt(number)", number))
    return found


def of_cell(place: tuple[str, str]) -> tuple[str, str]:
    """The name of a cell of the matrix, and the payload of its run as JSON."""
    attack, defences = place
    return f"{attack} against {defences}", json.dumps(player_payload(cell(attack, *_names(defences)).simulation()))


def _names(defences: str) -> tuple[str, ...]:
    return () if defences == "none" else (defences,)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.legibility", description=__doc__)
    parser.add_argument("--sizes", default=",".join(f"{width}x{height}" for width, height in SIZES))
    parser.add_argument("--every", type=int, default=1, help="only every so many cells")
    chosen = parser.parse_args(arguments)
    sizes = [(int(width), int(height)) for width, height in (one.split("x") for one in chosen.sizes.split(","))]
    places = [(attack, defence) for attack in ROWS for defence in columns(attack)][:: chosen.every]
    with ThreadPoolExecutor() as threads:
        payloads = [*threads.map(of_cell, places)]
    print(f"{len(payloads)} cells of the matrix", flush=True)
    fine = True
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find(CHROMIUM), args=FLAGS)
        for size in sizes:
            legible = Legible()
            for start in range(0, len(payloads), AT_ONCE):
                page = browser.new_page()
                open_meter(page, Path(folder))
                legible.add(measure(page, payloads[start : start + AT_ONCE], [size])[size])
                page.close()
            print(f"{size[0]}x{size[1]}: {legible}", flush=True)
            fine &= legible.fine
        browser.close()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
