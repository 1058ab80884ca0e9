"""A page, parsed once: what it says of itself is read from the tree first, then its text from what is left of the tree.

The HTML5 parser is five times faster than libxml2, reads broken markup as browsers do and keeps any depth, so the
extractor behind it gets small, well-formed HTML that it can follow.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

# What no reader sees as the article's words; extractors drop it too, but take most of their time to find it.
_NO_TEXT_NAMES = """
    script style template noscript head svg canvas iframe object embed audio video picture source track map area img
    nav footer aside menu dialog button input select textarea fieldset legend label option optgroup datalist output
    progress
"""
_NO_TEXT = _NO_TEXT_NAMES.split()
# Posts of other sites, by the class names their own embed codes carry, and what the page itself hides. React streams
# parts of a page in hidden elements named "S:1", which a script then moves into place: those are not hidden.
_FOREIGN = (
    "[hidden]:not([id^='S:']), blockquote.twitter-tweet, blockquote.instagram-media, blockquote.tiktok-embed, "
    ".fb-post, blockquote.reddit-embed-bq, blockquote.bluesky-embed"
)
# Real pages stay below a third of these: characters and tags of a page, and of what is left of it for the extractor,
# which takes far longer for a tag. What is larger is made to cost time and memory, and loses its end, at first its
# links.
_LONGEST_PAGE = 5_000_000
_MOST_TAGS = 300_000
_LONGEST_BARE = 1_000_000
_MOST_BARE_TAGS = 120_000
# libxml2 drops what is nested deeper than 256 levels. Wrappers end at the first of these, paragraphs at the second.
_WRAPPERS_END = 150
_PARAGRAPHS_END = 240
_TOO_DEEP = "*" + ">*" * _WRAPPERS_END
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "pre", "a"})
# what the serialiser writes: quotes in attributes are escaped, every element but the void ones is closed
_TAG = re.compile(r"""<!--.*?-->|<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*)(?:[^">]|"[^"]*")*>""", re.DOTALL)
_VOID = frozenset({"area", "base", "br", "col", "hr", "link", "meta", "param", "wbr"})


def parse(html: str) -> LexborHTMLParser:
    """The tree of a page or a piece of one; nothing is too broken for it."""
    return LexborHTMLParser(bounded(html, longest=_LONGEST_PAGE, most_tags=_MOST_TAGS))


def bounded(html: str, *, longest: int, most_tags: int) -> str:
    """The beginning of a page, of so many characters and about so many tags at most."""
    html = html[:longest]
    tags = html.count("<")
    return html[: len(html) * most_tags // tags] if tags > most_tags else html


def bare_html(tree: LexborHTMLParser) -> str:
    """The page's text and its structure, without anything else, no deeper than parsers can follow. Changes the tree."""
    tree.strip_tags(_NO_TEXT)
    for node in tree.css(_FOREIGN):
        node.decompose()
    html = tree.html or ""
    if len(html) > _LONGEST_BARE or html.count("<") > _MOST_BARE_TAGS:
        tree.strip_tags(["a"])
        html = bounded(tree.html or "", longest=_LONGEST_BARE, most_tags=_MOST_BARE_TAGS)
    return _flattened(html) if tree.css_first(_TOO_DEEP) is not None else html


def _flattened(html: str) -> str:
    """Serialised HTML without the wrappers that lie too deep; a line break each stands for them.

    Such depth is usually the work of tags that nobody closed, so the words in the wrappers count.
    """
    pieces: list[str] = []
    kept: list[bool] = []
    depth = end = 0
    for tag in _TAG.finditer(html):
        pieces.append(html[end : tag.start()])
        end = tag.end()
        name = tag["name"]
        if name is None:
            continue
        if tag["close"]:
            keep = kept.pop() if kept else False
            depth -= keep
        elif name in _VOID:
            keep = True
        else:
            keep = depth < (_PARAGRAPHS_END if name in _PARAGRAPHS else _WRAPPERS_END)
            kept.append(keep)
            depth += keep
        if keep:
            pieces.append(tag[0])
        elif pieces[-2:] != ["<br>", ""]:
            pieces.append("<br>")
    pieces.append(html[end:])
    return "".join(pieces)
