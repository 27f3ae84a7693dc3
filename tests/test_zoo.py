"""The zoo: a judge that looks at the right things is right about every specimen, and a careless one is not."""

from collections.abc import Callable
from typing import Any

import pytest

from flowsim.scenario import ScenarioError
from flowsim.steps import clause_url
from flowsim.zoo import (
    CHALLENGE,
    HOUSES,
    VERIFIER,
    ApiSpecimen,
    AppSpecimen,
    ServerSpecimen,
    defects,
    grade,
    specimen,
)

OTHER_VERIFIER = "a" * 43


def takes_no_verifier(server: ServerSpecimen) -> bool:
    return server.token(code=server.code()).status == 200


def takes_any_verifier(server: ServerSpecimen) -> bool:
    return server.token(code=server.code(), code_verifier=OTHER_VERIFIER).status == 200


def takes_a_verifier_without_challenge(server: ServerSpecimen) -> bool:
    code = server.code(code_challenge=None, code_challenge_method=None)
    return bool(code) and server.token(code=code, code_verifier=VERIFIER).status == 200


def takes_plain_and_does_not_say_so(server: ServerSpecimen) -> bool:
    said = "plain" in server.metadata()["code_challenge_methods_supported"]
    return not said and bool(server.code(code_challenge=VERIFIER, code_challenge_method=None))


def takes_a_code_twice(server: ServerSpecimen) -> bool:
    code = server.code()
    return [server.token(code=code, code_verifier=VERIFIER).status for _ in range(2)] == [200, 200]


def burns_a_code(server: ServerSpecimen) -> bool:
    code = server.code()
    refused = server.token(code=code, code_verifier=OTHER_VERIFIER).status != 200
    return refused and server.token(code=code, code_verifier=VERIFIER).status != 200


def sends_codes_elsewhere(server: ServerSpecimen) -> bool:
    return bool(server.code(redirect_uri="https://spa.example.attacker.example/callback"))


def leaves_a_family_alone(server: ServerSpecimen) -> bool:
    first = server.token(code=server.code(), code_verifier=VERIFIER).json()["refresh_token"]
    second = server.refresh(first).json()["refresh_token"]
    server.wait(60)
    assert server.refresh(first).status == 400
    return server.refresh(second).status == 200


def repeats_forms(server: ServerSpecimen) -> bool:
    return server.authorize().status == 307


def takes_another_state(app: AppSpecimen) -> bool:
    asked = app.begin()
    return app.receive(app.redirect_for(asked, state="other")) is not None


def takes_another_issuer(app: AppSpecimen) -> bool:
    asked = app.begin()
    return app.receive(app.redirect_for(asked, iss="https://evil.example")) is not None


def takes_another_nonce(app: AppSpecimen) -> bool:
    asked = app.begin()
    app.receive(app.redirect_for(asked))
    return "nonce=" in asked and app.accepts(app.tokens_for(asked, nonce="other"))


def takes_anothers_id_token(app: AppSpecimen) -> bool:
    asked = app.begin()
    app.receive(app.redirect_for(asked))
    return "openid" in asked and app.accepts(app.tokens_for(asked, aud="another-app"))


def takes(token: Callable[[ApiSpecimen], str]) -> Callable[[ApiSpecimen], bool]:
    return lambda api: api.call(token(api)).status == 200


# House, defect, and a judge that looks for it and for nothing else.
JUDGES: list[tuple[str, str, Callable[[Any], bool]]] = [
    ("servers", "missing-verifier", takes_no_verifier),
    ("servers", "length-only", takes_any_verifier),
    ("servers", "downgrade", takes_a_verifier_without_challenge),
    ("servers", "defaults-to-plain", takes_plain_and_does_not_say_so),
    ("servers", "code-reusable", takes_a_code_twice),
    ("servers", "code-burning", burns_a_code),
    ("servers", "prefix-match", sends_codes_elsewhere),
    ("servers", "family-lives-on", leaves_a_family_alone),
    ("servers", "redirect-307", repeats_forms),
    ("apps", "state-ignored", takes_another_state),
    ("apps", "nonce-ignored", takes_another_nonce),
    ("apps", "issuer-ignored", takes_another_issuer),
    ("apps", "audience-ignored", takes_anothers_id_token),
    ("APIs", "audience-ignored", takes(lambda api: api.token(aud="https://other.example"))),
    ("APIs", "type-ignored", takes(lambda api: api.token("JWT"))),
    ("APIs", "alg-none", takes(lambda api: api.unsigned_token())),
    ("APIs", "public-key-as-secret", takes(lambda api: api.token_with_public_key())),
    ("APIs", "for-ever", takes(lambda api: api.token(exp=1))),
]


def judges_of(house: str) -> list[Callable[[Any], bool]]:
    return [judge for where, _, judge in JUDGES if where == house]


@pytest.mark.parametrize(("house", "name", "judge"), JUDGES, ids=[f"{house} {name}" for house, name, _ in JUDGES])
def test_a_defect_can_be_told_from_everything_else_by_one_question(
    house: str, name: str, judge: Callable[[Any], bool]
) -> None:
    found = grade(judge, house)
    assert (found.caught, found.wrongly_accused) == ((name,), ())
    assert {one.problem for one in found.sentences} == {""}


