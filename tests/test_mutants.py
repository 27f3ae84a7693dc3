"""The zoo: a detector that looks at the right things is right about every system, and a careless one is not."""

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from flowsim import mutants
from flowsim.model import own_code
from flowsim.model.choices import BY_ID
from flowsim.model.scenario import LAST_SECOND, ScenarioError
from flowsim.model.steps import clause_url
from flowsim.mutants import (
    CHALLENGE,
    SUITES,
    VERIFIER,
    ApiUnderTest,
    AppUnderTest,
    ServerUnderTest,
    advice,
    defects,
    grade,
    system_under_test,
)
from flowsim.mutants.grading import LONGEST_PROBLEM, MOST_PRINTED
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import response
from tests.kit.judges import ADVISED, DETECTORS


def detectors_of(suite: str) -> list[Callable[[Any], bool]]:
    return [detector for where, _, detector in DETECTORS if where == suite]


@pytest.mark.parametrize(
    ("suite", "name", "detector"), DETECTORS, ids=[f"{suite} {name}" for suite, name, _ in DETECTORS]
)
def test_a_defect_can_be_told_from_everything_else_by_one_question(
    suite: str, name: str, detector: Callable[[Any], bool]
) -> None:
    found = grade(detector, suite)
    assert (found.caught, found.wrongly_accused) == ((name,), ())
    assert {one.problem for one in found.judgements} == {""}


def test_every_defect_has_its_detector_and_breaks_a_clause_that_can_be_read() -> None:
    mutants = [(suite.name, mutant) for suite in SUITES.values() for mutant in suite.mutants]
    defective = {(name, mutant.name) for name, mutant in mutants if mutant.group == "defective"}
    assert defective == {(suite, name) for suite, name, _ in DETECTORS}
    for suite in SUITES.values():
        assert sum(mutant.sound for mutant in suite.mutants) >= 3
        assert all(clause_url(mutant.clause).startswith("https://") for mutant in suite.mutants if mutant.clause)


def test_the_zoo_says_by_which_documents_it_judges() -> None:
    clauses = [mutant.clause for suite in SUITES.values() for mutant in suite.mutants if mutant.clause]
    documents = {clause.partition(" §")[0].removeprefix("RFC ") for clause in clauses}
    told = (mutants.__doc__ or "").partition("The zoo judges by")[2]
    assert [name for name in documents if name not in told] == []
    assert set(re.findall(r"\b[0-9]{4}\b", told)) == {name for name in documents if name.isdigit()}


@pytest.mark.parametrize("suite", SUITES)
def test_a_detector_that_asks_all_the_questions_is_perfect(suite: str) -> None:
    found = grade(lambda one: any(detector(one) for detector in detectors_of(suite)), suite)
    assert found.perfect
    assert "and accused no sound one" in repr(found)


@pytest.mark.parametrize("suite", SUITES)
def test_whoever_accuses_everybody_catches_everything_and_is_told_so(suite: str) -> None:
    found = grade(lambda one: True, suite)
    sound = [mutant.name for mutant in SUITES[suite].mutants if mutant.sound]
    assert found.missed == ()
    assert list(found.wrongly_accused) == sound
    assert not found.perfect
    assert repr(found).count("✗ accuses it, and it is sound") == len(sound)


# Detectors that mistake a difference for a defect, and whom they accuse wrongly.
HASTY: list[tuple[str, Callable[[Any], bool], tuple[str, ...]]] = [
    ("servers", lambda server: "plain" in server.metadata()["code_challenge_methods_supported"], ("older",)),
    ("servers", lambda server: server.authorize().status != 303, ("old-fashioned",)),
    ("servers", lambda server: "iss=" not in server.authorize().location, ("older",)),
    ("apps", lambda app: "nonce=" not in app.begin(), ("no-login", "no-nonce")),
    ("apps", lambda app: "code_challenge=" not in app.begin(), ("website",)),
    ("apps", lambda app: app.receive(app.redirect_for(app.begin(), state="other")) is not None, ("state-unused",)),
    ("apps", lambda app: app.receive(app.redirect_for(app.begin(), iss="https://x")) is not None, ("one-server",)),
    ("APIs", lambda api: not api.address.endswith("/messages"), ("photos",)),
]


