"""The seams of a login for an MCP server: what that says, what its authorization server knows, what an app writes down."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowsim.actors.mistakes.seam import made
from flowsim.model.mcp import MCP_ORIGIN
from flowsim.model.world import Api, Server, evolve
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response, response

Document = dict[str, Any]
Change = Callable[[Document], Document]
_PICTURE = f"data:image/png;base64,{'iVBORw0K' * 800}"  # a logo of 6400 characters


# ---- The MCP server


def answer(api: Api, asked: Request, right: Response) -> Response:
    """The answer of the MCP server to this request, as it leaves it."""
    for change in made(api, WHAT_AN_MCP_SERVER_ANSWERS):
        right = change(asked, right)
    return right


def _about_itself(change: Change) -> Callable[[Request, Response], Response]:
    """This change of the metadata of the MCP server."""

    def changed(asked: Request, right: Response) -> Response:
        document = right.json()
        return response(200, json=change(document)) if "resource" in document and right.status == 200 else right

    return changed


def _in_place_of_itself(status: int, body: Document) -> Callable[[Request, Response], Response]:
    """This answer in place of the metadata of the MCP server."""

    def changed(asked: Request, right: Response) -> Response:
        if "resource" not in right.json():
            return right
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return response(status, headers=headers, json=body)

    return changed


def _forbidden(asked: Request, right: Response) -> Response:
    """An answer to who has shown no token, with another status and no challenge."""
    no_token = right.status == 401 and asked.header("authorization") is None
    return response(403, json={"error": "you may not do this"}) if no_token else right


def _with_slash(name: str) -> Change:
    """This member, a text or the texts of a list, with a slash at the end."""
    return lambda document: document | {name: _slashed(document[name])}


def _slashed(value: Any) -> Any:
    return f"{value}/" if isinstance(value, str) else [f"{one}/" for one in value]


def _without(name: str) -> Change:
    return lambda document: {key: value for key, value in document.items() if key != name}


# ---- Its authorization server


def told(server: Server) -> Server:
    """The server as it was set up, with what it was told of the MCP servers that it issues tokens for."""
    for change in made(server, RESOURCES):
        known = (change(one) if origin_of(one) == MCP_ORIGIN else one for one in server.resources)
        server = evolve(server, resources=tuple(one for one in known if one))
    return server


# ---- The app


def described(names: frozenset[str], right: Document) -> Document:
    """What the app says of itself, in its document or when it registers itself."""
    for name, change in WHAT_AN_APP_SAYS.items():
        right = change(right) if name in names else right
    return right


def served(names: frozenset[str], right: Response) -> Response:
    """The document of the app as its website serves it."""
    for name, change in HOW_IT_IS_SERVED.items():
        right = change(right) if name in names else right
    return right


def _in_its_document(change: Change) -> Change:
    """This change of what the app has written down for servers that it has never met; a registration stays as it is."""
    return lambda said: change(said) if "client_id" in said else said


def _as_page(right: Response) -> Response:
    headers = tuple((name, "text/html" if name.lower() == "content-type" else value) for name, value in right.headers)
    return replace(right, headers=headers)


def _elsewhere(right: Response) -> Response:
    where = f"https://www.{str(right.json().get('client_id')).removeprefix('https://')}"
    return response(301, headers={"Location": where})


WHAT_AN_MCP_SERVER_ANSWERS: Mapping[str, Callable[[Request, Response], Response]] = {
    "no-token-demanded": _forbidden,
    "resource-metadata-missing": _in_place_of_itself(404, {"error": "there is nothing here"}),
    "resource-metadata-guarded": _in_place_of_itself(401, {"error": "log in first"}),
    "resource-names-the-origin": _about_itself(lambda said: said | {"resource": origin_of(said["resource"])}),
    "resource-with-slash": _about_itself(_with_slash("resource")),
    "no-server-named": _about_itself(_without("authorization_servers")),
    "server-named-with-slash": _about_itself(_with_slash("authorization_servers")),
}
RESOURCES: Mapping[str, Callable[[str], str]] = {
    "resource-with-slash-at-the-server": lambda known: f"{known}/",
    "resource-not-known": lambda known: "",
}
WHAT_AN_APP_SAYS: Mapping[str, Change] = {
    "application-type-left-out": _without("application_type"),
    "document-too-long": _in_its_document(lambda said: said | {"logo_uri": _PICTURE}),
    "document-of-another": _in_its_document(lambda said: said | {"client_id": f"{said['client_id']}?v=2"}),
    "document-incomplete": _in_its_document(_without("client_name")),
    "document-with-secret": _in_its_document(lambda said: said | {"token_endpoint_auth_method": "client_secret_post"}),
}
HOW_IT_IS_SERVED: Mapping[str, Callable[[Response], Response]] = {
    "document-as-page": _as_page,
    "document-redirected": _elsewhere,
}
TABLES: tuple[Mapping[str, Any], ...] = (
    WHAT_AN_MCP_SERVER_ANSWERS,
    RESOURCES,
    WHAT_AN_APP_SAYS,
    HOW_IT_IS_SERVED,
)
