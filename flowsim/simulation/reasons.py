"""What came of it all, in one sentence: who has what now, and why it worked or what stopped it.

Every word is chosen by what is in the log and in the actors' memories. Where an attack worked, the reason is what the
attacker made use of: a check that was off, a request it wrote itself, an address it had claimed. The verdict (verdict.py)
says the same in numbers and names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from flowsim.attacks.base import has_done
from flowsim.attacks.toolkit import OWN_CHALLENGE
from flowsim.engine.honest_moves import honest_move, in_frame
from flowsim.model.check import AnyCheck
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, step_name
from flowsim.model.transitions import is_terminal
from flowsim.model.world import (
    ATTACKER_CALL,
    ATTACKER_INITIATED,
    ATTACKERS_CLIENT,
    MALLORY,
    OWN_LOGIN,
    VICTIM,
    Grant,
    Run,
    World,
)
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Message, Request, single

Tone = Literal["good", "bad", "neutral"]
Told = tuple[str, Tone]
PKCE_CHECKS = ("token.verifier_present", "token.verifier_fits")
REUSE = "refresh.not_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sentence is made of. `stopped` is the check that stopped whom it speaks of; `over`: nobody moves."""

    world: World
    holds: tuple[str, ...]
    reads: bool
    accounts: dict[str, str]
    stopped: AnyCheck | None
    kept_out: bool
    app_saw_password: bool
    over: bool

    @property
    def victim(self) -> str:
        return f"user-{self.world.people[VICTIM].username}"

    @property
    def where(self) -> str:
        """The step and the check that stopped it; empty where none did."""
        if self.stopped is None:
            return ""
        return f"stopped at step {step_name(self.stopped.step)} by “{self.stopped.title}”"

    @property
    def error(self) -> str:
        """The error that went with it, as the end of a sentence."""
        code = self.stopped.error if self.stopped else None
        return f", error {code}" if code else ""


def of_an_attack(facts: Facts) -> Told:
    """What came of the attack, or how it stands."""
    told = _what_it_got(facts) or _what_stopped_it(facts)
    if told is not None:
        return told
    world = facts.world
    if not any(event.by_attacker for event in world.log):
        if is_terminal(Role.LOGIN, world.runs[VICTIM].state) or facts.over:
            return "The attacker found no chance to strike.", "good"
        return "The attacker has not struck yet.", "neutral"
    if not facts.over:
        return "The attack is under way.", "neutral"
    if (
        ATTACKER_INITIATED in world.runs
        and in_frame(world, world.runs[ATTACKER_INITIATED])
        and honest_move(world) is None
    ):
        return "Nobody types a password into a form that cannot be seen, so nothing came of the hidden frame.", "good"
    return "Nothing came of the attack: it did not get as far as anything it could use.", "good"


def thiefs(world: World, role: Role | None = None) -> list[Run]:
    """The attacker's own runs, of this role where one is named."""
    return [run for run in world.runs.values() if run.owner == ATTACKER and role in (None, run.role)]


# ---- The attack worked


def _what_it_got(facts: Facts) -> Told | None:
    """What the attacker has got, and why; None where it has not got what it wanted."""
    world = facts.world
    if "password" in facts.holds:
        return f"The attacker has the user's password. {_how_the_password_came(world)}", "bad"
    if facts.accounts.get(MALLORY) == facts.victim:
        injected = has_done(world, Act.INJECT_CODE)
        why = "took the stolen code for its own" if injected else "went by the state, and not by the browser"
        return f"The attacker is logged in to the app as the victim: the app {why}.", "bad"
    if facts.accounts.get(VICTIM, facts.victim) != facts.victim:
        return "The victim is logged in to the app with the attacker's account, and does not know it.", "bad"
    if facts.reads and thiefs(world, Role.REFRESH):
        return _after_a_refresh(facts), "bad"
    if facts.reads and thiefs(world, Role.CALL):
        return _after_a_call(world), "bad"
    if facts.reads:
        return f"The thief reads the user's data. {_why_it_worked(world)}", "bad"
    if facts.kept_out and world.runs[VICTIM].state is State.DONE:
        return "The user is logged out: a stranger sent the used code, and the server revoked the app's tokens.", "bad"
    if facts.kept_out:
        return (
            "The user is kept out: after the thief's try the server refuses the code of the honest app as well.",
            "bad",
        )
    return None


