"""The client application with its SDK, as functions that build requests and consume responses: no I/O of their own.

A client remembers one transaction for each browser that uses it. `who` names that browser: its session cookie for a
website, the installation or the page's own storage for an app.

Source: RFC 6749 sections 4.1 and 6, RFC 7636 sections 4.1 to 4.5, RFC 7009 section 2.1, RFC 9700 section 2.1, RFC 8252
section 8.10.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from frozendict import deepfreeze, frozendict

from flowsim.actors import mcp_client
from flowsim.actors.app_proofs import assertion_for, assertion_for_own, proof_for
from flowsim.actors.mistakes import app as mistakes
from flowsim.actors.pending_logins import place_of
from flowsim.checks import authentication, callback, discovery, prepare, token_response
from flowsim.checks import end_session as end_session_checks
from flowsim.model.app_settings import Discovery
from flowsim.model.authentication import acr_of
from flowsim.model.clients import signed_out_uri
from flowsim.model.context import Context
from flowsim.model.mcp import MCP_URL
from flowsim.model.scenario import APIS, DEFAULT_API, Scenario
from flowsim.model.steps import CLIENT
from flowsim.model.world import SECOND_SERVER, Challenge, Client, TokenSet, Transaction, evolve
from flowsim.protocol import challenges, client_assertions, dpop, pkce, signed_tokens
from flowsim.protocol.addresses import split
from flowsim.protocol.messages import (
    Request,
    Response,
    query_of,
    request,
    see_other,
    single,
    with_params,
    without_query,
)

LINK = "/begin"  # the path of a link that begins a login
HEADERS = {"Accept": "application/json", "User-Agent": "flowsim-sdk"}


def prepare_login(
    client: Client,
    who: str,
    settings: Scenario,
    context: Context,
    issuer: str | None = None,
    tab: str = "",
    *,
    silent: bool = False,
    tools: str | None = None,
) -> tuple[Client, str | None]:
    """Step 2: the client with a new transaction, and the address to open; None where a check stopped the app.

    `tab` is where the login takes place, for an app that keeps its logins by that (`pending_logins`).
    `issuer` is the server the user chose, where the app has more than one. What an API has demanded of the login is asked
    for now (RFC 9470 section 4). Where it is to be `silent`, no page may be shown (OIDC Core section 3.1.2.1).
    `tools` is the address of the MCP server that it is for, where the app calls one.
    """
    server = server_metadata(client, issuer)
    if not knows(client, issuer):
        return _without_demand(client, who), None
    scope, tools = settings.scope, tools or settings.mcp_url
    if settings.speaks_mcp:
        known = prepare.IdentityFacts(server["issuer"], mcp_client.client_id_at(client, server["issuer"]))
        if context.evaluate(prepare.IDENTITY_CHECKS, known) is not None:
            return _without_demand(client, who), None
        client = mcp_client.known_at(client, server["issuer"])
        opening = prepare.OpeningFacts(server["authorization_endpoint"])
        if context.evaluate(prepare.OPENING_CHECKS, opening) is not None:
            return _without_demand(client, who), None
        scope = mcp_client.scope_wanted(client, tools, who, settings)
    method = None if settings.pkce == "none" else settings.pkce
    demanded = client.challenges.get(who, Challenge())
    ages = [age for age in (settings.max_age, demanded.max_age) if age is not None]
    acr = acr_of(settings.acr)
    verifier = _new_verifier(client, settings, context) if method else None
    state = context.random_token("state", 16) if settings.state else None
    nonce = context.random_token("nonce", 16) if settings.nonce and "openid" in scope.split(" ") else None
    fresh = tuple(value for value in (verifier, state, nonce) if value)
    supported = _listed(server, "code_challenge_methods_supported")
    # A website has one memory for all; an app remembers what it has sent from this device, and knows of no other.
    place = "" if client.profile.kind == "website" else who
    seen = frozenset(value for where, value in client.seen_values if where == place)
    failed = context.evaluate(prepare.CHECKS, prepare.PreparationFacts(method, supported, fresh, seen))
    # Asked for another login an app tries once: one that it gives up itself is not tried for ever.
    client = evolve(client, challenges=client.challenges.delete(who)) if who in client.challenges else client
    if failed is not None:
        return _without_demand(client, who), None
    key_before = client.dpop_keys.get(place)
    client, key = _key_of_login(client, place, settings, context)
    transaction = Transaction(
        state=state,
        nonce=nonce,
        code_verifier=verifier,
        redirect_uri=mistakes.redirect_uri(client, _own_redirect(client, server, settings)),
        issuer=server["issuer"],
        token_endpoint=server["token_endpoint"],
        at_second=server is client.second,
        scope=scope,
        started=mistakes.now(client, context),
        resource=_resource(client, settings, tools) if mistakes.names_the_api(client) else None,
        dpop_key=key,
        max_age=min(ages, default=None),
        acr_values=demanded.acr_values or ((acr,) if acr else ()),
    )
    params = {
        "response_type": "code",
        "client_id": mcp_client.client_id_at(client, server["issuer"]),
        "redirect_uri": transaction.redirect_uri,
        **({"scope": scope} if scope or not settings.speaks_mcp else {}),
    }
    if silent:
        params["prompt"] = "none"
    if settings.posts_answer:
        params["response_mode"] = settings.response_mode
    if transaction.resource:
        params["resource"] = transaction.resource
    if transaction.max_age is not None:
        params["max_age"] = str(transaction.max_age)
    if transaction.acr_values:
        params["acr_values"] = " ".join(transaction.acr_values)
    if state:
        params["state"] = state
        context.record_secret(CLIENT, "state", state)
    if nonce:
        params["nonce"] = nonce
        context.record_secret(CLIENT, "nonce", nonce)
    if verifier and method:
        challenge = mistakes.challenge(client, verifier, method)
        params |= {"code_challenge": challenge, "code_challenge_method": method}
        context.record_secret(CLIENT, "code_verifier", verifier)
        context.record_secret(CLIENT, "code_challenge", challenge)
    if key is not None:
        if key != key_before:
            context.record_secret(CLIENT, "dpop_key", pkce.base64url(key))
        if settings.dpop == "code":
            params["dpop_jkt"] = dpop.thumbprint(key)
    under = place_of(settings.transactions, who, state, tab)
    client = evolve(
        client,
        transactions=client.transactions.set(under, transaction),
        seen_values=client.seen_values.union((place, value) for value in fresh),
    )
    params = mistakes.parameters(client, params)
    return _without_demand(client, who), with_params(server["authorization_endpoint"], params)


def _resource(client: Client, settings: Scenario, tools: str) -> str | None:
    """What the app names as the `resource` (RFC 8707 section 2); None where it leaves that to the server."""
    if settings.speaks_mcp:
        named = mcp_client.connection_to(client, tools).resource.get("resource")
        return named if isinstance(named, str) else tools
    return APIS[settings.api] if settings.api != DEFAULT_API else None


def _without(transactions: frozendict[str, Transaction], who: str) -> frozendict[str, Transaction]:
    return transactions.delete(who) if who in transactions else transactions


def _key_of_login(client: Client, place: str, settings: Scenario, context: Context) -> tuple[Client, bytes | None]:
    """The key for this login, None without DPoP: a new one, or the one that the app has at this place for them all.

    A code that is bound to a key is tied to one login only where no other login has that key (RFC 9449 section 10).
    """
    if settings.dpop == "off":
        return client, None
    if place in client.dpop_keys:
        return client, client.dpop_keys[place]
    key = context.random_bytes("dpop_key")
    if settings.dpop_key_per_login:
        return client, key
    return evolve(client, dpop_keys=client.dpop_keys.set(place, key)), key


def _without_demand(client: Client, who: str) -> Client:
    """The client that has asked for what an API demanded of the login, or has found that it cannot: once is enough."""
    return evolve(client, challenges=client.challenges.delete(who)) if who in client.challenges else client


def server_metadata(client: Client, issuer: str | None) -> Mapping[str, Any]:
    """What the app knows of this authorization server; its first one where no other is named.

    A server is known by the address that the app was given, whatever its metadata calls it.
    """
    if client.second is not None and issuer == SECOND_SERVER:
        return client.second
    return client.metadata


def _listed(server: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The texts in this list of the metadata; none where it is no list."""
    listed = server.get(name)
    return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list | tuple) else ()


