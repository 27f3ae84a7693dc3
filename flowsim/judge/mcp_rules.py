"""What a client of an MCP server has to do, each as a look at what the servers have seen of it.

A rule says whether it was kept, or that there was nothing to see: a client that never came to that point keeps no rule.

Source: Model Context Protocol, revision 2026-07-28, authorization and the pages below it; RFC 9449 for proofs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flowsim.judge.duties import Found
from flowsim.judge.mcp_seen import Exchange, Seen
from flowsim.live.faults import Need
from flowsim.model.mcp import SCOPES
from flowsim.model.shown import shown
from flowsim.protocol import client_id_documents, pkce, signed_tokens, strict_json
from flowsim.protocol.addresses import OWN_MACHINE, host_of, split
from flowsim.protocol.messages import single

A_FEW = 3  # logins that answer a 403 before a client should have given up
_NO_LOGIN = Found(None, "it has begun no login")
_NO_CODE = Found(None, "it has redeemed no code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that a client does: `clause` is the code of docs/mcp-rules.md, or where a recommendation stands."""

    name: str
    title: str
    clause: str
    look: Callable[[Seen], Found]
    need: Need = "must"


def _metadata_where_named(seen: Seen) -> Found:
    refused = next((one for one in seen.calls if one.answer.status == 401), None)
    if refused is None:
        return Found(None, "it has sent no message without a token")
    asked = [one for one in seen.after(refused).all if one.asked.method == "GET"]
    if not asked:
        return Found(None, "it has looked for no metadata")
    named = refused.challenge.get("resource_metadata", "")
    if asked[0].address != named:
        return Found(False, f"the challenge names {named}, and it asked {shown(asked[0].address)} first")
    return Found(True, "it asked at the address that the challenge names")


def _challenged_scope(seen: Seen) -> Found:
    refused = next((one for one in seen.calls if one.answer.status == 401 and one.challenge.get("scope")), None)
    begun = seen.after(refused).authorizations()
    if refused is None or not begun:
        return _NO_LOGIN
    wanted = refused.challenge["scope"].split()
    missing = [one for one in wanted if one not in begun[0].scope]
    if missing:
        return Found(False, f"the challenge wants {' '.join(wanted)}, and it asked for {_words(begun[0])}")
    return Found(True, f"it asked for {_words(begun[0])}")


def _listed_scopes(seen: Seen) -> Found:
    begun = seen.authorizations()
    listed = _listed(seen)
    if not begun or not listed:
        return _NO_LOGIN
    missing = [one for one in listed if one not in begun[0].scope]
    if missing:
        return Found(False, f"without a challenge that names any it did not ask for {' '.join(missing)}")
    return Found(True, f"it asked for {_words(begun[0])}")


def _listed(seen: Seen) -> tuple[str, ...]:
    documents = [one.answer.json() for one in seen.all if one.answer.json().get("resource") == seen.endpoint]
    return tuple(next((found for one in documents if (found := one.get("scopes_supported"))), ()))


def _no_scope(seen: Seen) -> Found:
    begun = seen.authorizations()
    if not begun:
        return _NO_LOGIN
    if begun[0].param("scope") is not None:
        return Found(False, f"nothing names a scope, and it asked for {_words(begun[0])}")
    return Found(True, "it left the parameter out")


def _steps_up(seen: Seen) -> Found:
    refused = _wanting_more(seen)
    if refused is None:
        return Found(None, "it has called no tool that takes more scope")
    wanted = refused.wants_scope
    begun = seen.after(refused).authorizations()
    if not any(set(wanted) <= set(one.scope) for one in begun):
        return Found(False, f"a 403 wants {' '.join(wanted)}, and no login that asks for it came")
    return Found(True, "after the 403 it asked for what that wants")


def _adds_up(seen: Seen) -> Found:
    refused = _wanting_more(seen)
    before = [one for one in seen.authorizations() if one not in seen.after(refused).all]
    begun = seen.after(refused).authorizations()
    if refused is None or not before or not begun:
        return Found(None, "it has begun no login after a 403")
    held = [one for one in before[-1].scope if one in SCOPES.values()]
    lost = [one for one in held if one not in begun[0].scope]
    if lost:
        return Found(False, f"it had asked for {' '.join(held)} before, and left {' '.join(lost)} out after the 403")
    return Found(True, f"it asked for {_words(begun[0])}, all of it")


