"""A picture of another site in a page of the app or of the server, and what its request tells that site.

Source: RFC 9700 sections 4.2.1, 4.2.2 and 4.2.4; Referrer Policy section 8.
"""

from collections.abc import Mapping

from flowsim.actors import browser
from flowsim.engine.turn import Turn
from flowsim.model.steps import BROWSER, ELSEWHERE
from flowsim.protocol.messages import Response, response

_WELCOME = f'<!doctype html><title>Logged in</title><p>Welcome.</p><img src="{browser.PICTURE}" alt="">'


def load(turn: Turn, shown: Response, url: str, loads: bool) -> None:
    """Record the request for the picture and its answer, where this page at this address `loads` it."""
    if not loads or not shown.body:
        return
    turn.context.record_message(BROWSER, ELSEWHERE, browser.load_picture(shown, url))
    turn.context.record_message(ELSEWHERE, BROWSER, response(200, headers={"Content-Type": "image/png"}))


def welcome(headers: Mapping[str, str], policy: str) -> Response:
    """The page of a website that stays at the address with the answer in it."""
    return response(200, headers={**headers, "Referrer-Policy": policy}, html=_WELCOME)
