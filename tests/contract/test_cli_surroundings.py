"""What the commands say about Redis, the network and other processes that are not as they should be."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from support.stores import memory_limit

from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.store.published import Published
from worker.run.durability import refuse_loss, risks
from worker.run.supervisor import command


@pytest.fixture
def closed_port():
    """A port of this machine on which nobody listens, while the test holds it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def clean_environment():
    return {name: value for name, value in os.environ.items() if name not in {"WIREWATCH_CONFIG", "REDIS_URL"}}


def begin(*arguments, folder):
    """A process that cannot begin, when it has ended."""
    return subprocess.run(
        [*command(), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
    )


def findings(output):
    """The table of `doctor`: state and sentence by part."""
    rows = [line.split("  ") for line in output.splitlines()[1:]]
    return {row[0].strip(): tuple(cell.strip() for cell in row[1:] if cell.strip()) for row in rows}


# --- Redis --------------------------------------------------------------------------------------------------------


def test_an_unreachable_redis_is_one_sentence_without_its_password(cli, closed_port, tmp_path):
    url = f"redis://:se%63ret@127.0.0.1:{closed_port}/0"
    (tmp_path / "wirewatch.toml").write_text(f'[redis]\nurl = "{url}"\n', "utf-8")
    for arguments in (("status",), ("feeds", "list"), ("alerts", "resend", "x"), ("topics", "test", "ferry")):
        status, output, errors = cli(*arguments)
        assert (status, output) == (1, "")
        assert errors.startswith(f"wirewatch: Redis at redis://:***@127.0.0.1:{closed_port}/0 does not answer")
        assert "mend [redis] url or REDIS_URL" in errors
        assert errors.count("\n") == 1
    status, output, errors = cli("doctor")
    assert (status, errors) == (1, "")
    state, sentence = findings(output)["redis"]
    assert state == "mend"
    assert "does not answer" in sentence
    assert "se%63ret" not in output


def test_a_system_that_is_not_running_is_one_sentence(cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text("", "utf-8")
    status, output, errors = cli("status")
    assert (status, output) == (1, "")
    assert "no Redis is running in" in errors
    assert "`wirewatch up`" in errors
    status, output, _ = cli("doctor")
    assert status == 0
    assert "not running; `wirewatch up` will start" in findings(output)["redis"][1]


def test_redis_url_of_the_environment_is_enough_to_look(cli, store, redis_server, monkeypatch):
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    status, output, errors = cli("alerts", "list", "--json")
    assert (status, output, errors) == (0, "[]\n", "")


def test_doctor_finds_an_embedded_redis_well(cli, tmp_path, redis_server):
    (tmp_path / "wirewatch.toml").write_text(f'[redis]\nurl = "{redis_server.url}"\n', "utf-8")
    status, output, errors = cli("doctor")
    assert (status, errors) == (0, "")
    found = findings(output)
    assert {part: state for part, (state, _) in found.items()} == dict.fromkeys(
        [
            "configuration",
            "redis version",
            "redis persistence",
            "redis eviction",
            "redis memory",
            "redis writes",
            "clock",
            "network guard",
            "disk",
        ],
        "ok",
    )


def test_doctor_says_how_to_mend_persistence_eviction_memory_and_an_open_guard(cli, tmp_path):
    with EmbeddedRedis(tmp_path / "data") as server:
        connection = connect(server.url)
        connection.config_set("appendonly", "no")
        connection.config_set("maxmemory-policy", "allkeys-lru")
        connection.config_set("maxmemory", "0")
        connection.close()
        (tmp_path / "wirewatch.toml").write_text('[network]\nallow = ["127.0.0.0/8"]\n', "utf-8")
        status, output, errors = cli("doctor")
    assert (status, errors) == (1, "")
    found = findings(output)
    assert {part for part, (state, _) in found.items() if state == "mend"} == {
        "redis persistence",
        "redis eviction",
        "redis memory",
        "network guard",
    }
    assert "appendonly yes" in found["redis persistence"][1]
    assert "maxmemory-policy noeviction" in found["redis eviction"][1]
    assert "set `maxmemory`" in found["redis memory"][1]
    assert "127.0.0.1" in found["network guard"][1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"maxmemory": "1mb"}, "its memory is full, so nothing goes on until there is room: raise `maxmemory`"),
        ({"maxmemory": "ALMOST"}, "its memory is nearly full, so no feed is polled until there is room"),
        ({"min-replicas-to-write": "1"}, "lower `min-replicas-to-write`"),
        ({"replicaof": "127.0.0.1 1"}, "point [redis] url or REDIS_URL at the primary"),
    ],
)
def test_status_and_doctor_say_how_to_mend_a_redis_that_takes_no_writes(cli, store, redis_server, settings, words):
    Path("wirewatch.toml").write_text(f'[redis]\nurl = "{redis_server.url}"\n', "utf-8")
    almost, limit = str(int(store.info("memory")["used_memory"] * 1.1)), store.config_get("maxmemory")["maxmemory"]
    ((name, value),) = settings.items()
    try:
        if name == "replicaof":
            store.replicaof(*value.split())
        else:
            store.config_set(name, value.replace("ALMOST", almost))
        _, shown, _ = cli("status")
        _, told, _ = cli("status", "--json")
        _, doctors, _ = cli("doctor")
    finally:
        store.replicaof("NO", "ONE")
        store.config_set("min-replicas-to-write", "0")
        store.config_set("maxmemory", limit)
    assert words in shown.splitlines()[0]
    assert words in json.loads(told)["redis"]["trouble"]
    state, finding = findings(doctors)["redis writes"]
    assert (state, words in finding) == ("mend", True)
    assert json.loads(cli("status", "--json")[1])["redis"] == {"trouble": None}


