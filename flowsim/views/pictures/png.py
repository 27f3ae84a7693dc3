"""From DOT to PNG: the same picture as pixels, for slides and documents that take no SVG.

In an SVG the page that shows it chooses the font. In a PNG Graphviz draws the letters itself, and the names of fonts
that it knows on every machine are those of PostScript.

Source: the Graphviz manual, "PNG" and "Font FAQ"; ISO/IEC 15948 (PNG).
"""

from flowsim.views.pictures.svg import BOLD, SANS, Engine, draw

# Graphviz reckons 72 points to the inch, so this is two pixels in a row for each pixel of the SVG.
_DOTS_PER_INCH = 144
_FONTS = {BOLD: "Helvetica-Bold", SANS: "Helvetica"}


def png(dot: str, engine: Engine) -> bytes:
    """Return the picture as a PNG file, twice as wide and high in pixels as `svg`; DrawingError as there."""
    for listed, known in _FONTS.items():
        dot = dot.replace(f'fontname="{listed}"', f'fontname="{known}"')
    return draw(dot, engine, "-Tpng", f"-Gdpi={_DOTS_PER_INCH}")
