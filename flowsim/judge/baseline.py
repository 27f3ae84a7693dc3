"""One honest login, function by function: what works, what is not there yet, and what the servers have seen of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flowsim.judge.client_under_test import FUNCTIONS, OPTIONAL, NotWritten, Odd, Refused
from flowsim.judge.court import ALICES, API_URL, Case, Court, Exchange, Party, Stuck
from flowsim.model.shown import shown
from flowsim.model.steps import CLIENT
from flowsim.protocol import credentials
from flowsim.protocol.messages import Pairs, query_of, single, without_query

LOGINS = 16  # of which the values are compared
MOST_ODDITIES = 3  # hangs and the like; after them nothing more is tried


class Wrong(Exception):
    """The servers have seen something else than was to be seen; the text says what."""


@dataclass(frozen=True, slots=True)
class Values:
    """The parameters of one authorization request, and the verifier that was sent later; None where none was."""

    params: Pairs
    verifier: str | None

    def get(self, name: str) -> str | None:
        return single(self.params, name)


@dataclass
class Baseline:
    """What is known of a client after an honest login: function to why it does not work; empty where it does."""

    court: Court
    problems: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    case: Case = field(init=False)
    request: Values = field(init=False)  # the first authorization request, where there is one
    oddities: int = 0

    def __post_init__(self) -> None:
        self.case = self.court.case()
        self._play()

    def lacks(self, name: str) -> str:
        """Why nothing that needs this function can be tried; empty where it can."""
        if self.oddities >= MOST_ODDITIES:
            return f"after {MOST_ODDITIES} calls that hung or ended the program nothing more is tried"
        if name in self.missing:
            return f"not there yet: {name}"
        problem = self.problems.get(name, "")
        return problem and (
            problem if problem.startswith("waits for") else f"waits for {name}, which does not work yet"
        )

    def works(self, name: str) -> bool:
        return name not in self.missing and not self.problems.get(name, "waits")

    @property
    def uses_pkce(self) -> bool:
        """Whether it sends a challenge with S256, at a server whose metadata lists that."""
        return self.works("authorization_url") and self.request.get("code_challenge_method") == "S256"

    @property
    def sends_nonce(self) -> bool:
        return self.works("authorization_url") and self.request.get("nonce") is not None

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """What verifier_and_challenge gives, many times; nothing where it is not there. Raises Wrong and Odd."""
        return [self._pair() for _ in range(LOGINS if self.works("verifier_and_challenge") else 0)]

    @cached_property
    def values(self) -> list[Values]:
        """The values of many logins, as far as the client goes."""
        found: list[Values] = []
        if not self.works("authorization_url"):
            return found
        case = self.court.case()
        for number in range(LOGINS):
            try:
                party = case.party()
                url = party.begin()
                verifier = None
                if self.works("request_tokens"):
                    party.redeem(case.browse(url))
                    verifier = single(case.token_requests()[-1].request.form, "code_verifier")
                found.append(Values(query_of(url), verifier))
                if number == 0:  # the same client once more: a second tab, or a login after the first
                    found += [Values(query_of(party.address()), None) for _ in range(2)]
            except (NotWritten, Refused, Odd, Stuck, IndexError):
                break
        return found

    def _play(self) -> None:
        steps: dict[str, Callable[[], None]] = {name: getattr(self, f"_{name}") for name in FUNCTIONS}
        waits = ""
        try:
            self._party: Party = self.case.party()
        except Odd as error:
            waits = str(error)
        for name, play in steps.items():
            if waits:
                written = callable(getattr(getattr(self, "_party", None) and self._party.client, name, None))
                self.problems[name] = waits if written else ""
                if not written:
                    self.missing.append(name)
                continue
            try:
                play()
                self.problems[name] = ""
            except NotWritten as error:
                self.missing.append(name)
                waits = "" if name in OPTIONAL and error.function == name else f"waits for {error.function}"
            except (Odd, Stuck, Wrong) as error:
                self.problems[name] = str(error)
            except Refused as error:
                self.problems[name] = f"{error.function} failed: {error.said}"
            if self.problems.get(name) and name not in OPTIONAL:
                waits = f"waits for {name}, which does not work yet"

    def _sent(self, wanted: Callable[[Exchange], bool], since: int = 0) -> list[Exchange]:
        return [one for one in self.case.exchanges[since:] if one.by == CLIENT and wanted(one)]

    def _discover(self) -> None:
        self._party.do("discover")
        if not self._sent(lambda one: "/.well-known/" in one.request.url and one.served):
            address = f"{self.case.server.server.issuer}/.well-known/openid-configuration"
            raise Wrong(f"nobody has asked for {address}")

    def _verifier_and_challenge(self) -> None:
        self._pair()

    def _pair(self) -> tuple[str, str]:
        pair = self._party.do("verifier_and_challenge")
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)):
            raise Wrong(f"it gave {shown(pair)}; expected two texts, the verifier and its challenge")
        return str(pair[0]), str(pair[1])

    def _authorization_url(self) -> None:
        url = self._party.address()
        self.request = Values(query_of(url), None)
        endpoint = self.case.server.metadata["authorization_endpoint"]
        if without_query(url) != endpoint:
            raise Wrong(f"it gave {shown(url)}; expected an address at {endpoint}")
        self._redirect = self.case.browse(url)
        if single(query_of(self._redirect), "code") is None:
            said = dict(query_of(self._redirect))
            raise Wrong(f"the server answers {said.get('error')}: {shown(said.get('error_description', ''), 160)}")

    def _take_redirect(self) -> None:
        self._taken = self._party.do("take_redirect", self._redirect)

    def _request_tokens(self) -> None:
        self._tokens = self._party.do("request_tokens", self._taken)
        self._expect_tokens("authorization_code", 0)

    def _expect_tokens(self, grant: str, since: int) -> None:
        sent = [one for one in self.case.token_requests() if one in self.case.exchanges[since:]]
        if not sent:
            raise Wrong("the token endpoint has seen no request")
        answer = sent[-1].answer
        assert answer is not None, "no answer is lost in an honest login"
        if answer.status != 200:
            body = answer.json()
            raise Wrong(
                f"the token endpoint answers {body.get('error')}: {shown(body.get('error_description', ''), 160)}"
            )
        if single(sent[-1].request.form, "grant_type") != grant:
            raise Wrong(f"the token endpoint has seen no request with the grant_type {grant}")

    def _validate_id_token(self) -> None:
        claims = self._party.claims(self._tokens)
        if not _is_alice(claims):
            raise Wrong(f"it gave {shown(claims)}; expected the claims, in which sub is {ALICES}")

    def _userinfo(self) -> None:
        said = self._party.do("userinfo")
        if not self._sent(lambda one: without_query(one.request.url).endswith("/userinfo") and one.served):
            raise Wrong("userinfo has given nothing: it has seen no request with a good access token")
        if not isinstance(said, Mapping) or not _is_alice(said):
            raise Wrong(f"it gave {shown(said)}; expected the claims, in which sub is {ALICES}")

    def _call_api(self) -> None:
        self._call("the API has given nothing")

    def _call(self, otherwise: str) -> str:
        """The access token that the API was shown."""
        since = len(self.case.exchanges)
        self._party.do("call_api", API_URL)
        called = self._sent(lambda one: one.request.url.startswith(API_URL), since)
        if not called:
            raise Wrong(f"{API_URL} has seen no request")
        if not called[-1].served:
            answer = called[-1].answer
            raise Wrong(f"{otherwise}: it answers {answer.status if answer else 'nothing'}")
        return credentials.read(called[-1].request.header("authorization") or "").shown or ""

    def _refresh(self) -> None:
        issued = [one.answer for one in self.case.token_requests() if one.answer is not None]
        if not any("refresh_token" in one.json() for one in issued):
            raise Wrong("there is no refresh token, because the scope of the request has no offline_access")
        since = len(self.case.exchanges)
        self._party.do("refresh")
        self._expect_tokens("refresh_token", since)
        if self.works("call_api"):
            answer = self.case.token_requests()[-1].answer
            new = answer.json().get("access_token") if answer else None
            if self._call("after the refresh the API has given nothing") != new:
                raise Wrong("after the refresh the API was shown the old access token")


def _is_alice(claims: Mapping[str, Any]) -> bool:
    sub = claims.get("sub")
    return isinstance(sub, str) and sub == ALICES
