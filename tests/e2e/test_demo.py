"""`wirewatch demo` as a newcomer runs it."""

from __future__ import annotations

import os
import signal
import subprocess

from support.processes import alive, descendants

from worker.run.supervisor import command


def demo(folder, *arguments):
    environment = {**os.environ, "TMPDIR": str(folder), "REDIS_URL": "redis://nowhere.invalid", "COLUMNS": "100"}
    return subprocess.Popen(
        [*command(), "demo", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_tells_the_summit_in_three_alerts_and_ends_by_itself(tmp_path):
    with demo(tmp_path, "--exit-after-alerts", "3", "--timeout", "150") as process:
        out, err = process.communicate(timeout=170)
    assert process.returncode == 0, out + err
    assert err == ""
    assert "dashboard: http://127.0.0.1:" in out
    alerts = [line for line in out.splitlines() if "● " in line]
    assert ["NEW STORY" in line for line in alerts] == [True, False, False]
    assert ["CONFIRMED" in line for line in alerts] == [False, True, True]
    assert "stale: published 2019" in out
    assert "a copy of the report by han-river-daily.localhost" in out
    assert list(tmp_path.iterdir()) == []


def test_too_few_alerts_in_time_are_status_2(tmp_path):
    with demo(tmp_path, "--exit-after-alerts", "50", "--timeout", "1") as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Only 0 alerts of 50 delivered in time." in out


def test_ctrl_c_ends_it_and_all_it_started(tmp_path):
    with demo(tmp_path) as process:
        while not process.stdout.readline().startswith("08:30"):
            assert process.poll() is None
        pids = descendants(process.pid)
        assert len(pids) >= 6
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=40)
    assert process.returncode == 0, out + err
    assert "Stopped; " in out
    assert err == ""
    assert [pid for pid in pids if alive(pid)] == []
