"""What to say to a room of the steps that an attacker takes itself, and of what happens between two steps.

The notes of an attacker's own acts stand beside each act, those of the honest steps in model/steps.py.
"""

from collections.abc import Mapping

from flowsim.model.states import Act

IN_BETWEEN = "Say what has changed by now, and ask the room what that does to each value in the table."
STEPS_REFUSED = "Ask what the attacker has in hand now, and what that is worth. Then ask who has noticed anything."
# By the act; that of step 1 stands for those that are not named.
STEPS_TAKEN: Mapping[Act, str] = {
    Act.STEP_1: "Say: this is a step like any other, only somebody else takes it. Ask: could the other side tell?",
    Act.STEP_5: "Say: the account is the attacker's own and the login is genuine. Ask: what is its code good for?",
    Act.STEP_6: "Say: a code for the attacker's own account, in the attacker's own hands. Ask: for whom could it be meant?",
    Act.STEP_7: "Let the room vote before you go on: tokens, or an error? Ask what the server can compare this with.",
    Act.STEP_8: "Ask: which of these checks looks at who is asking, and which only at what was sent?",
    Act.STEP_9: "Stop here. Ask: whose tokens are these now? Name what the attacker can do with them, and for how long.",
    Act.STEP_10: "Ask: what does the API see of the one who calls it? What would the token have to be bound to?",
    Act.STEP_11: "Say what was read, and by whom. Then go back to the first step that a defence would have changed.",
    Act.STEP_R1: "Say: no login, no user, only a token. Ask: what does the server know of the one who shows it?",
    Act.STEP_R2: "Ask: the token is genuine, so what could the server notice at all? Hint: how often was it used?",
    Act.STEP_R3: "Ask: how long can this go on, and who could end it? Then look at what the honest app will meet next.",
}
