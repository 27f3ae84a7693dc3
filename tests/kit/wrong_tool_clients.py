"""Clients of an MCP server that are wrong on purpose: each is flowsim's own, with one thing that it does otherwise.

They are those that the official conformance suite keeps for the same end, under the names that it gives them. Whether our
servers tell them from the right one is seen by letting each log in at the servers of the exam.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flowsim.actors.authorization_server import register
from flowsim.judge.mcp_exam import Exam, Judged, TrapServer
from flowsim.judge.mcp_traps import TRAPS
from flowsim.live.tool_client import Credentials, LoginFailed, ToolClient
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User, UserError
from flowsim.model.mcp import ISSUED_ID
from flowsim.model.world import evolve
from flowsim.protocol import challenges, credentials, strict_json, well_known
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Pairs, Request, Response, query_of, request, response, single, without_query

REDIRECT_URI = "http://127.0.0.1:8400/callback"
DOCUMENT = "https://client.example/client.json"
_ABOUT = {
    "client_id": DOCUMENT,
    "client_name": "An assistant",
    "redirect_uris": [REDIRECT_URI],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
}
KNOWN = register(ISSUED_ID, "An assistant", (REDIRECT_URI,), None, confidential=False)


class Right(ToolClient):
    """flowsim's client, as it comes to the server of one trap. What a wrong one does otherwise is in these methods."""

    lacks: Iterable[str] = ()
    has_document = True

    def __init__(self, server: TrapServer, exam: Exam) -> None:
        known = {} if server.trap.registers else {"": Credentials(KNOWN.client_id)}
        super().__init__(
            server.endpoint,
            self.browse,
            redirect_uri=REDIRECT_URI,
            document=DOCUMENT if self.has_document else None,
            known=known,
            without=self.lacks,
            transport=WorldTransport(exam),
        )
        self._user = User(exam)

    def browse(self, address: str) -> str:
        """Where the user comes back to from this address."""
        opened = without_query(address)
        return self.came_back(self._user.log_in(f"{opened}?{urlencode(self.asked_for(query_of(address)))}"))

    def asked_for(self, params: Pairs) -> Pairs:
        """The parameters of the authorization request."""
        return params

    def came_back(self, address: str) -> str:
        """The address that the app is handed."""
        return address

    def _send(self, asked: Request) -> Response:
        return self.heard(super()._send(self.sent(asked)))

    def sent(self, asked: Request) -> Request:
        """What goes out."""
        return asked

    def heard(self, answer: Response) -> Response:
        """What is heard of an answer."""
        return answer


def _without(pairs: Pairs, *names: str) -> Pairs:
    return tuple(pair for pair in pairs if pair[0] not in names)


def _scope(params: Pairs, scope: str) -> Pairs:
    return (*_without(params, "scope"), ("scope", scope))


def _with_header(asked: Request, name: str, change: Callable[[str], str | None]) -> Request:
    """This request with another value of this header, or without it where that is None."""
    changed = [(one, change(value) if one.lower() == name else value) for one, value in asked.headers]
    return replace(asked, headers=tuple((one, value) for one, value in changed if value is not None))


def _with_form(asked: Request, form: Pairs) -> Request:
    """This request with another form; one that has none stays as it is."""
    if not asked.form:
        return asked
    written = request("POST", asked.url, form=form)
    proof = tuple(one for one in asked.headers if one[0].lower() == "dpop")
    return replace(written, headers=(*written.headers, *proof))


class BadPrm(Right):
    def sent(self, asked: Request) -> Request:
        at_root = f"{origin_of(self.url)}{well_known.RESOURCE}"
        looks = (asked.method == "GET" and "resource" in asked.url) or asked.url.endswith("/about-the-mcp-server")
        return replace(asked, url=at_root) if looks else asked


class IgnoreScope(Right):
    def heard(self, answer: Response) -> Response:
        said = challenges.of_scheme(answer.all_of("www-authenticate"), "bearer")
        if answer.status != 401 or "resource_metadata" not in said:
            return answer
        challenge = f'Bearer resource_metadata="{said["resource_metadata"]}"'
        return response(401, headers={"WWW-Authenticate": challenge})


class PartialScopes(Right):
    def asked_for(self, params: Pairs) -> Pairs:
        return _scope(params, "read:messages")


class Ignore403(Right):
    def heard(self, answer: Response) -> Response:
        return response(403) if answer.status == 403 else answer


