"""A search in a notebook: how far it is, a button that ends it, then the answer, the attack in a player, the tree.

The search goes on in short turns between which the kernel hears the page. So it needs no thread, and goes in a browser's
Python as well. Every box of the tree opens in the player, at the moment after its decision.

Source: none of the protocol's; see flowsim/explorer for what is searched and how.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets
import traitlets

from flowsim.explorer.decision_tree import DecisionTree, attack_of
from flowsim.explorer.exploring import Exploration
from flowsim.explorer.progress import Progress, in_words
from flowsim.explorer.searching import Searching
from flowsim.front_end.page import frame, stored
from flowsim.model.scenario import ScenarioError
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.pictures.explored import Box, at_first, boxes, tree_dot
from flowsim.views.pictures.explored import in_words as outline
from flowsim.views.pictures.svg import DrawingError, svg
from flowsim.views.text import words_of_search as words
from flowsim.widgets.module import FrontEnd
from flowsim.widgets.player_widget import Player

_TURN = 0.25  # seconds of searching between two looks at what the page asks for
_REST = 0.01


class Face(FrontEnd):
    """What one sees of a search above the player. A message from the page asks for something."""

    front_end = traitlets.Unicode("search").tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)


class SearchWidget(ipywidgets.VBox):
    """A search to be begun, watched and ended. `exploration` is what is known so far; None before it was begun.

    `begin()` searches and `cancel()` ends it. `show(key)` shows a box of the tree in the player and `fold(key)` opens or
    closes what is behind it; the keys are those of `boxes`. Both raise ScenarioError for a box that there is not.
    """

    def __init__(self, searching: Searching | Exploration) -> None:
        """The search to be begun, or one that is over."""
        self.face = Face()
        self.face.on_msg(lambda _widget, asked, _buffers: self._asked(asked))
        self.player: Player | None = None
        super().__init__(children=(self.face,))
        self.add_class("fs-task")
        self._searching = searching if isinstance(searching, Searching) else None
        self._given = None if isinstance(searching, Searching) else searching
        self._kind, self._problem, self._opened = "asked", "", ""
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False
        self._tree: DecisionTree | None = None
        self._unfolded: set[str] = set()
        self.boxes: tuple[Box, ...] = ()
        if self._given is not None:
            self._over()
        self._show()

    def __repr__(self) -> str:
        """Return what is searched for, or what has come of it."""
        return self._given.sentence if self._given is not None else f"search: {self._question()}"

    def _repr_mimebundle_(self, **settings: Any) -> dict[str, Any]:
        """Add what has come of it, with the tree and the player, for a notebook that no kernel runs."""
        data: dict[str, Any] = super()._repr_mimebundle_(**settings) or {}
        if self._given is None:
            page = stored(f"<p>{escape(self._question())}</p>", needs_a_kernel="This search")
        else:
            page = stored(explored_html(self._given))
        return {**data, "text/plain": repr(self), "text/html": page}

    @property
    def exploration(self) -> Exploration | None:
        """What is known so far; None before the search was begun."""
        if self._given is not None or self._searching is None or self._kind == "asked":
            return self._given
        return self._searching.exploration

    def begin(self) -> None:
        """Search: in turns where something else may go on meanwhile, and at once to the end where nothing does."""
        if self._kind != "asked" or self._searching is None:
            return
        self._kind = "under way"
        try:
            self._task = asyncio.get_running_loop().create_task(self._in_turns())
        except RuntimeError:  # no loop is running, so nobody could end it
            while self._turn():
                pass
        self._show()

    def cancel(self) -> None:
        """End the search; what is known by then is shown."""
        if self._kind == "under way":
            self._cancelled = True  # whoever searches sees it after this turn; that may be in another thread

    def fold(self, key: str) -> None:
        """Open or close what is behind this box of the tree."""
        if not self._box(key).unfolds:
            raise ScenarioError("nothing is folded behind this box")
        self._unfolded ^= {key}
        self._draw()
        self._show()

    def show(self, key: str) -> None:
        """Show this box of the tree in the player, at the moment after its decision."""
        branch = self._box(key).branch
        exploration = self._given
        if branch is None or exploration is None:
            raise ScenarioError("this box is no single decision; open what is behind it")
        found = attack_of(exploration, branch)
        simulation = Simulation(
            replace(exploration.scenario, attacker=found.name), attackers=[found], title=words.decision(branch)
        )
        self._play(simulation, len(branch.after.log))
        self._opened = key
        self._show()

    async def _in_turns(self) -> None:
        while self._turn():
            self._show()
            await asyncio.sleep(_REST)
        self._show()

    def _turn(self) -> bool:
        """Go on for a moment; whether there is more to do."""
        assert self._searching is not None
        try:
            if not self._cancelled:
                self._searching.go_on(_TURN)
        except ScenarioError as error:  # a goal of one's own that fails
            self._kind, self._problem = "problem", str(error)
            return False
        if self._cancelled or self._searching.finished:
            self._over()
            return False
        return True

    def _over(self) -> None:
        if self._searching is not None:
            self._given = self._searching.exploration
        assert self._given is not None
        self._kind = "over"
        self._tree = DecisionTree(self._given)
        self._unfolded = set(at_first(self._tree))
        self._draw()
        if (simulation := self._given.simulation()) is not None:
            self._play(simulation, 0)

    def _draw(self) -> None:
        assert self._tree is not None
        self.boxes = boxes(self._tree, self._unfolded)

    def _play(self, simulation: Simulation, position: int) -> None:
        payload = player_payload(simulation)
        name = payload["branches"][0]["name"]
        if self.player is None:
            self.player = Player(payload, position=position)
            self.children = (self.face, self.player)
        else:
            with self.player.hold_sync():
                self.player.payload = payload
                self.player.goto(position, name)

    def _box(self, key: str) -> Box:
        found = next((one for one in self.boxes if one.key == key), None)
        if found is None:
            raise ScenarioError("the tree has no such box now; fold it open first")
        return found

    def _question(self) -> str:
        if self._given is not None:
            return words.question(self._given)
        assert self._searching is not None
        one = self._searching
        return words.asked(words.app(one.scenario), one.positions, one.goals, one.depth)

    def _asked(self, asked: Mapping[str, Any]) -> None:
        """Do what the page asks for. What makes no sense, such as a press from a second view, changes nothing."""
        try:
            match dict(asked):
                case {"go": ("begin" | "cancel") as wanted}:
                    getattr(self, wanted)()
                case {"fold": str(key)}:
                    self.fold(key)
                case {"open": str(key)}:
                    self.show(key)
        except ScenarioError:
            pass
        self._show()

    def _show(self) -> None:
        with self.face.hold_sync():
            self.face.view = self._view()
            self.face.answered += 1

    def _view(self) -> dict[str, Any]:
        positions = self._given.positions if self._given is not None else self._searching.positions  # type: ignore[union-attr]
        view: dict[str, Any] = {
            "kind": self._kind,
            "question": self._question(),
            "positions": [[*pair] for pair in words.positions_in_words(positions)],
            "problem": self._problem,
            "progress": None,
            "answer": None,
            "tree": None,
        }
        if self._kind == "under way" and self._searching is not None:
            view["progress"] = _progress(self._searching.progress)
        if self._given is not None:
            view["answer"] = _answer(self._given)
            view["tree"] = _tree(self.boxes, self._opened)
        return view


def explored_html(exploration: Exploration) -> str:
    """What has come of a search as HTML for a page that no kernel runs: the answer, the numbers, the tree, the player."""
    rows = "".join(f"<tr><td>{escape(moves)}</td><td>{count}</td></tr>" for moves, count in words.by_depth(exploration))
    left = "".join(f"<li>{escape(one)}</li>" for one in exploration.left_out)
    drawn = boxes(tree := DecisionTree(exploration), at_first(tree))
    try:
        picture = svg(tree_dot(drawn), "dot")
    except DrawingError:
        picture = f"<pre>{escape(outline(drawn))}</pre>"
    page = (
        f"<p>{escape(words.question(exploration))}</p><p><b>{escape(words.answer(exploration))}</b></p>"
        f"<p>{escape(words.meaning(exploration))}</p>"
        f"<table><thead><tr><th>After</th><th>Worlds</th></tr></thead><tbody>{rows}</tbody></table>"
        f"<details><summary>What was not tried</summary><ul>{left}</ul></details>"
        f'<details><summary>The tree of what was tried</summary><div style="overflow: auto">{picture}</div></details>'
    )
    simulation = exploration.simulation()
    return page + (frame(player_payload(simulation)) if simulation is not None else "")


def _progress(now: Progress) -> dict[str, Any]:
    """How far it is: a part of the whole where that can be estimated, else of the moves, and words."""
    part = now.decisions / (now.depth + 1) if now.left is None else now.elapsed / max(now.elapsed + now.left, 0.001)
    return {
        "part": part,
        "worlds": f"{now.worlds:,} worlds",
        "depth": f"move {now.decisions} of {now.depth}",
        "left": "" if now.left is None else f"about {in_words(now.left)} left if it grows as before",
    }


def _answer(exploration: Exploration) -> dict[str, Any]:
    return {
        "kind": "found" if exploration.found is not None else "none" if exploration.finished else "ended",
        "text": words.answer(exploration),
        "meaning": words.meaning(exploration),
        "levels": [[*pair] for pair in words.by_depth(exploration)],
        "left_out": list(exploration.left_out),
    }


def _tree(drawn: tuple[Box, ...], opened: str) -> dict[str, Any]:
    try:
        picture = svg(tree_dot(drawn), "dot")
    except DrawingError:
        picture = ""
    level: dict[str, int] = {"": 0}
    for box in drawn:
        level[box.key] = level[box.under] + 1
    told = [
        {
            "key": box.key,
            "under": box.under,
            "level": level[box.key],
            "text": box.text,
            "unfolds": box.unfolds,
            "unfolded": box.unfolded,
            "opens": box.branch is not None,
        }
        for box in drawn
    ]
    return {"svg": picture, "boxes": told, "opened": opened, "text": outline(drawn)}
