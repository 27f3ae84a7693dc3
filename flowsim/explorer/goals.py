"""What an attacker can be after: a name for each goal, and how a world shows that it has been reached.

Each is worked out from the world, and no verdict is spoken for it. Where the verdict speaks of the same thing both say the
same (`attack_succeeded` is the goal `account`, `password`, `denial`, `program` or `inside`, by what the attacker is after).

    data                             an API has given the attacker the victim's data, or the app shows it to them
    access-token, refresh-token      one of the victim's that works now, found out by trying it at a copy of the world
    victim-in-attackers-account      the app has the victim's browser logged in as the attacker
    attacker-in-victims-account      the app has the attacker's browser logged in as the victim
    account                          any of these
    password                         the victim's
    denial                           something of the victim's came to nothing that would have ended well
    inside                           a machine that the attacker cannot reach has done something for it
    program                          a program of the attacker's has run on the victim's machine
    code-twice                       two token requests with one code were answered with tokens (RFC 6749 §4.1.2)
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from flowsim.engine.honest_moves import honest_move
from flowsim.explorer.knowledge import Knowledge, known
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import ATTACKER
from flowsim.model.world import ATTACKER_USER, VICTIM, World
from flowsim.protocol.messages import Request, single
from flowsim.simulation.in_hand import InHand, in_hand
from flowsim.simulation.ledger import Learned, Ledger, Secret
from flowsim.simulation.verdict import accounts_of
from flowsim.simulation.without_attacker import spoilt

Goal = Callable[[World], bool]


def data(world: World) -> bool:
    """The attacker has got the victim's data from an API, or is logged in to the app as the victim and sees it there."""
    return "data" in world.attacker.loot or attacker_in_victims_account(world)


def access_token(world: World) -> bool:
    """The attacker knows an access token of the victim's that works at an API, or at userinfo."""
    has = known(world)
    if not has.access_tokens:
        return False
    held = _in_hand(world, has)
    return held.api or held.userinfo


def refresh_token(world: World) -> bool:
    """The attacker knows a refresh token of the victim's that the server still takes from it."""
    has = known(world)
    return bool(has.refresh_tokens) and _in_hand(world, has).refresh


def victim_in_attackers_account(world: World) -> bool:
    """The app takes the victim's browser for the attacker's."""
    return _accounts(world).get(VICTIM) == f"user-{world.people[ATTACKER_USER].username}"


def attacker_in_victims_account(world: World) -> bool:
    """The app takes the attacker's browser for the victim's."""
    return _accounts(world).get(ATTACKER_USER) == f"user-{world.people[VICTIM].username}"


def account(world: World) -> bool:
    """The attacker has got at the victim's account or data in any way, or has put the victim into its own account."""
    if "data" in world.attacker.loot:
        return True
    accounts = _accounts(world)
    victim, stranger = (f"user-{world.people[who].username}" for who in (VICTIM, ATTACKER_USER))
    if accounts.get(ATTACKER_USER) == victim or accounts.get(VICTIM) == stranger:
        return True
    has = known(world)
    return bool(has.access_tokens or has.refresh_tokens) and _in_hand(world, has).tokens


def password(world: World) -> bool:
    """The attacker has been sent the victim's password."""
    secret = world.people[VICTIM].password
    sent = (one for event in world.log if event.by_attacker for one in event.messages if one.receiver == ATTACKER)
    return any(isinstance(one.message, Request) and single(one.message.form, "password") == secret for one in sent)


def denial(world: World) -> bool:
    """Something of the victim's has come to nothing that ends well where nobody attacks."""
    return bool(spoilt(world, over=honest_move(world) is None))


def program(world: World) -> bool:
    """A program that the attacker wrote has run on the victim's machine."""
    return bool(world.browsers[VICTIM].ran)


def inside(world: World) -> bool:
    """A machine inside the honest parties' network has done what an address says that the attacker has chosen."""
    return bool(world.obeyed)


