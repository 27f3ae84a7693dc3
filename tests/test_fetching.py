"""What is fetched and what is opened where somebody else has named the address; and a client_id that is an address."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.checks.client_document import DOCUMENT_CHECKS, DocumentFacts
from flowsim.model.check import evaluate
from flowsim.model.scenario import Policy
from flowsim.protocol import client_id_documents, fetching, opening_urls
from flowsim.protocol.messages import Response, response

PUBLIC = ["93.184.216.34"]
APP = "https://c.example/client.json"
DOCUMENT = {"client_id": APP, "client_name": "App", "redirect_uris": ["http://127.0.0.1:3000/cb"]}


@pytest.mark.parametrize(
    ("url", "numbers", "number"),
    [
        ("https://a.example/x", PUBLIC, PUBLIC[0]),
        ("HTTPS://A.example:8443", ["2606:4700::1"], "2606:4700::1"),
        ("https://1.1.1.1/", [], "1.1.1.1"),
        ("https://[2606:4700::1]/", [], "2606:4700::1"),
    ],
)
def test_a_public_host_is_fetched_at_the_number_that_was_judged(url: str, numbers: list[str], number: str) -> None:
    assert fetching.permit(url, numbers) == (url, number)


@pytest.mark.parametrize(
    "number",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
        "3fff::1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1",
        "::7f00:1", "2001::1", "5f00::1",
    ],
)  # fmt: skip
def test_a_name_that_leads_to_an_address_of_special_use_is_not_fetched(number: str) -> None:
    """RFC 6890 and its registries, with an IPv4 address within an IPv6 one."""
    for numbers in ([number], [*PUBLIC, number]):
        with pytest.raises(ValueError, match="special use"):
            fetching.permit("https://a.example/x", numbers)


@pytest.mark.parametrize("number", ["8.8.8.8", "2606:4700::1", "::ffff:808:808", "64:ff9b::808:808"])
def test_an_address_of_the_public_internet_is_fetched(number: str) -> None:
    assert fetching.permit("https://a.example/x", [number]).number == number


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/", "ftp://a.example/", "//a.example/", "", "https://", "https:///x", "https://u:p@a.example/",
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/",
        "https://[::1/", "https://[fe80::1%25eth0]/", "https://a.example:0/", "https://a example/",
    ],
)  # fmt: skip
def test_what_is_no_plain_https_address_of_a_host_is_not_fetched(url: str) -> None:
    with pytest.raises(ValueError, match=r"only https|name a host|is a number"):
        fetching.permit(url, PUBLIC)


def test_a_name_without_an_address_is_not_fetched() -> None:
    with pytest.raises(ValueError, match="no address"):
        fetching.permit("https://a.example/", [])


def test_only_this_machine_is_let_in_while_one_develops() -> None:
    for url in ("http://127.0.0.1:3000/x", "http://[::1]:3000/x", "https://127.0.0.1/x"):
        assert fetching.permit(url, [], own_machine=True).url == url
    assert fetching.permit("http://localhost:3000/x", ["127.0.0.1"], own_machine=True).number == "127.0.0.1"
    for url, numbers in (
        ("http://a.example/", PUBLIC),
        ("https://a.example/", ["127.0.0.1"]),
        ("http://localhost/", ["10.0.0.1"]),
        ("https://10.0.0.1/", []),
    ):
        with pytest.raises(ValueError, match=r"only https|special use"):
            fetching.permit(url, numbers, own_machine=True)


@pytest.mark.parametrize(
    ("status", "location", "hop"),
    [
        (302, "/b?c", "https://a.example/b?c"),
        (307, "http://169.254.169.254/", "http://169.254.169.254/"),
        (301, "//b.example/x", "https://b.example/x"),
        (200, "/b", None),
        (304, "/b", None),
        (302, "", None),
        (302, "https://[::1", None),
    ],
)
def test_a_redirect_leads_to_an_address_that_is_judged_anew(status: int, location: str, hop: str | None) -> None:
    assert fetching.next_hop("https://a.example/a", response(status, headers={"Location": location})) == hop


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/authorize?x=1&y=2", "https://a.example:8443/t1/authorize", "HTTPS://A.EXAMPLE/authorize",
        "http://127.0.0.1:3000/authorize", "http://localhost:3000/authorize", "http://[::1]:3000/authorize",
        "https://a.example/a%20b?q='(!)*$,;:@", "https://xn--bcher-kva.example/",
    ],
)  # fmt: skip
def test_https_may_be_opened_and_http_on_this_machine(url: str) -> None:
    assert opening_urls.fault(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JavaScript://a.example/%0aalert(1)", "data:text/html,x", "file:///etc/passwd", "",
        "vbscript:x", "ms-settings:", "http://a.example/authorize", "http://127.0.0.1.a.example/", "a.example/authorize",
        "https:", "https:///x", "https://u@a.example/", "https://a.example/$(calc)`x`", "https://a.example/a b",
        'https://a.example/"&calc', "https://a.example/\nx", " https://a.example/", "https://a.example/\\x",
        "https://a.example/a|b", "https://a.example/é", "https://a.example/%", "\tjavascript:alert(1)",
    ],
)  # fmt: skip
def test_no_other_scheme_and_no_sign_of_a_shell_is_opened(url: str) -> None:
    said = opening_urls.fault(url)
    assert said is not None
    assert said.endswith(".")


@given(st.text(max_size=60))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    for url in (text, f"https://{text}", f"http://127.0.0.1{text}"):
        if opening_urls.fault(url) is None:
            assert url.lower().startswith(("https://", "http://"))
        with suppress(ValueError):
            assert fetching.permit(url, PUBLIC).url == url


@pytest.mark.parametrize(
    "client_id",
    [APP, "https://c.example/", "https://c.example:8443/a/b", "https://c.example/a?b", "https://c.example/a..b/.c"],
)
def test_a_client_id_may_be_an_https_address_with_a_path(client_id: str) -> None:
    assert client_id_documents.is_address(client_id)
    assert client_id_documents.address_fault(client_id) is None


@pytest.mark.parametrize(
    "client_id",
    [
        "http://c.example/client.json", "https://c.example", "https://c.example?x", "https://c.example/a#b",
        "https://c.example/a#", "https://u@c.example/a", "https://c.example/a/../b", "https://c.example/./b",
        "https://c.example/a/%2e%2E/b", "https:///a", "my-client", "",
    ],
)  # fmt: skip
def test_a_client_id_that_is_no_such_address_is_refused(client_id: str) -> None:
    assert client_id_documents.address_fault(client_id)


def judged(answer: Response) -> str | None:
    """The check of the server by which this answer to a GET of the client_id is refused; None where it is believed."""
    _, failed = evaluate(DOCUMENT_CHECKS, DocumentFacts(APP, answer), Policy())
    return failed.id if failed else None


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "anything": [1]},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://c.example/jwks"},
    ],
)
@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "application/oauth-client+json"]
)
def test_a_document_names_the_app_and_its_redirects(more: dict[str, Any], kind: str) -> None:
    body = json.dumps({**DOCUMENT, **more})
    assert judged(Response(status=200, headers=(("Content-Type", kind),), body=body)) is None


@pytest.mark.parametrize(
    ("document", "check"),
    [
        ([], "document.answered"),
        ({**DOCUMENT, "more": "x" * 5120}, "document.answered"),
        ({**DOCUMENT, "client_id": f"{APP}/"}, "document.id_same"),
        ({**DOCUMENT, "client_id": APP.upper()}, "document.id_same"),
        ({**DOCUMENT, "client_id": None}, "document.id_same"),
        ({name: value for name, value in DOCUMENT.items() if name != "client_name"}, "document.members_present"),
        ({name: value for name, value in DOCUMENT.items() if name != "redirect_uris"}, "document.members_present"),
        ({**DOCUMENT, "client_name": " "}, "document.members_present"),
        ({**DOCUMENT, "client_name": ["App"]}, "document.members_present"),
        ({**DOCUMENT, "redirect_uris": []}, "document.members_present"),
        ({**DOCUMENT, "redirect_uris": "http://127.0.0.1:3000/cb"}, "document.members_present"),
        ({**DOCUMENT, "redirect_uris": [1]}, "document.members_present"),
        ({**DOCUMENT, "token_endpoint_auth_method": "client_secret_basic"}, "document.no_secret"),
        ({**DOCUMENT, "token_endpoint_auth_method": "client_secret_jwt"}, "document.no_secret"),
        ({**DOCUMENT, "client_secret": "s"}, "document.no_secret"),
        ({**DOCUMENT, "client_secret_expires_at": 0}, "document.no_secret"),
    ],
)
def test_a_document_of_another_kind_is_refused(document: Any, check: str) -> None:
    assert judged(response(200, json=document)) == check


@pytest.mark.parametrize(
    "answer",
    [
        *(response(status, json=DOCUMENT, headers={"Location": f"{APP}/2"}) for status in (201, 301, 302, 404, 500)),
        response(200, html=json.dumps(DOCUMENT)),
        Response(status=200, body=json.dumps(DOCUMENT)),
        Response(status=200, headers=(("Content-Type", "application/json"),), body="{"),
    ],
)
def test_only_an_answer_with_200_that_is_json_is_a_document(answer: Response) -> None:
    assert judged(answer) == "document.answered"
