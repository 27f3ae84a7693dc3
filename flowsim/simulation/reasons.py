"""What came of it all, in one sentence: who has what now, and why it worked or what stopped it.

Every word is chosen by what is in the log and in the actors' memories. Where an attack worked, the reason is what the
attacker made use of. What is particular to an attack stands beside it (`Attacker.reason`), and is found by what has
happened, whoever did it; what is left stands here. The verdict (verdict.py) says the same in numbers and names.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from flowsim.attacks import ATTACKERS, Attacker
from flowsim.attacks.toolkit import (
    FAMILY_ENDED,
    attacker_runs,
    called,
    family_ended,
    has_done,
    redeemed,
    token_in,
    was_issued,
)
from flowsim.engine.honest_moves import honest_move, in_frame, is_step_up
from flowsim.model.check import AnyCheck
from flowsim.model.refusal import Hidden, NotSent
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, step_name
from flowsim.model.transitions import is_terminal
from flowsim.model.world import ATTACKER_INITIATED, ATTACKER_USER, OWN_LOGIN, VICTIM, Event, Run, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Message, Request, single
from flowsim.protocol.occurrences import readings_of, stands_in
from flowsim.simulation.accidents import accidents, lost_tokens
from flowsim.simulation.in_hand import InHand
from flowsim.simulation.several_logins import of_several, refused_later, waits_for_nobody

Tone = Literal["good", "bad", "neutral"]
Told = tuple[str, Tone]
# What an attacker's run comes to where it got through, and a login of the victim's where it brought the code.
_LED_ON = (State.TOKENS_HELD, State.DONE, State.CODE_TAKEN, State.CODE_IN_BROWSER)
_USED = ("code", "access_token", "refresh_token")
PKCE_CHECKS = ("token.verifier_present", "token.verifier_fits")
DEMANDED = "insufficient_user_authentication"
OWN_TOKEN = "a token it has written itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sentence is made of. `stopped` is the check that stopped whom it speaks of; `over`: nobody moves.

    `denied` names what of the user's has come to nothing because of the attacker, and `in_hand` is what it could still use.

    `attacker` is known where it is playing; of a trace that was read back there is its name in the settings.
    """

    world: World
    attacker: Attacker | None
    holds: tuple[str, ...]
    reads: bool
    accounts: dict[str, str]
    stopped: AnyCheck | None
    denied: tuple[str, ...]
    in_hand: InHand
    app_saw_password: bool
    over: bool

    @property
    def victim(self) -> str:
        return f"user-{self.world.people[VICTIM].username}"

    @property
    def stranger(self) -> str:
        return f"user-{self.world.people[ATTACKER_USER].username}"

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
    if told := _what_it_got(facts):
        return told
    if told := _what_stopped_it(facts):
        code = facts.over and facts.in_hand.code and "access_token" not in facts.holds
        return (f"{told[0]} It still holds a code that the server would take.", "neutral") if code else told
    world = facts.world
    if not any(event.by_attacker for event in world.log):
        if is_terminal(Role.LOGIN, world.runs[VICTIM].state) or facts.over:
            return f"{_own_end(world)}The attacker found no chance to strike.", "good"
        return "The attacker has not struck yet.", "neutral"
    if not facts.over:
        return "The attack is under way.", "neutral"
    if (
        ATTACKER_INITIATED in world.runs
        and in_frame(world, world.runs[ATTACKER_INITIATED])
        and honest_move(world) is None
    ):
        return "Nobody types a password into a form that cannot be seen, so nothing came of the hidden frame.", "good"
    if facts.in_hand.code:
        return "The attacker holds a code of the user's that it could still redeem, and it has not done so.", "neutral"
    if worthless := [kind for kind in facts.holds if kind in _USED]:
        return f"Nothing came of the attack: the attacker has the {_listed(worthless)}, and can use it no more.", "good"
    return "Nothing came of the attack: it did not get as far as anything it could use.", "good"


def _listed(kinds: list[str]) -> str:
    """These kinds of secret in words: `code and access token`."""
    words = [kind.replace("_", " ") for kind in kinds]
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _own_end(world: World) -> str:
    """What has ended the user's own login, where nobody has done anything to it; with a space behind it."""
    failed = (one.check for event in world.log if event.run == VICTIM for one in event.checks if one.decides)
    check = next(failed, None) if world.runs[VICTIM].state is not State.DONE else None
    return f"The login itself ended at step {step_name(check.step)}: “{check.title}” did not hold. " if check else ""


# ---- The attack worked


