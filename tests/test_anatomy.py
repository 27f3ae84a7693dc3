"""The anatomy of a token: all of it is shown, explained, and read by the checks that really read it."""

import json
from html import escape
from typing import cast

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.lessons.token_anatomy import Anatomy, Kind, anatomy
from flowsim.model.hooks import ACTIONS, Claims
from flowsim.model.scenario import ScenarioError
from flowsim.protocol import signed_tokens
from flowsim.simulation.simulation import Simulation

KINDS: tuple[Kind, ...] = ("id_token", "access_token")


def readers(token: Anatomy) -> dict[str, list[str]]:
    return {part.name: [check.id for check in part.read_by] for part in token.parts}


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_in_the_token_has_its_row_in_the_order_of_the_token(kind: Kind) -> None:
    token = anatomy(played(), kind)
    read = signed_tokens.read(token.text)
    assert read is not None
    assert [(part.name, json.loads(part.value)) for part in token.parts] == [*read.header.items(), *read.claims.items()]


def test_which_check_reads_what_in_an_id_token() -> None:
    assert readers(anatomy(played(client="spa"))) == {
        "alg": ["id_token.algorithm", "id_token.key_not_shared", "id_token.signature"],
        "kid": ["id_token.signature"],
        "typ": [],
        "iss": ["id_token.issuer"],
        "sub": ["id_token.subject"],
        "aud": ["id_token.audience"],
        "iat": ["id_token.issued_recently"],
        "exp": ["id_token.not_expired"],
        "auth_time": ["id_token.login_recent"],
        "at_hash": ["id_token.access_token_hash"],
        "nonce": ["id_token.nonce"],
        "name": [],
    }


def test_which_check_reads_what_in_an_access_token() -> None:
    assert readers(anatomy(played(client="spa"), "access_token")) == {
        "alg": ["api.algorithm", "api.signature"],
        "kid": ["api.signature"],
        "typ": ["api.token_type"],
        "iss": ["api.issuer"],
        "sub": ["api.subject"],
        "aud": ["api.audience"],
        "client_id": [],
        "scope": ["api.scope"],
        "iat": [],
        "exp": ["api.not_expired"],
        "auth_time": ["api.login_recent"],
        "jti": [],
    }


@pytest.mark.parametrize(("kind", "check"), [("id_token", "id_token.signature"), ("access_token", "api.signature")])
def test_one_check_reads_the_signature(kind: Kind, check: str) -> None:
    assert [one.id for one in anatomy(played(), kind).signed] == [check]


def test_the_page_and_the_text_say_the_same() -> None:
    token = anatomy(played())
    page, text = token._repr_html_(), repr(token)
    for part in token.parts:
        assert f"<code>{part.name}</code>" in page
        assert f"    {part.name}: " in text
        for check in part.read_by:
            assert escape(check.title) in page
            assert check.title in text


def test_what_an_attacker_may_choose_is_inert(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "https://evil.example/<script>alert(1)</script>"
    monkeypatch.setitem(ACTIONS, "hostile", lambda login: Claims({hostile: "<img src=x onerror=alert(1)>"}))
    page = anatomy(Simulation(seed=7, actions=("hostile",)).run())._repr_html_()
    assert escape(hostile) in page
    assert "<script" not in page
    assert "<img" not in page


def test_a_login_without_an_id_token_is_explained() -> None:
    trace = played(scope="read:messages")
    with pytest.raises(ScenarioError, match="this app holds no ID token: expected a login that went well, with openid"):
        anatomy(trace)
    assert anatomy(trace, "access_token").parts


def test_a_kind_of_token_that_does_not_exist_is_explained() -> None:
    with pytest.raises(ScenarioError, match="unknown kind of token 'idtoken'; did you mean id_token"):
        anatomy(played(), cast(Kind, "idtoken"))
