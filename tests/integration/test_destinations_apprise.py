"""Apprise destinations against real HTTP servers, by Apprise's own json:// service."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.deliverers import alert
from support.servers import Quiet, receiving, serving

from worker.alerts.apprise import apprise_text
from worker.alerts.sample import sample_at
from worker.edge.apprise import Apprise, understands
from worker.errors import DeliveryError
from worker.model import DestinationSpec
from worker.secret import SecretStr

CANARY = "canary-of-an-apprise-url"
BASE = "http://127.0.0.1:8080"
SAMPLE = sample_at(datetime(2026, 5, 1, 12, 0, tzinfo=UTC))


def at(receiver, more=""):
    address = receiver.url.removeprefix("http://").removesuffix("/hook")
    return f"json://user:{CANARY}@{address}/{CANARY}{more}"


def send(one, url, **spec):
    asyncio.run(Apprise(base_url=BASE).send(one, DestinationSpec(name="d", type="apprise", url=SecretStr(url), **spec)))


def refused(one, url):
    with pytest.raises(DeliveryError) as caught:
        send(one, url)
    assert CANARY not in str(caught.value)
    return caught.value


def test_an_alert_arrives_as_title_and_body():
    with receiving() as receiver:
        send(SAMPLE, at(receiver))
    ((_, body),) = receiver.requests
    found = json.loads(body)
    assert found["title"] == "Test · Test: This is a test alert from wirewatch"
    assert found["message"].splitlines()[1] == "why somebody ran `wirewatch alerts test`"
    assert f"{BASE}/stories/{SAMPLE.story.id}" in found["message"]


def test_what_a_feed_wrote_reaches_the_service_inert():
    evil = "@everyone <!channel> <@U1> [a](http://b) :smile: user@example.org\x1b[31m"
    one = replace(SAMPLE, story=replace(SAMPLE.story, headline=evil), sent_because=evil)
    for text in apprise_text(one, base_url=BASE):
        assert not any(code in text for code in ("@everyone", "<!", "<@", "](", ":smile:", "\x1b"))
        assert "everyone" in text


def test_titles_and_bodies_are_bounded():
    one = replace(SAMPLE, story=replace(SAMPLE.story, headline="x" * 9000), sent_because="y " * 9000)
    title, body = apprise_text(one, base_url=BASE)
    assert (len(title), len(body) <= 3500) == (200, True)


def test_own_words_take_their_place():
    with receiving() as receiver:
        send(SAMPLE, at(receiver), title="NEWS {{ alert.topic }}", body="{{ story.headline }}")
    found = json.loads(receiver.requests[0][1])
    assert (found["title"], found["message"]) == ("NEWS Test", "This is a test alert from wirewatch")


@pytest.mark.parametrize(("status", "words"), [(401, "answered 401"), (500, "answered 500"), (404, "answered 404")])
def test_a_refusal_is_tried_again_by_us_and_once_by_apprise(status, words):
    with receiving() as receiver:
        receiver.answer = lambda _number: status
        error = refused(SAMPLE, at(receiver, "?retry=3"))
    assert len(receiver.requests) == 1
    assert error.retry
    assert words in str(error)


def test_nobody_there_is_tried_again():
    with serving(Quiet) as url:
        gone = url
    assert refused(SAMPLE, f"json://{gone.removeprefix('http://')}/{CANARY}").retry


@pytest.mark.parametrize("url", [f"nothing-of-apprise://{CANARY}", f"tgram://{CANARY}"])
def test_a_url_that_apprise_does_not_understand_is_final(url):
    error = refused(SAMPLE, url)
    assert not error.retry
    assert understands(url) == "the url is none that Apprise understands; mend it"


def test_without_apprise_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    error = refused(SAMPLE, f"json://localhost/{CANARY}")
    assert error.retry
    assert 'pip install "wirewatch[apprise]"' in str(error)
    assert understands("json://localhost/") == str(error)


def test_nothing_of_it_reaches_the_log(monkeypatch):
    log = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [logging.StreamHandler(log)])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.debug("the log works")
    with receiving() as receiver:
        receiver.answer = lambda _number: 403
        refused(SAMPLE, at(receiver))
    assert "the log works" in log.getvalue()
    assert "apprise" not in log.getvalue().lower()


def test_the_deliver_worker_sends_to_it(bench):
    with receiving() as receiver:
        receiver.answer = lambda number: 500 if number == 1 else 200
        bench.configure(
            '[[destinations]]\nname = "mail"\ntype = "apprise"\nurl = "env:APPRISE_URL"\n', APPRISE_URL=at(receiver)
        )
        worker = bench.start()
        bench.put(alert(1), to=("mail",))
        bench.wake(worker)
        assert "answered 500" in bench.where(alert(1), "mail").error
        bench.pass_by(worker, seconds=6)
    assert bench.where(alert(1), "mail").state == "delivered"
