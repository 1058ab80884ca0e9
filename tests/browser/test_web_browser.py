"""The pages in a real Chromium: what a person sees, that nothing of a feed runs, and that they stay current."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from worker.config import Settings, to_published
from worker.edge import keys
from worker.edge.codec import dump
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.store.articles import Archive, ArticleStore
from worker.edge.store.feeds import FeedStore
from worker.edge.store.published import Published
from worker.model import (
    Alert,
    Article,
    DestinationSpec,
    Feed,
    FeedState,
    Match,
    Reason,
    RemovedLine,
    Report,
    Source,
    Story,
    Topic,
)
from worker.ports import Change
from worker.run.web.server import bind, serve, url_of

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOPIC = Topic(name="Harbour bridge", query="harbour NEAR/5 bridge")
HOOK = DestinationSpec(name="hook", type="webhook", url="https://hook.example/in", secret="whsec_c2FtcGxl")
HOSTILE = (
    '<script>document.title="ran"</script><img src=x onerror="document.title=\'ran\'"><svg onload=document.title="ran">'
)


class MovingClock:
    def __init__(self):
        self.at = NOW

    def now(self):
        return self.at


class Newsroom:
    """Fills a Redis the way the other processes do."""

    def __init__(self, connection):
        self.redis = connection
        settings = Settings(storage_dir=Path("data"), topics=(TOPIC,), destinations=(HOOK,))
        Published(connection).put(to_published(settings), settings.fingerprint, NOW)

    def tell(self, number, headline, *, url=None, because="first report of this story", **cleaned):
        """A story with one report and one alert."""
        seen = NOW - timedelta(minutes=60 - number)
        url = f"https://coast.example/{number}" if url is None else url
        report = Report(
            article_id=f"a{number}", source="coast.example", title=headline, url=url, published=seen, seen_at=seen
        )
        story = Story(
            id=f"s{number}", topic=TOPIC.name, headline=headline, first_seen=seen, last_seen=seen, reports=(report,)
        )
        source = Source(domain="coast.example")
        article = Article(id=f"a{number}", url=url, title=headline, source=source, seen_at=seen, **cleaned)
        match = Match(topic=TOPIC.name, query=TOPIC.query, score=0.5, highlights=())
        alert = Alert(
            id=f"alert{number}",
            reason=Reason.NEW_STORY,
            topic=TOPIC.name,
            sent_because=because,
            created=seen,
            story=story,
            article=article,
            match=match,
        )
        store = ArticleStore(
            self.redis,
            clock=MovingClock(),
            ttl=86_400,
            window=86_400,
            topic_ids={TOPIC.name: TOPIC.id},
            due=lambda _alert, now: {HOOK.name: now},
            queue_deliveries=lambda _pipe, _members: None,
        )
        assert store.commit(
            f"item-{article.id}", article, [match], lambda _live: Change(stories=(story,), alerts=(alert,))
        )

    def poll(self, name, **state):
        feed = Feed(url="https://coast.example/rss", name=name)
        store = FeedStore(self.redis)
        store.sync([feed], lambda _: NOW)
        (claim,) = store.claim(NOW, lease=60, limit=1)
        state = FeedState(last_poll=NOW, next_due=NOW + timedelta(minutes=5), **state)
        assert store.commit(claim, state, work=(), shown=(), queue_work=lambda _p, _w: None, outcome="failed")


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def redis_server(tmp_path):
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def newsroom(redis_server):
    connection = connect(redis_server.url)
    yield Newsroom(connection)
    connection.close()


@pytest.fixture
def clock():
    return MovingClock()


@pytest.fixture
def url(newsroom, clock):
    """Where the web process serves what the newsroom holds."""
    listener, stop = bind("127.0.0.1", 0), threading.Event()
    address = url_of(listener)
    thread = threading.Thread(
        target=serve,
        args=(newsroom.redis,),
        kwargs={"listener": listener, "password": None, "clock": clock, "stopping": stop},
    )
    thread.start()
    yield address
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def visit(browser, url):
    """Opens a page of the dashboard in a window of its own."""
    contexts = []

    def visit(path="/", *, width=1440, scheme="light", script=None):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.troubles = []
        page.on("console", lambda message: page.troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.goto(url + path)
        return page

    yield visit
    for context in contexts:
        context.close()


def wait_until_live(page):
    expect(page.locator("#live")).to_have_text("live", timeout=20_000)


def test_a_reader_goes_from_the_overview_to_a_story_and_back(newsroom, visit):
    newsroom.tell(1, "The harbour bridge closes for repairs")
    newsroom.poll("Coast Guard Notices", failing_since=NOW - timedelta(hours=2), errors=3, error="it answered 403")
    page = visit()
    expect(page.get_by_role("row", name="Coast Guard Notices")).to_contain_text("failing since 2 h ago it answered 403")
    page.locator("#stories").get_by_role("link", name="The harbour bridge closes for repairs").first.click()
    expect(page).to_have_title("The harbour bridge closes for repairs · wirewatch")
    expect(page.locator("#alert-alert1")).to_contain_text("first report of this story")
    page.get_by_role("link", name="All stories").click()
    expect(page).to_have_title("Stories · wirewatch")
    assert page.troubles == []


def test_a_reader_sees_what_was_left_out_of_an_article(newsroom, visit):
    left_out = RemovedLine(text=HOSTILE, because=f"lines that begin with “{HOSTILE}”: on 9 of the latest 20 stories")
    newsroom.tell(1, "The harbour bridge closes for repairs", text="It closes on Friday.", removed=(left_out,))
    page = visit("/stories/s1")
    page.get_by_role("link", name="as read").click()
    expect(page).to_have_title("The harbour bridge closes for repairs · wirewatch")
    expect(page.get_by_role("region", name="The text as it was read")).to_contain_text("It closes on Friday.")
    aside = page.get_by_role("region", name="Left out").get_by_role("listitem")
    expect(aside).to_contain_text(HOSTILE)
    expect(aside).to_contain_text("on 9 of the latest 20 stories")
    wait_until_live(page)
    assert page.locator("main img, main svg, main script").count() == 0
    page.get_by_role("link", name="All stories").click()
    expect(page).to_have_title("Stories · wirewatch")
    assert page.troubles == []


def test_the_absolute_time_shows_when_pointed_at(newsroom, visit):
    newsroom.tell(1, "Sample headline")
    time = visit().locator("#story-s1 time").first
    assert time.inner_text() == "59 min ago"
    assert time.get_attribute("title") == "2026-11-21 18:01:00 UTC"


@pytest.mark.parametrize("path", ["/", "/stories/s1"])
def test_nothing_a_feed_says_runs(newsroom, visit, path):
    newsroom.tell(1, HOSTILE, url="javascript:document.title='ran'", because=HOSTILE)
    newsroom.poll(HOSTILE, error=HOSTILE)
    page = visit(path)
    wait_until_live(page)
    assert HOSTILE in page.locator("main").inner_text()
    assert "ran" not in page.title().split(" · ")[-1]
    assert page.locator("script").count() == 1
    assert page.locator("main img, main svg, main [onerror], main [onload]").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.troubles == []


def test_a_replaced_page_does_not_run_anything_either(newsroom, visit):
    page = visit()
    newsroom.tell(1, HOSTILE, because=HOSTILE)
    expect(page.locator("#story-s1")).to_contain_text(HOSTILE, timeout=20_000)
    assert page.title() == "Stories · wirewatch"
    assert page.troubles == []


def test_everything_is_loaded_from_the_dashboard_itself(newsroom, visit, url):
    newsroom.tell(1, "Sample headline")
    page = visit()
    wait_until_live(page)
    assert page.requested
    assert [requested for requested in page.requested if not requested.startswith(url + "/")] == []


def luminance(css):
    """Relative luminance of an rgb() colour (WCAG 2.2)."""
    channels = [int(number) / 255 for number in re.findall(r"\d+", css)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# The colours of an element and of the nearest painted thing behind it.
COLOURS = """element => {
    let behind = element, style = getComputedStyle(element);
    while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
    return [style.color, getComputedStyle(behind).backgroundColor];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_are_readable(newsroom, visit, scheme):
    newsroom.tell(1, "Sample headline")
    newsroom.poll("Coast Guard Notices", failing_since=NOW, errors=1, error="the server answered 403")
    Published(newsroom.redis).refuse("sample", NOW)
    page = visit(scheme=scheme)
    text, background = page.locator("body").evaluate(COLOURS)
    assert (luminance(text) > luminance(background)) == (scheme == "dark")
    for place in (".story h3 a", ".facts", ".topic", ".report a", ".at", ".reason", ".error", ".notice h2", ".foot"):
        light, dark = sorted(map(luminance, page.locator(place).first.evaluate(COLOURS)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, place


@pytest.mark.parametrize("path", ["/", "/stories/s1", "/stories/gone", "/articles/a1"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(newsroom, visit, path, scheme):
    newsroom.tell(1, "Unbreakable" * 30, because="https://coast.example/" + "x" * 400)
    newsroom.poll("f" * 200, failing_since=NOW, error="e" * 300)
    Published(newsroom.redis).refuse("k" * 300, NOW)
    page = visit(path, width=390, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = (
        "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth).length"
    )
    assert page.evaluate(outside) == 0


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_line_of_time_can_be_read_at_any_width(newsroom, visit, scheme, width):
    """Marks stand in the order of time on their lines, a copy is hollow, and the words say the same."""
    newsroom.tell(1, "The harbour bridge closes for repairs")
    story = Archive(newsroom.redis).story("s1")
    (first,) = story.reports
    copy = replace(first, article_id="a2", source="v" * 90 + ".example", copy_of="a1", published=NOW - MINUTE * 50)
    last = replace(first, article_id="a3", source="town.example", published=NOW - MINUTE, seen_at=NOW)
    copy = replace(copy, seen_at=NOW)
    newsroom.redis.set(keys.STORY + "s1", dump(replace(story, reports=(first, copy, last))))
    page = visit("/stories/s1", width=width, scheme=scheme)
    marks = page.locator(".track .mark")
    boxes = [marks.nth(place).bounding_box() for place in range(marks.count())]
    lines = [page.locator(".track").nth(place).bounding_box() for place in range(3)]
    assert [box["x"] for box in boxes] == sorted(box["x"] for box in boxes)
    for box, line in zip(boxes, lines, strict=True):
        assert line["x"] <= box["x"] <= box["x"] + box["width"] <= line["x"] + line["width"]
        assert line["y"] <= box["y"] <= line["y"] + line["height"]
    filled, hollow = (marks.nth(place).evaluate("mark => getComputedStyle(mark).fill") for place in (2, 1))
    assert filled != hollow
    assert hollow == page.locator(".timeline").evaluate("list => getComputedStyle(list).backgroundColor")
    rows = page.locator(".timeline li")
    expect(rows.nth(0)).to_contain_text("first New story")
    expect(rows.nth(1)).to_contain_text("copy")
    expect(rows.nth(2)).to_contain_text("latest")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    text, card = page.locator(".timeline .when").first.evaluate(COLOURS)
    light, dark = sorted(map(luminance, (text, card)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert page.troubles == []


def test_the_keyboard_reaches_the_content(newsroom, visit):
    newsroom.tell(1, "Sample headline")
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#story-s1 h3 a")).to_be_focused()


def test_a_new_story_appears_by_itself_and_nothing_jumps(newsroom, visit):
    for number in range(1, 13):
        newsroom.tell(number, f"Sample headline {number}")
    page = visit()
    link = page.locator("#story-s9 h3 a")
    link.focus()
    page.evaluate("scrollTo(0, document.getElementById('story-s9').offsetTop)")
    stood = link.bounding_box()["y"]
    newsroom.tell(20, "The newest headline")
    expect(page.locator("#story-s20")).to_contain_text("The newest headline", timeout=20_000)
    assert abs(link.bounding_box()["y"] - stood) < 1
    expect(link).to_be_focused()


def test_times_move_on_while_the_rest_is_left_alone(newsroom, visit, clock):
    newsroom.poll("Coast Guard Notices", last_success=NOW - timedelta(seconds=10))
    page = visit()
    expect(page.locator(".status")).to_contain_text("1 alive", timeout=20_000)
    wait_until_live(page)
    row = page.get_by_role("row", name="Coast Guard Notices")
    row.evaluate("element => { element.isSame = true; }")
    clock.at = NOW + timedelta(seconds=20)
    expect(row).to_contain_text("30 s ago", timeout=20_000)
    assert row.evaluate("element => element.isSame")


def test_a_selection_is_not_taken_away(newsroom, visit):
    newsroom.tell(1, "Sample headline")
    page = visit()
    wait_until_live(page)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#story-s1 h3'))")
    newsroom.tell(2, "The newest headline")
    # The page asks again only when it is done with the answer before.
    for _ in range(2):
        with page.expect_response(lambda response: "The newest headline" in response.text()):
            pass
    assert page.evaluate("getSelection().toString()").strip() == "Sample headline"
    page.evaluate("getSelection().removeAllRanges()")
    expect(page.locator("#story-s2")).to_be_visible(timeout=20_000)


def test_an_outage_is_said_while_the_page_stays_and_ends_by_itself(newsroom, redis_server, visit):
    newsroom.tell(1, "Sample headline")
    page = visit()
    wait_until_live(page)
    redis_server.stop()
    expect(page.locator("#live")).to_contain_text("Redis does not answer; as of", timeout=20_000)
    expect(page.locator("#story-s1")).to_be_visible()
    redis_server.start()
    wait_until_live(page)


def test_a_page_opened_during_an_outage_comes_back_by_itself(newsroom, redis_server, visit):
    newsroom.tell(1, "Sample headline")
    redis_server.stop()
    page = visit()
    expect(page.get_by_role("heading", name="Redis does not answer")).to_be_visible()
    redis_server.start()
    expect(page.locator("#story-s1")).to_be_visible(timeout=20_000)
    expect(page).to_have_title("Stories · wirewatch")


def test_a_hidden_tab_rests(newsroom, visit, url):
    newsroom.tell(1, "Sample headline")
    hide = "window.away = true; Object.defineProperty(document, 'hidden', {get: () => window.away});"
    # The timers of the page are run through by hand, so that resting can be seen without waiting.
    keep = "window.timers = []; window.setTimeout = callback => { window.timers.push(callback); return 0; };"
    page = visit(script=hide + keep)
    page.evaluate("timers.splice(0).forEach(callback => callback())")
    assert page.evaluate("timers.length") == 0
    assert page.requested.count(url + "/") == 1
    with page.expect_response(url + "/"):
        page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    wait_until_live(page)
    assert page.requested.count(url + "/") == 2