def _of_login(client: Client, transaction: Transaction | None) -> Mapping[str, Any]:
    """What the app knows of the server that this login is with."""
    second = client.second if transaction is not None and transaction.at_second else None
    return client.metadata if second is None else second


def knows(client: Client, issuer: str | None) -> bool:
    """True where the app knows where the endpoints of this server are."""
    known = server_metadata(client, issuer)
    return all(isinstance(known.get(name), str) for name in ("authorization_endpoint", "token_endpoint"))


def ask_for_metadata(issuer: str, settings: Scenario) -> Request:
    """Step D1: the request for the metadata of this server (RFC 8414 section 3.1, OIDC Discovery section 4.1)."""
    return request("GET", well_known(issuer, settings.discovery), headers=HEADERS)


def well_known(issuer: str, kind: Discovery) -> str:
    """Where the metadata of this issuer is: OpenID Connect appends to its path, RFC 8414 puts its own before it."""
    issuer = issuer.removesuffix("/")
    if kind == "openid":
        return f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
    parts = split(issuer)
    return f"{parts.scheme}://{parts.authority}/.well-known/oauth-authorization-server{parts.path}"


def receive_metadata(
    client: Client, issuer: str, answer: Response, settings: Scenario, context: Context
) -> tuple[Client, bool]:
    """Step D2: the client with the metadata of this server, and whether it believes it. What it refuses it forgets."""
    facts = discovery.MetadataFacts(issuer, answer, settings.discovery == "openid")
    if context.evaluate(discovery.CHECKS, facts) is not None:
        return client, False
    document = deepfreeze(answer.json())
    if not isinstance(document.get("issuer"), str):
        document = document.set("issuer", issuer)
    if client.second is not None and issuer == SECOND_SERVER:
        return evolve(client, second=document), True
    return evolve(client, metadata=document), True


