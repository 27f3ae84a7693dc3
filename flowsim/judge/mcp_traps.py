"""MCP servers of which each does one thing that a client has to be ready for, and what shows there of a wrong client.

A trap is a live world with an MCP server of its own. It changes one kind of answer on its way, or has a second
authorization server to which it moves; all else stays as it is. What a client did is read from what came.

Source: Model Context Protocol, revision 2026-07-28, authorization and the pages below it; RFC 9449 for proofs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlencode

from frozendict import frozendict

from flowsim.judge import mcp_rules as rules
from flowsim.judge.mcp_rules import Rule
from flowsim.protocol import challenges, dpop, well_known
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response, query_of, response, single, without_query

Json = dict[str, Any]
Place = Literal["challenge", "resource", "server", "answer", "served"]
Change = Callable[[Json], Json]
ELSEWHERE = "https://elsewhere.example"
OTHER_PATH = "/about-the-mcp-server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """What its server does, and the rules that are looked at there.

    `changes` says what is changed: the parameters of the challenge, the members of the metadata of the MCP server or of the
    authorization server, or the parameters of the answer in the browser. One of `served` makes a 403 of each good answer to
    a message, with these parameters. `code` is that of the rule in docs/mcp-rules.md that the server itself breaks, if one.
    `extension` is one of the protocol that a client need not know.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]
    changes: Mapping[Place, Change] = field(default_factory=frozendict)
    settings: Mapping[str, Any] = field(default_factory=frozendict)
    code: str = ""
    registers: bool = True
    reads_documents: bool = False
    moves: bool = False
    extension: str = ""


def place_of(endpoint: str, request: Request, answer: Response) -> Place | None:
    """Which kind of answer this is, where the MCP server is at `endpoint`; None for one that no trap changes."""
    if answer.location and single(query_of(answer.location), "code") is not None:
        return "answer"
    if without_query(request.url) == endpoint:
        return "challenge" if answer.status == 401 else "served" if answer.status in (200, 202) else None
    if answer.status != 200 or "/.well-known/" not in request.url:
        return None
    if well_known.RESOURCE in request.url:
        return "resource"
    return "server" if well_known.SERVER in request.url or well_known.OPENID in request.url else None


def changed(place: Place, change: Change, answer: Response) -> Response:
    """This answer, changed so."""
    if place == "answer":
        location = f"{without_query(answer.location)}?{urlencode(change(dict(query_of(answer.location))))}"
        headers = tuple((name, location if name.lower() == "location" else value) for name, value in answer.headers)
        return replace(answer, headers=headers)
    if place == "served":
        return response(403, headers={"WWW-Authenticate": _challenge(change({"error": "insufficient_scope"}))})
    if place == "challenge":
        params = {**challenges.of_scheme(answer.all_of("www-authenticate"), "bearer")}
        headers = tuple(
            (name, _challenge(change(params)) if name.lower() == "www-authenticate" else value)
            for name, value in answer.headers
        )
        return replace(answer, headers=headers)
    return response(200, json=change(answer.json()))


def _challenge(params: Mapping[str, str]) -> str:
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in params.items())


def with_members(**members: Any) -> Change:
    """These members instead; None leaves one out."""
    return lambda document: {name: value for name, value in {**document, **members}.items() if value is not None}


def slash_at(member: str) -> Change:
    """This member with a slash at its end."""
    return lambda document: {**document, member: f"{document[member]}/"}


def _another_path(document: Json) -> Json:
    return {**document, "resource": f"{document['resource']}-2"}


def _whole_host(document: Json) -> Json:
    return {**document, "resource": origin_of(document["resource"])}


def _at_other_path(params: Json) -> Json:
    return {**params, "resource_metadata": f"{origin_of(params['resource_metadata'])}{OTHER_PATH}"}


def _without_issuer_promised(document: Json) -> Json:
    return {**document, "authorization_response_iss_parameter_supported": False}


_NO_SCOPE_NAMED = with_members(scope=None)
_SAME = "RFC 9728 §3.3"
_BOUND = with_members(
    dpop_bound_access_tokens_required=True,
    dpop_signing_alg_values_supported=[dpop.USUAL_ALGORITHM, dpop.ALGORITHM],
)
_PROOFS = (rules.TOKEN_REQUEST_PROVEN, rules.SCHEME_OF_BOUND_TOKEN, rules.PROOFS_FRESH)


def _metadata(name: str, title: str, place: Place, code: str, duty: str, change: Change) -> Trap:
    return Trap(name=name, title=title, changes={place: change}, code=code, rules=(rules.no_login(duty, code),))


def _iss(name: str, title: str, code: str, change: Change, *, promised: bool = True) -> Trap:
    changes: dict[Place, Change] = {"answer": change}
    if not promised:
        changes["server"] = _without_issuer_promised
    rule = rules.no_code("believes no answer whose issuer is not that of the metadata", code)
    return Trap(name=name, title=title, changes=changes, code=code, rules=(rule,))


