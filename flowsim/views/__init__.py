"""The views: pictures, transcript and exports. Each is a function of a trace and computes nothing of its own."""

from flowsim.views.anatomy import anatomy
from flowsim.views.families import family_tree
from flowsim.views.flow_picture import flow_picture
from flowsim.views.lifetimes import lifetimes
from flowsim.views.picture import Picture, sequence, state_machine
from flowsim.views.redirects import redirects
from flowsim.views.sixes import groups_of_six
from flowsim.views.tables import forgeries, storages
from flowsim.views.transcript import summary, tell, transcript, who_knows_what

__all__ = [
    "Picture",
    "anatomy",
    "family_tree",
    "flow_picture",
    "forgeries",
    "groups_of_six",
    "lifetimes",
    "redirects",
    "sequence",
    "state_machine",
    "storages",
    "summary",
    "tell",
    "transcript",
    "who_knows_what",
]
