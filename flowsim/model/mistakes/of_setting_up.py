"""Mistakes in what a party was told when it was set up: addresses, names, registrations."""

from flowsim.model.mistakes.mistake import Mistake

OF_SETTING_UP = (
    Mistake(
        name="issuer-with-slash",
        title="The app was told the issuer with a slash at its end",
        party="app",
        step=2,
        shows=(18, 6, 9),
        clause="RFC 8414 §3.3",
        repair_words="Configure the issuer exactly as the server's metadata says it, letter by letter.",
    ),
)
