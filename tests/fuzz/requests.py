"""Whole flows and broken requests against one server and one API, with an oracle that computes everything again.

A flow keeps a book of its own: which code goes with which verifier and key, which token is alive, which proof has come. It
shares no code with flowsim: PKCE, tokens and proofs are made here, with hashlib and cryptography. Each right request must
succeed and each wrong one fail. Between them go requests of which any octet may be changed; whatever they get, they must
not get a token or data for what the book calls wrong, no answer of 500 or more, and no exception.

Source: RFC 6749, RFC 6750, RFC 7009, RFC 7636, RFC 9449 and RFC 9700 section 4.14.
"""

import base64
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from flowsim.actors import api, authorization_server
from flowsim.engine.initial_world import ALICE, initial_world
from flowsim.model.context import Context
from flowsim.model.scenario import API_ORIGIN, ISSUER, Scenario
from flowsim.protocol.messages import Request, Response

SCOPE = "openid profile read:messages offline_access"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
REDIRECTS = {"photo-page": "https://spa.example/callback", "photo-web": "https://web.example/callback"}
REQUESTS_IN_A_FLOW = 60
SLOW = 0.3  # seconds of one answer, on a machine that does other things as well
JUNK = [
    *"%=&?#;/[]{}\"'\\<>+ .,:@~\0\r\n\t\x7fé",
    "%00",
    "%zz",
    "\udcff",
    "\u2100",
    "==",
    "a" * 3000,
    "http://[",
    "null",
]


class Fault(AssertionError):
    """Something that must not be."""


@dataclass
class Code:
    client: str
    verifier: str
    until: int
    jkt: str | None
    used: bool = False


@dataclass
class Token:
    """An access token, or a refresh token with `rotated`."""

    client: str
    family: str
    until: int
    jkt: str | None
    dead: bool = False
    rotated: bool = False


@dataclass
class Book:
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Token] = field(default_factory=dict)
    refresh: dict[str, Token] = field(default_factory=dict)

    def end(self, family: str, access_too: bool) -> None:
        for token in (*self.refresh.values(), *(self.access.values() if access_too else ())):
            token.dead = token.dead or token.family == family


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def s256(verifier: str) -> str:
    return b64(hashlib.sha256(verifier.encode()).digest())


class Key:
    """A key of an app's, and the proofs that it makes (RFC 9449 section 4.2)."""

    def __init__(self, random: Random) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
        self._jwk = {"crv": "Ed25519", "kty": "OKP", "x": b64(self._key.public_key().public_bytes_raw())}
        self.jkt = b64(hashlib.sha256(json.dumps(self._jwk, separators=(",", ":")).encode()).digest())

    def proof(self, claims: dict[str, Any], **header: Any) -> str:
        head = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": self._jwk, **header}
        text = ".".join(b64(json.dumps(part).encode()) for part in (head, claims))
        return f"{text}.{b64(self._key.sign(text.encode()))}"


