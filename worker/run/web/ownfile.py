"""wirewatch.toml, as far as the dashboard may change it: its own copy, if that is the one that is live."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from worker.config import ConfigFiles, Settings, load, read_config
from worker.config.watched import Stamp
from worker.edge.files import replace_text
from worker.errors import ConfigError
from worker.model import Topic
from worker.run.web.desk import Desk

_ELSEWHERE = (
    "wirewatch.toml is not on the machine where this dashboard runs, so nothing can be changed here. "
    "Change it where `wirewatch scheduler` runs."
)
_ANOTHER = (
    "{path}, which this dashboard sees, is not the configuration that is live. If it was changed a moment ago, try "
    "again in some seconds; else change the file that `wirewatch scheduler` was started with."
)
_LOCKED = "This dashboard may not write {path}. Give its user the right to write there, or change the file by hand."
_MEANWHILE = "wirewatch.toml was changed by somebody else in this very moment; nothing was saved. Try again."


class OwnFile:
    """The configuration file at `path`, None where none was named."""

    def __init__(self, path: Path | None, desk: Desk) -> None:
        self._path, self._desk = path, desk
        self._watched = ConfigFiles(path) if path else None
        self._changing = Lock()
        self._read: tuple[Stamp, Settings] | None = None
        self._written: tuple[Topic, ...] | None = None

    def settings(self) -> Settings | None:
        """What the file says now; None where there is none, ConfigError where it is broken."""
        stamp = self._watched.stamp() if self._watched else None
        if self._path is None or stamp is None:
            return None
        if self._read is None or self._read[0] != stamp:
            self._read = stamp, load(self._path, secrets_needed=False)
        return self._read[1]

    def trouble(self) -> str:
        """Why it cannot be changed from here, "" where it can."""
        try:
            settings = self.settings()
        except ConfigError as error:
            return f"wirewatch.toml is broken just now, so it cannot be changed from here: {error}"
        if settings is None or self._path is None:
            return _ELSEWHERE
        live = self._desk.settings
        if live is not None and settings.topics not in (live.topics, self._written):
            return _ANOTHER.format(path=self._path)
        place = self._path.resolve()
        if not (os.access(place, os.W_OK) and os.access(place.parent, os.W_OK)):
            return _LOCKED.format(path=self._path)
        return ""

    @property
    def folder(self) -> Path:
        """Where files that it names lie."""
        return (self._path or Path()).resolve().parent

    def text(self) -> str:
        """As it stands; ConfigError where it cannot be changed from here."""
        if why := self.trouble():
            raise ConfigError(why)
        return read_config(self._path or Path())

    def change(self, edit: Callable[[str, Path], str]) -> None:
        """Put the edited text in its place, which goes live within seconds; `edit` gets the text and its folder.

        ConfigError, with the file as it was, where it cannot be changed or `edit` refuses.
        """
        with self._changing:
            text = self.text()
            path = self._path or Path()
            edited = edit(text, self.folder)
            if read_config(path) != text:
                raise ConfigError(_MEANWHILE)
            replace_text(path, edited)
            settings = self.settings()
            self._written = settings.topics if settings else None
