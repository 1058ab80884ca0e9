"""What a report rests on: its own reporting, or the agency, outlet or officials that its opening attributes.

Only the title and the first sentences are looked at: there a report says where its news comes from, while further down
it quotes what others said about something else. Where one source quotes another ("Yonhap, citing South Korean
officials"), the report rests on the last one that is named. A lexical reading, on the careful side: what no rule knows
counts as the outlet's own reporting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import regex

from worker.model import Article
from worker.stories.countries import BY_ADJECTIVE, BY_HOUSE, BY_SEAT
from worker.stories.outlets import BY_KEY, BY_NAME, owner_of

OPENING_CHARACTERS = 700
OPENING_SENTENCES = 3
QUOTE_CHARACTERS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What a report rests on by its own words: a key that is the same for the same root, its name, the sentence."""

    key: str
    name: str
    sentence: str


def attribution(article: Article) -> Attribution | None:
    """The root the article attributes its news to; None where it reports by itself or credits only itself."""
    own = owner_of(article.source.domain, article.source.name)
    text = (article.text or article.summary)[:OPENING_CHARACTERS]
    return _attributed(text, article.title[:OPENING_CHARACTERS], article.author, own)


# An article is looked at once for every topic it matches.
@lru_cache(maxsize=8)
def _attributed(text: str, title: str, author: str, own: str) -> Attribution | None:
    credited = _byline(author)
    if credited and credited[0] != own:
        return Attribution(key=credited[0], name=credited[1], sentence=f"By {credited[1]}")
    for sentence in _opening(text, title):
        found = _root(sentence, own)
        if found is not None:
            return Attribution(key=found[0], name=found[1], sentence=_shortened(sentence))
    return None


def _alternatives(names: Iterator[str]) -> str:
    """Longest first, so that "Interfax-Ukraine" is not read as Interfax."""
    return "|".join(regex.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))


_LATIN = _alternatives(name for name in BY_NAME if name[-1].isascii() or "\u00c0" <= name[-1] <= "\u024f")
_CYRILLIC = _alternatives(name for name in BY_NAME if "\u0400" <= name[-1] <= "\u04ff")
_EAST_ASIAN = _alternatives(name for name in BY_NAME if name[-1] >= "\u1100" or name[0] >= "\u1100")
_COUNTRY = _alternatives(iter(BY_ADJECTIVE))
_SEAT = _alternatives(iter(BY_SEAT))
_HOUSE = _alternatives(iter(BY_HOUSE))

# "the Yonhap news agency", "Japan's Kyodo", "state-run Xinhua": what may stand before and after an outlet's name.
_BEFORE = (
    r"(?:[Tt]he |an? |outlet |[Ss]tate(?:-run|-owned| run)? |official |news agency |newspaper |broadcaster "
    r"|[\p{L}]{2,20}['’]s )"
)
_AFTER = r"(?:(?:['’]s)?(?: [Nn]ews [Aa]gency| [Nn]ewspaper| [Nn]ews| TV| television)?)"
_OUTLET = rf"{_BEFORE}{{0,3}}(?P<outlet>{_LATIN})(?![\p{{L}}\p{{N}}]){_AFTER}"
_SAYS = (
    r"(?:reported|reports?|said|says|say|wrote|writes|confirmed|revealed|disclosed|quoted|quotes|cited|cites"
    r"|has (?:reported|learned|confirmed)|have reported|claimed|claims|announced|announces|denied|denies)"
)
_PEOPLE = (
    r"(?i:officials?|authorities|sources?|lawmakers|diplomats?|government|police|military|army|air force|navy"
    r"|intelligence(?: (?:officials?|agency|agencies|services?|sources?))?"
    r"|(?:foreign|defen[cs]e|interior|health|finance|unification) ministry)"
)
_MEDIA = (
    r"(?i:media(?: reports?| outlets?)?|press|news (?:reports|outlets|agencies|media)|newspapers?|broadcasters?"
    r"|TV|television)"
)
_ADJECTIVES = (
    r"(?i:(?:an?|the|two|three|several|some|many|unnamed|anonymous|senior|top|other|local|state(?:-run)?|government"
    r"|defen[cs]e|military|intelligence|administration|security|foreign) ){0,4}"
)
_GENERIC = (
    rf"{_ADJECTIVES}(?:(?P<country>{_COUNTRY}) {_ADJECTIVES}(?:(?P<media>{_MEDIA})|(?P<people>{_PEOPLE}))"
    rf"|{_ADJECTIVES}(?P<seated>{_PEOPLE}) in (?P<seat>{_SEAT})"
    rf"|(?:the |The )?(?P<house>{_HOUSE}))(?![\p{{L}}\p{{N}}])"
)
_NAMELESS_MEDIA = r"(?P<nameless>(?i:local|state|domestic) (?:media|press|television|TV))(?![\p{L}\p{N}])"
# An outlet that no table knows, called by what it is.
_OTHER_OUTLET = (
    r"(?:[Tt]he )?(?:\p{Lu}\p{L}{2,20} )?(?:newspaper|magazine|broadcaster|news (?:agency|website|site|outlet|portal)) "
    r"(?P<other>\p{Lu}[\p{L}\d]{2,20}(?: \p{Lu}[\p{L}\d]{1,20}){0,2})"
)
_ANY = rf"(?:{_GENERIC}|{_NAMELESS_MEDIA}|{_OUTLET}|{_OTHER_OUTLET})"
# A credit is told by what stands right beside the name; up to five words may part a name from its verb.
_CREDIT = (
    r"(?i:according to|citing|quoting|cites|quotes|cited|per"
    r"|(?:cited|quoted|reported|revealed|published|released|obtained|seen) by)"
)
_TOLD = r"(?:told|tells|telling|an interview with|interview to|a statement to|in remarks to|speaking to|spoke to)"
_GAP = (
    r"(?:,? (?:on|also|has|have|had|later|first|initially|earlier|previously"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)){0,3}"
)

