"""The verdict: what came of it all, computed from the log. No outcome is written down anywhere else.

It says what the attacker holds, whether it got the user's data, which check stopped whom, at which step and with which
error, and whose account each browser is in. And it says so in one sentence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from flowsim import tokens
from flowsim.attackers.luring import OWN_CHALLENGE
from flowsim.check import Check
from flowsim.honest import honest_move, in_frame
from flowsim.ledger import Ledger
from flowsim.machine import is_terminal
from flowsim.messages import Message, Request
from flowsim.steps import ATTACKER, CLIENT, step_name
from flowsim.words import Act, Outcome, Role, State
from flowsim.world import ATTACKER_RUN, ATTACKERS_CLIENT, LURED, MALLORY, OWN_LOGIN, PLANTED, VICTIM, Event, Run, World

Tone = Literal["good", "bad", "neutral"]
PKCE_CHECKS = ("token.verifier_present", "token.verifier_fits")
REUSE = "refresh.not_used"
_PROTOCOL_ERRORS = ("stop", "error page", "login again", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of it. `stopped_*` speak of the attacker where there is one, else of the user's own login."""

    sentence: str
    tone: Tone
    ended: str
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
        return values | {"attacker_holds": list(self.attacker_holds)}


def verdict(world: World, ledger: Ledger) -> Verdict:
    """The verdict on this world, given who knows what in it."""
    attacked = ATTACKER_RUN in world.runs
    stopped = _deciding(event for event in world.log if _is_subject(world, event.run, attacked))
    accounts = _accounts(world)
    victim = f"user-{world.people[VICTIM].username}"
    reads = any(run.state is State.DONE for run in _thiefs(world)) or accounts.get(MALLORY) == victim
    holds = ledger.holds(ATTACKER)
    seen = ledger.knows(CLIENT, "password")
    told = _attack_sentence(world, holds, reads, stopped) if attacked else _login_sentence(world, stopped, seen)
    sentence, tone = told
    error = stopped.error if stopped and stopped.error not in _PROTOCOL_ERRORS else None
    return Verdict(
        sentence=sentence,
        tone=tone,
        ended=_victims_login(world).state.value,
        attacker_holds=holds,
        attacker_reads_data=reads,
        attack_succeeded=(
            reads or accounts.get(VICTIM, victim) != victim or "password" in holds or _login_denied(world)
        ),
        stopped_by=stopped.id if stopped else None,
        stopped_by_title=stopped.title if stopped else None,
        stopped_at_step=stopped.step if stopped else None,
        error=error,
        accounts=accounts,
    )


def _victims_login(world: World) -> Run:
    """The login of the victim's: the one they were lured into, where they began none themselves."""
    own = world.runs[VICTIM]
    return world.runs.get(LURED, own) if own.state is State.START else own


def _login_denied(world: World) -> bool:
    """True where the attacker wanted to keep the user out, and the user's login has failed."""
    run = world.runs[VICTIM]
    return world.attacker.aim == "denial" and run.state in (State.TOKEN_REQUEST_FAILED, State.REDIRECT_REFUSED)


def _is_subject(world: World, run: str, attacked: bool) -> bool:
    """True for the runs the verdict speaks of: the attacker's where there is one, else the login and what came later.

    A login of the victim's is the attacker's where the attacker began it, or changed its request.
    """
    if attacked and any(event.run == run and event.act in (Act.MISDIRECT, Act.STRIP_CHALLENGE) for event in world.log):
        return True
    return (world.runs[run].owner in (ATTACKER, MALLORY) or run in (PLANTED, LURED)) is attacked


def _thiefs(world: World, role: Role | None = None) -> list[Run]:
    """The attacker's own runs, of this role where one is named."""
    return [run for run in world.runs.values() if run.owner == ATTACKER and role in (None, run.role)]


def _deciding(events: Iterable[Event]) -> Check[Any] | None:
    """The first check that ended a run; a wrong password that was put right later ended nothing."""
    for event in events:
        for result in event.checks:
            ended = event.outcome is not Outcome.WRONG_CREDENTIALS or event.after is State.LOGIN_FAILED
            if result.decides and ended:
                return result.check
    return None


