"""Logs: one event a line on standard error, JSON on a pipe and readable on a terminal; secrets never pass.

What a process does for one entry carries its `trace`, the same from the poll that saw it to the delivery of its alert.
"""

from __future__ import annotations

import atexit
import json
import logging
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from worker.edge.log_sampling import Sampler

# In every form in which a finished line may hold them: as they are, as repr() and as JSON write them.
_secrets: set[str] = set()

# Shorter ones would blank out ordinary words, and a secret that short is none.
_SHORTEST = 6
_HIDDEN = "***"


def hide(secrets: Iterable[str]) -> None:
    """From now on these strings are replaced wherever a log line holds them."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            plain = {secret, repr(secret)[1:-1]}
            _secrets.update(plain, (json.dumps(form)[1:-1] for form in plain))


def redacted(text: str) -> str:
    """`text` without the hidden strings."""
    # The longest first: a secret may be part of another.
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def configure(process: str, stream: TextIO | None = None) -> None:
    """Set up structlog on `stream` (standard error), and route the standard library's loggers through it."""
    stream = stream or sys.stderr
    on_terminal = stream.isatty()

    def named(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process  # not among the context variables, of which a thread has its own
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        named,
        structlog.stdlib.add_log_level,
        # A person at a terminal thinks in the time on the wall.
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if on_terminal else "iso", utc=not on_terminal, key="time"),
    ]
    sampler = Sampler()
    atexit.register(sampler.tell)
    structlog.configure(
        processors=[sampler, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_for_terminals() if on_terminal else _for_machines()),
                _redact,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("rq", "uvicorn", "httpx2", "httpcore2", "asyncio", "trafilatura", "htmldate", "courlan", "pebble"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _for_terminals() -> list[Any]:
    # Plain tracebacks: the richer ones show the values of local variables, secrets among them.
    return [structlog.dev.ConsoleRenderer(timestamp_key="time", exception_formatter=structlog.dev.plain_traceback)]


def _for_machines() -> list[Any]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=False)]


def _redact(_logger: Any, _method: str, line: str | Mapping[str, Any]) -> str:
    """The last step, on the finished line, so that no kind of value can carry a secret past it."""
    return redacted(str(line))