def _what_it_got(facts: Facts) -> Told | None:
    """What the attacker has got, and why; None where it has not got what it wanted."""
    world = facts.world
    if "password" in facts.holds:
        return f"{_the_password(facts)} {_its_reason(facts)}".rstrip(), "bad"
    if facts.accounts.get(ATTACKER_USER) == facts.victim:
        return f"The attacker is logged in to the app as the victim. {_why_it_is_in(facts)}".rstrip(), "bad"
    if facts.accounts.get(VICTIM) == facts.stranger:
        return "The victim is logged in to the app with the attacker's account, and does not know it.", "bad"
    if facts.reads:
        return f"{_how_it_reads(world)}. {_why_it_reads(facts)}", "bad"
    if world.browsers[VICTIM].ran:
        return f"A program of the attacker's has run on the user's machine. {_its_reason(facts)}".rstrip(), "bad"
    if world.obeyed:
        return f"A machine inside the network has done what the attacker wanted. {_its_reason(facts)}".rstrip(), "bad"
    if facts.denied:
        return _denied(facts), "bad"
    if facts.in_hand.tokens and facts.over:
        return f"{_what_it_can_do(facts.in_hand)} {_why_it_reads(facts)}", "bad"
    return None


def _the_password(facts: Facts) -> str:
    """That the attacker has the password, or had it before the user chose another."""
    now, changed = facts.world.people[VICTIM].password, has_done(facts.world, Act.CHANGE_PASSWORD)
    if changed and not any(stands_in(now, readings_of(message)) for message in _brought_to_the_attacker(facts.world)):
        return "The attacker has got the password that the user had; the user has changed it later."
    return "The attacker has the user's password."


def _brought_to_the_attacker(world: World) -> Iterator[Message]:
    return (sent.message for event in world.log for sent in event.messages if sent.receiver == ATTACKER)


def _denied(facts: Facts) -> str:
    """What has come to nothing, and what the attacker has done for it."""
    world = facts.world
    refused = [one.check.id for event in world.log if event.run in facts.denied for one in event.checks if one.decides]
    sent = any(event.act is Act.SEND_CODE for event in world.log)
    if VICTIM not in facts.denied:
        if family_ended(world):
            return f"The user is logged out. {FAMILY_ENDED}"
        if sent and "refresh.not_revoked" in refused:
            return "The user is logged out: the attacker sent the used code, and the server revoked the app's tokens."
        return "The user is logged out: without the attacker the app would have got what it asked for later."
    if world.runs[VICTIM].state is State.CODE_TAKEN:
        return "The user is kept out: the attacker has taken the code, and the app waits in vain."
    if sent and {"token.code_known", "token.code_unused"}.intersection(refused):
        return "The user is kept out: after the attacker's try the server refuses the code of the honest app as well."
    if world.runs[VICTIM].state is State.ERROR_PAGE and _displaced(world):
        return (
            "The user is kept out: at the server the login that the attacker began has taken the place of the user's."
        )
    return "The user is kept out: without the attacker this login would have worked."


def _displaced(world: World) -> bool:
    """True where the server had taken the user's own request before the browser brought it that of the attacker's login."""
    asked = [event.run for event in world.log if event.act is Act.STEP_3 and event.after is State.REQUESTED]
    return asked == [VICTIM, ATTACKER_INITIATED]


def _what_it_can_do(held: InHand) -> str:
    """What is still good for something in the attacker's hands."""
    if held.refresh:
        return "The attacker holds a refresh token of the user's that the server still takes: it can get new tokens for it."
    if held.api:
        return (
            "The attacker holds an access token of the user's that an API takes: it can read the data until it expires."
        )
    return "The attacker holds an access token of the user's. Userinfo takes it, and says there who the user is."


def _how_it_reads(world: World) -> str:
    """What the attacker reads the data with: a code, a refresh token, an access token, or one that it wrote itself."""
    if attacker_runs(world, Role.REFRESH):
        if not has_done(world, Act.READ_STORAGE):
            return "The attacker was first with the code, and still reads the user's data"
        if family_ended(world):
            return "The attacker reads the user's data, and then the theft is noticed"
        return "The attacker reads the user's data with the stolen refresh token, and nobody has noticed"
    if attacker_runs(world, Role.CALL):
        asked = called(world)
        stolen = was_issued(world, token_in(asked)) if asked else "access_token" in world.attacker.loot
        return f"The attacker reads the user's data with {'the stolen access token' if stolen else OWN_TOKEN}"
    return "The attacker reads the user's data"


def _why_it_is_in(facts: Facts) -> str:
    """Why the attacker is in the victim's account: what is particular to the attack, and a check that was off."""
    off = _check_that_was_off(facts.world)
    said = f"A check was off that would have stopped it: “{off.title}”." if off else ""
    return f"{_its_reason(facts)} {said}".strip()


