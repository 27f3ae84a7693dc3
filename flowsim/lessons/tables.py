"""Tables of what many runs came to: which check refuses which forged token, what a script gets out of which storage.

Every cell is computed when the table is made.
"""

from typing import Any

from flowsim.analysis.forged_tokens import FORGERIES, Attempt, hand_to_api, hand_to_app
from flowsim.lessons import cross_site_script
from flowsim.lessons.table import Table
from flowsim.lessons.token_storage import STORAGES
from flowsim.simulation.simulation import Trace


def forgeries(**settings: Any) -> Table:
    """Every forgery with a token, handed to the app and to the API of a login with these settings."""
    rows = []
    for forgery in FORGERIES.values():
        at_app = _verdict(hand_to_app(forgery.name, **settings)) if forgery.at_app else "–"
        at_api = _verdict(hand_to_api(forgery.name, **settings)) if forgery.at_api else "–"
        rows.append((forgery.title, at_app, at_api))
    return Table(caption="Who refuses what", head=("the token", "the app", "the API"), rows=tuple(rows))


def storages(trace: Trace) -> Table:
    """What a stranger's script gets out of a page of this single-page app, for each place where the app keeps tokens."""
    rows = []
    for storage in STORAGES:
        loot = cross_site_script.attack(trace.worlds[-1], storage)
        rows.append(
            (
                storage,
                _yes(loot.access_token is not None),
                _yes(loot.refresh_token is not None),
                _yes(loot.data_while_open),
                _yes(loot.data_after_closing),
                _yes(loot.refreshes_after_closing),
            )
        )
    return Table(
        caption="What a stranger's script gets in the app's page",
        head=("kept in", "access token", "refresh token", "data while open", "data later", "new tokens later"),
        rows=tuple(rows),
    )


def _verdict(attempt: Attempt) -> str:
    return f"refused by “{attempt.refused_by.title}”" if attempt.refused_by else "✗ accepted"


def _yes(got: bool) -> str:
    return "✗ yes" if got else "no"
