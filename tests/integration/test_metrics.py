"""What monitoring reads: its formats, what adds up over processes, and the dashboard and the rules made of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from support.newsroom import HOOK, NOW, FixedClock, ago, alert_id, make_alert, make_story

from worker.edge import keys
from worker.edge.metrics import COUNTERS, HISTOGRAMS, POLL_LAG, STAGE_DURATION, Tally
from worker.edge.rq_engine.queue import INGEST
from worker.edge.store.destinations import Destinations
from worker.edge.store.events import count
from worker.edge.store.outbox import Address
from worker.edge.store.published import Processes, Published
from worker.model import Feed, FeedState
from worker.ports import Stage
from worker.run.web.metrics import exposition

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "wirewatch.rules.yml"
RULE_NAMES = re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))
DASHBOARD = DEPLOY / "grafana" / "wirewatch.json"
# As Prometheus 2 and 3 ask.
ACCEPT = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


def told(store, accept=""):
    return exposition(store, FixedClock(), accept)


def samples(store):
    """Every sample by its name and labels."""
    text = told(store, ACCEPT).body.decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in read_openmetrics(text)
        for sample in family.samples
    }


def value(store, name, **labels):
    return samples(store)[name, tuple(sorted(labels.items()))]


@pytest.fixture
def busy(newsroom):
    """Something of everything: a story told, a delivery given up, a queued job, a poll, a process."""
    newsroom.publish()
    newsroom.commit(make_story(), {"number": 1}, published=ago(minutes=20))
    newsroom.poll({Feed(url="https://a.example/", name="A"): FeedState(last_poll=NOW), Feed(url="b", name="B"): None})
    Destinations(newsroom.redis).configured([HOOK], NOW)
    Processes(newsroom.redis).beat("scheduler-desk-7", {"role": "scheduler"}, NOW)
    with newsroom.redis.pipeline() as pipe:
        newsroom.queue.add(pipe, INGEST, "worker.run.jobs.ingest", [{}], timeout=10, title="sample")
        pipe.execute()
    return newsroom


def test_it_is_told_in_the_format_that_is_asked_for(busy, start):
    client = start()
    for accept, content_type in (
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        (ACCEPT, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    ):
        answer = client.get("/metrics", headers={"accept": accept})
        assert answer.headers["content-type"].startswith(content_type)
        assert "accept" in answer.headers["vary"].lower()
    assert answer.text.endswith("# EOF\n")


def test_both_formats_tell_the_same(busy):
    plain = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in read_text(told(busy.redis).body.decode())
        for sample in family.samples
    }
    memory = {("wirewatch_redis_memory_bytes", ()): 0.0}  # rises from look to look
    assert plain | memory == samples(busy.redis) | memory


def test_counters_and_the_present_state_are_told(busy):
    found = samples(busy.redis)
    for name, labels, expected in (
        ("wirewatch_articles_total", {"state": "full"}, 1),
        ("wirewatch_articles_total", {"state": "partial"}, 0),
        ("wirewatch_matches_total", {}, 1),
        ("wirewatch_alerts_total", {"reason": "new_story"}, 1),
        ("wirewatch_alerts_total", {"reason": "denied"}, 0),
        ("wirewatch_polls_total", {"result": "failed"}, 0),
        ("wirewatch_queue_depth", {"queue": "ingest", "state": "waiting"}, 1),
        ("wirewatch_outbox_depth", {}, 1),
        ("wirewatch_feeds", {"state": "ok"}, 1),
        ("wirewatch_feeds", {"state": "new"}, 1),
        ("wirewatch_feeds", {"state": "failing"}, 0),
        ("wirewatch_stories", {}, 1),
        ("wirewatch_articles_stored", {}, 1),
        ("wirewatch_processes", {"role": "scheduler"}, 1),
        ("wirewatch_processes", {"role": "worker deliver"}, 0),
        ("wirewatch_config_refused", {}, 0),
        ("wirewatch_destination_off", {"destination": "hook"}, 0),
    ):
        assert found[name, tuple(sorted(labels.items()))] == expected, (name, labels)


def test_a_refused_configuration_and_a_dead_letter_are_told(busy):
    Published(busy.redis).refuse("sample", NOW)
    address = Address(alert_id=alert_id(make_story()), destination=HOOK.name)
    busy.outbox.failed(address, make_alert(make_story()), "410: gone", None, NOW)
    assert value(busy.redis, "wirewatch_config_refused") == 1
    assert value(busy.redis, "wirewatch_dead_letters") == 1
    assert value(busy.redis, "wirewatch_deliveries_total", result="dead", destination="hook") == 1


def test_how_long_it_took_to_tell_is_measured_from_publication_and_from_being_seen(busy):
    """Seen 19 minutes before, published 20 minutes before the alert was decided."""
    assert value(busy.redis, "wirewatch_seen_to_alert_seconds_sum") == 19 * 60
    assert value(busy.redis, "wirewatch_published_to_alert_seconds_sum") == 20 * 60
    assert value(busy.redis, "wirewatch_published_to_alert_seconds_bucket", le="600.0") == 0
    assert value(busy.redis, "wirewatch_published_to_alert_seconds_bucket", le="1800.0") == 1
    assert value(busy.redis, "wirewatch_published_to_alert_seconds_count") == 1


def test_a_publication_that_says_nothing_of_the_wait_is_not_measured(newsroom):
    newsroom.commit(make_story(), {"number": 1}, published=ago(days=9))
    assert value(newsroom.redis, "wirewatch_published_to_alert_seconds_count") == 0
    assert value(newsroom.redis, "wirewatch_seen_to_alert_seconds_count") == 1


def test_durations_of_many_processes_add_up(store):
    for seconds in ((0.004, 0.2), (0.004, 99.0)):
        process = Tally()
        for one in seconds:
            process.note(STAGE_DURATION, one, Stage.MATCH)
        process.flush(store)
        process.flush(store)  # nothing is told twice
    name, labels = "wirewatch_stage_duration_seconds", {"stage": "match"}
    assert value(store, f"{name}_bucket", le="0.0025", **labels) == 0
    assert value(store, f"{name}_bucket", le="0.005", **labels) == 2
    assert value(store, f"{name}_bucket", le="60.0", **labels) == 3
    assert value(store, f"{name}_bucket", le="+Inf", **labels) == 4
    assert value(store, f"{name}_sum", **labels) == pytest.approx(99.208)


def test_a_duration_counts_up_to_and_with_the_end_of_its_bucket(store):
    tally = Tally()
    tally.note(POLL_LAG, 0.5)
    tally.flush(store)
    assert value(store, "wirewatch_poll_lag_seconds_bucket", le="0.25") == 0
    assert value(store, "wirewatch_poll_lag_seconds_bucket", le="0.5") == 1


def test_a_stage_that_fails_is_timed_too(store):
    tally = Tally()
    with pytest.raises(KeyError), tally.time(Stage.FETCH):
        raise KeyError
    tally.flush(store)
    assert value(store, "wirewatch_stage_duration_seconds_count", stage="fetch") == 1


def test_losing_the_counters_costs_nothing_but_their_past(busy):
    busy.redis.delete(keys.COUNTERS, keys.HISTOGRAMS)
    assert value(busy.redis, "wirewatch_alerts_total", reason="new_story") == 0
    busy.commit(make_story(id="story2"), {"number": 2}, id="other")
    assert value(busy.redis, "wirewatch_articles_total", state="full") == 1
    assert value(busy.redis, "wirewatch_seen_to_alert_seconds_count") == 1


def test_labels_may_hold_anything_and_what_nobody_knows_is_left_out(store):
    odd = 'Back\\slash "quoted"\nname \\n'
    count(store, "wirewatch_deliveries_total", result="delivered", destination=odd)
    count(store, "wirewatch_matches_total", topic="of a release before")
    count(store, "wirewatch_nothing_total")
    assert value(store, "wirewatch_deliveries_total", result="delivered", destination=odd) == 1
    names = {name for name, _ in samples(store)}
    assert "wirewatch_nothing_total" not in names
    assert value(store, "wirewatch_matches_total") == 0


def test_what_waits_is_told_with_its_age(busy):
    """The job of the fixture was queued by the machine's clock, the delivery is due since NOW."""
    later = exposition(busy.redis, At(minutes=3), ACCEPT).body.decode()
    (overdue,) = re.findall(r"^wirewatch_outbox_overdue_seconds (.+)$", later, re.MULTILINE)
    assert float(overdue) == 180
    Destinations(busy.redis).switch_off(HOOK.name, "gone", "410", NOW, lambda *_: None)
    later = exposition(busy.redis, At(minutes=3), ACCEPT).body.decode()
    assert "wirewatch_outbox_overdue_seconds 0.0\n" in later
    assert 'wirewatch_queue_oldest_age_seconds{queue="deliver"} 0.0\n' in later


