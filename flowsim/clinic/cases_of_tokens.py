"""Cases of clocks, keys and names: what a token says, and who reads it by which clock, which keys and which name.

Source: the clause of each case.
"""

from flowsim.clinic.case import Case
from flowsim.model.steps import API, CLIENT, SERVER

_OFFLINE = "openid profile read:messages offline_access"
_MENDED = {"mistakes": ()}

CASES: tuple[Case, ...] = (
    Case(
        name="app-doubts-its-server",
        title="The app does not believe its own server",
        symptom="A new colleague set the app up from our wiki page. The browser comes back with a code, and the app "
        "stops before it sends it. Its log: wrong issuer. But there is only one server, and its address is right.",
        settings={"mistakes": ("issuer-with-slash",)},
        repair=_MENDED,
        remedy="The app is told the issuer exactly as the server writes it, without a slash at its end.",
        party=CLIENT,
        step=6,
        cause="issuer-with-slash",
        hints=(
            "An issuer is a name that is compared as a text. Compare the two that the log has.",
            "What is the last character of each?",
        ),
        clause="RFC 8414 §3.3",
        seen="coreos/go-oidc#203",
    ),
    Case(
        name="one-laptop-only",
        title="One laptop, and only that one",
        symptom="On one of forty laptops nobody can log in, whoever tries. The same users get in on the one beside "
        "it. The app's log: ID token not valid. Yesterday its battery was empty.",
        settings={"mistakes": ("clock-of-the-app-behind",)},
        repair=_MENDED,
        remedy="The laptop sets its clock by a time server.",
        party=CLIENT,
        step=9,
        cause="clock-of-the-app-behind",
        hints=(
            "What does a laptop lose when its battery is empty?",
            "Compare iat in the ID token with the time that the app took for now.",
        ),
        clause="OIDC Core §3.1.3.7",
    ),
    Case(
        name="too-old-at-birth",
        title="Fresh tokens, and the API says they are too old",
        symptom="Since the API moved to new machines each call answers 401, invalid_token, with a token that is one "
        "second old. The apps and the server have not changed.",
        settings={"mistakes": ("clock-of-the-api-ahead",)},
        repair=_MENDED,
        remedy="The API's machines set their clocks by a time server.",
        party=API,
        step=11,
        cause="clock-of-the-api-ahead",
        hints=(
            "The API's log says what it expected, and what it received. Which of the two is odd?",
            "How far is that from the time of the token response?",
        ),
        clause="RFC 7519 §4.1.4",
    ),
    Case(
        name="not-meant-for-us",
        title="After the server's update the app says: not meant for us",
        symptom="The provider updated its server. All other apps go on. Ours stops after the token response: the ID "
        "token is not meant for us. But our client_id stands in it.",
        settings={"quirks": ("audience-list",), "mistakes": ("audience-compared-as-text",)},
        repair=_MENDED,
        remedy="The app takes an aud that is a list, and looks for its client_id in it.",
        party=CLIENT,
        step=9,
        cause="audience-compared-as-text",
        hints=(
            "Our client_id stands in it. In what does it stand?",
            "RFC 7519 knows two forms of aud.",
        ),
        clause="OIDC Core §2",
    ),
    Case(
        name="thrown-out-at-night",
        title="On Tuesday night all were thrown out",
        symptom="On Tuesday night, without a release of ours, each user was logged out when the app renewed their "
        "tokens. Restarting the app helps. The server's operators say: planned maintenance, all green.",
        settings={"scope": _OFFLINE, "later": "keys refresh call", "mistakes": ("keys-kept-too-long",)},
        repair=_MENDED,
        remedy="The app fetches the server's keys once more when a token names a key that it does not know.",
        party=CLIENT,
        step=14,
        cause="keys-kept-too-long",
        hints=(
            "What does a restarted app have that a running one has not?",
            "Compare kid in the header of the new ID token with the keys that the app has.",
        ),
        clause="OIDC Core §10.1.1",
    ),
    Case(
        name="half-of-the-machines",
        title="New tokens are refused by half of the API's machines",
        symptom="Since the weekend the API answers 401 to new tokens, on those machines that have not been "
        "restarted. Old tokens still work there, until they end. The app can do nothing about it.",
        settings={"scope": _OFFLINE, "later": "keys refresh call", "mistakes": ("keys-kept-too-long-by-the-api",)},
        repair=_MENDED,
        remedy="The API fetches the server's keys once more when a token names a key that it does not know.",
        party=API,
        step=11,
        cause="keys-kept-too-long-by-the-api",
        hints=(
            "What did the server change at the weekend, so that old tokens work and new ones do not?",
            "A JWKS may be kept for a while. What ends that while at once?",
        ),
        clause="RFC 9068 §4",
    ),
    Case(
        name="home-made-server",
        title="Our own server, other people's apps",
        symptom="We wrote an authorization server. Our app logs in. The first app of a customer stops after the "
        "token response, with a library that is used everywhere. They say that our ID token lacks something that "
        "they sent.",
        settings={"mistakes": ("nonce-not-in-the-id-token",)},
        repair=_MENDED,
        remedy="The server keeps the nonce with the code and writes it into the ID token.",
        party=SERVER,
        step=9,
        cause="nonce-not-in-the-id-token",
        hints=(
            "What did the app send at step 3 that it wants to see again?",
            "Compare the claims of the ID token with the parameters of the authorization request.",
        ),
        clause="OIDC Core §2",
    ),
    Case(
        name="since-the-gateway",
        title="Since there is a gateway in front of the API",
        symptom="We put a gateway before the API. Apps with bearer tokens go on. Those that use DPoP get 401 for "
        "each call. In the lab, without the gateway, they work.",
        settings={"client": "spa", "dpop": "tokens", "mistakes": ("address-changed-by-the-proxy",)},
        repair=_MENDED,
        remedy="The API is told the public address under which it is called, and compares the proof with that.",
        party="network",
        step=10,
        cause="address-changed-by-the-proxy",
        hints=(
            "A proof names the address that the app has called. Which address does the API see?",
            "Compare htu in the proof with what the API expected.",
        ),
        clause="RFC 9449 §4.3",
    ),
)
