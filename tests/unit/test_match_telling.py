"""What is kept of words, read by many threads at once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from worker.match.numbering import Numbering
from worker.match.telling import Telling
from worker.match.wildcards import Wildcards

WORDS = [f"sum{number}" for number in range(2000)]
THREADS, ROUNDS = 4, 12


@pytest.fixture
def impatient():
    """Threads take turns after every few steps."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(former)


def test_threads_that_meet_words_for_the_first_time_agree_what_they_are(impatient):
    numbering, wildcards = Numbering(), Wildcards()
    wildcards.add("sum*")
    every = numbering.use("sum*")[0]
    own = {word: numbering.use(word)[0] for word in WORDS}

    def read(telling, barrier, words):
        barrier.wait()
        numbers, at = telling.terms(words, len(words))
        return [{*numbers[at == index].tolist()} for index in range(len(words))]

    with ThreadPoolExecutor(THREADS) as pool:
        for turn in range(ROUNDS):
            telling, barrier = Telling("", numbering, wildcards), Barrier(THREADS)
            orders = [np.roll(WORDS, shift + turn).tolist() for shift in range(THREADS)]
            found = [pool.submit(read, telling, barrier, words) for words in orders]
            for words, each in zip(orders, found, strict=True):
                assert each.result() == [{every, own[word]} for word in words]
