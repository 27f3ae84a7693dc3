"""The exercises on an MCP login: where metadata is, what names the resource, whom to believe, and what stops an attack."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flowsim.analysis.matrix import cell
from flowsim.checks import callback, discovery
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.lessons.mcp_login import messages_of
from flowsim.model.own_code import result_of
from flowsim.model.shown import shown
from flowsim.model.world import Transaction
from flowsim.protocol import well_known
from flowsim.protocol.messages import Request, query_of, response, single
from flowsim.simulation.simulation import Simulation, Trace

ENDPOINT = "https://tools.example/team/mcp"
ISSUER = "https://as.example/tenant-1"
_HOST = "https://tools.example"
_PLACES = {
    "root": f"{_HOST}{well_known.RESOURCE}",
    "inserted": f"{_HOST}{well_known.RESOURCE}/team/mcp",
    "appended": f"{ENDPOINT}{well_known.RESOURCE}",
    "server": f"{_HOST}{well_known.SERVER}/team/mcp",
}
_DEFENCES = ("S256", "iss", "resource-compared", "dpop")
_RIGHT: Mapping[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "code_challenge_methods_supported": ["S256"],
    "id_token_signing_alg_values_supported": ["RS256"],  # has S256 in it, and is no method
}
# What the metadata of the server at ISSUER may say, and how that is told.
_METADATA: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("metadata as they should be", _RIGHT),
    ("metadata that list `plain` as well", {**_RIGHT, "code_challenge_methods_supported": ["plain", "S256"]}),
    ("an issuer with a slash at the end", {**_RIGHT, "issuer": f"{ISSUER}/"}),
    ("an issuer in capital letters", {**_RIGHT, "issuer": ISSUER.upper()}),
    ("the issuer of another tenant", {**_RIGHT, "issuer": "https://as.example/tenant-2"}),
    ("metadata without an issuer", {name: value for name, value in _RIGHT.items() if name != "issuer"}),
    (
        "metadata that list no methods",
        {name: value for name, value in _RIGHT.items() if not name.startswith("code_challenge")},
    ),
    ("metadata that list `plain` alone", {**_RIGHT, "code_challenge_methods_supported": ["plain"]}),
    ("an empty list of methods", {**_RIGHT, "code_challenge_methods_supported": []}),
)
_ANSWERS: tuple[tuple[str | None, bool], ...] = (
    (ISSUER, True),
    (ISSUER, False),
    (None, False),
    (None, True),
    (f"{ISSUER}/", True),
    (f"{ISSUER}/", False),
    ("https://elsewhere.example", True),
    ("https://elsewhere.example", False),
    (ISSUER.replace("as.example", "AS.example"), True),
    (ISSUER.replace("tenant-1", "tenant%2D1"), True),
    ("", True),
    ("", False),
)


@cache
def login(**settings: Any) -> Trace:
    """A login of the lesson's assistant."""
    return Simulation(client="mcp", seed=7, **settings).run()


def names_the_resource() -> tuple[str, ...]:
    """The steps whose request names the MCP server as the `resource`, of a login and the refresh after it."""
    trace = login(scope="offline_access", later="1h refresh")
    return tuple(
        step
        for step in ("3", "7", "R1", "10")
        if any("resource" in _named(one) for one in messages_of(trace, step) if isinstance(one, Request))
    )


def _named(asked: Request) -> set[str]:
    """The parameters of a request, in its address and in its form; the body of a call is no form."""
    form = () if (asked.header("content-type") or "").startswith("application/json") else asked.form
    return {name for name, _ in (*query_of(asked.url), *form)}


def _first_place() -> str:
    first = well_known.resource_candidates(ENDPOINT)[0]
    return next(key for key, address in _PLACES.items() if address == first)


def stops_the_borrowed_name() -> tuple[str, ...]:
    """Which of these defences, each alone, stop an MCP server that goes by the name of another."""
    return tuple(name for name in _DEFENCES if not cell("borrowed-resource", name).works)


def believed(metadata: Mapping[str, Any]) -> bool:
    """Whether a client that asked ISSUER may use this metadata, as the checks of the lesson's assistant have it."""
    facts = discovery.MetadataFacts(ISSUER, response(200, json=dict(metadata)), False)
    return all(found(facts)[2] for found in (discovery.issuer_same, discovery.s256_named))


def _tries_to_believe(made: Callable[[str, Mapping[str, Any]], object]) -> Verdict:
    for told, metadata in _METADATA:
        said, right = result_of("your function", made, ISSUER, dict(metadata)), believed(metadata)
        if said is not right:
            return Verdict(False, f"For {told} it says {shown(said)}, and it is {right}.", told)
    return Verdict(True, f"It decides {len(_METADATA)} documents as the assistant of this lesson does.")


