"""The commands about deliveries: dead letters, sending again, destinations that were switched off, mutes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from starlette.testclient import TestClient
from support.clocks import HandClock
from support.deliverers import Bench, alert
from support.servers import receiving

from worker.edge.clock import SystemClock
from worker.edge.kept import Kept, pack
from worker.edge.store.mutes import Mutes
from worker.run.web.app import create_app

CONFIG = """
[redis]
url = "{redis}"
[[topics]]
name = "Bridge"
query = "bridge"
[[destinations]]
name = "hook"
type = "webhook"
url = "{url}"
secret = "env:HOOK_SECRET"
"""


@pytest.fixture
def bench(store, tmp_path, redis_server, cli):
    """A worker whose receiver answers as it is told to, in the folder where the commands run."""
    with receiving() as receiver, structlog.testing.capture_logs():
        bench = Bench(store, tmp_path, clock=HandClock(datetime.now(UTC)))
        bench.configure(CONFIG.format(redis=redis_server.url, url=receiver.url))
        bench.receiver = receiver
        bench.worker = bench.start()
        yield bench
        bench.worker.close()


def give_up(bench, one):
    bench.receiver.answer = lambda _number: 500
    bench.put(one)
    bench.until(bench.worker, lambda: bench.where(one).state == "dead")
    bench.receiver.answer = lambda _number: 200
    bench.clock.time = datetime.now(UTC)


def test_dead_letters_are_listed_and_sent_again(bench, cli):
    dead, fine = alert(1, story="a"), alert(1, story="b")
    give_up(bench, dead)
    bench.put(fine)
    bench.wake(bench.worker)
    (listed,) = json.loads(cli("alerts", "list", "--dead", "--json")[1])
    assert (listed["id"], listed["destination"], listed["attempts"]) == (dead.id, "hook", 11)
    assert "500" in listed["error"]
    assert "1 delivery given up; see wirewatch alerts list --dead" in cli("status")[1]
    sent = {one["id"]: one["sent"] for one in json.loads(cli("alerts", "list", "--json")[1])}
    assert sent == {dead.id: {"hook": "dead"}, fine.id: {"hook": "delivered"}}
    before = len(bench.receiver.requests)
    assert cli("alerts", "resend", "--dead") == (0, "1 delivery to be made again\n", "")
    bench.clock.time = datetime.now(UTC)
    bench.wake(bench.worker)
    assert [headers["webhook-id"] for headers, _ in bench.receiver.requests[before:]] == [dead.id]
    assert cli("alerts", "list", "--dead", "--json")[1] == "[]\n"


def test_all_of_a_time_is_sent_again_in_its_order(bench, cli):
    now = datetime.now(UTC)
    old, first, second = (
        alert(number, created=now - timedelta(hours=hours)) for number, hours in ((1, 9), (2, 2), (3, 1))
    )
    bench.put(old, first, second)
    bench.wake(bench.worker)
    bench.receiver.requests.clear()
    assert cli("alerts", "resend", "--since", "3h") == (0, "2 deliveries to be made again\n", "")
    bench.clock.time = datetime.now(UTC)
    bench.wake(bench.worker)
    assert [headers["webhook-id"] for headers, _ in bench.receiver.requests] == [first.id, second.id]


@pytest.mark.parametrize("words", [(), ("some-id", "--dead"), ("some-id", "--since", "1h")])
def test_it_has_to_be_said_what_is_to_be_sent_again(bench, cli, words):
    status, _, errors = cli("alerts", "resend", *words)
    assert status == 2
    assert "name one alert by its ID, or many by --since or --dead" in " ".join(errors.split())


def test_nothing_to_send_again_is_said(bench, cli):
    assert cli("alerts", "resend", "--dead")[0] == 1


def test_a_destination_that_was_switched_off_is_shown_and_resumed(bench, cli):
    bench.receiver.answer = lambda _number: 410
    bench.put(alert(1))
    bench.wake(bench.worker)
    (found,) = json.loads(cli("destinations", "list", "--json")[1])
    assert (found["name"], found["state"], found["waiting"]) == ("hook", "gone", 1)
    (told,) = json.loads(cli("status", "--json")[1])["destinations"]
    assert (told["state"], told["waiting"]) == ("gone", 1)
    shown = " ".join(cli("status")[1].split())
    assert "gone hook, 1 waiting: the webhook answered 410 Gone" in shown
    assert "then run wirewatch destinations resume hook" in shown
    bench.receiver.answer = lambda _number: 200
    assert cli("destinations", "resume", "hook") == (0, "hook gets alerts again; 1 waits for it\n", "")
    bench.clock.time = datetime.now(UTC)
    bench.wake(bench.worker)
    assert bench.where(alert(1)).state == "delivered"
    assert json.loads(cli("destinations", "list", "--json")[1])[0]["state"] == "ok"


def test_an_unknown_destination_is_said_to_be_unknown(bench, cli):
    status, _, errors = cli("destinations", "resume", "nobody")
    assert (status, errors) == (1, "wirewatch: there is no destination nobody; see `wirewatch destinations list`\n")


def test_a_topic_is_muted_for_a_time(bench, cli, store):
    status, output, _ = cli("topics", "mute", "Bridge", "--for", "2h")
    assert status == 0
    assert output.startswith("Bridge is silent until ")
    bench.put(alert(1))
    bench.wake(bench.worker)
    assert bench.receiver.requests == []
    assert json.loads(cli("status", "--json")[1])["muted"][0]["of"] == "Bridge"
    (listed,) = json.loads(cli("topics", "list", "--json")[1])
    assert datetime.now(UTC) < datetime.fromisoformat(listed["muted_until"])
    assert "MUTED UNTIL" in cli("topics", "list")[1].upper().replace("_", " ")
    assert "muted" in cli("alerts", "list")[1]
    assert "the topic is muted until" in cli("alerts", "show", alert(1).id)[1]
    assert cli("topics", "unmute", "Bridge")[:2] == (0, "Bridge is told again from now on\n")
    assert cli("topics", "unmute", "Bridge")[0] == 1
    assert json.loads(cli("topics", "list", "--json")[1])[0]["muted_until"] is None
    assert Mutes(store).active(datetime.now(UTC)) == []


@pytest.mark.parametrize(
    ("words", "status"), [(("topics", "mute", "Ferry"), 1), (("topics", "mute", "Bridge", "--for", "2 hours"), 2)]
)
def test_what_cannot_be_muted_is_said(bench, cli, words, status):
    assert cli(*words)[0] == status


def test_a_story_is_acknowledged_by_its_id_or_a_former_one(bench, cli, store):
    one = alert(1, story="present")
    store.set("{ww}:story:present", pack(Kept(story=one.story)))
    store.zadd("{ww}:stories", {"present": 1})
    store.set("{ww}:story:merged:former", "present")
    assert cli("stories", "ack", "former")[0] == 0
    bench.put(one)
    bench.wake(bench.worker)
    assert bench.where(one).state == "muted"
    (listed,) = json.loads(cli("stories", "list", "--json")[1])
    assert listed["acknowledged_until"] is not None
    client = TestClient(create_app(store, clock=SystemClock(), password=None), base_url="http://127.0.0.1")
    assert "nobody is told more of it, which ends" in client.get("/stories/present").text
    assert cli("stories", "unack", "present")[0] == 0
    assert "nobody is told more" not in client.get("/stories/present").text
    assert cli("stories", "ack", "unknown")[0] == 1


def test_the_dashboard_shows_what_is_off_and_what_is_silent(bench, cli, store):
    bench.receiver.answer = lambda _number: 410
    bench.put(alert(1))
    bench.wake(bench.worker)
    assert cli("topics", "mute", "Bridge")[0] == 0
    client = TestClient(create_app(store, clock=SystemClock(), password=None), base_url="http://127.0.0.1")
    page, metrics = client.get("/").text, client.get("/metrics").text
    assert 'wirewatch_destination_off{destination="hook"} 1.0\n' in metrics
    assert 'wirewatch_destination_waiting{destination="hook"} 1.0\n' in metrics
    assert "wirewatch_dead_letters 0.0\n" in metrics
    assert "hook gets no alerts: it is gone" in page
    assert 'action="/destinations/hook/resume"' in page
    assert "Silent for now" in page
