"""The attacks and the defences that can be tried together: the rows and the columns of the matrix, as data.

A defence is a setting, or a check that is on. Each attack begins with an app and a server that have none of them, and
with what it *needs*: one that takes the challenge away needs an app that sends one. Nothing here knows an outcome.

Source: RFC 9700 section 4, RFC 7636 section 1, RFC 6749 section 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowsim.model.scenario import Scenario, ScenarioError, unknown

OFFLINE = "openid profile read:messages offline_access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defence:
    """One defence: its name, what it is, its clause, the settings that put it in place, the checks that it switches on."""

    name: str
    title: str
    clause: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    checks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attack: the attacker's name, the settings it begins with, and the columns that its row leaves empty.

    Those have nothing to do with it alone, or it has them anyway. Beside others they can be chosen all the same, as long
    as they do not take away what the attack begins with.
    """

    attack: str
    needs: Mapping[str, Any] = field(default_factory=dict)
    leaves_out: tuple[str, ...] = ()


_SINGLE_USE = frozenset({"token.code_unused"})
_NO_DOWNGRADE = frozenset({"token.verifier_unexpected"})
_AUDIENCE = frozenset({"api.audience"})
_SAME_ADDRESS = frozenset({"token.redirect_uri_same"})
_CODE_ONCE = frozenset({"send.code_new"})
_ALGORITHM = frozenset({"api.algorithm"})
_PROOF_ONCE = frozenset({"api_proof.not_seen"})
_ALL_OFF = _SINGLE_USE | _NO_DOWNGRADE | _AUDIENCE | _SAME_ADDRESS | _CODE_ONCE | _ALGORITHM | _PROOF_ONCE
# How an app and a server without any defence differ from the usual ones.
_BARE: Mapping[str, Any] = {
    "client": "spa",
    "pkce": "none",
    "state": False,
    "nonce": False,
    "iss": False,
    "rotation": False,
    "pkce_required": False,
    "redirect_match": "prefix",
    "code_lifetime": 600,
    "replay_revokes": False,
}
DEFENCES: dict[str, Defence] = {
    one.name: one
    for one in (
        Defence(name="none", title="no defence", clause="RFC 6749 §10"),
        Defence(name="plain", title="PKCE with plain", clause="RFC 7636 §4.2", settings={"pkce": "plain"}),
        Defence(name="S256", title="PKCE with S256", clause="RFC 7636 §4.2", settings={"pkce": "S256"}),
        Defence(
            name="secret",
            title="a secret that only the app's server has",
            clause="RFC 6749 §2.3",
            settings={"client": "web"},
        ),
        Defence(name="state", title="the app checks state", clause="RFC 6749 §10.12", settings={"state": True}),
        Defence(
            name="bound state",
            title="the app ties state to the browser",
            clause="RFC 6749 §10.12",
            settings={"state_not_bound_to_browser": False},
        ),
        Defence(name="nonce", title="the app checks nonce", clause="OIDC Core §3.1.3.7", settings={"nonce": True}),
        Defence(name="iss", title="the app checks iss", clause="RFC 9207 §2.4", settings={"iss": True}),
        Defence(name="single use", title="a code works once", clause="RFC 6749 §4.1.2", checks=_SINGLE_USE),
        Defence(
            name="revocation",
            title="a second use takes back what the first one got",
            clause="RFC 6749 §4.1.2",
            settings={"replay_revokes": True},
            checks=_SINGLE_USE,
        ),
        Defence(
            name="no downgrade", title="no verifier without challenge", clause="RFC 9700 §4.8.2", checks=_NO_DOWNGRADE
        ),
        Defence(name="required", title="PKCE is required", clause="RFC 9700 §2.1.1", settings={"pkce_required": True}),
        Defence(
            name="exact",
            title="the redirect_uri is compared as a whole",
            clause="RFC 9700 §2.1",
            settings={"redirect_match": "exact"},
        ),
        Defence(
            name="same address",
            title="the redirect_uri is compared at the token endpoint",
            clause="RFC 6749 §4.1.3",
            checks=_SAME_ADDRESS,
        ),
        Defence(
            name="short life",
            title="a code lives for a minute",
            clause="RFC 6749 §4.1.2",
            settings={"code_lifetime": 60},
        ),
        Defence(
            name="PAR",
            title="the app hands its request to the server beforehand",
            clause="RFC 9126 §5",
            settings={"par": "required"},
        ),
        Defence(
            name="PAR, secret",
            title="as PAR, by an app with a secret of its own",
            clause="RFC 9126 §2.1",
            settings={"par": "required", "client": "web"},
        ),
        Defence(
            name="claimed https",
            title="the app is called back by an https address",
            clause="RFC 8252 §7.2",
            settings={"client": "native-https"},
        ),
        Defence(
            name="asks again",
            title="no silent approval, and a user who reads",
            clause="RFC 6749 §10.2",
            settings={"remembered": "login", "user": "careful"},
        ),
        Defence(
            name="own address",
            title="a redirect_uri for each server",
            clause="RFC 9700 §4.4.2.2",
            settings={"redirect_uri_per_server": True},
        ),
        Defence(name="random", title="the verifier is random", clause="RFC 7636 §7.1", settings={"verifier": "random"}),
        Defence(
            name="code stays",
            title="a refused try leaves the code alone",
            clause="OAuth 2.1 §7.5.3",
            settings={"invalidates_code_on_failure": False},
        ),
        Defence(
            name="right replay",
            title="only a second use that is right otherwise revokes tokens",
            clause="OAuth 2.1 §7.5.3",
            settings={"revokes_any_replay": False},
        ),
        Defence(
            name="browser", title="the app uses the browser", clause="RFC 8252 §8.12", settings={"web_view": False}
        ),
        Defence(
            name="no frames",
            title="the server's pages may not be framed",
            clause="RFC 9700 §4.16",
            settings={"allows_framing": False},
        ),
        Defence(name="303", title="redirects are 303", clause="RFC 9700 §4.12", settings={"redirect_status": 303}),
        Defence(name="algorithm", title="the API decides on the algorithm", clause="RFC 8725 §3.1", checks=_ALGORITHM),
        Defence(name="proof once", title="the API takes a proof once", clause="RFC 9449 §11.1", checks=_PROOF_ONCE),
        Defence(name="audience", title="the API checks aud", clause="RFC 9068 §4", checks=_AUDIENCE),
        Defence(name="rotation", title="refresh tokens rotate", clause="RFC 9700 §4.14.2", settings={"rotation": True}),
        Defence(
            name="DPoP",
            title="the tokens are bound to the app's key",
            clause="RFC 9449 §5",
            settings={"dpop": "tokens"},
        ),
        Defence(
            name="DPoP code",
            title="the code is bound to the app's key (dpop_jkt)",
            clause="RFC 9449 §10",
            settings={"dpop": "code"},
        ),
    )
}
_OF_REFRESH = ("none", "plain", "S256", "secret", "state", "nonce", "iss", "rotation", "DPoP")
_OF_API = ("none", "plain", "S256", "secret", "state", "nonce", "iss", "audience", "DPoP")
_OF_FORGERY = (*_OF_API, "algorithm")


