"""What came of a live login, as far as its messages tell. Nothing is said of what only the client can know."""

from collections.abc import Iterator

from flowsim.engine.initial_world import ATTACKERS_ACCOUNT
from flowsim.model.check import AnyCheck
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, step_name
from flowsim.model.world import ATTACKER_RUN, ATTACKER_USER, OWN_LOGIN, PLANTED, VICTIM, Event, World
from flowsim.protocol import signed_tokens
from flowsim.simulation.ledger import Ledger
from flowsim.simulation.reasons import Told
from flowsim.simulation.verdict import Verdict

_TOKENS = ("access_token", "refresh_token")
_AGAIN = (Outcome.WRONG_CREDENTIALS, Outcome.AGAIN)
_UNDER_WAY = {
    State.START: "The server has not registered the app, and no login has begun.",
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
_ATTACKERS = f"user-{ATTACKERS_ACCOUNT.username}"


def live_verdict(world: World, ledger: Ledger, out_of_reach: str = "") -> Verdict:
    """The verdict on a live login up to this world; `out_of_reach` says why an attacker that was loose is not in it."""
    attacked = ATTACKER_RUN in world.runs
    holds = ledger.holds(ATTACKER)
    reads = "data" in holds
    accounts = _accounts(world)
    stopped = _stop(list(_of_the_attack(world)) if attacked else list(world.log))
    succeeded = reads or _works(world, holds) or _is_planted(world, accounts) or ATTACKER_USER in accounts
    if succeeded:
        stopped = None
    if attacked:
        sentence, tone = _of_an_attack(world, holds, reads, accounts, stopped)
    else:
        sentence, tone = _of_a_login(world, stopped)
    return Verdict(
        sentence=f"{sentence} {out_of_reach}".rstrip(),
        tone=tone,
        ended=world.runs[VICTIM].state,
        attacker_holds=holds,
        attacker_reads_data=reads,
        attack_succeeded=succeeded,
        stopped_by=stopped.id if stopped else None,
        stopped_by_title=stopped.title if stopped else None,
        stopped_at_step=stopped.step if stopped else None,
        error=stopped.error if stopped else None,
        accounts=accounts,
    )


def _of_a_login(world: World, stopped: AnyCheck | None) -> Told:
    state = world.runs[VICTIM].state
    said = _UNDER_WAY.get(state, f"The login stands here: {state.phrase}.")
    if stopped is not None and state not in _GOOD:
        return f"{said} It was {_where(stopped)}.", "bad"
    return said, "good" if state in _GOOD else "neutral"


# ---- Of an attack


def _of_an_attack(
    world: World, holds: tuple[str, ...], reads: bool, accounts: dict[str, str], stopped: AnyCheck | None
) -> Told:
    spoilt = _spoilt(world)
    if reads:
        return f"The attacker reads the user's data.{spoilt}", "bad"
    if _works(world, holds):
        gained = [kind for kind in _TOKENS if kind in holds]
        return f"The attacker holds the {' and the '.join(gained)} of this login.{spoilt}", "bad"
    if _is_planted(world, accounts):
        return _of_the_planted(world), "bad"
    if ATTACKER_USER in accounts:
        return f"{_of_the_injected(world)}{spoilt}", "bad"
    if stopped is not None:
        has = "The attacker has the code, and gets nothing for it: it was" if "code" in holds else "The attacker was"
        return f"{has} {_where(stopped)}.{spoilt}", "good"
    if PLANTED in world.runs:
        said = "The attacker's redirect has gone to the app, and the app has not sent the code in it"
        return (
            f"{said}: either it is not there, or it has noticed. Which of the two, the wire does not show.",
            "neutral",
        )
    if not any(event.by_attacker for event in world.log):
        return f"The attacker has not struck yet. {_of_a_login(world, None)[0]}", "neutral"
    return f"The attack is under way.{spoilt}", "neutral"


def _is_planted(world: World, accounts: dict[str, str]) -> bool:
    """True where the app has tokens of the attacker's account, for a code that was planted."""
    return PLANTED in world.runs and accounts.get(VICTIM) == _ATTACKERS


def _of_the_planted(world: World) -> str:
    said = "The app has redeemed the attacker's code, and got tokens of the attacker's account"
    run = world.runs[PLANTED]
    later = any(one.run != PLANTED and one.act is Act.STEP_10 and not one.by_attacker for one in world.log)
    asked = any(one.run == PLANTED and one.act in (Act.STEP_10, Act.EXCHANGE) for one in world.log)
    if run.state is State.DONE or later or asked:
        return f"{said}. It uses them: the user is in the attacker's account."
    return f"{said}. Whether it uses them, the wire does not show; if it does, the user is in the attacker's account."


def _of_the_injected(world: World) -> str:
    said = "The app has redeemed the stolen code in the attacker's own login, and got the user's tokens there"
    if world.runs[OWN_LOGIN].state is State.DONE:
        return f"{said}. It uses them: the attacker is in the user's account."
    return f"{said}. Whether it uses them, the wire does not show; if it does, the attacker is in the user's account."


def _works(world: World, holds: tuple[str, ...]) -> bool:
    """True where the attacker holds a token of this login that the server has not ended, or that was good for something."""
    if not any(kind in holds for kind in _TOKENS):
        return False
    ours = [run for run in world.runs.values() if run.owner == ATTACKER]
    return any(run.state in (State.TOKENS_HELD, State.API_ASKED, State.DONE) for run in ours)


def _spoilt(world: World) -> str:
    """What has come to nothing for the user because of the attacker, in a sentence with a space before it."""
    if not any(event.by_attacker for event in world.log):
        return ""
    state = world.runs[VICTIM].state
    if state is State.CODE_TAKEN:
        return " The app has not got its redirect, so the user is not logged in."
    if state is State.TOKEN_REQUEST_FAILED and any(one.act is Act.SEND_CODE for one in world.log):
        return " The server has refused the app's own request for tokens, so the user is not logged in."
    if PLANTED in world.runs and world.runs[PLANTED].state is State.TOKEN_REQUEST_FAILED:
        return " The app has got no tokens, so the user is not logged in."
    failed = [run for run in world.runs.values() if run.owner == VICTIM and run.state is State.REFRESH_FAILED]
    if failed and any(run.role is Role.REFRESH and run.owner == ATTACKER for run in world.runs.values()):
        return " The server has refused the app's own refresh_token: the user has to log in again."
    if _ended(world):
        return " The server has revoked the tokens of the app: the user has to log in again."
    return ""


def _ended(world: World) -> bool:
    """True where the attacker's request is what ended the tokens of the app: they were good before it."""
    server = world.servers[world.runs[VICTIM].server]
    refresh = any(one.revoked for one in server.refresh_tokens.values())
    revoked = refresh or any(one.revoked for one in server.access_tokens.values())
    asked = any(run.role is Role.LOGOUT for run in world.runs.values())
    return revoked and not asked


def _where(check: AnyCheck) -> str:
    error = f", error {check.error}" if check.error else ""
    return f"stopped at step {step_name(check.step)} by “{check.title}”{error}"


def _of_the_attack(world: World) -> Iterator[Event]:
    """What the attacker has done, and what came of what it had brought into the user's login."""
    changed = any(event.act is Act.STRIP_CHALLENGE for event in world.log)
    for event in world.log:
        brought = event.run == PLANTED or (changed and event.run == VICTIM and event.act is Act.STEP_3)
        if event.by_attacker or brought:
            yield event


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
    """Whose account the tokens speak of that the app has got in this login, for the user and for the attacker."""
    found = {}
    for event in world.log:
        run = world.runs[event.run]
        tokens = [one.value for one in event.made if one.kind in ("id_token", "access_token")]
        if tokens and run.role is Role.LOGIN and (token := signed_tokens.read(tokens[-1])):
            found[run.owner] = str(token.claims.get("sub"))
    return found
