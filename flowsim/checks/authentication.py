"""What an app may ask of the login itself, and whether a login that the server remembers is an answer to it.

Here are the rules; the tables they stand in are those of the authorization endpoint and of the login form. The login page
asks the same function as the check of a silent request does, so the two cannot disagree.

Source: OIDC Core sections 3.1.2.1, 3.1.2.3 and 3.1.2.6, RFC 9470 section 5.
"""

import re
from dataclasses import dataclass

from flowsim.checks.parameters import ParameterFacts
from flowsim.model.authentication import ACR, options_for
from flowsim.model.check import Finding, finding
from flowsim.model.server_settings import REMEMBERS_CONSENT
from flowsim.model.world import AuthorizationRequest, KnownUser, Server

PROMPTS = ("none", "login", "consent", "select_account")
DISPLAYS = ("page", "popup", "touch", "wap")
_DIGITS = re.compile(r"[0-9]{1,1000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationFacts(ParameterFacts):
    """The parameters of the request, and the same request as the server would keep it, which is `asked`.

    `known` is the user whom the server knows by this browser's cookie. A request that an app pushes comes without a
    browser (`in_browser` is False), so nobody can say then whether it could be silent.
    """

    server: Server
    asked: AuthorizationRequest
    known: KnownUser | None = None
    in_browser: bool = True
    now: int = 0


def words(text: str | None) -> tuple[str, ...]:
    """The words of a parameter that has several, with spaces between them; each once."""
    return tuple(dict.fromkeys(word for word in text.split(" ") if word)) if text else ()


def seconds(text: str | None) -> int | None:
    """The number of a `max_age`; None where it is no number of seconds."""
    return int(text) if text is not None and _DIGITS.fullmatch(text) else None


def good_enough(known: KnownUser, asked: AuthorizationRequest, now: int) -> bool:
    """True where the login behind this cookie is what the request asks for, so that nobody need log in again.

    A `max_age` of 0 asks for a login now, as `prompt=login` does.
    """
    again = {"login", "select_account"} & set(asked.prompt)
    too_old = asked.max_age is not None and (asked.max_age == 0 or now - known.auth_time > asked.max_age)
    another = asked.hinted is not None and asked.hinted != known.sub
    return not again and not too_old and not another and known.option in options_for(asked.acr_values)


def to_be_asked(server: Server, known: KnownUser | None, asked: AuthorizationRequest) -> bool:
    """True where the user must be asked whether the app may have what it wants."""
    if "consent" in asked.prompt:
        return True
    remembers = server.settings.remembered in REMEMBERS_CONSENT
    agreed = remembers and known is not None and asked.client_id in known.agreed_to
    return server.settings.asks_consent and not agreed


def prompt_understood(facts: AuthenticationFacts) -> Finding:
    prompt = facts.get("prompt")
    given = words(prompt)
    good = all(word in PROMPTS for word in given) and ("none" not in given or len(given) == 1)
    return finding(f"some of: {' '.join(PROMPTS)}; none only alone", prompt, None if prompt is None else good)


def display_understood(facts: AuthenticationFacts) -> Finding:
    display = facts.get("display")
    return finding(f"one of: {' '.join(DISPLAYS)}", display, None if display is None else display in DISPLAYS)


def max_age_well_formed(facts: AuthenticationFacts) -> Finding:
    age = facts.get("max_age")
    return finding("a whole number of seconds", age, None if age is None else seconds(age) is not None)


def context_class_possible(facts: AuthenticationFacts) -> Finding:
    wanted = facts.get("acr_values")
    possible = any(word in ACR.values() for word in words(wanted))
    return finding(f"one of: {' '.join(ACR.values())}", wanted, None if wanted is None else possible)


def hint_issued_here(facts: AuthenticationFacts) -> Finding:
    hint = facts.get("id_token_hint")
    return finding("an ID token of this server", hint, None if hint is None else facts.asked.hinted is not None)


def login_there(facts: AuthenticationFacts) -> Finding:
    expected = "a user who is logged in as the app asks"
    if not facts.asked.silent or not facts.in_browser:
        return finding(expected, f"prompt {facts.get('prompt') or 'not given'}", None)
    if facts.known is None:
        return finding(expected, "nobody is logged in", False)
    good = good_enough(facts.known, facts.asked, facts.now)
    return finding(expected, f"{facts.known.sub}, logged in by {facts.known.option}", good)


def consent_there(facts: AuthenticationFacts) -> Finding:
    expected = "a user who need not be asked for consent"
    if not facts.asked.silent or not facts.in_browser or facts.known is None:
        return finding(expected, f"prompt {facts.get('prompt') or 'not given'}", None)
    asks = to_be_asked(facts.server, facts.known, facts.asked)
    return finding(expected, "must be asked" if asks else "need not be asked", not asks)
