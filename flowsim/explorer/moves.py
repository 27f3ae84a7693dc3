"""What an attacker can decide in a world: every act that the table allows it, in every run, with all it can write.

The acts are those of the table (model/transitions.py) whose position the attacker has (engine/handlers/), and the steps
of runs of its own. Nothing here knows an attack. Which messages go with an act stands in written.py, and what is put into
each in compositions.py; what none of them offers stands in LEFT_OUT.

    act                                             in which run, with what
    READ_REQUEST, WIRETAP, READ_RESPONSE,           the user's logins, where the table has them; no message
      TAKE_RESPONSE, READ_API_REQUEST, SERVE_BEHIND,
      READ_WEB_VIEW, READ_WINDOW, SHOW_COPY
    GET_RESPONSE, GET_TOKEN_REQUEST                 whatever comes to the attacker's own addresses
    STRIP_CHALLENGE                                 a login whose request it may change
    WRITE_REQUEST, REPLACE_REQUEST, MISDIRECT       the same, each with an authorization request
    ANSWER_METADATA, CLAIM_ENDPOINT,                an app that asks the attacker's server for its metadata, or that
      BORROW_RESOURCE, SHARE_SERVER,                  shows it a token
      GET_TOOL_MESSAGE
    NAME_INSIDE                                     the same app, with each way into its network
    NAME_PROGRAM                                    the same app, with each text that its way of opening would run
    READ_APP, READ_STORAGE, INSTALL_APP             its own program
    PUSH_REQUEST, SEND_CODE, STEP_R1, STEP_10       its own program, each with a request
    CONSENT_ALONE                                   its own program, with an authorization request
    OPEN_REQUEST, FRAME_REQUEST, OPEN_WINDOW        the victim's browser, each with an authorization request
    OPEN_LINK, OPEN_LOGIN_PAGE, PLANT_RESPONSE,     the victim's browser, each with an address
      OPEN_UPSTREAM
    STEP_1, CHOOSE_SERVER, INJECT_CODE,             its own login at the app, and its own browser
      KEEP_RESPONSE, OPEN_ADDRESS, STEP_3, STEP_4, STEP_7
    WAIT                                            once nobody else has anything left to do

A decision takes along what follows of itself (decisions.py): `play` goes that far.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flowsim.actors import browser
from flowsim.attacks.view import at_hand
from flowsim.engine.apply import apply
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.engine.honest_moves import honest_move, waits_for_metadata
from flowsim.explorer import compositions
from flowsim.explorer.compositions import Desk, is_half_done
from flowsim.explorer.knowledge import known
from flowsim.explorer.reductions import Skips, nothing_skipped, skipped
from flowsim.explorer.written import MESSAGES, is_free
from flowsim.model.positions import WEB
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import IllegalMove, Move, Written, acts, honest_act
from flowsim.model.world import (
    ATTACKER_CALL,
    ATTACKER_INITIATED,
    ATTACKER_REFRESH,
    ATTACKER_USER,
    OWN_LOGIN,
    PLANTED,
    VICTIM,
    Run,
    World,
)
from flowsim.protocol.messages import Opening, leads_to, query_of, single

LEFT_OUT: tuple[str, ...] = (
    *compositions.LEFT_OUT,
    "more than one login of the attacker's own, and more than one login that the victim is lured into",
    "waits of other lengths than a minute and an hour, and more than one of each",
    "leading the victim's browser away at other moments than before the user's login, while the server waits for the user, "
    "when the redirect is in the browser, and after the login",
    "messages that the network loses or repeats",
    "stopping its own login at the app between a proxy and the server behind, and giving that address away",
)
WAITS = (61, 3660)  # seconds: longer than a short code lives, longer than an access token lives
ATTACKER_CODE = "attacker code"  # has a number behind it

_IN_THE_VICTIMS_BROWSER = {
    Act.OPEN_REQUEST: ATTACKER_INITIATED,
    Act.FRAME_REQUEST: ATTACKER_INITIATED,
    Act.OPEN_WINDOW: ATTACKER_INITIATED,
    Act.OPEN_LINK: ATTACKER_INITIATED,
    Act.OPEN_LOGIN_PAGE: ATTACKER_INITIATED,
    Act.OPEN_UPSTREAM: ATTACKER_INITIATED,
    Act.PLANT_RESPONSE: PLANTED,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision: its first move, an act that belongs to it, and whether it goes no further than to the server's page."""

    move: Move
    then: Act | None = None
    stops: bool = False


