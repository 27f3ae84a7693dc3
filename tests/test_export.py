"""The JSON of a trace holds all of it, and the page that carries it cannot be broken out of."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.checks import CHECKS
from flowsim.front_end.page import player_page
from flowsim.model.steps import ACTORS, LANES
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.formats.trace_json import trace_json
from tests.kit.pages import payload_in
from tests.kit.worlds import simulation
from tests.test_attacks import CELLS

HOSTILE = "</script><script>alert(1)</script><!--<script>\u2028'\"&amp;"


def told(**settings: Any) -> dict[str, Any]:
    """The JSON of this trace, as somebody reads it who has only the text."""
    text = json.dumps(trace_json(played(**settings)))
    document: dict[str, Any] = json.loads(text)
    return document


def test_the_scenario_is_told_with_all_its_settings() -> None:
    scenario = told(client="spa", pkce="plain", without=frozenset({"token.verifier_fits", "api.scope"}))["scenario"]
    assert (scenario["client"], scenario["pkce"], scenario["seed"]) == ("spa", "plain", 7)
    assert scenario["without"] == ["api.scope", "token.verifier_fits"]
    assert Simulation(**scenario).run() == played(
        client="spa", pkce="plain", without=frozenset({"token.verifier_fits", "api.scope"})
    )


@pytest.mark.parametrize(("attack", "client", "pkce", "_"), CELLS)
def test_every_event_is_told_with_who_did_what_and_what_was_checked(
    attack: str, client: str, pkce: str, _: object
) -> None:
    trace = played(attacker=attack, client=client, pkce=pkce)
    document = told(attacker=attack, client=client, pkce=pkce)
    assert len(document["events"]) == len(trace.events)
    actors = {actor.id for actor in ACTORS}
    for event, recorded in zip(document["events"], trace.events, strict=True):
        assert (event["step"], event["run"]) == (recorded.step, recorded.run)
        ids = recorded.act, recorded.before, recorded.after, recorded.outcome, trace.worlds[-1].runs[recorded.run].role
        assert tuple(event[name] for name in ("act", "before", "after", "outcome", "role")) == ids
        assert {event["from"], event["to"]} <= actors
        assert all(event[name] for name in ("title", "label", "text", "clauses", "before", "after", "outcome", "act"))
        assert [http["kind"] for http in event["http"]] == [
            type(sent.message).__name__.lower() for sent in recorded.messages
        ]
        assert [check["id"] for check in event["checks"]] == [result.check.id for result in recorded.checks]
        for check in event["checks"]:
            assert check.keys() >= {"actor", "step", "clause", "expected", "received", "passed", "on", "decides"}
            refusal = CHECKS[check["id"]].on_failure
            assert (check["error"] or check["refusal"]) == check["refusal"] == refusal.slug
            assert check["answer"] == (refusal.words if check["decides"] else None)
            assert check["clause"]["url"].startswith("https://")
        for one in event["learned"]:
            assert one.keys() == {"actor", "lane", "kind", "value"}


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        (
            {"attacker": "code-interception"},
            {
                "attacker_holds": ["state", "code"],
                "attacker_reads_data": False,
                "stopped_by": "token.verifier_fits",
                "stopped_at_step": 8,
                "error": "invalid_grant",
                "tone": "good",
                "ended": "code_taken",
                "accounts": {},
            },
        ),
        (
            {"attacker": "code-interception", "pkce": "none"},
            {
                "attacker_holds": ["state", "nonce", "code", "access_token", "id_token", "data"],
                "attacker_reads_data": True,
                "stopped_by": None,
                "stopped_at_step": None,
                "error": None,
                "tone": "bad",
                "ended": "code_taken",
                "accounts": {},
            },
        ),
        (
            {"client": "web"},
            {
                "attacker_holds": [],
                "attacker_reads_data": False,
                "stopped_by": None,
                "stopped_at_step": None,
                "error": None,
                "tone": "good",
                "ended": "done",
                "accounts": {"victim": "user-alice"},
            },
        ),
    ],
    ids=str,
)
def test_the_verdict_is_told(settings: dict[str, Any], verdict: dict[str, object]) -> None:
    found = told(**settings)["verdict"]
    assert {name: found[name] for name in verdict} == verdict


def test_every_secret_that_was_learned_is_among_the_secrets() -> None:
    document = told(attacker="code-and-request", pkce="plain", client="web")
    secrets = {(secret["kind"], secret["value"]) for secret in document["secrets"]}
    learned = {(one["kind"], one["value"]) for event in document["events"] for one in event["learned"]}
    assert learned == secrets


def test_a_whole_trace_stays_small() -> None:
    for attack, client, pkce, _ in CELLS:
        text = json.dumps(trace_json(played(attacker=attack, client=client, pkce=pkce)), ensure_ascii=False)
        assert len(text.encode()) <= 150_000, (attack, client, pkce)


def test_the_player_gets_the_login_and_behind_its_button_the_attack() -> None:
    login = simulation(pkce="none")
    login.goto(4)
    payload = player_payload(login)
    assert [(branch["attack"], branch["hidden"]) for branch in payload["branches"]] == [(False, False), (True, True)]
    shown, stolen = payload["branches"]
    assert payload["view"] == {"branch": shown["name"], "position": 4}
    assert shown["inject"] == stolen["name"] == "code-interception"
    assert stolen["inject"] is None
    assert [branch["title"] for branch in payload["branches"]] == ["login", "the code is stolen"]
    assert (shown["inject_at"], stolen["inject_at"], stolen["shared"]) == (None, 6, 6)
    assert stolen["trace"]["events"][:6] == shown["trace"]["events"][:6]
    assert stolen["trace"]["verdict"]["attacker_reads_data"]
    assert [lane["id"] for lane in payload["lanes"]] == [lane for lane, _ in LANES]
    assert len(payload["steps"]) == 11
    assert login.position == 4
    assert list(login.branches) == ["login"]


def test_an_attack_that_is_a_branch_already_is_the_one_behind_the_button() -> None:
    login = simulation(pkce="none")
    login.goto(6)
    stolen = login.inject()
    payload = player_payload(login, stolen)
    assert [(branch["name"], branch["hidden"]) for branch in payload["branches"]] == [
        ("login", False),
        ("code-interception", False),
    ]
    assert [branch["inject"] for branch in payload["branches"]] == ["code-interception", None]


@pytest.mark.parametrize("name", ["code-interception", "the code is stolen"])
def test_no_two_branches_of_a_player_have_the_same_name_or_title(name: str) -> None:
    login = simulation(pkce="none")
    branches = player_payload(login, login.fork(name))["branches"]
    assert len({branch["name"] for branch in branches}) == len({branch["title"] for branch in branches}) == 3
    assert (branches[1]["name"], branches[1]["title"], branches[2]["hidden"]) == (name, name, True)


@pytest.mark.parametrize("settings", [{"attacker": "code-interception"}, {"user": "denies"}])
def test_the_player_gets_no_button_where_there_is_nothing_to_inject(settings: dict[str, Any]) -> None:
    payload = player_payload(simulation(**settings))
    assert len(payload["branches"]) == 1
    assert payload["branches"][0]["inject"] is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"pkce": "none"}, {"pkce": "S256"}),
        ({"client": "spa"}, {"client": "web"}),
        ({"pkce": "none", "state": False}, {"pkce": "S256"}),
        ({"seed": 1}, {"seed": 2}),
        ({}, {"without": ("token.verifier_fits",)}),
    ],
)
def test_the_attack_behind_the_button_is_on_the_branch_in_view(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Whichever is shown, its button leads to a branch whose settings differ by the attacker alone."""
    logins = [Simulation(**{"seed": 7, **settings}) for settings in (first, second)]
    branches = player_payload(*logins)["branches"]
    by_name = {branch["name"]: branch for branch in branches}
    assert len(by_name) == len(branches) == len({branch["title"] for branch in branches}) == 4
    for shown in branches[:2]:
        attacked = by_name[shown["inject"]]
        said, before = attacked["trace"]["scenario"], shown["trace"]["scenario"]
        assert {name for name in said if said[name] != before[name]} == {"attacker"}
        assert attacked["experiment"].startswith(f"{shown['experiment']} · ")
    assert branches[2]["name"] != branches[3]["name"]


