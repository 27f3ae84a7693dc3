"""The judge of clients: a good client holds every duty, and a client that lacks one is caught by that one."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from flowsim.judge.client_under_test import FUNCTIONS, App
from flowsim.judge.judgement import DUTIES, Judgement, judge_client
from flowsim.judge.of_faults import DUTIES as OF_FAULTS
from flowsim.judge.of_faults import GROUPS
from flowsim.live.faults import FAULTS
from flowsim.model import own_code
from flowsim.model.scenario import ScenarioError
from flowsim.protocol.messages import Request
from tests.kit.clients import BAD, GoodClient, bad, nothing
from tests.kit.odd_values import Odd, in_itself

NAMES = tuple(FUNCTIONS)


@pytest.fixture(scope="module")
def good() -> Judgement:
    return judge_client(GoodClient)


def test_a_good_client_holds_every_duty_and_stands_every_attack(good: Judgement) -> None:
    assert good.held == tuple(duty.id for duty in DUTIES)
    assert (good.failed, good.let_pass, good.not_tried) == ((), (), ())
    assert good.summary == f"Of {len(DUTIES)} duties and attacks: {len(DUTIES)} hold."


@pytest.mark.parametrize("name", BAD)
def test_a_client_that_lacks_one_thing_is_caught_by_just_that(name: str) -> None:
    client, failed, let_pass = BAD[name]
    judgement = judge_client(client)
    assert (set(judgement.failed), set(judgement.let_pass)) == (set(failed.split()), set(let_pass.split()))


def test_every_duty_and_attack_catches_some_client() -> None:
    caught = {one for _, failed, let_pass in BAD.values() for one in (failed + " " + let_pass).split()}
    basic = {name.replace("_", "-") for name in FUNCTIONS}
    assert {duty.id for duty in DUTIES} - basic - caught == set()


def test_each_duty_has_a_name_of_its_own_and_a_clause() -> None:
    ids = [duty.id for duty in DUTIES]
    assert len(set(ids)) == len(ids)
    assert all(duty.clause.startswith(("RFC ", "OIDC ")) and "§" in duty.clause for duty in DUTIES)


def test_every_fault_of_the_server_is_tried_in_one_duty() -> None:
    assert sorted(fault.name for group in GROUPS for fault in group) == sorted(FAULTS)
    assert {duty.id for duty in OF_FAULTS} <= {duty.id for duty in DUTIES}


# ---- A client that is not finished


@pytest.mark.parametrize("written", range(len(NAMES)))
def test_a_function_is_graded_as_soon_as_it_is_written(written: int) -> None:
    missing = dict.fromkeys(NAMES[written:], _not_yet)
    judgement = judge_client(bad(**missing))
    assert judgement.failed == judgement.let_pass == ()
    for name in NAMES:
        basic = name.replace("_", "-")
        if name in missing:
            assert judgement[basic].outcome == "not tried"
        else:
            assert judgement[basic].outcome == "holds"
            assert [row.id for row in judgement.of(name).rows if row.outcome != "holds"] == []
    first = NAMES[written]
    assert judgement[first.replace("_", "-")].said == f"not there yet: {first}"


def _not_yet(self: GoodClient, *arguments: Any) -> None:
    raise NotImplementedError


def test_functions_will_do_as_a_client_and_keep_what_they_need_in_the_app() -> None:
    def discover(app: App) -> None:
        app.metadata = app.http.get(f"{app.issuer}/.well-known/openid-configuration").json()
        assert app.metadata["issuer"] == app.issuer

    def verifier_and_challenge() -> tuple[str, str]:
        return GoodClient.verifier_and_challenge(None)  # type: ignore[arg-type]

    judgement = judge_client([discover, verifier_and_challenge])
    assert judgement.of("discover", "verifier_and_challenge").failed == ()
    assert judgement["discover"].outcome == judgement["verifier-form"].outcome == "holds"
    assert judgement["authorization-url"].said == "not there yet: authorization_url"


def test_only_the_functions_that_are_asked_for_are_judged() -> None:
    judgement = judge_client(GoodClient, only=["call_api"])
    assert [row.id for row in judgement.rows] == ["call-api", "bearer-in-header"]


# ---- A client that is no client


@pytest.mark.parametrize("client", [None, 5, "client", [], [5], {"discover": 1}, GoodClient.discover])
def test_what_is_no_client_is_refused_in_one_sentence(client: object) -> None:
    with pytest.raises(ScenarioError, match=r"^a client is a class with some of the functions discover, "):
        judge_client(client)


def test_functions_of_which_none_is_one_of_a_client_are_refused() -> None:
    with pytest.raises(ScenarioError, match="none of these is a function of a client"):
        judge_client([nothing])


def test_a_client_that_cannot_be_made_is_refused_in_one_sentence() -> None:
    class Takes:
        def __init__(self, http: httpx.Client) -> None: ...

    with pytest.raises(
        ScenarioError, match=r"^the client cannot be made: TypeError: .*; it is called with http, issuer"
    ):
        judge_client(Takes)


def _exits(self: GoodClient, *arguments: Any) -> None:
    sys.exit(3)


def _coroutine(self: GoodClient, *arguments: Any) -> Any:
    async def later() -> None: ...

    return later()


def _generator(self: GoodClient, *arguments: Any) -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("function", "method", "said"),
    [
        ("discover", _exits, "the function discover wants to end the program (SystemExit: 3); raise an ordinary error"),
        ("discover", nothing, "nobody has asked for https://as.example/.well-known/openid-configuration"),
        ("authorization_url", _coroutine, "write it with def, and without async, await or yield"),
        ("authorization_url", _generator, "write it with def, and without async, await or yield"),
        ("authorization_url", lambda self: 5, "authorization_url gave 5; expected the address as a text"),
        (
            "authorization_url",
            lambda self: "https://elsewhere.example/",
            "expected an address at https://as.example/auth",
        ),
        (
            "authorization_url",
            lambda self: f"{self.issuer}/authorize?x",
            "came to https://as.example/authorize, status 400, ",
        ),
        ("verifier_and_challenge", lambda self: "v" * 43, "expected two texts, the verifier and its challenge"),
        ("take_redirect", lambda self, url: url[5], "request_tokens failed: KeyError: 'verifier'"),
        ("request_tokens", lambda self, code: {"id_token": "x"}, "the token endpoint has seen no request"),
        ("validate_id_token", lambda self, tokens: None, "it gave {}; expected the claims, in which sub is user-alice"),
        ("validate_id_token", lambda self, tokens: 7, "validate_id_token gave 7; expected the claims, as a dict"),
        ("validate_id_token", lambda self, tokens: False, "validate_id_token failed: it gave False"),
        ("userinfo", lambda self: 1 / 0, "userinfo failed: ZeroDivisionError: division by zero"),
        ("call_api", nothing, "https://api.example/messages has seen no request"),
        ("call_api", lambda self, url: self.http.get(url), "the API has given nothing: it answers 401"),
        ("refresh", nothing, "the token endpoint has seen no request"),
    ],
)
def test_what_is_wrong_with_a_function_is_said_in_one_sentence(function: str, method: Any, said: str) -> None:
    judgement = judge_client(bad(**{function: method}), only=FUNCTIONS)
    failing = judgement["request-tokens" if function == "take_redirect" else function.replace("_", "-")]
    assert (failing.outcome, said in failing.said) == ("fails", True), failing.said
    assert "\n" not in failing.said


def test_a_client_that_hangs_is_stopped_and_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "SECONDS", 1.0)

    def hangs(self: GoodClient, *arguments: Any) -> None:
        while True:
            time.sleep(0.001)

    judgement = judge_client(bad(check_aud=hangs))
    assert judgement["validate-id-token"].outcome == "fails"
    assert "took more than 1 seconds and was stopped" in judgement["validate-id-token"].said
    assert judgement["audience"].outcome == "not tried"


def test_a_client_that_hangs_only_when_it_is_attacked_is_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "SECONDS", 1.0)

    def hangs(self: GoodClient, params: Any) -> None:
        while self.login is not None and params.get("state") != self.login["state"]:
            pass

    judgement = judge_client(bad(check_state=hangs))
    assert "took more than 1 seconds" in judgement["state"].said
    assert judgement["state"].outcome == "fails"
    assert judgement["take-redirect"].outcome == "holds"


ODD: tuple[Any, ...] = (None, 5, "\ud800", "http://[", "x" * 100_000, [Odd()], {"sub": Odd()}, Odd(), in_itself())


@pytest.mark.parametrize("function", NAMES)
def test_whatever_a_function_gives_a_judgement_comes_of_it(function: str) -> None:
    for odd in ODD:
        judgement = judge_client(bad(**{function: lambda self, *arguments, odd=odd: odd}), only=[function])
        assert judgement.rows and all(row.said and "\n" not in row.said for row in judgement.rows)
        assert repr(judgement) and judgement._repr_html_()


def test_a_client_that_works_once_and_never_again_is_told_so() -> None:
    class Once(GoodClient):
        made = 0

        def authorization_url(self) -> str:
            raise NotImplementedError

        def verifier_and_challenge(self) -> tuple[str, str]:
            type(self).made += 1
            return super().verifier_and_challenge() if self.made == 1 else ("", 5)  # type: ignore[return-value]

    judgement = judge_client(Once)
    assert judgement["verifier-form"].outcome == "fails"
    assert judgement["verifier-form"].said == "it gave ('', 5); expected two texts, the verifier and its challenge"


# ---- A client with a secret


class WithSecret(GoodClient):
    """The good client with a secret, which goes into the header."""

    def __init__(self, client_secret: str, **given: Any) -> None:
        super().__init__(**given)
        self.secret = client_secret

    def post(self, form: dict[str, str]) -> httpx.Response:
        named = {name: value for name, value in form.items() if name != "client_id"}
        auth = (self.client_id, self.secret.replace(" ", "+"))
        return self.http.post(self.metadata["token_endpoint"], data=named, auth=auth)


def test_a_client_with_a_secret_is_judged_like_any_other() -> None:
    judgement = judge_client(WithSecret, confidential=True)
    assert (judgement.failed, judgement.let_pass, judgement.not_tried) == ((), (), ())


def test_a_secret_in_an_address_is_found() -> None:
    class InTheAddress(WithSecret):
        def post(self, form: dict[str, str]) -> httpx.Response:
            address = f"{self.metadata['token_endpoint']}?client_secret={self.secret[:3]}"
            return self.http.post(address, data={**form, "client_secret": self.secret})

    judgement = judge_client(InTheAddress, confidential=True)
    assert judgement["token-request-form"].said == "client_secret in the address of the token endpoint"


# ---- What one sees of it


def test_the_table_tells_each_row_as_text_and_as_html(good: Judgement) -> None:
    text, html = repr(good), good._repr_html_()
    for duty in DUTIES:
        assert duty.id in text and f">{duty.id}</th>" in html
    assert "✓ stopped" in text and "✗" not in text


def test_what_a_client_says_is_escaped() -> None:
    def shouts(self: GoodClient, *arguments: Any) -> None:
        raise ValueError("<script>alert(1)</script>\nand a line")

    html = judge_client(bad(discover=shouts))._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_a_row_is_found_by_its_name_and_another_name_is_refused(good: Judgement) -> None:
    assert good["mix-up"].duty.kind == "attack"
    with pytest.raises(ScenarioError, match="unknown duty or attack 'mixup'; did you mean mix-up"):
        good["mixup"]
    with pytest.raises(ScenarioError, match="unknown function of a client 'refesh'; did you mean refresh"):
        good.of("refesh")


def test_what_happened_can_be_played(good: Judgement) -> None:
    played = [row.id for row in good.rows if good.trace(row.id)]
    assert {"signature", "refresh-subject", "login-csrf", "mix-up", "lost-answer"} <= {*played}
    for name in ("signature", "mix-up"):
        assert len(good.payload(name)["branches"]) == len(good.trace(name))
    assert repr(good.player("mix-up")) == "1 login, to be played in a notebook"
    with pytest.raises(ScenarioError, match="no login was begun for verifier-form, so there is nothing to play"):
        good.player("verifier-form")


def test_the_player_of_an_attack_is_shown_in_a_notebook(good: Judgement) -> None:
    shown = good.player("code-injection")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_an_attack_that_goes_through_is_in_its_trace() -> None:
    judgement = judge_client(BAD["takes whatever comes"][0])
    assert judgement["code-injection"].said == "it logs in as user-alice"
    (stolen,) = (one.trace for one in judgement.trace("code-injection"))
    code = next(made.value for event in stolen.events for made in event.made if made.kind == "code")
    sent = [one.message for event in stolen.events for one in event.messages if isinstance(one.message, Request)]
    assert [dict(one.form)["code"] for one in sent if "code" in dict(one.form)] == [code]


def test_an_attack_that_the_server_stops_is_said_to_be_stopped_by_it() -> None:
    judgement = judge_client(BAD["no state is compared"][0])
    assert judgement["login-csrf"].outcome == "holds"
    assert judgement["login-csrf"].said.startswith("the client sends the code, and the server answers ")
