"""What of the log can still make a difference: the few facts that moves, checks and the attacker's knowledge read off it.

The log itself is no part of what a world *is*; but some code asks it. Whoever makes other code ask it has to add here what
that code reads. These ask: engine/honest_moves.py and turns_left.py (whose turn it is, retries, copies, who was called
back), the handlers (the request that is answered, the form that was typed, frames and windows), attacks/secrets.py and
explorer/knowledge.py (what was sent to the attacker), simulation/in_hand.py (the APIs that it reads anyway).

An event stands in one log and nowhere else. So the facts up to it are worked out once, from those up to the one before.
"""

from typing import NamedTuple

from flowsim.attacks.view import readers
from flowsim.engine.popup import CUTS
from flowsim.explorer.parts import Remembered, joined, part_of
from flowsim.explorer.random_values import Part
from flowsim.model import order, timeline
from flowsim.model.mcp import CONTACTS_ORIGIN
from flowsim.model.on_the_way import ON_THE_WAY
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import ATTACKER_RUN, VICTIM, Event, World
from flowsim.protocol.messages import Message, Opening, Request, Response, single

# The acts of which it counts whether a login has seen them: they say what page it goes on from (engine/handlers).
MARKS = (
    Act.FRAME_REQUEST,
    Act.OPEN_REQUEST,
    Act.PLANT_RESPONSE,
    Act.OPEN_UPSTREAM,
    Act.SERVE_BEHIND,
    Act.OPEN_WINDOW,
    Act.CHOOSE_SERVER,
    Act.STEP_2,
)


class OfARun(NamedTuple):
    """What has happened in one run. `acts` are all that it has done, for an order that counts them."""

    marks: frozenset[Act] = frozenset()
    actions: int = 0
    again: bool = False
    request: Request | None = None  # the last of all, which a redirect answers
    to_server: Request | None = None  # the last from a browser
    by_app: Request | None = None
    to_api: Request | None = None  # the last to an API, which a tool answers when the API behind has
    form: Request | None = None  # the last login form
    code: str = ""  # the last that was sent
    cut: bool = False  # a page of the server's has cut the window off
    acts: tuple[Act, ...] = ()


class Facts(NamedTuple):
    """What the log says.

    `told` is what was sent to the attacker in each run, each message once and in order. The `assertions` in it are in order
    whatever the run, for the last is the one to use. `read` are the APIs whose requests it reads anyway, `waited` how long
    it has waited each time, `taken` the last step of the user's login, and `answered` the codes that tokens were given for.
    """

    runs: dict[str, OfARun]
    told: dict[str, dict[Part, None]]
    assertions: tuple[Part, ...]
    called_back: dict[str, tuple[str, Request]]
    copied: tuple[tuple[str, str], ...]
    read: frozenset[str]
    waited: frozenset[int]
    taken: int
    answered: tuple[Part, ...]


_remembered = Remembered()
_NEW = OfARun()
_NOTHING = Facts({}, {}, (), {}, (), frozenset(), frozenset(), 0, ())


def forget() -> None:
    """Forget what was worked out."""
    _remembered.clear()


def facts_of(world: World) -> Facts:
    """The facts of this world's log."""
    log, place = world.log, len(world.log)
    facts = _NOTHING
    while place:
        found = _remembered.get(log[place - 1])
        if found is not None:
            facts = found
            break
        place -= 1
    for event in log[place:]:
        facts = _and_then(facts, event, world)
        _remembered.set(event, facts)
    return facts


def _and_then(facts: Facts, event: Event, world: World) -> Facts:
    """The facts after this event."""
    runs, told, assertions, called_back, copied, read, waited, taken, answered = facts
    act, whose = event.act, _whose(event.run, world)
    runs = {**runs, event.run: _of_the_run(runs.get(event.run, _NEW), event)}
    heard = told.get(whose, {})
    news = {part: shows for part, shows in _told(event, world) if part not in heard}
    if news:
        told = {**told, whose: {**heard, **dict.fromkeys(news)}}
        assertions = (*assertions, *(part for part, shows in news.items() if shows))
    if act is Act.WAIT and event.by_attacker:
        waited = waited | {event.elapsed}
    elif act is Act.STEP_8 and event.outcome is Outcome.OK:
        answered = (*answered, joined("answered", [part_of(runs[event.run].code)]))
    elif act is Act.DUPLICATE:
        copied = (*copied, (event.detail, event.run))
    elif act is Act.READ_API_REQUEST:
        read = read | {world.runs[event.run].api}
    elif act is Act.SERVE_BEHIND:
        read = read | {CONTACTS_ORIGIN}
    elif act is Act.STEP_7 and event.messages and order.kind_of(event.run) not in (*timeline.AHEAD, "reload"):
        first = event.messages[0]
        if first.sender == BROWSER and isinstance(first.message, Request):
            called_back = {**called_back, world.runs[event.run].at: (event.run, first.message)}
    if event.run == VICTIM and act.step:
        taken = max(taken, event.step)
    return Facts(runs, told, assertions, called_back, copied, read, waited, taken, answered)


def _of_the_run(before: OfARun, event: Event) -> OfARun:
    request, to_server, by_app, form = before.request, before.to_server, before.by_app, before.form
    to_api, code, cut = before.to_api, before.code, before.cut
    for sent in event.messages:
        message = sent.message
        if isinstance(message, Request):
            request = message
            if sent.receiver == SERVER and sent.sender in (BROWSER, ATTACKER):
                to_server = message
            if sent.sender == CLIENT:
                by_app = message
            if sent.receiver == API:
                to_api = message
            if message.method == "POST":
                form = message if message.path == "/login" else form
                code = single(message.form, "code") or code
        elif isinstance(message, Response) and (sent.sender, sent.receiver) == (SERVER, BROWSER):
            cut = cut or message.header("cross-origin-opener-policy") == CUTS
    return OfARun(
        marks=before.marks | {event.act} if event.act in MARKS else before.marks,
        actions=before.actions + (event.act is Act.RUN_ACTION),
        again=before.again if event.act in ON_THE_WAY else event.outcome is Outcome.AGAIN,
        request=request,
        to_server=to_server,
        by_app=by_app,
        to_api=to_api,
        form=form,
        code=code,
        cut=cut,
        acts=(*before.acts, event.act),
    )


def _told(event: Event, world: World) -> list[tuple[Part, bool]]:
    """What the attacker has been told or has written in this event, and whether it shows an assertion.

    An answer in which nothing is random says no more than that something did not work.
    """
    mine = readers(world, event.run)
    heard = [
        (part_of(sent.message), sent.message)
        for sent in event.messages
        if sent.receiver in mine
        or (sent.sender == ATTACKER and (isinstance(sent.message, Opening) or event.act in _WRITES))
    ]
    made = [(joined(one.kind, [part_of(one.value)]), False) for one in event.made if one.actor in mine]
    said = [(part, _shows_assertion(one)) for part, one in heard if part.values or not isinstance(one, Response)]
    return [*said, *made]


_WRITES = (Act.PUSH_REQUEST, Act.CONSENT_ALONE)


def _shows_assertion(message: Message) -> bool:
    return isinstance(message, Request) and "client_assertion=" in message.body


def _whose(run: str, world: World) -> str:
    """Whose run this is, to whoever reads its messages; what the attacker's own programs are called says nothing."""
    return "" if world.runs[run].owner == ATTACKER and run != ATTACKER_RUN else run
