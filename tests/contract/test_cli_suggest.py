"""`wirewatch topics suggest` on files and on stored articles: sample items about an invented bridge."""

from __future__ import annotations

import io
import json
import shlex
import sys
from datetime import UTC, datetime, timedelta

import pytest
from support.processes import on_terminal
from support.stores import put_articles

from worker.match.query import parse
from worker.model import Article, Source

KEYS = {
    "query", "command", "meaning", "notes", "parts", "examples", "background", "missed", "caught", "matched", "matches",
    "passed",
}  # fmt: skip  # read as a table, not one below the other
BRIDGE = (
    ("Tarvin bridge closed after cracks are found", "Engineers found cracks in the pillars in Alderley."),
    ("Cracks close the Tarvin bridge", "The bridge over the river in Alderley stays shut."),
    ("Drivers wait as Tarvin bridge is checked for cracks", "Engineers measure the pillars in Alderley."),
    ("Tarvin bridge: ferry helps commuters", "A ferry crosses the river in Alderley."),
)
EVERYDAY = ("library opens on Sunday", "choir sings for the clinic", "market moves", "school plants trees")


def line(ident, title, text=""):
    return {"id": ident, "title": title, "text": text, "source": {"domain": "sample.example", "name": None}}


def bridge():
    return [line(f"bridge-{number}", *words) for number, words in enumerate(BRIDGE)]


def everyday(count=240):
    return [line(f"day-{n}", f"Town {n % 30}: {EVERYDAY[n % 4]}", "An ordinary day.") for n in range(count)]


@pytest.fixture
def files(tmp_path, cli):
    """A stream, three examples and a counter-example, in the folder where the commands run."""
    toll = line("toll", "Tarvin toll rises", "Drivers in Alderley pay at the gate.")

    def write(name, lines):
        (tmp_path / name).write_text("".join(json.dumps(each) + "\n" for each in lines), "utf-8")

    write("stream.jsonl", [*everyday(), *bridge(), toll])
    write("three.jsonl", bridge()[:3])
    write("toll.jsonl", [toll])
    write("empty.jsonl", [])
    return write


@pytest.fixture
def stored(tmp_path, store, redis_server):
    """A Redis with the stream in it and a configuration that names it."""
    (tmp_path / "wirewatch.toml").write_text(f'[redis]\nurl = "{redis_server.url}"\n', "utf-8")
    now = datetime.now(UTC)
    articles = []
    for number, made in enumerate([*everyday(60), *bridge()]):
        source = Source(domain=made["source"]["domain"])
        seen = now - timedelta(minutes=number)
        articles.append(Article(id=made["id"], title=made["title"], text=made["text"], source=source, seen_at=seen))
    put_articles(store, articles)
    return store


def test_a_bar_on_a_terminal_leaves_the_proposal_as_it_is(files, cli, tmp_path):
    asked = ("topics", "suggest", "three.jsonl", "--among", "stream.jsonl")
    plain = cli(*asked)[1]
    with (tmp_path / "proposal").open("wb") as answers:
        _, shown = on_terminal(*asked, stdout=answers, cwd=tmp_path)
    assert (tmp_path / "proposal").read_text("utf-8") == plain
    assert b"reading" in shown
    assert b"comparing" in shown


def test_a_person_reads_query_command_meaning_reasons_and_matches(files, cli):
    status, output, errors = cli("topics", "suggest", "three.jsonl", "--among", "stream.jsonl")
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    query = lines[0]
    assert parse(query)
    assert shlex.split(lines[2]) == ["wirewatch", "topics", "add", "NAME", query]
    assert lines[4].startswith("Meaning: Articles with ")
    assert "in 3 of 3 examples, in " in output
    assert " of 1,000 other articles" in output
    assert "It would have matched 1 of 242 other articles." in output
    assert "Tarvin bridge: ferry helps commuters" in output
    assert "sample.example" in output


def test_json_has_every_key(files, cli):
    status, output, errors = cli("topics", "suggest", "three.jsonl", "--among", "stream.jsonl", "--json")
    made = json.loads(output)
    assert (status, errors) == (0, "")
    assert set(made) == KEYS
    assert made["examples"] == 3
    assert made["background"] == 242
    assert made["missed"] == made["caught"] == made["notes"] == []
    assert [found["id"] for found in made["matches"]] == ["bridge-3"]
    assert made["matched"] == 1
    assert set(made["matches"][0]) == {"id", "title", "source", "score", "chance"}
    assert [set(part) for part in made["parts"]] == [{"term", "group", "examples", "background"}] * len(made["parts"])


