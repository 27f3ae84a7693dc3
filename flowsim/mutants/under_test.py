"""The three kinds of system under test, and what one can do with each: talk to it as its peers do, and look at its answers.

A system lives in a world of its own and remembers what was done to it. Every act is one of the simulator's own moves.
Whatever can be sent is answered; what cannot be sent raises ScenarioError, which says why.

Source: RFC 6749 section 4.1, RFC 7636 section 4, OIDC Core section 3.1, RFC 6750 section 2.
"""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from flowsim.actors import authorization_server, client
from flowsim.engine.apply import apply
from flowsim.engine.handlers.login import SESSION_COOKIE
from flowsim.engine.initial_world import initial_world
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import API, BROWSER, CLIENT, SERVER
from flowsim.model.transitions import Move, honest_act
from flowsim.model.world import VICTIM, Api, Run, Sent, Server, World, evolve
from flowsim.mutants import arguments
from flowsim.protocol import signed_tokens
from flowsim.protocol.cross_origin import ANY_ORIGIN, with_leave
from flowsim.protocol.messages import Message, Opening, Request, Response, query_of, request, response, with_params
from flowsim.protocol.pkce import challenge_for

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = challenge_for(VERIFIER, "S256")
EVERYTHING = "openid profile read:messages offline_access"
AN_HOUR = 3600  # seconds
_LOGIN = frozenset((Act.STEP_3, Act.STEP_4, Act.STEP_5))


class _UnderTest:
    """A world, and one party in it that is looked at."""

    def __init__(self, scenario: Scenario) -> None:
        self._world = initial_world(scenario.settled())
        self._runs = 0

    def __repr__(self) -> str:
        return f"a system under test of kind {type(self).__name__}; see help({type(self).__name__})"

    def wait(self, seconds: int) -> None:
        """Let time pass. Raises ScenarioError for what is no whole number of seconds, or below 0."""
        self._world = evolve(self._world, now=self._world.now + arguments.seconds(seconds, self._world.now))

    def _new_run(self) -> str:
        self._runs += 1
        return f"try {self._runs}"

    def _apply(self, move: Move) -> Run:
        self._world = apply(self._world, move)
        return self._world.runs[move.run]

    def _fly(self, run: Run, state: State, sender: str, receiver: str, message: Message) -> None:
        """Put this message on its way in this run, which stands there then."""
        moved = evolve(run, state=state, in_flight=Sent(sender, receiver, message))
        self._world = evolve(self._world, runs=self._world.runs.set(run.name, moved))

    @property
    def _victim(self) -> Run:
        return self._world.runs[VICTIM]

    @property
    def _server(self) -> Server:
        return self._world.servers[self._victim.server]

    def _signed(self, claims: dict[str, Any], type_: str = "JWT") -> str:
        """A token of the authorization server with these claims, whatever they say; None leaves one out."""
        key = self._key.private
        return self._compact(signed_tokens.ALGORITHM, type_, claims, lambda text: key.sign(text, PKCS1v15(), SHA256()))

    @property
    def _key(self) -> signed_tokens.SigningKey:
        return signed_tokens.signing_key(self._server.keys[0].kid)

    def _compact(self, algorithm: str, type_: str, claims: dict[str, Any], signature: Callable[[bytes], bytes]) -> str:
        header = {"alg": algorithm, "kid": self._key.kid, "typ": type_}
        try:
            return signed_tokens.compact(arguments.present(header), arguments.present(claims), signature)
        except (TypeError, ValueError, RecursionError):
            raise ScenarioError(
                "a claim is what JSON can write: a text, a number, True or False, or a list or dict of such; "
                "None leaves one out"
            ) from None


