"""The runs behind what the first lessons say, one function for each sentence. See notebook_claims.py."""

from functools import cache, partial
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from flowsim import Act, IllegalMove, Move, Simulation, apply, cell
from flowsim.actors import authorization_server
from flowsim.analysis.matrix import Matrix, whole_matrix
from flowsim.attacks import ATTACKERS
from flowsim.attacks.brute_force import bits
from flowsim.checks import TABLES
from flowsim.lessons.app_package.strings import search
from flowsim.lessons.redirect_table import redirects
from flowsim.model.check import CheckResult
from flowsim.model.context import Context
from flowsim.model.scenario import ScenarioError
from flowsim.model.steps import STEPS
from flowsim.model.world import VICTIM, Event
from flowsim.protocol.messages import Message, Request, request
from flowsim.simulation.simulation import Trace
from tests.kit.clauses import ROOT
from tests.kit.notebook_claims import IN_WORDS, cells, claim


@cache
def grid() -> Matrix:
    return whole_matrix()


def run(**settings: Any) -> Trace:
    return Simulation(seed=7, **settings).run()


def wins(**settings: Any) -> bool:
    return run(**settings).verdict.attack_succeeded


def messages_of(event: Event | None) -> tuple[Message, ...]:
    """The messages of an event that was come to."""
    assert event is not None
    return tuple(sent.message for sent in event.messages)


def checks_of(event: Event | None) -> tuple[CheckResult, ...]:
    """The results of its checks."""
    assert event is not None
    return event.checks


def works(attack: str, *defences: str) -> bool:
    return cell(attack, *defences).works


def stopped(attack: str, *defences: str) -> int | None:
    """The step at which these defences stop this attack."""
    assert not works(attack, *defences)
    return cell(attack, *defences).verdict.stopped_at_step


# ---- a login, a theft, a defence

start = partial(claim, "start")
start("The exchange has eleven steps.")(lambda: len(STEPS) == IN_WORDS["eleven"])
start("PKCE stops the attacker.")(lambda: not wins(attacker="code-interception", pkce="S256"))
start("Without PKCE the attacker sent the stolen `code` to the token endpoint, just as the app would have.")(
    lambda: run(attacker="code-interception", pkce="none").verdict.attacker_reads_data
)
start("The attacker holds the `code`.")(
    lambda: "code" in run(attacker="code-interception", pkce="S256").verdict.attacker_holds
)
start("The row of the `code_verifier` has no mark in the attacker's column")(
    lambda: "code_verifier" not in run(attacker="code-interception", pkce="S256").verdict.attacker_holds
)
start("`plain` stops *this* attacker, because it never saw the request")(
    lambda: not wins(attacker="code-interception", pkce="plain") and wins(attacker="code-and-request", pkce="plain")
)
start("PKCE is only as good as the server that checks it.")(
    lambda: wins(attacker="code-interception", pkce="S256", without={"token.verifier_fits"})
)
start("A malicious app that starts a login of its own has a verifier of its own, and PKCE does not stop that.")(
    lambda: works("malicious-client", "S256") and works("app-impersonation", "S256")
)


@start("choose the client `web`, then give it the attacker `decompiled-secret`")
def refused_with_a_reason() -> bool:
    with pytest.raises(ScenarioError):
        Simulation(client="web", attacker="decompiled-secret")
    return True


@start("the verifier stood in no address, and so in nothing that this attacker can see")
def the_verifier_is_not_in_an_address() -> bool:
    trace = run(attacker="code-interception", pkce="S256")
    (verifier,) = {made.value for event in trace.events for made in event.made if made.kind == "code_verifier"}
    messages = [sent.message for event in trace.events for sent in event.messages]
    addresses = [message.url for message in messages if isinstance(message, Request)]
    return not any(verifier in address for address in addresses) and "code_verifier" not in trace.verdict.attacker_holds


# ---- the eleven steps


