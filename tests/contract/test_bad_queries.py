"""A malformed query is refused wherever one is given, with the spot, a caret under it and the mend."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import tomlkit
from support.stores import put_articles

from worker.model import Article, Source

LONG = " OR ".join(f"word{number}" for number in range(60))
BAD = {
    "no number": ("kim NEAR/x putin", "column 5", "NEAR/10", "kim NEAR/x putin", 4),
    "no such field": ("kim OR titel:putin", "column 8", "did you mean title: ?", "kim OR titel:putin", 7),
    "only absent": ("NOT kim", "column 1", "putin NOT trump", "NOT kim", 0),
    "never closed": ("(kim OR putin", "column 1", "close it with )", "(kim OR putin", 0),
    "from another tool": ("kim w/5 putin", "column 5", "write NEAR/5", "kim w/5 putin", 4),
    "unknown entity": ("@putin OR @puttin", "column 11", "did you mean @putin ?", "@putin OR @puttin", 10),
    "wide letters": ("김정은 普京 -x", "column 8", "write NOT x", "김정은 普京 -x", 12),
    "second line": ("kim AND\n  putin -x", "line 2, column 9", "write NOT x", "  putin -x", 8),
    "nothing": ("# only a comment", "column 1", "write a word", "# only a comment", 0),
}
CONFIG = """# mine
[[entities]]
name = "putin"
aliases = ["Putin"]
[[destinations]]
name = "here"
type = "console"
"""
ARTICLES = [
    Article(
        id="a1",
        url="https://news.example/1",
        title="Sample: Putin and Kim meet",
        text="Sample text. The two leaders met on a train near the border, and Putin spoke first. " * 3,
        source=Source(domain="news.example"),
        published=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        language="en",
    ),
    Article(id="a2", url="https://news.example/2", title="Sample: a summit", text="Kim was not there. Putin was."),
    Article(id="a3", url="https://news.example/3", title="Sample: the weather", text="It rains. Visitors came."),
]


@pytest.fixture(autouse=True)
def config(tmp_path, redis_server, cli):
    path = tmp_path / "wirewatch.toml"
    path.write_text(f'[redis]\nurl = "{redis_server.url}"\n{CONFIG}', "utf-8")
    return path


@pytest.fixture
def lines(tmp_path):
    """The articles as a file of article lines."""
    path = tmp_path / "articles.jsonl"
    rows = [
        {
            "id": one.id,
            "url": one.url,
            "title": one.title,
            "text": one.text,
            "published": one.published.isoformat() if one.published else None,
            "language": one.language,
            "source": {"domain": one.source.domain, "name": None},
        }
        for one in ARTICLES
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def stored(store):
    """The articles as a worker stores them."""
    put_articles(store, ARTICLES)


def pointed(text, line, cells):
    """Whether the query's line stands in `text` with the caret below its spot."""
    assert f"{line}\n{' ' * cells}^\n" in text + "\n"


@pytest.mark.parametrize("name", BAD)
def test_check_points_at_the_spot(cli, config, name):
    query, place, mend, line, cells = BAD[name]
    config.write_text(config.read_text("utf-8") + tomlkit.dumps({"topics": [{"name": "t", "query": query}]}), "utf-8")
    status, output, errors = cli("check")
    assert (status, errors) == (1, "")
    sentence = output.split("\n")[0]
    assert "topics[0].query: " in sentence
    assert f"({place})" in sentence
    assert mend in sentence
    pointed(output, line, cells)


@pytest.mark.parametrize("name", BAD)
def test_topics_add_leaves_the_file_untouched(cli, config, name):
    query, place, mend, line, cells = BAD[name]
    before = config.read_bytes()
    status, output, errors = cli("topics", "add", "Sample", query)
    assert (status, output) == (1, "")
    assert place in errors
    assert mend in errors
    pointed(errors, line, cells)
    assert config.read_bytes() == before


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", [("topics", "test"), ("match", "--config", "wirewatch.toml", "--query")])
def test_a_query_on_the_command_line_is_refused_before_anything_is_read(cli, lines, command, name):
    query, place, mend, line, cells = BAD[name]
    for file in (str(lines), "there-is-no-such-file.jsonl"):
        status, output, errors = cli(*command, query, file)
        assert (status, output) == (1, "")
        sentence, _, picture = errors.partition("\n")
        assert sentence.startswith("wirewatch: ")
        assert f"({place})" in sentence
        assert mend in sentence
        pointed(picture, line, cells)


