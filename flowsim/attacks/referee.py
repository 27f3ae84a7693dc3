"""What holds an attacker to the rules: it sees a view, moves within its positions, and writes what somebody has told it.

A rule never gets the world, and what it gives back is copied and looked at before it is made. Whoever reaches further than
its positions let it is told which position that would take; whoever writes a secret that it has never seen is told so,
too. What no position gives, the engine refuses (engine/handlers/).

Source: RFC 9700 section 3.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from flowsim.attacks import secrets
from flowsim.attacks.base import Attacker
from flowsim.attacks.view import View, copied, seen
from flowsim.engine.apply import apply
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.engine.honest_moves import honest_move, waits_for_metadata
from flowsim.model.own_code import TookTooLong, failure, within_time
from flowsim.model.positions import POSITIONS, WEB, PositionError
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.shown import one_line, shown
from flowsim.model.states import Act, Role
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import IllegalMove, Move, Written
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKER_RUN,
    ATTACKER_USER,
    CONNECTION,
    DISCOVERY,
    OWN_LOGIN,
    PLANTED,
    REGISTRATION,
    SESSION,
    VICTIM,
    World,
    evolve,
)
from flowsim.protocol.messages import Opening, Request

__all__ = ["PositionError", "allowed_move", "asked", "made", "settings_needed", "within_reach"]

MOST_MOVES = 400  # the longest story that a plan can tell has less than half as many
# What an attacker can begin on its own.
_OWN_ROLES = (Role.LOGIN, Role.THEFT, Role.REFRESH, Role.CALL, Role.WAIT)
_FLOWSIM = Path(__file__).parents[1]
_LONGEST = 120  # characters of what is quoted
_LURES = (Act.OPEN_REQUEST, Act.FRAME_REQUEST, Act.OPEN_WINDOW, Act.OPEN_LINK, Act.OPEN_LOGIN_PAGE, Act.OPEN_UPSTREAM)
# The run that each act opens in the victim's browser.
_OPENED = {Act.PLANT_RESPONSE: PLANTED, **dict.fromkeys(_LURES, ATTACKER_INITIATED)}
_PLANNED = re.compile(
    rf"(wait|call|refresh|logout|password|keys|silent-renewal|prefetch|scan|reload) [0-9]+"
    rf"|({DISCOVERY}|{CONNECTION}|{REGISTRATION}|{SESSION}).*"
)


def allowed_move(attacker: Attacker, world: World) -> Move | None:
    """This attacker's next move in this world; None where it waits or has finished.

    Raises PositionError where it reaches further than its positions let it, or writes what it cannot know, and
    ScenarioError where its rule fails.
    """
    move = _chosen(attacker, seen(world, attacker.positions, quiet=honest_move(world) is None))
    if move is None:
        return None
    if len(world.log) >= MOST_MOVES:
        raise ScenarioError(_no_end(attacker, world))
    within_reach(attacker.name, attacker.positions, world, move)
    _knows_what_it_writes(attacker, world, move)
    return move


def _no_end(attacker: Attacker, world: World) -> str:
    """What is wrong with a rule that goes on for ever: which move it makes over and over."""
    (act, run), times = Counter((event.act, event.run) for event in world.log if event.by_attacker).most_common(1)[0]
    return (
        f"the attacker {attacker.name!r} has found no end after {len(world.log)} moves, {times} of which were "
        f"Act.{act.name} in run {shown(run)}; its rule must give None once it has done what it wanted"
    )


def made(attacker: Attacker, world: World, move: Move) -> World:
    """The world after this move of the attacker's.

    Raises PositionError where something stands against it that no rule of the attacker's can change.
    """
    try:
        return apply(world, move)
    except IllegalMove as error:
        raise PositionError(f"the attacker {attacker.name!r} cannot {move.act.phrase} now: {error}") from error
    except ScenarioError:
        raise
    except Exception as error:
        if move.message is None:
            raise
        raise ScenarioError(
            f"the attacker {attacker.name!r} has written a message that nobody can send or read: {failure(error)}"
        ) from error


def within_reach(name: str, positions: tuple[str, ...], world: World, move: Move) -> None:
    """Raises PositionError where an attacker with these positions cannot make this move. A1 comes with all others."""
    record = ATTACKER_ACTS.get(move.act)
    run = world.runs.get(move.run)
    if record is not None:
        takes = record.position(move.run)
        if takes not in {WEB, *positions}:
            raise PositionError(
                f"the attacker {name!r} wants to {move.act.phrase}, which takes position {takes}: it {POSITIONS[takes]}. "
                f"It has: {', '.join(positions) or 'none'}"
            )
        if run is None:
            _opens_what_it_can(name, move)
        return
    own = run.owner in (ATTACKER, ATTACKER_USER) if run else move.by_attacker and move.role in _OWN_ROLES
    if not own or not (move.act.step or move.act is Act.WAIT):
        raise PositionError(
            f"the attacker {name!r} wants run {shown(move.run)} to do {move.act.phrase!r}, and that run is somebody "
            "else's. An attacker moves its own runs; next_move gives None to let the others go on"
        )
    if run is None:
        _opens_what_it_can(name, move)
    elif waits_for_metadata(world, run):
        raise PositionError(
            f"the attacker {name!r} wants run {shown(move.run)} to go on, and the app asks its server for metadata first; "
            "next_move gives None until it has, as toolkit.go_on does"
        )


def settings_needed(attacker: Attacker, scenario: Scenario) -> dict[str, Any]:
    """What this attack presupposes, as changes of these settings.

    An attack says which app it is about, what that app asks for and what happens later. Raises ScenarioError where it
    wants a defence to be weaker than it is: who means that sets it in the scenario, where everybody sees it. Raises
    ScenarioError as well for a setting that does nothing beside these.
    """
    # A copy, and without the seed: whoever has that can compute every random value of the run.
    given = evolve(scenario, seed=None, start=None)
    presupposed = asked(attacker, "needs", lambda given: _presupposed(attacker, scenario, attacker.needs(given)), given)
    wanted = cast(dict[str, Any], presupposed)
    evolve(scenario, **wanted).refuse_idle()
    return wanted


def _presupposed(attacker: Attacker, scenario: Scenario, wanted: object) -> dict[str, Any]:
    """What the attacker wants these settings to be. It is looked at under watch, for its values may be of any class."""
    if not isinstance(wanted, dict):
        raise ScenarioError(
            f"needs of the attacker {attacker.name!r} must give a dict of settings, not {shown(wanted)}"
        )
    for name, value in wanted.items():
        allowed = _PRESUPPOSED.get(name)
        before = getattr(scenario, str(name), None)
        if value != before and (allowed is None or not allowed(scenario, value)):
            called = one_line(name, _LONGEST)
            raise ScenarioError(
                f"the attacker {attacker.name!r} needs {called}={shown(value)}, and here it is {before!r}. An attack may "
                f"presuppose {', '.join(_PRESUPPOSED)}, and weaken no defence: whoever means that sets it in the scenario, "
                f"for example Simulation({called}={shown(value)})"
            )
    return dict(wanted)


# What an attack may presuppose, and which values it may set there.
_PRESUPPOSED: dict[str, Any] = {
    "client": lambda scenario, value: not scenario.profile.confidential,
    "api": lambda scenario, value: True,
    "scope": lambda scenario, value: True,
    "later": lambda scenario, value: True,
    "remembered": lambda scenario, value: True,
    "second_server": lambda scenario, value: True,
    "shipped_secret": lambda scenario, value: True,
    "client_identity": lambda scenario, value: value == "pre-registered",
    "entered_secret": lambda scenario, value: value is True,
    "proxy": lambda scenario, value: True,
    "behind": lambda scenario, value: value == "passed-on" and scenario.behind == "none",
    "client_auth": lambda scenario, value: value == "private_key_jwt",
    "discovery": lambda scenario, value: scenario.discovery == "off",
    "web_view": lambda scenario, value: value is False,
    "dpop": lambda scenario, value: scenario.dpop == "off",
}


def asked(attacker: Attacker, what: str, function: Callable[[Any], object], given: object) -> object:
    """What a function of an attacker's gives back. Raises ScenarioError, with type and line, where it fails or hangs."""
    try:
        if type(attacker).__module__.startswith("flowsim."):
            return function(given)
        return within_time(f"the rule of the attacker {attacker.name!r}", function, given)
    except (ScenarioError, KeyboardInterrupt):
        raise
    except KeyError as error:
        held = ", ".join(given.loot) if isinstance(given, View) else ""
        raise ScenarioError(
            f"the rule of the attacker {attacker.name!r} looks for {one_line(error, _LONGEST)}, and there is none "
            f"yet{_line(error)}. In its loot is: {held or 'nothing'}. Ask with loot.get({one_line(error, _LONGEST)}), and "
            "give None to wait"
        ) from error
    except BaseException as error:  # SystemExit too
        raise ScenarioError(
            f"the rule of the attacker {attacker.name!r} failed in {what}{_line(error)} with {failure(error)}"
        ) from error


