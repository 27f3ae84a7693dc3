"""The words of the course, each with a plain explanation, the clause behind it, and what else it is called.

Names in messages have a glossary of their own (glossary.py); checks, settings and attacks say themselves what they are. All
of them together is what `python -m flowsim explain` and the glossary's page show (explain.py).
"""

from flowsim.views.text.term import Term
from flowsim.views.text.terms_of_mcp import OF_MCP

__all__ = ["TERMS", "Term"]

# Who takes part.
_PARTIES = (
    Term(
        "resource owner",
        "Who may let an app use the data. In this course it is a person, “you”; OpenID Connect says end-user.",
        "RFC 6749 §1.1",
        ("user", "end-user", "you"),
    ),
    Term(
        "user agent",
        "The program that shows pages and follows redirects on behalf of the user: here the browser.",
        "RFC 9110 §3.5",
        ("browser", "user-agent"),
    ),
    Term(
        "client",
        "The app that wants to use the data, or to know who the user is. OpenID Connect calls it the relying party.",
        "RFC 6749 §1.1",
        ("app", "client application", "relying party"),
    ),
    Term(
        "authorization server",
        "The server that asks the user and issues the tokens. In OpenID Connect it is the OpenID provider.",
        "RFC 6749 §1.1",
        ("server", "OpenID provider", "AS", "OP", "identity provider"),
    ),
    Term(
        "resource server",
        "The server that keeps the data and gives it to whoever brings a good access token: the API.",
        "RFC 6749 §1.1",
        ("API", "RS"),
    ),
    Term(
        "public client",
        "An app that cannot keep a secret, because whoever has the app has the secret, too: an app on a phone or a "
        "computer, or a page in the browser.",
        "RFC 6749 §2.1",
    ),
    Term(
        "confidential client",
        "An app that can keep a secret or a private key, because it runs on a server that only its owner reads.",
        "RFC 6749 §2.1",
    ),
    Term(
        "single-page app",
        "An app that is a page: its program runs in the browser, where everybody can read it. It is a public client.",
        "RFC 6749 §2.1",
        ("SPA", "browser-based app", "page", "web page"),
    ),
    Term(
        "native app",
        "An app that is installed on a phone or a computer. It is a public client, unless each installation gets a "
        "secret of its own.",
        "RFC 8252 §8.4",
        ("phone app", "mobile app", "desktop app"),
    ),
    Term(
        "website",
        "An app whose program runs on its owner's server and sends finished pages. It can be a confidential client.",
        "RFC 6749 §2.1",
        ("web app", "web application", "web server app"),
    ),
    Term(
        "backend for the frontend",
        "A server of the app's own that logs in and keeps the tokens, so that the page in the browser has only a cookie.",
        "RFC 10017 §6.1",
        ("BFF",),
    ),
)

