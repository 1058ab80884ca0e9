"""What the page shows besides the extracted text, and evidence says belongs to the article or does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.clean.text import key_of, size

_SHORTEST_LEAD = 60
_LONGEST_LEAD = 5000
_LONGEST_BLOCK = 50_000
# Lines among which a repeated headline stands.
_TOP = 3
_SHORTEST_PARAGRAPH = 60
_MOST_BLOCKS = 10_000
_MOST_CHARACTERS = 10_000_000
_MOST_LINKS = 0.5
_LEADS = "p, h2, h3, h4, div, span"
# What stands for paragraphs on pages that have none.
_PLAIN_DIVISIONS = "div:not(:has(div, p, ul, ol, table, section, article, h1, h2, h3))"
# Share of the text that missing parts must reach to be believed.
_WORTH = 0.2
# Shorter titles may well stand in a last sentence; a note says little besides the title.
_SHORTEST_TITLE = 12
_LONGEST_NOTE = 80


# What paragraphs of one template share: the article element, the parent's name and class, their own class.
_Layout: TypeAlias = tuple[int, str, str, str]
_Paragraph: TypeAlias = tuple[str, LexborNode]


def without_headline(text: str, titles: Iterable[str]) -> str:
    """The text without the page's own title above it."""
    known = {key for title in titles if (key := key_of(title))}
    lines = text.split("\n")
    return "\n".join([*(line for line in lines[:_TOP] if key_of(line) not in known), *lines[_TOP:]])


def without_note(text: str, title: str, site: str) -> str:
    """The text without the line in which blog software names the entry and the site ("The post … appeared first on …").

    It ends the entries of a feed, in any language, and no two are alike.
    """
    *above, last = text.split("\n")
    said, named = key_of(last), key_of(title)
    rest = said.replace(named, " ", 1)
    is_note = (
        size(named) >= _SHORTEST_TITLE
        and named in said
        and len(rest) <= _LONGEST_NOTE
        and not set(key_of(site).split()).isdisjoint(rest.split())
    )
    return "\n".join(above) if is_note and above else text


def with_lead(text: str, tree: LexborHTMLParser, announced: Iterable[str]) -> str:
    """The text with the page's standfirst on top, where extraction lost it.

    A standfirst stands apart from the body, as teasers do; that it says what the page's description says tells it from
    them.
    """
    wanted = {key for description in announced if size(key := key_of(description)) >= _SHORTEST_LEAD}
    whole = key_of(text) if wanted else ""
    wanted = {key for key in wanted if key[:_SHORTEST_LEAD] not in whole}
    shortest = min(map(len, wanted), default=0)
    for stated, _ in _blocks(tree, _LEADS) if whole and wanted else ():
        # longer than its words by the white space of a template at most
        if shortest <= len(stated) < _LONGEST_LEAD and _says(key_of(stated), wanted):
            return f"{' '.join(stated.split())}\n{text}"
    return text


def _says(key: str, wanted: Iterable[str]) -> bool:
    return any(key == one or (key.startswith(one) and len(key) < 2 * len(one)) for one in wanted)


def with_siblings(text: str, tree: LexborHTMLParser) -> str:
    """The text with the paragraphs that the page lays out like most of it, where extraction took one part of several.

    Long reports are cut into parts by pictures and advertisements, and extractors settle on one part.
    """
    lines = text.split("\n")
    paragraphs = list(_paragraphs(tree, "p"))
    if sum(len(paragraph) for paragraph, _ in paragraphs) * 2 < len(text):
        paragraphs = list(_paragraphs(tree, _PLAIN_DIVISIONS))
    # cheap to tell, and most pages end here
    if not _is_worth({paragraph for paragraph, _ in paragraphs} - set(lines), text):
        return text
    alike = _main_part(lines, paragraphs)
    whole = key_of(text)
    missing = {
        key: paragraph
        for key, (paragraph, node) in alike
        if key not in whole and _link_share(node, paragraph) <= _MOST_LINKS
    }
    return _merged(lines, [key for key, _ in alike], missing) if _is_worth(missing.values(), text) else text


def _main_part(lines: Sequence[str], paragraphs: Iterable[_Paragraph]) -> list[tuple[str, _Paragraph]]:
    """The paragraphs laid out like those that make up most of the text, by their keys; none where no layout does."""
    keys = {key_of(line) for line in lines}
    laid_out = [(_layout(one[1]), key_of(one[0]), one) for one in paragraphs]
    taken: dict[_Layout, int] = {}
    for layout, key, (paragraph, _) in laid_out:
        if key in keys:
            taken[layout] = taken.get(layout, 0) + len(paragraph)
    if not taken or max(taken.values()) * 2 < sum(map(len, lines)):
        return []
    main = max(taken, key=taken.__getitem__)
    return [(key, one) for layout, key, one in laid_out if layout == main]


def _is_worth(missing: Iterable[str], text: str) -> bool:
    return sum(map(len, missing)) >= _WORTH * len(text)


def _merged(lines: Sequence[str], keys: Iterable[str], missing: Mapping[str, str]) -> str:
    """Each missing paragraph after the line it follows on the page."""
    following: dict[str, list[str]] = {}
    last = ""
    for key in keys:
        if key in missing:
            following.setdefault(last, []).append(missing[key])
        else:
            last = key
    merged = following.pop("", [])
    for line in lines:
        merged.append(line)
        merged.extend(following.pop(key_of(line), ()))
    return "\n".join(merged)


def _paragraphs(tree: LexborHTMLParser, selector: str) -> Iterator[_Paragraph]:
    for stated, node in _blocks(tree, selector):
        text = " ".join(stated.split())
        if size(text) >= _SHORTEST_PARAGRAPH:
            yield text, node


def _blocks(tree: LexborHTMLParser, selector: str) -> Iterator[_Paragraph]:
    """Elements with their text; for a standfirst, of <span> and <div> their own only. Bounded where they nest."""
    left = _MOST_CHARACTERS
    for node in tree.css(selector)[:_MOST_BLOCKS]:
        stated = node.text(deep=selector != _LEADS or node.tag not in {"div", "span"})
        left -= len(stated)
        if left < 0:
            return
        if len(stated) <= _LONGEST_BLOCK:
            yield stated, node


def _link_share(node: LexborNode, text: str) -> float:
    return sum(len(link.text().strip()) for link in node.css("a")) / len(text)


def _layout(node: LexborNode) -> _Layout:
    parent = node.parent
    article = parent
    while article is not None and article.tag not in {"article", "body"}:
        article = article.parent
    return (
        article.mem_id if article is not None else 0,
        (parent.tag or "") if parent is not None else "",
        (parent.attributes.get("class") or "") if parent is not None else "",
        node.attributes.get("class") or "",
    )
