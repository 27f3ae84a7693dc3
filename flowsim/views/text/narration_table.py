"""The words for the steps of a login of the attacker's own, and of one that the attacker has the victim begin."""

from flowsim.model.states import Act

_GENUINE = "To the server this is a login like every other."

# The steps of the attacker's own login: act -> title, text.
OWN_LOGIN: dict[Act, tuple[str, str]] = {
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
# The victim's steps in a login that goes on in a frame: act -> title, text.
FRAMED: dict[Act, tuple[str, str]] = {
    Act.STEP_4: (
        "The server's page opens in the frame",
        "The server knows the user by its cookie, so its page asks only for consent. It is the genuine page, and nobody "
        "can see it.",
    ),
    Act.STEP_5: (
        "The user presses “allow” without seeing it",
        "The user clicks on what they see. The browser gives the click to the page that lies on top, and that is the "
        "server's.",
    ),
}

# The victim's steps in a login that the attacker began: act -> title, text.
ATTACKER_INITIATED: dict[Act, tuple[str, str]] = {
    Act.STEP_3: (
        "The browser takes the attacker's request to the server",
        "The server sees a request like every other. It cannot tell who wrote the address.",
    ),
    Act.STEP_4: (
        "The server shows the victim its login page",
        "The page is the genuine one, at the genuine address. It names the app that the request names.",
    ),
    Act.STEP_5: (
        "The victim logs in and agrees",
        "The user has no reason to wonder about the page. What it asks for is what the attacker's request asks for.",
    ),
    Act.STEP_6: (
        "The server sends the victim's browser back",
        "The redirect goes to the `redirect_uri` of the request, with a `code` for the victim's account.",
    ),
}
