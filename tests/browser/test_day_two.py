"""A lesson whose kernel is gone, and the same lesson opened again the next day: what was shown still steps."""

from playwright.sync_api import expect

from flowsim.front_end.page import NEEDS_A_KERNEL
from tests.browser.lab import Lab
from tests.browser.test_bench import Bench
from tests.browser.waiting import comes_true

FIRST = "00-start.ipynb"
BESIDE = """player => {
    const [diagram, card] = [".fs-diagram", ".fs-card"].map(name => player.querySelector(name).getBoundingClientRect());
    return card.left >= diagram.right && Math.abs(card.top - diagram.top) < 2;
}"""


def test_a_lesson_goes_on_without_its_kernel_and_opens_with_its_players_the_next_day(lab: Lab) -> None:
    lab.size(1280, 800)
    lab.open(FIRST)
    lab.run_all()
    page = lab.page
    bench = Bench(page.locator(".fs-bench"))
    bench.root.scroll_into_view_if_needed()
    expect(bench.method("S256")).to_be_checked()
    lab.command("kernelmenu:shutdown")

    # A control that took no effect is put back, and the line says why. The player needs no kernel.
    bench.method("none").check()
    expect(bench.line).to_contain_text(NEEDS_A_KERNEL)
    expect(bench.method("S256")).to_be_checked()
    bench.player.get_by_test_id("next").click()
    expect(bench.player).to_have_attribute("data-position", "1")
    lab.shot("kernel-gone", bench.root)

    lab.command("docmanager:save")
    lab.open(FIRST)
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    frame = page.locator("iframe.flowsim-player").first
    frame.scroll_into_view_if_needed()
    inside = frame.content_frame
    player = inside.get_by_test_id("player")
    player.press("Home")
    for _ in range(3):
        player.get_by_test_id("next").click()
    expect(player).to_have_attribute("data-position", "3")

    # With the file browser open there are two columns, and the frame has no scrollbar to be caught in.
    comes_true(player, BESIDE)
    comes_true(inside.locator("html"), "root => root.scrollHeight <= innerHeight")
    lab.theme("dark")
    expect(inside.locator("html")).to_have_css("color-scheme", "dark")
    lab.shot("stored-dark-1280")
    lab.theme("light")
    page.get_by_text(NEEDS_A_KERNEL).first.scroll_into_view_if_needed()
    lab.shot("stored-light-1280")
