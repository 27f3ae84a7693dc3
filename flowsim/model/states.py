"""The words of the state machine: the roles a run can play, where it can stand, what can happen and how that ends.

Each word is two things. Its value is an id: programs compare it, files keep it, and it stays as it is. Its `phrase` is
what people read, and may be put better at any time. Which of them follows which is the business of transitions.py.
"""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """An id, and the phrase that is shown to people for it. There is one of each in the program, so neither can be set."""

    def __new__(cls, slug: str, *_: object) -> Self:
        word = str.__new__(cls, slug)
        word._value_ = slug
        return word

    def __init__(self, _: str, phrase: str) -> None:
        self._phrase = phrase

    @property
    def phrase(self) -> str:
        """What people read."""
        return self._phrase

    # As a text is hashed, which it is: `Enum` has a function in Python for it, and the table is asked with every move.
    __hash__ = str.__hash__


class Role(Word):
    """What a run plays."""

    LOGIN = "login", "login"
    THEFT = "theft", "theft"
    REFRESH = "refresh", "refresh"
    CALL = "call", "API call"
    LOGOUT = "logout", "logout"
    PASSWORD = "password", "change of password"
    KEYS = "keys", "change of keys"
    WAIT = "wait", "wait"
    DISCOVERY = "discovery", "discovery"
    APP_LOGOUT = "app_logout", "logout at the app"
    SERVER_LOGOUT = "server_logout", "logout at the server"
    COPY = "copy", "second delivery of a request"
    CONNECTION = "connection", "first contact with an MCP server"
    REGISTRATION = "registration", "registration of the app"
    SESSION = "session", "session with an MCP server"


class State(Word):
    """Where a run stands."""

    START = "start", "not started"
    CLICKED = "clicked", "login wanted"
    PREPARED = "prepared", "request prepared"
    REQUESTED = "requested", "request accepted"
    LOGIN_SHOWN = "login_shown", "login page shown"
    LOGIN_SHOWN_AGAIN = "login_shown_again", "login page shown again"
    APPROVED = "approved", "approved by the user"
    DENIED = "denied", "denied by the user"
    APPROVED_FOR_ANOTHER = "approved_for_another", "approved for another browser"
    REQUEST_REFUSED = "request_refused", "request refused"
    CODE_IN_BROWSER = "code_in_browser", "code in the browser"
    ERROR_IN_BROWSER = "error_in_browser", "error in the browser"
    PASSWORD_GIVEN = "password_given", "login typed into a copy"
    PAGE_LEFT = "page_left", "page left by the user"
    CODE_SENT = "code_sent", "code sent"
    CODE_ACCEPTED = "code_accepted", "code accepted"
    CODE_REFUSED = "code_refused", "code refused"
    TOKENS_HELD = "tokens_held", "tokens held"
    API_ASKED = "api_asked", "API asked"
    DONE = "done", "data received"
    PREPARATION_STOPPED = "preparation_stopped", "stopped by the app before the request"
    ERROR_PAGE = "error_page", "error page shown"
    FRAME_EMPTY = "frame_empty", "page not shown in the frame"
    LOGIN_FAILED = "login_failed", "login failed"
    CODE_TAKEN = "code_taken", "code taken by another"
    REDIRECT_REFUSED = "redirect_refused", "redirect refused by the app"
    AUTHORIZATION_FAILED = "authorization_failed", "error received by the app"
    SENDING_STOPPED = "sending_stopped", "code kept back by the app"
    TOKEN_REQUEST_FAILED = "token_request_failed", "token request failed"
    SESSION_OVER = "session_over", "session over before the call"
    TOKENS_REFUSED = "tokens_refused", "tokens refused by the app"
    REQUEST_NOT_SENT = "request_not_sent", "request not sent by the browser"
    ANSWER_HIDDEN = "answer_hidden", "answer hidden by the browser"
    WINDOW_BLOCKED = "window_blocked", "window not opened by the browser"
    ANSWER_UNDELIVERED = "answer_undelivered", "answer not delivered to the app"
    API_BAD_REQUEST = "api_bad_request", "API answered 400"
    API_UNAUTHORIZED = "api_unauthorized", "API answered 401"
    API_FORBIDDEN = "api_forbidden", "API answered 403"
    REFRESH_SENT = "refresh_sent", "refresh token sent"
    REFRESH_ACCEPTED = "refresh_accepted", "refresh token accepted"
    REFRESH_REFUSED = "refresh_refused", "refresh token refused"
    REFRESH_FAILED = "refresh_failed", "refresh failed"
    REVOCATION_SENT = "revocation_sent", "revocation sent"
    REVOKED = "revoked", "revocation answered"
    REVOCATION_FAILED = "revocation_failed", "revocation refused"
    PASSWORD_CHANGED = "password_changed", "password changed"
    KEYS_CHANGED = "keys_changed", "signing key changed"
    TIME_PASSED = "time_passed", "time has passed"
    METADATA_ASKED = "metadata_asked", "metadata asked for"
    METADATA_KNOWN = "metadata_known", "metadata known"
    METADATA_REFUSED = "metadata_refused", "metadata refused by the app"
    APP_SESSION_ENDED = "app_session_ended", "session of the app ended"
    LOGOUT_PREPARED = "logout_prepared", "logout request prepared"
    LOGOUT_QUESTION = "logout_question", "asked whether to log out"
    LOGOUT_DONE = "logout_done", "logged out at the server"
    SIGNED_OUT_PAGE = "signed_out_page", "logged out, page of the server shown"
    LOGGED_OUT = "logged_out", "logged out, back at the app"
    LOGOUT_REFUSED = "logout_refused", "logout request refused"
    LOGOUT_ANSWER_REFUSED = "logout_answer_refused", "answer to the logout refused by the app"
    UNANSWERED = "unanswered", "no answer from the server"
    API_UNANSWERED = "api_unanswered", "no answer from the API"
    TIMED_OUT = "timed_out", "given up without an answer"
    REFRESH_JOINED = "refresh_joined", "waits for another refresh"
    COPY_SENT = "copy_sent", "request delivered a second time"
    COPY_ANSWERED = "copy_answered", "answered, and nobody listens"
    COPY_REFUSED = "copy_refused", "refused, and nobody listens"
    CALLED_WITHOUT_TOKEN = "called_without_token", "called without a token"
    TOKEN_DEMANDED = "token_demanded", "token demanded"
    CONNECTION_STOPPED = "connection_stopped", "connection given up by the app"
    RESOURCE_ASKED = "resource_asked", "metadata of the API asked for"
    RESOURCE_KNOWN = "resource_known", "metadata of the API known"
    RESOURCE_REFUSED = "resource_refused", "metadata of the API refused by the app"
    REGISTRATION_SENT = "registration_sent", "registration asked for"
    REGISTERED = "registered", "app registered"
    REGISTRATION_REFUSED = "registration_refused", "app not registered"
    MESSAGE_SENT = "message_sent", "message sent to the MCP server"
    SESSION_OPEN = "session_open", "tools known"
    SESSION_REFUSED = "session_refused", "message refused by the MCP server"
    SENT_ON = "sent_on", "sent on to the server behind"
    UPSTREAM_SHOWN = "upstream_shown", "page of the server behind shown"
    UPSTREAM_ANSWERED = "upstream_answered", "answer of the server behind on its way"
    TOOL_CALLED = "tool_called", "tool called"
    BEHIND_ASKED = "behind_asked", "API behind asked"
    TOOL_ANSWERED = "tool_answered", "answer of the tool on its way"
    TOOL_FAILED = "tool_failed", "tool failed"


