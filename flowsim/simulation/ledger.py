"""Who knows what: worked out from the messages, never from what somebody is supposed to know.

Whoever sends or receives a message knows every secret whose value stands in it; of one that is lost on the way only the
sender does. The value counts, not its name: under `plain` the `code_challenge` *is* the `code_verifier`, so whoever sees
the one knows the other.

An app whose code runs in the browser keeps nothing from it: what the page holds, the browser holds (RFC 6749 section 2.1).
In the attacker's own login that browser is the attacker's. Whoever owns a browser reads all that a page in it receives,
sends and keeps, also what the page then refuses. So the attacker knows it (RFC 9700 section 2.1.1 wants PKCE, and not the
`nonce`, of public clients).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowsim.engine.initial_world import ATTACKERS_ACCOUNT
from flowsim.model.states import Act
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, LANE_OF
from flowsim.model.world import OWN_LOGIN, Event, Sent
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request
from flowsim.protocol.occurrences import readings_of, stands_in

KINDS: tuple[str, ...] = (
    "password",
    "client_secret",
    "client_key",
    "client_assertion",
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
_ONES_OWN = ("password", "state", "nonce", "code_verifier", "code_challenge", "dpop_key", "code")
_TOKENS = ("access_token", "id_token", "refresh_token")
NAMES = {"data": "your data"}


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
        held = {one.secret.kind for event in self.learned for one in event if one.actor == actor}
        return tuple(kind for kind in KINDS if kind in held)

    def table(self) -> dict[str, tuple[str, ...]]:
        """Kind of secret to the lanes (columns of a picture) that know one of it."""
        rows: dict[str, list[str]] = {kind: [] for kind in KINDS if any(s.kind == kind for s in self.secrets)}
        for event in self.learned:
            for one in event:
                lane = LANE_OF[one.actor]
                if lane not in rows[one.secret.kind]:
                    rows[one.secret.kind].append(lane)
        return {kind: tuple(lanes) for kind, lanes in rows.items()}


def ledger(events: Iterable[Event], *, in_browser: bool = False) -> Ledger:
    """The ledger of these events; `in_browser` where the code of the app runs in its user's browser."""
    secrets: dict[tuple[str, str], tuple[Secret, set[str]]] = {}  # each with those who know it
    log = []
    events = tuple(events)
    lost = dict(_lost(events))
    for event in events:
        news: list[Learned] = []

        # In a login of the attacker's own the page runs in a browser of the attacker's, not in the user's.
        browser = ATTACKER if event.run == OWN_LOGIN else BROWSER

        own = (*_ONES_OWN, *(_TOKENS if _of_own_account(event) else ())) if event.run == OWN_LOGIN else ()
        for made in event.made:
            if made.kind in own:
                continue
            name = made.kind, made.value
            if name not in secrets:
                secrets[name] = Secret(*name, event.run), set()
            secret, known = secrets[name]
            news += _learn(secret, known, _heard_by((made.actor,), browser if in_browser else None))
        for sent in event.messages:
            parties = (sent.sender,) if lost.get(event.index) is sent else (sent.sender, sent.receiver)
            heard_by, texts = _heard_by(parties, browser if in_browser else None), readings_of(sent.message)
            for secret, known in secrets.values():
                # What all of them know already need not be looked for.
                if not known.issuperset(heard_by) and stands_in(secret.value, texts):
                    news += _learn(secret, known, heard_by)
        log.append(tuple(news))
    return Ledger(tuple([secret for secret, _ in secrets.values()]), tuple(log))


def _heard_by(parties: tuple[str, ...], browser: str | None) -> tuple[str, ...]:
    """These, and behind an app whose code runs in this browser also that."""
    if browser is None or CLIENT not in parties:
        return parties
    return tuple([one for party in parties for one in ((CLIENT, browser) if party == CLIENT else (party,))])


def _learn(secret: Secret, known: set[str], parties: tuple[str, ...]) -> list[Learned]:
    """The news for those of these who do not know it yet; from now on they do."""
    news = []
    for one in parties:
        if one not in known:
            known.add(one)
            news.append(Learned(one, secret))
    return news


def _lost(events: tuple[Event, ...]) -> Iterator[tuple[int, Sent]]:
    """The requests that have left and never arrived, each with the index of the event in which it left."""
    left: dict[str, tuple[int, Sent]] = {}
    for event in events:
        if event.act is Act.LOSE_REQUEST:
            yield left[event.run]
        for sent in event.messages:
            if isinstance(sent.message, Request) and sent.sender == CLIENT:
                left[event.run] = (event.index, sent)


def _of_own_account(event: Event) -> bool:
    """True where the tokens that were issued here are for the attacker's own account, so no secret of the victim's."""
    read = (signed_tokens.read(made.value) for made in event.made if made.kind in ("access_token", "id_token"))
    return any(token and token.claims.get("sub") == f"user-{ATTACKERS_ACCOUNT.username}" for token in read)