# The login and its messages.
_LOGIN = (
    Term(
        "flow",
        "A way to get a token. The RFC calls it an authorization grant, after what the app brings to get one.",
        "RFC 6749 §1.3",
        ("grant", "authorization grant", "grant type"),
    ),
    Term(
        "authorization code flow",
        "The flow of this course: the browser brings the app a code, and the app itself exchanges it for tokens.",
        "RFC 6749 §4.1",
    ),
    Term(
        "authorization code",
        "A short-lived value that comes with the redirect, good for one exchange. It is no token yet.",
        "RFC 6749 §1.3.1",
        ("code",),
    ),
    Term(
        "authorization request",
        "The address at the server to which the app sends the browser, with all that it asks for.",
        "RFC 6749 §4.1.1",
        ("the request",),
    ),
    Term(
        "authorization response",
        "The redirect that brings the browser back to the app, with the code or with an error.",
        "RFC 6749 §4.1.2",
        ("the redirect",),
    ),
    Term(
        "redirect",
        "An answer that sends the browser on to another address. This server uses 303, after which the browser sends a "
        "GET without the form that it sent before.",
        "RFC 9110 §15.4.4",
        ("303", "see other"),
    ),
    Term(
        "307",
        "A redirect after which the browser sends the same form again, to the new address. After a login form that "
        "would be the password.",
        "RFC 9110 §15.4.8",
        ("temporary redirect",),
    ),
    Term(
        "redirect URI",
        "The address of the app to which the server sends the browser back. It is registered beforehand.",
        "RFC 6749 §3.1.2",
        ("redirect_uri", "callback", "redirection endpoint"),
    ),
    Term(
        "authorization endpoint",
        "The address at the server that the browser opens: there the user logs in and says yes or no.",
        "RFC 6749 §3.1",
        ("/authorize",),
    ),
    Term(
        "token endpoint",
        "The address at the server where the app exchanges a code, or a refresh token, for tokens.",
        "RFC 6749 §3.2",
        ("/oauth/token",),
    ),
    Term(
        "consent",
        "What the user says yes to: that this app may do what its scope names.",
        "RFC 6749 §3.1",
        ("approval",),
    ),
    Term(
        "scope",
        "What the app may do, as names with spaces between them.",
        "RFC 6749 §3.3",
    ),
    Term(
        "state",
        "A random value that the app sends with its request and wants back with the redirect, so that it knows the "
        "redirect belongs to a login that it began in this browser.",
        "RFC 6749 §10.12",
    ),
    Term(
        "nonce",
        "A random value that the app sends with its request and finds in the ID token, so that it knows the token "
        "belongs to this login. In DPoP it is a value that the server wants in the next proof.",
        "OIDC Core §3.1.2.1",
    ),
    Term(
        "claim an address",
        "What an app does at its installation so that the system hands it redirects to an address. A private-use scheme "
        "can be claimed by any app; an https address by the app of the website's owner, as far as the system checks.",
        "RFC 8252 §7.2",
        ("claimed https", "app link", "universal link"),
    ),
    Term(
        "private-use scheme",
        "An address such as `com.example.app:/callback`, which a phone hands to the app that claims it. Nothing keeps "
        "another app from claiming it as well.",
        "RFC 8252 §7.1",
        ("custom scheme", "com.example.app:/callback"),
    ),
    Term(
        "loopback",
        "The address of the machine itself, 127.0.0.1. A program on a computer can listen there for its redirect.",
        "RFC 8252 §7.3",
        ("127.0.0.1", "localhost"),
    ),
    Term(
        "pushed authorization request",
        "The app sends its request to the server itself, and the browser takes only a name for it along.",
        "RFC 9126 §2",
        ("PAR", "pushed request"),
    ),
    Term(
        "discovery",
        "The app asks the server for its metadata: a document that says which endpoints it has and what it can do.",
        "RFC 8414 §3",
        ("metadata", ".well-known"),
    ),
    Term(
        "issuer",
        "The name of an authorization server: an https address. It stands in the metadata, in tokens, and as `iss` in "
        "redirects.",
        "RFC 8414 §2",
        ("iss",),
    ),
    Term(
        "step-up",
        "An API asks for a stronger or a more recent login than the token speaks of, or for more scope, and the app sends "
        "the user there.",
        "RFC 9470 §4",
        ("step-up authentication", "step-up authorization"),
    ),
    Term(
        "session",
        "What a website remembers about a browser, found again by a cookie. The app has one of its own, and the "
        "authorization server another.",
        "RFC 6265 §4.1",
        ("login session",),
    ),
    Term(
        "single sign-on",
        "The user logs in at the server once, and other apps of this server need no second password, because the server "
        "has a session with the browser.",
        "OIDC Core §3.1.2.3",
        ("SSO",),
    ),
)

