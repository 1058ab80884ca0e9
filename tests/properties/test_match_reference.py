"""The engine against a slow evaluator that is right by inspection, over random queries and texts in several scripts.

Texts are built from items whose folded tokens are known, so the reference needs no normalisation of its own.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.queries import (
    ALIASES,
    ENTITIES,
    HAN,
    HANGUL,
    bodies,
    build,
    counted,
    leaves,
    nears,
    pieces,
    roots,
    withins,
)

from worker.match.describe import in_words, to_query
from worker.match.engine import Matcher
from worker.match.nodes import About, Alias, And, AtLeast, Exact, Near, Not, Or, Query, Scope, Within
from worker.match.query import parse
from worker.model import Article, Source, Topic

# --- the reference -------------------------------------------------------------------------------------------------


def cut(word):
    """One folded unit as tokens: whole, or by characters where they are Han or Hangul."""
    return list(word) if any(char in HAN + HANGUL for char in word) else [word]


def rows(node):
    """The alternatives a leaf stands for, each a list of (token, glued)."""
    lists = ALIASES[node.name] if isinstance(node, Alias) else [node.words]
    return [[(token, n > 0) for word in words for n, token in enumerate(cut(word))] for words in lists]


def same(token, wanted, exact):
    if exact:
        return token.surface == wanted
    pattern = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in wanted)
    return re.fullmatch(pattern, token.folded) is not None


def spans(node, tokens):
    if isinstance(node, Or):
        return {span for part in node.parts for span in spans(part, tokens)}
    found = set()
    for row in rows(node):
        for first in range(len(tokens) - len(row) + 1):
            here = tokens[first : first + len(row)]
            pairs = list(zip(here, row, strict=True))
            if all(same(t, w, isinstance(node, Exact)) and (t.glued or not glued) for t, (w, glued) in pairs):
                found.add((first, first + len(row)))
    return found


def near(node, tokens):
    for a in spans(node.left, tokens):
        for b in spans(node.right, tokens):
            for first, second in [(a, b)] if node.ordered else [(a, b), (b, a)]:
                apart = first[1] <= second[0]
                if apart and tokens[second[0]].word - tokens[first[1] - 1].word - 1 <= node.distance:
                    return True
    return False


def most_apart(found, size):
    best = [0] * (size + 1)
    for first in reversed(range(size)):
        best[first] = max([best[first + 1], *(1 + best[end] for start, end in found if start == first)])
    return best[0]


def holds(node, fields):
    """`fields` are the lists of tokens looked at."""
    match node:
        case And() | Or():
            return (all if isinstance(node, And) else any)(holds(part, fields) for part in node.parts)
        case Not():
            return not holds(node.part, fields)
        case Near():
            return any(near(node, tokens) for tokens in fields)
        case AtLeast():
            inner = node.part.part if isinstance(node.part, Scope) else node.part
            looked_at = fields[:1] if isinstance(node.part, Scope) else fields
            return sum(most_apart(spans(inner, tokens), len(tokens)) for tokens in looked_at) >= node.count
        case Within():
            return any(holds(node.part, [window]) for tokens in fields for window in windows(tokens, node.unit))
        case _:
            return any(spans(node, tokens) for tokens in fields)


def windows(tokens, unit):
    numbers = {getattr(token, unit) for token in tokens}
    return [[token for token in tokens if getattr(token, unit) == number] for number in numbers]


def reference(node, title, body, author):
    match node:
        case And():
            return all(reference(part, title, body, author) for part in node.parts)
        case Or():
            return any(reference(part, title, body, author) for part in node.parts)
        case Not():
            return not reference(node.part, title, body, author)
        case Scope():
            lead = [token for token in body if token.word < 60]
            return holds(node.part, [{"title": title, "body": body, "lead": lead, "author": author}[node.field]])
        case About():
            return f"{node.key}:{node.value}" in {"lang:en", "source:example.org", "source:org"}
        case _:
            return holds(node, [title, body])


# --- the comparison ------------------------------------------------------------------------------------------------


def check_highlights(match, article):
    assert 0 <= match.score <= 1
    assert len(match.highlights) <= 20
    places = [(["title", "text", "author"].index(h.field), h.start, h.end) for h in match.highlights]
    assert places == sorted(places)
    for h in match.highlights:
        assert h.text == getattr(article, h.field)[h.start : h.end] != ""
    for (field, _, end), (after, start, _) in pairwise(places):
        assert field != after or end <= start


KINDS = {"leaf": leaves, "near": nears(), "within": withins(), "at least": counted(), "any": roots()}


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=250, deadline=None)
@given(data=st.data(), title=pieces, body=bodies, author=pieces, filler=st.sampled_from([0, 0, 0, 53, 57]))
def test_the_engine_says_what_the_reference_says(*, kind, data, title, body, author, filler):
    root = data.draw(KINDS[kind])
    text = to_query(Query(root))
    query = parse(text, entities=["kim", "p"])
    assert query.root == root
    assert in_words(query)
    title_text, title_tokens = build(title, 0)
    body_text, body_tokens = build(body, filler)
    author_text, author_tokens = build(author, 0)
    article = Article(
        id="1", title=title_text, text=body_text, author=author_text, language="en", source=Source(domain="example.org")
    )
    found = Matcher([Topic(name="t", query=text)], ENTITIES).match(article)
    assert bool(found) == reference(root, title_tokens, body_tokens, author_tokens)
    for match in found:
        check_highlights(match, article)


@settings(max_examples=100, deadline=None)
@given(st.lists(roots(), min_size=1, max_size=6), pieces, bodies)
def test_topics_do_not_disturb_each_other(trees, title, body):
    topics = [Topic(name=str(number), query=to_query(Query(root))) for number, root in enumerate(trees)]
    article = Article(id="1", title=build(title, 0)[0], text=build(body, 0)[0])
    together = Matcher(topics, ENTITIES).match(article)
    alone = [match for topic in topics for match in Matcher([topic], ENTITIES).match(article)]
    assert together == alone