@pytest.mark.parametrize(("suite", "detector", "accused"), HASTY)
def test_a_difference_is_not_a_defect(suite: str, detector: Callable[[Any], bool], accused: tuple[str, ...]) -> None:
    assert grade(detector, suite).wrongly_accused == accused


@pytest.mark.parametrize(("name", "judge"), ADVISED, ids=[name for name, _ in ADVISED])
def test_what_only_advice_speaks_of_may_be_called_either_way(name: str, judge: Callable[[Any], bool]) -> None:
    """No RFC in force forbids it, and RFC 6749 section 10.5 even asks for one of them."""
    found = grade(judge)
    assert (found.caught, found.wrongly_accused) == ((), ())
    accused = [one.mutant.name for one in found.judgements if one.said]
    assert accused == [name]
    assert "– calls it defective: a matter of advice" in repr(found)
    assert grade(lambda server: judge(server) or any(detector(server) for detector in detectors_of("servers"))).perfect


def test_what_advice_says_is_listed_and_names_no_clause_that_would_be_broken() -> None:
    told, broken = repr(advice()), repr(defects())
    advised = [mutant for suite in SUITES.values() for mutant in suite.mutants if mutant.group == "advice"]
    assert [mutant.name for mutant in advised] == ["patient", "code-burning", "revokes-for-nothing"]
    for mutant in advised:
        assert mutant.advice in told
        assert mutant.about not in broken
        assert not mutant.clause


def test_a_choice_that_a_system_makes_is_one_of_those_that_the_server_says_it_makes() -> None:
    chosen = [mutant.choice for suite in SUITES.values() for mutant in suite.mutants if mutant.choice]
    assert chosen
    assert [one for one in chosen if one not in BY_ID] == []
    for suite in SUITES.values():
        for mutant in suite.mutants:
            assert not (mutant.choice and mutant.clause), "a choice is no defect"
            assert not (mutant.advice and mutant.clause)


@pytest.mark.parametrize("suite", SUITES)
def test_a_sound_system_under_test_works_for_whoever_does_everything_right(suite: str) -> None:
    for mutant in SUITES[suite].mutants:
        one = SUITES[suite].make(mutant)
        if isinstance(one, ServerUnderTest):
            assert one.token(code=one.code(), code_verifier=VERIFIER).status == 200
        elif isinstance(one, AppUnderTest):
            asked = one.begin()
            assert one.receive(one.redirect_for(asked)) is not None
            assert one.accepts(one.tokens_for(asked))
        else:
            assert one.call(one.token()).status == 200


def test_a_detector_that_fails_or_says_nothing_is_told_so_in_one_line() -> None:
    def fails(server: ServerUnderTest) -> bool:
        return bool(server.token(code="made-up").json()["access_token"])

    found = grade(fails)
    assert found.caught == ()
    assert "✗ says nothing: KeyError: 'access_token'" in repr(found)
    assert "it returned nothing; expected True or False" in repr(grade(lambda server: None))
    nothing: dict[str, str] = {}
    assert "<script>" not in grade(lambda server: nothing["<script>"])._repr_html_()


def test_what_there_is_not_is_explained() -> None:
    with pytest.raises(ScenarioError, match=r"unknown suite of the zoo 'server'; did you mean servers\?"):
        grade(lambda server: True, "server")
    no_function: Any = "servers"
    with pytest.raises(ScenarioError, match="a detector is a function that takes a system"):
        grade(no_function)
    with pytest.raises(ScenarioError, match=r"did you mean code-reusable\?"):
        system_under_test("servers", "code-reusabel")
    app = system_under_test("apps", "usual")
    assert isinstance(app, AppUnderTest)
    with pytest.raises(ScenarioError, match="call begin first"):
        app.receive("https://spa.example/callback?code=x")
    with pytest.raises(ScenarioError, match="call begin first"):
        app.accepts(response(200, json={}))
    for wrong in (None, 5, ["usual"]):
        named: Any = wrong
        with pytest.raises(ScenarioError, match="unknown suite of the zoo"):
            system_under_test(named, "usual")
        with pytest.raises(ScenarioError, match="unknown system of the apps"):
            system_under_test("apps", named)


