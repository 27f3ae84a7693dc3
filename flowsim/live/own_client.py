"""The lesson's app, its pure functions carried over HTTP: it logs in at any OpenID Provider.

    app = OwnClient("https://op.example", "my-client", "http://127.0.0.1:51004/callback")
    app.discover()
    address = app.begin()      # the user's browser is sent there
    app.finish(came_back_to)   # the address at which the browser has come back
    app.userinfo()
    app.refresh()
    app.trace                  # what has happened, as an ordinary trace

The app judges as it does in every lesson. What it looks at is known and in the trace; what the server looks at, and what
the user does there, no message shows. Where the issuer is an `http` address of this machine the app goes without TLS, as
long as no message leaves the machine.

Source: OIDC Core sections 3.1 and 5.3, OIDC Discovery section 4, RFC 6749 sections 4.1 and 6, RFC 7009.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import httpx
from frozendict import deepfreeze, frozendict

from flowsim.actors import client as actor
from flowsim.actors.authorization_server import register
from flowsim.engine.initial_world import initial_world
from flowsim.live.context import LiveContext
from flowsim.live.login import LiveLogin, LiveTrace
from flowsim.live.octets import request_of
from flowsim.live.scenario import LiveScenario, scenario_of
from flowsim.model.app_settings import PkceMethod
from flowsim.model.check import CheckResult
from flowsim.model.scenario import Policy, Scenario
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import API, BROWSER, CLIENT, SERVER
from flowsim.model.world import DISCOVERY, VICTIM, Client, Made, Run, Sent, TokenSet, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import LOCALHOST, LOOPBACK_HOSTS, host_of
from flowsim.protocol.messages import Opening, Request, Response, query_of, request
from flowsim.simulation.verdict import Verdict

USUAL_SCOPE = "openid offline_access"
_WHO = VICTIM  # the one user of this app
_HTTPS = "discovery.endpoints_https"
_SECONDS = 10  # that it waits for an answer
_SET_BY_HTTP = ("host", "content-length", "connection", "accept-encoding")


class OwnClientError(Exception):
    """The app goes no further: what was expected, and what came. `check` is the one that has stopped it, if one has."""

    def __init__(self, said: str, check: CheckResult | None = None) -> None:
        super().__init__(said)
        self.check = check


@dataclass(frozen=True, repr=False)
class OwnTrace(LiveTrace):
    """A login of the lesson's app at somebody else's server, of which only the messages are known."""

    @property
    def unseen(self) -> tuple[str, ...]:
        return (BROWSER, SERVER)

    @cached_property
    def verdict(self) -> Verdict:
        told = super().verdict
        if self.worlds[-1].runs[VICTIM].state is State.TOKENS_HELD:
            return replace(told, sentence="The app has taken its tokens.")
        return told


@dataclass(frozen=True, kw_only=True)
class OwnScenario(LiveScenario):
    """The settings of such a login."""

    @property
    def at_another_server(self) -> bool:
        return True


class OwnLogin(LiveLogin):
    """The login as it is recorded."""

    @property
    def trace(self) -> OwnTrace:
        return OwnTrace(self.name, tuple(self._worlds), over=False)


class OwnClient:
    """The lesson's app at this server, for one user.

    `secret` makes it a confidential client, which shows it by HTTP Basic. Without `pkce` it relies on the nonce, as RFC
    9700 section 2.1.1 allows a confidential client; by itself it logs in nowhere that does not say it knows S256. `http`
    carries the messages. Each method raises OwnClientError where the app refuses, or where the server does.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        redirect_uri: str,
        *,
        secret: str | None = None,
        scope: str = USUAL_SCOPE,
        pkce: PkceMethod = "S256",
        http: httpx.Client | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self._http = http or httpx.Client(trust_env=False, timeout=_SECONDS)
        self._clock = clock
        self._on_this_machine = issuer.startswith("http:") and _is_here(issuer)
        usual = Scenario(discovery="openid", pkce=pkce).settled()
        registered = register(client_id, client_id, (redirect_uri,), secret, secret is not None)
        asked = [
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("state", "s"),
            ("nonce", "n"),
            ("scope", scope),
        ]
        if pkce != "none":
            asked += [("code_challenge", "c"), ("code_challenge_method", pkce)]
        seen = scenario_of(usual, registered, asked)
        self.settings = OwnScenario(**{name: getattr(seen, name) for name in seen.__dataclass_fields__})
        self._policy = Policy(off=frozenset({_HTTPS}) if self._on_this_machine else frozenset())
        app = self.settings.app
        # The rest it has to ask for.
        self._app = Client(
            profile=app, secret=secret, metadata=frozendict({"issuer": issuer}), jwks=frozendict[str, Any]()
        )
        self._login = OwnLogin(
            "own-client", f"{client_id} at {issuer}", self._first_world(usual, app.home or client_id)
        )

    @property
    def trace(self) -> OwnTrace:
        """What has happened so far."""
        return self._login.trace

    @property
    def tokens(self) -> TokenSet:
        """The tokens that the app holds. Raises OwnClientError where it has none."""
        if _WHO not in self._app.tokens:
            raise OwnClientError("expected tokens, and the app has none: log in first")
        return self._app.tokens[_WHO]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the server says of itself, as far as the app believes it."""
        return self._app.metadata

    def log_in(self, user: Callable[[str], str]) -> TokenSet:
        """Discovery and the whole login; `user` opens the address and gives the one at which the browser comes back."""
        self.discover()
        return self.finish(user(self.begin()))

    def discover(self) -> Mapping[str, Any]:
        """Steps D1 and D2: the metadata of the server, which the app believes."""
        context = self._context()
        asked = actor.ask_for_metadata(self.issuer, self.settings)
        self._login.add_run(
            evolve(self._login.run, name=DISCOVERY, role=Role.DISCOVERY, state=State.START, in_flight=None)
        )
        sent = Sent(CLIENT, SERVER, asked)
        self._login.happened(Act.STEP_D1, now=context.now, run=DISCOVERY, messages=[sent], in_flight=sent)
        answer = self._send(asked)
        self._app, believed = actor.receive_metadata(self._app, self.issuer, answer, self.settings, context)
        self._login.happened(
            Act.STEP_D2,
            Outcome.OK if believed else Outcome.STOPPED,
            now=context.now,
            run=DISCOVERY,
            messages=[Sent(SERVER, CLIENT, answer)],
            checks=context.checks,
        )
        self._or_refuse(believed, context)
        return self.metadata

    def begin(self) -> str:
        """Steps 1 and 2: the address of the authorization endpoint, with everything in it that the app asks for."""
        context = self._context()
        self._app, url = actor.prepare_login(self._app, _WHO, self.settings, context)
        self._login.happened(Act.STEP_1, now=context.now, unseen=True)
        self._login.happened(
            Act.STEP_2,
            Outcome.OK if url else Outcome.STOPPED,
            now=context.now,
            messages=[Sent(CLIENT, BROWSER, Opening(url=url))] if url else [],
            checks=context.checks,
            made=context.made,
        )
        self._or_refuse(url is not None, context)
        assert url is not None
        self._guard(url)
        return url

    def finish(self, address: str) -> TokenSet:
        """Steps 3 to 9: the browser has come back to this address; the code goes to the server, the tokens are judged."""
        context = self._context()
        for act in (Act.STEP_3, Act.STEP_4, Act.STEP_5):
            self._login.happened(act, now=context.now, unseen=True)
        arrived = Sent(BROWSER, CLIENT, Opening(url=address))
        self._app, believed, code = actor.receive_redirect(self._app, _WHO, address, context)
        made = [Made(CLIENT, "code", code)] if code else []
        self._login.happened(Act.STEP_6, now=context.now, messages=[arrived], made=made, in_flight=arrived)
        asked = None
        if code is not None:
            self._app, asked = actor.redeem(self._app, _WHO, code, context)
        sent = [Sent(CLIENT, SERVER, asked)] if asked else []
        self._login.happened(
            Act.STEP_7,
            Outcome.OK if asked else Outcome.STOPPED if code or not believed else Outcome.ERROR,
            now=context.now,
            messages=sent,
            checks=context.checks,
            in_flight=sent[0] if sent else None,
        )
        if asked is None:
            self._or_refuse(believed and code is None, context)
            raise OwnClientError(f"expected a code, and the server sent the error {_error(dict(query_of(address)))}")
        answer = self._send(asked)
        good = answer.status == 200
        self._login.happened(
            Act.STEP_8, Outcome.OK if good else Outcome.ERROR, now=context.now, in_flight=Sent(SERVER, CLIENT, answer)
        )
        context = self._context()
        if good:
            self._know_keys(answer)
            self._app, believed = actor.receive_tokens(self._app, _WHO, answer, context)
        else:
            self._app = actor.give_up(self._app, _WHO)
        self._login.happened(
            Act.STEP_9,
            Outcome.ERROR if not good else Outcome.OK if believed else Outcome.STOPPED,
            now=context.now,
            messages=[Sent(SERVER, CLIENT, answer)],
            checks=context.checks,
            made=_tokens_in(answer) if good else [],
        )
        self._or_refuse(good, context, answer)
        self._or_refuse(believed, context)
        return self.tokens

    def userinfo(self) -> dict[str, Any]:
        """What the server says of the user. It must speak of the one of the ID token (OIDC Core section 5.3.2)."""
        answer = self._exchange(actor.api_request(self._endpoint("userinfo_endpoint"), self.tokens.access_token))
        if answer.status != 200:
            raise OwnClientError(f"expected the user's claims, and userinfo answers {_refused(answer)}")
        claims = answer.json()
        first = signed_tokens.read(self.tokens.first_id_token or "")
        sub = first.claims.get("sub") if first else None
        if not isinstance(claims.get("sub"), str) or (sub is not None and claims["sub"] != sub):
            raise OwnClientError(f"expected userinfo about {sub!r}, and it speaks of {claims.get('sub')!r}")
        return claims

    def call(self, url: str) -> Response:
        """Steps 10 and 11: a call of an API with the access token, and its answer, whatever it is."""
        context = self._context()
        asked = actor.call(self._app, _WHO, url, context)
        run = VICTIM if self._login.state is State.TOKENS_HELD else self._login.open("call", Role.CALL)
        sent = Sent(CLIENT, API, asked)
        self._login.happened(Act.STEP_10, now=context.now, run=run, messages=[sent], in_flight=sent)
        answer = self._send(asked)
        outcomes = {200: Outcome.OK, 401: Outcome.UNAUTHORIZED, 403: Outcome.FORBIDDEN}
        self._login.happened(
            Act.STEP_11,
            outcomes.get(answer.status, Outcome.BAD_REQUEST),
            now=context.now,
            run=run,
            messages=[Sent(API, CLIENT, answer)],
            made=[Made(API, "data", answer.body)] if answer.status == 200 else [],
        )
        return answer

    def refresh(self) -> TokenSet:
        """Steps R1 to R3: new tokens for the refresh token, which the app judges."""
        self._needs_refresh_token()
        context = self._context()
        asked = actor.refresh(self._app, _WHO, None, context)
        run = self._login.open("refresh", Role.REFRESH)
        sent = Sent(CLIENT, SERVER, asked)
        self._login.happened(Act.STEP_R1, now=context.now, run=run, messages=[sent], in_flight=sent)
        answer = self._send(asked)
        good, believed = answer.status == 200, False
        self._login.happened(Act.STEP_R2, Outcome.OK if good else Outcome.ERROR, now=context.now, run=run)
        context = self._context()
        if good:
            self._know_keys(answer)
            self._app, believed = actor.receive_refreshed(self._app, _WHO, answer, context)
        self._login.happened(
            Act.STEP_R3,
            Outcome.ERROR if not good else Outcome.OK if believed else Outcome.STOPPED,
            now=context.now,
            run=run,
            messages=[Sent(SERVER, CLIENT, answer)],
            checks=context.checks,
            made=_tokens_in(answer) if good else [],
        )
        self._or_refuse(good, context, answer)
        self._or_refuse(believed, context)
        return self.tokens

    def revoke(self) -> None:
        """Steps V1 and V2: the refresh token is revoked, and the app forgets it."""
        self._needs_refresh_token()
        self._endpoint("revocation_endpoint")
        context = self._context()
        asked = actor.revoke(self._app, _WHO, context)
        run = self._login.open("logout", Role.LOGOUT)
        sent = Sent(CLIENT, SERVER, asked)
        self._login.happened(Act.STEP_V1, now=context.now, run=run, messages=[sent], in_flight=sent)
        answer = self._send(asked)
        good = answer.status == 200
        self._login.happened(
            Act.STEP_V2,
            Outcome.OK if good else Outcome.ERROR,
            now=context.now,
            run=run,
            messages=[Sent(SERVER, CLIENT, answer)],
        )
        self._or_refuse(good, context, answer)
        self._app = actor.forget_refresh_token(self._app, _WHO)

    # ---- What carries it

    def _context(self) -> LiveContext:
        return LiveContext(0, int(self._clock()), self._policy, "own-client")

    def _send(self, asked: Request) -> Response:
        self._guard(asked.url)
        headers = [(name, value) for name, value in asked.headers if name.lower() not in _SET_BY_HTTP]
        try:
            sent = self._http.build_request(asked.method, asked.url, headers=headers, content=asked.body.encode())
            answer = self._http.send(sent, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OwnClientError(f"expected an answer at {asked.url.partition('?')[0]}: {error}") from error
        told = request_of("", "", answer.headers.raw, answer.content)
        return Response(status=answer.status_code, headers=told.headers, body=told.body)

    def _guard(self, url: str) -> None:
        """Without TLS no message leaves this machine."""
        if not url.lower().startswith("https:") and not (self._on_this_machine and _is_here(url)):
            raise OwnClientError(f"expected an https address, and the server names {url.partition('?')[0]}")

    def _exchange(self, asked: Request) -> Response:
        answer = self._send(asked)
        self._login.happened(
            Act.EXCHANGE,
            Outcome.OK if answer.status < 400 else Outcome.ERROR,
            now=int(self._clock()),
            messages=[Sent(CLIENT, SERVER, asked), Sent(SERVER, CLIENT, answer)],
            sender=CLIENT,
            receiver=SERVER,
            after=self._login.state,
            in_flight=self._login.run.in_flight,
        )
        return answer

    def _know_keys(self, answer: Response) -> None:
        """Ask for the server's keys where the ID token in this answer names one that the app does not have."""
        text = answer.json().get("id_token")
        token = signed_tokens.read(text) if isinstance(text, str) else None
        if token is not None and signed_tokens.find_key(self._app.jwks, token.header.get("kid")) is None:
            keys = self._exchange(request("GET", self._endpoint("jwks_uri"), headers=actor.HEADERS))
            self._app = evolve(self._app, jwks=deepfreeze(keys.json()))

    def _endpoint(self, name: str) -> str:
        address = self.metadata.get(name)
        if not isinstance(address, str):
            raise OwnClientError(f"expected the metadata of {self.issuer} to name a {name}, and it names none")
        return address

    def _needs_refresh_token(self) -> None:
        if self.tokens.refresh_token is None:
            raise OwnClientError("expected a refresh token, and the server has given the app none")

    def _or_refuse(self, good: bool, context: LiveContext, answer: Response | None = None) -> None:
        if good:
            return
        if answer is not None:
            raise OwnClientError(f"expected tokens, and the server answers {_refused(answer)}")
        stopped = next((one for one in context.checks if one.decides), None)
        if stopped is None:
            raise OwnClientError(f"expected metadata of {self.issuer} with its endpoints: call discover() first")
        said = f"does not hold: {stopped.check.title}; expected {stopped.expected}, got {stopped.received}"
        raise OwnClientError(f"{said} ({stopped.check.clause})", stopped)

    def _first_world(self, usual: Scenario, name: str) -> Any:
        base = initial_world(usual)
        server = evolve(
            next(iter(base.servers.values())), issuer=self.issuer, clients=frozendict(), accounts=frozendict()
        )
        run = Run(
            name=VICTIM, role=Role.LOGIN, owner=VICTIM, client=name, server=self.issuer, api=next(iter(base.apis))
        )
        return evolve(
            base,
            scenario=self.settings,
            now=int(self._clock()),
            runs=frozendict({VICTIM: run}),
            clients=frozendict({name: self._app}),
            servers=frozendict({self.issuer: server}),
        )


def _is_here(url: str) -> bool:
    return host_of(url) in (*LOOPBACK_HOSTS, LOCALHOST)


def _tokens_in(answer: Response) -> list[Made]:
    body = answer.json()
    kinds = ("access_token", "id_token", "refresh_token")
    return [Made(CLIENT, kind, body[kind]) for kind in kinds if isinstance(body.get(kind), str)]


def _error(told: Mapping[str, Any]) -> str:
    about = told.get("error_description")
    return f"{told.get('error', 'without a name')}{f' ({about})' if about else ''}"


def _refused(answer: Response) -> str:
    body = answer.json()
    return f"{answer.status}{f' and {_error(body)}' if 'error' in body else ''}"
