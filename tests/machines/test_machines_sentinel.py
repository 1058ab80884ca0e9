"""A Redis behind one Sentinel, on a loopback of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import pytest
import redis
from support.network import own_loopback
from support.redises import SERVICE, server_file, tls_server

from worker.edge.redis_client import connect
from worker.errors import UnavailableError
from worker.run.cli.common import open_redis

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux'")
URL = f"redis+sentinel://127.0.0.1/{SERVICE}"


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """The Redis and its Sentinel are started; the addresses of tests lead to them."""
    folder, here = tmp_path_factory.mktemp("sentinel"), {"bind": "127.0.0.1", "port": "6379"}
    with own_loopback(), contextlib.ExitStack() as opening:
        server = server_file(folder, "server", here)
        sentinel = folder / "sentinel.conf"
        sentinel.write_text(f"port 26379\ndir {folder}\nsentinel monitor {SERVICE} 127.0.0.1 6379 1\n", "ascii")
        for words in ([str(server)], [str(sentinel), "--sentinel"]):
            process = opening.enter_context(subprocess.Popen([tls_server(), *words], stdout=subprocess.DEVNULL))
            opening.callback(process.kill)
        yield


def answers(one):
    def condition():
        with contextlib.suppress(redis.RedisError):
            return one.ping()
        return False

    return condition


@pytest.mark.usefixtures("behind")
def test_an_answer_that_came_too_late_is_not_taken_for_the_next_one(eventually):
    one = connect(f"{URL}?socket_timeout=0.3")
    eventually(answers(one), "a Redis behind a Sentinel")
    one.set("{ww}:sample", "a sample")
    with pytest.raises(redis.TimeoutError):
        one.blpop("{ww}:never", 1)
    assert [one.get("{ww}:sample") for _ in range(3)] == [b"a sample"] * 3
    one.close()


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("redis+sentinel://127.0.0.1/other", "no Sentinel names a primary of 'other'"),
        ("redis+sentinel://127.0.0.1:1,127.0.0.1:2/press", "no Sentinel names a primary of 'press'"),
        ("redis://wirewatch:wrong@127.0.0.1", "refused the password"),
    ],
)
@pytest.mark.usefixtures("behind")
def test_what_is_wrong_with_an_address_is_one_sentence(eventually, monkeypatch, tmp_path, url, mend):
    eventually(answers(connect(URL)), "a Redis behind a Sentinel")
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(UnavailableError, match=mend) as caught:
        open_redis(tmp_path / "none.toml")
    assert "wrong" not in str(caught.value)
    assert len(str(caught.value)) < 300
