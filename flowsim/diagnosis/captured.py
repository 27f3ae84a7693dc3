"""The diagnosis of an MCP login that was captured: which steps its messages are, and what a careful app makes of them.

Nobody here sees what the servers have checked. What a client of an MCP server checks is done again, as far as its messages
tell what it knew. An app that has gone on where a careful one stops has not failed there, so there its checks do not count.

Source: Model Context Protocol, revision 2026-07-28, authorization; RFC 9728, RFC 8414, RFC 7591, RFC 9207.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import IntEnum, auto
from typing import Any, NamedTuple

from flowsim.checks import callback, connection, discovery, token_response
from flowsim.diagnosis.clues import basic
from flowsim.diagnosis.diagnosis import Diagnosis, diagnosis_of, under_way
from flowsim.diagnosis.har_file import Exchange, exchanges
from flowsim.model.check import Check, CheckResult
from flowsim.model.context import Context
from flowsim.model.scenario import Policy
from flowsim.model.settings import ScenarioError
from flowsim.model.shown import safe
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import API, BROWSER, CLIENT, SERVER
from flowsim.model.world import CONNECTION, DISCOVERY, REGISTRATION, VICTIM, Event, Sent, Transaction
from flowsim.protocol import challenges, json_rpc, mcp_wire, strict_json, well_known
from flowsim.protocol.addresses import OWN_MACHINE, host_of
from flowsim.protocol.json_rpc import Call
from flowsim.protocol.messages import (
    REDIRECTS,
    Opening,
    Pairs,
    Request,
    Response,
    content_type,
    query_of,
    response,
    single,
    without_query,
)

_NOTHING = "there is no login for an MCP server in this file: expected the requests of an app that calls one"
_LET_IN = "The login is not to blame: the MCP server has let the app in"
_TOOL = (
    f"{_LET_IN}. A tool then says in its result that it could not do its "
    "work. What it did for that, the app does not see, and so this file does not show it."
)
_ASK_THE_SERVER = "ask whoever runs the MCP server what it did with this call"
_OPEN = "The MCP server has answered a call without a token, so no login was begun."
_GOOD = (200, 202)
_REFUSALS = (401, 403)


class Kind(IntEnum):
    """What a message is about, in the order of a login."""

    CALL = auto()
    RESOURCE = auto()
    SERVER = auto()
    REGISTRATION = auto()
    REQUEST = auto()
    ANSWER = auto()
    CODE = auto()
    TOKEN = auto()
    REFRESH = auto()


def diagnose_har(text: str) -> Diagnosis:
    """The diagnosis of the login for an MCP server in this HAR file. Raises ScenarioError for one that has none in it."""
    found, all_of_them = _Capture(), exchanges(text)
    places = _places(all_of_them)
    known = [(kind, one) for one in all_of_them if (kind := _kind(one, places)) is not None]
    for place, (kind, one) in enumerate(known):
        found.take(kind, one, known[place + 1 :])
    kinds = {kind for kind, _ in known}
    if not {Kind.CALL, Kind.RESOURCE, Kind.TOKEN} & kinds:
        raise ScenarioError(_NOTHING)
    told = diagnosis_of(found.events, over=False)
    if told.failed:
        return told
    if any(mcp_wire.has_failed(one.answer) for _, one in known):
        return replace(told, sentence=_TOOL, repair=_ASK_THE_SERVER)
    if error := _said_to_the_last(known):
        return replace(told, sentence=f"{_LET_IN}, and answers with the error {safe(error)}.", repair=_ASK_THE_SERVER)
    if kinds == {Kind.CALL} and known[-1][1].answer.status in _GOOD:
        return replace(told, sentence=_OPEN)
    return told if any(event.act is Act.STEP_11 for event in found.events) else under_way(found.events[-1].after)


def _said_to_the_last(known: Sequence[tuple[Kind, Exchange]]) -> str:
    """The error in the answer to the last call with a token, as JSON-RPC has it; empty where there is none."""
    answers = [one.answer for kind, one in known if kind is Kind.TOKEN]
    return mcp_wire.error_in(answers[-1]) if answers else ""


class _Places(NamedTuple):
    """The addresses by which messages are known that do not show by themselves what they are, without their queries."""

    servers: frozenset[str]  # to which a message of the protocol was posted
    apps: frozenset[str]  # to which an authorization request wants its answer sent


def _places(found: Sequence[Exchange]) -> _Places:
    asked = [one.request for one in found]
    sent = [single(query_of(one.url), "redirect_uri") for one in asked]
    return _Places(
        frozenset(without_query(one.url) for one in asked if _is_message(one)),
        frozenset(without_query(one) for one in sent if one),
    )


def _is_message(request: Request) -> bool:
    return request.method == "POST" and isinstance(json_rpc.parse(request.body), Call)


def _kind(one: Exchange, places: _Places) -> Kind | None:
    """What these two messages are about; None where they are no part of a login.

    A client may ask an MCP server for a stream with GET, and end a session with DELETE. Most servers answer 405, and only
    what they say of a token counts here.
    """
    asked, params = one.request, one.request.form if one.request.method == "POST" else one.request.query
    if well_known.RESOURCE in asked.path:
        return Kind.RESOURCE
    if well_known.SERVER in asked.path or well_known.OPENID in asked.path:
        return Kind.SERVER
    if asked.method == "POST" and "redirect_uris" in strict_json.parse_object(asked.body):
        return Kind.REGISTRATION
    if without_query(asked.url) in places.servers and (asked.method == "POST" or one.answer.status in _REFUSALS):
        return Kind.TOKEN if asked.header("authorization") else Kind.CALL
    if (grant := single(params, "grant_type")) in _GRANTS:
        return _GRANTS[grant]
    if single(params, "response_type") or single(params, "request_uri"):
        return Kind.REQUEST
    return Kind.ANSWER if _is_answer(asked.url, places) or _leads_back(one, places) else None


_GRANTS = {"authorization_code": Kind.CODE, "refresh_token": Kind.REFRESH}


def _is_answer(url: str, places: _Places) -> bool:
    """True for an address with which a server sends a browser back to an app: by its parameters, or by where it leads."""
    params = query_of(url)
    named = single(params, "state") is not None or without_query(url) in places.apps
    return named and any(single(params, name) for name in ("code", "error"))


def _leads_back(one: Exchange, places: _Places) -> bool:
    return one.answer.status in REDIRECTS and _is_answer(one.answer.location, places)


class _Capture:
    """What was captured, as events, and what the app knows by then."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._url = ""  # of the MCP server
        self._named = False  # whether its challenge has named the address of its metadata
        self._resource: Mapping[str, Any] = {}
        self._server: Mapping[str, Any] = {}
        self._asked: Pairs = ()  # the parameters of the authorization request
        self._answered = False
        self._has_token = False

    def take(self, kind: Kind, one: Exchange, later: Sequence[tuple[Kind, Exchange]]) -> None:
        """Make events of these two messages. What comes `later` says whether the app went on."""
        went_on = any(other > kind for other, _ in later)
        again = [each.answer.status for other, each in later if other == kind]
        next_login = any(other in (Kind.REQUEST, Kind.REFRESH) for other, _ in later)
        match kind:
            case Kind.CALL:
                self._call(one, went_on or bool(again), next_login)
            case Kind.RESOURCE:
                self._metadata(one, went_on, bool(again))
            case Kind.SERVER:
                self._server_metadata(one, went_on, bool(again))
            case Kind.REGISTRATION:
                self._registration(one, went_on)
            case Kind.REQUEST:
                self._request(one, went_on)
            case Kind.ANSWER:
                back = one.answer.location if one.answer.status in REDIRECTS else one.request.url
                self._answer(one, back, went_on)
            case Kind.CODE:
                self._code(one, went_on, any(status in _GOOD for status in again))
            case Kind.TOKEN:
                self._token(one, next_login or any(_understood(each.answer) for other, each in later if other == kind))
            case Kind.REFRESH:
                self._refresh(one, any(status in _GOOD for status in again))

    # ---- Before the login

    def _call(self, one: Exchange, went_on: bool, next_login: bool) -> None:
        """Steps M1 and M2; the first call without a token that is refused is the one.

        Before it the server may redirect the app, or answer what anybody may ask. After a login such a call is one that
        has lost its token, as with a program that follows a redirect and leaves the header behind. Or it is the file that
        has lost it: browsers leave `Authorization` out of what they write.
        """
        if self._has_token and (_understood(one.answer) or (one.answer.status in _REFUSALS and not went_on)):
            self._token(one, next_login)
            return
        if self._url or (went_on and (one.answer.status in REDIRECTS or one.answer.status in _GOOD)):
            return
        self._url = one.request.url
        said = challenges.of_scheme(one.answer.all_of("www-authenticate"), "bearer")
        self._named = "resource_metadata" in said
        opened = went_on or one.answer.status in _GOOD
        checks = _checked(connection.CHALLENGE_CHECKS, connection.ChallengeFacts(one.answer), opened)
        self._pair(one, CONNECTION, (Act.STEP_M1, Act.STEP_M2), API, checks)

    def _metadata(self, one: Exchange, went_on: bool, again: bool) -> None:
        """Steps M3 and M4."""
        elsewhere = again and one.answer.status != 200
        behind = well_known.resource_behind(one.request.url)
        about = (self._url if self._named else behind) or behind or one.request.url
        facts = connection.ResourceFacts(about, one.answer)
        checks = [] if elsewhere else _checked(connection.RESOURCE_CHECKS, facts, went_on)
        self._resource = one.answer.json() or self._resource
        self._pair(one, CONNECTION, (Act.STEP_M3, Act.STEP_M4), API, checks, elsewhere)

    def _server_metadata(self, one: Exchange, went_on: bool, again: bool) -> None:
        """Steps D1 and D2. Without the MCP server's word nothing says what the issuer has to be."""
        elsewhere = again and one.answer.status != 200
        listed = self._resource.get("authorization_servers")
        named = next((one for one in listed if isinstance(one, str)), None) if isinstance(listed, list) else None
        checks: list[CheckResult] = []
        if named is not None and not elsewhere:
            developing = {"discovery.endpoints_https"} if host_of(named) in OWN_MACHINE else set()
            facts = discovery.MetadataFacts(named, one.answer, False)
            table = (*discovery.CHECKS, *discovery.OF_AN_MCP_SERVER)
            checks = _checked(table, facts, went_on, frozenset(developing))
        self._server = one.answer.json() or self._server
        self._pair(one, DISCOVERY, (Act.STEP_D1, Act.STEP_D2), SERVER, checks, elsewhere)

    def _registration(self, one: Exchange, went_on: bool) -> None:
        """Steps C1 and C2."""
        checks = _checked(connection.REGISTRATION_CHECKS, connection.RegistrationFacts(one.answer), went_on)
        self._pair(one, REGISTRATION, (Act.STEP_C1, Act.STEP_C2), SERVER, checks)

    # ---- The login

    def _request(self, one: Exchange, went_on: bool) -> None:
        """Step 3, and where the server sends the browser back at once, step 6 as well."""
        self._asked = one.request.form if one.request.method == "POST" else one.request.query
        self._answered = False
        back = query_of(one.answer.location)
        failed = single(back, "error") is not None or (one.answer.status >= 400 and not went_on)
        outcome = Outcome.ERROR_PAGE if failed else Outcome.OK
        asked, answer = Sent(BROWSER, SERVER, one.request), Sent(SERVER, BROWSER, one.answer)
        self._event(one, VICTIM, Act.STEP_3, SERVER, (asked, answer), outcome, State.REQUESTED)
        if single(back, "code"):
            self._answer(one, one.answer.location, went_on)

    def _answer(self, one: Exchange, url: str, went_on: bool) -> None:
        """Step 6: the answer as it comes to the app, which checks it. The redirect and the request it leads to are one."""
        if self._answered:
            return
        self._answered = True
        params = query_of(url)
        sent = single(self._asked, "redirect_uri")
        issuer = self._server.get("issuer")
        checks: list[CheckResult] = []
        if sent is not None:
            login = _login(self._asked, sent, issuer if isinstance(issuer, str) else "")
            sends = self._server.get("authorization_response_iss_parameter_supported") is True
            off = frozenset() if issuer else frozenset({"callback.issuer_same"})
            facts = callback.CallbackFacts(params, without_query(url), login, sends)
            checks = _checked(callback.CHECKS, facts, went_on, off)
        if single(params, "error") and _outcome(checks) is Outcome.OK:
            # Not every file has the redirect in it that brought the browser here.
            led = one.answer if one.answer.location == url else response(303, headers={"Location": url})
            self._event(one, VICTIM, Act.STEP_5, SERVER, (Sent(SERVER, BROWSER, led),), Outcome.DENIED, State.START)
            return
        came = Sent(BROWSER, CLIENT, Opening(url=url))
        self._event(one, VICTIM, Act.STEP_7, CLIENT, (came,), _outcome(checks), State.CODE_IN_BROWSER, checks)

    def _code(self, one: Exchange, went_on: bool, good_later: bool) -> None:
        """Steps 7 to 9."""
        good = one.answer.status == 200
        asked, answer = Sent(CLIENT, SERVER, one.request), Sent(SERVER, CLIENT, one.answer)
        outcome = Outcome.OK if good else Outcome.AGAIN if good_later else Outcome.ERROR
        self._event(one, VICTIM, Act.STEP_7, CLIENT, (asked,), Outcome.OK, State.CODE_SENT)
        if not good:
            self._event(one, VICTIM, Act.STEP_8, SERVER, (answer,), outcome, State.CODE_REFUSED)
            return
        self._has_token = True
        client_id = single(one.request.form, "client_id") or (basic(one.request) or ("", ""))[0]
        facts = token_response.TokenResponseFacts(
            body=one.answer.json(),
            id_token=None,
            token=None,
            transaction=_login(self._asked, single(self._asked, "redirect_uri") or "", ""),
            client_id=client_id,
            jwks={},
            now=one.now,
            token_type="DPoP" if one.request.header("dpop") else "Bearer",
        )
        checks = _checked(token_response.OF_ACCESS_TOKENS, facts, went_on)
        after = State.TOKENS_REFUSED if any(each.decides for each in checks) else State.TOKENS_HELD
        self._event(one, VICTIM, Act.STEP_9, SERVER, (answer,), _outcome(checks), after, checks)

    def _token(self, one: Exchange, goes_on: bool) -> None:
        """Steps 10 and 11. A refusal after which it works or another login begins, or a refresh, has ended nothing."""
        good = _understood(one.answer)
        asked, answer = Sent(CLIENT, API, one.request), Sent(API, CLIENT, one.answer)
        outcome = Outcome.OK if good else Outcome.AGAIN if goes_on else Outcome.UNAUTHORIZED
        after = State.DONE if good else State.TOKENS_HELD
        self._event(one, VICTIM, Act.STEP_11, API, (asked, answer), outcome, after)

    def _refresh(self, one: Exchange, good_later: bool) -> None:
        """Steps R1 and R2."""
        good = one.answer.status == 200
        outcome = Outcome.OK if good else Outcome.AGAIN if good_later else Outcome.ERROR
        messages = (Sent(CLIENT, SERVER, one.request), Sent(SERVER, CLIENT, one.answer))
        self._event(one, "refresh", Act.STEP_R2, SERVER, messages, outcome, State.TOKENS_HELD)

    # ---- Events

    def _pair(
        self,
        one: Exchange,
        run: str,
        acts: tuple[Act, Act],
        party: str,
        checks: Sequence[CheckResult],
        elsewhere: bool = False,
    ) -> None:
        """A question of the app's and its answer."""
        self._event(one, run, acts[0], CLIENT, (Sent(CLIENT, party, one.request),), Outcome.OK, State.START)
        outcome = Outcome.NOT_THERE if elsewhere else _outcome(checks)
        self._event(one, run, acts[1], party, (Sent(party, CLIENT, one.answer),), outcome, State.START, checks)

    def _event(
        self,
        one: Exchange,
        run: str,
        act: Act,
        sender: str,
        messages: tuple[Sent, ...],
        outcome: Outcome,
        after: State,
        checks: Sequence[CheckResult] = (),
    ) -> None:
        self.events.append(
            Event(
                index=len(self.events) + 1,
                run=run,
                act=act,
                step=act.step,
                sender=sender,
                receiver=messages[-1].receiver,
                before=State.START,
                after=after,
                outcome=outcome,
                messages=messages,
                checks=tuple(checks),
                made=(),
                by_attacker=False,
                now=one.now,
            )
        )


def _checked(
    table: Sequence[Check[Any, Any]], facts: Any, went_on: bool, off: frozenset[str] = frozenset()
) -> list[CheckResult]:
    """What a careful app finds; nothing where it would have stopped, and this one has gone on."""
    context = Context(0, 0, Policy(off=off), VICTIM)
    failed = context.evaluate(table, facts)
    return [] if failed is not None and went_on else context.checks


def _understood(answer: Response) -> bool:
    """True for what an MCP server answers to whom it lets in: a message or a stream of such, or nothing but 202."""
    if answer.status not in _GOOD:
        return False
    return not answer.body or content_type(answer) == "text/event-stream" or mcp_wire.answered(answer) is not None


def _outcome(checks: Sequence[CheckResult]) -> Outcome:
    return Outcome.STOPPED if any(one.decides for one in checks) else Outcome.OK


def _login(asked: Pairs, redirect_uri: str, issuer: str) -> Transaction:
    """What the app has to remember of a login that began with these parameters."""
    return Transaction(
        state=single(asked, "state"),
        nonce=single(asked, "nonce"),
        code_verifier=None,
        redirect_uri=redirect_uri,
        issuer=issuer,
        token_endpoint="",
        scope=single(asked, "scope") or "",
        started=0,
    )
