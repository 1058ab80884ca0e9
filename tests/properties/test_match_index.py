"""Topics that come, change and go: the matcher is always as if it had been built from what is watched now."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle, pairwise
from threading import Event

from hypothesis import given, settings
from hypothesis import strategies as st
from support.queries import ENTITIES, bodies, build, pieces, roots

from worker.match.background import NO_BACKGROUND, learned
from worker.match.describe import to_query
from worker.match.engine import Matcher
from worker.match.evaluate import holds
from worker.match.lexicon import Lexicon
from worker.match.line import LONGEST_IN_BITS
from worker.match.needs import needs
from worker.match.nodes import Query
from worker.match.reading import Reading
from worker.match.stems import stem
from worker.model import Article, Topic

queries = roots().map(lambda root: to_query(Query(root)))
changes = st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), queries), st.booleans()), max_size=12)


@st.composite
def articles(draw):
    return Article(
        id="1",
        title=build(draw(pieces), 0)[0],
        text=build(draw(bodies), 0)[0],
        author=build(draw(pieces), 0)[0],
        language=draw(st.sampled_from([None, "en", "ru"])),
    )


@settings(max_examples=150, deadline=None)
@given(changes, st.lists(articles(), min_size=1, max_size=3))
def test_one_change_at_a_time_or_all_at_once_is_the_same(steps, seen):
    matcher = Matcher([], ENTITIES)
    watched = {}
    for name, query, stems in steps:
        matcher.match(seen[0])  # so that what it learns from articles is there before the change
        if query is not None:
            watched[name] = Topic(name=name, query=query, stem=stems)
            matcher.add(watched[name])
        elif name in watched:
            del watched[name]
            matcher.remove(name)
    fresh = Matcher(watched.values(), ENTITIES)
    for article in seen:
        assert by_name(matcher.match(article)) == by_name(fresh.match(article))
    assert {topic.name: topic for topic in matcher.topics()} == watched


def by_name(matches):
    return {match.topic: match for match in matches}


@settings(max_examples=100, deadline=None)
@given(changes, changes, articles())
def test_a_renewed_matcher_is_one_of_the_new_topics(before, after, article):
    first, second = (
        [Topic(name=name, query=query or "kim", stem=stems) for name, query, stems in {c[0]: c for c in steps}.values()]
        for steps in (before, after)
    )
    renewed = Matcher(first, ENTITIES).renewed(second, ENTITIES)
    assert by_name(renewed.match(article)) == by_name(Matcher(second, ENTITIES).match(article))
    assert sorted(renewed.matching(article)) == sorted(match.topic for match in renewed.match(article))


@settings(max_examples=150, deadline=None)
@given(st.lists(queries, min_size=1, max_size=5), st.lists(articles(), min_size=1, max_size=3))
def test_what_is_common_in_the_news_changes_no_match(written, seen):
    topics = [Topic(name=str(number), query=query) for number, query in enumerate(written)]
    plain, informed = Matcher(topics, ENTITIES), Matcher(topics, ENTITIES, learned(seen))
    for article in seen:
        assert plain.match(article) == informed.match(article)


@settings(max_examples=60, deadline=None)
@given(st.lists(queries, min_size=1, max_size=5), articles())
def test_words_that_no_query_asks_for_change_nothing_however_many_there_are(written, article):
    matcher = Matcher([Topic(name=str(number), query=query) for number, query in enumerate(written)], ENTITIES)
    text = article.text or "zzz"
    short, long = (
        replace(article, text=f"{text}\n\nzzz"),
        replace(article, text=f"{text}\n\n{'zzz ' * LONGEST_IN_BITS}"),
    )
    assert matcher.matching(short) == matcher.matching(long)


def terms_of(article):
    """The terms of title and text, worked out one by one."""
    reading = Reading(article, Lexicon({}))
    words = [[*reading.view(field).words] for field in ("title", "body", "author")]
    held = {*words[0], *words[1]}
    for prefix, row in zip(("", "title:", "", "author:"), (words[0], words[0], words[1], words[2]), strict=True):
        held |= {f"{prefix}{word}" for word in row}
        held |= {f"{prefix}+{a}{b}" for a, b in pairwise(row)}
        for wild in ("mee*", "mee?s", "nat*"):
            if any(word.startswith(wild[:3]) and (wild[-1] == "*" or word == "meets") for word in row):
                held.add(prefix + wild)
    language = article.language or ""
    return held | {f"lang:{language}"}


@settings(max_examples=300, deadline=None)
@given(roots(), articles())
def test_what_a_query_needs_is_there_whenever_it_holds(root, article):
    lexicon = Lexicon({entity.name: entity.aliases for entity in ENTITIES})
    reading = Reading(article, lexicon)
    wanted = needs(root, lexicon, NO_BACKGROUND.cost)
    held = terms_of(article)
    there = all(held & {*clause} for clause in wanted.clauses)
    matched = holds(root, reading, reading.whole)
    assert wanted.clauses
    assert there or not matched
    assert matched == there or not wanted.exact


WORDS = "meets meeting summits summit talks kim trains armoured armour leaders leader going go".split()  # noqa: SIM905  quotes would hide the words
words = st.sampled_from(WORDS)
plain_queries = st.lists(st.lists(words, min_size=1, max_size=3), min_size=1, max_size=3)


@settings(max_examples=200, deadline=None)
@given(plain_queries, st.sampled_from([" ", " OR ", " NEAR/2 ", " NOT "]), st.lists(words, max_size=12))
def test_looking_at_stems_is_looking_for_stems_among_stems(phrases, operator, text):
    """Stemming the words of query and article beforehand gives the same as letting the engine do it."""

    def written(form):
        parts = [f'"{" ".join(map(form, phrase))}"' for phrase in phrases]
        return operator.join(parts[:2] if operator == " NEAR/2 " else parts)

    def matched(form, *, stems):
        article = Article(id="1", language="en-GB", title="x", text=" ".join(map(form, text)))
        return bool(Matcher([Topic(name="t", query=written(form), stem=stems)], ()).match(article))

    assert matched(str, stems=True) == matched(lambda word: stem(word, "en"), stems=False)


def test_readers_see_every_topic_whole_while_others_come_and_go():
    """Two topics stay, one is replaced again and again by one that holds as well; others come and go beside them."""
    article = Article(id="1", title="Kim meets", text="Kim NEAR Putin, meeting and talks " * 5, language="en")
    stay = [Topic(name="a", query="kim NEAR/5 putin"), Topic(name="z", query="meets", stem=True)]
    matcher = Matcher([*stay, Topic(name="turning", query="kim")], ())
    done = Event()
    others = ["talks", "talk* kim", '"kim near"', "title:kim", "(kim OR nobody) meeting", "lang:en kim"]

    def change():
        rng = random.Random(7)
        turns = cycle([("kim", False), ("talks", False), ("meets", True)])
        try:
            for (query, stems), _ in zip(turns, range(600), strict=False):
                matcher.add(Topic(name="turning", query=query, stem=stems))
                matcher.add(Topic(name=f"o{rng.randrange(5)}", query=rng.choice(others), stem=rng.random() < 0.5))
                name = f"o{rng.randrange(5)}"
                if any(topic.name == name for topic in matcher.topics()):
                    matcher.remove(name)
        finally:
            done.set()

    def read():
        looked = 0
        while not done.is_set() or not looked:
            found = matcher.match(article)
            names = [match.topic for match in found]
            assert {"a", "z", "turning"} <= {*names}
            assert len(names) == len({*names})
            assert all(match.query in {*others, "kim NEAR/5 putin", "meets", "kim", "talks"} for match in found)
            looked += 1
        return looked

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        pool.submit(change).result()
        assert all(reader.result() > 0 for reader in readers)
