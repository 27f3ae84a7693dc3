"""Where the time of a login goes, by what the code is about.

`cProfile` counts the time inside each function, without that of the functions it calls. Each function belongs to a part
by its file. One that belongs to none, such as `isinstance` or `json.dumps`, counts for whoever called it. The profiler
itself makes calls of small Python functions dearer than they are, and leaves compiled code as it is; so the share of the
cryptography is too small in this table, and every share is to be read beside the others.
"""

from collections import defaultdict
from cProfile import Profile
from types import CodeType
from typing import Any

from benchmarks.logins import login
from benchmarks.rounds import table

OTHER = "everything else"
# A part and the places of its code; the first that fits counts. `cryptography` is compiled, so its names are signs.
PARTS: dict[str, tuple[str, ...]] = {
    "signatures: cryptography": ("openssl.rsa.RSA",),
    "JWTs": ("flowsim/protocol/signed_tokens.py",),
    "pages: Jinja2": ("/jinja2/", "/markupsafe/", "authorization_server/templates/", "authorization_server/pages.py"),
    "messages: HTTP, URLs, forms": (
        *("flowsim/protocol/messages.py", "/httpx/", "urllib/parse.py", "flowsim/actors/browser.py"),
    ),
    "checks": ("flowsim/model/check.py", "flowsim/checks/"),
    "actors": ("flowsim/actors/", "flowsim/protocol/"),
    "settings and the first world": (
        *("flowsim/model/scenario.py", "flowsim/model/settings.py", "flowsim/model/server_settings.py"),
        "flowsim/engine/initial_world.py",
    ),
    "moves, worlds, log": ("flowsim/engine/", "flowsim/model/", "flowsim/simulation/", "/frozendict/"),
}
Code = CodeType | str


def part_of(code: Code) -> str | None:
    """The part this code belongs to; None where it counts for its caller."""
    place = code if isinstance(code, str) else code.co_filename.replace("\\", "/")
    return next((part for part, places in PARTS.items() if any(one in place for one in places)), None)


def shares(entries: list[Any]) -> dict[str, float]:
    """Seconds by part, from the entries of a profile."""
    callers: dict[Code, list[tuple[Code, float]]] = defaultdict(list)
    for entry in entries:
        for called in entry.calls or ():
            callers[called.code].append((entry.code, called.inlinetime))
    seconds: dict[str, float] = defaultdict(float)

    def give(code: Code, spent: float, seen: frozenset[Code]) -> None:
        part = part_of(code)
        whole = sum(share for _, share in callers[code])
        if part is not None or whole == 0 or code in seen:
            seconds[part or OTHER] += spent
            return
        for caller, share in callers[code]:
            give(caller, spent * share / whole, seen | {code})

    for entry in entries:
        give(entry.code, entry.inlinetime, frozenset())
    return dict(seconds)


def profile(logins: int) -> dict[str, float]:
    """Seconds by part of so many logins, after some to warm up."""
    for _ in range(3):
        login()
    profiler = Profile()
    profiler.enable()
    for _ in range(logins):
        login()
    profiler.disable()
    return shares(profiler.getstats())


def report(quick: bool) -> str:
    logins = 20 if quick else 500
    seconds = profile(logins)
    whole = sum(seconds.values())
    names = sorted(seconds, key=lambda name: -seconds[name])
    rows = [(name, f"{seconds[name] / whole:.0%}", f"{seconds[name] / logins * 1e6:.0f}") for name in names]
    return table(
        "Where the time of a login goes",
        ("", "share", "microseconds, profiled"),
        rows,
        f"{logins} logins under cProfile, which more than doubles the time; see the docstring of benchmarks/parts.py.",
    )
