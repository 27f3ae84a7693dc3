"""Where an app on a phone keeps its refresh token, who can read it there, and what it is worth to them: tried in runs.

Who reaches which place is a matter of the operating system, and stands here as data: what its makers document, which no run
can find out. A *file* in the app's own folder is out of reach of other apps; a backup may copy it. The *keystore* (Keychain
on Apple's systems, Keystore on Android) keeps things under keys of the device, and can leave them out of backups. A key in
*hardware* never comes out; an app can only have it used. A program with the rights of the system (root, a jailbreak) reads
what the app reads, while it runs.

What the token is worth to whoever has it is tried with the authorization server's real code.

Source: RFC 9700 sections 2.2.2 and 4.14, RFC 9449 section 11.4; Apple Platform Security (Keychain data
protection), Android developers' documentation (Android Keystore system, auto backup).
"""

from dataclasses import dataclass

from flowsim.lessons.table import Table
from flowsim.model.app_settings import DpopUse
from flowsim.model.states import State
from flowsim.simulation.simulation import Simulation, Trace

OFFLINE = "openid profile read:messages offline_access"


@dataclass(frozen=True, slots=True)
class Place:
    """A place for a refresh token: its name, which readers get the token out of it, and whether a key has to go with it."""

    name: str
    readers: frozenset[str]
    key_in_hardware: bool = False


READERS: dict[str, str] = {
    "another app": "an ordinary app on the same phone",
    "a copied backup": "somebody who has a backup of the phone",
    "an unlocked phone": "somebody who holds the unlocked phone and copies the app's folder, where the system lets them",
    "malware": "a program with the rights of the system, while it runs",
}
PLACES: tuple[Place, ...] = (
    Place("shared storage", frozenset(READERS)),
    Place("a file of the app", frozenset(READERS) - {"another app"}),
    Place("a file left out of backups", frozenset({"an unlocked phone", "malware"})),
    Place("the keystore, this device only", frozenset({"malware"})),
    Place("the keystore, and DPoP with a key in hardware", frozenset({"malware"}), key_in_hardware=True),
)


def theft(place: Place, rotation: bool = True, later: str = "") -> Trace:
    """The theft of a refresh token that was kept in this place, and its use on another device."""
    dpop: DpopUse = "tokens" if place.key_in_hardware else "off"
    return Simulation(scope=OFFLINE, attacker="refresh-theft", dpop=dpop, rotation=rotation, later=later, seed=7).run()


def app_refreshes() -> bool:
    """True where the app itself, on its own phone and with its key, gets new tokens: so does who has it do so."""
    trace = Simulation(scope=OFFLINE, dpop="tokens", later="refresh", seed=7).run()
    return any(run.state is State.TOKENS_HELD for run in trace.worlds[-1].runs.values())


def worth(place: Place, reader: str) -> str:
    """What this reader gets out of this place: nothing, a token that works anywhere, or one that does on the phone only."""
    if reader not in place.readers:
        return "nothing"
    if theft(place).verdict.attacker_reads_data:
        return "✗ a token, good anywhere"
    return "✗ a token, good on this phone" if app_refreshes() else "a token, good nowhere"


def phone_storages() -> Table:
    """A table: for each place what each reader gets."""
    rows = tuple((place.name, *(worth(place, reader) for reader in READERS)) for place in PLACES)
    return Table(caption="What a reader gets", head=("kept in", *READERS), rows=rows)
