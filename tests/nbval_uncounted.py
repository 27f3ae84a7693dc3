"""Lets strict nbval compare notebooks that are stored without execution counts: `pytest -p tests.nbval_uncounted --nbval`.

nbval takes a cell without a count for one that never ran. Here every stored output comes from a run, and a count would
change in each cell below whenever one is added.
"""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        cell = getattr(item, "cell", None)
        if cell is not None and cell.get("outputs") and cell.execution_count is None:
            cell.execution_count = 0
