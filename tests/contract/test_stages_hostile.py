"""Whatever comes in, each line that holds something is answered by one line: a result or a complaint."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.run.cli import main

TEXT = st.text(st.characters(codec=None), max_size=40)  # lone surrogates and NULs among them
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["id", "url", "canonical_url", "title", "text", "summary", "published", "source", "seen_at"])
LIKELY = st.dictionaries(KEYS, TEXT | st.sampled_from(["https://x.example/a", "ferry", "2023-09-11T06:30:00Z"]))
OBJECTS = st.dictionaries(KEYS, JSON, max_size=4)
LINES = (
    (LIKELY | OBJECTS).map(lambda value: json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b" "))
)


def run(monkeypatch, capsysbinary, arguments, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    output, errors = capsysbinary.readouterr()
    return ended.value.code or 0, output.decode("utf-8"), errors.decode("utf-8")


@pytest.mark.parametrize("arguments", [("match", "--query", "ferry"), ("group",)], ids=" ".join)
def test_every_line_is_answered_once(arguments, monkeypatch, capsysbinary):
    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(LINES, max_size=6))
    def check(lines):
        status, output, errors = run(monkeypatch, capsysbinary, arguments, b"\n".join(lines))
        results = output.split("\n")[:-1]
        complaints = errors.split("\n")[:-1]
        first, *others = lines or [b""]
        meant = [first.removeprefix(b"\xef\xbb\xbf"), *others]
        assert len(results) + len(complaints) == len([line for line in meant if line.strip()])
        assert all("id" in json.loads(result) for result in results)
        assert all(complaint.startswith("wirewatch: line ") for complaint in complaints)
        assert [c for c in complaints if "could not be handled" in c] == []
        assert status == (1 if complaints else 0)

    check()


def test_half_a_surrogate_pair_comes_out_as_it_went_in(monkeypatch, capsysbinary):
    line = b'{"id": "half \\ud800", "title": "ferry \\udfff"}'
    status, output, errors = run(monkeypatch, capsysbinary, ("match", "--query", "ferry"), line)
    assert (status, errors) == (0, "")
    assert json.loads(output)["id"] == "half \ud800"
    assert "\\ud800" in output