def _line(error: BaseException) -> str:
    """Where it failed, outside flowsim: ` at line 7`; empty where that is not known."""
    frame, line = error.__traceback__, None
    while frame is not None:
        if not Path(frame.tb_frame.f_code.co_filename).is_relative_to(_FLOWSIM):
            line = frame.tb_lineno
        frame = frame.tb_next
    return f" at line {line}" if line is not None else ""


def _chosen(attacker: Attacker, view: View) -> Move | None:
    """What the attacker's rule says, copied; whoever writes one is told what is wrong with it."""
    move = asked(attacker, "next_move", attacker.next_move, view)
    if move is None:
        return None
    who = f"the rule of the attacker {attacker.name!r}"
    if type(move) is not Move:
        raise ScenarioError(f"{who} must give a Move, or None to wait, not {shown(move)}")
    if type(move.act) is not Act:
        raise ScenarioError(f"{who} must name an act, such as Act.READ_RESPONSE, and not {shown(move.act)}")
    if not isinstance(move.run, str):
        raise ScenarioError(f"{who} must name a run, such as {VICTIM!r} or {ATTACKER_RUN!r}, and not {shown(move.run)}")
    if move.role is not None and type(move.role) is not Role:
        raise ScenarioError(f"{who} must name a role, such as Role.LOGIN, and not {shown(move.role)}")
    if type(move.seconds) is not int:
        raise ScenarioError(f"{who} must say how many seconds pass as a whole number, and not {shown(move.seconds)}")
    if move.seconds and move.act is not Act.WAIT:
        raise ScenarioError(
            f"{who} lets {shown(move.seconds)} seconds pass in a move, and only Act.WAIT lets time pass"
        )
    message = _written(who, move.message)
    return Move(str.__str__(move.run), move.act, message, move.role, move.by_attacker is True, move.seconds)


