"""The document of an app whose client_id is an address: the server asks for it, at the website of the app's makers.

Source: OAuth Client ID Metadata Document section 4.
"""

from flowsim.actors.authorization_server import client_documents
from flowsim.actors.mistakes import assistants
from flowsim.engine import network
from flowsim.engine.turn import Turn
from flowsim.model.steps import ELSEWHERE, SERVER
from flowsim.model.world import VICTIM, Server
from flowsim.protocol.addresses import same_page
from flowsim.protocol.messages import Request, Response, response


def read(turn: Turn, server: Server, asked: Request) -> tuple[Server, Response | None]:
    """The server that has looked the app of this request up, where it has to; and the page, if it does not believe it."""
    client_id = client_documents.unknown_app(server, asked)
    if client_id is None:
        return server, None
    wanted = client_documents.ask(client_id, turn.context, network.look_up(client_id))
    if isinstance(wanted, Response):
        return server, wanted
    turn.context.record_message(SERVER, ELSEWHERE, wanted)
    answer = _website(turn, client_id, wanted)
    turn.context.record_message(ELSEWHERE, SERVER, answer)
    return client_documents.believe(server, client_id, answer, turn.context)


def _website(turn: Turn, address: str, wanted: Request) -> Response:
    """What the website of the app's makers answers; it has one document."""
    app = turn.world.clients[turn.world.runs[VICTIM].client]
    if not app.document or not same_page(address, app.profile.client_id):
        return network.answer(wanted)
    return assistants.served(app.mistakes, response(200, json=app.document))