def accepted(iss: str | None, promised: bool) -> bool:
    """Whether an answer with this `iss` is taken, for a login that began at ISSUER."""
    begun = Transaction(
        state="s",
        nonce=None,
        code_verifier=None,
        redirect_uri="http://127.0.0.1/callback",
        issuer=ISSUER,
        token_endpoint=f"{ISSUER}/token",
        scope="",
        started=0,
    )
    params = (("code", "c"), ("state", "s"), *((("iss", iss),) if iss is not None else ()))
    facts = callback.CallbackFacts(
        params=params, arrived_at=begun.redirect_uri, transaction=begun, server_sends_iss=promised
    )
    return callback.issuer_same(facts)[2] is not False  # None: there is nothing to compare


def _tries_to_accept(made: Callable[[str, bool, str], object]) -> Verdict:
    for iss, promised in _ANSWERS:
        sent = {"code": "c", "state": "s"} | ({"iss": iss} if iss is not None else {})
        address = f"http://127.0.0.1:51004/callback?{urlencode(sent)}"
        said, right = result_of("your function", made, ISSUER, promised, address), accepted(iss, promised)
        if said is not right:
            which = "no iss" if iss is None else f"the iss {iss}" if iss else "an empty iss"
            where = "promise one" if promised else "promise none"
            return Verdict(
                False, f"With {which}, where the metadata {where}, it says {shown(said)}, and it is {right}.", which
            )
    return Verdict(True, f"It decides {len(_ANSWERS)} answers as the assistant of this lesson does.")


def _resource_in_the_token() -> str:
    (asked,) = (one for one in messages_of(login(), "7") if isinstance(one, Request) and one.method == "POST")
    return str(single(asked.form, "resource"))


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="mcp-login.1",
        question=f"An MCP server at `{ENDPOINT}` answers 401 and names no address. Where does the client ask first?",
        hint="`resource_candidates` in `flowsim.protocol.well_known` says it for any address.",
        options=(
            Option("root", f"`{_PLACES['root']}`", "That is what it asks when the first place has nothing."),
            Option(
                "inserted", f"`{_PLACES['inserted']}`", "The path of the MCP server goes behind what is well known."
            ),
            Option("appended", f"`{_PLACES['appended']}`", "Behind the path only OpenID Connect puts its document."),
            Option("server", f"`{_PLACES['server']}`", "That would be the metadata of an authorization server."),
        ),
        computed=_first_place,
        reason=lambda: "RFC 9728 §3.1: the suffix stands between the host and the path.",
    ),
    Choice(
        id="mcp-login.2",
        question="Which of these requests name the MCP server in `resource`? Choose all.",
        hint="Look for `resource` in the messages of steps 3, 7, 10 and, an hour later, R1.",
        several=True,
        options=(
            Option("3", "the authorization request", "The code is for that resource alone."),
            Option("7", "the token request", "It names the resource once more, and both have to fit."),
            Option("R1", "the refresh", "The new token is for the same MCP server."),
            Option("10", "the call of the tool", "It goes to the MCP server, and needs no parameter to say so."),
        ),
        computed=names_the_resource,
        reason=lambda: f"In each of them it is `{_resource_in_the_token()}`, and that is the audience of the token.",
    ),
    Choice(
        id="mcp-login.3",
        question="The attack `borrowed-resource`: which of these stop it, each alone? Choose all.",
        hint="`cell('borrowed-resource', 'iss')` plays one of them. What does the attacker hold in the end?",
        several=True,
        options=(
            Option("S256", "PKCE with S256", "No code is stolen: the app itself brings the token."),
            Option("iss", "the app checks `iss`", "The login is at the honest authorization server."),
            Option(
                "resource-compared",
                "the app compares `resource` with the address that it called",
                "Then the login does not begin.",
            ),
            Option("dpop", "the tokens are bound to a key of the app's", "The attacker has the token and not the key."),
        ),
        computed=stops_the_borrowed_name,
        reason=lambda: cell("borrowed-resource", "resource-compared").verdict.sentence,
    ),
    Made(
        id="mcp-login.4",
        question=(
            "Write `may_use(issuer, metadata)`: the client has asked this issuer, and `metadata` is the JSON object that "
            "came. It returns True if the client may go on, and False if not. Two rules decide: the issuer is the one "
            "asked, and S256 is among the methods."
        ),
        hint="Compare texts as they are, without repairing them. A member may be missing: `metadata.get(…)`.",
        wants="a function",
        is_one=callable,
        trial=_tries_to_believe,
        reason=lambda: "A client that repairs an issuer before it compares has believed somebody else.",
    ),
    Made(
        id="mcp-login.5",
        question=(
            "Write `is_ours(recorded, promised, address)`. The login began at the issuer `recorded`; `promised` says "
            "whether its metadata has `authorization_response_iss_parameter_supported`; the browser came back to "
            "`address`. It returns True if the `iss` allows to go on, and False if not."
        ),
        hint="`dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))`. There are three cases: it is there, "
        "and be it empty; promised; neither.",
        wants="a function",
        is_one=callable,
        trial=_tries_to_accept,
        reason=lambda: "An `iss` that is there is compared, promised or not; an empty one is there (RFC 9207 §2.4).",
    ),
)