def code_twice(world: World) -> bool:
    """The server has given tokens twice for one code."""
    sent: dict[str, str] = {}
    answered: list[str] = []
    for event in world.log:
        for one in event.messages:
            if isinstance(one.message, Request) and (code := single(one.message.form, "code")):
                sent[event.run] = code
        if event.act is Act.STEP_8 and event.outcome is Outcome.OK:
            answered.append(sent[event.run])
    return len(answered) > len(set(answered))


def _accounts(world: World) -> dict[str, str]:
    """Whose account each browser is in; an app without tokens has nobody logged in."""
    return accounts_of(world) if world.clients[world.runs[VICTIM].client].tokens else {}


def _in_hand(world: World, has: Knowledge) -> InHand:
    """What works of what the attacker knows: tried once for as long as the servers and the APIs stay as they are."""
    kinds = {
        "access_token": has.access_tokens,
        "refresh_token": has.refresh_tokens,
        "client_secret": has.secrets,
        "client_assertion": has.assertions,
    }
    key = (kinds["access_token"], has.refresh_tokens, has.secrets, has.assertions, has.proofs, has.keys, world.now)
    # A mapping that never changes is known by its identity, for as long as it is kept.
    for servers, apis, about, said in reversed(_tried):
        if servers is world.servers and apis is world.apis and about == key:
            return said
    learned = (Learned(ATTACKER, Secret(kind, value, "")) for kind, values in kinds.items() for value in values)
    said = in_hand(world, Ledger((), (tuple(learned),)))
    _tried.append((world.servers, world.apis, key, said))
    return said


_tried: deque[tuple[object, object, object, InHand]] = deque(maxlen=32)


_OWN_BROWSER = (Act.STEP_7, Act.INJECT_CODE, Act.OPEN_ADDRESS)
_LEADS = (
    Act.OPEN_REQUEST,
    Act.FRAME_REQUEST,
    Act.OPEN_WINDOW,
    Act.OPEN_LINK,
    Act.OPEN_LOGIN_PAGE,
    Act.OPEN_UPSTREAM,
    Act.PLANT_RESPONSE,
    Act.MISDIRECT,
    Act.STRIP_CHALLENGE,
    Act.WRITE_REQUEST,
    Act.REPLACE_REQUEST,
)
_TOKENS = (Act.SEND_CODE, Act.STEP_R1, *_OWN_BROWSER)
# With which act the last decision before a goal can begin; for the others nobody knows.
_LAST: Mapping[str, tuple[Act, ...]] = {
    "data": (*_LEADS, *_OWN_BROWSER, Act.STEP_10),
    "access-token": (*_TOKENS, Act.READ_API_REQUEST, Act.SERVE_BEHIND, Act.WIRETAP),
    "refresh-token": (*_TOKENS, Act.READ_STORAGE),
    "victim-in-attackers-account": (*_LEADS, *_OWN_BROWSER),
    "attacker-in-victims-account": (*_LEADS, *_OWN_BROWSER),
    "account": (
        *_LEADS,
        *_TOKENS,
        Act.STEP_10,
        Act.READ_API_REQUEST,
        Act.SERVE_BEHIND,
        Act.WIRETAP,
        Act.READ_STORAGE,
    ),
    "password": (Act.READ_WEB_VIEW, Act.SHOW_COPY, Act.GET_RESPONSE, Act.READ_RESPONSE, Act.TAKE_RESPONSE, Act.WIRETAP),
    "program": (Act.NAME_PROGRAM,),
    "inside": (Act.NAME_INSIDE, *_LEADS),
}


def last_acts(goals: Iterable[str]) -> frozenset[Act] | None:
    """With which acts the last decision before one of these goals can begin; None where it can begin with any.

    Whoever has one decision left need not try the others: they only prepare something.
    """
    names = tuple(goals)
    if not all(name in _LAST and name in GOALS for name in names):
        return None
    return frozenset(act for name in names for act in _LAST[name])


GOALS: Mapping[str, Goal] = {
    "data": data,
    "access-token": access_token,
    "refresh-token": refresh_token,
    "victim-in-attackers-account": victim_in_attackers_account,
    "attacker-in-victims-account": attacker_in_victims_account,
    "account": account,
    "password": password,
    "denial": denial,
    "program": program,
    "inside": inside,
    "code-twice": code_twice,
}