def _how_the_password_came(world: World) -> str:
    if has_done(world, Act.READ_WEB_VIEW):
        return "The app showed the login page itself, and read it there."
    whose = "to the attacker's app" if has_done(world, Act.GET_RESPONSE) else "with the redirect, and that has leaked"
    return f"The server answered the login form with a 307, so the browser sent the form on {whose}."


def _why_it_worked(world: World) -> str:
    """What the thief made use of, read off its own requests, its acts, and the code that it redeemed."""
    off = _check_that_was_off(world)
    if off is not None:
        return f"A check was off that would have stopped it: “{off.title}”."
    grant = _redeemed(world)
    asked = grant.request if grant else None
    if asked is None:
        return "The server gave tokens for a code it never issued."
    if has_done(world, Act.FRAME_REQUEST):
        return "The user pressed “allow” and did not see it, for the server lets its page be shown in a hidden frame."
    if asked.client_id == ATTACKERS_CLIENT:
        return "The user allowed it: to the server this is an app like any other, and every step was right."
    if has_done(world, Act.GET_TOKEN_REQUEST):
        brought = "the code and its verifier" if asked.code_challenge else "the code"
        return f"The app brought {brought} to the attacker's server, and took it for the right one."
    own = " The challenge in the request was the attacker's own." if asked.code_challenge == OWN_CHALLENGE else ""
    if has_done(world, Act.GET_RESPONSE) and asked.redirect_uri != world.scenario.profile.redirect_uri:
        return f"The server sent the code to an address that only begins like the app's.{own}"
    if has_done(world, Act.INSTALL_APP):
        return f"The attacker's app had claimed the app's address, and the server approved without asking.{own}"
    if own and has_done(world, Act.OPEN_WINDOW) and _unasked(world):
        return "The script began a login of its own with its own challenge, and the server asked nobody."
    if own:
        return "The attacker wrote the request, so the challenge was its own, and so was the verifier."
    if asked.code_challenge is None:
        return _without_a_challenge(world)
    if asked.code_challenge_method == "plain":
        return "With plain, the challenge is the verifier, and the thief had seen the request."
    tried = "hashed one after the other until the challenge came out"
    how = tried if "code_challenge" in world.attacker.loot else "tried them at the server"
    return f"The verifier was a time of day, so the thief {how}."


def _unasked(world: World) -> bool:
    """True where the server has let the attacker's login of the victim pass in silence."""
    return any(event.run == ATTACKER_INITIATED and event.outcome is Outcome.SILENT for event in world.log)


def _without_a_challenge(world: World) -> str:
    if has_done(world, Act.STRIP_CHALLENGE):
        return "The challenge was taken out of the victim's request, and the server did not insist on one."
    if "client_secret" in world.attacker.loot:
        return "The app's secret was in the app, and nothing tied the code to the app that asked for it."
    return "Nothing tied the code to the app that asked for it, so the code alone was enough."


def _check_that_was_off(world: World) -> AnyCheck | None:
    """The first check that the thief's accepted request did not pass, and that was switched off."""
    for event in world.log:
        if event.act is Act.STEP_8 and event.outcome is Outcome.OK and world.runs[event.run].owner == ATTACKER:
            return next((one.check for one in event.checks if one.passed is False and not one.on), None)
    return None


def _redeemed(world: World) -> Grant | None:
    """The code that the thief has redeemed, as the server remembers it."""
    for run in thiefs(world, Role.THEFT):
        server = world.servers[run.server]
        for form in _forms(world, run):
            grant = server.grants.get(single(form, "code") or "")
            if grant is not None and grant.used:
                return grant
    return None