def _all_but(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in DEFENCES if name not in names)


# These have something to do with a few attacks only, and are shown in a table of their own.
PARTICULAR = (
    "revocation",
    "bound state",
    "no downgrade",
    "required",
    "short life",
    "claimed https",
    "asks again",
    "own address",
    "random",
    "code stays",
    "right replay",
    "browser",
    "no frames",
    "303",
    "algorithm",
    "proof once",
    "audience",
    "rotation",
)
# A website's secret protects a website's code, so that column changes the client; a secret that was shipped is no such.
# Some columns belong to one row only, because they undo what that row begins with.
_SPECIAL = (
    *("claimed https", "asks again", "own address", "random", "code stays", "browser"),
    *("no frames", "303", "algorithm", "revocation", "bound state", "right replay", "proof once"),
)
_LOGIN = ("no downgrade", "required", "audience", "rotation", "short life", *_SPECIAL)
_OWN_PKCE = ("plain", "S256", "audience", "rotation", "short life", *_SPECIAL)
_NO_SECRET = ("secret", "PAR, secret")


def _but(left_out: tuple[str, ...], *kept: str) -> tuple[str, ...]:
    return tuple(name for name in left_out if name not in kept)


ROWS: dict[str, Row] = {
    one.attack: one
    for one in (
        Row(attack="code-interception", leaves_out=_LOGIN),
        Row(attack="code-and-request", leaves_out=_LOGIN),
        Row(attack="decompiled-secret", needs={"shipped_secret": True}, leaves_out=(*_LOGIN, *_NO_SECRET)),
        Row(attack="code-injection", leaves_out=_LOGIN),
        Row(attack="login-csrf", leaves_out=_LOGIN),
        Row(attack="login-csrf-with-state", leaves_out=_LOGIN),
        Row(attack="pkce-downgrade", needs={"pkce": "S256"}, leaves_out=_OWN_PKCE),
        Row(attack="request-stripping", needs={"pkce": "S256"}, leaves_out=_OWN_PKCE),
        Row(attack="code-replay", needs={"later": "9m"}, leaves_out=_but(_LOGIN, "short life")),
        Row(
            attack="lasting-access",
            needs={"scope": OFFLINE, "later": "61m"},
            leaves_out=_but(_LOGIN, "revocation"),
        ),
        Row(attack="redirect-manipulation", leaves_out=_LOGIN),
        Row(attack="refresh-theft", needs={"scope": OFFLINE}, leaves_out=_all_but(_OF_REFRESH)),
        Row(attack="refresh-theft-late", needs={"scope": OFFLINE}, leaves_out=_all_but(_OF_REFRESH)),
        Row(attack="access-token-theft", leaves_out=_all_but(_OF_API)),
        Row(attack="api-replay", leaves_out=_all_but(_OF_API)),
        Row(
            attack="proof-replay",
            needs={"dpop": "tokens"},
            leaves_out=_all_but((*_but(_OF_API, "secret", "DPoP"), "proof once")),
        ),
        Row(attack="unsigned-token", leaves_out=_all_but(_OF_FORGERY)),
        Row(attack="public-key-token", leaves_out=_all_but(_OF_FORGERY)),
        Row(attack="malicious-client", needs={"remembered": "consent"}, leaves_out=_LOGIN),
        Row(
            attack="app-impersonation",
            needs={"client": "native-scheme", "remembered": "consent"},
            leaves_out=(*_but(_LOGIN, "claimed https", "asks again"), *_NO_SECRET),
        ),
        Row(
            attack="chosen-challenge",
            needs={"remembered": "consent"},
            leaves_out=_but(_LOGIN, "required", "asks again"),
        ),
        Row(
            attack="session-fixation",
            needs={"client": "web", "state": True, "state_not_bound_to_browser": True, "remembered": "consent"},
            leaves_out=(*_but(_LOGIN, "bound state", "asks again"), "state", *_NO_SECRET),
        ),
        Row(attack="mix-up", leaves_out=_but(_LOGIN, "own address")),
        Row(
            attack="weak-verifier",
            needs={"pkce": "S256", "verifier": "clock"},
            leaves_out=_but(_OWN_PKCE, "random"),
        ),
        Row(
            attack="code-burning",
            needs={"pkce": "S256", "invalidates_code_on_failure": True},
            leaves_out=_but(_OWN_PKCE, "code stays"),
        ),
        Row(
            attack="logout-by-replay",
            needs={"pkce": "S256", "scope": OFFLINE, "later": "refresh", "revokes_any_replay": True},
            leaves_out=_but(_OWN_PKCE, "right replay"),
        ),
        Row(
            attack="silent-login",
            needs={"remembered": "consent"},
            leaves_out=_but(_LOGIN, "rotation", "asks again"),
        ),
        Row(
            attack="web-view",
            needs={"client": "native-scheme", "web_view": True},
            leaves_out=(*_but(_LOGIN, "browser"), *_NO_SECRET),
        ),
        Row(
            attack="clickjacking",
            needs={"remembered": "login", "user": "careful", "allows_framing": True},
            leaves_out=_but(_LOGIN, "no frames", "asks again"),
        ),
        Row(
            attack="forwarded-password",
            needs={"redirect_status": 307, "asks_consent": False},
            leaves_out=_but(_LOGIN, "303"),
        ),
    )
}


