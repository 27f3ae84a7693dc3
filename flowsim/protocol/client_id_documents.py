"""An app whose client_id is an address: its metadata is the document there, and the server reads it when it needs it.

Source: OAuth Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document); Model Context Protocol, revision
2026-07-28, client registration.
"""

from collections.abc import Iterable
from functools import lru_cache

from flowsim.protocol.addresses import OWN_MACHINE, host_of, names_a_host, split
from flowsim.protocol.messages import Response, content_type

LONGEST = 5 * 1024  # octets; what the draft recommends
LONGEST_NAME = 60  # characters of it that a page shows, so that what stands below stays in sight
NEEDED = ("client_id", "client_name", "redirect_uris")
_DOTS = frozenset((".", ".."))


def is_address(client_id: str) -> bool:
    """True for a client_id that the server is to fetch: one that begins with `https://`."""
    return client_id[:8].lower() == "https://"


def address_fault(client_id: str) -> str | None:
    """Why this client_id is no address of a document, in one sentence; None for one that is.

    A query is legal, though advised against, and so is a path that is a slash alone, which some clients refuse.
    """
    parts = split(client_id)
    if (parts.scheme or "").lower() != "https":
        return "A client_id that is an address begins with https://."
    if not names_a_host(client_id):
        return "A client_id that is an address names a host, without a user name or a password before it."
    if not parts.path:
        return "A client_id that is an address has a path, such as https://app.example/client.json."
    if _DOTS & set(parts.path.lower().replace("%2e", ".").split("/")):
        return "A client_id that is an address has no . or .. in its path."
    if parts.fragment is not None:
        return "A client_id that is an address has no fragment."
    return None


def is_document(answer: Response) -> bool:
    """True for an answer that is a document by its status and its type: a redirect is none, and is not followed."""
    kind = content_type(answer)
    return answer.status == 200 and (
        kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    )


@lru_cache(maxsize=64)
def name_shown(name: str) -> str:
    """The name of an app as a page shows it: one line of signs that can be seen, and not too many of them.

    Whoever wrote the document chose it, and may have put signs into it that turn the text around.
    """
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1].rstrip()}…"


def host_shown(url: str) -> str:
    """The host of this address, all of it, as a page shows it; the scheme where the address names no host.

    Letters that are not of ASCII may look like others, so a name with such is shown as the network knows it (RFC 5890).
    """
    host = host_of(url)
    if not host:
        return f"{split(url).scheme or ''}:"
    return host if host.isascii() else ".".join(_as_ascii(label) for label in host.split("."))


def _as_ascii(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"


def stays_here(redirect_uris: Iterable[str]) -> bool:
    """True where every address leads to the user's own machine: there any program can wait for the answer."""
    return all(host_of(one) in OWN_MACHINE for one in redirect_uris)
