"""Running the job of an ingest worker in the process of the test."""

from __future__ import annotations

from typing import Any

from worker.run.ingest import IngestWorker


def ingested(worker: IngestWorker, payload: dict[str, Any]) -> None:
    """The job to its end; raises what it ends with."""

    async def job() -> None:
        await worker.ingest(payload)

    worker.loop.run(job())