def _wanting_more(seen: Seen) -> Exchange | None:
    return next((one for one in seen.calls if one.wants_scope), None)


def _gives_up(seen: Seen) -> Found:
    refused = _wanting_more(seen)
    if refused is None:
        return Found(None, "it has come to no 403")
    begun = len(seen.after(refused).authorizations())
    if begun > A_FEW:
        return Found(False, f"{begun} logins for a server that is never content")
    return Found(True, f"{begun} logins for a server that is never content")


def _by_document(seen: Seen) -> Found:
    if seen.registrations:
        return Found(False, "it registered itself, although the server reads documents")
    begun = seen.authorizations()
    if not begun:
        return _NO_LOGIN
    used = begun[0].param("client_id") or ""
    if not client_id_documents.is_address(used):
        return Found(False, f"its client_id is {shown(used)}, although the server reads documents")
    return Found(True, "its client_id is the address of its document")


def _by_known_id(seen: Seen) -> Found:
    if seen.registrations:
        return Found(False, "it tried to register, although no server here offers that")
    begun = seen.authorizations()
    if not begun:
        return _NO_LOGIN
    used = begun[0].param("client_id") or ""
    if used != seen.known:
        return Found(False, f"its client_id is {shown(used)}, and not the {seen.known} that it was given")
    return Found(True, "it used the client_id that it was given")


def _proves_its_key(seen: Seen) -> Found:
    begun = seen.authorizations()
    if not begun:
        return _NO_LOGIN
    for one in begun:
        if one.param("code_challenge_method") != "S256" or not one.param("code_challenge"):
            return Found(False, "an authorization request has no code_challenge with S256")
    if not seen.redeemed:
        return _NO_CODE
    sent = {one.param("code_challenge") or "" for one in begun}
    for one in seen.redeemed:
        verifier = single(one.asked.form, "code_verifier") or ""
        if not pkce.well_formed(verifier) or pkce.challenge_for(verifier, "S256") not in sent:
            return Found(False, "a code came without the code_verifier that fits its code_challenge")
    return Found(True, "each code came with the verifier of its challenge")


def _application_type(seen: Seen) -> Found:
    if not seen.registrations:
        return Found(None, "it has registered nothing")
    said = strict_json.parse_object(seen.registrations[0].asked.body)
    kind, uris = said.get("application_type"), said.get("redirect_uris")
    addresses = [str(one) for one in uris] if isinstance(uris, list) else []
    native = any(host_of(one) in OWN_MACHINE or split(one).scheme not in ("http", "https") for one in addresses)
    if kind is None:
        return Found(False, "its registration names no application_type, which then is web")
    if kind not in ("native", "web") or (native and kind != "native"):
        return Found(False, f"its redirect_uri is that of a native app, and its application_type is {shown(str(kind))}")
    return Found(True, f"its registration says {kind}")


def _apart(seen: Seen) -> Found:
    first, second = seen.issuers
    given = {one.answer.json().get("client_id") for one in seen.registrations if one.address.startswith(first)}
    given |= {one.param("client_id") for one in seen.authorizations(first)}
    begun = seen.authorizations(second)
    if not begun:
        return Found(None, "it never came to the second authorization server")
    if any(one.param("client_id") in given for one in begun):
        return Found(False, "it showed the second authorization server the client_id of the first")
    return Found(True, "the second authorization server saw another client_id")


def _registers_anew(seen: Seen) -> Found:
    second = seen.issuers[1]
    if any(one.address.startswith(second) for one in seen.registrations):
        return Found(True, "it registered at the second authorization server")
    if not seen.authorizations(second):
        return Found(None, "it never came to the second authorization server")
    return Found(False, "it came to the second authorization server and had not registered there")


