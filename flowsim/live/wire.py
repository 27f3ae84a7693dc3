"""What an attacker can do in one login at a live world: what its position gives, and HTTP requests like anybody's.

It never looks into the server. What it knows of the app everybody can know who installs it: its name, its address, what it
asks for, and whether it uses PKCE. Where the endpoints are, the server's metadata say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from flowsim.actors import mcp_client
from flowsim.actors.authorization_server.pages import PAGE_HEADERS
from flowsim.attacks.toolkit import GUESS, OWN_CHALLENGE
from flowsim.engine.initial_world import ATTACKERS_ACCOUNT
from flowsim.live.login import LiveLogin
from flowsim.live.recorder import Exchange
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import ATTACKER_RUN, ATTACKER_USER, OWN_LOGIN, PLANTED, Api, Made, Run, Sent, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import (
    REDIRECTS,
    Message,
    Opening,
    Request,
    Response,
    query_of,
    request,
    response,
    single,
    with_params,
    without_query,
)

Send = Callable[[Request, bool], Exchange]  # whether it is recorded by itself is the second
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Taken</title></head><body>
<h1>The redirect has gone to another program</h1>
<p>The browser was to open <code>{address}</code>. A program of the attacker's on this device has claimed that address and
has got the redirect, with the <code>code</code> in it. The app waits in vain.</p></body></html>"""


