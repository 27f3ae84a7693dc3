"""The exercises of the lesson about storage on a phone."""

from flowsim.exercises.kinds import Choice, Exercise, Option, check_option
from flowsim.lessons.phone_storage import PLACES, theft


def _best_against_a_backup() -> str:
    safe = [place for place in PLACES if "a copied backup" not in place.readers]
    return {"a file left out of backups": "left-out", "the keystore, this device only": "keystore"}[safe[0].name]


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="storage-on-a-phone.1",
        question="Which check stops the thief of a refresh token that is bound to a key in the phone's hardware?",
        hint="`theft(PLACES[-1]).verdict.stopped_by`",
        options=(
            check_option("refresh_proof.present", "The thief has no key to make a proof with, and sends none."),
            check_option("refresh.not_used", "The token is fresh when the thief comes with it."),
            check_option("refresh.token_known", "It is genuine, whoever sends it."),
            check_option("token.verifier_fits", "PKCE takes no part in a refresh."),
        ),
        computed=lambda: str(theft(PLACES[-1]).verdict.stopped_by),
        reason=lambda: "RFC 9449 §5: a refresh token of a public client is bound to the key of the proof at its issue.",
    ),
    Choice(
        id="storage-on-a-phone.2",
        question="Somebody has a copied backup. Which is the first place, from the top of the table, that keeps them out?",
        hint="Read the column *a copied backup* from above.",
        options=(
            Option("file", "a file of the app", "A backup may copy it."),
            Option("left-out", "a file left out of backups", "It is not in the backup."),
            Option("keystore", "the keystore, this device only", "That keeps them out, too, and is not the first."),
        ),
        computed=_best_against_a_backup,
        reason=lambda: "It is still a file: whoever copies the app's folder from the phone itself has it.",
    ),
)
