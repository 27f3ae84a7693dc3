"""A client of an MCP server, on a network: the app of the lessons, which logs its user in where the server says.

    with ToolClient("https://mcp.example/mcp", browser) as client:
        client.tools()
        client.call("read_messages", {})

What it thinks is what the simulated app thinks (actors/mcp_client.py, actors/client.py), check by check. Here its requests
go out, and answers come in. `browser` opens the address of an authorization endpoint, and gives the one it came back to.

Source: Model Context Protocol, revision 2026-07-28, authorization and the pages below it.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import httpx
from frozendict import frozendict

from flowsim.actors import app_proofs, mcp_client
from flowsim.actors import client as app
from flowsim.live.careful_transport import CarefulTransport
from flowsim.live.context import LiveContext
from flowsim.model.app_settings import DEFAULT_SCOPE
from flowsim.model.clients import MCP, PROFILES
from flowsim.model.mcp import Revision
from flowsim.model.scenario import Scenario
from flowsim.model.states import Outcome
from flowsim.model.world import Client, evolve
from flowsim.protocol import dpop as proofs
from flowsim.protocol import mcp_wire, resources
from flowsim.protocol.addresses import OWN_MACHINE, host_of
from flowsim.protocol.client_id_documents import address_fault
from flowsim.protocol.messages import Request, Response, request

MOST_LOGINS = 3  # for one method or tool: a server that is never content is left alone
_SECONDS = 10  # that it waits for an answer
_WHO = "user"
_METHODS = ("none", "client_secret_basic", "client_secret_post")  # in the order in which they are chosen
_DEVELOPING = frozenset({"discovery.endpoints_https"})  # http is let in at this machine (careful_transport.py)
Browser = Callable[[str], str]
Choose = Callable[[Sequence[str]], str]


class LoginFailed(Exception):
    """There is no token to be had: what was looked at, what was expected, and what came."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the client is at one authorization server, and by which method it shows so at the token endpoint."""

    client_id: str
    secret: str | None = None
    method: str = "none"


@dataclass(frozen=True, kw_only=True)
class _Settings(Scenario):
    """The settings of the client `mcp`, with the address of an MCP server on a network."""

    address: str = ""

    @property
    def mcp_url(self) -> str:
        return self.address