def test_a_long_query_is_cut_around_the_spot(cli, lines):
    query = f"{LONG} titel:x OR {LONG}"
    status, _, errors = cli("topics", "test", query, str(lines))
    sentence, line, caret = errors.splitlines()
    assert status == 1
    assert f"(column {len(LONG) + 2})" in sentence
    assert len(line) <= 76
    assert line[caret.index("^") :].startswith("titel:x")


def test_nothing_typed_acts_on_the_terminal(cli, lines):
    status, _, errors = cli("topics", "test", "kim \x1b[31m putin", str(lines))
    assert status == 1
    assert "\x1b" not in errors
    assert "U+001B" in errors


def test_a_query_of_a_megabyte_is_refused(cli, lines):
    status, _, errors = cli("topics", "test", "kim OR " * 150_000, str(lines))
    assert status == 1
    assert "at most 200,000 characters" in errors
    assert len(errors) < 400


# --- what a query finds -------------------------------------------------------------------------------------------


def test_a_file_of_articles_is_looked_at_best_first(cli, lines):
    status, output, errors = cli("topics", "test", "@putin AND kim", str(lines))
    assert (status, errors) == (0, "")
    meaning, share, _, *blocks = output.splitlines()
    assert meaning == "Meaning: Articles with any name of @putin and the word “kim”."
    assert share == f"2 articles of 3 in {lines} (67 %), best first:"
    assert blocks[0].endswith("  news.example  2026-11-20 09:30Z  a1")
    assert blocks[1] == "      Sample: [Putin] and [Kim] meet"
    assert "near the border, and [Putin] spoke first." in blocks[2]
    assert [line.split()[-1] for line in output.splitlines() if line[:2] == "0."] == ["a1", "a2"]


def test_all_of_the_articles_are_100_percent(cli, tmp_path):
    file = tmp_path / "one.jsonl"
    file.write_text('{"id": "1", "title": "Sample ferry"}\n', "utf-8")
    status, output, _ = cli("topics", "test", "ferry", str(file))
    assert status == 0
    assert output.splitlines()[1] == f"1 article of 1 in {file} (100 %), best first:"


def test_a_long_list_is_shortened_with_a_note(cli, lines):
    _, output, _ = cli("topics", "test", "sample", str(lines), "--limit", "1")
    assert output.count("\n0.") == 1
    assert output.endswith("\n… and 2 more; --limit 0 shows all\n")
    _, output, _ = cli("topics", "test", "sample", str(lines), "--limit", "0")
    assert output.count("\n0.") == 3
    assert "more;" not in output


def test_as_json_every_match_is_listed(cli, lines):
    status, output, errors = cli("topics", "test", "sample", str(lines), "--limit", "1", "--json")
    assert (status, errors) == (0, "")
    rows = json.loads(output)
    assert {row["id"] for row in rows} == {"a1", "a2", "a3"}
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)


def test_nothing_found_is_told_with_what_was_looked_at(cli, lines):
    status, output, errors = cli("topics", "test", "harbour", str(lines))
    assert status == 0
    assert output == "Meaning: Articles with the word “harbour”.\n"
    assert errors == f"no article of 3 in {lines} matches\n"


def test_small_letters_that_look_like_operators_are_named(cli, lines):
    _, output, _ = cli("topics", "test", "kim or putin", str(lines))
    assert 'Note: "or" is a word here; for the operator write OR.\n' in output


def test_adding_a_query_with_such_a_word_is_noted(cli):
    status, output, errors = cli("topics", "add", "Sample", "kim or putin")
    assert (status, output) == (0, "added Sample to wirewatch.toml\n")
    assert errors == 'note: "or" is a word here; for the operator write OR; see `wirewatch topics test`\n'
    assert cli("topics", "add", "Sample 2", "kim OR putin")[2] == ""


