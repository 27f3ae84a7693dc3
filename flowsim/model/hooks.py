"""Actions: small functions that a server's owner lets run after a user has logged in, before the app hears of it.

An action gets what the server knows of the login, and gives back claims for the tokens, or a reason to deny the login.
Names of such claims have to be web addresses here, so that they do not clash with those the specifications give a meaning.
OIDC Core section 5.1.2 recommends such names, and allows others to parties that agree on them. Write one like this, and
name it in the scenario: `Simulation(actions=("add-team",))`.

    @action("add-team")
    def add_team(login: Login) -> Claims:
        return Claims({"https://as.example/team": "blue"})
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from flowsim.model.frozen import frozen
from flowsim.model.own_code import result_of
from flowsim.model.settings import ScenarioError, unknown
from flowsim.model.shown import WIDTH, one_line, shown
from flowsim.model.timeline import LAST_SECOND
from flowsim.protocol import strict_json

LATEST_HOUR, EARLIEST_HOUR = 22, 6
MOST_OCTETS = 2000
LONGEST_REASON = 400  # characters
_REASON = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What an action is told: who logged in, how to reach them, which app asks for what, and when (UTC).

    `acr` says how the user logged in, where the app has asked for a kind of login (OIDC Core section 2).
    """

    sub: str
    username: str
    email: str
    client_id: str
    scope: tuple[str, ...]
    time: datetime
    acr: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims for the ID token and the access token, name to a value that JSON can hold."""

    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deny:
    """The login is denied; the app hears `access_denied` and this reason, as the `error_description`.

    So it is made of letters, digits, spaces and signs of ASCII, without quotation marks and
    backslashes (RFC 6749 section 4.1.2.1).
    """

    reason: str


Action = Callable[[Login], Claims | Deny]
ACTIONS: dict[str, Action] = {}


def action(name: str) -> Callable[[Action], Action]:
    """Register an action under this name; an earlier one of the name gives way, as when a cell is run again."""

    def register(function: Action) -> Action:
        ACTIONS[name] = function
        return function

    return register


def run(name: str, login: Login) -> Claims | Deny:
    """What this action says of this login, its claims copied and frozen.

    Raises ScenarioError for an action that does not keep to the rules, fails, or takes longer than it may.
    """
    function = known_action(name)
    said: Claims | Deny = result_of(f"the action {name}", lambda: _checked(name, function(login)))
    return said


def _reason(name: str, reason: object) -> str:
    """This reason. Raises ScenarioError for one that an error_description cannot hold."""
    if not isinstance(reason, str):
        raise ScenarioError(
            f"the action {name} denies with a reason that is no text but {type(reason).__name__}; "
            'write it as a text, such as Deny("no logins at night")'
        )
    reason = str.__str__(reason)  # a plain text, also where a subclass of `str` would say something else
    if not _REASON.fullmatch(reason):
        odd = next((f"it has {one!a}" for one in reason if not _REASON.fullmatch(one)), "it is empty")
        raise ScenarioError(
            f"the action {name} denies with a reason that cannot be sent: {odd}; write it with letters, digits, spaces "
            'and signs of ASCII, without " and \\ (RFC 6749 §4.1.2.1)'
        )
    if len(reason) > LONGEST_REASON:
        raise ScenarioError(
            f"the action {name} denies with a reason of {len(reason)} characters; at most {LONGEST_REASON} are sent"
        )
    return reason


def sendable(error: Exception) -> str:
    """What this error says, as far as an `error_description` can hold it (RFC 6749 section 4.1.2.1)."""
    plain = re.sub(r"[^\x20-\x7e]", " ", one_line(error, LONGEST_REASON).replace("…", "..."))
    return plain.replace('"', "'").replace("\\", "/")[:LONGEST_REASON]


def _checked(name: str, said: object) -> object:
    """What an action may say. All that a learner wrote, the claims too, is touched only while it is under watch."""
    if isinstance(said, CoroutineType | GeneratorType | AsyncGeneratorType):
        return said
    if isinstance(said, Deny):
        return Deny(_reason(name, said.reason))
    if not isinstance(said, Claims):
        raise ScenarioError(f"the action {name} must give Claims(…) or Deny(…), not {type(said).__name__}")
    if not isinstance(said.claims, Mapping):
        raise ScenarioError(
            f"the action {name} must give Claims of names and values, not of {type(said.claims).__name__}"
        )
    try:
        text = strict_json.write(dict(said.claims))
    except ValueError as error:
        raise ScenarioError(f"the action {name} adds a claim that JSON cannot hold: {one_line(error, WIDTH)}") from None
    claims: dict[str, Any] = strict_json.parse(text)
    wrong = [claim for claim in claims if not claim.startswith(("https://", "http://"))]
    if wrong:
        raise ScenarioError(
            f"the action {name} adds a claim named {shown(wrong[0])}; the name must be a web address of your own, "
            "such as https://as.example/team"
        )
    size = len(text.encode())
    if size > MOST_OCTETS:
        raise ScenarioError(f"the action {name} adds {size} octets of claims; at most {MOST_OCTETS} fit into a token")
    return Claims(frozen(claims))


def known_action(name: str) -> Action:
    """The action of this name; ScenarioError, with the nearest name there is, for any other."""
    if not isinstance(name, str) or name not in ACTIONS:
        raise unknown("action", name, list(ACTIONS))
    return ACTIONS[name]


@action("add-role")
def add_role(login: Login) -> Claims:
    """Tell the app and the API which role the user has."""
    return Claims({"https://as.example/role": "owner" if login.sub == "user-alice" else "guest"})


@action("deny-at-night")
def deny_at_night(login: Login) -> Claims | Deny:
    """Let nobody in late in the evening and at night."""
    if EARLIEST_HOUR <= login.time.hour < LATEST_HOUR:
        return Claims({})
    return Deny(f"no logins between {LATEST_HOUR}:00 and 0{EARLIEST_HOUR}:00 UTC")


@action("only-example-mail")
def only_example_mail(login: Login) -> Claims | Deny:
    """Let in only who has a mail address of one company."""
    return Claims({}) if login.email.endswith("@example.com") else Deny("this app is for example.com only")


def at(now: int) -> datetime:
    """This moment, seconds since 1970, as an action sees it; whatever is past the year 9999 is its last second."""
    return datetime.fromtimestamp(min(max(now, 0), LAST_SECOND), UTC)
