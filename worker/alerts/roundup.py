"""Whether an article is a round-up: a newsletter, a press review, the day's headlines on one page.

A round-up mentions a story and reports none: as first or third report of one it would page people for what is on no
page of its own. It is told by its title, in the wording of its kind; what no wording gives away counts as a report.
"""

from __future__ import annotations

import regex

from worker.model import Article

_TITLE_CHARACTERS = 300
_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_ROUNDUP = regex.compile(
    r"(?i)(?<!\p{L})(?:"
    # English: the standing names of newsletters, and what they call themselves
    r"first thing|first ?ft|up first briefing|newsletter|news ?quiz|weekly quiz|news in brief|round-?up|digest"
    r"|front pages"
    rf"|(?:news|morning|midday|evening|nightly|daily|weekend|weekly|{_DAYS}(?:['’]s)?) (?:briefing|bulletin"
    rf"|edition|headlines|rundown|best photos)"
    r"|(?:week|day) (?:around the world )?in (?:review|(?:\d{1,2} )?(?:pictures|photos))|at a glance"
    r"|\d{1,2}:\d\d report"
    r"|(?:biggest|top|must-read) (?:news|stories|headlines)|news you missed|stories (?:you need )?to know"
    r"|what you missed|today['’]s show"
    # a live page of several stories: "Sample war live: bridge hit; talks to go on"
    r"|(?:live|briefing)(?: updates?| blog)?: [^;]{3,250};"
    r"|what happened .{0,60} this week|this week in|today['’]s (?:news|headlines|papers)|papers:|catch up (?:on|with)"
    # German, French, Spanish, Portuguese, Italian
    r"|presseschau|nachrichtenüberblick|das wichtigste (?:vom|am|des|in kürze)|die nachrichten (?:vom|am|des)"
    r"|kurz & knapp"
    r"|revue de presse|l['’]essentiel de l['’]actu\p{L}*|l['’]actualité du jour|ce qu['’]il faut retenir"
    r"|revista de prensa|resumen de noticias|las noticias del día|titulares del día|boletín"
    r"|revista de imprensa|resumo do dia|rassegna stampa|le notizie del giorno"
    # Russian, Ukrainian
    r"|главное за (?:день|неделю|сутки|ночь)|дайджест|итоги дня|обзор прессы|головне за (?:день|добу|тиждень)"
    r")(?!\p{L})"
    # Chinese, Japanese, Korean
    r"|新闻早报|早报|晚报|要闻|新聞摘要|ニュースまとめ|朝刊|夕刊|뉴스 ?브리핑|오늘의 ?뉴스|주요 ?뉴스"
)


def why_roundup(article: Article) -> str:
    """A sentence for the log, or "" where the article is a report."""
    found = _ROUNDUP.search(article.title[:_TITLE_CHARACTERS])
    return f'round-up: several stories on one page ("{found.group()}" in the title)' if found else ""
