"""A response body, decoded while it arrives and never beyond its limit.

A kilobyte can decode to gigabytes, so every decoder here is told how much room is left and is stopped right there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

import brotli  # type: ignore[import-untyped] # it publishes no types
import zstandard

from worker.errors import FetchFailedError

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

# RFC 8878, 3.1.1.1.2 asks decoders to take windows of 8 MB and lets them refuse larger ones.
_ZSTD_WINDOW = 8 * 2**20

# Four bytes of zstd, a block of one repeated byte, can decode to 128 kB (RFC 8878, 3.1.1.2), and this decoder knows no
# limit on its output. 128 bytes at a time bound what one call can produce to 4 MB.
_ZSTD_PIECE = 128


class _Codec(Protocol):
    """Decodes one stream. `ended` tells whether the stream's own end has been seen."""

    ended: bool

    def decode(self, data: bytes, room: int) -> bytes:
        """What `data` decodes to; may stop early once that is more than `room` bytes."""
        ...


class _Plain:
    ended = True

    def decode(self, data: bytes, room: int) -> bytes:  # noqa: ARG002 - nothing grows here
        return data


class _Gzip:
    """RFC 1952. What follows the first member is ignored, as browsers do: it is padding, or the next bomb."""

    ended = False

    def __init__(self, wbits: int = 16 + zlib.MAX_WBITS) -> None:
        self._inflate = zlib.decompressobj(wbits)

    def decode(self, data: bytes, room: int) -> bytes:
        out = self._inflate.decompress(data, room + 1)
        self.ended = self._inflate.eof
        return out


class _Deflate:
    """RFC 9110, 8.4.1.2 means the zlib format (RFC 1950), but some servers send bare deflate data (RFC 1951)."""

    ended = False

    def __init__(self) -> None:
        self._start = b""
        self._inner: _Gzip | None = None

    def decode(self, data: bytes, room: int) -> bytes:
        if self._inner is None:
            self._start += data
            if len(self._start) < 2:
                return b""
            data = self._start
            # RFC 1950, 2.2: method 8, and the first two bytes are a multiple of 31
            zlib_format = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._inner = _Gzip(zlib.MAX_WBITS if zlib_format else -zlib.MAX_WBITS)
        out = self._inner.decode(data, room)
        self.ended = self._inner.ended
        return out


class _Brotli:
    """RFC 7932."""

    ended = False

    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()

    def decode(self, data: bytes, room: int) -> bytes:
        out: bytes = self._decoder.process(data, output_buffer_limit=room + 1)
        while len(out) <= room and not self._decoder.can_accept_more_data() and not self._decoder.is_finished():
            out += self._decoder.process(b"", output_buffer_limit=room + 1)
        self.ended = self._decoder.is_finished()
        return out


class _Zstd:
    """RFC 8878; what follows the first frame is ignored."""

    ended = False

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    def decode(self, data: bytes, room: int) -> bytes:
        out = bytearray()
        for start in range(0, len(data), _ZSTD_PIECE):
            out += self._decoder.decompress(data[start : start + _ZSTD_PIECE])
            self.ended = self._decoder.eof
            if self.ended or len(out) > room:
                break
        return bytes(out)


_CODECS: Mapping[str, Callable[[], _Codec]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
_BROKEN = (zlib.error, brotli.error, zstandard.ZstdError)


class BoundedBody:
    """Collects a body of at most `limit` bytes, counted after decoding and before it too.

    `encoding` is the Content-Encoding header: at most one coding, of those in ACCEPT_ENCODING. All methods raise
    FetchFailedError, of kind "too_large" or "encoding"; `host` is for its words. With `cut` a longer body is cut at the
    limit instead, and `full` tells that the rest need not be fed.
    """

    def __init__(self, *, host: str, encoding: str, limit: int, cut: bool = False) -> None:
        self.full = False
        self._cut = cut
        self._host = host
        self._limit = limit
        self._received = 0
        self._decoded = bytearray()
        self._name, self._codec = self._pick(encoding)

    def feed(self, data: bytes) -> None:
        """Take the next bytes off the wire."""
        self._received += len(data)
        if not self._codec.ended or not self._name:
            self._decode(data)
        if max(self._received, len(self._decoded)) <= self._limit:
            return
        if not self._cut:
            raise self._failed(f"sent more than {self._limit:,} bytes, the most that is read", "too_large")
        self.full = True

    def finish(self) -> bytes:
        """The whole body, once the last byte has been fed."""
        if self._received and not self._codec.ended and not self.full:
            raise self._failed(f"sent a {self._name} body that breaks off", "encoding")
        return bytes(self._decoded[: self._limit])

    def _pick(self, encoding: str) -> tuple[str, _Codec]:
        names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
        if not names:
            return "", _Plain()
        if len(names) > 1 or names[0] not in _CODECS:
            raise self._failed(f"sent a body encoded as {encoding[:40]!r}, which was not asked for", "encoding")
        return names[0], _CODECS[names[0]]()

    def _decode(self, data: bytes) -> None:
        try:
            self._decoded += self._codec.decode(data, self._limit - len(self._decoded))
        except _BROKEN:
            raise self._failed(f"sent a body that is no valid {self._name}", "encoding") from None

    def _failed(self, words: str, kind: str) -> FetchFailedError:
        return FetchFailedError(f"{self._host} {words}", kind=kind)
