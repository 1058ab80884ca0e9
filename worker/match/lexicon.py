"""The terms of queries as rows of tokens to look for, and what entities are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from sys import intern
from typing import TypeAlias

from worker.match.folding import surface
from worker.match.nodes import Alias, And, AtLeast, Exact, Leaf, Near, Node, Not, Or, Phrase, Scope, Within, children
from worker.match.stems import has_stemmer, stem
from worker.match.text import Passage, tokens, units
from worker.match.wildcards import Wildcards, is_wildcard

Stem: TypeAlias = Callable[[str], str]
"""From a folded word to what its forms share."""

_MAX_KEPT = 1 << 16


@dataclass(frozen=True, slots=True)
class Pattern:
    """Tokens in a row.

    `glued[i]` wants nothing between token i - 1 and i; `spelled` is set where case and accents count. A token that ends
    in * or holds ? is a wildcard; no folded token holds these characters.
    """

    tokens: tuple[str, ...]
    glued: tuple[bool, ...]
    spelled: tuple[str, ...] = ()

    is_plain: bool = field(init=False, compare=False)
    """Whether the tokens as they are, and nothing else about them, have to be there."""

    def __post_init__(self) -> None:
        is_plain = not self.spelled and not any(self.glued) and not any(map(is_wildcard, self.tokens))
        object.__setattr__(self, "is_plain", is_plain)


@dataclass(frozen=True, slots=True)
class Word(Phrase):
    """A phrase whose only word is the token to look for: what most terms are."""


@dataclass(frozen=True, slots=True)
class Wild(Phrase):
    """A phrase whose only word is a token with * or ?."""


@dataclass(frozen=True, slots=True)
class Row(Phrase):
    """A phrase whose words are the tokens to look for, one behind the other."""


@dataclass(frozen=True, slots=True)
class AnyOf(Or):
    """An OR of terms alone; `tokens` are those of its `Word`s, `others` the rest."""

    tokens: tuple[str, ...] = field(kw_only=True)
    others: tuple[Leaf, ...] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Joined(Within):
    """SENTENCE or PARAGRAPH of terms that AND, OR and NOT alone join."""


class Lexicon:
    """What the terms of queries stand for. Built once, read by all articles.

    With `stem`, words are found by what all their forms share; exact spellings and wildcards stay as they are.
    """

    def __init__(self, aliases: Mapping[str, Sequence[str]], stem: Stem | None = None) -> None:
        self.aliases = aliases
        self.stem = stem
        self.wildcards = Wildcards()
        """Those that topics use, so that each word of an article is compared with them once."""
        # Single words and entities are the same record in all queries.
        self._words: dict[str, Word | Wild] = {}
        self._entities: dict[str, Alias] = {}
        # By identity, for the hash of a leaf costs more than all the rest; the leaf beside it keeps its id taken.
        self._known: dict[int, tuple[Leaf, tuple[Pattern, ...]]] = {}

    def bound(self, node: Node) -> Node:
        """The same query in terms of tokens: `Word`, `Wild`, `Row` and `AnyOf` stand where they can."""
        match node:
            case And():
                return And(tuple(map(self.bound, node.parts)))
            case Or():
                return _any_of(tuple(map(self.bound, node.parts)))
            case Near():
                return Near(self.bound(node.left), self.bound(node.right), node.distance, node.ordered)
            case Not() | Scope() | AtLeast() | Within():
                return _with_part(node, self.bound(node.part))
            case _ if isinstance(node, Leaf):
                return self._bound_leaf(node)
            case _:
                return node

    def _bound_leaf(self, leaf: Leaf) -> Leaf:
        if isinstance(leaf, Alias):
            return self._entities.setdefault(leaf.name, leaf)
        pattern = self._made(leaf)[0]
        tokens = tuple(map(intern, pattern.tokens))
        if len(tokens) == 1 and not pattern.spelled:
            kind = Word if pattern.is_plain else Wild
            return self._words.setdefault(tokens[0], kind(tokens))
        return Row(tokens) if pattern.is_plain else replace(leaf, column=0)

    def patterns(self, leaf: Leaf) -> tuple[Pattern, ...]:
        """What to look for: of a term that is no `Word`, `Wild` or `Row`. KeyError for an unknown entity."""
        known = self._known.get(id(leaf))
        if known is None:
            if len(self._known) >= _MAX_KEPT:
                self._known = {}
            known = self._known[id(leaf)] = (leaf, self._made(leaf))
        return known[1]

    def _made(self, leaf: Leaf) -> tuple[Pattern, ...]:
        match leaf:
            case Phrase():
                return (_phrase_pattern(leaf.words, self.stem),)
            case Exact():
                return (_exact_pattern(leaf.words),)
            case Alias():
                names = self.aliases[leaf.name]
                return tuple(dict.fromkeys(_phrase_pattern(units(alias), self.stem) for alias in names))


def _with_part(node: Not | Scope | AtLeast | Within, part: Node) -> Node:
    if isinstance(node, Within) and _is_joined(part):
        return Joined(node.unit, part)
    return replace(node, part=part, column=0)


def _is_joined(node: Node) -> bool:
    return not isinstance(node, Near) and all(map(_is_joined, children(node)))


def _any_of(parts: tuple[Node, ...]) -> Or:
    if not all(isinstance(part, Leaf) for part in parts):
        return Or(parts)
    tokens = tuple(dict.fromkeys(part.words[0] for part in parts if isinstance(part, Word)))
    others = tuple(part for part in parts if isinstance(part, Leaf) and not isinstance(part, Word))
    return AnyOf(parts, tokens=tokens, others=others)


def lexicon_in(language: str, aliases: Mapping[str, Sequence[str]]) -> Lexicon:
    """The lexicon of topics that look at stems, for articles in that language (ISO 639-1, "" for any other)."""
    return Lexicon(aliases, partial(stem, language=language) if has_stemmer(language) else None)


def _phrase_pattern(words: Sequence[str], reduce: Stem | None) -> Pattern:
    parts: list[str] = []
    glued: list[bool] = []
    for word in words:
        cut = (word,) if is_wildcard(word) else tokens(word)
        parts.extend(cut)
        glued.extend(position > 0 for position in range(len(cut)))
    if reduce:
        parts = [part if is_wildcard(part) else reduce(part) for part in parts]
    return Pattern(tuple(parts), tuple(glued))


def _exact_pattern(words: Sequence[str]) -> Pattern:
    passage = Passage(" ".join(words))
    count = range(len(passage.words))
    spelled = tuple(surface(passage.original(token, token + 1)) for token in count)
    return Pattern(tuple(passage.words), tuple(passage.glued(token) for token in count), spelled)
