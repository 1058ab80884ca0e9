"""The flow of one entry through the real stages; only the world around them is written by hand."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from worker.dedupe.fingerprint import signature
from worker.errors import BlockedError, FetchFailedError, HttpStatusError, PostponedError, StageTimeoutError
from worker.match.engine import Matcher
from worker.model import Entity, Entry, Page, Reason, Topic, WorkItem
from worker.pipeline import SHORT, Pipeline, Watch, judge
from worker.ports import Live

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
URL = "https://example.org/news/1"
TEXT = (
    "The sample volcano near the sample harbour erupted on Friday morning, officials of the sample district said. "
    "Ferries stayed in port while the ash cloud drifted north, and schools were closed until further notice. "
) * 4
SUMMIT = Topic(name="Volcano", query="volcano AND harbour")
PORTS = Topic(name="Ports", query="ferries", sources=(1, 2))
OTHER = Topic(name="Football", query="football")


class Clock:
    def now(self):
        return NOW


class Site:
    """Serves pages from memory; an exception in place of a page is raised."""

    def __init__(self, **pages):
        self.pages = pages
        self.asked = []

    async def page(self, url):
        self.asked.append(url)
        found = self.pages[url.rpartition("/")[2]]
        if isinstance(found, Exception):
            raise found
        return Page(url=url, body=found.encode(), content_type="text/html", charset="utf-8")


class Cleaner:
    """Runs in place; stops what `stops` says of the page it is given."""

    def __init__(self, stops=lambda _page, _item: False):
        self.stops = stops
        self.calls = []

    async def run(self, function, *arguments, **named):
        page = next((one for one in arguments if isinstance(one, Page)), None)
        item = arguments[-1]
        self.calls.append((page is not None, bool(item.entry.content)))
        if self.stops(page, item):
            raise StageTimeoutError("took longer than 5 s and was stopped")
        return function(*arguments, **named)


class Hosts:
    """The pages of each host, in one process."""

    def __init__(self):
        self.pages = {}

    def remember(self, host, page):
        known = self.pages.setdefault(host, {})
        known[page.article_id] = page
        return list(known.values())


class Memory:
    """A store in one process: every commit is offered the stories of those before."""

    def __init__(self):
        self.done, self.articles, self.stories, self.alerts = set(), {}, {}, {}

    def is_done(self, item_id):
        return item_id in self.done

    def commit(self, item_id, article, matches, decide, *, signature=()):
        if item_id in self.done or article.id in self.articles:
            return None
        stories = tuple(self.stories.values())
        live = {
            topic: Live(stories=tuple(s for s in stories if s.topic == topic)) for topic in {m.topic for m in matches}
        }
        change = decide(live)
        self.done.add(item_id)
        self.articles[article.id] = article
        self.stories |= {story.id: story for story in change.stories}
        self.alerts |= {alert.id: alert for alert in change.alerts}
        return change


def page_of(text, title="Sample volcano erupts"):
    body = "".join(f"<p>{part}.</p>" for part in text.split(". "))
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


def watch(*topics):
    return Watch(
        matcher=Matcher(topics, [Entity(name="district", aliases=("sample district",))]),
        topics={topic.name: topic for topic in topics},
        entities={"district": ("sample district",)},
    )


def item(url=URL, **entry):
    fields = {
        "key": url or "k",
        "url": url,
        "title": "Sample volcano erupts",
        "summary": "A volcano near the harbour.",
        "published": NOW - timedelta(minutes=5),
    }
    return WorkItem(
        entry=Entry(**{**fields, **entry}),
        feed_url="https://example.org/rss",
        feed_name="Example",
        feed_title="Example",
        tags=("sample",),
        full_text=True,
        seen_at=NOW,
        trace="trace-1",
    )


class Flow:
    def __init__(self, site, *topics, cleaner=None):
        self.site, self.store, self.hosts, self.cleaner = site, Memory(), Hosts(), cleaner or Cleaner()
        self.pipeline = Pipeline(
            fetcher=site,
            cleaner=self.cleaner,
            hosts=self.hosts,
            store=self.store,
            clock=Clock(),
            watch=watch(*(topics or (SUMMIT,))),
        )

    def run(self, work, **named):
        return asyncio.run(self.pipeline.ingest(work, **named))


def test_an_entry_becomes_a_full_article_a_story_and_an_alert():
    flow = Flow(Site(**{"1": page_of(TEXT)}))
    done = flow.run(item())
    assert not done.article.partial
    assert "Ferries stayed in port" in done.article.text
    assert [match.topic for match in done.matches] == ["Volcano"]
    (alert,) = done.change.alerts
    assert (alert.reason, alert.trace, alert.article.id) == (Reason.NEW_STORY, "trace-1", done.article.id)
    assert flow.store.articles == {done.article.id: done.article}


def test_an_entry_that_is_done_is_neither_fetched_nor_stored_again():
    flow = Flow(Site(**{"1": page_of(TEXT)}))
    flow.run(item())
    before = (dict(flow.store.articles), dict(flow.store.stories), dict(flow.store.alerts))
    assert flow.run(item()) is None
    assert flow.site.asked == [URL]
    assert (flow.store.articles, flow.store.stories, flow.store.alerts) == before


def test_one_article_behind_two_links_counts_once():
    canonical = f'<link rel="canonical" href="{URL}">'
    page = page_of(TEXT).replace("<title>", f"{canonical}<title>")
    flow = Flow(Site(**{"1": page, "1?from=feed": page}))
    assert flow.run(item()) is not None
    assert flow.run(item(f"{URL}?from=feed", key="other")) is None
    assert len(flow.store.articles) == 1
    assert len(flow.store.alerts) == 1


@pytest.mark.parametrize(
    "error",
    [
        HttpStatusError("example.org answered 404 Not Found", status=404),
        FetchFailedError("example.org was not done within 30 s", kind="timeout"),
        BlockedError("10.0.0.1 is a private address"),
    ],
    ids=lambda error: error.kind,
)
def test_a_page_that_cannot_be_fetched_leaves_the_feeds_own_words_and_the_reason(error):
    done = Flow(Site(**{"1": error})).run(item())
    assert done.article.partial
    assert done.article.partial_reason == str(error)
    assert done.article.title == "Sample volcano erupts"
    assert done.article.summary == "A volcano near the harbour."
    assert [alert.reason for alert in done.change.alerts] == [Reason.NEW_STORY]


def test_a_page_that_hangs_the_parser_leaves_the_feeds_own_words():
    flow = Flow(Site(**{"1": page_of(TEXT)}), cleaner=Cleaner(lambda page, _item: page is not None))
    done = flow.run(item())
    assert done.article.partial_reason == "cleaning the page took longer than 5 s and was stopped"
    assert done.article.summary == "A volcano near the harbour."
    assert len(done.change.alerts) == 1


def test_a_page_that_hangs_the_parser_leaves_the_text_that_the_feed_carries():
    """The feed's own markup is read where it can be killed, too."""
    flow = Flow(Site(**{"1": page_of(TEXT)}), cleaner=Cleaner(lambda page, _item: page is not None))
    done = flow.run(item(content=f"<p>{TEXT}</p>"))
    assert "Ferries stayed in port" in done.article.text
    assert done.article.partial
    assert flow.cleaner.calls == [(True, True), (False, True)]


