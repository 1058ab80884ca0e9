"""Files on disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from worker.errors import ConfigError


def replace_text(path: Path, text: str) -> None:
    """Replace a file's text at once: a reader sees the old or the new file, never half of one."""
    target, data = path.resolve(), text.encode("utf-8")
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, target.stat().st_mode & 0o777)  # noqa: PTH101  a name from mkstemp
            os.replace(name, target)  # noqa: PTH105  a name from mkstemp
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108  a name from mkstemp
            raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}; the old file is as it was") from error
