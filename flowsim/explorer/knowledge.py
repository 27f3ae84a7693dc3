"""What an attacker knows, by kind: read off the messages that it was sent or has in its hands, and nothing else.

A value is known where it stood in a message to the attacker, in one in its own browser, or in one that leads to a website
of its own (attacks/view.py says whose a message is). What it can make is in moves.py. The same value from two places is
one value. Values of its own login are told from those of others, for its own account is of no use to it elsewhere.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from flowsim.attacks.view import at_hand, readers
from flowsim.model.states import Act
from flowsim.model.steps import ATTACKER
from flowsim.model.world import OWN_LOGIN, VICTIM, Event, World
from flowsim.protocol import credentials, signed_tokens
from flowsim.protocol.messages import Message, Opening, Pairs, Request, Response, leads_to, query_of
from flowsim.protocol.messages import without_query as path_of

_OF_AN_ANSWER = frozenset({"code", "state", "iss", "response"})


class Asked(NamedTuple):
    """An authorization request that the attacker has seen or written: in which run, its parameters, where it went."""

    run: str
    params: Pairs
    address: str


class Code(NamedTuple):
    """A code, the run it came in, and the rest of the answer it came with."""

    value: str
    run: str
    address: str
    beside: Pairs


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the attacker knows, by kind. `keys` are keys for proofs (RFC 9449), `links` addresses of pages of logins."""

    requests: tuple[Asked, ...] = ()
    codes: tuple[Code, ...] = ()
    states: tuple[str, ...] = ()
    verifiers: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    assertions: tuple[str, ...] = ()
    access_tokens: tuple[str, ...] = ()
    refresh_tokens: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    pushed: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def challenges(self) -> tuple[str, ...]:
        """Every code_challenge that the attacker has seen in a request."""
        return _of_kind(self.requests, "code_challenge")


def known(world: World) -> Knowledge:
    """What the attacker knows in this world. It is asked several times of one world in a row."""
    for one, knowledge in _last_asked:
        if one is world:
            return knowledge
    knowledge = _worked_out(world)
    _last_asked.append((world, knowledge))
    return knowledge


_last_asked: deque[tuple[World, Knowledge]] = deque(maxlen=2)


def _worked_out(world: World) -> Knowledge:
    found = _Found(f"user-{world.people[VICTIM].username}")
    for event in world.log:
        mine = readers(world, event.run)
        for sent in event.messages:
            if sent.receiver in mine or (sent.sender == ATTACKER and _has_written_a_request(event, sent.message)):
                found.read(event.run, sent.message)
        for made in event.made:
            if made.actor in mine:
                found.made(event.run, made.kind, made.value)
    for run in world.runs.values():
        if flying := at_hand(world, run):
            found.read(run.name, flying.message)
    return found.knowledge()


def _has_written_a_request(event: Event, message: Message) -> bool:
    """True where the attacker has written an authorization request, to be opened, to be pushed or to be allowed."""
    return isinstance(message, Opening) or event.act in (Act.PUSH_REQUEST, Act.CONSENT_ALONE)


def _of_kind(requests: tuple[Asked, ...], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for one in requests for key, value in one.params if key == name))


class _Found:
    """What has been read so far, each value once and in order."""

    def __init__(self, victim: str) -> None:
        self._victim = victim
        self._requests: dict[tuple[str, str], Asked] = {}
        self._codes: dict[str, Code] = {}
        self._values: dict[str, dict[str, None]] = {}

    def read(self, run: str, message: Message) -> None:
        """Take note of all that stands in this message of this run."""
        if isinstance(message, Response):
            self._tokens(run, message)
        if isinstance(message, Request):
            self._request(run, message)
        if not isinstance(message, Request) or message.method == "GET":
            self._address(run, leads_to(message))

    def made(self, run: str, kind: str, value: str) -> None:
        """Take note of what the attacker, or a page in its own browser, has made."""
        kinds = {"client_secret": "secrets", "refresh_token": "refresh_tokens", "code_verifier": "verifiers"}
        kinds |= {"dpop_key": "keys"}
        if kind in kinds:
            self._add(kinds[kind], value)

    def _add(self, kind: str, value: str) -> None:
        self._values.setdefault(kind, {})[value] = None

    def _address(self, run: str, url: str) -> None:
        if "?" not in url:
            return
        params = query_of(url)
        names = dict(params)
        if "client_id" in names:
            self._requests.setdefault((run, url), Asked(run, params, url))
        elif "login" in names or "session" in names:
            self._add("links", url)
        else:
            self._answer(run, path_of(url), params)
        if "state" in names:
            self._add("states", names["state"])

    def _answer(self, run: str, address: str, params: Pairs) -> None:
        names = dict(params)
        if code := names.get("code"):
            beside = tuple((name, value) for name, value in params if name in _OF_AN_ANSWER and name != "code")
            self._codes.setdefault(code, Code(code, run, address, beside))

    def _request(self, run: str, asked: Request) -> None:
        form = asked.form
        names = dict(form)
        if "grant_type" not in names and "code" in names:
            self._answer(run, path_of(asked.url), form)
            if "state" in names:
                self._add("states", names["state"])
        elif "grant_type" in names and (code := names.get("code")):
            self._codes.setdefault(code, Code(code, run, names.get("redirect_uri", ""), ()))
        for name, kind in (("code_verifier", "verifiers"), ("client_assertion", "assertions")):
            if name in names:
                self._add(kind, names[name])
        if "response_type" in names:
            self._requests.setdefault((run, asked.body), Asked(run, form, path_of(asked.url)))
        scheme, _, shown = (asked.header("authorization") or "").partition(" ")
        if scheme.lower() in ("bearer", "dpop"):
            self._token(shown)
            if proof := asked.header("dpop"):
                self._add("proofs", proof)
        elif scheme.lower() == "basic" and (pair := credentials.name_and_secret(shown)):
            self._add("secrets", pair[1])

    def _tokens(self, run: str, answer: Response) -> None:
        body = answer.json() if answer.body[:1] == "{" else {}
        token = body.get("access_token")
        if isinstance(token, str) and self._token(token) and isinstance(body.get("refresh_token"), str):
            self._add("refresh_tokens", body["refresh_token"])
        if isinstance(uri := body.get("request_uri"), str):
            self._add("pushed", uri)

    def _token(self, text: str) -> bool:
        """Take note of an access token that is the victim's; the attacker can read whose it is."""
        token = signed_tokens.read(text)
        if token is None or token.claims.get("sub") != self._victim:
            return False
        self._add("access_tokens", text)
        return True

    def knowledge(self) -> Knowledge:
        kinds = {kind: tuple(values) for kind, values in self._values.items()}
        return Knowledge(requests=tuple(self._requests.values()), codes=tuple(self._codes.values()), **kinds)


def own_requests(knowledge: Knowledge) -> Iterator[Asked]:
    """The requests that the app has made for the attacker's own login."""
    return (one for one in knowledge.requests if one.run == OWN_LOGIN)
