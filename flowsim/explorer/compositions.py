"""The messages that an attacker writes: what it knows and what it can make, put where a message has a place for it.

    message                 its places, and what goes there
    authorization request   client and redirect_uri: the app's own two; the app's with an address that begins like the app's
                            own; the app's with its open redirector, where it has one; the attacker's own two; an
                            address inside the network as the client, where the server would fetch that
                            what binds the code (code_challenge and its method, nonce, dpop_jkt): of its own making;
                            those of its own login; those of the user's request, if seen; none; a method alone
                            state: that of the login whose request it is written for; else one of its own making
                            besides: prompt=none; for its own app a scope that there is not
    pushed request          as the authorization request, as the app with whatever it is known by, or as its own app
    token request           code: every one that it knows and that is not of its own login
                            client: the app, bare or with each secret or the last assertion that is known; its own app
                            redirect_uri: the one in the request for this code
                            code_verifier: its own, where the challenge was; else each it knows, each challenge it knows,
                            one worked out from a clock, none, and a guess
                            proof of possession: none, and where the app uses them one with a key of its own
    refresh request         each refresh token that it knows, as the app or as its own; proofs as above
    call of an API          each access token of the victim's that it knows, at each API; proof: none, each that it has
                            seen, one with a key of its own. And three tokens of its own making
    redirect                for its own browser: each code that is not of its own login, with its own state, with the one
                            that came with it, without; for the user's: each code of its own login, with each state it knows

What is left out stands in LEFT_OUT. All of it is made of public values, of what is known and of what anybody can make.

Source: RFC 6749 sections 4.1.1, 4.1.3 and 6, RFC 7636 sections 4.3 and 4.5, RFC 9126 section 2.1, RFC 6750 section 2.1.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256

from flowsim.actors import client, redirector
from flowsim.attacks.brute_force import brute_force
from flowsim.attacks.toolkit import GUESS, OWN_CHALLENGE, OWN_VERIFIER, look_alike, named_resource
from flowsim.explorer.knowledge import Asked, Code, Knowledge, known
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import ATTACKER
from flowsim.model.world import (
    ATTACKER_RUN,
    ATTACKERS_CLIENT,
    ATTACKERS_ORIGIN,
    ATTACKERS_REDIRECT,
    INSIDE_BY_NAME,
    OWN_LOGIN,
    VICTIM,
    Run,
    World,
)
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.messages import Request, query_of, with_params

LEFT_OUT: tuple[str, ...] = (
    "codes, states, keys and tokens that are guessed",
    "messages that no server could read: repeated and misspelt parameters, other methods, other encodings",
    "other scopes, resources, audiences, response types and modes than those of the app",
    "pushed requests that bind the code to nothing, at another address than the app's own",
    "a redirect_uri in a token request that is another than the one in the request for the code",
    "a nonce in a DPoP proof of the attacker's own that a server asks for",
    "proofs with the key that the app's page has made in the attacker's own browser",
    "calls of the userinfo, revocation, introspection and registration endpoints",
)
_BINDS = ("nonce", "code_challenge", "code_challenge_method", "dpop_jkt")
_MADE_UP_STATE = "chosen-by-the-attacker"
_UNKNOWN_SCOPE = "nothing-that-there-is"
OWN_KEY = b"a key that the attacker has made"
OWN_NUMBER = "made by the attacker, "  # what names a proof of its own, with another number behind it in each
_HOUR = 3600  # seconds

Params = dict[str, str]


def is_half_done(world: World) -> bool:
    """True where the attacker has just pushed a request. It opens it next: a push does nothing until it is opened.

    To push and to open it later comes to the same as to push later, for nobody else has to do with what was pushed.
    """
    last = world.log[-1] if world.log else None
    return last is not None and last.act is Act.PUSH_REQUEST and last.outcome is Outcome.OK


class Desk:
    """Where an attacker writes: what it knows in this world, and the messages it can make of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.scenario = world.scenario
        self.profile = world.scenario.profile
        self.server = world.runs[VICTIM].server
        self.known: Knowledge = known(world)
        self._endpoint = f"{self.server}/oauth/token"
        self._number = f"{OWN_NUMBER}{sum(run.owner == ATTACKER for run in world.runs.values())}"

    # ---- Authorization requests

    def lures(self) -> Iterator[str]:
        """The addresses of requests for a login of the victim's that the attacker begins."""
        if own := self.own_request():
            yield own.address
        for to in self._addressed():
            for binds in (
                {"code_challenge": OWN_CHALLENGE, "code_challenge_method": "S256"},
                self._bindings_of(OWN_LOGIN),
            ):
                if binds is not None:
                    yield from self._opened(self._request(to, binds, self._own_state(binds)))
        # A mistake, which brings the browser back with an error; where requests have to be pushed, that it was not is one.
        theirs = {"client_id": ATTACKERS_CLIENT, "redirect_uri": ATTACKERS_REDIRECT, "scope": _UNKNOWN_SCOPE}
        yield self._written(self._request(theirs, {}, None))
        # Where the server fetches what a client_id names, and takes no look at where that leads.
        server = self.world.servers[self.server]
        if server.reads_documents and not self.scenario.policy.is_on("document.address_public"):
            inside = {"client_id": INSIDE_BY_NAME, "redirect_uri": ATTACKERS_REDIRECT, "scope": _UNKNOWN_SCOPE}
            yield self._written(self._request(inside, {}, None))

    def own_clients_requests(self) -> Iterator[str]:
        """The requests for a client of the attacker's own at a proxy, which it takes there itself."""
        if self.world.servers[self.server].upstream is not None:
            to = {"client_id": ATTACKERS_CLIENT, "redirect_uri": ATTACKERS_REDIRECT}
            binds = {"code_challenge": OWN_CHALLENGE, "code_challenge_method": "S256"}
            yield from self._opened(self._request(to, binds, self._own_state(binds)))

    def sent_on(self) -> Iterator[str]:
        """The addresses of the server behind a proxy to which that has sent the attacker's own program on."""
        behind = self._behind
        yield from (one.address for one in self.known.requests if one.run == ATTACKER_RUN and behind(one.address))

    def _behind(self, address: str) -> bool:
        """True for an address of the server behind the one that the app knows, where that is a proxy."""
        proxy = self.world.servers[self.server].upstream
        return proxy is not None and address.startswith(f"{proxy.issuer}/")

    def onward(self, arrived: str) -> Iterator[str]:
        """Where the attacker's server can send a browser on to that the app has sent to it with this address."""
        came = dict(query_of(arrived))
        home = {"client_id": self.profile.client_id, "redirect_uri": self.profile.redirect_uri}
        if own := self.own_request():
            yield own.address
        bare = {name: value for name, value in came.items() if name not in _BINDS} | home
        theirs = {name: value for name, value in came.items() if name in _BINDS and name != "dpop_jkt"}
        # For which API the token is to be: the one that the app has named, or where that is the attacker's, the honest one.
        honest = {} if "resource" not in came else {"resource": self._honest_resource(came["resource"])}
        for binds in (theirs, *self._bindings(OWN_LOGIN)):
            yield from self._opened(
                {**bare, **honest, **binds} if "request_uri" not in came else self._request(home, binds, None)
            )

    def _honest_resource(self, named: str) -> str:
        """This resource, where the honest server issues tokens for it; else the first that it does."""
        resources = self.world.servers[self.server].resources
        return named if named in resources else resources[0]

    def replacements(self, run: Run) -> Iterator[str]:
        """The requests that can stand in the place of the one in flight in this run."""
        mine = run.name == OWN_LOGIN
        if (own := self.own_request()) and not mine:
            yield own.address
        seen = self._seen_in(run.name)
        came = dict(seen.params) if seen else {}
        if "request_uri" in came or not came:
            came = self._request({}, {}, self._own_state({}) if seen is None else None)
        bare = {name: value for name, value in came.items() if name not in _BINDS}
        others = (
            (self._bindings_of(VICTIM), {}, {"code_challenge_method": "S256"}) if mine else self._bindings(OWN_LOGIN)
        )
        for binds in others:
            if binds is not None:
                yield from self._opened({**bare, **binds})

    def pushes(self) -> Iterator[Request]:
        """The requests that the attacker can push, where the server takes no others."""
        if self.scenario.par != "required":
            return
        pushed = {one.params for one in self.known.requests if one.run == ATTACKER_RUN}
        for place, to in enumerate(self._addressed()):
            # Only in the place of a request of the app's own, at its own address, can a code that is bound to nothing help.
            bindings = [*self._bindings(OWN_LOGIN)]
            for binds in bindings if place == 0 else [one for one in bindings if "code_challenge" in one]:
                params = self._request(to, binds, self._own_state(binds))
                if any(params.items() <= dict(one).items() for one in pushed):
                    continue  # it has a name already
                for as_whom in self._as_client(to["client_id"]):
                    yield client.push_request(
                        f"{self.server}/oauth/par", params, as_whom.get("secret"), as_whom.get("assertion")
                    )

    def own_request(self) -> Asked | None:
        """The request of the attacker's own login, as long as the server has not seen it."""
        run = self.world.runs.get(OWN_LOGIN)
        return self._seen_in(OWN_LOGIN) if run is not None and run.state is State.PREPARED else None

    def _seen_in(self, run: str) -> Asked | None:
        """The last request of this run that the attacker has seen or written."""
        seen = (one for one in reversed(self.known.requests) if one.run == run)
        return next((one for one in seen if not self._behind(one.address)), None)

    def _addressed(self) -> Iterator[Params]:
        """As whom a request comes, and where its answer goes."""
        app = self.profile
        yield {"client_id": app.client_id, "redirect_uri": app.redirect_uri}
        yield {"client_id": app.client_id, "redirect_uri": look_alike(app)}
        if self.scenario.open_redirector and app.kind in ("page", "website"):
            yield {"client_id": app.client_id, "redirect_uri": redirector.address(app, f"{ATTACKERS_ORIGIN}/collect")}
        yield {"client_id": ATTACKERS_CLIENT, "redirect_uri": ATTACKERS_REDIRECT}

    def _bindings(self, login: str) -> Iterator[Params]:
        """What a code can be bound to: to what is the attacker's, to what belongs to this login, to nothing."""
        yield {"code_challenge": OWN_CHALLENGE, "code_challenge_method": "S256"}
        if (theirs := self._bindings_of(login)) is not None:
            yield theirs
        yield {}
        yield {"code_challenge_method": "S256"}

    def _bindings_of(self, run: str) -> Params | None:
        """What binds the code in the request of this run; None where the attacker has not seen it."""
        seen = self._seen_in(run)
        if seen is None:
            return None
        binds = {name: value for name, value in seen.params if name in _BINDS}
        return binds or None

    def _own_state(self, binds: Mapping[str, str]) -> str | None:
        """The state for a request with these bindings: that of the login they are from."""
        if not self.scenario.state:
            return None
        own = self._seen_in(OWN_LOGIN)
        state = dict(own.params).get("state") if own is not None else None
        return state if state and binds == self._bindings_of(OWN_LOGIN) else _MADE_UP_STATE

    def _request(self, to: Mapping[str, str], binds: Mapping[str, str], state: str | None) -> Params:
        asked = {
            "response_type": "code",
            "client_id": self.profile.client_id,
            "redirect_uri": self.profile.redirect_uri,
            "scope": self.scenario.scope,
            **to,
        }
        asked |= {"state": state} if state else {}
        asked |= named_resource(self.scenario)
        return {**asked, **binds}

    def _opened(self, asked: Params) -> Iterator[str]:
        """The address of this request; where the server takes pushed ones only, that of the one just pushed."""
        if self.scenario.par != "required":
            yield self._written(asked)
            return
        for uri in self.known.pushed[-1:] if is_half_done(self.world) else ():
            yield client.pushed_address(f"{self.server}/authorize", asked["client_id"], uri)

    def _written(self, asked: Params) -> str:
        return with_params(f"{self.server}/authorize", asked)

    # ---- Redirects

    def planted(self) -> Iterator[str]:
        """The addresses with a code of the attacker's own account, for the victim's browser."""
        for code in self.known.codes:
            if code.run == OWN_LOGIN:
                yield self._answer(code, dict(code.beside))
                for state in self.known.states:
                    yield self._answer(code, {**dict(code.beside), "state": state})

    def for_own_browser(self) -> Iterator[str]:
        """The addresses with a code that is not of the attacker's own login, for the attacker's own browser."""
        for code in self.known.codes:
            if code.run != OWN_LOGIN:
                beside = dict(code.beside) or ({"iss": self.server} if self.scenario.iss else {})
                yield self._answer(code, beside)

    def _answer(self, code: Code, beside: Mapping[str, str]) -> str:
        address = self.profile.redirect_uri if code.run != OWN_LOGIN else code.address
        return with_params(address, {"code": code.value, **beside})

    # ---- Requests of the attacker's own program

    def redemptions(self) -> Iterator[Request]:
        """The token requests with each code of somebody else's."""
        for code in self.known.codes:
            if code.run == OWN_LOGIN:
                continue
            asked = self._asked_for(code)
            for as_whom in self._as_client(asked.get("client_id", self.profile.client_id)):
                for verifier in self._verifiers(asked):
                    for proof in self._proofs("POST", self._endpoint):
                        yield client.token_request(
                            self._endpoint,
                            redirect_uri=asked.get("redirect_uri", self.profile.redirect_uri),
                            code=code.value,
                            code_verifier=verifier,
                            proof=proof,
                            user_agent="attacker",
                            **as_whom,
                        )

    def _asked_for(self, code: Code) -> Params:
        """The request that this code answers, as far as the attacker has seen it."""
        seen = [one for one in self.known.requests if one.run == code.run]
        if any(self._behind(one.address) for one in seen):  # the request for it was allowed before, by its own program
            seen = [one for one in self.known.requests if one.run == ATTACKER_RUN and not self._behind(one.address)]
        asked = dict(seen[-1].params) if seen else {}
        if "request_uri" in asked:
            pushed = [one for one in self.known.requests if one.run == ATTACKER_RUN]
            asked |= dict(pushed[-1].params) if pushed else {}
        return asked

    def _as_client(self, client_id: str) -> Iterator[dict[str, str]]:
        """As whom the attacker can go to the server for what was asked for in this client's name."""
        if client_id == ATTACKERS_CLIENT:
            yield {"client_id": ATTACKERS_CLIENT}
            return
        if self.known.assertions:
            yield {"client_id": client_id, "assertion": self.known.assertions[-1]}
        yield from ({"client_id": client_id, "secret": secret} for secret in self.known.secrets)
        yield {"client_id": client_id}
        if self.profile.confidential:
            yield {"client_id": ATTACKERS_CLIENT}

    def _verifiers(self, asked: Mapping[str, str]) -> tuple[str | None, ...]:
        """What to send as the verifier for a code that was asked for like this; None for none."""
        challenge = asked.get("code_challenge")
        if challenge == OWN_CHALLENGE:
            return (OWN_VERIFIER,)
        if self.scenario.pkce == "none" and challenge is None:
            return (None,)
        guessed = []
        if self.scenario.verifier == "clock":
            if challenge is None:
                guessed = [client.clock_verifier(self.world.now)]
            elif found := _second_behind(challenge, self.world.now):
                guessed = [found]
        known = (*self.known.verifiers, *((challenge,) if challenge else ()), *guessed)
        return tuple(dict.fromkeys((*known, None, GUESS)))

    def refreshes(self) -> Iterator[Request]:
        """The refresh requests with each refresh token of the victim's."""
        for token in self.known.refresh_tokens:
            for as_whom in self._as_client(self.profile.client_id):
                for proof in self._proofs("POST", self._endpoint):
                    yield client.refresh_request(
                        self._endpoint, refresh_token=token, proof=proof, user_agent="attacker", **as_whom
                    )

    def calls(self) -> Iterator[Request]:
        """The calls of each API with each access token of the victim's."""
        for token in self.known.access_tokens:
            for api in self.world.apis.values():
                for proof in (*self._proofs("GET", api.url, token), *self.known.proofs):
                    yield client.api_request(api.url, token, "attacker", proof=proof)

    def forged_calls(self) -> Iterator[Request]:
        """The calls with a token of the attacker's own making, for the victim."""
        api = self.world.apis[self.world.runs[VICTIM].api]
        for token in _forged(self.world, api.origin, f"read:{api.keeps}"):
            yield client.api_request(api.url, token, "attacker")

    def _proofs(self, method: str, url: str, token: str | None = None) -> Iterator[str | None]:
        yield None
        if self.scenario.dpop != "off":
            yield dpop.proof(OWN_KEY, method, url, now=self.world.now, jti=self._number, access_token=token)


