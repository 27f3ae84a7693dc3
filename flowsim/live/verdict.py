"""What came of a live login, as far as its messages tell. Nothing is said of what only the client can know."""

from flowsim.model.check import AnyCheck
from flowsim.model.states import Outcome, State
from flowsim.model.steps import ATTACKER, step_name
from flowsim.model.world import ATTACKER_RUN, VICTIM, Event, World
from flowsim.protocol import signed_tokens
from flowsim.simulation.ledger import Ledger
from flowsim.simulation.reasons import Told
from flowsim.simulation.verdict import Verdict

_TOKENS = ("access_token", "refresh_token")
_AGAIN = (Outcome.WRONG_CREDENTIALS, Outcome.AGAIN)
_UNDER_WAY = {
    State.REQUESTED: "The server has taken the request, and the browser has not asked for the login page yet.",
    State.LOGIN_SHOWN: "The server shows its page, and waits for the user.",
    State.LOGIN_SHOWN_AGAIN: "The login was wrong, and the server waits for another try.",
    State.CODE_IN_BROWSER: "The code is on its way to the app. Nobody has sent it to the server yet.",
    State.CODE_SENT: "The server wants a nonce in the proof, and waits for another request.",
    State.TOKENS_HELD: "The app has got its tokens. Whether it takes them, the wire does not show.",
    State.DONE: "The app has got its tokens, and the API has answered it.",
    State.ERROR_PAGE: "The server shows an error page, and the app hears nothing.",
    State.ERROR_IN_BROWSER: "The server has sent the browser back with an error.",
    State.CODE_TAKEN: "The redirect was taken on its way, and has not reached the app.",
    State.TOKEN_REQUEST_FAILED: "The server has refused the app: it has no token.",
    State.API_BAD_REQUEST: "The app has got its tokens, and the API does not understand its request.",
    State.API_UNAUTHORIZED: "The app has got its tokens, and the API does not take the one that it was shown.",
    State.API_FORBIDDEN: "The app has got its tokens, and they do not allow what it asks of the API.",
}
_GOOD = (State.TOKENS_HELD, State.DONE)


def live_verdict(world: World, ledger: Ledger) -> Verdict:
    """The verdict on a live login up to this world."""
    attacked = ATTACKER_RUN in world.runs
    holds = ledger.holds(ATTACKER)
    reads = "data" in holds
    owner = "attacker" if attacked else ""
    stopped = _stop([event for event in world.log if event.by_attacker] if attacked else list(world.log))
    succeeded = reads or any(kind in holds for kind in _TOKENS)
    if succeeded:
        stopped = None
    sentence, tone = _of_an_attack(world, holds, reads, stopped) if owner else _of_a_login(world, stopped)
    return Verdict(
        sentence=sentence,
        tone=tone,
        ended=world.runs[VICTIM].state,
        attacker_holds=holds,
        attacker_reads_data=reads,
        attack_succeeded=succeeded,
        stopped_by=stopped.id if stopped else None,
        stopped_by_title=stopped.title if stopped else None,
        stopped_at_step=stopped.step if stopped else None,
        error=stopped.error if stopped else None,
        accounts=_accounts(world),
    )


def _of_a_login(world: World, stopped: AnyCheck | None) -> Told:
    state = world.runs[VICTIM].state
    said = _UNDER_WAY.get(state, f"The login stands here: {state.phrase}.")
    if stopped is not None and state not in _GOOD:
        return f"{said} It was {_where(stopped)}.", "bad"
    return said, "good" if state in _GOOD else "neutral"


def _of_an_attack(world: World, holds: tuple[str, ...], reads: bool, stopped: AnyCheck | None) -> Told:
    if reads:
        return "The attacker reads the user's data.", "bad"
    if gained := [kind for kind in _TOKENS if kind in holds]:
        return f"The attacker holds the {' and the '.join(gained)} of this login.", "bad"
    if stopped is not None:
        has = "It has the code, and gets nothing for it: it was" if "code" in holds else "The attacker was"
        return f"{has} {_where(stopped)}.", "good"
    if not any(event.by_attacker for event in world.log):
        return "The attacker has not struck yet.", "neutral"
    return "The attack is under way.", "neutral"


def _where(check: AnyCheck) -> str:
    error = f", error {check.error}" if check.error else ""
    return f"stopped at step {step_name(check.step)} by “{check.title}”{error}"


def _stop(events: list[Event]) -> AnyCheck | None:
    """The check that ended these events last; one that was put right later has ended nothing."""
    for event in reversed(events):
        for result in event.checks:
            if result.decides and event.outcome not in _AGAIN:
                return result.check
        if any(result.passed for result in event.checks):
            return None
    return None


def _accounts(world: World) -> dict[str, str]:
    """Whose account the ID token of this login speaks of."""
    made = [one.value for event in world.log if not event.by_attacker for one in event.made if one.kind == "id_token"]
    token = signed_tokens.read(made[0]) if made else None
    return {VICTIM: str(token.claims.get("sub"))} if token else {}
