"""The settings of a branch as controls. A control shows what one would write in Python, and its help says it in words."""

from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import ipywidgets

from flowsim.attacks import ATTACKERS
from flowsim.model.hooks import ACTIONS
from flowsim.model.scenario import (
    APIS,
    PROFILES,
    DpopUse,
    LoginOption,
    Par,
    RedirectKind,
    RedirectMatch,
    Remembers,
    Scenario,
    UserBehaviour,
    VerifierSource,
)
from flowsim.widgets.controls import Ask, choice, dropdown, number, row, text, tick

ATTACKS = "\n".join(f"{name}: {attacker.title}" for name, attacker in ATTACKERS.items())
_NOBODY = "nobody"
_WHERE: dict[RedirectKind, str] = {
    "scheme": "phone",
    "claimed-https": "phone",
    "loopback": "computer",
    "page": "browser",
    "website": "website",
}
_METHODS = {
    "none": "the app uses no PKCE",
    "plain": "the code_challenge is the code_verifier itself",
    "S256": "the code_challenge is a hash of the code_verifier",
}
_BY_SERVER = {"as the app does": None, "yes": True, "no": False}
_LATER = """What happens after the login, in order: times and words
1h, 30d: so much time passes
call: the app calls the API
refresh: the app exchanges its refresh token; needs the scope offline_access
logout: the app has its refresh token revoked
password: the user changes the password
keys: the server changes its signing key"""
_BOUND = """off: nothing
tokens: the tokens
code: the tokens and the code"""
_MATCH = """exact: the whole address
origin: its host only
prefix: that it begins like the app's origin"""
_MEMORY = """nothing
login: who the user is
consent: what the user has allowed as well"""
_PUSHED = """off: the request goes through the browser
optional: the app pushes it
required: the server takes no other"""
_LONG_NUMBER = 19  # digits


class Field(NamedTuple):
    """A control, what its value means as a setting, and which value it has for a setting."""

    control: Any
    setting: Callable[[Any], Any] = lambda value: value
    value: Callable[[Any], Any] = lambda setting: setting


class Settings(ipywidgets.VBox):
    """Rows of controls, one control for each of some settings."""

    def __init__(self, ask: Ask, *rows: dict[str, Field]) -> None:
        """Lay out these fields, and ask for a change of the setting whenever one is used."""
        super().__init__([row(*(field.control for field in fields.values())) for fields in rows])
        self.add_class("fs-bench-rows")
        self.fields = {name: field for fields in rows for name, field in fields.items()}
        for name, field in self.fields.items():
            field.control.observe(_asking(ask, name, field.setting), "value")

    def show(self, settings: Scenario) -> None:
        """Have every control show what these settings say."""
        for name, field in self.fields.items():
            field.control.value = field.value(getattr(settings, name))


def first_settings(ask: Ask) -> Settings:
    """The settings that a lesson changes all the time."""
    clients = [(f"{name} ({_WHERE[profile.kind]})", name) for name, profile in PROFILES.items()]
    kinds = "\n".join(f"{name}: {profile.title}" for name, profile in PROFILES.items())
    methods = "\n".join(f"{name}: {meaning}" for name, meaning in _METHODS.items())
    fields = {
        "client": Field(dropdown("Client", f"What kind of app logs the user in\n{kinds}", clients, 230)),
        "pkce": Field(choice("PKCE", f"What the app sends as code_challenge\n{methods}", list(_METHODS), 190)),
        "attacker": Field(
            dropdown("Attacker", f"Who attacks in this branch\n{ATTACKS}", [_NOBODY, *ATTACKERS], 190),
            lambda value: None if value == _NOBODY else value,
            lambda setting: setting or _NOBODY,
        ),
        "user": Field(dropdown("User", "What the user does at step 5", list(get_args(UserBehaviour)), 150)),
        "seed": Field(
            text("Seed", "The same seed gives the same bytes, in all branches; empty for random ones", 100, "random"),
            _seed,
            lambda setting: "" if setting is None else str(setting),
        ),
    }
    return Settings(ask, fields)


