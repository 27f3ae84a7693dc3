"""Style sheets for browsers that are older than `light-dark()`: Chrome 123, Firefox 120, Safari 17.5.

They know nothing of a colour that says it, and would paint black on black. For them the light colours stand once more at
the end of the sheet.

Source: CSS Color Module Level 5, `light-dark()`; CSS Conditional Rules Level 3, `@supports`.
"""

import re

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COLOUR = r"(?:[^(),]|\([^()]*\))+"
_PAIR = rf"light-dark\(({_COLOUR}), {_COLOUR}\)"
# A colour of JupyterLab's theme goes as well, for it may be a dark one.
_LIGHT = re.compile(rf"var\(--jp-[\w-]+, {_PAIR}\)|{_PAIR}")


def with_light_colours(css: str) -> str:
    """This style sheet, and after it each of its light colours for browsers that cannot choose between two."""
    rules = "\n".join(
        f"{selector.strip()} {{ {'; '.join(lines)} }}"
        for selector, body in _RULE.findall(_COMMENT.sub("", css))
        if (lines := [_LIGHT.sub(r"\1\2", one.strip()) for one in body.split(";") if "light-dark(" in one])
    )
    return f"{css}\n@supports not (color: light-dark(#fff, #000)) {{\n{rules}\n}}\n" if rules else css
