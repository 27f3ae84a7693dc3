"""What the rules of attackers are made of, each a move or None: read, steal, lure, push, log in, redeem, refresh.

A link, a picture or a redirect on any page makes a browser open an address. Whoever writes the address chooses all that
is in it: the `client_id`, the `redirect_uri`, the `code_challenge`. The server that gets the request cannot see who wrote
it. Where it wants requests pushed beforehand the attacker has to push one, and for an app without a secret anybody can.

Source: RFC 9700 sections 3 (A1), 4.2, 4.3 and 4.5, RFC 8252 section 8.1, RFC 9126 section 2.1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flowsim.actors import client
from flowsim.attacks.view import PublicSettings, SeenRun, View
from flowsim.model.clients import MCP, Profile
from flowsim.model.mcp import MCP_ORIGIN, MCP_URL
from flowsim.model.scenario import APIS, DEFAULT_API, Scenario
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import Move, acts, honest_act, is_terminal
from flowsim.model.world import (
    ATTACKER_CALL,
    ATTACKER_INITIATED,
    ATTACKER_REFRESH,
    ATTACKER_RUN,
    ATTACKERS_DOMAIN,
    OWN_LOGIN,
    VICTIM,
    AuthorizationRequest,
    Run,
    World,
)
from flowsim.protocol.messages import Opening, Request, leads_to, query_of, single, with_params
from flowsim.protocol.pkce import challenge_for

GUESS = ("guess-" * 8)[:43]
# An attacker chooses its verifier as it likes: nobody else has to be kept from knowing it.
OWN_VERIFIER = "the-attacker-made-this-verifier-itself-0123"
OWN_CHALLENGE = challenge_for(OWN_VERIFIER, "S256")
# What ties a code to the one who made the request.
BINDING = ("state", "nonce", "code_challenge", "code_challenge_method", "dpop_jkt")
OFFLINE = "offline_access"
REUSE = "refresh.not_used"  # the check by which a server notices that a refresh token comes twice
TOO_LATE = "the user has begun a login already. Go back to the start, for example with goto(0), and inject it there"


# ---- What has happened


def has_done(world: World | View, act: Act, run: str | None = None) -> bool:
    """True where this act has happened, in this run if one is named."""
    return any(event.act is act and run in (None, event.run) for event in world.log)


def uses_pkce(world: World | View) -> bool:
    """Anybody can install the app and see whether it uses PKCE."""
    return world.scenario.pkce != "none"


def made_up_verifier(world: View) -> str | None:
    """What to send as a verifier for a code whose verifier one does not know.

    None where the app uses no PKCE, and where the server takes a code without any: that can be tried with a code of one's
    own.
    """
    return GUESS if uses_pkce(world) and world.scenario.wants_verifier else None


def attacker_runs(world: World | View, role: Role | None = None) -> list[Run | SeenRun]:
    """The runs of the attacker's own program, of this role where one is named."""
    return [run for run in world.runs.values() if run.owner == ATTACKER and role in (None, run.role)]


FAMILY_ENDED = "A refresh token came twice, so the server ended its whole family: the user has to log in again."


def family_ended(world: World) -> bool:
    """True where the server has noticed that a refresh token came twice."""
    return any(one.check.id == REUSE and one.decides for event in world.log for one in event.checks)


def unasked(world: World | View) -> bool:
    """True where the server has let the login pass in silence that the attacker had the victim begin."""
    return any(event.run == ATTACKER_INITIATED and event.outcome is Outcome.SILENT for event in world.log)


def how_it_was_allowed(world: World) -> str:
    """What the server has asked the user in the login that the attacker had them begin, and what the user said."""
    if unasked(world):
        return "the server approved without asking"
    sent = [one.message for event in world.log if event.run == ATTACKER_INITIATED for one in event.messages]
    said = [single(one.form, "decision") for one in sent if isinstance(one, Request) and one.path == "/consent"]
    if "allow" in said:
        return "the user allowed it when the server asked"
    if "deny" in said:
        return "the user said no, and the server did not care"
    return "the user logged in, and the server did not ask whether they allow it"


@dataclass(frozen=True, slots=True)
class Redemption:
    """A code that the attacker has redeemed itself: the request it goes back to, and the verifier that came with it."""

    asked: AuthorizationRequest
    verifier: str | None

    @property
    def own_challenge(self) -> str:
        """A sentence where the attacker had put its own challenge into the request, with a space before it; else empty."""
        own = self.asked.code_challenge == OWN_CHALLENGE
        return " The challenge in the request was the attacker's own." if own else ""


