"""Turns of events over all kinds of stories: what holds of each turn told. Headlines are made of sample words."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from worker.alerts.headlines import kinds_of, pieces_of
from worker.alerts.heard import KNOWN_TO, WINDOW, last_told, told_at
from worker.alerts.turns import PAUSE, WORDS_FOR_ALL, turn_of
from worker.model import Report, Root, Story

START = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = [
    "ferry",
    "harbour",
    "captain",
    "storm",
    "arrest",
    "charged",
    "rescue",
    "freed",
    "detained",
    "船長",
    "逮捕",
    "12",
    "with",
]
LINES = st.lists(
    st.tuples(
        st.integers(0, 90) | st.just(400),  # minutes after the report before it
        st.sampled_from("abcdef"),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join),
        st.booleans(),  # whether it is a copy
    ),
    min_size=1,
    max_size=40,
)


def reports(lines):
    at = START
    for number, (minutes, source, title, is_copy) in enumerate(lines):
        at += timedelta(minutes=minutes)
        yield Report(
            article_id=str(number), source=source, title=title, url="", published=None, seen_at=at, root=source,
            copy_of="0" if is_copy and number else None,
        )  # fmt: skip  # read as one line


def story(heard, told):
    firsts = {one.root: one.article_id for one in reversed(heard) if not one.copy_of}
    roots = tuple(Root(key=key, name=key, article_id=first) for key, first in firsts.items())
    first, last = heard[0].seen_at, heard[-1].seen_at
    return Story(
        id="s", topic="t", headline="", first_seen=first, last_seen=last, reports=tuple(heard), roots=roots, told=told
    )


@given(LINES, st.integers(2, 4))
def test_each_turn_is_new_is_carried_and_is_told_once(lines, rung):
    told, heard = ("new_story",), []
    for report in reports(lines):
        heard.append(report)
        now = story(heard, told)
        turn = None if report.copy_of else turn_of(report, now, [now], rung, at_first_reports=False)
        if turn is None:
            continue
        last = last_told([now])
        is_quiet = last is None or report.seen_at - last >= WINDOW
        assert all(word in report.title for word in turn.words)
        assert len({one.root for one in turn.carried}) == len(turn.carried) >= (max(2, rung - 1) if is_quiet else rung)
        assert all(report.seen_at - WINDOW <= one.seen_at <= report.seen_at for one in turn.carried)
        assert not any(one.copy_of for one in turn.carried)
        before = [one for one in heard if last is not None and one.seen_at <= last and not one.copy_of]
        new_kinds = kinds_of(report.title).keys() - {kind for one in before for kind in kinds_of(one.title)}
        assert new_kinds or last is None or report.seen_at - last >= PAUSE
        new = frozenset().union(*(pieces_of(word) for word in turn.words))
        assert new_kinds or any(
            len({one.root for one in before if piece in pieces_of(one.title)}) < KNOWN_TO for piece in new
        )
        told = (*told_at(report.seen_at, told), turn.key(report))


@given(LINES)
def test_a_source_that_tells_a_turn_by_itself_was_not_heard_before(lines):
    told, heard = told_at(START, ("new_story",)), []
    for report in reports(lines):
        heard.append(report)
        now = story(heard, told)
        turn = None if report.copy_of else turn_of(report, now, [now], 3)
        if turn is None:
            continue
        if len(turn.carried) == 1:
            assert report.source not in {one.source for one in heard[:-1] if not one.copy_of}
            assert report.seen_at - last_told([now]) >= WINDOW
            known = frozenset().union(*(pieces_of(one.title) for one in heard[:-1] if not one.copy_of))
            assert len(pieces_of(report.title) - known) >= WORDS_FOR_ALL
        told = (*told_at(report.seen_at, told), turn.key(report))


@given(LINES, st.permutations(range(3)))
def test_the_order_in_which_stories_are_given_changes_nothing(lines, order):
    heard = list(reports(lines))
    now = story(heard, ("new_story",))
    kin = [now, *(Story(id=str(n), topic="t", headline="", first_seen=START, last_seen=START) for n in range(2))]
    assert turn_of(heard[-1], now, kin, 3) == turn_of(heard[-1], now, [kin[at] for at in order], 3)
