"""An oracle of what an attack has come to: it looks at the last world only, and shares no code with the verdict.

It reads all that the attacker has received, in every encoding that it knows of, and all that a page in the attacker's own
browser has received, sent or made: a browser hides nothing from its owner. It asks of each thing in it what it is
good for: whose data it is, whose password; which token an API, userinfo or the token endpoint still takes, and which code.
It looks in whose account each browser is. And whether the user was kept out by the attacker it finds out by playing the
same story without the attacker.

Nothing of flowsim/simulation is used here, and no attack is asked why it has worked.
"""

import html
import json
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote_plus

from frozendict import deepfreeze

from flowsim.actors import api, authorization_server
from flowsim.attacks.toolkit import OWN_VERIFIER
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.engine.initial_world import ALICE, initial_world
from flowsim.model.context import Context
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import is_terminal
from flowsim.model.world import ATTACKER_USER, ATTACKERS_CLIENT, VICTIM, Client, Made, World, evolve
from flowsim.protocol import dpop, mcp_wire
from flowsim.protocol.messages import Opening, Request, Response, request

WHO, PAGE = "attacker", "client"
SUB, STRANGER = "user-alice", "user-mallory"
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_BASIC = re.compile(r"(?i)\bbasic ([A-Za-z0-9+/=]+)")
_COOKIE = re.compile(r"(?i)((?:__Host-)?session)=([^;]*)")
_ENDS_WELL = {"login": State.DONE, "API call": State.DONE, "refresh": State.TOKENS_HELD}


@dataclass(frozen=True)
class Found:
    """What the attacker has come to: `data`, `password` and `account` of the victim, and the `denial` it wanted.

    `ran`: a program of its own has run on the victim's machine, or a machine was told something that it cannot reach.

    `planted`: the victim's browser is in the attacker's account. `live` names where something that it holds still works:
    "api", "userinfo", "refresh" and "code". `accounts` is whose account each browser is in.
    """

    data: bool
    password: bool
    account: bool
    planted: bool
    denial: bool
    ran: bool
    live: frozenset[str]
    accounts: tuple[tuple[str, str], ...]

    @property
    def tokens(self) -> frozenset[str]:
        return self.live - {"code"}

    @property
    def succeeded(self) -> bool:
        """True where the attacker has what it wanted, or what it takes to get at the victim's data at once."""
        return (
            self.data or self.password or self.account or self.planted or self.denial or self.ran or bool(self.tokens)
        )


def look(world: World) -> Found:
    """What this last world shows."""
    texts = _texts(world)
    kept = {item for one in world.apis.values() for item in one.data.get(SUB, ())}
    passwords = {ALICE.password, world.people[VICTIM].password}
    accounts = _accounts(world)
    return Found(
        data=any(item in texts for item in kept),
        password=any(password in texts for password in passwords),
        account=accounts.get(ATTACKER_USER) == SUB,
        planted=accounts.get(VICTIM) == STRANGER,
        denial=world.attacker.aim == "denial" and _kept_out(world),
        ran=bool(world.browsers[VICTIM].ran) or _told_inside(world),
        live=frozenset(_live(world, texts)),
        accounts=tuple(sorted(accounts.items())),
    )


def _told_inside(world: World) -> bool:
    """True where a request that names the machine inside has gone to somebody who is no party of the login."""
    sent = (one for event in world.log for one in event.messages if one.receiver == "elsewhere")
    return any(isinstance(one.message, Request) and one.message.url.endswith("/restart") for one in sent)


# ---- What the attacker has received


def _texts(world: World) -> str:
    """All that the attacker got or sent, as it is and with every layer of encoding taken off."""
    heard = {
        sent.message
        for event in world.log
        for sent in event.messages
        if {sent.sender, sent.receiver} & ({WHO, PAGE} if _in_its_browser(world, event.run) else {WHO})
    }
    # What it has read where it lay, such as an app's storage, came in no message.
    found = {made.value for event in world.log for made in event.made if made.actor == WHO}
    found |= {made.value for made in _made_by_its_page(world)}
    for message in heard:
        match message:
            case Opening():
                parts = [message.url]
            case Request():
                parts = [message.url, message.body, *(value for _, value in message.headers)]
            case Response():
                parts = [message.body, *(value for _, value in message.headers)]
        for part in parts:
            _peel(part, found)
    return "\n".join(sorted(found))


def _in_its_browser(world: World, run: str) -> bool:
    """True where the app of this run is a page that a browser of the attacker's runs."""
    return world.scenario.client == "spa" and world.runs[run].owner == ATTACKER_USER


def _made_by_its_page(world: World) -> list[Made]:
    return [
        made for event in world.log for made in event.made if made.actor == PAGE and _in_its_browser(world, event.run)
    ]


