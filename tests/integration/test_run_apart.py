"""A large configuration is read in a process of its own, and means what it means when it is read here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worker.config import ConfigFiles, load
from worker.run import apart
from worker.run.apart import publication, read_config

HEAD = '[redis]\nurl = "redis://127.0.0.1:1/0"\n[[feeds]]\nopml = "more.opml"\n'
OPML = '<opml version="2.0"><body><outline text="Listed" xmlUrl="https://listed.example/rss"/></body></opml>'

TOPIC = '[[topics]]\nname = "Sample"\nquery = "@sample"\n[[entities]]\nname = "sample"\naliases = ["Sample"]\n'


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Of a configuration that counts as large."""
    monkeypatch.setattr(apart, "_LARGE", 0)
    monkeypatch.setattr(apart, "_AT_ONCE", 2)
    (tmp_path / "more.opml").write_text(OPML, "utf-8")
    return ConfigFiles(tmp_path / "wirewatch.toml")


def write(files, *names, more=""):
    feeds = "".join(f'[[feeds]]\nurl = "https://{name}.example/rss"\nname = "{name}"\n' for name in names)
    files.path.write_text(HEAD + feeds + more, "utf-8")


def test_it_says_the_same_and_keeps_the_feeds_that_are_known(files):
    write(files, "one", "two", "three", more=TOPIC)
    settings = load(files.path)
    known = {feed.id: feed for feed in settings.feeds[:2]}
    reading = read_config(files, known)
    assert reading.settings == replace(settings, topics=(), entities=())
    assert [feed is known.get(feed.id) for feed in reading.settings.feeds] == [True, True, False, False]
    assert reading.publication == publication(settings)
    assert reading.stamp == reading.files.glance()
    assert len(reading.stamp) == 2, "with the list that the file names"


def test_what_is_wrong_is_told(files):
    write(files, "one", more='[polling]\ninterval = "soon"\n')
    reading = read_config(files, {})
    assert reading.settings is None
    assert "polling.interval" in reading.error
    assert reading.stamp == reading.files.glance()


def test_a_process_that_dies_over_it_is_told(files, monkeypatch):
    write(files, "one")
    monkeypatch.setattr(apart, "_tell", ends)
    assert "ended before it was done" in read_config(files, {}).error


def ends(_connection, _files):
    raise SystemExit(0)
