"""Whether an article is comment: an editorial, a column, a guest's opinion.

Comment rests on what others have reported and reports nothing itself: as first or third report of a story it would page
people for somebody's view of it. Publishers keep it in sections of its own and say so in its title.
"""

from __future__ import annotations

import regex

from worker.model import Article

_TITLE_CHARACTERS = 300
_URL_CHARACTERS = 2000
# Sections as whole parts of a path; "comments" is where readers answer.
_SECTIONS = frozenset(
    """
    opinion opinions op-ed op-eds oped comment commentisfree commentary commentaries editorial editorials columnist
    columnists column columns viewpoint viewpoints voices leaders
    meinung kommentar kommentare leitartikel kolumne kolumnen
    idees debats tribune tribunes chroniques editos
    editoriales columnas columna tribunas
    opiniao editoriais colunas colunistas
    opinioni editoriali commenti
    mnenie mneniya mneniia kolonka kolonki dumka dumky
    """.split()  # noqa: SIM905  lines of quotes would hide the words
)
_REST = regex.compile(r"(?s)[?#].*")
_COMMENT = regex.compile(
    r"(?i)^\W{0,2}(?:opinion|op-ed|comment|[\p{L} ]{3,20} comment|editorial|analysis \| opinion|leitartikel|kommentar"
    r"|meinung|tribune|éditorial|edito|opinión|opinião|opinione|editoriale|мнение|колонка|думка)\W{0,2}(?:\||:|[-–—] )"
    r"|\| ?(?:editorial|opinion|comment|kommentar|tribune)\s*$"
    r"|^\W?(?:社説|社论|社論|사설|칼럼)"
)


def why_comment(article: Article) -> str:
    """A sentence for the log, or "" where the article is a report."""
    path = _REST.sub("", (article.canonical_url or article.url)[:_URL_CHARACTERS]).casefold()
    # After the scheme and the host, before the page itself.
    section = next((part for part in path.split("/")[3:-1] if part in _SECTIONS), "")
    if section:
        return f'comment: somebody\'s view, no report (it is in the section "{section}")'
    found = _COMMENT.search(article.title[:_TITLE_CHARACTERS])
    return f'comment: somebody\'s view, no report ("{found.group().strip()}" in the title)' if found else ""
