"""Replacing a file at once, and one whole alert that says it is a test."""

from __future__ import annotations

import pytest

from worker.edge.clock import SystemClock
from worker.edge.files import replace_text
from worker.errors import ConfigError
from worker.model import Reason
from worker.run.testing import sample_alert


def test_a_file_is_replaced_byte_for_byte(tmp_path):
    file = tmp_path / "a.toml"
    file.write_bytes(b"old")
    replace_text(file, "Zürich\r\nlast")
    assert file.read_bytes() == "Zürich\r\nlast".encode()
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_replaced_stays_and_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ConfigError, match="the old file is as it was"):
        replace_text(folder, "x")
    with pytest.raises(ConfigError, match="cannot be written: No such file"):
        replace_text(tmp_path / "missing" / "a.toml", "x")
    file = tmp_path / "a.toml"
    file.write_text("old", "utf-8")
    with pytest.raises(UnicodeEncodeError):
        replace_text(file, "half of a pair: \ud800")
    assert file.read_text("utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.toml", "folder"]


def test_a_test_alert_says_of_itself_that_it_is_one_and_is_never_the_same_twice():
    first, second = sample_alert(SystemClock()), sample_alert(SystemClock())
    assert first.reason is Reason.TEST
    assert "test" in first.article.title
    assert "Nothing has happened" in first.article.summary
    assert first.id != second.id