def asking(**settings: Any) -> Trace:
    """A login of an app that knows no more of its server than the issuer."""
    return Simulation(**{"discovery": "openid", "seed": 7, **settings}).run()


def lied_to(**settings: Any) -> Trace:
    """The same where the user has chosen the attacker's server, and that one says that it is the other."""
    return asking(client="spa", attacker="mix-up", **settings)


steps = partial(claim, "eleven-steps")
steps("The app checks two things before it sends anybody anywhere.")(
    lambda: len(checks_of(Simulation(seed=7).at_step(2))) == IN_WORDS["two"]
)
steps("These are two messages more, between steps 1 and 2.")(
    lambda: [event.step for event in asking().events[:4]] == [1, 17, 18, 2] and len(asking().events) == 11 + 2
)
steps("The address follows from the issuer.")(
    lambda: all(
        f"https://as.example/.well-known/{path}"
        in [getattr(one, "url", "") for one in messages_of(asking(discovery=way).events[1])]
        for way, path in (("openid", "openid-configuration"), ("oauth", "oauth-authorization-server"))
    )
)
steps("An app offers two servers, and one of them is the attacker's.")(
    lambda: len({event.run for event in lied_to().events if event.step == 17}) == 1 and lied_to().scenario.second_server
)
steps("With the wrong name the `iss` of step 6 looks right, and so the app takes the code to the wrong server.")(
    lambda: (
        [
            (one.verdict.attack_succeeded, one.verdict.stopped_by)
            for one in (lied_to(), lied_to(without=frozenset({"discovery.issuer_same"})))
        ]
        == [(False, "discovery.issuer_same"), (True, None)]
    )
)
steps("asked for when somebody needs them, and then kept")(
    lambda: (
        [
            event.step
            for event in asking(scope="openid read:messages offline_access", later="refresh call").events
            if any(isinstance(one, Request) and one.path == "/jwks.json" for one in messages_of(event))
        ]
        == [9, 11]
    )
)
steps("Only the order 1, 2, 3 … is possible.")(lambda: no_step_is_left_out())
steps("this server knows that one place, `query`, and no other")(
    lambda: [error_of("response_mode", one) for one in ("query", "fragment")] == ["", None]
)
steps("The wrong address gets an error page and no redirect. The wrong `response_type` goes back to the app")(
    lambda: (
        error_of("redirect_uri", "com.example.app:/elsewhere") is None
        and error_of("response_type", "token") == "unsupported_response_type"
    )
)
steps("A permission in `scope` that the server does not know is no error")(
    lambda: error_of("scope", "openid fly:away") == ""
)
steps("Two of the six have nothing to compare")(
    lambda: (
        [one.check.id for one in checks_of(Simulation(seed=7).at_step(5)) if one.passed is None]
        == ["login.context_class_given", "login.user_hinted"]
    )
)
steps("No message, but nineteen checks")(lambda: len(TABLES["the token endpoint"]) == IN_WORDS["nineteen"])
steps("The eighteenth is the heart of PKCE.")(
    lambda: TABLES["the token endpoint"][IN_WORDS["eighteen"] - 1].id == "token.verifier_fits"
)
steps("six rules for the first form, five for the second")(
    lambda: (len(TABLES["the login form"]), len(TABLES["the consent form"])) == (6, 5)
)
steps("Which of the six checks notices")(
    lambda: [one.check.id.partition(".")[0] for one in checks_of(Simulation(seed=7).at_step(7))].count("callback") == 6
)
steps("You send two forms")(
    lambda: (
        [one.method for one in messages_of(Simulation(seed=7).at_step(5)) if isinstance(one, Request)].count("POST")
        == IN_WORDS["two"]
    )
)
steps("and the `nonce` would still notice the stranger's code, at steps 8 and 9")(
    lambda: (stopped("login-csrf", "S256"), stopped("login-csrf", "nonce")) == (8, 9)
)
steps("whoever steals the one has the other")(lambda: works("login-csrf-with-state", "state"))
steps("so that an attacker without the verifier cannot have the tokens revoked")(
    lambda: not works("logout-by-replay", "valid-replay-only") and works("logout-by-replay")
)
steps("The wrong verifier did not use up the code")(
    lambda: not works("code-burning", "code-kept-on-failure") and works("code-burning")
)


