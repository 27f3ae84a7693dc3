"""Attackers on the wire of a real login: what each gets, what stops it, and what is left of the user's login."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from flowsim.actors.authorization_server import register
from flowsim.attacks import ATTACKERS
from flowsim.engine.initial_world import ALICE, ATTACKERS_ACCOUNT
from flowsim.live.attackers import THIEVES
from flowsim.live.login import LiveLogin
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, CLIENT, SERVER
from flowsim.model.transitions import TRANSITIONS
from flowsim.model.world import ATTACKER_USER, PLANTED, VICTIM
from flowsim.protocol import pkce
from flowsim.protocol.messages import Request, query_of, request, single
from flowsim.views.text import narration
from flowsim.views.text.transcript import summary, transcript

AT = "http://127.0.0.1:9000"
VERIFIER = "v" * 43
SCHEME, LOOPBACK = "com.example.app:/callback", "http://127.0.0.1:51004/callback"
WEBSITE = "https://app.example/callback"
PUBLIC = {"desktop": LOOPBACK, "phone": SCHEME}


@dataclass
class App:
    """A client as it should be but for what it is told to leave out; it looks at `state` if it `checks_state`."""

    world: LiveWorld
    client_id: str
    redirect_uri: str
    pkce: str | None = "S256"
    secret: str | None = None
    checks_state: bool = False
    tokens: dict[str, object] | None = None
    last: int = 0
    verifier: str = VERIFIER

    def address(self) -> str:
        params = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid offline_access read:messages",
            "state": "the state of the victim",
        }
        if self.pkce:
            params["code_challenge"] = pkce.challenge_for(self.verifier, "S256" if self.pkce == "S256" else "plain")
            params["code_challenge_method"] = self.pkce
        return f"{AT}/authorize?{urlencode(params)}"

    def takes(self, redirect: str) -> bool:
        """Go on with this redirect. True where tokens came of it."""
        params = query_of(redirect)
        code = single(params, "code")
        if code is None or (self.checks_state and single(params, "state") != "the state of the victim"):
            return False
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        self._ask(form | ({"code_verifier": self.verifier} if self.pkce else {}))
        return self.tokens is not None

    def refreshes(self) -> bool:
        assert self.tokens is not None
        before = self.tokens
        self._ask({"grant_type": "refresh_token", "refresh_token": str(before["refresh_token"])})
        return self.last == 200

    def calls(self) -> int:
        assert self.tokens is not None
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.world.handle(request("GET", f"{AT}/api/messages", headers=headers)).status

    def _ask(self, form: Mapping[str, str]) -> None:
        who = {"client_id": self.client_id, **({"client_secret": self.secret} if self.secret else {})}
        answer = self.world.handle(request("POST", f"{AT}/oauth/token", form={**form, **who}))
        self.last = answer.status
        if answer.status == 200:
            self.tokens = (self.tokens or {}) | answer.json()


def world(attack: str | None, **settings: object) -> LiveWorld:
    clients = [
        register("desktop", "Desktop", ("http://127.0.0.1/callback",), None, confidential=False),
        register("phone", "Phone", (SCHEME,), None, confidential=False),
        register("claimed", "Phone with a website", (WEBSITE,), None, confidential=False),
        register("website", "Website", (WEBSITE,), "a secret of the website", confidential=True),
    ]
    scenario = Scenario(**{"pkce_required": False, "plain_allowed": True, **settings})  # type: ignore[arg-type]
    there = LiveWorld(scenario, issuer=AT, apis={"messages": f"{AT}/api", "photos": f"{AT}/photos"}, clients=clients)
    there.attack = attack
    return there


def app_of(there: LiveWorld, client: str, **more: object) -> App:
    secret = "a secret of the website" if client == "website" else None
    return App(there, client, PUBLIC.get(client, WEBSITE), secret=secret, **more)  # type: ignore[arg-type]


def login_at(there: LiveWorld) -> LiveLogin:
    (login,) = there.logins.values()
    return login


def judged(there: LiveWorld) -> LiveLogin:
    """The one login there is, after it was seen that all that can be said of it can be said."""
    login = login_at(there)
    trace = login.trace
    for telling in narration.told(trace):
        assert narration.title(telling)
        assert narration.text(telling)
        event = telling.event
        row = TRANSITIONS[telling.run.role].get(event.before, {}).get(event.act, {})
        assert event.act is Act.EXCHANGE or row.get(event.outcome) is event.after, (event.act, event.before, event.run)
    assert summary(trace)
    assert transcript(trace)
    assert there.payload()["branches"][0]["attack"] is any(event.by_attacker for event in trace.events)
    return login


def run_against(attack: str, client: str, **more: object) -> tuple[App, str]:
    """Alice logs in while this attacker is loose: the app, and the address that the browser came to."""
    there = world(attack)
    app = app_of(there, client, **more)
    try:
        return app, User(there, ALICE).log_in(app.address())
    except UserError:
        return app, ""


BOTH_PUBLIC = pytest.mark.parametrize("client", list(PUBLIC))
CODE_THIEVES = ("code-interception", "code-interception-copy", "code-and-request")


def test_the_attacks_bear_the_names_and_titles_of_the_lessons() -> None:
    there = world(None)
    assert there.attack is None
    for name, title in there.attacks.items():
        assert title == (ATTACKERS[name].title if name in ATTACKERS else THIEVES[name].title)
    assert set(there.attacks) - set(ATTACKERS) == {"code-interception-copy"}


@pytest.mark.parametrize("name", ["code-interceptoin", "", 7, ["code-replay"]])
def test_an_attack_there_is_not_is_refused_with_the_names_there_are(name: object) -> None:
    there = world("code-replay")
    with pytest.raises(ScenarioError, match="unknown attack"):
        there.attack = name  # type: ignore[assignment]
    assert there.attack == "code-replay"


def test_nobody_strikes_where_nobody_is_loose_and_not_after_the_attacker_was_called_back() -> None:
    there = world("code-interception")
    there.attack = None
    app = app_of(there, "phone", pkce=None)
    assert app.takes(User(there).log_in(app.address()))
    assert not any(event.by_attacker for event in judged(there).trace.events)


@BOTH_PUBLIC
@pytest.mark.parametrize("attack", CODE_THIEVES)
def test_with_s256_a_stolen_code_is_worth_nothing(attack: str, client: str) -> None:
    app, arrived = run_against(attack, client)
    verdict = judged(app.world).trace.verdict
    assert (verdict.attack_succeeded, verdict.stopped_by, verdict.error) == (
        False,
        "token.verifier_fits",
        "invalid_grant",
    )
    assert "access_token" not in verdict.attacker_holds
    if attack == "code-interception":
        assert arrived == ""
        assert "the user is not logged in" in verdict.sentence
    else:
        assert app.takes(arrived)
        assert "the user is not logged in" not in judged(app.world).trace.verdict.sentence


@BOTH_PUBLIC
@pytest.mark.parametrize("attack", CODE_THIEVES)
def test_without_pkce_a_stolen_code_is_the_users_data(attack: str, client: str) -> None:
    app, arrived = run_against(attack, client, pkce=None)
    verdict = judged(app.world).trace.verdict
    assert verdict.attack_succeeded
    assert verdict.attacker_reads_data
    assert verdict.stopped_by is None
    assert not app.takes(arrived)
    sentence = judged(app.world).trace.verdict.sentence
    assert "the user is not logged in" in sentence


@BOTH_PUBLIC
def test_under_plain_whoever_has_seen_the_request_has_the_verifier(client: str) -> None:
    app, _ = run_against("code-and-request", client, pkce="plain")
    assert judged(app.world).trace.verdict.attacker_reads_data
    blind, _ = run_against("code-interception-copy", client, pkce="plain")
    assert not judged(blind.world).trace.verdict.attack_succeeded


def test_a_redirect_that_is_taken_never_comes_to_the_app_and_the_browser_gets_another_page() -> None:
    there = world("code-interception")
    app = app_of(there, "phone")
    with pytest.raises(UserError, match="has gone to another program"):
        User(there).log_in(app.address())
    trace = judged(there).trace
    assert trace.verdict.ended is State.CODE_TAKEN
    assert not any(sent.receiver == CLIENT for event in trace.events for sent in event.messages)


def test_what_stands_in_the_attackers_page_is_text() -> None:
    odd = "com.example.app:/<script>alert(1)</script>"
    there = world("code-interception")
    there.register(register("odd", "Odd", (odd,), None, confidential=False))
    with pytest.raises(UserError):
        User(there).log_in(App(there, "odd", odd).address())
    assert html.escape(odd) in _pages(there)
    assert "<script>" not in _pages(there)


def _pages(there: LiveWorld) -> str:
    """What the attacker's page says, by another login with the same browser messages."""
    seen: list[str] = []

    class Door:
        origins = there.origins

        def handle(self, asked: Request, *, by: str = CLIENT) -> object:
            answer = there.handle(asked, by=by)
            seen.append(answer.body)
            return answer

    with pytest.raises(UserError):
        User(Door()).log_in(App(there, "odd", "com.example.app:/<script>alert(1)</script>").address())  # type: ignore[arg-type]
    return seen[-1]


