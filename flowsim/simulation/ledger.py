"""Who knows what: worked out from the messages alone, never from what somebody is supposed to know.

Whoever sends or receives a message knows every secret whose value stands in it. The value counts, not its name: under
`plain` the `code_challenge` *is* the `code_verifier`, so whoever sees the one knows the other.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from flowsim.model.steps import LANE_OF
from flowsim.model.world import OWN_LOGIN, Event
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Message, Opening, Request, Response
from flowsim.simulation.occurrences import readings, stands_in

KINDS: tuple[str, ...] = (
    "password",
    "client_secret",
    "state",
    "nonce",
    "code_verifier",
    "code_challenge",
    "dpop_key",
    "code",
    "access_token",
    "id_token",
    "refresh_token",
    "data",
)
# What an attacker's own login makes is no secret of the victim's, up to the code; its tokens may be the victim's.
_ONES_OWN = ("password", "state", "nonce", "code_verifier", "code_challenge", "code")
NAMES = {"data": "your data"}
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret: its kind, its value, and the run in which it came to be."""

    kind: str
    value: str
    run: str


@dataclass(frozen=True, slots=True)
class Learned:
    """An actor got to know a secret."""

    actor: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Ledger:
    """What each actor learned in each event, in order, and every secret there is."""

    secrets: tuple[Secret, ...]
    learned: tuple[tuple[Learned, ...], ...]

    def knows(self, actor: str, kind: str) -> bool:
        """True when this actor holds a secret of this kind at the end."""
        return any(one.actor == actor and one.secret.kind == kind for event in self.learned for one in event)

    def holds(self, actor: str) -> tuple[str, ...]:
        """The kinds of secret this actor holds at the end, in the order of KINDS."""
        return tuple(kind for kind in KINDS if self.knows(actor, kind))

    def table(self) -> dict[str, tuple[str, ...]]:
        """Kind of secret to the lanes (columns of a picture) that know one of it."""
        rows: dict[str, list[str]] = {kind: [] for kind in KINDS if any(s.kind == kind for s in self.secrets)}
        for event in self.learned:
            for one in event:
                lane = LANE_OF[one.actor]
                if lane not in rows[one.secret.kind]:
                    rows[one.secret.kind].append(lane)
        return {kind: tuple(lanes) for kind, lanes in rows.items()}


def ledger(events: Iterable[Event]) -> Ledger:
    """The ledger of these events."""
    secrets: dict[tuple[str, str], Secret] = {}
    known: set[tuple[str, Secret]] = set()
    log = []
    for event in events:
        news: list[Learned] = []

        def learn(actor: str, secret: Secret, news: list[Learned] = news) -> None:
            if (actor, secret) not in known:
                known.add((actor, secret))
                news.append(Learned(actor, secret))

        for made in event.made:
            if event.run == OWN_LOGIN and made.kind in _ONES_OWN:
                continue
            secret = secrets.setdefault((made.kind, made.value), Secret(made.kind, made.value, event.run))
            learn(made.actor, secret)
        for sent in event.messages:
            texts = _readings(sent.message)
            for secret in secrets.values():
                if stands_in(secret.value, texts):
                    learn(sent.sender, secret)
                    learn(sent.receiver, secret)
        log.append(tuple(news))
    return Ledger(tuple(secrets.values()), tuple(log))


# What is worth stealing: whoever writes one of these into a message must have got it, or made it.
_WORTH_STEALING = ("password", "client_secret", "code_verifier", "code", "access_token", "id_token", "refresh_token")


def untold(events: Iterable[Event], actor: str, message: Message, at_hand: Iterable[Message] = ()) -> str | None:
    """The kind of a secret that stands in this message and that nobody has told this actor; None where there is none.

    What counts is what the actor has received or made, or has `at_hand` now, whatever it was called there: under `plain`
    the `code_challenge` is the `code_verifier`.
    """
    events = tuple(events)
    texts = _readings(message)
    secrets = {one.value: one for event in events for one in event.made if one.kind in _WORTH_STEALING}
    before_it = tuple(text for one in at_hand for text in _readings(one))
    written = [one for value, one in secrets.items() if stands_in(value, texts) and not stands_in(value, before_it)]
    for one in written:
        made = any(own.actor == actor and own.value == one.value for event in events for own in event.made)
        if not made and not _received(events, actor, one.value):
            return one.kind
    return None


def _received(events: Iterable[Event], actor: str, value: str) -> bool:
    sent = (sent for event in events for sent in event.messages)
    return any(one.receiver == actor and stands_in(value, _readings(one.message)) for one in sent)


@lru_cache(maxsize=512)
def _readings(message: Message) -> tuple[str, ...]:
    """All text of a message with what its tokens and credentials hide, in each reading (occurrences.py)."""
    match message:
        case Opening(url=url):
            parts = [url]
        case Request(url=url, headers=headers, body=body):
            parts = [url, body, *(value for _, value in headers)]
        case Response(headers=headers, body=body):
            parts = [body, *(value for _, value in headers)]
    parts += [_basic(part) for part in parts if part.startswith("Basic ")]
    text = "\n".join(parts)
    claims = [token.claims for found in _JWT.findall(text) if (token := signed_tokens.read(found))]
    return readings("\n".join([text, *(json.dumps(one, ensure_ascii=False) for one in claims)]))


def _basic(value: str) -> str:
    """The name and secret in `Basic …`, which base64 writes in other letters and does not hide."""
    try:
        return b64decode(value.removeprefix("Basic ")).decode("utf-8", "replace")
    except ValueError:
        return ""