# PKCE and other proofs.
_PROOFS = (
    Term(
        "PKCE",
        "Proof Key for Code Exchange, said “pixy”: the app makes a secret for each login and shows it when it brings the "
        "code. Who has only the code gets nothing, where the server checks it.",
        "RFC 7636 §1",
        ("proof key for code exchange",),
    ),
    Term(
        "code_verifier",
        "The secret that the app makes for one login: 43 to 128 characters, drawn at random.",
        "RFC 7636 §4.1",
        ("verifier",),
    ),
    Term(
        "code_challenge",
        "What the app shows of its verifier at first: under `S256` the hash of it, from which nobody gets the verifier "
        "back, unless it can be guessed.",
        "RFC 7636 §4.2",
        ("challenge",),
    ),
    Term(
        "S256",
        "The challenge is the SHA-256 hash of the verifier, in base64url.",
        "RFC 7636 §4.2",
    ),
    Term(
        "plain",
        "The challenge is the verifier itself, so whoever reads the request has it.",
        "RFC 7636 §4.2",
    ),
    Term(
        "hash",
        "A number that is computed from a text and from which the text cannot be computed back. SHA-256 gives 32 octets.",
        "RFC 7636 §4.2",
        ("SHA-256", "digest"),
    ),
    Term(
        "base64url",
        "A way to write octets in letters, digits, `-` and `_`, so that they can stand in an address.",
        "RFC 4648 §5",
    ),
    Term(
        "entropy",
        "How many equally likely values a secret could have had, in bits. It says how long guessing takes, and nothing "
        "about how long the secret is.",
        "RFC 7636 §7.1",
        ("a guess", "guessing"),
    ),
    Term(
        "client secret",
        "A password of the app's own, for the server. A public client has none that deserves the name.",
        "RFC 6749 §2.3.1",
        ("client_secret", "secret"),
    ),
    Term(
        "client assertion",
        "A short statement that an app signs with its own key for one request, to show the server who it is. It is for one "
        "server, for a minute, and counts once.",
        "RFC 7523 §2.2",
        ("private_key_jwt", "client_assertion", "client_key"),
    ),
    Term(
        "DPoP",
        "Demonstrating Proof of Possession: the app signs each request with a key, and tokens name that key. So a stolen "
        "token is of no use without the key.",
        "RFC 9449 §4.1",
        ("proof of possession", "DPoP proof", "dpop_key"),
    ),
    Term(
        "sender-constrained token",
        "A token that is good only for who can prove to hold something, such as a key.",
        "RFC 9700 §2.2.1",
        ("sender-constrained", "bound token"),
    ),
)

# Tokens.
_TOKENS = (
    Term(
        "access token",
        "What the app shows to the API. It says what the app may do, and it lives for a short time.",
        "RFC 6749 §1.4",
    ),
    Term(
        "refresh token",
        "What the app shows to the server to get new tokens, without the user.",
        "RFC 6749 §1.5",
    ),
    Term(
        "ID token",
        "What tells the app who has logged in, when, and for which login. It is for the app alone.",
        "OIDC Core §2",
        ("id_token",),
    ),
    Term(
        "bearer token",
        "A token that is good for whoever has it, as a banknote is.",
        "RFC 6750 §1.2",
        ("bearer",),
    ),
    Term(
        "opaque token",
        "A token in which nothing can be read: only the server knows what it stands for. The API asks there.",
        "RFC 6749 §1.4",
    ),
    Term(
        "introspection",
        "An API asks the authorization server whether a token is good, and what it stands for.",
        "RFC 7662 §2",
        ("token introspection",),
    ),
    Term(
        "JWT",
        "A token that can be read: a header, claims and a signature, each in base64url. Reading it takes no key; "
        "making a good one does.",
        "RFC 7519 §2",
        ("JSON Web Token", "signed token"),
    ),
    Term(
        "claim",
        "One thing that a token says, such as `sub`, the user, or `exp`, when it expires.",
        "RFC 7519 §2",
        ("claims",),
    ),
    Term(
        "audience",
        "For whom a token is: the app for an ID token, the API for an access token. Others should not accept it.",
        "RFC 9068 §4",
        ("aud",),
    ),
    Term(
        "rotation",
        "With each use a refresh token is replaced by a new one. One that comes twice says that two may have it.",
        "RFC 9700 §4.14.2",
        ("refresh token rotation",),
    ),
    Term(
        "family",
        "All refresh tokens that come, one after the other, from the same login. When one of them comes a second time "
        "the whole family ends.",
        "RFC 9700 §4.14.2",
        ("family of refresh tokens",),
    ),
    Term(
        "revocation",
        "The app tells the server that a token shall be good for nothing from now on.",
        "RFC 7009 §2",
    ),
)