@lru_cache(maxsize=1024)
def _second_behind(challenge: str, now: int) -> str | None:
    """The second of the last hour that this challenge, or a challenge without a hash, was made from."""
    seconds = [client.clock_verifier(second) for second in range(now, now - _HOUR, -1)]
    return challenge if challenge in seconds else brute_force(challenge, seconds).verifier


def _of_another_key(text: bytes) -> bytes:
    """A signature of the length of the server's that no key of the server's has made."""
    return sha256(text).digest() * 8


def _forged(world: World, audience: str, scope: str) -> Iterator[str]:
    """Access tokens that name the victim: without a signature, signed with the public key, signed with an own key."""
    server = world.servers[world.runs[VICTIM].server]
    public = signed_tokens.signing_key(server.keys[0].kid).public_jwk()
    claims = {
        "iss": server.issuer,
        "sub": f"user-{world.people[VICTIM].username}",
        "aud": audience,
        "client_id": world.scenario.profile.client_id,
        "scope": scope,
        "iat": world.now,
        "exp": world.now + _HOUR,
        "jti": "written-by-the-attacker",
    }
    key = signed_tokens.find_key({"keys": [public]}, public["kid"])
    header = {"kid": public["kid"], "typ": signed_tokens.ACCESS_TOKEN_TYPE}
    yield signed_tokens.compact({"alg": "none", **header}, claims, signed_tokens.no_signature)
    if key is not None:
        yield signed_tokens.compact(
            {"alg": "HS256", **header}, claims, lambda text: signed_tokens.hmac_with_public_key(key, text)
        )
    yield signed_tokens.compact({"alg": signed_tokens.ALGORITHM, **header}, claims, _of_another_key)