class Act(Word):
    """What can happen: the numbered steps, and what is done between them."""

    def __init__(self, slug: str, phrase: str, step: int = 0) -> None:
        super().__init__(slug, phrase)
        self._step = step

    @property
    def step(self) -> int:
        """The number of the step; 0 for an act that is no step."""
        return self._step

    STEP_1 = "step_1", "step 1", 1
    STEP_2 = "step_2", "step 2", 2
    STEP_3 = "step_3", "step 3", 3
    STEP_4 = "step_4", "step 4", 4
    STEP_5 = "step_5", "step 5", 5
    STEP_6 = "step_6", "step 6", 6
    STEP_7 = "step_7", "step 7", 7
    STEP_8 = "step_8", "step 8", 8
    STEP_9 = "step_9", "step 9", 9
    STEP_10 = "step_10", "step 10", 10
    STEP_11 = "step_11", "step 11", 11
    STEP_R1 = "step_12", "step 12", 12
    STEP_R2 = "step_13", "step 13", 13
    STEP_R3 = "step_14", "step 14", 14
    STEP_V1 = "step_15", "step 15", 15
    STEP_V2 = "step_16", "step 16", 16
    STEP_D1 = "step_17", "step 17", 17
    STEP_D2 = "step_18", "step 18", 18
    STEP_L1 = "step_19", "step 19", 19
    STEP_L2 = "step_20", "step 20", 20
    STEP_L3 = "step_21", "step 21", 21
    STEP_L4 = "step_22", "step 22", 22
    STEP_M1 = "step_23", "step 23", 23
    STEP_M2 = "step_24", "step 24", 24
    STEP_M3 = "step_25", "step 25", 25
    STEP_M4 = "step_26", "step 26", 26
    STEP_C1 = "step_27", "step 27", 27
    STEP_C2 = "step_28", "step 28", 28
    STEP_T1 = "step_29", "step 29", 29
    STEP_T2 = "step_30", "step 30", 30
    STEP_U1 = "step_31", "step 31", 31
    STEP_U2 = "step_32", "step 32", 32
    STEP_U3 = "step_33", "step 33", 33
    STEP_B1 = "step_34", "step 34", 34
    STEP_B2 = "step_35", "step 35", 35
    WAIT = "wait", "let time pass"
    EXCHANGE = "exchange", "another request and its answer"
    RUN_ACTION = "run_action", "run an action of the server"
    CHANGE_PASSWORD = "change_password", "change the password"
    ROTATE_KEYS = "rotate_keys", "change the signing key"
    LOOK_UP = "look_up", "look the code or the refresh token up"
    LOSE_REQUEST = "lose_request", "lose the request on the way"
    LOSE_ANSWER = "lose_answer", "lose the answer on the way"
    DUPLICATE = "duplicate", "deliver the request twice"
    ANSWER_COPY = "answer_copy", "answer the second delivery"
    RETRY = "retry", "send the request once more"
    TIME_OUT = "time_out", "give up waiting"
    GO_WITHOUT = "go_without", "go without the data"
    RENEW_SILENTLY = "renew_silently", "ask the server once more in a frame of the app's page"
    OPEN_AHEAD = "open_ahead", "open the address of the redirect ahead of the user"
    LOAD_AGAIN = "load_again", "load the address of the redirect once more"
    READ_STORAGE = "read_storage", "read the app's storage"
    READ_APP = "read_app", "read the app's files"
    READ_API_REQUEST = "read_api_request", "read the request to the API"
    READ_REQUEST = "read_request", "read the authorization request"
    READ_RESPONSE = "read_response", "read the authorization response"
    TAKE_RESPONSE = "take_response", "take the authorization response"
    SEND_CODE = "send_code", "send a stolen code"
    INJECT_CODE = "inject_code", "put the stolen code into one's own redirect"
    STRIP_CHALLENGE = "strip_challenge", "take the code_challenge out of the request"
    WRITE_REQUEST = "write_request", "put another request in place of the one on its way"
    OPEN_ADDRESS = "open_address", "open an address in one's own browser"
    KEEP_RESPONSE = "keep_response", "keep one's own redirect"
    PLANT_RESPONSE = "plant_response", "have the victim's browser open the kept redirect"
    INSTALL_APP = "install_app", "install an app that claims the app's address"
    PUSH_REQUEST = "push_request", "push a request of one's own"
    OPEN_REQUEST = "open_request", "have the victim's browser open a request"
    FRAME_REQUEST = "frame_request", "have the victim's browser open a request in a hidden frame"
    OPEN_WINDOW = "open_window", "open a request in a window from the app's page"
    READ_WINDOW = "read_window", "see where one's own window has come to"
    MISDIRECT = "misdirect", "send the victim's browser on to the other server"
    GET_RESPONSE = "get_response", "receive a redirect to one's own address"
    GET_TOKEN_REQUEST = "get_token_request", "receive the app's token request"
    ANSWER_METADATA = "answer_metadata", "answer with metadata of one's own"
    WIRETAP = "wiretap", "read what goes over the network without TLS"
    REPLACE_REQUEST = "replace_request", "answer without TLS in the app's place"
    CHOOSE_SERVER = "choose_server", "choose one's own server at the app"
    CLAIM_ENDPOINT = "claim_endpoint", "answer with metadata that name another server's token endpoint"
    OPEN_LINK = "open_link", "have the victim's browser open the link of one's own login at the app"
    OPEN_LOGIN_PAGE = "open_login_page", "have the victim's browser open the page of one's own login at the server"
    NAME_PROGRAM = "name_program", "answer with metadata that have a program for an address"
    NAME_INSIDE = "name_inside", "name an address that leads into the app's own network"
    BORROW_RESOURCE = "borrow_resource", "answer with metadata that name another MCP server"
    SHARE_SERVER = "share_server", "answer with metadata that name the honest authorization server"
    GET_TOOL_MESSAGE = "get_tool_message", "receive the app's message to an MCP server"
    CONSENT_ALONE = "consent_alone", "allow a request of one's own at the proxy"
    OPEN_UPSTREAM = "open_upstream", "have the victim's browser open the address of the server behind"
    SERVE_BEHIND = "serve_behind", "answer as the API behind, and keep the request"
    SHOW_COPY = "show_copy", "show a copy of the login page"
    READ_WEB_VIEW = "read_web_view", "read what the user typed into the web view"


