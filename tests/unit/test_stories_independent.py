"""How many independent roots there are. All reports are sample text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.model import Article, Root, Source
from worker.stories.group import place
from worker.stories.independent import MAX_ROOTS, root_of, rooted, with_root
from worker.stories.outlets import BY_NAME, OUTLETS, owner_of

MORNING = datetime(2023, 9, 11, 8, 49, tzinfo=UTC)
LEFT = "A train has left Pyongyang for Vladivostok"


def root(key, *, quote="so they say"):
    return Root(key=key, name=key, article_id=key, quote=quote)


def keys(*roots):
    counted = ()
    for one in roots:
        counted = with_root(counted, one)
    return [one.key for one in counted]


@pytest.mark.parametrize(
    ("domain", "name", "owner"),
    [
        ("bbc.co.uk", None, "bbc"),
        ("bbc.com", "BBC News", "bbc"),
        ("www.BBC.com", None, "bbc"),
        ("news.sky.com", None, "sky-news"),
        ("courier.example", "Courier", "courier.example"),
        ("notbbc.com", None, "notbbc.com"),
        ("youtube.com", "Sky News - YouTube", "sky-news"),
        ("youtube.com", "Sample Channel - YouTube", "sample channel (youtube.com)"),
        ("youtube.com", None, "youtube.com"),
        ("", None, ""),
    ],
)
def test_the_publisher_behind_a_site(domain, name, owner):
    assert owner_of(domain, name) == owner


def test_no_domain_and_no_name_belongs_to_two():
    domains = [domain for outlet in OUTLETS for domain in outlet.domains]
    assert len(domains) == len(set(domains))
    assert len(BY_NAME) == sum(len(outlet.names) for outlet in OUTLETS)
    assert len({outlet.key for outlet in OUTLETS}) == len(OUTLETS)


def test_the_same_root_counts_once():
    assert keys(root("yonhap"), root("yonhap"), root("kyodo")) == ["yonhap", "kyodo"]


def test_a_crowd_and_one_who_may_be_of_it_are_not_two():
    assert keys(root("media:kr"), root("yonhap")) == ["media:kr"]
    assert keys(root("yonhap"), root("media:kr")) == ["yonhap"]
    assert keys(root("officials:kr"), root("media:kr"), root("yonhap")) == ["officials:kr"]
    assert keys(root("media:kr"), root("kyodo"), root("media:jp")) == ["media:kr", "kyodo"]
    assert keys(root("media:"), root("media:")) == ["media:"]


def test_two_outlets_of_a_country_are_two():
    assert keys(root("yonhap"), root("chosun")) == ["yonhap", "chosun"]


def test_an_outlets_own_reporting_does_not_rest_on_its_countrys_officials():
    assert keys(root("nyt", quote=""), root("officials:us")) == ["nyt", "officials:us"]
    assert keys(root("officials:us"), root("nyt", quote="")) == ["officials:us", "nyt"]
    assert keys(root("officials:us"), root("nyt")) == ["officials:us"]


def test_roots_and_their_quotes_are_bounded():
    counted = ()
    for number in range(MAX_ROOTS + 5):
        counted = with_root(counted, root(f"s{number}"))
    assert len(counted) == MAX_ROOTS
    assert [bool(one.quote) for one in counted] == [True] * 3 + [False] * (MAX_ROOTS - 3)


def test_a_report_without_a_credit_rests_on_its_publisher():
    own = root_of(Article(id="a", text="I saw the train leave.", source=Source(domain="bbc.com")))
    assert own == Root(key="bbc", name="bbc.com", article_id="a", quote="")
    nameless = root_of(Article(id="a", text="I saw it.", url="https://paper.example/1"))
    assert nameless.name == "https://paper.example/1"


REPORTS = [
    # source, text, independent roots after it
    ("a.example", f"{LEFT}, the Yonhap news agency reported, citing South Korean officials.", 1),
    ("b.example", f"{LEFT}, according to South Korean media.", 1),
    ("c.example", f"{LEFT}, Yonhap said.", 1),
    ("bbc.co.uk", f"{LEFT}. Our correspondent saw it cross the bridge.", 2),
    ("bbc.com", f"{LEFT}. It has been seen on the bridge.", 2),
    ("d.example", f"{LEFT}, a minister told the BBC.", 2),
    ("e.example", f"{LEFT}, the Kyodo news agency reported.", 3),
]


def test_seven_outlets_are_three_sources():
    live, counts = [], []
    for minute, (source, text, _) in enumerate(REPORTS):
        article = Article(
            id=source, title=LEFT, text=text, seen_at=MORNING + timedelta(minutes=minute), source=Source(domain=source)
        )
        placed = place(article, "t", (), live, now=article.seen_at, is_copy=lambda *_: False)
        live = [rooted(placed.story, article)]
        counts.append(live[0].independent_sources)
    assert counts == [expected for *_, expected in REPORTS]
    (story,) = live
    assert [report.root for report in story.reports] == [
        "officials:kr", "media:kr", "yonhap", "bbc", "bbc", "bbc", "kyodo",
    ]  # fmt: skip  # beside the reports above
    assert story.roots[0].quote == REPORTS[0][1]
    assert [root.article_id for root in story.roots] == ["a.example", "bbc.co.uk", "e.example"]


def test_a_copy_brings_no_root():
    live = []
    for source in ("a.example", "b.example"):
        article = Article(id=source, title=LEFT, text="I saw it.", seen_at=MORNING, source=Source(domain=source))
        placed = place(article, "t", (1,), live, now=MORNING, is_copy=lambda one, two: one == two)
        live = [rooted(placed.story, article)]
    assert placed.copy_of == "a.example"
    assert live[0].independent_sources == 1


def opened(source, text=LEFT):
    article = Article(id=source, title=LEFT, text=text, seen_at=MORNING, source=Source(domain=source))
    placed = place(article, "t", (), [], now=MORNING, is_copy=lambda *_: False)
    return rooted(placed.story, article), article


def test_the_same_article_again_changes_nothing():
    story, article = opened("a.example", f"{LEFT}, Yonhap said.")
    assert rooted(story, article) == story


def test_stories_that_are_one_have_the_roots_of_both():
    one, _ = opened("a.example", f"{LEFT}, Yonhap said.")
    two, article = opened("b.example")
    three, _ = opened("c.example", f"{LEFT}, Yonhap said.")
    came = replace(two.reports[0], root="")
    both = replace(one, reports=(*one.reports, *three.reports, came))
    assert {root.key for root in rooted(both, article).roots} == {"yonhap", "b.example"}
    assert rooted(both, article).independent_sources == 2


def test_reports_from_before_roots_were_kept_count_by_their_publisher():
    story, article = opened("a.example")
    old = [
        replace(story.reports[0], article_id=name, source=name, root="")
        for name in ("bbc.com", "bbc.co.uk", "c.example")
    ]
    before = replace(story, reports=(*old, replace(story.reports[0], root="")), roots=())
    assert [root.key for root in rooted(before, article).roots] == ["bbc", "c.example", "a.example"]


def test_what_is_no_report_brings_no_root_then_or_later():
    story, _ = opened("a.example")
    page = Article(id="b.example", title=LEFT, text="As before.", seen_at=MORNING, source=Source(domain="b.example"))
    placed = place(page, "t", (), [story], now=MORNING, is_copy=lambda *_: False)
    passed_over = rooted(placed.story, page, counts=False)
    assert [root.key for root in passed_over.roots] == ["a.example"]
    assert rooted(passed_over, page) == passed_over
    third = Article(id="c.example", title=LEFT, text="I saw it.", seen_at=MORNING, source=Source(domain="c.example"))
    grown = rooted(place(third, "t", (), [passed_over], now=MORNING, is_copy=lambda *_: False).story, third)
    assert [root.key for root in grown.roots] == ["a.example", "c.example"]
    assert (len(grown.reports), grown.independent_sources) == (3, 2)


def test_a_story_of_which_nothing_counts_has_one_source_as_it_has_a_report():
    _, article = opened("a.example")
    placed = place(article, "t", (), [], now=MORNING, is_copy=lambda *_: False)
    story = rooted(placed.story, article, counts=False)
    assert (story.roots, story.independent_sources) == ((), 1)
