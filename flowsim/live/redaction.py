"""A recorded login without its secrets: the same story, with `code-1` and `access_token-1` where the values were.

The same secret has the same name wherever it stands, so that one still sees that a code came twice, or that what somebody
sent is what somebody else was given. What stands for a secret is chosen before anything is told: titles, labels, pictures
and tables are made of messages that hold none any more. Who knows what, and the verdict, are those of the real login.

A secret is the value of a field that has such a name, in an address, a form, an answer, a header, a cookie or a page, and
whatever the ledger counts as one. What the API answers stays: it is what the lesson's users have written.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from html import unescape
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

from frozendict import frozendict

from flowsim.live.login import LiveTrace
from flowsim.model.check import CheckResult
from flowsim.model.world import Event, Made, Sent, Server, World, evolve
from flowsim.protocol import signed_tokens, strict_json
from flowsim.protocol.messages import Message, Opening, Request, Response
from flowsim.simulation.ledger import Ledger, Secret
from flowsim.simulation.verdict import Verdict

Thing = TypeVar("Thing")
WINDOW = 12  # characters: a piece of a secret that is as long is taken out as well
_SHORT = (
    8  # characters: what is shorter could be part of another word, so it is taken out only where a field has its name
)
_ONE_TIME = re.compile(r"[0-9]{6,7}")  # of these, as a word of its own
_SENT = (
    "code",
    "state",
    "nonce",
    "code_verifier",
    "code_challenge",
    "client_secret",
    "client_assertion",
    "password",
    "one_time_code",
    "csrf",
    "access_token",
    "refresh_token",
    "id_token",
    "id_token_hint",
    "token",
    "request_uri",
    "request",
    "assertion",
    "subject_token",
    "dpop_jkt",
    "device_code",
    "session_state",
    "sid",
)
_ANSWERED = (
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "registration_access_token",
    "request_uri",
    "nonce",
    "csrf",
    "device_code",
)
_CLAIMS = ("nonce", "jti", "at_hash", "c_hash", "s_hash", "sid")
_NAMES = "|".join(sorted(_SENT, key=len, reverse=True))
_PAIR = re.compile(rf"(?<![\w.-])(?P<name>{_NAMES})=(?P<value>[^&\s\"'<>#;,]+)")
_NESTED = re.compile(rf"(?<![\w.-])(?P<name>{_NAMES})%3[Dd](?P<value>(?:(?!%26)[^&\s\"'<>#;,])+)")
_INPUT = re.compile(r"<input\b[^<>]{0,2000}>")
_ATTRIBUTE = re.compile(r'\b(name|value)="([^"]*)"')
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_CREDENTIALS = re.compile(r"(?P<scheme>[A-Za-z]+) +(?P<shown>.+)")
_MEMORY = ("sessions", "grants", "refresh_tokens", "access_tokens", "known_users")
_URN = "urn:ietf:params:oauth:request_uri:"
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


@dataclass(frozen=True, repr=False)
class RedactedTrace(LiveTrace):
    """A live trace whose secrets have names in place of their values; what is known of it is as it was."""

    kept_ledger: Ledger | None = None
    kept_verdict: Verdict | None = None
    kept_diagnosis: str = ""

    @property
    def ledger(self) -> Ledger:
        assert self.kept_ledger is not None, "it is made by Redactor.trace"
        return self.kept_ledger

    @property
    def verdict(self) -> Verdict:
        assert self.kept_verdict is not None, "it is made by Redactor.trace"
        return self.kept_verdict

    @property
    def went_wrong(self) -> str:
        return self.kept_diagnosis


class Redactor:
    """The names for the secrets of these traces, and what is left of a text when they stand in their place."""

    def __init__(self, traces: Iterable[LiveTrace]) -> None:
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._walked: dict[int, tuple[object, object]] = {}
        traces = list(traces)
        for trace in traces:
            self._learn_all(trace)
        long_enough = (one for one in self._names if len(one) >= _SHORT or _ONE_TIME.fullmatch(one))
        self._secrets = sorted(long_enough, key=len, reverse=True)
        self._exact = re.compile("|".join(map(_written, self._secrets))) if self._secrets else None
        self._pieces = {one[at : at + WINDOW] for one in self._secrets for at in range(max(0, len(one) - WINDOW + 1))}

    # ---- What is a secret

    def _learn_all(self, trace: LiveTrace) -> None:
        for secret in trace.ledger.secrets:
            if secret.kind != "data":
                self._learn(secret.kind, secret.value)
        for event in trace.events:
            for made in event.made:
                if made.kind != "data":
                    self._learn(made.kind, made.value)
            for sent in event.messages:
                for kind, value in _found(sent.message):
                    self._learn(kind, value)
        for world in trace.worlds:
            for server in world.servers.values():
                for kind, value in _remembered(server):
                    self._learn(kind, value)

    def _learn(self, kind: str, value: str) -> None:
        value = value.removeprefix(_URN)
        if value and value not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[value] = f"{kind}-{self._counts[kind]}"
            token = signed_tokens.read(value)
            for claim in _CLAIMS if token else ():
                found = token.claims.get(claim) if token else None
                if isinstance(found, str) and len(found) >= _SHORT:
                    self._learn(claim, found)

    def _name(self, kind: str, value: str) -> str:
        urn = _URN if value.startswith(_URN) else ""
        self._learn(kind, value)
        return urn + self._names[value.removeprefix(_URN)]

    # ---- What is left

    def text(self, text: str) -> str:
        """This text with a name in place of each secret, and of each longer piece of one."""
        if text not in self._texts:
            self._texts[text] = self._redacted(text)
        return self._texts[text]

    def _redacted(self, text: str) -> str:
        text = self._without_known(text)
        text = _PAIR.sub(self._pair, text)
        text = _NESTED.sub(self._pair, text)
        return _JWT.sub(lambda found: self._name("token", found[0]), text)

    def _without_known(self, text: str) -> str:
        if self._exact is not None:
            text = self._exact.sub(lambda found: self._name("secret", _read(found[0], self._names)), text)
        return self._without_pieces(text)

    def _pair(self, found: re.Match[str]) -> str:
        value = unquote_plus(found["value"])
        if value.removeprefix(_URN) in self._names.values():
            return found[0]
        sign = found[0][len(found["name"]) : -len(found["value"])]
        return f"{found['name']}{sign}{quote(self._name(found['name'], value), safe=':')}"

    def _without_pieces(self, text: str) -> str:
        at, kept, end = 0, [], 0
        while at <= len(text) - WINDOW:
            if text[at : at + WINDOW] in self._pieces:
                kept.append(text[end:at])
                kept.append("redacted")
                end = at + WINDOW
                while end < len(text) and text[end - WINDOW + 1 : end + 1] in self._pieces:
                    end += 1
                at = end
            else:
                at += 1
        return "".join([*kept, text[end:]]) if kept else text

    def value(self, value: Any) -> Any:
        """This JSON value without any secret that is known; the names of its members stay."""
        if isinstance(value, str):
            return self._without_known(value)
        if isinstance(value, dict):
            return {name: self.value(one) for name, one in value.items()}
        return [self.value(one) for one in value] if isinstance(value, list) else value

    def trace(self, trace: LiveTrace) -> RedactedTrace:
        """This trace with names in place of secrets."""
        return RedactedTrace(
            trace.name,
            tuple(self._world(world) for world in trace.worlds),
            over=trace.over,
            attacker=trace.attacker,
            out_of_reach=trace.out_of_reach,
            kept_ledger=self._walk(trace.ledger),
            kept_verdict=replace(trace.verdict, sentence=self.text(trace.verdict.sentence)),
            kept_diagnosis=self.text(trace.went_wrong),
        )

    def _world(self, world: World) -> World:
        """This world, redacted where it can hold a secret; what it goes by, such as the names of runs, stays."""
        runs = {name: evolve(run, in_flight=self._walk(run.in_flight)) for name, run in world.runs.items()}
        servers = {
            issuer: evolve(server, **{name: self._walk(getattr(server, name)) for name in _MEMORY})
            for issuer, server in world.servers.items()
        }
        loot = {
            name: self._name(name, value) if name in _SENT and value else self.text(value)
            for name, value in world.attacker.loot.items()
        }
        return evolve(
            world,
            log=tuple(map(self._event, world.log)),
            servers=frozendict(servers),
            runs=frozendict(runs),
            attacker=evolve(world.attacker, loot=frozendict(loot)),
        )

    def _event(self, event: Event) -> Event:
        known = self._walked.get(id(event))
        if known is None or known[0] is not event:
            told = {name: self._walk(getattr(event, name)) for name in ("messages", "checks", "made")}
            known = self._walked[id(event)] = (event, evolve(event, **told))
        return cast(Event, known[1])

    def _walk(self, thing: Thing) -> Thing:
        """The same thing with every text in it redacted; what was walked before is not walked again."""
        known = self._walked.get(id(thing))
        if known is not None and known[0] is thing:
            return known[1]  # type: ignore[return-value]
        made = self._copy(thing)
        self._walked[id(thing)] = (thing, made)
        return made  # type: ignore[no-any-return]

    def _copy(self, thing: Any) -> Any:
        if type(thing) is str:
            return self.text(thing)
        if isinstance(thing, CheckResult):
            return thing._replace(expected=self.text(thing.expected), received=self.text(thing.received))
        if isinstance(thing, Response | Request):
            headers = tuple(map(self._header, thing.headers))
            return replace(thing, headers=headers, **self._of_message(thing))
        if isinstance(thing, Made | Secret):
            return thing if thing.kind == "data" else replace(thing, value=self._name(thing.kind, thing.value))
        if isinstance(thing, Sent):
            return replace(thing, message=self._walk(thing.message))
        if thing is None:
            return thing
        if isinstance(thing, frozendict | dict):
            return type(thing)({self._walk(name): self._walk(one) for name, one in thing.items()})
        if isinstance(thing, tuple | frozenset):
            return type(thing)(self._walk(one) for one in thing)
        if is_dataclass(thing) and not isinstance(thing, type):
            changed = {one.name: self._walk(getattr(thing, one.name)) for one in fields(thing) if one.init}
            changed = {name: one for name, one in changed.items() if one is not getattr(thing, name)}
            return _with(thing, changed) if changed else thing
        return thing

    def _of_message(self, message: Request | Response) -> dict[str, Any]:
        body = self.text(_INPUT.sub(self._input, message.body))
        return {"body": body} | ({"url": self.text(message.url)} if isinstance(message, Request) else {})

    def _input(self, found: re.Match[str]) -> str:
        """This field of a form, with a name in the place of what stands in it, where that is a secret."""
        name, value = _field_of(found[0])
        if name not in _SENT or not value:
            return found[0]
        return found[0].replace(f'value="{value}"', f'value="{self._name(name, unescape(value))}"')

    def _header(self, header: tuple[str, str]) -> tuple[str, str]:
        name, value = header
        for kind, secret in _in_header(name, value):
            end = r"(?=\s*(?:;|$))" if kind == "cookie" else "$"
            value = re.sub(rf"(?<![^\s=]){re.escape(secret)}{end}", self._name(kind, secret), value)
        return name, self.text(value)


def _with(thing: Any, changed: dict[str, Any]) -> Any:
    return evolve(thing, **changed) if hasattr(thing, "__dict__") else replace(thing, **changed)


# ---- Where secrets stand


def _found(message: Message) -> Iterator[tuple[str, str]]:
    """Kind and value of each secret that a field of this message has."""
    if isinstance(message, Opening):
        yield from _in_address(message.url)
        return
    if isinstance(message, Request):
        yield from _in_address(message.url)
    for name, value in message.headers:
        yield from _in_header(name, value)
        if name.lower() == "location":
            yield from _in_address(value)
    yield from _in_pairs(message.body)
    for tag in _INPUT.findall(message.body):
        field, filled = _field_of(tag)
        if field in _SENT:
            yield field, unescape(filled)
    if message.body.lstrip().startswith("{"):
        yield from _in_json(strict_json.parse_object(message.body))
    for token in _JWT.findall(message.body):
        yield "token", token


def _in_address(address: str) -> Iterator[tuple[str, str]]:
    """Those in the query and behind the number sign, and those of an address that stands in this one."""
    for part in (address.partition("?")[2].partition("#")[0], address.partition("#")[2]):
        for name, value in parse_qsl(part):
            if name in _SENT:
                yield name, value
            elif "?" in value or "#" in value:
                yield from _in_address(value)


def _in_pairs(body: str) -> Iterator[tuple[str, str]]:
    if body.startswith(("<", "{", "[")):
        return
    for name, value in parse_qsl(body):
        if name in _SENT:
            yield name, value


def _in_json(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name in _ANSWERED and isinstance(one, str):
                yield name, one
            else:
                yield from _in_json(one)
    elif isinstance(value, list):
        for one in value:
            yield from _in_json(one)


def _in_header(name: str, value: str) -> Iterator[tuple[str, str]]:
    match name.lower():
        case "authorization" | "proxy-authorization":
            found = _CREDENTIALS.fullmatch(value.strip())
            if found is None:
                yield "credentials", value.strip()
            elif found["scheme"].lower() == "basic":
                yield "basic", found["shown"]
                yield from _in_basic(found["shown"])
            else:
                yield "access_token", found["shown"]
        case "dpop":
            yield "dpop_proof", value
        case "dpop-nonce":
            yield "dpop_nonce", value
        case "cookie":
            for part in value.split(";"):
                if content := part.partition("=")[2].strip():
                    yield "cookie", content
        case "set-cookie":
            if content := value.partition(";")[0].partition("=")[2].strip():
                yield "cookie", content


def _in_basic(shown: str) -> Iterator[tuple[str, str]]:
    try:
        pair = b64decode(shown + "=" * (-len(shown) % 4)).decode()
    except ValueError:
        return
    secret = pair.partition(":")[2]
    for form in {secret, unquote_plus(secret)}:
        if form:
            yield "client_secret", form


def _remembered(server: Server) -> Iterator[tuple[str, str]]:
    """What the server keeps things by: whoever knows it can use them."""
    for code in server.grants:
        yield "code", code
    for token in server.refresh_tokens:
        yield "refresh_token", token
    for jti in server.access_tokens:
        yield "jti", jti
    for cookie in (*server.sessions, *server.known_users):
        yield "cookie", cookie


# ---- How secrets are written


def _written(secret: str) -> str:
    """A pattern for this secret in each way of writing it: as it is, with percent signs, in JSON and in HTML."""
    pattern = "".join(map(_sign, secret))
    return pattern if len(secret) >= 8 else rf"(?<![\w-]){pattern}(?![\w-])"


def _sign(sign: str) -> str:
    if sign in _PLAIN:
        return sign
    ways = [re.escape(sign)]
    percent = quote(sign, safe="", errors="replace")
    encoded = "".join(f"%{byte:02X}" for byte in sign.encode(errors="replace"))
    for one in {percent, encoded, quote(encoded, safe="")} - {sign}:
        ways.append(f"(?i:{re.escape(one)})")
    if sign == " ":
        ways.append(r"\+")
    ways += {re.escape(json.dumps(sign)[1:-1]), re.escape(f"&#{ord(sign)};")} - set(ways)
    ways += {"&": ["&amp;"], "<": ["&lt;"], ">": ["&gt;"], '"': ["&quot;"], "'": ["&#x27;"], "/": [r"\\/"]}.get(
        sign, []
    )
    return f"(?:{'|'.join(ways)})"


def _read(found: str, known: dict[str, str]) -> str:
    """The secret that is written so."""
    for one in (found, unquote(found), unquote_plus(found), unquote(unquote(found)), unescape(found)):
        if one in known:
            return one
    try:
        undone = str(json.loads(f'"{found}"'))
    except ValueError:
        undone = found
    return undone if undone in known else found


def _field_of(tag: str) -> tuple[str, str]:
    """The name and the value of this field of a form, as they are written; empty where it has none."""
    attributes = dict(_ATTRIBUTE.findall(tag))
    return attributes.get("name", ""), attributes.get("value", "")