def redeemed(world: World) -> Redemption | None:
    """What the attacker has redeemed, as the server remembers it; None where it has redeemed nothing."""
    for run in attacker_runs(world, Role.THEFT):
        for form in _forms(world, run):
            grant = world.servers[run.server].grants.get(single(form, "code") or "")
            if grant is not None and grant.used:
                return Redemption(grant.request, single(form, "code_verifier"))
    return None


def _forms(world: World, run: Run | SeenRun) -> Iterator[tuple[tuple[str, str], ...]]:
    for event in world.log:
        for sent in event.messages:
            if event.run == run.name and isinstance(sent.message, Request):
                yield sent.message.form


def read_the_shipped_secret(world: View) -> Move | None:
    """Look into the app's files, where a secret is shipped with it: everybody who has the app has that. None once done."""
    unread = world.scenario.shipped_secret and not has_done(world, Act.READ_APP)
    possible = Act.READ_APP in acts(Role.THEFT, world.runs[ATTACKER_RUN].state)
    return Move(ATTACKER_RUN, Act.READ_APP) if unread and possible else None


# ---- Getting at a code, and redeeming it


def steal_the_redirect(world: View, run: str = VICTIM) -> Move | None:
    """Get at the redirect while it is in the browser, in this run; None as long as it is not, or no longer is.

    A private-use scheme or a loopback port can be claimed by the attacker's app, which then gets the redirect instead
    of the honest one. An https address cannot, but a copy of it can leak: from a history, a log or a `Referer` header.
    """
    if run not in world.runs or world.runs[run].state is not State.CODE_IN_BROWSER:
        return None
    claimable = world.scenario.profile.kind in ("scheme", "loopback")
    return Move(run, Act.TAKE_RESPONSE if claimable else Act.READ_RESPONSE)


def read_the_redirect(world: View) -> Move | None:
    """Read a copy of the redirect of the victim's login while it is in the browser; the app still gets its own."""
    reachable = world.runs[VICTIM].state is State.CODE_IN_BROWSER
    return Move(VICTIM, Act.READ_RESPONSE) if reachable else None


def read_the_request(world: View) -> Move | None:
    """Read the authorization request on the device, once it has been opened there and as long as the login lasts."""
    state = world.runs[VICTIM].state
    opened = state is not State.PREPARED and Act.READ_REQUEST in acts(Role.LOGIN, state)
    return Move(VICTIM, Act.READ_REQUEST) if opened else None


def redeem_the_code(
    world: View,
    code_verifier: str | None,
    secret: str | None = None,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    reads_app: bool = True,
    assertion: str | None = None,
) -> Move | None:
    """Send the stolen code to the token endpoint, and go on to the API if tokens come back; None as long as there is none.

    Where nothing else is said the request is for the app's own `client_id` and `redirect_uri`, with the secret that is
    shipped with the app, if any is; one who only gets at the code does not look for it (`reads_app`). An
    `assertion` of the app's goes along where one has come.
    """
    if "code" not in world.attacker.loot:
        return None
    if reads_app and client_id is None and secret is None and (read := read_the_shipped_secret(world)):
        return read
    secret = secret or (world.attacker.loot.get("client_secret") if client_id is None else None)
    if world.runs[ATTACKER_RUN].state is State.START:
        asked = stolen_code(world, code_verifier, secret, client_id, redirect_uri, assertion)
        return Move(ATTACKER_RUN, Act.SEND_CODE, asked)
    return go_on(world, ATTACKER_RUN)


def stolen_code(
    world: View,
    code_verifier: str | None,
    secret: str | None = None,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    assertion: str | None = None,
) -> Request:
    """The token request with the stolen code, as `redeem_the_code` sends it."""
    profile = world.scenario.profile
    return client.token_request(
        f"{world.runs[ATTACKER_RUN].server}/oauth/token",
        client_id=client_id or profile.client_id,
        redirect_uri=redirect_uri or profile.redirect_uri,
        code=world.attacker.loot["code"],
        code_verifier=code_verifier,
        secret=secret,
        assertion=assertion,
        user_agent="attacker",
    )


def go_on(world: View, run: str) -> Move | None:
    """The next step of a run that the attacker has begun; None where the app has to ask its server something before."""
    own = world.runs[run]
    if own.waits:
        return None
    act = honest_act(own.role, own.state)
    return Move(run, act) if act else None


# ---- Having the victim begin a login