_DATELINE = regex.compile(
    rf"^[^()\n]{{0,60}}\((?P<outlet>{_LATIN})\)\s{{0,3}}(?:[-–—:]|$)|\((?P<outlet>{_LATIN})\)\s{{0,3}}$"
)
_BYLINE = regex.compile(rf"^(?:[Bb]y |BY )?(?:The )?(?P<outlet>{_LATIN})(?: [Ss]taff)?$")
_CREDITED = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}])(?:{_CREDIT} {_ANY}|{_TOLD} {_OUTLET}"
    rf"|(?:[Ii]n|[Dd]uring) (?:an? |\p{{Lu}}\p{{L}}{{2,10}} ){{1,2}}{_OUTLET} interview)"
)
_SAID = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}-]|(?:of|to|at|for|from|with) (?:the )?)(?:{_ANY}{_GAP} {_SAYS}"
    rf"|{_GENERIC} (?:told|tells))(?![\p{{L}}\p{{N}}])"
)
_DEEPER = regex.compile(rf"(?:citing|quoting|quoted|cited|cites|quotes) {_ANY}")
_CYRILLIC_CREDIT = regex.compile(
    rf"(?:по данным|со ссылкой на|сообщает|сообщило|сообщил|сообщили|передает|передаёт|передало|пишет|за даними"
    rf"|з посиланням на"
    rf"|повідомляє|повідомило)(?: агентств\w| информагентств\w| газет\w"
    rf"| издани\w)? [«\"]?(?P<outlet>{_CYRILLIC}|{_LATIN})"
)
_EAST_ASIAN_CREDIT = regex.compile(
    rf"(?:据|據|援引|引述)(?:[\p{{Han}}]{{0,6}})(?P<outlet>{_EAST_ASIAN})"
    rf"|(?P<outlet>{_EAST_ASIAN})[\p{{Han}}“”\d日月()（）]{{0,10}}(?:报道|報道|報導|报导)"
    rf"|(?P<outlet>{_EAST_ASIAN})(?:通信)?(?:によると|によれば|が報じ|は報じ|が伝え|が[^。]{{0,12}}報じ)"
    rf"|(?P<outlet>{_EAST_ASIAN})(?:통신|뉴스)?(?:에 따르면|이 보도|가 보도|는 보도|은 보도|이 전했|가 전했)"
)
_WESTERN_CREDIT = regex.compile(
    r"(?:[Ll]aut|[Nn]ach (?:Angaben|Informationen|Berichten) (?:von|der|des)|[Uu]nter Berufung auf|(?:wie"
    r"|berichtete?|meldete?|meldet)"
    r"|[Ss]elon|[Dd]['’]après|[Cc]itant|[Rr]apporte|a (?:rapporté|annoncé|indiqué)"
    r"|[Ss]egún|[Ii]nformó|[Cc]itando(?: a)?|[Dd]e acuerdo con|[Ss]egundo|[Dd]e acordo com|[Ss]econdo)"
    r" (?:(?:die|der|den|das|dem|l['’]|la|le|les|el|o|a|il|lo) ?)?(?:(?:[Nn]achrichtenagentur|[Aa]gentur"
    r"|[Zz]eitung|[Aa]gence|[Aa]gencia"
    r"|[Aa]genzia|[Aa]gência|[Jj]ournal|[Dd]iario|[Jj]ornal|[Qq]uotidiano|de presse|de noticias|de notícias"
    r"|di stampa) ){0,2}"
    rf"[«„“\"]?(?P<outlet>{_LATIN})(?![\p{{L}}\p{{N}}])"
)
_SENTENCE = regex.compile(
    r"(?<=[.!?…][\"”’']?)(?<!(?<![\p{L}\p{M}])\p{Lu}\.)\s+(?=[\p{Lu}\p{Lo}\"“‘«\d])|(?<=[。！？])|\n+"
)


