"""The words for two logins that are mixed, for logins that the attacker begins, and for what goes to its addresses."""

from flowsim.model.states import Act

# What happens to the victim, or beside it: act -> title, text, label, clauses.
_DONE_TO_OTHERS: dict[Act, tuple[str, str, str, tuple[str, ...]]] = {
    Act.INSTALL_APP: (
        "The attacker's app is on the device, too",
        "The app says that it opens the honest app's address. A private-use scheme or a loopback port can be claimed by "
        "anybody; an https address only by the app of the website's owner.",
        "claim the app's address",
        ("RFC 8252 §8.1", "RFC 8252 §7.2"),
    ),
    Act.PUSH_REQUEST: (
        "The attacker pushes a request of its own",
        "The server takes requests straight from apps and gives them a name. An app without a secret cannot be told from "
        "somebody who knows its `client_id`.",
        "push its own request",
        ("RFC 9126 §2.1",),
    ),
    Act.OPEN_REQUEST: (
        "The victim's browser opens a request that the attacker wrote",
        "A link on any page does it. All that is in the address was chosen by the attacker: the `client_id`, the "
        "`redirect_uri`, the `code_challenge`.",
        "open this request",
        ("RFC 9700 §4.5.4",),
    ),
    Act.FRAME_REQUEST: (
        "The attacker's page frames the server's page, out of sight",
        "The user sees a game, a picture, a button. Over it lies a frame that nobody can see, and in it the server's own "
        "page will open, for a request that the attacker wrote.",
        "open this request in a frame",
        ("RFC 9700 §4.16",),
    ),
    Act.OPEN_WINDOW: (
        "A script in the app's page opens a window",
        "The script is somebody else's, and it may do what the app may do. The request in the window is its own work: its "
        "own `code_challenge`, or one from a login that the attacker has begun. It leaves the app's tokens alone.",
        "open this request in a window",
        ("RFC 10017 §5.1.3",),
    ),
    Act.READ_WINDOW: (
        "The script reads the code in the address of its window",
        "A script may read where its window has come to, if that is a page of its own origin. The redirect leads to the "
        "app's own origin, and that is where the script runs.",
        "read the window's address",
        ("RFC 10017 §5.1.3",),
    ),
    Act.MISDIRECT: (
        "The attacker's server sends the browser on to the honest one",
        "The user chose the attacker's server, and the app sent the browser there. That server answers with a redirect to "
        "the honest server, with the app's own `client_id` there. To the user it looks like one more login page.",
        "303 to the honest server",
        ("RFC 9700 §4.4",),
    ),
    Act.GET_RESPONSE: (
        "The redirect goes to the attacker",
        "The address in the redirect is the attacker's own. Nothing is stolen here: the server was told to send it there.",
        "the redirect arrives",
        ("RFC 9700 §4.1", "RFC 8252 §8.1"),
    ),
    Act.GET_TOKEN_REQUEST: (
        "The attacker's server keeps what the app has sent",
        "The app believes that the attacker's server issued the `code`. So it sends the `code` there, and with it the "
        "`code_verifier` that goes with it.",
        "keep the code and the verifier",
        ("RFC 9700 §4.4.1",),
    ),
    Act.READ_WEB_VIEW: (
        "The app reads what the user types",
        "The login page is shown in a window of the app's own. The app can read every key that is pressed there.",
        "copy the login form",
        ("RFC 8252 §8.12",),
    ),
}
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
        "The request goes through the attacker's own browser, so the attacker can change it. Without a `code_challenge`, "
        "and without the name of a key, the server will bind the `code` to nothing, unless it insists on PKCE.",
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
TITLES |= {act: title for act, (title, _, _, _) in _DONE_TO_OTHERS.items()}
TEXTS |= {act: text for act, (_, text, _, _) in _DONE_TO_OTHERS.items()}
LABELS |= {act: label for act, (_, _, label, _) in _DONE_TO_OTHERS.items()}
CLAUSES = {
    Act.INJECT_CODE: ("RFC 9700 §4.5",),
    Act.STRIP_CHALLENGE: ("RFC 9700 §4.8",),
    Act.KEEP_RESPONSE: ("RFC 9700 §4.7", "RFC 6749 §10.12"),
    Act.PLANT_RESPONSE: ("RFC 9700 §4.7", "RFC 6749 §10.12"),
}
CLAUSES |= {act: clauses for act, (_, _, _, clauses) in _DONE_TO_OTHERS.items()}
ACTS = tuple(CLAUSES)

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