class ToolClient:
    """A client of the MCP server at `url`, for one user. Raises ValueError for an address that names no resource.

    `document` is the address of its metadata document, and `known` who it is where it was registered beforehand, with the
    issuer that it was registered at; an issuer that is empty is the first one that comes. Else it registers itself. It asks
    for a refresh token where the server lists `offline_access`, and uses it before it troubles the user again. It binds its
    tokens to a key where `dpop` says so, or the MCP server that it takes no others (RFC 9728 section 2, RFC 9449).

    Of several authorization servers it takes the first that knows it already, else the first; or the one that `choose`
    picks among their issuers: the specification leaves that to the client. The checks `without` are off, to see
    what they are for. `transport` replaces the network.
    """

    most_logins = MOST_LOGINS

    def __init__(
        self,
        url: str,
        browser: Browser,
        *,
        redirect_uri: str = "http://127.0.0.1:8400/callback",
        document: str | None = None,
        known: Mapping[str, Credentials] = frozendict(),
        revision: Revision = "2026-07-28",
        choose: Choose | None = None,
        dpop: bool = False,
        without: Iterable[str] = (),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if document is not None and (wrong := address_fault(document)):
            raise ValueError(wrong)
        self.url = url = resources.canonical(url)
        own = host_of(url) in OWN_MACHINE
        self.revision = revision
        self._browser = browser
        self._document = document
        self._known = dict(known)
        self._choose = choose or self._first_known
        self._binds = dpop
        self._settings = _Settings(
            client=MCP,
            scope=f"{DEFAULT_SCOPE} offline_access",
            without=frozenset(without) | (_DEVELOPING if own else frozenset()),
            address=url,
        ).settled()
        profile = replace(PROFILES[MCP], redirect_uri=redirect_uri, client_id=document or "")
        self._app = Client(profile=profile, secret=None, metadata=frozendict(), jwks=frozendict())
        self._session: str | None = None
        self._sent = 0
        self._own = Credentials("")
        self._given_up: set[str] = set()
        self._http = httpx.Client(
            transport=transport or CarefulTransport(own_machine=own), timeout=_SECONDS, follow_redirects=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def app(self) -> Client:
        """What the client knows by now."""
        return self._app

    def tools(self) -> tuple[str, ...]:
        """The names of the tools of the server."""
        listed = self.ask("tools/list").get("tools", ())
        return tuple(str(one.get("name")) for one in listed if isinstance(one, Mapping))

    def call(self, tool: str, arguments: Mapping[str, Any] = frozendict()) -> Mapping[str, Any]:
        """What this tool answers."""
        return self.ask("tools/call", {"name": tool, "arguments": dict(arguments)})

    def ask(self, method: str, params: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The result of this method, after a login where the server demands one.

        Raises LoginFailed where no login is possible or none is enough, and ValueError for an error of the method.
        """
        if self.revision != mcp_wire.MODERN and self._session is None and method != "initialize":
            self._begin_session()
        answer = self._said(method, params)
        reply = mcp_wire.answered(answer)
        if reply is None or reply.result is None:
            said = reply.error if reply else f"the status {answer.status}"
            raise ValueError(f"the server was asked for {method} and answered with {said}")
        return reply.result

    # ---- Messages

    def _begin_session(self) -> None:
        answer = self._said("initialize", mcp_wire.initialize_params(mcp_client.ABOUT))
        self._session = answer.header(mcp_wire.SESSION_HEADER) or ""
        self._said("notifications/initialized", None)

    def _said(self, method: str, params: Mapping[str, Any] | None) -> Response:
        """The answer to this message, which is sent again after each login that the server demands.

        There are few of them, and none any more for what the server was not content with before.
        """
        what = f"{method} {(params or {}).get('name', '')}".rstrip()
        logins = 0
        while True:
            answer = self._exchange(self._message(method, params))
            demanded = mcp_client.demanded_by(answer)
            if answer.status != 401 and demanded is None:
                return answer
            if what in self._given_up or logins == self.most_logins:
                self._given_up.add(what)
                raise LoginFailed(f"after {self.most_logins} logins the server still wants another token for {what}")
            logins += 1
            if demanded is not None:
                self._app = evolve(self._app, challenges=self._app.challenges.set(_WHO, demanded))
            elif self._token_renewed(answer, once=logins == 1):
                continue
            self._log_in()

    def _token_renewed(self, refused: Response, *, once: bool) -> bool:
        """Whether another token came without the user, after this 401: by a refresh, at the server that gave the last one.

        Where that is another server by now, or it says no, the old tokens are forgotten.
        """
        held, issuer = self._app.tokens.get(_WHO), self._app.metadata.get("issuer")
        self._find_server(refused)
        if held is None:
            return False
        if once and held.refresh_token is not None and issuer == self._app.metadata["issuer"]:
            asked = app.refresh(self._app, _WHO, None, self._context())
            answer = self._exchange(self._shown_in_the_form(asked))
            self._app, good = app.receive_refreshed(self._app, _WHO, answer, self._context())
            if good:
                return True
        self._app = evolve(self._app, tokens=self._app.tokens.delete(_WHO))
        return False

    @property
    def _token(self) -> str | None:
        held = self._app.tokens.get(_WHO)
        return held.access_token if held else None

    def _message(self, method: str, params: Mapping[str, Any] | None) -> Request:
        self._sent += 1
        number = None if method.startswith("notifications/") else self._sent
        asked = mcp_wire.asked(
            self.url,
            method,
            params,
            number,
            version=self.revision,
            session=self._session or None,
            token=self._token,
            client=mcp_client.ABOUT,
        )
        held = self._app.tokens.get(_WHO)
        if held is None or held.dpop_key is None:
            return asked
        proof = app_proofs.proof_for(
            self._app, held.dpop_key, "POST", self.url, self._context(), access_token=held.access_token
        )
        return mcp_client.with_proof(asked, proof or "", held.access_token)

    # ---- Where to log in, and as whom

    def _find_server(self, refused: Response) -> None:
        """Steps M2 to D2: from a 401 to an authorization server that the app believes."""
        context = self._context()
        self._app, good = mcp_client.hear_challenge(self._app, self.url, refused, context)
        outcome = Outcome.OK if good else Outcome.STOPPED
        self._go_on(outcome, context, "the challenge of the MCP server")
        for what, ask, receive in (
            ("the metadata of the MCP server", mcp_client.ask_for_resource, mcp_client.receive_resource),
            ("the metadata of the authorization server", mcp_client.ask_for_server, mcp_client.receive_server),
        ):
            outcome = Outcome.NOT_THERE
            while outcome is Outcome.NOT_THERE:
                context = self._context()
                answer = self._send(ask(self._app, self.url))
                self._app, outcome = receive(self._app, self.url, answer, context)
            self._go_on(outcome, context, what)
            if receive is mcp_client.receive_resource:
                self._heed(mcp_client.connection_to(self._app, self.url).resource)
        self._identify()

    def _heed(self, resource: Mapping[str, Any]) -> None:
        """Go on to the authorization server that is chosen, and with a key where the MCP server says that it takes none but
        tokens that are bound to one."""
        issuers = tuple(one for one in resource.get("authorization_servers", ()) if isinstance(one, str))
        chosen = self._choose(issuers) if issuers else ""
        if issuers and chosen not in issuers:
            raise LoginFailed(f"the MCP server names {', '.join(issuers)}, and not the {chosen} that was chosen")
        self._app = mcp_client.go_to(self._app, self.url, chosen)
        bound = self._binds or resource.get("dpop_bound_access_tokens_required") is True
        self._settings = replace(self._settings, dpop="tokens" if bound else "off")

    def _first_known(self, issuers: Sequence[str]) -> str:
        return next((one for one in issuers if one in self._known), issuers[0])

    def _identify(self) -> None:
        """Who the app is at this server: known beforehand, by its document, or by registering itself, in this order."""
        metadata, issuer = self._app.metadata, self._app.metadata["issuer"]
        if issuer not in self._known and "" in self._known:
            self._known[issuer] = self._known.pop("")
        own = self._known.get(issuer)
        if own is None and self._document and metadata.get("client_id_metadata_document_supported") is True:
            own = Credentials(self._document)
        if own is None and "registration_endpoint" in metadata:
            own = self._known[issuer] = self._register()
        if own is None:
            raise LoginFailed(f"{issuer} knows no way for this client to get a client_id: register it there by hand")
        self._app = evolve(self._app, secret=own.secret, identities=self._app.identities.set(issuer, own.client_id))
        self._own = own

    def _register(self) -> Credentials:
        """Steps C1 and C2, at the server whose metadata the app believes."""
        asked = mcp_client.described(self._app.profile, "registered")
        asked |= {"redirect_uris": [self._app.profile.redirect_uri], "token_endpoint_auth_method": self._method()}
        endpoint, context = str(self._app.metadata["registration_endpoint"]), self._context()
        answer = self._send(request("POST", endpoint, headers={"Accept": "application/json"}, json=asked))
        self._app, good = mcp_client.receive_registration(self._app, answer, context)
        told = answer.json()
        if not good:
            why = told.get("error_description") or told.get("error") or f"the status {answer.status}"
            raise LoginFailed(f"the server did not register this client: {why}")
        secret = told.get("client_secret")
        method = str(told.get("token_endpoint_auth_method", asked["token_endpoint_auth_method"]))
        return Credentials(told["client_id"], secret if isinstance(secret, str) else None, method)

    def _method(self) -> str:
        """How the app shows who it is: by nothing where the server takes that, else in a way that it offers."""
        offered = self._app.metadata.get("token_endpoint_auth_methods_supported", ("client_secret_basic",))
        return next((one for one in _METHODS if one in offered), _METHODS[0])

    # ---- The login

    def _log_in(self) -> None:
        """Steps 2 to 9."""
        context = self._context()
        self._app, address = app.prepare_login(self._app, _WHO, self._settings, context)
        if address is None:
            raise self._stopped(context, "the login, before it began")
        signed = self._app.metadata.get("dpop_signing_alg_values_supported", ())
        if self._settings.dpop != "off" and proofs.ALGORITHM not in signed:
            raise LoginFailed(
                f"the authorization server takes no proofs with {proofs.ALGORITHM}, only {', '.join(signed)}"
            )
        came_back, context = self._browser(address), self._context()
        self._app, believed, code = app.receive_redirect(self._app, _WHO, came_back, context)
        if not believed:
            raise self._stopped(context, "the answer in the browser")
        if code is None:
            raise LoginFailed("the authorization server or the user said no")
        self._app, asked = app.redeem(self._app, _WHO, code, context)
        if asked is None:
            raise self._stopped(context, "the code, before it was sent")
        answer = self._exchange(self._shown_in_the_form(asked))
        self._app, good = app.receive_tokens(self._app, _WHO, answer, self._context())
        if not good:
            raise LoginFailed(f"the token endpoint answered {answer.status} {answer.json().get('error', '')}".rstrip())

    def _shown_in_the_form(self, asked: Request) -> Request:
        """This request with the secret where the server wants it: in the form, for client_secret_post."""
        if self._own.method != "client_secret_post" or self._own.secret is None:
            return asked
        form = (*asked.form, ("client_id", self._own.client_id), ("client_secret", self._own.secret))
        proof = {"DPoP": shown} if (shown := asked.header("dpop")) else {}
        return request("POST", asked.url, form=form, headers={"Accept": "application/json", **proof})

    # ---- The network

    def _exchange(self, asked: Request) -> Response:
        """The answer; where it is that the proof lacks a nonce, the answer to the request with this nonce in it."""
        answer = self._send(asked)
        if app_proofs.asks_for_nonce(asked, answer):
            self._app, asked = app_proofs.send_again(self._app, _WHO, asked, answer, self._context())
            answer = self._send(asked)
        self._app = app_proofs.keep_nonce(self._app, asked.url, answer)
        return answer

    def _send(self, asked: Request) -> Response:
        """The answer. Raises LoginFailed where the address is not to be asked, or nobody answers there."""
        try:
            answer = self._http.request(
                asked.method, asked.url, headers=list(asked.headers), content=asked.body.encode() or None
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LoginFailed(f"{asked.method} {asked.url}: {error}") from error
        text = answer.content.decode("utf-8", "replace")
        return Response(status=answer.status_code, headers=tuple(answer.headers.multi_items()), body=text)

    def _context(self) -> LiveContext:
        return LiveContext(0, int(time.time()), self._settings.policy, "live")

    def _go_on(self, outcome: Outcome, context: LiveContext, what: str) -> None:
        if outcome is not Outcome.OK:
            raise self._stopped(context, what)

    def _stopped(self, context: LiveContext, what: str) -> LoginFailed:
        failed = next((one for one in context.checks if one.decides), None)
        why = f": expected {failed.expected}, and got {failed.received} ({failed.check.id})" if failed else ""
        return LoginFailed(f"the client refuses {what}{why}")
