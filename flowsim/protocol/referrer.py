"""What a browser writes into `Referer` of a request that a page brings about, as the policy of the page says.

Source: Referrer Policy section 3 (the policies) and section 8 (what is sent); RFC 9110 section 10.1.3.
"""

from collections.abc import Mapping
from typing import Literal

from flowsim.protocol.addresses import OWN_MACHINE, host_of, origin_of, split

ReferrerPolicy = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]
REFERRER_POLICIES: Mapping[str, str] = {
    "no-referrer": "nothing",
    "no-referrer-when-downgrade": "the whole address, and to a site without TLS nothing",
    "origin": "the origin",
    "origin-when-cross-origin": "the origin, and to its own origin the whole address",
    "same-origin": "nothing, and to its own origin the whole address",
    "strict-origin": "the origin, and to a site without TLS nothing",
    "strict-origin-when-cross-origin": "the same, and to its own origin the whole address; what browsers do by themselves",
    "unsafe-url": "the whole address, to everybody",
}


def referer(policy: ReferrerPolicy, page: str, target: str) -> str | None:
    """The `Referer` of a request from the page at this address; None where none is sent.

    It never holds a fragment, a user name or a password, and a page that is on no website is never named.
    """
    parts = split(page)
    if (parts.scheme or "").lower() not in ("http", "https") or policy == "no-referrer":
        return None
    own = origin_of(page)
    whole = f"{own}{parts.path or '/'}{'' if parts.query is None else f'?{parts.query}'}"
    same, less_safe = own == origin_of(target), _trustworthy(page) and not _trustworthy(target)
    if policy == "unsafe-url" or (policy.endswith("cross-origin") and same) or (policy == "same-origin" and same):
        return whole
    if policy == "same-origin" or (less_safe and policy.startswith(("strict", "no-referrer"))):
        return None
    return whole if policy == "no-referrer-when-downgrade" else f"{own}/"


def _trustworthy(url: str) -> bool:
    """Whether nobody on a network can read or change what this address brings."""
    return origin_of(url).startswith("https:") or host_of(url) in OWN_MACHINE
