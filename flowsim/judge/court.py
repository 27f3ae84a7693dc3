"""Where a client is judged: the servers it talks to, a user with a browser, and a wire that hides nothing.

Each trial is a case of its own, with clients that are new. What they send goes to the servers of the case by an
`httpx` transport. A host that is none of them is not there, and that it was asked is noted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import httpx

from flowsim.actors import authorization_server
from flowsim.engine.initial_world import ALICE, ATTACKERS_ACCOUNT
from flowsim.judge.client_under_test import Make, Odd, call, made
from flowsim.live.faults import Live
from flowsim.live.login import LiveLogin
from flowsim.live.octets import body_of, headers_of, request_of
from flowsim.live.transport import library_of
from flowsim.live.user import Decision, User, UserError
from flowsim.live.world import Alter, LiveWorld
from flowsim.model.scenario import APIS, Scenario
from flowsim.model.shown import one_line, shown
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT
from flowsim.model.world import SECOND_SERVER, Person, Server
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import (
    Request,
    Response,
    response,
    single,
    with_params,
    without_query,
)

CLIENT_ID = "your-client"
REDIRECT_URI = "https://your-client.example/callback"
SECOND_REDIRECT_URI = "https://your-client.example/callback/second"
SECRET = "a secret of 32 random characters"
API_URL = f"{APIS['messages']}/messages"
SCOPE = "openid profile offline_access read:messages"
ALICES, MALLORYS = f"user-{ALICE.username}", f"user-{ATTACKERS_ACCOUNT.username}"
_WITHOUT_PKCE = frozenset({"token.verifier_present", "token.verifier_unexpected", "token.verifier_fits"})
_LONGEST = 200  # characters of what a user could not go on with


class Stuck(Exception):
    """The user's browser came to no redirect; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request, who sent it, and its answer; None where nobody is there, or where the answer was lost on its way."""

    by: str
    request: Request
    answer: Response | None

    @property
    def served(self) -> bool:
        return self.answer is not None and self.answer.status < 400


@dataclass(slots=True)
class Altered:
    """A live world whose requests, answers or both are changed."""

    world: Live
    before: Callable[[Request], Request] = lambda request: request
    after: Alter = lambda request, answer: answer

    @property
    def server(self) -> Server:
        return self.world.server

    @property
    def origins(self) -> frozenset[str]:
        return self.world.origins

    @property
    def metadata(self) -> dict[str, Any]:
        return self.world.metadata

    def handle(self, request: Request, *, by: str = CLIENT, alter: Alter | None = None) -> Response:
        """The answer, changed; what an outer `alter` makes of it comes last."""

        def changed(request: Request, answer: Response) -> Response:
            answer = self.after(request, answer)
            return alter(request, answer) if alter else answer

        return self.world.handle(self.before(request), by=by, alter=changed)


class Court:
    """The servers of one judgement, made once, because their keys take time. `confidential` gives the client a secret."""

    def __init__(self, make: Make, *, confidential: bool = False) -> None:
        self.make = make
        self.secret = SECRET if confidential else None
        self.cases: list[Case] = []

    @cached_property
    def usual(self) -> LiveWorld:
        """A server that takes whatever a client may send, so that it is the client which is tested."""
        return self._world(Scenario(pkce_required=False, plain_allowed=True))

    @cached_property
    def without_pkce(self) -> LiveWorld:
        """A server that knows nothing of PKCE, whatever it is sent."""
        return self._world(Scenario(pkce_required=False, plain_allowed=True, without=_WITHOUT_PKCE))

    def case(self, server: Live | None = None, **more: Any) -> "Case":
        """A new case at this server, the usual one where none is named."""
        case = Case(self, server or self.usual, **more)
        self.cases.append(case)
        return case

    def _world(self, scenario: Scenario) -> LiveWorld:
        world = LiveWorld(scenario, key=_key())
        register = authorization_server.register
        world.register(register(CLIENT_ID, "Your Client", (REDIRECT_URI,), self.secret, self.secret is not None))
        return world


@cache
def _key() -> signed_tokens.SigningKey:
    """The key of every server here: nobody outside this process sees one, and making one takes time."""
    return signed_tokens.key_for_a_live_world()


Handle = Callable[[Request], Response]