def _written(who: str, message: object) -> Written | None:
    """The message of a move, copied, so that nobody changes it afterwards."""
    if message is None:
        return None
    if type(message) not in (Request, Opening):
        raise ScenarioError(
            f"{who} must write its message as Opening(url=…), an address that a browser opens, or as Request(method=…, "
            f"url=…, headers=…, body=…), and not {shown(message)}"
        )
    try:
        whole = cast(Written, within_time(who, copied, cast(Written, message)))
        whole.text().encode()
    except (TookTooLong, KeyboardInterrupt):
        raise
    except BaseException:  # what its parts are made of may be of any class
        raise ScenarioError(
            f"{who} must write a message of texts that UTF-8 can write: method, url and body are texts, and headers are "
            f"pairs of them. It wrote {shown(message)}"
        ) from None
    return whole


def _opens_what_it_can(name: str, move: Move) -> None:
    """Raises ScenarioError for a run that cannot be opened like this."""
    if move.act in _OPENED:
        own = _OPENED[move.act]
        if move.run != own or move.role is not Role.LOGIN or move.by_attacker:
            raise ScenarioError(
                f"the attacker {name!r} wants to {move.act.phrase}, which opens a login in the victim's browser: "
                f"Move({own!r}, Act.{move.act.name}, …, role=Role.LOGIN)"
            )
        return
    if move.role is None:
        raise ScenarioError(
            f"there is no run {shown(move.run)}, which the attacker {name!r} wants to {move.act.phrase}. A run of one's "
            "own is opened by its first move, which says its role: Move(…, role=Role.THEFT, by_attacker=True)"
        )
    if not move.by_attacker or move.role not in _OWN_ROLES:
        raise PositionError(
            f"the attacker {name!r} wants to open a run {shown(move.run)} for somebody else. A run of its own is opened "
            f"with by_attacker=True, and plays one of: {', '.join(role.phrase for role in _OWN_ROLES)}"
        )
    if (move.role is Role.LOGIN) != (move.run == OWN_LOGIN):
        raise ScenarioError(
            f"the attacker's own login, and no other run, is called {OWN_LOGIN!r}, and there is one; the attacker "
            f"{name!r} wants a {move.role.phrase} to be called {shown(move.run)}"
        )
    if move.run in (VICTIM, PLANTED, ATTACKER_INITIATED) or _PLANNED.fullmatch(move.run):
        raise ScenarioError(
            f"the name {shown(move.run)} is that of a run of the victim's; the attacker {name!r} must call its "
            "own otherwise"
        )
    if not move.run.isprintable() or not 0 < len(move.run) <= 40 or move.run != move.run.strip():
        raise ScenarioError(f"a run's name is up to 40 characters that can be seen, not {shown(move.run)}")


def _knows_what_it_writes(attacker: Attacker, world: World, move: Move) -> None:
    """Raises PositionError where an attacker writes a secret that it has never seen."""
    kind = secrets.untold(world, move.message) if move.message is not None else None
    if kind is None:
        return
    takes = secrets.SHOWN_BY.get(kind)
    shown = f"It takes position {takes} to see one: it {POSITIONS[takes]}" if takes else "No position shows that"
    raise PositionError(
        f"the attacker {attacker.name!r} writes a {kind} into its message that nobody has told it. {shown}. It has: "
        f"{', '.join(attacker.positions) or 'none'}; what it has got is in its loot: "
        f"{', '.join(world.attacker.loot) or 'nothing'}"
    )
