"""The settings of a login that a client of somebody else's has begun, as far as its messages show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowsim.model.clients import MCP, PROFILES, Profile, RedirectKind
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.world import RegisteredClient
from flowsim.protocol.addresses import OWN_MACHINE, host_of, origin_of
from flowsim.protocol.messages import single

_LIKE: Mapping[RedirectKind, str] = {
    "scheme": "native-scheme",
    "claimed-https": "native-https",
    "loopback": "native-loopback",
    "page": "spa",
    "website": "web",
}


@dataclass(frozen=True, kw_only=True)
class LiveScenario(Scenario):
    """The settings of one live login. `app` is the client as registered; `client` names the lessons' own of its kind."""

    app: Profile = PROFILES["web"]

    @property
    def live(self) -> bool:
        return True

    @property
    def profile(self) -> Profile:
        return self.app


def scenario_of(usual: Scenario, client: RegisteredClient | None, params: Iterable[tuple[str, str]]) -> LiveScenario:
    """The settings of a login that begins with these parameters, at a server with the `usual` settings.

    Of what the request holds only that is taken which a setting can have.
    """
    sent = tuple(params)
    app = _profile(client, sent)
    challenge, method = single(sent, "code_challenge"), single(sent, "code_challenge_method")
    settings: dict[str, Any] = {
        "client": MCP if usual.speaks_mcp else _LIKE[app.kind],
        "pkce": "none" if challenge is None else "S256" if method == "S256" else "plain",
        "state": single(sent, "state") is not None,
        "nonce": single(sent, "nonce") is not None,
    }
    known = {name: getattr(usual, name) for name in usual.__dataclass_fields__ if name != "app"}
    found = LiveScenario(**known | settings | {"later": "", "shipped_secret": False, "web_view": False}, app=app)
    try:
        return replace(found, scope=single(sent, "scope") or found.scope)
    except ScenarioError:
        return found


def as_page(scenario: LiveScenario) -> LiveScenario:
    """The same, now that the client is known to run in a browser: its requests name the origin of a page."""
    if scenario.app.confidential or scenario.app.in_browser or scenario.speaks_mcp:
        return scenario
    return replace(scenario, client=_LIKE["page"], app=replace(scenario.app, kind="page", title=PROFILES["spa"].title))


def _profile(client: RegisteredClient | None, params: tuple[tuple[str, str], ...]) -> Profile:
    uri = single(params, "redirect_uri") or (client.redirect_uris[0] if client and client.redirect_uris else "")
    kind = _kind(uri, confidential=client is not None and client.confidential)
    like = PROFILES[_LIKE[kind]]
    client_id = client.client_id if client else single(params, "client_id") or ""
    return Profile(
        name=like.name,
        title=like.title,
        client_id=client_id,
        app_name=client.name if client else client_id,
        home=origin_of(uri),
        redirect_uri=uri,
        kind=kind,
        confidential=client is not None and client.confidential,
    )


def _kind(redirect_uri: str, *, confidential: bool) -> RedirectKind:
    """What kind of client has this address, as far as one can tell before it has sent its code."""
    if confidential:
        return "website"
    if not redirect_uri.startswith(("https:", "http:")):
        return "scheme"
    return "loopback" if host_of(redirect_uri) in OWN_MACHINE else "claimed-https"
