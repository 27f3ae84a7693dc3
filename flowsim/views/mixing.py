"""The words for two logins that are mixed: the attacker's own one, and what goes from the one into the other."""

from flowsim.words import Act

_GENUINE = "To the server this is a login like every other."

# Act -> title, text.
_OWN: dict[Act, tuple[str, str]] = {
    Act.INJECT_CODE: (
        "The attacker puts the stolen code into its own redirect",
        "In its own browser the attacker can change every address. It puts the victim's `code` where its own was, and "
        "leaves the `state` alone: that one is genuine, it belongs to this login.",
    ),
    Act.STRIP_CHALLENGE: (
        "The attacker takes the challenge out of its own request",
        "The request goes through the attacker's own browser, so the attacker can change it. Without a `code_challenge` "
        "the server will bind the `code` to nothing, unless it insists on PKCE.",
    ),
    Act.KEEP_RESPONSE: (
        "The attacker keeps the redirect of its own login",
        "The redirect with the attacker's own `code` is in the attacker's browser. The attacker does not hand it to the "
        "app, and keeps the address for somebody else.",
    ),
    Act.PLANT_RESPONSE: (
        "The victim's browser opens the attacker's redirect",
        "A link, a picture or a redirect on any page makes a browser open an address. The victim's browser opens the kept "
        "one, with the victim's cookies, while the victim's own login is under way.",
    ),
    Act.STEP_1: (
        "The attacker clicks “Log in”, too",
        "The attacker is a user of the same app, in a browser of its own.",
    ),
    Act.STEP_2: (
        "The app prepares the attacker's login",
        "The app draws new values for this login and remembers them for this browser. It cannot know what this user is up "
        "to.",
    ),
    Act.STEP_3: ("The attacker's browser takes the request to the server", _GENUINE),
    Act.STEP_4: ("The server shows the attacker its login page", _GENUINE),
    Act.STEP_5: (
        "The attacker logs in with its own account",
        "The password is right and the account is the attacker's own, so the server agrees.",
    ),
    Act.STEP_6: (
        "The server sends the attacker's browser back",
        "The redirect holds a `code` for the attacker's own account. It is in the attacker's hands now.",
    ),
    Act.STEP_7: (
        "The app sends the stolen code",
        "The `state` is right, so the app goes on: it sends the `code` it was handed, and whatever it has to prove that it "
        "is the app.",
    ),
    Act.STEP_9: (
        "The app gets the victim's tokens",
        "The `code` was the victim's, so the tokens are. The app has no reason to wonder, unless it looks at the `nonce`.",
    ),
    Act.STEP_10: ("The app calls the API for the attacker", "The app believes that the attacker is the victim."),
    Act.STEP_11: (
        "The app gets the victim's data, and shows it to the attacker",
        "The token is genuine, so the API answers.",
    ),
}
LABELS = {
    Act.INJECT_CODE: "put the stolen code in",
    Act.STRIP_CHALLENGE: "take code_challenge out",
    Act.KEEP_RESPONSE: "keep the redirect",
    Act.PLANT_RESPONSE: "open this address",
}
TITLES = {act: title for act, (title, _) in _OWN.items()}
TEXTS = {act: text for act, (_, text) in _OWN.items()}
CLAUSES = {
    Act.INJECT_CODE: ("RFC 9700 §4.5",),
    Act.STRIP_CHALLENGE: ("RFC 9700 §4.8",),
    Act.KEEP_RESPONSE: ("RFC 9700 §4.7", "RFC 6749 §10.12"),
    Act.PLANT_RESPONSE: ("RFC 9700 §4.7", "RFC 6749 §10.12"),
}
ACTS = tuple(CLAUSES)
