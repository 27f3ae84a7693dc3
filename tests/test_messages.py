"""Messages are what httpx puts on a wire, octet by octet, and whatever comes off a wire can be read."""

import socket
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import played
from flowsim.protocol import addresses, messages, strict_json
from flowsim.protocol.messages import Opening, Request, Response
from tests.kit.worlds import CLIENTS, METHODS

SCENARIOS: list[dict[str, Any]] = [
    *({"client": client, "pkce": pkce} for client in CLIENTS for pkce in METHODS),
    {"client": "spa", "login": "one-time-code", "scope": "openid offline_access read:messages"},
    {"client": "web", "attacker": "code-and-request", "pkce": "plain"},
    {"client": "native-scheme", "attacker": "decompiled-secret", "pkce": "none"},
]


def by_httpx(method: str, url: str, *, form: dict[str, str] | None, headers: dict[str, str]) -> Request:
    """The request that httpx builds, frozen."""
    built = httpx.Request(method, url, data=form, headers=headers)
    fields = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in built.headers.raw)
    return Request(method=built.method, url=str(built.url), headers=fields, body=built.content.decode())


def requests_of(settings: dict[str, Any]) -> list[Request]:
    sent = (sent.message for event in played(**settings).events for sent in event.messages)
    return [message for message in sent if isinstance(message, Request)]


@pytest.mark.parametrize("settings", SCENARIOS, ids=lambda settings: " ".join(map(str, settings.values())))
def test_httpx_builds_every_request_of_a_login_in_the_same_way(settings: dict[str, Any]) -> None:
    requests = requests_of(settings)
    assert len(requests) >= 7
    for frozen in requests:
        its_own = ("host", "content-length", "content-type")
        headers = {name: value for name, value in frozen.headers if name.lower() not in its_own}
        assert by_httpx(frozen.method, frozen.url, headers=headers, form=dict(frozen.form) or None) == frozen
        assert frozen.text().split(" ")[1] == httpx.URL(frozen.url).raw_path.decode("ascii")