def _attack_sentence(world: World, holds: tuple[str, ...], reads: bool, stopped: Check[Any] | None) -> tuple[str, Tone]:
    if _thiefs(world, Role.REFRESH):
        return _refresh_sentence(world, reads, stopped)
    if world.attacker.aim == "password" and (told := _password_sentence(world, holds)):
        return told
    if world.attacker.aim == "denial":
        return _denial_sentence(world, stopped)
    if OWN_LOGIN in world.runs:
        return _account_sentence(world, stopped)
    if _thiefs(world, Role.CALL):
        return _call_sentence(world, reads, stopped)
    if "refresh_token" in holds and not reads:
        return "The thief holds the refresh token and has not used it.", "neutral"
    if reads:
        return f"The thief reads the user's data. {_why_it_worked(world)}", "bad"
    if stopped is not None:
        if "code" not in holds:
            return _stopped_sentence(stopped)
        held = "PKCE held." if stopped.id in PKCE_CHECKS else "The theft failed."
        token = "but no token" if "access_token" not in holds else "and a token that was refused"
        error = f", error {stopped.error}" if stopped.error not in _PROTOCOL_ERRORS else ""
        return (
            f"{held} The thief has the code {token}: stopped at step {step_name(stopped.step)} "
            f"by “{stopped.title}”{error}.",
            "good",
        )
    if not any(event.by_attacker for event in world.log):
        if is_terminal(Role.LOGIN, world.runs[VICTIM].state):
            return "The attacker found no chance to strike.", "good"
        return "The attacker has not struck yet.", "neutral"
    if LURED in world.runs and in_frame(world, world.runs[LURED]) and honest_move(world) is None:
        return "Nobody types a password into a form that cannot be seen, so nothing came of the hidden frame.", "good"
    return "The attack is under way.", "neutral"


def _password_sentence(world: World, holds: tuple[str, ...]) -> tuple[str, Tone] | None:
    """What came of an attack on the password; None as long as the attacker has got nothing, or was stopped before."""
    read = any(event.act is Act.READ_WEB_VIEW for event in world.log)
    if "password" in holds:
        if read:
            return (
                "The attacker has the user's password. The app showed the login page itself, and read it there.",
                "bad",
            )
        return (
            "The attacker has the user's password. The server answered the login form with a 307, so the browser sent "
            "the form on to the attacker's app.",
            "bad",
        )
    if "username" in world.attacker.loot:
        return (
            "The attacker has what the user typed. It was good for this one login, and there is no password in it.",
            "good",
        )
    if "code" in holds:
        status = world.servers[world.runs[VICTIM].server].redirect_status
        rest = "sent no form on" if status != 307 else "sent on a form with no password in it"
        return f"The attacker's app got its code and no password: after a {status} the browser {rest}.", "good"
    return None


def _denial_sentence(world: World, stopped: Check[Any] | None) -> tuple[str, Tone]:
    """What came of an attack that wants nothing but to spoil the login."""
    if _login_denied(world):
        return (
            "The user is kept out: after the thief's try the server refuses the code of the honest app as well.",
            "bad",
        )
    if stopped is not None and world.runs[VICTIM].state is State.DONE:
        where = f"stopped at step {step_name(stopped.step)} by “{stopped.title}”"
        return f"The attack failed: {where}, and the honest app has redeemed the same code.", "good"
    return "The attack is under way.", "neutral"