def more_settings(ask: Ask) -> Settings:
    """The settings that are needed less often."""
    fields = {
        "login": Field(dropdown("User logs in with", "How, at step 5", list(get_args(LoginOption)), 150)),
        "pkce_required": _by_server("Server requires PKCE", "Whether a request without a code_challenge is refused"),
        "plain_allowed": _by_server("Server takes plain", "Whether the method plain is taken beside S256"),
        "scope": Field(text("Scope", "What the app asks for, in words with one space between them", 240)),
    }
    later = {
        "later": Field(text("Later", _LATER, 240, "nothing")),
        "overlap": Field(number("Overlap in seconds", "How long a rotated refresh token is good for another use", 120)),
        "api": Field(dropdown("API", "Which API the app wants to call", list(APIS), 120)),
        "dpop": Field(dropdown("DPoP", f"What is bound to a key of the app\n{_BOUND}", list(get_args(DpopUse)), 120)),
        "actions": Field(
            text(
                "Actions", f"What the server runs after a login, names with spaces\n{', '.join(ACTIONS)}", 180, "none"
            ),
            lambda typed: tuple(typed.split()),
            " ".join,
        ),
    }
    attacked = {
        "redirect_match": Field(
            dropdown(
                "redirect_uri matched", f"How the server compares it\n{_MATCH}", list(get_args(RedirectMatch)), 120
            )
        ),
        "remembers": Field(
            dropdown("Server remembers", f"From an earlier visit\n{_MEMORY}", list(get_args(Remembers)), 120)
        ),
        "verifier": Field(
            dropdown("Verifier from", "What the app draws its code_verifier from", list(get_args(VerifierSource)), 120)
        ),
        "par": Field(dropdown("Pushed requests", f"RFC 9126\n{_PUSHED}", list(get_args(Par)), 120)),
    }
    faults = {
        "second_server": Field(tick("second server", "The user chooses the attacker's server (RFC 9700 §4.4)")),
        "own_redirects": Field(
            tick(
                "own redirect_uri per server",
                "The app is called back at another address by each server (RFC 9700 §4.4.2.2)",
            )
        ),
        "burns_codes": Field(
            tick("refused try ends the code", "An attacker without the verifier can then keep the user out")
        ),
        "web_view": Field(tick("web view", "The app shows the login page itself (RFC 8252 §8.12 forbids it)")),
        "replay_revokes": Field(
            tick("second use revokes", "A code that comes again takes back the tokens it gave (RFC 6749 §4.1.2)")
        ),
        "revokes_any_replay": Field(
            tick("any second use revokes", "OAuth 2.1 §7.5.3: only one that is right otherwise should")
        ),
        "shared_state": Field(tick("state for any browser", "RFC 6749 §10.12 says that it must be bound to one")),
        "framing": Field(tick("pages may be framed", "RFC 9700 §4.16 says that they must not")),
        "asks_consent": Field(tick("asks for consent", "After the login the server asks the user, or does not")),
        "redirect_status": Field(
            dropdown("Redirects with", "How the server sends the browser back: RFC 9700 §4.12", [302, 303, 307], 90)
        ),
    }
    ticks = {
        "rotation": Field(tick("rotation", "Each refresh token is good for one exchange (RFC 9700 §4.14.2)")),
        "state": Field(tick("state", "The app sends a state, and wants it back (RFC 6749 §10.12)")),
        "nonce": Field(tick("nonce", "The app wants its nonce in the ID token (OIDC Core §3.1.2.1)")),
        "iss": Field(tick("iss", "The server names itself in its answer (RFC 9207 §2)")),
        "shipped_secret": Field(tick("secret in the app", "The app ships a client_secret, the same for everybody")),
    }
    return Settings(ask, fields, later, attacked, ticks, faults)


def _asking(ask: Ask, name: str, setting: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda change: ask(lambda session: session.change(**{name: setting(change["new"])}), name)


def _by_server(name: str, help_text: str) -> Field:
    words = {setting: word for word, setting in _BY_SERVER.items()}
    return Field(dropdown(name, help_text, list(_BY_SERVER), 150), _BY_SERVER.__getitem__, words.__getitem__)


def _seed(typed: str) -> int | str | None:
    """The seed that somebody typed: a number where it is one, else the text; None for an empty field."""
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < _LONG_NUMBER else typed or None
