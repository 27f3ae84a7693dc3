"""Cases in which each request is right, and two of them get in each other's way: tabs, processes, answers that are lost.

Source: the clause of each case.
"""

from flowsim.clinic.case import Case
from flowsim.model.steps import CLIENT

_OFFLINE = "openid profile read:messages offline_access"
_TWICE = "victim:11 refresh1:R1 refresh2:R3 refresh1:R3"

CASES: tuple[Case, ...] = (
    Case(
        name="by-chance",
        title="The login works by chance",
        symptom="“Sometimes I have to log in twice.” About one login in ten ends with “invalid state”. It is never "
        "the same users, and whoever tries again gets in. Support asks for a screenshot: there are many tabs on it.",
        settings={"client": "spa", "order": "victim:6 tab2:6 victim:11 tab2:11"},
        repair={"transactions": "state"},
        remedy="The app keeps a record for each login, and finds it by the state of the answer.",
        party=CLIENT,
        step=2,
        cause="transaction-overwritten",
        hints=(
            "What does the app remember from step 2 to step 6, and where?",
            "Whose state was it that the app expected?",
        ),
        clause="RFC 9700 §2.1",
    ),
    Case(
        name="out-at-random",
        title="Thrown out at random, and only some users",
        symptom="Some users have to log in again several times a day, most never. Those who suffer have our page "
        "open in more than one tab. The server's log: a refresh token was used twice, so all of them were revoked.",
        settings={"client": "spa", "scope": _OFFLINE, "later": "refresh refresh 2h refresh call", "order": _TWICE},
        repair={"single_flight": True},
        remedy="One tab refreshes, and the others wait for what it gets.",
        party=CLIENT,
        step=12,
        cause="refresh-sent-twice",
        hints=(
            "When does a tab refresh? And what do the others do at that moment?",
            "Compare the refresh tokens of the two requests.",
            "A server cannot tell a second tab from a thief.",
        ),
        clause="RFC 9700 §4.14.2",
        seen="authts/react-oidc-context#1638",
    ),
    Case(
        name="since-two-machines",
        title="Since our website runs on two machines",
        symptom="On one machine our website kept its users logged in for weeks. Since it runs on two, they are "
        "thrown out within hours. Both machines read the same database. The log: invalid_grant.",
        settings={"client": "web", "scope": _OFFLINE, "later": "refresh refresh 2h refresh call", "order": _TWICE},
        repair={"single_flight": True},
        remedy="The machines share a lock: whoever holds it refreshes, and the other one reads the new token.",
        party=CLIENT,
        step=12,
        cause="refresh-sent-twice",
        hints=(
            "Both machines read the same row, at the same moment, and find the same token that ends soon.",
            "Which of the two writes the row last?",
        ),
        clause="RFC 9700 §4.14.2",
    ),
    Case(
        name="in-the-tunnel",
        title="Thrown out in the tunnel",
        symptom="Commuters have to log in again every morning. It happens on the train, where the network comes and "
        "goes. Our app sends a request once more if nobody answers; for everything else that works well.",
        settings={
            "scope": _OFFLINE,
            "later": "refresh 2h refresh call",
            "order": "victim:11 refresh1:R2 refresh1:lose-answer",
            "retries": True,
        },
        repair={"overlap": 60},
        remedy="The server takes the last refresh token for another minute, so that a second try gets an answer.",
        party="network",
        step=13,
        cause="answer-lost",
        hints=(
            "Count the requests with the refresh token, and the answers that came back to the app.",
            "What did the server do with the token the first time?",
        ),
        clause="RFC 9700 §4.14.2",
    ),
    Case(
        name="error-next-door",
        title="A logout in one tab, an error in the other",
        symptom="When a user logs out, another tab of our page does not go back to the start page. It shows "
        "“something went wrong” at the next click, and stays like that until it is loaded anew. The log: refresh, "
        "400, invalid_grant.",
        settings={
            "client": "spa",
            "scope": _OFFLINE,
            "later": "logout refresh call",
            "order": "victim:11 tab2:11 refresh1:R1 logout1:V2 refresh1:R3",
        },
        repair={"later": "logout login refresh call", "order": "victim:11 tab2:11"},
        remedy="The tab that finds its refresh token revoked sends the user to log in, and goes on with the new one.",
        party=CLIENT,
        step=12,
        cause="logged-out",
        hints=(
            "Who had the refresh token revoked, and who used it after that?",
            "An app that is told invalid_grant has one way left.",
        ),
        clause="RFC 7009 §2.1",
    ),
)
