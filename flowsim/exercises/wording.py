"""Answers as learners write them, read kindly: quotation marks, capitals and blanks around do not count.

What is no answer of the kind that was asked raises NotAnAnswer, whose sentence says what came and what was asked.
"""

import re
from collections.abc import Iterable
from html import escape

from flowsim.model.shown import shown

MOST = 100  # texts in a list
_CODE = re.compile(r"`([^`]+)`")
_QUOTES = "\"'`“”‘’ \t\n"


class NotAnAnswer(Exception):
    """An answer of another kind than the one that was asked."""


def html(text: str) -> str:
    """This text as HTML, what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def plain_key(text: str) -> str:
    """This text as it is compared: without blanks and quotation marks around, in small letters."""
    return " ".join(text.strip(_QUOTES).lower().split())


def listed(names: Iterable[str]) -> str:
    """These names in a sentence: `a, b or c`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def one_text(answer: object, wanted: str) -> str:
    """The text that this answer is. Raises NotAnAnswer."""
    if isinstance(answer, str):
        return str.__str__(answer).strip()
    if isinstance(answer, list | tuple) and len(answer) == 1 and isinstance(answer[0], str):
        return str.__str__(answer[0]).strip()
    raise NotAnAnswer(f"You gave {kind_of(answer)}, and the answer is {wanted}.")


def texts(answer: object, wanted: str) -> tuple[str, ...]:
    """The texts in this list; a text with commas, as one types it into a form, is one, too. Raises NotAnAnswer."""
    if isinstance(answer, str) and ("," in answer or answer.strip().startswith(("[", "("))):
        answer = [one for one in re.split(r"[,;]", str.__str__(answer).strip().strip("[]()")) if one.strip(_QUOTES)]
    if not isinstance(answer, list | tuple | set | frozenset):
        raise NotAnAnswer(f"You gave {kind_of(answer)}, and the answer is {wanted}.")
    found = [*answer]
    if not found or len(found) > MOST or not all(isinstance(one, str) for one in found):
        odd = next((one for one in found if not isinstance(one, str)), None)
        what = f"a list with {kind_of(odd)} in it" if odd is not None else f"a list of {len(found)}"
        raise NotAnAnswer(f"You gave {what}, and the answer is {wanted}.")
    return tuple(str.__str__(one).strip(_QUOTES) for one in found)


def whole_number(answer: object, wanted: str) -> int:
    """The whole number that this answer is, written as a number or as a text. Raises NotAnAnswer."""
    if type(answer) is int:
        return answer
    if isinstance(answer, float) and answer.is_integer():
        return int(answer)
    if isinstance(answer, str) and re.fullmatch(r"[+-]?[0-9][0-9 ,_]{0,30}", given := plain_key(answer)):
        return int(re.sub("[ ,_]", "", given))
    raise NotAnAnswer(f"You gave {kind_of(answer)}, and the answer is {wanted}.")


def kind_of(answer: object) -> str:
    """What this is, in words: `a text (“code”)`."""
    if answer is None:
        return "nothing"
    for kind, words in _KINDS:
        if isinstance(answer, kind):
            return f"{words} ({shown(answer)})"
    if callable(answer):
        return "a function or a class"
    return f"{shown(answer)}, which is of type {type(answer).__name__}"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a yes or no"),
    (int, "a number"),
    (float, "a number"),
    (str, "a text"),
    (bytes, "bytes"),
    ((list, tuple, set, frozenset), "a list"),
    (dict, "a dict"),
)
