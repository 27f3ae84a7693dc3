"""`python -m benchmarks.hub --learners 25`: a class at a hub, over HTTP and websockets, and what it costs.

Each learner logs in, gets a server, opens a kernel, runs the cells of the first lesson, answers an exercise as its widget
would, and hands in. First a few do so one after the other, at a hub of their own; then all at once, without a pause, which
is more than people do. At the end `flowsim results` must list everybody. The hub is that of binder/hub; see docs/hub.md.
"""

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from benchmarks.learner import PASSWORD, Learner
from benchmarks.rounds import percentile, table

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "binder" / "hub" / "jupyterhub_config.py"
START_SECONDS = 120
ALONE = 3  # learners, one after the other

Times = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Class:
    """What a class took: seconds of each action, octets of the hub alone, and of all with everybody logged in."""

    times: Times
    hub: int
    everything: int


def installed() -> str:
    """What is missing for a hub, in one sentence; empty where nothing is."""
    missing = [name for name in ("configurable-http-proxy",) if not shutil.which(name)]
    found = subprocess.run([sys.executable, "-c", "import jupyterhub, jupyterhub_idle_culler"], capture_output=True)
    missing += ["jupyterhub and jupyterhub-idle-culler"] if found.returncode else []
    return (
        f"Nothing was measured: {' and '.join(missing)} not found; docs/hub.md says how to install." if missing else ""
    )


@contextmanager
def running_hub(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A hub with its class in this folder: its address and its process. What it says goes into hub.log there."""
    public, inner, proxy = (_free_port() for _ in range(3))
    url = f"http://127.0.0.1:{public}"
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWSIM_", "JUPYTER"))}
    environment |= {"FLOWSIM_CLASS": str(folder / "class"), "FLOWSIM_CLASS_PASSWORD": PASSWORD}
    command = [
        *(sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)),
        f"--JupyterHub.bind_url={url}",
        f"--JupyterHub.hub_bind_url=http://127.0.0.1:{inner}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}",
    ]
    log = folder / "hub.log"
    with log.open("w") as said:
        hub = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
        try:
            _wait_until_ready(url, hub, log)
            yield url, psutil.Process(hub.pid)
        finally:
            hub.terminate()
            try:
                hub.wait(timeout=60)
            except subprocess.TimeoutExpired:
                hub.kill()
    strange = [line for line in log.read_text("utf-8").splitlines() if "not recognized" in line]
    if strange:
        raise RuntimeError(f"the configuration names what this JupyterHub does not know: {strange[0]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, hub: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and hub.poll() is None:
        try:
            if httpx.get(f"{url}/hub/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the hub did not start; it ended with:\n" + "\n".join(log.read_text().splitlines()[-20:]))


def pss(process: psutil.Process) -> int:
    """Octets of this process and all that it has started; what several share is counted once, in parts."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total


def taught(folder: Path, learners: int, at_once: int, pause: float) -> Class:
    """A class of so many at a hub of its own. Raises RuntimeError where somebody is missing in its results."""
    times: dict[str, list[float]] = {}
    with running_hub(folder) as (url, process):
        hub = pss(process)
        with ThreadPoolExecutor(at_once) as pool:
            names = [f"learner {number:02}" for number in range(1, learners + 1)]
            for learner in pool.map(lambda name: _one(url, name, pause), names):
                for action, seconds in learner.times.items():
                    times.setdefault(action, []).extend(seconds)
        everything = pss(process)
    _everybody(folder / "class" / "handed-in", names)
    return Class(times, hub, everything)


def _one(url: str, name: str, pause: float) -> Learner:
    learner = Learner(url, name, pause)
    learner.lesson()
    return learner


def _everybody(handed_in: Path, names: Sequence[str]) -> None:
    """Raises RuntimeError unless `flowsim results` has a row for each of these."""
    said = subprocess.run(
        [sys.executable, "-m", "flowsim", "results", str(handed_in)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = set(re.findall(r"learner \d\d", said))
    if found != {*names}:
        raise RuntimeError(f"flowsim results lists {len(found)} of {len(names)} learners:\n{said}")


def report(learners: int, pause: float) -> str:
    if missing := installed():
        return missing
    with TemporaryDirectory() as folder:
        alone = taught(Path(folder) / "alone", ALONE, 1, pause)
        everybody = taught(Path(folder) / "everybody", learners, learners, pause)
    rows = [_row(action, alone.times[action], everybody.times[action]) for action in everybody.times]
    head = ("seconds", "alone: p50", f"{learners} at once: p50", "p95", "p50 to alone", "p95 to alone")
    each = (everybody.everything - everybody.hub) / learners
    paused = f"{pause:g} seconds of thought before each cell" if pause else "no pause between two cells"
    return table(
        f"A class of {learners} at a hub",
        head,
        rows,
        f"Everybody begins at once, with {paused}. flowsim results listed {learners} of {learners}. "
        f"{os.cpu_count()} cores.\n"
        f"Memory (PSS): the hub alone {everybody.hub / 1e6:.0f} MB, with everybody {everybody.everything / 1e6:.0f} MB, "
        f"that is {each / 1e6:.0f} MB for each learner.",
    )


def _row(action: str, alone: Sequence[float], class_: Sequence[float]) -> tuple[str, ...]:
    one, median, slow = statistics.median(alone), statistics.median(class_), percentile(class_, 95)
    return action, f"{one:.2f}", f"{median:.2f}", f"{slow:.2f}", f"{median / one:.1f}", f"{slow / one:.1f}"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hub", description=__doc__)
    parser.add_argument("--learners", type=int, default=25, metavar="N", help="how many learners; 25 if not said")
    parser.add_argument("--pause", type=float, default=0, metavar="SECONDS", help="thought before each cell; else none")
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.learners <= 99 or not 0 <= chosen.pause <= 600:
        parser.error("expected 1 to 99 learners, and a pause of 0 to 600 seconds")
    print(report(chosen.learners, chosen.pause))


if __name__ == "__main__":
    main(sys.argv[1:])
