"""What a report says by itself of which event it means, where no date of publication says so.

Look-alike events share the kind of event, and often who and where: two robberies of one street, two fights of one
champion. Where time does not part them, figures do: how many, how much, which day, which year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# In units of the likeness of words.
_SHARED_FIGURE = 0.06
_OTHER_YEARS = 0.05
# A figure in common says nothing of two reports that share hardly anything else.
_LEAST_LIKENESS = 0.1
_FIRST_YEAR, _LAST_YEAR = "1950", "2049"
_DIGITS_OF_A_YEAR = 4


def evidence(report: Mapping[str, float], story: Mapping[str, float], likeness: float) -> float:
    """How much nearer (or, below 0, further) their figures bring two vocabularies that are so alike."""
    if likeness <= _LEAST_LIKENESS:
        return 0.0
    figures = {term for term in report if term.isdigit()}
    years = {figure for figure in figures if _is_year(figure)}
    nearer = _SHARED_FIGURE if any(figure in story for figure in figures - years) else 0.0
    return nearer - (_OTHER_YEARS if _other_years(years, story) else 0.0)


def _other_years(years: set[str], terms: Iterable[str]) -> bool:
    told = {term for term in terms if _is_year(term)} if years else set()
    return bool(told) and years.isdisjoint(told)


def _is_year(term: str) -> bool:
    return len(term) == _DIGITS_OF_A_YEAR and term.isdigit() and _FIRST_YEAR <= term <= _LAST_YEAR
