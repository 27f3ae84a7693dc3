"""The runs behind what the lessons on step-up, pushed requests, assertions and DPoP say. See notebook_claims.py."""

from functools import partial
from typing import Any

from flowsim import Simulation, cell
from flowsim.analysis.counterexamples.edits import server_of
from flowsim.model.states import Act, State
from flowsim.model.steps import API, BROWSER, CLIENT, SERVER
from flowsim.mutants.grading import system_under_test
from flowsim.mutants.server_under_test import ServerUnderTest
from flowsim.protocol import client_assertions, signed_tokens
from flowsim.protocol.messages import Request, Response, query_of, single
from tests.kit.claims_of_notebooks import messages_of, run, wins, works
from tests.kit.notebook_claims import claim

OFFLINE = "openid profile read:messages offline_access"
KEY: dict[str, Any] = {"client": "web", "client_auth": client_assertions.METHOD}
BARE: dict[str, Any] = {"pkce": "none", "nonce": False}


def asked_by_the_app(**settings: Any) -> list[Request]:
    """What the app sends to the server in a run with these settings."""
    sent = [one for event in run(**settings).events for one in event.messages]
    found = [one.message for one in sent if (one.sender, one.receiver) == (CLIENT, SERVER)]
    return [one for one in found if isinstance(one, Request)]


# ---- step-up

higher = partial(claim, "step-up")


def stepped_up() -> bool:
    """An API that wants a login of ten minutes refuses a fresh token, and takes that of another login at the password."""
    trace = run(scope=OFFLINE, api_max_age=600, later="30m refresh call", remembered="login", max_age=600)
    refused = next(event for event in trace.events if event.run == "call 1" and event.act is Act.STEP_11)
    again = [event for event in trace.events if event.run == "step-up 1"]
    sent = [one for event in again for one in messages_of(event) if isinstance(one, Request)]
    typed = any(one.path == "/login" and one.method == "POST" for one in sent)
    stopped_by = [one.check.id for one in refused.checks if one.decides]
    return stopped_by == ["api.login_recent"] and typed and again[-1].after is State.DONE


higher("This API wants a login of the last ten minutes.")(stepped_up)
higher("The token is new, and the `auth_time` in it is that of the login before.")(stepped_up)
higher("And the server has to ask for the password, although it knows the user by a cookie")(stepped_up)
higher("Some calls want more: a login of the last ten minutes, or one with a one-time code.")(
    lambda: all(
        any(event.run == "step-up 1" for event in run(later="30m call", **demand).events)
        for demand in ({"api_max_age": 600}, {"api_acr": "one-time-code"})
    )
)


@higher("401, with the error `insufficient_user_authentication`")
def the_api_says_what_it_wants() -> bool:
    refused = next(event for event in run(api_acr="one-time-code").events if event.act is Act.STEP_11)
    answer = messages_of(refused)[-1]
    assert isinstance(answer, Response)
    said = answer.header("WWW-Authenticate") or ""
    return answer.status == 401 and "insufficient_user_authentication" in said and "acr_values" in said


@higher("The first token says nothing of a class: nobody had asked.")
def the_first_token_names_no_class() -> bool:
    calls = [event for event in run(api_acr="one-time-code").events if event.act is Act.STEP_10]
    requests = [one for event in calls for one in messages_of(event) if isinstance(one, Request)]
    tokens = [signed_tokens.read((one.header("Authorization") or "").partition(" ")[2]) for one in requests]
    return ["acr" in token.claims for token in tokens if token] == [False, True]


higher(
    "If that is not good enough either it gives up: a server that cannot do better would send the user round for ever."
)(
    lambda: (
        sum(event.act is Act.STEP_3 for event in run(api_acr="one-time-code", ignores_login_parameters=True).events)
        == 2
    )
)

# ---- pushed requests

pushing = partial(claim, "pushed-requests")
REQUIRED: dict[str, Any] = {"client": "web", "par": "required"}


def opened(**settings: Any) -> set[str]:
    """The names in the address that the browser opens at step 3."""
    event = next(event for event in run(**settings).events if event.act is Act.STEP_3)
    (asked,) = [one.message for one in event.messages if one.sender == BROWSER]
    assert isinstance(asked, Request)
    return {name for name, _ in query_of(asked.url)}


pushing("Two: `client_id`, and `request_uri`, which names the request")(
    lambda: opened(**REQUIRED) == {"client_id", "request_uri"}
)


@pushing("All the others the server has already, and has judged them")
def the_server_judges_what_is_pushed() -> bool:
    kept = dict(next(iter(server_of(Simulation(seed=7, **REQUIRED).run().worlds[2]).pushed.values())).params)
    server = system_under_test("endpoints", "usual")
    assert isinstance(server, ServerUnderTest)
    wrong = (server.push(redirect_uri="https://x.example/"), server.push(code_challenge_method="S512"))
    return set(kept) == opened(client="web") and [one.status for one in wrong] == [400, 400]


def crosses_the_browser(kind: str) -> bool:
    return "browser" in run(**REQUIRED).ledger.table()[kind]