@steps("The server does, from step 7 on. The browser only saw the hash. The app never saw the password.")
def who_knows_the_verifier() -> bool:
    table = Simulation(seed=7).played().ledger.table()
    seen = set(table["code_verifier"]) == {"client", "authorization_server"} and "client" not in table["password"]
    return seen and "browser" in table["code_challenge"]


def no_step_is_left_out() -> bool:
    login = Simulation(seed=7)
    login.at_step(1)
    with pytest.raises(IllegalMove):
        apply(login.world, Move(VICTIM, Act.STEP_7))
    return True


def error_of(name: str, value: str) -> str | None:
    """The error with which the server sends the browser back for this parameter, "" for none; None for an error page."""
    login = Simulation(seed=7)
    sent = messages_of(login.at_step(3))[-1]
    assert isinstance(sent, Request)
    url = f"{sent.url.partition('?')[0]}?{urlencode({**dict(sent.query), name: value})}"
    context = Context(7, login.world.now, login.scenario.policy, "reader")
    reply = authorization_server.handle(login.world.servers["https://as.example"], request("GET", url), context)[1]
    return dict(request("GET", reply.location).query).get("error", "") if reply.location else None


steps("A single-page app runs inside it, and so the browser holds its secrets too")(
    lambda: all("browser" in lanes for lanes in Simulation(client="spa", seed=7).played().ledger.table().values())
)
steps("Your data have gone to the app and to you, and not to the server.")(
    lambda: set(Simulation(seed=7).played().ledger.table()["data"]) == {"api", "client", "browser"}
)


# ---- public clients

public = partial(claim, "public-clients")
THEFT: dict[str, Any] = {"client": "native-scheme", "attacker": "decompiled-secret"}


@public("which changes nothing in these two")
def form_encoding_changes_nothing() -> bool:
    (found,) = search(ROOT / "notebooks/apps/photo-app.apk", r"^[\w-]{32}$")
    return quote_plus(found.match) == found.match and quote_plus("photo-app") == "photo-app"


@public("the `code` is used up, tokens are issued, and the browser keeps the answer to itself")
def the_answer_stays_in_the_browser() -> bool:
    trace = run(client="spa", cors="none")
    server = trace.worlds[-1].servers[trace.worlds[-1].runs[VICTIM].server]
    used = all(grant.used for grant in server.grants.values())
    told = trace.ledger.knows("browser", "access_token") and not trace.ledger.knows("client", "access_token")
    return used and told and trace.verdict.stopped_by == "page.tokens_readable"


@public("There the browser asks first, and without leave it sends nothing")
def without_leave_nothing_is_sent() -> bool:
    ends = [run(client="spa", cors="none", dpop="tokens").verdict, run(client="spa", api_cors="none").verdict]
    return [one.stopped_by for one in ends] == ["page.code_may_be_sent", "page.call_may_be_sent"]


@public("It does not. It is the *browser* that hides an answer, and only from pages. A program that is no browser")
def a_program_reads_what_no_page_may() -> bool:
    return run(
        client="spa", pkce="none", cors="none", api_cors="none", attacker="code-interception"
    ).verdict.attack_succeeded


@public("It cannot. Step to the attacker's step 7, and look at the request. It differs from the app's in one header")
def nothing_but_the_user_agent() -> bool:
    stolen = messages_of(Simulation(pkce="none", seed=7, **THEFT).until("send_code"))[-1]
    honest = Simulation(client="native-scheme", shipped_secret=True, pkce="none", seed=7)
    own = messages_of(honest.at_step(7))[-1]
    assert isinstance(stolen, Request)
    assert isinstance(own, Request)
    differing = dict(set(stolen.headers) ^ set(own.headers))
    return (stolen.url, stolen.body) == (own.url, own.body) and list(differing) == ["User-Agent"]


