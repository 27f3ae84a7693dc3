"""What the app checks about a server's metadata, before it believes a word of it.

Metadata says where a login goes, where the code goes and whose answer to believe. Whoever gives an app wrong metadata sends
its users and its codes wherever they like. So the document must be about the server that the app asked.

Source: RFC 8414 sections 2, 3.2, 3.3 and 6.2, OIDC Discovery sections 3 and 4.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flowsim.model.check import NOTHING, Check, Finding, finding
from flowsim.model.refusal import Stop
from flowsim.model.steps import CLIENT
from flowsim.protocol.addresses import host_of, split
from flowsim.protocol.messages import Response

REQUIRED = ("issuer", "authorization_endpoint", "token_endpoint", "response_types_supported")
REQUIRED_OF_OPENID = ("jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported")
_ADDRESSES = (
    "authorization_endpoint",
    "token_endpoint",
    "pushed_authorization_request_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
    "jwks_uri",
)
_LISTS = ("response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported")


@dataclass(frozen=True)
class MetadataFacts:
    """The issuer that was asked, its answer, and whether it was asked as a provider of OpenID Connect."""

    issuer: str
    answer: Response
    openid: bool

    @cached_property
    def document(self) -> Mapping[str, Any]:
        return self.answer.json()


def answered(facts: MetadataFacts) -> Finding:
    received = f"{facts.answer.status} and {'a JSON object' if facts.document else 'no JSON object'}"
    return finding("200 and a JSON object", received, facts.answer.status == 200 and bool(facts.document))


def issuer_same(facts: MetadataFacts) -> Finding:
    issuer = facts.document.get("issuer")
    received = issuer if isinstance(issuer, str) else NOTHING if issuer is None else f"no text: {issuer!r}"
    return finding(facts.issuer, received, None if issuer is None else issuer == facts.issuer)


def members_present(facts: MetadataFacts) -> Finding:
    """A member that is empty or of another kind is as good as none."""
    wanted = REQUIRED + (REQUIRED_OF_OPENID if facts.openid else ())
    lacking = [name for name in wanted if not _is_there(facts.document, name)]
    received = f"all but {', '.join(lacking)}" if lacking else "all of them"
    return finding(", ".join(wanted), received, not lacking if facts.document else None)


def endpoints_https(facts: MetadataFacts) -> Finding:
    """A member that this app does not know is ignored, whatever it is called (RFC 8414 section 2)."""
    addresses = {name: facts.document[name] for name in _ADDRESSES if name in facts.document}
    wrong = [name for name, value in addresses.items() if not _is_https(value)]
    received = f"not so: {', '.join(wrong)}" if wrong else "https addresses"
    return finding("https addresses", received, not wrong if addresses else None)


def s256_named(facts: MetadataFacts) -> Finding:
    """An app cannot tell whether a server that names no method looks at a verifier at all."""
    listed = facts.document.get("code_challenge_methods_supported")
    methods = listed if isinstance(listed, list) else ()
    received = ", ".join(map(str, methods)) or None
    return finding("S256 among the methods", received, "S256" in methods if facts.document else None)


def _is_there(document: Mapping[str, Any], name: str) -> bool:
    kind = list if name in _LISTS else str
    return isinstance(document.get(name), kind) and bool(document[name])


def _is_https(value: object) -> bool:
    """True for an https address with a host; the scheme may be in any case (RFC 3986 section 3.1)."""
    if not isinstance(value, str):
        return False
    return (split(value).scheme or "").lower() == "https" and bool(host_of(value))


# fmt: off
CHECKS = (
    Check("discovery.answered",        CLIENT, 18, "RFC 8414 §3.2",      Stop(), "the server answers 200 and with a JSON object", answered),
    Check("discovery.issuer_same",     CLIENT, 18, "RFC 8414 §3.3",      Stop(), "the issuer in the metadata is the one that the app asked", issuer_same),
    Check("discovery.members_present", CLIENT, 18, "RFC 8414 §2",        Stop(), "every member that the app needs is there", members_present),
    Check("discovery.endpoints_https", CLIENT, 18, "OIDC Discovery §3",  Stop(), "every endpoint is an https address", endpoints_https),
)
OF_AN_MCP_SERVER = (
    Check("discovery.s256_named",      CLIENT, 18, "RFC 8414 §2",        Stop(), "the metadata names the method S256", s256_named),
)
# fmt: on
