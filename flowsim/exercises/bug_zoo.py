"""The exercises of the bug zoo."""

from typing import Any

from flowsim.exercises.kinds import Exercise, Made, Verdict
from flowsim.exercises.trials import repaired
from flowsim.mutants.grading import Grade, grade

OPEN: dict[str, Any] = {
    "client": "spa",
    "pkce": "S256",
    "pkce_required": False,
    "plain_allowed": True,
    "redirect_match": "prefix",
    "replay_revokes": False,
    "redirect_status": 307,
    "asks_consent": False,
}
ATTACKS = ("request-stripping", "redirect-manipulation", "forwarded-password")
_MAY = ("pkce_required", "plain_allowed", "redirect_match", "replay_revokes", "redirect_status", "asks_consent", "iss")
_OF_THE_CLAUSE = "length-only"


def _summary(graded: Grade) -> tuple[str, str]:
    """What a detector did, and its first mistake in short."""
    silent = next((one for one in graded.judgements if one.said is None), None)
    if silent is not None:
        return f"At `{silent.mutant.name}` it said nothing: {silent.problem}.", "fails"
    text = graded.table().caption + "."
    if graded.wrongly_accused:
        first = graded.wrongly_accused[0]
        about = next(one.mutant.about for one in graded.judgements if one.mutant.name == first)
        return f"{text} It accuses `{first}`, which is sound: {about}.", f"accuses {first}"
    return text, f"misses {graded.missed[0]}" if graded.missed else ""


def _tries_the_detector(detector: Any) -> Verdict:
    graded = grade(detector)
    text, key = _summary(graded)
    return Verdict(graded.perfect, text, key)


def _tries_the_test(detector: Any) -> Verdict:
    graded = grade(detector)
    text, key = _summary(graded)
    right = _OF_THE_CLAUSE in graded.caught and not graded.wrongly_accused and key != "fails"
    if not right and not graded.wrongly_accused and key != "fails":
        return Verdict(False, "It misses the server that does not compare.", "misses it")
    return Verdict(
        right, "It catches the server that does not compare, and accuses no sound one." if right else text, key
    )


EXERCISES: tuple[Exercise, ...] = (
    Made(
        id="bug-zoo.1",
        question=(
            "Derive a test from a clause. RFC 7636 §4.6 has the server hash the `code_verifier` and compare it with the"
            " challenge. Write `test(server)`, which says True for a server that does not compare, and accuses no sound"
            " one."
        ),
        hint="Ask for a code, and redeem it with a verifier that is well formed and wrong.",
        wants="a function of a server",
        is_one=callable,
        trial=_tries_the_test,
        reason=lambda: "A test of a rule breaks the rule in one place, and leaves all else right.",
    ),
    Made(
        id="bug-zoo.2",
        question="Write a detector: it says True for each of the defective servers, and for no sound one.",
        hint="`zoo.grade(detector)` shows the rows. Ask one question for each row with a ✗.",
        wants="a function of a server",
        is_one=callable,
        trial=_tries_the_detector,
        reason=lambda: "Each question breaks one rule, and stands for one clause.",
    ),
    Made(
        id="bug-zoo.3",
        question=(
            f"Repair a server. These are its settings: `{OPEN}`. Give those to change, as a dict, so that none of "
            f"{', '.join(f'`{one}`' for one in ATTACKS)} works, and the user can still log in."
        ),
        hint="One setting for each attack. `python -m flowsim run --help` says what each of them means.",
        wants="a dict of settings",
        is_one=lambda made: isinstance(made, dict),
        trial=lambda made: repaired(made, OPEN, ATTACKS, _MAY),
        reason=lambda: (
            "PKCE must be required (RFC 9700 §2.1.1), addresses compared exactly (§2.1), and no 307 sent (§4.12)."
        ),
    ),
)
