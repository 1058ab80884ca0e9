"""What becomes of a delivery that is due: limits, digests, quiet hours, mutes, destinations that are switched off."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook as Verifier
from support.deliverers import NOW, alert
from support.servers import SECRET, Quiet, Receiver, receiving, serving

from worker.edge.store.destinations import Destinations
from worker.edge.store.events import counters, recent
from worker.edge.store.mutes import Mute, Mutes
from worker.model import Reason

HOOK = """
[[destinations]]
name = "{name}"
type = "webhook"
url = "{url}"
secret = "env:HOOK_SECRET"
{more}
"""
TOPIC = """
[[topics]]
name = "{name}"
query = "bridge"
{more}
"""


@pytest.fixture
def hook():
    with receiving() as found:
        yield found


@pytest.fixture
def other():
    with receiving() as found:
        yield found


@pytest.fixture
def answering():
    """A receiver whose `answer` gives a status and more headers."""
    found = Receiver()

    class Handler(Quiet):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.requests.append((dict(self.headers.items()), body))
            status, headers = found.answer(len(found.requests))
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

    with serving(Handler) as url:
        found.url = url
        yield found


def destination(name, receiver, more=""):
    return HOOK.format(name=name, url=receiver.url, more=more)


def topic(more="", name="Bridge"):
    return TOPIC.format(name=name, more=more)


def came(receiver):
    return [headers["webhook-id"] for headers, _ in receiver.requests]


def told(receiver):
    return [json.loads(body) for _, body in receiver.requests]


def state(bench, name="hook"):
    return Destinations(bench.store).state(name)


class TestSwitchedOff:
    def test_410_switches_a_destination_off_and_the_others_hear_of_it(self, bench, hook, other):
        hook.answer = lambda _number: 410
        bench.configure(destination("hook", hook) + destination("desk", other))
        worker = bench.start()
        waiting = [alert(number, story=f"s{number}") for number in range(3)]
        bench.put(waiting[0])
        bench.wake(worker)
        bench.put(*waiting[1:])
        bench.pass_by(worker, days=30)
        assert came(hook) == [waiting[0].id]
        assert state(bench).state == "gone"
        (notice,) = told(other)
        assert notice["type"] == "alert.notice"
        assert notice["data"]["story"]["headline"] == "Alerts no longer go to hook: it is gone"
        because = notice["data"]["alert"]["sent_because"]
        assert "answered 410 Gone" in because
        assert "wirewatch destinations resume hook" in because
        assert "1 alert waits for it" in because
        assert {bench.where(one).state for one in waiting} == {"pending"}
        assert recent(bench.store)[-1].kind == "alerted"

    def test_a_receiver_that_refuses_the_notice_is_well_all_the_same(self, bench, hook, other):
        other.answer = lambda _number: 200 if told(other)[-1]["type"] == "alert.new_story" else 400
        hook.answer = lambda _number: 410
        bench.configure(destination("hook", hook) + destination("desk", other))
        worker = bench.start()
        bench.put(alert(1))
        bench.wake(worker)
        (notice,) = [one for one in bench.outbox.recent() if one.reason is Reason.NOTICE]
        assert "answered 400" in bench.where(notice, "desk").error
        assert state(bench, "desk").failing_since is None
        bench.put(alert(2, story="other"), to=("desk",))
        bench.wake(worker)
        assert bench.where(alert(2, story="other"), "desk").state == "delivered"

    def test_what_waited_goes_out_when_it_is_resumed(self, bench, hook):
        hook.answer = lambda number: 410 if number == 1 else 200
        bench.configure(destination("hook", hook))
        worker = bench.start()
        first, second = alert(1), alert(2)
        bench.put(first)
        bench.wake(worker)
        bench.put(second)
        bench.wake(worker)
        Destinations(bench.store).resume("hook", bench.clock.now())
        bench.wake(worker)
        assert came(hook) == [first.id, first.id, second.id]
        assert {bench.where(one).state for one in (first, second)} == {"delivered"}
        assert state(bench).state == ""

    def test_another_address_in_the_configuration_resumes_it(self, bench, hook, other):
        hook.answer = lambda _number: 410
        bench.configure(destination("hook", hook))
        worker = bench.start()
        bench.put(alert(1))
        bench.wake(worker)
        bench.configure(destination("hook", other))
        bench.wake(worker)
        assert came(other) == [alert(1).id]
        assert state(bench).state == ""

    def test_what_was_removed_and_comes_back_begins_anew(self, bench, hook):
        hook.answer = lambda number: 410 if number == 1 else 200
        bench.configure(destination("hook", hook))
        worker = bench.start()
        bench.put(alert(1))
        bench.wake(worker)
        bench.configure("")
        bench.wake(worker)
        assert bench.where(alert(1)).error == "the destination is no longer configured"
        bench.configure(destination("hook", hook))
        bench.put(alert(2))
        bench.wake(worker)
        assert bench.where(alert(2)).state == "delivered"

    def test_a_destination_that_takes_nothing_for_five_days_is_paused(self, bench, hook, other):
        hook.answer = lambda _number: 500
        bench.configure(destination("hook", hook) + destination("desk", other))
        worker = bench.start()
        for day in range(5):
            bench.put(alert(day, story=f"s{day}"))
            bench.wake(worker)
            assert state(bench).state == ""
            bench.clock.pass_by(86_400)
        assert told(other) == []
        bench.wake(worker)
        assert state(bench).state == "paused"
        asked = len(hook.requests)
        bench.pass_by(worker, days=3)
        assert len(hook.requests) == asked
        (notice,) = told(other)
        assert notice["data"]["story"]["headline"] == "Alerts no longer go to hook: it was paused"
        assert (
            "nothing was taken since 2026-05-01 12:00 UTC; last: the webhook answered 500"
            in (notice["data"]["alert"]["sent_because"])
        )

    def test_one_that_takes_something_in_between_is_not_paused(self, bench, hook):
        bench.configure(destination("hook", hook))
        worker = bench.start()
        for day in range(8):
            hook.answer = lambda _number, day=day: 200 if day == 4 else 500
            bench.put(alert(day, story=f"s{day}"))
            bench.wake(worker)
            bench.clock.pass_by(86_400)
        assert state(bench).state == ""

    def test_without_others_there_is_nobody_to_tell(self, bench, hook):
        hook.answer = lambda _number: 410
        bench.configure(destination("hook", hook))
        worker = bench.start()
        bench.put(alert(1))
        bench.wake(worker)
        assert len(hook.requests) == 1
        assert state(bench).waiting == 1


class TestPause:
    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("form", ["seconds", "date"])
    def test_a_pause_holds_for_all_that_goes_there(self, bench, answering, status, form):
        then = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)  # the receiver's own clock
        asked = "900" if form == "seconds" else format_datetime(then + timedelta(seconds=900), usegmt=True)
        headers = {"Retry-After": asked, "Date": format_datetime(then, usegmt=True)}
        answering.answer = lambda number: (status, headers) if number == 1 else (204, {})
        bench.configure(destination("hook", answering))
        worker = bench.start()
        bench.put(alert(1))
        bench.wake(worker)
        bench.put(alert(1, story="s2"))
        bench.pass_by(worker, seconds=899)
        assert len(answering.requests) == 1
        bench.pass_by(worker, seconds=2)
        assert len(answering.requests) == 3


class TestRotation:
    def test_while_a_secret_changes_both_sign(self, bench, hook):
        former = "whsec_" + "Zm9ybWVyIHNlY3JldCBvZiB0aGUgdGVzdHM="
        text = destination("hook", hook).replace('"env:HOOK_SECRET"', '["env:HOOK_SECRET", "env:FORMER"]')
        bench.configure(text, FORMER=former)
        worker = bench.start()
        bench.clock.time = datetime.now(UTC)  # the library refuses signatures of another time
        bench.put(alert(1))
        bench.wake(worker)
        ((headers, body),) = hook.requests
        assert len(headers["webhook-signature"].split(" ")) == 2
        for secret in (SECRET, former):
            assert Verifier(secret).verify(body, headers)["data"]["alert"]["id"] == alert(1).id


class TestLimit:
    def test_what_is_beyond_the_limit_comes_as_one_message(self, bench, hook):
        bench.configure(destination("hook", hook, 'limit = "3/1h"'))
        worker = bench.start()
        many = [alert(n, story=f"s{n}", created=NOW + timedelta(seconds=n)) for n in range(17)]
        bench.put(*many)
        bench.wake(worker)
        assert len(hook.requests) == 3
        late = alert(1, story="late", created=NOW + timedelta(seconds=30))
        bench.clock.pass_by(60)
        bench.put(late)
        bench.wake(worker)
        assert len(hook.requests) == 3
        bench.until(worker, lambda: len(hook.requests) == 4)
        digest = told(hook)[3]
        assert digest["type"] == "alert.digest"
        assert digest["data"]["alert"]["sent_because"] == "and 15 more: this destination takes 3 messages in 1h"
        assert digest["data"]["collected"] == 15
        listed = [one["id"] for one in digest["data"]["alerts"]]
        assert set(came(hook)[:3]) | set(listed) == {one.id for one in (*many, late)}
        assert listed[-1] == late.id
        assert {bench.where(one).state for one in (*many, late)} == {"delivered"}
        assert bench.outbox.depth() == 0

    def test_a_single_one_beyond_the_limit_comes_as_it_is(self, bench, hook):
        bench.configure(destination("hook", hook, 'limit = "1/1h"'))
        worker = bench.start()
        bench.put(alert(1, story="s1"), alert(1, story="s2"))
        bench.wake(worker)
        bench.until(worker, lambda: len(hook.requests) == 2)
        assert [one["type"] for one in told(hook)] == ["alert.new_story"] * 2

    def test_an_attempt_that_fails_is_not_counted(self, bench, hook):
        hook.answer = lambda number: 500 if number == 1 else 200
        bench.configure(destination("hook", hook, 'limit = "1/1h"'))
        worker = bench.start()
        bench.put(alert(1, story="s1"))
        bench.wake(worker)
        bench.put(alert(1, story="s2"))
        bench.wake(worker)
        assert came(hook) == [alert(1, story="s1").id, alert(1, story="s2").id]

    def test_what_was_tried_keeps_its_own_id_and_becomes_no_part_of_a_digest(self, bench, hook):
        hook.answer = lambda number: 500 if number == 1 else 200
        bench.configure(destination("hook", hook, 'limit = "1/1h"'))
        worker = bench.start()
        tried = alert(1, story="tried")
        bench.put(tried)
        bench.wake(worker)
        bench.put(*(alert(1, story=f"s{n}") for n in range(4)))
        bench.wake(worker)
        bench.until(worker, lambda: bench.outbox.depth() == 0)
        assert came(hook).count(tried.id) == 2
        digests = [one["data"]["alerts"] for one in told(hook) if one["type"] == "alert.digest"]
        assert digests
        assert all(line["id"] != tried.id for listed in digests for line in listed)

    def test_the_alerts_of_a_story_keep_their_order_around_a_digest(self, bench, hook):
        hook.answer = lambda number: 500 if number == 2 else 200
        bench.configure(destination("hook", hook, 'limit = "1/1h"'))
        worker = bench.start()
        bench.put(alert(0, story="first"), alert(1), alert(2), alert(1, story="s2"))
        bench.wake(worker)
        bench.until(worker, lambda: len(hook.requests) == 2)  # the digest, which fails
        bench.put(alert(3))
        bench.wake(worker)
        assert len(hook.requests) == 2
        bench.until(worker, lambda: len(hook.requests) == 4)
        types = [one["type"] for one in told(hook)]
        assert types == ["alert.new_story", "alert.digest", "alert.digest", "alert.new_story"]
        assert came(hook)[1] == came(hook)[2]
        assert came(hook)[3] == alert(3).id
        listed = [line["id"] for line in told(hook)[1]["data"]["alerts"]]
        assert set(listed) == {alert(1).id, alert(2).id, alert(1, story="s2").id}
        assert listed.index(alert(1).id) < listed.index(alert(2).id)


class TestDigest:
    def test_a_topic_with_a_digest_comes_as_one_message(self, bench, hook):
        bench.configure(destination("hook", hook) + topic('digest = "1h"') + topic(name="Ferry"))
        worker = bench.start()
        first, second = alert(1), alert(1, story="s2", created=NOW + timedelta(minutes=30))
        bench.put(first, alert(1, story="f", topic="Ferry"))
        bench.wake(worker)
        assert [one["data"]["alert"]["topic"] for one in told(hook)] == ["Ferry"]
        bench.clock.pass_by(1800)
        bench.put(second)
        bench.wake(worker)
        bench.pass_by(worker, seconds=1799)
        assert len(hook.requests) == 1
        bench.pass_by(worker, seconds=1)
        _, digest = told(hook)
        assert digest["type"] == "alert.digest"
        assert digest["data"]["alert"] == {
            "id": came(hook)[1],
            "reason": "digest",
            "topic": "Bridge",
            "sent_because": "2 alerts in 1h",
        }
        assert [one["id"] for one in digest["data"]["alerts"]] == [first.id, second.id]
        assert digest["data"]["story"]["id"] == "s2"
        delivery = bench.where(first)
        assert (delivery.state, delivery.digest) == ("delivered", came(hook)[1])

    def test_a_digest_keeps_its_id_and_its_alerts_when_it_is_tried_again(self, bench, hook):
        hook.answer = lambda number: 500 if number == 1 else 200
        bench.configure(destination("hook", hook) + topic('digest = "1h"'))
        worker = bench.start()
        bench.put(alert(1))
        bench.wake(worker)
        bench.until(worker, lambda: len(hook.requests) == 1)
        assert bench.where(alert(1)).state == "pending"
        bench.put(alert(1, story="s2"))
        bench.wake(worker)
        bench.pass_by(worker, seconds=6)
        one, again = told(hook)
        assert one == again
        bench.until(worker, lambda: len(hook.requests) == 3)
        assert [line["id"] for line in told(hook)[2]["data"]["alerts"]] == [alert(1, story="s2").id]

    def test_a_digest_that_would_end_in_quiet_hours_ends_with_them(self, bench, hook):
        bench.clock.time = datetime(2026, 5, 1, 21, 30, tzinfo=UTC)
        bench.configure(destination("hook", hook) + topic('digest = "1h"\nquiet = "22:00-07:00 UTC"'))
        worker = bench.start()
        bench.put(alert(1))
        bench.wake(worker)
        bench.pass_by(worker, hours=9, minutes=29)
        assert hook.requests == []
        bench.put(alert(1, story="s2"))
        bench.wake(worker)
        bench.pass_by(worker, minutes=1)
        (digest,) = told(hook)
        assert digest["data"]["collected"] == 2

    def test_a_digest_that_is_no_longer_wanted_leaves_its_alerts_to_go_by_themselves(self, bench, hook):
        bench.configure(destination("hook", hook) + topic('digest = "1h"'))
        worker = bench.start()
        bench.put(alert(1), alert(2))
        bench.wake(worker)
        bench.configure(destination("hook", hook) + topic())
        bench.pass_by(worker, hours=1)
        assert came(hook) == [alert(1).id, alert(2).id]

    def test_two_destinations_have_a_digest_each(self, bench, hook, other):
        bench.configure(destination("hook", hook) + destination("desk", other) + topic('digest = "1h"'))
        worker = bench.start()
        bench.put(alert(1), to=("hook", "desk"))
        bench.wake(worker)
        bench.pass_by(worker, hours=1)
        (one,), (two,) = told(hook), told(other)
        assert one["data"]["alerts"] == two["data"]["alerts"]
        assert one["data"]["alert"]["id"] != two["data"]["alert"]["id"]


class TestQuiet:
    def test_a_try_after_a_failure_waits_for_the_end_of_quiet_hours_too(self, bench, hook):
        hook.answer = lambda number: 500 if number == 1 else 200
        bench.clock.time = datetime(2026, 3, 28, 21, 59, 58, tzinfo=UTC)
        bench.configure(destination("hook", hook) + topic('quiet = "22:00-07:00 Europe/London"'))
        worker = bench.start()
        bench.put(alert(1))
        bench.wake(worker)
        bench.pass_by(worker, seconds=10)
        assert len(hook.requests) == 1
        # The clocks go forward in that night: seven in London is six in UTC.
        assert bench.where(alert(1)).next_attempt == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
        bench.until(worker, lambda: len(hook.requests) == 2)
        assert bench.clock.now() < datetime(2026, 3, 29, 6, 0, 1, tzinfo=UTC)


class TestMutes:
    @pytest.mark.parametrize(("kind", "of"), [("topic", "Bridge"), ("story", "s1"), ("story", "former")])
    def test_what_is_muted_is_noted_and_not_sent(self, bench, hook, kind, of):
        bench.configure(destination("hook", hook) + topic() + topic(name="Ferry"))
        worker = bench.start()
        bench.store.sadd("{ww}:story:absorbed:s1", "former")
        Mutes(bench.store).add(Mute(kind=kind, of=of, until=NOW + timedelta(hours=2)))
        ferry = alert(1, story="f", topic="Ferry")
        bench.put(alert(1), ferry)
        bench.wake(worker)
        assert came(hook) == [ferry.id]
        delivery = bench.where(alert(1))
        assert delivery.state == "muted"
        assert delivery.error.endswith("until 2026-05-01 14:00 UTC")
        assert "muted" in {event.kind for event in recent(bench.store)}
        assert counters(bench.store)['wirewatch_deliveries_total{destination="hook",result="muted"}'] == 1
        bench.clock.pass_by(2 * 3600)
        bench.put(alert(2))
        bench.wake(worker)
        assert came(hook) == [ferry.id, alert(2).id]
        assert Mutes(bench.store).active(bench.clock.now()) == []

    def test_who_asks_for_a_muted_alert_gets_it(self, bench, hook):
        bench.configure(destination("hook", hook, 'limit = "1/1h"') + topic('digest = "1h"'))
        worker = bench.start()
        Mutes(bench.store).add(Mute(kind="topic", of="Bridge", until=NOW + timedelta(hours=2)))
        bench.put(alert(1))
        bench.wake(worker)
        bench.outbox.resend(alert(1).id, bench.clock.now())
        bench.wake(worker)
        assert came(hook) == [alert(1).id]

    def test_what_was_collected_before_is_muted_as_well(self, bench, hook):
        bench.configure(destination("hook", hook) + topic('digest = "1h"'))
        worker = bench.start()
        bench.put(alert(1), alert(1, story="s2"))
        bench.wake(worker)
        Mutes(bench.store).add(Mute(kind="story", of="s1", until=NOW + timedelta(hours=2)))
        bench.pass_by(worker, hours=1)
        (digest,) = told(hook)
        assert [one["id"] for one in digest["data"]["alerts"]] == [alert(1, story="s2").id]
        assert bench.where(alert(1)).state == "muted"


def test_an_incoming_webhook_of_slack_gets_a_message_a_second(bench, hook):
    bench.configure(f'[[destinations]]\nname = "chat"\ntype = "slack"\nurl = "{hook.url}"\n')
    worker = bench.start()
    bench.put(*(alert(number, story=f"s{number}") for number in range(4)), to=("chat",))
    bench.wake(worker)
    for seen in range(1, 4):
        assert len(hook.requests) == seen
        bench.pass_by(worker, seconds=1.01)
    assert len(hook.requests) == 4
    assert {bench.where(alert(n, story=f"s{n}"), "chat").attempts for n in range(4)} == {1}
