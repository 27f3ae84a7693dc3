"""An oracle for what is said of an event: it finds the claims in a sentence and holds each against messages and checks.

It knows nothing of how the sentences are made. A rule is a pattern and a question: wherever the pattern stands in a
sentence, the answer must be yes. And no claim may escape: a name in `backquotes`, or one of the words of SUSPECT, that no
rule covers is a fault as well.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from flowsim.model.check import CheckResult
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import ATTACKERS_CLIENT, Event, World
from flowsim.protocol import pkce, signed_tokens
from flowsim.protocol.messages import Message, Opening, Request, Response, query_of
from flowsim.simulation.simulation import Trace

Pairs = list[tuple[str, str]]
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
FORM_NAME = {"password": "password", "one-time code": "one_time_code"}


def pairs_of(message: Message) -> Pairs:
    """Every name and value in a message: in its address, its form, its JSON, and in the address it redirects to."""
    match message:
        case Opening(url=url):
            return list(query_of(url))
        case Request(url=url):
            return [*query_of(url), *message.form]
        case Response():
            return [*query_of(message.location), *((name, str(value)) for name, value in message.json().items())]


@dataclass(frozen=True)
class Facts:
    """One event of a trace, and what is true of it."""

    trace: Trace
    number: int

    @cached_property
    def event(self) -> Event:
        return self.trace.events[self.number]

    @property
    def before(self) -> World:
        return self.trace.worlds[self.number]

    @property
    def after(self) -> World:
        return self.trace.worlds[self.number + 1]

    @property
    def scenario(self):  # type: ignore[no-untyped-def]
        return self.after.scenario

    @cached_property
    def log(self) -> tuple[Event, ...]:
        return self.trace.events[: self.number + 1]

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
        return self.after.runs[self.event.run].owner == ATTACKER

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

    def asked(self, run: str, log: tuple[Event, ...] | None = None) -> dict[str, str]:
        """The parameters of the last authorization request of a run; of a pushed one those that were pushed."""
        for event in reversed(self.log if log is None else log):
            for sent in reversed(event.messages):
                one = sent.message
                if event.run == run and isinstance(one, Request) and one.path == "/authorize":
                    params = dict(one.query)
                    return params | self._pushed(params.get("request_uri", ""))
        return {}

    def _pushed(self, uri: str) -> dict[str, str]:
        for event in self.log:
            messages = [sent.message for sent in event.messages]
            given = any(isinstance(one, Response) and one.json().get("request_uri") == uri for one in messages)
            form = [one.form for one in messages if isinstance(one, Request) and one.path == "/oauth/par"]
            if given and form:
                return dict(form[0])
        return {}

    @cached_property
    def code(self) -> str:
        return self.judged.get("code") or self.value("code")

    @cached_property
    def request_of_code(self) -> dict[str, str] | None:
        """The authorization request that the code of this event goes back to; None for a code that nobody issued."""
        for place, event in enumerate(self.trace.events):
            if any(one.kind == "code" and one.value == self.code for one in event.made):
                return self.asked(event.run, self.trace.events[: place + 1])
        return None

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
        paths = [one.message.path for one in self.event.messages if isinstance(one.message, Request)]
        return paths[-1] if paths else ""

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
    def held(self):  # type: ignore[no-untyped-def]
        """The tokens that the app of this run held before the event."""
        run = self.after.runs[self.event.run]
        app = self.before.clients.get(run.client)
        return app.tokens.get(run.who) if app else None

    @property
    def server(self):  # type: ignore[no-untyped-def]
        return self.before.servers[self.after.runs[self.event.run].server]

    def stored_now(self) -> bool:
        """A login session with a challenge was opened in this event."""
        run = self.after.runs[self.event.run]
        old, new = self.before.servers[run.server].sessions, self.after.servers[run.server].sessions
        return any(one.request.code_challenge for key, one in new.items() if key not in old)


Question = Callable[[Facts, re.Match[str]], bool]
Rule = tuple[re.Pattern[str], Question]


def seconds(words: str) -> int:
    """`a minute`, `90 seconds`, `1 hour` as a number."""
    count, _, unit = words.partition(" ")
    return (1 if count in ("a", "an") else int(count)) * SECONDS[unit.removesuffix("s")]


LIFE = r"(an? (?:minute|hour|day|second)|\d+ (?:second|minute|hour|day)s?)"


def rule(pattern: str, holds: Callable[[Facts, re.Match[str]], bool]) -> Rule:
    return re.compile(pattern.replace("LIFE", LIFE)), holds


def rule_of(pattern: str, holds: Callable[[Facts], bool]) -> Rule:
    return rule(pattern, lambda facts, _: holds(facts))


def all_names(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def _no_names(facts: Facts, match: re.Match[str]) -> bool:
    return not any(facts.has(name) or facts.made(name) for name in all_names(match[0]))


def _made_names(facts: Facts, match: re.Match[str]) -> bool:
    return all(facts.made(name) for name in all_names(match[0]))


def _fits(facts: Facts, verifier: str) -> bool:
    method = "plain" if facts.method == "plain" else "S256"
    return bool(verifier and facts.stored) and pkce.challenge_for(verifier, method) == facts.stored


def _checks_said(facts: Facts, match: re.Match[str]) -> bool:
    """The named properties of the code are those of the checks that are on."""
    names = {
        "known": "token.code_known",
        "fresh": "token.code_fresh",
        "unused": "token.code_unused",
        "belongs to this app": "token.code_of_client",
    }
    return all((word in match[0]) == (facts.on(name) and facts.check(name) is not None) for word, name in names.items())


def _api_checks_said(facts: Facts, match: re.Match[str]) -> bool:
    names = {
        "who issued it": "api.issuer",
        "for which API": "api.audience",
        "until when": "api.not_expired",
        "for which scope": "api.scope",
    }
    return all((word in match[0]) == (facts.on(name) and facts.check(name) is not None) for word, name in names.items())


def _off(facts: Facts, match: re.Match[str]) -> bool:
    said = set(re.findall("“(.*?)”", match[0]))
    return said == {one.check.title for one in facts.event.checks if one.passed is False and not one.on}


def _sole_receiver(facts: Facts, name: str) -> bool:
    """Only the server has got this in this event, and the form it stands in will not be sent on."""
    to_others = any(
        name in dict(pairs_of(sent.message)) for sent in facts.event.messages if sent.receiver not in (SERVER, BROWSER)
    )
    last = [one.message for one in facts.event.messages if isinstance(one.message, Request)][-1]
    flying = facts.in_flight
    sent_on = isinstance(flying, Response) and flying.status == 307 and name in dict(last.form)
    return facts.sent_to(SERVER, name) and not to_others and not sent_on and not facts.scenario.web_view


RULES: tuple[Rule, ...] = (
    # ---- What stopped it, and what would have
    rule(
        r"Here it stops: “(.*?)” does not hold\.",
        lambda f, m: [one.check.title for one in f.event.checks if one.decides] == [m[1]],
    ),
    rule(r"It does not hold that “[^”]*”, but that check is off\.", _off),
    rule(r"These do not hold, but their checks are off: (?:“[^”]*”(?:, | and |))+\.", _off),
    # ---- Labels: what is in the message, what was made
    rule(r"^make [\w, ]+$", lambda f, m: all(f.made(name) for name in m[0].removeprefix("make ").split(", "))),
    rule(r"^(?:GET|POST|open) \S+ ?(.*)$", lambda f, m: all(_shown(f, name) for name in m[1].split(", ") if name)),
    rule(
        r"^(\d\d\d) (\S+:\S* )?(.*)$",
        lambda f, m: any(getattr(sent.message, "status", 0) == int(m[1]) for sent in f.event.messages)
        and all(f.has(name) or name == "data" or name in str(f.event.messages) for name in m[3].split(", ") if name),
    ),
    rule_of(r"^an error page$|shows an error page$", lambda f: f.event.after is State.ERROR_PAGE),
    # ---- Step 1
    rule_of(r"No secret of this login exists yet", lambda f: not any(f.made(k) for k in ("code_verifier", "state", "nonce"))),
    rule_of(r"Nothing secret exists yet", lambda f: not f.event.made),
    rule_of(r"offers two of them, and the user chooses the one that is the attacker's", lambda f: f.scenario.second_server),
    # ---- Step 2
    rule_of(r"32 random octets", lambda f: bool(f.made("code_verifier")) and f.scenario.verifier == "random"),
    rule_of(
        r"the time of day with zeros before it: that is its `code_verifier`",
        lambda f: f.made("code_verifier") == str(f.event.now).zfill(43),
    ),
    rule_of(r"writes them as text: the `code_verifier`", lambda f: bool(f.made("code_verifier"))),
    rule_of(
        r"(?:Its|the verifier's) SHA-256 hash is the `code_challenge`|makes the code_verifier and its hash",
        lambda f: f.made("code_challenge") == pkce.challenge_for(f.made("code_verifier"), "S256"),
    ),
    rule_of(r"makes the code_verifier$", lambda f: bool(f.made("code_verifier"))),
    rule_of(
        r"Under `plain` the `code_challenge` is the verifier itself",
        lambda f: bool(f.made("code_verifier")) and f.made("code_verifier") == f.made("code_challenge"),
    ),
    rule_of(
        r"keeps the verifier to itself",
        lambda f: not any(f.made("code_verifier") in value for _, value in f.pairs) and f.scenario.pkce == "S256",
    ),
    rule(
        r"draws (?:a `\w+`(?: and )?)+",
        _made_names,
    ),
    rule(
        r"so that it can recognise the answers? to this one login",
        lambda f, m: all(
            f.on({"state": "callback.state_same", "nonce": "id_token.nonce"}[name])
            for name in ("state", "nonce")
            if f.made(name)
        )
        and (m[0].count("answers") == (bool(f.made("state")) and bool(f.made("nonce")))),
    ),
    rule(
        r"will not look at the (?:`\w+`(?: or )?)+ that comes back",
        lambda f, m: all(
            not f.on({"state": "callback.state_same", "nonce": "id_token.nonce"}[name]) for name in all_names(m[0])
        ),
    ),
    rule_of(
        r"makes no `code_verifier`(?:: this is the flow without PKCE)?",
        lambda f: not f.made("code_verifier") and not f.has("code_challenge"),
    ),
    rule(r"draws no `\w+`(?: and no `\w+`)?", _no_names),
    rule(
        r"makes a key as well, to which (the `code` and )?the tokens shall be bound",
        lambda f, m: bool(f.made("dpop_key")) and (f.scenario.dpop == "code") == bool(m[1]),
    ),
    rule_of(
        r"sends the whole request straight to the server, and gets a `request_uri` for it",
        lambda f: f.page == "/oauth/par" and f.has("request_uri"),
    ),
    rule_of(
        r"sent its request straight to the server, and the server has refused it",
        lambda f: f.page == "/oauth/par" and not f.has("request_uri"),
    ),
    rule_of(r"It sends the request straight to the server", lambda f: f.page == "/oauth/par"),
    rule(r"makes a new [^.]* for this login", _made_names),
    rule_of(r"makes nothing new", lambda f: not any(f.made(k) for k in ("code_verifier", "state", "nonce"))),
    # ---- Step 3
    rule_of(
        r"opens the authorization server's page in the browser",
        lambda f: not f.scenario.web_view and f.event.messages[0].sender == CLIENT,
    ),
    rule_of(r"page in a window of its own", lambda f: f.scenario.web_view),
    rule_of(r"The app's own server sends the browser on", lambda f: f.scenario.profile.kind == "website"),
    rule_of(r"The page has the browser go", lambda f: f.scenario.profile.kind == "page"),
    rule_of(r"The attacker's server has sent the browser on to this one", lambda f: f.did(Act.MISDIRECT, f.event.run)),
    rule_of(r"somebody has changed it on its way", lambda f: f.did(Act.STRIP_CHALLENGE, f.event.run)),
    rule_of(
        r"carries who is asking, where to send the answer, and the `code_challenge`",
        lambda f: f.has("client_id") and f.has("redirect_uri") and f.has("code_challenge"),
    ),
    rule_of(
        r"says who is asking and where to send the answer", lambda f: f.has("client_id") and f.has("redirect_uri")
    ),
    rule_of(
        r"Under `plain` that is the `code_verifier` itself, so whoever reads the address has it",
        lambda f: f.value("code_challenge_method") == "plain",
    ),
    rule(r"There is no `code_challenge` in it", _no_names),
    rule_of(
        r"names the app and, by its `request_uri`, the request that was pushed: nothing else is in it",
        lambda f: {name for name, _ in f.pairs} == {"client_id", "request_uri"},
    ),
    rule_of(r"(?:stores|and stores) the challenge", lambda f: f.stored_now()),
    rule_of(r"checks[^.]* the app's name", lambda f: f.passed("authorize.client_known")),
    rule_of(
        r"checks[^.]*(?:and|checks) the redirect address",
        lambda f: f.passed("authorize.redirect_uri_registered") and f.scenario.redirect_match == "exact",
    ),
    rule_of(
        r"checks[^.]* how the redirect address begins",
        lambda f: f.passed("authorize.redirect_uri_registered") and f.scenario.redirect_match == "prefix",
    ),
    rule_of(
        r"checks[^.]* the origin of the redirect address",
        lambda f: f.passed("authorize.redirect_uri_registered") and f.scenario.redirect_match == "origin",
    ),
    rule_of(
        r"The server checks[^.]*(?: first|before anything else)",
        lambda f: f.event.checks[0].check.id in ("authorize.client_known", "authorize.redirect_uri_registered"),
    ),
    rule_of(
        r"As long as the app's name or the redirect address is in doubt",
        lambda f: f.decided in ("authorize.client_known", "authorize.redirect_uri_registered"),
    ),
    rule_of(
        r"takes only requests that were pushed to it beforehand",
        lambda f: f.scenario.par == "required" and not f.has("request_uri"),
    ),
    rule_of(
        r"sees an error page, and the app hears nothing",
        lambda f: f.event.after is State.ERROR_PAGE
        and not any(sent.receiver == CLIENT for sent in f.event.messages)
        and f.in_flight is None,
    ),
    rule_of(
        r"The app and its address are known, so the error may travel back",
        lambda f: f.passed("authorize.client_known") and f.passed("authorize.redirect_uri_registered"),
    ),
    # ---- Step 4
    rule_of(r"(?:its|the) login page", lambda f: f.page == "/login" and 'name="username"' in f.html),
    rule_of(r"It is a login page", lambda f: f.page == "/login" and 'name="username"' in f.html),
    rule_of(r"^login page$", lambda f: f.page == "/login"),
    rule_of(r"its consent page|^consent page$", lambda f: f.page == "/consent" and 'name="decision"' in f.html),
    rule_of(
        r"The server knows the user by the cookie of an earlier visit\.?$|knows the user by its cookie",
        lambda f: "__Host-user=" in f.header("cookie") and bool(f.server.remembered),
    ),
    rule_of(
        r"So it asks for consent, and for no password|so it asks only for consent",
        lambda f: 'name="decision"' in f.html and 'name="password"' not in f.html,
    ),
    rule_of(r"The app shows it in a window of its own, so it can read what is typed there", lambda f: f.scenario.web_view),
    rule_of(
        r"The app cannot read what the user types there|The app cannot read it, so the app never sees the password",
        lambda f: not f.scenario.web_view,
    ),
    rule_of(r"forbids other sites to frame it", lambda f: "frame-ancestors 'none'" in f.page_headers),
    rule_of(
        r"lets other sites frame it",
        lambda f: "frame-ancestors" not in f.page_headers and "X-Frame-Options" not in f.page_headers,
    ),
    rule_of(
        r"its form carries a secret against forged forms",
        lambda f: 'name="csrf"' in f.html,
    ),
    rule_of(
        r"The browser shows a cookie of an earlier visit",
        lambda f: "__Host-user=" in f.header("cookie"),
    ),
    rule_of(
        r"this user has agreed to this app before",
        lambda f: any(f.asked(f.event.run)["client_id"] in one.agreed_to for one in f.server.remembered.values()),
    ),
    rule_of(r"[Tt]his server asks for no consent", lambda f: not f.scenario.asks_consent),
    rule_of(
        r"issues a `code`",
        lambda f: isinstance(f.in_flight, Response) and "code" in dict(query_of(f.in_flight.location)),
    ),
    rule_of(r"takes both for granted", lambda f: f.event.outcome is Outcome.SILENT and f.scenario.remembers == "consent"),
    rule_of(r"known user, no page|asks nothing$", lambda f: f.event.outcome is Outcome.SILENT),
    rule_of(
        r"says who may show it in a frame, and this site may not|leaves the frame empty",
        lambda f: "frame-ancestors 'none'" in f.page_headers and f.decided == "frame.allowed",
    ),
    rule_of(
        r"the server's page, in a frame|opens in the frame|nobody can see it|The browser gives the click to the page",
        lambda f: f.did(Act.FRAME_REQUEST, f.event.run),
    ),
    rule_of(
        r"The page is the genuine one, at the genuine address|It is the genuine page",
        lambda f: f.event.messages[-1].sender == SERVER,
    ),
    rule_of(r"finds no login under way in this browser", lambda f: "No login under way" in f.html),
    # ---- Step 5
    rule_of(r"The user logs in|The victim logs in", lambda f: f.has("username")),
    rule_of(
        r"(?:and |user )consents|consent$|(?:and |victim )agrees|Then the user sees what the app asks for, and says yes"
        r"|The user sees what the app asks for, and says yes|says yes or no",
        lambda f: f.value("decision") == "allow",
    ),
    rule_of(r"says no|consent denied", lambda f: f.value("decision") == "deny"),
    rule(
        r"proves who they are with a `(password|one_time_code)`",
        lambda f, m: f.has(m[1]),
    ),
    rule_of(r", and it is wrong", lambda f: not f.check("login.credentials_fit").passed),  # type: ignore[union-attr]
    rule_of(r"from their authenticator app", lambda f: f.scenario.login == "one-time-code"),
    rule_of(r"The server knows this user already", lambda f: "__Host-user=" in f.header("cookie") and not f.has("username")),
    rule_of(
        r"asks for no consent, and issues the `code` at once",
        lambda f: not f.has("decision") and isinstance(f.in_flight, Response) and "code=" in f.in_flight.location,
    ),
    rule(
        r"Only the authorization server sees the `?(password|one_time_code)`?",
        lambda f, m: _sole_receiver(f, m[1]),
    ),
    rule(r"^The `(password|one_time_code)` goes to the authorization server", lambda f, m: f.sent_to(SERVER, m[1])),
    rule(
        r"the app's own window, so the app can read the `(password|one_time_code)`, too",
        lambda f, m: f.scenario.web_view and f.has(m[1]),
    ),
    rule_of(r"No code is issued", lambda f: not isinstance(f.in_flight, Response) or "code=" not in f.in_flight.location),
    rule(
        r"The (password|one-time code) is wrong(?: again)?$",
        lambda f, m: f.has(FORM_NAME[m[1]]) and f.decided == "login.credentials_fit",
    ),
    rule(r"^(password|one-time-code)(?:, |$)", lambda f, m: f.has(m[1].replace("-", "_"))),
    rule_of(r", wrong$", lambda f: f.event.outcome is Outcome.WRONG_CREDENTIALS),
    rule_of(
        r"The server shows its page again|The user gives up",
        lambda f: f.event.outcome is Outcome.WRONG_CREDENTIALS,
    ),
    rule_of(
        r"The app learns nothing about it|and learns nothing about it",
        lambda f: not f.scenario.web_view and not any(one.receiver == CLIENT for one in f.event.messages),
    ),
    rule_of(r"which can see it in its own window", lambda f: f.scenario.web_view),
    rule_of(r"Nobody is logged in by it", lambda f: f.event.after is State.ERROR_PAGE),
    rule_of(r"What it types is right", lambda f: f.passed("login.credentials_fit")),
    rule_of(r"The password is right", lambda f: f.passed("login.credentials_fit") and f.has("password")),
    rule_of(r"presses “allow” without seeing it", lambda f: f.did(Act.FRAME_REQUEST) and f.value("decision") == "allow"),
    # ---- Step 6
    rule_of(
        r"a redirect to the app's address with a `code` in it",
        lambda f: f.has("code") and not f.after.runs[f.event.run].in_flight.receiver == ATTACKER,  # type: ignore[union-attr]
    ),
    rule_of(r"back with a code$", lambda f: f.has("code")),
    rule_of(r"works once", lambda f: f.on("token.code_unused")),
    rule_of(r"works as often as it comes", lambda f: not f.on("token.code_unused")),
    rule(
        r"(?:works once|as often as it comes), for LIFE",
        lambda f, m: f.on("token.code_fresh") and seconds(m[1]) == f.scenario.code_lifetime,
    ),
    rule_of(r"never grows too old", lambda f: not f.on("token.code_fresh")),
    rule_of(r"On that way it can be stolen", lambda f: f.has("code") and f.in_flight is not None),
    rule_of(r"which `code_challenge` it belongs to", lambda f: bool(f.stored)),
    rule_of(r"to which key it is bound", lambda f: bool((f.request_of_code or {}).get("dpop_jkt"))),
    rule_of(
        r"It is a 307, so the browser sends the last form along",
        lambda f: isinstance(f.in_flight, Request) and f.in_flight.method == "POST",
    ),
    rule_of(r"with an error in it|back with an error$", lambda f: f.has("error")),
    rule_of(r"with the `state` of the request|with the app's own `state`", lambda f: f.has("state")),
    rule_of(r"There is no code\.", lambda f: not f.has("code")),
    rule_of(
        r"goes to the `redirect_uri` of the request, with a `code`",
        lambda f: next(iter(f.event.messages)).message.location.startswith(f.asked(f.event.run)["redirect_uri"])  # type: ignore[union-attr]
        and f.has("code"),
    ),
    rule_of(r"holds a `code` for the attacker's own account", lambda f: f.has("code")),
    rule_of(r"The `code` that was about to leave is gone", lambda f: f.event.outcome is Outcome.DENIED),
    # ---- Step 7
    rule_of(r"sends the code and the code_verifier", lambda f: f.has("code_verifier") and f.has("code")),
    rule_of(r"sends the code(?:$| to the attacker)", lambda f: f.has("code") and not f.has("code_verifier")),
    rule_of(
        r"(?:sends the code|and the code_verifier) to the attacker$|takes the attacker's server for the one that has answered",
        lambda f: f.event.receiver == ATTACKER or f.event.sender == ATTACKER or f.event.act is Act.GET_RESPONSE,
    ),
    rule_of(r"checks[^.]*that it has begun a login in this browser", lambda f: f.passed("callback.transaction_exists")),
    rule_of(
        r"checks[^.]*that the `iss` names the server it asked", lambda f: f.passed("callback.issuer_same") and f.has("iss")
    ),
    rule_of(
        r"checks[^.]*that the `state` is the one it sent",
        lambda f: f.passed("callback.state_same") and f.has("state") and not f.scenario.shared_state,
    ),
    rule_of(
        r"looks the login up by its `state` alone, whichever browser brings it",
        lambda f: f.scenario.shared_state and f.has("state"),
    ),
    rule_of(
        r"takes the redirect as it comes",
        lambda f: not any(f.passed(n) for n in ("callback.transaction_exists",)) and not f.passed("callback.state_same"),
    ),
    rule_of(
        r"checks that the redirect answers its own request",
        lambda f: f.passed("callback.state_same") and f.has("state"),
    ),
    rule_of(
        r"With it came the form that the user sent to the server",
        lambda f: isinstance(f.flown, Request) and f.flown.method == "POST",
    ),
    rule_of(r"and so the app has the `password`", lambda f: f.sent_to(CLIENT, "password")),
    rule_of(
        r"its own server talks to the authorization server, without the browser",
        lambda f: f.scenario.profile.kind == "website",
    ),
    rule_of(r"from the browser that it runs in", lambda f: f.scenario.profile.kind == "page"),
    rule_of(
        r"talks to the server directly, without the browser", lambda f: f.scenario.profile.kind not in ("page", "website")
    ),
    rule_of(r"(?:sends|here is)[^.]*the `code`(?!_)", lambda f: f.has("code")),
    rule_of(
        r"the `code_verifier` behind the challenge of step 3",
        lambda f: _fits(f, f.value("code_verifier")),
    ),
    rule_of(r"(?<!is )its `code_verifier`", lambda f: f.has("code_verifier")),
    rule_of(
        r"sends the stolen code$", lambda f: f.has("code") and f.did(Act.INJECT_CODE, f.event.run) or f.by_the_attacker
    ),
    rule_of(r"its `client_secret`|the app's `client_secret`", lambda f: f.secret),
    rule_of(r"a proof that (?:it|the app) holds its key", lambda f: f.proof),
    rule_of(
        r"has nothing else to show that it asked for it",
        lambda f: not f.secret and not f.proof and not f.has("code_verifier"),
    ),
    rule_of(r"its own login stays open", lambda f: True),
    rule_of(
        r"The login that it has begun in this browser stays open",
        lambda f: any(
            who == f.after.runs[f.event.run].who for who in f.after.clients[f.after.runs[f.event.run].client].transactions
        ),
    ),
    rule_of(
        r"No request follows", lambda f: not any(s.sender == CLIENT and isinstance(s.message, Request) for s in f.event.messages)
    ),
    rule_of(r"is told about the error$", lambda f: f.has("error")),
    rule_of(r"The redirect says that there will be no code", lambda f: f.has("error") and not f.has("code")),
    rule_of(r"The app has the `code` and sends it nowhere", lambda f: f.has("code") and f.in_flight is None),
    rule_of(
        r"The `state` is right, so the app goes on", lambda f: f.passed("callback.state_same") and f.has("state")
    ),
    # ---- Step 8
    rule_of(
        r"[Tt]he server hashes the `code_verifier` it received, and compares the result with the `code_challenge` it stored"
        r"|hashes the `code_verifier` it received and compares the result with the `code_challenge` it stored",
        lambda f: f.method == "S256" and "code_verifier" in f.judged and f.check("token.verifier_fits") is not None,
    ),
    rule_of(
        r"compares the `code_verifier` it received with the `code_challenge` it stored, as they are",
        lambda f: f.method == "plain" and "code_verifier" in f.judged and f.check("token.verifier_fits") is not None,
    ),
    rule_of(r"They fit\.", lambda f: _fits(f, f.judged.get("code_verifier", ""))),
    rule_of(r"They do not fit\.", lambda f: not _fits(f, f.judged.get("code_verifier", ""))),
    rule_of(r"The app made both, so it can show the one that fits", lambda f: _fits(f, f.judged.get("code_verifier", ""))),
    rule_of(
        r"has stored a `code_challenge`, and no `code_verifier` has come",
        lambda f: bool(f.stored) and "code_verifier" not in f.judged,
    ),
    rule(
        r"No `code_challenge` was stored(, and a `code_verifier` has come)?",
        lambda f, m: f.request_of_code is not None and not f.stored and bool(m[1]) == ("code_verifier" in f.judged),
    ),
    rule(r"also checks that the code (?:is|belongs)[^.]*", _checks_said),
    rule_of(r"The server checks the verifier", lambda f: bool(f.stored) and "code_verifier" in f.judged),
    rule_of(r"verifier fits challenge\?", lambda f: bool(f.stored) and "code_verifier" in f.judged),
    rule_of(r"The server checks the code", lambda f: "code" in f.judged),
    rule(
        r"^code ([a-z, ]+)\?$",
        lambda f, m: all(
            (word in m[1]) == (f.on(name) and f.check(name) is not None)
            for word, name in {
                "known": "token.code_known",
                "fresh": "token.code_fresh",
                "unused": "token.code_unused",
            }.items()
        ),
    ),
    rule_of(
        r"The `client_secret` is the app's",
        lambda f: f.passed("token.client_authenticated"),
    ),
    rule_of(
        r"The `code` is bound to a key, so the server wants a proof that is made with it",
        lambda f: bool((f.request_of_code or {}).get("dpop_jkt")) and f.check("code_proof.present") is not None,
    ),
    rule_of(
        r"The server checks the proof, to bind the tokens to the key in it",
        lambda f: f.check("code_proof.present") is not None and not (f.request_of_code or {}).get("dpop_jkt"),
    ),
    rule_of(
        r"The server checks the proof, and knows no such code",
        lambda f: f.check("code_proof.present") is not None and f.judged["code"] not in f.server.grants,
    ),
    # ---- Step 9
    rule_of(r"The `access_token` is for the API", lambda f: f.has("access_token")),
    rule(
        r"The `access_token` is for the API, and lives for LIFE",
        lambda f, m: seconds(m[1]) == int(f.value("expires_in")),
    ),
    rule_of(r"It is bound to the app's key", lambda f: f.value("token_type") == "DPoP"),
    rule_of(r"The `id_token` is for the app", lambda f: f.has("id_token")),
    rule_of(
        r"checks (?:it|the ID token) before it uses any of them",
        lambda f: any(one.check.id.startswith("id_token.") and one.on and one.passed for one in f.event.checks),
    ),
    rule_of(
        r"There is no `id_token`, for the scope does not say `openid`",
        lambda f: not f.has("id_token") and "openid" not in f.value("scope").split(" "),
    ),
    rule_of(r"With the `refresh_token` the app can get new ones later", lambda f: f.has("refresh_token")),
    rule_of(r"gets an error and no token", lambda f: f.has("error") and not f.has("access_token")),
    rule_of(
        r"answers with (?:new )?tokens|gives the attacker (?:the|new) tokens|The tokens have arrived",
        lambda f: f.has("access_token"),
    ),
    rule_of(r"the ID token is not what the app asked for", lambda f: f.decided.startswith("id_token.")),
    rule_of(r"the app cannot use them|not what the app can use", lambda f: f.decided.startswith(("tokens.", "refreshed."))),
    rule(
        r"The ((?:`\w+`(?:, | and |))+) go(?:es)? to whoever showed what was asked for",
        lambda f, m: set(all_names(m[1])) == {n for n, _ in f.pairs if n.endswith("_token")},
    ),
    rule_of(r"this is an app like any other", lambda f: any(ATTACKERS_CLIENT in str(e.messages) for e in f.log)),
    rule_of(
        r"Even the `nonce` is the one it sent", lambda f: f.passed("id_token.nonce")
    ),
    rule_of(r"unless it looks at the `nonce`", lambda f: "nonce" in f.scenario.__dataclass_fields__ and f.scenario.nonce),
    rule_of(r"The `code` was the victim's, so the tokens are", lambda f: "user-alice" in _claims(f)),
    # ---- Steps 10 and 11
    rule_of(
        r"puts the `access_token` into the `Authorization` header",
        lambda f: f.header("authorization").partition(" ")[0] in ("Bearer", "DPoP"),
    ),
    rule_of(
        r"It is a bearer token",
        lambda f: f.header("authorization").startswith("Bearer ") and "cnf" not in _shown_claims(f),
    ),
    rule_of(
        r"A proof goes with it: whoever sends this token has to show that they hold the key it is bound to",
        lambda f: f.proof and "cnf" in _shown_claims(f),
    ),
    rule_of(r"The stolen proof goes with it", lambda f: f.proof),
    rule_of(r"shows the `access_token` as if it were its own", lambda f: f.genuine),
    rule_of(r"shows an `access_token` that it has written itself", lambda f: not f.genuine),
    rule_of(r"The token is genuine", lambda f: f.genuine),
    rule_of(r"takes the token for genuine", lambda f: not f.genuine),
    rule(r"The API checks the token by itself: [^.]*", _api_checks_said),
    rule_of(r"The API takes the token as it comes", lambda f: not any(one.on for one in f.event.checks if one.check.id == "api.issuer")),
    rule_of(r"also checks the proof", lambda f: f.check("api_proof.present") is not None),
    rule_of(r"Then it answers|so it answers|so the API answers|with the data$", lambda f: f.event.outcome is Outcome.OK),
    rule_of(r"gives no data|an error and no data", lambda f: f.event.outcome is not Outcome.OK and not f.made("data")),
    # ---- Later
    rule(r"^(\d+ \w+) pass(?:es)?$", lambda f, m: seconds(m[1]) == f.event.elapsed == f.after.now - f.before.now),
    rule_of(r"Nothing is sent", lambda f: not f.event.messages),
    rule(
        r"The `access_token` lives for (?:LIFE only|a short time only)",
        lambda f, m: m[1] is None or seconds(m[1]) == f.held.expires_in,
    ),
    rule_of(r"the app sends the `refresh_token` that came with it", lambda f: f.value("refresh_token") == f.held.refresh_token),
    rule_of(r"asks for less `scope`", lambda f: f.has("scope")),
    rule(r"There is no `code` in this request, no `code_verifier` and no redirect", _no_names),
    rule_of(r"There is no code in this request, no verifier and no browser", lambda f: not f.has("code")),
    rule_of(r"looks the `refresh_token` up", lambda f: "refresh_token" in f.judged),
    rule_of(r"sends (?:its|the (?:stolen )?)\s?refresh_token|sends a `refresh_token`", lambda f: f.has("refresh_token")),
    rule_of(r"stolen refresh_token", lambda f: f.did(Act.READ_STORAGE)),
    rule_of(r"The server checks the refresh_token", lambda f: "refresh_token" in f.judged),
    rule(
        r"refresh_token (unused|still good)\?",
        lambda f, m: (m[1] == "unused") == (f.scenario.rotation and f.on("refresh.not_used")),
    ),
    rule(
        r"With rotation each token is good for one exchange(?:, and for (\d+ \w+) after it for another one)?",
        lambda f, m: f.scenario.rotation
        and f.on("refresh.not_used")
        and (seconds(m[1]) if m[1] else 0) == f.scenario.overlap,
    ),
    rule_of(r"With rotation", lambda f: f.scenario.rotation),
    rule_of(r"Without rotation the same token is good again and again", lambda f: not f.scenario.rotation),
    rule_of(r"one that comes a second time is let through", lambda f: f.scenario.rotation and not f.on("refresh.not_used")),
    rule_of(
        r"This one has come before, so the server ends the whole family",
        lambda f: f.decided == "refresh.not_used",
    ),
    rule(
        r"gets a new `access_token` and a new `refresh_token`",
        lambda f, m: f.has("access_token") and f.value("refresh_token") not in ("", f.held.refresh_token),
    ),
    rule_of(
        r"gets a new `access_token`, and keeps the `refresh_token` that it has",
        lambda f: f.has("access_token") and not f.has("refresh_token"),
    ),
    rule(
        r"The one it sent is used up(?: (\d+ \w+) after its first exchange)?",
        lambda f, m: f.scenario.rotation and (seconds(m[1]) if m[1] else 0) == f.scenario.overlap,
    ),
    rule_of(
        r"The ID token speaks of the same user and of the same login as before",
        lambda f: f.passed("refreshed.subject") and f.passed("refreshed.login"),
    ),
    rule_of(
        r"It forgets the `refresh_token`",
        lambda f: f.held.refresh_token is not None
        and f.after.clients[f.after.runs[f.event.run].client].tokens[f.after.runs[f.event.run].who].refresh_token is None,
    ),
    rule_of(r"whoever has the `refresh_token` may use it", lambda f: f.has("access_token")),
    rule_of(r"does not speak of the same user", lambda f: f.decided in ("refreshed.subject", "refreshed.login")),
    rule_of(r"refuses the refresh_token", lambda f: f.has("error")),
    rule_of(r"nobody needs the `refresh_token` any more|revoke its refresh_token", lambda f: f.has("token")),
    rule_of(r"The server answers 200", lambda f: any("200" in str(getattr(s.message, "status", "")) for s in f.event.messages)),
    rule_of(r"It never knew this one", lambda f: f.judged["token"] not in f.server.refresh_tokens),
    rule_of(
        r"revokes every `refresh_token` of this user",
        lambda f: all(r.revoked for r in f.after.servers[f.after.runs[f.event.run].server].refresh_tokens.values()),
    ),
    rule_of(r"Whoever holds one gets no new tokens for it", lambda f: f.on("refresh.not_revoked")),
    rule_of(r"An `access_token` that was issued before", lambda f: f.event.act is Act.CHANGE_PASSWORD),
    rule_of(
        r"signs with another key, under another `kid`",
        lambda f: f.after.servers[f.after.runs[f.event.run].server].keys[0] != f.server.keys[0],
    ),
    rule_of(
        r"a token with a `kid` they do not know asks the server for its keys, once|[Tt]he old key stays in the list|signing key",
        lambda f: f.event.act is Act.ROTATE_KEYS,
    ),
    rule_of(r"changes the password|new password", lambda f: f.event.act is Act.CHANGE_PASSWORD),
    rule_of(
        r"An API that checks tokens by itself hears nothing of it|an API that checks tokens by itself hears nothing of this",
        lambda f: f.after.apis == f.before.apis,
    ),
    rule_of(r"login sessions", lambda f: f.event.act is Act.WAIT),
)


def _shown(facts: Facts, name: str) -> bool:
    """What a label names is in the message; a guess is a verifier that no app has made."""
    if name in ("a guess", "own verifier"):
        verifier = facts.value("code_verifier")
        return bool(verifier) and not any(one.value == verifier for event in facts.trace.events for one in event.made)
    return facts.has(name) or {
        "access_token": facts.header("authorization").startswith(("Bearer ", "DPoP ")),
        "client_secret": facts.secret,
    }.get(name, False)


def _claims(facts: Facts) -> str:
    token = signed_tokens.read(facts.value("access_token"))
    return str(token.claims) if token else ""


def _shown_claims(facts: Facts) -> dict[str, object]:
    token = signed_tokens.read(facts.token)
    return dict(token.claims) if token else {}


# What no sentence may say without a rule that covers it.
SUSPECT = re.compile(
    r"`[^`]+`|\b(?:code_\w+|\w+_token|SHA-256|hash(?:es)?|bearer|proof|DPoP|PKCE|once|pushed|cookie|password|one-time|consents?"
    r"|frame|secret|307|303|octets|time of day|rotation|keys?|minutes?|seconds?|hours?|days?|checks|stolen|genuine"
    r"|expires|error|plain|S256|nonce|verifier|challenge)\b"
)


def faults(facts: Facts, sentence: str) -> Iterator[str]:
    """What is not true in this sentence, or is claimed and known to no rule."""
    claimed, escaped = claims(sentence)
    yield from (f"not so: {match[0]}" for holds, match in claimed if not _answer(holds, facts, match))
    yield from (f"no rule for {name!r}" for name in escaped)


@cache
def claims(sentence: str) -> tuple[list[tuple[Question, re.Match[str]]], list[str]]:
    """What a sentence claims, with the question to ask about it, and what in it no rule covers."""
    claimed = [(holds, match) for pattern, holds in RULES for match in pattern.finditer(sentence)]
    covered = {place for _, match in claimed for place in range(*match.span())}
    return claimed, [one[0] for one in SUSPECT.finditer(sentence) if not covered.issuperset(range(*one.span()))]


def _answer(holds: Callable[[Facts, re.Match[str]], bool], facts: Facts, match: re.Match[str]) -> bool:
    """What cannot be looked up is not so."""
    try:
        return bool(holds(facts, match))
    except (KeyError, AttributeError, IndexError, TypeError, ValueError):
        return False


def sentences(text: str) -> list[str]:
    """A text cut into its sentences; what stands in “quotes” is no end of one."""
    return [one for one in re.split(r"(?<=[.?!])\s+(?=[A-Z`“])", text) if one]