@pytest.mark.parametrize("client", ["website", "claimed"])
def test_an_https_redirect_cannot_be_taken_and_the_verdict_says_so(client: str) -> None:
    app, arrived = run_against("code-interception", client, pkce=None)
    assert app.takes(arrived)
    trace = judged(app.world).trace
    assert not any(event.by_attacker for event in trace.events)
    assert "code-interception cannot get at this login" in trace.verdict.sentence
    assert "The app has got its tokens" in trace.verdict.sentence


def test_from_a_website_with_a_secret_a_copy_of_the_code_is_no_use() -> None:
    app, arrived = run_against("code-interception-copy", "website", pkce=None)
    assert judged(app.world).trace.verdict.stopped_by == "token.client_authenticated"
    assert app.takes(arrived)


@BOTH_PUBLIC
def test_a_challenge_is_stripped_where_the_server_does_not_insist(client: str) -> None:
    app, _ = run_against("request-stripping", client)
    trace = judged(app.world).trace
    assert trace.verdict.attacker_reads_data
    assert [event.detail for event in trace.events if event.act is Act.STRIP_CHALLENGE] == ["code_challenge"]
    assert trace.scenario.pkce == "S256"


@BOTH_PUBLIC
def test_a_server_that_insists_on_pkce_notices_that_the_challenge_is_gone(client: str) -> None:
    there = world("request-stripping", pkce_required=True)
    app = app_of(there, client)
    arrived = User(there).log_in(app.address())
    assert single(query_of(arrived), "error") == "invalid_request"
    verdict = judged(there).trace.verdict
    assert not verdict.attack_succeeded
    assert verdict.stopped_by == "authorize.challenge_present"


