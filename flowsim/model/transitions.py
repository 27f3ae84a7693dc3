"""Where a run can stand and what can happen next: one table, and every rule of the order of things is in it.

Two rules hold this file together. Everything that decides *what may come next* is in the table TRANSITIONS. And the
table does not know *why*: what a message says, which check failed, who holds which secret is the business of the actors.

A run is one trip through the flow. It plays a role. In a LOGIN an honest app takes a user through the eleven
steps. In a THEFT an attacker's own program enters the flow in the middle, at step 7, with a code that is not its own.
What happens later are short runs of their own: a REFRESH of the tokens, another CALL of the API, a LOGOUT, a change of
the PASSWORD, a change of the server's KEYS, a WAIT while time passes. So is the DISCOVERY of a server, before an app
sends anybody there, and the end of a session: an APP_LOGOUT ends that of the app, a SERVER_LOGOUT that of the server as
well. An app that calls the tools of an MCP server makes a CONNECTION to it before a login, perhaps a REGISTRATION of
itself, and a SESSION after it. Such a run begins with its first move.

The table reads TRANSITIONS[role][state][act][outcome] -> next state. An *act* is a step, or something an attacker does.
An *outcome* says how the act ended, as the actors judged it; OK is the way on, every other one is an exit. A state with
an empty row is terminal. A run without a row for an act cannot do it: `follow` raises IllegalMove, and nothing has
changed. The state diagram is drawn from this table, so it cannot differ from what runs.

One message needs care. Step 6 ends in the browser: the redirect with the code is in the browser's hands and not yet
delivered. Delivery opens step 7, and that is the moment an attacker can take the code.
"""

from dataclasses import dataclass

from flowsim.model.on_the_way import API_WAITED_FOR, ASKED_API, COPIES, Row, asked, looked_up, unheard, waited_for
from flowsim.model.own_line import ToldInOneSentence
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.protocol.messages import Opening, Request
from flowsim.protocol.records import quickly_made

Written = Request | Opening  # a message that an attacker writes

_API_ANSWERS: Row = {
    Act.STEP_11: {
        Outcome.OK: State.DONE,
        Outcome.BAD_REQUEST: State.API_BAD_REQUEST,
        Outcome.UNAUTHORIZED: State.API_UNAUTHORIZED,
        Outcome.FORBIDDEN: State.API_FORBIDDEN,
    },
}
# What an app hears: it may be told to send its request again, with a nonce in the proof (RFC 9449 section 9).
_APP_HEARS: Row = {Act.STEP_11: {**_API_ANSWERS[Act.STEP_11], Outcome.AGAIN: State.API_ASKED}}
# What an app in a browser can meet besides (RFC 10017 section 6.3.3.4).
_API_CALLS: Row = {
    Act.STEP_10: {
        Outcome.OK: State.API_ASKED,
        Outcome.TOOL: State.TOOL_CALLED,
        Outcome.NOT_SENT: State.REQUEST_NOT_SENT,
    }
}
_APP_GETS_DATA: Row = {Act.STEP_11: {**_APP_HEARS[Act.STEP_11], Outcome.HIDDEN: State.ANSWER_HIDDEN}}
_BROWSER_ENDS: dict[State, Row] = {State.REQUEST_NOT_SENT: {}, State.ANSWER_HIDDEN: {}}
_API_ENDS: dict[State, Row] = {
    State.DONE: {},
    State.API_BAD_REQUEST: {},
    State.API_UNAUTHORIZED: {},
    State.API_FORBIDDEN: {},
}
# The way by the API behind an MCP server, which the MCP server asks before it answers, or does not: it judges first.
_TOOL_ANSWERS: Row = {Act.STEP_11: {**_API_ANSWERS[Act.STEP_11], Outcome.TOOL_FAILED: State.TOOL_FAILED}}
_BY_ATTACKER: Row = {Act.SERVE_BEHIND: {Outcome.OK: State.TOOL_ANSWERED}}
_TOOL_ASKS: dict[State, Row] = {
    State.TOOL_CALLED: {Act.STEP_B1: {Outcome.OK: State.BEHIND_ASKED, Outcome.ERROR: State.TOOL_ANSWERED}},
    State.BEHIND_ASKED: {Act.STEP_B2: {Outcome.OK: State.TOOL_ANSWERED, Outcome.ERROR: State.TOOL_ANSWERED}},
    State.TOOL_ANSWERED: _TOOL_ANSWERS,
    State.TOOL_FAILED: {},
}
# An app may be told to send its request again, with a nonce in the proof.
_APPS_TOOL_ASKS: dict[State, Row] = {
    **_TOOL_ASKS,
    State.TOOL_CALLED: {
        Act.STEP_B1: {**_TOOL_ASKS[State.TOOL_CALLED][Act.STEP_B1], Outcome.AGAIN: State.TOOL_CALLED},
    },
    State.BEHIND_ASKED: {**_TOOL_ASKS[State.BEHIND_ASKED], **_BY_ATTACKER},
}

