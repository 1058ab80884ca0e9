"""The stages as Unix filters, through the real command: JSON Lines in and out, and what a bad line costs."""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from support.processes import on_terminal

from worker.run.supervisor import command

ARTICLE_KEYS = {
    *("id", "url", "canonical_url", "title", "text", "summary", "author", "published", "language", "source", "feed"),
    *("seen_at", "partial"),
}
ENTRY_KEYS = {"id", "url", "title", "summary", "published", "feed"}
PARAGRAPH = "The harbour council of the sample town met on Monday to speak about the new ferry and its timetable. "
PAGE = (
    '<html lang="en"><head><title>Ferry talks</title></head><body><nav><a href="/">Home</a></nav><article>'
    f"<h1>Ferry talks</h1><p>{PARAGRAPH * 3}</p><p>{PARAGRAPH * 2}</p></article></body></html>"
)
RUSSIAN = "Совет порта обсудил новое расписание парома и решил продолжить разговор в следующий понедельник. "
RUSSIAN_PAGE = (
    '<html><head><meta charset="windows-1251"><title>Паром</title></head><body><article>'
    f"<p>{RUSSIAN * 3}</p><p>{RUSSIAN * 2}</p></article></body></html>"
)
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Sample Wire</title>
<item><title>First &amp; foremost</title><link>/one</link><guid>g1</guid>
<pubDate>Mon, 11 Sep 2023 06:30:00 +0000</pubDate><description>Sample summary</description></item>
<item><title>Second</title><link>https://wire.example/two</link></item>
</channel></rss>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Sample Sheet",
        "items": [{"id": "a", "url": "https://sheet.example/a", "title": "Third", "content_text": "Sample text"}],
    }
)


def run(*arguments, stdin=b"", cwd=None):
    environment = {k: v for k, v in os.environ.items() if k not in {"WIREWATCH_CONFIG", "REDIS_URL"}}
    return subprocess.run(
        [*command(), *arguments], input=stdin, capture_output=True, check=False, timeout=120, cwd=cwd, env=environment
    )


def lines(*values):
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def read(done):
    """Every output line, which has to be JSON in UTF-8."""
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def complaints(done):
    """The error lines, each of which has to be ours."""
    found = done.stderr.decode("utf-8").splitlines()
    assert [line for line in found if not line.startswith("wirewatch: ")] == []
    return [line.removeprefix("wirewatch: ") for line in found]


# --- parse --------------------------------------------------------------------------------------------------------


def test_parse_gives_a_line_per_entry_and_a_bad_file_costs_itself_only(tmp_path):
    (tmp_path / "a.xml").write_text(RSS, "utf-8")
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (tmp_path / "b.json").write_text(JSON_FEED, "utf-8")
    done = run("parse", "a.xml", "missing.xml", "page.html", "b.json", cwd=tmp_path)
    found = read(done)
    assert [line["title"] for line in found] == ["First & foremost", "Second", "Third"]
    assert [line["feed"] for line in found] == ["Sample Wire", "Sample Wire", "Sample Sheet"]
    assert all(line.keys() >= ENTRY_KEYS for line in found)
    assert found[0]["published"] == "2023-09-11T06:30:00Z"
    assert found[0]["url"] == "", "a relative link of a file from nowhere leads nowhere"
    assert found[1]["published"] is None
    assert done.returncode == 1
    missing, html = complaints(done)
    assert missing.startswith("missing.xml ")
    assert html.startswith("page.html: ")
    assert "HTML" in html


def test_parse_reads_standard_input_and_its_lines_feed_match():
    parsed = run("parse", "--url", "https://wire.example/rss.xml", stdin=RSS.encode())
    assert (parsed.returncode, parsed.stderr) == (0, b"")
    assert [line["url"] for line in read(parsed)] == ["https://wire.example/one", "https://wire.example/two"]
    matched = run("match", "--query", "foremost", stdin=parsed.stdout)
    assert matched.returncode == 0
    assert [len(line["topics"]) for line in read(matched)] == [1, 0]
    assert [line["id"] for line in read(matched)] == [line["id"] for line in read(parsed)]


