"""Schedulers that run in this process, step by step."""

from __future__ import annotations

import asyncio


def play(scheduler_or_more, *steps):
    """Run schedulers in one loop; each step is a condition to wait for, or something to do. Then stop them."""
    schedulers = scheduler_or_more if isinstance(scheduler_or_more, list) else [scheduler_or_more]

    async def run():
        tasks = [asyncio.create_task(one.run()) for one in schedulers]
        async with asyncio.timeout(60):
            for step in steps:
                while step() is False:
                    ended = [task for task in tasks if task.done()]
                    assert not ended, ended[0].exception()
                    # what is waited for happens in Redis and on disk, where nothing tells of it
                    await asyncio.sleep(0.02)
        for one in schedulers:
            one._stop.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())
