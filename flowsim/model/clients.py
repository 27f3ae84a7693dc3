"""The kinds of client: where each of them lives, how the answer comes back to it, and whether it can keep a secret.

A client is *public* when it can keep no secret from its own user (an app on a phone, a page in a browser), and
*confidential* when it runs on a server of its own.

Source: RFC 6749 section 2.1 (client types), RFC 8252 section 7 (redirects of native apps).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from frozendict import frozendict

from flowsim.model.mcp import ISSUED_ID, ClientIdentity

RedirectKind = Literal["scheme", "claimed-https", "loopback", "page", "website"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of client: its name, its type, where it lives and where the answer is sent."""

    name: str
    title: str
    client_id: str
    app_name: str
    home: str
    redirect_uri: str
    kind: RedirectKind
    confidential: bool = False

    @property
    def native(self) -> bool:
        return self.kind in ("scheme", "claimed-https", "loopback")

    @property
    def session_cookie(self) -> str:
        """The name of the cookie by which its website knows a browser; the prefix takes TLS (RFC 6265bis)."""
        return "__Host-session" if self.home.startswith("https:") else "session"

    def set_session_cookie(self, value: str, same_site: str = "lax") -> str:
        """The `Set-Cookie` with which its website makes a browser known under this value (RFC 6265 §4.1).

        `same_site` is how it marks the cookie: `lax`, `strict`, `none`, or `missing` where it does not.
        """
        return self.set_cookie(self.session_cookie, value, same_site)

    def set_cookie(self, name: str, value: str, same_site: str = "lax") -> str:
        """The `Set-Cookie` for any cookie of its website, marked as that of the session is."""
        secure = " Secure;" if self.session_cookie.startswith("__Host-") else ""
        marked = "" if same_site == "missing" else f"; SameSite={same_site.title()}"
        return f"{name}={value}; Path=/;{secure} HttpOnly{marked}"

    @property
    def in_browser(self) -> bool:
        """Whether its code runs in the user's browser, as a page: what it holds, the browser holds (RFC 6749 §2.1)."""
        return self.kind == "page"


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="native-scheme",
            title="an app on a phone that is called back by a private-use URL scheme",
            client_id="photo-app",
            app_name="Photo App",
            home="com.example.app:",
            redirect_uri="com.example.app:/callback",
            kind="scheme",
        ),
        Profile(
            name="native-https",
            title="an app on a phone that is called back by a claimed https address",
            client_id="photo-app-https",
            app_name="Photo App",
            home="https://app.example",
            redirect_uri="https://app.example/callback",
            kind="claimed-https",
        ),
        Profile(
            name="native-loopback",
            title="a program on a computer that listens on a loopback port",
            client_id="photo-desktop",
            app_name="Photo Desktop",
            home="http://127.0.0.1:51004",
            redirect_uri="http://127.0.0.1:51004/callback",
            kind="loopback",
        ),
        Profile(
            name="spa",
            title="a single-page app: its code runs in the browser",
            client_id="photo-page",
            app_name="Photo Page",
            home="https://spa.example",
            redirect_uri="https://spa.example/callback",
            kind="page",
        ),
        Profile(
            name="web",
            title="a website, with a server of its own and a real secret",
            client_id="photo-web",
            app_name="Photo Web",
            home="https://web.example",
            redirect_uri="https://web.example/callback",
            kind="website",
            confidential=True,
        ),
        Profile(
            name="mcp",
            title="an assistant on a computer that calls the tools of an MCP server and listens on a loopback port",
            client_id="https://assistant.example/client.json",
            app_name="Photo Assistant",
            home="http://127.0.0.1:51004",
            redirect_uri="http://127.0.0.1:51004/callback",
            kind="loopback",
        ),
    )
}
# It goes about a login in its own way: it learns from the API where to log in.
MCP = "mcp"
# What a setting says that does something for that one only (`only` of a Setting).
ONLY_MCP: Mapping[str, Any] = frozendict(client=MCP)
# The kinds of app that differ in where they live, and in nothing else.
CLIENTS = tuple(name for name in PROFILES if name != MCP)


@cache
def without_tls(profile: Profile) -> Profile:
    """This client with every address of its own at `http`."""
    home, redirect_uri = (f"http:{one.removeprefix('https:')}" for one in (profile.home, profile.redirect_uri))
    return replace(profile, home=home, redirect_uri=redirect_uri)


@cache
def known_as(profile: Profile, identity: ClientIdentity) -> Profile:
    """This app with the client_id that it has from the start; empty where it has yet to register itself."""
    ids = {"metadata-document": profile.client_id, "pre-registered": ISSUED_ID, "registered": ""}
    return replace(profile, client_id=ids[identity])


USUAL_PORT, ANOTHER_PORT = "51004", "51019"


@cache
def on_another_port(profile: Profile) -> Profile:
    """This program as it listens on another port than usual, because that one is taken (RFC 8252 section 7.3)."""
    home, redirect_uri = (
        one.replace(f":{USUAL_PORT}", f":{ANOTHER_PORT}") for one in (profile.home, profile.redirect_uri)
    )
    return replace(profile, home=home, redirect_uri=redirect_uri)


# Where another app of the same kind lives.
_OTHER_HOMES: dict[RedirectKind, str] = {"scheme": "com.example.news:", "loopback": "http://127.0.0.1:51005"}


def other_app(profile: Profile) -> Profile:
    """Another app of the same kind and of another name, which the same user uses as well."""
    home = _OTHER_HOMES.get(profile.kind, "https://news.example")
    return replace(
        profile,
        name=f"other-{profile.name}",
        client_id=profile.client_id.replace("photo", "news"),
        app_name=profile.app_name.replace("Photo", "News"),
        home=home,
        redirect_uri=f"{home}/callback",
    )


def signed_out_uri(profile: Profile) -> str | None:
    """Where the browser comes back to after a logout at the server; None for an app that cannot register such an address.

    The server compares it with what was registered, letter by letter, and a program that listens on a port has another
    port each time.
    """
    return None if profile.kind == "loopback" else f"{profile.home}/signed-out"
