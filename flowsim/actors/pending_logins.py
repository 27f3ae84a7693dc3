"""Where the app keeps a login that is under way, from the request at step 2 until the answer comes back at step 7.

An app finds it by the browser alone, by its `state`, or by the tab. A website that keeps nothing itself hands it to the
browser, in a cookie that it has signed; whoever reads that cookie reads the `code_verifier` in it.

Where a website can have several logins under way, each has a cookie of its own, named after its `state`: the cookie of
the session is set when the login has ended. With one cookie for all, the tab that came last would take it from the others.

Source: RFC 6749 section 10.12 (the login is bound to the browser); RFC 6265 section 4.1 (cookies).
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode
from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

from flowsim.model.app_settings import Transactions
from flowsim.model.clients import Profile
from flowsim.model.world import Client, Transaction, evolve
from flowsim.protocol.messages import Request, answered_at, query_of, single
from flowsim.protocol.pkce import base64url

_NUMBERS = ("started", "max_age")
_BETWEEN = "#"  # stands in no session cookie, in no state, and in no name of a run


def place_of(kept: Transactions, who: str, state: str | None, tab: str) -> str:
    """Under which key the app keeps the login with this `state` that takes place in this tab of the browser `who`."""
    if kept == "state":
        return f"{who}{_BETWEEN}{state or ''}"
    return f"{who}{_BETWEEN}{tab}" if kept == "tab" else who


def browser_of(place: str) -> str:
    """Which browser it is whose login is kept under this key."""
    return place.partition(_BETWEEN)[0]


def has_own_cookie(profile: Profile, kept: Transactions) -> bool:
    """True where each login that is under way at this app has a cookie of its own."""
    return profile.kind == "website" and kept in ("state", "cookie")


def hand_over(client: Client, who: str, state: str | None, kept: Transactions, same_site: str) -> tuple[Client, str]:
    """The website after step 2, and the cookie of this login: a name for it, or all that there is to know of it."""
    place, name = place_of(kept, who, state, ""), cookie_name(client.profile, state)
    login = client.transactions.get(place)
    if kept == "state" or login is None or client.cookie_key is None:
        return client, client.profile.set_cookie(name, who, same_site)
    forgotten = evolve(client, transactions=client.transactions.delete(place))
    return forgotten, client.profile.set_cookie(name, signed(client.cookie_key, who, login), same_site)


def take_back(client: Client, arrived: Request, kept: Transactions) -> tuple[Client, str]:
    """The website with the login that the cookie of this answer names or holds, and which browser that is.

    The browser is nobody, an empty text, where there is no such cookie, or one that the website has not signed.
    """
    name = cookie_name(client.profile, single(query_of(answered_at(arrived)), "state"))
    value = arrived.cookies.get(name, "")
    if kept == "state" or client.cookie_key is None:
        return client, value
    who, login = opened(value, client.cookie_key)
    if login is None:
        return client, ""
    return evolve(client, transactions=client.transactions.set(who, login)), who


def cookie_name(profile: Profile, state: str | None) -> str:
    """What the cookie of the login with this `state` is called."""
    return "-".join((profile.session_cookie.replace("session", "login"), *([state[:8]] if state else [])))


def signed(key: bytes, who: str, login: Transaction) -> str:
    """This login as the value of a cookie: a form, and behind it a MAC of SHA-256 over it."""
    said = {one.name: getattr(login, one.name) for one in fields(login)}
    texts = {
        name: base64url(value)
        if isinstance(value, bytes)
        else " ".join(value)
        if isinstance(value, tuple)
        else str(value)
        for name, value in said.items()
        if value not in (None, (), False)
    }
    text = urlencode({"who": who, **texts})
    return f"{text}&mac={_mac(key, text)}"


def opened(value: str, key: bytes | None = None) -> tuple[str, Transaction | None]:
    """The browser and the login in the value of such a cookie; no login where the MAC is not one of this key.

    Without a key nobody asks who has signed it: that is for whoever only wants to look.
    """
    text, _, mac = value.rpartition("&mac=")
    if not text or (key is not None and not hmac.compare_digest(_mac(key, text).encode(), mac.encode())):
        return "", None
    said = dict(parse_qsl(text, keep_blank_values=True))
    who = said.pop("who", "")
    values: dict[str, object] = {"state": None, "nonce": None, "code_verifier": None, **said}
    values |= {name: int(said[name]) for name in _NUMBERS if name in said}
    values |= {"acr_values": tuple(said.get("acr_values", "").split()), "at_second": "at_second" in said}
    if "dpop_key" in said:
        values["dpop_key"] = urlsafe_b64decode(said["dpop_key"] + "=" * (-len(said["dpop_key"]) % 4))
    return who, Transaction(**values)  # type: ignore[arg-type]


def _mac(key: bytes, text: str) -> str:
    return base64url(hmac.digest(key, text.encode(), hashlib.sha256))