def _own_redirect(client: Client, server: Mapping[str, Any], settings: Scenario) -> str:
    """Where the answer of this server is awaited: for the second one at an address of its own, if the app has such.

    An app that takes a server's name from whoever adds a tool gives two tools that write one name one address.
    """
    second = server is client.second
    one_name = settings.open_tools and server["issuer"] == client.metadata.get("issuer")
    own = second and (settings.redirect_uri_per_tool or (settings.redirect_uri_per_server and not one_name))
    return f"{client.profile.redirect_uri}/second" if own else client.profile.redirect_uri


def _new_verifier(client: Client, settings: Scenario, context: Context) -> str:
    """A `code_verifier` from 32 random octets; or, in an app that is badly made, the time of day with zeros before it."""
    if settings.verifier == "clock":
        return clock_verifier(context.now)
    return mistakes.verifier(client, pkce.verifier_from(context.random_bytes("code_verifier")))


def clock_verifier(now: int) -> str:
    """This second in 43 characters: well formed, and known to everybody who knows the time (RFC 7636 section 7.1)."""
    return str(now).zfill(43)


def push(client: Client, url: str, context: Context, issuer: str | None = None) -> Request | None:
    """The request of this address, to be pushed to the server beforehand; None where the server takes none (RFC 9126)."""
    server = server_metadata(client, issuer)
    endpoint = server.get("pushed_authorization_request_endpoint")
    if endpoint is None:
        return None
    called = server["token_endpoint"]
    assertion = assertion_for(client, server["issuer"], context, endpoint=endpoint, token_endpoint=called)
    secret = _secret_at(client, server)
    return push_request(endpoint, dict(query_of(url)), secret, assertion)


def push_request(
    endpoint: str, params: Mapping[str, str], secret: str | None = None, assertion: str | None = None
) -> Request:
    """The POST of RFC 9126 section 2.1, with the parameters of an authorization request."""
    client_id = params["client_id"]
    form = {name: value for name, value in params.items() if name != "client_id"}
    return _back_channel(endpoint, form, client_id, secret, assertion=assertion)


