"""The scripted user: what they do with the server's pages, and how their browser does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
import pytest

from flowsim.engine.initial_world import ALICE, ATTACKERS_ACCOUNT
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.steps import CLIENT
from flowsim.model.world import Person
from flowsim.protocol import pkce
from flowsim.protocol.messages import Request, Response, query_of, single

AT = "http://127.0.0.1:9000"
APP = "http://127.0.0.1:51004/callback"
VERIFIER = "v" * 43


def world(**settings: object) -> LiveWorld:
    return LiveWorld(
        Scenario(**settings),  # type: ignore[arg-type]
        issuer=AT,
        apis={"messages": f"{AT}/api", "photos": f"{AT}/pictures"},
    )


def asking(**changed: str) -> str:
    params = {
        "response_type": "code",
        "client_id": "photo-desktop",
        "redirect_uri": APP,
        "scope": "openid profile read:messages",
        "state": "a state of its own",
        "code_challenge": pkce.challenge_for(VERIFIER, "S256"),
        "code_challenge_method": "S256",
    }
    return f"{AT}/authorize?{urlencode({**params, **changed})}"


def redeemed(there: LiveWorld, address: str) -> Response:
    code = single(query_of(address), "code") or ""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "photo-desktop",
        "redirect_uri": APP,
        "code_verifier": VERIFIER,
    }
    body = urlencode(form)
    headers = (("Host", "127.0.0.1:9000"), ("Content-Type", "application/x-www-form-urlencoded"))
    return there.handle(Request(method="POST", url=f"{AT}/oauth/token", headers=headers, body=body))


def test_a_user_who_allows_it_comes_back_with_a_code_and_the_state() -> None:
    there = world()
    address = User(there).log_in(asking())
    assert address.startswith(f"{APP}?")
    assert single(query_of(address), "state") == "a state of its own"
    assert redeemed(there, address).status == 200
    assert there.logins["login-1"].trace.verdict.accounts == {"victim": "user-alice"}


def test_a_user_who_denies_it_comes_back_with_an_error() -> None:
    found = dict(query_of(User(world()).log_in(asking(), "deny")))
    assert (found["error"], found["state"]) == ("access_denied", "a state of its own")
    assert "code" not in found


def test_anybody_who_is_named_logs_in() -> None:
    there = world()
    redeemed(there, User(there, ATTACKERS_ACCOUNT).log_in(asking()))
    assert there.logins["login-1"].trace.verdict.accounts == {"victim": "user-mallory"}


@pytest.mark.parametrize("uri", ["com.example.app:/callback", "https://app.example/callback"])
def test_the_address_of_an_app_is_handed_over_and_not_opened(uri: str) -> None:
    client_id = "photo-app" if uri.startswith("com") else "photo-app-https"
    address = User(LiveWorld()).log_in(asking(client_id=client_id, redirect_uri=uri).replace(AT, LiveWorld().issuer))
    assert address.startswith(f"{uri}?code=")


def test_a_server_that_remembers_the_user_asks_no_password_again() -> None:
    there = world(remembered="consent")
    user = User(there)
    assert "code" in dict(query_of(user.log_in(asking())))
    assert user.open(asking()).page is None
    here = user.open(asking(prompt="none"))
    assert here.page is None
    assert "code" in dict(query_of(here.address))
    assert single(query_of(User(there).open(asking(prompt="none")).address), "error") == "login_required"


def test_a_page_that_asks_for_a_one_time_code_gets_one() -> None:
    address = User(world()).log_in(asking(acr_values="https://as.example/acr/one-time-code"))
    assert "code" in dict(query_of(address))


def test_wrong_credentials_are_told_in_one_sentence() -> None:
    someone = Person(username="alice", password="wrong", one_time_secret="")
    with pytest.raises(
        UserError, match=r"expected the server to take 'alice' .* came back to .*These credentials"
    ) as told:
        User(world(), someone).log_in(asking())
    assert "\n" not in str(told.value)
    assert "wrong" not in str(told.value)


def test_an_error_page_is_told_with_its_title_and_its_text() -> None:
    with pytest.raises(UserError, match="status 400, “This request cannot be answered”: ") as told:
        User(world()).log_in(asking(client_id="nobody"))
    assert f"{AT}/authorize" in str(told.value)
    assert "\n" not in str(told.value)


def test_an_address_elsewhere_is_not_opened() -> None:
    with pytest.raises(UserError, match=f"was to open http://evil.example/; expected an address at {AT}"):
        User(world()).log_in("http://evil.example/?a=b")


# ---- The browser


@dataclass
class Site:
    """Answers by path, and keeps what it was asked. What has no answer is an empty page."""

    answers: Mapping[str, Response]
    asked: list[Request] = field(default_factory=list)
    origins: frozenset[str] = frozenset({AT})

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        self.asked.append(request)
        return self.answers.get(request.path, html(""))


def html(text: str, *headers: tuple[str, str], status: int = 200) -> Response:
    return Response(status=status, headers=(("Content-Type", "text/html; charset=utf-8"), *headers), body=text)


def to(location: str, *headers: tuple[str, str], status: int = 303) -> Response:
    return Response(status=status, headers=(("Location", location), *headers))


def test_relative_redirects_are_followed_and_those_elsewhere_are_not() -> None:
    site = Site({"/a/b": to("c?x=1"), "/a/c": to("/d", status=302), "/d": to("//app.example/cb?code=1", status=307)})
    here = User(site).open(f"{AT}/a/b")
    assert (here.address, here.page) == ("http://app.example/cb?code=1", None)
    assert [one.url for one in site.asked] == [f"{AT}/a/b", f"{AT}/a/c?x=1", f"{AT}/d"]


@pytest.mark.parametrize(
    ("status", "method", "body"), [(302, "GET", ""), (303, "GET", ""), (307, "POST", "a=1"), (308, "POST", "a=1")]
)
def test_a_form_is_sent_on_only_where_the_status_says_so(status: int, method: str, body: str) -> None:
    form = "<form method=post action=/go><input name=a value=1><button>Go</button></form>"
    site = Site({"/": html(form), "/go": to("/next", status=status)})
    user = User(site)
    here = user.open(f"{AT}/")
    assert here.page is not None
    user.submit(here.page.forms[0], {})
    assert [(one.method, one.body) for one in site.asked[1:]] == [("POST", "a=1"), (method, body)]


def test_redirects_without_an_end_are_given_up() -> None:
    with pytest.raises(UserError, match="expected a page after at most 20 redirects; the next leads to "):
        User(Site({"/": to("/?again")})).open(f"{AT}/")


def test_cookies_are_kept_and_sent_where_they_belong() -> None:
    cookies = (
        ("Set-Cookie", "all=1; Path=/; HttpOnly; SameSite=Lax"),
        ("Set-Cookie", "some=2; Path=/some"),
        ("Set-Cookie", "gone=4; Path=/; Max-Age=0"),
        ("Set-Cookie", "other=5; Domain=other.example; Path=/"),
    )
    site = Site({"/": html("", *cookies)})
    user = User(site)
    for path in ("/", "/some/where", "/else"):
        user.open(AT + path)
    assert [one.cookies for one in site.asked] == [{}, {"all": "1", "some": "2"}, {"all": "1"}]


def test_cookies_work_at_every_address_and_secure_ones_over_tls_and_on_this_machine() -> None:
    local = ("http://[::1]:9000", "http://localhost:9000", "http://127.0.0.1:9000", "https://127.0.0.1:9000")
    for at in (*local, "https://as.example", "http://as.example"):
        site = Site({"/": html("", ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "__Host-b=2; Path=/; Secure"))})
        site.origins = frozenset({at})
        user = User(site)
        user.open(f"{at}/")
        user.open(f"{at}/x")
        safe = {} if at == "http://as.example" else {"__Host-b": "2"}
        assert site.asked[1].cookies == {"a": "1", **safe}, at


PAGE = """<!doctype html><title> A
 page </title><body><p>Hello <b>there</b>