def test_the_command_it_prints_adds_the_topic(files, cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text("[redis]\n", "utf-8")
    _, output, _ = cli("topics", "suggest", "three.jsonl", "--among", "stream.jsonl", "--json")
    made = json.loads(output)
    status, _, errors = cli(*shlex.split(made["command"])[1:])
    assert (status, errors) == (0, "")
    assert json.loads(cli("topics", "list", "--json")[1])[0]["query"] == made["query"]


def test_counter_examples_follow_not(files, cli):
    asked = ("topics", "suggest", "three.jsonl", "--not", "toll.jsonl", "day-0", "--among", "stream.jsonl", "--json")
    status, output, _ = cli(*asked)
    made = json.loads(output)
    assert status == 0
    assert made["caught"] == []
    assert made["background"] == 240
    assert "toll" not in {found["id"] for found in made["matches"]}


def test_what_follows_not_is_no_example(files, cli):
    _, output, _ = cli(
        "topics", "suggest", "--not", "toll.jsonl", "day-0", "--among", "stream.jsonl", "three.jsonl", "--json"
    )
    assert json.loads(output)["examples"] == 3


def test_not_without_an_article_is_wrong_usage(files, cli):
    status, _, errors = cli("topics", "suggest", "three.jsonl", "--not")
    assert status == 2
    assert "--not" in errors


def test_examples_may_be_ids_of_what_is_compared(files, cli):
    asked = ("topics", "suggest", "bridge-0", "bridge-1", "bridge-2", "--among", "stream.jsonl", "--json")
    from_file = ("topics", "suggest", "three.jsonl", "--among", "stream.jsonl", "--json")
    assert json.loads(cli(*asked)[1])["query"] == json.loads(cli(*from_file)[1])["query"]


def test_standard_input(files, cli, monkeypatch, tmp_path):
    data = (tmp_path / "three.jsonl").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
    status, output, _ = cli("topics", "suggest", "-", "--among", "stream.jsonl", "--json")
    assert status == 0
    assert json.loads(output)["examples"] == 3


def test_stored_articles_are_examples_and_background(stored, cli):
    status, output, errors = cli("topics", "suggest", "bridge-0", "bridge-1", "bridge-2", "--json")
    made = json.loads(output)
    assert (status, errors) == (0, "")
    assert made["background"] == 61
    assert [found["id"] for found in made["matches"]] == ["bridge-3"]
    assert made["notes"] == ["only 61 other articles to compare with; the more, the better the query"]


def test_since_limits_what_is_compared(stored, cli):
    _, output, _ = cli("topics", "suggest", "bridge-0", "--since", "30m", "--json")
    assert json.loads(output)["background"] <= 31


def test_entities_of_the_configuration_are_used(files, cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text('[[entities]]\nname = "tarvin"\naliases = ["Tarvin"]\n', "utf-8")
    _, output, _ = cli("topics", "suggest", "three.jsonl", "--among", "stream.jsonl", "--json")
    assert "@tarvin" in json.loads(output)["query"]


def test_examples_with_little_in_common_are_noted(files, cli):
    files("odd.jsonl", [line("x", "Marmalade contest"), line("y", "Telescope lecture"), line("z", "Skating rink")])
    status, output, _ = cli("topics", "suggest", "odd.jsonl", "--among", "stream.jsonl")
    assert status == 0
    assert "Note: the examples have hardly a word in common; the query is the OR of what is best for each" in output


def test_what_is_missed_and_what_is_caught_is_noted(files, cli):
    files("blank.jsonl", [*bridge()[:3], line("blank", "...")])
    files("twin.jsonl", [{**bridge()[0], "id": "twin"}])
    _, output, _ = cli("topics", "suggest", "blank.jsonl", "--not", "twin.jsonl", "--among", "stream.jsonl")
    assert "Note: it misses the example ..." in output
    assert f"Note: it also finds the counter-example {BRIDGE[0][0]}" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jsonl", "--among", "stream.jsonl"], "nowhere.jsonl cannot be read: No such file or directory"),
        (["empty.jsonl", "--among", "stream.jsonl"], "empty.jsonl holds no article lines"),
        (["bad.jsonl", "--among", "stream.jsonl"], "bad.jsonl, line 2: this is not JSON"),
        (["three.jsonl", "--among", "bad.jsonl"], "bad.jsonl, line 2: this is not JSON"),
        (["three.jsonl", "--not", "three.jsonl", "--among", "stream.jsonl"], "is an example and a counter-example"),
        (["wordless.jsonl", "--among", "stream.jsonl"], "the examples hold no words"),
        (["three.jsonl"], "or give --among FILE with articles to compare with"),
    ],
)
def test_each_error_is_one_sentence(files, cli, tmp_path, arguments, message):
    (tmp_path / "bad.jsonl").write_text('{"id": "a", "title": "Fine"}\n{"id": \n', "utf-8")
    (tmp_path / "wordless.jsonl").write_text('{"id": "a", "title": "?!"}\n', "utf-8")
    status, output, errors = cli("topics", "suggest", *arguments)
    assert (status, output) == (1, "")
    assert message in errors
    assert errors.count("\n") == 1


def test_an_id_that_is_not_stored_is_an_error(stored, cli):
    status, _, errors = cli("topics", "suggest", "no-such-id")
    assert status == 1
    assert errors == "wirewatch: there is no article no-such-id; see `wirewatch articles list`, or give a file\n"


@pytest.mark.parametrize(("ident", "status"), [("\udcff", 2), ("a" * 5000, 1)])
def test_names_that_nothing_can_have_are_refused(stored, cli, ident, status):
    ended, output, errors = cli("topics", "suggest", ident)
    assert (ended, output) == (status, "")
    assert "Traceback" not in errors


def test_nothing_from_an_article_acts_on_the_terminal(files, cli):
    evil = "Tarvin bridge \x1b[31mred\x1b]0;owned\x07 \u202ewrong"
    files("evil.jsonl", [{**each, "title": f"{evil} {number}"} for number, each in enumerate(bridge())])
    status, output, _ = cli("topics", "suggest", "evil.jsonl", "--among", "evil.jsonl")
    assert status == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(output)


def test_examples_alone_are_nothing_to_compare_with(files, cli):
    status, output, errors = cli("topics", "suggest", "three.jsonl", "--among", "three.jsonl", "--json")
    assert (status, errors) == (0, "")
    assert json.loads(output)["notes"] == ["no other articles to compare with; the more, the better the query"]
