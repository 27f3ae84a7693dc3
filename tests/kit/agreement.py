"""Where a verdict and the oracle of the world say different things of the same story."""

from collections.abc import Iterator

from flowsim.model.states import Act, Outcome
from flowsim.model.world import World
from flowsim.simulation.ledger import ledger
from flowsim.simulation.simulation import Trace
from flowsim.simulation.verdict import Verdict, verdict
from tests.kit.claims_of_verdicts import verdict_faults
from tests.kit.world_oracle import Found, look

# What an attacker does to somebody else's run, and makes what comes of it its own.
_CHANGES = (
    Act.MISDIRECT,
    Act.STRIP_CHALLENGE,
    Act.WRITE_REQUEST,
    Act.REPLACE_REQUEST,
    Act.ANSWER_METADATA,
    Act.BORROW_RESOURCE,
    Act.SHARE_SERVER,
    Act.CLAIM_ENDPOINT,
    Act.NAME_PROGRAM,
    Act.NAME_INSIDE,
)


def differences(trace: Trace) -> list[str]:
    """What the verdict of this whole story says and the world does not bear out, or the other way round."""
    world = trace.worlds[-1]
    return [*_between(trace.verdict, look(world)), *_of_the_stop(trace.verdict, world), *verdict_faults(trace)]


def differences_in(world: World) -> list[str]:
    """As `differences`, of a last world that no simulation has led to."""
    said = verdict(world, ledger(world.log), over=True)
    return [
        *_between(said, look(world)),
        *_of_the_stop(said, world),
        *verdict_faults(Trace("any", (world,), over=True)),
    ]


def _of_the_stop(said: Verdict, world: World) -> Iterator[str]:
    """The check that has stopped the attacker has ended something of the attacker's, and is named with its step."""
    if said.stopped_by is None:
        return
    rewritten = {event.run for event in world.log if event.act in _CHANGES}
    own = {name for name, run in world.runs.items() if run.owner.startswith("attacker")}
    own |= rewritten | {"planted", "lured"}
    own |= {"victim" for event in world.log if event.act is Act.SHARE_SERVER}  # the login is for the attacker's server
    # Whoever has added the attacker's MCP server logs in at the attacker's authorization server, if that is the one named.
    met = [one.issuer for app in world.clients.values() for one in app.connections.values()]
    own |= {"victim"} if "https://as.attacker.example" in met else set()
    ended = [
        (one.check.id, one.check.step)
        for event in world.log
        for one in event.checks
        if event.run in own and one.decides and event.outcome not in (Outcome.OK, Outcome.SILENT)
    ]
    if (said.stopped_by, said.stopped_at_step) not in ended:
        yield f"stopped by {said.stopped_by} at {said.stopped_at_step}, and what ended the attacker's runs is {ended}"


def _between(said: Verdict, found: Found) -> Iterator[str]:
    if said.attack_succeeded is not found.succeeded:
        yield f"succeeded {said.attack_succeeded}, and the world shows {found}"
    if said.attacker_reads_data is not (found.data or found.account):
        yield f"reads {said.attacker_reads_data}, and the world shows {found}"
    if ("password" in said.attacker_holds) is not found.password:
        yield f"holds {said.attacker_holds}, and the world shows {found}"
    if said.accounts != dict(found.accounts):
        yield f"accounts {said.accounts}, and the world shows {found.accounts}"
    if (said.tone == "bad") is not found.succeeded:
        yield f"tone {said.tone}, and the world shows {found}"
    if found.tokens and (said.stopped_by or said.sentence.startswith(("Nothing", "The attack failed"))):
        yield f"with a live {found.tokens}: {said.sentence}"
    if "code" in found.live and said.sentence.startswith("Nothing"):
        yield f"with a live code: {said.sentence}"
