"""What one may look at to say what happened: an event, with the worlds before and after it.

Whoever writes a sentence about an event asks here for the facts: which parameter was sent, which check was on and has
passed, which request the code goes back to. So no sentence can say what is not so in the run that is on the screen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from frozendict import frozendict

from flowsim.model.check import CheckResult
from flowsim.model.clients import Profile
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import BROWSER, ELSEWHERE
from flowsim.model.world import AuthorizationRequest, Client, Event, Run, Server, World
from flowsim.protocol.messages import (
    Message,
    Opening,
    Request,
    Response,
    form_for_another,
    leads_to,
    query_of,
)


@dataclass(frozen=True)
class Telling:
    """An event that is to be told, and the worlds before and after it."""

    event: Event
    before: World
    after: World

    @property
    def scenario(self) -> Scenario:
        return self.after.scenario

    @property
    def app(self) -> Profile:
        """The kind of app that the user logs in to."""
        return self.scenario.profile

    @property
    def run(self) -> Run:
        """The run of this event as it stands after it."""
        return self.after.runs[self.event.run]

    @property
    def client(self) -> Client | None:
        """The memory of the app in this run after the event; None in a run of the attacker's own."""
        return self.after.clients.get(self.run.client)

    @property
    def server(self) -> Server:
        """The authorization server as it was before the event."""
        return self.before.servers[self.run.server]

    @property
    def went_well(self) -> bool:
        return self.event.outcome in (Outcome.OK, Outcome.SILENT)

    def on(self, check_id: str) -> bool:
        """True where this check is switched on."""
        return self.scenario.policy.is_on(check_id)

    def result(self, check_id: str) -> CheckResult | None:
        """How this check came out in this event; None where nobody looked."""
        return next((one for one in self.event.checks if one.check.id == check_id), None)

    def holds(self, check_id: str) -> bool:
        """True where this check is on, there was something to compare, and it has passed in this event."""
        found = self.result(check_id)
        return found is not None and found.on and found.passed is True

    @cached_property
    def stopped_by(self) -> str:
        """The check that stopped somebody in this event; empty where none did."""
        return next((one.check.id for one in self.event.checks if one.decides), "")

    def made(self, kind: str) -> str | None:
        """The secret of this kind that somebody made in this event."""
        return next((one.value for one in self.event.made if one.kind == kind), None)

    def done(self, act: Act, run: str | None = None) -> bool:
        """True where this act has happened by now, in this run if one is named."""
        return any(event.act is act and run in (None, event.run) for event in self.after.log)

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """Those of the flow: what a page loads from another site is none of it."""
        apart = (sent for sent in self.event.messages if ELSEWHERE not in (sent.sender, sent.receiver))
        return tuple(sent.message for sent in apart)

    @cached_property
    def to_elsewhere(self) -> Request | None:
        """The request for what a page loads from another site; None where it loads nothing."""
        ends = (BROWSER, ELSEWHERE)
        sent = (sent.message for sent in self.event.messages if (sent.sender, sent.receiver) == ends)
        return next((one for one in sent if isinstance(one, Request)), None)

    @cached_property
    def requests(self) -> tuple[Request, ...]:
        return tuple(one for one in self.messages if isinstance(one, Request))

    @cached_property
    def delivered(self) -> Message | None:
        """The message that was in flight before the event and that somebody has received in it."""
        run = self.before.runs.get(self.event.run)
        return run.in_flight.message if run and run.in_flight else None

    def sent(self, name: str) -> str | None:
        """The value of this parameter in a message of this event: in an address, a redirect, a form or an answer."""
        return next((value for one in self.messages if (value := _parameters(one).get(name))), None)

    @cached_property
    def answer(self) -> Response | None:
        """The last answer in this event."""
        return next((one for one in reversed(self.messages) if isinstance(one, Response)), None)

    @cached_property
    def posted(self) -> bool:
        """True where the answer to the app comes, or has come, in a form instead of an address."""
        came = self.delivered
        if isinstance(came, Request):
            return came.method == "POST" and not came.query and self.scenario.posts_answer
        return self.answer is not None and form_for_another(self.answer) is not None

    @cached_property
    def page(self) -> str:
        """Which page the server was asked for last, for example `/login`; empty where no page was."""
        return next((one.path for one in reversed(self.requests)), "")

    @property
    def typed(self) -> str | None:
        """What the user typed to prove who they are: a `password` or a `one_time_code`; None where nothing was typed."""
        return next((name for name in ("password", "one_time_code") if self.sent(name)), None)

    @cached_property
    def code(self) -> str | None:
        """The code that this event is about: one that was sent in it, or that came in the request now judged."""
        if self.delivered is not None and (value := _parameters(self.delivered).get("code")):
            return value
        return self.sent("code")

    @cached_property
    def asked(self) -> AuthorizationRequest | None:
        """The authorization request that this code goes back to, as the server keeps it; None for a made-up code."""
        grant = self.server.grants.get(self.code or "")
        return grant.request if grant else None

    @property
    def proved(self) -> bool:
        """True where a request of this event carries a DPoP proof."""
        return any(one.header("dpop") for one in self.requests)

    @property
    def uses_pkce(self) -> bool:
        """True where a challenge or a verifier is made, sent, stored or compared in this event."""
        if self.made("code_challenge") or self.sent("code_challenge") or self.sent("code_verifier"):
            return True
        came = self.delivered is not None and "code_verifier" in _parameters(self.delivered)
        stored = self.asked is not None and self.asked.code_challenge is not None
        pushed = self.result("authorize.challenge_well_formed")
        return came or stored or (pushed is not None and pushed.passed is not None)

    def earlier(self) -> Iterator[Event]:
        """What has happened in this run so far, this event included, the last first."""
        return (event for event in reversed(self.after.log) if event.run == self.event.run)


def tellings(worlds: tuple[World, ...]) -> tuple[Telling, ...]:
    """Every event that led from one of these worlds to the next."""
    return tuple(Telling(after.log[-1], before, after) for before, after in pairwise(worlds))


@lru_cache(maxsize=512)
def _parameters(message: Message) -> frozendict[str, str]:
    """The parameters of this message that have a value, in its address, redirect, form or answer: the first of each."""
    pairs: Iterable[tuple[str, object]]
    match message:
        case Opening(url=url):
            pairs = query_of(url)
        case Request():
            pairs = (*message.query, *message.form)
        case Response():
            pairs = (*query_of(leads_to(message)), *message.json().items())
    found: dict[str, str] = {}
    for name, value in pairs:
        if value is not None and (text := str(value)):
            found.setdefault(name, text)
    return frozendict(found)
