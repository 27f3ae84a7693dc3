"""Which exchange belongs to which login, and which steps of the flow it is.

A request tells by what it holds: the cookie of the login session, the code, a token. One that holds nothing of the kind,
such as that for the server's metadata, belongs to no login. It is put before the next one that
begins, and its words say so.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from frozendict import frozendict

from flowsim.actors.authorization_server.discovery import METADATA_PATHS
from flowsim.attacks import Attacker
from flowsim.attacks.view import View
from flowsim.checks import callback, token_response
from flowsim.live import tools
from flowsim.live.context import LiveContext
from flowsim.live.login import LiveLogin
from flowsim.live.scenario import LiveScenario, as_page, scenario_of
from flowsim.model.check import unknown
from flowsim.model.clients import Profile
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER, USER
from flowsim.model.transitions import Move
from flowsim.model.world import (
    ATTACKER_CALL,
    ATTACKER_REFRESH,
    ATTACKER_RUN,
    DISCOVERY,
    SESSION,
    VICTIM,
    Api,
    Client,
    Made,
    Run,
    Sent,
    Server,
    World,
    evolve,
)
from flowsim.protocol import credentials, cross_origin, signed_tokens
from flowsim.protocol.messages import REDIRECTS, Opening, Request, Response, query_of, single

MOST_LOGINS = 100  # that are kept; of more the oldest go
MOST_BETWEEN = 20  # exchanges that belong to no login
MOST_WAITING = 40  # messages of a step that is not finished: a page may be asked for again and again
_API_OUTCOMES = {200: Outcome.OK, 201: Outcome.OK, 401: Outcome.UNAUTHORIZED, 403: Outcome.FORBIDDEN}


class _Somebody(Attacker):
    """Whoever sends requests as the attacker without being one that was turned loose here."""

    __slots__ = ()

    def next_move(self, view: View) -> Move | None:
        return None


SOMEBODY = _Somebody(name="somebody", title="somebody else sends requests", positions=())


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, its answer, and what the server did in between. `by` is who has sent it, as far as one can know."""

    request: Request
    answer: Response
    context: LiveContext
    before: Server
    after: Server
    by: str = CLIENT
    unchanged: Request | None = None  # what the browser was to send, where an attacker has changed it on its way
    to: str = SERVER
    beside: tuple[Sent, ...] = ()  # what the server has asked others before it answered

    @property
    def now(self) -> int:
        return self.context.now

    def messages(self, sender: str, receiver: str = SERVER) -> list[Sent]:
        return [Sent(sender, receiver, self.request), Sent(receiver, sender, self.answer)]


