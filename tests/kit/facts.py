"""One event of a run, and what is true of it: read off the messages and the checks, for those who test what is said of it.

It knows nothing of how sentences are made, and asks nobody who makes them.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Any

from flowsim.model.check import CheckResult
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act
from flowsim.model.steps import API, ATTACKER, BROWSER, ELSEWHERE, UPSTREAM
from flowsim.model.world import (
    ATTACKER_RUN,
    SECOND_SERVER,
    VICTIM,
    Event,
    Run,
    Server,
    TokenSet,
    Transaction,
    World,
    evolve,
)
from flowsim.protocol.dpop import thumbprint
from flowsim.protocol.messages import Message, Opening, Request, Response, leads_to, query_of

Pairs = list[tuple[str, str]]


def pairs_of(message: Message) -> Pairs:
    """Every name and value in a message: in its address, its form, its JSON, and in the address it redirects to."""
    match message:
        case Opening(url=url):
            return list(query_of(url))
        case Request(url=url):
            return [*query_of(url), *message.form]
        case Response():
            said = [*query_of(message.location), *((name, str(value)) for name, value in message.json().items())]
            return [*said, *posted_by(message)]


def posted_by(message: Message) -> Pairs:
    """The hidden fields of a page whose form goes to another site."""
    if not isinstance(message, Response) or 'action="http' not in message.body:
        return []
    return [
        (unescape(name), unescape(value)) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', message.body)
    ]


@dataclass(frozen=True)
class Facts:
    """What is true of the event that led from one world to the next."""

    before: World
    after: World

    @cached_property
    def event(self) -> Event:
        """The event, with the messages of the flow: what a page loads from another site is none of it."""
        event = self.after.log[-1]
        return evolve(
            event, messages=tuple(one for one in event.messages if ELSEWHERE not in (one.sender, one.receiver))
        )

    @property
    def picture(self) -> Request | None:
        """The request for what a page loads from another site."""
        ends = (BROWSER, ELSEWHERE)
        sent = (one.message for one in self.after.log[-1].messages if (one.sender, one.receiver) == ends)
        return next((one for one in sent if isinstance(one, Request)), None)

    @property
    def scenario(self) -> Scenario:
        return self.after.scenario

    @property
    def run(self) -> Run:
        """The run of this event, after it."""
        return self.after.runs[self.event.run]

    @property
    def log(self) -> tuple[Event, ...]:
        return self.after.log

    @cached_property
    def pairs(self) -> Pairs:
        return [pair for sent in self.event.messages for pair in pairs_of(sent.message)]

    def has(self, name: str) -> bool:
        """This parameter, or member of an answer, was sent in this event."""
        return any(one == name and value for one, value in self.pairs)

    def value(self, name: str) -> str:
        return next((value for one, value in self.pairs if one == name), "")

    def header(self, name: str) -> str:
        """A header of a request of this event."""
        requests = (sent.message for sent in self.event.messages if isinstance(sent.message, Request))
        return next((value for one in requests if (value := one.header(name))), "")

    def made(self, kind: str) -> str:
        return next((one.value for one in self.event.made if one.kind == kind), "")

    @property
    def changed_on_its_way(self) -> bool:
        """The address that the browser opens is not the one that the app has made in step 2 of this run."""
        prepared = next(event for event in self.log if event.run == self.event.run and event.act is Act.STEP_2)
        answers = [sent.message for sent in prepared.messages if isinstance(sent.message, Response)]
        if answers:
            return answers[-1].json().get("request_uri") != self.value("request_uri")
        made = {one.kind: one.value for one in prepared.made}
        challenge = made.get("code_challenge", "")
        if self.scenario.mistakes:  # an app may leave out what it has made, and make it twice
            own = [(one.kind, one.value) for one in prepared.made]
            sent = [(name, self.value(name)) for name in ("state", "nonce", "code_challenge") if self.value(name)]
            return not set(sent) <= set(own)
        if self.has("code_challenge_method") != bool(challenge):  # an app sends both, or none
            return True
        if any(name in made and self.value(name) != made[name] for name in ("state", "nonce")):
            return True
        key = made.get("dpop_key")
        if key and self.has("dpop_jkt") and self.value("dpop_jkt") != thumbprint(urlsafe_b64decode(key + "=")):
            return True
        return self.value("code_challenge") != challenge or self.has("dpop_jkt") != (self.scenario.dpop == "code")

    def check(self, name: str) -> CheckResult | None:
        return next((one for one in self.event.checks if one.check.id == name), None)

    def on(self, name: str) -> bool:
        return name not in self.scenario.without

    def passed(self, name: str) -> bool:
        """The check was made, counts, and has passed."""
        found = self.check(name)
        return found is not None and found.on and found.passed is True

    @property
    def decided(self) -> str:
        return next((one.check.id for one in self.event.checks if one.decides), "")

    def did(self, act: Act, run: str | None = None) -> bool:
        return any(event.act is act and run in (None, event.run) for event in self.log)

    @property
    def by_the_attacker(self) -> bool:
        return self.run.owner == ATTACKER

    @cached_property
    def flown(self) -> Message | None:
        """What was in flight before."""
        run = self.before.runs.get(self.event.run)
        return run.in_flight.message if run and run.in_flight else None

    @property
    def in_flight(self) -> Message | None:
        run = self.after.runs[self.event.run]
        return run.in_flight.message if run.in_flight else None

    @cached_property
    def judged(self) -> dict[str, str]:
        """The request that the server judges in this event."""
        return dict(pairs_of(self.flown)) if self.flown is not None else {}

    @property
    def flying_document(self) -> dict[str, str]:
        """The JSON document that is in flight after the event."""
        return dict(pairs_of(self.in_flight)) if self.in_flight is not None else {}

    @property
    def known_of_asked(self) -> Mapping[str, Any]:
        """What the app knows before the event of the server that it asks for metadata."""
        return self._known(self.before)

    @property
    def known_of_asked_after(self) -> Mapping[str, Any]:
        """The same after the event."""
        return self._known(self.after)

    def _known(self, world: World) -> Mapping[str, Any]:
        app = world.clients[self.run.client]
        theirs = SECOND_SERVER in self.run.name or (app.second is not None and self.run.name == VICTIM)
        return (app.second or {}) if theirs else app.metadata

    def asked(self, run: str, log: tuple[Event, ...] | None = None) -> dict[str, str]:
        """The parameters of the last authorization request of a run; of a pushed one those that were pushed."""
        for event in reversed(self.log if log is None else log):
            for sent in reversed(event.messages):
                one = sent.message
                asks = isinstance(one, Request) and one.path == "/authorize" and sent.receiver != UPSTREAM
                if event.run == run and isinstance(one, Request) and asks:
                    params = dict(one.query)
                    return params | self._pushed(params.get("request_uri", ""))
        # Of a login that began behind a proxy, the request is the one that the attacker had allowed there.
        return self.asked(ATTACKER_RUN, log) if self.did(Act.OPEN_UPSTREAM, run) else {}

    def asked_before(self) -> dict[str, str]:
        """The parameters of the address that was in flight before."""
        return dict(query_of(leads_to(self.flown))) if self.flown is not None else {}

    def _pushed(self, uri: str) -> dict[str, str]:
        for event in self.log:
            messages = [sent.message for sent in event.messages]
            given = any(isinstance(one, Response) and one.json().get("request_uri") == uri for one in messages)
            form = [one.form for one in messages if isinstance(one, Request) and one.path == "/oauth/par" and one.body]
            if given and form:
                return dict(form[0])
        return {}

    @cached_property
    def code(self) -> str:
        return self.judged.get("code") or self.value("code")

    @cached_property
    def request_of_code(self) -> dict[str, str] | None:
        """The authorization request that the code of this event goes back to; None for a code that nobody issued."""
        for place, event in enumerate(self.log):
            if any(one.kind == "code" and one.value == self.code for one in event.made):
                return self._answered(event) or self.asked(event.run, self.log[: place + 1])
        return None

    def _answered(self, event: Event) -> dict[str, str]:
        """The request of another tab of the same browser that this answer has the state of; empty where there is none."""
        found = [dict(query_of(one.message.location)) for one in event.messages if isinstance(one.message, Response)]
        states = {one["state"] for one in found if "code" in one and "state" in one}
        at = self.after.runs[event.run].at
        others = [name for name, run in self.after.runs.items() if run.at == at and name != event.run]
        asked = [self.asked(name) for name in others if name == "victim" or name.startswith(("tab", "window"))]
        own = self.asked(event.run)
        return next((one for one in asked if one.get("state") in states and own.get("state") not in states), {})

    @property
    def stored(self) -> str:
        """The challenge that is stored with the code of this event."""
        return (self.request_of_code or {}).get("code_challenge", "")

    @property
    def method(self) -> str:
        """The PKCE method that counts for the code of this event, or that the request of this run names."""
        asked = self.request_of_code if self.code else None
        asked = asked if asked is not None else self.asked(self.event.run)
        return asked.get("code_challenge_method", "plain") if asked.get("code_challenge") else ""

    def sent_to(self, receiver: str, name: str) -> bool:
        """A message to this party in this event carries this name."""
        return any(name in dict(pairs_of(sent.message)) for sent in self.event.messages if sent.receiver == receiver)

    @property
    def page(self) -> str:
        """The page that the browser asked the server for last."""
        return self.pages[-1] if self.pages else ""

    @property
    def pages(self) -> list[str]:
        """The paths of all that was asked for in this event."""
        return [one.message.path for one in self.event.messages if isinstance(one.message, Request)]

    @property
    def html(self) -> str:
        found = [one.message for one in self.event.messages if isinstance(one.message, Response) and one.message.body]
        return found[-1].body if found else ""

    @property
    def page_headers(self) -> str:
        found = [one.message for one in self.event.messages if isinstance(one.message, Response)]
        return str(found[-1].headers) if found else ""

    @property
    def secret(self) -> bool:
        return self.header("authorization").startswith("Basic ") or self.has("client_secret")

    @property
    def proof(self) -> bool:
        return bool(self.header("dpop"))

    @property
    def token(self) -> str:
        """The access token that is shown to the API in this event, or in this run before it."""
        for event in reversed(self.log):
            for sent in event.messages:
                shown = sent.message.header("authorization") if isinstance(sent.message, Request) else None
                if event.run == self.event.run and shown and not shown.startswith("Basic "):
                    return shown.partition(" ")[2]
        return ""

    @property
    def genuine(self) -> bool:
        """A server has made the token that is shown to the API."""
        return any(one.kind == "access_token" and one.value == self.token for event in self.log for one in event.made)

    @property
    def held(self) -> TokenSet:
        """The tokens that the app of this run held before the event."""
        return self.before.clients[self.run.client].tokens[self.run.who]

    @property
    def transaction(self) -> Transaction:
        """What the app remembers of the login that it has just prepared."""
        kept = self.after.clients[self.run.client].transactions
        return next(one for key, one in kept.items() if key.partition("#")[0] == self.run.who and self._is_it(one))

    def _is_it(self, one: Transaction) -> bool:
        """True for the record of the login that this event has prepared, by its state where it has one."""
        return one.state == (self.made("state") or None)

    @property
    def challenged(self) -> bool:
        """The last answer of the API to the app of this run says that it demands another login."""
        answers = [
            sent.message.header("www-authenticate") or ""
            for event in self.log
            for sent in event.messages
            if sent.sender == API and isinstance(sent.message, Response)
        ]
        return bool(answers) and 'error="insufficient_user_authentication"' in answers[-1]

    @property
    def server(self) -> Server:
        return self.before.servers[self.run.server]

    @property
    def server_after(self) -> Server:
        return self.after.servers[self.run.server]

    def stored_now(self) -> bool:
        """A login session with a challenge was opened in this event."""
        old, new = self.server.sessions, self.server_after.sessions
        return any(one.request.code_challenge for key, one in new.items() if key not in old)
