"""The pages in a real Chromium: what a person sees, that nothing of a feed runs, and that they stay current."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from worker.config import Settings, to_published
from worker.edge import keys
from worker.edge.codec import dump
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.store.articles import Archive, ArticleStore
from worker.edge.store.feeds import FeedStore
from worker.edge.store.mutes import Mute, Mutes
from worker.edge.store.outbox import Address, Outbox
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
    short_id,
)
from worker.ports import Change
from worker.run.web.server import bind, serve, url_of
from worker.secret import SecretStr

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOPIC = Topic(name="Harbour bridge", query="harbour NEAR/5 bridge")
HOOK = DestinationSpec(
    name="hook", type="webhook", url=SecretStr("https://hook.example/in"), secret=SecretStr("whsec_c2FtcGxl")
)
PAGES = (
    "/",
    "/stories/s1",
    "/stories/gone",
    "/articles",
    "/articles?q=sample",
    "/articles?q=unbreakable%20AND%20(",
    "/articles/a1?topic=Harbour%20bridge",
    "/topics",
    "/topics/edit?topic=Harbour%20bridge",
    "/topics/new?q=unbreakable%20AND%20(",
    "/feeds",
    "/system",
    "/api/v1",
)
HOSTILE = (
    '<script>document.title="ran"</script><img src=x onerror="document.title=\'ran\'"><svg onload=document.title="ran">'
)


class MovingClock:
    def __init__(self):
        self.at = NOW

    def now(self):
        return self.at


def alert_id(number):
    return short_id("alert", TOPIC.name, f"s{number}", "new_story")


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
            id=f"s{number}",
            topic=TOPIC.name,
            headline=headline,
            first_seen=seen,
            last_seen=seen,
            reports=(report,),
            told=("new_story",),
        )
        source = Source(domain="coast.example")
        article = Article(id=f"a{number}", url=url, title=headline, source=source, seen_at=seen, **cleaned)
        match = Match(topic=TOPIC.name, query=TOPIC.query, score=0.5, highlights=())
        alert = Alert(
            id=alert_id(number),
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

    def give_up(self, number, error):
        """The alert of a story is a dead letter."""
        outbox = Outbox(self.redis)
        address = Address(alert_id=alert_id(number), destination=HOOK.name)
        outbox.failed(address, outbox.alert(address.alert_id), error, None, NOW)

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
def file(tmp_path):
    """The configuration that the newsroom has made live."""
    path = tmp_path / "wirewatch.toml"
    path.write_text(
        f'# our desk\n[[topics]]\nname = "{TOPIC.name}" # the old one\nquery = "{TOPIC.query}"\n\n'
        '[[destinations]]\nname = "hook"\ntype = "console"\n'
    )
    return path


@pytest.fixture
def url(newsroom, clock, file):
    """Where the web process serves what the newsroom holds."""
    listener, stop = bind("127.0.0.1", 0), threading.Event()
    address = url_of(listener)
    thread = threading.Thread(
        target=serve,
        args=(newsroom.redis,),
        kwargs={"listener": listener, "password": None, "clock": clock, "stopping": stop, "config": file},
    )
    thread.start()
    yield address
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def elsewhere():
    """Serves a page under an address of its own; gives that."""
    servers = []

    def elsewhere(body):
        class Page(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://localhost:{server.server_port}/"

    yield elsewhere
    for server, thread in servers:
        server.shutdown()
        thread.join(20)
        server.server_close()


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
    page = visit("/feeds")
    expect(page.get_by_role("row", name="Coast Guard Notices")).to_contain_text("failing since 2 h ago it answered 403")
    page.get_by_role("link", name="Now").click()
    page.locator("#stories").get_by_role("link", name="The harbour bridge closes for repairs").first.click()
    expect(page).to_have_title("The harbour bridge closes for repairs · wirewatch")
    expect(page.locator("#alert-" + alert_id(1))).to_contain_text("first report of this story")
    page.get_by_role("link", name="Now").click()
    expect(page).to_have_title("Now · wirewatch")
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
    assert page.locator("main img, main script").count() == 0
    page.get_by_role("link", name="Now").click()
    expect(page).to_have_title("Now · wirewatch")
    assert page.troubles == []


def test_the_absolute_time_shows_when_pointed_at(newsroom, visit):
    newsroom.tell(1, "Sample headline")
    time = visit().locator("#story-s1 time").first
    assert time.inner_text() == "59 min ago"
    assert time.get_attribute("title") == "2026-11-21 18:01:00 UTC"


# Ways in which markup of others has got to run: elements, attributes, quotes, templates, encodings, addresses.
CORPUS = (
    HOSTILE,
    "\"><img src=x onerror=document.title='ran'>",
    "' autofocus onfocus='document.title=`ran`",
    "</textarea></title></script><svg/onload=document.title='ran'>",
    "<iframe srcdoc=\"<script>parent.document.title='ran'</script>\">",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}${7*7}",
    "&lt;script&gt;document.title=&quot;ran&quot;&lt;/script&gt;",
    "<math><mi//xlink:href=\"data:x,<script>document.title='ran'</script>\">",
    "<a href=\"jav&#x09;ascript:document.title='ran'\">sample</a>",
    "\u202ejavascript:document.title='ran'//",
)
RUNS = "img, iframe, math, base, object, [onerror], [onload], [onfocus], [srcdoc], [href^='jav'], a[href^='data']"


def test_nothing_a_feed_or_an_address_says_runs(newsroom, visit, url):
    for number, evil in enumerate(CORPUS, 1):
        newsroom.tell(number, evil, url=f"javascript:document.title='ran'//{evil}", because=evil, text=evil)
        newsroom.give_up(number, evil)
    newsroom.poll(HOSTILE, error=HOSTILE, failing_since=NOW - timedelta(days=9), last_new=NOW - timedelta(days=9))
    page = visit()
    asked = {"/": "topic", "/articles": "q", "/articles/a1": "topic", "/topics/new": "q", "/topics/edit": "topic"}
    asked |= {"/topics": "saved", "/feeds": "added", "/login": "back"}
    given = [f"{path}?{urlencode({name: evil})}" for path, name in asked.items() for evil in CORPUS[:4]]
    for path in (
        *PAGES,
        *given,
        "/stories/s2",
        "/articles/a5",
        "/feeds?removed=%3Cimg%3E",
        "/feeds?q=%3Cimg%3E&sort=name",
    ):
        page.goto(url + path)
        assert not page.title().startswith("ran"), path
        assert page.locator("main").locator(RUNS).count() == 0, path
        assert page.locator("script:not([src^='/static/'])").count() == 0, path
    page.goto(url)
    for evil in CORPUS[:5]:
        assert evil in page.locator("main").inner_text()
    assert [told for told in page.troubles if "404" not in told] == []


def test_a_replaced_page_does_not_run_anything_either(newsroom, visit):
    page = visit()
    newsroom.tell(1, HOSTILE, because=HOSTILE)
    expect(page.locator("#story-s1")).to_contain_text(HOSTILE, timeout=20_000)
    assert page.title() == "Now · wirewatch"
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
    places = (".story h3 a", ".facts", ".topic", ".at", ".reason", ".notice h2", ".foot", "#nav a", ".badge", ".button")
    for place in places:
        light, dark = sorted(map(luminance, page.locator(place).first.evaluate(COLOURS)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, place


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(newsroom, visit, url, scheme):
    newsroom.tell(1, "Unbreakable" * 30, because="https://coast.example/" + "x" * 400)
    newsroom.poll("f" * 200, failing_since=NOW - timedelta(days=9), last_new=NOW - timedelta(days=9), error="e" * 300)
    Published(newsroom.redis).refuse("k" * 300, NOW)
    page = visit(width=390, scheme=scheme)
    outside = (
        "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth).length"
    )
    for path in PAGES:
        page.goto(url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate(outside) == 0, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_people_who_see_or_move_otherwise(newsroom, visit, url, scheme):
    """What axe-core calls serious or critical (WCAG 2.2 A and AA, and its own best practices)."""
    newsroom.tell(1, "Sample headline", text="The sample bridge closes.")
    newsroom.poll(
        "Coast Guard Notices",
        failing_since=NOW - timedelta(days=9),
        last_new=NOW - timedelta(days=9),
        errors=1,
        error="the server answered 403",
    )
    newsroom.give_up(1, "it answered 410")
    Published(newsroom.redis).refuse("sample", NOW)
    Mutes(newsroom.redis).add(Mute(kind="story", of="s1", until=NOW + MINUTE))
    page = visit(scheme=scheme)
    for path in PAGES:
        page.goto(url + path)
        assert grave_in(page) == [], path


def grave_in(page):
    """The serious findings of axe-core on a page."""
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in {"serious", "critical"}]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in grave]


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
    marks = page.locator(".timeline .mark")
    boxes = [marks.nth(place).bounding_box() for place in range(marks.count())]
    lines = [page.locator(".timeline .track").nth(place).bounding_box() for place in range(3)]
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
    page.keyboard.press("Tab")
    expect(page.locator("#story-s1 h3 a")).to_be_focused()


def test_a_menu_opens_and_closes_by_keyboard_and_stays_open_while_the_page_moves_on(newsroom, visit):
    newsroom.tell(1, "Sample headline")
    page = visit()
    wait_until_live(page)
    summary = page.locator("#mute-s1 summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="for a day")).to_be_visible()
    newsroom.tell(2, "The newest headline")
    expect(page.locator("#story-s2")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="for a day")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="for a day")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_story_is_acknowledged_in_place(newsroom, visit):
    newsroom.tell(1, "Sample headline")
    page = visit()
    wait_until_live(page)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#story-s1")).to_contain_text("nobody is told more of it, which ends in 6 h")
    page.locator("#story-s1").get_by_role("button", name="Tell me again").click()
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
    assert page.requested.count(page.url) >= 3
    assert page.troubles == []


def test_a_topic_is_muted_without_scripts(newsroom, browser, url):
    newsroom.tell(1, "Sample headline")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url + "/?topic=Harbour%20bridge")
    page.locator("#mute-s1 summary").click()
    page.get_by_role("button", name="for a week").click()
    expect(page.locator("#story-s1 .silent")).to_contain_text("Its topic is muted, which ends in 7 days")
    expect(page.locator("#story-s1 .silent").get_by_role("button", name="Unmute")).to_be_visible()
    assert page.url == url + "/?topic=Harbour%20bridge"
    context.close()


def test_a_form_on_another_site_changes_nothing(newsroom, browser, url, elsewhere):
    newsroom.tell(1, "Sample headline")
    context = browser.new_context()
    page = context.new_page()
    page.goto(elsewhere(f'<form method=post action="{url}/stories/s1/acknowledge"><button>Win</button></form>'))
    page.get_by_role("button", name="Win").click()
    expect(page.locator("body")).to_contain_text("asked for by a page of another site")
    assert Mutes(newsroom.redis).active(NOW) == []
    context.close()


def test_a_story_that_moves_to_the_top_keeps_the_focus(newsroom, visit):
    for number in (1, 2, 3):
        newsroom.tell(number, f"Sample headline {number}")
    page = visit()
    wait_until_live(page)
    link = page.locator("#story-s1 h3 a")
    link.focus()
    newsroom.redis.zadd(keys.STORIES, {"s1": NOW.timestamp()})
    newsroom.redis.xadd(keys.EVENTS, {"kind": "matched", "facts": "{}"})
    expect(page.locator(".story").first).to_contain_text("Sample headline 1", timeout=20_000)
    expect(link).to_be_focused()


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
    page = visit("/feeds")
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
    expect(page).to_have_title("Now · wirewatch")


def test_a_hidden_tab_rests(newsroom, visit, url):
    newsroom.tell(1, "Sample headline")
    hide = "window.away = true; Object.defineProperty(document, 'hidden', {get: () => window.away});"
    # The timers of the page are kept from running, so that resting can be seen without waiting.
    keep = "window.timers = []; window.setTimeout = callback => timers.push(callback); window.clearTimeout = () => {};"
    page = visit(script=hide + keep)
    assert page.evaluate("timers.length") == 0
    assert page.requested.count(url + "/live") == 0
    with page.expect_request(url + "/live"):
        page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    with page.expect_response(url + "/"):
        page.evaluate("timers.splice(0).forEach(callback => callback())")
    wait_until_live(page)
    assert page.requested.count(url + "/") == 2


def test_the_page_is_told_when_something_happens(newsroom, visit, url):
    """Without the fetch that comes every few seconds anyway."""
    newsroom.tell(1, "Sample headline")
    only_soon = "const later = setTimeout; window.setTimeout = (what, ms) => ms > 1000 ? 0 : later(what, ms);"
    page = visit(script=only_soon)
    wait_until_live(page)
    newsroom.tell(2, "The newest headline")
    expect(page.locator("#story-s2")).to_be_visible(timeout=20_000)


def test_people_log_in_and_out(newsroom, browser, clock):
    newsroom.tell(1, "Sample headline")
    listener, stop = bind("127.0.0.1", 0), threading.Event()
    address = url_of(listener)
    given = {"listener": listener, "password": "sample", "clock": clock, "stopping": stop}
    thread = threading.Thread(target=serve, args=(newsroom.redis,), kwargs=given)
    thread.start()
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(address + "/stories/s1")
        page.get_by_label("Password").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("This is not the password.")
        page.get_by_label("Password").fill("sample")
        page.keyboard.press("Enter")
        expect(page).to_have_title("Sample headline · wirewatch")
        wait_until_live(page)
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Password")).to_be_visible()
    finally:
        context.close()
        stop.set()
        thread.join(20)


def test_an_article_is_found_and_says_why(newsroom, visit):
    newsroom.tell(1, "The harbour bridge closes", text="The harbour bridge closes for repairs.")
    page = visit("/articles")
    page.get_by_label("Query").fill("harbour AND (bridge")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("never closed")
    page.get_by_label("Query").fill("harbour bridge")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="The harbour bridge closes").click()
    page.get_by_label("Topic").select_option(TOPIC.name)
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".verdict")).to_contain_text("It matches, with a score of")
    assert page.troubles == []


def test_a_topic_is_written_tried_and_saved(newsroom, visit, file):
    newsroom.tell(1, "The ferry to the island runs late", text="The ferry is late again.")
    page = visit("/topics")
    page.get_by_role("link", name="New topic").click()
    expect(page.locator("#query")).to_be_focused()
    page.get_by_label("Name").fill("Ferries")
    page.get_by_label("Query").fill("ferry AND (late")
    expect(page.locator("#verdict")).to_contain_text("this parenthesis is never closed")
    spot = page.locator("#verdict pre").inner_text().split("\n")
    assert spot[1].index("^") == spot[0].index("(")
    page.get_by_label("Query").fill("ferry AND (late OR delayed)")
    expect(page.locator("#verdict")).to_contain_text("Articles with the word “ferry” and [either the word “late” or")
    expect(page.locator("#preview")).to_contain_text("would have sent 1 alert in 1 message", timeout=90_000)
    expect(page.locator("#preview")).to_contain_text("The ferry to the island runs late")
    assert grave_in(page) == []
    page.get_by_role("button", name="Add topic").click()
    expect(page.get_by_role("status").filter(has_text="Ferries is saved in wirewatch.toml")).to_be_visible()
    assert file.read_text().startswith('# our desk\n[[topics]]\nname = "Harbour bridge" # the old one\n')
    assert '[[topics]]\nname = "Ferries"\nquery = "ferry AND (late OR delayed)"\n' in file.read_text()
    assert page.troubles == []


def test_a_topic_is_changed_and_removed_and_what_is_typed_is_not_lost(newsroom, visit, file):
    newsroom.tell(1, "The harbour bridge closes", text="The harbour bridge closes.")
    page = visit("/topics")
    page.get_by_role("link", name="Edit").click()
    expect(page.locator("#preview")).to_contain_text("The same alerts as now", timeout=90_000)
    page.get_by_label("Query").fill("nothing like it")
    expect(page.locator("#preview")).to_contain_text("Not told any more 1", timeout=90_000)
    page.get_by_label("Quiet hours").fill("at night")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#wrong-quiet")).to_contain_text("quiet hours are written")
    expect(page.get_by_label("Query")).to_have_value("nothing like it")
    page.get_by_label("Quiet hours").fill("22:00-07:00 UTC")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_title("Topics · wirewatch")
    assert 'query = "nothing like it"\nquiet = "22:00-07:00 UTC"\n' in file.read_text()
    page.get_by_role("link", name="Edit").click()
    page.get_by_text("Remove this topic").click()
    page.get_by_role("button", name="Remove Harbour bridge").click()
    expect(page).to_have_title("Topics · wirewatch")
    assert "Harbour" not in file.read_text()


def test_feeds_are_paused_taken_over_and_looked_for(newsroom, visit, file):
    newsroom.poll("Coast Guard Notices", last_success=NOW)
    page = visit("/feeds")
    wait_until_live(page)
    row = page.get_by_role("row", name="Coast Guard Notices")
    row.get_by_label("What can be done with Coast Guard Notices").click()
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("paused")
    row.get_by_label("What can be done with Coast Guard Notices").click()
    row.get_by_role("button", name="Resume").click()
    expect(row).not_to_contain_text("paused")
    outlines = "".join(f'<outline text="Feed {n}" xmlUrl="https://f{n}.example/rss"/>' for n in range(2))
    page.get_by_text("OPML", exact=True).click()
    page.get_by_label("Take over a reader's list").set_input_files(
        {"name": "list.opml", "mimeType": "text/x-opml", "buffer": f"<opml><body>{outlines}</body></opml>".encode()}
    )
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(page.get_by_text("2 new feeds taken over.")).to_be_visible()
    assert 'url = "https://f1.example/rss"' in file.read_text()
    page.get_by_label("Address of a feed or a site").fill("127.0.0.1:9/rss")
    page.get_by_role("button", name="Add feed").click()
    expect(page.get_by_role("heading", name="No feed found")).to_be_visible(timeout=90_000)
    assert grave_in(page) == []
