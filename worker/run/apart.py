"""Reading the configuration, apart from the process that goes by it where it is a large one.

A hundred thousand feeds take seconds of work and twice the memory of a scheduler while they are read. A process that is
there for nothing else gives the memory back as it ends, and what is under way here goes on meanwhile.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing.connection import Connection

from worker.config import ConfigFiles, Settings, load, published_feeds, to_published
from worker.config.watched import Stamp
from worker.edge.process import die_with_parent
from worker.errors import WirewatchError
from worker.model import Feed

# Files that are this long together, in bytes, take longer to be read than a process takes to start.
_LARGE = 2_000_000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a configuration is for the other processes: `version` is its fingerprint."""

    version: str
    body: str
    feeds: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of reading `files` as they were at `stamp`: `settings` and their `publication`, or an `error`.

    The settings are without topics and entities: what is watched is for the workers, who have it from the publication,
    and ten thousand topics would take 7 MB of a scheduler that has no use for them.
    """

    files: ConfigFiles
    stamp: Stamp | None
    settings: Settings | None = None
    publication: Publication | None = None
    error: str = ""


def publication(settings: Settings) -> Publication:
    """The publication of these settings."""
    body, feeds = to_published(settings), published_feeds(settings)
    return Publication(version=settings.fingerprint, body=body, feeds=feeds)


def read_config(files: ConfigFiles, known: Mapping[str, Feed]) -> Reading:
    """Read the configuration; of the feeds those that are `known`, by their id, stay the objects they are."""
    if files.size() < _LARGE:
        return _read(files)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_tell, args=(theirs, files), daemon=True)
    child.start()
    theirs.close()
    try:
        return _told(ours, known)
    except EOFError:
        error = "the process that read it ended before it was done; look whether there is memory enough"
        return Reading(files=files, stamp=files.glance(), error=error)
    finally:
        ours.close()
        child.join()


def _read(files: ConfigFiles) -> Reading:
    stamp = files.stamp()
    try:
        settings = load(files.path)
    except WirewatchError as error:
        return Reading(files=files, stamp=stamp, error=str(error))
    own = replace(settings, topics=(), entities=())
    return Reading(files=files, stamp=stamp, settings=own, publication=publication(settings))


def _tell(to: Connection, files: ConfigFiles) -> None:
    """In the process for it: the reading without its feeds, then these, some at a time, and none at the end."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reading = _read(files)
    if reading.settings is None:
        to.send(reading)
        return
    to.send(replace(reading, settings=replace(reading.settings, feeds=())))
    feeds = iter(reading.settings.feeds)
    while some := tuple(islice(feeds, _AT_ONCE)):
        to.send(some)
    to.send(())


def _told(source: Connection, known: Mapping[str, Feed]) -> Reading:
    reading: Reading = source.recv()
    if reading.settings is None:
        return reading
    feeds: list[Feed] = []
    while some := source.recv():
        feeds += _as_known(some, known)
    return replace(reading, settings=replace(reading.settings, feeds=tuple(feeds)))


def _as_known(feeds: Sequence[Feed], known: Mapping[str, Feed]) -> list[Feed]:
    return [old if (old := known.get(feed.id)) == feed else feed for feed in feeds]
