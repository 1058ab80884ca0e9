"""Every key of Redis has one name and one meaning."""

import ast
from collections import Counter
from pathlib import Path

from worker.edge import keys


def test_no_name_and_no_key_is_used_twice():
    module = ast.parse(Path(keys.__file__).read_text("utf-8"))
    names = [target.id for line in module.body if isinstance(line, ast.Assign) for target in line.targets]
    values = [getattr(keys, name) for name in names]
    twice = [found for found, number in (Counter(names) + Counter(values)).items() if number > 1]
    assert len(names) > 20
    assert twice == []
