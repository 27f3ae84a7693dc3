"""A table of the five kinds of redirect: who gets it when a hostile app asks for the same address, and what for.

Each row is three runs. In two of them the honest app's code falls into the wrong hands, without and with PKCE. In the third
the hostile app begins a login of its own, under the honest app's name. The cells say what came of each run.

Source: RFC 8252 sections 7.1 to 7.3, 8.1 and 8.6.
"""

from flowsim.actors import browser
from flowsim.lessons.table import Table
from flowsim.model.clients import CLIENTS, PROFILES, Profile
from flowsim.model.states import Act
from flowsim.model.steps import step_name
from flowsim.model.world import VICTIM
from flowsim.simulation.simulation import Simulation, Trace

_KINDS = {
    "scheme": "private-use scheme",
    "claimed-https": "claimed https",
    "loopback": "loopback",
    "page": "single-page app",
    "website": "website",
}


def redirects(seed: int | str = 7) -> Table:
    """For each kind of client: its redirect_uri, who gets it beside a hostile app, and what becomes of three attacks."""
    return Table(
        caption="Five kinds of redirect, and a hostile app on the same device that asks for the app's address",
        head=(
            "the app's redirect",
            "who may get it",
            "the code is taken or leaks, no PKCE",
            "the same with S256",
            "the hostile app begins a login, with S256",
        ),
        rows=tuple(_row(PROFILES[name], seed) for name in CLIENTS),
    )


def _row(profile: Profile, seed: int | str) -> tuple[str, ...]:
    bare, bound = (
        Simulation(client=profile.name, attacker="code-interception", pkce=method, seed=seed).run()
        for method in ("none", "S256")
    )
    own = Simulation(
        client=profile.name, attacker="app-impersonation", pkce="S256", remembered="consent", seed=seed
    ).run()
    return (
        f"{_KINDS[profile.kind]}: {profile.redirect_uri}",
        _who_gets_it(own, profile),
        _what_came(bare),
        _what_came(bound),
        _what_came(own),
    )


def _who_gets_it(trace: Trace, profile: Profile) -> str:
    """Whom the victim's device hands this address, after the hostile app was installed there."""
    assert any(event.act is Act.INSTALL_APP for event in trace.events)
    hostile = browser.belongs_to_attacker(trace.worlds[-1].browsers[VICTIM], profile.redirect_uri)
    return "✗ the hostile app" if hostile else "the app"


def _what_came(trace: Trace) -> str:
    verdict = trace.verdict
    if verdict.attack_succeeded:
        return "✗ reads the data"
    assert verdict.stopped_at_step is not None, "an attack that fails was stopped by a check"
    return f"stopped at step {step_name(verdict.stopped_at_step)}: “{verdict.stopped_by_title}”"
