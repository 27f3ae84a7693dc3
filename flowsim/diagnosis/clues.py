"""The clues to a failed run: its checks and its messages, and nothing else.

Nothing here looks at settings, at the memory of anybody, or at what a run was made for. So the same clues speak of a
run that was played, of one that was read back from a file, and of a recording of somebody else's program.
"""

from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from flowsim.model.check import CheckResult
from flowsim.model.states import Act
from flowsim.model.steps import SERVER
from flowsim.model.world import VICTIM, Event
from flowsim.protocol import signed_tokens, strict_json
from flowsim.protocol.messages import Message, Opening, Pairs, Request, Response, parse_pairs, query_of, single
from flowsim.protocol.signed_tokens import Token


class Passed(NamedTuple):
    """A message that went from one party to another, and the event in which it did."""

    event: Event
    sender: str
    receiver: str
    message: Message


def parameters(message: Message) -> Pairs:
    """All parameters of a message: those of its address, and those of its body, be it a form or a JSON object."""
    if isinstance(message, Response):
        return query_of(message.location)
    found = query_of(message.url)
    if isinstance(message, Opening) or not message.body:
        return found
    if message.body.lstrip().startswith("{"):
        return (*found, *((name, str(value)) for name, value in strict_json.parse_object(message.body).items()))
    return (*found, *parse_pairs(message.body))


