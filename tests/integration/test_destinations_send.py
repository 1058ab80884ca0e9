"""Senders against real HTTP servers: what arrives, and what every kind of answer means."""

import asyncio
import base64
import io
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook as Verifier

from worker.edge.console import Console
from worker.edge.http import HttpClient
from worker.edge.slack import Slack
from worker.edge.webhook import Webhook
from worker.errors import DeliveryError, FetchFailedError
from worker.model import Alert, Article, DestinationSpec, Match, Reason, Report, Source, Story
from worker.secret import SecretStr

BASE = "http://127.0.0.1:8080"
SECRET = "whsec_" + base64.b64encode(b"sample secret of 24 byte").decode()
CANARY = "T000-canary-secret"
NOW = datetime.now(UTC)
HEADLINE = "Train <heads> for “Russia” & beyond 金正恩"

STORY = Story(
    id="5707",
    topic="summit",
    headline=HEADLINE,
    first_seen=NOW,
    last_seen=NOW,
    reports=(Report(article_id="a", source="s1.example", title=HEADLINE, url="", published=NOW, seen_at=NOW),),
)
ALERT = Alert(
    id="a1e7",
    reason=Reason.NEW_STORY,
    topic="summit",
    sent_because="first report of this story",
    created=NOW,
    story=STORY,
    article=Article(id="a", title=HEADLINE, source=Source(domain="s1.example")),
    match=Match(topic="summit", query="train", score=1.0, highlights=()),
)


@dataclass
class Clock:
    time: datetime = NOW

    def now(self):
        return self.time


