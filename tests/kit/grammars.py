"""Odd but legal input, made from the grammars of the specifications, as Hypothesis strategies.

Each strategy is named after the rule of the ABNF that it follows. Nothing here knows what a server does with it.
"""

import re
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

# RFC 6749 appendix A: what the fields of a request may be made of.
VSCHAR = "".join(map(chr, range(0x20, 0x7F)))
NQCHAR = "".join(one for one in map(chr, range(0x21, 0x7F)) if one not in '"\\')
NQSCHAR = f" {NQCHAR}"
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 7636 section 4.1

vschars = st.text(VSCHAR, min_size=1, max_size=40)
client_ids = states = nonces = vschars  # RFC 6749 A.1 and A.5
scope_tokens = st.text(NQCHAR, min_size=1, max_size=12)  # A.4
code_challenges = code_verifiers = st.text(UNRESERVED, min_size=43, max_size=128)  # RFC 7636 sections 4.1 and 4.2
max_ages = st.integers(0, 10**12).flatmap(lambda age: st.sampled_from([str(age), f"0{age}", f"000{age}"]))


def scopes_with(*known: str) -> st.SearchStrategy[str]:
    """A scope that holds these words, each once, and words that nobody knows, in any order (RFC 6749 A.4)."""
    odd = st.lists(scope_tokens.map(lambda word: f"x-{word}"), max_size=4, unique=True)
    return odd.flatmap(lambda words: st.permutations([*known, *words])).map(" ".join)


def encodings(text: str) -> st.SearchStrategy[str]:
    """This text as it may stand in a query or a form: a space as + or %20, any octet with percent signs, in either case."""
    escaped = "".join(f"%{octet:02X}" for octet in text.encode())
    return st.sampled_from(
        [quote_plus(text), quote(text, safe=""), escaped, escaped.lower(), re.sub("%[0-9A-F]{2}", _lower, quote(text))]
    )


def queries(pairs: list[tuple[str, str]]) -> st.SearchStrategy[str]:
    """These parameters in any order and in any encoding, each as it may stand in a query."""
    encoded = [st.tuples(encodings(name), encodings(value)).map("=".join) for name, value in pairs]
    return st.permutations(encoded).flatmap(lambda some: st.tuples(*some)).map("&".join)


def _lower(match: re.Match[str]) -> str:
    return match[0].lower()