@BOTH_PUBLIC
def test_a_code_that_is_sent_again_gives_nothing_and_ends_the_tokens_of_an_app_without_pkce(client: str) -> None:
    app, arrived = run_against("code-replay", client, pkce=None)
    assert app.takes(arrived)
    verdict = judged(app.world).trace.verdict
    assert (verdict.attack_succeeded, verdict.stopped_by) == (False, "token.code_unused")
    assert "has revoked the tokens of the app" in verdict.sentence
    assert not app.refreshes()


@BOTH_PUBLIC
def test_with_s256_a_code_that_is_sent_again_leaves_the_app_its_tokens(client: str) -> None:
    app, arrived = run_against("code-replay", client)
    assert app.takes(arrived)
    assert app.refreshes()
    verdict = judged(app.world).trace.verdict
    assert not verdict.attack_succeeded
    assert "revoked" not in verdict.sentence


@pytest.mark.parametrize("client", [*PUBLIC, "website"])
@pytest.mark.parametrize("attack", ["login-csrf", "login-csrf-with-state"])
def test_with_s256_a_planted_code_is_refused_by_the_server(attack: str, client: str) -> None:
    app, arrived = run_against(attack, client)
    assert not app.takes(arrived)
    verdict = judged(app.world).trace.verdict
    assert (verdict.attack_succeeded, verdict.stopped_by) == (False, "token.verifier_fits")
    assert "the user is not logged in" in verdict.sentence


@pytest.mark.parametrize("client", [*PUBLIC, "website"])
@pytest.mark.parametrize("attack", ["login-csrf", "login-csrf-with-state", "pkce-downgrade"])
def test_an_app_without_pkce_that_looks_at_nothing_is_logged_in_as_the_attacker(attack: str, client: str) -> None:
    app, arrived = run_against(attack, client, pkce=None)
    assert app.takes(arrived)
    verdict = judged(app.world).trace.verdict
    assert verdict.attack_succeeded
    assert verdict.accounts == {VICTIM: "user-mallory"}
    assert "the wire does not show" in verdict.sentence
    assert app.calls() == 200
    said = judged(app.world).trace.verdict.sentence
    assert "the user is in the attacker's account" in said
    assert "does not show" not in said


