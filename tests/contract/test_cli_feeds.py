"""`wirewatch feeds discover, poll, import, export`, against real servers and real files."""

from __future__ import annotations

import json
import os
import pty
import re
import socket
import subprocess
import tomllib
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from support.answers import one_sentence
from support.servers import Quiet, serving

from worker.config import load
from worker.run.cli.feedpoll import NEWEST
from worker.run.cli.feeds import MOST_IMPORTED
from worker.run.supervisor import command

ALLOW = '[network]\nallow = ["127.0.0.0/8"]\n'
EVIL = "\x9b31mred \u202edirection"
HOME = (
    '<!doctype html><html><head><title>Gazette</title><base href="/en/">'
    f'<link rel="alternate" type="application/rss+xml" title="World {EVIL}" href="world.rss">'
    '<link rel="alternate" type="application/atom+xml" href="/all.atom"></head><body>News</body></html>'
)
CACHE = {"ETag": '"v1"', "Last-Modified": "Fri, 01 May 2026 10:00:00 GMT", "Cache-Control": "max-age=600"}


def rss(entries=(), title="The Gazette"):
    items = "".join(
        f"<item><title>Story {n}</title><link>https://gazette.example/{n}</link><guid>{n}</guid>{date}</item>"
        for n, date in entries
    )
    return f'<rss version="2.0"><channel><title>{title}</title><ttl>30</ttl>{items}</channel></rss>'


def dated(number):
    return number, f"<pubDate>Fri, 01 May 2026 {number:02}:00:00 GMT</pubDate>"


@pytest.fixture
def config(tmp_path):
    """The configuration file, which permits the servers of these tests."""
    file = tmp_path / "wirewatch.toml"
    file.write_text(ALLOW, "utf-8")
    return file


@pytest.fixture
def site():
    """A server on loopback: answers by path as (status, headers, body), and keeps what was asked."""
    state = SimpleNamespace(url="", answers={}, asked=[])

    class Handler(Quiet):
        def do_GET(self):
            state.asked.append((self.path, dict(self.headers)))
            status, headers, body = state.answers.get(self.path, (404, {}, ""))
            data = body.encode("utf-8")
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    with serving(Handler) as url:
        state.url = url
        yield state


# --- discover -----------------------------------------------------------------------------------------------------


def test_discover_lists_what_a_page_announces(cli, config, site):
    site.answers = {"/": (302, {"Location": "/home"}, ""), "/home": (200, {"Content-Type": "text/html"}, HOME)}
    status, output, errors = cli("feeds", "discover", site.url)
    assert (status, errors) == (0, "")
    assert [line.split() for line in output.splitlines()] == [
        ["title", "type", "url"],
        ["World", "31mred", "direction", "rss", f"{site.url}/en/world.rss"],
        ["-", "atom", f"{site.url}/all.atom"],
    ]
    assert [path for path, _ in site.asked] == ["/", "/home"], "nothing else is asked"
    _, output, _ = cli("feeds", "discover", site.url, "--json")
    assert [set(feed) for feed in json.loads(output)] == [{"title", "type", "url"}] * 2
    assert json.loads(output)[1] == {"title": "", "type": "atom", "url": f"{site.url}/all.atom"}


def test_discover_tries_the_usual_places_where_nothing_is_announced(cli, config, site):
    site.answers = {"/news": (200, {}, "<html>no feed here</html>"), "/feed.xml": (200, {}, rss())}
    status, output, _ = cli("feeds", "discover", f"{site.url}/news", "--json")
    assert status == 0
    assert json.loads(output) == [{"title": "The Gazette", "type": "rss", "url": f"{site.url}/feed.xml"}]
    assert [path for path, _ in site.asked] == ["/news", "/robots.txt", "/feed", "/rss.xml", "/feed.xml"]
    assert all(headers["user-agent"].startswith("wirewatch/") for _, headers in site.asked)
    del site.answers["/feed.xml"]
    site.asked.clear()
    sentence = one_sentence(cli("feeds", "discover", f"{site.url}/news", "--json"))
    assert f"{site.url}/news announces no feed" in sentence
    assert len(site.asked) == 9


def test_private_addresses_are_asked_only_where_the_configuration_allows_it(cli, site):
    site.answers = {"/": (200, {}, rss())}
    for verb in ("discover", "poll"):
        assert "[network] allow" in one_sentence(cli("feeds", verb, site.url)), "without a file the guard is closed"
        assert "there is no file" in one_sentence(cli("feeds", verb, site.url, "--config", "absent.toml"))
    assert site.asked == []


