"""Lines of files and of standard input, and the one error line that a bad one costs."""

from __future__ import annotations

import gzip
import io
import json
import stat
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from os import fstat
from pathlib import Path
from typing import IO, Any

from worker.errors import WirewatchError
from worker.run.cli.common import printable

STANDARD_INPUT = Path("-")
# No page or article comes near it; a list of all articles written on one line does, and would be held in memory whole.
LONGEST_LINE = 64 * 2**20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"


class NumberedLines:
    """The lines of a file that hold something, with their numbers from 1 on; "-" is standard input.

    Compressed files (gzip, RFC 1952) are read as they are. No more than one line is in memory. `size` and `done` are
    bytes of the file as it lies on the disk, 0 where nobody knows how much is to come.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._raw: IO[bytes] | None = None
        self.size = 0

    @property
    def done(self) -> int:
        """How far reading has come."""
        return self._raw.tell() if self._raw and self.size else 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        with opened(self._file) as raw:
            self._raw, self.size = raw, _size(raw)
            lines, number = _unpacked(raw), 0
            try:
                while line := lines.readline(LONGEST_LINE):
                    number += 1
                    if len(line) == LONGEST_LINE:
                        raise WirewatchError(_too_long(self._file, number))
                    if number == 1:  # the mark some editors put first is no part of the line
                        line = line.removeprefix(_BYTE_ORDER_MARK)
                    if line.strip():
                        yield number, line
            except (EOFError, zlib.error, OSError) as error:
                where = f"line {number}" if number else "its first line"
                raise WirewatchError(f"{called(self._file)} cannot be read beyond {where}: {_told(error)}") from error
            finally:
                self._raw = None


def _unpacked(raw: IO[bytes]) -> IO[bytes] | gzip.GzipFile:
    is_gzip = isinstance(raw, io.BufferedReader) and raw.peek(2).startswith(_GZIP)
    return gzip.GzipFile(fileobj=raw) if is_gzip else raw


def _size(raw: IO[bytes]) -> int:
    try:
        about = fstat(raw.fileno())
    except (OSError, AttributeError):  # standard input that another program replaced
        return 0
    return about.st_size if stat.S_ISREG(about.st_mode) else 0


def _told(error: Exception) -> str:
    if isinstance(error, gzip.BadGzipFile | EOFError | zlib.error):
        return "the compressed data is damaged or cut short; fetch or pack the file again"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _too_long(file: Path, number: int) -> str:
    return (
        f"line {number} of {called(file)} is longer than {LONGEST_LINE >> 20} MB; write one JSON object a line "
        "(of a JSON list, `jq -c '.[]'` makes such lines)"
    )


def called(file: Path) -> str:
    """What the file is called in a sentence."""
    return "standard input" if file == STANDARD_INPUT else str(file)


def opened(file: Path) -> AbstractContextManager[IO[bytes]]:
    """The file, or standard input for "-"."""
    if file == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        raise WirewatchError(f"{file} cannot be read: {error.strerror}") from error


def read_bytes(file: Path) -> bytes:
    """The bytes of a file, or of standard input for "-"."""
    with opened(file) as source:
        return source.read()


def object_of(line: bytes) -> Mapping[str, Any]:
    """The JSON object of a line; ValueError says what the line is instead."""
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise ValueError(f"this is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise ValueError("this is nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("a line is one JSON object")  # noqa: TRY004  a bad line, not a bug
    return value


def _no_number(word: str) -> float:
    # Python reads and writes NaN and Infinity, other readers of JSON (RFC 8259) stumble over them.
    raise ValueError(f"this is not JSON ({word} is no number)")


def complain(message: str) -> bool:
    """One error line on standard error; True, so that callers can note it."""
    one_line = printable(message).replace("\n", " ")
    sys.stderr.write(f"wirewatch: {one_line}\n")
    return True
