"""From DOT to PNG: the same picture as pixels, for slides and documents that take no SVG.

In an SVG the page that shows it chooses the font. In a PNG Graphviz draws the letters itself, and the names of fonts
that it knows on every machine are those of PostScript.

Source: the Graphviz manual, "PNG" and "Font FAQ"; ISO/IEC 15948 (PNG).
"""

import struct
import zlib

from flowsim.views.pictures.svg import BOLD, SANS, Engine, draw

# Graphviz reckons 72 points to the inch, so this is two pixels in a row for each pixel of the SVG.
_DOTS_PER_INCH = 144
_AFTER_HEADER = 33  # the signature has 8 octets, the first chunk 25
_FONTS = {BOLD: "Helvetica-Bold", SANS: "Helvetica"}


def png(dot: str, engine: Engine, title: str = "") -> bytes:
    """Return the picture as a PNG file, twice as wide and high in pixels as `svg`; DrawingError as there.

    A title stands in the file as its text chunk `Title`, which is UTF-8.
    """
    for listed, known in _FONTS.items():
        dot = dot.replace(f'fontname="{listed}"', f'fontname="{known}"')
    drawn = draw(dot, engine, "-Tpng", f"-Gdpi={_DOTS_PER_INCH}")
    return drawn[:_AFTER_HEADER] + _titled(title) + drawn[_AFTER_HEADER:] if title else drawn


def _titled(title: str) -> bytes:
    """The chunk of a PNG file that holds its title: a length, a type, the keyword and its text, and a checksum."""
    data = b"iTXt" + b"Title\0\0\0\0\0" + title.encode(errors="replace")
    return struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
