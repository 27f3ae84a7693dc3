"""The rows of the table for what can happen to a request between an app and a server, with nobody who means harm.

The network loses a request or an answer, or delivers a request twice; an app that hears nothing sends its request once
more, or gives up, and one whose user has logged out meanwhile goes without what it wanted. A request that came twice is a
run of its own, a COPY: the server answers it, and nobody listens. A server that is not atomic looks a code or a refresh
token up in one move and marks it as used in another: between the two another request can do the same.

Source: RFC 9110 section 9.2.2 (which requests may be repeated), RFC 6749 section 4.1.2 (a code is for one use).
"""

from flowsim.model.states import Act, Outcome, State

Row = dict[Act, dict[Outcome, State]]
# What happens on the way or inside a server, and is no step of any specification.
ON_THE_WAY = frozenset(
    {
        Act.LOOK_UP,
        Act.LOSE_REQUEST,
        Act.LOSE_ANSWER,
        Act.DUPLICATE,
        Act.ANSWER_COPY,
        Act.RETRY,
        Act.TIME_OUT,
        Act.GO_WITHOUT,
    }
)


def looked_up(here: State) -> Row:
    """What a careless server does first with a request that waits in this state."""
    return {Act.LOOK_UP: {Outcome.OK: here}}


def asked(here: State) -> Row:
    """What can happen to a request to the authorization server that is on its way in this state."""
    return {Act.LOSE_REQUEST: {Outcome.LOST: State.UNANSWERED}, Act.DUPLICATE: {Outcome.OK: here}}


def unheard() -> Row:
    """What can happen to an answer that is on its way."""
    return {Act.LOSE_ANSWER: {Outcome.LOST: State.UNANSWERED}}


def waited_for(sent: State) -> dict[State, Row]:
    """Where an app stands that hears nothing, after it has sent a request and come to the state `sent` by that."""
    return {
        State.UNANSWERED: {Act.RETRY: {Outcome.OK: sent}, Act.TIME_OUT: {Outcome.STOPPED: State.TIMED_OUT}},
        State.TIMED_OUT: {},
    }


ASKED_API: Row = {
    Act.LOSE_REQUEST: {Outcome.LOST: State.API_UNANSWERED},
    Act.LOSE_ANSWER: {Outcome.LOST: State.API_UNANSWERED},
}
API_WAITED_FOR: dict[State, Row] = {
    State.API_UNANSWERED: {
        Act.RETRY: {Outcome.OK: State.API_ASKED},
        Act.TIME_OUT: {Outcome.STOPPED: State.TIMED_OUT},
    },
    State.TIMED_OUT: {},
}
COPIES: dict[State, Row] = {
    State.COPY_SENT: {
        Act.ANSWER_COPY: {Outcome.OK: State.COPY_ANSWERED, Outcome.ERROR: State.COPY_REFUSED},
        **looked_up(State.COPY_SENT),
    },
    State.COPY_ANSWERED: {},
    State.COPY_REFUSED: {},
}

# What a browser does of its own accord, or its user with it: each opens a login of its own.
BY_THE_BROWSER = frozenset({Act.RENEW_SILENTLY, Act.OPEN_AHEAD, Act.LOAD_AGAIN})
