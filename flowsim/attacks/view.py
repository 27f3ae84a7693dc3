"""What an attacker sees: the world as far as it has received something of it, and nothing else.

A rule gets a `View` and never the world itself. It holds where every run stands, for that shows from outside; what was
sent to the attacker or by it, or to and by a page in its own browser; what it has got hold of; what anybody can look up;
and what a position of its own lets it see. It names its parts as a World does, so that the tools of toolkit.py read both.

All in it are copies: no part of a view is a part of the world, whatever a rule does to it (a mapping is a read-only proxy,
for an empty frozendict is one and the same everywhere). And there is no seed in it,
for whoever has the seed can compute every random value of a run.

Source: RFC 9700 section 3.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from flowsim.actors import browser
from flowsim.actors.authorization_server import metadata
from flowsim.actors.authorization_server.discovery import published_keys
from flowsim.engine.honest_moves import waits_for_metadata
from flowsim.model.clients import Profile
from flowsim.model.positions import POSITIONS, STORAGE, WEB_VIEW, PositionError
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, SERVER, USER
from flowsim.model.world import ATTACKER_USER, VICTIM, Event, Run, Sent, World, reads_its_page
from flowsim.protocol.messages import Message, Opening, Request, Response, leads_to, single

_KEPT = ("access_token", "id_token", "refresh_token")


class SeenRun(NamedTuple):
    """A run from outside: what it is and where it stands. `in_flight` is there where the attacker has it in its hands.

    A login `waits` where the app has to ask its server for metadata before (RFC 8414).
    """

    name: str
    role: Role
    owner: str
    client: str
    server: str
    api: str
    state: State
    in_flight: Sent | None
    waits: bool


class SeenEvent(NamedTuple):
    """Something that has happened. Its `messages`: what the attacker, or a page in its own browser, sent or received."""

    run: str
    act: Act
    step: int
    sender: str
    receiver: str
    before: State
    after: State
    outcome: Outcome
    messages: tuple[Sent, ...]
    by_attacker: bool
    now: int
    elapsed: int
    detail: str


class PublicSettings(NamedTuple):
    """What anybody can find out by installing the app, looking into its files, and reading the server's metadata.

    `wants_verifier`: the server takes no code without a verifier where the request had a challenge. Everybody can try that
    with a code of their own.
    """

    client: str
    profile: Profile
    pkce: str
    verifier: str
    state: bool
    nonce: bool
    api: str
    scope: str
    dpop: str
    client_auth: str
    shipped_secret: bool
    web_view: bool
    second_server: bool
    redirect_uri_per_server: bool
    open_redirector: bool
    cleartext: str
    par: str
    iss: bool
    resource_metadata: str
    wants_verifier: bool


class Memory(NamedTuple):
    """The attacker's own memory: its loot, kind of secret to value."""

    loot: Mapping[str, str]


class View(NamedTuple):
    """What one attacker sees at one moment. `now` is in seconds since 1970.

    `runs` by name, `log` in order, `attacker.loot` or `loot`: what it has got. `scenario` is what is public, `metadata` and
    `keys` what the honest server publishes of itself (RFC 8414, RFC 7517). `victim` is the name by which the user is known.
    `claimed` are the addresses that an app of the attacker's has claimed on the victim's device. `quiet` is true where the
    honest parties have nothing left to do. With the position `storage`, `stored` names the tokens that the app keeps now;
    with `web_view`, `typed` is true once the user has filled in the login page. Without these positions they raise
    PositionError.
    """

    now: int
    scenario: PublicSettings
    runs: Mapping[str, SeenRun]
    log: tuple[SeenEvent, ...]
    attacker: Memory
    victim: str
    metadata: Mapping[str, Any]
    keys: tuple[Mapping[str, Any], ...]
    claimed: tuple[str, ...]
    quiet: bool
    in_storage: tuple[str, ...] | None = None
    in_web_view: bool | None = None

    @property
    def loot(self) -> Mapping[str, str]:
        """What the attacker has got hold of, kind of secret to value."""
        return self.attacker.loot

    @property
    def stored(self) -> tuple[str, ...]:
        """The names of the tokens that the victim's app keeps."""
        if self.in_storage is None:
            raise _lacking(STORAGE, "what the app keeps")
        return self.in_storage

    @property
    def typed(self) -> bool:
        """True once the user has filled in a login page that the app shows itself."""
        if self.in_web_view is None:
            raise _lacking(WEB_VIEW, "what the user types")
        return self.in_web_view

    def __getattr__(self, name: str) -> NoReturn:
        """Say what a view is made of, to whoever looks for more."""
        raise AttributeError(
            f"an attacker's view has no {name!r}. It is made of what the attacker has received: {', '.join(self._fields)}"
        )


