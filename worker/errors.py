"""Every error wirewatch raises on purpose, and whether trying again can help.

WirewatchError                    its text is one sentence for a person, with the mend
├── ConfigError                   wirewatch.toml, an option or the environment is wrong
├── QueryError                    a topic's query is wrong; knows the column
├── UnavailableError              Redis or another part we need does not answer       retry
├── BusyError                     somebody else holds it (data directory, port)
├── FeedError                     the bytes are no feed we can read
├── FetchError                    a page or feed could not be fetched
│   ├── BlockedError              the address may not be fetched
│   ├── HttpStatusError           an answer other than the one wanted                 retry if 408, 425, 429, 5xx
│   └── FetchFailedError          DNS, connection, TLS, time or size budget           retry
├── StageTimeoutError             parsing or cleaning was killed at its budget
└── DeliveryError                 a destination did not take an alert                 retry unless told otherwise

`retry` says whether the same call can succeed later without anybody changing anything.
"""

from __future__ import annotations


class WirewatchError(Exception):
    """Root of the tree; `str(error)` is shown to people as it is."""

    retry = False


class ConfigError(WirewatchError):
    """The configuration is wrong. `where` names the key ("topics[2].query"), when there is one."""

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where


class QueryError(WirewatchError):
    """A query cannot be understood.

    `column` counts code points from 0 at the start of `query`; `mend` says what to write instead.
    """

    def __init__(self, message: str, *, query: str, column: int, mend: str = "") -> None:
        super().__init__(f"{message} (column {column + 1})" + (f"; {mend}" if mend else ""))
        self.message = message
        self.query = query
        self.column = column
        self.mend = mend

    def caret(self) -> str:
        """The query's line with a caret under the spot, for a terminal."""
        start = self.query.rfind("\n", 0, self.column) + 1
        end = self.query.find("\n", self.column)
        line = self.query[start : end if end >= 0 else len(self.query)]
        return f"{line}\n{' ' * (self.column - start)}^"


class UnavailableError(WirewatchError):
    """Something we depend on does not answer now."""

    retry = True


class BusyError(WirewatchError):
    """Another process holds what we need."""


class FeedError(WirewatchError):
    """The bytes of a feed cannot be read as one."""


class FetchError(WirewatchError):
    """A URL could not be fetched. `kind` is a short stable word for counters ("timeout", "dns", "too_large")."""

    def __init__(self, message: str, *, kind: str, retry: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry = retry


class BlockedError(FetchError):
    """The URL or an address it resolves to may not be fetched."""

    def __init__(self, message: str) -> None:
        super().__init__(message, kind="blocked")


class HttpStatusError(FetchError):
    """The server answered with `status`; `retry_after` is in seconds where it asked for a pause."""

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message, kind=f"http_{status}", retry=status in {408, 425, 429} or status >= 500)
        self.status = status
        self.retry_after = retry_after


class FetchFailedError(FetchError):
    """No usable answer came: DNS, connection, TLS, or a time or size budget."""

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message, kind=kind, retry=True)


class StageTimeoutError(WirewatchError):
    """A parser was killed because it used up its time or memory."""


class DeliveryError(WirewatchError):
    """A destination did not take an alert.

    `retry_after` is in seconds where the receiver asked for a pause; `gone` means the receiver said never again (410).
    """

    def __init__(
        self, message: str, *, retry: bool = True, retry_after: float | None = None, gone: bool = False
    ) -> None:
        super().__init__(message)
        self.retry = retry
        self.retry_after = retry_after
        self.gone = gone