class At(FixedClock):
    def __init__(self, **later):
        self._now = NOW + timedelta(**later)

    def now(self):
        return self._now


# --- conventions --------------------------------------------------------------------------------------------------


def test_names_follow_the_conventions(busy):
    """prometheus.io/docs/practices/naming: one prefix, base units, _total for what only rises."""
    for family in read_openmetrics(told(busy.redis, ACCEPT).body.decode()):
        assert re.fullmatch(r"wirewatch(_[a-z]+)+", family.name)
        assert family.documentation.endswith(".")
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_milliseconds", "_minutes"))
        if family.type == "histogram":
            assert family.name.endswith("_seconds")


def test_series_are_few_and_none_names_a_feed_or_a_topic(busy):
    found = samples(busy.redis)
    labels = {label for _, pairs in found for label, _ in pairs}
    assert labels == {"destination", "le", "queue", "reason", "result", "role", "stage", "state", "version"}
    assert len(found) < 300


# --- what is made of them -----------------------------------------------------------------------------------------


def dashboard_expressions():
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


def rule_expressions():
    """The values below "expr:", on one line or folded over several."""
    return re.findall(r"^ +expr: (?:>-\n)?((?:.+\n)+?)(?= +(?:for|labels):)", RULES.read_text("utf-8"), re.MULTILINE)