def test_markup_that_hangs_the_parser_in_the_feed_itself_is_never_read_in_this_process():
    """Twenty thousand lists inside one another cost the parser many seconds; what is left costs none."""
    hostile = "<ul><li><a>" * 18_000
    flow = Flow(Site(**{"1": page_of(TEXT)}), cleaner=Cleaner(lambda _page, work: bool(work.entry.content)))
    done = flow.run(item(content=hostile, summary="A volcano. " + hostile))
    assert done.article.partial
    assert done.article.text == ""
    assert done.article.summary.startswith("A volcano.")
    assert len(done.article.summary) <= SHORT
    assert "cleaning the page" in done.article.partial_reason
    assert "cleaning the entry" in done.article.partial_reason


def test_feed_only_leaves_the_page_alone():
    flow = Flow(Site())
    done = flow.run(item(), feed_only=True)
    assert flow.site.asked == []
    assert done.article.partial
    assert "could not be fetched or processed before" in done.article.partial_reason


def test_a_feed_without_full_text_and_an_entry_without_a_link_are_not_fetched():
    flow = Flow(Site())
    assert flow.run(replace(item(), full_text=False)).article.partial
    linkless = flow.run(item("", title="Sample volcano by the harbour"))
    assert linkless.article.partial_reason == "the entry has no link"
    assert flow.site.asked == []


def test_a_page_whose_host_has_no_time_leaves_everything_as_it_was_for_another_try():
    flow = Flow(Site(**{"1": PostponedError("example.org is busy", seconds=5.0)}))
    with pytest.raises(PostponedError):
        flow.run(item())
    assert (flow.store.done, flow.store.articles, flow.store.alerts) == (set(), {}, {})
    flow.site.pages["1"] = page_of(TEXT)
    assert not flow.run(item()).article.partial


