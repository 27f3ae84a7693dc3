"""The verdict: what came of it all, computed from the log. No outcome is written down anywhere else.

It says what the attacker holds, whether it got what it wanted, which check stopped whom, at which step and with which
error, and whose account each browser is in. And it says so in one sentence (reasons.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flowsim.attacks import Attacker
from flowsim.model.check import AnyCheck
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, CLIENT
from flowsim.model.world import ATTACKER_INITIATED, ATTACKER_RUN, ATTACKER_USER, PLANTED, VICTIM, Event, Run, World
from flowsim.protocol import signed_tokens
from flowsim.simulation.ledger import Ledger
from flowsim.simulation.reasons import Facts, Tone, of_a_login, of_an_attack


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
    accounts, victim = _accounts(world), f"user-{world.people[VICTIM].username}"
    holds, kept_out = ledger.holds(ATTACKER), _kept_out(world)
    reads = "data" in world.attacker.loot or accounts.get(ATTACKER_USER) == victim
    succeeded = reads or accounts.get(VICTIM, victim) != victim or "password" in holds or kept_out
    stopped = None if succeeded else _deciding(e for e in world.log if _is_subject(world, e.run, attacked))
    facts = Facts(
        world=world,
        attacker=attacker,
        holds=holds,
        reads=reads,
        accounts=accounts,
        stopped=stopped,
        kept_out=kept_out,
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
    own = world.runs[VICTIM]
    return world.runs.get(ATTACKER_INITIATED, own) if own.state is State.START else own


def _kept_out(world: World) -> bool:
    """True where an attacker who wanted just that has spoilt the user's login, or has had the app's tokens revoked.

    The server does not know the code any more that it has issued itself; or the app's refresh token is good for nothing.
    """
    if world.attacker.aim != "denial":
        return False
    honest = [event for event in world.log if not event.by_attacker and world.runs[event.run].owner == VICTIM]
    found = _deciding(event for event in honest if event.act in (Act.STEP_8, Act.STEP_R2))
    return found is not None and found.id in ("token.code_known", "refresh.not_revoked")


# What an attacker does to a login that is not its own, and makes it its own attack by that.
_CHANGED = (Act.MISDIRECT, Act.STRIP_CHALLENGE, Act.ANSWER_METADATA)


def _is_subject(world: World, run: str, attacked: bool) -> bool:
    """True for the runs the verdict speaks of: the attacker's where there is one, else the login and what came later.

    A login of the victim's is the attacker's where the attacker began it, or changed its request.
    """
    if attacked and any(event.run == run and event.act in _CHANGED for event in world.log):
        return True
    return (world.runs[run].owner in (ATTACKER, ATTACKER_USER) or run in (PLANTED, ATTACKER_INITIATED)) is attacked


def _deciding(events: Iterable[Event]) -> AnyCheck | None:
    """The first check that ended a run; what was put right after it, a wrong password or a nonce, ended nothing."""
    for event in events:
        for result in event.checks:
            again = (Outcome.WRONG_CREDENTIALS, Outcome.AGAIN)
            ended = event.outcome not in again or event.after is State.LOGIN_FAILED
            if result.decides and ended:
                return result.check
    return None


def _accounts(world: World) -> dict[str, str]:
    """Which account each browser is logged in to, as the tokens say that the app holds for it.

    An app that wanted no ID token goes by what the API shows for its access token.
    """
    found = {}
    for run in world.runs.values():
        client = world.clients.get(run.client)
        held = client.tokens.get(run.who) if client and run.role is Role.LOGIN else None
        token = signed_tokens.read(held.id_token or held.access_token) if held else None
        if token is not None:
            found[run.owner] = str(token.claims.get("sub"))
    return found
