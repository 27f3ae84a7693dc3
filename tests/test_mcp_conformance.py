"""The client of flowsim passes what the official conformance suite of the Model Context Protocol requires of a login."""

from collections.abc import Mapping

import pytest

from tests.kit import mcp_conformance
from tests.kit.mcp_conformance import Judged

SCENARIOS = (
    "metadata-default", "metadata-var1", "metadata-var2", "metadata-var3", "basic-cimd", "pre-registration",
    "scope-from-www-authenticate", "scope-from-scopes-supported", "scope-omitted-when-undefined", "scope-step-up",
    "scope-retry-limit", "token-endpoint-auth-basic", "token-endpoint-auth-post", "token-endpoint-auth-none",
    "resource-mismatch", "offline-access-scope", "offline-access-not-supported", "authorization-server-migration",
    "iss-supported", "iss-not-advertised", "iss-supported-missing", "iss-wrong-issuer", "iss-unexpected", "iss-normalized",
    "metadata-issuer-mismatch",
)  # fmt: skip


@pytest.fixture(scope="module")
def judged() -> Mapping[str, Judged]:
    return mcp_conformance.judged()


def test_the_scenarios_are_all_that_the_suite_requires_of_a_login() -> None:
    assert sorted(mcp_conformance.required()) == sorted(f"auth/{name}" for name in SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_client_passes(name: str, judged: Mapping[str, Judged]) -> None:
    found = judged[f"auth/{name}"]
    assert found.good, f"{found.failed} checks of the suite failed"
    assert found.passed > 0


@pytest.mark.parametrize(
    ("check", "scenario"),
    [
        ("callback.issuer_same", "auth/iss-wrong-issuer"),
        ("discovery.issuer_same", "auth/metadata-issuer-mismatch"),
        ("resource.same", "auth/resource-mismatch"),
    ],
)
def test_a_client_that_does_not_look_fails_where_the_suite_lies_to_it(check: str, scenario: str) -> None:
    assert mcp_conformance.fails(scenario, without=check)
