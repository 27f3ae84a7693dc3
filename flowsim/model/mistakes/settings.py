"""Under which settings a mistake makes a difference: one function each, true where the login, or what follows, goes wrong.

They go by the honest parties alone, with every check on and nobody attacking. A user who says no has other reasons.
"""

from collections.abc import Iterator

from flowsim.model import timeline
from flowsim.model.mcp import LEAST_SCOPE
from flowsim.model.scenario import DEFAULT_API, DEFAULT_SCOPE, Scenario

OFFLINE = f"{DEFAULT_SCOPE} offline_access"


def always(scenario: Scenario) -> bool:
    return True


def with_pkce(scenario: Scenario) -> bool:
    return scenario.pkce != "none"


def verifier_drawn(scenario: Scenario) -> bool:
    return with_pkce(scenario) and scenario.verifier == "random"


def hashed(scenario: Scenario) -> bool:
    return scenario.pkce == "S256"


def with_state(scenario: Scenario) -> bool:
    return scenario.state


def with_nonce(scenario: Scenario) -> bool:
    return scenario.nonce and openid(scenario)


def with_iss(scenario: Scenario) -> bool:
    return scenario.iss


def something_kept(scenario: Scenario) -> bool:
    """Whether anything belongs to one login alone, in a place that the next one takes."""
    belongs = scenario.state or with_pkce(scenario) or with_nonce(scenario)
    return belongs and scenario.transactions != "state"


def path_compared(scenario: Scenario) -> bool:
    """Whether the server looks at the path of a redirect_uri; of a loopback address it knows no port, so it does longer."""
    return scenario.redirect_match == "exact" or (loopback(scenario) and scenario.redirect_match == "origin")


def https(scenario: Scenario) -> bool:
    return scenario.profile.redirect_uri.startswith("https:")


def port_compared(scenario: Scenario) -> bool:
    """Whether somebody minds port 443: the server, or an app whose browser leaves it out, as it may."""
    return https(scenario) and (scenario.redirect_match == "exact" or not scenario.profile.native)


def encoded_twice(scenario: Scenario) -> bool:
    """Whether a redirect_uri that is encoded twice is refused: a private-use scheme still begins alike."""
    return scenario.redirect_match != "prefix" or scenario.profile.kind != "scheme"


def loopback(scenario: Scenario) -> bool:
    return scenario.profile.kind == "loopback"


def pushes(scenario: Scenario) -> bool:
    return scenario.par != "off"


def website(scenario: Scenario) -> bool:
    return scenario.profile.kind == "website"


def public(scenario: Scenario) -> bool:
    """Whether the app names itself in its token request, having nothing to show."""
    return not scenario.profile.confidential and not scenario.shipped_secret and not scenario.has_entered_secret


def has_secret(scenario: Scenario) -> bool:
    of_a_website = scenario.profile.confidential and scenario.client_auth == "secret"
    return of_a_website or scenario.shipped_secret or scenario.has_entered_secret


def basic_only(scenario: Scenario) -> bool:
    return has_secret(scenario) and "basic-only" in scenario.quirks


def signs_in_secret(scenario: Scenario) -> bool:
    return has_secret(scenario) and "secrets-with-signs" in scenario.quirks


def signs_in_codes(scenario: Scenario) -> bool:
    return "codes-with-signs" in scenario.quirks


def lists_audience(scenario: Scenario) -> bool:
    return openid(scenario) and "audience-list" in scenario.quirks


def small_letters(scenario: Scenario) -> bool:
    return "token-type-lower-case" in scenario.quirks


def signs_assertions(scenario: Scenario) -> bool:
    return scenario.has_key


def asserts_twice(scenario: Scenario) -> bool:
    return signs_assertions(scenario) and (refreshes(scenario) or scenario.par != "off" or "logout" in kinds(scenario))


def page_needed(scenario: Scenario) -> bool:
    """Whether the server has to ask the user something, and hears that it may not."""
    asks = scenario.remembered in ("nothing", "from-now") or (scenario.remembered == "login" and scenario.asks_consent)
    return asks and not scenario.ignores_login_parameters


def openid(scenario: Scenario) -> bool:
    return "openid" in _asked(scenario)


def several_scopes(scenario: Scenario) -> bool:
    return len(_asked(scenario)) > 1


def api_scope(scenario: Scenario) -> bool:
    """Whether the app asks for what the API wants, so that it can be lacking."""
    return f"read:{scenario.api}" in _asked(scenario)


def registers_scope(scenario: Scenario) -> bool:
    """The same where the scope stands in a registration that somebody has made beforehand."""
    return api_scope(scenario) and _registered(scenario)


def registers_refresh(scenario: Scenario) -> bool:
    """Whether the app refreshes, and somebody has registered it beforehand."""
    return refreshes(scenario) and _registered(scenario)


def _registered(scenario: Scenario) -> bool:
    return not scenario.speaks_mcp or scenario.client_identity == "pre-registered"


def _asked(scenario: Scenario) -> list[str]:
    """What the app asks for: the client of an MCP server what that demands, and what it wants besides."""
    if scenario.speaks_mcp:
        return [LEAST_SCOPE, *scenario.scope.removeprefix(DEFAULT_SCOPE).split()]
    return scenario.scope.split(" ")


def photos(scenario: Scenario) -> bool:
    return scenario.api != DEFAULT_API


