"""What the authorization server checks when an app pushes a request to it, and when a browser brings its `request_uri`.

The app sends its parameters straight to the server and gets a name for them, the `request_uri`; only that name goes
through the browser, where nobody can read the parameters or change them. A public client has no secret to show here, so
an attacker can push a request of its own.

Source: RFC 9126 sections 2 to 5 and 7.
"""

from flowsim.checks.token_endpoint import (
    BackChannelFacts,
    client_authenticated,
    client_known,
    one_authentication,
    parameters_once,
    post_form,
)
from flowsim.model.check import Check, Finding, finding
from flowsim.model.steps import SERVER

URI_PREFIX = "urn:ietf:params:oauth:request_uri:"


def no_request_uri(facts: BackChannelFacts) -> Finding:
    return finding("no request_uri parameter", facts.get("request_uri"), facts.get("request_uri") is None)


# fmt: off
CHECKS = (
    Check("push.post_form",            SERVER, 2, "RFC 9126 §2.1", "invalid_request", "the request is a form, sent with POST", post_form),
    Check("push.parameters_once",      SERVER, 2, "RFC 6749 §3.2", "invalid_request", "no parameter occurs twice", parameters_once),
    Check("push.one_authentication",   SERVER, 2, "RFC 6749 §2.3", "invalid_request", "the client authenticates in one way only", one_authentication),
    Check("push.client_known",         SERVER, 2, "RFC 9126 §2.1", "invalid_client",  "the client is registered", client_known),
    Check("push.client_authenticated", SERVER, 2, "RFC 9126 §2.1", "invalid_client",  "a client that has a secret shows it", client_authenticated),
    Check("push.no_request_uri",       SERVER, 2, "RFC 9126 §2.1", "invalid_request", "a pushed request does not name another one", no_request_uri),
)
# fmt: on