@dataclass(frozen=True)
class Clues:
    """What was seen up to the refusal: all events until then, the one that refused, and the check that decided there.

    `result` is None where no check of flowsim's was made, as in a recording of a server that somebody else wrote.
    """

    events: tuple[Event, ...]
    event: Event
    result: CheckResult | None = None

    @property
    def run(self) -> str:
        return self.event.run

    @property
    def expected(self) -> str:
        return self.result.expected if self.result else ""

    @property
    def received(self) -> str:
        return self.result.received if self.result else ""

    @cached_property
    def passed(self) -> tuple[Passed, ...]:
        """Every message until then, in order."""
        return tuple(
            Passed(event, sent.sender, sent.receiver, sent.message) for event in self.events for sent in event.messages
        )

    @cached_property
    def own(self) -> tuple[Passed, ...]:
        """Those of the run that was refused."""
        return tuple(one for one in self.passed if one.event.run == self.run)

    def check(self, suffix: str, event: Event | None = None) -> CheckResult | None:
        """What the check with this id, or with an id that ends so, found in this event; None where it was not made."""
        for one in (event or self.event).checks:
            if one.check.id == suffix or one.check.id.endswith(f".{suffix}"):
                return one
        return None

    # ---- The requests of the flow, each by what only it has

    def authorization_requests(self, run: str | None = None) -> tuple[Passed, ...]:
        """The authorization requests in order, pushed ones included; of this run, or of all."""
        return self._requests(
            ("response_type", "code_challenge", "redirect_uri", "request_uri"), run, lambda one: not one["grant_type"]
        )

    def token_requests(self, run: str | None = None) -> tuple[Passed, ...]:
        """The token requests in order, those of refreshes included; of this run, or of all."""
        return self._requests(("grant_type",), run, lambda one: True)

    def _requests(
        self, names: Sequence[str], run: str | None, wanted: Callable[[dict[str, str | None]], bool]
    ) -> tuple[Passed, ...]:
        found = []
        for one in self.passed:
            if run not in (None, one.event.run) or isinstance(one.message, Response) or one.sender == SERVER:
                continue
            pairs = parameters(one.message)
            values = {name: single(pairs, name) for name in (*names, "grant_type")}
            if any(values[name] for name in names) and wanted(values):
                found.append(one)
        return tuple(found)

    def asked(self, name: str, run: str | None = None) -> str | None:
        """This parameter of the authorization request of this run, or of the run that was refused."""
        for one in reversed(self.authorization_requests(run or self.run)):
            if value := single(parameters(one.message), name):
                return value
        return None

    @property
    def asked_last(self) -> Request | None:
        """The last request of this run, whoever got it."""
        return next((one.message for one in reversed(self.own) if isinstance(one.message, Request)), None)

    @property
    def answered_last(self) -> Response | None:
        """The last answer of this run, whoever gave it."""
        return next((one.message for one in reversed(self.own) if isinstance(one.message, Response)), None)

    def named_by_the_api(self) -> dict[str, Any]:
        """The metadata of the MCP server that the app has got; empty where it has asked for none."""
        return next((body for _, body in self.documents("authorization_servers")), {})

    @property
    def refused_request(self) -> Request | None:
        """The last request that the party which refused got in this run."""
        wanted = self.result.check.actor if self.result else self.event.receiver
        for one in reversed(self.own):
            if isinstance(one.message, Request) and one.receiver == wanted:
                return one.message
        return None

    def sent(self, name: str) -> str | None:
        """This parameter of the request that was refused."""
        asked = self.refused_request
        return single(parameters(asked), name) if asked else None

    def callbacks(self, run: str | None = None) -> tuple[Passed, ...]:
        """Each time a browser or the system brought an answer to the app: a code or an error."""
        return tuple(
            one
            for one in self.passed
            if run in (None, one.event.run)
            and not isinstance(one.message, Response)
            and one.event.act is Act.STEP_7
            and any(single(parameters(one.message), name) for name in ("code", "error"))
            and single(parameters(one.message), "grant_type") is None
        )

    def redirects(self, run: str | None = None) -> tuple[Passed, ...]:
        """Each answer with which the server sent a browser back to an app."""
        return tuple(
            one
            for one in self.passed
            if run in (None, one.event.run)
            and isinstance(one.message, Response)
            and any(single(parameters(one.message), name) for name in ("code", "error"))
        )

    def answered(self, asked: Passed) -> bool:
        """True where an answer with tokens came to the app after this token request of the same run."""
        place = next(number for number, one in enumerate(self.passed) if one is asked)
        return any(
            isinstance(one.message, Response)
            and one.event.run == asked.event.run
            and "access_token" in one.message.body
            for one in self.passed[place:]
        )

    # ---- What was in the answers

    def documents(self, member: str) -> Iterator[tuple[Passed, dict[str, Any]]]:
        """The JSON objects with this member that were answered, the latest first."""
        for one in reversed(self.passed):
            if isinstance(one.message, Response) and f'"{member}"' in one.message.body:
                body = one.message.json()
                if member in body:
                    yield one, body

    def known_keys(self, reader: str) -> tuple[str, ...]:
        """The `kid` of each key in the JWKS that this party has fetched last; empty where it fetched none."""
        for one, body in self.documents("keys"):
            if one.receiver == reader and isinstance(body["keys"], list):
                return tuple(str(key.get("kid")) for key in body["keys"] if isinstance(key, dict))
        return ()

    def token_answer(self) -> tuple[Passed, dict[str, Any]] | None:
        """The latest token response, taken apart."""
        return next(self.documents("access_token"), None)

    def shown_token(self) -> str | None:
        """The access token that the API was shown last."""
        for one in reversed(self.own):
            if isinstance(one.message, Request) and (value := one.message.header("authorization")):
                return value.strip().rpartition(" ")[2]
        return None

    def id_token(self) -> Token | None:
        """The ID token of the latest token response."""
        answer = self.token_answer()
        text = answer[1].get("id_token") if answer else None
        return signed_tokens.read(text) if isinstance(text, str) else None

    def issued_at(self, token: str) -> Event | None:
        """The event in which this token was first on its way, which is when it was made."""
        for one in self.passed:
            if isinstance(one.message, Response) and token in one.message.body:
                return one.event
        return None


def basic(request: Request | None) -> tuple[str, str] | None:
    """Name and secret in the `Basic` of this request as they stand there, not form-decoded; None where it has none."""
    value = request.header("authorization") if request else None
    scheme, _, shown = (value or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = b64decode(shown.strip(), validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    return (name, secret) if colon else None


class Suspicion(NamedTuple):
    """What a rule makes of the clues: the name of the likeliest cause, what was seen, and the next likely cause, if any.

    `seen` is part of a sentence: it follows a colon and has no full stop. `other` is named where the clues do not decide.
    """

    cause: str
    seen: str
    other: str | None = None


Rule = Callable[[Clues], Suspicion]


def other_login(clues: Clues) -> str | None:
    """Another login that has asked the server before the refusal, as a sentence calls it; None where there is none."""
    runs = dict.fromkeys(one.event.run for one in clues.authorization_requests() if one.event.run != clues.run)
    return called(next(reversed(runs))) if runs else None


def called(run: str | None) -> str:
    """A run as a sentence calls it."""
    if run is None:
        return "another login"
    return "the first login" if run == VICTIM else run
