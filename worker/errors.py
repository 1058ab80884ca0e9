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
├── PostponedError                a page's host or a channel is busy or wants a pause  retry, after `seconds`
├── StageTimeoutError             parsing or cleaning was killed at its budget
├── TemplateError                 a destination's template is wrong; knows the line
└── DeliveryError                 a destination did not take an alert                 retry unless told otherwise
    └── SlackRefusedError         Slack's API said no; knows its code

`retry` says whether the same call can succeed later without anybody changing anything.
"""

from __future__ import annotations

import unicodedata


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
        line = query.count("\n", 0, column) + 1
        inside = column - (query.rfind("\n", 0, column) + 1) + 1
        place = f"line {line}, column {inside}" if "\n" in query else f"column {inside}"
        super().__init__(f"{message} ({place})" + (f"; {mend}" if mend else ""))
        self.message = message
        self.query = query
        self.column = column
        self.mend = mend

    def caret(self, width: int = 76) -> str:
        """The query's line with a caret under the spot, for a terminal; a long line is cut to `width` cells.

        What cannot be printed is shown as a space, and characters take the cells of Unicode's East Asian Width
        (UAX 11), as terminals show them. "" where the query has nothing to show.
        """
        if not self.query.strip():
            return ""
        start = self.query.rfind("\n", 0, self.column) + 1
        end = self.query.find("\n", self.column)
        line = self.query[start : end if end >= 0 else len(self.query)]
        before = _cells(line[max(0, self.column - start - width) : self.column - start])
        after = _cells(line[self.column - start : self.column - start + width])
        room = width - 2
        left = _fitting(before[::-1], max(room - sum(size for _, size in after), room // 2))[::-1]
        right = _fitting(after, room - sum(size for _, size in left))
        head = "…" if len(left) < self.column - start else ""
        tail = "…" if self.column - start + len(right) < len(line) else ""
        indent = len(head) + sum(size for _, size in left)
        text = "".join(char for char, _ in [*left, *right])
        return f"{head}{text}{tail}\n{' ' * indent}^"


def _cells(line: str) -> list[tuple[str, int]]:
    """Each character as it is printed, with the cells it takes."""
    return [(char, _size(char)) if char.isprintable() else (" ", 1) for char in line]


def _size(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _fitting(cells: list[tuple[str, int]], room: int) -> list[tuple[str, int]]:
    """As many of the first cells as there is room for."""
    taken = 0
    for count, (_, size) in enumerate(cells):
        taken += size
        if taken > room:
            return cells[:count]
    return cells


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
    """No usable answer came: DNS, connection, TLS, or a time or size budget.

    Where the host was not even `reached`, it may be our own line that is cut.
    """

    def __init__(self, message: str, *, kind: str, reached: bool = True) -> None:
        super().__init__(message, kind=kind, retry=True)
        self.reached = reached


class PostponedError(WirewatchError):
    """Nothing was asked for or sent, because the host or channel is busy or wants a pause; try again in `seconds`.

    No FetchError: nothing is wrong with the page, and the entry must not go on without it yet. No DeliveryError: it
    counts as no attempt.
    """

    retry = True

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class StageTimeoutError(WirewatchError):
    """A parser was killed because it used up its time or memory."""


class TemplateError(WirewatchError):
    """A template cannot be used. `line` counts from 1 within it, None where no line is to blame."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


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


class SlackRefusedError(DeliveryError):
    """Slack's API answered with an error; `code` is its name for it ("not_in_channel")."""

    def __init__(self, message: str, *, code: str, retry: bool, retry_after: float | None = None) -> None:
        super().__init__(message, retry=retry, retry_after=retry_after)
        self.code = code
