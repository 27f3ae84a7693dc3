"""What a device lacks, and where the login ends for it: against a table of its own, made from RFC 8252 alone."""

from itertools import product

import pytest

from flowsim import Simulation
from flowsim.model.clients import CLIENTS
from flowsim.model.scenario import Settings, UserBehaviour
from flowsim.model.states import Act, State
from flowsim.model.steps import BROWSER, CLIENT
from flowsim.model.world import VICTIM
from flowsim.protocol.messages import Opening, Request, query_of
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from flowsim.views.text import narration
from flowsim.views.text.words_of_console import console

SEED = 7


def ended(trace: Trace) -> State:
    return trace.worlds[-1].runs[VICTIM].state


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("user", ["accepts", "denies"])
def test_an_answer_to_a_scheme_that_nobody_has_registered_reaches_nobody(client: str, user: UserBehaviour) -> None:
    settings: Settings = {"seed": SEED, "client": client, "user": user}
    trace = Simulation(**settings).fork("no app", scheme_app="none").played()
    if client != "native-scheme":
        # No other kind of app is called back by a scheme of its own (RFC 8252 §7).
        assert [one.messages for one in trace.events] == [
            one.messages for one in Simulation(**settings).played().events
        ]
        return
    last = trace.events[-1]
    assert ended(trace) is State.ANSWER_UNDELIVERED
    assert (last.sender, last.receiver, last.step, last.messages) == (BROWSER, CLIENT, 6, ())
    app = trace.worlds[-1].clients["com.example.app:"]
    assert not app.tokens and app.transactions, "the app waits"
    assert [one.check.id for one in last.checks if one.decides] == ["device.scheme_registered"]


def test_the_code_of_an_answer_that_reached_nobody_is_issued_and_not_used() -> None:
    trace = Simulation(seed=SEED, scheme_app="none").played()
    (code,) = [made.value for event in trace.events for made in event.made if made.kind == "code"]
    assert not trace.worlds[-1].servers["https://as.example"].grants[code].used
    (line,) = [line for one in narration.told(trace) for line in console(one)]
    assert line == "The address com.example.app:/callback was not opened: no app has registered com.example.app:."
    assert code not in line
    assert code not in "".join(narration.text(one) for one in narration.told(trace))
    assert [one["_console"] for one in har(trace)["log"]["pages"] if "_console" in one] == [[line]]


def test_an_app_that_somebody_installs_for_the_scheme_gets_the_answer() -> None:
    """Whoever registers the scheme gets the address, whether the right app is there or not (RFC 8252 §8.1)."""
    trace = Simulation(seed=SEED, scheme_app="none", pkce="none", attacker="code-interception").played()
    assert trace.verdict.attack_succeeded
    assert ended(trace) is State.CODE_TAKEN


def listens_on(trace: Trace) -> str | None:
    """The port in the redirect_uri that the app has sent the browser with; None where it has sent it nowhere."""
    asked = [one.message for event in trace.events for one in event.messages if event.act is Act.STEP_3]
    request = next((one for one in asked if isinstance(one, Opening | Request)), None)
    uri = dict(query_of(request.url))["redirect_uri"] if request else None
    return uri.split("/")[2].partition(":")[2] if uri else None


@pytest.mark.parametrize(
    ("taken", "fixed", "compares"), [*product([False, True], repeat=3)], ids=lambda value: "yes" if value else "no"
)
def test_only_an_app_that_takes_any_port_at_a_server_that_allows_any_always_gets_in(
    taken: bool, fixed: bool, compares: bool
) -> None:
    trace = Simulation(
        seed=SEED,
        client="native-loopback",
        loopback_port="taken" if taken else "free",
        fixed_port=fixed,
        compares_ports=compares,
    ).played()
    if taken and fixed:
        assert (ended(trace), trace.verdict.stopped_by) == (State.PREPARATION_STOPPED, "device.port_free")
        assert listens_on(trace) is None
    elif taken and compares:
        # RFC 8252 §7.3: "MUST allow any port to be specified at the time of the request".
        assert (ended(trace), trace.verdict.stopped_by) == (State.ERROR_PAGE, "authorize.redirect_uri_registered")
        assert listens_on(trace) not in ("51004", None)
    else:
        assert ended(trace) is State.DONE
        assert (listens_on(trace) == "51004") is not taken


@pytest.mark.parametrize("client", ["native-scheme", "native-https", "native-loopback"])
@pytest.mark.parametrize(
    ("view", "named", "refused"), [*product([False, True], repeat=3)], ids=lambda value: "yes" if value else "no"
)
def test_a_server_can_refuse_the_web_view_that_says_so_and_no_other(
    client: str, view: bool, named: bool, refused: bool
) -> None:
    trace = Simulation(
        seed=SEED, client=client, web_view=view, web_view_named=named, refuses_web_views=refused
    ).played()
    agents = {
        one.message.header("user-agent")
        for event in trace.events
        for one in event.messages
        if one.sender == BROWSER and isinstance(one.message, Request)
    }
    assert len(agents) == 1
    assert ("wv" in str(agents)) is (view and named)
    if view and named and refused:
        assert (ended(trace), trace.verdict.stopped_by) == (State.ERROR_PAGE, "authorize.no_web_view")
        assert not any("password" in one.message.text() for event in trace.events for one in event.messages)
    else:
        assert ended(trace) is State.DONE
    assert any(one.check.id == "authorize.no_web_view" for event in trace.events for one in event.checks) is refused
