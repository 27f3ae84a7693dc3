"""What the authorization server checks of every request that an app sends it directly, and not in an address that the browser opens.

To push a request, to redeem a code, to refresh and to revoke are all a form, sent with POST by a client that says who it
is. Each of those endpoints has these rows in its table, with its own id, step and clause.

Source: RFC 6749 sections 2.3, 3.2 and 5.2.
"""

from dataclasses import dataclass
from hmac import compare_digest

from flowsim.checks.parameters import ParameterFacts, parameters_once
from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import OAuthError
from flowsim.model.steps import SERVER
from flowsim.model.world import AccessRecord, Grant, RefreshRecord, RegisteredClient, Server
from flowsim.protocol.messages import FORM, Pairs
from flowsim.protocol.records import quickly_made

_NEVER_IN_THE_ADDRESS = ("client_secret", "client_assertion", "code", "refresh_token", "token")


@quickly_made
@dataclass(frozen=True, slots=True)
class BackChannelFacts(ParameterFacts):
    """The request taken apart. `client`, `grant` (of a code) and `record` (of a refresh token) are None if unknown.

    `authentications` are the ways in which the client shows who it is, and `named` is False where a header is among them
    that names nobody. `assertion` is what a client with a key has signed (checks/assertion.py). `access` is the record of an access token that is to be revoked.
    """

    method: str
    content_type: str
    query: Pairs
    authentications: tuple[str, ...]
    client_id: str | None
    named: bool
    secret: str | None
    server: Server
    client: RegisteredClient | None
    grant: Grant | None
    record: RefreshRecord | None
    now: int
    assertion: str | None = None
    assertion_type: str | None = None
    access: AccessRecord | None = None

    @property
    def in_header(self) -> bool:
        """True where the client tried to authenticate in the `Authorization` header (RFC 6749 section 5.2)."""
        return any(one.startswith("Authorization") for one in self.authentications)


BackChannelCheck = Check[BackChannelFacts, OAuthError]


def post_form(facts: BackChannelFacts) -> Finding:
    received = f"{facts.method} {facts.content_type or 'without a body'}"
    if any(name in _NEVER_IN_THE_ADDRESS for name, _ in facts.query):
        received += " with parameters in the address"
    return finding(f"POST {FORM}", received, received == f"POST {FORM}")


def one_authentication(facts: BackChannelFacts) -> Finding:
    received = " and ".join(facts.authentications)
    return finding("at most one way to authenticate", received, len(facts.authentications) <= 1)


def client_known(facts: BackChannelFacts) -> Finding:
    return finding("a registered client_id", facts.client_id, facts.client is not None)


def client_authenticated(facts: BackChannelFacts) -> Finding:
    if facts.client is None:
        return finding("the client's secret", facts.secret, None)
    if not facts.named:
        return finding("Basic, with a name and a secret", " and ".join(facts.authentications), False)
    if facts.client.key is not None:
        return finding("no secret: this client signs assertions", facts.secret, False if facts.secret else None)
    if facts.client.secret is None:
        return finding("none: a public client has no secret", facts.secret, False if facts.secret else None)
    if "basic-only" in facts.server.settings.quirks and "client_secret" in facts.authentications:
        return finding("the secret in Authorization: Basic", " and ".join(facts.authentications), False)
    fits = compare_digest(
        facts.client.secret.encode("utf-8", "replace"), (facts.secret or "").encode("utf-8", "replace")
    )
    return finding(facts.client.secret, facts.secret, fits)


# fmt: off
def request_form(endpoint: str, step: int, *, clause: str) -> tuple[BackChannelCheck, ...]:
    """The rows for the form itself, in the table of this endpoint; `clause` is where it says that it takes a form."""
    return (
        Check(f"{endpoint}.post_form",       SERVER, step, clause,          OAuthError("invalid_request"), "the request is a form, sent with POST", post_form),
        Check(f"{endpoint}.parameters_once", SERVER, step, "RFC 6749 §3.2", OAuthError("invalid_request"), "no parameter occurs twice", parameters_once),
    )


def client_authentication(endpoint: str, step: int, *, known: str, secret: str) -> tuple[BackChannelCheck, ...]:
    """The rows for who sends it, in the table of this endpoint; `known` and `secret` are the clauses of two of them."""
    return (
        Check(f"{endpoint}.one_authentication",   SERVER, step, "RFC 6749 §2.3", OAuthError("invalid_request"), "the client authenticates in one way only", one_authentication),
        Check(f"{endpoint}.client_known",         SERVER, step, known,           OAuthError("invalid_client"),  "the client is registered", client_known),
        Check(f"{endpoint}.client_authenticated", SERVER, step, secret,          OAuthError("invalid_client"),  "a client that has a secret shows it", client_authenticated),
    )
# fmt: on
