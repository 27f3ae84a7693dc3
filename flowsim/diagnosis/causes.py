"""What makes a login fail while nobody attacks: each cause by its name, in words, with what to change and the clause.

Every mistake that an honest party can make (flowsim/model/mistakes) is a cause, under its own name and in its own words. The
others come of a setting, of what a user does, of the order in which things happen, or of mistakes that nobody makes here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowsim.model.mistakes import MISTAKES, Mistake


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. `words` follow "the likely cause is that", `repair` is an order; both end without a full stop.

    `settings` repair it where it came of a setting; they are empty where it did not, and where one of several may.
    """

    name: str
    words: str
    repair: str
    clause: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def _of(mistake: Mistake) -> Cause:
    """This mistake as a cause: its title and its repair as parts of a sentence."""
    words, repair = (text[0].lower() + text[1:].removesuffix(".") for text in (mistake.title, mistake.repair_words))
    return Cause(mistake.name, words, repair, mistake.clause)


def _by_name(*groups: Iterable[Cause]) -> Mapping[str, Cause]:
    return {cause.name: cause for group in groups for cause in group}


# fmt: off
_OF_PKCE = (
    Cause("challenge-in-hex",       "the app wrote the hash as hex digits", "encode the 32 octets of the hash as base64url", "RFC 7636 §4.2"),
    Cause("challenge-of-octets",    "the app hashed the random octets, and not the text of its code_verifier", "hash the ASCII text of the verifier", "RFC 7636 §4.2"),
    Cause("challenge-hashed-twice", "the app hashed its code_verifier twice", "hash it once", "RFC 7636 §4.2"),
    Cause("challenge-not-hashed",   "the app named S256 and sent the code_verifier itself as code_challenge", "hash the verifier", "RFC 7636 §4.2"),
    Cause("verifier-malformed",     "the app made its code_verifier of another length or of other characters", "make it of 43 to 128 unreserved characters", "RFC 7636 §4.1"),
    Cause("verifier-unexpected",    "the app sent a code_verifier and had sent no code_challenge", "send the challenge with the authorization request", "RFC 9700 §4.8.2"),
    Cause("pkce-missing",           "the app used no PKCE, which the server requires", "send a code_challenge and name S256", "RFC 9700 §2.1.1", {"pkce": "S256"}),
    Cause("plain-refused",          "the app used the method plain, which the server does not take", "use S256", "RFC 7636 §4.4.1", {"pkce": "S256"}),
    Cause("challenge-malformed", "the app made its code_challenge of another length or of other characters", "make it of the 32 octets of the hash, as base64url", "RFC 7636 §4.2"),
    Cause("challenge-not-sent", "the app made a code_verifier and sent no code_challenge", "send the challenge with the authorization request", "RFC 7636 §4.3"),
    Cause("method-misspelt", "the app named a method that the server does not know", "write S256, with a capital S", "RFC 7636 §4.3"),
    Cause("method-not-listed", "the app wants a method that the server's metadata does not list", "use one that it lists", "RFC 8414 §2"),
    Cause("verifier-changed", "the code_verifier was changed on its way", "send it as it was hashed, sign for sign", "RFC 7636 §4.5"),
)
_OF_ADDRESSES = (
    Cause("redirect-uri-loopback",  "the redirect_uri names the device in another way: localhost, 127.0.0.1 and [::1] are not the same", "use the literal address that was registered", "RFC 8252 §8.3"),
    Cause("redirect-uri-query",     "the redirect_uri differs by its query", "write it as it was registered", "RFC 9700 §2.1"),
    Cause("redirect-uri-other",     "the redirect_uri is not one that was registered", "register it, or send the one that is", "RFC 9700 §2.1"),
    Cause("issuer-other",           "the app and the server know different names of the issuer", "configure the issuer that the server names", "RFC 8414 §3.3"),
    Cause("redirect-uri-missing", "the app named no redirect_uri", "send the one that is registered", "OIDC Core §3.1.2.1"),
    Cause("metadata-incomplete", "the server's metadata lacks what the app needs, or has something else there", "let the server complete it", "RFC 8414 §2"),
    Cause("redirect-not-encrypted", "the app is reached by http, without TLS", "give the app an https address and register it", "RFC 9700 §2.6", {"cleartext": "nothing"}),
    Cause("loopback-port-compared", "the server compares the port of a loopback address, which is another one each time", "let it take any port there", "RFC 8252 §7.3", {"compares_ports": False}),
    Cause("loopback-port-taken", "another program listens on the one port that the app insists on", "take any port that is free", "RFC 8252 §7.3", {"fixed_port": False}),
)
_OF_THE_CLIENT = (
    Cause("parameters-in-address",  "the app put its parameters into the address", "send them in the body of a POST", "RFC 6749 §2.3.1"),
    Cause("secret-wrong",           "the app has another secret than the one that is registered", "configure the secret that the server has", "RFC 6749 §3.2.1"),
    Cause("secret-of-public-client", "the app showed a secret and is registered as a public client, which has none", "register it as confidential, or leave the secret out", "RFC 6749 §2.1"),
    Cause("client-unknown",         "the client_id is not registered at this server", "use the one that is registered", "RFC 6749 §4.1.2.1"),
    Cause("grant-type-wrong",       "the app named a grant_type that does not fit", "send authorization_code for a code, refresh_token for a refresh", "RFC 6749 §4.1.3"),
    Cause("response-type-wrong",    "the app asked for a response_type that this server does not have", "ask for code", "RFC 6749 §3.1.1"),
    Cause("parameter-twice",        "a parameter stands twice in the request", "send each once", "RFC 6749 §3.1"),
    Cause("scope-unknown",          "the app asked for a scope that the server does not give it", "ask for those that are registered", "RFC 6749 §3.3", {"unknown_scopes": "ignored"}),
    Cause("scope-not-granted",      "the access token has less scope than the API wants", "ask for the scope that the API names, and look at the scope of the token response", "RFC 6749 §3.3"),
    Cause("resource-unknown",       "the app named an API that the server issues no tokens for", "name one that it knows", "RFC 8707 §2"),
    Cause("audience-wrong",         "the access token was made for another API", "name this API as the resource when the login begins", "RFC 8707 §2"),
    Cause("token-not-shown",        "the app showed the API no token", "send it in the Authorization header", "RFC 6750 §2.1"),
    Cause("header-malformed",       "the app wrote the Authorization header in another form than its scheme and the token", "write Bearer, a space and the token", "RFC 6750 §2.1"),
    Cause("parameter-missing", "the app left a parameter out", "send it", "RFC 6749 §4.1.3"),
    Cause("basic-encoded-twice", "the app form-encoded its secret twice", "form-encode it once", "RFC 6749 §2.3.1"),
    Cause("basic-malformed", "the app wrote Basic in another way than base64 of a name, a colon and a secret", "write it so", "RFC 7617 §2"),
    Cause("secret-for-assertion", "the app is registered with a key and showed a secret", "sign an assertion", "RFC 7523 §2.2"),
    Cause("grant-not-registered", "the app is not registered for this grant", "register it for authorization_code and refresh_token", "RFC 6749 §5.2"),
    Cause("response-mode-unsupported", "the app asked for its answer in a way that the server does not have", "ask for the query", "OIDC Core §3.1.2.6"),
    Cause("not-pushed", "the app sent its request through the browser, and the server takes only pushed ones", "push it", "RFC 9126 §4"),
    Cause("prompt-unknown", "the app asked for something that the server does not understand", "leave it out, or write it as the specification says", "OIDC Core §3.1.2.1"),
    Cause("hint-foreign", "the app sent an ID token of another server as a hint", "send the one that it got from this server", "OIDC Core §3.1.2.1"),
    Cause("access-token-malformed", "what the app showed the API is no access token of its server", "show the access_token of the token response", "RFC 9068 §4"),
    Cause("request-object-unsupported", "the app put its request into an object, which this server does not read", "send the parameters themselves", "OIDC Core §6.1"),
    Cause("values-reused", "the app uses a verifier, a state or a nonce for more than one login", "draw new ones for each login", "RFC 9700 §2.1.1"),
    Cause("body-not-form", "the app sent its parameters with another content type", "send them as a form, application/x-www-form-urlencoded", "RFC 6749 §4.1.3"),
)
_OF_PROOFS = (
    Cause("proof-for-another-request", "the app made the proof for another method or address", "make one for each request", "RFC 9449 §4.2"),
    Cause("proof-sent-twice",       "the app sent the same proof twice", "make one for each request", "RFC 9449 §11.1"),
    Cause("proof-missing",          "the app sent no proof", "send one in the DPoP header", "RFC 9449 §4.1"),
    Cause("proof-malformed",        "the app made a proof that its receiver cannot read", "write it as the RFC says", "RFC 9449 §4.2"),
    Cause("assertion-malformed",    "the app signed an assertion that the server cannot take", "write it as the RFC says", "RFC 7523 §3"),
    Cause("assertion-audience",     "the assertion is made for another address than the server's", "name the issuer as its audience", "RFC 7523 §3"),
    Cause("assertion-sent-twice",   "the app sent the same assertion twice", "sign one for each request", "RFC 7523 §3"),
    Cause("assertion-key-unknown",  "the app signs with another key than the one that is registered", "register its public key", "RFC 7523 §3"),
    Cause("token-not-bound", "the server did not bind the token to the key of the proof", "let the server support DPoP, or send no proof", "RFC 9449 §5"),
    Cause("assertion-missing", "the app is registered with a key and sent no assertion", "sign one for each request", "OIDC Core §9"),
)
_OF_TOKENS = (
    Cause("signature-wrong",        "the signature was not made with the key of that name", "look which server the token is from", "OIDC Core §3.1.3.7"),
    Cause("algorithm-wrong",        "the token is signed in another way than agreed on", "agree on one algorithm", "RFC 8725 §3.1"),
    Cause("at-hash-wrong",          "the at_hash does not belong to the access token beside it", "compute it from the token that is sent", "OIDC Core §3.1.3.8"),
    Cause("token-response-malformed", "the server wrote its token response in another form than the RFC's", "send the members and types that it names", "RFC 6749 §5.1"),
    Cause("token-times-wrong", "the times in the token do not go together", "let the server write exp, nbf and iat in seconds since 1970", "RFC 7519 §4.1.4"),
    Cause("kid-missing", "the token does not say with which key it is signed", "let the server name it in kid", "OIDC Core §10.1"),
    Cause("nonce-changed", "the nonce in the ID token is not the one that the app sent", "keep one for each login, and let the server copy it", "OIDC Core §3.1.3.7"),
    Cause("id-token-malformed", "the ID token is not written as it should be", "let the server sign a JWT", "OIDC Core §2"),
    Cause("refreshed-id-token-differs", "the ID token of the refresh speaks of another login", "let the server repeat what it said", "OIDC Core §12.2"),
    Cause("token-type-unknown", "the server named a token_type that the app does not know", "let it name Bearer or DPoP", "RFC 6749 §7.1"),
)
_OF_THE_BROWSER = (
    Cause("cors-closed",            "the other side lets no page read its answers", "let it allow the origin of the app", "RFC 10017 §6.3.3.4"),
    Cause("cors-other-origin",      "the other side allows pages of another origin than the app's", "let it allow the origin of the app", "RFC 10017 §6.3.3.4"),
    Cause("preflight-unanswered",   "the other side does not answer the browser's preflight", "let it answer OPTIONS with leave for the origin, the method and the headers", "RFC 10017 §6.3.3.4"),
    Cause("preflight-lacks-header", "the other side does not allow a header that the page sends", "let it allow that header", "RFC 10017 §6.3.3.4"),
    Cause("cookie-not-sent",        "the browser did not send the cookie along with the answer", "mark it SameSite=None, or let the answer come with GET", "RFC 9700 §2.1"),
    Cause("third-party-cookie",     "the browser keeps the server's cookie back in a frame of another site's page", "renew with a refresh token, or send the user to the server in a tab", "RFC 6265bis §7.1"),
    Cause("transaction-overwritten", "another login in the same browser took the place of this one", "keep each login under its own state", "RFC 9700 §2.1", {"transactions": "state"}),
    Cause("callback-twice",         "the callback came twice, by a reload, the back button or a page that runs its effect twice", "redeem the code once, and go to another address", "RFC 6749 §4.1.2"),
    Cause("preflight-lacks-method", "the other side does not allow the method of the page's request", "let it allow that method", "RFC 10017 §6.3.3.4"),
    Cause("login-not-begun", "the answer belongs to no login that this app has begun", "begin the login in the app", "RFC 9700 §2.1"),
    Cause("login-replaced-at-the-server", "another login in the same browser took the place of this one at the server", "let the server keep each login under way apart from the others", "RFC 6749 §10.12", {"logins_per_browser": "many"}),
    Cause("state-changed", "the state was changed on its way", "send it back as it came, encoded once", "RFC 6749 §4.1.2"),
    Cause("answer-malformed", "the server's answer is not written as it should be", "let it send a code or an error", "RFC 6749 §4.1.2"),
    Cause("login-cookie-not-sent", "the browser did not send the server's cookie along with the form", "let the server set it for its pages", "RFC 6749 §10.12"),
    Cause("form-of-another-login", "the page was opened twice, and its older form was sent", "send the form of the page that is open", "RFC 6749 §10.12"),
    Cause("popup-not-clicked",      "the app opened its window later than in the click, and browsers open no window that is not clicked", "open it in the click itself", "RFC 9700 §4.17"),
    Cause("popup-cut-off",          "the server's pages cut the window off from the page that opened it, by Cross-Origin-Opener-Policy", "send the whole page to the server and back", "RFC 9700 §4.17"),
    Cause("popup-posts-to-another", "the last page in the window posts the answer to another origin than that of the app", "post it to the app's own origin", "RFC 9700 §4.17.2"),
    Cause("popup-posted-by-another", "a page of another origin posted the answer", "take answers from the app's own origin alone", "RFC 9700 §4.17.2"),
    Cause("framing-forbidden", "the app shows the server's page in a frame, which the server forbids", "open the page in a window of its own", "RFC 9700 §4.16"),
    Cause("callback-not-opened", "no app waits at the address of the answer", "install the app, or let it listen there", "RFC 8252 §7.1", {"scheme_app": "installed"}),
    Cause("code-taken", "another program waits at the address of the answer", "use an address that only this app can claim", "RFC 8252 §7.2"),
    Cause("another-browser", "the login went on in another browser than the one it began in", "go on where it began, or begin again", "RFC 6749 §10.12"),
    Cause("web-view-refused", "the app shows the server's page in a web view of its own, which the server refuses", "open it in the browser", "RFC 8252 §8.12", {"web_view": False}),
)
_OF_TIME_AND_ORDER = (
    Cause("code-expired",           "the code was older than it may be when it came", "redeem it at once, or let codes live longer", "RFC 6749 §4.1.2", {"code_lifetime": 600}),
    Cause("login-expired",          "the user took longer than the login may last", "let it last longer, or begin again", "RFC 6749 §3.1", {"login_lifetime": 86_400}),
    Cause("access-token-expired",   "the access token had reached the end of its life", "get another with the refresh token before it ends", "RFC 6750 §3.1"),
    Cause("refresh-token-expired",  "the refresh token had reached the end of its life", "let the user log in again", "RFC 6749 §5.2"),
    Cause("refresh-token-idle",     "nobody used the refresh token for longer than it may rest", "let the user log in again", "RFC 9700 §4.14.2"),
    Cause("refresh-token-revoked",  "the refresh token was revoked before", "let the user log in again", "RFC 6749 §5.2"),
    Cause("answer-lost",            "an answer was lost on its way, after the server had done what was asked", "let the server take its latest refresh token once more for a moment, and after a code let the user begin again", "RFC 9700 §4.14.2", {"overlap": 60}),
    Cause("code-unknown",           "the server does not know the code", "send it as it came, to the server that it came from", "RFC 6749 §4.1.3"),
    Cause("request-uri-expired",    "the pushed request was older than it may be when the browser brought it", "push it and go on at once", "RFC 9126 §2.2"),
    Cause("request-uri-used",       "the pushed request was used before", "push one for each login, and no reload", "RFC 9126 §7.3"),
    Cause("request-lost", "a message was lost on its way", "let the app try again after a while", "RFC 9110 §9.2.2"),
    Cause("code-changed", "the code was changed on its way", "send it as it came, encoded once", "RFC 6749 §4.1.3"),
    Cause("code-at-another-server", "the app sent the code to another server than it came from", "keep the token endpoint with each login", "RFC 9700 §4.4.2"),
    Cause("code-of-another-client", "another client sent what was issued to this one", "redeem it with the client_id that asked for it", "RFC 6749 §4.1.3"),
    Cause("request-uri-unknown", "the browser brought a request that this app has not pushed here", "push the request and use the request_uri of the answer", "RFC 9126 §4"),
    Cause("refresh-token-changed", "the app sends another refresh token than it got", "keep it as it came", "RFC 6749 §6"),
    Cause("refresh-token-unknown", "the server has forgotten the refresh token", "let the user log in again", "RFC 6749 §5.2"),
    Cause("logged-out", "the user has logged out before", "let the user log in again", "RFC 7009 §2.1"),
    Cause("password-changed", "the user has changed the password, which ends what was granted before", "let the user log in again", "RFC 9700 §4.14.2"),
    Cause("request-delivered-twice", "the network delivered a request twice, and the server took the second for a theft", "let the server answer a repeated request for a moment as it did the first, or begin again", "RFC 9110 §9.2.2"),
)
_OF_AN_ASSISTANT = (
    Cause("no-server-there", "no MCP server that demands a token answers at this address", "look at the address that the app was given, and at what is in the answer", "RFC 9728 §5.1"),
    Cause("server-redirects", "the MCP server redirects from the address that the app was given, and many programs leave the token out when they follow", "give the app the address that answers, and name it as resource", "RFC 9110 §15.4"),
    Cause("call-refused", "the API does not answer this call, for another reason than its token", "look at what the answer says, and at how the app writes its calls", "RFC 6750 §3.1"),
    Cause("resource-other", "the metadata of the MCP server are about something else than the app asked about", "name as resource the very address that they are published for", "RFC 9728 §3.3"),
    Cause("server-named-otherwise", "the MCP server leaves out the slash at the end of its authorization server's issuer", "write the issuer into authorization_servers exactly as the metadata of that server says it", "RFC 8414 §3.3"),
    Cause("document-port-compared", "the server compares the port of a loopback address with what the app has written down, and the app listens at another port each time", "let the server take any port of a loopback IP address, as RFC 8252 wants; MCP wants exact addresses, so beside a server that goes by that the app lists one port and listens there", "RFC 8252 §7.3", {"compares_ports": False}),
    Cause("client-known-elsewhere", "the app is registered with another authorization server", "register it with this one", "RFC 6749 §2.2"),
    Cause("address-not-to-be-opened", "the address that the server has named for the login is none that an app may open", "name an https address with a host, and percent-encode every other sign than those of RFC 3986", "RFC 3986 §2"),
    Cause("address-not-fetched", "the MCP server has named an address that the app does not fetch", "name an https address on the public internet, at the MCP server itself if possible", "RFC 9728 §7.7"),
    Cause("document-not-fetched", "the client_id is an address that the server does not fetch", "publish the document on the public internet", "Client ID Metadata Document §6"),
    Cause("registration-refused", "the server did not register the app, or did not say so as it has to", "look at the error in the answer, and register the app beforehand where the server allows nothing else", "RFC 7591 §3.2.1"),
    Cause("document-address-wrong", "the client_id is an address at which no document of an app may be", "use an https address with a path", "Client ID Metadata Document §3"),
    Cause("document-missing", "the server gets no document that it can use at the client_id", "serve a small one there as JSON, without a redirect", "Client ID Metadata Document §4"),
)
_OF_A_PROXY = (
    Cause("login-not-away", "the login that came back to the proxy was none that it had sent on, or had come back before", "begin again in the app", "RFC 6749 §10.12"),
    Cause("away-too-long", "the user took longer at the server behind the proxy than the proxy waits", "begin again in the app", "MCP Security Best Practices"),
    Cause("user-not-named-behind", "the server behind the proxy did not say who the user is", "let the proxy ask for the scope openid there", "OIDC Core §3.1.3.3"),
)
_OF_AN_API_BEHIND = (
    Cause("token-passed-on", "the MCP server shows the API behind it the token that its client has shown", "let the MCP server have a token of its own, which is issued for that API", "MCP Security Considerations", {"behind": "own-token"}),
    Cause("token-behind-wrong", "the MCP server shows the API behind it something else than an access token for it", "have an access token issued to the MCP server, for that API", "RFC 9068 §4"),
)
_OF_THE_USER = (
    Cause("user-denied",            "the user said no", "explain what the access is for, and let the user begin again", "RFC 6749 §4.1.2.1", {"user": "accepts"}),
    Cause("wrong-password",         "the user typed credentials that do not fit", "let the user try again", "RFC 6749 §3.1", {"user": "accepts"}),
    Cause("action-denied",          "an action of the server denied the login", "look at what the action asks for", "RFC 6749 §4.1.2.1", {"actions": ()}),
    Cause("login-required",         "no page might be shown, and the server did not know the user", "send the user to the login page", "OIDC Core §3.1.2.6"),
    Cause("consent-required",       "no page might be shown, and the user had not agreed yet", "send the user to the consent page", "OIDC Core §3.1.2.6"),
    Cause("login-too-old",          "the user logged in longer ago than is allowed", "ask for a new login with max_age", "RFC 9470 §3"),
    Cause("login-too-weak",         "the user did not log in the way that is wanted", "ask for it with acr_values", "RFC 9470 §3"),
    Cause("another-user", "another user has logged in than the app had named", "send the user's own hint, or none", "OIDC Core §3.1.2.1"),
)
# fmt: on
NONE = Cause("none", "nothing went wrong", "nothing has to be changed", "RFC 6749 §4.1")
UNDER_WAY = Cause("under-way", "it is not over yet", "play on", "RFC 6749 §4.1")
UNKNOWN = Cause("unknown", "what is recorded does not decide it", "look at what both sides have kept", "RFC 6749 §5.2")
CAUSES: Mapping[str, Cause] = _by_name(
    _OF_PKCE,
    _OF_ADDRESSES,
    _OF_THE_CLIENT,
    _OF_PROOFS,
    _OF_TOKENS,
    _OF_THE_BROWSER,
    _OF_TIME_AND_ORDER,
    _OF_AN_ASSISTANT,
    _OF_A_PROXY,
    _OF_AN_API_BEHIND,
    _OF_THE_USER,
    map(_of, MISTAKES.values()),
    (NONE, UNDER_WAY, UNKNOWN),
)
