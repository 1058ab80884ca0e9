"""Noisy events: the first lines of a minute, then a count."""

from __future__ import annotations

import pytest
import structlog

from worker.edge.log_sampling import MOST, WINDOW, Sampler


class Minutes:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def minutes():
    return Minutes()


@pytest.fixture
def lines(minutes):
    """What is written through a sampler, as (level, event) pairs with the rest of the line."""
    written = []

    def note(_logger, level, event):
        written.append((level, event.pop("event"), event))
        raise structlog.DropEvent

    structlog.configure(processors=[Sampler(minutes), note], cache_logger_on_first_use=False)
    yield written
    structlog.reset_defaults()


def test_a_quiet_event_is_written_whole(lines):
    for number in range(MOST["info"]):
        structlog.get_logger().info("polled", feed=number)
    assert [facts["feed"] for _, _, facts in lines] == list(range(MOST["info"]))


def test_of_a_noisy_event_the_first_lines_of_a_minute_are_written_and_the_others_counted(lines, minutes):
    log = structlog.get_logger()
    for number in range(MOST["info"] + 7):
        log.info("polled", feed=number)
    assert len(lines) == MOST["info"]
    log.info("another")
    minutes.at += WINDOW
    log.info("polled", feed="of the next minute")
    assert lines[-3:] == [
        ("info", "another", {}),
        ("info", "lines_left_out", {"of": "polled", "lines": 7, "in_s": 60}),
        ("info", "polled", {"feed": "of the next minute"}),
    ]


def test_what_matters_is_kept(lines):
    log = structlog.get_logger()
    for _ in range(MOST["info"] + 1):
        log.info("ingested")
    log.info("ingested", matched=["a topic"], keep=True)
    assert lines[-1] == ("info", "ingested", {"matched": ["a topic"]})


def test_warnings_are_never_left_out_without_a_word_and_errors_never(lines, minutes):
    log = structlog.get_logger()
    for _ in range(MOST["warning"] + 2):
        log.warning("poll_failed")
        log.error("crashed")
    minutes.at += WINDOW + 30
    log.info("something")
    levels = [level for level, _, _ in lines]
    assert levels.count("error") == MOST["warning"] + 2
    assert lines[-2] == ("warning", "lines_left_out", {"of": "poll_failed", "lines": 2, "in_s": 90})


def test_the_end_of_a_process_tells_the_rest(minutes):
    sampler, told = Sampler(minutes), []
    structlog.configure(
        processors=[sampler, lambda _logger, _level, event: told.append(event) or ""], cache_logger_on_first_use=False
    )
    try:
        for _ in range(MOST["info"] + 1):
            structlog.get_logger().info("polled")
        sampler.tell()
        sampler.tell()
        assert told[MOST["info"] :] == [{"event": "lines_left_out", "of": "polled", "lines": 1, "in_s": 0}]
    finally:
        structlog.reset_defaults()
