"""What pytest finds once flowsim is installed: two fixtures, for tests of a client of your own.

```python
def test_my_client(judge_client):
    judgement = judge_client(MyClient)
    assert not judgement.failed, judgement.problems


def test_my_app(live_world):
    ...  # a server of your own, whose `handle` answers requests
```

It is loaded in every run of pytest, so it loads nothing of flowsim before a fixture is asked for.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flowsim.judge.judgement import Judgement
    from flowsim.live.world import LiveWorld


@pytest.fixture
def judge_client() -> "Callable[..., Judgement]":
    """`flowsim.judge_client`: let a client of yours log in, and attack it. Its `failed` should be empty."""
    from flowsim.judge.judgement import judge_client

    return judge_client


@pytest.fixture
def live_world() -> "LiveWorld":
    """An authorization server and its APIs inside this process, with keys of their own and the real clock."""
    from flowsim.live.world import LiveWorld

    return LiveWorld()
