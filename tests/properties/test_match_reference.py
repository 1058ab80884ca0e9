"""The engine against a slow evaluator that is right by inspection, over random queries and texts in several scripts.

Texts are built from items whose folded tokens are known, so the reference needs no normalisation of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.match.describe import in_words, to_query
from worker.match.engine import Matcher
from worker.match.nodes import (
    Alias,
    And,
    AtLeast,
    Exact,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Scope,
    Within,
    conjunction,
    disjunction,
)
from worker.match.query import parse
from worker.model import Article, Entity, Topic

WORDS = {"Kim": "kim", "kím": "kim", "NATO": "nato", "Nato": "nato", "meets": "meets", "Путин": "путин", "Kim’s": "kim"}
HAN = "金正"
HANGUL = "김정"
SEPARATORS = [" ", " ", " ", ", ", "-", "‑", " — ", "\n", "。", "\n\n"]
ENTITIES = [Entity(name="kim", aliases=("Kim", "Kim NATO", "金正", "정김")), Entity(name="p", aliases=("путин",))]
ALIASES = {
    "kim": [["kim"], ["kim", "nato"], ["金正"], ["정김"]],
    "p": [["путин"]],
}


@dataclass(frozen=True)
class Token:
    folded: str
    surface: str
    glued: bool
    word: int
    sentence: int
    paragraph: int


# --- texts ---------------------------------------------------------------------------------------------------------

item = st.one_of(st.sampled_from(list(WORDS)), st.sampled_from(HAN), st.sampled_from(HANGUL))
pieces = st.lists(st.tuples(item, st.sampled_from([*SEPARATORS, "", "", "", ""])), max_size=4)
bodies = st.lists(st.tuples(item, st.sampled_from([*SEPARATORS, "", "", "", ""])), min_size=4, max_size=20)


def is_word(text):
    return text in WORDS


def build(parts, filler):
    """The text of the pieces and its tokens. A blank line is put in front so that paragraphs end at blank lines."""
    text = "x\n\n" + "w " * filler
    tokens = [Token("x", "x", False, 0, 0, 0)]
    tokens += [Token("w", "w", False, 1 + number, 1, 1) for number in range(filler)]
    sentence = paragraph = 1
    word = filler
    run, before, glued = 0, "", False
    for index, (surface, wanted) in enumerate(parts):
        following = parts[index + 1][0] if index + 1 < len(parts) else ""
        separator = " " if wanted == "" and is_word(surface) and is_word(following) else wanted
        kind = "word" if is_word(surface) else "han" if surface in HAN else "hangul"
        run = run + 1 if glued and kind == before and kind != "word" else 0
        if run == 0 or (kind == "han" and run % 2 == 0):
            word += 1
        bare = surface.removesuffix("’s")
        tokens.append(Token(WORDS.get(surface, surface), bare, glued, word, sentence, paragraph))
        text += surface + separator
        before = kind
        glued = separator == "" and surface == bare
        sentence += separator in {"。", "\n\n"}
        paragraph += separator == "\n\n"
    return text, tokens


# --- queries -------------------------------------------------------------------------------------------------------


def empty_will_do(node):
    """Whether an article without any word satisfies the node; such queries are refused."""
    match node:
        case And():
            return all(empty_will_do(part) for part in node.parts)
        case Or():
            return any(empty_will_do(part) for part in node.parts)
        case Not():
            return not empty_will_do(node.part)
        case Scope():
            return empty_will_do(node.part)
        case _:
            return False


def allowed(node):
    return conjunction([Phrase(("kim",)), node]) if empty_will_do(node) else node


UNITS = ["kim", "nato", "meets", "путин", "mee*", "mee?s", "nat*", "w", "金", "正金", "金金", "김", "정김"]
unit = st.sampled_from(UNITS)
single = unit.map(lambda word: Phrase((word,)))
phrases = st.one_of(single, single, st.tuples(unit, unit).map(Phrase))
spellings = st.sampled_from(["NATO", "Nato", "Kim", "kím", "正金"])
exacts = st.lists(spellings, min_size=1, max_size=2).map(lambda words: Exact(tuple(words)))
leaves = st.one_of(phrases, phrases, exacts, st.sampled_from([Alias("kim"), Alias("p")]))


def grow(draw, base, depth=2):
    """A tree of AND, OR and NOT over what `base` gives."""
    kind = draw(st.sampled_from(["base", "base", "and", "or", "not"])) if depth else "base"
    if kind == "base":
        return draw(base)
    if kind == "not":
        part = grow(draw, base, depth - 1)
        return part.part if isinstance(part, Not) else Not(part)
    parts = [grow(draw, base, depth - 1) for _ in range(draw(st.integers(2, 3)))]
    return conjunction(parts) if kind == "and" else disjunction(parts)


@st.composite
def operands(draw):
    return disjunction(draw(st.lists(leaves, min_size=1, max_size=3)))


@st.composite
def nears(draw):
    return Near(draw(operands()), draw(operands()), draw(st.integers(0, 3)), ordered=draw(st.booleans()))


@st.composite
def withins(draw):
    part = allowed(grow(draw, st.one_of(leaves, leaves, nears())))
    return Within(draw(st.sampled_from(["sentence", "paragraph"])), part)


@st.composite
def counted(draw):
    return AtLeast(draw(st.integers(1, 4)), draw(operands()))


@st.composite
def scopes(draw):
    part = grow(draw, st.one_of(leaves, leaves, nears(), withins(), counted()), depth=1)
    return Scope(draw(st.sampled_from(["title", "lead", "body"])), part)


@st.composite
def counted_in_title(draw):
    return AtLeast(draw(st.integers(1, 3)), Scope("title", draw(operands())))


@st.composite
def roots(draw):
    base = st.one_of(leaves, nears(), withins(), counted(), scopes(), counted_in_title())
    return allowed(grow(draw, base, draw(st.integers(0, 2))))


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


def reference(node, title, body):
    match node:
        case And():
            return all(reference(part, title, body) for part in node.parts)
        case Or():
            return any(reference(part, title, body) for part in node.parts)
        case Not():
            return not reference(node.part, title, body)
        case Scope():
            lead = [token for token in body if token.word < 60]
            return holds(node.part, [{"title": title, "body": body, "lead": lead}[node.field]])
        case _:
            return holds(node, [title, body])


# --- the comparison ------------------------------------------------------------------------------------------------


def check_highlights(match, article):
    assert 0 <= match.score <= 1
    assert len(match.highlights) <= 20
    places = [(["title", "text"].index(h.field), h.start, h.end) for h in match.highlights]
    assert places == sorted(places)
    for h in match.highlights:
        assert h.text == getattr(article, h.field)[h.start : h.end] != ""
    for (field, _, end), (after, start, _) in pairwise(places):
        assert field != after or end <= start


KINDS = {"leaf": leaves, "near": nears(), "within": withins(), "at least": counted(), "any": roots()}


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=250, deadline=None)
@given(data=st.data(), title=pieces, body=bodies, filler=st.sampled_from([0, 0, 0, 53, 57]))
def test_the_engine_says_what_the_reference_says(kind, data, title, body, filler):
    root = data.draw(KINDS[kind])
    text = to_query(Query(root))
    query = parse(text, entities=["kim", "p"])
    assert query.root == root
    assert in_words(query)
    title_text, title_tokens = build(title, 0)
    body_text, body_tokens = build(body, filler)
    article = Article(id="1", title=title_text, text=body_text)
    found = Matcher([Topic(name="t", query=text)], ENTITIES).match(article)
    assert bool(found) == reference(root, title_tokens, body_tokens)
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
