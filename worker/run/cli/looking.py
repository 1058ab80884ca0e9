"""Asking feeds and pages from the command line: directly, and as the scheduler would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worker.run.looking import reading

if TYPE_CHECKING:  # loading them costs more than all of --help
    from worker.config import Settings

__all__ = ["reading", "settings_or_defaults"]


def settings_or_defaults(config: Path | None, *, secrets_needed: bool = False) -> Settings:
    """The configuration; where no file is named and none is there, the defaults, which allow no private address."""
    from worker.config import Settings, config_path, load

    if config is None and not config_path().exists():
        return Settings(storage_dir=Path("data"))
    return load(config, secrets_needed=secrets_needed)