@dataclass
class Receiver:
    """Answers what it is told to, and keeps what it was sent."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b"ok"
    got: list = field(default_factory=list)
    url: str = ""


@contextmanager
def receiving(**answer):
    receiver = Receiver(**answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response_only(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *args):
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/{CANARY}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(kind, url, *, secret="", clock=None, times=1):
    async def run():
        async with HttpClient(allow=(), user_agent="wirewatch-test") as http:
            sender = kind(http, clock=clock or Clock(), base_url=BASE)
            for _ in range(times):
                await sender.send(
                    ALERT, DestinationSpec(name="d", type="t", url=SecretStr(url), secret=SecretStr(secret))
                )

    asyncio.run(run())


def refused(kind, **answer):
    with receiving(**answer) as receiver, pytest.raises(DeliveryError) as caught:
        send(kind, receiver.url)
    assert len(receiver.got) == 1
    assert CANARY not in str(caught.value)
    return caught.value


BOTH = pytest.mark.parametrize("kind", [Webhook, Slack])


def test_a_webhook_is_signed_over_the_very_bytes():
    with receiving() as receiver:
        send(Webhook, receiver.url, secret=SECRET, clock=Clock(time=datetime.now(UTC)))
    ((headers, body),) = receiver.got
    payload = Verifier(SECRET).verify(body, headers)
    assert payload["type"] == "alert.new_story"
    assert payload["data"]["story"]["headline"] == HEADLINE
    assert payload["data"]["story"]["url"] == f"{BASE}/stories/5707"
    assert headers["webhook-id"] == "a1e7"
    assert headers["content-type"] == "application/json"


def test_the_id_stays_and_the_timestamp_is_that_of_the_attempt():
    clock = Clock()
    with receiving() as receiver:
        send(Webhook, receiver.url, secret=SECRET, clock=clock)
        clock.time += timedelta(seconds=90)
        send(Webhook, receiver.url, secret=SECRET, clock=clock)
    (first, body), (second, again) = receiver.got
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 90
    assert first["webhook-signature"] != second["webhook-signature"]
    assert body == again


def test_without_a_secret_it_is_unsigned_but_has_id_and_time():
    with receiving() as receiver:
        send(Webhook, receiver.url)
    ((headers, _),) = receiver.got
    assert headers["webhook-id"] == "a1e7"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert "webhook-signature" not in headers


@pytest.mark.parametrize("secret", ["whsec_", "whsec_5é5", "whsec_A"])
def test_a_broken_secret_is_an_error_that_does_not_show_it(secret):
    with receiving() as receiver, pytest.raises(DeliveryError) as caught:
        send(Webhook, receiver.url, secret=secret)
    assert receiver.got == []
    assert not caught.value.retry
    assert str(caught.value) == "the webhook's secret is no whsec_... secret; mend it"


def test_slack_gets_blocks_and_a_plain_text():
    with receiving() as receiver:
        send(Slack, receiver.url)
    ((headers, body),) = receiver.got
    message = json.loads(body)
    assert message["blocks"][0]["text"]["text"] == "Train &lt;heads&gt; for “Russia” &amp; beyond 金正恩"
    assert message["text"].startswith("Train &lt;heads&gt;")
    assert headers["content-type"] == "application/json; charset=utf-8"


@BOTH
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_success(kind, status):
    with receiving(status=status, body=b"") as receiver:
        send(kind, receiver.url)
    assert len(receiver.got) == 1


@BOTH
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_failures_and_not_followed(kind, status):
    with receiving() as elsewhere:
        error = refused(kind, status=status, headers={"Location": elsewhere.url})
    assert elsewhere.got == []
    assert error.retry
    assert "redirects are not followed" in str(error)


@BOTH
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(kind, status):
    error = refused(kind, status=status)
    assert error.retry
    assert not error.gone
    assert error.retry_after is None
    assert str(status) in str(error)


def test_a_webhook_that_is_gone_is_never_tried_again():
    error = refused(Webhook, status=410)
    assert error.gone
    assert not error.retry


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_webhook_may_be_mended_by_its_owner_so_4xx_is_tried_again(status):
    assert refused(Webhook, status=status).retry


@pytest.mark.parametrize(
    ("status", "said"), [(404, "no_service"), (404, "channel_not_found"), (410, "channel_is_archived")]
)
def test_a_slack_webhook_or_channel_that_is_no_more_keeps_its_alerts_until_somebody_mends_it(status, said):
    error = refused(Slack, status=status, body=said.encode())
    assert error.gone
    assert not error.retry
    assert said in str(error)


def test_what_an_admin_of_slack_can_allow_is_tried_again():
    error = refused(Slack, status=403, body=b"action_prohibited")
    assert error.retry
    assert not error.gone


def test_words_of_slack_that_nobody_knows_are_not_told():
    assert "at my" not in str(refused(Slack, status=403, body=f"no, not at my {CANARY}".encode()))


@pytest.mark.parametrize("said", [b"invalid_blocks", b"msg_blocks_too_long", b"invalid_payload", b"what may come"])
def test_slack_gets_plain_text_where_it_refuses_the_message(said):
    with receiving(status=400, body=said) as receiver, pytest.raises(DeliveryError) as caught:
        send(Slack, receiver.url)
    assert not caught.value.retry
    assert not caught.value.gone
    (_, whole), (_, bare) = receiver.got
    assert "blocks" in json.loads(whole)
    assert json.loads(bare).keys() == {"text", "mrkdwn", "unfurl_links", "unfurl_media"}
    assert json.loads(bare)["text"] == json.loads(whole)["text"]


class Patient:
    """A client that only notes how long it may wait."""

    def __init__(self):
        self.seconds = []

    async def post(self, _url, *, body, headers, timeout):  # noqa: ASYNC109  the client's own budget
        self.seconds.append(timeout)
        raise FetchFailedError("nobody answered in time", kind="timeout")


@BOTH
def test_a_receiver_has_fifteen_seconds_to_answer(kind):
    patient = Patient()
    sender = kind(patient, clock=Clock(), base_url=BASE)
    with pytest.raises(DeliveryError, match="in time") as caught:
        asyncio.run(sender.send(ALERT, DestinationSpec(name="d", type="t", url=SecretStr("http://127.0.0.1:9/hook"))))
    assert caught.value.retry
    assert patient.seconds == [15.0]


@BOTH
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds(kind, status):
    assert refused(kind, status=status, headers={"Retry-After": "120"}).retry_after == 120.0


@BOTH
def test_retry_after_as_a_date_is_measured_from_the_receivers_clock(kind):
    then = datetime(2020, 1, 1, tzinfo=UTC)
    headers = {
        "Date": format_datetime(then, usegmt=True),
        "Retry-After": format_datetime(then + timedelta(seconds=90), usegmt=True),
    }
    assert refused(kind, status=503, headers=headers).retry_after == 90.0


@BOTH
def test_retry_after_as_a_date_without_a_date_of_the_receiver(kind):
    whole = NOW.replace(microsecond=0)
    headers = {"Retry-After": format_datetime(whole + timedelta(seconds=60), usegmt=True)}
    assert refused(kind, status=503, headers=headers).retry_after == 60.0


@BOTH
def test_retry_after_elsewhere_means_nothing(kind):
    assert refused(kind, status=500, headers={"Retry-After": "120"}).retry_after is None


@BOTH
def test_nobody_there_is_tried_again_and_named_by_host_only(kind):
    with receiving() as receiver:
        pass
    with pytest.raises(DeliveryError) as caught:
        send(kind, receiver.url)
    assert caught.value.retry
    assert "127.0.0.1" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


@BOTH
def test_an_address_that_is_none_is_final(kind):
    with pytest.raises(DeliveryError) as caught:
        send(kind, f"no-scheme/{CANARY}")
    assert not caught.value.retry
    assert CANARY not in str(caught.value)


SPEC = DestinationSpec(name="terminal", type="console")


def test_the_console_writes_one_block_per_alert():
    stream = io.StringIO()
    console = Console(stream, base_url=BASE)
    asyncio.run(console.send(ALERT, SPEC))
    asyncio.run(console.send(ALERT, SPEC))
    blocks = stream.getvalue().split("\n\n")
    assert len(blocks) == 3
    assert blocks[0] == blocks[1]
    assert HEADLINE in blocks[0]


def test_a_console_that_knows_no_unicode_still_gets_the_alert():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    asyncio.run(Console(stream, base_url=BASE).send(ALERT, SPEC))
    assert b"Train <heads> for ?Russia? & beyond ???" in raw.getvalue()


def test_a_console_that_is_closed_is_an_error_to_try_again():
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError, match="console") as caught:
        asyncio.run(Console(stream, base_url=BASE).send(replace(ALERT, id="b"), SPEC))
    assert caught.value.retry
