"""An authorization server under test, with all its endpoints: what one can send it, and a user who logs in there.

Source: RFC 6749 sections 3.1 and 4.1.3, RFC 7009, RFC 7523, RFC 8414, RFC 9126, RFC 9449, OIDC Core sections 3.1 and 5.3.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from frozendict import frozendict

from flowsim.actors import authorization_server, browser, user
from flowsim.model.context import Context
from flowsim.model.scenario import Scenario
from flowsim.model.world import VICTIM, Browser, KnownUser, evolve
from flowsim.mutants import arguments, proofs
from flowsim.mutants.doors import Door
from flowsim.mutants.under_test import AN_HOUR, CHALLENGE, EVERYTHING, UnderTest, inside, note_unknown
from flowsim.protocol import client_assertions, dpop
from flowsim.protocol.messages import REDIRECTS, Pairs, Request, Response, query_of

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
_MOST_PAGES = 10
Value = str | tuple[str, ...] | None


class ServerUnderTest(UnderTest):
    """An authorization server. Its user logs in and says yes to whatever is asked.

    `issuer` is its address; `client_id` and `redirect_uri` are those of a public client that is registered there, and
    `other_client_id` is another one; `key_client_id` is a confidential client, which shows with assertions who it is, with
    the same redirect_uri. Wherever parameters are given, one that is not has its usual value, None leaves
    one out, and a tuple of texts has one come several times. Raises ScenarioError for one that is no text.
    """

    __slots__ = ("client_id", "issuer", "key_client_id", "other_client_id", "redirect_uri")

    def __init__(self, scenario: Scenario, defect: Mapping[str, Any] = frozendict(), door: Door = Door()) -> None:  # noqa: B008
        super().__init__(scenario, door)
        own = inside(self)
        self.issuer: str = own.server.issuer
        self.client_id: str = scenario.profile.client_id
        self.redirect_uri: str = scenario.profile.redirect_uri
        self.other_client_id: str = "photo-app"
        self.key_client_id: str = "photo-back-end"
        public = dpop.public_jwk(proofs.key(proofs.MINE))
        with_key = authorization_server.register(
            self.key_client_id, "Photo Back End", (self.redirect_uri,), None, True, public
        )
        server = evolve(own.server, clients=own.server.clients.set(self.key_client_id, with_key))
        own.world = evolve(own.world, servers=own.world.servers.set(self.issuer, evolve(server, **defect)))
        own.more["pages"] = ()

    def send(self, method: str, path: str, form: Mapping[str, Value] | None = None, **headers: str) -> Response:
        """The answer to any request: a method, a path with a query or without, a form, headers.

        An underscore in the name of a header stands for a hyphen: `content_type="text/plain"`.
        """
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        fields = None if form is None else arguments.pairs(form)
        return self._answer(arguments.sent(method, f"{self.issuer}{path}", fields, named))

    def metadata(self, path: str = OPENID) -> dict[str, Any]:
        """What the server says of itself at this address (RFC 8414 section 3, OIDC Discovery section 4)."""
        return self.send("GET", path).json()

    def keys(self) -> dict[str, Any]:
        """The server's public keys: its JWKS (RFC 7517 section 5)."""
        return self.send("GET", "/jwks.json").json()

    def authorize(self, **parameters: Value) -> Response:
        """The server's last answer to the browser: the redirect with the code, or with an error, or an error page.

        The parameters are those of an authorization request, with the `code_challenge` of RFC 7636 appendix B.
        """
        return self._browse(self._opened(self._asked(parameters)))[0]

    def authorize_with_post(self, **parameters: Value) -> Response:
        """The same where the request comes as a form (RFC 6749 section 3.1: a server may take that)."""
        own = inside(self)
        asked = arguments.sent("POST", f"{self.issuer}/authorize", self._asked(parameters), ())
        own.world = evolve(own.world, browsers=own.world.browsers.set(VICTIM, self._screen()))
        return self._browse(asked)[0]

    def brought_to_app(self, **parameters: Value) -> Request | None:
        """What the browser brings to the app when it follows that redirect; None where there is no redirect.

        The parameters are those of `authorize`. What the user typed has no business in it.
        """
        answer, asked = self._browse(self._opened(self._asked(parameters)))
        if answer.status not in REDIRECTS:
            return None
        return browser.follow(self._screen(), answer, asked)[1]

    @property
    def pages_shown(self) -> tuple[str, ...]:
        """Which pages the user has seen in the last authorization request: `login`, `consent`."""
        shown: tuple[str, ...] = inside(self).more["pages"]
        return shown

    def remember(self, consent: bool = True) -> None:
        """From now on the server knows the user's browser from a login an hour ago, and what the user allowed then."""
        own = inside(self)
        agreed = frozenset({self.client_id} if consent else ())
        known = KnownUser(sub="user-alice", auth_time=own.world.now - AN_HOUR, agreed_to=agreed)
        cookie = f"known-{own.new_run()}"
        settings = replace(own.server.settings, remembered="consent" if consent else "login")
        server = evolve(own.server, known_users=own.server.known_users.set(cookie, known), settings=settings)
        screen = self._screen()
        jar = screen.cookies.get(self.issuer, frozendict[str, str]()).set(authorization_server.REMEMBER_COOKIE, cookie)
        own.world = evolve(own.world, servers=own.world.servers.set(self.issuer, server))
        self._show(evolve(screen, cookies=screen.cookies.set(self.issuer, jar)))

    def code(self, **parameters: Value) -> str:
        """The code out of such a redirect; an empty text where there is none."""
        return dict(query_of(self.authorize(**parameters).location)).get("code", "")

    def token(self, *, proof: str | None = None, **parameters: Value) -> Response:
        """The answer of the token endpoint. The parameters are those of a token request for a code.

        `grant_type`, `client_id` and `redirect_uri` have their usual values; a `proof` is sent in the header `DPoP`.
        """
        usual: dict[str, Value] = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
        }
        return self._posted("/oauth/token", usual | parameters, proof)

    def refresh(self, refresh_token: str, *, proof: str | None = None, **parameters: Value) -> Response:
        """The answer of the token endpoint to a refresh token; `scope=…` asks for no more than that."""
        usual: dict[str, Value] = {"grant_type": "refresh_token", "refresh_token": refresh_token, "redirect_uri": None}
        return self.token(proof=proof, **(usual | parameters))

    def revoke(self, token: str | None, **parameters: Value) -> Response:
        """The answer of the revocation endpoint (RFC 7009 section 2)."""
        return self._posted("/oauth/revoke", {"token": token, "client_id": self.client_id, **parameters}, None)

    def push(self, *, proof: str | None = None, **parameters: Value) -> Response:
        """The answer of the endpoint for pushed requests (RFC 9126 section 2); the parameters are those of `authorize`."""
        return self._posted("/oauth/par", dict(self._usual() | parameters), proof)

    def push_and_get_code(self, *, proof: str | None = None, **parameters: Value) -> str:
        """The code after a request that was pushed; an empty text where there is none."""
        uri = str(self.push(proof=proof, **parameters).json().get("request_uri", ""))
        bare: dict[str, Value] = dict.fromkeys(self._usual())
        return self.code(**(bare | {"client_id": self.client_id, "request_uri": uri}))

    def userinfo(self, access_token: str, *, scheme: str = "Bearer", proof: str | None = None) -> Response:
        """The answer of the userinfo endpoint to this token (OIDC Core section 5.3)."""
        sent = [("Authorization", f"{scheme} {access_token}"), *([("DPoP", proof)] if proof is not None else [])]
        return self._answer(arguments.sent("GET", f"{self.issuer}/userinfo", None, sent))

    def proof(
        self, path: str, method: str = "POST", *, key: str = proofs.MINE, token: str | None = None, **claims: Any
    ) -> str:
        """A DPoP proof for a request to this path, with these claims changed, made with the key of this name."""
        own = inside(self)
        usual = {"jti": own.new_run(), "htm": method, "htu": f"{self.issuer}{path}", "iat": own.world.now}
        return proofs.proof(key, usual | claims, access_token=token)

    def assertion(self, *, key: str = proofs.MINE, **claims: Any) -> str:
        """An assertion of the client `key_client_id`, with these claims changed, signed with the key of this name.

        It is sent as `client_assertion`, and beside it stands which type it has (RFC 7523 section 2.2).
        """
        own = inside(self)
        who, now = self.key_client_id, own.world.now
        usual = {"iss": who, "sub": who, "aud": self.issuer, "jti": own.new_run(), "iat": now, "exp": now + 60}
        return proofs.signed(key, usual | claims, {"alg": client_assertions.ALGORITHM, "typ": "JWT"})

    def thumbprint(self, key: str = proofs.MINE) -> str:
        """The `jkt` of the key of this name, as `dpop_jkt` wants it."""
        return proofs.thumbprint(key)

    def _usual(self) -> dict[str, Value]:
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": EVERYTHING,
            "state": "xyz",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }

    def _asked(self, parameters: Mapping[str, Value]) -> Pairs:
        note_unknown(self, parameters)
        return arguments.pairs(self._usual() | dict(parameters))

    def _opened(self, params: Pairs) -> Request:
        screen, asked = browser.open_url(self._screen(), f"{self.issuer}/authorize?{urlencode(params)}")
        self._show(screen)
        return asked

    def _browse(self, asked: Request) -> tuple[Response, Request]:
        """The user's way through the server's pages: the last answer, and the request that it answers."""
        own = inside(self)
        own.more["pages"] = ()
        for _ in range(_MOST_PAGES):
            answer = self._answer(asked)
            self._show(browser.receive(self._screen(), asked.url, answer))
            if answer.status in REDIRECTS and answer.location.startswith(f"{self.issuer}/"):
                screen, asked = browser.open_url(self._screen(), answer.location)
                self._show(screen)
                continue
            form = browser.form_shown(self._screen()) if answer.status == 200 else None
            if form is None:
                return answer, asked
            asked = self._filled_in(form, asked.url)
        return answer, asked

    def _filled_in(self, form: str, url: str) -> Request:
        """What the user sends from this page."""
        own = inside(self)
        name = "consent" if form == "/consent" else "login"
        own.more["pages"] += (name,)
        option = own.world.scenario.login
        typed = (
            {"decision": "allow"}
            if name == "consent"
            else user.credentials(own.world.people[VICTIM], option, "accepts", own.world.now)
        )
        screen, posted = browser.submit(self._screen(), url, typed, None if name == "consent" else option)
        self._show(screen)
        return posted

    def _screen(self) -> Browser:
        return inside(self).world.browsers[VICTIM]

    def _show(self, screen: Browser) -> None:
        own = inside(self)
        own.world = evolve(own.world, browsers=own.world.browsers.set(VICTIM, screen))

    def _posted(self, path: str, parameters: Mapping[str, Value], proof: str | None) -> Response:
        note_unknown(self, parameters)
        headers = [("DPoP", proof)] if proof is not None else []
        return self._answer(arguments.sent("POST", f"{self.issuer}{path}", arguments.pairs(parameters), headers))

    def _answer(self, asked: Request) -> Response:
        """What comes back through the door."""
        own = inside(self)
        let_in = own.door.before(asked) if own.door.before else asked
        if isinstance(let_in, Response):
            return let_in
        scenario = own.world.scenario
        context = Context(scenario.seed or 0, own.world.now, scenario.policy, own.new_run(), own.world.draws)
        server, answer = authorization_server.handle(own.server, let_in, context)
        own.world = evolve(own.world, servers=own.world.servers.set(self.issuer, server), draws=context.draws)
        return own.door.after(asked, answer) if own.door.after else answer
