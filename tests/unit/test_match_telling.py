"""What is kept of words, read by two threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from worker.match.numbering import Numbering
from worker.match.telling import Telling
from worker.match.wildcards import Wildcards


class Meeting(dict):
    """Nobody writes before both are about to."""

    def __init__(self):
        super().__init__()
        self.barrier = Barrier(2, timeout=20)

    def setdefault(self, key, value):
        self.barrier.wait()
        return super().setdefault(key, value)


def test_threads_that_meet_words_for_the_first_time_give_them_different_codes():
    numbering, wildcards = Numbering(), Wildcards()
    wildcards.add("sum*")
    number = {word: numbering.use(word)[0] for word in ("sum*", "summit", "summer")}
    telling = Telling("", numbering, wildcards)
    telling._codes = Meeting()
    with ThreadPoolExecutor(2) as pool:
        for read in [pool.submit(telling.terms, [word], 1) for word in ("summit", "summer")]:
            read.result()
    found = [{*telling.terms([word], 1)[0].tolist()} for word in ("summit", "summer")]
    assert found == [{number["sum*"], number["summit"]}, {number["sum*"], number["summer"]}]
