"""Packed postings answer as a plain table of lists would, whatever is posted and taken off in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.stories.postings import Postings

# Few numbers, so that they meet; some that differ only in their highest bits, which decide late where they lie.
NUMBERS = st.one_of(st.integers(0, 40), st.integers(0, 40).map(lambda n: n << 18), st.integers(0, 2**24 - 1))
IDS = st.one_of(st.sampled_from(["one", "two", "größer", "x" * 40]), st.integers(0, 30).map(lambda n: f"{n:016x}"))
MOVES = st.lists(st.tuples(IDS, st.sets(NUMBERS, max_size=12), st.sets(NUMBERS, max_size=12)), max_size=60)


class Table:
    """What a store keeps between two reports."""

    def __init__(self):
        self.buckets, self.size, self.entries = {}, 1, 0

    def postings(self):
        return Postings(lambda numbers: list(map(self.buckets.get, numbers)), buckets=self.size, entries=self.entries)

    def take(self, postings):
        for at, data in postings.settle().items():
            if data:
                self.buckets[at] = data
            else:
                self.buckets.pop(at, None)
        self.size, self.entries = postings.buckets, postings.entries


@given(MOVES)
def test_a_number_leads_to_the_stories_posted_under_it(moves):
    table, plain = Table(), {}
    for story_id, gone, new in moves:
        postings = table.postings()
        postings.move(story_id, gone=gone, new=new)
        assert all(story_id in postings.find(new)[number] for number in new)
        table.take(postings)
        for number in gone:
            plain.get(number, {}).pop(story_id, None)
        for number in new:
            plain.setdefault(number, {})[story_id] = None
    wanted = {number: list(ids) for number, ids in plain.items() if ids}
    assert table.postings().find(plain) == wanted
    assert table.entries == sum(map(len, wanted.values()))
    assert all(at < table.size for at in table.buckets)


@given(st.sets(st.integers(0, 2**24 - 1), min_size=200, max_size=600))
def test_a_table_grows_with_what_it_holds_and_shrinks_again(numbers):
    table = Table()
    for at, number in enumerate(sorted(numbers)):
        postings = table.postings()
        postings.move(f"{at:016x}", new=[number])
        table.take(postings)
    assert len(numbers) / 32 <= table.size <= len(numbers) / 8
    for at, number in enumerate(sorted(numbers)):
        postings = table.postings()
        postings.move(f"{at:016x}", gone=[number])
        table.take(postings)
    assert (table.size, table.entries, table.buckets) == (1, 0, {})
