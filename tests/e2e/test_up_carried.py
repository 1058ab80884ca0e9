"""The real commands on a feed that carries its articles whole, each with what its site repeats below it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import ClassVar

import pytest
from support.hosts import LANGUAGES, long_story
from support.servers import Quiet, serving

NOTICE = LANGUAGES["en"]["notice"]
# From twelve pages on a host's furniture is known.
KNOWN = 12
WHOLE, EXCERPT = KNOWN, KNOWN + 1
FEED = """
[[feeds]]
url = "{url}/feed.xml"
name = "Sample Courier"
enough_text = 400

[[topics]]
name = "Millbrook"
query = 'opened AND millbrook'

[[topics]]
name = "Northgate"
query = 'opened AND northgate'

[[topics]]
name = "Weekend"
query = '"weekend edition" AND (millbrook OR northgate)'
"""


def paragraphs(number):
    _, lines = long_story("en", number)
    return "".join(f"<p>{line}</p>" for line in [*lines, NOTICE])


def carried(number):
    """What the feed says of a story: all of it, or an excerpt that is long enough to be taken for all."""
    title, lines = long_story("en", number)
    if number == EXCERPT:
        return "".join(f"<p>{line}</p>" for line in lines[:-1]) + "<p><a href='#'>Continue reading</a></p>"
    return f"{paragraphs(number)}<p>The post <a href='#'>{title}</a> appeared first on Sample Courier.</p>"


def rss(base, shown):
    published = format_datetime(datetime.now(UTC) - timedelta(minutes=1))
    items = "".join(
        f"<item><title>{long_story('en', number)[0]}</title><link>{base}/story/{number}</link>"
        f"<pubDate>{published}</pubDate><content:encoded><![CDATA[{carried(number)}]]></content:encoded></item>"
        for number in range(shown)
    )
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<rss version="2.0" {space}><channel><title>Sample Courier</title>{items}</channel></rss>'


class Site(Quiet):
    """Stories, the first `shown` of them in the feed."""

    shown = KNOWN
    asked: ClassVar[list[str]]

    def do_GET(self):
        if self.path == "/feed.xml":
            self.reply("application/rss+xml", rss(f"http://{self.headers['Host']}", self.shown))
            return
        self.asked.append(self.path)
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        number = int(self.path.rpartition("/")[2])
        title, _ = long_story("en", number)
        self.reply("text/html", f"<title>{title}</title><article><h1>{title}</h1>{paragraphs(number)}</article>")

    def reply(self, kind, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def site():
    class Own(Site):
        """The class of one test, so that its feed can change."""

        asked: ClassVar = []

    with serving(Own) as url:
        yield Own, url


def told(receiver):
    """The alerts: the topic, and the number and the id of the article it was told of."""
    for payload in receiver.by_id().values():
        article = payload["data"]["article"]
        yield payload["data"]["alert"]["topic"], int(article["url"].rpartition("/")[2]), article["id"]


def test_whole_entries_need_no_page_and_lose_what_their_site_repeats(site, up, receiver, eventually):
    own, url = site
    running = up([], extra=FEED.format(url=url))
    eventually(lambda: running.status()["articles"] == KNOWN, "the first stories")
    assert own.asked == []
    own.shown = EXCERPT + 1
    eventually(lambda: running.status()["articles"] == own.shown, "the next stories")
    eventually(lambda: running.status()["outbox"] == 0, "an empty outbox")
    assert {alert[:2] for alert in told(receiver)} == {("Millbrook", WHOLE), ("Northgate", EXCERPT)}
    # The excerpt's page was fetched, and no other.
    assert own.asked == ["/robots.txt", f"/story/{EXCERPT}"]
    for _, number, article_id in told(receiver):
        text, _, left_out = running.run("articles", "show", article_id).stdout.partition("left out:")
        assert "partial" not in text
        assert all(" ".join(line.split()) in " ".join(text.split()) for line in long_story("en", number)[1])
        assert "weekend edition" not in text
        assert "appeared first" not in text + left_out
        assert NOTICE in " ".join(left_out.split())
