"""The tables of clauses, beside the plain meaning of a clause."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from worker.match.clauses import Clauses, Wanted
from worker.match.numbering import Numbering

NUMBERS = st.integers(1, 9)
CLAUSE = st.lists(NUMBERS, min_size=1, max_size=4)
WANTED = st.builds(
    Wanted,
    second=st.integers(0, 9),
    any_of=st.lists(CLAUSE, max_size=3),
    none_of=st.lists(CLAUSE, max_size=2),
)
# A new topic, or which of those there are goes.
CHANGES = st.lists(WANTED | st.integers(0, 99), max_size=60)


def passes(wanted: Wanted, held: set[int]) -> bool:
    return (
        wanted.second in held
        and all(any(number in held for number in clause) for clause in wanted.any_of)
        and not any(number in held for clause in wanted.none_of for number in clause)
    )


@given(changes=CHANGES, held=st.frozensets(NUMBERS))
def test_tables_tell_what_each_clause_says(changes, held):
    clauses, there = Clauses(), {}
    for change in changes:
        if isinstance(change, Wanted):
            slot = clauses.add(change)
            assert slot not in there
            there[slot] = change
        elif there:
            slot = sorted(there)[change % len(there)]
            clauses.remove(slot)
            del there[slot]
    flags = np.array([number == 0 or number in held for number in range(10)])
    slots = np.array(sorted(there), np.int32)
    # of another article too, which holds nothing: its keys lie behind those of the first
    both = np.concatenate((flags, np.arange(10) == 0))
    found = clauses.passing(np.concatenate((slots, slots)), np.arange(2).repeat(len(slots)) * 10, both)
    of_first = [at for at, slot in enumerate(slots.tolist()) if passes(there[slot], {0, *held})]
    of_other = [at + len(slots) for at, slot in enumerate(slots.tolist()) if passes(there[slot], {0})]
    assert found.tolist() == of_first + of_other
    for slot, wanted in there.items():
        numbers = [number for clause in (*wanted.any_of, *wanted.none_of) for number in clause]
        assert clauses.numbers(slot) == [wanted.second, *numbers]


def test_room_that_removed_topics_leave_is_used_again():
    clauses = Clauses()
    kept = clauses.add(Wanted(second=1, any_of=[[2, 3]]))
    for number in range(1, 2000):
        clauses.remove(clauses.add(Wanted(second=number, any_of=[[number] * 5])))
    assert clauses.numbers(kept) == [1, 2, 3]
    assert clauses.room < 1000


@given(uses=st.lists(st.sampled_from("abcdef") | st.integers(0, 99), max_size=60))
def test_a_term_keeps_its_number_as_long_as_it_is_used(uses):
    numbering, there = Numbering(), []
    for use in uses:
        if isinstance(use, str):
            number, is_new = numbering.use(use)
            assert is_new == (use not in [term for term, _ in there])
            there.append((use, number))
        elif there:
            term, number = there.pop(use % len(there))
            assert numbering.release(number) == (term not in [other for other, _ in there])
        for term, number in there:
            assert numbering.get(term) == number
            assert numbering.term(number) == term
        assert len({number for _, number in there}) == len({term for term, _ in there})
        assert ("a" in numbering) == ("a" in [term for term, _ in there])
    assert numbering.get("") == 0