TRANSITIONS: dict[Role, dict[State, Row]] = {
    Role.LOGIN: {
        State.START: {
            Act.STEP_1: {Outcome.OK: State.CLICKED},
            Act.PLANT_RESPONSE: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.OPEN_ADDRESS: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.OPEN_REQUEST: {Outcome.OK: State.PREPARED},
            Act.FRAME_REQUEST: {Outcome.OK: State.PREPARED},
            Act.OPEN_WINDOW: {Outcome.OK: State.PREPARED},
            Act.OPEN_LINK: {Outcome.OK: State.PREPARED, Outcome.STOPPED: State.PREPARATION_STOPPED},
            Act.OPEN_LOGIN_PAGE: {Outcome.OK: State.REQUESTED},
            Act.OPEN_UPSTREAM: {Outcome.OK: State.SENT_ON},
            Act.RENEW_SILENTLY: {Outcome.OK: State.CLICKED},
            Act.OPEN_AHEAD: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.LOAD_AGAIN: {Outcome.OK: State.CODE_IN_BROWSER, Outcome.ERROR: State.ERROR_IN_BROWSER},
        },
        State.CLICKED: {
            Act.STEP_2: {
                Outcome.OK: State.PREPARED,
                Outcome.STOPPED: State.PREPARATION_STOPPED,
                Outcome.BLOCKED: State.WINDOW_BLOCKED,
                Outcome.NOT_SENT: State.REQUEST_NOT_SENT,
                Outcome.HIDDEN: State.ANSWER_HIDDEN,
            },
            Act.CHOOSE_SERVER: {Outcome.OK: State.CLICKED},
        },
        State.PREPARED: {
            Act.STEP_3: {
                Outcome.OK: State.REQUESTED,
                Outcome.ERROR_PAGE: State.ERROR_PAGE,
                Outcome.REDIRECTED_ERROR: State.REQUEST_REFUSED,
            },
            Act.READ_REQUEST: {Outcome.OK: State.PREPARED},
            Act.WIRETAP: {Outcome.OK: State.PREPARED},
            Act.REPLACE_REQUEST: {Outcome.OK: State.PREPARED},
            Act.STRIP_CHALLENGE: {Outcome.OK: State.PREPARED},
            Act.WRITE_REQUEST: {Outcome.OK: State.PREPARED},
            Act.MISDIRECT: {Outcome.OK: State.PREPARED},
            Act.INJECT_CODE: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.OPEN_ADDRESS: {Outcome.OK: State.CODE_IN_BROWSER},
        },
        State.REQUESTED: {
            Act.STEP_4: {
                Outcome.OK: State.LOGIN_SHOWN,
                Outcome.SILENT: State.APPROVED,
                Outcome.ONWARD: State.SENT_ON,
                Outcome.STAYS: State.APPROVED_FOR_ANOTHER,
                Outcome.REDIRECTED_ERROR: State.REQUEST_REFUSED,
                Outcome.BLOCKED: State.FRAME_EMPTY,
                Outcome.ERROR_PAGE: State.ERROR_PAGE,
            },
            Act.READ_REQUEST: {Outcome.OK: State.REQUESTED},
        },
        State.LOGIN_SHOWN: {
            Act.STEP_5: {
                Outcome.OK: State.APPROVED,
                Outcome.ONWARD: State.SENT_ON,
                Outcome.STAYS: State.APPROVED_FOR_ANOTHER,
                Outcome.DENIED: State.DENIED,
                Outcome.WRONG_CREDENTIALS: State.LOGIN_SHOWN_AGAIN,
                Outcome.ERROR_PAGE: State.ERROR_PAGE,
            },
            Act.READ_REQUEST: {Outcome.OK: State.LOGIN_SHOWN},
        },
        State.LOGIN_SHOWN_AGAIN: {
            Act.STEP_5: {
                Outcome.OK: State.APPROVED,
                Outcome.STAYS: State.APPROVED_FOR_ANOTHER,
                Outcome.DENIED: State.DENIED,
                Outcome.WRONG_CREDENTIALS: State.LOGIN_FAILED,
                Outcome.ERROR_PAGE: State.ERROR_PAGE,
            },
            Act.READ_REQUEST: {Outcome.OK: State.LOGIN_SHOWN_AGAIN},
        },
        State.SENT_ON: {
            Act.STEP_U1: {
                Outcome.OK: State.UPSTREAM_SHOWN,
                Outcome.SILENT: State.UPSTREAM_ANSWERED,
                Outcome.ERROR_PAGE: State.ERROR_PAGE,
            },
        },
        State.UPSTREAM_SHOWN: {
            Act.STEP_U2: {
                Outcome.OK: State.UPSTREAM_ANSWERED,
                Outcome.DENIED: State.UPSTREAM_ANSWERED,
                Outcome.WRONG_CREDENTIALS: State.LOGIN_FAILED,
                Outcome.ERROR_PAGE: State.ERROR_PAGE,
            },
        },
        State.UPSTREAM_ANSWERED: {
            Act.STEP_U3: {
                Outcome.OK: State.APPROVED,
                Outcome.DENIED: State.DENIED,
                Outcome.ERROR_PAGE: State.ERROR_PAGE,
            },
        },
        State.APPROVED: {
            Act.STEP_6: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.RUN_ACTION: {Outcome.OK: State.APPROVED, Outcome.DENIED: State.DENIED},
            Act.READ_REQUEST: {Outcome.OK: State.APPROVED},
            Act.READ_WEB_VIEW: {Outcome.OK: State.APPROVED},
        },
        State.DENIED: {Act.STEP_6: {Outcome.OK: State.ERROR_IN_BROWSER}},
        State.REQUEST_REFUSED: {Act.STEP_6: {Outcome.OK: State.ERROR_IN_BROWSER}},
        State.CODE_IN_BROWSER: {
            Act.STEP_7: {
                Outcome.OK: State.CODE_SENT,
                Outcome.ERROR: State.REDIRECT_REFUSED,
                Outcome.STOPPED: State.SENDING_STOPPED,
                Outcome.NOT_SENT: State.REQUEST_NOT_SENT,
                Outcome.UNDELIVERED: State.ANSWER_UNDELIVERED,
            },
            Act.READ_REQUEST: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.READ_RESPONSE: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.WIRETAP: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.TAKE_RESPONSE: {Outcome.OK: State.CODE_TAKEN},
            Act.INJECT_CODE: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.OPEN_ADDRESS: {Outcome.OK: State.CODE_IN_BROWSER},
            Act.KEEP_RESPONSE: {Outcome.OK: State.CODE_TAKEN},
            Act.GET_RESPONSE: {Outcome.OK: State.CODE_TAKEN},
            Act.READ_WINDOW: {Outcome.OK: State.CODE_IN_BROWSER},
        },
        State.ERROR_IN_BROWSER: {
            Act.STEP_7: {
                Outcome.OK: State.AUTHORIZATION_FAILED,
                Outcome.ERROR: State.REDIRECT_REFUSED,
                Outcome.UNDELIVERED: State.ANSWER_UNDELIVERED,
            },
            Act.SHOW_COPY: {Outcome.OK: State.PASSWORD_GIVEN, Outcome.DENIED: State.PAGE_LEFT},
        },
        State.CODE_SENT: {
            Act.STEP_8: {
                Outcome.OK: State.CODE_ACCEPTED,
                Outcome.ERROR: State.CODE_REFUSED,
                Outcome.AGAIN: State.CODE_SENT,
            },
            Act.GET_TOKEN_REQUEST: {Outcome.OK: State.CODE_TAKEN},
            **looked_up(State.CODE_SENT),
            **asked(State.CODE_SENT),
        },
        State.CODE_ACCEPTED: {
            Act.STEP_9: {
                Outcome.OK: State.TOKENS_HELD,
                Outcome.STOPPED: State.TOKENS_REFUSED,
                Outcome.HIDDEN: State.ANSWER_HIDDEN,
            },
            **unheard(),
        },
        State.CODE_REFUSED: {
            Act.STEP_9: {Outcome.ERROR: State.TOKEN_REQUEST_FAILED, Outcome.HIDDEN: State.ANSWER_HIDDEN},
            **unheard(),
        },
        **waited_for(State.CODE_SENT),
        State.TOKENS_HELD: {**_API_CALLS, Act.GO_WITHOUT: {Outcome.STOPPED: State.SESSION_OVER}},
        State.SESSION_OVER: {},
        State.API_ASKED: {
            **_APP_GETS_DATA,
            **ASKED_API,
            Act.READ_API_REQUEST: {Outcome.OK: State.API_ASKED},
            Act.WIRETAP: {Outcome.OK: State.API_ASKED},
        },
        **API_WAITED_FOR,
        **_APPS_TOOL_ASKS,
        State.TOOL_CALLED: {
            **_APPS_TOOL_ASKS[State.TOOL_CALLED],
            Act.READ_API_REQUEST: {Outcome.OK: State.TOOL_CALLED},
        },
        State.PREPARATION_STOPPED: {},
        State.WINDOW_BLOCKED: {},
        State.ERROR_PAGE: {},
        State.APPROVED_FOR_ANOTHER: {},
        State.FRAME_EMPTY: {},
        State.LOGIN_FAILED: {},
        State.CODE_TAKEN: {},
        State.PASSWORD_GIVEN: {},
        State.PAGE_LEFT: {},
        State.REDIRECT_REFUSED: {},
        State.AUTHORIZATION_FAILED: {},
        State.SENDING_STOPPED: {},
        State.ANSWER_UNDELIVERED: {},
        State.TOKEN_REQUEST_FAILED: {},
        State.TOKENS_REFUSED: {},
        **_BROWSER_ENDS,
        **_API_ENDS,
    },
    Role.THEFT: {
        State.START: {
            Act.READ_APP: {Outcome.OK: State.START},
            Act.INSTALL_APP: {Outcome.OK: State.START},
            Act.PUSH_REQUEST: {Outcome.OK: State.START, Outcome.ERROR: State.START},
            Act.CONSENT_ALONE: {Outcome.OK: State.START, Outcome.ERROR: State.START},
            Act.READ_STORAGE: {Outcome.OK: State.START},
            Act.SEND_CODE: {Outcome.OK: State.CODE_SENT},
        },
        State.CODE_SENT: {
            Act.STEP_8: {Outcome.OK: State.CODE_ACCEPTED, Outcome.ERROR: State.CODE_REFUSED},
            **looked_up(State.CODE_SENT),
        },
        State.CODE_ACCEPTED: {Act.STEP_9: {Outcome.OK: State.TOKENS_HELD}},
        State.CODE_REFUSED: {Act.STEP_9: {Outcome.ERROR: State.TOKEN_REQUEST_FAILED}},
        State.TOKENS_HELD: {Act.STEP_10: {Outcome.OK: State.API_ASKED, Outcome.TOOL: State.TOOL_CALLED}},
        State.API_ASKED: _API_ANSWERS,
        **_TOOL_ASKS,
        State.TOKEN_REQUEST_FAILED: {},
        **_API_ENDS,
    },
    Role.REFRESH: {
        State.START: {
            Act.STEP_R1: {
                Outcome.OK: State.REFRESH_SENT,
                Outcome.NOT_SENT: State.REQUEST_NOT_SENT,
                Outcome.JOINED: State.REFRESH_JOINED,
            },
        },
        State.REFRESH_SENT: {
            Act.STEP_R2: {
                Outcome.OK: State.REFRESH_ACCEPTED,
                Outcome.ERROR: State.REFRESH_REFUSED,
                Outcome.AGAIN: State.REFRESH_SENT,
            },
            **looked_up(State.REFRESH_SENT),
            **asked(State.REFRESH_SENT),
        },
        State.REFRESH_ACCEPTED: {
            Act.STEP_R3: {
                Outcome.OK: State.TOKENS_HELD,
                Outcome.STOPPED: State.TOKENS_REFUSED,
                Outcome.HIDDEN: State.ANSWER_HIDDEN,
            },
            **unheard(),
        },
        State.REFRESH_REFUSED: {
            Act.STEP_R3: {Outcome.ERROR: State.REFRESH_FAILED, Outcome.HIDDEN: State.ANSWER_HIDDEN},
            **unheard(),
        },
        **waited_for(State.REFRESH_SENT),
        State.TOKENS_HELD: {},
        State.TOKENS_REFUSED: {},
        State.REFRESH_FAILED: {},
        State.REFRESH_JOINED: {},
        **_BROWSER_ENDS,
    },
    Role.CALL: {
        State.START: _API_CALLS,
        State.API_ASKED: {**_APP_GETS_DATA, **ASKED_API},
        **API_WAITED_FOR,
        **_APPS_TOOL_ASKS,
        **_BROWSER_ENDS,
        **_API_ENDS,
    },
    Role.LOGOUT: {
        State.START: {Act.STEP_V1: {Outcome.OK: State.REVOCATION_SENT, Outcome.NOT_SENT: State.REQUEST_NOT_SENT}},
        State.REVOCATION_SENT: {
            Act.STEP_V2: {
                Outcome.OK: State.REVOKED,
                Outcome.ERROR: State.REVOCATION_FAILED,
                Outcome.HIDDEN: State.ANSWER_HIDDEN,
            },
            **asked(State.REVOCATION_SENT),
            **unheard(),
        },
        **waited_for(State.REVOCATION_SENT),
        State.REVOKED: {},
        State.REVOCATION_FAILED: {},
        **_BROWSER_ENDS,
    },
    Role.PASSWORD: {
        State.START: {Act.CHANGE_PASSWORD: {Outcome.OK: State.PASSWORD_CHANGED}},
        State.PASSWORD_CHANGED: {},
    },
    Role.KEYS: {
        State.START: {Act.ROTATE_KEYS: {Outcome.OK: State.KEYS_CHANGED}},
        State.KEYS_CHANGED: {},
    },
    Role.WAIT: {
        State.START: {Act.WAIT: {Outcome.OK: State.TIME_PASSED}},
        State.TIME_PASSED: {},
    },
    Role.DISCOVERY: {
        State.START: {Act.STEP_D1: {Outcome.OK: State.METADATA_ASKED}},
        State.METADATA_ASKED: {
            Act.STEP_D2: {
                Outcome.OK: State.METADATA_KNOWN,
                Outcome.STOPPED: State.METADATA_REFUSED,
                Outcome.HIDDEN: State.ANSWER_HIDDEN,
                Outcome.NOT_THERE: State.START,
            },
            Act.ANSWER_METADATA: {Outcome.OK: State.METADATA_ASKED},
            Act.CLAIM_ENDPOINT: {Outcome.OK: State.METADATA_ASKED},
            Act.NAME_PROGRAM: {Outcome.OK: State.METADATA_ASKED},
        },
        State.METADATA_KNOWN: {},
        State.METADATA_REFUSED: {},
        State.ANSWER_HIDDEN: {},
    },
    Role.APP_LOGOUT: {
        State.START: {Act.STEP_L1: {Outcome.OK: State.APP_SESSION_ENDED}},
        State.APP_SESSION_ENDED: {},
    },
    Role.SERVER_LOGOUT: {
        State.START: {Act.STEP_L1: {Outcome.OK: State.LOGOUT_PREPARED}},
        State.LOGOUT_PREPARED: {
            Act.STEP_L2: {
                Outcome.OK: State.LOGOUT_DONE,
                Outcome.ASKED: State.LOGOUT_QUESTION,
                Outcome.STAYS: State.SIGNED_OUT_PAGE,
                Outcome.ERROR_PAGE: State.LOGOUT_REFUSED,
            },
        },
        State.LOGOUT_QUESTION: {
            Act.STEP_L3: {
                Outcome.OK: State.LOGOUT_DONE,
                Outcome.STAYS: State.SIGNED_OUT_PAGE,
                Outcome.ERROR_PAGE: State.LOGOUT_REFUSED,
            },
        },
        State.LOGOUT_DONE: {
            Act.STEP_L4: {Outcome.OK: State.LOGGED_OUT, Outcome.STOPPED: State.LOGOUT_ANSWER_REFUSED},
        },
        State.LOGGED_OUT: {},
        State.SIGNED_OUT_PAGE: {},
        State.LOGOUT_REFUSED: {},
        State.LOGOUT_ANSWER_REFUSED: {},
    },
    Role.COPY: COPIES,
    Role.CONNECTION: {
        State.START: {Act.STEP_M1: {Outcome.OK: State.CALLED_WITHOUT_TOKEN}},
        State.CALLED_WITHOUT_TOKEN: {
            Act.STEP_M2: {Outcome.OK: State.TOKEN_DEMANDED, Outcome.STOPPED: State.CONNECTION_STOPPED},
            Act.NAME_INSIDE: {Outcome.OK: State.CALLED_WITHOUT_TOKEN},
        },
        State.TOKEN_DEMANDED: {
            Act.STEP_M3: {Outcome.OK: State.RESOURCE_ASKED, Outcome.STOPPED: State.CONNECTION_STOPPED},
        },
        State.RESOURCE_ASKED: {
            Act.STEP_M4: {
                Outcome.OK: State.RESOURCE_KNOWN,
                Outcome.NOT_THERE: State.TOKEN_DEMANDED,
                Outcome.STOPPED: State.RESOURCE_REFUSED,
            },
            Act.BORROW_RESOURCE: {Outcome.OK: State.RESOURCE_ASKED},
            Act.SHARE_SERVER: {Outcome.OK: State.RESOURCE_ASKED},
        },
        State.RESOURCE_KNOWN: {},
        State.CONNECTION_STOPPED: {},
        State.RESOURCE_REFUSED: {},
    },
    Role.REGISTRATION: {
        State.START: {Act.STEP_C1: {Outcome.OK: State.REGISTRATION_SENT}},
        State.REGISTRATION_SENT: {
            Act.STEP_C2: {Outcome.OK: State.REGISTERED, Outcome.STOPPED: State.REGISTRATION_REFUSED},
        },
        State.REGISTERED: {},
        State.REGISTRATION_REFUSED: {},
    },
    Role.SESSION: {
        State.START: {Act.STEP_T1: {Outcome.OK: State.MESSAGE_SENT}},
        State.MESSAGE_SENT: {
            Act.STEP_T2: {
                Outcome.OK: State.SESSION_OPEN,
                Outcome.MORE: State.START,
                Outcome.ERROR: State.SESSION_REFUSED,
                Outcome.AGAIN: State.MESSAGE_SENT,
            },
            Act.GET_TOOL_MESSAGE: {Outcome.OK: State.SESSION_REFUSED},
        },
        State.SESSION_OPEN: {},
        State.SESSION_REFUSED: {},
    },
}


