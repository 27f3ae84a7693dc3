"""The bench in a notebook: controls that change an experiment, and the player below them that shows it.

Nothing is decided here. A control that changes asks the experiment for another one; what the experiment then says is
shown: its settings in the controls, its branches in the player, its problem or remark in a line between them. What the
reader does in the player goes the same way back, so that the controls always belong to the branch one looks at.

Source: none of the protocol's; the ipywidgets manual says what an event is and when it is sent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, get_args

import anywidget
import ipywidgets
import traitlets

from flowsim.attackers import ATTACKERS
from flowsim.check import Check
from flowsim.checks import CHECKS, TABLES
from flowsim.experiment import NAMES, Experiment
from flowsim.scenario import PROFILES, LoginOption, PkceMethod, Scenario, UserBehaviour
from flowsim.steps import ACTOR_BY_ID
from flowsim.widgets.player import Player

NOBODY = "none"
AS_THE_APP = "as the app does"
_SERVER_CHOICES = {AS_THE_APP: None, "yes": True, "no": False}
_RANDOM = "random"


class Line(anywidget.AnyWidget):
    """One line of text that is read aloud when it changes. The text is set as text, so nothing in it is ever markup.

    It also brings the style sheet of the bench, because a line is always there.
    """

    _esm = """
    export default { render({ model, el }) {
      const line = document.createElement("p"), head = document.createElement("b"), text = document.createElement("span");
      line.className = "fs-bench-line";
      line.setAttribute("role", "status");
      line.setAttribute("aria-live", "polite");
      line.append(head, text);
      el.append(line);
      const paint = () => {
        line.dataset.kind = model.get("kind");
        head.textContent = model.get("head");
        text.textContent = model.get("text");
      };
      paint();
      for (const name of ["kind", "head", "text"]) model.on(`change:${name}`, paint);
    } };
    """
    _css = """
    .fs-bench { gap: 8px; padding: 2px; overflow: visible; color: var(--jp-content-font-color1, CanvasText); }
    """
    kind = traitlets.Unicode().tag(sync=True)
    head = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
