"""The runs behind what the later lessons say, one function for each sentence. See notebook_claims.py."""

from functools import partial
from typing import Any

from flowsim import Simulation, cell, zoo
from flowsim.analysis.forged_tokens import every_forgery, hand_to_api, hand_to_app
from flowsim.engine.apply import apply
from flowsim.lessons.tables import storages
from flowsim.lessons.token_storage import STORAGES
from flowsim.model.scenario import ISSUER
from flowsim.model.states import Act, Outcome, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response
from tests.kit.claims_of_notebooks import messages_of, run, stopped, wins, works
from tests.kit.notebook_claims import IN_WORDS, claim

OFFLINE = "openid profile read:messages offline_access"
DAY = 86_400
EVERYTHING = ("S256", "state", "nonce", "iss", "single-use-code", "exact-redirect-uri", "dpop-bound-code")


def kept(**settings: Any) -> dict[str, dict[str, bool]]:
    """The table of storages: for each place what the script gets there."""
    table = storages(run(client="spa", scope="openid read:messages offline_access", **settings))
    return {
        row[0]: {name: got != "no" for name, got in zip(table.head[1:], row[1:], strict=True)} for row in table.rows
    }


def refused(attack: str = "refresh-theft", **settings: Any) -> list[str]:
    """The checks that refused somebody in a run with this theft of a refresh token, in their order."""
    trace = run(scope=OFFLINE, attacker=attack, **settings)
    return [one.check.id for event in trace.events for one in event.checks if one.decides]


# ---- tokens

tokens = partial(claim, "tokens")


@tokens("The second part: the name stands in it, for anybody to read.")
def the_name_stands_in_the_second_part() -> bool:
    answer = messages_of(Simulation(client="spa", seed=7).at_step(9))[0]
    assert isinstance(answer, Response)
    token = signed_tokens.read(answer.json()["id_token"])
    return token is not None and str(token.claims["name"]).startswith("Alice")


tokens("None. They rest on mistakes of two kinds.")(lambda: not any(one.accepted for one in every_forgery()))
tokens("Step 9 brings two tokens.")(lambda: len(brought(scope="openid profile read:messages")) == IN_WORDS["two"])
tokens("It does not notice: the token is genuine.")(lambda: wins(client="spa", attacker="access-token-theft"))
tokens("The token **expires**.")(lambda: not wins(client="spa", attacker="access-token-theft", later="1h"))
tokens("whoever has read the token alone has no such key")(
    lambda: not wins(client="spa", attacker="access-token-theft", dpop="tokens")
)
tokens("an API that remembers the proofs it has seen takes none of them again")(
    lambda: (
        not wins(client="spa", attacker="proof-replay")
        and wins(client="spa", attacker="proof-replay", without={"api_proof.not_seen"})
    )
)
NONCED: dict[str, Any] = {"client": "spa", "dpop": "tokens", "dpop_nonce": True}


def again(**settings: Any) -> list[Act]:
    """The steps at which the app was told to send its request once more, with a nonce in its proof."""
    return [event.act for event in run(**NONCED, **settings).events if event.outcome is Outcome.AGAIN]


@tokens("the server and the API answer the first proof with the error `use_dpop_nonce`, and the app sends")
def each_answers_the_first_proof_with_that_error() -> bool:
    trace = run(**NONCED, later="call")
    answers = [event.messages[0].message for event in trace.events if event.outcome is Outcome.AGAIN]
    told = [
        isinstance(one, Response) and one.header("DPoP-Nonce") and "use_dpop_nonce" in one.text() for one in answers
    ]
    return all(told) and len(told) == IN_WORDS["two"] and trace.verdict.stopped_by is None


tokens("The second call is sent once: the app has kept the nonce.")(lambda: again() == again(later="call") != [])