# --- clean --------------------------------------------------------------------------------------------------------


def test_clean_keeps_order_and_ids_and_reads_bytes_of_any_charset(tmp_path):
    pages = tmp_path / "pages.jsonl"
    pages.write_bytes(
        lines(
            {"id": "one", "url": "https://port.example/one?utm_source=x", "html": PAGE},
            {
                "id": "two",
                "url": "https://port.example/two",
                "html_base64": base64.b64encode(RUSSIAN_PAGE.encode("windows-1251")).decode(),
            },
            {"id": 0, "url": "https://port.example/three", "html": ""},
            {"url": "https://port.example/four", "html": PAGE},
        )
    )
    done = run("clean", str(pages))
    assert (done.returncode, done.stderr) == (0, b"")
    one, two, three, four = read(done)
    assert set(one) == ARTICLE_KEYS
    assert (one["id"], two["id"], three["id"]) == ("one", "two", 0)
    assert four["id"], "an id is made where none is given"
    assert one["title"] == "Ferry talks"
    assert PARAGRAPH.strip() in one["text"]
    assert one["canonical_url"] == "https://port.example/one"
    assert one["source"] == {"domain": "port.example", "name": None}
    assert one["published"] is None
    assert RUSSIAN.strip() in two["text"]
    assert (one["language"], two["language"]) == ("en", "ru")
    assert (one["partial"], three["partial"]) == (False, True)


def test_a_bad_line_costs_itself_only_and_is_named_by_its_number():
    good = json.dumps({"id": "good", "url": "https://port.example/1", "html": PAGE}).encode()
    wicked = json.dumps({"id": "wicked", "html": f"\x00\ud800{PAGE}\udfff\x1b[31m"}).encode()
    assert b"\\ud800" in wicked
    given = [
        b"\xef\xbb\xbf" + good,
        b"",
        b"not json",
        b'["an array"]',
        b'{"id": "latin", "html": "caf\xe9"}',
        b'{"id": "b", "html_base64": "@@@"}',
        b'{"id": "c"}',
        b'{"id": "d", "html": 5}',
        b'{"html": "<p>nobody knows this page"}',
        b'{"id": "e", "html": ' + b"[" * 200_000 + b"}",
        b'{"id": NaN, "html": ""}',
        b'{"id": ["f"], "html": ""}',
        wicked,
        good.replace(b'"good"', b'"last"'),
    ]
    done = run("clean", "-", stdin=b"\r\n".join(given))
    assert [line["id"] for line in read(done)] == ["good", "wicked", "last"]
    assert done.returncode == 1
    assert [line.split(":")[0] for line in complaints(done)] == [f"line {number}" for number in range(3, 13)]


# --- match --------------------------------------------------------------------------------------------------------


def test_match_by_query_gives_exact_offsets_in_code_points_and_scores():
    articles = [
        {"id": "a", "title": "🚆 Kim Jong‑un and Putin to meet", "text": "é 🚆🚆 Putin waits. Kim Jong Un travels."},
        {"id": 7, "title": "Everyday news", "text": "The ferry is late."},
        {"url": "https://x.example/only-a-title", "title": "Putin and Kim Jong Un"},
    ]
    done = run("match", "--query", '"kim jong un" NEAR/10 putin', stdin=lines(*articles))
    assert (done.returncode, done.stderr) == (0, b"")
    found = read(done)
    assert [line["id"] for line in found[:2]] == ["a", 7]
    assert [len(line["topics"]) for line in found] == [1, 0, 1]
    for article, line in zip(articles, found, strict=True):
        assert set(line) == {"id", "topics"}
        for topic in line["topics"]:
            assert set(topic) == {"topic", "score", "highlights"}
            assert 0 <= topic["score"] <= 1
            assert topic["highlights"]
            for mark in topic["highlights"]:
                assert set(mark) == {"field", "start", "end", "text"}
                assert article[mark["field"]][mark["start"] : mark["end"]] == mark["text"]