def _why_it_reads(facts: Facts) -> str:
    """What the attacker made use of: a check that was off, what is particular to its attack, or what nobody asked for."""
    world = facts.world
    # Of a call of the API and of a refresh the attack itself says which look was not taken.
    later = attacker_runs(world, Role.REFRESH) or attacker_runs(world, Role.CALL)
    if later and (why := _its_reason(facts)):
        return why
    if off := _check_that_was_off(world):
        return f"A check was off that would have stopped it: “{off.title}”."
    if why := _its_reason(facts):
        return why
    done = redeemed(world)
    if done is None:
        return _where_the_token_is_from(world)
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


def _where_the_token_is_from(world: World) -> str:
    """How the attacker came by a token without redeeming a code."""
    if has_done(world, Act.READ_STORAGE):
        return "It was read in the app's storage."
    if has_done(world, Act.READ_API_REQUEST):
        return "It was read in a request to the API."
    shown = called(world)
    if shown is not None and signed_tokens.read(token_in(shown)) is not None:
        return "The API took what it was shown."
    return "The server gave tokens for a code it never issued."


def _check_that_was_off(world: World) -> AnyCheck | None:
    """The first check that the attack has not passed, and that was switched off: in a run that led the attacker on."""
    for event in world.log:
        run = world.runs[event.run]
        led_on = run.owner in (ATTACKER, ATTACKER_USER) or run.name == ATTACKER_INITIATED
        if led_on and run.state in _LED_ON and event.outcome in (Outcome.OK, Outcome.SILENT):
            found = next((one.check for one in event.checks if one.passed is False and not one.on), None)
            if found is not None:
                return found
    return None


# ---- The attack did not work


def _what_stopped_it(facts: Facts) -> Told | None:
    """What stood in the attacker's way; None where nothing did, or where it is not yet at its end."""
    world, holds = facts.world, facts.holds
    if facts.in_hand.tokens:
        return None
    if attacker_runs(world, Role.REFRESH):
        return _no_refresh(facts)
    if world.attacker.aim == "password":
        return _no_password(facts)
    if facts.stopped is None:
        return None
    if world.attacker.aim == "denial":
        if not facts.over:
            return None
        if world.runs[VICTIM].state is State.START:
            return f"The attack failed: {facts.where}{facts.error}.", "good"
        if world.runs[VICTIM].state is not State.DONE:
            return (
                f"The attack failed: {facts.where}. The user's login would have come to nothing without it as well.",
                "good",
            )
        return f"The attack failed: {facts.where}. The honest app has the user's data, and keeps it.", "good"
    if OWN_LOGIN in world.runs:
        return f"The attack failed: {facts.where}{facts.error}.", "good"
    if attacker_runs(world, Role.CALL):
        if "access_token" not in world.attacker.loot:
            return f"The attacker gets no data for the token it has written: {facts.where}.", "good"
        return f"The attacker has the access token and gets no data for it: {facts.where}.", "good"
    if "code" not in holds:
        return f"The attack failed: {facts.where}{facts.error}.", "good"
    shipped = ""
    if facts.stopped.id == "token.client_authenticated" and world.scenario.shipped_secret:
        shipped = (
            ""
            if has_done(world, Act.READ_APP)
            else " The secret is in the app's files, and this attacker has not looked."
        )
    held = "PKCE held." if facts.stopped.id in PKCE_CHECKS else "The theft failed."
    token = "but no token" if "access_token" not in holds else "and a token that was refused"
    return f"{held} The attacker has the code {token}: {facts.where}{facts.error}.{shipped}", "good"


def _no_refresh(facts: Facts) -> Told | None:
    """The attacker has used a refresh token, and does not read any data."""
    world = facts.world
    got = any(run.state is State.TOKENS_HELD for run in attacker_runs(world, Role.REFRESH))
    if got and facts.stopped is None:
        return None
    if got:
        return f"The attacker gets new tokens with the refresh token, and no data for them: {facts.where}.", "good"
    if "refresh_token" not in world.attacker.loot:
        return (f"The attack failed: {facts.where}{facts.error}.", "good") if facts.stopped else None
    why = f": {facts.where}" if facts.stopped else ""
    if not has_done(world, Act.READ_STORAGE):
        return (
            f"The attacker was first with the code, and what it got is worth nothing any more{why}.",
            "good",
        )
    family = f" {FAMILY_ENDED}" if family_ended(world) else ""
    return f"The attacker has the refresh token and gets no token for it{why}.{family}", "good"


