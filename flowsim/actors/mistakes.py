"""Where honest parties make their mistakes: the few seams at which they send, keep and expect what real code does.

A seam is a function that every honest party goes through, with a table of what each mistake does there. A party that makes
none gets back what it gave. What a mistake brings about is nobody's business here: the checks of the others see to it.

Source: none of its own; the clauses that are not followed stand with each mistake in model/mistakes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from frozendict import frozendict

from flowsim.model.world import Client

Parameters = dict[str, str]
Document = frozendict[str, Any]


class Mistaken(Protocol):
    """A party that may make mistakes: an app, a server, an API."""

    @property
    def mistakes(self) -> frozenset[str]: ...


def parameters(client: Client, params: Parameters) -> Parameters:
    """The parameters of the authorization request, as the app sends them."""
    for change in _made(client, IN_THE_REQUEST):
        params = change(params)
    return params


def challenge(client: Client, right: str) -> str:
    """The code_challenge as the app computes it; `right` is the one of RFC 7636 section 4.2."""
    for change in _made(client, IN_THE_CHALLENGE):
        right = change(right)
    return right


def told(names: frozenset[str], metadata: Document) -> Document:
    """What the app was told of its server when it was set up: all of the metadata, or no more than the issuer."""
    for name, change in IN_WHAT_IT_WAS_TOLD.items():
        if name in names:
            metadata = change(metadata)
    return metadata


def _made(party: Mistaken, table: Mapping[str, Any]) -> list[Any]:
    """What the mistakes of this party do at this seam, in the order of its table."""
    return [change for name, change in table.items() if name in party.mistakes] if party.mistakes else []


def _issuer_with_slash(metadata: Document) -> Document:
    return metadata.set("issuer", f"{metadata['issuer']}/")


IN_THE_REQUEST: Mapping[str, Callable[[Parameters], Parameters]] = {}
IN_THE_CHALLENGE: Mapping[str, Callable[[str], str]] = {
    "challenge-padded": lambda right: right + "=" * (-len(right) % 4),
}
IN_WHAT_IT_WAS_TOLD: Mapping[str, Callable[[Document], Document]] = {
    "issuer-with-slash": _issuer_with_slash,
}