def pushed_address(endpoint: str, client_id: str, request_uri: str) -> str:
    """The address to open for a request that was pushed: it names the app and the request, and nothing else."""
    return with_params(endpoint, {"client_id": client_id, "request_uri": request_uri})


def with_link(client: Client, who: str, url: str) -> tuple[Client, str]:
    """The client that has made a link for the login of this browser, which names its session; and the link.

    Whoever opens it is sent to `url`, the server. A program that shares no session with the browser it opens needs such.
    """
    pending = evolve(client.transactions[who], opens=url)
    link = with_params(f"{client.profile.home}{LINK}", {"session": who})
    return evolve(client, transactions=client.transactions.set(who, pending)), link


def follow_link(client: Client, asked: Request, context: Context) -> Response | None:
    """The answer to a browser that opens such a link: on to the server, with the session; None where a check stopped it.

    Raises KeyError for a link to no login that is under way.
    """
    named = single(asked.query, "session") or ""
    leads_to = client.transactions[named].opens
    facts = prepare.LinkFacts(named, asked.cookies.get(client.profile.session_cookie))
    if context.evaluate(prepare.LINK_CHECKS, facts) is not None or leads_to is None:
        return None
    cookie = client.profile.set_session_cookie(named)
    return see_other(leads_to, {"Set-Cookie": cookie, "Cache-Control": "no-store"})


def login_of_state(client: Client, url: str) -> str | None:
    """The browser that began the login with the state of this redirect; None where there is no such login.

    To go by that alone is a mistake: the redirect may have come through another browser (RFC 6749 section 10.12).
    """
    state = single(query_of(url), "state")
    return next((who for who, one in client.transactions.items() if state and one.state == state), None)


def receive_redirect(
    client: Client, who: str, url: str, context: Context, call: str | None = None
) -> tuple[Client, bool, str | None]:
    """The redirect of step 6 as it reaches the app: the client, whether the app believes it, and the code in it.

    `who` is under which key the app keeps the login, and `call` under which it keeps it from here on, if under another.

    A believed redirect uses its transaction up, so that the same `state` is never accepted twice. A refused one leaves
    the transaction alone, so that a planted link cannot cancel a login. Believed and without a code means an error.
    """
    client = _as_it_remembers(client, who, context)
    transaction = client.transactions.get(who)
    server = _of_login(client, transaction)
    sends_iss = bool(server.get("authorization_response_iss_parameter_supported"))
    facts = callback.CallbackFacts(query_of(url), without_query(url), transaction, sends_iss)
    failed = context.evaluate(callback.CHECKS, facts)
    if failed is not None:
        return client, False, None
    client = evolve(
        client,
        transactions=_without(client.transactions, who),
        redeeming=client.redeeming.set(
            who if call is None else call, transaction or _unknown(client, mistakes.now(client, context))
        ),
    )
    code = single(facts.params, "code") if single(facts.params, "error") is None else None
    return client, True, mistakes.code_of(client, url, code) if code else None


def _as_it_remembers(client: Client, who: str, context: Context) -> Client:
    """The client with what it still knows of this login, now that an answer has come."""
    login = client.transactions.get(who)
    if login is None:
        return client
    known = mistakes.remembered(client, login, context)
    if known is None:
        return evolve(client, transactions=_without(client.transactions, who))
    return client if known is login else evolve(client, transactions=client.transactions.set(who, known))


def _unknown(client: Client, now: int) -> Transaction:
    """What an app goes by that does not care whether it started the login itself."""
    return Transaction(
        state=None,
        nonce=None,
        code_verifier=None,
        redirect_uri=client.profile.redirect_uri,
        issuer=client.metadata.get("issuer", ""),
        token_endpoint=client.metadata.get("token_endpoint", ""),
        scope="",
        started=now,
    )


