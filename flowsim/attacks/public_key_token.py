"""A token signed with the public key as a secret: the attacker writes it, and `HS256` into its header.

For `HS256` one secret both signs and verifies. A careless verifier takes the server's public key for that secret, and the
public key is known to everybody.

Source: RFC 8725 sections 2.1 and 3.1, RFC 7517.
"""

from flowsim.attacks.unsigned_token import ForgedToken, Signature
from flowsim.attacks.view import View
from flowsim.protocol import signed_tokens


def _with_the_public_key(world: View) -> Signature:
    """Made with the key that the server publishes for everybody."""
    key = signed_tokens.find_key({"keys": world.keys}, world.keys[0]["kid"])
    assert key is not None
    return lambda text: signed_tokens.hmac_with_public_key(key, text)


ATTACKER = ForgedToken(
    name="public-key-token",
    title="a token signed with the public key as a secret",
    positions=("A1",),
    about="Somebody writes an access token for the victim, and signs it with the one key that everybody has.",
    algorithm="HS256",
    signature=_with_the_public_key,
    explains="It is signed with the public key, and the API took that key for a secret.",
)