@public("Neither gets a token.")
def neither_gets_a_token() -> bool:
    trace = run(client="native-scheme", attacker="code-interception", pkce="S256")
    tokens = [one.tokens.get(VICTIM) for one in trace.worlds[-1].clients.values()]
    return not any(tokens) and "access_token" not in trace.verdict.attacker_holds


public("an attacker who has only the `code` of the app's login cannot use it")(
    lambda: not any(wins(client=client, attacker="code-interception") for client in ("native-scheme", "spa", "web"))
)
public("so only the website has a real secret")(
    lambda: [row[0].split(":")[0] for row in redirects().rows if "client that has a secret" in row[2]] == ["website"]
)
public("Two other things help against it")(
    lambda: (
        [one for one in ("S256", "claimed-https", "asks-again") if not works("app-impersonation", one)]
        == ["claimed-https", "asks-again"]
    )
)


# ---- steal the code

steal = partial(claim, "steal-the-code")


@steal("run seven attacks")
def attacks_before_the_matrix() -> bool:
    code = "\n".join(cells("04-steal-the-code", "code")).partition("matrix()")[0]
    return len({name for name in ATTACKERS if f'"{name}"' in code}) == IN_WORDS["seven"]


steal("no defence stops them all")(lambda: all(attack_left(one) for one in grid().defences))
steal("The victim now works in the attacker's account")(
    lambda: cell("login-csrf", "none").verdict.accounts["victim"] == "user-mallory"
)
steal("No defence stops every attack of the matrix.")(lambda: all(attack_left(one) for one in grid().defences))


def attack_left(defence: str) -> bool:
    """True where this defence alone leaves an attack that it does not stop, or that begins with it and works."""
    return any(not grid().mark(attack, defence).startswith("✓") for attack in grid().attacks)


@steal("Four. Without PKCE all three attackers win")
def four_of_nine() -> bool:
    three = ("code-interception", "code-and-request", "decompiled-secret")
    won = {(one, method) for one in three for method in ("none", "plain", "S256") if wins(attacker=one, pkce=method)}
    return won == {*((one, "none") for one in three), ("code-and-request", "plain")} and len(won) == IN_WORDS["four"]


steal("The attacker cannot redeem the code. But the *website* can.")(
    lambda: not works("code-interception", "secret") and works("code-injection", "secret")
)
steal("It does not: the `state` is genuine")(lambda: works("code-injection", "state"))
steal("Two things help. With PKCE the code belongs to the victim's challenge")(
    lambda: (
        [one for one in ("secret", "state", "nonce", "S256") if not works("code-injection", one)] == ["nonce", "S256"]
    )
)
steal("For a page without a secret the `nonce` comes too late")(
    lambda: all(
        wins(attacker="code-injection", client="spa", pkce="none", nonce=nonce)
        and not wins(attacker="code-injection", client="spa", pkce="S256", nonce=nonce)
        for nonce in (False, True)
    )
)
steal("`state` is made for this: the app started no login with that value. PKCE and `nonce` stop it as well, later")(
    lambda: [stopped("login-csrf", one) for one in ("state", "S256", "nonce")] == [6, 8, 9]
)
steal("It must refuse: a verifier without a challenge means that something was taken away")(
    lambda: works("pkce-downgrade") and stopped("pkce-downgrade", "no-downgrade") == 8
)
steal("And a server that requires PKCE never issues such a code.")(
    lambda: stopped("pkce-downgrade", "pkce-required") is None or stopped("pkce-downgrade", "pkce-required") == 3
)
steal("The rows from `redirect-manipulation` on are for later notebooks.")(
    lambda: grid().attacks[10] == "redirect-manipulation"
)


