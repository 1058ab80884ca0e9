"""Postings: how much of the table an article touches, and what becomes of a number that leads to everything."""

from __future__ import annotations

from worker.stories.postings import Postings


def test_a_number_leads_to_the_sixty_stories_posted_last():
    postings = Postings(lambda numbers: [None] * len(numbers))
    for at in range(100):
        postings.move(f"{at:016x}", new=[7])
    stored = postings.settle()
    found = Postings(lambda numbers: [stored.get(at) for at in numbers], buckets=postings.buckets, entries=60).find([7])
    assert found == {7: [f"{at:016x}" for at in range(40, 100)]}
    assert postings.entries == 60


def test_a_report_reads_and_changes_few_buckets_of_a_large_table():
    whole = Postings(lambda numbers: [None] * len(numbers))
    for at in range(5_000):
        whole.move(f"{at:016x}", new=[at * 2_654_435_761 % 2**24])
    stored, asked = whole.settle(), []

    def read(numbers):
        asked.extend(numbers)
        return [stored.get(at) for at in numbers]

    postings = Postings(read, buckets=whole.buckets, entries=whole.entries)
    postings.find(range(20))
    postings.move("0123456789abcdef", new=range(10))
    assert len(postings.settle()) <= 12
    assert len(asked) <= 22
    assert max(map(len, stored.values())) < 1_000


def test_a_story_posted_twice_is_there_once():
    postings = Postings(lambda numbers: [None] * len(numbers))
    postings.move("one", new=[1])
    postings.move("one", new=[1])
    assert postings.entries == 1