class EchoScope(Right):
    challenged = ""

    def heard(self, answer: Response) -> Response:
        wanted = challenges.with_error(answer.all_of("www-authenticate"), "insufficient_scope")
        self.challenged = (wanted or {}).get("scope", self.challenged)
        return answer

    def asked_for(self, params: Pairs) -> Pairs:
        return _scope(params, self.challenged) if self.challenged else params


class NoRetryLimit(Right):
    most_logins = 12


class NoCimd(Right):
    has_document = False


class AttemptsDcr(Right):
    def _identify(self) -> None:
        self._known.clear()
        metadata = self._app.metadata
        if "registration_endpoint" not in metadata:
            guessed = metadata.set("registration_endpoint", f"{metadata['issuer']}/register")
            self._app = evolve(self._app, metadata=guessed)
        super()._identify()


class NoPkce(Right):
    def asked_for(self, params: Pairs) -> Pairs:
        return _without(params, "code_challenge", "code_challenge_method")

    def sent(self, asked: Request) -> Request:
        return _with_form(asked, _without(asked.form, "code_verifier"))


class NoApplicationType(Right):
    def sent(self, asked: Request) -> Request:
        said = strict_json.parse_object(asked.body) if "redirect_uris" in asked.body else {}
        said.pop("application_type", None)
        return request("POST", asked.url, json=said) if said else asked


class ReuseCredentials(Right):
    def _identify(self) -> None:
        for own in list(self._known.values()):
            self._known.setdefault(self._app.metadata["issuer"], own)
        super()._identify()


class IssNormalize(Right):
    def came_back(self, address: str) -> str:
        params = dict(query_of(address))
        if "iss" in params:
            params["iss"] = params["iss"].removesuffix("/")
        return f"{without_query(address)}?{urlencode(params)}"


class NoIss(Right):
    lacks = ("callback.issuer_same", "discovery.issuer_same")


class DpopBearer(Right):
    def sent(self, asked: Request) -> Request:
        return _with_header(asked, "authorization", lambda value: value.replace("DPoP ", "Bearer "))


class DpopReplay(Right):
    first: str | None = None

    def sent(self, asked: Request) -> Request:
        if asked.header("authorization") is None:
            return asked
        self.first = self.first or asked.header("dpop")
        return _with_header(asked, "dpop", lambda value: self.first)


class DpopNoTokenProof(Right):
    def sent(self, asked: Request) -> Request:
        return _with_header(asked, "dpop", lambda value: None) if single(asked.form, "grant_type") else asked


class DpopNoAsNonce(Right):
    def heard(self, answer: Response) -> Response:
        return _without_nonce(answer) if "error" in answer.json() else answer


class DpopNoRsNonce(Right):
    def heard(self, answer: Response) -> Response:
        return _without_nonce(answer) if answer.header("www-authenticate") else answer


class NoResource(Right):
    def asked_for(self, params: Pairs) -> Pairs:
        return _without(params, "resource")

    def sent(self, asked: Request) -> Request:
        return _with_form(asked, _without(asked.form, "resource"))


class TokenInAddress(Right):
    def sent(self, asked: Request) -> Request:
        token = credentials.read(asked.header("authorization") or "").shown
        if asked.url != self.url or not token:
            return asked
        return replace(
            _with_header(asked, "authorization", lambda value: None), url=f"{asked.url}?access_token={token}"
        )


class ForgetsToken(Right):
    def sent(self, asked: Request) -> Request:
        return _with_header(asked, "authorization", lambda value: None) if "send_message" in asked.body else asked


class WantsIss(Right):
    def came_back(self, address: str) -> str:
        if single(query_of(address), "iss") is None:
            raise LoginFailed("an answer has to name an issuer, promised or not")
        return address


class AnyMethod(Right):
    lacks = ("discovery.s256_named", "prepare.method_supported")


class AnyState(Right):
    lacks = ("callback.state_same",)


class AnyResource(Right):
    lacks = ("resource.same",)


def _without_nonce(answer: Response) -> Response:
    return replace(answer, headers=tuple(one for one in answer.headers if one[0].lower() != "dpop-nonce"))


@dataclass(frozen=True)
class Wrong:
    """A wrong client: what it does, and who it is; of another grant than the authorization code there is none."""

    title: str
    client: type[Right] | None


