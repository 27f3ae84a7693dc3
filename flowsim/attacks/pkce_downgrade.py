"""The challenge is left out: login CSRF with a code that the attacker got without PKCE.

An app that relies on PKCE alone sends its `code_verifier` with every code. The attacker takes the challenge out of the
request of its own login, so the server has bound the code to nothing, and the verifier has nothing to fit. A server must
refuse a verifier that it did not expect.

Source: RFC 9700 section 4.8.
"""

from flowsim.actors import client
from flowsim.attacks.login_csrf import NOT_LOGGING_IN, LoginCsrf
from flowsim.attacks.toolkit import has_done, keep_the_own_redirect, own_request, push
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import OWN_LOGIN, VICTIM
from flowsim.protocol.messages import Opening


def _changed(world: View) -> bool:
    """True where the attacker has changed its own request, or put another in its place."""
    return has_done(world, Act.STRIP_CHALLENGE) or has_done(world, Act.WRITE_REQUEST)


class PkceDowngrade(LoginCsrf):
    """As login CSRF, and takes the challenge out of its own request before the server sees it."""

    __slots__ = ()

    def get_a_redirect(self, world: View) -> Move | None:
        own = world.runs.get(OWN_LOGIN)
        if own and own.state is State.PREPARED and not _changed(world):
            return self.strip(world)
        return keep_the_own_redirect(world)

    def strip(self, world: View) -> Move | None:
        """Take the challenge out; a request that was pushed has to be replaced by one the attacker pushes itself."""
        if world.scenario.par == "off":
            return Move(OWN_LOGIN, Act.STRIP_CHALLENGE)
        if "pushed_request_uri" not in world.attacker.loot:
            bare = {name: value for name, value in own_request(world).items() if not name.startswith("code_challenge")}
            return push(world, bare)
        server, client_id = world.runs[VICTIM].server, world.scenario.profile.client_id
        uri = world.attacker.loot["pushed_request_uri"]
        opened = Opening(url=client.pushed_address(f"{server}/authorize", client_id, uri))
        return Move(OWN_LOGIN, Act.WRITE_REQUEST, opened)


ATTACKER = PkceDowngrade(
    name="pkce-downgrade",
    title="the challenge is left out",
    positions=("A1",),
    about="As login-csrf, with a code that the attacker got without a code_challenge.",
    too_late=NOT_LOGGING_IN,
)
