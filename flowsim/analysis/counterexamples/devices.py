"""The cases of what a device lacks: a port that is free, an app for a scheme, a browser in the place of a web view."""

from flowsim.analysis.counterexamples.case import Counterexample, move
from flowsim.model.states import State

CASES: tuple[Counterexample, ...] = (
    Counterexample(
        "device.port_free", move(State.CLICKED, client="native-loopback", loopback_port="taken", fixed_port=True)
    ),
    Counterexample("device.scheme_registered", move(State.CODE_IN_BROWSER, client="native-scheme", scheme_app="none")),
    Counterexample(
        "authorize.no_web_view",
        move(State.PREPARED, client="native-scheme", web_view=True, web_view_named=True, refuses_web_views=True),
    ),
)