def own_request(world: View, client_id: str | None = None, redirect_uri: str | None = None) -> dict[str, str]:
    """The parameters of a request with the attacker's own challenge; for the honest app where nothing else is said."""
    profile, settings = world.scenario.profile, world.scenario
    asked = {
        "response_type": "code",
        "client_id": client_id or profile.client_id,
        "redirect_uri": redirect_uri or profile.redirect_uri,
        "scope": settings.scope,
    }
    asked |= {"state": "chosen-by-the-attacker"} if settings.state else {}
    asked |= named_resource(settings)
    return asked | {"code_challenge": OWN_CHALLENGE, "code_challenge_method": "S256"}


def named_resource(settings: Scenario | PublicSettings) -> dict[str, str]:
    """The `resource` that the app names in its requests, as a parameter; none where it is the server's usual one."""
    if settings.client == MCP:
        return {"resource": MCP_ORIGIN if settings.resource_metadata == "at-the-root" else MCP_URL}
    return {"resource": APIS[settings.api]} if settings.api != DEFAULT_API else {}


def look_alike(profile: Profile) -> str:
    """An address of the attacker's that begins like the app's own: `https://spa.example.attacker.example/callback`.

    A private-use scheme has no host, so a longer scheme begins like it. It belongs to whoever claims it, and anybody may.
    """
    parts = urlsplit(profile.redirect_uri)
    if parts.hostname is None:
        return f"{parts.scheme}.{ATTACKERS_DOMAIN}:/callback"
    return f"{parts.scheme}://{parts.hostname}.{ATTACKERS_DOMAIN}/callback"


def lure(world: View, params: Mapping[str, str], act: Act = Act.OPEN_REQUEST) -> Move | None:
    """Have the victim's browser open this request; None once it has, or where the victim is busy with another login.

    With FRAME_REQUEST it opens in a frame that nobody can see, with OPEN_WINDOW in a window of a script in the app's page.
    """
    if not open_to(world, act):
        return None
    endpoint = f"{world.runs[VICTIM].server}/authorize"
    if world.scenario.par != "required":
        return Move(ATTACKER_INITIATED, act, Opening(url=with_params(endpoint, params)), role=Role.LOGIN)
    if request_uri := world.attacker.loot.get("pushed_request_uri"):
        address = client.pushed_address(endpoint, params["client_id"], request_uri)
        return Move(ATTACKER_INITIATED, act, Opening(url=address), role=Role.LOGIN)
    return push(world, params)


def push(world: View, params: Mapping[str, str], assertion: str | None = None) -> Move | None:
    """Push this request to the server, with a secret only where one is shipped; None where the server has refused that.

    An `assertion` of the app's goes along where one has come.
    """
    if has_done(world, Act.PUSH_REQUEST):
        return None
    honest = params["client_id"] == world.scenario.profile.client_id
    if honest and (read := read_the_shipped_secret(world)):
        return read
    endpoint = f"{world.runs[ATTACKER_RUN].server}/oauth/par"
    secret = world.attacker.loot.get("client_secret") if honest else None
    return Move(ATTACKER_RUN, Act.PUSH_REQUEST, client.push_request(endpoint, params, secret, assertion))


def own_pending_address(world: View) -> str | None:
    """Where the app has the attacker's browser go in the attacker's own login; None where that is not pending."""
    run = world.runs.get(OWN_LOGIN)
    if run is None or run.state is not State.PREPARED or run.in_flight is None:
        return None
    return leads_to(run.in_flight.message)


def own_pending_request(world: View) -> dict[str, str]:
    """What the attacker can see of the request that the app has prepared for the attacker's own login.

    Of a request that was pushed it sees the name only, and knows what everybody knows of this app's requests.
    """
    seen = dict(query_of(own_pending_address(world) or ""))
    if seen and "request_uri" not in seen:
        return seen
    known = own_request(world)
    return {name: value for name, value in known.items() if name not in BINDING}


def lure_into_own(world: View, act: Act = Act.OPEN_REQUEST) -> Move | None:
    """Have the victim's browser open the very request of the attacker's own login, pushed or not."""
    address = own_pending_address(world)
    if address is None or not open_to(world, act):
        return None
    return Move(ATTACKER_INITIATED, act, Opening(url=address), role=Role.LOGIN)


def open_to(world: View, act: Act) -> bool:
    """True where the victim's browser is free for a login of the attacker's; a script runs when the user is logged in."""
    free = State.DONE if act is Act.OPEN_WINDOW else State.START
    return ATTACKER_INITIATED not in world.runs and world.runs[VICTIM].state is free


def lured(world: World | View) -> Run | SeenRun | None:
    """The login that the attacker made the victim begin."""
    return world.runs.get(ATTACKER_INITIATED)


