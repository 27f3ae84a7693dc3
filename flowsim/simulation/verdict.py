"""The verdict: what came of it all, computed from the log. No outcome is written down anywhere else.

It says what the attacker holds, whether it got what it wanted, which check stopped whom, at which step and with which
error, and whose account each browser is in. And it says so in one sentence (reasons.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flowsim.actors import pending_logins
from flowsim.attacks import Attacker
from flowsim.engine.honest_moves import chosen_server
from flowsim.model.check import AnyCheck
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, CLIENT
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKER_RUN,
    ATTACKER_USER,
    PLANTED,
    SECOND_SERVER,
    VICTIM,
    Client,
    Event,
    Run,
    World,
)
from flowsim.protocol import signed_tokens
from flowsim.simulation.in_hand import InHand, in_hand
from flowsim.simulation.ledger import Ledger
from flowsim.simulation.reasons import Facts, Tone, demand_was_met, of_a_login, of_an_attack, users_login
from flowsim.simulation.without_attacker import spoilt


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of it.

    `stopped_*` name the check that stopped the attacker, and are None where the attack has succeeded. Where there is no
    attacker they speak of the user's own login.
    """

    sentence: str
    tone: Tone
    ended: State
    attacker_holds: tuple[str, ...]
    attacker_reads_data: bool
    attack_succeeded: bool
    stopped_by: str | None
    stopped_by_title: str | None
    stopped_at_step: int | None
    error: str | None
    accounts: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON values, names as here."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return values | {"ended": self.ended.value, "attacker_holds": list(self.attacker_holds)}


def verdict(world: World, ledger: Ledger, *, over: bool = False, attacker: Attacker | None = None) -> Verdict:
    """The verdict on this world, given who knows what in it; `over` where nobody has a move left.

    The `attacker` is asked first why it worked.
    """
    attacked = ATTACKER_RUN in world.runs
    victim, stranger = (f"user-{world.people[who].username}" for who in (VICTIM, ATTACKER_USER))
    accounts, holds = accounts_of(world), ledger.holds(ATTACKER)
    denied = spoilt(world, over=over) if world.attacker.aim == "denial" else ()
    reads = "data" in holds or accounts.get(ATTACKER_USER) == victim
    ran = bool(world.browsers[VICTIM].ran or world.obeyed)
    succeeded = reads or accounts.get(VICTIM) == stranger or "password" in holds or bool(denied) or ran
    stopped = None if succeeded else _stop(world) if attacked else _deciding(_of_the_user(world))
    # What could still be done counts where nothing more is done; before that the attack is under way.
    usable = in_hand(world, ledger) if attacked and not succeeded and (over or stopped) else InHand()
    if usable.tokens:
        succeeded, stopped = over, None
    facts = Facts(
        world=world,
        attacker=attacker,
        holds=holds,
        reads=reads,
        accounts=accounts,
        stopped=stopped,
        denied=denied,
        in_hand=usable,
        app_saw_password=ledger.knows(CLIENT, "password"),
        over=over,
    )
    sentence, tone = of_an_attack(facts) if attacked else of_a_login(facts)
    return Verdict(
        sentence=sentence,
        tone=tone,
        ended=_victims_login(world).state,
        attacker_holds=holds,
        attacker_reads_data=reads,
        attack_succeeded=succeeded,
        stopped_by=stopped.id if stopped else None,
        stopped_by_title=stopped.title if stopped else None,
        stopped_at_step=stopped.step if stopped else None,
        error=stopped.error if stopped else None,
        accounts=accounts,
    )


def _victims_login(world: World) -> Run:
    """The login of the victim's: the one they were lured into, where they began none themselves."""
    own = users_login(world)
    return world.runs.get(ATTACKER_INITIATED, own) if own.state is State.START else own


# What an attacker does to a login that is not its own, and makes it its own attack by that.
_CHANGED = (
    Act.MISDIRECT,
    Act.STRIP_CHALLENGE,
    Act.WRITE_REQUEST,
    Act.REPLACE_REQUEST,
    Act.ANSWER_METADATA,
    Act.BORROW_RESOURCE,
    Act.SHARE_SERVER,
    Act.CLAIM_ENDPOINT,
    Act.NAME_PROGRAM,
    Act.NAME_INSIDE,
)


