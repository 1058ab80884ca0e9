"""Real parts for the tests: a private Redis, and how long to wait for a thing that happens elsewhere."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis
import structlog
from hypothesis import settings
from support.servers import Receiver, receiving

import worker.edge.rq_engine  # noqa: F401  sets rq's key prefix before any test imports rq
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.run.cli import main

pytest_plugins = ["support.recoveries"]

# No example is timed: machines differ. The same examples every time where a change is judged, new ones elsewhere.
settings.register_profile("here", deadline=None)
settings.register_profile("judged", deadline=None, derandomize=True)
settings.load_profile("judged" if os.environ.get("CI") else "here")

# Plain tracebacks, as in the processes themselves: the richer ones take seconds each where much is in local variables.
_plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _plain])

# A shell that runs the tests in the background has them ignore Ctrl-C, and every command they start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Processes for `-n auto`: one more than there are cores, as tests of whole processes mostly wait.

    The hook is pytest-xdist's (https://pytest-xdist.readthedocs.io/en/stable/how-to.html).
    """
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One embedded server for the whole run."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def store(redis_server: EmbeddedRedis) -> Iterator[redis.Redis]:
    """A connection to an empty database."""
    connection = connect(redis_server.url)
    connection.flushdb()
    yield connection
    connection.close()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait until a condition about another process holds; fails with `what` after a generous limit."""

    def wait(condition: Callable[[], object], what: str, *, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        tick = threading.Event()
        while not condition():
            if time.monotonic() > end:
                pytest.fail(f"{what} did not happen within {seconds:g} s")
            tick.wait(0.02)

    return wait


@pytest.fixture
def cli(tmp_path, capsysbinary, monkeypatch):
    """Run a command in this process and an empty folder; gives status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    for name in ("WIREWATCH_CONFIG", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        output, errors = capsysbinary.readouterr()
        return ended.value.code or 0, output.decode("utf-8"), errors.decode("utf-8")

    return run


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook receiver on loopback."""
    with receiving() as found:
        yield found