# What can go wrong.
_ATTACKS = (
    Term(
        "code injection",
        "A stolen code is put into a login of the attacker's own at the same app, and the app redeems it.",
        "RFC 9700 §4.5",
        ("authorization code injection",),
    ),
    Term(
        "CSRF",
        "Cross-site request forgery: somebody else's page has the browser send a request in the user's name. In a login "
        "it is a redirect with the attacker's code.",
        "RFC 6749 §10.12",
        ("cross-site request forgery", "XSRF"),
    ),
    Term(
        "PKCE downgrade",
        "An attacker takes the challenge out of the request, so that the server asks for no verifier.",
        "RFC 9700 §4.8.2",
        ("downgrade",),
    ),
    Term(
        "mix-up",
        "An app that knows several servers takes one for another, and brings the code of one to the other.",
        "RFC 9700 §4.4",
    ),
    Term(
        "clickjacking",
        "A page hides another page under its own, and the user clicks on what is not seen.",
        "RFC 9700 §4.16",
    ),
    Term(
        "open redirector",
        "An address that sends the browser to any address that is written into it.",
        "RFC 9700 §4.11",
        ("open redirect",),
    ),
    Term(
        "origin",
        "Scheme, host and port of an address, such as `https://as.example`. A browser lets pages of one origin read one "
        "another, and keeps others out.",
        "RFC 6454 §4",
    ),
    Term(
        "CORS",
        "Cross-origin resource sharing: a server says in its answer which other origins may read it. The browser goes by "
        "it; programs do not.",
        "RFC 10017 §6.3",
        ("cross-origin", "preflight"),
    ),
    Term(
        "user code",
        "What a device without a keyboard shows, for the user to type in elsewhere.",
        "RFC 8628 §3.2",
    ),
)

# What flowsim calls things.
_FLOWSIM = (
    Term(
        "event", "One thing that happened in a run: a step of the flow, or an act of the attacker, with its messages."
    ),
    Term(
        "check", "A rule that somebody must look at, at one moment of the flow. Each has an id, a clause and a result."
    ),
    Term(
        "not applicable",
        "What a check says where it has nothing to look at: the message has no such field, or the setting is off. It "
        "has neither passed nor failed.",
        also=("n/a",),
    ),
    Term(
        "branch", "One run beside others. A fork makes a second branch, and the first stays as it is.", also=("fork",)
    ),
    Term(
        "seed",
        "A number from which a lesson draws its random values, so that every byte repeats. A real app must never draw "
        "its secrets like that.",
        "RFC 7636 §7.1",
    ),
    Term(
        "position",
        "Where an attacker stands, and so what it can see: A1 is anybody on the web, A2 is on the network, A3 "
        "reads the redirect, A4 the request, A5 gets an access token.",
        "RFC 9700 §3",
        ("attacker model", "A1", "A2", "A3", "A4", "A5"),
    ),
    Term("loot", "What an attacker has got hold of so far, by kind: code, state, tokens."),
    Term("inject", "To put an attacker into a run, at the moment that is shown."),
    Term(
        "own login",
        "A login that the attacker begins with an account of its own, at the same app.",
        also=("the attacker's own login",),
    ),
    Term(
        "verdict", "What came of a run, computed from it: who reads whose data, and which check stopped the attacker."
    ),
    Term("ledger", "The table of who knows which secret at a moment of a run.", also=("who knows what", "memory")),
    Term("chip", "The coloured name of a secret. The same chip means the same value, wherever it stands."),
    Term("matrix", "The table of every attack against every defence. Each cell is a run."),
    Term("defence", "A setting or a check that is there to stop an attack."),
    Term("bug zoo", "Servers, apps and APIs, some sound and some with one defect, which look alike.", also=("zoo",)),
    Term("detector", "A function that tries a system of the zoo out, and says whether it is defective."),
)

TERMS: tuple[Term, ...] = (*_PARTIES, *_LOGIN, *_PROOFS, *_TOKENS, *_ATTACKS, *OF_MCP, *_FLOWSIM)
