"""A script of somebody else's that runs in the app's page (cross-site scripting), and what it gets there.

It does what any script may do: read the storages and the cookies, replace `fetch` and wait until the app uses it, talk to
the app's worker, and send requests as the page does. What it takes away it tries from elsewhere, after the page was closed.

A script can do more than this. It can start a login of its own, if the server has a session with the user and asks nothing:
the attack silent-login plays that. And where tokens are bound to a key, it can have the page make proofs for later and take
them away with the tokens (RFC 9449 sections 11.2 and 11.4), and the key as well where the browser lets it be exported; that
is not played. The first four places are no defence against either. With a backend there is no key in the page, and a new
login gives the script no token; silent-login shows what it gives instead.

Source: RFC 10017 (OAuth 2.0 for Browser-Based Applications), section 5.1.
"""

from dataclasses import dataclass

from flowsim.actors import client
from flowsim.lessons.token_storage import Network, Page, Storage, open_page
from flowsim.model.clients import PROFILES
from flowsim.model.world import VICTIM, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, request


@dataclass(frozen=True, slots=True, kw_only=True)
class Loot:
    """What the script got: tokens to take away, data while the page is open, data and new tokens after it was closed."""

    access_token: str | None
    refresh_token: str | None
    data_while_open: bool
    data_after_closing: bool
    refreshes_after_closing: bool


def attack(world: World, storage: Storage) -> Loot:
    """Run the script in the page of an app that keeps its tokens in this place, then try what it has from elsewhere."""
    page, network = open_page(world, storage)
    seen, data = run_in(page, world.apis[world.runs[VICTIM].api].url, f"{world.runs[VICTIM].client}/bff")
    access = next((text for text in seen if signed_tokens.read(text)), None)
    refresh = next((text for text in seen if not signed_tokens.read(text)), None)
    return Loot(
        access_token=access,
        refresh_token=refresh,
        data_while_open=data,
        data_after_closing=access is not None and _call(network, world, access).status == 200,
        refreshes_after_closing=refresh is not None and _refresh(network, world, refresh).status == 200,
    )


def run_in(page: Page, data: str, backend: str) -> tuple[list[str], bool]:
    """The script itself, with nothing in its hands but the page: the tokens it saw, and whether it read the data."""
    seen = [*page.local_storage.values(), *page.session_storage.values(), *page.cookies.values()]
    answers: list[Response] = []
    honest = page.fetch

    def spy(asked: Request) -> Response:
        seen.extend((asked.header("authorization") or "").split(" ")[1:])
        answers.append(honest(asked))
        return answers[-1]

    page.fetch = spy
    page.read_data()
    answers += [honest(client.api_request(data, text)) for text in seen]
    answers += [honest(request("GET", backend))]
    answers += [page.post_to_worker(data)] if page.post_to_worker else []
    return list(dict.fromkeys(seen)), any(answer.status == 200 for answer in answers)


def _call(network: Network, world: World, access_token: str) -> Response:
    return network.send(client.api_request(world.apis[world.runs[VICTIM].api].url, access_token, "attacker"))


def _refresh(network: Network, world: World, refresh_token: str) -> Response:
    asked = client.refresh_request(
        f"{world.runs[VICTIM].server}/oauth/token",
        client_id=PROFILES[world.scenario.client].client_id,
        refresh_token=refresh_token,
        user_agent="attacker",
    )
    return network.send(asked)