class Recorder:
    """Everything that was recorded of one live world: its logins by name, the oldest first."""

    def __init__(self, base: World, admit: Callable[[LiveLogin], None]) -> None:
        self._admit = admit  # lets whoever attacks into a login
        self.logins: OrderedDict[str, LiveLogin] = OrderedDict()
        self._base = base
        self._count = 0
        self._by_session: OrderedDict[str, LiveLogin] = OrderedDict()
        self._by_code: OrderedDict[str, LiveLogin] = OrderedDict()
        self._pushed: OrderedDict[str, Exchange] = OrderedDict()
        self._between: deque[Exchange] = deque(maxlen=MOST_BETWEEN)
        self._preflights: deque[Exchange] = deque(maxlen=MOST_BETWEEN)
        self._tellers: dict[str, Callable[[Exchange], LiveLogin | None]] = {
            "/authorize": self._authorize,
            "/login": self._page,
            "/consent": self._page,
            "/oauth/token": self._token,
            "/oauth/par": self._push,
            "/oauth/revoke": self._revoke,
            "/userinfo": self._userinfo,
        }

    def at_server(self, exchange: Exchange, path: str) -> LiveLogin | None:
        """Record an exchange with the authorization server, and give the login it belongs to, if it belongs to one.

        `path` is that of the endpoint, below the issuer.
        """
        if cross_origin.is_preflight(exchange.request):
            self._preflights.append(exchange)
            return None
        teller = self._tellers.get(path)
        login = teller(exchange) if teller else None
        if login is None and path not in ("/authorize", "/oauth/par"):
            self._beside(exchange, path)
        return login

    def at_api(self, exchange: Exchange, api: Api) -> LiveLogin | None:
        """Record a call of this API, and give the login whose token was shown."""
        if cross_origin.is_preflight(exchange.request):
            self._preflights.append(exchange)
            return None
        login = self._by_token(exchange)
        if login is None:
            if api.tools is not None and (tools.method_of(exchange.request) or exchange.request.method == "GET"):
                self._between.append(exchange)
            return None
        if api.tools is not None and tools.method_of(exchange.request) != "tools/call":
            self._in_session(login, exchange, api)
            return login
        outcome = _API_OUTCOMES.get(exchange.answer.status, Outcome.BAD_REQUEST)
        again = exchange.answer.status == 401 and "use_dpop_nonce" in (exchange.answer.header("www-authenticate") or "")
        made = [Made(API, "data", exchange.answer.body)] if exchange.answer.status == 200 else []
        by_attacker = exchange.by == ATTACKER
        run, sender = self._run(login, exchange), ATTACKER if by_attacker else CLIENT
        asked = [*self._asked_before(exchange, API), Sent(sender, API, exchange.request)]
        waits = _waiting(login, State.API_ASKED, by_attacker=by_attacker)
        if waits is not None and not by_attacker:
            run = waits  # the API has wanted a nonce in the proof, and this is the same request with it
        else:
            if login.world.runs[run].state is not State.TOKENS_HELD:
                run = login.open(ATTACKER_CALL if by_attacker else "call", Role.CALL, by_attacker=by_attacker)
            login.happened(Act.STEP_10, now=exchange.now, run=run, messages=asked, sender=sender)
            asked = []
        login.happened(
            Act.STEP_11,
            Outcome.AGAIN if again and not by_attacker else outcome,
            now=exchange.now,
            run=run,
            messages=[*asked, Sent(API, sender, exchange.answer)],
            checks=exchange.context.checks,
            made=made,
            api=api,
            receiver=sender,
        )
        return login

    def _in_session(self, login: LiveLogin, exchange: Exchange, api: Api) -> None:
        """A message to an MCP server that calls no tool, with a token: before the call, as a rule."""
        sender = ATTACKER if exchange.by == ATTACKER else CLIENT
        if sender == ATTACKER or not tools.method_of(exchange.request):
            self._other(login, exchange, sender, run=self._run(login, exchange))
            return
        talks = [one.name for one in login.world.runs.values() if one.role is Role.SESSION and one.state is State.START]
        run = talks[-1] if talks else login.open(SESSION, Role.SESSION)
        asked, answer = exchange.messages(sender, API)
        login.happened(Act.STEP_T1, now=exchange.now, run=run, messages=[asked], in_flight=asked)
        login.happened(
            Act.STEP_T2,
            tools.in_session(exchange.request, exchange.answer),
            now=exchange.now,
            run=run,
            messages=[answer],
            checks=exchange.context.checks,
            api=api,
        )

    # ---- The front channel

    def _authorize(self, exchange: Exchange) -> LiveLogin | None:
        asked, answer = exchange.request, exchange.answer
        wrote = exchange.unchanged or asked
        params = wrote.form if wrote.method == "POST" else wrote.query
        pushed = self._pushed.pop(single(params, "request_uri") or "", None)
        known = exchange.after.clients.get(single(params, "client_id") or "")
        wanted = pushed.request.form if pushed else params
        scenario = scenario_of(self._base.scenario, known, wanted)
        login = self._open(scenario.app, scenario, exchange)
        if session := _cookie_set(answer, exchange.after):
            login.owned.sessions.add(session)
            self._by_session[session] = login
        made = [
            Made(CLIENT, kind, value)
            for kind in ("state", "nonce", "code_challenge")
            if (value := single(wanted, kind)) is not None
        ]
        if (challenge := single(wanted, "code_challenge")) and single(wanted, "code_challenge_method") in (
            None,
            "plain",
        ):
            made.append(Made(CLIENT, "code_verifier", challenge))
        beside, self._between = list(self._between), deque(maxlen=MOST_BETWEEN)
        for one in beside:
            self._tell_beside(login, one)
        login.happened(Act.STEP_1, now=exchange.now, unseen=True)
        messages = pushed.messages(CLIENT) if pushed else []
        login.happened(
            Act.STEP_2,
            now=exchange.now,
            messages=messages,
            checks=pushed.context.checks if pushed else (),
            made=(*made, *(_shown(pushed.request) if pushed else ())),
            unseen=not messages,
        )
        went_on = answer.status in REDIRECTS and not leaves(exchange)
        if exchange.by != ATTACKER and (went_on or exchange.unchanged):
            self._admit(login)
        if exchange.unchanged:
            self._stripped(login, exchange, exchange.unchanged)
        came = [Sent(BROWSER, SERVER, asked), *exchange.beside]
        if answer.status not in REDIRECTS:
            outcome, arrived = Outcome.ERROR_PAGE, [*came, Sent(SERVER, BROWSER, answer)]
        else:
            outcome, arrived = (Outcome.REDIRECTED_ERROR if leaves(exchange) else Outcome.OK), came
        login.happened(
            Act.STEP_3,
            outcome,
            now=exchange.now,
            messages=arrived,
            checks=exchange.context.checks,
            server=exchange.after,
            in_flight=Sent(SERVER, BROWSER, answer),
        )
        if outcome is Outcome.OK:
            login.waiting = [Sent(SERVER, BROWSER, answer)]
        elif outcome is Outcome.REDIRECTED_ERROR:
            self._sent_back(login, exchange)
        return login

    def _stripped(self, login: LiveLogin, exchange: Exchange, wrote: Request) -> None:
        """The attacker has taken something out of the request before the browser sent it."""
        left = dict(exchange.request.query)
        taken = [name for name, _ in wrote.query if name not in left and name != "code_challenge_method"]
        login.happened(
            Act.STRIP_CHALLENGE,
            now=exchange.now,
            messages=[Sent(ATTACKER, BROWSER, Opening(url=exchange.request.url))],
            sender=ATTACKER,
            receiver=ATTACKER,
            by_attacker=True,
            detail=", ".join(taken),
            step=2,
        )

    def _page(self, exchange: Exchange) -> LiveLogin | None:
        """The login page and the consent page: step 4 is their being shown, step 5 what the user sends."""
        session = next((value for value in exchange.request.cookies.values() if value in self._by_session), None)
        login = self._by_session.get(session or "")
        if login is None:
            return None
        for cookie in _cookies(exchange.answer):
            if cookie in exchange.after.known_users:
                login.owned.cookies.add(cookie)
        came = [*login.waiting, Sent(BROWSER, SERVER, exchange.request)]
        went_on = exchange.answer.status in REDIRECTS and not leaves(exchange)
        shown = exchange.request.method in ("GET", "HEAD")
        typed = single(exchange.request.form, "password")
        made = [Made(USER, "password", typed)] if typed else []
        if login.state is State.REQUESTED:
            self._first_page(login, exchange, came, went_on=went_on)
        elif login.state not in (State.LOGIN_SHOWN, State.LOGIN_SHOWN_AGAIN):
            self._other(login, exchange, BROWSER)
        elif leaves(exchange):
            denied = _refused(exchange)
            self._step_5(login, exchange, came, Outcome.DENIED if denied else Outcome.OK, made)
            login.waiting = []
            self._sent_back(login, exchange)
        elif (went_on or (shown and login.waiting)) and len(login.waiting) < MOST_WAITING:
            login.waiting = [*came, Sent(SERVER, BROWSER, exchange.answer)]
            login.noted += [*exchange.context.checks]
            login.to_be_made += made
        elif shown or exchange.answer.status != 200:
            self._other(login, exchange, BROWSER)
        else:
            came.append(Sent(SERVER, BROWSER, exchange.answer))
            self._step_5(login, exchange, came, Outcome.WRONG_CREDENTIALS, made)
            login.waiting = []
        return login

    def _first_page(self, login: LiveLogin, exchange: Exchange, came: list[Sent], *, went_on: bool) -> None:
        came_back = Sent(SERVER, BROWSER, exchange.answer)
        if went_on:
            login.waiting = [*came, came_back]
            return
        login.waiting = []
        if leaves(exchange):
            outcome = Outcome.REDIRECTED_ERROR if _refused(exchange) else Outcome.SILENT
            login.happened(
                Act.STEP_4, outcome, now=exchange.now, messages=came, server=exchange.after, in_flight=came_back
            )
            self._sent_back(login, exchange)
            return
        outcome = Outcome.OK if exchange.answer.status == 200 else Outcome.ERROR_PAGE
        login.happened(
            Act.STEP_4,
            outcome,
            now=exchange.now,
            messages=[*came, came_back],
            checks=exchange.context.checks,
            server=exchange.after,
        )

    def _step_5(
        self, login: LiveLogin, exchange: Exchange, messages: list[Sent], outcome: Outcome, made: list[Made]
    ) -> None:
        # The table of the lessons lets a user try twice; here they may try as often as the server lets them.
        again = State.LOGIN_SHOWN_AGAIN if outcome is Outcome.WRONG_CREDENTIALS else None
        login.happened(
            Act.STEP_5,
            outcome,
            now=exchange.now,
            messages=messages,
            checks=(*login.noted, *exchange.context.checks),
            made=(*login.to_be_made, *made),
            server=exchange.after,
            in_flight=Sent(SERVER, BROWSER, exchange.answer),
            after=again,
        )
        login.noted, login.to_be_made = [], []

    def _sent_back(self, login: LiveLogin, exchange: Exchange) -> None:
        """Step 6: the redirect that leads back to the app."""
        location = exchange.answer.location
        code = single(query_of(location), "code")
        if code is not None:
            login.owned.codes.add(code)
            self._by_code[code] = login
        for action, denied in exchange.context.actions:
            login.happened(
                Act.RUN_ACTION,
                Outcome.DENIED if denied else Outcome.OK,
                now=exchange.now,
                sender=SERVER,
                receiver=SERVER,
                detail=action,
                in_flight=Sent(SERVER, BROWSER, exchange.answer),
            )
        login.happened(
            Act.STEP_6,
            now=exchange.now,
            messages=[Sent(SERVER, BROWSER, exchange.answer)],
            made=[Made(SERVER, "code", code)] if code else [],
            server=exchange.after,
            in_flight=Sent(BROWSER, CLIENT, Opening(url=location)),
        )

    # ---- The back channel

    def _push(self, exchange: Exchange) -> LiveLogin | None:
        uri = exchange.answer.json().get("request_uri")
        if isinstance(uri, str):
            self._pushed[uri] = exchange
            _bound(self._pushed, MOST_LOGINS)
        return None

    def _token(self, exchange: Exchange) -> LiveLogin | None:
        form = exchange.request.form
        login = self._by_code.get(single(form, "code") or "")
        if login is not None:
            self._redeem(login, exchange)
            return login
        text = single(form, "refresh_token") or ""
        record = exchange.before.refresh_tokens.get(text) or exchange.after.refresh_tokens.get(text)
        login = self._by_code.get(record.family) if record else None
        if login is not None:
            self._refresh(login, exchange)
        return login

    def _redeem(self, login: LiveLogin, exchange: Exchange) -> None:
        self._settle(login, exchange)
        answer, good = exchange.answer, exchange.answer.status == 200
        self._own(login, exchange)
        again = answer.json().get("error") == "use_dpop_nonce"
        run, sender, sends, by_attacker = self._run(login, exchange), CLIENT, Act.STEP_7, False
        if exchange.by == ATTACKER:
            sender, sends, by_attacker = ATTACKER, Act.SEND_CODE, True
        state = login.world.runs[run].state
        asked = [*self._asked_before(exchange), Sent(sender, SERVER, exchange.request)]
        if not by_attacker and state is State.CODE_TAKEN:
            # It was taken on its way, and has come to the app all the same: one of them had a copy.
            state = State.CODE_IN_BROWSER
        if state in (State.CODE_IN_BROWSER, State.START):
            login.happened(
                sends,
                now=exchange.now,
                run=run,
                messages=asked,
                checks=() if by_attacker else unknown(callback.CHECKS, self._base.scenario.policy),
                made=_shown(exchange.request, sender),
                in_flight=Sent(sender, SERVER, exchange.request),
                sender=sender,
                receiver=SERVER,
                after=State.CODE_SENT,
                by_attacker=by_attacker,
                step=Act.STEP_7.step,
            )
            asked = []
        elif state is not State.CODE_SENT:
            self._other(login, exchange, sender, run=run, after=State.TOKENS_HELD if good else None)
            return
        outcome = Outcome.AGAIN if again else Outcome.OK if good else Outcome.ERROR
        login.happened(
            Act.STEP_8,
            outcome,
            now=exchange.now,
            run=run,
            messages=[*asked, *([Sent(SERVER, sender, answer)] if again else [])],
            checks=exchange.context.checks,
            made=exchange.context.made,
            server=exchange.after,
            in_flight=Sent(SERVER, sender, answer),
        )
        if again:
            return
        looks = unknown(token_response.CHECKS, self._base.scenario.policy) if good and not by_attacker else ()
        login.happened(
            Act.STEP_9,
            Outcome.OK if good else Outcome.ERROR,
            now=exchange.now,
            run=run,
            messages=[Sent(SERVER, sender, answer)],
            checks=looks,
            receiver=sender,
        )

    def _refresh(self, login: LiveLogin, exchange: Exchange) -> None:
        self._settle(login, exchange)
        self._own(login, exchange)
        good = exchange.answer.status == 200
        by_attacker = exchange.by == ATTACKER
        sender, kind = (ATTACKER, ATTACKER_REFRESH) if by_attacker else (CLIENT, "refresh")
        self._run(login, exchange)
        again = exchange.answer.json().get("error") == "use_dpop_nonce"
        came = Sent(sender, SERVER, exchange.request)
        asked = [*self._asked_before(exchange), came]
        run = _waiting(login, State.REFRESH_SENT, by_attacker=by_attacker) or ""
        if not run:
            run = login.open(kind, Role.REFRESH, by_attacker=by_attacker)
            login.happened(
                Act.STEP_R1,
                now=exchange.now,
                run=run,
                messages=asked,
                made=_shown(exchange.request, sender),
                in_flight=came,
                sender=sender,
            )
            asked = []
        login.happened(
            Act.STEP_R2,
            Outcome.AGAIN if again else Outcome.OK if good else Outcome.ERROR,
            now=exchange.now,
            run=run,
            messages=[*asked, *([Sent(SERVER, sender, exchange.answer)] if again else [])],
            checks=exchange.context.checks,
            made=exchange.context.made,
            server=exchange.after,
            in_flight=Sent(SERVER, sender, exchange.answer),
        )
        if again:
            return
        looks = unknown(token_response.REFRESHED_CHECKS, self._base.scenario.policy) if good and not by_attacker else ()
        login.happened(
            Act.STEP_R3,
            Outcome.OK if good else Outcome.ERROR,
            now=exchange.now,
            run=run,
            messages=[Sent(SERVER, sender, exchange.answer)],
            checks=looks,
            receiver=sender,
        )

    def _revoke(self, exchange: Exchange) -> LiveLogin | None:
        text = single(exchange.request.form, "token") or ""
        record = exchange.before.refresh_tokens.get(text) or exchange.before.access_tokens.get(_jti(text))
        login = self._by_code.get(record.family) if record else None
        if login is None:
            return None
        if exchange.by == ATTACKER:  # who revokes what is somebody else's logs nobody out who wanted that
            self._other(login, exchange, ATTACKER, run=self._run(login, exchange))
            return login
        run = login.open("logout", Role.LOGOUT)
        came = Sent(CLIENT, SERVER, exchange.request)
        login.happened(
            Act.STEP_V1, now=exchange.now, run=run, messages=[*self._asked_before(exchange), came], in_flight=came
        )
        login.happened(
            Act.STEP_V2,
            Outcome.OK if exchange.answer.status == 200 else Outcome.ERROR,
            now=exchange.now,
            run=run,
            messages=[Sent(SERVER, CLIENT, exchange.answer)],
            checks=exchange.context.checks,
            server=exchange.after,
        )
        return login

    def _userinfo(self, exchange: Exchange) -> LiveLogin | None:
        login = self._by_token(exchange)
        if login is not None:
            self._other(login, exchange, exchange.by, run=self._run(login, exchange))
        return login

    # ---- What is no step

    def _beside(self, exchange: Exchange, path: str) -> None:
        """An exchange that names no login. Where just one is under way, it is told there; else before the next."""
        if exchange.answer.status == 404 and path not in METADATA_PATHS:
            return
        waits = (State.CODE_SENT, State.TOKENS_HELD)
        recent = [one for one in self.logins.values() if one.state in waits] if path == "/jwks.json" else []
        if len(recent) == 1:
            self._tell_beside(recent[0], exchange)
        elif path in METADATA_PATHS or path in ("/jwks.json", "/oauth/register"):
            self._between.append(exchange)
        if path == "/oauth/register" and exchange.answer.status >= 400 and self._serves_tools:
            self._unregistered(exchange)

    def _unregistered(self, exchange: Exchange) -> None:
        """A client of the MCP server that was not registered may begin no login at all: it is told as far as it came."""
        scenario = scenario_of(self._base.scenario, None, ())
        login = self._open(scenario.app, scenario, exchange)
        for one in self._between:
            self._tell_beside(login, one)
        self._between.remove(exchange)

    def _tell_beside(self, login: LiveLogin, exchange: Exchange) -> None:
        path = exchange.request.path
        steps = tools.before_login(login.world, exchange.request, exchange.answer) if login.speaks_mcp else None
        if steps is not None:
            if steps.run not in login.world.runs:
                fresh = evolve(login.run, name=steps.run, role=steps.role, state=State.START, in_flight=None)
                login.add_run(fresh)
            asked, answer = exchange.messages(CLIENT, steps.party)
            login.happened(steps.asks, now=exchange.now, run=steps.run, messages=[asked], in_flight=asked)
            login.happened(steps.answers, steps.outcome, now=exchange.now, run=steps.run, messages=[answer])
            return
        metadata = any(known in path for known in METADATA_PATHS) and exchange.answer.status == 200
        if metadata and DISCOVERY not in login.world.runs:
            run = evolve(login.run, name=DISCOVERY, role=Role.DISCOVERY, state=State.START, in_flight=None)
            login.add_run(run)
            asked = Sent(CLIENT, SERVER, exchange.request)
            login.happened(Act.STEP_D1, now=exchange.now, run=DISCOVERY, messages=[asked], in_flight=asked)
            login.happened(
                Act.STEP_D2, now=exchange.now, run=DISCOVERY, messages=[Sent(SERVER, CLIENT, exchange.answer)]
            )
            return
        self._other(login, exchange, CLIENT)

    def _other(
        self, login: LiveLogin, exchange: Exchange, sender: str, run: str = VICTIM, after: State | None = None
    ) -> None:
        """An exchange that the eleven steps have no place for."""
        good = exchange.answer.status < 400
        # Who calls an MCP server once more without a token hears once more where to log in.
        asks = exchange.to == API and exchange.answer.status == 401 and exchange.request.header("authorization") is None
        login.happened(
            Act.EXCHANGE,
            Outcome.OK if good else Outcome.AGAIN if asks else Outcome.ERROR,
            now=exchange.now,
            run=run,
            messages=[*self._asked_before(exchange), *exchange.messages(sender, exchange.to)],
            checks=exchange.context.checks,
            made=(*_shown(exchange.request, sender), *exchange.context.made),
            server=exchange.after,
            sender=sender,
            receiver=exchange.to,
            after=after or login.world.runs[run].state,
            in_flight=login.world.runs[run].in_flight,
        )

    @property
    def _serves_tools(self) -> bool:
        return any(api.tools for api in self._base.apis.values())

    # ---- Whose is it

    def _open(self, app: Profile, scenario: LiveScenario, exchange: Exchange) -> LiveLogin:
        self._count += 1
        issuer = exchange.after.issuer
        run = Run(
            name=VICTIM,
            role=Role.LOGIN,
            owner=VICTIM,
            client=app.home or app.client_id,
            server=issuer,
            api=next((origin for origin, one in self._base.apis.items() if one.tools), next(iter(self._base.apis))),
        )
        client = Client(profile=app, secret=None, metadata=frozendict(), jwks=frozendict())
        world = evolve(
            self._base,
            scenario=scenario,
            now=exchange.now,
            runs=frozendict({VICTIM: run}),
            clients=frozendict({run.client: client}),
        )
        login = LiveLogin(f"login-{self._count}", f"{app.app_name or 'unknown client'} {self._count}", world)
        part = login.owned.part_of(exchange.before, app.client_id)
        login.begin(evolve(world, servers=frozendict({issuer: part})))
        self.logins[login.name] = login
        if len(self.logins) > MOST_LOGINS:
            # Anybody can send a request that the server refuses; it must not push out what others have done.
            refused = (name for name, one in self.logins.items() if one is not login and not one.owned.sessions)
            self._forget(self.logins.pop(next(refused, next(iter(self.logins)))))
        return login

    def _forget(self, login: LiveLogin) -> None:
        for session in login.owned.sessions:
            self._by_session.pop(session, None)
        for code in (*login.owned.codes, *login.run_of_code):
            self._by_code.pop(code, None)

    def _by_token(self, exchange: Exchange) -> LiveLogin | None:
        """The login whose access token was shown, in the header or in the form."""
        return self._by_code.get(self._family(exchange))

    @staticmethod
    def _family(exchange: Exchange) -> str:
        """The code that the access token in this request goes back to; empty where it goes back to none."""
        shown = credentials.read(exchange.request.header("authorization") or "").shown
        jti = _jti(shown or single(exchange.request.form, "access_token") or "")
        record = exchange.after.access_tokens.get(jti)
        return record.family if record else ""

    def also(self, login: LiveLogin) -> None:
        """The codes that an attacker has brought into this login belong to it."""
        for code in login.run_of_code:
            self._by_code[code] = login

    def _run(self, login: LiveLogin, exchange: Exchange) -> str:
        """In whose run this request is: the attacker's own, or that which the code or the token goes back to."""
        if exchange.by == ATTACKER:
            login.admit(SOMEBODY)
            return ATTACKER_RUN
        code = single(exchange.request.form, "code") or self._family(exchange)
        return login.run_of_code.get(code, VICTIM)

    def _own(self, login: LiveLogin, exchange: Exchange) -> None:
        """The tokens that were issued in this exchange are this login's."""
        for made in exchange.context.made:
            if made.kind == "access_token":
                login.owned.access_tokens.add(_jti(made.value))
            elif made.kind == "refresh_token":
                login.owned.refresh_tokens.add(made.value)

    def _settle(self, login: LiveLogin, exchange: Exchange) -> None:
        if exchange.request.header("origin") and exchange.by != ATTACKER:
            login.settle(as_page(login.scenario))

    def _asked_before(self, exchange: Exchange, of: str = SERVER) -> list[Sent]:
        """The question of the browser that came before this request, where a page has sent it."""
        origin = exchange.request.header("origin")
        if origin is None:
            return []
        address = exchange.request.url.partition("?")[0]
        for one in [*self._preflights]:
            if one.request.header("origin") == origin and one.request.url.partition("?")[0] == address:
                self._preflights.remove(one)
                return one.messages(BROWSER, of)
        return []


