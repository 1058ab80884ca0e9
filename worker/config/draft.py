"""A topic that is being written: whether it holds by itself, before it is part of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from worker.config import schema
from worker.config.loading import topic_of
from worker.config.tables import Findings, read_table
from worker.model import Topic

_KEY = re.compile(r"topics\.(\w+)")


def examine_topic(row: Mapping[str, object]) -> tuple[Topic | None, Mapping[str, str]]:
    """The topic that a table with these values is, None where it is none, and what is wrong by key.

    Neither its query nor the names it uses are looked at.
    """
    findings = Findings("")
    table = read_table(schema.Topic, dict(row), ("topics",), findings)
    wrong: dict[str, str] = {}
    for problem in findings.problems:
        key = _KEY.match(problem.where)
        wrong.setdefault(key[1] if key else "", problem.message)
    return topic_of(table) if table else None, wrong
