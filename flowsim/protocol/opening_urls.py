"""Which address an app may hand to the browser, when a server it does not know has named it.

The program that opens an address may be told by its scheme to run something, and a shell reads some signs as commands. So
an app lets through what is allowed, and lists nothing that is forbidden.

Source: Model Context Protocol, revision 2026-07-28, security best practices; RFC 3986 section 2.
"""

import re

from flowsim.protocol.addresses import OWN_MACHINE, host_of, names_a_host, split

_ALLOWED = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def fault(url: str) -> str | None:
    """Why this address is not to be opened, in one sentence; None for one that may be.

    It has to be `https`, or `http` to the machine itself, name a host, and hold no sign that RFC 3986 leaves out. Of the
    signs it leaves in, a shell would still read `&` and `;`: so it must never see the address.
    """
    parts = split(url)
    scheme = (parts.scheme or "").lower()
    if scheme not in ("https", "http"):
        return f"The address to open has to begin with https://, and not with {parts.scheme or 'no scheme'!r}."
    if not _ALLOWED.fullmatch(url):
        return "The address to open holds a sign that no address may hold (RFC 3986 section 2)."
    if not names_a_host(url):
        return "The address to open has to name a host, without a user before it."
    if scheme == "http" and host_of(url) not in OWN_MACHINE:
        return f"Plain http is for this machine alone, and the address to open is at {host_of(url)}."
    return None