def _is_attackers(world: World, run: str) -> bool:
    """True for a run of the attacker's: its own, one that it had the victim begin, and one whose request it changed.

    So is a login for the attacker's MCP server, where that one has the user log in at the honest authorization server, and
    one at the authorization server of the attacker's that such an MCP server has named.
    """
    if any(event.run == run and event.act in _CHANGED for event in world.log):
        return True
    if run == VICTIM and any(event.act is Act.SHARE_SERVER for event in world.log):
        return True
    theirs = ATTACKER_RUN in world.runs and world.scenario.speaks_mcp and _is_at_theirs(world, world.runs[run])
    return theirs or world.runs[run].owner in (ATTACKER, ATTACKER_USER) or run in (PLANTED, ATTACKER_INITIATED)


def _is_at_theirs(world: World, run: Run) -> bool:
    return run.role is Role.LOGIN and chosen_server(world, run) == SECOND_SERVER


def _of_the_user(world: World) -> list[Event]:
    """What happened in the user's login and in what came later; a demand of the API that was met has ended nothing."""
    theirs = _attackers_runs(world)
    return [event for event in world.log if event.run not in theirs and not demand_was_met(world, event)]


def _attackers_runs(world: World) -> frozenset[str]:
    """The runs of the attacker's, of all in which something has happened."""
    return frozenset(run for run in {event.run for event in world.log} if _is_attackers(world, run))


def _stop(world: World) -> AnyCheck | None:
    """The check that stopped the attacker: the first that ended a run of its, and that it has not got past later."""
    # Who shows a copy of the login page has wanted the error that brings the browser there.
    wanted = {event.run for event in world.log if event.act is Act.SHOW_COPY}
    theirs = _attackers_runs(world) - wanted
    events = [event for event in world.log if event.run in theirs]
    for number, event in enumerate(events):
        check = _deciding([event])
        if check is not None and not any(_got_past(world, check, event, later) for later in events[number + 1 :]):
            return check
    return None


def _got_past(world: World, check: AnyCheck, refused: Event, later: Event) -> bool:
    """True where the same party has passed this check in a later try."""
    same = world.runs[refused.run].owner == world.runs[later.run].owner and refused.act is later.act
    return same and any(result.check.id == check.id and result.passed is True for result in later.checks)


def _deciding(events: Iterable[Event]) -> AnyCheck | None:
    """The first check that ended a run; what was put right later ended nothing: a password, a nonce, a question."""
    for event in events:
        for result in event.checks:
            again = (Outcome.WRONG_CREDENTIALS, Outcome.AGAIN, Outcome.ASKED)
            ended = event.outcome not in again or event.after is State.LOGIN_FAILED
            if result.decides and ended:
                return result.check
    return None


def _known_as(world: World, app: Client, owner: str) -> str:
    """By what name the app knows this browser: a website by the cookie that it has, or is just being handed."""
    if app.profile.kind != "website":
        return owner
    jar = world.browsers[owner].cookies.get(app.profile.home)
    if pending_logins.has_own_cookie(app.profile, world.scenario.transactions):
        return jar.get(app.profile.session_cookie, "") if jar else ""
    handed = [run.who for run in world.runs.values() if run.at == owner and run.state is State.PREPARED and run.who]
    return handed[-1] if handed else jar.get(app.profile.session_cookie, "") if jar else ""


def accounts_of(world: World) -> dict[str, str]:
    """Which account each browser is logged in to at the honest app, as the tokens say that the app holds for it.

    An app that wanted no ID token goes by what its access token says.
    """
    found = {}
    app = world.clients[world.runs[VICTIM].client]
    for owner in world.browsers:
        name = _known_as(world, app, owner)
        held = app.tokens.get(name) if name else None  # a browser without a session is nobody to a website
        token = signed_tokens.read(held.id_token or held.access_token) if held else None
        if token is not None:
            found[owner] = str(token.claims.get("sub"))
    return found
