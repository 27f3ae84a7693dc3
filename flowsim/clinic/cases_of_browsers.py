"""Cases of the browser and its device: which cookie goes along, which app gets a link, who listens on a port.

Source: the clause of each case.
"""

from flowsim.clinic.case import Case
from flowsim.model.steps import BROWSER, CLIENT, SERVER

CASES: tuple[Case, ...] = (
    Case(
        name="lost-on-the-way-back",
        title="The website forgets its users on their way back",
        symptom="Our website asks to have the code posted, so that it stands in no log. The user logs in, comes "
        "back, and the website says: I know of no login. In the session store it lies ready, we can see it.",
        settings={"client": "web", "response_mode": "form_post"},
        repair={"cookie_same_site": "none"},
        remedy="The website marks the cookie of its logins SameSite=None, so that it comes along with a posted answer.",
        party=CLIENT,
        step=2,
        cause="cookie-not-sent",
        hints=(
            "By what does the website find a login in its session store?",
            "Look at the cookies of the request that brings the answer, and at its method.",
            "Whose page has begun that request?",
        ),
        clause="RFC 6265bis §5.6.7",
    ),
    Case(
        name="after-the-audit",
        title="Since the security audit nobody gets in",
        symptom="An audit told us to mark our cookies more strictly. We did. Since then the user comes back from the "
        "server and the website says: you never began a login.",
        settings={"client": "web", "cookie_same_site": "strict"},
        repair={"cookie_same_site": "lax"},
        remedy="The website marks the cookie of its logins SameSite=Lax.",
        party=CLIENT,
        step=2,
        cause="cookie-not-sent",
        hints=(
            "A login begins at one site, goes to another and comes back. Which page leads to the callback?",
            "Compare the cookies of the first request to the website with those of the callback.",
        ),
        clause="RFC 6265bis §5.6.7",
    ),
    Case(
        name="nothing-after-allow",
        title="The user presses Allow, and nothing happens",
        symptom="On some phones the login page stays where it is after “Allow”. The server's log has the code, "
        "issued. The app's log ends with the browser being opened. Those users got the app from our web page, as a "
        "file.",
        settings={"scheme_app": "none"},
        repair={"scheme_app": "installed"},
        remedy="The app is installed so that the system knows its scheme.",
        party=BROWSER,
        step=6,
        cause="callback-not-opened",
        hints=(
            "Where does the redirect lead, and who on the phone has to know that kind of address?",
            "A link that nobody has registered opens nothing.",
        ),
        clause="RFC 8252 §7.1",
    ),
    Case(
        name="second-user-second-tool",
        title="It works for the first who logs in, and not for the second",
        symptom="On our terminal server ten people use the same tool. Whoever starts it first can log in. The others "
        "get “address already in use”, and no browser opens.",
        settings={"client": "native-loopback", "loopback_port": "taken", "fixed_port": True},
        repair={"fixed_port": False},
        remedy="The tool listens on any port that is free, and names that one in its redirect_uri.",
        party=CLIENT,
        step=2,
        cause="loopback-port-taken",
        hints=(
            "How many programs can listen on one port?",
            "Which part of a loopback redirect_uri may differ from what was registered?",
        ),
        clause="RFC 8252 §7.3",
    ),
    Case(
        name="any-free-port",
        title="The tool takes any free port, and the server does not",
        symptom="Our tool takes any port that is free, as the standard says. At our own server that works. The "
        "customer's server shows an error page, nearly every time. Their operators say: your address is not the "
        "registered one.",
        settings={"client": "native-loopback", "loopback_port": "taken", "compares_ports": True},
        repair={"compares_ports": False},
        remedy="The server looks past the port of a loopback address.",
        party=SERVER,
        step=3,
        cause="loopback-port-compared",
        hints=(
            "“Nearly every time”: when would it work?",
            "Addresses are compared letter by letter. RFC 9700 knows one exception.",
        ),
        clause="RFC 8252 §7.3",
    ),
    Case(
        name="login-page-refused",
        title="The login page refuses our app",
        symptom="We show the login page inside our app, it looks better that way. The new provider shows an error "
        "page there. In the phone's browser the same address works.",
        settings={"web_view": True, "web_view_named": True, "refuses_web_views": True},
        repair={"web_view": False},
        remedy="The app opens the login page in the browser.",
        party=CLIENT,
        step=3,
        cause="web-view-refused",
        hints=(
            "Same address, same phone. What does the server see that differs?",
            "Compare the User-Agent headers. And ask who could read what is typed into a page inside the app.",
        ),
        clause="RFC 8252 §8.12",
    ),
    Case(
        name="every-hour-a-login",
        title="Each hour the user has to log in",
        symptom="Our page renews its token in a hidden frame. For years nobody noticed. Since this spring users of "
        "some browsers have to log in each hour, though the server would still know them: in a new tab they are in "
        "at once.",
        settings={
            "client": "spa",
            "remembered": "from-now",
            "cookies_in_frames": True,
            "third_party_cookies": "blocked",
            "later": "50m silent-renewal call",
        },
        repair={"scope": "openid profile read:messages offline_access", "later": "50m refresh call"},
        remedy="The page renews with a refresh token, which the server rotates, and needs no frame.",
        party=CLIENT,
        step=3,
        cause="third-party-cookie",
        hints=(
            "In a new tab the server knows them. In the frame it does not. By what does it know anybody?",
            "Look at the cookies of the two requests, and at the browser's console.",
        ),
        clause="RFC 6265bis §7.1",
    ),
    Case(
        name="only-with-that-extension",
        title="It fails for all who have installed that extension",
        symptom="Users of a browser extension that “makes the web faster” cannot log in. They come back from the "
        "server and our page says that it knows of no login. Without the extension it works.",
        settings={"client": "spa", "later": "prefetch"},
        repair={"refuses_prefetch": True},
        remedy="The page takes an answer only where the user has come to its address, and not somebody ahead of them.",
        party=CLIENT,
        step=6,
        cause="callback-twice",
        hints=(
            "Count the requests for the callback.",
            "Compare their headers. Which of the two has the user made?",
        ),
        clause="RFC 9110 §9.2.1",
    ),
    Case(
        name="nothing-after-the-click",
        title="One click, and no window",
        symptom="Our login opens in a small window. Since we ask the server for the settings first, the window does "
        "not come any more, on some machines. The second click sometimes works. There is nothing in the network view.",
        settings={"client": "spa", "login_window": "popup", "popup_by_click": False},
        repair={"popup_by_click": True},
        remedy="The page opens the window in the click itself, and loads what it needs afterwards.",
        party=CLIENT,
        step=2,
        cause="popup-not-clicked",
        hints=(
            "What stands between the click and the window since the change?",
            "Look into the browser's console.",
        ),
        clause="RFC 9700 §4.17",
    ),
    Case(
        name="window-stays-open",
        title="The small window stays open and white",
        symptom="The user logs in in the small window. It then stays open, white, and the page behind it waits for "
        "ever. It began when our page moved to its new domain. The code is in the window's address, we can see it.",
        settings={"client": "spa", "login_window": "popup", "popup_target": "another"},
        repair={"popup_target": "origin"},
        remedy="The last page in the window posts the answer to the origin that the app has now.",
        party=CLIENT,
        step=6,
        cause="popup-posts-to-another",
        hints=(
            "Who has to get the answer from the window, and how?",
            "postMessage names an origin. Which one is it, and which one has the page?",
        ),
        clause="RFC 9700 §4.17.2",
    ),
    Case(
        name="hardened-server",
        title="Since the server was hardened the window stays open",
        symptom="The provider has “hardened its headers”. Since then the small window with the login stays open "
        "after the login, and our page says that the user has closed it. Apps that send the whole page away go on.",
        settings={"client": "spa", "login_window": "popup", "cuts_openers": True},
        repair={"login_window": "redirect"},
        remedy="The app sends its own page to the server and back, and needs no second window.",
        party=SERVER,
        step=4,
        cause="popup-cut-off",
        hints=(
            "Which header of the login page is about other windows?",
            "What does a window need to speak to the one that opened it?",
        ),
        clause="RFC 9700 §4.17",
    ),
)
