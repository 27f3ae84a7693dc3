"""What came of it all, in one sentence: who has what now, and why it worked or what stopped it.

Every word is chosen by what is in the log and in the actors' memories. Where an attack worked, the reason is what the
attacker made use of. What is particular to an attack stands beside it (`Attacker.reason`), and is found by what has
happened, whoever did it; what is left stands here. The verdict (verdict.py) says the same in numbers and names.
"""

from dataclasses import dataclass
from typing import Literal

from flowsim.attacks import ATTACKERS, Attacker
from flowsim.attacks.toolkit import FAMILY_ENDED, attacker_runs, family_ended, has_done, redeemed
from flowsim.engine.honest_moves import honest_move, in_frame
from flowsim.model.check import AnyCheck
from flowsim.model.refusal import Hidden, NotSent
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, step_name
from flowsim.model.transitions import is_terminal
from flowsim.model.world import ATTACKER_INITIATED, ATTACKER_USER, OWN_LOGIN, VICTIM, World
from flowsim.protocol.messages import Request, single

Tone = Literal["good", "bad", "neutral"]
Told = tuple[str, Tone]
PKCE_CHECKS = ("token.verifier_present", "token.verifier_fits")
OWN_TOKEN = "a token it has written itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sentence is made of. `stopped` is the check that stopped whom it speaks of; `over`: nobody moves.

    `attacker` is known where it is playing; of a trace that was read back there is its name in the settings.
    """

    world: World
    attacker: Attacker | None
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


# ---- The attack worked


def _what_it_got(facts: Facts) -> Told | None:
    """What the attacker has got, and why; None where it has not got what it wanted."""
    world = facts.world
    if "password" in facts.holds:
        return f"The attacker has the user's password. {_its_reason(facts)}".rstrip(), "bad"
    if facts.accounts.get(ATTACKER_USER) == facts.victim:
        return f"The attacker is logged in to the app as the victim. {_its_reason(facts)}".rstrip(), "bad"
    if facts.accounts.get(VICTIM, facts.victim) != facts.victim:
        return "The victim is logged in to the app with the attacker's account, and does not know it.", "bad"
    if facts.reads:
        return f"{_how_it_reads(world)}. {_why_it_reads(facts)}", "bad"
    if facts.kept_out and world.runs[VICTIM].state is State.DONE:
        return (
            "The user is logged out: the attacker sent the used code, and the server revoked the app's tokens.",
            "bad",
        )
    if facts.kept_out:
        return (
            "The user is kept out: after the attacker's try the server refuses the code of the honest app as well.",
            "bad",
        )
    return None


def _how_it_reads(world: World) -> str:
    """What the attacker reads the data with: a code, a refresh token, an access token, or one that it wrote itself."""
    if attacker_runs(world, Role.REFRESH):
        if not has_done(world, Act.READ_STORAGE):
            return "The attacker was first with the code, and still reads the user's data"
        if family_ended(world):
            return "The attacker reads the user's data, and then the theft is noticed"
        return "The attacker reads the user's data with the stolen refresh token, and nobody has noticed"
    if attacker_runs(world, Role.CALL):
        stolen = "access_token" in world.attacker.loot
        return f"The attacker reads the user's data with {'the stolen access token' if stolen else OWN_TOKEN}"
    return "The attacker reads the user's data"


def _why_it_reads(facts: Facts) -> str:
    """What the attacker made use of: a check that was off, what is particular to its attack, or what nobody asked for."""
    world = facts.world
    if off := _check_that_was_off(world):
        return f"A check was off that would have stopped it: “{off.title}”."
    if why := _its_reason(facts):
        return why
    done = redeemed(world)
    if done is None:
        return "The server gave tokens for a code it never issued."
    if done.asked.code_challenge is None:
        return "Nothing tied the code to the app that asked for it, so the code alone was enough."
    if done.own_challenge:
        return "The attacker wrote the request, so the challenge was its own, and so was the verifier."
    return "It had the code, and a verifier that fits the challenge."


def _its_reason(facts: Facts) -> str:
    """What the attack itself says of why it worked, or another attack that finds its own way in what has happened."""
    own = facts.attacker or ATTACKERS.get(facts.world.scenario.attacker or "")
    attackers = (own, *ATTACKERS.values()) if own else ATTACKERS.values()
    return next((why for one in attackers if (why := one.reason(facts.world))), "")


def _check_that_was_off(world: World) -> AnyCheck | None:
    """The first check that a code of the attacker's did not pass, and that was switched off."""
    if attacker_runs(world, Role.REFRESH) or attacker_runs(world, Role.CALL):
        return None
    for event in world.log:
        if event.act is Act.STEP_8 and event.outcome is Outcome.OK and world.runs[event.run].owner == ATTACKER:
            return next((one.check for one in event.checks if one.passed is False and not one.on), None)
    return None