def _peel(text: str, found: set[str], depth: int = 4) -> None:
    if not text or text in found or depth == 0:
        return
    found.add(text)
    for inner in _inside(text):
        _peel(inner, found, depth - 1)


def _inside(text: str) -> Iterator[str]:
    yield unquote_plus(text)
    yield html.unescape(text)
    yield from _json_values(text)
    for found in _BASIC.findall(text):
        yield _decoded(found, standard=True)
    for token in _TOKEN.findall(text):
        yield from (_decoded(part) for part in token.split(".")[:2])


def _json_values(text: str) -> Iterator[str]:
    try:
        waiting = [json.loads(text)]
    except ValueError:
        return
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one


def _decoded(text: str, standard: bool = False) -> str:
    padded = text + "=" * (-len(text) % 4)
    try:
        return (b64decode(padded) if standard else urlsafe_b64decode(padded)).decode("utf-8", "replace")
    except ValueError:
        return ""


# ---- Whose account each browser is in


def _accounts(world: World) -> dict[str, str]:
    found = {}
    app = world.clients[world.scenario.profile.home]
    for owner in world.browsers:
        for name in _names(world, app, owner):
            held = app.tokens.get(name)
            if held is not None:
                found[owner] = str(_claims(held.id_token or held.access_token).get("sub"))
    return found


def _names(world: World, app: Client, owner: str) -> tuple[str, ...]:
    """By what the app knows this browser: its cookie, also one that it is just being sent; or the installation."""
    if not world.scenario.profile.confidential:
        return (owner,)
    on_the_way = [
        value
        for run in world.runs.values()
        if run.owner == owner and run.in_flight is not None and isinstance(run.in_flight.message, Response)
        for name, text in run.in_flight.message.headers
        if name.lower() == "set-cookie"
        for _, value in _COOKIE.findall(text)
    ]
    jar = world.browsers[owner].cookies.get(world.scenario.profile.home)
    kept = (jar.get("__Host-session") or jar.get("session")) if jar else None
    return tuple(on_the_way[-1:] or ([kept] if kept else []))


def _claims(token: str) -> dict[str, object]:
    body = json.loads(_decoded(token.split(".")[1]))
    return body if isinstance(body, dict) else {}


# ---- What still works


def _live(world: World, texts: str) -> Iterator[str]:
    server = world.servers["https://as.example"]
    tokens = {one for one in _TOKEN.findall(texts) if _names_the_victim(one)}
    keys = [urlsafe_b64decode(f"{one.value}=") for one in _made_by_its_page(world) if one.kind == "dpop_key"]
    proofs = {one for one in _TOKEN.findall(texts) if '"dpop+jwt"' in _decoded(one.split(".")[0]).replace(" ", "")}
    for token in tokens & {made.value for event in world.log for made in event.made if made.kind == "access_token"}:
        waiting = [(world, key, asked) for key, asked in _showing(world, token, proofs, keys)]
        while waiting:
            here, key, asked = waiting.pop()
            target = asked.url.rpartition("/")[0]
            if target not in _gainful(world):
                continue
            at_api = target in world.apis
            here, answer = _api(here, asked) if at_api else _at_server(here, asked)
            if answer.status == 200 and (api.owner_in(answer) if at_api else answer.json().get("sub")) == SUB:
                yield "api" if at_api else "userinfo"
            nonce = answer.header("dpop-nonce")
            if key and nonce and answer.status == 401 and "use_dpop_nonce" in (answer.header("www-authenticate") or ""):
                waiting.append((here, None, _proved(world, asked, key, token, nonce)))
    secrets = [None, *(app.secret for app in world.clients.values() if app.secret and app.secret in texts)]
    for text in server.refresh_tokens:
        if text in texts and _issues(world, secrets, keys, grant_type="refresh_token", refresh_token=text):
            yield "refresh"
    for code, grant in server.grants.items():
        if code not in texts or grant.sub != SUB:
            continue
        for verifier in (None, OWN_VERIFIER, *_well_formed(world, texts)):
            form = {"code_verifier": verifier} if verifier else {}
            uri = grant.request.redirect_uri
            if _issues(world, secrets, keys, grant_type="authorization_code", code=code, redirect_uri=uri, **form):
                yield "code"
                break


def _well_formed(world: World, texts: str) -> set[str]:
    """What could be a verifier: a challenge or verifier of somebody that stands in what the attacker has."""
    kinds = ("code_verifier", "code_challenge")
    made = {one.value for event in world.log for one in event.made if one.kind in kinds}
    return {value for value in made if value in texts}


def _names_the_victim(token: str) -> bool:
    try:
        return _claims(token).get("sub") == SUB
    except (ValueError, IndexError):
        return False