def test_match_by_config_names_its_topics_and_knows_its_entities(tmp_path):
    (tmp_path / "wirewatch.toml").write_text(
        '[[entities]]\nname = "putin"\naliases = ["Putin", "Путин"]\n'
        '[[topics]]\nname = "Travel"\nquery = "@putin AND train"\n'
        '[[topics]]\nname = "Anything about him"\nquery = "@putin"\n',
        "utf-8",
    )
    articles = lines({"id": "1", "title": "Путин", "text": "A train"}, {"id": "2", "title": "Putin"}, {"id": "3"})
    done = run("match", stdin=articles, cwd=tmp_path)
    assert [{t["topic"] for t in line["topics"]} for line in read(done)] == [
        {"Travel", "Anything about him"},
        {"Anything about him"},
    ]
    assert done.returncode == 1
    (complaint,) = complaints(done)
    assert complaint.startswith("line 3: ")
    asked = run(
        *("match", "--query", "@putin AND NOT train", "--config", str(tmp_path / "wirewatch.toml")),
        stdin=lines({"id": "1", "title": "Путин", "text": "A train"}, {"id": "2", "title": "Putin"}),
    )
    assert [[t["topic"] for t in line["topics"]] for line in read(asked)] == [[], ["query"]]


def test_a_bad_query_is_refused_with_a_caret_before_anything_is_read():
    done = run("match", "--query", "kim AND", stdin=lines({"id": "1", "title": "kim"}))
    assert (done.returncode, done.stdout) == (1, b"")
    sentence, query, caret = done.stderr.decode().splitlines()
    assert sentence.startswith("wirewatch: ")
    assert "column" in sentence
    assert query == "kim AND"
    assert caret.endswith("^")
    assert set(caret[:-1]) <= {" "}


# --- group --------------------------------------------------------------------------------------------------------

WIRE = (
    "The sample town of Northport opened its ferry terminal on Monday after four years of work, the harbour council "
    "said. The mayor cut a ribbon before about two hundred guests and a brass band. Ships to the islands now leave "
    "every hour instead of twice a day, and tickets cost half of what they did. Shop owners near the quay hope for "
    "more visitors, while fishers fear for their berths and ask the council for a second pier by next spring."
)
OTHER = (
    "Scientists in the sample village of Hillfield counted more storks this summer than in any year since records "
    "began. They credit wet meadows that farmers no longer drain, and warm weeks in May. The birds leave in August."
)


def test_group_keeps_ids_and_tells_stories_and_copies():
    times = [f"2023-09-11T0{hour}:00:00Z" for hour in range(4)]
    articles = [
        {"id": "a", "url": "https://one.example/1", "title": "Ferry terminal opens in Northport", "text": WIRE},
        {"id": "b", "url": "https://two.example/1", "title": "Northport opens ferry terminal", "text": WIRE},
        {"id": 9, "url": "https://three.example/1", "title": "Storks return to Hillfield", "text": OTHER},
        {"id": "d", "url": "https://four.example/1", "title": "Storks return to Hillfield", "text": OTHER},
    ]
    given = [article | {"seen_at": at, "published": at} for article, at in zip(articles, times, strict=True)]
    done = run("group", stdin=lines(*given))
    assert (done.returncode, done.stderr) == (0, b"")
    found = read(done)
    assert all(set(line) == {"id", "story", "copy_of"} for line in found)
    assert [line["id"] for line in found] == ["a", "b", 9, "d"]
    assert [line["copy_of"] for line in found] == [None, "a", None, 9]
    stories = [line["story"] for line in found]
    assert stories[0] == stories[1] != stories[2] == stories[3]
    assert run("group", "-", stdin=lines(*given)).stdout == done.stdout