def _names_resource(seen: Seen) -> Found:
    begun, redeemed = seen.authorizations(), seen.redeemed
    named = [("authorization", one.param("resource")) for one in begun]
    named += [("token", single(one.asked.form, "resource")) for one in redeemed]
    for kind, resource in named:
        if resource != seen.endpoint:
            said = "no resource" if resource is None else f"the resource {shown(resource)}"
            return Found(False, f"the {kind} request names {said}, expected {seen.endpoint}")
    if not begun:
        return _NO_LOGIN
    return Found(True, "both requests name the MCP server") if redeemed else _NO_CODE


def _token_in_header(seen: Seen) -> Found:
    asked = [one for one in seen.all if one.address == seen.endpoint]
    if any(single(one.asked.query, "access_token") is not None for one in asked):
        return Found(False, "a token stands in an address")
    first = next((one for one in asked if one.answer.status in (200, 202) and one.shown.shown), None)
    if first is None:
        return Found(None, "it has shown no good token")
    without = [one for one in seen.after(first).calls if not one.shown.shown]
    if without:
        return Found(False, f"{len(without)} messages came without the token")
    return Found(True, "each message carries the token in its header")


def _no_login(seen: Seen) -> Found:
    if not seen.bent:
        return Found(None, "it has not read these metadata")
    if seen.after(seen.bent[0]).authorizations():
        return Found(False, "it has begun a login all the same")
    return Found(True, "it has begun no login")


def _no_code(seen: Seen) -> Found:
    if not seen.bent:
        return Found(None, "no answer of a login was sent to it")
    if seen.after(seen.bent[0]).redeemed:
        return Found(False, "it has sent the code to the token endpoint all the same")
    return Found(True, "it has sent the code to nobody here")


def _goes_on(seen: Seen) -> Found:
    if not seen.bent:
        return Found(None, "no answer of a login was sent to it")
    if seen.after(seen.bent[0]).redeemed:
        return Found(True, "it went on")
    return Found(False, "it has stopped, although nothing is wrong")


def _token_request_proven(seen: Seen) -> Found:
    if not seen.redeemed:
        return _NO_CODE
    if any(one.proof is None or not one.proof.signed for one in seen.redeemed):
        return Found(False, "a code came to the token endpoint without a proof: the token is bound to nothing")
    return Found(True, "each code came with a proof")


def _scheme_of_bound_token(seen: Seen) -> Found:
    shown_so = [one.shown for one in seen.calls if one.shown.shown]
    bound = [one for one in shown_so if _is_bound(one.shown)]
    if not bound:
        return Found(None, "it has shown no token that is bound to a key")
    if any(one.scheme != "dpop" for one in bound):
        return Found(False, f"a token that is bound to a key was shown as {shown(bound[0].scheme)}")
    return Found(True, "each token that is bound to a key was shown as DPoP")


def _is_bound(text: str | None) -> bool:
    token = signed_tokens.read(text or "")
    named = token.claims.get("cnf") if token else None
    return isinstance(named, dict) and "jkt" in named


def _proofs_fresh(seen: Seen) -> Found:
    made = [str(one.claims.get("jti")) for one in seen.proofs()]
    if len(made) < 2:
        return Found(None, "it has sent less than two proofs")
    if len(set(made)) < len(made):
        return Found(False, f"{len(made)} requests came with {len(set(made))} proofs")
    return Found(True, f"{len(made)} requests, each with a proof of its own")


def _nonce_of(where: str, exchanges: Callable[[Seen], list[Exchange]]) -> Callable[[Seen], Found]:
    def look(seen: Seen) -> Found:
        refused = next((one for one in exchanges(seen) if one.wants_nonce), None)
        if refused is None:
            return Found(None, f"{where} had no proof to want a nonce in")
        given = refused.answer.header("dpop-nonce")
        proofs = [one.proof for one in exchanges(seen.after(refused))]
        if not any(proof is not None and proof.claims.get("nonce") == given for proof in proofs):
            return Found(False, f"{where} wants its nonce in the proof, and no such proof came")
        return Found(True, f"the nonce of {where} was in the next proof")

    return look


def _words(one: Exchange) -> str:
    return shown(" ".join(one.scope)) if one.scope else "nothing"


