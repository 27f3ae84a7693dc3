"""The runs behind what the lessons about redirectors, networks, consent and phones say. See notebook_claims.py."""

from functools import partial
from typing import Any

from flowsim import cell
from flowsim.lessons.phone_storage import PLACES, READERS, worth
from flowsim.model.steps import SERVER
from flowsim.model.world import OWN_LOGIN
from flowsim.protocol.messages import Request
from tests.kit.claims_of_notebooks import run, wins, works
from tests.kit.notebook_claims import IN_WORDS, claim

# ---- open redirectors

redirectors = partial(claim, "open-redirectors")
redirectors("which defence stops which, and why PKCE stops neither")(
    lambda: works("open-redirector", "S256") and works("server-as-redirector", "S256")
)
redirectors("The server compares only the host of a `redirect_uri`.")(
    lambda: wins(client="spa", attacker="open-redirector", open_redirector=True, redirect_match="origin")
)
redirectors("the attacker cannot redeem the code, so it lets the app do that")(
    lambda: (
        "access_token" not in cell("open-redirector", "secret").verdict.attacker_holds
        and works("open-redirector", "secret")
    )
)
redirectors("Either of them is enough here.")(
    lambda: not works("open-redirector", "exact-redirect-uri") and not works("open-redirector", "no-redirector")
)


def phished(**settings: Any) -> Any:
    off = {"authorize.error_address_trusted"}
    return run(client="spa", attacker="server-as-redirector", without=off, **settings)


redirectors("This server redirects every such error.")(lambda: "password" in phished().verdict.attacker_holds)
redirectors("No code is issued and nobody has logged in.")(
    lambda: not any(made.kind == "code" for event in phished().events for made in event.made)
)
redirectors("PKCE does not help where the attacker writes the request.")(lambda: works("open-redirector", "S256"))

# ---- the attacker on the network

NO_TLS: dict[str, Any] = {"client": "web", "cleartext": "app", "without": {"authorize.redirect_uri_encrypted"}}
network = partial(claim, "network-attacker")
network("what PKCE and DPoP still do there, and what only TLS does")(
    lambda: (
        not works("network-reader", "S256")
        and not works("network-reader-of-tokens", "dpop")
        and works("network-writer", "S256")
        and not works("network-writer", "tls")
    )
)
network("All messages go over TLS, and the app uses no PKCE, no `state` and no `nonce`.")(
    lambda: not wins(client="web", attacker="network-reader", pkce="none", state=False, nonce=False)
)
network("The website has a secret, so the attacker cannot redeem the code itself.")(
    lambda: "access_token" not in run(**NO_TLS, attacker="network-reader", pkce="none").verdict.attacker_holds
)
network("The victim's code belongs to the attacker's session from the start, so every check finds what it looks for.")(
    lambda: (
        wins(**NO_TLS, attacker="network-writer")
        and not any(
            one.decides
            for event in run(**NO_TLS, attacker="network-writer").events
            if event.run == OWN_LOGIN
            for one in event.checks
        )
    )
)
network("Without it PKCE still stops who only reads the code, and DPoP who only reads the token.")(
    lambda: not works("network-reader", "S256") and not works("network-reader-of-tokens", "dpop")
)

# ---- storage on a phone

phone = partial(claim, "storage-on-a-phone")
phone("compare five places and four readers")(
    lambda: (len(PLACES), len(READERS)) == (IN_WORDS["five"], IN_WORDS["four"])
)
phone("It does not keep out who runs as the app, or above it.")(
    lambda: all("malware" in place.readers for place in PLACES) and worth(PLACES[-2], "malware").startswith("✗")
)

# ---- consent phishing

consent = partial(claim, "consent-phishing")


def said_yes(**settings: Any) -> Any:
    return run(client="spa", attacker="malicious-client", **settings)


consent("Yes, if you say yes.")(lambda: said_yes().verdict.attacker_reads_data)
consent("say yes to an attacker's app, and look for the check that fails")(
    lambda: not any(one.passed is False for event in said_yes().events for one in event.checks)
)
consent("The server has every check on, and requires PKCE.")(
    lambda: not said_yes().scenario.without and said_yes().scenario.requires_pkce
)
consent("The password went to the server and to nobody else, so a passkey would have changed nothing.")(
    lambda: (
        {
            sent.receiver
            for event in said_yes().events
            for sent in event.messages
            if isinstance(sent.message, Request) and "password" in dict(sent.message.form)
        }
        == {SERVER}
    )
)
consent(
    "What helps is a user who can tell, a server that looks at apps before they may ask for much, and narrow scopes."
)(
    lambda: (
        not said_yes(user="careful").verdict.attack_succeeded
        and not said_yes(scope="openid profile").verdict.attacker_reads_data
    )
)