def receive_at_own_address(world: View) -> Move | None:
    """Take the redirect, if it goes to an address of the attacker's: then the attacker has it in its hands."""
    run = world.runs.get(ATTACKER_INITIATED)
    if run is None or run.state is not State.CODE_IN_BROWSER or run.in_flight is None:
        return None
    return Move(ATTACKER_INITIATED, Act.GET_RESPONSE)


# ---- Being a user of the app


def log_in_oneself(world: View, until: State) -> Move | None:
    """The next step of the attacker's own login, up to this state."""
    own = world.runs.get(OWN_LOGIN)
    if own is None:
        return Move(OWN_LOGIN, Act.STEP_1, role=Role.LOGIN, by_attacker=True)
    return go_on(world, OWN_LOGIN) if own.state is not until else None


def keep_the_own_redirect(world: View) -> Move | None:
    """Log in oneself, and do not hand the redirect to the app: its address is for somebody else."""
    own = world.runs.get(OWN_LOGIN)
    if own and own.state is State.CODE_IN_BROWSER:
        return Move(OWN_LOGIN, Act.KEEP_RESPONSE)
    return log_in_oneself(world, State.CODE_IN_BROWSER)


def let_the_app_redeem(world: View) -> Move | None:
    """Put the stolen code into the attacker's own login, and let the app go on with it: it has what the attacker lacks."""
    own = world.runs[OWN_LOGIN]
    if not has_done(world, Act.INJECT_CODE):
        possible = Act.INJECT_CODE in acts(own.role, own.state)
        return Move(OWN_LOGIN, Act.INJECT_CODE) if possible else None
    return go_on(world, OWN_LOGIN)


# ---- Using tokens: the API, and getting new ones


def data_at(api: str) -> str:
    """Where the API of this origin keeps its data; an MCP server has it behind its tools."""
    if api == MCP_ORIGIN:
        return MCP_URL
    return next(f"{origin}/{keeps}" for keeps, origin in APIS.items() if origin == api)


def call_the_api(world: View, asked: Request) -> Move | None:
    """Send this request to the API it is for, in a run of the attacker's own."""
    name = f"{ATTACKER_CALL} 1"
    return (
        go_on(world, name) if name in world.runs else Move(name, Act.STEP_10, asked, role=Role.CALL, by_attacker=True)
    )


def called(world: World) -> Request | None:
    """The request with which the attacker has got the data from an API, in a run that was no more than that call."""
    got = [run.name for run in attacker_runs(world, Role.CALL) if run.state is State.DONE]
    sent = (one.message for event in world.log if event.run in got[:1] for one in event.messages)
    return next((message for message in sent if isinstance(message, Request)), None)


def token_in(asked: Request) -> str:
    """The access token in the `Authorization` header of this request; an empty text where there is none."""
    return (asked.header("authorization") or "").partition(" ")[2].strip()


def was_issued(world: World, token: str) -> bool:
    """True for an access token that a server has issued, and not the attacker has written."""
    return any(one.kind == "access_token" and one.value == token for event in world.log for one in event.made)


def with_refresh_token(scenario: Scenario, later: str) -> dict[str, Any]:
    """The settings in which there is a refresh token, and this plan where the scenario has none."""
    scope = scenario.scope.split(" ")
    settings: dict[str, Any] = {} if OFFLINE in scope else {"scope": " ".join([*scope, OFFLINE]).strip()}
    return settings if scenario.later else {**settings, "later": later}


def use_the_refresh_token(world: View, number: int) -> Move | None:
    """The next move of the attacker's refresh of this number, and of the call of the API with what it has then."""
    for name, role, act in (
        (f"{ATTACKER_REFRESH} {number}", Role.REFRESH, Act.STEP_R1),
        (f"{ATTACKER_CALL} {number}", Role.CALL, Act.STEP_10),
    ):
        run = world.runs.get(name)
        if run is None and role is Role.CALL and "access_token" not in world.attacker.loot:
            return None
        if run is None:
            if read := read_the_shipped_secret(world):
                return read
            message = _refresh_request(world) if role is Role.REFRESH else None
            return Move(name, act, message, role=role, by_attacker=True)
        if not is_terminal(run.role, run.state):
            return go_on(world, name)
    return None


def _refresh_request(world: View) -> Request:
    profile = world.scenario.profile
    return client.refresh_request(
        f"{world.runs[VICTIM].server}/oauth/token",
        client_id=profile.client_id,
        refresh_token=world.attacker.loot["refresh_token"],
        secret=world.attacker.loot.get("client_secret"),
        user_agent="attacker",
    )
