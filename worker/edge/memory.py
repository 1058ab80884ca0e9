"""What a long-running process tells Python's garbage collector."""

from __future__ import annotations

import gc

# Python's default is 700.
_NEW_OBJECTS = 20_000


def settle_memory() -> None:
    """Spare what is in memory now, such as compiled topics, further visits of the garbage collector.

    It also looks for cycles less often than by default: articles come and go by the hundred objects, hardly one of them
    in a cycle.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