@quickly_made
@dataclass(frozen=True, slots=True)
class Move:
    """Something that can happen next: which run, what it does, and the message where the attacker wrote one.

    `Move("victim", Act.STEP_7)` is the step of an honest app. A move with a `role` opens its run: the attacker's own where
    `by_attacker` says so, else one of the user's app. A WAIT lets `seconds` pass.
    """

    run: str
    act: Act
    message: Written | None = None
    role: Role | None = None
    by_attacker: bool = False
    seconds: int = 0


class IllegalMove(ToldInOneSentence, RuntimeError):
    """A move that the table does not have in this state, or that lacks something it needs. Nothing has changed."""

    def __init__(self, move: Move, role: Role | None, state: State | None, lacking: str = "") -> None:
        self.move, self.state = move, state
        if role is None or state is None:
            super().__init__(f"there is no run {move.run!r}, so it cannot do {move.act.phrase!r}")
            return
        if lacking:
            super().__init__(f"run {move.run!r} in state {state.phrase!r} cannot do {move.act.phrase!r}: {lacking}")
            return
        legal = ", ".join(act.phrase for act in TRANSITIONS[role].get(state, {})) or "nothing: the run has ended"
        super().__init__(
            f"run {move.run!r} is in state {state.phrase!r} and cannot do {move.act.phrase!r}; what it can do: {legal}"
        )


def acts(role: Role, state: State) -> tuple[Act, ...]:
    """Everything that can happen in this state, the honest step first."""
    return tuple(TRANSITIONS[role].get(state, {}))


def honest_act(role: Role, state: State) -> Act | None:
    """The one numbered step that comes next; None where the run has ended or waits for an attacker's act."""
    return _HONEST_ACTS[role].get(state)


def is_terminal(role: Role, state: State) -> bool:
    return not TRANSITIONS[role].get(state)


def follow(role: Role, state: State, act: Act, outcome: Outcome) -> State:
    """The state after this act ended with this outcome. KeyError would mean that an actor and the table disagree."""
    return TRANSITIONS[role][state][act][outcome]


_HONEST_ACTS: dict[Role, dict[State, Act | None]] = {
    role: {state: next((act for act in row if act.step), None) for state, row in table.items()}
    for role, table in TRANSITIONS.items()
}