def test_group_tells_the_last_story_of_lines_that_wait_long_behind_others():
    """Two stories prove one and end; their lines come after one of a story that goes on for days."""
    told = [("Ferry adrift off Northport", 0)]
    told += [("Larkhill warehouse blaze spreads overnight", 1), ("Dunmore harbour closed by Larkhill smoke plume", 21)]
    told += [("Larkhill warehouse blaze: smoke closes Dunmore harbour", 21.2)]
    told += [(f"Ferry adrift off Northport, day {day}", 24 * day) for day in range(1, 12)]
    start = datetime(2023, 9, 1, tzinfo=UTC)
    given = []
    for number, (title, hours) in enumerate(told):
        at = (start + timedelta(hours=hours)).isoformat()
        given.append({"id": f"a{number}", "title": title, "seen_at": at, "published": at})
    stories = [line["story"] for line in read(run("group", stdin=lines(*given)))]
    assert stories[0] != stories[1] == stories[2] == stories[3]
    assert set(stories[4:]) == {stories[0]}


# --- all ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("clean",), ("match", "--query", "x"), ("group",)])
def test_nothing_in_is_nothing_out(arguments):
    done = run(*arguments, stdin=b"\xef\xbb\xbf\n\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_missing_file_is_one_sentence(tmp_path):
    done = run("match", "--query", "x", str(tmp_path / "none.jsonl"))
    assert (done.returncode, done.stdout) == (1, b"")
    (complaint,) = complaints(done)
    assert "none.jsonl cannot be read" in complaint


@pytest.mark.parametrize("count", [1, 20_000])
def test_a_reader_that_goes_away_is_no_error_to_shout_about(count, tmp_path):
    articles = tmp_path / "articles.jsonl"
    articles.write_bytes(lines({"id": "1", "title": "ferry"}) * count)
    with subprocess.Popen(
        [*command(), "match", "--query", "ferry", str(articles)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        if count > 1:
            assert json.loads(process.stdout.readline())["id"] == "1"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1


def test_a_line_is_answered_before_the_next_one_comes():
    with subprocess.Popen(
        [*command(), "match", "--query", "ferry"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        for ident in ("a", "b"):
            process.stdin.write(lines({"id": ident, "title": "ferry"}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == ident
        process.stdin.close()
        assert process.wait(60) == 0


def test_ctrl_c_ends_a_filter_without_a_word():
    with subprocess.Popen(
        [*command(), "match", "--query", "ferry"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdin.write(lines({"id": "a", "title": "ferry"}))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == "a"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
        assert process.wait(60) == 130


def test_a_bar_on_a_terminal_leaves_the_answers_as_they_are(tmp_path):
    articles = tmp_path / "articles.jsonl"
    articles.write_bytes(lines({"id": "1", "title": "ferry"}) * 500)
    plain = run("match", "--query", "ferry", str(articles))
    assert plain.stderr == b""
    with (tmp_path / "answers.jsonl").open("wb") as answers:
        _, shown = on_terminal("match", "--query", "ferry", str(articles), stdout=answers, cwd=tmp_path)
    assert (tmp_path / "answers.jsonl").read_bytes() == plain.stdout
    assert b"matching" in shown
    assert b"lines" in shown


def test_a_compressed_file_is_read_as_it_is(tmp_path):
    articles = lines({"id": "1", "title": "ferry"}, {"id": "2"}, {"id": "3", "title": "train"})
    (tmp_path / "articles.gz").write_bytes(gzip.compress(articles))
    plain = run("group", "-", stdin=articles)
    assert plain.returncode == 1
    for packed in (
        run("group", str(tmp_path / "articles.gz")),
        run("group", stdin=gzip.compress(articles)),
    ):
        assert (packed.stdout, packed.stderr, packed.returncode) == (plain.stdout, plain.stderr, 1)