def test_an_entry_that_carries_the_whole_article_needs_no_page():
    flow = Flow(Site())
    done = flow.run(replace(item(content=f"<p>{TEXT}</p>"), enough_text=len(TEXT) - 10))
    assert flow.site.asked == []
    assert (done.article.partial, done.article.partial_reason) == (False, "")
    assert done.article.text.startswith("The sample volcano near the sample harbour erupted")
    assert [alert.reason for alert in done.change.alerts] == [Reason.NEW_STORY]


@pytest.mark.parametrize(
    ("content", "enough"),
    [
        (f"<p>{TEXT}</p>", None),
        (f"<p>{TEXT}</p>", len(TEXT) + 1),
        (f"<p>{TEXT}</p><p>and then […]</p>", 100),
        ("", 1),
        # markup is no text
        ("<p class='sample'>Short.</p>" + "<br>" * 500, 100),
    ],
    ids=["no setting", "too short", "an excerpt", "nothing", "markup"],
)
def test_an_entry_that_does_not_carry_the_whole_article_has_its_page_fetched(content, enough):
    flow = Flow(Site(**{"1": page_of(TEXT)}))
    done = flow.run(replace(item(content=content), enough_text=enough))
    assert flow.site.asked == [URL]
    assert not done.article.partial


def test_content_that_hangs_the_parser_has_its_page_fetched():
    flow = Flow(Site(**{"1": page_of(TEXT)}), cleaner=Cleaner(lambda page, _item: page is None))
    done = flow.run(replace(item(content=f"<p>{TEXT}</p>"), enough_text=10))
    assert not done.article.partial
    assert flow.site.asked == [URL]


def test_two_topics_are_told_of_one_article_each_once():
    flow = Flow(Site(**{"1": page_of(TEXT)}), SUMMIT, PORTS, OTHER)
    done = flow.run(item())
    assert [match.topic for match in done.matches] == ["Volcano", "Ports"]
    assert [alert.topic for alert in done.change.alerts] == ["Volcano", "Ports"]
    assert len({alert.id for alert in done.change.alerts}) == 2
    assert len({story.id for story in done.change.stories}) == 2


def test_an_article_nobody_watches_is_kept_and_tells_nobody():
    flow = Flow(Site(**{"1": page_of(TEXT)}), OTHER)
    done = flow.run(item())
    assert (done.matches, done.change.stories, done.change.alerts) == ((), (), ())
    assert list(flow.store.articles) == [done.article.id]


def test_an_old_report_that_a_feed_held_at_its_first_poll_opens_a_story_without_an_alert():
    flow = Flow(Site(**{"1": page_of(TEXT)}))
    done = flow.run(replace(item(published=NOW - timedelta(days=3)), baseline=True))
    assert len(done.change.stories) == 1
    assert done.change.alerts == ()
    assert "first poll" in done.change.notes[0]
    assert done.change.stories[0].roots == ()  # a page of last week is no source of today's story


def test_an_unexpected_error_of_the_store_is_not_swallowed():
    flow = Flow(Site(**{"1": page_of(TEXT)}))

    def broken(*_arguments, **_named):
        raise OSError("sample failure")

    flow.store.commit = broken
    with pytest.raises(OSError, match="sample failure"):
        flow.run(item())


class TestJudge:
    @pytest.fixture
    def article(self):
        return Flow(Site(**{"1": page_of(TEXT)}), SUMMIT, PORTS).run(item()).article

    def decide(self, article, live, **named):
        watched = watch(SUMMIT, PORTS)
        matches = watched.matcher.match(article)
        return judge(watched, article, matches, signature(article.text), live, now=NOW, **named)

    def test_the_same_question_has_the_same_answer_and_changes_nothing(self, article):
        empty = MappingProxyType({"Volcano": Live(), "Ports": Live()})
        first = self.decide(article, empty, trace="t")
        assert first == self.decide(article, empty, trace="t")
        live = MappingProxyType({story.topic: Live(stories=(story,)) for story in first.stories})
        later = replace(article, id="later", source=replace(article.source, domain="example.net"), title="Another")
        assert self.decide(later, live) == self.decide(later, live)

    def test_the_same_article_again_adds_no_report_and_no_alert(self, article):
        first = self.decide(article, {"Volcano": Live(), "Ports": Live()})
        again = self.decide(article, {story.topic: Live(stories=(story,)) for story in first.stories})
        assert again.alerts == ()
        assert again.stories == first.stories
