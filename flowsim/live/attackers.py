"""The attackers that can be turned loose on real logins: each has a position, and acts by HTTP messages alone.

    world.attack = "code-interception"

They are those of the lessons, under the same names. There each is a rule that chooses moves; here the moves are messages on
a wire, and what the attacker cannot reach there it cannot have: an attack that is impossible for a kind of client says so
(`out_of_reach`) and leaves the login alone.

Source: RFC 9700 sections 3 and 4, RFC 8252 section 8.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from frozendict import frozendict

from flowsim.attacks import ATTACKERS, Attacker
from flowsim.attacks.view import View
from flowsim.live.recorder import Exchange, leaves
from flowsim.live.wire import Wire
from flowsim.model.clients import Profile
from flowsim.model.states import Act
from flowsim.model.transitions import Move
from flowsim.model.world import OWN_LOGIN, PLANTED
from flowsim.protocol.messages import Request, Response, query_of, single, with_params, without_query

BINDS_THE_CODE = ("code_challenge", "code_challenge_method", "dpop_jkt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thief(Attacker):
    """An attacker on a wire. It is asked after each exchange of a login that it is in, and may change the answer."""

    def next_move(self, view: View) -> Move | None:
        return None  # it moves on a wire, and in no simulation

    def out_of_reach(self, app: Profile) -> str:
        """Why this attack is impossible where such a client logs in, in a sentence; empty where it is possible."""
        return ""

    def rewritten(self, request: Request) -> Request:
        """The victim's authorization request as it goes on to the server."""
        return request

    def after(self, wire: Wire, came: Exchange) -> Response:
        """What the victim gets in answer to this exchange."""
        login = wire.login
        if leaves(came):
            code = single(query_of(came.answer.location), "code")
            return self.on_redirect(wire, came, code) if code else came.answer
        if came.answer.status == 200 and came.request.url == wire.metadata["token_endpoint"]:
            kind = single(came.request.form, "grant_type")
            if kind == "refresh_token":
                self.on_refresh(wire, came)
            elif single(came.request.form, "code") in login.owned.codes:
                self.on_tokens(wire, came)
        elif came.request.url.partition("?")[0] == wire.metadata["authorization_endpoint"]:
            self.on_request(wire, came)
        return came.answer

    def on_request(self, wire: Wire, came: Exchange) -> None:
        """The browser has brought the app's authorization request to the server."""

    def on_redirect(self, wire: Wire, came: Exchange, code: str) -> Response:
        """The server sends the browser back to the app with this code."""
        return came.answer

    def on_tokens(self, wire: Wire, came: Exchange) -> None:
        """The app has got tokens for its code."""

    def on_refresh(self, wire: Wire, came: Exchange) -> None:
        """The app has got new tokens for its refresh token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interception(Thief):
    """Gets the authorization response, and sends the code to the token endpoint before the app can.

    It `takes` the redirect, so that the app never sees it, or has a copy. It may have `read_request`, and then sends the
    challenge for the verifier; or it `strips` the challenge out of the request, and then sends no verifier.
    """

    takes: bool = True
    reads_request: bool = False
    strips: bool = False

    def out_of_reach(self, app: Profile) -> str:
        if not self.takes or app.kind in ("scheme", "loopback"):
            return ""
        return (
            f"The attack {self.name} cannot get at this login: an https redirect goes to the website that it names, and no "
            "program on the device can claim that address (RFC 8252 §7.2). A copy may leak from any client: that is "
            "code-interception-copy."
        )

    def rewritten(self, request: Request) -> Request:
        names = [name for name, _ in request.query if name in BINDS_THE_CODE]
        if not self.strips or not names:
            return request
        kept = {name: value for name, value in request.query if name not in BINDS_THE_CODE}
        return replace(request, url=with_params(without_query(request.url), kept))

    def on_request(self, wire: Wire, came: Exchange) -> None:
        if self.reads_request:
            wire.read_request(came)

    def on_redirect(self, wire: Wire, came: Exchange, code: str) -> Response:
        answer = came.answer
        if self.takes:
            answer = wire.take_redirect(came)
        else:
            wire.read_redirect(came)
        verifier = wire.guess
        if self.reads_request:
            verifier = wire.login.world.attacker.loot.get("code_challenge", verifier)
        if self.strips:
            verifier = None
        wire.redeem(code, verifier)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection(Interception):
    """Takes the redirect, and has the app redeem the code, in the next login with the attacker's own account."""

    def on_redirect(self, wire: Wire, came: Exchange, code: str) -> Response:
        if not wire.is_own:
            return wire.take_redirect(came)
        client_id = wire.login.scenario.app.client_id
        for victim in reversed(wire.others):
            fits = victim.attacker is self and victim.scenario.app.client_id == client_id
            if fits and "code" in victim.world.attacker.loot and OWN_LOGIN not in victim.world.runs:
                return wire.inject(victim, came)
        return came.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay(Thief):
    """Has a copy of the redirect, and sends the code when the app has used it."""

    def on_redirect(self, wire: Wire, came: Exchange, code: str) -> Response:
        wire.read_redirect(came)
        return came.answer

    def on_tokens(self, wire: Wire, came: Exchange) -> None:
        if (code := wire.login.world.attacker.loot.get("code")) and single(came.request.form, "code") == code:
            wire.redeem(code, wire.guess)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTheft(Thief):
    """Reads the refresh token in the app's storage and uses it: at once, or, where it is `late`, after the app has."""

    late: bool = False

    def on_tokens(self, wire: Wire, came: Exchange) -> None:
        token = wire.read_storage(came)
        if token and not self.late:
            wire.call(wire.refresh(token))

    def on_refresh(self, wire: Wire, came: Exchange) -> None:
        token = wire.login.world.attacker.loot.get("refresh_token")
        used = any(event.by_attacker and event.act is Act.STEP_R1 for event in wire.login.world.log)
        if self.late and token and not used:
            wire.call(wire.refresh(token))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planting(Thief):
    """Logs in with its own account, and has the victim's browser bring the code of that login to the app.

    It may leave the challenge out of its own request (`downgrades`), and may have read the victim's `state` (`with_state`).
    """

    downgrades: bool = False
    with_state: bool = False

    def on_redirect(self, wire: Wire, came: Exchange, code: str) -> Response:
        if PLANTED in wire.login.world.runs:
            return came.answer
        if self.with_state:
            wire.read_redirect(came)
        pkce = wire.login.scenario.pkce != "none" and not self.downgrades
        own = wire.own_redirect(pkce=pkce)
        if own is None:
            wire.login.keep_out("The attacker could not log in with an account of its own at this server.")
            return came.answer
        params = dict(query_of(own))
        if self.with_state and (state := wire.login.world.attacker.loot.get("state")):
            params["state"] = state
        elif not wire.login.scenario.state:
            params.pop("state", None)
        return wire.plant(with_params(without_query(own), params), came)


def _thief(kind: type[Thief], name: str, **more: object) -> Thief:
    """The attacker of the lessons that has this name, on a wire."""
    known = ATTACKERS[name]
    fields = {"title": known.title, "positions": known.positions, "about": known.about, "prize": known.prize}
    return kind(name=name, **fields | more)  # type: ignore[arg-type]


THIEVES: Mapping[str, Thief] = frozendict(
    {
        one.name: one
        for one in (
            _thief(Interception, "code-interception"),
            Interception(
                name="code-interception-copy",
                title="a copy of the code is stolen, and used first",
                positions=("A1", "A3"),
                about="A copy of the redirect leaks, and somebody sends the code before the app does.",
                takes=False,
            ),
            _thief(Interception, "code-and-request", takes=False, reads_request=True),
            _thief(Interception, "request-stripping", takes=False, strips=True),
            _thief(Injection, "code-injection"),
            _thief(Replay, "code-replay"),
            _thief(Planting, "login-csrf"),
            _thief(Planting, "login-csrf-with-state", with_state=True),
            _thief(Planting, "pkce-downgrade", downgrades=True),
            _thief(RefreshTheft, "refresh-theft"),
            _thief(RefreshTheft, "refresh-theft-late", late=True),
        )
    }
)