def _refresh_sentence(world: World, reads: bool, stopped: Check[Any] | None) -> tuple[str, Tone]:
    """What came of a stolen refresh token: who got tokens for it, and who noticed."""
    tries = _thiefs(world, Role.REFRESH)
    got = sum(run.state is State.TOKENS_HELD for run in tries)
    noticed = any(result.check.id == REUSE and result.decides for event in world.log for result in event.checks)
    family = "A refresh token came twice, so the server ended its whole family: the user has to log in again."
    if not got and not _has_stolen(world) and stopped is not None:
        where = f"stopped at step {step_name(stopped.step)} by “{stopped.title}”"
        return f"The thief was first with the code, and what it got is worth nothing any more: {where}.", "good"
    if not got:
        why = f": stopped at step {step_name(stopped.step)} by “{stopped.title}”" if stopped else ""
        return (
            f"The thief has the refresh token and gets no token for it{why}.{f' {family}' if noticed else ''}",
            "good",
        )
    read = "reads the user's data" if reads else "gets new tokens"
    if not _has_stolen(world):
        second = world.runs[VICTIM].state is State.DONE
        rest = "and so does the app: the code worked twice" if second else "and the app's own login has failed"
        return f"The thief was first with the code. Later it still {read}, {rest}.", "bad"
    if not noticed:
        return f"The thief {read} with the stolen refresh token, and nobody has noticed. {_why_unnoticed(world)}", "bad"
    late = world.runs.get("attacker call 2")
    still = late is not None and late.state is State.DONE and tries[-1].state is State.REFRESH_FAILED
    rest = " The thief's last access token still works until it expires." if still else ""
    return f"The thief {read}, and then the theft is noticed. {family}{rest}", "bad"


def _has_stolen(world: World) -> bool:
    """True where the thief's refresh token was the app's; else it got one of its own, for a code."""
    return any(event.act is Act.READ_STORAGE for event in world.log)


def _account_sentence(world: World, stopped: Check[Any] | None) -> tuple[str, Tone]:
    """What came of an attack that mixes two logins: who is in whose account now."""
    accounts, victim = _accounts(world), f"user-{world.people[VICTIM].username}"
    if accounts.get(MALLORY) == victim:
        injected = any(event.act is Act.INJECT_CODE for event in world.log)
        why = "took the stolen code for its own" if injected else "went by the state, and not by the browser"
        return f"The attacker is logged in to the app as the victim: the app {why}.", "bad"
    if accounts.get(VICTIM, victim) != victim:
        return "The victim is logged in to the app with the attacker's account, and does not know it.", "bad"
    if stopped is not None:
        return _stopped_sentence(stopped)
    return "The attack is under way.", "neutral"


def _stopped_sentence(stopped: Check[Any]) -> tuple[str, Tone]:
    error = f", error {stopped.error}" if stopped.error not in _PROTOCOL_ERRORS else ""
    return f"The attack failed: stopped at step {step_name(stopped.step)} by “{stopped.title}”{error}.", "good"


def _call_sentence(world: World, reads: bool, stopped: Check[Any] | None) -> tuple[str, Tone]:
    """What came of a stolen access token."""
    if not reads:
        why = f": stopped at step {step_name(stopped.step)} by “{stopped.title}”" if stopped else ""
        if stopped is None:
            return "The attack is under way.", "neutral"
        if "access_token" not in world.attacker.loot:
            return f"The attacker gets no data for the token it has written{why}.", "good"
        return f"The thief has the access token and gets no data for it{why}.", "good"
    call = next(run for run in _thiefs(world, Role.CALL) if run.state is State.DONE)
    sent = next(sent.message for event in world.log if event.run == call.name for sent in event.messages)
    if forged := _forged_algorithm(world, sent):
        return f"The attacker reads the user's data with a token it has written itself. {forged}", "bad"
    if call.api != world.runs[VICTIM].api:
        why = "The token was made for another API, and this one did not look."
    elif isinstance(sent, Request) and sent.header("dpop"):
        why = "Its proof was stolen with it, and the API let the same proof pass twice."
    else:
        why = "It is a bearer token: until it expires, whoever has it may use it."
    return f"The thief reads the user's data with the stolen access token. {why}", "bad"


def _forged_algorithm(world: World, sent: Message) -> str:
    """What let a token of the attacker's own through; empty where the token is genuine."""
    text = (sent.header("authorization") or "").partition(" ")[2] if isinstance(sent, Request) else ""
    token = tokens.read(text)
    if token is None or "access_token" in world.attacker.loot:
        return ""
    if token.header.get("alg") == "none":
        return "Its header says that there is no signature, and the API believed that."
    return "It is signed with the public key, and the API took that key for a secret."


