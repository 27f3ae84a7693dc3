"""The table behind “which flow?”: questions, answers with their reasons and clauses, and the flows they lead to.

Source: RFC 6749, RFC 8252, RFC 8628, RFC 9700; for apps in a browser RFC 10017, for two devices RFC 10027.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, what follows from it and why, its clauses, and the question or outcome it leads to."""

    text: str
    reason: str
    clauses: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its name in the table, the question itself, and its answers."""

    name: str
    text: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow to use, or not to use: what it is, when PKCE applies, its clauses, and settings to play it with."""

    name: str
    title: str
    text: str
    pkce: str
    clauses: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


START = "what"
QUESTIONS: dict[str, Question] = {
    one.name: one
    for one in (
        Question(
            START,
            "What do you have?",
            (
                Answer(
                    "a new app",
                    "Then the choice is free, and most new apps end at the same flow.",
                    ("RFC 9700 §2.1",),
                    "user",
                ),
                Answer(
                    "an app that gets its tokens in the redirect (implicit)",
                    "A token in a redirect can leak as a code can, and is good at once. Clients should not use this, and "
                    "apps in a browser must not.",
                    ("RFC 9700 §2.1.2", "RFC 10017 §7.2"),
                    "where",
                ),
                Answer(
                    "an app that asks for the user's password itself",
                    "The app sees the password, and users learn to type it anywhere. This grant must not be used.",
                    ("RFC 9700 §2.4",),
                    "where",
                ),
                Answer(
                    "an app whose access token has expired",
                    "A new one takes a refresh token or a new login.",
                    ("RFC 6749 §1.5",),
                    "renew",
                ),
            ),
        ),
        Question(
            "renew",
            "Does the app have a refresh token?",
            (
                Answer(
                    "yes",
                    "Then the user need not come back, as long as the server takes it.",
                    ("RFC 6749 §6",),
                    "refresh",
                ),
                Answer(
                    "no",
                    "The server decides who gets one. Without it the app begins a new login; a server that remembers the "
                    "user may show no page.",
                    ("RFC 6749 §1.5", "RFC 9700 §4.14.2"),
                    "where",
                ),
            ),
        ),
        Question(
            "user",
            "Does a user log in?",
            (
                Answer(
                    "yes",
                    "The app acts in the user's name, so the user has to be asked.",
                    ("RFC 6749 §1.3.1",),
                    "browser",
                ),
                Answer(
                    "no, the app acts for itself",
                    "Nobody is there to ask. The app gets a token for what it may do on its own account.",
                    ("RFC 6749 §1.3.4",),
                    "client-credentials",
                ),
            ),
        ),
        Question(
            "browser",
            "Can the device open a browser, and can the user type on it?",
            (
                Answer(
                    "yes",
                    "The user logs in at the authorization server, in a page that the app cannot look into.",
                    ("RFC 8252 §4.1",),
                    "where",
                ),
                Answer(
                    "no, it is a television or a machine",
                    "The user logs in on another device, with a short user code that this one shows.",
                    ("RFC 8628 §1",),
                    "device",
                ),
            ),
        ),
        Question(
            "where",
            "Where does the app run?",
            (
                Answer(
                    "on a server of its own",
                    "A server can keep a secret or a private key, so this is a confidential client.",
                    ("RFC 6749 §2.1",),
                    "website",
                ),
                Answer(
                    "in the browser, as a single-page app",
                    "Everybody can read its code, so it can keep no secret from its own user: a public client.",
                    ("RFC 6749 §2.1",),
                    "backend",
                ),
                Answer(
                    "on a phone or a computer",
                    "Everybody can read its files, so a secret in them is none: a public client.",
                    ("RFC 8252 §8.5",),
                    "redirect",
                ),
            ),
        ),
        Question(
            "backend",
            "Can it have a small server of its own, behind the same address?",
            (
                Answer(
                    "yes",
                    "Then the tokens need not be in the browser at all, where any script of the page could reach them.",
                    ("RFC 10017 §6.1",),
                    "bff",
                ),
                Answer(
                    "no",
                    "Then the browser holds the tokens. Refresh tokens must be rotated, or bound to a key.",
                    ("RFC 9700 §2.2.2",),
                    "spa",
                ),
            ),
        ),
        Question(
            "redirect",
            "How can the answer come back to the app?",
            (
                Answer(
                    "to an https address that the system ties to the app",
                    "The system hands it to the app that the website names. So this is the best choice where the system "
                    "has it, and how safe it is depends on the system.",
                    ("RFC 8252 §7.2", "RFC 8252 §8.1"),
                    "native-https",
                ),
                Answer(
                    "to a private-use scheme, such as com.example.app:/",
                    "Other apps can claim the same scheme, so the code can be taken. PKCE makes it useless to an app that "
                    "did not write the request.",
                    ("RFC 8252 §7.1", "RFC 8252 §8.1"),
                    "native-scheme",
                ),
                Answer(
                    "to a port on the same computer",
                    "The program listens on the loopback address while the user logs in.",
                    ("RFC 8252 §7.3",),
                    "native-loopback",
                ),
            ),
        ),
    )
}
_CODE = "Authorization code with PKCE"
_PUBLIC = "PKCE is required: public clients must use it."
_BESIDE = (
    "PKCE is recommended, beside the secret: it stops a stolen code from being put into another login, unless the attacker "
    "has chosen the challenge."
)
FLOWS: dict[str, Flow] = {
    one.name: one
    for one in (
        Flow(
            "website",
            f"{_CODE}, and the app authenticates itself",
            "The server of the app keeps the secret and the tokens. The browser only carries the code.",
            _BESIDE,
            ("RFC 6749 §4.1", "RFC 9700 §2.1.1"),
            {"client": "web", "pkce": "S256"},
        ),
        Flow(
            "bff",
            f"{_CODE}, done by a backend for the frontend",
            "The app's own server logs the user in and keeps the tokens. The browser holds a cookie that scripts cannot "
            "read; against forged requests with that cookie the server needs a defence of its own.",
            _BESIDE,
            ("RFC 10017 §6.1", "RFC 10017 §6.1.3.3", "RFC 9700 §2.1.1"),
            {"client": "web", "pkce": "S256"},
        ),
        Flow(
            "spa",
            f"{_CODE}, as a public client",
            "The page redeems the code itself. A script of somebody else's in the page can do what the page can do.",
            _PUBLIC,
            ("RFC 10017 §6.3", "RFC 9700 §2.1.1"),
            {"client": "spa", "pkce": "S256"},
        ),
        Flow(
            "native-https",
            f"{_CODE}, called back at a claimed https address",
            "The app opens the system's browser, and the system hands the redirect to the app that the website names.",
            _PUBLIC,
            ("RFC 8252 §6", "RFC 8252 §7.2", "RFC 9700 §2.1.1"),
            {"client": "native-https", "pkce": "S256"},
        ),
        Flow(
            "native-scheme",
            f"{_CODE}, called back by a private-use scheme",
            "The app opens the system's browser. Another app may get the redirect, and lacks the verifier for its code.",
            _PUBLIC,
            ("RFC 8252 §6", "RFC 8252 §7.1", "RFC 9700 §2.1.1"),
            {"client": "native-scheme", "pkce": "S256"},
        ),
        Flow(
            "native-loopback",
            f"{_CODE}, called back on the loopback address",
            "The program opens the system's browser and listens on a port until the redirect has come.",
            _PUBLIC,
            ("RFC 8252 §6", "RFC 8252 §7.3", "RFC 9700 §2.1.1"),
            {"client": "native-loopback", "pkce": "S256"},
        ),
        Flow(
            "device",
            "Device authorization grant",
            "The device shows a short user code, the user types it in on another device and logs in there, and this one "
            "asks until the tokens are ready. A stranger can send such a code to a user: that is phishing from afar. "
            "Whoever builds this must weigh that risk first, and should leave it alone where nothing helps.",
            "PKCE does not apply: no code comes back through a browser.",
            ("RFC 8628 §3.1", "RFC 8628 §5.4", "RFC 10027 §2"),
        ),
        Flow(
            "client-credentials",
            "Client credentials",
            "The app shows its own secret or key at the token endpoint and gets an access token. Only a client that can "
            "keep a secret may do this, and it should get no refresh token.",
            "PKCE does not apply: there is no code, no browser and no user.",
            ("RFC 6749 §4.4", "RFC 6749 §4.4.3"),
        ),
        Flow(
            "refresh",
            "Refresh token",
            "The app exchanges its refresh token for new tokens. It is no way to begin: a login has to come first.",
            "PKCE takes no part: it protected the login. Public clients need rotation, or tokens bound to a key.",
            ("RFC 6749 §6", "RFC 9700 §2.2.2"),
            {"client": "spa", "scope": "openid profile read:messages offline_access", "later": "1h refresh call"},
        ),
    )
}