def test_a_problem_is_told_in_one_short_line_whatever_the_detector_raised() -> None:
    def fails(server: ServerUnderTest) -> bool:
        raise ValueError("one\ntwo\x1b[31m" + "x" * 1000)

    found = grade(fails)
    (problem,) = {one.problem for one in found.judgements}
    assert problem.startswith("ValueError: one two\\u001b[31mxxx")
    assert len(problem) == LONGEST_PROBLEM == 120
    assert len(repr(found).splitlines()) == len(SUITES["servers"].mutants) + 2


def says(answer: object, server: ServerUnderTest) -> object:
    """A detector that says this of every server."""
    return answer


def test_a_detector_whose_answer_is_neither_true_nor_false_is_told_so() -> None:
    class Unsure:
        def __eq__(self, other: object) -> bool:
            raise ValueError("neither")

    assert {one.problem for one in grade(lambda server: Unsure()).judgements} == {"ValueError: neither"}
    for answer, said in (("no", "'no'"), ([], "[]"), (2, "2")):
        problems = {one.problem for one in grade(partial(says, answer)).judgements}
        assert problems == {f"it returned {said}; expected True or False"}
    assert grade(lambda server: 1).judgements == grade(lambda server: True).judgements

    async def later(server: ServerUnderTest) -> bool:
        return True

    def one_by_one(server: ServerUnderTest) -> Iterator[bool]:
        yield True

    for detector, what in ((later, "coroutine"), (one_by_one, "generator")):
        for one in grade(detector).judgements:
            assert one.said is None
            assert one.problem.startswith(f"it returned <{what} object ")


def test_a_detector_that_never_ends_is_stopped_and_asked_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "SECONDS", 0.1)

    def loops(server: ServerUnderTest) -> bool:
        while True:
            pass

    first, *others = grade(loops).judgements
    assert first.problem.startswith("it took more than 0.1 seconds and was stopped")
    assert {one.problem for one in others} == {"it was not asked, for it took too long with the one before"}


def test_what_a_detector_prints_is_shown_up_to_a_length(capsys: pytest.CaptureFixture[str]) -> None:
    def talks(server: ServerUnderTest) -> bool:
        print("hello " * 1000)
        return False

    assert {one.problem for one in grade(talks).judgements} == {""}
    printed = capsys.readouterr().out
    assert printed.startswith("hello hello")
    assert printed.endswith("\n… your detector prints more; the rest is left out\n")
    assert len(printed) < MOST_PRINTED + 100
    grade(lambda server: bool(print("a word")))
    assert capsys.readouterr().out == "a word\n" * len(SUITES["servers"].mutants)


def test_a_detector_that_ends_the_program_does_not_end_it() -> None:
    assert {one.problem for one in grade(lambda server: sys.exit(3)).judgements} == {"SystemExit: 3"}


def refused_redirect(app: AppUnderTest) -> bool:
    asked = app.begin()
    assert app.receive(app.redirect_for(asked, state="other")) is None
    return app.accepts(app.tokens_for(asked))


def no_redirect(app: AppUnderTest) -> bool:
    return app.accepts(app.tokens_for(app.begin()))


def error_answer(app: AppUnderTest) -> bool:
    app.receive(app.redirect_for(app.begin()))
    return app.accepts(response(400, json={"error": "invalid_grant"}))


def no_json(app: AppUnderTest) -> bool:
    app.receive(app.redirect_for(app.begin()))
    return app.accepts(response(200, html="<p>Hello"))


def tokens_twice(app: AppUnderTest) -> bool:
    asked = app.begin()
    app.receive(app.redirect_for(asked))
    assert app.accepts(app.tokens_for(asked))
    return app.accepts(app.tokens_for(asked))


def tokens_after_an_error(app: AppUnderTest) -> bool:
    assert not error_answer(app)
    return app.accepts(app.tokens_for(app.begin()))


def good_redirect_after_a_planted_one(app: AppUnderTest) -> bool:
    asked = app.begin()
    assert app.receive(app.redirect_for(asked, state="other")) is None
    assert app.receive(app.redirect_for(asked)) is not None
    return app.accepts(app.tokens_for(asked))