def test_branches_of_the_same_name_say_what_differs() -> None:
    branches = player_payload(Simulation(pkce="none", seed=7), Simulation(pkce="S256", seed=7))["branches"]
    assert [branch["title"] for branch in branches[:2]] == ["login · no PKCE", "login · PKCE S256"]
    assert [branch["name"] for branch in branches[:2]] == ["login", "login-2"]


def test_the_same_simulation_is_shown_once() -> None:
    login = simulation()
    assert len(player_payload(login, login)["branches"]) == 2


class Scripts(HTMLParser):
    """The scripts of a page as a browser finds them, and every address it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.loads: list[str | None] = []
        self._open = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag == "script"
        if self._open:
            self.scripts.append((dict(attrs), ""))
        self.loads += [value for name, value in attrs if name in ("src", "href", "action")]

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            attributes, text = self.scripts.pop()
            self.scripts.append((attributes, text + data))


# The name of a branch can be seen, so no separator of lines is in it.
NAME = HOSTILE.replace("\u2028", "")


@pytest.mark.parametrize("hostile", [{"scope": f"openid {HOSTILE}"}, {"seed": HOSTILE}, {"name": NAME}], ids=list)
def test_no_text_in_a_trace_can_end_the_element_it_stands_in(hostile: dict[str, Any]) -> None:
    attack = Simulation(**{"seed": 7, **hostile})
    page = player_page(attack)
    found = Scripts(page)
    # The one without a type is for browsers that know no modules.
    assert [attributes.get("type") for attributes, _ in found.scripts] == [None, "text/plain", "text/plain", "module"]
    assert payload_in(page) == json.loads(json.dumps(player_payload(attack)))
    shown = NAME if "name" in hostile else HOSTILE
    assert shown in json.dumps(payload_in(page), ensure_ascii=False).replace('\\"', '"')
    assert "alert(1)</script>" not in page


def test_the_page_loads_nothing() -> None:
    page = player_page(simulation())
    assert Scripts(page).loads == []
    assert "default-src 'none'" in page
    assert "@import" not in page
