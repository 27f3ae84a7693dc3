"""Apps that nobody has registered: the client_id is an address, and the document there says who the app is.

The server asks for the document when a request names such an app, and keeps what it believes. An address or a document
that it does not believe ends the request with a page, for there is no address to send an error to.

Source: OAuth Client ID Metadata Document sections 3 and 4; Model Context Protocol, revision 2026-07-28, client
registration.
"""

from flowsim.actors.authorization_server.back_channel import because
from flowsim.actors.authorization_server.pages import error_page
from flowsim.checks import authorize
from flowsim.checks import client_document as checks
from flowsim.model.check import AnyCheck
from flowsim.model.context import Context
from flowsim.model.world import RegisteredClient, Server, evolve
from flowsim.protocol import client_assertions, client_id_documents
from flowsim.protocol.messages import Request, Response, request, single

HEADERS = {"Accept": "application/json"}


def unknown_app(server: Server, asked: Request) -> str | None:
    """The client_id in this request whose document the server has yet to read; None where there is none to be read.

    A pushed request may have it in its assertion alone (RFC 7521 section 4.2).
    """
    if not server.reads_documents:
        return None
    params = asked.form if asked.method == "POST" else asked.query
    named = single(params, "client_id") or client_assertions.subject(single(params, "client_assertion"))
    if named is None or named in server.clients:
        return None
    return named if client_id_documents.is_address(named) else None


def ask(client_id: str, context: Context, numbers: tuple[str, ...] | None = None) -> Request | Response:
    """The request for the document at this address, or the page for an address that is none, or is inside the network.

    `numbers` is what its host stands for; None where whoever fetches the document looks at that.
    """
    failed = context.evaluate(checks.ADDRESS_CHECKS, checks.AddressFacts(client_id, numbers))
    return request("GET", client_id, headers=HEADERS) if failed is None else _refused(failed)


def believe(server: Server, client_id: str, answer: Response, context: Context) -> tuple[Server, Response | None]:
    """The server that knows the app of this document; or the page for a document that it does not believe."""
    facts = checks.DocumentFacts(client_id, answer)
    failed = context.evaluate(checks.DOCUMENT_CHECKS, facts)
    if failed is not None:
        return server, _refused(failed)
    listed = facts.document.get("redirect_uris")
    uris = tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()
    grants = facts.document.get("grant_types")
    key = client_assertions.key_in(facts.document)
    known = RegisteredClient(
        client_id=client_id,
        name=str(facts.document.get("client_name", client_id)),
        redirect_uris=uris,
        confidential=key is not None,
        secret=None,
        key=key,
        scopes=authorize.KNOWN_SCOPES,
        grant_types=tuple(map(str, grants)) if isinstance(grants, list) else ("authorization_code",),
        trusted=not any(uri.startswith("https:") for uri in uris),
    )
    return evolve(server, clients=server.clients.set(client_id, known)), None


def _refused(failed: AnyCheck) -> Response:
    return error_page(400, "This request cannot be answered", because(failed.title))
