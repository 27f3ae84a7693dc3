"""A question that stands alone, about many runs or about what a cell computes, and what is hidden until it is answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby

from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, its choices, the place of the right one, why, and as HTML what is shown after the answer."""

    name: str
    question: str
    choices: tuple[str, ...]
    right: int
    why: str
    hidden: str

    def __post_init__(self) -> None:
        """Raises ScenarioError for fewer than two choices, and for a right one that is none of them."""
        if len(self.choices) < 2 or not all(one.strip() for one in self.choices):
            raise ScenarioError(f"a prediction needs two choices or more, each a text, not {shown(self.choices)}")


def question(
    text: str, choices: Iterable[object], right: object, then: object = "", *, why: str = "", name: str = ""
) -> Question:
    """The question with these choices, of which `right` is the one that was computed.

    Choices are texts, numbers or True and False. `then` is what comes to be seen: a text, lines of text, or anything that
    a notebook shows as HTML or as SVG. Raises ScenarioError where the answer is none of the choices.
    """
    if isinstance(choices, str) or not isinstance(choices, Iterable):
        raise ScenarioError(f"choices must be a list, such as ('Yes', 'No'), not {shown(choices)}")
    words = tuple(dict.fromkeys(_word(one) for one in choices))
    answer = _word(right)
    if answer not in words:
        raise ScenarioError(f"what was computed, {shown(answer)}, is none of the choices of “{text}”")
    return Question(
        name=name or text, question=text, choices=words, right=words.index(answer), why=why, hidden=_html(then)
    )


def _word(choice: object) -> str:
    return {True: "Yes", False: "No"}[choice] if isinstance(choice, bool) else str(choice)


def _html(then: object) -> str:
    if isinstance(then, str):
        return f"<pre>{escape(then)}</pre>" if then else ""
    if isinstance(then, list | tuple):
        runs = groupby(then, key=lambda one: isinstance(one, str))
        return "".join(_html("\n".join(some)) if text else "".join(map(_html, some)) for text, some in runs)
    for method in ("_repr_html_", "_repr_svg_"):
        if draw := getattr(then, method, None):
            return str(draw())
    bundle = then._repr_mimebundle_() if hasattr(then, "_repr_mimebundle_") else {}
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    return data.get("text/html") or data.get("image/svg+xml") or _html(data.get("text/plain") or repr(then))
