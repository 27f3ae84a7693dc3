"""What `WWW-Authenticate` says: several challenges in a line, several lines, and what else its grammar allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.protocol.challenges import challenges, of_scheme, with_error

METADATA = "https://m.example/.well-known/oauth-protected-resource/mcp"


def read(*values: str) -> list[tuple[str, dict[str, str], str | None]]:
    return [(one.scheme, dict(one.parameters), one.token) for one in challenges(values)]


@pytest.mark.parametrize(
    ("challenge", "said"),
    [
        ('Bearer error="x", max_age="5"', {"error": "x", "max_age": "5"}),
        ("Bearer max_age=5,error=x", {"error": "x", "max_age": "5"}),
        ('BEARER ERROR = "x" ,acr_values="a \\"b\\" c"', {"error": "x", "acr_values": 'a "b" c'}),
        (f'Bearer resource_metadata="{METADATA}", scope="a b"', {"resource_metadata": METADATA, "scope": "a b"}),
        (f"Bearer resource_metadata={METADATA}", {"resource_metadata": METADATA}),  # without the quotes it needs
        ('Bearer   realm=""', {"realm": ""}),
        ('Bearer realm="a, Basic realm=b"', {"realm": "a, Basic realm=b"}),
        ('Bearer scope="a", scope="b"', {"scope": "b"}),
        ("Bearer", {}),
        ("", {}),
    ],
)
def test_a_challenge_is_read_by_its_grammar(challenge: str, said: dict[str, str]) -> None:
    """RFC 9110 §11.2: a parameter is a token or a quoted string, and its name has no case."""
    assert dict(of_scheme([challenge], "bearer")) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            ['Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"'],
            [
                ("newauth", {"realm": "apps", "type": "1", "title": 'Login to "apps"'}, None),
                ("basic", {"realm": "simple"}, None),
            ],
        ),
        (["Negotiate", "Bearer error=x"], [("negotiate", {}, None), ("bearer", {"error": "x"}, None)]),
        (["Negotiate YWJj==, Bearer error=x"], [("negotiate", {}, "YWJj=="), ("bearer", {"error": "x"}, None)]),
        ([", Basic ,, Bearer a=b , ,c=d,"], [("basic", {}, None), ("bearer", {"a": "b", "c": "d"}, None)]),
        (['Bearer scope="a"', "error=x"], [("bearer", {"scope": "a", "error": "x"}, None)]),
        (["Bearer error=x, DPoP algs=ES256"], [("bearer", {"error": "x"}, None), ("dpop", {"algs": "ES256"}, None)]),
        ([], []),
    ],
)
def test_several_challenges_stand_in_one_line_or_in_several(
    values: list[str], said: list[tuple[str, dict[str, str], str | None]]
) -> None:
    """RFC 9110 §11.6.1 has the first of these; §5.3 says that lines of one name are one list."""
    assert read(*values) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('Bearer error="x', [("bearer", {}, None)]),
        ("Bearer a=b c=d, error=x", [("bearer", {"error": "x"}, None)]),
        ("error=x, Bearer scope=a", [("bearer", {"scope": "a"}, None)]),
        ('Bearer é="x", Basic realm=u', [("bearer", {}, None), ("basic", {"realm": "u"}, None)]),
        ('(x), Bearer error=x, ("a, b"), scope=s', [("bearer", {"error": "x", "scope": "s"}, None)]),
    ],
)
def test_what_does_not_fit_is_passed_over_up_to_the_next_comma(
    value: str, said: list[tuple[str, dict[str, str], str | None]]
) -> None:
    assert read(value) == said


def test_an_error_is_found_under_whatever_scheme_it_comes() -> None:
    values = ['Basic realm="m"', 'DPoP error="use_dpop_nonce", algs="ES256"']
    assert with_error(values, "use_dpop_nonce") == {"error": "use_dpop_nonce", "algs": "ES256"}
    assert with_error(values, "invalid_token") is None
    assert of_scheme(values, "bearer") == {}


@given(st.lists(st.text(max_size=40), max_size=3))
def test_any_text_is_read_without_an_exception(values: list[str]) -> None:
    for one in challenges(values):
        assert one.scheme == one.scheme.lower() != ""


NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, st.dictionaries(NAMES, st.text(max_size=12), max_size=3)), min_size=1, max_size=3))
def test_what_is_written_by_the_grammar_is_read_as_it_was_meant(said: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    line = ", ".join(
        " ".join([scheme, ", ".join(f"{name}={quoted(value)}" for name, value in named.items())]).strip()
        for scheme, named in said
    )
    assert [(scheme, named) for scheme, named, _ in read(line)] == said
