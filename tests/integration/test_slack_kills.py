"""A deliverer that is killed while it posts to Slack: a real process, and what the channel shows in the end.

The one that follows it is a deliverer of this process, which need not wait for the dead one's lease: its clock is set.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from support.fake_slack import TOKEN, slack

from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store import outbox
from worker.edge.store.outbox import Address, Outbox
from worker.model import Alert, Article, Match, Reason, Report, Source, Story
from worker.run import jobs
from worker.run.supervisor import command

CONFIG = """
[[destinations]]
name = "desk"
type = "slack"
url = "{url}"
token = "{token}"
channel = "C0NEWSROOM"
"""


@contextlib.contextmanager
def deliverer(redis_url):
    environment = {**os.environ, "REDIS_URL": redis_url}
    process = subprocess.Popen([*command(), "worker", "deliver"], stderr=subprocess.DEVNULL, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def alert(number, reason):
    now = datetime.now(UTC) + timedelta(seconds=number)
    report = Report(article_id="a", source="coast.example", title="Sample", url="", published=now, seen_at=now)
    story = Story(id="s", topic="Bridge", headline="Sample", first_seen=now, last_seen=now, reports=(report,))
    return Alert(
        id=f"alert{number}",
        reason=reason,
        topic="Bridge",
        sent_because="sample",
        created=now,
        story=story,
        article=Article(id="a", title="Sample", source=Source(domain="coast.example")),
        match=Match(topic="Bridge", query="bridge", score=1.0, highlights=()),
    )


def put(store, one):
    queue = JobQueue(store)
    queue.warm()
    now = datetime.now(UTC)
    with store.pipeline() as pipe:
        pipe.multi()
        outbox.put(pipe, one, {"desk": now}, now, jobs.queue_deliver(queue))
        pipe.execute()


def is_delivered(store, one):
    return Outbox(store).delivery(Address(alert_id=one.id, destination="desk")).state == "delivered"


FIRST, CONFIRMED = alert(1, Reason.NEW_STORY), alert(2, Reason.CONFIRMED)
# At which call the deliverer dies, whether before Slack has the message or when it has; and how many messages there are
# in the end. A message whose answer nobody noted comes a second time, with the same id, unless the bot can look it up;
# none is lost.
KILLS = {
    "before the first message": (FIRST, "chat.postMessage", False, 2),
    "after the first message": (FIRST, "chat.postMessage", True, 3),
    "after the first message, as a bot that may read": (FIRST, "chat.postMessage", True, 2),
    "before the edit": (CONFIRMED, "chat.update", False, 2),
    "before the reply": (CONFIRMED, "chat.postMessage", False, 2),
    "after the reply": (CONFIRMED, "chat.postMessage", True, 3),
}


class Killer:
    """Kills the process once, when it makes that call for that alert; its connection breaks with it."""

    def __init__(self, workspace, pid, victim, method, *, when_posted):
        self.pid, self.victim, self.method = pid, victim, method
        self.done = False
        if when_posted:
            workspace.on_post = lambda message: self.strike(self.method, message.sent)
        else:
            workspace.on_call = self.strike

    def strike(self, method, arguments):
        if self.done or method != self.method:
            return
        # An edit names the alert that opened the thread, for whichever it is made.
        if method == "chat.update" or arguments["metadata"]["event_payload"]["alert_id"] == self.victim.id:
            self.done = True
            os.kill(self.pid, signal.SIGKILL)
            raise ConnectionResetError


@pytest.mark.parametrize("kill", KILLS)
def test_a_killed_deliverer_loses_nothing_and_opens_one_thread_for_those_after_it(
    bench, store, redis_server, eventually, kill
):
    victim, method, when_posted, messages = KILLS[kill]
    with slack() as workspace:
        workspace.scopes += ("channels:history",) if "may read" in kill else ()
        bench.clock.time = datetime.now(UTC)
        bench.configure(CONFIG.format(url=workspace.url, token=TOKEN))
        with deliverer(redis_server.url) as first:
            killer = Killer(workspace, first.pid, victim, method, when_posted=when_posted)
            put(store, FIRST)
            eventually(lambda: killer.done or is_delivered(store, FIRST), "the first alert")
            if victim is CONFIRMED:
                put(store, CONFIRMED)
                eventually(lambda: killer.done or pump(store), "the follow-up")
            assert first.wait(30) == -signal.SIGKILL
        second = bench.start()
        bench.clock.time = datetime.now(UTC)
        bench.until(second, lambda: is_delivered(store, victim))
        if victim is FIRST:
            put(store, CONFIRMED)
        bench.until(second, lambda: is_delivered(store, CONFIRMED))
    ids = [message.alert for message in workspace.messages]
    assert len(ids) == messages
    assert set(ids) == {FIRST.id, CONFIRMED.id}
    assert len({message.sent["client_msg_id"] for message in workspace.messages}) == 2
    assert workspace.messages[-1].alert == CONFIRMED.id
    noted = workspace.messages[1] if kill == "after the first message" else workspace.messages[0]
    assert workspace.messages[-1].thread == noted.ts


def pump(store):
    """What the scheduler does for those that wait for their turn; never true, as the waiting goes on."""
    queue = JobQueue(store)
    if Outbox(store).due(datetime.now(UTC)) and not queue.depths()["deliver"]["waiting"]:
        queue.warm()
        with store.pipeline() as pipe:
            pipe.multi()
            jobs.queue_wake_up(queue, pipe)
            pipe.execute()
    return False
