"""The attacks and the defences that can be tried together: the rows and the columns of the matrix, as data.

A defence is a setting, or a check that is on. Each attack begins with an app and a server that have none of them, and
with what it *needs*: one that takes the challenge away needs an app that sends one. Nothing here knows an outcome.

Source: RFC 9700 section 4, RFC 7636 section 1, RFC 6749 section 10.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowsim.attacks import Attacker, known_attacker
from flowsim.attacks.referee import settings_needed
from flowsim.model.scenario import Scenario, ScenarioError, unknown

_OFFLINE = "openid profile read:messages offline_access"


# What an attack is about. A defence says which of these it concerns, or which attacks.
KINDS = ("login", "pkce", "refresh", "api", "forged-token", "machine")
_EVERY = ("login", "refresh", "api")
_LED_INSIDE = tuple(f"inside-by-{way}" for way in ("number", "name", "redirect", "rebinding"))
_OF_PROGRAMS = ("script-for-endpoint", "command-for-endpoint")


@dataclass(frozen=True, slots=True)
class Defence:
    """One defence: its name, what it is, its clause, the settings that put it in place, the checks that it switches on.

    `concerns` says what it has something to do with: kinds of attack (`KINDS`), or single attacks by their names.
    """

    name: str
    title: str
    clause: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ("login",)

    @property
    def particular(self) -> bool:
        """True where it is meant for some attacks only; those are shown in a table of their own."""
        return "login" not in self.concerns


@dataclass(frozen=True, slots=True)
class Row:
    """One attack: the attacker's name, the settings it begins with, and what kinds of attack it is.

    Its columns are the defences that concern it, without those of `leaves_out`. A defence that would only set what the
    attack begins with is none of them, unless it names this attack: then it undoes what the attack needs, or it is shown
    that the attack works in spite of it. The checks of `off` are off besides: no other row has what they look at.
    """

    attack: str
    needs: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = ("login",)
    leaves_out: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    def has(self, defence: Defence) -> bool:
        """True where this defence is one of its columns."""
        if self.attack in defence.concerns:
            return True
        meant = not set(defence.concerns).isdisjoint(self.kinds) and defence.name not in self.leaves_out
        return meant and self.needs.keys().isdisjoint(defence.settings)


BARE: Mapping[str, Any] = {
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
        Defence("none", "no defence", "RFC 6749 §10", concerns=(*_EVERY, "machine")),
        Defence("plain", "PKCE with plain", "RFC 7636 §4.2", settings={"pkce": "plain"}, concerns=_EVERY),
        Defence("S256", "PKCE with S256", "RFC 7636 §4.2", settings={"pkce": "S256"}, concerns=_EVERY),
        Defence(
            "secret",
            "a secret that only the app's server has",
            "RFC 6749 §2.3",
            settings={"client": "web"},
            concerns=(*_EVERY, "code-injection"),
        ),
        Defence("state", "the app checks state", "RFC 6749 §10.12", settings={"state": True}, concerns=_EVERY),
        Defence(
            "bound-state",
            "the app ties state to the browser",
            "RFC 6749 §10.12",
            settings={"state_not_bound_to_browser": False},
            concerns=("session-fixation", "session-fixation-by-link"),
        ),
        Defence(
            "link-for-one-browser",
            "a link that begins a login is for the browser that it was made for",
            "Security Topics Update §2.3.2",
            checks=("link.same_browser",),
            concerns=("session-fixation-by-link",),
        ),
        Defence(
            "login-for-one-browser",
            "a login is allowed in the browser that it began in",
            "RFC 6749 §10.12",
            checks=("login.same_browser",),
            concerns=("consent-by-link",),
        ),
        Defence("nonce", "the app checks nonce", "OIDC Core §3.1.3.7", settings={"nonce": True}, concerns=_EVERY),
        Defence("iss", "the app checks iss", "RFC 9207 §2.4", settings={"iss": True}, concerns=_EVERY),
        Defence("single-use-code", "a code works once", "RFC 6749 §4.1.2", checks=("token.code_unused",)),
        Defence(
            "revocation-on-replay",
            "a second use takes back what the first one got",
            "RFC 6749 §4.1.2",
            settings={"replay_revokes": True},
            checks=("token.code_unused",),
            concerns=("lasting-access",),
        ),
        Defence(
            "no-downgrade",
            "no verifier without challenge",
            "RFC 9700 §4.8.2",
            checks=("token.verifier_unexpected",),
            concerns=("pkce",),
        ),
        Defence(
            "pkce-required",
            "PKCE is required",
            "RFC 9700 §2.1.1",
            settings={"pkce_required": True},
            concerns=("pkce", "chosen-challenge", "method-only", "method-only-stripping"),
        ),
        Defence(
            "challenge-looked-for",
            "PKCE is required, and a method without a challenge is none",
            "RFC 7636 §4.4.1",
            settings={"pkce_required": True, "pkce_by_method": False},
            concerns=("method-only", "method-only-stripping"),
        ),
        Defence(
            "exact-redirect-uri",
            "the redirect_uri is compared as a whole",
            "RFC 9700 §2.1",
            settings={"redirect_match": "exact"},
        ),
        Defence(
            "redirect-uri-at-token",
            "the redirect_uri is compared at the token endpoint",
            "RFC 6749 §4.1.3",
            checks=("token.redirect_uri_same",),
        ),
        Defence(
            "no-redirector",
            "the app's website sends nobody on to any address",
            "RFC 9700 §4.11.1",
            settings={"open_redirector": False},
            concerns=("open-redirector",),
        ),
        Defence(
            "short-lived-code",
            "a code lives for a minute",
            "RFC 6749 §4.1.2",
            settings={"code_lifetime": 60},
            concerns=("code-replay",),
        ),
        Defence(
            "par", "the app hands its request to the server beforehand", "RFC 9126 §4", settings={"par": "required"}
        ),
        Defence(
            "par-with-secret",
            "as PAR, by an app with a secret of its own",
            "RFC 9126 §2.1",
            settings={"par": "required", "client": "web"},
            concerns=("login", "code-injection"),
        ),
        Defence(
            "claimed-https",
            "the app is called back by an https address",
            "RFC 8252 §7.2",
            settings={"client": "native-https"},
            concerns=("app-impersonation",),
        ),
        Defence(
            "asks-again",
            "no silent approval, and a user who reads",
            "RFC 6749 §10.2",
            settings={"remembered": "login", "user": "careful"},
            concerns=(
                "app-impersonation",
                "loopback-impersonation",
                "chosen-challenge",
                "session-fixation",
                "session-fixation-by-link",
                "consent-by-link",
                "silent-login",
                "clickjacking",
                "server-as-redirector",
            ),
        ),
        Defence(
            "redirect-uri-per-server",
            "a redirect_uri for each server",
            "RFC 9700 §4.4.2.2",
            settings={"redirect_uri_per_server": True},
            concerns=("mix-up", "mix-up-with-assertion", "mix-up-by-resource-metadata", "changed-server", "cross-tool"),
        ),
        Defence(
            "resource-compared",
            "the app compares the resource with the address that it called",
            "RFC 9728 §3.3",
            checks=("resource.same",),
            concerns=("borrowed-resource",),
        ),
        Defence(
            "issuer-compared",
            "the app compares the issuer in the metadata with the one that it was told",
            "RFC 8414 §3.3",
            checks=("discovery.issuer_same",),
            concerns=("borrowed-issuer",),
        ),
        Defence(
            "loopback-warning",
            "the page warns of an app on the user's own machine, and the user heeds it",
            "RFC 8252 §8.6",
            settings={"loopback_warning": True},
            concerns=("loopback-impersonation",),
        ),
        Defence(
            "key-in-the-document",
            "the app's document names a key that only its makers have",
            "RFC 7523 §3",
            settings={"client_auth": "private_key_jwt"},
            concerns=("loopback-impersonation",),
        ),
        Defence(
            "known-resources",
            "the server issues tokens only for APIs that it knows",
            "RFC 8707 §2",
            checks=("authorize.resource_known",),
            concerns=("wrong-audience",),
        ),
        Defence(
            "credentials-per-issuer",
            "the app keeps what a server gave it for that server",
            "MCP Client Registration",
            checks=("prepare.client_id_known",),
            concerns=("changed-server",),
        ),
        Defence(
            "https-endpoints",
            "the app takes no metadata with an endpoint that is not https",
            "OIDC Discovery §3",
            checks=("discovery.endpoints_https",),
            concerns=_OF_PROGRAMS,
        ),
        Defence(
            "address-looked-at",
            "the app looks at an address before it has it opened",
            "MCP Security Best Practices",
            checks=("prepare.address_opened",),
            concerns=_OF_PROGRAMS,
        ),
        Defence(
            "no-shell",
            "the app opens an address with no shell, and in no window of its own",
            "MCP Security Best Practices",
            settings={"opens_with": "opener"},
            concerns=_OF_PROGRAMS,
        ),
        Defence(
            "https-fetched",
            "what an app fetches of a server that it does not know is https",
            "RFC 9728 §7.3",
            checks=("fetch.https",),
            concerns=_LED_INSIDE,
        ),
        Defence(
            "public-fetched",
            "what it fetches is on the public internet",
            "RFC 9728 §7.7",
            checks=("fetch.public",),
            concerns=_LED_INSIDE,
        ),
        Defence(
            "redirects-judged",
            "a redirect is judged like the first address",
            "RFC 9728 §7.7",
            checks=("fetch.hop_public",),
            concerns=_LED_INSIDE,
        ),
        Defence(
            "number-pinned",
            "the connection goes to the number that was judged",
            "RFC 9728 §7.7",
            checks=("fetch.pinned",),
            concerns=_LED_INSIDE,
        ),
        Defence(
            "public-client-id",
            "the server fetches the document of an app on the public internet only",
            "Client ID Metadata Document §6",
            checks=("document.address_public",),
            concerns=("inside-by-client-id",),
        ),
        Defence(
            "own-upstream-token",
            "the MCP server has a token of its own for the API behind it",
            "MCP Security Considerations",
            settings={"behind": "own-token"},
            concerns=("token-passthrough",),
        ),
        Defence(
            "client-consent",
            "the proxy asks about each app before it sends the browser on, and the user reads",
            "RFC 6749 §10.2",
            settings={"proxy_asks": True, "user": "careful"},
            concerns=("confused-deputy", "unbound-consent"),
        ),
        Defence(
            "consent-cookie",
            "the proxy goes on with the browser that it has sent on",
            "RFC 6749 §10.12",
            checks=("proxy.browser_same",),
            concerns=("unbound-consent",),
        ),
        Defence(
            "redirect-uri-per-tool",
            "a redirect_uri for each tool",
            "Security Topics Update §2.2.2",
            settings={"redirect_uri_per_tool": True},
            concerns=("cross-tool",),
        ),
        Defence(
            "resolved-issuer",
            "a server is one that its own metadata names, and the app checks iss",
            "Security Topics Update §2.2.2",
            settings={"open_tools": False, "iss": True},
            concerns=("cross-tool",),
        ),
        Defence(
            "random-verifier",
            "the verifier is random",
            "RFC 7636 §7.1",
            settings={"verifier": "random"},
            concerns=("weak-verifier",),
        ),
        Defence(
            "code-kept-on-failure",
            "a refused try leaves the code alone, which no clause asks for",
            "RFC 6749 §4.1.2",
            settings={"invalidates_code_on_failure": False},
            concerns=("code-burning",),
        ),
        Defence(
            "valid-replay-only",
            "only a second use that is right otherwise revokes tokens",
            "OAuth 2.1 §7.5.2",
            settings={"revokes_any_replay": False},
            concerns=("logout-by-replay",),
        ),
        Defence(
            "logins-apart",
            "the server keeps each login of a browser under a cookie of its own",
            "RFC 6749 §10.12",
            settings={"logins_per_browser": "many"},
            concerns=("displaced-login",),
        ),
        Defence(
            "system-browser",
            "the app uses the browser",
            "RFC 8252 §8.12",
            settings={"web_view": False},
            concerns=("web-view",),
        ),
        Defence(
            "no-framing",
            "the server's pages may not be framed",
            "RFC 9700 §4.16",
            settings={"allows_framing": False},
            concerns=("clickjacking",),
        ),
        Defence(
            "error-page",
            "the server sends errors only to addresses that it trusts",
            "RFC 9700 §4.11.2",
            checks=("authorize.error_address_trusted",),
            concerns=("server-as-redirector",),
        ),
        Defence(
            "tls",
            "no message goes without TLS",
            "RFC 6749 §3.1.2.1",
            settings={"cleartext": "nothing"},
            concerns=("network-reader", "network-reader-of-tokens", "network-writer"),
        ),
        Defence(
            "no-http-redirect",
            "the server sends no answer to an http address",
            "RFC 9700 §2.6",
            checks=("authorize.redirect_uri_encrypted",),
            concerns=("network-reader", "network-writer"),
        ),
        Defence(
            "see-other",
            "redirects are 303",
            "RFC 9700 §4.12",
            settings={"redirect_status": 303},
            concerns=("forwarded-password",),
        ),
        Defence(
            "fixed-algorithm",
            "the API decides on the algorithm",
            "RFC 8725 §3.1",
            checks=("api.algorithm",),
            concerns=("forged-token",),
        ),
        Defence(
            "single-use-proof",
            "the API takes a proof once",
            "RFC 9449 §11.1",
            checks=("api_proof.not_seen",),
            concerns=("proof-replay",),
        ),
        Defence(
            "assertion-audience",
            "the server checks whom an assertion is for",
            "RFC 7523 §3",
            checks=("push_assertion.audience", "code_assertion.audience"),
            concerns=("mix-up-with-assertion", "audience-injection"),
        ),
        Defence(
            "issuer-as-audience",
            "the app names the issuer in its assertions, and the server checks it",
            "Security Topics Update §2.1.2.1",
            settings={"assertion_audience": "issuer"},
            checks=("push_assertion.audience", "code_assertion.audience"),
            concerns=("audience-injection",),
        ),
        Defence(
            "endpoint-as-audience",
            "the app names where it sends its assertion, and the server checks it",
            "Security Topics Update §2.1.2.2",
            settings={"assertion_audience": "endpoint"},
            checks=("push_assertion.audience", "code_assertion.audience"),
            concerns=("audience-injection",),
        ),
        Defence("audience", "the API checks aud", "RFC 9068 §4", checks=("api.audience",), concerns=("api",)),
        Defence(
            "rotation",
            "refresh tokens rotate",
            "RFC 9700 §4.14.2",
            settings={"rotation": True},
            concerns=("refresh", "silent-login"),
        ),
        Defence(
            "dpop",
            "the tokens are bound to the app's key",
            "RFC 9449 §5",
            settings={"dpop": "tokens"},
            checks=("api_proof.not_seen",),
            concerns=_EVERY,
        ),
        Defence(
            "dpop-bound-code",
            "the code is bound to a key of this login (dpop_jkt)",
            "RFC 9449 §10",
            settings={"dpop": "code"},
            checks=("api_proof.not_seen",),
        ),
    )
}
_SECRETS = ("secret", "par-with-secret")
_BY_METHOD: Mapping[str, Any] = {"pkce": "S256", "pkce_required": True, "pkce_by_method": True}
_PROXY: Mapping[str, Any] = {"client": "mcp", "proxy": True, "remembered": "consent"}
ROWS: dict[str, Row] = {
    one.attack: one
    for one in (
        Row("code-interception"),
        Row("code-and-request"),
        Row("decompiled-secret", needs={"shipped_secret": True}, leaves_out=_SECRETS),
        # A website: who cannot redeem the code itself has it injected (RFC 9700 section 4.5). Of a page in the attacker's
        # own browser the attacker reads the tokens that come, whatever the page makes of their nonce (section 2.1.1).
        Row("code-injection", needs={"client": "web"}),
        Row("login-csrf"),
        Row("login-csrf-with-state"),
        Row("pkce-downgrade", needs={"pkce": "S256"}, kinds=("login", "pkce")),
        Row("request-stripping", needs={"pkce": "S256"}, kinds=("login", "pkce")),
        Row("code-replay", needs={"later": "9m"}),
        Row("lasting-access", needs={"scope": _OFFLINE, "later": "61m"}),
        Row("redirect-manipulation"),
        Row("open-redirector", needs={"open_redirector": True}),
        Row("refresh-theft", needs={"scope": _OFFLINE}, kinds=("refresh",)),
        Row("refresh-theft-late", needs={"scope": _OFFLINE}, kinds=("refresh",)),
        Row("access-token-theft", kinds=("api",)),
        Row("api-replay", kinds=("api",)),
        Row("proof-replay", needs={"dpop": "tokens"}, kinds=("api",), leaves_out=_SECRETS),
        Row("unsigned-token", kinds=("api", "forged-token")),
        Row("public-key-token", kinds=("api", "forged-token")),
        Row("malicious-client", needs={"remembered": "consent"}),
        Row("app-impersonation", needs={"client": "native-scheme", "remembered": "consent"}),
        Row("chosen-challenge", needs={"remembered": "consent"}),
        Row(
            "session-fixation",
            needs={"client": "web", "state": True, "state_not_bound_to_browser": True, "remembered": "consent"},
        ),
        Row(
            "session-fixation-by-link",
            needs={"client": "web", "state": True, "session_in_link": True, "remembered": "consent"},
            off=("link.same_browser",),
        ),
        Row(
            "consent-by-link",
            needs={"consent_by_link": True, "remembered": "consent"},
            off=("login.same_browser",),
        ),
        Row("mix-up"),
        Row("mix-up-with-assertion", needs={"client": "web", "client_auth": "private_key_jwt"}),
        Row(
            "audience-injection",
            needs={
                "client": "web",
                "client_auth": "private_key_jwt",
                "assertion_audience": "token-endpoint",
                "remembered": "consent",
            },
        ),
        Row("cross-tool", needs={"open_tools": True}),
        Row("mix-up-by-resource-metadata", needs={"client": "mcp"}),
        Row(
            "loopback-impersonation",
            needs={"client": "mcp", "user": "attentive", "loopback_warning": False},
        ),
        Row("borrowed-issuer", needs={"client": "mcp"}, off=("discovery.issuer_same",)),
        Row("wrong-audience", needs={"client": "mcp"}, kinds=("api",), off=("authorize.resource_known",)),
        Row(
            "changed-server",
            needs={"client": "mcp", "client_identity": "pre-registered", "entered_secret": True},
            off=("prepare.client_id_known",),
        ),
        Row("borrowed-resource", needs={"client": "mcp"}, kinds=("api",), off=("resource.same",)),
        *(
            Row(
                f"{program}-for-endpoint",
                needs={"client": "mcp", "opens_with": opened},
                kinds=("machine",),
                off=("discovery.endpoints_https", "prepare.address_opened"),
            )
            for program, opened in (("script", "window"), ("command", "shell"))
        ),
        *(
            Row(
                attack,
                needs={"client": "mcp"},
                kinds=("machine",),
                off=("fetch.https", "fetch.public", "fetch.hop_public", "fetch.pinned"),
            )
            for attack in _LED_INSIDE
        ),
        Row("inside-by-client-id", needs={"client": "mcp"}, kinds=("machine",), off=("document.address_public",)),
        # The API behind is the attacker's. What an honest one refuses would end the user's own call, and no attack.
        Row(
            "token-passthrough",
            needs={"client": "mcp", "behind": "passed-on"},
            kinds=("api",),
            off=("behind.audience", "behind.proved"),
        ),
        Row("confused-deputy", needs={**_PROXY, "proxy_asks": False}),
        Row("unbound-consent", needs=_PROXY, off=("proxy.browser_same",)),
        Row("weak-verifier", needs={"pkce": "S256", "verifier": "clock"}, kinds=("login", "pkce")),
        Row("method-only", needs=_BY_METHOD, kinds=("login", "pkce")),
        Row("method-only-stripping", needs=_BY_METHOD, kinds=("login", "pkce")),
        Row("code-burning", needs={"pkce": "S256", "invalidates_code_on_failure": True}, kinds=("login", "pkce")),
        Row(
            "logout-by-replay",
            needs={"pkce": "S256", "scope": _OFFLINE, "later": "refresh", "revokes_any_replay": True},
            kinds=("login", "pkce"),
        ),
        Row("displaced-login"),
        Row("silent-login", needs={"remembered": "consent"}),
        Row("web-view", needs={"client": "native-scheme", "web_view": True}),
        Row("clickjacking", needs={"remembered": "login", "user": "careful", "allows_framing": True}),
        Row("forwarded-password", needs={"redirect_status": 307, "asks_consent": False}),
        Row("server-as-redirector"),
        Row("network-reader", needs={"client": "web", "cleartext": "app"}),
        Row(
            "network-reader-of-tokens",
            needs={"client": "native-scheme", "cleartext": "API"},
            kinds=("api",),
        ),
        Row("network-writer", needs={"client": "web", "cleartext": "app"}),
    )
}
_OF_ONE_ROW = frozenset(check for row in ROWS.values() for check in row.off)
# No column stands for the app's own look at codes that it has sent before, and no attack begins with it.
ALL_OFF = frozenset({"send.code_new"}).union(*(one.checks for one in DEFENCES.values())) - _OF_ONE_ROW


def row_of(attack: str | Attacker) -> Row:
    """The row of this attack. One of your own begins with what it needs, and every kind of defence concerns it.

    Raises ScenarioError for a name there is not, and for an attacker that needs a weaker defence.
    """
    if isinstance(attack, str):
        if attack not in ROWS:
            raise unknown("attack of the matrix", attack, list(ROWS))
        return ROWS[attack]
    attacker = known_attacker(attack)
    return Row(attacker.name, needs=settings_needed(attacker, Scenario(**BARE)), kinds=KINDS)


def columns(attack: str | Attacker) -> tuple[str, ...]:
    """The columns of this attack's row, `none` first."""
    row = row_of(attack)
    return tuple(name for name, one in DEFENCES.items() if row.has(one))


