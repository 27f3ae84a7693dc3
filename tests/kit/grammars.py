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
client_secrets = vschars  # A.2
b64tokens = st.tuples(  # RFC 6750 section 2.1
    st.text(f"{UNRESERVED}+/", min_size=1, max_size=60), st.integers(0, 3).map("=".__mul__)
).map("".join)
no_b64tokens = st.one_of(
    st.just("="),
    st.tuples(b64tokens, st.sampled_from([*'"(),:;<>?@[]{}\\\x7fé\x00\t', "=a", " a"])).map("".join),
)
not_verifiers = st.one_of(
    st.text(UNRESERVED, max_size=42),
    st.text(UNRESERVED, min_size=129, max_size=140),
    st.tuples(st.text(UNRESERVED, min_size=42, max_size=100), st.sampled_from([*"+/=% é\0\n", "\u0661"])).map("".join),
)
dpop_nonces = st.text(NQCHAR, min_size=1, max_size=40)  # RFC 9449 section 8.1
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


def spellings(url: str) -> st.SearchStrategy[str]:
    """The same address spelt otherwise (RFC 3986 sections 6.2.2 and 6.2.3), and with a query or a fragment behind it."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    port = {"https": ":443", "http": ":80"}[scheme]
    hosts = st.tuples(st.sampled_from([host, host.upper(), host.title()]), st.sampled_from(["", ":", port])).map(
        "".join
    )
    letters = st.tuples(*(st.sampled_from([one, *_escapes(one)]) for one in path)).map("".join)
    dots = st.sampled_from(["", "./", "a/../", "./a/./../", "%2e/", "a/%2E%2e/"])
    ends = st.sampled_from(["", "?a=b", "#c", "?a=b#c", "?"])
    schemes = st.sampled_from([scheme, scheme.upper(), scheme.title()])
    return st.tuples(schemes, st.just("://"), hosts, st.just(slash), dots, letters, ends).map("".join)


def _escapes(letter: str) -> list[str]:
    return [f"%{ord(letter):02X}", f"%{ord(letter):02x}"] if letter in UNRESERVED else []