def choices(world: World, positions: tuple[str, ...], *, reduced: bool = True) -> Iterator[Choice]:
    """Everything that an attacker with these positions can decide in this world, as far as it is not left out.

    Some of it may turn out to be impossible where it is played. The web (A1) comes with every position. What was tried
    before a step of others that does not touch it (reductions.py) comes once more where it is not to be `reduced`.
    """
    skips = skipped(world) if reduced else nothing_skipped
    if not is_half_done(world):
        yield from _choices(world, positions, skips)
        return
    pushed = known(world).pushed[-1]
    for choice in _choices(world, positions, skips):
        message = choice.move.message
        if isinstance(message, Opening) and single(query_of(message.url), "request_uri") == pushed:
            yield choice


def _choices(world: World, positions: tuple[str, ...], skips: Skips) -> Iterator[Choice]:
    desk, has = Desk(world), frozenset({WEB, *positions})
    for run in world.runs.values():
        for act in acts(run.role, run.state):
            possible = _offered(world, run, act) and ATTACKER_ACTS[act].position(run.name) in has
            if possible and not skips(act, run.name) and not (act in _CHANGES and _had_its_say(world, run, has)):
                yield from (Choice(Move(run.name, act, message)) for message in MESSAGES[act](desk, run))
    yield from (one for one in _own_login(world, desk) if not skips(one.move.act, OWN_LOGIN))
    if is_free(world):
        for act, name in _IN_THE_VICTIMS_BROWSER.items():
            if name not in world.runs and ATTACKER_ACTS[act].takes in has:
                opened = MESSAGES[act](desk, world.runs[VICTIM])
                yield from (Choice(Move(name, act, message, role=Role.LOGIN)) for message in opened)
    yield from _own_program(world, desk, skips)


def play(world: World, choice: Choice) -> tuple[World, tuple[Move, ...]] | None:
    """The world after this decision with all that follows of itself, and its moves; None where it is not possible.

    None as well where a request of the attacker's own program was refused and has left no trace: all is as it was.
    """
    try:
        after = apply(world, choice.move)
    except IllegalMove:
        return None
    moves = [choice.move]
    if choice.then is not None:
        moves.append(Move(choice.move.run, choice.then))
        try:
            after = apply(after, moves[-1])
        except IllegalMove:
            return None
    while not choice.stops and (move := _of_itself(after, after.runs[choice.move.run], choice.move.act)):
        try:
            after = apply(after, move)
        except IllegalMove:
            break
        moves.append(move)
        if move.act in _ANSWERS and _is_in_vain(world, after):
            return None
    return after, tuple(moves)


_ANSWERS = (Act.STEP_8, Act.STEP_R2, Act.STEP_11)


def _is_in_vain(before: World, after: World) -> bool:
    """True where a request of the attacker's own program was just refused, and no server and no API remembers it."""
    last = after.log[-1]
    refused = last.outcome is not Outcome.OK and after.runs[last.run].owner == ATTACKER
    return refused and after.servers == before.servers and after.apis == before.apis


def goes_on(world: World) -> Move | None:
    """What a decision still brings along that had to wait for others: the request of the attacker's own login."""
    own = world.runs.get(OWN_LOGIN)
    if own is None or own.state is not State.CLICKED or waits_for_metadata(world, own):
        return None
    return Move(OWN_LOGIN, Act.STEP_2)


def _of_itself(world: World, run: Run, decided: Act) -> Move | None:
    """The next move of this run of the attacker's that follows of itself on what it has decided."""
    if run.owner not in (ATTACKER, ATTACKER_USER):
        return None
    act = honest_act(run.role, run.state)
    if act is None or waits_for_metadata(world, run):
        return None
    if run.owner == ATTACKER:
        return None if run.state in (State.START, State.TOKENS_HELD) else Move(run.name, act)
    flying = run.in_flight
    if run.state is State.PREPARED and (decided is Act.STEP_1 or _leads_here(world, run)):
        return None
    if run.state is State.CODE_IN_BROWSER and decided not in (Act.STEP_7, Act.INJECT_CODE, Act.OPEN_ADDRESS):
        return None
    if run.state is State.CODE_SENT and flying is not None and flying.receiver == ATTACKER:
        return None
    return Move(run.name, act)


def _leads_here(world: World, run: Run) -> bool:
    """True where what is in flight in this run brings the browser to an address of the attacker's."""
    flying = run.in_flight
    return flying is not None and browser.belongs_to_attacker(world.browsers[run.at], leads_to(flying.message))


# ---- What is offered where


