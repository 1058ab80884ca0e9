"""The fields of the language, and what other search tools call them."""

from __future__ import annotations

import difflib

WORD_FIELDS = ("title", "lead", "body", "author", "url")
"""Fields that hold words."""
ABOUT_FIELDS = ("source", "lang", "feed", "tag")
"""Fields that are about an article."""
_FIELDS = WORD_FIELDS + ABOUT_FIELDS
_OTHER_NAMES = {
    **dict.fromkeys(
        ("headline", "headlines", "head", "hd", "hl", "intitle", "allintitle", "subject", "ti", "hlead"), "title"
    ),
    **dict.fromkeys(("ingress", "intro", "lede", "lp", "leadparagraph", "first", "snippet", "abstract"), "lead"),
    **dict.fromkeys(("text", "content", "intext", "tx", "te", "td", "fulltext", "message"), "body"),
    **dict.fromkeys(("byline", "by", "au", "writer", "journalist"), "author"),
    **dict.fromkeys(("link", "links", "inurl", "allinurl", "http", "https", "ur"), "url"),
    **dict.fromkeys(
        ("site", "domain", "host", "publisher", "publication", "pub", "sourcename", "outlet", "sn", "rst", "sc"),
        "source",
    ),
    **dict.fromkeys(("language", "la", "ln", "lg", "langcode"), "lang"),
    **dict.fromkeys(("tags", "category", "label", "section"), "tag"),
    **dict.fromkeys(("rss", "feeds", "channel"), "feed"),
}
_PLACE = "there is no field for places; name the publishers: source:(bbc.co.uk OR reuters.com)"
_TIME = "leave it out: new articles are watched; a command looks back with --since 7d"
_CODE = "there are no codes for companies, subjects and regions; write the names, or an @entity"
_NO_FIELD = {
    **dict.fromkeys(
        ("country", "sourcecountry", "location", "region", "city", "continent", "geo", "place", "state"), _PLACE
    ),
    **dict.fromkeys(("date", "pd", "published", "from", "to", "after", "before", "since", "until", "year"), _TIME),
    **dict.fromkeys(("co", "fds", "in", "ns", "re", "company", "industry", "ticker", "org", "person"), _CODE),
    **dict.fromkeys(("raw", "case", "exact", "caps"), "write =NATO for exactly this spelling"),
    **dict.fromkeys(("hashtag", "hashtags", "mention", "mentions"), "write the word itself: there are no hashtags"),
    "hlp": "write (title:kim OR lead:kim)",
    "all": "leave it out: title and text are searched anyway",
    "regex": "there are no regular expressions; write meet* for any ending, colo?r for one letter",
}


def known_field(low: str) -> str:
    """The field that `low`, a name in small letters, stands for here or in another tool, or nothing."""
    return low if low in _FIELDS else _OTHER_NAMES.get(low, "")


def field_mend(name: str) -> str:
    """For name: or name= where that is no field."""
    low = name.lower()
    if low in _NO_FIELD:
        return _NO_FIELD[low]
    known = known_field(low)
    if not known:
        near = difflib.get_close_matches(low[:100], _FIELDS, n=1)
        known = near[0] if near else ""
    if known:
        return f"did you mean {known}: ?"
    return f"the fields are {' '.join(f'{field}:' for field in _FIELDS)}; write quotes around a word with a colon"
