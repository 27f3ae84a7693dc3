"""The words of the state machine: the roles a run can play, where it can stand, what can happen and how that ends.

Each value is the phrase that is shown to people. Which of them follows which is the business of transitions.py.
"""

from enum import StrEnum


class Role(StrEnum):
    __hash__ = str.__hash__  # the enum's own one is Python code, and the table is looked into all the time

    LOGIN = "login"
    THEFT = "theft"
    REFRESH = "refresh"
    CALL = "API call"
    LOGOUT = "logout"
    PASSWORD = "change of password"
    KEYS = "change of keys"
    WAIT = "wait"


class State(StrEnum):
    """Where a run stands; the value is the phrase shown to people."""

    __hash__ = str.__hash__

    START = "not started"
    CLICKED = "login wanted"
    PREPARED = "request prepared"
    REQUESTED = "request accepted"
    LOGIN_SHOWN = "login page shown"
    LOGIN_SHOWN_AGAIN = "login page shown again"
    APPROVED = "approved by the user"
    DENIED = "denied by the user"
    REQUEST_REFUSED = "request refused"
    CODE_IN_BROWSER = "code in the browser"
    ERROR_IN_BROWSER = "error in the browser"
    CODE_SENT = "code sent"
    CODE_ACCEPTED = "code accepted"
    CODE_REFUSED = "code refused"
    TOKENS_HELD = "tokens held"
    API_ASKED = "API asked"
    DONE = "data received"
    PREPARATION_STOPPED = "stopped by the app before the request"
    ERROR_PAGE = "error page shown"
    FRAME_EMPTY = "page not shown in the frame"
    LOGIN_FAILED = "login failed"
    CODE_TAKEN = "code taken by another"
    REDIRECT_REFUSED = "redirect refused by the app"
    AUTHORIZATION_FAILED = "error received by the app"
    SENDING_STOPPED = "code kept back by the app"
    TOKEN_REQUEST_FAILED = "token request failed"
    TOKENS_REFUSED = "tokens refused by the app"
    API_BAD_REQUEST = "API answered 400"
    API_UNAUTHORIZED = "API answered 401"
    API_FORBIDDEN = "API answered 403"
    REFRESH_SENT = "refresh token sent"
    REFRESH_ACCEPTED = "refresh token accepted"
    REFRESH_REFUSED = "refresh token refused"
    REFRESH_FAILED = "refresh failed"
    REVOCATION_SENT = "revocation sent"
    REVOKED = "revocation answered"
    REVOCATION_FAILED = "revocation refused"
    PASSWORD_CHANGED = "password changed"
    KEYS_CHANGED = "signing key changed"
    TIME_PASSED = "time has passed"


class Act(StrEnum):
    """What can happen: the eleven steps, and what an attacker does between them. `step` is 0 for an attacker's act."""

    __hash__ = str.__hash__

    STEP_1 = "step 1"
    STEP_2 = "step 2"
    STEP_3 = "step 3"
    STEP_4 = "step 4"
    STEP_5 = "step 5"
    STEP_6 = "step 6"
    STEP_7 = "step 7"
    STEP_8 = "step 8"
    STEP_9 = "step 9"
    STEP_10 = "step 10"
    STEP_11 = "step 11"
    STEP_R1 = "step 12"
    STEP_R2 = "step 13"
    STEP_R3 = "step 14"
    STEP_V1 = "step 15"
    STEP_V2 = "step 16"
    WAIT = "let time pass"
    RUN_ACTION = "run an action of the server"
    CHANGE_PASSWORD = "change the password"
    ROTATE_KEYS = "change the signing key"
    READ_STORAGE = "read the app's storage"
    READ_APP = "read the app's files"
    READ_API_REQUEST = "read the request to the API"
    READ_REQUEST = "read the authorization request"
    READ_RESPONSE = "read the authorization response"
    TAKE_RESPONSE = "take the authorization response"
    SEND_CODE = "send a stolen code"
    INJECT_CODE = "put the stolen code into one's own redirect"
    STRIP_CHALLENGE = "take the code_challenge out of the request"
    KEEP_RESPONSE = "keep one's own redirect"
    PLANT_RESPONSE = "have the victim's browser open the kept redirect"
    INSTALL_APP = "install an app that claims the app's address"
    PUSH_REQUEST = "push a request of one's own"
    OPEN_REQUEST = "have the victim's browser open a request"
    FRAME_REQUEST = "have the victim's browser open a request in a hidden frame"
    OPEN_WINDOW = "open a request in a window from the app's page"
    READ_WINDOW = "see where one's own window has come to"
    MISDIRECT = "send the victim's browser on to the other server"
    GET_RESPONSE = "receive a redirect to one's own address"
    GET_TOKEN_REQUEST = "receive the app's token request"
    READ_WEB_VIEW = "read what the user typed into the web view"

    def __init__(self, phrase: str) -> None:
        self.step = int(phrase.removeprefix("step ")) if phrase.startswith("step ") else 0


class Outcome(StrEnum):
    __hash__ = str.__hash__

    OK = "ok"
    STOPPED = "stopped by the app"
    ERROR_PAGE = "error page"
    REDIRECTED_ERROR = "error to be redirected"
    WRONG_CREDENTIALS = "wrong credentials"
    DENIED = "denied"
    SILENT = "approved without asking"
    BLOCKED = "not shown"
    ERROR = "error"
    BAD_REQUEST = "400"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