def offered(attack: str) -> tuple[str, ...]:
    """The columns of this attack's row, without `none`."""
    return tuple(name for name in DEFENCES if name != "none" and name not in ROWS[attack].leaves_out)


def possible(attack: str) -> tuple[str, ...]:
    """Every defence that can be put in this attack's way, alone or beside others; those of its row first."""
    others = (name for name in DEFENCES if name != "none" and name in ROWS[attack].leaves_out)
    return (*offered(attack), *(name for name in others if _can_be_had(attack, name)))


def _can_be_had(attack: str, defence: str) -> bool:
    try:
        scenario_of(attack, defence)
    except ScenarioError:
        return False
    return True


def scenario_of(attack: str, *defences: str) -> Scenario:
    """The settings of an attack against these defences, all of them together.

    Raises ScenarioError for a name there is not, for a defence that takes away what the attack begins with, and for two
    that cannot be had together, because they set the same thing.
    """
    if attack not in ROWS:
        raise unknown("attack of the matrix", attack, list(ROWS))
    row, settings, checks = ROWS[attack], dict(_BARE), frozenset[str]()
    settings |= row.needs
    set_by: dict[str, str] = {}
    for name in defences:
        if name not in DEFENCES:
            raise unknown("defence", name, list(DEFENCES))
        for setting, value in DEFENCES[name].settings.items():
            if setting in set_by and settings[setting] != value:
                raise ScenarioError(
                    f"{set_by[setting]} and {name} cannot be had together: both set {setting}. Choose one of them"
                )
            if row.needs.get(setting, value) != value and name in row.leaves_out:
                raise ScenarioError(
                    f"{attack} begins with {setting} {row.needs[setting]!r}, and {name} would change that. Leave {name} "
                    "out, or choose another attack"
                )
            settings[setting] = value
            set_by[setting] = name
        checks |= DEFENCES[name].checks
    return Scenario(attacker=attack, seed=7, **settings, without=_ALL_OFF - checks)