_WORD = regex.compile(r"[\p{L}\p{M}]+")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_CROWD_WORDS = frozenset(
    """
    media press reports outlets agencies newspaper newspapers broadcaster broadcasters tv television official officials
    authorities source sources lawmakers diplomat diplomats government police military army force navy
    intelligence ministry website site outlet portal magazine agency
    """.split()  # noqa: SIM905  lines of quotes would hide the words
)
# Of each name the longest word: where none stands in a sentence, the patterns need not be tried.
_NAME_WORDS = frozenset(max(_WORD.findall(name), key=len) for name in (*BY_NAME, *BY_HOUSE))


def _opening(text: str, title: str) -> Iterator[str]:
    """The first sentences, then the title, which says it more briefly."""
    sentences = [sentence.strip() for sentence in _SENTENCE.split(text)]
    yield from [sentence for sentence in sentences if sentence][:OPENING_SENTENCES]
    yield title


def _byline(author: str) -> tuple[str, str] | None:
    found = _BYLINE.match(author.strip()[:80])
    return _named(found) if found else None


def _root(sentence: str, own: str) -> tuple[str, str] | None:
    """The last of a chain of credits; the first credit that is not the outlet's own starts it."""
    if not _may_credit(sentence):
        return None
    for pattern in (_DATELINE, _CREDITED, _SAID, _WESTERN_CREDIT, _CYRILLIC_CREDIT, _EAST_ASIAN_CREDIT):
        for found in pattern.finditer(sentence):
            root = _named(found)
            if root[0] == own:
                continue
            deeper = _DEEPER.search(sentence, found.end() - _overlap(found))
            return _named(deeper) if deeper and _named(deeper)[0] != own else root
    return None


def _may_credit(sentence: str) -> bool:
    words = frozenset(_WORD.findall(sentence))
    return (
        not words.isdisjoint(_NAME_WORDS)
        or not _CROWD_WORDS.isdisjoint(word.casefold() for word in words)
        or _UNSPACED.search(sentence) is not None
    )


def _overlap(found: regex.Match[str]) -> int:
    """The length of a verb that ends a credit and may quote in turn, as in "Kyodo quoted Russian officials"."""
    return len(found.group().rsplit(" ", 1)[-1])


def _named(found: regex.Match[str]) -> tuple[str, str]:
    """The key and the name of what a pattern found."""
    groups = found.groupdict()
    if name := groups.get("outlet"):
        return BY_NAME[name].key, BY_NAME[name].names[0]
    if other := groups.get("other"):
        return f"outlet:{other.casefold()}", other
    if nameless := groups.get("nameless"):
        return "media:", nameless
    return _crowd(groups)


def _crowd(groups: Mapping[str, str | None]) -> tuple[str, str]:
    """A country's media, or those who speak for it: "South Korean media", "officials in Seoul", "the Kremlin"."""
    if seat := groups["seat"]:
        return f"officials:{BY_SEAT[seat]}", f"{groups['seated']} in {seat}"
    if house := groups["house"]:
        return f"officials:{BY_HOUSE[house]}", f"the {house}"
    country = groups["country"] or ""
    kind = "media" if groups["media"] else "officials"
    return f"{kind}:{BY_ADJECTIVE[country]}", f"{country} {groups['media'] or groups['people']}"


def country_of(key: str) -> str:
    """The country a root speaks from, "" where it is not known."""
    kind, _, country = key.partition(":")
    if kind in {"media", "officials"}:
        return country
    return BY_KEY[key].country if key in BY_KEY else ""


def _shortened(sentence: str) -> str:
    sentence = " ".join(sentence.split())
    if len(sentence) <= QUOTE_CHARACTERS:
        return sentence
    # Between words, for half a name is read as another; not where a script writes without gaps.
    whole = sentence[:QUOTE_CHARACTERS].rpartition(" ")[0]
    return (whole if len(whole) > QUOTE_CHARACTERS // 2 else sentence[: QUOTE_CHARACTERS - 1]) + "…"
