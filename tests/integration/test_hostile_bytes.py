"""From a hostile server's socket to an article: whatever it sends, the entry goes on, within bounds, and the next page
of the same client is read as if nothing had been.
"""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta

import brotli
import pytest
import zstandard
from support.sites import Names, answering, client, dripping, redirecting, run, sending, serving

from worker.match.engine import Matcher
from worker.model import Entry, WorkItem
from worker.pipeline import Pipeline, Watch
from worker.ports import Change

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SENTENCES = (
    "The sample volcano near the sample harbour erupted on Friday morning, officials of the sample district said. "
    "Ferries stayed in port while the ash cloud drifted north, and schools were closed until further notice. "
)
SUMMARY = "A sample volcano near the sample harbour erupted."


class Clock:
    def now(self):
        return NOW


class InPlace:
    """Runs in this process: what hangs parsers is another suite's subject."""

    async def run(self, function, *arguments, **named):
        return function(*arguments, **named)


class Forgetful:
    def remember(self, _host, page):
        return [page]


class Kept:
    def is_done(self, _item_id):
        return False

    def commit(self, _item_id, _article, _matches, decide, **_options):
        decide({})
        return Change()


def html(text, head=""):
    paragraphs = "".join(f"<p>{text}</p>" for _ in range(3))
    return f"<html><head>{head}<title>Sample</title></head><body><article>{paragraphs}</article></body></html>"


def entry(url, title, summary):
    return WorkItem(
        entry=Entry(key="1", url=url, title=title, summary=summary, published=NOW - timedelta(minutes=5)),
        feed_url="https://example.org/rss",
        feed_name="Example",
        feed_title="Example",
        tags=(),
        full_text=True,
        seen_at=NOW,
        trace="t",
    )


async def article_at(http, url, *, title="Sample volcano erupts", summary=SUMMARY):
    watch = Watch(matcher=Matcher((), ()), topics={}, entities={})
    pipeline = Pipeline(fetcher=http, cleaner=InPlace(), hosts=Forgetful(), store=Kept(), clock=Clock(), watch=watch)
    return (await pipeline.ingest(entry(url, title, summary))).article


async def survives(answer, *, seconds=20.0):
    """The article of a page that is answered so; then a good page is read by the same client."""
    good = answering("200 OK", "Content-Type: text/html", body=html(SENTENCES).encode())
    async with (
        serving(answer) as server,
        serving(good) as other,
        client(timeout=seconds, resolve=Names(next_example=[["127.0.0.1"]])) as http,
    ):
        found = await article_at(http, server.url("/hostile"))
        after = await article_at(http, other.url("/good"))
        assert http._guarded.connections == [] or all(one.is_idle() for one in http._guarded.connections)
    assert not after.partial
    assert "Ferries stayed in port" in after.text
    return found


async def left_to_the_feed(answer, why, **options):
    """Such an answer costs the page, and the reason is told; the entry keeps what the feed said."""
    found = await survives(answer, **options)
    assert found.partial
    assert why in found.partial_reason
    assert len(found.partial_reason) < 250
    assert (found.title, found.summary, found.text) == ("Sample volcano erupts", SUMMARY, "")


# --- bombs --------------------------------------------------------------------------------------------------------


def raw_deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def brotli_quick(data):
    return brotli.compress(data, quality=4)


ENCODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "br": brotli_quick,
    "zstd": zstandard.ZstdCompressor(level=3).compress,
}
# A body of 5 MB while it grows, the decoder's last piece, and what reading a good page takes.
MOST_MEMORY = 40_000_000


