"""What one has of a failing login before one knows why: what passed through the user's device, and what the logs say.

Neither tells the verdict, the settings or the cause. The same goes for the player of a case.
"""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from flowsim.clinic.case import Case, played
from flowsim.model.shown import safe, shorten
from flowsim.model.steps import ACTOR_BY_ID, BROWSER, step_name
from flowsim.model.world import Event
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import capture
from flowsim.views.formats.player_payload import payload_of
from flowsim.views.text import narration
from flowsim.views.text.experiment import BETWEEN, base, experiment
from flowsim.views.text.words_of_console import console

Json = dict[str, Any]
ASKED = "What went wrong, at which step, and whose mistake was it?"
_WIDE = 96  # characters of a line of the network


def evidence(trace: Trace) -> str:
    """What passed through the device, a line for each request, what the browser and what each party wrote down."""
    said = [f"  {safe(line)}" for telling in narration.told(trace) for line in console(telling)]
    shown = ["", "In the browser's console", *said] if said else []
    return "\n".join(["On the user's device", *_network(trace), *shown, "", "In the logs", *_logs(trace)])


def case_har(case: Case) -> str:
    """The text of a HAR file of this login, as a support engineer gets it."""
    return json.dumps(capture(played(case)), indent=1, ensure_ascii=False)


def evidence_payload(case: Case) -> Json:
    """The player of this case: its messages and checks, and where the verdict stands, the question."""
    shown = payload_of([case.login()], {})
    branch = shown["branches"][0]
    branch.pop("went_wrong", None)
    settings = played(case).scenario
    branch["experiment"] = BETWEEN.join(base(settings))
    branch["svg"] = branch["svg"].replace(escape(experiment(settings), quote=False), branch["experiment"])
    branch["trace"]["scenario"] = {}
    branch.pop("went_wrong", None)
    branch["trace"]["verdict"] |= {"sentence": ASKED, "tone": "neutral"}
    return shown


def repaired_payload(case: Case, changed: Json) -> Json:
    """The player of this case beside the same login with these settings changed, both with their verdicts."""
    before, after = case.login(), case.login(**changed)
    before.title, after.name, after.title = "as it was", "repaired", "with the repair"
    return payload_of([after, before], {})


def _network(trace: Trace) -> Iterator[str]:
    entries = capture(trace)["log"]["entries"]
    for entry in entries:
        request, response = entry["request"], entry["response"]
        yield f"  {request['method']:7} {shorten(safe(request['url']), _WIDE)}"
        yield f"          {_answer(response)}"
    if not entries:
        yield "  nothing"


def _answer(response: Json) -> str:
    if not response["status"]:
        return "no answer"
    where = f" → {shorten(safe(response['redirectURL']), _WIDE)}" if response["redirectURL"] else ""
    return f"{response['status']} {response['statusText']}{where}{_body(response)}"


def _body(response: Json) -> str:
    """What an error says of itself; of a page or of tokens it says enough that there are some."""
    if response["status"] < 400:
        return ""
    header = next((one["value"] for one in response["headers"] if one["name"].lower() == "www-authenticate"), "")
    text = header or response["content"].get("text", "")
    return f"  {shorten(safe(text), _WIDE)}" if text and not text.startswith("<") else ""


def _logs(trace: Trace) -> Iterator[str]:
    found = [line for event in trace.events for line in _log(event)]
    yield from found or ["  no errors"]


def _log(event: Event) -> Iterator[str]:
    for one in event.checks:
        if one.passed is False and one.on and one.check.actor != BROWSER:
            who = ACTOR_BY_ID[one.check.actor].name
            yield f"  {who}, step {step_name(event.step)}: “{one.check.title}” does not hold"
            yield f"      expected {safe(one.expected)}"
            yield f"      received {safe(one.received)}"