def _gainful(world: World) -> set[str]:
    """Where a token would be a gain. An API that goes to another one with what it was shown has its own data anyway."""
    own = {world.runs[event.run].api for event in world.log if event.act is Act.READ_API_REQUEST}
    own |= {"https://contacts.example" for event in world.log if event.act is Act.SERVE_BEHIND}
    called = {run.api for run in world.runs.values() if run.role is Role.CALL and run.owner == WHO}
    everywhere = {*world.apis, "https://as.example"}
    return everywhere - own - {"https://as.example"} if own and called - own else everywhere


def _showing(world: World, token: str, proofs: set[str], keys: list[bytes]) -> Iterator[tuple[bytes | None, Request]]:
    """Each request with this token, and the key that its proof is made with, if one is."""
    addresses = [*(one.url for one in world.apis.values()), "https://as.example/userinfo"]
    for url in addresses:
        yield None, _with_token(world, url, f"Bearer {token}")
        for proof in proofs:
            shown = _with_token(world, url, f"DPoP {token}")
            yield None, replace(shown, headers=(*shown.headers, ("DPoP", proof)))
        for key in keys:
            yield key, _proved(world, _with_token(world, url, f"DPoP {token}"), key, token)


def _with_token(world: World, url: str, shown: str) -> Request:
    """What one asks there with this token: an MCP server for what its tool has to say, everybody else for what is there."""
    headers = {"Authorization": shown}
    if not any(one.url == url and one.tools for one in world.apis.values()):
        return request("GET", url, headers=headers)
    asked = mcp_wire.asked(url, "tools/call", {"name": "read_messages", "arguments": {}}, 1, version="2026-07-28")
    return replace(asked, headers=(*asked.headers, *headers.items()))


def _proved(world: World, asked: Request, key: bytes, token: str | None = None, nonce: str | None = None) -> Request:
    """This request with a proof that is made now with this key, in place of the one that it may have."""
    made = dpop.proof(key, asked.method, asked.url, now=world.now, jti="tried", access_token=token, nonce=nonce)
    kept = tuple(one for one in asked.headers if one[0].lower() != "dpop")
    return replace(asked, headers=(*kept, ("DPoP", made)))


def _at_server(world: World, asked: Request) -> tuple[World, Response]:
    server, answer = authorization_server.handle(world.servers["https://as.example"], asked, _context(world))
    return evolve(world, servers=world.servers.set("https://as.example", server)), answer


def _api(world: World, asked: Request) -> tuple[World, Response]:
    server = world.servers["https://as.example"]
    keys = authorization_server.handle(server, request("GET", "https://as.example/jwks.json"), _context(world))[1]
    origin = next(one for one in world.apis if asked.url.startswith(f"{one}/"))
    asking = evolve(world.apis[origin], jwks=deepfreeze(keys.json()))
    judge, answer = api.handle(asking, asked, _context(world))
    return evolve(world, apis=world.apis.set(origin, judge)), answer


def _issues(world: World, secrets: list[str | None], keys: list[bytes], **form: str) -> bool:
    """True where the token endpoint gives a token of the victim's for this form, from any client the attacker can be."""
    home = world.scenario.profile.client_id
    for client_id, secret in [*((home, one) for one in secrets), (ATTACKERS_CLIENT, None)]:
        sent = {**form, "client_id": client_id, **({"client_secret": secret} if secret else {})}
        bare = request("POST", "https://as.example/oauth/token", form=sent)
        waiting = [(world, None, bare), *((world, key, _proved(world, bare, key)) for key in keys)]
        while waiting:
            here, key, asked = waiting.pop()
            here, answer = _at_server(here, asked)
            if answer.status == 200 and _names_the_victim(str(answer.json().get("access_token"))):
                return True
            nonce = answer.header("dpop-nonce")
            if key and nonce and answer.json().get("error") == "use_dpop_nonce":
                waiting.append((here, None, _proved(world, asked, key, nonce=nonce)))
    return False


def _context(world: World) -> Context:
    return Context(world.scenario.seed or 0, world.now, world.scenario.policy, "an oracle", world.draws)


# ---- Whether the user was kept out


def _kept_out(world: World) -> bool:
    """True where something the user has begun came to nothing here, and comes to something without the attacker."""
    if world.runs[VICTIM].state is State.START:
        return False
    alone = initial_world(replace(world.scenario, attacker=None).settled())
    while move := honest_move(alone):
        alone = apply(alone, move)
    for name, run in alone.runs.items():
        good = _ENDS_WELL.get(run.role.phrase)
        if run.owner == VICTIM and good is run.state:
            here = world.runs.get(name)
            if here is None or (here.state is not good and _is_over(world, name)):
                return True
    return False


def _is_over(world: World, name: str) -> bool:
    run = world.runs[name]
    return is_terminal(run.role, run.state) or honest_move(world) is None