@pytest.mark.parametrize("verb", ["discover", "poll"])
def test_addresses_that_cannot_be_asked_are_one_sentence(cli, config, site, verb):
    site.answers = {"/gone": (410, {}, "")}
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        for url, says in (
            (f"{site.url}/gone", "127.0.0.1 answered 410 Gone"),
            (f"http://127.0.0.1:{held.getsockname()[1]}/", "does not accept connections"),
            ("gazette.example/rss", "without a scheme"),
            ("ftp://gazette.example/rss", "only http and https"),
            ("http://[half", "no valid address"),
            ("https://gazette.example/\udcff", "no text"),
        ):
            assert says in one_sentence(cli("feeds", verb, url))


@pytest.mark.parametrize("verb", ["discover", "poll", "import"])
def test_wrong_usage_is_status_2(cli, verb):
    status, output, errors = cli("feeds", verb)
    assert (status, output) == (2, "")
    assert errors.startswith(f"Usage: wirewatch feeds {verb}")


# --- poll ---------------------------------------------------------------------------------------------------------


def test_poll_shows_what_a_feed_says(cli, config, site):
    entries = [(99, ""), *map(dated, range(1, NEWEST + 3))]
    site.answers = {
        "/old": (301, {"Location": "/rss"}, ""),
        "/rss": (200, CACHE, rss(entries, title="The Gazette \u202edirection")),
    }
    status, output, errors = cli("feeds", "poll", f"{site.url}/old")
    assert (status, errors) == (0, "")
    head, _, table = output.partition("\n\n")
    assert [tuple(re.split("  +", line)) for line in head.splitlines()] == [
        ("status", "200"),
        ("url", f"{site.url}/rss"),
        ("moved to", f"{site.url}/rss"),
        ("title", "The Gazette direction"),
        ("entries", str(NEWEST + 3)),
        ("etag", '"v1"'),
        ("last modified", "Fri, 01 May 2026 10:00:00 GMT"),
        ("fresh for", "600 s"),
        ("retry after", "-"),
        ("hub", "-"),
        ("ttl", "1800 s"),
    ]
    assert table.splitlines()[0].split() == ["published", "title", "url"]
    assert len(table.splitlines()) == NEWEST + 1
    assert f"Story {NEWEST + 2} " in table.splitlines()[1]
    assert (site.asked[0][1]["accept"].startswith("application/atom+xml"), len(site.asked)) == (True, 2)


def test_poll_as_json(cli, config, site):
    site.answers = {"/rss": (200, CACHE, rss([(99, ""), dated(1), dated(2)]))}
    status, output, errors = cli("feeds", "poll", f"{site.url}/rss", "--json")
    assert (status, errors) == (0, "")
    found = json.loads(output)
    newest = found.pop("newest")
    assert found == {
        "status": 200,
        "url": f"{site.url}/rss",
        "moved_to": None,
        "title": "The Gazette",
        "entries": 3,
        "etag": '"v1"',
        "last_modified": "Fri, 01 May 2026 10:00:00 GMT",
        "fresh_for": 600.0,
        "retry_after": None,
        "hub": None,
        "ttl": 1800.0,
    }
    assert newest == [
        {"published": "2026-05-01T02:00:00Z", "title": "Story 2", "url": "https://gazette.example/2"},
        {"published": "2026-05-01T01:00:00Z", "title": "Story 1", "url": "https://gazette.example/1"},
        {"published": None, "title": "Story 99", "url": "https://gazette.example/99"},
    ]


def test_poll_of_an_empty_feed_and_of_a_page(cli, config, site):
    site.answers = {"/rss": (200, {}, rss()), "/": (200, {}, HOME)}
    status, output, errors = cli("feeds", "poll", f"{site.url}/rss")
    assert (status, errors) == (0, "the feed has no entries now\n")
    assert output.splitlines()[-1].split() == ["ttl", "1800", "s"]
    assert "`wirewatch feeds discover URL`" in one_sentence(cli("feeds", "poll", f"{site.url}/"))


def test_poll_of_a_sitemap_index_shows_the_entries_of_its_sitemaps(cli, config, site):
    news = "<url><loc>https://gazette.example/{0}</loc><n:news><n:title>Story {0}</n:title></n:news></url>"
    site.answers = {
        "/index.xml": (200, {}, f"<sitemapindex><sitemap><loc>{site.url}/news.xml</loc></sitemap></sitemapindex>"),
        "/news.xml": (200, {}, f"<urlset xmlns:n='urn:n'>{news.format(1)}{news.format(2)}</urlset>"),
    }
    status, output, errors = cli("feeds", "poll", f"{site.url}/index.xml", "--json")
    assert (status, errors) == (0, "")
    found = json.loads(output)
    assert (found["entries"], {entry["title"] for entry in found["newest"]}) == (2, {"Story 1", "Story 2"})
    del site.answers["/news.xml"]
    assert "none of the sitemaps" in one_sentence(cli("feeds", "poll", f"{site.url}/index.xml"))