def chunked(*fields, body, size=1000):
    head = "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *fields, "", ""]).encode()
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return sending(head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@run
async def test_a_bomb_in_any_encoding_is_left_where_it_is(encoding, framing):
    bomb = ENCODINGS[encoding](bytes(80_000_000))
    fields = ("Content-Type: text/html", f"Content-Encoding: {encoding}")
    answer = answering("200 OK", *fields, body=bomb) if framing == "length" else chunked(*fields, body=bomb)
    tracemalloc.start()
    try:
        await left_to_the_feed(answer, "more than 5,000,000 bytes")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY


EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"  # RFC 1951, 3.2.4: stored, not the last, of length 0


@pytest.mark.parametrize(
    ("encoding", "body", "why"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(10_000_000))), "encoded as 'gzip, gzip'"),
        ("gzip, br, zstd", b"x" * 100, "encoded as"),
        ("compress", b"\x1f\x9d\x90" + b"x" * 100, "encoded as 'compress'"),
        ("gzip", gzip.compress(SENTENCES.encode())[:-6], "breaks off"),
        ("gzip", b"\x1f\x8b\x08\x00" + b"\x00" * 6 + EMPTY_BLOCK * 1_100_000, "more than 5,000,000 bytes"),
        ("deflate", EMPTY_BLOCK * 500_000, "breaks off"),
        ("br", b"\xff" * 1_000, "no valid br"),
        ("zstd", b"\x28\xb5\x2f\xfd" + b"\xff" * 1_000, "no valid zstd"),
        ("gzip", brotli.compress(SENTENCES.encode()), "no valid gzip"),
    ],
    ids=["twice", "thrice", "unasked", "cut", "empty blocks", "only empty blocks", "no br", "no zstd", "another's"],
)
@run
async def test_a_body_that_is_not_what_its_encoding_says_is_told(encoding, body, why):
    await left_to_the_feed(answering("200 OK", f"Content-Encoding: {encoding}", body=body), why)


@run
async def test_a_second_member_of_a_gzip_body_is_not_unfolded():
    body = gzip.compress(html(SENTENCES).encode()) + gzip.compress(bytes(80_000_000))
    found = await survives(answering("200 OK", "Content-Type: text/html", "Content-Encoding: gzip", body=body))
    assert "Ferries stayed in port" in found.text


@run
async def test_a_plain_body_beyond_the_limit_is_left_to_the_feed():
    await left_to_the_feed(answering("200 OK", body=b"<p>" + b"x" * 5_000_001), "more than 5,000,000 bytes")


# --- answers that never end or lead nowhere -----------------------------------------------------------------------


def onward(make):
    """Redirects for ever; `make` says where, by the number of the request."""

    async def answer(server, request, writer):
        await redirecting(make(server, len(server.requests)))(server, request, writer)

    return answer


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (redirecting("/hostile"), "in a circle"),
        (redirecting("#top"), "in a circle"),
        (onward(lambda _server, number: f"/hostile?{number}"), "6th time"),
        (onward(lambda server, number: server.url(f"/{'x' * number}", host="next.example")), "6th time"),
        (redirecting("/" + "x" * 9_000), "more than 8192"),
        (redirecting("http://[::1/"), "no valid URL"),
        (redirecting("/x\x00y"), "no HTTP"),
        (answering("300 Multiple Choices"), "answered 300"),
        (answering("304 Not Modified"), "answered 304"),
        (sending(b"HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\n\r\n"), ""),
    ],
    ids=["itself", "a fragment", "a counter", "two names", "long", "no URL", "a NUL", "300", "304", "two places"],
)
@run
async def test_redirects_that_lead_nowhere_end(answer, why):
    await left_to_the_feed(answer, why)


@run
async def test_the_body_of_a_redirect_is_not_read():
    bomb = gzip.compress(bytes(80_000_000))
    fields = [f"Content-Length: {len(bomb)}", "Content-Encoding: gzip", "Location: /hostile"]
    head = "\r\n".join(["HTTP/1.1 302 Found", *fields, "", ""]).encode()
    await left_to_the_feed(sending(head + bomb), "in a circle")


@run
async def test_a_body_that_drips_costs_its_budget():
    """The good page that follows has to be quick too, so the budget is not the shortest possible."""
    await left_to_the_feed(
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"), "not done within 1 s", seconds=1.0
    )


# --- broken frames ------------------------------------------------------------------------------------------------

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "wire",
    [
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"5\r\nhel",
        CHUNKED + b"5\r\nhello",
        CHUNKED + b"5\r\nhello\r\n0\r\n",
        CHUNKED + b"5\r\nhelloX\r\n0\r\n\r\n",
        CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"ffffffffffffffffffff\r\nhello\r\n",
        CHUNKED + b"5;" + b"x" * 200_000 + b"\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5 5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"0\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"Set-Cookie: a=" + b"b" * 90_000 + b"\r\n" * 2,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2_000_000 + b"\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"SSH-2.0-sample\r\n",
        b"\x16\x03\x01" + b"\x00" * 500,
        b"",
    ],
)
@run
async def test_an_answer_in_broken_frames_is_no_page(wire):
    found = await survives(sending(wire))
    assert found.partial
    assert found.partial_reason
    assert "hello" not in found.text
    assert found.summary == SUMMARY


