"""Mistakes in what the app asks for at the authorization endpoint."""

from flowsim.model.mistakes.mistake import Mistake, hashed

OF_REQUESTS = (
    Mistake(
        name="challenge-padded",
        title="The app leaves the padding `=` on its code_challenge",
        party="app",
        step=2,
        shows=(3,),
        clause="RFC 7636 §4.2",
        repair_words="Encode the hash in base64url and cut the `=` off its end.",
        applies=hashed,
    ),
)
