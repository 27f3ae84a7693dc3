"""A pool of JSON values: what comes out is what went in, and what is equal is there once."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim.front_end.pool import Pool
from tests.kit.pages import unpacked

TEXT = st.text() | st.sampled_from(["__proto__", "</g>", "a</g>b</g>", "constructor", "\ud800", "1", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=12,
)


@given(st.lists(JSON, min_size=1))
@settings(max_examples=25, deadline=None)
def test_what_comes_out_is_what_went_in(values: list[Any]) -> None:
    pool = Pool()
    places = [pool.add(value) for value in values]
    # repr, because to Python True and 1 are the same; JavaScript puts names that are numbers first.
    assert [_sorted(one) for one in unpacked(pool.text(), places)] == [_sorted(value) for value in values]


def test_what_is_equal_is_there_once() -> None:
    pool = Pool()
    one = {"trace": [1, True, "a</g>b"], "svg": "<g>1</g><g>2</g>"}
    assert pool.add(one) == pool.add({**one})
    before = len(pool.parts)
    pool.add({"svg": "<g>2</g><g>1</g>", "trace": [True, 1]})
    # Two lists, an object and the new drawing with the empty text at its end; the groups were there.
    assert len(pool.parts) - before == 3
    assert [part for part in pool.parts if part == "<g>1</g>"] == ["<g>1</g>"]


def _sorted(value: Any) -> str:
    if isinstance(value, dict):
        return repr(sorted((name, _sorted(one)) for name, one in value.items()))
    return repr([_sorted(one) for one in value]) if isinstance(value, list) else repr(value)
