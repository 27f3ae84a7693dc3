"""The user adds the attacker's MCP server to an app, and the authorization server that it names goes by the honest name.

Its metadata bear the honest issuer beside the attacker's endpoints. The browser goes on to the honest server, whose answer
has the honest `iss`: that fits. So `iss` alone does not help: the app has to compare the issuer in the metadata with the
one that it was told. All else is as in mix_up.py.

Source: RFC 8414 sections 3.3 and 6.2; Model Context Protocol, revision 2026-07-28, authorization server discovery.
"""

from flowsim.attacks.mix_up import TOO_LATE, MixUpByResourceMetadata
from flowsim.attacks.toolkit import has_done
from flowsim.attacks.view import View
from flowsim.model.states import Act
from flowsim.model.world import World


class BorrowedIssuer(MixUpByResourceMetadata):
    """The same, where the attacker's server goes by the honest one's name from the first word on."""

    __slots__ = ()

    def _lies(self, world: View) -> bool:
        return True

    def reason(self, world: World) -> str | None:
        if super().reason(world) is None or not has_done(world, Act.ANSWER_METADATA):
            return None
        return (
            "The attacker's metadata bore the honest issuer, so the app took the code and its verifier to the attacker."
        )


ATTACKER = BorrowedIssuer(
    name="borrowed-issuer",
    title="a server's metadata bear another issuer",
    positions=("A1",),
    about="An MCP server names the attacker's server, and that one's metadata bear the honest issuer. So its iss fits.",
    too_late=TOO_LATE,
)
