"""What tests of delivery share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from support.deliverers import Bench


@pytest.fixture
def bench(store: redis.Redis, tmp_path: Path) -> Iterator[Bench]:
    """Deliver workers on a Redis of their own; those that were started are closed."""
    bench = Bench(store, tmp_path)
    yield bench
    for worker in bench.started:
        worker.close()
