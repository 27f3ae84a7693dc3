"""The settings of the browser and its device: what it lets other sites keep, and what it does of its own accord.

Source: RFC 6265bis sections 5.6.7.2 and 7.1, RFC 8252 sections 7.1 and 7.3.
"""

from dataclasses import dataclass
from typing import Literal

from flowsim.model.settings import setting

ThirdPartyCookies = Literal["allowed", "blocked", "partitioned"]
SchemeApp = Literal["installed", "none"]
LoopbackPort = Literal["free", "taken"]
AnswerTab = Literal["same", "new"]


@dataclass(frozen=True, kw_only=True)
class BrowserSettings:
    """What the user's browser does. That of an attacker's own login does the same."""

    third_party_cookies: ThirdPartyCookies = setting(
        "allowed",
        title="third-party cookies",
        help="What a page in a frame of another site's page has of its cookies (RFC 6265bis §7.1)",
        choices={
            "allowed": "those that are marked SameSite=None",
            "blocked": "none, and it can set none",
            "partitioned": "those that it has set in frames of the same site, apart from all others",
        },
    )
    posts_new_cookies: bool = setting(
        False,
        title="new cookies with posted forms",
        help="A cookie without SameSite goes with a form from another site for two minutes (RFC 6265bis §5.6.7.2)",
    )
    scheme_app: SchemeApp = setting(
        "installed",
        title="app for the scheme",
        help="Whether an app on the device has registered the private-use scheme that an answer goes to (RFC 8252 §7.1)",
        choices={
            "installed": "the app that the user logs in to",
            "none": "none: the app runs, and its scheme was never registered here",
        },
    )
    loopback_port: LoopbackPort = setting(
        "free",
        title="loopback port",
        help="Whether another program listens on the port that an app on a computer usually takes (RFC 8252 §7.3)",
        choices={"free": "none does", "taken": "one does, so that an app that takes any free port has another one"},
    )
    answer_tab: AnswerTab = setting(
        "same",
        title="tab of the answer",
        help="In which tab the browser opens the app's address that has the answer in it",
        choices={
            "same": "in the one in which the login takes place",
            "new": "in a new one, as a device does that opens the address anew; its sessionStorage is empty",
        },
    )