class Outcome(Word):
    """How an act ended."""

    OK = "ok", "ok"
    STOPPED = "stopped", "stopped by the app"
    ERROR_PAGE = "error_page", "error page"
    REDIRECTED_ERROR = "redirected_error", "error to be redirected"
    WRONG_CREDENTIALS = "wrong_credentials", "wrong credentials"
    DENIED = "denied", "denied"
    SILENT = "silent", "approved without asking"
    BLOCKED = "blocked", "not shown"
    ASKED = "asked", "the user is asked first"
    STAYS = "stays", "stays at the server"
    NOT_SENT = "not_sent", "not sent by the browser"
    HIDDEN = "hidden", "hidden by the browser"
    LOST = "lost", "lost on the way"
    JOINED = "joined", "waits for another"
    UNDELIVERED = "undelivered", "not delivered"
    ERROR = "error", "error"
    AGAIN = "again", "sent again with a nonce"
    BAD_REQUEST = "bad_request", "400"
    UNAUTHORIZED = "unauthorized", "401"
    FORBIDDEN = "forbidden", "403"
    NOT_THERE = "not_there", "not there"
    MORE = "more", "more to say"
    ONWARD = "onward", "sent on to the server behind"
    TOOL = "tool", "a tool that asks an API behind"
    TOOL_FAILED = "tool_failed", "tool failed"