def offered(attack: str | Attacker) -> tuple[str, ...]:
    """The columns of this attack's row, without `none`."""
    return columns(attack)[1:]


def possible(attack: str | Attacker) -> tuple[str, ...]:
    """Every defence that can be put in this attack's way, alone or beside others; those of its row first."""
    own = columns(attack)
    return (*own[1:], *(name for name in DEFENCES if name not in own and _can_be_had(attack, name)))


def _can_be_had(attack: str | Attacker, defence: str) -> bool:
    try:
        scenario_of(attack, defence)
    except ScenarioError:
        return False
    return True


def scenario_of(attack: str | Attacker, *defences: str) -> Scenario:
    """The settings of an attack against these defences, all of them together. The attack may be one of your own.

    Raises ScenarioError for a name there is not, for a defence that takes away what the attack begins with, for one that
    does nothing for the app which the attack is about, and for two that cannot be had together, because they set the same
    thing.
    """
    row = row_of(attack)
    settings, checks = _with_defences(defences, row.needs, row.attack, row.has)
    made = Scenario(attacker=row.attack, seed=7, **settings, without=ALL_OFF.union(row.off) - checks)
    settings_needed(known_attacker(row.attack if isinstance(attack, str) else attack), made)
    return made


def defended(*defences: str, **settings: Any) -> Scenario:
    """An app and a server that have these defences and no other, with these settings besides, and nobody who attacks yet.

    What is switched off by `without` stays off, unless a defence switches it on. Raises ScenarioError for a name there is
    not, for a defence that would change one of these settings, and for two that cannot be had together.
    """
    off = frozenset(settings.pop("without", ()))
    made, checks = _with_defences(defences, settings, "the app", lambda defence: False)
    return Scenario(**{"seed": 7, **made}, without=(ALL_OFF | off) - checks)


def _with_defences(
    defences: tuple[str, ...], begins: Mapping[str, Any], who: str, may_change: Callable[[Defence], bool]
) -> tuple[dict[str, Any], set[str]]:
    """The settings of an app and a server with these defences, and the checks that they switch on.

    It `begins` with certain settings, which only a defence changes that `may_change` them.
    """
    settings, checks = {**BARE, **begins}, set[str]()
    set_by: dict[str, str] = {}
    for name in defences:
        if not isinstance(name, str) or name not in DEFENCES:
            raise unknown("defence", name, list(DEFENCES))
        for setting, value in DEFENCES[name].settings.items():
            if setting in set_by and settings[setting] != value:
                raise ScenarioError(
                    f"{set_by[setting]} and {name} cannot be had together: both set {setting}. Choose one of them"
                )
            if begins.get(setting, value) != value and not may_change(DEFENCES[name]):
                raise ScenarioError(
                    f"{who} begins with {setting} {begins[setting]!r}, and {name} would change that. Leave "
                    f"{name} out, or choose another {'setting' if who == 'the app' else 'attack'}"
                )
            settings[setting] = value
            set_by[setting] = name
        checks.update(DEFENCES[name].checks)
    return settings, checks
