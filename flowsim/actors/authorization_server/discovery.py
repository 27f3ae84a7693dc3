"""What the authorization server says of itself: its metadata and its keys.

Source: RFC 8414 section 2, OIDC Discovery section 3, RFC 9126 section 5, RFC 7517 section 5.
"""

from typing import Any

from flowsim.actors.authorization_server.pages import error_page
from flowsim.checks import authorize
from flowsim.checks.authentication import DISPLAYS, PROMPTS
from flowsim.checks.token_endpoint import GRANT_TYPES
from flowsim.model.authentication import ACR
from flowsim.model.context import Context
from flowsim.model.world import (
    Server,
)
from flowsim.protocol import client_assertions, signed_tokens
from flowsim.protocol.messages import Request, Response, response

Answer = tuple[Server, Response]
METADATA_PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


def metadata(server: Server) -> dict[str, Any]:
    """What the server says of itself (RFC 8414 section 2, OIDC Discovery section 3)."""
    methods = {"code_challenge_methods_supported": list(server.methods)} if server.methods else {}
    # An app that tells of itself may bring its key along.
    with_keys = server.reads_documents or any(one.key is not None for one in server.clients.values())
    authentication = ["none", "client_secret_basic", "client_secret_post"]
    if "basic-only" in server.settings.quirks:
        authentication.remove("client_secret_post")
    authentication += [client_assertions.METHOD] if with_keys else []
    algorithms = [client_assertions.ALGORITHM]
    signed = {f"{name}_endpoint_auth_signing_alg_values_supported": algorithms for name in ("token", "revocation")}
    return {
        "issuer": server.issuer,
        "authorization_endpoint": f"{server.base}/authorize",
        "token_endpoint": f"{server.base}/oauth/token",
        "revocation_endpoint": f"{server.base}/oauth/revoke",
        "end_session_endpoint": f"{server.base}/logout",
        "userinfo_endpoint": f"{server.base}/userinfo",
        "jwks_uri": f"{server.base}/jwks.json",
        "scopes_supported": list(authorize.KNOWN_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(server.response_modes),
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [signed_tokens.ALGORITHM],
        "token_endpoint_auth_methods_supported": authentication,
        # Left out this would mean client_secret_basic alone (RFC 8414 section 2).
        "revocation_endpoint_auth_methods_supported": authentication,
        "authorization_response_iss_parameter_supported": server.settings.iss,
        "acr_values_supported": list(ACR.values()),
        "prompt_values_supported": list(PROMPTS),
        "display_values_supported": list(DISPLAYS),
        "ui_locales_supported": ["en"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        **(signed if with_keys else {}),
        **methods,
        **_par_metadata(server),
        **({"registration_endpoint": f"{server.base}/oauth/register"} if server.registers else {}),
        **({"client_id_metadata_document_supported": True} if server.reads_documents else {}),
        **({"dpop_signing_alg_values_supported": list(server.proofs.algorithms)} if server.dpop else {}),
    }


def _par_metadata(server: Server) -> dict[str, Any]:
    """What a server says that takes pushed requests (RFC 9126 section 5)."""
    if server.settings.par == "off":
        return {}
    return {
        "pushed_authorization_request_endpoint": f"{server.base}/oauth/par",
        "require_pushed_authorization_requests": server.settings.par == "required",
    }


def show_metadata(server: Server, request: Request, context: Context) -> Answer:
    if "openid-metadata-only" in server.settings.quirks and not request.path.endswith(METADATA_PATHS[0]):
        return server, error_page(404, "Not found", "There is no such page on this server.")
    return server, response(200, json=metadata(server))


def show_keys(server: Server, request: Request, context: Context) -> Answer:
    return server, response(200, json=published_keys(server, context.now))


def published_keys(server: Server, now: int) -> dict[str, Any]:
    """The JWKS: the key that signs, and retired keys for as long as tokens live that were signed with them."""
    listed = [key.kid for key in server.keys if key.listed_until is None or now < key.listed_until]
    return {"keys": [signed_tokens.signing_key(kid).public_jwk() for kid in listed]}