def test_a_query_that_cannot_be_added_is_not_told_as_a_line_of_the_file(cli):
    status, output, errors = cli("topics", "add", "Sample", "kim AND (putin")
    assert (status, output) == (1, "")
    assert errors == (
        "wirewatch: this parenthesis is never closed (column 9); close it with )\nkim AND (putin\n        ^\n"
    )


def test_an_unknown_entity_of_the_world_is_told_where_to_find_it(cli, lines):
    _, _, errors = cli("topics", "test", "@xi-jinping", str(lines))
    assert 'file = "bundled:world"' in errors


def test_a_passage_begins_and_ends_with_whole_words(cli, lines):
    text = "Sample of many words " * 9
    lines.write_text(json.dumps({"id": "a", "title": "", "text": f"{text}harbour {text}"}) + "\n", "utf-8")
    _, output, _ = cli("topics", "test", "harbour", str(lines))
    (passage,) = (line.strip() for line in output.splitlines() if "[harbour]" in line)
    shown = passage.removeprefix("text: …").removesuffix("…")
    assert len(shown) < len(passage) <= 150
    assert set(shown.replace("[harbour]", "").split()) == {"Sample", "of", "many", "words"}


def test_a_passage_without_blanks_is_cut_anywhere(cli, lines):
    lines.write_text(json.dumps({"id": "a", "title": "", "text": "普" * 500 + "金正恩" + "京" * 500}) + "\n", "utf-8")
    _, output, _ = cli("topics", "test", "金正恩", str(lines))
    assert f"      text: …{'普' * 60}[金正恩]{'京' * 60}…\n" in output


def test_the_help_shows_the_language(cli):
    _, output, _ = cli("topics", "test", "--help")
    for form in ("NEAR/10", "SENTENCE(", "ATLEAST/3", "colo?r", "=NATO", "title:", "source:", "@entities"):
        assert form in output


def test_stems_are_tried_on_demand(cli, lines):
    rows = json.loads(cli("topics", "test", "leader", str(lines), "--json")[1])
    stemmed = json.loads(cli("topics", "test", "leader", str(lines), "--stem", "--json")[1])
    assert (len(rows), len(stemmed)) == (0, 1)


def test_a_bad_line_costs_itself_only(cli, lines):
    lines.write_text("{}\n" + lines.read_text("utf-8"), "utf-8")
    status, output, errors = cli("topics", "test", "sample", str(lines), "--json")
    assert status == 1
    assert len(json.loads(output)) == 3
    assert errors.startswith("wirewatch: line 1: ")


def test_a_broken_configuration_is_told_only_where_entities_are_wanted(cli, lines, config):
    config.write_text('[[topics]]\nname = "t"\nquery = "kim AND"\n', "utf-8")
    status, output, errors = cli("topics", "test", "sample", str(lines), "--json")
    assert (status, len(json.loads(output)), errors) == (0, 3, "")
    assert cli("topics", "test", "@putin", str(lines))[0] == 1


def test_a_file_needs_no_configuration(cli, lines, config):
    config.unlink()
    status, output, _ = cli("topics", "test", "sample", str(lines), "--json")
    assert (status, len(json.loads(output))) == (0, 3)


# --- stored articles ----------------------------------------------------------------------------------------------


def test_stored_articles_are_looked_at_without_a_file(cli, stored):
    status, output, errors = cli("topics", "test", "@putin AND kim", "--since", "1h")
    assert (status, errors) == (0, "")
    assert output.splitlines()[1] == "2 articles of 3 stored in the last 1h (67 %), best first:"


def test_match_reads_stored_articles_on_demand(cli, stored):
    status, output, errors = cli("match", "--query", "@putin AND kim", "--config", "wirewatch.toml", "--since", "1h")
    assert (status, errors) == (0, "")
    found = {line["id"]: line["topics"] for line in map(json.loads, output.splitlines())}
    assert {name: len(topics) for name, topics in found.items()} == {"a1": 1, "a2": 1, "a3": 0}
    (topic,) = found["a1"]
    assert set(topic) == {"topic", "score", "highlights"}


def test_match_takes_a_file_or_stored_articles(cli, lines):
    status, _, errors = cli("match", "--query", "kim", "--since", "1h", str(lines))
    assert status == 2
    assert "not both" in errors
