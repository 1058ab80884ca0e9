"""Values that are computed behind the back of whoever asks."""

import threading

import pytest

from worker.run.web.remembered import Remembered


def test_the_first_value_is_waited_for_and_kept():
    values = iter([1, 2])
    remembered = Remembered(lambda: next(values))
    assert remembered.get() == 1
    assert remembered.get() == 1


def test_an_old_value_is_given_while_one_thread_computes_the_next(monkeypatch):
    at = [100.0]
    monkeypatch.setattr("worker.run.web.remembered.time.monotonic", lambda: at[0])
    begin, threads = threading.Event(), []

    def compute():
        if not threads:
            threads.append("the caller")
            return "first"
        threads.append(threading.current_thread().name)
        assert begin.wait(20)
        return "second"

    remembered = Remembered(compute)
    assert remembered.get() == "first"
    at[0] += 3
    assert [remembered.get() for _ in range(5)] == ["first"] * 5
    renewing = [thread for thread in threading.enumerate() if thread.name in threads]
    begin.set()
    for thread in renewing:
        thread.join(20)
    assert remembered.get() == "second"
    assert len(threads) == 2


def test_a_failure_is_told_to_the_first_and_hidden_from_the_others(monkeypatch):
    at = [100.0]
    monkeypatch.setattr("worker.run.web.remembered.time.monotonic", lambda: at[0])
    answers = iter([ValueError("sample"), "value", ValueError("sample")])

    def compute():
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    remembered = Remembered(compute)
    with pytest.raises(ValueError, match="sample"):
        remembered.get()
    assert remembered.get() == "value"
    at[0] += 3
    before = set(threading.enumerate())
    assert remembered.get() == "value"
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    assert remembered.get() == "value"