def test_what_an_app_does_that_notices_the_foreign_state_the_wire_does_not_show() -> None:
    app, arrived = run_against("login-csrf", "desktop", pkce=None, checks_state=True)
    assert not app.takes(arrived)
    trace = judged(app.world).trace
    assert not trace.verdict.attack_succeeded
    assert trace.worlds[-1].runs[PLANTED].state is State.CODE_IN_BROWSER
    assert "the wire does not show" in trace.verdict.sentence


def test_the_state_alone_does_not_help_where_the_attacker_has_read_it() -> None:
    app, arrived = run_against("login-csrf-with-state", "desktop", pkce=None, checks_state=True)
    assert app.takes(arrived)
    assert judged(app.world).trace.verdict.attack_succeeded


def test_a_verifier_without_a_challenge_gives_a_downgrade_away() -> None:
    app, arrived = run_against("pkce-downgrade", "desktop")
    assert not app.takes(arrived)
    verdict = judged(app.world).trace.verdict
    assert (verdict.attack_succeeded, verdict.stopped_by) == (False, "token.verifier_unexpected")


def test_without_that_rule_the_downgrade_goes_through() -> None:
    there = world("pkce-downgrade", without={"token.verifier_unexpected"})
    app = app_of(there, "desktop")
    assert app.takes(User(there).log_in(app.address()))
    assert judged(there).trace.verdict.accounts == {VICTIM: "user-mallory"}


def test_an_attacker_without_an_account_cannot_plant_anything_and_the_app_gets_its_own_redirect() -> None:
    there = LiveWorld(Scenario(), issuer=AT, people=[ALICE])
    there.attack = "login-csrf"
    app = App(there, "photo-desktop", LOOPBACK)
    assert app.takes(User(there).log_in(app.address()))
    verdict = judged(there).trace.verdict
    assert not verdict.attack_succeeded
    assert "could not log in with an account of its own" in verdict.sentence


def injected(client: str, pkce: str | None) -> tuple[App, LiveWorld]:
    """Alice's redirect is taken, and then the attacker logs in at the same app with its own account."""
    there = world("code-injection")
    with pytest.raises(UserError, match="has gone to another program"):
        User(there, ALICE).log_in(app_of(there, client, pkce=pkce).address())
    own = app_of(there, client, pkce=pkce, verifier="w" * 43)  # an app makes a new one for each login
    own.takes(User(there, ATTACKERS_ACCOUNT).log_in(own.address()))
    return own, there


@BOTH_PUBLIC
def test_without_pkce_an_app_redeems_the_stolen_code_in_the_attackers_login(client: str) -> None:
    own, there = injected(client, None)
    assert own.tokens is not None
    assert own.calls() == 200
    first, second = there.logins.values()
    verdict = first.trace.verdict
    assert verdict.attack_succeeded
    assert verdict.accounts == {ATTACKER_USER: "user-alice"}
    assert "the attacker is in the user's account" in verdict.sentence
    assert "told there" in second.trace.verdict.sentence
    assert not second.trace.verdict.attack_succeeded
    for telling in (*narration.told(first.trace), *narration.told(second.trace)):
        assert narration.text(telling)


@BOTH_PUBLIC
def test_with_s256_the_stolen_code_does_not_fit_the_attackers_login(client: str) -> None:
    own, there = injected(client, "S256")
    assert own.tokens is None
    verdict = next(iter(there.logins.values())).trace.verdict
    assert (verdict.attack_succeeded, verdict.stopped_by) == (False, "token.verifier_fits")


def test_from_a_website_no_redirect_can_be_taken_for_an_injection() -> None:
    app, arrived = run_against("code-injection", "website", pkce=None)
    assert app.takes(arrived)
    assert "code-injection cannot get at this login" in judged(app.world).trace.verdict.sentence


@BOTH_PUBLIC
def test_a_stolen_refresh_token_works_until_both_have_used_it(client: str) -> None:
    app, arrived = run_against("refresh-theft", client)
    assert app.takes(arrived)
    assert judged(app.world).trace.verdict.attacker_reads_data
    assert not app.refreshes()
    assert "the user has to log in again" in judged(app.world).trace.verdict.sentence


@BOTH_PUBLIC
def test_a_stolen_refresh_token_that_the_app_has_used_before_ends_the_family(client: str) -> None:
    app, arrived = run_against("refresh-theft-late", client)
    assert app.takes(arrived)
    assert app.refreshes()
    verdict = judged(app.world).trace.verdict
    assert (verdict.attack_succeeded, verdict.stopped_by) == (False, "refresh.not_used")
    assert not app.refreshes()
    assert "the user has to log in again" in judged(app.world).trace.verdict.sentence


