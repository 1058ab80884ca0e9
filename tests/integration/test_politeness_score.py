"""The scheduler as owners of feeds see it: a real process, real Redis and requests, and a clock put forward.

The operator has set nothing about polling.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest
from support.machines import BadMachine, lacking
from support.politeness import DAY, HOUR, MINUTE, Publisher, Visit, faults, opened

from worker.edge import keys
from worker.edge.store.feeds import FeedStore
from worker.run.supervisor import command

pytestmark = pytest.mark.timeout(900)

# A jump of the clock; feeds come up to so much later than they are due, never sooner.
STEP = 20 * MINUTE
LASTS = 27 * HOUR
PUBLISHERS = {
    "quiet": Publisher(),
    "busy": Publisher(changes_every=20 * MINUTE),
    "weak": Publisher(etag='W/"v{version}"', changes_every=5 * HOUR),
    "odd": Publisher(etag="no quotes \xe9 {version}", has_date=False, changes_every=7 * HOUR),
    "dated": Publisher(etag=None, changes_every=6 * HOUR),
    "cached": Publisher(least=30 * MINUTE, changes_every=5 * MINUTE, headers=(("Cache-Control", "max-age=1800"),)),
    "lazy": Publisher(least=2 * HOUR, head="<ttl>120</ttl>", changes_every=10 * MINUTE),
    "full": Publisher(limits=(2, 3 * HOUR)),
    "away": Publisher(sends_on=(302, "/elsewhere")),
    "moved": Publisher(sends_on=(301, "/new"), changes_every=9 * HOUR),
    "gone": Publisher(is_gone=True),
    "stuck": Publisher(says_304_for_ever=True, changes_every=HOUR),
    "crowd": Publisher(takes=0.05),
}
CROWD = 6


class Life:
    """A scheduler process on a machine whose clock is put forward whenever nothing is left to do."""

    def __init__(self, store, folder, machine):
        self.store, self.folder, self.machine = store, folder, machine
        self.ahead = 0
        self.process = None

    def clock(self):
        return time.time() + self.ahead

    def start(self):
        host = self.store.connection_pool.connection_kwargs
        config = self.folder / "wirewatch.toml"
        with (self.folder / "scheduler.log").open("ab") as log:
            clean = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
            self.process = subprocess.Popen(
                [*command(), "scheduler", "--config", str(config)],
                env={**clean, **self.machine.environment, "REDIS_URL": f"unix://{host['path']}"},
                stdout=log,
                stderr=log,
            )

    def end(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, (self.folder / "scheduler.log").read_text()[-2000:]

    def rest(self, feeds):
        """Wait until every feed was polled and none is due; when the next one will be."""
        end = time.monotonic() + 120
        while True:
            dues = [due for _, due in self.store.zrange(keys.FEEDS_DUE, 0, -1, withscores=True)]
            busy = self.store.exists(keys.FEED_CLAIMS, keys.HOSTS_WAITING)
            if len(dues) == feeds and not busy and min(dues) > self.clock():
                return min(dues)
            assert self.process.poll() is None, (self.folder / "scheduler.log").read_text()[-2000:]
            assert time.monotonic() < end, (self.folder / "scheduler.log").read_text()[-2000:]
            # what is waited for happens in Redis and in another process, where nothing tells of it
            time.sleep(0.05)

    def live(self, feeds, until):
        while self.ahead < until:
            due = self.rest(feeds)
            self.ahead += int(max(STEP, due - self.clock()))
            self.machine.set(clock=self.ahead)
        self.rest(feeds)


@pytest.fixture
def life(store, tmp_path):
    if shutil.which("cc") is None:
        lacking("no C compiler (cc) to build the machine's shim with")
    found = Life(store, tmp_path, BadMachine(tmp_path, tmp_path / "disk"))
    yield found
    if found.process and found.process.poll() is None:
        found.process.kill()
        found.process.wait()


def test_owners_of_feeds_have_nothing_to_complain_of(life):
    with opened(PUBLISHERS, life.clock) as street:
        urls = [street.url(name) for name in PUBLISHERS if name != "crowd"]
        urls += [street.url("crowd", f"/{n}") for n in range(CROWD)]
        twice = street.url("quiet").replace("quiet.localhost", "QUIET.localhost.") + "#again"
        feeds = "".join(f'[[feeds]]\nurl = "{url}"\n' for url in [*urls, twice])
        (life.folder / "wirewatch.toml").write_text(f'[network]\nallow = ["127.0.0.0/8"]\n{feeds}', "utf-8")
        life.start()
        life.live(len(urls), LASTS / 2)
        life.end()
        life.start()
        life.live(len(urls), LASTS)
        life.end()
    crowd = street.visits.pop("crowd")
    assert "\n".join(faults(street)) == ""
    assert max(visit.together for visit in crowd) <= 2
    # No mark without an occasion for it.
    times = {name: len(visits) for name, visits in street.visits.items()}
    assert times.pop("gone") == 1
    assert all(number >= 4 for number in times.values()), times
    assert sum(visit.status == 429 for visit in street.visits["full"]) >= 2
    unasked = [visit for visit in street.visits["stuck"] if not visit.is_conditional]
    assert len(unasked) == 2
    assert unasked[1].at - unasked[0].at >= DAY
    states = {view.url: view.state for view in FeedStore(life.store).view()}
    assert states[street.url("gone")].gone
    assert states[street.url("moved")].moved_to == street.url("moved", "/new")
    assert not states[street.url("moved")].moved
    assert all(state.failing_since is None for url, state in states.items() if "gone" not in url and "full" not in url)


GOOD = {"user-agent": "wirewatch/1 (+https://example.org/)", "accept-encoding": "gzip"}


@pytest.mark.parametrize(
    ("visits", "complaint"),
    [
        ([(0, {}), (1800, {"if-none-match": '"1"', "if-modified-since": "d"})], "came again after 1800 s"),
        ([(0, {}), (7200, {})], "without conditions again"),
        ([(0, {}), (7200, {"if-none-match": '"2"', "if-modified-since": "d"})], "made If-None-Match up"),
        ([(0, {}), (7200, {"if-none-match": '"1"'})], "left If-Modified-Since out"),
        ([(0, {"cookie": "reader=sample"})], "needless cookie"),
        ([(0, {"referer": "http://example.org/"})], "needless referer"),
        ([(0, {"user-agent": "python"})], "where to complain"),
    ],
)
def test_who_is_impolite_loses_marks(visits, complaint):
    with opened({"quiet": Publisher()}, lambda: 0.0) as street:
        told = {"path": "/feed", "status": 200, "etag": '"1"', "date": "d"}
        street.visits["quiet"] = [Visit(at=at, headers=GOOD | headers, **told) for at, headers in visits]
        assert complaint in "\n".join(faults(street))
