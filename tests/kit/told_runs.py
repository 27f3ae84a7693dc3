"""The runs in which every sentence is held against the facts: all that a reader can set, one at a time, and pairs.

Those that make no sense are left out. A group is a name and the settings of its runs.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, cast, get_args

from flowsim.actors import client
from flowsim.analysis.counterexamples.edits import OFFLINE, SEED
from flowsim.analysis.defences import ROWS, columns, scenario_of
from flowsim.attacks import ATTACKERS
from flowsim.attacks.malicious_client import MaliciousClient
from flowsim.attacks.toolkit import redeem_the_code, steal_the_redirect
from flowsim.attacks.view import View
from flowsim.checks import CHECKS
from flowsim.model.app_settings import CookieSameSite, ResponseMode
from flowsim.model.browser_settings import ThirdPartyCookies
from flowsim.model.clients import CLIENTS
from flowsim.model.mistakes import MISTAKES
from flowsim.model.scenario import PKCE_METHODS, SETTINGS, Scenario
from flowsim.model.server_settings import QUIRKS
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_CALL, OWN_LOGIN, VICTIM
from flowsim.protocol.messages import Opening, with_params
from flowsim.protocol.referrer import REFERRER_POLICIES
from flowsim.simulation.simulation import Simulation, Trace
from tests.kit.own_attackers import ruled
from tests.kit.runs import PlannedRun, goes_together

Settings = dict[str, Any]
DATA = "https://api.example/messages"

# Every setting that shapes a login, with the values that are not the usual ones.
VALUES: dict[str, tuple[Any, ...]] = {
    "pkce_required": (False, True),
    "plain_allowed": (False, True),
    "user": ("denies", "wrong-password", "careful", "attentive"),
    "login": ("one-time-code",),
    "api": ("photos",),
    "scope": ("openid", "read:messages", OFFLINE, "no such scope", "openid read:messages unheard-of"),
    "max_age": (0, 600),
    "acr": ("password", "one-time-code"),
    "api_max_age": (0, 600),
    "api_acr": ("password", "one-time-code"),
    "unknown_scopes": ("refused",),
    "ignores_login_parameters": (True,),
    "state": (False,),
    "nonce": (False,),
    "iss": (False,),
    "shipped_secret": (True,),
    "client_auth": ("private_key_jwt",),
    "start": (0,),
    "login_lifetime": (60,),
    "code_lifetime": (1, 90, 600),
    "access_token_lifetime": (90, 86_400),
    "later": ("1h call", "after 6: 2m", "after 4: 1h", "after 5: 30s", "keys call"),
    "rotation": (False,),
    "overlap": (120,),
    "refresh_idle_lifetime": (3600,),
    "refresh_lifetime": (3600,),
    "dpop": ("tokens", "code"),
    "dpop_key_per_login": (False,),
    "dpop_nonce": (True,),
    "actions": (("add-role",), ("only-example-mail", "add-role")),
    "mistakes": (("challenge-padded",), ("issuer-with-slash",), ("code-sent-twice", "token-in-quotes")),
    "quirks": tuple((quirk,) for quirk in QUIRKS),
    "redirect_match": ("origin", "prefix"),
    "remembered": ("from-now", "login", "consent"),
    "invalidates_code_on_failure": (True,),
    "verifier": ("clock",),
    "discovery": ("openid", "oauth"),
    "second_server": (True,),
    "redirect_uri_per_server": (True,),
    "open_tools": (True,),
    "redirect_uri_per_tool": (True,),
    "session_in_link": (True,),
    "assertion_audience": ("endpoint", "token-endpoint"),
    "pkce_by_method": (True,),
    "consent_by_link": (True,),
    "web_view": (True,),
    "web_view_named": (True,),
    "refuses_web_views": (True,),
    "fixed_port": (True,),
    "login_window": ("popup",),
    "popup_target": ("any", "another"),
    "popup_by_click": (False,),
    "cuts_openers": (True,),
    "compares_ports": (True,),
    "scheme_app": ("none",),
    "loopback_port": ("taken",),
    "par": ("optional", "required"),
    "redirect_status": (302, 307),
    "asks_consent": (False,),
    "loopback_warning": (False,),
    "allows_framing": (True,),
    "cors": ("any", "another", "none"),
    "api_cors": ("any", "another", "none"),
    "third_party_cookies": ("blocked", "partitioned"),
    "posts_new_cookies": (True,),
    "cookie_same_site": ("strict", "none", "missing"),
    "response_mode": ("form_post",),
    "refuses_prefetch": (True,),
    "loads_from_elsewhere": (True,),
    "pages_load_from_elsewhere": (True,),
    "referrer_policy": tuple(one for one in REFERRER_POLICIES if one != "no-referrer"),
    "server_referrer_policy": ("origin", "unsafe-url"),
    "cookies_in_frames": (True,),
    "replay_revokes": (False,),
    "revokes_any_replay": (True,),
    "state_not_bound_to_browser": (True,),
    "open_redirector": (True,),
    "cleartext": ("app", "API"),
    "transactions": ("state", "tab", "cookie"),
    "answer_tab": ("new",),
    "logins_per_browser": ("many",),
    "order": ("tab2:3 victim:11", "victim:2 tab2:2", "device2:5 victim:6 window2:2 tab3", "victim:lose-answer"),
    "retries": (True,),
    "single_flight": (True,),
    "server_atomic": (False,),
    "client_identity": ("registered",),
    "entered_secret": (True,),
    "opens_with": ("shell", "window"),
    "tool": ("send_message",),
    "mcp_revision": ("2025-11-25",),
    "proxy": (True,),
    "proxy_asks": (False,),
    "behind": ("own-token", "passed-on"),
    "resource_metadata": ("at-the-root",),
}
ASSISTANTS: tuple[Settings, ...] = (
    {},
    {"client_identity": "pre-registered", "resource_metadata": "at-the-path"},
    {"client_identity": "pre-registered", "entered_secret": True},
    {"opens_with": "shell"},
    {"opens_with": "window"},
    {"client_identity": "registered", "mcp_revision": "2025-11-25"},
    {"resource_metadata": "at-the-root", "quirks": frozenset({"openid-metadata-only"}), "mcp_revision": "2025-11-25"},
    {"tool": "send_message", "scope": "offline_access", "later": "refresh call"},
    {"tool": "send_message", "user": "denies"},
    {"tool": "send_message", "remembered": "consent", "later": "1h call"},
    {"dpop": "tokens", "dpop_nonce": True, "mcp_revision": "2025-11-25"},
    *({"pkce": pkce, "par": par} for pkce in ("none", "plain") for par in ("off", "required")),
    {"par": "required"},
    {"proxy": True},
    {"proxy": True, "remembered": "from-now", "later": "login"},
    {"proxy": True, "proxy_asks": False, "remembered": "login"},
    {"proxy": True, "user": "denies"},
    {"behind": "own-token"},
    {"behind": "passed-on"},
    {"behind": "passed-on", "without": frozenset({"behind.audience"}), "later": "1h call"},
    {"behind": "passed-on", "without": frozenset(one for one in CHECKS if one.startswith("behind."))},
    {"behind": "own-token", "dpop": "tokens", "dpop_nonce": True},
    {"behind": "passed-on", "dpop": "tokens", "tool": "send_message"},
    {"behind": "own-token", "mistakes": frozenset({"api-expects-another-audience"})},
    {"proxy": True, "proxy_asks": False, "user": "denies"},
    {"proxy": True, "proxy_asks": False, "user": "wrong-password"},
    {"loopback_port": "taken"},
    {"loopback_port": "taken", "compares_ports": True},
    {"mistakes": frozenset({"api-expects-another-audience"})},
    {"mistakes": frozenset({"issuer-with-slash"})},
    {"order": "tab2:3 victim:11"},
    {"order": "device2:3 victim:11", "client_identity": "registered"},
    {"attacker": "code-interception"},
    {"attacker": "code-interception", "pkce": "none"},
    {"attacker": "access-token-theft"},
    {"attacker": "refresh-theft"},
    {"client_auth": "private_key_jwt", "scope": "offline_access", "later": "refresh logout"},
    {"client_auth": "private_key_jwt", "par": "required", "server_atomic": False},
    {"loopback_warning": False},
    {"remembered": "login"},
    {"attacker": "borrowed-issuer"},
    {"attacker": "wrong-audience"},
    {"attacker": "loopback-impersonation"},
    {"attacker": "loopback-impersonation", "user": "attentive"},
    {"attacker": "loopback-impersonation", "user": "attentive", "remembered": "login"},
    {"attacker": "loopback-impersonation", "remembered": "consent"},
    {"attacker": "loopback-impersonation", "client_auth": "private_key_jwt"},
)
# What says nothing by itself, or is walked over in another group.
ELSEWHERE = ("client", "pkce", "without", "attacker", "seed")
ANYWHERE: Settings = {"without": frozenset({"link.same_browser", "login.same_browser"})}
PAIRS: tuple[Settings, ...] = (
    {"par": "required"},
    {"attacker": "mix-up-with-assertion", "iss": False},
    {"attacker": "mix-up-with-assertion", "iss": False, "without": frozenset({"code_assertion.audience"})},
    {"attacker": "mix-up-with-assertion", "discovery": "oauth", "without": frozenset({"discovery.issuer_same"})},
    {"par": "optional", "dpop": "code", "state": False},
    {"par": "required", "verifier": "clock"},
    {"dpop": "code"},
    {"dpop": "tokens", "dpop_nonce": True},
    {"dpop": "code", "dpop_key_per_login": False, "api_acr": "one-time-code"},
    {"dpop": "tokens", "dpop_key_per_login": False, "attacker": "code-injection"},
    {"dpop": "code", "dpop_key_per_login": False, "attacker": "code-injection"},
    {"dpop": "code", "dpop_key_per_login": False, "attacker": "login-csrf"},
    {"dpop": "code", "dpop_nonce": True, "later": "10m call"},
    {"remembered": "login", "asks_consent": False},
    {"remembered": "consent", "dpop": "tokens"},
    {"redirect_status": 307},
    {"remembered": "consent", "max_age": 600},
    {"remembered": "login", "acr": "one-time-code", "par": "optional"},
    {"api_acr": "one-time-code", "remembered": "consent"},
    {"api_acr": "one-time-code", "user": "denies"},
    {"api_acr": "one-time-code", "remembered": "login", "dpop": "code", "actions": ("add-role",)},
    {"api_max_age": 600, "remembered": "login", "later": "30m call", "scope": "openid read:messages"},
    {"api_max_age": 600, "api_acr": "one-time-code", "later": "30m call", "asks_consent": False},
    {"ignores_login_parameters": True, "max_age": 600, "remembered": "consent"},
    {"ignores_login_parameters": True, "api_acr": "one-time-code", "remembered": "login"},
    {"unknown_scopes": "refused", "scope": "openid read:messages unheard-of"},
    {"redirect_status": 307, "asks_consent": False},
    {"web_view": True, "login": "one-time-code"},
    {"web_view": True, "user": "wrong-password"},
    {"web_view": True, "user": "denies"},
    {"web_view": True, "remembered": "login"},
    {"web_view": True, "web_view_named": True, "refuses_web_views": True},
    {"web_view": True, "refuses_web_views": True},
    {"scheme_app": "none", "user": "denies"},
    {"scheme_app": "none", "par": "required", "scope": "no such scope"},
    {"scheme_app": "none", "without": frozenset({"device.scheme_registered"})},
    {"scheme_app": "none", "attacker": "code-interception"},
    {"scheme_app": "none", "attacker": "code-injection"},
    {"state": False, "nonce": False, "iss": False},
    {"actions": ("deny-at-night",), "start": 0},
    {"par": "required", "scope": "no such scope"},
    {"without": frozenset({"callback.transaction_exists"}), "state": False, "iss": False},
    {"without": frozenset({"api.issuer", "api.audience", "api.not_expired", "api.scope"})},
    {"attacker": "clickjacking", "allows_framing": True},
    {"discovery": "openid", "second_server": True},
    {"open_tools": True, "second_server": True},
    {"attacker": "cross-tool", "open_tools": True, "redirect_uri_per_tool": True},
    {"attacker": "audience-injection", "assertion_audience": "token-endpoint", "par": "required", "dpop": "code"},
    {"attacker": "consent-by-link", "consent_by_link": True},
    {"attacker": "consent-by-link", "consent_by_link": True, **ANYWHERE},
    {"attacker": "consent-by-link", "consent_by_link": True, **ANYWHERE, "user": "denies"},
    {"attacker": "consent-by-link", "consent_by_link": True, **ANYWHERE, "asks_consent": False},
    {"attacker": "displaced-login"},
    {"attacker": "displaced-login", "par": "required"},
    {"attacker": "displaced-login", "logins_per_browser": "many"},
    {"attacker": "session-fixation-by-link", "session_in_link": True},
    {"attacker": "session-fixation-by-link", "session_in_link": True, **ANYWHERE, "par": "required"},
    {"attacker": "method-only", "pkce_by_method": True, "par": "required"},
    {"attacker": "method-only-stripping", "pkce_by_method": True, "par": "optional"},
    {"discovery": "openid", "attacker": "mix-up"},
    {"discovery": "oauth", "attacker": "mix-up", "iss": False},
    {"discovery": "oauth", "attacker": "mix-up", "without": frozenset({"discovery.issuer_same"})},
    {"discovery": "openid", "par": "required", "later": "keys call"},
    {
        "attacker": "access-token-theft",
        "dpop": "tokens",
        "without": frozenset({"api_proof.scheme", "api_proof.present"}),
    },
)
# What an app in the browser meets at a server or an API that does not answer its page.
HIDDEN: tuple[Settings, ...] = (
    {"cors": "none"},
    {"cors": "another", "par": "required"},
    {"cors": "none", "discovery": "openid"},
    {"cors": "another", "discovery": "oauth", "without": frozenset({"page.metadata_readable"})},
    {"cors": "none", "discovery": "oauth", "without": frozenset({"page.metadata_readable", "page.tokens_readable"})},
    {"cors": "none", "dpop": "tokens"},
    {"cors": "none", "par": "optional", "shipped_secret": True},
    {"cors": "none", "without": frozenset({"page.tokens_readable"}), "later": "refresh"},
    {"cors": "none", "without": frozenset({"page.tokens_readable"}), "later": "logout"},
    {"cors": "none", "without": frozenset({"page.tokens_readable"}), "later": "keys refresh"},
    {
        "cors": "none",
        "without": frozenset({"page.tokens_readable", "page.refreshed_readable"}),
        "later": "keys refresh",
    },
    {
        "cors": "none",
        "without": frozenset({"page.tokens_readable"}),
        "later": "1h refresh",
        "access_token_lifetime": 60,
    },
    {"cors": "none", "without": frozenset({"page.code_may_be_sent"}), "dpop": "tokens"},
    {
        "cors": "none",
        "dpop": "tokens",
        "without": frozenset({"page.code_may_be_sent", "page.tokens_readable"}),
        "later": "refresh logout call",
    },
    {
        "cors": "none",
        "shipped_secret": True,
        "without": frozenset({"page.code_may_be_sent", "page.tokens_readable"}),
        "later": "logout",
    },
    {"api_cors": "none"},
    {"api_cors": "another", "dpop": "code"},
    {"api_cors": "none", "without": frozenset({"page.call_may_be_sent"}), "later": "call"},
    {"dpop": "tokens", "later": "refresh call logout"},
    {"dpop": "tokens", "dpop_nonce": True, "later": "refresh call"},
    {"dpop": "code", "dpop_nonce": True, "par": "required", "api_cors": "none"},
    {
        "dpop": "tokens",
        "dpop_nonce": True,
        "cors": "none",
        "api_cors": "none",
        "without": frozenset({"page.code_may_be_sent", "page.call_may_be_sent"}),
    },
    {"par": "required", "shipped_secret": True, "later": "refresh logout"},
    {"cors": "none", "pkce": "none", "attacker": "code-interception"},
    {"cors": "none", "attacker": "code-injection", "dpop": "tokens"},
    {"cors": "none", "attacker": "code-injection"},
    {"cors": "none", "attacker": "code-injection", "pkce": "none"},
    {"dpop": "tokens", "dpop_nonce": True, "attacker": "code-injection", "pkce": "none"},
    {"cors": "none", "attacker": "mix-up", "dpop": "tokens", "iss": False},
    {"cors": "none", "attacker": "silent-login"},
    {"api_cors": "none", "attacker": "access-token-theft"},
)
# A login in a popup, and what comes between it and the page that has opened it.
POPUPS: tuple[Settings, ...] = (
    {},
    {"popup_target": "any"},
    {"popup_target": "another"},
    {"popup_by_click": False},
    {"cuts_openers": True},
    {"user": "denies"},
    {"cuts_openers": True, "user": "denies"},
    {"cuts_openers": True, "remembered": "consent"},
    {"popup_target": "another", "scope": "no such scope"},
    {"par": "required", "dpop": "code"},
    {"popup_by_click": False, "par": "required"},
    {"popup_target": "any", "without": frozenset({"popup.sender_origin"})},
    {"cuts_openers": True, "without": frozenset({"popup.opener_there"})},
    {"popup_by_click": False, "without": frozenset({"popup.opened_by_click"})},
    {"attacker": "login-csrf", "state": False},
    {"attacker": "code-injection"},
    {"attacker": "silent-login"},
    {"attacker": "app-impersonation", "remembered": "consent"},
    {"attacker": "code-interception", "pkce": "none"},
    {"attacker": "mix-up", "iss": False},
)
UNLIKE = ("native-scheme", "spa", "web")  # an app on a phone, a page, a website
PLANS = (
    "1h refresh call",
    "refresh refresh logout call",
    "keys refresh call",
    "password refresh",
    "31d refresh",
    "refresh=openid call",
    "91d call",
    "keys logout",
)
# Sessions: which of them there are, and which of them a logout ends.
SESSIONS = (
    "other-app server-logout login call",
    "app-logout login call other-app",
    "login login app-logout",
    "other-app other-app server-logout other-app",
)
WITH_SESSIONS: tuple[Settings, ...] = (
    {"remembered": "from-now"},
    {"remembered": "from-now", "asks_consent": False},
    {"remembered": "nothing"},
    {"remembered": "login", "scope": "read:messages"},
    {"remembered": "from-now", "scope": "read:messages", "without": frozenset({"logout.user_named"})},
    {"remembered": "consent", "par": "required", "dpop": "code"},
)
WITH_PLANS: tuple[Settings, ...] = (
    {},
    {"rotation": False},
    {"overlap": 120},
    {"dpop": "tokens"},
    {"client": "web"},
    {"client": "web", "dpop": "code"},
    {"client": "spa", "dpop": "code", "dpop_nonce": True},
    {"client": "spa", "access_token_lifetime": 300},
)
LATE = ("refresh-theft", "refresh-theft-late", "refresh-theft-older", "lasting-access", "logout-by-replay")
TAKE_OUT = ("pkce-downgrade", "request-stripping")
# Runs in which something is refused: without the check that refuses it they go on.
REFUSED: tuple[Settings, ...] = (
    {"client": "web", "user": "wrong-password"},
    {"client": "spa", "user": "denies"},
    {"client": "spa", "attacker": "code-interception"},
    {"attacker": "login-csrf"},
    {"attacker": "code-replay", "pkce": "none"},
    {"attacker": "refresh-theft-late", "dpop": "tokens"},
    {"attacker": "access-token-theft", "dpop": "tokens"},
    {"attacker": "code-interception", "dpop": "code"},
    {"attacker": "clickjacking", "remembered": "login"},
)
NOT_ENCRYPTED = frozenset({"authorize.redirect_uri_encrypted"})
# What the browser does with cookies, frames and addresses of its own accord.
IN_THE_BROWSER: tuple[Settings, ...] = (
    *(
        {"client": "web", "cookie_same_site": marked, "response_mode": mode, "remembered": known}
        for marked, mode, known in product(
            get_args(CookieSameSite), get_args(ResponseMode), ("nothing", "login", "consent")
        )
    ),
    {"client": "web", "cookie_same_site": "missing", "response_mode": "form_post", "posts_new_cookies": True},
    {
        "client": "web",
        "cookie_same_site": "missing",
        "response_mode": "form_post",
        "posts_new_cookies": True,
        "later": "after 4: 3m",
    },
    {"client": "web", "response_mode": "form_post", "cookie_same_site": "none", "user": "denies"},
    {
        "client": "web",
        "response_mode": "form_post",
        "cookie_same_site": "none",
        "actions": ("deny-at-night",),
        "start": 0,
    },
    {"client": "web", "response_mode": "form_post", "cookie_same_site": "none", "par": "required", "dpop": "code"},
    {"client": "web", "response_mode": "form_post", "cookie_same_site": "none", "scope": "no such scope"},
    {"client": "web", "response_mode": "form_post", "attacker": "redirect-manipulation", "redirect_match": "prefix"},
    {"client": "web", "response_mode": "form_post", "cookie_same_site": "none", "api_acr": "one-time-code"},
    {"client": "web", "redirect_status": 307, "cookie_same_site": "none"},
    *(
        {"client": client, "loads_from_elsewhere": True, "referrer_policy": policy, **cast(Settings, more)}
        for client, policy, more in product(
            ("web", "spa", "native-loopback", "native-scheme"),
            REFERRER_POLICIES,
            ({}, {"user": "denies"}, {"pkce": "plain", "state": False}),
        )
    ),
    *(
        {"client": "web", "pages_load_from_elsewhere": True, "server_referrer_policy": policy, **cast(Settings, more)}
        for policy in ("no-referrer", "origin", "unsafe-url")
        for more in (
            {},
            {"attacker": "code-interception"},
            {"redirect_match": "exact", "second_server": True},
            {"remembered": "login"},
            {"attacker": "redirect-manipulation"},
            {"attacker": "clickjacking", "allows_framing": True, "remembered": "login"},
        )
    ),
    *(
        {
            "client": "spa",
            "later": "silent-renewal call silent-renewal",
            "remembered": known,
            "cookies_in_frames": marked,
            "third_party_cookies": rule,
            "asks_consent": asks,
        }
        for known, marked, rule, asks in product(
            ("nothing", "from-now", "login", "consent"), (False, True), get_args(ThirdPartyCookies), (True, False)
        )
    ),
    {"client": "spa", "later": "silent-renewal", "remembered": "consent", "ignores_login_parameters": True},
    {"client": "spa", "later": "silent-renewal", "max_age": 60, "par": "required", "dpop": "code", "scope": OFFLINE},
    *(
        {"client": client, "later": plan, "refuses_prefetch": refuses, **cast(Settings, more)}
        for client, plan, refuses, more in product(
            ("web", "spa"),
            ("prefetch reload call", "scan reload reload", "reload login reload", "after 6: 1m prefetch call"),
            (False, True),
            (
                {},
                {"without": frozenset({"callback.transaction_exists"}), "state": False, "nonce": False, "pkce": "none"},
                {
                    "without": frozenset({"callback.transaction_exists", "send.code_new"}),
                    "state": False,
                    "nonce": False,
                    "pkce": "none",
                },
                {"state_not_bound_to_browser": True},
                {"user": "denies"},
                {"remembered": "consent"},
            ),
        )
    ),
    {"client": "web", "later": "reload", "response_mode": "form_post", "cookie_same_site": "none"},
    {"client": "web", "later": "reload prefetch", "response_mode": "form_post"},
    {"client": "web", "later": "reload", "cookie_same_site": "strict"},
    {"client": "web", "cookie_same_site": "none", "cleartext": "app", "without": NOT_ENCRYPTED},
    {"client": "web", "cookie_same_site": "strict", "cleartext": "app", "without": NOT_ENCRYPTED},
    *(
        {
            "client": "web",
            "response_mode": "form_post",
            "cookie_same_site": "none",
            "attacker": attacker,
            "pkce": "none",
        }
        for attacker in ATTACKERS
    ),
)
ERRORS_SENT_ANYWHERE = frozenset({"authorize.error_address_trusted"})
NO_TLS: Settings = {
    "client": "web",
    "cleartext": "app",
    "without": frozenset({"authorize.redirect_uri_encrypted"}),
}
# What comes to an end that no row of the matrix has.
ENDS: tuple[Settings, ...] = (
    {"client": "web", "client_auth": "private_key_jwt"},
    {"client": "web", "client_auth": "private_key_jwt", "par": "required"},
    {"client": "web", "client_auth": "private_key_jwt", "scope": OFFLINE, "later": "refresh logout"},
    {"client": "web", "client_auth": "private_key_jwt", "dpop": "tokens", "dpop_nonce": True},
    {"client": "web", "client_auth": "private_key_jwt", "without": frozenset({"code_assertion.not_seen"})},
    {"client": "web", "client_auth": "private_key_jwt", "attacker": "code-interception"},
    {"attacker": "refresh-theft-late", "scope": OFFLINE, "later": "61m"},
    {"attacker": "refresh-theft-late", "scope": OFFLINE, "later": "password"},
    {"attacker": "web-view", "web_view": True, "later": "password"},
    {"attacker": "malicious-client", "asks_consent": False},
    {"attacker": "network-reader", **NO_TLS},
    {"attacker": "network-reader", **NO_TLS, "pkce": "none", "discovery": "openid"},
    {"attacker": "network-reader", **NO_TLS, "pkce": "plain", "par": "required", "api_acr": "one-time-code"},
    {"attacker": "network-writer", **NO_TLS, "pkce": "none", "nonce": False},
    {"attacker": "network-writer", **NO_TLS, "par": "optional", "dpop": "code"},
    {"attacker": "network-writer", **NO_TLS, "user": "denies"},
    {"attacker": "code-injection", **NO_TLS, "pkce": "none", "nonce": False},
    {"attacker": "session-fixation", **NO_TLS, "state_not_bound_to_browser": True},
    {"attacker": "network-reader-of-tokens", "cleartext": "API", "client": "native-loopback"},
    {"attacker": "network-reader-of-tokens", "cleartext": "API", "client": "spa"},
    {"attacker": "network-reader-of-tokens", "cleartext": "API", "dpop": "tokens", "dpop_nonce": True},
    {"attacker": "access-token-theft", "cleartext": "API", "client": "web", "dpop": "code", "later": "10m call"},
    {"attacker": "server-as-redirector", "without": ERRORS_SENT_ANYWHERE, "login": "one-time-code"},
    {"attacker": "server-as-redirector", "without": ERRORS_SENT_ANYWHERE, "user": "wrong-password"},
    {"attacker": "server-as-redirector", "without": ERRORS_SENT_ANYWHERE, "later": "password"},
    {"attacker": "open-redirector", "client": "web", "open_redirector": True, "redirect_match": "origin"},
    {
        "attacker": "open-redirector",
        "client": "spa",
        "open_redirector": True,
        "redirect_match": "prefix",
        "state": False,
    },
    {
        "attacker": "open-redirector",
        "client": "spa",
        "open_redirector": True,
        "redirect_match": "prefix",
        "user": "denies",
    },
    {"attacker": "open-redirector", "client": "spa", "redirect_match": "origin", "redirect_status": 307},
    {"attacker": "code-interception", "pkce": "none", "shipped_secret": True},
    {"later": "app-logout", "order": "victim:9 app-logout1"},
    {"client": "spa", "transactions": "tab", "answer_tab": "new"},
    {"client": "web", "order": "tab2:3 victim:3 device2:3 tab2:7"},
    {"client": "spa", "order": "tab2:2 window2:2 victim:2 victim:4 window2:3"},
)


def beside(setting: str) -> Settings:
    """The settings without which this one would do nothing."""
    return dict(SETTINGS[setting].only)


def apps(setting: str) -> tuple[str, ...]:
    """The apps that have this setting."""
    only = SETTINGS[setting].only.get("client")
    return (only,) if only else CLIENTS


def groups() -> dict[str, list[Settings | Scenario]]:
    """Name of the group to the settings of its runs."""
    named: dict[str, list[Settings | Scenario]] = {}
    for attack in ROWS:
        named[f"matrix-{attack}"] = [
            scenario_of(attack, *([name] if name != "none" else [])) for name in columns(attack)
        ]
    for attacker in (None, *ATTACKERS):
        named[f"attack-{attacker or 'nobody'}"] = [
            {"client": app, "pkce": pkce, "attacker": attacker} for app, pkce in product(CLIENTS, PKCE_METHODS)
        ]
    for setting, values in VALUES.items():
        named[f"setting-{setting}"] = [
            *({setting: value, "client": app, **beside(setting)} for value, app in product(values, apps(setting))),
            *({setting: value, "client": "web", "attacker": "code-injection"} for value in values),
        ]
    named["pairs"] = [{**pair, "client": app, "pkce": pkce} for pair, app, pkce in product(PAIRS, UNLIKE, PKCE_METHODS)]
    named["plans"] = [{**more, "later": plan, "scope": OFFLINE} for plan, more in product(PLANS, WITH_PLANS)]
    named["sessions"] = [
        {**more, "later": plan, "client": app} for plan, more, app in product(SESSIONS, WITH_SESSIONS, CLIENTS)
    ]
    named["hidden"] = [{"client": "spa", "scope": OFFLINE, **one} for one in HIDDEN]
    named["popups"] = [{"client": "spa", "login_window": "popup", **one} for one in POPUPS]
    named["late"] = [{**more, "attacker": attacker} for attacker, more in product(LATE, WITH_PLANS)]
    named["taken-out"] = [
        {**more, "attacker": attacker, "pkce": pkce}
        for attacker, more, pkce in product(TAKE_OUT, ({"dpop": "code"}, {"par": "optional"}), PKCE_METHODS)
    ]
    named["without-one-check"] = [
        {"scope": OFFLINE, "later": "refresh", "without": frozenset({check})} for check in CHECKS
    ]
    named["without-what-refuses"] = [
        {**more, "without": frozenset({check})} for more in REFUSED for check in failing(more)
    ]
    named["mistakes"] = [
        {"client": app, "mistakes": (name,), **one.beside} for name, one in MISTAKES.items() for app in UNLIKE
    ]
    named["mistakes"] += [
        {"mistakes": (name,), **more}
        for name in ("token-request-as-json", "token-in-quotes")
        for more in ({"dpop": "tokens"}, {"server_atomic": False})
    ]
    named["ends"] = list(ENDS)
    named["ends"].append({"client": "native-loopback", "fixed_port": True, "loopback_port": "taken"})
    named["assistants"] = [{"client": "mcp", **one} for one in ASSISTANTS]
    named["in-the-browser"] = list(IN_THE_BROWSER)
    named["own-attackers"] = list(of_ones_own())
    return named


class CallingAgain(MaliciousClient):
    """An app of the attacker's own that calls the API once more with the token that it was given."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        first = MaliciousClient.next_move(self, world)
        name = f"{ATTACKER_CALL} 1"
        if first is not None or "access_token" not in world.loot:
            return first
        if name in world.runs:
            return Move(name, Act.STEP_11) if world.runs[name].state is State.API_ASKED else None
        shown = client.api_request(DATA, world.loot["access_token"], "attacker")
        return Move(name, Act.STEP_10, shown, role=Role.CALL, by_attacker=True)