class ServerUnderTest(_UnderTest):
    """An authorization server. Its user logs in and says yes to whatever is asked.

    `issuer` is its address; `client_id` and `redirect_uri` are those of a public client that is registered there.
    """

    def __init__(self, scenario: Scenario, **defect: Any) -> None:
        super().__init__(scenario)
        self.issuer = self._server.issuer
        self.client_id = scenario.profile.client_id
        self.redirect_uri = scenario.profile.redirect_uri
        self._world = evolve(self._world, servers=self._world.servers.set(self.issuer, evolve(self._server, **defect)))

    def metadata(self) -> dict[str, Any]:
        """What the server says of itself (RFC 8414 section 2)."""
        return authorization_server.metadata(self._server)

    def authorize(self, **parameters: str | None) -> Response:
        """The server's last answer to the browser: the redirect with the code, or with an error, or an error page.

        The parameters are those of an authorization request. One that is not given has its usual value, with the
        `code_challenge` of RFC 7636 appendix B; None leaves one out. Raises ScenarioError for one that is no text.
        """
        run = self._asked(parameters)
        answer = run.in_flight.message if run.in_flight else None
        return answer if isinstance(answer, Response) else _last_answer(self._world, run.name)

    def brought_to_app(self, **parameters: str | None) -> Request | None:
        """What the browser brings to the app when it follows that redirect; None where there is no redirect.

        The parameters are those of `authorize`, and so are the errors. What the user typed has no business in it.
        """
        run = self._asked(parameters)
        if honest_act(run.role, run.state) is Act.STEP_6:
            run = self._apply(Move(run.name, Act.STEP_6))
        brought = run.in_flight.message if run.in_flight else None
        return brought if isinstance(brought, Request) else None

    def _asked(self, parameters: dict[str, str | None]) -> Run:
        """The run that opens this authorization request, once the user has logged in and agreed, or cannot go on."""
        usual = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": EVERYTHING,
            "state": "xyz",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        address = with_params(f"{self.issuer}/authorize", arguments.parameters(usual | parameters))
        name = self._new_run()
        run = self._apply(Move(name, Act.OPEN_REQUEST, Opening(url=address), role=Role.LOGIN))
        while (act := honest_act(run.role, run.state)) in _LOGIN:
            run = self._apply(Move(name, act))
        return run

    def code(self, **parameters: str | None) -> str:
        """The code out of such a redirect; an empty text where there is none."""
        return dict(query_of(self.authorize(**parameters).location)).get("code", "")

    def token(self, **parameters: str | None) -> Response:
        """The answer of the token endpoint. The parameters are those of a token request for a code; None leaves one out.

        `grant_type`, `client_id` and `redirect_uri` have their usual values where they are not given. Raises
        ScenarioError for one that is no text.
        """
        usual = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
        }
        asked = request("POST", f"{self.issuer}/oauth/token", form=arguments.parameters(usual | parameters))
        return self._answer(asked)

    def refresh(self, refresh_token: str) -> Response:
        """The answer of the token endpoint to a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, redirect_uri=None)

    def _answer(self, asked: Request) -> Response:
        name = self._new_run()
        self._fly(evolve(self._victim, name=name), State.CODE_SENT, CLIENT, SERVER, asked)
        answer = self._apply(Move(name, Act.STEP_8)).in_flight
        assert answer is not None and isinstance(answer.message, Response)
        return answer.message


class AppUnderTest(_UnderTest):
    """An app. `redirect_uri` is where it wants answers, `client_id` its name at the server, and `issuer` its server.

    `issuers` are all the servers that it offers the user. The user of such an app always chooses the first, `issuer`.
    """

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.issuer = self._server.issuer
        self.client_id = scenario.profile.client_id
        self.redirect_uri = scenario.profile.redirect_uri
        second = self._world.clients[self._victim.client].second
        self.issuers = (self.issuer, second["issuer"]) if second is not None else (self.issuer,)
        self._now = ""

    def begin(self) -> str:
        """The address that the app opens for a new login: an authorization request."""
        self._now = self._new_run()
        for act, role in ((Act.STEP_1, Role.LOGIN), (Act.STEP_2, None)):
            run = self._apply(Move(self._now, act, role=role))
        assert run.in_flight is not None
        opened = run.in_flight.message
        return opened.location if isinstance(opened, Response) else opened.url

    def redirect_for(self, address: str, **changes: str | None) -> str:
        """The redirect with which a server answers this request, with these parameters changed; None leaves one out."""
        asked = dict(query_of(arguments.address(address)))
        answer = {"code": f"code-{self._runs}", "state": asked.get("state"), "iss": self.issuer}
        return with_params(asked.get("redirect_uri", self.redirect_uri), arguments.parameters(answer | changes))

    def receive(self, address: str) -> Request | None:
        """Bring the app a redirect: the token request that it sends; None where it sends none.

        Raises ScenarioError where the app has begun no login, and for what is no address.
        """
        arrived = self._arriving(arguments.address(address), self._login())
        self._fly(self._login(), State.CODE_IN_BROWSER, BROWSER, CLIENT, arrived)
        sent = self._apply(Move(self._now, Act.STEP_7)).in_flight
        return sent.message if sent is not None and isinstance(sent.message, Request) else None

    def tokens_for(self, address: str, **claims: Any) -> Response:
        """The answer of the token endpoint for the login of this request, with these claims of the ID token changed."""
        asked = dict(query_of(arguments.address(address)))
        now = self._world.now
        access_token = self._signed({"iss": self.issuer, "sub": "user-alice", "exp": now + AN_HOUR}, "at+jwt")
        usual = {
            "iss": self.issuer,
            "sub": "user-alice",
            "aud": self.client_id,
            "iat": now,
            "exp": now + AN_HOUR,
            "nonce": asked.get("nonce"),
        }
        id_token = self._signed(usual | claims)
        body = {"access_token": access_token, "token_type": "Bearer", "expires_in": AN_HOUR, "id_token": id_token}
        return response(200, json=body)

    def accepts(self, answer: Response) -> bool:
        """Hand the app this answer of the token endpoint: True where it keeps the tokens.

        An app that has sent no code waits for no tokens, and keeps none. Where it is a page, its browser lets it read the
        answer, whatever the answer says about that. Raises ScenarioError where the app has begun no login, and for what
        is no answer.
        """
        received, run = with_leave(arguments.token_response(answer), ANY_ORIGIN), self._login()
        if run.state is not State.CODE_SENT:
            return False
        state = State.CODE_ACCEPTED if received.status == 200 else State.CODE_REFUSED
        self._fly(run, state, SERVER, CLIENT, received)
        return self._apply(Move(self._now, Act.STEP_9)).state is State.TOKENS_HELD

    def _arriving(self, address: str, login: Run) -> Opening | Request:
        """What reaches the app when its user's browser opens this address. To a website that is a request."""
        if self._world.clients[login.client].profile.kind != "website":
            return Opening(url=address)
        return Request(method="GET", url=address, headers=(("Cookie", f"{SESSION_COOKIE}={login.who}"),))

    def _login(self) -> Run:
        """The login that begin has begun last."""
        if not self._now:
            raise ScenarioError("the app has begun no login; call begin first")
        return self._world.runs[self._now]


