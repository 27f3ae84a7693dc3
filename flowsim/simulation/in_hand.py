"""What the attacker has in hand and could still use: it is found out by trying, at a copy of the world.

Nobody is asked whether a token *should* work. It is sent where it could be good for something, as the attacker would send
it: the access token to the APIs and to userinfo, the refresh token and the code to the token endpoint, with all that the
attacker knows beside it: of a page in its own browser also the verifier and the key for proofs. What comes back about the
victim counts, and the world stays as it was.

One thing is no gain. Whoever reads what comes to an API and then goes to another one with it *is* that API, and reads its
own data without any token (RFC 9700 section 4.9.2). So a token that was read there counts at the others only.

Source: RFC 6750 section 2.1, RFC 6749 sections 4.1.3 and 6, OIDC Core section 5.3, RFC 9449 section 7.1.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from frozendict import deepfreeze

from flowsim.actors import api, authorization_server, client
from flowsim.attacks.toolkit import OWN_VERIFIER
from flowsim.model.context import Context
from flowsim.model.mcp import CONTACTS_ORIGIN
from flowsim.model.states import Act, Role
from flowsim.model.steps import ATTACKER
from flowsim.model.world import ATTACKERS_CLIENT, OWN_LOGIN, VICTIM, Api, Server, World, evolve, reads_its_page
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.messages import Request, Response, request
from flowsim.protocol.signed_tokens import decoded
from flowsim.simulation.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """What works that the attacker holds: an access token at an API or at userinfo, a refresh token, a code.

    Each of the victim's, and only where it works at this moment.
    """

    api: bool = False
    userinfo: bool = False
    refresh: bool = False
    code: bool = False

    @property
    def tokens(self) -> bool:
        """True where a token works: then the attacker has got what it takes."""
        return self.api or self.userinfo or self.refresh


def in_hand(world: World, ledger: Ledger) -> InHand:
    """What the attacker could still use in this world, given who knows what in it."""
    known = _Known(world, ledger)
    tokens = [text for text in known.of("access_token") if _of_the_victim(world, text)]
    apis, at_home = _where(world)
    return InHand(
        api=any(
            _api_gives(world, world.apis[origin], one, prove)
            for one in tokens
            for origin in apis
            for prove in known.provers
        ),
        userinfo=at_home and any(_userinfo_gives(world, one, prove) for one in tokens for prove in known.provers),
        refresh=any(_endpoint_gives(world, asked, prove) for asked in known.refreshes() for prove in known.keys),
        code=any(_endpoint_gives(world, asked, prove) for asked in known.redemptions() for prove in known.keys),
    )


def _where(world: World) -> tuple[tuple[str, ...], bool]:
    """The APIs at which the attacker's access tokens would be a gain, and whether userinfo would be one as well."""
    read = {world.runs[event.run].api for event in world.log if event.act is Act.READ_API_REQUEST}
    if any(event.act is Act.SERVE_BEHIND for event in world.log):
        read.add(CONTACTS_ORIGIN)
    went = {run.api for run in world.runs.values() if run.owner == ATTACKER and run.role is Role.CALL}
    if not read or not went - read:
        return tuple(world.apis), True
    return tuple(origin for origin in world.apis if origin not in read), False


def _of_the_victim(world: World, text: str) -> bool:
    token = signed_tokens.read(text)
    return token is not None and token.claims.get("sub") == f"user-{world.people[VICTIM].username}"


# A proof for a request with this method and address, for this access token and with this nonce; None for no proof.
Prover = Callable[[str, str, str | None, str | None], str | None]


def _unproved(method: str, url: str, token: str | None, nonce: str | None) -> str | None:
    return None


def _copy(proof: str) -> Prover:
    return lambda method, url, token, nonce: proof


def _with_key(key: bytes, now: int) -> Prover:
    return lambda method, url, token, nonce: dpop.proof(
        key, method, url, now=now, jti="a try", access_token=token, nonce=nonce
    )