def of_ones_own() -> Iterator[Settings]:
    """Attackers that stop half-way, or do what none of those that come along does."""
    for scope in ("openid", "read:messages"):
        yield {"attacker": ruled(_stops_with_the_tokens, "A3"), "pkce": "none", "scope": scope}
    yield {"attacker": ruled(_takes_the_redirect, "A3", aim="denial")}
    yield {"attacker": ruled(_opens_an_address, "A3"), "pkce": "none", "state": False, "nonce": False}
    yield {"attacker": ruled(_reads_the_call, "A5")}
    caller = CallingAgain(name="mine", title="calls again", positions=("A1",))
    yield {"attacker": caller, "user": "denies", "without": frozenset({"consent.allowed"})}
    yield {"attacker": ruled(_taps_the_request, "A2"), **NO_TLS}
    for app in UNLIKE:
        yield {"attacker": ruled(_reads_before_it_is_sent, "A4"), "client": app}


def _takes_the_redirect(view: View) -> Move | None:
    return None if "code" in view.loot else steal_the_redirect(view)


def _stops_with_the_tokens(view: View) -> Move | None:
    if "code" not in view.loot:
        return steal_the_redirect(view)
    return None if "access_token" in view.loot else redeem_the_code(view, None)


def _opens_an_address(view: View) -> Move | None:
    """The address of the app with the stolen code in it, in the attacker's own browser."""
    if "code" not in view.loot or OWN_LOGIN in view.runs:
        return _takes_the_redirect(view)
    address = with_params(view.scenario.profile.redirect_uri, {"code": view.loot["code"]})
    return Move(OWN_LOGIN, Act.OPEN_ADDRESS, Opening(url=address), role=Role.LOGIN, by_attacker=True)


