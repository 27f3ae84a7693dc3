"""Tables say what their runs came to, as text and as a page, and no text in them is more than text."""

from html import escape, unescape
from re import findall

from flowsim.analysis.counterexamples.edits import OFFLINE, played
from flowsim.analysis.forged_tokens import FORGERIES, hand_to_api, hand_to_app
from flowsim.lessons import cross_site_script
from flowsim.lessons.table import Table
from flowsim.lessons.tables import forgeries, storages
from flowsim.lessons.token_storage import STORAGES


def cells(table: Table) -> list[str]:
    return [unescape(text) for text in findall(r"<t[hd] [^>]*>(.*?)</t[hd]>", table._repr_html_())]


def test_each_forgery_has_its_row_with_what_really_refuses_it() -> None:
    table = forgeries()
    assert [row[0] for row in table.rows] == [forgery.title for forgery in FORGERIES.values()]
    for row, forgery in zip(table.rows, FORGERIES.values(), strict=True):
        for told, hand, applies in (
            (row[1], hand_to_app, forgery.at_app is not None),
            (row[2], hand_to_api, forgery.at_api is not None),
        ):
            refused = hand(forgery.name).refused_by if applies else None
            assert told == (f"refused by “{refused.title}”" if refused else "–")
    assert "✗" not in repr(table)


def test_a_forgery_that_works_is_marked() -> None:
    table = forgeries(without=frozenset({"api.audience"}))
    row = next(row for row in table.rows if row[0] == FORGERIES["other-api"].title)
    assert row[1:] == ("–", "✗ accepted")
    assert "✗ accepted" in repr(table)


def test_each_storage_has_its_row() -> None:
    trace = played(client="spa", scope=OFFLINE)
    table = storages(trace)
    assert [row[0] for row in table.rows] == [*STORAGES]
    for row, storage in zip(table.rows, STORAGES, strict=True):
        loot = cross_site_script.attack(trace.worlds[-1], storage)
        said = [cell == "✗ yes" for cell in row[1:]]
        got = [loot.access_token is not None, loot.refresh_token is not None]
        assert said == [*got, loot.data_while_open, loot.data_after_closing, loot.refreshes_after_closing]


def test_the_page_holds_the_same_cells_as_the_text() -> None:
    table = forgeries()
    assert cells(table) == [*table.head, *(cell for row in table.rows for cell in row)]
    lines = repr(table).splitlines()
    assert len(lines) == len(table.rows) + 2
    assert all(cell in line for row, line in zip(table.rows, lines[2:], strict=True) for cell in row)


def test_hostile_text_is_inert() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    page = Table(caption=hostile, head=(hostile,), rows=((hostile,),))._repr_html_()
    assert "<img" not in page
    assert page.count(escape(hostile)) == 3
