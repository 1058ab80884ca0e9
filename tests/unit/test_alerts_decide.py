"""The ladder: each step is told once, and what is not told is explained."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.placements import Put

from worker.alerts.decide import decide
from worker.model import Article, Highlight, Match, Reason, Report, Root, Source, Story, Topic

NOW = datetime(2023, 9, 11, 9, tzinfo=UTC)
ENTITIES = {"kremlin": ("Kremlin",), "kcna": ("KCNA", "Korean Central News Agency")}
MATCH = Match(
    topic="summit", query="kim putin", score=0.5, highlights=(Highlight(field="title", start=0, end=3, text="Kim"),)
)


def report(source, copy_of=None):
    return Report(
        article_id=f"at-{source}", source=source, title="t", url="", published=NOW, seen_at=NOW, copy_of=copy_of
    )


def story(*sources, told=(), copies=(), story_id="s1"):
    reports = (*(report(source) for source in sources), *(report(source, copy_of="a") for source in copies))
    return Story(
        id=story_id,
        topic="summit",
        headline="Train heads for Russia",
        first_seen=NOW,
        last_seen=NOW,
        reports=reports,
        independent_sources=len(sources),
        roots=tuple(Root(key=source, name=source, article_id=f"at-{source}") for source in sources),
        told=told,
    )


def article(text="Kim is on his way.", published=NOW):
    return Article(id="a", title="Train", text=text, published=published, source=Source(domain="a.example"))


def topic(sources=(1,), parties=(), **more):
    return Topic(name="summit", query="kim putin", sources=sources, parties=parties, **more)


def run(placed, *, of=None, about=None, live=(), baseline=False, found=MATCH):
    return decide(
        about or article(),
        placed,
        of or topic(),
        found,
        live,
        now=NOW,
        entities=ENTITIES,
        baseline=baseline,
        trace="trace-1",
    )


def steps(after):
    """What was told, without the moment of it."""
    return tuple(key for key in after.told if not key.startswith("at:"))


def test_the_first_report_is_a_new_story():
    alerts, after, notes = run(Put(story("a")))
    (alert,) = alerts
    assert alert.reason is Reason.NEW_STORY
    assert alert.sent_because == 'first report of this story: "Train"'
    assert (alert.topic, alert.created, alert.trace, alert.match) == ("summit", NOW, "trace-1", MATCH)
    assert after.told == ("new_story",)
    assert alert.story == after
    assert notes == []


def test_a_second_report_says_nothing_new():
    alerts, after, notes = run(Put(story("a", "b", told=("new_story",))))
    assert alerts == []
    assert after.told == ("new_story",)
    assert notes == ['same story: "Train heads for Russia" was told, and this report adds no step']


def test_a_copy_is_noted_as_one():
    alerts, _, notes = run(Put(story("a", told=("new_story",), copies=("b",)), copy_of="at-a"))
    assert alerts == []
    assert notes == ["a copy of the report by a"]


def test_a_copy_of_a_report_that_is_no_longer_listed_is_noted_without_its_name():
    _, _, notes = run(Put(story("b", told=("new_story",)), copy_of="long-gone"))
    assert notes == ["a copy of an earlier report"]


def test_the_third_independent_source_corroborates():
    alerts, after, _ = run(Put(story("a", "b", "c", told=("new_story",))), of=topic((1, 3)))
    assert [alert.reason for alert in alerts] == [Reason.CORROBORATED]
    assert alerts[0].sent_because == '3 independent sources now carry it: a, b, c: "Train"'
    assert steps(after) == ("new_story", "corroborated:3")


def test_many_sources_are_not_all_named():
    alerts, _, _ = run(Put(story(*"abcdefg", told=("new_story",))), of=topic((1, 7)))
    assert alerts[0].sent_because == '7 independent sources now carry it: a, b, c, d, e and 2 more: "Train"'


def test_copies_do_not_climb_the_ladder():
    alerts, _, _ = run(Put(story("a", told=("new_story",), copies=("b", "c")), copy_of="a"), of=topic((1, 3)))
    assert alerts == []


def test_a_topic_that_waits_for_three_hears_of_the_third_only():
    waiting = topic((3,))
    first, after, notes = run(Put(story("a")), of=waiting)
    assert (first, after.told) == ([], ())
    assert notes == ["waiting: 1 of 3 independent sources carry the story"]
    third, after, _ = run(Put(story("a", "b", "c")), of=waiting)
    assert [alert.reason for alert in third] == [Reason.CORROBORATED]
    assert steps(after) == ("corroborated:3",)


def test_two_rungs_at_once_are_one_alert():
    alerts, after, _ = run(Put(story("a", "b", "c")), of=topic((1, 3)))
    assert [alert.reason for alert in alerts] == [Reason.CORROBORATED]
    assert set(steps(after)) == {"new_story", "corroborated:3"}
    again, _, _ = run(Put(after), of=topic((1, 3)))
    assert again == []


SAYS = "Kim Jong Un will visit, the Kremlin said."


def test_a_party_on_record_confirms_with_its_sentence():
    alerts, after, _ = run(
        Put(story("a", "b", told=("new_story",))), of=topic(parties=("kremlin", "kcna")), about=article(SAYS)
    )
    assert [alert.reason for alert in alerts] == [Reason.CONFIRMED]
    assert alerts[0].sent_because == f'the Kremlin is on record: "{SAYS}"'
    assert after.told == ("new_story", "confirmed:kremlin")


def test_each_party_is_told_once():
    both = topic(parties=("kremlin", "kcna"))
    told = ("new_story", "confirmed:kremlin")
    again, _, _ = run(Put(story("a", told=told)), of=both, about=article(SAYS))
    other, after, _ = run(Put(story("a", told=told)), of=both, about=article("Kim has left, KCNA reported."))
    assert again == []
    assert [alert.reason for alert in other] == [Reason.CONFIRMED]
    assert after.told == (*told, "confirmed:kcna")


def test_a_copy_that_carries_a_quote_confirms():
    copied = Put(story("a", told=("new_story",), copies=("b",)), copy_of="at-a")
    alerts, _, _ = run(copied, of=topic(parties=("kremlin",)), about=article(SAYS))
    assert [alert.reason for alert in alerts] == [Reason.CONFIRMED]


def test_a_party_that_denies():
    alerts, after, _ = run(
        Put(story("a", told=("new_story",))),
        of=topic(parties=("kremlin",)),
        about=article("The Kremlin denied that Kim was coming."),
    )
    assert [alert.reason for alert in alerts] == [Reason.DENIED]
    assert alerts[0].sent_because.startswith("the Kremlin denies it:")
    assert after.told == ("new_story", "denied:kremlin")


def test_one_report_is_one_alert_that_names_every_step():
    alerts, after, _ = run(Put(story("a")), of=topic((1, 3), ("kremlin",)), about=article(SAYS))
    (alert,) = alerts
    assert alert.reason is Reason.NEW_STORY
    assert alert.sent_because == f'first report of this story; the Kremlin is on record: "{SAYS}"'
    assert steps(after) == ("new_story", "confirmed:kremlin")


def test_a_party_nobody_named_in_the_configuration_is_passed_over():
    alerts, _, _ = run(Put(story("a", told=("new_story",))), of=topic(parties=("nobody",)), about=article(SAYS))
    assert alerts == []


@pytest.mark.parametrize("baseline", [False, True])
def test_a_stale_article_never_alerts(baseline):
    old = article(SAYS, published=datetime(2019, 4, 25, tzinfo=UTC))
    alerts, after, notes = run(Put(story("a")), of=topic(parties=("kremlin",)), about=old, baseline=baseline)
    assert alerts == []
    assert after.told == ()
    assert notes[0].startswith("stale: published 2019-04-25 00:00Z, older than 48 hours")


def test_what_a_feed_held_at_its_first_poll_alerts_when_it_is_fresh():
    alerts, _, _ = run(Put(story("a")), baseline=True)
    assert len(alerts) == 1


def test_the_first_fresh_report_of_a_stale_story_is_told():
    alerts, _, _ = run(Put(story("a", "b")))
    assert alerts[0].reason is Reason.NEW_STORY
    assert alerts[0].sent_because == 'first fresh report of this story: "Train"'


FOLLOW_UP = "The train crossed the border near Khasan, and Kim waved."


def sibling(told=("new_story",)):
    return replace(story("x", told=told, story_id="s0"), terms=(("train", 0.8), ("khasan", 0.6)))


def test_a_story_split_off_from_a_told_one_pages_nobody():
    placed = Put(story("a"), alike={"s0": 0.15})
    alerts, after, notes = run(placed, about=article(FOLLOW_UP), live=[sibling()])
    assert alerts == []
    assert notes == ['follow-up: no story of its own beside "Train heads for Russia"']
    following, _, _ = run(Put(replace(after, independent_sources=2)))
    assert following == []


def test_a_split_off_story_still_brings_a_party_that_was_not_heard_before():
    both = topic(parties=("kremlin", "kcna"))
    placed = Put(story("a"), alike={"s0": 0.15})
    said = article(f"{FOLLOW_UP} {SAYS}")
    alerts, after, _ = run(placed, of=both, about=said, live=[sibling()])
    assert [alert.reason for alert in alerts] == [Reason.CONFIRMED]
    assert after.told == ("split_off:s0", "confirmed:kremlin")
    heard, _, _ = run(placed, of=both, about=said, live=[sibling(("new_story", "confirmed:kremlin"))])
    assert heard == []


def test_a_split_off_story_that_three_sources_carry_is_told_after_all():
    alerts, _, _ = run(Put(story("a", "b", "c", told=("split_off:s0",))), of=topic((1, 3)))
    assert [alert.reason for alert in alerts] == [Reason.CORROBORATED]


def test_a_follow_up_stays_one_when_grouping_finds_it_hardly_similar_for_a_day():
    placed = Put(story("a"), alike={"s0": 0.02})
    soon, _, _ = run(placed, about=article(FOLLOW_UP), live=[replace(sibling(), last_seen=NOW - timedelta(hours=24))])
    late, _, _ = run(placed, about=article(FOLLOW_UP), live=[replace(sibling(), last_seen=NOW - timedelta(hours=25))])
    assert soon == []
    assert [alert.reason for alert in late] == [Reason.NEW_STORY]


def test_the_rungs_of_a_story_and_its_follow_up_are_told_once():
    follow_up = story("a", "b", "c", told=("split_off:s0", "corroborated:3"), story_id="s1")
    head = replace(sibling(), reports=story("x", "y", "z").reports, independent_sources=3)
    alerts, _, _ = run(Put(head), of=topic((1, 3)), live=[head, follow_up])
    assert alerts == []


@pytest.mark.parametrize(
    ("told", "text"),
    [
        pytest.param((), FOLLOW_UP, id="nobody was told"),
        pytest.param(("new_story",), "Kim watched a train near Wonsan.", id="another place"),
        pytest.param(("new_story",), "A train was late again.", id="common words only"),
    ],
)
def test_a_new_story_is_told_where_the_guard_does_not_hold(told, text):
    placed = Put(story("a"), alike={"s0": 0.15})
    alerts, _, _ = run(placed, about=article(text), live=[sibling(told)])
    assert [alert.reason for alert in alerts] == [Reason.NEW_STORY]


def test_what_its_first_real_report_repeats_is_a_follow_up_though_comment_opened_the_story():
    comment = replace(article(FOLLOW_UP), id="opinion", url="https://a.example/opinion/1")
    alerts, opened, notes = run(Put(story("a"), alike={"s0": 0.15}), about=comment, live=[sibling()])
    assert (alerts, opened.told) == ([], ())
    assert notes[0].startswith("comment: ")
    placed = Put(replace(story("a", "b"), told=opened.told), alike={"s0": 0.15, "s1": 0.4})
    alerts, after, _ = run(placed, about=article(FOLLOW_UP), live=[sibling(), opened])
    assert (alerts, after.told) == ([], ("split_off:s0",))


def test_a_round_up_tells_nobody_and_leaves_the_story_to_its_first_report():
    roundup = replace(article(), title="Monday briefing: a train, a storm and a vote")
    alerts, after, notes = run(Put(story("a")), about=roundup)
    assert (alerts, after.told) == ([], ())
    assert notes == ['round-up: several stories on one page ("Monday briefing" in the title)']


def test_the_sentence_quotes_the_credit_and_names_who_rests_on_whom():
    credit = "The train has left, Yonhap reported."
    rooted = replace(
        story("a", "b", "c", told=("new_story",)),
        roots=(
            Root(key="x", name="x", article_id="at-b"),
            Root(key="y", name="y", article_id="at-c"),
            Root(key="yonhap", name="Yonhap", article_id="a", quote=credit),
        ),
        reports=(replace(report("a.example"), article_id="a"), report("b"), report("c")),
    )
    alerts, _, _ = run(Put(rooted), of=topic((1, 3)), about=article(credit))
    assert alerts[0].sent_because == (f'3 independent sources now carry it: x, y, Yonhap through a.example: "{credit}"')


def test_a_story_stored_before_roots_were_kept_is_told_by_its_number():
    old = replace(story("a", "b", "c", told=("new_story",)), roots=())
    alerts, _, _ = run(Put(old), of=topic((1, 3)))
    assert alerts[0].sent_because == '3 independent sources now carry it: "Train"'


def test_ids_are_the_same_when_decided_again_and_differ_between_steps_and_stories():
    def alert_id(placed, of=None):
        return run(placed, of=of)[0][0].id

    first = alert_id(Put(story("a")))
    assert first == alert_id(Put(story("a")))
    assert first != alert_id(Put(story("a", story_id="s2")))
    assert first != alert_id(Put(story("a", "b", "c", told=("new_story",))), topic((1, 3)))


def test_freshness_is_measured_from_now():
    edge = article(published=NOW - timedelta(seconds=60))
    alerts, _, _ = run(Put(story("a")), about=edge, of=topic(max_age=60.0))
    late, _, _ = run(Put(story("a")), about=edge, of=topic(max_age=59.0))
    assert (len(alerts), len(late)) == (1, 0)


def told_story(*headlines, told=("new_story", "corroborated:3")):
    """A story of one report an hour, each by a source of its own; the last is that of `article`."""
    reports = tuple(
        Report(
            article_id="a" if at == len(headlines) else f"r{at}",
            source=f"s{at}.example",
            title=title,
            url="",
            published=None,
            seen_at=NOW - timedelta(hours=len(headlines) - at),
            root=f"s{at}",
        )
        for at, title in enumerate(headlines, 1)
    )
    roots = tuple(Root(key=one.root, name=one.source, article_id=one.article_id) for one in reports)
    grown = story("x", told=told)
    return replace(grown, reports=reports, roots=roots, independent_sources=len(reports))


MOVES = ["The train is on its way"] * 12 + ["Train derailed at Sample", "Train derails", "It derailed"]


def test_a_turn_of_events_is_told_with_who_carries_it():
    about = replace(article(), title=MOVES[-1], seen_at=NOW)
    alerts, after, _ = run(Put(told_story(*MOVES)), of=topic((1, 3)), about=about)
    (alert,) = alerts
    assert alert.reason is Reason.CORROBORATED
    assert alert.sent_because == (
        '3 independent sources now carry a turn of this story: "derailed" (s13.example, s14.example, s15.example): '
        '"It derailed"'
    )
    assert alert.follow_up
    assert after.told == ("at:20230911T090000Z", "new_story", "corroborated:3", "turn:a")


def test_a_turn_says_who_rests_on_whom():
    grown = told_story(*MOVES)
    yonhap = replace(grown.roots[-2], name="Yonhap", quote="Yonhap said so.")
    told = replace(grown, roots=(*grown.roots[:-2], yonhap, grown.roots[-1]))
    about = replace(article(), title=MOVES[-1], seen_at=NOW)
    ((alert,), _, _) = run(Put(told), of=topic((1, 3)), about=about)
    assert "(s13.example, Yonhap through s14.example, s15.example)" in alert.sent_because


@pytest.mark.parametrize(
    ("placed", "sources"),
    [
        pytest.param(Put(told_story(*MOVES)), (1,), id="a topic of first reports only"),
        pytest.param(Put(told_story(*MOVES), copy_of="r14"), (1, 3), id="a copy"),
        pytest.param(Put(told_story(*MOVES)), (1, 4), id="a higher rung"),
        pytest.param(Put(told_story(*MOVES, told=())), (99,), id="a story nobody was told of"),
    ],
)
def test_no_turn_is_told(placed, sources):
    done = replace(placed.story, told=(*placed.story.told, *(f"corroborated:{rung}" for rung in sources if rung == 4)))
    placed = replace(placed, story=done)
    alerts, _, _ = run(placed, of=topic(sources), about=replace(article(), title=MOVES[-1], seen_at=NOW))
    assert alerts == []


def test_a_headline_about_something_else_completes_no_turn():
    in_passing = replace(MATCH, highlights=(replace(MATCH.highlights[0], field="text"),))
    without_words = replace(MATCH, highlights=())
    about = replace(article(), title=MOVES[-1], seen_at=NOW)
    assert run(Put(told_story(*MOVES)), of=topic((1, 3)), about=about, found=in_passing)[0] == []
    assert run(Put(told_story(*MOVES)), of=topic((1, 3)), about=about, found=without_words)[0] != []


def test_a_source_not_heard_before_says_so():
    told = ("at:20230910T090000Z", "new_story", "corroborated:3")
    title = "Signalman finds broken switch beneath frozen river bridge"
    grown = told_story(*MOVES[:12], title, told=told)
    about = replace(article(), title=title, seen_at=NOW)
    ((alert,), _, _) = run(Put(grown), of=topic((1, 3)), about=about)
    assert alert.reason is Reason.CORROBORATED
    assert alert.sent_because.startswith('a source new to this story tells a turn of it: "Signalman", ')
    assert run(Put(grown), of=topic((3,)), about=about)[0] == []


def test_a_party_on_record_is_told_and_no_turn_beside_it():
    about = replace(article(SAYS), title=MOVES[-1], seen_at=NOW)
    alerts, after, _ = run(Put(told_story(*MOVES)), of=topic((1, 3), ("kremlin",)), about=about)
    assert [alert.reason for alert in alerts] == [Reason.CONFIRMED]
    again, _, _ = run(Put(after), of=topic((1, 3), ("kremlin",)), about=about)
    assert again == []


def test_a_party_heard_in_a_story_that_became_part_of_another_is_told_once():
    before = replace(sibling(("new_story", "confirmed:kremlin")), id="gone")
    grown = replace(story("a", "b", told=before.told), reports=(report("a"), report("b")))
    merged = Put(grown, absorbed=(before,))
    with_kremlin = topic(parties=("kremlin",))
    _, after, _ = run(merged, of=with_kremlin, live=[before])
    assert "was:gone" in after.told
    follower = story("c", told=("split_off:gone",), story_id="s9")
    alerts, _, _ = run(Put(follower), of=with_kremlin, about=article(SAYS), live=[after, follower])
    assert alerts == []


def test_a_mark_alone_is_no_step():
    placed = Put(story("a"), absorbed=(replace(sibling(), id="gone"),))
    alerts, after, _ = run(placed)
    assert not alerts[0].follow_up
    assert after.told == ("was:gone", "new_story")
