"""`flowsim clinic`: logins that fail though nobody attacks, to be diagnosed and repaired; each as a HAR file as well."""

import argparse
import json

from flowsim.cli.files import write
from flowsim.cli.terminal import say, task
from flowsim.clinic.case import PARTIES, Case, played, repaired, works
from flowsim.clinic.cases import CASES, case_named
from flowsim.clinic.evidence import case_har, evidence
from flowsim.diagnosis.diagnosis import diagnose
from flowsim.model.scenario import ScenarioError
from flowsim.model.steps import step_name

EXAMPLES = (
    ("flowsim clinic", "all cases, one a line"),
    ("flowsim clinic spinner-after-login", "what the user reports, what the network saw and what the logs say"),
    ("flowsim clinic spinner-after-login --hint 1", "the first hint"),
    ("flowsim clinic spinner-after-login --solve", "the diagnosis, the repair, and the login with it"),
    ("flowsim clinic spinner-after-login --har login.har", "the file that a support engineer would get"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", nargs="?", metavar="CASE", help="its name, as `flowsim clinic` lists it")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--hint", metavar="N", type=int, help="show the hints up to this one, counted from 1")
    output.add_argument("--solve", action="store_true", help="name step, party and cause, repair it, and play it again")
    output.add_argument("--har", metavar="FILE", help="write what passed through the user's device as HAR 1.2")
    output.add_argument("--json", action="store_true", help="print the whole trace as JSON, for `flowsim replay`")


def execute(options: argparse.Namespace) -> int:
    if options.case is None:
        if options.hint is not None or options.solve or options.har or options.json:
            raise ScenarioError("of which case? name one of those that `flowsim clinic` lists")
        say("\n".join(f"{case.name:25} {case.title}" for case in CASES.values()))
        return 0
    case = case_named(options.case)
    if options.hint is not None:
        say("\n".join(_hints(case, options.hint)))
    elif options.solve:
        with task("playing the case"):
            told, good = _solved(case)
        say(told, good=good)
    elif options.har:
        use = "drop it onto the network view of a browser's developer tools"
        return write(options.har, lambda: case_har(case).encode(), use)
    elif options.json:
        from flowsim.views.formats.trace_json import trace_json

        print(json.dumps(trace_json(played(case)), indent=1, ensure_ascii=False))
    else:
        say(f"{case.title}\n\n  {case.symptom}\n\n{evidence(played(case))}")
    return 0


def _hints(case: Case, count: int) -> list[str]:
    most = len(case.hints)
    if not 1 <= count <= most:
        raise ScenarioError(f"{case.name} has hints 1 to {most}, not {count}")
    return [f"{number}. {hint}" for number, hint in enumerate(case.hints[:count], 1)]


def _solved(case: Case) -> tuple[str, str]:
    """The diagnosis, the repair, and how both logins end; and the sentence that is good news, if it is."""
    before, after = played(case), repaired(case)
    party = PARTIES[case.party]
    lines = [
        case.title,
        "",
        f"  The diagnosis {diagnose(before).sentence}",
        f"  The mistake   {party}, step {step_name(case.step)}: {case.cause}  [{case.clause}]",
        f"  The repair    {case.remedy}",
        *(f"                {name} = {value!r}" for name, value in case.repair.items()),
        "",
        "  With it:",
        f"  {after.verdict.sentence}",
    ]
    if case.seen:
        lines.insert(5, f"  Seen in       {case.seen}")
    return "\n".join(lines), after.verdict.sentence if works(after) else ""
