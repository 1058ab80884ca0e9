"""The embedded Redis: private, exclusive, durable."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest
import redis

from worker.edge.embedded import LONGEST_SOCKET, EmbeddedRedis, running_url, socket_path
from worker.edge.memory import usable_memory
from worker.edge.redis_client import connect
from worker.errors import BusyError, ConfigError


def test_it_listens_on_a_private_socket_and_no_port(tmp_path):
    with EmbeddedRedis(tmp_path / "data") as server:
        path = socket_path(tmp_path / "data")
        assert stat.S_ISSOCK(path.stat().st_mode)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        config = connect(server.url).config_get("*")
        assert config["port"] == "0"
        assert config["appendonly"] == "yes"
        assert config["maxmemory-policy"] == "noeviction"
        assert running_url(tmp_path / "data") == server.url
    assert running_url(tmp_path / "data") is None


def test_a_second_server_on_the_same_directory_is_refused(tmp_path):
    with EmbeddedRedis(tmp_path), pytest.raises(BusyError, match=f"in use by process {os.getpid()}"):
        EmbeddedRedis(tmp_path).start()


def test_it_may_use_half_of_the_memory_there_is(tmp_path):
    with EmbeddedRedis(tmp_path) as server:
        limit = int(connect(server.url).config_get("maxmemory")["maxmemory"])
    assert 0 < limit <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    assert limit == usable_memory() // 2


def test_a_control_group_or_one_above_it_may_allow_less_memory_than_the_machine_has(tmp_path):
    assert usable_memory(tmp_path) == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/system.slice/wirewatch.service\n", "ascii")
    service = tmp_path / "sys/fs/cgroup/system.slice/wirewatch.service"
    service.mkdir(parents=True)
    (service / "memory.max").write_text("268435456\n", "ascii")
    (service.parent / "memory.max").write_text("max\n", "ascii")
    assert usable_memory(tmp_path) == 268_435_456
    (service.parent / "memory.max").write_text("134217728\n", "ascii")
    assert usable_memory(tmp_path) == 134_217_728


def test_data_survives_kill_9_of_the_server(tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.start()
    connection = connect(server.url)
    # As it is set, a slow disk puts the last second off; that is not what is tried here.
    connection.config_set("appendfsync", "always")
    connection.set("key", "value")
    os.kill(server.pid, signal.SIGKILL)
    server.start()
    try:
        assert connect(server.url).get("key") == b"value"
    finally:
        server.stop()


def test_the_server_ends_with_the_process_that_started_it_and_hands_the_directory_on(tmp_path):
    code = (
        "import sys; from pathlib import Path; from worker.edge.embedded import EmbeddedRedis\n"
        "from worker.edge.redis_client import connect\n"
        "server = EmbeddedRedis(Path(sys.argv[1])); server.start(); connect(server.url).set('key', 'value')\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout.readline() == b"ready\n"
        owner.kill()
        owner.wait()
        # The lock lasts until the orphaned server has gone, so starting waits for it by itself.
        with EmbeddedRedis(tmp_path) as server:
            assert connect(server.url).get("key") == b"value"


def test_a_long_path_still_gets_a_socket_that_everybody_finds(tmp_path):
    deep = tmp_path / ("long-name-" * 12)
    with EmbeddedRedis(deep) as server:
        assert len(os.fsencode(socket_path(deep))) <= LONGEST_SOCKET
        assert running_url(deep) == server.url


def test_a_path_with_spaces_and_signs_works(tmp_path):
    with EmbeddedRedis(tmp_path / "my data #1 50%") as server:
        assert connect(server.url).ping()


def test_a_directory_that_cannot_be_made_is_told_in_one_sentence(tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    with pytest.raises(ConfigError, match=r"the data directory .*file/data cannot be used: Not a directory"):
        EmbeddedRedis(file / "data").start()


def test_stopping_twice_and_without_starting_is_harmless(tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.stop()
    server.start()
    server.stop()
    server.stop()
    with pytest.raises(redis.ConnectionError):
        connect(server.url).ping()