# ---- The attack did not work


def _what_stopped_it(facts: Facts) -> Told | None:
    """What stood in the attacker's way; None where nothing did, or where it is not yet at its end."""
    world, holds = facts.world, facts.holds
    if attacker_runs(world, Role.REFRESH):
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
    if attacker_runs(world, Role.CALL):
        if "access_token" not in world.attacker.loot:
            return f"The attacker gets no data for the token it has written: {facts.where}.", "good"
        return f"The attacker has the access token and gets no data for it: {facts.where}.", "good"
    if "code" not in holds:
        return f"The attack failed: {facts.where}{facts.error}.", "good"
    held = "PKCE held." if facts.stopped.id in PKCE_CHECKS else "The theft failed."
    token = "but no token" if "access_token" not in holds else "and a token that was refused"
    return f"{held} The attacker has the code {token}: {facts.where}{facts.error}.", "good"


def _no_refresh(facts: Facts) -> Told | None:
    """The attacker has used a refresh token, and does not read any data."""
    world = facts.world
    got = any(run.state is State.TOKENS_HELD for run in attacker_runs(world, Role.REFRESH))
    if got and facts.stopped is None:
        return None
    if got:
        return f"The attacker gets new tokens with the refresh token, and no data for them: {facts.where}.", "good"
    if not has_done(world, Act.READ_STORAGE):
        return (
            f"The attacker was first with the code, and what it got is worth nothing any more: {facts.where}.",
            "good",
        )
    why = f": {facts.where}" if facts.stopped else ""
    family = f" {FAMILY_ENDED}" if family_ended(world) else ""
    return f"The attacker has the refresh token and gets no token for it{why}.{family}", "good"


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
        shown = facts.world.scenario.web_view and _typed_password(facts.world)
        tone: Tone = "neutral" if stopped is not None or facts.app_saw_password or shown else "good"
        seen = "and never saw the password"
        if facts.app_saw_password:
            seen = "and the password as well"
        elif shown:
            seen = "and could read the password, which was typed into its own window"
        return f"The login worked: the app has the user's data {seen}.{later}".strip(), tone
    if run.state is State.AUTHORIZATION_FAILED and stopped is not None and stopped.error == "access_denied":
        return "The user said no, and the app was told so: access_denied. No code was issued.", "neutral"
    if run.state is State.AUTHORIZATION_FAILED and stopped is None:
        return "An action of the server denied the login, and the app was told so: access_denied.", "neutral"
    if stopped is not None and isinstance(stopped.on_failure, NotSent | Hidden):
        return f"The login ended at step {step_name(stopped.step)}: {_by_the_browser(facts.world, stopped)}", "neutral"
    if stopped is not None:
        where = f"ended at step {step_name(stopped.step)}: “{stopped.title}” did not hold"
        return f"The login {where}{facts.error}.", "neutral"
    return f"The login is under way: {run.state.phrase}.", "neutral"


def _by_the_browser(world: World, stopped: AnyCheck) -> str:
    """What the browser has done to the page's request or to the answer, and whether the server had issued tokens."""
    did = (
        "hid the answer from the page" if isinstance(stopped.on_failure, Hidden) else "did not send the page's request"
    )
    issued = any(event.run == VICTIM and event.after is State.CODE_ACCEPTED for event in world.log)
    held = world.clients[world.runs[VICTIM].client].tokens
    lost = " The server had issued tokens, and the app has none." if issued and not held else ""
    return f"the browser {did}, for it does not hold that “{stopped.title}”.{lost}"


def _typed_password(world: World) -> bool:
    """True where the user has sent a login form with the password in it."""
    sent = (one.message for event in world.log if event.run == VICTIM for one in event.messages)
    return any(isinstance(one, Request) and single(one.form, "password") is not None for one in sent)


def _later(facts: Facts) -> str:
    """What came later: how often the app got new tokens, and the last thing that was refused."""
    runs, stopped = facts.world.runs.values(), facts.stopped
    times = sum(run.role is Role.REFRESH and run.state is State.TOKENS_HELD for run in runs)
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    refreshed = f"Later the app got new tokens {often}." if times else ""
    refused = f"Step {step_name(stopped.step)} was refused: “{stopped.title}” did not hold." if stopped else ""
    if stopped and isinstance(stopped.on_failure, NotSent | Hidden):
        refused = f"At step {step_name(stopped.step)} {_by_the_browser(facts.world, stopped)}"
    return " ".join(text for text in (refreshed, refused) if text)
