"""The eleven steps of the Authorization Code Flow with PKCE, and who takes part, as plain data.

A login is a conversation between four parties. The *user* sits before a *browser*. The *client* is the app that wants
to act for the user. The *authorization server* knows the user's password, which the app must never see. The *API*
holds the data. The steps below say who speaks to whom, in which order, and which clause of a specification says so.
Text in `backquotes` is the field's own name for a thing. What stands here is true of every run; what happened in one run is
told from that run (views/text/narration.py).

Source: RFC 6749 section 4.1 (the flow), RFC 7636 section 1.1 (what PKCE adds).
"""

from dataclasses import dataclass
from functools import lru_cache

USER = "user"
BROWSER = "browser"
CLIENT = "client"
SERVER = "authorization_server"
API = "api"
ATTACKER = "attacker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One party. `lane` is the column of a picture it stands in: a user and the browser share one."""

    id: str
    name: str
    lane: str
    about: str


ACTORS: tuple[Actor, ...] = (
    Actor(
        id=USER,
        name="User",
        lane=BROWSER,
        about="The resource owner: a person who owns the data and knows the password.",
    ),
    Actor(
        id=BROWSER,
        name="Browser",
        lane=BROWSER,
        about="The user agent and its device: it keeps cookies, follows redirects and decides which app gets a link.",
    ),
    Actor(
        id=CLIENT,
        name="App",
        lane=CLIENT,
        about="The client application with its SDK. It wants to call the API for the user.",
    ),
    Actor(
        id=SERVER,
        name="Authorization server",
        lane=SERVER,
        about="It checks the password, asks for consent, and issues the code and the tokens.",
    ),
    Actor(id=API, name="API", lane=API, about="The resource server: it holds the user's data."),
    Actor(
        id=ATTACKER,
        name="Attacker",
        lane=ATTACKER,
        about="Whoever wants what is not theirs. It sees only what its position lets it see.",
    ),
)
ACTOR_BY_ID = {actor.id: actor for actor in ACTORS}
LANES: tuple[tuple[str, str], ...] = (
    (BROWSER, "You"),
    (CLIENT, "App"),
    (SERVER, "Server"),
    (API, "API"),
    (ATTACKER, "Attacker"),
)
# Whose server a page loads something from, or the server the document of an app: it takes no part in the flow.
ELSEWHERE = "elsewhere"
ANOTHER_SITE = Actor(
    id=ELSEWHERE, name="Another site", lane=ELSEWHERE, about="Some website, from which somebody loads something."
)
# The server that logs the user in where the one that the app knows leaves that to another.
UPSTREAM = "upstream"
SERVER_BEHIND = Actor(
    id=UPSTREAM,
    name="Server behind",
    lane=UPSTREAM,
    about="The authorization server of another service. The one that the app knows is a client there.",
)
ALL_LANES = (*LANES, (UPSTREAM, "Behind"), (ELSEWHERE, "Elsewhere"))
# The API that an MCP server asks for what its tools need.
API_BEHIND = "api_behind"
ASKED_BY_TOOLS = Actor(
    id=API_BEHIND,
    name="API behind",
    lane=UPSTREAM,
    about="Another API, which the MCP server asks. The app does not know it.",
)
WHERE_NEEDED = frozenset({ATTACKER, UPSTREAM, ELSEWHERE})  # the lanes that only some pictures have
ACTOR_BY_ID[UPSTREAM] = SERVER_BEHIND
ACTOR_BY_ID[API_BEHIND] = ASKED_BY_TOOLS
ACTOR_BY_ID[ELSEWHERE] = ANOTHER_SITE
LANE_OF = {actor.id: actor.lane for actor in ACTOR_BY_ID.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the eleven steps: who sends (`sender`) to whom (`receiver`), in general and in plain words, with its clauses.

    `notes` are for somebody who presents the step to a room: what to say, what to point at, what to ask.
    """

    number: int
    title: str
    sender: str
    receiver: str
    text: str
    notes: str
    clauses: tuple[str, ...]

    @property
    def name(self) -> str:
        """What people call it: `7`, or `R1` for the first step of a refresh."""
        return step_name(self.number)


STEPS: tuple[Step, ...] = (
    Step(
        number=1,
        title="The user clicks “Log in”",
        sender=USER,
        receiver=CLIENT,
        text="The user wants something that needs an account. The app has none of its own: it will send the user to "
        "the authorization server. No secret of this login exists yet.",
        notes="Ask the room: which app on your phone last sent you to another page to log in? Name the four lanes "
        "once. The attacker's lane is empty for now.",
        clauses=("RFC 6749 §4.1",),
    ),
    Step(
        number=2,
        title="The app makes the code_verifier and the code_challenge",
        sender=CLIENT,
        receiver=CLIENT,
        text="With PKCE the app makes a secret for this one login, the `code_verifier`; it should be 32 random octets, "
        "written as text. From it comes the `code_challenge`: with the method `S256` that is its SHA-256 hash. An app "
        "may also draw a `state` and a `nonce`, so that it can recognise the answers to this one login.",
        notes="Name what the app has made, and ask what each of them will be good for. With PKCE and `S256`: could "
        "somebody compute the verifier from the challenge?",
        clauses=("RFC 7636 §4.1", "RFC 7636 §4.2", "RFC 9700 §2.1.1"),
    ),
    Step(
        number=3,
        title="The browser takes the request to the server",
        sender=CLIENT,
        receiver=SERVER,
        text="The app has the browser open the authorization server's page. The address says who is asking, where to "
        "send the answer and, with PKCE, what the `code_challenge` is; or it names a request that the app has pushed "
        "to the server before. As long as the app's name or the redirect address is in doubt, the server must "
        "send nobody there.",
        notes="What is in the address travels through the browser, where others may read it. With `S256` the "
        "challenge may be read: it is only a hash. Show in the ledger who knows the verifier by now.",
        clauses=("RFC 6749 §4.1.1", "RFC 7636 §4.3", "RFC 6749 §4.1.2.1"),
    ),
    Step(
        number=4,
        title="The server shows its login page",
        sender=SERVER,
        receiver=USER,
        text="The page comes from the authorization server. In the browser the app cannot read it, so it does not "
        "see what the user types there. The page should forbid other sites to frame it, and its form carries a "
        "secret against forged forms.",
        notes="Open the Page tab. Ask: whose page is this, and how would a user know? The address bar says so, to "
        "those who read it; a passkey works at no other address.",
        clauses=("RFC 6749 §3.1", "RFC 9700 §4.16", "RFC 6749 §10.12"),
    ),
    Step(
        number=5,
        title="The user logs in and consents",
        sender=USER,
        receiver=SERVER,
        text="The user proves who they are, for example with a password, then sees what the app asks for and says "
        "yes or no. A password is for the authorization server alone.",
        notes="Where has the password gone? Look at the app's column in the password's row: it should stay empty. "
        "The consent names what the app may do, and nothing more.",
        clauses=("RFC 6749 §4.1", "RFC 6749 §10.2", "RFC 8252 §8.6"),
    ),
    Step(
        number=6,
        title="The server sends the browser back with a code",
        sender=SERVER,
        receiver=BROWSER,
        text="The answer is a redirect to the app's address with a `code` in it. The code is not a token: it should "
        "work once, and for a short time. With PKCE the server remembers which `code_challenge` it belongs to. The "
        "browser now has to hand it to the app. On that way it can be stolen.",
        notes="Stop here. The code lies in a redirect, and the device decides which app gets it. Ask the room to "
        "predict: what can somebody do who has this code? Then inject the attacker.",
        clauses=("RFC 6749 §4.1.2", "RFC 7636 §4.4", "RFC 9207 §2"),
    ),
    Step(
        number=7,
        title="The app sends the code and the code_verifier",
        sender=CLIENT,
        receiver=SERVER,
        text="The app checks that the redirect answers its own request. Then it talks to the server by itself, "
        "without a redirect: here is the `code` and, with PKCE, here is the `code_verifier` behind the challenge of "
        "step 3.",
        notes="This request goes straight to the server, in no address that the browser opens. Point at what the app "
        "shows besides the code. With `S256` the verifier leaves the app for the first time now, after the code was "
        "issued.",
        clauses=("RFC 6749 §4.1.3", "RFC 7636 §4.5", "RFC 9700 §2.1"),
    ),
    Step(
        number=8,
        title="The server checks the verifier",
        sender=SERVER,
        receiver=SERVER,
        text="With `S256` the server hashes the `code_verifier` it received and compares the result with the "
        "`code_challenge` it stored; with `plain` it compares them as they are. The app made both, so it can show "
        "the one that fits. The server should also check that the code is known, fresh, unused and belongs to this "
        "app.",
        notes="Open the Checks tab, and find the one that compares the verifier with what was stored in step 3. Ask: "
        "which of the others would have stopped an attacker without PKCE?",
        clauses=("RFC 7636 §4.6", "RFC 6749 §4.1.3", "RFC 9700 §4.8.2"),
    ),
    Step(
        number=9,
        title="The server answers with tokens",
        sender=SERVER,
        receiver=CLIENT,
        text="The `access_token` is for the API. Where the scope says `openid` there is an `id_token` for the app: "
        "it says who logged in. The app checks the ID token before it uses any of them.",
        notes="Each token has one reader. The access token is for the API, and the app cannot count on reading it. "
        "The ID token is for the app, and no API should take it.",
        clauses=("RFC 6749 §5.1", "OIDC Core §3.1.3.7"),
    ),
    Step(
        number=10,
        title="The app calls the API",
        sender=CLIENT,
        receiver=API,
        text="The app puts the `access_token` into the `Authorization` header. Most are bearer tokens: whoever has "
        "one may use it. One that is bound to a key (DPoP) is good only with a proof.",
        notes="A bearer token works like cash: whoever holds it can spend it. PKCE protects the code. It does not "
        "protect the token.",
        clauses=("RFC 6750 §2.1", "RFC 9700 §4.3.2"),
    ),
    Step(
        number=11,
        title="The API answers with the data",
        sender=API,
        receiver=CLIENT,
        text="The API should check the token: who issued it, for which API, until when, for which scope. With a "
        "signed token it can do that by itself. Then it answers.",
        notes="The API did not ask the app who it is. It checked the token. Ask: what would it have answered to an "
        "attacker who has this token?",
        clauses=("RFC 9068 §4", "RFC 6750 §3"),
    ),
)

# What may follow in the weeks after a login: two exchanges between the app and the server, with steps of their own. They
# are numbered on from eleven, and people call them R1 to R3 and V1, V2.
LATER_STEPS: tuple[Step, ...] = (
    Step(
        number=12,
        title="The app sends its refresh_token",
        sender=CLIENT,
        receiver=SERVER,
        text="The `access_token` lives for a short time only. To get a new one without the user, the app sends the "
        "`refresh_token` that came with it. There is no code in this request, no verifier and no redirect.",
        notes="The user sees nothing of this. Ask: which of the defences of the login take part here? None of them "
        "does: no PKCE, no state, no nonce.",
        clauses=("RFC 6749 §6", "RFC 6749 §1.5"),
    ),
    Step(
        number=13,
        title="The server checks the refresh_token",
        sender=SERVER,
        receiver=SERVER,
        text="The server looks the `refresh_token` up: is it one of its own, was it issued to this app, is it still "
        "good? With rotation each token is good for one exchange, so a token that comes a second time may mean that "
        "two parties hold it.",
        notes="Open the checks. The last one is rotation: where a token comes twice, the server cannot tell who is "
        "the attacker, so it ends the whole family of tokens.",
        clauses=("RFC 6749 §6", "RFC 9700 §4.14.2"),
    ),
    Step(
        number=14,
        title="The server answers with new tokens",
        sender=SERVER,
        receiver=CLIENT,
        text="The app gets a new `access_token`. With rotation it also gets a new `refresh_token`, and the one it "
        "sent is used up. The ID token, if there is one, speaks of the same user and of the same login as before.",
        notes="Two lifetimes matter here: the one that each exchange renews, and the one that no exchange prolongs.",
        clauses=("RFC 6749 §6", "RFC 9700 §4.14.2", "OIDC Core §12.2"),
    ),
    Step(
        number=15,
        title="The app asks the server to revoke its refresh_token",
        sender=CLIENT,
        receiver=SERVER,
        text="The user logs out. The app tells the server that nobody needs the `refresh_token` any more.",
        notes="Ask: does this end the access token as well? The answer stands in what the API does next.",
        clauses=("RFC 7009 §2.1",),
    ),
    Step(
        number=16,
        title="The server answers that the token is gone",
        sender=SERVER,
        receiver=CLIENT,
        text="The server answers 200, also where it never knew the token: what matters is that it is not good now. "
        "An API that checks tokens by itself hears nothing of it.",
        notes="A JWT cannot be called back from an API that asks nobody. So access tokens should not live for long.",
        clauses=("RFC 7009 §2.2", "RFC 7009 §3"),
    ),
)
# What may come between steps 1 and 2, where an app knows of its server no more than the issuer. They are numbered on, and
# people call them D1 and D2.
DISCOVERY_STEPS: tuple[Step, ...] = (
    Step(
        number=17,
        title="The app asks the server for its metadata",
        sender=CLIENT,
        receiver=SERVER,
        text="The app knows the server's `issuer`: an https address which is the server's name. From it follows where "
        "the metadata is: a document in which the server says where its endpoints and its keys are, and what it can "
        "do. OpenID Connect appends a path to the issuer. RFC 8414 puts one between its host and its path.",
        notes="Everything that follows rests on this answer. Ask: how does the app know that it talks to the right "
        "server? By https, and by the issuer, which somebody gave it when it was set up.",
        clauses=("RFC 8414 §3.1", "OIDC Discovery §4.1"),
    ),
    Step(
        number=18,
        title="The server answers with its metadata",
        sender=SERVER,
        receiver=CLIENT,
        text="The app compares the `issuer` in the document with the one that it asked: a server that may use "
        "another's name could have that server's answers taken for its own. An app may keep the document, "
        "so that the next login does not ask again.",
        notes="Open the checks, and ask what would follow if the first one about the issuer were off. The attack is "
        "called mix-up.",
        clauses=("RFC 8414 §3.2", "RFC 8414 §3.3", "OIDC Discovery §4.3"),
    ),
)
# What ends a session: of the app alone with the first of them, of the server with all four. People call them L1 to L4.
LOGOUT_STEPS: tuple[Step, ...] = (
    Step(
        number=19,
        title="The user logs out at the app",
        sender=USER,
        receiver=CLIENT,
        text="The app ends its own session: it throws away what it holds for this browser. The session of the server is "
        "another one, and goes on. To end that one too, the app sends the browser to the server, with the ID token as "
        "`id_token_hint`.",
        notes="Ask: what has the user just left? The app. Who else still knows this browser? The server, by its own "
        "cookie, and every other app that the user has logged in to.",
        clauses=("OIDC RP-Initiated Logout §2",),
    ),
    Step(
        number=20,
        title="The server looks at the logout request",
        sender=BROWSER,
        receiver=SERVER,
        text="Anybody can send a browser to this address. So the server looks for an ID token of its own that names the "
        "user who is logged in. Without one it asks the user first. It sends the browser back only to an address that "
        "the app has registered.",
        notes="Ask: what could a stranger's page do with this endpoint, if the server asked for nothing? It could log "
        "out everybody who opens the page.",
        clauses=("OIDC RP-Initiated Logout §2", "OIDC RP-Initiated Logout §4"),
    ),
    Step(
        number=21,
        title="The user says whether to log out",
        sender=USER,
        receiver=SERVER,
        text="The server's page asks whether the user wants to log out here. Its form carries a secret, so that no other "
        "page can answer in the user's name.",
        notes="This step is there only where the request did not show who wants it.",
        clauses=("OIDC RP-Initiated Logout §2", "OIDC RP-Initiated Logout §6"),
    ),
    Step(
        number=22,
        title="The browser comes back to the app",
        sender=BROWSER,
        receiver=CLIENT,
        text="The server sends the browser to the address that the app has registered for this, with the `state` of "
        "the request. Tokens that the app or anybody else kept have not been called back by any of this.",
        notes="Ask: which tokens are still good? Try them, in the table of what is alive.",
        clauses=("OIDC RP-Initiated Logout §3",),
    ),
)
# What an app does that calls the tools of an MCP server: M1 to M4 before the login, C1 and C2 where it registers itself, T1
# and T2 between the login and its call.
MCP_STEPS: tuple[Step, ...] = (
    Step(
        number=23,
        title="The app calls the MCP server without a token",
        sender=CLIENT,
        receiver=API,
        text="The user has given the app the address of an MCP server, and nothing else. So the app sends what it would "
        "send anyway, and waits for what it hears. It knows no authorization server yet.",
        notes="Ask: what does the app know of the server that the user will log in at? Nothing. Whoever answers this "
        "request says where to go.",
        clauses=("RFC 6750 §3", "RFC 9728 §5.1"),
    ),
    Step(
        number=24,
        title="The MCP server demands a token",
        sender=API,
        receiver=CLIENT,
        text="It answers 401. In `WWW-Authenticate` it says where its metadata is, and which `scope` a token has to have "
        "to get in. The app takes that scope for what is needed, and asks for no more.",
        notes="Point at the two parameters. Ask: what would an app do that finds none of them? It looks at the places "
        "that the specification names.",
        clauses=("RFC 9728 §5.1", "RFC 6750 §3"),
    ),
    Step(
        number=25,
        title="The app asks the MCP server for its metadata",
        sender=CLIENT,
        receiver=API,
        text="The address stands in the challenge. Without one it follows from the address of the MCP server: a path is "
        "put between its host and its own path, and then at the root of the host.",
        notes="Ask: why between host and path, and not behind? One host can have several such servers.",
        clauses=("RFC 9728 §3.1",),
    ),
    Step(
        number=26,
        title="The MCP server answers with its metadata",
        sender=API,
        receiver=CLIENT,
        text="The document names the `resource` that it speaks of, and the authorization servers whose tokens it takes. "
        "The app compares the `resource` with the address that it called: a server that named another one would get "
        "tokens that are good there.",
        notes="Open the checks, and ask what an attacker's server would write into `resource`, and what into "
        "`authorization_servers`.",
        clauses=("RFC 9728 §3.2", "RFC 9728 §3.3", "RFC 9728 §7.3"),
    ),
    Step(
        number=27,
        title="The app registers itself",
        sender=CLIENT,
        receiver=SERVER,
        text="The app has never met this server. It sends what it would like to have written down: a name, its "
        "`redirect_uris`, and that it is a native app.",
        notes="Anybody can do this, with any name. Ask: what does the user know of an app that has registered itself?",
        clauses=("RFC 7591 §3.1",),
    ),
    Step(
        number=28,
        title="The server gives the app a client_id",
        sender=SERVER,
        receiver=CLIENT,
        text="The `client_id` is good at this server and at no other. So the app keeps it under the `issuer`.",
        notes="Ask: what would happen if the app used this client_id at another server? There somebody else may have it.",
        clauses=("RFC 7591 §3.2.1",),
    ),
    Step(
        number=29,
        title="The app sends a message to the MCP server",
        sender=CLIENT,
        receiver=API,
        text="Each message is a POST with the `access_token` in its header. The app asks which tools there are; in the "
        "revision before the present one it begins with `initialize`, and carries the session that the server names.",
        notes="Ask: does the session say who the user is? No: each message carries the token, and the server looks at it "
        "each time.",
        clauses=("RFC 6750 §2.1",),
    ),
    Step(
        number=30,
        title="The MCP server answers the message",
        sender=API,
        receiver=CLIENT,
        text="It judges the token as any API does: whose signature, for which audience, with which scope. Then it answers "
        "in JSON-RPC.",
        notes="Open the checks: they are the same as at step 11.",
        clauses=("RFC 9068 §4", "RFC 6750 §3"),
    ),
)
# Between steps 5 and 6, where the authorization server is a proxy: another server, behind it, logs the user in. People call
# them U1 to U3, for “upstream”.
PROXY_STEPS: tuple[Step, ...] = (
    Step(
        number=31,
        title="The proxy sends the browser on to the server behind it",
        sender=SERVER,
        receiver=UPSTREAM,
        text="To the server behind, the proxy is a client like any other: it has one `client_id` there, for all its users "
        "and for all apps. So the server behind never hears which app has asked. The proxy has to ask for consent itself, "
        "before it sends the browser on, and only then marks the browser with a cookie that names this login.",
        notes="Ask: which name does the user read on the page of the server behind? That of the proxy. Who could say which "
        "app gets the code in the end?",
        clauses=("MCP Security Best Practices", "RFC 6749 §4.1.1"),
    ),
    Step(
        number=32,
        title="The user logs in at the server behind",
        sender=USER,
        receiver=UPSTREAM,
        text="The user proves who they are, and allows the proxy what it asks for. A server that remembers both asks "
        "nothing: it has no way to see that another app has begun this login.",
        notes="Ask: who sees the password? Neither the app nor the proxy.",
        clauses=("RFC 6749 §4.1",),
    ),
    Step(
        number=33,
        title="The browser comes back to the proxy",
        sender=UPSTREAM,
        receiver=SERVER,
        text="The proxy looks at the `state`: it must name a login that the proxy has sent on, once and not long ago, and "
        "the browser must bring the cookie that was set with it. Then the proxy redeems the code of the server behind, "
        "learns who the user is, and issues a code of its own to the app.",
        notes="Open the checks. Ask: what comes of a right state in a browser that never saw the proxy's page?",
        clauses=("MCP Security Best Practices", "RFC 6749 §10.12", "RFC 6749 §4.1.3"),
    ),
)
# Between steps 10 and 11, where the MCP server asks an API behind it. People call them B1 and B2.
BEHIND_STEPS: tuple[Step, ...] = (
    Step(
        number=34,
        title="The MCP server asks the API behind it",
        sender=API,
        receiver=API_BEHIND,
        text="The tool needs something that the MCP server does not have. To the API behind, the MCP server is a client, "
        "and shows an access token. It has to be one that was issued to the MCP server, for that API. The token that the "
        "app has shown was made for the MCP server, and must not be passed on.",
        notes="Ask: who reads this request? Whoever runs the API behind. What could they do with the token in it? That "
        "depends on whom it was made for.",
        clauses=("MCP Security Considerations", "RFC 6750 §2.1"),
    ),
    Step(
        number=35,
        title="The API behind answers",
        sender=API_BEHIND,
        receiver=API,
        text="It judges the token as any API does: whose signature, for which audience, until when. Then it answers, and "
        "books the call on whom the token names.",
        notes="Open the checks, and ask what would follow without the one that looks at the audience. On whom would the "
        "call be booked, and who has made it?",
        clauses=("RFC 9068 §4", "RFC 8725 §3.9"),
    ),
)
ALL_STEPS: tuple[Step, ...] = (
    *STEPS,
    *DISCOVERY_STEPS,
    *LATER_STEPS,
    *LOGOUT_STEPS,
    *MCP_STEPS,
    *PROXY_STEPS,
    *BEHIND_STEPS,
)
_BY_NUMBER = {one.number: one for one in ALL_STEPS}
_LETTERS = {
    12: "R1",
    13: "R2",
    14: "R3",
    15: "V1",
    16: "V2",
    17: "D1",
    18: "D2",
    19: "L1",
    20: "L2",
    21: "L3",
    22: "L4",
    23: "M1",
    24: "M2",
    25: "M3",
    26: "M4",
    27: "C1",
    28: "C2",
    29: "T1",
    30: "T2",
    31: "U1",
    32: "U2",
    33: "U3",
    34: "B1",
    35: "B2",
}

_MCP = "https://modelcontextprotocol.io/specification/2026-07-28/basic"
_DRAFTS = {
    "RFC 6265bis": "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis",
    "OAuth Form Post": "https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html",
    "OIDC Core": "https://openid.net/specs/openid-connect-core-1_0.html",
    "OIDC Discovery": "https://openid.net/specs/openid-connect-discovery-1_0.html",
    "OIDC Back-Channel Logout": "https://openid.net/specs/openid-connect-backchannel-1_0.html",
    "OIDC RP-Initiated Logout": "https://openid.net/specs/openid-connect-rpinitiated-1_0.html",
    "OAuth 2.1": "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-16",
    "Security Topics Update": "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-security-topics-update-02",
    "Client ID Metadata Document": "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00",
    "MCP Authorization": f"{_MCP}/authorization",
    "MCP Server Discovery": f"{_MCP}/authorization/authorization-server-discovery",
    "MCP Client Registration": f"{_MCP}/authorization/client-registration",
    "MCP Security Considerations": f"{_MCP}/authorization/security-considerations",
    "MCP Security Best Practices": "https://modelcontextprotocol.io/docs/2026-07-28/tutorials/security/security_best_practices",
    "MCP Transports": f"{_MCP}/transports/streamable-http",
}


def step(number: int) -> Step:
    """The step with this number: 1 to 11 of the login, 12 to 16 of what follows, 17, 18 of discovery, 19 to 22 logout.

    Those from 23 on are what an app does that calls the tools of an MCP server, from 31 what a proxy does, and from
    34 what an MCP server does that asks an API behind it.
    """
    return _BY_NUMBER[number]


def step_name(number: int) -> str:
    """What people call the step with this number: `7`, or `R1` for the first step of a refresh."""
    return _LETTERS.get(number, str(number))


@lru_cache(maxsize=1024)
def clause_url(clause: str) -> str:
    """The address where a clause such as `RFC 7636 §4.6` can be read: a link to follow, never fetched by flowsim."""
    document, _, section = clause.partition(" §")
    if document == "RFC 6265bis" and section:
        return f"{_DRAFTS[document]}#section-{section}"
    if document.startswith("RFC ") and document not in _DRAFTS:
        page = f"https://www.rfc-editor.org/rfc/rfc{document.removeprefix('RFC ')}"
        return f"{page}#section-{section}" if section else page
    return _DRAFTS[document]
