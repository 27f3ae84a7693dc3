"""The views: pictures, words and file formats. Each is a function of a trace and computes nothing of its own."""

from flowsim.views.pictures.lifetimes import lifetimes
from flowsim.views.pictures.picture import Picture, sequence, state_machine
from flowsim.views.pictures.refresh_families import family_tree
from flowsim.views.text.transcript import summary, tell, transcript, who_knows_what

__all__ = [
    "Picture",
    "family_tree",
    "lifetimes",
    "sequence",
    "state_machine",
    "summary",
    "tell",
    "transcript",
    "who_knows_what",
]
