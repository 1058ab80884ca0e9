"""Spans of one entry's way, as several processes record them."""

from __future__ import annotations

import pytest
import structlog

from worker.edge import spans
from worker.edge.metrics import Tally
from worker.ports import Stage

TRACE, OTHER = "00c0ffee00c0ffee", "1234567890abcdef"


@pytest.fixture
def exporter():
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    return memory.InMemorySpanExporter()


@pytest.fixture
def process(exporter, monkeypatch):
    """Records what the block times in a process of this name, below what log lines say meanwhile."""

    def run(name, *stages, **facts):
        monkeypatch.setattr(spans, "recorder", spans.Recorder(name, exporter, at_once=True))
        with structlog.contextvars.bound_contextvars(**facts):
            for stage in stages:
                with Tally().time(stage):
                    pass

    return run


def test_the_spans_of_an_entry_make_one_trace_over_all_processes(process, exporter):
    process("scheduler", Stage.POLL, traces=[TRACE, OTHER])
    process("worker-ingest", Stage.FETCH, Stage.CLEAN, Stage.MATCH, Stage.ALERT, trace=TRACE)
    process("worker-deliver", Stage.DELIVER, trace=TRACE, alert="a1")
    found = [span for span in exporter.get_finished_spans() if f"{span.context.trace_id:032x}" == "0" * 16 + TRACE]
    root, *rest = found
    assert [span.name for span in found] == ["poll", "fetch", "clean", "match", "alert", "deliver"]
    assert root.parent is None
    assert {span.parent.span_id for span in rest} == {root.context.span_id}
    assert len({span.context.span_id for span in found}) == len(found)
    assert rest[-1].attributes["wirewatch.alert"] == "a1"
    assert rest[-1].resource.attributes["service.name"] == "wirewatch"
    (other,) = [span for span in exporter.get_finished_spans() if span not in found]
    assert (other.name, f"{other.context.trace_id:032x}") == ("poll", "0" * 16 + OTHER)


def test_what_belongs_to_no_entry_is_no_span(process, exporter):
    process("scheduler", Stage.POLL, traces=[])
    process("scheduler", Stage.POLL)
    assert exporter.get_finished_spans() == ()


def test_an_error_is_told_by_its_kind_and_not_by_its_words(process, exporter):
    process("worker-ingest", trace=TRACE)
    bound = structlog.contextvars.bound_contextvars(trace=TRACE)
    with pytest.raises(ValueError, match="secret"), bound, Tally().time(Stage.FETCH):
        raise ValueError("with a secret in it")
    (span,) = exporter.get_finished_spans()
    assert span.status.description == "ValueError"
    assert "secret" not in span.to_json()


def test_a_share_of_the_traces_is_all_or_nothing_of_each(process, exporter, monkeypatch):
    """The specification's sampler by ratio looks at the lower half of the id, which is ours."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    for trace in (TRACE, "f" + TRACE[1:]):
        process("scheduler", Stage.POLL, traces=[trace])
        process("worker-ingest", Stage.FETCH, Stage.MATCH, trace=trace)
    ids = [f"{span.context.trace_id:032x}"[16:] for span in exporter.get_finished_spans()]
    assert ids == [TRACE] * 3


def test_nothing_is_recorded_unless_an_endpoint_is_named(monkeypatch):
    monkeypatch.setattr(spans, "recorder", None)
    spans.begin("scheduler", {})
    assert spans.recorder is None


def test_a_missing_extra_is_told_with_its_mend(monkeypatch):
    monkeypatch.setattr(spans, "recorder", None)
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with structlog.testing.capture_logs() as lines:
        spans.begin("scheduler", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert spans.recorder is None
    assert 'pip install "wirewatch[otel]"' in lines[0]["mend"]