_WORKLOAD = "in a login by RFC 7523"
WRONG: Mapping[str, Wrong] = {
    "bad-prm": Wrong("looks for the metadata at the root, whatever the challenge says", BadPrm),
    "ignore-scope": Wrong("does not read the scope of the challenge", IgnoreScope),
    "partial-scopes": Wrong("asks for one scope, whatever is listed", PartialScopes),
    "ignore-403": Wrong("takes a 403 for the end", Ignore403),
    "echo-scope": Wrong("asks after a 403 for nothing but what that names", EchoScope),
    "no-retry-limit": Wrong("logs in again after each 403", NoRetryLimit),
    "no-cimd": Wrong("registers where a document would do", NoCimd),
    "attempts-dcr": Wrong("registers, although it was given a client_id", AttemptsDcr),
    "no-pkce": Wrong("sends no challenge and no verifier", NoPkce),
    "no-application-type": Wrong("does not say which kind of app it is", NoApplicationType),
    "reuse-credentials": Wrong("has one client_id for every authorization server", ReuseCredentials),
    "iss-normalize": Wrong("takes a slash at the end of iss away before it compares", IssNormalize),
    "auth-test": Wrong("compares no issuer", NoIss),
    "dpop-bearer": Wrong("shows a bound token as Bearer", DpopBearer),
    "dpop-replay": Wrong("sends one proof again and again", DpopReplay),
    "dpop-no-token-proof": Wrong("asks for its token without a proof", DpopNoTokenProof),
    "dpop-no-as-nonce": Wrong("does not heed the nonce of the authorization server", DpopNoAsNonce),
    "dpop-no-rs-nonce": Wrong("does not heed the nonce of the MCP server", DpopNoRsNonce),
    "wif-no-assertion": Wrong(f"sends no assertion {_WORKLOAD}", None),
    "wif-expired-assertion": Wrong(f"sends an expired assertion {_WORKLOAD}", None),
    "wif-wrong-audience": Wrong(f"sends an assertion for somebody else {_WORKLOAD}", None),
    "wif-scope-rejected": Wrong(f"asks for a scope that is refused {_WORKLOAD}", None),
    "wif-retry": Wrong(f"tries again when it was told no {_WORKLOAD}", None),
    "wif-grant-fallback": Wrong(f"goes to another grant when it was told no {_WORKLOAD}", None),
}

MORE: Mapping[str, Wrong] = {
    "no-resource": Wrong("names no resource", NoResource),
    "token-in-address": Wrong("puts the token into the address", TokenInAddress),
    "forgets-token": Wrong("sends its token with some messages alone", ForgetsToken),
    "wants-iss": Wrong("demands an issuer that nobody has promised", WantsIss),
    "any-method": Wrong("does not look which challenge methods there are", AnyMethod),
    "any-state": Wrong("does not compare the state", AnyState),
    "any-resource": Wrong("does not look whose metadata it reads", AnyResource),
}


def examined(client: Callable[[TrapServer, Exam], Right], *names: str) -> tuple[Judged, ...]:
    """What the servers of these traps, or of all, say of a client that lists the tools and calls each."""
    traps = {name: TRAPS[name] for name in names or TRAPS}
    exam = Exam(
        lambda name: f"https://{name}.example",
        known=KNOWN,
        documents=lambda _: response(200, json=_ABOUT),
        traps=traps,
    )
    for server in exam.servers.values():
        with client(server, exam) as one:
            _use(one)
    return tuple(exam.judged())


def _use(client: ToolClient) -> None:
    """A wrong client may fail on the way, as the right one does where a server is not to be believed."""
    try:
        for tool in client.tools():
            client.call(tool)
    except (LoginFailed, UserError, ValueError):
        return


def broken(judged: Iterable[Judged]) -> list[Judged]:
    """What was not kept."""
    return [one for one in judged if one.found.holds is False]


def table() -> list[list[str]]:
    """The rows of the page: each wrong client, and the servers and rules that tell it from the right one."""
    return [[f"`{name}`", wrong.title, _told_by(wrong)] for name, wrong in {**WRONG, **MORE}.items()]


def _told_by(wrong: Wrong) -> str:
    if wrong.client is None:
        return "out of scope: another grant"
    found: dict[str, Any] = {}
    for one in broken(examined(wrong.client)):
        found.setdefault(f"{one.rule.title} ({one.rule.clause})", []).append(f"`{one.trap.name}`")
    return "; ".join(f"{', '.join(traps)}: {rule}" for rule, traps in found.items())