def redeem(client: Client, who: str, code: str, context: Context) -> tuple[Client, Request | None]:
    """Step 7: the token request for this code; None where a check stopped the app."""
    transaction = client.redeeming[who]
    server = _of_login(client, transaction)
    endpoint = server.get("token_endpoint")
    if endpoint is None:
        return client, None
    facts = callback.SendingFacts(code, endpoint, transaction, client.used_codes)
    if context.evaluate(callback.SEND_CHECKS, facts) is not None:
        return client, None
    client = evolve(client, used_codes=client.used_codes | {code})
    return client, token_request(
        endpoint,
        client_id=mcp_client.client_id_at(client, transaction.issuer),
        redirect_uri=transaction.redirect_uri,
        code=code,
        code_verifier=transaction.code_verifier,
        resource=transaction.resource,
        secret=_secret_at(client, server),
        assertion=assertion_for(
            client, transaction.issuer, context, endpoint=endpoint, token_endpoint=transaction.token_endpoint
        ),
        proof=proof_for(client, transaction.dpop_key, "POST", endpoint, context),
    )


def _secret_at(client: Client, server: Mapping[str, Any]) -> str | None:
    """The secret that the app shows to this server: none where another one has given it, if it keeps them apart."""
    own = server is client.metadata or mcp_client.shows_all(client, server.get("issuer", ""))
    return client.secret if own else None


def token_request(
    endpoint: str,
    *,
    client_id: str,
    redirect_uri: str,
    code: str,
    code_verifier: str | None = None,
    resource: str | None = None,
    secret: str | None = None,
    assertion: str | None = None,
    proof: str | None = None,
    user_agent: str = HEADERS["User-Agent"],
) -> Request:
    """The POST of RFC 6749 section 4.1.3."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if code_verifier is not None:
        form["code_verifier"] = code_verifier
    if resource is not None:
        form["resource"] = resource
    return _back_channel(endpoint, form, client_id, secret, user_agent, proof, assertion)


def refresh_request(
    endpoint: str,
    *,
    client_id: str,
    refresh_token: str,
    scope: str | None = None,
    resource: str | None = None,
    secret: str | None = None,
    assertion: str | None = None,
    proof: str | None = None,
    user_agent: str = HEADERS["User-Agent"],
) -> Request:
    """The POST of RFC 6749 section 6; with `scope`, for no more than that."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    if resource is not None:
        form["resource"] = resource
    if scope is not None:
        form["scope"] = scope
    return _back_channel(endpoint, form, client_id, secret, user_agent, proof, assertion)


def _back_channel(
    endpoint: str,
    form: dict[str, str],
    client_id: str,
    secret: str | None,
    user_agent: str = HEADERS["User-Agent"],
    proof: str | None = None,
    assertion: str | None = None,
) -> Request:
    """A POST to the server, in no address that a browser opens; a client with a secret shows it in `Authorization`.

    An assertion is a parameter, and names the client itself (RFC 7521 section 4.2).
    """
    headers = {**HEADERS, "User-Agent": user_agent, **({"DPoP": proof} if proof else {})}
    if assertion is not None:
        form |= client_assertions.parameters(assertion)
    elif secret is None:
        form["client_id"] = client_id
    else:
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
        headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
    return request("POST", endpoint, form=form, headers=headers)


def receive_tokens(
    client: Client, who: str, answer: Response, context: Context, call: str | None = None
) -> tuple[Client, bool]:
    """Step 9: the client with the tokens it accepts, and whether it accepts them. Refused tokens are thrown away.

    `call` is the key under which it keeps the login, where that is another than the browser `who`.
    """
    call = who if call is None else call
    # A second login in the same browser, between steps 7 and 9 of the first, may have used it up.
    transaction = client.redeeming.get(call) or _unknown(client, mistakes.now(client, context))
    body = answer.json()
    id_token = _text(body, "id_token")
    facts = token_response.TokenResponseFacts(
        body=body,
        id_token=id_token,
        token=signed_tokens.read(id_token) if id_token else None,
        transaction=transaction,
        client_id=mcp_client.own_id(client),
        jwks=client.jwks,
        now=mistakes.now(client, context),
        token_type="DPoP" if transaction.dpop_key else "Bearer",
        public=not client.profile.confidential,
        audience_as_text=mistakes.reads(client, "audience_as_text"),
        type_by_letter=mistakes.reads(client, "type_by_letter"),
    )
    redeeming = client.redeeming.delete(call) if call in client.redeeming else client.redeeming
    if context.evaluate(token_response.CHECKS, facts) is not None:
        return evolve(client, redeeming=redeeming), False
    held = _token_set(
        body,
        id_token,
        transaction.scope,
        None,
        dpop_key=transaction.dpop_key,
        first_id_token=id_token,
        # A client of an MCP server names it in every request (RFC 8707 section 2.2).
        resource=transaction.resource if client.connections else None,
    )
    held = mistakes.kept(client, None, held, body)
    return evolve(client, redeeming=redeeming, tokens=client.tokens.set(who, held)), True


