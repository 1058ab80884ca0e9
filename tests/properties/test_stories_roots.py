"""What holds for every report and every order of reports."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from worker.model import Article, Source
from worker.stories.group import place
from worker.stories.independent import MAX_ROOTS, root_of, rooted, with_root
from worker.stories.outlets import owner_of
from worker.stories.roots import QUOTE_CHARACTERS, attribution

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PIECES = st.sampled_from([
    "according to ", "Yonhap", "the BBC", " said", " told ", "South Korean ", "media", "officials", ", citing ", "(",
    ")", ". ", "\n", "据", "新华社", "报道", "сообщает ", "ТАСС", "laut ", "dpa", " - ", "train ", "the Kremlin",
])  # fmt: skip  # one below the other they would hide the tests
WORDS = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=60)


@st.composite
def articles(draw):
    return Article(
        id=draw(st.sampled_from("abcdefgh")),
        title=draw(WORDS),
        text=draw(WORDS),
        author=draw(st.sampled_from(["", "Reuters", "By AFP", "A. Sample"])),
        source=Source(domain=draw(st.sampled_from(["a.example", "bbc.com", "yna.co.kr", ""]))),
    )


@given(articles())
def test_a_credit_is_somebody_else_and_is_shown_by_a_bounded_sentence_of_the_report(article):
    found = attribution(article)
    if found is None:
        return
    assert found.key
    assert found.name
    assert found.key != owner_of(article.source.domain)
    assert 0 < len(found.sentence) <= QUOTE_CHARACTERS
    shown = " ".join(f"{article.title} {article.text} By {found.name}".split())
    assert found.sentence.rstrip("…") in shown


@given(st.lists(articles(), max_size=10))
def test_roots_only_grow_by_one_and_none_counts_twice(stream):
    roots = ()
    for article in stream:
        after = with_root(roots, root_of(article))
        assert after[: len(roots)] == roots
        assert len(after) - len(roots) in {0, 1}
        assert with_root(after, root_of(article)) == after
        roots = after
    assert len({root.key for root in roots}) == len(roots) <= MAX_ROOTS


@given(st.lists(articles(), min_size=1, max_size=8))
def test_a_story_has_as_many_sources_as_roots_and_no_more_than_reports(stream):
    live = {}
    for article in stream:
        placed = place(article, "t", (), list(live.values()), now=NOW, is_copy=lambda *_: False)
        story = rooted(placed.story, article)
        assert 1 <= story.independent_sources == len(story.roots) <= len(story.reports)
        assert rooted(story, article) == story
        live[story.id] = story
