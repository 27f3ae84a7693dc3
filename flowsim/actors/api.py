"""The API, or resource server: it holds the data, and lets in whoever bears a good access token.

Source: RFC 6750 sections 2 and 3, RFC 9068 section 4.
"""

from flowsim import tokens
from flowsim.actors.scene import Scene
from flowsim.checks import api as checks
from flowsim.messages import Request, Response, response, single
from flowsim.world import Api

SCOPES = {"GET": "read:messages", "POST": "write:messages"}
_STATUS = {"invalid_request": 400, "insufficient_scope": 403}


def handle(api: Api, request: Request, scene: Scene) -> Response:
    """The answer to this request: the messages of the token's user, or the error RFC 6750 section 3.1 names."""
    if request.path != "/messages":
        return response(404, json={"error": "there is only /messages here"})
    scope = SCOPES.get(request.method)
    if scope is None:
        return response(405, headers={"Allow": ", ".join(SCOPES)}, json={"error": f"expected {' or '.join(SCOPES)}"})
    headers = tuple(value for name, value in request.headers if name.lower() == "authorization" and _is_bearer(value))
    form = request.form if request.method == "POST" else ()  # a GET has no form to speak of (RFC 6750 section 2.2)
    text = _bearer(headers[0]) if headers else single(form, "access_token")
    at = checks.AtApi(
        authorization=headers,
        form=form,
        text=text,
        token=tokens.read(text) if text else None,
        origin=api.origin,
        issuer=api.issuer,
        jwks=api.jwks,
        scope=scope,
        now=scene.now,
    )
    failed = scene.judge(checks.CHECKS, at)
    if failed is not None:
        return _refuse(api, failed.error, failed.title, scope)
    user = str(at.claim("sub") or "nobody")
    if request.method == "POST":
        return response(201, json={"owner": user, "sent": True})
    return response(200, headers={"Cache-Control": "no-store"}, json={"owner": user, "messages": _messages(api, user)})


def _messages(api: Api, user: str) -> list[str]:
    return list(api.messages.get(user, ()))


def _is_bearer(value: str) -> bool:
    """False for another scheme, such as Basic: to an API that is as if nothing had been sent (RFC 6750 section 3.1)."""
    return value.partition(" ")[0].lower() == "bearer"


def _bearer(value: str) -> str | None:
    token = value.partition(" ")[2]
    return token if token and " " not in token else None


def _refuse(api: Api, error: str, title: str, scope: str) -> Response:
    """401 without an error code where there was no token at all; else the code, and for 403 the scope it takes."""
    challenge = f'Bearer realm="{api.origin}"'
    if error:
        challenge += f', error="{error}", error_description="Refused, because this does not hold: {title}"'
    if error == "insufficient_scope":
        challenge += f', scope="{scope}"'
    return response(_STATUS.get(error, 401), headers={"WWW-Authenticate": challenge})