def test_poll_sends_the_headers_of_a_configured_feed(cli, config, site, monkeypatch):
    site.answers = {"/rss": (200, {}, rss())}
    config.write_text(
        f'{ALLOW}[[feeds]]\nurl = "{site.url}/rss"\nheaders = {{ X-Key = "env:SAMPLE_KEY" }}\n'
        '[[destinations]]\nname = "hook"\ntype = "webhook"\nurl = "env:NOT_SET_HERE"\nsecret = "env:NOT_SET_HERE"\n',
        "utf-8",
    )
    assert "SAMPLE_KEY is not set" in one_sentence(cli("feeds", "poll", f"{site.url}/rss#top"))
    assert site.asked == []
    monkeypatch.setenv("SAMPLE_KEY", "sample key")
    assert cli("feeds", "poll", f"{site.url}/rss#top")[0] == 0, "secrets of destinations are not needed"
    assert cli("feeds", "poll", f"{site.url}/rss?other")[0] == 1
    assert [headers.get("x-key") for _, headers in site.asked] == ["sample key", None]


# --- poll of several ----------------------------------------------------------------------------------------------


def configured(config, site, *paths):
    tags = {"/rss": '["world", "asia"]', "/other": '["world"]'}
    config.write_text(
        ALLOW
        + "".join(
            f'[[feeds]]\nurl = "{site.url}{path}"\nname = "{path}"\ntags = {tags.get(path, "[]")}\n' for path in paths
        ),
        "utf-8",
    )


def test_polls_of_several_are_a_line_each_and_the_failed_ones_come_last(cli, config, site):
    site.answers = {"/rss": (200, {}, rss([dated(1), dated(2)])), "/other": (301, {"Location": "/rss"}, "")}
    configured(config, site, "/gone", "/rss", "/other")
    status, output, errors = cli("feeds", "poll", "--all")
    assert status == 1
    assert errors == "3 feeds, 1 failed\n"
    head, *lines = [re.split("  +", line) for line in output.splitlines()]
    assert head == ["name", "entries", "newest", "error"]
    assert [line[0] for line in lines] == ["/rss", "/other", "/gone"]
    assert lines[1][-1] == f"moved to {site.url}/rss"
    assert "404" in lines[2][-1]


def test_polls_of_several_as_json(cli, config, site):
    site.answers = {"/rss": (200, {}, rss([dated(1), dated(2)])), "/other": (200, {}, rss())}
    configured(config, site, "/rss", "/other", "/none")
    status, output, _ = cli("feeds", "poll", "--tag", "world", "--json")
    assert status == 0
    nothing = {"status": 200, "moved_to": None, "error": None}
    assert json.loads(output) == [
        {"name": "/rss", **nothing, "entries": 2, "newest": "2026-05-01T02:00:00Z", "url": f"{site.url}/rss"},
        {"name": "/other", **nothing, "entries": 0, "newest": None, "url": f"{site.url}/other"},
    ]
    found = json.loads(cli("feeds", "poll", f"{site.url}/rss", f"{site.url}/x", "--json")[1])
    assert [row["name"] for row in found] == ["/rss", f"{site.url}/x"]
    assert "404" in found[1]["error"]


def test_polls_of_nothing_say_what_to_name(cli, config):
    status, _, errors = cli("feeds", "poll")
    assert status == 2
    assert "--all" in errors
    assert 'no feed has the tag "x"' in one_sentence(cli("feeds", "poll", "--tag", "x"))


# --- add ----------------------------------------------------------------------------------------------------------


def added(config):
    return tomllib.loads(config.read_text("utf-8")).get("feeds", [])


def test_a_feed_is_added_by_its_title(cli, config, site):
    site.answers = {"/rss": (200, {}, rss())}
    assert cli("feeds", "add", f"{site.url}/rss") == (0, f"added {site.url}/rss to wirewatch.toml\n", "")
    assert added(config) == [{"url": f"{site.url}/rss", "name": "The Gazette"}]


