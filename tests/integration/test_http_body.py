"""Bodies as they come off the wire, in every encoding, honest and hostile."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard

from worker.edge.http_body import BoundedBody
from worker.errors import FetchFailedError

LIMIT = 1_000_000
TEXT = "".join(f"Line {number} of a plain sample text. " for number in range(5_000)).encode()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstandard.ZstdCompressor(level=3).compress,
    "": bytes,
    "identity": bytes,
}
COMPRESSED = [name for name in PACKERS if name not in {"", "identity"}]


def read(encoding: str, wire: bytes, *, limit: int = LIMIT, piece: int = 65_536) -> bytes:
    body = BoundedBody(host="example.org", encoding=encoding, limit=limit)
    for start in range(0, len(wire), piece):
        body.feed(wire[start : start + piece])
    return body.finish()


@pytest.mark.parametrize("piece", [1, 7, 1000, 10**9])
@pytest.mark.parametrize("encoding", PACKERS)
def test_text_comes_out_as_it_went_in(encoding, piece):
    assert read(encoding, PACKERS[encoding](TEXT), piece=piece) == TEXT


@pytest.mark.parametrize("encoding", PACKERS)
def test_the_limit_counts_what_comes_out_to_the_byte(encoding):
    wire = PACKERS[encoding](TEXT)
    assert read(encoding, wire, limit=len(TEXT)) == TEXT
    with pytest.raises(FetchFailedError) as caught:
        read(encoding, wire, limit=len(TEXT) - 1)
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize("encoding", PACKERS)
def test_an_empty_body_is_empty_in_any_encoding(encoding):
    assert read(encoding, b"") == b""
    assert read(encoding, PACKERS[encoding](b"")) == b""


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_a_bomb_is_stopped_before_it_unfolds(encoding):
    wire = PACKERS[encoding](bytes(60_000_000))
    assert len(wire) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(FetchFailedError, match="1,000,000 bytes") as caught:
            read(encoding, wire)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.kind == "too_large"
    assert peak < 12_000_000


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_a_body_that_breaks_off_is_no_body(encoding):
    wire = PACKERS[encoding](TEXT)
    for length in (1, len(wire) // 2, len(wire) - 1):
        with pytest.raises(FetchFailedError) as caught:
            read(encoding, wire[:length])
        assert caught.value.kind == "encoding"


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_a_body_in_another_encoding_than_it_says_is_refused(encoding):
    with pytest.raises(FetchFailedError) as caught:
        read(encoding, b"<!doctype html><p>Not compressed at all, whatever the header says.")
    assert caught.value.kind == "encoding"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,br", "compress", "utf-8", "gzip;q=1", "x" * 5000])
def test_several_and_unknown_encodings_are_refused(encoding):
    with pytest.raises(FetchFailedError) as caught:
        read(encoding, gzip.compress(gzip.compress(TEXT)))
    assert caught.value.kind == "encoding"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("encoding", ["identity, gzip", " GZIP ", "gzip,"])
def test_one_encoding_may_be_written_in_several_ways(encoding):
    assert read(encoding, gzip.compress(TEXT)) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize("piece", [50, 10**9])
def test_what_follows_the_end_is_ignored(encoding, piece):
    wire = PACKERS[encoding](TEXT) + b"\0" * 300
    assert read(encoding, wire, piece=piece) == TEXT


def test_what_follows_the_end_is_counted():
    with pytest.raises(FetchFailedError) as caught:
        read("gzip", gzip.compress(TEXT) + bytes(LIMIT))
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("piece", [100, 10**9])
def test_a_body_may_be_cut_at_its_limit_instead(encoding, piece):
    body = BoundedBody(host="example.org", encoding=encoding, limit=1_000, cut=True)
    wire = PACKERS[encoding](TEXT)
    for start in range(0, len(wire), piece):
        body.feed(wire[start : start + piece])
        if body.full:
            break
    assert body.full
    assert TEXT.startswith(body.finish())
    assert encoding not in {"", "identity"} or body.finish() == TEXT[:1_000]


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_body_within_its_limit_is_not_cut(encoding):
    body = BoundedBody(host="example.org", encoding=encoding, limit=len(TEXT), cut=True)
    body.feed(PACKERS[encoding](TEXT))
    assert (body.full, body.finish()) == (False, TEXT)


def test_a_zstd_window_beyond_the_web_s_is_refused():
    # RFC 8878, 3.1.1.1.2: 8 MB is what every decoder has to take
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    wire = packer.compress(TEXT) + packer.flush()
    with pytest.raises(FetchFailedError) as caught:
        read("zstd", wire)
    assert caught.value.kind == "encoding"