def refresh(client: Client, who: str, scope: str | None, context: Context) -> Request:
    """Step R1: the token request with the refresh token the app holds; with `scope`, for no more than that."""
    held = client.tokens[who]
    refresh_token = held.refresh_token
    assert refresh_token is not None, "only an app that holds a refresh token can refresh"
    endpoint = client.metadata["token_endpoint"]
    return refresh_request(
        endpoint,
        client_id=mcp_client.own_id(client),
        refresh_token=refresh_token,
        scope=scope,
        resource=held.resource,
        secret=client.secret,
        assertion=assertion_for_own(client, endpoint, context),
        proof=proof_for(client, mistakes.key_of(client, held, context), "POST", endpoint, context),
    )


def receive_refreshed(client: Client, who: str, answer: Response, context: Context) -> tuple[Client, bool]:
    """Step R3: the client with the tokens of a refresh, and whether it accepts them; it keeps what did not come anew."""
    held = client.tokens.get(who)
    if held is None:  # the user has logged out of the app between steps R1 and R3
        return client, False
    body = answer.json()
    id_token = _text(body, "id_token")
    facts = token_response.TokenResponseFacts(
        body=body,
        id_token=id_token,
        token=signed_tokens.read(id_token) if id_token else None,
        transaction=_unknown(client, mistakes.now(client, context)),
        client_id=mcp_client.own_id(client),
        jwks=client.jwks,
        now=mistakes.now(client, context),
        before=signed_tokens.read(held.first_id_token) if held.first_id_token else None,
        token_type="DPoP" if held.dpop_key else "Bearer",
        audience_as_text=mistakes.reads(client, "audience_as_text"),
        type_by_letter=mistakes.reads(client, "type_by_letter"),
    )
    if context.evaluate(token_response.REFRESHED_CHECKS, facts) is not None:
        return client, False
    new = _token_set(
        body,
        id_token or held.id_token,
        held.scope,
        held.refresh_token,
        dpop_key=held.dpop_key,
        first_id_token=held.first_id_token,
        resource=held.resource,
    )
    new = mistakes.kept(client, held, new, body)
    return evolve(client, tokens=client.tokens.set(who, new)), True


def forget_refresh_token(client: Client, who: str) -> Client:
    """The client after its refresh token was refused or revoked: for another one the user has to log in again."""
    held = client.tokens.get(who)
    return client if held is None else evolve(client, tokens=client.tokens.set(who, evolve(held, refresh_token=None)))


def revoke(client: Client, who: str, context: Context) -> Request:
    """Step V1: the request to revoke the refresh token the app holds (RFC 7009 section 2.1)."""
    form = {"token": client.tokens[who].refresh_token or "", "token_type_hint": "refresh_token"}
    endpoint = client.metadata["revocation_endpoint"]
    assertion = assertion_for_own(client, endpoint, context)
    return _back_channel(endpoint, form, mcp_client.own_id(client), client.secret, assertion=assertion)


def end_session(client: Client, who: str) -> Client:
    """The client after the user has logged out there: it holds nothing for this browser any more."""
    tokens = frozendict({name: held for name, held in client.tokens.items() if name != who})
    return evolve(_without_demand(client, who), tokens=tokens)


