"""The fields that are about an article and not its words: source:, lang:, feed:, tag:, with one value or a group."""

from __future__ import annotations

import regex

from worker.match.folding import fold
from worker.match.mends import FaultError, shown
from worker.match.nodes import About
from worker.match.tokens import CLOSING, OPENING, QUOTES, Token, after_blank, quoted

_VALUE = regex.compile(r"[\p{L}\p{N}\p{M}\p{DI}._:/&+-]++")
_JOINT = regex.compile(r"([\p{L}\p{N}|&,;]++)(?![\p{L}\p{N}\p{M}._:/&+-])")
_DOMAIN = regex.compile(r"[\p{L}\p{N}\p{M}-]++(?:\.[\p{L}\p{N}\p{M}-]++)*+")
# en-GB, zh_hans
_REGIONAL = regex.compile(r"[a-z]{2}[-_][a-z0-9]{2,8}+")
_EXAMPLES = {"source": "bbc.co.uk", "lang": "en", "feed": '"BBC World"', "tag": "asia"}
_OTHERS = {"source": "reuters.com", "lang": "ru", "feed": "TASS", "tag": "economy"}
# Domains of one label that have sub-domains worth naming; a country's has two letters.
_WHOLE_DOMAINS = frozenset({"com", "org", "net", "gov", "mil", "edu", "int", "info", "news", "localhost"})
_LANGUAGES = {
    "english": "en", "eng": "en", "french": "fr", "german": "de", "spanish": "es", "italian": "it", "portuguese": "pt",
    "russian": "ru", "ukrainian": "uk", "polish": "pl", "arabic": "ar", "hebrew": "he", "persian": "fa",
    "turkish": "tr", "hindi": "hi", "chinese": "zh", "japanese": "ja", "korean": "ko", "thai": "th", "dutch": "nl",
}  # fmt: skip  # read as a table, not one below the other


def about(text: str, name: str, column: int, start: int) -> list[Token]:
    """The tokens of a field whose name stands at `column` and whose value begins at `start`. Raises FaultError.

    source:(bbc.co.uk OR reuters.com) means the same as source:bbc.co.uk OR source:reuters.com.
    """
    start = after_blank(text, start)
    if text[start : start + 1] not in {*OPENING}:
        return [_term(text, name, start, column)]
    tokens = [Token("LPAR", "(", start, start + 1)]
    at = after_blank(text, start + 1)
    while True:
        tokens.append(_term(text, name, at, at))
        at = after_blank(text, tokens[-1].end)
        if text[at : at + 1] in {*CLOSING}:
            return [*tokens, Token("RPAR", ")", at, at + 1)]
        tokens.append(_or(text, name, start, at))
        at = after_blank(text, tokens[-1].end)


def _or(text: str, name: str, start: int, at: int) -> Token:
    if at >= len(text):
        raise FaultError("this parenthesis is never closed", start, "close it with )")
    joint = _JOINT.match(text, at)
    if joint and joint[1] == "OR":
        return Token("OR", "OR", at, joint.end())
    mend = f"write OR between the values: {name}:({_EXAMPLES[name]} OR {_OTHERS[name]}), quotes around one with spaces"
    raise FaultError("only OR can stand here", at, mend)


def _term(text: str, name: str, start: int, column: int) -> Token:
    if start < len(text) and text[start] in QUOTES:
        value, end = quoted(text, start)
    else:
        found = _VALUE.match(text, start)
        value, end = (found[0], found.end()) if found else ("", start)
    if value in {"AND", "OR", "NOT", "NEAR", "ONEAR"} and text[start] not in QUOTES:
        mend = f"write a value first, e.g. {name}:{_EXAMPLES[name]}; NOT stands in front of {name}:"
        raise FaultError(f"{value} is no value", start, mend)
    if text[end : end + 1] in {"*", "?", "\uff0a", "\uff1f"}:
        more = ": a source includes its sub-domains" if name == "source" else ""
        raise FaultError(f"{name}: takes no wildcards", end, f"write the whole value{more}")
    return Token("TERM", About(name, _folded(name, value, column), column), column, end)


def _folded(name: str, value: str, column: int) -> str:
    folded = " ".join(fold(value).text.split())
    if not folded:
        raise FaultError(f"{name}: wants a value", column, f"write e.g. {name}:{_EXAMPLES[name]}")
    if name == "lang" and not regex.fullmatch(r"[a-z]{2}", folded):
        code = folded[:2] if _REGIONAL.fullmatch(folded) else _LANGUAGES.get(folded, "en")
        mend = f"write the two letters of ISO 639-1, e.g. lang:{code}"
        raise FaultError(f"{shown(value)} is no language code", column, mend)
    if name == "source":
        return _domain(folded, value, column)
    if '"' in folded:
        raise FaultError(f"{name}: takes no quotes inside its value", column, "leave them out")
    return folded


def _domain(folded: str, value: str, column: int) -> str:
    mend = "write the publisher's domain, e.g. source:bbc.co.uk"
    address = regex.match(r"(?:https?://)?(?:www\.)?([^/?#:@]++)", folded)
    if address and "." in address[1] and _DOMAIN.fullmatch(address[1]):
        mend = f"write the publisher's domain: source:{shown(address[1])}"
    domain = folded.removeprefix("www.")
    if not _DOMAIN.fullmatch(domain):
        raise FaultError(f"{shown(value)} is no domain", column, mend)
    if "." not in domain and len(domain) != 2 and domain not in _WHOLE_DOMAINS:
        raise FaultError(f"{shown(value)} is no domain", column, mend)
    return domain
