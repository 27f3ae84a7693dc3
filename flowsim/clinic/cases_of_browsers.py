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
)
