"""Changing wirewatch.toml from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path


def edit(config: Path | None, change: Callable[[str, Path], str], done: str) -> None:
    """Put the changed text in the file's place and say so; a change that is refused leaves the file as it was.

    `change` is given the text and the folder that the file lies in.
    """
    from worker.config import config_path, read_config
    from worker.edge.files import replace_text

    path = config_path(config)
    replace_text(path, change(read_config(path), path.resolve().parent))
    sys.stdout.write(f"{done} {path}\n")
