"""The exam of a client of an MCP server: the right one passes it, and each wrong one is told by the rule it breaks."""

from collections.abc import Mapping

import pytest

from flowsim.judge.mcp_exam import Exam
from flowsim.judge.mcp_rules import Rule
from flowsim.judge.mcp_seen import Seen
from flowsim.judge.mcp_traps import TRAPS
from tests.kit.wrong_tool_clients import MORE, WRONG, Right, broken, examined

# The names are those of the conformance suite, and the rules those that have to tell: at which server, which one.
TOLD: Mapping[str, tuple[tuple[str, str], ...]] = {
    "bad-prm": (("metadata-elsewhere", "metadata-where-named"),),
    "ignore-scope": (("scope-challenged", "challenged-scope"),),
    "partial-scopes": (("scopes-listed", "listed-scopes"), ("scopes-nowhere", "no-scope")),
    "ignore-403": (("plain", "steps-up"),),
    "echo-scope": (("plain", "adds-up"),),
    "no-retry-limit": (("never-content", "gives-up"),),
    "no-cimd": (("documents", "by-document"),),
    "attempts-dcr": (("no-registration", "by-known-id"),),
    "no-pkce": (("plain", "pkce"),),
    "no-application-type": (("plain", "application-type"),),
    "reuse-credentials": (("moved", "credentials-apart"), ("moved", "registers-anew")),
    "iss-normalize": (("iss-slash", "no-code"),),
    "auth-test": (
        ("issuer-slash", "no-login"),
        ("issuer-other", "no-login"),
        ("iss-other", "no-code"),
        ("iss-slash", "no-code"),
        ("iss-missing", "no-code"),
        ("iss-unpromised", "no-code"),
    ),
    "dpop-bearer": (("dpop", "dpop-scheme"),),
    "dpop-replay": (("dpop", "proofs-fresh"),),
    "dpop-no-token-proof": (("dpop", "token-request-proven"),),
    "dpop-no-as-nonce": (("dpop-nonce", "nonce-of-server"),),
    "dpop-no-rs-nonce": (("dpop-nonce", "nonce-of-mcp-server"),),
    "no-resource": (("plain", "resource-named"),),
    "token-in-address": (("plain", "token-in-header"),),
    "forgets-token": (("plain", "token-in-header"),),
    "wants-iss": (("iss-nowhere", "goes-on"),),
    "any-method": (("methods-missing", "no-login"), ("methods-plain", "no-login")),
    "any-state": (("state-other", "no-code"),),
    "any-resource": (
        ("resource-elsewhere", "no-login"),
        ("resource-beside", "no-login"),
        ("resource-host", "no-login"),
    ),
}
# At the server that wants nonces the rules of the other one for DPoP are looked at once more.
_TOLD_TWICE = {("dpop-nonce", rule.name) for rule in TRAPS["dpop"].rules}


def test_the_right_client_keeps_each_rule_at_each_server() -> None:
    judged = examined(Right)
    assert {one.trap.name for one in judged} == set(TRAPS)
    assert [(one.trap.name, one.rule.name, one.found.said) for one in judged if one.found.holds is not True] == []


@pytest.mark.parametrize("name", TOLD)
def test_a_wrong_client_is_told_by_just_the_rules_that_it_breaks(name: str) -> None:
    client = {**WRONG, **MORE}[name].client
    assert client is not None
    found = [(one.trap.name, one.rule.name) for one in broken(examined(client, *{trap for trap, _ in TOLD[name]}))]
    assert sorted(found) == sorted(TOLD[name])


def test_all_wrong_clients_of_the_suite_are_here_and_only_those_of_another_grant_are_not_told() -> None:
    assert len(WRONG) == 24
    others = {name for name, wrong in WRONG.items() if wrong.client is None}
    assert others == {name for name in WRONG if name.startswith("wif-")}
    assert set(TOLD) == {*WRONG, *MORE} - others


def test_of_a_client_that_never_came_nothing_is_said() -> None:
    exam = Exam(lambda name: f"https://{name}.example")
    judged = [*exam.judged()]
    assert {one.found.holds for one in judged} == {None}
    assert exam.told().count("not seen") == len(judged)


def test_each_rule_is_broken_by_somebody_at_each_server_and_finds_nothing_in_nothing() -> None:
    rules: dict[str, Rule] = {rule.name: rule for trap in TRAPS.values() for rule in trap.rules}
    nothing = Seen("https://m.example/mcp", ("https://m.example/one", "https://m.example/two"), "known")
    assert {name for name, rule in rules.items() if rule.look(nothing).holds is not None} == set()
    told = {one for each in TOLD.values() for one in each}
    assert told == {(trap.name, rule.name) for trap in TRAPS.values() for rule in trap.rules} - _TOLD_TWICE


def test_two_servers_at_one_origin_are_no_exam() -> None:
    with pytest.raises(ValueError, match="an origin of its own"):
        Exam(lambda name: "https://same.example")
