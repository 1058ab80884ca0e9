"""The alert rules and the Grafana dashboard in Prometheus' own hands: what fires when, and that all of it is PromQL.

Needs promtool (Debian: prometheus).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "wirewatch.rules.yml"
DASHBOARD = DEPLOY / "grafana" / "wirewatch.json"
# Three hours, a sample a minute.
SPAN, AT = 200, "3h"
WELL = {
    'build_info{version="1"}': "1",
    'processes{role="scheduler"}': "1",
    'processes{role="worker ingest"}': "2",
    'processes{role="worker deliver"}': "1",
    'polls_total{result="unchanged"}': "0+10",
    'feeds{state="ok"}': "8",
    'feeds{state="failing"}': "1",
    'feeds{state="paused"}': "9",
    'poll_lag_seconds_bucket{le="1"}': "0+10",
    'poll_lag_seconds_bucket{le="300"}': "0+10",
    'poll_lag_seconds_bucket{le="+Inf"}': "0+10",
    'queue_oldest_age_seconds{queue="ingest"}': "5",
    'seen_to_alert_seconds_bucket{le="1"}': "0+1",
    'seen_to_alert_seconds_bucket{le="300"}': "0+1",
    'seen_to_alert_seconds_bucket{le="+Inf"}': "0+1",
    "outbox_overdue_seconds": "0",
    'destination_off{destination="hook"}': "0",
    "dead_letters": "3",
    "dead_pages": "3",
    'articles_total{state="full"}': "0+10",
    'articles_total{state="partial"}': "0+2",
    "config_refused": "0",
    "articles_trimmed_total": "5",
    "redis_memory_bytes": "1000000",
    "redis_memory_limit_bytes": "2000000",
}
# What is different when each of them is to fire, and no other; None for what is not there.
ILL: dict[str, dict[str, str | None]] = {
    "Away": {'build_info{version="1"}': None},
    "ProcessMissing": {'processes{role="scheduler"}': "0"},
    "NothingPolled": {'polls_total{result="unchanged"}': "700"},
    "FeedsFail": {'feeds{state="failing"}': "4"},
    "PollsLate": {'poll_lag_seconds_bucket{le="1"}': "0"},
    "QueueOld": {'queue_oldest_age_seconds{queue="ingest"}': "301"},
    "AlertsSlow": {'seen_to_alert_seconds_bucket{le="1"}': "0"},
    "DeliveriesOverdue": {"outbox_overdue_seconds": "121"},
    "DestinationOff": {'destination_off{destination="hook"}': "1"},
    "DeadLetters": {"dead_letters": "0+1"},
    "DeadPages": {"dead_pages": "0+1"},
    "ManyPartial": {'articles_total{state="partial"}': "0+20"},
    "ConfigRefused": {"config_refused": "1"},
    "ArticlesTrimmed": {"articles_trimmed_total": "0+1"},
    "RedisNearlyFull": {"redis_memory_bytes": "1900000"},
}


@pytest.fixture(scope="module")
def promtool(tmp_path_factory):
    """Run it on a file, which may be JSON: that is YAML too; gives what it says."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool (Debian: prometheus) is not installed")
    folder = tmp_path_factory.mktemp("prometheus")

    def run(*arguments, document=None):
        file = folder / "document.yml"
        if document is not None:
            file.write_text(json.dumps(document), "utf-8")
        done = subprocess.run(
            [program, *arguments, *([str(file)] if document is not None else [])],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def scenario(name, different):
    found = {**WELL, **different}
    series = [
        {"series": f"wirewatch_{key}", "values": f"{how if '+' in how else how + '+0'}x{SPAN}"}
        for key, how in found.items()
        if how is not None
    ]
    expected = [{"labels": f'{{alertname="Wirewatch{name}"}}', "value": 1}] if name else []
    firing = 'count by (alertname) (ALERTS{alertstate="firing"})'
    return {
        "name": name or "well",
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [{"expr": firing, "eval_time": AT, "exp_samples": expected}],
    }


def test_every_rule_fires_when_it_should_and_none_when_all_is_well(promtool):
    assert {f"Wirewatch{name}" for name in ILL} == set(re.findall(r"- alert: (\w+)", RULES.read_text("utf-8")))
    tests = [scenario("", {}), *(scenario(name, different) for name, different in ILL.items())]
    document = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}
    assert "SUCCESS" in promtool("test", "rules", document=document)


def test_every_expression_of_the_dashboard_is_one(promtool):
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    written = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    rules = [
        {"record": f"panel:expression{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, expression in enumerate(written)
    ]
    told = promtool("check", "rules", document={"groups": [{"name": "dashboard", "rules": rules}]})
    assert f"SUCCESS: {len(written)} rules found" in told


def test_the_example_configuration_is_one(promtool):
    assert "SUCCESS: 1 rule files found" in promtool("check", "config", str(DEPLOY / "prometheus" / "prometheus.yml"))