def seen(world: World, positions: tuple[str, ...], *, quiet: bool) -> View:
    """The view that an attacker with these positions has of this world."""
    server = world.servers[world.runs[VICTIM].server]
    reads = {name: readers(world, name) for name in world.runs}
    return View(
        now=world.now,
        scenario=_public(world),
        runs=MappingProxyType({name: _run(world, run) for name, run in world.runs.items()}),
        log=tuple([_event(event, reads[event.run]) for event in world.log]),
        attacker=Memory(MappingProxyType(dict(world.attacker.loot))),
        victim=world.people[VICTIM].username,
        metadata=MappingProxyType(_texts(metadata(server))),
        keys=tuple([MappingProxyType(key) for key in published_keys(server, world.now)["keys"]]),
        claimed=tuple(origin for origin, apps in world.browsers[VICTIM].apps.items() if apps[-1:] == (ATTACKER,)),
        quiet=quiet,
        in_storage=_stored(world) if STORAGE in positions else None,
        in_web_view=_typed(world) if WEB_VIEW in positions else None,
    )


def _lacking(position: str, what: str) -> PositionError:
    return PositionError(f"the rule looks at {what}, which takes position {position}: it {POSITIONS[position]}")


def readers(world: World, run: str) -> frozenset[str]:
    """Who of the parties in this run's messages is the attacker, or has all it holds read by the attacker.

    A page in a browser of the attacker's own keeps nothing from it.
    """
    return frozenset({ATTACKER, CLIENT} if reads_its_page(world, world.runs[run]) else {ATTACKER})


def at_hand(world: World, run: Run) -> Sent | None:
    """What is in flight in this run, where it is in the attacker's own browser, sent to the attacker, or leads to it.

    A redirect of the server's leads nowhere before the browser has it, which is at step 6.
    """
    sent = run.in_flight
    if sent is None:
        return None
    if run.owner == ATTACKER_USER:
        mine = {BROWSER, USER, *readers(world, run.name)}
        return sent if {sent.sender, sent.receiver} & mine else None
    if run.owner == ATTACKER or ATTACKER in (sent.sender, sent.receiver):
        return sent
    if sent.sender == SERVER:
        return None
    device = world.browsers.get(run.owner)
    return sent if device is not None and browser.belongs_to_attacker(device, leads_to(sent.message)) else None


def copied(message: Message) -> Message:
    """This message once more, of the same bytes and of no other type."""
    match message:
        case Request():
            return Request(
                method=_text(message.method),
                url=_text(message.url),
                headers=tuple((_text(name), _text(value)) for name, value in message.headers),
                body=_text(message.body),
            )
        case Response():
            headers = tuple((_text(name), _text(value)) for name, value in message.headers)
            return Response(status=message.status, headers=headers, body=_text(message.body))
        case Opening():
            return Opening(url=_text(message.url))


def _text(text: str) -> str:
    """This text as a plain text, also where a subclass of `str` would say something else."""
    return str.__str__(text)


def _sent(sent: Sent) -> Sent:
    """This message on its way once more; the texts in it nobody can change, so that they need not be copied."""
    message = sent.message
    match message:
        case Request():
            message = Request(method=message.method, url=message.url, headers=message.headers, body=message.body)
        case Response():
            message = Response(status=message.status, headers=message.headers, body=message.body)
        case Opening():
            message = Opening(url=message.url)
    return Sent(sent.sender, sent.receiver, message)


def _run(world: World, run: Run) -> SeenRun:
    held = at_hand(world, run)
    return SeenRun(
        run.name,
        run.role,
        run.owner,
        run.client,
        run.server,
        run.api,
        run.state,
        _sent(held) if held else None,
        waits_for_metadata(world, run),
    )


def _event(event: Event, reads: frozenset[str]) -> SeenEvent:
    """This event as it is seen by one who reads what these parties of its run send and receive."""
    return SeenEvent(
        event.run,
        event.act,
        event.step,
        event.sender,
        event.receiver,
        event.before,
        event.after,
        event.outcome,
        tuple([_sent(one) for one in event.messages if one.sender in reads or one.receiver in reads]),
        event.by_attacker,
        event.now,
        event.elapsed,
        event.detail if event.by_attacker else "",
    )


def _public(world: World) -> PublicSettings:
    settings = world.scenario
    known = {name: getattr(settings, name) for name in _PUBLIC}
    profile = known["profile"]
    known["profile"] = Profile(**{name: getattr(profile, name) for name in _OF_PROFILE})
    return PublicSettings(**known, wants_verifier=settings.policy.is_on("token.verifier_present"))


def _stored(world: World) -> tuple[str, ...]:
    """The names of the tokens that the victim's app keeps."""
    victim = world.runs[VICTIM]
    held = world.clients[victim.client].tokens.get(victim.who)
    return tuple(kind for kind in _KEPT if held is not None and getattr(held, kind))


def _typed(world: World) -> bool:
    """True where the user has filled in a login form that the app shows; one who is remembered has nothing to type."""
    sent = (one.message for event in world.log if event.run == VICTIM for one in event.messages)
    return world.scenario.web_view and any(isinstance(one, Request) and single(one.form, "username") for one in sent)


def _texts(document: Mapping[str, Any]) -> dict[str, Any]:
    """This document, with tuples for its lists, which are lists of texts."""
    return {name: tuple(value) if type(value) is list else value for name, value in document.items()}


_OF_PROFILE = tuple(Profile.__dataclass_fields__)
_PUBLIC = tuple(name for name in PublicSettings._fields if name != "wants_verifier")