class _Known:
    """What the attacker knows, by kind, and the requests that it can make of it."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._server = world, world.servers[world.runs[VICTIM].server]
        self._secrets = [one.secret for event in ledger.learned for one in event if one.actor == ATTACKER]
        received = [sent.message for event in world.log for sent in event.messages if sent.receiver == ATTACKER]
        copied = [one.header("dpop") for one in received if isinstance(one, Request)]
        # What the attacker's own login has made, where the app is a page and keeps nothing from the owner of its browser.
        own = world.runs.get(OWN_LOGIN)
        made = [one for event in world.log if event.run == OWN_LOGIN for one in event.made]
        made = made if own is not None and reads_its_page(world, own) else []
        keys = [_with_key(key, world.now) for one in made if one.kind == "dpop_key" and (key := decoded(one.value))]
        self._verifiers = [one.value for one in made if one.kind == "code_verifier"]
        self.keys: tuple[Prover, ...] = (_unproved, *keys)
        self.provers: tuple[Prover, ...] = (*self.keys, *(_copy(proof) for proof in copied if proof))

    def of(self, kind: str) -> Iterator[str]:
        """The values of this kind of secret."""
        return (one.value for one in self._secrets if one.kind == kind)

    def _clients(self) -> Iterator[Mapping[str, Any]]:
        """As whom the attacker can go to the token endpoint: as the honest app, with what it knows of its credentials."""
        honest = self._world.scenario.profile.client_id
        yield {"client_id": honest}
        yield from ({"client_id": honest, "secret": secret} for secret in self.of("client_secret"))
        yield from ({"client_id": honest, "assertion": text} for text in self.of("client_assertion"))
        yield {"client_id": ATTACKERS_CLIENT}

    def refreshes(self) -> Iterator[Request]:
        """The requests with each refresh token."""
        endpoint = f"{self._server.issuer}/oauth/token"
        for text in self.of("refresh_token"):
            for credentials in self._clients():
                yield client.refresh_request(endpoint, refresh_token=text, **credentials)

    def redemptions(self) -> Iterator[Request]:
        """The requests with each code, and with each verifier that the attacker has come to know."""
        endpoint = f"{self._server.issuer}/oauth/token"
        known = (*self._verifiers, *self.of("code_verifier"), *self.of("code_challenge"))
        verifiers = (None, OWN_VERIFIER, *dict.fromkeys(known))
        for code in self.of("code"):
            grant = self._server.grants.get(code)
            if grant is None:
                continue
            for credentials in self._clients():
                for verifier in verifiers:
                    yield client.token_request(
                        endpoint,
                        redirect_uri=grant.request.redirect_uri,
                        code=code,
                        code_verifier=verifier,
                        **credentials,
                    )


def _context(world: World) -> Context:
    return Context(world.scenario.seed or 0, world.now, world.scenario.policy, "a try", world.draws)


Judge = TypeVar("Judge", Api, Server)


def _heard(judge: Judge, ask: Callable[[Judge, str | None], tuple[Judge, Response]]) -> Response:
    """The answer to a request with a proof; to a second one where the first is told which nonce to put into it."""
    judge, answer = ask(judge, None)
    nonce = answer.header("dpop-nonce")
    return ask(judge, nonce)[1] if nonce and answer.status != 200 else answer


def _api_gives(world: World, tried: Api, token: str, prove: Prover) -> bool:
    """True where this API gives the victim's data for this token. It knows the keys that the server has by now."""
    server = world.servers[world.runs[VICTIM].server]
    _, keys = authorization_server.handle(server, request("GET", f"{server.issuer}/jwks.json"), _context(world))

    def ask(judge: Api, nonce: str | None) -> tuple[Api, Response]:
        proof = prove("GET" if tried.tools is None else "POST", tried.url, token, nonce)
        return api.handle(judge, client.api_request(tried.url, token, "attacker", proof=proof), _context(world))

    answer = _heard(evolve(tried, jwks=deepfreeze(keys.json())), ask)
    return answer.status == 200 and api.owner_in(answer) == f"user-{world.people[VICTIM].username}"


def _userinfo_gives(world: World, token: str, prove: Prover) -> bool:
    server = world.servers[world.runs[VICTIM].server]
    url = f"{server.issuer}/userinfo"

    def ask(judge: Server, nonce: str | None) -> tuple[Server, Response]:
        asked = client.api_request(url, token, "attacker", proof=prove("GET", url, token, nonce))
        return authorization_server.handle(judge, asked, _context(world))

    answer = _heard(server, ask)
    return answer.status == 200 and answer.json().get("sub") == f"user-{world.people[VICTIM].username}"


def _endpoint_gives(world: World, asked: Request, prove: Prover) -> bool:
    """True where the token endpoint gives an access token of the victim's for this."""
    server: Server = world.servers[world.runs[VICTIM].server]

    def ask(judge: Server, nonce: str | None) -> tuple[Server, Response]:
        proof = prove(asked.method, asked.url, None, nonce)
        sent = replace(asked, headers=(*asked.headers, ("DPoP", proof))) if proof else asked
        return authorization_server.handle(judge, sent, _context(world))

    answer = _heard(server, ask)
    token = answer.json().get("access_token") if answer.status == 200 else None
    return isinstance(token, str) and _of_the_victim(world, token)