class Listener:
    """A loopback port that writes down what reaches it, and answers each request with 204."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                head = b"".join(iter(stream.readline, b"\r\n")) + b"\r\n"
                lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if b"content-length" in line]
                self.heard.append(head + stream.read(int(lengths[0]) if lengths else 0))
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.mark.parametrize("settings", [{"client": "web"}, {"client": "spa", "attacker": "code-interception"}])
def test_the_text_of_a_request_is_what_a_socket_hears(listener: Listener, settings: dict[str, Any]) -> None:
    requests = requests_of(settings)
    with httpx.Client(trust_env=False) as client:
        for frozen in requests:
            url = frozen.url.replace(frozen.origin, f"http://127.0.0.1:{listener.port}")
            sent = httpx.Request(frozen.method, url, headers=list(frozen.headers), content=frozen.body.encode())
            assert client.send(sent).status_code == 204
    assert len(listener.heard) == len(requests)
    for frozen, heard in zip(requests, listener.heard, strict=True):
        head, _, body = heard.decode("ascii").partition("\r\n\r\n")
        assert frozen.text() == head.replace("\r\n", "\n") + (f"\n\n{body}" if body else "\n")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://h", "/"),
        ("https://h?a=b", "/?a=b"),
        ("https://h/p?", "/p?"),
        ("https://h/a?b?c", "/a?b?c"),
        ("https://h/p?a=b#c", "/p?a=b"),
        ("https://h/é?ü=x y", "/%C3%A9?%C3%BC=x%20y"),
        ("http://[::1]:80/x", "/x"),
        ("http://[::1]:8080/x", "/x"),
    ],
)
def test_the_target_of_a_request_is_that_of_httpx(url: str, target: str) -> None:
    assert httpx.URL(url).raw_path.decode("ascii") == target
    assert messages.request("GET", url).text().startswith(f"GET {target} HTTP/1.1\nHost: ")


def test_a_form_is_sent_with_its_type_and_its_length_in_octets() -> None:
    sent = messages.request("POST", "https://as.example/oauth/token", form={"ä": "€ &="})
    assert sent.text() == (
        "POST /oauth/token HTTP/1.1\nHost: as.example\nContent-Length: 23\n"
        "Content-Type: application/x-www-form-urlencoded\n\n%C3%A4=%E2%82%AC+%26%3D"
    )
    assert sent.form == (("ä", "€ &="),)


def test_the_length_of_a_response_counts_octets() -> None:
    answer = messages.response(200, json={"name": "Zoë"})
    assert answer.header("content-length") == str(len('{"name": "Zoë"}'.encode()))
    assert answer.text() == f"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 16\n\n{answer.body}"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("a=1&b=2", (("a", "1"), ("b", "2"))),
        ("a=1&a=2&a=1", (("a", "1"), ("a", "2"), ("a", "1"))),
        ("a=&b&=c", (("a", ""), ("b", ""), ("", "c"))),
        ("a=1+2%203", (("a", "1 2 3"),)),
        ("a=b=c", (("a", "b=c"),)),
        ("a=%", (("a", "%"),)),
        ("a=%zz%4", (("a", "%zz%4"),)),
        ("a=%ff%fe", (("a", "\ufffd\ufffd"),)),
        ("a=%00", (("a", "\0"),)),
        ("a;b=1", (("a;b", "1"),)),
        ("a=\udcff", (("a", "?"),)),
    ],
)
def test_parameters_are_read_as_written(text: str, pairs: messages.Pairs) -> None:
    assert messages.parse_pairs(text) == pairs
    assert Request(method="GET", url=f"https://as.example/authorize?{text}").query == pairs
    assert Request(method="POST", url="https://h", headers=(("content-type", messages.FORM),), body=text).form == pairs


@pytest.mark.parametrize(
    ("content_type", "is_form"),
    [
        ("application/x-www-form-urlencoded", True),
        ("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", True),
        ("application/json", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_a_body_is_a_form_only_where_its_type_says_so(content_type: str, is_form: bool) -> None:
    sent = Request(method="POST", url="https://h", headers=(("Content-Type", content_type),), body="a=1")
    assert sent.form == ((("a", "1"),) if is_form else ())


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("a=1", {"a": "1"}),
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2=3; c", {"a": "1", "b": "2=3"}),
        ("", {}),
        (";;=;", {"": ""}),
    ],
)
def test_cookies_are_read_by_name(header: str, cookies: dict[str, str]) -> None:
    assert Request(method="GET", url="https://h", headers=(("COOKIE", header),)).cookies == cookies


@pytest.mark.parametrize(
    ("pairs", "once", "twice"),
    [
        ((), None, ()),
        ((("a", "1"),), "1", ()),
        ((("a", ""),), None, ()),
        ((("a", ""), ("a", "2")), "2", ("a",)),
        ((("a", "1"), ("a", "2"), ("b", ""), ("b", "")), "1", ("a", "b")),
        ((("A", "1"), ("b", "1")), None, ()),
    ],
)
def test_empty_is_missing_and_repeated_is_noticed(
    pairs: messages.Pairs, once: str | None, twice: tuple[str, ...]
) -> None:
    assert messages.single(pairs, "a") == once
    assert messages.repeated(pairs) == twice


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://as.example/login?x", "https://as.example"),
        ("http://127.0.0.1:51004/callback", "http://127.0.0.1:51004"),
        ("com.example.app:/callback?code=1", "com.example.app:"),
        ("HTTPS://AS.Example:443/login", "https://as.example"),
        ("http://app.example:80", "http://app.example"),
        ("http://app.example:443", "http://app.example:443"),
        ("https://app.example:/", "https://app.example"),
        ("https://app.example@evil.example/", "https://evil.example"),
        ("http://[::1]:51004/callback", "http://[::1]:51004"),
        ("http://[", "http://["),
        ("https://as.exa\u2100mple/", "https://as.exa\u2100mple"),
        ("no address", ":"),
    ],
)
def test_an_origin_is_scheme_and_host_or_the_private_use_scheme(url: str, origin: str) -> None:
    assert addresses.origin_of(url) == origin


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("com.example.app:/cb", "com.example.app:/cb?code=a+b"),
        ("https://app.example/cb?kept=1", "https://app.example/cb?kept=1&code=a+b"),
    ],
)
def test_parameters_are_added_to_the_query_that_is_there(url: str, expected: str) -> None:
    assert messages.with_params(url, {"code": "a b"}) == expected
    assert messages.with_params(url, {}) == url


def test_a_redirect_is_always_a_303() -> None:
    assert messages.see_other("https://as.example/login").status == 303


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("https://h/a?b=c%20d&e=%ff#f", "https://h/a?b=c%20d&e=%ff#f"),
        ("http://[::1]:80/~a'(b)*!,;=:@+$|", "http://[::1]:80/~a'(b)*!,;=:@+$|"),
        ("x:\r\nSet-Cookie: a=b", "x:%0D%0ASet-Cookie:%20a=b"),
        ("x:é", "x:%C3%A9"),
    ],
)
def test_an_address_cannot_start_a_header(address: str, location: str) -> None:
    assert messages.see_other(address).location == location


anything = st.text(st.characters(codec=None), max_size=60)
junk = st.lists(st.sampled_from(["%", "=", "&", "?", "#", "\0", "\udcff", "%ff", ";", "a", "/", "[", "é"])).map("".join)


def outcome(build: Callable[[], Request]) -> Request | None:
    """What httpx builds; None where it refuses to."""
    try:
        return build()
    except (ValueError, httpx.InvalidURL):
        return None


def is_the_same_or_can_be_sent(ours: Request, theirs: Request | None) -> bool:
    """Where httpx builds a request it is this one; where it refuses, this one has nothing in it that ends a line."""
    head = (ours.url, *(value for _, value in ours.headers))
    assert all(value.isascii() and value.isprintable() for value in head)
    plain = theirs is not None and all(value.isascii() and value.isprintable() for _, value in theirs.headers)
    return ours == theirs if plain else theirs is None or ours.url == theirs.url


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    base=st.sampled_from(["https://as.example:443/", "https://as.example/", "http://127.0.0.1:51004/"]),
    tail=anything | junk | st.lists(st.sampled_from([*"/?#&=+*~-._%{|}", "%2f", "%C3", "a", ":"])).map("".join),
    form=st.none() | st.dictionaries(anything | junk, anything | junk, max_size=3),
    value=anything | st.just("Bearer a.b.c"),
)
@example(method="GET", base="https://h/", tail="a/../b?redirect_uri=com.a%3A%2Fb&scope=a+b*", form=None, value="")
@example(method="GET", base="https://h/", tail="a#b?c=d", form=None, value="")
@example(method="POST", base="https://h/", tail="%zz?a=%zz", form={}, value="é")
def test_every_request_is_the_one_httpx_builds(
    method: str, base: str, tail: str, form: dict[str, str] | None, value: str
) -> None:
    url, headers = f"{base}{tail}", {"Accept": "*/*", "Authorization": value}
    theirs = outcome(lambda: by_httpx(method, url, form=form, headers=headers))
    assert is_the_same_or_can_be_sent(messages.request(method, url, form=form, headers=headers), theirs)


@pytest.mark.parametrize(
    "url",
    [
        *(f"{scheme}://h:{port}/a" for scheme in ("http", "https", "HTTP") for port in (80, 443, "0443", "08443")),
        *(f"https://h:{port}/a" for port in ("", 0, 65535, 65536, 99999, 100000, 10**20, "1x", "-1")),
        *(
            f"https://{host}/a"
            for host in ("H", "1.2.3.4", "1.2.3.256", "127.0.0.1", "127.0.0.01", "é", "xn--mnchen-3ya.de", "a_b")
        ),
        *(f"https://h{path}" for path in ("", "/", "//", "/.", "/..", "/./a", "/a/..", "/a/.b/..c/...", "/..a", "/a.")),
        *("https://h./a", "https://.h/a", "https://-h/a", "https://h..h/a", "https://1h/a", "https://h-/a"),
        *(
            "http://[",
            "https://]/",
            "https://as.exa\u2100mple/",
            "https://as.example:x/",
            "https://h/\0",
            "http://[x]/a",
        ),
        *(f"https://h/a{end}" for end in ("\n", "\r", " ", "#", "?", "%2e", "/" + "a" * 995, "/" + "a" * 70_000)),
    ],
)
def test_every_address_is_written_as_httpx_writes_it(url: str) -> None:
    theirs = outcome(lambda: by_httpx("GET", url, form=None, headers={}))
    assert is_the_same_or_can_be_sent(messages.request("GET", url), theirs)


@given(name=anything | junk, value=anything | junk, text=anything | junk)
def test_whatever_comes_off_a_wire_can_be_read(name: str, value: str, text: str) -> None:
    headers = ((name, value), ("Cookie", value), ("Content-Type", messages.FORM))
    sent = Request(method=name, url=f"https://as.example/{text}", headers=headers, body=text)
    assert sent.origin == "https://as.example"
    for pairs in (sent.query, sent.form, Opening(url=f"com.example.app:/callback?{text}").query):
        assert all(isinstance(one, str) for pair in pairs for one in pair)
        assert messages.with_params("https://h", dict(pairs)).isascii()
    assert isinstance(sent.cookies, dict)
    assert strict_json.parse_object(text) == Response(status=200, body=text).json()
    assert sent.text().startswith(name)
    wild = Request(method=name, url=f"{text}{value}")
    assert isinstance(wild.path, str)
    assert isinstance(wild.origin, str)
    assert all(isinstance(one, str) for pair in wild.query for one in pair)
    assert wild.text().startswith(name)


@pytest.mark.parametrize("text", ["", "[]", "1", "nul", "[" * 100_000, '{"a":' * 100_000, "9" * 5000, "\udcff"])
def test_a_body_that_is_no_json_object_reads_as_an_empty_one(text: str) -> None:
    assert Response(status=200, body=text).json() == {}


FORMS = st.text(alphabet=st.sampled_from("ab=&+%;é\ud800C39 \n\0"), max_size=24) | st.text(max_size=12)


@given(FORMS)
def test_a_form_is_read_as_urllib_reads_it(text: str) -> None:
    readable = text.encode("utf-8", "replace").decode("utf-8")
    assert messages.parse_pairs(text) == tuple(parse_qsl(readable, keep_blank_values=True, errors="replace"))


@given(st.lists(st.tuples(FORMS, FORMS), max_size=4))
def test_a_form_is_written_as_urllib_writes_it(pairs: list[tuple[str, str]]) -> None:
    assert messages.form_encoded(tuple(pairs)) == urlencode(pairs, errors="replace")
    assert messages.form_encoded(dict(pairs)) == urlencode(dict(pairs), errors="replace")
