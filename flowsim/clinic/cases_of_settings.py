"""Cases in which somebody was set up wrongly: what a page may read, how long things last, what is asked for.

Source: the clause of each case.
"""

from flowsim.clinic.case import Case
from flowsim.model.steps import API, CLIENT, SERVER

_OFFLINE = "openid profile read:messages offline_access"

CASES: tuple[Case, ...] = (
    Case(
        name="spinner-after-login",
        title="The page hangs after the login",
        symptom="Our single-page app logs the user in, comes back, and then the spinner turns for ever. The server's "
        "log says that it issued tokens. The app's log says “TypeError: Failed to fetch”. With curl the same request "
        "works.",
        settings={"client": "spa", "cors": "none"},
        repair={"cors": "apps"},
        remedy="The server lets pages of the app's origin read what its token endpoint answers.",
        party=SERVER,
        step=9,
        cause="cors-closed",
        hints=(
            "Compare what the network saw with what the page got. Who stands between the two?",
            "curl is no browser. Which rule do only browsers apply?",
            "Look at the headers of the answer with the tokens: which one says what pages may read it?",
        ),
        clause="RFC 10017 §6.3.3.4",
    ),
    Case(
        name="logged-in-and-empty",
        title="Logged in, and the list stays empty",
        symptom="The user is logged in, their name stands at the top of the page, and the list of messages stays "
        "empty. The API's log shows no GET at all, only an OPTIONS. The team of the API says: nobody has called us.",
        settings={"client": "spa", "api_cors": "none"},
        repair={"api_cors": "apps"},
        remedy="The API answers the browser's question with leave for the app's origin and the Authorization header.",
        party=API,
        step=10,
        cause="preflight-unanswered",
        hints=(
            "Who sent the OPTIONS, and what did it ask?",
            "A page that sends an Authorization header to another origin needs leave beforehand. Who has to give it?",
        ),
        clause="RFC 10017 §6.3.3.4",
    ),
    Case(
        name="works-in-the-old-app",
        title="It broke when the app moved to another address",
        symptom="We moved the page to a new address. The login page comes, the user logs in, and back in the app "
        "there is only an error in the console. At the old address everything works. Nobody has touched the server.",
        settings={"client": "spa", "cors": "another"},
        repair={"cors": "apps"},
        remedy="The server is told the app's new origin, beside its redirect_uri.",
        party=SERVER,
        step=9,
        cause="cors-other-origin",
        hints=(
            "The redirect arrives, so the redirect_uri is right. What else does a server know an app's address for?",
            "Compare Origin in the request of step 7 with Access-Control-Allow-Origin in its answer.",
        ),
        clause="RFC 10017 §6.3.3.4",
    ),
    Case(
        name="long-terms",
        title="Whoever reads the consent page carefully cannot log in",
        symptom="Our lawyers have made the consent page longer. Since then some users see an error page of the "
        "server when they press Allow, and nothing comes back to the app. The quick ones get in.",
        settings={"later": "after 4: 40m"},
        repair={"login_lifetime": 3600},
        remedy="The server lets a login take an hour before it forgets that it was begun.",
        party=SERVER,
        step=4,
        cause="login-expired",
        hints=(
            "How much time has passed between the page and the answer to it?",
            "There is no code yet: it is made after the user has agreed. What else can have come to its end?",
        ),
        clause="RFC 6749 §3.1",
    ),
    Case(
        name="open-in-app",
        title="“Open in the app?” – and then invalid_grant",
        symptom="Android asks users whether the link may be opened in our app. Those who leave the question standing "
        "for a while get “Login failed”. Our log: token endpoint, 400, invalid_grant. It never happens in the office.",
        settings={"later": "after 6: 2m"},
        repair={"code_lifetime": 600},
        remedy="The server lets a code live for ten minutes, the most that the RFC recommends.",
        party=SERVER,
        step=6,
        cause="code-expired",
        hints=(
            "What waits in the browser while the question stands there?",
            "How old was it when the app sent it, and how old may it be?",
        ),
        clause="RFC 6749 §4.1.2",
    ),
    Case(
        name="read-but-forbidden",
        title="Logged in, and forbidden to read",
        symptom="Since the last release the login works and the list of messages answers 403. The consent page looks "
        "shorter than before, but nobody has complained about it. The server's log has no error.",
        settings={"scope": "openid profile read:mesages"},
        repair={"scope": "openid profile read:messages"},
        remedy="The app asks for the scope that the API wants, and compares what it was granted.",
        party=CLIENT,
        step=3,
        cause="scope-not-granted",
        hints=(
            "What does the API miss? Its WWW-Authenticate header says so.",
            "The token response names the scope that was granted. Compare it with what the app asked for, letter by "
            "letter.",
            "The server leaves out a scope that it does not know, and says nothing.",
        ),
        clause="RFC 6749 §3.3",
    ),
    Case(
        name="new-feature-no-login",
        title="Nobody can log in since the new feature",
        symptom="We added a feature that deletes messages. Now the login ends before the login page: the app gets an "
        "error straight back. The same app against the test server works.",
        settings={"scope": "openid profile read:messages delete:messages", "unknown_scopes": "refused"},
        repair={"scope": "openid profile read:messages"},
        remedy="The app asks only for what is registered for it, until the new scope is registered.",
        party=CLIENT,
        step=3,
        cause="scope-unknown",
        hints=(
            "The error came back in the redirect. What does it say?",
            "What in the request is newer than the registration of the app?",
        ),
        clause="RFC 6749 §3.3",
    ),
    Case(
        name="please-log-in-again",
        title="“Please log in again”, and it never asks",
        symptom="For payments our app wants a login that is not older than a minute. The user is sent to the server, "
        "comes back at once without having typed anything, and the app says “please log in again”. And so on, round "
        "and round.",
        settings={"max_age": 60, "remembered": "login", "ignores_login_parameters": True},
        repair={"ignores_login_parameters": False},
        remedy="The server heeds max_age, and asks for the password again.",
        party=SERVER,
        step=4,
        cause="login-too-old",
        hints=(
            "What did the app ask for at step 3, and which page did the user see?",
            "auth_time in the ID token says when the user has typed a password. Is that what the app wanted?",
        ),
        clause="OIDC Core §3.1.2.1",
    ),
    Case(
        name="stops-before-it-starts",
        title="The button does nothing",
        symptom="After we switched to another provider, “Log in” does nothing. No browser opens. The only trace is a "
        "line in the app's own log, about a method.",
        settings={"pkce": "plain", "plain_allowed": False},
        repair={"pkce": "S256"},
        remedy="The app uses S256.",
        party=CLIENT,
        step=2,
        cause="plain-refused",
        hints=(
            "The app stopped by itself. What does it read before it begins a login?",
            "Compare the method that it wanted to use with those that the server's metadata lists.",
        ),
        clause="RFC 7636 §4.4.1",
    ),
    Case(
        name="old-library",
        title="An old app, a new server policy",
        symptom="The provider announced a “security update” for Monday. Since Monday our old app gets an error back "
        "at once, invalid_request. Not a line of ours has changed.",
        settings={"pkce": "none", "pkce_required": True},
        repair={"pkce": "S256"},
        remedy="The app sends a code_challenge, made with S256.",
        party=CLIENT,
        step=3,
        cause="pkce-missing",
        hints=(
            "error_description stands beside the error in the redirect.",
            "Which parameter has the request of a newer app that this one lacks?",
        ),
        clause="RFC 9700 §2.1.1",
    ),
    Case(
        name="after-lunch",
        title="After lunch everything is 401",
        symptom="In the morning the app works. Whoever comes back from lunch gets 401 from the API and an empty "
        "page, until they log out and in again. The access token is still in the app's storage.",
        settings={"later": "2h call"},
        repair={"scope": _OFFLINE, "later": "2h refresh call"},
        remedy="The app asks for offline_access, and exchanges its refresh token when the access token has ended.",
        party=CLIENT,
        step=10,
        cause="offline-access-left-out",
        hints=(
            "How long does expires_in say that the token is good?",
            "What could the app have instead of a user who logs in again?",
        ),
        clause="RFC 6750 §3.1",
    ),
    Case(
        name="back-from-holiday",
        title="Logged out after the holidays",
        symptom="People who come back from five weeks of leave have to log in again, and support gets the calls. "
        "Those who opened the app once in between stay logged in. The log: refresh, 400, invalid_grant.",
        settings={"scope": _OFFLINE, "later": "35d refresh call"},
        repair={"refresh_idle_lifetime": 60 * 86_400},
        remedy="The server lets a refresh token rest for sixty days.",
        party=SERVER,
        step=13,
        cause="refresh-token-idle",
        hints=(
            "Two users, one difference: who has used the token in between?",
            "A refresh token has two ends. One is counted from the login, the other from its last use.",
        ),
        clause="RFC 9700 §4.14.2",
    ),
)
