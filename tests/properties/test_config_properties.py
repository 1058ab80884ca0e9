"""Whatever the input, the configuration answers in its own words, and edits touch nothing else."""

from __future__ import annotations

import itertools
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from worker import config
from worker.config.lines import line_index, statements
from worker.config.tables import TABLES
from worker.errors import ConfigError
from worker.model import Feed


def any_query(query, entities):
    """Stands for the query language: these tests are about everything else."""


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = st.sampled_from(sorted({key for table in TABLES.values() for key in table.model_fields} | {"other"}))
VALUES = st.recursive(
    st.none().map(lambda _: "")
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | TEXT
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
LIKELY = st.sampled_from(
    ["15m", "0.0.0.0:1", "@x", "x", "env:X", "file:x", "https://x.example/", "webhook", "slack", "1.1.1.1"]
)
TABLE = st.dictionaries(KEYS, LIKELY | VALUES, max_size=6)
DOCUMENTS = st.dictionaries(
    st.sampled_from([*TABLES, "other"]), VALUES | TABLE | st.lists(TABLE, max_size=3), max_size=6
)

NAMES = st.text("ab 'é\"\\#[]=", min_size=1, max_size=8).filter(str.strip)
FEEDS = st.lists(
    st.builds(
        Feed,
        url=st.integers(0, 30).map("https://a.example/{}".format),
        name=NAMES.map(lambda name: " ".join(name.split())),
        tags=st.lists(NAMES.map(lambda name: " ".join(name.split())), max_size=3, unique=True).map(tuple),
    ),
    unique_by=lambda feed: feed.url,
    max_size=8,
)


def find_problems(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wirewatch.toml")
        path.write_bytes(data)
        found = config.problems(path, env={}, check_query=any_query)
        errors = [problem for problem in found if problem.severity == "error"]
        if errors:
            with pytest.raises(ConfigError):
                config.load(path, env={}, check_query=any_query)
        else:
            settings = config.load(path, env={}, check_query=any_query)
            published = config.from_published(config.to_published(settings), config.published_feeds(settings))
            assert replace(published, entities=settings.entities) == settings
            assert set(published.entities) <= set(settings.entities)
            assert published.fingerprint == settings.fingerprint
        return found


@given(DOCUMENTS)
def test_any_toml_is_loaded_or_answered_with_sentences(document):
    for problem in find_problems(tomlkit.dumps(document).encode("utf-8")):
        assert problem.message
        assert problem.where or problem.severity == "warning"


@given(st.binary(max_size=200) | TEXT.map(str.encode))
def test_any_bytes_are_loaded_or_answered_with_sentences(data):
    find_problems(data)


ENTITIES = st.dictionaries(
    st.sampled_from(["entities", "other"]),
    VALUES | st.lists(st.dictionaries(st.sampled_from(["name", "aliases", "file"]), LIKELY | VALUES), max_size=3),
)


@given(st.binary(max_size=200) | ENTITIES.map(lambda document: tomlkit.dumps(document).encode("utf-8")))
def test_any_bytes_as_a_file_of_entities_are_read_or_answered_with_sentences(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wirewatch.toml")
        path.write_text('[[entities]]\nfile = "people.toml"\n')
        Path(folder, "people.toml").write_bytes(data)
        found = config.problems(path, env={}, check_query=any_query)
        assert {(problem.where, problem.line) for problem in found} <= {("entities[0].file", 2)}
        assert all(problem.message.startswith("people.toml") for problem in found)
        if not found:
            assert config.load(path, env={}, check_query=any_query).entities


@given(st.binary(max_size=200) | DOCUMENTS.map(lambda document: tomlkit.dumps(document).encode("utf-8")))
def test_any_configuration_can_be_watched(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wirewatch.toml")
        path.write_bytes(data)
        files = config.ConfigFiles(path)
        stamp = files.stamp()
        assert stamp is not None
        assert files.stamp() == stamp


@given(st.binary(max_size=200))
def test_any_bytes_as_opml_are_read_or_refused(data):
    for body in (data, b'<opml><outline text="' + data + b'" xmlUrl="https://a.example/"/></opml>'):
        try:
            feeds = config.read_opml(body, config.OpmlSource(url="x"))
        except ConfigError:
            continue
        assert all(feed.name.isprintable() for feed in feeds)


@given(FEEDS)
def test_opml_round_trip(feeds):
    assert set(config.read_opml(config.write_opml(feeds).encode(), config.OpmlSource(url="x"))) == set(feeds)


COMMENTS = st.lists(st.sampled_from(["", "# note", "  # [[feeds]]", "#"]), max_size=2)


@st.composite
def files(draw):
    """A valid file with feeds and topics in any order, comments in between, and line ends of one kind."""
    lines = draw(COMMENTS)
    for number in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            lines += ["[[feeds]] # [x]", f'url = "https://a.example/{number}"', *draw(COMMENTS)]
            lines += draw(st.sampled_from([[], ["tags = [", '  "]", # ]', "]"], ["[feeds.headers]", "X = '#1'"]]))
        else:
            lines += ["[[ topics ]]", f'"name" = "t{number}"', "query = '''", "[[feeds]]", "url = 1'''"]
        lines += draw(COMMENTS)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(lines) + draw(st.sampled_from(["", newline])) * bool(lines)


@given(files(), NAMES)
def test_what_is_added_is_there_and_the_rest_is_untouched(text, name):
    edited = config.add_feed(text, "https://new.example/", name, check_query=any_query)
    before, after = tomllib.loads(text), tomllib.loads(edited)
    assert after.pop("feeds") == [*before.pop("feeds", []), {"url": "https://new.example/", "name": name}]
    assert after == before
    newline = "\r\n" if "\r\n" in text else "\n"
    start = edited.index(f'[[feeds]]{newline}url = "https://new.example/"{newline}name = ')
    end = edited.index(newline, edited.index("name = ", start)) + len(newline)
    rest = edited[:start].removesuffix(newline) + edited[end:]
    assert text.removesuffix(newline) == rest.removesuffix(newline)


@given(files())
def test_adding_and_removing_gives_the_same_text(text):
    newline = "\r\n" if "\r\n" in text else "\n"
    ended = text if not text or text.endswith("\n") else text + newline
    edited = config.add_topic(ended, "new", "a b", check_query=any_query)
    assert config.remove_topic(edited, "new", check_query=any_query) == ended


@given(files(), st.data())
def test_what_is_removed_is_gone_and_the_rest_means_the_same(text, data):
    before = tomllib.loads(text)
    urls = [feed["url"] for feed in before.get("feeds", [])]
    if not urls:
        return
    url = data.draw(st.sampled_from(urls))
    after = tomllib.loads(config.remove_feed(text, url, check_query=any_query))
    assert after.get("feeds", []) == [feed for feed in before["feeds"] if feed["url"] != url]
    assert after.get("topics") == before.get("topics")


@given(files())
def test_statements_are_where_they_say(text):
    found = list(statements(text))
    for statement in found:
        assert tomllib.loads(text[statement.start : statement.end])
        assert text.count("\n", 0, statement.start) + 1 == statement.line
    assert [s.end <= t.start for s, t in itertools.pairwise(found)] == [True] * max(0, len(found) - 1)
    assert {path[:2] for path in line_index(text) if len(path) > 1} == {
        (table, index) for table, rows in tomllib.loads(text).items() for index in range(len(rows))
    }