def logout_address(client: Client, who: str, known_as: str, context: Context) -> tuple[Client, str]:
    """Step L1: the address of the server's logout endpoint, as the app sends the browser there.

    `who` is the browser as the app knew it, and `known_as` how it knows it after the logout. Without an ID token to show
    the server would send nobody back, so the app does not ask for that.
    """
    id_token, back = client.tokens[who].id_token, signed_out_uri(client.profile)
    params = {"client_id": mcp_client.own_id(client)}
    if id_token is not None:
        params = {"id_token_hint": id_token} | params
    if id_token is not None and back is not None:
        state = context.random_token("logout_state", 16)
        params |= {"post_logout_redirect_uri": back, "state": state}
        client = evolve(client, logouts=client.logouts.set(known_as, state))
    return client, with_params(client.metadata["end_session_endpoint"], mistakes.at_logout(client, params))


def receive_signed_out(client: Client, who: str, url: str, context: Context) -> tuple[Client, bool]:
    """Step L4: the client after the browser has come back, and whether it did so with the state of its own logout."""
    facts = end_session_checks.ReturnFacts(query_of(url), client.logouts.get(who))
    if context.evaluate(end_session_checks.RETURN_CHECKS, facts) is not None:
        return client, False
    return evolve(client, logouts=client.logouts.delete(who) if who in client.logouts else client.logouts), True


def _token_set(
    body: Mapping[str, Any],
    id_token: str | None,
    scope: str,
    refresh_token: str | None,
    *,
    dpop_key: bytes | None,
    first_id_token: str | None,
    resource: str | None,
) -> TokenSet:
    """What the app keeps of an answer; scope and refresh token are the old ones where it names none."""
    lifetime: Any = body.get("expires_in")
    return TokenSet(
        access_token=str(body.get("access_token", "")),
        token_type=str(body.get("token_type", "")),
        expires_in=int(lifetime) if token_response.is_lifetime(lifetime) else 0,
        scope=_text(body, "scope") or scope,
        id_token=id_token,
        refresh_token=_text(body, "refresh_token") or refresh_token,
        dpop_key=dpop_key,
        first_id_token=first_id_token,
        resource=resource,
    )


def _text(body: Mapping[str, Any], name: str) -> str | None:
    """This member of an answer; None where it is missing, or no text."""
    value = body.get(name)
    return value if isinstance(value, str) else None


def give_up(client: Client, who: str) -> Client:
    """The client after an error answer: the transaction is over, a new login needs new values (OAuth 2.1 §7.5.1.1)."""
    return evolve(client, redeeming=client.redeeming.delete(who)) if who in client.redeeming else client


def call(client: Client, who: str, url: str, context: Context) -> Request:
    """Step 10: a call of the API with the access token the app holds, and with a proof where the token is bound."""
    held = client.tokens[who]
    shown, key = mistakes.token_shown(client, held), mistakes.key_of(client, held, context)
    return api_request(url, shown, proof=proof_for(client, key, "GET", url, context, shown))


def hear_demand(client: Client, who: str, answer: Response) -> Client:
    """The client that knows what the API demands of the login, where this answer says so (RFC 9470 section 3)."""
    if client.connections and (more := mcp_client.demanded_by(answer)):
        return evolve(client, challenges=client.challenges.set(who, more))
    said = challenges.with_error(answer.all_of("www-authenticate"), "insufficient_user_authentication")
    if said is None:
        return client
    demanded = Challenge(
        max_age=authentication.seconds(said.get("max_age")), acr_values=authentication.words(said.get("acr_values"))
    )
    return evolve(client, challenges=client.challenges.set(who, demanded))


def api_request(
    url: str, access_token: str, user_agent: str = HEADERS["User-Agent"], *, proof: str | None = None
) -> Request:
    """A call of the API with the token in the `Authorization` header (RFC 6750 section 2.1, RFC 9449 section 7.1).

    At an MCP server it is the message that calls the tool which reads.
    """
    if url == MCP_URL:
        return mcp_client.call_tool(url, "read_messages", access_token, user_agent=user_agent, proof=proof)
    bearing = {"Authorization": f"DPoP {access_token}", "DPoP": proof} if proof else {}
    headers = {**HEADERS, "User-Agent": user_agent, "Authorization": f"Bearer {access_token}", **bearing}
    return request("GET", url, headers=headers)