def _forms(world: World, run: Run) -> Iterator[tuple[tuple[str, str], ...]]:
    for event in world.log:
        for sent in event.messages:
            if event.run == run.name and isinstance(sent.message, Request):
                yield sent.message.form


def _after_a_refresh(facts: Facts) -> str:
    """What a refresh token gave the thief, and who noticed."""
    world = facts.world
    if not has_done(world, Act.READ_STORAGE):
        second = world.runs[VICTIM].state is State.DONE
        rest = "and so does the app: the code worked twice" if second else "and the app's own login has failed"
        return f"The thief was first with the code. Later it still reads the user's data, {rest}."
    if not _noticed(world):
        return f"The thief reads the user's data with the stolen refresh token, and nobody has noticed. {_unnoticed(world)}"
    tries, late = thiefs(world, Role.REFRESH), world.runs.get(f"{ATTACKER_CALL} 2")
    still = late is not None and late.state is State.DONE and tries[-1].state is State.REFRESH_FAILED
    rest = " The thief's last access token still works until it expires." if still else ""
    return f"The thief reads the user's data, and then the theft is noticed. {_FAMILY_ENDED}{rest}"


_FAMILY_ENDED = "A refresh token came twice, so the server ended its whole family: the user has to log in again."


def _noticed(world: World) -> bool:
    return any(result.check.id == REUSE and result.decides for event in world.log for result in event.checks)


def _unnoticed(world: World) -> str:
    server = world.servers[world.runs[VICTIM].server]
    if not server.settings.rotation:
        return "Without rotation the same token is good for both, as often as they like."
    twice = any(record.rotated is not None for record in server.refresh_tokens.values())
    shared = [one.number for one in server.refresh_tokens.values()]
    if twice and len(shared) > len(set(shared)):
        return "Within the overlap a token may come twice."
    return "No token has come twice, because only one of the two goes on refreshing."


def _after_a_call(world: World) -> str:
    """What let the access token through that the thief has shown."""
    call = next(run for run in thiefs(world, Role.CALL) if run.state is State.DONE)
    sent = next(sent.message for event in world.log if event.run == call.name for sent in event.messages)
    if forged := _forged(world, sent):
        return f"The attacker reads the user's data with a token it has written itself. {forged}"
    if call.api != world.runs[VICTIM].api:
        why = "The token was made for another API, and this one did not look."
    elif isinstance(sent, Request) and sent.header("dpop"):
        why = "Its proof was stolen with it, and the API let the same proof pass twice."
    else:
        why = "It is a bearer token: until it expires, whoever has it may use it."
    return f"The thief reads the user's data with the stolen access token. {why}"


def _forged(world: World, sent: Message) -> str:
    """What let a token of the attacker's own through; empty where the token is genuine."""
    text = (sent.header("authorization") or "").partition(" ")[2] if isinstance(sent, Request) else ""
    token = signed_tokens.read(text)
    if token is None or "access_token" in world.attacker.loot:
        return ""
    if token.header.get("alg") == "none":
        return "Its header says that there is no signature, and the API believed that."
    return "It is signed with the public key, and the API took that key for a secret."


# ---- The attack did not work


def _what_stopped_it(facts: Facts) -> Told | None:
    """What stood in the attacker's way; None where nothing did, or where it is not yet at its end."""
    world, holds = facts.world, facts.holds
    if thiefs(world, Role.REFRESH):
        return _no_refresh(facts)
    if world.attacker.aim == "password":
        return _no_password(facts)
    if facts.stopped is None:
        return None
    if world.attacker.aim == "denial":
        if world.runs[VICTIM].state is not State.DONE or not facts.over:
            return None
        return f"The attack failed: {facts.where}. The honest app has the user's data, and keeps it.", "good"
    if OWN_LOGIN in world.runs:
        return f"The attack failed: {facts.where}{facts.error}.", "good"
    if thiefs(world, Role.CALL):
        if "access_token" not in world.attacker.loot:
            return f"The attacker gets no data for the token it has written: {facts.where}.", "good"
        return f"The thief has the access token and gets no data for it: {facts.where}.", "good"
    if "code" not in holds:
        return f"The attack failed: {facts.where}{facts.error}.", "good"
    held = "PKCE held." if facts.stopped.id in PKCE_CHECKS else "The theft failed."
    token = "but no token" if "access_token" not in holds else "and a token that was refused"
    return f"{held} The thief has the code {token}: {facts.where}{facts.error}.", "good"


