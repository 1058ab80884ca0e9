"""Bytes of unknown origin to text: what kind of document they are, and in which charset.

The order is the one that reads most legacy pages right: byte order mark, strict UTF-8, the page's own declaration,
HTTP's (servers send their default without knowing the page), then a detector. Nothing here raises on bad bytes.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a label means in practice (WHATWG Encoding, section 4.2): supersets that read the label's own text the same.
_MEANT = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "windows-949": "cp949",
    "uhc": "cp949",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-euc-jp": "euc_jp",
    "x-mac-cyrillic": "mac_cyrillic",
    "macintosh": "mac_roman",
}
# Python knows codecs (utf-7, punycode, unicode_escape) no page may choose.
_CHARSET = re.compile(
    r"utf-?8|(?:iso-?8859|windows|cp|ibm|euc|koi8|iso-2022)[-_]?[a-z0-9-]{1,6}|gb18030|big5(?:hkscs)?|johab|mac[_-]?[a-z]+"
)
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,300}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE
)
_XML_CHARSET = re.compile(rb"""\A\s{0,99}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9_.:-]{2,40})""")
_LATIN = re.compile(r"cp125[02478]|iso8859-(?:1|2|3|4|9|10|13|14|15|16)|mac[-_].*")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
# The escape sequence is ISO-2022-JP's.
_FOREIGN_WORD = re.compile(rb"[\x80-\xff]{3,}|\x1b\$[^\x1b]*")
# HTML declares its charset within the first 1024 bytes; real pages put scripts first.
_HEAD = 16_384
_SAMPLE = 200_000

_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"PK\x03\x04", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"ID3", "audio or video"),
    (b"OggS", "audio or video"),
    (b"\x1aE\xdf\xa3", "audio or video"),
)
_BOXED = {b"WEBP": "an image", b"WAVE": "audio or video", b"AVI ": "audio or video"}
_FAMILIES = {"image": "an image", "font": "a font", "audio": "audio or video", "video": "audio or video"}
_TYPES = {
    "application/pdf": "a PDF",
    "application/json": "JSON",
    "application/ld+json": "JSON",
    "application/javascript": "a script",
    "text/javascript": "a script",
    "text/css": "a style sheet",
    "application/zip": "an archive",
}
# A page begins with a tag, whatever the language of its text.
_WIDE_TAG = re.compile(rb"(?:\x00<\x00[A-Za-z!?]|<\x00[A-Za-z!?]\x00)")
# the zeros are UTF-16's
_MARKUP = re.compile(rb"<\x00{0,3}[A-Za-z!/?]")
# What may stand before the root of an XML document: its declaration, style sheets, comments, a document type.
_ROOT = re.compile(
    rb"(?:<(?!!(?i:doctype)\s{1,9}(?i:html)\b)[?!][^>]{0,999}>\s{0,999}){0,9}<(rss|feed|rdf:RDF|svg)[\s>]"
)
_ROOTS = {b"svg": "an image"}
# Readers take a PDF whose header stands a little further down. Interfaces put HTML into the strings of their JSON, and
# some begin with a line that keeps others from running it.
_LATE_PDF = re.compile(rb"[^<]{0,1000}%PDF-\d")
_JSON = re.compile(rb"""(?:\)\]\}',?\s{0,9})?(?:\{\s{0,999}"|\[\s{0,999}[\[{"])""")


def not_html(body: bytes, content_type: str = "") -> str | None:
    """What these bytes are ("a PDF", "an image", "JSON") when they are no HTML page, else None.

    The bytes are believed before the header, which is often a server's default.
    """
    head = body[:4096].removeprefix(codecs.BOM_UTF8).lstrip()
    if (known := _by_magic(head)) is not None:
        return known
    if _MARKUP.search(head[:1024]):
        return None
    if head[:1] in {b"{", b"["}:
        return "JSON"
    declared = content_type.partition(";")[0].strip().casefold()
    if (stated := _TYPES.get(declared) or _FAMILIES.get(declared.partition("/")[0])) is not None:
        return stated
    return None if not head or _MARKUP.search(body[:_HEAD]) else "plain text"


def _by_magic(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF"):
        return _BOXED.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "an image" if head[8:12] in {b"avif", b"heic", b"mif1"} else "audio or video"
    if _LATE_PDF.match(head):
        return "a PDF"
    if _JSON.match(head):
        return "JSON"
    root = _ROOT.match(head)
    return _ROOTS.get(root[1], "a feed") if root else None


def decode(body: bytes, *, http_charset: str | None = None) -> str:
    """The text of a page. Bytes that fit no charset become U+FFFD; the result holds no NUL and no byte order mark."""
    return _decoded(body, http_charset).removeprefix("\ufeff").replace("\x00", "")


def _decoded(body: bytes, http_charset: str | None) -> str:
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace")
    if (wide := _wide(body)) is not None:
        return body.decode(wide, "replace")
    text = body.decode("utf-8", "replace")
    # ISO-2022-JP is made of ASCII bytes, hence always valid UTF-8; its escape sequences give it away
    if _is_utf8(text) and b"\x1b$" not in body:
        return text
    stated = [charset for charset in (*_declared(body), _usable(http_charset)) if charset]
    for charset in stated:
        if charset not in {"utf-8", "cp1252"} and (read := _fitting(body, charset)) is not None:
            return read
    return body.decode(_detected(body, western="cp1252" in stated), "replace")


def _is_utf8(text: str) -> bool:
    """True also for UTF-8 with a few broken characters: a cut end, one pasted quotation in another charset.

    Legacy text hardly ever forms valid multi-byte sequences, so those must clearly outnumber the broken ones.
    """
    broken = text.count("\ufffd")
    if not broken:
        return True
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return beyond_ascii - broken >= 10 * broken


def _wide(body: bytes) -> str | None:
    head = body[:512]
    if _WIDE_TAG.match(head):
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    if len(head) < 8 or head.count(0) * 3 < len(head):
        return None
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _declared(body: bytes) -> list[str | None]:
    head = body[:_HEAD]
    found = (_META_CHARSET.search(head), _XML_CHARSET.match(head))
    return [_usable(match[1].decode("ascii")) for match in found if match]


def _usable(label: str | None) -> str | None:
    if not label:
        return None
    meant = label.strip().strip("\"'").casefold()
    meant = _MEANT.get(meant, meant)
    if not _CHARSET.fullmatch(meant):
        return None
    try:
        return codecs.lookup(meant).name
    except LookupError:
        return None


def _fitting(body: bytes, charset: str) -> str | None:
    """The text in this charset, if the bytes fit it but for a cut or broken character here and there."""
    text = body.decode(charset, "replace")
    broken = text.count("\ufffd")
    return text if broken * 200 <= len(text) - len(text.encode("ascii", "ignore")) else None


def _detected(body: bytes, *, western: bool) -> str:
    """The detector's charset. Where ISO-8859-1 was declared, which fits any bytes, only another script outweighs it.

    Such a script stands in words of bytes beyond ASCII; in western ones these are single letters.
    """
    sample = body[:_SAMPLE]
    if western and 2 * sum(map(len, _FOREIGN_WORD.findall(sample))) < len(_BEYOND_ASCII.findall(sample)):
        return "cp1252"
    # a compiled detector that only pages without a true declaration need
    import cchardet  # noqa: PLC0415

    found = _usable(cchardet.detect(sample)["encoding"])
    if found is None or found == "utf-8" or (western and _LATIN.fullmatch(found)):
        return "cp1252"
    return found
