"""What is checked of an access token wherever one is shown, before anybody looks into it: at an API, at userinfo.

Source: RFC 6750 sections 2 and 3.1, RFC 9449 section 7.1.
"""

from dataclasses import dataclass
from typing import TypeAlias

from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import OAuthError, Unauthorized
from flowsim.protocol.messages import Pairs, single
from flowsim.protocol.records import quickly_made

BearerRefusal: TypeAlias = OAuthError | Unauthorized
_NAMES = {"bearer": "Bearer", "dpop": "DPoP"}


@quickly_made
@dataclass(frozen=True, slots=True)
class BearerFacts:
    """How a token was shown. `authorization` lists the headers that say Bearer or DPoP, `text` is the token in them.

    `text` is None where there is none that can be read; `form` holds the parameters of a form that was posted.
    """

    authorization: tuple[str, ...]
    form: Pairs
    scheme: str
    text: str | None

    @property
    def ways(self) -> int:
        return len(self.authorization) + (single(self.form, "access_token") is not None)

    @property
    def scheme_name(self) -> str:
        """The scheme as its RFC writes it; `Bearer` where no header names one."""
        return _NAMES.get(self.scheme, "Bearer")


def one_method(facts: BearerFacts) -> Finding:
    return finding("one way to send a token", f"{facts.ways} of them", facts.ways <= 1)


def token_present(facts: BearerFacts) -> Finding:
    return finding("an access token", "a token" if facts.ways else None, facts.ways > 0)


def well_formed(facts: BearerFacts) -> Finding:
    expected = f"{facts.scheme_name} and one token"
    if not facts.ways:
        return finding(expected, None, None)
    received = facts.authorization[0] if facts.authorization else "a token in the form"
    return finding(expected, received, facts.text is not None)


# fmt: off
def shown(endpoint: str, actor: str) -> tuple[Check[BearerFacts, BearerRefusal], ...]:
    """The rows for how the token is shown, in the table of this endpoint of this actor."""
    return (
        Check(f"{endpoint}.one_method",         actor, 11, "RFC 6750 §2",   OAuthError("invalid_request"), "the token is sent in one way only", one_method),
        Check(f"{endpoint}.token_present",      actor, 11, "RFC 6750 §3.1", Unauthorized(),                "there is a token", token_present),
        Check(f"{endpoint}.header_well_formed", actor, 11, "RFC 6750 §2.1", OAuthError("invalid_request"), "the header names a scheme and one token", well_formed),
    )
# fmt: on
