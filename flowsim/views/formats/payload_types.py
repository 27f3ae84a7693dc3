"""The shape of a trace as JSON and of what the player shows, member by member; every member is a plain JSON value.

The player's JavaScript is checked against the same shape: `make payload-types` writes `front_end/static/payload.d.ts`,
and a test keeps that file so. A shape with a member called `from`, which no class can have, is written as a call.
"""

from typing import Any, Literal, NotRequired, TypedDict

from flowsim.simulation.reasons import Tone


class Clause(TypedDict):
    """A clause of a specification, and the address of a page where it can be read."""

    label: str
    url: str


class CheckJson(TypedDict):
    """A check as it was evaluated; `passed` is null where it did not apply, and where the result is `unknown`.

    `error` is the code of OAuth that a failure answers with, null where there is none; `refusal` is the id of what a
    failure comes to, and `answer` says it in words where the check decides.
    """

    id: str
    actor: str
    step: int
    clause: Clause
    title: str
    error: str | None
    refusal: str
    answer: str | None
    expected: str
    received: str
    passed: bool | None
    on: bool
    decides: bool
    unknown: NotRequired[bool]


class LearnedJson(TypedDict):
    """An actor, in its column of the picture, got to know the value of a secret."""

    actor: str
    lane: str
    kind: str
    value: str


class SecretJson(TypedDict):
    """A secret of a trace, and the run in which it came to be."""

    kind: str
    value: str
    run: str


class VerdictJson(TypedDict):
    """What came of it. `accounts` is whose browser is logged in as whom."""

    sentence: str
    tone: Tone
    ended: str
    attacker_holds: list[str]
    attacker_reads_data: bool
    attack_succeeded: bool
    stopped_by: str | None
    stopped_by_title: str | None
    stopped_at_step: int | None
    error: str | None
    accounts: dict[str, str]


RequestJson = TypedDict(
    "RequestJson",
    {
        "from": str,
        "to": str,
        "kind": Literal["request"],
        "method": str,
        "url": str,
        "headers": list[list[str]],
        "body": str,
    },
)
ResponseJson = TypedDict(
    "ResponseJson",
    {
        "from": str,
        "to": str,
        "kind": Literal["response"],
        "status": int,
        "reason": str,
        "headers": list[list[str]],
        "body": str,
    },
)
OpeningJson = TypedDict(
    "OpeningJson",
    {
        "from": str,
        "to": str,
        "kind": Literal["opening"],
        "url": str,
        "posted_by": NotRequired[str],
        "posted_to": NotRequired[str],
    },
)
MessageJson = RequestJson | ResponseJson | OpeningJson

EventJson = TypedDict(
    "EventJson",
    {
        "index": int,
        "step": int,
        "name": str,
        "run": str,
        "role": str,
        "attack": bool,
        "between": bool,
        "act": str,
        "title": str,
        "label": str,
        "text": str,
        "clauses": list[Clause],
        "from": str,
        "to": str,
        "before": str,
        "after": str,
        "outcome": str,
        "now": int,
        "elapsed": int,
        "failed": bool,
        "lacked": str | None,
        "http": list[MessageJson],
        "checks": list[CheckJson],
        "learned": list[LearnedJson],
        "memory_changes": dict[str, dict[str, str | None] | None],
        "unseen": NotRequired[bool],
        "console": NotRequired[list[str]],
        "login": NotRequired[str],
    },
)


class TraceJson(TypedDict):
    """A trace: settings, events, verdict, and the value of every secret.

    One that was recorded `live` was never played, so it cannot be played again; `unseen` are the lanes of those whose
    memory the wire does not show.
    """

    version: int
    scenario: dict[str, Any]
    events: list[EventJson]
    verdict: VerdictJson
    secrets: list[SecretJson]
    live: NotRequired[bool]
    unseen: NotRequired[list[str]]


class Branch(TypedDict):
    """A trace, its picture, and where it leaves the first branch; `hidden` until the reader asks for it.

    `experiment` says in one line which settings and which attack these are. `inject` names the branch that is this one
    with the attacker behind the button; null where there is none. `notes` has for each event what to say of it to a room,
    and an empty text where the notes of the step serve. `went_wrong` is the diagnosis of a login that nobody attacks and
    that has failed.
    """

    name: str
    title: str
    experiment: str
    attack: bool
    hidden: bool
    inject: str | None
    shared: int
    inject_at: int | None
    notes: list[str]
    trace: TraceJson
    svg: str
    went_wrong: NotRequired[str]


StepJson = TypedDict(
    "StepJson",
    {
        "number": int,
        "name": str,
        "title": str,
        "text": str,
        "notes": str,
        "from": str,
        "to": str,
        "clauses": list[Clause],
    },
)


class Lane(TypedDict):
    """A column of the picture."""

    id: str
    name: str


class Kind(TypedDict):
    """A kind of secret, and what it is called."""

    kind: str
    name: str


class Places(TypedDict):
    """Where in a message one is: what is sent to each path, and the places in which letter case does not count."""

    endpoints: dict[str, str]
    any_case: list[str]


class Opened(TypedDict):
    """What is open: a branch, and how many of its events have happened."""

    branch: str
    position: int


class QuestionJson(TypedDict):
    """A question, its choices, the place of the one that is right, and why."""

    name: str
    question: str
    choices: list[str]
    right: int
    why: str


class AskJson(QuestionJson):
    """A question about a branch, asked after `at` of its events.

    Until it is answered, `before` stands for the branches of the same names: what there was of them up to then.
    """

    branch: str
    at: int
    decided_at: int
    before: list[Branch]


class WordJson(TypedDict):
    """A word of the glossary; `in_prose` are those of its names that mean it wherever they stand in a sentence."""

    name: str
    also: list[str]
    text: str
    clause: Clause | None
    in_prose: list[str]


class AttackJson(TypedDict):
    """An attacker that can be turned loose in a live world."""

    name: str
    title: str


class Payload(TypedDict):
    """What the player shows. `fields` is place → name → what it is for, its clause, and that clause's address.

    A `live` one may have no branch yet: then `waiting` says what the reader can do. Of the `attacks` that can be turned
    loose in it, `attack` is the one that is.
    """

    version: int
    lanes: list[Lane]
    steps: list[StepJson]
    last_step_of_login: int
    secrets: list[Kind]
    fields: dict[str, dict[str, list[str]]]
    words: list[WordJson]
    places: Places
    branches: list[Branch]
    asks: list[AskJson]
    view: Opened
    live: NotRequired[bool]
    waiting: NotRequired[str]
    attacks: NotRequired[list[AttackJson]]
    attack: NotRequired[str | None]
