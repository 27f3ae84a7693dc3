"""A trace as text: the same story as the picture, for the terminal and for those who hear the page.

Characters an attacker could use to move the cursor or to turn the direction of writing are shown as their code.
"""

from collections.abc import Collection, Iterator

from flowsim.model.check import CheckResult
from flowsim.model.shown import safe, shorten
from flowsim.model.states import Act
from flowsim.model.steps import ACTOR_BY_ID, ALL_LANES, ATTACKER, ELSEWHERE, LANE_OF, UPSTREAM, step_name
from flowsim.model.telling import Telling
from flowsim.simulation.ledger import NAMES
from flowsim.simulation.simulation import Trace
from flowsim.views.text import narration
from flowsim.views.text.narration import told
from flowsim.views.text.words_of_console import console
from flowsim.views.text.words_of_tabs import name_of

_MARK = {True: "✓", False: "✗", None: "–"}


def summary(trace: Trace) -> str:
    """One line for each event, an empty one, and the sentence of the verdict."""
    return "\n".join([*(headline(one) for one in told(trace)), "", trace.verdict.sentence])


def transcript(trace: Trace, width: int | None = None) -> str:
    """The whole story: every event with its messages and checks, who knows what, and the verdict.

    Where the table of who knows what is wider than `width` columns, it says the same in words.
    """
    scenario = trace.scenario
    lines = [f"{scenario.profile.app_name}, {scenario.profile.title}", _settings(trace), ""]
    for one in told(trace):
        lines += ["\n".join(_event(one)), ""]
    lines += [who_knows_what(trace, width), "", trace.verdict.sentence]
    return "\n".join(lines)


def tell(trace: Trace, number: int = -1) -> str:
    """One event of this trace in full: its messages as they were sent, shortened to the line, and every check.

    `number` counts from 0, or from the end where it is negative; the last event is told if no other is named. Raises
    IndexError where there are not so many.
    """
    return "\n".join(_event(told(trace)[number]))


def who_knows_what(trace: Trace, width: int | None = None) -> str:
    """The ledger of a trace as a table: one row for each kind of secret, one column for each party.

    A ● says that the party has seen the value itself, under whatever name, in a message it sent or received. A ? says that
    nobody here can know it, because no message shows what that party remembers. Where the
    table is wider than `width` columns, each row is the names of those who know.
    """
    table = [*_table(trace)]
    if width is not None and max(map(len, table)) > width:
        names = dict(ALL_LANES)
        knowing = trace.ledger.table().items()
        table = [
            f"  {NAMES.get(kind, kind)}: {', '.join(names[lane] for lane in names if lane in who)}"
            for kind, who in knowing
        ]
    return "\n".join(["Who knows what", *table])


def headline(telling: Telling) -> str:
    """`☠ 7  Attacker → Authorization server: The attacker sends the stolen code`."""
    event = telling.event
    mark = "☠" if event.by_attacker else " "
    sender, receiver = ACTOR_BY_ID[event.sender].name, ACTOR_BY_ID[event.receiver].name
    way = sender if sender == receiver else f"{sender} → {receiver}"
    if event.act is Act.WAIT:
        return f"    — {narration.title(telling)}."
    number = "" if narration.between(event) and not event.by_attacker else step_name(event.step)
    name = name_of(telling.scenario, event.run)
    return f"{mark}{number:>2}  {way}: {f'[{name}] ' if name else ''}{narration.title(telling)}"


def _settings(trace: Trace) -> str:
    scenario = trace.scenario
    pkce = "without PKCE" if scenario.pkce == "none" else f"PKCE {scenario.pkce}"
    attack = f", attack {scenario.attacker}" if scenario.attacker else ""
    off = f", switched off: {', '.join(sorted(scenario.without))}" if scenario.without else ""
    return f"client {scenario.client}, {pkce}{attack}{off}, seed {shorten(safe(str(scenario.seed)), 16)}"


def _event(telling: Telling) -> Iterator[str]:
    yield headline(telling)
    for sent in telling.event.messages:
        first, *rest = sent.message.text().splitlines() or [""]
        sender, receiver = ACTOR_BY_ID[sent.sender].name, ACTOR_BY_ID[sent.receiver].name
        yield f"      {sender} → {receiver}"
        yield f"        {shorten(safe(first))}"
        for line in rest:
            if not line:
                break
            if line.lower().startswith(("location:", "authorization:", "www-authenticate:", "set-cookie:", "cookie:")):
                yield f"        {shorten(safe(line))}"
        body = getattr(sent.message, "body", "")
        if body and not body.startswith("<!doctype"):
            yield f"        {shorten(safe(body))}"
    for result in telling.event.checks:
        yield from _check(result)
    for line in console(telling):
        yield f"    the browser's console: {safe(line)}"


def _check(result: CheckResult) -> Iterator[str]:
    check = result.check
    off = "  (switched off)" if not result.on else ""
    yield f"    {_MARK[result.passed]} {check.title}{off}  [{check.clause}]"
    if result.passed is False:
        yield f"        expected {shorten(safe(result.expected))}"
        yield f"        received {shorten(safe(result.received))}"


def _table(trace: Trace) -> Iterator[str]:
    attacked = any(event.by_attacker for event in trace.events)
    told = {LANE_OF[sent.receiver] for event in trace.events for sent in event.messages}
    present = {ATTACKER: attacked, UPSTREAM: UPSTREAM in told, ELSEWHERE: ELSEWHERE in told}
    lanes = [(lane, name) for lane, name in ALL_LANES if present.get(lane, True)]
    yield f"  {'':16}" + "".join(f"{name:>10}" for _, name in lanes)
    for kind, knowing in trace.ledger.table().items():
        cells = "".join(f"{_cell(lane, knowing, trace):>10}" for lane, _ in lanes)
        yield f"  {NAMES.get(kind, kind):16}{cells}"
    if trace.unseen:
        yield "  ● knows it   · has not seen it   ? unknown: the wire does not show it"


def _cell(lane: str, knowing: Collection[str], trace: Trace) -> str:
    return "●" if lane in knowing else "?" if lane in trace.unseen else "·"
