"""What an attacker decides, in a few words."""

from flowsim.model.states import Act
from flowsim.model.world import Event

_STEPS = {
    Act.STEP_1: "begin a login of one's own",
    Act.STEP_2: "go on with the login of one's own",
    Act.STEP_3: "go on with the login of one's own",
    Act.STEP_4: "go on with the login of one's own",
    Act.STEP_7: "let one's own redirect go on to the app",
    Act.STEP_10: "call the API with a token",
    Act.STEP_R1: "redeem a refresh token",
    Act.SEND_CODE: "redeem a code",  # a stolen one, or one of an app of the attacker's own
}


def phrase(decision: tuple[Event, ...]) -> str:
    """A decision (decisions.py) in a few words: those for what it begins with."""
    act = decision[0].act
    return _STEPS.get(act, act.phrase)