class Flow:
    """One server and one API that remember, an app of either kind, a user who always agrees, and the book."""

    def __init__(self, random: Random, without: frozenset[str]) -> None:
        self.random = random
        self.client = random.choice(list(REDIRECTS))
        self.dpop = random.random() < 0.5
        kind = {"photo-page": "spa", "photo-web": "web"}[self.client]
        scenario = Scenario(
            client=kind,
            dpop="tokens" if self.dpop else "off",
            par="optional",
            scope=SCOPE,
            redirect_match=random.choice(["exact", "exact", "origin", "prefix"]),
            seed=random.randrange(10**9),
            without=without,
        ).settled()
        world = initial_world(scenario)
        self.server, self.api = world.servers[ISSUER], world.apis[API_ORIGIN]
        self.secret = next(iter(world.clients.values())).secret
        self.exact = scenario.redirect_match == "exact"
        self.policy, self.draws, self.now = scenario.policy, world.draws, world.now
        self.book, self.key, self.other, self.jti = Book(), Key(random), Key(random), count()
        self.sent: list[Request] = []
        self.last = ""
        # The proofs that have come and were good, and when: at the server, and at the API.
        self.came: dict[bool, list[tuple[str, int]]] = {False: [], True: []}
        self.counts: Counter[str] = Counter()

    # ---- Sending

    def send(self, asked: Request, keep: bool = True) -> Response:
        """The answer; without `keep` nobody remembers that it was asked."""
        context = Context(1, self.now, self.policy, "fuzz", self.draws)
        start = time.process_time()
        if asked.url.startswith(API_ORIGIN):
            holder, answer = api.handle(self.api, asked, context)
            self.api = holder if keep else self.api
        else:
            server, answer = authorization_server.handle(self.server, asked, context)
            self.server = server if keep else self.server
        self.draws = context.draws
        self.counts["requests"] += 1
        if time.process_time() - start > SLOW:
            raise Fault(
                f"it took {time.process_time() - start:.1f} s to answer a request of {len(asked.body)} characters"
            )
        self._is_proper(answer)
        if keep:
            self.sent.append(asked)
        return answer

    def _is_proper(self, answer: Response) -> None:
        if not 200 <= answer.status < 500:
            raise Fault(f"status {answer.status}")
        if not all(re.fullmatch(r"[\x20-\x7e]*", f"{name}: {value}") for name, value in answer.headers):
            raise Fault(f"a header that no wire carries: {answer.headers}")
        allowed = (f"{ISSUER}/login", f"{ISSUER}/consent", *(f"{uri}?" for uri in REDIRECTS.values()))
        elsewhere = "com.example.app:/callback?", "https://app.example/callback?", "https://attacker.example/callback?"
        loopback = re.match(r"http://127\.0\.0\.1(:[0-9]+)?/callback\?", answer.location)
        if self.exact and answer.location and not answer.location.startswith((*allowed, *elsewhere)) and not loopback:
            raise Fault(f"an open redirect to {answer.location}")

    def post(self, path: str, form: dict[str, str], *, proof: str | None = None, client: str | None = None) -> Request:
        """A request of the app to the back channel, as the client it is or as another."""
        name = client or self.client
        headers = [FORM]
        if name == "photo-web" and self.secret:
            pair = f"{quote_plus(name)}:{quote_plus(self.secret)}"
            headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
        else:
            form = {**form, "client_id": name}
        headers += [("DPoP", proof)] if proof else []
        return Request(method="POST", url=f"{ISSUER}{path}", headers=tuple(headers), body=urlencode(form))

    def proof(self, method: str, url: str, token: str | None = None, **changes: Any) -> str:
        self.last = f"n{next(self.jti)}"
        said: dict[str, Any] = {"jti": self.last, "htm": method, "htu": url, "iat": self.now}
        said |= {"ath": s256(token)} if token else {}
        key: Key = changes.pop("key", self.key)
        return key.proof(said | changes)

    # ---- What can happen, each with what the book says of it

    def begin(self) -> None:
        verifier = "".join(self.random.choices("abcXYZ019-._~", k=self.random.randrange(43, 129)))
        asked = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": REDIRECTS[self.client],
            "scope": SCOPE,
            "state": "s",
            "code_challenge": s256(verifier),
            "code_challenge_method": "S256",
        }
        jkt = self.key.jkt if self.dpop and self.random.random() < 0.5 else None
        asked |= {"dpop_jkt": jkt} if jkt else {}
        if self.random.random() < 0.3:
            odd = self.random.choice(["redirect_uri"] * 6 + [*asked])
            self.send(
                Request(method="GET", url=f"{ISSUER}/authorize?{urlencode(asked | {odd: self._odd()})}"), keep=False
            )
        if self.random.random() < 0.4:
            asked, jkt = self._pushed(asked, jkt)
        answer = self.send(Request(method="GET", url=f"{ISSUER}/authorize?{urlencode(asked)}"))
        cookie = ("Cookie", (answer.header("set-cookie") or "").partition(";")[0])
        if self.random.random() < 0.15:
            self._guess(cookie)
        for path, typed in (
            ("/login", {"option": "password", "username": ALICE.username, "password": ALICE.password}),
            ("/consent", {"decision": "allow"}),
        ):
            page = self.send(Request(method="GET", url=f"{ISSUER}{path}", headers=(cookie,))).body
            csrf = re.search('name="csrf" value="([^"]*)"', page)
            body = urlencode({"csrf": csrf[1] if csrf else "", **typed})
            answer = self.send(Request(method="POST", url=f"{ISSUER}{path}", headers=(cookie, FORM), body=body))
        code = dict(parse_qsl(answer.location.partition("?")[2])).get("code")
        if code is None:
            raise Fault(f"a right login got no code: {answer}")
        self.book.codes[code] = Code(self.client, verifier, self.now + 60, jkt)

    def _odd(self) -> str:
        """A value of a parameter; mostly an address that some parser refuses."""
        hosts = [
            "[",
            "]",
            "[x]",
            "[::1",
            "as.exa\u2100mple",
            "spa.example:x",
            "spa.example:99999",
            "a@b@spa.example",
            "\0",
        ]
        return self.random.choice([f"https://{host}/callback" for host in hosts] + ["http://[", "", "\n", "x" * 3000])

    def _guess(self, cookie: tuple[str, str]) -> None:
        """A password that is nearly the right one brings nobody in."""
        page = self.send(Request(method="GET", url=f"{ISSUER}/login", headers=(cookie,))).body
        csrf = re.search('name="csrf" value="([^"]*)"', page)
        right = ALICE.password
        typed = self.random.choice([f"{right}\0", f"{right}\0\0", f"{right} ", right.upper(), right[:-1]])
        form = {"csrf": csrf[1] if csrf else "", "option": "password", "username": ALICE.username, "password": typed}
        asked = Request(method="POST", url=f"{ISSUER}/login", headers=(cookie, FORM), body=urlencode(form))
        if self.send(asked).location:
            raise Fault(f"{typed!a} is taken for the password")

    def _pushed(self, asked: dict[str, str], jkt: str | None) -> tuple[dict[str, str], str | None]:
        """The request by its name, once it was pushed, and the key that its code is bound to then (RFC 9449 §10.1)."""
        url = f"{ISSUER}/oauth/par"
        form = {name: value for name, value in asked.items() if name != "client_id"}
        refused = self.dpop and self.random.random() < 0.3
        if refused:
            wrong = {**form, "dpop_jkt": "x" * 43} if self.random.random() < 0.5 else form
            proof = self.proof("POST", url) if wrong is not form else self._bad_proof("POST", url)
            if self.send(self.post("/oauth/par", wrong, proof=proof)).status != 400:
                raise Fault("a pushed request with a proof that does not fit was taken")
        proof = self.proof("POST", url) if self.dpop and self.random.random() < 0.5 else ""
        answer = self.send(self.post("/oauth/par", form, proof=proof))
        if answer.status != 201:
            raise Fault(f"a right request was not taken: {answer}")
        if proof:
            self.came[False].append((self.last, self.now))
        named = {"client_id": self.client, "request_uri": answer.json()["request_uri"]}
        return named, self.key.jkt if proof else jkt

    def redeem(self) -> None:
        if not self.book.codes:
            return
        code = self.random.choice(list(self.book.codes))
        known = self.book.codes[code]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECTS[known.client],
            "code_verifier": known.verifier,
        }
        right = True
        match self.random.randrange(8):
            case 0:
                form["code_verifier"] = self.random.choice([s256(known.verifier), known.verifier[:-1] + "!", "a" * 43])
                right = False
            case 1:
                del form["code_verifier"]
                right = False
            case 2:
                form["redirect_uri"] += self.random.choice(["/", "?a=b", "%20"])
                right = False
            case 3:
                form["code"] += "x"
                right = False
        other = "photo-app" if self.random.random() < 0.1 else None
        proved = self.dpop and (known.jkt is not None or self.random.random() < 0.7)
        url = f"{ISSUER}/oauth/token"
        bad = proved and self.random.random() < 0.2
        bound = known.jkt is not None
        proof = self._bad_proof("POST", url, None, bound) if bad else self.proof("POST", url) if proved else None
        right = right and other is None and not bad and self.now < known.until
        asked = self.post("/oauth/token", form, proof=proof, client=other)
        if self.random.random() < 0.1:  # who begins to authenticate in a header must go through with it
            garbled = self.random.choice(["%%%", "", "cGhvdG8tcGFnZQ", "cGhvdG8tcGFnZQ==", "a b"])
            others = tuple(pair for pair in asked.headers if pair[0] != "Authorization")
            asked = replace(asked, headers=(("Authorization", f"Basic {garbled}"), *others))
            right = False
        answer = self.send(asked)
        if proof and answer.status == 200:
            self.came[False].append((self.last, self.now))
        if right and known.used:
            self.book.end(code, access_too=True)
        self._tokens(answer, right and not known.used, code, known.client, self.key.jkt if proved else None)
        known.used = known.used or (right and answer.status == 200)

    def _tokens(self, answer: Response, expected: bool, family: str, client: str, jkt: str | None) -> str | None:
        """The answer is what the book expects; the new refresh token of it, if there is one."""
        if (answer.status == 200) != expected:
            raise Fault(f"{'no ' if expected else ''}tokens where the book says otherwise: {answer}")
        if not expected:
            return None
        body = answer.json()
        claims = self.claims_of(body["access_token"])
        if claims is None or claims.get("cnf") != ({"jkt": jkt} if jkt else None):
            raise Fault(f"an access token that is not what it should be: {claims}")
        self.book.access[body["access_token"]] = Token(client, family, self.now + 3600, jkt)
        bound = jkt if client != "photo-web" else None
        self.book.refresh[body["refresh_token"]] = Token(client, family, self.now + 30 * 86_400, bound)
        self.counts["tokens"] += 1
        return str(body["refresh_token"])

    def claims_of(self, text: str) -> dict[str, Any] | None:
        """The claims, if one of the server's published keys has signed them."""
        jwks = self.send(Request(method="GET", url=f"{ISSUER}/jwks.json")).json()["keys"]
        head, payload, signature = text.split(".")
        kid = json.loads(unb64(head)).get("kid")
        for key in jwks:
            n, e = (int.from_bytes(unb64(key[name]), "big") for name in ("n", "e"))
            try:
                if key["kid"] == kid:
                    public = RSAPublicNumbers(e, n).public_key()
                    public.verify(unb64(signature), f"{head}.{payload}".encode(), PKCS1v15(), SHA256())
                    return dict(json.loads(unb64(payload)))
            except InvalidSignature:
                continue
        return None

    def _bad_proof(self, method: str, url: str, token: str | None = None, bound: bool = False) -> str:
        """A proof that is refused; where something is `bound` to the app's key it may be one of another key."""
        if bound and self.random.random() < 0.4:
            return self.proof(method, url, token, key=self.other)
        wrong: list[dict[str, Any]] = [
            {"htm": "PUT"},
            {"htu": f"{url}/"},
            {"iat": self.now - 61},
            {"iat": "now"},
            {"jti": ""},
        ]
        came = [jti for jti, when in self.came[url.startswith(API_ORIGIN)][-3:] if self.now - when <= 60]
        wrong += [{"jti": jti} for jti in came] * 2
        return self.proof(method, url, token, **self.random.choice(wrong))

    def refresh(self) -> None:
        if not self.book.refresh:
            return
        text = self.random.choice(list(self.book.refresh))
        known = self.book.refresh[text]
        form = {"grant_type": "refresh_token", "refresh_token": text}
        other = "photo-app" if self.random.random() < 0.1 else None
        wide = self.random.random() < 0.1
        form |= {"scope": f"{SCOPE} email"} if wide else {}
        url = f"{ISSUER}/oauth/token"
        proved = self.dpop and (known.jkt is not None or self.random.random() < 0.5)
        bad = proved and self.random.random() < 0.2
        bound = known.jkt is not None
        proof = self._bad_proof("POST", url, None, bound) if bad else self.proof("POST", url) if proved else None
        whose = other is None and not bad and not known.dead
        again = whose and known.rotated
        right = whose and not again and not wide and self.now < known.until
        answer = self.send(self.post("/oauth/token", form, proof=proof, client=other))
        if proof and answer.status == 200:
            self.came[False].append((self.last, self.now))
        if again:
            self.book.end(known.family, access_too=False)
        fresh = self._tokens(answer, right, known.family, known.client, self.key.jkt if proved else None)
        if fresh is not None:
            known.rotated = True
            self.book.refresh[fresh].jkt = known.jkt

    def revoke(self) -> None:
        tokens = {**self.book.access, **self.book.refresh}
        text = self.random.choice([*tokens, "made up"])
        known = tokens.get(text)
        other = "photo-app" if self.random.random() < 0.3 else None
        answer = self.send(self.post("/oauth/revoke", {"token": text}, client=other))
        refused = known is not None and other is not None
        if (answer.status == 200) is refused:
            raise Fault(f"revocation of {text[:20]} for {other or self.client}: {answer}")
        if known is not None and not refused:
            known.dead = True
            if text in self.book.refresh:
                self.book.end(known.family, access_too=True)

    def show(self) -> None:
        """Show an access token to the API or to userinfo, in one way or another."""
        if not self.book.access:
            return
        text = self.random.choice(list(self.book.access))
        known = self.book.access[text]
        url = self.random.choice([f"{ISSUER}/userinfo", f"{API_ORIGIN}/messages"])
        alive = self.now < known.until and (not known.dead or url.startswith(API_ORIGIN))
        shown, right = text, alive
        if self.random.random() < 0.2:
            shown, right = self._forged(text), False
        as_bearer = self.random.random() < (0.2 if known.jkt else 0.8)
        if as_bearer:
            headers = [("Authorization", f"Bearer {shown}")]
            right = right and known.jkt is None
        else:
            bad = self.random.random() < 0.3
            proof = self._bad_proof("GET", url, shown, known.jkt is not None) if bad else self.proof("GET", url, shown)
            headers = [("Authorization", f"DPoP {shown}"), ("DPoP", proof)]
            right = right and known.jkt is not None and not bad
        answer = self.send(Request(method="GET", url=url, headers=tuple(headers)))
        if right and not as_bearer:
            self.came[url.startswith(API_ORIGIN)].append((self.last, self.now))
        self._data(answer, right)

    def _data(self, answer: Response, right: bool) -> None:
        if (answer.status == 200) != right:
            raise Fault(f"{'no ' if right else ''}data where the book says otherwise: {answer}")
        self.counts["data"] += right

    def _forged(self, text: str) -> str:
        head, payload, signature = text.split(".")
        claims = json.loads(unb64(payload)) | {"sub": "user-mallory"}
        other = b64(json.dumps(claims).encode())
        none = b64(b'{"alg":"none","typ":"at+jwt"}')
        place = self.random.randrange(len(signature))
        changed = "A" if signature[place] != "A" else "B"
        return self.random.choice(
            [
                f"{head}.{other}.{signature}",
                f"{none}.{payload}.",
                f"{head}.{payload}.",
                f"{head}.{payload}.{signature[:place]}{changed}{signature[place + 1 :]}",
                f"{text}=",
                payload,
            ]
        )

    def wait(self) -> None:
        self.now += self.random.choice([1, 10, 59, 61, 600, 3600])

    # ---- Requests of which anything may be changed

    def break_one(self) -> None:
        """A request that was sent before, changed anywhere; nobody remembers it, so the book stays right."""
        if not self.sent:
            return
        asked = self.random.choice(self.sent[-40:])
        for _ in range(self.random.randrange(1, 4)):
            asked = self._broken(asked)
        answer = self.send(asked, keep=False)
        self.counts["broken"] += 1
        if answer.status == 200 and "access_token" in answer.body and '"token_type"' in answer.body:
            self._was_right(asked)
        if answer.status == 200 and asked.url.startswith((API_ORIGIN, f"{ISSUER}/userinfo")) and answer.body[:1] == "{":
            self._had_a_token(asked)

    def _was_right(self, asked: Request) -> None:
        """A token request that got tokens: the book knows its code or refresh token as good, and the verifier fits."""
        form = dict(parse_qsl(asked.body))
        if form.get("grant_type") == "refresh_token":
            known = self.book.refresh.get(form.get("refresh_token", ""))
            good = known is not None and not known.dead and not known.rotated and self.now < known.until
        else:
            code = self.book.codes.get(form.get("code", ""))
            good = code is not None and not code.used and self.now < code.until
            good = good and code is not None and form.get("code_verifier") == code.verifier
        if not good:
            raise Fault(f"tokens for a broken request: {asked}")

    def _had_a_token(self, asked: Request) -> None:
        shown = [
            value.split()[-1] for name, value in asked.headers if name.lower() == "authorization" and value.split()
        ]
        shown += [value for name, value in parse_qsl(asked.body) if name == "access_token"]
        known = [self.book.access[text] for text in shown if text in self.book.access]
        offline = asked.url.startswith(API_ORIGIN)
        good = [one for one in known if self.now < one.until and (offline or not one.dead)]
        proved = any(name.lower() == "dpop" for name, _ in asked.headers)
        if not good or not (proved or any(one.jkt is None for one in good)):
            raise Fault(f"data for a broken request: {asked}")

    def _broken(self, asked: Request) -> Request:
        random = self.random
        match random.randrange(9):
            case 7:
                address, _, query = asked.url.partition("?")
                pairs = parse_qsl(query, keep_blank_values=True)
                place = random.randrange(len(pairs) or 1)
                pairs[place : place + 1] = [(name, self._text(value)) for name, value in pairs[place : place + 1]]
                return replace(asked, url=f"{address}?{urlencode(pairs, errors='replace')}")
            case 8 if random.random() < 0.2:
                return replace(asked, body=asked.body + "&xy=" * 8000)
            case 0:
                return replace(
                    asked, url=self._text(asked.url) if random.random() < 0.5 else asked.url + self._text("")
                )
            case 1:
                return replace(asked, body=self._text(asked.body))
            case 2:
                return replace(asked, method=random.choice(["GET", "POST", "PUT", "HEAD", "post", "", "\0", "OPTIONS"]))
            case 3:
                headers = list(asked.headers)
                if headers:
                    place = random.randrange(len(headers))
                    name, value = headers[place]
                    headers[place] = (name, self._text(value))
                return replace(asked, headers=tuple(headers))
            case 4:
                extra = random.choice([pair for one in self.sent[-40:] for pair in one.headers] or [("A", "b")])
                return replace(asked, headers=(extra, *asked.headers))
            case 5:
                pairs = parse_qsl(asked.body, keep_blank_values=True) if asked.body.isascii() else []
                random.shuffle(pairs)
                pairs = pairs[random.randrange(2) :] + pairs[: random.randrange(2)]
                return replace(asked, body=urlencode(pairs, errors="replace"))
            case _:
                other = random.choice(self.sent[-40:])
                return replace(asked, url=other.url) if random.random() < 0.5 else replace(asked, body=other.body)

    def _text(self, text: str) -> str:
        """This text with something put in, taken out or said twice."""
        place = self.random.randrange(len(text) + 1)
        end = min(len(text), place + self.random.randrange(6))
        put: str = self.random.choice([*JUNK, "", text[place:end] * 2])
        return text[:place] + put + text[end:]


