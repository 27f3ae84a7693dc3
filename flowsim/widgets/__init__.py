"""What one sees in a notebook. This is the only place that imports anywidget and ipywidgets."""

from flowsim.simulation import Simulation
from flowsim.views.export import player_payload
from flowsim.widgets.player import Player

__all__ = ["Player", "player"]


def player(*simulations: Simulation, attack: str = "code-interception") -> Player:
    """A player for these simulations, each a branch, with this attack ready behind its button."""
    return Player(player_payload(*simulations, attack=attack))
