"""What a live world records of real logins: each by itself, in the steps of the lessons, and no more than it can hold."""

import random
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from flowsim.actors.authorization_server import register
from flowsim.live.login import MOST_EVENTS, LiveLogin
from flowsim.live.recorder import MOST_LOGINS
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import BROWSER, CLIENT
from flowsim.model.transitions import TRANSITIONS
from flowsim.model.world import VICTIM
from flowsim.protocol import dpop, pkce
from flowsim.protocol.messages import Response, query_of, request, single
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text import narration
from flowsim.views.text.transcript import transcript

AT = "http://127.0.0.1:9000"
LOOPBACK, WEBSITE = "http://127.0.0.1:51004/callback", "https://app.example/callback"
MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC).timestamp()
ALICE, MALLORY = ("alice", "correct horse battery staple"), ("mallory", "swordfish")


def world(**changed: object) -> LiveWorld:
    clients = [
        register("desktop", "Desktop", ("http://127.0.0.1/callback",), None, confidential=False),
        register("website", "Website", (WEBSITE,), "a secret of the website", confidential=True),
    ]
    return LiveWorld(
        Scenario(**changed),  # type: ignore[arg-type]
        issuer=AT,
        apis={"messages": f"{AT}/api", "photos": f"{AT}/photos"},
        clients=clients,
    )