def play(seed: int, without: frozenset[str] = frozenset()) -> Counter[str]:
    """One flow of this seed, with these checks off. Raises Fault, or whatever the server or the API raises."""
    flow = Flow(Random(seed), without)
    happen: list[Callable[[], None]] = [flow.begin, flow.redeem, flow.refresh, flow.revoke, flow.show, flow.wait]
    flow.begin()
    while flow.counts["requests"] < REQUESTS_IN_A_FLOW:
        flow.random.choices([*happen, flow.break_one], weights=[1, 4, 4, 1, 4, 1, 15])[0]()
    return flow.counts


def main(runs: int | None = None, seconds: float | None = None, first: int = 0) -> int:
    """Play until so many requests were sent, or for so long; print each fault with its seed. The number of faults."""
    counts: Counter[str] = Counter()
    faults, start = 0, time.perf_counter()
    for seed in count(first):
        if seconds is None and counts["requests"] >= (runs or 10_000):
            break
        if seconds is not None and time.perf_counter() - start > seconds:
            break
        try:
            counts += play(seed)
        except Exception as error:
            faults += 1
            counts["requests"] += REQUESTS_IN_A_FLOW
            print(f"seed {seed}: {type(error).__name__}: {str(error)[:600]}", flush=True)
        counts["flows"] += 1
    told = ", ".join(f"{counts[name]} {name}" for name in ("requests", "flows", "broken", "tokens", "data"))
    print(f"{told} in {time.perf_counter() - start:.0f} s, {faults} faults")
    return faults
