"""Drawing a sequence diagram, beside one bare call of `dot` on the same text.

flowsim lays the picture out, has Graphviz draw it, and makes the SVG fit to stand in a page. The peer is the program
alone, on the same DOT text with the same options.
"""

import shutil
import subprocess

from benchmarks.memory import attacked
from benchmarks.rounds import in_turns, table
from flowsim.views.pictures import picture

FLOWSIM = "flowsim.views.picture.sequence"
DOT = "dot -Kneato -n2 -Tsvg"


def report(quick: bool) -> str:
    dot = shutil.which("dot")
    if dot is None:
        return "Drawing a diagram\n\nThere is no dot on the PATH, so there is nothing to compare with."
    trace = attacked()
    source = picture.sequence_source(trace).encode()

    def bare() -> None:
        subprocess.run([dot, *DOT.split()[1:]], input=source, capture_output=True, check=True)

    rounds = 3 if quick else 30
    measured = in_turns({FLOWSIM: lambda: picture.sequence(trace), DOT: bare}, rounds=rounds, calls=1)
    rows = [
        (name, f"{measured.median(name) * 1000:.1f}", f"{measured.times_as_fast(name, FLOWSIM):.2f}")
        for name in measured.seconds
    ]
    return table(
        "Drawing a diagram",
        ("", "ms", "flowsim's time to this one"),
        rows,
        f"{rounds} rounds in turns; medians. {len(trace.events)} events, {len(source) / 1000:.0f} kB of DOT text.",
    )