def _offered(world: World, run: Run, act: Act) -> bool:
    """True for an act of the attacker's that can do something in this run, where the table has it."""
    if act not in MESSAGES or (run.state is State.START and run.role is Role.LOGIN):
        return False
    if act in _OF_AN_OWN_BROWSER:
        return run.name == OWN_LOGIN
    if act in _COMES_TO_IT:
        leads = act is not Act.MISDIRECT or _leads_here(world, run)
        return run.name != OWN_LOGIN and leads and at_hand(world, run) is not None
    if act is Act.GET_TOKEN_REQUEST:
        return _leads_here(world, run)
    if act is Act.READ_REQUEST:
        return run.state is State.PREPARED and run.owner != ATTACKER_USER
    if act in _READS:
        return run.owner not in (ATTACKER_USER, ATTACKER)
    return act not in (Act.SEND_CODE, *_IN_THE_VICTIMS_BROWSER)


def _had_its_say(world: World, run: Run, has: frozenset[str]) -> bool:
    """True where the attacker has changed the request in flight already, and could have written this one at once.

    Who cannot read the request learns from the first change what was in it, and may need that for a second one.
    """
    changes = sum(event.run == run.name and event.act in _CHANGES for event in world.log)
    may_read = ATTACKER_ACTS[Act.READ_REQUEST].position(run.name) in has
    return changes >= (1 if may_read else 2)


_CHANGES = (Act.STRIP_CHALLENGE, Act.WRITE_REQUEST, Act.REPLACE_REQUEST)
_OF_AN_OWN_BROWSER = (Act.KEEP_RESPONSE, Act.INJECT_CODE, Act.OPEN_ADDRESS, Act.CHOOSE_SERVER)
_COMES_TO_IT = (Act.GET_RESPONSE, Act.MISDIRECT, Act.SHOW_COPY)
_READS = (
    Act.WIRETAP,
    Act.READ_RESPONSE,
    Act.TAKE_RESPONSE,
    Act.READ_API_REQUEST,
    Act.SERVE_BEHIND,
    Act.READ_WEB_VIEW,
    Act.READ_WINDOW,
    Act.REPLACE_REQUEST,
)


def _own_login(world: World, desk: Desk) -> Iterator[Choice]:
    """The attacker's own login at the app: it begins, and goes on where it has been left."""
    run = world.runs.get(OWN_LOGIN)
    if run is None:
        begins = Move(OWN_LOGIN, Act.STEP_1, role=Role.LOGIN, by_attacker=True)
        yield Choice(begins)
        if world.clients[world.runs[VICTIM].client].second is not None:
            yield Choice(begins, then=Act.CHOOSE_SERVER)
        for address in desk.for_own_browser():
            opened = Opening(url=address)
            yield Choice(Move(OWN_LOGIN, Act.OPEN_ADDRESS, opened, role=Role.LOGIN, by_attacker=True))
    elif run.state is State.PREPARED and not _leads_here(world, run):
        yield Choice(Move(OWN_LOGIN, Act.STEP_3))
        if world.scenario.consent_by_link:
            yield Choice(Move(OWN_LOGIN, Act.STEP_3), stops=True)
    elif run.state is State.REQUESTED:
        yield Choice(Move(OWN_LOGIN, Act.STEP_4))
    elif run.state is State.CODE_IN_BROWSER:
        yield Choice(Move(OWN_LOGIN, Act.STEP_7))


def _own_program(world: World, desk: Desk, skips: Skips) -> Iterator[Choice]:
    """What the attacker's own program sends, each in a run of its own."""
    for name, act, role, requests in (
        (ATTACKER_CODE, Act.SEND_CODE, Role.THEFT, desk.redemptions),
        (ATTACKER_REFRESH, Act.STEP_R1, Role.REFRESH, desk.refreshes),
        (ATTACKER_CALL, Act.STEP_10, Role.CALL, desk.calls),
    ):
        if not skips(act, name):
            yield from (Choice(_begun(world, name, act, role, asked)) for asked in requests())
    # What an API says to a token that nobody has issued depends on nothing that anybody does.
    if not world.log:
        for asked in desk.forged_calls():
            yield Choice(_begun(world, ATTACKER_CALL, Act.STEP_10, Role.CALL, asked))
    if honest_move(world) is None:
        waited = [event.elapsed for event in world.log if event.act is Act.WAIT and event.by_attacker]
        for seconds in WAITS:
            if seconds not in waited:
                name = _free(world, "attacker wait")
                yield Choice(Move(name, Act.WAIT, role=Role.WAIT, by_attacker=True, seconds=seconds))


def _begun(world: World, name: str, act: Act, role: Role, asked: Written) -> Move:
    return Move(_free(world, name), act, asked, role=role, by_attacker=True)


def _free(world: World, name: str) -> str:
    """The first of the names with a number behind it that no run has yet."""
    number = 1
    while f"{name} {number}" in world.runs:
        number += 1
    return f"{name} {number}"
