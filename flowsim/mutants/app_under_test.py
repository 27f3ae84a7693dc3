"""An app under test: what it opens, what it does with a redirect, with tokens, with refreshed ones and with metadata.

Source: RFC 6749 sections 4.1 and 6, RFC 8414 section 3, OIDC Core sections 3.1.3.7 and 12.2.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from frozendict import frozendict

from flowsim.actors import authorization_server, client
from flowsim.model.clients import PROFILES
from flowsim.model.context import Context
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import BROWSER, CLIENT, SERVER
from flowsim.model.transitions import Move
from flowsim.model.world import Run, evolve
from flowsim.mutants import arguments
from flowsim.mutants.doors import Door
from flowsim.mutants.under_test import AN_HOUR, UnderTest, inside, note_unknown
from flowsim.protocol.cross_origin import ANY_ORIGIN, with_leave
from flowsim.protocol.messages import Opening, Request, Response, query_of, response, with_params


class AppUnderTest(UnderTest):
    """An app. `redirect_uri` is where it wants answers, `client_id` its name at the server, and `issuer` its server.

    `issuers` are all the servers that it offers the user. The user of such an app always chooses the first, `issuer`.
    """

    __slots__ = ("client_id", "issuer", "issuers", "redirect_uri")

    def __init__(self, scenario: Scenario, defect: Mapping[str, Any] = frozendict(), door: Door = Door()) -> None:  # noqa: B008
        super().__init__(scenario, door)
        own = inside(self)
        self.issuer: str = own.server.issuer
        self.client_id: str = scenario.profile.client_id
        self.redirect_uri: str = scenario.profile.redirect_uri
        app = own.world.clients[own.victim.client]
        self.issuers: tuple[str, ...] = (self.issuer, app.second["issuer"]) if app.second else (self.issuer,)
        own.world = evolve(own.world, clients=own.world.clients.set(own.victim.client, evolve(app, **defect)))
        own.more |= {"login": "", "asked": ""}

    def metadata_for(self, **changes: Any) -> Response:
        """The answer of the app's server to a request for its metadata, with these members changed; None leaves one out."""
        document = authorization_server.metadata(inside(self).server) | changes
        try:
            return response(200, json=arguments.present(document))
        except (TypeError, ValueError, RecursionError):
            raise ScenarioError("a member of the metadata is what JSON can write; None leaves one out") from None

    def discover(self, answer: Response) -> bool:
        """Hand the app this answer to its request for the metadata of `issuer`: True where it believes it."""
        own, received = inside(self), arguments.response_of("a request for metadata", "metadata_for(…)", answer)
        scenario = replace(own.world.scenario, discovery="openid")
        context = Context(scenario.seed or 0, own.world.now, scenario.policy, own.new_run(), own.world.draws)
        app, believed = client.receive_metadata(
            own.world.clients[own.victim.client], self.issuer, received, scenario, context
        )
        own.world = evolve(own.world, clients=own.world.clients.set(own.victim.client, app))
        return believed

    def begin(self) -> str:
        """The address that the app opens for a new login: an authorization request. Empty where it does not begin one."""
        own = inside(self)
        own.more["login"] = own.new_run()
        for act, role in ((Act.STEP_1, Role.LOGIN), (Act.STEP_2, None)):
            run = own.apply(Move(own.more["login"], act, role=role))
        if run.in_flight is None:
            return ""
        opened = run.in_flight.message
        own.more["asked"] = opened.location if isinstance(opened, Response) else opened.url
        return str(own.more["asked"])

    def redirect_for(self, address: str, **changes: str | None) -> str:
        """The redirect with which a server answers this request, with these parameters changed; None leaves one out."""
        asked = dict(query_of(arguments.address(address)))
        answer = {"code": f"code-{inside(self).runs}", "state": asked.get("state"), "iss": self.issuer}
        note_unknown(self, changes)
        return with_params(asked.get("redirect_uri", self.redirect_uri), arguments.parameters(answer | changes))

    def receive(self, address: str) -> Request | None:
        """Bring the app a redirect: the token request that it sends; None where it sends none.

        One may bring it several, one after the other. Raises ScenarioError where the app has begun no login, and for what
        is no address.
        """
        own, login = inside(self), self._login()
        arrived = arguments.address(address)
        if own.door.redirect:
            arrived = own.door.redirect(arrived, own.more["asked"])
        own.fly(login, State.CODE_IN_BROWSER, BROWSER, CLIENT, self._arriving(arrived, login))
        sent = own.apply(Move(login.name, Act.STEP_7)).in_flight
        return sent.message if sent is not None and isinstance(sent.message, Request) else None

    def tokens_for(self, address: str, **claims: Any) -> Response:
        """The answer of the token endpoint for the login of this request, with these claims of the ID token changed."""
        own = inside(self)
        asked = dict(query_of(arguments.address(address)))
        usual = self._usual_claims() | {"nonce": asked.get("nonce")}
        own.more["login time"] = own.world.now
        return self._token_response(own.signed(usual | claims))

    def forged_tokens_for(self, address: str) -> Response:
        """The same with an ID token that is signed with nobody's key."""
        own = inside(self)
        asked = dict(query_of(arguments.address(address)))
        usual = self._usual_claims() | {"nonce": asked.get("nonce")}
        return self._token_response(own.compact("RS256", "JWT", usual, lambda text: b"\x01" * 256))

    def accepts(self, answer: Response) -> bool:
        """Hand the app this answer of the token endpoint: True where it keeps the tokens.

        An app that has sent no code waits for no tokens, and keeps none. Where it is a page, its browser lets it read the
        answer, whatever the answer says about that. Raises ScenarioError where the app has begun no
        login, and for what is no answer.
        """
        received, run = with_leave(arguments.token_response(answer), ANY_ORIGIN), self._login()
        if run.state is not State.CODE_SENT:
            return False
        return self._received(run, received, State.CODE_ACCEPTED, State.CODE_REFUSED, Act.STEP_9)

    def refresh(self) -> Request | None:
        """The token request with which the app asks for new tokens; None where it has no refresh token."""
        own, login = inside(self), self._login()
        held = own.world.clients[login.client].tokens.get(login.who)
        if held is None or held.refresh_token is None:
            return None
        run = evolve(login, name=own.new_run(), role=Role.REFRESH, state=State.START, in_flight=None)
        own.world = evolve(own.world, runs=own.world.runs.set(run.name, run))
        sent = own.apply(Move(run.name, Act.STEP_R1)).in_flight
        own.more["refresh"] = run.name
        return sent.message if sent is not None and isinstance(sent.message, Request) else None

    def refreshed_tokens(self, **claims: Any) -> Response:
        """The answer of the token endpoint to a refresh, with these claims of the new ID token changed."""
        return self._token_response(inside(self).signed(self._usual_claims() | claims))

    def accepts_refreshed(self, answer: Response) -> bool:
        """Hand the app this answer to its refresh: True where it keeps the new tokens.

        Raises ScenarioError where the app has asked for none, and for what is no answer.
        """
        own, received = inside(self), with_leave(arguments.token_response(answer), ANY_ORIGIN)
        run = own.world.runs.get(own.more.get("refresh", ""))
        if run is None or run.state is not State.REFRESH_SENT:
            raise ScenarioError("the app has asked for no new tokens; call refresh first")
        return self._received(run, received, State.REFRESH_ACCEPTED, State.REFRESH_REFUSED, Act.STEP_R3)

    def _received(self, run: Run, answer: Response, good: State, bad: State, act: Act) -> bool:
        own = inside(self)
        own.fly(run, good if answer.status == 200 else bad, SERVER, CLIENT, answer)
        return own.apply(Move(run.name, act)).state is State.TOKENS_HELD

    def _usual_claims(self) -> dict[str, Any]:
        now = inside(self).world.now
        return {"iss": self.issuer, "sub": "user-alice", "aud": self.client_id, "iat": now, "exp": now + AN_HOUR}

    def _token_response(self, id_token: str) -> Response:
        own = inside(self)
        exp = own.world.now + AN_HOUR
        body = {
            "access_token": own.signed({"iss": self.issuer, "sub": "user-alice", "exp": exp}, "at+jwt"),
            "token_type": "Bearer",
            "expires_in": AN_HOUR,
            "id_token": id_token,
            "refresh_token": f"refresh-{own.new_run()}",
        }
        return response(200, json=body)

    def _arriving(self, address: str, login: Run) -> Opening | Request:
        """What reaches the app when its user's browser opens this address. To a website that is a request."""
        if inside(self).world.clients[login.client].profile.kind != "website":
            return Opening(url=address)
        return Request(
            method="GET", url=address, headers=(("Cookie", f"{PROFILES['web'].session_cookie}={login.who}"),)
        )

    def _login(self) -> Run:
        """The login that begin has begun last."""
        own = inside(self)
        if not own.more["login"]:
            raise ScenarioError("the app has begun no login; call begin first")
        return own.world.runs[own.more["login"]]
