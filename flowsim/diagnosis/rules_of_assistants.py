"""What the beginning of an MCP login says of its cause: the call without a token, the metadata, and who the app says it is.

Source: RFC 9728; RFC 7591; Client ID Metadata Document; Model Context Protocol, revision 2026-07-28.
"""

from collections.abc import Mapping
from typing import Any

from flowsim.diagnosis.clues import Clues, Rule, Suspicion
from flowsim.diagnosis.compared import difference
from flowsim.diagnosis.rules_of_tokens import malformed
from flowsim.model.steps import ELSEWHERE
from flowsim.protocol import strict_json
from flowsim.protocol.addresses import OWN_MACHINE, host_of, origin_of
from flowsim.protocol.client_id_documents import is_document
from flowsim.protocol.messages import REDIRECTS, Response


def token_not_demanded(clues: Clues) -> Suspicion:
    """What the server says instead of 401: that nobody may, that it is elsewhere, or something that is no server's word."""
    answer = clues.answered_last
    seen = f"the MCP server answered {clues.received}, where {clues.expected} is due"
    if answer is not None and answer.status in REDIRECTS:
        return Suspicion("server-redirects", f"{seen}: it sends the app on to {answer.location}")
    return Suspicion("no-token-demanded" if answer is not None and answer.status == 403 else "no-server-there", seen)


def resource_other(clues: Clues) -> Suspicion:
    """The resource in the metadata beside the one that the app asked about: its server, or all of the host."""
    named, asked = clues.received, clues.expected
    seen = f"the metadata is about {named}, and the app asked about {asked}"
    if named.removesuffix("/") == asked.removesuffix("/"):
        return Suspicion("resource-with-slash", f"{seen}; only a slash at the end differs")
    if difference(asked, named) == "scheme":
        return Suspicion("resource-other", f"{seen}; only http and https differ, as behind a proxy that ends TLS")
    if named.removesuffix("/") == origin_of(asked):
        return Suspicion("resource-names-the-origin", f"{seen}; the path is not in it")
    return Suspicion("resource-other", seen)


def resource_missing(clues: Clues) -> Suspicion:
    """The address that was asked last, which is the one whose answer ended it."""
    asked, answer = clues.asked_last, clues.answered_last
    guarded = answer is not None and answer.status in (401, 403)
    name = "resource-metadata-guarded" if guarded else "resource-metadata-missing"
    onward = f", and sends the app on to {answer.location}" if answer and answer.status in REDIRECTS else ""
    return Suspicion(name, f"{asked.url if asked else 'its address'} gave {clues.received}{onward}")


def registration(clues: Clues) -> Suspicion:
    """What the server answered, and the error by which it said why, if it did; and what the app had said of itself."""
    asked, answer = clues.asked_last, clues.answered_last
    error = answer.json().get("error") if answer else None
    why = f" and the error {error}" if isinstance(error, str) and error else ""
    status = f"{answer.status} and no client_id" if answer else "nothing"
    seen = f"the server answered {clues.received or status}{why}"
    if answer is not None and answer.status in (401, 403):
        return Suspicion("registration-closed", seen)
    said = strict_json.parse_object(asked.body) if asked else {}
    if error == "invalid_redirect_uri" and said.get("application_type") != "native" and _on_the_device(said):
        kind = said.get("application_type")
        named = f"names the application_type {kind}" if kind else "names no application_type"
        return Suspicion("application-type-left-out", f"{seen}; the registration {named}, and the app is on the device")
    return Suspicion("registration-refused", seen)


def _on_the_device(said: Mapping[str, Any]) -> bool:
    """True for an app that is called back at the user's own machine, by what it says of itself."""
    uris = said.get("redirect_uris")
    return isinstance(uris, list) and any(isinstance(one, str) and host_of(one) in OWN_MACHINE for one in uris)


def document(clues: Clues) -> Suspicion:
    """Why what came is no document: its status, its type, its length."""
    answer = next((one.message for one in reversed(clues.own) if one.sender == ELSEWHERE), None)
    seen = f"the server got {clues.received}, where {clues.expected} is due"
    if not isinstance(answer, Response):
        return Suspicion("document-missing", seen)
    if 300 <= answer.status < 400:
        return Suspicion("document-redirected", f"{seen}: it was sent to {answer.location}")
    if answer.status == 200 and answer.json():
        return Suspicion("document-too-long" if is_document(answer) else "document-as-page", seen)
    return Suspicion("document-missing", seen)


RULES: Mapping[str, Rule] = {
    "connection.token_demanded": token_not_demanded,
    "fetch.https": malformed("address-not-fetched", "the address is"),
    "fetch.public": malformed("address-not-fetched", "its host leads to"),
    "fetch.pinned": malformed("address-not-fetched", "asked once more, its host leads to"),
    "fetch.hop_public": malformed("address-not-fetched", "it redirects to a host that leads to"),
    "resource.answered": resource_missing,
    "resource.same": resource_other,
    "resource.servers_named": malformed("no-server-named", "the metadata names"),
    "discovery.s256_named": malformed("methods-not-named", "the metadata names"),
    "prepare.client_id_known": malformed("client-known-elsewhere", "the app has"),
    "prepare.address_opened": malformed("address-not-to-be-opened", "the address to open is"),
    "registration.answered": registration,
    "document.address_fits": malformed("document-address-wrong", "the client_id is"),
    "document.address_public": malformed("document-not-fetched", "its host leads to"),
    "document.answered": document,
    "document.id_same": malformed("document-of-another", "the client_id in the document is"),
    "document.members_present": malformed("document-incomplete", "the document has"),
    "document.no_secret": malformed("document-with-secret", "the document has"),
}
