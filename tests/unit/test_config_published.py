"""What the scheduler publishes and workers read, and the file that `wirewatch init` writes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from worker import config
from worker.config.tables import TABLES
from worker.errors import ConfigError
from worker.model import DestinationSpec, Feed, Topic
from worker.secret import SecretStr

SETTINGS = config.Settings(
    storage_dir=Path("/srv/wirewatch"),
    redis_url=SecretStr("redis://db.example/0"),
    web_password=SecretStr("correct horse"),
    feeds=(Feed(url="https://a.example/", name="A", headers=(("X", SecretStr("1")),), tags=("t",), interval=60.0),),
    opml=(config.OpmlSource(url="https://a.example/list.opml"),),
    topics=(Topic(name="푸틴", query="a", quiet=("22:00", "07:00", "UTC"), notify=()),),
    destinations=(
        DestinationSpec(name="d", type="webhook", url=SecretStr("https://d.example/"), secret=SecretStr("whsec_AAAA")),
    ),
)


def test_what_is_published_is_read_again_with_its_secrets():
    text = config.to_published(SETTINGS)
    assert config.from_published(text) == SETTINGS
    assert config.from_published(text.encode()) == SETTINGS
    assert json.loads(text)["fingerprint"] == SETTINGS.fingerprint


def test_workers_are_told_of_feeds_with_secrets_only_and_schedulers_of_all():
    plain = Feed(url="https://b.example/", name="B")
    settings = replace(SETTINGS, feeds=(*SETTINGS.feeds, plain))
    text = config.to_published(settings)
    assert config.from_published(text) == SETTINGS
    assert config.from_published(text, config.published_feeds(settings)) == settings
    assert json.loads(text)["fingerprint"] == settings.fingerprint != SETTINGS.fingerprint


@pytest.mark.parametrize(
    "change", [{"web_password": SecretStr("other")}, {"allow": ("10.0.0.0/8",)}, {"topics": ()}, {"redis_url": None}]
)
def test_the_fingerprint_changes_with_every_value(change):
    changed = replace(SETTINGS, **change)
    assert changed.fingerprint != SETTINGS.fingerprint
    assert replace(changed, **{key: getattr(SETTINGS, key) for key in change}).fingerprint == SETTINGS.fingerprint


def test_keys_of_a_later_release_are_passed_over_and_missing_ones_have_their_default():
    published = json.loads(config.to_published(SETTINGS)) | {"invented_later": 1}
    assert config.from_published(json.dumps(published)) == SETTINGS
    del published["allow"]
    assert config.from_published(json.dumps(published)) == SETTINGS


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"storage_dir": "/x", "web_password": {"hunter2": 1}}', "hunter2", b"\xff"]
)
def test_what_cannot_be_read_is_one_sentence_without_the_text(text):
    with pytest.raises(ConfigError, match="restart the scheduler to publish it again") as caught:
        config.from_published(text)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.fixture
def started(tmp_path):
    path = tmp_path / "wirewatch.toml"
    path.write_text(config.template(), encoding="utf-8")
    return path


def test_the_template_has_no_problem_on_a_bare_machine(started):
    assert config.problems(started, env={}) == []


def test_the_template_watches_the_summit_and_tells_the_terminal(started):
    settings = config.load(started, env={})
    (topic,) = settings.topics
    assert (topic.name, topic.sources, topic.parties) == ("Kim-Putin summit", (1, 3), ("kremlin", "kcna"))
    assert [entity.name for entity in settings.entities] == ["kim-jong-un", "putin", "kremlin", "kcna"]
    assert [(spec.name, spec.type) for spec in settings.destinations] == [("terminal", "console")]
    assert 15 <= len(settings.feeds) <= 20
    assert settings.redis_url is None


@pytest.mark.parametrize("script", ["A-Za-z", "а-яА-Я", "가-힣", "一-鿿", "゠-ヿ"])
def test_each_entity_of_the_template_is_spelled_in_every_script(started, script):
    for entity in config.load(started, env={}).entities:
        wanted = "一-鿿" if (script, entity.name) == ("゠-ヿ", "kcna") else script  # written in Han in Japanese too
        assert any(re.search(f"[{wanted}]", alias) for alias in entity.aliases), entity.name


@pytest.mark.parametrize("table", TABLES)
def test_the_template_shows_every_key(table):
    _, *sections = re.split(rf"(?m)^(?:# )?\[+{table}\]+$", config.template())
    assert sections
    own = "\n".join(re.split(r"(?m)^(?:# )?\[", section)[0] for section in sections)
    shown = set(re.findall(r"(?m)^(?:# )?(\w+) = ", own))
    assert shown == TABLES[table].model_fields.keys()


def test_what_is_commented_out_as_a_default_is_the_default(started):
    plain = config.load(started, env={})
    text = config.template()
    for line in (
        'dir = "./data"',
        'articles = "7d"',
        "allow = []",
        'listen = "127.0.0.1:8080"',
        'max_age = "48h"',
        "full_text = true",
        "respect_robots = true",
        'notify = ["terminal"]',
    ):
        assert f"# {line}" in text
        text = text.replace(f"# {line}", line, 1)
    started.write_text(text, encoding="utf-8")
    (topic,) = config.load(started, env={}).topics
    assert replace(config.load(started, env={}), topics=(replace(topic, notify=None),)) == plain


def test_the_template_asks_more_often_than_the_defaults_because_it_says_so(started):
    settings = config.load(started, env={})
    assert (settings.interval, settings.min_interval, settings.courtesy) == (900, 60, 60)


def test_the_template_works_with_all_its_examples_switched_on(started, tmp_path):
    text = re.sub(r"(?m)^# (?=\w+ = |\[\[)", "", config.template())
    started.write_text(text, encoding="utf-8")
    (tmp_path / "world-news.opml").write_text('<opml><body><outline xmlUrl="https://o.example/"/></body></opml>')
    env = {
        "WIREWATCH_PASSWORD": "correct horse",
        "FEED_TOKEN": "Bearer x",
        "SLACK_WEBHOOK_URL": "https://hooks.example/T",
        "SLACK_BOT_TOKEN": "xoxb-sample",
        "APPRISE_URL": "json://localhost/x",
        "HOOK_SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
    }
    assert [problem.where for problem in config.problems(started, env=env)] == []
    senders = [spec.sender for spec in config.load(started, env=env).destinations]
    assert senders == ["console", "slack", "slack-bot", "webhook", "apprise"]
