"""Templates: what they see, what they cannot do, and errors that name the line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from worker import config
from worker.alerts.console import console_text
from worker.alerts.digest import digest_of
from worker.alerts.sample import sample_at
from worker.alerts.slack import slack_message
from worker.alerts.template import MOST_CHARACTERS, checked, rendered, words_of
from worker.errors import TemplateError

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SAMPLE = sample_at(NOW)
BASE = "http://127.0.0.1:8080"


def shown(source, alert=SAMPLE):
    return rendered(source, alert, base_url=BASE)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ alert.reason }}: {{ story.headline }}", "test: This is a test alert from wirewatch"),
        ("{{ type }} {{ timestamp }}", "alert.test 2026-05-01T12:00:00Z"),
        ("{% if story.independent_sources > 1 %}many{% else %}one{% endif %}", "one"),
        ("{% for report in story.reports %}{{ report.source }}{% endfor %}", "example.org"),
        ("{{ article.source.name | upper }}", "WIREWATCH"),
        ("{{ article.title | truncate(8) }}", "This..."),
        ("{{ match.highlights | length }}{{ alerts | length }}", "00"),
        ("{{ story.url }}", f"{BASE}/stories/{SAMPLE.story.id}"),
        ("{{ article.nickname is defined }}", "False"),
        ('{{ "a" ~ story.articles }}', "a1"),
    ],
)
def test_a_template_shows_what_the_payload_holds(source, text):
    assert shown(source) == text


def test_a_digest_lists_its_alerts():
    digest = digest_of([SAMPLE, replace(SAMPLE, id="b")], destination="d", because="2 alerts in 1h", now=NOW)
    assert shown("{% for one in alerts %}{{ one.id }} {% endfor %}", digest) == f"{SAMPLE.id} b"


def test_values_are_json_where_that_is_wanted():
    alert = replace(SAMPLE, sent_because='it said: "<yes> & \\ no"\n')
    assert json.loads(shown('{"text": {{ alert.sent_because | tojson }}}', alert)) == {"text": alert.sent_because}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ story.headlin }}", "line 1: 'dict object' has no attribute 'headlin'"),
        ("a\n{{ nothing }}", "line 2: 'nothing' is undefined"),
        ("a\nb\n{% if %}", "line 3: "),
        ("{{ 'a' * 1000000000 }}", "line 1: a template cannot use mul"),
        ("{{ 10 ** 10 ** 10 }}", "cannot use pow"),
        ("{% set x = 1 %}", "cannot use assign"),
        ("{% set x %}a{% endset %}", "cannot use assignblock"),
        ("{{ story.headline.format(1) }}", "cannot use call"),
        ("{{ range(10) }}", "cannot use call"),
        ("{% include 'x' %}", "cannot use include"),
        ("{% macro m() %}{% endmacro %}", "cannot use macro"),
        ("{{ 'a' | center(1000000000) }}", 'there is no filter "center"; known: capitalize, default'),
        ("{{ 'a' | replace('', 'b') }}", 'there is no filter "replace"'),
        ("{{ story.headline + 1 }}", "line 1: "),
        ("{% for a in story %}{% for b in story %}{% for c in story %}{% endfor %}{% endfor %}{% endfor %}", "two are"),
        ("{{ ''.__class__.__mro__ }}", "line 1: "),
        ("x" * 10_001, "at most 10,000 characters"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", ""),
    ],
)
def test_what_a_template_cannot_do_is_an_error_with_its_line(source, words):
    with pytest.raises(TemplateError) as caught:
        shown(source)
    assert words in str(caught.value)


def test_what_a_template_makes_is_bounded():
    loops = "{% for a in article %}{% for b in article %}" + "{{ article.summary }}" * 10 + "{% endfor %}{% endfor %}"
    with pytest.raises(TemplateError, match=f"more than {MOST_CHARACTERS:,} characters"):
        shown(loops)


@pytest.mark.parametrize(
    ("source", "is_json", "words"),
    [("{{ article.author is defined }}", True, "makes no JSON"), ("{# nothing #}", False, "makes nothing")],
)
def test_a_template_is_tried_before_it_is_used(source, is_json, words):
    source = source.replace("article.author is defined", "article.title")
    with pytest.raises(TemplateError, match=words):
        checked(source, SAMPLE, is_json=is_json)


def test_the_words_of_a_destination_take_the_place_of_the_built_in_ones():
    words = words_of(SAMPLE, "NEWS {{ alert.topic }}", "first\n{{ alert.sent_because }} \x1b[31m", base_url=BASE)
    assert console_text(SAMPLE, words=words) == "● NEWS Test\n  first\n  somebody ran `wirewatch alerts test` [31m\n"
    blocks = slack_message(SAMPLE, base_url=BASE, words=words)["blocks"]
    assert blocks[0]["text"]["text"] == "NEWS Test"
    assert blocks[1]["text"]["text"] == "first\nsomebody ran `wirewatch alerts test` [31m"
    assert blocks[2]["text"]["text"].endswith("|Story>")


CONFIG = """
[[topics]]
name = "t"
query = "q"
[[destinations]]
name = "screen"
type = "{type}"
{more}
"""


@pytest.mark.parametrize(
    ("kind", "more", "where", "words"),
    [
        ("console", 'title = "{{ story.headlin }}"', "destinations[0].title", "line 1: 'dict object' has no"),
        ("console", 'body = """\n{{ alert.topic }}\n{% for %}"""', "destinations[0].body", "line 2: "),
        ("webhook", 'url = "https://x.example/"\nsecret = "env:S"\nbody = "text"', "destinations[0].body", "no JSON"),
        (
            "webhook",
            'url = "https://x.example/"\nsecret = "env:S"\ntitle = "x"',
            "destinations[0].title",
            "has no title",
        ),
        ("console", 'limit = "many"', "destinations[0].limit", 'write for example "20/1h"'),
        ("console", 'limit = "0/1h"', "destinations[0].limit", 'write for example "20/1h"'),
        ("console", 'limit = "20/hour"', "destinations[0].limit", "this is no duration"),
        (
            "webhook",
            'url = "https://x.example/"\nsecret = ["env:S", "env:S", "env:S"]',
            "destinations[0].secret",
            "both",
        ),
        ("webhook", 'url = "https://x.example/"\nsecret = []', "destinations[0].secret", "both"),
    ],
)
def test_check_finds_what_is_wrong_with_a_destinations_words_and_limits(tmp_path, kind, more, where, words):
    path = tmp_path / "wirewatch.toml"
    path.write_text(CONFIG.format(type=kind, more=more), "utf-8")
    secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    (problem,) = config.problems(path, env={"S": secret})
    assert problem.where == where
    assert words in problem.message