class ApiUnderTest(_UnderTest):
    """An API. `address` is where its data is, `audience` its name in a token, and `issuer` the server it trusts."""

    def __init__(self, scenario: Scenario, **defect: Any) -> None:
        super().__init__(scenario)
        api = self._api
        self.address, self.audience, self.issuer = api.url, api.origin, api.issuer
        self._keeps = api.keeps
        self._world = evolve(self._world, apis=self._world.apis.set(api.origin, evolve(api, **defect)))

    @property
    def _api(self) -> Api:
        return self._world.apis[self._victim.api]

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good access token for this API, with these changed; None leaves one out."""
        now = self._world.now
        usual = {
            "iss": self.issuer,
            "sub": "user-alice",
            "aud": self.audience,
            "client_id": "photo-page",
            "scope": f"read:{self._keeps}",
            "iat": now,
            "exp": now + AN_HOUR,
            "jti": "a-number",
        }
        return arguments.present(usual | changes)

    def token(self, type_: str = signed_tokens.ACCESS_TOKEN_TYPE, **changes: Any) -> str:
        """An access token that the server has signed, with these claims changed; None leaves one out."""
        return self._signed(self.claims(**changes), type_)

    def unsigned_token(self, **changes: Any) -> str:
        """The same with no signature, and with a header that says so: `alg` is `none`."""
        return self._compact(
            "none", signed_tokens.ACCESS_TOKEN_TYPE, self.claims(**changes), signed_tokens.no_signature
        )

    def token_with_public_key(self, **changes: Any) -> str:
        """The same with `alg` `HS256`, made with the server's public key, which everybody has, as the secret."""
        key = self._key.private.public_key()
        return self._compact(
            "HS256",
            signed_tokens.ACCESS_TOKEN_TYPE,
            self.claims(**changes),
            lambda text: signed_tokens.hmac_with_public_key(key, text),
        )

    def call(self, token: str) -> Response:
        """What the API answers to this token. Raises ScenarioError for one that no header can hold."""
        name = self._new_run()
        asked = client.api_request(self.address, arguments.bearer_token(token))
        self._fly(evolve(self._victim, name=name), State.API_ASKED, CLIENT, API, asked)
        self._apply(Move(name, Act.STEP_11))
        return _last_answer(self._world, name)


def _last_answer(world: World, run: str) -> Response:
    """The last response that was sent in this run."""
    sent = (one.message for event in reversed(world.log) if event.run == run for one in reversed(event.messages))
    return next(message for message in sent if isinstance(message, Response))