# What a reader may try with an app, and whether it keeps the tokens in the end.
TRIED: list[tuple[Callable[[AppUnderTest], bool], bool]] = [
    (refused_redirect, False),
    (no_redirect, False),
    (error_answer, False),
    (no_json, False),
    (tokens_twice, False),
    (tokens_after_an_error, False),
    (good_redirect_after_a_planted_one, True),
]


@pytest.mark.parametrize("kind", ["usual", "on-a-phone", "website"])
@pytest.mark.parametrize(("tried", "kept"), TRIED, ids=[tried.__name__ for tried, _ in TRIED])
def test_an_app_answers_whatever_one_tries_with_it(
    tried: Callable[[AppUnderTest], bool], kept: bool, kind: str
) -> None:
    app = system_under_test("apps", kind)
    assert isinstance(app, AppUnderTest)
    assert tried(app) is kept


# What cannot be sent, or is no message at all, and what is said of it. The app has begun a login.
SLIPS: list[tuple[str, Callable[[Any], object], str]] = [
    ("apps", lambda app: app.accepts(None), "expected the answer of a token endpoint.* not None"),
    ("apps", lambda app: app.accepts("yes"), "expected the answer of a token endpoint.* not 'yes'"),
    ("apps", lambda app: app.receive(None), "expected an address.* not None"),
    ("apps", lambda app: app.receive("http://["), "expected an address"),
    ("apps", lambda app: app.receive("https://app.example/\ud800"), "expected an address"),
    ("apps", lambda app: app.redirect_for(None), "expected an address"),
    ("apps", lambda app: app.tokens_for(None), "expected an address"),
    ("apps", lambda app: app.redirect_for(app.begin(), state=7), "state is a parameter, so expected a text.* not 7"),
    ("apps", lambda app: app.tokens_for(app.begin(), sub=object()), "a claim is what JSON can write"),
    ("servers", lambda server: server.wait("x"), "time passes in whole seconds.* cannot be 'x'"),
    ("servers", lambda server: server.wait(-30), "time passes in whole seconds.* cannot be -30"),
    ("servers", lambda server: server.wait(1.5), "time passes in whole seconds"),
    ("servers", lambda server: server.wait(True), "time passes in whole seconds"),
    ("servers", lambda server: server.wait(10**20), "time passes in whole seconds"),
    ("servers", lambda server: server.authorize(state=7), "state is a parameter"),
    ("servers", lambda server: server.code(scope=["openid"]), "scope is a parameter"),
    ("servers", lambda server: server.token(code="\ud800"), "code is a parameter"),
    ("servers", lambda server: server.brought_to_app(nonce=b"x"), "nonce is a parameter"),
    ("APIs", lambda api: api.call("é"), "printable ASCII.*'é' cannot be sent; make one"),
    ("APIs", lambda api: api.call("a\r\nX-Other: b"), "printable ASCII"),
    ("APIs", lambda api: api.call(None), "printable ASCII.*None cannot be sent"),
    ("APIs", lambda api: api.token(aud=object()), "a claim is what JSON can write"),
    ("APIs", lambda api: api.unsigned_token(aud={1, 2}), "a claim is what JSON can write"),
]


@pytest.mark.parametrize(("suite", "slip", "said"), SLIPS, ids=[said for _, _, said in SLIPS])
def test_what_cannot_be_sent_is_refused_with_one_clear_sentence(
    suite: str, slip: Callable[[Any], object], said: str
) -> None:
    one = system_under_test(suite, "usual")
    if isinstance(one, AppUnderTest):
        one.receive(one.redirect_for(one.begin()))
    with pytest.raises(ScenarioError, match=said) as caught:
        slip(one)
    assert "\n" not in str(caught.value)


def test_a_slip_leaves_a_system_under_test_as_it_was() -> None:
    app = system_under_test("apps", "usual")
    assert isinstance(app, AppUnderTest)
    asked = app.begin()
    app.receive(app.redirect_for(asked))
    nothing: Any = None
    for slip in (app.accepts, app.receive):
        with pytest.raises(ScenarioError):
            slip(nothing)
    assert app.accepts(app.tokens_for(asked))


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti"])
def test_none_leaves_a_claim_out_of_every_kind_of_token(claim: str) -> None:
    api = system_under_test("APIs", "usual")
    assert isinstance(api, ApiUnderTest)
    left_out: dict[str, Any] = {claim: None}
    for make in (api.token, api.unsigned_token, api.token_with_public_key):
        whole, lacking = signed_tokens.read(make()), signed_tokens.read(make(**left_out))
        assert whole is not None
        assert lacking is not None
        assert whole.claims.keys() - lacking.claims.keys() == {claim}
        assert None not in lacking.claims.values()