def _waiting(login: LiveLogin, state: State, *, by_attacker: bool) -> str | None:
    """The run that stands so, because it was told to send its request again with a nonce in the proof; None without one."""
    stands = [run for run in login.world.runs.values() if run.state is state and (run.owner == ATTACKER) == by_attacker]
    return stands[-1].name if stands else None


def _shown(request: Request, sender: str = CLIENT) -> list[Made]:
    """The secrets that a request brings to light: those that its sender must have held.

    What an attacker makes up is nobody's secret; where it is somebody's, the ledger knows it by its value.
    """
    if sender == ATTACKER:
        return []
    form = request.form
    made = [
        Made(sender, kind, value)
        for kind in ("code_verifier", "client_secret", "client_assertion")
        if (value := single(form, kind)) is not None
    ]
    shown = credentials.read(request.header("authorization") or "")
    pair = credentials.name_and_secret(shown.shown) if shown.scheme == "basic" else None
    return [*made, *([Made(sender, "client_secret", pair[1])] if pair and pair[1] else [])]


def leaves(exchange: Exchange) -> bool:
    """True for a redirect that leads away from the server: its answer to the app."""
    issuer = exchange.after.issuer.removesuffix("/")
    location = exchange.answer.location
    return exchange.answer.status in REDIRECTS and not (location == issuer or location.startswith(f"{issuer}/"))


def _refused(exchange: Exchange) -> bool:
    """True where the server or the user said no. An action of the server that says so runs when both have agreed."""
    by_action = any(denied for _, denied in exchange.context.actions)
    return single(query_of(exchange.answer.location), "error") is not None and not by_action


def _cookies(answer: Response) -> Iterable[str]:
    for header in answer.all_of("set-cookie"):
        yield header.partition(";")[0].partition("=")[2]


def _cookie_set(answer: Response, server: Server) -> str | None:
    """The login session that this answer begins."""
    return next((value for value in _cookies(answer) if value in server.sessions), None)


def _jti(text: str) -> str:
    token = signed_tokens.read(text) if text else None
    return str(token.claims.get("jti", "")) if token else ""


def _bound(kept: OrderedDict[str, Exchange], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
