"""What the authorization server checks when an app pushes a request to it, and when a browser brings its `request_uri`.

The app sends its parameters straight to the server and gets a name for them, the `request_uri`; only that name goes
through the browser, where nobody can read the parameters or change them. A public client has no secret to show here, so
an attacker can push a request of its own.

Source: RFC 9126 sections 2 to 5 and 7.
"""

from flowsim.checks.back_channel import BackChannelCheck, client_authentication, request_form
from flowsim.checks.parameters import no_request_uri
from flowsim.model.check import Check
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import SERVER

URI_PREFIX = "urn:ietf:params:oauth:request_uri:"


# fmt: off
CHECKS: tuple[BackChannelCheck, ...] = (
    *request_form("push", 2, clause="RFC 9126 §2.1"),
    *client_authentication("push", 2, known="RFC 9126 §2.1", secret="RFC 9126 §2.1"),
    Check("push.no_request_uri", SERVER, 2, "RFC 9126 §2.1", OAuthError("invalid_request"), "a pushed request does not name another one", no_request_uri),
)
# fmt: on
