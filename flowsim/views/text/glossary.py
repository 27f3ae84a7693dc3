"""One plain sentence for each name in each place of a message, and the clause where the whole truth stands: the table.

What the places are and how they are found in a message is the business of fields.py.

Source: RFC 6749, RFC 6750, RFC 7636, RFC 8707, RFC 9068, RFC 9126, RFC 9207, RFC 9449, OIDC Core; RFC 9110 and RFC 6265 for
what is plain HTTP.
"""

from typing import Literal

from flowsim.views.text import glossary_of_mcp
from flowsim.views.text.glossary_of_metadata import METADATA

Place = Literal[
    "authorization request",
    "authorization response",
    "login form",
    "consent form",
    "token request",
    "revocation request",
    "logout request",
    "logout form",
    "logout response",
    "request header",
    "Basic credentials",
    "response header",
    "cookie",
    "Set-Cookie",
    "WWW-Authenticate",
    "response body",
    "token header",
    "access token",
    "ID token",
    "assertion header",
    "client assertion",
]

_ONE_OF_SEVERAL = (
    "Which login of this browser the form belongs to, where the server lets a browser have several at a time."
)
_FORM_SECRET = "A secret from the server's own page, so that no other site can send this form in the user's name."
_IN_WORDS = "The same in words, for the developer of the app; programs go by `error` alone."
_ISSUER = "The server that made the token; the receiver should accept only the one it expects."
_ISSUED = "When the token was made, in seconds since 1970."
_LOGGED_IN = "When the user logged in, in seconds since 1970."
_CLASS = "How the user logged in, by the name of a class; it is here because the app asked."
_METHODS = "What the user logged in with: `pwd` is a password, `otp` a one-time code."
_ASSERTION_TYPE = "What kind of assertion comes along: a signed JWT, which the client has made itself."
_ASSERTION = (
    "The app's signed statement that it is the one who asks, made for this one request; it stands for a secret."
)
_LENGTH = "How many octets the body has."

