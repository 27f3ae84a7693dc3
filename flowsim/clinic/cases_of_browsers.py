"""Cases of the browser and its device: which cookie goes along, which app gets a link, who listens on a port.

Source: the clause of each case.
"""

from flowsim.clinic.case import Case
from flowsim.model.steps import CLIENT

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
        cause="third-party-cookies-blocked",
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
)
