"""Where a client looks for metadata, and which resource it names: the examples of the specifications, and odd names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.protocol import resources, well_known

HOST = "https://h.example"
RESOURCE, SERVER, OPENID = well_known.RESOURCE, well_known.SERVER, well_known.OPENID


@pytest.mark.parametrize(
    ("resource", "address"),
    [
        ("https://h.example", f"{HOST}{RESOURCE}"),
        ("https://h.example/", f"{HOST}{RESOURCE}"),
        ("https://h.example/mcp", f"{HOST}{RESOURCE}/mcp"),
        ("https://h.example/public/mcp", f"{HOST}{RESOURCE}/public/mcp"),
        ("https://h.example/mcp/", f"{HOST}{RESOURCE}/mcp/"),
        ("https://h.example/mcp?k=v", f"{HOST}{RESOURCE}/mcp?k=v"),
        ("https://h.example?k=v", f"{HOST}{RESOURCE}?k=v"),
        ("https://h.example/?k=v", f"{HOST}{RESOURCE}?k=v"),
        ("https://h.example:8443/a%2Fb", f"{HOST}:8443{RESOURCE}/a%2Fb"),
        ("http://[::1]:8000/mcp", f"http://[::1]:8000{RESOURCE}/mcp"),
    ],
)
def test_the_address_of_a_resources_metadata_has_the_path_behind(resource: str, address: str) -> None:
    """RFC 9728 §3.1: a slash that follows the host goes before the insertion, and no other does."""
    assert well_known.of_resource(resource) == address


@pytest.mark.parametrize(
    ("endpoint", "candidates"),
    [
        ("https://h.example/public/mcp", [f"{HOST}{RESOURCE}/public/mcp", f"{HOST}{RESOURCE}"]),
        ("https://h.example/", [f"{HOST}{RESOURCE}"]),
        ("https://h.example", [f"{HOST}{RESOURCE}"]),
    ],
)
def test_without_a_challenge_the_path_is_asked_first_and_then_the_root(endpoint: str, candidates: list[str]) -> None:
    assert list(well_known.resource_candidates(endpoint)) == candidates


@pytest.mark.parametrize("resource", ["https://h.example", "https://h.example/mcp", "https://h.example/a/b/?k=v"])
def test_the_resource_behind_an_address_is_the_one_that_it_was_made_of(resource: str) -> None:
    assert well_known.resource_behind(well_known.of_resource(resource)) == resource


@pytest.mark.parametrize(
    "address",
    [f"{HOST}/mcp", f"{HOST}{RESOURCE}s", f"{HOST}{RESOURCE}-2/mcp", f"{HOST}/mcp{RESOURCE}", RESOURCE, ""],
)
def test_another_address_has_no_resource_behind_it(address: str) -> None:
    assert well_known.resource_behind(address) is None


@pytest.mark.parametrize(
    ("issuer", "candidates"),
    [
        ("https://h.example", [SERVER, OPENID]),
        ("https://h.example/", [SERVER, OPENID]),
        ("https://h.example/t1", [f"{SERVER}/t1", f"{OPENID}/t1", f"/t1{OPENID}"]),
        ("https://h.example/t1/", [f"{SERVER}/t1", f"{OPENID}/t1", f"/t1{OPENID}"]),
        ("https://h.example/a/b", [f"{SERVER}/a/b", f"{OPENID}/a/b", f"/a/b{OPENID}"]),
    ],
)
def test_a_server_is_asked_at_each_of_its_addresses_in_order(issuer: str, candidates: list[str]) -> None:
    """RFC 8414 §3.1 removes the slash at the end of an issuer; the order is that of the Model Context Protocol."""
    assert list(well_known.server_candidates(issuer)) == [f"{HOST}{path}" for path in candidates]


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://mcp.example.com/mcp", "https://mcp.example.com/mcp"),
        ("https://mcp.example.com", "https://mcp.example.com"),
        ("https://mcp.example.com:8443", "https://mcp.example.com:8443"),
        ("https://mcp.example.com/server/mcp", "https://mcp.example.com/server/mcp"),
        ("HTTPS://MCP.Example.com/Mcp", "https://mcp.example.com/Mcp"),
        ("https://mcp.example.com/", "https://mcp.example.com"),
        ("https://mcp.example.com/mcp/", "https://mcp.example.com/mcp/"),
        ("https://mcp.example.com/mcp?tenant=A", "https://mcp.example.com/mcp?tenant=A"),
        ("https://mcp.example.com/?tenant=A", "https://mcp.example.com/?tenant=A"),
        ("http://127.0.0.1:3000/mcp", "http://127.0.0.1:3000/mcp"),
        ("http://[::1]:3000/mcp", "http://[::1]:3000/mcp"),
    ],
)
def test_a_resource_is_written_in_one_way(url: str, canonical: str) -> None:
    """The first four are the examples of the Model Context Protocol; none of them changes."""
    assert resources.canonical(url) == canonical
    assert resources.same(url, canonical)


@pytest.mark.parametrize(
    "url",
    [
        "mcp.example.com",
        "https://mcp.example.com#fragment",
        "https://h.example/mcp#",
        "",
        "urn:x",
        "https:///mcp",
        "//h.example/mcp",
    ],
)
def test_what_names_no_resource_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(ValueError, match="resource"):
        resources.canonical(url)
    assert not resources.same(url, url)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h.example/mcp", "https://h.example/mcp/"),
        ("https://h.example/mcp", "https://h.example/MCP"),
        ("https://h.example/mcp", "http://h.example/mcp"),
        ("https://h.example/mcp", "https://h.example"),
        ("https://h.example/mcp", "https://h.example:8443/mcp"),
    ],
)
def test_another_path_scheme_or_port_is_another_resource(one: str, other: str) -> None:
    assert not resources.same(one, other)


@given(st.text(max_size=40))
def test_the_canonical_form_is_its_own(url: str) -> None:
    try:
        found = resources.canonical(f"https://h.example/{url}")
    except ValueError:
        return
    assert resources.canonical(found) == found
