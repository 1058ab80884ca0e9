"""Turns of events: what is one, and what only looks like one. All headlines are sample text."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.alerts.turns import CHANCE, PAUSE, WINDOW, is_moment, last_told, told_at, turn_of
from worker.model import Report, Root, Story

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
# A morning of one story: nine reports in nine hours, all about the same.
MORNING = [
    (hour, source, f"Ferry aground off Port Sample, {more}")
    for hour, (source, more) in enumerate(
        [
            ("alpha", "passengers wait"),
            ("beta", "passengers wait for help"),
            ("gamma", "help on the way"),
            ("delta", "coastguard sends help"),
            ("alpha", "coastguard there"),
            ("epsilon", "passengers in blankets"),
            ("beta", "blankets and soup"),
            ("zeta", "soup for passengers"),
            ("gamma", "wait goes into the night"),
        ]
    )
]
ARREST = [
    (20.0, "alpha", "Captain of Port Sample ferry arrested"),
    (20.3, "beta", "Port Sample: police arrest ferry captain"),
    (20.9, "gamma", "Ferry off Port Sample: captain under arrest"),
]


def report(hour, source, title, **more):
    return Report(
        article_id=f"{source}-{hour}",
        source=f"{source}.example",
        title=title,
        url="",
        published=None,
        seen_at=START + timedelta(hours=hour),
        **{"root": source, **more},
    )


def story(reports, told=("new_story",), story_id="s"):
    keys = dict.fromkeys(one.root for one in reports if one.root != "-")
    return Story(
        id=story_id,
        topic="ferries",
        headline=reports[0].title,
        first_seen=reports[0].seen_at,
        last_seen=reports[-1].seen_at,
        reports=tuple(reports),
        roots=tuple(Root(key=key, name=key, article_id="") for key in keys),
        told=told,
    )


def turns(lines, *, rung=3, told=("new_story",), sibling=()):
    """After each report the turn it makes, where it makes one; what is told is remembered."""
    found, heard = [], []
    for line in lines:
        one = line if isinstance(line, Report) else report(*line)
        heard.append(one)
        now = story(heard, told)
        turn = turn_of(one, now, [now, *sibling], rung)
        if turn is not None:
            told = (*told_at(one.seen_at, told), turn.key(one))
            found.append((one.article_id, turn.words))
    return found


def test_three_roots_with_one_new_word_are_a_turn():
    assert turns([*MORNING, *ARREST]) == [("gamma-20.9", ("captain", "arrest"))]


def test_a_turn_names_the_first_report_of_each_root():
    reports = [report(*line) for line in [*MORNING, *ARREST]]
    now = story(reports)
    turn = turn_of(reports[-1], now, [now], 3)
    assert [one.article_id for one in turn.carried] == ["alpha-20.0", "beta-20.3", "gamma-20.9"]
    assert turn.key(reports[-1]) == "turn:gamma-20.9"


def test_it_is_told_once_however_many_repeat_it():
    later = [(23 + n, source, "Ferry captain arrested at Port Sample") for n, source in enumerate(["delta", "zeta"])]
    assert len(turns([*MORNING, *ARREST, *later])) == 1


def test_the_next_turn_is_told_too():
    charge = [(30, "alpha", "Ferry captain charged"), (30.5, "beta", "Captain charged"), (31, "delta", "Charges filed")]
    assert [ident for ident, _ in turns([*MORNING, *ARREST, *charge])] == ["gamma-20.9", "delta-31"]


@pytest.mark.parametrize(
    ("rung", "due"), [(2, ["beta-20.3"]), (3, ["gamma-20.9"]), pytest.param(4, [], id="nobody else has it")]
)
def test_a_turn_takes_as_many_roots_as_the_rung(rung, due):
    assert [ident for ident, _ in turns([*MORNING, *ARREST], rung=rung)] == due


def test_two_words_that_two_roots_each_share_stand_together():
    split = [
        (20.0, "alpha", "Ferry captain questioned"),
        (20.3, "beta", "Ferry: mate questioned, harbour closed"),
        (20.9, "gamma", "Harbour closed to ferry"),
        (21.0, "delta", "Ferry captain questioned, harbour closed"),
    ]
    assert turns([*MORNING, *split[:3]]) == []
    assert turns([*MORNING, *split]) == [("delta-21.0", ("questioned", "harbour", "closed"))]


@pytest.mark.parametrize(
    "last",
    [
        pytest.param([], id="two roots only"),
        pytest.param([(20.9, "beta", "Captain arrested, more to come")], id="the same publisher again"),
        pytest.param([report(20.9, "gamma", "Captain arrested", copy_of="alpha-20.0")], id="a copy"),
        pytest.param([report(20.9, "gamma", "Captain arrested", root="alpha")], id="rests on the first"),
        pytest.param(
            [report(20.9, "beta", "Captain arrested", root="gamma")], id="another root, but not another paper"
        ),
        pytest.param([report(20.9, "gamma", "Captain arrested", root="-")], id="no source, as a round-up"),
        pytest.param([(27.0, "gamma", "Captain arrested")], id="too late"),
        pytest.param([(20.9, "gamma", "Ferry off Port Sample: passengers wait")], id="says nothing new"),
    ],
)
def test_what_is_no_third_voice(last):
    assert turns([*MORNING, *ARREST[:2], *last]) == []


def test_a_toll_that_rises_is_no_turn():
    tolls = [
        (20 + n / 10, source, f"{n + 2} people wait on the ferry off Port Sample")
        for n, source in enumerate(["alpha", "beta", "gamma", "delta"])
    ]
    assert turns([*MORNING, *tolls]) == []


def test_what_two_roots_said_before_is_known():
    early = [(3.5, "alpha", "Captain arrested?"), (3.6, "beta", "Police: captain not under arrest")]
    assert turns(sorted([*MORNING, *early, *ARREST], key=lambda line: line[0])) == []
    assert turns(sorted([*MORNING, early[0], *ARREST], key=lambda line: line[0])) != []


def test_what_a_story_of_the_family_said_is_known():
    other = story([report(5, "alpha", "Captain arrested"), report(6, "beta", "Captain arrested")], story_id="other")
    assert turns([*MORNING, *ARREST], sibling=[other]) == []


def test_what_was_split_off_carries_a_turn_of_the_story_it_follows():
    split = story([report(*ARREST[0])], ("split_off:s",), "split")
    heard = [report(*line) for line in [*MORNING, *ARREST[1:]]]
    head = story(heard)
    assert turn_of(heard[-1], head, [head], 3) is None
    turn = turn_of(heard[-1], head, [head, split], 3)
    assert [one.source for one in turn.carried] == ["alpha.example", "beta.example", "gamma.example"]
    # the other way about it climbs by itself
    own = story([report(20.9, "gamma", ARREST[2][2])], ("split_off:s",), "split")
    rest = story([report(*line) for line in [*MORNING, *ARREST[:2]]])
    assert turn_of(own.reports[0], own, [own, rest], 3) is None


def test_a_crowd_of_another_story_is_no_further_root():
    crowd = story([report(*ARREST[0], root="media:kr")], ("split_off:s",), "split")
    heard = [report(*line) for line in [*MORNING, *ARREST[1:]]]
    head = story(heard)
    assert turn_of(heard[-1], head, [head, crowd], 3) is None


def test_in_the_first_hours_every_word_is_new_and_none_a_turn():
    first = [(n / 10, source, f"Ferry aground, {more}") for n, (_, source, more) in enumerate(ARREST)]
    assert turns(first) == []
    # (latest / all) to the power of the roots: 3 of 8 stay above the chance allowed, 3 of 9 below
    assert (3 / 8) ** 3 > CHANCE > (3 / 9) ** 3
    assert turns([*MORNING[:5], *ARREST]) == []
    assert turns([*MORNING[:6], *ARREST]) != []


def test_after_an_alert_there_is_a_pause():
    just_told = told_at(START + timedelta(hours=20.9) - PAUSE + timedelta(seconds=1), ("new_story",))
    long_told = told_at(START + timedelta(hours=20.9) - PAUSE, ("new_story",))
    assert turns([*MORNING, *ARREST], told=just_told) == []
    assert turns([*MORNING, *ARREST], told=long_told) != []


def test_what_the_pause_kept_back_is_told_by_the_next_report_that_says_it():
    told = told_at(START + timedelta(hours=19.9), ("new_story",))
    late = (22, "delta", "Captain of the ferry arrested")
    assert turns([*MORNING, *ARREST, late], told=told) == [("delta-22", ("Captain", "arrested"))]


def test_what_was_in_headlines_when_the_story_was_told_is_known():
    told = told_at(START + timedelta(hours=20.9), ("new_story", "corroborated:3"))
    late = (24, "delta", "Captain of the ferry arrested")
    assert turns([*MORNING, *ARREST, late], told=told) == []


def test_a_pause_holds_for_the_whole_family():
    told = told_at(START + timedelta(hours=20), ("new_story",))
    other = story([report(0, "eta", "Ferry")], told, "other")
    assert turns([*MORNING, *ARREST], sibling=[other]) == []


def test_a_turn_needs_no_spaces_between_words():
    quiet = [(hour, source, "渡輪在樣本港擱淺乘客等待") for hour, source, _ in MORNING]
    arrest = [(20.0, "alpha", "渡輪船長被逮捕"), (20.3, "beta", "警方逮捕船長"), (20.9, "gamma", "樣本港船長逮捕")]
    assert turns([*quiet, *arrest]) == [("gamma-20.9", ("船長", "逮捕"))]


def test_when_a_story_was_told_is_kept_to_the_second_and_never_early():
    told = told_at(START + timedelta(microseconds=1), ("new_story", "at:20200101T000000Z", "turn:old", "turn:new"))
    assert told == ("at:20260302T060001Z", "new_story")
    assert [key for key in told if not is_moment(key)] == ["new_story"]
    one, other = story([report(0, "a", "x")], told), story([report(0, "a", "x")], told_at(START, ()))
    assert last_told([other, one]) == START + timedelta(seconds=1)
    assert last_told([story([report(0, "a", "x")])]) is None


def test_a_story_told_by_an_earlier_release_has_turns():
    assert turns([*MORNING, *ARREST], told=("new_story", "corroborated:3")) != []


def test_the_window_ends_a_turn():
    stretched = [(20 + n * (WINDOW / timedelta(hours=2)), *line[1:]) for n, line in enumerate(ARREST)]
    assert len(turns([*MORNING, *stretched])) == 1
    late = [*stretched[:2], (26.1, *stretched[2][1:])]
    assert turns([*MORNING, *late]) == []
