"""`python -m worker.run.newswire`: serve the recorded day by itself and print its feeds, to try a config by hand."""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from worker.errors import WirewatchError
from worker.run.newswire.day import DEMO_SPEED
from worker.run.newswire.server import Newswire


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker.run.newswire", description="Serve a recorded day of sample news on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--speed", type=float, default=DEMO_SPEED, help="times as fast as it was (default: 360)")
    how.add_argument("--all", action="store_true", help="show the whole day at once")
    return parser.parse_args(arguments)


def config(newswire: Newswire) -> str:
    """The lines of wirewatch.toml that read this newswire."""
    feeds = "\n".join(f'[[feeds]]\nname = "{name}"\nurl = "{url}"\n' for name, url in newswire.outlets)
    return f'[network]\nallow = ["127.0.0.0/8"]\n\n{feeds}'


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 1 where the newswire cannot start."""
    options = _arguments(arguments)
    clock = _SystemClock()
    speed = None if options.all else options.speed
    try:
        newswire = Newswire(port=options.port, speed=speed, clock=clock, start=clock.now())
    except (WirewatchError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with newswire, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(f"# the sample newswire, until Ctrl-C; its outlets: {newswire.url}\n{config(newswire)}")
        sys.stdout.flush()
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