@tokens("An app that is told so again gives up.")
def an_app_that_is_told_so_again_gives_up() -> bool:
    """A server that has forgotten the nonce that it gave out."""
    world = next(one for one in run(**NONCED).worlds if one.log and one.log[-1].outcome is Outcome.AGAIN)
    server = world.servers[ISSUER]
    forgetful = evolve(server, proofs=evolve(server.proofs, nonces=()))
    world = evolve(world, servers=world.servers.set(ISSUER, forgetful))
    for act in (Act.STEP_8, Act.STEP_9):
        world = apply(world, Move(VICTIM, act))
    return world.runs[VICTIM].state is State.TOKEN_REQUEST_FAILED


tokens("One check stops it: the token was made for the other API")(
    lambda: (
        run(client="spa", attacker="api-replay").verdict.stopped_by == "api.audience"
        and wins(client="spa", attacker="api-replay", without={"api.audience"})
    )
)
tokens("The type `at+jwt` in the header keeps ID tokens out of APIs")(
    lambda: (
        hand_to_api("id-token-as-access-token").refused_by is not None
        and hand_to_app("access-token-as-id-token").refused_by is not None
    )
)
tokens("asks the server for its keys, once, and finds the new one")(
    lambda: asked_for_keys(scope="openid read:messages offline_access", later="keys refresh call") == 1
)
tokens("No place keeps a hostile script from the data **while the page is open**")(
    lambda: all(row["data while open"] for row in kept().values()) and len(kept()) == len(STORAGES)
)
tokens("The worker here calls the API itself and hands out nothing but the answers, so the tokens stay out of reach")(
    lambda: not kept()["worker"]["access token"] and not kept()["worker"]["refresh token"]
)
tokens("the tokens are not in the browser at all")(
    lambda: not kept()["bff"]["access token"] and not kept()["bff"]["refresh token"]
)
tokens("and the script takes the tokens and nothing else")(
    lambda: (
        not any(row["data later"] or row["new tokens later"] for row in kept(dpop="tokens").values())
    )  # what it takes is of no use without proofs
)
tokens("The first four places are no defence against that")(
    lambda: STORAGES[: IN_WORDS["four"]] == tuple(one for one in STORAGES if one != "bff") and works("silent-login")
)
tokens("With a backend the script gets no tokens that way, and something else")(
    lambda: (
        "access_token" not in cell("silent-login", "secret", "S256").verdict.attacker_holds
        and works("silent-login", "secret", "S256")
    )
)


def brought(**settings: Any) -> list[str]:
    answer = messages_of(Simulation(seed=7, **settings).at_step(9))[0]
    assert isinstance(answer, Response)
    return [name for name in answer.json() if name.endswith("_token")]


def asked_for_keys(**settings: Any) -> int:
    """How often the API asks for keys after the server has changed its own."""
    events = run(**settings).events
    after = events[[event.act for event in events].index(Act.ROTATE_KEYS) :]
    sent = [sent.message for event in after if event.act is Act.STEP_11 for sent in event.messages]
    return sum(isinstance(one, Request) and one.url.endswith("/jwks.json") for one in sent)


# ---- refresh tokens

