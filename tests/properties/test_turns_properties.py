"""Turns of events over all kinds of stories: what holds of each turn told. Headlines are made of sample words."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from worker.alerts.headlines import pieces_of
from worker.alerts.turns import KNOWN_TO, PAUSE, WINDOW, last_told, told_at, turn_of
from worker.model import Report, Root, Story

START = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = ["ferry", "harbour", "captain", "storm", "arrest", "charge", "rescue", "船長", "逮捕", "12", "with"]
LINES = st.lists(
    st.tuples(
        st.integers(0, 90),  # minutes after the report before it
        st.sampled_from("abcdef"),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
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
    roots = tuple(Root(key=key, name=key, article_id="") for key in "abcdef")
    first, last = heard[0].seen_at, heard[-1].seen_at
    return Story(
        id="s", topic="t", headline="", first_seen=first, last_seen=last, reports=tuple(heard), roots=roots, told=told
    )


@given(LINES, st.integers(2, 4))
def test_each_turn_is_new_is_carried_and_is_told_once(lines, rung):
    told, heard, turns = ("new_story",), [], []
    for report in reports(lines):
        heard.append(report)
        now = story(heard, told)
        turn = None if report.copy_of else turn_of(report, now, [now], rung)
        if turn is None:
            continue
        assert all(word in report.title for word in turn.words)
        assert len({one.root for one in turn.carried}) == len(turn.carried) >= rung
        assert all(report.seen_at - WINDOW <= one.seen_at <= report.seen_at for one in turn.carried)
        assert not any(one.copy_of for one in turn.carried)
        for known in turns:
            assert report.seen_at - known.seen_at >= PAUSE
        new = frozenset().union(*(pieces_of(word) for word in turn.words))
        before = [one for one in heard if (last := last_told([now])) and one.seen_at <= last and not one.copy_of]
        assert any(len({one.root for one in before if piece in pieces_of(one.title)}) < KNOWN_TO for piece in new)
        told = (*told_at(report.seen_at, told), turn.key(report))
        turns.append(report)


@given(LINES, st.permutations(range(3)))
def test_the_order_in_which_stories_are_given_changes_nothing(lines, order):
    heard = list(reports(lines))
    now = story(heard, ("new_story",))
    kin = [now, *(Story(id=str(n), topic="t", headline="", first_seen=START, last_seen=START) for n in range(2))]
    assert turn_of(heard[-1], now, kin, 3) == turn_of(heard[-1], now, [kin[at] for at in order], 3)