# --- bytes that are no page ---------------------------------------------------------------------------------------

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + SENTENCES.encode() * 20 + b"%%EOF"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20
ZIP = b"PK\x03\x04\x14\x00" + bytes(range(256)) * 20
JSON = b'{"articles": [' + b'{"title": "Sample volcano"},' * 200 + b"{}]}"


@pytest.mark.parametrize("declared", ["application/pdf", "text/html", "application/octet-stream", ""])
@pytest.mark.parametrize("body", [PDF, PNG, ZIP], ids=["pdf", "png", "zip"])
@run
async def test_a_file_that_is_no_page_is_left_to_the_feed_whatever_it_says_it_is(body, declared):
    await left_to_the_feed(answering("200 OK", f"Content-Type: {declared}", body=body), "not HTML")


@run
async def test_json_is_no_page():
    await left_to_the_feed(answering("200 OK", "Content-Type: application/json", body=JSON), "not HTML")


@pytest.mark.parametrize("body", [b"", b" \r\n ", b"\x00" * 5_000, b"\xff" * 5_000], ids=["", "blank", "NUL", "FF"])
@run
async def test_a_page_of_nothing_is_left_to_the_feed(body):
    found = await survives(answering("200 OK", "Content-Type: text/html", body=body))
    assert found.partial
    assert found.summary == SUMMARY


# --- bytes in another charset than they say -----------------------------------------------------------------------

RUSSIAN = (
    "Образец вулкана возле образцовой гавани проснулся в пятницу утром, сообщили представители образцового района. "
    "Паромы остались в порту, а школы закрыли до особого распоряжения, пока облако пепла двигалось на север."
)
KOREAN = (
    "예시 화산이 금요일 아침 예시 항구 근처에서 분화했다고 예시 지역 당국이 밝혔다. 화산재 구름이 북쪽으로 "
    "이동하는 동안 여객선은 항구에 머물렀고 학교는 추후 공지가 있을 때까지 문을 닫았다. 주민들은 안내에 따라 대피했다."
)
JAPANESE = (
    "見本の火山が金曜日の朝、見本の港の近くで噴火したと見本地区の当局が発表した。火山灰の雲が北へ流れる間、"
    "フェリーは港にとどまり、学校は追って通知があるまで休校となった。住民は案内に従って避難した。"
)
FRENCH = (
    "Le volcan témoin situé près du port témoin est entré en éruption vendredi matin, ont déclaré les autorités. "
    "Les bateaux sont restés à quai et les écoles ont été fermées jusqu'à nouvel ordre, a-t-on précisé."
)


def meta(charset):
    return f'<meta charset="{charset}">'


@pytest.mark.parametrize(
    ("text", "charset", "head", "declared"),
    [
        (FRENCH, "utf-8", "", "iso-8859-1"),
        (FRENCH, "utf-8", meta("iso-8859-1"), "windows-1252"),
        (FRENCH, "utf-8", "", "nonsense-42"),
        (FRENCH, "utf-8", "", '"utf-8'),
        (FRENCH, "windows-1252", meta("utf-8"), "utf-8"),
        (RUSSIAN, "windows-1251", meta("windows-1251"), "utf-8"),
        (RUSSIAN, "windows-1251", "", "windows-1251"),
        (RUSSIAN, "koi8-r", meta("koi8-r"), ""),
        (RUSSIAN, "utf-16", "", "utf-8"),
        (RUSSIAN, "utf-8-sig", meta("windows-1251"), "koi8-r"),
        (KOREAN, "euc-kr", meta("euc-kr"), "utf-8"),
        (KOREAN, "utf-8", meta("euc-kr"), "euc-kr"),
        (JAPANESE, "shift_jis", meta("shift_jis"), ""),
        (JAPANESE, "euc-jp", "", "euc-jp"),
        (JAPANESE, "utf-8", "", "shift_jis"),
    ],
)
@run
async def test_a_page_is_read_in_its_real_charset_whatever_it_declares(text, charset, head, declared):
    body = html(text, head).encode(charset)
    kind = f"text/html; charset={declared}" if declared else "text/html"
    async with serving(answering("200 OK", f"Content-Type: {kind}", body=body)) as server, client() as http:
        found = await article_at(http, server.url("/page"), title=text[:30], summary=text[:60])
    assert text.split(". ", maxsplit=1)[0] in " ".join(found.text.split())
    assert not found.partial