def _why_unnoticed(world: World) -> str:
    server = world.servers[world.runs[VICTIM].server]
    if not server.rotation:
        return "Without rotation the same token is good for both, as often as they like."
    twice = any(record.rotated is not None for record in server.refresh_tokens.values())
    shared = [one.number for one in server.refresh_tokens.values()]
    if twice and len(shared) > len(set(shared)):
        return "Within the overlap a token may come twice."
    return "No token has come twice, because only one of the two goes on refreshing."


def _why_it_worked(world: World) -> str:
    """The reason, read off the grant the thief redeemed and off what it knew."""
    grant = next((grant for server in world.servers.values() for grant in server.grants.values() if grant.used), None)
    if grant is None:
        return "The server gave tokens for a code it never issued."
    challenge, loot = grant.request.code_challenge, world.attacker.loot
    if any(event.act is Act.FRAME_REQUEST for event in world.log):
        return "The user pressed “allow” and did not see it, for the server lets its page be shown in a hidden frame."
    if grant.request.client_id == ATTACKERS_CLIENT:
        return "The user allowed it: to the server this is an app like any other, and every step was right."
    if challenge == OWN_CHALLENGE:
        return "The attacker wrote the request, so the challenge was its own, and so was the verifier."
    if challenge is not None and world.scenario.second_server:
        return "The app brought the code and its verifier to the attacker's server, and took it for the right one."
    if challenge is not None and world.scenario.verifier == "clock":
        return "The verifier was a time of day, so the thief tried them all until one gave the challenge."
    if challenge is not None and loot.get("code_challenge") == challenge:
        return "With plain, the challenge is the verifier, and the thief had seen the request."
    if challenge is not None:
        return "The server had a code_challenge and did not insist on the verifier."
    if "client_secret" in loot:
        return "The app's secret was in the app, and nothing tied the code to the app that asked for it."
    return "Nothing tied the code to the app that asked for it, so the code alone was enough."


def _login_sentence(world: World, stopped: Check[Any] | None, password_seen: bool) -> tuple[str, Tone]:
    run = world.runs[VICTIM]
    if run.state is State.DONE:
        later = f" {_later_sentence(world, stopped)}" if len(world.runs) > 1 else ""
        tone: Tone = "neutral" if stopped is not None or password_seen else "good"
        seen = "and the password as well" if password_seen else "and never saw the password"
        return f"The login worked: the app has the user's data {seen}.{later}".strip(), tone
    if run.state is State.AUTHORIZATION_FAILED and stopped is not None and stopped.error == "access_denied":
        return "The user said no, and the app was told so: access_denied. No code was issued.", "neutral"
    if run.state is State.AUTHORIZATION_FAILED and stopped is None:
        return "An action of the server denied the login, and the app was told so: access_denied.", "neutral"
    if stopped is not None:
        error = f", error {stopped.error}" if stopped.error not in _PROTOCOL_ERRORS else ""
        return f"The login ended at step {step_name(stopped.step)}: “{stopped.title}” did not hold{error}.", "neutral"
    return f"The login is under way: {run.state.value}.", "neutral"


def _later_sentence(world: World, stopped: Check[Any] | None) -> str:
    """What came later: how often the app got new tokens, and the last thing that was refused."""
    times = sum(run.role is Role.REFRESH and run.state is State.TOKENS_HELD for run in world.runs.values())
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    refreshed = f"Later the app got new tokens {often}." if times else ""
    refused = f"Step {step_name(stopped.step)} was refused: “{stopped.title}” did not hold." if stopped else ""
    return " ".join(text for text in (refreshed, refused) if text)


def _accounts(world: World) -> dict[str, str]:
    """Which account each browser is logged in to, as the ID tokens say that the app holds for it."""
    found = {}
    for run in world.runs.values():
        client = world.clients.get(run.client)
        held = client.tokens.get(run.who) if client else None
        token = tokens.read(held.id_token) if held and held.id_token else None
        if token is not None:
            found[run.owner] = str(token.claims.get("sub"))
    return found