@steal("`S256`, and a code that is bound to a key (`dpop-bound-code`).")
def two_columns_stop_the_first_six_rows() -> bool:
    first = grid().attacks[:6]
    columns = [one for one in grid().defences if all(grid().mark(attack, one)[0] == "✓" for attack in first)]
    return columns == ["S256", "dpop-bound-code"]


steal("the app itself proves the right key for a code that was put into another login")(
    lambda: (
        wins(attacker="code-injection", client="web", pkce="none", nonce=False, dpop="code", dpop_key_per_login=False)
        and not wins(attacker="code-injection", client="web", pkce="none", nonce=False, dpop="code")
    )
)


@steal("In some rows `S256` has a dot")
def a_dot_where_the_app_has_it() -> bool:
    dots = [attack for attack in grid().attacks if grid().mark(attack, "S256") == "·"]
    return bool(dots) and all(works(attack) for attack in dots)


steal("The server has to insist on it, or to notice that it was taken away")(
    lambda: not works("pkce-downgrade", "pkce-required") and not works("pkce-downgrade", "no-downgrade")
)
steal("or that the attacker was first with (`lasting-access`), is stopped by `S256` as well")(
    lambda: not works("code-replay", "S256") and not works("lasting-access", "S256")
)
steal("What happens to *tokens* is none of its business: see `access-token-theft`.")(
    lambda: works("access-token-theft", "S256") and works("refresh-theft", "S256")
)
steal("A malicious app that starts a login of its own has the right verifier for it: see `app-impersonation`")(
    lambda: works("app-impersonation", "S256")
)
steal("`S256` stops all three, where the server insists on it")(
    lambda: not any(works(one, "S256") for one in ("code-interception", "code-injection", "login-csrf"))
)
steal("`state` stops a planted redirect, unless the attacker has read it, and it does not stop the theft of a code.")(
    lambda: (
        [works(one, "state") for one in ("login-csrf", "login-csrf-with-state", "code-interception")]
        == [False, True, True]
    )
)
steal("A secret stops an attacker who redeems the code directly, and not one who has the app redeem it.")(
    lambda: not works("code-interception", "secret") and works("code-injection", "secret")
)
steal("The `nonce` stops a code of another login that the app has redeemed")(
    lambda: stopped("code-injection", "nonce") == stopped("login-csrf", "nonce") == 9
)


# ---- verifier and challenge

octets = partial(claim, "verifier-and-challenge")
octets("`plain` does stop an attacker who has the code and never saw the request.")(
    lambda: not wins(attacker="code-interception", pkce="plain")
)
octets("The attacker has the tokens, although app and server used PKCE with `S256`, and no check was off.")(
    lambda: wins(attacker="weak-verifier", verifier="clock", pkce="S256")
)
octets("The RFC's recipe has more than a hundred and seventy of them left.")(lambda: 256 - bits(10**21 * 3600) > 170)
octets("here after 60 seconds")(lambda: Simulation().scenario.code_lifetime == 60)


@octets("The first four are no verifiers at all, and this server answers `invalid_request`.")
def what_the_server_takes() -> bool:
    login = Simulation(pkce="S256", seed=7)
    asked, server = messages_of(login.at_step(7))[-1], login.world.servers["https://as.example"]
    assert isinstance(asked, Request)
    right, answers = dict(asked.form)["code_verifier"], []
    for one in (right[:-1], right + "=", right[:-1] + "+", "a" * 129, "a" * 43, right):
        form = {**dict(asked.form), "code_verifier": one}
        reply = answer_of(login, server, form, asked.url)
        answers.append(reply.get("error", "tokens"))
    return answers == ["invalid_request"] * IN_WORDS["four"] + ["invalid_grant", "tokens"]


def answer_of(login: Simulation, server: Any, form: dict[str, str], url: str) -> dict[str, Any]:
    """The JSON with which this server answers this form, as the notebook asks it."""
    context = Context(7, login.world.now, login.scenario.policy, "reader")
    return authorization_server.handle(server, request("POST", url, form=form), context)[1].json()