def test_of_a_page_its_feed_is_added_and_that_is_told(cli, config, site):
    site.answers = {"/": (200, {}, '<link rel="alternate" type="application/rss+xml" href="/rss">')}
    status, output, errors = cli("feeds", "add", f"{site.url}/", "--name", "Mine")
    assert (status, output) == (0, f"added {site.url}/rss to wirewatch.toml\n")
    assert errors == f"{site.url}/ leads to the feed {site.url}/rss\n"
    assert added(config) == [{"url": f"{site.url}/rss", "name": "Mine"}]


def test_of_a_page_with_several_feeds_the_best_is_named_where_nobody_can_be_asked(cli, config, site):
    site.answers = {"/": (200, {}, HOME)}
    sentence = one_sentence(cli("feeds", "add", f"{site.url}/"))
    assert f"with 2 feeds; add the best, {site.url}/en/world.rss, or" in sentence
    assert f"wirewatch feeds discover {site.url}/" in sentence
    assert added(config) == []


def test_a_page_without_a_feed_is_not_added(cli, config, site):
    site.answers = {"/": (200, {}, "<html>nothing")}
    assert "is no feed, announces none" in one_sentence(cli("feeds", "add", f"{site.url}/"))
    assert added(config) == []


@pytest.mark.parametrize("status", [404, 410, 403])
def test_what_is_not_there_is_not_added(cli, config, site, status):
    site.answers = {"/rss": (status, {}, "")}
    sentence = one_sentence(cli("feeds", "add", f"{site.url}/rss"))
    assert f"127.0.0.1 answered {status}" in sentence
    assert "--as-is" in sentence
    assert added(config) == []


@pytest.mark.parametrize("answer", [(503, {}, ""), (429, {}, "")])
def test_what_cannot_be_had_now_is_added_all_the_same(cli, config, site, answer):
    site.answers = {"/rss": answer}
    status, output, errors = cli("feeds", "add", f"{site.url}/rss")
    assert (status, output) == (0, f"added {site.url}/rss to wirewatch.toml\n")
    assert f"127.0.0.1 answered {answer[0]}" in errors
    assert "added all the same" in errors
    assert added(config) == [{"url": f"{site.url}/rss"}]


def test_what_cannot_be_added_is_not_even_asked(cli, config, site):
    config.write_text(f'{ALLOW}[[feeds]]\nurl = "{site.url}/rss"\n', "utf-8")
    assert "already" in one_sentence(cli("feeds", "add", f"{site.url}/rss#top"))
    assert "no web address" in one_sentence(cli("feeds", "add", "gazette"))
    assert cli("feeds", "add", f"{site.url}/other", "--as-is")[0] == 0
    assert site.asked == []


def test_on_a_terminal_one_of_several_feeds_is_chosen(config, site, tmp_path):
    site.answers = {"/": (200, {}, HOME)}
    master, terminal = pty.openpty()
    try:
        os.write(master, b"7\n2\n")
        done = subprocess.run(
            [*command(), "feeds", "add", f"{site.url}/"],
            cwd=tmp_path,
            stdin=terminal,
            stderr=terminal,
            stdout=subprocess.PIPE,
            timeout=120,
            check=True,
        )
        shown = os.read(master, 65_536).decode()
    finally:
        os.close(terminal)
        os.close(master)
    assert f"  1  World 31mred direction  {site.url}/en/world.rss" in shown
    assert f"  2  -  {site.url}/all.atom" in shown
    assert done.stdout.decode() == f"added {site.url}/all.atom to wirewatch.toml\n"


# --- import and export --------------------------------------------------------------------------------------------

LIST = """<opml version="2.0"><body><outline text="World">
<outline type="rss" text="The &quot;Gazette&quot;" xmlUrl="https://gazette.example/rss"/>
<outline type="rss" xmlUrl="https://courier.example/rss"/></outline>
<outline type="rss" text="Known already" xmlUrl="HTTPS://known.example:443/rss#top"/></body></opml>"""
COMMENTED = """# mine
[[feeds]]
url = "https://known.example/rss"  # the first

# what I watch
[[topics]]
name = "Ferries"
query = "ferry"
[[destinations]]
name = "hook"
type = "webhook"
url = "https://hook.example/"
secret = "env:NOT_SET_HERE"
"""


