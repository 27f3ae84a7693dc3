"""The attacker is on the network and reads what goes there without TLS: `network-reader`, `network-reader-of-tokens`.

The first reads the code in the redirect to a website that has no TLS, and puts it into a login of its own at that website,
which has the secret that redeeming takes. PKCE and `nonce` tie the code to the victim's login, so it gets no further.
(Read at the same place, the website's cookie would open the user's session without any code. That is not played, and no
parameter of the protocol would help: TLS does.)

The second reads the access token in a call of the API that goes without TLS. A bearer token works for whoever has it. One
that is bound to a key takes a new proof for each request (see proof_replay.py).

Source: RFC 9700 sections 2.6 and 3 (A2), RFC 6749 section 10.5, RFC 6750 section 5.3.
"""

from flowsim.attacks.access_token_theft import NOT_ASKING, AccessTokenTheft
from flowsim.attacks.code_injection import CodeInjection
from flowsim.attacks.toolkit import has_done
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World


class NetworkReader(CodeInjection):
    """Reads the code on the network, and lets the website redeem it in a login of the attacker's own."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" in world.attacker.loot:
            return CodeInjection.next_move(self, world)
        open_to_read = world.scenario.cleartext == "app" and world.scenario.profile.kind == "website"
        comes_by = open_to_read and world.runs[VICTIM].state is State.CODE_IN_BROWSER
        return Move(VICTIM, Act.WIRETAP) if comes_by else None

    def reason(self, world: World) -> str | None:
        why = CodeInjection.reason(self, world)
        return f"The redirect went over the network without TLS. {why}" if why and _read_on_the_network(world) else None


class NetworkReaderOfTokens(AccessTokenTheft):
    """Reads a call of the API on the network, and calls the API when all others have done."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "access_token" in world.attacker.loot:
            return AccessTokenTheft.next_move(self, world)
        open_to_read = world.scenario.cleartext == "API" and not world.scenario.profile.in_browser
        comes_by = open_to_read and world.runs[VICTIM].state is State.API_ASKED
        return Move(VICTIM, Act.WIRETAP) if comes_by else None

    def reason(self, world: World) -> str | None:
        why = AccessTokenTheft.reason(self, world)
        return f"The call went over the network without TLS. {why}" if why and _read_on_the_network(world) else None


def _read_on_the_network(world: World) -> bool:
    return has_done(world, Act.WIRETAP) and not has_done(world, Act.REPLACE_REQUEST)


ATTACKERS = (
    NetworkReader(
        name="network-reader",
        title="somebody on the network reads the code",
        positions=("A2",),
        about="The website has no TLS. Somebody on the network reads the code, and puts it into a login of their own.",
    ),
    NetworkReaderOfTokens(
        name="network-reader-of-tokens",
        title="somebody on the network reads the access token",
        positions=("A2",),
        about="A call of the API goes without TLS. Somebody on the network reads the token, and calls the API with it.",
        prize="access_token",
        too_late=NOT_ASKING,
    ),
)
