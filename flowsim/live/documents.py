"""How a live server reads what an app says of itself, where the client_id is an address: over the network, with care.

Whoever begins a login names the address. So nothing within is asked, no redirect is followed, and nobody is waited for
long.

Source: OAuth Client ID Metadata Document sections 4 and 6.
"""

from collections.abc import Callable

import httpx

from flowsim.live.careful_transport import CarefulTransport
from flowsim.protocol.client_id_documents import LONGEST
from flowsim.protocol.messages import Request, Response, response

Fetch = Callable[[Request], Response]
_SECONDS = 5  # that the server waits


def over_the_network(*, own_machine: bool = False, transport: httpx.BaseTransport | None = None) -> Fetch:
    """Gives the answer to a GET of such an address; 502 where there is none. Of a longer body the beginning is enough.

    A server on this machine may read documents on this machine as well. `transport` replaces the network.
    """
    careful = transport or CarefulTransport(own_machine=own_machine)

    def fetch(asked: Request) -> Response:
        try:
            with (
                httpx.Client(transport=careful, timeout=_SECONDS, follow_redirects=False) as client,
                client.stream(asked.method, asked.url, headers=list(asked.headers)) as answer,
            ):
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LONGEST:
                        break
                headers = tuple(answer.headers.multi_items())
                return Response(status=answer.status_code, headers=headers, body=body.decode("utf-8", "replace"))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return response(502, json={"error": str(error)})

    return fetch
