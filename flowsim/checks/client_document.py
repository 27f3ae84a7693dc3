"""What the authorization server checks of an app whose client_id is an address: the document there, before it believes it.

The document says who the app is and where its answers go. Nobody has registered it, so its address is all that vouches for
it: whoever has a website there has written it.

Source: OAuth Client ID Metadata Document; Model Context Protocol, revision 2026-07-28, client registration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flowsim.checks.fetching import is_public
from flowsim.model.check import NOTHING, AnyCheck, Check, Finding, finding
from flowsim.model.refusal import ErrorPage
from flowsim.model.steps import SERVER
from flowsim.protocol import client_id_documents
from flowsim.protocol.messages import Response, content_type

_SECRETS = ("client_secret", "client_secret_expires_at")


@dataclass(frozen=True)
class AddressFacts:
    """The client_id of a request, which begins like an address, and the numbers that its host stands for.

    None where whoever fetches the document looks its host up.
    """

    client_id: str
    numbers: tuple[str, ...] | None = None


def address_fits(facts: AddressFacts) -> Finding:
    fault = client_id_documents.address_fault(facts.client_id)
    return finding("an https address with a path, and no dots, user or fragment in it", facts.client_id, fault is None)


def address_public(facts: AddressFacts) -> Finding:
    numbers = facts.numbers
    received = None if numbers is None else ", ".join(numbers) or None
    return finding("numbers of the public internet", received, None if numbers is None else is_public(numbers))


@dataclass(frozen=True)
class DocumentFacts:
    """The client_id of a request, and what came when the server asked for the document there."""

    client_id: str
    answer: Response

    @cached_property
    def document(self) -> Mapping[str, Any]:
        return self.answer.json()


def answered(facts: DocumentFacts) -> Finding:
    size = len(facts.answer.body.encode("utf-8", "replace"))
    kind = content_type(facts.answer) or "of no type"
    received = (
        f"{facts.answer.status}, {kind} and {f'an object of {size} octets' if facts.document else 'no JSON object'}"
    )
    good = (
        client_id_documents.is_document(facts.answer) and bool(facts.document) and size <= client_id_documents.LONGEST
    )
    return finding(f"200 and a JSON object of at most {client_id_documents.LONGEST} octets", received, good)


def id_same(facts: DocumentFacts) -> Finding:
    named = facts.document.get("client_id")
    received = NOTHING if named is None else str(named)
    return finding(facts.client_id, received, named == facts.client_id if facts.document else None)


def members_present(facts: DocumentFacts) -> Finding:
    lacking = [name for name in client_id_documents.NEEDED if not facts.document.get(name)]
    called = facts.document.get("client_name")
    if "client_name" not in lacking and not (isinstance(called, str) and called.strip()):
        lacking.append("client_name")
    listed = facts.document.get("redirect_uris")
    if "redirect_uris" not in lacking and not (
        isinstance(listed, list) and all(isinstance(one, str) for one in listed)
    ):
        lacking.append("redirect_uris")
    received = f"all but {', '.join(lacking)}" if lacking else "all of them"
    return finding(", ".join(client_id_documents.NEEDED), received, not lacking if facts.document else None)


def no_secret(facts: DocumentFacts) -> Finding:
    method = facts.document.get("token_endpoint_auth_method", "none")
    secret = any(name in facts.document for name in _SECRETS) or str(method).startswith("client_secret_")
    return finding("nothing that everybody could read", "a secret" if secret else method, not secret)


# fmt: off
ADDRESS_CHECKS = (
    Check("document.address_fits",    SERVER, 3, "Client ID Metadata Document §3",   ErrorPage(), "a client_id that is an address is one where a document can be", address_fits),
    Check("document.address_public",  SERVER, 3, "Client ID Metadata Document §6",   ErrorPage(), "a client_id that is an address is on the public internet", address_public),
)
DOCUMENT_CHECKS = (
    Check("document.answered",        SERVER, 3, "Client ID Metadata Document §4",   ErrorPage(), "the document of the app is there", answered),
    Check("document.id_same",         SERVER, 3, "Client ID Metadata Document §4.1", ErrorPage(), "the document names the address where it is as the client_id", id_same),
    Check("document.members_present", SERVER, 3, "Client ID Metadata Document §4.1", ErrorPage(), "the document says what the app is called and where its answers go", members_present),
    Check("document.no_secret",       SERVER, 3, "Client ID Metadata Document §4.1", ErrorPage(), "the document wants no secret shared", no_secret),
)
TABLES: dict[str, tuple[AnyCheck, ...]] = {
    "the authorization endpoint, for a client_id that is an address": ADDRESS_CHECKS,
    "the authorization endpoint, for the document at this address": DOCUMENT_CHECKS,
}
# fmt: on