def test_without_rotation_the_stolen_token_is_good_for_both() -> None:
    there = world("refresh-theft-late", rotation=False)
    app = app_of(there, "phone")
    assert app.takes(User(there).log_in(app.address()))
    assert app.refreshes()
    assert judged(there).trace.verdict.attacker_reads_data
    assert app.refreshes()


def test_the_refresh_token_of_a_website_takes_its_secret() -> None:
    app, arrived = run_against("refresh-theft", "website")
    assert app.takes(arrived)
    verdict = judged(app.world).trace.verdict
    assert not verdict.attack_succeeded
    assert "refresh_token" in verdict.attacker_holds
    assert app.refreshes()


@pytest.mark.parametrize("attack", list(THIEVES))
def test_the_attacker_sends_only_what_it_has_got_and_is_told_apart_from_the_app(attack: str) -> None:
    app, arrived = run_against(attack, "desktop", pkce=None)
    if app.takes(arrived):
        app.refreshes()
    trace = judged(app.world).trace
    assert [login.name for login in app.world.logins.values()] == ["login-1"]
    known: set[str] = set()
    for event in trace.events:
        for sent in event.messages:
            if sent.receiver == ATTACKER:
                known.add(sent.message.text())
        known |= {made.value for made in event.made if made.actor == ATTACKER}
        for sent in event.messages:
            if sent.sender == ATTACKER and sent.receiver == SERVER and isinstance(sent.message, Request):
                value = single(sent.message.form, "code") or single(sent.message.form, "refresh_token")
                assert value is None or any(value in text for text in known)


def test_each_login_has_the_attacker_that_was_loose_when_it_began() -> None:
    there = world("code-interception-copy")
    first = app_of(there, "desktop")
    arrived = User(there).log_in(first.address())
    there.attack = "refresh-theft"
    second = app_of(there, "desktop")
    assert second.takes(User(there).log_in(second.address()))
    assert first.takes(arrived)
    one, two = there.logins.values()
    assert (one.trace.scenario.attacker, two.trace.scenario.attacker) == ("code-interception-copy", "refresh-theft")
    assert not one.trace.verdict.attack_succeeded
    assert two.trace.verdict.attack_succeeded


def test_requests_in_the_attackers_name_need_no_attacker_that_was_turned_loose() -> None:
    there = world(None)
    app = app_of(there, "desktop")
    assert app.takes(User(there).log_in(app.address()))
    assert app.tokens is not None
    headers = {"Authorization": f"Bearer {app.tokens['access_token']}"}
    assert there.handle(request("GET", f"{AT}/api/messages", headers=headers), by=ATTACKER).status == 200
    assert judged(there).trace.verdict.attacker_reads_data


def test_what_an_attacker_revokes_is_told_as_its_own_and_is_nobodys_logout() -> None:
    there = world(None)
    app = app_of(there, "desktop")
    assert app.takes(User(there).log_in(app.address()))
    assert app.tokens is not None
    form = {"token": str(app.tokens["refresh_token"]), "client_id": "desktop"}
    assert there.handle(request("POST", f"{AT}/oauth/revoke", form=form), by=ATTACKER).status == 200
    trace = judged(there).trace
    assert trace.events[-1].by_attacker
    assert trace.events[-1].act is Act.EXCHANGE
    assert "logout" not in {run.partition(" ")[0] for run in trace.worlds[-1].runs}
    assert not app.refreshes()
    assert there.handle(request("POST", f"{AT}/oauth/revoke", form=form)).status == 200
    assert "logout" in {run.partition(" ")[0] for run in login_at(there).world.runs}, "the app's own is one"


@pytest.mark.parametrize("good", [True, False])
def test_who_asks_userinfo_with_a_stolen_token_is_told_as_the_attacker(good: bool) -> None:
    there = world(None)
    app = app_of(there, "desktop")
    assert app.takes(User(there).log_in(app.address()))
    assert app.tokens is not None
    headers = {"Authorization": f"Bearer {app.tokens['access_token']}"}
    answer = there.handle(request("GET" if good else "DELETE", f"{AT}/userinfo", headers=headers), by=ATTACKER)
    assert (answer.status == 200) is good
    trace = judged(there).trace
    (last,) = narration.told(trace)[-1:]
    assert narration.title(last) == "The attacker asks who the user is"
    assert ("says what it knows" in narration.text(last)) is good