@dataclass(slots=True)
class Case:
    """One trial: the server, others beside it by origin, and all that was sent.

    `loses` says which answers never arrive, and `provoked` that the servers themselves ask for what no client may do.
    """

    court: Court
    server: Live
    others: dict[str, Handle] = field(default_factory=dict)
    loses: Callable[[Request], bool] = lambda request: False
    provoked: bool = False
    exchanges: list[Exchange] = field(default_factory=list)
    logins: tuple[LiveLogin, ...] = ()

    def party(self, issuer: str | None = None, redirect_uri: str = REDIRECT_URI) -> "Party":
        """The client once more, for another browser, set up for this issuer."""
        given = {
            "http": Http(_Wire(self)),
            "issuer": issuer or self.server.server.issuer,
            "client_id": CLIENT_ID,
            "redirect_uri": redirect_uri,
        }
        if self.court.secret is not None:
            given["client_secret"] = self.court.secret
        return Party(self, made(self.court.make, **given))

    def send(self, request: Request, by: str) -> Response | None:
        """The answer to this request; None where it does not arrive."""
        answer = self._answer(request, by)
        lost = answer is not None and by == CLIENT and self.loses(request)
        self.exchanges.append(Exchange(by=by, request=request, answer=None if lost else answer))
        return None if lost else answer

    def _answer(self, request: Request, by: str) -> Response | None:
        if not self.reaches(request):
            return None
        if origin_of(request.url) in self.others:
            return self.others[origin_of(request.url)](request)
        before = set(_world(self.server).logins)
        answer = self.server.handle(request, by=by)
        self.logins += tuple(one for name, one in _world(self.server).logins.items() if name not in before)
        return answer

    def browse(self, url: str, person: Person = ALICE, decision: Decision = "allow", by: str = BROWSER) -> str:
        """Where the browser of this user ends up, who logs in and decides: the redirect to the app. Raises Stuck."""
        try:
            return User(_Street(self, by), person).log_in(url, decision)
        except UserError as error:
            raise Stuck(one_line(error, _LONGEST)) from None

    def redirect_of(self, person: Person, state: str | None, **more: str) -> str:
        """The redirect of a login that somebody begins by an address of their own making, at this client."""
        params = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI, "scope": SCOPE}
        address = with_params(
            str(self.server.metadata["authorization_endpoint"]),
            {**params, **({"state": state} if state else {}), **more},
        )
        return self.browse(address, person, by=ATTACKER if person is not ALICE else BROWSER)

    def token_requests(self, code: str | None = None) -> list[Exchange]:
        """What the clients have sent to the token endpoint; with `code` only that which sent this code."""
        sent = [one for one in self.exchanges if one.by == CLIENT and _is_token_request(self, one.request)]
        return sent if code is None else [one for one in sent if _code_in(one.request) == code]

    def strays(self) -> Iterator[Request]:
        """What the clients have sent to hosts that are none of the case's."""
        for one in self.exchanges:
            if one.by == CLIENT and not self.reaches(one.request):
                yield one.request

    def reaches(self, request: Request) -> bool:
        """Whether somebody is at this address."""
        return origin_of(request.url) in self.origins

    @property
    def origins(self) -> frozenset[str]:
        """Where somebody is in this case."""
        return self.server.origins | {*self.others}


@dataclass(slots=True)
class Party:
    """A client as one browser sees it."""

    case: Case
    client: Any

    def do(self, name: str, *arguments: Any) -> Any:
        """What this function of the client gives. Raises NotWritten, Refused or Odd."""
        return call(self.client, name, *arguments)

    def begin(self) -> str:
        """The address with which a login begins."""
        self.do("discover")
        return self.address()

    def address(self) -> str:
        """The address of one more login."""
        url = self.do("authorization_url")
        if not isinstance(url, str):
            raise Odd(f"authorization_url gave {shown(url)}; expected the address as a text")
        return url

    def redeem(self, redirect: str) -> Any:
        """What the client gets for the code of this redirect."""
        return self.do("request_tokens", self.do("take_redirect", redirect))

    def finish(self, redirect: str) -> dict[str, Any]:
        """The claims that the client believes after this redirect."""
        return self.claims(self.redeem(redirect))

    def claims(self, tokens: Any) -> dict[str, Any]:
        """The claims of the ID token in this answer, as the client believes them; none are none."""
        claims = self.do("validate_id_token", tokens)
        if claims is None:
            return {}
        try:
            return {str(name): value for name, value in dict(claims).items()}
        except Exception:  # whatever a client gives, it may fail when it is looked at
            raise Odd(f"validate_id_token gave {shown(claims)}; expected the claims, as a dict") from None

    def log_in(self) -> dict[str, Any]:
        """A whole login of Alice's."""
        return self.finish(self.case.browse(self.begin()))


@dataclass(frozen=True, slots=True)
class _Street:
    """What a browser reaches in a case."""

    case: Case
    sender: str

    @property
    def origins(self) -> frozenset[str]:
        return self.case.origins

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        answer = self.case.send(request, self.sender)
        assert answer is not None, "only what a client asks for is lost"
        return answer


class Http(httpx.Client):
    """What a client sends by. A library that makes HTTP clients of its own can be given its `transport`."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        super().__init__(transport=transport, trust_env=False)
        self.transport = transport


class _Wire(httpx.BaseTransport):
    """Carries what a client sends to the servers of a case."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the case's servers, octet by octet."""
        sent = request_of(request.method, str(request.url), request.headers.raw, request.read())
        answer, its = self._case.send(sent, CLIENT), library_of(request)
        if answer is None and self._case.reaches(sent):
            raise its.ReadError(f"the connection to {request.url.host} was lost", request=request)
        if answer is None:
            raise its.ConnectError(f"nobody is at {request.url.host}", request=request)
        answered: httpx.Response = its.Response(
            answer.status, headers=headers_of(answer), content=body_of(answer), request=request
        )
        return answered


def _world(server: Live) -> LiveWorld:
    """The live world under whatever was put upon it."""
    while not isinstance(server, LiveWorld):
        server = server.world  # type: ignore[attr-defined]
    return server


def _is_token_request(case: Case, request: Request) -> bool:
    return without_query(request.url) in (case.server.metadata["token_endpoint"], f"{SECOND_SERVER}/oauth/token")


def _code_in(request: Request) -> str | None:
    return single(request.form, "code") or single(request.query, "code")


def with_metadata(world: Live, **members: object) -> Live:
    """This server with other members in its metadata; None leaves one out."""

    def after(request: Request, answer: Response) -> Response:
        if "/.well-known/" not in request.url or answer.status != 200:
            return answer
        changed = {**answer.json(), **members}
        return response(200, json={name: value for name, value in changed.items() if value is not None})

    return Altered(world, after=after)


def without_pkce(court: Court) -> Live:
    """A server that knows nothing of PKCE, and whose metadata says so."""
    return with_metadata(court.without_pkce, code_challenge_methods_supported=None)
