"""The exercises of the attack lab."""

from typing import Any

from flowsim.analysis.matrix import cell
from flowsim.exercises.kinds import Choice, Exercise, Made, Verdict, check_option
from flowsim.exercises.wording import texts

_ATTACKS = ("code-interception", "code-injection", "login-csrf", "mix-up", "redirect-manipulation")
_MOST = 3


def _bound() -> str:
    return str(cell("code-interception", "dpop-bound-code").verdict.stopped_by)


def _tries_the_defences(made: Any) -> Verdict:
    defences = texts(made, "a list of defences")
    if len({*defences}) > _MOST:
        return Verdict(False, f"That are {len({*defences})} defences; {_MOST} are enough.", "too many")
    for attack in _ATTACKS:
        played = cell(attack, *defences)
        if not played.stopped:
            return Verdict(False, f"`{attack}` is not stopped: {played.verdict.sentence}", f"{attack} is not stopped")
    return Verdict(True, f"All {len(_ATTACKS)} are stopped, and the user can log in.")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="attack-lab.1",
        question=(
            "Against `code-interception`, `dpop` alone does not help, and `dpop-bound-code` does. Which check stops the"
            " attacker there?"
        ),
        hint="Run the two in the lab and read the verdict.",
        options=(
            check_option("token.verifier_fits", "There is no PKCE in this cell."),
            check_option("code_proof.present", "The attacker has no proof to show."),
            check_option("code_proof.signature", "It shows none whose signature could be wrong."),
            check_option("api.audience", "It never comes to the API."),
        ),
        computed=_bound,
        reason=lambda: (
            "The request names the app's key, so the code is bound to it (RFC 9449 §10). Plain `dpop` binds the tokens,"
            " and the attacker binds them to a key of its own."
        ),
    ),
    Made(
        id="attack-lab.2",
        question=(
            f"Choose at most {_MOST} defences of the matrix, as a list of their names, that together stop all of these:"
            f" {', '.join(f'`{one}`' for one in _ATTACKS)}."
        ),
        hint=(
            "Which one stops the three attacks on the code at once? Which two questions are left: who answered, and"
            " where to?"
        ),
        wants="a list of texts",
        is_one=lambda made: isinstance(made, list | tuple | set | frozenset) and bool(made),
        trial=_tries_the_defences,
        reason=lambda: "Each of them answers a question that the others do not ask.",
    ),
)
