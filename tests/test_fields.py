"""Every name in every message has its one sentence, and no sentence is about something that never occurs."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest

from flowsim import ScenarioError
from flowsim.analysis.counterexamples.edits import OFFLINE, played, world_in
from flowsim.analysis.defences import ROWS, offered, scenario_of
from flowsim.attacks import known_attacker
from flowsim.engine.apply import apply
from flowsim.model.states import Act, State
from flowsim.model.steps import clause_url
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, evolve
from flowsim.protocol.messages import FORM, Message, Opening, Request, Response
from flowsim.simulation.simulation import Simulation
from flowsim.views.text.fields import FIELDS, Field, Value, explain, occurring, query_place
from tests.kit.runs import RUNS
from tests.kit.worlds import CLIENTS, event_of

USERS = ("accepts", "denies", "wrong-password")
OTHER_SETTINGS: tuple[dict[str, Any], ...] = (
    {"scope": OFFLINE},
    {"scope": "read:messages"},  # no ID token
    {"scope": "openid"},  # the API answers 403
    {"scope": "unheard-of"},  # the server redirects an error
    {"scope": "", "nonce": False, "state": False, "iss": False},
    {"login": "one-time-code"},
    {"pkce_required": True, "pkce": "none"},
    {"plain_allowed": False, "pkce": "plain", "without": frozenset({"prepare.method_supported"})},
    {"shipped_secret": True},
    {"scope": OFFLINE, "later": "refresh refresh=read:messages logout"},
    {"scope": OFFLINE, "later": "refresh call", "dpop": "code"},
    {"dpop": "tokens", "dpop_nonce": True},
    {"scope": OFFLINE, "later": "keys refresh"},
    {"api": "photos"},
    {"api_acr": "one-time-code", "api_max_age": 600},
    {"discovery": "openid", "par": "required", "dpop": "code"},
    {"attacker": "code-interception", "without": frozenset({"token.verifier_fits"})},
    {"cors": "none", "dpop": "tokens"},
    {"login_window": "popup", "cuts_openers": True},
    {"remembered": "from-now", "later": "other-app server-logout"},
    {"remembered": "from-now", "later": "server-logout", "scope": "read:messages"},
    {"client_auth": "private_key_jwt", "scope": OFFLINE, "later": "logout"},
    {"client_auth": "private_key_jwt", "par": "required", "discovery": "oauth"},
    {"response_mode": "form_post", "cookie_same_site": "none"},
    {"later": "prefetch reload"},
    {"later": "silent-renewal", "remembered": "consent"},
    {"loads_from_elsewhere": True, "referrer_policy": "unsafe-url"},
)

OF_AN_ASSISTANT: tuple[dict[str, Any], ...] = (
    {},
    {"client_identity": "registered", "mcp_revision": "2025-11-25"},
    {"tool": "send_message", "resource_metadata": "at-the-root", "quirks": frozenset({"openid-metadata-only"})},
    {"dpop": "tokens", "scope": "offline_access", "later": "refresh"},
)


def traces() -> Iterator[dict[str, Any]]:
    """The settings of all logins and thefts whose messages must be explained."""
    for run in RUNS:
        yield {"client": run.client, "pkce": run.pkce, "attacker": run.attacker}
    for client, user in product(CLIENTS, USERS):
        yield {"client": client, "user": user}
        yield {"client": client, "user": user, "login": "one-time-code"}
    for client, settings in product(CLIENTS, OTHER_SETTINGS):
        yield {"client": client} | settings
    for settings in OF_AN_ASSISTANT:
        yield {"client": "mcp"} | settings


@cache
def messages() -> frozenset[Message]:
    """Every message of those traces and of every cell of the matrix, and of one whose access token has expired."""
    found = set()
    for settings in traces():
        try:
            trace = played(**settings)
        except ScenarioError:  # a website ships no secret
            continue
        found |= {sent.message for event in trace.events for sent in event.messages}
    for attack in ROWS:
        for defences in ((), *((name,) for name in offered(attack))):
            trace = Simulation(scenario_of(attack, *defences), attackers=[known_attacker(attack)]).run()
            found |= {sent.message for event in trace.events for sent in event.messages}
    late = evolve(world_in(State.API_ASKED), now=world_in(State.API_ASKED).now + 10**6)
    found |= {sent.message for sent in apply(late, Move(VICTIM, Act.STEP_11)).log[-1].messages}
    return frozenset(found)


@cache
def values() -> frozenset[Value]:
    return frozenset(value for message in messages() for value in occurring(message))


def test_the_messages_hold_logins_thefts_and_every_kind_of_refusal() -> None:
    assert {message.status for message in messages() if isinstance(message, Response)} == {
        200,
        201,
        202,
        204,
        302,
        303,
        307,
        400,
        401,
        403,
        404,
        405,
    }
    assert {value.value for value in values() if value.name == "error"} >= {
        "access_denied",
        "invalid_scope",
        "invalid_request",
        "invalid_grant",
        "invalid_client",
        "invalid_token",
        "insufficient_scope",
    }


def test_every_name_in_every_message_is_explained() -> None:
    assert not {(value.place, value.name) for value in values() if explain(value.place, value.name) is None}


def test_nothing_is_explained_that_never_occurs() -> None:
    seen = {explain(value.place, value.name) for value in values()}
    assert not [(field.place, field.name) for field in FIELDS if field not in seen]


def test_nothing_is_explained_twice() -> None:
    keys = [(field.place, field.name.lower()) for field in FIELDS]
    assert len(keys) == len(set(keys))


def named(field: Field) -> str:
    return f"{field.place}: {field.name}"


@pytest.mark.parametrize("field", FIELDS, ids=named)
def test_an_explanation_is_one_plain_sentence(field: Field) -> None:
    assert len(field.text.split()) <= 25
    assert re.fullmatch(r"[A-Z`]([^.]|\d\.\d)*\.", field.text)
    assert field.text.count("`") % 2 == 0
    assert field.text.isprintable()


@pytest.mark.parametrize("clause", sorted({field.clause for field in FIELDS}))
def test_a_clause_can_be_followed_to_its_section(clause: str) -> None:
    assert re.fullmatch(
        r"https://(www\.rfc-editor\.org/rfc/rfc\d+#section-[\d.]*\d|openid\.net/\S+|datatracker\.ietf\.org/\S+"
        r"|modelcontextprotocol\.io/\S+)",
        clause_url(clause),
    )
    if clause.startswith("MCP "):  # whose pages number no sections
        return
    assert re.fullmatch(
        r"(RFC \d{4,5}|OAuth Form Post|Client ID Metadata Document|OIDC (Core|Discovery|RP-Initiated Logout)) §\d+(\.\d+)*",
        clause,
    )


def test_the_same_name_means_something_else_in_another_place() -> None:
    in_id_token, in_access_token = explain("ID token", "aud"), explain("access token", "aud")
    assert in_id_token is not None
    assert in_access_token is not None
    assert in_id_token.text != in_access_token.text


@pytest.mark.parametrize(
    ("place", "name"),
    [("token request", "Code"), ("token request", "password"), ("nowhere", "code"), ("", ""), ("ID token", "AUD")],
)
def test_what_no_message_has_is_not_explained(place: str, name: str) -> None:
    assert explain(place, name) is None


def test_the_name_of_a_header_is_found_in_any_letter_case() -> None:
    assert explain("request header", "USER-AGENT") == explain("request header", "user-agent") is not None


def test_a_message_is_taken_apart_in_its_own_order_down_to_the_claims() -> None:
    sent = event_of(played(client="web"), Act.STEP_7).messages[-1].message
    found = [(value.place, value.name) for value in occurring(sent)]
    assert found[0] == ("request header", "Host")
    assert found.index(("Basic credentials", "client_secret")) == found.index(("request header", "Authorization")) + 2
    assert [name for place, name in found if place == "token request"] == [
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
    ]
    answer = event_of(played(), Act.STEP_9).messages[-1].message
    inside = [value for value in occurring(answer) if value.place == "ID token"]
    assert {"iss", "sub", "aud", "nonce"} <= {value.name for value in inside}
    assert Value("ID token", "aud", "photo-app") in inside


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://as.example/authorize?client_id=a", "authorization request"),
        ("com.example.app:/callback?code=a", "authorization response"),
        ("https://web.example/callback?code=a", "authorization response"),
        ("https://as.example/oauth/token?code=a", "token request"),
        ("https://as.example/oauth/par?client_id=a", "authorization request"),
    ],
)
def test_an_address_says_whose_parameters_it_carries(url: str, place: str) -> None:
    assert query_place(url) == place
    assert [value.place for value in occurring(Opening(url=url))] == [place]


@pytest.mark.parametrize(
    ("url", "form", "place"),
    [
        ("https://as.example/oauth/par", "client_id=a", "authorization request"),
        ("https://as.example/login", "csrf=a&username=b", "login form"),
        ("https://app.attacker.example/cb", "csrf=a&username=b", "login form"),
        ("https://app.attacker.example/cb", "csrf=a&decision=allow", "consent form"),
    ],
)
def test_a_form_that_was_sent_on_is_still_the_form_it_was(url: str, form: str, place: str) -> None:
    message = Request(method="POST", url=url, headers=(("Content-Type", FORM),), body=form)
    assert {value.place for value in occurring(message) if value.place != "request header"} == {place}


@pytest.mark.parametrize(
    "headers",
    [
        (("Authorization", "Basic ?"),),
        (("Authorization", "Basic /w=="),),
        (("Authorization", "Bearer a.b.c"),),
        (("Authorization", ""),),
        (("Cookie", ";;="), ("WWW-Authenticate", '"'), ("Set-Cookie", ""), ("Location", "")),
    ],
)
def test_headers_that_make_no_sense_are_taken_apart_as_far_as_they_go(headers: tuple[tuple[str, str], ...]) -> None:
    for message in (
        Request(method="GET", url="https://a.example/", headers=headers),
        Response(status=200, headers=headers),
    ):
        names = [value.name for value in occurring(message) if value.place.endswith("header")]
        assert names == [name for name, _ in headers]