def test_doctor_looks_at_redis_also_when_the_file_is_broken(cli, tmp_path, redis_server):
    (tmp_path / "wirewatch.toml").write_text(
        f'[redis]\nurl = "{redis_server.url}"\n[[topics]]\nname = "t"\nquery = "NOT x"\n', "utf-8"
    )
    status, output, errors = cli("doctor")
    assert (status, errors) == (1, "")
    found = findings(output)
    assert found["configuration"][0] == "mend"
    assert found["configuration"][1].startswith("topics[0].query: ")
    assert found["configuration"][1].endswith(" (line 5); `wirewatch check` points at it")
    assert found["redis version"][0] == "ok"


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (("up",), {"appendonly": "no", "save": ""}, "it keeps nothing on disk"),
        (("scheduler",), {"maxmemory-policy": "allkeys-lru"}, "maxmemory-policy noeviction"),
        (("worker", "ingest"), {"maxmemory-policy": "volatile-ttl"}, "volatile-ttl throws away queued work"),
        (("worker",), {"appendonly": "no"}, "it keeps nothing on disk"),
    ],
)
def test_a_redis_that_loses_work_is_refused_at_start(arguments, settings, words, tmp_path):
    with EmbeddedRedis(tmp_path / "unsafe") as server:
        connection = connect(server.url)
        for name, value in settings.items():
            connection.config_set(name, value)
        connection.close()
        (tmp_path / "wirewatch.toml").write_text(
            f'[redis]\nurl = "{server.url}"\n[web]\nlisten = "127.0.0.1:0"\n', "utf-8"
        )
        done = begin(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "--i-accept-loss" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_redis_that_loses_work_is_used_by_those_who_accept_it(tmp_path, eventually):
    with EmbeddedRedis(tmp_path / "unsafe") as server:
        connection = connect(server.url)
        connection.config_set("appendonly", "no")
        (tmp_path / "wirewatch.toml").write_text(f'[redis]\nurl = "{server.url}"\n', "utf-8")
        log = tmp_path / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command(), "scheduler", "--i-accept-loss"], cwd=tmp_path, stderr=file, env=clean_environment()
            )
        try:
            eventually(lambda: Published(connection).version(), "a published configuration")
            assert "work_may_be_lost" in log.read_text()
        finally:
            process.terminate()
            assert process.wait(30) == 0
            connection.close()


def test_snapshots_without_an_append_only_file_are_told_and_not_refused(store, redis_server):
    store.config_set("appendonly", "no")
    store.config_set("save", "3600 1")
    try:
        (risk,) = risks(store, store.info())
        refuse_loss(store, accepted=False)
    finally:
        store.config_set("save", "")
        store.config_set("appendonly", "yes")
    assert not risk.grave
    assert "a crash loses what came since the last" in risk.sentence


def test_a_redis_without_a_limit_is_told_at_start_and_not_refused(store, capsys):
    with memory_limit(store, 0):
        refuse_loss(store, accepted=False)
    told = capsys.readouterr().out
    assert "redis memory" in told
    assert "set `maxmemory`" in told
    refuse_loss(store, accepted=False)
    assert capsys.readouterr().out == ""


# --- the network --------------------------------------------------------------------------------------------------


def test_check_online_names_a_destination_that_nobody_answers_for(cli, tmp_path, closed_port):
    (tmp_path / "wirewatch.toml").write_text(
        f'[[destinations]]\nname = "hook"\ntype = "slack"\nurl = "http://127.0.0.1:{closed_port}/very/secret"\n',
        "utf-8",
    )
    assert cli("check")[0] == 0
    status, output, _ = cli("check", "--online")
    assert status == 1
    assert f"error: destination hook: 127.0.0.1 cannot be reached on port {closed_port}: " in output
    assert "secret" not in output


def test_check_online_is_content_with_an_open_port_and_says_nothing_to_it(cli, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (tmp_path / "wirewatch.toml").write_text(
            f'[[destinations]]\nname = "hook"\ntype = "slack"\nurl = "http://127.0.0.1:{port}/"\n', "utf-8"
        )
        status, output, _ = cli("check", "--online")
        caller, _ = server.accept()
        with caller:
            assert caller.recv(1) == b""
    assert (status, output.count("\n")) == (0, 1)


def test_a_host_that_can_be_none_is_told_like_an_unreachable_one(cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text(
        f'[[destinations]]\nname = "hook"\ntype = "slack"\nurl = "https://{"a" * 64}.example/"\n', "utf-8"
    )
    status, output, errors = cli("check", "--online")
    assert (status, errors) == (1, "")
    assert "error: destination hook: " in output


# --- processes of their own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "config", "words"),
    [
        (("up",), None, "wirewatch init"),
        (("up",), "[redis\n", "this is not TOML"),
        (("web",), '[web]\npassword = "env:NOT_SET_AT_ALL"\n[redis]\nurl = "redis://127.0.0.1:PORT/0"\n', "Redis at"),
        (("up",), '[web]\npassword = "env:NOT_SET_AT_ALL"\n', "variable NOT_SET_AT_ALL is not set"),
        (("worker", "ingest"), '[redis]\nurl = "redis://127.0.0.1:PORT/0"\n', "does not answer"),
        (("scheduler",), '[redis]\nurl = "http://127.0.0.1/"\n', "Redis"),
    ],
)
def test_a_process_that_cannot_begin_says_so_in_one_sentence(arguments, config, words, tmp_path, closed_port):
    if config is not None:
        (tmp_path / "wirewatch.toml").write_text(config.replace("PORT", str(closed_port)), "utf-8")
    done = begin(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert done.stderr.startswith("wirewatch: ")
    assert done.stderr.count("\n") == 1
