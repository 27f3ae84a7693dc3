"""What happens after a login, and how much time passes: a short text that says it in order.

    1h call refresh call          an hour passes, the app calls the API, refreshes its tokens, calls again
    after 6: 2m                   two minutes pass after step 6, while the code is in the browser

Words: `call` (the app calls the API), `refresh` or `refresh=SCOPE` (the app exchanges its refresh token, for less
scope if one is named; `+` stands between two scopes), `logout` (the app has its refresh token revoked), `password` (the
user changes the password), `keys` (the server changes the key it signs with), `login` (the user logs in to the app again),
`other-app` (the user logs in to another app of the same server), `app-logout` (the user logs out of the app, which tells
nobody), `server-logout` (the app sends the browser to the server as well, to log out there). What a browser does of its own
accord: `silent-renewal` (the page of the app asks the server once more, in a frame that shows nothing), `prefetch` (the
browser opens the address of the redirect before the user has come there), `scan` (a link scanner does so from elsewhere),
`reload` (the user loads that address once more, by the button or by going back). A time is a number and s, m,
h or d, for seconds, minutes, hours or days.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from flowsim.model.shown import shown

Kind = Literal[
    "wait",
    "call",
    "refresh",
    "logout",
    "password",
    "keys",
    "login",
    "other-app",
    "app-logout",
    "server-logout",
    "silent-renewal",
    "prefetch",
    "scan",
    "reload",
]
AHEAD: tuple[Kind, ...] = ("prefetch", "scan")  # what comes before the user does
# What takes an app in the browser, or a website: the kinds of redirect that each of them goes with.
IN_BROWSER: Mapping[Kind, tuple[str, ...]] = {
    "silent-renewal": ("page",),
    "prefetch": ("page", "website"),
    "scan": ("website",),
    "reload": ("page", "website"),
}

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
NAMES = {"s": "second", "m": "minute", "h": "hour", "d": "day"}
LAST_SECOND = 253_402_300_799  # 9999-12-31 23:59:59 UTC, the last one that a date can say
LONGEST_WAIT = 10 * 365 * SECONDS["d"]
MOST_ITEMS = 40
MOST_CHARACTERS = 2000
LAST_PAUSE = 10
MOST_KEY_CHANGES = 1
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind) if kind != "wait"}
_TIME = re.compile(r"([0-9]{1,9})([smhd])")


class PlanError(ValueError):
    """A plan that cannot be read; the message says what was expected, what came, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One thing of a plan. `run` names the run it becomes; `after` is a step of the login, None for what comes later."""

    kind: Kind
    run: str
    seconds: int = 0
    after: int | None = None
    scope: str | None = None


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[Occurrence, ...]:
    """The occurrences of this plan in order. Raises PlanError for a word or a time that makes no sense.

    How much there is of it is looked at first, so that a text of any length is answered at once.
    """
    if len(text) > MOST_CHARACTERS:
        raise PlanError(f"a plan has at most {MOST_CHARACTERS} characters, not {len(text)}")
    written = text.split()
    count = sum(word != "after" and (word[-1] != ":" or "=" in word) for word in written)
    if count > MOST_ITEMS:
        raise PlanError(f"a plan has at most {MOST_ITEMS} items, not {count}")
    items: list[Occurrence] = []
    after: int | None = None
    words = iter(written)
    for word in words:
        if word == "after":
            after = _step(next(words, ""))
            continue
        name, _, scope = word.partition("=")
        if _TIME.fullmatch(word):
            items.append(Occurrence(kind="wait", run=_name("wait", items), seconds=duration(word), after=after))
        elif after is not None:
            raise PlanError(
                f"after a step of the login only time can pass: expected a time such as 2m, not {shown(word)}"
            )
        elif name in _KINDS and (name == "refresh" or "=" not in word):
            kind = _KINDS[name]
            items.append(Occurrence(kind=kind, run=_name(kind, items), scope=scope.replace("+", " ") or None))
        else:
            raise PlanError(
                f"a plan is made of times such as 90s, 10m, 1h, 30d and of the words refresh, refresh=SCOPE, call, "
                f"logout, password, keys, login, other-app, app-logout, server-logout, silent-renewal, prefetch, "
                f"scan, reload, not {shown(word)}"
            )
        after = None
    if after is not None:
        raise PlanError("expected a time behind “after STEP:”, for example: after 6: 2m")
    if sum(item.kind == "keys" for item in items) > MOST_KEY_CHANGES:
        raise PlanError("a plan has keys at most once: there are two published keys that lessons may sign with")
    return tuple(items)


def duration(text: str) -> int:
    """The seconds of a time such as `90s`, `10m`, `1h` or `30d`. Raises PlanError for any other text."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise PlanError(f"a time is a number and s, m, h or d, for example 90s, 10m, 1h or 30d, not {shown(text)}")
    seconds = int(found[1]) * SECONDS[found[2]]
    if not 0 < seconds <= LONGEST_WAIT:
        raise PlanError(f"a time is from 1 second to {LONGEST_WAIT // SECONDS['d']} days, not {shown(text)}")
    return seconds


def length(items: Iterable[Occurrence]) -> int:
    """The seconds that pass in a plan."""
    return sum(item.seconds for item in items)


def in_words(seconds: int) -> str:
    """This many seconds in the largest unit that divides them: `1 hour`, `90 seconds`, `30 days`."""
    whole = (unit for unit in ("d", "h", "m") if seconds % SECONDS[unit] == 0 and seconds >= SECONDS[unit])
    unit = next(whole, "s")
    count = seconds // SECONDS[unit]
    return f"{count} {NAMES[unit]}{'' if count == 1 else 's'}"


def roughly(seconds: int) -> str:
    """This many seconds in the two largest units there are: `5 days 1 hour`, `2 minutes`."""
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, SECONDS[unit])
        if count:
            parts.append(in_words(count * SECONDS[unit]))
    return " ".join(parts[:2])


def _step(text: str) -> int:
    number = text.removesuffix(":")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= LAST_PAUSE or number == text:
        raise PlanError(
            f"expected a step from 1 to {LAST_PAUSE} and a colon, for example: after 6: 2m, not {shown(text)}"
        )
    return int(number)


def _name(kind: str, items: list[Occurrence]) -> str:
    """`refresh 2` for the second refresh of a plan."""
    return f"{kind} {sum(item.kind == kind for item in items) + 1}"
