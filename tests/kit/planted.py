"""Logins at random with exactly one fault planted, for the diagnosis: the fault that was planted is the truth.

A fault is a mistake of an honest party (flowsim/model/mistakes), a setting with which a login fails, or something that the
user, the network or time does. The rest of the settings is drawn, and is such that without the fault everything works. What
makes no difference in such a login does not count: it cannot be seen.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from flowsim.model.clients import MCP, PROFILES
from flowsim.model.mistakes import MISTAKES, Mistake
from flowsim.model.scenario import LESSON_TIME, Scenario, ScenarioError
from flowsim.model.server_settings import QUIRKS
from flowsim.model.states import State
from flowsim.model.transitions import is_terminal
from flowsim.simulation.simulation import Simulation, Trace

Settings = dict[str, Any]
Plant = Callable[[Settings, Random], Settings | None]
_GOOD = (
    State.DONE,
    State.TOKENS_HELD,
    State.REVOKED,
    State.PASSWORD_CHANGED,
    State.KEYS_CHANGED,
    State.TIME_PASSED,
    State.METADATA_KNOWN,
    State.RESOURCE_KNOWN,
    State.REGISTERED,
    State.SESSION_OPEN,
    State.APP_SESSION_ENDED,
    State.SIGNED_OUT_PAGE,
    State.LOGGED_OUT,
    State.REFRESH_JOINED,
    State.COPY_ANSWERED,
)
MOST_TRIES = 40  # of a fault that is planted where it makes no difference
_OFFLINE = " offline_access"
_NIGHT = LESSON_TIME + 11 * 3600  # 23:00 UTC


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: its name, the settings that it makes of others, None where it cannot be planted there, and its causes.

    More than one cause is right only where one fault shows in ways that are named apart: a browser that hides an answer,
    and one that does not send the request.
    """

    name: str
    plant: Plant
    causes: tuple[str, ...] = ()

    def is_named_by(self, cause: str) -> bool:
        """True where this cause is the fault; without a word about it, the one of the same name."""
        return cause in (self.causes or (self.name,))


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault and the login that came of it."""

    fault: Fault
    settings: Settings
    trace: Trace


def settings_at_random(random: Random) -> Settings:
    """Settings of a login that works, and of what comes after it."""
    client = random.choice([*PROFILES])
    offline = random.random() < 0.6
    api = "messages" if client == MCP else random.choice(["messages", "messages", "photos"])
    drawn: Settings = {
        "client": client,
        "pkce": random.choice(["S256", "S256", "S256", "plain", "none"]),
        "state": random.random() < 0.8,
        "nonce": random.random() < 0.8,
        "api": api,
        "scope": f"openid profile read:{api}{_OFFLINE if offline else ''}",
        "dpop": random.choice(["off", "off", "tokens", "code"]),
        "dpop_nonce": random.random() < 0.3,
        "dpop_key_per_login": random.random() < 0.7,
        "discovery": random.choice(["off", "off", "openid", "oauth"]),
        "par": random.choice(["off", "off", "optional", "required"]),
        "iss": random.random() < 0.8,
        "remembered": random.choice(["nothing", "nothing", "from-now", "login", "consent"]),
        "login": random.choice(["password", "one-time-code"]),
        "asks_consent": random.random() < 0.8,
        "rotation": random.random() < 0.8,
        "redirect_status": random.choice([302, 303]),
        "retries": random.random() < 0.3,
        "single_flight": random.random() < 0.3,
        "server_atomic": random.random() < 0.7,
        "logins_per_browser": random.choice(["one", "many"]),
        "quirks": frozenset(one for one in QUIRKS if random.random() < 0.15),
        "seed": random.randrange(10**9),
        "start": LESSON_TIME,
    }
    if drawn["discovery"] == "oauth":  # that looks where this server has nothing
        drawn["quirks"] -= {"openid-metadata-only"}
    if client == "web":
        drawn["client_auth"] = random.choice(["secret", "private_key_jwt"])
    words = ["call", "5m", "keys", "call", "login", *(["refresh", "refresh", "refresh call"] if offline else [])]
    drawn["later"] = " ".join(random.sample(words, random.randint(0, 3)))
    return drawn


def planted(random: Random, count: int, faults: Mapping[str, Fault] | None = None) -> Iterator[Planted]:
    """So many logins, each with a fault that makes a difference; which fault comes is drawn, each as often as another."""
    known = [*(FAULTS if faults is None else faults).values()]
    found = 0
    for _ in range(MOST_TRIES * count):
        if found == count:
            return
        fault, base = random.choice(known), settings_at_random(random)
        changed = fault.plant(dict(base), random)
        if changed is None:
            continue
        try:
            trace = Simulation(**changed).run()
        except ScenarioError:
            continue
        if went_wrong(trace):
            found += 1
            yield Planted(fault, changed, trace)
    assert found == count, f"of {len(known)} faults only {found} of {count} could be planted so that they show"


def went_wrong(trace: Trace) -> bool:
    """True where a run did not reach a good end, by the states alone."""
    runs = trace.worlds[-1].runs.values()
    return any(run.state not in _GOOD or not is_terminal(run.role, run.state) for run in runs)


def _changed(settings: Settings, **changes: Any) -> Settings:
    return {**settings, **changes}


def _offline(settings: Settings, later: str) -> Settings:
    """With a refresh token, and with this plan in place of the other one."""
    scope = settings["scope"].removesuffix(_OFFLINE)
    return _changed(settings, scope=scope + _OFFLINE, later=later)


def _scope(settings: Settings, *others: str) -> Settings:
    """Without the scope that the API wants, and with these words in its place."""
    words = [one for one in settings["scope"].split(" ") if not one.startswith("read:")]
    return _changed(settings, scope=" ".join([*words, *others]))


def _call_later(settings: Settings, random: Random) -> Settings:
    """Without a refresh token, when the access token has ended."""
    scope = settings["scope"].removesuffix(_OFFLINE)
    return _changed(settings, scope=scope, later=f"{random.randint(61, 600)}m call")


def _strange_scope(settings: Settings) -> Settings:
    return _changed(settings, scope=settings["scope"] + " delete:messages", unknown_scopes="refused")


def _pushed_late(settings: Settings, random: Random) -> Settings:
    return _changed(settings, par=random.choice(["optional", "required"]), later=f"after 2: {random.randint(2, 20)}m")


def _mistake(mistake: Mistake) -> Plant:
    def plant(settings: Settings, random: Random) -> Settings | None:
        mixed = {**settings, **mistake.beside}
        if "scope" in mistake.beside and "api" not in mistake.beside:
            mixed["api"] = "messages"  # which is what that scope is for
        try:
            scenario = Scenario(**mixed)
        except ScenarioError:
            return None
        return {**mixed, "mistakes": frozenset({mistake.name})} if mistake.applies(scenario) else None

    return plant


def _with(**changes: Any) -> Plant:
    return lambda settings, random: _changed(settings, **changes)


def _page_with(**changes: Any) -> Plant:
    return lambda settings, random: _changed(settings, client="spa", client_auth="secret", **changes)


def _later(plan: str, least: int, most: int, **changes: Any) -> Plant:
    """With this plan, in which {} stands for a number between the two."""
    return lambda settings, random: _changed(settings, later=plan.format(random.randint(least, most)), **changes)


def _offline_later(plan: str, least: int = 1, most: int = 1) -> Plant:
    return lambda settings, random: _offline(settings, plan.format(random.randint(least, most)))


def _website_with(**changes: Any) -> Plant:
    return lambda settings, random: _changed(settings, client="web", **changes)


def _two_refreshes(settings: Settings, random: Random) -> Settings:
    """Two refreshes at a time, of which the second overtakes the first."""
    order = "victim:11 refresh1:R1 refresh2:R3 refresh1:R3"
    return _changed(_offline(settings, "refresh refresh"), rotation=True, single_flight=False, order=order)


def _web_view(settings: Settings, random: Random) -> Settings:
    client = random.choice([name for name, profile in PROFILES.items() if profile.native])
    return _changed(settings, client=client, web_view=True, web_view_named=True, refuses_web_views=True)


def _elsewhere(settings: Settings, random: Random) -> Settings | None:
    """The app asks at the address of OAuth alone, and the server has its metadata at that of OpenID Connect alone."""
    if settings["client"] == MCP:
        return None  # that goes on to the next address
    return _changed(settings, discovery="oauth", quirks=settings["quirks"] | {"openid-metadata-only"})


def _lost(act: str, **changes: Any) -> Plant:
    """The network loses the request with the code or the answer to it, or the same of a refresh."""

    def plant(settings: Settings, random: Random) -> Settings:
        late, known = act == "lose-answer", {"retries": False, **changes}
        if random.random() < 0.5:
            return _changed(settings, later="", **{"order": f"victim:{8 if late else 7} victim:{act}", **known})
        order = f"victim:11 refresh1:{'R2' if late else 'R1'} refresh1:{act}"
        return _changed(_offline(settings, "refresh call"), rotation=True, order=order, **known)

    return plant


def _delivered_twice(settings: Settings, random: Random) -> Settings:
    return _changed(
        _offline(settings, "refresh refresh"), rotation=True, order="victim:11 refresh1:R1 refresh1:duplicate"
    )


def _two_tabs(settings: Settings, random: Random) -> Settings:
    """The app has room for one login in each browser, and the server for many."""
    known = {"client": "spa", "client_auth": "secret", "transactions": "browser", "logins_per_browser": "many"}
    order = f"victim:{random.randint(3, 6)} tab2:3 victim:11 tab2:11"
    return _changed(settings, later="", order=order, **known)


def _two_tabs_at_the_server(settings: Settings, random: Random) -> Settings:
    """The server has room for one login in each browser, and the app for many."""
    order = f"victim:{random.choice([3, 4])} tab2:{random.choice([4, 11])} victim:11"
    return _changed(
        settings,
        state=True,
        transactions="state",
        remembered="nothing",
        later="",
        order=order,
        logins_per_browser="one",
    )


_NO_COOKIE = ("cookie-not-sent",)
_CLOSED = ("cors-closed", "preflight-unanswered")
_ANOTHER = ("cors-other-origin",)
_OF_SETTINGS = (
    Fault("user-denied", _with(user="denies", asks_consent=True, remembered="nothing")),
    Fault("wrong-password", _with(user="wrong-password", remembered="nothing")),
    Fault("action-denied", _with(actions=("deny-at-night",), start=_NIGHT)),
    Fault("pkce-missing", _with(pkce="none", pkce_required=True)),
    Fault("metadata-of-openid-alone", _elsewhere, ("metadata-elsewhere",)),
    Fault("plain-refused", _with(pkce="plain", plain_allowed=False)),
    Fault("cors-closed", _page_with(cors="none"), _CLOSED),
    Fault("api-cors-closed", _page_with(api_cors="none"), _CLOSED),
    Fault("cors-another", _page_with(cors="another"), _ANOTHER),
    Fault("api-cors-another", _page_with(api_cors="another"), _ANOTHER),
    Fault("scope-not-granted", lambda settings, random: _scope(settings, "read:mesages")),
    Fault("no-scope-for-the-api", lambda settings, random: _scope(settings), ("api-scope-left-out",)),
    Fault("scope-unknown", lambda settings, random: _strange_scope(settings)),
    Fault("redirect-not-encrypted", _with(client="web", cleartext="app"), ("redirect-not-encrypted",)),
    Fault("cookie-and-form", _website_with(response_mode="form_post", cookie_same_site="lax"), _NO_COOKIE),
    Fault("cookie-strict", _website_with(cookie_same_site="strict"), _NO_COOKIE),
    Fault("no-app-for-the-scheme", _with(client="native-scheme", scheme_app="none"), ("callback-not-opened",)),
    Fault("loopback-port-taken", _with(client="native-loopback", loopback_port="taken", fixed_port=True)),
    Fault("loopback-port-compared", _with(client="native-loopback", loopback_port="taken", compares_ports=True)),
    Fault("web-view-refused", _web_view),
    Fault("request-lost", _lost("lose-request")),
    Fault("answer-lost", _lost("lose-answer")),
    Fault("answer-lost-and-sent-again", _lost("lose-answer", retries=True), ("answer-lost",)),
    Fault("delivered-twice", _delivered_twice, ("request-delivered-twice",)),
    Fault("login-in-two-tabs", _two_tabs, ("transaction-overwritten",)),
    Fault("two-tabs-at-the-server", _two_tabs_at_the_server, ("login-replaced-at-the-server",)),
    Fault("refresh-in-two-tabs", _two_refreshes, ("refresh-sent-twice",)),
    Fault("login-too-old", _with(max_age=60, remembered="login", ignores_login_parameters=True)),
    Fault("code-expired", _later("after 6: {}s", 60, 600)),
    Fault("login-expired", _later("after 4: {}m", 31, 200, remembered="nothing")),
    Fault("request-uri-expired", _pushed_late),
    Fault("access-token-expired", _offline_later("{}m call", 61, 600)),
    Fault("no-refresh-token", _call_later, ("offline-access-left-out",)),
    Fault("refresh-token-idle", _offline_later("{}d refresh", 31, 80)),
    Fault("refresh-token-expired", _offline_later("25d refresh 25d refresh 25d refresh {}d refresh", 16, 29)),
    Fault("password-changed", _offline_later("password refresh")),
    Fault("wider-scope", _offline_later("refresh=openid+write:messages"), ("refresh-for-more-scope",)),
)
FAULTS: Mapping[str, Fault] = {
    **{one.name: one for one in _OF_SETTINGS},
    **{one.name: Fault(one.name, _mistake(one)) for one in MISTAKES.values()},
}
