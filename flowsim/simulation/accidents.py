"""What has gone wrong with nobody to blame, in a sentence or two: messages lost or delivered twice, requests that overlap.

All of it is read off the log and the server's memory. Whether the user has lost anything by it is read off what the app
holds: a refresh token that the server has revoked is worth nothing, whatever the app thinks.
"""

from collections import Counter
from collections.abc import Iterator

from flowsim.model.states import Act, Outcome, Role
from flowsim.model.world import VICTIM, Event, Server, World, session_of
from flowsim.protocol import signed_tokens

_TWICE = ("token.code_unused", "refresh.not_used")


def accidents(world: World) -> tuple[str, bool]:
    """What the network has done, what the server made of it, and what it cost; and whether all is well all the same.

    The text is empty where nothing happened.
    """
    harm = (*_issued_twice(world), *_taken_for_theft(world))
    given_up = any(event.act is Act.TIME_OUT for event in world.log)
    return " ".join((*_on_the_way(world), *harm)), not harm and not given_up


def _on_the_way(world: World) -> Iterator[str]:
    done = Counter(event.act for event in world.log)
    told = [words + _often(done[act]) for act, words in _DONE_BY_THE_NETWORK.items() if done[act]]
    if told:
        yield f"The network {' and '.join(told)}."
    if done[Act.RETRY]:
        yield "The app sent what nobody answered once more."
    if any(one.act is Act.TIME_OUT and not _is_the_login(world, one) for one in world.log):
        yield "The app gave up waiting."


def _is_the_login(world: World, event: Event) -> bool:
    """True where the user's login itself was given up, which is told in its own words."""
    return event.run == VICTIM and event.step < Act.STEP_10.step


_DONE_BY_THE_NETWORK = {
    Act.LOSE_REQUEST: "lost a request",
    Act.LOSE_ANSWER: "lost an answer",
    Act.DUPLICATE: "delivered a request twice",
}


def _often(times: int) -> str:
    return {1: "", 2: " twice"}.get(times, f" {times} times")


def _issued_twice(world: World) -> Iterator[str]:
    """What came of two requests that a careless server looked up before it had marked anything as used."""
    if any(times > 1 for times in Counter(families_of_codes(world)).values()):
        yield "One code gave two sets of tokens."
    server = world.servers[world.runs[VICTIM].server]
    successors = Counter((one.family, one.number) for one in server.refresh_tokens.values() if one.number > 1)
    if any(times > 1 for times in successors.values()):
        yield "One refresh token has two successors: its family is split."


def families_of_codes(world: World) -> Iterator[str]:
    """The code of each set of tokens that was issued for a code, in order."""
    server = world.servers[world.runs[VICTIM].server]
    for event in world.log:
        if event.act is Act.STEP_8 or (event.act is Act.ANSWER_COPY and event.step == Act.STEP_8.step):
            for made in event.made:
                token = signed_tokens.read(made.value) if made.kind == "access_token" else None
                record = server.access_tokens.get(str(token.claims.get("jti"))) if token else None
                if record is not None:
                    yield record.family


def _taken_for_theft(world: World) -> Iterator[str]:
    """That the server has revoked tokens because something honest came twice, and whether the user feels it."""
    event = next((one for one in world.log if _came_twice(one)), None)
    if event is None:
        return
    server = world.servers[world.runs[VICTIM].server]
    what = _what_came_twice(world, event)
    refresh, access = server.refresh_tokens.values(), server.access_tokens.values()
    if not any(one.revoked for one in refresh) and not any(one.revoked for one in access):
        yield f"The server refused {what}, and revoked nothing."
        return
    yield f"The server took {what} for a theft, and revoked tokens."
    run = world.runs[event.run]
    good = [who for who, one in world.clients[run.client].tokens.items() if one.refresh_token in _good(server)]
    if run.who not in good:
        yield "In that browser the user has to log in again." if good else "The user has to log in again."


def _came_twice(event: Event) -> bool:
    return any(one.decides and one.check.id in _TWICE for one in event.checks)


def _what_came_twice(world: World, event: Event) -> str:
    if event.act is Act.ANSWER_COPY:
        return "the second delivery"
    before = [one for one in world.log if one.run == event.run and one.index < event.index]
    retried = any(one.act is Act.RETRY for one in before)
    if retried and any(one.act is event.act and one.outcome is not Outcome.AGAIN for one in before):
        return "the second try"
    return (
        "the second use of a refresh token"
        if world.runs[event.run].role is Role.REFRESH
        else "the second use of a code"
    )


def _good(server: Server) -> frozenset[str]:
    """The refresh tokens that this server still takes, or would if they had not been exchanged."""
    return frozenset(text for text, one in server.refresh_tokens.items() if not one.revoked)


def lost_tokens(world: World) -> str:
    """That tokens were issued for the user's login and never came to the app, with a space before it; empty if not."""
    issued = any(one.run == VICTIM and one.act is Act.STEP_8 and one.outcome is Outcome.OK for one in world.log)
    held = world.clients[world.runs[VICTIM].client].tokens.get(session_of(world))
    return " The server had issued tokens, and the app has none." if issued and held is None else ""