<form action="go?x=1" method="POST" id=one>
<input type=hidden name=csrf value="a&amp;b&quot;"><input name=who><input name=pass type=password value=old>
<input type=checkbox name=box checked><input type=checkbox name=other value=o><input type=radio name=r value=1>
<input type=radio name=r value=2 checked><input name=off value=1 disabled><input value=nameless>
<textarea name=text>a
b</textarea><select name=s><option value=1>one<option value=2 selected>two</select><input type=file name=f>
<button type=reset name=no>Reset</button><button type=button name=no>Nothing</button>
<button name=do value=yes>Yes, <i>please</i></button><input type=submit name=do value="No thanks">
</form><input form=one name=outside value=o><script>document.write("<form>")</script>
<form><input name=q value=1></form>"""


def test_a_form_is_filled_in_as_a_browser_does_it() -> None:
    site = Site({"/a/b": html(PAGE)})
    user = User(site)
    page = user.open(f"{AT}/a/b").page
    assert page is not None
    assert (page.title, len(page.forms)) == ("A page", 2)
    assert page.text.startswith("Hello there ")
    assert "document" not in page.text
    user.submit(page.forms[0], {"who": "ä b"}, "No thanks")
    asked = site.asked[1]
    assert asked.url == f"{AT}/a/go?x=1"
    assert asked.form == (
        ("csrf", 'a&b"'),
        ("who", "ä b"),
        ("pass", "old"),
        ("box", "on"),
        ("r", "2"),
        ("text", "a\r\nb"),
        ("s", "2"),
        ("do", "No thanks"),
        ("outside", "o"),
    )
    user.submit(page.forms[0], {}, "Yes, please")
    assert site.asked[2].form[-2:] == (("do", "yes"), ("outside", "o"))
    user.submit(page.forms[1], {"q": "new"})
    assert (site.asked[3].method, site.asked[3].url) == ("GET", f"{AT}/a/b?q=new")
    with pytest.raises(KeyError, match="there is no field nothing in this form"):
        user.submit(page.forms[0], {"nothing": ""})


@pytest.mark.parametrize(("policy", "origin"), [("no-referrer", "null"), ("same-origin", AT), ("", AT)])
def test_a_form_names_the_origin_of_its_page_unless_the_page_keeps_quiet(policy: str, origin: str) -> None:
    site = Site({"/": html("<form method=post><button>Go</button></form>", ("Referrer-Policy", policy))})
    user = User(site)
    page = user.open(f"{AT}/").page
    assert page is not None
    user.submit(page.forms[0], {})
    assert (site.asked[1].header("origin"), site.asked[1].header("sec-fetch-site")) == (origin, "same-origin")


# Pages of other servers: what is asked, and how it is to be answered.
ONE = (
    "<form method=post action=/in><input name=login><input type=password name=password><button>Sign-in</button></form>",
    "<form method=post action=/ok><input type=hidden name=prompt value=consent><button autofocus>Continue</button></form>"
    "<a href=/abort>[ Cancel ]</a>",
    "prompt=consent",
)
TWO = (
    "<form method=post action=/in><input type=email name=mail><input type=password name=pw><input type=submit></form>",
    '<form method=post action=/ok><input type=submit name=go value="No">'
    '<input type=submit name=go value="Yes, allow"></form>',
    "go=Yes%2C+allow",
)


@pytest.mark.parametrize(("login", "consent", "said"), [ONE, TWO])
def test_the_pages_of_another_server_are_answered_by_what_stands_on_them(login: str, consent: str, said: str) -> None:
    site = Site({"/": html(login), "/in": html(consent), "/ok": to("app:/cb?code=1")})
    assert User(site).log_in(f"{AT}/") == "app:/cb?code=1"
    entered = dict(site.asked[1].form)
    assert {ALICE.username, ALICE.password} <= {*entered.values()}
    assert site.asked[2].body == said


def test_a_page_that_takes_no_yes_and_no_no_ends_the_login() -> None:
    site = Site({"/": html("<title>Hm</title><form method=post><button>Perhaps</button></form>")})
    with pytest.raises(
        UserError, match=r"expected a form to log in with or to allow with, and came to .*“Hm”: Perhaps"
    ):
        User(site).log_in(f"{AT}/")


def test_pages_without_an_end_are_given_up() -> None:
    site = Site({"/": html("<form method=post><button>Continue</button></form>")})
    with pytest.raises(UserError, match="expected to be sent back to the app after 10 pages"):
        User(site).log_in(f"{AT}/")


def test_a_page_may_hold_anything() -> None:
    for text in (
        "<",
        "<form",
        "</form></title><input name=a>",
        "<!--",
        "<![CDATA[<form>",
        "\0<form\0>",
        "<form><form>" * 500,
    ):
        page = User(Site({"/": html(text)})).open(f"{AT}/").page
        assert page is not None
        assert page.status == 200


def test_a_server_that_cannot_be_reached_is_told_in_one_sentence() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=request)

    with (
        httpx.Client(transport=httpx.MockTransport(refuse)) as client,
        pytest.raises(UserError, match=f"the user wanted to open {AT}/: Connection refused"),
    ):
        User(client).log_in(f"{AT}/")


def test_a_client_that_reaches_the_world_will_do_and_so_will_a_person_of_ones_own() -> None:
    bob = Person(username="bob", password="p" * 200, one_time_secret="12345678901234567890")
    there = LiveWorld(issuer=AT, people=[ALICE, bob])
    with httpx.Client(transport=WorldTransport(there)) as client:
        assert "code" in dict(query_of(User(client, bob).log_in(asking())))
