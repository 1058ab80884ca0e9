"""What a process writes to standard error: one event a line, and no secret in any of them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

SECRET = 'sample "secret" with ünusual \\ signs'
BEGIN = """
import logging, warnings, structlog
from worker.edge import logs
logs.configure("test")
log = structlog.get_logger()
"""


def script(body):
    return [sys.executable, "-c", BEGIN + body]


def on_a_pipe(body):
    done = subprocess.run(script(body), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def on_a_terminal(body):
    """Standard error is the far end of a pseudo-terminal (Linux, macOS)."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(script(body), stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # how Linux tells that the last writer is gone
                break
            if not chunk:
                break
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def test_an_event_is_a_json_object_with_time_level_and_process():
    (event,) = on_a_pipe("log.info('polled', feed='Example', new=3)")
    assert event.pop("time").endswith("Z")
    assert event == {"event": "polled", "feed": "Example", "new": 3, "level": "info", "process": "test"}


def test_a_thread_names_its_process_too():
    (event,) = on_a_pipe(
        "import threading\nthread = threading.Thread(target=log.info, args=['renewed'])\nthread.start()\nthread.join()"
    )
    assert (event["event"], event["process"]) == ("renewed", "test")


def test_many_lines_in_a_message_are_one_line_in_the_log():
    first, second = on_a_pipe("log.warning('two\\nlines', error='a\\r\\nb\\u2028c')\nlogging.error('also\\nhere')")
    assert first["event"] == "two\nlines"
    assert first["error"] == "a\r\nb\u2028c"
    assert second["event"] == "also\nhere"


def test_a_traceback_is_part_of_its_event():
    ours, foreign = on_a_pipe(
        "try:\n    {}['missing']\nexcept KeyError:\n    log.exception('crashed')\n    logging.exception('foreign')"
    )
    assert ours["event"] == "crashed"
    assert ours["exception"].startswith("Traceback")
    assert ours["exception"].endswith("KeyError: 'missing'")
    assert foreign["exception"].endswith("KeyError: 'missing'")


def test_foreign_loggers_and_warnings_take_the_same_form():
    first, second = on_a_pipe("logging.getLogger('lib').warning('found %d', 3)\nwarnings.warn('old call')")
    assert (first["event"], first["logger"], first["level"]) == ("found 3", "lib", "warning")
    assert "old call" in second["event"]
    assert second["logger"] == "py.warnings"


def test_what_is_below_info_and_the_chatter_of_libraries_stays_out():
    assert on_a_pipe("log.debug('x')\nlogging.getLogger('httpx2').info('GET')\nlogging.debug('y')") == []


def test_of_a_noisy_event_the_rest_is_counted_at_the_end():
    *lines, last = on_a_pipe("for number in range(1000):\n    log.info('polled', feed=number)")
    assert [line["feed"] for line in lines] == list(range(len(lines)))
    assert (last["event"], last["of"], last["lines"]) == ("lines_left_out", "polled", 1000 - len(lines))


def test_values_that_json_does_not_know_are_written_all_the_same():
    (event,) = on_a_pipe("from pathlib import Path\nlog.info('odd', path=Path('/x'), made={1}, raw=b'bytes')")
    assert "/x" in event["path"]
    assert "bytes" in event["raw"]


def test_a_bound_trace_is_part_of_every_event_inside():
    inside, outside = on_a_pipe(
        "with structlog.contextvars.bound_contextvars(trace='abc'):\n    logging.warning('in')\nlogging.warning('out')"
    )
    assert inside["trace"] == "abc"
    assert "trace" not in outside


TELL_EVERYWHERE = f"""
secret = {SECRET!r}
logs.hide([secret])
log.info("in a message " + secret, value=secret, deep=[{{"k": (secret, secret + "x")}}])
log.info("in other values", error=ValueError(secret), key={{secret: 1}}, raw=Exception("a", [secret]))
logging.warning("foreign %s", secret)
def use(token):
    raise RuntimeError("refused: " + token)
try:
    use(secret)
except RuntimeError:
    log.exception("in a traceback")
    logging.exception("in a foreign traceback")
"""


def test_a_hidden_secret_is_in_no_line_in_whatever_form_it_comes():
    events = on_a_pipe(TELL_EVERYWHERE)
    assert len(events) == 5
    shown = json.dumps(events, ensure_ascii=False) + json.dumps(events)
    assert "sample" not in shown
    assert "ünusual" not in shown
    assert "refused: ***" in events[-1]["exception"]


def test_a_hidden_secret_is_not_on_a_terminal_either():
    """Not in a traceback, and not among the local variables that some tracebacks show."""
    shown = on_a_terminal(TELL_EVERYWHERE)
    assert "in a traceback" in shown
    assert "***" in shown
    assert "sample" not in shown


@pytest.mark.parametrize("order", [("abcdef", "abcdefgh"), ("abcdefgh", "abcdef")], ids=str)
def test_a_secret_inside_another_leaves_no_rest(order):
    (event,) = on_a_pipe(f"logs.hide({order!r})\nlog.info('x', a='1abcdefgh2')")
    assert event["a"] == "1***2"
