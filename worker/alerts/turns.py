"""Turns of events inside a story: the arrest after the escape, the charge after the arrest.

A report that takes no step of the ladder may still say what no report said before. One headline that does is a choice
of words; where several independent sources take to the same new words within hours, something has happened. So a turn
is told by headlines alone, and by what all languages have: which words are new to the story, who uses them, and when.

It is a turn where, within some hours,

- as many independent sources as a rung asks for carry one new word in their headlines, or new words of which two stand
  side by side with at least two of them; and it is unlikely that just these headlines are the latest by chance;
- as many carry a kind of event (a death, an arrest), in whatever words, of which no headline told before.

Where a story was quiet for these hours, less is enough: one source fewer where each has several of the new words; and a
source that was not heard of the story before, with a headline of which half is new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from worker.alerts.headlines import kinds_of, pieces_of, quoted_pieces
from worker.alerts.heard import TURN, WINDOW, Heard, apart, heard_of
from worker.model import Report, Story
from worker.words import words_of

# After an alert the reports on it come in, in words of their own.
PAUSE = timedelta(hours=2)
# New words in common that stand for one source.
WORDS_FOR_A_SOURCE = 3
# New words in a headline by which one source is enough, and which share of all its words they have to be.
WORDS_FOR_ALL, NEW_SHARE = 5, 0.5
_TITLE_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is new, as the latest headline writes it, and the first report of each source that carries it."""

    words: tuple[str, ...]
    carried: tuple[Report, ...]

    def key(self, report: Report) -> str:
        """The step of the ladder that `report` takes with it."""
        return f"{TURN}{report.article_id}"

    def said_best(self, report: Report) -> Report:
        """Whose headline tells it: that of `report`, which completes it, unless it stands alone with its figures.

        Where two others agree on a figure and it has only such as nobody else has, the latest of those two: "category
        4" is not the news of three sources of which two say 5.
        """
        others = [(one, _figures(one.title)) for one in self.carried if one.source != report.source]
        own = _figures(report.title)
        if not own or not all(own.isdisjoint(figures) for _, figures in others):
            return report
        counts = Counter(figure for _, figures in others for figure in figures)
        agreed = {figure for figure, count in counts.items() if count > 1}
        return next((one for one, figures in reversed(others) if not agreed.isdisjoint(figures)), report)


def turn_of(
    report: Report, story: Story, kin: Sequence[Story], rung: int, *, at_first_reports: bool = True
) -> Turn | None:
    """The turn that `report`, which `story` holds, completes; None where it does not.

    `kin` are the stories that are one with it, itself among them; `rung` is how many roots make a turn. Where the topic
    asks for first reports, one source may be enough.
    """
    heard = heard_of(report, story, kin)
    turn = _in_new_words(heard, rung) or _of_a_new_kind(heard, rung)
    return turn or (_by_a_new_source(heard, story) if at_first_reports else None)


def _in_new_words(heard: Heard, rung: int) -> Turn | None:
    if not heard.is_quiet(PAUSE):
        return None
    fresh = heard.fresh()
    alone = [piece for piece, by in fresh.items() if len(apart(by)) >= rung and heard.is_news(by)]
    if alone:
        return _turn(heard, alone, [one for piece in alone for one in fresh[piece]])
    together = [one for by in fresh.values() for one in by]
    side_by_side = len(apart(_with_several(together, 2))) > 1
    if side_by_side and len(apart(together)) >= rung and heard.is_news(together):
        return _turn(heard, fresh, together)
    alike = _with_several(together, WORDS_FOR_A_SOURCE)
    is_enough = len(apart(alike)) >= max(2, rung - 1) and heard.is_quiet(WINDOW) and heard.is_news(alike)
    return _turn(heard, fresh, alike) if is_enough else None


def _with_several(carriers: Sequence[Report], words: int) -> list[Report]:
    """Those with so many of the new words: what belongs together stands together."""
    counts = Counter(one.article_id for one in carriers)
    return [one for one in carriers if counts[one.article_id] >= words]


def _of_a_new_kind(heard: Heard, rung: int) -> Turn | None:
    """A kind of event is new where no headline told of it: one paper's word for it is enough to know it."""
    if heard.last is None:
        return None
    known = {kind for one in heard.known for kind in kinds_of(one.title)}
    for kind, word in kinds_of(heard.report.title).items():
        carried = apart(one for one in heard.recent if kind in kinds_of(one.title))
        if kind not in known and len(carried) >= rung:
            return Turn(words=(word,), carried=carried)
    return None


def _by_a_new_source(heard: Heard, story: Story) -> Turn | None:
    report = heard.report
    is_new = any(root.article_id == report.article_id for root in story.roots)
    if not is_new or heard.last is None or not heard.is_quiet(WINDOW):
        return None
    if any(one.root == report.root for one in heard.before):
        return None
    pieces = pieces_of(report.title)
    new = pieces.difference(*(pieces_of(one.title) for one in heard.before))
    is_enough = len(new) >= max(WORDS_FOR_ALL, NEW_SHARE * len(pieces))
    return _turn(heard, new, [report]) if is_enough else None


def _figures(title: str) -> frozenset[str]:
    return frozenset(word for word in words_of(title[:_TITLE_CHARACTERS]) if word.isdigit())


def _turn(heard: Heard, pieces: Iterable[str], by: Iterable[Report]) -> Turn:
    return Turn(words=tuple(quoted_pieces(heard.report.title, frozenset(pieces))), carried=apart(by))