weeks = partial(claim, "refresh-token-rotation")
weeks("An access token lives for an hour here.")(lambda: Simulation().scenario.access_token_lifetime == 3600)
weeks("it dies after 30 days in which nobody used it, and each exchange renews that. Its family dies 90 days after")(
    lambda: (
        (Simulation().scenario.refresh_idle_lifetime, Simulation().scenario.refresh_lifetime) == (30 * DAY, 90 * DAY)
    )
)
weeks("It sees that `RT 1` came twice, so two parties may hold it, and it ends the whole family")(
    lambda: (
        refused()[0] == "refresh.not_used" and run(scope=OFFLINE, attacker="refresh-theft").verdict.attacker_reads_data
    )
)
weeks("The user has to log in again, and so has the attacker, who cannot.")(
    lambda: (
        set(refused("refresh-theft-late")) == {"refresh.not_used", "refresh.not_revoked"}
        or "refresh.not_used" in refused("refresh-theft-late")
    )
)
weeks("**Rotation finds a theft out. It does not prevent it.**")(lambda: wins(scope=OFFLINE, attacker="refresh-theft"))
weeks("Three ways in which the same theft goes unseen.")(
    lambda: (
        not any(
            "refresh.not_used" in refused(**one) for one in ({"rotation": False}, {"later": "call"}, {"overlap": 60})
        )
    )
)
weeks("In the second the app never refreshes again")(lambda: not refused(later="call"))
weeks("Only the token just used is good in the overlap. One that is two exchanges old ends the family at once")(
    lambda: not refused(overlap=60) and "refresh.not_used" in refused("refresh-theft-older", overlap=60)
)
weeks("**PKCE protects the login. It takes no part in what comes after.**")(
    lambda: [wins(scope=OFFLINE, attacker="refresh-theft", pkce=one) for one in ("none", "S256")] == [True, True]
)
weeks("What helps is to bind the token to something the attacker does not have.")(
    lambda: (
        not wins(client="web", scope=OFFLINE, attacker="refresh-theft")
        and not wins(client="spa", scope=OFFLINE, attacker="refresh-theft", dpop="tokens")
    )
)
weeks("A website with a real secret must show it at every refresh")(
    lambda: (
        run(client="web", scope=OFFLINE, attacker="refresh-theft").verdict.stopped_by == "refresh.client_authenticated"
    )
)
weeks("It finds out nothing where only one of the two goes on refreshing.")(lambda: not refused(later="call"))
weeks("The server refuses to refresh, but the API says yes, until the hour is over.")(
    lambda: (
        [status_at_the_end(one) for one in ("logout call", "password refresh call", "logout 1h call")]
        == [200, 200, 401]
    )
)


def status_at_the_end(plan: str) -> int:
    """The status of the API's last answer."""
    last = run(scope=OFFLINE, later=plan).events[-1].messages[-1].message
    assert isinstance(last, Response)
    return last.status


# ---- beyond PKCE

