"""What a topic would have told on the stored days, worked out in a child process while its writer goes on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import IO, Any

import structlog

from worker.config import Settings, to_published
from worker.edge.store.articles import Archive
from worker.model import Topic
from worker.run.web.desk import Desk
from worker.run.web.trial import LENGTH, settings_of

log = structlog.get_logger()

ARTICLES = 100_000
"""The newest that are looked at."""
SECONDS = 60.0
"""After which it ends with the articles it has come to."""
FORGOTTEN = 8.0
"""Seconds after which one that nobody asks for any more is ended."""
KEPT = 12
AT_ONCE = 2
_LAST_WORDS = 60.0
_LOOK_EVERY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How far it is. `state` is waiting, running, done or failed; `answer` is what trial.answer_to gives.

    `done` of `total` articles have been looked at. `is_cut` says that time was over before the end.
    """

    state: str
    done: int = 0
    total: int = 0
    answer: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""
    is_cut: bool = False

    @property
    def until(self) -> datetime | None:
        """The moment of the last article looked at."""
        return datetime.fromisoformat(self.answer["until"]) if self.answer.get("articles") else None

    def moment(self, pair: Mapping[str, Any]) -> datetime:
        """When an alert of the answer goes out."""
        return datetime.fromisoformat(pair["at"])

    def shift(self, pair: Mapping[str, Any]) -> timedelta:
        """How much sooner or later that is than now."""
        return timedelta(seconds=abs(pair["by"]))


class _Job:
    """One question, and the child that works on it."""

    def __init__(self, key: str, question: bytes, archive: Archive) -> None:
        self.key, self.asked = key, time.monotonic()
        self._question, self._archive = question, archive
        self._done = self._total = 0
        self._end: Preview | None = None
        self._over, self._cancelled = Event(), Event()
        Thread(target=self._run, name="preview", daemon=True).start()

    @property
    def is_running(self) -> bool:
        return not self._over.is_set()

    def after(self, seconds: float) -> Preview:
        """How far it is once it is over or that time has passed."""
        self.asked = time.monotonic()
        self._over.wait(seconds)
        return self._end or Preview(state="running", done=self._done, total=self._total)

    def cancel(self) -> None:
        self._cancelled.set()

    def _run(self) -> None:
        try:
            self._end = self._work()
        except Exception as error:  # noqa: BLE001  a thread's end: whoever asks is told, and may ask again
            log.warning("preview_failed", error=str(error))
            self._end = Preview(state="failed", trouble="it could not be worked out; try again")
        finally:
            self._over.set()

    def _work(self) -> Preview:
        with subprocess.Popen(
            [sys.executable, "-m", "worker.run.web.trial"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            try:
                said, is_cut = self._conversation(child)
            finally:
                child.kill()
        if not said:
            return Preview(state="failed", trouble="it took too long or too much memory; make the query narrower")
        answer = json.loads(said)
        if "trouble" in answer:
            return Preview(state="failed", trouble=answer["trouble"])
        return Preview(state="done", done=self._done, total=self._total, answer=answer, is_cut=is_cut)

    def _conversation(self, child: subprocess.Popen[bytes]) -> tuple[bytes, bool]:
        """What the child answers, and whether it was asked to end early."""
        heard: list[bytes] = []
        answered = Thread(target=lambda: heard.append(child.stdout.read() if child.stdout else b""), daemon=True)
        answered.start()
        watch = Thread(target=self._watch, args=(child,), daemon=True)
        watch.start()
        is_cut = self._feed(child.stdin) if child.stdin else False
        answered.join(_LAST_WORDS)
        return (heard[0] if heard else b""), is_cut

    def _feed(self, pipe: IO[bytes]) -> bool:
        """Give the child its question and articles; True where it had to stop before the last."""
        until = time.monotonic() + SECONDS
        self._total, articles = self._archive.dumped(ARTICLES)
        try:
            pipe.write(self._question)
            for data in articles:
                if time.monotonic() > until:
                    return True
                pipe.write(LENGTH.pack(len(data)) + data)
                self._done += 1
        except BrokenPipeError:
            pass  # it has seen enough, or was ended
        finally:
            _close(pipe)
        return False

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        """End a child that nobody waits for."""
        while child.poll() is None:
            if self._cancelled.wait(_LOOK_EVERY) or time.monotonic() - self.asked > FORGOTTEN:
                child.kill()
                return


class Previews:
    """Answers at once with how far the work is; at most AT_ONCE are worked on, one for each editor."""

    def __init__(self, desk: Desk) -> None:
        self._archive = Archive(desk.redis)
        self._jobs: dict[str, _Job] = {}
        self._changing = Lock()

    def ask(self, editor: str, settings: Settings, former: Topic | None, topic: Topic, *, wait: float = 0.0) -> Preview:
        """How far the comparison of these two is, once it is over or after `wait` seconds.

        What the same editor asked before is dropped.
        """
        job = self._job(editor, _question(settings, former, topic))
        return job.after(wait) if job else Preview(state="waiting")

    def _job(self, editor: str, question: bytes) -> _Job | None:
        key = hashlib.sha256(question).hexdigest()
        with self._changing:
            job = self._jobs.get(editor)
            if job is not None and job.key == key:
                return job
            if job is not None:
                job.cancel()
                del self._jobs[editor]
            if sum(one.is_running for one in self._jobs.values()) >= AT_ONCE:
                return None
            while len(self._jobs) >= KEPT:
                self._jobs.pop(min(self._jobs, key=lambda one: self._jobs[one].asked)).cancel()
            self._jobs[editor] = _Job(key, question, self._archive)
            return self._jobs[editor]

    def drop(self, editor: str) -> None:
        """Nobody waits for it any more."""
        with self._changing:
            job = self._jobs.pop(editor, None)
        if job is not None:
            job.cancel()


def _question(settings: Settings, former: Topic | None, topic: Topic) -> bytes:
    first = to_published(settings_of(settings, [former] if former else []))
    other = to_published(settings_of(settings, [topic]))
    return json.dumps({"first": first, "other": other}).encode() + b"\n"


def _close(pipe: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):  # what was still to be written is not wanted
        pipe.close()