def _no_refresh(facts: Facts) -> Told | None:
    """The thief has used a refresh token, and does not read any data."""
    world = facts.world
    got = any(run.state is State.TOKENS_HELD for run in thiefs(world, Role.REFRESH))
    if got and facts.stopped is None:
        return None
    if got:
        return f"The thief gets new tokens with the refresh token, and no data for them: {facts.where}.", "good"
    if not has_done(world, Act.READ_STORAGE):
        return f"The thief was first with the code, and what it got is worth nothing any more: {facts.where}.", "good"
    why = f": {facts.where}" if facts.stopped else ""
    family = f" {_FAMILY_ENDED}" if _noticed(world) else ""
    return f"The thief has the refresh token and gets no token for it{why}.{family}", "good"


def _no_password(facts: Facts) -> Told | None:
    """The attacker wanted the password, and has none."""
    world = facts.world
    if "username" in world.attacker.loot:
        return (
            "The attacker has what the user typed. It was good for this one login, and there is no password in it.",
            "good",
        )
    if "code" in facts.holds:
        status = world.servers[world.runs[VICTIM].server].settings.redirect_status
        rest = "sent no form on" if status != 307 else "sent on a form with no password in it"
        return f"The attacker's app got its code and no password: after a {status} the browser {rest}.", "good"
    if facts.stopped is not None:
        return f"The attack failed: {facts.where}{facts.error}.", "good"
    if facts.over and not world.scenario.web_view and world.runs[VICTIM].state is State.DONE:
        return "The browser showed the login page, so the app could not read what was typed there.", "good"
    return None


# ---- There is no attack


def of_a_login(facts: Facts) -> Told:
    """What came of the user's login and of what followed it, or how it stands."""
    run, stopped = facts.world.runs[VICTIM], facts.stopped
    if run.state is State.DONE:
        later = f" {_later(facts)}" if len(facts.world.runs) > 1 else ""
        tone: Tone = "neutral" if stopped is not None or facts.app_saw_password else "good"
        seen = "and the password as well" if facts.app_saw_password else "and never saw the password"
        return f"The login worked: the app has the user's data {seen}.{later}".strip(), tone
    if run.state is State.AUTHORIZATION_FAILED and stopped is not None and stopped.error == "access_denied":
        return "The user said no, and the app was told so: access_denied. No code was issued.", "neutral"
    if run.state is State.AUTHORIZATION_FAILED and stopped is None:
        return "An action of the server denied the login, and the app was told so: access_denied.", "neutral"
    if stopped is not None:
        where = f"ended at step {step_name(stopped.step)}: “{stopped.title}” did not hold"
        return f"The login {where}{facts.error}.", "neutral"
    return f"The login is under way: {run.state.phrase}.", "neutral"


def _later(facts: Facts) -> str:
    """What came later: how often the app got new tokens, and the last thing that was refused."""
    runs, stopped = facts.world.runs.values(), facts.stopped
    times = sum(run.role is Role.REFRESH and run.state is State.TOKENS_HELD for run in runs)
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    refreshed = f"Later the app got new tokens {often}." if times else ""
    refused = f"Step {step_name(stopped.step)} was refused: “{stopped.title}” did not hold." if stopped else ""
    return " ".join(text for text in (refreshed, refused) if text)