beyond = partial(claim, "beyond-pkce")
in_the_zoo = partial(claim, "bug-zoo")
FOUR = ("code-interception", "code-injection", "login-csrf", "login-csrf-with-state")
beyond("All of it. The verifier fits, because the attacker made both.")(
    lambda: works("chosen-challenge", "S256", "state")
)
beyond("The app refuses the redirect: it started no login with that `state`.")(
    lambda: "callback.transaction_exists" in decided_in("chosen-challenge", "S256", "state")
)
beyond("An app with a real secret is in the same danger.")(
    lambda: works("chosen-challenge", "secret", "S256", "state", "nonce")
)
beyond("a server that asks the user, if the user wonders about a login they did not start")(
    lambda: not works("chosen-challenge", "S256", "asks-again")
)
beyond("Neither. Every message is as it should be.")(
    lambda: works("malicious-client", *EVERYTHING) and works("app-impersonation", *EVERYTHING)
)
beyond("Against an app that pretends to be another one, two things help")(
    lambda: not works("app-impersonation", "claimed-https") and not works("app-impersonation", "asks-again")
)
beyond("Against an app to which the user says yes, none of these checks helps.")(
    lambda: works("malicious-client", *EVERYTHING)
)
beyond("PKCE stops all four, and it is the *server* that looks, at step 8")(
    lambda: [stopped(one, "S256") for one in FOUR] == [8] * IN_WORDS["four"]
)
beyond("It stops a planted redirect, unless the attacker has read the `state`, and neither of the two thefts.")(
    lambda: [works(one, "state") for one in FOUR] == [True, True, False, True] and stopped("login-csrf", "state") == 6
)
beyond("The `nonce` is looked at by the app as well, but at step 9")(lambda: stopped("code-injection", "nonce") == 9)
beyond("A website can do that; where the app is a page, they have come into the attacker's own browser by then.")(
    lambda: (
        [wins(attacker="code-injection", client=client, pkce="none", nonce=True) for client in ("web", "spa")]
        == [False, True]
    )
)
beyond("PKCE cannot help, because the app gives the verifier away itself.")(
    lambda: works("mix-up", "S256") and "code_verifier" in cell("mix-up", "S256").verdict.attacker_holds
)
beyond("Where there is no `iss`, an address of its own for each server helps, too.")(
    lambda: not works("mix-up", "redirect-uri-per-server") and not works("mix-up", "iss") and works("mix-up", "state")
)
beyond("No. The code goes to the attacker, and the challenge was the attacker's.")(
    lambda: (
        works("redirect-manipulation", "S256", "state", "nonce")
        and not works("redirect-manipulation", "exact-redirect-uri")
    )
)
beyond("Three attacks are not about the messages at all.")(
    lambda: all(works(one, "S256") for one in ("clickjacking", "forwarded-password", "web-view"))
)
beyond("It does not: they do not see what they press.")(lambda: works("clickjacking", "asks-again"))
beyond("None of the three. The tokens are new")(lambda: works("silent-login", "S256", "rotation", "dpop-bound-code"))
beyond("An app with a secret on a server of its own gives the script no tokens")(
    lambda: "access_token" not in cell("silent-login", "secret", "S256").verdict.attacker_holds
)
beyond("The attacker can still put the code into a login that it began itself")(
    lambda: works("silent-login", "secret", "S256")
)
beyond("A server that asks at every login ends the silence, and no more")(
    lambda: not works("silent-login", "S256", "asks-again")
)
in_the_zoo("The second time there is an error, because the code was used")(lambda: second_time() == "invalid_grant")
in_the_zoo("One caught, and no sound one accused.")(lambda: caught_and_accused() == (IN_WORDS["one"], 0))
beyond("An attacker who writes the request, or who is an app to which the user says yes, is not stopped by it.")(
    lambda: all(works(one, "S256") for one in ("chosen-challenge", "redirect-manipulation", "malicious-client"))
)
beyond("Neither can be had from PKCE.")(lambda: works("mix-up", "S256") and works("redirect-manipulation", "S256"))
beyond("are stopped by how pages, redirects and apps are built")(
    lambda: (
        not works("clickjacking", "no-framing")
        and not works("forwarded-password", "see-other")
        and not works("web-view", "system-browser")
    )
)
in_the_zoo("A login works at every one of these servers.")(
    lambda: all(
        isinstance(server, zoo.ServerUnderTest)
        and server.token(code=server.code(), code_verifier=zoo.VERIFIER).status == 200
        for server in (zoo.system_under_test("servers", one.name) for one in zoo.SUITES["servers"].mutants)
    )
)
in_the_zoo("The zoo has three more suites")(lambda: sorted(zoo.SUITES) == ["APIs", "apps", "endpoints", "servers"])


def decided_in(attack: str, *defences: str) -> list[str]:
    """The checks that refused something in this cell of the matrix."""
    trace = cell(attack, *defences).simulation().run()
    return [one.check.id for event in trace.events for one in event.checks if one.decides]


def second_time() -> str:
    server = zoo.system_under_test("servers", "usual")
    assert isinstance(server, zoo.ServerUnderTest)
    code = server.code()
    answers = [server.token(code=code, code_verifier=zoo.VERIFIER) for _ in range(2)]
    return str(answers[1].json()["error"]) if answers[0].status == 200 else ""


def caught_and_accused() -> tuple[int, int]:
    graded = zoo.grade(lambda server: server.token(code=server.code()).status == 200)
    return len(graded.caught), len(graded.wrongly_accused)


# ---- which flow

flows = partial(claim, "which-flow")
flows("PKCE makes the stolen code useless to an attacker who has nothing else.")(
    lambda: not wins(client="spa", attacker="code-interception", pkce="S256")
)
flows("it keeps the script from getting new ones")(
    lambda: "access_token" not in cell("silent-login", "secret", "S256").verdict.attacker_holds
)
flows("The secret stops the attacker at the token endpoint either way.")(
    lambda: (
        [run(client="web", attacker="code-interception", pkce=one).verdict.stopped_by for one in ("none", "S256")]
        == ["token.client_authenticated"] * 2
    )
)
flows("PKCE stops it, because the code belongs to another verifier")(
    lambda: works("code-injection", "secret") and not works("code-injection", "secret", "S256")
)
flows("With OpenID Connect the `nonce` can do the same, later")(lambda: stopped("code-injection", "nonce") == 9)
