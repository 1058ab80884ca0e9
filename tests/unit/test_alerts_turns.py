"""Turns of events: what is one, and what only looks like one. All headlines are sample text."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.alerts.heard import CHANCE, ECHO, WINDOW, is_moment, last_told, told_at
from worker.alerts.turns import PAUSE, WORDS_FOR_A_SOURCE, WORDS_FOR_ALL, Turn, turn_of
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
# No kind of event that is news by itself.
MOVE = [
    (20.0, "alpha", "Port Sample ferry towed by tugs"),
    (20.3, "beta", "Tugs are towing ferry off Port Sample"),
    (20.9, "gamma", "Ferry off Port Sample: tugs have it in tow, towing goes on"),
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
    keys = {one.root: one.article_id for one in reversed(reports) if one.root != "-"}
    return Story(
        id=story_id,
        topic="ferries",
        headline=reports[0].title,
        first_seen=reports[0].seen_at,
        last_seen=reports[-1].seen_at,
        reports=tuple(reports),
        roots=tuple(Root(key=key, name=key, article_id=first) for key, first in keys.items()),
        told=told,
    )


def turns(lines, *, rung=3, told=("new_story",), sibling=(), **more):
    """After each report the turn it makes, where it makes one; what is told is remembered."""
    found, heard = [], []
    for line in lines:
        one = line if isinstance(line, Report) else report(*line)
        heard.append(one)
        now = story(heard, told)
        turn = turn_of(one, now, [now, *sibling], rung, **more)
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


def test_one_figure_does_not_stand_for_two_that_say_another():
    force = [
        (20.0, "alpha", "Port Sample ferry lifted by crane, 40 tonnes"),
        (20.3, "beta", "Crane of 40 tonnes lifts Port Sample ferry"),
        (20.9, "gamma", "Ferry off Port Sample: crane lifts 35 tonnes"),
    ]
    reports = [report(*line) for line in [*MORNING, *force]]
    now = story(reports)
    turn = turn_of(reports[-1], now, [now], 3)
    assert turn.said_best(reports[-1]).article_id == "beta-20.3"


@pytest.mark.parametrize(
    "last",
    [
        "Crane lifts ferry",
        "Crane lifts ferry of 40 tonnes in 3 hours",
    ],
)
def test_a_headline_without_figures_of_its_own_alone_tells_the_turn_itself(last):
    titles = ("Ferry lifted by crane, 40 tonnes", "Crane of 40 tonnes at ferry", last)
    carried = tuple(report(20 + at, f"s{at}", title) for at, title in enumerate(titles))
    assert Turn(words=("crane",), carried=carried).said_best(carried[-1]) is carried[-1]


def test_where_no_two_figures_agree_the_latest_tells_the_turn():
    titles = ("Ferry lifted by crane, 40 tonnes", "Crane of 50 tonnes at ferry", "Crane lifts 60 tonnes of ferry")
    carried = tuple(report(20 + at, f"s{at}", title) for at, title in enumerate(titles))
    assert Turn(words=("crane",), carried=carried).said_best(carried[-1]) is carried[-1]


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
    assert turns([*MORNING, *MOVE], told=just_told) == []
    assert turns([*MORNING, *MOVE], told=long_told) == [("gamma-20.9", ("tugs",))]


def test_what_the_pause_kept_back_is_told_by_the_next_report_that_says_it():
    told = told_at(START + timedelta(hours=19.9), ("new_story",))
    late = (22, "delta", "Tugs still towing the ferry")
    assert turns([*MORNING, *MOVE, late], told=told) == [("delta-22", ("Tugs", "towing"))]


def test_what_was_in_headlines_when_the_story_was_told_is_known():
    told = told_at(START + timedelta(hours=20.9), ("new_story", "corroborated:3"))
    late = (24, "delta", "Captain of the ferry arrested")
    assert turns([*MORNING, *ARREST, late], told=told) == []


def test_a_pause_holds_for_the_whole_family():
    told = told_at(START + timedelta(hours=20), ("new_story",))
    other = story([report(0, "eta", "Ferry")], told, "other")
    assert turns([*MORNING, *MOVE], sibling=[other]) == []


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


def test_new_words_that_never_stand_together_are_no_turn():
    scattered = [
        (20.0, "alpha", "Ferry off Port Sample: divers wait"),
        (20.3, "beta", "Ferry off Port Sample: anger grows"),
        (20.6, "gamma", "Ferry off Port Sample: divers in blankets"),
        (20.9, "delta", "Divers and anger at the ferry off Port Sample"),
    ]
    # "divers" by three is a turn; without alpha's headline two have either word, and one of them both
    assert turns([*MORNING, *scattered]) == [("delta-20.9", ("Divers",))]
    assert turns([*MORNING, *scattered[1:]]) == []


MORNING_TOLD = told_at(START + timedelta(hours=8.5), ("new_story", "corroborated:3"))


def test_a_kind_of_event_is_a_turn_in_whatever_words_and_at_once():
    caught = [
        (9.0, "alpha", "Port Sample ferry: captain detained"),
        (9.2, "beta", "Skipper of the ferry is arrested"),
        (9.4, "gamma", "Police capture man who left the bridge"),
    ]
    assert turns([*MORNING, *caught], told=MORNING_TOLD) == [("gamma-9.4", ("capture",))]
    # nobody was told by a release that keeps when, so nobody knows what is known
    assert turns([*MORNING, *caught]) == []


def test_a_kind_of_which_one_headline_told_is_not_new():
    before = (3.5, "eta", "Stowaway arrested on the ferry")
    again = sorted([*MORNING, before, *ARREST], key=lambda line: line[0])
    told = told_at(START + timedelta(hours=19.9), ("new_story",))
    assert turns([*MORNING, *ARREST], told=told) == [("gamma-20.9", ("arrest",))]
    assert turns(again, told=told) == []


def test_the_first_toll_is_a_turn_though_it_is_a_number():
    tolls = [(9 + n / 10, source, f"{n + 2} dead on the ferry") for n, source in enumerate(["alpha", "beta", "gamma"])]
    more = [(9.5 + n / 10, source, f"{n + 9} dead on the ferry") for n, source in enumerate(["alpha", "beta", "gamma"])]
    assert turns([*MORNING, *tolls, *more], told=MORNING_TOLD) == [("gamma-9.2", ("dead",))]


def test_a_turn_written_up_is_not_the_next_turn():
    wrote_up = [
        (23.5, "delta", "Tugs towing ferry to harbour"),
        (23.8, "epsilon", "Towing: ferry near harbour behind tugs"),
        (24.0, "zeta", "Ferry behind tugs, harbour in sight"),
    ]
    assert [ident for ident, _ in turns([*MORNING, *MOVE, *wrote_up])] == ["gamma-20.9"]
    # one headline that is about something else makes it another
    other = (24.1, "eta", "Crowd waits for the ferry in the harbour")
    assert [ident for ident, _ in turns([*MORNING, *MOVE, *wrote_up, other])] == ["gamma-20.9", "eta-24.1"]
    # and so does half a day
    late = [(hour + ECHO / timedelta(hours=1), source, title) for hour, source, title in wrote_up]
    assert [ident for ident, _ in turns([*MORNING, *MOVE, *late])] == ["gamma-20.9", "zeta-36.0"]


STRIKE = [(20.0, "alpha", "Ferry crew begins hunger protest"), (20.3, "beta", "Hunger protest begins aboard the ferry")]


def test_after_quiet_hours_three_words_in_common_stand_for_one_source():
    assert WORDS_FOR_A_SOURCE == 3
    assert turns([*MORNING, *STRIKE]) == [("beta-20.3", ("Hunger", "protest", "begins"))]
    assert turns([*MORNING, *STRIKE], rung=4) == []
    two_words = (20.3, "beta", "Hunger protest aboard the ferry")
    assert turns([*MORNING, STRIKE[0], two_words]) == []
    told = told_at(START + timedelta(hours=20.3) - WINDOW + timedelta(seconds=1), ("new_story",))
    assert turns([*MORNING, *STRIKE], told=told) == []


NEWS = "Divers find second wreck beneath the stranded Port Sample ferry"


def test_after_quiet_hours_a_source_not_heard_before_may_tell_a_turn():
    told = told_at(START + timedelta(hours=8), ("new_story",))
    words = ("Divers", "find", "second", "wreck", "beneath", "stranded")
    assert turns([*MORNING, (20, "eta", NEWS)], told=told) == [("eta-20", words)]
    assert len(words) > WORDS_FOR_ALL


@pytest.mark.parametrize(
    ("line", "hour"),
    [
        pytest.param((20, "alpha", NEWS), 8, id="heard before"),
        pytest.param((20, "eta", NEWS), 14.1, id="told of late"),
        pytest.param((20, "eta", "Divers find second wreck off Port Sample"), 8, id="few new words"),
        pytest.param(
            (20, "eta", f"{NEWS}, passengers wait for help, coastguard sends help, soup and blankets"),
            8,
            id="half of it known",
        ),
        pytest.param(report(20, "eta", NEWS, root="alpha"), 8, id="rests on one heard before"),
    ],
)
def test_what_one_source_does_not_make_a_turn(line, hour):
    told = told_at(START + timedelta(hours=hour), ("new_story",))
    assert turns([*MORNING, line], told=told) == []


def test_one_source_is_enough_only_where_first_reports_are_asked_for():
    told = told_at(START + timedelta(hours=8), ("new_story",))
    assert turns([*MORNING, (20, "eta", NEWS)], told=told, at_first_reports=False) == []
