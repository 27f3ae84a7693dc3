"""What holds an attacker to the rules: its positions, and that it writes only what somebody has told it.

A rule sees the whole world, because it has to know where things stand. So its move is looked at before it is made.
Whoever reaches further than its positions let it is told which position that would take, and whoever writes a secret that
it has never seen is told so, too.

Source: RFC 9700 section 3.
"""

from collections.abc import Iterable

from flowsim.actors.browser import belongs_to_attacker
from flowsim.attacks.base import Attacker
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.model.positions import POSITIONS, WEB
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Role
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_USER, Event, Run, World
from flowsim.protocol.messages import Message, leads_to
from flowsim.protocol.occurrences import readings_of, stands_in

MOST_MOVES = 400  # the longest story that a plan can tell has less than half as many
# What an attacker can begin on its own.
_OWN_ROLES = (Role.LOGIN, Role.THEFT, Role.REFRESH, Role.CALL)
# What is worth stealing: whoever writes one of these into a message must have got it, or made it.
_WORTH_STEALING = ("password", "client_secret", "code_verifier", "code", "access_token", "id_token", "refresh_token")


class PositionError(ScenarioError):
    """An attacker reached for something that is out of its reach. Nothing has happened."""


def allowed_move(attacker: Attacker, world: World) -> Move | None:
    """This attacker's next move in this world; None where it waits or has finished.

    Raises PositionError where it reaches further than its positions let it, or writes what it cannot know, and
    ScenarioError where its rule fails.
    """
    move = _chosen(attacker, world)
    if move is not None:
        within_reach(attacker.name, attacker.positions, world, move)
        _knows_what_it_writes(attacker.name, world, move)
    return move


def within_reach(name: str, positions: tuple[str, ...], world: World, move: Move) -> None:
    """Raises PositionError where an attacker with these positions cannot make this move. A1 comes with all others."""
    record = ATTACKER_ACTS.get(move.act)
    if record is not None:
        takes = record.position(move.run)
        if takes not in {WEB, *positions}:
            raise PositionError(
                f"the attacker {name!r} wants to {move.act.phrase}, which takes position {takes}: it {POSITIONS[takes]}. "
                f"It has: {', '.join(positions) or 'none'}"
            )
        return
    run = world.runs.get(move.run)
    own = run.owner in (ATTACKER, ATTACKER_USER) if run else move.by_attacker and move.role in _OWN_ROLES
    if not own:
        raise PositionError(
            f"the attacker {name!r} wants run {move.run!r} to do {move.act.phrase!r}, and that run is somebody else's. An "
            "attacker moves its own runs; next_move gives None to let the others go on"
        )


def _chosen(attacker: Attacker, world: World) -> Move | None:
    """What the attacker's rule says; whoever writes one is told what is wrong with it."""
    try:
        move: object = attacker.next_move(world)
    except KeyError as error:
        held = ", ".join(world.attacker.loot) or "nothing"
        raise ScenarioError(
            f"the rule of the attacker {attacker.name!r} looks for {error}, and there is none yet. In its loot is: "
            f"{held}. Ask with loot.get({error}), and give None to wait"
        ) from error
    if move is not None and not isinstance(move, Move):
        raise ScenarioError(
            f"the rule of the attacker {attacker.name!r} must give a Move, or None to wait, not {move!r}"
        )
    if len(world.log) >= MOST_MOVES:
        raise ScenarioError(
            f"the attacker {attacker.name!r} has found no end after {len(world.log)} moves; its rule must give None once "
            "it has done what it wanted"
        )
    return move


def _knows_what_it_writes(name: str, world: World, move: Move) -> None:
    """Raises PositionError where an attacker writes a secret that it has never seen.

    A verifier from the clock it can work out for itself.
    """
    if move.message is None:
        return
    # What its own browser is about to open, and what is on its way to an address of its own.
    at_hand = [
        run.in_flight.message
        for run in world.runs.values()
        if run.in_flight
        and (run.owner in (ATTACKER, ATTACKER_USER) or _leads_to_attacker(world, run, run.in_flight.message))
    ]
    kind = _untold(world.log, move.message, at_hand)
    if kind is not None and not (kind == "code_verifier" and world.scenario.verifier == "clock"):
        raise PositionError(
            f"the attacker {name!r} writes a {kind} into its message that nobody has told it. What it has got is in "
            "world.attacker.loot; the rest of the world is there to see where things stand"
        )


def _leads_to_attacker(world: World, run: Run, message: Message) -> bool:
    seen = world.browsers.get(run.owner)
    return seen is not None and belongs_to_attacker(seen, leads_to(message))


def _untold(events: tuple[Event, ...], message: Message, at_hand: Iterable[Message]) -> str | None:
    """The kind of a secret that stands in this message and that nobody has told the attacker; None where there is none.

    What counts is what it has received or made, or has `at_hand` now, whatever it was called there: under `plain` the
    `code_challenge` is the `code_verifier`.
    """
    texts = readings_of(message)
    secrets = {one.value: one for event in events for one in event.made if one.kind in _WORTH_STEALING}
    before_it = tuple(text for one in at_hand for text in readings_of(one))
    written = [one for value, one in secrets.items() if stands_in(value, texts) and not stands_in(value, before_it)]
    for one in written:
        made = any(own.actor == ATTACKER and own.value == one.value for event in events for own in event.made)
        if not made and not _received(events, one.value):
            return one.kind
    return None


def _received(events: tuple[Event, ...], value: str) -> bool:
    sent = (sent for event in events for sent in event.messages)
    return any(one.receiver == ATTACKER and stands_in(value, readings_of(one.message)) for one in sent)
