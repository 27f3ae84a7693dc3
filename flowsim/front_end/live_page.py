"""The page on which a live world is watched. It is served with its script and its style as files of their own.

So the page can forbid all that stands in it: nothing an attacker may have written runs there.
"""

from html import escape

from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, bundle, style

LIVE_STYLES = (*PLAYER_STYLES, STATIC / "live.css")
# Its own files and requests only. The player sets widths and heights on elements, and shows a page in a frame of its own.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Live: {issuer} – flowsim</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="live.css">
<script type="module" src="live.js"></script>
</head>
<body class="fs-page">
<main id="player"><h1 class="fs-visually-hidden">Logins at {issuer}, as they happen</h1>
<p class="fs-player fs-live-lost" id="lost" role="status" hidden>No news from the server: it may have been stopped, or too
many pages watch it. What it has sent so far stays here.</p></main>
</body>
</html>
"""


def live_page(issuer: str) -> str:
    """The HTML text of the page for the world of this issuer."""
    return _PAGE.format(issuer=escape(issuer))


def live_script() -> str:
    return bundle(STATIC / "live_page.js")


def live_style() -> str:
    return style(*LIVE_STYLES)
