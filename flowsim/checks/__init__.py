"""The checks: every rule that somebody must look at, one function each, grouped by who looks and when.

A check compares what was *expected* with what was *received* and names the clause that demands it. All checks of a
place are evaluated and recorded. The first failing one, in the order of the table, decides what happens; a check that
is switched off is still evaluated and shown, but decides nothing.
"""

from flowsim.checks import (
    api,
    assertion,
    authorize,
    behind,
    callback,
    client_document,
    connection,
    cross_origin,
    device,
    discovery,
    end_session,
    fetching,
    frame,
    login,
    popup,
    prepare,
    proof,
    proxy,
    push,
    refresh,
    revocation,
    token_endpoint,
    token_response,
    userinfo,
)
from flowsim.model.check import AnyCheck
from flowsim.model.scenario import unknown

TABLES: dict[str, tuple[AnyCheck, ...]] = {
    "the app reads the server's metadata": discovery.CHECKS,
    "the app of an MCP server reads the server's metadata": discovery.OF_AN_MCP_SERVER,
    "the app of an MCP server, before it prepares its request": prepare.IDENTITY_CHECKS,
    "the app of an MCP server, before it has an address opened": prepare.OPENING_CHECKS,
    "the app prepares its request": prepare.CHECKS,
    "the app, for a link that begins a login": prepare.LINK_CHECKS,
    "the endpoint for pushed requests": push.CHECKS,
    "the endpoint for pushed requests, for an assertion": assertion.PUSH_CHECKS,
    "the endpoint for pushed requests, for a proof": proof.PUSH_CHECKS,
    "the authorization endpoint, for a pushed request": authorize.PUSHED,
    "the authorization endpoint": (*authorize.FATAL, *authorize.REDIRECTED),
    "the authorization endpoint, for an http address": authorize.HTTP,
    "the authorization endpoint, for a web view": authorize.WEB_VIEW,
    "the authorization endpoint, before an error": authorize.ERROR_ADDRESS,
    "the browser, for a page in a frame": frame.CHECKS,
    "the login page, by a link": login.LINK,
    "the login form": (*login.LOGIN_FORM, *login.CREDENTIALS, *login.USER),
    "the consent form": (*login.CONSENT_FORM, *login.DECISION),
    "the app receives the redirect": callback.CHECKS,
    "the app receives a request ahead of its user": callback.AHEAD_CHECKS,
    "the app sends the code": callback.SEND_CHECKS,
    "the token endpoint": token_endpoint.CHECKS,
    "the app receives the tokens": token_response.CHECKS,
    "the API": api.CHECKS,
    "the userinfo endpoint": userinfo.CHECKS,
    "the token endpoint, for a refresh": refresh.CHECKS,
    "the app receives refreshed tokens": token_response.REFRESHED_CHECKS,
    "the token endpoint, for an assertion": assertion.CODE_CHECKS,
    "the token endpoint, for an assertion at a refresh": assertion.REFRESH_CHECKS,
    "the token endpoint, for a proof": proof.CODE_CHECKS,
    "the token endpoint, for a proof at a refresh": proof.REFRESH_CHECKS,
    "the API, for a proof": proof.API_CHECKS,
    "the userinfo endpoint, for a proof": proof.USERINFO_CHECKS,
    "the revocation endpoint": revocation.CHECKS,
    "the revocation endpoint, for an assertion": assertion.REVOKE_CHECKS,
    "the logout endpoint": end_session.CHECKS,
    "the logout endpoint, for the user's answer": end_session.ANSWER_CHECKS,
    "the app, when the browser comes back from a logout": end_session.RETURN_CHECKS,
    **behind.TABLES,
    **connection.TABLES,
    **fetching.TABLES,
    **client_document.TABLES,
    **cross_origin.TABLES,
    **device.TABLES,
    **popup.TABLES,
    **proxy.TABLES,
}
CHECKS: dict[str, AnyCheck] = {check.id: check for table in TABLES.values() for check in table}


def known_check(check_id: str) -> AnyCheck:
    """The check with this id; ScenarioError, with the nearest id there is, for any other."""
    if not isinstance(check_id, str) or check_id not in CHECKS:
        raise unknown("check", check_id, list(CHECKS))
    return CHECKS[check_id]
