"""The views: pictures, transcript and exports. Each is a function of a trace and computes nothing of its own."""

from flowsim.views.picture import Picture, sequence, state_machine
from flowsim.views.transcript import summary, tell, transcript, who_knows_what

__all__ = ["Picture", "sequence", "state_machine", "summary", "tell", "transcript", "who_knows_what"]