pushing("What was pushed does not go through the browser.")(
    lambda: not crosses_the_browser("code_challenge") and not crosses_the_browser("nonce")
)
pushing("The `state` does, on its way back: it stands in the redirect of step 6.")(lambda: crosses_the_browser("state"))
pushing("Both against an app that uses PKCE with `plain`, where the challenge *is* the verifier:")(
    lambda: all(
        wins(client="spa", attacker=attack, pkce="plain", pkce_required=False, par=par) is (par == "off")
        for attack in ("code-and-request", "request-stripping")
        for par in ("off", "required")
    )
)
pushing("For `plain` there is `S256`, and a server that requires PKCE notices a challenge that is missing.")(
    lambda: (
        not wins(client="spa", attacker="code-and-request", pkce="S256")
        and run(client="spa", attacker="request-stripping").verdict.stopped_by == "authorize.challenge_present"
    )
)
pushing("The server asks a website who pushes, as it asks at the token endpoint")(
    lambda: (
        works("redirect-manipulation", "par")
        and cell("redirect-manipulation", "par-with-secret").verdict.stopped_by == "push.client_authenticated"
    )
)
pushing("It works. The request is genuine, and it is not the victim's")(
    lambda: works("chosen-challenge", "par-with-secret")
)
pushing("The user, on an error page")(
    lambda: run(later="after 2: 2m", **REQUIRED).worlds[-1].runs["victim"].state is State.ERROR_PAGE
)

# ---- assertions

asserting = partial(claim, "private-key-jwt")


def named(**settings: Any) -> list[dict[str, Any]]:
    """What the assertions of a run say."""
    texts = [single(one.form, "client_assertion") for one in asked_by_the_app(**settings)]
    tokens = [signed_tokens.read(text) for text in texts if text]
    return [dict(token.claims) for token in tokens if token]


asserting("A secret is known to two")(
    lambda: (
        set(run(client="web").ledger.table()["client_secret"]) == {"client", "authorization_server"}
        and run(**KEY).ledger.table()["client_key"] == ("client",)
    )
)
asserting("There is no `client_id` in the form: the assertion names the app, twice.")(
    lambda: (
        single(asked_by_the_app(**KEY)[0].form, "client_id") is None
        and {named(**KEY)[0][name] for name in ("iss", "sub")} == {"photo-web"}
    )
)
asserting("There is no more to it than three parts in base64url and a signature.")(
    lambda: (
        client_assertions.assertion(bytes(range(32)), "photo-web", "https://as.example", now=0, jti="one").count(".")
        == 2
    )
)
asserting("The server takes each of them once.")(
    lambda: len({one["jti"] for one in named(par="required", scope=OFFLINE, later="refresh logout", **KEY)}) == 4
)
asserting("Now the app has two authorization servers, and the second one is an attacker's")(
    lambda: run(attacker="mix-up-with-assertion").scenario.second_server
)
asserting("The app made this one for the attacker's server")(
    lambda: (
        run(attacker="mix-up-with-assertion", iss=False).verdict.stopped_by == "code_assertion.audience"
        and wins(attacker="mix-up-with-assertion", iss=False, without={"code_assertion.audience"})
    )
)
asserting("The server knows only the public half, so nothing can be stolen there that speaks for the app.")(
    lambda: set(server_of(run(**KEY).worlds[0]).clients["photo-web"].key or ()) == {"kty", "crv", "x"}
)
asserting("It does not show whose code that app has in its hands: that is for PKCE.")(
    lambda: (
        wins(attacker="code-injection", **KEY, **BARE)
        and not wins(attacker="code-interception", **KEY, **BARE)
        and not wins(attacker="code-injection", **KEY)
    )
)
asserting("Nor does it say anything about who holds a token: a stolen access token works as ever.")(
    lambda: wins(attacker="access-token-theft", **KEY)
)

# ---- DPoP

proving = partial(claim, "dpop")


@proving("Two parties ask for the key: the token endpoint")
def who_asks_for_the_key() -> bool:
    sent = [one for event in run(client="spa", dpop="tokens").events for one in event.messages]
    proved = [(one.receiver, one.message) for one in sent if isinstance(one.message, Request)]
    proved = [(to, asked) for to, asked in proved if asked.header("dpop")]
    token = signed_tokens.read((proved[-1][1].header("Authorization") or "").partition(" ")[2])
    return [to for to, _ in proved] == [SERVER, API] and token is not None and "jkt" in token.claims["cnf"]


proving("**It does not stop the script**: while it runs in the page it can have everything signed that it likes")(
    lambda: wins(client="spa", attacker="silent-login", remembered="consent", dpop="code")
)
proving("It can also begin a login of its own, with a key of its own:")(
    lambda: wins(client="spa", attacker="silent-login", remembered="consent", dpop="code")
)
proving("DPoP does not stop it.")(
    lambda: wins(client="spa", attacker="silent-login", remembered="consent", dpop="tokens")
)


def injected(per_login: bool) -> bool:
    return wins(client="web", attacker="code-injection", dpop="code", dpop_key_per_login=per_login, **BARE)


proving("That looks like PKCE, and is as good only under a condition: there must be a key *for each login*")(
    lambda: injected(False) and not injected(True)
)
proving("`dpop_jkt` binds the code, and replaces PKCE only where each login has its own key.")(
    lambda: (
        injected(False)
        and not injected(True)
        and not wins(client="spa", attacker="code-interception", dpop="code", pkce="none")
    )
)
proving("A stolen token without the key is of no use; a copied proof is good once, at one address, for a minute.")(
    lambda: (
        not wins(client="spa", attacker="access-token-theft", dpop="tokens")
        and not wins(client="spa", attacker="proof-replay")
        and wins(client="spa", attacker="proof-replay", without={"api_proof.not_seen"})
    )
)
