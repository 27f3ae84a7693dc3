"""What need not be tried again: a decision that was possible before the last step of others, and is the same after it.

Let the last thing that happened be a step of an honest party, and let a decision be possible that was possible before that
step as well, with the same message, and let the two not touch each other: then the decision may as well come first, and it
was tried there. The world that both orders lead to is one world. So it is left out here, and no world is lost: whatever is
left out was tried earlier on the way that led here, at a place where nothing allowed to leave it out.

Which steps touch what a decision does is said below, for each kind of decision. Where anything unusual is going on all are
tried: where the step told the attacker something, where something else than a login goes on or time passes, where an order
says whose turn it is, where apps or servers make mistakes, where apps have keys for proofs, where servers are asked for
their metadata, and where one browser goes on with the login of another. That the rest holds is tried with pairs of a step
and a decision, in both orders.
"""

from collections.abc import Callable

from flowsim.attacks.view import at_hand, readers
from flowsim.model.states import Act, Role
from flowsim.model.world import OWN_LOGIN, Event, World

_STEPS = tuple(act for act in Act if 1 <= act.step <= 11)
# Of each kind of decision: the steps of other logins that touch it, or that it needs.
_CODES = (Act.STEP_8,)
_IN_THE_APP = (Act.STEP_2, Act.STEP_7, *_CODES, Act.STEP_9, Act.STEP_10, Act.STEP_11)
_TOUCHED_BY: dict[Act, tuple[Act, ...]] = {
    # What is the attacker's own only: its program, its browser, its request, its login at the app before any code is sent.
    Act.READ_APP: (),
    Act.STEP_1: (),
    Act.KEEP_RESPONSE: (),
    Act.STRIP_CHALLENGE: (),
    Act.STEP_3: (),
    # What it has sent a browser on to with its own server it has at hand until step 3, and others are written after that.
    Act.WRITE_REQUEST: (Act.STEP_3,),
    # A code works as long as nobody has used it, and tokens as long as no code comes twice.
    Act.SEND_CODE: _CODES,
    Act.STEP_R1: _CODES,
    # An app remembers which logins are under way and which codes it has sent.
    Act.INJECT_CODE: _IN_THE_APP,
    Act.OPEN_ADDRESS: _IN_THE_APP,
    Act.STEP_7: _IN_THE_APP,
    # An API remembers the proofs that it has seen.
    Act.STEP_10: (Act.STEP_11,),
    # The app keeps its tokens from step 9 on.
    Act.READ_STORAGE: (Act.STEP_9,),
    # Who gets a redirect is asked when the browser has it.
    Act.INSTALL_APP: (Act.STEP_6, Act.STEP_7),
    # What is done to a message in another login than the one that has gone on.
    Act.READ_RESPONSE: (),
    Act.TAKE_RESPONSE: (Act.STEP_6, Act.STEP_7),
    Act.GET_RESPONSE: (),
}
_WHERE_IT_STANDS = (Act.STRIP_CHALLENGE, Act.WRITE_REQUEST, Act.READ_RESPONSE, Act.TAKE_RESPONSE, Act.GET_RESPONSE)
# Of what a decision is made that the attacker makes with a program of its own, or with a login of its own.
_PROGRAMS = frozenset(
    (Act.SEND_CODE, Act.STEP_8, Act.STEP_9, Act.STEP_R1, Act.STEP_R2, Act.STEP_R3, Act.STEP_10, Act.STEP_11)
)
_STEPS_OF_ITS_OWN = (Act.STEP_3, Act.STEP_4, Act.STEP_5, Act.STEP_6, Act.STEP_7)
_GOES_ON = frozenset((Act.KEEP_RESPONSE, Act.OPEN_ADDRESS, *_STEPS_OF_ITS_OWN, *_PROGRAMS))
_BEGINS = frozenset((Act.STEP_1, Act.STEP_2, *_GOES_ON))
_OPENS = frozenset((Act.OPEN_REQUEST,))
_REDIRECTS = (Act.READ_RESPONSE, Act.TAKE_RESPONSE, Act.GET_RESPONSE)
# Of some decisions: after which others they need not be tried. A decision has none but these acts.
_AFTER: dict[Act, frozenset[Act]] = {
    Act.INSTALL_APP: _OPENS | _BEGINS | {Act.INJECT_CODE, Act.READ_RESPONSE, Act.WAIT},
    Act.READ_RESPONSE: _OPENS | _BEGINS | {Act.WAIT},
    Act.TAKE_RESPONSE: _OPENS | _BEGINS,
    Act.GET_RESPONSE: _OPENS | _BEGINS,
    Act.STEP_1: _OPENS | _PROGRAMS,
    Act.OPEN_REQUEST: _GOES_ON,
}
Skips = Callable[[Act, str], bool]


def nothing_skipped(act: Act, run: str) -> bool:
    """Skips nothing."""
    return False


def skipped(world: World) -> Skips:
    """Says of an act in a run whether it was tried before the last step of an honest party, and is the same after it."""
    last = world.log[-1] if world.log else None
    if last is None or last.by_attacker or last.act not in _STEPS or _is_unusual(world, last):
        return nothing_skipped

    def skips(act: Act, run: str) -> bool:
        touched = _TOUCHED_BY.get(act)
        if touched is None or last.act in touched:
            return False
        # What is done to somebody else's request is done where that stands.
        return run == OWN_LOGIN or run != last.run or act not in _WHERE_IT_STANDS

    return skips


def tried_first(world: World) -> Skips:
    """Says of an act in a run whether it was tried before the attacker's last decision, and is the same after it.

    An act stands here for a decision that begins with it.
    """
    last = world.log[-1] if world.log else None
    if last is None or not last.by_attacker or _is_unusual_scenario(world):
        return nothing_skipped
    if world.log[0].act is Act.STEP_10 and world.log[0].run == last.run:
        return nothing_skipped  # a token of its own making is tried at the start, and never later
    done = _last_decision(world)

    def skips(act: Act, run: str) -> bool:
        if act in _REDIRECTS and run == last.run:
            return last.act is Act.READ_RESPONSE
        return done <= _AFTER.get(act, _NOTHING)

    return skips


_NOTHING = frozenset[Act]()


def _last_decision(world: World) -> frozenset[Act]:
    """The acts of the last decision; where the one before it was made in the same run as well, the acts of both."""
    run, done = world.log[-1].run, set()
    for event in reversed(world.log):
        if event.run != run or not event.by_attacker:
            break
        done.add(event.act)
    return frozenset(done)


def _is_unusual(world: World, last: Event) -> bool:
    """True where more may go on than a step of a login, of which nobody is told."""
    run = world.runs[last.run]
    if run.role is not Role.LOGIN or _is_unusual_scenario(world):
        return True
    mine = readers(world, last.run)
    return any(one.receiver in mine for one in last.messages) or at_hand(world, run) is not None


def _is_unusual_scenario(world: World) -> bool:
    scenario = world.scenario
    special = scenario.mistakes or scenario.order or scenario.dpop != "off" or scenario.discovery != "off"
    return bool(special or scenario.consent_by_link)