@pytest.mark.parametrize("claims", [{"iss": 5}, {"sub": ["a"]}, {"exp": "soon"}, {"nbf": LAST_SECOND}], ids=str)
def test_a_claim_of_the_wrong_kind_can_be_tried_and_an_api_answers(claims: dict[str, Any]) -> None:
    api = system_under_test("APIs", "usual")
    assert isinstance(api, ApiUnderTest)
    assert api.call(api.token(**claims)).status == 401


def test_a_token_of_the_zoo_is_signed_as_the_server_signs() -> None:
    api = system_under_test("APIs", "usual")
    assert isinstance(api, ApiUnderTest)
    token = signed_tokens.read(api.token())
    assert token is not None
    assert signed_tokens.signature_fits(token, {"keys": [signed_tokens.published_keys()[0].public_jwk()]})


# How the server redirects, how the browser follows, and what it brings.
FOLLOWED = [("usual", 303, "GET", False), ("old-fashioned", 302, "GET", False), ("redirect-307", 307, "POST", True)]


@pytest.mark.parametrize(("name", "status", "method", "password"), FOLLOWED)
def test_only_a_307_brings_the_password_to_the_app(name: str, status: int, method: str, password: bool) -> None:
    server = system_under_test("servers", name)
    assert isinstance(server, ServerUnderTest)
    assert server.authorize().status == status
    brought = server.brought_to_app()
    assert brought is not None
    assert brought.url.startswith(f"{server.redirect_uri}?code=")
    assert brought.method == method
    assert ("password" in dict(brought.form)) is password
    denied = server.brought_to_app(scope="unheard-of")
    assert denied is not None
    assert "error=invalid_scope" in denied.url
    assert server.brought_to_app(client_id="nobody") is None


def test_a_detector_that_looks_at_the_status_alone_catches_the_307_as_well() -> None:
    found = grade(lambda server: server.authorize().status == 307)
    assert (found.caught, found.wrongly_accused) == (("redirect-307",), ())


def test_the_server_that_takes_any_method_takes_each_of_them() -> None:
    def codes(name: str, method: str | None) -> bool:
        server = system_under_test("servers", name)
        assert isinstance(server, ServerUnderTest)
        return bool(server.code(code_challenge=VERIFIER, code_challenge_method=method))

    assert [codes("defaults-to-plain", one) for one in (None, "plain", "S512", "S256")] == [True] * 4
    assert [codes("usual", one) for one in (None, "plain", "S512", "S256")] == [False, False, False, True]


def test_an_app_with_two_servers_goes_to_the_first() -> None:
    app = system_under_test("apps", "issuer-ignored")
    assert isinstance(app, AppUnderTest)
    assert app.begin().startswith(f"{app.issuers[0]}/authorize?")
    sent = app.receive(app.redirect_for(app.begin()))
    assert sent is not None
    assert sent.url.startswith(f"{app.issuer}/")
    for name in ("usual", "one-server"):
        other = system_under_test("apps", name)
        assert isinstance(other, AppUnderTest)
        assert other.issuers == (other.issuer,)


def test_each_judgement_is_made_on_a_fresh_system_under_test() -> None:
    seen: list[object] = []

    def counts(server: ServerUnderTest) -> bool:
        seen.append(server)
        return False

    grade(counts)
    assert len({id(one) for one in seen}) == len(SUITES["servers"].mutants)


def test_the_list_of_defects_names_clause_and_finder_of_each() -> None:
    told = repr(defects())
    for suite in SUITES.values():
        for mutant in suite.mutants:
            assert (mutant.about in told) is (mutant.group == "defective")
            assert mutant.group != "defective" or mutant.seen in told
    assert CHALLENGE == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