_STEP_UP, _SCOPES = "authorization, step-up flow", "authorization, scope selection"
_IDENTITY = "client registration, order of choice"
METADATA_WHERE_NAMED = Rule(
    name="metadata-where-named",
    title="looks for the metadata where the challenge says",
    clause="D6",
    look=_metadata_where_named,
)
CHALLENGED_SCOPE = Rule(
    name="challenged-scope",
    title="asks for the scopes of the challenge",
    clause="I10",
    look=_challenged_scope,
)
LISTED_SCOPES = Rule(
    name="listed-scopes",
    title="asks for all listed scopes where the challenge names none",
    clause=_SCOPES,
    look=_listed_scopes,
    need="should",
)
NO_SCOPE = Rule(
    name="no-scope",
    title="leaves scope out where nothing names one",
    clause=_SCOPES,
    look=_no_scope,
    need="should",
)
STEPS_UP = Rule(
    name="steps-up",
    title="logs in for more after a 403 that wants more",
    clause=_STEP_UP,
    look=_steps_up,
    need="should",
)
ADDS_UP = Rule(
    name="adds-up",
    title="then asks for what it had asked for before as well",
    clause=_STEP_UP,
    look=_adds_up,
    need="should",
)
GIVES_UP = Rule(
    name="gives-up",
    title="leaves a server alone that is never content",
    clause=_STEP_UP,
    look=_gives_up,
    need="should",
)
BY_DOCUMENT = Rule(
    name="by-document",
    title="is known by its document where the server reads such",
    clause=_IDENTITY,
    look=_by_document,
    need="should",
)
BY_KNOWN_ID = Rule(
    name="by-known-id",
    title="uses the client_id it was given where none can be had",
    clause=_IDENTITY,
    look=_by_known_id,
    need="should",
)
PROVES_ITS_KEY = Rule(name="pkce", title="proves each code with S256", clause="S10", look=_proves_its_key)
APPLICATION_TYPE = Rule(
    name="application-type",
    title="says which kind of app it is where it registers",
    clause="R9",
    look=_application_type,
)
APART = Rule(
    name="credentials-apart",
    title="shows the client_id of one authorization server to no other",
    clause="R12",
    look=_apart,
)
REGISTERS_ANEW = Rule(
    name="registers-anew",
    title="registers where the authorization server has changed",
    clause="R13",
    look=_registers_anew,
)
NAMES_RESOURCE = Rule(
    name="resource-named",
    title="names the MCP server as resource, in both requests",
    clause="I18",
    look=_names_resource,
)
TOKEN_IN_HEADER = Rule(
    name="token-in-header",
    title="shows the token in the header of each message",
    clause="I24",
    look=_token_in_header,
)
GOES_ON = Rule(
    name="goes-on",
    title="goes on where no issuer is promised and none is named",
    clause="I13",
    look=_goes_on,
)
TOKEN_REQUEST_PROVEN = Rule(
    name="token-request-proven",
    title="has the token bound to a key that it proves to hold",
    clause="RFC 9449 §5",
    look=_token_request_proven,
)
SCHEME_OF_BOUND_TOKEN = Rule(
    name="dpop-scheme",
    title="shows a bound token as DPoP",
    clause="RFC 9449 §7.1",
    look=_scheme_of_bound_token,
)
PROOFS_FRESH = Rule(
    name="proofs-fresh",
    title="makes a proof for each request",
    clause="RFC 9449 §4.2",
    look=_proofs_fresh,
)
NONCE_OF_SERVER = Rule(
    name="nonce-of-server",
    title="puts the authorization server's nonce into its proof",
    clause="RFC 9449 §8",
    look=_nonce_of("the token endpoint", lambda seen: seen.token_requests),
)
NONCE_OF_RESOURCE = Rule(
    name="nonce-of-mcp-server",
    title="puts the MCP server's nonce into its proof",
    clause="RFC 9449 §9",
    look=_nonce_of("the MCP server", lambda seen: seen.calls),
)


def no_login(title: str, clause: str) -> Rule:
    """A client that reads these metadata begins no login."""
    return Rule(name="no-login", title=title, clause=clause, look=_no_login)


def no_code(title: str, clause: str, need: Need = "must") -> Rule:
    """A client that is sent back so sends the code to no token endpoint."""
    return Rule(name="no-code", title=title, clause=clause, look=_no_code, need=need)
