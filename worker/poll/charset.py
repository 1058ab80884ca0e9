"""Bytes to text, whatever charset was declared, forgotten or mistaken."""

from __future__ import annotations

import codecs
import re

import cchardet

# "utf-16" and "utf-32" drop the mark themselves; the longer mark first, because UTF-32LE's begins like UTF-16LE's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# XML 1.0 appendix F: how a document begins in wide charsets without a mark.
_UNMARKED = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)

_XML_DECLARATION = re.compile(rb"""\A\s{0,100}<\?xml[^>]{0,200}?\bencoding\s{0,5}=\s{0,5}["']([\w.:-]{1,40})["']""")
_HTTP_CHARSET = re.compile(r"""charset\s{0,5}=\s{0,5}["']?([\w.:-]{1,40})""", re.IGNORECASE)

# The WHATWG Encoding Standard reads these labels as their supersets, because that is what publishers send.
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
_SUPERSETS |= {"shift_jis": "cp932", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874"}
# Charsets whose bytes are all ASCII, so that "valid UTF-8" says nothing about them.
_SEVEN_BIT = ("iso2022", "hz")
# Python codecs that are no charsets of documents; some take quadratic time, utf-7 hides markup.
_REFUSED = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7", "mbcs", "oem"}


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a document. `content_type` is the HTTP header as received, "" where there is none.

    A byte order mark decides first (RFC 7303, section 3); then bytes that are UTF-8 are taken as UTF-8 even if declared
    otherwise, because other charsets do not look like UTF-8 by chance; then the charset of the HTTP header, the one of
    the XML declaration, UTF-8 with a few damaged bytes, and last a guess. Never fails: what cannot be read becomes
    U+FFFD.
    """
    text = declared(body, content_type)
    return text if text is not None else _damaged_utf8(body) or _guessed(body)


def declared(body: bytes, content_type: str = "") -> str | None:
    """The text of a document whose bytes say what they are, see `decode`; None where that would be a guess.

    Takes no more time than a copy of the bytes.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    for start, name in _UNMARKED:
        if body.startswith(start):
            return body.decode(name, "replace")
    names = _charsets(body, content_type)
    if not any(name.startswith(_SEVEN_BIT) for name in names) and (text := _as_utf8(body)) is not None:
        return text
    for name in names:
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return None


def _charsets(body: bytes, content_type: str) -> list[str]:
    found = [match[1] for match in [_HTTP_CHARSET.search(content_type)] if match]
    found += [match[1].decode("ascii", "replace") for match in [_XML_DECLARATION.match(body)] if match]
    return [name for label in found if (name := _codec(label))]


def _codec(label: str) -> str:
    """Python's name for a charset label, "" where the label means no charset."""
    try:
        name = codecs.lookup(label).name
        b"-".decode(name, "ignore")
    except (LookupError, ValueError):
        return ""
    return "" if name in _REFUSED else _SUPERSETS.get(name, name)


def _as_utf8(body: bytes) -> str | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        # Not final: a body that was cut off may end inside a character.
        return decoder.decode(body)
    except UnicodeDecodeError:
        return None


def _damaged_utf8(body: bytes) -> str:
    """The text if it is UTF-8 but for a few bytes, else ""."""
    text = body.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    sound = len(body) - len(text.encode("ascii", "ignore")) - damaged
    return text if sound > 10 * damaged else ""


def _guessed(body: bytes) -> str:
    name = _codec(cchardet.detect(body)["encoding"] or "") or "cp1252"
    return body.decode(name, "replace")
