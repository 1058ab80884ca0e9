"""Alerts by e-mail: Apprise's mailto:// against a real SMTP server."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.deliverers import alert
from support.mailbox import receiving_mail

from worker.alerts.sample import sample_at
from worker.edge.apprise import Apprise
from worker.errors import DeliveryError
from worker.model import DestinationSpec
from worker.run.lanes import ABREAST
from worker.secret import SecretStr

CANARY = "canary-of-the-mail-password"
BASE = "http://127.0.0.1:8080"
SAMPLE = sample_at(datetime(2026, 5, 1, 12, 0, tzinfo=UTC))


@pytest.fixture
def box():
    with receiving_mail(CANARY) as found:
        yield found


def address(box, password=CANARY):
    return (
        f"mailto://desk:{password}@127.0.0.1:{box.port}/?smtp=127.0.0.1&mode=insecure"
        "&from=wirewatch@example.org&to=desk@example.org"
    )


def send(one, url, **spec):
    asyncio.run(Apprise(base_url=BASE).send(one, DestinationSpec(name="d", type="apprise", url=SecretStr(url), **spec)))


def refused(url):
    with pytest.raises(DeliveryError) as caught:
        send(SAMPLE, url)
    assert CANARY not in str(caught.value)
    assert caught.value.retry
    return str(caught.value)


def text_of(mail):
    return mail.get_body(("plain", "html")).get_content()


def test_an_alert_is_a_mail(box):
    send(SAMPLE, address(box))
    (mail,) = box.mails
    assert mail["Subject"] == "Test · Test: This is a test alert from wirewatch"
    assert "wirewatch@example.org" in mail["From"]
    assert box.recipients == ["desk@example.org"]
    assert "somebody ran `wirewatch alerts test`" in text_of(mail)
    assert f"{BASE}/stories/{SAMPLE.story.id}" in text_of(mail)


def test_what_a_feed_wrote_adds_no_header_and_no_markup(box):
    evil = "One\r\nBcc: everybody@example.org\r\n\r\n<b onclick=1>two</b> <script>three</script>"
    send(replace(SAMPLE, story=replace(SAMPLE.story, headline=evil)), address(box))
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert box.recipients == ["desk@example.org"]
    assert "One Bcc: everybody" in mail["Subject"]
    for part in mail.walk():
        if part.get_content_type() == "text/html":
            assert "<script" not in part.get_content()
            assert "<b " not in part.get_content()


@pytest.mark.parametrize("answer", ["550 no such sender here", "451 try again later", "421 too many of you"])
def test_a_server_that_refuses_is_tried_again(box, answer):
    box.refuses = answer
    refused(address(box))
    assert box.mails == []


def test_a_wrong_password_is_tried_again_and_not_told(box):
    refused(address(box, f"{CANARY}-of-yesterday"))
    assert box.mails == []


def test_a_server_that_is_not_there_is_tried_again(box):
    with receiving_mail(CANARY) as gone:
        url = address(gone)
    refused(url)


def test_a_mail_that_failed_comes_later_and_once(bench, box):
    box.refuses = "451 try again later"
    bench.configure('[[destinations]]\nname = "mail"\ntype = "apprise"\nurl = "env:MAIL_URL"\n', MAIL_URL=address(box))
    worker = bench.start()
    bench.put(alert(1), to=("mail",))
    bench.wake(worker)
    assert bench.where(alert(1), "mail").state == "pending"
    box.refuses = ""
    bench.pass_by(worker, seconds=6)
    assert bench.where(alert(1), "mail").state == "delivered"
    assert len(box.mails) == 1


def test_servers_that_hang_delay_no_other(bench, box, eventually):
    with receiving_mail(CANARY) as first, receiving_mail(CANARY) as second:
        first.hang = second.hang = threading.Event()
        names = {"first": first, "second": second, "quick": box}
        written = (f'[[destinations]]\nname = "{name}"\ntype = "apprise"\nurl = "env:{name}"\n' for name in names)
        bench.configure("".join(written), **{name: address(one) for name, one in names.items()})
        worker = bench.start()
        bench.put(*(alert(number, story=f"s{number}") for number in range(ABREAST)), to=("first", "second"))
        thread = bench.waking(worker)
        eventually(lambda: first.waiting + second.waiting == 2 * ABREAST, "attempts that hang at both")
        bench.put(alert(99, story="late"), to=("quick",))
        eventually(lambda: box.mails, "the mail of the third")
        assert first.waiting + second.waiting == 2 * ABREAST
        first.hang.set()
        thread.join()
