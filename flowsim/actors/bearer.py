"""How an access token is shown to whoever has data, and how it is refused: the same at an API and at userinfo.

Source: RFC 6750 sections 2 and 3, RFC 9449 section 7.1.
"""

from collections.abc import Mapping

from flowsim.checks.bearer import BearerFacts, BearerRefusal
from flowsim.model.refusal import OAuthError
from flowsim.protocol import credentials, dpop
from flowsim.protocol.messages import Request, Response, response, single

_STATUS: dict[str | None, int] = {"invalid_request": 400, "insufficient_scope": 403}


def shown(request: Request) -> BearerFacts:
    """The token of this request, in a header or in a form that is posted; in the address it is not looked at.

    Another scheme, such as Basic, is as if nothing had been sent (RFC 6750 section 3.1).
    """
    read = [(value, credentials.read(value)) for value in request.all_of("authorization")]
    ours = [(value, one) for value, one in read if one.scheme in ("bearer", "dpop")]
    form = request.form if request.method == "POST" else ()  # a GET has no form to speak of (RFC 6750 section 2.2)
    posted = single(form, "access_token")
    if ours:
        scheme, text = ours[0][1]
    else:
        scheme, text = "", posted if posted and credentials.well_formed(posted) else None
    return BearerFacts(authorization=tuple(value for value, _ in ours), form=form, scheme=scheme, text=text)


def refuse(
    realm: str | None,
    refusal: BearerRefusal,
    title: str,
    *,
    scope: str,
    scheme: str = "Bearer",
    headers: Mapping[str, str] | None = None,
    acr: str | None = None,
    max_age: int | None = None,
    algorithms: tuple[str, ...] = (dpop.ALGORITHM,),
    resource_metadata: str | None = None,
) -> Response:
    """401 without an error code where there was no token at all; else the code, and for 403 the scope it takes.

    Where another login is wanted, all that is demanded is named: `acr`, and `max_age` in seconds (RFC 9470 section 3).
    A challenge for a proof names the `algorithms` that are taken (RFC 9449 section 7.1). An API without a `realm` names its
    scope to whoever comes without a token, and the address of its `resource_metadata` (RFC 9728 section 5.1).
    """
    code = refusal.code if isinstance(refusal, OAuthError) else None
    said: list[tuple[str, object]] = [("realm", realm)]
    if code is not None:
        said += [("error", code), ("error_description", f"Refused, because this does not hold: {title}")]
    if code == "insufficient_scope" or (code is None and realm is None):
        said.append(("scope", scope))
    if code == "insufficient_user_authentication":
        said += [("acr_values", acr), ("max_age", max_age)]
    said.append(("resource_metadata", resource_metadata))
    if scheme == "DPoP":
        said.append(("algs", " ".join(algorithms)))
    challenge = ", ".join(f'{name}="{value}"' for name, value in said if value is not None)
    return response(_STATUS.get(code, 401), headers={"WWW-Authenticate": f"{scheme} {challenge}", **(headers or {})})