def dpop(scenario: Scenario) -> bool:
    return scenario.dpop != "off"


def wants_nonce(scenario: Scenario) -> bool:
    return dpop(scenario) and scenario.dpop_nonce


def proves_twice(scenario: Scenario) -> bool:
    """Whether two proofs go to the same party."""
    again = scenario.speaks_mcp or any(kind in ("refresh", "call") for kind in kinds(scenario))
    return dpop(scenario) and again


def discovers(scenario: Scenario) -> bool:
    return scenario.discovery != "off" and not scenario.speaks_mcp


def calls_tools(scenario: Scenario) -> bool:
    return scenario.speaks_mcp


def tools_below_a_path(scenario: Scenario) -> bool:
    """Whether the MCP server has an address of its own, and not that of its whole host."""
    return scenario.speaks_mcp and scenario.resource_metadata != "at-the-root"


def reads_metadata(scenario: Scenario) -> bool:
    """Whether the app compares the name in the metadata of the server with one that it had before."""
    return scenario.speaks_mcp or discovers(scenario)


def looks_for_methods(scenario: Scenario) -> bool:
    """Whether the app looks up which challenge methods the server takes: a client of an MCP server does in any case."""
    return scenario.speaks_mcp or (discovers(scenario) and with_pkce(scenario))


def told_its_id(scenario: Scenario) -> bool:
    """Whether the app has one client_id for all servers, which it was told or which is an address of its own."""
    return not scenario.speaks_mcp or scenario.client_identity == "metadata-document"


def names_resource(scenario: Scenario) -> bool:
    return scenario.speaks_mcp or photos(scenario)


def registers_itself(scenario: Scenario) -> bool:
    return scenario.speaks_mcp and scenario.client_identity == "registered"


def taken_for_a_website(scenario: Scenario) -> bool:
    """Whether the server takes an app that does not say what it is for a website."""
    return registers_itself(scenario) and "web-by-default" in scenario.quirks


def has_document(scenario: Scenario) -> bool:
    return scenario.speaks_mcp and scenario.client_identity == "metadata-document"


def tells_of_itself(scenario: Scenario) -> bool:
    """Whether the app has written down where its answers go, and the server compares all of that."""
    return (has_document(scenario) or registers_itself(scenario)) and scenario.redirect_match != "prefix"


def known_issuer(scenario: Scenario) -> bool:
    """Whether anybody compares the issuer that the app was told with what it gets."""
    compared = discovers(scenario) or scenario.iss or openid(scenario) or signs_assertions(scenario)
    return compared and not scenario.speaks_mcp  # which was told none


def app_looks_at_clock(scenario: Scenario) -> bool:
    """Whether a clock is compared with another: by what an ID token, a proof or an assertion says, or by a code."""
    return openid(scenario) or dpop(scenario) or signs_assertions(scenario)


def server_looks_at_clock(scenario: Scenario) -> bool:
    return app_looks_at_clock(scenario) or scenario.login == "one-time-code"


def short_tokens(scenario: Scenario) -> bool:
    """Whether a token has expired for a clock that is two hours ahead."""
    return scenario.access_token_lifetime <= 2 * timeline.SECONDS["h"] or dpop(scenario)


def refreshes(scenario: Scenario) -> bool:
    return "refresh" in kinds(scenario)


def rotates(scenario: Scenario) -> bool:
    return refreshes(scenario) and scenario.rotation and scenario.overlap == 0


def refreshes_twice(scenario: Scenario) -> bool:
    return rotates(scenario) and list(kinds(scenario)).count("refresh") > 1


def keeps_refresh_token(scenario: Scenario) -> bool:
    return not scenario.rotation and list(kinds(scenario)).count("refresh") > 1


def keys_change(scenario: Scenario) -> bool:
    """Whether something is signed with a new key after it has changed."""
    after = list(kinds(scenario))
    return "keys" in after and any(kind in ("refresh", "login") for kind in after[after.index("keys") :])


def id_token_after_keys(scenario: Scenario) -> bool:
    return keys_change(scenario) and openid(scenario)


def call_after_keys(scenario: Scenario) -> bool:
    """Whether an API gets a token that was signed with a new key: a login ends with a call."""
    after = list(kinds(scenario))
    later = after[after.index("keys") :] if "keys" in after else []
    refreshed = later[later.index("refresh") :] if "refresh" in later else []
    return "login" in later or "call" in refreshed


def logs_out(scenario: Scenario) -> bool:
    """Whether the app shows the server an ID token when it sends the user to log out there."""
    return "server-logout" in kinds(scenario) and openid(scenario)


def comes_back(scenario: Scenario) -> bool:
    """Whether the app names an address to come back to after a logout."""
    return logs_out(scenario) and scenario.profile.kind != "loopback"


def logs_out_late(scenario: Scenario) -> bool:
    """Whether the ID token of the login has expired when the user logs out at the server, and no newer one has come."""
    if not logs_out(scenario):
        return False
    before: list[timeline.Occurrence] = []
    for item in timeline.parse(scenario.later):
        if item.kind == "server-logout":
            break
        before = [] if item.kind in ("refresh", "login") else [*before, item]
    return timeline.length(before) >= scenario.access_token_lifetime


def kinds(scenario: Scenario) -> Iterator[str]:
    """What the plan has happen, in order."""
    return (item.kind for item in timeline.parse(scenario.later))