def test_every_defect_has_its_judge_and_breaks_a_clause_that_can_be_read() -> None:
    defective = {(house.name, breed.name) for house in HOUSES.values() for breed in house.breeds if not breed.sound}
    assert defective == {(house, name) for house, name, _ in JUDGES}
    for house in HOUSES.values():
        assert sum(breed.sound for breed in house.breeds) >= 3
        assert all(clause_url(breed.clause).startswith("https://") for breed in house.breeds if not breed.sound)


@pytest.mark.parametrize("house", HOUSES)
def test_a_judge_that_asks_all_the_questions_is_perfect(house: str) -> None:
    found = grade(lambda one: any(judge(one) for judge in judges_of(house)), house)
    assert found.perfect
    assert "and accused no sound one" in repr(found)


@pytest.mark.parametrize("house", HOUSES)
def test_whoever_accuses_everybody_catches_everything_and_is_told_so(house: str) -> None:
    found = grade(lambda one: True, house)
    sound = [breed.name for breed in HOUSES[house].breeds if breed.sound]
    assert found.missed == ()
    assert list(found.wrongly_accused) == sound
    assert not found.perfect
    assert repr(found).count("✗ accuses it, and it is sound") == len(sound)


# Judges that mistake a difference for a defect, and whom they accuse wrongly.
HASTY: list[tuple[str, Callable[[Any], bool], tuple[str, ...]]] = [
    ("servers", lambda server: "plain" in server.metadata()["code_challenge_methods_supported"], ("older",)),
    ("servers", lambda server: server.authorize().status != 303, ("old-fashioned",)),
    ("servers", lambda server: "iss=" not in server.authorize().location, ("older",)),
    ("apps", lambda app: "nonce=" not in app.begin(), ("no-login", "no-nonce")),
    ("APIs", lambda api: not api.address.endswith("/messages"), ("photos",)),
]


@pytest.mark.parametrize(("house", "judge", "accused"), HASTY)
def test_a_difference_is_not_a_defect(house: str, judge: Callable[[Any], bool], accused: tuple[str, ...]) -> None:
    assert grade(judge, house).wrongly_accused == accused


def test_a_used_token_within_the_overlap_is_no_defect_and_a_judge_must_wait_for_its_end() -> None:
    def hasty(server: ServerSpecimen) -> bool:
        first = server.token(code=server.code(), code_verifier=VERIFIER).json()["refresh_token"]
        second = server.refresh(first).json()["refresh_token"]
        server.refresh(first)
        return server.refresh(second).status == 200

    assert grade(hasty).wrongly_accused == ("patient",)


@pytest.mark.parametrize("house", HOUSES)
def test_a_sound_specimen_works_for_whoever_does_everything_right(house: str) -> None:
    for breed in HOUSES[house].breeds:
        one = HOUSES[house].make(breed)
        if isinstance(one, ServerSpecimen):
            assert one.token(code=one.code(), code_verifier=VERIFIER).status == 200
        elif isinstance(one, AppSpecimen):
            asked = one.begin()
            assert one.receive(one.redirect_for(asked)) is not None
            assert one.accepts(one.tokens_for(asked))
        else:
            assert one.call(one.token()).status == 200


def test_a_judge_that_fails_or_says_nothing_is_told_so_in_one_line() -> None:
    def fails(server: ServerSpecimen) -> bool:
        return bool(server.token(code="made-up").json()["access_token"])

    found = grade(fails)
    assert found.caught == ()
    assert "✗ says nothing: KeyError: 'access_token'" in repr(found)
    assert "it returned nothing; expected True or False" in repr(grade(lambda server: None))
    nothing: dict[str, str] = {}
    assert "<script>" not in grade(lambda server: nothing["<script>"])._repr_html_()


def test_what_there_is_not_is_explained() -> None:
    with pytest.raises(ScenarioError, match=r"unknown house of the zoo 'server'; did you mean servers\?"):
        grade(lambda server: True, "server")
    no_function: Any = "servers"
    with pytest.raises(ScenarioError, match="a judge is a function that takes a specimen"):
        grade(no_function)
    with pytest.raises(ScenarioError, match=r"did you mean code-reusable\?"):
        specimen("servers", "code-reusabel")
    app = specimen("apps", "usual")
    assert isinstance(app, AppSpecimen)
    with pytest.raises(ScenarioError, match="call begin first"):
        app.receive("https://spa.example/callback?code=x")
    asked = app.begin()
    with pytest.raises(ScenarioError, match="call receive before"):
        app.accepts(app.tokens_for(asked))


def test_each_judgement_is_made_on_a_fresh_specimen() -> None:
    seen: list[object] = []

    def counts(server: ServerSpecimen) -> bool:
        seen.append(server)
        return False

    grade(counts)
    assert len({id(one) for one in seen}) == len(HOUSES["servers"].breeds)


def test_the_list_of_defects_names_clause_and_finder_of_each() -> None:
    told = repr(defects())
    for house in HOUSES.values():
        for breed in house.breeds:
            assert (breed.about in told) is not breed.sound
            assert breed.seen in told
    assert CHALLENGE == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
