"""Random queries over random texts in several scripts, whose folded tokens are known without any normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from worker.match.nodes import (
    About,
    Alias,
    And,
    AtLeast,
    Exact,
    Near,
    Not,
    Or,
    Phrase,
    Scope,
    Within,
    conjunction,
    disjunction,
)
from worker.model import Entity

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
    return Scope(draw(st.sampled_from(["title", "lead", "body", "author"])), part)


abouts = st.sampled_from(
    [
        About("lang", "en"),
        About("lang", "ko"),
        About("source", "example.org"),
        About("source", "org"),
        About("tag", "asia"),
    ]
)


@st.composite
def counted_in_title(draw):
    return AtLeast(draw(st.integers(1, 3)), Scope("title", draw(operands())))


@st.composite
def roots(draw):
    base = st.one_of(leaves, nears(), withins(), counted(), scopes(), counted_in_title(), abouts)
    return allowed(grow(draw, base, draw(st.integers(0, 2))))