def labels_used(expression):
    """For every metric in the expression the labels it is selected by, and with their values where they are given."""
    return [
        (name, re.findall(r'(\w+)(=~?)"([^"]*)"', selector))
        for name, selector in re.findall(r"(wirewatch_\w+)(?:\{([^}]*)\})?", expression)
    ]


def test_dashboard_and_rules_use_only_metrics_that_exist(busy):
    address = Address(alert_id=alert_id(make_story()), destination=HOOK.name)
    busy.outbox.failed(address, make_alert(make_story()), "503", NOW, NOW)
    found = samples(busy.redis)
    by_name = {}
    for name, pairs in found:
        by_name.setdefault(name, []).append(dict(pairs))
    expressions = [*dashboard_expressions(), *rule_expressions()]
    assert len(expressions) > 35
    for expression in expressions:
        used = labels_used(expression)
        assert used
        for name, selected in used:
            assert name in by_name, expression
            for label, how, wanted in selected:
                for one in wanted.split("|") if how == "=~" else [wanted]:
                    assert any(labels.get(label) == one for labels in by_name[name]), (expression, one)
        known = {label for name, _ in used for labels in by_name[name] for label in labels}
        for grouped in re.findall(r" by \(([^)]*)\)", expression):
            assert {label.strip() for label in grouped.split(",")} <= known, expression


def test_every_rule_says_what_to_do():
    text = RULES.read_text("utf-8")
    assert len(rule_expressions()) == text.count("- alert: ") == text.count("mend: ") == text.count("summary: ")


def test_every_rule_leads_to_its_own_section_of_the_runbook_and_no_section_is_left_over():
    links = re.findall(r"- alert: (\w+)\n(?:.*\n)*?\s+runbook: (\S+)", RULES.read_text("utf-8"))
    assert links == [(name, f"deploy/runbook.md#{name.lower()}") for name in RULE_NAMES]
    runbook = (DEPLOY / "runbook.md").read_text("utf-8")
    assert re.findall(r"^### (Wirewatch\w+)$", runbook, re.MULTILINE) == RULE_NAMES
    assert set(re.findall(r"`(wirewatch_\w+)`", runbook)) <= documented_metrics()


def test_every_panel_shows_something_and_fits():
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["type"] == "row" or panel["targets"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))


def documented_metrics():
    found = re.findall(r"^\| `(wirewatch_\w+)`", (DEPLOY / "observability.md").read_text("utf-8"), re.MULTILINE)
    assert len(found) == len(set(found))
    return set(found)


def test_the_document_tells_of_every_metric_and_of_no_other(busy):
    documented = documented_metrics()
    gauges = {family.name for family in read_text(told(busy.redis).body.decode()) if family.type == "gauge"}
    exist = {counter.name for counter in COUNTERS} | {histogram.name for histogram in HISTOGRAMS} | gauges
    assert documented == exist


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not installed")
def test_promtool_finds_nothing_wrong(busy):
    for arguments, given in ((["check", "rules", str(RULES)], b""), (["check", "metrics"], told(busy.redis).body)):
        done = subprocess.run(["promtool", *arguments], input=given, capture_output=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