@dataclass(slots=True)
class Wire:
    """The hands of an attacker in one login. `send` brings its requests to the world."""

    login: LiveLogin
    send: Send
    metadata: Mapping[str, Any]
    apis: tuple[Api, ...]
    issuer: str
    others: tuple[LiveLogin, ...]  # the logins there were before this one, the oldest first

    # ---- What its position gives

    def take_redirect(self, came: Exchange) -> Response:
        """The attacker gets the redirect, and the browser its page instead of the app's."""
        self._copy(Act.TAKE_RESPONSE, came)
        cookies = tuple(one for one in came.answer.headers if one[0].lower() == "set-cookie")
        page = response(
            200, headers=PAGE_HEADERS, html=_PAGE.format(address=escape(without_query(came.answer.location)))
        )
        return replace(page, headers=(*page.headers, *cookies))

    def read_redirect(self, came: Exchange) -> None:
        """The attacker gets a copy, and the app the redirect."""
        self._copy(Act.READ_RESPONSE, came)

    def read_request(self, came: Exchange) -> None:
        """The attacker finds the authorization request in a history or a log."""
        self._event(
            Act.READ_REQUEST,
            came,
            (BROWSER, ATTACKER, Opening(url=came.request.url)),
            loot=dict(query_of(came.request.url)),
        )

    def read_storage(self, came: Exchange) -> str | None:
        """The refresh token that the app has just stored; None where it has got none."""
        found = came.answer.json().get("refresh_token")
        text = found if isinstance(found, str) and found else None
        self.login.happened(
            Act.READ_STORAGE,
            now=came.now,
            run=ATTACKER_RUN,
            made=[Made(ATTACKER, "refresh_token", text)] if text else [],
            sender=CLIENT,
            receiver=ATTACKER,
            by_attacker=True,
            loot={"refresh_token": text} if text else {},
        )
        return text

    def plant(self, address: str, came: Exchange) -> Response:
        """The victim's browser opens this address of the app, and not the one that the server sends it to."""
        login, code = self.login, single(query_of(address), "code")
        login.add_run(evolve(login.run, name=PLANTED, state=State.START, in_flight=None))
        opened = Opening(url=address)
        login.happened(
            Act.PLANT_RESPONSE,
            now=came.now,
            run=PLANTED,
            messages=[Sent(ATTACKER, BROWSER, opened)],
            sender=ATTACKER,
            receiver=BROWSER,
            in_flight=Sent(BROWSER, CLIENT, opened),
            by_attacker=True,
            step=6,
        )
        if code:
            login.run_of_code[code] = PLANTED
        headers = tuple((name, address if name.lower() == "location" else value) for name, value in came.answer.headers)
        return replace(came.answer, headers=headers)

    @property
    def is_own(self) -> bool:
        """True where this login is one of the attacker's own account, so that its browser is the attacker's."""
        return ATTACKERS_ACCOUNT.username in self._typed()

    def _typed(self) -> list[str | None]:
        sent = (one.message for event in self.login.world.log for one in event.messages)
        return [
            single(one.form, "username") for one in sent if isinstance(one, Request) and one.path.endswith("/login")
        ]

    def inject(self, victim: LiveLogin, came: Exchange) -> Response:
        """In this login, which is the attacker's own, the app is handed the code that was stolen in another one."""
        code = victim.world.attacker.loot["code"]
        params = {**dict(query_of(came.answer.location)), "code": code}
        address = with_params(without_query(came.answer.location), params)
        run = evolve(victim.run, name=OWN_LOGIN, owner=ATTACKER_USER, state=State.START, in_flight=None)
        victim.add_run(run)
        victim.happened(
            Act.OPEN_ADDRESS,
            now=came.now,
            run=OWN_LOGIN,
            messages=[Sent(ATTACKER, ATTACKER, Opening(url=address))],
            sender=ATTACKER,
            receiver=ATTACKER,
            in_flight=Sent(ATTACKER, CLIENT, Opening(url=address)),
            by_attacker=True,
            step=6,
        )
        victim.run_of_code[code] = OWN_LOGIN
        self.login.keep_out(
            f"This login is the attacker's own. In its redirect stands the code that was stolen in {victim.name}; what "
            "came of it is told there."
        )
        headers = tuple((name, address if name.lower() == "location" else value) for name, value in came.answer.headers)
        return replace(came.answer, headers=headers)

    def _copy(self, act: Act, came: Exchange) -> None:
        address = came.answer.location
        self._event(act, came, (BROWSER, ATTACKER, Opening(url=address)), loot=dict(query_of(address)))

    def _event(self, act: Act, came: Exchange, sent: tuple[str, str, Message], loot: dict[str, str]) -> None:
        self.login.happened(
            act,
            now=came.now,
            messages=[Sent(*sent)],
            sender=sent[0],
            receiver=sent[1],
            in_flight=self.login.run.in_flight,
            by_attacker=True,
            loot=loot,
            step=3 if act is Act.READ_REQUEST else 6,
        )

    # ---- What everybody can do

    @property
    def guess(self) -> str | None:
        """What stands in for the verifier of an app that uses PKCE."""
        return None if self.login.scenario.pkce == "none" else GUESS

    def redeem(self, code: str, verifier: str | None) -> None:
        """Send this code to the token endpoint as if one were the app, and use what comes."""
        app = self.login.scenario.app
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": app.redirect_uri,
            "client_id": app.client_id,
            **({"code_verifier": verifier} if verifier else {}),
        }
        self.call(self._ask(form).answer)

    def refresh(self, token: str) -> Response:
        """Send this refresh token as if one were the app."""
        app = self.login.scenario.app
        return self._ask({"grant_type": "refresh_token", "refresh_token": token, "client_id": app.client_id}).answer

    def call(self, tokens: Response) -> None:
        """Ask an API for the user's data with the access token in this answer, if there is one."""
        token = tokens.json().get("access_token")
        if tokens.status != 200 or not isinstance(token, str):
            return
        scopes = str(tokens.json().get("scope", self.login.scenario.scope)).split()
        open_to = [api for api in self.apis if f"read:{api.keeps}" in scopes]
        meant = [api for api in self.apis if api.tools and api.identifier == _audience(token)]
        api = (meant or open_to or list(self.apis))[0]
        if api.tools:
            self.send(mcp_client.call_tool(api.url, "read_messages", token, user_agent="attacker"), True)
            return
        self.send(request("GET", f"{api.origin}/{api.keeps}", headers={"Authorization": f"Bearer {token}"}), True)

    def _ask(self, form: dict[str, str]) -> Exchange:
        return self.send(request("POST", str(self.metadata["token_endpoint"]), form=form), True)

    # ---- A login of its own

    def own_redirect(self, *, pkce: bool) -> str | None:
        """The redirect of a login with the attacker's own account at the same app; None where there is no such account."""
        from flowsim.live.user import User, UserError  # with httpx, which takes long to load

        app, scenario = self.login.scenario.app, self.login.scenario
        named = [api.identifier for api in self.apis if api.tools]
        asked = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": app.redirect_uri,
            "scope": scenario.scope,
            "state": "the-attackers-own-state",
            **({"nonce": "the-attackers-own-nonce"} if scenario.nonce else {}),
            **({"resource": named[0]} if named else {}),
            **({"code_challenge": OWN_CHALLENGE, "code_challenge_method": "S256"} if pkce else {}),
        }
        door = _Door(self)
        try:
            address = User(door, ATTACKERS_ACCOUNT).log_in(
                with_params(str(self.metadata["authorization_endpoint"]), asked)
            )
        except UserError:
            return None
        if single(query_of(address), "code") is None:
            return None
        self._tell_own_login(door.seen, address)
        return address

    def _tell_own_login(self, seen: list[Exchange], address: str) -> None:
        login = self.login
        run = Run(
            name=OWN_LOGIN,
            role=Role.LOGIN,
            owner=ATTACKER_USER,
            client=login.run.client,
            server=login.run.server,
            api=login.run.api,
        )
        login.add_run(run)
        first, *pages = seen
        last, now = pages[-1], pages[-1].now
        code = single(query_of(address), "code") or ""
        login.owned.codes.add(code)
        login.run_of_code[code] = OWN_LOGIN

        def tell(act: Act, exchanges: list[Exchange], outcome: Outcome = Outcome.OK, **more: Any) -> None:
            checks = [result for one in exchanges for result in one.context.checks]
            login.happened(
                act, outcome, now=now, run=OWN_LOGIN, checks=checks, sender=ATTACKER, by_attacker=True, **more
            )

        tell(Act.STEP_1, [], receiver=ATTACKER)
        tell(Act.STEP_2, [], receiver=ATTACKER)
        tell(Act.STEP_3, [first], messages=[Sent(ATTACKER, SERVER, first.request)], receiver=SERVER)
        shown = [Sent(SERVER, ATTACKER, first.answer)]
        until = next((n for n, one in enumerate(pages) if one.answer.status not in REDIRECTS), 0) + 1
        for one in pages[:until]:
            shown += one.messages(ATTACKER)
        tell(Act.STEP_4, pages[:until], messages=shown, receiver=ATTACKER)
        typed = [sent for one in pages[until:] for sent in one.messages(ATTACKER)]
        tell(Act.STEP_5, pages[until:], messages=typed[:-1], receiver=SERVER)
        login.happened(
            Act.STEP_6,
            now=now,
            run=OWN_LOGIN,
            messages=[Sent(SERVER, ATTACKER, last.answer)],
            made=[Made(SERVER, "code", code)],
            server=last.after,
            receiver=ATTACKER,
            in_flight=Sent(ATTACKER, CLIENT, Opening(url=address)),
            by_attacker=True,
        )
        login.happened(
            Act.KEEP_RESPONSE,
            now=now,
            run=OWN_LOGIN,
            sender=ATTACKER,
            receiver=ATTACKER,
            by_attacker=True,
            loot={"redirect": address},
            step=6,
        )


def _audience(token: str) -> object:
    """For which API this token is, as anybody can read in it; None where it does not say."""
    found = signed_tokens.read(token)
    named = found.claims.get("aud") if found else None
    return named[0] if isinstance(named, list) and len(named) == 1 else named


class _Door:
    """The server, as the attacker's own browser reaches it; what it answered is kept."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.seen: list[Exchange] = []

    @property
    def origins(self) -> frozenset[str]:
        return frozenset([origin_of(self._wire.issuer)])

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        exchange = self._wire.send(request, False)
        self.seen.append(exchange)
        return exchange.answer
