"""Waits for what a page has to work out first: a frame as tall as what it shows, a part in its place."""

from playwright.sync_api import Locator, TimeoutError

# A part of a pixel is no scrollbar.
FITS = "one => one.scrollWidth <= one.clientWidth + 1"


def comes_true(part: Locator, said: str, otherwise: str = "") -> None:
    """Wait until this function of JavaScript is true of this part; if that does not come, say `otherwise`."""
    element = part.element_handle()
    frame = element.owner_frame()
    assert frame, f"{part} is in no page any more"
    try:
        frame.wait_for_function(said, arg=element)
    except TimeoutError as error:
        raise AssertionError(f"{otherwise or said}: this does not come true of {part}") from error


def fits(part: Locator, where: object = "here") -> None:
    """Nothing in this part is wider than the part itself; `where` is said if something is."""
    comes_true(part, FITS, f"{where}: what is shown has to fit into its place")