@dataclass
class Login:
    """One login by hand: a browser of its own and an app, request by request."""

    world: LiveWorld
    mark: str = "one"
    client_id: str = "desktop"
    person: tuple[str, str] = ALICE
    page: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    at: str = ""
    body: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    key: bytes | None = None
    nonce: str | None = None

    @property
    def verifier(self) -> str:
        return f"the-verifier-of-{self.mark.replace(' ', '-')}-{'v' * 43}"[:64]

    @property
    def redirect_uri(self) -> str:
        return WEBSITE if self.client_id == "website" else LOOPBACK

    def params(self, **more: str) -> dict[str, str]:
        found = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile offline_access read:messages",
            "state": f"the state of {self.mark}",
            "nonce": f"the nonce of {self.mark}",
            "code_challenge": pkce.challenge_for(self.verifier, "S256"),
            "code_challenge_method": "S256",
        } | more
        return {name: value for name, value in found.items() if value}

    def browse(self, method: str, address: str, form: dict[str, str] | None = None) -> Response:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        answer = self.world.handle(request(method, address, form=form, headers=headers if self.cookies else None))
        for line in answer.all_of("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            self.own.add(value)
        self.at, self.body = answer.location, answer.body
        while self.at.startswith(f"{AT}/"):
            self.browse("GET", self.at)
        return answer

    def asks(self, **more: str) -> Response:
        return self.browse("GET", f"{AT}/authorize?{urlencode(self.params(**more))}")

    def pushes(self) -> Response:
        answer = self._post("/oauth/par", self.params())
        uri = str(answer.json()["request_uri"])
        return self.browse("GET", f"{AT}/authorize?{urlencode({'client_id': self.client_id, 'request_uri': uri})}")

    def types(self, password: str | None = None) -> None:
        self._submit("/login", username=self.person[0], password=self.person[1] if password is None else password)

    def decides(self, decision: str = "allow") -> None:
        self._submit("/consent", decision=decision)

    def _submit(self, path: str, **values: str) -> None:
        found = re.search(r'name="csrf" value="([^"]+)"', self.body)
        assert found, self.body
        self.browse("POST", AT + path, {"csrf": found[1], **values})

    @property
    def code(self) -> str:
        return single(query_of(self.at), "code") or ""

    def redeems(self) -> Response:
        self.own.add(self.code)
        form = {
            "grant_type": "authorization_code",
            "code": self.code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self._tokens(form)

    def refreshes(self) -> Response:
        return self._tokens({"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]})

    def calls(self, path: str = "/api/messages") -> Response:
        token = self.tokens["access_token"]
        headers = {"Authorization": f"{'DPoP' if self.key else 'Bearer'} {token}"}
        return self._send("GET", path, None, headers, token)

    def revokes(self) -> Response:
        return self._post("/oauth/revoke", {"token": self.tokens["refresh_token"]})

    def _tokens(self, form: dict[str, str]) -> Response:
        answer = self._post("/oauth/token", form)
        found = {name: value for name, value in answer.json().items() if name.endswith("_token")}
        self.own |= set(found.values())
        self.tokens |= found
        return answer

    def _post(self, path: str, form: dict[str, str]) -> Response:
        secret = {"client_secret": "a secret of the website"} if self.client_id == "website" else {}
        return self._send("POST", path, {**form, "client_id": self.client_id, **secret}, {})

    def _send(
        self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str], token: str | None = None
    ) -> Response:
        if self.page:
            asked = {"Origin": self.page, "Access-Control-Request-Method": method}
            self.world.handle(request("OPTIONS", AT + path, headers=asked))
            headers = {**headers, "Origin": self.page}
        if self.key:
            now = int(time.time())
            proof = dpop.proof(
                self.key, method, AT + path, now=now, jti=f"{random.random()}", access_token=token, nonce=self.nonce
            )
            headers = {**headers, "DPoP": proof}
        answer = self.world.handle(request(method, AT + path, form=form, headers=headers))
        self.nonce = answer.header("dpop-nonce") or self.nonce
        return answer

    def whole(self) -> "Login":
        for _ in self.steps():
            pass
        return self

    def steps(self) -> Iterator[None]:
        """A whole login, one exchange or a few at a time."""
        self.asks()
        yield
        self.types()
        yield
        self.decides()
        yield
        self.redeems()
        yield
        self.calls()
        self.calls("/userinfo")
        yield
        self.refreshes()
        yield


def acts(login: LiveLogin) -> list[Act]:
    return [event.act for event in login.trace.events]


def only(there: LiveWorld) -> LiveLogin:
    (login,) = there.logins.values()
    return sound(login)


def sound(login: LiveLogin) -> LiveLogin:
    """This login, after it was seen that each event is a row of the table, can be told, and is one that can be shown."""
    trace = login.trace
    for telling in narration.told(trace):
        event = telling.event
        assert narration.title(telling)
        assert narration.text(telling)
        third_try = event.outcome is Outcome.WRONG_CREDENTIALS
        row = TRANSITIONS[telling.run.role].get(event.before, {}).get(event.act, {})
        assert event.act is Act.EXCHANGE or third_try or row.get(event.outcome) is event.after, event
        of_client = [one for one in event.checks if one.check.actor == CLIENT]
        assert all(one.unknown and one.passed is None for one in of_client)
        assert not any(one.unknown for one in event.checks if one.check.actor != CLIENT)
    told = trace_json(trace)
    assert told["live"] is True
    assert told["unseen"] == [BROWSER, CLIENT]
    assert all(
        CLIENT not in event["memory_changes"] and BROWSER not in event["memory_changes"] for event in told["events"]
    )
    assert transcript(trace)
    return login


STEPS = [Act.STEP_1, Act.STEP_2, Act.STEP_3, Act.STEP_4, Act.STEP_5, Act.STEP_6, Act.STEP_7, Act.STEP_8, Act.STEP_9]


@pytest.mark.parametrize("client", ["desktop", "website"])
def test_a_whole_login_is_the_eleven_steps_and_what_comes_later(client: str) -> None:
    there = world()
    one = Login(there, client_id=client).whole()
    one.revokes()
    login = only(there)
    assert acts(login) == [
        *STEPS,
        Act.STEP_10,
        Act.STEP_11,
        Act.EXCHANGE,
        Act.STEP_R1,
        Act.STEP_R2,
        Act.STEP_R3,
        Act.STEP_V1,
        Act.STEP_V2,
    ]
    assert login.state is State.DONE
    assert login.trace.verdict.tone == "good"
    assert login.trace.verdict.accounts == {VICTIM: "user-alice"}
    assert login.trace.scenario.profile.confidential is (client == "website")


def test_a_pushed_request_is_the_app_preparing() -> None:
    there = world(par="optional")
    Login(there, client_id="website").pushes()
    login = only(there)
    assert acts(login)[:3] == STEPS[:3]
    pushed = login.trace.events[1]
    assert not pushed.unseen
    assert [sent.sender for sent in pushed.messages][:1] == [CLIENT]


def test_a_proof_that_wants_a_nonce_is_sent_again_in_the_same_step_everywhere() -> None:
    there = world(dpop_nonce=True)
    one = Login(there, key=bytes(range(32)))
    one.asks(dpop_jkt=dpop.thumbprint(bytes(range(32))))
    one.types()
    one.decides()
    assert one.redeems().status == 400
    assert one.redeems().status == 200
    one.nonce = None
    assert one.calls().status == 401
    assert one.calls().status == 200
    one.nonce = None
    assert one.refreshes().status == 400
    assert one.refreshes().status == 200
    login = only(there)
    again = [
        (event.act, event.outcome)
        for event in login.trace.events
        if event.act in (Act.STEP_8, Act.STEP_11, Act.STEP_R2)
    ]
    assert again == [
        (Act.STEP_8, Outcome.AGAIN),
        (Act.STEP_8, Outcome.OK),
        (Act.STEP_11, Outcome.AGAIN),
        (Act.STEP_11, Outcome.OK),
        (Act.STEP_R2, Outcome.AGAIN),
        (Act.STEP_R2, Outcome.OK),
    ]
    assert login.state is State.DONE
    assert login.trace.verdict.tone == "good"


def test_a_user_who_is_known_is_asked_nothing_and_prompt_none_asks_nobody() -> None:
    there = world(remembered="from-now")
    one = Login(there, client_id="website").whole()
    silent = Login(there, "two", client_id="website", cookies=one.cookies)
    silent.asks(prompt="none")
    assert silent.code
    silent.redeems()
    _, second = there.logins.values()
    assert [event.outcome for event in sound(second).trace.events if event.act is Act.STEP_4] == [Outcome.SILENT]
    assert acts(second) == [one for one in STEPS if one is not Act.STEP_5]


def test_prompt_none_without_a_session_is_an_error_for_the_app() -> None:
    there = world()
    one = Login(there)
    one.asks(prompt="none")
    assert single(query_of(one.at), "error") == "login_required"
    assert only(there).state is State.ERROR_IN_BROWSER


def test_a_user_who_says_no() -> None:
    there = world()
    one = Login(there)
    one.asks()
    one.types()
    one.decides("deny")
    login = only(there)
    assert login.trace.events[-2].outcome is Outcome.DENIED
    assert login.state is State.ERROR_IN_BROWSER


def test_a_password_may_be_wrong_three_times_and_then_right() -> None:
    there = world()
    one = Login(there)
    one.asks()
    for wrong in ("a", "b", "c"):
        one.types(wrong)
    assert only(there).state is State.LOGIN_SHOWN_AGAIN
    one.types()
    one.decides()
    one.redeems()
    login = only(there)
    outcomes = [event.outcome for event in login.trace.events if event.act is Act.STEP_5]
    assert outcomes == [Outcome.WRONG_CREDENTIALS] * 3 + [Outcome.OK]
    assert login.trace.verdict.tone == "good"
    assert login.trace.verdict.stopped_by is None


def test_a_redirect_uri_that_is_not_registered_ends_at_a_page_and_an_unknown_scope_in_a_redirect() -> None:
    there = world()
    Login(there).asks(redirect_uri="https://evil.example/")
    assert only(there).state is State.ERROR_PAGE
    assert only(there).trace.verdict.stopped_by
    one = Login(there)
    one.asks(response_type="token")
    assert single(query_of(one.at), "error") == "unsupported_response_type"
    assert [*there.logins.values()][-1].state is State.ERROR_IN_BROWSER


def test_a_code_that_the_app_sends_twice_is_refused_the_second_time_and_the_refusal_is_recorded() -> None:
    there = world()
    one = Login(there).whole()
    assert one.redeems().status == 400
    assert one.refreshes().status == 400
    login = only(there)
    assert acts(login)[-4:] == [Act.EXCHANGE, Act.STEP_R1, Act.STEP_R2, Act.STEP_R3]
    assert any(check.decides and check.check.id == "token.code_unused" for check in login.trace.events[-4].checks)


def test_an_action_that_denies_ends_the_login() -> None:
    there = LiveWorld(Scenario(actions=("deny-at-night",)), issuer=AT, clock=lambda: MIDNIGHT)
    there.register(register("desktop", "Desktop", ("http://127.0.0.1/callback",), None, confidential=False))
    one = Login(there)
    one.asks()
    one.types()
    one.decides()
    login = only(there)
    ran = next(event for event in login.trace.events if event.act is Act.RUN_ACTION)
    assert (ran.detail, ran.outcome) == ("deny-at-night", Outcome.DENIED)
    assert login.state is State.ERROR_IN_BROWSER


def test_a_page_asks_before_each_request_and_the_question_is_told_with_it() -> None:
    there = world()
    there.register(register("page", "Page", ("http://127.0.0.1:5173/cb",), None, confidential=False))

    class Page(Login):
        @property
        def redirect_uri(self) -> str:
            return "http://127.0.0.1:5173/cb"

    Page(there, client_id="page", page="http://127.0.0.1:5173").whole()
    login = only(there)
    assert login.trace.scenario.profile.in_browser
    for act in (Act.STEP_7, Act.STEP_10, Act.STEP_R1):
        event = next(event for event in login.trace.events if event.act is act)
        assert getattr(event.messages[0].message, "method", "") == "OPTIONS"


@pytest.mark.parametrize("seed", range(8))
def test_logins_that_run_at_once_are_told_apart(seed: int) -> None:
    there = world()
    chance = random.Random(seed)
    logins = [
        Login(there, f"login number {number}", chance.choice(["desktop", "website"]), chance.choice([ALICE, MALLORY]))
        for number in range(chance.randrange(2, 5))
    ]
    going = {number: one.steps() for number, one in enumerate(logins)}
    while going:
        number = chance.choice(list(going))
        if next(going[number], "over") == "over":
            del going[number]
    found = {}
    for login in there.logins.values():
        told = str(trace_json(sound(login).trace))
        (mine,) = [one for one in logins if f"the+state+of+{one.mark.replace(' ', '+')}" in told]
        found[mine.mark] = login
        for other in logins:
            if other is not mine:
                assert not [secret for secret in other.own if secret in told]
                assert f"the+nonce+of+{other.mark.replace(' ', '+')}" not in told
        assert all(secret in told for secret in (mine.code, mine.tokens["access_token"]))
        assert login.state is State.DONE
        assert login.trace.verdict.accounts == {VICTIM: f"user-{mine.person[0]}"}
    assert len(found) == len(logins)


def test_what_is_kept_is_bounded_in_logins_and_in_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowsim.live.recorder.MOST_LOGINS", 5)
    monkeypatch.setattr("flowsim.live.login.MOST_EVENTS", 30)
    there = world()
    one = Login(there).whole()
    for _ in range(40):
        assert one.calls().status == 200
    assert len(only(there).trace.events) == 30
    for number in range(6):
        Login(there, f"number {number}").asks()
    assert len(there.logins) == 5
    assert "login-1" not in there.logins
    assert one.calls().status == 200
    assert one.refreshes().status == 200
    recorder = there._recorder
    assert len(recorder._by_session) <= 5
    assert len(recorder._by_code) <= 5


def test_what_is_kept_of_one_login_is_bounded_however_often_it_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowsim.live.login.MOST_EVENTS", 20)
    there = world()
    for first in (0, 1):  # whichever event is the last that is kept
        one = Login(there, f"number {first}").whole()
        for _ in range(first):
            assert one.refreshes().status == 200
        for _ in range(40):
            assert one.calls().status == 200
        assert len([*there.logins.values()][-1].world.runs) < 25


def test_requests_that_the_server_refuses_push_no_login_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowsim.live.recorder.MOST_LOGINS", 5)
    there = world()
    Login(there).whole()
    for number in range(20):
        assert there.handle(request("GET", f"{AT}/authorize?client_id=nobody-{number}")).status == 400
    assert len(there.logins) == 5
    assert "login-1" in there.logins


def test_the_usual_bounds_hold_more_than_a_lesson_needs() -> None:
    assert MOST_LOGINS >= 30
    assert MOST_EVENTS >= 100


def test_many_threads_log_in_at_once() -> None:
    there = world()
    told: list[int] = []
    end = there.subscribe(lambda: told.append(there.version))

    def go(number: int) -> bool:
        one = Login(there, f"thread {number}").whole()
        assert there.logins
        return one.refreshes().status == 200 and one.calls().status == 200

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(go, range(60)))
    end()
    assert len(there.logins) == min(60, MOST_LOGINS)
    assert all(login.state is State.DONE for login in there.logins.values())
    assert told
    assert there.payload()["branches"]
