"""How long flowsim takes to start: `import flowsim` and the command line, each a fresh Python, beside `import httpx`.

Each is the whole life of a process, from start to end, in turns, with the compiled files there, as after an install. A run
signs tokens and draws pages, so it cannot be quicker than the import of PyJWT, which brings cryptography, and of Jinja2.
"""

import compileall
import subprocess
import sys
from functools import partial
from pathlib import Path

import flowsim
from benchmarks.rounds import in_turns, table

HTTPX = "import httpx"
PROGRAMS: dict[str, tuple[str, ...]] = {
    "Python alone": ("-c", "pass"),
    HTTPX: ("-c", "import httpx"),
    "import jwt, jinja2": ("-c", "import jwt, jinja2"),
    "import flowsim": ("-c", "import flowsim"),
    "from flowsim import Simulation": ("-c", "from flowsim import Simulation"),
    "python -m flowsim --help": ("-m", "flowsim", "--help"),
    "python -m flowsim steps": ("-m", "flowsim", "steps"),
    "python -m flowsim run --help": ("-m", "flowsim", "run", "--help"),
    "python -m flowsim run --seed 7": ("-m", "flowsim", "run", "--seed", "7"),
}


def run(arguments: tuple[str, ...]) -> None:
    """Run a Python of its own with these arguments."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def report(quick: bool) -> str:
    rounds = 2 if quick else 15
    compileall.compile_dir(Path(flowsim.__file__).parent, quiet=2)
    calls = {name: partial(run, arguments) for name, arguments in PROGRAMS.items()}
    measured = in_turns(calls, rounds=rounds, calls=1)
    rows = [
        (name, f"{measured.median(name) * 1000:.0f}", f"{measured.times_as_fast(HTTPX, name):.2f}") for name in PROGRAMS
    ]
    return table(
        "A fresh process", ("", "ms", "its time to that of httpx"), rows, f"{rounds} rounds in turns; medians."
    )