# Place → name → the sentence and its clause.
EXPLAINED: dict[Place, dict[str, tuple[str, str]]] = {
    "authorization request": {
        "response_type": (
            "What the app wants back: `code` asks for an authorization code, so that no token travels through the browser.",
            "RFC 6749 §3.1.1",
        ),
        "client_id": (
            "The public name under which the app was registered at the server; it is no secret and proves nothing.",
            "RFC 6749 §2.2",
        ),
        "redirect_uri": (
            "The address to which the answer shall go; the server should accept only one that was registered for this app.",
            "RFC 6749 §3.1.2",
        ),
        "scope": (
            "What the app asks to be allowed, as names with spaces between them; `openid` asks for an ID token as well.",
            "RFC 6749 §3.3",
        ),
        "resource": ("The API that the app wants an access token for, by its address.", "RFC 8707 §2"),
        "response_mode": (
            "How the answer shall come back: `form_post` means in a form that the browser posts to the app.",
            "OAuth Form Post §2",
        ),
        "state": (
            "A random value that the server repeats in its answer, so that the app can recognise the answer to this login.",
            "RFC 6749 §4.1.1",
        ),
        "nonce": (
            "A random value that the server copies into the ID token, so that the app can recognise that token.",
            "OIDC Core §3.1.2.1",
        ),
        "prompt": (
            "What the server may show the user: `none` means no page at all, so it approves in silence or refuses.",
            "OIDC Core §3.1.2.1",
        ),
        "max_age": (
            "How many seconds ago the user may have logged in at most; if it is longer, the server asks again.",
            "OIDC Core §3.1.2.1",
        ),
        "acr_values": (
            "The ways to log in that are good enough for the app, by name; this server lets the user choose no other.",
            "OIDC Core §3.1.2.1",
        ),
        "request_uri": (
            "The name that the server gave to a request which the app has pushed to it; only that request counts.",
            "RFC 9126 §4",
        ),
        "dpop_jkt": (
            "The thumbprint of a key that the app holds: the code will be good only with a proof made with that key.",
            "RFC 9449 §10",
        ),
        "code_challenge": (
            "Made from the secret `code_verifier`, under `S256` its hash; the server keeps it and compares at step 8.",
            "RFC 7636 §4.3",
        ),
        "code_challenge_method": (
            "How the challenge was made: `S256` means the SHA-256 hash of the verifier, `plain` the verifier itself.",
            "RFC 7636 §4.3",
        ),
        "client_assertion_type": (_ASSERTION_TYPE, "RFC 7523 §2.2"),
        "client_assertion": (_ASSERTION, "RFC 7523 §2.2"),
    },
    "authorization response": {
        "session": (
            "Which session of the app a link goes on with; whoever opens the link is taken for the one who began.",
            "RFC 6749 §10.12",
        ),
        "to": (
            "Where the redirector of the app's website shall send the browser on to; an open one takes any address.",
            "RFC 9700 §4.11",
        ),
        "code": (
            "The authorization code, which the app exchanges for tokens; it should work once, and for a short time.",
            "RFC 6749 §4.1.2",
        ),
        "state": (
            "The app's own value, sent back unchanged; the app should refuse an answer with any other.",
            "RFC 6749 §4.1.2",
        ),
        "iss": (
            "The server this answer comes from, so that an app that uses several servers can tell which one has answered.",
            "RFC 9207 §2",
        ),
        "error": (
            "Why there is no code, as a word for programs: `access_denied` means that the user or the server said no.",
            "RFC 6749 §4.1.2.1",
        ),
        "error_description": (_IN_WORDS, "RFC 6749 §4.1.2.1"),
    },
    "login form": {
        "login": (
            "Which login a link goes on with; if any browser may open it, somebody else's login can be allowed there.",
            "RFC 6749 §10.12",
        ),
        "csrf": (_FORM_SECRET, "RFC 6749 §10.12"),
        "flow": (_ONE_OF_SEVERAL, "RFC 6749 §10.12"),
        "option": (
            "Which way to log in the user chose on the page; how a server does this, OAuth leaves to the server.",
            "RFC 6749 §3.1",
        ),
        "username": ("Which account the user wants to log in to.", "RFC 6749 §3.1"),
        "password": (
            "Proves to the authorization server who the user is; the app should never see it.",
            "RFC 6749 §3.1",
        ),
        "one_time_code": (
            "Digits from the user's authenticator app, new every 30 seconds, in place of the password.",
            "RFC 6238 §4",
        ),
    },
    "consent form": {
        "csrf": (_FORM_SECRET, "RFC 6749 §10.12"),
        "flow": (_ONE_OF_SEVERAL, "RFC 6749 §10.12"),
        "decision": ("The button the user pressed: `allow` or `deny` what the app asks for.", "RFC 6749 §4.1"),
    },
    "token request": {
        "grant_type": (
            "What the app offers in exchange for tokens: `authorization_code` says that it is a code, `refresh_token` that "
            "it is one of those.",
            "RFC 6749 §4.1.3",
        ),
        "refresh_token": (
            "A token that came with an earlier answer; with rotation each is meant for one exchange.",
            "RFC 6749 §6",
        ),
        "scope": (
            "How much the new access token should allow: no more than the user granted, and all of it if this is missing.",
            "RFC 6749 §6",
        ),
        "code": ("The code from the redirect; the server should take it only once.", "RFC 6749 §4.1.3"),
        "resource": ("The API that the access token shall be for: one that was asked for in step 3.", "RFC 8707 §2.2"),
        "redirect_uri": (
            "The same address as in the authorization request; the server should compare: a code belongs to one address.",
            "RFC 6749 §4.1.3",
        ),
        "client_id": (
            "Which app is asking; one that has a secret may say so in the `Authorization` header instead.",
            "RFC 6749 §4.1.3",
        ),
        "code_verifier": (
            "The secret behind the `code_challenge`: it shall show that the sender is the one who made the request.",
            "RFC 7636 §4.5",
        ),
        "client_assertion_type": (_ASSERTION_TYPE, "RFC 7523 §2.2"),
        "client_assertion": (_ASSERTION, "RFC 7523 §2.2"),
    },
    "revocation request": {
        "token": ("The token that is not needed any more; here it is the refresh token.", "RFC 7009 §2.1"),
        "token_type_hint": (
            "What kind of token it is, so that the server finds it sooner; the server looks further where it is wrong.",
            "RFC 7009 §2.1",
        ),
        "client_id": (
            "Which app is asking; a token should be revoked only for the app it was issued to.",
            "RFC 7009 §2.1",
        ),
        "client_assertion_type": (_ASSERTION_TYPE, "RFC 7523 §2.2"),
        "client_assertion": (_ASSERTION, "RFC 7523 §2.2"),
    },
    "logout request": {
        "id_token_hint": (
            "An ID token of this server, which shows which app asks for the logout and which user it is about.",
            "OIDC RP-Initiated Logout §2",
        ),
        "client_id": (
            "Which app is asking; it should be the one the ID token was issued to.",
            "OIDC RP-Initiated Logout §2",
        ),
        "post_logout_redirect_uri": (
            "Where the browser shall go after the logout: an address that the app has registered for this.",
            "OIDC RP-Initiated Logout §3",
        ),
        "state": (
            "A random value of this one logout, by which the app recognises the browser that comes back.",
            "OIDC RP-Initiated Logout §2",
        ),
    },
    "logout form": {
        "csrf": (_FORM_SECRET, "RFC 6749 §10.12"),
        "decision": (
            "What the user pressed on the page that asks: `logout` ends the session of the server.",
            "OIDC RP-Initiated Logout §2",
        ),
    },
    "logout response": {
        "state": (
            "The value from the app's logout request; the app should compare it with the one that it sent.",
            "OIDC RP-Initiated Logout §3",
        ),
    },
    "request header": {
        **glossary_of_mcp.HEADERS_OF_REQUESTS,
        "DPoP": (
            "A proof, made for one request, that whoever made it holds a key to which tokens can be bound.",
            "RFC 9449 §4.1",
        ),
        "Host": ("Which server the request is for, as one machine may serve several.", "RFC 9110 §7.2"),
        "User-Agent": ("Which program sends the request; it only says so, and proves nothing.", "RFC 9110 §10.1.5"),
        "Accept": ("Which kinds of content the sender would like as an answer.", "RFC 9110 §12.5.1"),
        "Cookie": (
            "What this server told the browser to remember; by it the server recognises the browser.",
            "RFC 6265 §4.2",
        ),
        "Referer": (
            "The address of the page that makes the browser send this, or what the page's policy leaves of it.",
            "RFC 9110 §10.1.3",
        ),
        "Sec-Purpose": (
            "`prefetch`: the browser asks ahead of its user, who may never come here.",
            "RFC 9110 §9.2.1",
        ),
        "Origin": (
            "Which site's page made the browser send this; a server can refuse forms that come from foreign pages.",
            "RFC 6454 §7",
        ),
        "Access-Control-Request-Method": (
            "In a preflight: with which method a page of that origin wants to send its request.",
            "RFC 10017 §6.3.3.4",
        ),
        "Access-Control-Request-Headers": (
            "In a preflight: which headers the page wants to send that no form could send.",
            "RFC 10017 §6.3.3.4",
        ),
        "Content-Type": ("What kind of text the body is: here a form, names with their values.", "RFC 9110 §8.3"),
        "Content-Length": (_LENGTH, "RFC 9110 §8.6"),
        "Authorization": (
            "Credentials: `Basic` an app's name and secret at the server, `Bearer` or `DPoP` an access token at the API.",
            "RFC 9110 §11.6.2",
        ),
    },
    "Basic credentials": {
        "client_id": ("The app's name, in the place of a user name.", "RFC 6749 §2.3.1"),
        "client_secret": (
            "The app's own password; it proves something only where nobody else can have it, as on a server.",
            "RFC 6749 §2.3.1",
        ),
    },
    "response header": {
        **glossary_of_mcp.HEADERS_OF_ANSWERS,
        "DPoP-Nonce": (
            "A value that the next proof has to hold, so that nobody can make proofs long before they are used.",
            "RFC 9449 §8.1",
        ),
        "Location": ("The address to which the browser shall go next.", "RFC 9110 §10.2.2"),
        "Set-Cookie": (
            "Something the browser shall remember and send back with later requests to this server.",
            "RFC 6265 §4.1",
        ),
        "Cache-Control": (
            "`no-store`: no cache may keep a copy of this answer, because it may hold secrets.",
            "RFC 9111 §5.2.2.5",
        ),
        "Pragma": (
            "`no-cache`: a hint to very old caches, which OAuth 2.0 still demands and later specifications have dropped.",
            "RFC 6749 §5.1",
        ),
        "Content-Security-Policy": (
            "What the page may do: load nothing and run no script; where `frame-ancestors` says so, it may not be framed.",
            "RFC 9700 §4.16",
        ),
        "X-Frame-Options": (
            "`DENY`: older browsers, too, show the page in no frame, where another site could steer the user's clicks.",
            "RFC 7034 §2.1",
        ),
        "Referrer-Policy": (
            "`no-referrer`: the browser must not tell the next site this address, which may hold a code or a `state`.",
            "RFC 9700 §4.2.4",
        ),
        "X-Content-Type-Options": (
            "`nosniff`: the browser should go by the Content-Type and not guess from the content, which RFC 9110 warns of.",
            "RFC 9110 §8.3",
        ),
        "Content-Type": ("What kind of content the body is: a page of HTML, or JSON.", "RFC 9110 §8.3"),
        "Content-Length": (_LENGTH, "RFC 9110 §8.6"),
        "WWW-Authenticate": (
            "Which credentials are wanted here and, where some were sent, what was wrong with them.",
            "RFC 9110 §11.6.1",
        ),
        "Access-Control-Allow-Origin": (
            "The origin whose pages may read this answer, `*` for all; from any other page the browser hides it.",
            "RFC 10017 §6.3.3.4",
        ),
        "Cross-Origin-Opener-Policy": (
            "Whether the page that opened this window keeps a hold on it: with `same-origin` only one of that origin does.",
            "RFC 9700 §4.17",
        ),
        "Access-Control-Allow-Methods": (
            "In the answer to a preflight: with which methods a page may send requests here.",
            "RFC 10017 §6.3.3.4",
        ),
        "Access-Control-Allow-Headers": (
            "In the answer to a preflight: which headers a page may send here, besides those that any form sends.",
            "RFC 10017 §6.3.3.4",
        ),
        "Access-Control-Expose-Headers": (
            "Which headers of this answer a page may read; without it the browser shows the page only the usual ones.",
            "RFC 9449 §8",
        ),
        "Access-Control-Max-Age": (
            "For how many seconds the browser may go by this answer; with `0` it asks again before each request.",
            "RFC 10017 §6.3.3.4",
        ),
        "Vary": (
            "On which header of the request the answer depends: a cache must not show it to another `Origin`.",
            "RFC 9110 §12.5.5",
        ),
        "Allow": ("Which methods this address takes, where another one has come.", "RFC 9110 §10.2.1"),
    },
    "cookie": {
        "__Host-login": (
            "Names the login under way at the authorization server, so that the pages and forms that follow belong to it.",
            "RFC 6749 §10.12",
        ),
        "__Host-sent-on": (
            "Names the login that a proxy has sent on in this browser; it has to fit the `state` that comes back.",
            "RFC 6749 §10.12",
        ),
        "__Host-user": (
            "By this the authorization server knows again a user who has logged in before, whichever app asks.",
            "OIDC Core §3.1.2.3",
        ),
        "session": (
            "The same from a website without TLS: its cookie can have neither the prefix nor `Secure`, so anybody on the "
            "way can read it.",
            "RFC 6749 §10.12",
        ),
        "__Host-session": (
            "Tells the website which browser this is, so that it finds what it has stored for this login.",
            "RFC 6749 §10.12",
        ),
    },
    "Set-Cookie": {
        "Path": ("For which paths of the server the cookie is sent: `/` means all of them.", "RFC 6265 §4.1.2.4"),
        "Secure": ("The browser sends the cookie over secure connections only.", "RFC 6265 §4.1.2.5"),
        "Max-Age": ("How many seconds the browser keeps the cookie: with `0` it forgets it.", "RFC 6265 §4.1.2.2"),
        "HttpOnly": ("Scripts in a page cannot read the cookie.", "RFC 6265 §4.1.2.6"),
        "SameSite": (
            "`Lax`: a request caused by another site carries the cookie only if it opens a page; `None`: as far as the "
            "browser allows.",
            "RFC 10017 §6.1.3.3.1",
        ),
    },
    "WWW-Authenticate": {
        **glossary_of_mcp.CHALLENGES,
        "realm": ("The name of the area that is protected: here the server's own address.", "RFC 9110 §11.5"),
        "error": (
            "Why the access token was refused, as a word for programs: `insufficient_scope` means it allows too little.",
            "RFC 6750 §3.1",
        ),
        "error_description": (_IN_WORDS, "RFC 6750 §3"),
        "scope": ("Which scope an access token needs for this request.", "RFC 6750 §3"),
        "acr_values": ("How the user must have logged in, for the API to answer.", "RFC 9470 §3"),
        "max_age": ("How many seconds ago the user may have logged in, for the API to answer.", "RFC 9470 §3"),
        "algs": ("With which algorithms a proof for the access token may be signed.", "RFC 9449 §7.1"),
    },
    "response body": {
        "access_token": (
            "The key to the API; the app passes it on and need not understand it.",
            "RFC 6749 §1.4",
        ),
        "token_type": (
            "How the access token is used: `Bearer` means that having it is enough, `DPoP` that it takes a proof as well.",
            "RFC 6749 §7.1",
        ),
        "expires_in": (
            "For how many seconds from now the access token works; after a push, the `request_uri` (RFC 9126 §2.2).",
            "RFC 6749 §5.1",
        ),
        "request_uri": (
            "The name of the pushed request, for one login and a short time; the browser carries it and the `client_id`.",
            "RFC 9126 §2.2",
        ),
        "scope": (
            "What the access token allows, which may be less than the app asked for.",
            "RFC 6749 §5.1",
        ),
        "id_token": (
            "A signed statement for the app about who logged in; the app should check it before it believes it.",
            "OIDC Core §3.1.3.3",
        ),
        "refresh_token": (
            "With it the app can get a new access token later, without asking the user again.",
            "RFC 6749 §1.5",
        ),
        "error": (
            "Why there are no tokens, as a word for programs: `invalid_grant` means that the code or token is not good.",
            "RFC 6749 §5.2",
        ),
        "error_description": (_IN_WORDS, "RFC 6749 §5.2"),
        "owner": ("Whose data this is: the user in whose name the access token was issued.", "RFC 6749 §1.1"),
        "booked_on": (
            "Whom the API behind an MCP server takes for the caller: the `sub` of the access token that it was shown.",
            "RFC 9068 §2.2",
        ),
        "contacts": ("What the API behind an MCP server keeps of the user, which a tool needs.", "RFC 6749 §1.1"),
        "messages": ("The user's data, for which the app wanted the access token.", "RFC 6749 §1.1"),
        "photos": ("The user's data at the other API, for which the app wanted the access token.", "RFC 6749 §1.1"),
        "keys": (
            "The server's public keys, each with its `kid`: whoever has them can verify a signature.",
            "RFC 7517 §5",
        ),
        **METADATA,
        **glossary_of_mcp.BODIES,
    },
    "token header": {
        "alg": (
            "The algorithm of the signature; the receiver should insist on the one agreed on and not let it choose.",
            "RFC 7515 §4.1.1",
        ),
        "kid": ("Which of the server's keys made the signature.", "RFC 7515 §4.1.4"),
        "typ": (
            "What kind of token it is: `at+jwt` marks an access token, so that no other kind passes for one.",
            "RFC 7515 §4.1.9",
        ),
    },
    "access token": {
        "iss": (_ISSUER, "RFC 9068 §2.2"),
        "cnf": (
            "The thumbprint of the key this token is bound to: without a proof made with that key, no API may take it.",
            "RFC 9449 §6.1",
        ),
        "sub": ("In whose name the app acts: the user's identifier at the server.", "RFC 9068 §2.2"),
        "aud": ("For which API the token is; every other one must refuse it.", "RFC 9068 §2.2"),
        "client_id": ("The app to which the token was issued.", "RFC 9068 §2.2"),
        "scope": ("What the token allows, as names with spaces between them.", "RFC 9068 §2.2.3"),
        "iat": (_ISSUED, "RFC 9068 §2.2"),
        "exp": ("When the token stops working, in seconds since 1970.", "RFC 9068 §2.2"),
        "auth_time": (_LOGGED_IN, "RFC 9068 §2.2.1"),
        "acr": (_CLASS, "RFC 9470 §6"),
        "amr": (_METHODS, "RFC 9068 §2.2.1"),
        "jti": ("A name for this one token, different for every other.", "RFC 9068 §2.2"),
    },
    "ID token": {
        "iss": (_ISSUER, "OIDC Core §2"),
        "sub": ("Who logged in: an identifier that the server never gives to another user.", "OIDC Core §2"),
        "aud": ("For which app the token is; every other one must refuse it.", "OIDC Core §2"),
        "iat": (_ISSUED, "OIDC Core §2"),
        "exp": ("From when on the token must not be accepted, in seconds since 1970.", "OIDC Core §2"),
        "auth_time": (_LOGGED_IN, "OIDC Core §2"),
        "acr": (_CLASS, "OIDC Core §2"),
        "amr": (_METHODS, "OIDC Core §2"),
        "at_hash": (
            "Half of the access token's hash, so that the app notices an access token that was swapped.",
            "OIDC Core §3.1.3.6",
        ),
        "nonce": (
            "The app's own value from the request; the app should refuse a token with any other.",
            "OIDC Core §2",
        ),
        "name": ("The user's full name, which the scope `profile` asks for.", "OIDC Core §5.1"),
        "email": ("The user's email address, which the scope `email` asks for.", "OIDC Core §5.1"),
    },
    "assertion header": {
        "alg": (
            "The algorithm of the signature; the server insists on the one that is registered for this app.",
            "RFC 7515 §4.1.1",
        ),
        "kid": ("Which of the app's keys made the signature.", "RFC 7515 §4.1.4"),
        "typ": ("What kind of thing it is: a JWT.", "RFC 7515 §4.1.9"),
    },
    "client assertion": {
        "iss": ("Who has made the assertion: the app itself.", "RFC 7523 §3"),
        "sub": ("Whom it is about: the app once more.", "RFC 7523 §3"),
        "aud": ("For which server it was made; every other one must refuse it.", "RFC 7523 §3"),
        "jti": ("A name for this one assertion, so that the server can tell when it comes again.", "RFC 7523 §3"),
        "iat": ("When the assertion was made, in seconds since 1970.", "RFC 7523 §3"),
        "exp": ("When the assertion stops working, in seconds since 1970.", "RFC 7523 §3"),
    },
}