def _reads_the_call(view: View) -> Move | None:
    ready = view.runs[VICTIM].state is State.API_ASKED and "access_token" not in view.loot
    return Move(VICTIM, Act.READ_API_REQUEST) if ready else None


def _taps_the_request(view: View) -> Move | None:
    """The request on the network, and then what the redirect holds."""
    state = view.runs[VICTIM].state
    wanted = {State.PREPARED: "client_id", State.CODE_IN_BROWSER: "code"}.get(state)
    return Move(VICTIM, Act.WIRETAP) if wanted and wanted not in view.loot else None


def _reads_before_it_is_sent(view: View) -> Move | None:
    ready = view.runs[VICTIM].state is State.PREPARED and "client_id" not in view.loot
    return Move(VICTIM, Act.READ_REQUEST) if ready else None


def failing(settings: Settings) -> list[str]:
    """The ids of the checks that something in this run does not pass, in the order of the run."""
    events = Simulation(seed=SEED, **settings).run().events
    return list(dict.fromkeys(one.check.id for event in events for one in event.checks if one.passed is False))


def traces(settings: list[Settings | Scenario]) -> Iterator[Trace]:
    """These runs, each played to its end."""
    for one in settings:
        if isinstance(one, Scenario):
            yield Simulation(one).run()
        elif goes_together(**one):
            shape = {"client", "pkce", "attacker"}
            yield PlannedRun(**one).trace() if set(one) == shape else Simulation(seed=SEED, **one).run()
