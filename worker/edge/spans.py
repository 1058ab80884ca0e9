"""Traces in OpenTelemetry's terms, where the extra `wirewatch[otel]` is installed and an endpoint is named.

A trace is one entry's way, from the poll that saw it to the delivery of its alert, through all processes and machines.
Its id is the `trace` of the log lines with sixteen zeros before it. The span of the poll is the root, and has that id
too; so every other process knows the parent of its spans without being told.

The standard variables say where to and how much (opentelemetry.io/docs/specs/otel/configuration/
sdk-environment-variables): OTEL_EXPORTER_OTLP_ENDPOINT, without which nothing is recorded, OTEL_TRACES_SAMPLER, ...
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import structlog

from worker.ports import Stage

log = structlog.get_logger()

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class Recorder:
    """Makes spans of what was timed, and hands them to an `exporter` (opentelemetry.sdk.trace.export)."""

    def __init__(self, process: str, exporter: Any, *, at_once: bool = False) -> None:
        from opentelemetry import trace  # noqa: PLC0415  an extra, loaded only where it is wanted
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  the same
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  the same
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor  # noqa: PLC0415  the same
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415  the same

        class Ids(RandomIdGenerator):  # type: ignore[misc]  # without the extra the base class is unknown
            """Random, but for roots."""

            root = 0

            def generate_trace_id(self) -> int:
                return self.root

            def generate_span_id(self) -> int:
                return self.root or int(super().generate_span_id())

        self._api, self._ids = trace, Ids()
        named = Resource.create({"service.name": "wirewatch", "service.instance.id": f"{process}-{os.getpid()}"})
        provider = TracerProvider(resource=named, id_generator=self._ids)
        provider.add_span_processor((SimpleSpanProcessor if at_once else BatchSpanProcessor)(exporter))
        self._sampler, self._tracer = provider.sampler, provider.get_tracer("wirewatch")

    def record(self, stage: Stage, seconds: float, error: BaseException | None, facts: Mapping[str, Any]) -> None:
        """A stage that has just ended; `facts` are what log lines say meanwhile, `trace` or `traces` among them."""
        api, ended = self._api, time.time_ns()
        attributes = {f"wirewatch.{name}": fact for name, fact in facts.items() if isinstance(fact, str | int)}
        for told in [facts["trace"]] if facts.get("trace") else facts.get("traces", ()):
            span = self._tracer.start_span(
                stage.value,
                context=self._place(int(told, 16), stage),
                start_time=ended - round(seconds * 1e9),
                attributes=attributes,
            )
            if error is not None:  # its words may hold addresses and what came from them
                span.set_status(api.Status(api.StatusCode.ERROR, type(error).__name__))
            span.end(ended)

    def _place(self, trace_id: int, stage: Stage) -> Any:
        """The context in which the span begins: the poll is the root, the others are below it."""
        if stage is Stage.POLL:
            self._ids.root = trace_id
            return self._api.Context()
        self._ids.root = 0
        return self._below(trace_id, stage)

    def _below(self, trace_id: int, stage: Stage) -> Any:
        """The root as the parent, sampled as it was."""
        api = self._api
        chosen = self._sampler.should_sample(None, trace_id, stage.value).decision.is_sampled()
        flags = api.TraceFlags(api.TraceFlags.SAMPLED if chosen else api.TraceFlags.DEFAULT)
        root = api.SpanContext(trace_id=trace_id, span_id=trace_id, is_remote=True, trace_flags=flags)
        return api.set_span_in_context(api.NonRecordingSpan(root))


recorder: Recorder | None = None
"""The process's own; None where nothing is recorded."""


def begin(process: str, environment: Mapping[str, str] = os.environ) -> None:
    """Record what this process times from now on, if that is wanted."""
    global recorder  # noqa: PLW0603  one for the process, as loggers are
    if not any(environment.get(name) for name in ENDPOINTS):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  an extra
            OTLPSpanExporter,
        )
    except ImportError:
        mend = 'pip install "wirewatch[otel]", or unset OTEL_EXPORTER_OTLP_ENDPOINT'
        log.warning("traces_off", reason="OpenTelemetry is not installed", mend=mend)
        return
    recorder = Recorder(process, OTLPSpanExporter())
