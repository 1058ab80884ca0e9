"""Today's code on what a former release left in Redis with work in hand: nothing is lost, and nothing is told again."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.register_assert_rewrite("support.atrest")

from support.alone import alone  # noqa: E402  its checks are asserts of the tests
from support.machines import BadMachine, lacking  # noqa: E402  as above
from support.stored import fill  # noqa: E402  as above

from worker.edge.rq_engine.queue import INGEST, JobQueue  # noqa: E402  as above
from worker.edge.store.outbox import Outbox  # noqa: E402  as above

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux'"),
]
FORMER = sorted((Path(__file__).parents[1] / "data" / "upgrade").glob("*.jsonl"))


@pytest.fixture
def then(tmp_path, monkeypatch):
    """Makes it be that moment again for every process that is started from then on."""
    if shutil.which("cc") is None:
        lacking("no C compiler (cc) to build the machine's shim with")
    machine = BadMachine(tmp_path, tmp_path)
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    return lambda moment: machine.set(clock=round((moment - datetime.now(UTC)).total_seconds()))


@pytest.mark.parametrize("former", FORMER, ids=lambda path: path.stem)
def test_work_that_a_former_release_left_is_done_by_this_one(tmp_path, eventually, then, former):
    first, *lines = former.read_text("ascii").splitlines()
    moment = datetime.fromisoformat(first)
    then(moment)
    with alone(tmp_path, "upgrade", more={}, prepare=lambda direct: fill(direct, lines)) as place:
        place.wire.now = lambda: moment
        (told, _copy, *_), (waiting, *_), (queued, *_) = (place.wire.publish(4, stories=1) for _ in range(3))
        assert JobQueue(place.direct).depths()[INGEST]["waiting"] > 0
        assert Outbox(place.direct).depth() == 1
        rest = place.at_rest(eventually)
        eventually(rest.reached, "rest", seconds=120)
        now = {story for _topic, story, _reason in place.recorder.told()}
        assert now == {waiting.story, queued.story}, "and the one that was told before is not told again"
        before = dict(place.wire.polls)
        eventually(lambda: all(place.wire.polls[key] > before[key] + 1 for key in before), "polls of every feed")
        assert rest.reached(), "what was seen before is seen"
        assert told.story not in {story for _topic, story, _reason in place.recorder.told()}