_STATE = "security considerations, open redirection"
_ISSUER = "believes no metadata of another issuer"
_S256 = "begins no login where the metadata do not name S256"
_RESOURCE = "believes no metadata of another resource"
_ALL = (
    Trap(
        name="plain",
        title="all is right; one tool takes more scope than the other",
        rules=(
            rules.PROVES_ITS_KEY,
            rules.NAMES_RESOURCE,
            rules.TOKEN_IN_HEADER,
            rules.APPLICATION_TYPE,
            rules.STEPS_UP,
            rules.ADDS_UP,
        ),
    ),
    Trap(
        name="metadata-elsewhere",
        title="its metadata are only where its challenge says",
        changes={"challenge": _at_other_path},
        rules=(rules.METADATA_WHERE_NAMED,),
    ),
    Trap(
        name="scope-challenged",
        title="its challenge names a scope that its metadata do not list",
        changes={"resource": with_members(scopes_supported=["write:messages"])},
        rules=(rules.CHALLENGED_SCOPE,),
    ),
    Trap(
        name="scopes-listed",
        title="its challenge names no scope, and its metadata list two",
        changes={"challenge": _NO_SCOPE_NAMED},
        rules=(rules.LISTED_SCOPES,),
    ),
    Trap(
        name="scopes-nowhere",
        title="nothing names a scope",
        changes={
            "challenge": _NO_SCOPE_NAMED,
            "resource": with_members(scopes_supported=None),
            "server": with_members(scopes_supported=None),
        },
        rules=(rules.NO_SCOPE,),
    ),
    Trap(
        name="never-content",
        title="it answers each token with a 403 that wants more scope",
        changes={"served": with_members(scope="read:messages write:messages")},
        rules=(rules.GIVES_UP,),
    ),
    Trap(
        name="documents",
        title="its authorization server reads documents, and registers apps as well",
        reads_documents=True,
        rules=(rules.BY_DOCUMENT,),
    ),
    Trap(
        name="no-registration",
        title="its authorization server registers nobody",
        registers=False,
        rules=(rules.BY_KNOWN_ID,),
    ),
    Trap(
        name="moved",
        title="after the first good answer it has another authorization server",
        moves=True,
        rules=(rules.APART, rules.REGISTERS_ANEW),
    ),
    _metadata(
        "issuer-slash",
        "its metadata name the issuer with a slash at the end",
        "server",
        "D13",
        _ISSUER,
        slash_at("issuer"),
    ),
    _metadata(
        "issuer-other", "its metadata name another issuer", "server", "D15", _ISSUER, with_members(issuer=ELSEWHERE)
    ),
    _metadata(
        "methods-missing",
        "its metadata name no challenge methods",
        "server",
        "S14",
        _S256,
        with_members(code_challenge_methods_supported=None),
    ),
    _metadata(
        "methods-plain",
        "its metadata name `plain` alone",
        "server",
        "S12",
        _S256,
        with_members(code_challenge_methods_supported=["plain"]),
    ),
    _metadata(
        "resource-elsewhere",
        "the MCP server speaks of a resource elsewhere",
        "resource",
        _SAME,
        _RESOURCE,
        with_members(resource=f"{ELSEWHERE}/mcp"),
    ),
    _metadata(
        "resource-beside",
        "it speaks of another path of its host",
        "resource",
        _SAME,
        _RESOURCE,
        _another_path,
    ),
    _metadata(
        "resource-host",
        "it speaks of its whole host, in a document that its challenge named",
        "resource",
        _SAME,
        _RESOURCE,
        _whole_host,
    ),
    _iss("iss-other", "the answer names another issuer", "I13", with_members(iss=ELSEWHERE)),
    _iss("iss-slash", "the answer names the issuer with a slash at the end", "I15", slash_at("iss")),
    _iss(
        "iss-missing",
        "the answer names no issuer, although the metadata promise one",
        "I13",
        with_members(iss=None),
    ),
    _iss(
        "iss-unpromised",
        "the answer names another issuer, and the metadata promise none",
        "I13",
        with_members(iss=ELSEWHERE),
        promised=False,
    ),
    Trap(
        name="iss-nowhere",
        title="the answer names no issuer, and the metadata promise none",
        changes={"answer": with_members(iss=None), "server": _without_issuer_promised},
        rules=(rules.GOES_ON,),
    ),
    Trap(
        name="state-other",
        title="the answer has another state",
        changes={"answer": with_members(state="a-state-of-somebody-else")},
        rules=(rules.no_code("believes no answer to a login that it did not begin", _STATE, "should"),),
    ),
    Trap(
        name="dpop",
        title="it says that it takes only tokens that are bound to a key",
        changes={"resource": _BOUND},
        rules=_PROOFS,
        extension="DPoP",
    ),
    Trap(
        name="dpop-nonce",
        title="it says so too, and wants a nonce in each proof",
        changes={"resource": _BOUND},
        settings={"dpop_nonce": True},
        rules=(*_PROOFS, rules.NONCE_OF_SERVER, rules.NONCE_OF_RESOURCE),
        extension="DPoP",
    ),
)
TRAPS: Mapping[str, Trap] = {one.name: one for one in _ALL}