def test_import_adds_what_is_new_and_keeps_the_rest(cli, config, tmp_path):
    config.write_text(COMMENTED, "utf-8")
    (tmp_path / "list.opml").write_text(LIST, "utf-8")
    status, output, errors = cli("feeds", "import", "list.opml")
    assert (status, errors) == (0, "")
    assert output == "added 2 feeds to wirewatch.toml; 1 of 3 were there already\n"
    text = config.read_text("utf-8")
    assert tomllib.loads(text)["feeds"] == [
        {"url": "https://known.example/rss"},
        {"url": "https://gazette.example/rss", "name": 'The "Gazette"', "tags": ["World"]},
        {"url": "https://courier.example/rss", "tags": ["World"]},
    ]
    assert set(COMMENTED.splitlines()) <= set(text.splitlines())
    assert cli("feeds", "import", "list.opml")[1] == "added 0 feeds to wirewatch.toml; 3 of 3 were there already\n"
    assert config.read_text("utf-8") == text


def test_feeds_of_a_list_that_is_named_already_are_there(cli, config, tmp_path):
    config.write_text('[[feeds]]\nopml = "list.opml"\n', "utf-8")
    (tmp_path / "list.opml").write_text(LIST, "utf-8")
    assert cli("feeds", "import", "list.opml")[1] == "added 0 feeds to wirewatch.toml; 3 of 3 were there already\n"


def test_a_long_list_is_better_named_than_imported(cli, config, tmp_path):
    outlines = [f'<outline type="rss" xmlUrl="https://n{n}.example/"/>' for n in range(MOST_IMPORTED + 1)]
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "long.opml").write_text(f"<opml><body>{''.join(outlines)}</body></opml>", "utf-8")
    sentence = one_sentence(cli("feeds", "import", "lists/long.opml"))
    assert f"{MOST_IMPORTED + 1} new feeds" in sentence
    assert config.read_text("utf-8") == ALLOW
    (line,) = [part for part in sentence.split(", ") if 'opml = "' in part]
    config.write_text(f"[[feeds]]\n{line[line.index('opml') : line.rindex(chr(34)) + 1]}\n", "utf-8")
    assert len(load(config).feeds) == MOST_IMPORTED + 1, "what it says works as it says"
    config.write_text(ALLOW, "utf-8")
    (folder / "long.opml").write_text(f"<opml><body>{''.join(outlines[1:])}</body></opml>", "utf-8")
    assert cli("feeds", "import", "lists/long.opml")[1] == f"added {MOST_IMPORTED} feeds to wirewatch.toml\n"
    assert len(load(config).feeds) == MOST_IMPORTED


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<opml><body/></opml>", "lists no feeds"),
        ("<html></html>", "no OPML"),
        ("not XML", "cannot be read as OPML"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><opml/>", "DOCTYPE"),
        (None, "cannot be read"),
    ],
)
def test_a_list_that_cannot_be_imported_is_one_sentence(cli, config, tmp_path, text, says):
    if text is not None:
        (tmp_path / "list.opml").write_text(text, "utf-8")
    assert says in one_sentence(cli("feeds", "import", "list.opml"))
    assert config.read_text("utf-8") == ALLOW


def test_import_and_export_without_a_file_say_how_to_write_one(cli, tmp_path):
    (tmp_path / "list.opml").write_text(LIST, "utf-8")
    for arguments in (("import", "list.opml"), ("export",)):
        assert "wirewatch init" in one_sentence(cli("feeds", *arguments))


def test_export_prints_opml_that_can_be_imported(cli, config, tmp_path):
    config.write_text(
        '[[feeds]]\nurl = "https://gazette.example/rss?a=1&b=2"\nname = "Вестник <1>"\ntags = ["World"]\n'
        'headers = { X-Key = "sample secret" }\n[[feeds]]\nurl = "https://courier.example/rss"\n',
        "utf-8",
    )
    status, output, errors = cli("feeds", "export")
    assert (status, errors) == (0, "")
    assert "sample secret" not in output
    tree = ET.fromstring(output.encode("utf-8"))  # noqa: S314  our own output
    assert (tree.tag, tree.get("version")) == ("opml", "2.0")
    assert tree.find("body/outline[@text='World']/outline").attrib == {
        "type": "rss",
        "text": "Вестник <1>",
        "xmlUrl": "https://gazette.example/rss?a=1&b=2",
    }
    (tmp_path / "list.opml").write_text(output, "utf-8")
    config.write_text("", "utf-8")
    assert cli("feeds", "import", "list.opml")[0] == 0
    assert {feed.url: (feed.name, feed.tags) for feed in load(config).feeds} == {
        "https://gazette.example/rss?a=1&b=2": ("Вестник <1>", ("World",)),
        "https://courier.example/rss": ("courier.example", ()),
    }


def test_export_of_no_feeds_is_a_list_of_none(cli, config):
    status, output, _ = cli("feeds", "export")
    assert status == 0
    assert ET.fromstring(output.encode()).findall(".//outline") == []  # noqa: S314  our own output
