"""Secrets that the configuration names are in the published configuration and nowhere else, whatever goes wrong."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from support.processes import Running
from support.servers import SECRET, Quiet, serving

from worker.config import load
from worker.edge import keys
from worker.edge.embedded import running_url
from worker.edge.redis_client import connect
from worker.edge.store.outbox import Outbox
from worker.run.live import secrets_of

# A dozen commands are run one after the other.
pytestmark = pytest.mark.timeout(600)

CANARIES = {
    "web": "canary-of-the-web-password",
    "slack": "canary-of-the-slack-url",
    "token": "canary-of-the-authorization-header",
    "key": "canary-of-an-api-key-header",
    "hook": "canary-of-the-webhook-query",
    "bot": "xoxb-canary-of-the-slack-bot",
    "apprise": "canary-of-the-apprise-path",
    "mailbox": "canary-of-the-apprise-password",
}
FORMER = "whsec_" + base64.b64encode(b"canary-of-the-former-signing-key").decode()
CONFIG = """
[storage]
dir = "data"
[network]
allow = ["127.0.0.0/8"]
[polling]
interval = "1s"
min_interval = "1s"
max_interval = "1s"
[web]
listen = "127.0.0.1:0"
password = "{web}"
[[feeds]]
url = "{site}/feed"
name = "Private"
headers = {{ Authorization = "Bearer {token}", X-Api-Key = "{key}" }}
[[feeds]]
url = "{site}/broken"
headers = {{ Authorization = "Bearer {token}" }}
[[topics]]
name = "Volcano"
query = "volcano"
[[destinations]]
name = "hook"
type = "webhook"
url = "{site}/hook?token={hook}"
secret = "env:HOOK_SECRET"
[[destinations]]
name = "chat"
type = "slack"
url = "{site}/services/{slack}"
[[destinations]]
name = "newsroom"
type = "slack"
url = "{site}/api"
token = "{bot}"
channel = "C0NEWSROOM"
[[destinations]]
name = "mail"
type = "apprise"
url = "json://desk:{mailbox}@{host}/{apprise}"
limit = "1/1h"
title = "{{{{ story.headline }}}}"
[[destinations]]
name = "off"
type = "webhook"
url = "{site}/gone?token={hook}"
secret = ["env:HOOK_SECRET", "{former}"]
[[destinations]]
name = "gone"
type = "slack"
url = "{gone}/services/{slack}"
"""


class Site(Quiet):
    """A private feed, a page that echoes what it was asked with, and receivers that refuse."""

    def do_GET(self):
        allowed = CANARIES["token"] in self.headers.get("Authorization", "")
        if self.path != "/feed" or not allowed:
            self.reply(500, f"no, not with {self.headers.get('Authorization')}")
            return
        published = format_datetime(datetime.now(UTC) - timedelta(minutes=1))
        host = self.headers["Host"]
        self.reply(
            200,
            '<rss version="2.0"><channel><title>Private</title><item><title>Sample volcano report</title>'
            f"<link>http://{host}/page</link><guid>1</guid><pubDate>{published}</pubDate></item></channel></rss>",
        )

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/api/"):
            told = self.headers["Authorization"]
            self.reply(200, json.dumps({"ok": False, "error": f"no, not with {told}", "needed": told, "user": told}))
            return
        self.reply(410 if self.path.startswith("/gone") else 500, f"no, not at {self.path}")

    def reply(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def running(tmp_path):
    with serving(Quiet) as gone:
        pass
    with serving(Site) as site:
        running = Running(tmp_path, written(site, gone))
        running.start()
        yield running
        running.stop()


def written(site, gone):
    return CONFIG.format(site=site, gone=gone, host=site.partition("//")[2], former=FORMER, **CANARIES)


def unpacked(value):
    try:
        return value + b"\n" + zlib.decompress(value)
    except zlib.error:
        return value


def contents(connection):
    """Every key but the published configuration, as bytes to search in."""
    found = []
    for key in connection.scan_iter("*"):
        kind = connection.type(key).decode()
        if key.decode() == keys.CONFIG:
            # The feeds of the published configuration lie beside its body, with their headers.
            values = [value for name, value in connection.hgetall(key).items() if name not in {b"body", b"feeds"}]
        elif kind == "string":
            values = [connection.get(key)]
        elif kind == "hash":
            values = [part for pair in connection.hgetall(key).items() for part in pair]
        elif kind == "list":
            values = connection.lrange(key, 0, -1)
        elif kind == "set":
            values = list(connection.smembers(key))
        elif kind == "zset":
            values = connection.zrange(key, 0, -1)
        elif kind == "none":
            continue  # it has gone since the scan
        else:
            assert kind == "stream"
            values = [part for _, fields in connection.xrange(key) for pair in fields.items() for part in pair]
        found += [key, *map(unpacked, values)]
    return b"\n".join(found)


def test_no_secret_leaves_the_published_configuration(running, eventually):
    eventually(lambda: running.log.read_text().count("delivery_failed") >= 6, "six failures in the log")
    eventually(lambda: "destination_off" in running.log.read_text(), "a destination that was switched off")
    eventually(lambda: len(running.status()["alerts"]) == 2, "the notice about it")
    eventually(lambda: "poll_failed" in running.log.read_text(), "a failed poll in the log")
    connection = connect(running_url(running.folder / "data"))
    parts = (connection.hget(keys.CONFIG, "body"), zlib.decompress(connection.hget(keys.CONFIG, "feeds")))
    kept, published = contents(connection), b"".join(parts).decode()
    with httpx2.Client(auth=("wirewatch", CANARIES["web"])) as client:
        metrics = client.get(f"{running.dashboard}/metrics")
    alert_id = Outbox(connection).recent()[0].id
    connection.close()
    assert "wirewatch_deliveries_total" in metrics.text
    looks = (
        *(("alerts", "show", alert_id), ("alerts", "list", "--json"), ("alerts", "list", "--dead"), ("feeds", "list")),
        *(("status",), ("status", "--json"), ("destinations", "list", "--json"), ("alerts", "test", "mail")),
        *(("alerts", "test", "off"), ("check",), ("check", "--online")),
    )
    shown = [running.run_each(*looks)]
    with httpx2.Client(auth=("wirewatch", CANARIES["web"])) as client:
        shown += [client.get(f"{running.dashboard}{path}").text for path in ("/", "/stories/unknown")]
    log = running.log.read_text()
    assert all(json.loads(line) for line in log.splitlines())
    key = SECRET.removeprefix("whsec_")
    former = FORMER.removeprefix("whsec_")
    for secret in (*CANARIES.values(), SECRET, key, base64.b64decode(key).decode(), FORMER, former):
        assert secret.encode() not in kept
        assert secret not in log
        assert secret not in metrics.text
        assert all(secret not in text for text in shown)
    assert all(secret in published for secret in (*CANARIES.values(), SECRET, FORMER))


def test_every_secret_of_a_configuration_is_known_to_the_log(tmp_path):
    path = tmp_path / "wirewatch.toml"
    text = written("https://example.org", "https://example.org")
    path.write_text(text.replace("[storage]", '[redis]\nurl = "redis://user:canary-of-redis@localhost/0"\n[storage]'))
    hidden = secrets_of(load(path, env={"HOOK_SECRET": SECRET}))
    plain = {CANARIES[name] for name in ("web", "token", "key", "bot", "apprise", "mailbox")}
    assert plain | {SECRET, FORMER, "canary-of-redis"} <= set(hidden)
    assert any(CANARIES["hook"] in secret for secret in hidden)
    assert f"https://example.org/services/{CANARIES['slack']}" in hidden
    assert all(len(secret) > 1 for secret in hidden)
