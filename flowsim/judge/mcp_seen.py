"""What an MCP server and its authorization server have seen of one client: every request with its answer, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from flowsim.actors.app_proofs import USE_NONCE
from flowsim.protocol import challenges, credentials, dpop, well_known
from flowsim.protocol.messages import Request, Response, single, without_query


class Exchange(NamedTuple):
    """A request and the answer as it was sent."""

    asked: Request
    answer: Response

    @property
    def address(self) -> str:
        return without_query(self.asked.url)

    @property
    def challenge(self) -> dict[str, str]:
        """What a Bearer challenge in the answer says; nothing without one."""
        return {**challenges.of_scheme(self.answer.all_of("www-authenticate"), "bearer")}

    @property
    def wants_scope(self) -> tuple[str, ...]:
        """The scopes that a 403 wants (RFC 6750 section 3.1); none for any other answer."""
        said = challenges.with_error(self.answer.all_of("www-authenticate"), "insufficient_scope")
        return tuple(said.get("scope", "").split()) if said and self.answer.status == 403 else ()

    @property
    def wants_nonce(self) -> bool:
        """Whether the answer wants the same request with a nonce in its proof (RFC 9449 sections 8 and 9)."""
        named = challenges.with_error(self.answer.all_of("www-authenticate"), USE_NONCE) is not None
        return named or self.answer.json().get("error") == USE_NONCE

    @property
    def shown(self) -> credentials.Credentials:
        """The scheme and the token of this request."""
        return credentials.read(self.asked.header("authorization") or "")

    @property
    def proof(self) -> dpop.Proof | None:
        """Its DPoP proof; None without a readable one."""
        sent = self.asked.header("dpop")
        return dpop.read(sent) if sent else None

    def param(self, name: str) -> str | None:
        """A parameter of an authorization request."""
        return single(self.asked.query, name)

    @property
    def scope(self) -> tuple[str, ...]:
        """What an authorization request asks for."""
        return tuple((self.param("scope") or "").split())


@dataclass(slots=True)
class Seen:
    """All that came, at the MCP server at `endpoint` and at the authorization servers with these issuers.

    `known` is the client_id that the client was told beforehand. `bent` are those of the answers that a trap has changed.
    """

    endpoint: str
    issuers: tuple[str, ...]
    known: str
    all: list[Exchange] = field(default_factory=list)
    bent: list[Exchange] = field(default_factory=list)

    def after(self, this: Exchange | None) -> "Seen":
        """What came after this exchange; nothing where there was none."""
        at = next((number for number, one in enumerate(self.all) if one is this), len(self.all))
        return Seen(self.endpoint, self.issuers, self.known, self.all[at + 1 :], self.bent)

    def authorizations(self, issuer: str | None = None) -> list[Exchange]:
        """The requests that began a login, each once, at this authorization server or at any."""
        bases = [one.removesuffix("/") for one in self.issuers if issuer in (None, one)]
        found = {one.asked.url: one for one in self.all if one.address in [f"{base}/authorize" for base in bases]}
        return [*found.values()]

    @property
    def token_requests(self) -> list[Exchange]:
        """All that came to the token endpoint."""
        return [one for one in self.all if one.address.endswith("/oauth/token")]

    @property
    def redeemed(self) -> list[Exchange]:
        """The requests that brought a code to the token endpoint."""
        return [one for one in self.token_requests if single(one.asked.form, "grant_type") == "authorization_code"]

    @property
    def registrations(self) -> list[Exchange]:
        """Whatever was sent to be registered, also where nothing takes that."""
        return [one for one in self.all if one.asked.method == "POST" and one.address.endswith("/register")]

    @property
    def calls(self) -> list[Exchange]:
        """The messages to the MCP server."""
        return [one for one in self.all if one.address == self.endpoint and one.asked.method == "POST"]

    @property
    def asked_for_metadata(self) -> list[str]:
        """The addresses at which metadata of the MCP server were looked for."""
        return [one.address for one in self.all if one.asked.method == "GET" and well_known.RESOURCE in one.address]

    def proofs(self) -> Iterator[dpop.Proof]:
        """Every DPoP proof that came, in order."""
        return (one.proof for one in self.all if one.proof is not None)
