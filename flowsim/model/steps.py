"""The eleven steps of the Authorization Code Flow with PKCE, and who takes part, as plain data.

A login is a conversation between four parties. The *user* sits before a *browser*. The *client* is the app that wants
to act for the user. The *authorization server* knows the user's password, which the app must never see. The *API*
holds the data. The steps below say who speaks to whom, in which order, and which clause of a specification says so.
Text in `backquotes` is the field's own name for a thing. What stands here is true of every run; what happened in one run is
told from that run (views/text/narration.py).

Source: RFC 6749 section 4.1 (the flow), RFC 7636 section 1.1 (what PKCE adds).
"""

from dataclasses import dataclass

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
# Whose server a page loads something from, where it does so: it takes no part in the flow.
ELSEWHERE = "elsewhere"
ANOTHER_SITE = Actor(
    id=ELSEWHERE, name="Another site", lane=ELSEWHERE, about="Some website that a page loads a picture from."
)
ALL_LANES = (*LANES, (ELSEWHERE, "Elsewhere"))
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
ALL_STEPS: tuple[Step, ...] = (*STEPS, *DISCOVERY_STEPS, *LATER_STEPS, *LOGOUT_STEPS)
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
}

_DRAFTS = {
    "RFC 6265bis": "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis",
    "OAuth Form Post": "https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html",
    "OIDC Core": "https://openid.net/specs/openid-connect-core-1_0.html",
    "OIDC Discovery": "https://openid.net/specs/openid-connect-discovery-1_0.html",
    "OIDC Back-Channel Logout": "https://openid.net/specs/openid-connect-backchannel-1_0.html",
    "OIDC RP-Initiated Logout": "https://openid.net/specs/openid-connect-rpinitiated-1_0.html",
    "OAuth 2.1": "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-16",
    "Security Topics Update": "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-security-topics-update-02",
}


def step(number: int) -> Step:
    """The step with this number: 1 to 11 of the login, 12 to 16 of what follows, 17, 18 of discovery, 19 to 22 logout."""
    return _BY_NUMBER[number]


def step_name(number: int) -> str:
    """What people call the step with this number: `7`, or `R1` for the first step of a refresh."""
    return _LETTERS.get(number, str(number))


def clause_url(clause: str) -> str:
    """The address where a clause such as `RFC 7636 §4.6` can be read: a link to follow, never fetched by flowsim."""
    document, _, section = clause.partition(" §")
    if document == "RFC 6265bis" and section:
        return f"{_DRAFTS[document]}#section-{section}"
    if document.startswith("RFC ") and document not in _DRAFTS:
        page = f"https://www.rfc-editor.org/rfc/rfc{document.removeprefix('RFC ')}"
        return f"{page}#section-{section}" if section else page
    return _DRAFTS[document]