def _no_password(facts: Facts) -> Told | None:
    """The attacker wanted the password, and has none."""
    world = facts.world
    if any(run.state is State.PAGE_LEFT for run in world.runs.values()):
        return "The user looked at the address of the copied page, and typed nothing there.", "good"
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
    """What came of the user's login and of what followed it, or how it stands; and what went wrong with nobody to blame."""
    sentence, tone = _of_a_login(facts)
    more, harmless = accidents(facts.world)
    forbidden = _forbidden_by_mcp(facts.world) if facts.over else ""
    said = " ".join(text for text in (sentence, more, forbidden) if text)
    return said, tone if harmless and not forbidden else "neutral"


def _forbidden_by_mcp(world: World) -> str:
    """What MCP forbids an app to ask like, where a code was redeemed for such a request all the same; empty for nothing."""
    if not world.scenario.speaks_mcp:
        return ""
    asked = [grant.request for grant in world.servers[users_login(world).server].grants.values() if grant.used]
    if any(one.code_challenge is None for one in asked):
        return (
            "MCP forbids it all the same: the request had no code_challenge, and every client of MCP has to use PKCE "
            "(MCP Security Considerations)."
        )
    if any(one.code_challenge_method != "S256" for one in asked):
        return (
            "MCP forbids it all the same: the code_challenge was made with plain, and a client of MCP that can do S256 has "
            "to use that (MCP Security Considerations)."
        )
    return ""


def _of_a_login(facts: Facts) -> Told:
    run, stopped = users_login(facts.world), facts.stopped
    if several := of_several(facts.world, over=facts.over):
        told, all_well = several
        refused = refused_later(facts.world)
        later = _later(replace(facts, stopped=refused))
        return f"{told} {later}".rstrip(), "good" if all_well and refused is None else "neutral"
    if run.state is State.SESSION_OVER:
        return "The login ended: the user logged out of the app before it had called the API.", "neutral"
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
    if run.state is State.TIMED_OUT:
        return f"The login ended: no answer came, and the app gave up.{lost_tokens(facts.world)}", "neutral"
    if stopped is not None and isinstance(stopped.on_failure, NotSent | Hidden):
        return f"The login ended at step {step_name(stopped.step)}: {_by_the_browser(facts.world, stopped)}", "neutral"
    if stopped is not None:
        where = f"ended at step {step_name(stopped.step)}: “{stopped.title}” did not hold"
        return f"The login {where}{facts.error}.", "neutral"
    if facts.over and waits_for_nobody(facts.world, run):
        return (
            "The login goes no further: the user has chosen the server that is the attacker's, and without an attacker "
            "nobody answers there.",
            "neutral",
        )
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


def users_login(world: World) -> Run:
    """The login that counts for the user: the second one where an API took no token of the first, or wanted more scope."""
    own = world.runs[VICTIM]
    again = [run for run in world.runs.values() if is_step_up(run)]
    unheard = own.state is State.API_UNAUTHORIZED or (world.scenario.speaks_mcp and own.state is State.API_FORBIDDEN)
    return again[0] if again and unheard else own


def demand_was_met(world: World, event: Event) -> bool:
    """True where an API demanded another login, and took the token of the one that followed (RFC 9470, RFC 6750)."""
    errors = (DEMANDED, "insufficient_scope") if world.scenario.speaks_mcp else (DEMANDED,)
    demanded = any(one.decides and one.check.error in errors for one in event.checks)
    return demanded and any(
        is_step_up(world.runs[one.run]) and one.index > event.index and one.after is State.DONE for one in world.log
    )


def _typed_password(world: World) -> bool:
    """True where the user has sent a login form with the password in it."""
    sent = (one.message for event in world.log if event.run == VICTIM for one in event.messages)
    return any(isinstance(one, Request) and single(one.form, "password") is not None for one in sent)


def _later(facts: Facts) -> str:
    """What came later: how often the app got new tokens, and the last thing that was refused."""
    runs, stopped = facts.world.runs.values(), facts.stopped
    times = sum(run.role is Role.REFRESH and run.state is State.TOKENS_HELD for run in runs)
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    met = any(demand_was_met(facts.world, event) for event in facts.world.log)
    demanded = "The API demanded another login, and took the token of that one." if met else ""
    refreshed = f"Later the app got new tokens {often}." if times else ""
    refused = f"Step {step_name(stopped.step)} was refused: “{stopped.title}” did not hold." if stopped else ""
    if stopped and isinstance(stopped.on_failure, NotSent | Hidden):
        refused = f"At step {step_name(stopped.step)} {_by_the_browser(facts.world, stopped)}"
    return " ".join(text for text in (refreshed, demanded, refused) if text)
