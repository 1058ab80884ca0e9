"""The deliver worker on a real Redis with a real receiver; only the clock is moved by hand."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
import structlog
from support.clocks import HandClock
from support.servers import SECRET, Quiet, Receiver, serving

from worker.config import load, to_published
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.rq_engine.queue import DELIVER, JobQueue
from worker.edge.store import outbox
from worker.edge.store.destinations import Destinations
from worker.edge.store.events import counters, recent
from worker.edge.store.outbox import ATTEMPT_LEASE, Address, Outbox
from worker.edge.store.published import Published, set_web_url
from worker.run import jobs
from worker.run.deliver import DeliverWorker
from worker.run.testing import sample_alert

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOOK = """
[[destinations]]
name = "hook"
type = "webhook"
url = "{url}"
secret = "env:HOOK_SECRET"
"""


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def receiver():
    """`answer` gives a status, or a status and more headers."""
    found = Receiver()

    class Handler(Quiet):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            answer = found.answer(len(found.requests))
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

    with serving(Handler) as url:
        found.url = f"{url}/hook"
        yield found


def publish(store, folder, text):
    path = folder / "wirewatch.toml"
    path.write_text(text, "utf-8")
    settings = load(path, env={"HOOK_SECRET": SECRET})
    Published(store).put(to_published(settings), settings.fingerprint, NOW)


def close(worker):
    worker.close()


@pytest.fixture
def start(store, tmp_path, clock, receiver):
    publish(store, tmp_path, HOOK.format(url=receiver.url))
    started = []

    def build(connection=store):
        worker = DeliverWorker(connection)
        worker.clock = clock
        worker.live.refresh(at_once=True)
        started.append(worker)
        return worker

    yield build
    for worker in started:
        close(worker)


def put(store, clock, *destinations, due=None):
    queue = JobQueue(store)
    queue.warm()
    alert = replace(sample_alert(clock), trace="trace-1")
    first = due or clock.now()
    with store.pipeline() as pipe:
        pipe.multi()
        outbox.put(pipe, alert, dict.fromkeys(destinations, first), clock.now(), jobs.queue_deliver(queue))
        pipe.execute()
    return alert


def wake(worker, store, clock):
    """What the scheduler does when deliveries are due, and what the worker then does."""
    members = Outbox(store).due(clock.now())
    for member in members:
        worker.deliver({"v": 1, "members": [member]})
    return members


def first_try(worker, alert, name="hook"):
    worker.deliver({"v": 1, "members": [f"{alert.id}:{name}"]})


def where(store, alert, name="hook"):
    return Outbox(store).delivery(Address(alert_id=alert.id, destination=name))


def test_an_alert_is_delivered_once_and_signed(store, start, clock, receiver):
    worker = start()
    alert = put(store, clock, "hook")
    clock.time = datetime.now(UTC)  # the receiver refuses signatures of another time
    first_try(worker, alert)
    first_try(worker, alert)
    (payload,) = receiver.payloads()
    assert payload["data"]["alert"]["id"] == alert.id
    assert receiver.requests[0][0]["webhook-id"] == alert.id
    assert where(store, alert).state == "delivered"
    assert Outbox(store).depth() == 0


def test_a_failure_is_tried_again_after_its_pause_with_the_same_id(store, start, clock, receiver):
    receiver.answer = lambda number: 500 if number < 3 else 200
    worker = start()
    alert = put(store, clock, "hook")
    first_try(worker, alert)
    assert where(store, alert).state == "pending"
    assert "500" in where(store, alert).error
    clock.pass_by(4)
    assert wake(worker, store, clock) == []
    clock.pass_by(2)
    assert len(wake(worker, store, clock)) == 1
    clock.pass_by(34)
    assert len(wake(worker, store, clock)) == 1
    assert where(store, alert).state == "delivered"
    assert where(store, alert).attempts == 3
    assert [headers["webhook-id"] for headers, _ in receiver.requests] == [alert.id] * 3
    stamps = [int(headers["webhook-timestamp"]) for headers, _ in receiver.requests]
    assert stamps == [int(NOW.timestamp()) + seconds for seconds in (0, 6, 40)]


def test_wake_up_calls_that_piled_up_make_one_attempt_and_not_all_of_them(store, start, clock, receiver):
    """While nobody delivers, the same alert is called again every minute; its receiver may be down as well."""
    receiver.answer = lambda _number: 503
    worker = start()
    alert = put(store, clock, "hook")
    for _ in range(20):
        first_try(worker, alert)
    assert len(receiver.requests) == 1
    assert where(store, alert).attempts == 1
    assert where(store, alert).state == "pending"


def test_after_days_of_failures_an_alert_is_a_dead_letter_that_can_be_sent_again(store, start, clock, receiver):
    receiver.answer = lambda _number: 500
    worker = start()
    alert = put(store, clock, "hook")
    first_try(worker, alert)
    for _ in range(30):
        if Outbox(store).depth() == 0:
            break
        clock.time = max(clock.time, where(store, alert).next_attempt)
        wake(worker, store, clock)
    assert where(store, alert).state == "dead"
    assert timedelta(days=2) < clock.time - NOW < timedelta(days=5)
    receiver.answer = lambda _number: 200
    Outbox(store).resend(alert.id, clock.now())
    assert len(wake(worker, store, clock)) == 1
    assert where(store, alert).state == "delivered"
    assert len(receiver.by_id()) == 1


def test_asking_to_send_again_overrules_the_pause_after_a_failure(store, start, clock, receiver):
    receiver.answer = lambda number: 500 if number == 1 else 200
    worker = start()
    alert = put(store, clock, "hook")
    first_try(worker, alert)
    Outbox(store).resend(alert.id, clock.now())
    wake(worker, store, clock)
    assert where(store, alert).state == "delivered"


def test_a_receiver_that_is_gone_is_asked_once(store, start, clock, receiver):
    receiver.answer = lambda _number: 410
    worker = start()
    alert = put(store, clock, "hook")
    first_try(worker, alert)
    assert (where(store, alert).state, where(store, alert).attempts) == ("pending", 1)
    assert Destinations(store).state("hook").state == "gone"
    clock.pass_by(10 * 86_400)
    assert wake(worker, store, clock) == []
    assert len(receiver.requests) == 1


def test_a_receiver_that_asks_for_a_pause_gets_it(store, start, clock, receiver):
    receiver.answer = lambda number: (429, {"Retry-After": "900"}) if number == 1 else 200
    worker = start()
    alert = put(store, clock, "hook")
    first_try(worker, alert)
    clock.pass_by(899)
    assert wake(worker, store, clock) == []
    clock.pass_by(1)
    assert len(wake(worker, store, clock)) == 1
    assert where(store, alert).state == "delivered"


def test_a_receiver_that_is_down_is_tried_again(store, start, clock, tmp_path):
    with serving(Quiet) as url:
        gone = url
    publish(store, tmp_path, HOOK.format(url=f"{gone}/hook"))
    worker = start()
    alert = put(store, clock, "hook")
    first_try(worker, alert)
    assert where(store, alert).state == "pending"
    assert "127.0.0.1 does not accept connections" in where(store, alert).error


def test_a_destination_that_was_removed_is_a_dead_letter_that_says_so(store, start, clock, receiver):
    worker = start()
    alert = put(store, clock, "removed", "hook")
    first_try(worker, alert, "removed")
    first_try(worker, alert, "hook")
    assert where(store, alert, "removed").state == "dead"
    assert where(store, alert, "removed").error == "the destination is no longer configured"
    assert where(store, alert, "hook").state == "delivered"


def test_a_destination_that_was_added_a_moment_ago_is_known(store, start, clock, receiver, tmp_path):
    """The worker that decided the alert had read the new configuration already."""
    worker = start()
    publish(store, tmp_path, HOOK.format(url=receiver.url) + HOOK.format(url=receiver.url).replace('"hook"', '"new"'))
    alert = put(store, clock, "new")
    first_try(worker, alert, "new")
    assert where(store, alert, "new").state == "delivered"


def test_a_held_alert_goes_out_when_its_quiet_hours_end(store, start, clock, receiver):
    worker = start()
    alert = put(store, clock, "hook", due=NOW + timedelta(hours=8))
    assert JobQueue(store).depths()[DELIVER]["waiting"] == 0
    clock.pass_by(8 * 3600 - 1)
    assert wake(worker, store, clock) == []
    clock.pass_by(1)
    wake(worker, store, clock)
    assert where(store, alert).state == "delivered"


def test_two_deliverers_with_the_same_call_send_once(store, start, clock, receiver, redis_server):
    at_receiver, go_on = threading.Event(), threading.Event()

    def slow(_number):
        at_receiver.set()
        go_on.wait(30)
        return 200

    receiver.answer = slow
    other = connect(redis_server.url)
    first, second = start(), start(other)
    alert = put(store, clock, "hook")
    thread = threading.Thread(target=first_try, args=(first, alert))
    thread.start()
    assert at_receiver.wait(30)
    first_try(second, alert)
    go_on.set()
    thread.join()
    other.close()
    assert len(receiver.requests) == 1
    assert where(store, alert).attempts == 1


def test_a_deliverer_that_died_in_the_middle_is_followed_after_its_lease(store, start, clock, receiver):
    worker = start()
    alert = put(store, clock, "hook")
    assert Outbox(store).begin(Address(alert_id=alert.id, destination="hook"), clock.now())
    clock.pass_by(ATTEMPT_LEASE - 1)
    assert wake(worker, store, clock) == []
    clock.pass_by(2)
    wake(worker, store, clock)
    assert [headers["webhook-id"] for headers, _ in receiver.requests] == [alert.id]


def test_a_bug_met_in_one_alert_keeps_the_pace_of_failures_and_ends(store, start, clock):
    """Not once a minute for ever, and not without a word."""
    worker = start()
    alert = put(store, clock, "hook")
    worker._specs["hook"] = replace(worker._specs["hook"], type="of a later release")
    first_try(worker, alert)
    assert where(store, alert).attempts == 1
    assert where(store, alert).error == "sending it crashed (KeyError)"
    assert where(store, alert).next_attempt - NOW < timedelta(seconds=ATTEMPT_LEASE)


def test_the_links_of_an_alert_follow_the_dashboard(store, start, clock, receiver):
    """It may start after the deliverer, and on a port of its own."""
    worker = start()
    set_web_url(store, "http://127.0.0.1:54321", owner="web", is_public=False, now=NOW)
    alert = put(store, clock, "hook")
    first_try(worker, alert)
    (_, body) = receiver.requests[0]
    assert json.loads(body)["data"]["story"]["url"].startswith("http://127.0.0.1:54321/")


def test_the_line_and_the_event_of_a_delivery_carry_its_trace(store, start, clock, receiver):
    worker = start()
    alert = put(store, clock, "hook")
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        first_try(worker, alert)
    (line,) = [line for line in lines if line["event"] == "delivered"]
    assert (line["trace"], line["alert"]) == ("trace-1", alert.id)
    assert recent(store, 1)[0].facts["trace"] == "trace-1"
    assert counters(store)['wirewatch_deliveries_total{destination="hook",result="delivered"}'] == 1


def test_redis_going_away_after_the_receiver_took_it_leads_to_the_same_id_again(tmp_path, clock, receiver):
    (tmp_path / "data").mkdir()
    with EmbeddedRedis(tmp_path / "data") as server:
        connection = connect(server.url)
        connection.config_set("appendfsync", "always")
        publish(connection, tmp_path, HOOK.format(url=receiver.url))
        worker = DeliverWorker(connection)
        worker.clock = clock
        worker.live.refresh(at_once=True)
        alert = put(connection, clock, "hook")

        def die(_number):
            os.kill(server.pid, signal.SIGKILL)
            return 200

        receiver.answer = die
        with pytest.raises(redis.RedisError):
            first_try(worker, alert)
        server.start()
        receiver.answer = lambda _number: 200
        clock.pass_by(ATTEMPT_LEASE + 1)
        wake(worker, connection, clock)
        close(worker)
        assert where(connection, alert).state == "delivered"
        connection.close()
    assert [headers["webhook-id"] for headers, _ in receiver.requests] == [alert.id] * 2


def test_a_stale_member_without_a_delivery_leaves_the_outbox(store, start, clock):
    worker = start()
    alert = put(store, clock, "hook")
    store.delete("{ww}:delivery:" + f"{alert.id}:hook")
    clock.pass_by(ATTEMPT_LEASE + 1)
    assert len(wake(worker, store, clock)) == 1
    assert Outbox(store).depth() == 0
