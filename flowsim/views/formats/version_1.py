"""Version 1 of the JSON of a trace: what its ids are called today, and how to write a trace of today as it was then.

In version 1 the acts, states and outcomes were the phrases that people read, and five settings had other names. Those
phrases are in such files for ever, so they stand here as they were, whatever the model calls its things since.

What counts in an old file is what happened: every message and secret, every check that passed or failed, every outcome,
state, moment and memory, and the verdict with its accounts. The words of that time do not count, for they have been put
better since: titles, labels, texts, the clauses they name, what a check expected and received, the sentence of the verdict
and its tone. Nor does the order in which one place looked at its checks.

A single-page app was played in version 1 as if its code ran on a server: no page, no `Origin`, no preflight, and nothing
of it in the browser's hands. Such a file can be played again, and every message that is different today is told.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import USER
from flowsim.model.world import ATTACKER_INITIATED, ATTACKER_USER
from flowsim.views.formats import known_in_version_1 as known

Json = dict[str, Any]

ACTS: dict[str, str] = {
    "step 1": Act.STEP_1,
    "step 2": Act.STEP_2,
    "step 3": Act.STEP_3,
    "step 4": Act.STEP_4,
    "step 5": Act.STEP_5,
    "step 6": Act.STEP_6,
    "step 7": Act.STEP_7,
    "step 8": Act.STEP_8,
    "step 9": Act.STEP_9,
    "step 10": Act.STEP_10,
    "step 11": Act.STEP_11,
    "step 12": Act.STEP_R1,
    "step 13": Act.STEP_R2,
    "step 14": Act.STEP_R3,
    "step 15": Act.STEP_V1,
    "step 16": Act.STEP_V2,
    "let time pass": Act.WAIT,
    "run an action of the server": Act.RUN_ACTION,
    "change the password": Act.CHANGE_PASSWORD,
    "change the signing key": Act.ROTATE_KEYS,
    "read the app's storage": Act.READ_STORAGE,
    "read the app's files": Act.READ_APP,
    "read the request to the API": Act.READ_API_REQUEST,
    "read the authorization request": Act.READ_REQUEST,
    "read the authorization response": Act.READ_RESPONSE,
    "take the authorization response": Act.TAKE_RESPONSE,
    "send a stolen code": Act.SEND_CODE,
    "put the stolen code into one's own redirect": Act.INJECT_CODE,
    "take the code_challenge out of the request": Act.STRIP_CHALLENGE,
    "keep one's own redirect": Act.KEEP_RESPONSE,
    "have the victim's browser open the kept redirect": Act.PLANT_RESPONSE,
    "install an app that claims the app's address": Act.INSTALL_APP,
    "push a request of one's own": Act.PUSH_REQUEST,
    "have the victim's browser open a request": Act.OPEN_REQUEST,
    "have the victim's browser open a request in a hidden frame": Act.FRAME_REQUEST,
    "open a request in a window from the app's page": Act.OPEN_WINDOW,
    "see where one's own window has come to": Act.READ_WINDOW,
    "send the victim's browser on to the other server": Act.MISDIRECT,
    "receive a redirect to one's own address": Act.GET_RESPONSE,
    "receive the app's token request": Act.GET_TOKEN_REQUEST,
    "read what the user typed into the web view": Act.READ_WEB_VIEW,
}
STATES: dict[str, str] = {
    "not started": State.START,
    "login wanted": State.CLICKED,
    "request prepared": State.PREPARED,
    "request accepted": State.REQUESTED,
    "login page shown": State.LOGIN_SHOWN,
    "login page shown again": State.LOGIN_SHOWN_AGAIN,
    "approved by the user": State.APPROVED,
    "denied by the user": State.DENIED,
    "request refused": State.REQUEST_REFUSED,
    "code in the browser": State.CODE_IN_BROWSER,
    "error in the browser": State.ERROR_IN_BROWSER,
    "code sent": State.CODE_SENT,
    "code accepted": State.CODE_ACCEPTED,
    "code refused": State.CODE_REFUSED,
    "tokens held": State.TOKENS_HELD,
    "API asked": State.API_ASKED,
    "data received": State.DONE,
    "stopped by the app before the request": State.PREPARATION_STOPPED,
    "error page shown": State.ERROR_PAGE,
    "page not shown in the frame": State.FRAME_EMPTY,
    "login failed": State.LOGIN_FAILED,
    "code taken by another": State.CODE_TAKEN,
    "redirect refused by the app": State.REDIRECT_REFUSED,
    "error received by the app": State.AUTHORIZATION_FAILED,
    "code kept back by the app": State.SENDING_STOPPED,
    "token request failed": State.TOKEN_REQUEST_FAILED,
    "tokens refused by the app": State.TOKENS_REFUSED,
    "API answered 400": State.API_BAD_REQUEST,
    "API answered 401": State.API_UNAUTHORIZED,
    "API answered 403": State.API_FORBIDDEN,
    "refresh token sent": State.REFRESH_SENT,
    "refresh token accepted": State.REFRESH_ACCEPTED,
    "refresh token refused": State.REFRESH_REFUSED,
    "refresh failed": State.REFRESH_FAILED,
    "revocation sent": State.REVOCATION_SENT,
    "revocation answered": State.REVOKED,
    "revocation refused": State.REVOCATION_FAILED,
    "password changed": State.PASSWORD_CHANGED,
    "signing key changed": State.KEYS_CHANGED,
    "time has passed": State.TIME_PASSED,
}
OUTCOMES: dict[str, str] = {
    "ok": Outcome.OK,
    "stopped by the app": Outcome.STOPPED,
    "error page": Outcome.ERROR_PAGE,
    "error to be redirected": Outcome.REDIRECTED_ERROR,
    "wrong credentials": Outcome.WRONG_CREDENTIALS,
    "denied": Outcome.DENIED,
    "approved without asking": Outcome.SILENT,
    "not shown": Outcome.BLOCKED,
    "error": Outcome.ERROR,
    "400": Outcome.BAD_REQUEST,
    "401": Outcome.UNAUTHORIZED,
    "403": Outcome.FORBIDDEN,
}
SETTINGS = {
    "burns_codes": "invalidates_code_on_failure",
    "own_redirects": "redirect_uri_per_server",
    "framing": "allows_framing",
    "shared_state": "state_not_bound_to_browser",
    "remembers": "remembered",
}
# What version 1 gave as the error of a check, where it was no error code of the protocol.
REFUSALS = {
    "stop": "stop",
    "error_page": "error page",
    "login_again": "login again",
    "empty_frame": "",
    "unauthorized": "",
}
# The attacker's own browser, and what its program called itself.
_ACCOUNTS = {"mallory": ATTACKER_USER}
_USER_AGENT_THEN = {"attacker": "thief"}
_WORDS_OF_AN_EVENT = ("title", "label", "text", "clauses")
_WORDS_OF_A_CHECK = ("title", "clause", "expected", "received")
_WORDS_OF_A_VERDICT = ("sentence", "tone", "stopped_by_title")
_PUSHED = "authorize.pushed_where_required"
_NEW_IN_AN_EVENT = ("role",)
_NEW_IN_A_CHECK = ("refusal", "answer")


def for_today(said: Json) -> Json:
    """What a replay takes from a file of version 1, its settings and its moves, under the names of today."""
    events = [event | {"act": ACTS.get(event["act"], event["act"])} for event in said["events"]]
    scenario = {SETTINGS.get(name, name): value for name, value in said["scenario"].items()}
    return said | {"scenario": scenario, "events": events}


def as_then(computed: Json) -> Json:
    """The JSON of version 2 as version 1 wrote it, but for the words that do not count."""
    verdict = computed["verdict"]
    return what_counts(
        computed
        | {
            "version": 1,
            "scenario": {
                _then(SETTINGS, name): value for name, value in computed["scenario"].items() if name in known.SETTINGS
            },
            "events": [_event_then(event) for event in computed["events"]],
            "verdict": verdict
            | {
                "ended": _then(STATES, verdict["ended"]),
                "accounts": {_then(_ACCOUNTS, owner): account for owner, account in verdict["accounts"].items()},
            },
        }
    )


def what_counts(said: Json) -> Json:
    """This JSON without the words that do not count. It may be anything that a file says."""
    counted = dict(said)
    if isinstance(said.get("events"), list):
        counted["events"] = [_event_that_counts(event) for event in said["events"]]
    if "verdict" in said:
        counted["verdict"] = _without(said["verdict"], _WORDS_OF_A_VERDICT)
    return counted


def _event_then(event: Json) -> Json:
    ids = {
        "act": _then(ACTS, event["act"]),
        "before": _then(STATES, event["before"]),
        "after": _then(STATES, event["after"]),
        "outcome": _then(OUTCOMES, event["outcome"]),
        "http": [_message_then(sent) for sent in event["http"]],
        "memory": _memory_then(event["memory"]),
        # That the app shows the data to the user was not told.
        "learned": [one for one in event["learned"] if (one["actor"], one["kind"]) != (USER, "data")],
        # What was taken in a login that the attacker had begun passed for a step.
        "between": event["between"] and (event["act"], event["run"]) != (Act.TAKE_RESPONSE, ATTACKER_INITIATED),
    }
    checks = [
        _without(check, _NEW_IN_A_CHECK) | {"error": REFUSALS.get(check["refusal"], check["error"])}
        for check in event["checks"]
        if check["id"] in known.CHECKS
    ]
    then: Json = _without(event, _NEW_IN_AN_EVENT) | ids | {"checks": _checks_then(checks)}
    return then


def _memory_then(memory: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """What each party remembered, as it was told then: that the server knows a browser was not."""
    kept = {party: _without(facts, known.NEW_IN_MEMORY) for party, facts in memory.items()}
    return {party: facts for party, facts in kept.items() if facts or not memory[party]}


def _checks_then(checks: list[Json]) -> list[Json]:
    """These checks with the two that have changed as they stood then.

    Where no page was forbidden, a prompt was found to allow one. Whether a request had to be pushed was asked first, only
    by a server that takes such requests, and the answer was a page.
    """
    then = [
        check | {"passed": True} if check["id"] == "authorize.prompt_possible" and check["passed"] is None else check
        for check in checks
    ]
    pushed = [check for check in then if check["id"] == _PUSHED]
    others = [check for check in then if check["id"] != _PUSHED]
    if not any(check["id"] == "authorize.request_uri_good" for check in others):
        return others
    page = REFUSALS["error_page"]
    return [*(check | {"passed": check["passed"] is not False, "error": page} for check in pushed), *others]


def _message_then(sent: Json) -> Json:
    if "headers" not in sent:
        return sent
    names = _USER_AGENT_THEN
    headers = [[name, names.get(value, value) if name == "User-Agent" else value] for name, value in sent["headers"]]
    return sent | {"headers": headers}


def _then(table: Mapping[str, str], today: str) -> str:
    """What version 1 called this; what is newer than that had no other name."""
    return next((old for old, new in table.items() if new == today), today)


def _event_that_counts(event: Any) -> Any:
    counted = _without(event, _WORDS_OF_AN_EVENT)
    if isinstance(counted, dict) and isinstance(counted.get("checks"), list):
        counted["checks"] = sorted((_without(check, _WORDS_OF_A_CHECK) for check in counted["checks"]), key=_id_of)
    return counted


def _id_of(check: Any) -> str:
    return str(check.get("id")) if isinstance(check, dict) else ""


def _without(value: Any, names: Iterable[str]) -> Any:
    """A copy of this object without these members; anything else as it is."""
    return {name: one for name, one in value.items() if name not in names} if isinstance(value, dict) else value
